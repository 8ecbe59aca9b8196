/* Query expressions: WITH, set operations, VALUES, LIMIT around the blocks. */
#include <stdio.h>
#include <string.h>

#include "bind/binder.h"

static qa_status_t bind_limit(qa_binder_t *binder, const qa_ast_expression_t *limit, const char *clause,
                              const qa_sql_expression_t **limit_out)
{
    static const qa_sql_type_t count = { .kind = QA_SQL_BIGINT, .is_nullable = true };
    const qa_sql_expression_t *bound = NULL;
    if (limit == NULL) return QA_OK;
    qa_status_t status = qa_bind_constant(binder, limit, clause, &bound);
    if (status != QA_OK) return status;
    const bool is_whole = bound->type.kind == QA_SQL_INTEGER || bound->type.kind == QA_SQL_BIGINT;
    const bool is_open = bound->type.kind == QA_SQL_NULL && bound->node == QA_SQL_PARAMETER;
    if (!is_whole && !is_open)
        return qa_bind_fail(binder, QA_TYPE_CLASH, limit->position, "%s takes a whole number", clause);
    status = qa_bind_coerce(binder, bound, &count, limit->position, limit_out);
    if (status == QA_OK && (*limit_out)->node == QA_SQL_CONSTANT && (*limit_out)->value.kind != QA_SQL_NULL &&
        (*limit_out)->value.integer < 0)
        return qa_bind_fail(binder, QA_SYNTAX, limit->position, "%s takes no negative number", clause);
    return status;
}

/* --- WITH --- */

static qa_status_t bind_cte(qa_binder_t *binder, const qa_ast_query_t *ast, uint16_t index,
                            qa_bind_ctes_t *ctes)
{
    const qa_ast_cte_t *written = &ast->ctes[index];
    qa_sql_cte_t *cte = &ctes->items[index];
    for (uint16_t i = 0; i < index; i++)
        if (qa_bind_is_same_name(ctes->items[i].name, written->name.text))
            return qa_bind_fail(binder, QA_NAMED_TWICE, written->name.position, "WITH defines \"%s\" twice",
                                written->name.text);
    ctes->in_progress = ast->is_recursive ? &written->name : NULL;
    cte->id = binder->next_id++;
    cte->name = written->name.text;
    const qa_status_t status = qa_bind_sub_query(binder, written->query, &cte->query);
    ctes->in_progress = NULL;
    if (status != QA_OK) return status;
    ctes->count++;
    if (written->column_count == 0) return QA_OK;
    if (written->column_count != cte->query->column_count)
        return qa_bind_fail(binder, QA_COLUMN_COUNT, written->name.position,
                            "the list behind %s and its query differ: %u and %u columns", cte->name,
                            written->column_count, cte->query->column_count);
    const char **names = qa_arena_take(binder->arena, written->column_count * sizeof(*names));
    if (names == NULL) return qa_bind_no_memory(binder);
    for (uint16_t i = 0; i < written->column_count; i++)
        names[i] = written->columns[i].text;
    cte->query->column_names = names;
    return QA_OK;
}

static qa_status_t bind_ctes(qa_binder_t *binder, const qa_ast_query_t *ast, qa_bind_ctes_t *ctes,
                             qa_sql_query_t *query)
{
    qa_status_t status = QA_OK;
    ctes->items = qa_arena_take(binder->arena, (ast->cte_count + 1u) * sizeof(*ctes->items));
    if (ctes->items == NULL) return qa_bind_no_memory(binder);
    ctes->owner = query;
    binder->ctes = ctes;
    for (uint16_t i = 0; i < ast->cte_count && status == QA_OK; i++)
        status = bind_cte(binder, ast, i, ctes);
    query->ctes = ctes->items;
    query->cte_count = ctes->count;
    return status;
}

/* --- set operations --- */

static const char *set_words(uint8_t kind)
{
    return kind == QA_SQL_SET_INTERSECT ? "INTERSECT" : kind == QA_SQL_SET_EXCEPT ? "EXCEPT" : "UNION";
}

static qa_status_t match_sides(qa_binder_t *binder, const qa_ast_query_t *ast, qa_sql_query_t *query)
{
    const uint16_t count = query->left->column_count;
    qa_sql_type_t *types = qa_arena_take(binder->arena, (count + 1u) * sizeof(*types));
    if (types == NULL) return qa_bind_no_memory(binder);
    query->column_count = count;
    query->column_names = query->left->column_names;
    query->column_types = types;
    for (uint16_t i = 0; i < count; i++) {
        char first[40], second[40];
        const qa_sql_type_t left = query->left->column_types[i];
        const qa_sql_type_t right = query->right->column_types[i];
        qa_status_t status = QA_OK;
        if (qa_sql_type_common(&left, &right, &types[i]) != QA_OK)
            return qa_bind_fail(
                binder, QA_TYPE_CLASH, ast->position,
                "column %u of the %s (\"%s\") is %s on the left and %s on the right; make them "
                "one type with CAST",
                i + 1u, set_words(query->kind), query->column_names[i], qa_sql_type_name(&left, first),
                qa_sql_type_name(&right, second));
        if (qa_bind_is_open(query->left, i) || qa_bind_is_open(query->right, i))
            types[i] = qa_bind_beside_parameter(&types[i]);
        if (types[i].kind != QA_SQL_NULL) {
            status = qa_bind_recast(binder, &query->left, i, &types[i], ast->position);
            if (status == QA_OK) status = qa_bind_recast(binder, &query->right, i, &types[i], ast->position);
        }
        if (status != QA_OK) return status;
        types[i].is_nullable = left.is_nullable || (right.is_nullable && query->kind != QA_SQL_SET_EXCEPT);
    }
    return QA_OK;
}

static qa_status_t bind_set(qa_binder_t *binder, const qa_ast_query_t *ast, qa_sql_query_t *query)
{
    qa_status_t status = qa_bind_query(binder, ast->left, NULL, 0, &query->left);
    if (status == QA_OK) status = qa_bind_query(binder, ast->right, NULL, 0, &query->right);
    if (status != QA_OK) return status;
    if (query->left->column_count != query->right->column_count)
        return qa_bind_fail(binder, QA_COLUMN_COUNT, ast->position,
                            "the %s has %u columns on the left and %u on the right", set_words(query->kind),
                            query->left->column_count, query->right->column_count);
    status = match_sides(binder, ast, query);
    return status == QA_OK ? qa_bind_output_orders(binder, ast, query) : status;
}

/* --- VALUES --- */

static qa_status_t bind_row(qa_binder_t *binder, const qa_ast_query_t *ast, uint32_t row,
                            const qa_sql_shape_column_t *const *wanted, const qa_sql_expression_t **bound)
{
    static const qa_sql_value_t null_value = { .kind = QA_SQL_NULL };
    static const qa_sql_type_t null_type = { .kind = QA_SQL_NULL, .is_nullable = true };
    qa_status_t status = QA_OK;
    for (uint16_t i = 0; i < ast->row_width && status == QA_OK; i++) {
        const qa_ast_expression_t *written = ast->rows[row][i];
        if (written == NULL) { /* DEFAULT */
            bound[i] = qa_sql_make_constant(binder->arena, &null_value, &null_type);
            if (bound[i] == NULL) return qa_bind_no_memory(binder);
        } else {
            status = qa_bind_expression(binder, written, &bound[i]);
        }
        const uint32_t position = written == NULL ? ast->position : written->position;
        if (status == QA_OK && wanted != NULL)
            status = qa_bind_assign(binder, bound[i], wanted[i], position, &bound[i]);
    }
    return status;
}

/* Each column becomes the type that all its values fit. */
static qa_status_t match_rows(qa_binder_t *binder, const qa_ast_query_t *ast, qa_sql_query_t *query,
                              qa_sql_type_t *types)
{
    char first[40], second[40];
    for (uint16_t i = 0; i < query->column_count; i++) {
        bool is_nullable = false, is_open = false;
        for (uint32_t row = 0; row < query->row_count; row++) {
            const qa_sql_expression_t *value = query->rows[row][i];
            const qa_sql_type_t before = types[i];
            is_nullable = is_nullable || value->type.is_nullable || value->type.kind == QA_SQL_NULL;
            is_open = is_open || (value->type.kind == QA_SQL_NULL && value->node == QA_SQL_PARAMETER);
            if (qa_sql_type_common(&before, &value->type, &types[i]) != QA_OK)
                return qa_bind_fail(
                    binder, QA_TYPE_CLASH, value->position,
                    "column %u of VALUES is %s before and %s here; make them one type with CAST", i + 1u,
                    qa_sql_type_name(&before, first), qa_sql_type_name(&value->type, second));
        }
        if (is_open) types[i] = qa_bind_beside_parameter(&types[i]);
        for (uint32_t row = 0; row < query->row_count && types[i].kind != QA_SQL_NULL; row++) {
            const qa_sql_expression_t **value = &query->rows[row][i];
            const qa_status_t status = qa_bind_coerce(binder, *value, &types[i], ast->position, value);
            if (status != QA_OK) return status;
        }
        types[i].is_nullable = is_nullable;
    }
    return QA_OK;
}

static qa_status_t bind_rows(qa_binder_t *binder, const qa_ast_query_t *ast,
                             const qa_sql_shape_column_t *const *wanted, qa_sql_query_t *query)
{
    const uint16_t width = ast->row_width;
    if (width > QA_BIND_COLUMNS_MAX)
        return qa_bind_fail(binder, QA_LIMIT, ast->position, "a query has at most %d columns",
                            QA_BIND_COLUMNS_MAX);
    query->rows = qa_arena_take(binder->arena, (ast->row_count + (size_t)1) * sizeof(*query->rows));
    const char **names = qa_arena_take(binder->arena, (width + 1u) * sizeof(*names));
    qa_sql_type_t *types = qa_arena_take(binder->arena, (width + 1u) * sizeof(*types));
    if (query->rows == NULL || names == NULL || types == NULL) return qa_bind_no_memory(binder);
    query->column_count = width;
    query->column_names = names;
    query->column_types = types;
    for (uint16_t i = 0; i < width; i++) {
        char name[24];
        snprintf(name, sizeof(name), "column%u", i + 1u);
        names[i] = wanted != NULL ? wanted[i]->name : qa_arena_text(binder->arena, name, strlen(name));
        if (names[i] == NULL) return qa_bind_no_memory(binder);
        if (wanted == NULL) continue;
        const bool is_decimal = wanted[i]->type.kind == QA_SQL_DECIMAL;
        types[i] = is_decimal ? qa_bind_stored_type(wanted[i]) : wanted[i]->type;
    }
    for (uint32_t row = 0; row < ast->row_count; row++) {
        query->rows[row] = qa_arena_take(binder->arena, width * sizeof(**query->rows));
        if (query->rows[row] == NULL) return qa_bind_no_memory(binder);
        query->row_count = row + 1;
        const qa_status_t status = bind_row(binder, ast, row, wanted, query->rows[row]);
        if (status != QA_OK) return status;
    }
    return wanted == NULL ? match_rows(binder, ast, query, types) : QA_OK;
}

static qa_status_t bind_values(qa_binder_t *binder, const qa_ast_query_t *ast,
                               const qa_sql_shape_column_t *const *wanted, uint16_t wanted_count,
                               qa_sql_query_t *query)
{
    qa_bind_scope_t *outer = binder->scope;
    qa_bind_scope_t *scope = NULL;
    if (wanted != NULL && wanted_count != ast->row_width)
        return qa_bind_fail(binder, QA_COLUMN_COUNT, ast->position, "the row has %u values for %u columns",
                            ast->row_width, wanted_count);
    /* A scope of its own, in which an aggregate is refused. */
    qa_status_t status = qa_bind_open_scope(binder, &scope);
    if (status == QA_OK) {
        scope->clause = "VALUES";
        status = bind_rows(binder, ast, wanted, query);
    }
    binder->scope = outer;
    return status == QA_OK ? qa_bind_output_orders(binder, ast, query) : status;
}

/* --- the whole --- */

static qa_status_t bind_body(qa_binder_t *binder, const qa_ast_query_t *ast,
                             const qa_sql_shape_column_t *const *wanted, uint16_t wanted_count,
                             qa_sql_query_t *query)
{
    if (ast->kind != QA_SQL_SET_BLOCK) return bind_set(binder, ast, query);
    if (ast->block != NULL) return qa_bind_block(binder, ast, query);
    return bind_values(binder, ast, wanted, wanted_count, query);
}

qa_status_t qa_bind_query(qa_binder_t *binder, const qa_ast_query_t *ast,
                          const qa_sql_shape_column_t *const *wanted, uint16_t wanted_count,
                          qa_sql_query_t **query_out)
{
    qa_sql_query_t *query = qa_arena_take(binder->arena, sizeof(*query));
    if (query == NULL) return qa_bind_no_memory(binder);
    qa_bind_ctes_t ctes = { .outer = binder->ctes };
    qa_bind_frame_t frame = { .outer = binder->frame,
                              .query = query,
                              .depth = binder->scope == NULL ? 0 : binder->scope->depth };
    query->kind = ast->kind;
    *query_out = query;
    qa_status_t status = qa_bind_enter(binder, ast->position);
    binder->frame = &frame;
    if (status == QA_OK && ast->cte_count > 0) status = bind_ctes(binder, ast, &ctes, query);
    if (status == QA_OK) status = bind_body(binder, ast, wanted, wanted_count, query);
    if (status == QA_OK) status = bind_limit(binder, ast->limit, "LIMIT", &query->limit);
    if (status == QA_OK) status = bind_limit(binder, ast->offset, "OFFSET", &query->offset);
    binder->ctes = ctes.outer;
    binder->frame = frame.outer;
    qa_bind_leave(binder);
    return status;
}

qa_status_t qa_bind_sub_query(qa_binder_t *binder, const qa_ast_query_t *ast, qa_sql_query_t **query_out)
{
    const qa_status_t status = qa_bind_query(binder, ast, NULL, 0, query_out);
    return status == QA_OK ? qa_bind_settle(binder, query_out, ast->position) : status;
}
