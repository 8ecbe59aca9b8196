/* Where the rows of a statement come from, behind one small door: a statement of SQL, or the rows that a
 * catalog function made. */
#ifndef QA_EDGE_SOURCE_H
#define QA_EDGE_SOURCE_H

#include "edge/handle.h"

static inline bool qa_edge_source_is_empty(const qa_edge_source_t *source)
{
    return source->sql == NULL && source->result == NULL;
}

uint16_t qa_edge_source_column_count(const qa_edge_source_t *source);
const qa_sql_column_info_t *qa_edge_source_column(const qa_edge_source_t *source, uint16_t index);
/* The column as ODBC describes it. */
void qa_edge_source_type(const qa_edge_source_t *source, uint16_t index, qa_odbc_type_t *type_out);
/* Ends what it holds. */
void qa_edge_source_close(qa_edge_source_t *source);
/* Its rows are not wanted any more; it can be executed again. A result that was made ends. */
void qa_edge_source_close_cursor(qa_edge_source_t *source);

/* Execute and fetch of the statement's source, as what SQLCancel of another thread stops. */
qa_status_t qa_edge_run_execute(qa_edge_statement_t *statement, qa_error_t *error);
qa_status_t qa_edge_run_fetch(qa_edge_statement_t *statement, uint32_t row_max,
                              const qa_sql_batch_t **batch_out, qa_error_t *error);
/* From any thread, without the connection's lock. True: something was running. */
bool qa_edge_cancel_running(qa_edge_statement_t *statement);

#endif
