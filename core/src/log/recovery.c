/* Recovery of the tail by the next writer: what is whole is written once more, what is not is kept aside and
 * cut, and an EPOCH frame goes to the disk before anything new. docs/formats/delta-log.md says why each step
 * is there. Never drops a whole frame. */
#include "log/log_private.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"

/* After a failed sync the system may hold frames in memory that it believes to be on the disk: only writing
 * them again gets them there. The bytes do not change. */
static qa_status_t rewrite_unproven(qa_log_t *log, qa_file_t *file, qa_error_t *error)
{
    qa_log_window_drop(log);
    for (uint64_t at = log->unproven_at; at < log->cursor.at;) {
        const uint64_t left = log->cursor.at - at;
        const size_t bytes = left < QA_LOG_WINDOW_BYTES ? (size_t)left : QA_LOG_WINDOW_BYTES;
        const uint8_t *data = NULL;
        qa_status_t status = qa_log_window_get(log, at, bytes, &data, error);
        if (status != QA_OK) return status;
        /* The padding of the last frame may be missing at the end of the file. */
        const size_t got = data != NULL ? bytes : log->window.bytes;
        if (got > 0)
            status =
                log->system->write(file, at, log->window.buffer.data + (at - log->window.start), got, error);
        if (status != QA_OK) return status;
        at += bytes;
    }
    return QA_OK;
}

/* A process that died between making a segment and syncing its folder left a name that the next crash would
 * take away, and all that is acknowledged in it. */
static qa_status_t sync_folders(const qa_log_t *log, qa_error_t *error)
{
    const qa_system_t *system = log->system;
    char app_folder[QA_LOG_PATH_BYTES];
    const qa_status_t status = system->sync_folder(system->context, log->folder, error);
    if (status != QA_OK) return status;
    qa_log_app_folder_path(log, app_folder);
    return system->sync_folder(system->context, app_folder, error);
}

static qa_status_t mend_tail(qa_log_t *log, qa_error_t *error)
{
    char path[QA_LOG_PATH_BYTES];
    qa_file_t *file = NULL;
    qa_log_segment_path(log, log->cursor.segment, path);
    qa_status_t status = log->system->open(log->system->context, path, QA_FILE_WRITE, &file, error);
    if (status != QA_OK) return status;
    status = qa_log_keep_tail(log, error);
    if (status == QA_OK) status = sync_folders(log, error);
    if (status == QA_OK) status = rewrite_unproven(log, file, error);
    if (status == QA_OK && log->tail_bytes > 0) status = log->system->truncate(file, log->cursor.at, error);
    if (status == QA_OK) status = log->system->size(file, &log->filled_bytes, error);
    if (status != QA_OK) {
        log->system->close(file);
        return status;
    }
    log->cut_bytes += log->tail_bytes;
    log->system->close(log->file);
    log->file = file;
    log->is_file_writable = true;
    qa_log_window_drop(log);
    return QA_OK;
}

#ifndef QA_PLANTED_NO_EPOCH
static qa_status_t put_epoch(qa_log_t *log, qa_error_t *error)
{
    const qa_system_t *system = log->system;
    char host[256];
    uint8_t payload[QA_EPOCH_BYTES];
    qa_put_u64(payload, log->cursor.offset);
    memcpy(payload + 8, log->cursor.chain_hash, QA_SHA256_BYTES);
    qa_put_u64(payload + 40, system->process(system->context, host));
    qa_put_u64(payload + 48, (uint64_t)system->time_ns(system->context));
    qa_put_u64(payload + 56, log->tail_bytes);
    const qa_span_t span = { payload, sizeof(payload) };
    qa_status_t status = qa_log_put_frame(log, QA_FRAME_EPOCH, &span, 1, log->cursor.appended_at_ns, error);
    if (status == QA_OK) status = qa_log_flush(log, error);
    if (status == QA_OK) log->cut_bytes_read += log->tail_bytes;
    return status == QA_OK ? qa_log_sync_file(log, error) : status;
}
#endif

qa_status_t qa_log_recover(qa_log_t *log, qa_error_t *error)
{
    qa_status_t status = QA_OK;
    assert(log->is_locked && log->is_at_end);
    assert(log->pending.bytes == 0 && !log->has_unsynced);
    if (!log->is_scanned || log->scanned_at != log->cursor.at) {
        bool is_damage = false;
        status = qa_log_tail_scan(log, &is_damage, error);
        if (status == QA_OK && is_damage)
            status = qa_log_corrupt(log, log->cursor.at, "the frame that stood here is not whole", error);
        if (status != QA_OK) return status;
    }
    /* Memory first, as in every append: refused, nothing has happened. */
    if (qa_buffer_reserve(&log->pending, QA_FRAME_HEADER_BYTES + QA_EPOCH_BYTES + 2 * QA_SECTOR_BYTES) !=
        QA_OK)
        return qa_fail_memory(error, "appending to the log");
    if (!log->is_marked) status = qa_log_mark(log, true, true, error);
    if (status == QA_OK) status = mend_tail(log, error);
#ifndef QA_PLANTED_NO_EPOCH
    if (status == QA_OK) status = put_epoch(log, error);
#endif
    if (status != QA_OK) return qa_log_poison(log, status);
    log->is_in_parts = false;
    log->needs_epoch = false;
    log->boundary = log->cursor;
    return QA_OK;
}
