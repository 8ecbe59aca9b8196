/* Exported functions: the catalog functions. As entry_handles.c says. */
#include "edge/catalog.h"

QA_EXPORT SQLRETURN SQL_API SQLTablesW(SQLHSTMT handle, SQLWCHAR *catalog, SQLSMALLINT catalog_length,
                                       SQLWCHAR *schema, SQLSMALLINT schema_length, SQLWCHAR *table,
                                       SQLSMALLINT table_length, SQLWCHAR *types, SQLSMALLINT types_length)
{
    qa_edge_call_t call;
    qa_edge_catalog_t work;
    qa_odbc_argument_t texts[4];
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_CATALOG) ||
        !qa_edge_text(&call, catalog, catalog_length, &texts[0]) ||
        !qa_edge_text(&call, schema, schema_length, &texts[1]) ||
        !qa_edge_text(&call, table, table_length, &texts[2]) ||
        !qa_edge_text(&call, types, types_length, &texts[3]))
        return qa_edge_leave(&call, SQL_ERROR);
    qa_edge_catalog_begin(&work, call.statement);
    return qa_edge_leave(
        &call,
        qa_edge_catalog_end(&work, qa_odbc_catalog_tables(&work.result, &work.catalog, texts[0], texts[1],
                                                          texts[2], texts[3], &work.diagnostic)));
}

QA_EXPORT SQLRETURN SQL_API SQLColumnsW(SQLHSTMT handle, SQLWCHAR *catalog, SQLSMALLINT catalog_length,
                                        SQLWCHAR *schema, SQLSMALLINT schema_length, SQLWCHAR *table,
                                        SQLSMALLINT table_length, SQLWCHAR *column, SQLSMALLINT column_length)
{
    qa_edge_call_t call;
    qa_edge_catalog_t work;
    qa_odbc_argument_t texts[4];
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_CATALOG) ||
        !qa_edge_text(&call, catalog, catalog_length, &texts[0]) ||
        !qa_edge_text(&call, schema, schema_length, &texts[1]) ||
        !qa_edge_text(&call, table, table_length, &texts[2]) ||
        !qa_edge_text(&call, column, column_length, &texts[3]))
        return qa_edge_leave(&call, SQL_ERROR);
    qa_edge_catalog_begin(&work, call.statement);
    return qa_edge_leave(
        &call,
        qa_edge_catalog_end(&work, qa_odbc_catalog_columns(&work.result, &work.catalog, texts[0], texts[1],
                                                           texts[2], texts[3], &work.diagnostic)));
}

QA_EXPORT SQLRETURN SQL_API SQLStatisticsW(SQLHSTMT handle, SQLWCHAR *catalog, SQLSMALLINT catalog_length,
                                           SQLWCHAR *schema, SQLSMALLINT schema_length, SQLWCHAR *table,
                                           SQLSMALLINT table_length, SQLUSMALLINT unique,
                                           SQLUSMALLINT reserved)
{
    qa_edge_call_t call;
    qa_edge_catalog_t work;
    qa_odbc_argument_t texts[3];
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_CATALOG) ||
        !qa_edge_text(&call, catalog, catalog_length, &texts[0]) ||
        !qa_edge_text(&call, schema, schema_length, &texts[1]) ||
        !qa_edge_text(&call, table, table_length, &texts[2]))
        return qa_edge_leave(&call, SQL_ERROR);
    qa_edge_catalog_begin(&work, call.statement);
    return qa_edge_leave(
        &call,
        qa_edge_catalog_end(&work, qa_odbc_catalog_statistics(&work.result, &work.catalog, texts[0], texts[1],
                                                              texts[2], unique, reserved, &work.diagnostic)));
}

QA_EXPORT SQLRETURN SQL_API SQLSpecialColumnsW(SQLHSTMT handle, SQLUSMALLINT identifier_type,
                                               SQLWCHAR *catalog, SQLSMALLINT catalog_length,
                                               SQLWCHAR *schema, SQLSMALLINT schema_length, SQLWCHAR *table,
                                               SQLSMALLINT table_length, SQLUSMALLINT scope,
                                               SQLUSMALLINT nullable)
{
    qa_edge_call_t call;
    qa_edge_catalog_t work;
    qa_odbc_argument_t texts[3];
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_CATALOG) ||
        !qa_edge_text(&call, catalog, catalog_length, &texts[0]) ||
        !qa_edge_text(&call, schema, schema_length, &texts[1]) ||
        !qa_edge_text(&call, table, table_length, &texts[2]))
        return qa_edge_leave(&call, SQL_ERROR);
    qa_edge_catalog_begin(&work, call.statement);
    return qa_edge_leave(
        &call, qa_edge_catalog_end(&work, qa_odbc_catalog_special_columns(
                                              &work.result, &work.catalog, identifier_type, texts[0],
                                              texts[1], texts[2], scope, nullable, &work.diagnostic)));
}

QA_EXPORT SQLRETURN SQL_API SQLPrimaryKeysW(SQLHSTMT handle, SQLWCHAR *catalog, SQLSMALLINT catalog_length,
                                            SQLWCHAR *schema, SQLSMALLINT schema_length, SQLWCHAR *table,
                                            SQLSMALLINT table_length)
{
    qa_edge_call_t call;
    qa_edge_catalog_t work;
    qa_odbc_argument_t texts[3];
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_CATALOG) ||
        !qa_edge_text(&call, catalog, catalog_length, &texts[0]) ||
        !qa_edge_text(&call, schema, schema_length, &texts[1]) ||
        !qa_edge_text(&call, table, table_length, &texts[2]))
        return qa_edge_leave(&call, SQL_ERROR);
    qa_edge_catalog_begin(&work, call.statement);
    return qa_edge_leave(&call, qa_edge_catalog_end(&work, qa_odbc_catalog_primary_keys(
                                                               &work.result, &work.catalog, texts[0],
                                                               texts[1], texts[2], &work.diagnostic)));
}

QA_EXPORT SQLRETURN SQL_API SQLForeignKeysW(SQLHSTMT handle, SQLWCHAR *primary_catalog,
                                            SQLSMALLINT primary_catalog_length, SQLWCHAR *primary_schema,
                                            SQLSMALLINT primary_schema_length, SQLWCHAR *primary_table,
                                            SQLSMALLINT primary_table_length, SQLWCHAR *foreign_catalog,
                                            SQLSMALLINT foreign_catalog_length, SQLWCHAR *foreign_schema,
                                            SQLSMALLINT foreign_schema_length, SQLWCHAR *foreign_table,
                                            SQLSMALLINT foreign_table_length)
{
    qa_edge_call_t call;
    qa_edge_catalog_t work;
    qa_odbc_argument_t texts[6];
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_CATALOG) ||
        !qa_edge_text(&call, primary_catalog, primary_catalog_length, &texts[0]) ||
        !qa_edge_text(&call, primary_schema, primary_schema_length, &texts[1]) ||
        !qa_edge_text(&call, primary_table, primary_table_length, &texts[2]) ||
        !qa_edge_text(&call, foreign_catalog, foreign_catalog_length, &texts[3]) ||
        !qa_edge_text(&call, foreign_schema, foreign_schema_length, &texts[4]) ||
        !qa_edge_text(&call, foreign_table, foreign_table_length, &texts[5]))
        return qa_edge_leave(&call, SQL_ERROR);
    qa_edge_catalog_begin(&work, call.statement);
    const qa_odbc_foreign_key_arguments_t arguments = { texts[0], texts[1], texts[2],
                                                        texts[3], texts[4], texts[5] };
    return qa_edge_leave(
        &call, qa_edge_catalog_end(&work, qa_odbc_catalog_foreign_keys(&work.result, &work.catalog,
                                                                       &arguments, &work.diagnostic)));
}

QA_EXPORT SQLRETURN SQL_API SQLProceduresW(SQLHSTMT handle, SQLWCHAR *catalog, SQLSMALLINT catalog_length,
                                           SQLWCHAR *schema, SQLSMALLINT schema_length, SQLWCHAR *procedure,
                                           SQLSMALLINT procedure_length)
{
    qa_edge_call_t call;
    qa_edge_catalog_t work;
    qa_odbc_argument_t texts[3];
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_CATALOG) ||
        !qa_edge_text(&call, catalog, catalog_length, &texts[0]) ||
        !qa_edge_text(&call, schema, schema_length, &texts[1]) ||
        !qa_edge_text(&call, procedure, procedure_length, &texts[2]))
        return qa_edge_leave(&call, SQL_ERROR);
    qa_edge_catalog_begin(&work, call.statement);
    return qa_edge_leave(
        &call, qa_edge_catalog_end(&work, qa_odbc_catalog_procedures(&work.result, &work.catalog, texts[0],
                                                                     texts[1], texts[2], &work.diagnostic)));
}

QA_EXPORT SQLRETURN SQL_API SQLProcedureColumnsW(SQLHSTMT handle, SQLWCHAR *catalog,
                                                 SQLSMALLINT catalog_length, SQLWCHAR *schema,
                                                 SQLSMALLINT schema_length, SQLWCHAR *procedure,
                                                 SQLSMALLINT procedure_length, SQLWCHAR *column,
                                                 SQLSMALLINT column_length)
{
    qa_edge_call_t call;
    qa_edge_catalog_t work;
    qa_odbc_argument_t texts[4];
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_CATALOG) ||
        !qa_edge_text(&call, catalog, catalog_length, &texts[0]) ||
        !qa_edge_text(&call, schema, schema_length, &texts[1]) ||
        !qa_edge_text(&call, procedure, procedure_length, &texts[2]) ||
        !qa_edge_text(&call, column, column_length, &texts[3]))
        return qa_edge_leave(&call, SQL_ERROR);
    qa_edge_catalog_begin(&work, call.statement);
    return qa_edge_leave(
        &call, qa_edge_catalog_end(&work, qa_odbc_catalog_procedure_columns(&work.result, &work.catalog,
                                                                            texts[0], texts[1], texts[2],
                                                                            texts[3], &work.diagnostic)));
}

QA_EXPORT SQLRETURN SQL_API SQLTablePrivilegesW(SQLHSTMT handle, SQLWCHAR *catalog,
                                                SQLSMALLINT catalog_length, SQLWCHAR *schema,
                                                SQLSMALLINT schema_length, SQLWCHAR *table,
                                                SQLSMALLINT table_length)
{
    qa_edge_call_t call;
    qa_edge_catalog_t work;
    qa_odbc_argument_t texts[3];
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_CATALOG) ||
        !qa_edge_text(&call, catalog, catalog_length, &texts[0]) ||
        !qa_edge_text(&call, schema, schema_length, &texts[1]) ||
        !qa_edge_text(&call, table, table_length, &texts[2]))
        return qa_edge_leave(&call, SQL_ERROR);
    qa_edge_catalog_begin(&work, call.statement);
    return qa_edge_leave(&call, qa_edge_catalog_end(&work, qa_odbc_catalog_table_privileges(
                                                               &work.result, &work.catalog, texts[0],
                                                               texts[1], texts[2], &work.diagnostic)));
}

QA_EXPORT SQLRETURN SQL_API SQLColumnPrivilegesW(SQLHSTMT handle, SQLWCHAR *catalog,
                                                 SQLSMALLINT catalog_length, SQLWCHAR *schema,
                                                 SQLSMALLINT schema_length, SQLWCHAR *table,
                                                 SQLSMALLINT table_length, SQLWCHAR *column,
                                                 SQLSMALLINT column_length)
{
    qa_edge_call_t call;
    qa_edge_catalog_t work;
    qa_odbc_argument_t texts[4];
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_CATALOG) ||
        !qa_edge_text(&call, catalog, catalog_length, &texts[0]) ||
        !qa_edge_text(&call, schema, schema_length, &texts[1]) ||
        !qa_edge_text(&call, table, table_length, &texts[2]) ||
        !qa_edge_text(&call, column, column_length, &texts[3]))
        return qa_edge_leave(&call, SQL_ERROR);
    qa_edge_catalog_begin(&work, call.statement);
    return qa_edge_leave(
        &call, qa_edge_catalog_end(&work, qa_odbc_catalog_column_privileges(&work.result, &work.catalog,
                                                                            texts[0], texts[1], texts[2],
                                                                            texts[3], &work.diagnostic)));
}

QA_EXPORT SQLRETURN SQL_API SQLGetTypeInfoW(SQLHSTMT handle, SQLSMALLINT data_type)
{
    qa_edge_call_t call;
    qa_edge_catalog_t work;
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_CATALOG)) return qa_edge_leave(&call, SQL_ERROR);
    qa_edge_catalog_begin(&work, call.statement);
    return qa_edge_leave(&call,
                         qa_edge_catalog_end(&work, qa_odbc_catalog_type_info(&work.result, &work.catalog,
                                                                              data_type, &work.diagnostic)));
}
