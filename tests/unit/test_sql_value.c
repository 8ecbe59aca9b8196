/* Values of SQL: literals, casts, order, hashes, common types, and tables of columns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "qa/text.h"
#include "support/test_allocator.h"
#include "value/decimal.h"
#include "value/table.h"
#include "value/value.h"

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static qa_sql_value_t text_of(const char *text)
{
    return qa_sql_value_text(text, strlen(text));
}

/* --- literals --- */

static void assert_number(const char *text, const char *type, const char *printed)
{
    qa_sql_value_t value, back;
    qa_sql_type_t got, wanted = { .kind = QA_SQL_TEXT };
    char name[40], scratch[QA_SQL_CAST_BYTES];
    assert_int_equal(qa_sql_parse_number(text, strlen(text), &value, &got), QA_OK);
    assert_string_equal(qa_sql_type_name(&got, name), type);
    assert_int_equal(value.kind, got.kind);
    assert_int_equal(qa_sql_cast(&value, &wanted, scratch, &back, NULL), QA_OK);
    assert_int_equal(back.bytes, strlen(printed));
    assert_memory_equal(back.text, printed, back.bytes);
}

static void a_number_takes_the_smallest_type_that_holds_its_digits(void **state)
{
    (void)state;
    assert_number("0", "INTEGER", "0");
    assert_number("2147483647", "INTEGER", "2147483647");
    assert_number("2147483648", "BIGINT", "2147483648");
    assert_number("-9223372036854775808", "BIGINT", "-9223372036854775808");
    assert_number("9223372036854775808", "DECIMAL(19,0)", "9223372036854775808");
    assert_number("0.050", "DECIMAL(3,3)", "0.050");
    assert_number(".5", "DECIMAL(1,1)", "0.5");
    assert_number("5.", "DECIMAL(1,0)", "5");
    assert_number("00012.5", "DECIMAL(3,1)", "12.5");
    assert_number(" 7 ", "INTEGER", "7");
    assert_number("1.50000000000000000000", "DECIMAL(19,18)", "1.500000000000000000");
    assert_number("1e3", "DOUBLE", "1000");
    assert_number(".5E-1", "DOUBLE", "0.05");
    assert_number("99999999999999999999999999999999999999", "DECIMAL(38,0)",
                  "99999999999999999999999999999999999999");
}

static void what_is_no_number_is_refused_with_its_reason(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        qa_status_t status;
    } cases[] = { { "", QA_NOT_A_NUMBER },      { ".", QA_NOT_A_NUMBER },
                  { "1.2.3", QA_NOT_A_NUMBER }, { "12x", QA_NOT_A_NUMBER },
                  { "1e", QA_NOT_A_NUMBER },    { "--1", QA_NOT_A_NUMBER },
                  { "1e999", QA_OVERFLOW },     { "0.1234567890123456789", QA_TOO_MANY_DECIMALS },
                  { "nan", QA_NOT_A_NUMBER },   { "100000000000000000000000000000000000000", QA_OVERFLOW } };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        qa_sql_value_t value;
        qa_sql_type_t type;
        assert_int_equal(qa_sql_parse_number(cases[i].text, strlen(cases[i].text), &value, &type),
                         cases[i].status);
        assert_int_equal(value.kind, QA_SQL_NULL);
    }
}

/* --- casts --- */

typedef struct cast_row {
    const char *text; /* first cast to `from` */
    qa_sql_type_t from;
    qa_sql_type_t wanted;
    const char *result; /* as text, or the name of a status */
    bool is_exact;
} cast_row_t;

#define T(KIND)                                                                                              \
    {                                                                                                        \
        .kind = QA_SQL_##KIND                                                                                \
    }
#define D(PRECISION, SCALE)                                                                                  \
    {                                                                                                        \
        .kind = QA_SQL_DECIMAL, .precision = (PRECISION), .scale = (SCALE)                                   \
    }
#define V(LENGTH)                                                                                            \
    {                                                                                                        \
        .kind = QA_SQL_TEXT, .length = (LENGTH)                                                              \
    }
static const cast_row_t cast_rows[] = {
    { "12.345", D(5, 3), D(4, 2), "12.35", false },
    { "-12.345", D(5, 3), D(4, 2), "-12.35", false },
    { "12.300", D(5, 3), D(4, 1), "12.3", true },
    { "99.995", D(5, 3), D(4, 2), "QA_OVERFLOW", false },
    { "100", T(INTEGER), D(2, 0), "QA_OVERFLOW", false },
    { "2147483648", T(BIGINT), T(INTEGER), "QA_OVERFLOW", false },
    { "2.5", D(2, 1), T(INTEGER), "3", false },
    { "-2.5", D(2, 1), T(BIGINT), "-3", false },
    { "2.5e0", T(DOUBLE), T(INTEGER), "3", false },
    { "3e0", T(DOUBLE), T(INTEGER), "3", true },
    { "9.3e18", T(DOUBLE), T(BIGINT), "QA_OVERFLOW", false },
    { "1e300", T(DOUBLE), D(38, 0), "QA_OVERFLOW", false },
    { "0.1", T(DOUBLE), D(38, 18), "0.100000000000000000", true },
    { "1e-30", T(DOUBLE), D(38, 18), "0.000000000000000000", false },
    { "0.1", D(2, 1), T(DOUBLE), "0.1", true },
    { "true", T(BOOLEAN), T(INTEGER), "1", true },
    { "7", T(INTEGER), T(BOOLEAN), "true", false },
    { "0.0", D(2, 1), T(BOOLEAN), "false", true },
    { " Yes ", V(9), T(BOOLEAN), "true", true },
    { "maybe", V(9), T(BOOLEAN), "QA_NOT_A_NUMBER", false },
    { " 12.5 ", V(9), T(INTEGER), "13", false },
    { "12", V(9), T(INTEGER), "12", true },
    { "1e2", V(9), D(5, 1), "100.0", true },
    { "12.345", V(9), D(5, 1), "12.3", false },
    { "", V(9), T(INTEGER), "QA_NOT_A_NUMBER", false },
    { "12,5", V(9), T(DOUBLE), "QA_NOT_A_NUMBER", false },
    { "1e400", V(9), T(DOUBLE), "QA_OVERFLOW", false },
    { "hello", V(9), V(3), "hel", false },
    { "a\xF0\x9F\x98\x80z", V(9), V(2), "a", false },
    { "a\xF0\x9F\x98\x80z", V(9), V(3), "a\xF0\x9F\x98\x80", false },
    { "12345", T(INTEGER), V(4), "QA_OVERFLOW", false },
    { "12345", T(INTEGER), V(5), "12345", true },
    { "-0.50", D(4, 2), V(9), "-0.50", true },
    { "2024-02-29", V(20), T(DATE), "2024-02-29", true },
    { "2023-02-29", V(20), T(DATE), "QA_NOT_A_DATE", false },
    { "2024-2-9", V(20), T(DATE), "QA_NOT_A_DATE", false },
    { "0000-01-01", V(20), T(DATE), "QA_NOT_A_DATE", false },
    { "2024-02-29 12:00:00", V(20), T(DATE), "2024-02-29", false },
    { "2024-02-29", V(20), T(TIMESTAMP), "2024-02-29 00:00:00", true },
    { "2024-02-29T12:00", V(20), T(TIMESTAMP), "2024-02-29 12:00:00", true },
    { "2024-02-29 12:00:00.1234567", V(40), T(TIMESTAMP), "2024-02-29 12:00:00.1234567", true },
    { "2024-02-29 12:00:00.12345678", V(40), T(TIMESTAMP), "QA_NOT_A_DATE", false },
    { "2024-02-29 12:00:00.1234567000", V(40), T(TIMESTAMP), "2024-02-29 12:00:00.1234567", true },
    { "2024-03-01T01:00:00+02:00", V(40), T(TIMESTAMP), "2024-02-29 23:00:00", true },
    { "0001-01-01T00:00:00+02:00", V(40), T(TIMESTAMP), "QA_NOT_A_DATE", false },
    { "9999-12-31 23:59:59.9999999", V(40), T(TIMESTAMP), "9999-12-31 23:59:59.9999999", true },
    { "24:00:00", V(20), T(TIME), "QA_NOT_A_DATE", false },
    { "23:59:59.5", V(20), T(TIME), "23:59:59.5", true },
    { "2024-02-29 12:30:00", T(TIMESTAMP), T(TIME), "12:30:00", true },
    { "1969-12-31 23:59:59", T(TIMESTAMP), T(DATE), "1969-12-31", false },
    { "1969-12-31", T(DATE), T(TIMESTAMP), "1969-12-31 00:00:00", true },
    { "2024-02-29", T(DATE), T(TIME), "QA_TYPE_CLASH", false },
    { "12:00:00", T(TIME), T(TIMESTAMP), "QA_TYPE_CLASH", false },
    { "2024-02-29", T(DATE), T(INTEGER), "QA_TYPE_CLASH", false },
    { "5", T(INTEGER), T(DATE), "QA_TYPE_CLASH", false },
    { "2024-02-29", T(DATE), V(40), "2024-02-29", true },
    { "abc", V(9), { .kind = QA_SQL_BINARY, .length = 2 }, "", false },
};

static void each_cast_gives_its_value_and_tells_what_it_lost(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cast_rows) / sizeof(cast_rows[0]); i++) {
        const cast_row_t *row = &cast_rows[i];
        qa_error_t error = { 0 };
        char first[QA_SQL_CAST_BYTES], second[QA_SQL_CAST_BYTES], third[QA_SQL_CAST_BYTES], got[80];
        const qa_sql_type_t as_text = { .kind = QA_SQL_TEXT };
        qa_sql_value_t source = text_of(row->text), cast, shown;
        assert_int_equal(qa_sql_cast(&source, &row->from, first, &source, &error), QA_OK);
        const qa_status_t status = qa_sql_cast(&source, &row->wanted, second, &cast, &error);
        if (status != QA_OK) {
            assert_true(error.status == status && error.message[0] != '\0');
            snprintf(got, sizeof(got), "%s", qa_status_info(status)->name);
        } else if (cast.kind == QA_SQL_BINARY) {
            assert_false(qa_sql_cast_is_exact(&source, &cast));
            got[0] = '\0';
        } else {
            assert_int_equal(cast.kind, row->wanted.kind);
            assert_int_equal(qa_sql_cast(&cast, &as_text, third, &shown, &error), QA_OK);
            snprintf(got, sizeof(got), "%.*s", (int)shown.bytes, shown.text);
            if (qa_sql_cast_is_exact(&source, &cast) != row->is_exact)
                fail_msg("'%s' to '%s': exact is not %d", row->text, got, row->is_exact);
        }
        if (strcmp(got, row->result) != 0)
            fail_msg("'%s' gives '%s', not '%s' %s", row->text, got, row->result, error.message);
    }
}

static void a_null_is_cast_to_null_of_every_type(void **state)
{
    (void)state;
    for (uint8_t kind = QA_SQL_NULL; kind <= QA_SQL_TIMESTAMP; kind++) {
        const qa_sql_type_t type = { .kind = kind, .precision = 1 };
        qa_sql_value_t value = qa_sql_value_null();
        char scratch[QA_SQL_CAST_BYTES];
        assert_int_equal(qa_sql_cast(&value, &type, scratch, &value, NULL), QA_OK);
        assert_int_equal(value.kind, QA_SQL_NULL);
        assert_true(qa_sql_type_display_units(&type) > 0 || kind == QA_SQL_BINARY);
    }
}

/* --- order --- */

static void decimals_of_two_scales_compare_as_numbers(void **state)
{
    (void)state;
    uint64_t seed = 20240229;
    for (int i = 0; i < 20000; i++) {
        const int64_t a = (int64_t)next_random(&seed) >> (next_random(&seed) % 64);
        const int64_t b = (int64_t)next_random(&seed) >> (next_random(&seed) % 64);
        const uint32_t a_scale = (uint32_t)(next_random(&seed) % 10),
                       b_scale = (uint32_t)(next_random(&seed) % 10);
        const qa_int128_t left = (qa_int128_t)a * qa_sql_power_of_ten(9 - a_scale);
        const qa_int128_t right = (qa_int128_t)b * qa_sql_power_of_ten(9 - b_scale);
        const int expected = left < right ? -1 : left > right;
        assert_int_equal(qa_sql_decimal_compare(a, a_scale, b, b_scale), expected);
        assert_int_equal(qa_sql_decimal_compare(b, b_scale, a, a_scale), -expected);
    }
    const qa_int128_t most = qa_sql_power_of_ten(38) - 1;
    assert_int_equal(qa_sql_decimal_compare(most, 0, most, 18), 1);
    assert_int_equal(qa_sql_decimal_compare(-most, 0, most, 18), -1);
    assert_int_equal(qa_sql_decimal_compare(-most, 0, -most, 18), -1);
    assert_int_equal(qa_sql_decimal_compare(0, 0, 0, 18), 0);
}

static void a_quotient_times_its_divisor_is_the_dividend_within_half_a_unit(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (int i = 0; i < 20000; i++) {
        const int64_t a = (int64_t)next_random(&seed) >> (next_random(&seed) % 63);
        int64_t b = (int64_t)next_random(&seed) >> (next_random(&seed) % 63);
        if (b == 0) b = 1;
        const uint32_t shift = (uint32_t)(next_random(&seed) % 18);
        qa_int128_t quotient = 0;
        assert_int_equal(qa_sql_decimal_divide(a, shift, b, &quotient), QA_OK);
        const qa_int128_t rest = (qa_int128_t)a * qa_sql_power_of_ten(shift) - quotient * b;
        const qa_int128_t magnitude = rest < 0 ? -rest : rest;
        assert_true(2 * magnitude <= (b < 0 ? -(qa_int128_t)b : b));
    }
}

static void a_quotient_of_256_bits_is_exact(void **state)
{
    (void)state;
    const qa_int128_t a = qa_sql_power_of_ten(37) + 7;
    qa_int128_t quotient = 0;
    assert_int_equal(qa_sql_decimal_divide(a, 30, qa_sql_power_of_ten(30), &quotient), QA_OK);
    assert_true(quotient == a);
    assert_int_equal(qa_sql_decimal_divide(-a, 38, qa_sql_power_of_ten(37) + 7, &quotient), QA_OVERFLOW);
    assert_int_equal(qa_sql_decimal_divide(-a, 37, qa_sql_power_of_ten(37) + 7, &quotient), QA_OK);
    assert_true(quotient == -qa_sql_power_of_ten(37));
    assert_int_equal(qa_sql_decimal_divide(a, 2, 1, &quotient), QA_OVERFLOW);
}

/* The key of the core, where it takes the name. */
static void names_are_ordered_by_their_keys_and_equal_ones_have_one_hash(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "a",  "A", "b",        "\xC3\xA4",     "a\xCC\x88", "\xC3\x84",     " ", "  ",
        "ss", "/", "\xC3\x9F", "\xE2\x84\xAA", "k",         "\xEA\xB0\x80", "1", "\xC2\xA0"
    };
    uint64_t seed = 99;
    for (int i = 0; i < 20000; i++) {
        char names[2][64], keys[2][QA_NAME_KEY_BYTES];
        size_t key_bytes[2];
        qa_sql_value_t values[2];
        for (int side = 0; side < 2; side++) {
            size_t bytes = 0;
            for (uint64_t count = next_random(&seed) % 5 + 1; count > 0; count--) {
                const char *const part = parts[next_random(&seed) % (sizeof(parts) / sizeof(parts[0]))];
                memcpy(names[side] + bytes, part, strlen(part));
                bytes += strlen(part);
            }
            values[side] = qa_sql_value_text(names[side], bytes);
            if (qa_name_key(names[side], bytes, keys[side], &key_bytes[side]) != QA_OK) key_bytes[side] = 0;
        }
        const size_t shorter = key_bytes[0] < key_bytes[1] ? key_bytes[0] : key_bytes[1];
        int expected = memcmp(keys[0], keys[1], shorter);
        if (expected == 0) expected = key_bytes[0] < key_bytes[1] ? -1 : key_bytes[0] > key_bytes[1];
        const int got = qa_sql_compare(&values[0], &values[1], true);
        assert_int_equal(got < 0 ? -1 : got > 0, expected < 0 ? -1 : expected > 0);
        const bool is_one_hash = qa_sql_hash(&values[0], true) == qa_sql_hash(&values[1], true);
        assert_int_equal(is_one_hash, got == 0);
    }
}

static void names_longer_than_any_code_and_broken_text_are_compared_too(void **state)
{
    (void)state;
    enum { BYTES = 3000 };
    char long_name[BYTES], other[BYTES];
    memset(long_name, 'A', BYTES);
    memset(other, 'a', BYTES);
    memcpy(long_name + 100, "\xC3\x84", 2);
    memcpy(other + 100, "\xC3\xA4", 2);
    qa_sql_value_t a = qa_sql_value_text(long_name, BYTES), b = qa_sql_value_text(other, BYTES);
    assert_int_equal(qa_sql_compare(&a, &b, true), 0);
    assert_true(qa_sql_hash(&a, true) == qa_sql_hash(&b, true));
    long_name[BYTES - 1] = 'b';
    assert_true(qa_sql_compare(&a, &b, true) > 0);
    memset(long_name, 0xFF, BYTES);
    assert_true(qa_sql_compare(&a, &b, true) > 0);
    for (size_t i = 0; i + 2 <= BYTES; i += 2)
        memcpy(long_name + i, "\xCC\x81", 2); /* one run of accents: more than a name can hold */
    assert_true(qa_sql_compare(&a, &b, true) > 0);
    assert_int_equal(qa_sql_compare(&a, &a, true), 0);
}

static void the_common_type_keeps_the_digits_of_both(void **state)
{
    (void)state;
    static const struct {
        qa_sql_type_t a, b;
        const char *common; /* "": they clash */
    } cases[] = {
        { T(INTEGER), T(BIGINT), "BIGINT" },
        { T(INTEGER), D(5, 2), "DECIMAL(12,2)" },
        { D(18, 2), D(10, 6), "DECIMAL(22,6)" },
        { D(38, 2), D(38, 10), "DECIMAL(38,10)" },
        { D(18, 2), T(DOUBLE), "DOUBLE" },
        { T(DATE), T(TIMESTAMP), "TIMESTAMP" },
        { T(NULL), T(DATE), "DATE" },
        { V(5), V(9), "VARCHAR(9)" },
        { T(TIME), T(TIMESTAMP), "" },
        { V(5), T(INTEGER), "" },
        { T(BOOLEAN), T(INTEGER), "" },
        { T(NULL), T(NULL), "NULL" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        qa_sql_type_t there, back;
        char name[40];
        const qa_status_t status = qa_sql_type_common(&cases[i].a, &cases[i].b, &there);
        assert_int_equal(qa_sql_type_common(&cases[i].b, &cases[i].a, &back), status);
        assert_int_equal(status == QA_OK, cases[i].common[0] != '\0');
        if (status != QA_OK) continue;
        assert_string_equal(qa_sql_type_name(&there, name), cases[i].common);
        assert_string_equal(qa_sql_type_name(&back, name), cases[i].common);
    }
}

/* --- tables --- */

static const qa_sql_type_t table_types[] = { T(BIGINT), D(18, 2), T(DOUBLE), V(100), T(NULL) };
enum { COLUMN_COUNT = sizeof(table_types) / sizeof(table_types[0]) };

static void make_row(uint32_t row, char text[64], qa_sql_value_t values_out[COLUMN_COUNT])
{
    const int length = snprintf(text, 64, "row %u%s", row, row % 5 == 0 ? " with more words" : "");
    values_out[0] = row % 7 == 3 ? qa_sql_value_null() : qa_sql_value_integer(QA_SQL_BIGINT, row);
    values_out[1] = row % 11 == 10 ? qa_sql_value_null() : qa_sql_value_decimal((qa_int128_t)row * 3, 2);
    values_out[2] = qa_sql_value_double(row * 0.5);
    values_out[3] = row % 3 == 0 ? qa_sql_value_null() : qa_sql_value_text(text, (size_t)length);
    values_out[4] = qa_sql_value_null();
}

static void assert_same(const qa_sql_value_t *a, const qa_sql_value_t *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(qa_sql_compare(a, b, false), 0);
    assert_true(qa_sql_hash(a, false) == qa_sql_hash(b, false));
}

static void a_table_gives_back_the_rows_that_were_appended(void **state)
{
    (void)state;
    enum { ROWS = 3000, FIRST = 1234 };
    test_allocator_t allocator;
    qa_sql_table_t table;
    qa_sql_vector_t vectors[COLUMN_COUNT];
    test_allocator_make(&allocator);
    assert_int_equal(qa_sql_table_make(&table, &allocator.allocator, table_types, COLUMN_COUNT), QA_OK);
    for (int round = 0; round < 2; round++) {
        qa_sql_table_view(&table, 0, vectors);
        for (uint32_t row = 0; row < ROWS; row++) {
            char text[64];
            qa_sql_value_t values[COLUMN_COUNT];
            make_row(row, text, values);
            assert_int_equal(qa_sql_table_append(&table, values, false), QA_OK);
        }
        qa_sql_table_view(&table, FIRST, vectors);
        for (uint32_t row = 0; row < ROWS; row++) {
            char text[64];
            qa_sql_value_t values[COLUMN_COUNT];
            make_row(row, text, values);
            for (uint16_t column = 0; column < COLUMN_COUNT; column++) {
                const qa_sql_value_t value = qa_sql_table_value(&table, row, column);
                assert_same(&value, &values[column]);
                if (row < FIRST) continue;
                const qa_sql_value_t seen = qa_sql_vector_value(&vectors[column], row - FIRST);
                assert_same(&seen, &values[column]);
            }
        }
        assert_null(vectors[2].nulls);
        assert_int_equal(qa_sql_table_type(&table, 1)->scale, 2);
        qa_sql_table_clear(&table);
        assert_int_equal(table.row_count, 0);
    }
    qa_sql_table_release(&table);
    qa_sql_table_release(&table);
    assert_int_equal(allocator.bytes, 0);
}

static void a_refused_allocation_leaves_the_rows_of_a_table(void **state)
{
    (void)state;
    enum { ROWS = 40 };
    for (uint64_t fail_at = 1; fail_at < 40; fail_at++) {
        test_allocator_t allocator;
        qa_sql_table_t table;
        test_allocator_make(&allocator);
        allocator.fail_at = fail_at;
        if (qa_sql_table_make(&table, &allocator.allocator, table_types, COLUMN_COUNT) == QA_OK) {
            for (uint32_t row = 0; row < ROWS;) {
                char text[64];
                qa_sql_value_t values[COLUMN_COUNT];
                make_row(row, text, values);
                const qa_status_t status = qa_sql_table_append(&table, values, false);
                assert_true(status == QA_OK || status == QA_NO_MEMORY);
                if (status == QA_OK) row++;
                assert_int_equal(table.row_count, row);
            }
            for (uint32_t row = 0; row < ROWS; row++) {
                const qa_sql_value_t value = qa_sql_table_value(&table, row, 3);
                assert_int_equal(value.kind, row % 3 == 0 ? QA_SQL_NULL : QA_SQL_TEXT);
            }
        }
        qa_sql_table_release(&table);
        assert_int_equal(allocator.bytes, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_takes_the_smallest_type_that_holds_its_digits),
        cmocka_unit_test(what_is_no_number_is_refused_with_its_reason),
        cmocka_unit_test(each_cast_gives_its_value_and_tells_what_it_lost),
        cmocka_unit_test(a_null_is_cast_to_null_of_every_type),
        cmocka_unit_test(decimals_of_two_scales_compare_as_numbers),
        cmocka_unit_test(a_quotient_times_its_divisor_is_the_dividend_within_half_a_unit),
        cmocka_unit_test(a_quotient_of_256_bits_is_exact),
        cmocka_unit_test(names_are_ordered_by_their_keys_and_equal_ones_have_one_hash),
        cmocka_unit_test(names_longer_than_any_code_and_broken_text_are_compared_too),
        cmocka_unit_test(the_common_type_keeps_the_digits_of_both),
        cmocka_unit_test(a_table_gives_back_the_rows_that_were_appended),
        cmocka_unit_test(a_refused_allocation_leaves_the_rows_of_a_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
