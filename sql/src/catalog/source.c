/* Rows of tables: what all sources share, and which source makes which table. Texts of the model are borrowed
 * where the rows end with the read section; otherwise each is copied once, however often it is shown. */
#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "base/flag.h"
#include "catalog/catalog_private.h"
#include "qa/text.h"

enum { NANOSECONDS_PER_TICK = 100 };

qa_status_t qa_sql_source_tick(source_t *source)
{
    if (++source->row_count % CANCEL_EVERY != 0) return QA_OK;
    if (!qa_flag_is_raised(source->request->is_cancelled)) return QA_OK;
    return qa_fail(source->error, QA_CANCELLED, "%s", qa_status_info(QA_CANCELLED)->text);
}

qa_status_t qa_sql_source_fail(source_t *source, qa_status_t status)
{
    if (source->error->status != QA_OK) return source->error->status;
    return qa_sql_moment_fail(&source->moment->seen, status, source->error);
}

qa_status_t qa_sql_source_text(source_t *source, const char *text, uint32_t bytes, bool is_borrowed,
                               qa_sql_value_t *value_out)
{
    *value_out = (qa_sql_value_t){ .kind = QA_SQL_TEXT, .bytes = bytes, .text = text };
    if (is_borrowed && !source->is_copied) return QA_OK;
    value_out->text = qa_arena_text(&source->rows->texts, text, bytes);
    return value_out->text != NULL ? QA_OK : qa_fail_memory(source->error, "rows");
}

qa_status_t qa_sql_source_code(source_t *source, qa_dimension_t dimension, qa_member_t member,
                               qa_sql_value_t *value_out)
{
    const qa_member_info_t *info = qa_model_member(source->model, dimension, member);
    *value_out = (qa_sql_value_t){ .kind = QA_SQL_TEXT, .bytes = info->code_bytes, .text = info->code };
    if (!source->is_copied) return QA_OK;
    if (source->codes[dimension] == NULL) {
        const uint32_t count = qa_model_dimension(source->model, dimension)->member_count;
        source->codes[dimension] = qa_memory_take(source->allocator, count * sizeof(char *));
        if (source->codes[dimension] == NULL) return qa_fail_memory(source->error, "rows");
        source->code_counts[dimension] = count;
    }
    const char **copy = &source->codes[dimension][member];
    if (*copy == NULL) *copy = qa_arena_text(&source->rows->texts, info->code, info->code_bytes);
    value_out->text = *copy;
    return *copy != NULL ? QA_OK : qa_fail_memory(source->error, "rows");
}

static qa_status_t fail_number(source_t *source)
{
    return qa_fail(source->error, QA_OVERFLOW, "a value of \"%s\" has more digits than the column holds",
                   source->table->name);
}

/* A number in the type of its column. Only where values and structure are of different moments can an account
 * have other decimals than the column. */
qa_status_t qa_sql_source_number(source_t *source, const qa_sql_type_t *type, const qa_value_t *value,
                                 qa_sql_value_t *value_out)
{
    if (type->kind == QA_SQL_DOUBLE) {
        const double number = value->kind == QA_KIND_DOUBLE
                                  ? value->number
                                  : qa_decimal_to_double(value->units, value->decimals);
        *value_out = (qa_sql_value_t){ .kind = QA_SQL_DOUBLE, .number = number };
        return QA_OK;
    }
    *value_out = (qa_sql_value_t){ .kind = QA_SQL_DECIMAL, .scale = type->scale };
    if (value->kind == QA_KIND_DOUBLE) {
        int64_t units = 0;
        bool is_rounded = false;
        const uint8_t decimals = type->scale > QA_DECIMALS_MAX ? QA_DECIMALS_MAX : type->scale;
        if (qa_decimal_from_double(value->number, decimals, &units, &is_rounded) != QA_OK)
            return fail_number(source);
        value_out->units = units;
        for (uint8_t i = decimals; i < type->scale; i++)
            value_out->units *= 10;
        return QA_OK;
    }
    value_out->units = value->units;
    if (value->decimals > type->scale)
        return qa_decimal_scale(value->units, 1, (uint8_t)(value->decimals - type->scale),
                                &value_out->units) == QA_OK
                   ? QA_OK
                   : fail_number(source);
    for (uint8_t i = value->decimals; i < type->scale; i++) {
        if (__builtin_mul_overflow(value_out->units, (qa_int128_t)10, &value_out->units))
            return fail_number(source);
    }
    return QA_OK;
}

qa_status_t qa_sql_source_value(source_t *source, uint32_t first, const qa_value_t *value, bool is_borrowed,
                                qa_sql_value_t *values)
{
    for (uint32_t i = 0; i < FIXED_VALUE_COLUMNS; i++)
        values[first + i] = (qa_sql_value_t){ .kind = QA_SQL_NULL };
    switch (value->kind) {
    case QA_KIND_DECIMAL:
    case QA_KIND_DOUBLE:
        return is_wanted(source, first)
                   ? qa_sql_source_number(source, &source->table->columns[first].type, value, &values[first])
                   : QA_OK;
    case QA_KIND_TEXT:
        return is_wanted(source, first + 1) ? qa_sql_source_text(source, value->text, value->text_bytes,
                                                                 is_borrowed, &values[first + 1])
                                            : QA_OK;
    case QA_KIND_DATE:
        if (is_wanted(source, first + 2))
            values[first + 2] = (qa_sql_value_t){ .kind = QA_SQL_DATE, .integer = value->day };
        return QA_OK;
    case QA_KIND_BOOLEAN:
        if (is_wanted(source, first + 3))
            values[first + 3] = (qa_sql_value_t){ .kind = QA_SQL_BOOLEAN, .integer = value->truth };
        return QA_OK;
    default:
        return QA_OK;
    }
}

int64_t qa_sql_ticks_of(int64_t time_ns)
{
    enum { NANOSECONDS_PER_MICROSECOND = 1000 };
    const int64_t whole = time_ns / NANOSECONDS_PER_MICROSECOND;
    const int64_t microseconds = time_ns % NANOSECONDS_PER_MICROSECOND > 0 ? whole + 1 : whole;
    return microseconds * (NANOSECONDS_PER_MICROSECOND / NANOSECONDS_PER_TICK);
}

qa_status_t qa_sql_source_changed_at(source_t *source, uint64_t offset, qa_sql_value_t *value_out)
{
    int64_t time_ns = 0;
    *value_out = (qa_sql_value_t){ .kind = QA_SQL_NULL };
    if (offset == source->pending_offset) return QA_OK;
    const qa_status_t status = qa_times_find(source->moment->app->times, offset, &time_ns, source->error);
    if (status != QA_OK && status != QA_MISSING_INPUT) return status;
    if (status == QA_MISSING_INPUT) {
        /* Not asked again for every row of the transaction: each time the log would be looked at. */
        source->pending_offset = offset;
        return QA_OK;
    }
    *value_out = (qa_sql_value_t){ .kind = QA_SQL_TIMESTAMP, .integer = qa_sql_ticks_of(time_ns) };
    return QA_OK;
}

qa_status_t qa_sql_source_append(source_t *source, const qa_sql_value_t *values)
{
    /* Whatever had to be copied is in the table's own texts already. */
    const qa_status_t status = qa_sql_table_append(source->rows, values, true);
    if (status == QA_OK) return qa_sql_source_tick(source);
    if (status == QA_LIMIT)
        return qa_fail(source->error, status,
                       "\"%s\" has more rows than can be read at once; add a predicate", source->table->name);
    return qa_fail_memory(source->error, "rows");
}

/* --- which source --- */

static qa_status_t make_rows(source_t *source)
{
    switch ((qa_sql_relation_kind_t)source->table->kind) {
    case QA_SQL_ATOMS:
        return qa_sql_source_atoms(source);
    case QA_SQL_CELLS:
        return qa_sql_source_cells(source);
    case QA_SQL_FACTS:
        return qa_sql_source_facts(source);
    case QA_SQL_DIMENSION:
        return qa_sql_source_dimension(source);
    case QA_SQL_ROLLUP:
        return qa_sql_source_rollup(source);
    case QA_SQL_LINES:
        return qa_sql_source_lines(source);
    case QA_SQL_HISTORY:
        return qa_sql_source_history(source);
    case QA_SQL_MEMBERS_CHANGED:
        return qa_sql_source_members_changed(source);
    default:
        break;
    }
    assert(false && "a scratch table has no source here");
    return QA_INVALID;
}

bool qa_sql_table_is_of_log(const qa_sql_shape_table_t *table)
{
    return table->kind == QA_SQL_LINES || table->kind == QA_SQL_HISTORY ||
           table->kind == QA_SQL_MEMBERS_CHANGED;
}

static qa_status_t make_table(const source_t *source, const qa_sql_source_request_t *request,
                              qa_sql_table_t *rows)
{
    const qa_sql_shape_table_t *table = request->table;
    qa_sql_type_t *types = qa_memory_take(source->allocator, table->column_count * sizeof(*types));
    if (types == NULL) return qa_fail_memory(source->error, "rows");
    for (uint16_t c = 0; c < table->column_count; c++) {
        types[c] = table->columns[c].type;
        if (request->is_wanted != NULL && request->is_wanted[c] == 0) types[c].is_nullable = true;
    }
    const qa_status_t status = qa_sql_table_make(rows, source->allocator, types, table->column_count);
    qa_memory_give(source->allocator, types, table->column_count * sizeof(*types));
    return status == QA_OK ? QA_OK : qa_fail_memory(source->error, "rows");
}

/* Makes the rows, as the moment has them, and puts them into the columns asked for. `is_there` as in
 * qa_sql_source_members, or NULL for the rows of the table. */
static qa_status_t run(source_t *source, const qa_sql_source_request_t *request, qa_sql_table_t *rows_out,
                       uint8_t **is_there_out, qa_arena_t *arena)
{
    source_map_t map;
    qa_sql_table_t own_rows = { .row_count = 0 };
    qa_status_t status = qa_sql_source_map_open(&map, source, request);
    if (status == QA_OK) status = make_table(source, request, rows_out);
    if (status == QA_OK && !map.is_identity) status = make_table(source, source->request, &own_rows);
    source->rows = status == QA_OK && !map.is_identity ? &own_rows : rows_out;
    if (status == QA_OK && is_there_out != NULL) {
        const uint32_t count = qa_model_dimension(source->model, source->table->dimension)->member_count;
        *is_there_out = qa_arena_take(arena, (size_t)count + 1);
        status = *is_there_out == NULL ? qa_fail_memory(source->error, "the members of a dimension")
                                       : qa_sql_source_member_rows(source, *is_there_out);
    } else if (status == QA_OK) {
        status = make_rows(source);
    }
    if (status == QA_OK && !map.is_identity)
        status = qa_sql_source_map_rows(&map, source, &own_rows, rows_out);
    for (qa_dimension_t d = 0; d < QA_DIMENSIONS_MAX; d++)
        qa_memory_give(source->allocator, source->codes[d], source->code_counts[d] * sizeof(char *));
    qa_sql_table_release(&own_rows);
    qa_sql_source_map_close(&map, source);
    if (status != QA_OK) {
        qa_sql_table_release(rows_out);
        memset(rows_out, 0, sizeof(*rows_out));
    }
    return status;
}

static qa_status_t start(source_t *source, qa_sql_moment_t *seen, const qa_allocator_t *allocator,
                         qa_error_t *error)
{
    qa_sql_shape_t *shape = NULL;
    memset(source, 0, sizeof(*source));
    source->moment = (catalog_moment_t *)seen;
    source->allocator = allocator;
    source->error = error;
    qa_error_clear(error);
    const qa_status_t status = qa_sql_moment_shape(seen, &shape, error);
    if (status != QA_OK) return status;
    /* A source of the log enters sections of its own, which may renew the shape. */
    qa_sql_shape_keep(shape);
    source->shape = shape;
    source->dimension_count = shape->dimension_count;
    if (seen->is_reading) source->model = qa_connection_model(seen->connection);
    return QA_OK;
}

qa_status_t qa_sql_source_rows(qa_sql_moment_t *seen, const qa_sql_source_request_t *request, bool is_copied,
                               const qa_allocator_t *allocator, qa_sql_table_t *rows_out, qa_error_t *error)
{
    qa_error_t own = { .status = QA_OK };
    source_t source;
    const bool is_outside = qa_sql_table_is_of_log(request->table);
    assert(seen->is_reading != is_outside);
    (void)is_outside;
    memset(rows_out, 0, sizeof(*rows_out));
    qa_status_t status = start(&source, seen, allocator, error != NULL ? error : &own);
    if (status != QA_OK) return status;
    source.is_copied = is_copied;
    status = run(&source, request, rows_out, NULL, NULL);
    qa_sql_shape_drop(source.shape);
    return status;
}

qa_status_t qa_sql_source_members_wanted(qa_sql_moment_t *seen, const qa_sql_shape_table_t *table,
                                         const uint8_t *is_wanted, const qa_allocator_t *allocator,
                                         qa_sql_table_t *rows_out, uint8_t **is_there_out, qa_arena_t *arena,
                                         qa_error_t *error)
{
    qa_error_t own = { .status = QA_OK };
    const qa_sql_source_request_t request = { .table = table, .is_wanted = is_wanted };
    source_t source;
    assert(seen->is_reading && table->kind == QA_SQL_DIMENSION && table->hierarchy == QA_HIERARCHY_PRIMARY);
    memset(rows_out, 0, sizeof(*rows_out));
    *is_there_out = NULL;
    qa_status_t status = start(&source, seen, allocator, error != NULL ? error : &own);
    if (status != QA_OK) return status;
    status = run(&source, &request, rows_out, is_there_out, arena);
    qa_sql_shape_drop(source.shape);
    return status;
}

qa_status_t qa_sql_source_members(qa_sql_moment_t *moment, const qa_sql_shape_table_t *table,
                                  const qa_allocator_t *allocator, qa_sql_table_t *rows_out,
                                  uint8_t **is_there_out, qa_arena_t *arena, qa_error_t *error)
{
    return qa_sql_source_members_wanted(moment, table, NULL, allocator, rows_out, is_there_out, arena, error);
}
