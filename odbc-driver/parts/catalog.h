/* The catalog functions, as results.
 *
 *     qa_odbc_catalog_t catalog = { .allocator = allocator, .source = &source, .is_odbc2 = false };
 *     qa_odbc_argument_t all = { NULL, 0 };
 *     qa_odbc_result_t *result = NULL;
 *     status = qa_odbc_catalog_columns(&result, &catalog, all, all, table, all, &diagnostic);
 *     …
 *     qa_odbc_result_close(result);
 *
 * There are no catalogs; schemas are apps; a scratch table has the schema "". Arguments that are patterns
 * take % and _ and the escape \; NULL fits everything; "" as a catalog or schema fits only what has none, as
 * a table or column name nothing. With SQL_ATTR_METADATA_ID all are identifiers: without case unless quoted,
 * blanks at the end cut, and NULL is HY009 (except for the catalog, since there are none). An unknown table
 * gives no rows, never an error. Rows come in the order that the specification names. Every call sets
 * *result_out to NULL first; on failure it stays so and the diagnostic is filled in. */
#ifndef QA_ODBC_CATALOG_H
#define QA_ODBC_CATALOG_H

#include "parts/diagnostic.h"
#include "parts/result.h"

/* What there is: qa_sql_tables and qa_sql_procedure, or what a test puts in their place. */
typedef struct qa_odbc_catalog_source {
    qa_sql_session_t *session; /* passed on to `tables` */
    qa_status_t (*tables)(qa_sql_session_t *session,
                          qa_status_t (*visit_table)(void *context, const qa_sql_table_info_t *table),
                          qa_status_t (*visit_column)(void *context, const qa_sql_table_info_t *table,
                                                      uint16_t position, const qa_sql_table_column_t *column),
                          void *context, qa_error_t *error);
    const qa_sql_procedure_info_t *(*procedure)(uint32_t index);
    const char *user;  /* grantee of the privileges */
    bool is_read_only; /* then there is only the privilege SELECT */
} qa_odbc_catalog_source_t;

typedef struct qa_odbc_catalog {
    const qa_allocator_t *allocator;
    const qa_odbc_catalog_source_t *source;
    bool is_odbc2;       /* column names and codes of dates as ODBC 2 has them */
    bool is_metadata_id; /* SQL_ATTR_METADATA_ID */
} qa_odbc_catalog_t;

/* An argument in UTF-8. `data` NULL: a null pointer was passed. */
typedef struct qa_odbc_argument {
    const char *data;
    size_t bytes;
} qa_odbc_argument_t;

/* SQLTables, with the enumerations of catalogs (none), schemas and table types. `table_types` is a list like
 * "'TABLE','VIEW'" or "TABLE,VIEW"; NULL, "" and "%" are all. */
qa_status_t qa_odbc_catalog_tables(qa_odbc_result_t **result_out, const qa_odbc_catalog_t *catalog,
                                   qa_odbc_argument_t catalog_name, qa_odbc_argument_t schema,
                                   qa_odbc_argument_t table, qa_odbc_argument_t table_types,
                                   qa_odbc_diagnostic_t *diagnostic);
/* SQLColumns. */
qa_status_t qa_odbc_catalog_columns(qa_odbc_result_t **result_out, const qa_odbc_catalog_t *catalog,
                                    qa_odbc_argument_t catalog_name, qa_odbc_argument_t schema,
                                    qa_odbc_argument_t table, qa_odbc_argument_t column,
                                    qa_odbc_diagnostic_t *diagnostic);
/* SQLPrimaryKeys: the table is a name, not a pattern; NULL is HY009. The order is by KEY_SEQ within a table.
 */
qa_status_t qa_odbc_catalog_primary_keys(qa_odbc_result_t **result_out, const qa_odbc_catalog_t *catalog,
                                         qa_odbc_argument_t catalog_name, qa_odbc_argument_t schema,
                                         qa_odbc_argument_t table, qa_odbc_diagnostic_t *diagnostic);
/* SQLForeignKeys: names, not patterns; both tables NULL is HY009. */
typedef struct qa_odbc_foreign_key_arguments {
    qa_odbc_argument_t primary_catalog, primary_schema, primary_table;
    qa_odbc_argument_t foreign_catalog, foreign_schema, foreign_table;
} qa_odbc_foreign_key_arguments_t;
qa_status_t qa_odbc_catalog_foreign_keys(qa_odbc_result_t **result_out, const qa_odbc_catalog_t *catalog,
                                         const qa_odbc_foreign_key_arguments_t *arguments,
                                         qa_odbc_diagnostic_t *diagnostic);
/* SQLStatistics: one row SQL_TABLE_STAT and, for a table with a key, one index over it. `unique` is
 * SQL_INDEX_UNIQUE or SQL_INDEX_ALL (HY100), `reserved` SQL_QUICK or SQL_ENSURE (HY101). */
qa_status_t qa_odbc_catalog_statistics(qa_odbc_result_t **result_out, const qa_odbc_catalog_t *catalog,
                                       qa_odbc_argument_t catalog_name, qa_odbc_argument_t schema,
                                       qa_odbc_argument_t table, SQLUSMALLINT unique, SQLUSMALLINT reserved,
                                       qa_odbc_diagnostic_t *diagnostic);
/* SQLSpecialColumns: SQL_BEST_ROWID is the primary key (HY097, HY098, HY099 for what is none of the
 * specification's constants); SQL_ROWVER is empty. */
qa_status_t qa_odbc_catalog_special_columns(qa_odbc_result_t **result_out, const qa_odbc_catalog_t *catalog,
                                            SQLUSMALLINT identifier_type, qa_odbc_argument_t catalog_name,
                                            qa_odbc_argument_t schema, qa_odbc_argument_t table,
                                            SQLUSMALLINT scope, SQLUSMALLINT nullable,
                                            qa_odbc_diagnostic_t *diagnostic);
/* SQLProcedures. Procedures have no schema. */
qa_status_t qa_odbc_catalog_procedures(qa_odbc_result_t **result_out, const qa_odbc_catalog_t *catalog,
                                       qa_odbc_argument_t catalog_name, qa_odbc_argument_t schema,
                                       qa_odbc_argument_t procedure, qa_odbc_diagnostic_t *diagnostic);
/* SQLProcedureColumns: the parameters. */
qa_status_t qa_odbc_catalog_procedure_columns(qa_odbc_result_t **result_out, const qa_odbc_catalog_t *catalog,
                                              qa_odbc_argument_t catalog_name, qa_odbc_argument_t schema,
                                              qa_odbc_argument_t procedure, qa_odbc_argument_t column,
                                              qa_odbc_diagnostic_t *diagnostic);
/* SQLTablePrivileges: what the session may do: SELECT on all, INSERT, UPDATE and DELETE on what can be
 * written. */
qa_status_t qa_odbc_catalog_table_privileges(qa_odbc_result_t **result_out, const qa_odbc_catalog_t *catalog,
                                             qa_odbc_argument_t catalog_name, qa_odbc_argument_t schema,
                                             qa_odbc_argument_t table, qa_odbc_diagnostic_t *diagnostic);
/* SQLColumnPrivileges: the table is a name (NULL: HY009), the column a pattern. */
qa_status_t qa_odbc_catalog_column_privileges(qa_odbc_result_t **result_out, const qa_odbc_catalog_t *catalog,
                                              qa_odbc_argument_t catalog_name, qa_odbc_argument_t schema,
                                              qa_odbc_argument_t table, qa_odbc_argument_t column,
                                              qa_odbc_diagnostic_t *diagnostic);
/* SQLGetTypeInfo: SQL_ALL_TYPES or one code (of ODBC 2 or 3); HY004 for a code that ODBC does not know; one
 * that we do not have gives no rows. */
qa_status_t qa_odbc_catalog_type_info(qa_odbc_result_t **result_out, const qa_odbc_catalog_t *catalog,
                                      SQLSMALLINT data_type, qa_odbc_diagnostic_t *diagnostic);

#endif
