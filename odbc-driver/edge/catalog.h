/* The catalog functions: what each has in common before and behind its rows are made. */
#ifndef QA_EDGE_CATALOG_H
#define QA_EDGE_CATALOG_H

#include "edge/call.h"

typedef struct qa_edge_catalog {
    qa_edge_statement_t *statement;
    qa_odbc_catalog_source_t source;
    qa_odbc_catalog_t catalog;
    qa_odbc_result_t *result;
    qa_odbc_diagnostic_t diagnostic;
} qa_edge_catalog_t;

/* The statement's former result is forgotten; `work` stays where it is until the end. */
void qa_edge_catalog_begin(qa_edge_catalog_t *work, qa_edge_statement_t *statement);
/* work->result becomes the statement's open cursor, or work->diagnostic its record. */
SQLRETURN qa_edge_catalog_end(qa_edge_catalog_t *work, qa_status_t status);

#endif
