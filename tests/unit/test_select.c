/* Selected atoms and rows by offset: every way of walking gives the same atoms and looks at few others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "query/select.h"
#include "support/app_world.h"
#include "support/test_allocator.h"

enum { DIMENSIONS = 3, KNOWN_MAX = 4000 };

static const qa_hash_key_t KEY = { 3, 4 };
static uint64_t random_state;

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)((random_state >> 11) % limit);
}

static void check(const qa_store_t *store)
{
    qa_error_t error = { 0 };
    if (qa_store_verify(store, &error) != QA_OK) fail_msg("%s", error.message);
}

static void set_one(qa_store_t *store, qa_member_t a, qa_member_t b, qa_member_t c, uint64_t offset)
{
    const qa_member_t at[] = { a, b, c };
    const qa_atom_t atom = { .kind = QA_KIND_DECIMAL, .units = 1, .changed_offset = offset };
    assert_int_equal(qa_store_set(store, at, &atom, 1, NULL, NULL), QA_OK);
}

/* Both ways to the rows that changed after an offset. */
static void compare_changed(const qa_store_t *store, uint64_t changed_after)
{
    static bool is_late[KNOWN_MAX];
    uint32_t late_count = 0;
    for (uint32_t row = 0; row < qa_store_row_count(store); row++) {
        const qa_member_t *at = NULL;
        qa_atom_t atom;
        is_late[row] = qa_store_row(store, row, &at, &atom) && atom.changed_offset > changed_after;
        if (is_late[row]) late_count++;
    }
    uint64_t offset = changed_after;
    uint32_t row = qa_store_next_changed(store, QA_STORE_ROW_NONE, changed_after);
    for (; row != QA_STORE_ROW_NONE; row = qa_store_next_changed(store, row, changed_after)) {
        const qa_member_t *at = NULL;
        qa_atom_t atom;
        assert_true(is_late[row]);
        is_late[row] = false;
        assert_true(late_count-- > 0);
        assert_true(qa_store_row(store, row, &at, &atom));
        assert_true(atom.changed_offset >= offset);
        offset = atom.changed_offset;
    }
    assert_int_equal(late_count, 0);
}

static void rows_by_offset_agree_with_a_scan_whatever_was_set_and_forgotten(void **state)
{
    (void)state;
    static const uint64_t jumps[] = { 1, 1, 1, 60, 5000, 400000, (uint64_t)1 << 33 };
    for (uint64_t seed = 1; seed <= 8; seed++) {
        random_state = seed * 0x9E3779B97F4A7C15u;
        qa_store_t *store = NULL;
        assert_int_equal(qa_store_open(&store, &qa_allocator_default, DIMENSIONS, &KEY), QA_OK);
        uint64_t newest = 1;
        for (uint32_t i = 0; i < 3000; i++) {
            const qa_member_t at[] = { random_below(4), random_below(20), random_below(20) };
            newest += jumps[random_below(7)];
            /* Now and then a row goes back, as when an intent is taken back. */
            const uint64_t offset = random_below(4) == 0 ? 1 + random_below(UINT32_MAX) % newest : newest;
            if (random_below(5) == 0)
                qa_store_forget(store, at);
            else
                set_one(store, at[0], at[1], at[2], offset);
            if (i % 100 == 0) {
                check(store);
                compare_changed(store, newest);
                compare_changed(store, newest - 1);
                compare_changed(store, newest / (1 + random_below(20)));
                compare_changed(store, 0);
            }
        }
        compare_changed(store, UINT64_MAX);
        qa_store_close(store);
    }
}

static void offsets_without_rows_give_their_memory_back(void **state)
{
    (void)state;
    qa_store_t *store = NULL;
    assert_int_equal(qa_store_open(&store, &qa_allocator_default, DIMENSIONS, &KEY), QA_OK);
    for (uint64_t offset = 1; offset <= 50000; offset++)
        set_one(store, 1, 1, (qa_member_t)(offset % 10), offset);
    assert_true(qa_store_bytes(store) < 50000);
    check(store);
    compare_changed(store, 49995);
    qa_store_close(store);
}

static bool fail_offsets(uint64_t fail_at)
{
    enum { COUNT = 6 };
    static const uint64_t offsets[COUNT] = { 1, 70, 5000, 400000, (uint64_t)1 << 40, UINT64_MAX };
    test_allocator_t allocator;
    qa_store_t *store = NULL;
    qa_member_t at[COUNT * DIMENSIONS] = { 0 };
    qa_atom_t atoms[COUNT];
    for (uint32_t i = 0; i < COUNT; i++) {
        at[i * DIMENSIONS] = i;
        atoms[i] = (qa_atom_t){ .kind = QA_KIND_DATE, .day = 5, .changed_offset = offsets[i] };
    }
    test_allocator_make(&allocator);
    assert_int_equal(qa_store_open(&store, &allocator.allocator, DIMENSIONS, &KEY), QA_OK);
    set_one(store, 9, 9, 9, 3);
    allocator.fail_at = allocator.request_count + fail_at;
    const qa_status_t status = qa_store_set(store, at, atoms, COUNT, NULL, NULL);
    allocator.fail_at = 0;
    check(store);
    if (status != QA_OK) {
        assert_int_equal(status, QA_NO_MEMORY);
        assert_int_equal(qa_store_atom_count(store), 1);
        assert_int_equal(qa_store_set(store, at, atoms, COUNT, NULL, NULL), QA_OK);
        check(store);
    }
    for (uint32_t i = 0; i < COUNT; i++)
        compare_changed(store, offsets[i] - 1);
    qa_store_close(store);
    assert_int_equal(allocator.bytes, 0);
    return status != QA_OK;
}

static void offsets_far_apart_survive_every_refused_allocation(void **state)
{
    (void)state;
    uint64_t fail_at = 1;
    while (fail_offsets(fail_at))
        fail_at++;
    assert_true(fail_at > 10);
}

/* --- the ways of a selection --- */

typedef struct sets {
    uint64_t words[DIMENSIONS][2];
    qa_selection_t selection;
} sets_t;

static bool is_in(const qa_selection_t *selection, qa_dimension_t d, qa_member_t member)
{
    if (selection->members[d] == NULL) return true;
    return member < selection->member_count[d] &&
           (selection->members[d][member / 64] >> (member % 64) & 1) != 0;
}

static void make_sets(sets_t *sets, uint64_t newest)
{
    memset(sets, 0, sizeof(*sets));
    sets->selection.size = sizeof(sets->selection);
    for (qa_dimension_t d = 0; d < DIMENSIONS; d++) {
        if (random_below(4) == 0) continue;
        const uint32_t share = 1 + random_below(30);
        sets->selection.members[d] = sets->words[d];
        sets->selection.member_count[d] = 1 + random_below(100);
        for (uint32_t member = 0; member < 128; member++) /* bits beyond the count too */
            if (random_below(share) == 0) sets->words[d][member / 64] |= (uint64_t)1 << (member % 64);
    }
    if (random_below(2) == 0) sets->selection.changed_after = random_below((uint32_t)newest + 2);
}

static void every_way_of_a_selection_gives_the_same_atoms(void **state)
{
    (void)state;
    static uint8_t expected[KNOWN_MAX], got[KNOWN_MAX];
    static uint32_t row_of[5][20][80];
    qa_store_t *store = NULL;
    uint32_t way_counts[4] = { 0 };
    random_state = 77;
    assert_int_equal(qa_store_open(&store, &qa_allocator_default, DIMENSIONS, &KEY), QA_OK);
    for (uint32_t i = 0; i < 3000; i++) {
        const qa_member_t at[] = { random_below(5), random_below(20), random_below(80) };
        const qa_atom_t atom = { .kind = random_below(5) == 0 ? QA_KIND_MISSING : QA_KIND_DECIMAL,
                                 .units = random_below(3),
                                 .mask = random_below(6) == 0 ? 4 : 0,
                                 .changed_offset = 1 + i / 50 };
        assert_int_equal(qa_store_set(store, at, &atom, 1, NULL, NULL), QA_OK);
    }
    for (uint32_t row = 0; row < qa_store_row_count(store); row++) {
        const qa_member_t *at = qa_store_coordinate(store, row);
        row_of[at[0]][at[1]][at[2]] = row;
    }
    for (uint32_t round = 0; round < 2000; round++) {
        sets_t sets;
        qa_select_t select;
        qa_error_t error;
        make_sets(&sets, 60);
        const uint64_t clearance = random_below(2) == 0 ? UINT64_MAX : 3;
        const bool is_zero_missing = random_below(2) == 0;
        memset(expected, 0, sizeof(expected));
        memset(got, 0, sizeof(got));
        for (uint32_t row = 0; row < qa_store_row_count(store); row++) {
            const qa_member_t *at = NULL;
            qa_atom_t atom;
            if (!qa_store_row(store, row, &at, &atom) || atom.kind == QA_KIND_MISSING) continue;
            expected[row] = is_in(&sets.selection, 0, at[0]) && is_in(&sets.selection, 1, at[1]) &&
                            is_in(&sets.selection, 2, at[2]) && (atom.mask & ~clearance) == 0 &&
                            atom.changed_offset > sets.selection.changed_after &&
                            !(is_zero_missing && atom.units == 0);
        }
        qa_select_begin(&select, store, &sets.selection, clearance, is_zero_missing);
        way_counts[select.way]++;
        while (qa_select_next(&select, &error) == QA_OK)
            got[row_of[select.coordinate[0]][select.coordinate[1]][select.coordinate[2]]]++;
        assert_memory_equal(expected, got, sizeof(got));
    }
    for (uint32_t way = 0; way < 4; way++)
        assert_true(way_counts[way] > 0);
    qa_store_close(store);
}

static uint64_t visits_of(const qa_store_t *store, const qa_selection_t *selection)
{
    qa_select_t select;
    qa_error_t error;
    qa_select_begin(&select, store, selection, UINT64_MAX, false);
    while (qa_select_next(&select, &error) == QA_OK) {
    }
    return select.visited_count;
}

static void only_rows_that_changed_since_are_visited(void **state)
{
    (void)state;
    qa_store_t *store = NULL;
    qa_selection_t selection = { .size = sizeof(selection) };
    assert_int_equal(qa_store_open(&store, &qa_allocator_default, DIMENSIONS, &KEY), QA_OK);
    for (uint32_t i = 0; i < 10000; i++)
        set_one(store, i / 1000, i / 50 % 20, i % 50, 1 + i / 100);
    assert_int_equal(visits_of(store, &selection), 10000);
    selection.changed_after = 97;
    assert_int_equal(visits_of(store, &selection), 300);
    set_one(store, 0, 0, 0, 101); /* from the oldest to the newest */
    assert_int_equal(visits_of(store, &selection), 301);
    set_one(store, 0, 0, 0, 1); /* and back */
    assert_int_equal(visits_of(store, &selection), 300);
    selection.changed_after = 100;
    assert_int_equal(visits_of(store, &selection), 0);
    const uint64_t word = 1 << 3;
    selection.changed_after = 0;
    for (qa_dimension_t d = 0; d < DIMENSIONS; d++) {
        selection.members[d] = &word;
        selection.member_count[d] = 4;
    }
    assert_int_equal(visits_of(store, &selection), 1); /* a whole coordinate is looked up */
    qa_store_close(store);
}

static void a_cancelled_selection_says_so(void **state)
{
    (void)state;
    qa_store_t *store = NULL;
    volatile bool is_cancelled = true;
    const qa_selection_t selection = { .size = sizeof(selection), .is_cancelled = &is_cancelled };
    qa_select_t select;
    qa_error_t error;
    assert_int_equal(qa_store_open(&store, &qa_allocator_default, DIMENSIONS, &KEY), QA_OK);
    set_one(store, 1, 2, 3, 1);
    qa_select_begin(&select, store, &selection, UINT64_MAX, false);
    assert_int_equal(qa_select_next(&select, &error), QA_CANCELLED);
    qa_store_close(store);
}

/* --- through the facade --- */

typedef struct tally {
    uint64_t changed_after;
    uint32_t count;
    uint64_t sum; /* of a mix of coordinate, value and offset */
} tally_t;

static qa_status_t tally_atom(void *context, const qa_atom_view_t *atom)
{
    tally_t *tally = context;
    if (atom->changed_offset <= tally->changed_after) return QA_OK;
    uint64_t mix = atom->changed_offset * 31 + (uint64_t)atom->value.units;
    for (int d = 0; d < WORLD_DIMENSIONS; d++)
        mix = mix * 1000003 + atom->coordinate[d];
    tally->count++;
    tally->sum += mix * mix;
    return QA_OK;
}

static void compare_scans(app_world_t *world)
{
    const uint64_t newest = qa_connection_position(world->connection)->offset;
    for (uint64_t after = 0; after <= newest + 1; after += 1 + newest / 9) {
        tally_t all = { .changed_after = after }, late = { .changed_after = 0 };
        assert_int_equal(qa_connection_atoms(world->connection, NULL, NULL, 0, tally_atom, &all), QA_OK);
        assert_int_equal(qa_connection_atoms(world->connection, NULL, NULL, after, tally_atom, &late), QA_OK);
        assert_int_equal(all.count, late.count);
        assert_int_equal(all.sum, late.sum);
    }
}

static qa_intent_t *random_cells(void)
{
    enum { COUNT = 4 };
    qa_intent_t *intent = NULL;
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    for (int i = 0; i < COUNT; i++) {
        /* Jan to Mar, both scenarios, Fire and Police, Revenue and Expense. */
        const qa_member_t at[] = { 2 + random_below(3), random_below(2), 1 + random_below(2),
                                   1 + random_below(2) };
        const qa_value_t value =
            random_below(4) == 0 ? qa_value_missing() : qa_value_decimal(1 + random_below(9), 2);
        if (i > 0 && random_below(2) == 0) break;
        assert_int_equal(qa_intent_set_cells(intent, WORLD_DIMENSIONS, at, &value, NULL, 1), QA_OK);
    }
    return intent;
}

static void scans_agree_after_commits_undos_take_backs_and_reopenings(void **state)
{
    app_world_t *world = *state;
    qa_error_t error;
    random_state = 4711;
    for (uint32_t round = 0; round < 150; round++) {
        qa_intent_t *intent = random_cells();
        const uint32_t choice = random_below(12);
        if (choice < 6) {
            (void)qa_connection_commit(world->connection, intent, NULL);
        } else if (choice < 8) {
            const uint64_t newest = app_world_position(world).offset;
            qa_intent_t *back = NULL;
            assert_int_equal(qa_intent_open(&back, NULL), QA_OK);
            assert_int_equal(qa_intent_undo(back, 2 + random_below((uint32_t)newest)), QA_OK);
            (void)qa_connection_commit(world->connection, back, NULL);
            qa_intent_close(back);
        } else if (choice < 9) {
            (void)qa_connection_preview(world->connection, intent, NULL);
        } else if (choice < 11) {
            if (qa_connection_read_begin_with(world->connection, intent, NULL) == QA_OK) {
                compare_scans(world);
                qa_connection_read_end(world->connection);
            }
        } else {
            assert_int_equal(qa_lattice_snapshot(world->lattice, &error), QA_OK);
            app_world_reopen(world);
        }
        qa_intent_close(intent);
        assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
        compare_scans(world);
        qa_connection_read_end(world->connection);
    }
    if (qa_lattice_verify(world->lattice, NULL, NULL, &error) != QA_OK) fail_msg("%s", error.message);
}

static void lists_of_members_select_as_sets_do(void **state)
{
    app_world_t *world = *state;
    assert_int_equal(app_world_set(world, "Jan", "Budget", "Fire", "Revenue", 100, NULL), QA_OK);
    assert_int_equal(app_world_set(world, "Feb", "Budget", "Fire", "Revenue", 200, NULL), QA_OK);
    assert_int_equal(app_world_set(world, "Feb", "Actual", "Fire", "Revenue", 200, NULL), QA_OK);
    assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
    const qa_member_t months[] = { app_world_member(world, world->period, "Feb"), QA_MEMBER_NONE, 5000,
                                   app_world_member(world, world->period, "Feb") };
    const qa_member_t budget[] = { app_world_member(world, world->scenario, "Budget") };
    const qa_member_t *filters[WORLD_DIMENSIONS] = { months, NULL };
    uint32_t counts[WORLD_DIMENSIONS] = { 4, 1 };
    tally_t tally = { 0 };
    assert_int_equal(qa_connection_atoms(world->connection, filters, counts, 0, tally_atom, &tally), QA_OK);
    assert_int_equal(tally.count, 2);
    filters[1] = budget;
    tally = (tally_t){ 0 };
    assert_int_equal(qa_connection_atoms(world->connection, filters, counts, 0, tally_atom, &tally), QA_OK);
    assert_int_equal(tally.count, 1);
    counts[0] = 0; /* nobody */
    tally = (tally_t){ 0 };
    assert_int_equal(qa_connection_atoms(world->connection, filters, counts, 0, tally_atom, &tally), QA_OK);
    assert_int_equal(tally.count, 0);
    qa_connection_read_end(world->connection);
}

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_by_offset_agree_with_a_scan_whatever_was_set_and_forgotten),
        cmocka_unit_test(offsets_without_rows_give_their_memory_back),
        cmocka_unit_test(offsets_far_apart_survive_every_refused_allocation),
        cmocka_unit_test(every_way_of_a_selection_gives_the_same_atoms),
        cmocka_unit_test(only_rows_that_changed_since_are_visited),
        cmocka_unit_test(a_cancelled_selection_says_so),
        cmocka_unit_test_setup_teardown(scans_agree_after_commits_undos_take_backs_and_reopenings, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(lists_of_members_select_as_sets_do, open_world, close_world),
    };
    return cmocka_run_group_tests_name("select", tests, NULL, NULL);
}
