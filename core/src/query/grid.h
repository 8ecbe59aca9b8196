/* Filling in a grid; qa/query.h is the reading side. */
#ifndef QA_QUERY_GRID_H
#define QA_QUERY_GRID_H

#include "base/memory.h"
#include "qa/query.h"

struct qa_grid {
    qa_allocator_t allocator; /* a copy: a grid may outlive whoever asked for it */
    uint64_t cell_count;
    qa_value_t *cells;
    qa_arena_t texts;
    uint64_t unplaced_atom_count;
};

/* All cells missing. QA_NO_MEMORY. */
qa_status_t qa_grid_open(qa_grid_t **grid_out, const qa_allocator_t *allocator, uint64_t cell_count);
/* Copies the value, a text included. QA_NO_MEMORY. */
qa_status_t qa_grid_set(qa_grid_t *grid, uint64_t index, const qa_value_t *value);

#endif
