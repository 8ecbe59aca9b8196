/* Preparing and executing, once or for each set of an array of parameters, with data at execution. */
#ifndef QA_EDGE_EXECUTE_H
#define QA_EDGE_EXECUTE_H

#include "edge/call.h"

void qa_edge_execution_make(qa_edge_execution_t *execution, const qa_allocator_t *allocator);
void qa_edge_execution_release(qa_edge_execution_t *execution);

SQLRETURN qa_edge_prepare(qa_edge_statement_t *statement, qa_odbc_argument_t text);
SQLRETURN qa_edge_execute(qa_edge_statement_t *statement);
SQLRETURN qa_edge_exec_direct(qa_edge_statement_t *statement, qa_odbc_argument_t text);
SQLRETURN qa_edge_param_data(qa_edge_statement_t *statement, SQLPOINTER *value_out);
SQLRETURN qa_edge_put_data(qa_edge_statement_t *statement, SQLPOINTER data, SQLLEN length);
/* SQLCancel of an execution that waits for data: the state is that before it. */
void qa_edge_abandon(qa_edge_statement_t *statement);
SQLRETURN qa_edge_row_count(qa_edge_statement_t *statement, SQLLEN *count_out);
/* There is never a second result. */
SQLRETURN qa_edge_more_results(qa_edge_statement_t *statement);

/* A result that was made, or a cursor that was opened: state and diagnostics' header. */
void qa_edge_open_cursor(qa_edge_statement_t *statement);

#endif
