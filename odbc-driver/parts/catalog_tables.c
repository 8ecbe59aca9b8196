/* SQLTables, SQLColumns, and the privileges: what is told of each table and column by itself. */
#include <string.h>

#include "parts/catalog_private.h"

static const char *const kind_names[] = { "TABLE", "VIEW", "LOCAL TEMPORARY" };

static const char *kind_name(const qa_sql_table_info_t *table)
{
    return kind_names[table->kind < sizeof(kind_names) / sizeof(kind_names[0]) ? table->kind : 0];
}

/* --- SQLTables --- */

typedef struct tables_context {
    qa_odbc_argument_t types;
    char last_schema[256]; /* schemas come in order: each is listed once */
} tables_context_t;

static bool is_same_type(const char *text, size_t bytes, const char *name)
{
    if (bytes != strlen(name)) return false;
    for (size_t i = 0; i < bytes; i++) {
        const char byte = text[i] >= 'a' && text[i] <= 'z' ? (char)(text[i] - 32) : text[i];
        if (byte != name[i]) return false;
    }
    return true;
}

/* Whether a list like "'TABLE', VIEW" holds the type; an empty one and % hold all. */
static bool is_type_wanted(qa_odbc_argument_t types, const char *name)
{
    size_t at = 0;
    bool is_empty = true;
    while (types.data != NULL && at < types.bytes) {
        size_t end = at;
        while (end < types.bytes && types.data[end] != ',')
            end++;
        const size_t next = end + 1;
        while (at < end && (types.data[at] == ' ' || types.data[at] == '\''))
            at++;
        while (end > at && (types.data[end - 1] == ' ' || types.data[end - 1] == '\''))
            end--;
        if (end > at) is_empty = false;
        if (is_same_type(types.data + at, end - at, name) || is_same_type(types.data + at, end - at, "%"))
            return true;
        at = next;
    }
    return is_empty;
}

static qa_status_t add_table(qa_odbc_walk_t *walk, const qa_sql_table_info_t *table)
{
    const tables_context_t *context = walk->context;
    if (!is_type_wanted(context->types, kind_name(table))) return QA_OK;
    const qa_odbc_cell_t cells[] = { qa_odbc_cell_null(), qa_odbc_cell_text(table->schema),
                                     qa_odbc_cell_text(table->name), qa_odbc_cell_text(kind_name(table)),
                                     qa_odbc_cell_text(table->remarks) };
    return qa_odbc_result_add(walk->result, cells);
}

static qa_status_t add_schema(qa_odbc_walk_t *walk, const qa_sql_table_info_t *table)
{
    tables_context_t *context = walk->context;
    const size_t bytes = strlen(table->schema);
    if (bytes == 0 || bytes >= sizeof(context->last_schema) ||
        strcmp(context->last_schema, table->schema) == 0)
        return QA_OK;
    memcpy(context->last_schema, table->schema, bytes + 1);
    const qa_odbc_cell_t cells[] = { qa_odbc_cell_null(), qa_odbc_cell_text(table->schema),
                                     qa_odbc_cell_null(), qa_odbc_cell_null(), qa_odbc_cell_null() };
    return qa_odbc_result_add(walk->result, cells);
}

static bool is_all(qa_odbc_argument_t argument)
{
    return argument.data != NULL && argument.bytes == 1 && argument.data[0] == '%';
}

static bool is_empty(qa_odbc_argument_t argument)
{
    return argument.data != NULL && argument.bytes == 0;
}

/* The list of types, or no row at all: neither needs a walk. */
static qa_status_t list_fixed(qa_odbc_result_t **result_out, const qa_odbc_catalog_t *catalog, bool is_types,
                              const uint8_t *keys, uint8_t key_count, qa_odbc_diagnostic_t *diagnostic)
{
    qa_odbc_result_t *result = qa_odbc_result_make(catalog->allocator, qa_odbc_shape_tables.columns,
                                                   qa_odbc_shape_tables.column_count, catalog->is_odbc2);
    if (result == NULL) return qa_odbc_walk_fail(NULL, QA_NO_MEMORY, diagnostic);
    qa_status_t status = QA_OK;
    for (size_t i = 0; is_types && status == QA_OK && i < sizeof(kind_names) / sizeof(kind_names[0]); i++) {
        const qa_odbc_cell_t cells[] = { qa_odbc_cell_null(), qa_odbc_cell_null(), qa_odbc_cell_null(),
                                         qa_odbc_cell_text(kind_names[i]), qa_odbc_cell_null() };
        status = qa_odbc_result_add(result, cells);
    }
    if (status == QA_OK) status = qa_odbc_result_finish(result, keys, key_count);
    if (status != QA_OK) return qa_odbc_walk_fail(result, status, diagnostic);
    *result_out = result;
    return QA_OK;
}

qa_status_t qa_odbc_catalog_tables(qa_odbc_result_t **result_out, const qa_odbc_catalog_t *catalog,
                                   qa_odbc_argument_t catalog_name, qa_odbc_argument_t schema,
                                   qa_odbc_argument_t table, qa_odbc_argument_t table_types,
                                   qa_odbc_diagnostic_t *diagnostic)
{
    static const uint8_t keys[] = { 3, 0, 1, 2 };
    tables_context_t context = { .types = table_types };
    qa_odbc_walk_t walk = { .catalog = catalog,
                            .catalog_name = catalog_name,
                            .schema = schema,
                            .table = table,
                            .table_kind = qa_odbc_argument_kind_of(catalog, QA_ODBC_ARGUMENT_PATTERN),
                            .add_table = add_table,
                            .context = &context };
    *result_out = NULL;
    if (is_all(catalog_name) && is_empty(schema) && is_empty(table))
        return list_fixed(result_out, catalog, false, keys, 4, diagnostic);
    if (is_all(table_types) && is_empty(catalog_name) && is_empty(schema) && is_empty(table))
        return list_fixed(result_out, catalog, true, keys, 4, diagnostic);
    if (is_empty(catalog_name) && is_all(schema) && is_empty(table)) {
        walk.add_table = add_schema;
        walk.table = (qa_odbc_argument_t){ NULL, 0 };
        walk.schema = (qa_odbc_argument_t){ NULL, 0 };
        return qa_odbc_walk_run(&walk, &qa_odbc_shape_tables, keys, 4, result_out, diagnostic);
    }
    qa_status_t status = qa_odbc_argument_check(catalog, schema, false, "schema", diagnostic);
    if (status == QA_OK) status = qa_odbc_argument_check(catalog, table, false, "table", diagnostic);
    if (status != QA_OK) return status;
    return qa_odbc_walk_run(&walk, &qa_odbc_shape_tables, keys, 4, result_out, diagnostic);
}

/* --- SQLColumns --- */

static qa_status_t add_column(qa_odbc_walk_t *walk, const qa_sql_table_info_t *table, uint16_t position,
                              const qa_sql_table_column_t *column)
{
    qa_odbc_cell_t cells[18] = { qa_odbc_cell_null(), qa_odbc_cell_text(table->schema),
                                 qa_odbc_cell_text(table->name), qa_odbc_cell_text(column->name) };
    qa_odbc_type_cells(&column->type, walk->catalog->is_odbc2, column->remarks, (uint16_t)(position + 1),
                       cells + 4);
    return qa_odbc_result_add(walk->result, cells);
}

qa_status_t qa_odbc_catalog_columns(qa_odbc_result_t **result_out, const qa_odbc_catalog_t *catalog,
                                    qa_odbc_argument_t catalog_name, qa_odbc_argument_t schema,
                                    qa_odbc_argument_t table, qa_odbc_argument_t column,
                                    qa_odbc_diagnostic_t *diagnostic)
{
    static const uint8_t keys[] = { 0, 1, 2, 16 };
    const qa_odbc_argument_kind_t kind = qa_odbc_argument_kind_of(catalog, QA_ODBC_ARGUMENT_PATTERN);
    qa_odbc_walk_t walk = { .catalog = catalog,
                            .catalog_name = catalog_name,
                            .schema = schema,
                            .table = table,
                            .column = column,
                            .table_kind = kind,
                            .column_kind = kind,
                            .add_column = add_column };
    *result_out = NULL;
    qa_status_t status = qa_odbc_argument_check(catalog, schema, false, "schema", diagnostic);
    if (status == QA_OK) status = qa_odbc_argument_check(catalog, table, false, "table", diagnostic);
    if (status == QA_OK) status = qa_odbc_argument_check(catalog, column, false, "column", diagnostic);
    if (status != QA_OK) return status;
    return qa_odbc_walk_run(&walk, &qa_odbc_shape_columns, keys, 4, result_out, diagnostic);
}

/* --- privileges --- */

static const char *const privileges[] = { "DELETE", "INSERT", "SELECT", "UPDATE" };

/* What may be done: all of a table; of a view only SELECT, but UPDATE of `cells`, which has a meaning;
 * nothing but SELECT if the session only reads. */
static bool may(const qa_odbc_walk_t *walk, const qa_sql_table_info_t *table, const char *privilege)
{
    if (strcmp(privilege, "SELECT") == 0) return true;
    if (walk->catalog->source->is_read_only) return false;
    if (table->kind != QA_SQL_TABLE_VIEW) return true;
    return strcmp(privilege, "UPDATE") == 0 && strcmp(table->name, "cells") == 0;
}

static qa_status_t add_table_privileges(qa_odbc_walk_t *walk, const qa_sql_table_info_t *table)
{
    const char *const user = walk->catalog->source->user;
    qa_status_t status = QA_OK;
    for (size_t i = 0; status == QA_OK && i < sizeof(privileges) / sizeof(privileges[0]); i++) {
        if (!may(walk, table, privileges[i])) continue;
        const qa_odbc_cell_t cells[] = { qa_odbc_cell_null(),
                                         qa_odbc_cell_text(table->schema),
                                         qa_odbc_cell_text(table->name),
                                         qa_odbc_cell_null(),
                                         qa_odbc_cell_text(user == NULL ? "" : user),
                                         qa_odbc_cell_text(privileges[i]),
                                         qa_odbc_cell_text("NO") };
        status = qa_odbc_result_add(walk->result, cells);
    }
    return status;
}

static qa_status_t add_column_privileges(qa_odbc_walk_t *walk, const qa_sql_table_info_t *table,
                                         uint16_t position, const qa_sql_table_column_t *column)
{
    const char *const user = walk->catalog->source->user;
    qa_status_t status = QA_OK;
    (void)position;
    for (size_t i = 1; status == QA_OK && i < sizeof(privileges) / sizeof(privileges[0]); i++) {
        if (!may(walk, table, privileges[i])) continue;
        const qa_odbc_cell_t cells[] = { qa_odbc_cell_null(),
                                         qa_odbc_cell_text(table->schema),
                                         qa_odbc_cell_text(table->name),
                                         qa_odbc_cell_text(column->name),
                                         qa_odbc_cell_null(),
                                         qa_odbc_cell_text(user == NULL ? "" : user),
                                         qa_odbc_cell_text(privileges[i]),
                                         qa_odbc_cell_text("NO") };
        status = qa_odbc_result_add(walk->result, cells);
    }
    return status;
}

qa_status_t qa_odbc_catalog_table_privileges(qa_odbc_result_t **result_out, const qa_odbc_catalog_t *catalog,
                                             qa_odbc_argument_t catalog_name, qa_odbc_argument_t schema,
                                             qa_odbc_argument_t table, qa_odbc_diagnostic_t *diagnostic)
{
    static const uint8_t keys[] = { 0, 1, 2, 5, 4 };
    qa_odbc_walk_t walk = { .catalog = catalog,
                            .catalog_name = catalog_name,
                            .schema = schema,
                            .table = table,
                            .table_kind = qa_odbc_argument_kind_of(catalog, QA_ODBC_ARGUMENT_PATTERN),
                            .add_table = add_table_privileges };
    *result_out = NULL;
    qa_status_t status = qa_odbc_argument_check(catalog, schema, false, "schema", diagnostic);
    if (status == QA_OK) status = qa_odbc_argument_check(catalog, table, false, "table", diagnostic);
    if (status != QA_OK) return status;
    return qa_odbc_walk_run(&walk, &qa_odbc_shape_table_privileges, keys, 5, result_out, diagnostic);
}

qa_status_t qa_odbc_catalog_column_privileges(qa_odbc_result_t **result_out, const qa_odbc_catalog_t *catalog,
                                              qa_odbc_argument_t catalog_name, qa_odbc_argument_t schema,
                                              qa_odbc_argument_t table, qa_odbc_argument_t column,
                                              qa_odbc_diagnostic_t *diagnostic)
{
    static const uint8_t keys[] = { 0, 1, 2, 3, 6 };
    qa_odbc_walk_t walk = { .catalog = catalog,
                            .catalog_name = catalog_name,
                            .schema = schema,
                            .table = table,
                            .column = column,
                            .table_kind = qa_odbc_argument_kind_of(catalog, QA_ODBC_ARGUMENT_NAME),
                            .column_kind = qa_odbc_argument_kind_of(catalog, QA_ODBC_ARGUMENT_PATTERN),
                            .add_column = add_column_privileges };
    *result_out = NULL;
    qa_status_t status = qa_odbc_argument_check(catalog, table, true, "table", diagnostic);
    if (status == QA_OK) status = qa_odbc_argument_check(catalog, schema, false, "schema", diagnostic);
    if (status == QA_OK) status = qa_odbc_argument_check(catalog, column, false, "column", diagnostic);
    if (status != QA_OK) return status;
    return qa_odbc_walk_run(&walk, &qa_odbc_shape_column_privileges, keys, 5, result_out, diagnostic);
}
