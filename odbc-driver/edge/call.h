/* What every exported function does before and behind its worker: find the handle, lock, clear the
 * diagnostics, ask the state table; keep the return code, unlock. And texts in and out, between the
 * application's UTF-16 and UTF-8.
 *
 *     qa_edge_call_t call;
 *     qa_odbc_argument_t sql;
 *     if (!qa_edge_enter_statement(&call, handle, QA_CALL_PREPARE) || !qa_edge_text(&call, text, length,
 * &sql)) return qa_edge_leave(&call, SQL_ERROR); return qa_edge_leave(&call, qa_edge_prepare(call.statement,
 * sql));
 */
#ifndef QA_EDGE_CALL_H
#define QA_EDGE_CALL_H

#include "edge/handle.h"
#include "parts/catalog.h"

/* On every entry point: the library is compiled with hidden names, and exports.map chooses among those that
 * show. */
#if defined(__GNUC__) && !defined(_WIN32)
#define QA_EXPORT __attribute__((visibility("default")))
#else
#define QA_EXPORT
#endif

typedef struct qa_edge_call {
    qa_edge_handle_t *handle; /* NULL: there is no such handle */
    qa_edge_environment_t *environment;
    qa_edge_connection_t *connection;
    qa_edge_statement_t *statement;
    qa_edge_descriptor_t *descriptor;
    qa_mutex_t *mutex; /* held until leave; NULL: none */
    bool is_refused;
} qa_edge_call_t;

/* False: the call goes no further; leave knows what to answer. */
bool qa_edge_enter_environment(qa_edge_call_t *call, SQLHANDLE handle);
bool qa_edge_enter_connection(qa_edge_call_t *call, SQLHANDLE handle, qa_odbc_connection_call_t function);
bool qa_edge_enter_statement(qa_edge_call_t *call, SQLHANDLE handle, qa_odbc_statement_call_t function);
bool qa_edge_enter_descriptor(qa_edge_call_t *call, SQLHANDLE handle);
/* Any kind, with its diagnostics as they are and in any state: for reading diagnostics. */
bool qa_edge_enter_any(qa_edge_call_t *call, SQLSMALLINT kind, SQLHANDLE handle);

/* Unlocks and returns `result`, or what enter refused with. */
SQLRETURN qa_edge_leave(qa_edge_call_t *call, SQLRETURN result);
/* The same when the diagnostics stay as they were. */
SQLRETURN qa_edge_leave_quietly(qa_edge_call_t *call, SQLRETURN result);
/* Unlocks only: the worker ended the handle. */
SQLRETURN qa_edge_leave_ended(qa_edge_call_t *call, SQLRETURN result);

/* An argument as UTF-8, until leave; `length` in units, or SQL_NTS. A null pointer stays one. False: HY090,
 * 22021 or HY001 was posted. */
bool qa_edge_text(qa_edge_call_t *call, const SQLWCHAR *text, SQLLEN length,
                  qa_odbc_argument_t *argument_out);
/* The same with a length in bytes, as attributes and descriptor fields have it. */
bool qa_edge_text_of_bytes(qa_edge_call_t *call, const void *text, SQLLEN bytes,
                           qa_odbc_argument_t *argument_out);

/* Writes a terminated text of at most `capacity` units, and its full length in units. SQL_SUCCESS, or
 * SQL_SUCCESS_WITH_INFO and 01004. Both targets may be NULL. HY090: the capacity is
 * negative. `diagnostics` NULL: nothing is posted. */
SQLRETURN qa_edge_put_text(qa_edge_diagnostics_t *diagnostics, const char *text, SQLWCHAR *target,
                           SQLLEN capacity, SQLSMALLINT *length_out);
/* The same with lengths in bytes, as SQLGetInfo, attributes and descriptor fields have them. */
SQLRETURN qa_edge_put_bytes(qa_edge_diagnostics_t *diagnostics, const char *text, void *target,
                            SQLLEN capacity_bytes, SQLLEN *length_out);
/* SQLSMALLINT and SQLINTEGER lengths of the same; cut at their largest value. */
SQLSMALLINT qa_edge_small_length(SQLLEN length);

#endif
