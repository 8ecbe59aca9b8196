/* Text to double, correctly rounded to nearest even, in three steps of rising cost.
 *
 * 1. Up to 2^53 times or divided by at most 10^22: both are exact doubles, so one operation rounds once
 * (Clinger 1990).
 * 2. Up to 19 digits: 64 × 128-bit product with a table of powers (Lemire, "Number parsing at a gigabyte per
 * second", 2021, after Eisel). More digits are cut, and the step still decides if cut and cut + 1 give the
 * same double.
 * 3. Big integers (double_exact.c), for any number of digits.
 * It must never depend on the C library's strtod, whose locale and rounding are not ours. */
#include "base/digits.h"
#include "base/double_core.h"
#include "qa/number.h"

const qa_power_of_ten_t qa_powers_of_ten[QA_POWER_MAX - QA_POWER_MIN + 1] = {
#include "base/tables/powers_of_ten.inc"
};

enum { DIGITS_MAX = 19 }; /* any 19 digits fit 64 bits */

static const double exact_powers[23] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                         1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                         1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

typedef struct product {
    uint64_t high;
    uint64_t low;
} product_t;

static product_t multiply(uint64_t a, uint64_t b)
{
    const qa_uint128_t product = (qa_uint128_t)a * b;
    return (product_t){ (uint64_t)(product >> 64), (uint64_t)product };
}

/* The low word of the power matters only if the nine bits below the rounding position are all ones. */
static product_t multiply_power(uint64_t digits, int32_t power)
{
    qa_power_of_ten_t row = qa_powers_of_ten[power - QA_POWER_MIN];
    /* Lemire's proof wants small negative powers rounded up, so that exact quotients are seen as such. */
    if (power < 0 && power >= -27) row.low++;
    product_t product = multiply(digits, row.high);
    if ((product.high & 0x1FF) == 0x1FF) {
        const product_t behind = multiply(digits, row.low);
        product.low += behind.high;
        if (product.low < behind.high) product.high++;
    }
    return product;
}

bool qa_double_nearest(uint64_t digits, int32_t power, uint64_t *bits_out)
{
    *bits_out = 0;
    if (digits == 0 || power < QA_POWER_MIN) return true;
    *bits_out = QA_DOUBLE_INFINITE_BITS;
    if (power > QA_POWER_PARSE_MAX) return true;

    const int32_t shift = __builtin_clzll(digits);
    const product_t product = multiply_power(digits << shift, power);
    const bool is_certain = product.low != UINT64_MAX || (power >= -27 && power <= QA_POWER_EXACT_MAX);
    const int32_t upper = (int32_t)(product.high >> 63);
    uint64_t significand = product.high >> (upper + 9); /* 54 bits: one more than we keep */
    /* 217706 / 2^16 is log2(10) closely enough for all powers of the table. */
    int32_t exponent = ((217706 * power) >> 16) + 63 + upper - shift + 1023;
    if (exponent <= 0) {
        const int32_t lost = 1 - exponent;
        significand = lost >= 64 ? 0 : significand >> lost;
        significand += significand & 1;
        *bits_out = significand >> 1; /* rounding up to 2^52 makes the smallest normal number by itself */
        return is_certain;
    }
    /* Exactly halfway: only these powers can be; then an odd last bit goes up and an even one must stay. */
    if (product.low <= 1 && power >= -4 && power <= 23 && (significand & 3) == 1 &&
        significand << (upper + 9) == product.high) {
        significand--;
    }
    significand += significand & 1;
    significand >>= 1;
    if (significand == QA_HIDDEN_BIT << 1) {
        significand = QA_HIDDEN_BIT;
        exponent++;
    }
    if (exponent < QA_EXPONENT_INFINITE)
        *bits_out = (uint64_t)exponent << QA_FRACTION_BITS | (significand & (QA_HIDDEN_BIT - 1));
    return is_certain;
}

/* Reads digits eight at a time into *digits. */
static inline const char *read_digits(const char *at, const char *end, uint64_t *digits)
{
    while (end - at >= 8) {
        const uint64_t eight = qa_eight_bytes(at);
        if (!qa_eight_are_digits(eight)) break;
        *digits = *digits * 100000000 + qa_eight_digits_value(eight);
        at += 8;
    }
    for (; at < end && qa_is_digit(*at); at++)
        *digits = *digits * 10 + (uint64_t)(*at - '0');
    return at;
}

/* At most 19 digits and an exponent of at most 4: nearly all numbers. False: not that form, maybe no number.
 */
static bool read_short(const char *text, size_t bytes, uint64_t *digits_out, int32_t *power_out,
                       bool *is_negative_out)
{
    const char *at = text;
    const char *const end = text + bytes;
    if (at == end) return false;
    *is_negative_out = *at == '-';
    if (*at == '-' || *at == '+') at++;
    const char *start = at;
    uint64_t digits = 0; /* may wrap while the count says that it is too long; then it is not used */
    at = read_digits(at, end, &digits);
    ptrdiff_t digit_count = at - start;
    if (digit_count == 0) return false;
    int32_t power = 0;
    if (at < end && *at == '.') {
        start = ++at;
        at = read_digits(at, end, &digits);
        if (at == start) return false;
        digit_count += at - start;
        if (digit_count > DIGITS_MAX) return false;
        power = (int32_t)(start - at);
    }
    if (digit_count > DIGITS_MAX) return false;
    if (at < end) {
        if (*at != 'e' && *at != 'E') return false;
        at++;
        const bool is_down = at < end && *at == '-';
        if (at < end && (*at == '-' || *at == '+')) at++;
        uint64_t exponent = 0;
        start = at;
        at = read_digits(at, end, &exponent);
        if (at != end || at == start || at - start > 4) return false;
        power += is_down ? -(int32_t)exponent : (int32_t)exponent;
    }
    *digits_out = digits;
    *power_out = power;
    return true;
}

/* The first 19 digits; *is_cut_out if more than zeros follow. */
static uint64_t first_digits(const qa_number_scan_t *scan, int32_t *count_out, bool *is_cut_out)
{
    uint64_t digits = 0;
    int32_t count = 0;
    const char *at = scan->first;
    for (; at < scan->end && count < DIGITS_MAX; at++) {
        if (*at == '.') continue;
        digits = digits * 10 + (uint64_t)(*at - '0');
        count++;
    }
    *is_cut_out = false;
    for (; at < scan->end; at++) {
        if (*at != '0' && *at != '.') *is_cut_out = true;
    }
    *count_out = count;
    return digits;
}

static uint64_t round_scan(const qa_number_scan_t *scan)
{
    if (scan->first == NULL || scan->point < -330) return 0;
    if (scan->point > 310) return QA_DOUBLE_INFINITE_BITS;
    int32_t count = 0;
    bool is_cut = false;
    uint64_t bits = 0, bits_above = 0;
    const uint64_t digits = first_digits(scan, &count, &is_cut);
    const int32_t power = (int32_t)scan->point - count;
    bool is_certain = qa_double_nearest(digits, power, &bits);
    if (is_cut)
        is_certain = is_certain && qa_double_nearest(digits + 1, power, &bits_above) && bits_above == bits;
    return is_certain ? bits : qa_double_exact(scan, bits);
}

qa_status_t qa_double_parse(const char *text, size_t bytes, double *number_out)
{
    uint64_t digits = 0, bits = 0;
    int32_t power = 0;
    bool is_negative = false;
    bool is_done = false;
    *number_out = 0.0;
    if (read_short(text, bytes, &digits, &power, &is_negative)) {
        if (digits <= QA_HIDDEN_BIT << 1 && power >= -22 && power <= 22) {
            const double whole = (double)digits;
            const double number = power < 0 ? whole / exact_powers[-power] : whole * exact_powers[power];
            *number_out = is_negative && digits != 0 ? -number : number;
            return QA_OK;
        }
        is_done = qa_double_nearest(digits, power, &bits);
    }
    if (!is_done) {
        qa_number_scan_t scan;
        if (!qa_number_scan(text, bytes, &scan)) return QA_NOT_A_NUMBER;
        is_negative = scan.is_negative;
        bits = round_scan(&scan);
    }
    if (bits == QA_DOUBLE_INFINITE_BITS) return QA_OVERFLOW;
    if (bits != 0) *number_out = qa_double_of_bits(is_negative ? bits | UINT64_C(1) << 63 : bits);
    return QA_OK;
}
