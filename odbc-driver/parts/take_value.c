/* Parameters: C buffers into values, as the tables "C to SQL" of Appendix D say. Two steps: what the buffer
 * holds (a number, a moment, a text, bytes), then the kind that the binding's SQL type names. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "parts/convert.h"
#include "parts/literal.h"
#include "parts/sql_types.h"
#include "parts/utf16.h"
#include "qa/text.h"

typedef enum content_kind {
    CONTENT_NUMBER,
    CONTENT_DOUBLE,
    CONTENT_MOMENT,
    CONTENT_TEXT,
    CONTENT_BYTES
} content_kind_t;

/* What a buffer holds. */
typedef struct content {
    content_kind_t kind;
    bool is_wide; /* text or bytes that mean UTF-16 */
    qa_odbc_number_t number;
    double wide_number; /* CONTENT_DOUBLE */
    qa_odbc_moment_t moment;
    const char *text; /* UTF-8, or bytes; borrowed from the buffer or in the arena */
    size_t bytes;
} content_t;

static SQLLEN read_length(const SQLLEN *length, SQLLEN fallback)
{
    SQLLEN value;
    if (length == NULL) return fallback;
    memcpy(&value, length, sizeof(value));
    return value;
}

bool qa_odbc_is_at_execution(const qa_odbc_source_t *source)
{
    const SQLLEN indicator = read_length(source->indicator != NULL ? source->indicator : source->length, 0);
    const SQLLEN length = read_length(source->length, indicator);
    return indicator == SQL_DATA_AT_EXEC || indicator <= SQL_LEN_DATA_AT_EXEC_OFFSET ||
           length == SQL_DATA_AT_EXEC || length <= SQL_LEN_DATA_AT_EXEC_OFFSET;
}

/* Bytes of a value of varying length; `width` is that of a unit. */
static qa_odbc_outcome_t measure(const qa_odbc_source_t *source, size_t width, size_t *bytes_out)
{
    const SQLLEN length = read_length(source->length, width == 0 ? source->data_bytes : SQL_NTS);
    *bytes_out = 0;
    if (length == SQL_NTS && width != 0) {
        const uint8_t *const data = source->data;
        size_t bytes = 0;
        while (data[bytes] != 0 || data[bytes + width - 1] != 0)
            bytes += width;
        *bytes_out = bytes;
        return QA_ODBC_OK;
    }
    if (length < 0 || (width == 2 && length % 2 != 0)) return QA_ODBC_BAD_LENGTH;
    *bytes_out = (size_t)length;
    return QA_ODBC_OK;
}

/* UTF-16 into UTF-8 in the arena. */
static qa_odbc_outcome_t narrow(const void *data, size_t units, qa_arena_t *arena, content_t *content)
{
    char *const text = qa_arena_take(arena, qa_odbc_utf8_length(data, units) + 1);
    if (text == NULL) return QA_ODBC_NO_MEMORY;
    content->text = text;
    return qa_odbc_utf16_to_utf8(data, units, text, &content->bytes) ? QA_ODBC_OK : QA_ODBC_NOT_TEXT;
}

static qa_odbc_outcome_t read_varying(const qa_odbc_source_t *source, SQLSMALLINT c_type, qa_arena_t *arena,
                                      content_t *content)
{
    size_t bytes;
    const size_t width = c_type == SQL_C_WCHAR ? 2 : c_type == SQL_C_CHAR ? 1 : 0;
    const qa_odbc_outcome_t outcome = measure(source, width, &bytes);
    if (outcome != QA_ODBC_OK) return outcome;
    content->kind = c_type == SQL_C_BINARY ? CONTENT_BYTES : CONTENT_TEXT;
    content->text = source->data;
    content->bytes = bytes;
    if (c_type == SQL_C_WCHAR) return narrow(source->data, bytes / 2, arena, content);
    if (c_type == SQL_C_CHAR && !qa_utf8_is_valid(content->text, bytes)) return QA_ODBC_NOT_TEXT;
    return QA_ODBC_OK;
}

static qa_odbc_outcome_t read_numeric(const qa_odbc_source_t *source, content_t *content)
{
    SQL_NUMERIC_STRUCT numeric;
    memcpy(&numeric, source->data, sizeof(numeric));
    qa_odbc_number_t number = { .is_negative = numeric.sign == 0 };
    for (int i = SQL_MAX_NUMERIC_LEN - 1; i >= 0; i--)
        number.units = (number.units << 8) + numeric.val[i];
    if (qa_odbc_digits(number.units) > QA_SQL_PRECISION_MAX) return QA_ODBC_OUT_OF_RANGE;
    const int scale = source->scale == QA_ODBC_SCALE_UNSET ? numeric.scale : source->scale;
    if (scale > QA_ODBC_NUMBER_SCALE_MAX || scale < -QA_ODBC_NUMBER_SCALE_MAX) return QA_ODBC_OUT_OF_RANGE;
    if (number.units == 0) number.is_negative = false;
    if (scale < 0) {
        /* A negative scale multiplies: the same as a whole number with zeros behind. */
        const qa_odbc_number_t whole = number;
        if (qa_odbc_is_error(qa_odbc_number_rescale(&whole, -scale, &number))) return QA_ODBC_OUT_OF_RANGE;
        number.scale = 0;
    } else {
        number.scale = (uint8_t)scale;
    }
    content->kind = CONTENT_NUMBER;
    content->number = number;
    return QA_ODBC_OK;
}

/* An integer of 1, 2, 4 or 8 bytes. */
static qa_int128_t integer_at(const void *data, SQLLEN bytes, bool is_signed)
{
    uint64_t unsigned_64;
    uint32_t unsigned_32;
    uint16_t unsigned_16;
    uint8_t unsigned_8;
    switch (bytes) {
    case 8:
        memcpy(&unsigned_64, data, 8);
        return is_signed ? (qa_int128_t)(int64_t)unsigned_64 : (qa_int128_t)unsigned_64;
    case 4:
        memcpy(&unsigned_32, data, 4);
        return is_signed ? (qa_int128_t)(int32_t)unsigned_32 : (qa_int128_t)unsigned_32;
    case 2:
        memcpy(&unsigned_16, data, 2);
        return is_signed ? (qa_int128_t)(int16_t)unsigned_16 : (qa_int128_t)unsigned_16;
    default:
        memcpy(&unsigned_8, data, 1);
        return is_signed ? (qa_int128_t)(int8_t)unsigned_8 : (qa_int128_t)unsigned_8;
    }
}

/* False: not an integer type. */
static bool read_integer(const qa_odbc_source_t *source, SQLSMALLINT c_type, content_t *content)
{
    bool is_signed = false;
    switch (c_type) {
    case SQL_C_STINYINT:
    case SQL_C_TINYINT:
    case SQL_C_SSHORT:
    case SQL_C_SHORT:
    case SQL_C_SLONG:
    case SQL_C_LONG:
    case SQL_C_SBIGINT:
        is_signed = true;
        break;
    case SQL_C_UTINYINT:
    case SQL_C_BIT:
    case SQL_C_USHORT:
    case SQL_C_ULONG:
    case SQL_C_UBIGINT:
        break;
    default:
        return false;
    }
    content->kind = CONTENT_NUMBER;
    content->number =
        qa_odbc_number_from_units(integer_at(source->data, qa_odbc_c_type_bytes(c_type), is_signed), 0);
    return true;
}

static qa_odbc_outcome_t read_moment(const qa_odbc_source_t *source, SQLSMALLINT c_type, content_t *content)
{
    qa_odbc_moment_t moment = { .has_date = c_type != SQL_C_TYPE_TIME,
                                .has_time = c_type != SQL_C_TYPE_DATE };
    SQL_TIMESTAMP_STRUCT all = { .year = 1, .month = 1, .day = 1 };
    if (c_type == SQL_C_TYPE_TIMESTAMP) {
        memcpy(&all, source->data, sizeof(all));
    } else if (c_type == SQL_C_TYPE_DATE) {
        SQL_DATE_STRUCT date;
        memcpy(&date, source->data, sizeof(date));
        all.year = date.year;
        all.month = date.month;
        all.day = date.day;
    } else {
        SQL_TIME_STRUCT time;
        memcpy(&time, source->data, sizeof(time));
        all.hour = time.hour;
        all.minute = time.minute;
        all.second = time.second;
    }
    const SQL_DATE_STRUCT date = { all.year, all.month, all.day };
    if (!qa_odbc_date_take(&date, &moment.day) ||
        !qa_odbc_time_take(all.hour, all.minute, all.second, &moment.ticks) || all.fraction > 999999999u)
        return QA_ODBC_NOT_A_DATE;
    moment.ticks += all.fraction / 100;
    moment.is_cut = all.fraction % 100 != 0;
    content->kind = CONTENT_MOMENT;
    content->moment = moment;
    return QA_ODBC_OK;
}

static qa_odbc_outcome_t read_guid(const qa_odbc_source_t *source, qa_arena_t *arena, content_t *content)
{
    SQLGUID guid;
    char *const text = qa_arena_take(arena, 37);
    if (text == NULL) return QA_ODBC_NO_MEMORY;
    memcpy(&guid, source->data, sizeof(guid));
    const uint8_t *const tail = (const uint8_t *)guid.Data4;
    snprintf(text, 37, "%08X-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X", (unsigned)guid.Data1,
             (unsigned)guid.Data2, (unsigned)guid.Data3, tail[0], tail[1], tail[2], tail[3], tail[4], tail[5],
             tail[6], tail[7]);
    content->kind = CONTENT_TEXT;
    content->text = text;
    content->bytes = 36;
    return QA_ODBC_OK;
}

static qa_odbc_outcome_t read_content(const qa_odbc_source_t *source, SQLSMALLINT c_type, qa_arena_t *arena,
                                      content_t *content)
{
    float narrow_number;
    if (qa_odbc_c_type_bytes(c_type) == 0) return read_varying(source, c_type, arena, content);
    if (read_integer(source, c_type, content)) return QA_ODBC_OK;
    switch (c_type) {
    case SQL_C_NUMERIC:
        return read_numeric(source, content);
    case SQL_C_GUID:
        return read_guid(source, arena, content);
    case SQL_C_TYPE_DATE:
    case SQL_C_TYPE_TIME:
    case SQL_C_TYPE_TIMESTAMP:
        return read_moment(source, c_type, content);
    case SQL_C_FLOAT:
        memcpy(&narrow_number, source->data, sizeof(narrow_number));
        content->wide_number = narrow_number;
        break;
    case SQL_C_DOUBLE:
        memcpy(&content->wide_number, source->data, sizeof(double));
        break;
    default:
        return QA_ODBC_NOT_YET; /* intervals */
    }
    content->kind = CONTENT_DOUBLE;
    if (!isfinite(content->wide_number)) return QA_ODBC_OUT_OF_RANGE;
    if (content->wide_number == 0.0) content->wide_number = 0.0; /* no minus zero */
    content->number = qa_odbc_number_from_double(content->wide_number);
    return QA_ODBC_OK;
}

/* --- the second step --- */

static qa_odbc_outcome_t give_text(const content_t *content, SQLSMALLINT sql_type, qa_arena_t *arena,
                                   qa_sql_value_t *value)
{
    char text[QA_DECIMAL_TEXT_BYTES];
    content_t narrowed = *content;
    const bool is_wide_type =
        sql_type == SQL_WCHAR || sql_type == SQL_WVARCHAR || sql_type == SQL_WLONGVARCHAR;
    switch (content->kind) {
    case CONTENT_NUMBER:
        /* More than 18 decimals are not made by any number but SQL_NUMERIC_STRUCT's: the scale is then cut.
         */
        if (narrowed.number.scale > QA_SQL_SCALE_MAX)
            qa_odbc_number_rescale(&content->number, QA_SQL_SCALE_MAX, &narrowed.number);
        narrowed.bytes = qa_decimal_print(narrowed.number.is_negative ? -(qa_int128_t)narrowed.number.units
                                                                      : (qa_int128_t)narrowed.number.units,
                                          narrowed.number.scale, text);
        narrowed.text = text;
        break;
    case CONTENT_DOUBLE:
        narrowed.bytes = qa_double_print(content->wide_number, text);
        narrowed.text = text;
        break;
    case CONTENT_MOMENT:
        narrowed.bytes = qa_odbc_moment_print(&content->moment, text);
        narrowed.text = text;
        break;
    case CONTENT_BYTES:
        if (is_wide_type) {
            if (content->bytes % 2 != 0) return QA_ODBC_BAD_LENGTH;
            const qa_odbc_outcome_t outcome = narrow(content->text, content->bytes / 2, arena, &narrowed);
            if (outcome != QA_ODBC_OK) return outcome;
        } else if (!qa_utf8_is_valid(content->text, content->bytes)) {
            return QA_ODBC_NOT_TEXT;
        }
        break;
    case CONTENT_TEXT:
        break;
    }
    if (narrowed.bytes > UINT32_MAX) return QA_ODBC_TOO_LONG;
    char *const copy = qa_arena_text(arena, narrowed.text, narrowed.bytes);
    if (copy == NULL) return QA_ODBC_NO_MEMORY;
    *value = (qa_sql_value_t){ .kind = QA_SQL_TEXT, .bytes = (uint32_t)narrowed.bytes, .text = copy };
    return QA_ODBC_OK;
}

static int hex_digit(char byte)
{
    if (byte >= '0' && byte <= '9') return byte - '0';
    const char small = (char)(byte | 0x20);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

static qa_odbc_outcome_t give_bytes(const content_t *content, qa_arena_t *arena, qa_sql_value_t *value)
{
    if (content->kind != CONTENT_BYTES && content->kind != CONTENT_TEXT) return QA_ODBC_RESTRICTED;
    const bool is_hex = content->kind == CONTENT_TEXT;
    if (is_hex && content->bytes % 2 != 0) return QA_ODBC_NOT_CASTABLE;
    const size_t bytes = is_hex ? content->bytes / 2 : content->bytes;
    if (bytes > UINT32_MAX) return QA_ODBC_TOO_LONG;
    uint8_t *const copy = qa_arena_take(arena, bytes + 1);
    if (copy == NULL) return QA_ODBC_NO_MEMORY;
    if (!is_hex && bytes > 0) memcpy(copy, content->text, bytes);
    for (size_t i = 0; is_hex && i < bytes; i++) {
        const int high = hex_digit(content->text[2 * i]), low = hex_digit(content->text[2 * i + 1]);
        if (high < 0 || low < 0) return QA_ODBC_NOT_CASTABLE;
        copy[i] = (uint8_t)(high * 16 + low);
    }
    *value = (qa_sql_value_t){ .kind = QA_SQL_BINARY, .bytes = (uint32_t)bytes, .text = (const char *)copy };
    return QA_ODBC_OK;
}

/* The number that the content is, or says as a text. */
static qa_odbc_outcome_t number_of(const content_t *content, qa_odbc_number_t *number_out)
{
    switch (content->kind) {
    case CONTENT_NUMBER:
    case CONTENT_DOUBLE:
        *number_out = content->number;
        return QA_ODBC_OK;
    case CONTENT_TEXT:
        return qa_odbc_number_parse(content->text, content->bytes, number_out);
    default:
        return QA_ODBC_RESTRICTED;
    }
}

static qa_odbc_outcome_t give_integer(const content_t *content, SQLSMALLINT sql_type, qa_sql_value_t *value)
{
    int64_t least = INT64_MIN, most = INT64_MAX;
    uint8_t kind = QA_SQL_BIGINT;
    qa_odbc_number_t number, whole;
    qa_odbc_outcome_t outcome = number_of(content, &number);
    if (qa_odbc_is_error(outcome)) return outcome;
    switch (sql_type) {
    case SQL_BIT:
        least = 0, most = 1, kind = QA_SQL_BOOLEAN;
        break;
    case SQL_TINYINT:
        least = INT8_MIN, most = UINT8_MAX, kind = QA_SQL_INTEGER;
        break; /* signed or not */
    case SQL_SMALLINT:
        least = INT16_MIN, most = UINT16_MAX, kind = QA_SQL_INTEGER;
        break;
    case SQL_INTEGER:
        least = INT32_MIN, most = UINT32_MAX;
        break;
    default:
        break;
    }
    outcome = qa_odbc_number_rescale(&number, 0, &whole);
    if (qa_odbc_is_error(outcome)) return outcome;
    if (outcome != QA_ODBC_OK && content->kind == CONTENT_TEXT) return QA_ODBC_TOO_LONG;
    const qa_int128_t exact = whole.is_negative ? -(qa_int128_t)whole.units : (qa_int128_t)whole.units;
    if (exact < least || exact > most) return QA_ODBC_OUT_OF_RANGE;
    if (sql_type == SQL_INTEGER && exact <= INT32_MAX) kind = QA_SQL_INTEGER;
    *value = (qa_sql_value_t){ .kind = kind, .integer = (int64_t)exact };
    return outcome;
}

/* Decimals keep what was given, up to the 18 digits behind the point that a DECIMAL can have. */
static qa_odbc_outcome_t give_decimal(const content_t *content, qa_sql_value_t *value)
{
    qa_odbc_number_t number;
    qa_odbc_outcome_t outcome = number_of(content, &number);
    if (qa_odbc_is_error(outcome)) return outcome;
    if (number.is_double || number.scale > QA_SQL_SCALE_MAX) {
        const qa_odbc_number_t given = number;
        /* A text of more than 38 digits: its double is as good as it only if what is lost stands far behind.
         */
        if (given.is_double && (given.number >= 1e17 || given.number <= -1e17)) return QA_ODBC_OUT_OF_RANGE;
        outcome = qa_odbc_number_rescale(&given, QA_SQL_SCALE_MAX, &number);
        if (qa_odbc_is_error(outcome)) return outcome;
    }
    *value = (qa_sql_value_t){ .kind = QA_SQL_DECIMAL, .scale = number.scale };
    value->units = number.is_negative ? -(qa_int128_t)number.units : (qa_int128_t)number.units;
    return outcome;
}

static qa_odbc_outcome_t give_double(const content_t *content, qa_sql_value_t *value)
{
    double number = content->wide_number;
    qa_odbc_outcome_t outcome = QA_ODBC_OK;
    if (content->kind == CONTENT_TEXT)
        outcome = qa_odbc_double_parse(content->text, content->bytes, &number);
    else if (content->kind == CONTENT_NUMBER)
        number = qa_odbc_number_to_double(&content->number);
    else if (content->kind != CONTENT_DOUBLE)
        outcome = QA_ODBC_RESTRICTED;
    *value = (qa_sql_value_t){ .kind = QA_SQL_DOUBLE, .number = number };
    return outcome;
}

static qa_odbc_outcome_t give_moment(const content_t *content, uint8_t kind, int32_t today,
                                     qa_sql_value_t *value)
{
    const int64_t ticks_per_day = INT64_C(864000000000);
    qa_odbc_moment_t moment = content->moment;
    if (content->kind == CONTENT_TEXT) {
        if (!qa_odbc_moment_parse(content->text, content->bytes, &moment)) return QA_ODBC_NOT_CASTABLE;
    } else if (content->kind != CONTENT_MOMENT) {
        return QA_ODBC_RESTRICTED;
    }
    const qa_odbc_outcome_t other = content->kind == CONTENT_TEXT ? QA_ODBC_NOT_CASTABLE : QA_ODBC_RESTRICTED;
    if (moment.is_cut) return QA_ODBC_DATE_FIELD_OVERFLOW;
    *value = (qa_sql_value_t){ .kind = kind };
    if (kind == QA_SQL_DATE) {
        if (!moment.has_date) return other;
        if (moment.ticks != 0) return QA_ODBC_DATE_FIELD_OVERFLOW;
        value->integer = moment.day;
    } else if (kind == QA_SQL_TIME) {
        if (!moment.has_time) return other;
        value->integer = moment.ticks;
    } else {
        value->integer = (moment.has_date ? moment.day : today) * ticks_per_day + moment.ticks;
    }
    return QA_ODBC_OK;
}

qa_odbc_outcome_t qa_odbc_take_value(const qa_odbc_source_t *source, qa_arena_t *arena,
                                     qa_sql_value_t *value_out)
{
    qa_sql_type_t type;
    content_t content = { .kind = CONTENT_BYTES };
    *value_out = (qa_sql_value_t){ .kind = QA_SQL_NULL };
    const SQLLEN indicator = read_length(source->indicator != NULL ? source->indicator : source->length, 0);
    const SQLLEN length = read_length(source->length, 0);
    if (indicator == SQL_NULL_DATA || length == SQL_NULL_DATA) return QA_ODBC_OK;
    if (indicator == SQL_DEFAULT_PARAM || length == SQL_DEFAULT_PARAM) return QA_ODBC_NO_DEFAULT;
    if (qa_odbc_is_at_execution(source)) return QA_ODBC_AT_EXECUTION;
    SQLSMALLINT c_type = qa_odbc_type_code_from(source->c_type);
    if (c_type == SQL_C_DEFAULT) c_type = qa_odbc_default_c_type(source->sql_type);
    if (!qa_odbc_c_type_is_known(c_type)) return QA_ODBC_BAD_C_TYPE;
    if (!qa_odbc_type_from_code(source->sql_type, 0, 0, &type)) return QA_ODBC_RESTRICTED;
    const bool may_be_empty = length == 0 && source->length != NULL && qa_odbc_c_type_bytes(c_type) == 0;
    if (source->data == NULL && !may_be_empty) return QA_ODBC_NULL_POINTER;
    if (type.kind == QA_SQL_NULL) return QA_ODBC_NOT_YET;
    qa_odbc_outcome_t outcome = read_content(source, c_type, arena, &content);
    if (outcome != QA_ODBC_OK) return outcome;
    switch ((qa_sql_kind_t)type.kind) {
    case QA_SQL_TEXT:
        outcome = give_text(&content, source->sql_type, arena, value_out);
        break;
    case QA_SQL_BINARY:
        outcome = give_bytes(&content, arena, value_out);
        break;
    case QA_SQL_DECIMAL:
        outcome = give_decimal(&content, value_out);
        break;
    case QA_SQL_DOUBLE:
        outcome = give_double(&content, value_out);
        break;
    case QA_SQL_DATE:
    case QA_SQL_TIME:
    case QA_SQL_TIMESTAMP:
        outcome = give_moment(&content, type.kind, source->today, value_out);
        break;
    default:
        outcome = give_integer(&content, source->sql_type, value_out);
        break;
    }
    if (qa_odbc_is_error(outcome)) *value_out = (qa_sql_value_t){ .kind = QA_SQL_NULL };
    return outcome;
}
