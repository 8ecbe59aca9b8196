/* Decimals: integers of 10^-decimals units, to and from text, and exact scaling in 256 bits.
 *
 * A text of up to 18 digits without exponent, nearly every number of a ledger, takes the short way; the rest
 * goes over the scanner and is rounded by its first dropped digit, which is all that "half away from zero"
 * needs to know. No binary fraction is ever involved, and nothing wraps: what does not fit is QA_OVERFLOW. */
#include <assert.h>

#include "base/digits.h"
#include "base/number_scan.h"
#include "qa/limits.h"
#include "qa/number.h"

const char qa_digit_pairs[200] = { "0001020304050607080910111213141516171819"
                                   "2021222324252627282930313233343536373839"
                                   "4041424344454647484950515253545556575859"
                                   "6061626364656667686970717273747576777879"
                                   "8081828384858687888990919293949596979899" };

const uint64_t qa_whole_powers_of_ten[20] = {
    1u,
    10u,
    100u,
    1000u,
    10000u,
    100000u,
    1000000u,
    10000000u,
    100000000u,
    1000000000u,
    10000000000u,
    100000000000u,
    1000000000000u,
    10000000000000u,
    100000000000000u,
    1000000000000000u,
    10000000000000000u,
    100000000000000000u,
    1000000000000000000u,
    10000000000000000000u,
};

enum { SCALE_DECIMALS_MAX = 38 }; /* two divisions by at most 10^19 each */

/* [+-]digits[.digits] with at most 18 digits and no more decimals than allowed; false: take the long way. */
static bool parse_short(const char *text, size_t bytes, uint8_t decimals, int64_t *units_out)
{
    const char *at = text;
    const char *const end = text + bytes;
    if (bytes == 0 || bytes > 20) return false;
    const bool is_negative = *at == '-';
    if (is_negative || *at == '+') at++;

    const char *const whole = at;
    uint64_t units = 0;
    if (end - at >= 8) {
        const uint64_t eight = qa_eight_bytes(at);
        if (qa_eight_are_digits(eight)) {
            units = qa_eight_digits_value(eight);
            at += 8;
        }
    }
    while (at < end && qa_is_digit(*at))
        units = units * 10 + (uint64_t)(*at++ - '0');
    ptrdiff_t digit_count = at - whole;
    if (digit_count == 0) return false;
    uint32_t missing = decimals;
    if (at < end) {
        if (*at++ != '.') return false;
        const char *const fraction = at;
        while (at < end && qa_is_digit(*at))
            units = units * 10 + (uint64_t)(*at++ - '0');
        if (at == fraction || at != end || at - fraction > decimals) return false;
        digit_count += at - fraction;
        missing -= (uint32_t)(at - fraction);
    }
    if (digit_count + (ptrdiff_t)missing > QA_DECIMAL_DIGITS_MAX) return false;
    units *= qa_whole_powers_of_ten[missing];
    *units_out = is_negative ? -(int64_t)units : (int64_t)units;
    return true;
}

/* The digits from scan->first, `count` of them and zeros where the text has no more. Tells by *rest_out the
 * first digit behind and by *is_exact_out whether all behind are zeros. */
static uint64_t take_digits(const qa_number_scan_t *scan, int64_t count, uint32_t *rest_out,
                            bool *is_exact_out)
{
    const char *at = scan->first;
    uint64_t units = 0;
    for (int64_t i = 0; i < count; i++) {
        if (at < scan->end && *at == '.') at++;
        units = units * 10 + (at < scan->end ? (uint64_t)(*at++ - '0') : 0);
    }
    if (at < scan->end && *at == '.') at++;
    *rest_out = at < scan->end ? (uint32_t)(*at - '0') : 0;
    *is_exact_out = true;
    for (; at < scan->end; at++) {
        if (*at != '0' && *at != '.') *is_exact_out = false;
    }
    return units;
}

static qa_status_t parse_long(const char *text, size_t bytes, uint8_t decimals, int64_t *units_out,
                              bool *is_rounded_out)
{
    qa_number_scan_t scan;
    if (!qa_number_scan(text, bytes, &scan)) return QA_NOT_A_NUMBER;
    if (scan.first == NULL) return QA_OK;
    const int64_t digit_count = scan.point + decimals; /* of the integer of units */
    if (digit_count > QA_DECIMAL_DIGITS_MAX) return QA_OVERFLOW;

    uint64_t units = 0;
    uint32_t rest = 0; /* below one unit by two places or more: the first dropped digit is a zero */
    bool is_exact = false;
    if (digit_count >= 0) units = take_digits(&scan, digit_count, &rest, &is_exact);
    if (!is_exact) {
        if (is_rounded_out == NULL) return QA_TOO_MANY_DECIMALS;
        *is_rounded_out = true;
        if (rest >= 5) units++;
        if (units == qa_whole_powers_of_ten[QA_DECIMAL_DIGITS_MAX]) return QA_OVERFLOW;
    }
    assert(units < qa_whole_powers_of_ten[QA_DECIMAL_DIGITS_MAX]);
    *units_out = scan.is_negative ? -(int64_t)units : (int64_t)units;
    return QA_OK;
}

qa_status_t qa_decimal_parse(const char *text, size_t bytes, uint8_t decimals, int64_t *units_out,
                             bool *is_rounded_out)
{
    assert(decimals <= QA_DECIMAL_DIGITS_MAX);
    if (is_rounded_out != NULL) *is_rounded_out = false;
    if (parse_short(text, bytes, decimals, units_out)) return QA_OK;
    *units_out = 0;
    return parse_long(text, bytes, decimals, units_out, is_rounded_out);
}

/* At least `digit_count_min` digits of a 128-bit number before `end`. */
static char *write_wide_before(char *end, qa_uint128_t magnitude, uint32_t digit_count_min)
{
    enum { PART_DIGITS = 19 };
    char *start = end;
    while (magnitude > UINT64_MAX) {
        start -= PART_DIGITS;
        qa_digits_write_count(start, (uint64_t)(magnitude % qa_whole_powers_of_ten[PART_DIGITS]),
                              PART_DIGITS);
        magnitude /= qa_whole_powers_of_ten[PART_DIGITS];
    }
    start = qa_digits_write_before(start, (uint64_t)magnitude);
    while (end - start < (ptrdiff_t)digit_count_min)
        *--start = '0';
    return start;
}

size_t qa_decimal_print(qa_int128_t units, uint8_t decimals, char text_out[QA_DECIMAL_TEXT_BYTES])
{
    assert(decimals <= QA_DECIMAL_DIGITS_MAX);
    char digits[QA_DECIMAL_TEXT_BYTES];
    char *const end = digits + sizeof(digits);
    const qa_uint128_t magnitude = units < 0 ? -(qa_uint128_t)units : (qa_uint128_t)units;
    const char *const start = write_wide_before(end, magnitude, decimals + 1u);
    const size_t whole_count = (size_t)(end - start) - decimals;
    size_t bytes = 0;
    if (units < 0) text_out[bytes++] = '-';
    memcpy(text_out + bytes, start, whole_count);
    bytes += whole_count;
    if (decimals > 0) {
        text_out[bytes++] = '.';
        memcpy(text_out + bytes, start + whole_count, decimals);
        bytes += decimals;
    }
    assert(bytes < QA_DECIMAL_TEXT_BYTES);
    return bytes;
}

static void multiply_wide(qa_uint128_t a, qa_uint128_t b, uint64_t product_out[4])
{
    const uint64_t a_parts[2] = { (uint64_t)a, (uint64_t)(a >> 64) };
    const uint64_t b_parts[2] = { (uint64_t)b, (uint64_t)(b >> 64) };
    memset(product_out, 0, 4 * sizeof(product_out[0]));
    for (int i = 0; i < 2; i++) {
        uint64_t carry = 0;
        for (int j = 0; j < 2; j++) {
            const qa_uint128_t sum = (qa_uint128_t)a_parts[i] * b_parts[j] + product_out[i + j] + carry;
            product_out[i + j] = (uint64_t)sum;
            carry = (uint64_t)(sum >> 64);
        }
        product_out[i + 2] = carry;
    }
}

static uint64_t divide_wide(uint64_t parts[4], uint64_t divisor)
{
    uint64_t rest = 0;
    for (int i = 3; i >= 0; i--) {
        const qa_uint128_t part = (qa_uint128_t)rest << 64 | parts[i];
        parts[i] = (uint64_t)(part / divisor);
        rest = (uint64_t)(part % divisor);
    }
    return rest;
}

qa_status_t qa_decimal_scale(qa_int128_t a, qa_int128_t b, uint8_t decimals, qa_int128_t *result_out)
{
    assert(decimals <= SCALE_DECIMALS_MAX);
    const bool is_negative = (a < 0) != (b < 0);
    const qa_uint128_t a_magnitude = a < 0 ? -(qa_uint128_t)a : (qa_uint128_t)a;
    const qa_uint128_t b_magnitude = b < 0 ? -(qa_uint128_t)b : (qa_uint128_t)b;
    const qa_uint128_t magnitude_max = ((qa_uint128_t)1 << 127) - (is_negative ? 0u : 1u);
    *result_out = 0;

    uint64_t parts[4];
    multiply_wide(a_magnitude, b_magnitude, parts);
    uint32_t left = decimals;
    if (left > 19) {
        divide_wide(
            parts,
            qa_whole_powers_of_ten[19]); /* this rest is below half a unit of the next division's half */
        left -= 19;
    }
    const uint64_t rest = divide_wide(parts, qa_whole_powers_of_ten[left]);
    qa_uint128_t magnitude = (qa_uint128_t)parts[1] << 64 | parts[0];
    if (parts[2] != 0 || parts[3] != 0) return QA_OVERFLOW;
    if (left > 0 && rest >= qa_whole_powers_of_ten[left] / 2) {
        if (magnitude == ~(qa_uint128_t)0) return QA_OVERFLOW;
        magnitude++;
    }
    if (magnitude > magnitude_max) return QA_OVERFLOW;
    *result_out = is_negative ? (qa_int128_t)-magnitude : (qa_int128_t)magnitude;
    return QA_OK;
}
