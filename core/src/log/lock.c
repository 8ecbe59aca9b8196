/* write.lock: who may append, and the text in it that tells others who it is and whether the last one
 * finished, and how much of the log is known to be on the disk. The lock is the system's; the text is never
 * synced, because after a restart of the machine every writer recovers anyway, and a note that is lost or old
 * proves nothing. */
#include "log/log_private.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "qa/number.h"

enum { LOCK_TEXT_BYTES = 512, LOCK_FIELD_BYTES = 272 };

/* The value of "<name>: value" in the text, or "". */
static void find_field(const char *text, const char *name, char value_out[LOCK_FIELD_BYTES])
{
    const size_t name_bytes = strlen(name);
    value_out[0] = '\0';
    for (const char *line = text; line != NULL && *line != '\0';) {
        if (strncmp(line, name, name_bytes) == 0 && strncmp(line + name_bytes, ": ", 2) == 0) {
            const char *value = line + name_bytes + 2;
            const size_t bytes = strcspn(value, "\n");
            if (bytes < LOCK_FIELD_BYTES) {
                memcpy(value_out, value, bytes);
                value_out[bytes] = '\0';
            }
            return;
        }
        line = strchr(line, '\n');
        if (line != NULL) line++;
    }
}

static qa_status_t read_text(qa_log_t *log, qa_file_t *file, char text_out[LOCK_TEXT_BYTES + 1],
                             qa_error_t *error)
{
    size_t bytes = 0;
    const qa_status_t status = log->system->read(file, 0, text_out, LOCK_TEXT_BYTES, &bytes, error);
    text_out[status == QA_OK ? bytes : 0] = '\0';
    return status;
}

/* What stands behind "synced: ". Bound to the log, and checked: a reader may see a text half-written, and the
 * disk may show one that another log had. */
static void print_note(const qa_log_t *log, const qa_log_note_t *note, char note_out[LOCK_FIELD_BYTES])
{
    char id[2 * QA_LOG_ID_BYTES + 1];
    if (note->sequence == 0) {
        snprintf(note_out, LOCK_FIELD_BYTES, "nothing");
        return;
    }
    for (int i = 0; i < QA_LOG_ID_BYTES; i++)
        snprintf(id + 2 * i, 3, "%02x", log->id[i]);
    const int bytes =
        snprintf(note_out, LOCK_FIELD_BYTES, "%" PRIu64 " in %016" PRIx64 ".log of %s generation %" PRIu32,
                 note->sequence, note->segment, id, log->generation);
    assert(bytes > 0 && bytes < LOCK_FIELD_BYTES - 32);
    snprintf(note_out + bytes, (size_t)(LOCK_FIELD_BYTES - bytes), " check %08" PRIx32,
             log->crc32c(0, note_out, (size_t)bytes));
}

/* The note in the text; zeros when there is none, or one that is damaged or of another log: it is printed
 * again from its numbers, and must come out the same. */
static qa_log_note_t find_note(const qa_log_t *log, const char *text)
{
    char found[LOCK_FIELD_BYTES];
    char printed[LOCK_FIELD_BYTES];
    char *end = NULL;
    qa_log_note_t note = { 0 };
    find_field(text, "synced", found);
    note.sequence = strtoull(found, &end, 10);
    if (strncmp(end, " in ", 4) == 0) note.segment = strtoull(end + 4, NULL, 16);
    print_note(log, &note, printed);
    return strcmp(found, printed) == 0 ? note : (qa_log_note_t){ 0 };
}

qa_status_t qa_log_note_read(qa_log_t *log, qa_log_note_t *note_out, qa_error_t *error)
{
    char text[LOCK_TEXT_BYTES + 1];
    *note_out = log->note;
    if (log->is_locked) return QA_OK; /* nobody else writes it */
    *note_out = (qa_log_note_t){ 0 };
    if (log->lock_file == NULL && log->note_file == NULL) {
        char path[QA_LOG_PATH_BYTES];
        qa_log_folder_path(log, "write.lock", path);
        const qa_status_t status =
            log->system->open(log->system->context, path, QA_FILE_READ, &log->note_file, error);
        if (status == QA_MISSING_INPUT) {
            qa_error_clear(error);
            return QA_OK;
        }
        if (status != QA_OK) return status;
    }
    const qa_status_t status =
        read_text(log, log->lock_file != NULL ? log->lock_file : log->note_file, text, error);
    if (status == QA_OK) *note_out = find_note(log, text);
    return status;
}

qa_status_t qa_log_mark(qa_log_t *log, bool is_held, bool is_appending, qa_error_t *error)
{
    const qa_system_t *system = log->system;
    char host[256];
    char time[QA_TIME_TEXT_BYTES];
    char note[LOCK_FIELD_BYTES];
    char text[LOCK_TEXT_BYTES + 1];
    const uint64_t process = system->process(system->context, host);
    const size_t time_bytes = qa_time_print(system->time_ns(system->context), time);
    /* A handle that has not read to the end must not pass off its own place as the end: another one that
     * stands at the same place would append there, over what is behind. */
    if (log->is_at_end) log->end_sequence = log->cursor.sequence;
    print_note(log, &log->note, note);
    memset(text, ' ', sizeof(text));
    const int bytes =
        snprintf(text, sizeof(text),
                 "quantatom write lock 1\nstate: %s\nappending: %s\nsequence: %" PRIu64 "\nepoch: %" PRIu32
                 "\nsynced: %s\nprocess: %" PRIu64 "\nhost: %.180s\nsince: %.*s\n",
                 is_held ? "held" : "free", is_appending ? "yes" : "no", log->end_sequence, log->cursor.epoch,
                 note, process, host, (int)time_bytes, time);
    assert(bytes > 0 && bytes < (int)sizeof(text));
    text[bytes] = ' ';
    const qa_status_t status = system->write(log->lock_file, 0, text, LOCK_TEXT_BYTES, error);
    if (status == QA_OK) log->is_marked = is_appending;
    return status;
}

/* Whoever holds the lock has written who it is. */
static qa_status_t fail_locked(qa_log_t *log, uint32_t timeout_ms, qa_error_t *error)
{
    char text[LOCK_TEXT_BYTES + 1];
    char process[LOCK_FIELD_BYTES];
    char host[LOCK_FIELD_BYTES];
    char since[LOCK_FIELD_BYTES];
    read_text(log, log->lock_file, text, NULL);
    find_field(text, "process", process);
    find_field(text, "host", host);
    find_field(text, "since", since);
    return qa_fail(error, QA_LOCKED,
                   "%s/write.lock is held by process %s on %s since %s; waited %" PRIu32
                   " ms; try again or close that program",
                   log->folder, process, host, since, timeout_ms);
}

/* What the writer before left: an unfinished append makes us recover, a finished one may spare us reading. */
static qa_status_t read_mark(qa_log_t *log, bool *is_marked_out, qa_error_t *error)
{
    char text[LOCK_TEXT_BYTES + 1];
    char value[LOCK_FIELD_BYTES];
    const qa_status_t status = read_text(log, log->lock_file, text, error);
    if (status != QA_OK) return status;
    log->note = find_note(log, text);
    find_field(text, "appending", value);
    *is_marked_out = strcmp(value, "no") != 0;
    if (*is_marked_out) log->needs_epoch = true;
    find_field(text, "sequence", value);
    log->end_sequence = strtoull(value, NULL, 10);
    if (!log->needs_epoch && log->end_sequence == log->cursor.sequence &&
        log->note.sequence < log->cursor.sequence)
        log->is_at_end = true;
    return QA_OK;
}

qa_status_t qa_log_lock(qa_log_t *log, uint32_t timeout_ms, qa_error_t *error)
{
    const qa_system_t *system = log->system;
    qa_status_t status = QA_OK;
    if (log->is_poisoned)
        return qa_fail(error, QA_POISONED, "an earlier write of the log failed; open it again");
    if (log->is_read_only) return qa_fail(error, QA_READ_ONLY, "%s was opened for reading only", log->folder);
    if (log->is_locked) return qa_fail(error, QA_INVALID, "%s is locked by this handle already", log->folder);
    if (log->lock_file == NULL) {
        char path[QA_LOG_PATH_BYTES];
        qa_log_folder_path(log, "write.lock", path);
        status = system->open(system->context, path, QA_FILE_ENSURE, &log->lock_file, error);
        if (status != QA_OK) return status;
    }
    status = system->lock(log->lock_file, timeout_ms, error);
    if (status == QA_LOCKED) return fail_locked(log, timeout_ms, error);
    if (status != QA_OK) return status;
    bool is_marked = false;
    log->is_at_end = false;
    log->filled_bytes = 0; /* others may have written since */
    log->is_scanned = false;
    status = read_mark(log, &is_marked, error);
    if (status == QA_OK) status = qa_log_mark(log, true, is_marked, error);
    if (status != QA_OK) {
        system->unlock(log->lock_file);
        return status;
    }
    log->is_locked = true;
    return QA_OK;
}

void qa_log_unlock(qa_log_t *log)
{
    if (!log->is_locked) return;
    /* Whoever does not sync has told its callers that it failed: what is still in memory is dropped, and what
     * is in the file already is for the next one to recover. */
    if (log->has_unsynced) log->is_poisoned = true;
    const bool is_unfinished = log->is_marked && log->needs_epoch;
    /* A poisoned log does not know where it stands, and a mark that cannot be taken back makes the next one
     * recover: both are safe. */
    if (!log->is_poisoned) qa_log_mark(log, false, is_unfinished, NULL);
    log->system->unlock(log->lock_file);
    log->is_locked = false;
    log->is_at_end = false;
}
