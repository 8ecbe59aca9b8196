/* Names as SQL compares them: as they are written, or without case. */
#include <string.h>

#include "catalog/catalog_private.h"
#include "qa/text.h"

/* 1: equal, 0: not, -1: not plain ASCII, so the keys decide. */
static int compare_plain(const char *a, const char *b, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        unsigned char left = (unsigned char)a[i];
        unsigned char right = (unsigned char)b[i];
        if ((left | right) >= 0x80u) return -1;
        if (left >= 'A' && left <= 'Z') left = (unsigned char)(left + ('a' - 'A'));
        if (right >= 'A' && right <= 'Z') right = (unsigned char)(right + ('a' - 'A'));
        if (left != right) return 0;
    }
    return 1;
}

bool qa_sql_is_same_name(const char *a, size_t a_bytes, const char *b, size_t b_bytes)
{
    char a_key[QA_NAME_KEY_BYTES];
    char b_key[QA_NAME_KEY_BYTES];
    size_t a_key_bytes = 0;
    size_t b_key_bytes = 0;
    const int plain = a_bytes == b_bytes ? compare_plain(a, b, a_bytes) : -1;
    if (plain >= 0) return plain == 1;
    return qa_name_key(a, a_bytes, a_key, &a_key_bytes) == QA_OK &&
           qa_name_key(b, b_bytes, b_key, &b_key_bytes) == QA_OK && a_key_bytes == b_key_bytes &&
           memcmp(a_key, b_key, a_key_bytes) == 0;
}

const qa_sql_shape_table_t *qa_sql_shape_find(const qa_sql_shape_t *shape, const char *name, size_t bytes)
{
    for (uint16_t i = 0; i < shape->table_count; i++) {
        const qa_sql_shape_table_t *table = &shape->tables[i];
        if (table->name_bytes == bytes && memcmp(table->name, name, bytes) == 0) return table;
    }
    for (uint16_t i = 0; i < shape->table_count; i++) {
        const qa_sql_shape_table_t *table = &shape->tables[i];
        if (qa_sql_is_same_name(table->name, table->name_bytes, name, bytes)) return table;
    }
    return NULL;
}

int32_t qa_sql_shape_column(const qa_sql_shape_table_t *table, const char *name, size_t bytes, bool is_exact)
{
    for (uint16_t i = 0; i < table->column_count; i++) {
        const qa_sql_shape_column_t *column = &table->columns[i];
        if (column->name_bytes == bytes && memcmp(column->name, name, bytes) == 0) return i;
    }
    for (uint16_t i = 0; i < table->column_count && !is_exact; i++) {
        const qa_sql_shape_column_t *column = &table->columns[i];
        if (qa_sql_is_same_name(column->name, column->name_bytes, name, bytes)) return i;
    }
    return -1;
}

/* --- attribute names --- */

void qa_sql_attribute_names_make(attribute_names_t *names, const qa_allocator_t *allocator)
{
    qa_text_map_make(&names->exact, allocator);
    qa_text_map_make(&names->keys, allocator);
    names->count = 0;
}

void qa_sql_attribute_names_release(attribute_names_t *names)
{
    qa_text_map_release(&names->exact);
    qa_text_map_release(&names->keys);
}

qa_status_t qa_sql_attribute_names_add(attribute_names_t *names, const char *name, uint32_t bytes,
                                       uint32_t *index_out, bool *is_new_out)
{
    char key[QA_NAME_KEY_BYTES];
    size_t key_bytes = 0;
    *is_new_out = false;
    /* Nearly always the name was met before as it is written: then its key, which is dear, is not needed. */
    if (qa_text_map_get(&names->exact, name, bytes, index_out)) return QA_OK;
    qa_status_t status = qa_name_key(name, bytes, key, &key_bytes);
    if (status != QA_OK) return status;
    if (!qa_text_map_get(&names->keys, key, key_bytes, index_out)) {
        *index_out = names->count;
        status = qa_text_map_put(&names->keys, key, key_bytes, *index_out);
        if (status != QA_OK) return status;
        names->count++;
        *is_new_out = true;
    }
    return qa_text_map_put(&names->exact, name, bytes, *index_out);
}
