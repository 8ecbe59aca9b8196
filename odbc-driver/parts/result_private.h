/* Filling a result: rows are added, sorted, and then turned into columns once. */
#ifndef QA_ODBC_RESULT_PRIVATE_H
#define QA_ODBC_RESULT_PRIVATE_H

#include "parts/diagnostic.h"
#include "parts/result.h"

/* A column of a result of the driver: one row of catalog_shapes.def. */
typedef struct qa_odbc_shape_column {
    const char *name;  /* of ODBC 3 */
    const char *name2; /* of ODBC 2; NULL: the same */
    char kind;         /* 'V' text, 'S' SQL_SMALLINT, 'I' SQL_INTEGER */
    bool is_nullable;
    uint32_t length; /* of a text */
} qa_odbc_shape_column_t;

enum { QA_ODBC_RESULT_COLUMNS_MAX = 19 };

typedef struct qa_odbc_cell {
    bool is_null;
    int64_t integer;
    const char *text; /* borrowed; copied when the row is added */
    size_t bytes;
} qa_odbc_cell_t;

static inline qa_odbc_cell_t qa_odbc_cell_null(void)
{
    return (qa_odbc_cell_t){ .is_null = true };
}
static inline qa_odbc_cell_t qa_odbc_cell_integer(int64_t integer)
{
    return (qa_odbc_cell_t){ .integer = integer };
}
/* NULL for a NULL pointer. */
qa_odbc_cell_t qa_odbc_cell_text(const char *text);
/* NULL for QA_ODBC_NOT_APPLICABLE. */
qa_odbc_cell_t qa_odbc_cell_applicable(int64_t integer);

/* The shape is constant and outlives the result. NULL: no memory. */
qa_odbc_result_t *qa_odbc_result_make(const qa_allocator_t *allocator, const qa_odbc_shape_column_t *shape,
                                      uint16_t column_count, bool is_odbc2);
/* QA_NO_MEMORY, QA_LIMIT. `cells`: one for each column. */
qa_status_t qa_odbc_result_add(qa_odbc_result_t *result, const qa_odbc_cell_t *cells);
/* Sorts by these columns, NULL first, texts by their bytes; equal rows stay as they were added. Then makes
 * the columns; no row can be added behind that. */
qa_status_t qa_odbc_result_finish(qa_odbc_result_t *result, const uint8_t *keys, uint8_t key_count);

#endif
