/* Model files: what the reader makes of them, and every allocation of reading and planning refused once. The
 * files of the room are compiled into this test, so that their calloc can be made to fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "qa/number.h"
#include "support/app_world.h"

static uint64_t request_count;
static uint64_t refuse_at; /* number of the request to refuse, from 1; 0: none */

static bool is_refused(void)
{
    return ++request_count == refuse_at;
}
static void *failing_malloc(size_t bytes)
{
    return is_refused() ? NULL : malloc(bytes);
}
static void *failing_calloc(size_t count, size_t bytes)
{
    return is_refused() ? NULL : calloc(count, bytes);
}
static void *failing_realloc(void *block, size_t bytes)
{
    return is_refused() ? NULL : realloc(block, bytes);
}

#define malloc failing_malloc
#define calloc failing_calloc
#define realloc failing_realloc
#include "model/model_check.c"
#include "model/model_file.c"
#include "model/model_json.c"
#include "model/model_member.c"
#include "model/model_names.c"
#include "model/model_periods.c"
#include "model/model_plan.c"
#include "model/model_plan_hierarchy.c"
#include "model/model_plan_member.c"
#undef malloc
#undef calloc
#undef realloc

static const char text_of_budget[] =
    "{\"app\":\"budget\",\"title\":\"T\",\"dimensions\":["
    "{\"name\":\"Department\",\"members\":[{\"code\":\"All\",\"children\":[\"Police\",{\"code\":\"Fire\","
    "\"aliases\":[\"F\"],"
    "\"attributes\":{\"Head\":\"S\"},\"caption\":\"C\"},\"Parks\"]}],"
    "\"hierarchies\":[{\"name\":\"H\",\"members\":[{\"code\":\"G\",\"children\":[\"Fire\",\"Parks\"]}]}]},"
    "{\"name\":\"Extra\",\"takes_existing\":\"e\",\"members\":[{\"code\":\"All "
    "extras\",\"children\":[\"e\",\"f\"]}]}]"
    "}";

static qa_status_t read_text(const char *text, qa_model_file_t **file_out, qa_error_t *error)
{
    return qa_model_file_read(file_out, text, strlen(text), error);
}

static qa_status_t read_and_plan(app_world_t *world, uint32_t *change_count_out, qa_error_t *error)
{
    qa_model_file_t *file = NULL;
    qa_intent_t *intent = NULL;
    const qa_model_plan_options_t options = { .is_pruned = false };
    qa_status_t status = read_text(text_of_budget, &file, error);
    if (status == QA_OK) {
        assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
        assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
        status = qa_model_plan(qa_connection_model(world->connection), file, &options, intent,
                               change_count_out, error);
        qa_connection_read_end(world->connection);
    }
    qa_intent_close(intent);
    qa_model_file_close(file);
    return status;
}

static void reading_and_planning_without_memory_says_so_and_leaks_nothing(void **state)
{
    app_world_t world;
    qa_error_t error;
    uint32_t change_count = 0;
    qa_status_t status = QA_NO_MEMORY;
    cJSON_Hooks hooks = { failing_malloc, free };
    (void)state;
    app_world_open(&world);
    cJSON_InitHooks(&hooks);
    for (uint64_t n = 1; status != QA_OK; n++) {
        request_count = 0;
        refuse_at = n;
        status = read_and_plan(&world, &change_count, &error);
        /* The JSON library does not tell a lack of memory from a bad text. */
        assert_true(status == QA_OK || status == QA_NO_MEMORY || status == QA_BAD_MODEL);
        assert_true(status == QA_OK || error.message[0] != 0);
        if (request_count < n && status != QA_OK) fail_msg("%s", error.message);
    }
    refuse_at = 0;
    cJSON_InitHooks(NULL);
    assert_true(request_count > 50);
    assert_true(change_count > 8);
    app_world_close(&world);
}

static const qa_file_member_t *member_of(const qa_model_file_t *file, const char *code)
{
    uint32_t index = qa_names_find(&file->dimensions[0].codes, code);
    assert_int_not_equal(index, QA_NAMES_NONE);
    return &file->dimensions[0].members[index];
}

static void assert_days(const qa_model_file_t *file, const char *code, const char *first, const char *last)
{
    char text[QA_DATE_TEXT_BYTES];
    const qa_file_member_t *member = member_of(file, code);
    text[qa_date_print(member->first_day, text)] = 0;
    assert_string_equal(text, first);
    text[qa_date_print(member->last_day, text)] = 0;
    assert_string_equal(text, last);
}

static void a_retail_year_of_53_weeks_has_its_last_week_in_the_last_period(void **state)
{
    qa_model_file_t *file = NULL;
    qa_error_t error;
    (void)state;
    /* The retail calendar: years begin on the Sunday nearest to the first of February; 2023 had 53 weeks. */
    assert_int_equal(
        read_text(
            "{\"app\":\"r\",\"dimensions\":[{\"name\":\"T\",\"kind\":\"time\",\"calendar\":{\"start_month\":"
            "2,"
            "\"periods\":\"4-4-5\"},\"members\":[{\"periods\":{\"from\":\"2023\",\"to\":\"2024\",\"levels\":"
            "[\"year\",\"quarter\",\"period\",\"week\"],\"year_named_by\":\"start\"}}]}]}",
            &file, &error),
        QA_OK);
    assert_days(file, "FY2023", "2023-01-29", "2024-02-03");
    assert_days(file, "FY2023-Q4", "2023-10-29", "2024-02-03");
    assert_days(file, "FY2023-P01", "2023-01-29", "2023-02-25");
    assert_days(file, "FY2023-P12", "2023-12-24", "2024-02-03");
    assert_days(file, "FY2023-W53", "2024-01-28", "2024-02-03");
    assert_days(file, "FY2024", "2024-02-04", "2025-02-01");
    assert_int_equal(qa_names_find(&file->dimensions[0].codes, "FY2024-W53"), QA_NAMES_NONE);
    qa_model_file_close(file);
}

static void thirteen_periods_have_four_weeks_each(void **state)
{
    qa_model_file_t *file = NULL;
    qa_error_t error;
    (void)state;
    assert_int_equal(
        read_text(
            "{\"app\":\"r\",\"dimensions\":[{\"name\":\"T\",\"kind\":\"time\",\"calendar\":{\"start_month\":"
            "1,"
            "\"periods\":\"13\"},\"members\":[{\"periods\":{\"from\":\"2026\",\"to\":\"2026\",\"levels\":"
            "[\"year\",\"period\"],\"week_start\":\"monday\",\"year_start\":\"last\"}}]}]}",
            &file, &error),
        QA_OK);
    assert_int_equal(file->dimensions[0].member_count, 14);
    assert_days(file, "2026", "2025-12-29", "2026-12-27");
    assert_days(file, "2026-P13", "2026-11-30", "2026-12-27");
    qa_model_file_close(file);
}

static void the_leap_day_is_in_its_month(void **state)
{
    qa_model_file_t *file = NULL;
    qa_error_t error;
    (void)state;
    assert_int_equal(read_text("{\"app\":\"r\",\"dimensions\":[{\"name\":\"T\",\"kind\":\"time\","
                               "\"calendar\":{\"start_month\":7},"
                               "\"members\":[{\"periods\":{\"from\":\"2024-01\",\"to\":\"2024-03\","
                               "\"levels\":[\"year\",\"half\",\"month\"],"
                               "\"code\":{\"year\":\"FY{start_yy}-{yy}\"}}}]}]}",
                               &file, &error),
                     QA_OK);
    assert_int_equal(file->dimensions[0].member_count, 5);
    assert_days(file, "FY23-24", "2023-07-01", "2024-06-30");
    assert_days(file, "FY2024-H2", "2024-01-01", "2024-06-30");
    assert_days(file, "2024-02", "2024-02-01", "2024-02-29");
    qa_model_file_close(file);
}

static void a_circle_of_groups_is_named(void **state)
{
    qa_model_file_t *file = NULL;
    qa_error_t error;
    (void)state;
    assert_int_equal(read_text("{\"app\":\"r\",\"dimensions\":[{\"name\":\"D\",\"members\":[\"x\"],"
                               "\"hierarchies\":[{\"name\":\"H\","
                               "\"members\":[{\"code\":\"top\",\"children\":[{\"code\":\"a\",\"children\":[{"
                               "\"code\":\"b\",\"children\":"
                               "[\"x\",\"a\"]}]}]}]}]}]}",
                               &file, &error),
                     QA_CYCLE);
    assert_null(file);
    assert_non_null(strstr(error.message, "would stand below itself"));
    assert_non_null(strstr(error.message, "\"a\" stands below \"b\", \"b\" below \"a\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_and_planning_without_memory_says_so_and_leaks_nothing),
        cmocka_unit_test(a_retail_year_of_53_weeks_has_its_last_week_in_the_last_period),
        cmocka_unit_test(thirteen_periods_have_four_weeks_each),
        cmocka_unit_test(the_leap_day_is_in_its_month),
        cmocka_unit_test(a_circle_of_groups_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
