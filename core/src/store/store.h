/* The atoms of an app: coordinates with a value, a mask and the offset that changed them last.
 *
 * The plain store: correct first. Its calls are those that the fast store will answer. One writer, or many
 * readers, at a time (the lattice's lock). A coordinate that once had a value stays known as missing, because
 * undo and "changed since" ask for the offset at which it was cleared. The store also keeps the hash of its
 * atoms (sum modulo 2^128 of a keyed hash per atom), updated by each change. The hash of an atom covers the
 * pairs (dimension, member id) whose id is not 0, kind, value and mask: so a dimension that is added later,
 * where every atom stands on member 0, changes no hash. Missing atoms are not in it. */
#ifndef QA_STORE_H
#define QA_STORE_H

#include "base/hash.h"
#include "base/memory.h"
#include "qa/limits.h"
#include "qa/model.h"

typedef struct qa_store qa_store_t;

/* A stored leaf value: 64 bits and what they are. */
typedef struct qa_atom {
    uint8_t kind;     /* qa_kind_t */
    uint8_t decimals; /* of a decimal in a delta; the store knows only the account's, and gives 0 */
    uint32_t text_bytes;
    union {
        int64_t units;
        double number;
        const char *text; /* set: copied; get: borrowed until the next change of the store */
        int32_t day;
        bool truth;
    };
    uint64_t mask;
    uint64_t changed_offset;
} qa_atom_t;

qa_status_t qa_store_open(qa_store_t **store_out, const qa_allocator_t *allocator, uint16_t dimension_count,
                          const qa_hash_key_t *key);
void qa_store_close(qa_store_t *store);

uint16_t qa_store_dimension_count(const qa_store_t *store);
/* A new last dimension; every atom gets member 0 there. All or nothing. */
qa_status_t qa_store_add_dimension(qa_store_t *store);
/* Takes the last dimension away again; every atom must stand on member 0 there (for rolling back). */
void qa_store_remove_dimension(qa_store_t *store);

/* `count` coordinates, each dimension_count ids. Unknown ones are missing with changed_offset 0. */
void qa_store_get(const qa_store_t *store, const qa_member_t *coordinates, uint32_t count,
                  qa_atom_t *atoms_out);
/* Sets atoms, changed_offset included; a missing kind clears the value and the mask but keeps changed_offset.
 * `before_out` (may be NULL) gets what was there; a text in it is owned by the caller's arena, which must be
 * given then. All or nothing. A coordinate may be named twice: in order. QA_NO_MEMORY, QA_LIMIT (2^32 - 2
 * coordinates). */
qa_status_t qa_store_set(qa_store_t *store, const qa_member_t *coordinates, const qa_atom_t *atoms,
                         uint32_t count, qa_atom_t *before_out, qa_arena_t *before_texts);
/* Makes the coordinate unknown again, as if it had never been named (rolling back, changed_offset 0). */
void qa_store_forget(qa_store_t *store, const qa_member_t *coordinate);

/* Every known coordinate, missing ones included, has a row below row_count; rows of forgotten ones are false.
 * Order means nothing. `coordinate_out` is borrowed until the next change. */
uint32_t qa_store_row_count(const qa_store_t *store);
bool qa_store_row(const qa_store_t *store, uint32_t row, const qa_member_t **coordinate_out,
                  qa_atom_t *atom_out);

/* The coordinate alone; NULL for a row that was forgotten. For filters: costs one look. */
const qa_member_t *qa_store_coordinate(const qa_store_t *store, uint32_t row);

/* The rows, missing ones included, that changed after an offset, oldest offset first: the first for
 * QA_STORE_ROW_NONE, else the next behind `row`; QA_STORE_ROW_NONE at the end. Costs nothing for other rows.
 */
#define QA_STORE_ROW_NONE UINT32_MAX
uint32_t qa_store_next_changed(const qa_store_t *store, uint32_t row, uint64_t changed_after);

uint64_t qa_store_atom_count(const qa_store_t *store);    /* with a value */
uint64_t qa_store_cleared_count(const qa_store_t *store); /* known, but missing */
/* Atoms (with a value) on that member: kept up to date, costs nothing. */
uint32_t qa_store_member_atom_count(const qa_store_t *store, qa_dimension_t dimension, qa_member_t member);
qa_hash128_t qa_store_hash(const qa_store_t *store);
uint64_t qa_store_bytes(const qa_store_t *store);
/* Recomputes hash and counts from the rows and compares: QA_DIVERGED, saying what. */
qa_status_t qa_store_verify(const qa_store_t *store, qa_error_t *error);

#endif
