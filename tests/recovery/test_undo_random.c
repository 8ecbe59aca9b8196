/* Random intents on model and values, each undone at once and redone: the data hash goes back and forth
 * exactly, the invariants hold, a replay of the log and a snapshot agree. 150 histories quick; QA_LONG=1:
 * 5,000. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "platform/fake/fake_system.h"
#include "support/app_world.h"

enum { STEPS = 30 };

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static uint32_t below(uint64_t *seed, uint32_t bound)
{
    return (uint32_t)(next_random(seed) % bound);
}

typedef struct world_view {
    app_world_t world;
    uint64_t seed;
    uint32_t member_counts[WORLD_DIMENSIONS];
    uint16_t hierarchy_count; /* of departments */
} world_view_t;

static void look(world_view_t *view)
{
    assert_int_equal(qa_connection_read_begin(view->world.connection), QA_OK);
    const qa_model_t *model = qa_connection_model(view->world.connection);
    for (qa_dimension_t d = 0; d < WORLD_DIMENSIONS; d++)
        view->member_counts[d] = qa_model_dimension(model, d)->member_count;
    view->hierarchy_count = qa_model_dimension(model, view->world.department)->hierarchy_count;
    qa_connection_read_end(view->world.connection);
}

static void add_cells(world_view_t *view, qa_intent_t *intent)
{
    qa_member_t coordinates[4][WORLD_DIMENSIONS];
    qa_value_t values[4];
    const uint32_t count = 1 + below(&view->seed, 4);
    for (uint32_t i = 0; i < count; i++) {
        for (qa_dimension_t d = 0; d < WORLD_DIMENSIONS; d++)
            coordinates[i][d] = below(&view->seed, view->member_counts[d]);
        coordinates[i][0] = 2 + below(&view->seed, 3); /* mostly leaves, else nearly everything is refused */
        coordinates[i][3] = 1 + below(&view->seed, 2);
        values[i] =
            below(&view->seed, 4) == 0 ? qa_value_missing() : qa_value_decimal(below(&view->seed, 1000), 2);
    }
    (void)qa_intent_set_cells(intent, WORLD_DIMENSIONS, coordinates[0], values, NULL, count);
}

static void add_structure(world_view_t *view, qa_intent_t *intent)
{
    app_world_t *world = &view->world;
    char code[32];
    const uint32_t count = view->member_counts[world->department];
    const qa_member_t parent = below(&view->seed, count);
    qa_member_t child = below(&view->seed, count);
    const uint32_t kind = below(&view->seed, 4);
    snprintf(code, sizeof(code), "Unit %u", below(&view->seed, 40));
    if (kind < 2)
        (void)qa_intent_add_member(intent, world->department, code, strlen(code),
                                   kind == 1 && below(&view->seed, 3) == 0, &child);
    if (kind == 3) {
        (void)qa_intent_rename_member(intent, world->department, child, code, strlen(code));
        return;
    }
    const qa_edge_t edge = { .parent = below(&view->seed, 5) == 0 ? QA_MEMBER_NONE : parent,
                             .child = child,
                             .weight = below(&view->seed, 30),
                             .weight_decimals = (uint8_t)below(&view->seed, 3),
                             .operator_code = (uint8_t) "+-~^"[below(&view->seed, 4)] };
    const qa_hierarchy_t hierarchy =
        below(&view->seed, 3) == 0 ? (qa_hierarchy_t)below(&view->seed, view->hierarchy_count) : 0;
    (void)qa_intent_set_edge(intent, world->department, hierarchy, &edge,
                             (qa_atoms_policy_t)below(&view->seed, 3), child);
}

static void add_details(world_view_t *view, qa_intent_t *intent)
{
    app_world_t *world = &view->world;
    qa_hierarchy_t hierarchy;
    char name[32];
    const qa_member_t member = below(&view->seed, view->member_counts[world->department]);
    snprintf(name, sizeof(name), "Name %u", below(&view->seed, 20));
    switch (below(&view->seed, 8)) {
    case 0:
        (void)qa_intent_set_caption(intent, world->department, member, name,
                                    below(&view->seed, 2) * strlen(name));
        break;
    case 1:
        (void)qa_intent_set_alias(intent, world->department, member, name, strlen(name),
                                  below(&view->seed, 3) > 0);
        break;
    case 2:
        (void)qa_intent_set_attribute(intent, world->department, member, name, strlen(name),
                                      below(&view->seed, 3) > 0 ? "value" : NULL, 5);
        break;
    case 3:
        (void)qa_intent_delete_member(intent, world->department, member,
                                      (qa_atoms_policy_t)below(&view->seed, 3), below(&view->seed, 3));
        break;
    case 4:
        (void)qa_intent_add_hierarchy(intent, world->department, name, strlen(name), &hierarchy);
        break;
    case 5:
        (void)qa_intent_delete_hierarchy(intent, world->department,
                                         (qa_hierarchy_t)below(&view->seed, view->hierarchy_count));
        break;
    case 6:
        (void)qa_intent_set_default_member(intent, world->department,
                                           below(&view->seed, 2) == 0 ? member : QA_MEMBER_NONE);
        break;
    default:
        (void)qa_intent_remove_edge(intent, world->department, 0,
                                    below(&view->seed, view->member_counts[world->department]), member);
        break;
    }
}

static qa_status_t random_intent(world_view_t *view, qa_receipt_t *receipt)
{
    qa_intent_t *intent = NULL;
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    look(view);
    const uint32_t count = 1 + below(&view->seed, 3);
    for (uint32_t i = 0; i < count; i++) {
        switch (below(&view->seed, 3)) {
        case 0:
            add_cells(view, intent);
            break;
        case 1:
            add_structure(view, intent);
            break;
        default:
            add_details(view, intent);
            break;
        }
    }
    const qa_status_t status = qa_connection_commit(view->world.connection, intent, receipt);
    qa_intent_close(intent);
    return status;
}

static qa_receipt_t undo(world_view_t *view, uint64_t offset)
{
    qa_intent_t *intent = NULL;
    qa_receipt_t receipt;
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(qa_intent_undo(intent, offset), QA_OK);
    if (qa_connection_commit(view->world.connection, intent, &receipt) != QA_OK)
        fail_msg("undo of %llu: %s", (unsigned long long)offset,
                 qa_connection_error(view->world.connection)->message);
    qa_intent_close(intent);
    return receipt;
}

static void verify(world_view_t *view, uint64_t seed)
{
    qa_error_t error;
    if (qa_lattice_verify(view->world.lattice, NULL, NULL, &error) != QA_OK)
        fail_msg("seed %llu: %s", (unsigned long long)seed, error.message);
}

/* Newest first, one after the other, until only the model of the beginning is left. */
static void undo_everything(world_view_t *view, const qa_position_t *beginning, uint64_t seed)
{
    const uint64_t end = app_world_position(&view->world).offset;
    for (uint64_t offset = end; offset > 1; offset--) {
        qa_intent_t *intent = NULL;
        qa_receipt_t receipt;
        assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
        assert_int_equal(qa_intent_undo(intent, offset), QA_OK);
        const qa_status_t status = qa_connection_commit(view->world.connection, intent, &receipt);
        qa_intent_close(intent);
        if (status == QA_NOTHING_TO_UNDO) continue; /* its operations cancelled out */
        if (status != QA_OK || receipt.kept_count != 0)
            fail_msg("seed %llu: undo of %llu: %s, %llu kept", (unsigned long long)seed,
                     (unsigned long long)offset, qa_status_info(status)->name,
                     (unsigned long long)receipt.kept_count);
    }
    const qa_position_t position = app_world_position(&view->world);
    assert_memory_equal(position.data_hash, beginning->data_hash, 16);
}

static void undo_and_redo_of_any_intent_are_exact(void **state)
{
    (void)state;
    const uint64_t seeds = getenv("QA_LONG") != NULL ? 5000 : 150;
    uint64_t accepted = 0, refused = 0;
    const char *first = getenv("QA_SEED"); /* to look at one history again */
    for (uint64_t seed = first == NULL ? 1 : strtoull(first, NULL, 10); seed <= seeds; seed++) {
        world_view_t view = { .seed = seed * 0x9E3779B97F4A7C15u };
        qa_fake_system_t *fake = qa_fake_open(seed);
        const qa_system_t system = qa_fake_table(fake);
        app_world_open_on(&view.world, &system, "/plans");
        const qa_position_t beginning = app_world_position(&view.world);
        for (int step = 0; step < STEPS; step++) {
            qa_receipt_t receipt;
            const qa_position_t before = app_world_position(&view.world);
            if (random_intent(&view, &receipt) != QA_OK || receipt.offset == 0) {
                const qa_position_t same = app_world_position(&view.world);
                assert_memory_equal(&before, &same, sizeof(before));
                refused++;
                continue;
            }
            accepted++;
            const qa_position_t changed = app_world_position(&view.world);
            if (memcmp(before.data_hash, changed.data_hash, 16) == 0)
                continue; /* its operations cancel out */
            const qa_receipt_t undone = undo(&view, receipt.offset);
            const qa_position_t back = app_world_position(&view.world);
            if (undone.kept_count != 0 || memcmp(before.data_hash, back.data_hash, 16) != 0)
                fail_msg("seed %llu, step %d: undo kept %llu", (unsigned long long)seed, step,
                         (unsigned long long)undone.kept_count);
            if (below(&view.seed, 4) == 0) continue;
            const qa_receipt_t redone = undo(&view, undone.offset);
            const qa_position_t again = app_world_position(&view.world);
            if (redone.kept_count != 0 || memcmp(changed.data_hash, again.data_hash, 16) != 0)
                fail_msg("seed %llu, step %d: redo kept %llu", (unsigned long long)seed, step,
                         (unsigned long long)redone.kept_count);
        }
        verify(&view, seed);
        qa_error_t error;
        const qa_position_t end = app_world_position(&view.world);
        assert_int_equal(qa_lattice_snapshot(view.world.lattice, &error), QA_OK);
        app_world_reopen(&view.world);
        const qa_position_t loaded = app_world_position(&view.world);
        assert_memory_equal(&end, &loaded, sizeof(end));
        undo_everything(&view, &beginning, seed);
        verify(&view, seed);
        app_world_close(&view.world);
        qa_fake_close(fake);
    }
    print_message("%llu intents accepted and undone, %llu refused\n", (unsigned long long)accepted,
                  (unsigned long long)refused);
    assert_true(accepted > seeds * 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(undo_and_redo_of_any_intent_are_exact) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
