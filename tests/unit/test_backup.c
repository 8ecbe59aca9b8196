/* Copies of replicas: equal to the original, of their own identity, and never half a replica: every write,
 * sync and allocation of a copy is failed on purpose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "platform/fake/fake_system.h"
#include "qa/backup.h"
#include "support/app_world.h"
#include "support/test_allocator.h"

typedef struct copies {
    app_world_t world;
    qa_fake_system_t *fake;
    qa_system_t system;
} copies_t;

static void open_copies(copies_t *copies)
{
    memset(copies, 0, sizeof(*copies));
    copies->fake = qa_fake_open(7);
    assert_non_null(copies->fake);
    copies->system = qa_fake_table(copies->fake);
    app_world_open_on(&copies->world, &copies->system, "/plans");
    assert_int_equal(app_world_set(&copies->world, "Jan", "Budget", "Fire", "Revenue", 12345, NULL), QA_OK);
}

static void close_copies(copies_t *copies)
{
    app_world_close(&copies->world);
    qa_fake_close(copies->fake);
}

static qa_copy_options_t options_of(const copies_t *copies, const char *target)
{
    return (qa_copy_options_t){
        .size = sizeof(qa_copy_options_t), .source = "/plans", .target = target, .system = &copies->system
    };
}

static qa_status_t open_copy(const copies_t *copies, const char *replica, qa_position_t *position_out)
{
    const qa_lattice_options_t options = { .size = sizeof(options),
                                           .replica = replica,
                                           .app = "budget",
                                           .is_read_only = true,
                                           .system = &copies->system };
    qa_lattice_t *lattice = NULL;
    qa_statistics_t statistics = { 0 };
    qa_error_t error;
    qa_status_t status = qa_lattice_open(&lattice, &options, &error);
    if (status == QA_OK) status = qa_lattice_statistics(lattice, &statistics, &error);
    *position_out = statistics.position;
    qa_lattice_close(lattice);
    return status;
}

static void a_copy_has_the_same_hashes_as_its_source(void **state)
{
    copies_t copies;
    qa_error_t error;
    qa_position_t theirs;
    (void)state;
    open_copies(&copies);
    const qa_position_t mine = app_world_position(&copies.world);
    const qa_copy_options_t options = options_of(&copies, "/copy");
    assert_int_equal(qa_replica_copy(&options, &error), QA_OK);
    assert_int_equal(open_copy(&copies, "/copy", &theirs), QA_OK);
    assert_int_equal(theirs.offset, mine.offset);
    assert_memory_equal(theirs.state_hash, mine.state_hash, QA_HASH_BYTES);
    assert_memory_equal(theirs.chain_hash, mine.chain_hash, QA_HASH_BYTES);
    /* The original goes on. */
    assert_int_equal(app_world_set(&copies.world, "Feb", "Budget", "Fire", "Revenue", 1, NULL), QA_OK);
    close_copies(&copies);
}

static void a_folder_with_something_in_it_is_not_copied_into(void **state)
{
    copies_t copies;
    qa_error_t error;
    (void)state;
    open_copies(&copies);
    const qa_copy_options_t options = options_of(&copies, "/copy");
    assert_int_equal(qa_replica_copy(&options, &error), QA_OK);
    assert_int_equal(qa_replica_copy(&options, &error), QA_EXISTS);
    close_copies(&copies);
}

static qa_status_t visit_nothing(void *visitor, const char *name, bool is_folder)
{
    (void)visitor;
    (void)name;
    (void)is_folder;
    return QA_OK;
}

static bool is_there(const copies_t *copies, const char *path)
{
    const qa_status_t status = copies->system.list(copies->system.context, path, visit_nothing, NULL, NULL);
    return status != QA_MISSING_INPUT;
}

static void a_full_disk_leaves_no_copy_behind(void **state)
{
    copies_t copies;
    qa_error_t error;
    (void)state;
    open_copies(&copies);
    uint64_t bytes = 0;
    assert_non_null(qa_fake_file(copies.fake, "/plans/budget/log/0000000000000001.log", &bytes));
    const qa_copy_options_t options = options_of(&copies, "/copy");
    /* Until it fits: each time nothing of it stays, so that the next try meets an empty folder again. */
    qa_status_t status = QA_DISK_FULL;
    uint32_t tries = 0;
    for (uint64_t room = 0; status != QA_OK; room += 1000, tries++) {
        qa_fake_set_capacity(copies.fake, bytes + 2000 + room);
        status = qa_replica_copy(&options, &error);
        assert_true(status == QA_OK || status == QA_DISK_FULL);
        assert_int_equal(is_there(&copies, "/copy"), status == QA_OK);
    }
    assert_true(tries > 20);
    qa_fake_set_capacity(copies.fake, 0);
    close_copies(&copies);
}

/* Flips a bit of the source's log at a byte, copies, and puts it back. */
static qa_status_t copy_damaged(copies_t *copies, uint64_t at, qa_error_t *error)
{
    static const char path[] = "/plans/budget/log/0000000000000001.log";
    static uint8_t content[1 << 17];
    const qa_copy_options_t options = options_of(copies, "/copy");
    uint64_t bytes = 0;
    const uint8_t *data = qa_fake_file(copies->fake, path, &bytes);
    assert_true(bytes <= sizeof(content) && at < bytes);
    memcpy(content, data, (size_t)bytes);
    content[at] ^= 8;
    assert_int_equal(qa_fake_put_file(copies->fake, path, content, (size_t)bytes), QA_OK);
    const qa_status_t status = qa_replica_copy(&options, error);
    content[at] ^= 8;
    assert_int_equal(qa_fake_put_file(copies->fake, path, content, (size_t)bytes), QA_OK);
    return status;
}

static void a_damaged_source_is_named_and_not_copied(void **state)
{
    copies_t copies;
    qa_error_t error;
    (void)state;
    open_copies(&copies);
    uint64_t end = 0;
    const uint8_t *data = qa_fake_file(copies.fake, "/plans/budget/log/0000000000000001.log", &end);
    while (data[end - 1] == 0)
        end--;
    /* The last byte of the last intent, one of the first intent, one of the segment's header. */
    const uint64_t places[] = { end - 1, 700, 50 };
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        assert_int_equal(copy_damaged(&copies, places[i], &error), QA_CORRUPT);
        assert_non_null(strstr(error.message, "the source is damaged"));
        assert_non_null(strstr(error.message, "/plans/budget/log/0000000000000001.log is damaged at byte"));
        assert_null(strstr(error.message, "/copy"));
        assert_false(is_there(&copies, "/copy"));
    }
    const qa_copy_options_t options = options_of(&copies, "/copy");
    assert_int_equal(qa_replica_copy(&options, &error), QA_OK);
    close_copies(&copies);
}

/* What is in the target's folder and is none of the copy stays. */
static void an_empty_folder_that_was_there_stays_when_a_copy_fails(void **state)
{
    copies_t copies;
    qa_error_t error;
    (void)state;
    open_copies(&copies);
    assert_int_equal(copies.system.make_folder(copies.fake, "/copy", NULL), QA_OK);
    assert_int_equal(copy_damaged(&copies, 700, &error), QA_CORRUPT);
    assert_true(is_there(&copies, "/copy"));
    assert_false(is_there(&copies, "/copy/budget"));
    close_copies(&copies);
}

/* Lets the n-th call of each kind fail, for every n, until a copy goes through. */
static void a_copy_that_fails_anywhere_is_no_replica_or_a_whole_one(void **state)
{
    copies_t copies;
    qa_error_t error;
    qa_position_t theirs;
    uint32_t failures = 0;
    uint32_t tries = 0;
    (void)state;
    open_copies(&copies);
    const qa_position_t mine = app_world_position(&copies.world);
    for (qa_fake_call_t call = QA_FAKE_OPEN; call < QA_FAKE_CALL_COUNT; call++) {
        qa_status_t status = QA_IO;
        for (uint64_t n = 1; status != QA_OK; n++, tries++) {
            char target[32];
            snprintf(target, sizeof(target), "/copy%u", tries);
            const qa_copy_options_t options = options_of(&copies, target);
            const uint64_t before = qa_fake_count(copies.fake, call);
            qa_fake_fail(copies.fake, call, n, QA_IO);
            status = qa_replica_copy(&options, &error);
            qa_fake_fail(copies.fake, call, 0, QA_OK);
            assert_true(n < 2000);
            if (qa_fake_count(copies.fake, call) - before < n) {
                tries++; /* this copy is whole: the call that should fail never came */
                break;
            }
            failures += status == QA_OK ? 0 : 1;
            assert_true(status == QA_OK || error.message[0] != '\0');
            /* Nothing is left that looks like a replica. */
            if (status != QA_OK && is_there(&copies, target))
                fail_msg("call %d, %u: %s", (int)call, (unsigned)n, error.message);
            status = QA_IO;
            if (open_copy(&copies, target, &theirs) == QA_OK) {
                assert_memory_equal(theirs.state_hash, mine.state_hash, QA_HASH_BYTES);
            }
        }
    }
    assert_true(failures > 20);
    close_copies(&copies);
}

/* A full disk in the middle, and power loss behind it: what is there is whole or not a replica. */
static void a_copy_that_lost_power_is_no_replica_or_a_whole_one(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        copies_t copies;
        qa_error_t error;
        qa_position_t theirs;
        open_copies(&copies);
        const qa_position_t mine = app_world_position(&copies.world);
        const qa_copy_options_t options = options_of(&copies, "/copy");
        qa_fake_fail(copies.fake, QA_FAKE_SYNC, seed % 12 + 1, QA_DISK_FULL);
        (void)qa_replica_copy(&options, &error);
        qa_fake_fail(copies.fake, QA_FAKE_SYNC, 0, QA_OK);
        qa_connection_close(copies.world.connection);
        qa_lattice_close(copies.world.lattice);
        copies.world.connection = NULL;
        copies.world.lattice = NULL;
        qa_fake_crash(copies.fake, seed);
        if (open_copy(&copies, "/copy", &theirs) == QA_OK) {
            assert_memory_equal(theirs.state_hash, mine.state_hash, QA_HASH_BYTES);
        }
        assert_int_equal(open_copy(&copies, "/plans", &theirs), QA_OK);
        assert_memory_equal(theirs.state_hash, mine.state_hash, QA_HASH_BYTES);
        qa_fake_close(copies.fake);
    }
}

static void a_copy_without_memory_says_so_and_leaks_nothing(void **state)
{
    copies_t copies;
    qa_error_t error;
    (void)state;
    open_copies(&copies);
    qa_status_t status = QA_NO_MEMORY;
    for (uint64_t n = 1; status != QA_OK; n++) {
        test_allocator_t memory;
        char target[32];
        snprintf(target, sizeof(target), "/copy%u", (unsigned)n);
        test_allocator_make(&memory);
        memory.fail_at = n;
        qa_copy_options_t options = options_of(&copies, target);
        options.allocator = &memory.allocator;
        status = qa_replica_copy(&options, &error);
        assert_true(status == QA_OK || status == QA_NO_MEMORY);
        assert_int_equal(memory.bytes, 0);
        assert_true(n < 5000);
    }
    close_copies(&copies);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_has_the_same_hashes_as_its_source),
        cmocka_unit_test(a_folder_with_something_in_it_is_not_copied_into),
        cmocka_unit_test(a_copy_that_fails_anywhere_is_no_replica_or_a_whole_one),
        cmocka_unit_test(a_full_disk_leaves_no_copy_behind),
        cmocka_unit_test(a_damaged_source_is_named_and_not_copied),
        cmocka_unit_test(an_empty_folder_that_was_there_stays_when_a_copy_fails),
        cmocka_unit_test(a_copy_that_lost_power_is_no_replica_or_a_whole_one),
        cmocka_unit_test(a_copy_without_memory_says_so_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
