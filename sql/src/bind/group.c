/* Aggregates and the rule of GROUP BY: aggregates are pulled out of the expressions as they are met; then
 * every expression of a grouped block is rewritten, from the top, over the block's keys. What is left of its
 * columns stands in neither, and is refused by name. */
#include <string.h>

#include "bind/binder.h"

static const struct {
    const char *name;
    qa_sql_aggregate_kind_t kind;
} aggregate_names[] = { { "COUNT", QA_SQL_COUNT },
                        { "SUM", QA_SQL_SUM },
                        { "AVG", QA_SQL_AVERAGE },
                        { "MIN", QA_SQL_MIN },
                        { "MAX", QA_SQL_MAX } };
enum { AGGREGATE_NAME_COUNT = sizeof(aggregate_names) / sizeof(aggregate_names[0]) };

static int find_aggregate(const char *name, uint32_t bytes)
{
    for (int i = 0; i < AGGREGATE_NAME_COUNT; i++)
        if (strlen(aggregate_names[i].name) == bytes && memcmp(aggregate_names[i].name, name, bytes) == 0)
            return i;
    return -1;
}

bool qa_bind_is_aggregate(const char *name, uint32_t bytes)
{
    return find_aggregate(name, bytes) >= 0;
}

/* --- types --- */

static uint8_t average_scale(uint8_t scale)
{
    return (uint8_t)(scale + 6 < QA_SQL_SCALE_MAX ? scale + 6 : QA_SQL_SCALE_MAX);
}

static qa_status_t sum_type(const qa_binder_t *binder, const qa_ast_expression_t *call, bool is_average,
                            const qa_sql_type_t *argument, qa_sql_type_t *type_out)
{
    char name[40];
    switch (argument->kind) {
    case QA_SQL_INTEGER:
    case QA_SQL_BIGINT:
        *type_out = (qa_sql_type_t){ .kind = QA_SQL_DECIMAL,
                                     .precision = QA_SQL_PRECISION_MAX,
                                     .scale = is_average ? 6 : 0 };
        return QA_OK;
    case QA_SQL_DECIMAL:
        *type_out = (qa_sql_type_t){ .kind = QA_SQL_DECIMAL,
                                     .precision = QA_SQL_PRECISION_MAX,
                                     .scale = is_average ? average_scale(argument->scale) : argument->scale };
        return QA_OK;
    case QA_SQL_DOUBLE:
        *type_out = (qa_sql_type_t){ .kind = QA_SQL_DOUBLE };
        return QA_OK;
    default:
        return qa_bind_fail(binder, QA_TYPE_CLASH, call->position, "%s takes numbers, not %s", call->text,
                            qa_sql_type_name(argument, name));
    }
}

static qa_status_t aggregate_type(const qa_binder_t *binder, const qa_ast_expression_t *call,
                                  qa_sql_aggregate_t *aggregate)
{
    qa_status_t status = QA_OK;
    switch ((qa_sql_aggregate_kind_t)aggregate->kind) {
    case QA_SQL_COUNT_ROWS:
    case QA_SQL_COUNT:
        aggregate->type = (qa_sql_type_t){ .kind = QA_SQL_BIGINT };
        return QA_OK;
    case QA_SQL_SUM:
    case QA_SQL_AVERAGE:
        status = sum_type(binder, call, aggregate->kind == QA_SQL_AVERAGE, &aggregate->argument->type,
                          &aggregate->type);
        break;
    case QA_SQL_MIN:
    case QA_SQL_MAX:
        aggregate->type = aggregate->argument->type;
        aggregate->is_distinct = false; /* the same value either way */
        break;
    }
    aggregate->type.is_nullable = true; /* of no rows */
    return status;
}

/* --- the argument --- */

typedef struct probe {
    const qa_bind_scope_t *scope;
    bool has_own, has_outer, has_aggregate;
} probe_t;

static bool is_own(const qa_bind_scope_t *scope, uint32_t relation)
{
    for (uint32_t i = 0; i < scope->relation_count; i++)
        if (scope->relations[i].relation->id == relation) return true;
    return false;
}

static bool probe_node(void *context, const qa_sql_expression_t *node)
{
    probe_t *probe = context;
    if (node->node == QA_SQL_COLUMN) {
        if (is_own(probe->scope, node->relation))
            probe->has_own = true;
        else
            probe->has_outer = true;
    }
    if (node->node == QA_SQL_AGGREGATE && node->relation == probe->scope->block_id)
        probe->has_aggregate = true;
    return true;
}

static qa_status_t bind_argument(qa_binder_t *binder, const qa_ast_expression_t *call,
                                 qa_sql_aggregate_t *aggregate)
{
    static const qa_sql_type_t number = { .kind = QA_SQL_DOUBLE, .is_nullable = true };
    static const qa_sql_type_t text = { .kind = QA_SQL_TEXT,
                                        .length = QA_BIND_TEXT_PARAMETER,
                                        .is_nullable = true };
    qa_bind_scope_t *scope = binder->scope;
    const qa_sql_expression_t *argument = NULL;
    scope->is_in_aggregate = true;
    qa_status_t status = qa_bind_expression(binder, call->arguments[0], &argument);
    scope->is_in_aggregate = false;
    if (status != QA_OK) return status;
    if (argument->type.kind == QA_SQL_NULL) {
        const bool is_number = aggregate->kind == QA_SQL_SUM || aggregate->kind == QA_SQL_AVERAGE;
        status = qa_bind_coerce(binder, argument, is_number ? &number : &text, call->position, &argument);
        if (status != QA_OK) return status;
    }
    /* COUNT(1), as some programs write it, is COUNT(*). */
    const bool is_certain = argument->node == QA_SQL_CONSTANT && argument->value.kind != QA_SQL_NULL;
    if (aggregate->kind == QA_SQL_COUNT && !aggregate->is_distinct && is_certain) {
        aggregate->kind = QA_SQL_COUNT_ROWS;
        return QA_OK;
    }
    aggregate->argument = argument;
    probe_t probe = { .scope = scope };
    qa_sql_walk(argument, probe_node, &probe);
    if (probe.has_aggregate) /* by the name of an output */
        return qa_bind_fail(binder, QA_GROUPING, call->position, "an aggregate has none in its argument");
    if (probe.has_outer && !probe.has_own)
        return qa_bind_fail(
            binder, QA_NOT_YET, call->position,
            "%s over columns of the outer query is not built yet; compute it there and compare", call->text);
    return QA_OK;
}

static qa_status_t add_aggregate(qa_binder_t *binder, const qa_sql_aggregate_t *aggregate,
                                 uint32_t *index_out)
{
    qa_bind_scope_t *scope = binder->scope;
    for (uint32_t i = 0; i < scope->aggregate_count; i++) {
        const qa_sql_aggregate_t *other = &scope->aggregates[i];
        const bool is_equal =
            other->kind == aggregate->kind && other->is_distinct == aggregate->is_distinct &&
            (aggregate->argument == NULL || qa_sql_is_equal(other->argument, aggregate->argument));
        if (is_equal) {
            *index_out = i;
            return QA_OK;
        }
    }
    if (scope->aggregate_count == QA_BIND_COLUMNS_MAX)
        return qa_fail(binder->error, QA_LIMIT, "a SELECT has at most %d different aggregates",
                       QA_BIND_COLUMNS_MAX);
    void *items = scope->aggregates;
    const qa_status_t status = qa_bind_grow(binder, &items, &scope->aggregate_capacity,
                                            scope->aggregate_count, sizeof(*scope->aggregates));
    if (status != QA_OK) return status;
    scope->aggregates = items;
    scope->aggregates[scope->aggregate_count] = *aggregate;
    *index_out = scope->aggregate_count++;
    return QA_OK;
}

/* Whether an aggregate may stand here, and has one argument. */
static qa_status_t check_call(const qa_binder_t *binder, const qa_ast_expression_t *call)
{
    const qa_bind_scope_t *scope = binder->scope;
    if (scope == NULL || scope->clause != NULL)
        return qa_bind_fail(binder, QA_GROUPING, call->position,
                            "%s has no place in %s: rows are not grouped yet; use HAVING, or a sub-query",
                            call->text, scope == NULL ? "a constant" : scope->clause);
    if (scope->is_in_aggregate)
        return qa_bind_fail(binder, QA_GROUPING, call->position,
                            "%s stands within another aggregate; compute the inner one in a derived table",
                            call->text);
    if (call->argument_count != 1)
        return qa_bind_fail(binder, QA_COLUMN_COUNT, call->position, "%s takes one argument, not %u",
                            call->text, call->argument_count);
    return QA_OK;
}

qa_status_t qa_bind_aggregate(qa_binder_t *binder, const qa_ast_expression_t *call,
                              const qa_sql_expression_t **expression_out)
{
    qa_sql_aggregate_t aggregate = { .is_distinct = call->is_distinct };
    uint32_t index = 0;
    qa_status_t status = check_call(binder, call);
    if (status != QA_OK) return status;
    aggregate.kind = (uint8_t)aggregate_names[find_aggregate(call->text, call->text_bytes)].kind;
    if (call->arguments[0]->kind == QA_AST_STAR) {
        if (aggregate.kind != QA_SQL_COUNT || call->is_distinct || call->arguments[0]->name_count > 0)
            return qa_bind_fail(binder, QA_SYNTAX, call->arguments[0]->position,
                                "* stands only in COUNT(*); name a column");
        aggregate.kind = QA_SQL_COUNT_ROWS;
    } else {
        status = bind_argument(binder, call, &aggregate);
    }
    if (status == QA_OK) status = aggregate_type(binder, call, &aggregate);
    if (status == QA_OK) status = add_aggregate(binder, &aggregate, &index);
    if (status != QA_OK) return status;
    qa_sql_expression_t *node = qa_sql_make_node(binder->arena, QA_SQL_AGGREGATE, 0);
    if (node == NULL) return qa_bind_no_memory(binder);
    node->relation = binder->scope->block_id;
    node->index = index;
    node->position = call->position;
    node->type = aggregate.type;
    *expression_out = node;
    return QA_OK;
}

static bool is_not_aggregate(void *context, const qa_sql_expression_t *node)
{
    const uint32_t *block_id = context;
    return node->node != QA_SQL_AGGREGATE || node->relation != *block_id;
}

bool qa_bind_has_aggregate(const qa_sql_expression_t *expression, uint32_t block_id)
{
    return !qa_sql_walk(expression, is_not_aggregate, &block_id);
}

/* --- over keys --- */

typedef struct rewrite {
    qa_binder_t *binder;
    const qa_bind_scope_t *scope;
    const qa_sql_block_t *block;
} rewrite_t;

static qa_status_t rewrite_query(const rewrite_t *rewrite, qa_sql_query_t *query);

static qa_status_t fail_ungrouped(const rewrite_t *rewrite, const qa_sql_expression_t *column)
{
    const qa_binder_t *binder = rewrite->binder;
    for (uint32_t i = 0; i < binder->relation_count; i++) {
        const qa_sql_relation_t *relation = binder->relations[i];
        if (relation->id != column->relation) continue;
        const char *name = relation->column_names[column->index];
        return qa_bind_fail(
            binder, QA_GROUPING, column->position,
            "%s.%s stands neither in GROUP BY nor in an aggregate; add it to GROUP BY, or take "
            "MIN(%s)",
            relation->alias, name, name);
    }
    return qa_bind_fail(binder, QA_GROUPING, column->position,
                        "a column stands neither in GROUP BY nor in an aggregate");
}

static qa_status_t make_key(const rewrite_t *rewrite, uint16_t index, uint32_t position,
                            const qa_sql_expression_t **key_out)
{
    qa_sql_expression_t *node = qa_sql_make_node(rewrite->binder->arena, QA_SQL_KEY, 0);
    if (node == NULL) return qa_bind_no_memory(rewrite->binder);
    node->relation = rewrite->block->id;
    node->index = index;
    node->position = position;
    node->type = rewrite->block->keys[index]->type;
    *key_out = node;
    return QA_OK;
}

static qa_status_t rewrite_expression(const rewrite_t *rewrite, const qa_sql_expression_t **expression)
{
    const qa_sql_expression_t *node = *expression;
    const qa_sql_expression_t **arguments = NULL;
    if (node == NULL) return QA_OK;
    for (uint16_t i = 0; i < rewrite->block->key_count; i++)
        if (qa_sql_is_equal(node, rewrite->block->keys[i]))
            return make_key(rewrite, i, node->position, expression);
    if (node->node == QA_SQL_COLUMN && is_own(rewrite->scope, node->relation))
        return fail_ungrouped(rewrite, node);
    qa_status_t status = QA_OK;
    /* A sub-query keeps its place: only the expressions within it change. The binder itself made it. */
    if (node->query != NULL) status = rewrite_query(rewrite, (qa_sql_query_t *)node->query);
    for (uint16_t i = 0; i < node->argument_count && status == QA_OK; i++) {
        const qa_sql_expression_t *argument = node->arguments[i];
        status = rewrite_expression(rewrite, &argument);
        if (status != QA_OK || argument == node->arguments[i]) continue;
        if (arguments == NULL) {
            qa_sql_expression_t *copy =
                qa_sql_make_node(rewrite->binder->arena, (qa_sql_node_t)node->node, node->argument_count);
            if (copy == NULL) return qa_bind_no_memory(rewrite->binder);
            arguments = copy->arguments;
            *copy = *node;
            copy->arguments = arguments;
            memcpy(arguments, node->arguments, node->argument_count * sizeof(*arguments));
            *expression = copy;
            node = copy;
        }
        arguments[i] = argument;
    }
    return status;
}

static qa_status_t rewrite_from(const rewrite_t *rewrite, qa_sql_from_t *from)
{
    if (from == NULL) return QA_OK;
    if (from->relation != NULL)
        return from->relation->query == NULL ? QA_OK : rewrite_query(rewrite, from->relation->query);
    qa_status_t status = rewrite_from(rewrite, from->left);
    if (status == QA_OK) status = rewrite_from(rewrite, from->right);
    return status == QA_OK ? rewrite_expression(rewrite, &from->condition) : status;
}

static qa_status_t rewrite_block(const rewrite_t *rewrite, qa_sql_block_t *block)
{
    qa_status_t status = rewrite_from(rewrite, block->from);
    if (status == QA_OK) status = rewrite_expression(rewrite, &block->where);
    for (uint16_t i = 0; i < block->key_count && status == QA_OK; i++)
        status = rewrite_expression(rewrite, &block->keys[i]);
    for (uint16_t i = 0; i < block->aggregate_count && status == QA_OK; i++)
        status = rewrite_expression(rewrite, &block->aggregates[i].argument);
    if (status == QA_OK) status = rewrite_expression(rewrite, &block->having);
    for (uint16_t i = 0; i < block->output_count && status == QA_OK; i++)
        status = rewrite_expression(rewrite, &block->outputs[i].expression);
    return status;
}

/* Everything in a query within the grouped block. Most have nothing of it. */
static qa_status_t rewrite_query(const rewrite_t *rewrite, qa_sql_query_t *query)
{
    qa_status_t status = QA_OK;
    if (!query->is_correlated) return QA_OK;
    for (uint16_t i = 0; i < query->cte_count && status == QA_OK; i++)
        status = rewrite_query(rewrite, query->ctes[i].query);
    if (status == QA_OK && query->block != NULL) status = rewrite_block(rewrite, query->block);
    for (uint32_t i = 0; i < query->row_count && status == QA_OK; i++)
        for (uint16_t k = 0; k < query->column_count && status == QA_OK; k++)
            status = rewrite_expression(rewrite, &query->rows[i][k]);
    if (status == QA_OK && query->left != NULL) status = rewrite_query(rewrite, query->left);
    if (status == QA_OK && query->right != NULL) status = rewrite_query(rewrite, query->right);
    for (uint16_t i = 0; i < query->order_count && status == QA_OK; i++)
        status = rewrite_expression(rewrite, &query->orders[i].expression);
    return status;
}

qa_status_t qa_bind_over_keys(qa_binder_t *binder, const qa_bind_scope_t *scope, const qa_sql_block_t *block,
                              const qa_sql_expression_t **expression)
{
    const rewrite_t rewrite = { .binder = binder, .scope = scope, .block = block };
    return rewrite_expression(&rewrite, expression);
}
