/* The plain store: its rules as sentences, random work against a list, refused allocations, the hash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/store.h"
#include "support/test_allocator.h"

enum { DIMENSIONS = 3, REFERENCE_MAX = 400 };

static const qa_hash_key_t KEY = { 0x0706050403020100u, 0x0f0e0d0c0b0a0908u };

static uint64_t random_state;

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)((random_state >> 11) % limit);
}

static qa_store_t *open_store(uint16_t dimension_count)
{
    qa_store_t *store = NULL;
    assert_int_equal(qa_store_open(&store, &qa_allocator_default, dimension_count, &KEY), QA_OK);
    return store;
}

static qa_atom_t decimal(int64_t units, uint64_t offset)
{
    return (qa_atom_t){ .kind = QA_KIND_DECIMAL, .units = units, .changed_offset = offset };
}

static qa_atom_t text(const char *words, uint64_t offset)
{
    return (qa_atom_t){
        .kind = QA_KIND_TEXT, .text = words, .text_bytes = (uint32_t)strlen(words), .changed_offset = offset
    };
}

static void set_one(qa_store_t *store, const qa_member_t *coordinate, qa_atom_t atom)
{
    assert_int_equal(qa_store_set(store, coordinate, &atom, 1, NULL, NULL), QA_OK);
}

static qa_atom_t get_one(const qa_store_t *store, const qa_member_t *coordinate)
{
    qa_atom_t atom;
    qa_store_get(store, coordinate, 1, &atom);
    return atom;
}

static void check(const qa_store_t *store)
{
    qa_error_t error = { 0 };
    const qa_status_t status = qa_store_verify(store, &error);
    if (status != QA_OK) print_error("%s\n", error.message);
    assert_int_equal(status, QA_OK);
}

static bool is_same_atom(const qa_atom_t *a, const qa_atom_t *b)
{
    if (a->kind != b->kind || a->mask != b->mask || a->changed_offset != b->changed_offset) return false;
    switch ((qa_kind_t)a->kind) {
    case QA_KIND_MISSING:
        return true;
    case QA_KIND_DECIMAL:
        return a->units == b->units;
    case QA_KIND_DOUBLE:
        return a->number == b->number;
    case QA_KIND_TEXT:
        return a->text_bytes == b->text_bytes && memcmp(a->text, b->text, a->text_bytes) == 0;
    case QA_KIND_DATE:
        return a->day == b->day;
    case QA_KIND_BOOLEAN:
        return a->truth == b->truth;
    }
    return false;
}

static void an_unknown_coordinate_is_missing_and_was_never_changed(void **state)
{
    (void)state;
    qa_store_t *store = open_store(DIMENSIONS);
    const qa_member_t at[] = { 1, 2, 3 };
    const qa_atom_t atom = get_one(store, at);
    assert_int_equal(atom.kind, QA_KIND_MISSING);
    assert_int_equal(atom.changed_offset, 0);
    assert_int_equal(qa_store_atom_count(store), 0);
    qa_store_close(store);
}

static void each_kind_of_value_comes_back_as_it_was_set(void **state)
{
    (void)state;
    qa_store_t *store = open_store(1);
    const qa_member_t at[] = { 1, 2, 3, 4, 5, 6 };
    const qa_atom_t atoms[] = {
        { .kind = QA_KIND_DECIMAL, .units = -999999999999999999, .mask = 5, .changed_offset = 1 },
        { .kind = QA_KIND_DOUBLE, .number = 0.1, .changed_offset = 2 },
        { .kind = QA_KIND_TEXT, .text = "a\0b", .text_bytes = 3, .mask = 9, .changed_offset = 3 },
        { .kind = QA_KIND_DATE, .day = -719162, .changed_offset = 4 },
        { .kind = QA_KIND_BOOLEAN, .truth = true, .changed_offset = 5 },
        { .kind = QA_KIND_TEXT, .text = "", .changed_offset = 6 }
    };
    assert_int_equal(qa_store_set(store, at, atoms, 6, NULL, NULL), QA_OK);
    qa_atom_t got[6];
    qa_store_get(store, at, 6, got);
    for (int i = 0; i < 6; i++)
        assert_true(is_same_atom(&got[i], &atoms[i]));
    check(store);
    qa_store_close(store);
}

static void minus_zero_becomes_zero(void **state)
{
    (void)state;
    qa_store_t *stores[2] = { open_store(1), open_store(1) };
    const qa_member_t at = 1;
    set_one(stores[0], &at, (qa_atom_t){ .kind = QA_KIND_DOUBLE, .number = -0.0 });
    set_one(stores[1], &at, (qa_atom_t){ .kind = QA_KIND_DOUBLE, .number = 0.0 });
    assert_true(qa_hash128_equal(qa_store_hash(stores[0]), qa_store_hash(stores[1])));
    const qa_atom_t atom = get_one(stores[0], &at);
    assert_true(1.0 / atom.number > 0);
    qa_store_close(stores[0]);
    qa_store_close(stores[1]);
}

static void a_cleared_coordinate_is_missing_but_keeps_the_offset_that_cleared_it(void **state)
{
    (void)state;
    qa_store_t *store = open_store(DIMENSIONS);
    const qa_member_t at[] = { 1, 2, 3 };
    qa_atom_t atom = decimal(7, 10);
    atom.mask = 3;
    set_one(store, at, atom);
    set_one(store, at, (qa_atom_t){ .kind = QA_KIND_MISSING, .mask = 3, .changed_offset = 11 });
    atom = get_one(store, at);
    assert_int_equal(atom.kind, QA_KIND_MISSING);
    assert_int_equal(atom.changed_offset, 11);
    assert_int_equal(atom.mask, 0);
    assert_int_equal(qa_store_atom_count(store), 0);
    assert_int_equal(qa_store_cleared_count(store), 1);
    assert_int_equal(qa_store_member_atom_count(store, 1, 2), 0);
    check(store);
    qa_store_close(store);
}

static void forgetting_makes_a_coordinate_unknown_and_its_row_is_used_again(void **state)
{
    (void)state;
    qa_store_t *store = open_store(1);
    const qa_member_t at[] = { 1, 2, 3, 4 };
    const qa_atom_t atoms[] = { decimal(1, 1), decimal(2, 1), text("three", 1), decimal(4, 1) };
    assert_int_equal(qa_store_set(store, at, atoms, 4, NULL, NULL), QA_OK);
    const qa_hash128_t hash = qa_store_hash(store);
    qa_store_forget(store, &at[1]);
    qa_store_forget(store, &at[2]);
    qa_store_forget(store, &at[2]);
    assert_int_equal(get_one(store, &at[2]).changed_offset, 0);
    assert_int_equal(qa_store_atom_count(store), 2);
    check(store);
    const qa_member_t *coordinate = NULL;
    qa_atom_t atom;
    assert_int_equal(qa_store_row_count(store), 4);
    assert_false(qa_store_row(store, 1, &coordinate, &atom));
    set_one(store, &at[2], atoms[2]);
    set_one(store, &at[1], atoms[1]);
    assert_int_equal(qa_store_row_count(store), 4);
    assert_true(qa_hash128_equal(hash, qa_store_hash(store)));
    check(store);
    qa_store_close(store);
}

static void what_was_there_before_is_told_also_when_a_call_names_a_coordinate_twice(void **state)
{
    (void)state;
    qa_store_t *store = open_store(1);
    qa_arena_t arena;
    qa_arena_make(&arena, &qa_allocator_default, 1 << 20);
    const qa_member_t old = 2;
    set_one(store, &old, text("old words", 1));
    const qa_member_t at[] = { 1, 2, 2, 1, 1 };
    const qa_atom_t atoms[] = { text("first", 5), text("second", 5), decimal(3, 5), text("fourth", 6),
                                decimal(9, 7) };
    qa_atom_t before[5];
    assert_int_equal(qa_store_set(store, at, atoms, 5, before, &arena), QA_OK);
    const qa_atom_t expected[] = {
        { .kind = QA_KIND_MISSING }, text("old words", 1), atoms[1], atoms[0], atoms[3]
    };
    for (int i = 0; i < 5; i++)
        assert_true(is_same_atom(&before[i], &expected[i]));
    assert_int_equal(get_one(store, &at[1]).units, 3);
    assert_int_equal(get_one(store, &at[0]).units, 9);
    check(store);
    qa_arena_release(&arena);
    qa_store_close(store);
}

static void the_hash_of_the_written_example_is_the_one_of_the_format_page(void **state)
{
    (void)state;
    qa_store_t *store = open_store(3);
    const qa_member_t at[] = { 5, 0, 258 };
    set_one(store, at, decimal(123456, 77));
    assert_true(qa_store_hash(store).low == 0xa365061eb43e7f54u);
    assert_true(qa_store_hash(store).high == 0x12046667257fe0c7u);
    qa_store_close(store);
}

static void the_same_atoms_in_any_order_have_the_same_hash(void **state)
{
    (void)state;
    qa_store_t *forward = open_store(2);
    qa_store_t *backward = open_store(2);
    for (uint32_t i = 0; i < 500; i++) {
        const qa_member_t at[] = { i % 23, i };
        set_one(forward, at, i % 5 == 0 ? text("words", i) : decimal((int64_t)i, i));
        const uint32_t other = 499 - i;
        const qa_member_t back[] = { other % 23, other };
        set_one(backward, back, decimal(-1, 3));
        set_one(backward, back, other % 5 == 0 ? text("words", 1) : decimal((int64_t)other, 2));
    }
    assert_true(qa_hash128_equal(qa_store_hash(forward), qa_store_hash(backward)));
    qa_store_close(forward);
    qa_store_close(backward);
}

static void masks_values_kinds_and_places_all_show_in_the_hash(void **state)
{
    (void)state;
    const qa_member_t places[][2] = { { 1, 0 }, { 0, 1 }, { 1, 1 } };
    qa_atom_t atoms[] = { decimal(1, 0),
                          decimal(2, 0),
                          decimal(1, 0),
                          text("1", 0),
                          text("", 0),
                          { .kind = QA_KIND_DATE, .day = 1 },
                          { .kind = QA_KIND_BOOLEAN, .truth = true } };
    atoms[2].mask = 1;
    qa_hash128_t seen[21];
    uint32_t count = 0;
    for (size_t p = 0; p < 3; p++) {
        for (size_t a = 0; a < 7; a++) {
            qa_store_t *store = open_store(2);
            set_one(store, places[p], atoms[a]);
            seen[count] = qa_store_hash(store);
            for (uint32_t i = 0; i < count; i++)
                assert_false(qa_hash128_equal(seen[i], seen[count]));
            count++;
            qa_store_close(store);
        }
    }
}

static void adding_a_dimension_changes_no_hash_and_taking_it_away_neither(void **state)
{
    (void)state;
    qa_store_t *store = open_store(2);
    for (uint32_t i = 0; i < 300; i++) {
        const qa_member_t at[] = { i % 7, i };
        set_one(store, at, i % 3 == 0 ? text("t", i) : decimal((int64_t)i, i));
    }
    const qa_member_t gone[] = { 4, 11 };
    qa_store_forget(store, gone);
    const qa_hash128_t hash = qa_store_hash(store);
    assert_int_equal(qa_store_add_dimension(store), QA_OK);
    check(store);
    assert_true(qa_hash128_equal(hash, qa_store_hash(store)));
    assert_int_equal(qa_store_member_atom_count(store, 2, 0), 299);
    const qa_member_t wide[] = { 3, 10, 0 };
    assert_int_equal(get_one(store, wide).units, 10);
    const qa_member_t other[] = { 3, 10, 1 };
    set_one(store, other, text("elsewhere", 1));
    check(store);
    qa_store_forget(store, other);
    qa_store_remove_dimension(store);
    check(store);
    assert_true(qa_hash128_equal(hash, qa_store_hash(store)));
    assert_int_equal(qa_store_dimension_count(store), 2);
    assert_int_equal(get_one(store, wide).units, 10);
    qa_store_close(store);
}

static void an_app_may_start_without_dimensions(void **state)
{
    (void)state;
    qa_store_t *store = open_store(0);
    check(store);
    for (uint32_t i = 0; i < QA_DIMENSIONS_MAX; i++)
        assert_int_equal(qa_store_add_dimension(store), QA_OK);
    qa_member_t at[QA_DIMENSIONS_MAX] = { 0 };
    at[63] = 999999;
    at[1] = 5;
    set_one(store, at, decimal(1, 1));
    assert_int_equal(qa_store_member_atom_count(store, 63, 999999), 1);
    check(store);
    qa_store_close(store);
}

/* --- random work against a list --- */

typedef struct known {
    qa_member_t at[DIMENSIONS];
    qa_atom_t atom;
    char words[16];
} known_t;

typedef struct reference {
    known_t items[REFERENCE_MAX];
    uint32_t count;
} reference_t;

static known_t *reference_find(reference_t *reference, const qa_member_t *at)
{
    for (uint32_t i = 0; i < reference->count; i++)
        if (memcmp(reference->items[i].at, at, sizeof(reference->items[i].at)) == 0)
            return &reference->items[i];
    return NULL;
}

static void random_coordinate(qa_member_t *at)
{
    at[0] = random_below(3);
    at[1] = random_below(20);
    at[2] = random_below(5);
}

static qa_atom_t random_atom(char words[16], uint64_t offset)
{
    qa_atom_t atom = { .kind = (uint8_t)random_below(6), .changed_offset = offset };
    if (atom.kind != QA_KIND_MISSING && random_below(4) == 0) atom.mask = random_below(8);
    switch ((qa_kind_t)atom.kind) {
    case QA_KIND_MISSING:
        break;
    case QA_KIND_DECIMAL:
        atom.units = (int64_t)random_below(1000) - 500;
        break;
    case QA_KIND_DOUBLE:
        atom.number = (double)random_below(1000) / 7.0;
        break;
    case QA_KIND_TEXT:
        (void)snprintf(words, 16, "%u", (unsigned)random_below(1000000));
        atom.text = words;
        atom.text_bytes = (uint32_t)strlen(words);
        break;
    case QA_KIND_DATE:
        atom.day = (int32_t)random_below(50000);
        break;
    case QA_KIND_BOOLEAN:
        atom.truth = random_below(2) == 1;
        break;
    }
    return atom;
}

static void compare(const qa_store_t *store, reference_t *reference)
{
    uint64_t atoms = 0;
    for (uint32_t i = 0; i < reference->count; i++) {
        const qa_atom_t got = get_one(store, reference->items[i].at);
        assert_true(is_same_atom(&got, &reference->items[i].atom));
        if (reference->items[i].atom.kind != QA_KIND_MISSING) atoms++;
    }
    assert_int_equal(qa_store_atom_count(store), atoms);
    assert_int_equal(qa_store_cleared_count(store), reference->count - atoms);
    uint32_t rows = 0;
    for (uint32_t row = 0; row < qa_store_row_count(store); row++) {
        const qa_member_t *at = NULL;
        qa_atom_t atom;
        if (!qa_store_row(store, row, &at, &atom)) continue;
        rows++;
        const known_t *known = reference_find(reference, at);
        assert_non_null(known);
        assert_true(is_same_atom(&atom, &known->atom));
    }
    assert_int_equal(rows, reference->count);
    check(store);
}

static void set_random(qa_store_t *store, reference_t *reference, uint64_t offset)
{
    enum { BATCH = 70 };
    qa_member_t at[BATCH * DIMENSIONS];
    qa_atom_t atoms[BATCH];
    qa_atom_t before[BATCH];
    char words[BATCH][16];
    qa_arena_t arena;
    qa_arena_make(&arena, &qa_allocator_default, 1 << 20);
    const uint32_t count = 1 + random_below(BATCH);
    for (uint32_t i = 0; i < count; i++) {
        random_coordinate(at + i * DIMENSIONS);
        atoms[i] = random_atom(words[i], offset);
    }
    assert_int_equal(qa_store_set(store, at, atoms, count, before, &arena), QA_OK);
    for (uint32_t i = 0; i < count; i++) {
        known_t *known = reference_find(reference, at + i * DIMENSIONS);
        const qa_atom_t none = { .kind = QA_KIND_MISSING };
        assert_true(is_same_atom(&before[i], known == NULL ? &none : &known->atom));
        if (known == NULL) known = &reference->items[reference->count++];
        memcpy(known->at, at + i * DIMENSIONS, sizeof(known->at));
        known->atom = atoms[i];
        memcpy(known->words, words[i], sizeof(known->words));
        if (known->atom.kind == QA_KIND_TEXT) known->atom.text = known->words;
    }
    qa_arena_release(&arena);
}

static void random_work_agrees_with_a_plain_list(void **state)
{
    (void)state;
    static reference_t reference;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        random_state = seed * 0x9E3779B97F4A7C15u;
        reference.count = 0;
        qa_store_t *store = open_store(DIMENSIONS);
        for (uint64_t step = 0; step < 60; step++) {
            if (random_below(3) > 0) {
                set_random(store, &reference, step + 1);
            } else {
                for (uint32_t i = 0; i < 20; i++) {
                    qa_member_t at[DIMENSIONS];
                    random_coordinate(at);
                    qa_store_forget(store, at);
                    known_t *known = reference_find(&reference, at);
                    if (known == NULL) continue;
                    *known = reference.items[--reference.count];
                    if (known->atom.kind == QA_KIND_TEXT) known->atom.text = known->words;
                }
            }
            for (uint32_t i = 0; i < reference.count; i++)
                if (reference.items[i].atom.kind == QA_KIND_TEXT)
                    reference.items[i].atom.text = reference.items[i].words;
            compare(store, &reference);
        }
        qa_store_close(store);
    }
}

/* Refuses the n-th request of a set; the store must be as before, then take the set whole. */
static bool fail_one_set(uint64_t fail_at)
{
    enum { COUNT = 120 };
    test_allocator_t allocator;
    test_allocator_make(&allocator);
    qa_store_t *store = NULL;
    assert_int_equal(qa_store_open(&store, &allocator.allocator, 2, &KEY), QA_OK);
    for (uint32_t i = 0; i < 40; i++) {
        const qa_member_t at[] = { i, 1 };
        set_one(store, at, i % 2 == 0 ? text("before", 1) : decimal(1, 1));
    }
    const qa_member_t gone[] = { 5, 1 };
    qa_store_forget(store, gone);
    const qa_hash128_t hash = qa_store_hash(store);
    qa_member_t at[COUNT * 2];
    qa_atom_t atoms[COUNT];
    qa_atom_t before[COUNT];
    for (uint32_t i = 0; i < COUNT; i++) {
        at[2 * i] = (i * 7) % 90;
        at[2 * i + 1] = 1 + i % 2;
        atoms[i] = i % 3 == 0 ? text("behind", 2) : decimal((int64_t)i, 2);
        atoms[i].mask = i % 10;
    }
    qa_arena_t arena;
    qa_arena_make(&arena, &allocator.allocator, 1 << 20);
    allocator.fail_at = allocator.request_count + fail_at;
    const qa_status_t status = qa_store_set(store, at, atoms, COUNT, before, &arena);
    const bool was_refused = status != QA_OK;
    allocator.fail_at = 0; /* checking allocates too */
    check(store);
    if (was_refused) {
        assert_int_equal(status, QA_NO_MEMORY);
        assert_true(qa_hash128_equal(hash, qa_store_hash(store)));
        assert_int_equal(qa_store_atom_count(store), 39);
        assert_int_equal(qa_store_cleared_count(store), 0);
        const qa_atom_t kept = get_one(store, (const qa_member_t[]){ 2, 1 });
        const qa_atom_t expected = text("before", 1);
        assert_true(is_same_atom(&kept, &expected));
        assert_int_equal(qa_store_set(store, at, atoms, COUNT, before, &arena), QA_OK);
        check(store);
    }
    qa_store_t *other = open_store(2);
    for (uint32_t i = 0; i < 40; i++) {
        const qa_member_t old[] = { i, 1 };
        if (i != 5) set_one(other, old, i % 2 == 0 ? text("before", 1) : decimal(1, 1));
    }
    assert_int_equal(qa_store_set(other, at, atoms, COUNT, NULL, NULL), QA_OK);
    assert_true(qa_hash128_equal(qa_store_hash(store), qa_store_hash(other)));
    qa_store_close(other);
    qa_arena_release(&arena);
    qa_store_close(store);
    assert_int_equal(allocator.bytes, 0);
    return was_refused;
}

static void a_refused_allocation_leaves_the_store_as_it_was(void **state)
{
    (void)state;
    uint64_t fail_at = 1;
    while (fail_one_set(fail_at))
        fail_at++;
    assert_true(fail_at > 40);
}

static void a_refused_dimension_leaves_the_store_as_it_was(void **state)
{
    (void)state;
    for (uint64_t fail_at = 1; fail_at <= 2; fail_at++) {
        test_allocator_t allocator;
        test_allocator_make(&allocator);
        qa_store_t *store = NULL;
        allocator.fail_at = fail_at == 1 ? 1 : 0;
        if (fail_at == 1) {
            assert_int_equal(qa_store_open(&store, &allocator.allocator, 1, &KEY), QA_NO_MEMORY);
            assert_null(store);
        }
        assert_int_equal(qa_store_open(&store, &allocator.allocator, 1, &KEY), QA_OK);
        const qa_member_t at = 3;
        set_one(store, &at, decimal(1, 1));
        allocator.fail_at = allocator.request_count + fail_at;
        assert_int_equal(qa_store_add_dimension(store), QA_NO_MEMORY);
        assert_int_equal(qa_store_dimension_count(store), 1);
        assert_int_equal(get_one(store, &at).units, 1);
        check(store);
        assert_int_equal(qa_store_add_dimension(store), QA_OK);
        qa_store_close(store);
        assert_int_equal(allocator.bytes, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unknown_coordinate_is_missing_and_was_never_changed),
        cmocka_unit_test(each_kind_of_value_comes_back_as_it_was_set),
        cmocka_unit_test(minus_zero_becomes_zero),
        cmocka_unit_test(a_cleared_coordinate_is_missing_but_keeps_the_offset_that_cleared_it),
        cmocka_unit_test(forgetting_makes_a_coordinate_unknown_and_its_row_is_used_again),
        cmocka_unit_test(what_was_there_before_is_told_also_when_a_call_names_a_coordinate_twice),
        cmocka_unit_test(the_hash_of_the_written_example_is_the_one_of_the_format_page),
        cmocka_unit_test(the_same_atoms_in_any_order_have_the_same_hash),
        cmocka_unit_test(masks_values_kinds_and_places_all_show_in_the_hash),
        cmocka_unit_test(adding_a_dimension_changes_no_hash_and_taking_it_away_neither),
        cmocka_unit_test(an_app_may_start_without_dimensions),
        cmocka_unit_test(random_work_agrees_with_a_plain_list),
        cmocka_unit_test(a_refused_allocation_leaves_the_store_as_it_was),
        cmocka_unit_test(a_refused_dimension_leaves_the_store_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
