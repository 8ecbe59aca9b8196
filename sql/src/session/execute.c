/* Executing: which statement does what, cursors, cancelling. A statement that fails leaves nothing behind, in
 * the app as in the transaction. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/flag.h"
#include "session/session_private.h"

enum {
    AUTOCOMMIT_TRIES = 50, /* a write by itself that met another writer is computed anew */
    RUN_ARENA_BYTES_MAX = 1 << 30
};

static int64_t now_ticks(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * QA_SQL_TICKS_PER_SECOND + now.tv_nsec / 100;
}

/* --- the run --- */

/* Only the time within our calls counts against the time-out, not what the application does between them. */
static void start_clock(qa_sql_statement_t *statement)
{
    statement->deadline_ns = statement->timeout_ms == 0 ? 0 : qa_sql_monotonic_ns() + statement->time_left_ns;
}

static void stop_clock(qa_sql_statement_t *statement)
{
    if (statement->deadline_ns == 0) return;
    statement->time_left_ns = statement->deadline_ns - qa_sql_monotonic_ns();
    if (statement->time_left_ns < 0) statement->time_left_ns = 0;
}

static void begin_run(qa_sql_statement_t *statement)
{
    qa_sql_session_t *session = statement->session;
    qa_arena_release(&statement->run_arena);
    statement->context =
        (qa_sql_context_t){ .now_ticks = now_ticks(), .actor = session->actor, .app = session->app };
    statement->path = (qa_sql_path_t){ 0 };
    statement->run =
        (qa_sql_run_t){ .allocator = session->allocator,
                        .arena = &statement->run_arena,
                        .catalog = session->catalog,
                        .parameters = statement->parameters,
                        .context = &statement->context,
                        .is_cancelled = session->options.is_cancelled != NULL ? session->options.is_cancelled
                                                                              : &statement->is_cancelled,
                        .is_row_path = session->options.is_row_path,
                        .path = &statement->path,
                        .error = &statement->run_error };
    qa_error_clear(&statement->run_error);
    statement->time_left_ns = (int64_t)statement->timeout_ms * 1000000;
    statement->run.deadline_ns = &statement->deadline_ns;
    start_clock(statement);
    statement->row_count = -1;
    statement->rounded_count = 0;
}

static bool joins_transaction(const qa_sql_session_t *session)
{
    return !session->is_autocommit || session->transaction.is_begun;
}

/* --- SELECT --- */

static qa_status_t keep_vectors(qa_sql_statement_t *statement, uint16_t column_count)
{
    statement->vectors =
        qa_arena_take(&statement->run_arena, (column_count + 1u) * sizeof(*statement->vectors));
    if (statement->vectors == NULL) return qa_fail_memory(&statement->run_error, "a result");
    statement->has_rows = true;
    statement->next_row = 0;
    return QA_OK;
}

static qa_status_t run_select(qa_sql_statement_t *statement)
{
    const qa_sql_query_t *query = statement->bound->query;
    qa_status_t status = qa_sql_run_enter(statement, true);
    if (status != QA_OK) return status;
    status = qa_sql_run_query(statement, query, &statement->rows, &statement->cursor);
    qa_sql_run_leave(statement);
    if (status == QA_OK && statement->cursor != NULL &&
        qa_sql_table_make(&statement->rows, statement->session->allocator, query->column_types,
                          query->column_count) != QA_OK)
        status = qa_fail_memory(&statement->run_error, "a result");
    if (status == QA_OK) status = keep_vectors(statement, query->column_count);
    if (status != QA_OK) qa_sql_close_cursor(statement);
    return status;
}

/* --- writes to an app --- */

/* Puts the statement's operations into the transaction's intent; takes them out again when something is
 * wrong. */
static qa_status_t write_once(qa_sql_statement_t *statement, qa_sql_moment_t *moment)
{
    qa_sql_session_t *session = statement->session;
    qa_sql_transaction_t *transaction = &session->transaction;
    const qa_sql_bound_t *bound = statement->bound;
    qa_sql_table_t rows = { 0 };
    qa_status_t status = qa_sql_transaction_begin(session, moment, &statement->run_error);
    if (status != QA_OK) return status;
    const qa_intent_mark_t mark = qa_intent_mark(transaction->intent);
    const uint64_t cells_before = transaction->cell_count;
    /* VALUES need no look at the transaction's own writes but those that `pending` knows. */
    const bool is_plain = qa_sql_values_are_plain(bound->write->query) && transaction->is_pending_whole;
    status = qa_sql_run_enter(statement, !is_plain);
    if (status != QA_OK) return status;
    status = qa_sql_run_all(statement, bound->write->query, &rows);
    const bool is_own_section = status == QA_OK && !moment->is_reading;
    if (is_own_section)
        status =
            qa_sql_moment_read_begin(moment, is_plain ? NULL : transaction->intent, &statement->run_error);
    if (status == QA_OK) {
        status = qa_sql_write_rows(session, &statement->run, bound, &rows, transaction, &statement->row_count,
                                   &statement->rounded_count);
        if (is_own_section) qa_sql_moment_read_end(moment);
    }
    qa_sql_run_leave(statement);
    qa_sql_table_release(&rows);
    if (status != QA_OK) {
        qa_intent_rewind(transaction->intent, mark);
        transaction->cell_count = cells_before;
        statement->row_count = -1;
    }
    return status;
}

/* Tries the whole intent against the state, so that what is wrong is said by the statement that did it.
 * Trying costs as much as the intent is long: of long ones only every eighth part is tried, the rest at
 * commit. */
static qa_status_t try_intent(qa_sql_statement_t *statement, qa_intent_mark_t mark, uint64_t cells_before)
{
    qa_sql_transaction_t *transaction = &statement->session->transaction;
    const uint64_t added = transaction->cell_count - cells_before;
    transaction->unchecked_count += added > 0 ? added : 1;
    if (transaction->unchecked_count * 8 < transaction->cell_count) return QA_OK;
    const qa_status_t status =
        qa_sql_moment_read_begin(transaction->moment, transaction->intent, &statement->run_error);
    if (status == QA_OK) {
        qa_sql_moment_read_end(transaction->moment);
        transaction->unchecked_count = 0;
        return QA_OK;
    }
    if (transaction->unchecked_count > (added > 0 ? added : 1)) {
        /* An earlier statement may be the cause: the transaction cannot be saved. */
        qa_error_t ignored;
        qa_sql_rollback(statement->session, &ignored);
    } else {
        qa_intent_rewind(transaction->intent, mark);
        transaction->is_pending_whole = false;
        transaction->cell_count = cells_before;
        transaction->unchecked_count = 0;
    }
    statement->row_count = -1;
    return status;
}

static qa_status_t commit_now(qa_sql_statement_t *statement)
{
    qa_error_t error;
    const qa_status_t status = qa_sql_commit(statement->session, &error);
    if (status != QA_OK) statement->run_error = error;
    return status;
}

static qa_status_t write_app(qa_sql_statement_t *statement)
{
    qa_sql_session_t *session = statement->session;
    qa_sql_moment_t *moment = NULL;
    qa_error_t ignored;
    if (qa_sql_is_read_only(session))
        return qa_fail(&statement->run_error, QA_READ_ONLY, "this connection only reads%s",
                       session->options.as_of != NULL ? ": it shows an earlier moment (AsOf)"
                                                      : " (ReadOnly)");
    qa_status_t status = qa_sql_run_moment(&statement->run, statement->bound->write->target, &moment);
    if (status != QA_OK) return status;
    if (joins_transaction(session)) {
        status = qa_sql_transaction_begin(session, moment, &statement->run_error);
        if (status != QA_OK) return status;
        const qa_intent_mark_t mark = qa_intent_mark(session->transaction.intent);
        const uint64_t cells_before = session->transaction.cell_count;
        status = write_once(statement, moment);
        return status == QA_OK ? try_intent(statement, mark, cells_before) : status;
    }
    for (uint32_t tries = 0; tries < AUTOCOMMIT_TRIES; tries++) {
        status = write_once(statement, moment);
        if (status == QA_OK) status = commit_now(statement);
        if (status != QA_OK) qa_sql_rollback(session, &ignored);
        if (status != QA_CONFLICT) break;
        const qa_status_t stopped = qa_sql_run_check(&statement->run);
        if (stopped != QA_OK) return stopped;
    }
    if (status != QA_OK) statement->row_count = -1;
    return status;
}

/* --- scratch tables --- */

/* Rows in the order of the target's columns, NULL where the statement gives none. */
static qa_status_t spread_columns(qa_sql_statement_t *statement, const qa_sql_table_t *given,
                                  qa_sql_table_t *rows_out)
{
    const qa_sql_write_t *write = statement->bound->write;
    const qa_sql_shape_table_t *table = write->target->table;
    const qa_sql_run_t *run = &statement->run;
    qa_sql_value_t *values = qa_arena_take(run->arena, (table->column_count + 1u) * sizeof(*values));
    qa_sql_type_t *types = qa_arena_take(run->arena, (table->column_count + 1u) * sizeof(*types));
    if (values == NULL || types == NULL) return qa_fail_memory(run->error, "rows");
    for (uint16_t c = 0; c < table->column_count; c++)
        types[c] = table->columns[c].type;
    qa_status_t status = qa_sql_table_make(rows_out, run->allocator, types, table->column_count);
    for (uint32_t r = 0; r < given->row_count && status == QA_OK; r++) {
        for (uint16_t c = 0; c < table->column_count; c++)
            values[c] = (qa_sql_value_t){ .kind = QA_SQL_NULL };
        for (uint16_t c = 0; c < write->column_count; c++)
            values[write->columns[c]] = qa_sql_table_value(given, r, c);
        status = qa_sql_table_append(rows_out, values, false);
    }
    return status == QA_OK ? QA_OK : qa_fail_memory(run->error, "rows");
}

static qa_status_t insert_scratch(qa_sql_statement_t *statement)
{
    const qa_sql_shape_table_t *table = statement->bound->write->target->table;
    qa_sql_table_t given = { 0 }, rows = { 0 };
    qa_status_t status = qa_sql_run_all(statement, statement->bound->write->query, &given);
    if (status == QA_OK) status = spread_columns(statement, &given, &rows);
    if (status == QA_OK)
        status = qa_sql_engine_insert(statement->session->engine, table->scratch_id, table, &rows,
                                      &statement->run_error);
    if (status == QA_OK) statement->row_count = rows.row_count;
    qa_sql_table_release(&rows);
    qa_sql_table_release(&given);
    return status;
}

static qa_status_t write_scratch(qa_sql_statement_t *statement)
{
    qa_sql_session_t *session = statement->session;
    const qa_sql_bound_t *bound = statement->bound;
    qa_status_t status = QA_OK;
    if (joins_transaction(session)) status = qa_sql_transaction_begin_engine(session, &statement->run_error);
    if (status == QA_OK) status = qa_sql_run_enter(statement, true);
    if (status != QA_OK) return status;
    if (bound->kind == QA_AST_INSERT)
        status = insert_scratch(statement);
    else
        status = qa_sql_engine_change(session->engine, &statement->run, bound->write,
                                      bound->kind == QA_AST_DELETE, &statement->row_count);
    qa_sql_run_leave(statement);
    return status;
}

/* --- CALL --- */

static qa_status_t run_call(qa_sql_statement_t *statement)
{
    qa_sql_session_t *session = statement->session;
    const qa_sql_bound_t *bound = statement->bound;
    const char *app =
        bound->procedure_app != NULL && bound->procedure_app[0] != '\0' ? bound->procedure_app : session->app;
    const char *const *names = NULL;
    const qa_sql_type_t *types = NULL;
    qa_sql_moment_t *moment = NULL;
    uint16_t count = 0;
    bool writes = false;
    qa_error_t *error = &statement->run_error;
    qa_status_t status = qa_sql_call_shape(bound, &names, &types, &count, &writes, error);
    if (status == QA_OK && app[0] == '\0')
        status =
            qa_fail(error, QA_APP_NOT_FOUND, "CALL needs an app: say CALL <app>.%s(…)", bound->procedure);
    if (status == QA_OK)
        status = qa_sql_catalog_moment(session->catalog, app, strlen(app), NULL, &moment, error);
    if (status != QA_OK) return status;
    if (writes && qa_sql_is_read_only(session))
        return qa_fail(error, QA_READ_ONLY, "this connection only reads; %s writes", bound->procedure);
    const bool is_alone = !joins_transaction(session);
    if (!writes) {
        status =
            qa_sql_call(session, &statement->run, bound, moment, &session->transaction, &statement->rows);
    } else {
        status = qa_sql_transaction_begin(session, moment, error);
        if (status != QA_OK) return status;
        const qa_intent_mark_t mark = qa_intent_mark(session->transaction.intent);
        status =
            qa_sql_call(session, &statement->run, bound, moment, &session->transaction, &statement->rows);
        if (status != QA_OK) qa_intent_rewind(session->transaction.intent, mark);
        if (status == QA_OK && is_alone) status = commit_now(statement);
        if (status == QA_OK && !is_alone)
            status = try_intent(statement, mark, session->transaction.cell_count);
        if (!is_alone) session->transaction.is_pending_whole = false;
    }
    if (status != QA_OK && is_alone && writes) {
        qa_error_t ignored;
        qa_sql_rollback(session, &ignored);
    }
    if (status == QA_OK && count > 0) status = keep_vectors(statement, count);
    return status;
}

/* --- the statements --- */

static qa_status_t run_begin(qa_sql_statement_t *statement)
{
    qa_sql_transaction_t *transaction = &statement->session->transaction;
    if (transaction->is_begun)
        return qa_fail(&statement->run_error, QA_TRANSACTION_STATE,
                       "a transaction is open already; COMMIT or ROLLBACK it first");
    transaction->is_begun = true;
    return QA_OK;
}

static qa_status_t run_kind(qa_sql_statement_t *statement)
{
    const qa_sql_bound_t *bound = statement->bound;
    qa_sql_session_t *session = statement->session;
    qa_error_t error = { 0 };
    qa_status_t status = QA_OK;
    if (bound->is_explain) {
        status = qa_sql_explain(statement, &statement->rows);
        return status == QA_OK ? keep_vectors(statement, statement->column_count) : status;
    }
    switch (bound->kind) {
    case QA_AST_SELECT:
        return run_select(statement);
    case QA_AST_INSERT:
    case QA_AST_UPDATE:
    case QA_AST_DELETE:
        return bound->write->target->table->kind == QA_SQL_SCRATCH ? write_scratch(statement)
                                                                   : write_app(statement);
    case QA_AST_CALL_PROCEDURE:
        return run_call(statement);
    case QA_AST_CREATE_TABLE:
        return qa_sql_create_table(statement);
    case QA_AST_DROP_TABLE:
        return qa_sql_drop_table(statement);
    case QA_AST_BEGIN:
        return run_begin(statement);
    case QA_AST_COMMIT:
        return commit_now(statement);
    default:
        status = qa_sql_rollback(session, &error);
        if (status != QA_OK) statement->run_error = error;
        return status;
    }
}

static qa_status_t check_parameters(const qa_sql_statement_t *statement, qa_error_t *error)
{
    for (uint16_t p = 0; p < statement->bound_count; p++) {
        if (!statement->is_bound[p])
            return qa_fail(error, QA_PARAMETER_MISSING, "parameter %u of %u has no value", p + 1u,
                           (unsigned)statement->bound_count);
    }
    return QA_OK;
}

qa_status_t qa_sql_execute(qa_sql_statement_t *statement, qa_error_t *error)
{
    qa_error_clear(error);
    qa_sql_close_cursor(statement);
    qa_status_t status = check_parameters(statement, error);
    if (status == QA_OK) status = qa_sql_statement_renew(statement, error);
    if (status == QA_OK && statement->bound->parameter_count != statement->bound_count)
        status = qa_fail(error, QA_INVALID, "the statement has other parameters now; prepare it again");
    if (status != QA_OK) {
        qa_flag_set(&statement->is_cancelled, false);
        return status;
    }
    begin_run(statement);
    status = run_kind(statement);
    if (status == QA_CANCELLED && statement->deadline_ns != 0 && !qa_flag_is_raised(&statement->is_cancelled))
        status = qa_fail(&statement->run_error, QA_TIMED_OUT,
                         "the statement took longer than its time-out allows");
    qa_flag_set(&statement->is_cancelled, false);
    stop_clock(statement);
    if (status != QA_OK) {
        *error = statement->run_error;
        error->status = status;
        qa_sql_close_cursor(statement);
    }
    return status;
}

int64_t qa_sql_row_count(const qa_sql_statement_t *statement)
{
    return statement->row_count;
}

uint64_t qa_sql_rounded_count(const qa_sql_statement_t *statement)
{
    return statement->rounded_count;
}

const qa_sql_path_t *qa_sql_path(const qa_sql_statement_t *statement)
{
    return &statement->path;
}

/* --- cursors --- */

qa_status_t qa_sql_fetch(qa_sql_statement_t *statement, uint32_t row_max, const qa_sql_batch_t **batch_out,
                         qa_error_t *error)
{
    qa_error_clear(error);
    *batch_out = NULL;
    if (!statement->has_rows)
        return qa_fail(error, QA_INVALID, "no result is open; execute the statement first");
    if (statement->cursor != NULL) {
        start_clock(statement);
        const qa_status_t status = qa_sql_cursor_next(statement->cursor, row_max, &statement->rows, error);
        stop_clock(statement);
        qa_flag_set(&statement->is_cancelled, false);
        if (status != QA_OK) return status;
        statement->next_row = 0;
    }
    const uint32_t left = statement->rows.row_count - statement->next_row;
    statement->batch.row_count = left < row_max ? left : row_max;
    statement->batch.column_count = statement->rows.column_count;
    statement->batch.columns = statement->vectors;
    if (statement->batch.row_count > 0)
        qa_sql_table_view(&statement->rows, statement->next_row, statement->vectors);
    if (statement->cursor == NULL) statement->next_row += statement->batch.row_count;
    *batch_out = &statement->batch;
    return QA_OK;
}

void qa_sql_close_cursor(qa_sql_statement_t *statement)
{
    qa_sql_cursor_close(statement->cursor);
    statement->cursor = NULL;
    if (statement->rows.allocator != NULL) qa_sql_table_release(&statement->rows);
    statement->rows = (qa_sql_table_t){ 0 };
    statement->has_rows = false;
}

void qa_sql_cancel(qa_sql_statement_t *statement)
{
    qa_flag_set(&statement->is_cancelled, true);
}

void qa_sql_set_timeout(qa_sql_statement_t *statement, uint32_t timeout_ms)
{
    statement->timeout_ms = timeout_ms;
}
