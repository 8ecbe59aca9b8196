/* Rows of the driver's own results. They are few (a row for each column of each table at most), so they are
 * kept whole: added row by row, sorted as an array of numbers, and turned into columns once. */
#include <string.h>

#include "parts/result_private.h"

struct qa_odbc_result {
    const qa_allocator_t *allocator;
    const qa_odbc_shape_column_t *shape;
    uint16_t column_count;
    qa_sql_column_info_t columns[QA_ODBC_RESULT_COLUMNS_MAX];
    qa_arena_t arena;      /* texts, and the columns at last */
    qa_odbc_cell_t *cells; /* row by row, until the end */
    uint32_t cell_capacity;
    uint32_t row_count;
    uint32_t *order;
    uint32_t order_capacity;
    qa_sql_vector_t vectors[QA_ODBC_RESULT_COLUMNS_MAX]; /* all rows */
    qa_sql_vector_t shown[QA_ODBC_RESULT_COLUMNS_MAX];
    qa_sql_batch_t batch;
};

qa_odbc_cell_t qa_odbc_cell_text(const char *text)
{
    if (text == NULL) return qa_odbc_cell_null();
    return (qa_odbc_cell_t){ .text = text, .bytes = strlen(text) };
}

qa_odbc_cell_t qa_odbc_cell_applicable(int64_t integer)
{
    return integer == QA_ODBC_NOT_APPLICABLE ? qa_odbc_cell_null() : qa_odbc_cell_integer(integer);
}

qa_odbc_result_t *qa_odbc_result_make(const qa_allocator_t *allocator, const qa_odbc_shape_column_t *shape,
                                      uint16_t column_count, bool is_odbc2)
{
    qa_odbc_result_t *result = qa_memory_take(allocator, sizeof(*result));
    if (result == NULL) return NULL;
    result->allocator = allocator;
    result->shape = shape;
    result->column_count = column_count;
    qa_arena_make(&result->arena, allocator, 256 << 20);
    for (uint16_t i = 0; i < column_count; i++) {
        const qa_odbc_shape_column_t *column = &shape[i];
        qa_sql_column_info_t *info = &result->columns[i];
        *info = (qa_sql_column_info_t){ .schema = "", .table = "", .base_name = "" };
        info->name = is_odbc2 && column->name2 != NULL ? column->name2 : column->name;
        info->type.kind = column->kind == 'V' ? QA_SQL_TEXT : QA_SQL_INTEGER;
        info->type.is_nullable = column->is_nullable;
        info->type.length = column->kind == 'V' ? column->length : 0;
    }
    return result;
}

static void drop_rows(qa_odbc_result_t *result)
{
    qa_memory_give(result->allocator, result->cells, result->cell_capacity * sizeof(*result->cells));
    qa_memory_give(result->allocator, result->order, result->order_capacity * sizeof(*result->order));
    result->cells = NULL;
    result->order = NULL;
    result->cell_capacity = result->order_capacity = 0;
}

void qa_odbc_result_close(qa_odbc_result_t *result)
{
    if (result == NULL) return;
    drop_rows(result);
    qa_arena_release(&result->arena);
    qa_memory_give(result->allocator, result, sizeof(*result));
}

qa_status_t qa_odbc_result_add(qa_odbc_result_t *result, const qa_odbc_cell_t *cells)
{
    const uint32_t width = result->column_count;
    if (result->row_count >= UINT32_MAX / 32) return QA_LIMIT;
    qa_status_t status = qa_array_reserve(result->allocator, (void **)&result->cells, &result->cell_capacity,
                                          (result->row_count + 1) * width, sizeof(*result->cells));
    if (status == QA_OK)
        status = qa_array_reserve(result->allocator, (void **)&result->order, &result->order_capacity,
                                  result->row_count + 1, sizeof(*result->order));
    if (status != QA_OK) return status;
    qa_odbc_cell_t *const row = result->cells + (size_t)result->row_count * width;
    for (uint32_t i = 0; i < width; i++) {
        row[i] = cells[i];
        if (cells[i].is_null || result->shape[i].kind != 'V') continue;
        row[i].text = qa_arena_text(&result->arena, cells[i].text, cells[i].bytes);
        if (row[i].text == NULL) return QA_NO_MEMORY;
    }
    result->order[result->row_count] = result->row_count;
    result->row_count++;
    return QA_OK;
}

/* --- sorting --- */

static int compare_cells(const qa_odbc_cell_t *a, const qa_odbc_cell_t *b, bool is_text)
{
    if (a->is_null || b->is_null) return (int)b->is_null - (int)a->is_null;
    if (!is_text) return a->integer < b->integer ? -1 : a->integer > b->integer;
    const size_t common = a->bytes < b->bytes ? a->bytes : b->bytes;
    const int difference = memcmp(a->text, b->text, common);
    if (difference != 0) return difference;
    return a->bytes < b->bytes ? -1 : a->bytes > b->bytes;
}

static bool is_before(const qa_odbc_result_t *result, uint32_t a, uint32_t b, const uint8_t *keys,
                      uint8_t key_count)
{
    const qa_odbc_cell_t *const row_a = result->cells + (size_t)a * result->column_count;
    const qa_odbc_cell_t *const row_b = result->cells + (size_t)b * result->column_count;
    for (uint8_t i = 0; i < key_count; i++) {
        const int order = compare_cells(&row_a[keys[i]], &row_b[keys[i]], result->shape[keys[i]].kind == 'V');
        if (order != 0) return order < 0;
    }
    return a < b;
}

/* Lets the row at the top of a heap sink to its place; the largest is at the top. */
static void sink(qa_odbc_result_t *result, uint32_t at, uint32_t count, const uint8_t *keys,
                 uint8_t key_count)
{
    uint32_t *const order = result->order;
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= count) return;
        if (child + 1 < count && is_before(result, order[child], order[child + 1], keys, key_count)) child++;
        if (!is_before(result, order[at], order[child], keys, key_count)) return;
        const uint32_t row = order[at];
        order[at] = order[child];
        order[child] = row;
        at = child;
    }
}

/* In place, without the memory that qsort may take. */
static void sort_rows(qa_odbc_result_t *result, const uint8_t *keys, uint8_t key_count)
{
    uint32_t *const order = result->order;
    for (uint32_t i = result->row_count / 2; i-- > 0;)
        sink(result, i, result->row_count, keys, key_count);
    for (uint32_t end = result->row_count; end > 1; end--) {
        const uint32_t row = order[0];
        order[0] = order[end - 1];
        order[end - 1] = row;
        sink(result, 0, end - 1, keys, key_count);
    }
}

/* --- columns --- */

static qa_status_t make_column(qa_odbc_result_t *result, uint16_t column)
{
    const uint32_t count = result->row_count;
    const bool is_text = result->shape[column].kind == 'V';
    uint8_t *const nulls = qa_arena_take(&result->arena, count + 1);
    void *const values = qa_arena_take(
        &result->arena, (size_t)count * (is_text ? sizeof(qa_sql_text_t) : sizeof(int64_t)) + 1);
    if (nulls == NULL || values == NULL) return QA_NO_MEMORY;
    qa_sql_text_t *const texts = values;
    int64_t *const integers = values;
    for (uint32_t i = 0; i < count; i++) {
        const qa_odbc_cell_t *cell = &result->cells[(size_t)result->order[i] * result->column_count + column];
        nulls[i] = cell->is_null;
        if (is_text)
            texts[i] =
                (qa_sql_text_t){ cell->is_null ? "" : cell->text, cell->is_null ? 0 : (uint32_t)cell->bytes };
        else
            integers[i] = cell->integer;
    }
    qa_sql_vector_t *const vector = &result->vectors[column];
    *vector = (qa_sql_vector_t){ .type = result->columns[column].type, .nulls = nulls };
    if (is_text)
        vector->texts = texts;
    else
        vector->integers = integers;
    return QA_OK;
}

qa_status_t qa_odbc_result_finish(qa_odbc_result_t *result, const uint8_t *keys, uint8_t key_count)
{
    sort_rows(result, keys, key_count);
    for (uint16_t i = 0; i < result->column_count; i++) {
        const qa_status_t status = make_column(result, i);
        if (status != QA_OK) return status;
    }
    drop_rows(result);
    return QA_OK;
}

uint16_t qa_odbc_result_column_count(const qa_odbc_result_t *result)
{
    return result->column_count;
}

const qa_sql_column_info_t *qa_odbc_result_column(const qa_odbc_result_t *result, uint16_t index)
{
    return index < result->column_count ? &result->columns[index] : NULL;
}

void qa_odbc_result_type(const qa_odbc_result_t *result, uint16_t index, qa_odbc_type_t *type_out)
{
    qa_odbc_type_describe(&result->columns[index].type, type_out);
    if (result->shape[index].kind != 'S') return;
    type_out->concise_type = type_out->verbose_type = SQL_SMALLINT;
    type_out->default_c_type = SQL_C_SSHORT;
    type_out->column_size = type_out->desc_length = 5;
    type_out->desc_precision = 5;
    type_out->octet_length = 2;
    type_out->display_size = 6;
    type_out->type_name = "SMALLINT";
}

uint32_t qa_odbc_result_row_count(const qa_odbc_result_t *result)
{
    return result->row_count;
}

const qa_sql_batch_t *qa_odbc_result_batch(qa_odbc_result_t *result, uint32_t first, uint32_t row_max)
{
    const uint32_t left = first < result->row_count ? result->row_count - first : 0;
    for (uint16_t i = 0; i < result->column_count; i++) {
        result->shown[i] = result->vectors[i];
        if (left == 0) continue;
        result->shown[i].nulls += first;
        if (result->shape[i].kind == 'V')
            result->shown[i].texts += first;
        else
            result->shown[i].integers += first;
    }
    result->batch = (qa_sql_batch_t){ .row_count = left < row_max ? left : row_max,
                                      .column_count = result->column_count,
                                      .columns = result->shown };
    return &result->batch;
}
