/* Amounts and dates of ledgers: what is accepted, what it means, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "load/amount.h"
#include "qa/number.h"

typedef struct amount_case {
    const char *text;
    const char *plain; /* NULL: refused */
} amount_case_t;

static void assert_cases(const amount_case_t *cases, size_t count, bool is_european)
{
    static const qa_load_text_t currencies[] = { { "CHF", 3 }, { "kr", 2 } };
    const qa_load_amount_style_t style = { .is_european = is_european,
                                           .currencies = currencies,
                                           .currency_count = 2 };
    for (size_t i = 0; i < count; i++) {
        char plain[QA_LOAD_AMOUNT_BYTES + 1];
        size_t bytes = 0;
        const qa_status_t status =
            qa_load_amount_plain(cases[i].text, strlen(cases[i].text), &style, plain, &bytes);
        plain[bytes] = '\0';
        if (cases[i].plain == NULL) {
            if (status == QA_OK) print_message("accepted: %s as %s\n", cases[i].text, plain);
            assert_int_equal(status, QA_NOT_A_NUMBER);
        } else {
            if (status != QA_OK) print_message("refused: %s\n", cases[i].text);
            assert_int_equal(status, QA_OK);
            assert_string_equal(plain, cases[i].plain);
        }
    }
}

static void forms_of_ledgers_are_understood(void **state)
{
    (void)state;
    static const amount_case_t cases[] = {
        { "1234.56", "1234.56" },
        { "-1234.56", "-1234.56" },
        { "1234.56-", "-1234.56" },
        { "1234.56 -", "-1234.56" },
        { "+5", "5" },
        { "5+", "5" },
        { "(1,234.56)", "-1234.56" },
        { "( 5 )", "-5" },
        { "$1,234,567.8", "1234567.8" },
        { "-$5", "-5" },
        { "$-5", "-5" },
        { "$ 5", "5" },
        { "5 $", "5" },
        { "5$-", "-5" },
        { "($5)", "-5" },
        { "\xE2\x82\xAC"
          "5",
          "5" },
        { "CHF 1'234.50", "1234.50" },
        { "100 kr", "100" },
        { "chf5", "5" },
        { "1 234.5", "1234.5" },
        { "1\xC2\xA0"
          "234",
          "1234" },
        { "1\xE2\x80\xAF"
          "234",
          "1234" },
        { "1\xE2\x80\x99"
          "234",
          "1234" },
        { "\xE2\x88\x92"
          "5",
          "-5" },
        { "123.0", "123.0" },
        { ".5", "0.5" },
        { "5.", "5" },
        { "1.5e3", "1.5e3" },
        { "1E-2", "1e-2" },
        { "  7  ", "7" },
        { "", "" },
        { " \xC2\xA0\t", "" },
        { "000", "000" },
        { "-0", "-0" },
        { "1,234", "1234" },
    };
    assert_cases(cases, sizeof(cases) / sizeof(cases[0]), false);
}

static void what_is_no_amount_is_refused(void **state)
{
    (void)state;
    static const amount_case_t cases[] = {
        { "-", NULL },
        { "()", NULL },
        { "--5", NULL },
        { "-5-", NULL },
        { "(-5)", NULL },
        { "1,23", NULL },
        { "1234,567", NULL },
        { "1,234,56", NULL },
        { "1,2345", NULL },
        { ",5", NULL },
        { "1.2.3", NULL },
        { "1,234 567", NULL },
        { "abc", NULL },
        { "5 apples", NULL },
        { "$$5", NULL },
        { "$5$", NULL },
        { "1e", NULL },
        { "0x10", NULL },
        { "NaN", NULL },
        { "inf", NULL },
        { ".", NULL },
        { "$", NULL },
        { "(5", NULL },
        { "5)", NULL },
        { "1,234e5", NULL },
        { "1..5", NULL },
        { "USD 5", NULL },
        { "#N/A", NULL },
        { "1,234.567,8", NULL },
        { "12345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678"
          "901",
          NULL },
    };
    assert_cases(cases, sizeof(cases) / sizeof(cases[0]), false);
}

static void in_european_style_comma_and_point_change_places(void **state)
{
    (void)state;
    static const amount_case_t cases[] = { { "1.234,56", "1234.56" }, { "1.234", "1234" },
                                           { "1,5", "1.5" },          { "1.234.567,8-", "-1234567.8" },
                                           { "1,234.5", NULL },       { "1.23", NULL },
                                           { "1 234,5", "1234.5" } };
    assert_cases(cases, sizeof(cases) / sizeof(cases[0]), true);
}

static void dates_follow_their_format(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        qa_load_date_format_t format;
        const char *iso; /* NULL: refused */
    } cases[] = { { "2026-01-31", QA_LOAD_DATE_ISO, "2026-01-31" },
                  { "1997-01-01 00:00:00.0", QA_LOAD_DATE_ISO, "1997-01-01" },
                  { "2026-01-31T10:00Z", QA_LOAD_DATE_ISO, "2026-01-31" },
                  { "2026-02-29", QA_LOAD_DATE_ISO, NULL },
                  { "2024-2-29", QA_LOAD_DATE_ISO, "2024-02-29" },
                  { "2026-01-31x", QA_LOAD_DATE_ISO, NULL },
                  { "6/22/1997 12:00:00 AM", QA_LOAD_DATE_US, "1997-06-22" },
                  { "22/6/1997", QA_LOAD_DATE_US, NULL },
                  { "22/6/1997", QA_LOAD_DATE_BRITISH, "1997-06-22" },
                  { "1.2.2026", QA_LOAD_DATE_GERMAN, "2026-02-01" },
                  { "01.02.2026", QA_LOAD_DATE_GERMAN, "2026-02-01" },
                  { "1/2/26", QA_LOAD_DATE_US, NULL },
                  { "20260131", QA_LOAD_DATE_COMPACT, "2026-01-31" },
                  { "2026131", QA_LOAD_DATE_COMPACT, NULL },
                  { "20261301", QA_LOAD_DATE_COMPACT, NULL },
                  { "", QA_LOAD_DATE_ISO, NULL },
                  { "0000-01-01", QA_LOAD_DATE_ISO, NULL } };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int32_t day = 0;
        int32_t expected = 0;
        const qa_status_t status = qa_load_date(cases[i].text, strlen(cases[i].text), cases[i].format, &day);
        if (cases[i].iso == NULL) {
            assert_int_equal(status, QA_NOT_A_DATE);
            continue;
        }
        assert_int_equal(status, QA_OK);
        assert_int_equal(qa_date_parse(cases[i].iso, 10, &expected), QA_OK);
        assert_int_equal(day, expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_of_ledgers_are_understood),
        cmocka_unit_test(what_is_no_amount_is_refused),
        cmocka_unit_test(in_european_style_comma_and_point_change_places),
        cmocka_unit_test(dates_follow_their_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
