/* The delta log after crashes, failures and damage, on a simulated disk. What was acknowledged is there, what
 * is there was written, and damage is either harmless or said. QA_LONG=1 runs a hundred times as many seeds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/log_world.h"

enum { SMALL_SEGMENT_BYTES = 4096, SEEDS_QUICK = 2000, SEEDS_LONG = 200000 };

/* How a seed's records are sized: equal frames in sectors of their own bring dead frames back if anything
 * can. */
static size_t choose_bytes(log_world_t *world, uint64_t shape)
{
    const uint64_t choice = world_random(world, 16);
    if (choice == 0 && shape != 0) return (size_t)world_random(world, 12000); /* in parts, over segments */
    if (shape == 0) return 472;
    if (shape == 1) return (size_t)world_random(world, 60);
    return (size_t)world_random(world, 900);
}

static void inject_failure(log_world_t *world)
{
    static const qa_fake_call_t calls[] = { QA_FAKE_SYNC,     QA_FAKE_SYNC,       QA_FAKE_WRITE,
                                            QA_FAKE_OPEN,     QA_FAKE_READ,       QA_FAKE_RENAME,
                                            QA_FAKE_TRUNCATE, QA_FAKE_SYNC_FOLDER };
    const qa_fake_call_t call = calls[world_random(world, sizeof(calls) / sizeof(calls[0]))];
    const qa_status_t status = world_random(world, 4) == 0 ? QA_DISK_FULL : QA_IO;
    qa_fake_fail(world->fake, call, 1 + world_random(world, 12), status);
}

/* One life of a process: open, read all, append. Ends at the first failure. */
static void live(log_world_t *world, qa_log_t **log_out, uint64_t shape)
{
    qa_error_t error;
    qa_log_t *log = NULL;
    if (world_open_log(world, log_out, false, &error) != QA_OK) {
        if (error.status == QA_CORRUPT)
            snprintf(world->fault, sizeof(world->fault), "open: %.200s", error.message);
        return;
    }
    log = *log_out;
    if (qa_log_lock(log, 0, &error) != QA_OK) return;
    const uint32_t acknowledged = world->acknowledged;
    if (!world_recover(world, log)) {
        /* A read that failed on purpose proves nothing; the next life looks again. */
        if (strstr(world->fault, "on purpose") == NULL) return;
        world->fault[0] = '\0';
        world->count = WORLD_RECORDS_MAX; /* unknown; set by the next life's reading */
        world->acknowledged = acknowledged;
        return;
    }
    if (world_random(world, 3) == 0) inject_failure(world);
    for (uint64_t steps = 1 + world_random(world, 12); steps > 0 && world->count < 400; steps--) {
        if (world_append(world, log, choose_bytes(world, shape), &error) != QA_OK) return;
        if (world_random(world, 8) == 0) {
            const uint8_t state_hash[QA_SHA256_BYTES] = { 1 };
            if (qa_log_append_check(log, state_hash, &error) != QA_OK) return;
        }
        if (world_random(world, 3) == 0 && world_sync(world, log, &error) != QA_OK) return;
        if (world_random(world, 16) == 0) {
            if (world_sync(world, log, &error) != QA_OK) return;
            qa_log_unlock(log);
            if (qa_log_lock(log, 0, &error) != QA_OK) return;
            qa_log_record_t record;
            if (qa_log_next(log, &record, &error) != QA_MISSING_INPUT) return;
        }
    }
    /* Half of the lives end with all frames in the file, but not on the disk. */
    if (world_random(world, 2) == 0) world_sync(world, log, &error);
}

static void end_life(log_world_t *world, qa_log_t *log)
{
    const uint64_t choice = world_random(world, 8);
    for (int call = 0; call < QA_FAKE_CALL_COUNT; call++)
        qa_fake_fail(world->fake, (qa_fake_call_t)call, 0, QA_OK);
    if (choice == 0) {
        /* An orderly end, though not always a synced one. */
        qa_log_close(log);
        return;
    }
    if (choice <= 2)
        qa_fake_kill(world->fake);
    else
        qa_fake_crash(world->fake, world_random(world, UINT64_MAX));
    if (choice == 2) qa_fake_evict(world->fake, world_random(world, UINT64_MAX));
    qa_log_close(log);
}

/* Returns false and prints the seed when the log did not tell the truth. */
static bool simulate(uint64_t seed, uint64_t *states)
{
    const uint64_t shape = seed % 3;
    log_world_t *world = world_open(seed, seed % 4 < 2 ? SMALL_SEGMENT_BYTES : 16384);
    assert_non_null(world);
    for (uint64_t lives = 2 + world_random(world, 8); lives > 0 && world->fault[0] == '\0'; lives--) {
        qa_log_t *log = NULL;
        const uint32_t count = world->count;
        live(world, &log, shape);
        if (world->count == WORLD_RECORDS_MAX) world->count = count;
        end_life(world, log);
    }
    if (world->fault[0] == '\0') {
        qa_log_t *log = NULL;
        qa_error_t error;
        if (world_open_log(world, &log, false, &error) != QA_OK)
            snprintf(world->fault, sizeof(world->fault), "open: %.200s", error.message);
        else
            world_recover(world, log);
        qa_log_close(log);
    }
    *states += world->states;
    const bool is_true = world->fault[0] == '\0';
    if (!is_true) fprintf(stderr, "seed %llu: %s\n", (unsigned long long)seed, world->fault);
    world_close(world);
    return is_true;
}

static void acknowledged_records_survive_any_crash_and_nothing_is_invented(void **state)
{
    (void)state;
    const char *is_long = getenv("QA_LONG");
    const char *wanted = getenv("QA_SEEDS");
    const uint64_t seeds = wanted != NULL                                 ? strtoull(wanted, NULL, 10)
                           : is_long != NULL && strcmp(is_long, "1") == 0 ? SEEDS_LONG
                                                                          : SEEDS_QUICK;
    uint64_t states = 0;
    uint64_t failures = 0;
    for (uint64_t seed = 1; seed <= seeds && failures < 5; seed++) {
        if (!simulate(seed, &states)) failures++;
    }
    printf("%llu seeds, %llu recovered states checked\n", (unsigned long long)seeds,
           (unsigned long long)states);
    assert_int_equal(failures, 0);
}

/* A log of several processes, parts, checks and segments, every record synced on its own. */
static log_world_t *make_rich_log(uint32_t segment_bytes, bool is_batched)
{
    static const size_t sizes[] = { 20, 0, 433, 100, 9000, 1, 472, 60 };
    const uint8_t state_hash[QA_SHA256_BYTES] = { 9 };
    log_world_t *world = world_open(11, segment_bytes);
    qa_error_t error;
    assert_non_null(world);
    for (int process = 0; process < 2; process++) {
        qa_log_t *log = NULL;
        uint32_t count;
        assert_int_equal(world_open_log(world, &log, false, &error), QA_OK);
        assert_int_equal(qa_log_lock(log, 0, &error), QA_OK);
        assert_int_equal(world_read(world, log, &count, &error), QA_MISSING_INPUT);
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            assert_int_equal(world_append(world, log, sizes[i], &error), QA_OK);
            if (i == 2) assert_int_equal(qa_log_append_check(log, state_hash, &error), QA_OK);
            if (!is_batched) assert_int_equal(world_sync(world, log, &error), QA_OK);
        }
        assert_int_equal(world_sync(world, log, &error), QA_OK);
        qa_log_close(log);
    }
    return world;
}

typedef struct segment_copy {
    char path[64];
    uint8_t *data;
    size_t bytes;
} segment_copy_t;

typedef struct segment_copies {
    log_world_t *world;
    segment_copy_t items[32];
    uint32_t count;
} segment_copies_t;

static qa_status_t copy_segment(void *visitor, const char *name, bool is_folder)
{
    segment_copies_t *copies = visitor;
    uint64_t bytes = 0;
    if (is_folder || strstr(name, ".log") == NULL) return QA_OK;
    assert_true(copies->count < 32);
    segment_copy_t *copy = &copies->items[copies->count++];
    snprintf(copy->path, sizeof(copy->path), "/app/log/%s", name);
    const uint8_t *data = qa_fake_file(copies->world->fake, copy->path, &bytes);
    copy->bytes = (size_t)bytes;
    copy->data = malloc(copy->bytes);
    assert_non_null(copy->data);
    memcpy(copy->data, data, copy->bytes);
    return QA_OK;
}

static void copies_make(segment_copies_t *copies, log_world_t *world)
{
    *copies = (segment_copies_t){ .world = world };
    assert_int_equal(world->system.list(world->system.context, "/app/log", copy_segment, copies, NULL),
                     QA_OK);
}

static void copies_release(segment_copies_t *copies)
{
    for (uint32_t i = 0; i < copies->count; i++)
        free(copies->items[i].data);
    world_close(copies->world);
}

static void put_back(segment_copies_t *copies, uint32_t index)
{
    const segment_copy_t *copy = &copies->items[index];
    assert_int_equal(qa_fake_put_file(copies->world->fake, copy->path, copy->data, copy->bytes), QA_OK);
}

/* Removes a segment that continuing the log has made. */
static qa_status_t remove_new_segment(void *visitor, const char *name, bool is_folder)
{
    segment_copies_t *copies = visitor;
    char path[64];
    snprintf(path, sizeof(path), "/app/log/%s", name);
    for (uint32_t i = 0; i < copies->count; i++) {
        if (strcmp(copies->items[i].path, path) == 0) return QA_OK;
    }
    if (is_folder || strstr(name, ".log") == NULL) return QA_OK;
    return copies->world->system.remove(copies->world->system.context, path, NULL);
}

/* Reads the damaged log; fails the test when it lies. Returns how many records came, -1 when it says that it
 * is damaged. */
static int read_damaged(log_world_t *world, bool is_locked, uint64_t where)
{
    qa_log_t *log = NULL;
    qa_error_t error;
    uint32_t count = 0;
    qa_status_t status = world_open_log(world, &log, false, &error);
    if (status == QA_OK && is_locked) assert_int_equal(qa_log_lock(log, 0, &error), QA_OK);
    if (status == QA_OK) status = world_read(world, log, &count, &error);
    qa_log_close(log);
    world->states++;
    if (world->fault[0] != '\0') fail_msg("byte %llu: %s", (unsigned long long)where, world->fault);
    if (status == QA_CORRUPT) {
        if (strstr(error.message, "/app/log/0") == NULL) fail_msg("no file is named: %s", error.message);
        return -1;
    }
    if (status != QA_MISSING_INPUT) fail_msg("byte %llu: %s", (unsigned long long)where, error.message);
    return (int)count;
}

static void a_flipped_bit_of_a_closed_log_is_said_or_costs_nothing(void **state)
{
    segment_copies_t copies;
    (void)state;
    copies_make(&copies, make_rich_log(SMALL_SEGMENT_BYTES, false));
    log_world_t *world = copies.world;
    uint64_t said = 0;
    assert_true(copies.count > 3);
    for (uint32_t index = 0; index < copies.count; index++) {
        segment_copy_t *copy = &copies.items[index];
        for (size_t at = 0; at < copy->bytes; at++) {
            const uint8_t kept = copy->data[at];
            copy->data[at] ^= (uint8_t)(1u << at % 8);
            put_back(&copies, index);
            copy->data[at] = kept;
            const int count = read_damaged(world, at % 2 == 0, at);
            if (count < 0) said++;
            /* The last record has no later frame that proves it, but a note in the lock file. */
            if (count >= 0 && count != (int)world->count)
                fail_msg("segment %u byte %zu: %d of %u records, and no word", index, at, count,
                         world->count);
        }
        put_back(&copies, index);
    }
    printf("%llu flipped bits checked, %llu said to be damage\n", (unsigned long long)world->states,
           (unsigned long long)said);
    copies_release(&copies);
}

static void remove_lock_file(log_world_t *world)
{
    assert_int_equal(world->system.remove(world->system.context, "/app/log/write.lock", NULL), QA_OK);
}

static void a_flipped_bit_without_the_lock_file_costs_at_most_the_last_record(void **state)
{
    segment_copies_t copies;
    (void)state;
    copies_make(&copies, make_rich_log(SMALL_SEGMENT_BYTES, false));
    log_world_t *world = copies.world;
    for (uint32_t index = 0; index < copies.count; index++) {
        segment_copy_t *copy = &copies.items[index];
        for (size_t at = 0; at < copy->bytes; at++) {
            const uint8_t kept = copy->data[at];
            copy->data[at] ^= (uint8_t)(1u << at % 8);
            put_back(&copies, index);
            copy->data[at] = kept;
            remove_lock_file(world);
            const int count = read_damaged(world, at % 2 == 0, at);
            if (count >= 0 && count + 1 < (int)world->count)
                fail_msg("segment %u byte %zu: %d of %u records, and no word", index, at, count,
                         world->count);
        }
        put_back(&copies, index);
    }
    copies_release(&copies);
}

static void a_flipped_bit_in_a_batch_never_yields_a_wrong_record(void **state)
{
    segment_copies_t copies;
    (void)state;
    copies_make(&copies, make_rich_log(65536, true));
    log_world_t *world = copies.world;
    for (uint32_t index = 0; index < copies.count; index++) {
        segment_copy_t *copy = &copies.items[index];
        for (size_t at = 0; at < copy->bytes; at += at < 24000 ? 1 : 97) {
            const uint8_t kept = copy->data[at];
            copy->data[at] ^= (uint8_t)(1u << at % 8);
            put_back(&copies, index);
            copy->data[at] = kept;
            const int count = read_damaged(world, at % 2 == 0, at);
            if (count >= 0 && count != (int)world->count)
                fail_msg("byte %zu: %d records, and no word", at, count);
        }
        put_back(&copies, index);
    }
    copies_release(&copies);
}

/* Appends to the cut log and reads it again: what was left plus the new record. */
static void append_after_cut(log_world_t *world, uint32_t count, uint64_t where)
{
    qa_log_t *log = NULL;
    qa_error_t error;
    uint32_t found = 0;
    const uint32_t kept_count = world->count;
    uint64_t *kept = malloc(sizeof(world->ids));
    assert_non_null(kept);
    memcpy(kept, world->ids, sizeof(world->ids));
    assert_int_equal(world_open_log(world, &log, false, &error), QA_OK);
    assert_int_equal(qa_log_lock(log, 0, &error), QA_OK);
    assert_int_equal(world_read(world, log, &found, &error), QA_MISSING_INPUT);
    assert_int_equal(found, count);
    world->count = count;
    assert_int_equal(world_append(world, log, 77, &error), QA_OK);
    assert_int_equal(qa_log_sync(log, &error), QA_OK);
    qa_log_close(log);
    assert_int_equal(read_damaged(world, false, where), (int)count + 1);
    memcpy(world->ids, kept, sizeof(world->ids));
    world->count = kept_count;
    free(kept);
}

static void a_log_cut_at_any_byte_is_a_prefix_that_can_be_continued(void **state)
{
    segment_copies_t copies;
    (void)state;
    copies_make(&copies, make_rich_log(SMALL_SEGMENT_BYTES, false));
    log_world_t *world = copies.world;
    const uint32_t last = copies.count - 1;
    uint8_t note[512];
    uint64_t note_bytes = 0;
    memcpy(note, qa_fake_file(world->fake, "/app/log/write.lock", &note_bytes), sizeof(note));
    assert_int_equal(note_bytes, sizeof(note));
    for (uint32_t index = 0; index < copies.count; index++) {
        segment_copy_t *copy = &copies.items[index];
        for (size_t bytes = 0; bytes < copy->bytes; bytes++) {
            assert_int_equal(qa_fake_put_file(world->fake, copy->path, copy->data, bytes), QA_OK);
            /* With the note in the lock file every loss is said; a log that is put back without it is a
             * prefix.
             */
            assert_int_equal(qa_fake_put_file(world->fake, "/app/log/write.lock", note, sizeof(note)), QA_OK);
            const int noted_count = read_damaged(world, bytes % 2 == 0, bytes);
            if (noted_count >= 0 && noted_count != (int)world->count)
                fail_msg("segment %u cut to %zu bytes: %d records, and no word", index, bytes, noted_count);
            remove_lock_file(world);
            const int count = read_damaged(world, bytes % 2 == 0, bytes);
            /* An ended segment that lost a frame is damage; what is cut may be padding. */
            if (index != last && count >= 0 && count != (int)world->count)
                fail_msg("segment %u cut to %zu bytes: %d records, and no word", index, bytes, count);
            if (index == last && count < 0 && bytes >= 512)
                fail_msg("a cut tail at %zu is not damage", bytes);
            if (count < 0 || index != last) continue;
            append_after_cut(world, (uint32_t)count, bytes);
            assert_int_equal(
                world->system.list(world->system.context, "/app/log", remove_new_segment, &copies, NULL),
                QA_OK);
        }
        put_back(&copies, index);
    }
    printf("%llu cut logs checked\n", (unsigned long long)world->states);
    copies_release(&copies);
}

/* Opens, reads, appends and syncs until something fails. Returns the failure. */
static qa_status_t work(log_world_t *world, qa_error_t *error)
{
    static const size_t sizes[] = { 100, 700, 9000, 300, 2000, 2000, 2000, 40 };
    qa_log_t *log = NULL;
    uint32_t count = 0;
    qa_status_t status = world_open_log(world, &log, false, error);
    if (status == QA_OK) status = qa_log_lock(log, 0, error);
    if (status == QA_OK) {
        status = world_read(world, log, &count, error);
        if (status == QA_MISSING_INPUT) {
            status = QA_OK;
            world->count = count;
        }
    }
    for (size_t i = 0; status == QA_OK && i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        status = world_append(world, log, sizes[i], error);
        if (status == QA_OK && i % 2 == 1) status = world_sync(world, log, error);
    }
    if (status == QA_OK) status = world_sync(world, log, error);
    if (status != QA_OK && status != QA_NO_MEMORY && log != NULL && qa_log_sync(log, NULL) == QA_OK &&
        world->count > 0) {
        /* Only a failure before anything was appended leaves a log that can go on. */
        qa_log_record_t record;
        assert_int_not_equal(qa_log_next(log, &record, NULL), QA_POISONED);
    }
    qa_log_close(log);
    return status;
}

static void check_after_failure(log_world_t *world, const char *what, uint64_t nth)
{
    qa_log_t *log = NULL;
    qa_error_t error;
    if (world_open_log(world, &log, false, &error) != QA_OK)
        fail_msg("%s %llu: %s", what, (unsigned long long)nth, error.message);
    if (!world_recover(world, log)) fail_msg("%s %llu: %s", what, (unsigned long long)nth, world->fault);
    qa_log_close(log);
}

static void every_single_failing_call_leaves_a_log_that_tells_the_truth(void **state)
{
    uint64_t checked = 0;
    (void)state;
    for (int call = 0; call < QA_FAKE_CALL_COUNT; call++) {
        for (uint64_t nth = 1;; nth++) {
            log_world_t *world = world_open(nth, SMALL_SEGMENT_BYTES);
            qa_error_t error;
            assert_non_null(world);
            qa_fake_fail(world->fake, (qa_fake_call_t)call, nth, nth % 2 == 0 ? QA_IO : QA_DISK_FULL);
            const qa_status_t status = work(world, &error);
            if (status == QA_OK && qa_fake_count(world->fake, (qa_fake_call_t)call) < nth) {
                world_close(world);
                break;
            }
            qa_fake_fail(world->fake, (qa_fake_call_t)call, 0, QA_OK);
            /* What another process sees at once, then what is left after a power loss, then whether it goes
             * on. */
            check_after_failure(world, "call", nth);
            qa_fake_crash(world->fake, nth);
            check_after_failure(world, "crash after call", nth);
            assert_int_equal(work(world, &error), QA_OK);
            qa_fake_crash(world->fake, nth + 1);
            check_after_failure(world, "crash after more work", nth);
            checked += world->states;
            world_close(world);
        }
    }
    printf("%llu states after a failing call checked\n", (unsigned long long)checked);
}

static void a_full_disk_is_reported_and_loses_nothing(void **state)
{
    (void)state;
    for (uint64_t capacity = 1; capacity < 60000; capacity += 331) {
        log_world_t *world = world_open(capacity, SMALL_SEGMENT_BYTES);
        qa_error_t error;
        assert_non_null(world);
        qa_fake_set_capacity(world->fake, capacity);
        const qa_status_t status = work(world, &error);
        if (status != QA_OK) assert_int_equal(status, QA_DISK_FULL);
        qa_fake_crash(world->fake, capacity);
        qa_fake_set_capacity(world->fake, 0);
        check_after_failure(world, "full disk", capacity);
        assert_int_equal(work(world, &error), QA_OK);
        world_close(world);
    }
}

/* An allocator that refuses its n-th request and knows how many bytes are out. */
typedef struct failing {
    size_t countdown;
    size_t bytes_out;
    bool has_refused;
} failing_t;

static void *failing_resize(void *context, void *block, size_t old_bytes, size_t new_bytes)
{
    failing_t *failing = context;
    if (failing->countdown == 0) {
        failing->has_refused = true;
        return NULL;
    }
    failing->countdown--;
    void *result = realloc(block, new_bytes);
    if (result != NULL) failing->bytes_out += new_bytes - old_bytes;
    return result;
}

static void failing_release(void *context, void *block, size_t bytes)
{
    failing_t *failing = context;
    failing->bytes_out -= bytes;
    free(block);
}

static void every_refused_allocation_is_reported_and_loses_nothing(void **state)
{
    (void)state;
    for (size_t nth = 0;; nth++) {
        log_world_t *world = world_open(nth, SMALL_SEGMENT_BYTES);
        failing_t failing = { .countdown = SIZE_MAX };
        const qa_allocator_t allocator = { failing_resize, failing_release, &failing };
        qa_error_t error;
        assert_non_null(world);
        assert_int_equal(work(world, &error), QA_OK);
        world->allocator = &allocator;
        failing.countdown = nth;
        const qa_status_t status = work(world, &error);
        assert_int_equal(failing.bytes_out, 0);
        world->allocator = &qa_allocator_default;
        check_after_failure(world, "allocation", nth);
        world_close(world);
        if (status == QA_OK && !failing.has_refused) {
            assert_true(nth >= 4);
            return;
        }
        assert_int_equal(status, QA_NO_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(acknowledged_records_survive_any_crash_and_nothing_is_invented),
        cmocka_unit_test(a_flipped_bit_of_a_closed_log_is_said_or_costs_nothing),
        cmocka_unit_test(a_flipped_bit_without_the_lock_file_costs_at_most_the_last_record),
        cmocka_unit_test(a_flipped_bit_in_a_batch_never_yields_a_wrong_record),
        cmocka_unit_test(a_log_cut_at_any_byte_is_a_prefix_that_can_be_continued),
        cmocka_unit_test(every_single_failing_call_leaves_a_log_that_tells_the_truth),
        cmocka_unit_test(a_full_disk_is_reported_and_loses_nothing),
        cmocka_unit_test(every_refused_allocation_is_reported_and_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
