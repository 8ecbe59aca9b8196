/* SQLPrimaryKeys, SQLForeignKeys, SQLStatistics, SQLSpecialColumns: all from the keys of the tables. A
 * foreign key is one column of a fact table that names a member of a dimension table of the same app. */
#include "parts/catalog_private.h"

/* --- SQLPrimaryKeys --- */

static qa_status_t add_primary_key(qa_odbc_walk_t *walk, const qa_sql_table_info_t *table, uint16_t position,
                                   const qa_sql_table_column_t *column)
{
    char name[QA_ODBC_KEY_NAME_BYTES];
    (void)position;
    if (column->key_position == 0) return QA_OK;
    const qa_odbc_cell_t cells[] = { qa_odbc_cell_null(),
                                     qa_odbc_cell_text(table->schema),
                                     qa_odbc_cell_text(table->name),
                                     qa_odbc_cell_text(column->name),
                                     qa_odbc_cell_integer(column->key_position),
                                     qa_odbc_cell_text(qa_odbc_key_name(table->name, NULL, name)) };
    return qa_odbc_result_add(walk->result, cells);
}

qa_status_t qa_odbc_catalog_primary_keys(qa_odbc_result_t **result_out, const qa_odbc_catalog_t *catalog,
                                         qa_odbc_argument_t catalog_name, qa_odbc_argument_t schema,
                                         qa_odbc_argument_t table, qa_odbc_diagnostic_t *diagnostic)
{
    static const uint8_t keys[] = { 0, 1, 2, 4 };
    qa_odbc_walk_t walk = { .catalog = catalog,
                            .catalog_name = catalog_name,
                            .schema = schema,
                            .table = table,
                            .table_kind = qa_odbc_argument_kind_of(catalog, QA_ODBC_ARGUMENT_NAME),
                            .add_column = add_primary_key };
    *result_out = NULL;
    qa_status_t status = qa_odbc_argument_check(catalog, table, true, "table", diagnostic);
    if (status == QA_OK) status = qa_odbc_argument_check(catalog, schema, false, "schema", diagnostic);
    if (status != QA_OK) return status;
    return qa_odbc_walk_run(&walk, &qa_odbc_shape_primary_keys, keys, 4, result_out, diagnostic);
}

/* --- SQLForeignKeys --- */

static qa_status_t add_foreign_key(qa_odbc_walk_t *walk, const qa_sql_table_info_t *table, uint16_t position,
                                   const qa_sql_table_column_t *column)
{
    const qa_odbc_foreign_key_arguments_t *arguments = walk->context;
    char name[QA_ODBC_KEY_NAME_BYTES], key_name[QA_ODBC_KEY_NAME_BYTES];
    (void)position;
    if (column->reference_table == NULL || column->reference_table[0] == '\0') return QA_OK;
    if (!qa_odbc_argument_fits(arguments->primary_table, walk->table_kind, column->reference_table) ||
        !qa_odbc_argument_fits(arguments->primary_schema, walk->table_kind, table->schema))
        return QA_OK;
    const qa_odbc_cell_t cells[] = {
        qa_odbc_cell_null(),
        qa_odbc_cell_text(table->schema),
        qa_odbc_cell_text(column->reference_table),
        qa_odbc_cell_text(column->reference_column),
        qa_odbc_cell_null(),
        qa_odbc_cell_text(table->schema),
        qa_odbc_cell_text(table->name),
        qa_odbc_cell_text(column->name),
        qa_odbc_cell_integer(1),
        qa_odbc_cell_integer(SQL_NO_ACTION),
        qa_odbc_cell_integer(SQL_NO_ACTION),
        qa_odbc_cell_text(qa_odbc_key_name(table->name, column->name, name)),
        qa_odbc_cell_text(qa_odbc_key_name(column->reference_table, NULL, key_name)),
        qa_odbc_cell_integer(SQL_NOT_DEFERRABLE),
    };
    return qa_odbc_result_add(walk->result, cells);
}

qa_status_t qa_odbc_catalog_foreign_keys(qa_odbc_result_t **result_out, const qa_odbc_catalog_t *catalog,
                                         const qa_odbc_foreign_key_arguments_t *arguments,
                                         qa_odbc_diagnostic_t *diagnostic)
{
    /* Of one primary table: by the tables that refer to it. Of one foreign table: by those it refers to. */
    static const uint8_t by_foreign[] = { 4, 5, 6, 8, 7 };
    static const uint8_t by_primary[] = { 0, 1, 2, 8, 7 };
    qa_odbc_foreign_key_arguments_t copy = *arguments;
    qa_odbc_walk_t walk = { .catalog = catalog,
                            .catalog_name = arguments->foreign_catalog,
                            .schema = arguments->foreign_schema,
                            .table = arguments->foreign_table,
                            .table_kind = qa_odbc_argument_kind_of(catalog, QA_ODBC_ARGUMENT_NAME),
                            .add_column = add_foreign_key,
                            .context = &copy };
    *result_out = NULL;
    if (arguments->primary_table.data == NULL && arguments->foreign_table.data == NULL)
        return qa_odbc_fail(diagnostic, "HY009",
                            "both table names are null pointers; this function takes one of them");
    if (!qa_odbc_catalog_name_fits(arguments->primary_catalog, walk.table_kind))
        walk.catalog_name = arguments->primary_catalog;
    const bool is_by_primary = arguments->primary_table.data == NULL;
    return qa_odbc_walk_run(&walk, &qa_odbc_shape_foreign_keys, is_by_primary ? by_primary : by_foreign, 5,
                            result_out, diagnostic);
}

/* --- SQLStatistics --- */

static qa_status_t add_table_statistics(qa_odbc_walk_t *walk, const qa_sql_table_info_t *table)
{
    /* CARDINALITY is a 32-bit column. */
    const int64_t rows = table->row_count > INT32_MAX ? INT32_MAX : (int64_t)table->row_count;
    qa_odbc_cell_t cells[13];
    for (size_t i = 0; i < 13; i++)
        cells[i] = qa_odbc_cell_null();
    cells[1] = qa_odbc_cell_text(table->schema);
    cells[2] = qa_odbc_cell_text(table->name);
    cells[6] = qa_odbc_cell_integer(SQL_TABLE_STAT);
    cells[10] = qa_odbc_cell_integer(rows);
    return qa_odbc_result_add(walk->result, cells);
}

static qa_status_t add_index_column(qa_odbc_walk_t *walk, const qa_sql_table_info_t *table, uint16_t position,
                                    const qa_sql_table_column_t *column)
{
    char name[QA_ODBC_KEY_NAME_BYTES];
    (void)position;
    if (column->key_position == 0) return QA_OK;
    const int64_t rows = table->row_count > INT32_MAX ? INT32_MAX : (int64_t)table->row_count;
    const qa_odbc_cell_t cells[] = { qa_odbc_cell_null(),
                                     qa_odbc_cell_text(table->schema),
                                     qa_odbc_cell_text(table->name),
                                     qa_odbc_cell_integer(SQL_FALSE),
                                     qa_odbc_cell_null(),
                                     qa_odbc_cell_text(qa_odbc_key_name(table->name, NULL, name)),
                                     qa_odbc_cell_integer(SQL_INDEX_OTHER),
                                     qa_odbc_cell_integer(column->key_position),
                                     qa_odbc_cell_text(column->name),
                                     qa_odbc_cell_text("A"),
                                     qa_odbc_cell_integer(rows),
                                     qa_odbc_cell_null(),
                                     qa_odbc_cell_null() };
    return qa_odbc_result_add(walk->result, cells);
}

qa_status_t qa_odbc_catalog_statistics(qa_odbc_result_t **result_out, const qa_odbc_catalog_t *catalog,
                                       qa_odbc_argument_t catalog_name, qa_odbc_argument_t schema,
                                       qa_odbc_argument_t table, SQLUSMALLINT unique, SQLUSMALLINT reserved,
                                       qa_odbc_diagnostic_t *diagnostic)
{
    static const uint8_t keys[] = { 3, 6, 4, 5, 7, 1, 2 };
    qa_odbc_walk_t walk = { .catalog = catalog,
                            .catalog_name = catalog_name,
                            .schema = schema,
                            .table = table,
                            .table_kind = qa_odbc_argument_kind_of(catalog, QA_ODBC_ARGUMENT_NAME),
                            .add_table = add_table_statistics,
                            .add_column = add_index_column };
    *result_out = NULL;
    if (unique != SQL_INDEX_UNIQUE && unique != SQL_INDEX_ALL)
        return qa_odbc_fail(diagnostic, "HY100", "%u is neither SQL_INDEX_UNIQUE nor SQL_INDEX_ALL", unique);
    if (reserved != SQL_QUICK && reserved != SQL_ENSURE)
        return qa_odbc_fail(diagnostic, "HY101", "%u is neither SQL_QUICK nor SQL_ENSURE", reserved);
    qa_status_t status = qa_odbc_argument_check(catalog, table, true, "table", diagnostic);
    if (status == QA_OK) status = qa_odbc_argument_check(catalog, schema, false, "schema", diagnostic);
    if (status != QA_OK) return status;
    return qa_odbc_walk_run(&walk, &qa_odbc_shape_statistics, keys, 7, result_out, diagnostic);
}

/* --- SQLSpecialColumns --- */

static qa_status_t add_row_id(qa_odbc_walk_t *walk, const qa_sql_table_info_t *table, uint16_t position,
                              const qa_sql_table_column_t *column)
{
    const bool *const is_without_null = walk->context;
    qa_odbc_cell_t type_cells[14];
    (void)table;
    if (column->key_position == 0 || (*is_without_null && column->type.is_nullable)) return QA_OK;
    qa_odbc_type_cells(&column->type, walk->catalog->is_odbc2, "", position, type_cells);
    const qa_odbc_cell_t cells[] = { qa_odbc_cell_integer(SQL_SCOPE_SESSION),
                                     qa_odbc_cell_text(column->name),
                                     type_cells[0],
                                     type_cells[1],
                                     type_cells[2],
                                     type_cells[3],
                                     type_cells[4],
                                     qa_odbc_cell_integer(SQL_PC_NON_PSEUDO) };
    return qa_odbc_result_add(walk->result, cells);
}

/* SQL_ROWVER: no column is written by every change alone. */
static qa_status_t add_nothing(qa_odbc_walk_t *walk, const qa_sql_table_info_t *table, uint16_t position,
                               const qa_sql_table_column_t *column)
{
    (void)walk;
    (void)table;
    (void)position;
    (void)column;
    return QA_OK;
}

qa_status_t qa_odbc_catalog_special_columns(qa_odbc_result_t **result_out, const qa_odbc_catalog_t *catalog,
                                            SQLUSMALLINT identifier_type, qa_odbc_argument_t catalog_name,
                                            qa_odbc_argument_t schema, qa_odbc_argument_t table,
                                            SQLUSMALLINT scope, SQLUSMALLINT nullable,
                                            qa_odbc_diagnostic_t *diagnostic)
{
    static const uint8_t keys[] = { 0 };
    bool is_without_null = nullable == SQL_NO_NULLS;
    qa_odbc_walk_t walk = { .catalog = catalog,
                            .catalog_name = catalog_name,
                            .schema = schema,
                            .table = table,
                            .table_kind = qa_odbc_argument_kind_of(catalog, QA_ODBC_ARGUMENT_NAME),
                            .add_column = identifier_type == SQL_BEST_ROWID ? add_row_id : add_nothing,
                            .context = &is_without_null };
    *result_out = NULL;
    if (identifier_type != SQL_BEST_ROWID && identifier_type != SQL_ROWVER)
        return qa_odbc_fail(diagnostic, "HY097", "%u is neither SQL_BEST_ROWID nor SQL_ROWVER",
                            identifier_type);
    if (scope > SQL_SCOPE_SESSION)
        return qa_odbc_fail(diagnostic, "HY098", "%u is no scope: SQL_SCOPE_CURROW, _TRANSACTION or _SESSION",
                            scope);
    if (nullable > SQL_NULLABLE)
        return qa_odbc_fail(diagnostic, "HY099", "%u is neither SQL_NO_NULLS nor SQL_NULLABLE", nullable);
    qa_status_t status = qa_odbc_argument_check(catalog, table, true, "table", diagnostic);
    if (status == QA_OK) status = qa_odbc_argument_check(catalog, schema, false, "schema", diagnostic);
    if (status != QA_OK) return status;
    return qa_odbc_walk_run(&walk, &qa_odbc_shape_special_columns, keys, 1, result_out, diagnostic);
}
