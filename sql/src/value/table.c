/* Rows in columns. A column keeps its values in one array and, from the first NULL on, a byte per row beside
 * it. Copied texts lie in pieces of the table's arena, so that short ones cost no more than their bytes. A
 * refused request leaves the rows that are there as they were. */
#include "value/table.h"

#include <assert.h>
#include <string.h>

enum { TEXT_PIECE_BYTES = 8192, ROWS_MAX = INT32_MAX };
#define TEXT_BYTES_MAX ((size_t)1 << 36)

struct qa_sql_table_column_store {
    qa_sql_type_t type;
    void *values;
    uint32_t value_capacity;
    void *nulls; /* NULL pointer: no NULL yet */
    uint32_t null_capacity;
    char *piece; /* room for the next texts */
    size_t piece_bytes;
};

static size_t value_bytes(const qa_sql_type_t *type)
{
    switch (type->kind) {
    case QA_SQL_DECIMAL:
        return sizeof(qa_int128_t);
    case QA_SQL_DOUBLE:
        return sizeof(double);
    case QA_SQL_TEXT:
    case QA_SQL_BINARY:
        return sizeof(qa_sql_text_t);
    default:
        return sizeof(int64_t);
    }
}

qa_status_t qa_sql_table_make(qa_sql_table_t *table, const qa_allocator_t *allocator,
                              const qa_sql_type_t *types, uint16_t column_count)
{
    *table = (qa_sql_table_t){ .allocator = allocator };
    qa_arena_make(&table->texts, allocator, TEXT_BYTES_MAX);
    if (column_count == 0) return QA_OK;
    table->columns = qa_memory_take(allocator, column_count * sizeof(table->columns[0]));
    if (table->columns == NULL) return QA_NO_MEMORY;
    table->column_count = column_count;
    for (uint16_t i = 0; i < column_count; i++)
        table->columns[i].type = types[i];
    return QA_OK;
}

void qa_sql_table_release(qa_sql_table_t *table)
{
    for (uint16_t i = 0; i < table->column_count; i++) {
        qa_sql_table_column_store_t *column = &table->columns[i];
        qa_memory_give(table->allocator, column->values, column->value_capacity * value_bytes(&column->type));
        qa_memory_give(table->allocator, column->nulls, column->null_capacity);
    }
    if (table->columns != NULL)
        qa_memory_give(table->allocator, table->columns, table->column_count * sizeof(table->columns[0]));
    if (table->allocator != NULL) qa_arena_release(&table->texts);
    *table = (qa_sql_table_t){ .allocator = table->allocator };
}

void qa_sql_table_clear(qa_sql_table_t *table)
{
    for (uint16_t i = 0; i < table->column_count; i++) {
        table->columns[i].piece = NULL;
        table->columns[i].piece_bytes = 0;
        if (table->columns[i].nulls != NULL)
            memset(table->columns[i].nulls, 0, table->columns[i].null_capacity);
    }
    qa_arena_release(&table->texts);
    table->row_count = 0;
}

static qa_status_t reserve_nulls(qa_sql_table_t *table, qa_sql_table_column_store_t *column)
{
    const uint32_t before = column->null_capacity;
    if (before >= table->row_capacity) return QA_OK;
    const qa_status_t status =
        qa_array_reserve(table->allocator, &column->nulls, &column->null_capacity, table->row_capacity, 1);
    if (status == QA_OK) memset((uint8_t *)column->nulls + before, 0, column->null_capacity - before);
    return status;
}

static qa_status_t grow(qa_sql_table_t *table)
{
    if (table->row_count >= ROWS_MAX) return QA_LIMIT;
    const uint32_t wanted = table->row_count + 1;
    uint32_t capacity = UINT32_MAX;
    for (uint16_t i = 0; i < table->column_count; i++) {
        qa_sql_table_column_store_t *column = &table->columns[i];
        const qa_status_t status = qa_array_reserve(
            table->allocator, &column->values, &column->value_capacity, wanted, value_bytes(&column->type));
        if (status != QA_OK) return status;
        if (column->value_capacity < capacity) capacity = column->value_capacity;
    }
    table->row_capacity = capacity;
    for (uint16_t i = 0; i < table->column_count; i++) {
        const qa_status_t status =
            table->columns[i].nulls != NULL ? reserve_nulls(table, &table->columns[i]) : QA_OK;
        if (status != QA_OK) {
            table->row_capacity = table->row_count; /* the next append tries again */
            return status;
        }
    }
    return QA_OK;
}

static const char *copy_text(qa_sql_table_t *table, qa_sql_table_column_store_t *column,
                             const qa_sql_value_t *value)
{
    const size_t bytes = value->bytes;
    if (bytes == 0) return "";
    if (bytes > TEXT_PIECE_BYTES / 8) return qa_arena_text(&table->texts, value->text, bytes);
    if (bytes > column->piece_bytes) {
        column->piece = qa_arena_take(&table->texts, TEXT_PIECE_BYTES);
        column->piece_bytes = column->piece == NULL ? 0 : TEXT_PIECE_BYTES;
        if (column->piece == NULL) return NULL;
    }
    char *const copy = column->piece;
    memcpy(copy, value->text, bytes);
    column->piece += bytes;
    column->piece_bytes -= bytes;
    return copy;
}

static qa_status_t put(qa_sql_table_t *table, qa_sql_table_column_store_t *column,
                       const qa_sql_value_t *value, bool is_borrowed)
{
    const uint32_t row = table->row_count;
    const bool is_null = value->kind == QA_SQL_NULL;
    if (is_null) {
        const qa_status_t status = reserve_nulls(table, column);
        if (status != QA_OK) return status;
    }
    if (column->nulls != NULL) ((uint8_t *)column->nulls)[row] = is_null;
    switch (column->type.kind) {
    case QA_SQL_DECIMAL:
        assert(is_null || (value->kind == QA_SQL_DECIMAL && value->scale == column->type.scale));
        ((qa_int128_t *)column->values)[row] = is_null ? 0 : value->units;
        return QA_OK;
    case QA_SQL_DOUBLE:
        assert(is_null || value->kind == QA_SQL_DOUBLE);
        ((double *)column->values)[row] = is_null ? 0.0 : value->number;
        return QA_OK;
    case QA_SQL_TEXT:
    case QA_SQL_BINARY: {
        assert(is_null || value->kind == QA_SQL_TEXT || value->kind == QA_SQL_BINARY);
        qa_sql_text_t text = { "", 0 };
        if (!is_null) {
            text.data = is_borrowed ? value->text : copy_text(table, column, value);
            text.bytes = value->bytes;
        }
        if (text.data == NULL && text.bytes > 0) return QA_NO_MEMORY;
        ((qa_sql_text_t *)column->values)[row] = text;
        return QA_OK;
    }
    default:
        assert(is_null || (value->kind != QA_SQL_DECIMAL && value->kind != QA_SQL_DOUBLE &&
                           value->kind != QA_SQL_TEXT && value->kind != QA_SQL_BINARY));
        ((int64_t *)column->values)[row] = is_null ? 0 : value->integer;
        return QA_OK;
    }
}

qa_status_t qa_sql_table_append(qa_sql_table_t *table, const qa_sql_value_t *values, bool is_borrowed)
{
    if (table->row_count >= table->row_capacity) {
        const qa_status_t status = grow(table);
        if (status != QA_OK) return status;
    }
    for (uint16_t i = 0; i < table->column_count; i++) {
        const qa_status_t status = put(table, &table->columns[i], &values[i], is_borrowed);
        if (status != QA_OK) return status;
    }
    table->row_count++;
    return QA_OK;
}

qa_status_t qa_sql_table_set_text(qa_sql_table_t *table, uint32_t row, uint16_t column,
                                  const qa_sql_value_t *text)
{
    qa_sql_table_column_store_t *store = &table->columns[column];
    assert(row < table->row_count && store->type.kind == QA_SQL_TEXT && text->kind == QA_SQL_TEXT);
    assert(store->nulls == NULL || !((const uint8_t *)store->nulls)[row]);
    const char *copy = qa_arena_text(&table->texts, text->text, text->bytes);
    if (copy == NULL) return QA_NO_MEMORY;
    ((qa_sql_text_t *)store->values)[row] = (qa_sql_text_t){ .data = copy, .bytes = text->bytes };
    return QA_OK;
}

void qa_sql_table_view(const qa_sql_table_t *table, uint32_t first, qa_sql_vector_t *vectors_out)
{
    assert(first <= table->row_count);
    for (uint16_t i = 0; i < table->column_count; i++) {
        const qa_sql_table_column_store_t *column = &table->columns[i];
        qa_sql_vector_t *vector = &vectors_out[i];
        *vector = (qa_sql_vector_t){ .type = column->type };
        if (column->values == NULL) continue;
        if (column->nulls != NULL) vector->nulls = (const uint8_t *)column->nulls + first;
        switch (column->type.kind) {
        case QA_SQL_DECIMAL:
            vector->units = (const qa_int128_t *)column->values + first;
            break;
        case QA_SQL_DOUBLE:
            vector->numbers = (const double *)column->values + first;
            break;
        case QA_SQL_TEXT:
        case QA_SQL_BINARY:
            vector->texts = (const qa_sql_text_t *)column->values + first;
            break;
        default:
            vector->integers = (const int64_t *)column->values + first;
        }
    }
}

qa_sql_value_t qa_sql_table_value(const qa_sql_table_t *table, uint32_t row, uint16_t column)
{
    assert(row < table->row_count && column < table->column_count);
    const qa_sql_table_column_store_t *store = &table->columns[column];
    qa_sql_vector_t vector = { .type = store->type, .nulls = store->nulls };
    vector.integers = store->values; /* the union's pointers all stand at one place */
    return qa_sql_vector_value(&vector, row);
}

const qa_sql_type_t *qa_sql_table_type(const qa_sql_table_t *table, uint16_t column)
{
    assert(column < table->column_count);
    return &table->columns[column].type;
}
