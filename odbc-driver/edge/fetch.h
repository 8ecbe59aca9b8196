/* Rows into bound columns, and values fetched one by one. */
#ifndef QA_EDGE_FETCH_H
#define QA_EDGE_FETCH_H

#include "edge/descriptor.h"

typedef struct qa_edge_column_binding {
    SQLSMALLINT c_type;
    SQLPOINTER data;
    SQLLEN buffer_bytes;
    SQLLEN *indicator;
} qa_edge_column_binding_t;
SQLRETURN qa_edge_bind_col(qa_edge_statement_t *statement, SQLUSMALLINT number,
                           const qa_edge_column_binding_t *binding);

/* SQLFetch and SQLFetchScroll: SQL_FETCH_NEXT, else HY106. */
SQLRETURN qa_edge_fetch(qa_edge_statement_t *statement, SQLSMALLINT orientation);
SQLRETURN qa_edge_extended_fetch(qa_edge_statement_t *statement, SQLUSMALLINT orientation,
                                 SQLULEN *row_count_out, SQLUSMALLINT *row_status_out);
SQLRETURN qa_edge_set_pos(qa_edge_statement_t *statement, SQLSETPOSIROW row, SQLUSMALLINT operation,
                          SQLUSMALLINT lock);
SQLRETURN qa_edge_get_data(qa_edge_statement_t *statement, SQLUSMALLINT number, SQLSMALLINT c_type,
                           SQLPOINTER data, SQLLEN buffer_bytes, SQLLEN *indicator);

/* Row `row` of the rowset (from 0), column from 0. */
qa_sql_value_t qa_edge_rowset_value(const qa_edge_cursor_t *cursor, uint32_t row, uint16_t column);

#endif
