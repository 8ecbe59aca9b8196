/* CAST, the literals of numbers, and whether a cast lost something. Rules in qa/sql_value.h. Nothing is
 * guessed: a text that is not the literal of the wanted type is an error that shows it; a number never loses
 * digits before the point. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/digits.h"
#include "base/error.h"
#include "value/characters.h"
#include "value/decimal.h"
#include "value/moment.h"
#include "value/value.h"

static void cut_blanks(const char **text, size_t *bytes)
{
    while (*bytes > 0 && (**text == ' ' || **text == '\t')) {
        ++*text;
        --*bytes;
    }
    while (*bytes > 0 && ((*text)[*bytes - 1] == ' ' || (*text)[*bytes - 1] == '\t'))
        --*bytes;
}

/* --- literals of numbers --- */

static qa_status_t read_double(const char *text, size_t bytes, qa_sql_value_t *value_out)
{
    double number = 0.0;
    const qa_status_t status = qa_sql_double_parse(text, bytes, &number);
    *value_out = qa_sql_value_double(number);
    return status;
}

/* Without a point: the smallest of INTEGER, BIGINT, DECIMAL. */
static qa_status_t read_integer(const char *text, size_t bytes, uint32_t digit_count,
                                qa_sql_value_t *value_out, qa_sql_type_t *type_out)
{
    qa_int128_t units = 0;
    const qa_status_t status = qa_sql_decimal_parse(text, bytes, 0, &units);
    if (status != QA_OK) return status;
    if (units < INT64_MIN || units > INT64_MAX) {
        *value_out = qa_sql_value_decimal(units, 0);
        *type_out = qa_sql_type_decimal(digit_count, 0);
        return QA_OK;
    }
    const bool is_small = units >= INT32_MIN && units <= INT32_MAX;
    *value_out = qa_sql_value_integer(is_small ? QA_SQL_INTEGER : QA_SQL_BIGINT, (int64_t)units);
    *type_out = qa_sql_type_of(is_small ? QA_SQL_INTEGER : QA_SQL_BIGINT);
    return QA_OK;
}

qa_status_t qa_sql_parse_number(const char *text, size_t bytes, qa_sql_value_t *value_out,
                                qa_sql_type_t *type_out)
{
    *value_out = qa_sql_value_null();
    *type_out = qa_sql_type_of(QA_SQL_NULL);
    cut_blanks(&text, &bytes);
    uint32_t whole_count = 0, scale = 0;
    bool has_point = false, has_exponent = false;
    for (size_t i = 0; i < bytes; i++) {
        const char byte = text[i];
        if (byte == 'e' || byte == 'E') has_exponent = true;
        if (byte == '.') has_point = true;
        if (has_exponent || !qa_is_digit(byte)) continue;
        if (has_point)
            scale++;
        else if (whole_count > 0 || byte != '0')
            whole_count++;
    }
    qa_status_t status = QA_OK;
    if (has_exponent) {
        *type_out = qa_sql_type_of(QA_SQL_DOUBLE);
        status = read_double(text, bytes, value_out);
    } else if (!has_point) {
        status = read_integer(text, bytes, whole_count, value_out, type_out);
    } else {
        for (size_t end = bytes; scale > QA_SQL_SCALE_MAX && end > 0 && text[end - 1] == '0'; end--)
            scale--;
        qa_int128_t units = 0;
        status =
            qa_sql_decimal_parse(text, bytes, scale > QA_SQL_SCALE_MAX ? QA_SQL_SCALE_MAX : scale, &units);
        if (status == QA_OK && scale > QA_SQL_SCALE_MAX) status = QA_TOO_MANY_DECIMALS;
        *value_out = qa_sql_value_decimal(units, (uint8_t)scale);
        *type_out = qa_sql_type_decimal(whole_count + scale, scale);
    }
    if (status != QA_OK) *value_out = qa_sql_value_null();
    type_out->is_nullable = false;
    return status;
}

/* --- casts --- */

typedef struct cast {
    const qa_sql_value_t *value;
    const qa_sql_type_t *wanted;
    char *scratch;
    qa_error_t *error;
} cast_t;

static size_t print_value(const qa_sql_value_t *value, char text_out[QA_SQL_CAST_BYTES])
{
    switch (value->kind) {
    case QA_SQL_BOOLEAN:
        memcpy(text_out, value->integer != 0 ? "true" : "false", 5);
        return value->integer != 0 ? 4 : 5;
    case QA_SQL_INTEGER:
    case QA_SQL_BIGINT:
        return qa_decimal_print(value->integer, 0, text_out);
    case QA_SQL_DECIMAL:
        return qa_decimal_print(value->units, value->scale, text_out);
    case QA_SQL_DOUBLE:
        return qa_double_print(value->number, text_out);
    case QA_SQL_DATE:
        return qa_date_print((int32_t)value->integer, text_out);
    case QA_SQL_TIME:
        return qa_sql_time_print(value->integer, text_out);
    case QA_SQL_TIMESTAMP:
        return qa_sql_moment_print(value->integer, text_out);
    default:
        return 0;
    }
}

/* "'12x' is not a number", "999 does not fit in DECIMAL(2,0)". */
static qa_status_t fail_value(const cast_t *cast, qa_status_t status, const char *words)
{
    enum { SHOWN_UNITS = 60 };
    char name[40], printed[QA_SQL_CAST_BYTES];
    const bool is_text = cast->value->kind == QA_SQL_TEXT;
    const char *const text = is_text ? cast->value->text : printed;
    const size_t bytes =
        is_text ? qa_sql_text_cut(text, cast->value->bytes, SHOWN_UNITS) : print_value(cast->value, printed);
    const char *const quote = is_text ? "'" : "";
    const char *const more = is_text && bytes < cast->value->bytes ? "…" : "";
    return qa_fail(cast->error, status, "%s%.*s%s%s %s %s", quote, (int)bytes, text, more, quote, words,
                   qa_sql_type_name(cast->wanted, name));
}

static qa_status_t fail_read(const cast_t *cast, qa_status_t status)
{
    if (status == QA_OVERFLOW) return fail_value(cast, status, "has too many digits for");
    if (status == QA_NOT_A_DATE) {
        const uint8_t kind = cast->wanted->kind;
        return fail_value(cast, status,
                          kind == QA_SQL_DATE   ? "is not of the form YYYY-MM-DD of a"
                          : kind == QA_SQL_TIME ? "is not of the form HH:MM:SS of a"
                                                : "is not of the form YYYY-MM-DD HH:MM:SS of a");
    }
    return fail_value(cast, status, "cannot be read as");
}

static qa_status_t fail_kind(const cast_t *cast)
{
    char name[40], wanted[40];
    const qa_sql_type_t type = { .kind = cast->value->kind };
    return qa_fail(cast->error, QA_TYPE_CLASH, "%s cannot be cast to %s",
                   type.kind == QA_SQL_DECIMAL ? "DECIMAL" : qa_sql_type_name(&type, name),
                   qa_sql_type_name(cast->wanted, wanted));
}

static bool is_word(const char *text, size_t bytes, const char *word)
{
    for (size_t i = 0; i < bytes; i++) {
        const char letter = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + 32) : text[i];
        if (word[i] == '\0' || letter != word[i]) return false;
    }
    return word[bytes] == '\0';
}

static qa_status_t to_boolean(const cast_t *cast, qa_sql_value_t *value_out)
{
    static const char *const words[] = { "false", "true", "f",   "t",  "no", "yes",
                                         "n",     "y",    "off", "on", "0",  "1" };
    const qa_sql_value_t *const value = cast->value;
    if (value->kind == QA_SQL_TEXT) {
        const char *text = value->text;
        size_t bytes = value->bytes;
        cut_blanks(&text, &bytes);
        for (uint32_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
            if (!is_word(text, bytes, words[i])) continue;
            *value_out = qa_sql_value_boolean(i % 2 == 1);
            return QA_OK;
        }
        return fail_value(cast, QA_NOT_A_NUMBER, "cannot be read as");
    }
    if (value->kind == QA_SQL_DECIMAL)
        *value_out = qa_sql_value_boolean(value->units != 0);
    else if (value->kind == QA_SQL_DOUBLE)
        *value_out = qa_sql_value_boolean(value->number != 0.0);
    else if (qa_sql_kind_is_integer(value->kind) || value->kind == QA_SQL_BOOLEAN)
        *value_out = qa_sql_value_boolean(value->integer != 0);
    else
        return fail_kind(cast);
    return QA_OK;
}

/* A decimal of the scale, for integers of scale 0, too. */
static qa_status_t to_units(const cast_t *cast, uint32_t scale, qa_int128_t *units_out)
{
    const qa_sql_value_t *const value = cast->value;
    const char *text = value->text;
    size_t bytes = value->bytes;
    qa_status_t status = QA_OK;
    switch (value->kind) {
    case QA_SQL_BOOLEAN:
    case QA_SQL_INTEGER:
    case QA_SQL_BIGINT:
        status = qa_sql_decimal_rescale(value->integer, 0, scale, units_out);
        break;
    case QA_SQL_DECIMAL:
        status = qa_sql_decimal_rescale(value->units, value->scale, scale, units_out);
        break;
    case QA_SQL_DOUBLE:
        status = qa_sql_decimal_from_double(value->number, scale, units_out);
        break;
    case QA_SQL_TEXT:
        cut_blanks(&text, &bytes);
        status = qa_sql_decimal_parse(text, bytes, scale, units_out);
        break;
    default:
        return fail_kind(cast);
    }
    return status == QA_OK ? QA_OK : fail_read(cast, status);
}

static qa_status_t to_integer(const cast_t *cast, qa_sql_value_t *value_out)
{
    const bool is_small = cast->wanted->kind == QA_SQL_INTEGER;
    qa_int128_t units = 0;
    const qa_status_t status = to_units(cast, 0, &units);
    if (status != QA_OK) return status;
    if (units < (is_small ? INT32_MIN : INT64_MIN) || units > (is_small ? INT32_MAX : INT64_MAX))
        return fail_value(cast, QA_OVERFLOW, "has too many digits for");
    *value_out = qa_sql_value_integer((qa_sql_kind_t)cast->wanted->kind, (int64_t)units);
    return QA_OK;
}

static qa_status_t to_decimal(const cast_t *cast, qa_sql_value_t *value_out)
{
    qa_int128_t units = 0;
    assert(cast->wanted->precision >= 1 && cast->wanted->precision <= QA_SQL_PRECISION_MAX);
    const qa_status_t status = to_units(cast, cast->wanted->scale, &units);
    if (status != QA_OK) return status;
    if (!qa_sql_decimal_fits(units, cast->wanted->precision))
        return fail_value(cast, QA_OVERFLOW, "has too many digits for");
    *value_out = qa_sql_value_decimal(units, cast->wanted->scale);
    return QA_OK;
}

static qa_status_t to_double(const cast_t *cast, qa_sql_value_t *value_out)
{
    const qa_sql_value_t *const value = cast->value;
    const char *text = value->text;
    size_t bytes = value->bytes;
    double number = 0.0;
    qa_status_t status = QA_OK;
    switch (value->kind) {
    case QA_SQL_BOOLEAN:
    case QA_SQL_INTEGER:
    case QA_SQL_BIGINT:
        number = (double)value->integer;
        break;
    case QA_SQL_DECIMAL:
        number = qa_decimal_to_double(value->units, value->scale);
        break;
    case QA_SQL_DOUBLE:
        number = value->number;
        break;
    case QA_SQL_TEXT:
        cut_blanks(&text, &bytes);
        status = qa_sql_double_parse(text, bytes, &number);
        if (status != QA_OK) return fail_read(cast, status);
        break;
    default:
        return fail_kind(cast);
    }
    *value_out = qa_sql_value_double(number);
    return QA_OK;
}

static qa_status_t to_text(const cast_t *cast, qa_sql_value_t *value_out)
{
    const qa_sql_value_t *const value = cast->value;
    const uint32_t length = cast->wanted->length;
    if (value->kind == QA_SQL_TEXT) {
        *value_out = *value;
        if (length > 0) value_out->bytes = (uint32_t)qa_sql_text_cut(value->text, value->bytes, length);
        return QA_OK;
    }
    if (value->kind == QA_SQL_BINARY) return fail_kind(cast);
    const size_t bytes = print_value(value, cast->scratch);
    if (length > 0 && bytes > length) return fail_value(cast, QA_OVERFLOW, "has too many digits for");
    *value_out = qa_sql_value_text(cast->scratch, bytes);
    return QA_OK;
}

static qa_status_t to_binary(const cast_t *cast, qa_sql_value_t *value_out)
{
    if (cast->value->kind != QA_SQL_TEXT && cast->value->kind != QA_SQL_BINARY) return fail_kind(cast);
    *value_out = *cast->value;
    value_out->kind = QA_SQL_BINARY;
    if (cast->wanted->length > 0 && value_out->bytes > cast->wanted->length)
        value_out->bytes = cast->wanted->length;
    return QA_OK;
}

static qa_status_t text_to_moment(const cast_t *cast, qa_sql_value_t *value_out)
{
    const char *const text = cast->value->text;
    const size_t bytes = cast->value->bytes;
    int64_t ticks = 0;
    qa_status_t status = QA_OK;
    if (cast->wanted->kind == QA_SQL_TIME && qa_sql_parse_time(text, bytes, &ticks) == QA_OK) {
        *value_out = qa_sql_value_integer(QA_SQL_TIME, ticks);
        return QA_OK;
    }
    status = qa_sql_parse_timestamp(text, bytes, &ticks); /* a date alone is its midnight */
    if (status != QA_OK) return fail_read(cast, status);
    if (cast->wanted->kind == QA_SQL_DATE) ticks = qa_sql_moment_day(ticks);
    if (cast->wanted->kind == QA_SQL_TIME) ticks = qa_sql_moment_time(ticks);
    *value_out = qa_sql_value_integer((qa_sql_kind_t)cast->wanted->kind, ticks);
    return QA_OK;
}

static qa_status_t to_moment(const cast_t *cast, qa_sql_value_t *value_out)
{
    const qa_sql_value_t *const value = cast->value;
    const uint8_t wanted = cast->wanted->kind;
    if (value->kind == QA_SQL_TEXT) return text_to_moment(cast, value_out);
    int64_t integer = value->integer;
    if (value->kind == QA_SQL_TIMESTAMP && wanted == QA_SQL_DATE)
        integer = qa_sql_moment_day(integer);
    else if (value->kind == QA_SQL_TIMESTAMP && wanted == QA_SQL_TIME)
        integer = qa_sql_moment_time(integer);
    else if (value->kind == QA_SQL_DATE && wanted == QA_SQL_TIMESTAMP)
        integer *= QA_SQL_TICKS_PER_DAY;
    else if (value->kind != wanted)
        return fail_kind(cast);
    *value_out = qa_sql_value_integer((qa_sql_kind_t)wanted, integer);
    return QA_OK;
}

qa_status_t qa_sql_cast(const qa_sql_value_t *value, const qa_sql_type_t *wanted,
                        char scratch[QA_SQL_CAST_BYTES], qa_sql_value_t *value_out, qa_error_t *error)
{
    const qa_sql_value_t source = *value; /* value_out may be the same */
    const cast_t cast = { &source, wanted, scratch, error };
    *value_out = qa_sql_value_null();
    if (source.kind == QA_SQL_NULL) return QA_OK;
    switch (wanted->kind) {
    case QA_SQL_BOOLEAN:
        return to_boolean(&cast, value_out);
    case QA_SQL_INTEGER:
    case QA_SQL_BIGINT:
        return to_integer(&cast, value_out);
    case QA_SQL_DECIMAL:
        return to_decimal(&cast, value_out);
    case QA_SQL_DOUBLE:
        return to_double(&cast, value_out);
    case QA_SQL_TEXT:
        return to_text(&cast, value_out);
    case QA_SQL_BINARY:
        return to_binary(&cast, value_out);
    case QA_SQL_DATE:
    case QA_SQL_TIME:
    case QA_SQL_TIMESTAMP:
        return to_moment(&cast, value_out);
    default:
        *value_out = source;
        return QA_OK;
    }
}

/* --- losses --- */

static qa_int128_t units_of(const qa_sql_value_t *value)
{
    return value->kind == QA_SQL_DECIMAL ? value->units : value->integer;
}

static uint8_t scale_of(const qa_sql_value_t *value)
{
    return value->kind == QA_SQL_DECIMAL ? value->scale : 0;
}

static bool is_exact_text(const qa_sql_value_t *value, const qa_sql_value_t *cast)
{
    qa_sql_value_t read;
    qa_sql_type_t type;
    int64_t ticks = 0;
    switch (cast->kind) {
    case QA_SQL_TEXT:
    case QA_SQL_BINARY:
        return value->bytes == cast->bytes;
    case QA_SQL_INTEGER:
    case QA_SQL_BIGINT:
    case QA_SQL_DECIMAL: {
        const qa_status_t status = qa_sql_parse_number(value->text, value->bytes, &read, &type);
        return status == QA_OK && qa_sql_cast_is_exact(&read, cast);
    }
    case QA_SQL_DATE:
        return qa_sql_parse_timestamp(value->text, value->bytes, &ticks) == QA_OK &&
               qa_sql_moment_time(ticks) == 0;
    default:
        return true;
    }
}

bool qa_sql_cast_is_exact(const qa_sql_value_t *value, const qa_sql_value_t *cast)
{
    if (value->kind == QA_SQL_NULL || cast->kind == QA_SQL_NULL) return value->kind == cast->kind;
    if (value->kind == QA_SQL_TEXT) return is_exact_text(value, cast);
    if (cast->kind == QA_SQL_BINARY) return value->bytes == cast->bytes;
    if (cast->kind == QA_SQL_TEXT || cast->kind == QA_SQL_DOUBLE) return true;
    if (value->kind == QA_SQL_TIMESTAMP && cast->kind == QA_SQL_DATE)
        return qa_sql_moment_time(value->integer) == 0;
    if (cast->kind == QA_SQL_DATE || cast->kind == QA_SQL_TIME || cast->kind == QA_SQL_TIMESTAMP) return true;
    if (value->kind == QA_SQL_DOUBLE)
        return qa_decimal_to_double(units_of(cast), scale_of(cast)) == value->number;
    return qa_sql_decimal_compare(units_of(value), scale_of(value), units_of(cast), scale_of(cast)) == 0;
}
