/* Numbers and dates as text, and exact sums: the same bits on every system.
 *
 *     int64_t cents;
 *     char text[QA_DECIMAL_TEXT_BYTES];
 *     if (qa_decimal_parse("1234.56", 7, 2, &cents, NULL) == QA_OK) // 123456
 *         printf("%.*s", (int)qa_decimal_print(cents, 2, text), text);
 *
 * Decimals are integers of 10^-decimals units with at most 18 digits. Doubles are finite binary64; parsing is
 * correctly rounded, printing gives the shortest text that parses back to the same bits (of those the
 * nearest). No locale, no allocation, no global: every call is thread-safe. Text is not terminated; lengths
 * are bytes. */
#ifndef QA_NUMBER_H
#define QA_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "qa/status.h"

/* Sums of decimals are exact in 128 bits. */
__extension__ typedef __int128 qa_int128_t;
__extension__ typedef unsigned __int128 qa_uint128_t;

enum {
    QA_DECIMAL_TEXT_BYTES = 48, /* enough for any 128-bit decimal with sign, point and zeros */
    QA_DOUBLE_TEXT_BYTES = 32,
    QA_DATE_TEXT_BYTES = 16,
    QA_TIME_TEXT_BYTES = 40
};

/* Parses [+-]digits[.digits][e[+-]digits], blanks not allowed, into units of 10^-decimals (0..6).
 * `is_rounded_out` may be NULL: then more decimals than `decimals` (other than zeros) are refused with
 * QA_TOO_MANY_DECIMALS; else they are rounded half away from zero and *is_rounded_out says so.
 * Errors: QA_NOT_A_NUMBER, QA_TOO_MANY_DECIMALS, QA_OVERFLOW (more than 18 digits); *units_out is then 0. */
qa_status_t qa_decimal_parse(const char *text, size_t bytes, uint8_t decimals, int64_t *units_out,
                             bool *is_rounded_out);

/* Writes units of 10^-decimals (0..18) with exactly `decimals` digits behind the point, no terminator;
 * returns the length. Minus zero does not exist. */
size_t qa_decimal_print(qa_int128_t units, uint8_t decimals, char text_out[QA_DECIMAL_TEXT_BYTES]);

/* a × b ÷ 10^decimals rounded half away from zero; QA_OVERFLOW if it does not fit 128 bits. */
qa_status_t qa_decimal_scale(qa_int128_t a, qa_int128_t b, uint8_t decimals, qa_int128_t *result_out);

/* The nearest double (ties to even) of units of 10^-decimals (0..18). */
double qa_decimal_to_double(qa_int128_t units, uint8_t decimals);

/* The decimal nearest to a finite double's exact value, half away from zero. QA_OVERFLOW beyond 18 digits;
 * QA_TOO_MANY_DECIMALS as in qa_decimal_parse, judged by the shortest text of the double. */
qa_status_t qa_decimal_from_double(double number, uint8_t decimals, int64_t *units_out, bool *is_rounded_out);

/* Parses the same grammar as qa_decimal_parse, correctly rounded to nearest even. Underflow gives zero; -0
 * gives 0. Errors: QA_NOT_A_NUMBER ("inf" and "nan" too), QA_OVERFLOW. Any number of digits is accepted. */
qa_status_t qa_double_parse(const char *text, size_t bytes, double *number_out);

/* Shortest round-trip text, no terminator; returns the length. Integers below 1e17 print without exponent and
 * point
 * ("1200"), other numbers with 1e-5 <= |x| < 1e17 positional ("0.1"), the rest "1.5e-7", "1e+23".
 * The number must be finite. */
size_t qa_double_print(double number, char text_out[QA_DOUBLE_TEXT_BYTES]);

/* The exact sum of any number of finite doubles and of products of two, rounded once, to nearest even, when
 * read. Adding in another order, or merging partial sums, gives the same bits. Plain data: copy it freely,
 * keep it anywhere. */
typedef struct qa_exact_sum {
    uint64_t limbs[67]; /* one fixed-point number in two's complement; see exact_sum.c */
    uint32_t count;     /* of numbers added, 0: missing; stops at its maximum, the sum stays exact */
} qa_exact_sum_t;

/* Clear: missing, nothing added. Add: one finite double. */
void qa_exact_sum_clear(qa_exact_sum_t *sum);
void qa_exact_sum_add(qa_exact_sum_t *sum, double number);
/* The same for a run of numbers: for columns. */
void qa_exact_sum_add_all(qa_exact_sum_t *sum, const double *numbers, size_t count);
/* Adds a × b without rounding the product, also where the product alone would overflow or underflow. */
void qa_exact_sum_add_product(qa_exact_sum_t *sum, double a, double b);
/* Adds all that `other` holds. */
void qa_exact_sum_merge(qa_exact_sum_t *sum, const qa_exact_sum_t *other);
/* QA_OVERFLOW if the sum is not finite as a double; +0 for an exact zero and for no number at all. */
qa_status_t qa_exact_sum_read(const qa_exact_sum_t *sum, double *number_out);

/* Days since 1970-01-01 in the proleptic Gregorian calendar, years 0001 to 9999, as "YYYY-MM-DD". */
qa_status_t qa_date_parse(const char *text, size_t bytes, int32_t *day_out); /* QA_NOT_A_DATE */
/* The day must lie in these years. */
size_t qa_date_print(int32_t day, char text_out[QA_DATE_TEXT_BYTES]);
int32_t qa_date_from_civil(int32_t year, int32_t month, int32_t day_of_month);
void qa_date_to_civil(int32_t day, int32_t *year_out, int32_t *month_out, int32_t *day_of_month_out);

/* Nanoseconds since 1970-01-01T00:00:00Z. Parses RFC 3339 ("2026-04-02T09:30:00.5Z", "+02:00", a blank
 * instead of T, or only a date, which is its midnight UTC). Prints UTC with as many of 0, 3, 6 or 9 decimals
 * as are needed. More than nine decimals of a second, and moments outside 1677-09-21 to 2262-04-11 (64 bits),
 * are QA_NOT_A_DATE. */
qa_status_t qa_time_parse(const char *text, size_t bytes, int64_t *time_ns_out); /* QA_NOT_A_DATE */
size_t qa_time_print(int64_t time_ns, char text_out[QA_TIME_TEXT_BYTES]);

#endif
