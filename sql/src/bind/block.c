/* One SELECT: its names, its outputs, its groups. The order in which the parts are bound is the order in
 * which they can name each other: FROM, WHERE, outputs, GROUP BY, HAVING, ORDER BY. */
#include <stdio.h>
#include <string.h>

#include "bind/binder.h"

qa_status_t qa_bind_open_scope(qa_binder_t *binder, qa_bind_scope_t **scope_out)
{
    qa_bind_scope_t *scope = qa_arena_take(binder->arena, sizeof(*scope));
    if (scope == NULL) return qa_bind_no_memory(binder);
    scope->relations = qa_arena_take(binder->arena, QA_BIND_RELATIONS_MAX * sizeof(*scope->relations));
    if (scope->relations == NULL) return qa_bind_no_memory(binder);
    scope->outer = binder->scope;
    scope->depth = binder->scope == NULL ? 1 : binder->scope->depth + 1;
    scope->block_id = binder->next_id++;
    binder->scope = scope;
    *scope_out = scope;
    return QA_OK;
}

/* --- outputs --- */

/* What an output without a name is called: as its column, or as its function, else by its position. */
static const char *output_name(const qa_binder_t *binder, const qa_ast_output_t *output, uint32_t index)
{
    char position_name[24];
    const qa_ast_expression_t *expression = output->expression;
    if (output->alias.text != NULL) return output->alias.text;
    while (expression->kind == QA_AST_CAST)
        expression = expression->arguments[0];
    if (expression->kind == QA_AST_NAME) return expression->names[expression->name_count - 1].text;
    if (expression->kind == QA_AST_CALL) {
        const qa_sql_function_t *function = qa_sql_function_find(expression->text, expression->text_bytes);
        bool is_word = function != NULL || qa_bind_is_aggregate(expression->text, expression->text_bytes);
        static const char *const operators[] = { "AND", "OR", "NOT", "IN", "LIKE", "NEGATE" };
        for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
            is_word = is_word && strcmp(operators[i], expression->text) != 0;
        for (uint32_t i = 0; i < expression->text_bytes; i++) {
            const char letter = expression->text[i];
            is_word = is_word &&
                      ((letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') || letter == '_');
        }
        if (is_word) return expression->text;
    }
    snprintf(position_name, sizeof(position_name), "column%u", index + 1);
    return qa_arena_text(binder->arena, position_name, strlen(position_name));
}

static qa_status_t add_output(const qa_binder_t *binder, qa_sql_block_t *block, uint32_t *capacity,
                              const char *name, const qa_sql_expression_t *expression, uint32_t position)
{
    if (name == NULL) return qa_bind_no_memory(binder);
    if (block->output_count == QA_BIND_COLUMNS_MAX)
        return qa_bind_fail(binder, QA_LIMIT, position, "a query has at most %d columns; name those you need",
                            QA_BIND_COLUMNS_MAX);
    void *items = block->outputs;
    const qa_status_t status =
        qa_bind_grow(binder, &items, capacity, block->output_count, sizeof(*block->outputs));
    if (status != QA_OK) return status;
    block->outputs = items;
    block->outputs[block->output_count++] = (qa_sql_output_t){ .name = name, .expression = expression };
    return QA_OK;
}

static qa_status_t bind_outputs(qa_binder_t *binder, const qa_ast_block_t *ast, qa_sql_block_t *block)
{
    uint32_t capacity = 0;
    qa_status_t status = QA_OK;
    for (uint16_t i = 0; i < ast->output_count && status == QA_OK; i++) {
        const qa_ast_output_t *output = &ast->outputs[i];
        const qa_ast_expression_t *written = output->expression;
        const qa_sql_expression_t *expression = NULL;
        qa_bind_columns_t columns = { 0 };
        if (written->kind != QA_AST_STAR) {
            status = qa_bind_expression(binder, written, &expression);
            const char *name = status == QA_OK ? output_name(binder, output, block->output_count) : "";
            /* A sub-query that stands for a value is called as its column. */
            if (status == QA_OK && output->alias.text == NULL && expression->node == QA_SQL_SCALAR_QUERY)
                name = expression->query->column_names[0];
            if (status == QA_OK)
                status = add_output(binder, block, &capacity, name, expression, written->position);
            continue;
        }
        status = qa_bind_star(binder, written, &columns);
        for (uint32_t k = 0; k < columns.count && status == QA_OK; k++) {
            status = qa_bind_column_expression(binder, &columns.items[k], written->position, &expression);
            if (status == QA_OK)
                status = add_output(binder, block, &capacity, columns.items[k].name, expression,
                                    written->position);
        }
    }
    return status;
}

qa_status_t qa_bind_describe(const qa_binder_t *binder, qa_sql_query_t *query)
{
    const qa_sql_block_t *block = query->block;
    const char **names = qa_arena_take(binder->arena, (block->output_count + 1u) * sizeof(*names));
    qa_sql_type_t *types = qa_arena_take(binder->arena, (block->output_count + 1u) * sizeof(*types));
    if (names == NULL || types == NULL) return qa_bind_no_memory(binder);
    for (uint16_t i = 0; i < block->output_count; i++) {
        names[i] = block->outputs[i].name;
        types[i] = block->outputs[i].expression->type;
        if (types[i].kind == QA_SQL_NULL) types[i].is_nullable = true;
    }
    query->column_count = block->output_count;
    query->column_names = names;
    query->column_types = types;
    return QA_OK;
}

/* --- groups --- */

static qa_status_t bind_keys(qa_binder_t *binder, const qa_ast_block_t *ast, qa_sql_block_t *block)
{
    static const qa_sql_type_t text = { .kind = QA_SQL_TEXT,
                                        .length = QA_BIND_TEXT_PARAMETER,
                                        .is_nullable = true };
    qa_status_t status = QA_OK;
    if (ast->group_count > QA_BIND_KEYS_MAX)
        return qa_bind_fail(binder, QA_LIMIT, ast->groups[0]->position, "GROUP BY has at most %d expressions",
                            QA_BIND_KEYS_MAX);
    block->keys = qa_arena_take(binder->arena, (ast->group_count + 1u) * sizeof(*block->keys));
    if (block->keys == NULL) return qa_bind_no_memory(binder);
    for (uint16_t i = 0; i < ast->group_count && status == QA_OK; i++) {
        const qa_ast_expression_t *written = ast->groups[i];
        const qa_sql_expression_t *key = NULL;
        int32_t output = -1;
        bool is_there = false;
        status = qa_bind_position(binder, written, "GROUP BY", block->output_count, &output);
        if (status == QA_OK && output >= 0) key = block->outputs[output].expression;
        if (status == QA_OK && output < 0) status = qa_bind_expression(binder, written, &key);
        if (status == QA_OK && key->type.kind == QA_SQL_NULL)
            status = qa_bind_coerce(binder, key, &text, written->position, &key);
        if (status != QA_OK) break;
        if (qa_bind_has_aggregate(key, block->id))
            return qa_bind_fail(binder, QA_GROUPING, written->position,
                                "GROUP BY takes no aggregate: the groups come first");
        for (uint16_t k = 0; k < block->key_count; k++)
            is_there = is_there || qa_sql_is_equal(block->keys[k], key);
        if (!is_there) block->keys[block->key_count++] = key;
    }
    return status;
}

/* Rewrites what stands behind the groups over keys and aggregates. */
static qa_status_t rewrite_grouped(qa_binder_t *binder, const qa_bind_scope_t *scope, qa_sql_block_t *block,
                                   qa_sql_query_t *query)
{
    qa_status_t status = QA_OK;
    block->aggregates = scope->aggregates;
    block->aggregate_count = (uint16_t)scope->aggregate_count;
    block->is_grouped = block->is_grouped || block->aggregate_count > 0 || block->having != NULL;
    if (!block->is_grouped) return QA_OK;
    for (uint16_t i = 0; i < block->output_count && status == QA_OK; i++)
        status = qa_bind_over_keys(binder, scope, block, &block->outputs[i].expression);
    if (status == QA_OK) status = qa_bind_over_keys(binder, scope, block, &block->having);
    for (uint16_t i = 0; i < query->order_count && status == QA_OK; i++)
        status = qa_bind_over_keys(binder, scope, block, &query->orders[i].expression);
    return status;
}

/* Orders that are an output become its position; behind DISTINCT there are only those. */
static qa_status_t match_orders(const qa_binder_t *binder, const qa_ast_query_t *ast,
                                const qa_sql_block_t *block, qa_sql_query_t *query)
{
    for (uint16_t i = 0; i < query->order_count; i++) {
        qa_sql_order_t *order = &query->orders[i];
        for (uint16_t k = 0; k < block->output_count && order->expression != NULL; k++) {
            if (!qa_sql_is_equal(order->expression, block->outputs[k].expression)) continue;
            order->expression = NULL;
            order->output = k;
        }
        if (order->expression != NULL && block->is_distinct)
            return qa_bind_fail(binder, QA_SYNTAX, ast->orders[i].expression->position,
                                "behind SELECT DISTINCT, ORDER BY takes what the select list has");
    }
    return QA_OK;
}

static qa_status_t bind_parts(qa_binder_t *binder, const qa_ast_query_t *ast, qa_bind_scope_t *scope,
                              qa_sql_block_t *block, qa_sql_query_t *query)
{
    const qa_ast_block_t *written = ast->block;
    qa_status_t status = QA_OK;
    if (written->from != NULL) status = qa_bind_from(binder, written->from, &block->from, &scope->columns);
    scope->clause = "WHERE";
    if (status == QA_OK && written->where != NULL)
        status = qa_bind_condition(binder, written->where, "WHERE", &block->where);
    scope->clause = NULL;
    if (status == QA_OK) status = bind_outputs(binder, written, block);
    scope->outputs = block->outputs;
    scope->output_count = block->output_count;
    scope->clause = "GROUP BY";
    if (status == QA_OK) status = bind_keys(binder, written, block);
    scope->clause = NULL;
    if (status == QA_OK && written->having != NULL)
        status = qa_bind_condition(binder, written->having, "HAVING", &block->having);
    if (status == QA_OK) status = qa_bind_block_orders(binder, ast, block, query);
    if (status == QA_OK) status = rewrite_grouped(binder, scope, block, query);
    return status == QA_OK ? match_orders(binder, ast, block, query) : status;
}

qa_status_t qa_bind_block(qa_binder_t *binder, const qa_ast_query_t *ast, qa_sql_query_t *query)
{
    qa_bind_scope_t *outer = binder->scope;
    qa_bind_scope_t *scope = NULL;
    qa_sql_block_t *block = qa_arena_take(binder->arena, sizeof(*block));
    if (block == NULL) return qa_bind_no_memory(binder);
    query->block = block;
    qa_status_t status = qa_bind_open_scope(binder, &scope);
    if (status == QA_OK) {
        block->id = scope->block_id;
        block->is_distinct = ast->block->is_distinct;
        block->is_grouped = ast->block->is_grouped;
        status = bind_parts(binder, ast, scope, block, query);
    }
    binder->scope = outer;
    return status == QA_OK ? qa_bind_describe(binder, query) : status;
}
