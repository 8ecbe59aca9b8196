/* Decimals of up to 38 digits in 128 bits, with 256 bits between where a product comes before a division.
 * Half is always rounded away from zero, as the core does. Never a binary fraction, never a silent wrap. */
#include "value/decimal.h"

#include <assert.h>
#include <string.h>

#include "base/digits.h"
#include "base/number_scan.h"

enum { NUMBER_TEXT_BYTES_MAX = 400 }; /* more digits than any double or decimal tells apart */

qa_int128_t qa_sql_power_of_ten(uint32_t exponent)
{
    assert(exponent <= QA_SQL_PRECISION_MAX);
    if (exponent <= 19) return (qa_int128_t)qa_whole_powers_of_ten[exponent];
    return (qa_int128_t)qa_whole_powers_of_ten[19] * (qa_int128_t)qa_whole_powers_of_ten[exponent - 19];
}

static qa_uint128_t magnitude_of(qa_int128_t units)
{
    return units < 0 ? -(qa_uint128_t)units : (qa_uint128_t)units;
}

static qa_int128_t with_sign(qa_uint128_t magnitude, bool is_negative)
{
    return is_negative ? -(qa_int128_t)magnitude : (qa_int128_t)magnitude;
}

bool qa_sql_decimal_fits(qa_int128_t units, uint32_t precision)
{
    return magnitude_of(units) < (qa_uint128_t)qa_sql_power_of_ten(precision);
}

qa_status_t qa_sql_decimal_rescale(qa_int128_t units, uint32_t scale, uint32_t wanted_scale,
                                   qa_int128_t *units_out)
{
    if (wanted_scale == scale) {
        *units_out = units;
        return qa_sql_decimal_fits(units, QA_SQL_PRECISION_MAX) ? QA_OK : QA_OVERFLOW;
    }
    *units_out = 0;
    qa_uint128_t magnitude = magnitude_of(units);
    if (wanted_scale > scale) {
        const qa_uint128_t factor = (qa_uint128_t)qa_sql_power_of_ten(wanted_scale - scale);
        if (magnitude > (qa_uint128_t)(qa_sql_power_of_ten(QA_SQL_PRECISION_MAX) - 1) / factor)
            return QA_OVERFLOW;
        magnitude *= factor;
    } else {
        const qa_uint128_t divisor = (qa_uint128_t)qa_sql_power_of_ten(scale - wanted_scale);
        const qa_uint128_t rest = magnitude % divisor;
        magnitude /= divisor;
        if (rest >= divisor - rest) magnitude++;
    }
    *units_out = with_sign(magnitude, units < 0);
    return qa_sql_decimal_fits(*units_out, QA_SQL_PRECISION_MAX) ? QA_OK : QA_OVERFLOW;
}

qa_status_t qa_sql_decimal_add(qa_int128_t a, qa_int128_t b, qa_int128_t *sum_out)
{
    *sum_out = 0;
    /* Two numbers of 38 digits can reach 2 × 10^38, which is beyond 2^127. */
    const qa_int128_t room = qa_sql_power_of_ten(QA_SQL_PRECISION_MAX) - 1;
    if (a > room || a < -room || b > room || b < -room) return QA_OVERFLOW;
    if (b > 0 ? a > room - b : a < -room - b) return QA_OVERFLOW;
    *sum_out = a + b;
    return QA_OK;
}

/* Writes a × b as high and low 128 bits. */
static void multiply_wide(qa_uint128_t a, qa_uint128_t b, qa_uint128_t *high_out, qa_uint128_t *low_out)
{
    const qa_uint128_t a_low = (uint64_t)a, a_high = a >> 64, b_low = (uint64_t)b, b_high = b >> 64;
    const qa_uint128_t low = a_low * b_low, left = a_high * b_low, right = a_low * b_high;
    const qa_uint128_t middle = (low >> 64) + (uint64_t)left + (uint64_t)right;
    *low_out = middle << 64 | (uint64_t)low;
    *high_out = a_high * b_high + (left >> 64) + (right >> 64) + (middle >> 64);
}

/* 256 by at most 127 bits, a bit at a time: only for quotients that 128 bits cannot hold before the division.
 */
static bool divide_wide(qa_uint128_t high, qa_uint128_t low, qa_uint128_t divisor, qa_uint128_t *quotient_out,
                        qa_uint128_t *rest_out)
{
    if (high >= divisor) return false;
    qa_uint128_t rest = high, quotient = 0;
    for (int i = 127; i >= 0; i--) {
        rest = rest << 1 | (low >> i & 1);
        quotient <<= 1;
        if (rest >= divisor) {
            rest -= divisor;
            quotient |= 1;
        }
    }
    *quotient_out = quotient;
    *rest_out = rest;
    return true;
}

qa_status_t qa_sql_decimal_divide(qa_int128_t a, uint32_t shift, qa_int128_t b, qa_int128_t *quotient_out)
{
    assert(b != 0);
    *quotient_out = 0;
    const qa_uint128_t divisor = magnitude_of(b);
    qa_uint128_t high = 0, low = 0, quotient = 0, rest = 0;
    multiply_wide(magnitude_of(a), (qa_uint128_t)qa_sql_power_of_ten(shift), &high, &low);
    if (high == 0) {
        quotient = low / divisor;
        rest = low % divisor;
    } else if (!divide_wide(high, low, divisor, &quotient, &rest)) {
        return QA_OVERFLOW;
    }
    if (quotient >= (qa_uint128_t)qa_sql_power_of_ten(QA_SQL_PRECISION_MAX)) return QA_OVERFLOW;
    if (rest >= divisor - rest) quotient++;
    *quotient_out = with_sign(quotient, (a < 0) != (b < 0));
    return qa_sql_decimal_fits(*quotient_out, QA_SQL_PRECISION_MAX) ? QA_OK : QA_OVERFLOW;
}

int qa_sql_decimal_compare(qa_int128_t a, uint32_t a_scale, qa_int128_t b, uint32_t b_scale)
{
    if (a_scale > b_scale) return -qa_sql_decimal_compare(b, b_scale, a, a_scale);
    if (a_scale == b_scale) return a < b ? -1 : a > b;
    if ((a < 0) != (b < 0)) return a < 0 ? -1 : 1;
    qa_uint128_t high = 0, low = 0;
    multiply_wide(magnitude_of(a), (qa_uint128_t)qa_sql_power_of_ten(b_scale - a_scale), &high, &low);
    const qa_uint128_t b_magnitude = magnitude_of(b);
    const int larger = high > 0 || low > b_magnitude ? 1 : low < b_magnitude ? -1 : 0;
    return a < 0 ? -larger : larger;
}

/* The grammar of the core wants digits on both sides of the point; SQL does not. Returns the text or a copy.
 */
static const char *complete(const char *text, size_t *bytes, char copy[NUMBER_TEXT_BYTES_MAX + 2])
{
    size_t point = 0;
    while (point < *bytes && text[point] != '.')
        point++;
    if (point == *bytes || *bytes > NUMBER_TEXT_BYTES_MAX) return text;
    const bool is_before = point > 0 && qa_is_digit(text[point - 1]);
    const bool is_behind = point + 1 < *bytes && qa_is_digit(text[point + 1]);
    if (is_before == is_behind) return text;
    size_t count = point;
    memcpy(copy, text, point);
    if (!is_before) copy[count++] = '0';
    copy[count++] = '.';
    if (!is_behind) copy[count++] = '0';
    memcpy(copy + count, text + point + 1, *bytes - point - 1);
    *bytes = count + *bytes - point - 1;
    return copy;
}

qa_status_t qa_sql_decimal_parse(const char *text, size_t bytes, uint32_t scale, qa_int128_t *units_out)
{
    char copy[NUMBER_TEXT_BYTES_MAX + 2];
    qa_number_scan_t scan;
    *units_out = 0;
    text = complete(text, &bytes, copy);
    if (!qa_number_scan(text, bytes, &scan)) return QA_NOT_A_NUMBER;
    if (scan.first == NULL) return QA_OK;
    const int64_t digit_count = scan.point + (int64_t)scale;
    if (digit_count > QA_SQL_PRECISION_MAX) return QA_OVERFLOW;
    if (digit_count < 0) return QA_OK;
    qa_uint128_t magnitude = 0;
    const char *at = scan.first;
    for (int64_t i = 0; i < digit_count; i++) {
        if (at < scan.end && *at == '.') at++;
        const uint64_t digit = at < scan.end ? (uint64_t)(*at++ - '0') : 0u;
        magnitude = magnitude * 10u + digit;
    }
    if (at < scan.end && *at == '.') at++;
    if (at < scan.end && *at >= '5') magnitude++;
    *units_out = with_sign(magnitude, scan.is_negative);
    return qa_sql_decimal_fits(*units_out, QA_SQL_PRECISION_MAX) ? QA_OK : QA_OVERFLOW;
}

qa_status_t qa_sql_decimal_from_double(double number, uint32_t scale, qa_int128_t *units_out)
{
    char text[QA_DOUBLE_TEXT_BYTES];
    return qa_sql_decimal_parse(text, qa_double_print(number, text), scale, units_out);
}

qa_status_t qa_sql_double_parse(const char *text, size_t bytes, double *number_out)
{
    char copy[NUMBER_TEXT_BYTES_MAX + 2];
    text = complete(text, &bytes, copy);
    return qa_double_parse(text, bytes, number_out);
}
