/* The simulated system's table of calls: failures on purpose, handles, clock, random numbers. */
#include "platform/fake/fake_system.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "platform/fake/fake_disk.h"

struct qa_fake_system {
    fake_disk_t disk;
    uint64_t seed;
    uint64_t generation; /* counts crashes: handles of an earlier one are dead */
    uint64_t counts[QA_FAKE_CALL_COUNT];
    uint64_t fails_at[QA_FAKE_CALL_COUNT];
    qa_status_t fails_with[QA_FAKE_CALL_COUNT];
    uint32_t chances;
    uint64_t capacity_bytes;
    uint64_t process;
    int64_t time_ns;
};

struct qa_file {
    qa_fake_system_t *fake;
    fake_inode_t *inode;
    uint64_t generation;
    char path[];
};

/* Counts a call; not QA_OK when it was chosen to fail. */
static qa_status_t count_call(qa_fake_system_t *fake, qa_fake_call_t call, const char *path,
                              qa_error_t *error)
{
    fake->counts[call]++;
    fake->time_ns += 1000;
    if (fake->fails_at[call] != 0 && fake->counts[call] == fake->fails_at[call]) {
        fake->fails_at[call] = 0;
        return qa_fail(error, fake->fails_with[call], "%s: failed on purpose", path);
    }
    if (fake->chances != 0 && fake_random(&fake->seed) % fake->chances == 0)
        return qa_fail(error, QA_IO, "%s: failed by chance", path);
    return QA_OK;
}

static qa_status_t count_file_call(qa_file_t *file, qa_fake_call_t call, qa_error_t *error)
{
    if (file->generation != file->fake->generation)
        return qa_fail(error, QA_IO, "%s: the system went down under this handle", file->path);
    return count_call(file->fake, call, file->path, error);
}

static bool flip(qa_fake_system_t *fake)
{
    return fake_random(&fake->seed) % 2 == 0;
}

static bool parent_exists(const qa_fake_system_t *fake, const char *path)
{
    char parent[4096];
    const char *slash = strrchr(path, '/');
    if (slash == NULL || slash == path) return true;
    snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path), path);
    const fake_inode_t *inode = fake_find(&fake->disk.cached, parent);
    return inode != NULL && inode->is_folder;
}

static qa_status_t fake_system_open(void *context, const char *path, qa_file_mode_t mode,
                                    qa_file_t **file_out, qa_error_t *error)
{
    qa_fake_system_t *fake = context;
    *file_out = NULL;
    const qa_status_t status = count_call(fake, QA_FAKE_OPEN, path, error);
    if (status != QA_OK) return status;
    fake_inode_t *inode = fake_find(&fake->disk.cached, path);
    if (inode == NULL && (mode == QA_FILE_READ || mode == QA_FILE_WRITE))
        return qa_fail(error, QA_MISSING_INPUT, "%s does not exist", path);
    if (inode != NULL && mode == QA_FILE_CREATE) return qa_fail(error, QA_EXISTS, "%s exists already", path);
    if (inode != NULL && inode->is_folder) return qa_fail(error, QA_IO, "%s is a folder", path);
    if (inode == NULL && !parent_exists(fake, path)) return qa_fail(error, QA_IO, "%s: no such folder", path);
    qa_file_t *file = malloc(sizeof(*file) + strlen(path) + 1);
    if (file == NULL) return qa_fail_memory(error, path);
    if (inode == NULL) {
        inode = fake_inode_make(&fake->disk, false);
        if (inode == NULL || !fake_change_names(&fake->disk, path, NULL, inode)) {
            free(file);
            return qa_fail_memory(error, path);
        }
    }
    *file = (qa_file_t){ .fake = fake, .inode = inode, .generation = fake->generation };
    memcpy(file->path, path, strlen(path) + 1);
    *file_out = file;
    return QA_OK;
}

static void fake_system_unlock(qa_file_t *file)
{
    if (file->generation == file->fake->generation && file->inode->lock_owner == file)
        file->inode->lock_owner = NULL;
}

static void fake_system_close(qa_file_t *file)
{
    if (file == NULL) return;
    fake_system_unlock(file);
    free(file);
}

static qa_status_t fake_system_read(qa_file_t *file, uint64_t position, void *data, size_t bytes,
                                    size_t *bytes_out, qa_error_t *error)
{
    const qa_status_t status = count_file_call(file, QA_FAKE_READ, error);
    *bytes_out = 0;
    if (status != QA_OK || position >= file->inode->cached_bytes) return status;
    const uint64_t left = file->inode->cached_bytes - position;
    *bytes_out = left < bytes ? (size_t)left : bytes;
    memcpy(data, file->inode->cached + position, *bytes_out);
    return QA_OK;
}

static uint64_t disk_bytes(const fake_disk_t *disk)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < disk->cached.count; i++) {
        if (disk->cached.items[i].inode != NULL) bytes += disk->cached.items[i].inode->cached_bytes;
    }
    return bytes;
}

static qa_status_t fake_system_write(qa_file_t *file, uint64_t position, const void *data, size_t bytes,
                                     qa_error_t *error)
{
    qa_fake_system_t *fake = file->fake;
    qa_status_t status = count_file_call(file, QA_FAKE_WRITE, error);
    if (file->generation != fake->generation) return status;
    size_t written = bytes;
    if (status != QA_OK) written = bytes == 0 ? 0 : (size_t)(fake_random(&fake->seed) % bytes);
    const uint64_t end = position + written;
    if (fake->capacity_bytes != 0 && end > file->inode->cached_bytes) {
        const uint64_t used = disk_bytes(&fake->disk);
        const uint64_t room = used < fake->capacity_bytes ? fake->capacity_bytes - used : 0;
        const uint64_t grown = end - file->inode->cached_bytes;
        if (grown > room) {
            const uint64_t missing = grown - room;
            written = missing < written ? written - (size_t)missing : 0;
            status = qa_fail(error, QA_DISK_FULL, "%s: the simulated disk is full", file->path);
        }
    }
    if (!fake_inode_write(&fake->disk, file->inode, position, data, written))
        return qa_fail_memory(error, file->path);
    return status;
}

static qa_status_t fake_system_sync(qa_file_t *file, qa_error_t *error)
{
    const qa_status_t status = count_file_call(file, QA_FAKE_SYNC, error);
    if (file->generation != file->fake->generation) return status;
    if (status == QA_OK)
        fake_inode_sync(file->inode);
    else
        fake_inode_sync_badly(file->inode, &file->fake->seed);
    return status;
}

static qa_status_t fake_system_size(qa_file_t *file, uint64_t *bytes_out, qa_error_t *error)
{
    const qa_status_t status = count_file_call(file, QA_FAKE_SIZE, error);
    *bytes_out = status == QA_OK ? file->inode->cached_bytes : 0;
    return status;
}

static qa_status_t fake_system_truncate(qa_file_t *file, uint64_t bytes, qa_error_t *error)
{
    const qa_status_t status = count_file_call(file, QA_FAKE_TRUNCATE, error);
    if (status != QA_OK) return status;
    return fake_inode_truncate(&file->fake->disk, file->inode, bytes) ? QA_OK
                                                                      : qa_fail_memory(error, file->path);
}

static qa_status_t fake_system_lock(qa_file_t *file, uint32_t timeout_ms, qa_error_t *error)
{
    const qa_status_t status = count_file_call(file, QA_FAKE_LOCK, error);
    if (status != QA_OK) return status;
    if (file->inode->lock_owner != NULL && file->inode->lock_owner != file) {
        file->fake->time_ns += (int64_t)timeout_ms * 1000000;
        return qa_fail(error, QA_LOCKED, "%s is locked", file->path);
    }
    file->inode->lock_owner = file;
    return QA_OK;
}

/* A failing change of names may have happened all the same. */
static qa_status_t fake_system_rename(void *context, const char *source, const char *target,
                                      qa_error_t *error)
{
    qa_fake_system_t *fake = context;
    const qa_status_t status = count_call(fake, QA_FAKE_RENAME, target, error);
    if (status != QA_OK && flip(fake)) return status;
    fake_inode_t *inode = fake_find(&fake->disk.cached, source);
    if (inode == NULL) return qa_fail(error, QA_IO, "%s: no such file", source);
    if (!fake_change_names(&fake->disk, target, source, inode)) return qa_fail_memory(error, target);
    return status;
}

static qa_status_t fake_system_remove(void *context, const char *path, qa_error_t *error)
{
    qa_fake_system_t *fake = context;
    const qa_status_t status = count_call(fake, QA_FAKE_REMOVE, path, error);
    if ((status != QA_OK && flip(fake)) || fake_find(&fake->disk.cached, path) == NULL) return status;
    return fake_change_names(&fake->disk, path, NULL, NULL) ? status : qa_fail_memory(error, path);
}

static qa_status_t fake_system_make_folder(void *context, const char *path, qa_error_t *error)
{
    qa_fake_system_t *fake = context;
    const qa_status_t status = count_call(fake, QA_FAKE_MAKE_FOLDER, path, error);
    if (status != QA_OK) return status;
    const fake_inode_t *present = fake_find(&fake->disk.cached, path);
    if (present != NULL) return present->is_folder ? QA_OK : qa_fail(error, QA_IO, "%s is a file", path);
    if (!parent_exists(fake, path)) return qa_fail(error, QA_IO, "%s: no such folder", path);
    fake_inode_t *inode = fake_inode_make(&fake->disk, true);
    if (inode == NULL || !fake_change_names(&fake->disk, path, NULL, inode))
        return qa_fail_memory(error, path);
    return QA_OK;
}

static qa_status_t fake_system_sync_folder(void *context, const char *path, qa_error_t *error)
{
    qa_fake_system_t *fake = context;
    const qa_status_t status = count_call(fake, QA_FAKE_SYNC_FOLDER, path, error);
    if (status == QA_OK || flip(fake)) fake_sync_folder(&fake->disk, path);
    return status;
}

static qa_status_t fake_system_list(void *context, const char *path,
                                    qa_status_t (*visit)(void *visitor, const char *name, bool is_folder),
                                    void *visitor, qa_error_t *error)
{
    qa_fake_system_t *fake = context;
    const fake_names_t *names = &fake->disk.cached;
    qa_status_t status = count_call(fake, QA_FAKE_LIST, path, error);
    const fake_inode_t *folder = fake_find(names, path);
    if (status == QA_OK && folder == NULL && strcmp(path, "/") != 0)
        return qa_fail(error, QA_MISSING_INPUT, "%s does not exist", path);
    const char *last = NULL;
    while (status == QA_OK) {
        const fake_name_t *best = NULL;
        for (size_t i = 0; i < names->count; i++) {
            const fake_name_t *name = &names->items[i];
            if (name->inode == NULL || !fake_parent_is(name->path, path)) continue;
            if (last != NULL && strcmp(name->path, last) <= 0) continue;
            if (best == NULL || strcmp(name->path, best->path) < 0) best = name;
        }
        if (best == NULL) break;
        last = best->path;
        status = visit(visitor, strrchr(last, '/') + 1, best->inode->is_folder);
    }
    return status;
}

static qa_status_t fake_system_check_folder(void *context, const char *path, qa_error_t *error)
{
    (void)context;
    if (strncmp(path, "/network/", 9) == 0)
        return qa_fail(error, QA_NETWORK_FOLDER, "%s is on a network file system; choose a local folder",
                       path);
    return QA_OK;
}

static int64_t fake_system_time_ns(void *context)
{
    qa_fake_system_t *fake = context;
    return fake->time_ns;
}

static uint64_t fake_system_monotonic_ns(void *context)
{
    qa_fake_system_t *fake = context;
    return (uint64_t)fake->time_ns;
}

static void fake_system_random(void *context, void *data, size_t bytes)
{
    qa_fake_system_t *fake = context;
    uint8_t *at = data;
    for (size_t i = 0; i < bytes; i++)
        at[i] = (uint8_t)fake_random(&fake->seed);
}

static void fake_system_user(void *context, char name_out[256])
{
    (void)context;
    snprintf(name_out, 256, "somebody");
}

static uint64_t fake_system_process(void *context, char host_out[256])
{
    qa_fake_system_t *fake = context;
    snprintf(host_out, 256, "nowhere");
    return fake->process;
}

qa_fake_system_t *qa_fake_open(uint64_t seed)
{
    qa_fake_system_t *fake = calloc(1, sizeof(*fake));
    if (fake == NULL) return NULL;
    fake->seed = seed;
    fake->process = 7;
    return fake;
}

void qa_fake_close(qa_fake_system_t *fake)
{
    if (fake == NULL) return;
    fake_disk_release(&fake->disk);
    free(fake);
}

qa_system_t qa_fake_table(qa_fake_system_t *fake)
{
    return (qa_system_t){
        .open = fake_system_open,
        .close = fake_system_close,
        .read = fake_system_read,
        .write = fake_system_write,
        .sync = fake_system_sync,
        .size = fake_system_size,
        .truncate = fake_system_truncate,
        .lock = fake_system_lock,
        .unlock = fake_system_unlock,
        .rename = fake_system_rename,
        .remove = fake_system_remove,
        .make_folder = fake_system_make_folder,
        .sync_folder = fake_system_sync_folder,
        .list = fake_system_list,
        .check_folder = fake_system_check_folder,
        .time_ns = fake_system_time_ns,
        .monotonic_ns = fake_system_monotonic_ns,
        .random = fake_system_random,
        .user = fake_system_user,
        .process = fake_system_process,
        .context = fake,
    };
}

void qa_fake_fail(qa_fake_system_t *fake, qa_fake_call_t call, uint64_t nth, qa_status_t status)
{
    assert(call < QA_FAKE_CALL_COUNT);
    fake->fails_at[call] = nth == 0 ? 0 : fake->counts[call] + nth;
    fake->fails_with[call] = status;
}

void qa_fake_fail_randomly(qa_fake_system_t *fake, uint32_t chances)
{
    fake->chances = chances;
}

void qa_fake_set_capacity(qa_fake_system_t *fake, uint64_t bytes)
{
    fake->capacity_bytes = bytes;
}

uint64_t qa_fake_count(const qa_fake_system_t *fake, qa_fake_call_t call)
{
    return fake->counts[call];
}

void qa_fake_set_process(qa_fake_system_t *fake, uint64_t process)
{
    fake->process = process;
}

void qa_fake_set_time(qa_fake_system_t *fake, int64_t time_ns)
{
    fake->time_ns = time_ns;
}

void qa_fake_crash(qa_fake_system_t *fake, uint64_t seed)
{
    fake->generation++;
    fake_disk_crash(&fake->disk, &seed);
}

void qa_fake_kill(qa_fake_system_t *fake)
{
    fake->generation++;
    for (fake_inode_t *inode = fake->disk.inodes; inode != NULL; inode = inode->next)
        inode->lock_owner = NULL;
}

void qa_fake_evict(qa_fake_system_t *fake, uint64_t seed)
{
    for (fake_inode_t *inode = fake->disk.inodes; inode != NULL; inode = inode->next)
        fake_inode_evict(inode, &seed);
}

const uint8_t *qa_fake_file(const qa_fake_system_t *fake, const char *path, uint64_t *bytes_out)
{
    static const uint8_t nothing[1];
    const fake_inode_t *inode = fake_find(&fake->disk.cached, path);
    *bytes_out = inode == NULL ? 0 : inode->cached_bytes;
    if (inode == NULL) return NULL;
    return inode->cached == NULL ? nothing : inode->cached;
}

qa_status_t qa_fake_put_file(qa_fake_system_t *fake, const char *path, const void *data, size_t bytes)
{
    char folder[4096];
    for (const char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
        if (fake_find(&fake->disk.cached, folder) != NULL) continue;
        fake_inode_t *made = fake_inode_make(&fake->disk, true);
        if (made == NULL || !fake_change_names(&fake->disk, folder, NULL, made)) return QA_NO_MEMORY;
    }
    fake_inode_t *inode = fake_find(&fake->disk.cached, path);
    if (inode == NULL) {
        inode = fake_inode_make(&fake->disk, false);
        if (inode == NULL || !fake_change_names(&fake->disk, path, NULL, inode)) return QA_NO_MEMORY;
    }
    if (!fake_inode_truncate(&fake->disk, inode, 0) || !fake_inode_write(&fake->disk, inode, 0, data, bytes))
        return QA_NO_MEMORY;
    fake_inode_sync(inode);
    for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        snprintf(folder, sizeof(folder), "%.*s", slash == path ? 1 : (int)(slash - path), path);
        fake_sync_folder(&fake->disk, folder);
    }
    return QA_OK;
}
