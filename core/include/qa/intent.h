/* Intents: what somebody asks the lattice to do. One intent is one molecule: its operations apply in order,
 * all or nothing, under one offset.
 *
 *     qa_intent_t *intent = NULL;
 *     qa_intent_open(&intent, NULL);
 *     qa_intent_add_member(intent, department, "Fire", 4, false, &fire); // an id for this intent
 *     qa_edge_t edge = { .parent = all, .child = fire, .weight = 1, .operator_code = '+' };
 *     qa_intent_set_edge(intent, department, QA_HIERARCHY_PRIMARY, &edge, QA_ATOMS_REFUSE, QA_MEMBER_NONE);
 *     qa_intent_set_cells(intent, dimension_count, coordinates, values, NULL, 1);
 *     qa_connection_commit(connection, intent, &receipt);
 *     qa_intent_close(intent);
 *
 * The builder only writes the operations down; rules are checked at commit, against the state then.
 * Ids of things that the same intent creates are given out by the builder with the bit QA_NEW set; the log
 * decides the real ids, which the receipt's caller finds by name. Names and texts are copied; arrays are
 * borrowed during the call. Fallible calls: QA_NO_MEMORY, QA_LIMIT, QA_NOT_TEXT, QA_INVALID. Threading: one
 * thread at a time per intent. */
#ifndef QA_INTENT_H
#define QA_INTENT_H

#include "qa/allocator.h"
#include "qa/model.h"

typedef struct qa_intent qa_intent_t;

#define QA_NEW 0x80000000u   /* bit of a member id that this intent creates */
#define QA_NEW_SHORT 0x8000u /* bit of a dimension or hierarchy id that this intent creates */

/* An intent without operations. Close accepts NULL. Bytes: of the operations written down so far. */
qa_status_t qa_intent_open(qa_intent_t **intent_out, const qa_allocator_t *allocator); /* NULL: the default */
void qa_intent_close(qa_intent_t *intent);
uint32_t qa_intent_operation_count(const qa_intent_t *intent);
size_t qa_intent_bytes(const qa_intent_t *intent);
/* Where the builder stands. Rewinding forgets the operations, and the ids of new things, that were added
 * behind the mark, and the failure of the last call if there was one: so a statement of several operations is
 * written down whole or not at all. Marks behind the one rewound to end with it. The reason is not part of a
 * mark. */
typedef struct qa_intent_mark {
    size_t bytes;
    uint32_t operation_count;
    uint32_t member_count;
    uint16_t dimension_count;
    uint16_t hierarchy_count;
} qa_intent_mark_t;
qa_intent_mark_t qa_intent_mark(const qa_intent_t *intent);
void qa_intent_rewind(qa_intent_t *intent, qa_intent_mark_t mark);
/* Why, in the author's words; shown in the history. */
qa_status_t qa_intent_set_reason(qa_intent_t *intent, const char *text, size_t bytes);

/* --- the model --- */
qa_status_t qa_intent_set_title(qa_intent_t *intent, const char *title, size_t bytes);
qa_status_t qa_intent_set_decimals(qa_intent_t *intent, uint8_t decimals);
qa_status_t qa_intent_set_zero_is_missing(qa_intent_t *intent, bool is_zero_missing);

/* A new dimension starts with one leaf, `first_code`, that takes all atoms there are. *first_out is its id.
 */
qa_status_t qa_intent_add_dimension(qa_intent_t *intent, const char *name, size_t name_bytes,
                                    qa_dimension_kind_t kind, const char *first_code, size_t first_bytes,
                                    qa_dimension_t *dimension_out, qa_member_t *first_out);
qa_status_t qa_intent_rename_dimension(qa_intent_t *intent, qa_dimension_t dimension, const char *name,
                                       size_t bytes);
qa_status_t qa_intent_set_default_member(qa_intent_t *intent, qa_dimension_t dimension,
                                         qa_member_t member); /* NONE: unset */
qa_status_t qa_intent_set_calendar(qa_intent_t *intent, qa_dimension_t dimension, qa_calendar_t calendar);

/* A new member is a root of the primary hierarchy, behind its other roots, until an edge says otherwise. As a
 * group (is_group) it is in no hierarchy until edges of alternates name it, and never a leaf. */
qa_status_t qa_intent_add_member(qa_intent_t *intent, qa_dimension_t dimension, const char *code,
                                 size_t bytes, bool is_group, qa_member_t *member_out);
qa_status_t qa_intent_rename_member(qa_intent_t *intent, qa_dimension_t dimension, qa_member_t member,
                                    const char *code, size_t bytes);
qa_status_t qa_intent_set_caption(qa_intent_t *intent, qa_dimension_t dimension, qa_member_t member,
                                  const char *caption, size_t bytes); /* empty: none */
qa_status_t qa_intent_set_alias(qa_intent_t *intent, qa_dimension_t dimension, qa_member_t member,
                                const char *alias, size_t bytes, bool is_present);
qa_status_t qa_intent_set_attribute(qa_intent_t *intent, qa_dimension_t dimension, qa_member_t member,
                                    const char *name, size_t name_bytes, const char *value,
                                    size_t value_bytes); /* value NULL: remove */
qa_status_t qa_intent_set_account(qa_intent_t *intent, qa_dimension_t dimension, qa_member_t member,
                                  qa_account_t account);
qa_status_t qa_intent_set_days(qa_intent_t *intent, qa_dimension_t dimension, qa_member_t member,
                               int32_t first_day, int32_t last_day);

/* What happens to the atoms of a leaf that gets a child or is deleted. */
typedef enum qa_atoms_policy {
    QA_ATOMS_REFUSE = 0, /* QA_HAS_ATOMS with the count */
    QA_ATOMS_MOVE = 1,   /* to the leaf `target`, which must have none at the same coordinates */
    QA_ATOMS_CLEAR = 2
} qa_atoms_policy_t;

/* Deletes a member without children; its edges, aliases and attributes go with it. `target` only for
 * QA_ATOMS_MOVE. */
qa_status_t qa_intent_delete_member(qa_intent_t *intent, qa_dimension_t dimension, qa_member_t member,
                                    qa_atoms_policy_t policy, qa_member_t target);

/* An alternate hierarchy without edges. Deleting it takes its edges with it and leaves the members. */
qa_status_t qa_intent_add_hierarchy(qa_intent_t *intent, qa_dimension_t dimension, const char *name,
                                    size_t bytes, qa_hierarchy_t *hierarchy_out);
qa_status_t qa_intent_delete_hierarchy(qa_intent_t *intent, qa_dimension_t dimension,
                                       qa_hierarchy_t hierarchy);
/* Sets the edge parent → child. In the primary hierarchy it takes the place of the child's edge to any other
 * parent: this is also how a member moves. Order 0 puts it behind its siblings. `policy` and `target` say
 * what happens to the atoms of a parent that was a leaf (the data member below it is the usual target). */
qa_status_t qa_intent_set_edge(qa_intent_t *intent, qa_dimension_t dimension, qa_hierarchy_t hierarchy,
                               const qa_edge_t *edge, qa_atoms_policy_t policy, qa_member_t target);
/* Takes the child out from under the parent; in the primary hierarchy it becomes a root. */
qa_status_t qa_intent_remove_edge(qa_intent_t *intent, qa_dimension_t dimension, qa_hierarchy_t hierarchy,
                                  qa_member_t parent, qa_member_t child);

/* --- values --- */
/* Writes `count` leaf cells: coordinates are count × dimension_count member ids in dimension order. A missing
 * value clears. `seen` (count values, or NULL) is what the author saw: if a cell differs at commit the intent
 * is a conflict. Checked at commit: QA_NOT_LEAF, QA_WRONG_KIND, QA_OVERFLOW, QA_TOO_MANY_DECIMALS,
 * QA_NAMED_TWICE, QA_HELD, QA_CONFLICT. A decimal of fewer decimals than the account is scaled up exactly; a
 * decimal to a double account becomes the nearest double; a double to a decimal account is refused unless it
 * is exact at the account's decimals. */
qa_status_t qa_intent_set_cells(qa_intent_t *intent, uint16_t dimension_count, const qa_member_t *coordinates,
                                const qa_value_t *values, const qa_value_t *seen, uint32_t count);
/* Sets the 64 security bits of atoms (that exist). */
qa_status_t qa_intent_set_masks(qa_intent_t *intent, uint16_t dimension_count, const qa_member_t *coordinates,
                                const uint64_t *masks, uint32_t count);

typedef enum qa_hold { QA_HOLD_NONE = 0, QA_HOLD_LEAF = 1, QA_HOLD_CONSOLIDATION = 2 } qa_hold_t;
/* Holds, or releases, one cell of any level; `owner` empty: for everybody. */
qa_status_t qa_intent_set_hold(qa_intent_t *intent, uint16_t dimension_count, const qa_member_t *coordinate,
                               qa_hold_t hold, const char *owner, size_t owner_bytes);

/* Undoes the intent at `offset`: atoms and metadata that did not change since go back to what they were
 * before it; what changed since keeps the later value and is counted in the receipt. */
qa_status_t qa_intent_undo(qa_intent_t *intent, uint64_t offset);

/* --- loads --- */
/* One file behind a load, for the history and the ledger lines. */
typedef struct qa_load_file {
    const char *name;
    uint32_t name_bytes;
    uint8_t sha256[32];
    uint64_t line_count;
} qa_load_file_t;

/* Describes the load whose cells this intent sets: it becomes a metadata fact under the intent's offset.
 * `slice_members` are slice_counts[d] leaf ids per dimension, concatenated; a count of 0 means the whole
 * dimension: the cells that the load speaks for (with `--replace` the slice, without it the cells it wrote:
 * then has_slice is false). `expect_offset` other than 0: a conflict if a cell of the slice changed after
 * that offset. `same_lines_as` other than 0: the lines are those of the load at that offset (the same file
 * again). */
typedef struct qa_load {
    const qa_load_file_t *files;
    uint32_t file_count;
    bool has_slice;
    uint16_t dimension_count;
    const uint32_t *slice_counts;
    const qa_member_t *slice_members;
    uint64_t expect_offset;
    uint64_t same_lines_as;
    /* Read back from the history only: the ids that the members created by the load's intent got, in the
     * order of their creation, so that a coordinate in its ledger lines that carries QA_NEW | n means
     * created_ids[n]. */
    const qa_member_t *created_ids;
    uint32_t created_count;
} qa_load_t;
qa_status_t qa_intent_set_load(qa_intent_t *intent, const qa_load_t *load);

/* Appends a block of ledger lines, already compressed by the host's codec (see qa/lines.h for what is
 * inside). */
qa_status_t qa_intent_add_lines(qa_intent_t *intent, const void *block, size_t bytes);

#endif
