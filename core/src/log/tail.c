/* Tells a torn tail from damage. Where the expected frame is missing, a later frame that was written when
 * this one was already on the disk proves that it was lost, not torn. Never repairs, never guesses: what
 * cannot be searched in bounded time counts as damage. */
#include "log/log_private.h"

#include <assert.h>
#include <string.h>

#include "base/error.h"

enum { CHECK_FACTOR_MAX = 16 };

/* Header only: is this what a frame behind a lost one looks like? */
static bool is_proof(const qa_log_t *log, const qa_frame_t *frame)
{
    const uint64_t expected = log->cursor.sequence;
    return qa_frame_is_plausible(frame) && frame->sequence > expected && frame->epoch >= log->cursor.epoch &&
           frame->durable_sequence >= expected;
}

/* How many whole words from `data` are zero. */
static size_t count_zero_words(const uint8_t *data, size_t bytes)
{
    size_t count = 0;
    uint64_t word = 0;
    for (; count < bytes / sizeof(word); count++) {
        memcpy(&word, data + count * sizeof(word), sizeof(word));
        if (word != 0) break;
    }
    return count;
}

static bool is_frame_place(uint64_t at)
{
    return QA_SECTOR_BYTES - at % QA_SECTOR_BYTES >= QA_FRAME_HEADER_BYTES;
}

/* Verifies a candidate; `budget` counts what may still be checked. */
static qa_status_t check_candidate(qa_log_t *log, uint64_t at, const qa_frame_t *frame, uint64_t *budget,
                                   bool *is_valid_out, qa_error_t *error)
{
    const uint8_t *data = NULL;
    const size_t bytes = QA_FRAME_HEADER_BYTES + frame->length;
    *is_valid_out = false;
    if (*budget < bytes) {
        *is_valid_out = true; /* too many false ones to be an accident of a torn write */
        return QA_OK;
    }
    const qa_status_t status = qa_log_window_get(log, at, bytes, &data, error);
    if (status != QA_OK || data == NULL) return status;
    *budget -= bytes;
    const uint32_t begun = qa_frame_checksum_begin(log->crc32c, log->header.checksum, data);
    *is_valid_out = log->crc32c(begun, data + QA_FRAME_HEADER_BYTES, frame->length) == frame->checksum;
    return QA_OK;
}

/* A later segment, but not the one that would follow here: the frames between are gone. */
static qa_status_t find_later_segment(qa_log_t *log, bool *is_found_out, qa_error_t *error)
{
    qa_log_listing_t listing = { .after = log->cursor.segment };
    const qa_status_t status = qa_log_segment_list(log, &listing, error);
    *is_found_out = listing.first_sequence_after > log->cursor.sequence;
    return status;
}

qa_status_t qa_log_tail_scan(qa_log_t *log, bool *is_damage_out, qa_error_t *error)
{
    uint64_t at = log->cursor.at;
    uint64_t budget = (uint64_t)CHECK_FACTOR_MAX * log->header.segment_bytes;
    *is_damage_out = false;
    log->tail_bytes = 0;
    assert(at % QA_FRAME_ALIGNMENT == 0);
    for (;; at += QA_FRAME_ALIGNMENT) {
        const uint8_t *data = NULL;
        qa_status_t status = qa_log_window_get(log, at, QA_FRAME_ALIGNMENT, &data, error);
        if (status != QA_OK) return status;
        if (data == NULL) break;
        const size_t zero_words = count_zero_words(data, qa_log_window_left(log, at));
        if (zero_words > 0) {
            at += (zero_words - 1) * QA_FRAME_ALIGNMENT;
            continue;
        }
        log->tail_bytes = at + QA_FRAME_ALIGNMENT - log->cursor.at;
        if (!is_frame_place(at)) continue;
        status = qa_log_window_get(log, at, QA_FRAME_HEADER_BYTES, &data, error);
        if (status != QA_OK) return status;
        if (data == NULL) continue;
        qa_frame_t frame;
        qa_frame_decode(&frame, data);
        if (!is_proof(log, &frame)) continue;
        status = check_candidate(log, at, &frame, &budget, is_damage_out, error);
        if (status != QA_OK || *is_damage_out) return status;
    }
    /* Fewer than eight bytes at the end of a file that was cut: not a frame, but something to cut. */
    if (log->window.bytes > 0 && at == log->window.start)
        log->tail_bytes = at + log->window.bytes - log->cursor.at;
    const qa_status_t status = find_later_segment(log, is_damage_out, error);
    if (status == QA_OK && !*is_damage_out) {
        log->is_scanned = true;
        log->scanned_at = log->cursor.at;
    }
    return status;
}
