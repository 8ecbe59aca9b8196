/* Answering a grid: plan, count, finish; or, when only leaves are asked for, one look-up per cell.
 *
 * docs/consolidation.md has the rules. It must never change model or store. */
#include "query/consolidate.h"

#include <assert.h>

#include "base/error.h"
#include "base/flag.h"
#include "query/accumulate.h"
#include "query/grid.h"

enum { LOOK_UP_CELLS = 256 };

/* A cell that is asked for: a target index per dimension, the last dimension fastest. */
typedef struct cursor {
    const plan_t *plan;
    uint32_t index[QA_DIMENSIONS_MAX];
} cursor_t;

static void cursor_next(cursor_t *cursor)
{
    for (uint16_t d = cursor->plan->dimension_count; d-- > 0;) {
        if (++cursor->index[d] < cursor->plan->dimensions[d].target_count) return;
        cursor->index[d] = 0;
    }
}

static const plan_target_t *cursor_target(const cursor_t *cursor, qa_dimension_t dimension)
{
    return &cursor->plan->dimensions[dimension].targets[cursor->index[dimension]];
}

/* What describes the numbers of the cell: its account, or the app's default where there are no accounts. */
static const plan_target_t *cursor_account(const cursor_t *cursor, const plan_target_t *default_account)
{
    if (cursor->plan->measure == QA_DIMENSIONS_MAX) return default_account;
    return cursor_target(cursor, cursor->plan->measure);
}

/* ^ on a total along time: the rule for other dimensions, which single periods do not show. */
static bool is_never_counted(const cursor_t *cursor)
{
    const plan_t *plan = cursor->plan;
    if (!cursor_target(cursor, plan->time)->is_never) return false;
    for (uint16_t d = 0; d < plan->dimension_count; d++)
        if (d != plan->time && cursor_target(cursor, d)->has_children) return true;
    return false;
}

static qa_status_t finish_cell(const cursor_t *cursor, const accumulator_t *accumulator,
                               const plan_target_t *default_account, qa_value_t *value_out, qa_error_t *error)
{
    const plan_t *plan = cursor->plan;
    const plan_target_t *account = cursor_account(cursor, default_account);
    uint64_t cell = 0;
    uint32_t weight_decimals = 0;
    for (uint16_t d = 0; d < plan->dimension_count; d++) {
        cell += cursor->index[d] * plan->dimensions[d].stride;
        weight_decimals += cursor_target(cursor, d)->weight_decimals;
    }
    const bool is_balance = plan->measure != QA_DIMENSIONS_MAX && plan->time != QA_DIMENSIONS_MAX &&
                            account->time_balance != QA_BALANCE_FLOW &&
                            cursor_target(cursor, plan->time)->has_children;
    if (!is_balance)
        return qa_finish_cell(plan, accumulator, cell, weight_decimals, account, value_out, error);
    *value_out = qa_value_missing();
    if (is_never_counted(cursor)) return QA_OK;
    const plan_target_t *period = cursor_target(cursor, plan->time);
    cell -= cursor->index[plan->time] * plan->dimensions[plan->time].stride;
    weight_decimals -= period->weight_decimals;
    return qa_balance_cell(plan, accumulator, cell, weight_decimals, account, period, value_out, error);
}

static qa_status_t count_cells(const plan_t *plan, qa_grid_t *grid, qa_error_t *error)
{
    const plan_target_t default_account = { .decimals = plan->default_decimals };
    accumulator_t accumulator;
    qa_status_t status = qa_accumulator_open(&accumulator, plan->allocator, plan->counted_cells);
    if (status != QA_OK) return qa_fail_memory(error, "adding up a grid");
    cursor_t cursor = { .plan = plan };
    status = qa_scan(plan, &accumulator, error);
    for (uint64_t i = 0; i < plan->cell_count && status == QA_OK; i++) {
        qa_value_t value;
        status = finish_cell(&cursor, &accumulator, &default_account, &value, error);
        if (status == QA_OK && qa_grid_set(grid, i, &value) != QA_OK)
            status = qa_fail_memory(error, "the texts of a grid");
        cursor_next(&cursor);
    }
    grid->unplaced_atom_count = accumulator.unplaced_atom_count;
    qa_accumulator_close(&accumulator);
    return status;
}

static qa_value_t leaf_value(const plan_t *plan, const qa_atom_t *atom, const plan_target_t *account)
{
    qa_value_t value = qa_finish_leaf(plan, atom, account);
    if (plan->is_zero_missing && ((value.kind == QA_KIND_DECIMAL && value.units == 0) ||
                                  (value.kind == QA_KIND_DOUBLE && value.number == 0.0)))
        value = qa_value_missing();
    if (value.kind != QA_KIND_MISSING && (atom->mask & ~plan->spec->clearance) != 0) {
        value = qa_value_missing();
        value.flags = QA_VALUE_MASKED;
    }
    return value;
}

static qa_status_t look_up_cells(const plan_t *plan, qa_grid_t *grid, qa_error_t *error)
{
    const plan_target_t default_account = { .decimals = plan->default_decimals };
    const volatile bool *is_cancelled = plan->spec->is_cancelled;
    cursor_t cursor = { .plan = plan };
    cursor_t account_cursor = { .plan = plan };
    qa_atom_t atoms[LOOK_UP_CELLS];
    const size_t bytes = (size_t)LOOK_UP_CELLS * (plan->dimension_count + 1u) * sizeof(qa_member_t);
    qa_member_t *coordinates = qa_memory_take(plan->allocator, bytes);
    if (coordinates == NULL) return qa_fail_memory(error, "reading a grid");
    qa_status_t status = QA_OK;
    for (uint64_t first = 0; first < plan->cell_count && status == QA_OK; first += LOOK_UP_CELLS) {
        const uint64_t left = plan->cell_count - first;
        const uint32_t count = left < LOOK_UP_CELLS ? (uint32_t)left : LOOK_UP_CELLS;
        if (qa_flag_is_raised(is_cancelled)) status = qa_fail(error, QA_CANCELLED, "the grid was cancelled");
        qa_member_t *id = coordinates;
        for (uint32_t i = 0; i < count; i++, cursor_next(&cursor))
            for (uint16_t d = 0; d < plan->dimension_count; d++)
                *id++ = cursor_target(&cursor, d)->member;
        qa_store_get(plan->store, coordinates, count, atoms);
        for (uint32_t i = 0; i < count && status == QA_OK; i++, cursor_next(&account_cursor)) {
            const plan_target_t *account = cursor_account(&account_cursor, &default_account);
            const qa_value_t value = leaf_value(plan, &atoms[i], account);
            if (qa_grid_set(grid, first + i, &value) != QA_OK)
                status = qa_fail_memory(error, "the texts of a grid");
        }
    }
    qa_memory_give(plan->allocator, coordinates, bytes);
    return status;
}

qa_status_t qa_consolidate_at(const qa_model_t *model, const qa_model_t *value_model, const qa_store_t *store,
                              const qa_grid_spec_t *spec, const qa_allocator_t *allocator,
                              qa_grid_t **grid_out, qa_error_t *error)
{
    *grid_out = NULL;
    if (spec->size != sizeof(*spec))
        return qa_fail(error, QA_INVALID, "the grid spec says %llu bytes instead of %llu; set its size",
                       (unsigned long long)spec->size, (unsigned long long)sizeof(*spec));
    plan_t *plan = qa_memory_take(allocator, sizeof(*plan));
    if (plan == NULL) return qa_fail_memory(error, "planning a grid");
    qa_grid_t *grid = NULL;
    qa_status_t status = qa_plan_open(plan, model, value_model, store, spec, allocator, error);
    if (status != QA_OK) goto done;
    status = qa_grid_open(&grid, allocator, plan->cell_count);
    if (status != QA_OK) {
        status = qa_fail_memory(error, "a grid");
    } else if (plan->is_leaves_only && plan->dimension_count == qa_store_dimension_count(store) &&
               plan->cell_count <= qa_store_row_count(store)) {
        status = look_up_cells(plan, grid, error);
    } else {
        status = count_cells(plan, grid, error);
    }
    qa_plan_close(plan);

done:
    qa_memory_give(allocator, plan, sizeof(*plan));
    if (status != QA_OK) {
        qa_grid_close(grid);
        return status;
    }
    *grid_out = grid;
    return QA_OK;
}

qa_status_t qa_consolidate(const qa_model_t *model, const qa_store_t *store, const qa_grid_spec_t *spec,
                           const qa_allocator_t *allocator, qa_grid_t **grid_out, qa_error_t *error)
{
    return qa_consolidate_at(model, model, store, spec, allocator, grid_out, error);
}
