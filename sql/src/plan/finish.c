/* The end of a query whose rows came from the core: having, outputs, distinct, order, limit. It must never be
 * given a block that looks at outer blocks or holds sub-queries (qa_sql_island_run refuses those). */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "plan/plan.h"

/* An expression over the island's rows. */
typedef struct prepared {
    const qa_sql_expression_t *plain;
    uint16_t *columns; /* of the island's rows, per input */
    uint16_t input_count;
} prepared_t;

typedef struct finish {
    const qa_sql_run_t *run;
    const qa_sql_query_t *query;
    const qa_sql_block_t *block;
    const qa_sql_table_t *island;
    const qa_sql_expression_t *const *columns;
    uint16_t column_count;
    qa_sql_value_t *inputs;
    qa_arena_t arena; /* of one row */
    prepared_t having;
    prepared_t *outputs;
    prepared_t *orders;
} finish_t;

static int32_t island_column(const finish_t *finish, const qa_sql_expression_t *node)
{
    if (node->node == QA_SQL_KEY) return (int32_t)node->index;
    if (node->node == QA_SQL_AGGREGATE) return (int32_t)(finish->block->key_count + node->index);
    for (uint16_t c = 0; c < finish->column_count; c++) {
        const qa_sql_expression_t *column = finish->columns[c];
        if (column->relation == node->relation && column->index == node->index) return c;
    }
    return -1;
}

static qa_status_t prepare(finish_t *finish, const qa_sql_expression_t *expression, prepared_t *prepared)
{
    const qa_sql_run_t *run = finish->run;
    const qa_sql_expression_t **outside = NULL;
    *prepared = (prepared_t){ 0 };
    if (expression == NULL) return QA_OK;
    const qa_status_t status =
        qa_sql_make_inputs(run->arena, expression, &prepared->plain, &outside, &prepared->input_count);
    prepared->columns = qa_arena_take(run->arena, (prepared->input_count + 1u) * sizeof(*prepared->columns));
    if (status != QA_OK || prepared->columns == NULL) return qa_fail_memory(run->error, "a plan");
    for (uint16_t i = 0; i < prepared->input_count; i++) {
        const int32_t column = island_column(finish, outside[i]);
        if (column < 0) return qa_fail(run->error, QA_INVALID, "a column of the plan is missing");
        prepared->columns[i] = (uint16_t)column;
    }
    return QA_OK;
}

static qa_status_t compute(finish_t *finish, const prepared_t *prepared, uint32_t row,
                           qa_sql_value_t *value_out)
{
    const qa_sql_run_t *run = finish->run;
    for (uint16_t i = 0; i < prepared->input_count; i++)
        finish->inputs[i] = qa_sql_table_value(finish->island, row, prepared->columns[i]);
    const qa_sql_environment_t environment = { .parameters = run->parameters,
                                               .inputs = finish->inputs,
                                               .arena = &finish->arena,
                                               .context = run->context,
                                               .error = run->error };
    return qa_sql_evaluate(prepared->plain, &environment, value_out);
}

/* --- sorting and distinct rows --- */

typedef struct sort_key {
    uint16_t column;
    bool is_descending;
    bool is_nulls_last;
    bool is_name;
} sort_key_t;

typedef struct sorter {
    const qa_sql_table_t *rows;
    const sort_key_t *keys;
    uint16_t key_count;
} sorter_t;

static int compare_values(const qa_sql_value_t *a, const qa_sql_value_t *b, const sort_key_t *key)
{
    if (a->kind == QA_SQL_NULL || b->kind == QA_SQL_NULL) {
        const int order = (b->kind == QA_SQL_NULL) - (a->kind == QA_SQL_NULL);
        return key->is_nulls_last ? -order : order;
    }
    const int order = qa_sql_compare(a, b, key->is_name);
    return key->is_descending ? -order : order;
}

static int compare_rows(const sorter_t *sorter, uint32_t a, uint32_t b)
{
    for (uint16_t k = 0; k < sorter->key_count; k++) {
        const qa_sql_value_t left = qa_sql_table_value(sorter->rows, a, sorter->keys[k].column);
        const qa_sql_value_t right = qa_sql_table_value(sorter->rows, b, sorter->keys[k].column);
        const int order = compare_values(&left, &right, &sorter->keys[k]);
        if (order != 0) return order;
    }
    return a < b ? -1 : 1; /* rows that are equal keep their order */
}

/* Merge sort of row numbers: no recursion, no global for the comparison. */
static void sort_rows(const sorter_t *sorter, uint32_t *rows, uint32_t *spare, uint32_t count)
{
    for (uint32_t width = 1; width < count; width *= 2) {
        for (uint32_t begin = 0; begin < count; begin += 2 * width) {
            const uint32_t middle = begin + width < count ? begin + width : count;
            const uint32_t end = begin + 2 * width < count ? begin + 2 * width : count;
            uint32_t left = begin, right = middle;
            for (uint32_t i = begin; i < end; i++) {
                const bool takes_left =
                    left < middle && (right >= end || compare_rows(sorter, rows[left], rows[right]) <= 0);
                spare[i] = takes_left ? rows[left++] : rows[right++];
            }
        }
        memcpy(rows, spare, count * sizeof(*rows));
        if (width > UINT32_MAX / 4) break;
    }
}

static bool is_same_row(const qa_sql_table_t *rows, uint32_t a, uint32_t b, uint16_t column_count)
{
    for (uint16_t c = 0; c < column_count; c++) {
        const qa_sql_value_t left = qa_sql_table_value(rows, a, c);
        const qa_sql_value_t right = qa_sql_table_value(rows, b, c);
        if ((left.kind == QA_SQL_NULL) != (right.kind == QA_SQL_NULL)) return false;
        if (left.kind != QA_SQL_NULL &&
            qa_sql_compare(&left, &right, qa_sql_table_type(rows, c)->is_name) != 0)
            return false;
    }
    return true;
}

static uint64_t row_hash(const qa_sql_table_t *rows, uint32_t row, uint16_t column_count)
{
    uint64_t hash = 0;
    for (uint16_t c = 0; c < column_count; c++) {
        const qa_sql_value_t value = qa_sql_table_value(rows, row, c);
        hash = hash * 0x9e3779b97f4a7c15U + qa_sql_hash(&value, qa_sql_table_type(rows, c)->is_name);
        hash ^= hash >> 29;
    }
    return hash;
}

/* Leaves the first of equal rows in `kept`; *count is theirs. */
static qa_status_t distinct_rows(const finish_t *finish, const qa_sql_table_t *rows, uint32_t *kept,
                                 uint32_t *count)
{
    size_t capacity = 64;
    while (capacity < (size_t)rows->row_count * 2)
        capacity *= 2;
    uint32_t *slots = qa_memory_take(finish->run->allocator, capacity * sizeof(*slots));
    if (slots == NULL) return qa_fail_memory(finish->run->error, "distinct rows");
    *count = 0;
    for (uint32_t row = 0; row < rows->row_count; row++) {
        size_t at = (size_t)row_hash(rows, row, finish->block->output_count) & (capacity - 1);
        while (slots[at] != 0 && !is_same_row(rows, slots[at] - 1, row, finish->block->output_count))
            at = (at + 1) & (capacity - 1);
        if (slots[at] != 0) continue;
        slots[at] = row + 1;
        kept[(*count)++] = row;
    }
    qa_memory_give(finish->run->allocator, slots, capacity * sizeof(*slots));
    return QA_OK;
}

/* --- the whole --- */

static qa_status_t prepare_all(finish_t *finish)
{
    const qa_sql_block_t *block = finish->block;
    qa_arena_t *arena = finish->run->arena;
    const uint32_t width = finish->island->column_count > finish->column_count ? finish->island->column_count
                                                                               : finish->column_count;
    finish->inputs = qa_arena_take(arena, (width + 1u) * sizeof(*finish->inputs));
    finish->outputs = qa_arena_take(arena, (block->output_count + 1u) * sizeof(*finish->outputs));
    finish->orders = qa_arena_take(arena, (finish->query->order_count + 1u) * sizeof(*finish->orders));
    if (finish->inputs == NULL || finish->outputs == NULL || finish->orders == NULL)
        return qa_fail_memory(finish->run->error, "a plan");
    qa_status_t status = prepare(finish, block->having, &finish->having);
    for (uint16_t o = 0; o < block->output_count && status == QA_OK; o++)
        status = prepare(finish, block->outputs[o].expression, &finish->outputs[o]);
    for (uint16_t o = 0; o < finish->query->order_count && status == QA_OK; o++)
        status = prepare(finish, finish->query->orders[o].expression, &finish->orders[o]);
    return status;
}

/* The outputs of each row that having lets through, and behind them what it is ordered by. */
static qa_status_t project(finish_t *finish, qa_sql_table_t *wide)
{
    const uint16_t output_count = finish->block->output_count;
    const uint16_t order_count = finish->query->order_count;
    qa_sql_value_t *values =
        qa_arena_take(finish->run->arena, (output_count + order_count + 1u) * sizeof(*values));
    qa_status_t status = values == NULL ? qa_fail_memory(finish->run->error, "a row") : QA_OK;
    for (uint32_t row = 0; row < finish->island->row_count && status == QA_OK; row++) {
        qa_sql_value_t passes = { .kind = QA_SQL_BOOLEAN, .integer = 1 };
        if (row % 1024 == 0) status = qa_sql_run_check(finish->run);
        if (row % 64 == 0) qa_arena_release(&finish->arena);
        if (status == QA_OK && finish->having.plain != NULL)
            status = compute(finish, &finish->having, row, &passes);
        if (status != QA_OK || passes.kind == QA_SQL_NULL || passes.integer == 0) continue;
        for (uint16_t o = 0; o < output_count && status == QA_OK; o++)
            status = compute(finish, &finish->outputs[o], row, &values[o]);
        for (uint16_t o = 0; o < order_count && status == QA_OK; o++) {
            const qa_sql_order_t *order = &finish->query->orders[o];
            if (order->expression == NULL)
                values[output_count + o] = values[order->output];
            else
                status = compute(finish, &finish->orders[o], row, &values[output_count + o]);
        }
        if (status == QA_OK && qa_sql_table_append(wide, values, false) != QA_OK)
            status = qa_fail_memory(finish->run->error, "the rows of a result");
    }
    return status;
}

static qa_status_t bound_of(const qa_sql_run_t *run, const qa_sql_expression_t *expression, const char *what,
                            uint64_t otherwise, uint64_t *bound_out)
{
    qa_sql_value_t value;
    const qa_sql_environment_t environment = {
        .parameters = run->parameters, .arena = run->arena, .context = run->context, .error = run->error
    };
    *bound_out = otherwise;
    if (expression == NULL) return QA_OK;
    const qa_status_t status = qa_sql_evaluate(expression, &environment, &value);
    if (status != QA_OK) return status;
    if (value.kind == QA_SQL_NULL || value.integer < 0)
        return qa_fail(run->error, QA_INVALID, "%s must be a number of rows, 0 or more", what);
    *bound_out = (uint64_t)value.integer;
    return QA_OK;
}

static qa_status_t order_and_cut(finish_t *finish, const qa_sql_table_t *wide, qa_sql_table_t *rows_out)
{
    const qa_sql_run_t *run = finish->run;
    const uint16_t output_count = finish->block->output_count;
    const size_t bytes = ((size_t)wide->row_count + 1) * sizeof(uint32_t);
    uint32_t *rows = qa_memory_take(run->allocator, bytes);
    uint32_t *spare = qa_memory_take(run->allocator, bytes);
    sort_key_t *keys = qa_arena_take(run->arena, (finish->query->order_count + 1u) * sizeof(*keys));
    qa_sql_value_t *values = qa_arena_take(run->arena, (output_count + 1u) * sizeof(*values));
    uint32_t count = wide->row_count;
    uint64_t limit = UINT64_MAX, offset = 0;
    qa_status_t status = rows == NULL || spare == NULL || keys == NULL || values == NULL
                             ? qa_fail_memory(run->error, "the order of a result")
                             : QA_OK;
    if (status == QA_OK) status = bound_of(run, finish->query->limit, "LIMIT", UINT64_MAX, &limit);
    if (status == QA_OK) status = bound_of(run, finish->query->offset, "OFFSET", 0, &offset);
    if (status != QA_OK) goto done;
    for (uint32_t row = 0; row < count; row++)
        rows[row] = row;
    if (finish->block->is_distinct) status = distinct_rows(finish, wide, rows, &count);
    if (status != QA_OK) goto done;
    for (uint16_t o = 0; o < finish->query->order_count; o++) {
        const qa_sql_order_t *order = &finish->query->orders[o];
        keys[o] = (sort_key_t){ .column = (uint16_t)(output_count + o),
                                .is_descending = order->is_descending,
                                .is_nulls_last = order->is_nulls_last,
                                .is_name = qa_sql_table_type(wide, (uint16_t)(output_count + o))->is_name };
    }
    const sorter_t sorter = { wide, keys, finish->query->order_count };
    if (finish->query->order_count > 0) sort_rows(&sorter, rows, spare, count);
    for (uint64_t at = offset; at < count && at - offset < limit && status == QA_OK; at++) {
        for (uint16_t o = 0; o < output_count; o++)
            values[o] = qa_sql_table_value(wide, rows[at], o);
        if (qa_sql_table_append(rows_out, values, false) != QA_OK)
            status = qa_fail_memory(run->error, "the rows of a result");
    }

done:
    qa_memory_give(run->allocator, spare, bytes);
    qa_memory_give(run->allocator, rows, bytes);
    return status;
}

qa_status_t qa_sql_finish(const qa_sql_run_t *run, const qa_sql_query_t *query,
                          const qa_sql_table_t *island_rows, const qa_sql_expression_t *const *columns,
                          uint16_t column_count, qa_sql_table_t *rows_out)
{
    finish_t finish = { .run = run,
                        .query = query,
                        .block = query->block,
                        .island = island_rows,
                        .columns = columns,
                        .column_count = column_count };
    qa_sql_table_t wide = { 0 };
    const uint32_t width = (uint32_t)query->block->output_count + query->order_count;
    *rows_out = (qa_sql_table_t){ 0 };
    qa_arena_make(&finish.arena, run->allocator, (size_t)256 << 20);
    qa_sql_type_t *types = qa_arena_take(run->arena, (width + 1) * sizeof(*types));
    qa_status_t status = types == NULL ? qa_fail_memory(run->error, "a result") : prepare_all(&finish);
    if (status != QA_OK) goto done;
    for (uint16_t o = 0; o < query->block->output_count; o++)
        types[o] = query->block->outputs[o].expression->type;
    for (uint16_t o = 0; o < query->order_count; o++) {
        const qa_sql_order_t *order = &query->orders[o];
        types[query->block->output_count + o] =
            order->expression == NULL ? types[order->output] : order->expression->type;
    }
    if (qa_sql_table_make(&wide, run->allocator, types, (uint16_t)width) != QA_OK ||
        qa_sql_table_make(rows_out, run->allocator, types, query->block->output_count) != QA_OK)
        status = qa_fail_memory(run->error, "a result");
    if (status == QA_OK) status = project(&finish, &wide);
    if (status == QA_OK) status = order_and_cut(&finish, &wide, rows_out);

done:
    qa_sql_table_release(&wide);
    qa_arena_release(&finish.arena);
    if (status != QA_OK) qa_sql_table_release(rows_out);
    return status;
}
