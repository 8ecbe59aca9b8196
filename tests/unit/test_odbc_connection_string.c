/* Connection strings: quoting, duplicates, data sources, what each keyword takes, and that no password is
 * kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parts/connection_string.h"
#include "support/test_allocator.h"

/* A data source "plans" as odbc.ini would have it. */
static size_t find_key(void *context, const char *data_source, const char *key, char *value_out,
                       size_t capacity)
{
    static const char *const keys[][2] = { { "Replica", "/home/ada/plans" },
                                           { "Database", "budget" }, /* an alias of App */
                                           { "ReadOnly", "yes" },
                                           { "PWD", "secret" } };
    uint32_t *const count = context;
    (*count)++;
    value_out[0] = '\0';
    if (strcmp(data_source, "plans") != 0) return 0;
    for (size_t i = 0; i < 4; i++) {
        if (strcmp(keys[i][0], key) == 0) return (size_t)snprintf(value_out, capacity, "%s", keys[i][1]);
    }
    return 0;
}

typedef struct parsed {
    qa_odbc_settings_t settings;
    qa_odbc_diagnostic_t diagnostic;
    uint32_t lookup_count;
    qa_status_t status;
} parsed_t;

static int set_up(void **state)
{
    parsed_t *parsed = calloc(1, sizeof(*parsed));
    qa_odbc_settings_make(&parsed->settings, &qa_allocator_default);
    *state = parsed;
    return 0;
}

static int tear_down(void **state)
{
    parsed_t *parsed = *state;
    qa_odbc_settings_release(&parsed->settings);
    free(parsed);
    return 0;
}

static const char *value_of(const parsed_t *parsed, qa_odbc_key_t key)
{
    return parsed->settings.values[key];
}

/* Parses afresh. */
static qa_status_t parse(parsed_t *parsed, const char *text)
{
    const qa_odbc_lookup_t lookup = { find_key, &parsed->lookup_count };
    qa_odbc_settings_release(&parsed->settings);
    qa_odbc_settings_make(&parsed->settings, &qa_allocator_default);
    parsed->lookup_count = 0;
    parsed->status =
        qa_odbc_settings_parse(&parsed->settings, text, strlen(text), &lookup, &parsed->diagnostic);
    return parsed->status;
}

static void assert_refused(parsed_t *parsed, const char *text, const char *sqlstate, const char *words)
{
    assert_int_not_equal(parse(parsed, text), QA_OK);
    assert_string_equal(parsed->diagnostic.sqlstate, sqlstate);
    if (strstr(parsed->diagnostic.message, words) == NULL)
        fail_msg("%s: %s", text, parsed->diagnostic.message);
}

static void keywords_are_read_without_case_and_with_their_aliases(void **state)
{
    parsed_t *parsed = *state;
    assert_int_equal(
        parse(parsed, "DRIVER={Quantatom}; replica = /home/ada/plans ;DATABASE=budget;Uid=ada;;"), QA_OK);
    assert_string_equal(value_of(parsed, QA_ODBC_KEY_DRIVER), "Quantatom");
    assert_string_equal(value_of(parsed, QA_ODBC_KEY_REPLICA), "/home/ada/plans");
    assert_string_equal(value_of(parsed, QA_ODBC_KEY_APP), "budget");
    assert_string_equal(value_of(parsed, QA_ODBC_KEY_ACTOR), "ada");
    assert_null(value_of(parsed, QA_ODBC_KEY_AS_OF));
    assert_int_equal(parsed->settings.unknown_count, 0);
    assert_int_equal(parsed->lookup_count, 0);
    assert_int_equal(qa_odbc_settings_check(&parsed->settings, &parsed->diagnostic), QA_OK);
}

static void braces_keep_what_would_end_a_value(void **state)
{
    parsed_t *parsed = *state;
    assert_int_equal(parse(parsed, "Replica={ /a;b={}}c } ;App={x}}}}}"), QA_OK);
    assert_string_equal(value_of(parsed, QA_ODBC_KEY_REPLICA), " /a;b={}c ");
    assert_string_equal(value_of(parsed, QA_ODBC_KEY_APP), "x}}");
    assert_refused(parsed, "Replica={/a;App=b", "HY000", "character 9");
    assert_refused(parsed, "Replica={/a}b;", "HY000", "expected \";\"");
    assert_refused(parsed, "Replica", "HY000", "character 1: a keyword without");
    assert_refused(parsed, "App=a; =b", "HY000", "character 8: no keyword");
}

static void the_first_of_two_equal_keywords_counts(void **state)
{
    parsed_t *parsed = *state;
    assert_int_equal(parse(parsed, "App=first;Database=second;APP=third"), QA_OK);
    assert_string_equal(value_of(parsed, QA_ODBC_KEY_APP), "first");
}

static void a_data_source_fills_what_the_string_leaves_out(void **state)
{
    parsed_t *parsed = *state;
    assert_int_equal(parse(parsed, "DSN=plans;App=other"), QA_OK);
    assert_string_equal(value_of(parsed, QA_ODBC_KEY_REPLICA), "/home/ada/plans");
    assert_string_equal(value_of(parsed, QA_ODBC_KEY_APP), "other");
    assert_true(parsed->settings.is_read_only);
    assert_int_equal(parse(parsed, "DSN=plans"), QA_OK);
    assert_string_equal(value_of(parsed, QA_ODBC_KEY_APP), "budget");
    assert_int_equal(parse(parsed, "DSN=unknown"), QA_OK);
    assert_int_equal(qa_odbc_settings_check(&parsed->settings, &parsed->diagnostic), QA_INVALID);
    assert_string_equal(parsed->diagnostic.sqlstate, "08001");
}

static void of_dsn_and_driver_the_first_counts(void **state)
{
    parsed_t *parsed = *state;
    assert_int_equal(parse(parsed, "Driver=Quantatom;DSN=plans"), QA_OK);
    assert_int_equal(parsed->lookup_count, 0);
    assert_null(value_of(parsed, QA_ODBC_KEY_DSN));
    assert_int_equal(parse(parsed, "DSN=plans;Driver=Quantatom"), QA_OK);
    assert_null(value_of(parsed, QA_ODBC_KEY_DRIVER));
    assert_non_null(value_of(parsed, QA_ODBC_KEY_REPLICA));
}

static void an_unknown_keyword_is_a_warning(void **state)
{
    parsed_t *parsed = *state;
    assert_int_equal(parse(parsed, "Replica=/a;Colour=red;APP=b;Shape={round}"), QA_OK);
    assert_int_equal(parsed->settings.unknown_count, 2);
    assert_string_equal(parsed->settings.unknown[0], "Colour");
    assert_string_equal(parsed->settings.unknown[1], "Shape");
    assert_int_equal(parse(parsed, "a=;b=;c=;d=;e=;f=;g=;h=;i=;j="), QA_OK);
    assert_int_equal(parsed->settings.unknown_count, 10);
}

static void a_password_is_neither_kept_nor_printed(void **state)
{
    parsed_t *parsed = *state;
    char text[200];
    assert_int_equal(parse(parsed, "DSN=plans;UID=ada;PWD={se}}cret};Password=other"), QA_OK);
    assert_null(value_of(parsed, QA_ODBC_KEY_PASSWORD));
    qa_odbc_settings_print(&parsed->settings, text, sizeof(text));
    assert_string_equal(text, "DSN=plans;UID=ada;");
    assert_int_equal(parsed->settings.unknown_count, 0);
}

static void values_are_checked(void **state)
{
    parsed_t *parsed = *state;
    assert_int_equal(parse(parsed, "ReadOnly=TRUE;Planner=Rows;Timeout=30;Mode=local"), QA_OK);
    assert_true(parsed->settings.is_read_only);
    assert_true(parsed->settings.is_row_path);
    assert_int_equal(parsed->settings.timeout_s, 30);
    assert_int_equal(parse(parsed, "ReadOnly=off;Planner=auto;Timeout=0;Server="), QA_OK);
    assert_false(parsed->settings.is_read_only);
    assert_false(parsed->settings.is_row_path);
    assert_refused(parsed, "ReadOnly=maybe", "HY024", "ReadOnly=maybe: the value is one of 1|0|yes");
    assert_refused(parsed, "Planner=fast", "HY024", "auto|rows");
    assert_refused(parsed, "Timeout=1000001", "HY024", "0 to 1000000");
    assert_refused(parsed, "Timeout=-1", "HY024", "Timeout=-1");
    assert_refused(parsed, "Timeout=99999999999999999999", "HY024", "Timeout");
    assert_refused(parsed, "Server=https://plans.example", "HYC00", "not built yet");
    assert_refused(parsed, "Mode=remote", "HYC00", "Mode=remote");
    assert_refused(parsed, "Branch=what-if", "HYC00", "Branch");
    assert_refused(parsed, "App=\xFF", "HY024", "not valid text");
}

static void a_zero_character_and_a_huge_string_are_refused(void **state)
{
    parsed_t *parsed = *state;
    char *huge = calloc(1, QA_ODBC_STRING_BYTES_MAX + 1);
    assert_int_equal(qa_odbc_settings_parse(&parsed->settings, "App=a\0b", 7, NULL, &parsed->diagnostic),
                     QA_INVALID);
    assert_string_equal(parsed->diagnostic.sqlstate, "HY000");
    assert_int_equal(qa_odbc_settings_parse(&parsed->settings, huge, QA_ODBC_STRING_BYTES_MAX + 1, NULL,
                                            &parsed->diagnostic),
                     QA_INVALID);
    assert_string_equal(parsed->diagnostic.sqlstate, "HY090");
    free(huge);
}

static void the_completed_string_parses_to_the_same_settings(void **state)
{
    parsed_t *parsed = *state;
    char text[300], again[300];
    assert_int_equal(
        parse(parsed, "Driver={My Driver};App=b;Replica={/a;{b}}};UID=ada (the first);AsOf=12;Planner=rows"),
        QA_OK);
    const size_t bytes = qa_odbc_settings_print(&parsed->settings, text, sizeof(text));
    assert_string_equal(
        text, "Driver=My Driver;Replica={/a;{b}}};App=b;AsOf=12;UID={ada (the first)};Planner=rows;");
    assert_int_equal(bytes, strlen(text));
    assert_int_equal(parse(parsed, text), QA_OK);
    qa_odbc_settings_print(&parsed->settings, again, sizeof(again));
    assert_string_equal(again, text);
}

static void a_printed_string_is_cut_at_a_whole_character(void **state)
{
    parsed_t *parsed = *state;
    assert_int_equal(parse(parsed, "App=\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z"), QA_OK);
    static const size_t kept[] = { 0, 0, 1, 2, 3, 4, 4, 6, 6, 6, 9, 9, 9, 9, 13, 14, 15 };
    for (size_t capacity = 0; capacity < 17; capacity++) {
        char text[20];
        memset(text, 'x', sizeof(text));
        assert_int_equal(qa_odbc_settings_print(&parsed->settings, text, capacity), 15);
        if (capacity > 0) assert_int_equal(strlen(text), kept[capacity]);
        assert_int_equal(text[capacity], 'x');
    }
}

static void browsing_asks_for_the_replica_and_goes_on(void **state)
{
    parsed_t *parsed = *state;
    char text[300];
    assert_int_equal(parse(parsed, "Driver=Quantatom;App=b"), QA_OK);
    qa_odbc_settings_browse(&parsed->settings, text, sizeof(text));
    assert_string_equal(
        text, "Replica:Replica=?;*AsOf:AsOf=?;*HierarchyAsOf:HierarchyAsOf=?;*UID:UID=?;*RunAs:RunAs=?;"
              "*ReadOnly:ReadOnly=?;*Timeout:Timeout=?;*Planner:Planner={auto,rows}");
    assert_int_equal(
        qa_odbc_settings_parse(&parsed->settings, "Replica=/a;App=c", 16, NULL, &parsed->diagnostic), QA_OK);
    assert_string_equal(value_of(parsed, QA_ODBC_KEY_APP), "b");
    assert_int_equal(qa_odbc_settings_browse(&parsed->settings, text, sizeof(text)), 0);
}

static void a_connect_by_name_takes_all_from_the_data_source(void **state)
{
    parsed_t *parsed = *state;
    const qa_odbc_lookup_t lookup = { find_key, &parsed->lookup_count };
    assert_int_equal(
        qa_odbc_settings_connect(&parsed->settings, "plans", "ada", &lookup, &parsed->diagnostic), QA_OK);
    assert_string_equal(value_of(parsed, QA_ODBC_KEY_REPLICA), "/home/ada/plans");
    assert_string_equal(value_of(parsed, QA_ODBC_KEY_ACTOR), "ada");
}

static void every_refused_allocation_is_told_and_gives_all_back(void **state)
{
    (void)state;
    const char *const text = "DSN=plans;UID=ada;Colour=red";
    for (uint64_t fail_at = 1;; fail_at++) {
        test_allocator_t allocator;
        qa_odbc_settings_t settings;
        qa_odbc_diagnostic_t diagnostic;
        uint32_t count = 0;
        const qa_odbc_lookup_t lookup = { find_key, &count };
        test_allocator_make(&allocator);
        allocator.fail_at = fail_at;
        qa_odbc_settings_make(&settings, &allocator.allocator);
        const qa_status_t status =
            qa_odbc_settings_parse(&settings, text, strlen(text), &lookup, &diagnostic);
        if (status != QA_OK) {
            assert_int_equal(status, QA_NO_MEMORY);
            assert_string_equal(diagnostic.sqlstate, "HY001");
        }
        qa_odbc_settings_release(&settings);
        assert_int_equal(allocator.bytes, 0);
        if (status == QA_OK) break;
    }
}

static void every_keyword_is_described(void **state)
{
    (void)state;
    const qa_odbc_keyword_info_t *info;
    uint32_t count = 0;
    for (; (info = qa_odbc_keyword(count)) != NULL; count++) {
        assert_true(info->name[0] != '\0' && info->text[0] != '\0');
        if (info->kind == QA_ODBC_KEY_CHOICE) assert_true(info->values[0] != '\0');
    }
    assert_int_equal(count, QA_ODBC_KEY_COUNT);
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(keywords_are_read_without_case_and_with_their_aliases),
        TEST(braces_keep_what_would_end_a_value),
        TEST(the_first_of_two_equal_keywords_counts),
        TEST(a_data_source_fills_what_the_string_leaves_out),
        TEST(of_dsn_and_driver_the_first_counts),
        TEST(an_unknown_keyword_is_a_warning),
        TEST(a_password_is_neither_kept_nor_printed),
        TEST(values_are_checked),
        TEST(a_zero_character_and_a_huge_string_are_refused),
        TEST(the_completed_string_parses_to_the_same_settings),
        TEST(a_printed_string_is_cut_at_a_whole_character),
        TEST(browsing_asks_for_the_replica_and_goes_on),
        TEST(a_connect_by_name_takes_all_from_the_data_source),
        TEST(every_refused_allocation_is_told_and_gives_all_back),
        TEST(every_keyword_is_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
