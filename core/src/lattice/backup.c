/* Copies a replica: the folders of its apps, file by file, each app under its write lock.
 *
 * Order, so that a copy that was interrupted is never taken for a whole one: logs and snapshots; then ROLE,
 * without which a folder is no app; then the identity, without which a folder is no replica. The identity
 * itself is never copied, nor are lock files and files that were being made. A copy that fails is taken away
 * in the other order. What this must never do: change the source, or remove what it did not make. */
#include "qa/backup.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "lattice/lattice_private.h"

enum { COPY_BYTES = 1 << 20, COPY_DEPTH_MAX = 4, COPY_PATH_BYTES = 3072 };

typedef struct copy {
    const qa_copy_options_t *options;
    const qa_system_t *system;
    const qa_allocator_t *allocator;
    uint8_t *block;
    uint32_t app_count;
    qa_error_t *error;
} copy_t;

/* A folder that is being copied; lives on the stack of the walk. */
typedef struct level {
    copy_t *copy;
    char source[COPY_PATH_BYTES];
    char target[COPY_PATH_BYTES];
    uint32_t depth;
    bool is_app; /* the app's own folder: ROLE waits */
} level_t;

static qa_status_t join_path(const copy_t *copy, const char *folder, const char *name,
                             char path_out[COPY_PATH_BYTES])
{
    const int wanted = snprintf(path_out, COPY_PATH_BYTES, "%s/%s", folder, name);
    if (wanted < 0 || wanted >= COPY_PATH_BYTES)
        return qa_fail(copy->error, QA_LIMIT, "a path of the copy is longer than %d bytes",
                       COPY_PATH_BYTES - 1);
    return QA_OK;
}

static bool ends_with(const char *name, const char *end)
{
    const size_t name_bytes = strlen(name);
    const size_t end_bytes = strlen(end);
    return name_bytes >= end_bytes && memcmp(name + name_bytes - end_bytes, end, end_bytes) == 0;
}

static qa_status_t copy_file(copy_t *copy, const char *source, const char *target)
{
    const qa_system_t *system = copy->system;
    qa_file_t *from = NULL;
    qa_file_t *to = NULL;
    uint64_t at = 0;
    size_t bytes = COPY_BYTES;
    qa_status_t status = system->open(system->context, source, QA_FILE_READ, &from, copy->error);
    if (status == QA_OK) status = system->open(system->context, target, QA_FILE_CREATE, &to, copy->error);
    while (status == QA_OK && bytes == COPY_BYTES) {
        status = system->read(from, at, copy->block, COPY_BYTES, &bytes, copy->error);
        if (status == QA_OK && bytes > 0) status = system->write(to, at, copy->block, bytes, copy->error);
        at += bytes;
    }
    if (status == QA_OK) status = system->sync(to, copy->error);
    system->close(to);
    system->close(from);
    return status;
}

static qa_status_t copy_folder(level_t *level);

static qa_status_t copy_entry(void *visitor, const char *name, bool is_folder)
{
    level_t *level = visitor;
    copy_t *copy = level->copy;
    if (name[0] == '.' || ends_with(name, ".lock") || ends_with(name, ".tmp") || ends_with(name, ".aside"))
        return QA_OK;
    if (level->is_app && strcmp(name, "ROLE") == 0) return QA_OK;
    if (!is_folder) {
        char source[COPY_PATH_BYTES];
        char target[COPY_PATH_BYTES];
        qa_status_t status = join_path(copy, level->source, name, source);
        if (status == QA_OK) status = join_path(copy, level->target, name, target);
        if (status == QA_OK) status = copy_file(copy, source, target);
        /* Snapshots come and go without the write lock; they are derived data. */
        return status == QA_MISSING_INPUT && ends_with(name, ".snap") ? QA_OK : status;
    }
    if (level->depth + 1 >= COPY_DEPTH_MAX)
        return qa_fail(copy->error, QA_LIMIT, "%s has folders deeper than an app's", level->source);
    level_t inner = { .copy = copy, .depth = level->depth + 1 };
    qa_status_t status = join_path(copy, level->source, name, inner.source);
    if (status == QA_OK) status = join_path(copy, level->target, name, inner.target);
    return status == QA_OK ? copy_folder(&inner) : status;
}

static qa_status_t copy_folder(level_t *level)
{
    const copy_t *copy = level->copy;
    const qa_system_t *system = copy->system;
    qa_status_t status = system->make_folder(system->context, level->target, copy->error);
    if (status == QA_OK)
        status = system->list(system->context, level->source, copy_entry, level, copy->error);
    return status == QA_OK ? system->sync_folder(system->context, level->target, copy->error) : status;
}

/* The lock of the app that is copied. An app that nobody ever wrote on this machine has no lock file:
 * *file_out is NULL then, and a backup on a disk that cannot be written can be restored. */
static qa_status_t lock_app(const copy_t *copy, const char *folder, qa_file_t **file_out)
{
    char path[COPY_PATH_BYTES];
    *file_out = NULL;
    qa_status_t status = join_path(copy, folder, "log/write.lock", path);
    if (status == QA_OK) {
        status = copy->system->open(copy->system->context, path, QA_FILE_WRITE, file_out, copy->error);
        if (status == QA_MISSING_INPUT) return QA_OK;
    }
    if (status == QA_OK) status = copy->system->lock(*file_out, QA_LOCK_TIMEOUT_MS, copy->error);
    if (status == QA_OK) return QA_OK;
    copy->system->close(*file_out);
    *file_out = NULL;
    return status;
}

/* The source, read only: that its log has all that its lock file promises, which the copy cannot show any
 * more; or everything, to know whose damage it is. */
static qa_status_t check_app(const copy_t *copy, const char *app, bool is_thorough)
{
    const qa_lattice_options_t options = { .size = sizeof(options),
                                           .replica = copy->options->source,
                                           .app = app,
                                           .is_read_only = true,
                                           .allocator = copy->allocator,
                                           .system = copy->system,
                                           .snapshot_bytes = UINT32_MAX };
    qa_lattice_t *lattice = NULL;
    qa_error_t error;
    qa_status_t status = qa_lattice_open(&lattice, &options, &error);
    if (status == QA_OK && is_thorough) status = qa_lattice_verify(lattice, NULL, NULL, &error);
    qa_lattice_close(lattice);
    if (status == QA_CORRUPT || status == QA_DIVERGED)
        return qa_fail(copy->error, status, "the source is damaged, nothing was copied: %s", error.message);
    if (status != QA_OK && copy->error != NULL) *copy->error = error;
    return status;
}

static qa_status_t copy_app(void *context, const char *app)
{
    copy_t *copy = context;
    level_t level = { .copy = copy, .is_app = true };
    char role_source[COPY_PATH_BYTES];
    char role_target[COPY_PATH_BYTES];
    qa_file_t *lock = NULL;
    qa_file_t *role = NULL;
    if (copy->options->app != NULL && strcmp(copy->options->app, app) != 0) return QA_OK;
    qa_status_t status = join_path(copy, copy->options->source, app, level.source);
    if (status == QA_OK) status = join_path(copy, copy->options->target, app, level.target);
    if (status == QA_OK) status = join_path(copy, level.source, "ROLE", role_source);
    if (status == QA_OK) status = join_path(copy, level.target, "ROLE", role_target);
    if (status != QA_OK) return status;
    status = copy->system->open(copy->system->context, role_source, QA_FILE_READ, &role, copy->error);
    if (status == QA_MISSING_INPUT) return QA_OK; /* not an app, or one that is being made */
    copy->system->close(role);
    if (status == QA_OK) status = lock_app(copy, level.source, &lock);
    if (status == QA_OK) status = check_app(copy, app, false);
    if (status == QA_OK) status = copy_folder(&level);
    copy->system->close(lock);
    if (status == QA_OK) status = copy_file(copy, role_source, role_target);
    if (status == QA_OK) status = copy->system->sync_folder(copy->system->context, level.target, copy->error);
    if (status == QA_OK) copy->app_count++;
    return status;
}

/* --- the copy as a replica --- */

static qa_status_t verify_app(void *context, const char *app)
{
    copy_t *copy = context;
    qa_lattice_options_t options = { .size = sizeof(options),
                                     .replica = copy->options->target,
                                     .app = app,
                                     .is_create = true,
                                     .allocator = copy->allocator,
                                     .system = copy->system,
                                     .snapshot_bytes = UINT32_MAX };
    qa_lattice_t *lattice = NULL;
    qa_statistics_t statistics;
    qa_status_t status = qa_lattice_open(&lattice, &options, copy->error);
    if (status == QA_OK) status = qa_lattice_verify(lattice, NULL, NULL, copy->error);
    if (status == QA_OK) status = qa_lattice_statistics(lattice, &statistics, copy->error);
    if (status == QA_OK && copy->options->report != NULL) {
        copy->options->report(copy->options->context, app, &statistics);
    }
    qa_lattice_close(lattice);
    if (status == QA_CORRUPT || status == QA_DIVERGED) {
        /* A copy is as good as its source: the words name the one to mend. */
        const qa_status_t checked = check_app(copy, app, true);
        if (checked == QA_CORRUPT || checked == QA_DIVERGED) status = checked;
    }
    return status;
}

/* --- taking a copy away that failed --- */

static qa_status_t remove_entry(void *visitor, const char *name, bool is_folder);

static qa_status_t remove_folder(const level_t *level)
{
    const qa_system_t *system = level->copy->system;
    level_t inner = *level;
    qa_status_t status = system->list(system->context, level->target, remove_entry, &inner, NULL);
    return status == QA_OK ? system->remove(system->context, level->target, NULL) : status;
}

static qa_status_t remove_entry(void *visitor, const char *name, bool is_folder)
{
    const level_t *level = visitor;
    level_t inner = { .copy = level->copy, .depth = level->depth + 1 };
    qa_status_t status = join_path(level->copy, level->target, name, inner.target);
    if (status != QA_OK || inner.depth >= COPY_DEPTH_MAX) return QA_LIMIT;
    if (is_folder) return remove_folder(&inner);
    return level->copy->system->remove(level->copy->system->context, inner.target, NULL);
}

/* ROLE first, durably: what a power loss leaves of the rest is no app. */
static qa_status_t remove_app(void *context, const char *app)
{
    const copy_t *copy = context;
    const qa_system_t *system = copy->system;
    level_t level = { .copy = context };
    char role[COPY_PATH_BYTES];
    if (copy->options->app != NULL && strcmp(copy->options->app, app) != 0) return QA_OK;
    qa_status_t status = join_path(copy, copy->options->target, app, level.target);
    if (status == QA_OK) status = join_path(copy, level.target, "ROLE", role);
    if (status == QA_OK) status = system->remove(system->context, role, NULL);
    if (status == QA_OK) status = system->sync_folder(system->context, level.target, NULL);
    if (status == QA_OK) (void)remove_folder(&level);
    return QA_OK; /* the other apps all the same */
}

/* The target was empty or not there: the identity goes first, then every app of the source's name. As much as
 * can be: the failure that is told is the one of the copy. */
static void remove_copy(const copy_t *failed, bool is_folder_new)
{
    static const char *const names[] = { "REPLICA", "REPLICA.lock" };
    copy_t copy = *failed;
    const qa_system_t *system = copy.system;
    copy.error = NULL;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[COPY_PATH_BYTES];
        if (join_path(&copy, copy.options->target, names[i], path) == QA_OK)
            (void)system->remove(system->context, path, NULL);
    }
    if (system->sync_folder(system->context, copy.options->target, NULL) == QA_OK)
        (void)qa_replica_apps(copy.options->source, system, remove_app, &copy, NULL);
    if (is_folder_new) (void)system->remove(system->context, copy.options->target, NULL);
}

static qa_status_t refuse_entry(void *visitor, const char *name, bool is_folder)
{
    (void)is_folder;
    snprintf(visitor, 80, "%.79s", name);
    return QA_EXISTS;
}

static qa_status_t check_target(const copy_t *copy, bool *is_new_out)
{
    char found[80] = "";
    const char *target = copy->options->target;
    const qa_status_t status =
        copy->system->list(copy->system->context, target, refuse_entry, found, copy->error);
    if (status == QA_EXISTS)
        return qa_fail(copy->error, QA_EXISTS, "the folder %s is not empty (%s); name a new one", target,
                       found);
    *is_new_out = status == QA_MISSING_INPUT;
    return status == QA_MISSING_INPUT ? QA_OK : status;
}

static qa_status_t check_source(const copy_t *copy)
{
    char path[COPY_PATH_BYTES];
    qa_file_t *file = NULL;
    qa_status_t status = join_path(copy, copy->options->source, "REPLICA", path);
    if (status == QA_OK)
        status = copy->system->open(copy->system->context, path, QA_FILE_READ, &file, copy->error);
    copy->system->close(file);
    if (status == QA_MISSING_INPUT)
        return qa_fail(copy->error, QA_NOT_A_REPLICA, "%s is not a replica, or a copy that was interrupted",
                       copy->options->source);
    return status;
}

static qa_status_t copy_all(copy_t *copy)
{
    const qa_copy_options_t *options = copy->options;
    const qa_system_t *system = copy->system;
    qa_status_t status = qa_replica_apps(options->source, system, copy_app, copy, copy->error);
    if (status == QA_OK && copy->app_count == 0)
        status = qa_fail(copy->error, QA_APP_NOT_FOUND, "the replica %s has no app%s%s", options->source,
                         options->app == NULL ? "" : " ", options->app == NULL ? "" : options->app);
    if (status == QA_OK) status = system->sync_folder(system->context, options->target, copy->error);
    if (status == QA_OK) status = qa_replica_each_app(options->target, system, verify_app, copy, copy->error);
    return status;
}

qa_status_t qa_replica_copy(const qa_copy_options_t *options, qa_error_t *error)
{
    copy_t copy = { .options = options, .error = error };
    bool is_new = false;
    qa_error_clear(error);
    if (options->size != sizeof(*options) || options->source == NULL || options->target == NULL)
        return qa_fail(error, QA_INVALID, "a copy needs a source and a target");
    copy.system = options->system == NULL ? &qa_system_default : options->system;
    copy.allocator = options->allocator == NULL ? &qa_allocator_default : options->allocator;
    copy.block = qa_memory_take(copy.allocator, COPY_BYTES);
    qa_status_t status = copy.block == NULL ? qa_fail_memory(error, "a copy") : check_source(&copy);
    if (status == QA_OK) status = check_target(&copy, &is_new);
    if (status == QA_OK) status = copy.system->check_folder(copy.system->context, options->source, error);
    if (status == QA_OK) status = copy.system->check_folder(copy.system->context, options->target, error);
    if (status == QA_OK) {
        status = copy.system->make_folder(copy.system->context, options->target, error);
        if (status == QA_OK) status = copy_all(&copy);
        if (status != QA_OK) remove_copy(&copy, is_new);
    }
    qa_memory_give(copy.allocator, copy.block, COPY_BYTES);
    return status;
}
