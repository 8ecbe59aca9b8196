/* Snapshots: a state as a file, so that opening an app needs not the whole log. Derived data: a snapshot that
 * is damaged, or does not fit the log, is passed over. Format: docs/formats/snapshot.md. */
#ifndef QA_SNAPSHOT_H
#define QA_SNAPSHOT_H

#include "log/log.h"
#include "reducer/state.h"

typedef struct qa_snapshot_header {
    uint8_t log_id[QA_LOG_ID_BYTES];
    uint32_t generation;
    qa_log_position_t position;
    uint8_t state_hash[QA_SHA256_BYTES];
} qa_snapshot_header_t;

/* The bytes of a snapshot. */
qa_status_t qa_snapshot_encode(const qa_state_t *state, const qa_snapshot_header_t *header,
                               qa_buffer_t *buffer, qa_error_t *error);
/* Safe with any bytes. QA_CORRUPT, QA_NEWER_FORMAT, QA_DIVERGED (the content does not have the hash that it
 * states). */
qa_status_t qa_snapshot_decode(const uint8_t *data, size_t bytes, const qa_allocator_t *allocator,
                               qa_snapshot_header_t *header_out, qa_state_t **state_out, qa_error_t *error);

typedef struct qa_snapshot_place {
    const qa_allocator_t *allocator;
    const qa_system_t *system;
    const char *folder; /* the app's folder; snapshots live in <folder>/snapshots/ */
} qa_snapshot_place_t;

/* Writes <offset>.snap aside, makes it durable and puts it in place; removes all but the newest few. */
qa_status_t qa_snapshot_write(const qa_snapshot_place_t *place, const qa_state_t *state,
                              const qa_snapshot_header_t *header, qa_error_t *error);
/* The newest snapshot at or before `offset` (UINT64_MAX: any) of that log that can be read. QA_MISSING_INPUT:
 * none. */
qa_status_t qa_snapshot_load(const qa_snapshot_place_t *place, const uint8_t log_id[QA_LOG_ID_BYTES],
                             uint32_t generation, uint64_t offset, qa_snapshot_header_t *header_out,
                             qa_state_t **state_out, qa_error_t *error);
/* Offset and size of the newest file; 0 and 0 when there is none. */
qa_status_t qa_snapshot_newest(const qa_snapshot_place_t *place, uint64_t *offset_out, uint64_t *bytes_out,
                               qa_error_t *error);
/* Offsets of all snapshot files, ascending, at most `capacity`; returns how many through *count_out. */
qa_status_t qa_snapshot_list(const qa_snapshot_place_t *place, uint64_t *offsets_out, uint32_t capacity,
                             uint32_t *count_out, qa_error_t *error);

#endif
