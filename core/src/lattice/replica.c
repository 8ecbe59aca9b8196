/* The replica folder: its identity file, the folders of its apps. docs/formats/replica.md.
 *
 * <replica>/REPLICA holds the client id of this copy. It is made under a lock, aside, and renamed, so that
 * two processes that make it at once agree and nobody reads half of it. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "lattice/lattice_private.h"
#include "lattice/text_file.h"

static bool parse_id(const char *text, uint8_t id_out[QA_CLIENT_ID_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    if (strlen(text) != 2 * QA_CLIENT_ID_BYTES) return false;
    for (int i = 0; i < QA_CLIENT_ID_BYTES; i++) {
        const char *high = memchr(digits, text[2 * i], 16);
        const char *low = memchr(digits, text[2 * i + 1], 16);
        if (high == NULL || low == NULL) return false;
        id_out[i] = (uint8_t)((high - digits) << 4 | (low - digits));
    }
    return true;
}

static qa_status_t read_identity(qa_lattice_t *lattice, const char *path, qa_error_t *error)
{
    char text[2 * QA_CLIENT_ID_BYTES + 1];
    const qa_status_t status =
        qa_text_file_read(lattice->system, path, "replica", "client", text, sizeof(text), error);
    if (status == QA_OK && !parse_id(text, lattice->client_id))
        return qa_fail(error, QA_NOT_A_REPLICA, "%s names no client; restore it from a backup", path);
    return status;
}

static qa_status_t make_identity(qa_lattice_t *lattice, const char *path, qa_error_t *error)
{
    const qa_system_t *system = lattice->system;
    char text[2 * QA_CLIENT_ID_BYTES + 1];
    char aside[QA_PATH_BYTES];
    uint8_t id[QA_CLIENT_ID_BYTES];
    system->random(system->context, id, sizeof(id));
    for (int i = 0; i < QA_CLIENT_ID_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", id[i]);
    const int wanted = snprintf(aside, sizeof(aside), "%s.%.8s", path, text);
    if (wanted < 0 || (size_t)wanted >= sizeof(aside))
        return qa_fail(error, QA_LIMIT, "the path of the replica is too long");
    qa_status_t status = qa_text_file_write(system, aside, "replica", "client", text, error);
    if (status == QA_OK) status = system->rename(system->context, aside, path, error);
    if (status == QA_OK) status = system->sync_folder(system->context, lattice->replica_folder, error);
    if (status != QA_OK) (void)system->remove(system->context, aside, NULL);
    return status;
}

/* One process makes it, under a lock; whoever comes second reads what the first one wrote. */
static qa_status_t ensure_identity(qa_lattice_t *lattice, const char *path, qa_error_t *error)
{
    const qa_system_t *system = lattice->system;
    char lock_path[QA_PATH_BYTES];
    qa_file_t *file = NULL;
    const int wanted = snprintf(lock_path, sizeof(lock_path), "%s.lock", path);
    if (wanted < 0 || (size_t)wanted >= sizeof(lock_path))
        return qa_fail(error, QA_LIMIT, "the path of the replica is too long");
    qa_status_t status = system->open(system->context, lock_path, QA_FILE_ENSURE, &file, error);
    if (status != QA_OK) return status;
    status = system->lock(file, QA_LOCK_TIMEOUT_MS, error);
    if (status == QA_OK) {
        status = read_identity(lattice, path, error);
        if (status == QA_MISSING_INPUT) status = make_identity(lattice, path, error);
        if (status == QA_OK) status = read_identity(lattice, path, error);
        system->unlock(file);
    }
    system->close(file);
    return status;
}

qa_status_t qa_replica_open_identity(qa_lattice_t *lattice, bool is_create, qa_error_t *error)
{
    char path[QA_PATH_BYTES];
    const int wanted = snprintf(path, sizeof(path), "%s/REPLICA", lattice->replica_folder);
    if (wanted < 0 || (size_t)wanted >= sizeof(path) - 64)
        return qa_fail(error, QA_LIMIT, "the path of the replica is longer than %d bytes",
                       QA_PATH_BYTES - 64);
    qa_status_t status = read_identity(lattice, path, error);
    if (status != QA_MISSING_INPUT) return status;
    if (!is_create)
        return qa_fail(error, QA_NOT_A_REPLICA,
                       "%s is not a replica; make one with `quantatom model apply` or name another folder",
                       lattice->replica_folder);
    return ensure_identity(lattice, path, error);
}

qa_status_t qa_replica_check_folder(const char *replica, const struct qa_system *system, qa_error_t *error)
{
    if (system == NULL) system = &qa_system_default;
    return system->check_folder(system->context, replica, error);
}

typedef struct app_listing {
    const qa_system_t *system;
    const char *replica;
    qa_status_t (*visit)(void *context, const char *app);
    void *context;
    qa_error_t *error;
} app_listing_t;

/* QA_MISSING_INPUT: no such file. */
static qa_status_t find_file(const qa_system_t *system, const char *folder, const char *name,
                             const char *file_name, qa_error_t *error)
{
    char path[QA_PATH_BYTES];
    qa_file_t *file = NULL;
    const int wanted =
        snprintf(path, sizeof(path), "%s/%s%s%s", folder, name, name[0] == '\0' ? "" : "/", file_name);
    if (wanted < 0 || (size_t)wanted >= sizeof(path))
        return qa_fail(error, QA_LIMIT, "the path of the replica is too long");
    const qa_status_t status = system->open(system->context, path, QA_FILE_READ, &file, error);
    if (status == QA_OK) system->close(file);
    return status;
}

/* A folder without ROLE is none of ours, or an app that was never finished. */
static qa_status_t visit_app(void *visitor, const char *name, bool is_folder)
{
    const app_listing_t *listing = visitor;
    if (!is_folder) return QA_OK;
    const qa_status_t status = find_file(listing->system, listing->replica, name, "ROLE", listing->error);
    if (status != QA_OK) return status == QA_MISSING_INPUT ? QA_OK : status;
    return listing->visit(listing->context, name);
}

qa_status_t qa_replica_each_app(const char *replica, const qa_system_t *system,
                                qa_status_t (*visit)(void *context, const char *app), void *context,
                                qa_error_t *error)
{
    app_listing_t listing = { system, replica, visit, context, error };
    return system->list(system->context, replica, visit_app, &listing, error);
}

qa_status_t qa_replica_apps(const char *replica, const struct qa_system *system,
                            qa_status_t (*visit)(void *context, const char *app), void *context,
                            qa_error_t *error)
{
    if (system == NULL) system = &qa_system_default;
    const qa_status_t status = find_file(system, replica, "", "REPLICA", error);
    if (status == QA_MISSING_INPUT)
        return qa_fail(error, QA_NOT_A_REPLICA,
                       "%s is not a replica; make one with `quantatom model apply` or name another folder",
                       replica);
    if (status != QA_OK) return status;
    return qa_replica_each_app(replica, system, visit, context, error);
}
