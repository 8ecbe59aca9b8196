/* Snapshot files: written aside and renamed, found again by the offset in the name. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "history/snapshot.h"

enum { PATH_BYTES = 4096, SNAPSHOTS_KEPT = 4, SNAPSHOTS_LISTED = 256 };
#define SNAPSHOT_BYTES_MAX ((uint64_t)16 << 30)

static qa_status_t make_path(char path[PATH_BYTES], const char *folder, const char *rest, qa_error_t *error)
{
    const int wanted = snprintf(path, PATH_BYTES, "%s/%s", folder, rest);
    return wanted > 0 && wanted < PATH_BYTES
               ? QA_OK
               : qa_fail(error, QA_LIMIT, "the path of a snapshot is longer than %d bytes", PATH_BYTES);
}

static qa_status_t snapshot_path(char path[PATH_BYTES], const char *folder, uint64_t offset,
                                 const char *ending, qa_error_t *error)
{
    char name[64];
    snprintf(name, sizeof(name), "snapshots/%020llu%s", (unsigned long long)offset, ending);
    return make_path(path, folder, name, error);
}

/* Writes a whole file aside, makes it durable and puts it in place. */
static qa_status_t write_file(const qa_system_t *system, const char *aside, const char *path,
                              const void *data, size_t bytes, qa_error_t *error)
{
    qa_file_t *file = NULL;
    qa_status_t status = system->remove(system->context, aside, error);
    if (status == QA_OK) status = system->open(system->context, aside, QA_FILE_CREATE, &file, error);
    if (status != QA_OK) return status;
    status = system->write(file, 0, data, bytes, error);
    if (status == QA_OK) status = system->sync(file, error);
    system->close(file);
    if (status == QA_OK) status = system->rename(system->context, aside, path, error);
    if (status != QA_OK) (void)system->remove(system->context, aside, NULL);
    return status;
}

typedef struct listing {
    uint64_t *offsets;
    uint32_t capacity;
    uint32_t count;
} listing_t;

static qa_status_t list_name(void *visitor, const char *name, bool is_folder)
{
    listing_t *listing = visitor;
    if (is_folder || strlen(name) != 25 || strcmp(name + 20, ".snap") != 0) return QA_OK;
    uint64_t offset = 0;
    for (int i = 0; i < 20; i++) {
        if (name[i] < '0' || name[i] > '9') return QA_OK;
        offset = offset * 10 + (uint64_t)(name[i] - '0');
    }
    if (listing->count == listing->capacity) { /* the newest are wanted */
        memmove(listing->offsets, listing->offsets + 1, (listing->capacity - 1) * sizeof(uint64_t));
        listing->count--;
    }
    listing->offsets[listing->count++] = offset;
    return QA_OK;
}

qa_status_t qa_snapshot_list(const qa_snapshot_place_t *place, uint64_t *offsets_out, uint32_t capacity,
                             uint32_t *count_out, qa_error_t *error)
{
    char path[PATH_BYTES];
    listing_t listing = { offsets_out, capacity, 0 };
    *count_out = 0;
    qa_status_t status = make_path(path, place->folder, "snapshots", error);
    if (status == QA_OK)
        status = place->system->list(place->system->context, path, list_name, &listing, error);
    if (status == QA_MISSING_INPUT) status = QA_OK; /* no folder yet */
    *count_out = listing.count;
    return status;
}

static void remove_old(const qa_snapshot_place_t *place)
{
    uint64_t offsets[SNAPSHOTS_LISTED];
    uint32_t count = 0;
    char path[PATH_BYTES];
    if (qa_snapshot_list(place, offsets, SNAPSHOTS_LISTED, &count, NULL) != QA_OK) return;
    for (uint32_t i = 0; i + SNAPSHOTS_KEPT < count; i++) {
        if (snapshot_path(path, place->folder, offsets[i], ".snap", NULL) == QA_OK)
            (void)place->system->remove(place->system->context, path, NULL);
    }
}

qa_status_t qa_snapshot_write(const qa_snapshot_place_t *place, const qa_state_t *state,
                              const qa_snapshot_header_t *header, qa_error_t *error)
{
    char folder[PATH_BYTES], path[PATH_BYTES], aside[PATH_BYTES], ending[32];
    const qa_system_t *system = place->system;
    qa_buffer_t buffer;
    qa_buffer_make(&buffer, place->allocator, SNAPSHOT_BYTES_MAX);
    qa_status_t status = qa_snapshot_encode(state, header, &buffer, error);
    if (status == QA_OK) status = make_path(folder, place->folder, "snapshots", error);
    if (status == QA_OK) status = system->make_folder(system->context, folder, error);
    if (status == QA_OK) status = snapshot_path(path, place->folder, state->offset, ".snap", error);
    uint32_t number = 0; /* two processes may write the snapshot of one offset */
    system->random(system->context, &number, sizeof(number));
    snprintf(ending, sizeof(ending), ".%08x.aside", number);
    if (status == QA_OK) status = snapshot_path(aside, place->folder, state->offset, ending, error);
    if (status == QA_OK) status = write_file(system, aside, path, buffer.data, buffer.bytes, error);
    if (status == QA_OK) status = system->sync_folder(system->context, folder, error);
    qa_buffer_release(&buffer);
    if (status != QA_OK) return status;

    if (status == QA_OK) remove_old(place);
    return status;
}

static qa_status_t load_file(const qa_snapshot_place_t *place, uint64_t offset,
                             qa_snapshot_header_t *header_out, qa_state_t **state_out, qa_error_t *error)
{
    char path[PATH_BYTES];
    qa_file_t *file = NULL;
    uint64_t bytes = 0;
    uint8_t *data = NULL;
    size_t got = 0;
    qa_status_t status = snapshot_path(path, place->folder, offset, ".snap", error);
    if (status == QA_OK)
        status = place->system->open(place->system->context, path, QA_FILE_READ, &file, error);
    if (status != QA_OK) return status;
    status = place->system->size(file, &bytes, error);
    if (status == QA_OK && (bytes == 0 || bytes > SNAPSHOT_BYTES_MAX))
        status = qa_fail(error, QA_CORRUPT, "snapshot %s is empty or too large", path);
    if (status != QA_OK) goto done;
    data = qa_memory_take(place->allocator, (size_t)bytes);
    if (data == NULL) {
        status = qa_fail_memory(error, "a snapshot");
        goto done;
    }
    status = place->system->read(file, 0, data, (size_t)bytes, &got, error);
    if (status == QA_OK)
        status = qa_snapshot_decode(data, got, place->allocator, header_out, state_out, error);

done:
    qa_memory_give(place->allocator, data, (size_t)bytes);
    place->system->close(file);
    return status;
}

qa_status_t qa_snapshot_load(const qa_snapshot_place_t *place, const uint8_t log_id[QA_LOG_ID_BYTES],
                             uint32_t generation, uint64_t offset, qa_snapshot_header_t *header_out,
                             qa_state_t **state_out, qa_error_t *error)
{
    uint64_t offsets[SNAPSHOTS_LISTED];
    uint32_t count = 0;
    *state_out = NULL;
    qa_status_t status = qa_snapshot_list(place, offsets, SNAPSHOTS_LISTED, &count, error);
    if (status != QA_OK) return status;
    for (uint32_t i = count; i-- > 0;) {
        if (offsets[i] > offset) continue;
        status = load_file(place, offsets[i], header_out, state_out, error);
        if (status == QA_NO_MEMORY) return status;
        if (status != QA_OK) continue; /* derived data: an older one, or the log itself, tells the same */
        if (memcmp(header_out->log_id, log_id, QA_LOG_ID_BYTES) == 0 &&
            header_out->generation == generation && header_out->position.offset == offsets[i])
            return QA_OK;
        qa_state_close(*state_out);
        *state_out = NULL;
    }
    return qa_fail(error, QA_MISSING_INPUT, "there is no usable snapshot");
}

qa_status_t qa_snapshot_newest(const qa_snapshot_place_t *place, uint64_t *offset_out, uint64_t *bytes_out,
                               qa_error_t *error)
{
    uint64_t offsets[SNAPSHOTS_LISTED];
    uint32_t count = 0;
    char path[PATH_BYTES];
    qa_file_t *file = NULL;
    *offset_out = 0;
    *bytes_out = 0;
    qa_status_t status = qa_snapshot_list(place, offsets, SNAPSHOTS_LISTED, &count, error);
    if (status != QA_OK || count == 0) return status;
    *offset_out = offsets[count - 1];
    status = snapshot_path(path, place->folder, *offset_out, ".snap", error);
    if (status == QA_OK)
        status = place->system->open(place->system->context, path, QA_FILE_READ, &file, error);
    if (status == QA_OK) status = place->system->size(file, bytes_out, error);
    if (file != NULL) place->system->close(file);
    return status;
}
