/* Arithmetic: whole numbers in 64 bits, decimals in 128, doubles. The kind of the result decides. What does
 * not fit is QA_OVERFLOW and names the operation; nothing wraps and no double is infinite. */
#include <assert.h>
#include <math.h>

#include "base/error.h"
#include "value/compute.h"
#include "value/decimal.h"

static qa_status_t fail_overflow(const qa_sql_call_t *call, const char *words)
{
    return qa_fail(call->environment->error, QA_OVERFLOW, "%s has too many digits", words);
}

static qa_status_t fail_zero(const qa_sql_call_t *call)
{
    return qa_fail(call->environment->error, QA_DIVIDE_BY_ZERO,
                   "a number was divided by zero; write NULLIF(…, 0) around the divisor to get NULL");
}

static qa_int128_t units_of(const qa_sql_value_t *value)
{
    return value->kind == QA_SQL_DECIMAL ? value->units : value->integer;
}

static uint32_t scale_of(const qa_sql_value_t *value)
{
    return value->kind == QA_SQL_DECIMAL ? value->scale : 0;
}

static qa_status_t give_integer(const qa_sql_call_t *call, qa_int128_t result, const char *words,
                                qa_sql_value_t *value_out)
{
    if (result < INT64_MIN || result > INT64_MAX) return fail_overflow(call, words);
    *value_out = qa_sql_value_integer((qa_sql_kind_t)call->type->kind, (int64_t)result);
    return QA_OK;
}

static qa_status_t give_decimal(const qa_sql_call_t *call, qa_status_t status, qa_int128_t units,
                                const char *words, qa_sql_value_t *value_out)
{
    if (status != QA_OK || !qa_sql_decimal_fits(units, QA_SQL_PRECISION_MAX))
        return fail_overflow(call, words);
    *value_out = qa_sql_value_decimal(units, call->type->scale);
    return QA_OK;
}

static qa_status_t give_double(const qa_sql_call_t *call, double number, const char *words,
                               qa_sql_value_t *value_out)
{
    if (!isfinite(number)) return fail_overflow(call, words);
    *value_out = qa_sql_value_double(number);
    return QA_OK;
}

/* a + b × sign */
static qa_status_t sum(const qa_sql_call_t *call, int sign, const char *words, qa_sql_value_t *value_out)
{
    const qa_sql_value_t *const a = &call->arguments[0], *const b = &call->arguments[1];
    if (call->type->kind == QA_SQL_DOUBLE)
        return give_double(call, a->number + sign * b->number, words, value_out);
    if (call->type->kind == QA_SQL_BIGINT)
        return give_integer(call, (qa_int128_t)a->integer + (qa_int128_t)sign * b->integer, words, value_out);
    qa_int128_t left = 0, right = 0, units = 0;
    const uint32_t scale = call->type->scale;
    qa_status_t status = qa_sql_decimal_rescale(units_of(a), scale_of(a), scale, &left);
    if (status == QA_OK) status = qa_sql_decimal_rescale(units_of(b), scale_of(b), scale, &right);
    if (status == QA_OK) status = qa_sql_decimal_add(left, sign * right, &units);
    return give_decimal(call, status, units, words, value_out);
}

qa_status_t qa_sql_compute_add(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return sum(call, 1, "the sum", value_out);
}

qa_status_t qa_sql_compute_subtract(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return sum(call, -1, "the difference", value_out);
}

qa_status_t qa_sql_compute_multiply(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    const qa_sql_value_t *const a = &call->arguments[0], *const b = &call->arguments[1];
    const char *const words = "the product";
    if (call->type->kind == QA_SQL_DOUBLE) return give_double(call, a->number * b->number, words, value_out);
    if (call->type->kind == QA_SQL_BIGINT)
        return give_integer(call, (qa_int128_t)a->integer * b->integer, words, value_out);
    qa_int128_t units = 0;
    const qa_int128_t left = units_of(a), right = units_of(b);
    const uint32_t dropped = scale_of(a) + scale_of(b) - call->type->scale;
    if (dropped == 0 && left == (int64_t)left && right == (int64_t)right)
        return give_decimal(call, QA_OK, left * right, words, value_out);
    const qa_status_t status = qa_decimal_scale(left, right, (uint8_t)dropped, &units);
    return give_decimal(call, status, units, words, value_out);
}

qa_status_t qa_sql_compute_divide(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    const qa_sql_value_t *const a = &call->arguments[0], *const b = &call->arguments[1];
    const char *const words = "the quotient";
    if (call->type->kind == QA_SQL_DOUBLE) {
        if (b->number == 0.0) return fail_zero(call);
        return give_double(call, a->number / b->number, words, value_out);
    }
    const qa_int128_t divisor = units_of(b);
    if (divisor == 0) return fail_zero(call);
    if (call->type->kind == QA_SQL_BIGINT)
        return give_integer(call, (qa_int128_t)a->integer / divisor, words, value_out);
    qa_int128_t units = 0;
    const uint32_t shift = call->type->scale + scale_of(b) - scale_of(a);
    const qa_status_t status = qa_sql_decimal_divide(units_of(a), shift, divisor, &units);
    return give_decimal(call, status, units, words, value_out);
}

qa_status_t qa_sql_compute_modulo(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    const qa_sql_value_t *const a = &call->arguments[0], *const b = &call->arguments[1];
    const char *const words = "the rest";
    if (call->type->kind == QA_SQL_DOUBLE) {
        if (b->number == 0.0) return fail_zero(call);
        return give_double(call, fmod(a->number, b->number), words, value_out);
    }
    if (units_of(b) == 0) return fail_zero(call);
    if (call->type->kind == QA_SQL_BIGINT)
        return give_integer(call, (qa_int128_t)a->integer % b->integer, words, value_out);
    qa_int128_t left = 0, right = 0;
    const uint32_t scale = call->type->scale;
    qa_status_t status = qa_sql_decimal_rescale(units_of(a), scale_of(a), scale, &left);
    if (status == QA_OK) status = qa_sql_decimal_rescale(units_of(b), scale_of(b), scale, &right);
    return give_decimal(call, status, status == QA_OK ? left % right : 0, words, value_out);
}

/* The number, negative or not as asked. */
static qa_status_t with_sign(const qa_sql_call_t *call, bool is_turned, const char *words,
                             qa_sql_value_t *value_out)
{
    const qa_sql_value_t *const a = &call->arguments[0];
    if (call->type->kind == QA_SQL_DOUBLE)
        return give_double(call, is_turned ? -a->number : a->number, words, value_out);
    const qa_int128_t units = is_turned ? -units_of(a) : units_of(a);
    if (call->type->kind == QA_SQL_BIGINT) return give_integer(call, units, words, value_out);
    return give_decimal(call, QA_OK, units, words, value_out);
}

static int sign_of(const qa_sql_value_t *value)
{
    if (value->kind == QA_SQL_DOUBLE) return value->number < 0.0 ? -1 : value->number > 0.0;
    return units_of(value) < 0 ? -1 : units_of(value) > 0;
}

qa_status_t qa_sql_compute_negate(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return with_sign(call, true, "the number with the other sign", value_out);
}

qa_status_t qa_sql_compute_abs(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return with_sign(call, sign_of(&call->arguments[0]) < 0, "ABS", value_out);
}

qa_status_t qa_sql_compute_sign(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    *value_out = qa_sql_value_integer(QA_SQL_INTEGER, sign_of(&call->arguments[0]));
    return QA_OK;
}

/* --- rounding --- */

typedef enum rounding { ROUND_DOWN, ROUND_UP, ROUND_CUT, ROUND_NEAREST } rounding_t;

/* The multiple of 10^dropped beside the units, as a count of them. */
static qa_int128_t drop_digits(qa_int128_t units, uint32_t dropped, rounding_t rounding)
{
    const qa_int128_t divisor = qa_sql_power_of_ten(dropped);
    const qa_int128_t rest = units % divisor, quotient = units / divisor;
    const qa_int128_t rest_magnitude = rest < 0 ? -rest : rest;
    switch (rounding) {
    case ROUND_DOWN:
        return quotient - (rest < 0);
    case ROUND_UP:
        return quotient + (rest > 0);
    case ROUND_NEAREST:
        return rest_magnitude < divisor - rest_magnitude ? quotient : quotient + (units < 0 ? -1 : 1);
    default:
        return quotient;
    }
}

/* Units of `scale` with all digits behind `decimals` (which may be negative) settled, at the scale wanted. */
static qa_status_t round_units(qa_int128_t units, uint32_t scale, int64_t decimals, uint32_t wanted_scale,
                               rounding_t rounding, qa_int128_t *units_out)
{
    if (decimals >= (int64_t)scale) return qa_sql_decimal_rescale(units, scale, wanted_scale, units_out);
    *units_out = 0;
    const int64_t dropped = (int64_t)scale - decimals;
    if (dropped > QA_SQL_PRECISION_MAX) return QA_OK;
    const qa_int128_t count = drop_digits(units, (uint32_t)dropped, rounding);
    /* count × 10^-decimals, at the wanted scale, which is not below `decimals`. */
    const int64_t shift = (int64_t)wanted_scale - decimals;
    assert(shift >= 0);
    if (shift > QA_SQL_PRECISION_MAX) return count == 0 ? QA_OK : QA_OVERFLOW;
    return qa_sql_decimal_rescale(count, 0, (uint32_t)shift, units_out);
}

/* By the digits of the double's shortest text, so that 2.675 rounds as it is written. */
static double round_double(double number, int64_t decimals, rounding_t rounding)
{
    qa_int128_t units = 0, rounded = 0;
    if (decimals > QA_SQL_SCALE_MAX || fabs(number) >= 1e19) {
        if (decimals >= 0 || decimals < -400) return decimals >= 0 ? number : 0.0;
        const double power = pow(10.0, (double)-decimals), quotient = number / power;
        return (rounding == ROUND_CUT ? trunc(quotient) : round(quotient)) * power;
    }
    const uint32_t scale = QA_SQL_SCALE_MAX;
    if (qa_sql_decimal_from_double(number, scale, &units) != QA_OK) return number;
    if (round_units(units, scale, decimals, scale, rounding, &rounded) != QA_OK) return number;
    return qa_decimal_to_double(rounded, QA_SQL_SCALE_MAX);
}

static qa_status_t round_to(const qa_sql_call_t *call, rounding_t rounding, const char *words,
                            qa_sql_value_t *value_out)
{
    const qa_sql_value_t *const a = &call->arguments[0];
    const int64_t decimals = call->argument_count == 2 ? call->arguments[1].integer : 0;
    if (call->type->kind == QA_SQL_DOUBLE)
        return give_double(call, round_double(a->number, decimals, rounding), words, value_out);
    qa_int128_t units = 0;
    const uint32_t scale = call->type->kind == QA_SQL_DECIMAL ? call->type->scale : 0;
    const int64_t kept = decimals < (int64_t)scale ? decimals : (int64_t)scale;
    const int64_t asked = decimals > (int64_t)scale_of(a) ? (int64_t)scale_of(a) : kept;
    const qa_status_t status = round_units(units_of(a), scale_of(a), asked, scale, rounding, &units);
    if (call->type->kind == QA_SQL_BIGINT && status == QA_OK)
        return give_integer(call, units, words, value_out);
    return give_decimal(call, status, units, words, value_out);
}

qa_status_t qa_sql_compute_round(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return round_to(call, ROUND_NEAREST, "ROUND", value_out);
}

qa_status_t qa_sql_compute_truncate(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return round_to(call, ROUND_CUT, "TRUNCATE", value_out);
}

qa_status_t qa_sql_compute_ceiling(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    if (call->type->kind == QA_SQL_DOUBLE)
        return give_double(call, ceil(call->arguments[0].number), "CEILING", value_out);
    return round_to(call, ROUND_UP, "CEILING", value_out);
}

qa_status_t qa_sql_compute_floor(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    if (call->type->kind == QA_SQL_DOUBLE)
        return give_double(call, floor(call->arguments[0].number), "FLOOR", value_out);
    return round_to(call, ROUND_DOWN, "FLOOR", value_out);
}
