/* Numbers and moments into buffers of fixed length: bounds, cut fractions, SQL_NUMERIC_STRUCT. */
#include <float.h>

#include "parts/put_private.h"

_Static_assert(sizeof(SQLGUID) == 16, "a GUID has 16 bytes");
_Static_assert(sizeof(SQL_NUMERIC_STRUCT) == 19, "a numeric has no gaps");

/* The whole part within [least, most]. */
static qa_odbc_outcome_t whole_between(const qa_odbc_number_t *number, qa_int128_t least, qa_int128_t most,
                                       qa_int128_t *whole_out)
{
    qa_odbc_number_t whole;
    const qa_odbc_outcome_t outcome = qa_odbc_number_rescale(number, 0, &whole);
    *whole_out = 0;
    if (qa_odbc_is_error(outcome)) return outcome;
    const qa_int128_t value = whole.is_negative ? -(qa_int128_t)whole.units : (qa_int128_t)whole.units;
    if (value < least || value > most) return QA_ODBC_OUT_OF_RANGE;
    *whole_out = value;
    return outcome;
}

static qa_odbc_outcome_t put_whole(const qa_odbc_number_t *number, qa_int128_t least, qa_int128_t most,
                                   size_t bytes, const qa_odbc_target_t *target)
{
    qa_int128_t whole;
    const qa_odbc_outcome_t outcome = whole_between(number, least, most, &whole);
    const int64_t wide = (int64_t)(uint64_t)whole;
    const int32_t word = (int32_t)(uint32_t)(uint64_t)whole;
    const int16_t half = (int16_t)(uint16_t)(uint64_t)whole;
    const int8_t byte = (int8_t)(uint8_t)(uint64_t)whole;
    const void *const data = bytes == 8   ? (const void *)&wide
                             : bytes == 4 ? (const void *)&word
                             : bytes == 2 ? (const void *)&half
                                          : (const void *)&byte;
    return qa_odbc_put_fixed(target, data, bytes, outcome);
}

static qa_odbc_outcome_t put_bit(const qa_odbc_number_t *number, const qa_odbc_target_t *target)
{
    qa_int128_t whole;
    if (number->is_negative) return QA_ODBC_OUT_OF_RANGE;
    const qa_odbc_outcome_t outcome = whole_between(number, 0, 1, &whole);
    const uint8_t bit = (uint8_t)whole;
    return qa_odbc_put_fixed(target, &bit, 1, outcome);
}

static qa_odbc_outcome_t put_numeric(const qa_odbc_number_t *number, uint8_t precision,
                                     const qa_odbc_target_t *target)
{
    qa_odbc_number_t scaled;
    int scale = target->scale;
    if (scale == QA_ODBC_SCALE_UNSET) {
        /* A double too large for 38 digits has no scale of its own and is refused below. */
        const qa_odbc_number_t exact = number->is_double ? (qa_odbc_number_t){ .scale = 0 } : *number;
        scale = exact.scale;
    }
    const uint32_t digits_max =
        target->precision > 0 && target->precision <= 38 ? (uint32_t)target->precision : QA_SQL_PRECISION_MAX;
    if (scale < -38 || scale > QA_ODBC_NUMBER_SCALE_MAX) return QA_ODBC_OUT_OF_RANGE;
    const qa_odbc_outcome_t outcome = qa_odbc_number_rescale(number, scale, &scaled);
    if (qa_odbc_is_error(outcome)) return outcome;
    if (qa_odbc_digits(scaled.units) > digits_max) return QA_ODBC_OUT_OF_RANGE;
    SQL_NUMERIC_STRUCT numeric = { .scale = (SQLSCHAR)scale, .sign = scaled.is_negative ? 0 : 1 };
    numeric.precision = target->precision > 0 ? (SQLCHAR)digits_max : precision;
    for (int i = 0; i < SQL_MAX_NUMERIC_LEN; i++)
        numeric.val[i] = (SQLCHAR)(scaled.units >> (8 * i));
    return qa_odbc_put_fixed(target, &numeric, sizeof(numeric), outcome);
}

static qa_odbc_outcome_t put_float(const qa_odbc_number_t *number, const qa_odbc_target_t *target)
{
    const double wide = qa_odbc_number_to_double(number);
    /* Beyond the last float by half its last digit rounds to infinity. */
    if (wide > 0x1.ffffffp+127 || wide < -0x1.ffffffp+127) return QA_ODBC_OUT_OF_RANGE;
    const float narrow = wide > FLT_MAX ? FLT_MAX : wide < -FLT_MAX ? -FLT_MAX : (float)wide;
    return qa_odbc_put_fixed(target, &narrow, sizeof(narrow), QA_ODBC_OK);
}

qa_odbc_outcome_t qa_odbc_put_number(const qa_odbc_number_t *number, uint8_t precision,
                                     const qa_odbc_target_t *target, SQLSMALLINT c_type)
{
    double wide;
    switch (c_type) {
    case SQL_C_STINYINT:
    case SQL_C_TINYINT:
        return put_whole(number, INT8_MIN, INT8_MAX, 1, target);
    case SQL_C_UTINYINT:
        return put_whole(number, 0, UINT8_MAX, 1, target);
    case SQL_C_SSHORT:
    case SQL_C_SHORT:
        return put_whole(number, INT16_MIN, INT16_MAX, 2, target);
    case SQL_C_USHORT:
        return put_whole(number, 0, UINT16_MAX, 2, target);
    case SQL_C_SLONG:
    case SQL_C_LONG:
        return put_whole(number, INT32_MIN, INT32_MAX, 4, target);
    case SQL_C_ULONG:
        return put_whole(number, 0, UINT32_MAX, 4, target);
    case SQL_C_SBIGINT:
        return put_whole(number, INT64_MIN, INT64_MAX, 8, target);
    case SQL_C_UBIGINT:
        return put_whole(number, 0, UINT64_MAX, 8, target);
    case SQL_C_BIT:
        return put_bit(number, target);
    case SQL_C_FLOAT:
        return put_float(number, target);
    case SQL_C_DOUBLE:
        wide = qa_odbc_number_to_double(number);
        return qa_odbc_put_fixed(target, &wide, sizeof(wide), QA_ODBC_OK);
    case SQL_C_NUMERIC:
        return put_numeric(number, precision, target);
    default:
        return QA_ODBC_RESTRICTED;
    }
}

qa_odbc_outcome_t qa_odbc_put_moment(const qa_odbc_moment_t *moment, const qa_odbc_target_t *target,
                                     SQLSMALLINT c_type)
{
    const bool has_fraction = moment->ticks % QA_SQL_TICKS_PER_SECOND != 0 || moment->is_cut;
    if (c_type == SQL_C_TYPE_DATE) {
        if (!moment->has_date) return QA_ODBC_RESTRICTED;
        const SQL_DATE_STRUCT date = qa_odbc_date_struct(moment->day);
        const bool is_cut = moment->ticks != 0 || moment->is_cut;
        return qa_odbc_put_fixed(target, &date, sizeof(date),
                                 is_cut ? QA_ODBC_FRACTION_TRUNCATED : QA_ODBC_OK);
    }
    if (c_type == SQL_C_TYPE_TIME) {
        if (!moment->has_time) return QA_ODBC_RESTRICTED;
        const SQL_TIME_STRUCT time = qa_odbc_time_struct(moment->ticks);
        return qa_odbc_put_fixed(target, &time, sizeof(time),
                                 has_fraction ? QA_ODBC_FRACTION_TRUNCATED : QA_ODBC_OK);
    }
    const int32_t day = moment->has_date ? moment->day : target->today;
    const SQL_TIMESTAMP_STRUCT timestamp = qa_odbc_timestamp_struct(day, moment->ticks);
    return qa_odbc_put_fixed(target, &timestamp, sizeof(timestamp),
                             moment->is_cut ? QA_ODBC_FRACTION_TRUNCATED : QA_ODBC_OK);
}
