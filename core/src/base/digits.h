/* Decimal digits in bulk: eight at a time when reading, two at a time when writing. For the number files
 * only. Bytes are put together by shifts, never by a cast of the pointer: unaligned text and big-endian
 * systems give the same result; compilers make one load of it where they can. */
#ifndef QA_BASE_DIGITS_H
#define QA_BASE_DIGITS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { QA_DIGITS_IN_U64_MAX = 20 };

/* 10^0 … 10^19. */
extern const uint64_t qa_whole_powers_of_ten[20];
/* "00" "01" … "99". */
extern const char qa_digit_pairs[200];

static inline bool qa_is_digit(char byte)
{
    return (uint8_t)((uint8_t)byte - '0') <= 9;
}

static inline uint64_t qa_eight_bytes(const char *text)
{
    const uint8_t *at = (const uint8_t *)text;
    return (uint64_t)at[0] | (uint64_t)at[1] << 8 | (uint64_t)at[2] << 16 | (uint64_t)at[3] << 24 |
           (uint64_t)at[4] << 32 | (uint64_t)at[5] << 40 | (uint64_t)at[6] << 48 | (uint64_t)at[7] << 56;
}

/* A byte is a digit if its high half is 3 before and after adding 6. */
static inline bool qa_eight_are_digits(uint64_t eight)
{
    return ((eight & 0xF0F0F0F0F0F0F0F0u) | (((eight + 0x0606060606060606u) & 0xF0F0F0F0F0F0F0F0u) >> 4)) ==
           0x3333333333333333u;
}

/* Neighbours are joined to pairs, pairs to fours, fours to eight; the first digit is the lowest byte. */
static inline uint64_t qa_eight_digits_value(uint64_t eight)
{
    eight -= 0x3030303030303030u;
    eight = eight * 10 + (eight >> 8);
    const uint64_t pairs = eight & 0x000000FF000000FFu;
    const uint64_t pairs_behind = (eight >> 16) & 0x000000FF000000FFu;
    return (pairs * 0x000F424000000064u + pairs_behind * 0x0000271000000001u) >> 32;
}

/* Writes the digits of `value` so that they end before `end`; returns where they start. Zero is "0". */
static inline char *qa_digits_write_before(char *end, uint64_t value)
{
    while (value >= 100) {
        end -= 2;
        memcpy(end, &qa_digit_pairs[value % 100 * 2], 2);
        value /= 100;
    }
    if (value >= 10) {
        end -= 2;
        memcpy(end, &qa_digit_pairs[value * 2], 2);
        return end;
    }
    *--end = (char)('0' + value);
    return end;
}

/* Exactly `count` digits, zeros in front. */
static inline void qa_digits_write_count(char *start, uint64_t value, uint32_t count)
{
    char *end = start + count;
    while (end - start >= 2) {
        end -= 2;
        memcpy(end, &qa_digit_pairs[value % 100 * 2], 2);
        value /= 100;
    }
    if (end > start) *start = (char)('0' + value % 10);
}

static inline uint32_t qa_digits_count(uint64_t value)
{
    uint32_t count = 1;
    while (value >= 10000) {
        value /= 10000;
        count += 4;
    }
    if (value >= 1000) return count + 3;
    if (value >= 100) return count + 2;
    return value >= 10 ? count + 1 : count;
}

#endif
