/* See log_world.h. */
#include "support/log_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t next_random(uint64_t *seed)
{
    uint64_t value = *seed += 0x9E3779B97F4A7C15u;
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9u;
    value = (value ^ value >> 27) * 0x94D049BB133111EBu;
    return value ^ value >> 31;
}

uint64_t world_random(log_world_t *world, uint64_t below)
{
    return next_random(&world->random) % below;
}

log_world_t *world_open(uint64_t seed, uint32_t segment_bytes)
{
    log_world_t *world = malloc(sizeof(*world));
    if (world == NULL) return NULL;
    memset(world, 0, offsetof(log_world_t, payload));
    world->fake = qa_fake_open(seed);
    if (world->fake == NULL) {
        free(world);
        return NULL;
    }
    world->system = qa_fake_table(world->fake);
    /* The folder of the app and its name are whoever calls the log's: on the disk from the start. */
    world->system.make_folder(world->fake, "/app", NULL);
    world->system.sync_folder(world->fake, "/", NULL);
    world->segment_bytes = segment_bytes;
    world->allocator = &qa_allocator_default;
    world->random = ~seed;
    return world;
}

void world_close(log_world_t *world)
{
    if (world == NULL) return;
    qa_fake_close(world->fake);
    free(world);
}

qa_status_t world_open_log(log_world_t *world, qa_log_t **log_out, bool is_read_only, qa_error_t *error)
{
    const qa_log_options_t options = {
        .allocator = world->allocator,
        .system = &world->system,
        .folder = "/app",
        .is_read_only = is_read_only,
        .id = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
        .generation = 1,
        .segment_bytes = world->segment_bytes,
    };
    return qa_log_open(log_out, &options, error);
}

static void make_payload(uint64_t id, uint8_t *payload)
{
    const size_t bytes = (size_t)(id & 0xFFFFFFu);
    uint64_t seed = id;
    for (size_t at = 0; at < bytes; at += 8) {
        const uint64_t word = next_random(&seed);
        memcpy(payload + at, &word, bytes - at < 8 ? bytes - at : 8);
    }
}

qa_status_t world_append(log_world_t *world, qa_log_t *log, size_t bytes, qa_error_t *error)
{
    const uint64_t id = ++world->made << 24 | bytes;
    qa_log_record_t record;
    if (world->count == WORLD_RECORDS_MAX) abort();
    make_payload(id, world->payload);
    /* In two pieces, as the reducer hands them over. */
    const size_t half = bytes / 3;
    const qa_span_t spans[] = { { world->payload, half }, { world->payload + half, bytes - half } };
    const qa_status_t status = qa_log_append(log, spans, 2, (int64_t)world->made * 10, &record, error);
    if (status != QA_OK) return status;
    world->ids[world->count++] = id;
    if (record.offset != world->count)
        snprintf(world->fault, sizeof(world->fault), "append gave offset %" PRIu64 " to record %" PRIu32,
                 record.offset, world->count);
    return QA_OK;
}

qa_status_t world_sync(log_world_t *world, qa_log_t *log, qa_error_t *error)
{
    const qa_status_t status = qa_log_sync(log, error);
    if (status == QA_OK) world->acknowledged = world->count;
    return status;
}

bool world_matches(log_world_t *world, const qa_log_record_t *record)
{
    if (record->offset == 0 || record->offset > world->count) return false;
    if (record->kind == QA_LOG_CHECK) return true;
    const uint64_t id = world->ids[record->offset - 1];
    if (record->bytes != (id & 0xFFFFFFu)) return false;
    make_payload(id, world->payload);
    return record->bytes == 0 || memcmp(record->data, world->payload, record->bytes) == 0;
}

qa_status_t world_read(log_world_t *world, qa_log_t *log, uint32_t *count_out, qa_error_t *error)
{
    uint32_t count = 0;
    qa_log_record_t record;
    qa_status_t status;
    while ((status = qa_log_next(log, &record, error)) == QA_OK) {
        if (record.kind == QA_LOG_INTENT) count++;
        if (record.offset == count && world_matches(world, &record)) continue;
        snprintf(world->fault, sizeof(world->fault),
                 "record %" PRIu32 " is wrong or invented (offset %" PRIu64 ", %zu bytes, %" PRIu32
                 " written)",
                 count, record.offset, record.bytes, world->count);
        break;
    }
    *count_out = count;
    return status;
}

bool world_recover(log_world_t *world, qa_log_t *log)
{
    qa_error_t error;
    uint32_t count;
    const qa_status_t status = world_read(world, log, &count, &error);
    world->states++;
    if (world->fault[0] != '\0') return false;
    if (status != QA_MISSING_INPUT)
        snprintf(world->fault, sizeof(world->fault), "reading fails: %.200s", error.message);
    else if (count < world->acknowledged)
        snprintf(world->fault, sizeof(world->fault),
                 "%" PRIu32 " records were acknowledged, %" PRIu32 " are there", world->acknowledged, count);
    world->count = count;
    return world->fault[0] == '\0';
}
