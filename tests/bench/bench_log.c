/* What the log costs on the disk of $TMPDIR (or /tmp): durable appends by one writer, batches, replay. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/log.h"

enum {
    RECORD_BYTES = 116,
    SINGLES = 3000,
    BATCH = 1000,
    BATCHES = 500,
    LARGE_BYTES = 4096,
    LARGE_COUNT = 50000
};

static double seconds(void)
{
    return (double)qa_system_default.monotonic_ns(NULL) * 1e-9;
}

static void check(qa_status_t status, const qa_error_t *error)
{
    if (status == QA_OK) return;
    fprintf(stderr, "%s\n", error->message);
    exit(1);
}

static qa_log_t *open_log(const char *folder)
{
    const qa_log_options_t options = { .allocator = &qa_allocator_default,
                                       .system = &qa_system_default,
                                       .folder = folder };
    qa_log_t *log = NULL;
    qa_error_t error;
    check(qa_log_open(&log, &options, &error), &error);
    return log;
}

static uint64_t replay(qa_log_t *log, uint64_t *bytes_out)
{
    qa_log_record_t record;
    uint64_t count = 0;
    *bytes_out = 0;
    while (qa_log_next(log, &record, NULL) == QA_OK) {
        count++;
        *bytes_out += record.bytes;
    }
    return count;
}

static int compare_times(const void *a, const void *b)
{
    const double first = *(const double *)a;
    const double second = *(const double *)b;
    return first < second ? -1 : first > second;
}

static void append_singly(qa_log_t *log, const uint8_t *data)
{
    static double times[SINGLES];
    qa_error_t error;
    const qa_span_t span = { data, RECORD_BYTES };
    const double begin = seconds();
    for (int i = 0; i < SINGLES; i++) {
        const double start = seconds();
        qa_log_record_t record;
        check(qa_log_lock(log, 1000, &error), &error);
        while (qa_log_next(log, &record, &error) == QA_OK) {
        }
        check(qa_log_append(log, &span, 1, 0, NULL, &error), &error);
        check(qa_log_sync(log, &error), &error);
        qa_log_unlock(log);
        times[i] = seconds() - start;
    }
    const double total = seconds() - begin;
    qsort(times, SINGLES, sizeof(times[0]), compare_times);
    printf("lock, append %d bytes, sync, unlock: %.0f/s, p50 %.3f ms, p99 %.3f ms\n", RECORD_BYTES,
           SINGLES / total, times[SINGLES / 2] * 1e3, times[SINGLES * 99 / 100] * 1e3);
}

static void append_many(qa_log_t *log, const uint8_t *data, size_t bytes, int batches, int batch)
{
    qa_error_t error;
    qa_log_record_t record;
    const qa_span_t span = { data, bytes };
    check(qa_log_lock(log, 1000, &error), &error);
    while (qa_log_next(log, &record, &error) == QA_OK) {
    }
    const double begin = seconds();
    for (int i = 0; i < batches; i++) {
        for (int k = 0; k < batch; k++)
            check(qa_log_append(log, &span, 1, 0, NULL, &error), &error);
        check(qa_log_sync(log, &error), &error);
    }
    const double total = seconds() - begin;
    qa_log_unlock(log);
    printf("%d records of %zu bytes, a sync each %d: %.0f records/s, %.0f MB/s\n", batches * batch, bytes,
           batch, batches * batch / total, (double)bytes * batches * batch / total * 1e-6);
}

static void replay_all(const char *folder, const char *what)
{
    qa_log_t *log = open_log(folder);
    uint64_t bytes;
    qa_log_statistics_t statistics;
    const double begin = seconds();
    const uint64_t count = replay(log, &bytes);
    const double total = seconds() - begin;
    qa_error_t error;
    check(qa_log_statistics(log, &statistics, &error), &error);
    printf("replay of %s: %llu records, %.2f s, %.0f MB/s of frames, %.2f million records/s\n", what,
           (unsigned long long)count, total, (double)statistics.bytes_used / total * 1e-6,
           (double)count / total * 1e-6);
    qa_log_close(log);
}

static qa_status_t remove_entry(void *visitor, const char *name, bool is_folder)
{
    char path[800];
    (void)is_folder;
    snprintf(path, sizeof(path), "%s/%s", (const char *)visitor, name);
    return qa_system_default.remove(NULL, path, NULL);
}

static void remove_log(const char *folder)
{
    char log_folder[600];
    snprintf(log_folder, sizeof(log_folder), "%s/log", folder);
    qa_system_default.list(NULL, log_folder, remove_entry, log_folder, NULL);
    qa_system_default.remove(NULL, log_folder, NULL);
    qa_system_default.remove(NULL, folder, NULL);
}

int main(void)
{
    char folders[2][256];
    static uint8_t data[LARGE_BYTES];
    const char *temporary = getenv("TMPDIR");
    for (int i = 0; i < 2; i++) {
        snprintf(folders[i], sizeof(folders[i]), "%s/quantatom-bench-XXXXXX",
                 temporary != NULL ? temporary : "/tmp");
        if (mkdtemp(folders[i]) == NULL) return 1;
    }
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i * 31);
    qa_log_t *log = open_log(folders[0]);
    append_singly(log, data);
    append_many(log, data, RECORD_BYTES, BATCHES, BATCH);
    qa_log_close(log);
    replay_all(folders[0], "short records");
    log = open_log(folders[1]);
    append_many(log, data, LARGE_BYTES, LARGE_COUNT / BATCH, BATCH);
    qa_log_close(log);
    replay_all(folders[1], "4 KiB records");
    for (int i = 0; i < 2; i++)
        remove_log(folders[i]);
    return 0;
}
