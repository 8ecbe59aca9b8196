/* Replay: the fold of the log, and the deltas that fall out of it. */
#include "history/replay.h"

#include <assert.h>
#include <string.h>

#include "base/error.h"

struct qa_replay {
    qa_snapshot_place_t place;
    qa_log_t *log;
    qa_state_t *state;
    qa_delta_t delta;
    qa_intent_header_t header;
    qa_log_record_t record;
    uint64_t check_count;
};

typedef struct delta_source {
    const qa_snapshot_place_t *place;
} delta_source_t;

static qa_status_t delta_of(void *context, uint64_t offset, qa_delta_t *delta_out, qa_error_t *error)
{
    const delta_source_t *source = context;
    return qa_replay_delta(source->place, offset, delta_out, error);
}

qa_status_t qa_replay_apply(qa_state_t *state, const qa_log_record_t *record,
                            const qa_snapshot_place_t *place, qa_delta_t *delta_out,
                            qa_intent_header_t *header_out, qa_error_t *error)
{
    delta_source_t source = { place };
    const qa_environment_t environment = { delta_of, &source };
    qa_delta_t delta;
    qa_delta_make(&delta, state->allocator, record->offset);
    assert(record->kind == QA_LOG_INTENT);
    if (record->offset != state->offset + 1)
        return qa_fail(error, QA_CORRUPT,
                       "the log goes on with offset %llu behind offset %llu; a segment is missing",
                       (unsigned long long)record->offset, (unsigned long long)state->offset);
    qa_status_t status =
        qa_state_try(state, record->data, record->bytes, &environment, &delta, header_out, error);
    if (status == QA_OK)
        status = qa_state_advance(state, header_out, record->data, record->bytes, record->appended_at_ns,
                                  record->chain_hash, error);
    else if (status != QA_NO_MEMORY && status != QA_NEWER_FORMAT)
        status = qa_fail(error, QA_DIVERGED, "intent %llu stands in the log, but cannot be applied: %s",
                         (unsigned long long)record->offset, qa_status_info(status)->text);
    if (status == QA_OK && delta_out != NULL)
        *delta_out = delta;
    else if (status == QA_OK)
        qa_state_remember(state, &delta);
    else
        qa_delta_release(&delta);
    return status;
}

qa_status_t qa_replay_check(const qa_state_t *state, const qa_log_record_t *record, qa_error_t *error)
{
    uint8_t hash[QA_SHA256_BYTES];
    assert(record->kind == QA_LOG_CHECK);
    if (record->offset != state->offset)
        return qa_fail(error, QA_CORRUPT, "a check of offset %llu stands behind offset %llu",
                       (unsigned long long)record->offset, (unsigned long long)state->offset);
    if (qa_state_hash(state, hash) != QA_OK) return qa_fail_memory(error, "a check");
    if (memcmp(hash, record->state_hash, sizeof(hash)) != 0)
        return qa_fail(error, QA_DIVERGED,
                       "the state at offset %llu has another hash than when it was written",
                       (unsigned long long)record->offset);
    return QA_OK;
}

qa_status_t qa_replay_open(qa_replay_t **replay_out, const qa_snapshot_place_t *place, uint64_t offset,
                           qa_error_t *error)
{
    *replay_out = NULL;
    qa_snapshot_header_t header;
    qa_replay_t *replay = qa_memory_take(place->allocator, sizeof(*replay));
    if (replay == NULL) return qa_fail_memory(error, "a replay");
    replay->place = *place;
    const qa_log_options_t options = {
        .allocator = place->allocator, .system = place->system, .folder = place->folder, .is_read_only = true
    };
    qa_status_t status = qa_log_open(&replay->log, &options, error);
    if (status == QA_OK && offset > 0) {
        status = qa_snapshot_load(place, qa_log_id(replay->log), qa_log_generation(replay->log), offset,
                                  &header, &replay->state, error);
        if (status == QA_OK && qa_log_seek(replay->log, &header.position, NULL) != QA_OK) {
            qa_state_close(replay->state);
            replay->state = NULL;
            qa_log_close(replay->log);
            replay->log = NULL;
            status = qa_log_open(&replay->log, &options, error);
        }
        if (status != QA_NO_MEMORY && replay->log != NULL) status = QA_OK;
    }
    if (status == QA_OK && replay->state == NULL) {
        status = qa_state_open(&replay->state, place->allocator, qa_log_id(replay->log));
        if (status != QA_OK) qa_fail_memory(error, "a replay");
    }
    if (status != QA_OK) {
        qa_replay_close(replay);
        return status;
    }
    qa_error_clear(error);
    *replay_out = replay;
    return QA_OK;
}

void qa_replay_close(qa_replay_t *replay)
{
    if (replay == NULL) return;
    qa_delta_release(&replay->delta);
    qa_state_close(replay->state);
    qa_log_close(replay->log);
    qa_memory_give(replay->place.allocator, replay, sizeof(*replay));
}

qa_status_t qa_replay_next(qa_replay_t *replay, qa_replay_step_t *step_out, qa_error_t *error)
{
    qa_state_remember(replay->state, &replay->delta);
    for (;;) {
        qa_status_t status = qa_log_next(replay->log, &replay->record, error);
        if (status == QA_OK && replay->record.kind == QA_LOG_CHECK) {
            status = qa_replay_check(replay->state, &replay->record, error);
            replay->check_count++;
            if (status == QA_OK) continue;
        }
        if (status != QA_OK) return status;
        break;
    }
    const qa_status_t status = qa_replay_apply(replay->state, &replay->record, &replay->place, &replay->delta,
                                               &replay->header, error);
    if (status != QA_OK) return status;
    *step_out = (qa_replay_step_t){ .state = replay->state,
                                    .header = &replay->header,
                                    .delta = &replay->delta,
                                    .data = replay->record.data,
                                    .bytes = replay->record.bytes,
                                    .appended_at_ns = replay->record.appended_at_ns };
    return QA_OK;
}

qa_status_t qa_replay_to(qa_replay_t *replay, uint64_t offset, qa_error_t *error)
{
    qa_replay_step_t step;
    while (replay->state->offset < offset) {
        const qa_status_t status = qa_replay_next(replay, &step, error);
        if (status == QA_MISSING_INPUT)
            return qa_fail(error, QA_NO_SUCH_OFFSET, "there is no offset %llu; the log ends at %llu",
                           (unsigned long long)offset, (unsigned long long)replay->state->offset);
        if (status != QA_OK) return status;
    }
    return QA_OK;
}

const qa_state_t *qa_replay_state(const qa_replay_t *replay)
{
    return replay->state;
}

qa_state_t *qa_replay_take_state(qa_replay_t *replay)
{
    qa_state_t *state = replay->state;
    replay->state = NULL;
    qa_state_forget_deltas(state); /* an earlier moment is read, not written */
    return state;
}

uint64_t qa_replay_check_count(const qa_replay_t *replay)
{
    return replay->check_count;
}

qa_status_t qa_replay_delta(const qa_snapshot_place_t *place, uint64_t offset, qa_delta_t *delta_out,
                            qa_error_t *error)
{
    qa_replay_t *replay = NULL;
    qa_replay_step_t step;
    assert(offset > 0);
    qa_status_t status = qa_replay_open(&replay, place, offset - 1, error);
    if (status == QA_OK) status = qa_replay_to(replay, offset - 1, error);
    if (status == QA_OK) status = qa_replay_next(replay, &step, error);
    if (status == QA_MISSING_INPUT)
        status = qa_fail(error, QA_NO_SUCH_OFFSET, "there is no offset %llu", (unsigned long long)offset);
    if (status == QA_OK) {
        *delta_out = replay->delta;
        replay->delta = (qa_delta_t){ 0 };
    }
    qa_replay_close(replay);
    return status;
}
