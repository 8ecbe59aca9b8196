/* Catalog functions: their rows become the statement's result, read as any other. It must never ask the
 * session but through the parts' functions. */
#include "edge/catalog.h"

#include "edge/columns.h"
#include "edge/execute.h"
#include "edge/source.h"
#include "edge/statement.h"

void qa_edge_catalog_begin(qa_edge_catalog_t *work, qa_edge_statement_t *statement)
{
    qa_edge_connection_t *const connection = statement->connection;
    qa_edge_forget_source(statement);
    statement->row_count = -1;
    work->statement = statement;
    work->source = (qa_odbc_catalog_source_t){ .session = connection->session,
                                               .tables = qa_sql_tables,
                                               .procedure = qa_sql_procedure,
                                               .user = qa_sql_actor(connection->session),
                                               .is_read_only = qa_sql_is_read_only(connection->session) };
    work->catalog = (qa_odbc_catalog_t){ .allocator = connection->allocator,
                                         .source = &work->source,
                                         .is_odbc2 = connection->environment->odbc_version == SQL_OV_ODBC2,
                                         .is_metadata_id = statement->attributes.metadata_id == SQL_TRUE };
    work->result = NULL;
}

SQLRETURN qa_edge_catalog_end(qa_edge_catalog_t *work, qa_status_t status)
{
    qa_edge_statement_t *const statement = work->statement;
    if (status != QA_OK) return qa_edge_refuse_with(&statement->handle.diagnostics, &work->diagnostic);
    statement->source.result = work->result;
    if (qa_edge_describe_source(statement) == SQL_ERROR) {
        qa_edge_forget_source(statement);
        return SQL_ERROR;
    }
    qa_edge_open_cursor(statement);
    return SQL_SUCCESS;
}
