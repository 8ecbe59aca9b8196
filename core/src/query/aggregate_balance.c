/* Time balances in an aggregate: the periods of a group become the cells of a small plan, and balance.c
 * answers.
 *
 * Which periods a group has follows from the selection and its keys, never from the atoms there are: a period
 * without an atom is a missing value, and the account's skip rule says what that means. */
#include <assert.h>

#include "base/error.h"
#include "query/aggregate_private.h"

/* One group's periods as cells. */
typedef struct period_cells {
    plan_t *plan; /* only its time dimension and its periods are used */
    accumulator_t accumulator;
    uint32_t *periods; /* 0, 1 … */
    uint32_t capacity;
} period_cells_t;

static bool is_selected(const qa_selection_t *selection, qa_dimension_t dimension, qa_member_t member)
{
    if (selection->members[dimension] == NULL) return true;
    return member < selection->member_count[dimension] &&
           (selection->members[dimension][member / 64] >> (member % 64) & 1u) != 0;
}

/* Whether the leaf period belongs to the group, as far as it can be told from the period. */
static bool is_period(const aggregation_t *run, uint32_t group, qa_member_t period)
{
    const qa_aggregate_spec_t *spec = run->spec;
    if (!qa_model_member(run->model, run->time, period)->is_leaf) return false;
    if (!is_selected(&spec->selection, run->time, period)) return false;
    const uint32_t *codes = qa_aggregate_codes(run->result, group);
    for (uint16_t k = 0; k < spec->key_count; k++)
        if (spec->keys[k].dimension == run->time && code_of(&spec->keys[k], period) != codes[k]) return false;
    return true;
}

static uint32_t count_periods(const aggregation_t *run, uint32_t group)
{
    uint32_t place_count = 0;
    uint32_t count = 0;
    const qa_member_t *places = qa_model_preorder(run->model, run->time, QA_HIERARCHY_PRIMARY, &place_count);
    for (uint32_t i = 0; i < place_count; i++)
        if (is_period(run, group, places[i])) count++;
    return count;
}

static qa_status_t open_cells(const aggregation_t *run, uint32_t count, period_cells_t *cells)
{
    const qa_allocator_t *allocator = run->allocator;
    *cells = (period_cells_t){ .capacity = count };
    cells->accumulator.allocator = allocator;
    cells->plan = qa_memory_take(allocator, sizeof(plan_t));
    cells->periods = qa_memory_take(allocator, (size_t)count * sizeof(uint32_t));
    if (cells->plan == NULL || cells->periods == NULL ||
        qa_accumulator_open(&cells->accumulator, allocator, count) != QA_OK)
        return qa_fail_memory(run->error, "the periods of a query");
    for (uint32_t i = 0; i < count; i++)
        cells->periods[i] = i;
    cells->plan->time = run->time;
    cells->plan->measure = run->measure;
    cells->plan->dimensions[run->time].stride = 1;
    cells->plan->periods = cells->periods;
    return QA_OK;
}

static void close_cells(const aggregation_t *run, period_cells_t *cells)
{
    qa_memory_give(run->allocator, cells->plan, sizeof(plan_t));
    qa_memory_give(run->allocator, cells->periods, (size_t)cells->capacity * sizeof(uint32_t));
    qa_accumulator_close(&cells->accumulator);
}

/* Copies the group's parts into the cells, in the order of the periods. */
static qa_status_t fill_cells(const aggregation_t *run, uint32_t group, period_cells_t *cells)
{
    accumulator_t *accumulator = &cells->accumulator;
    uint32_t place_count = 0;
    uint32_t cell = 0;
    const qa_member_t *places = qa_model_preorder(run->model, run->time, QA_HIERARCHY_PRIMARY, &place_count);
    for (uint32_t i = 0; i < place_count; i++) {
        uint32_t part = 0;
        if (!is_period(run, group, places[i])) continue;
        if (qa_code_map_find(&run->parts_by_period, (uint64_t)group << 32 | places[i], &part)) {
            const mixed_sum_t *sum = &run->parts[part];
            accumulator->flags[cell] = sum->flags;
            accumulator->sums[cell] = sum->units;
            if ((sum->flags & CELL_DOUBLE) != 0) {
                if (qa_array_reserve(run->allocator, &accumulator->exact, &accumulator->exact_capacity,
                                     accumulator->exact_count + 1, sizeof(qa_exact_sum_t)) != QA_OK)
                    return qa_fail_memory(run->error, "the periods of a query");
                qa_exact_sum_t *exact = (qa_exact_sum_t *)accumulator->exact + accumulator->exact_count;
                qa_exact_sum_clear(exact);
                if (sum->exact > 0)
                    *exact = run->exacts[sum->exact - 1];
                else
                    qa_exact_sum_add(exact, sum->first);
                accumulator->extra[cell] = accumulator->exact_count++;
            }
        }
        cell++;
    }
    assert(cell == cells->capacity);
    return QA_OK;
}

static qa_status_t fail_overflow(const aggregation_t *run)
{
    return qa_fail(run->error, QA_OVERFLOW,
                   "a number of the query has more than 38 digits or is not finite; select fewer rows");
}

/* Weight and form of the result. */
static qa_status_t give_form(const aggregation_t *run, const account_way_t *way, qa_value_t *value)
{
    qa_value_t weighted;
    if (value->kind == QA_KIND_MISSING) return QA_OK;
    if (qa_value_net_weighted(value, way->weight, way->weight_decimals, &weighted) != QA_OK)
        return fail_overflow(run);
    *value = weighted;
    if (weighted.kind == QA_KIND_DOUBLE) return QA_OK;
    if (run->spec->form == QA_FORM_DOUBLE) {
        *value = qa_value_double(qa_decimal_to_double(weighted.units, weighted.decimals));
        return QA_OK;
    }
    for (uint32_t decimals = weighted.decimals; decimals < run->spec->decimals; decimals++)
        if (!qa_plan_scale(weighted.units, 10, &weighted.units)) return fail_overflow(run);
    *value = qa_value_decimal(weighted.units, run->spec->decimals);
    return QA_OK;
}

static qa_status_t fail_mixed(const aggregation_t *run, const group_t *group)
{
    const char *dimension = qa_model_dimension(run->model, run->measure)->name;
    return qa_fail(
        run->error, QA_NOT_SUPPORTED,
        "\"%s\" is a balance that is not summed over time, so it cannot be summed together with other "
        "accounts over several periods; put \"%s\" into GROUP BY, or select one account in WHERE",
        qa_model_label(run->model, run->measure, group->balance), dimension);
}

qa_status_t qa_aggregate_balance(aggregation_t *run, uint32_t group_index, bool *is_plain_out,
                                 qa_value_t *value_out)
{
    const group_t *group = &run->result->groups[group_index];
    const uint32_t count = count_periods(run, group_index);
    *is_plain_out = count <= 1; /* the balance of one period is its value */
    if (*is_plain_out) return QA_OK;
    if (group->has_accounts) return fail_mixed(run, group);
    const account_way_t *way = &run->accounts[group->account];
    const qa_account_t *stored = &qa_model_member(run->value_model, run->measure, group->account)->account;
    const plan_target_t account = { .decimals = way->decimals,
                                    .has_double = stored->kind == QA_KIND_DOUBLE,
                                    .time_balance = way->time_balance,
                                    .skip = way->skip };
    const plan_target_t total = { .has_children = true, .period_count = count };
    period_cells_t cells;
    qa_status_t status = open_cells(run, count, &cells);
    if (status == QA_OK) status = fill_cells(run, group_index, &cells);
    if (status == QA_OK)
        status =
            qa_balance_cell(cells.plan, &cells.accumulator, 0, 0, &account, &total, value_out, run->error);
    close_cells(run, &cells);
    return status == QA_OK ? give_form(run, way, value_out) : status;
}
