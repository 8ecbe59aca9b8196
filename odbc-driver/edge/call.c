/* Entering and leaving a call. Locks are taken here and nowhere else, but for the list of connections of an
 * environment. It must never read a handle before the registry knows it. */
#include "edge/call.h"

#include <stdatomic.h>
#include <string.h>

#include "parts/utf16.h"

static qa_odbc_connection_state_t connection_state(const qa_edge_connection_t *connection)
{
    if (connection->session == NULL) return connection->needs_data ? QA_ODBC_C3 : QA_ODBC_C2;
    if (qa_sql_in_transaction(connection->session)) return QA_ODBC_C6;
    return connection->statements != NULL ? QA_ODBC_C5 : QA_ODBC_C4;
}

/* The mutex that guards the object. */
static qa_mutex_t *guard_of(qa_edge_call_t *call, SQLSMALLINT kind, void *object)
{
    switch (kind) {
    case SQL_HANDLE_ENV:
        call->environment = object;
        return call->environment->mutex;
    case SQL_HANDLE_DBC:
        call->connection = object;
        break;
    case SQL_HANDLE_STMT:
        call->statement = object;
        call->connection = call->statement->connection;
        break;
    default:
        call->descriptor = object;
        call->connection = call->descriptor->connection;
        break;
    }
    call->environment = call->connection->environment;
    return call->connection->mutex;
}

bool qa_edge_enter_any(qa_edge_call_t *call, SQLSMALLINT kind, SQLHANDLE handle)
{
    *call = (qa_edge_call_t){ .handle = NULL };
    void *const object = qa_edge_find(handle, kind);
    if (object == NULL) return false;
    qa_mutex_t *const mutex = guard_of(call, kind, object);
    qa_mutex_lock(mutex);
    if (qa_edge_find(handle, kind) != object) { /* ended by another thread while this one waited */
        qa_mutex_unlock(mutex);
        return false;
    }
    call->mutex = mutex;
    call->handle = object; /* each struct begins with its qa_edge_handle_t */
    return true;
}

static bool refuse(qa_edge_call_t *call, const char *sqlstate)
{
    if (sqlstate == NULL) return true;
    qa_edge_refuse(&call->handle->diagnostics, sqlstate, "%s", qa_odbc_refusal_text(sqlstate));
    call->is_refused = true;
    return false;
}

static bool enter(qa_edge_call_t *call, SQLSMALLINT kind, SQLHANDLE handle)
{
    if (!qa_edge_enter_any(call, kind, handle)) return false;
    qa_edge_diagnostics_clear(&call->handle->diagnostics);
    return true;
}

bool qa_edge_enter_environment(qa_edge_call_t *call, SQLHANDLE handle)
{
    return enter(call, SQL_HANDLE_ENV, handle);
}

bool qa_edge_enter_connection(qa_edge_call_t *call, SQLHANDLE handle, qa_odbc_connection_call_t function)
{
    return enter(call, SQL_HANDLE_DBC, handle) &&
           refuse(call, qa_odbc_connection_refusal(function, connection_state(call->connection)));
}

bool qa_edge_enter_statement(qa_edge_call_t *call, SQLHANDLE handle, qa_odbc_statement_call_t function)
{
    if (!enter(call, SQL_HANDLE_STMT, handle)) return false;
    atomic_store(&call->statement->is_cancel_wanted, false);
    atomic_store(&call->statement->is_busy, true);
    return refuse(call,
                  qa_odbc_statement_refusal(function, call->statement->state, call->statement->is_prepared));
}

/* A descriptor rests while a statement that uses it waits for data. */
bool qa_edge_enter_descriptor(qa_edge_call_t *call, SQLHANDLE handle)
{
    if (!enter(call, SQL_HANDLE_DESC, handle)) return false;
    for (const qa_edge_statement_t *statement = call->connection->statements; statement != NULL;
         statement = statement->next) {
        const bool is_used = statement->ard == call->descriptor || statement->apd == call->descriptor ||
                             statement->ird == call->descriptor || statement->ipd == call->descriptor;
        if (is_used && !refuse(call, qa_odbc_statement_refusal(QA_CALL_DESCRIPTOR, statement->state,
                                                               statement->is_prepared)))
            return false;
    }
    return true;
}

static void unlock(qa_edge_call_t *call)
{
    if (call->connection != NULL) qa_arena_release(&call->connection->arguments);
    qa_mutex_unlock(call->mutex);
}

SQLRETURN qa_edge_leave(qa_edge_call_t *call, SQLRETURN result)
{
    if (call->handle == NULL) return SQL_INVALID_HANDLE;
    const SQLRETURN answer = call->is_refused ? SQL_ERROR : result;
    call->handle->diagnostics.return_code = answer;
    if (call->statement != NULL) atomic_store(&call->statement->is_busy, false);
    if (call->statement != NULL) /* ordered by the mutex; SQLCancel needs no more than the value */
        atomic_store_explicit(&call->statement->is_waiting, call->statement->state >= QA_ODBC_S8,
                              memory_order_relaxed);
    unlock(call);
    return answer;
}

SQLRETURN qa_edge_leave_quietly(qa_edge_call_t *call, SQLRETURN result)
{
    if (call->handle == NULL) return SQL_INVALID_HANDLE;
    unlock(call);
    return result;
}

SQLRETURN qa_edge_leave_ended(qa_edge_call_t *call, SQLRETURN result)
{
    return qa_edge_leave_quietly(call, result);
}

bool qa_edge_text(qa_edge_call_t *call, const SQLWCHAR *text, SQLLEN length, qa_odbc_argument_t *argument_out)
{
    qa_edge_diagnostics_t *const diagnostics = &call->handle->diagnostics;
    size_t units = 0;
    *argument_out = (qa_odbc_argument_t){ NULL, 0 };
    call->is_refused = true; /* until the end is reached */
    if (!qa_odbc_utf16_length(text, length, &units)) {
        qa_edge_refuse(diagnostics, "HY090", "the length of a text is %lld: neither SQL_NTS nor a length",
                       (long long)length);
        return false;
    }
    if (text != NULL) {
        char *const utf8 = units > QA_EDGE_ARGUMENT_BYTES_MAX / 3
                               ? NULL
                               : qa_arena_take(&call->connection->arguments, QA_ODBC_UTF8_BYTES(units));
        if (utf8 == NULL) {
            qa_edge_refuse(diagnostics, "HY001", "no memory for a text of %zu units", units);
            return false;
        }
        if (!qa_odbc_utf16_to_utf8(text, units, utf8, &argument_out->bytes)) {
            qa_edge_refuse(diagnostics, "22021", "a text is not valid UTF-16: a surrogate stands alone");
            return false;
        }
        argument_out->data = utf8;
    }
    call->is_refused = false;
    return true;
}

bool qa_edge_text_of_bytes(qa_edge_call_t *call, const void *text, SQLLEN bytes,
                           qa_odbc_argument_t *argument_out)
{
    return qa_edge_text(call, text, bytes > 0 ? bytes / 2 : bytes, argument_out);
}

SQLSMALLINT qa_edge_small_length(SQLLEN length)
{
    return (SQLSMALLINT)(length > INT16_MAX ? INT16_MAX : length);
}

static SQLRETURN refuse_capacity(qa_edge_diagnostics_t *diagnostics, SQLLEN capacity)
{
    if (diagnostics == NULL) return SQL_ERROR;
    return qa_edge_refuse(diagnostics, "HY090", "the length of the buffer is %lld", (long long)capacity);
}

static SQLRETURN tell_cut(qa_edge_diagnostics_t *diagnostics, size_t full, const char *unit, SQLLEN capacity)
{
    if (diagnostics == NULL) return SQL_SUCCESS_WITH_INFO;
    return qa_edge_warn(diagnostics, "01004", "the text has %zu %s, the buffer %lld: it was cut", full, unit,
                        (long long)capacity);
}

SQLRETURN qa_edge_put_text(qa_edge_diagnostics_t *diagnostics, const char *text, SQLWCHAR *target,
                           SQLLEN capacity, SQLSMALLINT *length_out)
{
    if (target != NULL && capacity < 0) return refuse_capacity(diagnostics, capacity);
    const size_t room = target == NULL ? 0 : (size_t)capacity;
    const size_t full = qa_odbc_utf8_to_utf16(text, strlen(text), target, room);
    if (length_out != NULL) *length_out = qa_edge_small_length((SQLLEN)full);
    return target != NULL && full >= room ? tell_cut(diagnostics, full, "units", capacity) : SQL_SUCCESS;
}

SQLRETURN qa_edge_put_bytes(qa_edge_diagnostics_t *diagnostics, const char *text, void *target,
                            SQLLEN capacity_bytes, SQLLEN *length_out)
{
    if (target != NULL && capacity_bytes < 0) return refuse_capacity(diagnostics, capacity_bytes);
    const size_t room = target == NULL ? 0 : (size_t)capacity_bytes;
    const size_t full = qa_odbc_utf8_to_utf16_bytes(text, strlen(text), target, room);
    if (length_out != NULL) *length_out = (SQLLEN)full;
    return target != NULL && full + sizeof(SQLWCHAR) > room
               ? tell_cut(diagnostics, full, "bytes", capacity_bytes)
               : SQL_SUCCESS;
}
