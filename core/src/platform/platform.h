/* What the core asks of the system: files, locks, time, randomness, SHA-256, threads' locks.
 *
 * Files, clock and randomness come through tables of functions, so that tests can put a fake disk (that loses
 * unsynced sectors, fills up, fails its n-th call) and a fake clock under the product's own code.
 * posix/ has the real one; fake/ the simulated one. No other folder of core calls the system. */
#ifndef QA_PLATFORM_H
#define QA_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "qa/allocator.h"
#include "qa/status.h"

typedef struct qa_file qa_file_t; /* each implementation has its own */

typedef enum qa_file_mode {
    QA_FILE_READ,   /* must exist */
    QA_FILE_WRITE,  /* read and write, must exist */
    QA_FILE_CREATE, /* read and write, must not exist; owner only (0600) */
    QA_FILE_ENSURE  /* read and write, made when it does not exist */
} qa_file_mode_t;

/* Paths are UTF-8 with '/'. Errors: QA_IO (with the system's words and the path), QA_DISK_FULL, QA_NO_MEMORY;
 * `open` with QA_FILE_READ or QA_FILE_WRITE of a file that does not exist: QA_MISSING_INPUT; QA_FILE_CREATE
 * of one that exists: QA_EXISTS. Every call names the path in its words. A call is never retried by the
 * caller. */
typedef struct qa_system {
    qa_status_t (*open)(void *context, const char *path, qa_file_mode_t mode, qa_file_t **file_out,
                        qa_error_t *error);
    void (*close)(qa_file_t *file); /* accepts NULL; releases its locks */
    /* Reads up to `bytes` from `position`; *bytes_out is less only at the end of the file. */
    qa_status_t (*read)(qa_file_t *file, uint64_t position, void *data, size_t bytes, size_t *bytes_out,
                        qa_error_t *error);
    qa_status_t (*write)(qa_file_t *file, uint64_t position, const void *data, size_t bytes,
                         qa_error_t *error);                 /* all */
    qa_status_t (*sync)(qa_file_t *file, qa_error_t *error); /* data and size are on the disk */
    qa_status_t (*size)(qa_file_t *file, uint64_t *bytes_out, qa_error_t *error);
    qa_status_t (*truncate)(qa_file_t *file, uint64_t bytes, qa_error_t *error);
    /* Exclusive lock of the whole file, held by this handle (open file description, never by process),
     * dropped when the handle closes or its process dies. Waits up to timeout_ms: then QA_LOCKED. */
    qa_status_t (*lock)(qa_file_t *file, uint32_t timeout_ms, qa_error_t *error);
    void (*unlock)(qa_file_t *file);
    qa_status_t (*rename)(void *context, const char *source, const char *target,
                          qa_error_t *error);                                  /* replaces target */
    qa_status_t (*remove)(void *context, const char *path, qa_error_t *error); /* absent is QA_OK */
    qa_status_t (*make_folder)(void *context, const char *path,
                               qa_error_t *error); /* 0700; exists is QA_OK */
    qa_status_t (*sync_folder)(void *context, const char *path, qa_error_t *error);
    /* Calls `visit` once per entry (no "." and ".."), in byte order of the names; stops at the first failure.
     */
    qa_status_t (*list)(void *context, const char *path,
                        qa_status_t (*visit)(void *visitor, const char *name, bool is_folder), void *visitor,
                        qa_error_t *error);
    /* QA_NETWORK_FOLDER with the reason when the folder is on a network file system (NFS, SMB, 9P, FUSE) or
     * inside one that a sync client keeps (Dropbox, OneDrive, Google Drive, iCloud, Nextcloud). A folder that
     * does not exist is what the nearest one above it is. */
    qa_status_t (*check_folder)(void *context, const char *path, qa_error_t *error);
    int64_t (*time_ns)(void *context); /* wall clock, UTC, since 1970 */
    uint64_t (*monotonic_ns)(void *context);
    void (*random)(void *context, void *data, size_t bytes); /* from the system's generator */
    /* The name of the user of the operating system, cut at 255 bytes. */
    void (*user)(void *context, char name_out[256]);
    /* The number of this process, and the name of its machine, cut at 255 bytes. */
    uint64_t (*process)(void *context, char host_out[256]);
    void *context;
} qa_system_t;

/* The real system. */
extern const qa_system_t qa_system_default;

/* SHA-256, one-shot over spans. */
typedef struct qa_span {
    const void *data;
    size_t bytes;
} qa_span_t;
enum { QA_SHA256_BYTES = 32 };
qa_status_t qa_sha256(const qa_span_t *spans, uint32_t span_count,
                      uint8_t digest_out[QA_SHA256_BYTES]); /* QA_NO_MEMORY */
/* The same over a stream. `feed` after a failed `make` is a mistake of the caller. */
typedef struct qa_sha256_stream qa_sha256_stream_t;
qa_status_t qa_sha256_open(qa_sha256_stream_t **stream_out);
void qa_sha256_feed(qa_sha256_stream_t *stream, const void *data, size_t bytes);
/* The digest of what was fed since the start or the last call; the stream starts over. Cheaper than qa_sha256
 * when many short pieces are hashed one by one. */
void qa_sha256_next(qa_sha256_stream_t *stream, uint8_t digest_out[QA_SHA256_BYTES]);
/* Accepts NULL for both. */
void qa_sha256_close(qa_sha256_stream_t *stream, uint8_t digest_out[QA_SHA256_BYTES]);

/* Locks between threads. Plain wrappers; a failure of the system here is a mistake of ours and asserts. */
typedef struct qa_mutex qa_mutex_t;
qa_status_t qa_mutex_open(qa_mutex_t **mutex_out, const qa_allocator_t *allocator);
void qa_mutex_close(qa_mutex_t *mutex);
void qa_mutex_lock(qa_mutex_t *mutex);
void qa_mutex_unlock(qa_mutex_t *mutex);
/* A condition that belongs to the mutex it was made with. */
void qa_mutex_wait(qa_mutex_t *mutex);   /* releases, waits for a signal, takes again */
void qa_mutex_signal(qa_mutex_t *mutex); /* wakes all waiters */

typedef struct qa_shared_lock qa_shared_lock_t; /* many readers or one writer */
qa_status_t qa_shared_lock_open(qa_shared_lock_t **lock_out, const qa_allocator_t *allocator);
void qa_shared_lock_close(qa_shared_lock_t *lock);
void qa_shared_lock_read(qa_shared_lock_t *lock);
void qa_shared_lock_write(qa_shared_lock_t *lock);
void qa_shared_lock_release(qa_shared_lock_t *lock);

#endif
