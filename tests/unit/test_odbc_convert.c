/* Values into the buffers of an application: each SQLSTATE of the tables "SQL to C", lengths, cuts at every
 * size of a buffer, pieces, and blocks against single values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parts/convert.h"
#include "parts/sql_types.h"
#include "parts/utf16.h"

enum { BUFFER_BYTES = 256, LEFT_ALONE = 0x5A };

/* One put, with everything that came of it. */
typedef struct put {
    uint8_t buffer[BUFFER_BYTES];
    SQLLEN length;
    qa_odbc_outcome_t outcome;
} put_t;

static qa_odbc_target_t target_of(put_t *put, SQLSMALLINT c_type, SQLLEN bytes)
{
    memset(put->buffer, LEFT_ALONE, sizeof(put->buffer));
    put->length = -77;
    return (qa_odbc_target_t){ .c_type = c_type,
                               .scale = QA_ODBC_SCALE_UNSET,
                               .data = put->buffer,
                               .data_bytes = bytes,
                               .length = &put->length,
                               .indicator = &put->length };
}

static qa_odbc_outcome_t put_typed(put_t *put, qa_sql_value_t value, const qa_sql_type_t *type,
                                   SQLSMALLINT c_type, SQLLEN bytes)
{
    const qa_odbc_target_t target = target_of(put, c_type, bytes);
    put->outcome = qa_odbc_put_value(&value, type, &target, NULL);
    for (size_t i = (size_t)bytes; bytes >= 0 && qa_odbc_c_type_bytes(c_type) == 0 && i < BUFFER_BYTES; i++)
        assert_int_equal(put->buffer[i], LEFT_ALONE);
    return put->outcome;
}

static qa_odbc_outcome_t put_value(put_t *put, qa_sql_value_t value, SQLSMALLINT c_type, SQLLEN bytes)
{
    const qa_sql_type_t type = { .kind = value.kind, .precision = 18, .scale = value.scale, .length = 100 };
    return put_typed(put, value, &type, c_type, bytes);
}

static qa_sql_value_t text_of(const char *text)
{
    return (qa_sql_value_t){ .kind = QA_SQL_TEXT, .bytes = (uint32_t)strlen(text), .text = text };
}

static qa_sql_value_t decimal_of(int64_t units, uint8_t scale)
{
    return (qa_sql_value_t){ .kind = QA_SQL_DECIMAL, .scale = scale, .units = units };
}

static qa_sql_value_t integer_of(uint8_t kind, int64_t integer)
{
    return (qa_sql_value_t){ .kind = kind, .integer = integer };
}

static qa_sql_value_t double_of(double number)
{
    return (qa_sql_value_t){ .kind = QA_SQL_DOUBLE, .number = number };
}

static void assert_text(put_t *put, qa_sql_value_t value, const char *expected)
{
    uint16_t wide[100];
    assert_int_equal(put_value(put, value, SQL_C_CHAR, 200), QA_ODBC_OK);
    assert_string_equal((char *)put->buffer, expected);
    assert_int_equal(put->length, strlen(expected));
    assert_int_equal(put_value(put, value, SQL_C_WCHAR, 200), QA_ODBC_OK);
    const size_t units = qa_odbc_utf8_to_utf16(expected, strlen(expected), wide, 100);
    assert_memory_equal(put->buffer, wide, 2 * units + 2);
    assert_int_equal(put->length, 2 * units);
}

static void every_kind_has_a_text(void **state)
{
    (void)state;
    put_t put;
    assert_text(&put, text_of("a\xC3\xA9\xF0\x9F\x98\x80"), "a\xC3\xA9\xF0\x9F\x98\x80");
    assert_text(&put, text_of(""), "");
    assert_text(&put, integer_of(QA_SQL_BOOLEAN, 1), "1");
    assert_text(&put, integer_of(QA_SQL_INTEGER, -7), "-7");
    assert_text(&put, integer_of(QA_SQL_BIGINT, INT64_MIN), "-9223372036854775808");
    assert_text(&put, decimal_of(-123456, 2), "-1234.56");
    assert_text(&put, double_of(0.1), "0.1");
    assert_text(&put, double_of(1e300), "1e+300");
    assert_text(&put, integer_of(QA_SQL_DATE, 20545), "2026-04-02");
    assert_text(&put, integer_of(QA_SQL_TIME, 342005000000), "09:30:00.5");
    assert_text(&put, integer_of(QA_SQL_TIMESTAMP, -1), "1969-12-31 23:59:59.9999999");
    const qa_sql_value_t bytes = { .kind = QA_SQL_BINARY, .bytes = 3, .text = "\x00\xAB\xFF" };
    assert_text(&put, bytes, "00ABFF");
}

static void null_is_told_by_the_indicator_and_needs_one(void **state)
{
    (void)state;
    put_t put;
    const qa_sql_value_t null = { .kind = QA_SQL_NULL };
    const qa_sql_type_t type = { .kind = QA_SQL_BIGINT, .is_nullable = true };
    assert_int_equal(put_typed(&put, null, &type, SQL_C_SBIGINT, 8), QA_ODBC_OK);
    assert_int_equal(put.length, SQL_NULL_DATA);
    assert_int_equal(put.buffer[0], LEFT_ALONE);
    qa_odbc_target_t target = target_of(&put, SQL_C_SBIGINT, 8);
    target.indicator = NULL;
    assert_int_equal(qa_odbc_put_value(&null, &type, &target, NULL), QA_ODBC_NULL_NEEDS_INDICATOR);
    assert_string_equal(qa_odbc_outcome_info(QA_ODBC_NULL_NEEDS_INDICATOR)->sqlstate, "22002");
}

static void a_separate_indicator_is_cleared(void **state)
{
    (void)state;
    put_t put;
    SQLLEN indicator = 5;
    const qa_sql_value_t value = text_of("abc");
    const qa_sql_type_t type = { .kind = QA_SQL_TEXT, .length = 3 };
    qa_odbc_target_t target = target_of(&put, SQL_C_CHAR, 10);
    target.indicator = &indicator;
    assert_int_equal(qa_odbc_put_value(&value, &type, &target, NULL), QA_ODBC_OK);
    assert_int_equal(indicator, 0);
    assert_int_equal(put.length, 3);
}

static void a_bound_text_is_cut_at_whole_characters_with_its_full_length(void **state)
{
    (void)state;
    /* "aé😀z": bytes 1 + 2 + 4 + 1, units 1 + 1 + 2 + 1. */
    static const char text[] = "a\xC3\xA9\xF0\x9F\x98\x80z";
    static const size_t narrow[] = { 0, 0, 1, 1, 3, 3, 3, 3, 7, 8 };
    static const size_t wide[] = { 0, 0, 1, 2, 2, 4, 5 };
    uint16_t units[8];
    put_t put;
    for (SQLLEN bytes = 0; bytes < 10; bytes++) {
        assert_int_equal(put_value(&put, text_of(text), SQL_C_CHAR, bytes),
                         bytes == 9 ? QA_ODBC_OK : QA_ODBC_TRUNCATED);
        assert_int_equal(put.length, 8);
        if (bytes == 0) continue;
        assert_memory_equal(put.buffer, text, narrow[bytes]);
        assert_int_equal(put.buffer[narrow[bytes]], 0);
    }
    assert_int_equal(qa_odbc_utf8_to_utf16(text, 8, units, 8), 5);
    for (SQLLEN bytes = 0; bytes < 14; bytes++) {
        assert_int_equal(put_value(&put, text_of(text), SQL_C_WCHAR, bytes),
                         bytes >= 12 ? QA_ODBC_OK : QA_ODBC_TRUNCATED);
        assert_int_equal(put.length, 10);
        if (bytes < 2) continue;
        assert_memory_equal(put.buffer, units, 2 * wide[bytes / 2]);
        assert_memory_equal(put.buffer + 2 * wide[bytes / 2], "\0", 2);
    }
    assert_int_equal(put_value(&put, text_of(text), SQL_C_CHAR, -1), QA_ODBC_BAD_LENGTH);
}

static void digits_behind_the_point_are_cut_those_before_never(void **state)
{
    (void)state;
    put_t put;
    assert_int_equal(put_value(&put, decimal_of(-123456, 2), SQL_C_CHAR, 9), QA_ODBC_OK);
    assert_int_equal(put_value(&put, decimal_of(-123456, 2), SQL_C_CHAR, 8), QA_ODBC_TRUNCATED);
    assert_string_equal((char *)put.buffer, "-1234.5");
    assert_int_equal(put.length, 8);
    assert_int_equal(put_value(&put, decimal_of(-123456, 2), SQL_C_CHAR, 6), QA_ODBC_TRUNCATED);
    assert_string_equal((char *)put.buffer, "-1234");
    assert_int_equal(put_value(&put, decimal_of(-123456, 2), SQL_C_CHAR, 5), QA_ODBC_OUT_OF_RANGE);
    assert_int_equal(put_value(&put, decimal_of(-123456, 2), SQL_C_WCHAR, 11), QA_ODBC_OUT_OF_RANGE);
    assert_int_equal(put_value(&put, decimal_of(-123456, 2), SQL_C_WCHAR, 12), QA_ODBC_TRUNCATED);
    assert_int_equal(put_value(&put, integer_of(QA_SQL_INTEGER, 12345), SQL_C_CHAR, 5), QA_ODBC_OUT_OF_RANGE);
    assert_int_equal(put_value(&put, double_of(1.5e300), SQL_C_CHAR, 7), QA_ODBC_OUT_OF_RANGE);
    assert_int_equal(put_value(&put, integer_of(QA_SQL_DATE, 0), SQL_C_CHAR, 10), QA_ODBC_OUT_OF_RANGE);
    assert_int_equal(put_value(&put, integer_of(QA_SQL_TIMESTAMP, 5), SQL_C_CHAR, 19), QA_ODBC_OUT_OF_RANGE);
    assert_int_equal(put_value(&put, integer_of(QA_SQL_TIMESTAMP, 5), SQL_C_CHAR, 20), QA_ODBC_TRUNCATED);
    assert_string_equal((char *)put.buffer, "1970-01-01 00:00:00");
    /* A buffer of nothing only asks for the length. */
    assert_int_equal(put_value(&put, decimal_of(-123456, 2), SQL_C_CHAR, 0), QA_ODBC_TRUNCATED);
    assert_int_equal(put.length, 8);
}

static void bytes_are_cut_and_their_digits_stay_in_pairs(void **state)
{
    (void)state;
    put_t put;
    const qa_sql_value_t bytes = { .kind = QA_SQL_BINARY, .bytes = 3, .text = "\x01\x02\x03" };
    assert_int_equal(put_value(&put, bytes, SQL_C_BINARY, 2), QA_ODBC_TRUNCATED);
    assert_memory_equal(put.buffer, "\1\2", 2);
    assert_int_equal(put.length, 3);
    assert_int_equal(put_value(&put, bytes, SQL_C_BINARY, 3), QA_ODBC_OK);
    assert_int_equal(put_value(&put, bytes, SQL_C_CHAR, 6), QA_ODBC_TRUNCATED);
    assert_string_equal((char *)put.buffer, "0102");
    assert_int_equal(put.length, 6);
    assert_int_equal(put_value(&put, bytes, SQL_C_SLONG, 4), QA_ODBC_RESTRICTED);
    /* A text as bytes is its UTF-16. */
    assert_int_equal(put_value(&put, text_of("ab"), SQL_C_BINARY, 3), QA_ODBC_TRUNCATED);
    assert_memory_equal(put.buffer, "a\0b", 3);
    assert_int_equal(put.length, 4);
}

/* A number into every integer type: what it becomes, or why not. */
typedef struct whole_case {
    SQLSMALLINT c_type;
    int64_t least, most;
    SQLLEN bytes;
} whole_case_t;

static const whole_case_t whole_cases[] = {
    { SQL_C_STINYINT, INT8_MIN, INT8_MAX, 1 }, { SQL_C_UTINYINT, 0, UINT8_MAX, 1 },
    { SQL_C_TINYINT, INT8_MIN, INT8_MAX, 1 },  { SQL_C_SSHORT, INT16_MIN, INT16_MAX, 2 },
    { SQL_C_USHORT, 0, UINT16_MAX, 2 },        { SQL_C_SHORT, INT16_MIN, INT16_MAX, 2 },
    { SQL_C_SLONG, INT32_MIN, INT32_MAX, 4 },  { SQL_C_ULONG, 0, UINT32_MAX, 4 },
    { SQL_C_LONG, INT32_MIN, INT32_MAX, 4 },   { SQL_C_SBIGINT, INT64_MIN, INT64_MAX, 8 },
};

static void integers_reach_to_the_bounds_of_their_type_and_no_further(void **state)
{
    (void)state;
    put_t put;
    for (size_t i = 0; i < sizeof(whole_cases) / sizeof(whole_cases[0]); i++) {
        const whole_case_t *it = &whole_cases[i];
        assert_int_equal(put_value(&put, integer_of(QA_SQL_BIGINT, it->least), it->c_type, 0), QA_ODBC_OK);
        assert_int_equal(put.length, it->bytes);
        assert_memory_equal(put.buffer, &it->least, (size_t)it->bytes);
        assert_int_equal(put.buffer[it->bytes], LEFT_ALONE);
        assert_int_equal(put_value(&put, integer_of(QA_SQL_BIGINT, it->most), it->c_type, 0), QA_ODBC_OK);
        assert_memory_equal(put.buffer, &it->most, (size_t)it->bytes);
        qa_sql_value_t beyond = { .kind = QA_SQL_DECIMAL, .units = (qa_int128_t)it->most + 1 };
        assert_int_equal(put_value(&put, beyond, it->c_type, 0), QA_ODBC_OUT_OF_RANGE);
        beyond.units = (qa_int128_t)it->least - 1;
        assert_int_equal(put_value(&put, beyond, it->c_type, 0), QA_ODBC_OUT_OF_RANGE);
        assert_int_equal(put.buffer[0], LEFT_ALONE);
    }
    const qa_sql_value_t largest = { .kind = QA_SQL_DECIMAL, .units = (qa_int128_t)UINT64_MAX };
    assert_int_equal(put_value(&put, largest, SQL_C_UBIGINT, 8), QA_ODBC_OK);
    assert_memory_equal(put.buffer, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8);
    assert_int_equal(put_value(&put, integer_of(QA_SQL_BIGINT, -1), SQL_C_UBIGINT, 8), QA_ODBC_OUT_OF_RANGE);
}

static void assert_slong(qa_sql_value_t value, qa_odbc_outcome_t outcome, int32_t expected)
{
    put_t put;
    assert_int_equal(put_value(&put, value, SQL_C_SLONG, 4), outcome);
    if (!qa_odbc_is_error(outcome)) assert_memory_equal(put.buffer, &expected, 4);
}

static void a_fraction_that_is_cut_is_a_warning(void **state)
{
    (void)state;
    assert_slong(decimal_of(4299, 2), QA_ODBC_FRACTION_TRUNCATED, 42);
    assert_slong(decimal_of(-4299, 2), QA_ODBC_FRACTION_TRUNCATED, -42);
    assert_slong(decimal_of(4200, 2), QA_ODBC_OK, 42);
    assert_slong(double_of(-1.5), QA_ODBC_FRACTION_TRUNCATED, -1);
    assert_slong(double_of(1e10), QA_ODBC_OUT_OF_RANGE, 0);
    assert_slong(text_of(" 42 "), QA_ODBC_OK, 42);
    assert_slong(text_of("42.5"), QA_ODBC_FRACTION_TRUNCATED, 42);
    assert_slong(text_of("4.2e1"), QA_ODBC_OK, 42);
    assert_slong(text_of("42x"), QA_ODBC_NOT_CASTABLE, 0);
    assert_slong(text_of(""), QA_ODBC_NOT_CASTABLE, 0);
    assert_slong(text_of("1e400"), QA_ODBC_OUT_OF_RANGE, 0);
    assert_slong(text_of("0.00000000000000000000000000000000000000000000001"), QA_ODBC_FRACTION_TRUNCATED, 0);
    assert_slong(integer_of(QA_SQL_BOOLEAN, 1), QA_ODBC_OK, 1);
    assert_slong(integer_of(QA_SQL_DATE, 1), QA_ODBC_RESTRICTED, 0);
    assert_string_equal(qa_odbc_outcome_info(QA_ODBC_FRACTION_TRUNCATED)->sqlstate, "01S07");
    put_t put;
    const int64_t large = 9007199254740994;
    assert_int_equal(put_value(&put, double_of(9007199254740994.0), SQL_C_SBIGINT, 8), QA_ODBC_OK);
    assert_memory_equal(put.buffer, &large, 8);
}

static void a_bit_takes_what_is_from_zero_to_below_two(void **state)
{
    (void)state;
    static const struct {
        int64_t hundredths;
        qa_odbc_outcome_t outcome;
        uint8_t bit;
    } cases[] = { { 0, QA_ODBC_OK, 0 },
                  { 100, QA_ODBC_OK, 1 },
                  { 50, QA_ODBC_FRACTION_TRUNCATED, 0 },
                  { 199, QA_ODBC_FRACTION_TRUNCATED, 1 },
                  { 200, QA_ODBC_OUT_OF_RANGE, 0 },
                  { -1, QA_ODBC_OUT_OF_RANGE, 0 } };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        put_t put;
        assert_int_equal(put_value(&put, decimal_of(cases[i].hundredths, 2), SQL_C_BIT, 1), cases[i].outcome);
        if (!qa_odbc_is_error(cases[i].outcome)) assert_int_equal(put.buffer[0], cases[i].bit);
    }
}

static void doubles_and_floats_are_the_nearest_ones(void **state)
{
    (void)state;
    put_t put;
    const double tenth = 0.1, third = 1234.56;
    const float narrow = 0.1f;
    assert_int_equal(put_value(&put, decimal_of(1, 1), SQL_C_DOUBLE, 8), QA_ODBC_OK);
    assert_memory_equal(put.buffer, &tenth, 8);
    assert_int_equal(put_value(&put, text_of("1234.56"), SQL_C_DOUBLE, 8), QA_ODBC_OK);
    assert_memory_equal(put.buffer, &third, 8);
    assert_int_equal(put_value(&put, decimal_of(1, 1), SQL_C_FLOAT, 4), QA_ODBC_OK);
    assert_memory_equal(put.buffer, &narrow, 4);
    assert_int_equal(put_value(&put, double_of(1e39), SQL_C_FLOAT, 4), QA_ODBC_OUT_OF_RANGE);
    assert_int_equal(put_value(&put, double_of(-1e39), SQL_C_FLOAT, 4), QA_ODBC_OUT_OF_RANGE);
    assert_int_equal(put_value(&put, double_of(3.4e38), SQL_C_FLOAT, 4), QA_ODBC_OK);
    assert_int_equal(put.length, 4);
}

static qa_odbc_outcome_t put_numeric(qa_sql_value_t value, SQLSMALLINT precision, SQLSMALLINT scale,
                                     SQL_NUMERIC_STRUCT *numeric_out)
{
    put_t put;
    const qa_sql_type_t type = { .kind = value.kind, .precision = 18, .scale = value.scale };
    qa_odbc_target_t target = target_of(&put, SQL_C_NUMERIC, 0);
    target.precision = precision;
    target.scale = scale;
    const qa_odbc_outcome_t outcome = qa_odbc_put_value(&value, &type, &target, NULL);
    memcpy(numeric_out, put.buffer, sizeof(*numeric_out));
    if (!qa_odbc_is_error(outcome)) assert_int_equal(put.length, sizeof(*numeric_out));
    return outcome;
}

static void a_numeric_follows_the_descriptor_or_else_the_value(void **state)
{
    (void)state;
    SQL_NUMERIC_STRUCT numeric;
    assert_int_equal(put_numeric(decimal_of(-12345, 2), 0, QA_ODBC_SCALE_UNSET, &numeric), QA_ODBC_OK);
    assert_int_equal(numeric.precision, 18);
    assert_int_equal(numeric.scale, 2);
    assert_int_equal(numeric.sign, 0);
    assert_memory_equal(numeric.val, "\x39\x30\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    assert_int_equal(put_numeric(decimal_of(12345, 2), 10, 4, &numeric), QA_ODBC_OK);
    assert_int_equal(numeric.precision, 10);
    assert_int_equal(numeric.scale, 4);
    assert_int_equal(numeric.sign, 1);
    assert_memory_equal(numeric.val, "\x44\xD6\x12", 3); /* 1234500 */
    assert_int_equal(put_numeric(decimal_of(12345, 2), 10, 0, &numeric), QA_ODBC_FRACTION_TRUNCATED);
    assert_memory_equal(numeric.val, "\x7B\0", 2);
    assert_int_equal(put_numeric(decimal_of(12345, 2), 4, 2, &numeric), QA_ODBC_OUT_OF_RANGE);
    assert_int_equal(put_numeric(decimal_of(12345, 0), 3, -2, &numeric), QA_ODBC_FRACTION_TRUNCATED);
    assert_memory_equal(numeric.val, "\x7B\0", 2);
    assert_int_equal(numeric.scale, -2);
    assert_int_equal(put_numeric(integer_of(QA_SQL_INTEGER, 42), 0, QA_ODBC_SCALE_UNSET, &numeric),
                     QA_ODBC_OK);
    assert_int_equal(numeric.precision, 10);
    assert_int_equal(numeric.val[0], 42);
    assert_int_equal(put_numeric(double_of(0.1), 5, 3, &numeric), QA_ODBC_OK);
    assert_int_equal(numeric.val[0], 100);
    assert_int_equal(put_numeric(double_of(1e300), 0, 0, &numeric), QA_ODBC_OUT_OF_RANGE);
    assert_int_equal(put_numeric(text_of("99999999999999999999999999999999999999"), 38, 0, &numeric),
                     QA_ODBC_OK);
    assert_memory_equal(numeric.val, "\xFF\xFF\xFF\xFF\x3F\x22\x8A\x09\x7A\xC4\x86\x5A\xA8\x4C\x3B\x4B", 16);
}

static void dates_and_times_lose_only_what_the_structure_has_not(void **state)
{
    (void)state;
    put_t put;
    const SQL_DATE_STRUCT date = { 2026, 4, 2 };
    const SQL_TIME_STRUCT time = { 9, 30, 0 };
    const SQL_TIMESTAMP_STRUCT moment = { 2026, 4, 2, 9, 30, 0, 500000000 };
    const int64_t ticks = INT64_C(20545) * 864000000000 + 342005000000;
    assert_int_equal(put_value(&put, integer_of(QA_SQL_TIMESTAMP, ticks), SQL_C_TYPE_TIMESTAMP, 0),
                     QA_ODBC_OK);
    assert_memory_equal(put.buffer, &moment, sizeof(moment));
    assert_int_equal(put.length, 16);
    assert_int_equal(put_value(&put, integer_of(QA_SQL_TIMESTAMP, ticks), SQL_C_TYPE_DATE, 0),
                     QA_ODBC_FRACTION_TRUNCATED);
    assert_memory_equal(put.buffer, &date, sizeof(date));
    assert_int_equal(put_value(&put, integer_of(QA_SQL_TIMESTAMP, ticks), SQL_C_TYPE_TIME, 0),
                     QA_ODBC_FRACTION_TRUNCATED);
    assert_memory_equal(put.buffer, &time, sizeof(time));
    assert_int_equal(put_value(&put, integer_of(QA_SQL_DATE, 20545), SQL_C_DATE, 0), QA_ODBC_OK);
    assert_memory_equal(put.buffer, &date, sizeof(date));
    assert_int_equal(put_value(&put, integer_of(QA_SQL_DATE, 20545), SQL_C_TYPE_TIME, 0), QA_ODBC_RESTRICTED);
    assert_int_equal(put_value(&put, text_of("2026-04-02"), SQL_C_TYPE_DATE, 0), QA_ODBC_OK);
    assert_memory_equal(put.buffer, &date, sizeof(date));
    assert_int_equal(put_value(&put, text_of("{ts '2026-04-02 09:30:00.5'}"), SQL_C_TYPE_TIMESTAMP, 0),
                     QA_ODBC_OK);
    assert_memory_equal(put.buffer, &moment, sizeof(moment));
    assert_int_equal(put_value(&put, text_of("2026-02-30"), SQL_C_TYPE_DATE, 0), QA_ODBC_NOT_CASTABLE);
    assert_int_equal(put_value(&put, text_of("09:30"), SQL_C_TYPE_DATE, 0), QA_ODBC_NOT_CASTABLE);
    assert_int_equal(put_value(&put, text_of("09:30"), SQL_C_TYPE_TIME, 0), QA_ODBC_OK);
    assert_memory_equal(put.buffer, &time, sizeof(time));
    /* A time alone stands on the day that the caller calls today. */
    const qa_sql_value_t value = integer_of(QA_SQL_TIME, 342005000000);
    const qa_sql_type_t type = { .kind = QA_SQL_TIME };
    qa_odbc_target_t target = target_of(&put, SQL_C_TYPE_TIMESTAMP, 0);
    target.today = 20545;
    assert_int_equal(qa_odbc_put_value(&value, &type, &target, NULL), QA_ODBC_OK);
    assert_memory_equal(put.buffer, &moment, sizeof(moment));
}

static void a_guid_is_read_from_its_text(void **state)
{
    (void)state;
    put_t put;
    const SQLGUID guid = { 0x12345678, 0x9ABC, 0xDEF0, { 1, 2, 3, 4, 5, 6, 7, 8 } };
    assert_int_equal(put_value(&put, text_of("12345678-9abc-DEF0-0102-030405060708"), SQL_C_GUID, 0),
                     QA_ODBC_OK);
    assert_memory_equal(put.buffer, &guid, sizeof(guid));
    assert_int_equal(put_value(&put, text_of("12345678-9abc-DEF0-0102-03040506070"), SQL_C_GUID, 0),
                     QA_ODBC_NOT_CASTABLE);
    assert_int_equal(put_value(&put, integer_of(QA_SQL_BIGINT, 1), SQL_C_GUID, 0), QA_ODBC_RESTRICTED);
}

static void what_odbc_does_not_know_and_what_comes_later_are_told_apart(void **state)
{
    (void)state;
    put_t put;
    assert_int_equal(put_value(&put, integer_of(QA_SQL_BIGINT, 1), 4711, 8), QA_ODBC_BAD_C_TYPE);
    assert_int_equal(put_value(&put, integer_of(QA_SQL_BIGINT, 1), SQL_C_INTERVAL_DAY, 8), QA_ODBC_NOT_YET);
    assert_int_equal(put_value(&put, integer_of(QA_SQL_BIGINT, 1), SQL_C_INTERVAL_DAY_TO_HOUR, 8),
                     QA_ODBC_RESTRICTED);
    assert_int_equal(put_value(&put, double_of(1), SQL_C_INTERVAL_DAY, 8), QA_ODBC_RESTRICTED);
    assert_int_equal(put_value(&put, text_of("1"), SQL_C_INTERVAL_DAY_TO_HOUR, 8), QA_ODBC_NOT_YET);
    assert_string_equal(qa_odbc_outcome_info(QA_ODBC_RESTRICTED)->sqlstate, "07006");
    assert_string_equal(qa_odbc_outcome_info(QA_ODBC_BAD_C_TYPE)->sqlstate, "HY003");
    qa_odbc_diagnostic_t diagnostic;
    const qa_sql_type_t type = { .kind = QA_SQL_DECIMAL, .precision = 18, .scale = 2 };
    qa_odbc_describe_outcome(QA_ODBC_OUT_OF_RANGE, &type, SQL_C_SSHORT, &diagnostic);
    assert_string_equal(diagnostic.sqlstate, "22003");
    assert_string_equal(diagnostic.message, "the number does not fit: DECIMAL(18,2) as SQL_C_SSHORT");
}

static void the_default_c_type_is_that_of_the_column(void **state)
{
    (void)state;
    put_t put;
    assert_int_equal(put_value(&put, text_of("ab"), SQL_C_DEFAULT, 100), QA_ODBC_OK);
    assert_int_equal(put.length, 4);
    assert_int_equal(put_value(&put, integer_of(QA_SQL_BIGINT, 7), SQL_C_DEFAULT, 100), QA_ODBC_OK);
    assert_int_equal(put.length, 8);
    assert_int_equal(put_value(&put, decimal_of(7, 0), SQL_C_DEFAULT, 100), QA_ODBC_OK);
    assert_string_equal((char *)put.buffer, "7");
}

/* --- pieces --- */

static void assert_pieces(qa_sql_value_t value, SQLSMALLINT c_type, size_t bytes, size_t terminator,
                          bool is_filled)
{
    const qa_sql_type_t type = { .kind = value.kind, .scale = value.scale, .precision = 18, .length = 100 };
    uint8_t whole[1000], together[1000];
    put_t put;
    SQLLEN length;
    size_t count = 0;
    uint64_t offset = 0;
    qa_odbc_target_t all = {
        .c_type = c_type, .data = whole, .data_bytes = sizeof(whole), .length = &length, .indicator = &length
    };
    assert_int_equal(qa_odbc_put_value(&value, &type, &all, NULL), QA_ODBC_OK);
    const size_t total = (size_t)length;
    qa_odbc_target_t target = target_of(&put, c_type, (SQLLEN)bytes);
    target.is_filled = is_filled;
    for (;;) {
        const qa_odbc_outcome_t outcome = qa_odbc_put_value(&value, &type, &target, &offset);
        assert_true(outcome == QA_ODBC_OK || outcome == QA_ODBC_TRUNCATED);
        assert_int_equal(put.length, total - count);
        size_t piece = total - count;
        if (outcome == QA_ODBC_TRUNCATED && is_filled)
            piece =
                bytes / (terminator > 0 ? terminator : 1) * (terminator > 0 ? terminator : 1) - terminator;
        if (outcome == QA_ODBC_TRUNCATED && !is_filled) {
            piece = 0;
            while (memcmp(put.buffer + piece, "\0\0", terminator) != 0)
                piece += terminator;
            assert_true(piece > 0);
        }
        memcpy(together + count, put.buffer, piece);
        count += piece;
        assert_memory_equal(put.buffer + piece, "\0\0", terminator);
        if (outcome == QA_ODBC_OK) break;
    }
    assert_int_equal(count, total);
    assert_memory_equal(together, whole, total);
    assert_int_equal(qa_odbc_put_value(&value, &type, &target, &offset), QA_ODBC_NO_MORE);
}

static void pieces_put_together_are_the_whole_value(void **state)
{
    (void)state;
    const qa_sql_value_t text = text_of("a\xC3\xA9\xF0\x9F\x98\x80zz\xF0\x9F\x98\x80\xE2\x82\xAC and so on");
    const qa_sql_value_t bytes = { .kind = QA_SQL_BINARY,
                                   .bytes = 9,
                                   .text = "\x01\x02\x03\x04\x05\x06\x07\x08\x09" };
    for (size_t size = 2; size < 40; size++) {
        assert_pieces(text, SQL_C_CHAR, size, 1, true);
        if (size >= 5) assert_pieces(text, SQL_C_CHAR, size, 1, false);
        if (size >= 4) assert_pieces(text, SQL_C_WCHAR, size, 2, true);
        if (size >= 6) assert_pieces(text, SQL_C_WCHAR, size, 2, false);
        assert_pieces(text, SQL_C_BINARY, size, 0, true);
        assert_pieces(bytes, SQL_C_BINARY, size, 0, true);
        if (size >= 3 && size % 2 == 1) assert_pieces(bytes, SQL_C_CHAR, size, 1, true);
        if (size >= 9) assert_pieces(decimal_of(-12345678901, 4), SQL_C_CHAR, size, 1, true);
    }
    assert_pieces(text_of(""), SQL_C_CHAR, 1, 1, true);
    assert_pieces(text_of(""), SQL_C_WCHAR, 2, 2, true);
}

static void a_value_of_fixed_length_is_fetched_once(void **state)
{
    (void)state;
    put_t put;
    uint64_t offset = 0;
    const qa_sql_value_t value = integer_of(QA_SQL_BIGINT, 300), null = { .kind = QA_SQL_NULL };
    const qa_sql_type_t type = { .kind = QA_SQL_BIGINT };
    qa_odbc_target_t target = target_of(&put, SQL_C_STINYINT, 0);
    assert_int_equal(qa_odbc_put_value(&value, &type, &target, &offset), QA_ODBC_OUT_OF_RANGE);
    target.c_type = SQL_C_SBIGINT;
    assert_int_equal(qa_odbc_put_value(&value, &type, &target, &offset), QA_ODBC_OK);
    assert_int_equal(qa_odbc_put_value(&value, &type, &target, &offset), QA_ODBC_NO_MORE);
    offset = 0;
    assert_int_equal(qa_odbc_put_value(&null, &type, &target, &offset), QA_ODBC_OK);
    assert_int_equal(qa_odbc_put_value(&null, &type, &target, &offset), QA_ODBC_NO_MORE);
}

static void the_longest_length_cuts_without_a_warning(void **state)
{
    (void)state;
    put_t put;
    const qa_sql_value_t value = text_of("ab\xF0\x9F\x98\x80z");
    const qa_sql_type_t type = { .kind = QA_SQL_TEXT, .length = 10 };
    qa_odbc_target_t target = target_of(&put, SQL_C_WCHAR, 100);
    target.length_max = 6;
    assert_int_equal(qa_odbc_put_value(&value, &type, &target, NULL), QA_ODBC_OK);
    assert_int_equal(put.length, 4);
    target.c_type = SQL_C_CHAR;
    assert_int_equal(qa_odbc_put_value(&value, &type, &target, NULL), QA_ODBC_OK);
    assert_int_equal(put.length, 6);
    assert_memory_equal(put.buffer, "ab\xF0\x9F\x98\x80", 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_a_text),
        cmocka_unit_test(null_is_told_by_the_indicator_and_needs_one),
        cmocka_unit_test(a_separate_indicator_is_cleared),
        cmocka_unit_test(a_bound_text_is_cut_at_whole_characters_with_its_full_length),
        cmocka_unit_test(digits_behind_the_point_are_cut_those_before_never),
        cmocka_unit_test(bytes_are_cut_and_their_digits_stay_in_pairs),
        cmocka_unit_test(integers_reach_to_the_bounds_of_their_type_and_no_further),
        cmocka_unit_test(a_fraction_that_is_cut_is_a_warning),
        cmocka_unit_test(a_bit_takes_what_is_from_zero_to_below_two),
        cmocka_unit_test(doubles_and_floats_are_the_nearest_ones),
        cmocka_unit_test(a_numeric_follows_the_descriptor_or_else_the_value),
        cmocka_unit_test(dates_and_times_lose_only_what_the_structure_has_not),
        cmocka_unit_test(a_guid_is_read_from_its_text),
        cmocka_unit_test(what_odbc_does_not_know_and_what_comes_later_are_told_apart),
        cmocka_unit_test(the_default_c_type_is_that_of_the_column),
        cmocka_unit_test(pieces_put_together_are_the_whole_value),
        cmocka_unit_test(a_value_of_fixed_length_is_fetched_once),
        cmocka_unit_test(the_longest_length_cuts_without_a_warning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
