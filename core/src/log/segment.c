/* Segment files: their names, their headers, entering and making them. A header under its final name is whole
 * or damaged, never half-written: it is made under another name, synced, and renamed. */
#include "log/log_private.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

enum { NAME_DIGITS = 16, FIRST_FILL_BYTES = 64 << 10 };

void qa_log_folder_path(const qa_log_t *log, const char *name, char path_out[QA_LOG_PATH_BYTES])
{
    const int bytes = snprintf(path_out, QA_LOG_PATH_BYTES, "%s/%s", log->folder, name);
    assert(bytes > 0 && bytes < QA_LOG_PATH_BYTES);
    (void)bytes;
}

void qa_log_app_folder_path(const qa_log_t *log, char path_out[QA_LOG_PATH_BYTES])
{
    const size_t bytes = log->folder_bytes - sizeof("/log");
    assert(bytes < QA_LOG_PATH_BYTES);
    memcpy(path_out, log->folder, bytes);
    path_out[bytes] = '\0';
}

void qa_log_segment_path(const qa_log_t *log, uint64_t first_sequence, char path_out[QA_LOG_PATH_BYTES])
{
    char name[32];
    snprintf(name, sizeof(name), "%016" PRIx64 ".log", first_sequence);
    qa_log_folder_path(log, name, path_out);
}

qa_status_t qa_log_corrupt(const qa_log_t *log, uint64_t at, const char *what, qa_error_t *error)
{
    char path[QA_LOG_PATH_BYTES];
    qa_log_segment_path(log, log->cursor.segment, path);
    return qa_fail(error, QA_CORRUPT,
                   "%s is damaged at byte %" PRIu64 ": %s; restore it from a backup or a replica", path, at,
                   what);
}

static bool parse_name(const char *name, uint64_t *sequence_out)
{
    uint64_t sequence = 0;
    for (int i = 0; i < NAME_DIGITS; i++) {
        const char digit = name[i];
        const bool is_digit = digit >= '0' && digit <= '9';
        if (!is_digit && !(digit >= 'a' && digit <= 'f')) return false;
        sequence = sequence << 4 | (uint64_t)(is_digit ? digit - '0' : digit - 'a' + 10);
    }
    *sequence_out = sequence;
    return strcmp(name + NAME_DIGITS, ".log") == 0 && sequence > 0;
}

static qa_status_t visit_name(void *visitor, const char *name, bool is_folder)
{
    qa_log_listing_t *listing = visitor;
    uint64_t sequence;
    if (is_folder || !parse_name(name, &sequence)) return QA_OK;
    listing->count++;
    if (listing->first_sequence == 0 || sequence < listing->first_sequence)
        listing->first_sequence = sequence;
    if (sequence > listing->after &&
        (listing->first_sequence_after == 0 || sequence < listing->first_sequence_after))
        listing->first_sequence_after = sequence;
    return QA_OK;
}

qa_status_t qa_log_segment_list(qa_log_t *log, qa_log_listing_t *listing, qa_error_t *error)
{
    listing->count = 0;
    listing->first_sequence = 0;
    listing->first_sequence_after = 0;
    const qa_status_t status =
        log->system->list(log->system->context, log->folder, visit_name, listing, error);
    return status == QA_MISSING_INPUT ? QA_OK : status;
}

static qa_status_t read_header(qa_log_t *log, qa_file_t *file, const char *path,
                               qa_segment_header_t *header_out, qa_error_t *error)
{
    uint8_t data[QA_SEGMENT_CHECKED_BYTES];
    size_t bytes = 0;
    const qa_status_t status = log->system->read(file, 0, data, sizeof(data), &bytes, error);
    if (status != QA_OK) return status;
    if (bytes == sizeof(data)) {
        const qa_header_state_t state = qa_segment_header_decode(header_out, log->crc32c, data);
        if (state == QA_HEADER_GOOD) return QA_OK;
        if (state == QA_HEADER_NEWER)
            return qa_fail(
                error, QA_NEWER_FORMAT,
                "%s was written in format %u.%u, this version reads up to %d; install a newer version", path,
                header_out->major, header_out->minor, QA_LOG_VERSION_MAJOR);
    }
    return qa_fail(
        error, QA_CORRUPT,
        "%s is damaged at byte 0: its header is not that of a log segment; restore it from a backup or "
        "a replica",
        path);
}

/* Why the header does not continue what the cursor stands at; NULL when it does. */
static const char *find_break(const qa_log_t *log, const qa_segment_header_t *header)
{
    if (memcmp(header->id, log->id, QA_LOG_ID_BYTES) != 0) return "it belongs to another log";
    if (header->generation != log->generation) return "it belongs to another generation of the log";
    if (header->first_offset != log->cursor.offset + 1) return "its first offset does not follow";
    if (header->epoch != log->cursor.epoch) return "its epoch does not follow";
    if (header->appended_at_ns != log->cursor.appended_at_ns) return "its time does not follow";
    if (memcmp(header->chain_hash, log->cursor.chain_hash, QA_SHA256_BYTES) != 0)
        return "its chain hash does not follow";
    return NULL;
}

/* Takes over an opened segment; the cursor goes to its first frame. */
static void enter(qa_log_t *log, qa_file_t *file, bool is_writable, const qa_segment_header_t *header)
{
    log->system->close(log->file);
    log->file = file;
    log->is_file_writable = is_writable;
    log->header = *header;
    log->cursor = (qa_log_position_t){
        .segment = header->first_sequence,
        .at = QA_SEGMENT_HEADER_BYTES,
        .sequence = header->first_sequence,
        .epoch = header->epoch,
        .offset = header->first_offset - 1,
        .appended_at_ns = header->appended_at_ns,
    };
    memcpy(log->cursor.chain_hash, header->chain_hash, QA_SHA256_BYTES);
    qa_log_window_drop(log);
    log->is_scanned = false;
    /* The segment before was synced before this one was made. */
    log->proven_sequence = header->first_sequence - 1;
    log->unproven_at = QA_SEGMENT_HEADER_BYTES;
}

qa_status_t qa_log_segment_enter(qa_log_t *log, uint64_t first_sequence, bool is_continued, qa_error_t *error)
{
    char path[QA_LOG_PATH_BYTES];
    qa_file_t *file = NULL;
    qa_segment_header_t header;
    qa_log_segment_path(log, first_sequence, path);
    qa_status_t status = log->system->open(log->system->context, path, QA_FILE_READ, &file, error);
    if (status != QA_OK) return status;
    status = read_header(log, file, path, &header, error);
    if (status != QA_OK) goto done;
    if (header.first_sequence != first_sequence) {
        status = qa_fail(error, QA_CORRUPT,
                         "%s is damaged at byte 48: its name and its first sequence %" PRIu64
                         " differ; restore it from a backup or a replica",
                         path, header.first_sequence);
        goto done;
    }
    const char *fault = is_continued ? find_break(log, &header) : NULL;
    if (fault != NULL) {
        status = qa_fail(error, QA_CORRUPT, "%s is damaged: %s; restore it from a backup or a replica", path,
                         fault);
        goto done;
    }
    enter(log, file, false, &header);
    log->filled_bytes = 0;
    file = NULL;
done:
    log->system->close(file);
    return status;
}

/* Writes the header and the first zeros under another name, so that a crash leaves the whole of it or
 * nothing. */
static qa_status_t make_file(qa_log_t *log, qa_file_t *file, qa_segment_header_t *header, qa_error_t *error)
{
    uint8_t data[QA_SEGMENT_HEADER_BYTES];
    qa_segment_header_encode(header, log->crc32c, data);
    qa_status_t status = log->system->write(file, 0, data, sizeof(data), error);
    for (uint64_t at = sizeof(data);
         status == QA_OK && at < FIRST_FILL_BYTES && at < header->segment_bytes;) {
        static const uint8_t zeros[4096];
        const uint64_t end =
            header->segment_bytes < FIRST_FILL_BYTES ? header->segment_bytes : FIRST_FILL_BYTES;
        const size_t bytes = end - at < sizeof(zeros) ? (size_t)(end - at) : sizeof(zeros);
        status = log->system->write(file, at, zeros, bytes, error);
        at += bytes;
        log->filled_bytes = at;
    }
    return status == QA_OK ? log->system->sync(file, error) : status;
}

qa_status_t qa_log_segment_make(qa_log_t *log, qa_error_t *error)
{
    const qa_system_t *system = log->system;
    char temporary[QA_LOG_PATH_BYTES];
    char path[QA_LOG_PATH_BYTES];
    qa_file_t *file = NULL;
    qa_segment_header_t header = {
        .major = QA_LOG_VERSION_MAJOR,
        .minor = QA_LOG_VERSION_MINOR,
        .smallest_reader = QA_LOG_VERSION_MAJOR,
        .generation = log->generation,
        .segment_bytes = log->segment_bytes,
        .first_offset = log->cursor.offset + 1,
        .first_sequence = log->cursor.sequence,
        .epoch = log->cursor.epoch,
        .reducer_version = QA_LOG_REDUCER_VERSION,
        .appended_at_ns = log->cursor.appended_at_ns,
    };
    memcpy(header.id, log->id, QA_LOG_ID_BYTES);
    memcpy(header.chain_hash, log->cursor.chain_hash, QA_SHA256_BYTES);
    qa_log_folder_path(log, "next.tmp", temporary);
    qa_log_segment_path(log, header.first_sequence, path);
    qa_status_t status = system->remove(system->context, temporary, error);
    if (status == QA_OK) status = system->open(system->context, temporary, QA_FILE_CREATE, &file, error);
    if (status == QA_OK) status = make_file(log, file, &header, error);
    if (status == QA_OK) status = system->rename(system->context, temporary, path, error);
    if (status == QA_OK) status = system->sync_folder(system->context, log->folder, error);
    if (status != QA_OK) {
        system->close(file);
        (void)system->remove(system->context, temporary,
                             NULL); /* what it takes, on a disk that may be full */
        return status;
    }
    enter(log, file, true, &header);
    return QA_OK;
}
