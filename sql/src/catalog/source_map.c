/* Rows in the columns that a statement was bound to, from a moment whose table has others: a statement about
 * an earlier moment has the columns of today. What was not there yet is NULL. */
#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "catalog/catalog_private.h"

/* Dimensions and hierarchies are known by their ids: they may have had other names. */
static const qa_sql_shape_table_t *find_table(const source_t *source, const qa_sql_shape_table_t *asked)
{
    for (uint16_t t = 0; t < source->shape->table_count; t++) {
        const qa_sql_shape_table_t *table = &source->shape->tables[t];
        if (table->kind == asked->kind && table->dimension == asked->dimension &&
            table->hierarchy == asked->hierarchy)
            return table;
    }
    return NULL;
}

static int32_t find_column(const qa_sql_shape_table_t *table, const qa_sql_shape_column_t *asked)
{
    for (uint16_t c = 0; c < table->column_count; c++) {
        const qa_sql_shape_column_t *column = &table->columns[c];
        if (column->role != asked->role) continue;
        if (asked->role == QA_SQL_ROLE_MEMBER ? column->dimension == asked->dimension
                                              : strcmp(column->name, asked->name) == 0)
            return c;
    }
    return -1;
}

static bool is_same_column(const qa_sql_shape_column_t *a, const qa_sql_shape_column_t *b)
{
    return a->type.kind == b->type.kind && a->type.scale == b->type.scale;
}

qa_status_t qa_sql_source_map_open(source_map_t *map, source_t *source,
                                   const qa_sql_source_request_t *request)
{
    const qa_sql_shape_table_t *asked = request->table;
    memset(map, 0, sizeof(*map));
    map->asked = request;
    source->table = find_table(source, asked);
    if (source->table == NULL)
        return qa_fail(source->error, QA_TABLE_NOT_FOUND,
                       "the table \"%s\" is not there at this moment of \"%s\"; name a later one",
                       asked->name, source->shape->app);
    map->own = *request;
    map->own.table = source->table;
    source->request = &map->own;
    map->own_of = qa_memory_take(source->allocator, asked->column_count * sizeof(int32_t));
    if (map->own_of == NULL) return qa_fail_memory(source->error, "rows");
    map->is_identity = asked->column_count == source->table->column_count;
    for (uint16_t c = 0; c < asked->column_count; c++) {
        map->own_of[c] = find_column(source->table, &asked->columns[c]);
        map->is_identity = map->is_identity && map->own_of[c] == c &&
                           is_same_column(&asked->columns[c], &source->table->columns[c]);
    }
    if (map->is_identity) return QA_OK;
    map->is_wanted = qa_memory_take(source->allocator, source->table->column_count);
    if (map->is_wanted == NULL) return qa_fail_memory(source->error, "rows");
    map->own.is_wanted = map->is_wanted;
    for (uint16_t c = 0; c < asked->column_count; c++) {
        if (map->own_of[c] >= 0 && (request->is_wanted == NULL || request->is_wanted[c] != 0))
            map->is_wanted[map->own_of[c]] = 1;
    }
    return QA_OK;
}

void qa_sql_source_map_close(source_map_t *map, const source_t *source)
{
    qa_memory_give(source->allocator, map->own_of, map->asked->table->column_count * sizeof(int32_t));
    if (map->is_wanted != NULL)
        qa_memory_give(source->allocator, map->is_wanted, source->table->column_count);
}

static qa_status_t put_row(const source_map_t *map, const source_t *source, const qa_sql_table_t *rows,
                           uint32_t row, qa_sql_value_t *values, qa_sql_table_t *mapped)
{
    const qa_sql_shape_table_t *asked = map->asked->table;
    for (uint16_t c = 0; c < asked->column_count; c++) {
        values[c] = (qa_sql_value_t){ .kind = QA_SQL_NULL };
        if (map->own_of[c] < 0) continue;
        const qa_sql_value_t value = qa_sql_table_value(rows, row, (uint16_t)map->own_of[c]);
        const qa_sql_shape_column_t *own = &source->table->columns[map->own_of[c]];
        if (value.kind == QA_SQL_NULL || is_same_column(own, &asked->columns[c])) {
            values[c] = value;
            continue;
        }
        /* Only numbers differ: by their decimals, or as decimal and double. Their cast has no text. */
        char scratch[QA_SQL_CAST_BYTES];
        assert(own->type.kind == QA_SQL_DECIMAL || own->type.kind == QA_SQL_DOUBLE);
        const qa_status_t status =
            qa_sql_cast(&value, &asked->columns[c].type, scratch, &values[c], source->error);
        if (status != QA_OK) return status;
    }
    return qa_sql_table_append(mapped, values, true) == QA_OK ? QA_OK : qa_fail_memory(source->error, "rows");
}

qa_status_t qa_sql_source_map_rows(const source_map_t *map, const source_t *source, qa_sql_table_t *rows,
                                   qa_sql_table_t *mapped)
{
    const size_t bytes = map->asked->table->column_count * sizeof(qa_sql_value_t);
    qa_sql_value_t *values = qa_memory_take(source->allocator, bytes);
    if (values == NULL) return qa_fail_memory(source->error, "rows");
    qa_status_t status = QA_OK;
    for (uint32_t row = 0; row < rows->row_count && status == QA_OK; row++)
        status = put_row(map, source, rows, row, values, mapped);
    qa_memory_give(source->allocator, values, bytes);
    /* The texts go with the rows that show them. */
    const qa_arena_t texts = mapped->texts;
    mapped->texts = rows->texts;
    rows->texts = texts;
    return status;
}
