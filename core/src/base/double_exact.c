/* The exact way to a double: compare the text with the point halfway between two neighbours, as big integers.
 *
 * Text = D × 10^e, halfway point = M × 2^h. Powers of five go to the side where they are positive, so do
 * powers of two; then two integers are compared. Digits beyond DIGITS_MAX cannot move a text onto the other
 * side of a halfway point, which has at most 767 digits; whether they are all zeros is kept as one more
 * digit. So 4096 bits suffice and nothing is allocated. */
#include "base/digits.h"
#include "base/double_core.h"

enum { DIGITS_MAX = 780, LIMB_COUNT_MAX = 128 };

typedef struct big {
    uint32_t limbs[LIMB_COUNT_MAX]; /* base 2^32, low first */
    uint32_t count;                 /* without leading zero limbs */
} big_t;

static void big_multiply_add(big_t *big, uint32_t factor, uint32_t addend)
{
    uint64_t carry = addend;
    for (uint32_t i = 0; i < big->count; i++) {
        carry += (uint64_t)big->limbs[i] * factor;
        big->limbs[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry != 0) {
        assert(big->count < LIMB_COUNT_MAX);
        big->limbs[big->count++] = (uint32_t)carry;
    }
}

static void big_multiply_power_of_five(big_t *big, int64_t power)
{
    enum { STEP = 13 }; /* 5^13 is the largest power of five in 32 bits */
    for (; power >= STEP; power -= STEP)
        big_multiply_add(big, 1220703125u, 0);
    for (; power > 0; power--)
        big_multiply_add(big, 5, 0);
}

static void big_shift_up(big_t *big, int64_t bits)
{
    assert(bits >= 0);
    for (; bits >= 32 + 31; bits -= 32) {
        assert(big->count < LIMB_COUNT_MAX);
        memmove(big->limbs + 1, big->limbs, big->count * sizeof(big->limbs[0]));
        big->limbs[0] = 0;
        big->count++;
    }
    for (; bits > 0; bits -= bits < 31 ? bits : 31)
        big_multiply_add(big, 1u << (bits < 31 ? bits : 31), 0);
}

static int big_compare(const big_t *a, const big_t *b)
{
    if (a->count != b->count) return a->count < b->count ? -1 : 1;
    for (uint32_t i = a->count; i-- > 0;) {
        if (a->limbs[i] != b->limbs[i]) return a->limbs[i] < b->limbs[i] ? -1 : 1;
    }
    return 0;
}

/* D of the text, and its e. */
static void big_read(const qa_number_scan_t *scan, big_t *big, int64_t *exponent_out)
{
    int64_t count = 0;
    const char *at = scan->first;
    big->count = 0;
    for (; at < scan->end && count < DIGITS_MAX; at++) {
        if (*at == '.') continue;
        big_multiply_add(big, 10, (uint32_t)(*at - '0'));
        count++;
    }
    bool is_more = false;
    for (; at < scan->end; at++) {
        if (*at != '0' && *at != '.') is_more = true;
    }
    if (is_more) {
        big_multiply_add(big, 10, 1);
        count++;
    }
    *exponent_out = scan->point - count;
}

/* Sign of text minus the point halfway between the doubles `bits` and `bits` + 1. */
static int compare_with_halfway(const big_t *digits, int64_t exponent, uint64_t bits)
{
    const int64_t stored = (int64_t)(bits >> QA_FRACTION_BITS);
    const uint64_t fraction = bits & (QA_HIDDEN_BIT - 1);
    const uint64_t significand = stored == 0 ? fraction : fraction | QA_HIDDEN_BIT;
    const uint64_t halfway = 2 * significand + 1;
    const int64_t halfway_exponent = (stored == 0 ? 1 : stored) - QA_EXPONENT_BIAS - 1;

    big_t text = *digits;
    big_t point = { { (uint32_t)halfway, (uint32_t)(halfway >> 32) }, halfway >> 32 != 0 ? 2 : 1 };
    if (exponent >= 0)
        big_multiply_power_of_five(&text, exponent);
    else
        big_multiply_power_of_five(&point, -exponent);
    const int64_t shift = exponent - halfway_exponent;
    if (shift >= 0)
        big_shift_up(&text, shift);
    else
        big_shift_up(&point, -shift);
    return big_compare(&text, &point);
}

uint64_t qa_double_exact(const qa_number_scan_t *scan, uint64_t bits_near)
{
    assert(scan->first != NULL && scan->point >= -330 && scan->point <= 310);
    big_t digits;
    int64_t exponent = 0;
    big_read(scan, &digits, &exponent);
    uint64_t bits = bits_near < QA_DOUBLE_INFINITE_BITS ? bits_near : QA_DOUBLE_INFINITE_BITS - 1;
    while (bits < QA_DOUBLE_INFINITE_BITS) {
        const int order = compare_with_halfway(&digits, exponent, bits);
        if (order < 0 || (order == 0 && (bits & 1) == 0)) break;
        bits++;
    }
    while (bits > 0) {
        const int order = compare_with_halfway(&digits, exponent, bits - 1);
        if (order > 0 || (order == 0 && (bits & 1) == 0)) break;
        bits--;
    }
    return bits;
}
