/* Parts of a query that are computed while its text is written, and then read as rows: groups by hash, and
 * CTEs that are read more than once. Both look at nothing outside. */
#include "sqlite/groups.h"
#include "sqlite/text_private.h"

typedef qa_status_t (*sink_t)(void *context, const qa_sql_value_t *values);

static bool fail_rows(text_t *text, qa_status_t status)
{
    if (status == QA_NO_MEMORY) status = qa_fail_memory(text->run->error, "rows of a query");
    if (status == QA_LIMIT)
        status = qa_fail(text->run->error, QA_LIMIT, "a part of the query has too many rows");
    return text_fail(text, status);
}

static qa_status_t step_all(text_t *text, sqlite3_stmt *statement, const qa_sql_type_t *types, uint16_t count,
                            qa_sql_value_t *values, sink_t sink, void *context)
{
    qa_sql_engine_t *engine = text->engine;
    qa_error_t *error = text->run->error;
    int code = SQLITE_ROW;
    qa_status_t status = QA_OK;
    while (status == QA_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        for (uint16_t c = 0; c < count && status == QA_OK; c++) {
            if (!qa_sql_decode(sqlite3_column_value(statement, c), &types[c], &values[c]))
                status = qa_fail(error, QA_CORRUPT, "column %u of the row engine is of another type", c + 1u);
        }
        if (status == QA_OK) status = sink(context, values);
    }
    if (status == QA_OK && code != SQLITE_DONE) return qa_sql_engine_fail(engine, code, error);
    if (status == QA_NO_MEMORY || status == QA_LIMIT) fail_rows(text, status);
    return status;
}

/* Runs a SELECT that was written, with all of WITH so far, and hands its rows to the sink. */
static bool run_select(text_t *text, const qa_buffer_t *select, const qa_sql_type_t *types, uint16_t count,
                       sink_t sink, void *context)
{
    qa_sql_engine_t *engine = text->engine;
    sqlite3_stmt *statement = NULL;
    qa_buffer_t whole;
    if (text->status != QA_OK) return false;
    qa_sql_value_t *values = qa_arena_take(text->run->arena, (count + 1u) * sizeof(*values));
    qa_buffer_make(&whole, text->run->allocator, QA_SQL_ENGINE_TEXT_MAX);
    text_put_buffer(text, &whole, &text->withs);
    text_put(text, &whole, " ");
    text_put_buffer(text, &whole, select);
    if (values == NULL) fail_rows(text, QA_NO_MEMORY);
    if (text->status == QA_OK) {
        qa_error_clear(&engine->failure);
        engine->active = text->cursor;
        const int code = sqlite3_prepare_v3(engine->database, (const char *)whole.data, (int)whole.bytes, 0,
                                            &statement, NULL);
        const qa_status_t status = code == SQLITE_OK
                                       ? step_all(text, statement, types, count, values, sink, context)
                                       : qa_sql_engine_fail(engine, code, text->run->error);
        engine->active = NULL;
        if (status != QA_OK) text_fail(text, status);
    }
    sqlite3_finalize(statement);
    qa_buffer_release(&whole);
    return text->status == QA_OK;
}

/* --- groups --- */

static qa_status_t add_to_groups(void *context, const qa_sql_value_t *values)
{
    return qa_sql_groups_add(context, values);
}

/* SELECT of the keys and the arguments of the aggregates. */
static uint16_t write_inputs(text_t *text, qa_buffer_t *out, const qa_sql_block_t *block,
                             qa_sql_type_t *types)
{
    qa_buffer_t from;
    uint16_t count = 0;
    qa_buffer_make(&from, text->run->allocator, QA_SQL_ENGINE_TEXT_MAX);
    text_write_from(text, &from, block, block->from);
    text_put(text, out, "SELECT ");
    for (uint16_t k = 0; k < block->key_count + block->aggregate_count && text->status == QA_OK; k++) {
        const qa_sql_expression_t *expression =
            k < block->key_count ? block->keys[k] : block->aggregates[k - block->key_count].argument;
        if (expression == NULL) continue; /* COUNT(*) */
        if (count > 0) text_put(text, out, ",");
        text_write_value(text, out, expression, NULL);
        types[count++] = expression->type;
    }
    text_put(text, out, " FROM ");
    text_put_buffer(text, out, &from);
    if (block->where != NULL) {
        text_put(text, out, " WHERE ");
        text_write_condition(text, out, block->where);
    }
    qa_buffer_release(&from);
    return count;
}

bool text_try_groups(text_t *text, const qa_sql_block_t *block)
{
    text_item_t *item = &text->items[block->id];
    qa_sql_groups_t *groups = NULL;
    qa_sql_rows_t *rows = NULL;
    uint32_t number = 0;
    const uint32_t width = (uint32_t)block->key_count + block->aggregate_count;
    if (text->cursor == NULL || text->status != QA_OK || block->from == NULL || !qa_sql_groups_can(block) ||
        width > QA_SQL_ROWS_COLUMNS || !text_is_closed(text, block))
        return false;
    qa_sql_type_t *types = qa_arena_take(text->run->arena, width * sizeof(*types));
    if (types == NULL || qa_sql_groups_open(&groups, block, text->run->allocator) != QA_OK)
        return fail_rows(text, QA_NO_MEMORY);
    qa_buffer_t select;
    qa_buffer_make(&select, text->run->allocator, QA_SQL_ENGINE_TEXT_MAX);
    const uint16_t count = write_inputs(text, &select, block, types);
    if (run_select(text, &select, types, count, add_to_groups, groups)) {
        if (qa_sql_cursor_add_rows(text->cursor, &rows, &number) != QA_OK) {
            fail_rows(text, QA_NO_MEMORY);
        } else {
            const qa_status_t status = qa_sql_groups_finish(groups, &rows->table, text->run->error);
            if (status != QA_OK) fail_rows(text, status);
        }
        item = &text->items[block->id];
        item->rows_number = number + 1;
    }
    qa_buffer_release(&select);
    qa_sql_groups_close(groups);
    return text->status == QA_OK;
}

/* --- CTEs --- */

static qa_status_t add_to_table(void *context, const qa_sql_value_t *values)
{
    return qa_sql_table_append(context, values, false);
}

bool text_run_cte(text_t *text, const qa_sql_query_t *query, const qa_buffer_t *select, uint32_t *number_out)
{
    qa_sql_rows_t *rows = NULL;
    if (text->status != QA_OK) return false;
    if (qa_sql_cursor_add_rows(text->cursor, &rows, number_out) != QA_OK ||
        qa_sql_table_make(&rows->table, text->run->allocator, query->column_types, query->column_count) !=
            QA_OK)
        return fail_rows(text, QA_NO_MEMORY);
    return run_select(text, select, query->column_types, query->column_count, add_to_table, &rows->table);
}
