/* Conversions with hostile values, types and sizes of buffers: nothing is written behind a buffer, lengths
 * are told, pieces make the whole, a block equals its values, and what was put as text can be taken as a
 * parameter again.
 *
 * Input: 8 bytes choose kind, C type, sizes and scales; the rest is the value. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parts/convert.h"
#include "parts/sql_types.h"
#include "qa/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true, const char *what)
{
    if (is_true) return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

static const SQLSMALLINT c_types[] = {
    SQL_C_CHAR,           SQL_C_WCHAR,        SQL_C_BINARY,   SQL_C_SLONG,   SQL_C_ULONG,     SQL_C_SSHORT,
    SQL_C_USHORT,         SQL_C_STINYINT,     SQL_C_UTINYINT, SQL_C_SBIGINT, SQL_C_UBIGINT,   SQL_C_FLOAT,
    SQL_C_DOUBLE,         SQL_C_BIT,          SQL_C_NUMERIC,  SQL_C_GUID,    SQL_C_TYPE_DATE, SQL_C_TYPE_TIME,
    SQL_C_TYPE_TIMESTAMP, SQL_C_INTERVAL_DAY, SQL_C_DEFAULT,
};
static const SQLSMALLINT sql_types[] = {
    SQL_VARCHAR,   SQL_WVARCHAR,       SQL_DECIMAL,   SQL_INTEGER,      SQL_BIGINT,
    SQL_SMALLINT,  SQL_TINYINT,        SQL_BIT,       SQL_DOUBLE,       SQL_VARBINARY,
    SQL_TYPE_DATE, SQL_TYPE_TIMESTAMP, SQL_TYPE_TIME, SQL_INTERVAL_DAY,
};

/* A value that the engine could have made of the bytes. */
static qa_sql_value_t value_of(uint8_t kind, uint8_t scale, const uint8_t *data, size_t size)
{
    qa_sql_value_t value = { .kind = kind };
    int64_t integer = 0;
    memcpy(&integer, data, size < 8 ? size : 8);
    switch (kind) {
    case QA_SQL_BOOLEAN:
        value.integer = integer & 1;
        break;
    case QA_SQL_INTEGER:
        value.integer = (int32_t)integer;
        break;
    case QA_SQL_BIGINT:
        value.integer = integer;
        break;
    case QA_SQL_DECIMAL:
        value.scale = scale;
        memcpy(&value.units, data, size < 15 ? size : 15);
        if (integer & 1) value.units = -value.units;
        break;
    case QA_SQL_DOUBLE:
        memcpy(&value.number, &integer, 8);
        if (!isfinite(value.number) || value.number == 0.0) value.number = 0.0;
        break;
    case QA_SQL_DATE:
        value.integer = integer % 719162;
        break;
    case QA_SQL_TIME:
        value.integer = (int64_t)((uint64_t)integer % 864000000000u);
        break;
    case QA_SQL_TIMESTAMP:
        value.integer = integer % (INT64_C(719162) * 864000000000);
        break;
    case QA_SQL_TEXT:
    case QA_SQL_BINARY:
        value.text = (const char *)data;
        value.bytes = (uint32_t)size;
        break;
    default:
        value.kind = QA_SQL_NULL;
        break;
    }
    return value;
}

static void check_put(const qa_sql_value_t *value, const qa_sql_type_t *type, const qa_odbc_target_t *chosen)
{
    /* An exact heap block, so that a sanitizer sees a byte behind it. */
    const SQLLEN fixed = qa_odbc_c_type_bytes(chosen->c_type);
    const size_t bytes = fixed > 0 ? (size_t)fixed : (size_t)chosen->data_bytes;
    const bool is_default = chosen->c_type == SQL_C_DEFAULT;
    uint8_t *const buffer = malloc(is_default ? bytes + 64 : bytes + 1);
    SQLLEN length = -99, block_length = -99;
    uint8_t outcome = 0;
    uint64_t offset = 0;
    if (buffer == NULL) return;
    qa_odbc_target_t target = *chosen;
    target.data = buffer + (is_default ? 0 : 1); /* unaligned, and ending with the block */
    target.length = target.indicator = &length;
    const qa_odbc_outcome_t whole = qa_odbc_put_value(value, type, &target, NULL);
    if (!qa_odbc_is_error(whole))
        must(length >= 0 || length == SQL_NULL_DATA, "a value that was put has a length");
    if (value->kind != QA_SQL_NULL) {
        qa_sql_text_t text = { value->text, value->bytes };
        qa_sql_vector_t vector = { .type = *type };
        if (value->kind == QA_SQL_TEXT || value->kind == QA_SQL_BINARY)
            vector.texts = &text;
        else if (value->kind == QA_SQL_DECIMAL)
            vector.units = &value->units;
        else if (value->kind == QA_SQL_DOUBLE)
            vector.numbers = &value->number;
        else
            vector.integers = &value->integer;
        target.length = target.indicator = &block_length;
        qa_odbc_put_column(&vector, 0, 1, &target, 0, sizeof(SQLLEN), &outcome);
        must(outcome == (uint8_t)whole && block_length == length, "a block equals its values");
    }
    target.length = target.indicator = &length;
    target.is_filled = true;
    for (int i = 0; i < 100000; i++) {
        const qa_odbc_outcome_t piece = qa_odbc_put_value(value, type, &target, &offset);
        if (piece != QA_ODBC_TRUNCATED || target.data_bytes < 4) break;
    }
    free(buffer);
}

static void check_take(const qa_odbc_target_t *chosen, SQLSMALLINT sql_type, const uint8_t *data, size_t size)
{
    const SQLLEN fixed = qa_odbc_c_type_bytes(chosen->c_type);
    const SQLLEN length = (SQLLEN)size;
    qa_sql_value_t value;
    qa_arena_t arena;
    if (chosen->c_type == SQL_C_DEFAULT || (size_t)fixed > size) return;
    qa_arena_make(&arena, &qa_allocator_default, 1 << 26);
    const qa_odbc_source_t source = { .c_type = chosen->c_type,
                                      .sql_type = sql_type,
                                      .scale = chosen->scale,
                                      .data = data,
                                      .length = &length,
                                      .indicator = NULL };
    const qa_odbc_outcome_t outcome = qa_odbc_take_value(&source, &arena, &value);
    must(qa_odbc_is_error(outcome) == (value.kind == QA_SQL_NULL), "a value comes unless it is refused");
    if (value.kind == QA_SQL_TEXT) must(qa_utf8_is_valid(value.text, value.bytes), "a text is UTF-8");
    if (value.kind == QA_SQL_DOUBLE) must(isfinite(value.number), "a double is finite");
    if (value.kind == QA_SQL_DECIMAL)
        must(value.scale <= QA_SQL_SCALE_MAX, "a decimal has a scale that decimals have");
    qa_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 8) return 0;
    const uint8_t kind = data[0] % (QA_SQL_TIMESTAMP + 1);
    const uint8_t scale = data[2] % (QA_SQL_SCALE_MAX + 1);
    const SQLSMALLINT sql_type = sql_types[data[6] % (sizeof(sql_types) / sizeof(sql_types[0]))];
    const qa_odbc_target_t target = {
        .c_type = c_types[data[1] % (sizeof(c_types) / sizeof(c_types[0]))],
        .precision = (SQLSMALLINT)(data[4] % 50),
        .scale = data[5] < 128 ? QA_ODBC_SCALE_UNSET : (SQLSMALLINT)((int)data[5] - 192),
        .data_bytes = data[3],
        .length_max = data[7] % 32,
    };
    data += 8;
    size -= 8;
    if (size > 4096) return 0;
    check_take(&target, sql_type, data, size);
    if (kind == QA_SQL_TEXT && !qa_utf8_is_valid((const char *)data, size)) return 0;
    const qa_sql_value_t value = value_of(kind, scale, data, size);
    const qa_sql_type_t type = {
        .kind = kind, .precision = 38, .scale = scale, .is_nullable = true, .length = 4096
    };
    check_put(&value, &type, &target);
    return 0;
}
