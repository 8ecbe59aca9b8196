/* Days, times and moments: reading the literals of SQL, printing, adding months. What is not exactly of the
 * form is QA_NOT_A_DATE; nothing is guessed, no field is carried over. */
#include "value/moment.h"

#include "base/digits.h"
#include "value/value.h"

enum { DATE_BYTES = 10 };

static int64_t floor_quotient(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

int64_t qa_sql_moment_day(int64_t ticks)
{
    return floor_quotient(ticks, QA_SQL_TICKS_PER_DAY);
}

int64_t qa_sql_moment_time(int64_t ticks)
{
    return ticks - qa_sql_moment_day(ticks) * QA_SQL_TICKS_PER_DAY;
}

bool qa_sql_day_is_valid(int64_t day)
{
    return day >= QA_SQL_DAY_MIN && day <= QA_SQL_DAY_MAX;
}

bool qa_sql_moment_is_valid(int64_t ticks)
{
    return qa_sql_day_is_valid(qa_sql_moment_day(ticks));
}

size_t qa_sql_time_print(int64_t ticks, char text_out[QA_SQL_CAST_BYTES])
{
    const uint64_t seconds = (uint64_t)(ticks / QA_SQL_TICKS_PER_SECOND);
    uint64_t fraction = (uint64_t)(ticks % QA_SQL_TICKS_PER_SECOND);
    qa_digits_write_count(text_out, seconds / 3600, 2);
    text_out[2] = ':';
    qa_digits_write_count(text_out + 3, seconds / 60 % 60, 2);
    text_out[5] = ':';
    qa_digits_write_count(text_out + 6, seconds % 60, 2);
    if (fraction == 0) return 8;
    uint32_t count = QA_SQL_FRACTION_DIGITS;
    for (; fraction % 10 == 0; fraction /= 10)
        count--;
    text_out[8] = '.';
    qa_digits_write_count(text_out + 9, fraction, count);
    return 9 + count;
}

size_t qa_sql_moment_print(int64_t ticks, char text_out[QA_SQL_CAST_BYTES])
{
    const size_t bytes = qa_date_print((int32_t)qa_sql_moment_day(ticks), text_out);
    text_out[bytes] = ' ';
    char time[QA_SQL_CAST_BYTES];
    const size_t time_bytes = qa_sql_time_print(qa_sql_moment_time(ticks), time);
    memcpy(text_out + bytes + 1, time, time_bytes);
    return bytes + 1 + time_bytes;
}

qa_status_t qa_sql_day_add_months(int64_t day, int64_t months, int64_t *day_out)
{
    static const uint8_t lengths[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    enum { MONTHS_MAX = 12 * 10000 };
    int32_t year = 0, month = 0, day_of_month = 0;
    *day_out = day;
    if (months > MONTHS_MAX || months < -MONTHS_MAX) return QA_OVERFLOW;
    qa_date_to_civil((int32_t)day, &year, &month, &day_of_month);
    const int64_t wanted = (int64_t)year * 12 + month - 1 + months;
    if (wanted < 12 || wanted >= MONTHS_MAX) return QA_OVERFLOW;
    year = (int32_t)(wanted / 12);
    month = (int32_t)(wanted % 12) + 1;
    const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    const int32_t length = month == 2 && is_leap ? 29 : lengths[month - 1];
    *day_out = qa_date_from_civil(year, month, day_of_month < length ? day_of_month : length);
    return QA_OK;
}

/* --- reading --- */

static void cut_blanks(const char **text, size_t *bytes)
{
    while (*bytes > 0 && **text == ' ') {
        ++*text;
        --*bytes;
    }
    while (*bytes > 0 && (*text)[*bytes - 1] == ' ')
        --*bytes;
}

/* Two digits below `limit` at *at, which moves behind them. */
static bool read_two(const char **at, const char *end, int64_t limit, int64_t *value_out)
{
    if (end - *at < 2 || !qa_is_digit((*at)[0]) || !qa_is_digit((*at)[1])) return false;
    *value_out = ((*at)[0] - '0') * 10 + ((*at)[1] - '0');
    *at += 2;
    return *value_out < limit;
}

/* ".5": a digit behind the seventh must be a zero, so that none is lost. */
static bool read_fraction(const char **at, const char *end, int64_t *ticks_out)
{
    int64_t unit = QA_SQL_TICKS_PER_SECOND / 10, ticks = 0;
    const char *const first = ++*at;
    for (; *at < end && qa_is_digit(**at); ++*at) {
        if (unit == 0 && **at != '0') return false;
        ticks += (**at - '0') * unit;
        unit /= 10;
    }
    *ticks_out = ticks;
    return *at > first;
}

/* "09:30", "09:30:00", "09:30:00.5" at *at. */
static bool read_clock(const char **at, const char *end, int64_t *ticks_out)
{
    int64_t hour = 0, minute = 0, second = 0, fraction = 0;
    if (!read_two(at, end, 24, &hour) || *at == end || *(*at)++ != ':' || !read_two(at, end, 60, &minute))
        return false;
    if (*at < end && **at == ':') {
        ++*at;
        if (!read_two(at, end, 60, &second)) return false;
        if (*at < end && **at == '.' && !read_fraction(at, end, &fraction)) return false;
    }
    *ticks_out = ((hour * 60 + minute) * 60 + second) * QA_SQL_TICKS_PER_SECOND + fraction;
    return true;
}

/* Nothing, "Z" or "+02:00" up to the end. */
static bool read_offset(const char *at, const char *end, int64_t *ticks_out)
{
    int64_t hours = 0, minutes = 0;
    *ticks_out = 0;
    if (at == end || (end - at == 1 && (*at == 'Z' || *at == 'z'))) return true;
    if (*at != '+' && *at != '-') return false;
    const int64_t sign = *at++ == '-' ? -1 : 1;
    if (!read_two(&at, end, 24, &hours) || at == end || *at++ != ':' || !read_two(&at, end, 60, &minutes))
        return false;
    *ticks_out = sign * (hours * 60 + minutes) * 60 * QA_SQL_TICKS_PER_SECOND;
    return at == end;
}

qa_status_t qa_sql_parse_date(const char *text, size_t bytes, int64_t *day_out)
{
    int32_t day = 0;
    cut_blanks(&text, &bytes);
    const qa_status_t status = qa_date_parse(text, bytes, &day);
    *day_out = day;
    return status;
}

qa_status_t qa_sql_parse_time(const char *text, size_t bytes, int64_t *ticks_out)
{
    *ticks_out = 0;
    cut_blanks(&text, &bytes);
    const char *at = text;
    if (read_clock(&at, text + bytes, ticks_out) && at == text + bytes) return QA_OK;
    *ticks_out = 0;
    return QA_NOT_A_DATE;
}

qa_status_t qa_sql_parse_timestamp(const char *text, size_t bytes, int64_t *ticks_out)
{
    int32_t day = 0;
    int64_t time = 0, offset = 0;
    *ticks_out = 0;
    cut_blanks(&text, &bytes);
    if (bytes < DATE_BYTES || qa_date_parse(text, DATE_BYTES, &day) != QA_OK) return QA_NOT_A_DATE;
    if (bytes > DATE_BYTES) {
        const char *at = text + DATE_BYTES + 1;
        const char mark = text[DATE_BYTES];
        if (mark != ' ' && mark != 'T' && mark != 't') return QA_NOT_A_DATE;
        if (!read_clock(&at, text + bytes, &time) || !read_offset(at, text + bytes, &offset))
            return QA_NOT_A_DATE;
    }
    const int64_t ticks = day * QA_SQL_TICKS_PER_DAY + time - offset;
    if (!qa_sql_moment_is_valid(ticks)) return QA_NOT_A_DATE;
    *ticks_out = ticks;
    return QA_OK;
}
