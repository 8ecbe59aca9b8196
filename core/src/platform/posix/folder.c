/* Names in folders by POSIX calls: rename, remove, make, sync, list. */
#include "platform/posix/posix.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

qa_status_t qa_posix_rename(void *context, const char *source, const char *target, qa_error_t *error)
{
    (void)context;
    return rename(source, target) == 0 ? QA_OK : qa_posix_fail(error, target, "put a new file here", errno);
}

qa_status_t qa_posix_remove(void *context, const char *path, qa_error_t *error)
{
    (void)context;
    /* remove() takes files and empty folders. */
    if (remove(path) == 0 || errno == ENOENT) return QA_OK;
    return qa_posix_fail(error, path, "remove", errno);
}

qa_status_t qa_posix_make_folder(void *context, const char *path, qa_error_t *error)
{
    struct stat information;
    (void)context;
    if (mkdir(path, 0700) == 0) return QA_OK;
    const int number = errno;
    if (number != EEXIST) return qa_posix_fail(error, path, "make the folder", number);
    if (stat(path, &information) == 0 && S_ISDIR(information.st_mode)) return QA_OK;
    return qa_posix_fail(error, path, "make the folder", ENOTDIR);
}

qa_status_t qa_posix_sync_folder(void *context, const char *path, qa_error_t *error)
{
    (void)context;
    const int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return qa_posix_fail(error, path, "open the folder", errno);
    const int number = fsync(descriptor) == 0 ? 0 : errno;
    close(descriptor);
    return number == 0 ? QA_OK : qa_posix_fail(error, path, "sync the folder", number);
}

/* The names of a folder, copied: the order of readdir is not an order. */
typedef struct entry {
    char *name;
    bool is_folder;
} entry_t;

typedef struct entries {
    entry_t *items;
    size_t count;
    size_t capacity;
} entries_t;

static int compare_names(const void *a, const void *b)
{
    const entry_t *first = a;
    const entry_t *second = b;
    return strcmp(first->name, second->name);
}

static bool entries_add(entries_t *entries, const char *name, bool is_folder)
{
    if (entries->count == entries->capacity) {
        const size_t capacity = entries->capacity * 2 + 16;
        entry_t *items = realloc(entries->items, capacity * sizeof(*items));
        if (items == NULL) return false;
        entries->items = items;
        entries->capacity = capacity;
    }
    char *copy = strdup(name);
    if (copy == NULL) return false;
    entries->items[entries->count++] = (entry_t){ .name = copy, .is_folder = is_folder };
    return true;
}

static bool is_folder_entry(DIR *folder, const struct dirent *entry)
{
    struct stat information;
    if (entry->d_type != DT_UNKNOWN) return entry->d_type == DT_DIR;
    return fstatat(dirfd(folder), entry->d_name, &information, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISDIR(information.st_mode);
}

static qa_status_t entries_read(entries_t *entries, DIR *folder, const char *path, qa_error_t *error)
{
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (entry == NULL) return errno == 0 ? QA_OK : qa_posix_fail(error, path, "list", errno);
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (!entries_add(entries, entry->d_name, is_folder_entry(folder, entry)))
            return qa_fail_memory(error, path);
    }
}

qa_status_t qa_posix_list(void *context, const char *path,
                          qa_status_t (*visit)(void *visitor, const char *name, bool is_folder),
                          void *visitor, qa_error_t *error)
{
    entries_t entries = { NULL, 0, 0 };
    (void)context;
    DIR *folder = opendir(path);
    if (folder == NULL) {
        if (errno == ENOENT) return qa_fail(error, QA_MISSING_INPUT, "%s does not exist", path);
        return qa_posix_fail(error, path, "list", errno);
    }
    qa_status_t status = entries_read(&entries, folder, path, error);
    closedir(folder);
    if (entries.count > 0) qsort(entries.items, entries.count, sizeof(*entries.items), compare_names);
    for (size_t i = 0; i < entries.count; i++) {
        if (status == QA_OK) status = visit(visitor, entries.items[i].name, entries.items[i].is_folder);
        free(entries.items[i].name);
    }
    free(entries.items);
    return status;
}
