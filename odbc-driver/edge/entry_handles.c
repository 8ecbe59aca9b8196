/* Exported functions: handles, environments, diagnostics, descriptors. Each finds its handle, asks the state
 * table, calls one worker and leaves; none calls another exported one, which the driver manager might answer.
 */
#include "edge/connection.h"
#include "edge/descriptor.h"
#include "edge/diagnostic_fields.h"
#include "edge/environment.h"
#include "edge/statement.h"

static SQLRETURN allocate_connection(SQLHANDLE parent, SQLHANDLE *handle_out)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_environment(&call, parent)) return qa_edge_leave(&call, SQL_ERROR);
    if (call.environment->odbc_version == 0)
        return qa_edge_leave(&call,
                             qa_edge_refuse(&call.handle->diagnostics, "HY010",
                                            "SQL_ATTR_ODBC_VERSION is set before a connection is made"));
    return qa_edge_leave(&call, qa_edge_connection_allocate(call.environment, handle_out));
}

static SQLRETURN allocate_statement(SQLHANDLE parent, SQLHANDLE *handle_out)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_connection(&call, parent, QA_CALL_ALLOC_STATEMENT))
        return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_statement_allocate(call.connection, handle_out));
}

static SQLRETURN allocate_descriptor(SQLHANDLE parent, SQLHANDLE *handle_out)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_connection(&call, parent, QA_CALL_ALLOC_DESCRIPTOR))
        return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_descriptor_allocate(call.connection, handle_out));
}

QA_EXPORT SQLRETURN SQL_API SQLAllocHandle(SQLSMALLINT kind, SQLHANDLE parent, SQLHANDLE *handle_out)
{
    if (handle_out == NULL) return SQL_ERROR;
    *handle_out = SQL_NULL_HANDLE;
    switch (kind) {
    case SQL_HANDLE_ENV:
        return qa_edge_environment_allocate(handle_out);
    case SQL_HANDLE_DBC:
        return allocate_connection(parent, handle_out);
    case SQL_HANDLE_STMT:
        return allocate_statement(parent, handle_out);
    case SQL_HANDLE_DESC:
        return allocate_descriptor(parent, handle_out);
    default:
        return SQL_ERROR;
    }
}

static SQLRETURN free_environment(SQLHANDLE handle)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_environment(&call, handle)) return qa_edge_leave(&call, SQL_ERROR);
    if (call.environment->connections != NULL)
        return qa_edge_leave(&call, qa_edge_refuse(&call.handle->diagnostics, "HY010",
                                                   "the environment has connections; free them before"));
    const SQLRETURN result = qa_edge_leave_ended(&call, SQL_SUCCESS);
    qa_edge_environment_free(call.environment);
    return result;
}

static SQLRETURN free_connection(SQLHANDLE handle)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_connection(&call, handle, QA_CALL_FREE_CONNECTION))
        return qa_edge_leave(&call, SQL_ERROR);
    qa_edge_unregister(call.connection->handle.slot);
    const SQLRETURN result = qa_edge_leave_ended(&call, SQL_SUCCESS);
    qa_edge_connection_free(call.connection);
    return result;
}

static SQLRETURN free_statement(SQLHANDLE handle)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_FREE_HANDLE)) return qa_edge_leave(&call, SQL_ERROR);
    qa_edge_statement_free(call.statement);
    return qa_edge_leave_ended(&call, SQL_SUCCESS);
}

static SQLRETURN free_descriptor(SQLHANDLE handle)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_descriptor(&call, handle)) return qa_edge_leave(&call, SQL_ERROR);
    if (qa_edge_descriptor_free(call.descriptor) == SQL_ERROR) return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave_ended(&call, SQL_SUCCESS);
}

QA_EXPORT SQLRETURN SQL_API SQLFreeHandle(SQLSMALLINT kind, SQLHANDLE handle)
{
    switch (kind) {
    case SQL_HANDLE_ENV:
        return free_environment(handle);
    case SQL_HANDLE_DBC:
        return free_connection(handle);
    case SQL_HANDLE_STMT:
        return free_statement(handle);
    case SQL_HANDLE_DESC:
        return free_descriptor(handle);
    default:
        return SQL_INVALID_HANDLE;
    }
}

QA_EXPORT SQLRETURN SQL_API SQLSetEnvAttr(SQLHENV handle, SQLINTEGER attribute, SQLPOINTER value,
                                          SQLINTEGER value_bytes)
{
    qa_edge_call_t call;
    (void)value_bytes;
    if (!qa_edge_enter_environment(&call, handle)) return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_set_env_attr(call.environment, attribute, value));
}

QA_EXPORT SQLRETURN SQL_API SQLGetEnvAttr(SQLHENV handle, SQLINTEGER attribute, SQLPOINTER value,
                                          SQLINTEGER value_bytes, SQLINTEGER *length_out)
{
    qa_edge_call_t call;
    (void)value_bytes;
    if (!qa_edge_enter_environment(&call, handle)) return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_get_env_attr(call.environment, attribute, value, length_out));
}

QA_EXPORT SQLRETURN SQL_API SQLGetDiagRecW(SQLSMALLINT kind, SQLHANDLE handle, SQLSMALLINT number,
                                           SQLWCHAR *sqlstate, SQLINTEGER *native_out, SQLWCHAR *message,
                                           SQLSMALLINT capacity, SQLSMALLINT *length_out)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_any(&call, kind, handle)) return SQL_INVALID_HANDLE;
    return qa_edge_leave_quietly(
        &call, qa_edge_get_diag_rec(&call, number, sqlstate, native_out, message, capacity, length_out));
}

QA_EXPORT SQLRETURN SQL_API SQLGetDiagFieldW(SQLSMALLINT kind, SQLHANDLE handle, SQLSMALLINT number,
                                             SQLSMALLINT field, SQLPOINTER value, SQLSMALLINT capacity_bytes,
                                             SQLSMALLINT *length_out)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_any(&call, kind, handle)) return SQL_INVALID_HANDLE;
    return qa_edge_leave_quietly(
        &call, qa_edge_get_diag_field(&call, number, field, value, capacity_bytes, length_out));
}

QA_EXPORT SQLRETURN SQL_API SQLGetDescFieldW(SQLHDESC handle, SQLSMALLINT number, SQLSMALLINT field,
                                             SQLPOINTER value, SQLINTEGER value_bytes, SQLINTEGER *length_out)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_descriptor(&call, handle)) return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_get_field(call.descriptor, number, field, value, value_bytes,
                                                  length_out, &call.handle->diagnostics));
}

QA_EXPORT SQLRETURN SQL_API SQLSetDescFieldW(SQLHDESC handle, SQLSMALLINT number, SQLSMALLINT field,
                                             SQLPOINTER value, SQLINTEGER value_bytes)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_descriptor(&call, handle)) return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_set_field(&call, call.descriptor, number, field, value, value_bytes));
}

QA_EXPORT SQLRETURN SQL_API SQLGetDescRecW(SQLHDESC handle, SQLSMALLINT number, SQLWCHAR *name,
                                           SQLSMALLINT capacity, SQLSMALLINT *length_out,
                                           SQLSMALLINT *type_out, SQLSMALLINT *sub_type_out,
                                           SQLLEN *octet_length_out, SQLSMALLINT *precision_out,
                                           SQLSMALLINT *scale_out, SQLSMALLINT *nullable_out)
{
    qa_edge_call_t call;
    const qa_edge_record_targets_t targets = { type_out,      sub_type_out, octet_length_out,
                                               precision_out, scale_out,    nullable_out };
    if (!qa_edge_enter_descriptor(&call, handle)) return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call,
                         qa_edge_get_record(call.descriptor, number, name, capacity, length_out, &targets));
}

QA_EXPORT SQLRETURN SQL_API SQLSetDescRec(SQLHDESC handle, SQLSMALLINT number, SQLSMALLINT type,
                                          SQLSMALLINT sub_type, SQLLEN length, SQLSMALLINT precision,
                                          SQLSMALLINT scale, SQLPOINTER data, SQLLEN *octet_length,
                                          SQLLEN *indicator)
{
    qa_edge_call_t call;
    const qa_edge_record_fields_t fields = { type,   sub_type, precision,    scale,
                                             length, data,     octet_length, indicator };
    if (!qa_edge_enter_descriptor(&call, handle)) return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call,
                         qa_edge_set_record(call.descriptor, number, &fields, &call.handle->diagnostics));
}

QA_EXPORT SQLRETURN SQL_API SQLCopyDesc(SQLHDESC source, SQLHDESC target)
{
    qa_edge_call_t call;
    if (qa_edge_find(source, SQL_HANDLE_DESC) == NULL) return SQL_INVALID_HANDLE;
    if (!qa_edge_enter_descriptor(&call, target)) return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_copy_descriptor(source, call.descriptor, &call.handle->diagnostics));
}
