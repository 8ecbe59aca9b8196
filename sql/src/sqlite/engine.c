/* The engine's database, its cursors, and what SQLite's codes mean to us. Everything is in memory: no file is
 * ever opened, and sorting spills nowhere. */
#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "sqlite/engine_private.h"

enum { STEPS_PER_CHECK = 2000, EVALUATION_BYTES_MAX = 512 << 20, CURSORS_MAX = 2000 };

/* Asked by SQLite every so many of its steps; not 0 stops the statement. */
static int is_stopped(void *context)
{
    qa_sql_engine_t *engine = context;
    if (engine->active == NULL) return 0;
    return qa_sql_run_check(&engine->active->run) != QA_OK;
}

static int set_up(qa_sql_engine_t *engine)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX |
                      SQLITE_OPEN_PRIVATECACHE;
    int code = sqlite3_open_v2(":memory:", &engine->database, flags, NULL);
    /* What sorting and grouping cannot hold in SQLite's cache goes to an unlinked file: a join without a
     * condition would take all memory of the program that we are a guest of. */
    if (code == SQLITE_OK) code = sqlite3_exec(engine->database, "PRAGMA temp_store=FILE", NULL, NULL, NULL);
    if (code == SQLITE_OK) code = qa_sql_register_functions(engine);
    if (code == SQLITE_OK) code = qa_sql_register_aggregates(engine);
    if (code == SQLITE_OK) code = qa_sql_register_rows(engine);
    if (code != SQLITE_OK) return code;
    sqlite3_extended_result_codes(engine->database, 1);
    sqlite3_progress_handler(engine->database, STEPS_PER_CHECK, is_stopped, engine);
    return SQLITE_OK;
}

qa_status_t qa_sql_engine_open(qa_sql_engine_t **engine_out, const qa_allocator_t *allocator,
                               qa_error_t *error)
{
    *engine_out = NULL;
    qa_sql_engine_t *engine = qa_memory_take(allocator, sizeof(*engine));
    if (engine == NULL) return qa_fail_memory(error, "the row engine");
    engine->allocator = allocator;
    qa_arena_make(&engine->evaluation, allocator, EVALUATION_BYTES_MAX);
    const int code = set_up(engine);
    if (code != SQLITE_OK) {
        qa_sql_engine_close(engine);
        if (code == SQLITE_NOMEM) return qa_fail_memory(error, "the row engine");
        return qa_fail(error, QA_NOT_SUPPORTED, "SQLite cannot be used: %s", sqlite3_errstr(code));
    }
    *engine_out = engine;
    return QA_OK;
}

void qa_sql_engine_close(qa_sql_engine_t *engine)
{
    if (engine == NULL) return;
    for (uint32_t slot = 0; slot < engine->cursor_capacity; slot++)
        qa_sql_cursor_close(engine->cursors[slot]);
    sqlite3_close_v2(engine->database);
    qa_arena_release(&engine->evaluation);
    if (engine->cursors != NULL)
        qa_memory_give(engine->allocator, engine->cursors,
                       engine->cursor_capacity * sizeof(engine->cursors[0]));
    qa_memory_give(engine->allocator, engine, sizeof(*engine));
}

qa_status_t qa_sql_engine_fail(qa_sql_engine_t *engine, int code, qa_error_t *error)
{
    static const char *const limits[] = { "too many", "too large", "overflow", "too big",
                                          "at most",  "too deep",  "LIMIT" };
    if (engine->failure.status != QA_OK) {
        if (error != NULL) *error = engine->failure;
        return engine->failure.status;
    }
    if ((code & 0xff) == SQLITE_NOMEM) return qa_fail_memory(error, "the row engine");
    if ((code & 0xff) == SQLITE_FULL)
        return qa_fail(error, QA_DISK_FULL,
                       "the folder for temporary files is full; sort or group fewer rows, or "
                       "set SQLITE_TMPDIR to a larger one");
    if ((code & 0xff) == SQLITE_IOERR)
        return qa_fail(error, QA_IO, "a temporary file cannot be written or read: %s",
                       sqlite3_errmsg(engine->database));
    if ((code & 0xff) == SQLITE_INTERRUPT) return qa_fail(error, QA_CANCELLED, "the statement was cancelled");
    const char *words = sqlite3_errmsg(engine->database);
    bool is_limit = (code & 0xff) == SQLITE_TOOBIG;
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]) && !is_limit; i++)
        is_limit = strstr(words, limits[i]) != NULL;
    if (is_limit)
        return qa_fail(error, QA_LIMIT, "the query goes beyond a limit of the row engine (%s); split it",
                       words);
    return qa_fail(error, QA_NOT_SUPPORTED, "the row engine cannot run this query: %s", words);
}

/* --- cursors --- */

static qa_status_t find_slot(qa_sql_engine_t *engine, uint32_t *slot_out)
{
    for (*slot_out = 0; *slot_out < engine->cursor_capacity; (*slot_out)++) {
        if (engine->cursors[*slot_out] == NULL) return QA_OK;
    }
    if (*slot_out >= CURSORS_MAX) return QA_LIMIT;
    const uint32_t before = engine->cursor_capacity;
    void *array = engine->cursors;
    const qa_status_t status = qa_array_reserve(engine->allocator, &array, &engine->cursor_capacity,
                                                before + 1, sizeof(engine->cursors[0]));
    if (status != QA_OK) return status;
    engine->cursors = array;
    memset(engine->cursors + before, 0, (engine->cursor_capacity - before) * sizeof(engine->cursors[0]));
    return QA_OK;
}

qa_status_t qa_sql_cursor_make(qa_sql_rows_cursor_t **cursor_out, qa_sql_engine_t *engine,
                               const qa_sql_run_t *run)
{
    uint32_t slot = 0;
    *cursor_out = NULL;
    const qa_status_t status = find_slot(engine, &slot);
    if (status == QA_LIMIT)
        return qa_fail(run->error, QA_LIMIT, "%d cursors are open; close some", CURSORS_MAX);
    qa_sql_rows_cursor_t *cursor = status == QA_OK ? qa_memory_take(run->allocator, sizeof(*cursor)) : NULL;
    if (cursor == NULL) return qa_fail_memory(run->error, "a cursor");
    cursor->engine = engine;
    cursor->slot = slot;
    cursor->run = *run;
    cursor->run.error = &engine->failure;
    engine->cursors[slot] = cursor;
    *cursor_out = cursor;
    return QA_OK;
}

void qa_sql_cursor_close(qa_sql_rows_cursor_t *cursor)
{
    if (cursor == NULL) return;
    qa_sql_engine_t *engine = cursor->engine;
    const qa_allocator_t *allocator = cursor->run.allocator;
    /* The statement goes first: it points at texts of the tables. */
    sqlite3_finalize(cursor->statement);
    for (uint32_t i = 0; i < cursor->rows_count; i++)
        qa_sql_rows_release(cursor->rows[i], allocator);
    if (cursor->rows != NULL)
        qa_memory_give(allocator, cursor->rows, cursor->rows_capacity * sizeof(cursor->rows[0]));
    if (cursor->computed != NULL)
        qa_memory_give(allocator, cursor->computed, cursor->computed_capacity * sizeof(cursor->computed[0]));
    if (cursor->ready.allocator != NULL) qa_sql_table_release(&cursor->ready);
    if (cursor->values != NULL)
        qa_memory_give(allocator, cursor->values, (cursor->column_count + 1u) * sizeof(cursor->values[0]));
    engine->cursors[cursor->slot] = NULL;
    if (engine->active == cursor) engine->active = NULL;
    qa_memory_give(allocator, cursor, sizeof(*cursor));
}

qa_status_t qa_sql_cursor_add_rows(qa_sql_rows_cursor_t *cursor, qa_sql_rows_t **rows_out,
                                   uint32_t *number_out)
{
    const qa_allocator_t *allocator = cursor->run.allocator;
    void *array = cursor->rows;
    *rows_out = NULL;
    if (cursor->rows_count >= QA_SQL_SLOT_STEP) return QA_LIMIT;
    const qa_status_t status = qa_array_reserve(allocator, &array, &cursor->rows_capacity,
                                                cursor->rows_count + 1, sizeof(cursor->rows[0]));
    if (status != QA_OK) return status;
    cursor->rows = array;
    qa_sql_rows_t *rows = qa_memory_take(allocator, sizeof(*rows));
    if (rows == NULL) return QA_NO_MEMORY;
    rows->distinct_counts = qa_memory_take(allocator, QA_SQL_ROWS_COLUMNS * sizeof(*rows->distinct_counts));
    if (rows->distinct_counts == NULL) {
        qa_sql_rows_release(rows, allocator);
        return QA_NO_MEMORY;
    }
    *number_out = cursor->slot * QA_SQL_SLOT_STEP + cursor->rows_count;
    cursor->rows[cursor->rows_count++] = rows;
    *rows_out = rows;
    return QA_OK;
}

qa_status_t qa_sql_cursor_add_computed(qa_sql_rows_cursor_t *cursor, const qa_sql_computed_t *computed,
                                       uint32_t *number_out)
{
    void *array = cursor->computed;
    if (cursor->computed_count >= QA_SQL_SLOT_STEP) return QA_LIMIT;
    const qa_status_t status = qa_array_reserve(cursor->run.allocator, &array, &cursor->computed_capacity,
                                                cursor->computed_count + 1, sizeof(cursor->computed[0]));
    if (status != QA_OK) return status;
    cursor->computed = array;
    *number_out = cursor->slot * QA_SQL_SLOT_STEP + cursor->computed_count;
    cursor->computed[cursor->computed_count++] = *computed;
    return QA_OK;
}

qa_sql_rows_t *qa_sql_engine_rows(const qa_sql_engine_t *engine, int64_t number,
                                  qa_sql_rows_cursor_t **cursor_out)
{
    if (number < 0 || number / QA_SQL_SLOT_STEP >= engine->cursor_capacity) return NULL;
    qa_sql_rows_cursor_t *cursor = engine->cursors[number / QA_SQL_SLOT_STEP];
    if (cursor == NULL || number % QA_SQL_SLOT_STEP >= cursor->rows_count) return NULL;
    if (cursor_out != NULL) *cursor_out = cursor;
    return cursor->rows[number % QA_SQL_SLOT_STEP];
}

qa_status_t qa_sql_cursor_prepare(qa_sql_rows_cursor_t *cursor, const qa_buffer_t *text,
                                  const qa_sql_type_t *types, uint16_t column_count, qa_error_t *error)
{
    qa_sql_engine_t *engine = cursor->engine;
    cursor->column_types = types;
    cursor->column_count = column_count;
    cursor->values = qa_memory_take(cursor->run.allocator, (column_count + 1u) * sizeof(*cursor->values));
    if (cursor->values == NULL) return qa_fail_memory(error, "a row");
    qa_error_clear(&engine->failure);
    engine->active = cursor;
    const int code = sqlite3_prepare_v3(engine->database, (const char *)text->data, (int)text->bytes, 0,
                                        &cursor->statement, NULL);
    engine->active = NULL;
    if (code != SQLITE_OK) return qa_sql_engine_fail(engine, code, error);
    assert(sqlite3_column_count(cursor->statement) == column_count);
    return QA_OK;
}

static qa_status_t append_row(qa_sql_rows_cursor_t *cursor, qa_sql_table_t *rows, qa_error_t *error)
{
    for (uint16_t c = 0; c < cursor->column_count; c++) {
        sqlite3_value *stored = sqlite3_column_value(cursor->statement, c);
        if (!qa_sql_decode(stored, &cursor->column_types[c], &cursor->values[c]))
            return qa_fail(error, QA_CORRUPT, "column %u of the row engine is of another type", c + 1u);
    }
    const qa_status_t status = qa_sql_table_append(rows, cursor->values, false);
    if (status == QA_LIMIT) return qa_fail(error, QA_LIMIT, "a result has at most 2147483647 rows");
    return status == QA_OK ? QA_OK : qa_fail_memory(error, "the rows of a result");
}

qa_status_t qa_sql_cursor_read(qa_sql_rows_cursor_t *cursor, uint32_t row_max, qa_sql_table_t *rows,
                               qa_error_t *error)
{
    qa_sql_engine_t *engine = cursor->engine;
    qa_status_t status = QA_OK;
    qa_error_clear(&engine->failure);
    engine->active = cursor;
    for (uint32_t row = 0; row < row_max && !cursor->is_at_end && status == QA_OK; row++) {
        const int code = sqlite3_step(cursor->statement);
        if (code == SQLITE_ROW) {
            status = append_row(cursor, rows, error);
        } else {
            /* Stepping further would begin again. */
            cursor->is_at_end = true;
            if (code != SQLITE_DONE) status = qa_sql_engine_fail(engine, code, error);
        }
    }
    engine->active = NULL;
    return status;
}

/* --- queries --- */

/* All rows at once: what reads scratch tables must not see later writes, nor hinder DROP and ROLLBACK. */
static qa_status_t read_all(qa_sql_rows_cursor_t *cursor, const qa_sql_query_t *query, qa_error_t *error)
{
    if (qa_sql_table_make(&cursor->ready, cursor->run.allocator, query->column_types, query->column_count) !=
        QA_OK)
        return qa_fail_memory(error, "the rows of a result");
    const qa_status_t status = qa_sql_cursor_read(cursor, UINT32_MAX, &cursor->ready, error);
    sqlite3_finalize(cursor->statement);
    cursor->statement = NULL;
    cursor->is_ready = true;
    return status;
}

qa_status_t qa_sql_engine_query(qa_sql_engine_t *engine, const qa_sql_run_t *run, const qa_sql_query_t *query,
                                qa_sql_rows_cursor_t **cursor_out)
{
    qa_sql_rows_cursor_t *cursor = NULL;
    qa_buffer_t text;
    bool has_scratch = false;
    *cursor_out = NULL;
    qa_buffer_make(&text, run->allocator, QA_SQL_ENGINE_TEXT_MAX);
    qa_status_t status = qa_sql_cursor_make(&cursor, engine, run);
    if (status != QA_OK) goto done;
    if (qa_sql_is_plain_values(query)) {
        cursor->is_ready = true;
        cursor->column_count = query->column_count;
        cursor->column_types = query->column_types;
        cursor->values = qa_memory_take(run->allocator, (query->column_count + 1u) * sizeof(*cursor->values));
        status = cursor->values == NULL ? qa_fail_memory(run->error, "a row")
                                        : qa_sql_compute_values(run, query, &cursor->ready);
        goto done;
    }
    run->path->row_path_count = 1;
    status = qa_sql_write_query_text(engine, run, cursor, query, &text, &has_scratch);
    if (status == QA_OK)
        status = qa_sql_cursor_prepare(cursor, &text, query->column_types, query->column_count, run->error);
    if (status == QA_OK && has_scratch) status = read_all(cursor, query, run->error);

done:
    qa_buffer_release(&text);
    if (status != QA_OK)
        qa_sql_cursor_close(cursor);
    else
        *cursor_out = cursor;
    return status;
}

qa_status_t qa_sql_cursor_next(qa_sql_rows_cursor_t *cursor, uint32_t row_max, qa_sql_table_t *rows,
                               qa_error_t *error)
{
    qa_sql_table_clear(rows);
    if (!cursor->is_ready) return qa_sql_cursor_read(cursor, row_max, rows, error);
    for (uint32_t row = 0; row < row_max && cursor->ready_row < cursor->ready.row_count; row++) {
        for (uint16_t c = 0; c < cursor->column_count; c++)
            cursor->values[c] = qa_sql_table_value(&cursor->ready, cursor->ready_row, c);
        const qa_status_t status = qa_sql_table_append(rows, cursor->values, false);
        if (status != QA_OK) return qa_fail_memory(error, "the rows of a result");
        cursor->ready_row++;
    }
    return QA_OK;
}

qa_status_t qa_sql_engine_text(qa_sql_engine_t *engine, const qa_sql_run_t *run, const qa_sql_query_t *query,
                               const char **text_out)
{
    qa_buffer_t text;
    bool has_scratch = false;
    *text_out = NULL;
    qa_buffer_make(&text, run->allocator, QA_SQL_ENGINE_TEXT_MAX);
    qa_status_t status = qa_sql_write_query_text(engine, run, NULL, query, &text, &has_scratch);
    if (status == QA_OK) {
        *text_out = qa_arena_text(run->arena, (const char *)text.data, text.bytes);
        if (*text_out == NULL) status = qa_fail_memory(run->error, "the text of a query");
    }
    qa_buffer_release(&text);
    return status;
}
