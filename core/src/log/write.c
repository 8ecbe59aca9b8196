/* Appending: frames are collected in memory and written before a sync or when they are many. Any failure
 * after the first byte went to the file poisons the log: nothing is retried, a failed sync least of all. */
#include "log/log_private.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"

enum { FILL_BYTES_MIN = 64 << 10, FILL_BYTES_MAX = 1 << 20, ZEROS_BYTES = 32 << 10 };

qa_status_t qa_log_poison(qa_log_t *log, qa_status_t status)
{
    assert(status != QA_OK);
    log->is_poisoned = true;
    return status;
}

qa_status_t qa_log_check_writable(const qa_log_t *log, qa_error_t *error)
{
    if (log->is_poisoned)
        return qa_fail(error, QA_POISONED, "an earlier write of the log failed; open it again");
    if (log->is_read_only) return qa_fail(error, QA_READ_ONLY, "%s was opened for reading only", log->folder);
    if (!log->is_locked)
        return qa_fail(error, QA_INVALID, "%s must be locked before it is written", log->folder);
    if (!log->is_at_end)
        return qa_fail(error, QA_INVALID, "%s must be read to its end before it is written", log->folder);
    return QA_OK;
}

/* The current segment, open for writing, its size known. */
static qa_status_t prepare_file(qa_log_t *log, qa_error_t *error)
{
    const qa_system_t *system = log->system;
    if (!log->is_file_writable) {
        char path[QA_LOG_PATH_BYTES];
        qa_file_t *file = NULL;
        qa_log_segment_path(log, log->cursor.segment, path);
        const qa_status_t status = system->open(system->context, path, QA_FILE_WRITE, &file, error);
        if (status != QA_OK) return status;
        system->close(log->file);
        log->file = file;
        log->is_file_writable = true;
    }
    return log->filled_bytes > 0 ? QA_OK : system->size(log->file, &log->filled_bytes, error);
}

/* A disk that is full should not stay so for zeros and halves of frames that nobody will read. What recovery
 * would find is whole either way, so that this may fail. */
static void give_back(qa_log_t *log, uint64_t end)
{
    (void)log->system->truncate(log->file, end, NULL);
    log->filled_bytes = 0; /* asked again before it is used */
}

/* Zeros behind the frames, so that the next syncs need not write a new file size. */
static qa_status_t fill_ahead(qa_log_t *log, uint64_t end, qa_error_t *error)
{
    static const uint8_t zeros[ZEROS_BYTES];
    if (end <= log->filled_bytes) return QA_OK;
    uint64_t step = end < FILL_BYTES_MIN ? FILL_BYTES_MIN : end > FILL_BYTES_MAX ? FILL_BYTES_MAX : end;
    if (step > log->header.segment_bytes - end) step = log->header.segment_bytes - end;
    log->filled_bytes = end;
    while (step > 0) {
        const size_t bytes = step < ZEROS_BYTES ? (size_t)step : ZEROS_BYTES;
        const qa_status_t status = log->system->write(log->file, log->filled_bytes, zeros, bytes, error);
        /* The frames have their place; that none is left for zeros is for the next write to say. */
        if (status == QA_DISK_FULL) {
            give_back(log, end);
            log->filled_bytes = end;
            qa_error_clear(error);
            return QA_OK;
        }
        if (status != QA_OK) return status;
        log->filled_bytes += bytes;
        step -= bytes;
    }
    return QA_OK;
}

qa_status_t qa_log_flush(qa_log_t *log, qa_error_t *error)
{
    qa_buffer_t *pending = &log->pending;
    if (pending->bytes == 0) return QA_OK;
    qa_status_t status = QA_OK;
    if (!log->is_marked) status = qa_log_mark(log, true, true, error);
    if (status == QA_OK) status = prepare_file(log, error);
    assert(status != QA_OK || log->pending_at + pending->bytes <= log->header.segment_bytes);
    if (status == QA_OK) {
        status = log->system->write(log->file, log->pending_at, pending->data, pending->bytes, error);
        if (status == QA_DISK_FULL) give_back(log, log->pending_at);
    }
    if (status == QA_OK) status = fill_ahead(log, log->pending_at + pending->bytes, error);
    if (status != QA_OK) return qa_log_poison(log, status);
    qa_buffer_clear(pending);
    qa_log_window_drop(log);
    return QA_OK;
}

qa_status_t qa_log_sync_file(qa_log_t *log, qa_error_t *error)
{
    qa_status_t status = log->system->sync(log->file, error);
#ifdef QA_PLANTED_RETRY_SYNC
    if (status != QA_OK) status = log->system->sync(log->file, error);
#endif
    if (status != QA_OK) return qa_log_poison(log, status);
    log->has_unsynced = false;
    log->proven_sequence = log->cursor.sequence - 1;
    log->unproven_at = log->cursor.at;
    log->end_sequence = log->cursor.sequence;
    /* After the sync, so that it is never ahead of the disk. That it cannot be written costs only a proof. */
    log->note = (qa_log_note_t){ .sequence = log->proven_sequence, .segment = log->cursor.segment };
    qa_log_mark(log, true, log->is_marked, NULL);
    return QA_OK;
}

/* Ends the current segment and begins the next one at the cursor. */
static qa_status_t roll(qa_log_t *log, qa_error_t *error)
{
    qa_status_t status = qa_log_flush(log, error);
    if (status != QA_OK) return status;
    if (!log->is_marked) status = qa_log_mark(log, true, true, error);
    if (status == QA_OK) status = prepare_file(log, error);
    if (status == QA_OK && log->filled_bytes > log->cursor.at)
        status = log->system->truncate(log->file, log->cursor.at, error);
    if (status != QA_OK) return qa_log_poison(log, status);
    status = qa_log_sync_file(log, error);
    if (status != QA_OK) return status;
    status = qa_log_segment_make(log, error);
    return status == QA_OK ? QA_OK : qa_log_poison(log, status);
}

/* Writes the frame into the pending bytes; there is room. */
static void build_frame(qa_log_t *log, qa_frame_kind_t kind, const qa_span_t *spans, uint32_t span_count,
                        uint32_t length, int64_t appended_at_ns)
{
    qa_buffer_t *pending = &log->pending;
    const uint64_t at = qa_frame_start(log->cursor.at);
    const size_t bytes = (size_t)(at + qa_frame_bytes(length) - log->cursor.at);
    assert(bytes <= pending->capacity - pending->bytes);
    uint8_t *data = pending->data + pending->bytes;
    memset(data, 0, (size_t)(at - log->cursor.at));
    data += at - log->cursor.at;
    const qa_frame_t frame = {
        .length = length,
        .sequence = log->cursor.sequence,
        .epoch = kind == QA_FRAME_EPOCH ? log->cursor.epoch + 1 : log->cursor.epoch,
        .kind = (uint8_t)kind,
        .durable_sequence = log->proven_sequence,
        .appended_at_ns = appended_at_ns,
    };
    qa_frame_encode(&frame, data);
    uint8_t *payload = data + QA_FRAME_HEADER_BYTES;
    for (uint32_t i = 0; i < span_count; i++) {
        if (spans[i].bytes > 0) memcpy(payload, spans[i].data, spans[i].bytes);
        payload += spans[i].bytes;
    }
    memset(payload, 0, (size_t)(qa_frame_bytes(length) - QA_FRAME_HEADER_BYTES - length));
    const uint32_t begun = qa_frame_checksum_begin(log->crc32c, log->header.checksum, data);
    qa_put_u32(data + 4, log->crc32c(begun, data + QA_FRAME_HEADER_BYTES, length));
    pending->bytes += bytes;
    log->cursor.at = at + qa_frame_bytes(length);
    log->cursor.sequence++;
    log->cursor.epoch = frame.epoch;
    log->has_unsynced = true;
}

qa_status_t qa_log_put_frame(qa_log_t *log, qa_frame_kind_t kind, const qa_span_t *spans, uint32_t span_count,
                             int64_t appended_at_ns, qa_error_t *error)
{
    uint64_t length = 0;
    for (uint32_t i = 0; i < span_count; i++)
        length += spans[i].bytes;
    assert(length <= QA_FRAME_PAYLOAD_BYTES_MAX);
    const size_t room = (size_t)qa_frame_bytes(length) + QA_SECTOR_BYTES;
    qa_status_t status = QA_OK;
    /* The memory first: when it is refused, nothing has happened. */
    if (log->pending.bytes + room <= QA_LOG_PENDING_BYTES_MAX || log->pending.bytes == 0)
        status = qa_buffer_reserve(&log->pending, room);
    else if (room > log->pending.capacity)
        status = qa_buffer_reserve(&log->pending, room - log->pending.bytes);
    if (status != QA_OK) return qa_fail_memory(error, "appending to the log");
    if (log->pending.bytes > 0 && log->pending.bytes + room > QA_LOG_PENDING_BYTES_MAX)
        status = qa_log_flush(log, error);
    if (status == QA_OK &&
        qa_frame_start(log->cursor.at) + qa_frame_bytes(length) > log->header.segment_bytes)
        status = roll(log, error);
    if (status != QA_OK) return status;
    if (log->pending.bytes == 0) log->pending_at = log->cursor.at;
    build_frame(log, kind, spans, span_count, (uint32_t)length, appended_at_ns);
    return QA_OK;
}

/* The longest payload that fits every segment of this log. */
static size_t part_bytes_max(const qa_log_t *log)
{
    const uint32_t smallest =
        log->header.segment_bytes < log->segment_bytes ? log->header.segment_bytes : log->segment_bytes;
    const size_t fits = smallest - QA_SEGMENT_HEADER_BYTES - QA_FRAME_HEADER_BYTES - QA_FRAME_ALIGNMENT;
    return fits < QA_FRAME_PAYLOAD_BYTES_MAX ? fits : QA_FRAME_PAYLOAD_BYTES_MAX;
}

/* Copies the next `wanted` bytes of the spans as spans of one frame: a part may begin and end within a span.
 */
static qa_status_t put_part(qa_log_t *log, const qa_span_t *spans, uint32_t span_count, uint64_t skipped,
                            size_t wanted, int64_t appended_at_ns, qa_error_t *error)
{
    qa_span_t pieces[16];
    uint32_t count = 0;
    size_t left = wanted;
    for (uint32_t i = 0; i < span_count && left > 0; i++) {
        if (skipped >= spans[i].bytes) {
            skipped -= spans[i].bytes;
            continue;
        }
        const size_t available = spans[i].bytes - (size_t)skipped;
        const size_t bytes = available < left ? available : left;
        if (count == sizeof(pieces) / sizeof(pieces[0]))
            return qa_fail(error, QA_LIMIT, "an intent comes in more than 16 pieces; join them first");
        pieces[count++] = (qa_span_t){ (const uint8_t *)spans[i].data + skipped, bytes };
        skipped = 0;
        left -= bytes;
    }
    assert(left == 0);
    return qa_log_put_frame(log, QA_FRAME_PART, pieces, count, appended_at_ns, error);
}

static qa_status_t put_large(qa_log_t *log, const qa_span_t *spans, uint32_t span_count, uint64_t total,
                             int64_t appended_at_ns, const uint8_t hash[QA_SHA256_BYTES], qa_error_t *error)
{
    const size_t part_bytes = part_bytes_max(log);
    uint8_t begin[QA_BEGIN_BYTES] = { 0 };
    /* All that the parts need, so that no refused allocation leaves half an intent. */
    if (qa_buffer_reserve(&log->pending, log->pending.bytes_max - log->pending.bytes) != QA_OK)
        return qa_fail_memory(error, "appending to the log");
    qa_put_u64(begin, total);
    qa_put_u32(begin + 8, (uint32_t)((total + part_bytes - 1) / part_bytes));
    const qa_span_t begin_span = { begin, sizeof(begin) };
    qa_status_t status = qa_log_put_frame(log, QA_FRAME_BEGIN, &begin_span, 1, appended_at_ns, error);
    for (uint64_t done = 0; status == QA_OK && done < total;) {
        const size_t wanted = total - done < part_bytes ? (size_t)(total - done) : part_bytes;
        status = put_part(log, spans, span_count, done, wanted, appended_at_ns, error);
        done += wanted;
    }
    const qa_span_t commit = { hash, QA_SHA256_BYTES };
    if (status == QA_OK) status = qa_log_put_frame(log, QA_FRAME_COMMIT, &commit, 1, appended_at_ns, error);
    /* Parts without an end do not exist; the next writer's EPOCH frame closes them. */
    return status == QA_OK ? QA_OK : qa_log_poison(log, status);
}

/* Everything that an append does before its own frames. */
static qa_status_t begin_append(qa_log_t *log, qa_error_t *error)
{
    qa_status_t status = qa_log_check_writable(log, error);
    if (status == QA_OK && log->needs_epoch) status = qa_log_recover(log, error);
    if (status != QA_OK) return status;
    if (!log->has_unsynced) {
        /* The writer before took its mark back, so that what it wrote is on the disk. */
        log->proven_sequence = log->cursor.sequence - 1;
        log->unproven_at = log->cursor.at;
    }
    return QA_OK;
}

qa_status_t qa_log_append(qa_log_t *log, const qa_span_t *spans, uint32_t span_count, int64_t time_ns,
                          qa_log_record_t *record_out, qa_error_t *error)
{
    uint64_t total = 0;
    uint8_t hash[QA_SHA256_BYTES];
    for (uint32_t i = 0; i < span_count; i++) {
        if (spans[i].bytes > QA_INTENT_BYTES_MAX || total + spans[i].bytes > QA_INTENT_BYTES_MAX)
            return qa_fail(error, QA_LIMIT, "an intent is larger than %d bytes; split it",
                           QA_INTENT_BYTES_MAX);
        total += spans[i].bytes;
    }
    qa_status_t status = begin_append(log, error);
    if (status != QA_OK) return status;
    if (time_ns < log->cursor.appended_at_ns) time_ns = log->cursor.appended_at_ns;
    qa_log_chain(log, log->cursor.chain_hash, time_ns, spans, span_count, hash);
    if (total <= part_bytes_max(log))
        status = qa_log_put_frame(log, QA_FRAME_INTENT, spans, span_count, time_ns, error);
    else
        status = put_large(log, spans, span_count, total, time_ns, hash, error);
    if (status != QA_OK) return status;
    log->cursor.offset++;
    log->cursor.appended_at_ns = time_ns;
    memcpy(log->cursor.chain_hash, hash, QA_SHA256_BYTES);
    log->boundary = log->cursor;
    if (record_out != NULL) {
        *record_out = (qa_log_record_t){ .kind = QA_LOG_INTENT,
                                         .offset = log->cursor.offset,
                                         .appended_at_ns = time_ns };
        memcpy(record_out->chain_hash, hash, QA_SHA256_BYTES);
    }
    return QA_OK;
}

qa_status_t qa_log_append_check(qa_log_t *log, const uint8_t state_hash[QA_SHA256_BYTES], qa_error_t *error)
{
    uint8_t offset[8];
    qa_status_t status = begin_append(log, error);
    if (status != QA_OK) return status;
    qa_put_u64(offset, log->cursor.offset);
    const qa_span_t spans[] = {
        { offset, sizeof(offset) },
        { log->cursor.chain_hash, QA_SHA256_BYTES },
        { state_hash, QA_SHA256_BYTES },
    };
    status = qa_log_put_frame(log, QA_FRAME_CHECK, spans, 3, log->cursor.appended_at_ns, error);
    if (status == QA_OK) log->boundary = log->cursor;
    return status;
}

qa_status_t qa_log_sync(qa_log_t *log, qa_error_t *error)
{
    qa_status_t status = qa_log_check_writable(log, error);
    if (status != QA_OK) return status;
    if (!log->has_unsynced) return QA_OK;
    status = qa_log_flush(log, error);
    if (status != QA_OK) return status;
#ifdef QA_PLANTED_ACK_BEFORE_SYNC
    log->has_unsynced = false;
    log->proven_sequence = log->cursor.sequence - 1;
    log->unproven_at = log->cursor.at;
    return QA_OK;
#else
    return qa_log_sync_file(log, error);
#endif
}
