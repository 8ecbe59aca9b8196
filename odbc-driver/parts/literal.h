/* Numbers, dates and times as text, and as the application's structures have them: what conversions go
 * through. No memory, no locale, no clock. */
#ifndef QA_ODBC_LITERAL_H
#define QA_ODBC_LITERAL_H

#include "parts/diagnostic.h"

enum { QA_ODBC_NUMBER_SCALE_MAX = 38 };

/* A number that came as text or as SQL_NUMERIC_STRUCT: exact as ± units × 10^-scale, at most 38 digits; or,
 * with more digits or a large exponent, as the nearest double. */
typedef struct qa_odbc_number {
    bool is_double;
    bool is_negative;
    uint8_t scale; /* at most QA_ODBC_NUMBER_SCALE_MAX */
    qa_uint128_t units;
    double number; /* if is_double */
} qa_odbc_number_t;

/* A moment, or half of one. */
typedef struct qa_odbc_moment {
    bool has_date, has_time;
    int32_t day;
    int64_t ticks; /* of 100 ns since midnight */
    bool is_cut;   /* there were digits below a tick */
} qa_odbc_moment_t;

/* Numbers: [+-]digits[.digits][e[+-]digits], outer blanks cut. NOT_CASTABLE, or OUT_OF_RANGE beyond a double.
 */
qa_odbc_outcome_t qa_odbc_number_parse(const char *text, size_t bytes, qa_odbc_number_t *number_out);
/* The same as the nearest double. */
qa_odbc_outcome_t qa_odbc_double_parse(const char *text, size_t bytes, double *number_out);
qa_odbc_number_t qa_odbc_number_from_units(qa_int128_t units, uint8_t scale);
/* Exactly what the shortest text of the double says, if that has at most 38 digits on each side. */
qa_odbc_number_t qa_odbc_number_from_double(double number);
/* To another scale, digits cut toward zero: OK or FRACTION_TRUNCATED; OUT_OF_RANGE beyond 38 digits or for a
 * double that is too large. The result is never a double. `scale` may be negative: then units are multiples.
 */
qa_odbc_outcome_t qa_odbc_number_rescale(const qa_odbc_number_t *number, int scale,
                                         qa_odbc_number_t *scaled_out);
double qa_odbc_number_to_double(const qa_odbc_number_t *number);
uint32_t qa_odbc_digits(qa_uint128_t units); /* 0 has none */

/* "YYYY-MM-DD", "hh:mm[:ss[.f…]]", or both with a blank or T between; optionally inside {d ''}, {t ''}, {ts
 * ''}; outer blanks cut, a Z behind a full timestamp allowed. False: none of them, or no such day. */
bool qa_odbc_moment_parse(const char *text, size_t bytes, qa_odbc_moment_t *moment_out);

enum { QA_ODBC_MOMENT_BYTES = 32 };
/* As text: seconds with as many decimals as they need. Returns the length. */
size_t qa_odbc_moment_print(const qa_odbc_moment_t *moment, char text_out[QA_ODBC_MOMENT_BYTES]);
/* Of a value of kind DATE, TIME or TIMESTAMP. */
qa_odbc_moment_t qa_odbc_moment_from(uint8_t kind, int64_t integer);

SQL_DATE_STRUCT qa_odbc_date_struct(int32_t day);
SQL_TIME_STRUCT qa_odbc_time_struct(int64_t ticks);
SQL_TIMESTAMP_STRUCT qa_odbc_timestamp_struct(int32_t day, int64_t ticks);
/* False: not a date or a time that exists, or outside of the years 1 to 9999. */
bool qa_odbc_date_take(const SQL_DATE_STRUCT *date, int32_t *day_out);
bool qa_odbc_time_take(uint32_t hour, uint32_t minute, uint32_t second, int64_t *ticks_out);

#endif
