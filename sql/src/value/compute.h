/* What functions compute: one qa_sql_compute_… per COMPUTE of functions.def, and what these share. A compute
 * function gets arguments of the kinds that its rules promise, fills the value and says what went wrong in
 * environment->error. */
#ifndef QA_SQL_VALUE_COMPUTE_H
#define QA_SQL_VALUE_COMPUTE_H

#include "value/expression.h"

#define QA_SQL_FUNCTION(ID, NAME, GROUP, RULES, MINIMUM, MAXIMUM, FORM, RESULT, COMPUTE, SUMMARY)            \
    qa_status_t qa_sql_compute_##COMPUTE(const qa_sql_call_t *call, qa_sql_value_t *value_out);
#define QA_SQL_ALIAS(NAME, ID, GROUP, SUMMARY)
#include "value/functions.def"
#undef QA_SQL_FUNCTION
#undef QA_SQL_ALIAS

enum {
    QA_SQL_LIKE_ANY = 0xFF, /* in a prepared pattern: any run of characters */
    QA_SQL_LIKE_ONE = 0xFE  /* any one character */
};
/* Whether a text (with `is_name`: the key of a name) fits a prepared pattern. */
bool qa_sql_like_fits(const char *text, size_t bytes, const char *pattern, size_t pattern_bytes);

/* Fields and intervals of EXTRACT, TIMESTAMPADD, TIMESTAMPDIFF; also with SQL_TSI_ in front. */
typedef enum qa_sql_field {
    QA_SQL_FIELD_NONE = 0,
    QA_SQL_FIELD_FRACTION = 1, /* nanoseconds */
    QA_SQL_FIELD_SECOND = 2,
    QA_SQL_FIELD_MINUTE = 3,
    QA_SQL_FIELD_HOUR = 4,
    QA_SQL_FIELD_DAY = 5,
    QA_SQL_FIELD_WEEK = 6,
    QA_SQL_FIELD_MONTH = 7,
    QA_SQL_FIELD_QUARTER = 8,
    QA_SQL_FIELD_YEAR = 9,
    QA_SQL_FIELD_DAY_OF_WEEK = 10,
    QA_SQL_FIELD_DAY_OF_YEAR = 11
} qa_sql_field_t;
qa_sql_field_t qa_sql_field(const qa_sql_value_t *name);

#endif
