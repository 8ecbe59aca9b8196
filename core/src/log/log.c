/* Opening and closing a log, and what can be asked about it. Opening never repairs and locks only while it
 * makes a new log; what is damaged is found by reading. */
#include "log/log_private.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

enum { FRAME_ROOM_BYTES = 2 * QA_SECTOR_BYTES };

static qa_status_t check_options(const qa_log_options_t *options, qa_error_t *error)
{
    assert(options->allocator != NULL && options->system != NULL && options->folder != NULL);
    if (strlen(options->folder) > QA_LOG_FOLDER_BYTES_MAX)
        return qa_fail(error, QA_LIMIT, "the path of the folder is longer than %d bytes; move the replica",
                       QA_LOG_FOLDER_BYTES_MAX);
    if (options->segment_bytes != 0 &&
        (options->segment_bytes < QA_SEGMENT_BYTES_MIN || options->segment_bytes > QA_SEGMENT_BYTES_MAX))
        return qa_fail(error, QA_INVALID, "a segment has %d to %d bytes, not %u", QA_SEGMENT_BYTES_MIN,
                       QA_SEGMENT_BYTES_MAX, options->segment_bytes);
    return QA_OK;
}

/* The memory and hash of a log, and its options. */
static qa_status_t make_log(qa_log_t **log_out, const qa_log_options_t *options, qa_error_t *error)
{
    const size_t folder_bytes = strlen(options->folder) + sizeof("/log");
    qa_log_t *log = qa_memory_take(options->allocator, sizeof(*log));
    if (log == NULL) return qa_fail_memory(error, "opening the log");
    log->allocator = options->allocator;
    log->system = options->system;
    log->crc32c = qa_crc32c_choose();
    log->is_read_only = options->is_read_only;
    log->needs_epoch = true;
    log->generation = options->generation;
    log->segment_bytes = options->segment_bytes == 0
                             ? QA_SEGMENT_BYTES_MAX
                             : options->segment_bytes / QA_SECTOR_BYTES * QA_SECTOR_BYTES;
    memcpy(log->id, options->id, QA_LOG_ID_BYTES);
    const size_t frame_bytes_max = QA_FRAME_PAYLOAD_BYTES_MAX + FRAME_ROOM_BYTES;
    qa_buffer_make(&log->window.buffer, log->allocator, frame_bytes_max);
    qa_buffer_make(&log->pending, log->allocator, frame_bytes_max);
    qa_buffer_make(&log->parts, log->allocator, QA_INTENT_BYTES_MAX);
    log->folder = qa_memory_take(log->allocator, folder_bytes);
    if (log->folder == NULL || qa_sha256_open(&log->sha256) != QA_OK) {
        qa_memory_give(log->allocator, log->folder, folder_bytes);
        qa_memory_give(log->allocator, log, sizeof(*log));
        return qa_fail_memory(error, "opening the log");
    }
    log->folder_bytes = folder_bytes;
    snprintf(log->folder, folder_bytes, "%s/log", options->folder);
    *log_out = log;
    return QA_OK;
}

/* Makes the first segment unless another process was faster. */
static qa_status_t make_first_segment(qa_log_t *log, const char *app_folder, qa_log_listing_t *listing,
                                      qa_error_t *error)
{
    const qa_system_t *system = log->system;
    char path[QA_LOG_PATH_BYTES];
    qa_status_t status = system->make_folder(system->context, app_folder, error);
    if (status == QA_OK) status = system->make_folder(system->context, log->folder, error);
    if (status != QA_OK) return status;
    qa_log_folder_path(log, "write.lock", path);
    status = system->open(system->context, path, QA_FILE_ENSURE, &log->lock_file, error);
    if (status == QA_OK) status = system->lock(log->lock_file, QA_LOCK_TIMEOUT_MS, error);
    if (status != QA_OK) return status;
    status = qa_log_segment_list(log, listing, error);
    if (status == QA_OK && listing->count == 0) {
        log->cursor.sequence = 1;
        status = qa_log_segment_make(log, error);
        if (status == QA_OK) status = system->sync_folder(system->context, app_folder, error);
        listing->first_sequence = 1;
    }
    system->unlock(log->lock_file);
    return status;
}

qa_status_t qa_log_open(qa_log_t **log_out, const qa_log_options_t *options, qa_error_t *error)
{
    qa_log_t *log = NULL;
    qa_log_listing_t listing = { .after = 0 };
    *log_out = NULL;
    qa_status_t status = check_options(options, error);
    if (status != QA_OK) return status;
    status = options->system->check_folder(options->system->context, options->folder, error);
    if (status == QA_OK) status = make_log(&log, options, error);
    if (status != QA_OK) return status;
    status = qa_log_segment_list(log, &listing, error);
    if (status != QA_OK) goto done;
    if (listing.count == 0 && options->must_exist) {
        status = qa_fail(error, QA_CORRUPT,
                         "the segments of the log in %s/log are gone; restore the app from a backup",
                         options->folder);
        goto done;
    }
    if (listing.count == 0 && log->is_read_only) {
        status = qa_fail(error, QA_NOT_A_REPLICA, "%s has no log; open it for writing to make one",
                         options->folder);
        goto done;
    }
    if (listing.count == 0) status = make_first_segment(log, options->folder, &listing, error);
    if (status == QA_OK) status = qa_log_segment_enter(log, listing.first_sequence, false, error);
    if (status != QA_OK) goto done;
    memcpy(log->id, log->header.id, QA_LOG_ID_BYTES);
    log->generation = log->header.generation;
    log->boundary = log->cursor;
    log->is_cut_before_known = true;
    qa_error_clear(error);
    *log_out = log;
    log = NULL;
done:
    qa_log_close(log);
    return status;
}

void qa_log_close(qa_log_t *log)
{
    if (log == NULL) return;
    qa_log_unlock(log);
    log->system->close(log->file);
    log->system->close(log->lock_file);
    log->system->close(log->note_file);
    qa_buffer_release(&log->window.buffer);
    qa_buffer_release(&log->pending);
    qa_buffer_release(&log->parts);
    qa_sha256_close(log->sha256, NULL);
    const qa_allocator_t *allocator = log->allocator;
    qa_memory_give(allocator, log->folder, log->folder_bytes);
    qa_memory_give(allocator, log, sizeof(*log));
}

const uint8_t *qa_log_id(const qa_log_t *log)
{
    return log->id;
}

uint32_t qa_log_generation(const qa_log_t *log)
{
    return log->generation;
}

uint64_t qa_log_cut_bytes(const qa_log_t *log)
{
    return log->cut_bytes;
}

/* Sums the sizes of the segments; ended ones have no zeros behind their frames. */
static qa_status_t measure(qa_log_t *log, uint64_t first_sequence, qa_log_statistics_t *statistics,
                           qa_error_t *error)
{
    char path[QA_LOG_PATH_BYTES];
    qa_file_t *file = NULL;
    uint64_t bytes = 0;
    qa_log_segment_path(log, first_sequence, path);
    qa_status_t status = log->system->open(log->system->context, path, QA_FILE_READ, &file, error);
    if (status != QA_OK) return status;
    status = log->system->size(file, &bytes, error);
    log->system->close(file);
    statistics->segment_count++;
    statistics->bytes_on_disk += bytes;
    statistics->bytes_used += first_sequence == log->cursor.segment ? log->cursor.at : bytes;
    return status;
}

qa_status_t qa_log_statistics(qa_log_t *log, qa_log_statistics_t *statistics_out, qa_error_t *error)
{
    *statistics_out = (qa_log_statistics_t){ .offset = log->cursor.offset, .epoch = log->cursor.epoch };
    qa_log_listing_t listing = { .after = 0 };
    for (;;) {
        qa_status_t status = qa_log_segment_list(log, &listing, error);
        if (status != QA_OK) return status;
        if (listing.first_sequence_after == 0) return qa_log_cut_sum(log, &statistics_out->cut_bytes, error);
        status = measure(log, listing.first_sequence_after, statistics_out, error);
        if (status != QA_OK) return status;
        listing.after = listing.first_sequence_after;
    }
}
