/* The real system: its table, the clocks, the generator of random bytes, the user and the process. */
#include "platform/posix/posix.h"

#include <assert.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { NAME_BYTES = 256, USER_RECORD_BYTES = 4096 };

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    const int failure = clock_gettime(clock, &now);
    assert(failure == 0);
    (void)failure;
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t system_time_ns(void *context)
{
    (void)context;
    return clock_ns(CLOCK_REALTIME);
}

static uint64_t system_monotonic_ns(void *context)
{
    (void)context;
    return (uint64_t)clock_ns(CLOCK_MONOTONIC);
}

static void system_random(void *context, void *data, size_t bytes)
{
    uint8_t *at = data;
    (void)context;
    while (bytes > 0) {
        const ssize_t count = getrandom(at, bytes, 0);
        /* Without the flags it fails only when a signal interrupts a large request. */
        assert(count > 0 || errno == EINTR);
        if (count <= 0) continue;
        at += count;
        bytes -= (size_t)count;
    }
}

static void system_user(void *context, char name_out[NAME_BYTES])
{
    char record[USER_RECORD_BYTES];
    struct passwd entry;
    struct passwd *found = NULL;
    (void)context;
    if (getpwuid_r(geteuid(), &entry, record, sizeof(record), &found) == 0 && found != NULL)
        snprintf(name_out, NAME_BYTES, "%s", found->pw_name);
    else
        snprintf(name_out, NAME_BYTES, "user %lu", (unsigned long)geteuid());
}

static uint64_t system_process(void *context, char host_out[NAME_BYTES])
{
    (void)context;
    if (gethostname(host_out, NAME_BYTES) != 0) snprintf(host_out, NAME_BYTES, "this machine");
    host_out[NAME_BYTES - 1] = '\0';
    return (uint64_t)getpid();
}

const qa_system_t qa_system_default = {
    .open = qa_posix_open,
    .close = qa_posix_close,
    .read = qa_posix_read,
    .write = qa_posix_write,
    .sync = qa_posix_sync,
    .size = qa_posix_size,
    .truncate = qa_posix_truncate,
    .lock = qa_posix_lock,
    .unlock = qa_posix_unlock,
    .rename = qa_posix_rename,
    .remove = qa_posix_remove,
    .make_folder = qa_posix_make_folder,
    .sync_folder = qa_posix_sync_folder,
    .list = qa_posix_list,
    .check_folder = qa_posix_check_folder,
    .time_ns = system_time_ns,
    .monotonic_ns = system_monotonic_ns,
    .random = system_random,
    .user = system_user,
    .process = system_process,
    .context = NULL,
};
