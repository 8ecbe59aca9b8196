/* Reads the current segment in large pieces and finds single frames in them. Never trusts a length: a frame
 * is asked for only when its header is plausible, and memory is taken only up to the largest frame. */
#include "log/log_private.h"

#include <assert.h>
#include <string.h>

#include "base/error.h"

void qa_log_window_drop(qa_log_t *log)
{
    log->window.bytes = 0;
    log->window.wanted_bytes = QA_LOG_WINDOW_BYTES_MIN;
}

size_t qa_log_window_left(const qa_log_t *log, uint64_t position)
{
    const qa_log_window_t *window = &log->window;
    assert(position >= window->start && position - window->start <= window->bytes);
    return window->bytes - (size_t)(position - window->start);
}

qa_status_t qa_log_window_get(qa_log_t *log, uint64_t position, size_t bytes, const uint8_t **data_out,
                              qa_error_t *error)
{
    qa_log_window_t *window = &log->window;
    assert(bytes <= window->buffer.bytes_max);
    *data_out = NULL;
    const bool is_inside = position >= window->start && position - window->start <= window->bytes &&
                           bytes <= window->bytes - (size_t)(position - window->start);
    if (!is_inside) {
        const size_t usual =
            window->wanted_bytes < QA_LOG_WINDOW_BYTES_MIN ? QA_LOG_WINDOW_BYTES_MIN : window->wanted_bytes;
        const size_t wanted = bytes > usual ? bytes : usual;
        window->wanted_bytes = usual * 4 < QA_LOG_WINDOW_BYTES ? usual * 4 : QA_LOG_WINDOW_BYTES;
        window->bytes = 0;
        qa_buffer_clear(&window->buffer);
        const qa_status_t reserved = qa_buffer_reserve(&window->buffer, wanted);
        if (reserved != QA_OK) return qa_fail_memory(error, "reading the log");
        size_t got = 0;
        const qa_status_t status =
            log->system->read(log->file, position, window->buffer.data, wanted, &got, error);
        if (status != QA_OK) return status;
        window->start = position;
        window->bytes = got;
        if (got < bytes) return QA_OK;
    }
    *data_out = window->buffer.data + (position - window->start);
    return QA_OK;
}

static bool is_expected(const qa_log_t *log, const qa_frame_t *frame)
{
    const uint32_t epoch = frame->kind == QA_FRAME_EPOCH ? log->cursor.epoch + 1 : log->cursor.epoch;
    return qa_frame_is_plausible(frame) && frame->sequence == log->cursor.sequence && frame->epoch == epoch;
}

qa_status_t qa_log_frame_get(qa_log_t *log, qa_log_found_t *found_out, bool *is_found_out, qa_error_t *error)
{
    const uint8_t *data = NULL;
    const uint64_t at = qa_frame_start(log->cursor.at);
    *is_found_out = false;
    qa_status_t status = qa_log_window_get(log, at, QA_FRAME_HEADER_BYTES, &data, error);
    if (status != QA_OK || data == NULL) return status;
    qa_frame_decode(&found_out->frame, data);
    if (!is_expected(log, &found_out->frame)) return QA_OK;
    const size_t bytes = QA_FRAME_HEADER_BYTES + found_out->frame.length;
    status = qa_log_window_get(log, at, bytes, &data, error);
    if (status != QA_OK || data == NULL) return status;
    found_out->payload = data + QA_FRAME_HEADER_BYTES;
    found_out->at = at;
#ifdef QA_PLANTED_NO_CRC
    *is_found_out = true;
#else
    const uint32_t begun = qa_frame_checksum_begin(log->crc32c, log->header.checksum, data);
    *is_found_out =
        log->crc32c(begun, found_out->payload, found_out->frame.length) == found_out->frame.checksum;
#endif
    return QA_OK;
}
