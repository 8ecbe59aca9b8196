/* Rows in columns: what a source or an island hands on. Grows row by row; reading it costs nothing. */
#ifndef QA_SQL_TABLE_H
#define QA_SQL_TABLE_H

#include "base/memory.h"
#include "qa/sql_value.h"

typedef struct qa_sql_table_column_store qa_sql_table_column_store_t;
typedef struct qa_sql_table {
    const qa_allocator_t *allocator; /* borrowed */
    uint16_t column_count;
    uint32_t row_count;
    uint32_t row_capacity;
    qa_sql_table_column_store_t *columns;
    qa_arena_t texts; /* of texts that were copied */
} qa_sql_table_t;

/* An empty table; types are copied. Release accepts a zeroed one. */
qa_status_t qa_sql_table_make(qa_sql_table_t *table, const qa_allocator_t *allocator,
                              const qa_sql_type_t *types, uint16_t column_count);
void qa_sql_table_release(qa_sql_table_t *table);
void qa_sql_table_clear(qa_sql_table_t *table); /* no rows; keeps columns and memory */
/* Appends a row of column_count values, each NULL or of its column's kind (and scale). Texts are copied,
 * unless `is_borrowed`: then they outlive the table. QA_NO_MEMORY, QA_LIMIT (2^31 rows). */
qa_status_t qa_sql_table_append(qa_sql_table_t *table, const qa_sql_value_t *values, bool is_borrowed);
/* Puts a copy of a text in the place of a value that is not NULL. QA_NO_MEMORY. */
qa_status_t qa_sql_table_set_text(qa_sql_table_t *table, uint32_t row, uint16_t column,
                                  const qa_sql_value_t *text);
qa_sql_value_t qa_sql_table_value(const qa_sql_table_t *table, uint32_t row, uint16_t column);
const qa_sql_type_t *qa_sql_table_type(const qa_sql_table_t *table, uint16_t column);
/* Fills column_count vectors that show the rows from `first` on, without copying. */
void qa_sql_table_view(const qa_sql_table_t *table, uint32_t first, qa_sql_vector_t *vectors_out);

#endif
