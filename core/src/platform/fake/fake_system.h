/* A simulated system in memory: a disk that loses what was not synced, fills up and fails on purpose, and a
 * clock and random numbers that repeat. For tests and simulations; no door of the product uses it.
 *
 *     qa_fake_system_t *fake = qa_fake_open(seed);
 *     const qa_system_t system = qa_fake_table(fake);
 *     ... product code over &system ...
 *     qa_fake_crash(fake, 42);       // power loss; open handles answer QA_IO from now on, close them
 *     ... open again, compare ...
 *     qa_fake_close(fake);           // after all handles are closed
 *
 * What a crash leaves, chosen by its seed: of each 512-byte sector that was written and not synced either the
 * old or the new content; in room that a file newly got also zeros or what another file once had there; any
 * size between the synced and the last one; each unsynced creation, removal and rename done or not. One
 * thread at a time. */
#ifndef QA_PLATFORM_FAKE_SYSTEM_H
#define QA_PLATFORM_FAKE_SYSTEM_H

#include "platform/platform.h"

typedef struct qa_fake_system qa_fake_system_t;

typedef enum qa_fake_call {
    QA_FAKE_OPEN,
    QA_FAKE_READ,
    QA_FAKE_WRITE, /* a failing one writes a part */
    QA_FAKE_SYNC, /* a failing one writes some sectors, drops the others and calls all of them clean, as Linux
                     does */
    QA_FAKE_SIZE,
    QA_FAKE_TRUNCATE,
    QA_FAKE_LOCK,
    QA_FAKE_RENAME,
    QA_FAKE_REMOVE,
    QA_FAKE_MAKE_FOLDER,
    QA_FAKE_SYNC_FOLDER,
    QA_FAKE_LIST,
    QA_FAKE_CALL_COUNT
} qa_fake_call_t;

/* NULL: no memory. The folder "/" exists. */
qa_fake_system_t *qa_fake_open(uint64_t seed);
void qa_fake_close(qa_fake_system_t *fake);
/* The table borrows `fake`. */
qa_system_t qa_fake_table(qa_fake_system_t *fake);

/* The n-th call of this kind from now (1: the next) fails with `status`, once. 0: none. */
void qa_fake_fail(qa_fake_system_t *fake, qa_fake_call_t call, uint64_t nth, qa_status_t status);
/* Every call fails with QA_IO with a chance of one in `chances`; 0: never. */
void qa_fake_fail_randomly(qa_fake_system_t *fake, uint32_t chances);
/* Bytes that all files together can have; 0: no limit. */
void qa_fake_set_capacity(qa_fake_system_t *fake, uint64_t bytes);
/* Calls of this kind so far. */
uint64_t qa_fake_count(const qa_fake_system_t *fake, qa_fake_call_t call);
/* The number of the process that the next calls come from. */
void qa_fake_set_process(qa_fake_system_t *fake, uint64_t process);
void qa_fake_set_time(qa_fake_system_t *fake, int64_t time_ns);

/* Power loss. Every lock is free, every handle dead. */
void qa_fake_crash(qa_fake_system_t *fake, uint64_t seed);
/* Every process dies, the system goes on: handles and locks end, written and unsynced contents stay. */
void qa_fake_kill(qa_fake_system_t *fake);
/* Memory pressure: clean pages leave the memory and are read from the disk again, some of them. */
void qa_fake_evict(qa_fake_system_t *fake, uint64_t seed);

/* The present content of a file, borrowed until the next call that changes it; NULL: no such file. */
const uint8_t *qa_fake_file(const qa_fake_system_t *fake, const char *path, uint64_t *bytes_out);
/* Puts a file there, on the disk at once, folders above it included. QA_NO_MEMORY. */
qa_status_t qa_fake_put_file(qa_fake_system_t *fake, const char *path, const void *data, size_t bytes);

#endif
