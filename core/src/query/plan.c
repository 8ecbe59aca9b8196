/* Planning a grid: checks what is asked for, lists the targets of every dimension and lays out the cells. */
#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "query/plan.h"

static qa_status_t check_member(const plan_t *plan, qa_dimension_t dimension, qa_member_t member,
                                qa_error_t *error)
{
    const qa_dimension_info_t *info = qa_model_dimension(plan->model, dimension);
    if (member >= info->member_count)
        return qa_fail(error, QA_MEMBER_NOT_FOUND,
                       "dimension \"%s\" has no member number %u; it has numbers below %u", info->name,
                       (unsigned)member, (unsigned)info->member_count);
    if (qa_model_member(plan->model, dimension, member)->is_deleted)
        return qa_fail(error, QA_MEMBER_NOT_FOUND,
                       "member \"%s\" of dimension \"%s\" is deleted; ask for an earlier moment to see it",
                       qa_model_member(plan->model, dimension, member)->code, info->name);
    return QA_OK;
}

static qa_status_t check_hierarchy(const plan_t *plan, qa_dimension_t dimension, qa_error_t *error)
{
    const qa_dimension_info_t *info = qa_model_dimension(plan->model, dimension);
    const qa_hierarchy_t hierarchy = plan->spec->hierarchy[dimension];
    if (hierarchy >= info->hierarchy_count ||
        qa_model_hierarchy(plan->model, dimension, hierarchy)->is_deleted)
        return qa_fail(error, QA_HIERARCHY_NOT_FOUND, "dimension \"%s\" has no hierarchy number %u",
                       info->name, (unsigned)hierarchy);
    return QA_OK;
}

/* The members asked for in one dimension, checked. */
static qa_status_t list_targets(plan_t *plan, qa_dimension_t dimension_id, qa_error_t *error)
{
    plan_dimension_t *dimension = &plan->dimensions[dimension_id];
    const qa_dimension_info_t *info = qa_model_dimension(plan->model, dimension_id);
    const qa_member_t *members = plan->spec->members[dimension_id];
    uint32_t count = plan->spec->member_count[dimension_id];
    const qa_member_t default_member = qa_model_default_member(plan->model, dimension_id);
    if (members == NULL) {
        if (default_member == QA_MEMBER_NONE)
            return qa_fail(error, QA_MEMBER_UNNAMED,
                           "dimension \"%s\" has no default member; name one of its members in the grid",
                           info->name);
        members = &default_member;
        count = 1;
    }
    if (count == 0)
        return qa_fail(error, QA_INVALID,
                       "the grid names no member of dimension \"%s\"; leave its list out for the default",
                       info->name);
    if (count > QA_GRID_CELLS_MAX)
        return qa_fail(error, QA_LIMIT,
                       "the grid names %u members of dimension \"%s\"; a grid has at most %d cells",
                       (unsigned)count, info->name, QA_GRID_CELLS_MAX);
    qa_status_t status = check_hierarchy(plan, dimension_id, error);
    for (uint32_t i = 0; i < count && status == QA_OK; i++)
        status = check_member(plan, dimension_id, members[i], error);
    if (status != QA_OK) return status;
    dimension->targets = qa_memory_take(plan->allocator, count * sizeof(plan_target_t));
    if (dimension->targets == NULL) return qa_fail_memory(error, "planning a grid");
    dimension->target_count = count;
    dimension->counted_count = count;
    dimension->member_count = info->member_count;
    for (uint32_t i = 0; i < count; i++)
        dimension->targets[i].member = members[i];
    return QA_OK;
}

/* Whether an account asked for is added up along time by something else than a sum. */
static bool has_balance(const plan_t *plan)
{
    if (plan->measure == QA_DIMENSIONS_MAX || plan->time == QA_DIMENSIONS_MAX) return false;
    const plan_dimension_t *measure = &plan->dimensions[plan->measure];
    for (uint32_t t = 0; t < measure->target_count; t++) {
        const qa_member_info_t *info =
            qa_model_member(plan->model, plan->measure, measure->targets[t].member);
        if (info->account.time_balance != QA_BALANCE_FLOW) return true;
    }
    return false;
}

/* Whether every cell asked for is a leaf cell: no walk will meet an edge, and ^ cannot matter. */
static bool has_leaves_only(const plan_t *plan)
{
    for (uint16_t d = 0; d < plan->dimension_count; d++) {
        const plan_dimension_t *dimension = &plan->dimensions[d];
        for (uint32_t t = 0; t < dimension->target_count; t++) {
            uint32_t count = 0;
            uint32_t primary_count = 0;
            const qa_member_t member = dimension->targets[t].member;
            (void)qa_model_children(plan->model, d, plan->spec->hierarchy[d], member, &count);
            (void)qa_model_children(plan->model, d, QA_HIERARCHY_PRIMARY, member, &primary_count);
            if (count + primary_count > 0) return false;
        }
    }
    return true;
}

/* Strides of the counted grid, and the limit on its cells. */
static qa_status_t lay_out(plan_t *plan, qa_error_t *error)
{
    uint64_t cells = 1;
    for (uint16_t d = plan->dimension_count; d-- > 0;) {
        plan->dimensions[d].stride = cells;
        cells *= plan->dimensions[d].counted_count;
        if (cells > QA_GRID_CELLS_MAX)
            return qa_fail(
                error, QA_LIMIT,
                "the grid has more than %d cells (the single periods below a total of a time balance "
                "included); ask for fewer members at once",
                QA_GRID_CELLS_MAX);
    }
    plan->counted_cells = cells;
    return QA_OK;
}

static void apply_strides(plan_t *plan)
{
    for (uint16_t d = 0; d < plan->dimension_count; d++) {
        plan_dimension_t *dimension = &plan->dimensions[d];
        for (uint32_t i = 0; i < dimension->entry_count; i++)
            dimension->entries[i].offset *= (uint32_t)dimension->stride;
    }
}

/* Weights of all dimensions multiply, so their decimals add up. */
static qa_status_t check_weight_decimals(const plan_t *plan, qa_error_t *error)
{
    uint32_t sum = 0;
    uint8_t longest = 0;
    qa_dimension_t dimension = 0;
    qa_member_t member = 0;
    for (uint16_t d = 0; d < plan->dimension_count; d++) {
        uint8_t most = 0;
        for (uint32_t t = 0; t < plan->dimensions[d].target_count; t++) {
            const plan_target_t *target = &plan->dimensions[d].targets[t];
            if (target->weight_decimals > most) most = target->weight_decimals;
            if (target->weight_decimals > longest) {
                longest = target->weight_decimals;
                dimension = d;
                member = target->member;
            }
        }
        sum += most;
    }
    if (sum <= QA_NET_WEIGHT_DECIMALS_MAX) return QA_OK;
    return qa_fail(
        error, QA_LIMIT,
        "the weights of all dimensions together have %u decimals, at most %d are added up; the most are "
        "below \"%s\" of dimension \"%s\"",
        (unsigned)sum, QA_NET_WEIGHT_DECIMALS_MAX, qa_model_label(plan->model, dimension, member),
        qa_model_dimension(plan->model, dimension)->name);
}

/* Fixed dimensions first, as one comparison rejects most rows; then those with the fewest atoms. */
static bool rejects_before(const plan_dimension_t *a, const plan_dimension_t *b)
{
    if (a->is_fixed != b->is_fixed) return a->is_fixed;
    return a->atom_count < b->atom_count;
}

static void sort_dimensions(plan_t *plan)
{
    for (uint16_t d = 0; d < plan->dimension_count; d++) {
        uint16_t at = d;
        for (; at > 0 && rejects_before(&plan->dimensions[d], &plan->dimensions[plan->order[at - 1]]); at--)
            plan->order[at] = plan->order[at - 1];
        plan->order[at] = d;
    }
}

qa_status_t qa_plan_open(plan_t *plan, const qa_model_t *model, const qa_model_t *value_model,
                         const qa_store_t *store, const qa_grid_spec_t *spec, const qa_allocator_t *allocator,
                         qa_error_t *error)
{
    memset(plan, 0, sizeof(*plan));
    plan->model = model;
    plan->value_model = value_model;
    plan->store = store;
    plan->spec = spec;
    plan->allocator = allocator;
    plan->dimension_count = qa_model_dimension_count(model);
    plan->measure = qa_model_dimension_of_kind(model, QA_DIMENSION_MEASURE);
    plan->time = qa_model_dimension_of_kind(model, QA_DIMENSION_TIME);
    plan->is_zero_missing = qa_model_app(model)->is_zero_missing;
    plan->default_decimals = qa_model_app(value_model)->decimals;
    assert(plan->dimension_count <= QA_DIMENSIONS_MAX);
    qa_status_t status = QA_OK;
    for (uint16_t d = 0; d < plan->dimension_count && status == QA_OK; d++)
        status = list_targets(plan, d, error);
    if (status == QA_OK) status = lay_out(plan, error); /* before the walks: a limit is told at once */
    plan->cell_count = plan->counted_cells;
    if (status == QA_OK) plan->is_leaves_only = has_leaves_only(plan);
    for (uint16_t d = 0; d < plan->dimension_count && status == QA_OK; d++)
        status = qa_plan_weights(plan, d, d == plan->time && has_balance(plan), error);
    if (status == QA_OK) status = lay_out(plan, error);
    if (status == QA_OK) status = check_weight_decimals(plan, error);
    if (status != QA_OK) {
        qa_plan_close(plan);
        return status;
    }
    apply_strides(plan);
    sort_dimensions(plan);
    return QA_OK;
}

void qa_plan_close(plan_t *plan)
{
    for (uint16_t d = 0; d < plan->dimension_count; d++) {
        plan_dimension_t *dimension = &plan->dimensions[d];
        qa_memory_give(plan->allocator, dimension->targets, dimension->counted_count * sizeof(plan_target_t));
        qa_memory_give(plan->allocator, dimension->begin,
                       ((size_t)dimension->member_count + 1) * sizeof(uint32_t));
        qa_memory_give(plan->allocator, dimension->entries, dimension->entry_count * sizeof(plan_entry_t));
        *dimension = (plan_dimension_t){ .targets = NULL };
    }
    qa_memory_give(plan->allocator, plan->periods, plan->period_capacity * sizeof(uint32_t));
    plan->periods = NULL;
}
