/* The rowset: rows taken from the source's batches, with those that stood in a batch that has gone. */
#ifndef QA_EDGE_ROWSET_H
#define QA_EDGE_ROWSET_H

#include "edge/handle.h"

/* The next rowset begins: it has no rows yet. */
void qa_edge_rowset_begin(qa_edge_cursor_t *cursor);
/* Adds rows to the rowset, at most until it has `wanted`: says in which rows of cursor->batch they stand. 0
 * rows: the source has no more. SQL_ERROR: posted. */
SQLRETURN qa_edge_rowset_more(qa_edge_statement_t *statement, uint32_t wanted, uint32_t *first_out,
                              uint32_t *count_out);

#endif
