/* Read sections: a transaction's own writes, several sections in one thread, taking back under every failure.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

#include "qa/aggregate.h"
#include "qa/history.h"
#include "support/app_world.h"
#include "support/test_allocator.h"

static int open_world(void **state)
{
    static app_world_t world;
    app_world_open(&world);
    *state = &world;
    return 0;
}

static int close_world(void **state)
{
    app_world_close(*state);
    return 0;
}

static void assert_cents(const qa_value_t *value, int64_t cents)
{
    assert_int_equal(value->kind, QA_KIND_DECIMAL);
    assert_int_equal((int64_t)value->units, cents);
}

/* Within a section. */
static qa_value_t read_cell(qa_connection_t *connection, const qa_member_t *coordinate)
{
    qa_value_t value;
    assert_int_equal(qa_connection_cells(connection, coordinate, 1, &value), QA_OK);
    return value;
}

static void find_cells(app_world_t *world, qa_member_t leaf[WORLD_DIMENSIONS],
                       qa_member_t total[WORLD_DIMENSIONS])
{
    assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
    app_world_at(world, "Jan", "Budget", "Fire", "Revenue", leaf);
    app_world_at(world, "Y26", "Budget", "All", "Net", total);
    qa_connection_read_end(world->connection);
}

static qa_intent_t *write_cell(const qa_member_t *coordinate, int64_t cents)
{
    qa_intent_t *intent = NULL;
    const qa_value_t value = qa_value_decimal(cents, 2);
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(qa_intent_set_cells(intent, WORLD_DIMENSIONS, coordinate, &value, NULL, 1), QA_OK);
    return intent;
}

static qa_status_t count_atom(void *context, const qa_atom_view_t *atom)
{
    (void)atom;
    ++*(uint32_t *)context;
    return QA_OK;
}

static uint32_t count_changed(qa_connection_t *connection, uint64_t changed_after)
{
    uint32_t count = 0;
    assert_int_equal(qa_connection_atoms(connection, NULL, NULL, changed_after, count_atom, &count), QA_OK);
    return count;
}

static void a_section_with_an_intent_shows_its_writes_and_leaves_nothing(void **state)
{
    app_world_t *world = *state;
    qa_member_t leaf[WORLD_DIMENSIONS], total[WORLD_DIMENSIONS];
    qa_receipt_t receipt;
    assert_int_equal(app_world_set(world, "Feb", "Budget", "Police", "Revenue", 100, NULL), QA_OK);
    find_cells(world, leaf, total);
    const qa_position_t before = app_world_position(world);
    qa_intent_t *intent = write_cell(leaf, 900);
    assert_int_equal(qa_connection_read_begin_with(world->connection, intent, &receipt), QA_OK);
    assert_int_equal(receipt.offset, 0);
    assert_int_equal(receipt.changed_count, 1);
    const qa_value_t own = read_cell(world->connection, leaf);
    const qa_value_t sum = read_cell(world->connection, total);
    assert_cents(&own, 900);
    assert_cents(&sum, 1000);
    assert_int_equal(qa_connection_position(world->connection)->offset, before.offset);
    assert_int_equal(count_changed(world->connection, before.offset), 1);
    qa_connection_read_end(world->connection);
    const qa_position_t behind = app_world_position(world);
    assert_memory_equal(&before, &behind, sizeof(before));
    assert_int_equal(app_world_get(world, "Jan", "Budget", "Fire", "Revenue").kind, QA_KIND_MISSING);
    assert_int_equal(qa_connection_commit(world->connection, intent, &receipt), QA_OK);
    qa_intent_close(intent);
    assert_int_equal(receipt.offset, before.offset + 1);
}

static void a_member_of_the_intent_is_found_in_its_section_only(void **state)
{
    app_world_t *world = *state;
    qa_intent_t *intent = NULL;
    qa_member_t member = 0;
    qa_error_t error;
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(qa_intent_add_member(intent, world->department, "Parks", 5, false, &member), QA_OK);
    assert_int_equal(qa_connection_read_begin_with(world->connection, intent, NULL), QA_OK);
    const qa_model_t *model = qa_connection_model(world->connection);
    assert_int_equal(qa_model_find_member(model, world->department, "Parks", 5, &member, &error), QA_OK);
    qa_connection_read_end(world->connection);
    assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
    model = qa_connection_model(world->connection);
    assert_int_equal(qa_model_find_member(model, world->department, "Parks", 5, &member, &error),
                     QA_MEMBER_NOT_FOUND);
    qa_connection_read_end(world->connection);
    qa_intent_close(intent);
}

static void an_intent_that_breaks_a_rule_begins_no_section(void **state)
{
    app_world_t *world = *state;
    qa_member_t leaf[WORLD_DIMENSIONS], total[WORLD_DIMENSIONS];
    find_cells(world, leaf, total);
    const qa_position_t before = app_world_position(world);
    qa_intent_t *intent = write_cell(total, 5);
    assert_int_equal(qa_connection_read_begin_with(world->connection, intent, NULL), QA_NOT_LEAF);
    assert_non_null(strstr(qa_connection_error(world->connection)->message, "Y26"));
    const qa_position_t behind = app_world_position(world);
    assert_memory_equal(&before, &behind, sizeof(before));
    qa_intent_close(intent);
}

static void an_empty_intent_begins_an_ordinary_section(void **state)
{
    app_world_t *world = *state;
    qa_intent_t *intent = NULL;
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(qa_connection_read_begin_with(world->connection, intent, NULL), QA_OK);
    qa_connection_read_end(world->connection);
    assert_int_equal(qa_connection_read_begin_with(world->connection, NULL, NULL), QA_OK);
    qa_connection_read_end(world->connection);
    assert_int_equal(qa_connection_set_as_of(world->connection, 1), QA_OK);
    assert_int_equal(qa_connection_read_begin_with(world->connection, intent, NULL), QA_OK);
    qa_connection_read_end(world->connection);
    assert_int_equal(qa_intent_set_title(intent, "x", 1), QA_OK);
    assert_int_equal(qa_connection_read_begin_with(world->connection, intent, NULL), QA_READ_ONLY);
    qa_intent_close(intent);
}

static void a_lattice_open_for_reading_shows_an_intent_and_writes_nothing(void **state)
{
    app_world_t *world = *state;
    qa_member_t leaf[WORLD_DIMENSIONS], total[WORLD_DIMENSIONS];
    find_cells(world, leaf, total);
    const qa_position_t before = app_world_position(world);
    world->options.is_read_only = true;
    app_world_reopen(world);
    qa_intent_t *intent = write_cell(leaf, 77);
    assert_int_equal(qa_connection_read_begin_with(world->connection, intent, NULL), QA_OK);
    const qa_value_t own = read_cell(world->connection, leaf);
    assert_cents(&own, 77);
    qa_connection_read_end(world->connection);
    const qa_position_t behind = app_world_position(world);
    assert_memory_equal(&before, &behind, sizeof(before));
    qa_intent_close(intent);
    world->options.is_read_only = false;
}

static void sections_of_the_past_and_joined_ones_stand_beside_one_of_the_present(void **state)
{
    app_world_t *world = *state;
    qa_member_t leaf[WORLD_DIMENSIONS], total[WORLD_DIMENSIONS];
    const qa_connection_options_t who = { .size = sizeof(who), .door = "test", .clearance = UINT64_MAX };
    qa_connection_t *past = NULL, *beside = NULL;
    qa_error_t error;
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 100, NULL), QA_OK);
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 200, NULL), QA_OK);
    find_cells(world, leaf, total);
    assert_int_equal(qa_connection_open(&past, world->lattice, &who, &error), QA_OK);
    assert_int_equal(qa_connection_open(&beside, world->lattice, &who, &error), QA_OK);
    qa_intent_t *intent = write_cell(leaf, 300);
    assert_int_equal(qa_connection_read_begin_with(world->connection, intent, NULL), QA_OK);
    assert_int_equal(qa_connection_set_as_of(past, 2), QA_OK);
    assert_int_equal(qa_connection_read_begin(past), QA_OK);
    assert_int_equal(qa_connection_read_join(beside, world->connection), QA_OK);
    const qa_value_t present = read_cell(world->connection, leaf);
    const qa_value_t joined = read_cell(beside, leaf);
    const qa_value_t earlier = read_cell(past, total);
    assert_cents(&present, 300);
    assert_cents(&joined, 300);
    assert_cents(&earlier, 100);
    qa_connection_read_end(beside);
    qa_connection_read_end(world->connection);
    qa_connection_read_end(past); /* may outlive the section of the present */
    qa_connection_close(past);
    qa_connection_close(beside);
    qa_intent_close(intent);
}

typedef struct writer {
    app_world_t *world;
    qa_connection_t *connection;
    qa_intent_t *intent;
} writer_t;

static void *run_writer(void *context)
{
    const writer_t *writer = context;
    for (int i = 0; i < 50; i++) {
        qa_receipt_t receipt;
        (void)qa_connection_preview(writer->connection, writer->intent, &receipt);
    }
    return NULL;
}

/* With a writer that waits, a second lock of the same kind by the reader would stop both for ever. */
static void a_waiting_writer_does_not_stop_a_reader_of_two_moments(void **state)
{
    app_world_t *world = *state;
    qa_member_t leaf[WORLD_DIMENSIONS], total[WORLD_DIMENSIONS];
    const qa_connection_options_t who = { .size = sizeof(who), .door = "test", .clearance = UINT64_MAX };
    qa_connection_t *past = NULL;
    writer_t writer = { .world = world };
    pthread_t thread;
    qa_error_t error;
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 100, NULL), QA_OK);
    find_cells(world, leaf, total);
    writer.intent = write_cell(leaf, 300);
    assert_int_equal(qa_connection_open(&past, world->lattice, &who, &error), QA_OK);
    assert_int_equal(qa_connection_open(&writer.connection, world->lattice, &who, &error), QA_OK);
    assert_int_equal(qa_connection_set_as_of(past, 1), QA_OK);
    assert_int_equal(pthread_create(&thread, NULL, run_writer, &writer), 0);
    for (int i = 0; i < 200; i++) {
        assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
        assert_int_equal(qa_connection_read_begin(past), QA_OK);
        const qa_value_t value = read_cell(world->connection, leaf);
        assert_cents(&value, 100);
        assert_int_equal(read_cell(past, leaf).kind, QA_KIND_MISSING);
        qa_connection_read_end(past);
        qa_connection_read_end(world->connection);
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    qa_connection_close(past);
    qa_connection_close(writer.connection);
    qa_intent_close(writer.intent);
}

/* A connection's own allocator cannot be set, so the lattice is opened with one that fails. */
static void a_section_that_runs_out_of_memory_leaves_the_state_as_it_was(void **state)
{
    app_world_t *world = *state;
    qa_member_t leaf[WORLD_DIMENSIONS], total[WORLD_DIMENSIONS];
    test_allocator_t allocator;
    qa_member_t member = 0;
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 100, NULL), QA_OK);
    find_cells(world, leaf, total);
    qa_position_t before = app_world_position(world);
    test_allocator_make(&allocator);
    world->options.allocator = &allocator.allocator;
    app_world_reopen(world);
    qa_intent_t *intent = write_cell(leaf, 900);
    assert_int_equal(qa_intent_add_member(intent, world->department, "Parks", 5, false, &member), QA_OK);
    assert_int_equal(qa_intent_set_caption(intent, world->department, member, "All parks", 9), QA_OK);
    bool was_begun = false;
    uint32_t refused_count = 0;
    for (uint64_t n = 1; !was_begun && n < 4000; n++) {
        allocator.fail_at = allocator.request_count + n;
        const qa_status_t status = qa_connection_read_begin_with(world->connection, intent, NULL);
        if (status == QA_OK) {
            const qa_value_t own = read_cell(world->connection, leaf);
            assert_cents(&own, 900);
            was_begun = allocator.request_count < allocator.fail_at;
            qa_connection_read_end(world->connection); /* may fail to take back: then it is loaded again */
            if (was_begun) was_begun = allocator.request_count < allocator.fail_at;
        } else {
            assert_true(status == QA_NO_MEMORY || status == QA_POISONED);
            refused_count++;
        }
        allocator.fail_at = 0;
        const qa_position_t behind = app_world_position(world);
        assert_memory_equal(&before, &behind, sizeof(before));
    }
    assert_true(was_begun);
    assert_true(refused_count > 10);
    qa_intent_close(intent);
    world->options.allocator = NULL;
    app_world_reopen(world);
    assert_int_equal(allocator.bytes, 0);
}

static void rewinding_an_intent_forgets_what_came_behind_the_mark(void **state)
{
    app_world_t *world = *state;
    qa_member_t leaf[WORLD_DIMENSIONS], total[WORLD_DIMENSIONS];
    qa_member_t parks = 0, again = 0;
    qa_dimension_t dimension = 0;
    find_cells(world, leaf, total);
    qa_intent_t *intent = write_cell(leaf, 900);
    const qa_intent_mark_t mark = qa_intent_mark(intent);
    const size_t bytes = qa_intent_bytes(intent);
    assert_int_equal(qa_intent_add_member(intent, world->department, "Parks", 5, false, &parks), QA_OK);
    assert_int_equal(
        qa_intent_add_dimension(intent, "Project", 7, QA_DIMENSION_ORDINARY, "None", 4, &dimension, &again),
        QA_OK);
    const qa_value_t bad = { .kind = QA_KIND_DECIMAL, .decimals = 19 };
    assert_int_equal(qa_intent_set_cells(intent, WORLD_DIMENSIONS, leaf, &bad, NULL, 1), QA_OVERFLOW);
    qa_intent_rewind(intent, mark);
    assert_int_equal(qa_intent_bytes(intent), bytes);
    assert_int_equal(qa_intent_operation_count(intent), 1);
    assert_int_equal(qa_intent_add_member(intent, world->department, "Roads", 5, false, &again), QA_OK);
    assert_int_equal(again, parks);
    qa_receipt_t receipt;
    assert_int_equal(qa_connection_commit(world->connection, intent, &receipt), QA_OK);
    qa_intent_close(intent);
    assert_int_equal(receipt.changed_count, 1);
    qa_error_t error;
    assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
    const qa_model_t *model = qa_connection_model(world->connection);
    assert_int_equal(qa_model_dimension_count(model), WORLD_DIMENSIONS);
    assert_int_equal(qa_model_find_member(model, world->department, "Roads", 5, &again, &error), QA_OK);
    assert_int_equal(qa_model_find_member(model, world->department, "Parks", 5, &again, &error),
                     QA_MEMBER_NOT_FOUND);
    qa_connection_read_end(world->connection);
}

static void an_aggregate_counts_the_intent_and_what_may_be_seen(void **state)
{
    app_world_t *world = *state;
    qa_member_t leaf[WORLD_DIMENSIONS], total[WORLD_DIMENSIONS];
    const qa_connection_options_t who = { .size = sizeof(who), .door = "test", .clearance = 1 };
    const uint64_t mask = 4;
    qa_connection_t *guest = NULL;
    qa_aggregate_t *result = NULL;
    qa_error_t error;
    qa_aggregate_spec_t spec = {
        .size = sizeof(spec), .measures = QA_AGGREGATE_SUM, .decimals = 2, .is_net_weighted = true
    };
    spec.selection.size = sizeof(spec.selection);
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Police", "Expense", 100, NULL), QA_OK);
    find_cells(world, leaf, total);
    qa_intent_t *intent = write_cell(leaf, 900);
    assert_int_equal(qa_intent_set_masks(intent, WORLD_DIMENSIONS, leaf, &mask, 1), QA_OK);
    assert_int_equal(qa_connection_open(&guest, world->lattice, &who, &error), QA_OK);
    assert_int_equal(qa_connection_read_begin_with(world->connection, intent, NULL), QA_OK);
    assert_int_equal(qa_connection_read_join(guest, world->connection), QA_OK);
    assert_int_equal(qa_connection_aggregate(world->connection, &spec, &result), QA_OK);
    qa_value_t sum = qa_aggregate_sum(result, 0);
    assert_cents(&sum, 800); /* an expense goes into the net with its sign */
    qa_aggregate_close(result);
    assert_int_equal(qa_connection_aggregate(guest, &spec, &result), QA_OK);
    sum = qa_aggregate_sum(result, 0);
    assert_cents(&sum, -100);
    assert_int_equal(qa_aggregate_row_count(result, 0), 1);
    qa_connection_read_end(guest);
    qa_connection_read_end(world->connection);
    assert_int_equal(qa_aggregate_row_count(result, 0), 1); /* a result outlives the section */
    qa_aggregate_close(result);
    qa_connection_close(guest);
    qa_intent_close(intent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, open_world, close_world)
        TEST(a_section_with_an_intent_shows_its_writes_and_leaves_nothing),
        TEST(a_member_of_the_intent_is_found_in_its_section_only),
        TEST(an_intent_that_breaks_a_rule_begins_no_section),
        TEST(an_empty_intent_begins_an_ordinary_section),
        TEST(a_lattice_open_for_reading_shows_an_intent_and_writes_nothing),
        TEST(sections_of_the_past_and_joined_ones_stand_beside_one_of_the_present),
        TEST(a_waiting_writer_does_not_stop_a_reader_of_two_moments),
        TEST(a_section_that_runs_out_of_memory_leaves_the_state_as_it_was),
        TEST(an_aggregate_counts_the_intent_and_what_may_be_seen),
        TEST(rewinding_an_intent_forgets_what_came_behind_the_mark),
#undef TEST
    };
    return cmocka_run_group_tests_name("section", tests, NULL, NULL);
}
