/* What reading and printing of doubles share: the bits, the table of powers of ten, and the steps that
 * decimals use too. Private to the number files. */
#ifndef QA_BASE_DOUBLE_CORE_H
#define QA_BASE_DOUBLE_CORE_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/number_scan.h"

enum {
    QA_POWER_MIN = -342,     /* below, any 64-bit integer times the power is under half the smallest double */
    QA_POWER_MAX = 324,      /* the smallest double times this has its first digit before the point */
    QA_POWER_EXACT_MAX = 55, /* from 0 to here 128 bits hold the power exactly */
    QA_POWER_PARSE_MAX = 308, /* above, any integer times the power overflows */
    QA_FRACTION_BITS = 52,    /* stored bits of the significand */
    QA_EXPONENT_INFINITE = 0x7FF,
    QA_EXPONENT_BIAS = 1075 /* number = significand × 2^(exponent - bias), significand an integer */
};

#define QA_HIDDEN_BIT (UINT64_C(1) << QA_FRACTION_BITS)
#define QA_DOUBLE_INFINITE_BITS ((uint64_t)QA_EXPONENT_INFINITE << QA_FRACTION_BITS)

typedef struct qa_power_of_ten {
    uint64_t high;
    uint64_t low;
} qa_power_of_ten_t;

/* The first 128 bits of 10^power, cut off, index power - QA_POWER_MIN. */
extern const qa_power_of_ten_t qa_powers_of_ten[QA_POWER_MAX - QA_POWER_MIN + 1];

static inline uint64_t qa_double_bits(double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof(bits));
    return bits;
}

static inline double qa_double_of_bits(uint64_t bits)
{
    double number;
    memcpy(&number, &bits, sizeof(number));
    return number;
}

/* Bits of the double nearest to digits × 10^power, QA_DOUBLE_INFINITE_BITS on overflow. False: the bits may
 * be wrong by one or two and the exact way must decide. */
bool qa_double_nearest(uint64_t digits, int32_t power, uint64_t *bits_out);

/* Exact for any number of digits. `bits_near` is a guess, best within a few units in the last place. */
uint64_t qa_double_exact(const qa_number_scan_t *scan, uint64_t bits_near);

/* The shortest decimal digits × 10^exponent that is read back as the same positive number; of several
 * shortest the nearest. `digits` may end in zeros. */
void qa_double_shortest(double number, uint64_t *digits_out, int32_t *exponent_out);

#endif
