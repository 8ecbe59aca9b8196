/* What ODBC is told of types: codes, sizes, and their ways back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parts/convert.h"
#include "parts/sql_types.h"

static qa_odbc_type_t describe(qa_sql_type_t type)
{
    qa_odbc_type_t described;
    qa_odbc_type_describe(&type, &described);
    return described;
}

static void a_description_says_all_of_a_type(void **state)
{
    (void)state;
    qa_odbc_type_t type =
        describe((qa_sql_type_t){ .kind = QA_SQL_DECIMAL, .precision = 18, .scale = 2, .is_nullable = true });
    assert_int_equal(type.concise_type, SQL_DECIMAL);
    assert_int_equal(type.column_size, 18);
    assert_int_equal(type.decimal_digits, 2);
    assert_int_equal(type.desc_precision, 18);
    assert_int_equal(type.desc_scale, 2);
    assert_int_equal(type.num_prec_radix, 10);
    assert_int_equal(type.nullable, SQL_NULLABLE);
    assert_false(type.is_unsigned);
    type = describe((qa_sql_type_t){ .kind = QA_SQL_TEXT, .length = 255, .is_name = true });
    assert_int_equal(type.concise_type, SQL_WVARCHAR);
    assert_int_equal(type.column_size, 255);
    assert_int_equal(type.octet_length, 510);
    assert_false(type.is_case_sensitive);
    assert_int_equal(type.nullable, SQL_NO_NULLS);
    type = describe((qa_sql_type_t){ .kind = QA_SQL_TEXT, .length = 4001 });
    assert_int_equal(type.concise_type, SQL_WLONGVARCHAR);
    assert_true(type.is_case_sensitive);
    type = describe((qa_sql_type_t){ .kind = QA_SQL_TIMESTAMP });
    assert_int_equal(type.verbose_type, SQL_DATETIME);
    assert_int_equal(type.datetime_code, SQL_CODE_TIMESTAMP);
    assert_int_equal(type.column_size, 27);
    assert_int_equal(type.octet_length, sizeof(SQL_TIMESTAMP_STRUCT));
    assert_int_equal(type.desc_precision, 7);
    type = describe((qa_sql_type_t){ .kind = QA_SQL_NULL });
    assert_int_equal(type.concise_type, SQL_WVARCHAR);
    assert_int_equal(type.column_size, 1);
    assert_int_equal(type.nullable, SQL_NULLABLE);
}

static void no_size_is_ever_zero(void **state)
{
    (void)state;
    for (uint8_t kind = QA_SQL_NULL; kind <= QA_SQL_TIMESTAMP; kind++) {
        const qa_odbc_type_t type = describe((qa_sql_type_t){ .kind = kind, .precision = 1 });
        assert_true(type.column_size > 0 && type.octet_length > 0 && type.display_size > 0);
        assert_true(qa_odbc_c_type_is_known(type.default_c_type));
        assert_true(type.type_name[0] != '\0');
        assert_int_equal(qa_odbc_default_c_type(type.concise_type), type.default_c_type);
    }
}

/* A buffer of the display size, and one of the octet length, hold the longest value of a type. */
static void the_longest_values_fit_the_sizes_that_are_told(void **state)
{
    (void)state;
    const qa_int128_t nines = (qa_int128_t)999999999999999999;
    const struct {
        qa_sql_type_t type;
        qa_sql_value_t value;
    } cases[] = {
        { { .kind = QA_SQL_DECIMAL, .precision = 18, .scale = 18 },
          { .kind = QA_SQL_DECIMAL, .scale = 18, .units = -nines } },
        { { .kind = QA_SQL_DECIMAL, .precision = 18, .scale = 2 },
          { .kind = QA_SQL_DECIMAL, .scale = 2, .units = -nines } },
        { { .kind = QA_SQL_INTEGER }, { .kind = QA_SQL_INTEGER, .integer = INT32_MIN } },
        { { .kind = QA_SQL_BIGINT }, { .kind = QA_SQL_BIGINT, .integer = INT64_MIN } },
        { { .kind = QA_SQL_DOUBLE }, { .kind = QA_SQL_DOUBLE, .number = -2.2250738585072014e-308 } },
        { { .kind = QA_SQL_TIME }, { .kind = QA_SQL_TIME, .integer = 863999999999 } },
        { { .kind = QA_SQL_TIMESTAMP }, { .kind = QA_SQL_TIMESTAMP, .integer = -1 } },
        { { .kind = QA_SQL_DATE }, { .kind = QA_SQL_DATE, .integer = -719162 } },
        { { .kind = QA_SQL_TEXT, .length = 3 }, { .kind = QA_SQL_TEXT, .bytes = 3, .text = "abc" } },
        { { .kind = QA_SQL_BINARY, .length = 2 }, { .kind = QA_SQL_BINARY, .bytes = 2, .text = "ab" } },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char buffer[100];
        SQLLEN length;
        const qa_odbc_type_t type = describe(cases[i].type);
        qa_odbc_target_t target = { .c_type = SQL_C_CHAR,
                                    .scale = QA_ODBC_SCALE_UNSET,
                                    .data = buffer,
                                    .data_bytes = type.display_size + 1,
                                    .length = &length,
                                    .indicator = &length };
        assert_int_equal(qa_odbc_put_value(&cases[i].value, &cases[i].type, &target, NULL), QA_ODBC_OK);
        target.c_type = SQL_C_DEFAULT;
        target.data_bytes = type.octet_length + 2; /* and a terminator */
        assert_false(qa_odbc_is_error(qa_odbc_put_value(&cases[i].value, &cases[i].type, &target, NULL)));
        assert_true(length <= type.octet_length);
    }
}

static void codes_are_split_and_joined(void **state)
{
    (void)state;
    static const SQLSMALLINT concise[] = {
        SQL_TYPE_DATE, SQL_TYPE_TIME, SQL_TYPE_TIMESTAMP, SQL_INTERVAL_YEAR, SQL_INTERVAL_MINUTE_TO_SECOND,
        SQL_DECIMAL,   SQL_WVARCHAR
    };
    SQLSMALLINT verbose, code;
    for (size_t i = 0; i < sizeof(concise) / sizeof(concise[0]); i++) {
        qa_odbc_type_split(concise[i], &verbose, &code);
        assert_int_equal(qa_odbc_type_join(verbose, code), concise[i]);
    }
    qa_odbc_type_split(SQL_INTERVAL_DAY_TO_HOUR, &verbose, &code);
    assert_int_equal(verbose, SQL_INTERVAL);
    assert_int_equal(code, SQL_CODE_DAY_TO_HOUR);
    assert_int_equal(qa_odbc_type_join(SQL_DATETIME, 4), 0);
    assert_int_equal(qa_odbc_type_join(SQL_INTERVAL, 0), 0);
    assert_int_equal(qa_odbc_type_code_for(SQL_TYPE_TIME, true), SQL_TIME);
    assert_int_equal(qa_odbc_type_code_for(SQL_TYPE_TIME, false), SQL_TYPE_TIME);
    assert_int_equal(qa_odbc_type_code_from(SQL_TIMESTAMP), SQL_TYPE_TIMESTAMP);
}

static void a_code_becomes_a_type_within_our_limits(void **state)
{
    (void)state;
    qa_sql_type_t type;
    assert_true(qa_odbc_type_from_code(SQL_NUMERIC, 10, 4, &type));
    assert_int_equal(type.kind, QA_SQL_DECIMAL);
    assert_int_equal(type.precision, 10);
    assert_int_equal(type.scale, 4);
    assert_true(qa_odbc_type_from_code(SQL_DECIMAL, 100, 90, &type));
    assert_int_equal(type.precision, 38);
    assert_int_equal(type.scale, 18);
    assert_true(qa_odbc_type_from_code(SQL_DECIMAL, 3, 9, &type));
    assert_int_equal(type.scale, 3);
    assert_true(qa_odbc_type_from_code(SQL_DECIMAL, 3, -9, &type));
    assert_int_equal(type.scale, 0);
    assert_true(qa_odbc_type_from_code(SQL_WVARCHAR, 0, 0, &type));
    assert_int_equal(type.length, QA_SQL_TEXT_LENGTH_MAX);
    assert_true(qa_odbc_type_from_code(SQL_LONGVARCHAR, 2147483647, 0, &type));
    assert_int_equal(type.length, QA_SQL_TEXT_LENGTH_MAX);
    assert_true(qa_odbc_type_from_code(SQL_DATE, 10, 0, &type));
    assert_int_equal(type.kind, QA_SQL_DATE);
    assert_true(qa_odbc_type_from_code(SQL_INTERVAL_DAY, 2, 0, &type));
    assert_int_equal(type.kind, QA_SQL_NULL);
    assert_false(qa_odbc_type_from_code(4711, 0, 0, &type));
    assert_false(qa_odbc_sql_type_is_known(4711));
    assert_true(qa_odbc_sql_type_is_known(SQL_TINYINT));
    assert_int_equal(qa_odbc_default_c_type(SQL_NUMERIC), SQL_C_CHAR);
    assert_int_equal(qa_odbc_default_c_type(SQL_GUID), SQL_C_GUID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_description_says_all_of_a_type),
        cmocka_unit_test(no_size_is_ever_zero),
        cmocka_unit_test(the_longest_values_fit_the_sizes_that_are_told),
        cmocka_unit_test(codes_are_split_and_joined),
        cmocka_unit_test(a_code_becomes_a_type_within_our_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
