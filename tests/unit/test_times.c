/* When intents were appended: by offset, by time, as the log grows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "qa/times.h"
#include "support/app_world.h"
#include "support/test_allocator.h"

static int set_up(void **state)
{
    app_world_t *world = calloc(1, sizeof(*world));
    assert_non_null(world);
    app_world_open(world);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    app_world_close(*state);
    free(*state);
    return 0;
}

static void times_follow_the_log_as_it_grows(void **state)
{
    app_world_t *world = *state;
    qa_times_t *times = NULL;
    qa_receipt_t receipt;
    qa_error_t error;
    int64_t first_ns = 0;
    int64_t time_ns = 0;
    assert_int_equal(qa_times_open(&times, world->lattice, &error), QA_OK);
    assert_int_equal(qa_times_find(times, 1, &first_ns, &error), QA_OK);
    assert_true(first_ns > 0);
    assert_int_equal(qa_times_find(times, 0, &time_ns, &error), QA_MISSING_INPUT);
    assert_int_equal(qa_times_find(times, 2, &time_ns, &error), QA_MISSING_INPUT);
    for (uint64_t offset = 2; offset < 20; offset++) {
        assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", (int64_t)offset, &receipt),
                         QA_OK);
        assert_int_equal(receipt.offset, offset);
        assert_int_equal(qa_times_find(times, offset, &time_ns, &error), QA_OK);
        assert_int_equal(time_ns, receipt.appended_at_ns);
    }
    qa_times_close(times);
}

static void the_offset_at_a_time_is_the_last_one_not_behind_it(void **state)
{
    app_world_t *world = *state;
    qa_times_t *times = NULL;
    qa_error_t error;
    uint64_t offset = 0;
    uint64_t replayed = 0;
    for (int64_t cents = 1; cents < 20; cents++)
        assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", cents, NULL), QA_OK);
    assert_int_equal(qa_times_open(&times, world->lattice, &error), QA_OK);
    for (uint64_t at = 1; at <= 20; at++) {
        int64_t time_ns = 0;
        assert_int_equal(qa_times_find(times, at, &time_ns, &error), QA_OK);
        for (int64_t moved = -1; moved <= 1; moved++) {
            assert_int_equal(qa_times_offset_at(times, time_ns + moved, &offset, &error), QA_OK);
            assert_int_equal(qa_connection_offset_at(world->connection, time_ns + moved, &replayed), QA_OK);
            assert_int_equal(offset, replayed);
        }
    }
    assert_int_equal(qa_times_offset_at(times, INT64_MIN, &offset, &error), QA_OK);
    assert_int_equal(offset, 0);
    assert_int_equal(qa_times_offset_at(times, INT64_MAX, &offset, &error), QA_OK);
    assert_int_equal(offset, 20);
    qa_times_close(times);
}

static void times_can_be_asked_within_a_read_section(void **state)
{
    app_world_t *world = *state;
    qa_times_t *times = NULL;
    qa_error_t error;
    int64_t time_ns = 0;
    assert_int_equal(qa_times_open(&times, world->lattice, &error), QA_OK);
    assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
    assert_int_equal(qa_times_find(times, 1, &time_ns, &error), QA_OK);
    assert_int_equal(time_ns, qa_connection_position(world->connection)->appended_at_ns);
    qa_connection_read_end(world->connection);
    qa_times_close(times);
}

static qa_status_t ask(const app_world_t *world, const qa_allocator_t *allocator)
{
    qa_lattice_t *lattice = NULL;
    qa_times_t *times = NULL;
    qa_error_t error;
    int64_t time_ns = 0;
    qa_lattice_options_t options = world->options;
    options.allocator = allocator;
    options.is_create = false;
    options.is_read_only = true;
    qa_status_t status = qa_lattice_open(&lattice, &options, &error);
    if (status == QA_OK) status = qa_times_open(&times, lattice, &error);
    if (status == QA_OK) status = qa_times_find(times, 5, &time_ns, &error);
    /* What failed once is read again. */
    if (status == QA_NO_MEMORY && times != NULL)
        assert_int_equal(qa_times_find(times, 5, &time_ns, &error), QA_OK);
    qa_times_close(times);
    qa_lattice_close(lattice);
    return status;
}

static void a_refused_allocation_is_no_lasting_harm(void **state)
{
    app_world_t *world = *state;
    test_allocator_t allocator;
    for (int64_t cents = 1; cents < 20; cents++)
        assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", cents, NULL), QA_OK);
    test_allocator_make(&allocator);
    assert_int_equal(ask(world, &allocator.allocator), QA_OK);
    const uint64_t count = allocator.request_count;
    for (uint64_t at = 1; at <= count; at++) {
        test_allocator_make(&allocator);
        allocator.fail_at = at;
        const qa_status_t status = ask(world, &allocator.allocator);
        assert_true(status == QA_NO_MEMORY || status == QA_OK);
        assert_int_equal(allocator.bytes, 0);
    }
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(times_follow_the_log_as_it_grows),
        TEST(the_offset_at_a_time_is_the_last_one_not_behind_it),
        TEST(times_can_be_asked_within_a_read_section),
        TEST(a_refused_allocation_is_no_lasting_harm),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
