/* The log's own state, shared by the files of log/. Nothing outside this folder includes it. */
#ifndef QA_LOG_PRIVATE_H
#define QA_LOG_PRIVATE_H

#include "base/crc32c.h"
#include "log/format.h"
#include "log/log.h"

enum {
    QA_LOG_PATH_BYTES = 4096,
    QA_LOG_FOLDER_BYTES_MAX = QA_LOG_PATH_BYTES - 64, /* room for "/log/" and a name */
    QA_LOG_WINDOW_BYTES_MIN = 16 << 10, /* first read of a place: who follows a writer needs no more */
    QA_LOG_WINDOW_BYTES = 256 << 10,    /* read at once; larger brings nothing from the page cache */
    QA_LOG_PENDING_BYTES_MAX = 1 << 20  /* kept in memory before it is written */
};

/* A piece of the current segment, as it was when it was read. */
typedef struct qa_log_window {
    qa_buffer_t buffer;
    uint64_t start;
    size_t bytes;
    size_t wanted_bytes; /* of the next read: grows while one read follows the other */
} qa_log_window_t;

/* What is known to be on the disk, as the lock file says: frames up to `sequence`, the last in `segment`. 0:
 * not known. */
typedef struct qa_log_note {
    uint64_t sequence;
    uint64_t segment;
} qa_log_note_t;

struct qa_log {
    const qa_allocator_t *allocator; /* borrowed */
    const qa_system_t *system;       /* borrowed */
    qa_crc32c_t *crc32c;
    qa_sha256_stream_t *sha256;
    char *folder; /* owned: <app folder>/log */
    size_t folder_bytes;
    uint8_t id[QA_LOG_ID_BYTES];
    uint32_t generation;
    uint32_t segment_bytes; /* of segments that this handle makes */
    bool is_read_only;

    /* The reader; also where the writer appends once it has read to the end. */
    qa_file_t *file; /* owned: the current segment */
    bool is_file_writable;
    qa_segment_header_t header; /* of it */
    qa_log_position_t cursor;   /* next frame */
    qa_log_position_t boundary; /* behind the last record: what tell answers */
    qa_log_window_t window;
    bool is_in_parts; /* BEGIN was read, COMMIT was not */
    qa_buffer_t parts;
    uint64_t parts_total_bytes;
    uint32_t parts_left;
    int64_t parts_appended_at_ns;
    bool is_scanned; /* the tail at `scanned_at` of this segment was searched for later frames */
    uint64_t scanned_at;
    uint64_t tail_bytes;      /* found by that search: up to the last byte that is not zero */
    uint64_t proven_sequence; /* frames up to it are on the disk: a later frame or segment says so */
    uint64_t unproven_at;     /* in this segment, at or before the first frame that is not proven */

    /* The writer. */
    qa_file_t *lock_file; /* owned */
    qa_file_t *note_file; /* owned: the lock file of a handle that never locked, for reading */
    qa_log_note_t note;   /* while locked: what the lock file says */
    bool is_locked;
    uint64_t
        end_sequence; /* where the log ends, as far as the lock file or this writer knows; 0: not known */
    bool is_marked;   /* the lock file says that an append is in progress */
    bool is_at_end;   /* read to the end since the lock was taken */
    bool needs_epoch; /* recovery before the next append */
    bool is_poisoned;
    bool has_unsynced; /* written or pending, not yet synced */
    qa_buffer_t pending;
    uint64_t pending_at;   /* where the pending bytes go */
    uint64_t filled_bytes; /* of the segment file: frames and zeros behind them */
    uint64_t durable_sequence;
    uint64_t cut_bytes; /* by this handle */
    /* What the EPOCH frames say was cut: those that this handle read or wrote, and those before the place
     * where its reading began. */
    uint64_t cut_bytes_read;
    uint64_t cut_bytes_before;
    uint64_t read_from_sequence;
    bool is_cut_before_known;
};

/* window.c: returns `bytes` bytes of the current segment at `position`, valid until the next call; NULL with
 * QA_OK when the file ends before. */
qa_status_t qa_log_window_get(qa_log_t *log, uint64_t position, size_t bytes, const uint8_t **data_out,
                              qa_error_t *error);
/* Bytes of the window from `position`, which is in it. */
size_t qa_log_window_left(const qa_log_t *log, uint64_t position);
/* What was read may be old: the next get reads again. */
void qa_log_window_drop(qa_log_t *log);

/* A frame in the window. */
typedef struct qa_log_found {
    qa_frame_t frame;
    const uint8_t *payload; /* borrowed from the window */
    uint64_t at;
} qa_log_found_t;

/* The frame at the cursor if it is whole and the expected one; *is_found_out says so. */
qa_status_t qa_log_frame_get(qa_log_t *log, qa_log_found_t *found_out, bool *is_found_out, qa_error_t *error);

/* segment.c */
void qa_log_segment_path(const qa_log_t *log, uint64_t first_sequence, char path_out[QA_LOG_PATH_BYTES]);
void qa_log_app_folder_path(const qa_log_t *log, char path_out[QA_LOG_PATH_BYTES]);
void qa_log_folder_path(const qa_log_t *log, const char *name, char path_out[QA_LOG_PATH_BYTES]);
typedef struct qa_log_listing {
    uint32_t count;
    uint64_t first_sequence;       /* of the earliest segment; 0: none */
    uint64_t first_sequence_after; /* smallest above `after`; 0: none */
    uint64_t after;                /* asked for */
} qa_log_listing_t;
qa_status_t qa_log_segment_list(qa_log_t *log, qa_log_listing_t *listing, qa_error_t *error);
/* Opens a segment and puts the cursor at its start as the header says. QA_MISSING_INPUT: no such file. The
 * log keeps its present segment when that fails. `is_continued`: the header must continue what the cursor
 * stands at. */
qa_status_t qa_log_segment_enter(qa_log_t *log, uint64_t first_sequence, bool is_continued,
                                 qa_error_t *error);
/* Makes the segment that begins at the cursor, synced, and enters it for writing. */
qa_status_t qa_log_segment_make(qa_log_t *log, qa_error_t *error);
qa_status_t qa_log_corrupt(const qa_log_t *log, uint64_t at, const char *what, qa_error_t *error);

/* tail.c: searches behind the cursor for frames that prove that the one missing here was once on the disk. */
qa_status_t qa_log_tail_scan(qa_log_t *log, bool *is_damage_out, qa_error_t *error);

/* lock.c: the mark in the lock file. */
qa_status_t qa_log_mark(qa_log_t *log, bool is_held, bool is_appending, qa_error_t *error);
/* The note in it; zeros when there is none that counts. */
qa_status_t qa_log_note_read(qa_log_t *log, qa_log_note_t *note_out, qa_error_t *error);

/* write.c */
qa_status_t qa_log_flush(qa_log_t *log, qa_error_t *error);
qa_status_t qa_log_poison(qa_log_t *log, qa_status_t status);
qa_status_t qa_log_sync_file(qa_log_t *log, qa_error_t *error);
/* Adds one frame at the cursor: in memory, after writing what was there if there is too much. */
qa_status_t qa_log_put_frame(qa_log_t *log, qa_frame_kind_t kind, const qa_span_t *spans, uint32_t span_count,
                             int64_t appended_at_ns, qa_error_t *error);
/* Fails with QA_POISONED, QA_READ_ONLY or QA_INVALID when the log cannot be appended to. */
qa_status_t qa_log_check_writable(const qa_log_t *log, qa_error_t *error);

/* recovery.c: what the first append of a handle, or of one that follows a dead writer, does first. */
qa_status_t qa_log_recover(qa_log_t *log, qa_error_t *error);

/* cut.c: copies the tail behind the cursor to a file of its own, synced. */
qa_status_t qa_log_keep_tail(qa_log_t *log, qa_error_t *error);
qa_status_t qa_log_cut_sum(qa_log_t *log, uint64_t *bytes_out, qa_error_t *error);

/* SHA-256(chain hash ‖ appended_at ‖ spans). */
void qa_log_chain(qa_log_t *log, const uint8_t before[QA_SHA256_BYTES], int64_t appended_at_ns,
                  const qa_span_t *spans, uint32_t span_count, uint8_t hash_out[QA_SHA256_BYTES]);

#endif
