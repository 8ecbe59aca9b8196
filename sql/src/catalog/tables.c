/* Showing the tables of all apps to who asks what there is. */
#include <string.h>

#include "base/error.h"
#include "catalog/catalog_private.h"

typedef struct table_walk {
    qa_sql_catalog_t *catalog;
    qa_status_t (*visit_table)(void *context, const qa_sql_table_info_t *table);
    qa_status_t (*visit_column)(void *context, const qa_sql_table_info_t *table, uint16_t position,
                                const qa_sql_table_column_t *column);
    void *context;
    qa_error_t *error;
} table_walk_t;

static qa_status_t visit_one(const table_walk_t *walk, const qa_sql_shape_table_t *table, uint64_t atom_count)
{
    const bool is_stored = table->kind == QA_SQL_ATOMS || table->kind == QA_SQL_DIMENSION;
    const bool is_of_atoms = table->kind == QA_SQL_ATOMS || table->kind == QA_SQL_FACTS;
    const qa_sql_table_info_t info = { .schema = table->schema,
                                       .name = table->name,
                                       .kind = is_stored ? QA_SQL_TABLE_LATTICE : QA_SQL_TABLE_VIEW,
                                       .remarks = table->remarks,
                                       .column_count = table->column_count,
                                       .row_count = is_of_atoms ? atom_count : table->row_count };
    qa_status_t status = walk->visit_table != NULL ? walk->visit_table(walk->context, &info) : QA_OK;
    for (uint16_t c = 0; c < table->column_count && walk->visit_column != NULL && status == QA_OK; c++) {
        const qa_sql_shape_column_t *column = &table->columns[c];
        const qa_sql_table_column_t shown = { .name = column->name,
                                              .type = column->type,
                                              .remarks = column->remarks,
                                              .key_position = column->key_position,
                                              .reference_table = column->reference_table,
                                              .reference_column = column->reference_column };
        status = walk->visit_column(walk->context, &info, c, &shown);
    }
    return status;
}

static qa_status_t visit_app(void *context, const char *app)
{
    table_walk_t *walk = context;
    qa_sql_moment_t *moment = NULL;
    qa_sql_shape_t *shape = NULL;
    qa_error_t told = { .status = QA_OK };
    qa_statistics_t statistics = { .atom_count = 0 };
    qa_status_t status = qa_sql_catalog_moment(walk->catalog, app, strlen(app), NULL, &moment, &told);
    if (status == QA_OK) status = qa_sql_moment_shape(moment, &shape, &told);
    if (status == QA_NO_MEMORY) return qa_fail(walk->error, status, "%s", told.message);
    if (status != QA_OK) return QA_OK; /* an app that cannot be opened is passed over */
    (void)qa_lattice_statistics(((catalog_moment_t *)moment)->app->lattice, &statistics, &told);
    qa_sql_shape_keep(shape);
    for (uint16_t t = 0; t < shape->table_count && status == QA_OK; t++)
        status = visit_one(walk, &shape->tables[t], statistics.atom_count);
    qa_sql_shape_drop(shape);
    return status;
}

qa_status_t qa_sql_catalog_visit_tables(
    qa_sql_catalog_t *catalog, qa_status_t (*visit_table)(void *context, const qa_sql_table_info_t *table),
    qa_status_t (*visit_column)(void *context, const qa_sql_table_info_t *table, uint16_t position,
                                const qa_sql_table_column_t *column),
    void *context, qa_error_t *error)
{
    table_walk_t walk = { .catalog = catalog,
                          .visit_table = visit_table,
                          .visit_column = visit_column,
                          .context = context,
                          .error = error };
    return qa_sql_catalog_apps(catalog, visit_app, &walk, error);
}
