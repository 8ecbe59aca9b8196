/* A log on a simulated disk together with what was written to it: tests change the disk and ask whether the
 * log still tells the truth. Contents are made from a record's number, so that a wrong or invented record is
 * always seen. */
#ifndef QA_TEST_LOG_WORLD_H
#define QA_TEST_LOG_WORLD_H

#include "log/log.h"
#include "platform/fake/fake_system.h"

enum { WORLD_RECORDS_MAX = 4096, WORLD_PAYLOAD_BYTES_MAX = 1 << 17 };

typedef struct log_world {
    qa_fake_system_t *fake; /* owned */
    qa_system_t system;
    uint32_t segment_bytes;
    const qa_allocator_t *allocator;
    uint64_t random;
    uint64_t made;                   /* records ever made: their contents never repeat */
    uint64_t ids[WORLD_RECORDS_MAX]; /* by offset - 1: number << 24 | bytes */
    uint32_t count;                  /* appended without an error, or found again */
    uint32_t acknowledged;           /* of them, promised to last */
    uint64_t states;                 /* disks that were opened and compared */
    char fault[256];                 /* what is wrong, "" if nothing */
    uint8_t payload[WORLD_PAYLOAD_BYTES_MAX];
} log_world_t;

/* NULL: no memory. */
log_world_t *world_open(uint64_t seed, uint32_t segment_bytes);
void world_close(log_world_t *world);
uint64_t world_random(log_world_t *world, uint64_t below);

qa_status_t world_open_log(log_world_t *world, qa_log_t **log_out, bool is_read_only, qa_error_t *error);
/* Appends a record of so many bytes and notes it. */
qa_status_t world_append(log_world_t *world, qa_log_t *log, size_t bytes, qa_error_t *error);
/* Syncs, and notes what is acknowledged by that. */
qa_status_t world_sync(log_world_t *world, qa_log_t *log, qa_error_t *error);
/* Reads to the end and compares. Returns QA_MISSING_INPUT (the end) or the failure of the log; *count_out
 * records came. Sets `fault` for a record that is not the one that was written. */
qa_status_t world_read(log_world_t *world, qa_log_t *log, uint32_t *count_out, qa_error_t *error);
/* Reads what the disk has; acknowledged records must be there. What was found becomes the history. False:
 * `fault`. */
bool world_recover(log_world_t *world, qa_log_t *log);
bool world_matches(log_world_t *world, const qa_log_record_t *record);

#endif
