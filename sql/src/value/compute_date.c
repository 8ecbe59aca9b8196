/* Fields of dates and times, and moving and measuring between moments. Proleptic Gregorian, UTC; weeks begin
 * on Sunday and the first of a year holds January 1. Results outside the years 0001 to 9999 are QA_OVERFLOW.
 */
#include <string.h>

#include "base/error.h"
#include "value/compute.h"
#include "value/moment.h"

typedef struct civil {
    int64_t day; /* since 1970 */
    int32_t year;
    int32_t month;
    int32_t day_of_month;
    int32_t day_of_year;
    int32_t day_of_week; /* 0: Sunday */
} civil_t;

static int64_t day_of(const qa_sql_value_t *value)
{
    return value->kind == QA_SQL_DATE ? value->integer : qa_sql_moment_day(value->integer);
}

static int64_t time_of(const qa_sql_value_t *value)
{
    return value->kind == QA_SQL_TIME ? value->integer : qa_sql_moment_time(value->integer);
}

static civil_t civil_of(const qa_sql_value_t *value)
{
    enum { THURSDAY = 4 }; /* of 1970-01-01 */
    civil_t civil = { .day = day_of(value) };
    qa_date_to_civil((int32_t)civil.day, &civil.year, &civil.month, &civil.day_of_month);
    civil.day_of_year = (int32_t)(civil.day - qa_date_from_civil(civil.year, 1, 1)) + 1;
    civil.day_of_week = (int32_t)((civil.day - QA_SQL_DAY_MIN + 1) % 7); /* 0001-01-01 was a Monday */
    _Static_assert((0 - QA_SQL_DAY_MIN + 1) % 7 == THURSDAY, "the week days of both epochs agree");
    return civil;
}

static int64_t field_of(const qa_sql_value_t *value, qa_sql_field_t field)
{
    if (field <= QA_SQL_FIELD_HOUR) {
        const int64_t seconds = time_of(value) / QA_SQL_TICKS_PER_SECOND;
        if (field == QA_SQL_FIELD_HOUR) return seconds / 3600;
        return field == QA_SQL_FIELD_MINUTE ? seconds / 60 % 60 : seconds % 60;
    }
    const civil_t civil = civil_of(value);
    switch (field) {
    case QA_SQL_FIELD_YEAR:
        return civil.year;
    case QA_SQL_FIELD_QUARTER:
        return (civil.month - 1) / 3 + 1;
    case QA_SQL_FIELD_MONTH:
        return civil.month;
    case QA_SQL_FIELD_WEEK: /* the week day of January 1 fills the first week */
        return (civil.day_of_year - 1 + (civil.day_of_week - civil.day_of_year + 1 + 371) % 7) / 7 + 1;
    case QA_SQL_FIELD_DAY:
        return civil.day_of_month;
    case QA_SQL_FIELD_DAY_OF_WEEK:
        return civil.day_of_week + 1;
    default:
        return civil.day_of_year;
    }
}

qa_sql_field_t qa_sql_field(const qa_sql_value_t *name)
{
    static const struct {
        const char *name;
        qa_sql_field_t field;
    } fields[] = {
        { "FRAC_SECOND", QA_SQL_FIELD_FRACTION },
        { "SECOND", QA_SQL_FIELD_SECOND },
        { "MINUTE", QA_SQL_FIELD_MINUTE },
        { "HOUR", QA_SQL_FIELD_HOUR },
        { "DAY", QA_SQL_FIELD_DAY },
        { "WEEK", QA_SQL_FIELD_WEEK },
        { "MONTH", QA_SQL_FIELD_MONTH },
        { "QUARTER", QA_SQL_FIELD_QUARTER },
        { "YEAR", QA_SQL_FIELD_YEAR },
        { "DOW", QA_SQL_FIELD_DAY_OF_WEEK },
        { "DAYOFWEEK", QA_SQL_FIELD_DAY_OF_WEEK },
        { "DOY", QA_SQL_FIELD_DAY_OF_YEAR },
        { "DAYOFYEAR", QA_SQL_FIELD_DAY_OF_YEAR },
    };
    enum { NAME_BYTES_MAX = 24, PREFIX_BYTES = 8 };
    char upper[NAME_BYTES_MAX + 1];
    if (name->kind != QA_SQL_TEXT || name->bytes > NAME_BYTES_MAX) return QA_SQL_FIELD_NONE;
    for (uint32_t i = 0; i < name->bytes; i++) {
        const char letter = name->text[i];
        upper[i] = letter >= 'a' && letter <= 'z' ? (char)(letter - 32) : letter;
    }
    upper[name->bytes] = '\0';
    const char *const bare = strncmp(upper, "SQL_TSI_", PREFIX_BYTES) == 0 ? upper + PREFIX_BYTES : upper;
    for (uint32_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (strcmp(fields[i].name, bare) == 0) return fields[i].field;
    }
    return QA_SQL_FIELD_NONE;
}

static qa_status_t give_field(const qa_sql_call_t *call, qa_sql_field_t field, qa_sql_value_t *value_out)
{
    *value_out = qa_sql_value_integer(QA_SQL_INTEGER, field_of(&call->arguments[0], field));
    return QA_OK;
}

qa_status_t qa_sql_compute_year(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give_field(call, QA_SQL_FIELD_YEAR, value_out);
}

qa_status_t qa_sql_compute_quarter(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give_field(call, QA_SQL_FIELD_QUARTER, value_out);
}

qa_status_t qa_sql_compute_month(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give_field(call, QA_SQL_FIELD_MONTH, value_out);
}

qa_status_t qa_sql_compute_week(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give_field(call, QA_SQL_FIELD_WEEK, value_out);
}

qa_status_t qa_sql_compute_dayofmonth(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give_field(call, QA_SQL_FIELD_DAY, value_out);
}

qa_status_t qa_sql_compute_dayofweek(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give_field(call, QA_SQL_FIELD_DAY_OF_WEEK, value_out);
}

qa_status_t qa_sql_compute_dayofyear(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give_field(call, QA_SQL_FIELD_DAY_OF_YEAR, value_out);
}

qa_status_t qa_sql_compute_hour(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give_field(call, QA_SQL_FIELD_HOUR, value_out);
}

qa_status_t qa_sql_compute_minute(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give_field(call, QA_SQL_FIELD_MINUTE, value_out);
}

qa_status_t qa_sql_compute_second(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give_field(call, QA_SQL_FIELD_SECOND, value_out);
}

qa_status_t qa_sql_compute_monthname(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    static const char *const names[12] = { "January",   "February", "March",    "April",
                                           "May",       "June",     "July",     "August",
                                           "September", "October",  "November", "December" };
    const char *const name = names[field_of(&call->arguments[0], QA_SQL_FIELD_MONTH) - 1];
    *value_out = qa_sql_value_text(name, strlen(name));
    return QA_OK;
}

qa_status_t qa_sql_compute_dayname(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    static const char *const names[7] = { "Sunday",   "Monday", "Tuesday", "Wednesday",
                                          "Thursday", "Friday", "Saturday" };
    const char *const name = names[field_of(&call->arguments[0], QA_SQL_FIELD_DAY_OF_WEEK) - 1];
    *value_out = qa_sql_value_text(name, strlen(name));
    return QA_OK;
}

qa_status_t qa_sql_compute_extract(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    const qa_sql_field_t field = qa_sql_field(&call->arguments[0]);
    const qa_sql_value_t *const value = &call->arguments[1];
    if (field == QA_SQL_FIELD_SECOND)
        *value_out = qa_sql_value_decimal(time_of(value) % (60 * (int64_t)QA_SQL_TICKS_PER_SECOND),
                                          QA_SQL_FRACTION_DIGITS);
    else
        *value_out = qa_sql_value_integer(QA_SQL_INTEGER, field_of(value, field));
    return QA_OK;
}

/* --- intervals --- */

enum { NANOSECONDS_PER_TICK = 100 };

/* Of an interval that is always as long; months are not. */
static int64_t ticks_of(qa_sql_field_t field)
{
    switch (field) {
    case QA_SQL_FIELD_SECOND:
        return QA_SQL_TICKS_PER_SECOND;
    case QA_SQL_FIELD_MINUTE:
        return INT64_C(60) * QA_SQL_TICKS_PER_SECOND;
    case QA_SQL_FIELD_HOUR:
        return INT64_C(3600) * QA_SQL_TICKS_PER_SECOND;
    case QA_SQL_FIELD_DAY:
        return QA_SQL_TICKS_PER_DAY;
    default:
        return 7 * QA_SQL_TICKS_PER_DAY;
    }
}

static int64_t months_of(qa_sql_field_t field)
{
    return field == QA_SQL_FIELD_YEAR ? 12 : field == QA_SQL_FIELD_QUARTER ? 3 : 1;
}

/* QA_OVERFLOW outside the years. */
static qa_status_t move(int64_t ticks, qa_sql_field_t field, int64_t count, int64_t *ticks_out)
{
    qa_int128_t moved = 0;
    *ticks_out = ticks;
    if (field >= QA_SQL_FIELD_MONTH) {
        int64_t day = 0;
        if (count > INT32_MAX || count < INT32_MIN) return QA_OVERFLOW;
        const qa_status_t status =
            qa_sql_day_add_months(qa_sql_moment_day(ticks), count * months_of(field), &day);
        if (status != QA_OK) return status;
        moved = day * QA_SQL_TICKS_PER_DAY + qa_sql_moment_time(ticks);
    } else if (field == QA_SQL_FIELD_FRACTION) {
        moved = (qa_int128_t)ticks + count / NANOSECONDS_PER_TICK;
    } else {
        moved = (qa_int128_t)ticks + (qa_int128_t)count * ticks_of(field);
    }
    if (moved < INT64_MIN || moved > INT64_MAX || !qa_sql_moment_is_valid((int64_t)moved)) return QA_OVERFLOW;
    *ticks_out = (int64_t)moved;
    return QA_OK;
}

qa_status_t qa_sql_compute_timestampadd(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    int64_t ticks = 0;
    const qa_sql_field_t field = qa_sql_field(&call->arguments[0]);
    if (move(call->arguments[2].integer, field, call->arguments[1].integer, &ticks) != QA_OK)
        return qa_fail(call->environment->error, QA_OVERFLOW,
                       "the moment lies outside the years 0001 to 9999");
    *value_out = qa_sql_value_integer(QA_SQL_TIMESTAMP, ticks);
    return QA_OK;
}

/* Whole months from a to b: the estimate by the calendar is one too far if the last one is not over. */
static int64_t months_between(int64_t a, int64_t b)
{
    const qa_sql_value_t from = qa_sql_value_integer(QA_SQL_TIMESTAMP, a);
    const qa_sql_value_t to = qa_sql_value_integer(QA_SQL_TIMESTAMP, b);
    const civil_t first = civil_of(&from), second = civil_of(&to);
    int64_t count = (second.year - first.year) * INT64_C(12) + second.month - first.month;
    int64_t moved = 0;
    if (count == 0 || move(a, QA_SQL_FIELD_MONTH, count, &moved) != QA_OK) return count;
    if (count > 0 && moved > b) count--;
    if (count < 0 && moved < b) count++;
    return count;
}

qa_status_t qa_sql_compute_timestampdiff(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    const qa_sql_field_t field = qa_sql_field(&call->arguments[0]);
    const int64_t a = call->arguments[1].integer, b = call->arguments[2].integer;
    qa_int128_t count = 0;
    if (field >= QA_SQL_FIELD_MONTH)
        count = months_between(a, b) / months_of(field);
    else if (field == QA_SQL_FIELD_FRACTION)
        count = ((qa_int128_t)b - a) * NANOSECONDS_PER_TICK;
    else
        count = ((qa_int128_t)b - a) / ticks_of(field);
    if (count < INT64_MIN || count > INT64_MAX)
        return qa_fail(call->environment->error, QA_OVERFLOW, "so many nanoseconds do not fit 64 bits");
    *value_out = qa_sql_value_integer(QA_SQL_BIGINT, (int64_t)count);
    return QA_OK;
}
