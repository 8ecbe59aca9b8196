/* Parameters: each C type into each kind of value, with the SQLSTATEs of the tables "C to SQL". */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parts/convert.h"
#include "parts/sql_types.h"
#include "support/test_allocator.h"

typedef struct taken {
    qa_arena_t arena;
    qa_sql_value_t value;
    qa_odbc_outcome_t outcome;
} taken_t;

static int set_up(void **state)
{
    taken_t *taken = calloc(1, sizeof(*taken));
    qa_arena_make(&taken->arena, &qa_allocator_default, 1 << 20);
    *state = taken;
    return 0;
}

static int tear_down(void **state)
{
    taken_t *taken = *state;
    qa_arena_release(&taken->arena);
    free(taken);
    return 0;
}

static qa_odbc_outcome_t take(taken_t *taken, SQLSMALLINT c_type, SQLSMALLINT sql_type, const void *data,
                              SQLLEN length)
{
    const qa_odbc_source_t source = { .c_type = c_type,
                                      .sql_type = sql_type,
                                      .scale = QA_ODBC_SCALE_UNSET,
                                      .today = 20545,
                                      .data = data,
                                      .length = &length,
                                      .indicator = &length };
    taken->outcome = qa_odbc_take_value(&source, &taken->arena, &taken->value);
    return taken->outcome;
}

static void assert_taken_text(const taken_t *taken, const char *expected)
{
    assert_int_equal(taken->outcome, QA_ODBC_OK);
    assert_int_equal(taken->value.kind, QA_SQL_TEXT);
    assert_int_equal(taken->value.bytes, strlen(expected));
    assert_memory_equal(taken->value.text, expected, strlen(expected));
}

static void assert_taken_integer(const taken_t *taken, uint8_t kind, int64_t expected)
{
    assert_int_equal(taken->outcome, QA_ODBC_OK);
    assert_int_equal(taken->value.kind, kind);
    assert_int_equal(taken->value.integer, expected);
}

static void assert_taken_decimal(const taken_t *taken, int64_t units, uint8_t scale)
{
    assert_int_equal(taken->outcome, QA_ODBC_OK);
    assert_int_equal(taken->value.kind, QA_SQL_DECIMAL);
    assert_int_equal(taken->value.scale, scale);
    assert_true(taken->value.units == units);
}

static void texts_come_with_a_length_in_bytes_or_a_terminator(void **state)
{
    taken_t *taken = *state;
    static const uint16_t wide[] = { 'a', 0xD83D, 0xDE00, 'z', 0 };
    take(taken, SQL_C_CHAR, SQL_VARCHAR, "abcdef", 3);
    assert_taken_text(taken, "abc");
    take(taken, SQL_C_CHAR, SQL_VARCHAR, "abcdef", SQL_NTS);
    assert_taken_text(taken, "abcdef");
    take(taken, SQL_C_WCHAR, SQL_WVARCHAR, wide, 6);
    assert_taken_text(taken, "a\xF0\x9F\x98\x80");
    take(taken, SQL_C_WCHAR, SQL_WVARCHAR, wide, SQL_NTS);
    assert_taken_text(taken, "a\xF0\x9F\x98\x80z");
    assert_int_equal(take(taken, SQL_C_WCHAR, SQL_WVARCHAR, wide, 4), QA_ODBC_NOT_TEXT);
    assert_int_equal(take(taken, SQL_C_WCHAR, SQL_WVARCHAR, wide, 5), QA_ODBC_BAD_LENGTH);
    assert_int_equal(take(taken, SQL_C_CHAR, SQL_VARCHAR, "ab", -4), QA_ODBC_BAD_LENGTH);
    assert_int_equal(take(taken, SQL_C_CHAR, SQL_VARCHAR, "a\xFF", SQL_NTS), QA_ODBC_NOT_TEXT);
    take(taken, SQL_C_WCHAR, SQL_WVARCHAR, wide, 0);
    assert_taken_text(taken, "");
    take(taken, SQL_C_DEFAULT, SQL_WVARCHAR, wide, 2);
    assert_taken_text(taken, "a");
}

static void a_wrong_length_of_the_buffer_cuts_no_text(void **state)
{
    taken_t *taken = *state;
    static const uint16_t wide[] = { 'a', 'b', 'c', 'd', 0 };
    /* Characters instead of bytes: a mistake that many applications make. */
    const qa_odbc_source_t source = {
        .c_type = SQL_C_WCHAR, .sql_type = SQL_VARCHAR, .data = wide, .data_bytes = 4
    };
    taken->outcome = qa_odbc_take_value(&source, &taken->arena, &taken->value);
    assert_taken_text(taken, "abcd");
}

static void null_default_and_sent_later_are_told_apart(void **state)
{
    taken_t *taken = *state;
    assert_int_equal(take(taken, SQL_C_CHAR, SQL_VARCHAR, NULL, SQL_NULL_DATA), QA_ODBC_OK);
    assert_int_equal(taken->value.kind, QA_SQL_NULL);
    assert_int_equal(take(taken, SQL_C_CHAR, SQL_VARCHAR, "a", SQL_DEFAULT_PARAM), QA_ODBC_NO_DEFAULT);
    assert_int_equal(take(taken, SQL_C_CHAR, SQL_VARCHAR, "a", SQL_DATA_AT_EXEC), QA_ODBC_AT_EXECUTION);
    assert_int_equal(take(taken, SQL_C_CHAR, SQL_VARCHAR, "a", SQL_LEN_DATA_AT_EXEC(100)),
                     QA_ODBC_AT_EXECUTION);
    assert_int_equal(take(taken, SQL_C_CHAR, SQL_VARCHAR, NULL, 3), QA_ODBC_NULL_POINTER);
    take(taken, SQL_C_CHAR, SQL_VARCHAR, NULL, 0);
    assert_taken_text(taken, "");
    assert_string_equal(qa_odbc_outcome_info(QA_ODBC_NO_DEFAULT)->sqlstate, "07S01");
    /* A separate indicator. */
    const SQLLEN length = 1, null = SQL_NULL_DATA;
    const qa_odbc_source_t source = {
        .c_type = SQL_C_CHAR, .sql_type = SQL_VARCHAR, .data = "a", .length = &length, .indicator = &null
    };
    assert_int_equal(qa_odbc_take_value(&source, &taken->arena, &taken->value), QA_ODBC_OK);
    assert_int_equal(taken->value.kind, QA_SQL_NULL);
    assert_false(qa_odbc_is_at_execution(&source));
}

static void integers_of_every_width_are_taken(void **state)
{
    taken_t *taken = *state;
    const int8_t signed_8 = -5;
    const uint8_t unsigned_8 = 250;
    const int16_t signed_16 = -300;
    const uint16_t unsigned_16 = 65000;
    const int32_t signed_32 = -70000;
    const uint32_t unsigned_32 = 4000000000u;
    const int64_t signed_64 = INT64_MIN;
    const uint64_t unsigned_64 = UINT64_MAX;
    take(taken, SQL_C_STINYINT, SQL_INTEGER, &signed_8, 0);
    assert_taken_integer(taken, QA_SQL_INTEGER, -5);
    take(taken, SQL_C_UTINYINT, SQL_TINYINT, &unsigned_8, 0);
    assert_taken_integer(taken, QA_SQL_INTEGER, 250);
    take(taken, SQL_C_SSHORT, SQL_SMALLINT, &signed_16, 0);
    assert_taken_integer(taken, QA_SQL_INTEGER, -300);
    take(taken, SQL_C_USHORT, SQL_INTEGER, &unsigned_16, 0);
    assert_taken_integer(taken, QA_SQL_INTEGER, 65000);
    take(taken, SQL_C_LONG, SQL_INTEGER, &signed_32, 0);
    assert_taken_integer(taken, QA_SQL_INTEGER, -70000);
    take(taken, SQL_C_ULONG, SQL_INTEGER, &unsigned_32, 0);
    assert_taken_integer(taken, QA_SQL_BIGINT, 4000000000);
    take(taken, SQL_C_SBIGINT, SQL_BIGINT, &signed_64, 0);
    assert_taken_integer(taken, QA_SQL_BIGINT, INT64_MIN);
    assert_int_equal(take(taken, SQL_C_UBIGINT, SQL_BIGINT, &unsigned_64, 0), QA_ODBC_OUT_OF_RANGE);
    assert_int_equal(take(taken, SQL_C_SBIGINT, SQL_SMALLINT, &signed_64, 0), QA_ODBC_OUT_OF_RANGE);
    take(taken, SQL_C_UTINYINT, SQL_VARCHAR, &unsigned_8, 0);
    assert_taken_text(taken, "250");
    take(taken, SQL_C_SSHORT, SQL_DECIMAL, &signed_16, 0);
    assert_taken_decimal(taken, -300, 0);
    assert_int_equal(take(taken, SQL_C_SSHORT, SQL_TYPE_DATE, &signed_16, 0), QA_ODBC_RESTRICTED);
    assert_int_equal(take(taken, SQL_C_SSHORT, SQL_VARBINARY, &signed_16, 0), QA_ODBC_RESTRICTED);
}

static void a_text_is_read_as_the_literal_of_its_type(void **state)
{
    taken_t *taken = *state;
    take(taken, SQL_C_CHAR, SQL_INTEGER, " -42 ", SQL_NTS);
    assert_taken_integer(taken, QA_SQL_INTEGER, -42);
    assert_int_equal(take(taken, SQL_C_CHAR, SQL_INTEGER, "4.5", SQL_NTS), QA_ODBC_TOO_LONG);
    assert_int_equal(take(taken, SQL_C_CHAR, SQL_INTEGER, "four", SQL_NTS), QA_ODBC_NOT_CASTABLE);
    take(taken, SQL_C_CHAR, SQL_BIT, "1", SQL_NTS);
    assert_taken_integer(taken, QA_SQL_BOOLEAN, 1);
    assert_int_equal(take(taken, SQL_C_CHAR, SQL_BIT, "2", SQL_NTS), QA_ODBC_OUT_OF_RANGE);
    take(taken, SQL_C_CHAR, SQL_NUMERIC, "-1234.560", SQL_NTS);
    assert_taken_decimal(taken, -1234560, 3);
    take(taken, SQL_C_CHAR, SQL_DECIMAL, "12e3", SQL_NTS);
    assert_taken_decimal(taken, 12000, 0);
    assert_int_equal(take(taken, SQL_C_CHAR, SQL_DECIMAL, "1e60", SQL_NTS), QA_ODBC_OUT_OF_RANGE);
    assert_int_equal(take(taken, SQL_C_CHAR, SQL_DECIMAL, "123456789012345678901234567890123456789", SQL_NTS),
                     QA_ODBC_OUT_OF_RANGE);
    assert_int_equal(take(taken, SQL_C_CHAR, SQL_DECIMAL, "0.12345678901234567891", SQL_NTS),
                     QA_ODBC_FRACTION_TRUNCATED);
    assert_int_equal(taken->value.scale, 18);
    assert_true(taken->value.units == 123456789012345678);
    assert_int_equal(take(taken, SQL_C_CHAR, SQL_DOUBLE, "0.1", SQL_NTS), QA_ODBC_OK);
    assert_true(taken->value.number == 0.1);
    assert_int_equal(take(taken, SQL_C_CHAR, SQL_DOUBLE, "1e999", SQL_NTS), QA_ODBC_OUT_OF_RANGE);
    take(taken, SQL_C_CHAR, SQL_TYPE_DATE, "2026-04-02", SQL_NTS);
    assert_taken_integer(taken, QA_SQL_DATE, 20545);
    take(taken, SQL_C_CHAR, SQL_DATE, "{d '2026-04-02'}", SQL_NTS);
    assert_taken_integer(taken, QA_SQL_DATE, 20545);
    assert_int_equal(take(taken, SQL_C_CHAR, SQL_TYPE_DATE, "2026-04-31", SQL_NTS), QA_ODBC_NOT_CASTABLE);
    assert_int_equal(take(taken, SQL_C_CHAR, SQL_TYPE_DATE, "2026-04-02 01:00", SQL_NTS),
                     QA_ODBC_DATE_FIELD_OVERFLOW);
    assert_int_equal(take(taken, SQL_C_CHAR, SQL_TYPE_TIME, "09:30:00.12345678", SQL_NTS),
                     QA_ODBC_DATE_FIELD_OVERFLOW);
    take(taken, SQL_C_CHAR, SQL_TYPE_TIME, "09:30:00.5000000", SQL_NTS);
    assert_taken_integer(taken, QA_SQL_TIME, 342005000000);
    take(taken, SQL_C_CHAR, SQL_TYPE_TIMESTAMP, "2026-04-02T09:30:00.5Z", SQL_NTS);
    assert_taken_integer(taken, QA_SQL_TIMESTAMP, INT64_C(20545) * 864000000000 + 342005000000);
    take(taken, SQL_C_CHAR, SQL_TYPE_TIMESTAMP, "09:30", SQL_NTS);
    assert_taken_integer(taken, QA_SQL_TIMESTAMP, INT64_C(20545) * 864000000000 + 342000000000);
}

static void doubles_become_what_their_shortest_text_says(void **state)
{
    taken_t *taken = *state;
    const double tenth = 0.1, large = 1e300, odd = 2.75, nothing = -0.0;
    const double infinite = INFINITY, none = NAN;
    const float quarter = 0.25f;
    take(taken, SQL_C_DOUBLE, SQL_DECIMAL, &tenth, 0);
    assert_taken_decimal(taken, 1, 1);
    take(taken, SQL_C_FLOAT, SQL_DECIMAL, &quarter, 0);
    assert_taken_decimal(taken, 25, 2);
    assert_int_equal(take(taken, SQL_C_DOUBLE, SQL_DECIMAL, &large, 0), QA_ODBC_OUT_OF_RANGE);
    assert_int_equal(take(taken, SQL_C_DOUBLE, SQL_DOUBLE, &large, 0), QA_ODBC_OK);
    assert_true(taken->value.number == 1e300);
    assert_int_equal(take(taken, SQL_C_DOUBLE, SQL_INTEGER, &odd, 0), QA_ODBC_FRACTION_TRUNCATED);
    assert_int_equal(taken->value.integer, 2);
    take(taken, SQL_C_DOUBLE, SQL_VARCHAR, &tenth, 0);
    assert_taken_text(taken, "0.1");
    assert_int_equal(take(taken, SQL_C_DOUBLE, SQL_DOUBLE, &infinite, 0), QA_ODBC_OUT_OF_RANGE);
    assert_int_equal(take(taken, SQL_C_DOUBLE, SQL_DOUBLE, &none, 0), QA_ODBC_OUT_OF_RANGE);
    assert_int_equal(take(taken, SQL_C_DOUBLE, SQL_DOUBLE, &nothing, 0), QA_ODBC_OK);
    assert_false(signbit(taken->value.number));
}

static void a_numeric_is_exact_with_any_scale(void **state)
{
    taken_t *taken = *state;
    SQL_NUMERIC_STRUCT numeric = { .precision = 10, .scale = 2, .sign = 0, .val = { 0x39, 0x30 } };
    take(taken, SQL_C_NUMERIC, SQL_NUMERIC, &numeric, 0);
    assert_taken_decimal(taken, -12345, 2);
    numeric.scale = -3;
    numeric.sign = 1;
    take(taken, SQL_C_NUMERIC, SQL_NUMERIC, &numeric, 0);
    assert_taken_decimal(taken, 12345000, 0);
    numeric.scale = 20;
    assert_int_equal(take(taken, SQL_C_NUMERIC, SQL_DOUBLE, &numeric, 0), QA_ODBC_OK);
    assert_true(taken->value.number == 12345e-20);
    assert_int_equal(take(taken, SQL_C_NUMERIC, SQL_NUMERIC, &numeric, 0), QA_ODBC_FRACTION_TRUNCATED);
    assert_true(taken->value.units == 123);
    memset(numeric.val, 0xFF, sizeof(numeric.val));
    assert_int_equal(take(taken, SQL_C_NUMERIC, SQL_NUMERIC, &numeric, 0), QA_ODBC_OUT_OF_RANGE);
    /* The scale of the descriptor record goes before that of the structure. */
    numeric = (SQL_NUMERIC_STRUCT){ .scale = 0, .sign = 1, .val = { 0x39, 0x30 } };
    const qa_odbc_source_t source = {
        .c_type = SQL_C_NUMERIC, .sql_type = SQL_NUMERIC, .scale = 4, .data = &numeric
    };
    taken->outcome = qa_odbc_take_value(&source, &taken->arena, &taken->value);
    assert_taken_decimal(taken, 12345, 4);
}

static void structures_of_dates_are_checked(void **state)
{
    taken_t *taken = *state;
    const SQL_DATE_STRUCT date = { 2026, 4, 2 }, bad_date = { 2026, 2, 29 }, no_year = { 0, 1, 1 };
    const SQL_TIME_STRUCT time = { 9, 30, 0 }, bad_time = { 24, 0, 0 };
    SQL_TIMESTAMP_STRUCT moment = { 2026, 4, 2, 9, 30, 0, 500000000 };
    take(taken, SQL_C_TYPE_DATE, SQL_TYPE_DATE, &date, 0);
    assert_taken_integer(taken, QA_SQL_DATE, 20545);
    take(taken, SQL_C_DATE, SQL_TYPE_TIMESTAMP, &date, 0);
    assert_taken_integer(taken, QA_SQL_TIMESTAMP, INT64_C(20545) * 864000000000);
    take(taken, SQL_C_TYPE_DATE, SQL_VARCHAR, &date, 0);
    assert_taken_text(taken, "2026-04-02");
    assert_int_equal(take(taken, SQL_C_TYPE_DATE, SQL_TYPE_DATE, &bad_date, 0), QA_ODBC_NOT_A_DATE);
    assert_int_equal(take(taken, SQL_C_TYPE_DATE, SQL_TYPE_DATE, &no_year, 0), QA_ODBC_NOT_A_DATE);
    assert_int_equal(take(taken, SQL_C_TYPE_DATE, SQL_TYPE_TIME, &date, 0), QA_ODBC_RESTRICTED);
    take(taken, SQL_C_TYPE_TIME, SQL_TYPE_TIME, &time, 0);
    assert_taken_integer(taken, QA_SQL_TIME, 342000000000);
    take(taken, SQL_C_TYPE_TIME, SQL_TYPE_TIMESTAMP, &time, 0);
    assert_taken_integer(taken, QA_SQL_TIMESTAMP, INT64_C(20545) * 864000000000 + 342000000000);
    assert_int_equal(take(taken, SQL_C_TYPE_TIME, SQL_TYPE_TIME, &bad_time, 0), QA_ODBC_NOT_A_DATE);
    take(taken, SQL_C_TYPE_TIMESTAMP, SQL_TYPE_TIMESTAMP, &moment, 0);
    assert_taken_integer(taken, QA_SQL_TIMESTAMP, INT64_C(20545) * 864000000000 + 342005000000);
    assert_int_equal(take(taken, SQL_C_TYPE_TIMESTAMP, SQL_TYPE_DATE, &moment, 0),
                     QA_ODBC_DATE_FIELD_OVERFLOW);
    moment.fraction = 50;
    assert_int_equal(take(taken, SQL_C_TYPE_TIMESTAMP, SQL_TYPE_TIMESTAMP, &moment, 0),
                     QA_ODBC_DATE_FIELD_OVERFLOW);
    moment.fraction = 1000000000;
    assert_int_equal(take(taken, SQL_C_TYPE_TIMESTAMP, SQL_TYPE_TIMESTAMP, &moment, 0), QA_ODBC_NOT_A_DATE);
    assert_string_equal(qa_odbc_outcome_info(QA_ODBC_NOT_A_DATE)->sqlstate, "22007");
}

static void bytes_are_taken_as_they_are_and_from_digits(void **state)
{
    taken_t *taken = *state;
    assert_int_equal(take(taken, SQL_C_BINARY, SQL_VARBINARY, "\0\1\xFF", 3), QA_ODBC_OK);
    assert_int_equal(taken->value.kind, QA_SQL_BINARY);
    assert_memory_equal(taken->value.text, "\0\1\xFF", 3);
    assert_int_equal(take(taken, SQL_C_CHAR, SQL_VARBINARY, "00fFa", 4), QA_ODBC_OK);
    assert_memory_equal(taken->value.text, "\0\xFF", 2);
    assert_int_equal(take(taken, SQL_C_CHAR, SQL_VARBINARY, "00f", 3), QA_ODBC_NOT_CASTABLE);
    assert_int_equal(take(taken, SQL_C_CHAR, SQL_VARBINARY, "0x", 2), QA_ODBC_NOT_CASTABLE);
    take(taken, SQL_C_BINARY, SQL_VARCHAR, "ab", 2);
    assert_taken_text(taken, "ab");
    take(taken, SQL_C_BINARY, SQL_WVARCHAR, "a\0b", 4);
    assert_taken_text(taken, "ab");
    assert_int_equal(take(taken, SQL_C_BINARY, SQL_INTEGER, "a", 1), QA_ODBC_RESTRICTED);
    assert_int_equal(take(taken, SQL_C_BINARY, SQL_VARBINARY, "a", SQL_NTS), QA_ODBC_BAD_LENGTH);
}

static void what_is_not_built_or_not_known_is_refused(void **state)
{
    taken_t *taken = *state;
    const SQL_INTERVAL_STRUCT interval = { .interval_type = SQL_IS_DAY };
    const SQLGUID guid = { 0x12345678, 0x9ABC, 0xDEF0, { 1, 2, 3, 4, 5, 6, 7, 8 } };
    assert_int_equal(take(taken, SQL_C_INTERVAL_DAY, SQL_VARCHAR, &interval, 0), QA_ODBC_NOT_YET);
    assert_int_equal(take(taken, SQL_C_CHAR, SQL_INTERVAL_DAY, "1", 1), QA_ODBC_NOT_YET);
    assert_int_equal(take(taken, 4711, SQL_VARCHAR, "1", 1), QA_ODBC_BAD_C_TYPE);
    assert_int_equal(take(taken, SQL_C_CHAR, 4711, "1", 1), QA_ODBC_RESTRICTED);
    take(taken, SQL_C_GUID, SQL_GUID, &guid, 0);
    assert_taken_text(taken, "12345678-9ABC-DEF0-0102-030405060708");
}

static void a_refused_allocation_is_an_outcome(void **state)
{
    (void)state;
    static const uint16_t wide[] = { 'a', 'b' };
    const SQLLEN length = 4;
    for (uint64_t fail_at = 1; fail_at <= 1; fail_at++) {
        test_allocator_t allocator;
        qa_arena_t arena;
        qa_sql_value_t value;
        test_allocator_make(&allocator);
        allocator.fail_at = fail_at;
        qa_arena_make(&arena, &allocator.allocator, 1 << 20);
        const qa_odbc_source_t source = {
            .c_type = SQL_C_WCHAR, .sql_type = SQL_WVARCHAR, .data = wide, .length = &length
        };
        assert_int_equal(qa_odbc_take_value(&source, &arena, &value), QA_ODBC_NO_MEMORY);
        assert_int_equal(value.kind, QA_SQL_NULL);
        qa_arena_release(&arena);
        assert_int_equal(allocator.bytes, 0);
    }
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(texts_come_with_a_length_in_bytes_or_a_terminator),
        TEST(a_wrong_length_of_the_buffer_cuts_no_text),
        TEST(null_default_and_sent_later_are_told_apart),
        TEST(integers_of_every_width_are_taken),
        TEST(a_text_is_read_as_the_literal_of_its_type),
        TEST(doubles_become_what_their_shortest_text_says),
        TEST(a_numeric_is_exact_with_any_scale),
        TEST(structures_of_dates_are_checked),
        TEST(bytes_are_taken_as_they_are_and_from_digits),
        TEST(what_is_not_built_or_not_known_is_refused),
        TEST(a_refused_allocation_is_an_outcome),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
