/* Values that the application sends while a statement is executed: SQLParamData asks for the next one,
 * SQLPutData brings it in pieces. A failure ends the execution, as Appendix B says. It must never execute a
 * set before all of its values are there. */
#include <string.h>

#include "edge/execute_private.h"
#include "edge/parameters.h"
#include "edge/source.h"
#include "edge/statement.h"
#include "parts/utf16.h"

static SQLRETURN give_up(qa_edge_statement_t *statement, const char *sqlstate, const char *text)
{
    qa_edge_refuse(&statement->handle.diagnostics, sqlstate, "%s", text);
    qa_edge_abandon(statement);
    return SQL_ERROR;
}

/* The value that was put, as if it had stood in a buffer. */
static SQLRETURN take_put_value(qa_edge_statement_t *statement)
{
    qa_edge_execution_t *const execution = &statement->execution;
    const SQLLEN length = execution->is_null ? SQL_NULL_DATA : (SQLLEN)execution->piece.bytes;
    qa_odbc_source_t source;
    qa_edge_parameter_source(statement, execution->parameter, &source);
    source.data = execution->piece.data == NULL ? (const void *)"" : execution->piece.data;
    source.data_bytes = (SQLLEN)execution->piece.bytes;
    source.length = &length;
    source.indicator = &length;
    const SQLRETURN result = qa_edge_take_parameter(statement, execution->parameter, &source);
    if (result == SQL_SUCCESS_WITH_INFO) execution->set_has_warning = true;
    return result;
}

SQLRETURN qa_edge_param_data(qa_edge_statement_t *statement, SQLPOINTER *value_out)
{
    qa_edge_execution_t *const execution = &statement->execution;
    if (execution->parameter > 0 && take_put_value(statement) == SQL_ERROR) {
        qa_edge_abandon(statement);
        return SQL_ERROR;
    }
    execution->parameter = qa_edge_next_at_execution(statement, execution->parameter);
    if (execution->parameter == 0) {
        qa_edge_run_set(statement);
        execution->set++;
        const SQLRETURN result = qa_edge_run_sets(statement);
        if (result != SQL_NEED_DATA) return result;
        execution->parameter = qa_edge_next_at_execution(statement, 0);
    }
    qa_odbc_source_t source;
    qa_edge_parameter_source(statement, execution->parameter, &source);
    qa_buffer_clear(&execution->piece);
    execution->has_piece = false;
    execution->is_null = false;
    if (value_out != NULL) *value_out = (SQLPOINTER)(uintptr_t)source.data;
    statement->state = QA_ODBC_S9;
    return SQL_NEED_DATA;
}

/* The bytes of a piece. False: the length is none. */
static bool piece_bytes(SQLSMALLINT c_type, const void *data, SQLLEN length, size_t *bytes_out)
{
    const SQLLEN fixed_bytes = qa_odbc_c_type_bytes(c_type);
    if (fixed_bytes > 0) {
        *bytes_out = (size_t)fixed_bytes;
        return true;
    }
    if (length == SQL_NTS && c_type == SQL_C_WCHAR) {
        size_t units = 0;
        if (!qa_odbc_utf16_length(data, SQL_NTS, &units)) return false;
        *bytes_out = units * sizeof(SQLWCHAR);
        return true;
    }
    if (length == SQL_NTS && c_type == SQL_C_CHAR) {
        *bytes_out = strlen(data);
        return true;
    }
    *bytes_out = length < 0 ? 0 : (size_t)length;
    return length >= 0 && (c_type != SQL_C_WCHAR || length % (SQLLEN)sizeof(SQLWCHAR) == 0);
}

SQLRETURN qa_edge_put_data(qa_edge_statement_t *statement, SQLPOINTER data, SQLLEN length)
{
    qa_edge_execution_t *const execution = &statement->execution;
    qa_odbc_source_t source;
    size_t bytes = 0;
    qa_edge_parameter_source(statement, execution->parameter, &source);
    if (length == SQL_DEFAULT_PARAM)
        return give_up(statement, "07S01", "this parameter has no default value");
    if (execution->has_piece && (execution->is_null || length == SQL_NULL_DATA))
        return give_up(statement, "HY020", "NULL cannot be put together with another piece");
    if (execution->has_piece && qa_odbc_c_type_bytes(source.c_type) > 0)
        return give_up(statement, "HY019", "only texts and bytes can be put in pieces");
    execution->has_piece = true;
    statement->state = QA_ODBC_S10;
    if (length == SQL_NULL_DATA) {
        execution->is_null = true;
        return SQL_SUCCESS;
    }
    if (data == NULL && (length != 0 || qa_odbc_c_type_bytes(source.c_type) > 0))
        return give_up(statement, "HY009", "the piece is a null pointer");
    if (data != NULL && !piece_bytes(source.c_type, data, length, &bytes))
        return give_up(statement, "HY090",
                       "the length of the piece is neither SQL_NTS nor a length of its type");
    if (bytes > 0 && qa_buffer_put(&execution->piece, data, bytes) != QA_OK)
        return give_up(statement, "HY001", "no memory for the pieces of the parameter");
    return SQL_SUCCESS;
}
