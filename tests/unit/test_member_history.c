/* What intents did to members, as sentences: one line per change, compared whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "qa/history.h"
#include "support/app_world.h"
#include "support/test_allocator.h"

enum { LINES_BYTES = 8192 };

typedef struct lines {
    char text[LINES_BYTES];
    size_t used;
    uint32_t count;
} lines_t;

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

/* "2 Fire moved Department: All > (none)" */
static qa_status_t write_line(void *context, const qa_member_change_t *change)
{
    lines_t *lines = context;
    const int length = snprintf(lines->text + lines->used, LINES_BYTES - lines->used,
                                "%llu %s %s%s%s: %s > %s\n", (unsigned long long)change->offset, change->code,
                                change->what, change->name[0] == '\0' ? "" : " ", change->name,
                                change->before == NULL ? "(none)" : change->before,
                                change->behind == NULL ? "(none)" : change->behind);
    assert_true(length > 0 && (size_t)length < LINES_BYTES - lines->used);
    lines->used += (size_t)length;
    lines->count++;
    assert_string_equal(change->actor, "ada");
    assert_string_equal(change->on_behalf_of, "");
    assert_true(change->appended_at_ns > 0);
    return QA_OK;
}

static void assert_lines(app_world_t *world, uint64_t from_offset, const char *expected)
{
    static lines_t lines;
    memset(&lines, 0, sizeof(lines));
    if (qa_connection_metadata_changes(world->connection, from_offset, write_line, &lines) != QA_OK)
        fail_msg("%s", qa_connection_error(world->connection)->message);
    assert_string_equal(lines.text, expected);
}

static qa_member_t find(app_world_t *world, qa_dimension_t dimension, const char *name)
{
    assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
    const qa_member_t member = app_world_member(world, dimension, name);
    qa_connection_read_end(world->connection);
    return member;
}

static qa_intent_t *open_intent(void)
{
    qa_intent_t *intent = NULL;
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    return intent;
}

static void commit(app_world_t *world, qa_intent_t *intent)
{
    if (qa_connection_commit(world->connection, intent, NULL) != QA_OK)
        fail_msg("%s", qa_connection_error(world->connection)->message);
    qa_intent_close(intent);
}

static void set_edge(app_world_t *world, qa_intent_t *intent, qa_hierarchy_t hierarchy, qa_member_t parent,
                     qa_member_t child, char operator_code, int64_t weight, uint32_t order)
{
    const qa_edge_t edge = { .parent = parent,
                             .child = child,
                             .weight = weight,
                             .weight_decimals = weight == 0 ? 0 : 1,
                             .operator_code = (uint8_t)operator_code,
                             .order = order };
    assert_int_equal(qa_intent_set_edge(intent, world->department, hierarchy, &edge, QA_ATOMS_REFUSE, 0),
                     QA_OK);
}

static void members_are_created_renamed_moved_and_deleted(void **state)
{
    app_world_t *world = *state;
    qa_member_t parks = 0, lone = 0;
    const qa_member_t all = find(world, world->department, "All");
    qa_intent_t *intent = open_intent();
    assert_int_equal(qa_intent_add_member(intent, world->department, "Parks", 5, false, &parks), QA_OK);
    assert_int_equal(qa_intent_add_member(intent, world->department, "Lone", 4, false, &lone), QA_OK);
    set_edge(world, intent, QA_HIERARCHY_PRIMARY, all, parks, '+', 0, 0);
    commit(world, intent);
    assert_lines(world, 2,
                 "2 Parks created: (none) > Parks\n2 Parks moved Department: (none) > All\n"
                 "2 Lone created: (none) > Lone\n");
    parks = find(world, world->department, "Parks");
    intent = open_intent();
    assert_int_equal(qa_intent_rename_member(intent, world->department, all, "Everybody", 9), QA_OK);
    assert_int_equal(qa_intent_rename_member(intent, world->department, parks, "X", 1), QA_OK);
    assert_int_equal(qa_intent_rename_member(intent, world->department, parks, "Green", 5), QA_OK);
    assert_int_equal(qa_intent_remove_edge(intent, world->department, QA_HIERARCHY_PRIMARY, all, parks),
                     QA_OK);
    commit(world, intent);
    assert_lines(world, 3,
                 "3 Everybody renamed: All > Everybody\n3 Green renamed: Parks > Green\n"
                 "3 Green moved Department: All > \n");
    intent = open_intent();
    assert_int_equal(qa_intent_delete_member(intent, world->department, parks, QA_ATOMS_REFUSE, 0), QA_OK);
    commit(world, intent);
    assert_lines(world, 4, "4 Green deleted: Green > (none)\n");
    intent = open_intent();
    assert_int_equal(qa_intent_undo(intent, 3), QA_OK); /* the deleted one stays deleted */
    commit(world, intent);
    assert_lines(world, 5, "5 All renamed: Everybody > All\n");
    qa_error_t error;
    assert_int_equal(qa_lattice_snapshot(world->lattice, &error), QA_OK);
    app_world_reopen(world);
    assert_lines(world, 4, "4 Green deleted: Green > (none)\n5 All renamed: Everybody > All\n");
    assert_lines(world, 6, "");
    assert_int_equal(qa_connection_metadata_changes(world->connection, 9, write_line, NULL),
                     QA_NO_SUCH_OFFSET);
}

static void what_changes_and_changes_back_within_an_intent_is_not_told(void **state)
{
    app_world_t *world = *state;
    qa_member_t gone = 0;
    const qa_member_t fire = find(world, world->department, "Fire");
    qa_intent_t *intent = open_intent();
    assert_int_equal(qa_intent_rename_member(intent, world->department, fire, "Blaze", 5), QA_OK);
    assert_int_equal(qa_intent_rename_member(intent, world->department, fire, "Fire", 4), QA_OK);
    assert_int_equal(qa_intent_add_member(intent, world->department, "Gone", 4, false, &gone), QA_OK);
    assert_int_equal(qa_intent_delete_member(intent, world->department, gone, QA_ATOMS_REFUSE, 0), QA_OK);
    assert_int_equal(qa_intent_set_caption(intent, world->department, fire, "The fire", 8), QA_OK);
    commit(world, intent);
    assert_lines(world, 2, "2 Fire caption: (none) > The fire\n");
}

static void what_hangs_on_a_member_is_told_with_its_values(void **state)
{
    app_world_t *world = *state;
    const qa_member_t fire = find(world, world->department, "Fire");
    const qa_member_t jan = find(world, world->period, "Jan");
    const qa_member_t revenue = find(world, world->account, "Revenue");
    const qa_account_t account = { .kind = QA_KIND_DECIMAL,
                                   .decimals = 3,
                                   .time_balance = QA_BALANCE_LAST,
                                   .skip = QA_SKIP_ZERO,
                                   .sense = QA_SENSE_EXPENSE };
    qa_intent_t *intent = open_intent();
    assert_int_equal(qa_intent_set_alias(intent, world->department, fire, "Fire Department", 15, false),
                     QA_OK);
    assert_int_equal(qa_intent_set_alias(intent, world->department, fire, "FD", 2, true), QA_OK);
    assert_int_equal(qa_intent_set_attribute(intent, world->department, fire, "City", 4, "Oak", 3), QA_OK);
    assert_int_equal(qa_intent_set_days(intent, world->period, jan, 20454, 20485), QA_OK);
    assert_int_equal(qa_intent_set_account(intent, world->account, revenue, account), QA_OK);
    commit(world, intent);
    assert_lines(world, 2,
                 "2 Jan days: 2026-01-01 to 2026-01-31 > 2026-01-01 to 2026-02-01\n"
                 "2 Fire alias FD: (none) > FD\n2 Fire alias Fire Department: Fire Department > (none)\n"
                 "2 Fire attribute City: (none) > Oak\n"
                 "2 Revenue account: (none) > decimal 3, last, skip zero, expense\n");
    intent = open_intent();
    assert_int_equal(qa_intent_set_attribute(intent, world->department, fire, "City", 4, NULL, 0), QA_OK);
    assert_int_equal(
        qa_intent_set_account(intent, world->account, revenue, (qa_account_t){ .kind = QA_KIND_DOUBLE }),
        QA_OK);
    commit(world, intent);
    assert_lines(
        world, 3,
        "3 Fire attribute City: Oak > (none)\n3 Revenue account: decimal 3, last, skip zero, expense > "
        "double, flow, skip missing, income\n");
}

static void edges_tell_weights_orders_and_places_of_each_hierarchy(void **state)
{
    app_world_t *world = *state;
    qa_hierarchy_t hierarchy = 0;
    qa_member_t safety = 0, other = 0;
    const qa_member_t all = find(world, world->department, "All");
    const qa_member_t fire = find(world, world->department, "Fire");
    const qa_member_t police = find(world, world->department, "Police");
    qa_intent_t *intent = open_intent();
    set_edge(world, intent, QA_HIERARCHY_PRIMARY, all, fire, '+', 5, 0);
    set_edge(world, intent, QA_HIERARCHY_PRIMARY, all, police, '+', 0, 100);
    commit(world, intent);
    assert_lines(world, 2, "2 Fire weight Department: + 1 > + 0.5\n2 Police order Department: 5 > 100\n");
    intent = open_intent();
    assert_int_equal(qa_intent_add_hierarchy(intent, world->department, "Duty", 4, &hierarchy), QA_OK);
    assert_int_equal(qa_intent_add_member(intent, world->department, "Safety", 6, true, &safety), QA_OK);
    assert_int_equal(qa_intent_add_member(intent, world->department, "Other", 5, true, &other), QA_OK);
    set_edge(world, intent, hierarchy, QA_MEMBER_NONE, safety, '+', 0, 0);
    set_edge(world, intent, hierarchy, QA_MEMBER_NONE, other, '+', 0, 0);
    set_edge(world, intent, hierarchy, safety, fire, '+', 0, 0);
    commit(world, intent);
    assert_lines(
        world, 3,
        "3 Fire moved Duty: (none) > Safety\n3 Safety created: (none) > Safety\n"
        "3 Safety moved Duty: (none) > \n3 Other created: (none) > Other\n3 Other moved Duty: (none) > \n");
    safety = find(world, world->department, "Safety");
    other = find(world, world->department, "Other");
    intent = open_intent();
    assert_int_equal(qa_intent_remove_edge(intent, world->department, 1, safety, fire), QA_OK);
    set_edge(world, intent, 1, other, fire, '+', 0, 0);
    set_edge(world, intent, 1, other, police, '+', 0, 0);
    commit(world, intent);
    assert_lines(world, 4, "4 Fire moved Duty: Safety > Other\n4 Police moved Duty: (none) > Other\n");
    intent = open_intent();
    assert_int_equal(qa_intent_delete_hierarchy(intent, world->department, 1), QA_OK);
    commit(world, intent);
    assert_lines(world, 5,
                 "5 Fire moved Duty: Other > (none)\n5 Police moved Duty: Other > (none)\n"
                 "5 Safety moved Duty:  > (none)\n5 Other moved Duty:  > (none)\n");
}

static qa_status_t stop(void *context, const qa_member_change_t *change)
{
    (void)change;
    return ++*(uint32_t *)context == 3 ? QA_CANCELLED : QA_OK;
}

static void the_first_intent_tells_every_member_and_a_visitor_may_stop(void **state)
{
    app_world_t *world = *state;
    static lines_t lines;
    uint32_t count = 0;
    memset(&lines, 0, sizeof(lines));
    assert_int_equal(qa_connection_metadata_changes(world->connection, 0, write_line, &lines), QA_OK);
    assert_non_null(strstr(lines.text, "1 Y26 created: (none) > Y26\n1 Q1 created: (none) > Q1\n"
                                       "1 Q1 moved Period: (none) > Y26\n"));
    assert_null(strstr(lines.text, "Y26 moved"));
    assert_int_equal(qa_connection_metadata_changes(world->connection, 0, stop, &count), QA_CANCELLED);
    assert_int_equal(count, 3);
}

static void it_may_be_asked_within_the_section_of_another_connection(void **state)
{
    app_world_t *world = *state;
    const qa_connection_options_t who = { .size = sizeof(who), .door = "test", .clearance = UINT64_MAX };
    qa_connection_t *other = NULL;
    qa_error_t error;
    uint32_t count = 0;
    assert_int_equal(qa_connection_open(&other, world->lattice, &who, &error), QA_OK);
    assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
    assert_int_equal(qa_connection_metadata_changes(other, 0, stop, &count), QA_CANCELLED);
    qa_connection_read_end(world->connection);
    qa_connection_close(other);
}

static void every_refused_allocation_is_told(void **state)
{
    app_world_t *world = *state;
    static test_allocator_t allocator;
    qa_status_t status = QA_NO_MEMORY;
    test_allocator_make(&allocator);
    world->options.allocator = &allocator.allocator;
    app_world_reopen(world);
    for (uint64_t n = 1; status == QA_NO_MEMORY; n++) {
        static lines_t lines;
        memset(&lines, 0, sizeof(lines));
        allocator.fail_at = allocator.request_count + n;
        status = qa_connection_metadata_changes(world->connection, 0, write_line, &lines);
        if (status != QA_OK) assert_int_equal(qa_connection_error(world->connection)->status, QA_NO_MEMORY);
        allocator.fail_at = 0;
    }
    assert_int_equal(status, QA_OK);
    world->options.allocator = NULL;
    app_world_reopen(world);
    assert_int_equal(allocator.bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, open_world, close_world)
        TEST(members_are_created_renamed_moved_and_deleted),
        TEST(what_changes_and_changes_back_within_an_intent_is_not_told),
        TEST(what_hangs_on_a_member_is_told_with_its_values),
        TEST(edges_tell_weights_orders_and_places_of_each_hierarchy),
        TEST(the_first_intent_tells_every_member_and_a_visitor_may_stop),
        TEST(it_may_be_asked_within_the_section_of_another_connection),
        TEST(every_refused_allocation_is_told),
#undef TEST
    };
    return cmocka_run_group_tests_name("member_history", tests, NULL, NULL);
}
