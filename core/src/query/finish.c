/* From sums to values: the kind of a cell, its one rounding, its limits. */
#include <assert.h>

#include "base/error.h"
#include "query/accumulate.h"

static qa_uint128_t power_of_ten(uint32_t exponent)
{
    assert(exponent <= 38);
    qa_uint128_t power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

/* The sum as 128 bits, if it has at most 38 digits. */
static bool narrow(const wide_sum_t *sum, qa_int128_t *value_out)
{
    const qa_int128_t value = (qa_int128_t)sum->low;
    if (sum->high != (value < 0 ? -1 : 0)) return false;
    const qa_uint128_t magnitude = value < 0 ? -(qa_uint128_t)value : (qa_uint128_t)value;
    *value_out = value;
    return magnitude < power_of_ten(38);
}

/* Half away from zero. */
static qa_int128_t divide(qa_int128_t value, qa_uint128_t divisor)
{
    const qa_uint128_t magnitude = value < 0 ? -(qa_uint128_t)value : (qa_uint128_t)value;
    qa_uint128_t quotient = magnitude / divisor;
    const qa_uint128_t rest = magnitude % divisor;
    if (rest >= divisor - rest) quotient++;
    return value < 0 ? -(qa_int128_t)quotient : (qa_int128_t)quotient;
}

static qa_status_t fail_overflow(qa_error_t *error)
{
    return qa_fail(
        error, QA_OVERFLOW,
        "a sum in the grid has more than 38 digits or is not a finite number; ask for a smaller total");
}

static bool is_finite(double number)
{
    return number - number == 0.0;
}

qa_status_t qa_finish_number(uint8_t flags, const wide_sum_t *sum, const qa_exact_sum_t *exact,
                             uint32_t divisor, uint32_t weight_decimals, const plan_target_t *account,
                             qa_value_t *value_out, qa_error_t *error)
{
    assert(divisor > 0);
    assert((flags & (CELL_DECIMAL | CELL_DOUBLE)) != 0);
    qa_int128_t units = 0;
    if ((flags & CELL_DECIMAL) != 0 && !narrow(sum, &units)) return fail_overflow(error);
    const qa_uint128_t scale = power_of_ten(weight_decimals);
    if ((flags & CELL_DOUBLE) == 0 && !account->has_double) {
        *value_out = qa_value_decimal(divide(units, scale * divisor), account->decimals);
        return QA_OK;
    }
    double number = 0.0;
    if ((flags & CELL_DOUBLE) != 0 && qa_exact_sum_read(exact, &number) != QA_OK) return fail_overflow(error);
    if ((flags & CELL_DECIMAL) == 0) {
        /* One division: 10^12 × 2^32 could not be exact, but a product with a weight of 10^0 always is. */
        if (weight_decimals > 0 || divisor > 1) number /= (double)scale * (double)divisor;
    } else {
        if (weight_decimals > 0) number /= (double)scale;
        number += qa_decimal_to_double(units, (uint8_t)(account->decimals + weight_decimals));
        if (divisor > 1) number /= (double)divisor;
    }
    if (!is_finite(number)) return fail_overflow(error);
    *value_out = qa_value_double(number);
    return QA_OK;
}

qa_value_t qa_finish_leaf(const plan_t *plan, const qa_atom_t *atom, const plan_target_t *account)
{
    (void)plan;
    switch ((qa_kind_t)atom->kind) {
    case QA_KIND_DECIMAL:
        return qa_value_decimal(atom->units, account->decimals);
    case QA_KIND_DOUBLE:
        return qa_value_double(atom->number);
    case QA_KIND_TEXT:
        return qa_value_text(atom->text, atom->text_bytes);
    case QA_KIND_DATE:
        return qa_value_date(atom->day);
    case QA_KIND_BOOLEAN:
        return qa_value_boolean(atom->truth);
    case QA_KIND_MISSING:
        break;
    }
    return qa_value_missing();
}

qa_status_t qa_finish_cell(const plan_t *plan, const accumulator_t *accumulator, uint64_t cell,
                           uint32_t weight_decimals, const plan_target_t *account, qa_value_t *value_out,
                           qa_error_t *error)
{
    assert(cell < accumulator->cell_count);
    const uint8_t flags = accumulator->flags[cell];
    *value_out = qa_value_missing();
    if ((flags & CELL_MASKED) != 0) {
        value_out->flags = QA_VALUE_MASKED;
        return QA_OK;
    }
    if ((flags & CELL_LEAF) != 0) {
        const qa_member_t *coordinate = NULL;
        qa_atom_t atom;
        const bool is_row = qa_store_row(plan->store, accumulator->extra[cell], &coordinate, &atom);
        assert(is_row);
        if (is_row) *value_out = qa_finish_leaf(plan, &atom, account);
        return QA_OK;
    }
    if ((flags & (CELL_DECIMAL | CELL_DOUBLE)) == 0) return QA_OK;
    const qa_exact_sum_t *exact = (flags & CELL_DOUBLE) != 0
                                      ? (const qa_exact_sum_t *)accumulator->exact + accumulator->extra[cell]
                                      : NULL;
    return qa_finish_number(flags, &accumulator->sums[cell], exact, 1, weight_decimals, account, value_out,
                            error);
}
