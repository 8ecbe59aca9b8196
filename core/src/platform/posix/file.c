/* Files by POSIX calls: positioned reads and writes that finish or fail, data syncs, locks of the open file
 * description. Nothing here is retried but a call that a signal interrupted; a failed sync least of all,
 * because Linux marks the pages clean when it reports the failure once. */
#include "platform/posix/posix.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"

struct qa_file {
    int descriptor;
    char path[]; /* for the words of errors */
};

enum {
    READ_WRITE_BYTES_MAX = 1 << 30, /* Linux moves at most 2 GiB a call */
    LOCK_PAUSE_NS_MIN = 50000,
    LOCK_PAUSE_NS_MAX = 2000000,
    GATE_PAUSE_NS_MAX = 8000000
};

/* Behind every byte of a file that we could lock otherwise. */
static const off_t lock_gate_at = (off_t)1 << 62;

qa_status_t qa_posix_fail(qa_error_t *error, const char *path, const char *verb, int number)
{
    char words[128];
    /* The thread-safe form of GNU returns a constant text or fills `words`. */
    const char *text = strerror_r(number, words, sizeof(words));
    if (number == ENOMEM) return qa_fail_memory(error, path);
    if (number == EFBIG)
        return qa_fail(
            error, QA_DISK_FULL,
            "%s: cannot %s: the file would be larger than this process or this file system allows; "
            "raise the limit (ulimit -f)",
            path, verb);
    if (number == ENOSPC || number == EDQUOT)
        return qa_fail(error, QA_DISK_FULL, "%s: cannot %s: %s; free some space", path, verb, text);
    return qa_fail(error, QA_IO, "%s: cannot %s: %s", path, verb, text);
}

qa_status_t qa_posix_open(void *context, const char *path, qa_file_mode_t mode, qa_file_t **file_out,
                          qa_error_t *error)
{
    static const int flags[] = {
        [QA_FILE_READ] = O_RDONLY,
        [QA_FILE_WRITE] = O_RDWR,
        [QA_FILE_CREATE] = O_RDWR | O_CREAT | O_EXCL,
        [QA_FILE_ENSURE] = O_RDWR | O_CREAT,
    };
    (void)context;
    *file_out = NULL;
    const size_t path_bytes = strlen(path) + 1;
    qa_file_t *file = malloc(sizeof(*file) + path_bytes);
    if (file == NULL) return qa_fail_memory(error, path);
    memcpy(file->path, path, path_bytes);
    do {
        file->descriptor = open(path, flags[mode] | O_CLOEXEC | O_NOCTTY, 0600);
    } while (file->descriptor < 0 && errno == EINTR);
    if (file->descriptor < 0) {
        const int number = errno;
        free(file);
        if (number == ENOENT && (mode == QA_FILE_READ || mode == QA_FILE_WRITE))
            return qa_fail(error, QA_MISSING_INPUT, "%s does not exist", path);
        if (number == EEXIST) return qa_fail(error, QA_EXISTS, "%s exists already", path);
        return qa_posix_fail(error, path, "open", number);
    }
    *file_out = file;
    return QA_OK;
}

void qa_posix_close(qa_file_t *file)
{
    if (file == NULL) return;
    /* The result says nothing about data: that was asked of sync. */
    close(file->descriptor);
    free(file);
}

qa_status_t qa_posix_read(qa_file_t *file, uint64_t position, void *data, size_t bytes, size_t *bytes_out,
                          qa_error_t *error)
{
    uint8_t *at = data;
    size_t done = 0;
    *bytes_out = 0;
    while (done < bytes) {
        const size_t wanted = bytes - done < READ_WRITE_BYTES_MAX ? bytes - done : READ_WRITE_BYTES_MAX;
        const ssize_t count = pread(file->descriptor, at + done, wanted, (off_t)(position + done));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return qa_posix_fail(error, file->path, "read", errno);
        if (count == 0) break;
        done += (size_t)count;
    }
    *bytes_out = done;
    return QA_OK;
}

qa_status_t qa_posix_write(qa_file_t *file, uint64_t position, const void *data, size_t bytes,
                           qa_error_t *error)
{
    const uint8_t *at = data;
    size_t done = 0;
    while (done < bytes) {
        const size_t wanted = bytes - done < READ_WRITE_BYTES_MAX ? bytes - done : READ_WRITE_BYTES_MAX;
        const ssize_t count = pwrite(file->descriptor, at + done, wanted, (off_t)(position + done));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return qa_posix_fail(error, file->path, "write", errno);
        if (count == 0) return qa_posix_fail(error, file->path, "write", ENOSPC);
        done += (size_t)count;
    }
    return QA_OK;
}

qa_status_t qa_posix_sync(qa_file_t *file, qa_error_t *error)
{
    return fdatasync(file->descriptor) == 0 ? QA_OK : qa_posix_fail(error, file->path, "sync", errno);
}

qa_status_t qa_posix_size(qa_file_t *file, uint64_t *bytes_out, qa_error_t *error)
{
    struct stat information;
    *bytes_out = 0;
    if (fstat(file->descriptor, &information) != 0) return qa_posix_fail(error, file->path, "measure", errno);
    *bytes_out = (uint64_t)information.st_size;
    return QA_OK;
}

qa_status_t qa_posix_truncate(qa_file_t *file, uint64_t bytes, qa_error_t *error)
{
    int failure;
    do {
        failure = ftruncate(file->descriptor, (off_t)bytes);
    } while (failure != 0 && errno == EINTR);
    return failure == 0 ? QA_OK : qa_posix_fail(error, file->path, "cut", errno);
}

/* Elapsed time by a clock that nobody sets. */
static uint64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* A lock of the open file description on a range of bytes: a POSIX lock would be dropped by any close of this
 * file in this process, and would not keep two handles of one process apart. */
static int set_lock(const qa_file_t *file, short type, off_t start, off_t bytes)
{
    struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = bytes };
    return fcntl(file->descriptor, F_OFD_SETLK, &lock) == 0 ? 0 : errno;
}

/* Polls until the range is ours, because a blocking F_OFD_SETLKW has no time limit without a signal, and a
 * library has no signals. */
static qa_status_t wait_for_lock(const qa_file_t *file, off_t start, off_t bytes, long pause_ns_max,
                                 uint64_t deadline_ns, qa_error_t *error)
{
    long pause_ns = LOCK_PAUSE_NS_MIN;
    for (;;) {
        const int number = set_lock(file, F_WRLCK, start, bytes);
        if (number == 0) return QA_OK;
        if (number != EAGAIN && number != EACCES && number != EINTR)
            return qa_posix_fail(error, file->path, "lock", number);
        const uint64_t now_ns = monotonic_ns();
        if (now_ns >= deadline_ns)
            return qa_fail(error, QA_LOCKED, "%s is locked by another process; try again", file->path);
        const uint64_t left_ns = deadline_ns - now_ns;
        const struct timespec pause = { .tv_nsec = left_ns < (uint64_t)pause_ns ? (long)left_ns : pause_ns };
        nanosleep(&pause, NULL);
        pause_ns = pause_ns < pause_ns_max / 2 ? pause_ns * 2 : pause_ns_max;
    }
}

/* Two locks: whoever waits stands at the gate, so that a process that releases and takes again at once cannot
 * keep the others out for ever. */
qa_status_t qa_posix_lock(qa_file_t *file, uint32_t timeout_ms, qa_error_t *error)
{
    const uint64_t deadline_ns = monotonic_ns() + (uint64_t)timeout_ms * 1000000u;
    qa_status_t status = wait_for_lock(file, lock_gate_at, 1, GATE_PAUSE_NS_MAX, deadline_ns, error);
    if (status != QA_OK) return status;
    status = wait_for_lock(file, 0, lock_gate_at, LOCK_PAUSE_NS_MAX, deadline_ns, error);
    const int failure = set_lock(file, F_UNLCK, lock_gate_at, 1);
    assert(failure == 0);
    (void)failure;
    return status;
}

void qa_posix_unlock(qa_file_t *file)
{
    const int failure = set_lock(file, F_UNLCK, 0, lock_gate_at);
    assert(failure == 0);
    (void)failure;
}
