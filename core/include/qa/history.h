/* History: who changed what, when, from which door, and the lines behind a number.
 *
 *     qa_connection_history(connection, coordinate, print_change, NULL);   // one cell, oldest first
 *     qa_connection_log(connection, 0, print_entry, NULL);                 // every intent
 *
 * Answers come from the log itself by replay, so they cannot disagree with it. Cost: a replay of the log up
 * to the connection's offset. Not within a read section of this connection; but for qa_connection_loads it
 * may be within one of another. Everything passed to a visitor is borrowed during the visit. */
#ifndef QA_HISTORY_H
#define QA_HISTORY_H

#include "qa/lattice.h"

typedef struct qa_history_entry {
    uint64_t offset;
    int64_t appended_at_ns;
    int64_t authored_at_ns;
    const char *actor;        /* terminated, as the other texts */
    const char *on_behalf_of; /* "" if nobody */
    const char *door;
    const char *reason;
    const char *operations; /* "cells", "load", "undo 12" …: what kinds of operations, in words */
    uint64_t changed_count;
    uint64_t metadata_count;
    qa_value_t before; /* of a cell's history: its value before and behind the intent */
    qa_value_t behind;
} qa_history_entry_t;
typedef qa_status_t (*qa_history_visit_t)(void *context, const qa_history_entry_t *entry);

/* Every intent that changed the cell (of any level; a consolidated one is seen under the structure of its
 * time). */
qa_status_t qa_connection_history(qa_connection_t *connection, const qa_member_t *coordinate,
                                  qa_history_visit_t visit, void *context);
/* Every intent from `from_offset` (0 and 1: the first) on. */
qa_status_t qa_connection_log(qa_connection_t *connection, uint64_t from_offset, qa_history_visit_t visit,
                              void *context);

/* What an intent changed, atom by atom: for undo previews and reports. */
typedef struct qa_delta_atom {
    const qa_member_t *
        coordinate; /* QA_DIMENSIONS_MAX ids; dimensions that came later: member 0, the one they began with */
    qa_value_t before;
    qa_value_t behind;
} qa_delta_atom_t;
qa_status_t qa_connection_delta(qa_connection_t *connection, uint64_t offset,
                                qa_status_t (*visit)(void *context, const qa_delta_atom_t *atom),
                                void *context);

/* One thing about a member that an intent changed: what it was before the intent and what it is behind it;
 * what happened in between is not told. Texts are terminated and borrowed during the visit.
 *
 *     what         before and behind                                                  name
 *     created      none, the code                                                     ""
 *     renamed      the codes                                                          ""
 *     deleted      the code, none (what hung on the member went with it)              ""
 *     moved        the codes of the parents: "" as a root, none outside the hierarchy the hierarchy's
 *     weight       operator and weight under the same parent, as "- -1"               the hierarchy's
 *     order        the place among the siblings as a number, nothing else changed     the hierarchy's
 *     caption      the captions                                                       ""
 *     alias        the alias where it is there                                        the alias
 *     attribute    the values                                                         the attribute's
 *     account      as "decimal 2, last, skip missing, expense"                        ""
 *     days         as "2026-01-01 to 2026-01-31"                                      "" */
typedef struct qa_member_change {
    uint64_t offset;
    int64_t appended_at_ns;
    const char *actor;
    const char *on_behalf_of; /* "" if nobody */
    qa_dimension_t dimension;
    qa_member_t member;
    const char *code; /* of the member behind the intent; of a deleted one the last */
    const char *what;
    qa_hierarchy_t hierarchy; /* of moved, weight, order; else the primary */
    const char *name;
    const char *before; /* NULL: none */
    const char *behind;
} qa_member_change_t;
typedef qa_status_t (*qa_member_change_visit_t)(void *context, const qa_member_change_t *change);

/* What the intents from `from_offset` (0 and 1: the first) on did to members, by intent, dimension and
 * member. A member that is created as a root of the primary hierarchy is not told to be moved there.
 * QA_NO_SUCH_OFFSET: the log ends more than one before from_offset. */
qa_status_t qa_connection_metadata_changes(qa_connection_t *connection, uint64_t from_offset,
                                           qa_member_change_visit_t visit, void *context);

/* Every load that is in force (not undone), oldest first. `load` and what it points to are borrowed during
 * the visit. */
qa_status_t qa_connection_loads(qa_connection_t *connection,
                                qa_status_t (*visit)(void *context, uint64_t offset, const qa_load_t *load),
                                void *context);
/* The blocks of lines of the load at `offset`, in order, as they were given to qa_intent_add_lines. */
qa_status_t qa_connection_load_lines(qa_connection_t *connection, uint64_t offset,
                                     qa_status_t (*visit)(void *context, const void *block, size_t bytes),
                                     void *context);

#endif
