/* Days, times and moments of SQL: ticks of 100 ns, years 0001 to 9999, UTC, no leap seconds. */
#ifndef QA_SQL_VALUE_MOMENT_H
#define QA_SQL_VALUE_MOMENT_H

#include "qa/sql_value.h"

#define QA_SQL_TICKS_PER_DAY (INT64_C(86400) * QA_SQL_TICKS_PER_SECOND)
enum { QA_SQL_DAY_MIN = -719162, QA_SQL_DAY_MAX = 2932896 }; /* 0001-01-01, 9999-12-31 */

/* The day that holds the moment, and the ticks since its midnight. */
int64_t qa_sql_moment_day(int64_t ticks);
int64_t qa_sql_moment_time(int64_t ticks);
bool qa_sql_day_is_valid(int64_t day);
bool qa_sql_moment_is_valid(int64_t ticks);
/* "09:30:00", with as many decimals as are needed, 7 at most; no terminator; returns the length. */
size_t qa_sql_time_print(int64_t ticks, char text_out[QA_SQL_CAST_BYTES]);
/* "2026-04-02 09:30:00.5" */
size_t qa_sql_moment_print(int64_t ticks, char text_out[QA_SQL_CAST_BYTES]);
/* The same day of the month so many months on, or the last one of a shorter month. QA_OVERFLOW outside the
 * years. */
qa_status_t qa_sql_day_add_months(int64_t day, int64_t months, int64_t *day_out);

#endif
