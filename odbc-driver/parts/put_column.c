/* One column of a block into an array of buffers. The common pairs have a loop of their own, without a call
 * per cell that could be avoided; all others go through qa_odbc_put_value. What a loop cannot do exactly as
 * that does (a text that is cut, a number out of range) it hands over to it, so there is one definition of
 * every outcome. */
#include "parts/put_private.h"
#include "parts/sql_types.h"
#include "parts/utf16.h"

typedef struct column {
    const qa_sql_vector_t *vector;
    qa_odbc_target_t target; /* of the first row; c_type is resolved */
    size_t data_stride;
    size_t length_stride;
    uint32_t first;
    uint32_t row_count;
    uint8_t *outcomes;
    uint32_t bad_count;
} column_t;

static inline void *moved(void *start, size_t bytes)
{
    return start == NULL ? NULL : (uint8_t *)start + bytes;
}

static inline bool is_null(const column_t *column, uint32_t row)
{
    return column->vector->nulls != NULL && column->vector->nulls[column->first + row] != 0;
}

static inline uint8_t *cell_of(const column_t *column, uint32_t row)
{
    return (uint8_t *)column->target.data + row * column->data_stride;
}

static inline void set_length(const column_t *column, uint32_t row, SQLLEN length)
{
    const SQLLEN zero = 0;
    const qa_odbc_target_t *const target = &column->target;
    if (target->length != NULL)
        memcpy((uint8_t *)target->length + row * column->length_stride, &length, sizeof(length));
    if (target->indicator != NULL && target->indicator != target->length)
        memcpy((uint8_t *)target->indicator + row * column->length_stride, &zero, sizeof(zero));
}

/* Any cell, also NULL. */
static void put_cell(column_t *column, uint32_t row)
{
    const qa_sql_value_t value = qa_sql_vector_value(column->vector, column->first + row);
    qa_odbc_target_t target = column->target;
    target.data = moved(target.data, row * column->data_stride);
    target.length = moved(target.length, row * column->length_stride);
    target.indicator = moved(target.indicator, row * column->length_stride);
    const qa_odbc_outcome_t outcome = qa_odbc_put_value(&value, &column->vector->type, &target, NULL);
    if (outcome == QA_ODBC_OK) return;
    column->bad_count++;
    if (column->outcomes != NULL && column->outcomes[row] < (uint8_t)outcome)
        column->outcomes[row] = (uint8_t)outcome;
}

static void put_cells(column_t *column)
{
    for (uint32_t row = 0; row < column->row_count; row++)
        put_cell(column, row);
}

/* A text never has more units than bytes: one that has no more bytes than there is room for is not cut. */
static void put_texts_wide(column_t *column)
{
    const qa_sql_text_t *const texts = column->vector->texts + column->first;
    const size_t room = (size_t)column->target.data_bytes / 2 - 1;
    for (uint32_t row = 0; row < column->row_count; row++) {
        const size_t bytes = texts[row].bytes;
        if (bytes > room || is_null(column, row)) {
            put_cell(column, row);
            continue;
        }
        uint8_t *const cell = cell_of(column, row);
        size_t at = 0;
        const size_t units = qa_odbc_utf16_write(texts[row].data, bytes, &at, cell, room);
        memset(cell + units * 2, 0, 2);
        set_length(column, row, (SQLLEN)(units * 2));
    }
}

static void put_texts_narrow(column_t *column)
{
    const qa_sql_text_t *const texts = column->vector->texts + column->first;
    const size_t room = (size_t)column->target.data_bytes - 1;
    for (uint32_t row = 0; row < column->row_count; row++) {
        const size_t bytes = texts[row].bytes;
        if (bytes > room || is_null(column, row)) {
            put_cell(column, row);
            continue;
        }
        uint8_t *const cell = cell_of(column, row);
        if (bytes > 0) memcpy(cell, texts[row].data, bytes);
        cell[bytes] = 0;
        set_length(column, row, (SQLLEN)bytes);
    }
}

static void put_integers_32(column_t *column)
{
    const int64_t *const integers = column->vector->integers + column->first;
    for (uint32_t row = 0; row < column->row_count; row++) {
        if (is_null(column, row) || integers[row] < INT32_MIN || integers[row] > INT32_MAX) {
            put_cell(column, row);
            continue;
        }
        const int32_t word = (int32_t)integers[row];
        memcpy(cell_of(column, row), &word, sizeof(word));
        set_length(column, row, sizeof(word));
    }
}

static void put_integers_64(column_t *column)
{
    const int64_t *const integers = column->vector->integers + column->first;
    for (uint32_t row = 0; row < column->row_count; row++) {
        if (is_null(column, row)) {
            put_cell(column, row);
            continue;
        }
        memcpy(cell_of(column, row), &integers[row], sizeof(integers[row]));
        set_length(column, row, sizeof(integers[row]));
    }
}

/* Any number as SQL_C_DOUBLE. */
static void put_doubles(column_t *column)
{
    const qa_sql_vector_t *const vector = column->vector;
    for (uint32_t row = 0; row < column->row_count; row++) {
        if (is_null(column, row)) {
            put_cell(column, row);
            continue;
        }
        const uint32_t source = column->first + row;
        const double number = vector->type.kind == QA_SQL_DOUBLE ? vector->numbers[source]
                              : vector->type.kind == QA_SQL_DECIMAL
                                  ? qa_decimal_to_double(vector->units[source], vector->type.scale)
                                  : (double)vector->integers[source];
        memcpy(cell_of(column, row), &number, sizeof(number));
        set_length(column, row, sizeof(number));
    }
}

/* Any number as SQL_C_CHAR or SQL_C_WCHAR. */
static void put_number_texts(column_t *column)
{
    const qa_sql_vector_t *const vector = column->vector;
    const size_t width = column->target.c_type == SQL_C_WCHAR ? 2 : 1;
    const size_t room = column->target.data_bytes <= 0 ? 0 : (size_t)column->target.data_bytes / width;
    for (uint32_t row = 0; row < column->row_count; row++) {
        if (is_null(column, row)) {
            put_cell(column, row);
            continue;
        }
        char text[QA_DECIMAL_TEXT_BYTES];
        const uint32_t source = column->first + row;
        const size_t bytes = vector->type.kind == QA_SQL_DOUBLE
                                 ? qa_double_print(vector->numbers[source], text)
                             : vector->type.kind == QA_SQL_DECIMAL
                                 ? qa_decimal_print(vector->units[source], vector->type.scale, text)
                                 : qa_decimal_print(vector->integers[source], 0, text);
        if (bytes >= room) {
            put_cell(column, row);
            continue;
        }
        uint8_t *const cell = cell_of(column, row);
        if (width == 1) {
            memcpy(cell, text, bytes);
        } else {
            size_t at = 0;
            qa_odbc_utf16_write(text, bytes, &at, cell, bytes);
        }
        memset(cell + bytes * width, 0, width);
        set_length(column, row, (SQLLEN)(bytes * width));
    }
}

/* DECIMAL as SQL_C_NUMERIC of the same scale, with a precision that holds whatever comes. */
static void put_numerics(column_t *column)
{
    const qa_sql_vector_t *const vector = column->vector;
    SQL_NUMERIC_STRUCT numeric = { .scale = (SQLSCHAR)vector->type.scale,
                                   .precision = vector->type.precision };
    if (column->target.precision > 0) numeric.precision = (SQLCHAR)column->target.precision;
    for (uint32_t row = 0; row < column->row_count; row++) {
        if (is_null(column, row)) {
            put_cell(column, row);
            continue;
        }
        const qa_int128_t units = vector->units[column->first + row];
        const qa_uint128_t size = units < 0 ? -(qa_uint128_t)units : (qa_uint128_t)units;
        numeric.sign = units < 0 ? 0 : 1;
        for (int i = 0; i < SQL_MAX_NUMERIC_LEN; i++)
            numeric.val[i] = (SQLCHAR)(size >> (8 * i));
        memcpy(cell_of(column, row), &numeric, sizeof(numeric));
        set_length(column, row, sizeof(numeric));
    }
}

static bool is_number(uint8_t kind)
{
    return kind == QA_SQL_INTEGER || kind == QA_SQL_BIGINT || kind == QA_SQL_DECIMAL || kind == QA_SQL_DOUBLE;
}

/* False: there is no loop for this pair. */
static bool put_fast(column_t *column)
{
    const uint8_t kind = column->vector->type.kind;
    const qa_odbc_target_t *const target = &column->target;
    if (target->data == NULL || target->data_bytes < 0 || target->length_max != 0) return false;
    switch (target->c_type) {
    case SQL_C_WCHAR:
    case SQL_C_CHAR:
        if (is_number(kind)) {
            put_number_texts(column);
            return true;
        }
        /* Without room for a terminator not even an empty text goes in. */
        if (kind != QA_SQL_TEXT || target->data_bytes < 2) return false;
        if (target->c_type == SQL_C_WCHAR)
            put_texts_wide(column);
        else
            put_texts_narrow(column);
        return true;
    case SQL_C_SLONG:
    case SQL_C_LONG:
        if (kind != QA_SQL_INTEGER && kind != QA_SQL_BIGINT) return false;
        put_integers_32(column);
        return true;
    case SQL_C_SBIGINT:
        if (kind != QA_SQL_INTEGER && kind != QA_SQL_BIGINT) return false;
        put_integers_64(column);
        return true;
    case SQL_C_DOUBLE:
        if (!is_number(kind)) return false;
        put_doubles(column);
        return true;
    case SQL_C_NUMERIC:
        if (kind != QA_SQL_DECIMAL || target->precision > QA_SQL_PRECISION_MAX ||
            (target->precision > 0 && target->precision < column->vector->type.precision) ||
            (target->scale != QA_ODBC_SCALE_UNSET && target->scale != column->vector->type.scale))
            return false;
        put_numerics(column);
        return true;
    default:
        return false;
    }
}

uint32_t qa_odbc_put_column(const qa_sql_vector_t *vector, uint32_t first, uint32_t row_count,
                            const qa_odbc_target_t *target, size_t data_stride, size_t length_stride,
                            uint8_t *outcomes)
{
    column_t column = { .vector = vector,
                        .target = *target,
                        .data_stride = data_stride,
                        .length_stride = length_stride,
                        .first = first,
                        .row_count = row_count,
                        .outcomes = outcomes };
    if (column.target.c_type == SQL_C_DEFAULT) {
        qa_odbc_type_t described;
        qa_odbc_type_describe(&vector->type, &described);
        column.target.c_type = described.default_c_type;
    }
    column.target.c_type = qa_odbc_type_code_from(column.target.c_type);
    if (column.data_stride == 0) {
        const SQLLEN bytes = qa_odbc_c_type_bytes(column.target.c_type);
        column.data_stride =
            bytes != 0 ? (size_t)bytes : (size_t)(target->data_bytes < 0 ? 0 : target->data_bytes);
    }
    if (!put_fast(&column)) put_cells(&column);
    return column.bad_count;
}
