/* The one order of values, and hashes that agree with it. Never allocates. */
#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "value/characters.h"
#include "value/decimal.h"
#include "value/value.h"

static int compare_bytes(const qa_sql_value_t *a, const qa_sql_value_t *b)
{
    const uint32_t shorter = a->bytes < b->bytes ? a->bytes : b->bytes;
    const int difference = shorter > 0 ? memcmp(a->text, b->text, shorter) : 0;
    if (difference != 0) return difference;
    return a->bytes < b->bytes ? -1 : a->bytes > b->bytes;
}

/* Bytes that both begin with, seen without case: visible ASCII only, without the last one, because an accent
 * behind it would be part of it. */
static uint32_t common_start(const qa_sql_value_t *a, const qa_sql_value_t *b)
{
    const uint32_t shorter = a->bytes < b->bytes ? a->bytes : b->bytes;
    uint32_t count = 0;
    for (; count < shorter; count++) {
        const uint8_t left = (uint8_t)a->text[count], right = (uint8_t)b->text[count];
        if (left <= ' ' || left >= 0x7F || right <= ' ' || right >= 0x7F) break;
        if (left == right) continue;
        const uint8_t lower = left | 0x20u;
        if (lower != (right | 0x20u) || lower < 'a' || lower > 'z') break;
    }
    return count > 0 ? count - 1 : 0;
}

static int compare_names(const qa_sql_value_t *a, const qa_sql_value_t *b)
{
    if (a->bytes == b->bytes && (a->bytes == 0 || memcmp(a->text, b->text, a->bytes) == 0)) return 0;
    qa_sql_name_reader_t left, right;
    qa_sql_name_open(&left, a->text, a->bytes, false);
    qa_sql_name_open(&right, b->text, b->bytes, false);
    left.at = right.at = common_start(a, b);
    left.is_inner = right.is_inner = left.at > 0;
    int32_t left_point = 0, right_point = 0;
    do {
        left_point = qa_sql_name_next(&left);
        right_point = qa_sql_name_next(&right);
    } while (left_point == right_point && left_point >= 0);
    return left_point < right_point ? -1 : left_point > right_point;
}

int qa_sql_compare(const qa_sql_value_t *a, const qa_sql_value_t *b, bool is_name)
{
    assert(a->kind == b->kind || (qa_sql_kind_is_integer(a->kind) && qa_sql_kind_is_integer(b->kind)));
    switch (a->kind) {
    case QA_SQL_NULL:
        return 0;
    case QA_SQL_DECIMAL:
        return qa_sql_decimal_compare(a->units, a->scale, b->units, b->scale);
    case QA_SQL_DOUBLE:
        return a->number < b->number ? -1 : a->number > b->number;
    case QA_SQL_TEXT:
        return is_name ? compare_names(a, b) : compare_bytes(a, b);
    case QA_SQL_BINARY:
        return compare_bytes(a, b);
    default:
        return a->integer < b->integer ? -1 : a->integer > b->integer;
    }
}

static uint64_t hash_name(const qa_sql_value_t *value)
{
    qa_sql_name_reader_t reader;
    qa_sql_name_open(&reader, value->text, value->bytes, false);
    uint64_t hash = 0x9E3779B97F4A7C15u;
    for (int32_t point = 0; (point = qa_sql_name_next(&reader)) >= 0;)
        hash = (hash << 23 | hash >> 41) * 0xD6E8FEB86659FD93u ^ (uint64_t)point;
    return qa_hash64(&hash, sizeof(hash));
}

int qa_sql_compare_spelling(const qa_sql_value_t *a, const qa_sql_value_t *b)
{
    return qa_sql_compare(a, b, false);
}

uint64_t qa_sql_hash(const qa_sql_value_t *value, bool is_name)
{
    switch (value->kind) {
    case QA_SQL_NULL:
        return 0x5851F42D4C957F2Du;
    case QA_SQL_DECIMAL:
        return qa_hash64(&value->units, sizeof(value->units));
    case QA_SQL_DOUBLE:
        return qa_hash64(&value->number, sizeof(value->number));
    case QA_SQL_TEXT:
        if (is_name) return hash_name(value);
        return qa_hash64(value->text, value->bytes);
    case QA_SQL_BINARY:
        return qa_hash64(value->text, value->bytes);
    default:
        return qa_hash64(&value->integer, sizeof(value->integer));
    }
}
