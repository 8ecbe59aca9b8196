/* The tables of types. A description is a row of sql_types.def with the sizes of the very column; nothing
 * here asks a session. */
#include "parts/sql_types.h"

#include <stddef.h>

#include "parts/type_rows.h"

#define NONE QA_ODBC_NOT_APPLICABLE
static const qa_odbc_type_row_t type_rows[] = {
#define QA_ODBC_TYPE(CODE, VERBOSE, SUBCODE, C_TYPE, NAME, PREFIX, SUFFIX, SIZE, PARAMETERS, SEARCHABLE,     \
                     MIN, MAX, RADIX)                                                                        \
    { CODE, VERBOSE, SUBCODE, C_TYPE, NAME, PREFIX, SUFFIX, SIZE, PARAMETERS, SEARCHABLE, MIN, MAX, RADIX },
#include "parts/sql_types.def"
#undef QA_ODBC_TYPE
};
#undef NONE

static const struct {
    SQLSMALLINT c_type;
    SQLLEN bytes;
} c_types[] = {
#define QA_ODBC_C_TYPE(NAME, BYTES) { NAME, BYTES },
#include "parts/c_types.def"
#undef QA_ODBC_C_TYPE
};

/* Every type code of SQL that ODBC knows, ours or not, with what a parameter of it becomes here and the C
 * type that SQL_C_DEFAULT means. */
static const struct {
    SQLSMALLINT code;
    uint8_t kind; /* qa_sql_kind_t; QA_SQL_NULL: an interval */
    SQLSMALLINT c_type;
} codes[] = {
    { SQL_CHAR, QA_SQL_TEXT, SQL_C_CHAR },
    { SQL_VARCHAR, QA_SQL_TEXT, SQL_C_CHAR },
    { SQL_LONGVARCHAR, QA_SQL_TEXT, SQL_C_CHAR },
    { SQL_WCHAR, QA_SQL_TEXT, SQL_C_WCHAR },
    { SQL_WVARCHAR, QA_SQL_TEXT, SQL_C_WCHAR },
    { SQL_WLONGVARCHAR, QA_SQL_TEXT, SQL_C_WCHAR },
    { SQL_DECIMAL, QA_SQL_DECIMAL, SQL_C_CHAR },
    { SQL_NUMERIC, QA_SQL_DECIMAL, SQL_C_CHAR },
    { SQL_BIT, QA_SQL_BOOLEAN, SQL_C_BIT },
    { SQL_TINYINT, QA_SQL_INTEGER, SQL_C_STINYINT },
    { SQL_SMALLINT, QA_SQL_INTEGER, SQL_C_SSHORT },
    { SQL_INTEGER, QA_SQL_INTEGER, SQL_C_SLONG },
    { SQL_BIGINT, QA_SQL_BIGINT, SQL_C_SBIGINT },
    { SQL_REAL, QA_SQL_DOUBLE, SQL_C_FLOAT },
    { SQL_FLOAT, QA_SQL_DOUBLE, SQL_C_DOUBLE },
    { SQL_DOUBLE, QA_SQL_DOUBLE, SQL_C_DOUBLE },
    { SQL_BINARY, QA_SQL_BINARY, SQL_C_BINARY },
    { SQL_VARBINARY, QA_SQL_BINARY, SQL_C_BINARY },
    { SQL_LONGVARBINARY, QA_SQL_BINARY, SQL_C_BINARY },
    { SQL_TYPE_DATE, QA_SQL_DATE, SQL_C_TYPE_DATE },
    { SQL_TYPE_TIME, QA_SQL_TIME, SQL_C_TYPE_TIME },
    { SQL_TYPE_TIMESTAMP, QA_SQL_TIMESTAMP, SQL_C_TYPE_TIMESTAMP },
    { SQL_GUID, QA_SQL_TEXT, SQL_C_GUID },
    { SQL_INTERVAL_YEAR, QA_SQL_NULL, SQL_C_INTERVAL_YEAR },
    { SQL_INTERVAL_MONTH, QA_SQL_NULL, SQL_C_INTERVAL_MONTH },
    { SQL_INTERVAL_DAY, QA_SQL_NULL, SQL_C_INTERVAL_DAY },
    { SQL_INTERVAL_HOUR, QA_SQL_NULL, SQL_C_INTERVAL_HOUR },
    { SQL_INTERVAL_MINUTE, QA_SQL_NULL, SQL_C_INTERVAL_MINUTE },
    { SQL_INTERVAL_SECOND, QA_SQL_NULL, SQL_C_INTERVAL_SECOND },
    { SQL_INTERVAL_YEAR_TO_MONTH, QA_SQL_NULL, SQL_C_INTERVAL_YEAR_TO_MONTH },
    { SQL_INTERVAL_DAY_TO_HOUR, QA_SQL_NULL, SQL_C_INTERVAL_DAY_TO_HOUR },
    { SQL_INTERVAL_DAY_TO_MINUTE, QA_SQL_NULL, SQL_C_INTERVAL_DAY_TO_MINUTE },
    { SQL_INTERVAL_DAY_TO_SECOND, QA_SQL_NULL, SQL_C_INTERVAL_DAY_TO_SECOND },
    { SQL_INTERVAL_HOUR_TO_MINUTE, QA_SQL_NULL, SQL_C_INTERVAL_HOUR_TO_MINUTE },
    { SQL_INTERVAL_HOUR_TO_SECOND, QA_SQL_NULL, SQL_C_INTERVAL_HOUR_TO_SECOND },
    { SQL_INTERVAL_MINUTE_TO_SECOND, QA_SQL_NULL, SQL_C_INTERVAL_MINUTE_TO_SECOND },
};

const qa_odbc_type_row_t *qa_odbc_type_row(uint32_t index)
{
    return index < sizeof(type_rows) / sizeof(type_rows[0]) ? &type_rows[index] : NULL;
}

static int32_t code_index(SQLSMALLINT sql_type)
{
    const SQLSMALLINT code = qa_odbc_type_code_from(sql_type);
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (codes[i].code == code) return (int32_t)i;
    }
    return -1;
}

static SQLSMALLINT concise_of(const qa_sql_type_t *type)
{
    switch ((qa_sql_kind_t)type->kind) {
    case QA_SQL_BOOLEAN:
        return SQL_BIT;
    case QA_SQL_INTEGER:
        return SQL_INTEGER;
    case QA_SQL_BIGINT:
        return SQL_BIGINT;
    case QA_SQL_DECIMAL:
        return SQL_DECIMAL;
    case QA_SQL_DOUBLE:
        return SQL_DOUBLE;
    case QA_SQL_TEXT:
        return type->length > QA_ODBC_WVARCHAR_UNITS_MAX ? SQL_WLONGVARCHAR : SQL_WVARCHAR;
    case QA_SQL_BINARY:
        return type->length > QA_ODBC_VARBINARY_BYTES_MAX ? SQL_LONGVARBINARY : SQL_VARBINARY;
    case QA_SQL_DATE:
        return SQL_TYPE_DATE;
    case QA_SQL_TIME:
        return SQL_TYPE_TIME;
    case QA_SQL_TIMESTAMP:
        return SQL_TYPE_TIMESTAMP;
    case QA_SQL_NULL:
        break;
    }
    return SQL_WVARCHAR;
}

/* Column size, digits, octets and display size of the very column. */
static void set_sizes(const qa_sql_type_t *type, qa_odbc_type_t *out)
{
    /* An expression's length can be unknown (0): clients make a buffer of it, so it is never shown as 0. */
    const SQLULEN length = type->length == 0 ? 1 : type->length;
    switch ((qa_sql_kind_t)type->kind) {
    case QA_SQL_DECIMAL:
        out->column_size = type->precision;
        out->decimal_digits = out->desc_scale = type->scale;
        out->desc_precision = type->precision;
        /* As SQL_C_CHAR: a sign, a point, and the zero in front of it. */
        out->octet_length = type->precision + 3;
        out->display_size = type->precision + (type->precision == type->scale ? 3 : 2);
        break;
    case QA_SQL_DOUBLE:
        out->desc_precision = 53;
        out->display_size = 24;
        break;
    case QA_SQL_INTEGER:
    case QA_SQL_BIGINT:
        out->decimal_digits = 0;
        out->desc_precision = (SQLSMALLINT)out->column_size;
        out->display_size = type->kind == QA_SQL_INTEGER ? 11 : 20;
        break;
    case QA_SQL_BINARY:
        out->column_size = length;
        out->octet_length = (SQLLEN)length;
        out->display_size = 2 * (SQLLEN)length;
        break;
    case QA_SQL_TIME:
    case QA_SQL_TIMESTAMP:
        out->decimal_digits = out->desc_precision = QA_SQL_FRACTION_DIGITS;
        break;
    case QA_SQL_TEXT:
        out->column_size = length;
        out->octet_length = 2 * (SQLLEN)length;
        out->display_size = (SQLLEN)length;
        break;
    case QA_SQL_NULL:
        out->column_size = 1;
        out->octet_length = 2;
        out->display_size = 1;
        break;
    case QA_SQL_BOOLEAN:
    case QA_SQL_DATE:
        break;
    }
}

void qa_odbc_type_describe(const qa_sql_type_t *type, qa_odbc_type_t *type_out)
{
    const SQLSMALLINT concise = concise_of(type);
    const qa_odbc_type_row_t *row = type_rows;
    while (row->code != concise)
        row++;
    const bool is_number =
        concise == SQL_INTEGER || concise == SQL_BIGINT || concise == SQL_DECIMAL || concise == SQL_DOUBLE;
    *type_out = (qa_odbc_type_t){
        .concise_type = row->code,
        .verbose_type = row->verbose,
        .datetime_code = row->subcode,
        .default_c_type = row->c_type,
        .column_size = row->size,
        .decimal_digits = QA_ODBC_NOT_APPLICABLE,
        .num_prec_radix = row->radix,
        .octet_length = qa_odbc_c_type_bytes(row->c_type),
        .display_size = (SQLLEN)row->size,
        .type_name = row->name,
        .literal_prefix = row->prefix,
        .literal_suffix = row->suffix,
        .searchable = row->searchable,
        .nullable = type->is_nullable || type->kind == QA_SQL_NULL ? SQL_NULLABLE : SQL_NO_NULLS,
        .is_unsigned = !is_number,
        .is_case_sensitive = type->kind == QA_SQL_TEXT && !type->is_name,
    };
    set_sizes(type, type_out);
    type_out->desc_length = type_out->column_size;
}

bool qa_odbc_type_from_code(SQLSMALLINT sql_type, SQLULEN column_size, SQLSMALLINT decimal_digits,
                            qa_sql_type_t *type_out)
{
    const int32_t index = code_index(sql_type);
    *type_out = (qa_sql_type_t){ .is_nullable = true };
    if (index < 0) return false;
    type_out->kind = codes[index].kind;
    if (type_out->kind == QA_SQL_TEXT || type_out->kind == QA_SQL_BINARY) {
        const bool is_ours = column_size > 0 && column_size <= QA_SQL_TEXT_LENGTH_MAX;
        type_out->length = is_ours ? (uint32_t)column_size : QA_SQL_TEXT_LENGTH_MAX;
    }
    if (type_out->kind == QA_SQL_DECIMAL) {
        const bool is_ours = column_size > 0 && column_size <= QA_SQL_PRECISION_MAX;
        type_out->precision = is_ours ? (uint8_t)column_size : QA_SQL_PRECISION_MAX;
        const int scale_max = type_out->precision < QA_SQL_SCALE_MAX ? type_out->precision : QA_SQL_SCALE_MAX;
        type_out->scale = decimal_digits < 0           ? 0
                          : decimal_digits > scale_max ? (uint8_t)scale_max
                                                       : (uint8_t)decimal_digits;
    }
    return true;
}

SQLSMALLINT qa_odbc_default_c_type(SQLSMALLINT sql_type)
{
    const int32_t index = code_index(sql_type);
    return index < 0 ? SQL_C_WCHAR : codes[index].c_type;
}

SQLSMALLINT qa_odbc_type_code_for(SQLSMALLINT concise_type, bool is_odbc2)
{
    if (!is_odbc2) return concise_type;
    switch (concise_type) {
    case SQL_TYPE_DATE:
        return SQL_DATE;
    case SQL_TYPE_TIME:
        return SQL_TIME;
    case SQL_TYPE_TIMESTAMP:
        return SQL_TIMESTAMP;
    default:
        return concise_type;
    }
}

SQLSMALLINT qa_odbc_type_code_from(SQLSMALLINT concise_type)
{
    switch (concise_type) {
    case SQL_DATE:
        return SQL_TYPE_DATE;
    case SQL_TIME:
        return SQL_TYPE_TIME;
    case SQL_TIMESTAMP:
        return SQL_TYPE_TIMESTAMP;
    default:
        return concise_type;
    }
}

void qa_odbc_type_split(SQLSMALLINT concise_type, SQLSMALLINT *verbose_out, SQLSMALLINT *code_out)
{
    *verbose_out = concise_type;
    *code_out = 0;
    if (concise_type >= SQL_TYPE_DATE && concise_type <= SQL_TYPE_TIMESTAMP) {
        *verbose_out = SQL_DATETIME;
        *code_out = (SQLSMALLINT)(concise_type - SQL_TYPE_DATE + SQL_CODE_DATE);
    } else if (concise_type >= SQL_INTERVAL_YEAR && concise_type <= SQL_INTERVAL_MINUTE_TO_SECOND) {
        *verbose_out = SQL_INTERVAL;
        *code_out = (SQLSMALLINT)(concise_type - SQL_INTERVAL_YEAR + SQL_CODE_YEAR);
    }
}

SQLSMALLINT qa_odbc_type_join(SQLSMALLINT verbose_type, SQLSMALLINT code)
{
    if (verbose_type == SQL_DATETIME) {
        if (code < SQL_CODE_DATE || code > SQL_CODE_TIMESTAMP) return 0;
        return (SQLSMALLINT)(SQL_TYPE_DATE + code - SQL_CODE_DATE);
    }
    if (verbose_type == SQL_INTERVAL) {
        if (code < SQL_CODE_YEAR || code > SQL_CODE_MINUTE_TO_SECOND) return 0;
        return (SQLSMALLINT)(SQL_INTERVAL_YEAR + code - SQL_CODE_YEAR);
    }
    return verbose_type;
}

bool qa_odbc_c_type_is_known(SQLSMALLINT c_type)
{
    for (size_t i = 0; i < sizeof(c_types) / sizeof(c_types[0]); i++) {
        if (c_types[i].c_type == c_type) return true;
    }
    return false;
}

SQLLEN qa_odbc_c_type_bytes(SQLSMALLINT c_type)
{
    for (size_t i = 0; i < sizeof(c_types) / sizeof(c_types[0]); i++) {
        if (c_types[i].c_type == c_type) return c_types[i].bytes;
    }
    return 0;
}

bool qa_odbc_sql_type_is_known(SQLSMALLINT sql_type)
{
    return code_index(sql_type) >= 0;
}
