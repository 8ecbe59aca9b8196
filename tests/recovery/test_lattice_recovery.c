/* The facade under failing memory, failing disks and power loss.
 *
 * A workload of random intents runs on the fake disk. What was acknowledged, and the state hash at each
 * offset, is written down; after every failure the app is opened again and must stand at an acknowledged
 * offset or the one that was under way, with the hash that this offset had. QA_LONG=1 runs many more seeds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "platform/fake/fake_system.h"
#include "qa/history.h"
#include "support/app_world.h"
#include "support/test_allocator.h"

enum { OFFSETS_MAX = 64, INTENTS = 12 };

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* --- random intents --- */

static const char *const months[] = { "Jan", "Feb", "Mar" };
static const char *const departments[] = { "Fire", "Police" };

static void add_cells(app_world_t *world, qa_intent_t *intent, uint64_t *seed)
{
    qa_member_t coordinate[WORLD_DIMENSIONS];
    qa_value_t value = qa_value_decimal((int64_t)(next_random(seed) % 100000), 2);
    if (next_random(seed) % 5 == 0) value = qa_value_missing();
    if (qa_connection_read_begin(world->connection) != QA_OK) return;
    app_world_at(world, months[next_random(seed) % 3], "Budget", departments[next_random(seed) % 2],
                 "Revenue", coordinate);
    qa_connection_read_end(world->connection);
    (void)qa_intent_set_cells(intent, WORLD_DIMENSIONS, coordinate, &value, NULL, 1);
    coordinate[3] = 4; /* the note */
    const qa_value_t note = qa_value_text("because", 7);
    if (next_random(seed) % 3 == 0)
        (void)qa_intent_set_cells(intent, WORLD_DIMENSIONS, coordinate, &note, NULL, 1);
}

static void add_members(app_world_t *world, qa_intent_t *intent, uint64_t *seed)
{
    char code[32];
    qa_member_t member;
    snprintf(code, sizeof(code), "Unit %u", (unsigned)(next_random(seed) % 1000));
    if (qa_intent_add_member(intent, world->department, code, strlen(code), false, &member) != QA_OK) return;
    const qa_edge_t edge = { .parent = 0, .child = member, .operator_code = '+' };
    (void)qa_intent_set_edge(intent, world->department, 0, &edge, QA_ATOMS_REFUSE, 0);
    (void)qa_intent_set_caption(intent, world->department, member, "A unit", 6);
    (void)qa_intent_set_attribute(intent, world->department, member, "Head", 4, "Ada", 3);
}

/* One random intent; deterministic in seed and state. */
static qa_status_t random_commit(app_world_t *world, uint64_t *seed, uint64_t offset, qa_receipt_t *receipt)
{
    qa_intent_t *intent = NULL;
    qa_status_t status = qa_intent_open(&intent, NULL);
    if (status != QA_OK) return status;
    switch (next_random(seed) % 6) {
    case 0:
        add_members(world, intent, seed);
        break;
    case 1:
        if (offset > 1) (void)qa_intent_undo(intent, 2 + next_random(seed) % (offset - 1));
        break;
    default:
        add_cells(world, intent, seed);
        break;
    }
    status = qa_connection_commit(world->connection, intent, receipt);
    qa_intent_close(intent);
    return status;
}

static bool is_rule(qa_status_t status)
{
    return status == QA_CODE_TAKEN || status == QA_NOTHING_TO_UNDO || status == QA_NO_SUCH_OFFSET;
}

/* --- failing memory --- */

static void every_refused_allocation_of_a_commit_leaves_the_state_as_it_was(void **state)
{
    (void)state;
    for (uint64_t start = 1; start <= 6; start++) {
        app_world_t world;
        test_allocator_t allocator;
        app_world_open(&world);
        test_allocator_make(&allocator);
        qa_connection_close(world.connection);
        qa_lattice_close(world.lattice);
        world.options.allocator = &allocator.allocator;
        qa_error_t error;
        const qa_connection_options_t who = {
            .size = sizeof(who), .actor = "ada", .door = "test", .clearance = UINT64_MAX
        };
        assert_int_equal(qa_lattice_open(&world.lattice, &world.options, &error), QA_OK);
        assert_int_equal(qa_connection_open(&world.connection, world.lattice, &who, &error), QA_OK);
        assert_int_equal(app_world_set(&world, "Jan", "Budget", "Fire", "Revenue", 1, NULL), QA_OK);
        for (uint64_t nth = 1;; nth++) {
            uint64_t seed = start * 7919;
            qa_receipt_t receipt;
            const qa_position_t before = app_world_position(&world);
            allocator.fail_at = allocator.request_count + nth;
            const qa_status_t status = random_commit(&world, &seed, before.offset, &receipt);
            const bool has_failed = allocator.request_count >= allocator.fail_at;
            allocator.fail_at = 0;
            const qa_position_t behind = app_world_position(&world);
            if (status == QA_OK || is_rule(status)) {
                if (!has_failed) break;
                continue;
            }
            if (status != QA_NO_MEMORY && status != QA_POISONED)
                fail_msg("allocation %u: %s", (unsigned)nth, qa_status_info(status)->name);
            /* Refused before anything was appended, or without knowing it: then the next reading shows which.
             */
            if (behind.offset == before.offset) assert_memory_equal(&before, &behind, sizeof(before));
            assert_true(behind.offset - before.offset <= 1);
            if (qa_lattice_verify(world.lattice, NULL, NULL, &error) != QA_OK)
                fail_msg("allocation %u: %s", (unsigned)nth, error.message);
        }
        app_world_close(&world);
        assert_int_equal(allocator.bytes, 0);
    }
}

static void every_refused_allocation_of_an_opening_is_a_clean_failure(void **state)
{
    (void)state;
    app_world_t world;
    qa_error_t error;
    app_world_open(&world);
    assert_int_equal(app_world_set(&world, "Jan", "Budget", "Fire", "Revenue", 1, NULL), QA_OK);
    assert_int_equal(qa_lattice_snapshot(world.lattice, &error), QA_OK);
    assert_int_equal(app_world_set(&world, "Jan", "Budget", "Fire", "Revenue", 2, NULL), QA_OK);
    const qa_position_t expected = app_world_position(&world);
    for (uint64_t nth = 1;; nth++) {
        test_allocator_t allocator;
        app_world_t other = world;
        test_allocator_make(&allocator);
        allocator.fail_at = nth;
        other.options.allocator = &allocator.allocator;
        const qa_connection_options_t who = { .size = sizeof(who), .door = "test", .clearance = UINT64_MAX };
        qa_status_t status = qa_lattice_open(&other.lattice, &other.options, &error);
        const bool has_failed = allocator.request_count >= nth;
        if (status != QA_OK) {
            assert_int_equal(status, QA_NO_MEMORY);
            assert_int_equal(allocator.bytes, 0);
            continue;
        }
        allocator.fail_at = 0;
        assert_int_equal(qa_connection_open(&other.connection, other.lattice, &who, &error), QA_OK);
        const qa_position_t position = app_world_position(&other);
        assert_memory_equal(position.state_hash, expected.state_hash, QA_HASH_BYTES);
        qa_connection_close(other.connection);
        qa_lattice_close(other.lattice);
        assert_int_equal(allocator.bytes, 0);
        if (!has_failed) break;
    }
    app_world_close(&world);
}

/* --- failing disk and power loss --- */

typedef struct ledger {
    uint8_t hashes[OFFSETS_MAX][QA_HASH_BYTES];
    bool is_known[OFFSETS_MAX];
    uint64_t acknowledged;
} ledger_t;

static void note(ledger_t *ledger, app_world_t *world)
{
    const qa_position_t position = app_world_position(world);
    assert_true(position.offset < OFFSETS_MAX);
    memcpy(ledger->hashes[position.offset], position.state_hash, QA_HASH_BYTES);
    ledger->is_known[position.offset] = true;
}

/* Opens what the failure left and compares with the ledger. */
static void check_survivor(app_world_t *world, ledger_t *ledger, uint64_t seed)
{
    qa_error_t error;
    const qa_connection_options_t who = {
        .size = sizeof(who), .actor = "ada", .door = "test", .clearance = UINT64_MAX
    };
    if (qa_lattice_open(&world->lattice, &world->options, &error) != QA_OK)
        fail_msg("seed %llu: %s", (unsigned long long)seed, error.message);
    assert_int_equal(qa_connection_open(&world->connection, world->lattice, &who, &error), QA_OK);
    const qa_position_t position = app_world_position(world);
    if (position.offset < ledger->acknowledged)
        fail_msg("seed %llu: offset %llu, but %llu was acknowledged", (unsigned long long)seed,
                 (unsigned long long)position.offset, (unsigned long long)ledger->acknowledged);
    if (position.offset > ledger->acknowledged + 1)
        fail_msg("seed %llu: invented records", (unsigned long long)seed);
    if (ledger->is_known[position.offset])
        assert_memory_equal(position.state_hash, ledger->hashes[position.offset], QA_HASH_BYTES);
    for (uint64_t later = position.offset + 1; later < OFFSETS_MAX; later++)
        ledger->is_known[later] = false;
    note(ledger, world);
    ledger->acknowledged = position.offset;
}

static void run_workload(app_world_t *world, ledger_t *ledger, uint64_t *seed, int intents)
{
    for (int i = 0; i < intents; i++) {
        qa_receipt_t receipt;
        qa_error_t error;
        if (next_random(seed) % 8 == 0)
            (void)qa_lattice_snapshot(world->lattice, &error); /* derived data: may fail */
        const qa_status_t status = random_commit(world, seed, ledger->acknowledged, &receipt);
        if (is_rule(status)) continue;
        if (status != QA_OK) return;
        if (receipt.offset == 0) continue;
        ledger->acknowledged = receipt.offset;
        if (qa_connection_read_begin(world->connection) != QA_OK) return;
        memcpy(ledger->hashes[receipt.offset], qa_connection_position(world->connection)->state_hash,
               QA_HASH_BYTES);
        ledger->is_known[receipt.offset] = true;
        qa_connection_read_end(world->connection);
    }
}

static void drop_handles(app_world_t *world)
{
    world->options.is_read_only = false;
    qa_connection_close(world->connection);
    qa_lattice_close(world->lattice);
}

static void power_loss_at_any_moment_loses_nothing_acknowledged(void **state)
{
    (void)state;
    const uint64_t seeds = getenv("QA_LONG") != NULL ? 20000 : 300;
    uint64_t crash_count = 0;
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        static ledger_t ledger;
        app_world_t world;
        uint64_t random = seed * 2654435761u + 1;
        qa_fake_system_t *fake = qa_fake_open(seed);
        assert_non_null(fake);
        const qa_system_t system = qa_fake_table(fake);
        memset(&ledger, 0, sizeof(ledger));
        app_world_open_on(&world, &system, "/plans");
        world.options.segment_bytes = 64 * 1024;
        ledger.acknowledged = 1;
        note(&ledger, &world);
        for (int round = 0; round < 3; round++) {
            const uint64_t kind = next_random(&random) % 4;
            static const qa_fake_call_t calls[] = { QA_FAKE_WRITE, QA_FAKE_SYNC, QA_FAKE_RENAME,
                                                    QA_FAKE_SYNC_FOLDER };
            qa_fake_fail(fake, calls[kind], 1 + next_random(&random) % 12,
                         next_random(&random) % 2 == 0 ? QA_IO : QA_DISK_FULL);
            run_workload(&world, &ledger, &random, INTENTS);
            qa_fake_fail(fake, calls[kind], 0, QA_IO);
            qa_fake_crash(fake, next_random(&random));
            drop_handles(&world);
            check_survivor(&world, &ledger, seed);
            crash_count++;
        }
        qa_error_t error;
        if (qa_lattice_verify(world.lattice, NULL, NULL, &error) != QA_OK)
            fail_msg("seed %llu: %s", (unsigned long long)seed, error.message);
        drop_handles(&world);
        qa_fake_close(fake);
    }
    print_message("%llu crashes survived over %llu seeds\n", (unsigned long long)crash_count,
                  (unsigned long long)seeds);
}

static void every_failing_call_of_the_system_is_survived_without_a_restart(void **state)
{
    (void)state;
    for (int call = QA_FAKE_WRITE; call <= QA_FAKE_SYNC; call++) {
        for (uint64_t nth = 1; nth < 40; nth++) {
            static ledger_t ledger;
            app_world_t world;
            uint64_t random = nth * 31 + 5;
            qa_fake_system_t *fake = qa_fake_open(nth);
            const qa_system_t system = qa_fake_table(fake);
            memset(&ledger, 0, sizeof(ledger));
            app_world_open_on(&world, &system, "/plans");
            ledger.acknowledged = 1;
            qa_fake_fail(fake, (qa_fake_call_t)call, nth, nth % 2 == 0 ? QA_IO : QA_DISK_FULL);
            run_workload(&world, &ledger, &random, INTENTS);
            qa_fake_fail(fake, (qa_fake_call_t)call, 0, QA_IO);
            /* The same open lattice goes on: it has opened log and state again by itself. */
            qa_receipt_t receipt;
            assert_int_equal(app_world_set(&world, "Mar", "Actual", "Fire", "Revenue", 4711, &receipt),
                             QA_OK);
            assert_true(receipt.offset > ledger.acknowledged);
            qa_error_t error;
            if (qa_lattice_verify(world.lattice, NULL, NULL, &error) != QA_OK)
                fail_msg("call %d, %u: %s", call, (unsigned)nth, error.message);
            drop_handles(&world);
            qa_fake_close(fake);
        }
    }
}

/* The note in the lock file is gone, and no later frame proves the loss: the snapshot does. */
static void a_snapshot_ahead_of_the_log_proves_that_the_log_lost_its_end(void **state)
{
    static const char path[] = "/plans/budget/log/0000000000000001.log";
    static uint8_t content[1 << 17];
    qa_fake_system_t *fake = qa_fake_open(3);
    const qa_system_t system = qa_fake_table(fake);
    app_world_t world;
    qa_error_t error;
    uint64_t bytes = 0;
    (void)state;
    app_world_open_on(&world, &system, "/plans");
    assert_int_equal(app_world_set(&world, "Jan", "Budget", "Fire", "Revenue", 12345, NULL), QA_OK);
    assert_int_equal(qa_lattice_snapshot(world.lattice, &error), QA_OK);
    qa_connection_close(world.connection);
    qa_lattice_close(world.lattice);
    world.connection = NULL;
    const uint8_t *data = qa_fake_file(fake, path, &bytes);
    assert_true(bytes <= sizeof(content));
    memcpy(content, data, (size_t)bytes);
    size_t end = (size_t)bytes;
    while (content[end - 1] == 0)
        end--;
    content[end - 1] ^= 1;
    assert_int_equal(qa_fake_put_file(fake, path, content, (size_t)bytes), QA_OK);
    assert_int_equal(system.remove(fake, "/plans/budget/log/write.lock", NULL), QA_OK);
    assert_int_equal(qa_lattice_open(&world.lattice, &world.options, &error), QA_OK);
    assert_int_equal(qa_lattice_verify(world.lattice, NULL, NULL, &error), QA_CORRUPT);
    assert_non_null(strstr(error.message, "the log ends at offset 1, but there is a snapshot of offset 2"));
    qa_lattice_close(world.lattice);
    qa_fake_close(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_refused_allocation_of_a_commit_leaves_the_state_as_it_was),
        cmocka_unit_test(every_refused_allocation_of_an_opening_is_a_clean_failure),
        cmocka_unit_test(power_loss_at_any_moment_loses_nothing_acknowledged),
        cmocka_unit_test(every_failing_call_of_the_system_is_survived_without_a_restart),
        cmocka_unit_test(a_snapshot_ahead_of_the_log_proves_that_the_log_lost_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
