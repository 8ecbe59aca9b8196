/* Values of SQL as values of SQLite and back.
 *
 * BOOLEAN, INTEGER, BIGINT, DATE, TIME, TIMESTAMP are INTEGER; DOUBLE is REAL; TEXT is TEXT; BINARY is BLOB;
 * DECIMAL is a BLOB of 16 bytes: the units in big-endian order with the sign bit flipped, so that SQLite's
 * order of bytes is the order of numbers of one scale. Types are static: nothing stored says its own. It must
 * never make SQLite convert a value. */
#include <string.h>

#include "sqlite/engine_private.h"

enum { DECIMAL_BYTES = 16 };

void qa_sql_encode_decimal(qa_int128_t units, uint8_t bytes_out[16])
{
    qa_uint128_t bits = (qa_uint128_t)units ^ ((qa_uint128_t)1 << 127);
    for (int i = DECIMAL_BYTES - 1; i >= 0; i--) {
        bytes_out[i] = (uint8_t)bits;
        bits >>= 8;
    }
}

qa_int128_t qa_sql_decode_decimal(const uint8_t bytes[16])
{
    qa_uint128_t bits = 0;
    for (int i = 0; i < DECIMAL_BYTES; i++)
        bits = bits << 8 | bytes[i];
    return (qa_int128_t)(bits ^ ((qa_uint128_t)1 << 127));
}

void qa_sql_encode(sqlite3_context *context, const qa_sql_value_t *value, bool is_kept)
{
    const sqlite3_destructor_type keeping = is_kept ? SQLITE_STATIC : SQLITE_TRANSIENT;
    uint8_t bytes[DECIMAL_BYTES];
    switch (value->kind) {
    case QA_SQL_NULL:
        sqlite3_result_null(context);
        return;
    case QA_SQL_DECIMAL:
        qa_sql_encode_decimal(value->units, bytes);
        sqlite3_result_blob(context, bytes, DECIMAL_BYTES, SQLITE_TRANSIENT);
        return;
    case QA_SQL_DOUBLE:
        sqlite3_result_double(context, value->number);
        return;
    case QA_SQL_TEXT:
        sqlite3_result_text(context, value->bytes == 0 ? "" : value->text, (int)value->bytes, keeping);
        return;
    case QA_SQL_BINARY:
        sqlite3_result_blob(context, value->bytes == 0 ? "" : value->text, (int)value->bytes, keeping);
        return;
    default:
        sqlite3_result_int64(context, value->integer);
    }
}

int qa_sql_encode_parameter(sqlite3_stmt *statement, int index, const qa_sql_value_t *value)
{
    uint8_t bytes[DECIMAL_BYTES];
    switch (value->kind) {
    case QA_SQL_NULL:
        return sqlite3_bind_null(statement, index);
    case QA_SQL_DECIMAL:
        qa_sql_encode_decimal(value->units, bytes);
        return sqlite3_bind_blob(statement, index, bytes, DECIMAL_BYTES, SQLITE_TRANSIENT);
    case QA_SQL_DOUBLE:
        return sqlite3_bind_double(statement, index, value->number);
    case QA_SQL_TEXT: /* outlives the step: the caller's row stays until then */
        return sqlite3_bind_text(statement, index, value->bytes == 0 ? "" : value->text, (int)value->bytes,
                                 SQLITE_STATIC);
    case QA_SQL_BINARY:
        return sqlite3_bind_blob(statement, index, value->bytes == 0 ? "" : value->text, (int)value->bytes,
                                 SQLITE_STATIC);
    default:
        return sqlite3_bind_int64(statement, index, value->integer);
    }
}

/* sqlite3_value_text would copy a text to end it with a zero; the bytes of a text as a blob are the text. */
static void take_bytes(sqlite3_value *stored, qa_sql_value_t *value_out)
{
    const char *data = sqlite3_value_blob(stored);
    value_out->bytes = (uint32_t)sqlite3_value_bytes(stored);
    value_out->text = data == NULL ? "" : data;
}

bool qa_sql_decode(sqlite3_value *stored, const qa_sql_type_t *type, qa_sql_value_t *value_out)
{
    const int storage = sqlite3_value_type(stored);
    *value_out = (qa_sql_value_t){ .kind = QA_SQL_NULL };
    if (storage == SQLITE_NULL) return true;
    value_out->kind = type->kind;
    switch (type->kind) {
    case QA_SQL_NULL:
        return false;
    case QA_SQL_DECIMAL:
        if (storage != SQLITE_BLOB || sqlite3_value_bytes(stored) != DECIMAL_BYTES) return false;
        value_out->scale = type->scale;
        value_out->units = qa_sql_decode_decimal(sqlite3_value_blob(stored));
        return true;
    case QA_SQL_DOUBLE:
        value_out->number = sqlite3_value_double(stored);
        return storage == SQLITE_FLOAT;
    case QA_SQL_TEXT:
        take_bytes(stored, value_out);
        return storage == SQLITE_TEXT;
    case QA_SQL_BINARY:
        take_bytes(stored, value_out);
        return storage == SQLITE_BLOB;
    default:
        value_out->integer = sqlite3_value_int64(stored);
        return storage == SQLITE_INTEGER;
    }
}
