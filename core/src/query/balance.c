/* Time balance: a total along time that is not a sum but the first, the last or the average of the periods
 * below.
 *
 * The periods were counted as cells of their own, all other dimensions added up; so the closing stock of a
 * group is that of the last period in which the group has a value. Weights along time choose periods, they do
 * not multiply. */
#include <assert.h>

#include "query/accumulate.h"

static bool is_zero(const qa_value_t *value)
{
    if (value->kind == QA_KIND_DECIMAL) return value->units == 0;
    return value->kind == QA_KIND_DOUBLE && value->number == 0.0;
}

/* Whether the account's rule passes over a period with this value. */
static bool is_passed_over(const plan_target_t *account, const qa_value_t *value)
{
    const bool passes_missing = account->skip == QA_SKIP_MISSING || account->skip == QA_SKIP_BOTH;
    const bool passes_zero = account->skip == QA_SKIP_ZERO || account->skip == QA_SKIP_BOTH;
    if (value->kind == QA_KIND_MISSING) return passes_missing;
    return passes_zero && is_zero(value);
}

/* The sum of the periods that count, divided once by how many they are. */
typedef struct average {
    wide_sum_t sum;
    qa_exact_sum_t exact;
    uint32_t count;
    uint8_t flags;
} average_t;

static void average_add(average_t *average, const accumulator_t *accumulator, uint64_t cell)
{
    const uint8_t flags = accumulator->flags[cell];
    average->count++;
    average->flags |= flags & (CELL_DECIMAL | CELL_DOUBLE);
    if ((flags & CELL_DECIMAL) != 0) wide_merge(&average->sum, &accumulator->sums[cell]);
    if ((flags & CELL_DOUBLE) != 0)
        qa_exact_sum_merge(&average->exact,
                           (const qa_exact_sum_t *)accumulator->exact + accumulator->extra[cell]);
}

qa_status_t qa_balance_cell(const plan_t *plan, const accumulator_t *accumulator, uint64_t cell,
                            uint32_t weight_decimals, const plan_target_t *account,
                            const plan_target_t *period, qa_value_t *value_out, qa_error_t *error)
{
    assert(account->time_balance != QA_BALANCE_FLOW && period->has_children);
    const uint64_t stride = plan->dimensions[plan->time].stride;
    average_t average = { .count = 0 };
    qa_exact_sum_clear(&average.exact);
    bool is_masked = false;
    bool is_found = false;
    *value_out = qa_value_missing();
    for (uint32_t i = 0; i < period->period_count; i++) {
        const bool is_backward = account->time_balance == QA_BALANCE_LAST;
        const uint32_t at = is_backward ? period->period_count - 1 - i : i;
        const uint64_t part = cell + plan->periods[period->first_period + at] * stride;
        qa_value_t value;
        const qa_status_t status =
            qa_finish_cell(plan, accumulator, part, weight_decimals, account, &value, error);
        if (status != QA_OK) return status;
        /* All periods are looked at: which of them is refused must not show in whether the total is. */
        if ((value.flags & QA_VALUE_MASKED) != 0) is_masked = true;
        if (is_found || is_passed_over(account, &value)) continue;
        if (account->time_balance == QA_BALANCE_AVERAGE) {
            average_add(&average, accumulator, part);
        } else {
            *value_out = value;
            is_found = true;
        }
    }
    if (is_masked) {
        *value_out = qa_value_missing();
        value_out->flags = QA_VALUE_MASKED;
        return QA_OK;
    }
    if (account->time_balance != QA_BALANCE_AVERAGE || average.flags == 0) return QA_OK;
    return qa_finish_number(average.flags, &average.sum, &average.exact, average.count, weight_decimals,
                            account, value_out, error);
}
