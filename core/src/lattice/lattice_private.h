/* The inside of a lattice and of a connection; only the files of this room include it. */
#ifndef QA_LATTICE_PRIVATE_H
#define QA_LATTICE_PRIVATE_H

#include "history/replay.h"
#include "qa/history.h"
#include "qa/lattice.h"

enum {
    QA_PATH_BYTES = 4096,
    QA_CHECK_EVERY = 256,              /* intents between stored state hashes */
    QA_SNAPSHOT_EVERY_BYTES = 4 << 20, /* log bytes between snapshots, unless options say otherwise */
    QA_COMMIT_GROUP_MAX = 256          /* intents of one sync */
};

/* A commit that waits for its turn. Lives on the stack of its thread. */
typedef struct commit_request {
    qa_connection_t *connection;
    qa_intent_t *intent;
    bool is_preview;
    qa_receipt_t receipt;
    qa_status_t status;
    qa_error_t error;
    bool is_done;
    struct commit_request *next;
} commit_request_t;

struct qa_lattice {
    const qa_allocator_t *allocator;
    const qa_system_t *system;
    char *replica_folder; /* owned, terminated */
    char *folder;         /* of the app */
    char *app;
    bool is_read_only;
    uint32_t segment_bytes;
    uint32_t snapshot_bytes;
    uint8_t client_id[QA_CLIENT_ID_BYTES];
    qa_log_t *log;
    qa_state_t *state;
    qa_shared_lock_t *state_lock; /* over state and log */
    bool must_reload; /* the log refused a write: state and log are opened again before the next use */
    uint64_t bytes_since_snapshot;
    uint64_t cut_bytes; /* torn tails that were cut through logs that this opening has closed since */
    /* The queue of commits. */
    qa_mutex_t *queue_mutex;
    commit_request_t *queue_first;
    commit_request_t *queue_last;
    bool has_leader;
};

struct qa_connection {
    qa_lattice_t *lattice;
    qa_error_t error;
    char actor[256];
    char on_behalf_of[256];
    char door[64];
    uint64_t clearance;
    qa_hidden_mode_t hidden_mode;
    bool is_reading;
    bool has_lock;    /* this section holds the state lock: no other moment, and joined to nobody */
    bool is_tried;    /* the state carries `tried`, an intent that is taken back when the section ends */
    qa_delta_t tried; /* what that intent changed */
    uint64_t as_of;
    qa_state_t *as_of_state; /* owned; NULL: the present */
    uint64_t hierarchy_as_of;
    qa_state_t *hierarchy_state; /* owned; NULL: the structure moves with the values */
    qa_position_t position;
    qa_arena_t read_arena; /* texts of cells read in this section */
};

static inline qa_snapshot_place_t qa_lattice_place(const qa_lattice_t *lattice)
{
    return (qa_snapshot_place_t){ lattice->allocator, lattice->system, lattice->folder };
}

/* With the state lock held for writing: opens log and state again if they must, then applies what others
 * appended. */
qa_status_t qa_lattice_follow(qa_lattice_t *lattice, qa_error_t *error);
qa_status_t qa_lattice_open_state(qa_lattice_t *lattice, qa_error_t *error);
qa_status_t qa_lattice_write_snapshot(qa_lattice_t *lattice, qa_error_t *error);
/* With the state lock held for writing and the state at the end of the log: applies the intent, as the
 * connection's next one, and leaves its bytes in `buffer`. After QA_POISONED the lattice must be loaded
 * again. */
qa_status_t qa_lattice_try(qa_lattice_t *lattice, const qa_connection_t *connection,
                           const qa_intent_t *intent, int64_t now_ns, qa_buffer_t *buffer, qa_delta_t *delta,
                           qa_intent_header_t *header_out, qa_error_t *error);
/* Replays up to the connection's offset and hands each intent behind `start` to `visit`. */
qa_status_t qa_connection_each_step(qa_connection_t *connection, uint64_t start,
                                    qa_status_t (*visit)(void *context, const qa_replay_step_t *step),
                                    void *context);
/* The state that the connection reads values from, and the model it reads structure from. */
const qa_state_t *qa_connection_state(const qa_connection_t *connection);
qa_status_t qa_fill_position(const qa_state_t *state, qa_position_t *position_out);
/* The apps in a folder that need not be a replica yet (a copy under way has its identity last). */
qa_status_t qa_replica_each_app(const char *replica, const qa_system_t *system,
                                qa_status_t (*visit)(void *context, const char *app), void *context,
                                qa_error_t *error);
/* Replica folder: its identity. */
qa_status_t qa_replica_open_identity(qa_lattice_t *lattice, bool is_create, qa_error_t *error);

#endif
