/* The times of all intents, read from the log's records as they are. It never applies one. */
#include "qa/times.h"

#include "base/error.h"
#include "lattice/lattice_private.h"

struct qa_times {
    qa_lattice_t *lattice;
    qa_log_t *log;     /* NULL: not opened yet, or broken */
    int64_t *times_ns; /* of offset i + 1 */
    uint32_t count;
    uint32_t capacity;
};

qa_status_t qa_times_open(qa_times_t **times_out, qa_lattice_t *lattice, qa_error_t *error)
{
    *times_out = NULL;
    qa_error_clear(error);
    qa_times_t *times = qa_memory_take(lattice->allocator, sizeof(*times));
    if (times == NULL) return qa_fail_memory(error, "the times of a log");
    times->lattice = lattice;
    *times_out = times;
    return QA_OK;
}

void qa_times_close(qa_times_t *times)
{
    if (times == NULL) return;
    const qa_allocator_t *allocator = times->lattice->allocator;
    qa_log_close(times->log);
    qa_memory_give(allocator, times->times_ns, (size_t)times->capacity * sizeof(int64_t));
    qa_memory_give(allocator, times, sizeof(*times));
}

static qa_status_t open_log(qa_times_t *times, qa_error_t *error)
{
    const qa_log_options_t options = { .allocator = times->lattice->allocator,
                                       .system = times->lattice->system,
                                       .folder = times->lattice->folder,
                                       .is_read_only = true };
    times->count = 0;
    return qa_log_open(&times->log, &options, error);
}

static qa_status_t keep(qa_times_t *times, const qa_log_record_t *record, qa_error_t *error)
{
    if (record->kind != QA_LOG_INTENT) return QA_OK;
    if (record->offset != (uint64_t)times->count + 1)
        return qa_fail(error, QA_CORRUPT, "the log has offset %llu where %llu is due; verify the app",
                       (unsigned long long)record->offset, (unsigned long long)times->count + 1);
    const qa_status_t status = qa_array_reserve(times->lattice->allocator, (void **)&times->times_ns,
                                                &times->capacity, times->count + 1, sizeof(int64_t));
    if (status != QA_OK) return qa_fail_memory(error, "the times of a log");
    times->times_ns[times->count++] = record->appended_at_ns;
    return QA_OK;
}

/* Reads what is new. After a failure the log is opened again at the next question, and read from its
 * beginning: a record that was read and not kept would be missed. */
static qa_status_t follow(qa_times_t *times, qa_error_t *error)
{
    qa_log_record_t record;
    qa_error_clear(error);
    qa_status_t status = times->log == NULL ? open_log(times, error) : QA_OK;
    while (status == QA_OK) {
        status = qa_log_next(times->log, &record, error);
        if (status == QA_OK) status = keep(times, &record, error);
    }
    if (status == QA_MISSING_INPUT) {
        qa_error_clear(error);
        return QA_OK;
    }
    qa_log_close(times->log);
    times->log = NULL;
    return status;
}

qa_status_t qa_times_find(qa_times_t *times, uint64_t offset, int64_t *time_ns_out, qa_error_t *error)
{
    *time_ns_out = 0;
    qa_status_t status = QA_OK;
    if (offset > times->count) status = follow(times, error);
    if (status != QA_OK) return status;
    if (offset == 0 || offset > times->count) return QA_MISSING_INPUT;
    *time_ns_out = times->times_ns[offset - 1];
    return QA_OK;
}

qa_status_t qa_times_offset_at(qa_times_t *times, int64_t time_ns, uint64_t *offset_out, qa_error_t *error)
{
    *offset_out = 0;
    const qa_status_t status = follow(times, error);
    if (status != QA_OK) return status;
    /* Times never go back, so the offsets up to the one wanted are a first part. */
    uint32_t low = 0;
    uint32_t high = times->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (times->times_ns[middle] <= time_ns)
            low = middle + 1;
        else
            high = middle;
    }
    *offset_out = low;
    return QA_OK;
}
