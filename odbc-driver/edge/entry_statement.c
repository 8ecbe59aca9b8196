/* Exported functions: statements prepared, executed, cancelled; parameters; attributes; cursors' names. As
 * entry_handles.c says. Cancelling alone looks at a statement that another thread is using: it takes no lock
 * but the small one that guards what is running. */
#include "edge/columns.h"
#include "edge/execute.h"
#include "edge/parameters.h"
#include "edge/source.h"
#include "edge/statement.h"

QA_EXPORT SQLRETURN SQL_API SQLPrepareW(SQLHSTMT handle, SQLWCHAR *text, SQLINTEGER length)
{
    qa_edge_call_t call;
    qa_odbc_argument_t sql;
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_PREPARE) || !qa_edge_text(&call, text, length, &sql))
        return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_prepare(call.statement, sql));
}

QA_EXPORT SQLRETURN SQL_API SQLExecDirectW(SQLHSTMT handle, SQLWCHAR *text, SQLINTEGER length)
{
    qa_edge_call_t call;
    qa_odbc_argument_t sql;
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_EXEC_DIRECT) ||
        !qa_edge_text(&call, text, length, &sql))
        return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_exec_direct(call.statement, sql));
}

QA_EXPORT SQLRETURN SQL_API SQLExecute(SQLHSTMT handle)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_EXECUTE)) return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_execute(call.statement));
}

QA_EXPORT SQLRETURN SQL_API SQLParamData(SQLHSTMT handle, SQLPOINTER *value_out)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_PARAM_DATA)) return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_param_data(call.statement, value_out));
}

QA_EXPORT SQLRETURN SQL_API SQLPutData(SQLHSTMT handle, SQLPOINTER data, SQLLEN length)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_PUT_DATA)) return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_put_data(call.statement, data, length));
}

static SQLRETURN cancel(SQLHSTMT handle)
{
    qa_edge_call_t call;
    qa_edge_statement_t *const statement = qa_edge_find(handle, SQL_HANDLE_STMT);
    if (statement == NULL) return SQL_INVALID_HANDLE;
    /* Who takes the connection's mutex here may wait for the very call that was to be cancelled: only a
     * statement that waits for data is worth that. */
    if (qa_edge_cancel_running(statement) || !statement->is_waiting) return SQL_SUCCESS;
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_CANCEL)) return qa_edge_leave(&call, SQL_ERROR);
    if (call.statement->state >= QA_ODBC_S8) qa_edge_abandon(call.statement);
    return qa_edge_leave(&call, SQL_SUCCESS);
}

QA_EXPORT SQLRETURN SQL_API SQLCancel(SQLHSTMT handle)
{
    return cancel(handle);
}

/* Nothing of a connection runs that could be cancelled: its statements are cancelled one by one. */
QA_EXPORT SQLRETURN SQL_API SQLCancelHandle(SQLSMALLINT kind, SQLHANDLE handle)
{
    if (kind == SQL_HANDLE_STMT) return cancel(handle);
    return kind == SQL_HANDLE_DBC && qa_edge_find(handle, SQL_HANDLE_DBC) != NULL ? SQL_SUCCESS
                                                                                  : SQL_INVALID_HANDLE;
}

QA_EXPORT SQLRETURN SQL_API SQLBindParameter(SQLHSTMT handle, SQLUSMALLINT number, SQLSMALLINT direction,
                                             SQLSMALLINT c_type, SQLSMALLINT sql_type, SQLULEN column_size,
                                             SQLSMALLINT digits, SQLPOINTER data, SQLLEN buffer_bytes,
                                             SQLLEN *indicator)
{
    qa_edge_call_t call;
    const qa_edge_parameter_binding_t binding = { direction,   c_type, sql_type,     digits,
                                                  column_size, data,   buffer_bytes, indicator };
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_BIND_PARAMETER))
        return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_bind_parameter(call.statement, number, &binding));
}

QA_EXPORT SQLRETURN SQL_API SQLNumParams(SQLHSTMT handle, SQLSMALLINT *count_out)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_NUM_PARAMS)) return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_num_params(call.statement, count_out));
}

QA_EXPORT SQLRETURN SQL_API SQLDescribeParam(SQLHSTMT handle, SQLUSMALLINT number, SQLSMALLINT *type_out,
                                             SQLULEN *size_out, SQLSMALLINT *digits_out,
                                             SQLSMALLINT *nullable_out)
{
    qa_edge_call_t call;
    const qa_edge_description_t description = { type_out, size_out, digits_out, nullable_out };
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_DESCRIBE_PARAM))
        return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_describe_param(call.statement, number, &description));
}

QA_EXPORT SQLRETURN SQL_API SQLSetStmtAttrW(SQLHSTMT handle, SQLINTEGER attribute, SQLPOINTER value,
                                            SQLINTEGER value_bytes)
{
    qa_edge_call_t call;
    (void)value_bytes;
    if (!qa_edge_enter_statement(&call, handle, qa_edge_set_stmt_attr_call(attribute)))
        return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_set_stmt_attr(&call, attribute, value));
}

QA_EXPORT SQLRETURN SQL_API SQLGetStmtAttrW(SQLHSTMT handle, SQLINTEGER attribute, SQLPOINTER value,
                                            SQLINTEGER value_bytes, SQLINTEGER *length_out)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_statement(&call, handle, qa_edge_get_stmt_attr_call(attribute)))
        return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call,
                         qa_edge_get_stmt_attr(call.statement, attribute, value, value_bytes, length_out));
}

QA_EXPORT SQLRETURN SQL_API SQLSetCursorNameW(SQLHSTMT handle, SQLWCHAR *name, SQLSMALLINT length)
{
    qa_edge_call_t call;
    qa_odbc_argument_t text;
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_SET_CURSOR_NAME) ||
        !qa_edge_text(&call, name, length, &text))
        return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_set_cursor_name(call.statement, text));
}

QA_EXPORT SQLRETURN SQL_API SQLGetCursorNameW(SQLHSTMT handle, SQLWCHAR *name, SQLSMALLINT capacity,
                                              SQLSMALLINT *length_out)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_GET_CURSOR_NAME))
        return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_put_text(&call.handle->diagnostics, call.statement->cursor_name, name,
                                                 capacity, length_out));
}

QA_EXPORT SQLRETURN SQL_API SQLFreeStmt(SQLHSTMT handle, SQLUSMALLINT option)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_FREE_STMT)) return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_free_stmt(call.statement, option));
}
