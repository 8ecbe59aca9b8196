/* Rules that hold across undo, moves, holds and moments: each was broken once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "qa/history.h"
#include "support/app_world.h"

static int open_world(void **state)
{
    static app_world_t world;
    app_world_open(&world);
    *state = &world;
    return 0;
}

/* Whatever a test did, the app must verify, survive a snapshot, and open again to the same hashes. */
static int close_world(void **state)
{
    app_world_t *world = *state;
    qa_error_t error;
    if (qa_lattice_verify(world->lattice, NULL, NULL, &error) != QA_OK) fail_msg("%s", error.message);
    const qa_position_t before = app_world_position(world);
    assert_int_equal(qa_lattice_snapshot(world->lattice, &error), QA_OK);
    if (qa_lattice_verify(world->lattice, NULL, NULL, &error) != QA_OK) fail_msg("%s", error.message);
    app_world_reopen(world);
    const qa_position_t behind = app_world_position(world);
    assert_memory_equal(&before, &behind, sizeof(before));
    app_world_close(world);
    return 0;
}

static qa_intent_t *begin(void)
{
    qa_intent_t *intent = NULL;
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    return intent;
}

static qa_status_t commit(app_world_t *world, qa_intent_t *intent, qa_receipt_t *receipt)
{
    const qa_status_t status = qa_connection_commit(world->connection, intent, receipt);
    qa_intent_close(intent);
    return status;
}

static qa_receipt_t undo(app_world_t *world, uint64_t offset, qa_status_t expected)
{
    qa_receipt_t receipt;
    qa_intent_t *intent = begin();
    assert_int_equal(qa_intent_undo(intent, offset), QA_OK);
    assert_int_equal(commit(world, intent, &receipt), expected);
    return receipt;
}

static qa_member_t find(app_world_t *world, qa_dimension_t dimension, const char *name)
{
    assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
    const qa_member_t member = app_world_member(world, dimension, name);
    qa_connection_read_end(world->connection);
    return member;
}

static void set_decimals(app_world_t *world, const char *account, uint8_t decimals, qa_receipt_t *receipt)
{
    qa_intent_t *intent = begin();
    const qa_member_t member = find(world, world->account, account);
    const qa_account_t form = { .kind = QA_KIND_DECIMAL, .decimals = decimals };
    assert_int_equal(qa_intent_set_account(intent, world->account, member, form), QA_OK);
    assert_int_equal(commit(world, intent, receipt), QA_OK);
}

static qa_status_t set_value(app_world_t *world, const char *account, int64_t units, uint8_t decimals,
                             qa_receipt_t *receipt)
{
    qa_member_t at[WORLD_DIMENSIONS];
    const qa_value_t value = qa_value_decimal(units, decimals);
    assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
    app_world_at(world, "Jan", "Budget", "Fire", account, at);
    qa_connection_read_end(world->connection);
    qa_intent_t *intent = begin();
    assert_int_equal(qa_intent_set_cells(intent, WORLD_DIMENSIONS, at, &value, NULL, 1), QA_OK);
    return commit(world, intent, receipt);
}

static void assert_worth(qa_value_t value, int64_t units, uint8_t decimals)
{
    assert_int_equal(value.kind, QA_KIND_DECIMAL);
    assert_int_equal(value.decimals, decimals);
    assert_int_equal((int64_t)value.units, units);
}

static qa_value_t get(app_world_t *world, const char *account)
{
    return app_world_get(world, "Jan", "Budget", "Fire", account);
}

static void clear(app_world_t *world, const char *account, qa_receipt_t *receipt)
{
    qa_member_t at[WORLD_DIMENSIONS];
    const qa_value_t missing = qa_value_missing();
    assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
    app_world_at(world, "Jan", "Budget", "Fire", account, at);
    qa_connection_read_end(world->connection);
    qa_intent_t *intent = begin();
    assert_int_equal(qa_intent_set_cells(intent, WORLD_DIMENSIONS, at, &missing, NULL, 1), QA_OK);
    assert_int_equal(commit(world, intent, receipt), QA_OK);
}

/* --- money keeps its worth --- */

static void the_decimals_of_the_app_do_not_go_back_under_values(void **state)
{
    app_world_t *world = *state;
    qa_receipt_t receipt;
    qa_intent_t *intent = begin();
    assert_int_equal(qa_intent_set_decimals(intent, 4), QA_OK);
    assert_int_equal(commit(world, intent, &receipt), QA_OK);
    assert_int_equal(set_value(world, "Revenue", 12345, 4, NULL), QA_OK);
    (void)undo(world, receipt.offset, QA_NOTHING_TO_UNDO);
    assert_worth(get(world, "Revenue"), 12345, 4);
}

static void an_undone_value_comes_back_in_the_decimals_of_now(void **state)
{
    app_world_t *world = *state;
    qa_receipt_t cleared;
    assert_int_equal(set_value(world, "Revenue", 123, 2, NULL), QA_OK);
    clear(world, "Revenue", &cleared);
    set_decimals(world, "Revenue", 4, NULL);
    (void)undo(world, cleared.offset, QA_OK);
    assert_worth(get(world, "Revenue"), 12300, 4);
}

static void a_value_that_does_not_fit_the_decimals_of_now_stays_cleared(void **state)
{
    app_world_t *world = *state;
    qa_receipt_t cleared;
    assert_int_equal(set_value(world, "Revenue", 123, 2, NULL), QA_OK);
    clear(world, "Revenue", &cleared);
    set_decimals(world, "Revenue", 1, NULL);
    (void)undo(world, cleared.offset, QA_NOTHING_TO_UNDO);
    assert_int_equal(get(world, "Revenue").kind, QA_KIND_MISSING);
}

static void values_that_move_to_an_account_of_other_decimals_keep_their_worth(void **state)
{
    app_world_t *world = *state;
    assert_int_equal(set_value(world, "Revenue", 123, 2, NULL), QA_OK);
    set_decimals(world, "Expense", 4, NULL);
    const qa_member_t revenue = find(world, world->account, "Revenue");
    const qa_member_t expense = find(world, world->account, "Expense");
    qa_intent_t *intent = begin();
    assert_int_equal(qa_intent_delete_member(intent, world->account, revenue, QA_ATOMS_MOVE, expense), QA_OK);
    assert_int_equal(commit(world, intent, NULL), QA_OK);
    assert_worth(get(world, "Expense"), 12300, 4);
}

static void last_years_structure_shows_values_in_their_own_decimals(void **state)
{
    app_world_t *world = *state;
    set_decimals(world, "Revenue", 4, NULL);
    assert_int_equal(set_value(world, "Revenue", 12345, 4, NULL), QA_OK);
    assert_int_equal(qa_connection_set_hierarchy_as_of(world->connection, 1), QA_OK);
    assert_worth(get(world, "Revenue"), 12345, 4);
    assert_worth(app_world_get(world, "Q1", "Budget", "All", "Revenue"), 12345, 4);
    assert_int_equal(qa_connection_set_hierarchy_as_of(world->connection, 0), QA_OK);
}

static void a_time_balance_is_undone_under_values(void **state)
{
    app_world_t *world = *state;
    qa_receipt_t receipt;
    assert_int_equal(set_value(world, "Revenue", 123, 2, NULL), QA_OK);
    qa_intent_t *intent = begin();
    const qa_account_t stock = { .kind = QA_KIND_DECIMAL, .decimals = 2, .time_balance = QA_BALANCE_LAST };
    assert_int_equal(
        qa_intent_set_account(intent, world->account, find(world, world->account, "Revenue"), stock), QA_OK);
    assert_int_equal(commit(world, intent, &receipt), QA_OK);
    receipt = undo(world, receipt.offset, QA_OK);
    assert_int_equal(receipt.kept_count, 0);
}

/* --- undo keeps the rules of the model --- */

static void a_hierarchy_that_others_use_stays_in_an_undo(void **state)
{
    app_world_t *world = *state;
    qa_receipt_t receipt;
    qa_hierarchy_t hierarchy;
    qa_member_t group;
    qa_intent_t *intent = begin();
    assert_int_equal(qa_intent_add_hierarchy(intent, world->department, "Function", 8, &hierarchy), QA_OK);
    assert_int_equal(commit(world, intent, &receipt), QA_OK);
    intent = begin();
    assert_int_equal(qa_intent_add_member(intent, world->department, "Safety", 6, true, &group), QA_OK);
    const qa_edge_t edge = { .parent = group,
                             .child = find(world, world->department, "Fire"),
                             .operator_code = '+' };
    assert_int_equal(qa_intent_set_edge(intent, world->department, 1, &edge, QA_ATOMS_REFUSE, 0), QA_OK);
    assert_int_equal(commit(world, intent, NULL), QA_OK);
    (void)undo(world, receipt.offset, QA_NOTHING_TO_UNDO);
}

static void a_member_that_others_gave_an_alias_stays_in_an_undo(void **state)
{
    app_world_t *world = *state;
    qa_receipt_t receipt;
    qa_member_t member;
    qa_intent_t *intent = begin();
    assert_int_equal(qa_intent_add_member(intent, world->department, "Library", 7, false, &member), QA_OK);
    assert_int_equal(qa_intent_set_caption(intent, world->department, member, "Public Library", 14), QA_OK);
    assert_int_equal(commit(world, intent, &receipt), QA_OK);
    member = find(world, world->department, "Library");
    intent = begin();
    assert_int_equal(qa_intent_set_alias(intent, world->department, member, "Books", 5, true), QA_OK);
    assert_int_equal(commit(world, intent, NULL), QA_OK);
    (void)undo(world, receipt.offset, QA_NOTHING_TO_UNDO);
    assert_int_equal(find(world, world->department, "Books"), member);
    assert_int_equal(find(world, world->department, "Public Library"), member);
}

static void an_undo_makes_no_leaf_a_parent_in_an_alternate(void **state)
{
    app_world_t *world = *state;
    qa_receipt_t receipt;
    qa_hierarchy_t hierarchy;
    qa_member_t station;
    const qa_member_t fire = find(world, world->department, "Fire");
    const qa_member_t police = find(world, world->department, "Police");
    qa_intent_t *intent = begin();
    assert_int_equal(qa_intent_add_member(intent, world->department, "Station", 7, false, &station), QA_OK);
    const qa_edge_t below = { .parent = fire, .child = station, .operator_code = '+' };
    assert_int_equal(qa_intent_set_edge(intent, world->department, 0, &below, QA_ATOMS_REFUSE, 0), QA_OK);
    assert_int_equal(commit(world, intent, &receipt), QA_OK);
    intent = begin();
    assert_int_equal(qa_intent_add_hierarchy(intent, world->department, "Other", 5, &hierarchy), QA_OK);
    const qa_edge_t other = { .parent = fire, .child = police, .operator_code = '+' };
    assert_int_equal(qa_intent_set_edge(intent, world->department, hierarchy, &other, QA_ATOMS_REFUSE, 0),
                     QA_OK);
    assert_int_equal(commit(world, intent, NULL), QA_OK);
    (void)undo(world, receipt.offset, QA_NOTHING_TO_UNDO);
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 100, NULL), QA_NOT_LEAF);
}

static void a_cell_of_an_intent_goes_back_even_if_its_move_would_make_a_loop(void **state)
{
    app_world_t *world = *state;
    qa_receipt_t receipt;
    qa_member_t at[WORLD_DIMENSIONS];
    const qa_member_t fire = find(world, world->department, "Fire");
    const qa_member_t police = find(world, world->department, "Police");
    const qa_value_t value = qa_value_decimal(5, 2);
    qa_intent_t *intent = begin(); /* Fire below Police */
    const qa_edge_t first = { .parent = police, .child = fire, .operator_code = '+' };
    assert_int_equal(qa_intent_set_edge(intent, world->department, 0, &first, QA_ATOMS_REFUSE, 0), QA_OK);
    assert_int_equal(commit(world, intent, NULL), QA_OK);
    assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
    app_world_at(world, "Jan", "Actual", "Police", "Revenue", at);
    qa_connection_read_end(world->connection);
    intent = begin(); /* Fire back below All, and a value on Police, which is a leaf again */
    const qa_edge_t second = { .parent = 0, .child = fire, .operator_code = '+' };
    assert_int_equal(qa_intent_set_edge(intent, world->department, 0, &second, QA_ATOMS_REFUSE, 0), QA_OK);
    assert_int_equal(qa_intent_set_cells(intent, WORLD_DIMENSIONS, at, &value, NULL, 1), QA_OK);
    assert_int_equal(commit(world, intent, &receipt), QA_OK);
    qa_member_t station;
    intent = begin(); /* now Police stands below a child of Fire */
    assert_int_equal(qa_intent_add_member(intent, world->department, "Station", 7, false, &station), QA_OK);
    const qa_edge_t third = { .parent = fire, .child = station, .operator_code = '+' };
    assert_int_equal(qa_intent_set_edge(intent, world->department, 0, &third, QA_ATOMS_MOVE, station), QA_OK);
    const qa_edge_t fourth = { .parent = fire, .child = police, .operator_code = '+' };
    assert_int_equal(qa_intent_set_edge(intent, world->department, 0, &fourth, QA_ATOMS_REFUSE, 0), QA_OK);
    assert_int_equal(commit(world, intent, NULL), QA_OK);
    receipt = undo(world, receipt.offset, QA_OK);
    assert_true(receipt.kept_count > 0); /* Fire cannot go below Police, which stands below Fire by now */
    assert_int_equal(app_world_get(world, "Jan", "Actual", "Police", "Revenue").kind, QA_KIND_MISSING);
}

/* --- holds --- */

static void hold(app_world_t *world, const char *period, const char *department, qa_hold_t kind,
                 qa_status_t expected)
{
    qa_member_t at[WORLD_DIMENSIONS];
    assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
    app_world_at(world, period, "Budget", department, "Revenue", at);
    qa_connection_read_end(world->connection);
    qa_intent_t *intent = begin();
    assert_int_equal(qa_intent_set_hold(intent, WORLD_DIMENSIONS, at, kind, "", 0), QA_OK);
    assert_int_equal(commit(world, intent, NULL), expected);
}

static void values_do_not_move_into_a_held_total(void **state)
{
    app_world_t *world = *state;
    qa_member_t extra;
    qa_intent_t *intent = begin();
    assert_int_equal(qa_intent_add_member(intent, world->department, "Extra", 5, false, &extra), QA_OK);
    assert_int_equal(commit(world, intent, NULL), QA_OK);
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 100, NULL), QA_OK);
    assert_int_equal(app_world_set(world, "Feb", "Budget", "Extra", "Revenue", 700, NULL), QA_OK);
    hold(world, "Y26", "All", QA_HOLD_CONSOLIDATION, QA_OK);
    extra = find(world, world->department, "Extra");
    const qa_member_t fire = find(world, world->department, "Fire");
    intent = begin();
    assert_int_equal(qa_intent_delete_member(intent, world->department, extra, QA_ATOMS_MOVE, fire), QA_OK);
    assert_int_equal(commit(world, intent, NULL), QA_HELD);
    const qa_edge_t edge = { .parent = 0, .child = extra, .operator_code = '+' };
    intent = begin();
    assert_int_equal(qa_intent_set_edge(intent, world->department, 0, &edge, QA_ATOMS_REFUSE, 0), QA_OK);
    assert_int_equal(commit(world, intent, NULL), QA_HELD);
    intent = begin();
    assert_int_equal(qa_intent_remove_edge(intent, world->department, 0, 0, fire), QA_OK);
    assert_int_equal(commit(world, intent, NULL), QA_HELD);
    assert_worth(app_world_get(world, "Y26", "Budget", "All", "Revenue"), 100, 2);
}

static void a_member_named_by_a_hold_is_not_deleted(void **state)
{
    app_world_t *world = *state;
    hold(world, "Jan", "Police", QA_HOLD_LEAF, QA_OK);
    const qa_member_t police = find(world, world->department, "Police");
    qa_intent_t *intent = begin();
    assert_int_equal(qa_intent_delete_member(intent, world->department, police, QA_ATOMS_REFUSE, 0), QA_OK);
    assert_int_equal(commit(world, intent, NULL), QA_HELD);
    hold(world, "Jan", "Police", QA_HOLD_NONE, QA_OK);
    intent = begin();
    assert_int_equal(qa_intent_delete_member(intent, world->department, police, QA_ATOMS_REFUSE, 0), QA_OK);
    assert_int_equal(commit(world, intent, NULL), QA_OK);
}

/* --- loads, names, previews --- */

static void a_load_that_expects_an_offset_sees_changes_of_the_cells_it_writes(void **state)
{
    app_world_t *world = *state;
    qa_member_t at[WORLD_DIMENSIONS];
    const qa_value_t value = qa_value_decimal(5, 2);
    const qa_load_file_t file = { .name = "a.csv", .name_bytes = 5 };
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 100, NULL), QA_OK);
    assert_int_equal(app_world_set(world, "Feb", "Budget", "Fire", "Revenue", 100, NULL), QA_OK);
    for (int order = 0; order < 2; order++) {
        for (uint64_t seen = 1; seen <= 2; seen++) {
            const qa_load_t load = { .files = &file, .file_count = 1, .expect_offset = seen };
            assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
            app_world_at(world, "Jan", "Budget", "Fire", "Revenue", at);
            qa_connection_read_end(world->connection);
            qa_intent_t *intent = begin();
            if (order == 1) assert_int_equal(qa_intent_set_load(intent, &load), QA_OK);
            assert_int_equal(qa_intent_set_cells(intent, WORLD_DIMENSIONS, at, &value, NULL, 1), QA_OK);
            if (order == 0) assert_int_equal(qa_intent_set_load(intent, &load), QA_OK);
            qa_receipt_t receipt;
            const qa_status_t status = qa_connection_preview(world->connection, intent, &receipt);
            qa_intent_close(intent);
            assert_int_equal(status, seen == 1 ? QA_CONFLICT : QA_OK);
        }
    }
}

static void a_preview_changes_nothing_and_works_on_a_read_only_app(void **state)
{
    app_world_t *world = *state;
    qa_receipt_t receipt;
    qa_member_t member;
    qa_error_t error;
    app_world_t reader = *world;
    reader.options.is_read_only = true;
    reader.options.is_create = false;
    const qa_connection_options_t who = { .size = sizeof(who), .door = "test", .clearance = UINT64_MAX };
    assert_int_equal(qa_lattice_open(&reader.lattice, &reader.options, &error), QA_OK);
    assert_int_equal(qa_connection_open(&reader.connection, reader.lattice, &who, &error), QA_OK);
    app_world_t *const worlds[] = { world, &reader };
    for (int i = 0; i < 2; i++) {
        qa_intent_t *intent = begin();
        assert_int_equal(qa_intent_add_member(intent, world->department, "Library", 7, false, &member),
                         QA_OK);
        assert_int_equal(qa_connection_preview(worlds[i]->connection, intent, &receipt), QA_OK);
        assert_true(receipt.metadata_count > 0);
        qa_intent_close(intent);
        assert_int_equal(qa_connection_read_begin(worlds[i]->connection), QA_OK);
        assert_int_equal(qa_model_app(qa_connection_model(worlds[i]->connection))->metadata_version, 1);
        qa_connection_read_end(worlds[i]->connection);
    }
    qa_connection_close(reader.connection);
    qa_lattice_close(reader.lattice);
}

static void names_that_compare_equal_are_one_attribute_and_one_alias(void **state)
{
    app_world_t *world = *state;
    const qa_member_t fire = find(world, world->department, "Fire");
    qa_intent_t *intent = begin();
    assert_int_equal(qa_intent_set_attribute(intent, world->department, fire, "Color", 5, "red", 3), QA_OK);
    assert_int_equal(qa_intent_set_attribute(intent, world->department, fire, "COLOR", 5, "blue", 4), QA_OK);
    assert_int_equal(qa_intent_set_alias(intent, world->department, fire, "FIRE department", 15, false),
                     QA_OK);
    assert_int_equal(commit(world, intent, NULL), QA_OK);
    assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
    const qa_member_info_t *info =
        qa_model_member(qa_connection_model(world->connection), world->department, fire);
    assert_int_equal(info->attribute_count, 1);
    assert_int_equal(info->alias_count, 0);
    qa_connection_read_end(world->connection);
}

static void an_alias_and_a_caption_of_two_members_are_ambiguous(void **state)
{
    app_world_t *world = *state;
    qa_error_t error;
    qa_member_t member;
    const qa_member_t police = find(world, world->department, "Police");
    qa_intent_t *intent = begin();
    assert_int_equal(qa_intent_set_caption(intent, world->department, police, "Fire Department", 15), QA_OK);
    assert_int_equal(commit(world, intent, NULL), QA_OK);
    assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
    assert_int_equal(qa_model_find_member(qa_connection_model(world->connection), world->department,
                                          "fire department", 15, &member, &error),
                     QA_MEMBER_AMBIGUOUS);
    assert_non_null(strstr(error.message, "Department:Fire"));
    assert_non_null(strstr(error.message, "Department:Police"));
    qa_connection_read_end(world->connection);
}

#define RULE(NAME) cmocka_unit_test_setup_teardown(NAME, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE(the_decimals_of_the_app_do_not_go_back_under_values),
        RULE(an_undone_value_comes_back_in_the_decimals_of_now),
        RULE(a_value_that_does_not_fit_the_decimals_of_now_stays_cleared),
        RULE(values_that_move_to_an_account_of_other_decimals_keep_their_worth),
        RULE(last_years_structure_shows_values_in_their_own_decimals),
        RULE(a_time_balance_is_undone_under_values),
        RULE(a_hierarchy_that_others_use_stays_in_an_undo),
        RULE(a_member_that_others_gave_an_alias_stays_in_an_undo),
        RULE(an_undo_makes_no_leaf_a_parent_in_an_alternate),
        RULE(a_cell_of_an_intent_goes_back_even_if_its_move_would_make_a_loop),
        RULE(values_do_not_move_into_a_held_total),
        RULE(a_member_named_by_a_hold_is_not_deleted),
        RULE(a_load_that_expects_an_offset_sees_changes_of_the_cells_it_writes),
        RULE(a_preview_changes_nothing_and_works_on_a_read_only_app),
        RULE(names_that_compare_equal_are_one_attribute_and_one_alias),
        RULE(an_alias_and_a_caption_of_two_members_are_ambiguous),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
