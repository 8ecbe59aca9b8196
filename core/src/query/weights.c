/* Walking down from the requested members of one dimension, to the net weight of every member below them.
 *
 * The net weight is the sum over all ways of the product of the weights on the way, as an exact decimal. The
 * walk visits each member once per target, however many ways lead to it: weights go down in topological
 * order. Every member holds its own atoms, not only leaves: a store from another moment may have atoms on
 * what is a group now. A member without children in an alternate hierarchy is added up along the primary one;
 * a way that entered the primary hierarchy stays in it, so the walk ends. */
#include <assert.h>

#include "base/error.h"
#include "query/plan.h"

/* A place of the walk: a member, in the hierarchy asked for or (below a change-over) in the primary. */
typedef struct node {
    qa_member_t member;
    qa_hierarchy_t hierarchy;
    bool has_children;
    uint8_t decimals;
    int64_t weight; /* in units of 10^-decimals, without trailing zeros */
} node_t;

typedef struct contribution {
    qa_member_t holder;
    uint32_t target;
    int64_t weight; /* of `decimals`, before the target's decimals are known */
    uint8_t decimals;
    bool is_exact;
} contribution_t;

typedef struct walk {
    const plan_t *plan;
    qa_dimension_t dimension;
    qa_hierarchy_t hierarchy;
    uint32_t member_count;
    uint32_t *seen;  /* per member, then per member in the primary: walk number of the last visit */
    uint32_t *place; /* the node of that visit */
    size_t seen_bytes;
    uint32_t number;
    node_t *nodes; /* in the order of the first visit: parents before children, siblings in order */
    uint32_t node_count;
    uint32_t node_capacity;
    uint32_t *finished; /* nodes in the order in which they were left: children first */
    uint32_t finished_count;
    uint32_t finished_capacity;
    contribution_t *contributions;
    uint32_t contribution_count;
    uint32_t contribution_capacity;
    uint8_t *never; /* per member; NULL: no ^ anywhere */
    size_t never_bytes;
    qa_error_t *error;
} walk_t;

static const qa_edge_t *children_of(const walk_t *walk, const node_t *node, uint32_t *count_out)
{
    return qa_model_children(walk->plan->model, walk->dimension, node->hierarchy, node->member, count_out);
}

/* The hierarchy in which the member's children are looked for. */
static qa_hierarchy_t hierarchy_below(const walk_t *walk, qa_hierarchy_t hierarchy, qa_member_t member,
                                      bool *has_children_out)
{
    uint32_t count = 0;
    (void)qa_model_children(walk->plan->model, walk->dimension, hierarchy, member, &count);
    if (count == 0 && hierarchy != QA_HIERARCHY_PRIMARY) {
        hierarchy = QA_HIERARCHY_PRIMARY;
        (void)qa_model_children(walk->plan->model, walk->dimension, hierarchy, member, &count);
    }
    *has_children_out = count > 0;
    return hierarchy;
}

static size_t slot_of(const walk_t *walk, const node_t *node)
{
    const bool is_changed_over = node->hierarchy != walk->hierarchy;
    return node->member + (is_changed_over ? walk->member_count : 0);
}

static qa_status_t fail_array(const walk_t *walk, qa_status_t status)
{
    if (status == QA_NO_MEMORY) return qa_fail_memory(walk->error, "planning a grid");
    return qa_fail(walk->error, status,
                   "the grid needs more than %d weights in dimension \"%s\"; ask for fewer members",
                   PLAN_ENTRIES_MAX, qa_model_dimension(walk->plan->model, walk->dimension)->name);
}

/* Visits the member and what is below it. Recursion is at most the levels of both hierarchies deep. */
static qa_status_t visit(walk_t *walk, qa_member_t member, qa_hierarchy_t hierarchy)
{
    node_t node = { .member = member };
    node.hierarchy = hierarchy_below(walk, hierarchy, member, &node.has_children);
    const size_t slot = slot_of(walk, &node);
    if (walk->seen[slot] == walk->number) return QA_OK;
    qa_status_t status = qa_array_reserve(walk->plan->allocator, (void **)&walk->nodes, &walk->node_capacity,
                                          walk->node_count + 1, sizeof(node_t));
    if (status == QA_OK)
        status = qa_array_reserve(walk->plan->allocator, (void **)&walk->finished, &walk->finished_capacity,
                                  walk->node_count + 1, sizeof(uint32_t));
    if (status != QA_OK) return fail_array(walk, status);
    const uint32_t place = walk->node_count++;
    walk->nodes[place] = node;
    walk->seen[slot] = walk->number;
    walk->place[slot] = place;
    uint32_t count = 0;
    const qa_edge_t *edges = children_of(walk, &node, &count);
    for (uint32_t i = 0; i < count; i++) {
        status = visit(walk, edges[i].child, node.hierarchy);
        if (status != QA_OK) return status;
    }
    walk->finished[walk->finished_count++] = place;
    return QA_OK;
}

static qa_status_t fail_weight(const walk_t *walk, qa_member_t member)
{
    return qa_fail(
        walk->error, QA_LIMIT,
        "the net weight of \"%s\" in dimension \"%s\" needs more than %d decimals or 18 digits; use "
        "shorter weights on the way to it",
        qa_model_label(walk->plan->model, walk->dimension, member),
        qa_model_dimension(walk->plan->model, walk->dimension)->name, QA_NET_WEIGHT_DECIMALS_MAX);
}

static int64_t power_of_ten(uint32_t exponent)
{
    assert(exponent <= 18);
    int64_t power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

/* a += b, exactly. Both have at most 12 decimals, so nothing overflows 128 bits. */
static bool add_weight(node_t *node, int64_t weight, uint8_t decimals)
{
    const uint8_t common = node->decimals > decimals ? node->decimals : decimals;
    const qa_int128_t sum = plan_product(node->weight, power_of_ten((uint32_t)(common - node->decimals))) +
                            plan_product(weight, power_of_ten((uint32_t)(common - decimals)));
    return qa_plan_fit_weight(sum, common, &node->weight, &node->decimals);
}

static bool is_added(const qa_edge_t *edge)
{
    return edge->operator_code != QA_OPERATOR_NONE && edge->operator_code != QA_OPERATOR_NEVER &&
           edge->weight != 0;
}

static qa_status_t spread_weights(walk_t *walk)
{
    walk->nodes[0].weight = 1;
    for (uint32_t i = walk->finished_count; i-- > 0;) {
        const node_t node = walk->nodes[walk->finished[i]];
        if (node.weight == 0) continue;
        uint32_t count = 0;
        const qa_edge_t *edges = children_of(walk, &node, &count);
        for (uint32_t e = 0; e < count; e++) {
            if (!is_added(&edges[e])) continue;
            node_t child = { .member = edges[e].child };
            child.hierarchy = hierarchy_below(walk, node.hierarchy, child.member, &child.has_children);
            const size_t slot = slot_of(walk, &child);
            assert(walk->seen[slot] == walk->number);
            int64_t weight = 0;
            uint8_t decimals = 0;
            if (!qa_plan_fit_weight(plan_product(node.weight, edges[e].weight),
                                    (uint32_t)node.decimals + edges[e].weight_decimals, &weight, &decimals) ||
                !add_weight(&walk->nodes[walk->place[slot]], weight, decimals))
                return fail_weight(walk, child.member);
        }
    }
    return QA_OK;
}

/* A member that was reached in the hierarchy asked for and in the primary is one holder. */
static qa_status_t join_places(walk_t *walk)
{
    if (walk->hierarchy == QA_HIERARCHY_PRIMARY) return QA_OK;
    for (uint32_t i = 0; i < walk->node_count; i++) {
        node_t *node = &walk->nodes[i];
        if (node->hierarchy == walk->hierarchy || walk->seen[node->member] != walk->number) continue;
        if (!add_weight(&walk->nodes[walk->place[node->member]], node->weight, node->decimals))
            return fail_weight(walk, node->member);
        node->weight = 0;
    }
    return QA_OK;
}

static qa_status_t keep(walk_t *walk, const contribution_t *contribution)
{
    if (walk->contribution_count >= PLAN_ENTRIES_MAX) return fail_array(walk, QA_LIMIT);
    const qa_status_t status =
        qa_array_reserve(walk->plan->allocator, (void **)&walk->contributions, &walk->contribution_capacity,
                         walk->contribution_count + 1, sizeof(contribution_t));
    if (status != QA_OK) return fail_array(walk, status);
    walk->contributions[walk->contribution_count++] = *contribution;
    return QA_OK;
}

/* Memory for walking, taken when the first target with children is met. */
static qa_status_t prepare_walk(walk_t *walk)
{
    if (walk->seen != NULL) return QA_OK;
    const size_t places = (size_t)walk->member_count * (walk->hierarchy == QA_HIERARCHY_PRIMARY ? 1 : 2);
    walk->seen_bytes = places * sizeof(uint32_t);
    walk->seen = qa_memory_take(walk->plan->allocator, walk->seen_bytes);
    walk->place = qa_memory_take(walk->plan->allocator, walk->seen_bytes);
    return walk->seen == NULL || walk->place == NULL ? fail_array(walk, QA_NO_MEMORY) : QA_OK;
}

static qa_status_t walk_target(walk_t *walk, plan_target_t *target, uint32_t index)
{
    bool has_children = false;
    (void)hierarchy_below(walk, walk->hierarchy, target->member, &has_children);
    target->has_children = has_children;
    if (!has_children) {
        walk->node_count = 0;
        return keep(walk, &(contribution_t){
                              .holder = target->member, .target = index, .weight = 1, .is_exact = true });
    }
    qa_status_t status = prepare_walk(walk);
    if (status != QA_OK) return status;
    walk->number++;
    walk->node_count = 0;
    walk->finished_count = 0;
    status = visit(walk, target->member, walk->hierarchy);
    if (status == QA_OK) status = spread_weights(walk);
    if (status == QA_OK) status = join_places(walk);
    for (uint32_t i = 0; status == QA_OK && i < walk->node_count; i++) {
        const node_t *node = &walk->nodes[i];
        if (node->weight == 0) continue;
        if (node->decimals > target->weight_decimals) target->weight_decimals = node->decimals;
        status = keep(walk, &(contribution_t){ .holder = node->member,
                                               .target = index,
                                               .weight = node->weight,
                                               .decimals = node->decimals });
    }
    return status;
}

static uint32_t atoms_on(const plan_t *plan, qa_dimension_t dimension, qa_member_t member)
{
    if (dimension >= qa_store_dimension_count(plan->store)) return member == 0 ? 1 : 0;
    return qa_store_member_atom_count(plan->store, dimension, member);
}

/* Notes the periods of the time target that was just walked; `target_of` finds or makes their targets. */
static qa_status_t keep_periods(walk_t *walk, plan_t *plan, plan_target_t *target, uint32_t *target_of)
{
    plan_dimension_t *dimension = &plan->dimensions[walk->dimension];
    target->first_period = plan->period_count;
    for (uint32_t i = 0; i < walk->node_count; i++) {
        const node_t *node = &walk->nodes[i];
        if (node->weight == 0) continue;
        if (node->has_children && atoms_on(plan, walk->dimension, node->member) == 0) continue;
        const qa_status_t status =
            qa_array_reserve(plan->allocator, (void **)&plan->periods, &plan->period_capacity,
                             plan->period_count + 1, sizeof(uint32_t));
        if (status != QA_OK) return fail_array(walk, status);
        if (target_of[node->member] == 0) target_of[node->member] = ++dimension->counted_count;
        plan->periods[plan->period_count++] = target_of[node->member] - 1;
    }
    target->period_count = plan->period_count - target->first_period;
    return QA_OK;
}

/* Marks the members that go into a parent by ^: in the hierarchy used, and outside it in the primary. */
static qa_status_t mark_never(walk_t *walk, qa_hierarchy_t hierarchy)
{
    const qa_model_t *model = walk->plan->model;
    for (qa_member_t parent = 0; parent < walk->member_count; parent++) {
        uint32_t count = 0;
        const qa_edge_t *edges = qa_model_children(model, walk->dimension, hierarchy, parent, &count);
        for (uint32_t i = 0; i < count; i++) {
            if (edges[i].operator_code != QA_OPERATOR_NEVER) continue;
            if (hierarchy != walk->hierarchy &&
                qa_model_is_in_hierarchy(model, walk->dimension, walk->hierarchy, edges[i].child))
                continue;
            if (walk->never == NULL) {
                walk->never_bytes = walk->member_count;
                walk->never = qa_memory_take(walk->plan->allocator, walk->never_bytes);
                if (walk->never == NULL) return fail_array(walk, QA_NO_MEMORY);
            }
            walk->never[edges[i].child] = 1;
        }
    }
    return QA_OK;
}

/* How the atoms of a holder on the measure dimension fit into an account target. */
static const qa_account_t *stored_account(const plan_t *plan, qa_member_t account)
{
    const bool is_known = plan->measure < qa_model_dimension_count(plan->value_model) &&
                          account < qa_model_dimension(plan->value_model, plan->measure)->member_count;
    return &qa_model_member(is_known ? plan->value_model : plan->model, plan->measure, account)->account;
}

static uint8_t account_decimals(const plan_t *plan, qa_member_t account)
{
    return stored_account(plan, account)->decimals;
}

/* What the cells of each account are: from the accounts that contribute, never from the atoms there are. */
static void describe_accounts(const walk_t *walk, plan_dimension_t *dimension)
{
    const plan_t *plan = walk->plan;
    for (uint32_t t = 0; t < dimension->target_count; t++) {
        plan_target_t *target = &dimension->targets[t];
        const qa_account_t account = qa_model_member(plan->model, plan->measure, target->member)->account;
        target->time_balance = account.time_balance;
        target->skip = account.skip;
    }
    for (uint32_t i = 0; i < walk->contribution_count; i++) {
        const contribution_t *contribution = &walk->contributions[i];
        plan_target_t *target = &dimension->targets[contribution->target];
        const qa_member_info_t *info = qa_model_member(plan->model, plan->measure, contribution->holder);
        /* A group counts only when the store, of another moment, has atoms on it. */
        if (!info->is_leaf && atoms_on(plan, plan->measure, contribution->holder) == 0) continue;
        const qa_account_t *account = stored_account(plan, contribution->holder);
        if (account->kind == QA_KIND_DOUBLE) target->has_double = true;
        if (account->kind == QA_KIND_DECIMAL && account->decimals > target->decimals)
            target->decimals = account->decimals;
    }
}

static qa_status_t make_entry(const walk_t *walk, const plan_dimension_t *dimension,
                              const contribution_t *contribution, plan_entry_t *entry_out)
{
    const plan_t *plan = walk->plan;
    const plan_target_t *target = &dimension->targets[contribution->target];
    const qa_int128_t weight = plan_product(
        contribution->weight, power_of_ten((uint32_t)(target->weight_decimals - contribution->decimals)));
    if (weight > INT64_MAX || weight < -INT64_MAX) return fail_weight(walk, contribution->holder);
    *entry_out = (plan_entry_t){ .weight = (int64_t)weight,
                                 .offset = contribution->target,
                                 .is_exact = contribution->is_exact };
    if (walk->never != NULL)
        entry_out->is_never = walk->never[contribution->holder] != 0 || walk->never[target->member] != 0;
    if (walk->dimension == plan->measure) {
        const uint8_t decimals = account_decimals(plan, contribution->holder);
        if (decimals < target->decimals) entry_out->digits = (uint8_t)(target->decimals - decimals);
    }
    return QA_OK;
}

/* Sorts the contributions by holder. */
static qa_status_t make_entries(const walk_t *walk, plan_dimension_t *dimension)
{
    const plan_t *plan = walk->plan;
    if (walk->contribution_count == 1 && walk->contributions[0].is_exact) {
        dimension->is_fixed = true;
        dimension->atom_count = atoms_on(plan, walk->dimension, walk->contributions[0].holder);
        return make_entry(walk, dimension, &walk->contributions[0], &dimension->fixed);
    }
    dimension->begin = qa_memory_take(plan->allocator, ((size_t)walk->member_count + 1) * sizeof(uint32_t));
    if (dimension->begin == NULL) return fail_array(walk, QA_NO_MEMORY);
    if (walk->contribution_count > 0) {
        dimension->entries =
            qa_memory_take(plan->allocator, (size_t)walk->contribution_count * sizeof(plan_entry_t));
        if (dimension->entries == NULL) return fail_array(walk, QA_NO_MEMORY);
    }
    dimension->entry_count = walk->contribution_count;
    for (uint32_t i = 0; i < walk->contribution_count; i++)
        dimension->begin[walk->contributions[i].holder]++;
    uint32_t end = 0;
    for (uint32_t member = 0; member < walk->member_count; member++) {
        if (dimension->begin[member] > 0) dimension->atom_count += atoms_on(plan, walk->dimension, member);
        end += dimension->begin[member];
        dimension->begin[member] = end;
    }
    dimension->begin[walk->member_count] = end;
    /* Filling from the back leaves each `begin` at the first entry of its member. */
    for (uint32_t i = walk->contribution_count; i-- > 0;) {
        const contribution_t *contribution = &walk->contributions[i];
        const uint32_t at = --dimension->begin[contribution->holder];
        const qa_status_t status = make_entry(walk, dimension, contribution, &dimension->entries[at]);
        if (status != QA_OK) return status;
    }
    return QA_OK;
}

/* Makes the targets of the periods that were noted. They stand for a part of a total, so they are not exact.
 */
static qa_status_t add_period_targets(walk_t *walk, plan_dimension_t *dimension, const uint32_t *target_of)
{
    const size_t old_bytes = dimension->target_count * sizeof(plan_target_t);
    const size_t new_bytes = dimension->counted_count * sizeof(plan_target_t);
    const qa_allocator_t *allocator = walk->plan->allocator;
    plan_target_t *targets = allocator->resize(allocator->context, dimension->targets, old_bytes, new_bytes);
    if (targets == NULL) {
        dimension->counted_count = dimension->target_count;
        return fail_array(walk, QA_NO_MEMORY);
    }
    dimension->targets = targets;
    for (qa_member_t member = 0; member < walk->member_count; member++) {
        if (target_of[member] == 0) continue;
        const uint32_t index = target_of[member] - 1;
        targets[index] = (plan_target_t){ .member = member };
        const qa_status_t status =
            keep(walk, &(contribution_t){ .holder = member, .target = index, .weight = 1 });
        if (status != QA_OK) return status;
    }
    return QA_OK;
}

static qa_status_t walk_all(walk_t *walk, plan_t *plan, bool needs_periods)
{
    plan_dimension_t *dimension = &plan->dimensions[walk->dimension];
    const size_t target_of_bytes = needs_periods ? (size_t)walk->member_count * sizeof(uint32_t) : 0;
    uint32_t *target_of = NULL;
    if (needs_periods) {
        target_of = qa_memory_take(plan->allocator, target_of_bytes);
        if (target_of == NULL) return fail_array(walk, QA_NO_MEMORY);
    }
    qa_status_t status = QA_OK;
    for (uint32_t t = 0; t < dimension->target_count && status == QA_OK; t++) {
        plan_target_t *target = &dimension->targets[t];
        status = walk_target(walk, target, t);
        if (target->has_children) dimension->is_consolidating = true;
        if (status == QA_OK && needs_periods && target->has_children)
            status = keep_periods(walk, plan, target, target_of);
    }
    if (status == QA_OK && dimension->counted_count > dimension->target_count)
        status = add_period_targets(walk, dimension, target_of);
    else
        dimension->counted_count = dimension->target_count;
    qa_memory_give(plan->allocator, target_of, target_of_bytes);
    return status;
}

qa_status_t qa_plan_weights(plan_t *plan, qa_dimension_t dimension_id, bool needs_periods, qa_error_t *error)
{
    plan_dimension_t *dimension = &plan->dimensions[dimension_id];
    walk_t walk = { .plan = plan,
                    .dimension = dimension_id,
                    .hierarchy = plan->spec->hierarchy[dimension_id],
                    .member_count = dimension->member_count,
                    .error = error };
    const qa_allocator_t *allocator = plan->allocator;
    qa_status_t status = walk_all(&walk, plan, needs_periods);
    if (status == QA_OK && !plan->is_leaves_only) status = mark_never(&walk, walk.hierarchy);
    if (status == QA_OK && !plan->is_leaves_only && walk.hierarchy != QA_HIERARCHY_PRIMARY)
        status = mark_never(&walk, QA_HIERARCHY_PRIMARY);
    if (status == QA_OK && dimension_id == plan->measure) describe_accounts(&walk, dimension);
    for (uint32_t t = 0; status == QA_OK && walk.never != NULL && t < dimension->counted_count; t++)
        dimension->targets[t].is_never = walk.never[dimension->targets[t].member] != 0;
    if (walk.never != NULL) plan->has_never = true;
    if (status == QA_OK) status = make_entries(&walk, dimension);
    qa_memory_give(allocator, walk.seen, walk.seen_bytes);
    qa_memory_give(allocator, walk.place, walk.seen_bytes);
    qa_memory_give(allocator, walk.nodes, walk.node_capacity * sizeof(node_t));
    qa_memory_give(allocator, walk.finished, walk.finished_capacity * sizeof(uint32_t));
    qa_memory_give(allocator, walk.contributions, walk.contribution_capacity * sizeof(contribution_t));
    qa_memory_give(allocator, walk.never, walk.never_bytes);
    return status;
}
