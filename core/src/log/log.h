/* The delta log of one app: segment files with checksummed frames. Format: docs/formats/delta-log.md.
 *
 * The log knows nothing of what an intent means: it keeps byte strings in order, gives each the next offset
 * (1, 2, 3 …), chains their SHA-256, and finds them again after any crash. One process appends at a time
 * (write.lock); any number follow by reading the tail.
 *
 *     qa_log_lock(log, timeout, error);             // others' records must be read before anything is
 * appended while (qa_log_next(log, &record, error) == QA_OK) apply(record);      // until QA_MISSING_INPUT
 *     qa_log_append(log, spans, count, time_ns, &record, error);            // in memory and in the file, not
 * yet durable qa_log_sync(log, error);                      // now everything appended is durable:
 * acknowledge qa_log_unlock(log);
 *
 * Threading: one thread at a time per qa_log_t. */
#ifndef QA_LOG_H
#define QA_LOG_H

#include "base/memory.h"
#include "platform/platform.h"

typedef struct qa_log qa_log_t;

enum { QA_LOG_ID_BYTES = 16 };

typedef struct qa_log_options {
    const qa_allocator_t *allocator; /* borrowed, outlives the log; not NULL */
    const qa_system_t *system;       /* borrowed; not NULL */
    const char *folder;              /* the app's folder; segments live in <folder>/log/, copied */
    bool is_read_only;
    bool must_exist; /* a folder without segments is QA_CORRUPT: they are lost */
    /* Of a new log. A log that exists keeps its own. */
    uint8_t id[QA_LOG_ID_BYTES];
    uint32_t generation;
    uint32_t segment_bytes; /* 0: 64 MiB. Tests make it small */
} qa_log_options_t;

typedef enum qa_log_kind {
    QA_LOG_INTENT, /* data is the intent */
    QA_LOG_CHECK   /* no data; state_hash is what the writer had at `offset` */
} qa_log_kind_t;

/* One entry in log order. A CHECK follows the intent whose offset it names. */
typedef struct qa_log_record {
    qa_log_kind_t kind;
    uint64_t offset;        /* 1 for the first intent */
    int64_t appended_at_ns; /* never less than that of the record before */
    const uint8_t *data;    /* borrowed until the next call on this log */
    size_t bytes;
    uint8_t chain_hash[QA_SHA256_BYTES]; /* SHA-256(chain hash before ‖ appended_at, 8 bytes ‖ data); offset
                                            0: 32 zeros */
    uint8_t state_hash[QA_SHA256_BYTES]; /* of a CHECK */
} qa_log_record_t;

/* Where a reader stands; a snapshot stores it, so that replay starts there. Opaque numbers, stable across
 * restarts while the segment exists; all zero is the beginning. */
typedef struct qa_log_position {
    uint64_t segment;  /* sequence of its first frame, which is its name */
    uint64_t at;       /* bytes into the segment */
    uint64_t sequence; /* of the next frame */
    uint32_t epoch;
    uint64_t offset; /* of the last intent before this position */
    int64_t appended_at_ns;
    uint8_t chain_hash[QA_SHA256_BYTES];
} qa_log_position_t;

/* Opens the log, or makes it when the folder has none (unless read-only: QA_NOT_A_REPLICA). Reading starts at
 * the beginning. Does not repair, and locks only to make a new log (its folder too if it is not there; to
 * sync the folder above that one is the caller's). Errors: QA_CORRUPT (file and byte named),
 * QA_NEWER_FORMAT, QA_IO, QA_DISK_FULL, QA_NO_MEMORY. */
qa_status_t qa_log_open(qa_log_t **log_out, const qa_log_options_t *options, qa_error_t *error);
void qa_log_close(qa_log_t *log); /* accepts NULL */

const uint8_t *qa_log_id(const qa_log_t *log); /* QA_LOG_ID_BYTES */
uint32_t qa_log_generation(const qa_log_t *log);

/* Puts the reader at a position that came from qa_log_tell of this log id; QA_NO_SUCH_OFFSET if the segment
 * is gone or the position does not fit what is there. */
qa_status_t qa_log_seek(qa_log_t *log, const qa_log_position_t *position, qa_error_t *error);
void qa_log_tell(const qa_log_t *log, qa_log_position_t *position_out);

/* The next whole record; QA_MISSING_INPUT at the end of what is there (call again later: another process may
 * append). Parts of an intent whose COMMIT is not there are not a record. A torn tail is the end; damage
 * before it is QA_CORRUPT with file and byte. */
qa_status_t qa_log_next(qa_log_t *log, qa_log_record_t *record_out, qa_error_t *error);

/* Takes write.lock, waits up to timeout_ms, else QA_LOCKED naming the process that has it and since when
 * (both are kept in the lock file). The first time in a process, and whenever the last writer died in an
 * append, what follows the last whole record is cut and an EPOCH frame is written and synced before anything
 * new: that happens in the first qa_log_append, after the caller has read to the end. */
qa_status_t qa_log_lock(qa_log_t *log, uint32_t timeout_ms, qa_error_t *error);
/* What was appended and not synced is abandoned, and the log poisoned: in memory it is dropped; what was
 * large enough to be in the file already may be read later. Closing unlocks. */
void qa_log_unlock(qa_log_t *log);

/* Appends one intent, in parts if it is larger than QA_FRAME_PAYLOAD_BYTES_MAX. The log must be locked and
 * read to its end. `time_ns` is raised to the last record's. record_out (may be NULL) gets offset, time and
 * chain hash. On failure nothing of it will ever be read: the log is poisoned, every further call but close
 * answers QA_POISONED; what was synced before stays. Errors: QA_IO, QA_DISK_FULL, QA_NO_MEMORY (not poisoned
 * if nothing was written). */
qa_status_t qa_log_append(qa_log_t *log, const qa_span_t *spans, uint32_t span_count, int64_t time_ns,
                          qa_log_record_t *record_out, qa_error_t *error);
/* Appends a CHECK for the last offset. */
qa_status_t qa_log_append_check(qa_log_t *log, const uint8_t state_hash[QA_SHA256_BYTES], qa_error_t *error);
/* Makes everything appended durable. A failure poisons the log: nothing is retried. */
qa_status_t qa_log_sync(qa_log_t *log, qa_error_t *error);

/* Bytes of torn tails that this handle cut when it recovered, 0 if none. For the report to the user. What was
 * cut is kept beside the segments as <segment>.cut-<epoch>, the latest four. */
uint64_t qa_log_cut_bytes(const qa_log_t *log);

/* What stands behind the last whole frame and is not zero. */
typedef struct qa_log_tail {
    uint64_t bytes;  /* 0: nothing */
    uint64_t at;     /* bytes into the segment */
    uint64_t offset; /* of the last intent before */
    char path[4096]; /* of the segment */
} qa_log_tail_t;
/* Looks again, with the log read to its end. A writer in another process may be adding it just now. Errors:
 * QA_CORRUPT, QA_INVALID (records that are not synced), QA_IO, QA_NO_MEMORY. */
qa_status_t qa_log_tail(qa_log_t *log, qa_log_tail_t *tail_out, qa_error_t *error);

typedef struct qa_log_statistics {
    uint32_t segment_count;
    uint64_t bytes_on_disk;
    uint64_t bytes_used; /* headers and frames, without the zeros ahead */
    uint64_t offset;
    uint32_t epoch;
    uint64_t cut_bytes; /* torn tails that were ever cut, by the EPOCH frames so far */
} qa_log_statistics_t;
/* Cost: after a seek, once, the headers of all frames before that place. */
qa_status_t qa_log_statistics(qa_log_t *log, qa_log_statistics_t *statistics_out, qa_error_t *error);

#endif
