/* A result that the driver makes itself: rows of catalog functions and SQLGetTypeInfo, kept in columns, read
 * as a statement's result is. The shape (names and types of the columns) is constant. */
#ifndef QA_ODBC_RESULT_H
#define QA_ODBC_RESULT_H

#include "base/memory.h"
#include "parts/sql_types.h"
#include "qa/sql.h"

typedef struct qa_odbc_result qa_odbc_result_t;

/* Accepts NULL. */
void qa_odbc_result_close(qa_odbc_result_t *result);
uint16_t qa_odbc_result_column_count(const qa_odbc_result_t *result);
/* Name (of the application's version of ODBC) and type. NULL behind the last column. */
const qa_sql_column_info_t *qa_odbc_result_column(const qa_odbc_result_t *result, uint16_t index);
/* The ODBC type: as qa_odbc_type_describe, but SQL_SMALLINT where the specification wants it. */
void qa_odbc_result_type(const qa_odbc_result_t *result, uint16_t index, qa_odbc_type_t *type_out);
uint32_t qa_odbc_result_row_count(const qa_odbc_result_t *result);
/* At most row_max rows from `first` on; 0 rows behind the last. Borrowed until the next call or close. */
const qa_sql_batch_t *qa_odbc_result_batch(qa_odbc_result_t *result, uint32_t first, uint32_t row_max);

#endif
