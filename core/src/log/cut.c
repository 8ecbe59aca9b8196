/* The tails that recovery cuts: kept aside before they are cut, counted, and described for a report. What was
 * cut may be the only trace of an intent, so it is a file until later ones push it out. Never touches what is
 * whole. */
#include "log/log_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"

enum { KEPT_COUNT_MAX = 4, KEPT_NAME_BYTES = 64 };

/* The files beside the segments that hold cut tails: "<segment>.cut-<epoch>". */
typedef struct kept_listing {
    uint32_t count;
    uint64_t epoch_lowest;
    char name_lowest[KEPT_NAME_BYTES];
} kept_listing_t;

static qa_status_t visit_kept(void *visitor, const char *name, bool is_folder)
{
    kept_listing_t *listing = visitor;
    const char *epoch_text = strstr(name, ".cut-");
    if (is_folder || epoch_text == NULL || strlen(name) >= KEPT_NAME_BYTES) return QA_OK;
    const uint64_t epoch = strtoull(epoch_text + 5, NULL, 10);
    if (listing->count++ > 0 && epoch >= listing->epoch_lowest) return QA_OK;
    listing->epoch_lowest = epoch;
    snprintf(listing->name_lowest, sizeof(listing->name_lowest), "%s", name);
    return QA_OK;
}

/* Removes the earliest of the kept tails until there is room for one more. */
static qa_status_t make_room(const qa_log_t *log, qa_error_t *error)
{
    const qa_system_t *system = log->system;
    for (;;) {
        char path[QA_LOG_PATH_BYTES];
        kept_listing_t listing = { .count = 0 };
        qa_status_t status = system->list(system->context, log->folder, visit_kept, &listing, error);
        if (status != QA_OK || listing.count < KEPT_COUNT_MAX) return status;
        qa_log_folder_path(log, listing.name_lowest, path);
        status = system->remove(system->context, path, error);
        if (status != QA_OK) return status;
    }
}

static qa_status_t copy_tail(qa_log_t *log, qa_file_t *file, qa_error_t *error)
{
    const uint64_t end = log->cursor.at + log->tail_bytes;
    for (uint64_t at = log->cursor.at; at < end;) {
        const size_t bytes = end - at < QA_LOG_WINDOW_BYTES ? (size_t)(end - at) : QA_LOG_WINDOW_BYTES;
        const uint8_t *data = NULL;
        qa_status_t status = qa_log_window_get(log, at, bytes, &data, error);
        if (status != QA_OK) return status;
        if (data == NULL) break; /* the file ends within the last word */
        status = log->system->write(file, at - log->cursor.at, data, bytes, error);
        if (status != QA_OK) return status;
        at += bytes;
    }
    return log->system->sync(file, error);
}

/* Makes the file of the tail. Its name has the epoch that follows the cut; a recovery that did not get to
 * that epoch has left one of the same name, which stays. */
static qa_status_t make_kept_file(const qa_log_t *log, char path_out[QA_LOG_PATH_BYTES], qa_file_t **file_out,
                                  qa_error_t *error)
{
    const qa_system_t *system = log->system;
    for (int number = 1;; number++) {
        char name[KEPT_NAME_BYTES];
        const int bytes = snprintf(name, sizeof(name), "%016" PRIx64 ".cut-%" PRIu32, log->cursor.segment,
                                   log->cursor.epoch + 1);
        if (number > 1) snprintf(name + bytes, sizeof(name) - (size_t)bytes, "-%d", number);
        qa_log_folder_path(log, name, path_out);
        const qa_status_t status = system->open(system->context, path_out, QA_FILE_CREATE, file_out, error);
        if (status != QA_EXISTS || number > KEPT_COUNT_MAX) return status;
    }
}

qa_status_t qa_log_keep_tail(qa_log_t *log, qa_error_t *error)
{
    const qa_system_t *system = log->system;
    char path[QA_LOG_PATH_BYTES];
    qa_file_t *file = NULL;
    if (log->tail_bytes == 0) return QA_OK;
    qa_status_t status = make_room(log, error);
    if (status == QA_OK) status = make_kept_file(log, path, &file, error);
    if (status != QA_OK) return status;
    qa_log_window_drop(log);
    status = copy_tail(log, file, error);
    system->close(file);
    if (status != QA_OK) (void)system->remove(system->context, path, NULL);
    return status;
}

/* The frame at the cursor by its header alone; the frames were checked when they were read. */
static qa_status_t peek(qa_log_t *log, qa_frame_t *frame_out, bool *is_there_out, qa_error_t *error)
{
    const uint8_t *data = NULL;
    *is_there_out = false;
    const qa_status_t status =
        qa_log_window_get(log, qa_frame_start(log->cursor.at), QA_FRAME_HEADER_BYTES, &data, error);
    if (status != QA_OK || data == NULL) return status;
    qa_frame_decode(frame_out, data);
    *is_there_out = qa_frame_is_plausible(frame_out) && frame_out->sequence == log->cursor.sequence;
    return QA_OK;
}

/* Hops over the frames before `sequence_end` and adds up what their EPOCH frames say was cut. */
static qa_status_t sum_epochs(qa_log_t *log, uint64_t sequence_end, uint64_t *bytes_out, qa_error_t *error)
{
    while (log->cursor.sequence < sequence_end) {
        qa_frame_t frame;
        bool is_there;
        qa_status_t status = peek(log, &frame, &is_there, error);
        if (status != QA_OK) return status;
        if (!is_there) {
            if (log->cursor.sequence == log->cursor.segment) return QA_OK;
            status = qa_log_segment_enter(log, log->cursor.sequence, false, error);
            if (status == QA_MISSING_INPUT) return QA_OK;
            if (status != QA_OK) return status;
            continue;
        }
        if (frame.kind == QA_FRAME_EPOCH) {
            qa_log_found_t found;
            status = qa_log_frame_get(log, &found, &is_there, error);
            if (status != QA_OK) return status;
            if (is_there && found.frame.length == QA_EPOCH_BYTES)
                *bytes_out += qa_get_u64(found.payload + 56);
        }
        log->cursor.at = qa_frame_start(log->cursor.at) + qa_frame_bytes(frame.length);
        log->cursor.sequence++;
        log->cursor.epoch = frame.epoch;
    }
    return QA_OK;
}

qa_status_t qa_log_cut_sum(qa_log_t *log, uint64_t *bytes_out, qa_error_t *error)
{
    char folder[QA_LOG_PATH_BYTES];
    qa_log_t *other = NULL;
    if (!log->is_cut_before_known) {
        qa_log_app_folder_path(log, folder);
        const qa_log_options_t options = {
            .allocator = log->allocator, .system = log->system, .folder = folder, .is_read_only = true
        };
        uint64_t bytes = 0;
        qa_status_t status = qa_log_open(&other, &options, error);
        if (status == QA_OK) status = sum_epochs(other, log->read_from_sequence, &bytes, error);
        qa_log_close(other);
        if (status != QA_OK) return status;
        log->cut_bytes_before = bytes;
        log->is_cut_before_known = true;
    }
    *bytes_out = log->cut_bytes_before + log->cut_bytes_read;
    return QA_OK;
}

qa_status_t qa_log_tail(qa_log_t *log, qa_log_tail_t *tail_out, qa_error_t *error)
{
    bool is_damage = false;
    *tail_out = (qa_log_tail_t){ .offset = log->cursor.offset, .at = log->cursor.at };
    if (log->is_poisoned || log->has_unsynced)
        return qa_fail(error, QA_INVALID, "the end of the log is being written");
    qa_log_segment_path(log, log->cursor.segment, tail_out->path);
    qa_log_window_drop(log);
    const qa_status_t status = qa_log_tail_scan(log, &is_damage, error);
    if (status == QA_OK && is_damage)
        return qa_log_corrupt(log, log->cursor.at, "the frame that stood here is not whole", error);
    tail_out->bytes = log->tail_bytes;
    return status;
}
