/* Comparing, hashing and storing values: one order for both paths. */
#ifndef QA_SQL_VALUE_PRIVATE_H
#define QA_SQL_VALUE_PRIVATE_H

#include "base/memory.h"
#include "qa/sql_value.h"

/* <0, 0, >0 of two values that are not NULL, of one kind after qa_sql_type_common, decimals of one scale.
 * Texts as bytes, or as names if `is_name` (the order of their keys). */
int qa_sql_compare(const qa_sql_value_t *a, const qa_sql_value_t *b, bool is_name);
/* Equal values (NULL equals NULL) have equal hashes. */
uint64_t qa_sql_hash(const qa_sql_value_t *value, bool is_name);

/* The type that both fit for comparing and for results of CASE, COALESCE, UNION: numbers widen
 * INTEGER, BIGINT, DECIMAL, DOUBLE; DATE widens to TIMESTAMP; NULL takes the other; texts the longer; is_name if
 * either. DECIMAL keeps the larger scale and as many integral digits as 38 allow. QA_TYPE_CLASH otherwise. */
qa_status_t qa_sql_type_common(const qa_sql_type_t *a, const qa_sql_type_t *b, qa_sql_type_t *common_out);
/* Same kind, scale: values need no cast to be compared. */
bool qa_sql_type_is_same(const qa_sql_type_t *a, const qa_sql_type_t *b);

/* Reading the literals of SQL: text of '…', of numbers (INTEGER, BIGINT, DECIMAL by their digits; with an
 * exponent DOUBLE), of DATE '…', TIME '…', TIMESTAMP '…'. */
qa_status_t qa_sql_parse_number(const char *text, size_t bytes, qa_sql_value_t *value_out, qa_sql_type_t *type_out);
qa_status_t qa_sql_parse_date(const char *text, size_t bytes, int64_t *day_out);
qa_status_t qa_sql_parse_time(const char *text, size_t bytes, int64_t *ticks_out);
qa_status_t qa_sql_parse_timestamp(const char *text, size_t bytes, int64_t *ticks_out);

#endif
