/* The steps of an execution, shared by execute.c and data_at_execution.c. */
#ifndef QA_EDGE_EXECUTE_PRIVATE_H
#define QA_EDGE_EXECUTE_PRIVATE_H

#include "edge/execute.h"

/* Goes on with set `execution.set` and all behind it. SQL_NEED_DATA: a value is sent at execution; the state
 * is S8. */
SQLRETURN qa_edge_run_sets(qa_edge_statement_t *statement);
/* The present set, all of whose values are taken: binds and executes. */
void qa_edge_run_set(qa_edge_statement_t *statement);
/* The number of the first parameter behind `number` whose value is sent at execution; 0: none. */
uint16_t qa_edge_next_at_execution(qa_edge_statement_t *statement, uint16_t number);
/* The status of the present set: SQL_PARAM_SUCCESS … */
void qa_edge_set_status(qa_edge_statement_t *statement, SQLUSMALLINT status);

#endif
