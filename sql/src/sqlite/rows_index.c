/* Hash indexes over tables of rows, built when a look-up comes back: one read of all rows is cheaper than an
 * index that nobody asks again. Rows of one key come in the order of the table. It must never find a row
 * whose values only hash alike. */
#include <string.h>

#include "base/error.h"
#include "sqlite/engine_private.h"

enum { SAMPLE_ROWS = 256, SAMPLE_SLOTS = 1024, ROWS_PER_CHECK = 8192 };

static uint32_t hash_values(const qa_sql_rows_key_t *key, const qa_sql_value_t *values)
{
    uint64_t hash = 0;
    for (uint16_t c = 0; c < key->count; c++) {
        hash = (hash ^ qa_sql_hash(&values[c], key->is_name[c])) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 32;
    }
    return (uint32_t)hash;
}

/* False: one of them is NULL, which equals nothing. */
static bool row_values(const qa_sql_table_t *table, const qa_sql_rows_key_t *key, uint32_t row,
                       qa_sql_value_t *values_out)
{
    for (uint16_t c = 0; c < key->count; c++) {
        values_out[c] = qa_sql_table_value(table, row, key->columns[c]);
        if (values_out[c].kind == QA_SQL_NULL) return false;
    }
    return true;
}

static bool is_match(const qa_sql_table_t *table, const qa_sql_rows_key_t *key, uint32_t row,
                     const qa_sql_value_t *values)
{
    for (uint16_t c = 0; c < key->count; c++) {
        const qa_sql_value_t value = qa_sql_table_value(table, row, key->columns[c]);
        if (value.kind == QA_SQL_NULL || qa_sql_compare(&value, &values[c], key->is_name[c]) != 0)
            return false;
    }
    return true;
}

uint32_t qa_sql_rows_distinct(const qa_sql_rows_t *rows, uint16_t column, bool is_name)
{
    uint64_t slots[SAMPLE_SLOTS] = { 0 };
    const uint32_t row_count = rows->table.row_count;
    if (row_count == 0) return 1;
    if (rows->distinct_counts[column] != 0) return rows->distinct_counts[column];
    const uint32_t stride = row_count / SAMPLE_ROWS + 1;
    uint32_t sampled = 0, distinct = 0;
    for (uint32_t row = 0; row < row_count; row += stride) {
        const qa_sql_value_t value = qa_sql_table_value(&rows->table, row, column);
        const uint64_t hash = qa_sql_hash(&value, is_name) | 1;
        size_t at = (size_t)(hash >> 8) % SAMPLE_SLOTS;
        while (slots[at] != 0 && slots[at] != hash)
            at = (at + 1) % SAMPLE_SLOTS;
        if (slots[at] == 0) distinct++;
        slots[at] = hash;
        sampled++;
    }
    /* Hardly any value came twice: then most of the column is distinct, too. */
    rows->distinct_counts[column] = distinct >= sampled - sampled / 8 ? row_count : distinct;
    return rows->distinct_counts[column];
}

static qa_status_t add_match(const qa_allocator_t *allocator, uint32_t row, uint32_t **matches,
                             uint32_t *match_count, uint32_t *match_capacity)
{
    void *array = *matches;
    const qa_status_t status =
        qa_array_reserve(allocator, &array, match_capacity, *match_count + 1, sizeof(**matches));
    if (status != QA_OK) return status;
    *matches = array;
    (*matches)[(*match_count)++] = row;
    return QA_OK;
}

static bool is_same_key(const qa_sql_rows_key_t *a, const qa_sql_rows_key_t *b)
{
    if (a->count != b->count) return false;
    for (uint16_t c = 0; c < a->count; c++) {
        if (a->columns[c] != b->columns[c] || a->is_name[c] != b->is_name[c]) return false;
    }
    return true;
}

static qa_sql_rows_index_t *index_of(qa_sql_rows_cursor_t *cursor, qa_sql_rows_t *rows,
                                     const qa_sql_rows_key_t *key)
{
    for (qa_sql_rows_index_t *index = rows->indexes; index != NULL; index = index->next) {
        if (is_same_key(&index->key, key)) return index;
    }
    qa_sql_rows_index_t *index = qa_memory_take(cursor->run.allocator, sizeof(*index));
    if (index == NULL) return NULL;
    index->key = *key;
    index->next = rows->indexes;
    rows->indexes = index;
    return index;
}

static void release_index(qa_sql_rows_index_t *index, uint32_t row_count, const qa_allocator_t *allocator)
{
    qa_memory_give(allocator, index->heads, index->head_count * sizeof(*index->heads));
    qa_memory_give(allocator, index->links, row_count * sizeof(*index->links));
    qa_memory_give(allocator, index->hashes, row_count * sizeof(*index->hashes));
    index->heads = index->links = index->hashes = NULL;
}

static qa_status_t build(qa_sql_rows_cursor_t *cursor, const qa_sql_table_t *table,
                         qa_sql_rows_index_t *index)
{
    const qa_allocator_t *allocator = cursor->run.allocator;
    const uint32_t row_count = table->row_count;
    qa_sql_value_t values[QA_SQL_ROWS_KEY_MAX];
    qa_status_t status = QA_OK;
    index->head_count = 16;
    while (index->head_count < (size_t)row_count * 2)
        index->head_count *= 2;
    index->heads = qa_memory_take(allocator, index->head_count * sizeof(*index->heads));
    index->links = qa_memory_take(allocator, row_count * sizeof(*index->links));
    index->hashes = qa_memory_take(allocator, row_count * sizeof(*index->hashes));
    if (index->heads == NULL || index->links == NULL || index->hashes == NULL) status = QA_NO_MEMORY;
    /* From the last to the first, so that a bucket's chain is in the order of the rows. */
    for (uint32_t row = row_count; row > 0 && status == QA_OK; row--) {
        if (row % ROWS_PER_CHECK == 0) status = qa_sql_run_check(&cursor->run);
        if (!row_values(table, &index->key, row - 1, values)) continue;
        const uint32_t hash = hash_values(&index->key, values);
        uint32_t *head = &index->heads[hash & (index->head_count - 1)];
        index->hashes[row - 1] = hash;
        index->links[row - 1] = *head;
        *head = row;
    }
    if (status != QA_OK) release_index(index, row_count, allocator);
    return status;
}

static qa_status_t read_all(qa_sql_rows_cursor_t *cursor, const qa_sql_table_t *table,
                            const qa_sql_rows_key_t *key, const qa_sql_value_t *values, uint32_t **matches,
                            uint32_t *match_count, uint32_t *match_capacity)
{
    qa_status_t status = QA_OK;
    for (uint32_t row = 0; row < table->row_count && status == QA_OK; row++) {
        if (row % ROWS_PER_CHECK == ROWS_PER_CHECK - 1) status = qa_sql_run_check(&cursor->run);
        if (status == QA_OK && is_match(table, key, row, values))
            status = add_match(cursor->run.allocator, row, matches, match_count, match_capacity);
    }
    return status;
}

qa_status_t qa_sql_rows_find(qa_sql_rows_cursor_t *cursor, qa_sql_rows_t *rows, const qa_sql_rows_key_t *key,
                             const qa_sql_value_t *values, uint32_t **matches, uint32_t *match_count,
                             uint32_t *match_capacity)
{
    const qa_sql_table_t *table = &rows->table;
    if (table->row_count == 0) return QA_OK;
    qa_sql_rows_index_t *index = index_of(cursor, rows, key);
    if (index == NULL) return QA_NO_MEMORY;
    if (!index->is_probed) {
        index->is_probed = true;
        return read_all(cursor, table, key, values, matches, match_count, match_capacity);
    }
    qa_status_t status = index->heads == NULL ? build(cursor, table, index) : QA_OK;
    if (status != QA_OK) return status;
    const uint32_t hash = hash_values(key, values);
    uint32_t at = index->heads[hash & (index->head_count - 1)];
    for (; at != 0 && status == QA_OK; at = index->links[at - 1]) {
        if (index->hashes[at - 1] != hash || !is_match(table, key, at - 1, values)) continue;
        status = add_match(cursor->run.allocator, at - 1, matches, match_count, match_capacity);
    }
    return status;
}

void qa_sql_rows_release(qa_sql_rows_t *rows, const qa_allocator_t *allocator)
{
    while (rows->indexes != NULL) {
        qa_sql_rows_index_t *index = rows->indexes;
        rows->indexes = index->next;
        release_index(index, rows->table.row_count, allocator);
        qa_memory_give(allocator, index, sizeof(*index));
    }
    if (rows->distinct_counts != NULL)
        qa_memory_give(allocator, rows->distinct_counts,
                       QA_SQL_ROWS_COLUMNS * sizeof(*rows->distinct_counts));
    if (rows->table.allocator != NULL) qa_sql_table_release(&rows->table);
    qa_memory_give(allocator, rows, sizeof(*rows));
}
