/* Following the log: frames become records, parts become intents, hashes are compared where they stand. Reads
 * only; reports damage and never passes over it. */
#include "log/log_private.h"

#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"

void qa_log_chain(qa_log_t *log, const uint8_t before[QA_SHA256_BYTES], int64_t appended_at_ns,
                  const qa_span_t *spans, uint32_t span_count, uint8_t hash_out[QA_SHA256_BYTES])
{
    uint8_t time[8];
    qa_put_u64(time, (uint64_t)appended_at_ns);
    qa_sha256_feed(log->sha256, before, QA_SHA256_BYTES);
    qa_sha256_feed(log->sha256, time, sizeof(time));
    for (uint32_t i = 0; i < span_count; i++)
        qa_sha256_feed(log->sha256, spans[i].data, spans[i].bytes);
    qa_sha256_next(log->sha256, hash_out);
}

/* The frame is taken: the cursor goes behind it. */
static void advance(qa_log_t *log, const qa_log_found_t *found)
{
    if (found->frame.durable_sequence > log->proven_sequence)
        log->proven_sequence = found->frame.durable_sequence;
    if (log->proven_sequence + 1 == found->frame.sequence) log->unproven_at = found->at;
    log->cursor.at = found->at + qa_frame_bytes(found->frame.length);
    log->cursor.sequence++;
    log->cursor.epoch = found->frame.epoch;
}

/* An intent is complete: it gets its offset. */
static void take_intent(qa_log_t *log, const uint8_t *data, size_t bytes, int64_t appended_at_ns,
                        const uint8_t hash[QA_SHA256_BYTES], qa_log_record_t *record_out)
{
    log->cursor.offset++;
    log->cursor.appended_at_ns = appended_at_ns;
    memcpy(log->cursor.chain_hash, hash, QA_SHA256_BYTES);
    *record_out = (qa_log_record_t){
        .kind = QA_LOG_INTENT,
        .offset = log->cursor.offset,
        .appended_at_ns = appended_at_ns,
        .data = data,
        .bytes = bytes,
    };
    memcpy(record_out->chain_hash, hash, QA_SHA256_BYTES);
}

static qa_status_t read_intent(qa_log_t *log, const qa_log_found_t *found, qa_log_record_t *record_out,
                               qa_error_t *error)
{
    const qa_frame_t *frame = &found->frame;
    uint8_t hash[QA_SHA256_BYTES];
    if (log->is_in_parts)
        return qa_log_corrupt(log, found->at, "an intent stands among the parts of another", error);
    if (frame->appended_at_ns < log->cursor.appended_at_ns)
        return qa_log_corrupt(log, found->at, "its time is before that of the intent before", error);
    const qa_span_t span = { found->payload, frame->length };
    qa_log_chain(log, log->cursor.chain_hash, frame->appended_at_ns, &span, 1, hash);
    take_intent(log, found->payload, frame->length, frame->appended_at_ns, hash, record_out);
    return QA_OK;
}

static qa_status_t read_begin(qa_log_t *log, const qa_log_found_t *found, qa_error_t *error)
{
    const uint8_t *payload = found->payload;
    if (log->is_in_parts || found->frame.length != QA_BEGIN_BYTES || qa_get_u32(payload + 12) != 0 ||
        qa_get_u64(payload) > QA_INTENT_BYTES_MAX || found->frame.appended_at_ns < log->cursor.appended_at_ns)
        return qa_log_corrupt(log, found->at, "the start of a large intent is not valid", error);
    log->is_in_parts = true;
    log->parts_total_bytes = qa_get_u64(payload);
    log->parts_left = qa_get_u32(payload + 8);
    log->parts_appended_at_ns = found->frame.appended_at_ns;
    qa_buffer_clear(&log->parts);
    return QA_OK;
}

static qa_status_t read_part(qa_log_t *log, const qa_log_found_t *found, qa_error_t *error)
{
    const qa_frame_t *frame = &found->frame;
    if (!log->is_in_parts || log->parts_left == 0 || frame->appended_at_ns != log->parts_appended_at_ns ||
        frame->length > log->parts_total_bytes - log->parts.bytes)
        return qa_log_corrupt(log, found->at, "a part of a large intent does not belong here", error);
    if (qa_buffer_put(&log->parts, found->payload, frame->length) != QA_OK)
        return qa_fail_memory(error, "a large intent of the log");
    log->parts_left--;
    return QA_OK;
}

static qa_status_t read_commit(qa_log_t *log, const qa_log_found_t *found, qa_log_record_t *record_out,
                               qa_error_t *error)
{
    uint8_t hash[QA_SHA256_BYTES];
    if (!log->is_in_parts || log->parts_left != 0 || log->parts.bytes != log->parts_total_bytes ||
        found->frame.length != QA_SHA256_BYTES || found->frame.appended_at_ns != log->parts_appended_at_ns)
        return qa_log_corrupt(log, found->at, "the end of a large intent does not fit its parts", error);
    const qa_span_t span = { log->parts.data, log->parts.bytes };
    qa_log_chain(log, log->cursor.chain_hash, log->parts_appended_at_ns, &span, 1, hash);
    if (memcmp(hash, found->payload, QA_SHA256_BYTES) != 0)
        return qa_log_corrupt(log, found->at, "a large intent does not have the hash of its end", error);
    take_intent(log, log->parts.data, log->parts.bytes, log->parts_appended_at_ns, hash, record_out);
    log->is_in_parts = false;
    return QA_OK;
}

/* EPOCH and CHECK begin with offset and chain hash. */
static qa_status_t check_chain(const qa_log_t *log, const qa_log_found_t *found, uint32_t bytes,
                               qa_error_t *error)
{
    if (found->frame.length != bytes)
        return qa_log_corrupt(log, found->at, "a frame has a wrong length", error);
    if (qa_get_u64(found->payload) != log->cursor.offset)
        return qa_log_corrupt(log, found->at, "the count of intents before it differs", error);
    if (memcmp(found->payload + 8, log->cursor.chain_hash, QA_SHA256_BYTES) != 0)
        return qa_log_corrupt(log, found->at, "the chain hash of the intents before it differs", error);
    return QA_OK;
}

static qa_status_t read_check(qa_log_t *log, const qa_log_found_t *found, qa_log_record_t *record_out,
                              qa_error_t *error)
{
    if (log->is_in_parts)
        return qa_log_corrupt(log, found->at, "a check stands among the parts of an intent", error);
    const qa_status_t status = check_chain(log, found, QA_CHECK_BYTES, error);
    if (status != QA_OK) return status;
    *record_out = (qa_log_record_t){
        .kind = QA_LOG_CHECK,
        .offset = log->cursor.offset,
        .appended_at_ns = log->cursor.appended_at_ns,
    };
    memcpy(record_out->chain_hash, log->cursor.chain_hash, QA_SHA256_BYTES);
    memcpy(record_out->state_hash, found->payload + 8 + QA_SHA256_BYTES, QA_SHA256_BYTES);
    return QA_OK;
}

/* Interprets a whole frame; *is_record_out when it completes a record. */
static qa_status_t read_frame(qa_log_t *log, const qa_log_found_t *found, qa_log_record_t *record_out,
                              bool *is_record_out, qa_error_t *error)
{
    const uint8_t kind = found->frame.kind;
    qa_status_t status = QA_OK;
    *is_record_out = kind == QA_FRAME_INTENT || kind == QA_FRAME_COMMIT || kind == QA_FRAME_CHECK;
    switch ((qa_frame_kind_t)kind) {
    case QA_FRAME_INTENT:
        status = read_intent(log, found, record_out, error);
        break;
    case QA_FRAME_BEGIN:
        status = read_begin(log, found, error);
        break;
    case QA_FRAME_PART:
        status = read_part(log, found, error);
        break;
    case QA_FRAME_COMMIT:
        status = read_commit(log, found, record_out, error);
        break;
    case QA_FRAME_CHECK:
        status = read_check(log, found, record_out, error);
        break;
    case QA_FRAME_EPOCH:
        status = check_chain(log, found, QA_EPOCH_BYTES, error);
        /* A writer died among its parts: that intent never was. */
        if (status == QA_OK) log->cut_bytes_read += qa_get_u64(found->payload + 56);
        if (status == QA_OK) log->is_in_parts = false;
        break;
    }
    if (status != QA_OK) return status;
    advance(log, found);
    if (!log->is_in_parts) log->boundary = log->cursor;
    return QA_OK;
}

/* Nothing but zeros follows, as at the last search: no need to search again. */
static qa_status_t is_known_end(qa_log_t *log, bool *is_known_out, qa_error_t *error)
{
    static const uint8_t zeros[QA_FRAME_HEADER_BYTES];
    const uint8_t *data = NULL;
    *is_known_out = false;
    if (!log->is_scanned || log->scanned_at != log->cursor.at || log->tail_bytes != 0) return QA_OK;
    const qa_status_t status =
        qa_log_window_get(log, qa_frame_start(log->cursor.at), sizeof(zeros), &data, error);
    *is_known_out = data == NULL || memcmp(data, zeros, sizeof(zeros)) == 0;
    return status;
}

typedef enum end_kind { END_HERE, END_MOVED, END_DAMAGE, END_LOST } end_kind_t;

/* No whole frame at the cursor: the next segment, the end, or damage? */
static qa_status_t judge_end(qa_log_t *log, end_kind_t *kind_out, qa_error_t *error)
{
    bool is_known;
    bool is_damage = false;
    *kind_out = END_MOVED;
    if (log->cursor.sequence != log->cursor.segment) {
        const qa_status_t status = qa_log_segment_enter(log, log->cursor.sequence, true, error);
        if (status != QA_MISSING_INPUT) return status;
    }
    *kind_out = END_HERE;
    qa_status_t status = is_known_end(log, &is_known, error);
    if (status == QA_OK && !is_known) status = qa_log_tail_scan(log, &is_damage, error);
    if (is_damage) *kind_out = END_DAMAGE;
    if (status != QA_OK || is_damage) return status;
    qa_log_note_t note;
    status = qa_log_note_read(log, &note, error);
    if (status == QA_OK && note.sequence >= log->cursor.sequence) *kind_out = END_LOST;
    return status;
}

/* Seen twice, so that no writer was in between: what the lock file promises is not there. */
static qa_status_t fail_damage(const qa_log_t *log, end_kind_t kind, qa_error_t *error)
{
    char path[QA_LOG_PATH_BYTES];
    const uint64_t at = qa_frame_start(log->cursor.at);
    if (kind == END_DAMAGE)
        return qa_log_corrupt(log, at, "the frame that stood here is not whole, though later ones are",
                              error);
    qa_log_segment_path(log, log->cursor.segment, path);
    return qa_fail(error, QA_CORRUPT,
                   "%s is damaged at byte %" PRIu64 ": the frame that stood here was on the disk, says "
                   "write.lock beside it, and is not whole; restore it from a backup or a replica (if an "
                   "older log was put here on purpose: remove write.lock)",
                   path, at);
}

qa_status_t qa_log_next(qa_log_t *log, qa_log_record_t *record_out, qa_error_t *error)
{
    bool is_fresh = false;   /* the window was read in this call */
    bool is_suspect = false; /* damage was seen once; another process may have written meanwhile */
    if (log->is_poisoned)
        return qa_fail(error, QA_POISONED, "an earlier write of the log failed; open it again");
    /* A writer at the end knows that nothing follows: nobody else can append. */
    while (!log->has_unsynced && !log->is_at_end) {
        qa_log_found_t found;
        bool is_found;
        bool is_record;
        qa_status_t status = qa_log_frame_get(log, &found, &is_found, error);
        if (status != QA_OK) return status;
        if (is_found) {
            is_suspect = false;
            status = read_frame(log, &found, record_out, &is_record, error);
            if (status != QA_OK || is_record) return status;
            continue;
        }
        if (!is_fresh) {
            qa_log_window_drop(log);
            is_fresh = true;
            continue;
        }
        end_kind_t kind;
        status = judge_end(log, &kind, error);
        if (status != QA_OK) return status;
        if (kind == END_HERE) break;
        const bool is_damage = kind == END_DAMAGE || kind == END_LOST;
        if (is_damage && is_suspect) return fail_damage(log, kind, error);
        is_suspect = is_damage;
        is_fresh = false;
    }
    log->is_at_end = log->is_locked;
    return qa_fail(error, QA_MISSING_INPUT, "the log ends at offset %" PRIu64, log->cursor.offset);
}

/* Walks the frames of the segment up to a stored position; the hash is taken from the position. */
static qa_status_t walk(qa_log_t *log, const qa_log_position_t *position, bool *is_there_out,
                        qa_error_t *error)
{
    bool is_found = true;
    qa_log_window_drop(log);
    while (is_found && log->cursor.at < position->at) {
        qa_log_found_t found;
        const qa_status_t status = qa_log_frame_get(log, &found, &is_found, error);
        if (status != QA_OK) return status;
        if (!is_found) break;
        advance(log, &found);
        if (found.frame.kind == QA_FRAME_INTENT || found.frame.kind == QA_FRAME_COMMIT) log->cursor.offset++;
    }
    *is_there_out = log->cursor.at == position->at && log->cursor.sequence == position->sequence &&
                    log->cursor.epoch == position->epoch && log->cursor.offset == position->offset;
    return QA_OK;
}

static qa_status_t go_to(qa_log_t *log, const qa_log_position_t *position, qa_error_t *error)
{
    bool is_there = false;
    qa_status_t status = qa_log_segment_enter(log, position->segment, false, error);
    if (status == QA_OK) status = walk(log, position, &is_there, error);
    if (status != QA_OK && status != QA_MISSING_INPUT) return status;
    if (!is_there || memcmp(log->id, log->header.id, QA_LOG_ID_BYTES) != 0)
        return qa_fail(error, QA_NO_SUCH_OFFSET,
                       "the log does not have the place behind offset %" PRIu64
                       " any more, or never had it; read it from the beginning",
                       position->offset);
    log->cursor = *position;
    return QA_OK;
}

qa_status_t qa_log_seek(qa_log_t *log, const qa_log_position_t *position, qa_error_t *error)
{
    if (log->is_poisoned)
        return qa_fail(error, QA_POISONED, "an earlier write of the log failed; open it again");
    if (log->has_unsynced)
        return qa_fail(error, QA_INVALID, "the log has records that are not synced; sync before seeking");
    qa_status_t status = QA_OK;
    log->is_in_parts = false;
    log->is_at_end = false;
    if (position->segment != 0) {
        status = go_to(log, position, error);
    }
    if (position->segment == 0 || status != QA_OK) {
        /* Also after a failure: the log stays usable, at its beginning. */
        qa_log_listing_t listing = { .after = 0 };
        const qa_status_t listed = qa_log_segment_list(log, &listing, status == QA_OK ? error : NULL);
        const qa_status_t entered = listed != QA_OK ? listed
                                                    : qa_log_segment_enter(log, listing.first_sequence, false,
                                                                           status == QA_OK ? error : NULL);
        if (status == QA_OK) status = entered;
    }
    log->boundary = log->cursor;
    log->cut_bytes_read = 0;
    log->cut_bytes_before = 0;
    log->read_from_sequence = log->cursor.sequence;
    log->is_cut_before_known = position->segment == 0 || status != QA_OK;
    return status;
}

void qa_log_tell(const qa_log_t *log, qa_log_position_t *position_out)
{
    *position_out = log->boundary;
}
