/* Exported functions: connections, their attributes, transactions, information. As entry_handles.c says. */
#include "edge/connection.h"
#include "parts/info.h"

QA_EXPORT SQLRETURN SQL_API SQLConnectW(SQLHDBC handle, SQLWCHAR *data_source, SQLSMALLINT data_source_length,
                                        SQLWCHAR *actor, SQLSMALLINT actor_length, SQLWCHAR *password,
                                        SQLSMALLINT password_length)
{
    qa_edge_call_t call;
    qa_odbc_argument_t name;
    qa_odbc_argument_t user;
    (void)password;
    (void)password_length;
    if (!qa_edge_enter_connection(&call, handle, QA_CALL_CONNECT) ||
        !qa_edge_text(&call, data_source, data_source_length, &name) ||
        !qa_edge_text(&call, actor, actor_length, &user))
        return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_connect(call.connection, name, user));
}

QA_EXPORT SQLRETURN SQL_API SQLDriverConnectW(SQLHDBC handle, SQLHWND window, SQLWCHAR *text,
                                              SQLSMALLINT length, SQLWCHAR *completed, SQLSMALLINT capacity,
                                              SQLSMALLINT *length_out, SQLUSMALLINT completion)
{
    qa_edge_call_t call;
    qa_odbc_argument_t string;
    (void)window;
    if (!qa_edge_enter_connection(&call, handle, QA_CALL_DRIVER_CONNECT) ||
        !qa_edge_text(&call, text, length, &string))
        return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(
        &call, qa_edge_driver_connect(call.connection, string, completed, capacity, length_out, completion));
}

QA_EXPORT SQLRETURN SQL_API SQLBrowseConnectW(SQLHDBC handle, SQLWCHAR *text, SQLSMALLINT length,
                                              SQLWCHAR *answer, SQLSMALLINT capacity, SQLSMALLINT *length_out)
{
    qa_edge_call_t call;
    qa_odbc_argument_t string;
    if (!qa_edge_enter_connection(&call, handle, QA_CALL_BROWSE_CONNECT) ||
        !qa_edge_text(&call, text, length, &string))
        return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call,
                         qa_edge_browse_connect(call.connection, string, answer, capacity, length_out));
}

QA_EXPORT SQLRETURN SQL_API SQLDisconnect(SQLHDBC handle)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_connection(&call, handle, QA_CALL_DISCONNECT_SESSION))
        return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_disconnect(call.connection));
}

QA_EXPORT SQLRETURN SQL_API SQLGetInfoW(SQLHDBC handle, SQLUSMALLINT type, SQLPOINTER value,
                                        SQLSMALLINT capacity_bytes, SQLSMALLINT *length_out)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_connection(&call, handle, QA_CALL_GET_INFO)) return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_get_info(call.connection, type, value, capacity_bytes, length_out));
}

QA_EXPORT SQLRETURN SQL_API SQLGetFunctions(SQLHDBC handle, SQLUSMALLINT function_id,
                                            SQLUSMALLINT *supported_out)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_connection(&call, handle, QA_CALL_GET_FUNCTIONS))
        return qa_edge_leave(&call, SQL_ERROR);
    if (supported_out == NULL)
        return qa_edge_leave(&call, qa_edge_refuse(&call.handle->diagnostics, "HY009",
                                                   "the place for the answer is a null pointer"));
    return qa_edge_leave(&call, qa_odbc_functions(function_id, supported_out)
                                    ? SQL_SUCCESS
                                    : qa_edge_refuse(&call.handle->diagnostics, "HY095",
                                                     "%u is no function of ODBC", function_id));
}

QA_EXPORT SQLRETURN SQL_API SQLSetConnectAttrW(SQLHDBC handle, SQLINTEGER attribute, SQLPOINTER value,
                                               SQLINTEGER value_bytes)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_connection(&call, handle, qa_edge_set_connect_attr_call(attribute)))
        return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_set_connect_attr(&call, attribute, value, value_bytes));
}

QA_EXPORT SQLRETURN SQL_API SQLGetConnectAttrW(SQLHDBC handle, SQLINTEGER attribute, SQLPOINTER value,
                                               SQLINTEGER value_bytes, SQLINTEGER *length_out)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_connection(&call, handle, qa_edge_get_connect_attr_call(attribute)))
        return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(
        &call, qa_edge_get_connect_attr(call.connection, attribute, value, value_bytes, length_out));
}

QA_EXPORT SQLRETURN SQL_API SQLNativeSqlW(SQLHDBC handle, SQLWCHAR *text, SQLINTEGER length, SQLWCHAR *native,
                                          SQLINTEGER capacity, SQLINTEGER *length_out)
{
    qa_edge_call_t call;
    qa_odbc_argument_t sql;
    if (!qa_edge_enter_connection(&call, handle, QA_CALL_NATIVE_SQL) ||
        !qa_edge_text(&call, text, length, &sql))
        return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_native_sql(call.connection, sql, native, capacity, length_out));
}

/* All connections of an environment, one after the other: each is locked for itself. */
static SQLRETURN end_transactions(SQLHANDLE handle, SQLSMALLINT completion)
{
    qa_edge_call_t call;
    SQLRETURN result = SQL_SUCCESS;
    if (!qa_edge_enter_environment(&call, handle)) return qa_edge_leave(&call, SQL_ERROR);
    for (qa_edge_connection_t *connection = call.environment->connections; connection != NULL;
         connection = connection->next) {
        qa_mutex_lock(connection->mutex);
        if (connection->session != NULL &&
            qa_edge_end_transaction(connection, completion, &call.handle->diagnostics) == SQL_ERROR)
            result = SQL_ERROR;
        qa_mutex_unlock(connection->mutex);
    }
    return qa_edge_leave(&call, result);
}

static SQLRETURN end_transaction(SQLHANDLE handle, SQLSMALLINT completion)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_connection(&call, handle, QA_CALL_END_TRANSACTION))
        return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call,
                         qa_edge_end_transaction(call.connection, completion, &call.handle->diagnostics));
}

QA_EXPORT SQLRETURN SQL_API SQLEndTran(SQLSMALLINT kind, SQLHANDLE handle, SQLSMALLINT completion)
{
    if (kind == SQL_HANDLE_ENV) return end_transactions(handle, completion);
    return kind == SQL_HANDLE_DBC ? end_transaction(handle, completion) : SQL_INVALID_HANDLE;
}
