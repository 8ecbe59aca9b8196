/* One value into one buffer: which conversion of Appendix D it is. The outcomes follow its tables "SQL to C".
 */
#include "parts/put_private.h"
#include "parts/sql_types.h"

/* Hex digits of a GUID: 8-4-4-4-12, either case, braces allowed. */
static bool parse_guid(const char *text, size_t bytes, SQLGUID *guid_out)
{
    uint8_t octets[16];
    size_t at = 0, count = 0;
    while (bytes > 0 && text[0] == ' ')
        text++, bytes--;
    while (bytes > 0 && text[bytes - 1] == ' ')
        bytes--;
    if (bytes == 38 && text[0] == '{' && text[37] == '}') text++, bytes -= 2;
    if (bytes != 36) return false;
    while (at < 36) {
        if (at == 8 || at == 13 || at == 18 || at == 23) {
            if (text[at++] != '-') return false;
            continue;
        }
        uint32_t value = 0;
        for (int i = 0; i < 2; i++, at++) {
            const char byte = text[at];
            const char small = (char)(byte | 0x20);
            if (byte >= '0' && byte <= '9')
                value = value * 16 + (uint32_t)(byte - '0');
            else if (small >= 'a' && small <= 'f')
                value = value * 16 + (uint32_t)(small - 'a' + 10);
            else
                return false;
        }
        octets[count++] = (uint8_t)value;
    }
    guid_out->Data1 =
        (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 | (uint32_t)octets[2] << 8 | octets[3];
    guid_out->Data2 = (uint16_t)(octets[4] << 8 | octets[5]);
    guid_out->Data3 = (uint16_t)(octets[6] << 8 | octets[7]);
    memcpy(guid_out->Data4, octets + 8, 8);
    return true;
}

static qa_odbc_outcome_t put_from_text(const char *text, size_t bytes, const qa_odbc_target_t *target,
                                       uint64_t *offset)
{
    qa_odbc_number_t number;
    qa_odbc_moment_t moment;
    qa_odbc_outcome_t outcome;
    SQLGUID guid;
    double wide;
    switch (target->c_type) {
    case SQL_C_CHAR:
    case SQL_C_WCHAR:
        return qa_odbc_put_text(text, bytes, target, offset);
    case SQL_C_BINARY:
        return qa_odbc_put_text_bytes(text, bytes, target, offset);
    case SQL_C_GUID:
        outcome = parse_guid(text, bytes, &guid) ? QA_ODBC_OK : QA_ODBC_NOT_CASTABLE;
        return qa_odbc_put_fixed(target, &guid, sizeof(guid), outcome);
    case SQL_C_TYPE_DATE:
    case SQL_C_TYPE_TIME:
    case SQL_C_TYPE_TIMESTAMP:
        if (!qa_odbc_moment_parse(text, bytes, &moment)) return QA_ODBC_NOT_CASTABLE;
        outcome = qa_odbc_put_moment(&moment, target, target->c_type);
        return outcome == QA_ODBC_RESTRICTED ? QA_ODBC_NOT_CASTABLE : outcome;
    case SQL_C_DOUBLE:
        outcome = qa_odbc_double_parse(text, bytes, &wide);
        return qa_odbc_put_fixed(target, &wide, sizeof(wide), outcome);
    default:
        if (qa_odbc_is_interval(target->c_type)) return QA_ODBC_NOT_YET;
        outcome = qa_odbc_number_parse(text, bytes, &number);
        if (qa_odbc_is_error(outcome)) return outcome;
        return qa_odbc_put_number(&number, QA_SQL_PRECISION_MAX, target, target->c_type);
    }
}

/* What SQL_C_BINARY of a number is: the structure or integer that its default C type would give. */
static SQLSMALLINT stored_type(uint8_t kind)
{
    switch ((qa_sql_kind_t)kind) {
    case QA_SQL_BOOLEAN:
        return SQL_C_BIT;
    case QA_SQL_INTEGER:
        return SQL_C_SLONG;
    case QA_SQL_BIGINT:
        return SQL_C_SBIGINT;
    case QA_SQL_DECIMAL:
        return SQL_C_NUMERIC;
    default:
        return SQL_C_DOUBLE;
    }
}

static qa_odbc_outcome_t put_number_text(const qa_sql_value_t *value, const qa_odbc_target_t *target,
                                         uint64_t *offset)
{
    char text[QA_DECIMAL_TEXT_BYTES];
    size_t bytes;
    if (value->kind == QA_SQL_DOUBLE) {
        bytes = qa_double_print(value->number, text);
    } else {
        const bool is_decimal = value->kind == QA_SQL_DECIMAL;
        bytes =
            qa_decimal_print(is_decimal ? value->units : value->integer, is_decimal ? value->scale : 0, text);
    }
    /* Digits behind a point can be cut, those in front and an exponent cannot. */
    const char *const point = memchr(text, '.', bytes);
    const bool has_exponent = memchr(text, 'e', bytes) != NULL;
    const size_t least = point == NULL || has_exponent ? bytes : (size_t)(point - text);
    return qa_odbc_put_literal(text, bytes, least, target, offset);
}

/* `is_whole`: a large whole double counts with its exact value, as a cast in C; else with its shortest text.
 */
static qa_odbc_number_t number_of(const qa_sql_value_t *value, bool is_whole)
{
    if (value->kind == QA_SQL_DECIMAL) return qa_odbc_number_from_units(value->units, value->scale);
    if (value->kind != QA_SQL_DOUBLE) return qa_odbc_number_from_units(value->integer, 0);
    const double size = value->number < 0.0 ? -value->number : value->number;
    if (is_whole && size >= 0x1p53 && size < 0x1p64)
        return qa_odbc_number_from_units((qa_int128_t)value->number, 0);
    return qa_odbc_number_from_double(value->number);
}

static qa_odbc_outcome_t put_from_number(const qa_sql_value_t *value, const qa_sql_type_t *type,
                                         const qa_odbc_target_t *target, uint64_t *offset)
{
    const bool is_exact = value->kind != QA_SQL_DOUBLE && value->kind != QA_SQL_BOOLEAN;
    SQLSMALLINT c_type = target->c_type;
    if (c_type == SQL_C_CHAR || c_type == SQL_C_WCHAR) return put_number_text(value, target, offset);
    if (c_type == SQL_C_DOUBLE) {
        const double wide = value->kind == QA_SQL_DOUBLE    ? value->number
                            : value->kind == QA_SQL_DECIMAL ? qa_decimal_to_double(value->units, value->scale)
                                                            : (double)value->integer;
        return qa_odbc_put_fixed(target, &wide, sizeof(wide), QA_ODBC_OK);
    }
    if (qa_odbc_is_interval(c_type))
        return is_exact && c_type <= SQL_C_INTERVAL_SECOND ? QA_ODBC_NOT_YET : QA_ODBC_RESTRICTED;
    if (c_type == SQL_C_BINARY) {
        c_type = stored_type(value->kind);
        if (target->data_bytes < qa_odbc_c_type_bytes(c_type)) return QA_ODBC_OUT_OF_RANGE;
    }
    const qa_odbc_number_t number = number_of(value, c_type != SQL_C_NUMERIC);
    const uint8_t precision = type->kind == QA_SQL_DECIMAL && type->precision > 0 ? type->precision
                              : type->kind == QA_SQL_INTEGER                      ? 10
                              : type->kind == QA_SQL_BIGINT                       ? 19
                                                                                  : QA_SQL_PRECISION_MAX;
    return qa_odbc_put_number(&number, precision, target, c_type);
}

static qa_odbc_outcome_t put_from_moment(const qa_sql_value_t *value, const qa_odbc_target_t *target,
                                         uint64_t *offset)
{
    const qa_odbc_moment_t moment = qa_odbc_moment_from(value->kind, value->integer);
    const SQLSMALLINT stored = value->kind == QA_SQL_DATE   ? SQL_C_TYPE_DATE
                               : value->kind == QA_SQL_TIME ? SQL_C_TYPE_TIME
                                                            : SQL_C_TYPE_TIMESTAMP;
    char text[QA_ODBC_MOMENT_BYTES];
    switch (target->c_type) {
    case SQL_C_CHAR:
    case SQL_C_WCHAR: {
        /* Only a fraction of a second can be cut. */
        const size_t bytes = qa_odbc_moment_print(&moment, text);
        const char *const point = memchr(text, '.', bytes);
        return qa_odbc_put_literal(text, bytes, point == NULL ? bytes : (size_t)(point - text), target,
                                   offset);
    }
    case SQL_C_BINARY:
        if (target->data_bytes < qa_odbc_c_type_bytes(stored)) return QA_ODBC_OUT_OF_RANGE;
        return qa_odbc_put_moment(&moment, target, stored);
    case SQL_C_TYPE_DATE:
    case SQL_C_TYPE_TIME:
    case SQL_C_TYPE_TIMESTAMP:
        return qa_odbc_put_moment(&moment, target, target->c_type);
    default:
        return QA_ODBC_RESTRICTED;
    }
}

static qa_odbc_outcome_t put_null(const qa_odbc_target_t *target)
{
    const SQLLEN null = SQL_NULL_DATA;
    if (target->indicator == NULL) return QA_ODBC_NULL_NEEDS_INDICATOR;
    memcpy(target->indicator, &null, sizeof(null));
    return QA_ODBC_OK;
}

static bool is_in_pieces(uint8_t kind, SQLSMALLINT c_type)
{
    if (c_type == SQL_C_CHAR || c_type == SQL_C_WCHAR) return true;
    return c_type == SQL_C_BINARY && (kind == QA_SQL_TEXT || kind == QA_SQL_BINARY);
}

static qa_odbc_outcome_t put_present(const qa_sql_value_t *value, const qa_sql_type_t *type,
                                     const qa_odbc_target_t *target, uint64_t *offset)
{
    switch ((qa_sql_kind_t)value->kind) {
    case QA_SQL_TEXT:
        return put_from_text(value->text, value->bytes, target, offset);
    case QA_SQL_BINARY:
        if (target->c_type == SQL_C_BINARY)
            return qa_odbc_put_bytes(value->text, value->bytes, target, offset);
        if (target->c_type == SQL_C_CHAR || target->c_type == SQL_C_WCHAR)
            return qa_odbc_put_hex(value->text, value->bytes, target, offset);
        return QA_ODBC_RESTRICTED;
    case QA_SQL_DATE:
    case QA_SQL_TIME:
    case QA_SQL_TIMESTAMP:
        return put_from_moment(value, target, offset);
    default:
        return put_from_number(value, type, target, offset);
    }
}

qa_odbc_outcome_t qa_odbc_put_value(const qa_sql_value_t *value, const qa_sql_type_t *type,
                                    const qa_odbc_target_t *target, uint64_t *offset)
{
    qa_odbc_target_t resolved = *target;
    if (resolved.c_type == SQL_C_DEFAULT) {
        qa_odbc_type_t described;
        qa_odbc_type_describe(type, &described);
        resolved.c_type = described.default_c_type;
    }
    resolved.c_type = qa_odbc_type_code_from(resolved.c_type);
    if (!qa_odbc_c_type_is_known(resolved.c_type)) return QA_ODBC_BAD_C_TYPE;
    if (offset != NULL && *offset == QA_ODBC_OFFSET_END) return QA_ODBC_NO_MORE;
    if (value->kind != QA_SQL_NULL && is_in_pieces(value->kind, resolved.c_type))
        return put_present(value, type, &resolved, offset);
    const qa_odbc_outcome_t outcome =
        value->kind == QA_SQL_NULL ? put_null(&resolved) : put_present(value, type, &resolved, NULL);
    if (offset != NULL && !qa_odbc_is_error(outcome)) *offset = QA_ODBC_OFFSET_END;
    return outcome;
}
