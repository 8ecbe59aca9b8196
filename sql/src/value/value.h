/* Comparing, hashing and storing values: one order for both paths. */
#ifndef QA_SQL_VALUE_PRIVATE_H
#define QA_SQL_VALUE_PRIVATE_H

#include "base/memory.h"
#include "qa/sql_value.h"

static inline qa_sql_value_t qa_sql_value_null(void)
{
    return (qa_sql_value_t){ .kind = QA_SQL_NULL };
}
static inline qa_sql_value_t qa_sql_value_boolean(bool is_true)
{
    return (qa_sql_value_t){ .kind = QA_SQL_BOOLEAN, .integer = is_true };
}
/* BOOLEAN, INTEGER, BIGINT, DATE, TIME, TIMESTAMP. */
static inline qa_sql_value_t qa_sql_value_integer(qa_sql_kind_t kind, int64_t integer)
{
    return (qa_sql_value_t){ .kind = (uint8_t)kind, .integer = integer };
}
static inline qa_sql_value_t qa_sql_value_decimal(qa_int128_t units, uint8_t scale)
{
    return (qa_sql_value_t){ .kind = QA_SQL_DECIMAL, .scale = scale, .units = units };
}
static inline qa_sql_value_t qa_sql_value_double(double number)
{
    return (qa_sql_value_t){ .kind = QA_SQL_DOUBLE, .number = number == 0.0 ? 0.0 : number };
}
static inline qa_sql_value_t qa_sql_value_text(const char *text, size_t bytes)
{
    return (qa_sql_value_t){ .kind = QA_SQL_TEXT, .bytes = (uint32_t)bytes, .text = text };
}
static inline bool qa_sql_kind_is_integer(uint8_t kind)
{
    return kind == QA_SQL_INTEGER || kind == QA_SQL_BIGINT;
}
static inline bool qa_sql_kind_is_number(uint8_t kind)
{
    return kind >= QA_SQL_INTEGER && kind <= QA_SQL_DOUBLE;
}

/* <0, 0, >0 of two values that are not NULL, of one kind (INTEGER beside BIGINT is fine, and so are
 * decimals of different scales). Texts as bytes, or as names if `is_name` (the order of their keys). */
int qa_sql_compare(const qa_sql_value_t *a, const qa_sql_value_t *b, bool is_name);
/* Of equal names the one that is shown: the first in byte order, so that no order of rows shows. */
int qa_sql_compare_spelling(const qa_sql_value_t *a, const qa_sql_value_t *b);
/* Equal values (NULL equals NULL) of one type have equal hashes. */
uint64_t qa_sql_hash(const qa_sql_value_t *value, bool is_name);

/* The type that both fit for comparing and for results of CASE, COALESCE, UNION: numbers widen
 * INTEGER, BIGINT, DECIMAL, DOUBLE; DATE widens to TIMESTAMP; NULL takes the other; texts the longer; is_name
 * if either. DECIMAL keeps the larger scale and as many integral digits as 38 allow. QA_TYPE_CLASH otherwise.
 */
qa_status_t qa_sql_type_common(const qa_sql_type_t *a, const qa_sql_type_t *b, qa_sql_type_t *common_out);
/* A type; precision and scale are of a DECIMAL, the length of a TEXT or BINARY. Nullable. */
qa_sql_type_t qa_sql_type_of(qa_sql_kind_t kind);
qa_sql_type_t qa_sql_type_decimal(uint32_t precision, uint32_t scale); /* cut to what there is */
qa_sql_type_t qa_sql_type_text(uint64_t length_units);                 /* cut to QA_SQL_TEXT_LENGTH_MAX */
/* Whether CAST knows a way between the kinds. */
bool qa_sql_type_can_cast(const qa_sql_type_t *from, const qa_sql_type_t *wanted);
/* Same kind, scale: values need no cast to be compared. */
bool qa_sql_type_is_same(const qa_sql_type_t *a, const qa_sql_type_t *b);

/* Reading the literals of SQL: text of '…', of numbers (INTEGER, BIGINT, DECIMAL by their digits; with an
 * exponent DOUBLE), of DATE '…', TIME '…', TIMESTAMP '…'. */
qa_status_t qa_sql_parse_number(const char *text, size_t bytes, qa_sql_value_t *value_out,
                                qa_sql_type_t *type_out);
qa_status_t qa_sql_parse_date(const char *text, size_t bytes, int64_t *day_out);
qa_status_t qa_sql_parse_time(const char *text, size_t bytes, int64_t *ticks_out);
qa_status_t qa_sql_parse_timestamp(const char *text, size_t bytes, int64_t *ticks_out);

#endif
