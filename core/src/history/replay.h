/* Folding a log: from the beginning or a snapshot up to an offset, with a look at every delta on the way.
 *
 *     qa_replay_open(&replay, &place, from_offset, &error);       // snapshot at or before from_offset, if
 * there is one while (qa_replay_next(replay, &step, &error) == QA_OK) …    // until QA_MISSING_INPUT
 *
 * The log is opened for reading only; a replay sees what was there when it came to the end. One thread at a
 * time. */
#ifndef QA_REPLAY_H
#define QA_REPLAY_H

#include "history/snapshot.h"

typedef struct qa_replay qa_replay_t;

/* One intent, applied: the state is behind it. Borrowed until the next call on the replay. */
typedef struct qa_replay_step {
    const qa_state_t *state;
    const qa_intent_header_t *header;
    const qa_delta_t *delta;
    const uint8_t *data;
    size_t bytes;
    int64_t appended_at_ns;
} qa_replay_step_t;

/* `offset`: start from the newest snapshot at or before it (0: from the beginning, without snapshots). */
qa_status_t qa_replay_open(qa_replay_t **replay_out, const qa_snapshot_place_t *place, uint64_t offset,
                           qa_error_t *error);
void qa_replay_close(qa_replay_t *replay);
/* Applies the next intent; checks stored state hashes on the way (QA_DIVERGED). QA_MISSING_INPUT: the end of
 * the log. */
qa_status_t qa_replay_next(qa_replay_t *replay, qa_replay_step_t *step_out, qa_error_t *error);
/* Goes on until the state is at `offset`; QA_NO_SUCH_OFFSET if the log ends before. */
qa_status_t qa_replay_to(qa_replay_t *replay, uint64_t offset, qa_error_t *error);
const qa_state_t *qa_replay_state(const qa_replay_t *replay);
/* The state leaves the replay: the caller closes it. */
qa_state_t *qa_replay_take_state(qa_replay_t *replay);
uint64_t qa_replay_check_count(const qa_replay_t *replay); /* stored state hashes compared so far */

/* The delta of one intent, by a replay up to it: what an undo asks the environment for. */
qa_status_t qa_replay_delta(const qa_snapshot_place_t *place, uint64_t offset, qa_delta_t *delta_out,
                            qa_error_t *error);
/* Applies a record of the log to a state (also for the lattice): the common step of replay and follow.
 * `delta_out`
 * NULL: the state keeps it. */
qa_status_t qa_replay_apply(qa_state_t *state, const qa_log_record_t *record,
                            const qa_snapshot_place_t *place, qa_delta_t *delta_out,
                            qa_intent_header_t *header_out, qa_error_t *error);
/* Compares a CHECK with the state. */
qa_status_t qa_replay_check(const qa_state_t *state, const qa_log_record_t *record, qa_error_t *error);

#endif
