/* Exact sums of doubles: one fixed-point number wide enough for every double and every product of two.
 *
 * The value is limbs × 2^-2148 in two's complement, base 2^64, low limb first. The smallest product of two
 * doubles is 2^-2148, the largest is below 2^2048; 4288 bits leave 2^90 additions before the top bit could be
 * reached. An addition touches two or three limbs and the carry beyond them, which almost always ends at
 * once; only where a sum crosses zero do the upper limbs change between all zeros and all ones. Nothing
 * rounds but read, so order and grouping cannot matter. */
#include <assert.h>

#include "base/double_core.h"
#include "qa/number.h"

enum {
    LIMB_COUNT = sizeof(((qa_exact_sum_t *)0)->limbs) / sizeof(uint64_t),
    UNIT_EXPONENT = 2148 /* one unit is 2^-2148 */
};

_Static_assert(LIMB_COUNT * 64 >= UNIT_EXPONENT + 2048 + 32 + 1, "products, 2^32 of them, and a sign");

typedef struct parts {
    uint64_t significand;
    int32_t exponent; /* |number| = significand × 2^exponent */
    bool is_negative;
} parts_t;

static inline parts_t split(double number)
{
    const uint64_t bits = qa_double_bits(number);
    const int32_t stored = (int32_t)(bits >> QA_FRACTION_BITS & QA_EXPONENT_INFINITE);
    assert(stored < QA_EXPONENT_INFINITE);
    const uint64_t fraction = bits & (QA_HIDDEN_BIT - 1);
    parts_t parts;
    parts.significand = stored == 0 ? fraction : fraction | QA_HIDDEN_BIT;
    parts.exponent = (stored == 0 ? 1 : stored) - QA_EXPONENT_BIAS;
    parts.is_negative = bits >> 63 != 0;
    return parts;
}

/* Adds or subtracts the addend's limbs from limb `at` on. A subtraction adds the complement and one, with
 * ones in all limbs above; those and the carry cancel nearly always. No branch depends on the sign, which
 * nothing could predict. */
static inline void add_limbs(uint64_t *limbs, uint32_t at, const uint64_t *addend, uint32_t addend_count,
                             bool is_negative)
{
    const uint64_t complement = 0 - (uint64_t)is_negative;
    uint64_t carry = is_negative;
    for (uint32_t i = 0; i < addend_count; i++, at++) {
        const qa_uint128_t wide = (qa_uint128_t)limbs[at] + (addend[i] ^ complement) + carry;
        limbs[at] = (uint64_t)wide;
        carry = (uint64_t)(wide >> 64);
    }
    if (carry == (uint64_t)is_negative) return;
    bool is_open = true;
    for (; is_open && at < LIMB_COUNT; at++)
        is_open = is_negative ? limbs[at]-- == 0 : ++limbs[at] == 0;
}

static inline void count_up(qa_exact_sum_t *sum, uint32_t more)
{
    sum->count = more > UINT32_MAX - sum->count ? UINT32_MAX : sum->count + more;
}

void qa_exact_sum_clear(qa_exact_sum_t *sum)
{
    memset(sum, 0, sizeof(*sum));
}

static inline void add_one(qa_exact_sum_t *sum, double number)
{
    const parts_t parts = split(number);
    const uint32_t position = (uint32_t)(parts.exponent + UNIT_EXPONENT);
    const qa_uint128_t shifted = (qa_uint128_t)parts.significand << (position & 63);
    const uint64_t addend[2] = { (uint64_t)shifted, (uint64_t)(shifted >> 64) };
    add_limbs(sum->limbs, position >> 6, addend, 2, parts.is_negative);
}

void qa_exact_sum_add(qa_exact_sum_t *sum, double number)
{
    add_one(sum, number);
    count_up(sum, 1);
}

void qa_exact_sum_add_all(qa_exact_sum_t *sum, const double *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add_one(sum, numbers[i]);
    count_up(sum, count > UINT32_MAX ? UINT32_MAX : (uint32_t)count);
}

void qa_exact_sum_add_product(qa_exact_sum_t *sum, double a, double b)
{
    const parts_t a_parts = split(a), b_parts = split(b);
    const int32_t exponent = a_parts.exponent + b_parts.exponent;
    assert(exponent >= -UNIT_EXPONENT);
    const uint32_t position = (uint32_t)(exponent + UNIT_EXPONENT);
    const uint32_t shift = position & 63;
    const qa_uint128_t product =
        (qa_uint128_t)a_parts.significand * b_parts.significand; /* exact: 106 bits */
    const qa_uint128_t shifted = product << shift;
    const uint64_t top = shift == 0 ? 0 : (uint64_t)(product >> (128 - shift));
    const uint64_t addend[3] = { (uint64_t)shifted, (uint64_t)(shifted >> 64), top };
    add_limbs(sum->limbs, position >> 6, addend, 3, a_parts.is_negative != b_parts.is_negative);
    count_up(sum, 1);
}

void qa_exact_sum_merge(qa_exact_sum_t *sum, const qa_exact_sum_t *other)
{
    uint64_t carry = 0;
    for (uint32_t i = 0; i < LIMB_COUNT; i++) {
        const qa_uint128_t wide = (qa_uint128_t)sum->limbs[i] + other->limbs[i] + carry;
        sum->limbs[i] = (uint64_t)wide;
        carry = (uint64_t)(wide >> 64);
    }
    count_up(sum, other->count);
}

/* 64 bits from position `low` on; above the highest limb there are zeros. */
static uint64_t bits_from(const uint64_t *limbs, int32_t low)
{
    assert(low >= 0);
    const uint32_t at = (uint32_t)low >> 6, shift = (uint32_t)low & 63;
    uint64_t bits = limbs[at] >> shift;
    if (shift != 0 && at + 1 < LIMB_COUNT) bits |= limbs[at + 1] << (64 - shift);
    return bits;
}

static bool has_bits_below(const uint64_t *limbs, int32_t end)
{
    const uint32_t at = (uint32_t)end >> 6, shift = (uint32_t)end & 63;
    for (uint32_t i = 0; i < at; i++) {
        if (limbs[i] != 0) return true;
    }
    return (limbs[at] & ((UINT64_C(1) << shift) - 1)) != 0;
}

/* Bits of the double nearest to a positive number whose highest limb in use is `top`. */
static uint64_t round_limbs(const uint64_t *limbs, uint32_t top)
{
    const int32_t highest =
        (int32_t)(top * 64 + 63) - __builtin_clzll(limbs[top]); /* position of the first bit */
    /* The last kept bit: 52 places below the first, but never below 2^-1074. */
    const int32_t last_min = UNIT_EXPONENT - 1074;
    const int32_t last = highest - QA_FRACTION_BITS > last_min ? highest - QA_FRACTION_BITS : last_min;
    const uint64_t significand = highest < last ? 0 : bits_from(limbs, last) & (QA_HIDDEN_BIT * 2 - 1);
    const bool is_half = (bits_from(limbs, last - 1) & 1) != 0;
    const bool is_up = is_half && ((significand & 1) != 0 || has_bits_below(limbs, last - 1));
    /* A significand with its hidden bit adds one to the exponent, and so does one that rounds up to 2^53. */
    const uint64_t exponent = (uint64_t)(last - last_min);
    if (exponent >= QA_EXPONENT_INFINITE - 1) return QA_DOUBLE_INFINITE_BITS;
    return (exponent << QA_FRACTION_BITS) + significand + is_up;
}

qa_status_t qa_exact_sum_read(const qa_exact_sum_t *sum, double *number_out)
{
    *number_out = 0.0;
    const bool is_negative = sum->limbs[LIMB_COUNT - 1] >> 63 != 0;
    qa_exact_sum_t negated;
    const uint64_t *limbs = sum->limbs;
    if (is_negative) {
        uint64_t carry = 1;
        for (uint32_t i = 0; i < LIMB_COUNT; i++) {
            negated.limbs[i] = ~sum->limbs[i] + carry;
            carry = carry != 0 && negated.limbs[i] == 0;
        }
        limbs = negated.limbs;
    }
    uint32_t top = LIMB_COUNT;
    while (top > 0 && limbs[top - 1] == 0)
        top--;
    if (top == 0) return QA_OK;
    const uint64_t bits = round_limbs(limbs, top - 1);
    if (bits >= QA_DOUBLE_INFINITE_BITS) return QA_OVERFLOW;
    if (bits != 0) *number_out = qa_double_of_bits(is_negative ? bits | UINT64_C(1) << 63 : bits);
    return QA_OK;
}
