/* Days and moments, to and from text: proleptic Gregorian calendar, UTC, no leap seconds, no time zone
 * tables.
 *
 * Civil dates are counted from 1 March, so that the leap day is the last of its year; 400 years have 146097
 * days. A text that is not exactly of the form is QA_NOT_A_DATE: nothing is guessed and no field is carried
 * over. */
#include <assert.h>

#include "base/digits.h"
#include "qa/number.h"

enum {
    YEAR_MIN = 1,
    YEAR_MAX = 9999,
    DAY_MIN = -719162, /* 0001-01-01 */
    DAY_MAX = 2932896, /* 9999-12-31 */
    DAYS_OF_ERA = 146097,
    DAYS_TO_EPOCH = 719468, /* from 0000-03-01 to 1970-01-01 */
    DATE_BYTES = 10,
    SECONDS_OF_DAY = 86400,
    NANOSECONDS_OF_SECOND = 1000000000
};

int32_t qa_date_from_civil(int32_t year, int32_t month, int32_t day_of_month)
{
    assert(month >= 1 && month <= 12);
    const int32_t shifted_year = month <= 2 ? year - 1 : year;
    const int32_t era = (shifted_year >= 0 ? shifted_year : shifted_year - 399) / 400;
    const int32_t year_of_era = shifted_year - era * 400;
    const int32_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day_of_month - 1;
    const int32_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_OF_ERA + day_of_era - DAYS_TO_EPOCH;
}

void qa_date_to_civil(int32_t day, int32_t *year_out, int32_t *month_out, int32_t *day_of_month_out)
{
    const int64_t shifted = (int64_t)day + DAYS_TO_EPOCH;
    const int64_t era = (shifted >= 0 ? shifted : shifted - (DAYS_OF_ERA - 1)) / DAYS_OF_ERA;
    const int32_t day_of_era = (int32_t)(shifted - era * DAYS_OF_ERA);
    const int32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / (DAYS_OF_ERA - 1)) / 365;
    const int32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int32_t shifted_month = (5 * day_of_year + 2) / 153;
    *day_of_month_out = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    *month_out = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    *year_out = (int32_t)(era * 400) + year_of_era + (*month_out <= 2 ? 1 : 0);
}

static int32_t days_of_month(int32_t year, int32_t month)
{
    static const uint8_t days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && is_leap ? 29 : days[month - 1];
}

/* Exactly `count` digits; -1 if one is not a digit. */
static int32_t read_field(const char *at, uint32_t count)
{
    int32_t value = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!qa_is_digit(at[i])) return -1;
        value = value * 10 + (at[i] - '0');
    }
    return value;
}

qa_status_t qa_date_parse(const char *text, size_t bytes, int32_t *day_out)
{
    *day_out = 0;
    if (bytes != DATE_BYTES || text[4] != '-' || text[7] != '-') return QA_NOT_A_DATE;
    const int32_t year = read_field(text, 4), month = read_field(text + 5, 2), day = read_field(text + 8, 2);
    if (year < YEAR_MIN || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month))
        return QA_NOT_A_DATE;
    *day_out = qa_date_from_civil(year, month, day);
    assert(*day_out >= DAY_MIN && *day_out <= DAY_MAX);
    return QA_OK;
}

size_t qa_date_print(int32_t day, char text_out[QA_DATE_TEXT_BYTES])
{
    assert(day >= DAY_MIN && day <= DAY_MAX);
    int32_t year = 0, month = 0, day_of_month = 0;
    qa_date_to_civil(day, &year, &month, &day_of_month);
    qa_digits_write_count(text_out, (uint64_t)year, 4);
    text_out[4] = '-';
    qa_digits_write_count(text_out + 5, (uint64_t)month, 2);
    text_out[7] = '-';
    qa_digits_write_count(text_out + 8, (uint64_t)day_of_month, 2);
    return DATE_BYTES;
}

/* ".5" and so on at *at: one digit at least; those behind the ninth must not be lost, so they must be zeros.
 */
static bool read_fraction(const char **at, const char *end, int32_t *nanoseconds_out)
{
    int32_t unit = NANOSECONDS_OF_SECOND / 10, nanoseconds = 0;
    const char *next = *at + 1;
    if (next == end || !qa_is_digit(*next)) return false;
    for (; next < end && qa_is_digit(*next); next++) {
        if (unit == 0 && *next != '0') return false;
        nanoseconds += (*next - '0') * unit;
        unit /= 10;
    }
    *at = next;
    *nanoseconds_out = nanoseconds;
    return true;
}

/* "Z", "+02:00", "-05:30" up to the end. */
static bool read_offset(const char *at, const char *end, int32_t *seconds_out)
{
    *seconds_out = 0;
    if (end - at == 1) return *at == 'Z' || *at == 'z';
    if (end - at != 6 || (*at != '+' && *at != '-') || at[3] != ':') return false;
    const int32_t hours = read_field(at + 1, 2), minutes = read_field(at + 4, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return false;
    *seconds_out = (hours * 60 + minutes) * (*at == '-' ? -60 : 60);
    return true;
}

/* "09:30:00.5Z" into seconds since the day's midnight UTC and nanoseconds. */
static bool read_clock(const char *at, const char *end, int32_t *seconds_out, int32_t *nanoseconds_out)
{
    if (end - at < 9 || at[2] != ':' || at[5] != ':') return false;
    const int32_t hour = read_field(at, 2), minute = read_field(at + 3, 2), second = read_field(at + 6, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return false;
    at += 8;
    if (*at == '.' && !read_fraction(&at, end, nanoseconds_out)) return false;
    int32_t offset = 0;
    if (!read_offset(at, end, &offset)) return false;
    *seconds_out = (hour * 60 + minute) * 60 + second - offset;
    return true;
}

qa_status_t qa_time_parse(const char *text, size_t bytes, int64_t *time_ns_out)
{
    int32_t day = 0, seconds = 0, nanoseconds = 0;
    *time_ns_out = 0;
    if (bytes < DATE_BYTES || qa_date_parse(text, DATE_BYTES, &day) != QA_OK) return QA_NOT_A_DATE;
    if (bytes > DATE_BYTES) {
        const char mark = text[DATE_BYTES];
        if (mark != 'T' && mark != 't' && mark != ' ') return QA_NOT_A_DATE;
        if (!read_clock(text + DATE_BYTES + 1, text + bytes, &seconds, &nanoseconds)) return QA_NOT_A_DATE;
    }
    const qa_int128_t time_ns =
        ((qa_int128_t)day * SECONDS_OF_DAY + seconds) * NANOSECONDS_OF_SECOND + nanoseconds;
    if (time_ns < INT64_MIN || time_ns > INT64_MAX) return QA_NOT_A_DATE;
    *time_ns_out = (int64_t)time_ns;
    return QA_OK;
}

size_t qa_time_print(int64_t time_ns, char text_out[QA_TIME_TEXT_BYTES])
{
    const int64_t day_ns = (int64_t)SECONDS_OF_DAY * NANOSECONDS_OF_SECOND;
    int64_t day = time_ns / day_ns, rest = time_ns % day_ns;
    if (rest < 0) {
        rest += day_ns;
        day--;
    }
    size_t bytes = qa_date_print((int32_t)day, text_out);
    const int64_t seconds = rest / NANOSECONDS_OF_SECOND;
    uint64_t fraction = (uint64_t)(rest % NANOSECONDS_OF_SECOND);
    text_out[bytes] = 'T';
    qa_digits_write_count(text_out + bytes + 1, (uint64_t)(seconds / 3600), 2);
    text_out[bytes + 3] = ':';
    qa_digits_write_count(text_out + bytes + 4, (uint64_t)(seconds / 60 % 60), 2);
    text_out[bytes + 6] = ':';
    qa_digits_write_count(text_out + bytes + 7, (uint64_t)(seconds % 60), 2);
    bytes += 9;
    if (fraction != 0) {
        uint32_t count = 9;
        while (fraction % 1000 == 0) {
            fraction /= 1000;
            count -= 3;
        }
        text_out[bytes] = '.';
        qa_digits_write_count(text_out + bytes + 1, fraction, count);
        bytes += 1 + count;
    }
    text_out[bytes++] = 'Z';
    assert(bytes <= QA_TIME_TEXT_BYTES);
    return bytes;
}
