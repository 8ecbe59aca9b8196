/* A small stand-in for the SQL library, so that the edge of the driver can be tested with results of any
 * shape, in batches of any size, with failures in the midst. It understands a handful of words:
 *
 *     rows N [batch B] [fail R]   N rows (n, v, d, t, day); B rows a fetch at most; the fetch that has row R
 * fails insert ? …                  keeps the texts of its parameters; the first one negative: a duplicate
 * key show                        what is kept, oldest first: one column of text update changes no row round
 * one row, two values rounded slow                        runs until it is cancelled or out of time
 *
 * It must never be part of the product. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/memory.h"
#include "qa/sql.h"

enum { KEPT_MAX = 4096, KEPT_BYTES = 64, PARAMETERS_MAX = 8, COLUMNS = 5, BATCH_MAX = 100000 };

typedef enum verb { ROWS, INSERT, SHOW, UPDATE, ROUND, SLOW } verb_t;

struct qa_sql_session {
    const qa_allocator_t *allocator;
    bool is_autocommit;
    bool is_open; /* a transaction */
    bool is_read_only;
    char app[64];
    uint32_t kept_count;
    uint32_t committed_count;
    char kept[KEPT_MAX][KEPT_BYTES];
};

struct qa_sql_statement {
    qa_sql_session_t *session;
    verb_t verb;
    uint16_t parameter_count;
    uint32_t row_count, batch_max, fail_at;
    uint32_t row;
    uint32_t timeout_ms;
    int64_t changed;
    _Atomic bool is_cancelled;
    char values[PARAMETERS_MAX][KEPT_BYTES];
    qa_sql_batch_t batch;
    qa_sql_vector_t vectors[COLUMNS];
    uint32_t capacity;
    int64_t *integers;
    int64_t *days;
    double *numbers;
    qa_int128_t *units;
    qa_sql_text_t *texts;
    uint8_t *nulls;
    char (*text_bytes)[KEPT_BYTES];
};

static const qa_sql_column_info_t row_columns[COLUMNS] = {
    { "n", { .kind = QA_SQL_INTEGER }, "fake", "numbers", "n", true },
    { "v", { .kind = QA_SQL_DOUBLE, .is_nullable = true }, "", "", "", false },
    { "d", { .kind = QA_SQL_DECIMAL, .precision = 18, .scale = 2 }, "", "", "", false },
    { "t", { .kind = QA_SQL_TEXT, .length = 40, .is_nullable = true }, "", "", "", false },
    { "day", { .kind = QA_SQL_DATE }, "", "", "", false },
};
static const qa_sql_column_info_t show_columns[1] = {
    { "kept", { .kind = QA_SQL_TEXT, .length = KEPT_BYTES }, "", "", "", false },
};

qa_status_t qa_sql_session_open(qa_sql_session_t **session_out, const qa_sql_session_options_t *options,
                                qa_error_t *error)
{
    *session_out = NULL;
    if (strcmp(options->replica, "nowhere") == 0)
        return qa_fail(error, QA_NOT_A_REPLICA, "nowhere is not a replica");
    qa_sql_session_t *const session = qa_memory_take(options->allocator, sizeof(*session));
    if (session == NULL) return qa_fail_memory(error, "a session");
    session->allocator = options->allocator;
    session->is_autocommit = true;
    session->is_read_only = options->is_read_only;
    snprintf(session->app, sizeof(session->app), "%s", options->app == NULL ? "fake" : options->app);
    *session_out = session;
    return QA_OK;
}

void qa_sql_session_close(qa_sql_session_t *session)
{
    if (session != NULL) qa_memory_give(session->allocator, session, sizeof(*session));
}

qa_status_t qa_sql_set_autocommit(qa_sql_session_t *session, bool is_autocommit, qa_error_t *error)
{
    session->is_autocommit = is_autocommit;
    return is_autocommit ? qa_sql_commit(session, error) : QA_OK;
}

bool qa_sql_is_autocommit(const qa_sql_session_t *session)
{
    return session->is_autocommit;
}

bool qa_sql_in_transaction(const qa_sql_session_t *session)
{
    return session->is_open;
}

/* A kept text "conflict" makes the commit fail. */
qa_status_t qa_sql_commit(qa_sql_session_t *session, qa_error_t *error)
{
    session->is_open = false;
    for (uint32_t index = session->committed_count; index < session->kept_count; index++)
        if (strcmp(session->kept[index], "conflict") == 0) {
            session->kept_count = session->committed_count;
            return qa_fail(error, QA_CONFLICT, "somebody else was faster");
        }
    session->committed_count = session->kept_count;
    return QA_OK;
}

qa_status_t qa_sql_rollback(qa_sql_session_t *session, qa_error_t *error)
{
    (void)error;
    session->is_open = false;
    session->kept_count = session->committed_count;
    return QA_OK;
}

qa_status_t qa_sql_set_app(qa_sql_session_t *session, const char *app, qa_error_t *error)
{
    if (strcmp(app, "missing") == 0) return qa_fail(error, QA_APP_NOT_FOUND, "there is no app missing");
    snprintf(session->app, sizeof(session->app), "%s", app);
    return QA_OK;
}

const char *qa_sql_app(const qa_sql_session_t *session)
{
    return session->app;
}

const char *qa_sql_replica(const qa_sql_session_t *session)
{
    (void)session;
    return "/home/ada/plans";
}

const char *qa_sql_actor(const qa_sql_session_t *session)
{
    (void)session;
    return "ada";
}

bool qa_sql_is_read_only(const qa_sql_session_t *session)
{
    return session->is_read_only;
}

static bool read_verb(qa_sql_statement_t *statement, const char *text)
{
    static const struct {
        const char *word;
        verb_t verb;
    } verbs[] = { { "rows", ROWS },     { "insert", INSERT }, { "show", SHOW },
                  { "update", UPDATE }, { "round", ROUND },   { "slow", SLOW } };
    for (size_t index = 0; index < sizeof(verbs) / sizeof(verbs[0]); index++)
        if (strncmp(text, verbs[index].word, strlen(verbs[index].word)) == 0) {
            statement->verb = verbs[index].verb;
            return true;
        }
    return false;
}

static uint32_t read_number(const char *text, const char *word, uint32_t otherwise)
{
    const char *const place = strstr(text, word);
    return place == NULL ? otherwise : (uint32_t)strtoul(place + strlen(word), NULL, 10);
}

qa_status_t qa_sql_prepare(qa_sql_statement_t **statement_out, qa_sql_session_t *session, const char *text,
                           size_t bytes, qa_error_t *error)
{
    qa_sql_statement_t made = { .session = session, .changed = -1 };
    *statement_out = NULL;
    if (strlen(text) != bytes || !read_verb(&made, text))
        return qa_fail(error, QA_SYNTAX,
                       "line 1, column 1: rows, insert, show, update, round or slow expected");
    made.row_count = read_number(text, "rows", 0);
    made.batch_max = read_number(text, "batch", BATCH_MAX);
    made.fail_at = read_number(text, "fail", UINT32_MAX);
    for (const char *at = text; *at != 0; at++)
        made.parameter_count = (uint16_t)(made.parameter_count + (*at == '?'));
    qa_sql_statement_t *const statement = qa_memory_take(session->allocator, sizeof(*statement));
    if (statement == NULL) return qa_fail_memory(error, "a statement");
    *statement = made;
    *statement_out = statement;
    return QA_OK;
}

static void release_rows(qa_sql_statement_t *statement)
{
    const qa_allocator_t *const allocator = statement->session->allocator;
    const size_t rows = statement->capacity;
    qa_memory_give(allocator, statement->integers, rows * sizeof(*statement->integers));
    qa_memory_give(allocator, statement->days, rows * sizeof(*statement->days));
    qa_memory_give(allocator, statement->numbers, rows * sizeof(*statement->numbers));
    qa_memory_give(allocator, statement->units, rows * sizeof(*statement->units));
    qa_memory_give(allocator, statement->texts, rows * sizeof(*statement->texts));
    qa_memory_give(allocator, statement->nulls, rows);
    qa_memory_give(allocator, statement->text_bytes, rows * sizeof(*statement->text_bytes));
    statement->integers = statement->days = NULL;
    statement->numbers = NULL;
    statement->units = NULL;
    statement->texts = NULL;
    statement->nulls = NULL;
    statement->text_bytes = NULL;
    statement->capacity = 0;
}

void qa_sql_close(qa_sql_statement_t *statement)
{
    if (statement == NULL) return;
    release_rows(statement);
    qa_memory_give(statement->session->allocator, statement, sizeof(*statement));
}

uint16_t qa_sql_column_count(const qa_sql_statement_t *statement)
{
    return statement->verb == ROWS ? COLUMNS : statement->verb == SHOW || statement->verb == SLOW ? 1 : 0;
}

const qa_sql_column_info_t *qa_sql_column(const qa_sql_statement_t *statement, uint16_t index)
{
    return statement->verb == ROWS ? &row_columns[index] : &show_columns[index];
}

uint16_t qa_sql_parameter_count(const qa_sql_statement_t *statement)
{
    return statement->parameter_count;
}

qa_sql_type_t qa_sql_parameter_type(const qa_sql_statement_t *statement, uint16_t index)
{
    (void)statement;
    const qa_sql_type_t number = { .kind = QA_SQL_INTEGER, .is_nullable = true };
    const qa_sql_type_t text = { .kind = QA_SQL_TEXT, .length = KEPT_BYTES - 1, .is_nullable = true };
    return index == 0 ? number : text;
}

const char *qa_sql_command(const qa_sql_statement_t *statement)
{
    return statement->verb == INSERT                               ? "INSERT"
           : statement->verb == UPDATE || statement->verb == ROUND ? "UPDATE"
                                                                   : "SELECT";
}

qa_status_t qa_sql_bind(qa_sql_statement_t *statement, uint16_t index, const qa_sql_value_t *value,
                        qa_error_t *error)
{
    const qa_sql_type_t text = { .kind = QA_SQL_TEXT, .length = QA_SQL_TEXT_LENGTH_MAX };
    char scratch[QA_SQL_CAST_BYTES];
    qa_sql_value_t cast;
    const qa_status_t status = qa_sql_cast(value, &text, scratch, &cast, error);
    if (status != QA_OK) return status;
    if (cast.kind == QA_SQL_NULL)
        snprintf(statement->values[index], KEPT_BYTES, "NULL");
    else
        snprintf(statement->values[index], KEPT_BYTES, "%.*s", (int)cast.bytes, cast.text);
    return QA_OK;
}

static qa_status_t run_insert(qa_sql_statement_t *statement, qa_error_t *error)
{
    qa_sql_session_t *const session = statement->session;
    if (statement->values[0][0] == '-')
        return qa_fail(error, QA_DUPLICATE_KEY, "the key %s is there already", statement->values[0]);
    if (session->is_read_only) return qa_fail(error, QA_READ_ONLY, "this session is read-only");
    if (session->kept_count == KEPT_MAX) return qa_fail(error, QA_LIMIT, "the fake keeps %d rows", KEPT_MAX);
    char *const kept = session->kept[session->kept_count];
    size_t at = 0;
    kept[0] = 0;
    for (uint16_t index = 0; index < statement->parameter_count && at < KEPT_BYTES; index++)
        at += (size_t)snprintf(kept + at, KEPT_BYTES - at, "%s%s", index == 0 ? "" : "|",
                               statement->values[index]);
    session->kept_count++;
    statement->changed = 1;
    if (!session->is_autocommit) session->is_open = true;
    return session->is_autocommit ? qa_sql_commit(session, error) : QA_OK;
}

static qa_status_t run_slow(qa_sql_statement_t *statement, qa_error_t *error)
{
    const struct timespec pause = { .tv_nsec = 1000000 };
    for (uint32_t waited_ms = 0;; waited_ms++) {
        if (atomic_load(&statement->is_cancelled)) return qa_fail(error, QA_CANCELLED, "cancelled");
        if (statement->timeout_ms > 0 && waited_ms > statement->timeout_ms)
            return qa_fail(error, QA_TIMED_OUT, "out of time");
        nanosleep(&pause, NULL);
    }
}

qa_status_t qa_sql_execute(qa_sql_statement_t *statement, qa_error_t *error)
{
    statement->row = 0;
    statement->changed = -1;
    atomic_store(&statement->is_cancelled, false);
    switch (statement->verb) {
    case INSERT:
        return run_insert(statement, error);
    case SHOW:
        statement->row_count = statement->session->kept_count;
        return QA_OK;
    case UPDATE:
        statement->changed = 0;
        return QA_OK;
    case ROUND:
        statement->changed = 1;
        return QA_OK;
    case SLOW:
        return run_slow(statement, error);
    default:
        return QA_OK;
    }
}

int64_t qa_sql_row_count(const qa_sql_statement_t *statement)
{
    return statement->changed;
}

uint64_t qa_sql_rounded_count(const qa_sql_statement_t *statement)
{
    return statement->verb == ROUND ? 2 : 0;
}

static bool make_rows(qa_sql_statement_t *statement, uint32_t rows)
{
    const qa_allocator_t *const allocator = statement->session->allocator;
    release_rows(statement);
    statement->capacity = rows;
    statement->integers = qa_memory_take(allocator, rows * sizeof(*statement->integers));
    statement->days = qa_memory_take(allocator, rows * sizeof(*statement->days));
    statement->numbers = qa_memory_take(allocator, rows * sizeof(*statement->numbers));
    statement->units = qa_memory_take(allocator, rows * sizeof(*statement->units));
    statement->texts = qa_memory_take(allocator, rows * sizeof(*statement->texts));
    statement->nulls = qa_memory_take(allocator, rows);
    statement->text_bytes = qa_memory_take(allocator, rows * sizeof(*statement->text_bytes));
    return statement->integers != NULL && statement->days != NULL && statement->numbers != NULL &&
           statement->units != NULL && statement->texts != NULL && statement->nulls != NULL &&
           statement->text_bytes != NULL;
}

/* Row n: n, n as a double, n.25, "row n" with an emoji behind every third and NULL for every seventh, a day.
 */
static void fill_row(qa_sql_statement_t *statement, uint32_t index, uint32_t n)
{
    statement->integers[index] = n;
    statement->numbers[index] = n;
    statement->units[index] = (qa_int128_t)n * 100 + 25;
    statement->days[index] = n;
    statement->nulls[index] = n % 7 == 6;
    const int bytes = snprintf(statement->text_bytes[index], KEPT_BYTES, "row %u%s", n,
                               n % 3 == 2 ? " \xF0\x9F\x98\x80" : "");
    statement->texts[index] = (qa_sql_text_t){ statement->text_bytes[index], (uint32_t)bytes };
    if (statement->verb == SHOW) {
        statement->texts[index].data = statement->session->kept[n];
        statement->texts[index].bytes = (uint32_t)strlen(statement->session->kept[n]);
    }
}

qa_status_t qa_sql_fetch(qa_sql_statement_t *statement, uint32_t row_max, const qa_sql_batch_t **batch_out,
                         qa_error_t *error)
{
    uint32_t rows = statement->row_count - statement->row;
    rows = rows > row_max ? row_max : rows;
    rows = rows > statement->batch_max ? statement->batch_max : rows;
    if (statement->fail_at >= statement->row && statement->fail_at < statement->row + rows)
        return qa_fail(error, QA_DIVIDE_BY_ZERO, "row %u divides by zero", statement->fail_at);
    if (!make_rows(statement, rows + 1)) return qa_fail_memory(error, "rows");
    for (uint32_t index = 0; index < rows; index++)
        fill_row(statement, index, statement->row + index);
    statement->row += rows;
    const uint16_t columns = qa_sql_column_count(statement);
    for (uint16_t column = 0; column < columns; column++)
        statement->vectors[column] = (qa_sql_vector_t){ .type = qa_sql_column(statement, column)->type };
    if (statement->verb == ROWS) {
        statement->vectors[0].integers = statement->integers;
        statement->vectors[1].numbers = statement->numbers;
        statement->vectors[1].nulls = statement->nulls;
        statement->vectors[2].units = statement->units;
        statement->vectors[3].texts = statement->texts;
        statement->vectors[3].nulls = statement->nulls;
        statement->vectors[4].integers = statement->days;
    } else {
        statement->vectors[0].texts = statement->texts;
    }
    statement->batch = (qa_sql_batch_t){ rows, columns, statement->vectors };
    *batch_out = &statement->batch;
    return QA_OK;
}

void qa_sql_close_cursor(qa_sql_statement_t *statement)
{
    statement->row = 0;
    release_rows(statement);
}

void qa_sql_cancel(qa_sql_statement_t *statement)
{
    atomic_store(&statement->is_cancelled, true);
}

void qa_sql_set_timeout(qa_sql_statement_t *statement, uint32_t timeout_ms)
{
    statement->timeout_ms = timeout_ms;
}

qa_status_t qa_sql_native(const char *text, size_t bytes, char *native_out, size_t capacity,
                          size_t *bytes_out, qa_error_t *error)
{
    if (bytes > 0 && text[0] == '{')
        return qa_fail(error, QA_SYNTAX, "line 1, column 1: an escape is not closed");
    *bytes_out = bytes;
    if (capacity > 0) snprintf(native_out, capacity, "%s", text);
    return QA_OK;
}

qa_status_t qa_sql_tables(qa_sql_session_t *session,
                          qa_status_t (*visit_table)(void *context, const qa_sql_table_info_t *table),
                          qa_status_t (*visit_column)(void *context, const qa_sql_table_info_t *table,
                                                      uint16_t position, const qa_sql_table_column_t *column),
                          void *context, qa_error_t *error)
{
    static const qa_sql_table_column_t column = { "n", { .kind = QA_SQL_INTEGER }, "", 1, "", "" };
    const qa_sql_table_info_t table = { "fake", "numbers", QA_SQL_TABLE_LATTICE, "counts", 1, 7 };
    (void)error;
    (void)session;
    const qa_status_t status = visit_table(context, &table);
    return status == QA_OK && visit_column != NULL ? visit_column(context, &table, 1, &column) : status;
}

const qa_sql_procedure_info_t *qa_sql_procedure(uint32_t index)
{
    static const qa_sql_procedure_info_t undo = { "undo", "offset BIGINT", "takes an intent back" };
    return index == 0 ? &undo : NULL;
}
