/* Double to the shortest text that is read back as the same bits, and of those the nearest.
 *
 * Money and small integers, at most 15 digits of which at most 4 behind the point, are recognized by an exact
 * test: 15 digits always survive the way through a double, so such a text is the shortest. All others go
 * through Schubfach (Raffaello Giulietti, "The Schubfach way to render doubles", 2020): the interval of
 * numbers that round to the double is scaled by a power of ten so that it holds at most one multiple of ten,
 * and is looked at in integers. */
#include "base/digits.h"
#include "base/double_core.h"
#include "qa/number.h"

enum { EXPONENT_POSITIONAL_MIN = -5, EXPONENT_POSITIONAL_END = 17 };

/* power × factor / 2^128, cut, with the last bit set if anything was cut: enough to compare with boundaries.
 */
static uint64_t multiply_round_to_odd(qa_power_of_ten_t power, uint64_t factor)
{
    const qa_uint128_t low = (qa_uint128_t)power.low * factor;
    const qa_uint128_t sum = (qa_uint128_t)power.high * factor + (uint64_t)(low >> 64);
    return (uint64_t)(sum >> 64) | ((uint64_t)sum > 1);
}

/* Schubfach wants powers rounded up. */
static qa_power_of_ten_t power_above(int32_t power)
{
    assert(power >= QA_POWER_MIN && power <= QA_POWER_MAX);
    qa_power_of_ten_t row = qa_powers_of_ten[power - QA_POWER_MIN];
    if (power < 0 || power > QA_POWER_EXACT_MAX) {
        row.low++;
        row.high += row.low == 0;
    }
    return row;
}

void qa_double_shortest(double number, uint64_t *digits_out, int32_t *exponent_out)
{
    assert(number > 0.0);
    const uint64_t bits = qa_double_bits(number);
    const uint64_t fraction = bits & (QA_HIDDEN_BIT - 1);
    const int32_t stored = (int32_t)(bits >> QA_FRACTION_BITS);
    assert(stored < QA_EXPONENT_INFINITE);
    const uint64_t significand = stored == 0 ? fraction : fraction | QA_HIDDEN_BIT;
    const int32_t exponent = (stored == 0 ? 1 : stored) - QA_EXPONENT_BIAS;
    if (exponent <= 0 && exponent > -53 && (significand & ((UINT64_C(1) << -exponent) - 1)) == 0) {
        *digits_out = significand >> -exponent; /* an integer up to 2^53 has no shorter neighbour */
        *exponent_out = 0;
        return;
    }
    /* Boundaries belong to the interval if the number is even; below a power of two the neighbour is nearer.
     */
    const uint64_t is_odd = significand & 1;
    const bool is_power_of_two = fraction == 0 && stored > 1;
    /* floor(log10(2^e)), or of 3/4 2^e; and floor(log2(10^-k)). Right shifts of negatives are arithmetic
     * here. */
    const int32_t k = (exponent * 1262611 - (is_power_of_two ? 524031 : 0)) >> 22;
    const int32_t shift = exponent + ((-k * 1741647) >> 19) + 1;
    const qa_power_of_ten_t power = power_above(-k);
    const uint64_t middle = multiply_round_to_odd(power, (4 * significand) << shift);
    const uint64_t lower =
        multiply_round_to_odd(power, (4 * significand - 2 + is_power_of_two) << shift) + is_odd;
    const uint64_t upper = multiply_round_to_odd(power, (4 * significand + 2) << shift) - is_odd;

    const uint64_t whole = middle / 4;
    *exponent_out = k;
    if (whole >= 10) {
        const uint64_t tens = whole / 10;
        const bool is_below_inside = lower <= 40 * tens;
        const bool is_above_inside = 40 * tens + 40 <= upper;
        if (is_below_inside != is_above_inside) {
            *digits_out = tens + is_above_inside;
            *exponent_out = k + 1;
            return;
        }
    }
    const bool is_below_inside = lower <= 4 * whole;
    const bool is_above_inside = 4 * whole + 4 <= upper;
    if (is_below_inside != is_above_inside) {
        *digits_out = whole + is_above_inside;
        return;
    }
    const uint64_t halfway = 4 * whole + 2;
    *digits_out = whole + (middle > halfway || (middle == halfway && (whole & 1) != 0));
}

/* "1234", "12.34", "0.0012": digits × 10^exponent with its first digit at 10^first. */
static size_t write_positional(char *target, const char *digits, int32_t count, int32_t first)
{
    char *at = target;
    if (first < 0) {
        memcpy(at, "0.00000", 8);
        at += 1 - first;
        memcpy(at, digits, (size_t)count);
        return (size_t)(at + count - target);
    }
    const int32_t whole_count = first + 1;
    if (count <= whole_count) {
        memcpy(at, digits, (size_t)count);
        memset(at + count, '0', (size_t)(whole_count - count));
        return (size_t)whole_count;
    }
    memcpy(at, digits, (size_t)whole_count);
    at[whole_count] = '.';
    memcpy(at + whole_count + 1, digits + whole_count, (size_t)(count - whole_count));
    return (size_t)count + 1;
}

static size_t write_scientific(char *target, const char *digits, int32_t count, int32_t first)
{
    char *at = target;
    *at++ = digits[0];
    if (count > 1) {
        *at++ = '.';
        memcpy(at, digits + 1, (size_t)(count - 1));
        at += count - 1;
    }
    *at++ = 'e';
    *at++ = first < 0 ? '-' : '+';
    const uint64_t magnitude = (uint64_t)(first < 0 ? -first : first);
    const uint32_t exponent_count = qa_digits_count(magnitude);
    qa_digits_write_count(at, magnitude, exponent_count);
    return (size_t)(at + exponent_count - target);
}

/* Units of 10^-4 of numbers that are exactly read back from them. False: not such a number. */
static bool write_money(char *target, double magnitude, size_t *bytes_out)
{
    if (!(magnitude < 1e11)) return false;
    const uint64_t units = (uint64_t)(magnitude * 1e4 + 0.5);
    if ((double)units / 1e4 != magnitude) return false;
    char text[24];
    const uint64_t whole = units / 10000;
    uint64_t rest = units % 10000;
    const char *const start = qa_digits_write_before(text + sizeof(text), whole);
    size_t bytes = (size_t)(text + sizeof(text) - start);
    memcpy(target, start, bytes);
    if (rest != 0) {
        target[bytes] = '.';
        uint32_t count = 4;
        if (rest % 100 == 0) {
            rest /= 100;
            count = 2;
        }
        if (rest % 10 == 0) {
            rest /= 10;
            count--;
        }
        qa_digits_write_count(target + bytes + 1, rest, count);
        bytes += 1 + count;
    }
    *bytes_out = bytes;
    return true;
}

size_t qa_double_print(double number, char text_out[QA_DOUBLE_TEXT_BYTES])
{
    size_t sign_bytes = 0, bytes = 0;
    if (number < 0.0) {
        text_out[sign_bytes++] = '-';
        number = -number;
    }
    if (write_money(text_out + sign_bytes, number, &bytes))
        return sign_bytes + bytes; /* zero comes here too */

    uint64_t digits = 0;
    int32_t exponent = 0;
    qa_double_shortest(number, &digits, &exponent);
    char text[QA_DIGITS_IN_U64_MAX];
    const char *const start = qa_digits_write_before(text + sizeof(text), digits);
    int32_t count = (int32_t)(text + sizeof(text) - start);
    const int32_t first = count - 1 + exponent;
    while (start[count - 1] == '0')
        count--;
    if (first >= EXPONENT_POSITIONAL_MIN && first < EXPONENT_POSITIONAL_END)
        bytes = write_positional(text_out + sign_bytes, start, count, first);
    else
        bytes = write_scientific(text_out + sign_bytes, start, count, first);
    assert(sign_bytes + bytes <= QA_DOUBLE_TEXT_BYTES);
    return sign_bytes + bytes;
}
