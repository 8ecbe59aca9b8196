/* The tables that SQL sees of members and of the log: dimensions, hierarchies, roll-ups, lines, history. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zstd.h>

#include "qa/lines.h"
#include "support/catalog_world.h"
#include "support/test_allocator.h"

enum { REGION = 1 };

static int set_up(void **state)
{
    catalog_world_t *world = calloc(1, sizeof(*world));
    assert_non_null(world);
    catalog_world_open(world);
    catalog_world_see(world, "plan", NULL);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    catalog_world_close(*state);
    free(*state);
    return 0;
}

/* --- dimensions --- */

static void a_dimension_has_a_row_per_member_of_its_primary_hierarchy(void **state)
{
    catalog_world_t *world = *state;
    assert_string_equal(catalog_world_rows(world, "Region", NULL),
                        "North|The north|World|0|2|World/North|2|true|World|North|Ann|-\n"
                        "South|South|World|0|2|World/South|3|true|World|South|Bob|x\n"
                        "World|World|-|1|1|World|1|false|World|-|-|-\n");
    assert_string_equal(catalog_world_rows(world, "Period", NULL),
                        "Feb|Feb|Y26|0|2|Y26/Feb|3|true|Y26|Feb|-|-\n"
                        "Jan|Jan|Y26|0|2|Y26/Jan|2|true|Y26|Jan|2026-01-01|2026-01-31\n"
                        "Y26|Y26|-|1|1|Y26|1|false|Y26|-|-|-\n");
    assert_string_equal(catalog_world_rows(world, "Account", NULL),
                        "Cost|Cost|Net|0|2|Net/Cost|3|true|Net|Cost|decimal|2|flow|expense\n"
                        "Net|Net|-|1|1|Net|1|false|Net|-|-|-|flow|income\n"
                        "Revenue|Revenue|Net|0|2|Net/Revenue|2|true|Net|Revenue|decimal|2|flow|income\n"
                        "Stock|Stock|Net|0|2|Net/Stock|5|true|Net|Stock|decimal|2|last|income\n"
                        "Tax|Tax|Net|0|2|Net/Tax|4|true|Net|Tax|decimal|2|flow|income\n");
}

static void a_shared_member_has_a_row_for_each_of_its_places(void **state)
{
    catalog_world_t *world = *state;
    assert_string_equal(catalog_world_rows(world, "Region@Sales", NULL),
                        "Left|Left|Top|1|2|Top/Left|2|false|Top|Left|-|-|-\n"
                        "North|The north|Left|0|3|Top/Left/North|3|true|Top|Left|North|Ann|-\n"
                        "North|The north|Right|0|3|Top/Right/North|5|true|Top|Right|North|Ann|-\n"
                        "Right|Right|Top|1|2|Top/Right|4|false|Top|Right|-|-|-\n"
                        "South|South|Right|0|3|Top/Right/South|6|true|Top|Right|South|Bob|x\n"
                        "Top|Top|-|2|1|Top|1|false|Top|-|-|-|-\n");
}

static void a_selection_and_unwanted_columns_are_respected(void **state)
{
    catalog_world_t *world = *state;
    uint64_t set[4];
    uint8_t is_wanted[13] = { 1, 0, 0, 0, 0, 1 };
    qa_sql_source_request_t request = { .is_wanted = is_wanted };
    request.selections[REGION] = catalog_world_select(world, REGION, "North Top", set);
    assert_string_equal(catalog_world_rows(world, "Region", &request),
                        "North|-|-|-|-|World/North|-|-|-|-|-|-\n");
    assert_string_equal(catalog_world_rows(world, "Region@Sales", &request),
                        "North|-|-|-|-|Top/Left/North|-|-|-|-|-|-|-\n"
                        "North|-|-|-|-|Top/Right/North|-|-|-|-|-|-|-\n"
                        "Top|-|-|-|-|Top|-|-|-|-|-|-|-\n");
}

static void members_by_their_id_tell_which_are_there(void **state)
{
    catalog_world_t *world = *state;
    qa_sql_table_t rows;
    qa_error_t error;
    qa_arena_t arena;
    uint8_t *is_there = NULL;
    qa_intent_t *intent = NULL;
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(qa_intent_delete_member(intent, REGION, 2, QA_ATOMS_CLEAR, 0), QA_OK);
    catalog_world_commit(world, intent);
    const qa_sql_shape_table_t *table = catalog_world_table(world, "Region");
    qa_arena_make(&arena, &qa_allocator_default, 1 << 20);
    assert_int_equal(qa_sql_moment_read_begin(world->moment, NULL, &error), QA_OK);
    assert_int_equal(
        qa_sql_source_members(world->moment, table, &qa_allocator_default, &rows, &is_there, &arena, &error),
        QA_OK);
    assert_int_equal(rows.row_count, 6);
    /* The three groups of the alternate have codes, for cells. */
    static const uint8_t wanted[] = { QA_SQL_MEMBER_OF_PRIMARY,    QA_SQL_MEMBER_OF_PRIMARY,
                                      QA_SQL_MEMBER_ABSENT,        QA_SQL_MEMBER_OF_ALTERNATES,
                                      QA_SQL_MEMBER_OF_ALTERNATES, QA_SQL_MEMBER_OF_ALTERNATES };
    assert_memory_equal(is_there, wanted, 6);
    catalog_world_print(world, &rows);
    qa_sql_table_release(&rows);
    qa_sql_moment_read_end(world->moment);
    qa_arena_release(&arena);
    assert_string_equal(world->text, "-|-|-|-|-|-|-|-|-|-|-\n"
                                     "Left|-|-|-|-|-|-|-|-|-|-\n"
                                     "North|The north|World|0|2|World/North|2|true|World|North|Ann\n"
                                     "Right|-|-|-|-|-|-|-|-|-|-\n"
                                     "Top|-|-|-|-|-|-|-|-|-|-\n"
                                     "World|World|-|1|1|World|1|false|World|-|-\n");
    /* What is left of a way to the deleted member is gone from every table. */
    assert_null(strstr(catalog_world_rows(world, "Region@Sales", NULL), "South"));
    assert_null(strstr(catalog_world_rows(world, "Region_rollup", NULL), "South"));
}

static void a_rollup_has_the_net_weight_of_each_leaf_in_each_ancestor(void **state)
{
    catalog_world_t *world = *state;
    /* North in Top: 1 + 0.25 × 2 = 1.50; South: 0.25 × −1. */
    assert_string_equal(catalog_world_rows(world, "Region_rollup", NULL), "Region|North|North|1.00\n"
                                                                          "Region|South|South|1.00\n"
                                                                          "Region|World|North|1.00\n"
                                                                          "Region|World|South|1.00\n"
                                                                          "Sales|Left|North|1.00\n"
                                                                          "Sales|North|North|1.00\n"
                                                                          "Sales|Right|North|2.00\n"
                                                                          "Sales|Right|South|-1.00\n"
                                                                          "Sales|South|South|1.00\n"
                                                                          "Sales|Top|North|1.50\n"
                                                                          "Sales|Top|South|-0.25\n");
    assert_string_equal(catalog_world_rows(world, "Account_rollup", NULL), "Account|Cost|Cost|1.000\n"
                                                                           "Account|Net|Cost|-1.000\n"
                                                                           "Account|Net|Revenue|1.000\n"
                                                                           "Account|Net|Stock|0.000\n"
                                                                           "Account|Net|Tax|0.125\n"
                                                                           "Account|Revenue|Revenue|1.000\n"
                                                                           "Account|Stock|Stock|1.000\n"
                                                                           "Account|Tax|Tax|1.000\n");
    uint64_t set[4];
    qa_sql_source_request_t request = { .table = NULL };
    request.selections[REGION] = catalog_world_select(world, REGION, "South", set);
    assert_string_equal(catalog_world_rows(world, "Region_rollup", &request), "Region|South|South|1.00\n"
                                                                              "Region|World|South|1.00\n"
                                                                              "Sales|Right|South|-1.00\n"
                                                                              "Sales|South|South|1.00\n"
                                                                              "Sales|Top|South|-0.25\n");
}

static void an_alternate_goes_on_along_the_primary_below_its_own_members(void **state)
{
    catalog_world_t *world = *state;
    qa_intent_t *intent = NULL;
    qa_hierarchy_t half;
    qa_member_t group;
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(qa_intent_add_hierarchy(intent, REGION, "Half", 4, &half), QA_OK);
    assert_int_equal(qa_intent_add_member(intent, REGION, "Part", 4, true, &group), QA_OK);
    qa_edge_t edge = { .parent = QA_MEMBER_NONE, .child = group, .weight = 1, .operator_code = '+' };
    assert_int_equal(qa_intent_set_edge(intent, REGION, half, &edge, QA_ATOMS_REFUSE, 0), QA_OK);
    edge =
        (qa_edge_t){ .parent = group, .child = 0, .weight = 5, .weight_decimals = 1, .operator_code = '+' };
    assert_int_equal(qa_intent_set_edge(intent, REGION, half, &edge, QA_ATOMS_REFUSE, 0), QA_OK);
    catalog_world_commit(world, intent);
    const char *rows = catalog_world_rows(world, "Region_rollup", NULL);
    assert_non_null(strstr(rows, "Half|Part|North|0.50\nHalf|Part|South|0.50\nHalf|World|North|1.00\n"));
    assert_string_equal(catalog_world_rows(world, "Region@Half", NULL),
                        "Part|Part|-|1|1|Part|1|false|Part|-|-|-\n"
                        "World|World|Part|0|2|Part/World|2|false|Part|World|-|-\n");
}

/* --- lines --- */

typedef struct gift {
    uint64_t line_number;
    const char *text;
    qa_member_t coordinate[PLAN_DIMENSIONS];
    qa_value_t value;
} gift_t;

/* A load of one file: its gifts are the lines, and the cells. `slice` 0: no slice; else the members of the
 * slice's first dimension. */
static uint64_t load(catalog_world_t *world, const char *file, const gift_t *gifts, uint32_t count,
                     const qa_member_t *periods, uint32_t period_count)
{
    qa_lines_writer_t *writer = NULL;
    qa_intent_t *intent = NULL;
    char packed[4096];
    size_t bytes = 0;
    const uint32_t slice_counts[PLAN_DIMENSIONS] = { period_count, 0, 0 };
    const qa_load_file_t files[] = {
        { .name = file, .name_bytes = (uint32_t)strlen(file), .line_count = count }
    };
    const qa_load_t description = { .files = files,
                                    .file_count = 1,
                                    .has_slice = period_count > 0,
                                    .dimension_count = PLAN_DIMENSIONS,
                                    .slice_counts = slice_counts,
                                    .slice_members = periods };
    assert_int_equal(qa_lines_open(&writer, NULL, PLAN_DIMENSIONS), QA_OK);
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(
            qa_lines_begin(writer, 0, gifts[i].line_number, gifts[i].text, strlen(gifts[i].text)), QA_OK);
        assert_int_equal(qa_lines_give(writer, gifts[i].coordinate, &gifts[i].value), QA_OK);
        assert_int_equal(
            qa_intent_set_cells(intent, PLAN_DIMENSIONS, gifts[i].coordinate, &gifts[i].value, NULL, 1),
            QA_OK);
    }
    const uint8_t *block = qa_lines_block(writer, &bytes);
    bytes = ZSTD_compress(packed, sizeof(packed), block, bytes, 3);
    assert_false(ZSTD_isError(bytes));
    assert_int_equal(qa_intent_set_load(intent, &description), QA_OK);
    assert_int_equal(qa_intent_add_lines(intent, packed, bytes), QA_OK);
    qa_lines_close(writer);
    return catalog_world_commit(world, intent);
}

static const gift_t FIRST[] = {
    { 2, "Jan,North,10.00", { 1, 1, 1 }, { .kind = 1, .decimals = 2, .units = 1000 } },
    { 3, "Feb,North,20.00", { 2, 1, 1 }, { .kind = 1, .decimals = 2, .units = 2000 } },
    { 4, "Feb,South,30.00", { 2, 2, 1 }, { .kind = 1, .decimals = 2, .units = 3000 } }
};
static const gift_t SECOND[] = {
    { 7, "Feb|North|21.00", { 2, 1, 1 }, { .kind = 1, .decimals = 2, .units = 2100 } }
};

static void lines_show_what_each_gave_and_whether_it_counts(void **state)
{
    catalog_world_t *world = *state;
    const qa_member_t february[] = { 2 };
    uint64_t set[4];
    qa_sql_source_request_t request = { .table = NULL };
    assert_string_equal(catalog_world_rows(world, "lines", NULL), "");
    assert_int_equal(load(world, "plan.csv", FIRST, 3, NULL, 0), 6);
    assert_string_equal(catalog_world_rows(world, "lines", NULL),
                        "6|plan.csv|2|Jan,North,10.00|Jan|North|Revenue|10.00|-|-|-|true\n"
                        "6|plan.csv|3|Feb,North,20.00|Feb|North|Revenue|20.00|-|-|-|true\n"
                        "6|plan.csv|4|Feb,South,30.00|Feb|South|Revenue|30.00|-|-|-|true\n");
    /* A load of another form gives Feb North anew, without speaking for the rest of February. */
    assert_int_equal(load(world, "more.csv", SECOND, 1, NULL, 0), 7);
    assert_string_equal(catalog_world_rows(world, "lines", NULL),
                        "6|plan.csv|2|Jan,North,10.00|Jan|North|Revenue|10.00|-|-|-|true\n"
                        "6|plan.csv|3|Feb,North,20.00|Feb|North|Revenue|20.00|-|-|-|false\n"
                        "6|plan.csv|4|Feb,South,30.00|Feb|South|Revenue|30.00|-|-|-|true\n"
                        "7|more.csv|7|Feb|North|21.00|Feb|North|Revenue|21.00|-|-|-|true\n");
    /* One that speaks for all of February replaces the lines of cells that it does not name, too. */
    assert_int_equal(load(world, "feb.csv", SECOND, 1, february, 1), 8);
    request.selections[REGION] = catalog_world_select(world, REGION, "South", set);
    assert_string_equal(catalog_world_rows(world, "lines", &request),
                        "6|plan.csv|4|Feb,South,30.00|Feb|South|Revenue|30.00|-|-|-|false\n");
    request.selections[REGION] = catalog_world_select(world, REGION, "North", set);
    assert_string_equal(catalog_world_rows(world, "lines", &request),
                        "6|plan.csv|2|Jan,North,10.00|Jan|North|Revenue|10.00|-|-|-|true\n"
                        "6|plan.csv|3|Feb,North,20.00|Feb|North|Revenue|20.00|-|-|-|false\n"
                        "7|more.csv|7|Feb|North|21.00|Feb|North|Revenue|21.00|-|-|-|false\n"
                        "8|feb.csv|7|Feb|North|21.00|Feb|North|Revenue|21.00|-|-|-|true\n");
    /* As of the first load it counted. */
    const qa_sql_value_t sixth = { .kind = QA_SQL_BIGINT, .integer = 6 };
    catalog_world_see(world, "plan", &sixth);
    uint8_t is_wanted[32] = { 1 };
    is_wanted[11] = 1;
    request = (qa_sql_source_request_t){ .is_wanted = is_wanted };
    assert_string_equal(catalog_world_rows(world, "lines", &request), "6|-|-|-|-|-|-|-|-|-|-|true\n"
                                                                      "6|-|-|-|-|-|-|-|-|-|-|true\n"
                                                                      "6|-|-|-|-|-|-|-|-|-|-|true\n");
}

static void the_lines_of_a_load_that_was_undone_are_gone(void **state)
{
    catalog_world_t *world = *state;
    qa_intent_t *intent = NULL;
    assert_int_equal(load(world, "plan.csv", FIRST, 3, NULL, 0), 6);
    assert_int_equal(load(world, "more.csv", SECOND, 1, NULL, 0), 7);
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(qa_intent_undo(intent, 7), QA_OK);
    catalog_world_commit(world, intent);
    assert_string_equal(catalog_world_rows(world, "lines", NULL),
                        "6|plan.csv|2|Jan,North,10.00|Jan|North|Revenue|10.00|-|-|-|true\n"
                        "6|plan.csv|3|Feb,North,20.00|Feb|North|Revenue|20.00|-|-|-|true\n"
                        "6|plan.csv|4|Feb,South,30.00|Feb|South|Revenue|30.00|-|-|-|true\n");
}

static void a_line_that_is_too_long_for_its_column_is_cut_at_a_whole_character(void **state)
{
    catalog_world_t *world = *state;
    enum { CHARACTERS = 20000 };
    char *text = calloc(1, 4 * CHARACTERS + 1);
    assert_non_null(text);
    for (int i = 0; i < CHARACTERS; i++)
        memcpy(text + (size_t)4 * (size_t)i, "\xF0\x9F\x98\x80", 4);
    gift_t gift = FIRST[0];
    gift.text = text;
    assert_int_equal(load(world, "long.csv", &gift, 1, NULL, 0), 6);
    qa_sql_source_request_t request = { .table = catalog_world_table(world, "lines") };
    qa_sql_table_t rows;
    qa_error_t error;
    assert_int_equal(qa_sql_source_rows(world->moment, &request, true, &qa_allocator_default, &rows, &error),
                     QA_OK);
    assert_int_equal(qa_sql_table_value(&rows, 0, 3).bytes, 4 * (32767 / 2));
    qa_sql_table_release(&rows);
    free(text);
}

/* --- the log --- */

static void history_has_a_row_per_intent(void **state)
{
    catalog_world_t *world = *state;
    uint8_t is_wanted[10] = { 1, 0, 0, 1, 1, 1, 1, 1, 1, 1 };
    qa_intent_t *intent = NULL;
    qa_sql_source_request_t request = { .is_wanted = is_wanted, .changed_after = 4 };
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(qa_intent_set_reason(intent, "a better name", 13), QA_OK);
    assert_int_equal(qa_intent_rename_member(intent, REGION, 2, "Southwest", 9), QA_OK);
    catalog_world_commit(world, intent);
    assert_string_equal(catalog_world_rows(world, "history", &request),
                        "5|-|-|eve|-|test|-|cells|1|0\n"
                        "6|-|-|eve|-|test|a better name|member renamed|0|1\n");
    request.changed_after = 6;
    assert_string_equal(catalog_world_rows(world, "history", &request), "");
    request.changed_after = 1000;
    assert_string_equal(catalog_world_rows(world, "history", &request), "");
    request.changed_after = UINT64_MAX;
    assert_string_equal(catalog_world_rows(world, "history", &request), "");
    const qa_sql_value_t fifth = { .kind = QA_SQL_BIGINT, .integer = 5 };
    catalog_world_see(world, "plan", &fifth);
    request.changed_after = 4;
    assert_string_equal(catalog_world_rows(world, "history", &request), "5|-|-|eve|-|test|-|cells|1|0\n");
}

static void members_changed_tells_what_became_of_members(void **state)
{
    catalog_world_t *world = *state;
    uint8_t is_wanted[10] = { 1, 0, 1, 1, 1, 1, 1, 1, 1, 1 };
    qa_intent_t *intent = NULL;
    qa_sql_source_request_t request = { .is_wanted = is_wanted, .changed_after = 1 };
    assert_string_equal(catalog_world_rows(world, "members_changed", &request), "");
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(qa_intent_rename_member(intent, REGION, 2, "Southwest", 9), QA_OK);
    assert_int_equal(qa_intent_set_attribute(intent, REGION, 1, "Manager", 7, "Joe", 3), QA_OK);
    assert_int_equal(qa_intent_set_attribute(intent, REGION, 1, "Size", 4, "L", 1), QA_OK);
    catalog_world_commit(world, intent);
    assert_string_equal(catalog_world_rows(world, "members_changed", &request),
                        "6|-|eve|-|Region|North|attribute|Manager|Ann|Joe\n"
                        "6|-|eve|-|Region|North|attribute|Size|-|L\n"
                        "6|-|eve|-|Region|Southwest|renamed|-|South|Southwest\n");
    request.changed_after = 1000;
    assert_string_equal(catalog_world_rows(world, "members_changed", &request), "");
    request.changed_after = 0;
    assert_non_null(strstr(catalog_world_rows(world, "members_changed", &request),
                           "1|-|eve|-|Region|North|attribute|Manager|-|Ann\n"));
}

/* --- no memory --- */

static void a_refused_allocation_leaves_no_rows_of_the_log(void **state)
{
    static const char *const tables[] = { "lines", "history", "members_changed", "Region@Sales" };
    catalog_world_t *world = *state;
    qa_sql_table_t rows;
    qa_error_t error;
    test_allocator_t allocator;
    assert_int_equal(load(world, "plan.csv", FIRST, 3, NULL, 0), 6);
    const qa_member_t february[] = { 2 };
    assert_int_equal(load(world, "feb.csv", SECOND, 1, february, 1), 7);
    for (size_t t = 0; t < sizeof(tables) / sizeof(*tables); t++) {
        const qa_sql_source_request_t request = { .table = catalog_world_table(world, tables[t]) };
        const bool is_of_log = request.table->kind >= QA_SQL_LINES;
        qa_status_t status = QA_NO_MEMORY;
        for (uint64_t at = 1; status == QA_NO_MEMORY; at++) {
            test_allocator_make(&allocator);
            allocator.fail_at = at;
            if (!is_of_log) assert_int_equal(qa_sql_moment_read_begin(world->moment, NULL, &error), QA_OK);
            status = qa_sql_source_rows(world->moment, &request, true, &allocator.allocator, &rows, &error);
            if (!is_of_log) qa_sql_moment_read_end(world->moment);
            assert_true(status == QA_OK || (status == QA_NO_MEMORY && error.status == status));
            assert_true(status == QA_OK || allocator.bytes == 0);
            assert_true(status == QA_OK || rows.row_count == 0);
            qa_sql_table_release(&rows);
            assert_int_equal(allocator.bytes, 0);
        }
        assert_int_equal(status, QA_OK);
    }
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_dimension_has_a_row_per_member_of_its_primary_hierarchy),
        TEST(a_shared_member_has_a_row_for_each_of_its_places),
        TEST(a_selection_and_unwanted_columns_are_respected),
        TEST(members_by_their_id_tell_which_are_there),
        TEST(a_rollup_has_the_net_weight_of_each_leaf_in_each_ancestor),
        TEST(an_alternate_goes_on_along_the_primary_below_its_own_members),
        TEST(lines_show_what_each_gave_and_whether_it_counts),
        TEST(the_lines_of_a_load_that_was_undone_are_gone),
        TEST(a_line_that_is_too_long_for_its_column_is_cut_at_a_whole_character),
        TEST(history_has_a_row_per_intent),
        TEST(members_changed_tells_what_became_of_members),
        TEST(a_refused_allocation_leaves_no_rows_of_the_log),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
