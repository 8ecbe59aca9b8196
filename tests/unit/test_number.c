/* Decimals as text and between doubles: plain integer arithmetic is the second opinion. QA_LONG=1 runs 120
 * million values instead of one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "qa/number.h"

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static uint64_t long_or_short(uint64_t long_count, uint64_t short_count)
{
    const char *const wanted = getenv("QA_LONG");
    return wanted != NULL && strcmp(wanted, "1") == 0 ? long_count : short_count;
}

static const int64_t powers[19] = { 1,
                                    10,
                                    100,
                                    1000,
                                    10000,
                                    100000,
                                    1000000,
                                    10000000,
                                    100000000,
                                    1000000000,
                                    10000000000,
                                    100000000000,
                                    1000000000000,
                                    10000000000000,
                                    100000000000000,
                                    1000000000000000,
                                    10000000000000000,
                                    100000000000000000,
                                    1000000000000000000 };

static void assert_decimal(const char *text, uint8_t decimals, int64_t expected)
{
    int64_t units = -1;
    bool is_rounded = true;
    assert_int_equal(qa_decimal_parse(text, strlen(text), decimals, &units, NULL), QA_OK);
    assert_true(units == expected);
    assert_int_equal(qa_decimal_parse(text, strlen(text), decimals, &units, &is_rounded), QA_OK);
    assert_true(units == expected && !is_rounded);
}

static void assert_rounded(const char *text, uint8_t decimals, int64_t expected)
{
    int64_t units = -1;
    bool is_rounded = false;
    assert_int_equal(qa_decimal_parse(text, strlen(text), decimals, &units, NULL), QA_TOO_MANY_DECIMALS);
    assert_true(units == 0);
    assert_int_equal(qa_decimal_parse(text, strlen(text), decimals, &units, &is_rounded), QA_OK);
    assert_true(units == expected && is_rounded);
}

static void assert_decimal_refused(const char *text, uint8_t decimals, qa_status_t status)
{
    int64_t units = -1;
    bool is_rounded = true;
    assert_int_equal(qa_decimal_parse(text, strlen(text), decimals, &units, &is_rounded), status);
    assert_true(units == 0);
}

static void decimals_are_read_exactly(void **state)
{
    (void)state;
    assert_decimal("1234.56", 2, 123456);
    assert_decimal("-1234.5", 2, -123450);
    assert_decimal("+7", 0, 7);
    assert_decimal("-0.00", 2, 0);
    assert_decimal("000000000000000000000012.50", 2, 1250);
    assert_decimal("1.500000000000000000000000", 1, 15);
    assert_decimal("999999999999999999", 0, 999999999999999999);
    assert_decimal("-999999999999.999999", 6, -999999999999999999);
    assert_decimal("1e3", 2, 100000);
    assert_decimal("12.5E-1", 2, 125);
    assert_decimal("0.000125e+4", 2, 125);
    assert_decimal("0e999999999999999999999999", 2, 0);
    assert_decimal("0.0000000001e10", 0, 1);
    assert_decimal("12345678", 0, 12345678);
    assert_decimal("12345678.87654321e0", 8, 1234567887654321);
}

static void surplus_decimals_are_refused_or_rounded_half_away_from_zero(void **state)
{
    (void)state;
    assert_rounded("1.005", 2, 101);
    assert_rounded("-1.005", 2, -101);
    assert_rounded("1.00499999999999999999999999999", 2, 100);
    assert_rounded("0.5", 0, 1);
    assert_rounded("-0.5", 0, -1);
    assert_rounded("0.49", 0, 0);
    assert_rounded("0.05", 0, 0);
    assert_rounded("0.005", 2, 1);
    assert_rounded("0.001", 2, 0);
    assert_rounded("1e-999999999999999999999", 2, 0);
    assert_rounded("99.995", 2, 10000);
    assert_rounded("123456789012345.674", 2, 12345678901234567);
}

static void what_does_not_fit_18_digits_is_an_overflow(void **state)
{
    (void)state;
    assert_decimal_refused("1000000000000000000", 0, QA_OVERFLOW);
    assert_decimal_refused("9999999999999999.995", 2, QA_OVERFLOW);
    assert_decimal_refused("1e18", 0, QA_OVERFLOW);
    assert_decimal_refused("-1e16", 2, QA_OVERFLOW);
    assert_decimal_refused("1e99999999999999999999", 2, QA_OVERFLOW);
    assert_decimal_refused("18446744073709551617", 0, QA_OVERFLOW);
}

static const char *const not_numbers[] = { "",
                                           "+",
                                           "-",
                                           ".",
                                           "1.",
                                           ".5",
                                           "1.e5",
                                           "e5",
                                           "1e",
                                           "1e+",
                                           "1e-",
                                           "1 ",
                                           " 1",
                                           "--1",
                                           "+-1",
                                           "1-",
                                           "1,5",
                                           "1.2.3",
                                           "0x1",
                                           "inf",
                                           "nan",
                                           "NaN",
                                           "Infinity",
                                           "1e5.0",
                                           "1_000",
                                           "1e5e5",
                                           "1d5",
                                           "\xC2\xBD",
                                           "/1",
                                           "1:",
                                           "12345678:",
                                           "12345678/",
                                           "1234567a",
                                           "1e 5",
                                           "12345678.",
                                           "-.5",
                                           "123456789012345678901x" };

static void what_is_not_a_number_is_refused_by_both_readers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(not_numbers) / sizeof(not_numbers[0]); i++) {
        double number = 1.0;
        assert_decimal_refused(not_numbers[i], 2, QA_NOT_A_NUMBER);
        assert_int_equal(qa_double_parse(not_numbers[i], strlen(not_numbers[i]), &number), QA_NOT_A_NUMBER);
        assert_true(number == 0.0);
    }
    double number = 1.0;
    assert_int_equal(qa_double_parse("1\0", 2, &number), QA_NOT_A_NUMBER);
}

static void assert_decimal_text(qa_int128_t units, uint8_t decimals, const char *expected)
{
    char text[QA_DECIMAL_TEXT_BYTES];
    const size_t bytes = qa_decimal_print(units, decimals, text);
    assert_int_equal(bytes, strlen(expected));
    assert_memory_equal(text, expected, bytes);
}

static void decimals_are_printed_with_all_their_places(void **state)
{
    (void)state;
    const qa_int128_t highest = (qa_int128_t)(~(qa_uint128_t)0 >> 1);
    assert_decimal_text(0, 0, "0");
    assert_decimal_text(0, 2, "0.00");
    assert_decimal_text(-5, 2, "-0.05");
    assert_decimal_text(123456, 2, "1234.56");
    assert_decimal_text(-100, 2, "-1.00");
    assert_decimal_text(7, 18, "0.000000000000000007");
    assert_decimal_text(highest, 0, "170141183460469231731687303715884105727");
    assert_decimal_text(-highest - 1, 18, "-170141183460469231731.687303715884105728");
    assert_decimal_text((qa_int128_t)10000000000000000000u, 0, "10000000000000000000");
    assert_decimal_text((qa_int128_t)10000000000000000000u * 10, 1, "10000000000000000000.0");
}

/* Units, written by printf and a point put in, are read back; with surplus digits the rounding is computed.
 */
static uint64_t run_decimals(uint64_t count, uint64_t seed)
{
    for (uint64_t i = 0; i < count; i++) {
        const uint8_t decimals = (uint8_t)(next_random(&seed) % 7);
        const int64_t units = (int64_t)(next_random(&seed) >> 1) % powers[1 + next_random(&seed) % 18] *
                              ((seed & 1) != 0 ? -1 : 1);
        char text[QA_DECIMAL_TEXT_BYTES];
        int64_t read = 0;
        const size_t bytes = qa_decimal_print(units, decimals, text);
        if (qa_decimal_parse(text, bytes, decimals, &read, NULL) != QA_OK || read != units) {
            fail_msg("%lld with %u decimals became %lld", (long long)units, decimals, (long long)read);
        }
        if (i % 8 != 0) continue;
        char expected[QA_DECIMAL_TEXT_BYTES];
        const unsigned long long magnitude = (unsigned long long)(units < 0 ? -units : units);
        const unsigned long long unit = (unsigned long long)powers[decimals];
        int length = snprintf(expected, sizeof(expected), "%s%llu", units < 0 ? "-" : "", magnitude / unit);
        if (decimals > 0)
            length += snprintf(expected + length, sizeof(expected) - (size_t)length, ".%0*llu", decimals,
                               magnitude % unit);
        assert_int_equal(bytes, length);
        assert_memory_equal(text, expected, bytes);
        const uint8_t fewer = (uint8_t)(next_random(&seed) % (decimals + 1u));
        const int64_t step = powers[decimals - fewer];
        const int64_t away = (int64_t)((magnitude + (unsigned long long)step / 2) / (unsigned long long)step);
        bool is_rounded = false;
        assert_int_equal(qa_decimal_parse(text, bytes, fewer, &read, &is_rounded), QA_OK);
        assert_true(read == (units < 0 ? -away : away));
        assert_true(is_rounded == (units % step != 0));
    }
    return count;
}

static void decimals_survive_printing_and_reading(void **state)
{
    (void)state;
    const uint64_t count = run_decimals(long_or_short(120000000, 1000000), 20260101);
    printf("%llu decimals\n", (unsigned long long)count);
}

static void assert_scaled(qa_int128_t a, qa_int128_t b, uint8_t decimals, qa_int128_t expected)
{
    qa_int128_t result = 1;
    assert_int_equal(qa_decimal_scale(a, b, decimals, &result), QA_OK);
    assert_true(result == expected);
    assert_int_equal(qa_decimal_scale(b, -a, decimals, &result), QA_OK);
    assert_true(result == -expected);
}

static void products_are_scaled_exactly_and_never_wrap(void **state)
{
    (void)state;
    const qa_int128_t highest = (qa_int128_t)(~(qa_uint128_t)0 >> 1);
    const qa_int128_t tenth = powers[18] * (qa_int128_t)powers[18];
    qa_int128_t result = 1;
    assert_scaled(15, 5, 1, 8);
    assert_scaled(14, 1, 1, 1);
    assert_scaled(-15, 1, 1, -2);
    assert_scaled(highest, 1, 0, highest);
    assert_scaled(highest, powers[12], 12, highest);
    assert_scaled(tenth, tenth, 36, tenth);
    assert_scaled(tenth * 5, tenth / 10, 36, tenth / 2);
    assert_scaled(tenth / 2, 1, 36, 1);
    assert_scaled(tenth / 2 - 1, 1, 36, 0);
    assert_scaled(tenth, 5, 37, 1);
    assert_scaled(tenth, 49, 38, 0);
    assert_scaled(tenth, 50, 38, 1);
    assert_scaled(0, highest, 6, 0);
    assert_int_equal(qa_decimal_scale(highest, 2, 0, &result), QA_OVERFLOW);
    assert_true(result == 0);
    assert_int_equal(qa_decimal_scale(-highest - 1, 1, 0, &result), QA_OK);
    assert_true(result == -highest - 1);
    assert_int_equal(qa_decimal_scale(-highest - 1, -1, 0, &result), QA_OVERFLOW);
    assert_int_equal(qa_decimal_scale(highest, highest, 38, &result), QA_OVERFLOW);
    uint64_t seed = 20260105;
    for (int i = 0; i < 300000; i++) {
        const qa_int128_t a = (int64_t)next_random(&seed), b = (int64_t)next_random(&seed) >> (i % 60);
        const uint8_t decimals = (uint8_t)(i % 19);
        const qa_uint128_t magnitude = (qa_uint128_t)(a * b < 0 ? -(a * b) : a * b);
        const qa_uint128_t unit = (uint64_t)powers[decimals];
        const qa_uint128_t rounded = (magnitude + unit / 2) / unit;
        assert_int_equal(qa_decimal_scale(a, b, decimals, &result), QA_OK);
        assert_true(result == (a * b < 0 ? -(qa_int128_t)rounded : (qa_int128_t)rounded));
    }
}

static void a_decimal_becomes_the_nearest_double(void **state)
{
    (void)state;
    uint64_t seed = 20260106;
    for (int i = 0; i < 400000; i++) {
        qa_int128_t units = (qa_int128_t)((qa_uint128_t)next_random(&seed) << 64 | next_random(&seed));
        units >>= next_random(&seed) % 127;
        const uint8_t decimals = (uint8_t)(next_random(&seed) % 19);
        char text[QA_DECIMAL_TEXT_BYTES + 1];
        text[qa_decimal_print(units, decimals, text)] = '\0';
        assert_true(qa_decimal_to_double(units, decimals) == strtod(text, NULL));
    }
}

static void assert_from_double(double number, uint8_t decimals, int64_t expected, bool is_surplus)
{
    int64_t units = -1;
    bool is_rounded = !is_surplus;
    assert_int_equal(qa_decimal_from_double(number, decimals, &units, &is_rounded), QA_OK);
    assert_true(units == expected && is_rounded == is_surplus);
    assert_int_equal(qa_decimal_from_double(-number, decimals, &units, NULL),
                     is_surplus ? QA_TOO_MANY_DECIMALS : QA_OK);
    assert_true(units == (is_surplus ? 0 : -expected));
}

static void a_double_becomes_the_decimal_nearest_to_its_exact_value(void **state)
{
    (void)state;
    assert_from_double(0.0, 2, 0, false);
    assert_from_double(1234.56, 2, 123456, false);
    assert_from_double(1.005, 2, 100, true); /* its exact value is below the half */
    assert_from_double(0.125, 2, 13, true);
    assert_from_double(0.1 + 0.2, 2, 30, true);
    assert_from_double(0.5, 0, 1, true);
    assert_from_double(0x1.fffffffffffffp-2, 0, 0, true);
    assert_from_double(5e-324, 6, 0, true);
    assert_from_double(1e15, 2, 100000000000000000, false);
    assert_from_double(1234567890123456.8, 2, 123456789012345675, false); /* exactly …56.75 */
    assert_from_double(999999999999999744.0, 0, 999999999999999744, false);
    int64_t units = 1;
    assert_int_equal(qa_decimal_from_double(1e18, 0, &units, NULL), QA_OVERFLOW);
    assert_int_equal(qa_decimal_from_double(-1e17, 2, &units, NULL), QA_OVERFLOW);
    assert_int_equal(qa_decimal_from_double(1e300, 2, &units, NULL), QA_OVERFLOW);
    uint64_t seed = 20260107;
    for (int i = 0; i < 500000; i++) {
        const int64_t cents = (int64_t)(next_random(&seed) % 1000000000000000);
        assert_int_equal(qa_decimal_from_double((double)cents / 100, 2, &units, NULL), QA_OK);
        assert_true(units == cents);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimals_are_read_exactly),
        cmocka_unit_test(surplus_decimals_are_refused_or_rounded_half_away_from_zero),
        cmocka_unit_test(what_does_not_fit_18_digits_is_an_overflow),
        cmocka_unit_test(what_is_not_a_number_is_refused_by_both_readers),
        cmocka_unit_test(decimals_are_printed_with_all_their_places),
        cmocka_unit_test(decimals_survive_printing_and_reading),
        cmocka_unit_test(products_are_scaled_exactly_and_never_wrap),
        cmocka_unit_test(a_decimal_becomes_the_nearest_double),
        cmocka_unit_test(a_double_becomes_the_decimal_nearest_to_its_exact_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
