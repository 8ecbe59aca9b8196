/* The tables that SQL sees: apps and moments, shapes, and the rows of values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/catalog_world.h"
#include "support/test_allocator.h"

static int set_up(void **state)
{
    catalog_world_t *world = calloc(1, sizeof(*world));
    assert_non_null(world);
    catalog_world_open(world);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    catalog_world_close(*state);
    free(*state);
    return 0;
}

/* changed_at is left out: it is another one each time. */
static const uint8_t *without_times(uint8_t is_wanted[32], uint16_t column)
{
    memset(is_wanted, 1, 32);
    is_wanted[column] = 0;
    return is_wanted;
}

static void an_earlier_moment_shows_what_was_there(void **state)
{
    catalog_world_t *world = *state;
    uint8_t is_wanted[32];
    qa_sql_source_request_t request = { .is_wanted = without_times(is_wanted, 7) };
    const qa_sql_value_t third = { .kind = QA_SQL_BIGINT, .integer = 3 };
    catalog_world_see(world, "plan", &third);
    assert_string_equal(catalog_world_rows(world, "atoms", &request), "Jan|North|Cost|4.00|-|-|-|-|3\n"
                                                                      "Jan|North|Revenue|10.00|-|-|-|-|2\n");
    assert_string_equal(catalog_world_rows(world, "cells", NULL), "Y26|World|Net|6.00|-|-|-\n");
    /* The same moment is the same thing. */
    const qa_sql_moment_t *first = world->moment;
    assert_ptr_equal(catalog_world_see(world, "plan", &third), first);
    assert_true(catalog_world_see(world, "plan", NULL) != first);
}

static void an_earlier_moment_has_the_columns_of_today(void **state)
{
    catalog_world_t *world = *state;
    static const struct {
        const char *table, *rows;
        uint16_t unwanted;
    } cases[] = {
        { "atoms", "Jan|North|Cost|-|4|-|-|-|-|3\nJan|North|Revenue|-|10|-|-|-|-|2\n", 8 },
        { "Place",
          "North|The north|World|0|2|World/North|2|true|World|North|-|Ann|-\n"
          "South|South|World|0|2|World/South|3|true|World|South|-|Bob|x\n"
          "World|World|-|1|1|World|1|false|World|-|-|-|-\n",
          31 },
    };
    qa_intent_t *intent = NULL;
    qa_error_t error;
    qa_dimension_t dimension;
    qa_member_t first;
    qa_sql_shape_t *today = NULL;
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(
        qa_intent_add_dimension(intent, "Unit", 4, QA_DIMENSION_ORDINARY, "All", 3, &dimension, &first),
        QA_OK);
    assert_int_equal(qa_intent_rename_dimension(intent, 1, "Place", 5), QA_OK);
    assert_int_equal(qa_intent_set_attribute(intent, 1, 0, "Alpha", 5, "a", 1), QA_OK);
    assert_int_equal(qa_intent_add_member(intent, 2, "Rate", 4, false, &first), QA_OK);
    assert_int_equal(qa_intent_set_account(intent, 2, first, (qa_account_t){ .kind = QA_KIND_DOUBLE }),
                     QA_OK);
    catalog_world_commit(world, intent);
    catalog_world_see(world, "plan", NULL);
    assert_int_equal(qa_sql_moment_shape(world->moment, &today, &error), QA_OK);
    qa_sql_shape_keep(today);
    const qa_sql_value_t third = { .kind = QA_SQL_BIGINT, .integer = 3 };
    catalog_world_see(world, "plan", &third);
    qa_sql_table_t rows;
    for (size_t i = 0; i < 2; i++) {
        uint8_t is_wanted[32];
        const qa_sql_source_request_t request = { .table = qa_sql_shape_find(today, cases[i].table,
                                                                             strlen(cases[i].table)),
                                                  .is_wanted = without_times(is_wanted, cases[i].unwanted) };
        assert_int_equal(qa_sql_moment_read_begin(world->moment, NULL, &error), QA_OK);
        assert_int_equal(
            qa_sql_source_rows(world->moment, &request, true, &qa_allocator_default, &rows, &error), QA_OK);
        qa_sql_moment_read_end(world->moment);
        catalog_world_print(world, &rows);
        assert_string_equal(world->text, cases[i].rows);
        qa_sql_table_release(&rows);
    }
    qa_sql_source_request_t request = { .table = qa_sql_shape_find(today, "Place", 5) };
    qa_status_t status = QA_NO_MEMORY;
    for (uint64_t at = 1; status == QA_NO_MEMORY; at++) {
        test_allocator_t allocator;
        test_allocator_make(&allocator);
        allocator.fail_at = at;
        assert_int_equal(qa_sql_moment_read_begin(world->moment, NULL, &error), QA_OK);
        status = qa_sql_source_rows(world->moment, &request, true, &allocator.allocator, &rows, &error);
        qa_sql_moment_read_end(world->moment);
        qa_sql_table_release(&rows);
        assert_int_equal(allocator.bytes, 0);
    }
    assert_int_equal(status, QA_OK);
    request.table = qa_sql_shape_find(today, "Unit", 4);
    assert_int_equal(qa_sql_moment_read_begin(world->moment, NULL, &error), QA_OK);
    assert_int_equal(qa_sql_source_rows(world->moment, &request, true, &qa_allocator_default, &rows, &error),
                     QA_TABLE_NOT_FOUND);
    qa_sql_moment_read_end(world->moment);
    qa_sql_shape_drop(today);
}

static int64_t changed_at(catalog_world_t *world, uint32_t row_offset)
{
    qa_sql_table_t rows;
    qa_error_t error;
    int64_t ticks = 0;
    const qa_sql_source_request_t request = { .table = catalog_world_table(world, "atoms") };
    assert_int_equal(qa_sql_moment_read_begin(world->moment, NULL, &error), QA_OK);
    assert_int_equal(qa_sql_source_rows(world->moment, &request, false, &qa_allocator_default, &rows, &error),
                     QA_OK);
    for (uint32_t r = 0; r < rows.row_count; r++)
        if (qa_sql_table_value(&rows, r, 8).integer == row_offset)
            ticks = qa_sql_table_value(&rows, r, 7).integer;
    qa_sql_table_release(&rows);
    qa_sql_moment_read_end(world->moment);
    return ticks;
}

static void as_of_the_time_of_an_intent_includes_it(void **state)
{
    catalog_world_t *world = *state;
    qa_error_t error;
    qa_sql_moment_t *moment = NULL;
    catalog_world_see(world, "plan", NULL);
    const int64_t fourth = changed_at(world, 4);
    const int64_t third = changed_at(world, 3);
    qa_sql_value_t time = { .kind = QA_SQL_TIMESTAMP, .integer = fourth };
    assert_true(third > 0 && third < fourth);
    assert_int_equal(catalog_world_see(world, "plan", &time)->as_of, 4);
    time.integer = fourth - 10; /* a microsecond */
    assert_int_equal(catalog_world_see(world, "plan", &time)->as_of, 3);
    time.integer = INT64_MAX;
    assert_int_equal(catalog_world_see(world, "plan", &time)->as_of, 5);
    const qa_sql_value_t day = { .kind = QA_SQL_DATE, .integer = 0 };
    assert_int_equal(qa_sql_catalog_moment(world->catalog, "plan", 4, &day, &moment, &error),
                     QA_NO_SUCH_OFFSET);
    assert_non_null(strstr(error.message, "begins at"));
    /* The time that it names has no more digits than a TIMESTAMP of a program: microseconds. */
    const char *fraction = strchr(strstr(error.message, "begins at"), '.');
    assert_true(fraction == NULL || strcspn(fraction, "Z") <= 7);
    assert_null(moment);
}

static void moments_that_are_none_are_refused(void **state)
{
    catalog_world_t *world = *state;
    qa_error_t error;
    qa_sql_moment_t *moment = NULL;
    const struct {
        qa_sql_value_t as_of;
        qa_status_t status;
    } bad[] = { { { .kind = QA_SQL_BIGINT, .integer = 0 }, QA_NO_SUCH_OFFSET },
                { { .kind = QA_SQL_BIGINT, .integer = -1 }, QA_NO_SUCH_OFFSET },
                { { .kind = QA_SQL_INTEGER, .integer = 6 }, QA_NO_SUCH_OFFSET },
                { { .kind = QA_SQL_NULL }, QA_INVALID },
                { { .kind = QA_SQL_DOUBLE, .number = 1 }, QA_TYPE_CLASH } };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        assert_int_equal(qa_sql_catalog_moment(world->catalog, "plan", 4, &bad[i].as_of, &moment, &error),
                         bad[i].status);
        assert_null(moment);
    }
    assert_int_equal(qa_sql_catalog_moment(world->catalog, "plans", 5, NULL, &moment, &error),
                     QA_APP_NOT_FOUND);
    assert_non_null(strstr(error.message, "there are: budget, plan"));
}

static void more_moments_than_are_kept_can_be_read_one_after_the_other(void **state)
{
    catalog_world_t *world = *state;
    enum { COUNT = 20 };
    qa_sql_moment_t *moments[COUNT];
    qa_error_t error;
    for (int i = 0; i < COUNT; i++)
        catalog_world_set(world, "Jan", "South", "Revenue", 100 * (i + 1));
    for (int i = 0; i < COUNT; i++) {
        const qa_sql_value_t offset = { .kind = QA_SQL_BIGINT, .integer = 6 + i };
        moments[i] = catalog_world_see(world, "plan", &offset);
    }
    uint64_t set[4];
    for (int i = 0; i < COUNT; i++) {
        char wanted[64];
        qa_sql_source_request_t request = { .table = NULL };
        world->moment = moments[i];
        request.selections[1] = catalog_world_select(world, 1, "South", set);
        snprintf(wanted, sizeof(wanted), "Y26|South|Net|%d.00|-|-|-\n", 1 + i + 1);
        assert_string_equal(catalog_world_rows(world, "cells", &request), wanted);
    }
    /* All at once are too many. */
    int open_count = 0;
    while (open_count < COUNT && qa_sql_moment_read_begin(moments[open_count], NULL, &error) == QA_OK)
        open_count++;
    assert_int_equal(open_count, 16);
    assert_int_equal(error.status, QA_LIMIT);
    while (open_count-- > 0)
        qa_sql_moment_read_end(moments[open_count]);
}

static void a_session_as_of_a_moment_sees_every_table_at_it(void **state)
{
    catalog_world_t *world = *state;
    qa_error_t error;
    qa_sql_moment_t *moment = NULL;
    world->options.as_of = "2";
    catalog_world_reopen(world);
    assert_int_equal(catalog_world_see(world, "plan", NULL)->as_of, 2);
    assert_string_equal(catalog_world_rows(world, "cells", NULL), "Y26|World|Net|10.00|-|-|-\n");
    /* budget has one intent only. */
    assert_int_equal(qa_sql_catalog_moment(world->catalog, "budget", 6, NULL, &moment, &error),
                     QA_NO_SUCH_OFFSET);
    world->options.as_of = "2200-01-01";
    catalog_world_reopen(world);
    assert_int_equal(catalog_world_see(world, "plan", NULL)->as_of, 5);
    assert_int_equal(catalog_world_see(world, "budget", NULL)->as_of, 1);
    world->options.as_of = "2200-01-01 00:00:05.5"; /* as a TIMESTAMP of SQL */
    catalog_world_reopen(world);
    assert_int_equal(catalog_world_see(world, "plan", NULL)->as_of, 5);
    world->options.as_of = "yesterday";
    catalog_world_reopen(world);
    assert_int_equal(qa_sql_catalog_moment(world->catalog, "plan", 4, NULL, &moment, &error), QA_NOT_A_DATE);
    world->options.as_of = "1970-01-01";
    catalog_world_reopen(world);
    assert_int_equal(qa_sql_catalog_moment(world->catalog, "plan", 4, NULL, &moment, &error),
                     QA_NO_SUCH_OFFSET);
}

static void values_can_be_read_in_the_structure_of_another_moment(void **state)
{
    catalog_world_t *world = *state;
    qa_intent_t *intent = NULL;
    qa_member_t east;
    qa_dimension_t dimension;
    uint8_t is_wanted[32];
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(qa_intent_add_member(intent, 1, "East", 4, false, &east), QA_OK);
    assert_int_equal(
        qa_intent_add_dimension(intent, "Unit", 4, QA_DIMENSION_ORDINARY, "All", 3, &dimension, &east),
        QA_OK);
    assert_int_equal(catalog_world_commit(world, intent), 6);
    const qa_member_t coordinate[] = { 1, 6, 1, 0 }; /* Jan, East, Revenue, All */
    const qa_value_t value = qa_value_decimal(100, 2);
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(qa_intent_set_cells(intent, 4, coordinate, &value, NULL, 1), QA_OK);
    assert_int_equal(catalog_world_commit(world, intent), 7);
    qa_sql_source_request_t request = { .is_wanted = without_times(is_wanted, 4) };
    world->options.hierarchy_as_of = "5"; /* before East and Unit */
    catalog_world_reopen(world);
    catalog_world_see(world, "plan", NULL);
    assert_string_equal(catalog_world_rows(world, "facts", &request), "Feb|South|Stock|0.00000|-|5\n"
                                                                      "Feb|South|Tax|1.00000|-|4\n"
                                                                      "Jan|North|Cost|-4.00000|-|3\n"
                                                                      "Jan|North|Revenue|10.00000|-|2\n");
    world->options.hierarchy_as_of = "7"; /* behind the values: Unit is there, values stand on its first */
    catalog_world_reopen(world);
    const qa_sql_value_t third = { .kind = QA_SQL_BIGINT, .integer = 3 };
    catalog_world_see(world, "plan", &third);
    request.is_wanted = without_times(is_wanted, 5);
    assert_string_equal(catalog_world_rows(world, "facts", &request), "Jan|North|Cost|All|-4.00000|-|3\n"
                                                                      "Jan|North|Revenue|All|10.00000|-|2\n");
}

static void a_section_with_an_intent_shows_what_is_not_committed(void **state)
{
    catalog_world_t *world = *state;
    qa_error_t error;
    qa_intent_t *intent = NULL;
    qa_sql_table_t rows;
    const qa_member_t coordinate[] = { 1, 1, 1 }; /* Jan, North, Revenue */
    const qa_value_t value = qa_value_decimal(9900, 2);
    catalog_world_see(world, "plan", NULL);
    const qa_sql_source_request_t request = { .table = catalog_world_table(world, "atoms"),
                                              .changed_after = 5 };
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(qa_intent_set_cells(intent, PLAN_DIMENSIONS, coordinate, &value, NULL, 1), QA_OK);
    assert_int_equal(qa_sql_moment_read_begin(world->moment, intent, &error), QA_OK);
    assert_int_equal(qa_sql_source_rows(world->moment, &request, true, &qa_allocator_default, &rows, &error),
                     QA_OK);
    qa_sql_moment_read_end(world->moment);
    qa_intent_close(intent);
    catalog_world_print(world, &rows);
    qa_sql_table_release(&rows);
    assert_string_equal(world->text, "Jan|North|Revenue|99.00|-|-|-|-|6\n");
    assert_string_equal(catalog_world_rows(world, "cells", NULL), "Y26|World|Net|7.00|-|-|-\n");
    const qa_sql_value_t third = { .kind = QA_SQL_BIGINT, .integer = 3 };
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(qa_intent_set_cells(intent, PLAN_DIMENSIONS, coordinate, &value, NULL, 1), QA_OK);
    assert_int_equal(qa_sql_moment_read_begin(catalog_world_see(world, "plan", &third), intent, &error),
                     QA_READ_ONLY);
    qa_intent_close(intent);
}

static void metadata_that_is_not_committed_leaves_no_shape_behind(void **state)
{
    catalog_world_t *world = *state;
    qa_error_t error;
    qa_sql_shape_t *shape = NULL;
    qa_intent_t *intent = NULL;
    catalog_world_see(world, "plan", NULL);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
        assert_int_equal(qa_intent_set_attribute(intent, 1, 1, i == 0 ? "Size" : "Form", 4, "L", 1), QA_OK);
        assert_int_equal(qa_sql_moment_read_begin(world->moment, intent, &error), QA_OK);
        assert_int_equal(qa_sql_moment_shape(world->moment, &shape, &error), QA_OK);
        const qa_sql_shape_table_t *region = qa_sql_shape_find(shape, "Region", 6);
        assert_true((qa_sql_shape_column(region, "Size", 4, true) >= 0) == (i == 0));
        assert_true((qa_sql_shape_column(region, "Form", 4, true) >= 0) == (i == 1));
        qa_sql_moment_read_end(world->moment);
        qa_intent_close(intent);
    }
    assert_int_equal(qa_sql_shape_column(catalog_world_table(world, "Region"), "Size", 4, true), -1);
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_earlier_moment_shows_what_was_there),
        TEST(an_earlier_moment_has_the_columns_of_today),
        TEST(as_of_the_time_of_an_intent_includes_it),
        TEST(moments_that_are_none_are_refused),
        TEST(more_moments_than_are_kept_can_be_read_one_after_the_other),
        TEST(a_session_as_of_a_moment_sees_every_table_at_it),
        TEST(values_can_be_read_in_the_structure_of_another_moment),
        TEST(a_section_with_an_intent_shows_what_is_not_committed),
        TEST(metadata_that_is_not_committed_leaves_no_shape_behind),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
