/* Types: their names, lengths, and the type that two of them share. Pure rules, no memory. */
#include <stdio.h>

#include "value/value.h"

qa_sql_value_t qa_sql_vector_value(const qa_sql_vector_t *vector, uint32_t row)
{
    qa_sql_value_t value = { .kind = QA_SQL_NULL };
    if (vector->type.kind == QA_SQL_NULL || (vector->nulls != NULL && vector->nulls[row] != 0)) return value;
    value.kind = vector->type.kind;
    switch (vector->type.kind) {
    case QA_SQL_DECIMAL:
        value.scale = vector->type.scale;
        value.units = vector->units[row];
        break;
    case QA_SQL_DOUBLE:
        value.number = vector->numbers[row];
        break;
    case QA_SQL_TEXT:
    case QA_SQL_BINARY:
        value.text = vector->texts[row].data;
        value.bytes = vector->texts[row].bytes;
        break;
    default:
        value.integer = vector->integers[row];
    }
    return value;
}

const char *qa_sql_type_name(const qa_sql_type_t *type, char name_out[40])
{
    static const char *const names[] = { "NULL",    "BOOLEAN",   "INTEGER", "BIGINT", "DECIMAL",  "DOUBLE",
                                         "VARCHAR", "VARBINARY", "DATE",    "TIME",   "TIMESTAMP" };
    const char *const name = type->kind <= QA_SQL_TIMESTAMP ? names[type->kind] : names[0];
    if (type->kind == QA_SQL_DECIMAL)
        snprintf(name_out, 40, "%s(%u,%u)", name, (unsigned)type->precision, (unsigned)type->scale);
    else if ((type->kind == QA_SQL_TEXT || type->kind == QA_SQL_BINARY) && type->length > 0)
        snprintf(name_out, 40, "%s(%lu)", name, (unsigned long)type->length);
    else
        snprintf(name_out, 40, "%s", name);
    return name_out;
}

uint32_t qa_sql_type_display_units(const qa_sql_type_t *type)
{
    switch (type->kind) {
    case QA_SQL_BOOLEAN:
        return 5;
    case QA_SQL_INTEGER:
        return 11;
    case QA_SQL_BIGINT:
        return 20;
    case QA_SQL_DECIMAL: /* sign, point, and a zero before it */
        return type->precision + 1u + (type->scale > 0 ? 1u : 0u) +
               (type->scale >= type->precision ? 1u : 0u);
    case QA_SQL_DOUBLE:
        return 24;
    case QA_SQL_TEXT:
        return type->length > 0 ? type->length : QA_SQL_TEXT_LENGTH_MAX;
    case QA_SQL_BINARY:
        return 2 * type->length;
    case QA_SQL_DATE:
        return 10;
    case QA_SQL_TIME:
        return 8 + 1 + QA_SQL_FRACTION_DIGITS;
    case QA_SQL_TIMESTAMP:
        return 10 + 1 + 8 + 1 + QA_SQL_FRACTION_DIGITS;
    default:
        return 1;
    }
}

qa_sql_type_t qa_sql_type_of(qa_sql_kind_t kind)
{
    return (qa_sql_type_t){ .kind = (uint8_t)kind, .is_nullable = true };
}

qa_sql_type_t qa_sql_type_decimal(uint32_t precision, uint32_t scale)
{
    if (scale > QA_SQL_SCALE_MAX) scale = QA_SQL_SCALE_MAX;
    if (precision > QA_SQL_PRECISION_MAX) precision = QA_SQL_PRECISION_MAX;
    if (precision < scale) precision = scale;
    if (precision == 0) precision = 1;
    return (qa_sql_type_t){
        .kind = QA_SQL_DECIMAL, .precision = (uint8_t)precision, .scale = (uint8_t)scale, .is_nullable = true
    };
}

qa_sql_type_t qa_sql_type_text(uint64_t length_units)
{
    if (length_units > QA_SQL_TEXT_LENGTH_MAX) length_units = QA_SQL_TEXT_LENGTH_MAX;
    if (length_units == 0) length_units = 1; /* '' has a column to stand in */
    return (qa_sql_type_t){ .kind = QA_SQL_TEXT, .length = (uint32_t)length_units, .is_nullable = true };
}

bool qa_sql_type_is_same(const qa_sql_type_t *a, const qa_sql_type_t *b)
{
    return a->kind == b->kind && (a->kind != QA_SQL_DECIMAL || a->scale == b->scale);
}

static bool is_moment(uint8_t kind)
{
    return kind == QA_SQL_DATE || kind == QA_SQL_TIMESTAMP;
}

bool qa_sql_type_can_cast(const qa_sql_type_t *from, const qa_sql_type_t *wanted)
{
    if (from->kind == wanted->kind || from->kind == QA_SQL_NULL || wanted->kind == QA_SQL_NULL) return true;
    const bool from_number = qa_sql_kind_is_number(from->kind) || from->kind == QA_SQL_BOOLEAN;
    const bool to_number = qa_sql_kind_is_number(wanted->kind) || wanted->kind == QA_SQL_BOOLEAN;
    if (from->kind == QA_SQL_TEXT) return true;
    if (wanted->kind == QA_SQL_TEXT) return from->kind != QA_SQL_BINARY;
    if (from_number || to_number) return from_number && to_number;
    if (is_moment(from->kind) && is_moment(wanted->kind)) return true;
    return from->kind == QA_SQL_TIMESTAMP && wanted->kind == QA_SQL_TIME;
}

/* Integers stand beside decimals as decimals of their digits. */
static qa_sql_type_t as_decimal(const qa_sql_type_t *type)
{
    if (type->kind == QA_SQL_DECIMAL) return *type;
    return qa_sql_type_decimal(type->kind == QA_SQL_INTEGER ? 10 : 19, 0);
}

static qa_sql_type_t common_decimal(const qa_sql_type_t *a, const qa_sql_type_t *b)
{
    const qa_sql_type_t left = as_decimal(a), right = as_decimal(b);
    const uint32_t scale = left.scale > right.scale ? left.scale : right.scale;
    const uint32_t left_whole = (uint32_t)left.precision - left.scale;
    const uint32_t right_whole = (uint32_t)right.precision - right.scale;
    return qa_sql_type_decimal((left_whole > right_whole ? left_whole : right_whole) + scale, scale);
}

qa_status_t qa_sql_type_common(const qa_sql_type_t *a, const qa_sql_type_t *b, qa_sql_type_t *common_out)
{
    const bool is_nullable = a->is_nullable || b->is_nullable;
    qa_sql_type_t common = *a;
    if (a->kind == QA_SQL_NULL) {
        common = *b;
    } else if (b->kind == QA_SQL_NULL) {
        common = *a;
    } else if (qa_sql_kind_is_number(a->kind) && qa_sql_kind_is_number(b->kind)) {
        if (a->kind == QA_SQL_DOUBLE || b->kind == QA_SQL_DOUBLE)
            common = qa_sql_type_of(QA_SQL_DOUBLE);
        else if (a->kind == QA_SQL_DECIMAL || b->kind == QA_SQL_DECIMAL)
            common = common_decimal(a, b);
        else
            common = a->kind == b->kind ? *a : qa_sql_type_of(QA_SQL_BIGINT);
    } else if (a->kind != b->kind) {
        *common_out = common;
        if (!is_moment(a->kind) || !is_moment(b->kind)) return QA_TYPE_CLASH;
        common = qa_sql_type_of(QA_SQL_TIMESTAMP);
    } else if (a->kind == QA_SQL_TEXT || a->kind == QA_SQL_BINARY) {
        /* Length 0 is no limit, which is the longest. */
        if (b->length == 0 || (a->length != 0 && b->length > a->length)) common.length = b->length;
        common.is_name = a->is_name || b->is_name;
    }
    common.is_nullable = is_nullable;
    *common_out = common;
    return QA_OK;
}
