/* What a statement says of its columns and parameters: the IRD and what is read from it. */
#ifndef QA_EDGE_COLUMNS_H
#define QA_EDGE_COLUMNS_H

#include "edge/descriptor.h"

/* Fills the IRD from the source. SQL_ERROR: HY001. Again after each execute: what it borrows of the statement
 * ends when the statement is bound anew. */
SQLRETURN qa_edge_describe_columns(qa_edge_statement_t *statement);
/* Fills the IRD from the source, and the IPD if SQL_ATTR_ENABLE_AUTO_IPD is on. SQL_ERROR: HY001. */
SQLRETURN qa_edge_describe_source(qa_edge_statement_t *statement);
SQLRETURN qa_edge_num_result_cols(qa_edge_statement_t *statement, SQLSMALLINT *count_out);
SQLRETURN qa_edge_num_params(qa_edge_statement_t *statement, SQLSMALLINT *count_out);

typedef struct qa_edge_description {
    SQLSMALLINT *type_out;
    SQLULEN *size_out;
    SQLSMALLINT *digits_out;
    SQLSMALLINT *nullable_out;
} qa_edge_description_t;
SQLRETURN qa_edge_describe_col(qa_edge_statement_t *statement, SQLUSMALLINT number, SQLWCHAR *name,
                               SQLSMALLINT capacity, SQLSMALLINT *length_out,
                               const qa_edge_description_t *description);
SQLRETURN qa_edge_describe_param(qa_edge_statement_t *statement, SQLUSMALLINT number,
                                 const qa_edge_description_t *description);
SQLRETURN qa_edge_col_attribute(qa_edge_statement_t *statement, SQLUSMALLINT number, SQLUSMALLINT field,
                                SQLPOINTER text, SQLSMALLINT capacity_bytes, SQLSMALLINT *length_out,
                                SQLLEN *number_out);

#endif
