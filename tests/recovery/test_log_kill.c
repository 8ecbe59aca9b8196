/* Real processes append to one folder on the real disk and are killed at random moments. What a process
 * reported as acknowledged is in the log; each process's records are in its own order, without gaps before
 * the last acknowledged one. QA_LONG=1 kills ten times as often. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "log/log.h"

enum {
    WRITERS = 3,
    KILLS_QUICK = 100,
    KILLS_LONG = 1000,
    WRITERS_MAX = WRITERS + KILLS_LONG,
    FRAME_BYTES_MAX = 3000
};

typedef struct writer {
    pid_t process;
    int pipe; /* the writer reports each acknowledged number here */
    uint32_t id;
    uint64_t acknowledged;
} writer_t;

static uint64_t random_below(uint64_t *seed, uint64_t below)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed % below;
}

static qa_status_t open_log(const char *folder, bool is_read_only, qa_log_t **log_out, qa_error_t *error)
{
    const qa_log_options_t options = { .allocator = &qa_allocator_default,
                                       .system = &qa_system_default,
                                       .folder = folder,
                                       .is_read_only = is_read_only,
                                       .segment_bytes = 32768 };
    return qa_log_open(log_out, &options, error);
}

/* Appends for ever; ends by being killed, or with 1 when the log says something that it must not say. */
static int write_until_killed(const char *folder, uint32_t id, int report)
{
    qa_log_t *log = NULL;
    qa_error_t error;
    qa_log_record_t record;
    uint64_t seed = 88172645463325252u + id;
    uint8_t data[FRAME_BYTES_MAX] = { 0 };
    qa_status_t status = open_log(folder, false, &log, &error);
    for (uint64_t number = 1; status == QA_OK;) {
        status = qa_log_lock(log, 30000, &error);
        while (status == QA_OK)
            status = qa_log_next(log, &record, &error);
        if (status != QA_MISSING_INPUT) break;
        status = QA_OK;
        for (uint64_t count = 1 + random_below(&seed, 4); status == QA_OK && count > 0; count--) {
            qa_put_u32(data, id);
            qa_put_u64(data + 4, number++);
            const qa_span_t span = { data, 12 + (size_t)random_below(&seed, FRAME_BYTES_MAX - 12) };
            status = qa_log_append(log, &span, 1, 0, NULL, &error);
        }
        if (status == QA_OK) status = qa_log_sync(log, &error);
        const uint64_t last = number - 1;
        qa_log_unlock(log);
        if (status == QA_OK && write(report, &last, sizeof(last)) != (ssize_t)sizeof(last)) return 1;
    }
    fprintf(stderr, "writer %u: %s\n", id, error.message);
    return 1;
}

static void start(writer_t *writer, const char *folder, uint32_t id)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    writer->id = id;
    writer->acknowledged = 0;
    writer->process = fork();
    assert_true(writer->process >= 0);
    if (writer->process == 0) {
        close(ends[0]);
        _exit(write_until_killed(folder, id, ends[1]));
    }
    close(ends[1]);
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    writer->pipe = ends[0];
}

/* Takes what the writers reported, so that none of them waits for us. */
static void drain(writer_t *writer)
{
    uint64_t number;
    while (read(writer->pipe, &number, sizeof(number)) == (ssize_t)sizeof(number))
        writer->acknowledged = number;
}

/* Kills one writer and takes down the last number that it reported. */
static void stop(writer_t *writer, uint64_t acknowledged[WRITERS_MAX])
{
    int status = 0;
    kill(writer->process, SIGKILL);
    assert_int_equal(waitpid(writer->process, &status, 0), writer->process);
    assert_true(WIFSIGNALED(status));
    drain(writer);
    close(writer->pipe);
    acknowledged[writer->id] = writer->acknowledged;
}

static void pause_ns(uint64_t time_ns)
{
    const struct timespec pause = { .tv_nsec = (long)time_ns };
    nanosleep(&pause, NULL);
}

/* Returns how many records there are. */
static uint64_t check(const char *folder, const uint64_t acknowledged[WRITERS_MAX], uint32_t id_count)
{
    static uint64_t seen[WRITERS_MAX];
    qa_log_t *log = NULL;
    qa_error_t error;
    qa_log_record_t record;
    uint64_t offset = 0;
    memset(seen, 0, sizeof(seen));
    assert_int_equal(open_log(folder, true, &log, &error), QA_OK);
    qa_status_t status;
    while ((status = qa_log_next(log, &record, &error)) == QA_OK) {
        assert_true(record.bytes >= 12);
        const uint32_t id = qa_get_u32(record.data);
        assert_in_range(id, 0, id_count - 1);
        assert_int_equal(record.offset, ++offset);
        assert_int_equal(qa_get_u64(record.data + 4), ++seen[id]);
    }
    if (status != QA_MISSING_INPUT) fail_msg("%s", error.message);
    for (uint32_t id = 0; id < id_count; id++) {
        if (seen[id] < acknowledged[id])
            fail_msg("writer %u: %llu acknowledged, %llu there", id, (unsigned long long)acknowledged[id],
                     (unsigned long long)seen[id]);
    }
    qa_log_close(log);
    return offset;
}

static qa_status_t remove_entry(void *visitor, const char *name, bool is_folder)
{
    char path[400];
    (void)is_folder;
    snprintf(path, sizeof(path), "%s/%s", (const char *)visitor, name);
    return qa_system_default.remove(NULL, path, NULL);
}

static void killed_writers_lose_nothing_that_was_acknowledged(void **state)
{
    static uint64_t acknowledged[WRITERS_MAX];
    writer_t writers[WRITERS];
    char folder[256];
    char log_folder[300];
    const char *temporary = getenv("TMPDIR");
    const char *is_long = getenv("QA_LONG");
    const int kills = is_long != NULL && strcmp(is_long, "1") == 0 ? KILLS_LONG : KILLS_QUICK;
    uint32_t id_count = 0;
    uint64_t seed = 424242;
    uint64_t records = 0;
    (void)state;
    snprintf(folder, sizeof(folder), "%s/quantatom-kill-XXXXXX", temporary != NULL ? temporary : "/tmp");
    assert_non_null(mkdtemp(folder));
    for (int i = 0; i < WRITERS; i++)
        start(&writers[i], folder, id_count++);
    for (int killed = 0; killed < kills; killed++) {
        writer_t *victim = &writers[random_below(&seed, WRITERS)];
        /* Killed in its work, not while it starts: it has reported something. Then the moment is random. */
        do {
            for (int i = 0; i < WRITERS; i++)
                drain(&writers[i]);
            if (victim->acknowledged == 0) pause_ns(1000000);
        } while (victim->acknowledged == 0);
        pause_ns(random_below(&seed, 10000000));
        stop(victim, acknowledged);
        if (killed % 10 == 0) records = check(folder, acknowledged, id_count);
        if (killed + 1 < kills)
            start(victim, folder, id_count++);
        else
            victim->process = 0;
    }
    for (int i = 0; i < WRITERS; i++) {
        if (writers[i].process != 0) stop(&writers[i], acknowledged);
    }
    records = check(folder, acknowledged, id_count);
    printf("%d kills of %d writers, %llu records checked\n", kills, WRITERS, (unsigned long long)records);
    snprintf(log_folder, sizeof(log_folder), "%s/log", folder);
    assert_int_equal(qa_system_default.list(NULL, log_folder, remove_entry, log_folder, NULL), QA_OK);
    assert_int_equal(qa_system_default.remove(NULL, log_folder, NULL), QA_OK);
    assert_int_equal(qa_system_default.remove(NULL, folder, NULL), QA_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(killed_writers_lose_nothing_that_was_acknowledged) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
