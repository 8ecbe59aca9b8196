/* Which function may be called in which state: the tables of Appendix B of the ODBC specification. A worker
 * never asks itself whether it may run; the edge asks here before it calls the worker. Pure: no handles. */
#ifndef QA_ODBC_STATES_H
#define QA_ODBC_STATES_H

#include <stdbool.h>

typedef enum qa_odbc_statement_state {
    QA_ODBC_S1 = 0, /* allocated */
    QA_ODBC_S2,     /* prepared, no result */
    QA_ODBC_S3,     /* prepared, a result */
    QA_ODBC_S4,     /* executed, no result */
    QA_ODBC_S5,     /* cursor open */
    QA_ODBC_S6,     /* positioned by SQLFetch or SQLFetchScroll */
    QA_ODBC_S7,     /* positioned by SQLExtendedFetch */
    QA_ODBC_S8,     /* needs data */
    QA_ODBC_S9,     /* a value must be put */
    QA_ODBC_S10,    /* a value can be put */
    QA_ODBC_STATEMENT_STATE_COUNT
} qa_odbc_statement_state_t;

typedef enum qa_odbc_connection_state {
    QA_ODBC_C2 = 0, /* allocated */
    QA_ODBC_C3,     /* needs data of SQLBrowseConnect */
    QA_ODBC_C4,     /* connected */
    QA_ODBC_C5,     /* connected, with statements */
    QA_ODBC_C6,     /* in a transaction */
    QA_ODBC_CONNECTION_STATE_COUNT
} qa_odbc_connection_state_t;

typedef enum qa_odbc_statement_call {
#define STATEMENT(FUNCTION, ...) QA_CALL_##FUNCTION,
#include "statement_states.def"
#undef STATEMENT
    QA_STATEMENT_CALL_COUNT
} qa_odbc_statement_call_t;

typedef enum qa_odbc_connection_call {
#define CONNECTION(FUNCTION, ...) QA_CALL_##FUNCTION,
#include "connection_states.def"
#undef CONNECTION
    QA_CONNECTION_CALL_COUNT
} qa_odbc_connection_call_t;

/* NULL if the call may run, else the SQLSTATE of the refusal. */
const char *qa_odbc_statement_refusal(qa_odbc_statement_call_t call, qa_odbc_statement_state_t state,
                                      bool is_prepared);
const char *qa_odbc_connection_refusal(qa_odbc_connection_call_t call, qa_odbc_connection_state_t state);

/* What a refusal says to people: the usual words of its SQLSTATE. */
const char *qa_odbc_refusal_text(const char *sqlstate);

#endif
