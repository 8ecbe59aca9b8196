/* Types that come from around: an expression, or a column of a query, takes the type that is asked of it.
 * Casts go into the outputs of a query where nothing within it looks at them, else around it. */
#include <string.h>

#include "bind/binder.h"
#include "qa/text.h"

qa_status_t qa_bind_coerce(qa_binder_t *binder, const qa_sql_expression_t *expression,
                           const qa_sql_type_t *type, uint32_t position,
                           const qa_sql_expression_t **expression_out)
{
    const qa_status_t status = qa_sql_make_typed(binder->arena, expression, type, binder->parameter_types,
                                                 expression_out, binder->error);
    return qa_bind_placed(binder, status, position);
}

qa_sql_type_t qa_bind_beside_parameter(const qa_sql_type_t *type)
{
    qa_sql_type_t wide = *type;
    if (type->kind == QA_SQL_INTEGER) wide.kind = QA_SQL_BIGINT;
    if (type->kind == QA_SQL_DECIMAL) wide.precision = QA_SQL_PRECISION_MAX;
    /* Length 0 is no limit, which is the longest. */
    if (type->kind == QA_SQL_TEXT && type->length > 0 && type->length < QA_BIND_TEXT_PARAMETER)
        wide.length = QA_BIND_TEXT_PARAMETER;
    return wide;
}

bool qa_bind_is_open(const qa_sql_query_t *query, uint16_t column)
{
    if (query->column_types[column].kind != QA_SQL_NULL) return false;
    if (query->left != NULL)
        return qa_bind_is_open(query->left, column) ||
               (query->right != NULL && qa_bind_is_open(query->right, column));
    if (query->block != NULL) return query->block->outputs[column].expression->node == QA_SQL_PARAMETER;
    for (uint32_t i = 0; i < query->row_count; i++)
        if (query->rows[i][column]->node == QA_SQL_PARAMETER) return true;
    return false;
}

/* --- storing into a column --- */

qa_status_t qa_bind_assign_check(const qa_binder_t *binder, const qa_sql_type_t *type, bool is_constant,
                                 const qa_sql_shape_column_t *column, uint32_t position)
{
    char first[40], second[40];
    qa_sql_type_t common;
    const bool is_read = is_constant && type->kind == QA_SQL_TEXT; /* '2026-01-31' for a date */
    if (is_read || qa_sql_type_common(type, &column->type, &common) == QA_OK) return QA_OK;
    return qa_bind_fail(binder, QA_TYPE_CLASH, position, "\"%s\" is %s and takes no %s; write a CAST",
                        column->name, qa_sql_type_name(&column->type, first), qa_sql_type_name(type, second));
}

qa_sql_type_t qa_bind_stored_type(const qa_sql_shape_column_t *column)
{
    qa_sql_type_t type = column->type;
    if (type.is_name && type.length > 0 && type.length < QA_NAME_UNITS_MAX) type.length = QA_NAME_UNITS_MAX;
    /* Amounts keep their decimals up to the cell: whoever stores them rounds and counts what was rounded. */
    if (column->role == QA_SQL_ROLE_VALUE && type.kind == QA_SQL_DECIMAL) {
        type.precision = QA_SQL_PRECISION_MAX;
        type.scale = QA_SQL_SCALE_MAX;
    }
    return type;
}

qa_status_t qa_bind_assign(qa_binder_t *binder, const qa_sql_expression_t *expression,
                           const qa_sql_shape_column_t *column, uint32_t position,
                           const qa_sql_expression_t **expression_out)
{
    const bool is_constant = expression->node == QA_SQL_CONSTANT;
    const qa_sql_type_t type = qa_bind_stored_type(column);
    const qa_status_t status = qa_bind_assign_check(binder, &expression->type, is_constant, column, position);
    if (status != QA_OK) return status;

    if (expression->type.kind != QA_SQL_TEXT || column->type.kind != QA_SQL_TEXT)
        return qa_bind_coerce(binder, expression, &type, position, expression_out);
    /* A cast would cut the text; whoever stores it refuses it when it is too long. */
    *expression_out = expression;
    if (!is_constant || expression->value.kind == QA_SQL_NULL) return QA_OK;
    const size_t units = qa_utf16_units(expression->value.text, expression->value.bytes);
    if (units <= type.length || type.length == 0) return QA_OK;
    return qa_bind_fail(binder, QA_TEXT_TOO_LONG, position, "\"%s\" takes %u characters, the text has %zu",
                        column->name, type.length, units);
}

/* --- columns of queries --- */

/* The arrays that describe a query are the binder's own. */
static void set_column_type(qa_sql_query_t *query, uint16_t column, const qa_sql_type_t *type)
{
    qa_sql_type_t *types = (qa_sql_type_t *)query->column_types;
    const bool is_nullable = types[column].is_nullable;
    types[column] = *type;
    types[column].is_nullable = is_nullable;
}

/* A query that selects all columns of this one. */
static qa_status_t wrap(qa_binder_t *binder, qa_sql_query_t **query, uint32_t position)
{
    const uint16_t count = (*query)->column_count;
    qa_sql_type_t *types = NULL;
    qa_sql_query_t *outer = qa_arena_take(binder->arena, sizeof(*outer));
    qa_sql_block_t *block = qa_arena_take(binder->arena, sizeof(*block));
    qa_sql_from_t *from = qa_arena_take(binder->arena, sizeof(*from));
    qa_sql_output_t *outputs = qa_arena_take(binder->arena, (count + 1u) * sizeof(*outputs));
    if (outer == NULL || block == NULL || from == NULL || outputs == NULL) return qa_bind_no_memory(binder);
    qa_status_t status =
        qa_bind_query_relation(binder, *query, "", NULL, 0, position, &from->relation, &types);
    for (uint16_t i = 0; i < count && status == QA_OK; i++) {
        outputs[i].name = (*query)->column_names[i];
        status = qa_bind_relation_column(binder, from->relation, i, position, &outputs[i].expression);
    }
    block->id = binder->next_id++;
    block->from = from;
    block->outputs = outputs;
    block->output_count = count;
    outer->block = block;
    outer->is_correlated = (*query)->is_correlated;
    if (status == QA_OK) status = qa_bind_describe(binder, outer);
    *query = outer;
    return status;
}

/* Whether rows are compared, ordered or counted behind the outputs, so that a cast among them changes which
 * rows there are. */
static bool looks_at_outputs(const qa_sql_query_t *query)
{
    const bool is_set = query->kind != QA_SQL_SET_BLOCK && query->kind != QA_SQL_SET_UNION_ALL;
    const bool is_distinct = query->block != NULL && query->block->is_distinct;
    return is_set || is_distinct || query->order_count > 0;
}

qa_status_t qa_bind_recast(qa_binder_t *binder, qa_sql_query_t **query, uint16_t column,
                           const qa_sql_type_t *type, uint32_t position)
{
    qa_status_t status = QA_OK;
    const qa_sql_type_t *before = &(*query)->column_types[column];
    if (before->kind != QA_SQL_NULL && qa_sql_type_is_same(before, type)) {
        if (type->kind == QA_SQL_TEXT) set_column_type(*query, column, type);
        return QA_OK;
    }
    if (before->kind != QA_SQL_NULL && looks_at_outputs(*query)) status = wrap(binder, query, position);
    qa_sql_query_t *plain = *query;
    if (status == QA_OK && plain->left != NULL) {
        status = qa_bind_recast(binder, &plain->left, column, type, position);
        if (status == QA_OK && plain->right != NULL)
            status = qa_bind_recast(binder, &plain->right, column, type, position);
    } else if (status == QA_OK && plain->block != NULL) {
        const qa_sql_expression_t **output = &plain->block->outputs[column].expression;
        status = qa_bind_coerce(binder, *output, type, position, output);
    } else {
        for (uint32_t i = 0; i < plain->row_count && status == QA_OK; i++)
            status = qa_bind_coerce(binder, plain->rows[i][column], type, position, &plain->rows[i][column]);
    }
    if (status == QA_OK) set_column_type(plain, column, type);
    return status;
}

qa_status_t qa_bind_settle(qa_binder_t *binder, qa_sql_query_t **query, uint32_t position)
{
    qa_status_t status = QA_OK;
    for (uint16_t i = 0; i < (*query)->column_count && status == QA_OK; i++) {
        if ((*query)->column_types[i].kind != QA_SQL_NULL) continue;
        const qa_sql_type_t text = { .kind = QA_SQL_TEXT,
                                     .length = qa_bind_is_open(*query, i) ? QA_BIND_TEXT_PARAMETER : 1,
                                     .is_nullable = true };
        status = qa_bind_recast(binder, query, i, &text, position);
    }
    return status;
}
