/* Flattening: a derived table that only projects and filters is read as its tables, its filter as a part of
 * the block's own. BI tools wrap every query that way. It must never flatten what an outer join fills up with
 * NULLs, or what is ordered, limited, grouped or made distinct. */
#include "base/error.h"
#include "plan/plan.h"

#include <string.h>

typedef struct flatten {
    qa_arena_t *arena;
    uint32_t relation; /* the derived table that goes away */
    const qa_sql_block_t *inner;
    bool is_out_of_memory;
} flatten_t;

static void substitute_query(flatten_t *flatten, qa_sql_query_t *query);

/* A copy with the derived table's columns replaced by what they stand for; the same node if there are none.
 */
static const qa_sql_expression_t *substitute(flatten_t *flatten, const qa_sql_expression_t *expression)
{
    if (expression == NULL || flatten->is_out_of_memory) return expression;
    if (expression->node == QA_SQL_COLUMN)
        return expression->relation == flatten->relation
                   ? flatten->inner->outputs[expression->index].expression
                   : expression;
    /* Sub-queries belong to this statement's arena alone: they are changed in place. */
    if (expression->query != NULL) substitute_query(flatten, (qa_sql_query_t *)expression->query);
    qa_sql_expression_t *copy = NULL;
    for (uint16_t a = 0; a < expression->argument_count; a++) {
        const qa_sql_expression_t *argument = substitute(flatten, expression->arguments[a]);
        if (argument == expression->arguments[a]) continue;
        if (copy == NULL) {
            copy = qa_sql_make_node(flatten->arena, expression->node, expression->argument_count);
            if (copy == NULL) {
                flatten->is_out_of_memory = true;
                return expression;
            }
            const qa_sql_expression_t **arguments = copy->arguments;
            *copy = *expression;
            copy->arguments = arguments;
            memcpy(arguments, expression->arguments,
                   expression->argument_count * sizeof(const qa_sql_expression_t *));
        }
        copy->arguments[a] = argument;
    }
    return copy == NULL ? expression : copy;
}

static void substitute_from(flatten_t *flatten, qa_sql_from_t *from)
{
    if (from == NULL) return;
    if (from->relation != NULL) {
        /* A CTE is visited where it stands, once, however often it is read. */
        if (from->relation->source == QA_SQL_FROM_QUERY) substitute_query(flatten, from->relation->query);
        return;
    }
    from->condition = substitute(flatten, from->condition);
    substitute_from(flatten, from->left);
    substitute_from(flatten, from->right);
}

static void substitute_block(flatten_t *flatten, qa_sql_block_t *block)
{
    substitute_from(flatten, block->from);
    block->where = substitute(flatten, block->where);
    for (uint16_t k = 0; k < block->key_count; k++)
        block->keys[k] = substitute(flatten, block->keys[k]);
    for (uint16_t a = 0; a < block->aggregate_count; a++)
        block->aggregates[a].argument = substitute(flatten, block->aggregates[a].argument);
    block->having = substitute(flatten, block->having);
    for (uint16_t o = 0; o < block->output_count; o++)
        block->outputs[o].expression = substitute(flatten, block->outputs[o].expression);
}

static void substitute_query(flatten_t *flatten, qa_sql_query_t *query)
{
    for (uint16_t c = 0; c < query->cte_count; c++)
        substitute_query(flatten, query->ctes[c].query);
    if (query->left != NULL) substitute_query(flatten, query->left);
    if (query->right != NULL) substitute_query(flatten, query->right);
    if (query->block != NULL) substitute_block(flatten, query->block);
    for (uint16_t o = 0; o < query->order_count; o++)
        query->orders[o].expression = substitute(flatten, query->orders[o].expression);
}

static bool is_plain(const qa_sql_query_t *query)
{
    return query->kind == QA_SQL_SET_BLOCK && query->block != NULL && query->cte_count == 0 &&
           query->order_count == 0 && query->limit == NULL && query->offset == NULL &&
           !query->is_correlated && !query->block->is_grouped && !query->block->is_distinct &&
           query->block->from != NULL;
}

static const qa_sql_expression_t *both(flatten_t *flatten, const qa_sql_expression_t *a,
                                       const qa_sql_expression_t *b)
{
    const qa_sql_expression_t *arguments[2] = { a, b };
    const qa_sql_expression_t *call = NULL;
    qa_error_t error = { 0 };
    if (a == NULL || b == NULL) return a == NULL ? b : a;
    if (qa_sql_make_call(flatten->arena, "AND", 3, arguments, 2, NULL, 0, &call, &error) != QA_OK)
        flatten->is_out_of_memory = true;
    return call;
}

/* Merges the derived tables that stand below inner joins only. `query` is the one whose orders may name them.
 */
static void flatten_from(flatten_t *flatten, qa_sql_query_t *query, qa_sql_from_t *from)
{
    if (from == NULL || flatten->is_out_of_memory) return;
    if (from->relation == NULL) {
        if (from->join != QA_SQL_JOIN_CROSS && from->join != QA_SQL_JOIN_INNER) return;
        flatten_from(flatten, query, from->left);
        flatten_from(flatten, query, from->right);
        return;
    }
    const qa_sql_relation_t *relation = from->relation;
    if (relation->source != QA_SQL_FROM_QUERY || !is_plain(relation->query)) return;
    flatten->relation = relation->id;
    flatten->inner = relation->query->block;
    *from = *flatten->inner->from;
    substitute_query(flatten, query);
    query->block->where = both(flatten, query->block->where, flatten->inner->where);
}

static void flatten_query(flatten_t *flatten, qa_sql_query_t *query);

static void flatten_below(flatten_t *flatten, const qa_sql_from_t *from)
{
    if (from == NULL) return;
    if (from->relation == NULL) {
        flatten_below(flatten, from->left);
        flatten_below(flatten, from->right);
    } else if (from->relation->query != NULL && from->relation->source == QA_SQL_FROM_QUERY) {
        flatten_query(flatten, from->relation->query);
    }
}

static bool flatten_sub_query(void *context, const qa_sql_expression_t *node)
{
    if (node->query != NULL) flatten_query(context, (qa_sql_query_t *)node->query);
    return true;
}

static void flatten_in(flatten_t *flatten, const qa_sql_expression_t *expression)
{
    if (expression != NULL) qa_sql_walk(expression, flatten_sub_query, flatten);
}

/* A CTE that is read once is a derived table. */
static void inline_ctes(qa_sql_query_t *scope, const qa_sql_from_t *from)
{
    if (from == NULL) return;
    if (from->relation == NULL) {
        inline_ctes(scope, from->left);
        inline_ctes(scope, from->right);
        return;
    }
    if (from->relation->source != QA_SQL_FROM_CTE) return;
    for (uint16_t c = 0; c < scope->cte_count; c++) {
        qa_sql_cte_t *cte = &scope->ctes[c];
        if (cte->id != from->relation->cte || cte->use_count != 1) continue;
        from->relation->source = QA_SQL_FROM_QUERY;
        from->relation->query = cte->query;
        cte->use_count = 0;
    }
}

/* From the inside to the outside, so that nests of any depth become one block. */
static void flatten_query(flatten_t *flatten, qa_sql_query_t *query)
{
    for (uint16_t c = 0; c < query->cte_count; c++)
        flatten_query(flatten, query->ctes[c].query);
    if (query->left != NULL) flatten_query(flatten, query->left);
    if (query->right != NULL) flatten_query(flatten, query->right);
    qa_sql_block_t *block = query->block;
    if (block == NULL) return;
    inline_ctes(query, block->from);
    flatten_below(flatten, block->from);
    flatten_in(flatten, block->where);
    flatten_in(flatten, block->having);
    for (uint16_t o = 0; o < block->output_count; o++)
        flatten_in(flatten, block->outputs[o].expression);
    flatten_from(flatten, query, block->from);
}

qa_status_t qa_sql_flatten(qa_sql_query_t *query, qa_arena_t *arena, qa_error_t *error)
{
    flatten_t flatten = { .arena = arena };
    flatten_query(&flatten, query);
    return flatten.is_out_of_memory ? qa_fail_memory(error, "a plan") : QA_OK;
}
