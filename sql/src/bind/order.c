/* ORDER BY: by position, by the name of an output, or by an expression. An expression that is an output
 * becomes its position, so that the planner orders what it has. */
#include "bind/binder.h"

qa_status_t qa_bind_position(const qa_binder_t *binder, const qa_ast_expression_t *expression,
                             const char *clause, uint16_t output_count, int32_t *output_out)
{
    *output_out = -1;
    if (expression->kind != QA_AST_LITERAL) return QA_OK;
    if (expression->type.kind != QA_SQL_INTEGER && expression->type.kind != QA_SQL_BIGINT) return QA_OK;
    const int64_t position = expression->value.integer;
    if (position < 1 || position > output_count)
        return qa_bind_fail(binder, QA_SYNTAX, expression->position,
                            "%s %lld is no column of the select list, which has %u", clause,
                            (long long)position, output_count);
    *output_out = (int32_t)(position - 1);
    return QA_OK;
}

/* An output by its name; two of one name are the same column, or ambiguous. */
static qa_status_t find_named(const qa_binder_t *binder, const qa_ast_expression_t *expression,
                              const qa_sql_output_t *outputs, const char *const *names, uint16_t count,
                              int32_t *output_out)
{
    *output_out = -1;
    if (expression->kind != QA_AST_NAME || expression->name_count != 1) return QA_OK;
    for (uint16_t i = 0; i < count; i++) {
        if (!qa_bind_is_name(outputs != NULL ? outputs[i].name : names[i], &expression->names[0])) continue;
        const bool is_other =
            *output_out >= 0 &&
            (outputs == NULL || !qa_sql_is_equal(outputs[*output_out].expression, outputs[i].expression));
        if (is_other)
            return qa_bind_fail(binder, QA_COLUMN_AMBIGUOUS, expression->position,
                                "the select list has \"%s\" twice; order by a position, or name them apart",
                                expression->names[0].text);
        if (*output_out < 0) *output_out = i;
    }
    return QA_OK;
}

static qa_status_t take_orders(const qa_binder_t *binder, const qa_ast_query_t *ast, qa_sql_query_t *query)
{
    if (ast->order_count > QA_BIND_KEYS_MAX)
        return qa_bind_fail(binder, QA_LIMIT, ast->position, "ORDER BY has at most %d expressions",
                            QA_BIND_KEYS_MAX);
    query->orders = qa_arena_take(binder->arena, (ast->order_count + 1u) * sizeof(*query->orders));
    if (query->orders == NULL) return qa_bind_no_memory(binder);
    query->order_count = ast->order_count;
    for (uint16_t i = 0; i < ast->order_count; i++) {
        const qa_ast_order_t *order = &ast->orders[i];
        query->orders[i].is_descending = order->is_descending;
        query->orders[i].is_nulls_last = order->nulls == 0 ? order->is_descending : order->nulls > 0;
    }
    return QA_OK;
}

qa_status_t qa_bind_block_orders(qa_binder_t *binder, const qa_ast_query_t *ast, const qa_sql_block_t *block,
                                 qa_sql_query_t *query)
{
    static const qa_sql_type_t text = { .kind = QA_SQL_TEXT,
                                        .length = QA_BIND_TEXT_PARAMETER,
                                        .is_nullable = true };
    qa_status_t status = take_orders(binder, ast, query);
    for (uint16_t i = 0; i < query->order_count && status == QA_OK; i++) {
        const qa_ast_expression_t *written = ast->orders[i].expression;
        qa_sql_order_t *order = &query->orders[i];
        int32_t output = -1;
        status = qa_bind_position(binder, written, "ORDER BY", block->output_count, &output);
        if (status == QA_OK && output < 0)
            status = find_named(binder, written, block->outputs, NULL, block->output_count, &output);
        if (status == QA_OK && output >= 0) {
            order->output = (uint16_t)output;
            continue;
        }
        if (status == QA_OK) status = qa_bind_expression(binder, written, &order->expression);
        if (status == QA_OK && order->expression->type.kind == QA_SQL_NULL)
            status = qa_bind_coerce(binder, order->expression, &text, written->position, &order->expression);
    }
    return status;
}

qa_status_t qa_bind_output_orders(qa_binder_t *binder, const qa_ast_query_t *ast, qa_sql_query_t *query)
{
    qa_status_t status = take_orders(binder, ast, query);
    for (uint16_t i = 0; i < query->order_count && status == QA_OK; i++) {
        const qa_ast_expression_t *written = ast->orders[i].expression;
        int32_t output = -1;
        status = qa_bind_position(binder, written, "ORDER BY", query->column_count, &output);
        if (status == QA_OK && output < 0)
            status = find_named(binder, written, NULL, query->column_names, query->column_count, &output);
        if (status == QA_OK && output < 0)
            return qa_bind_fail(
                binder, QA_SYNTAX, written->position,
                "behind UNION, INTERSECT, EXCEPT and VALUES, ORDER BY takes names or positions of "
                "the result's columns");
        query->orders[i].output = (uint16_t)(output < 0 ? 0 : output);
    }
    return status;
}
