/* The facade: an app in a replica folder, connections to it, commits, reads, history.
 *
 *     qa_lattice_options_t options = { .size = sizeof(options) };
 *     options.replica = "/home/ada/plans";
 *     options.app = "budget";
 *     qa_lattice_t *lattice = NULL;
 *     qa_error_t error;
 *     if (qa_lattice_open(&lattice, &options, &error) != QA_OK) return puts(error.message);
 *     qa_connection_options_t who = { .size = sizeof(who), .door = "tool" };
 *     qa_connection_t *connection = NULL;
 *     if (qa_connection_open(&connection, lattice, &who, &error) == QA_OK) {
 *         qa_connection_read_begin(connection); // then qa_connection_cells, qa_connection_grid
 *         qa_connection_read_end(connection);
 *         qa_connection_close(connection);
 *     }
 *     qa_lattice_close(lattice);
 *
 * Threading: a lattice is shared by threads; a connection belongs to one thread at a time. Writers of one
 * process are committed in groups: whatever queued while the last sync ran goes into the next. */
#ifndef QA_LATTICE_H
#define QA_LATTICE_H

#include "qa/allocator.h"
#include "qa/intent.h"
#include "qa/query.h"

typedef struct qa_lattice qa_lattice_t;
typedef struct qa_connection qa_connection_t;
struct qa_system; /* the system table of platform/, for tests; NULL: the real one */

typedef struct qa_lattice_options {
    size_t size;
    const char *replica;             /* folder; made when `is_create` is set */
    const char *app;                 /* name of the app: 1 to 64 of a-z A-Z 0-9 _ - */
    bool is_create;                  /* make replica and app if they are not there */
    bool is_read_only;               /* never writes, not even a snapshot */
    const qa_allocator_t *allocator; /* NULL: the default; outlives the lattice */
    const struct qa_system *system;
    uint32_t segment_bytes;  /* of a new log; 0: the default */
    uint32_t snapshot_bytes; /* log bytes between snapshots made on close; 0: 4 MiB; UINT32_MAX: never */
    const uint8_t *log_id;   /* 16 bytes for a new log; NULL: random. Tests fix it to compare hashes */
} qa_lattice_options_t;

/* Errors: QA_APP_NOT_FOUND (with the apps there are), QA_NOT_A_REPLICA, QA_NETWORK_FOLDER, QA_CORRUPT,
 * QA_NEWER_FORMAT, QA_DIVERGED, QA_IO, QA_DISK_FULL, QA_NO_MEMORY, QA_INVALID. Cost: newest snapshot plus the
 * log behind it. */
qa_status_t qa_lattice_open(qa_lattice_t **lattice_out, const qa_lattice_options_t *options,
                            qa_error_t *error);
void qa_lattice_close(qa_lattice_t *lattice); /* accepts NULL; all connections are closed before */

/* Whether a replica may live in this folder, which need not exist: QA_NETWORK_FOLDER with the reason if not.
 * Opening asks this itself, before it makes anything; for who makes folders above it. */
qa_status_t qa_replica_check_folder(const char *replica, const struct qa_system *system, qa_error_t *error);

/* Calls `visit` with the name of each app of the replica, in byte order. */
qa_status_t qa_replica_apps(const char *replica, const struct qa_system *system,
                            qa_status_t (*visit)(void *context, const char *app), void *context,
                            qa_error_t *error);

/* Applies what other processes appended. Reads and commits of a connection do this themselves. */
qa_status_t qa_lattice_refresh(qa_lattice_t *lattice, qa_error_t *error);
/* Writes a snapshot of the present state. */
qa_status_t qa_lattice_snapshot(qa_lattice_t *lattice, qa_error_t *error);

enum { QA_HASH_BYTES = 32 };
typedef struct qa_position {
    uint64_t offset; /* of the last intent applied */
    int64_t appended_at_ns;
    uint8_t chain_hash[QA_HASH_BYTES]; /* of the log up to here */
    uint8_t state_hash[QA_HASH_BYTES]; /* of everything the log says */
    uint8_t data_hash[16];             /* of atoms and metadata only: the same again after an undo */
} qa_position_t;

typedef struct qa_statistics {
    qa_position_t position;
    uint64_t atom_count;
    uint64_t cleared_count; /* coordinates that had a value once */
    uint64_t store_bytes;   /* memory of the store */
    uint64_t model_bytes;   /* memory of the model */
    uint64_t log_bytes;     /* on disk, zeros ahead included */
    uint64_t log_bytes_used;
    uint32_t segment_count;
    uint64_t snapshot_offset; /* 0: none */
    uint64_t snapshot_bytes;
    uint64_t cut_bytes;         /* torn tails that were ever cut from the log */
    uint64_t opening_cut_bytes; /* of them, by this opening: to be told to the user */
    uint32_t client_count;
    uint32_t hold_count;
    uint32_t load_count;
} qa_statistics_t;
/* What `quantatom stats` shows. Follows other processes' records first. */
qa_status_t qa_lattice_statistics(qa_lattice_t *lattice, qa_statistics_t *statistics_out, qa_error_t *error);
/* opening_cut_bytes alone, at no cost. The first commit of an opening cuts what a dead writer, or damage,
 * left behind the last whole record; it is kept in <app>/log/ as a file *.cut-<epoch>. */
uint64_t qa_lattice_cut_bytes(qa_lattice_t *lattice);

/* Reads everything again from the first byte of the log, without snapshots, and compares: checksums, chain,
 * every stored state hash, the snapshots, the present state, and the invariants of store and model. `report`
 * (may be NULL) gets a line per check; one that begins with "warning: " names what need not be damage, as
 * bytes behind the last whole record that nothing proves to have been more. */
qa_status_t qa_lattice_verify(qa_lattice_t *lattice, void (*report)(void *context, const char *line),
                              void *context, qa_error_t *error);

/* What an intent did. */
typedef struct qa_receipt {
    uint64_t offset; /* 0: nothing to do, nothing was written to the log */
    int64_t appended_at_ns;
    uint64_t changed_count;  /* atoms whose value changed */
    uint64_t metadata_count; /* facts of the model that changed */
    uint64_t kept_count;     /* of an undo: atoms and facts that changed since and keep the later value */
} qa_receipt_t;

/* --- connections --- */
typedef struct qa_connection_options {
    size_t size;
    const char *actor;        /* NULL: the user of the operating system */
    const char *on_behalf_of; /* NULL: nobody */
    const char *door;         /* "odbc", "excel", "rest", "tool" …; not NULL */
    uint64_t clearance;       /* mask bits that may be seen; UINT64_MAX: all */
    qa_hidden_mode_t hidden_mode;
} qa_connection_options_t;
qa_status_t qa_connection_open(qa_connection_t **connection_out, qa_lattice_t *lattice,
                               const qa_connection_options_t *options, qa_error_t *error);
void qa_connection_close(qa_connection_t *connection);
/* Borrowed until the next call on the connection; never NULL. */
const qa_error_t *qa_connection_error(const qa_connection_t *connection);

/* Shows the app as it was after `offset`; 0 goes back to the present. Such a connection cannot be written
 * (QA_READ_ONLY). Errors: QA_NO_SUCH_OFFSET. Cost: a replay from the nearest snapshot before. */
qa_status_t qa_connection_set_as_of(qa_connection_t *connection, uint64_t offset);
/* The structure of another moment under the values of this connection; 0: the structure moves with the
 * values. */
qa_status_t qa_connection_set_hierarchy_as_of(qa_connection_t *connection, uint64_t offset);
/* The last offset appended at or before the time; 0 if the log began later. */
qa_status_t qa_connection_offset_at(qa_connection_t *connection, int64_t time_ns, uint64_t *offset_out);

/* A read section: state and model stay as they are, pointers from the model stay valid. Sections of one
 * connection do not nest. Writers of this process wait, so keep it short. Follows other processes' records
 * first.
 *
 * Several sections in one thread: a connection that is set as of a moment has its own state, takes no lock
 * and may begin and end at any time. Of the connections to the present of one lattice only one may be in a
 * section in a thread, because a writer that waits stops whoever asks second: further ones join its section
 * with qa_connection_read_join. Within a section, the thread must not call what locks the lattice:
 * qa_lattice_…, commits, previews, qa_connection_loads; qa_connection_set_as_of of another connection is
 * allowed. */
qa_status_t qa_connection_read_begin(qa_connection_t *connection);
void qa_connection_read_end(qa_connection_t *connection);
/* A section that shows what `host` shows, an intent not committed included. `host` is in a section of the
 * same lattice in the same thread, and stays in it until this one has ended. Takes no lock and follows
 * nothing. */
qa_status_t qa_connection_read_join(qa_connection_t *connection, const qa_connection_t *host);
/* A section that shows the present as it would be behind the intent: a transaction's own writes. NULL or an
 * intent without operations: qa_connection_read_begin. The intent is applied for as long as the section lasts
 * and nothing of it is written; other readers of this process wait too. The position keeps the offset of the
 * log, with the hashes of what is shown; atoms that the intent changes have the next offset. An intent that
 * breaks a rule gives the status of a commit, and there is no section. Allowed for lattices open for reading
 * only; QA_READ_ONLY for a connection that shows another moment. `receipt_out` may be NULL; its offset is 0.
 * Cost: as a preview, plus taking the changes back at the end. */
qa_status_t qa_connection_read_begin_with(qa_connection_t *connection, qa_intent_t *intent,
                                          qa_receipt_t *receipt_out);
/* Within a read section. The model is that of HierarchyAsOf if it is set. */
const qa_model_t *qa_connection_model(const qa_connection_t *connection);
const qa_position_t *qa_connection_position(const qa_connection_t *connection);
/* Within a read section: a grid, or single cells of any level (count × dimension_count ids). Text is borrowed
 * until the grid closes, or the read section ends. Clearance and hidden mode of the connection take the place
 * of the spec's. */
qa_status_t qa_connection_grid(qa_connection_t *connection, const qa_grid_spec_t *spec, qa_grid_t **grid_out);
qa_status_t qa_connection_cells(qa_connection_t *connection, const qa_member_t *coordinates, uint32_t count,
                                qa_value_t *values_out);

/* Within a read section: atoms, in an order that is not promised. Masked atoms are not visited, nor zeros
 * where zero is missing. */
typedef struct qa_atom_view {
    const qa_member_t *coordinate;
    qa_value_t value;
    uint64_t mask;
    uint64_t changed_offset; /* intent that gave it this value */
} qa_atom_view_t;
/* Every selected atom. Cost: one look at each row of the store; with changed_after at each row that changed
 * since, and if all dimensions have small sets, one look-up per coordinate. Errors: QA_CANCELLED, QA_INVALID,
 * what `visit` returns. */
qa_status_t qa_connection_scan(qa_connection_t *connection, const qa_selection_t *selection,
                               qa_status_t (*visit)(void *context, const qa_atom_view_t *atom),
                               void *context);
/* The same with lists of members: filters[d] NULL: any; else filter_counts[d] leaf ids. QA_NO_MEMORY. */
qa_status_t qa_connection_atoms(qa_connection_t *connection, const qa_member_t *const *filters,
                                const uint32_t *filter_counts, uint64_t changed_after,
                                qa_status_t (*visit)(void *context, const qa_atom_view_t *atom),
                                void *context);

/* --- commits --- */
/* Applies the intent and makes it durable; returns when both are done. An intent that breaks a rule is
 * refused with the status of the rule and leaves no trace. `receipt_out` may be NULL. Not within a read
 * section. */
qa_status_t qa_connection_commit(qa_connection_t *connection, qa_intent_t *intent, qa_receipt_t *receipt_out);
/* The same without writing: what would happen. */
qa_status_t qa_connection_preview(qa_connection_t *connection, qa_intent_t *intent,
                                  qa_receipt_t *receipt_out);

#endif
