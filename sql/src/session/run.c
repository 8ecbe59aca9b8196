/* Running a bound query: which tables it reads at which moments, and by which path. It must never keep a read
 * section longer than it takes to compute what the cursor needs. */
#include <string.h>

#include "base/error.h"
#include "session/session_private.h"

enum { MOMENTS_MAX = 64 };

/* --- every relation of a statement --- */

typedef struct each {
    qa_status_t (*visit)(void *context, qa_sql_relation_t *relation, const qa_sql_block_t *block);
    void *context;
    qa_status_t status;
} each_t;

static void each_query(each_t *each, const qa_sql_query_t *query);

static bool each_sub_query(void *context, const qa_sql_expression_t *node)
{
    each_t *each = context;
    if (node->query != NULL) each_query(each, node->query);
    return each->status == QA_OK;
}

static void each_expression(each_t *each, const qa_sql_expression_t *expression)
{
    if (expression != NULL && each->status == QA_OK) qa_sql_walk(expression, each_sub_query, each);
}

static void each_from(each_t *each, const qa_sql_from_t *from, const qa_sql_block_t *block)
{
    if (from == NULL || each->status != QA_OK) return;
    if (from->relation == NULL) {
        each_expression(each, from->condition);
        each_from(each, from->left, block);
        each_from(each, from->right, block);
        return;
    }
    if (from->relation->source == QA_SQL_FROM_QUERY) each_query(each, from->relation->query);
    if (from->relation->source == QA_SQL_FROM_TABLE)
        each->status = each->visit(each->context, from->relation, block);
}

static void each_block(each_t *each, const qa_sql_block_t *block)
{
    each_from(each, block->from, block);
    each_expression(each, block->where);
    for (uint16_t k = 0; k < block->key_count; k++)
        each_expression(each, block->keys[k]);
    for (uint16_t a = 0; a < block->aggregate_count; a++)
        each_expression(each, block->aggregates[a].argument);
    each_expression(each, block->having);
    for (uint16_t o = 0; o < block->output_count; o++)
        each_expression(each, block->outputs[o].expression);
}

static void each_query(each_t *each, const qa_sql_query_t *query)
{
    if (query == NULL || each->status != QA_OK) return;
    for (uint16_t c = 0; c < query->cte_count; c++) {
        if (query->ctes[c].use_count > 0) each_query(each, query->ctes[c].query);
    }
    each_query(each, query->left);
    each_query(each, query->right);
    if (query->block != NULL) each_block(each, query->block);
    for (uint32_t r = 0; r < query->row_count && query->block == NULL; r++) {
        for (uint16_t c = 0; c < query->column_count; c++)
            each_expression(each, query->rows[r][c]);
    }
    for (uint16_t o = 0; o < query->order_count; o++)
        each_expression(each, query->orders[o].expression);
}

qa_status_t qa_sql_each_relation(const qa_sql_bound_t *bound,
                                 qa_status_t (*visit)(void *context, qa_sql_relation_t *relation,
                                                      const qa_sql_block_t *block),
                                 void *context)
{
    each_t each = { .visit = visit, .context = context };
    each_query(&each, bound->query);
    if (bound->write != NULL) {
        each_query(&each, bound->write->query);
        each_expression(&each, bound->write->where);
        for (uint16_t c = 0; bound->write->values != NULL && c < bound->write->column_count; c++)
            each_expression(&each, bound->write->values[c]);
    }
    return each.status;
}

/* --- read sections --- */

typedef struct entry {
    qa_sql_statement_t *statement;
    qa_sql_moment_t *moments[MOMENTS_MAX];
    uint32_t moment_count;
    uint16_t outside_count;
} entry_t;

static qa_status_t add_moment(void *context, qa_sql_relation_t *relation, const qa_sql_block_t *block)
{
    entry_t *entry = context;
    const qa_sql_run_t *run = &entry->statement->run;
    qa_sql_moment_t *moment = NULL;
    (void)block;
    if (relation->table->kind == QA_SQL_SCRATCH) return QA_OK;
    if (qa_sql_table_is_of_log(relation->table)) {
        entry->outside_count++;
        return QA_OK;
    }
    const qa_status_t status = qa_sql_run_moment(run, relation, &moment);
    if (status != QA_OK) return status;
    for (uint32_t m = 0; m < entry->moment_count; m++) {
        if (entry->moments[m] == moment) return QA_OK;
    }
    if (entry->moment_count == MOMENTS_MAX)
        return qa_fail(run->error, QA_LIMIT, "a statement reads at most %d apps and moments", MOMENTS_MAX);
    uint32_t at = entry->moment_count++;
    for (; at > 0 && entry->moments[at - 1]->order > moment->order; at--)
        entry->moments[at] = entry->moments[at - 1];
    entry->moments[at] = moment;
    return QA_OK;
}

static qa_status_t prefetch(void *context, qa_sql_relation_t *relation, const qa_sql_block_t *block)
{
    entry_t *entry = context;
    qa_sql_run_t *run = &entry->statement->run;
    if (!qa_sql_table_is_of_log(relation->table)) return QA_OK;
    qa_sql_prefetched_t *prefetched = &run->prefetched[run->prefetched_count];
    const qa_status_t status = qa_sql_scan(run, relation, block, NULL, &prefetched->rows);
    if (status != QA_OK) return status;
    run->path->scanned_count -= prefetched->rows.row_count; /* counted when it is taken */
    prefetched->relation = relation->id;
    run->prefetched_count++;
    return QA_OK;
}

qa_status_t qa_sql_run_enter(qa_sql_statement_t *statement, bool is_with_intent)
{
    const qa_sql_transaction_t *transaction = &statement->session->transaction;
    qa_sql_run_t *run = &statement->run;
    entry_t entry = { .statement = statement };
    statement->entered_count = 0;
    qa_status_t status = qa_sql_each_relation(statement->bound, add_moment, &entry);
    if (status != QA_OK) return status;
    run->prefetched = qa_arena_take(run->arena, (entry.outside_count + 1u) * sizeof(*run->prefetched));
    statement->entered = qa_arena_take(run->arena, (entry.moment_count + 1u) * sizeof(*statement->entered));
    if (run->prefetched == NULL || statement->entered == NULL) return qa_fail_memory(run->error, "a plan");
    if (entry.outside_count > 0) status = qa_sql_each_relation(statement->bound, prefetch, &entry);
    for (uint32_t m = 0; m < entry.moment_count && status == QA_OK; m++) {
        const bool is_own =
            is_with_intent && transaction->intent != NULL && entry.moments[m] == transaction->moment;
        status = qa_sql_moment_read_begin(entry.moments[m], is_own ? transaction->intent : NULL, run->error);
        if (status == QA_OK) statement->entered[statement->entered_count++] = entry.moments[m];
    }
    if (status != QA_OK) qa_sql_run_leave(statement);
    return status;
}

void qa_sql_run_leave(qa_sql_statement_t *statement)
{
    qa_sql_run_t *run = &statement->run;
    while (statement->entered_count > 0)
        qa_sql_moment_read_end(statement->entered[--statement->entered_count]);
    for (uint16_t p = 0; p < run->prefetched_count; p++) {
        if (!run->prefetched[p].is_taken) qa_sql_table_release(&run->prefetched[p].rows);
    }
    run->prefetched_count = 0;
}

/* --- paths --- */

typedef struct needed {
    const qa_sql_expression_t **columns;
    uint16_t count;
    uint16_t capacity;
    bool has_sub_query;
    bool is_full;
} needed_t;

static bool note_needed(void *context, const qa_sql_expression_t *node)
{
    needed_t *needed = context;
    if (node->query != NULL) needed->has_sub_query = true;
    if (node->node != QA_SQL_COLUMN) return true;
    for (uint16_t c = 0; c < needed->count; c++) {
        if (needed->columns[c]->relation == node->relation && needed->columns[c]->index == node->index)
            return true;
    }
    if (needed->count == needed->capacity)
        needed->is_full = true;
    else
        needed->columns[needed->count++] = node;
    return true;
}

static void note_all(needed_t *needed, const qa_sql_query_t *query)
{
    const qa_sql_block_t *block = query->block;
    if (block->where != NULL) {
        /* The island looks at it itself: only sub-queries in it matter. */
        needed_t ignored = { 0 };
        qa_sql_walk(block->where, note_needed, &ignored);
        needed->has_sub_query = ignored.has_sub_query;
    }
    if (block->having != NULL) qa_sql_walk(block->having, note_needed, needed);
    for (uint16_t o = 0; o < block->output_count; o++)
        qa_sql_walk(block->outputs[o].expression, note_needed, needed);
    for (uint16_t o = 0; o < query->order_count; o++) {
        if (query->orders[o].expression != NULL)
            qa_sql_walk(query->orders[o].expression, note_needed, needed);
    }
}

/* SELECT without FROM: one row, unless WHERE is not true. */
static qa_status_t run_constant(const qa_sql_run_t *run, const qa_sql_query_t *query,
                                qa_sql_table_t *rows_out)
{
    qa_sql_table_t one = { 0 };
    qa_sql_value_t passes = { .kind = QA_SQL_BOOLEAN, .integer = 1 };
    const qa_sql_type_t type = { .kind = QA_SQL_BOOLEAN };
    const qa_sql_environment_t environment = {
        .parameters = run->parameters, .arena = run->arena, .context = run->context, .error = run->error
    };
    qa_status_t status = QA_OK;
    if (query->block->where != NULL) status = qa_sql_evaluate(query->block->where, &environment, &passes);
    if (status == QA_OK && qa_sql_table_make(&one, run->allocator, &type, 1) != QA_OK)
        status = qa_fail_memory(run->error, "a row");
    if (status == QA_OK && passes.kind != QA_SQL_NULL && passes.integer != 0 &&
        qa_sql_table_append(&one, &passes, false) != QA_OK)
        status = qa_fail_memory(run->error, "a row");
    if (status == QA_OK) status = qa_sql_finish(run, query, &one, NULL, 0, rows_out);
    qa_sql_table_release(&one);
    return status;
}

/* VALUES: rows of expressions without columns. */
static qa_status_t run_values(const qa_sql_run_t *run, const qa_sql_query_t *query, qa_sql_table_t *rows_out)
{
    qa_sql_value_t *values = qa_arena_take(run->arena, (query->column_count + 1u) * sizeof(*values));
    if (values == NULL ||
        qa_sql_table_make(rows_out, run->allocator, query->column_types, query->column_count) != QA_OK)
        return qa_fail_memory(run->error, "rows");
    const qa_sql_environment_t environment = {
        .parameters = run->parameters, .arena = run->arena, .context = run->context, .error = run->error
    };
    qa_status_t status = QA_OK;
    for (uint32_t r = 0; r < query->row_count && status == QA_OK; r++) {
        for (uint16_t c = 0; c < query->column_count && status == QA_OK; c++)
            status = qa_sql_evaluate(query->rows[r][c], &environment, &values[c]);
        if (status == QA_OK && qa_sql_table_append(rows_out, values, false) != QA_OK)
            status = qa_fail_memory(run->error, "rows");
    }
    if (status != QA_OK) qa_sql_table_release(rows_out);
    return status;
}

bool qa_sql_values_are_plain(const qa_sql_query_t *query)
{
    needed_t needed = { 0 };
    if (query->kind != QA_SQL_SET_BLOCK || query->block != NULL || query->order_count > 0 ||
        query->limit != NULL || query->offset != NULL)
        return false;
    for (uint32_t r = 0; r < query->row_count; r++) {
        for (uint16_t c = 0; c < query->column_count; c++)
            qa_sql_walk(query->rows[r][c], note_needed, &needed);
    }
    return !needed.has_sub_query && !needed.is_full;
}

/* Tries the core: *is_done_out says whether the query is one block that it can run. */
static qa_status_t run_core(const qa_sql_run_t *run, const qa_sql_query_t *query, bool *is_done_out,
                            qa_sql_table_t *rows_out)
{
    enum { NEEDED_MAX = 4096 };
    needed_t needed = { .capacity = NEEDED_MAX };
    qa_sql_table_t island = { 0 };
    *is_done_out = false;
    if (qa_sql_values_are_plain(query)) {
        *is_done_out = true;
        return run_values(run, query, rows_out);
    }
    if (query->kind != QA_SQL_SET_BLOCK || query->block == NULL) return QA_OK;
    needed.columns = qa_arena_take(run->arena, NEEDED_MAX * sizeof(*needed.columns));
    if (needed.columns == NULL) return qa_fail_memory(run->error, "a plan");
    note_all(&needed, query);
    if (needed.has_sub_query || needed.is_full) return QA_OK;
    if (query->block->from == NULL) {
        if (query->block->is_grouped) return QA_OK;
        *is_done_out = true;
        return run_constant(run, query, rows_out);
    }
    qa_status_t status =
        qa_sql_island_run(run, query->block, needed.columns, needed.count, is_done_out, &island);
    if (status != QA_OK || !*is_done_out) return status;
    status = qa_sql_finish(run, query, &island, needed.columns, needed.count, rows_out);
    qa_sql_table_release(&island);
    return status;
}

qa_status_t qa_sql_run_query(qa_sql_statement_t *statement, const qa_sql_query_t *query,
                             qa_sql_table_t *rows_out, qa_sql_rows_cursor_t **cursor_out)
{
    const qa_sql_run_t *run = &statement->run;
    bool is_done = false;
    *cursor_out = NULL;
    const qa_status_t status = run_core(run, query, &is_done, rows_out);
    if (status != QA_OK || is_done) return status;
    run->path->row_path_count = 1;
    return qa_sql_engine_query(statement->session->engine, run, query, cursor_out);
}

/* All rows of a cursor: for writes, which need them all before the first is written. */
qa_status_t qa_sql_run_all(qa_sql_statement_t *statement, const qa_sql_query_t *query,
                           qa_sql_table_t *rows_out)
{
    enum { BATCH_ROWS = 1024 };
    qa_sql_rows_cursor_t *cursor = NULL;
    qa_sql_table_t batch = { 0 };
    qa_sql_run_t *run = &statement->run;
    qa_status_t status = qa_sql_run_query(statement, query, rows_out, &cursor);
    if (status != QA_OK || cursor == NULL) return status;
    qa_sql_value_t *values = qa_arena_take(run->arena, (query->column_count + 1u) * sizeof(*values));
    if (values == NULL ||
        qa_sql_table_make(&batch, run->allocator, query->column_types, query->column_count) != QA_OK ||
        qa_sql_table_make(rows_out, run->allocator, query->column_types, query->column_count) != QA_OK)
        status = qa_fail_memory(run->error, "rows");
    while (status == QA_OK) {
        status = qa_sql_cursor_next(cursor, BATCH_ROWS, &batch, run->error);
        if (status != QA_OK || batch.row_count == 0) break;
        for (uint32_t r = 0; r < batch.row_count && status == QA_OK; r++) {
            for (uint16_t c = 0; c < query->column_count; c++)
                values[c] = qa_sql_table_value(&batch, r, c);
            if (qa_sql_table_append(rows_out, values, false) != QA_OK)
                status = qa_fail_memory(run->error, "rows");
        }
    }
    qa_sql_table_release(&batch);
    qa_sql_cursor_close(cursor);
    if (status != QA_OK) qa_sql_table_release(rows_out);
    return status;
}
