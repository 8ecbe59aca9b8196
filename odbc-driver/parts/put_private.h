/* What the files of convert.h's first half share: writing into a target. */
#ifndef QA_ODBC_PUT_PRIVATE_H
#define QA_ODBC_PUT_PRIVATE_H

#include <string.h>

#include "parts/convert.h"
#include "parts/literal.h"

/* An offset that says: all of the value was fetched. */
#define QA_ODBC_OFFSET_END UINT64_MAX

/* Lengths go where the application says, aligned or not. */
static inline void qa_odbc_set_length(const qa_odbc_target_t *target, uint64_t bytes)
{
    const SQLLEN length = (SQLLEN)bytes, zero = 0;
    if (target->length != NULL) memcpy(target->length, &length, sizeof(length));
    if (target->indicator != NULL && target->indicator != target->length)
        memcpy(target->indicator, &zero, sizeof(zero));
}

/* A value of fixed length, with its length. */
static inline qa_odbc_outcome_t qa_odbc_put_fixed(const qa_odbc_target_t *target, const void *data,
                                                  size_t bytes, qa_odbc_outcome_t outcome)
{
    if (qa_odbc_is_error(outcome)) return outcome;
    if (target->data != NULL) memcpy(target->data, data, bytes);
    qa_odbc_set_length(target, bytes);
    return outcome;
}

/* Texts (SQL_C_CHAR, SQL_C_WCHAR), a piece at a time if there is an offset. */
qa_odbc_outcome_t qa_odbc_put_text(const char *text, size_t bytes, const qa_odbc_target_t *target,
                                   uint64_t *offset);
/* Text of a number or a date: refused with OUT_OF_RANGE if less than `least` bytes (characters) of it fit. */
qa_odbc_outcome_t qa_odbc_put_literal(const char *text, size_t bytes, size_t least,
                                      const qa_odbc_target_t *target, uint64_t *offset);
/* A text as SQL_C_BINARY: the bytes of its UTF-16. */
qa_odbc_outcome_t qa_odbc_put_text_bytes(const char *text, size_t bytes, const qa_odbc_target_t *target,
                                         uint64_t *offset);
/* Bytes as SQL_C_BINARY, and as the digits of SQL_C_CHAR and SQL_C_WCHAR. */
qa_odbc_outcome_t qa_odbc_put_bytes(const void *data, size_t bytes, const qa_odbc_target_t *target,
                                    uint64_t *offset);
qa_odbc_outcome_t qa_odbc_put_hex(const void *data, size_t bytes, const qa_odbc_target_t *target,
                                  uint64_t *offset);

/* A number as any C type but those of texts, dates and SQL_C_GUID. `precision` is that of its SQL type: what
 * SQL_C_NUMERIC says if the record says nothing. */
qa_odbc_outcome_t qa_odbc_put_number(const qa_odbc_number_t *number, uint8_t precision,
                                     const qa_odbc_target_t *target, SQLSMALLINT c_type);
/* A moment as SQL_C_TYPE_DATE, SQL_C_TYPE_TIME or SQL_C_TYPE_TIMESTAMP. */
qa_odbc_outcome_t qa_odbc_put_moment(const qa_odbc_moment_t *moment, const qa_odbc_target_t *target,
                                     SQLSMALLINT c_type);
static inline bool qa_odbc_is_interval(SQLSMALLINT c_type)
{
    return c_type >= SQL_C_INTERVAL_YEAR && c_type <= SQL_C_INTERVAL_MINUTE_TO_SECOND;
}

#endif
