/* Parameters: bound by SQLBindParameter, taken for one set of an execution. */
#ifndef QA_EDGE_PARAMETERS_H
#define QA_EDGE_PARAMETERS_H

#include "edge/descriptor.h"

typedef struct qa_edge_parameter_binding {
    SQLSMALLINT direction, c_type, sql_type, digits;
    SQLULEN column_size;
    SQLPOINTER data;
    SQLLEN buffer_bytes;
    SQLLEN *indicator;
} qa_edge_parameter_binding_t;
SQLRETURN qa_edge_bind_parameter(qa_edge_statement_t *statement, SQLUSMALLINT number,
                                 const qa_edge_parameter_binding_t *binding);

/* Where parameter `number` of the present set stands, or the data that SQLPutData brought if `is_put`. */
void qa_edge_parameter_source(qa_edge_statement_t *statement, uint16_t number, qa_odbc_source_t *source_out);
/* Takes the value of one parameter. SQL_ERROR: posted with the number of the set and of the parameter. */
SQLRETURN qa_edge_take_parameter(qa_edge_statement_t *statement, uint16_t number,
                                 const qa_odbc_source_t *source);
/* Days since 1970, UTC. */
int32_t qa_edge_today(void);

#endif
