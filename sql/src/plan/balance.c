/* Sums that the row engine must not make: an account with a time balance is not added up over its periods,
 * and only the core takes its balance. It must never let such a sum through because it did not understand
 * where a value comes from: derived tables, CTEs and set operations are looked through. */
#include <string.h>

#include "base/error.h"
#include "plan/select.h"

/* An output of a query that was looked at already: CTEs that read each other twice would double the work with
 * each of them. */
typedef struct seen {
    const qa_sql_query_t *query;
    uint32_t index;
} seen_t;

typedef struct check {
    const qa_sql_run_t *run;
    const qa_sql_block_t *block; /* whose sum is asked about */
    const qa_sql_block_t *at;    /* whose columns are looked at */
    qa_status_t status;
    seen_t *seen; /* in the run's arena */
    uint32_t seen_count;
    uint32_t seen_capacity;
} check_t;

static const qa_sql_relation_t *find_relation(const qa_sql_from_t *from, uint32_t id)
{
    if (from == NULL) return NULL;
    if (from->relation != NULL) return from->relation->id == id ? from->relation : NULL;
    const qa_sql_relation_t *found = find_relation(from->left, id);
    return found != NULL ? found : find_relation(from->right, id);
}

/* --- keys that keep periods apart --- */

/* How many queries are looked through for one key; behind that it counts as none that keeps periods apart. */
enum { PERIOD_LOOKS_MAX = 4096 };

static bool is_period(const qa_sql_block_t *block, const qa_sql_expression_t *expression, qa_dimension_t time,
                      uint32_t *looks);

static bool is_period_output(const qa_sql_query_t *query, uint32_t index, qa_dimension_t time,
                             uint32_t *looks)
{
    if (++*looks > PERIOD_LOOKS_MAX) return false;
    if (query->kind != QA_SQL_SET_BLOCK)
        return is_period_output(query->left, index, time, looks) &&
               is_period_output(query->right, index, time, looks);
    return query->block != NULL &&
           is_period(query->block, query->block->outputs[index].expression, time, looks);
}

/* Whether equal values of the expression are one period. */
static bool is_period(const qa_sql_block_t *block, const qa_sql_expression_t *expression, qa_dimension_t time,
                      uint32_t *looks)
{
    if (expression->node == QA_SQL_KEY && expression->relation == block->id)
        expression = block->keys[expression->index];
    if (expression->node != QA_SQL_COLUMN) return false;
    const qa_sql_relation_t *relation = find_relation(block->from, expression->relation);
    if (relation == NULL) return false;
    if (relation->source != QA_SQL_FROM_TABLE)
        return is_period_output(relation->query, expression->index, time, looks);
    const qa_sql_shape_column_t *column = &relation->table->columns[expression->index];
    return column->role == QA_SQL_ROLE_MEMBER && column->dimension == time;
}

/* --- what a relation of facts can give --- */

/* Leaves of a dimension that the selection lets through. */
static bool is_selected(const selection_t *selection, const qa_model_t *model, qa_dimension_t dimension,
                        qa_member_t member)
{
    const uint64_t *bits = selection->bits[dimension];
    if (!qa_model_member(model, dimension, member)->is_leaf) return false;
    return bits == NULL ||
           (member < selection->bit_counts[dimension] && (bits[member / 64] >> (member % 64) & 1) != 0);
}

static qa_status_t select_members(const qa_sql_run_t *run, const qa_sql_block_t *block,
                                  const qa_sql_relation_t *facts, qa_sql_moment_t *moment,
                                  selection_t *selection_out)
{
    const qa_sql_relation_t *relations[PLAN_RELATIONS_MAX];
    uint32_t relation_count = 0;
    conjunct_list_t list;
    fact_view_t view = { .fact = facts };
    member_cache_t cache = { .run = run, .moment = moment, .is_lenient = true };
    *selection_out = (selection_t){ 0 };
    if (!block_relations(block->from, relations, &relation_count)) return QA_OK;
    if (!conjuncts_of(block, facts, run->arena, &list)) return qa_fail_memory(run->error, "a plan");
    conjuncts_classify(&list, relations, relation_count, &view);
    const qa_status_t status = selection_make(&cache, &view, &list, selection_out);
    member_cache_release(&cache);
    return status;
}

/* QA_NOT_SUPPORTED if the facts that stand in `block` may have several periods of a balance. */
static qa_status_t check_facts(const check_t *check, const qa_sql_block_t *block,
                               const qa_sql_relation_t *facts)
{
    const qa_sql_run_t *run = check->run;
    qa_sql_moment_t *moment = NULL;
    qa_sql_shape_t *shape = NULL;
    selection_t selection;
    uint32_t period_count = 0;
    qa_status_t status = qa_sql_run_moment(run, facts, &moment);
    if (status == QA_OK) status = qa_sql_moment_shape(moment, &shape, run->error);
    if (status != QA_OK || !shape->has_balance || shape->measure == QA_DIMENSIONS_MAX ||
        shape->time == QA_DIMENSIONS_MAX)
        return status;
    for (uint16_t k = 0; k < check->block->key_count; k++) {
        uint32_t looks = 0;
        if (is_period(check->block, check->block->keys[k], shape->time, &looks)) return QA_OK;
    }
    status = select_members(run, block, facts, moment, &selection);
    if (status != QA_OK || selection.is_empty) return status;
    const qa_model_t *model = qa_connection_model(moment->connection);
    const uint32_t member_count = qa_model_dimension(model, shape->time)->member_count;
    for (qa_member_t m = 0; m < member_count; m++)
        period_count += is_selected(&selection, model, shape->time, m);
    if (period_count < 2) return QA_OK;
    const uint32_t account_count = qa_model_dimension(model, shape->measure)->member_count;
    for (qa_member_t m = 0; m < account_count; m++) {
        const qa_member_info_t *info = qa_model_member(model, shape->measure, m);
        if (info->account.time_balance == QA_BALANCE_FLOW ||
            !is_selected(&selection, model, shape->measure, m))
            continue;
        return qa_fail(
            run->error, QA_NOT_SUPPORTED,
            "\"%s\" is a balance that is not summed over time, and this sum is made row by row (EXPLAIN "
            "says why); put \"%s\" into GROUP BY, select one period, or leave the account out",
            info->code, qa_model_dimension(model, shape->time)->name);
    }
    return QA_OK;
}

/* --- where a sum's values come from --- */

static void check_expression(check_t *check, const qa_sql_block_t *block,
                             const qa_sql_expression_t *expression);

/* False: it was looked at, or there is no memory. */
static bool note_seen(check_t *check, const qa_sql_query_t *query, uint32_t index)
{
    for (uint32_t s = 0; s < check->seen_count; s++) {
        if (check->seen[s].query == query && check->seen[s].index == index) return false;
    }
    if (check->seen_count == check->seen_capacity) {
        const uint32_t capacity = check->seen_capacity == 0 ? 16 : check->seen_capacity * 2;
        seen_t *grown = qa_arena_take(check->run->arena, capacity * sizeof(*grown));
        if (grown == NULL) {
            check->status = qa_fail_memory(check->run->error, "a plan");
            return false;
        }
        if (check->seen_count > 0) memcpy(grown, check->seen, check->seen_count * sizeof(*grown));
        check->seen = grown;
        check->seen_capacity = capacity;
    }
    check->seen[check->seen_count++] = (seen_t){ query, index };
    return true;
}

static void check_output(check_t *check, const qa_sql_query_t *query, uint32_t index)
{
    if (!note_seen(check, query, index)) return;
    if (query->kind != QA_SQL_SET_BLOCK) {
        check_output(check, query->left, index);
        check_output(check, query->right, index);
    } else if (query->block != NULL) {
        check_expression(check, query->block, query->block->outputs[index].expression);
    }
}

static bool check_node(void *context, const qa_sql_expression_t *node)
{
    check_t *check = context;
    const qa_sql_block_t *block = check->at;
    if (check->status != QA_OK) return false;
    if (node->node == QA_SQL_KEY && node->relation == block->id) {
        check_expression(check, block, block->keys[node->index]);
        check->at = block;
    }
    if (node->node != QA_SQL_COLUMN) return true;
    const qa_sql_relation_t *relation = find_relation(block->from, node->relation);
    if (relation == NULL) return true;
    if (relation->source != QA_SQL_FROM_TABLE) {
        check_output(check, relation->query, node->index);
        check->at = block;
    } else if (relation->table->kind == QA_SQL_FACTS &&
               relation->table->columns[node->index].role == QA_SQL_ROLE_VALUE) {
        check->status = check_facts(check, block, relation);
    }
    return check->status == QA_OK;
}

static void check_expression(check_t *check, const qa_sql_block_t *block,
                             const qa_sql_expression_t *expression)
{
    check->at = block;
    if (check->status == QA_OK) qa_sql_walk(expression, check_node, check);
}

qa_status_t qa_sql_check_balance(const qa_sql_run_t *run, const qa_sql_block_t *block)
{
    check_t check = { .run = run, .block = block };
    for (uint16_t a = 0; a < block->aggregate_count; a++) {
        if (block->aggregates[a].kind == QA_SQL_SUM)
            check_expression(&check, block, block->aggregates[a].argument);
    }
    return check.status;
}

static bool has_balance(const qa_sql_from_t *from)
{
    if (from == NULL) return false;
    if (from->relation == NULL) return has_balance(from->left) || has_balance(from->right);
    return from->relation->source == QA_SQL_FROM_TABLE && from->relation->table->has_balance;
}

bool qa_sql_sums_balance(const qa_sql_block_t *block)
{
    for (uint16_t a = 0; a < block->aggregate_count; a++) {
        if (block->aggregates[a].kind == QA_SQL_SUM) return has_balance(block->from);
    }
    return false;
}
