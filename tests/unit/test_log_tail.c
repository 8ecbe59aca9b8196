/* The end of the log: damage that the note in the lock file proves, tails that recovery keeps, and what a
 * full disk gets back. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

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

/* A bit of the last record, whose loss no later frame proves. */
static void flip_last_record(log_world_t *world, const qa_log_position_t *end)
{
    uint64_t bytes;
    uint8_t copy[SMALL_SEGMENT_BYTES];
    memcpy(copy, qa_fake_file(world->fake, first_segment, &bytes), sizeof(copy));
    copy[end->at - 20] ^= 4;
    assert_int_equal(qa_fake_put_file(world->fake, first_segment, copy, sizeof(copy)), QA_OK);
}

static log_world_t *make_flipped_log(uint64_t seed)
{
    log_world_t *world = world_open(seed, SMALL_SEGMENT_BYTES);
    qa_log_t *log = open_writer(world);
    qa_log_position_t position;
    for (int i = 0; i < 3; i++)
        assert_int_equal(world_append(world, log, 100, NULL), QA_OK);
    assert_int_equal(world_sync(world, log, NULL), QA_OK);
    qa_log_tell(log, &position);
    finish(log);
    flip_last_record(world, &position);
    return world;
}

static qa_status_t read_flipped(log_world_t *world, bool is_read_only, qa_error_t *error)
{
    qa_log_t *log = NULL;
    uint32_t count;
    assert_int_equal(world_open_log(world, &log, is_read_only, error), QA_OK);
    if (!is_read_only) assert_int_equal(qa_log_lock(log, 0, error), QA_OK);
    const qa_status_t status = world_read(world, log, &count, error);
    const qa_span_t span = { "x", 1 };
    if (!is_read_only && status == QA_CORRUPT)
        assert_int_equal(qa_log_append(log, &span, 1, 0, NULL, NULL), QA_INVALID);
    qa_log_close(log);
    return status;
}

static void a_damaged_last_record_is_said_by_the_note_in_the_lock_file(void **state)
{
    (void)state;
    log_world_t *world = make_flipped_log(22);
    qa_error_t error;
    for (int i = 0; i < 4; i++) { /* a writer that looked does not take the note away */
        assert_int_equal(read_flipped(world, i % 2 == 0, &error), QA_CORRUPT);
        assert_non_null(strstr(error.message, first_segment));
        assert_non_null(strstr(error.message, "at byte 904"));
        assert_non_null(strstr(error.message, "remove write.lock"));
    }
    world_close(world);
}

static void a_note_that_is_missing_or_damaged_or_of_another_log_proves_nothing(void **state)
{
    (void)state;
    for (int turn = 0; turn < 3; turn++) {
        log_world_t *world = make_flipped_log(23);
        qa_error_t error;
        uint64_t bytes;
        char text[513] = "";
        memcpy(text, qa_fake_file(world->fake, "/app/log/write.lock", &bytes), 512);
        char *note = strstr(text, "\nsynced: 4 in 0000000000000001.log of 000102");
        assert_non_null(note);
        if (turn == 0) world->system.remove(world->fake, "/app/log/write.lock", NULL);
        if (turn == 1) note[9] = '5';
        if (turn == 2) memcpy(strstr(note, "000102"), "990102", 6);
        if (turn > 0)
            assert_int_equal(qa_fake_put_file(world->fake, "/app/log/write.lock", text, 512), QA_OK);
        assert_int_equal(read_flipped(world, true, &error), QA_MISSING_INPUT);
        assert_int_equal(read_flipped(world, false, &error), QA_MISSING_INPUT);
        world_close(world);
    }
}

/* A reader that came to the end before another process wrote more must not take its note for a proof. */
static void a_reader_beside_a_writer_never_takes_a_note_for_damage(void **state)
{
    (void)state;
    log_world_t *world = world_open(24, SMALL_SEGMENT_BYTES);
    qa_log_t *log = open_writer(world);
    qa_log_t *reader = NULL;
    assert_int_equal(world_open_log(world, &reader, true, NULL), QA_OK);
    for (uint32_t i = 0; i < 60; i++) {
        qa_log_record_t record;
        assert_int_equal(world_append(world, log, 300, NULL), QA_OK);
        assert_int_equal(world_sync(world, log, NULL), QA_OK);
        assert_int_equal(qa_log_next(reader, &record, NULL), QA_OK);
        assert_int_equal(record.offset, i + 1);
        assert_int_equal(qa_log_next(reader, &record, NULL), QA_MISSING_INPUT);
    }
    qa_log_close(reader);
    finish(log);
    world_close(world);
}

static qa_status_t count_kept(void *visitor, const char *name, bool is_folder)
{
    uint32_t *counts = visitor; /* of kept tails, and the sum of their epochs */
    const char *epoch = strstr(name, ".cut-");
    assert_false(is_folder);
    if (epoch == NULL) return QA_OK;
    counts[0]++;
    counts[1] += (uint32_t)strtoul(epoch + 5, NULL, 10);
    return QA_OK;
}

/* Puts 24 bytes that are no frame behind the last one. */
static void tear(log_world_t *world, const qa_log_position_t *end)
{
    uint64_t bytes;
    char path[64];
    uint8_t copy[65536];
    snprintf(path, sizeof(path), "/app/log/%016llx.log", (unsigned long long)end->segment);
    const uint8_t *data = qa_fake_file(world->fake, path, &bytes);
    assert_true(bytes <= sizeof(copy) && end->at + 24 <= sizeof(copy));
    memset(copy, 0, sizeof(copy));
    memcpy(copy, data, (size_t)bytes);
    memset(copy + end->at, 0xCD, 24);
    assert_int_equal(qa_fake_put_file(world->fake, path, copy, sizeof(copy)), QA_OK);
}

static void all_that_was_ever_cut_is_counted_and_the_latest_tails_are_kept(void **state)
{
    (void)state;
    log_world_t *world = world_open(25, 65536);
    qa_log_position_t position;
    qa_log_position_t middle;
    qa_log_statistics_t statistics;
    for (int turn = 0; turn < 7; turn++) {
        qa_log_t *log = open_writer(world);
        qa_log_tail_t tail;
        assert_int_equal(qa_log_tail(log, &tail, NULL), QA_OK);
        assert_int_equal(tail.bytes, turn == 0 ? 0 : 24);
        if (turn > 0) assert_int_equal(tail.at, position.at);
        assert_int_equal(world_append(world, log, 100, NULL), QA_OK);
        assert_int_equal(world_sync(world, log, NULL), QA_OK);
        assert_int_equal(qa_log_cut_bytes(log), turn == 0 ? 0 : 24);
        assert_int_equal(qa_log_statistics(log, &statistics, NULL), QA_OK);
        assert_int_equal(statistics.cut_bytes, turn * 24);
        qa_log_tell(log, &position);
        if (turn == 3) middle = position;
        finish(log);
        if (turn < 6) tear(world, &position);
    }
    uint32_t counts[2] = { 0, 0 };
    assert_int_equal(world->system.list(world->fake, "/app/log", count_kept, counts, NULL), QA_OK);
    assert_int_equal(counts[0], 4);
    assert_int_equal(counts[1], 4 + 5 + 6 + 7);
    /* The same sum for a handle that began to read in the middle, as from a snapshot. */
    qa_log_t *log = NULL;
    assert_int_equal(world_open_log(world, &log, true, NULL), QA_OK);
    assert_int_equal(qa_log_seek(log, &middle, NULL), QA_OK);
    qa_log_record_t record;
    while (qa_log_next(log, &record, NULL) == QA_OK)
        assert_true(record.offset > 4);
    assert_int_equal(qa_log_statistics(log, &statistics, NULL), QA_OK);
    assert_int_equal(statistics.cut_bytes, 6 * 24);
    finish(log);
    world_close(world);
}

static uint64_t file_bytes(const log_world_t *world, const char *path)
{
    uint64_t bytes;
    (void)qa_fake_file(world->fake, path, &bytes);
    return bytes;
}

/* Nothing was appended: the log must not keep what was left of the disk. */
static void a_full_disk_gets_back_what_a_refused_append_took(void **state)
{
    (void)state;
    for (uint64_t room = 0; room < 3000; room += 100) {
        log_world_t *world = world_open(26, 1 << 20);
        qa_log_t *log = open_writer(world);
        qa_log_position_t position;
        qa_log_statistics_t statistics;
        do {
            assert_int_equal(world_append(world, log, 60000, NULL), QA_OK);
            assert_int_equal(world_sync(world, log, NULL), QA_OK);
            qa_log_tell(log, &position);
            assert_int_equal(qa_log_statistics(log, &statistics, NULL), QA_OK);
        } while (statistics.bytes_on_disk > statistics.bytes_used + 50000);
        const uint64_t used = file_bytes(world, first_segment) + file_bytes(world, "/app/log/write.lock");
        qa_fake_set_capacity(world->fake, used + room);
        assert_int_equal(world_append(world, log, 60000, NULL), QA_OK);
        assert_int_equal(qa_log_sync(log, NULL), QA_DISK_FULL);
        assert_int_equal(file_bytes(world, first_segment), position.at);
        qa_log_close(log);
        qa_fake_set_capacity(world->fake, 0);
        assert_int_equal(reopen_and_count(world), world->acknowledged);
        world_close(world);
    }
}

static void a_full_disk_gets_back_zeros_and_segments_that_were_being_made(void **state)
{
    (void)state;
    log_world_t *world = world_open(27, SMALL_SEGMENT_BYTES);
    qa_log_t *log = open_writer(world);
    qa_status_t status = QA_OK;
    qa_fake_set_capacity(world->fake, 6000);
    while (status == QA_OK) {
        status = world_append(world, log, 300, NULL);
        if (status == QA_OK) status = world_sync(world, log, NULL);
    }
    assert_int_equal(status, QA_DISK_FULL);
    assert_null(qa_fake_file(world->fake, "/app/log/next.tmp", &(uint64_t){ 0 }));
    qa_log_close(log);
    assert_int_equal(reopen_and_count(world), world->acknowledged);
    world_close(world);
    /* Room for the frames and a part of the zeros: the append succeeds, and takes only its frames. */
    world = world_open(28, 1 << 20);
    log = open_writer(world);
    qa_log_position_t position;
    qa_fake_set_capacity(world->fake, 65536 + 512 + 20000);
    assert_int_equal(world_append(world, log, 70000, NULL), QA_OK);
    assert_int_equal(world_sync(world, log, NULL), QA_OK);
    qa_log_tell(log, &position);
    assert_int_equal(file_bytes(world, first_segment), position.at);
    finish(log);
    world_close(world);
}

static void a_limit_on_the_size_of_files_is_a_full_disk_with_words(void **state)
{
    (void)state;
    const struct qa_system *system = &qa_system_default;
    const uint8_t data[4096] = { 1 };
    struct rlimit limit;
    qa_file_t *file = NULL;
    qa_error_t error;
    char path[256];
    const char *folder = getenv("TMPDIR");
    snprintf(path, sizeof(path), "%s/qa-limit-XXXXXX", folder == NULL ? "/tmp" : folder);
    assert_non_null(mkdtemp(path));
    char name[300];
    snprintf(name, sizeof(name), "%s/file", path);
    assert_int_equal(system->open(NULL, name, QA_FILE_CREATE, &file, &error), QA_OK);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
    const struct rlimit small = { .rlim_cur = 1024, .rlim_max = limit.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const qa_status_t status = system->write(file, 0, data, sizeof(data), &error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    signal(SIGXFSZ, before);
    assert_int_equal(status, QA_DISK_FULL);
    assert_non_null(strstr(error.message, "ulimit -f"));
    system->close(file);
    assert_int_equal(system->remove(NULL, name, NULL), QA_OK);
    assert_int_equal(system->remove(NULL, path, NULL), QA_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_damaged_last_record_is_said_by_the_note_in_the_lock_file),
        cmocka_unit_test(a_note_that_is_missing_or_damaged_or_of_another_log_proves_nothing),
        cmocka_unit_test(a_reader_beside_a_writer_never_takes_a_note_for_damage),
        cmocka_unit_test(all_that_was_ever_cut_is_counted_and_the_latest_tails_are_kept),
        cmocka_unit_test(a_full_disk_gets_back_what_a_refused_append_took),
        cmocka_unit_test(a_full_disk_gets_back_zeros_and_segments_that_were_being_made),
        cmocka_unit_test(a_limit_on_the_size_of_files_is_a_full_disk_with_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
