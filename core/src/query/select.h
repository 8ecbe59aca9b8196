/* Walking over selected atoms: what scans of a connection and aggregates share.
 *
 *     qa_select_t select;
 *     qa_select_begin(&select, store, selection, clearance, is_zero_missing);
 *     while ((status = qa_select_next(&select, error)) == QA_OK) … select.coordinate, select.atom …
 *     // QA_MISSING_INPUT: the end
 *
 * Takes no memory and releases none. */
#ifndef QA_QUERY_SELECT_H
#define QA_QUERY_SELECT_H

#include "qa/query.h"
#include "store/store.h"

typedef enum qa_select_way {
    QA_SELECT_NONE,    /* nothing can match */
    QA_SELECT_ROWS,    /* every row */
    QA_SELECT_CHANGED, /* rows in order of change */
    QA_SELECT_LOOK_UP  /* every coordinate of the product of the sets */
} qa_select_way_t;

typedef struct qa_select {
    const qa_store_t *store;
    const qa_selection_t *selection;
    uint64_t clearance;
    bool is_zero_missing;
    uint16_t dimension_count;
    uint16_t filter_count;
    qa_dimension_t filters[QA_DIMENSIONS_MAX]; /* dimensions with a set, the smallest share first */
    qa_select_way_t way;
    uint32_t row;           /* next, or last in order of change */
    uint64_t visited_count; /* rows or coordinates looked at */
    bool is_at_end;
    qa_member_t place[QA_DIMENSIONS_MAX]; /* next coordinate to be looked up */
    qa_member_t found[QA_DIMENSIONS_MAX];
    /* What qa_select_next found; borrowed until the next call. */
    const qa_member_t *coordinate;
    qa_atom_t atom;
} qa_select_t;

void qa_select_begin(qa_select_t *select, const qa_store_t *store, const qa_selection_t *selection,
                     uint64_t clearance, bool is_zero_missing);
/* QA_MISSING_INPUT at the end (without words), QA_CANCELLED. */
qa_status_t qa_select_next(qa_select_t *select, qa_error_t *error);

#endif
