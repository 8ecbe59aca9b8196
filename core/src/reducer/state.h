/* The state of an app: everything the log says up to an offset. State = fold of intents in log order.
 *
 *     qa_state_apply(state, &record, &environment, NULL, &error);   // replay: the next record of the log
 *     qa_state_try(state, data, bytes, &delta, …);                  // commit: apply, then append; or take
 * back
 *
 * Threading: one writer or many readers at a time; the lattice's lock sees to it. */
#ifndef QA_STATE_H
#define QA_STATE_H

#include "model/model_edit.h"
#include "platform/platform.h"
#include "reducer/delta.h"
#include "reducer/record.h"
#include "store/store.h"

typedef struct qa_client {
    uint8_t id[QA_CLIENT_ID_BYTES];
    uint64_t sequence;
    uint8_t intent_hash[QA_SHA256_BYTES]; /* of its last intent */
} qa_client_t;

typedef struct qa_state {
    const qa_allocator_t *allocator; /* borrowed */
    qa_hash_key_t key;               /* the log's id */
    qa_model_t *model;
    qa_store_t *store;
    qa_client_t *clients; /* sorted by id */
    uint32_t client_count;
    uint32_t client_capacity;
    uint64_t offset;
    int64_t appended_at_ns;
    uint8_t chain_hash[QA_SHA256_BYTES];
    /* Deltas of the last intents, oldest first, for undo: derived, bounded, may be empty. */
    qa_delta_t *recent;
    uint32_t recent_count;
    uint32_t recent_capacity;
    uint64_t recent_bytes;
} qa_state_t;

/* How the reducer gets the delta of an earlier intent (for an undo). The delta belongs to the caller: release
 * it. */
typedef struct qa_environment {
    qa_status_t (*delta_of)(void *context, uint64_t offset, qa_delta_t *delta_out, qa_error_t *error);
    void *context;
} qa_environment_t;

qa_status_t qa_state_open(qa_state_t **state_out, const qa_allocator_t *allocator, const uint8_t log_id[16]);
void qa_state_close(qa_state_t *state);

const qa_client_t *qa_state_client(const qa_state_t *state,
                                   const uint8_t id[QA_CLIENT_ID_BYTES]); /* NULL: never seen */
/* For the snapshot reader. */
qa_status_t qa_state_set_client(qa_state_t *state, const qa_client_t *client);

/* Applies the intent as number `state->offset + 1`: all of it, or nothing with the status and words of the
 * rule that it breaks. `delta` was made by the caller for that offset and receives what changed;
 * qa_state_take_back undoes it as long as nothing else was applied. Offset, clients and hashes are not
 * advanced: qa_state_advance does that when the record is in the log. */
qa_status_t qa_state_try(qa_state_t *state, const uint8_t *data, size_t bytes,
                         const qa_environment_t *environment, qa_delta_t *delta,
                         qa_intent_header_t *header_out, qa_error_t *error);
/* Only fails without memory; the state is then unusable. */
qa_status_t qa_state_take_back(qa_state_t *state, const qa_delta_t *delta);
qa_status_t qa_state_advance(qa_state_t *state, const qa_intent_header_t *header, const uint8_t *data,
                             size_t bytes, int64_t appended_at_ns, const uint8_t chain_hash[QA_SHA256_BYTES],
                             qa_error_t *error);

/* Keeps the delta of the intent applied last; the state owns it from now on (or releases it at once without
 * memory). The oldest ones go when together they pass a bound, but the newest stays: a row of undo and redo
 * must not replay the log each time. */
void qa_state_remember(qa_state_t *state, qa_delta_t *delta);
void qa_state_forget_deltas(qa_state_t *state);
const qa_delta_t *qa_state_recent_delta(const qa_state_t *state, uint64_t offset); /* NULL: not kept */

/* SHA-256 over data hash, counters, clients, held set and offset. docs/formats/state-hash.md. */
qa_status_t qa_state_hash(const qa_state_t *state, uint8_t hash_out[QA_SHA256_BYTES]);
qa_hash128_t qa_state_data_hash(const qa_state_t *state);
/* The invariants of model and store and between them: QA_DIVERGED. */
qa_status_t qa_state_verify(const qa_state_t *state, qa_error_t *error);

/* A stored atom as a value; text is borrowed from the atom. */
qa_value_t qa_atom_value(const qa_atom_t *atom, uint8_t decimals);
/* "Department:Fire, Account:Rent" for messages; cut when it does not fit. */
void qa_state_coordinate_words(const qa_model_t *model, const qa_member_t *coordinate,
                               uint16_t dimension_count, char *words, size_t bytes);

#endif
