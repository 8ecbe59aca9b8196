/* The replica folder: its identity file, the folders of its apps. docs/formats/replica.md.
 *
 * <replica>/REPLICA holds the client id of this copy. It is made aside and renamed, so that two processes
 * that make it at once agree: whoever comes second reads what the first one wrote. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "lattice/lattice_private.h"

static const char identity_head[] = "quantatom replica 1\nclient ";
enum { IDENTITY_BYTES = sizeof(identity_head) - 1 + 2 * QA_CLIENT_ID_BYTES + 1 };

static bool parse_identity(const char *text, size_t bytes, uint8_t id_out[QA_CLIENT_ID_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    if (bytes != IDENTITY_BYTES || memcmp(text, identity_head, sizeof(identity_head) - 1) != 0) return false;
    const char *at = text + sizeof(identity_head) - 1;
    for (int i = 0; i < QA_CLIENT_ID_BYTES; i++) {
        const char *high = memchr(digits, at[2 * i], 16);
        const char *low = memchr(digits, at[2 * i + 1], 16);
        if (high == NULL || low == NULL) return false;
        id_out[i] = (uint8_t)((high - digits) << 4 | (low - digits));
    }
    return at[2 * QA_CLIENT_ID_BYTES] == '\n';
}

static qa_status_t read_identity(qa_lattice_t *lattice, const char *path, qa_error_t *error)
{
    const qa_system_t *system = lattice->system;
    qa_file_t *file = NULL;
    char text[IDENTITY_BYTES + 1];
    size_t bytes = 0;
    qa_status_t status = system->open(system->context, path, QA_FILE_READ, &file, error);
    if (status != QA_OK) return status;
    status = system->read(file, 0, text, sizeof(text), &bytes, error);
    system->close(file);
    if (status == QA_OK && !parse_identity(text, bytes, lattice->client_id))
        status = qa_fail(error, QA_NOT_A_REPLICA, "%s is not the identity of a replica; name another folder",
                         path);
    return status;
}

static qa_status_t make_identity(qa_lattice_t *lattice, const char *path, qa_error_t *error)
{
    const qa_system_t *system = lattice->system;
    char text[IDENTITY_BYTES + 1];
    char aside[QA_PATH_BYTES];
    uint8_t id[QA_CLIENT_ID_BYTES];
    qa_file_t *file = NULL;
    system->random(system->context, id, sizeof(id));
    int length = snprintf(text, sizeof(text), "%s", identity_head);
    for (int i = 0; i < QA_CLIENT_ID_BYTES; i++)
        length += snprintf(text + length, sizeof(text) - (size_t)length, "%02x", id[i]);
    text[length++] = '\n';
    const int wanted =
        snprintf(aside, sizeof(aside), "%s.%02x%02x%02x%02x", path, id[0], id[1], id[2], id[3]);
    if (wanted < 0 || (size_t)wanted >= sizeof(aside))
        return qa_fail(error, QA_LIMIT, "the path of the replica is too long");
    qa_status_t status = system->open(system->context, aside, QA_FILE_CREATE, &file, error);
    if (status != QA_OK) return status;
    status = system->write(file, 0, text, (size_t)length, error);
    if (status == QA_OK) status = system->sync(file, error);
    system->close(file);
    /* Another process may have been faster: its file stays. */
    if (status == QA_OK && system->open(system->context, path, QA_FILE_READ, &file, NULL) == QA_OK) {
        system->close(file);
        return system->remove(system->context, aside, error);
    }
    if (status == QA_OK) status = system->rename(system->context, aside, path, error);
    if (status == QA_OK) status = system->sync_folder(system->context, lattice->replica_folder, error);
    if (status != QA_OK) (void)system->remove(system->context, aside, NULL);
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
    status = make_identity(lattice, path, error);
    return status == QA_OK ? read_identity(lattice, path, error) : status;
}

typedef struct app_listing {
    qa_status_t (*visit)(void *context, const char *app);
    void *context;
} app_listing_t;

static qa_status_t visit_app(void *visitor, const char *name, bool is_folder)
{
    const app_listing_t *listing = visitor;
    return is_folder && name[0] != '.' ? listing->visit(listing->context, name) : QA_OK;
}

qa_status_t qa_replica_apps(const char *replica, const struct qa_system *system,
                            qa_status_t (*visit)(void *context, const char *app), void *context,
                            qa_error_t *error)
{
    app_listing_t listing = { visit, context };
    if (system == NULL) system = &qa_system_default;
    const qa_status_t status = system->list(system->context, replica, visit_app, &listing, error);
    return status == QA_MISSING_INPUT ? qa_fail(error, QA_NOT_A_REPLICA, "there is no folder %s", replica)
                                      : status;
}
