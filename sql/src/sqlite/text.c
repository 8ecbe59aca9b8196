/* A bound query as one SQLite statement.
 *
 *     WITH q0 AS (…) SELECT qa_expr(7,b3.c0) AS c0, b3.c1 AS c1 FROM q0 AS b3 ORDER BY 1
 *
 * Relation n is r<n> with columns c0, c1 …; a grouped block n is a derived table b<n> of its keys and then
 * its aggregates, over which its having and outputs stand. What looks at nothing outside is put into WITH, so
 * that texts do not nest deeper than SQLite's parser goes. It must never contain a user's text or name. */
#include <string.h>

#include "sqlite/text_private.h"

void text_put_buffer(text_t *text, qa_buffer_t *out, const qa_buffer_t *piece)
{
    if (text->status != QA_OK) return;
    const qa_status_t status = qa_buffer_put(out, piece->data, piece->bytes);
    if (status == QA_NO_MEMORY) text_fail(text, qa_fail_memory(text->run->error, "the text of a query"));
    if (status == QA_LIMIT)
        text_fail(text, qa_fail(text->run->error, QA_LIMIT, "the query is too large for the row engine"));
}

void text_write_hoisted(text_t *text, qa_buffer_t *out, const qa_buffer_t *body, bool is_materialized,
                        uint32_t *number_out)
{
    *number_out = text->source_count++;
    text_put(text, &text->withs, "%sq%u AS %s(", text->withs.bytes == 0 ? "WITH " : ",", *number_out,
             is_materialized ? "MATERIALIZED " : "");
    text_put_buffer(text, &text->withs, body);
    text_put(text, &text->withs, ")");
    text_put(text, out, "q%u", *number_out);
}

void text_write_source(text_t *text, qa_buffer_t *out, const qa_sql_query_t *query)
{
    uint32_t number = 0;
    if (text->status != QA_OK) return;
    if (query->is_correlated) {
        text->correlated_depth++;
        text_put(text, out, "(");
        text_write_query(text, out, query);
        text_put(text, out, ")");
        text->correlated_depth--;
        return;
    }
    qa_buffer_t body;
    qa_buffer_make(&body, text->run->allocator, QA_SQL_ENGINE_TEXT_MAX);
    text_write_query(text, &body, query);
    /* Within a correlated sub-query it would be computed for every row of the outer one. */
    text_write_hoisted(text, out, &body, text->correlated_depth > 0, &number);
    qa_buffer_release(&body);
}

/* --- blocks --- */

static void write_where(text_t *text, qa_buffer_t *out, const qa_sql_expression_t *condition)
{
    if (condition == NULL) return;
    text_put(text, out, " WHERE ");
    text_write_condition(text, out, condition);
}

/* A key or an aggregate's argument: names carry their collation. */
static void write_collated(text_t *text, qa_buffer_t *out, const qa_sql_expression_t *expression,
                           const char *tie, bool is_name)
{
    text_write_value(text, out, expression, tie);
    if (is_name) text_put(text, out, " COLLATE " QA_SQL_NAMES);
}

static void write_aggregate(text_t *text, qa_buffer_t *out, const qa_sql_block_t *block,
                            const qa_sql_aggregate_t *aggregate)
{
    const qa_sql_expression_t *argument = aggregate->argument;
    const char *distinct = aggregate->is_distinct ? "DISTINCT " : "";
    char tie[32];
    const char *tied = NULL;
    if (aggregate->kind == QA_SQL_COUNT_ROWS) {
        text_put(text, out, "COUNT(*)");
        return;
    }
    if (text_looks_only_outside(text, argument, block->id)) {
        text_first_column(text, block, tie);
        tied = tie;
    }
    const bool is_double = argument->type.kind == QA_SQL_DOUBLE;
    const bool is_average = aggregate->kind == QA_SQL_AVERAGE && !is_double;
    static const char *const names[] = { "COUNT", "COUNT", "qa_sum_decimal", "qa_average(qa_sum_decimal",
                                         "MIN",   "MAX" };
    const char *name = names[aggregate->kind];
    if (is_double && aggregate->kind == QA_SQL_SUM) name = "qa_sum_double";
    if (is_double && aggregate->kind == QA_SQL_AVERAGE) name = "qa_avg_double";
    text_put(text, out, "%s(%s", name, distinct);
    write_collated(text, out, argument, tied, argument->type.is_name);
    text_put(text, out, ")");
    if (!is_average) return;
    const uint8_t scale = argument->type.kind == QA_SQL_DECIMAL ? argument->type.scale : 0;
    const unsigned digits = aggregate->type.scale > scale ? (unsigned)aggregate->type.scale - scale : 0;
    text_put(text, out, ",COUNT(%s", distinct);
    write_collated(text, out, argument, tied, false);
    text_put(text, out, "),%u)", digits);
}

static void write_groups(text_t *text, qa_buffer_t *out, const qa_sql_block_t *block)
{
    uint32_t column = 0;
    text_put(text, out, "SELECT ");
    for (uint16_t k = 0; k < block->key_count && text->status == QA_OK; k++) {
        if (column > 0) text_put(text, out, ",");
        write_collated(text, out, block->keys[k], NULL, block->keys[k]->type.is_name);
        text_put(text, out, " AS c%u", column++);
    }
    for (uint16_t a = 0; a < block->aggregate_count && text->status == QA_OK; a++) {
        if (column > 0) text_put(text, out, ",");
        write_aggregate(text, out, block, &block->aggregates[a]);
        text_put(text, out, " AS c%u", column++);
    }
    if (column == 0) text_put(text, out, "COUNT(*) AS c0");
}

static void write_grouping(text_t *text, qa_buffer_t *out, const qa_sql_block_t *block)
{
    qa_buffer_t from;
    qa_buffer_make(&from, text->run->allocator, QA_SQL_ENGINE_TEXT_MAX);
    /* FROM first: it says how its columns are called. */
    if (block->from != NULL)
        text_write_from(text, &from, block, block->from);
    else
        text_put(text, &from, "(SELECT 0 AS c0) AS z%u", block->id);
    write_groups(text, out, block);
    text_put(text, out, " FROM ");
    text_put_buffer(text, out, &from);
    write_where(text, out, block->where);
    for (uint16_t k = 0; k < block->key_count; k++)
        text_put(text, out, "%s%u", k == 0 ? " GROUP BY " : ",", k + 1u);
    qa_buffer_release(&from);
}

/* FROM of a grouped block: its groups, as b<id>. */
static void write_grouped_from(text_t *text, qa_buffer_t *out, const qa_sql_block_t *block)
{
    qa_buffer_t body;
    uint32_t number = 0;
    if (text_try_island(text, block, NULL)) {
        text_put(text, out, "qa_rows(%u) AS b%u", text->items[block->id].rows_number - 1, block->id);
        return;
    }
    if (text->status == QA_OK && text->cursor != NULL) {
        const qa_status_t status = qa_sql_check_balance(text->run, block);
        if (status != QA_OK) text_fail(text, status);
    }
    if (text_try_groups(text, block)) {
        text_put(text, out, "qa_rows(%u) AS b%u", text->items[block->id].rows_number - 1, block->id);
        return;
    }
    if (text->status != QA_OK) return;
    qa_buffer_make(&body, text->run->allocator, QA_SQL_ENGINE_TEXT_MAX);
    write_grouping(text, &body, block);
    if (text_is_closed(text, block)) {
        text_write_hoisted(text, out, &body, text->correlated_depth > 0, &number);
    } else {
        text_put(text, out, "(");
        text_put_buffer(text, out, &body);
        text_put(text, out, ")");
    }
    text_put(text, out, " AS b%u", block->id);
    qa_buffer_release(&body);
}

/* `query` gives the block its orders; `types` are those of the columns. Names are collated where SQLite
 * compares the rows: DISTINCT and set operations. */
static void write_block(text_t *text, qa_buffer_t *out, const qa_sql_block_t *block,
                        const qa_sql_query_t *query, const qa_sql_type_t *types, bool is_compared)
{
    qa_buffer_t from;
    const qa_sql_expression_t *condition = block->is_grouped ? block->having : block->where;
    qa_buffer_make(&from, text->run->allocator, QA_SQL_ENGINE_TEXT_MAX);
    if (block->is_grouped) {
        write_grouped_from(text, &from, block);
    } else if (text_try_island(text, block, query)) {
        text_put(text, &from, "qa_rows(%u) AS b%u", text->items[block->id].rows_number - 1, block->id);
        condition = NULL;
    } else if (block->from != NULL) {
        text_write_from(text, &from, block, block->from);
    }
    text_put(text, out, block->is_distinct ? "SELECT DISTINCT " : "SELECT ");
    for (uint16_t o = 0; o < block->output_count && text->status == QA_OK; o++) {
        if (o > 0) text_put(text, out, ",");
        write_collated(text, out, block->outputs[o].expression, NULL,
                       types[o].is_name && (is_compared || block->is_distinct));
        text_put(text, out, " AS c%u", (unsigned)o);
    }
    if (from.bytes > 0) text_put(text, out, " FROM ");
    text_put_buffer(text, out, &from);
    write_where(text, out, condition);
    qa_buffer_release(&from);
}

/* --- VALUES --- */

static bool is_inside(void *context, const qa_sql_expression_t *node)
{
    (void)context;
    return node->node < QA_SQL_COLUMN;
}

static bool has_plain_rows(const qa_sql_query_t *query)
{
    for (uint32_t r = 0; r < query->row_count; r++) {
        for (uint16_t c = 0; c < query->column_count; c++) {
            if (!qa_sql_walk(query->rows[r][c], is_inside, NULL)) return false;
        }
    }
    return true;
}

bool qa_sql_is_plain_values(const qa_sql_query_t *query)
{
    return query->kind == QA_SQL_SET_BLOCK && query->block == NULL && query->order_count == 0 &&
           query->limit == NULL && query->offset == NULL && has_plain_rows(query);
}

qa_status_t qa_sql_compute_values(const qa_sql_run_t *run, const qa_sql_query_t *query,
                                  qa_sql_table_t *rows_out)
{
    const qa_sql_environment_t environment = {
        .parameters = run->parameters, .arena = run->arena, .context = run->context, .error = run->error
    };
    qa_sql_value_t *values = qa_arena_take(run->arena, (query->column_count + 1u) * sizeof(*values));
    if (values == NULL ||
        qa_sql_table_make(rows_out, run->allocator, query->column_types, query->column_count) != QA_OK)
        return qa_fail_memory(run->error, "the rows of VALUES");
    for (uint32_t r = 0; r < query->row_count; r++) {
        qa_status_t status = r % 1024 == 1023 ? qa_sql_run_check(run) : QA_OK;
        for (uint16_t c = 0; c < query->column_count && status == QA_OK; c++)
            status = qa_sql_evaluate(query->rows[r][c], &environment, &values[c]);
        if (status != QA_OK) return status;
        if (qa_sql_table_append(rows_out, values, false) != QA_OK)
            return qa_fail_memory(run->error, "the rows of VALUES");
    }
    return QA_OK;
}

static void write_plain_values(text_t *text, qa_buffer_t *out, const qa_sql_query_t *query)
{
    uint32_t number = text->number_count++;
    qa_sql_rows_t *rows = NULL;
    if (text->cursor != NULL) {
        qa_status_t status = qa_sql_cursor_add_rows(text->cursor, &rows, &number);
        if (status != QA_OK) qa_fail_memory(text->run->error, "the rows of VALUES");
        if (status == QA_OK) status = qa_sql_compute_values(text->run, query, &rows->table);
        if (status != QA_OK) text_fail(text, status);
    }
    text_put(text, out, "qa_rows(%u)", number);
}

static void write_values(text_t *text, qa_buffer_t *out, const qa_sql_query_t *query,
                         const qa_sql_type_t *types, bool is_compared)
{
    const bool is_plain = has_plain_rows(query) && query->column_count <= QA_SQL_ROWS_COLUMNS;
    text_put(text, out, "SELECT ");
    for (uint16_t c = 0; c < query->column_count; c++)
        text_put(text, out, "%s%s%u%s AS c%u", c > 0 ? "," : "", is_plain ? "c" : "column",
                 is_plain ? c : c + 1u, is_compared && types[c].is_name ? " COLLATE " QA_SQL_NAMES : "",
                 (unsigned)c);
    text_put(text, out, " FROM ");
    if (is_plain) {
        write_plain_values(text, out, query);
        return;
    }
    for (uint32_t r = 0; r < query->row_count && text->status == QA_OK; r++) {
        text_put(text, out, r == 0 ? "(VALUES (" : ",(");
        for (uint16_t c = 0; c < query->column_count; c++) {
            if (c > 0) text_put(text, out, ",");
            text_write_value(text, out, query->rows[r][c], NULL);
        }
        text_put(text, out, ")");
    }
    text_put(text, out, ")");
}

/* --- set operations --- */

static bool is_cut(const qa_sql_query_t *query)
{
    return query->order_count > 0 || query->limit != NULL || query->offset != NULL;
}

static void write_operands(text_t *text, qa_buffer_t *out, const qa_sql_query_t *query,
                           const qa_sql_type_t *types);

static void write_simple(text_t *text, qa_buffer_t *out, const qa_sql_query_t *query,
                         const qa_sql_type_t *types, bool is_compared)
{
    if (query->block != NULL)
        write_block(text, out, query->block, query, types, is_compared);
    else
        write_values(text, out, query, types, is_compared);
}

/* SQLite knows no parentheses around the operands: what needs them is selected from. */
static void write_operand(text_t *text, qa_buffer_t *out, const qa_sql_query_t *query,
                          const qa_sql_type_t *types, bool is_left)
{
    if (text->status != QA_OK) return;
    if (!is_cut(query) && query->kind == QA_SQL_SET_BLOCK) {
        write_simple(text, out, query, types, true);
        return;
    }
    if (!is_cut(query) && is_left) {
        write_operands(text, out, query, types);
        return;
    }
    text_put(text, out, "SELECT ");
    for (uint16_t c = 0; c < query->column_count; c++)
        text_put(text, out, "%sc%u%s AS c%u", c > 0 ? "," : "", (unsigned)c,
                 types[c].is_name ? " COLLATE " QA_SQL_NAMES : "", (unsigned)c);
    text_put(text, out, " FROM ");
    text_write_source(text, out, query);
}

static void write_operands(text_t *text, qa_buffer_t *out, const qa_sql_query_t *query,
                           const qa_sql_type_t *types)
{
    static const char *const operators[] = { "", " UNION ", " UNION ALL ", " INTERSECT ", " EXCEPT " };
    write_operand(text, out, query->left, types, true);
    text_put(text, out, "%s", operators[query->kind]);
    write_operand(text, out, query->right, types, false);
}

static void check_compound(text_t *text, const qa_sql_query_t *query)
{
    uint32_t count = 1;
    for (; query->kind != QA_SQL_SET_BLOCK; query = query->left)
        count++;
    if (count > QA_SQL_COMPOUND_MAX)
        text_fail(text, qa_fail(text->run->error, QA_LIMIT,
                                "a query joins at most %d SELECTs by UNION, INTERSECT and EXCEPT; use a "
                                "VALUES list or a scratch table",
                                QA_SQL_COMPOUND_MAX));
}

/* --- orders and limits --- */

static void write_orders(text_t *text, qa_buffer_t *out, const qa_sql_query_t *query)
{
    bool is_first = true;
    for (uint16_t o = 0; o < query->order_count && text->status == QA_OK; o++) {
        const qa_sql_order_t *order = &query->orders[o];
        const qa_sql_expression_t *expression = order->expression;
        const qa_sql_type_t *type =
            expression == NULL ? &query->column_types[order->output] : &expression->type;
        /* A constant orders nothing, and SQLite would read a number as a position. */
        if (expression != NULL && expression->node == QA_SQL_CONSTANT) continue;
        if (expression != NULL && query->kind != QA_SQL_SET_BLOCK) {
            text_fail(text, qa_fail(text->run->error, QA_NOT_YET,
                                    "ORDER BY behind a UNION takes columns of the result only"));
            return;
        }
        text_put(text, out, is_first ? " ORDER BY " : ",");
        is_first = false;
        if (expression == NULL)
            text_put(text, out, "%u", order->output + 1u);
        else
            text_write_value(text, out, expression, NULL);
        if (type->is_name) text_put(text, out, " COLLATE " QA_SQL_NAMES);
        if (order->is_descending) text_put(text, out, " DESC");
        if (order->is_nulls_last != order->is_descending)
            text_put(text, out, order->is_nulls_last ? " NULLS LAST" : " NULLS FIRST");
    }
}

static void write_bound(text_t *text, qa_buffer_t *out, const char *word,
                        const qa_sql_expression_t *expression)
{
    const qa_sql_run_t *run = text->run;
    const qa_sql_environment_t environment = {
        .parameters = run->parameters, .arena = run->arena, .context = run->context, .error = run->error
    };
    qa_sql_value_t value;
    if (text->status != QA_OK) return;
    if (text->cursor == NULL && expression->node != QA_SQL_CONSTANT) {
        text_put(text, out, " %s ?", word); /* EXPLAIN: the parameter may have no value */
        return;
    }
    const qa_status_t status = qa_sql_evaluate(expression, &environment, &value);
    if (status != QA_OK)
        text_fail(text, status);
    else if (value.kind == QA_SQL_NULL || value.integer < 0)
        text_fail(text, qa_fail(run->error, QA_INVALID, "%s must be a number of rows, 0 or more", word));
    else
        text_put(text, out, " %s %lld", word, (long long)value.integer);
}

void text_write_query(text_t *text, qa_buffer_t *out, const qa_sql_query_t *query)
{
    if (text->status != QA_OK) return;
    check_compound(text, query);
    if (query->kind == QA_SQL_SET_BLOCK)
        write_simple(text, out, query, query->column_types, false);
    else if (text->status == QA_OK)
        write_operands(text, out, query, query->column_types);
    write_orders(text, out, query);
    if (query->limit != NULL)
        write_bound(text, out, "LIMIT", query->limit);
    else if (query->offset != NULL)
        text_put(text, out, " LIMIT -1");
    if (query->offset != NULL) write_bound(text, out, "OFFSET", query->offset);
}

/* --- statements --- */

static text_t begin(qa_sql_engine_t *engine, const qa_sql_run_t *run, qa_sql_rows_cursor_t *cursor)
{
    text_t text = { .engine = engine, .run = run, .cursor = cursor };
    qa_buffer_make(&text.withs, run->allocator, QA_SQL_ENGINE_TEXT_MAX);
    return text;
}

/* WITH, then the statement. */
static qa_status_t finish(text_t *text, const qa_buffer_t *statement, qa_buffer_t *text_out)
{
    text_put_buffer(text, text_out, &text->withs);
    if (text->withs.bytes > 0) text_put(text, text_out, " ");
    text_put_buffer(text, text_out, statement);
    qa_buffer_release(&text->withs);
    return text->status;
}

qa_status_t qa_sql_write_query_text(qa_sql_engine_t *engine, const qa_sql_run_t *run,
                                    qa_sql_rows_cursor_t *cursor, const qa_sql_query_t *query,
                                    qa_buffer_t *text_out, bool *has_scratch_out)
{
    text_t text = begin(engine, run, cursor);
    qa_buffer_t statement;
    qa_buffer_make(&statement, run->allocator, QA_SQL_ENGINE_TEXT_MAX);
    text_learn_query(&text, query, TEXT_NOBODY);
    text_write_query(&text, &statement, query);
    const qa_status_t status = finish(&text, &statement, text_out);
    *has_scratch_out = text.has_scratch;
    qa_buffer_release(&statement);
    return status;
}

qa_status_t qa_sql_write_change_text(qa_sql_engine_t *engine, const qa_sql_run_t *run,
                                     qa_sql_rows_cursor_t *cursor, const qa_sql_write_t *write,
                                     const qa_sql_expression_t *const *values, uint16_t value_count,
                                     qa_buffer_t *text_out)
{
    text_t text = begin(engine, run, cursor);
    const qa_sql_relation_t *target = write->target;
    qa_buffer_t statement;
    qa_buffer_make(&statement, run->allocator, QA_SQL_ENGINE_TEXT_MAX);
    text_learn_relation(&text, target, TEXT_NOBODY);
    for (uint16_t v = 0; v < value_count; v++)
        text_learn(&text, values[v], TEXT_NOBODY);
    text_learn(&text, write->where, TEXT_NOBODY);
    text_put(&text, &statement, "SELECT r%u.rowid", target->id);
    for (uint16_t v = 0; v < value_count; v++) {
        text_put(&text, &statement, ",");
        text_write_value(&text, &statement, values[v], NULL);
    }
    text_put(&text, &statement, " FROM scratch_%u AS r%u", target->table->scratch_id, target->id);
    write_where(&text, &statement, write->where);
    const qa_status_t status = finish(&text, &statement, text_out);
    qa_buffer_release(&statement);
    return status;
}
