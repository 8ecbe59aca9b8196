/* The delta log's promises one by one, on the simulated disk and on the real one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "support/log_world.h"

enum { SMALL_SEGMENT_BYTES = 4096 };

static const char first_segment[] = "/app/log/0000000000000001.log";

/* A log that is locked and read to its end. */
static qa_log_t *open_writer(log_world_t *world)
{
    qa_log_t *log = NULL;
    qa_error_t error;
    uint32_t count;
    assert_int_equal(world_open_log(world, &log, false, &error), QA_OK);
    assert_int_equal(qa_log_lock(log, 0, &error), QA_OK);
    assert_int_equal(world_read(world, log, &count, &error), QA_MISSING_INPUT);
    return log;
}

/* Makes durable what was appended, if anything, and closes. */
static void finish(qa_log_t *log)
{
    qa_log_sync(log, NULL);
    qa_log_close(log);
}

static uint32_t read_all(log_world_t *world, qa_log_t *log)
{
    qa_error_t error;
    uint32_t count;
    assert_int_equal(world_read(world, log, &count, &error), QA_MISSING_INPUT);
    assert_string_equal(world->fault, "");
    return count;
}

static uint32_t reopen_and_count(log_world_t *world)
{
    qa_log_t *log = NULL;
    assert_int_equal(world_open_log(world, &log, true, NULL), QA_OK);
    const uint32_t count = read_all(world, log);
    finish(log);
    return count;
}

static void what_was_appended_is_read_again_in_order(void **state)
{
    (void)state;
    log_world_t *world = world_open(1, 65536);
    qa_log_t *log = open_writer(world);
    for (size_t i = 0; i < 300; i++)
        assert_int_equal(world_append(world, log, i * 7 % 500, NULL), QA_OK);
    assert_int_equal(world_sync(world, log, NULL), QA_OK);
    finish(log);
    assert_int_equal(reopen_and_count(world), 300);
    world_close(world);
}

static void offsets_times_and_chain_hashes_are_those_that_append_gave(void **state)
{
    (void)state;
    log_world_t *world = world_open(2, SMALL_SEGMENT_BYTES);
    qa_log_t *log = open_writer(world);
    qa_log_record_t given[3];
    const int64_t times[] = { 500, 100, 900 };
    const qa_span_t span = { "hello", 5 };
    for (int i = 0; i < 3; i++)
        assert_int_equal(qa_log_append(log, &span, 1, times[i], &given[i], NULL), QA_OK);
    finish(log);
    assert_int_equal(world_open_log(world, &log, true, NULL), QA_OK);
    uint8_t chain[QA_SHA256_BYTES] = { 0 };
    for (int i = 0; i < 3; i++) {
        qa_log_record_t record;
        uint8_t time[8];
        assert_int_equal(qa_log_next(log, &record, NULL), QA_OK);
        assert_int_equal(record.offset, i + 1);
        assert_int_equal(record.appended_at_ns, i == 2 ? 900 : 500);
        assert_memory_equal(record.data, "hello", 5);
        assert_memory_equal(record.chain_hash, given[i].chain_hash, QA_SHA256_BYTES);
        qa_put_u64(time, (uint64_t)record.appended_at_ns);
        const qa_span_t spans[] = { { chain, sizeof(chain) }, { time, sizeof(time) }, { "hello", 5 } };
        uint8_t expected[QA_SHA256_BYTES];
        assert_int_equal(qa_sha256(spans, 3, expected), QA_OK);
        assert_memory_equal(record.chain_hash, expected, QA_SHA256_BYTES);
        memcpy(chain, expected, sizeof(chain));
    }
    finish(log);
    world_close(world);
}

static void a_large_intent_goes_in_parts_over_segments(void **state)
{
    (void)state;
    log_world_t *world = world_open(3, SMALL_SEGMENT_BYTES);
    qa_log_t *log = open_writer(world);
    assert_int_equal(world_append(world, log, 10, NULL), QA_OK);
    assert_int_equal(world_append(world, log, 100000, NULL), QA_OK);
    assert_int_equal(world_append(world, log, 10, NULL), QA_OK);
    qa_log_statistics_t statistics;
    assert_int_equal(qa_log_statistics(log, &statistics, NULL), QA_OK);
    assert_true(statistics.segment_count > 25);
    assert_int_equal(statistics.offset, 3);
    finish(log);
    assert_int_equal(reopen_and_count(world), 3);
    world_close(world);
}

static void parts_of_a_writer_that_died_are_not_a_record(void **state)
{
    (void)state;
    log_world_t *world = world_open(4, SMALL_SEGMENT_BYTES);
    qa_log_t *log = open_writer(world);
    assert_int_equal(world_append(world, log, 10, NULL), QA_OK);
    assert_int_equal(world_sync(world, log, NULL), QA_OK);
    qa_fake_fail(world->fake, QA_FAKE_RENAME, 5, QA_IO);
    assert_int_equal(world_append(world, log, 100000, NULL), QA_IO);
    assert_int_equal(world_append(world, log, 10, NULL), QA_POISONED);
    finish(log);
    assert_int_equal(reopen_and_count(world), 1);
    log = open_writer(world);
    assert_int_equal(world_append(world, log, 33, NULL), QA_OK);
    finish(log);
    assert_int_equal(reopen_and_count(world), 2);
    world_close(world);
}

static void a_check_comes_back_with_its_state_hash(void **state)
{
    (void)state;
    log_world_t *world = world_open(5, SMALL_SEGMENT_BYTES);
    qa_log_t *log = open_writer(world);
    const uint8_t state_hash[QA_SHA256_BYTES] = { 1, 2, 3 };
    assert_int_equal(world_append(world, log, 10, NULL), QA_OK);
    assert_int_equal(qa_log_append_check(log, state_hash, NULL), QA_OK);
    finish(log);
    qa_log_record_t record;
    assert_int_equal(world_open_log(world, &log, true, NULL), QA_OK);
    assert_int_equal(qa_log_next(log, &record, NULL), QA_OK);
    assert_int_equal(qa_log_next(log, &record, NULL), QA_OK);
    assert_int_equal(record.kind, QA_LOG_CHECK);
    assert_int_equal(record.offset, 1);
    assert_memory_equal(record.state_hash, state_hash, sizeof(state_hash));
    finish(log);
    world_close(world);
}

static void a_stored_position_is_found_again_by_another_handle(void **state)
{
    (void)state;
    log_world_t *world = world_open(6, SMALL_SEGMENT_BYTES);
    qa_log_t *log = open_writer(world);
    for (size_t i = 0; i < 60; i++)
        assert_int_equal(world_append(world, log, i * 13 % 400, NULL), QA_OK);
    finish(log);
    qa_log_t *reader = NULL;
    assert_int_equal(world_open_log(world, &reader, true, NULL), QA_OK);
    for (uint32_t i = 0; i <= 60; i++) {
        qa_log_position_t position;
        qa_log_record_t record;
        qa_log_tell(reader, &position);
        assert_int_equal(position.offset, i);
        qa_log_t *other = NULL;
        assert_int_equal(world_open_log(world, &other, true, NULL), QA_OK);
        assert_int_equal(qa_log_seek(other, &position, NULL), QA_OK);
        if (i < 60) {
            assert_int_equal(qa_log_next(other, &record, NULL), QA_OK);
            assert_int_equal(record.offset, i + 1);
            assert_true(world_matches(world, &record));
            assert_int_equal(qa_log_next(reader, &record, NULL), QA_OK);
        } else {
            assert_int_equal(qa_log_next(other, &record, NULL), QA_MISSING_INPUT);
        }
        qa_log_close(other);
    }
    qa_log_close(reader);
    world_close(world);
}

static void a_position_that_does_not_fit_is_refused_and_the_log_starts_over(void **state)
{
    (void)state;
    log_world_t *world = world_open(7, SMALL_SEGMENT_BYTES);
    qa_log_t *log = open_writer(world);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(world_append(world, log, 100, NULL), QA_OK);
    assert_int_equal(world_sync(world, log, NULL), QA_OK);
    qa_log_position_t position;
    qa_log_tell(log, &position);
    qa_log_position_t wrong[5] = { position, position, position, position, position };
    wrong[0].segment = 99;
    wrong[1].at += 8;
    wrong[2].sequence++;
    wrong[3].offset--;
    wrong[4].epoch++;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(qa_log_seek(log, &wrong[i], NULL), QA_NO_SUCH_OFFSET);
        assert_int_equal(read_all(world, log), 5);
    }
    assert_int_equal(qa_log_seek(log, &position, NULL), QA_OK);
    assert_int_equal(qa_log_seek(log, &(qa_log_position_t){ 0 }, NULL), QA_OK);
    assert_int_equal(read_all(world, log), 5);
    finish(log);
    world_close(world);
}

static void two_handles_follow_each_other(void **state)
{
    (void)state;
    log_world_t *world = world_open(8, SMALL_SEGMENT_BYTES);
    qa_log_t *logs[2] = { NULL, NULL };
    qa_log_record_t record;
    for (int i = 0; i < 2; i++)
        assert_int_equal(world_open_log(world, &logs[i], false, NULL), QA_OK);
    uint32_t seen[2] = { 0, 0 };
    for (int turn = 0; turn < 60; turn++) {
        const int mine = turn % 3 == 0 ? 1 : 0;
        assert_int_equal(qa_log_lock(logs[mine], 0, NULL), QA_OK);
        while (qa_log_next(logs[mine], &record, NULL) == QA_OK) {
            assert_true(world_matches(world, &record));
            assert_int_equal(record.offset, ++seen[mine]);
        }
        assert_int_equal(seen[mine], world->count);
        assert_int_equal(world_append(world, logs[mine], 200, NULL), QA_OK);
        seen[mine]++;
        assert_int_equal(world_sync(world, logs[mine], NULL), QA_OK);
        qa_log_unlock(logs[mine]);
    }
    qa_log_statistics_t statistics;
    assert_int_equal(qa_log_statistics(logs[0], &statistics, NULL), QA_OK);
    /* One EPOCH per process, not one per turn. */
    assert_int_equal(statistics.epoch, 2);
    qa_log_close(logs[0]);
    qa_log_close(logs[1]);
    assert_int_equal(reopen_and_count(world), 60);
    world_close(world);
}

static void a_writer_that_did_not_read_what_others_wrote_may_not_append(void **state)
{
    (void)state;
    log_world_t *world = world_open(9, SMALL_SEGMENT_BYTES);
    qa_log_t *first = open_writer(world);
    qa_log_t *second = NULL;
    const qa_span_t span = { "x", 1 };
    assert_int_equal(qa_log_append(first, &span, 1, 0, NULL, NULL), QA_OK);
    assert_int_equal(qa_log_sync(first, NULL), QA_OK);
    qa_log_unlock(first);
    assert_int_equal(world_open_log(world, &second, false, NULL), QA_OK);
    assert_int_equal(qa_log_append(second, &span, 1, 0, NULL, NULL), QA_INVALID);
    assert_int_equal(qa_log_lock(second, 0, NULL), QA_OK);
    assert_int_equal(qa_log_append(second, &span, 1, 0, NULL, NULL), QA_INVALID);
    qa_log_close(second);
    /* The first one still stands where the last writer ended, and need not read again. */
    assert_int_equal(qa_log_lock(first, 0, NULL), QA_OK);
    assert_int_equal(qa_log_append(first, &span, 1, 0, NULL, NULL), QA_OK);
    qa_log_close(first);
    world_close(world);
}

static void who_holds_the_lock_is_said(void **state)
{
    (void)state;
    log_world_t *world = world_open(10, SMALL_SEGMENT_BYTES);
    qa_fake_set_process(world->fake, 4711);
    qa_fake_set_time(world->fake, 1775122200000000000);
    qa_log_t *first = open_writer(world);
    qa_log_t *second = NULL;
    qa_error_t error;
    assert_int_equal(world_open_log(world, &second, false, NULL), QA_OK);
    assert_int_equal(qa_log_lock(second, 50, &error), QA_LOCKED);
    assert_non_null(strstr(error.message, "process 4711 on nowhere since 2026-04-02T09:30:00"));
    qa_log_unlock(first);
    assert_int_equal(qa_log_lock(second, 50, &error), QA_OK);
    qa_log_close(second);
    qa_log_close(first);
    world_close(world);
}

static void a_dead_writer_makes_the_next_one_recover(void **state)
{
    (void)state;
    log_world_t *world = world_open(11, SMALL_SEGMENT_BYTES);
    qa_log_t *survivor = open_writer(world);
    assert_int_equal(world_append(world, survivor, 100, NULL), QA_OK);
    assert_int_equal(world_sync(world, survivor, NULL), QA_OK);
    qa_log_unlock(survivor);
    qa_log_t *victim = open_writer(world);
    assert_int_equal(world_append(world, victim, 100, NULL), QA_OK);
    assert_int_equal(world_sync(world, victim, NULL), QA_OK);
    qa_fake_fail(world->fake, QA_FAKE_SYNC, 1, QA_IO);
    assert_int_equal(world_append(world, victim, 100, NULL), QA_OK);
    assert_int_equal(world_sync(world, victim, NULL), QA_IO);
    assert_int_equal(qa_log_sync(victim, NULL), QA_POISONED);
    qa_log_close(victim);
    qa_log_statistics_t statistics;
    assert_int_equal(qa_log_lock(survivor, 0, NULL), QA_OK);
    qa_log_record_t record;
    for (uint64_t offset = 2; offset <= 3; offset++) {
        assert_int_equal(qa_log_next(survivor, &record, NULL), QA_OK);
        assert_int_equal(record.offset, offset);
        assert_true(world_matches(world, &record));
    }
    assert_int_equal(qa_log_next(survivor, &record, NULL), QA_MISSING_INPUT);
    assert_int_equal(world_append(world, survivor, 100, NULL), QA_OK);
    assert_int_equal(qa_log_statistics(survivor, &statistics, NULL), QA_OK);
    assert_int_equal(statistics.epoch, 3);
    qa_log_close(survivor);
    world_close(world);
}

static void a_torn_tail_is_cut_and_reported(void **state)
{
    (void)state;
    log_world_t *world = world_open(12, SMALL_SEGMENT_BYTES);
    qa_log_t *log = open_writer(world);
    qa_log_position_t position;
    uint64_t bytes;
    assert_int_equal(world_append(world, log, 100, NULL), QA_OK);
    assert_int_equal(world_sync(world, log, NULL), QA_OK);
    qa_log_tell(log, &position);
    finish(log);
    uint8_t copy[SMALL_SEGMENT_BYTES];
    const uint8_t *data = qa_fake_file(world->fake, first_segment, &bytes);
    assert_int_equal(bytes, sizeof(copy));
    memcpy(copy, data, sizeof(copy));
    memset(copy + position.at, 0xAB, 100);
    assert_int_equal(qa_fake_put_file(world->fake, first_segment, copy, sizeof(copy)), QA_OK);
    log = open_writer(world);
    assert_int_equal(qa_log_cut_bytes(log), 0);
    assert_int_equal(world_append(world, log, 100, NULL), QA_OK);
    assert_in_range(qa_log_cut_bytes(log), 100, 104);
    finish(log);
    assert_int_equal(reopen_and_count(world), 2);
    /* What was cut is kept. */
    const uint8_t *kept = qa_fake_file(world->fake, "/app/log/0000000000000001.cut-2", &bytes);
    assert_non_null(kept);
    assert_in_range(bytes, 100, 104);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(kept[i], 0xAB);
    world_close(world);
}

/* New room on a disk may show what a deleted log had there: same place, same sequence, same epoch, valid in
 * its own log. */
static void a_frame_of_another_log_is_not_a_record(void **state)
{
    (void)state;
    log_world_t *world = world_open(20, SMALL_SEGMENT_BYTES);
    qa_log_t *log = open_writer(world);
    uint64_t bytes;
    uint8_t copy[SMALL_SEGMENT_BYTES];
    qa_log_position_t position;
    const qa_span_t span = { "x", 1 };
    const qa_log_options_t options = { .allocator = &qa_allocator_default,
                                       .system = &world->system,
                                       .folder = "/other",
                                       .id = { 99 },
                                       .generation = 1,
                                       .segment_bytes = SMALL_SEGMENT_BYTES };
    qa_log_t *other = NULL;
    qa_log_record_t record;
    assert_int_equal(world_append(world, log, 1, NULL), QA_OK);
    assert_int_equal(world_sync(world, log, NULL), QA_OK);
    qa_log_tell(log, &position);
    finish(log);
    assert_int_equal(qa_log_open(&other, &options, NULL), QA_OK);
    assert_int_equal(qa_log_lock(other, 0, NULL), QA_OK);
    assert_int_equal(qa_log_next(other, &record, NULL), QA_MISSING_INPUT);
    assert_int_equal(qa_log_append(other, &span, 1, 0, NULL, NULL), QA_OK);
    assert_int_equal(qa_log_append(other, &span, 1, 0, NULL, NULL), QA_OK);
    finish(other);
    memcpy(copy, qa_fake_file(world->fake, first_segment, &bytes), sizeof(copy));
    const uint8_t *foreign = qa_fake_file(world->fake, "/other/log/0000000000000001.log", &bytes);
    memcpy(copy + position.at, foreign + position.at, sizeof(copy) - position.at);
    assert_int_equal(qa_fake_put_file(world->fake, first_segment, copy, sizeof(copy)), QA_OK);
    assert_int_equal(reopen_and_count(world), 1);
    world_close(world);
}

static void a_missing_segment_is_damage(void **state)
{
    (void)state;
    log_world_t *world = world_open(13, SMALL_SEGMENT_BYTES);
    qa_log_t *log = open_writer(world);
    for (size_t i = 0; i < 30; i++)
        assert_int_equal(world_append(world, log, 400, NULL), QA_OK);
    qa_log_position_t position;
    qa_log_record_t record;
    qa_error_t error;
    assert_int_equal(world_sync(world, log, NULL), QA_OK);
    assert_int_equal(qa_log_seek(log, &(qa_log_position_t){ 0 }, NULL), QA_OK);
    do {
        assert_int_equal(qa_log_next(log, &record, NULL), QA_OK);
        qa_log_tell(log, &position);
    } while (position.segment == 1);
    char path[64];
    snprintf(path, sizeof(path), "/app/log/%016llx.log", (unsigned long long)position.segment);
    finish(log);
    assert_int_equal(world->system.remove(world->fake, path, NULL), QA_OK);
    uint32_t count;
    assert_int_equal(world_open_log(world, &log, true, NULL), QA_OK);
    assert_int_equal(world_read(world, log, &count, &error), QA_CORRUPT);
    assert_non_null(strstr(error.message, first_segment));
    finish(log);
    world_close(world);
}

static void a_newer_format_is_refused_by_name(void **state)
{
    (void)state;
    log_world_t *world = world_open(14, SMALL_SEGMENT_BYTES);
    qa_log_t *log = open_writer(world);
    qa_error_t error;
    uint64_t bytes;
    finish(log);
    uint8_t copy[SMALL_SEGMENT_BYTES];
    memcpy(copy, qa_fake_file(world->fake, first_segment, &bytes), sizeof(copy));
    qa_put_u16(copy + 8, 2);
    qa_put_u16(copy + 12, 2);
    qa_put_u32(copy + 124, qa_crc32c_portable(0, copy, 124));
    assert_int_equal(qa_fake_put_file(world->fake, first_segment, copy, sizeof(copy)), QA_OK);
    assert_int_equal(world_open_log(world, &log, false, &error), QA_NEWER_FORMAT);
    assert_null(log);
    assert_non_null(strstr(error.message, "format 2.0"));
    world_close(world);
}

static void a_network_folder_and_a_folder_without_a_log_are_refused(void **state)
{
    (void)state;
    log_world_t *world = world_open(15, SMALL_SEGMENT_BYTES);
    qa_log_t *log = NULL;
    qa_error_t error;
    assert_int_equal(world_open_log(world, &log, true, &error), QA_NOT_A_REPLICA);
    const qa_log_options_t options = { .allocator = &qa_allocator_default,
                                       .system = &world->system,
                                       .folder = "/network/share" };
    assert_int_equal(qa_log_open(&log, &options, &error), QA_NETWORK_FOLDER);
    world_close(world);
    const char *const synced[] = { "/tmp/Dropbox/x", "/tmp/OneDrive - Firm/x", "/tmp/Google Drive",
                                   "/tmp/nextcloud/a" };
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(qa_system_default.check_folder(NULL, synced[i], &error), QA_NETWORK_FOLDER);
    assert_int_equal(qa_system_default.check_folder(NULL, "/tmp/not/there/yet", &error), QA_OK);
}

static void a_log_that_exists_keeps_its_id_and_generation(void **state)
{
    (void)state;
    log_world_t *world = world_open(16, SMALL_SEGMENT_BYTES);
    qa_log_t *log = open_writer(world);
    finish(log);
    const qa_log_options_t options = { .allocator = &qa_allocator_default,
                                       .system = &world->system,
                                       .folder = "/app",
                                       .id = { 99 },
                                       .generation = 77 };
    assert_int_equal(qa_log_open(&log, &options, NULL), QA_OK);
    assert_int_equal(qa_log_id(log)[15], 15);
    assert_int_equal(qa_log_generation(log), 1);
    finish(log);
    world_close(world);
}

/* Lines of the page like "    0200: 40 00 …" are what the file has there. */
static void the_worked_example_of_the_format_page_is_what_the_log_writes(void **state)
{
    (void)state;
    log_world_t *world = world_open(17, SMALL_SEGMENT_BYTES);
    qa_log_t *log = NULL;
    const qa_span_t span = { "hi", 2 };
    uint64_t bytes;
    size_t compared = 0;
    assert_int_equal(world_open_log(world, &log, false, NULL), QA_OK);
    assert_int_equal(qa_log_lock(log, 0, NULL), QA_OK);
    assert_int_equal(read_all(world, log), 0);
    qa_fake_set_time(world->fake, 0);
    assert_int_equal(qa_log_append(log, &span, 1, 2000, NULL, NULL), QA_OK);
    finish(log);
    const uint8_t *data = qa_fake_file(world->fake, first_segment, &bytes);
    if (getenv("QA_PRINT_EXAMPLE") != NULL) {
        for (size_t at = 0; at < 672; at += 16) {
            if (at >= 128 && at < 512) continue;
            printf("    %04zx:", at);
            for (size_t i = 0; i < 16; i++)
                printf(" %02x", data[at + i]);
            printf("\n");
        }
    }
    FILE *page = fopen(QA_SOURCE_DIR "/docs/formats/delta-log.md", "r");
    assert_non_null(page);
    char line[1024];
    while (fgets(line, sizeof(line), page) != NULL) {
        char *end = line;
        if (strncmp(line, "    0", 5) != 0 || strlen(line) < 10 || line[8] != ':') continue;
        size_t at = strtoul(line, &end, 16);
        for (end++; *end == ' '; at++, compared++)
            assert_int_equal(strtoul(end, &end, 16), data[at]);
    }
    fclose(page);
    assert_true(compared >= 128 + 104 + 48);
    world_close(world);
}

static void many_appends_and_one_sync_are_one_write(void **state)
{
    (void)state;
    log_world_t *world = world_open(18, 16 << 20);
    qa_log_t *log = open_writer(world);
    assert_int_equal(world_append(world, log, 10, NULL), QA_OK);
    assert_int_equal(world_sync(world, log, NULL), QA_OK);
    const uint64_t writes = qa_fake_count(world->fake, QA_FAKE_WRITE);
    const uint64_t syncs = qa_fake_count(world->fake, QA_FAKE_SYNC);
    for (int i = 0; i < 100; i++)
        assert_int_equal(world_append(world, log, 100, NULL), QA_OK);
    assert_int_equal(world_sync(world, log, NULL), QA_OK);
    /* The frames, and the note in the lock file that they are on the disk. */
    assert_int_equal(qa_fake_count(world->fake, QA_FAKE_WRITE), writes + 2);
    assert_int_equal(qa_fake_count(world->fake, QA_FAKE_SYNC), syncs + 1);
    finish(log);
    world_close(world);
}

static void what_was_not_synced_is_abandoned_by_unlocking(void **state)
{
    (void)state;
    log_world_t *world = world_open(21, SMALL_SEGMENT_BYTES);
    qa_log_t *log = open_writer(world);
    assert_int_equal(world_append(world, log, 10, NULL), QA_OK);
    assert_int_equal(world_sync(world, log, NULL), QA_OK);
    assert_int_equal(world_append(world, log, 10, NULL), QA_OK);
    qa_log_unlock(log);
    assert_int_equal(qa_log_lock(log, 0, NULL), QA_POISONED);
    qa_log_close(log);
    assert_int_equal(reopen_and_count(world), 1);
    world->count = 1;
    log = open_writer(world);
    assert_int_equal(world_append(world, log, 33, NULL), QA_OK);
    finish(log);
    assert_int_equal(reopen_and_count(world), 2);
    world_close(world);
}

static void a_read_only_log_cannot_be_locked(void **state)
{
    (void)state;
    log_world_t *world = world_open(19, SMALL_SEGMENT_BYTES);
    qa_log_t *log = open_writer(world);
    finish(log);
    assert_int_equal(world_open_log(world, &log, true, NULL), QA_OK);
    assert_int_equal(qa_log_lock(log, 0, NULL), QA_READ_ONLY);
    finish(log);
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_appended_is_read_again_in_order),
        cmocka_unit_test(offsets_times_and_chain_hashes_are_those_that_append_gave),
        cmocka_unit_test(a_large_intent_goes_in_parts_over_segments),
        cmocka_unit_test(parts_of_a_writer_that_died_are_not_a_record),
        cmocka_unit_test(a_check_comes_back_with_its_state_hash),
        cmocka_unit_test(a_stored_position_is_found_again_by_another_handle),
        cmocka_unit_test(a_position_that_does_not_fit_is_refused_and_the_log_starts_over),
        cmocka_unit_test(two_handles_follow_each_other),
        cmocka_unit_test(a_writer_that_did_not_read_what_others_wrote_may_not_append),
        cmocka_unit_test(who_holds_the_lock_is_said),
        cmocka_unit_test(a_dead_writer_makes_the_next_one_recover),
        cmocka_unit_test(a_torn_tail_is_cut_and_reported),
        cmocka_unit_test(a_frame_of_another_log_is_not_a_record),
        cmocka_unit_test(a_missing_segment_is_damage),
        cmocka_unit_test(a_newer_format_is_refused_by_name),
        cmocka_unit_test(a_network_folder_and_a_folder_without_a_log_are_refused),
        cmocka_unit_test(a_log_that_exists_keeps_its_id_and_generation),
        cmocka_unit_test(the_worked_example_of_the_format_page_is_what_the_log_writes),
        cmocka_unit_test(many_appends_and_one_sync_are_one_write),
        cmocka_unit_test(what_was_not_synced_is_abandoned_by_unlocking),
        cmocka_unit_test(a_read_only_log_cannot_be_locked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
