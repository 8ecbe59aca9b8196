/* Between decimals and doubles, both ways from the exact value: nothing is rounded twice. */
#include <assert.h>

#include "base/digits.h"
#include "base/double_core.h"
#include "qa/limits.h"
#include "qa/number.h"

double qa_decimal_to_double(qa_int128_t units, uint8_t decimals)
{
    assert(decimals <= QA_DECIMAL_DIGITS_MAX);
    const qa_uint128_t magnitude = units < 0 ? -(qa_uint128_t)units : (qa_uint128_t)units;
    double number = 0.0;
    uint64_t bits = 0;
    if (magnitude <= QA_HIDDEN_BIT << 1) {
        /* Both are exact, so the division rounds once. */
        number = (double)(uint64_t)magnitude / (double)qa_whole_powers_of_ten[decimals];
    } else if (magnitude <= UINT64_MAX && qa_double_nearest((uint64_t)magnitude, -decimals, &bits)) {
        number = qa_double_of_bits(bits);
    } else {
        char text[QA_DECIMAL_TEXT_BYTES];
        const size_t bytes = qa_decimal_print(units, decimals, text);
        const qa_status_t status = qa_double_parse(text, bytes, &number);
        assert(status == QA_OK);
        (void)status;
        return number;
    }
    return units < 0 ? -number : number;
}

/* Whether the shortest text of the number has at most so many decimals. */
static bool has_decimals(double magnitude, uint64_t units, uint8_t decimals)
{
    /* 15 digits survive the way through a double: if they do not lead back, no text with so few decimals
     * does. */
    if (units < qa_whole_powers_of_ten[15])
        return (double)units / (double)qa_whole_powers_of_ten[decimals] == magnitude;
    uint64_t digits = 0;
    int32_t exponent = 0;
    qa_double_shortest(magnitude, &digits, &exponent);
    for (; exponent < 0 && digits % 10 == 0; exponent++)
        digits /= 10;
    return -exponent <= decimals;
}

qa_status_t qa_decimal_from_double(double number, uint8_t decimals, int64_t *units_out, bool *is_rounded_out)
{
    assert(decimals <= QA_DECIMAL_DIGITS_MAX);
    *units_out = 0;
    if (is_rounded_out != NULL) *is_rounded_out = false;
    const double magnitude = number < 0.0 ? -number : number;
    if (magnitude == 0.0) return QA_OK;
    if (!(magnitude < 1e18)) return QA_OVERFLOW; /* not a number and infinities too */

    const uint64_t bits = qa_double_bits(magnitude);
    const int32_t stored = (int32_t)(bits >> QA_FRACTION_BITS);
    const uint64_t fraction = bits & (QA_HIDDEN_BIT - 1);
    const uint64_t significand = stored == 0 ? fraction : fraction | QA_HIDDEN_BIT;
    const int32_t exponent = (stored == 0 ? 1 : stored) - QA_EXPONENT_BIAS;
    const qa_uint128_t product =
        (qa_uint128_t)significand * qa_whole_powers_of_ten[decimals]; /* below 2^113 */
    qa_uint128_t units = 0;
    if (exponent >= 0)
        units = product << exponent; /* below 1e18 × 1e18, so below 2^120 */
    else if (exponent > -120)
        units = (product + ((qa_uint128_t)1 << (-exponent - 1))) >> -exponent;
    if (units >= qa_whole_powers_of_ten[QA_DECIMAL_DIGITS_MAX]) return QA_OVERFLOW;

    if (!has_decimals(magnitude, (uint64_t)units, decimals)) {
        if (is_rounded_out == NULL) return QA_TOO_MANY_DECIMALS;
        *is_rounded_out = true;
    }
    *units_out = number < 0.0 ? -(int64_t)units : (int64_t)units;
    return QA_OK;
}
