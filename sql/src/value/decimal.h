/* Decimals of up to 38 digits: aligning, dividing, comparing, reading. The rest of the arithmetic is the
 * core's (qa_decimal_scale, qa_decimal_print, qa_decimal_to_double). Nothing wraps: what does not fit is
 * QA_OVERFLOW. */
#ifndef QA_SQL_VALUE_DECIMAL_H
#define QA_SQL_VALUE_DECIMAL_H

#include "qa/sql_value.h"

/* 10^exponent, 0 to 38. */
qa_int128_t qa_sql_power_of_ten(uint32_t exponent);
/* Whether the units have at most so many digits. */
bool qa_sql_decimal_fits(qa_int128_t units, uint32_t precision);
/* The same number at another scale (0 to 38 both); fewer decimals are rounded half away from zero.
 * QA_OVERFLOW beyond 38 digits. */
qa_status_t qa_sql_decimal_rescale(qa_int128_t units, uint32_t scale, uint32_t wanted_scale,
                                   qa_int128_t *units_out);
/* a + b of one scale; QA_OVERFLOW beyond 38 digits. */
qa_status_t qa_sql_decimal_add(qa_int128_t a, qa_int128_t b, qa_int128_t *sum_out);
/* a × 10^shift ÷ b, rounded half away from zero; b is not 0, shift 0 to 38. Exact in 256 bits before. */
qa_status_t qa_sql_decimal_divide(qa_int128_t a, uint32_t shift, qa_int128_t b, qa_int128_t *quotient_out);
/* <0, 0, >0, at any two scales; never overflows. */
int qa_sql_decimal_compare(qa_int128_t a, uint32_t a_scale, qa_int128_t b, uint32_t b_scale);
/* Reads [+-]digits[.digits][e…], ".5" and "5." too, rounded half away from zero to the scale.
 * QA_NOT_A_NUMBER, QA_OVERFLOW. */
qa_status_t qa_sql_decimal_parse(const char *text, size_t bytes, uint32_t scale, qa_int128_t *units_out);
/* By the shortest text of the double, which is finite. */
qa_status_t qa_sql_decimal_from_double(double number, uint32_t scale, qa_int128_t *units_out);
/* The same grammar as a double. */
qa_status_t qa_sql_double_parse(const char *text, size_t bytes, double *number_out);

#endif
