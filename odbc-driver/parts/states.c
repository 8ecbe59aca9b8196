/* The state tables of statements and connections, read from their .def files. It must never hold a state
 * itself. */
#include "parts/states.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

typedef struct rule {
    const char *sqlstate; /* NULL: the call may run */
    bool needs_prepared;  /* without SQLPrepare before it is HY010 */
} rule_t;

/* clang-format off */
#define OK     { NULL, false }
#define POK    { NULL, true }
#define P24000 { "24000", true }
#define PHY011 { "HY011", true }
#define E07005 { "07005", false }
#define E08002 { "08002", false }
#define E08003 { "08003", false }
#define E24000 { "24000", false }
#define E25000 { "25000", false }
#define EHY010 { "HY010", false }
#define EHY011 { "HY011", false }
/* clang-format on */

static const rule_t statement_rules[QA_STATEMENT_CALL_COUNT][QA_ODBC_STATEMENT_STATE_COUNT] = {
#define STATEMENT(FUNCTION, ...) [QA_CALL_##FUNCTION] = { __VA_ARGS__ },
#include "statement_states.def"
#undef STATEMENT
};

static const rule_t connection_rules[QA_CONNECTION_CALL_COUNT][QA_ODBC_CONNECTION_STATE_COUNT] = {
#define CONNECTION(FUNCTION, ...) [QA_CALL_##FUNCTION] = { __VA_ARGS__ },
#include "connection_states.def"
#undef CONNECTION
};

static const struct {
    const char *sqlstate;
    const char *text;
} refusal_texts[] = {
    { "07005", "the prepared statement has no result" },
    { "08002", "the connection is open already; disconnect it before" },
    { "08003", "the connection is not open; connect before" },
    { "24000", "the cursor is not in the state that this call needs: an open cursor is closed before a new "
               "execution, and rows are read only while one is open" },
    { "25000", "a transaction is open; commit it or roll it back before" },
    { "HY010", "the functions were called in the wrong order" },
    { "HY011", "this attribute cannot be set now" },
};

const char *qa_odbc_statement_refusal(qa_odbc_statement_call_t call, qa_odbc_statement_state_t state,
                                      bool is_prepared)
{
    assert(call < QA_STATEMENT_CALL_COUNT);
    assert(state < QA_ODBC_STATEMENT_STATE_COUNT);
    const rule_t *const rule = &statement_rules[call][state];
    return rule->needs_prepared && !is_prepared ? "HY010" : rule->sqlstate;
}

const char *qa_odbc_connection_refusal(qa_odbc_connection_call_t call, qa_odbc_connection_state_t state)
{
    assert(call < QA_CONNECTION_CALL_COUNT);
    assert(state < QA_ODBC_CONNECTION_STATE_COUNT);
    return connection_rules[call][state].sqlstate;
}

const char *qa_odbc_refusal_text(const char *sqlstate)
{
    for (size_t index = 0; index < sizeof(refusal_texts) / sizeof(refusal_texts[0]); index++)
        if (strcmp(refusal_texts[index].sqlstate, sqlstate) == 0) return refusal_texts[index].text;
    return "the call is refused in this state";
}
