/* Blocks of rows: whatever a loop of its own does for a pair of types, it must do exactly what one value at a
 * time does, for every kind, C type, size of buffer, and way of binding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "parts/convert.h"
#include "parts/sql_types.h"

enum { ROWS = 64, CELL_BYTES = 64, TEXT_BYTES = 48, LEFT_ALONE = 0x5A };

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

typedef struct source {
    qa_sql_vector_t vector;
    uint8_t nulls[ROWS];
    int64_t integers[ROWS];
    qa_int128_t units[ROWS];
    double numbers[ROWS];
    qa_sql_text_t texts[ROWS];
    char bytes[ROWS][TEXT_BYTES];
} source_t;

static uint32_t random_bytes(uint64_t *seed, char *bytes, bool is_text)
{
    static const char *const words[] = { "42",       "-7.25", "2026-04-02",
                                         "09:30:00", "1",     "12345678-9abc-def0-0102-030405060708" };
    uint32_t count = 0;
    const uint32_t characters = (uint32_t)(next_random(seed) % 11);
    if (is_text && next_random(seed) % 3 == 0) {
        const char *const word = words[next_random(seed) % 6];
        memcpy(bytes, word, strlen(word));
        return (uint32_t)strlen(word);
    }
    for (uint32_t i = 0; i < characters; i++) {
        static const uint32_t points[] = { 'a', 'z', 0xE9, 0x20AC, 0x1F600 };
        if (is_text)
            count += (uint32_t)qa_utf8_write(bytes + count, points[next_random(seed) % 5]);
        else
            bytes[count++] = (char)next_random(seed);
    }
    return count;
}

static void fill(source_t *source, uint8_t kind, uint64_t *seed)
{
    memset(source, 0, sizeof(*source));
    source->vector.type = (qa_sql_type_t){
        .kind = kind, .precision = 18, .scale = kind == QA_SQL_DECIMAL ? 2 : 0, .length = 40
    };
    source->vector.nulls = next_random(seed) % 3 == 0 ? NULL : source->nulls;
    for (uint32_t row = 0; row < ROWS; row++) {
        const int64_t small = (int64_t)(next_random(seed) % 2000) - 1000;
        const int64_t large = (int64_t)next_random(seed);
        source->nulls[row] = next_random(seed) % 4 == 0;
        source->integers[row] = next_random(seed) % 2 == 0 ? small : large;
        if (kind == QA_SQL_BOOLEAN) source->integers[row] = small % 2 == 0;
        if (kind == QA_SQL_INTEGER) source->integers[row] = (int32_t)large;
        if (kind == QA_SQL_DATE) source->integers[row] = small;
        if (kind == QA_SQL_TIME) source->integers[row] = (int64_t)(next_random(seed) % 864000000000u);
        if (kind == QA_SQL_TIMESTAMP) source->integers[row] = small * INT64_C(1234567890123);
        source->units[row] = next_random(seed) % 2 == 0 ? small : large % INT64_C(1000000000000000000);
        source->numbers[row] = next_random(seed) % 2 == 0 ? (double)small / 8 : (double)large * 1e10;
        const bool is_text = kind == QA_SQL_TEXT;
        source->texts[row].bytes = random_bytes(seed, source->bytes[row], is_text);
        source->texts[row].data = source->bytes[row];
    }
    if (kind == QA_SQL_DECIMAL)
        source->vector.units = source->units;
    else if (kind == QA_SQL_DOUBLE)
        source->vector.numbers = source->numbers;
    else if (kind == QA_SQL_TEXT || kind == QA_SQL_BINARY)
        source->vector.texts = source->texts;
    else
        source->vector.integers = source->integers;
}

static const SQLSMALLINT c_types[] = {
    SQL_C_CHAR,      SQL_C_WCHAR,          SQL_C_BINARY,   SQL_C_SLONG,    SQL_C_LONG,        SQL_C_ULONG,
    SQL_C_SSHORT,    SQL_C_USHORT,         SQL_C_STINYINT, SQL_C_UTINYINT, SQL_C_SBIGINT,     SQL_C_UBIGINT,
    SQL_C_FLOAT,     SQL_C_DOUBLE,         SQL_C_BIT,      SQL_C_NUMERIC,  SQL_C_GUID,        SQL_C_TYPE_DATE,
    SQL_C_TYPE_TIME, SQL_C_TYPE_TIMESTAMP, SQL_C_DATE,     SQL_C_DEFAULT,  SQL_C_INTERVAL_DAY
};

/* One block against one value at a time. `row_bytes` 0: column-wise. */
static void compare_block(const source_t *source, SQLSMALLINT c_type, SQLLEN data_bytes, size_t row_bytes,
                          qa_odbc_target_t target)
{
    static uint8_t block[ROWS * (CELL_BYTES + 16) + 1], single[sizeof(block)];
    static SQLLEN block_lengths[ROWS], single_lengths[ROWS];
    const uint32_t first = 3, count = ROWS - 5;
    uint8_t outcomes[ROWS] = { 0 };
    uint32_t bad_count = 0;
    SQLSMALLINT resolved = c_type;
    qa_odbc_type_t described;
    qa_odbc_type_describe(&source->vector.type, &described);
    if (c_type == SQL_C_DEFAULT) resolved = described.default_c_type;
    const SQLLEN fixed = qa_odbc_c_type_bytes(resolved);
    const size_t stride = row_bytes != 0 ? row_bytes : (size_t)(fixed != 0 ? fixed : data_bytes);
    const size_t length_stride = row_bytes != 0 ? row_bytes : sizeof(SQLLEN);
    uint8_t *const lengths_at = row_bytes != 0 ? block + row_bytes - 8 : (uint8_t *)block_lengths;
    uint8_t *const single_lengths_at = row_bytes != 0 ? single + row_bytes - 8 : (uint8_t *)single_lengths;
    memset(block, LEFT_ALONE, sizeof(block));
    memset(single, LEFT_ALONE, sizeof(single));
    memset(block_lengths, LEFT_ALONE, sizeof(block_lengths));
    memset(single_lengths, LEFT_ALONE, sizeof(single_lengths));
    target.c_type = c_type;
    target.data = block;
    target.data_bytes = data_bytes;
    target.length = target.indicator = (SQLLEN *)(void *)lengths_at;
    const uint32_t told =
        qa_odbc_put_column(&source->vector, first, count, &target, row_bytes, length_stride, outcomes);
    for (uint32_t row = 0; row < count; row++) {
        const qa_sql_value_t value = qa_sql_vector_value(&source->vector, first + row);
        target.data = single + row * stride;
        target.length = target.indicator = (SQLLEN *)(void *)(single_lengths_at + row * length_stride);
        const qa_odbc_outcome_t outcome = qa_odbc_put_value(&value, &source->vector.type, &target, NULL);
        bad_count += outcome != QA_ODBC_OK;
        assert_int_equal(outcomes[row], outcome);
    }
    assert_int_equal(told, bad_count);
    assert_memory_equal(block, single, sizeof(block));
    assert_memory_equal(block_lengths, single_lengths, sizeof(block_lengths));
}

static void a_block_equals_its_values_one_by_one(void **state)
{
    (void)state;
    static source_t source;
    static const SQLLEN sizes[] = { 0, 1, 2, 7, 8, 12, 16, 24, CELL_BYTES };
    uint64_t seed = 20260501;
    for (uint8_t kind = QA_SQL_BOOLEAN; kind <= QA_SQL_TIMESTAMP; kind++) {
        for (size_t type = 0; type < sizeof(c_types) / sizeof(c_types[0]); type++) {
            for (size_t size = 0; size < sizeof(sizes) / sizeof(sizes[0]); size++) {
                qa_odbc_target_t target = { .scale = QA_ODBC_SCALE_UNSET, .today = 20000 };
                fill(&source, kind, &seed);
                compare_block(&source, c_types[type], sizes[size], 0, target);
                compare_block(&source, c_types[type], sizes[size], CELL_BYTES + 16, target);
                target.scale = 2;
                target.precision = (SQLSMALLINT)(next_random(&seed) % 20 + 3);
                compare_block(&source, c_types[type], sizes[size], 0, target);
                target.length_max = 6;
                compare_block(&source, c_types[type], sizes[size], 0, target);
            }
        }
    }
}

static void the_outcome_of_a_row_is_the_worst_of_its_columns(void **state)
{
    (void)state;
    static source_t source;
    uint64_t seed = 5;
    uint8_t outcomes[ROWS], buffer[ROWS * 8];
    SQLLEN lengths[ROWS];
    fill(&source, QA_SQL_DOUBLE, &seed);
    source.vector.nulls = NULL;
    memset(outcomes, QA_ODBC_BAD_LENGTH, sizeof(outcomes));
    const qa_odbc_target_t target = {
        .c_type = SQL_C_STINYINT, .data = buffer, .length = lengths, .indicator = lengths
    };
    assert_true(qa_odbc_put_column(&source.vector, 0, ROWS, &target, 0, sizeof(SQLLEN), outcomes) > 0);
    for (uint32_t row = 0; row < ROWS; row++)
        assert_int_equal(outcomes[row], QA_ODBC_BAD_LENGTH);
}

static void a_column_of_null_has_only_indicators(void **state)
{
    (void)state;
    const int64_t none[4] = { 0 };
    const uint8_t nulls[4] = { 1, 1, 1, 1 };
    const qa_sql_vector_t vector = { .type = { .kind = QA_SQL_NULL, .is_nullable = true },
                                     .nulls = nulls,
                                     .integers = none };
    uint8_t outcomes[4] = { 0 };
    SQLLEN lengths[4];
    char buffer[4][8];
    qa_odbc_target_t target = {
        .c_type = SQL_C_CHAR, .data = buffer, .data_bytes = 8, .length = lengths, .indicator = lengths
    };
    assert_int_equal(qa_odbc_put_column(&vector, 0, 4, &target, 0, sizeof(SQLLEN), outcomes), 0);
    for (int row = 0; row < 4; row++)
        assert_int_equal(lengths[row], SQL_NULL_DATA);
    target.indicator = NULL;
    assert_int_equal(qa_odbc_put_column(&vector, 0, 4, &target, 0, sizeof(SQLLEN), outcomes), 4);
    for (int row = 0; row < 4; row++)
        assert_int_equal(outcomes[row], QA_ODBC_NULL_NEEDS_INDICATOR);
}

static void without_a_buffer_only_lengths_are_told(void **state)
{
    (void)state;
    const qa_sql_text_t texts[2] = { { "abc", 3 }, { "", 0 } };
    const qa_sql_vector_t vector = { .type = { .kind = QA_SQL_TEXT, .length = 3 }, .texts = texts };
    SQLLEN lengths[2];
    const qa_odbc_target_t target = { .c_type = SQL_C_WCHAR, .length = lengths, .indicator = lengths };
    assert_int_equal(qa_odbc_put_column(&vector, 0, 2, &target, 0, sizeof(SQLLEN), NULL), 0);
    assert_int_equal(lengths[0], 6);
    assert_int_equal(lengths[1], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_equals_its_values_one_by_one),
        cmocka_unit_test(the_outcome_of_a_row_is_the_worst_of_its_columns),
        cmocka_unit_test(a_column_of_null_has_only_indicators),
        cmocka_unit_test(without_a_buffer_only_lengths_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
