/* Days and moments as text: every day of the calendar, and what must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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

static void every_day_of_the_calendar_survives(void **state)
{
    (void)state;
    int32_t day = 0, expected = -719162;
    char text[QA_DATE_TEXT_BYTES];
    static const int32_t lengths[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    for (int32_t year = 1; year <= 9999; year++) {
        for (int32_t month = 1; month <= 12; month++) {
            const bool is_leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
            for (int32_t of_month = 1; of_month <= lengths[month - 1] + (month == 2 && is_leap); of_month++) {
                int32_t y = 0, m = 0, d = 0;
                assert_true(qa_date_from_civil(year, month, of_month) == expected);
                qa_date_to_civil(expected, &y, &m, &d);
                assert_true(y == year && m == month && d == of_month);
                if (of_month % 7 == 0) {
                    assert_int_equal(qa_date_print(expected, text), 10);
                    assert_true(qa_date_parse(text, 10, &day) == QA_OK && day == expected);
                }
                expected++;
            }
        }
    }
    assert_int_equal(expected, 2932897);
    assert_int_equal(qa_date_parse("1970-01-01", 10, &day), QA_OK);
    assert_int_equal(day, 0);
}

static void what_is_not_a_date_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = { "",           "2026-02-29", "2026-13-01",  "2026-00-10",
                                       "2026-01-00", "2026-04-31", "0000-01-01",  "2026-1-01",
                                       "2026/01/01", "20260101",   "2026-01-01 ", "-026-01-01",
                                       "2026-01-1x", "1900-02-29", "+026-01-01" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        int32_t day = 1;
        assert_int_equal(qa_date_parse(bad[i], strlen(bad[i]), &day), QA_NOT_A_DATE);
        assert_int_equal(day, 0);
    }
    static const char *const bad_times[] = { "2026-04-02T",
                                             "2026-04-02T09:30",
                                             "2026-04-02T09:30:00",
                                             "2026-04-02T24:00:00Z",
                                             "2026-04-02T09:60:00Z",
                                             "2026-04-02T09:30:60Z",
                                             "2026-04-02T09:30:00.Z",
                                             "2026-04-02T09:30:00+2:00",
                                             "2026-04-02T09:30:00+24:00",
                                             "2026-04-02X09:30:00Z",
                                             "2026-04-02T09:30:00ZZ",
                                             "2026-04-02T09:30:00.1234567891Z",
                                             "1600-01-01",
                                             "2300-01-01T00:00:00Z",
                                             "2026-04-02T09:30:00.5" };
    for (size_t i = 0; i < sizeof(bad_times) / sizeof(bad_times[0]); i++) {
        int64_t time_ns = 1;
        assert_int_equal(qa_time_parse(bad_times[i], strlen(bad_times[i]), &time_ns), QA_NOT_A_DATE);
        assert_true(time_ns == 0);
    }
}

static void assert_time(const char *source, const char *expected)
{
    int64_t time_ns = 0;
    char text[QA_TIME_TEXT_BYTES];
    assert_int_equal(qa_time_parse(source, strlen(source), &time_ns), QA_OK);
    const size_t bytes = qa_time_print(time_ns, text);
    assert_int_equal(bytes, strlen(expected));
    assert_memory_equal(text, expected, bytes);
}

static void moments_are_read_with_any_offset_and_printed_in_utc(void **state)
{
    (void)state;
    assert_time("2026-04-02T09:30:00.5Z", "2026-04-02T09:30:00.500Z");
    assert_time("2026-04-02 09:30:00+02:00", "2026-04-02T07:30:00Z");
    assert_time("2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00Z");
    assert_time("2026-12-31t23:30:00-05:30", "2027-01-01T05:00:00Z");
    assert_time("2026-04-02", "2026-04-02T00:00:00Z");
    assert_time("1969-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.999999999Z");
    assert_time("2026-04-02T09:30:00.123456000000z", "2026-04-02T09:30:00.123456Z");
    assert_time("1677-09-21T00:12:43.145224192Z", "1677-09-21T00:12:43.145224192Z");
    assert_time("2262-04-11T23:47:16.854775807Z", "2262-04-11T23:47:16.854775807Z");
    uint64_t seed = 20260111;
    for (int i = 0; i < 200000; i++) {
        const int64_t time_ns = (int64_t)next_random(&seed);
        int64_t read = 0;
        char text[QA_TIME_TEXT_BYTES];
        assert_int_equal(qa_time_parse(text, qa_time_print(time_ns, text), &read), QA_OK);
        assert_true(read == time_ns);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_of_the_calendar_survives),
        cmocka_unit_test(what_is_not_a_date_is_refused),
        cmocka_unit_test(moments_are_read_with_any_offset_and_printed_in_utc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
