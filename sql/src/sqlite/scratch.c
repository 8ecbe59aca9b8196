/* Scratch tables: tables of SQLite called scratch_<id> with columns c0, c1 … that have no affinity, so that
 * values are kept as they are encoded. A statement changes all of its rows or none (a savepoint). UPDATE and
 * DELETE first read what they need, then write, so that no row sees what happened to another. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "qa/text.h"
#include "sqlite/engine_private.h"

enum { PIECE_BYTES = 96 };

static qa_status_t execute(qa_sql_engine_t *engine, const char *text, qa_error_t *error)
{
    qa_error_clear(&engine->failure);
    const int code = sqlite3_exec(engine->database, text, NULL, NULL, NULL);
    return code == SQLITE_OK ? QA_OK : qa_sql_engine_fail(engine, code, error);
}

static qa_status_t begin_statement(qa_sql_engine_t *engine, qa_error_t *error)
{
    return execute(engine, "SAVEPOINT statement", error);
}

/* Ends the savepoint; hands the status on. */
static qa_status_t end_statement(qa_sql_engine_t *engine, qa_status_t status, qa_error_t *error)
{
    qa_error_t ignored;
    if (status == QA_OK) return execute(engine, "RELEASE statement", error);
    execute(engine, "ROLLBACK TO statement", &ignored);
    execute(engine, "RELEASE statement", &ignored);
    return status;
}

static qa_status_t put(qa_buffer_t *text, const char *piece, qa_error_t *error)
{
    const qa_status_t status = qa_buffer_put(text, piece, strlen(piece));
    return status == QA_OK ? QA_OK : qa_fail_memory(error, "the text of a statement");
}

/* --- CREATE, DROP --- */

static qa_status_t put_keys(qa_buffer_t *text, const qa_sql_shape_table_t *table, qa_error_t *error)
{
    char piece[PIECE_BYTES];
    qa_status_t status = QA_OK;
    bool is_first = true;
    for (uint16_t position = 1; position <= table->column_count && status == QA_OK; position++) {
        for (uint16_t c = 0; c < table->column_count && status == QA_OK; c++) {
            if (table->columns[c].key_position != position) continue;
            snprintf(piece, sizeof(piece), "%sc%u", is_first ? ",PRIMARY KEY(" : ",", (unsigned)c);
            status = put(text, piece, error);
            is_first = false;
        }
    }
    return status == QA_OK && !is_first ? put(text, ")", error) : status;
}

qa_status_t qa_sql_engine_create(qa_sql_engine_t *engine, uint32_t id, const qa_sql_shape_table_t *table,
                                 const bool *is_not_null, qa_error_t *error)
{
    char piece[PIECE_BYTES];
    qa_buffer_t text;
    if (table->column_count == 0 || table->column_count > QA_SQL_ROWS_COLUMNS)
        return qa_fail(error, QA_LIMIT, "a scratch table has 1 to %d columns, not %u", QA_SQL_ROWS_COLUMNS,
                       (unsigned)table->column_count);
    qa_buffer_make(&text, engine->allocator, QA_SQL_ENGINE_TEXT_MAX);
    snprintf(piece, sizeof(piece), "CREATE TABLE scratch_%u(", id);
    qa_status_t status = put(&text, piece, error);
    for (uint16_t c = 0; c < table->column_count && status == QA_OK; c++) {
        const bool is_needed = (is_not_null != NULL && is_not_null[c]) || table->columns[c].key_position > 0;
        snprintf(piece, sizeof(piece), "%sc%u%s", c > 0 ? "," : "", (unsigned)c,
                 is_needed ? " NOT NULL" : "");
        status = put(&text, piece, error);
    }
    if (status == QA_OK) status = put_keys(&text, table, error);
    if (status == QA_OK) status = put(&text, ")", error);
    if (status == QA_OK && qa_buffer_put(&text, "", 1) != QA_OK)
        status = qa_fail_memory(error, "the text of a statement");
    if (status == QA_OK) status = execute(engine, (const char *)text.data, error);
    qa_buffer_release(&text);
    return status;
}

qa_status_t qa_sql_engine_drop(qa_sql_engine_t *engine, uint32_t id, qa_error_t *error)
{
    char text[PIECE_BYTES];
    qa_error_clear(&engine->failure);
    snprintf(text, sizeof(text), "DROP TABLE scratch_%u", id);
    const int code = sqlite3_exec(engine->database, text, NULL, NULL, NULL);
    if (code == SQLITE_OK) return QA_OK;
    if ((code & 0xff) != SQLITE_LOCKED) return qa_sql_engine_fail(engine, code, error);
    /* SQLite drops nothing while any cursor is open, whatever it reads. No id comes a second time: an empty
     * table without a name is as good as none. */
    snprintf(text, sizeof(text), "DELETE FROM scratch_%u", id);
    return execute(engine, text, error);
}

/* --- writing rows --- */

/* "NOT NULL constraint failed: scratch_4.c2" names the column. */
static const char *failed_column(sqlite3 *database, const qa_sql_shape_table_t *table)
{
    const char *point = strrchr(sqlite3_errmsg(database), '.');
    if (point == NULL || point[1] != 'c') return "?";
    const unsigned long column = strtoul(point + 2, NULL, 10);
    return column < table->column_count ? table->columns[column].name : "?";
}

static qa_status_t fail_write(qa_sql_engine_t *engine, const qa_sql_shape_table_t *table, int code,
                              qa_error_t *error)
{
    if (code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_UNIQUE)
        return qa_fail(error, QA_DUPLICATE_KEY, "%s has a row with this key already; UPDATE it", table->name);
    if (code == SQLITE_CONSTRAINT_NOTNULL)
        return qa_fail(error, QA_NULL_NOT_ALLOWED, "%s of %s takes no NULL; give it a value",
                       failed_column(engine->database, table), table->name);
    return qa_sql_engine_fail(engine, code, error);
}

/* Makes "INSERT INTO scratch_4 (rowid,c0,…) VALUES (?,…)". */
static qa_status_t prepare_insert(qa_sql_engine_t *engine, uint32_t id, uint16_t column_count,
                                  bool has_row_id, sqlite3_stmt **statement_out, qa_error_t *error)
{
    char piece[PIECE_BYTES];
    qa_buffer_t text;
    qa_buffer_make(&text, engine->allocator, QA_SQL_ENGINE_TEXT_MAX);
    snprintf(piece, sizeof(piece), "INSERT INTO scratch_%u(%s", id, has_row_id ? "rowid," : "");
    qa_status_t status = put(&text, piece, error);
    for (uint16_t c = 0; c < column_count && status == QA_OK; c++) {
        snprintf(piece, sizeof(piece), "%sc%u", c > 0 ? "," : "", (unsigned)c);
        status = put(&text, piece, error);
    }
    if (status == QA_OK) status = put(&text, has_row_id ? ")VALUES(?,?" : ")VALUES(?", error);
    for (uint16_t c = 1; c < column_count && status == QA_OK; c++)
        status = put(&text, ",?", error);
    if (status == QA_OK) status = put(&text, ")", error);
    if (status == QA_OK) {
        const int code = sqlite3_prepare_v3(engine->database, (const char *)text.data, (int)text.bytes, 0,
                                            statement_out, NULL);
        if (code != SQLITE_OK) status = qa_sql_engine_fail(engine, code, error);
    }
    qa_buffer_release(&text);
    return status;
}

/* A text is stored whole or not at all. The table's columns stand behind `first` others. */
static qa_status_t check_texts(const qa_sql_shape_table_t *table, const qa_sql_table_t *rows, uint32_t row,
                               uint16_t first, uint16_t column_count, qa_error_t *error)
{
    for (uint16_t c = first; c < column_count; c++) {
        const qa_sql_shape_column_t *column = &table->columns[c - first];
        const qa_sql_value_t value = qa_sql_table_value(rows, row, c);
        if (value.kind != QA_SQL_TEXT && value.kind != QA_SQL_BINARY) continue;
        if (value.bytes <= column->type.length) continue;
        if (value.kind == QA_SQL_TEXT && qa_utf16_units(value.text, value.bytes) <= column->type.length)
            continue;
        return qa_fail(error, QA_TEXT_TOO_LONG, "row %u: the value for %s of %s is longer than its %u %s",
                       row + 1, column->name, table->name, column->type.length,
                       value.kind == QA_SQL_TEXT ? "characters" : "bytes");
    }
    return QA_OK;
}

/* Runs the statement once per row; parameter p is column p of the row, from `first` on, then the rest. */
static qa_status_t write_rows(qa_sql_engine_t *engine, const qa_sql_shape_table_t *table,
                              sqlite3_stmt *statement, const qa_sql_table_t *rows, uint16_t column_count,
                              const qa_sql_run_t *run, qa_error_t *error)
{
    for (uint32_t row = 0; row < rows->row_count; row++) {
        int code = SQLITE_OK;
        if (run != NULL && row % 1024 == 1023) {
            const qa_status_t status = qa_sql_run_check(run);
            if (status != QA_OK) return status;
        }
        const uint16_t first = column_count > table->column_count ? 1 : 0; /* the row's id */
        if (column_count >= table->column_count) {
            const qa_status_t status = check_texts(table, rows, row, first, column_count, error);
            if (status != QA_OK) return status;
        }
        for (uint16_t c = 0; c < column_count && code == SQLITE_OK; c++) {
            const qa_sql_value_t value = qa_sql_table_value(rows, row, c);
            code = qa_sql_encode_parameter(statement, c + 1, &value);
        }
        if (code == SQLITE_OK) code = sqlite3_step(statement);
        if (code != SQLITE_DONE) return fail_write(engine, table, code, error);
        sqlite3_reset(statement);
    }
    return QA_OK;
}

qa_status_t qa_sql_engine_insert(qa_sql_engine_t *engine, uint32_t id, const qa_sql_shape_table_t *table,
                                 const qa_sql_table_t *rows, qa_error_t *error)
{
    sqlite3_stmt *statement = NULL;
    qa_status_t status = begin_statement(engine, error);
    if (status != QA_OK) return status;
    status = prepare_insert(engine, id, table->column_count, false, &statement, error);
    if (status == QA_OK)
        status = write_rows(engine, table, statement, rows, table->column_count, NULL, error);
    sqlite3_finalize(statement);
    return end_statement(engine, status, error);
}

/* --- UPDATE, DELETE --- */

/* The columns of the read rows: the row id, then the new value of every column of the table (UPDATE). */
typedef struct change {
    qa_sql_engine_t *engine;
    const qa_sql_run_t *run;
    const qa_sql_write_t *write;
    const qa_sql_expression_t **values;
    qa_sql_type_t *types;
    uint16_t value_count;
    qa_sql_table_t rows;
} change_t;

static qa_status_t plan_change(change_t *change, bool is_delete)
{
    const qa_sql_run_t *run = change->run;
    const qa_sql_relation_t *target = change->write->target;
    const uint16_t column_count = target->table->column_count;
    change->value_count = is_delete ? 0 : column_count;
    change->values = qa_arena_take(run->arena, (column_count + 1u) * sizeof(*change->values));
    change->types = qa_arena_take(run->arena, (column_count + 1u) * sizeof(*change->types));
    if (change->values == NULL || change->types == NULL) return qa_fail_memory(run->error, "an UPDATE");
    change->types[0] = (qa_sql_type_t){ .kind = QA_SQL_BIGINT };
    for (uint16_t c = 0; c < change->value_count; c++) {
        qa_sql_expression_t *column = qa_sql_make_node(run->arena, QA_SQL_COLUMN, 0);
        if (column == NULL) return qa_fail_memory(run->error, "an UPDATE");
        column->relation = target->id;
        column->index = c;
        column->type = target->table->columns[c].type;
        change->values[c] = column;
        change->types[c + 1] = column->type;
    }
    for (uint16_t a = 0; a < change->write->column_count && !is_delete; a++)
        change->values[change->write->columns[a]] = change->write->values[a];
    return QA_OK;
}

static qa_status_t read_change(change_t *change)
{
    const qa_sql_run_t *run = change->run;
    qa_sql_rows_cursor_t *cursor = NULL;
    qa_buffer_t text;
    const uint16_t width = (uint16_t)(change->value_count + 1);
    if (qa_sql_table_make(&change->rows, run->allocator, change->types, width) != QA_OK)
        return qa_fail_memory(run->error, "the rows of an UPDATE");
    qa_buffer_make(&text, run->allocator, QA_SQL_ENGINE_TEXT_MAX);
    qa_status_t status = qa_sql_cursor_make(&cursor, change->engine, run);
    if (status == QA_OK)
        status = qa_sql_write_change_text(change->engine, run, cursor, change->write, change->values,
                                          change->value_count, &text);
    if (status == QA_OK) status = qa_sql_cursor_prepare(cursor, &text, change->types, width, run->error);
    if (status == QA_OK) status = qa_sql_cursor_read(cursor, UINT32_MAX, &change->rows, run->error);
    qa_sql_cursor_close(cursor);
    qa_buffer_release(&text);
    return status;
}

/* The rows go and come back with their new values, so that UPDATE t SET key = key + 1 has no clash half-way.
 */
static qa_status_t apply_change(change_t *change, bool is_delete)
{
    qa_sql_engine_t *engine = change->engine;
    const qa_sql_run_t *run = change->run;
    const qa_sql_shape_table_t *table = change->write->target->table;
    sqlite3_stmt *remove = NULL, *insert = NULL;
    char text[PIECE_BYTES];
    qa_status_t status = QA_OK;
    qa_error_clear(&engine->failure);
    snprintf(text, sizeof(text), "DELETE FROM scratch_%u WHERE rowid=?", table->scratch_id);
    const int code = sqlite3_prepare_v3(engine->database, text, -1, 0, &remove, NULL);
    if (code != SQLITE_OK) status = qa_sql_engine_fail(engine, code, run->error);
    if (status == QA_OK) status = write_rows(engine, table, remove, &change->rows, 1, run, run->error);
    if (status == QA_OK && !is_delete) {
        status = prepare_insert(engine, table->scratch_id, table->column_count, true, &insert, run->error);
        if (status == QA_OK)
            status = write_rows(engine, table, insert, &change->rows, (uint16_t)(table->column_count + 1),
                                run, run->error);
    }
    sqlite3_finalize(remove);
    sqlite3_finalize(insert);
    return status;
}

qa_status_t qa_sql_engine_change(qa_sql_engine_t *engine, const qa_sql_run_t *run,
                                 const qa_sql_write_t *write, bool is_delete, int64_t *row_count_out)
{
    change_t change = { .engine = engine, .run = run, .write = write };
    *row_count_out = 0;
    run->path->row_path_count = 1;
    qa_status_t status = plan_change(&change, is_delete);
    if (status == QA_OK) status = read_change(&change);
    if (status == QA_OK && change.rows.row_count > 0) {
        status = begin_statement(engine, run->error);
        if (status == QA_OK) status = end_statement(engine, apply_change(&change, is_delete), run->error);
    }
    if (status == QA_OK) *row_count_out = change.rows.row_count;
    if (change.rows.allocator != NULL) qa_sql_table_release(&change.rows);
    return status;
}

/* --- transactions --- */

qa_status_t qa_sql_engine_begin(qa_sql_engine_t *engine, qa_error_t *error)
{
    if (engine->is_in_transaction) return QA_OK;
    const qa_status_t status = execute(engine, "BEGIN", error);
    engine->is_in_transaction = status == QA_OK;
    return status;
}

qa_status_t qa_sql_engine_end(qa_sql_engine_t *engine, bool is_commit, qa_error_t *error)
{
    if (!engine->is_in_transaction) return QA_OK;
    const qa_status_t status = execute(engine, is_commit ? "COMMIT" : "ROLLBACK", error);
    engine->is_in_transaction = sqlite3_get_autocommit(engine->database) == 0;
    return status;
}
