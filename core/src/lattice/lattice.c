/* Opening and closing an app, following its log, snapshots, statistics. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "lattice/lattice_private.h"
#include "lattice/text_file.h"

/* --- state --- */

qa_status_t qa_lattice_open_state(qa_lattice_t *lattice, qa_error_t *error)
{
    const qa_snapshot_place_t place = qa_lattice_place(lattice);
    qa_snapshot_header_t header;
    qa_state_t *state = NULL;
    qa_status_t status = qa_snapshot_load(&place, qa_log_id(lattice->log), qa_log_generation(lattice->log),
                                          UINT64_MAX, &header, &state, error);
    if (status == QA_NO_MEMORY) return status;
    if (status == QA_OK) status = qa_log_seek(lattice->log, &header.position, NULL);
    if (status != QA_OK) { /* no snapshot that fits: the log tells everything */
        qa_log_position_t beginning = { 0 };
        qa_state_close(state);
        state = NULL;
        status = qa_log_seek(lattice->log, &beginning, error);
        if (status != QA_OK) return status;
        if (qa_state_open(&state, lattice->allocator, qa_log_id(lattice->log)) != QA_OK)
            return qa_fail_memory(error, "the state of an app");
    }
    qa_error_clear(error);
    qa_state_close(lattice->state);
    lattice->state = state;
    lattice->bytes_since_snapshot = 0;
    return QA_OK;
}

static qa_status_t reopen(qa_lattice_t *lattice, qa_error_t *error)
{
    const qa_log_options_t options = { .allocator = lattice->allocator,
                                       .system = lattice->system,
                                       .folder = lattice->folder,
                                       .is_read_only = lattice->is_read_only,
                                       .segment_bytes = lattice->segment_bytes };
    qa_log_t *log = NULL;
    qa_status_t status = qa_log_open(&log, &options, error);
    if (status != QA_OK) return status;
    lattice->cut_bytes += qa_log_cut_bytes(lattice->log);
    qa_log_close(lattice->log);
    lattice->log = log;
    status = qa_lattice_open_state(lattice, error);
    if (status == QA_OK) lattice->must_reload = false;
    return status;
}

qa_status_t qa_lattice_follow(qa_lattice_t *lattice, qa_error_t *error)
{
    const qa_snapshot_place_t place = qa_lattice_place(lattice);
    qa_status_t status = QA_OK;
    if (lattice->must_reload) status = reopen(lattice, error);
    while (status == QA_OK) {
        qa_log_record_t record;
        qa_intent_header_t header;
        status = qa_log_next(lattice->log, &record, error);
        if (status != QA_OK) break;
        if (record.kind == QA_LOG_CHECK) {
            status = qa_replay_check(lattice->state, &record, error);
            if (status != QA_OK) lattice->must_reload = true; /* and met again at every later use */
            continue;
        }
        lattice->bytes_since_snapshot += record.bytes;
        status = qa_replay_apply(lattice->state, &record, &place, NULL, &header, error);
        if (status != QA_OK) lattice->must_reload = true; /* the reader is one record ahead of the state */
    }
    if (status != QA_MISSING_INPUT) return status;
    qa_error_clear(error);
    return QA_OK;
}

qa_status_t qa_lattice_refresh(qa_lattice_t *lattice, qa_error_t *error)
{
    qa_shared_lock_write(lattice->state_lock);
    const qa_status_t status = qa_lattice_follow(lattice, error);
    qa_shared_lock_release(lattice->state_lock);
    return status;
}

/* --- snapshots --- */

/* A follower may have read what its writer has not synced yet. A snapshot of it must not outlive a power loss
 * that takes the record. */
static qa_status_t sync_segment(const qa_lattice_t *lattice, const qa_log_position_t *position,
                                qa_error_t *error)
{
    const qa_system_t *system = lattice->system;
    char path[QA_PATH_BYTES];
    qa_file_t *file = NULL;
    const int wanted = snprintf(path, sizeof(path), "%s/log/%016llx.log", lattice->folder,
                                (unsigned long long)position->segment);
    if (wanted < 0 || (size_t)wanted >= sizeof(path))
        return qa_fail(error, QA_LIMIT, "the path of the log is too long");
    qa_status_t status = system->open(system->context, path, QA_FILE_WRITE, &file, error);
    if (status != QA_OK) return status;
    status = system->sync(file, error);
    system->close(file);
    return status;
}

qa_status_t qa_lattice_write_snapshot(qa_lattice_t *lattice, qa_error_t *error)
{
    const qa_snapshot_place_t place = qa_lattice_place(lattice);
    qa_snapshot_header_t header = { .generation = qa_log_generation(lattice->log) };
    memcpy(header.log_id, qa_log_id(lattice->log), QA_LOG_ID_BYTES);
    qa_log_tell(lattice->log, &header.position);
    assert(header.position.offset == lattice->state->offset);
    qa_status_t status = qa_state_hash(lattice->state, header.state_hash);
    if (status != QA_OK) return qa_fail_memory(error, "a snapshot");
    status = sync_segment(lattice, &header.position, error);
    if (status == QA_OK) status = qa_snapshot_write(&place, lattice->state, &header, error);
    if (status == QA_OK) lattice->bytes_since_snapshot = 0;
    return status;
}

qa_status_t qa_lattice_snapshot(qa_lattice_t *lattice, qa_error_t *error)
{
    if (lattice->is_read_only)
        return qa_fail(error, QA_READ_ONLY, "app \"%s\" is open for reading only", lattice->app);
    qa_shared_lock_write(lattice->state_lock);
    qa_status_t status = qa_lattice_follow(lattice, error);
    if (status == QA_OK && lattice->state->offset > 0) status = qa_lattice_write_snapshot(lattice, error);
    qa_shared_lock_release(lattice->state_lock);
    return status;
}

/* --- opening --- */

static bool is_app_name(const char *name)
{
    size_t length = 0;
    for (; name[length] != '\0'; length++) {
        const char c = name[length];
        const bool is_letter =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        if (!is_letter && (c != '-' || length == 0)) return false;
    }
    return length >= 1 && length <= 64;
}

typedef struct app_words {
    char words[256];
} app_words_t;

static qa_status_t add_app(void *context, const char *app)
{
    app_words_t *list = context;
    const size_t used = strlen(list->words);
    const int wanted =
        snprintf(list->words + used, sizeof(list->words) - used, "%s%s", used == 0 ? "" : ", ", app);
    if (wanted < 0 || (size_t)wanted >= sizeof(list->words) - used) list->words[used] = '\0';
    return QA_OK;
}

static qa_status_t check_app_folder(qa_lattice_t *lattice, bool is_create, bool *is_new_out,
                                    qa_error_t *error)
{
    const qa_system_t *system = lattice->system;
    app_words_t list = { "" };
    char path[QA_PATH_BYTES];
    char role[32];
    *is_new_out = false;
    snprintf(path, sizeof(path), "%s/ROLE", lattice->folder);
    qa_status_t status = qa_text_file_read(system, path, "app", "role", role, sizeof(role), error);
    if (status == QA_OK && strcmp(role, "home") != 0)
        return qa_fail(error, QA_NEWER_FORMAT, "app \"%s\" has the role \"%s\"; a newer version can open it",
                       lattice->app, role);
    if (status != QA_MISSING_INPUT) return status;
    if (!is_create) {
        (void)qa_replica_each_app(lattice->replica_folder, system, add_app, &list, NULL);
        return qa_fail(error, QA_APP_NOT_FOUND, "the replica %s has no app \"%s\"; there are: %s",
                       lattice->replica_folder, lattice->app,
                       list.words[0] == '\0' ? "none yet" : list.words);
    }
    *is_new_out = true;
    status = system->make_folder(system->context, lattice->folder, error);
    if (status == QA_OK) status = system->sync_folder(system->context, lattice->replica_folder, error);
    return status;
}

/* The file that says that this folder's log is the central one. Written last when an app is made: a folder
 * without it is none. Written aside and renamed; two processes that make the app at once write the same. */
static qa_status_t write_role(qa_lattice_t *lattice, qa_error_t *error)
{
    const qa_system_t *system = lattice->system;
    char path[QA_PATH_BYTES];
    char aside[QA_PATH_BYTES];
    uint32_t number = 0;
    system->random(system->context, &number, sizeof(number));
    const int wanted = snprintf(aside, sizeof(aside), "%s/ROLE.%08x", lattice->folder, number);
    if (wanted < 0 || (size_t)wanted >= sizeof(aside))
        return qa_fail(error, QA_LIMIT, "the path of the app is too long");
    snprintf(path, sizeof(path), "%s/ROLE", lattice->folder);
    qa_status_t status = qa_text_file_write(system, aside, "app", "role", "home", error);
    if (status == QA_OK) status = system->rename(system->context, aside, path, error);
    if (status != QA_OK) {
        (void)system->remove(system->context, aside, NULL);
        return status;
    }
    return system->sync_folder(system->context, lattice->folder, error);
}

static char *join(const qa_allocator_t *allocator, const char *folder, const char *name)
{
    const size_t bytes = strlen(folder) + strlen(name) + 2;
    char *path = qa_memory_take(allocator, bytes);
    if (path != NULL) snprintf(path, bytes, "%s%s%s", folder, name[0] == '\0' ? "" : "/", name);
    return path;
}

static void drop(const qa_allocator_t *allocator, char *text, size_t extra)
{
    if (text != NULL) qa_memory_give(allocator, text, strlen(text) + extra);
}

/* Makes the replica's folder and sees to it that it is still there after a power loss. */
static qa_status_t make_replica_folder(qa_lattice_t *lattice, qa_error_t *error)
{
    const qa_system_t *system = lattice->system;
    char parent[QA_PATH_BYTES];
    const int length = snprintf(parent, sizeof(parent), "%s", lattice->replica_folder);
    if (length < 0 || (size_t)length >= sizeof(parent))
        return qa_fail(error, QA_LIMIT, "the path of the replica is longer than %d bytes", QA_PATH_BYTES);
    const qa_status_t status = system->make_folder(system->context, lattice->replica_folder, error);
    char *slash = strrchr(parent, '/');
    if (slash == NULL)
        snprintf(parent, sizeof(parent), ".");
    else
        slash[slash == parent ? 1 : 0] = '\0';
    return status == QA_OK ? system->sync_folder(system->context, parent, error) : status;
}

static qa_status_t open_parts(qa_lattice_t *lattice, const qa_lattice_options_t *options, qa_error_t *error)
{
    const qa_system_t *system = lattice->system;
    const bool is_create = options->is_create && !options->is_read_only;
    qa_log_options_t log_options = { .allocator = lattice->allocator,
                                     .system = system,
                                     .folder = lattice->folder,
                                     .is_read_only = options->is_read_only,
                                     .generation = 1,
                                     .segment_bytes = options->segment_bytes };
    /* Before anything is made: a folder that is refused is left as it is. */
    qa_status_t status = system->check_folder(system->context, lattice->replica_folder, error);
    if (status == QA_OK && is_create) status = make_replica_folder(lattice, error);
    if (status == QA_OK) status = qa_replica_open_identity(lattice, is_create, error);
    bool is_new = false;
    if (status == QA_OK) status = check_app_folder(lattice, is_create, &is_new, error);
    if (status != QA_OK) return status;
    if (options->log_id != NULL)
        memcpy(log_options.id, options->log_id, QA_LOG_ID_BYTES);
    else
        system->random(system->context, log_options.id, QA_LOG_ID_BYTES);
    log_options.must_exist = !is_new; /* an app with a ROLE had a log */
    status = qa_log_open(&lattice->log, &log_options, error);
    if (status == QA_OK && is_new) status = write_role(lattice, error);
    if (status == QA_OK) status = qa_lattice_open_state(lattice, error);
    if (status == QA_OK) status = qa_lattice_follow(lattice, error);
    return status;
}

qa_status_t qa_lattice_open(qa_lattice_t **lattice_out, const qa_lattice_options_t *options,
                            qa_error_t *error)
{
    *lattice_out = NULL;
    qa_error_clear(error);
    if (options->size != sizeof(*options) || options->replica == NULL || options->replica[0] == '\0' ||
        options->app == NULL)
        return qa_fail(error, QA_INVALID, "opening an app needs the replica's folder and the app's name");
    if (!is_app_name(options->app))
        return qa_fail(error, QA_INVALID, "\"%.80s\" is not a name of an app: 1 to 64 of a-z A-Z 0-9 _ -",
                       options->app);
    const qa_allocator_t *allocator = options->allocator == NULL ? &qa_allocator_default : options->allocator;
    qa_lattice_t *lattice = qa_memory_take(allocator, sizeof(*lattice));
    if (lattice == NULL) return qa_fail_memory(error, "an app");
    lattice->allocator = allocator;
    lattice->system = options->system == NULL ? &qa_system_default : options->system;
    lattice->is_read_only = options->is_read_only;
    lattice->segment_bytes = options->segment_bytes;
    lattice->snapshot_bytes =
        options->snapshot_bytes == 0 ? QA_SNAPSHOT_EVERY_BYTES : options->snapshot_bytes;
    lattice->replica_folder = join(allocator, options->replica, "");
    lattice->folder = join(allocator, options->replica, options->app);
    lattice->app = join(allocator, options->app, "");
    qa_status_t status = QA_OK;
    if (lattice->replica_folder == NULL || lattice->folder == NULL || lattice->app == NULL ||
        qa_shared_lock_open(&lattice->state_lock, allocator) != QA_OK ||
        qa_mutex_open(&lattice->queue_mutex, allocator) != QA_OK)
        status = qa_fail_memory(error, "an app");
    if (status == QA_OK) status = open_parts(lattice, options, error);
    if (status != QA_OK) {
        lattice->is_read_only = true; /* nothing is written by closing what did not open */
        qa_lattice_close(lattice);
        return status;
    }
    *lattice_out = lattice;
    return QA_OK;
}

void qa_lattice_close(qa_lattice_t *lattice)
{
    if (lattice == NULL) return;
    const qa_allocator_t *allocator = lattice->allocator;
    if (!lattice->is_read_only && !lattice->must_reload && lattice->snapshot_bytes != UINT32_MAX &&
        lattice->state != NULL && lattice->bytes_since_snapshot >= lattice->snapshot_bytes)
        (void)qa_lattice_write_snapshot(
            lattice, NULL); /* derived data: without it the next opening only takes longer */
    qa_state_close(lattice->state);
    qa_log_close(lattice->log);
    qa_mutex_close(lattice->queue_mutex);
    qa_shared_lock_close(lattice->state_lock);
    drop(allocator, lattice->app, 2);
    drop(allocator, lattice->folder, 1);
    drop(allocator, lattice->replica_folder, 2);
    qa_memory_give(allocator, lattice, sizeof(*lattice));
}

/* --- statistics --- */

qa_status_t qa_fill_position(const qa_state_t *state, qa_position_t *position_out)
{
    const qa_hash128_t data = qa_state_data_hash(state);
    position_out->offset = state->offset;
    position_out->appended_at_ns = state->appended_at_ns;
    memcpy(position_out->chain_hash, state->chain_hash, QA_HASH_BYTES);
    qa_put_u64(position_out->data_hash, data.low);
    qa_put_u64(position_out->data_hash + 8, data.high);
    return qa_state_hash(state, position_out->state_hash);
}

uint64_t qa_lattice_cut_bytes(qa_lattice_t *lattice)
{
    qa_shared_lock_write(lattice->state_lock);
    const uint64_t bytes = lattice->cut_bytes + qa_log_cut_bytes(lattice->log);
    qa_shared_lock_release(lattice->state_lock);
    return bytes;
}

qa_status_t qa_lattice_statistics(qa_lattice_t *lattice, qa_statistics_t *statistics_out, qa_error_t *error)
{
    const qa_snapshot_place_t place = qa_lattice_place(lattice);
    qa_log_statistics_t log_statistics = { 0 };
    memset(statistics_out, 0, sizeof(*statistics_out));
    qa_shared_lock_write(lattice->state_lock);
    qa_status_t status = qa_lattice_follow(lattice, error);
    if (status == QA_OK) status = qa_log_statistics(lattice->log, &log_statistics, error);
    if (status == QA_OK)
        status = qa_snapshot_newest(&place, &statistics_out->snapshot_offset, &statistics_out->snapshot_bytes,
                                    error);
    if (status == QA_OK) {
        const qa_state_t *state = lattice->state;
        statistics_out->atom_count = qa_store_atom_count(state->store);
        statistics_out->cleared_count = qa_store_cleared_count(state->store);
        statistics_out->store_bytes = qa_store_bytes(state->store);
        statistics_out->model_bytes = qa_model_bytes(state->model);
        statistics_out->log_bytes = log_statistics.bytes_on_disk;
        statistics_out->log_bytes_used = log_statistics.bytes_used;
        statistics_out->segment_count = log_statistics.segment_count;
        statistics_out->cut_bytes = log_statistics.cut_bytes;
        statistics_out->opening_cut_bytes = lattice->cut_bytes + qa_log_cut_bytes(lattice->log);
        statistics_out->client_count = state->client_count;
        statistics_out->hold_count = qa_model_hold_count(state->model);
        statistics_out->load_count = qa_model_load_count(state->model);
        status = qa_fill_position(state, &statistics_out->position);
        if (status != QA_OK) qa_fail_memory(error, "the statistics");
    }
    qa_shared_lock_release(lattice->state_lock);
    return status;
}
