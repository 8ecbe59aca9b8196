/* One intent being applied: what the files of this room share. */
#ifndef QA_REDUCTION_H
#define QA_REDUCTION_H

#include "reducer/state.h"

typedef struct qa_reduction {
    qa_state_t *state;
    const qa_environment_t *environment;
    qa_delta_t *delta;
    const qa_intent_header_t *header;
    qa_error_t *error;
    uint64_t offset;        /* that the intent will have */
    uint64_t cell_count;    /* named so far */
    const qa_load_t *load;  /* of this intent, in the delta's arena; NULL: none */
    uint64_t expect_offset; /* that the load has seen; 0: it does not say */
    /* What this intent created, in order: references count from 0. */
    struct {
        qa_dimension_t dimension;
        qa_member_t member;
    } * members;
    uint32_t member_count;
    uint32_t member_capacity;
    qa_dimension_t new_dimensions[QA_DIMENSIONS_MAX];
    uint32_t new_dimension_count;
    qa_hierarchy_t *hierarchies;
    uint32_t hierarchy_count;
    uint32_t hierarchy_capacity;
} qa_reduction_t;

/* Writes a fact if it differs, and notes the change. value NULL removes. */
qa_status_t qa_reduction_fact(qa_reduction_t *reduction, qa_fact_key_t key, const void *value, size_t bytes);
/* Sets atoms that differ, and notes the change. changed_offset is filled in here. */
qa_status_t qa_reduction_atoms(qa_reduction_t *reduction, const qa_member_t *coordinates, qa_atom_t *atoms,
                               uint32_t count);
/* Brings a decimal to other decimals, exactly or not at all. */
bool qa_atom_rescale(qa_atom_t *atom, uint8_t decimals);
/* Same kind, value and mask; the offsets do not count. */
bool qa_atom_is_same(const qa_atom_t *a, const qa_atom_t *b);
/* Resolves references read by qa_record_read_coordinate; every id exists and is not deleted. */
qa_status_t qa_reduction_resolve(qa_reduction_t *reduction, qa_dimension_t dimension, qa_member_t reference,
                                 qa_member_t *id_out);
qa_status_t qa_reduction_malformed(qa_reduction_t *reduction, uint8_t code);

qa_status_t qa_reduce_model(qa_reduction_t *reduction, uint8_t code, qa_reader_t *payload);
qa_status_t qa_reduce_edges(qa_reduction_t *reduction, uint8_t code, qa_reader_t *payload);
qa_status_t qa_reduce_cells(qa_reduction_t *reduction, uint8_t code, qa_reader_t *payload);
qa_status_t qa_reduce_load(qa_reduction_t *reduction, qa_reader_t *payload);
/* Behind the last operation, so that the order of operations does not matter: QA_CONFLICT if a cell that the
 * load speaks for changed after the offset that it has seen. */
qa_status_t qa_reduce_check_load(qa_reduction_t *reduction);
qa_status_t qa_reduce_undo(qa_reduction_t *reduction, qa_reader_t *payload);

/* Shared by the operations on members and on edges. */
qa_status_t qa_reduction_read_dimension(qa_reduction_t *reduction, qa_reader_t *payload,
                                        qa_dimension_t *dimension_out);
qa_status_t qa_reduction_read_hierarchy(qa_reduction_t *reduction, qa_reader_t *payload,
                                        qa_dimension_t dimension, qa_hierarchy_t *hierarchy_out);
qa_status_t qa_reduction_read_member(qa_reduction_t *reduction, qa_reader_t *payload,
                                     qa_dimension_t dimension, qa_member_t *member_out);
qa_status_t qa_reduction_write_edge(qa_reduction_t *reduction, qa_dimension_t dimension,
                                    qa_hierarchy_t hierarchy, qa_edge_t edge);
qa_status_t qa_reduction_drop_edge(qa_reduction_t *reduction, qa_dimension_t dimension,
                                   qa_hierarchy_t hierarchy, qa_member_t parent, qa_member_t child);
/* Does to the atoms of a leaf what the policy says. */
qa_status_t qa_reduction_clear_leaf(qa_reduction_t *reduction, qa_dimension_t dimension, qa_member_t member,
                                    qa_atoms_policy_t policy, qa_member_t target);
/* QA_HELD if a total that is held would change because the child, with values below it, moves from where it
 * is to below `parent`. */
qa_status_t qa_reduction_check_held_edge(qa_reduction_t *reduction, qa_dimension_t dimension,
                                         qa_member_t child, qa_member_t parent);
/* Whether a hold names the member. */
bool qa_reduction_is_held_member(const qa_reduction_t *reduction, qa_dimension_t dimension,
                                 qa_member_t member);
/* QA_HELD if a cell of these stands below a consolidation that is held for everybody or for the author. */
qa_status_t qa_reduction_check_holds(qa_reduction_t *reduction, const qa_member_t *coordinates,
                                     uint32_t count);

#endif
