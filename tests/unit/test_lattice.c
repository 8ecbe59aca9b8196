/* The facade end to end: commits, refusals, undo, history, earlier moments, other processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
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

static int close_world(void **state)
{
    app_world_close(*state);
    return 0;
}

static void assert_decimal(qa_value_t value, int64_t cents)
{
    assert_int_equal(value.kind, QA_KIND_DECIMAL);
    assert_int_equal((int64_t)value.units, cents);
}

static qa_status_t commit(app_world_t *world, qa_intent_t *intent, qa_receipt_t *receipt)
{
    const qa_status_t status = qa_connection_commit(world->connection, intent, receipt);
    qa_intent_close(intent);
    return status;
}

static qa_status_t undo(app_world_t *world, uint64_t offset, qa_receipt_t *receipt)
{
    qa_intent_t *intent = NULL;
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(qa_intent_undo(intent, offset), QA_OK);
    return commit(world, intent, receipt);
}

static void a_written_cell_reads_back_and_adds_up_with_signs(void **state)
{
    app_world_t *world = *state;
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 100000, NULL), QA_OK);
    assert_int_equal(app_world_set(world, "Feb", "Budget", "Police", "Expense", 30050, NULL), QA_OK);
    assert_decimal(app_world_get(world, "Jan", "Budget", "Fire", "Revenue"), 100000);
    assert_decimal(app_world_get(world, "Y26", "Budget", "All", "Net"), 69950);
    assert_int_equal(app_world_get(world, "Y26", "Actual", "All", "Net").kind, QA_KIND_MISSING);
}

static void a_reopened_app_has_the_same_hashes(void **state)
{
    app_world_t *world = *state;
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 100000, NULL), QA_OK);
    const qa_position_t before = app_world_position(world);
    app_world_reopen(world);
    qa_position_t behind = app_world_position(world);
    assert_memory_equal(&before, &behind, sizeof(before));
    qa_error_t error;
    assert_int_equal(qa_lattice_snapshot(world->lattice, &error), QA_OK);
    app_world_reopen(world);
    behind = app_world_position(world);
    assert_memory_equal(&before, &behind, sizeof(before));
    assert_decimal(app_world_get(world, "Q1", "Budget", "All", "Net"), 100000);
    if (qa_lattice_verify(world->lattice, NULL, NULL, &error) != QA_OK) fail_msg("%s", error.message);
}

static void writing_the_value_that_is_there_writes_nothing(void **state)
{
    app_world_t *world = *state;
    qa_receipt_t receipt;
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 5, &receipt), QA_OK);
    assert_int_equal(receipt.offset, 2);
    assert_int_equal(receipt.changed_count, 1);
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 5, &receipt), QA_OK);
    assert_int_equal(receipt.offset, 0);
    assert_int_equal(app_world_position(world).offset, 2);
}

static void a_consolidated_cell_cannot_be_written_and_the_error_names_it(void **state)
{
    app_world_t *world = *state;
    assert_int_equal(app_world_set(world, "Q1", "Budget", "Fire", "Revenue", 5, NULL), QA_NOT_LEAF);
    assert_non_null(strstr(qa_connection_error(world->connection)->message, "Q1"));
    assert_int_equal(app_world_position(world).offset, 1);
}

static void an_undo_returns_to_the_same_data_hash_and_a_second_one_redoes(void **state)
{
    app_world_t *world = *state;
    qa_receipt_t receipt;
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 700, NULL), QA_OK);
    const qa_position_t before = app_world_position(world);
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 900, &receipt), QA_OK);
    const qa_position_t changed = app_world_position(world);
    assert_int_equal(undo(world, receipt.offset, &receipt), QA_OK);
    assert_int_equal(receipt.changed_count, 1);
    const qa_position_t undone = app_world_position(world);
    assert_memory_equal(before.data_hash, undone.data_hash, 16);
    assert_decimal(app_world_get(world, "Jan", "Budget", "Fire", "Revenue"), 700);
    assert_int_equal(undo(world, receipt.offset, &receipt), QA_OK);
    const qa_position_t redone = app_world_position(world);
    assert_memory_equal(changed.data_hash, redone.data_hash, 16);
    app_world_reopen(world);
    const qa_position_t again = app_world_position(world);
    assert_memory_equal(redone.state_hash, again.state_hash, QA_HASH_BYTES);
}

static void an_undo_keeps_what_was_changed_since(void **state)
{
    app_world_t *world = *state;
    qa_receipt_t first, receipt;
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 700, &first), QA_OK);
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 900, NULL), QA_OK);
    assert_int_equal(undo(world, first.offset, &receipt), QA_NOTHING_TO_UNDO);
    assert_decimal(app_world_get(world, "Jan", "Budget", "Fire", "Revenue"), 900);
}

static void undo_works_as_a_stack_newest_first(void **state)
{
    app_world_t *world = *state;
    qa_receipt_t first, second;
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 700, &first), QA_OK);
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 900, &second), QA_OK);
    assert_int_equal(undo(world, second.offset, NULL), QA_OK);
    assert_decimal(app_world_get(world, "Jan", "Budget", "Fire", "Revenue"), 700);
    assert_int_equal(undo(world, first.offset, NULL), QA_OK);
    assert_int_equal(app_world_get(world, "Jan", "Budget", "Fire", "Revenue").kind, QA_KIND_MISSING);
}

static void undoing_the_whole_model_leaves_each_dimension_with_its_first_leaf(void **state)
{
    app_world_t *world = *state;
    qa_receipt_t receipt;
    qa_error_t error;
    assert_int_equal(undo(world, 1, &receipt), QA_OK);
    assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
    for (qa_dimension_t d = 0; d < WORLD_DIMENSIONS; d++) {
        const qa_model_t *model = qa_connection_model(world->connection);
        assert_true(qa_model_member(model, d, 0)->is_leaf);
        for (qa_member_t m = 1; m < qa_model_dimension(model, d)->member_count; m++)
            assert_true(qa_model_member(model, d, m)->is_deleted);
    }
    qa_connection_read_end(world->connection);
    if (qa_lattice_verify(world->lattice, NULL, NULL, &error) != QA_OK) fail_msg("%s", error.message);
    assert_int_equal(undo(world, receipt.offset, &receipt), QA_OK);
    if (qa_lattice_verify(world->lattice, NULL, NULL, &error) != QA_OK) fail_msg("%s", error.message);
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 700, NULL), QA_OK);
}

static void a_long_row_of_undo_and_redo_stays_fast_and_replays_to_the_same_hash(void **state)
{
    app_world_t *world = *state;
    qa_receipt_t receipt;
    qa_error_t error;
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 700, &receipt), QA_OK);
    const qa_position_t changed = app_world_position(world);
    for (int i = 0; i < 60; i++)
        assert_int_equal(undo(world, receipt.offset, &receipt), QA_OK);
    const qa_position_t behind = app_world_position(world);
    assert_memory_equal(changed.data_hash, behind.data_hash, 16);
    if (qa_lattice_verify(world->lattice, NULL, NULL, &error) != QA_OK) fail_msg("%s", error.message);
    assert_int_equal(qa_lattice_snapshot(world->lattice, &error), QA_OK);
    app_world_reopen(world); /* from a snapshot: no deltas are kept, the log gives them */
    assert_int_equal(undo(world, receipt.offset, &receipt), QA_OK);
    assert_int_equal(app_world_get(world, "Jan", "Budget", "Fire", "Revenue").kind, QA_KIND_MISSING);
}

static void a_refused_intent_leaves_no_trace(void **state)
{
    app_world_t *world = *state;
    qa_intent_t *intent = NULL;
    qa_dimension_t added;
    qa_member_t first, member;
    qa_receipt_t receipt;
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 700, NULL), QA_OK);
    const qa_position_t before = app_world_position(world);
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(
        qa_intent_add_dimension(intent, "Fund", 4, QA_DIMENSION_ORDINARY, "None", 4, &added, &first), QA_OK);
    assert_int_equal(qa_intent_add_member(intent, added, "1010", 4, false, &member), QA_OK);
    assert_int_equal(qa_intent_add_member(intent, world->department, "Library", 7, false, &member), QA_OK);
    assert_int_equal(qa_intent_set_caption(intent, world->department, member, "Public Library", 14), QA_OK);
    assert_int_equal(qa_intent_add_member(intent, world->department, "fire  DEPARTMENT", 16, false, &member),
                     QA_OK);
    assert_int_equal(commit(world, intent, &receipt), QA_CODE_TAKEN);
    const qa_position_t behind = app_world_position(world);
    assert_memory_equal(&before, &behind, sizeof(before));
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 701, NULL), QA_OK);
    qa_error_t error;
    if (qa_lattice_verify(world->lattice, NULL, NULL, &error) != QA_OK) fail_msg("%s", error.message);
}

static void a_new_dimension_takes_all_atoms_on_its_first_leaf(void **state)
{
    app_world_t *world = *state;
    qa_intent_t *intent = NULL;
    qa_dimension_t added;
    qa_member_t first;
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 700, NULL), QA_OK);
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(
        qa_intent_add_dimension(intent, "Fund", 4, QA_DIMENSION_ORDINARY, "None", 4, &added, &first), QA_OK);
    assert_int_equal(commit(world, intent, NULL), QA_OK);
    assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
    qa_member_t coordinate[5] = { 0 };
    app_world_at(world, "Jan", "Budget", "Fire", "Revenue", coordinate);
    qa_value_t value;
    assert_int_equal(qa_connection_cells(world->connection, coordinate, 1, &value), QA_OK);
    assert_decimal(value, 700);
    qa_connection_read_end(world->connection);
}

static void a_cycle_is_refused_by_name(void **state)
{
    app_world_t *world = *state;
    qa_intent_t *intent = NULL;
    assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
    const qa_member_t quarter = app_world_member(world, world->period, "Q1");
    const qa_member_t year = app_world_member(world, world->period, "Y26");
    qa_connection_read_end(world->connection);
    const qa_edge_t edge = { .parent = quarter, .child = year, .operator_code = '+' };
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(qa_intent_set_edge(intent, world->period, 0, &edge, QA_ATOMS_REFUSE, 0), QA_OK);
    assert_int_equal(commit(world, intent, NULL), QA_CYCLE);
    const char *message = qa_connection_error(world->connection)->message;
    assert_true(strstr(message, "Q1") != NULL || strstr(message, "Y26") != NULL);
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 700, NULL), QA_OK);
}

static void a_leaf_with_values_gets_no_child_unless_they_move(void **state)
{
    app_world_t *world = *state;
    qa_member_t member;
    qa_receipt_t receipt;
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 700, NULL), QA_OK);
    const qa_position_t before = app_world_position(world);
    assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
    const qa_member_t fire = app_world_member(world, world->department, "Fire");
    qa_connection_read_end(world->connection);
    for (int policy = QA_ATOMS_REFUSE; policy <= QA_ATOMS_MOVE; policy++) {
        qa_intent_t *intent = NULL;
        assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
        assert_int_equal(qa_intent_add_member(intent, world->department, "Station 1", 9, false, &member),
                         QA_OK);
        const qa_edge_t edge = { .parent = fire, .child = member, .operator_code = '+' };
        assert_int_equal(
            qa_intent_set_edge(intent, world->department, 0, &edge, (qa_atoms_policy_t)policy, member),
            QA_OK);
        assert_int_equal(commit(world, intent, &receipt), policy == QA_ATOMS_REFUSE ? QA_HAS_ATOMS : QA_OK);
    }
    assert_decimal(app_world_get(world, "Jan", "Budget", "Station 1", "Revenue"), 700);
    assert_decimal(app_world_get(world, "Jan", "Budget", "Fire", "Revenue"), 700);
    assert_int_equal(undo(world, receipt.offset, &receipt), QA_OK);
    const qa_position_t behind = app_world_position(world);
    assert_memory_equal(before.data_hash, behind.data_hash, 16);
    qa_error_t error;
    if (qa_lattice_verify(world->lattice, NULL, NULL, &error) != QA_OK) fail_msg("%s", error.message);
}

static void values_of_the_wrong_kind_are_refused(void **state)
{
    app_world_t *world = *state;
    static const struct {
        const char *account;
        qa_value_t value;
        qa_status_t expected;
    } cases[] = {
        { "Revenue", { .kind = QA_KIND_TEXT, .text = "x", .text_bytes = 1 }, QA_WRONG_KIND },
        { "Note", { .kind = QA_KIND_DECIMAL, .units = 1 }, QA_WRONG_KIND },
        { "Revenue", { .kind = QA_KIND_DECIMAL, .decimals = 3, .units = 1 }, QA_TOO_MANY_DECIMALS },
        { "Revenue",
          { .kind = QA_KIND_DECIMAL, .decimals = 0, .units = INT64_C(100000000000000000) },
          QA_OVERFLOW },
        { "Revenue", { .kind = QA_KIND_DOUBLE, .number = 0.25 }, QA_OK },
        { "Rate", { .kind = QA_KIND_DECIMAL, .decimals = 1, .units = 1 }, QA_OK },
        { "Note", { .kind = QA_KIND_TEXT, .text = "caf\xC3\xA9", .text_bytes = 5 }, QA_OK },
        { "Opened", { .kind = QA_KIND_DATE, .day = 20000 }, QA_OK },
        { "Active", { .kind = QA_KIND_BOOLEAN, .truth = true }, QA_OK },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        qa_intent_t *intent = NULL;
        qa_member_t coordinate[WORLD_DIMENSIONS];
        assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
        app_world_at(world, "Jan", "Budget", "Fire", cases[i].account, coordinate);
        qa_connection_read_end(world->connection);
        assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
        assert_int_equal(qa_intent_set_cells(intent, WORLD_DIMENSIONS, coordinate, &cases[i].value, NULL, 1),
                         QA_OK);
        assert_int_equal(commit(world, intent, NULL), cases[i].expected);
    }
    assert_true(app_world_get(world, "Jan", "Budget", "Fire", "Rate").number == 0.1);
    const qa_position_t before = app_world_position(world);
    qa_error_t error;
    assert_int_equal(qa_lattice_snapshot(world->lattice, &error), QA_OK);
    app_world_reopen(world);
    const qa_position_t behind = app_world_position(world);
    assert_memory_equal(&before, &behind, sizeof(before));
}

static void one_write_names_a_cell_once(void **state)
{
    app_world_t *world = *state;
    qa_member_t coordinates[3 * WORLD_DIMENSIONS];
    const qa_value_t values[3] = { qa_value_decimal(1, 2), qa_value_decimal(2, 2), qa_value_decimal(3, 2) };
    qa_intent_t *intent = NULL;
    assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
    app_world_at(world, "Feb", "Budget", "Fire", "Revenue", coordinates);
    app_world_at(world, "Jan", "Budget", "Fire", "Revenue", coordinates + WORLD_DIMENSIONS);
    app_world_at(world, "Feb", "Budget", "Fire", "Revenue", coordinates + 2 * WORLD_DIMENSIONS);
    qa_connection_read_end(world->connection);
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(qa_intent_set_cells(intent, WORLD_DIMENSIONS, coordinates, values, NULL, 3), QA_OK);
    assert_int_equal(commit(world, intent, NULL), QA_NAMED_TWICE);
    assert_non_null(strstr(qa_connection_error(world->connection)->message, "number 1 and as number 3"));
}

static void a_cell_that_changed_since_it_was_seen_is_a_conflict(void **state)
{
    app_world_t *world = *state;
    qa_member_t coordinate[WORLD_DIMENSIONS];
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 100, NULL), QA_OK);
    assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
    app_world_at(world, "Jan", "Budget", "Fire", "Revenue", coordinate);
    qa_connection_read_end(world->connection);
    for (int64_t cents = 99; cents <= 100; cents++) {
        const qa_value_t value = qa_value_decimal(500, 2);
        const qa_value_t seen = qa_value_decimal(cents, 2);
        qa_intent_t *intent = NULL;
        assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
        assert_int_equal(qa_intent_set_cells(intent, WORLD_DIMENSIONS, coordinate, &value, &seen, 1), QA_OK);
        assert_int_equal(commit(world, intent, NULL), cents == 99 ? QA_CONFLICT : QA_OK);
    }
}

static void below_a_held_total_nothing_is_written_by_others(void **state)
{
    app_world_t *world = *state;
    qa_member_t total[WORLD_DIMENSIONS];
    assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
    app_world_at(world, "Q1", "Budget", "Fire", "Revenue", total);
    qa_connection_read_end(world->connection);
    static const char *const owners[] = { "", "grace", "ada" };
    static const qa_status_t expected[] = { QA_HELD, QA_OK, QA_HELD };
    for (int i = 0; i < 3; i++) {
        for (int hold = QA_HOLD_CONSOLIDATION; hold >= QA_HOLD_NONE; hold -= 2) {
            qa_intent_t *intent = NULL;
            assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
            assert_int_equal(qa_intent_set_hold(intent, WORLD_DIMENSIONS, total, (qa_hold_t)hold, owners[i],
                                                strlen(owners[i])),
                             QA_OK);
            assert_int_equal(commit(world, intent, NULL), QA_OK);
            if (hold != QA_HOLD_NONE)
                assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 100 + i, NULL),
                                 expected[i]);
        }
    }
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 100, NULL), QA_OK);
}

/* --- history --- */

typedef struct seen {
    int count;
    uint64_t offsets[8];
    int64_t before[8];
    int64_t behind[8];
} seen_t;

static qa_status_t see(void *context, const qa_history_entry_t *entry)
{
    seen_t *seen = context;
    assert_string_equal(entry->actor, "ada");
    assert_string_equal(entry->door, "test");
    seen->offsets[seen->count] = entry->offset;
    seen->before[seen->count] = entry->before.kind == QA_KIND_MISSING ? -1 : (int64_t)entry->before.units;
    seen->behind[seen->count++] = entry->behind.kind == QA_KIND_MISSING ? -1 : (int64_t)entry->behind.units;
    return QA_OK;
}

static void the_history_of_a_cell_and_of_its_total_tells_old_and_new(void **state)
{
    app_world_t *world = *state;
    qa_member_t leaf[WORLD_DIMENSIONS], total[WORLD_DIMENSIONS];
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 100, NULL), QA_OK);
    assert_int_equal(app_world_set(world, "Feb", "Budget", "Fire", "Revenue", 40, NULL), QA_OK);
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 110, NULL), QA_OK);
    assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
    app_world_at(world, "Jan", "Budget", "Fire", "Revenue", leaf);
    app_world_at(world, "Q1", "Budget", "All", "Net", total);
    qa_connection_read_end(world->connection);
    seen_t seen = { 0 };
    assert_int_equal(qa_connection_history(world->connection, leaf, see, &seen), QA_OK);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.before[0], -1);
    assert_int_equal(seen.behind[1], 110);
    seen = (seen_t){ 0 };
    assert_int_equal(qa_connection_history(world->connection, total, see, &seen), QA_OK);
    assert_int_equal(seen.count, 3);
    assert_int_equal(seen.behind[1], 140);
    assert_int_equal(seen.behind[2], 150);
    assert_int_equal(seen.offsets[2], 4);
}

static void an_earlier_moment_shows_values_and_structure_of_then(void **state)
{
    app_world_t *world = *state;
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 100, NULL), QA_OK);
    qa_intent_t *intent = NULL;
    assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
    const qa_member_t fire = app_world_member(world, world->department, "Fire");
    qa_connection_read_end(world->connection);
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(qa_intent_remove_edge(intent, world->department, 0, 0, fire), QA_OK);
    assert_int_equal(commit(world, intent, NULL), QA_OK); /* offset 3: Fire stands alone */
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 900, NULL), QA_OK);
    assert_int_equal(app_world_get(world, "Jan", "Budget", "All", "Revenue").kind, QA_KIND_MISSING);
    assert_int_equal(qa_connection_set_as_of(world->connection, 2), QA_OK);
    assert_decimal(app_world_get(world, "Jan", "Budget", "All", "Revenue"), 100);
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 1, NULL), QA_READ_ONLY);
    assert_int_equal(qa_connection_set_as_of(world->connection, 0), QA_OK);
    assert_int_equal(qa_connection_set_hierarchy_as_of(world->connection, 2), QA_OK);
    assert_decimal(app_world_get(world, "Jan", "Budget", "All", "Revenue"), 900);
    assert_int_equal(qa_connection_set_hierarchy_as_of(world->connection, 0), QA_OK);
    assert_int_equal(qa_connection_set_as_of(world->connection, 99), QA_NO_SUCH_OFFSET);
}

static void two_processes_see_each_other_and_neither_loses_a_write(void **state)
{
    app_world_t *world = *state;
    qa_error_t error;
    app_world_t other = *world; /* the same folder, opened a second time */
    const qa_connection_options_t who = {
        .size = sizeof(who), .actor = "grace", .door = "test", .clearance = UINT64_MAX
    };
    assert_int_equal(qa_lattice_open(&other.lattice, &world->options, &error), QA_OK);
    assert_int_equal(qa_connection_open(&other.connection, other.lattice, &who, &error), QA_OK);
    for (int i = 0; i < 300; i++) {
        app_world_t *writer = i % 2 == 0 ? world : &other;
        assert_int_equal(
            app_world_set(writer, i % 3 == 0 ? "Jan" : "Feb", "Budget", "Fire", "Revenue", i + 1, NULL),
            QA_OK);
    }
    const qa_position_t mine = app_world_position(world);
    const qa_position_t theirs = app_world_position(&other);
    assert_int_equal(mine.offset, 301);
    assert_memory_equal(&mine, &theirs, sizeof(mine));
    if (qa_lattice_verify(other.lattice, NULL, NULL, &error) != QA_OK) fail_msg("%s", error.message);
    qa_connection_close(other.connection);
    qa_lattice_close(other.lattice);
}

static void an_app_whose_log_is_gone_is_damage_and_not_a_new_app(void **state)
{
    app_world_t *world = *state;
    char command[1024];
    qa_lattice_t *lattice = NULL;
    qa_error_t error;
    snprintf(command, sizeof(command), "mv %s/budget/log %s/log", world->folder, world->folder);
    assert_int_equal(system(command), 0);
    assert_int_equal(qa_lattice_open(&lattice, &world->options, &error), QA_CORRUPT);
    assert_non_null(strstr(error.message, "backup"));
    snprintf(command, sizeof(command), "rm -rf %s/budget/log && mv %s/log %s/budget/log", world->folder,
             world->folder, world->folder);
    assert_int_equal(system(command), 0);
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 1, NULL), QA_OK);
}

static void a_masked_atom_is_hidden_without_clearance(void **state)
{
    app_world_t *world = *state;
    qa_error_t error;
    qa_member_t coordinate[WORLD_DIMENSIONS];
    const uint64_t mask = 4;
    qa_intent_t *intent = NULL;
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 100, NULL), QA_OK);
    assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
    app_world_at(world, "Jan", "Budget", "Fire", "Revenue", coordinate);
    qa_connection_read_end(world->connection);
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(qa_intent_set_masks(intent, WORLD_DIMENSIONS, coordinate, &mask, 1), QA_OK);
    assert_int_equal(commit(world, intent, NULL), QA_OK);
    app_world_t other = *world;
    const qa_connection_options_t who = {
        .size = sizeof(who), .door = "test", .clearance = 3, .hidden_mode = QA_HIDDEN_VISIBLE_TOTAL
    };
    assert_int_equal(qa_connection_open(&other.connection, world->lattice, &who, &error), QA_OK);
    const qa_value_t hidden = app_world_get(&other, "Jan", "Budget", "Fire", "Revenue");
    assert_int_equal(hidden.kind, QA_KIND_MISSING);
    assert_int_equal(hidden.flags, QA_VALUE_MASKED);
    assert_int_equal(app_world_get(&other, "Q1", "Budget", "All", "Revenue").kind, QA_KIND_MISSING);
    assert_decimal(app_world_get(world, "Q1", "Budget", "All", "Revenue"), 100);
    qa_connection_close(other.connection);
}

static void a_deleted_member_gives_its_code_back_and_its_id_never(void **state)
{
    app_world_t *world = *state;
    qa_member_t member;
    for (int round = 0; round < 2; round++) {
        qa_intent_t *intent = NULL;
        assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
        assert_int_equal(qa_intent_add_member(intent, world->department, "Library", 7, false, &member),
                         QA_OK);
        assert_int_equal(qa_intent_set_alias(intent, world->department, member, "Books", 5, true), QA_OK);
        assert_int_equal(commit(world, intent, NULL), QA_OK);
        assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
        member = app_world_member(world, world->department, "Books");
        qa_connection_read_end(world->connection);
        assert_int_equal(member, 3 + round);
        assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
        assert_int_equal(qa_intent_delete_member(intent, world->department, member, QA_ATOMS_REFUSE, 0),
                         QA_OK);
        assert_int_equal(commit(world, intent, NULL), QA_OK);
    }
    qa_error_t error;
    const qa_position_t before = app_world_position(world);
    assert_int_equal(qa_lattice_snapshot(world->lattice, &error), QA_OK);
    app_world_reopen(world);
    const qa_position_t behind = app_world_position(world);
    assert_memory_equal(&before, &behind, sizeof(before));
}

#define WORLD_TEST(NAME) cmocka_unit_test_setup_teardown(NAME, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_written_cell_reads_back_and_adds_up_with_signs),
        WORLD_TEST(a_reopened_app_has_the_same_hashes),
        WORLD_TEST(writing_the_value_that_is_there_writes_nothing),
        WORLD_TEST(a_consolidated_cell_cannot_be_written_and_the_error_names_it),
        WORLD_TEST(an_undo_returns_to_the_same_data_hash_and_a_second_one_redoes),
        WORLD_TEST(an_undo_keeps_what_was_changed_since),
        WORLD_TEST(undo_works_as_a_stack_newest_first),
        WORLD_TEST(undoing_the_whole_model_leaves_each_dimension_with_its_first_leaf),
        WORLD_TEST(a_long_row_of_undo_and_redo_stays_fast_and_replays_to_the_same_hash),
        WORLD_TEST(a_refused_intent_leaves_no_trace),
        WORLD_TEST(a_new_dimension_takes_all_atoms_on_its_first_leaf),
        WORLD_TEST(a_cycle_is_refused_by_name),
        WORLD_TEST(a_leaf_with_values_gets_no_child_unless_they_move),
        WORLD_TEST(values_of_the_wrong_kind_are_refused),
        WORLD_TEST(one_write_names_a_cell_once),
        WORLD_TEST(a_cell_that_changed_since_it_was_seen_is_a_conflict),
        WORLD_TEST(below_a_held_total_nothing_is_written_by_others),
        WORLD_TEST(the_history_of_a_cell_and_of_its_total_tells_old_and_new),
        WORLD_TEST(an_earlier_moment_shows_values_and_structure_of_then),
        WORLD_TEST(two_processes_see_each_other_and_neither_loses_a_write),
        WORLD_TEST(an_app_whose_log_is_gone_is_damage_and_not_a_new_app),
        WORLD_TEST(a_masked_atom_is_hidden_without_clearance),
        WORLD_TEST(a_deleted_member_gives_its_code_back_and_its_id_never),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
