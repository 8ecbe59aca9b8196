/* Numbers by their digits, exact up to 38 of them; dates by the calendar of qa/number.h. */
#include "parts/literal.h"

#include <string.h>

static const uint64_t ticks_per_day = UINT64_C(864000000000);

static qa_uint128_t power_of_ten(uint32_t exponent)
{
    qa_uint128_t power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

uint32_t qa_odbc_digits(qa_uint128_t units)
{
    uint32_t count = 0;
    while (units != 0) {
        units /= 10;
        count++;
    }
    return count;
}

static void trim(const char **text, size_t *bytes)
{
    while (*bytes > 0 && (**text == ' ' || **text == '\t')) {
        (*text)++;
        (*bytes)--;
    }
    while (*bytes > 0 && ((*text)[*bytes - 1] == ' ' || (*text)[*bytes - 1] == '\t'))
        (*bytes)--;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

qa_odbc_outcome_t qa_odbc_double_parse(const char *text, size_t bytes, double *number_out)
{
    trim(&text, &bytes);
    const qa_status_t status = qa_double_parse(text, bytes, number_out);
    if (status == QA_OVERFLOW) return QA_ODBC_OUT_OF_RANGE;
    return status == QA_OK ? QA_ODBC_OK : QA_ODBC_NOT_CASTABLE;
}

/* An exponent of at most 4 digits behind the 'e'; false: not one, or longer (then the double decides). */
static bool parse_exponent(const char *text, size_t bytes, size_t at, int32_t *exponent_out)
{
    const bool is_negative = at < bytes && text[at] == '-';
    if (at < bytes && (text[at] == '-' || text[at] == '+')) at++;
    if (at >= bytes || bytes - at > 4) return false;
    int32_t exponent = 0;
    for (; at < bytes; at++) {
        if (!is_digit(text[at])) return false;
        exponent = exponent * 10 + (text[at] - '0');
    }
    *exponent_out = is_negative ? -exponent : exponent;
    return true;
}

/* The exact form, if the text has one of at most 38 digits. */
static bool parse_exact(const char *text, size_t bytes, qa_odbc_number_t *number)
{
    size_t at = 0;
    int32_t scale = 0, exponent = 0;
    uint32_t digits = 0;
    bool is_behind_point = false;
    *number = (qa_odbc_number_t){ .is_negative = bytes > 0 && text[0] == '-' };
    if (bytes > 0 && (text[0] == '-' || text[0] == '+')) at = 1;
    for (; at < bytes && text[at] != 'e' && text[at] != 'E'; at++) {
        if (text[at] == '.') {
            is_behind_point = true;
            continue;
        }
        if (number->units != 0 && ++digits > 37) return false;
        const uint64_t digit = (uint64_t)(text[at] - '0');
        number->units = number->units * 10u + digit;
        if (is_behind_point && ++scale > 1000) return false;
    }
    if (at < bytes && !parse_exponent(text, bytes, at + 1, &exponent)) return false;
    scale -= exponent;
    while (scale > 0 && number->units != 0 && number->units % 10 == 0 && scale > QA_ODBC_NUMBER_SCALE_MAX) {
        number->units /= 10;
        scale--;
    }
    if (number->units == 0 && (scale < 0 || scale > QA_ODBC_NUMBER_SCALE_MAX)) scale = 0;
    if (scale < 0) {
        if (qa_odbc_digits(number->units) + (uint32_t)-scale > 38) return false;
        number->units *= power_of_ten((uint32_t)-scale);
        scale = 0;
    }
    if (scale > QA_ODBC_NUMBER_SCALE_MAX) return false;
    number->scale = (uint8_t)scale;
    if (number->units == 0) number->is_negative = false;
    return true;
}

qa_odbc_outcome_t qa_odbc_number_parse(const char *text, size_t bytes, qa_odbc_number_t *number_out)
{
    double number;
    trim(&text, &bytes);
    /* The double's parser judges the grammar. */
    const qa_odbc_outcome_t outcome = qa_odbc_double_parse(text, bytes, &number);
    *number_out = (qa_odbc_number_t){ .is_double = true };
    if (outcome != QA_ODBC_OK) return outcome;
    if (!parse_exact(text, bytes, number_out))
        *number_out = (qa_odbc_number_t){ .is_double = true, .number = number, .is_negative = number < 0.0 };
    return QA_ODBC_OK;
}

qa_odbc_number_t qa_odbc_number_from_units(qa_int128_t units, uint8_t scale)
{
    return (qa_odbc_number_t){ .is_negative = units < 0,
                               .scale = scale,
                               .units = units < 0 ? -(qa_uint128_t)units : (qa_uint128_t)units };
}

qa_odbc_number_t qa_odbc_number_from_double(double number)
{
    char text[QA_DOUBLE_TEXT_BYTES];
    qa_odbc_number_t exact;
    const size_t bytes = qa_double_print(number, text);
    if (parse_exact(text, bytes, &exact)) return exact;
    return (qa_odbc_number_t){ .is_double = true, .number = number, .is_negative = number < 0.0 };
}

/* Doubles without an exact form are either far too large for 38 digits or below 10^-38. */
static qa_odbc_outcome_t rescale_double(double number, qa_odbc_number_t *scaled_out)
{
    *scaled_out = (qa_odbc_number_t){ .is_negative = false };
    const double size = number < 0.0 ? -number : number;
    if (size >= 1e38) return QA_ODBC_OUT_OF_RANGE;
    /* A text of more than 38 digits: its double has at most 17 that count. */
    char text[QA_DOUBLE_TEXT_BYTES];
    const size_t bytes = qa_double_print(number, text);
    if (parse_exact(text, bytes, scaled_out)) return QA_ODBC_OK;
    *scaled_out = (qa_odbc_number_t){ .is_negative = false };
    return size > 0.0 ? QA_ODBC_FRACTION_TRUNCATED : QA_ODBC_OK;
}

qa_odbc_outcome_t qa_odbc_number_rescale(const qa_odbc_number_t *number, int scale,
                                         qa_odbc_number_t *scaled_out)
{
    qa_odbc_number_t exact = *number;
    qa_odbc_outcome_t outcome = QA_ODBC_OK;
    if (exact.is_double) {
        outcome = rescale_double(exact.number, &exact);
        if (qa_odbc_is_error(outcome)) return outcome;
    }
    int difference = scale - exact.scale;
    exact.scale = scale < 0 ? 0 : (uint8_t)scale;
    if (difference > 0 && exact.units != 0) {
        if (qa_odbc_digits(exact.units) + (uint32_t)difference > 38) return QA_ODBC_OUT_OF_RANGE;
        exact.units *= power_of_ten((uint32_t)difference);
    }
    for (; difference < 0 && exact.units != 0; difference++) {
        if (exact.units % 10 != 0) outcome = QA_ODBC_FRACTION_TRUNCATED;
        exact.units /= 10;
    }
    if (exact.units == 0) exact.is_negative = false;
    *scaled_out = exact;
    return outcome;
}

double qa_odbc_number_to_double(const qa_odbc_number_t *number)
{
    if (number->is_double) return number->number;
    const qa_int128_t units = number->is_negative ? -(qa_int128_t)number->units : (qa_int128_t)number->units;
    if (number->scale <= QA_SQL_SCALE_MAX) return qa_decimal_to_double(units, number->scale);
    /* Digits and exponent as text, so that the one correctly rounding parser decides. */
    char text[QA_DECIMAL_TEXT_BYTES + 8];
    double result = 0.0;
    size_t bytes = qa_decimal_print(units, 0, text);
    text[bytes++] = 'e';
    text[bytes++] = '-';
    text[bytes++] = (char)('0' + number->scale / 10);
    text[bytes++] = (char)('0' + number->scale % 10);
    qa_double_parse(text, bytes, &result);
    return result;
}

/* --- dates and times --- */

/* `count` digits at *at. */
static bool take_digits(const char *text, size_t bytes, size_t *at, uint32_t count, uint32_t *value_out)
{
    if (bytes - *at < count) return false;
    *value_out = 0;
    for (uint32_t i = 0; i < count; i++, (*at)++) {
        if (!is_digit(text[*at])) return false;
        *value_out = *value_out * 10 + (uint32_t)(text[*at] - '0');
    }
    return true;
}

static bool take_byte(const char *text, size_t bytes, size_t *at, char byte)
{
    if (*at >= bytes || text[*at] != byte) return false;
    (*at)++;
    return true;
}

static bool take_time(const char *text, size_t bytes, size_t *at, qa_odbc_moment_t *moment)
{
    uint32_t hour, minute, second = 0;
    if (!take_digits(text, bytes, at, 2, &hour) || !take_byte(text, bytes, at, ':') ||
        !take_digits(text, bytes, at, 2, &minute))
        return false;
    if (take_byte(text, bytes, at, ':') && !take_digits(text, bytes, at, 2, &second)) return false;
    if (!qa_odbc_time_take(hour, minute, second, &moment->ticks)) return false;
    moment->has_time = true;
    if (!take_byte(text, bytes, at, '.')) return true;
    int64_t weight = QA_SQL_TICKS_PER_SECOND / 10;
    uint32_t count = 0;
    for (; *at < bytes && is_digit(text[*at]); (*at)++, count++) {
        moment->ticks += (text[*at] - '0') * weight;
        if (weight == 0 && text[*at] != '0') moment->is_cut = true;
        weight /= 10;
    }
    return count <= 9;
}

/* The text inside of {d '…'}, {t '…'}, {ts '…'}; the text itself if it is no escape. */
static void unwrap(const char **text, size_t *bytes)
{
    const char *inner = *text;
    size_t left = *bytes;
    if (left < 2 || inner[0] != '{' || inner[left - 1] != '}') return;
    inner++;
    left -= 2;
    trim(&inner, &left);
    while (left > 0 && (*inner == 'd' || *inner == 't' || *inner == 's')) {
        inner++;
        left--;
    }
    trim(&inner, &left);
    if (left < 2 || inner[0] != '\'' || inner[left - 1] != '\'') return;
    *text = inner + 1;
    *bytes = left - 2;
}

bool qa_odbc_moment_parse(const char *text, size_t bytes, qa_odbc_moment_t *moment_out)
{
    qa_odbc_moment_t moment = { .has_date = false };
    *moment_out = moment;
    trim(&text, &bytes);
    unwrap(&text, &bytes);
    trim(&text, &bytes);
    size_t at = 0;
    if (bytes >= 5 && text[4] == '-') {
        uint32_t year, month, day;
        if (!take_digits(text, bytes, &at, 4, &year) || !take_byte(text, bytes, &at, '-') ||
            !take_digits(text, bytes, &at, 2, &month) || !take_byte(text, bytes, &at, '-') ||
            !take_digits(text, bytes, &at, 2, &day))
            return false;
        const SQL_DATE_STRUCT date = { (SQLSMALLINT)year, (SQLUSMALLINT)month, (SQLUSMALLINT)day };
        if (!qa_odbc_date_take(&date, &moment.day)) return false;
        moment.has_date = true;
        if (at < bytes && text[at] != ' ' && text[at] != 'T') return false;
        if (at < bytes) at++;
        while (at < bytes && text[at] == ' ')
            at++;
    }
    if (at < bytes || !moment.has_date) {
        if (!take_time(text, bytes, &at, &moment)) return false;
        if (moment.has_date) take_byte(text, bytes, &at, 'Z');
    }
    if (at != bytes) return false;
    *moment_out = moment;
    return true;
}

static char *put_digits(char *target, uint32_t value, uint32_t count)
{
    for (uint32_t i = count; i-- > 0; value /= 10)
        target[i] = (char)('0' + value % 10);
    return target + count;
}

size_t qa_odbc_moment_print(const qa_odbc_moment_t *moment, char text_out[QA_ODBC_MOMENT_BYTES])
{
    char *end = text_out;
    if (moment->has_date) end += qa_date_print(moment->day, end);
    if (!moment->has_time) return (size_t)(end - text_out);
    if (moment->has_date) *end++ = ' ';
    const SQL_TIME_STRUCT time = qa_odbc_time_struct(moment->ticks);
    end = put_digits(end, time.hour, 2);
    *end++ = ':';
    end = put_digits(end, time.minute, 2);
    *end++ = ':';
    end = put_digits(end, time.second, 2);
    uint32_t fraction = (uint32_t)(moment->ticks % QA_SQL_TICKS_PER_SECOND);
    if (fraction != 0) {
        uint32_t count = QA_SQL_FRACTION_DIGITS;
        for (; fraction % 10 == 0; fraction /= 10)
            count--;
        *end++ = '.';
        end = put_digits(end, fraction, count);
    }
    return (size_t)(end - text_out);
}

qa_odbc_moment_t qa_odbc_moment_from(uint8_t kind, int64_t integer)
{
    if (kind == QA_SQL_DATE) return (qa_odbc_moment_t){ .has_date = true, .day = (int32_t)integer };
    if (kind == QA_SQL_TIME) return (qa_odbc_moment_t){ .has_time = true, .ticks = integer };
    int64_t day = integer / (int64_t)ticks_per_day;
    int64_t ticks = integer % (int64_t)ticks_per_day;
    if (ticks < 0) {
        ticks += (int64_t)ticks_per_day;
        day--;
    }
    return (qa_odbc_moment_t){ .has_date = true, .has_time = true, .day = (int32_t)day, .ticks = ticks };
}

SQL_DATE_STRUCT qa_odbc_date_struct(int32_t day)
{
    int32_t year, month, day_of_month;
    qa_date_to_civil(day, &year, &month, &day_of_month);
    return (SQL_DATE_STRUCT){ (SQLSMALLINT)year, (SQLUSMALLINT)month, (SQLUSMALLINT)day_of_month };
}

SQL_TIME_STRUCT qa_odbc_time_struct(int64_t ticks)
{
    const uint32_t seconds = (uint32_t)(ticks / QA_SQL_TICKS_PER_SECOND);
    return (SQL_TIME_STRUCT){ (SQLUSMALLINT)(seconds / 3600), (SQLUSMALLINT)(seconds / 60 % 60),
                              (SQLUSMALLINT)(seconds % 60) };
}

SQL_TIMESTAMP_STRUCT qa_odbc_timestamp_struct(int32_t day, int64_t ticks)
{
    const SQL_DATE_STRUCT date = qa_odbc_date_struct(day);
    const SQL_TIME_STRUCT time = qa_odbc_time_struct(ticks);
    return (SQL_TIMESTAMP_STRUCT){ .year = date.year,
                                   .month = date.month,
                                   .day = date.day,
                                   .hour = time.hour,
                                   .minute = time.minute,
                                   .second = time.second,
                                   .fraction = (SQLUINTEGER)(ticks % QA_SQL_TICKS_PER_SECOND) * 100 };
}

bool qa_odbc_date_take(const SQL_DATE_STRUCT *date, int32_t *day_out)
{
    *day_out = 0;
    if (date->year < 1 || date->year > 9999 || date->month < 1 || date->month > 12 || date->day < 1 ||
        date->day > 31)
        return false;
    const int32_t day = qa_date_from_civil(date->year, date->month, date->day);
    int32_t year, month, day_of_month;
    qa_date_to_civil(day, &year, &month, &day_of_month);
    if (month != date->month || day_of_month != date->day) return false;
    *day_out = day;
    return true;
}

bool qa_odbc_time_take(uint32_t hour, uint32_t minute, uint32_t second, int64_t *ticks_out)
{
    *ticks_out = 0;
    if (hour > 23 || minute > 59 || second > 59) return false;
    *ticks_out = (int64_t)(hour * 3600 + minute * 60 + second) * QA_SQL_TICKS_PER_SECOND;
    return true;
}
