/* Verification: everything again from the first byte, compared with everything that is stored. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "lattice/lattice_private.h"

typedef struct reporter {
    void (*report)(void *context, const char *line);
    void *context;
} reporter_t;

QA_PRINTF(2, 3) static void say(const reporter_t *reporter, const char *format, ...)
{
    char line[512];
    if (reporter->report == NULL) return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    reporter->report(reporter->context, line);
}

/* Every snapshot that is there must be what the fold gives at its offset. */
static qa_status_t check_snapshot(const qa_lattice_t *lattice, const qa_state_t *state,
                                  const reporter_t *reporter, qa_error_t *error)
{
    const qa_snapshot_place_t place = qa_lattice_place(lattice);
    qa_snapshot_header_t header;
    qa_state_t *loaded = NULL;
    uint8_t hash[QA_SHA256_BYTES];
    qa_status_t status = qa_snapshot_load(&place, qa_log_id(lattice->log), qa_log_generation(lattice->log),
                                          state->offset, &header, &loaded, error);
    if (status == QA_OK && header.position.offset != state->offset)
        status = qa_fail(error, QA_CORRUPT,
                         "the snapshot of offset %llu cannot be read; delete the file, it is derived data",
                         (unsigned long long)state->offset);
    if (status == QA_OK && qa_state_hash(state, hash) != QA_OK) status = qa_fail_memory(error, "a check");
    if (status == QA_OK && (memcmp(hash, header.state_hash, sizeof(hash)) != 0 ||
                            memcmp(header.position.chain_hash, state->chain_hash, QA_SHA256_BYTES) != 0))
        status = qa_fail(error, QA_DIVERGED, "the snapshot of offset %llu is not what the log says",
                         (unsigned long long)state->offset);
    if (status == QA_MISSING_INPUT)
        status = qa_fail(error, QA_CORRUPT,
                         "the snapshot of offset %llu cannot be read; delete the file, it is derived data",
                         (unsigned long long)state->offset);
    if (status == QA_OK) status = qa_state_verify(loaded, error);
    qa_state_close(loaded);
    if (status == QA_OK)
        say(reporter, "snapshot %llu: equals the fold of the log", (unsigned long long)state->offset);
    return status;
}

static qa_status_t fold_all(qa_lattice_t *lattice, uint64_t end, const reporter_t *reporter,
                            qa_state_t **state_out, qa_error_t *error)
{
    const qa_snapshot_place_t place = qa_lattice_place(lattice);
    uint64_t snapshots[256];
    uint32_t snapshot_count = 0;
    qa_replay_t *replay = NULL;
    qa_replay_step_t step;
    qa_status_t status = qa_snapshot_list(&place, snapshots, 256, &snapshot_count, error);
    if (status == QA_OK) status = qa_replay_open(&replay, &place, 0, error);
    uint32_t next = 0;
    while (status == QA_OK && qa_replay_state(replay)->offset < end) {
        status = qa_replay_next(replay, &step, error);
        if (status == QA_OK && next < snapshot_count && snapshots[next] == step.state->offset) {
            status = check_snapshot(lattice, step.state, reporter, error);
            next++;
        }
    }
    if (status == QA_MISSING_INPUT)
        status = qa_fail(error, QA_DIVERGED, "the log ends at %llu, the open app is at %llu",
                         (unsigned long long)qa_replay_state(replay)->offset, (unsigned long long)end);
    if (status == QA_OK) {
        say(reporter,
            "log: %llu intents read again, checksums and chain hold, %llu stored state hashes agree",
            (unsigned long long)end, (unsigned long long)qa_replay_check_count(replay));
        *state_out = qa_replay_take_state(replay);
    }
    qa_replay_close(replay);
    return status;
}

/* Bytes behind the last whole record: of a writer that died, or all that is left of a damaged record. */
static qa_status_t check_tail(qa_lattice_t *lattice, const reporter_t *reporter, qa_error_t *error)
{
    qa_log_tail_t tail;
    const qa_status_t status = qa_log_tail(lattice->log, &tail, error);
    if (status == QA_OK && tail.bytes > 0)
        say(reporter,
            "warning: %llu bytes behind offset %llu in %.300s at byte %llu are no whole record: a writer "
            "died, "
            "or is writing now, or it is damage",
            (unsigned long long)tail.bytes, (unsigned long long)tail.offset, tail.path,
            (unsigned long long)tail.at);
    return status;
}

/* A snapshot is written when its records are on the disk: one that is ahead of the log says that the log lost
 * some. Unless another process has just appended them: read again first. */
static qa_status_t check_ahead(qa_lattice_t *lattice, qa_error_t *error)
{
    const qa_snapshot_place_t place = qa_lattice_place(lattice);
    uint64_t offset = 0;
    uint64_t bytes = 0;
    qa_status_t status = qa_snapshot_newest(&place, &offset, &bytes, error);
    if (status == QA_OK && offset > lattice->state->offset) status = qa_lattice_follow(lattice, error);
    if (status == QA_OK && offset > lattice->state->offset)
        status =
            qa_fail(error, QA_CORRUPT,
                    "the log ends at offset %llu, but there is a snapshot of offset %llu: %s/log lost its "
                    "end; restore it from a backup or a replica (if an older log was put here on purpose: "
                    "remove the snapshot)",
                    (unsigned long long)lattice->state->offset, (unsigned long long)offset, lattice->folder);
    return status;
}

qa_status_t qa_lattice_verify(qa_lattice_t *lattice, void (*report)(void *context, const char *line),
                              void *context, qa_error_t *error)
{
    const reporter_t reporter = { report, context };
    qa_state_t *fold = NULL;
    uint8_t open_hash[QA_SHA256_BYTES], fold_hash[QA_SHA256_BYTES];
    qa_error_clear(error);
    qa_shared_lock_write(lattice->state_lock);
    qa_status_t status = qa_lattice_follow(lattice, error);
    if (status == QA_OK) status = fold_all(lattice, lattice->state->offset, &reporter, &fold, error);
    if (status == QA_OK) status = check_tail(lattice, &reporter, error);
    if (status == QA_OK &&
        (qa_state_hash(lattice->state, open_hash) != QA_OK || qa_state_hash(fold, fold_hash) != QA_OK))
        status = qa_fail_memory(error, "a check");
    if (status == QA_OK && memcmp(open_hash, fold_hash, sizeof(open_hash)) != 0)
        status = qa_fail(error, QA_DIVERGED, "the open app does not have the state hash of the folded log");
    if (status == QA_OK) say(&reporter, "state: the open app has the state hash of the folded log");
    if (status == QA_OK) status = qa_state_verify(fold, error);
    if (status == QA_OK) status = qa_state_verify(lattice->state, error);
    if (status == QA_OK)
        say(&reporter, "model and store: invariants hold, %llu atoms",
            (unsigned long long)qa_store_atom_count(fold->store));
    if (status == QA_OK) status = check_ahead(lattice, error);
    qa_state_close(fold);
    qa_shared_lock_release(lattice->state_lock);
    return status;
}
