/* Rowsets over batches. Batches are asked for in multiples of the rowset, so that one seldom spans two; when
 * it does, the rows of the first are copied before the second is fetched, because SQLGetData may ask for
 * them. It must never touch a batch behind the fetch that replaced it. */
#include "edge/rowset.h"

#include <string.h>

#include "edge/fetch.h"
#include "edge/source.h"
#include "edge/statement.h"

enum { BATCH_ROWS = 1024 }; /* values of a few columns of so many rows stay in the processor's cache */

void qa_edge_rowset_begin(qa_edge_cursor_t *cursor)
{
    if (cursor->kept_rows > 0) qa_arena_release(&cursor->kept);
    cursor->kept_values = NULL;
    cursor->kept_rows = 0;
    cursor->rowset_rows = 0;
    cursor->batch_first = cursor->batch_row;
    cursor->current = 0;
    cursor->data_column = 0;
}

qa_sql_value_t qa_edge_rowset_value(const qa_edge_cursor_t *cursor, uint32_t row, uint16_t column)
{
    if (row < cursor->kept_rows) return cursor->kept_values[(size_t)row * cursor->kept_columns + column];
    return qa_sql_vector_value(&cursor->batch->columns[column],
                               cursor->batch_first + row - cursor->kept_rows);
}

static bool keep_value(qa_arena_t *arena, const qa_sql_value_t *value, qa_sql_value_t *kept_out)
{
    *kept_out = *value;
    if (value->kind != QA_SQL_TEXT && value->kind != QA_SQL_BINARY) return true;
    kept_out->text = qa_arena_text(arena, value->text, value->bytes);
    return kept_out->text != NULL;
}

/* Copies the rows of the rowset that stand in the present batch behind those that were kept before. */
static SQLRETURN keep_rows(qa_edge_statement_t *statement)
{
    qa_edge_cursor_t *const cursor = &statement->cursor;
    const uint16_t columns = cursor->batch->column_count;
    const uint32_t rows = cursor->rowset_rows;
    qa_sql_value_t *const values =
        qa_arena_take(&cursor->kept, (size_t)rows * columns * sizeof(qa_sql_value_t));
    bool has_memory = values != NULL;
    for (uint32_t row = 0; row < rows && has_memory; row++)
        for (uint16_t column = 0; column < columns && has_memory; column++) {
            const qa_sql_value_t value = qa_edge_rowset_value(cursor, row, column);
            qa_sql_value_t *const kept = &values[(size_t)row * columns + column];
            if (row < cursor->kept_rows) /* its text is kept already */
                *kept = value;
            else
                has_memory = keep_value(&cursor->kept, &value, kept);
        }
    if (!has_memory)
        return qa_edge_refuse(&statement->handle.diagnostics, "HY001", "no memory for %u rows of the rowset",
                              rows);
    cursor->kept_values = values;
    cursor->kept_rows = rows;
    cursor->kept_columns = columns;
    return SQL_SUCCESS;
}

static SQLRETURN next_batch(qa_edge_statement_t *statement, uint32_t wanted)
{
    qa_edge_cursor_t *const cursor = &statement->cursor;
    qa_error_t error;
    if (cursor->rowset_rows > 0 && cursor->batch != NULL && keep_rows(statement) == SQL_ERROR)
        return SQL_ERROR;
    const uint32_t missing = wanted - cursor->rowset_rows;
    uint32_t row_max = wanted < BATCH_ROWS ? BATCH_ROWS / wanted * wanted : missing;
    row_max = row_max < missing ? missing : row_max;
    cursor->batch_row = 0;
    cursor->batch_first = 0;
    const qa_sql_batch_t *batch = NULL;
    cursor->batch = NULL;
    if (qa_edge_run_fetch(statement, row_max, &batch, &error) != QA_OK) {
        cursor->rowset_rows = 0;
        return qa_edge_statement_fail(statement, &error, SQL_ROW_NUMBER_UNKNOWN, SQL_COLUMN_NUMBER_UNKNOWN);
    }
    cursor->is_finished = batch->row_count == 0;
    cursor->batch = cursor->is_finished ? NULL : batch;
    return SQL_SUCCESS;
}

SQLRETURN qa_edge_rowset_more(qa_edge_statement_t *statement, uint32_t wanted, uint32_t *first_out,
                              uint32_t *count_out)
{
    qa_edge_cursor_t *const cursor = &statement->cursor;
    const uint64_t row_limit = statement->attributes.max_rows;
    const uint64_t row_room = cursor->delivered < row_limit ? row_limit - cursor->delivered : 0;
    uint64_t missing = wanted - cursor->rowset_rows;
    *first_out = 0;
    *count_out = 0;
    if (row_limit > 0 && missing > row_room) missing = row_room;
    if (missing == 0) return SQL_SUCCESS;
    const bool is_spent = cursor->batch == NULL || cursor->batch_row == cursor->batch->row_count;
    if (is_spent && !cursor->is_finished && next_batch(statement, wanted) == SQL_ERROR) return SQL_ERROR;
    if (is_spent && cursor->is_finished) return SQL_SUCCESS;
    const uint32_t left = cursor->batch->row_count - cursor->batch_row;
    const uint32_t count = missing < left ? (uint32_t)missing : left;
    *first_out = cursor->batch_row;
    *count_out = count;
    cursor->batch_row += count;
    cursor->rowset_rows += count;
    cursor->delivered += count;
    return SQL_SUCCESS;
}
