/* Loading into an app: maps, names of files, blocks of ledger lines, refused memory, a commit of somebody
 * else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "load/drill.h"
#include "load/load.h"
#include "load/text_source.h"
#include "qa/lines.h"
#include "support/app_world.h"
#include "support/test_allocator.h"

static qa_status_t parse(const char *text, qa_load_map_t **map_out, qa_error_t *error)
{
    return qa_load_map_parse(map_out, text, strlen(text), &qa_allocator_default, error);
}

static void a_map_is_refused_with_the_key_that_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *words;
    } cases[] = {
        { "{", "not valid JSON at line 1" },
        { "{\"dimensions\":{},\"amount\":\"v\"} x", "not valid JSON" },
        { "[]", "one JSON object" },
        { "{\"dimensions\":{},\"amount\":\"v\",\"rnd\":1}",
          "unknown key \"rnd\" in the map; known are: app kind" },
        { "{\"dimensions\":{},\"amount\":\"v\",\"amount\":\"w\"}", "stands twice" },
        { "{\"dimensions\":{}}", "\"amount\" or \"amounts\"" },
        { "{\"dimensions\":{},\"amount\":\"v\",\"amounts\":[]}", "one of them only" },
        { "{\"dimensions\":{\"A\":{}},\"amount\":\"v\"}", "the rule of A needs one of column" },
        { "{\"dimensions\":{\"A\":{\"column\":\"a\",\"constant\":\"b\"}},\"amount\":\"v\"}", "two sources" },
        { "{\"dimensions\":{\"A\":{\"column\":\"a\",\"join\":\"-\"}},\"amount\":\"v\"}", "\"columns\" only" },
        { "{\"dimensions\":{\"A\":{\"column\":0}},\"amount\":\"v\"}", "position is from 1" },
        { "{\"dimensions\":{\"A\":{\"template\":\"{a\"}},\"amount\":\"v\"}", "not closed" },
        { "{\"dimensions\":{\"A\":{\"template\":\"{a:2}\"}},\"amount\":\"v\"}", "0 and a width" },
        { "{\"dimensions\":{\"A\":{\"column\":\"a\",\"unknown\":\"suspense\"}},\"amount\":\"v\"}",
          "needs \"suspense\"" },
        { "{\"dimensions\":{\"A\":{\"column\":\"a\",\"parent\":\"P\",\"parent_column\":\"p\"}},\"amount\":"
          "\"v\"}",
          "only one of parent" },
        { "{\"dimensions\":{},\"amount\":\"v\",\"sign\":2}", "\"sign\" must be 1, -1" },
        { "{\"dimensions\":{},\"amount\":\"v\",\"sign\":{\"R\":1}}", "needs \"column\"" },
        { "{\"dimensions\":{},\"amount\":\"v\",\"decimal\":\"auto\"}", "guess" },
        { "{\"dimensions\":{},\"amount\":\"v\",\"delimiter\":\"ab\"}", "one ASCII character" },
        { "{\"dimensions\":{},\"amount\":\"v\",\"columns\":[\"v\"]}", "\"header\": false only" },
        { "{\"dimensions\":{},\"amount\":\"v\",\"cumulative\":\"qtd\"}", "one of: ytd" },
        { "{\"dimensions\":{},\"amount\":\"v\",\"year\":1}", "go with \"cumulative\" only" },
        { "{\"dimensions\":{},\"amount\":\"v\",\"cumulative\":\"ytd\",\"year\":1.5}",
          "must be a generation" },
        { "{\"dimensions\":{},\"amount\":\"v\",\"cumulative\":\"ytd\",\"cumulative_start\":\"none\"}",
          "one of: known" },
        { "{\"dimensions\":{},\"amount\":\"v\",\"currency\":[\"1\"]}", "cannot be told from a number" },
        { "{\"kind\":\"members\",\"dimension\":\"A\"}", "needs \"dimension\" and \"member\"" },
        { "{\"kind\":\"members\",\"dimension\":\"A\",\"member\":\"m\",\"amount\":\"v\"}",
          "unknown key \"amount\"" },
        { "{\"kind\":\"members\",\"dimension\":\"A\",\"member\":\"m\",\"first_day\":\"f\"}", "both" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        qa_load_map_t *map = NULL;
        qa_error_t error = { .status = QA_OK };
        assert_int_equal(parse(cases[i].text, &map, &error), QA_BAD_MAP);
        assert_null(map);
        if (strstr(error.message, cases[i].words) == NULL) print_message("%s\n", error.message);
        assert_non_null(strstr(error.message, cases[i].words));
    }
}

static void a_file_name_gives_its_parts(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        const char *name;
        const char *field;
        const char *part; /* NULL: refused */
    } cases[] = { { "{year}__{scenario}.csv", "/data/FY21-22__adopted.csv", "scenario", "adopted" },
                  { "{year}__{scenario}.csv", "FY21-22__adopted.csv.gz", "YEAR", "FY21-22" },
                  { "{a}_{b}.csv", "x_y_z.csv", "b", "y_z" },
                  { "gl-{m}.txt", "gl-2026-01.txt", NULL, "2026-01" },
                  { "{a}.csv", "a.txt", "a", NULL },
                  { "{a}__{b}.csv", "__x.csv", "a", NULL },
                  { "x{a}", "x", "a", NULL },
                  { "{a}{b}", "xy", "a", NULL },
                  { "{a}.csv", "b.csv", "c", NULL } };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        qa_load_text_t part = { "", 0 };
        qa_error_t error;
        const qa_load_text_t name = qa_load_base_name(cases[i].name);
        const qa_status_t status =
            qa_load_match_name(cases[i].pattern, name.data, name.bytes, cases[i].field, NULL, &part, &error);
        if (cases[i].part == NULL) {
            assert_int_not_equal(status, QA_OK);
            continue;
        }
        assert_int_equal(status, QA_OK);
        assert_int_equal(part.bytes, strlen(cases[i].part));
        assert_memory_equal(part.data, cases[i].part, part.bytes);
    }
}

/* --- blocks of ledger lines --- */

typedef struct seen {
    uint32_t count;
    qa_int128_t sum;
    uint64_t last_line;
    char text[64];
} seen_t;

static qa_status_t see(void *context, const qa_member_t *coordinate, const qa_line_t *line)
{
    seen_t *seen = context;
    (void)coordinate;
    seen->count++;
    if (line->given.kind == QA_KIND_DECIMAL) seen->sum += line->given.units;
    seen->last_line = line->line_number;
    snprintf(seen->text, sizeof(seen->text), "%.*s", (int)line->text_bytes, line->text);
    return QA_OK;
}

static bool is_first_cell(void *context, const qa_member_t *coordinate)
{
    (void)context;
    return coordinate[0] == 1 && coordinate[1] == 2;
}

static void lines_come_back_with_what_they_give(void **state)
{
    (void)state;
    static const qa_member_t cells[2][2] = { { 1, 2 }, { 1, 0x80000003u } };
    qa_lines_writer_t *writer = NULL;
    qa_error_t error;
    size_t bytes = 0;
    assert_int_equal(qa_lines_open(&writer, NULL, 2), QA_OK);
    for (uint64_t line = 1; line <= 1000; line++) {
        char text[32];
        const int length = snprintf(text, sizeof(text), "row %llu", (unsigned long long)line);
        const qa_value_t value = qa_value_decimal((qa_int128_t)line - 500, 2);
        assert_int_equal(qa_lines_begin(writer, 0, line, text, (size_t)length), QA_OK);
        assert_int_equal(qa_lines_give(writer, cells[line % 2], &value), QA_OK);
        if (line % 10 == 0) assert_int_equal(qa_lines_give(writer, cells[1], &value), QA_OK);
    }
    const uint8_t *block = qa_lines_block(writer, &bytes);
    assert_non_null(block);
    seen_t all = { .count = 0 };
    seen_t first = { .count = 0 };
    assert_int_equal(qa_lines_read(block, bytes, 2, NULL, see, &all, &error), QA_OK);
    assert_int_equal(all.count, 1100);
    assert_string_equal(all.text, "row 1000");
    assert_int_equal(qa_lines_read(block, bytes, 2, is_first_cell, see, &first, &error), QA_OK);
    assert_int_equal(first.count, 500);
    assert_true(first.sum == 500);
    /* Cut anywhere it is refused, never read beyond. */
    for (size_t cut = 0; cut < bytes; cut += 7) {
        uint8_t *copy = malloc(cut + 1);
        assert_non_null(copy);
        memcpy(copy, block, cut);
        assert_int_equal(qa_lines_read(copy, cut, 2, NULL, see, &all, &error), QA_CORRUPT);
        free(copy);
    }
    assert_int_equal(qa_lines_read(block, bytes, 3, NULL, see, &all, &error), QA_CORRUPT);
    qa_lines_close(writer);
}

static void the_example_of_the_format_page_is_what_is_written(void **state)
{
    (void)state;
    static const uint8_t expected[] = { 0x4C, 0x01, 0x01, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01,
                                        0x00, 0x00, 0x00, 0x07, 0x00, 0x00, 0x00, 0x00, 0x04,
                                        0x0A, 'F',  'i',  'r',  'e',  ',',  '1',  '2',  '.',
                                        '5',  '0',  0x01, 0x00, 0x21, 0xC4, 0x13 };
    const qa_member_t cell = 7;
    const qa_value_t value = qa_value_decimal(1250, 2);
    qa_lines_writer_t *writer = NULL;
    size_t bytes = 0;
    assert_int_equal(qa_lines_open(&writer, NULL, 1), QA_OK);
    assert_int_equal(qa_lines_begin(writer, 0, 2, "Fire,12.50", 10), QA_OK);
    assert_int_equal(qa_lines_give(writer, &cell, &value), QA_OK);
    const uint8_t *block = qa_lines_block(writer, &bytes);
    assert_int_equal(bytes, sizeof(expected));
    assert_memory_equal(block, expected, sizeof(expected));
    qa_lines_close(writer);
}

/* --- loads --- */

static const char map_text[] =
    "{\"dimensions\":{\"Period\":\"period\",\"Scenario\":{\"constant\":\"Actual\"},"
    "\"Department\":{\"column\":\"department\",\"unknown\":\"create\",\"parent\":\"All\"},"
    "\"Account\":\"account\"},\"amount\":\"amount\"}";
static const char rows_text[] =
    "period,department,account,amount\nJan,Fire,Revenue,10.00\nFeb,Parks,Revenue,5\n"
    "Jan,Fire,Revenue,2.50\nFeb,Police,Expense,4\n";

static void write_file(const char *path, const char *text)
{
    FILE *stream = fopen(path, "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(text, 1, strlen(text), stream), strlen(text));
    assert_int_equal(fclose(stream), 0);
}

typedef struct fixture {
    app_world_t world;
    qa_load_map_t *map;
    char path[300];
    const char *files[1];
    qa_load_options_t options;
} fixture_t;

static void fixture_open(fixture_t *fixture)
{
    qa_error_t error;
    memset(fixture, 0, sizeof(*fixture));
    app_world_open(&fixture->world);
    assert_int_equal(parse(map_text, &fixture->map, &error), QA_OK);
    const char *folder = getenv("TMPDIR");
    snprintf(fixture->path, sizeof(fixture->path), "%s/qa-rows-%ld.csv", folder != NULL ? folder : "/tmp",
             (long)getpid());
    write_file(fixture->path, rows_text);
    fixture->files[0] = fixture->path;
    fixture->options = (qa_load_options_t){ .size = sizeof(fixture->options),
                                            .map = fixture->map,
                                            .map_name = "map.json",
                                            .files = fixture->files,
                                            .file_count = 1 };
}

static void fixture_close(fixture_t *fixture)
{
    remove(fixture->path);
    qa_load_map_close(fixture->map);
    app_world_close(&fixture->world);
}

static void a_load_becomes_one_intent_and_its_repetition_none(void **state)
{
    (void)state;
    fixture_t fixture;
    qa_load_result_t result;
    qa_error_t error;
    fixture_open(&fixture);
    assert_int_equal(qa_load_run(fixture.world.connection, &fixture.options, &result, &error), QA_OK);
    assert_true(result.is_written);
    assert_int_equal(result.receipt.offset, 2);
    assert_int_equal(result.created_count, 3);
    assert_int_equal(result.members_created, 1);
    assert_non_null(result.report);
    qa_load_result_close(&result);
    assert_true(app_world_get(&fixture.world, "Jan", "Actual", "All", "Revenue").units == 1250);
    assert_int_equal(qa_load_run(fixture.world.connection, &fixture.options, &result, &error), QA_OK);
    assert_false(result.is_written);
    assert_int_equal(result.receipt.offset, 0);
    assert_int_equal(app_world_position(&fixture.world).offset, 2);
    qa_load_result_close(&result);
    fixture_close(&fixture);
}

/* Ctrl-C while the load reads. */
static void cancel(void *context, const qa_load_progress_t *progress)
{
    (void)progress;
    volatile bool *is_cancelled = context;
    *is_cancelled = true;
}

static void a_cancelled_load_leaves_the_app_as_it_was(void **state)
{
    (void)state;
    fixture_t fixture;
    qa_load_result_t result;
    qa_error_t error;
    volatile bool is_cancelled = false;
    fixture_open(&fixture);
    fixture.options.progress = cancel;
    fixture.options.progress_context = (void *)(uintptr_t)&is_cancelled;
    fixture.options.is_cancelled = &is_cancelled;
    const qa_position_t before = app_world_position(&fixture.world);
    assert_int_equal(qa_load_run(fixture.world.connection, &fixture.options, &result, &error), QA_CANCELLED);
    assert_false(result.is_written);
    qa_load_result_close(&result);
    const qa_position_t behind = app_world_position(&fixture.world);
    assert_memory_equal(before.state_hash, behind.state_hash, sizeof(before.state_hash));
    fixture_close(&fixture);
}

/* Until one run needs no more than it gets. */
static void refuse_every_allocation(fixture_t *fixture_pointer)
{
    fixture_t fixture = *fixture_pointer;
    const qa_position_t before = app_world_position(&fixture.world);
    fixture.options.is_dry_run = true;
    for (uint64_t fail_at = 1;; fail_at++) {
        test_allocator_t allocator;
        qa_load_result_t result;
        qa_error_t error;
        test_allocator_make(&allocator);
        allocator.fail_at = fail_at;
        fixture.options.allocator = &allocator.allocator;
        const qa_status_t status = qa_load_run(fixture.world.connection, &fixture.options, &result, &error);
        const bool is_reported = result.report != NULL;
        qa_load_result_close(&result);
        assert_int_equal(allocator.bytes, 0);
        assert_memory_equal(before.state_hash, app_world_position(&fixture.world).state_hash,
                            sizeof(before.state_hash));
        if (status == QA_OK && is_reported) break;
        if (status != QA_OK) assert_int_equal(status, QA_NO_MEMORY);
    }
}

static void every_refused_allocation_leaves_the_app_as_it_was(void **state)
{
    (void)state;
    fixture_t fixture;
    fixture_open(&fixture);
    refuse_every_allocation(&fixture);
    fixture_close(&fixture);
}

static void every_refused_allocation_of_a_year_to_date_load_leaves_the_app_as_it_was(void **state)
{
    (void)state;
    static const char map[] =
        "{\"dimensions\":{\"Account\":\"account\",\"Period\":\"month\",\"Department\":\"dept\","
        "\"Scenario\":{\"constant\":\"Actual\"}},\"amount\":\"amount\",\"cumulative\":\"ytd\",\"year\":1,"
        "\"max_rejects\":1}";
    fixture_t fixture;
    qa_error_t error;
    fixture_open(&fixture);
    qa_load_map_close(fixture.map);
    assert_int_equal(parse(map, &fixture.map, &error), QA_OK);
    fixture.options.map = fixture.map;
    assert_int_equal(app_world_set(&fixture.world, "Jan", "Actual", "Fire", "Revenue", 100, NULL), QA_OK);
    /* One row takes off what January holds, one has nothing before it. */
    write_file(fixture.path, "account,month,dept,amount\nRevenue,Feb,Fire,3\nExpense,Feb,Fire,3\n");
    refuse_every_allocation(&fixture);
    fixture_close(&fixture);
}

static void find_cell(fixture_t *fixture, const char *period, const char *department, const char *account,
                      qa_member_t *coordinate)
{
    assert_int_equal(qa_connection_read_begin(fixture->world.connection), QA_OK);
    app_world_at(&fixture->world, period, "Actual", department, account, coordinate);
    qa_connection_read_end(fixture->world.connection);
}

typedef struct found_lines {
    uint32_t count;
    uint64_t numbers[8];
} found_lines_t;

static qa_status_t find_line(void *context, const qa_load_drill_line_t *line)
{
    found_lines_t *found = context;
    if (found->count < 8) found->numbers[found->count] = line->line_number;
    found->count++;
    return QA_OK;
}

static void a_number_leads_back_to_its_lines_until_somebody_changes_it(void **state)
{
    (void)state;
    fixture_t fixture;
    qa_load_result_t result;
    qa_load_drill_t drill;
    qa_error_t error;
    qa_member_t coordinate[WORLD_DIMENSIONS];
    found_lines_t found = { .count = 0 };
    fixture_open(&fixture);
    assert_int_equal(qa_load_run(fixture.world.connection, &fixture.options, &result, &error), QA_OK);
    qa_load_result_close(&result);
    find_cell(&fixture, "Jan", "Fire", "Revenue", coordinate);
    assert_int_equal(
        qa_load_drill(fixture.world.connection, coordinate, find_line, NULL, &found, &drill, &error), QA_OK);
    assert_int_equal(found.count, 2);
    assert_int_equal(found.numbers[0], 2);
    assert_int_equal(found.numbers[1], 4);
    assert_true(drill.is_tied);
    assert_int_equal(app_world_set(&fixture.world, "Jan", "Actual", "Fire", "Revenue", 1, NULL), QA_OK);
    assert_int_equal(qa_load_drill(fixture.world.connection, coordinate, NULL, NULL, NULL, &drill, &error),
                     QA_OK);
    assert_false(drill.is_tied);
    assert_int_equal(drill.different_count, 1);
    /* A member that the load created is found by the id that the log gave it. */
    found.count = 0;
    find_cell(&fixture, "Q1", "Parks", "Net", coordinate);
    assert_int_equal(
        qa_load_drill(fixture.world.connection, coordinate, find_line, NULL, &found, &drill, &error), QA_OK);
    assert_int_equal(found.count, 1);
    assert_true(drill.is_tied && drill.value.units == 500);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_is_refused_with_the_key_that_is_wrong),
        cmocka_unit_test(a_file_name_gives_its_parts),
        cmocka_unit_test(lines_come_back_with_what_they_give),
        cmocka_unit_test(the_example_of_the_format_page_is_what_is_written),
        cmocka_unit_test(a_load_becomes_one_intent_and_its_repetition_none),
        cmocka_unit_test(a_cancelled_load_leaves_the_app_as_it_was),
        cmocka_unit_test(every_refused_allocation_leaves_the_app_as_it_was),
        cmocka_unit_test(every_refused_allocation_of_a_year_to_date_load_leaves_the_app_as_it_was),
        cmocka_unit_test(a_number_leads_back_to_its_lines_until_somebody_changes_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
