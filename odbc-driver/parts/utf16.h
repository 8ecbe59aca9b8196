/* Between UTF-8, which the engine speaks, and UTF-16, which the entry points speak (SQLWCHAR of two bytes,
 * never wchar_t). Strict both ways: an unpaired surrogate or broken UTF-8 is refused, nothing is replaced.
 *
 *     char name[QA_ODBC_UTF8_BYTES(64)];
 *     size_t bytes;
 *     if (!qa_odbc_utf16_to_utf8(text, units, name, &bytes)) … // 22021
 *
 * Lengths are units of two bytes for UTF-16 and bytes for UTF-8, without a terminator unless said. UTF-16 is
 * passed as void: an application need not align its buffers. No memory is taken. */
#ifndef QA_ODBC_UTF16_H
#define QA_ODBC_UTF16_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sql.h>
#include <sqlext.h>

_Static_assert(sizeof(SQLWCHAR) == 2, "SQLWCHAR is a unit of UTF-16");

/* What UNITS units take in UTF-8 at most, with a terminator. */
#define QA_ODBC_UTF8_BYTES(UNITS) ((size_t)(UNITS)*3 + 1)

/* The units of an argument: `length` itself, or for SQL_NTS those before the terminator. False: `length` is
 * negative and not SQL_NTS (HY090), or `text` is NULL and `length` is not 0. NULL with SQL_NTS counts 0. */
bool qa_odbc_utf16_length(const void *text, SQLLEN length, size_t *units_out);

/* Writes UTF-8 and a terminator; `utf8_out` has QA_ODBC_UTF8_BYTES(units). False: an unpaired surrogate; then
 * *bytes_out is 0 and the text empty. */
bool qa_odbc_utf16_to_utf8(const void *text, size_t units, char *utf8_out, size_t *bytes_out);
/* The bytes that these units need as UTF-8 without a terminator; unpaired surrogates count 3. */
size_t qa_odbc_utf8_length(const void *text, size_t units);

/* Copies valid UTF-8 into a buffer of `capacity` units, terminator included, and returns the full length in
 * units, whatever fitted: the text was cut if that is not below `capacity`. Cut at whole characters: never
 * between the two halves of a surrogate pair. `target` may be NULL or `capacity` 0: only counts. */
size_t qa_odbc_utf8_to_utf16(const char *text, size_t bytes, void *target, size_t capacity);
/* The same with lengths in bytes, as SQLGetInfo, SQLGetDiagField, SQLColAttribute and the attributes count:
 * an odd byte of `capacity_bytes` stays as it is. Returns the full length in bytes. */
size_t qa_odbc_utf8_to_utf16_bytes(const char *text, size_t bytes, void *target, size_t capacity_bytes);

/* As many whole characters from `text` + *at on as fit `capacity` units, without a terminator; *at moves
 * behind what was written. Returns the units. */
size_t qa_odbc_utf16_write(const char *text, size_t bytes, size_t *at, void *target, size_t capacity);

#endif
