/* What an intent changed: facts and atoms, before and behind, in the order in which they changed.
 *
 * Made while an intent is applied; used to take a refused intent back, to undo, to answer the history.
 * Derived data: never in the log. */
#ifndef QA_DELTA_H
#define QA_DELTA_H

#include "model/model_edit.h"
#include "store/store.h"

typedef enum qa_delta_kind { QA_DELTA_FACT, QA_DELTA_ATOMS, QA_DELTA_DIMENSION } qa_delta_kind_t;

typedef struct qa_delta_entry {
    qa_delta_kind_t kind;
    /* FACT */
    qa_fact_key_t key;
    const uint8_t *before_value; /* NULL: absent */
    size_t before_bytes;
    const uint8_t *behind_value;
    size_t behind_bytes;
    /* ATOMS */
    uint16_t dimension_count;
    uint32_t atom_count;
    const qa_member_t *coordinates;
    const qa_atom_t *before_atoms;
    const qa_atom_t *behind_atoms;
} qa_delta_entry_t;

typedef struct qa_delta {
    const qa_allocator_t *allocator; /* borrowed */
    qa_arena_t arena;
    qa_delta_entry_t *entries;
    uint32_t entry_count;
    uint32_t entry_capacity;
    uint64_t offset;
    uint64_t changed_count;
    uint64_t metadata_count;
    uint64_t kept_count;
    uint64_t metadata_version; /* of the model before */
    uint8_t *counts;           /* of the model before, in the arena */
    size_t counts_bytes;
} qa_delta_t;

void qa_delta_make(qa_delta_t *delta, const qa_allocator_t *allocator, uint64_t offset);
void qa_delta_release(qa_delta_t *delta);
/* A cleared entry at the end; NULL: no memory. */
qa_delta_entry_t *qa_delta_add(qa_delta_t *delta, qa_delta_kind_t kind);
uint64_t qa_delta_bytes(const qa_delta_t *delta);

#endif
