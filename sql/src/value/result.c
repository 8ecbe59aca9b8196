/* The types of results, from the types of the arguments and, where it is known, from their values. Lengths of
 * texts are upper bounds in UTF-16 units; the evaluator keeps within them. Nullability is the caller's. */
#include "value/result.h"

#include <assert.h>

#include "base/error.h"
#include "value/compute.h"

/* Of an overflow before the cap no one would know: lengths and counts stay below 2^32. */
static bool constant_count(const qa_sql_expression_t *argument, int64_t *count_out)
{
    if (argument->node != QA_SQL_CONSTANT || argument->value.kind == QA_SQL_NULL) return false;
    const int64_t count = argument->value.integer;
    *count_out = count < 0 ? 0 : count > QA_SQL_TEXT_LENGTH_MAX ? QA_SQL_TEXT_LENGTH_MAX : count;
    return true;
}

static uint64_t length_of(const qa_sql_expression_t *argument)
{
    return qa_sql_type_display_units(&argument->type);
}

static qa_status_t plain(const qa_sql_typing_t *call, qa_sql_kind_t kind, qa_sql_type_t *type_out)
{
    (void)call;
    *type_out = qa_sql_type_of(kind);
    return QA_OK;
}

static qa_status_t text(uint64_t length_units, qa_sql_type_t *type_out)
{
    *type_out = qa_sql_type_text(length_units);
    return QA_OK;
}

qa_status_t qa_sql_result_boolean(const qa_sql_typing_t *call, qa_sql_type_t *type_out)
{
    return plain(call, QA_SQL_BOOLEAN, type_out);
}

qa_status_t qa_sql_result_certain(const qa_sql_typing_t *call, qa_sql_type_t *type_out)
{
    return plain(call, QA_SQL_BOOLEAN, type_out);
}

qa_status_t qa_sql_result_integer(const qa_sql_typing_t *call, qa_sql_type_t *type_out)
{
    return plain(call, QA_SQL_INTEGER, type_out);
}

qa_status_t qa_sql_result_double(const qa_sql_typing_t *call, qa_sql_type_t *type_out)
{
    return plain(call, QA_SQL_DOUBLE, type_out);
}

qa_status_t qa_sql_result_date(const qa_sql_typing_t *call, qa_sql_type_t *type_out)
{
    return plain(call, QA_SQL_DATE, type_out);
}

qa_status_t qa_sql_result_time(const qa_sql_typing_t *call, qa_sql_type_t *type_out)
{
    return plain(call, QA_SQL_TIME, type_out);
}

qa_status_t qa_sql_result_timestamp(const qa_sql_typing_t *call, qa_sql_type_t *type_out)
{
    return plain(call, QA_SQL_TIMESTAMP, type_out);
}

/* --- numbers --- */

/* What the arguments are together, and the two as decimals. False: not decimals. */
static bool decimal_parts(const qa_sql_typing_t *call, qa_sql_type_t *common, uint32_t wholes[2],
                          uint32_t scales[2])
{
    *common = call->arguments[0]->type;
    for (uint16_t i = 0; i < call->argument_count && i < 2; i++) {
        const qa_sql_type_t *const type = &call->arguments[i]->type;
        const qa_status_t status = qa_sql_type_common(common, type, common);
        assert(status == QA_OK);
        (void)status;
        const bool is_decimal = type->kind == QA_SQL_DECIMAL;
        scales[i] = is_decimal ? type->scale : 0;
        wholes[i] = is_decimal                     ? (uint32_t)type->precision - type->scale
                    : type->kind == QA_SQL_INTEGER ? 10
                                                   : 19;
    }
    if (qa_sql_kind_is_integer(common->kind)) *common = qa_sql_type_of(QA_SQL_BIGINT);
    return common->kind == QA_SQL_DECIMAL;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

qa_status_t qa_sql_result_add(const qa_sql_typing_t *call, qa_sql_type_t *type_out)
{
    uint32_t wholes[2], scales[2];
    if (!decimal_parts(call, type_out, wholes, scales)) return QA_OK;
    const uint32_t scale = larger(scales[0], scales[1]);
    *type_out = qa_sql_type_decimal(larger(wholes[0], wholes[1]) + scale + 1, scale);
    return QA_OK;
}

qa_status_t qa_sql_result_multiply(const qa_sql_typing_t *call, qa_sql_type_t *type_out)
{
    uint32_t wholes[2], scales[2];
    if (!decimal_parts(call, type_out, wholes, scales)) return QA_OK;
    const uint32_t scale =
        scales[0] + scales[1] < QA_SQL_SCALE_MAX ? scales[0] + scales[1] : QA_SQL_SCALE_MAX;
    *type_out = qa_sql_type_decimal(wholes[0] + wholes[1] + scale, scale);
    return QA_OK;
}

qa_status_t qa_sql_result_divide(const qa_sql_typing_t *call, qa_sql_type_t *type_out)
{
    enum { MORE_DECIMALS = 6 };
    uint32_t wholes[2], scales[2];
    if (!decimal_parts(call, type_out, wholes, scales)) return QA_OK;
    uint32_t scale = larger(scales[0], scales[1]) + MORE_DECIMALS;
    if (scale > QA_SQL_SCALE_MAX) scale = QA_SQL_SCALE_MAX;
    *type_out = qa_sql_type_decimal(wholes[0] + scales[1] + scale + 1, scale);
    return QA_OK;
}

qa_status_t qa_sql_result_modulo(const qa_sql_typing_t *call, qa_sql_type_t *type_out)
{
    uint32_t wholes[2], scales[2];
    if (!decimal_parts(call, type_out, wholes, scales)) return QA_OK;
    const uint32_t scale = larger(scales[0], scales[1]);
    *type_out = qa_sql_type_decimal(larger(wholes[0], wholes[1]) + scale, scale);
    return QA_OK;
}

qa_status_t qa_sql_result_number(const qa_sql_typing_t *call, qa_sql_type_t *type_out)
{
    *type_out = call->arguments[0]->type;
    if (type_out->kind == QA_SQL_INTEGER) type_out->kind = QA_SQL_BIGINT; /* as of all arithmetic */
    return QA_OK;
}

qa_status_t qa_sql_result_whole(const qa_sql_typing_t *call, qa_sql_type_t *type_out)
{
    qa_sql_result_number(call, type_out);
    if (type_out->kind == QA_SQL_DECIMAL && type_out->scale > 0)
        *type_out = qa_sql_type_decimal((uint32_t)type_out->precision - type_out->scale + 1, 0);
    return QA_OK;
}

/* A constant number of decimals becomes the scale, else the scale stays. */
qa_status_t qa_sql_result_round(const qa_sql_typing_t *call, qa_sql_type_t *type_out)
{
    int64_t decimals = 0;
    qa_sql_result_number(call, type_out);
    if (type_out->kind != QA_SQL_DECIMAL) return QA_OK;
    if (call->argument_count == 2 && !constant_count(call->arguments[1], &decimals))
        decimals = type_out->scale;
    const uint32_t scale = decimals < type_out->scale ? (uint32_t)decimals : type_out->scale;
    *type_out = qa_sql_type_decimal((uint32_t)type_out->precision - type_out->scale + scale + 1, scale);
    return QA_OK;
}

/* --- any type --- */

qa_status_t qa_sql_result_common(const qa_sql_typing_t *call, qa_sql_type_t *type_out)
{
    *type_out = call->arguments[0]->type;
    for (uint16_t i = 1; i < call->argument_count; i++) {
        const qa_status_t status = qa_sql_type_common(type_out, &call->arguments[i]->type, type_out);
        if (status != QA_OK) return qa_fail(call->error, status, "the arguments have no common type");
    }
    return QA_OK;
}

qa_status_t qa_sql_result_nullable(const qa_sql_typing_t *call, qa_sql_type_t *type_out)
{
    *type_out = call->arguments[0]->type;
    return QA_OK;
}

/* --- texts --- */

qa_status_t qa_sql_result_person(const qa_sql_typing_t *call, qa_sql_type_t *type_out)
{
    (void)call;
    return text(255, type_out);
}

qa_status_t qa_sql_result_text_first(const qa_sql_typing_t *call, qa_sql_type_t *type_out)
{
    return text(length_of(call->arguments[0]), type_out);
}

qa_status_t qa_sql_result_text_sum(const qa_sql_typing_t *call, qa_sql_type_t *type_out)
{
    uint64_t length = 0;
    for (uint16_t i = 0; i < call->argument_count; i++)
        length += length_of(call->arguments[i]);
    return text(length, type_out);
}

/* A character takes two units at most. */
static qa_status_t part_of(const qa_sql_typing_t *call, uint16_t count_index, qa_sql_type_t *type_out)
{
    uint64_t length = length_of(call->arguments[0]);
    int64_t count = 0;
    if (count_index < call->argument_count && constant_count(call->arguments[count_index], &count) &&
        2 * (uint64_t)count < length)
        length = 2 * (uint64_t)count;
    return text(length, type_out);
}

qa_status_t qa_sql_result_text_left(const qa_sql_typing_t *call, qa_sql_type_t *type_out)
{
    return part_of(call, 1, type_out);
}

qa_status_t qa_sql_result_text_part(const qa_sql_typing_t *call, qa_sql_type_t *type_out)
{
    return part_of(call, 2, type_out);
}

/* Worst: every unit is an occurrence. */
qa_status_t qa_sql_result_text_replace(const qa_sql_typing_t *call, qa_sql_type_t *type_out)
{
    const qa_sql_expression_t *const target = call->arguments[2];
    const bool is_empty = target->node == QA_SQL_CONSTANT && target->value.bytes == 0;
    const uint64_t length = length_of(call->arguments[0]);
    return text(is_empty ? length : length * larger(1, (uint32_t)length_of(target)), type_out);
}

qa_status_t qa_sql_result_text_repeat(const qa_sql_typing_t *call, qa_sql_type_t *type_out)
{
    int64_t count = 0;
    if (!constant_count(call->arguments[1], &count)) return text(QA_SQL_TEXT_LENGTH_MAX, type_out);
    return text(length_of(call->arguments[0]) * (uint64_t)count, type_out);
}

qa_status_t qa_sql_result_text_space(const qa_sql_typing_t *call, qa_sql_type_t *type_out)
{
    int64_t count = 0;
    if (!constant_count(call->arguments[0], &count)) count = QA_SQL_TEXT_LENGTH_MAX;
    return text((uint64_t)count, type_out);
}

qa_status_t qa_sql_result_text_char(const qa_sql_typing_t *call, qa_sql_type_t *type_out)
{
    (void)call;
    return text(2, type_out);
}

qa_status_t qa_sql_result_text_insert(const qa_sql_typing_t *call, qa_sql_type_t *type_out)
{
    return text(length_of(call->arguments[0]) + length_of(call->arguments[3]), type_out);
}

qa_status_t qa_sql_result_text_pad(const qa_sql_typing_t *call, qa_sql_type_t *type_out)
{
    int64_t count = 0;
    if (!constant_count(call->arguments[1], &count)) count = QA_SQL_TEXT_LENGTH_MAX;
    return text(2 * (uint64_t)count, type_out);
}

qa_status_t qa_sql_result_text_word(const qa_sql_typing_t *call, qa_sql_type_t *type_out)
{
    (void)call;
    return text(9, type_out); /* "September", "Wednesday" */
}

/* --- dates --- */

static qa_status_t fail_field(const qa_sql_typing_t *call, const char *words)
{
    const qa_sql_value_t *const name = &call->arguments[0]->value;
    return qa_fail(call->error, QA_SYNTAX, "'%.*s' %s", (int)(name->bytes < 40 ? name->bytes : 40),
                   name->text, words);
}

qa_status_t qa_sql_result_extract(const qa_sql_typing_t *call, qa_sql_type_t *type_out)
{
    const qa_sql_field_t field = qa_sql_field(&call->arguments[0]->value);
    const uint8_t kind = call->arguments[1]->type.kind;
    *type_out = qa_sql_type_of(QA_SQL_INTEGER);
    if (field == QA_SQL_FIELD_NONE || field == QA_SQL_FIELD_FRACTION)
        return fail_field(
            call, "is no field to extract: there are YEAR, QUARTER, MONTH, WEEK, DAY, DOW, DOY, HOUR, "
                  "MINUTE, SECOND");
    const bool is_of_time = field <= QA_SQL_FIELD_HOUR;
    if (kind == QA_SQL_DATE && is_of_time) return fail_field(call, "is no field of a DATE");
    if (kind == QA_SQL_TIME && !is_of_time) return fail_field(call, "is no field of a TIME");
    if (field == QA_SQL_FIELD_SECOND)
        *type_out = qa_sql_type_decimal(2 + QA_SQL_FRACTION_DIGITS, QA_SQL_FRACTION_DIGITS);
    return QA_OK;
}

static qa_status_t interval(const qa_sql_typing_t *call, qa_sql_kind_t kind, qa_sql_type_t *type_out)
{
    const qa_sql_field_t field = qa_sql_field(&call->arguments[0]->value);
    *type_out = qa_sql_type_of(kind);
    if (field != QA_SQL_FIELD_NONE && field <= QA_SQL_FIELD_YEAR) return QA_OK;
    return fail_field(
        call, "is no interval: there are SQL_TSI_FRAC_SECOND, SQL_TSI_SECOND, SQL_TSI_MINUTE, "
              "SQL_TSI_HOUR, SQL_TSI_DAY, SQL_TSI_WEEK, SQL_TSI_MONTH, SQL_TSI_QUARTER, SQL_TSI_YEAR");
}

qa_status_t qa_sql_result_interval(const qa_sql_typing_t *call, qa_sql_type_t *type_out)
{
    return interval(call, QA_SQL_TIMESTAMP, type_out);
}

qa_status_t qa_sql_result_difference(const qa_sql_typing_t *call, qa_sql_type_t *type_out)
{
    return interval(call, QA_SQL_BIGINT, type_out);
}
