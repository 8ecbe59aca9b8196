/* Transactions: one intent of one app, and the scratch tables' own. It must never leave a half of a statement
 * in the intent: a failed statement is rewound, or the whole transaction ends. */
#include <string.h>

#include "base/error.h"
#include "session/session_private.h"

static qa_status_t keep_scratch(qa_sql_session_t *session, qa_error_t *error)
{
    qa_sql_scratch_list_t *before = &session->scratch_before;
    before->count = 0;
    const qa_status_t status =
        qa_array_reserve(session->allocator, (void **)&before->tables, &before->capacity,
                         session->scratch.count + 1, sizeof(*before->tables));
    if (status != QA_OK) return qa_fail_memory(error, "a transaction");
    if (session->scratch.count > 0)
        memcpy(before->tables, session->scratch.tables, session->scratch.count * sizeof(*before->tables));
    before->count = session->scratch.count;
    return QA_OK;
}

qa_status_t qa_sql_transaction_begin_engine(qa_sql_session_t *session, qa_error_t *error)
{
    qa_sql_transaction_t *transaction = &session->transaction;
    if (transaction->is_engine_begun) return QA_OK;
    qa_status_t status = keep_scratch(session, error);
    if (status == QA_OK) status = qa_sql_engine_begin(session->engine, error);
    if (status != QA_OK) return status;
    transaction->is_engine_begun = true;
    transaction->is_begun = true;
    return QA_OK;
}

/* With the reason of the session, until CALL set_reason gives another. */
static qa_status_t open_intent(qa_sql_session_t *session, qa_error_t *error)
{
    const char *reason = session->options.reason;
    qa_intent_t *intent = NULL;
    if (qa_intent_open(&intent, session->allocator) != QA_OK) return qa_fail_memory(error, "a transaction");
    const qa_status_t status =
        reason == NULL || reason[0] == '\0' ? QA_OK : qa_intent_set_reason(intent, reason, strlen(reason));
    if (status != QA_OK) {
        qa_intent_close(intent);
        return qa_fail(error, status, "the reason cannot be kept: %s", qa_status_info(status)->text);
    }
    session->transaction.intent = intent;
    return QA_OK;
}

qa_status_t qa_sql_transaction_begin(qa_sql_session_t *session, qa_sql_moment_t *moment, qa_error_t *error)
{
    qa_sql_transaction_t *transaction = &session->transaction;
    if (transaction->intent != NULL && transaction->moment != moment)
        return qa_fail(
            error, QA_TRANSACTION_STATE,
            "the transaction writes %s already; one transaction writes one app: commit before writing %s",
            transaction->moment->app, moment->app);
    if (transaction->intent != NULL) return QA_OK;
    const qa_status_t status = open_intent(session, error);
    if (status != QA_OK) return status;
    transaction->is_begun = true;
    transaction->moment = moment;
    transaction->is_pending_whole = true;
    qa_text_map_make(&transaction->pending, session->allocator);
    return QA_OK;
}

void qa_sql_transaction_forget(qa_sql_session_t *session)
{
    qa_sql_transaction_t *transaction = &session->transaction;
    qa_intent_close(transaction->intent);
    if (transaction->moment != NULL) qa_text_map_release(&transaction->pending);
    *transaction = (qa_sql_transaction_t){ 0 };
}

static qa_status_t end_engine(qa_sql_session_t *session, bool is_commit, qa_error_t *error)
{
    qa_sql_transaction_t *transaction = &session->transaction;
    if (!transaction->is_engine_begun) return QA_OK;
    const qa_status_t status = qa_sql_engine_end(session->engine, is_commit, error);
    transaction->is_engine_begun = false;
    if (is_commit && status == QA_OK) return QA_OK;
    const qa_sql_scratch_list_t now = session->scratch;
    session->scratch = session->scratch_before;
    session->scratch_before = now;
    session->scratch_version++;
    return status;
}

qa_status_t qa_sql_rollback(qa_sql_session_t *session, qa_error_t *error)
{
    qa_error_clear(error);
    const qa_status_t status = end_engine(session, false, error);
    qa_sql_transaction_forget(session);
    return status;
}

/* The app's intent decides: it can be refused, scratch tables cannot. */
qa_status_t qa_sql_commit(qa_sql_session_t *session, qa_error_t *error)
{
    qa_sql_transaction_t *transaction = &session->transaction;
    qa_status_t status = QA_OK;
    qa_error_clear(error);
    if (transaction->intent != NULL && qa_intent_operation_count(transaction->intent) > 0) {
        status = qa_connection_commit(transaction->moment->connection, transaction->intent, NULL);
        if (status != QA_OK) {
            qa_error_t words = *qa_connection_error(transaction->moment->connection);
            qa_error_t ignored;
            qa_sql_rollback(session, &ignored);
            *error = words;
            error->status = status;
            return status;
        }
    }
    status = end_engine(session, true, error);
    qa_sql_transaction_forget(session);
    return status;
}

qa_status_t qa_sql_set_autocommit(qa_sql_session_t *session, bool is_autocommit, qa_error_t *error)
{
    qa_status_t status = QA_OK;
    qa_error_clear(error);
    if (is_autocommit && !session->is_autocommit) status = qa_sql_commit(session, error);
    if (status == QA_OK) session->is_autocommit = is_autocommit;
    return status;
}

bool qa_sql_is_autocommit(const qa_sql_session_t *session)
{
    return session->is_autocommit;
}

bool qa_sql_in_transaction(const qa_sql_session_t *session)
{
    return session->transaction.is_begun;
}
