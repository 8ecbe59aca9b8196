/* The scalar functions and operators of the dialect: one row each in functions.def. */
#ifndef QA_SQL_FUNCTION_H
#define QA_SQL_FUNCTION_H

#include "value/value.h"

typedef struct qa_sql_function qa_sql_function_t;
struct qa_sql_environment;

/* Computes from evaluated arguments. A function that is `is_strict` is not called with a NULL: its result is NULL. */
typedef qa_status_t (*qa_sql_compute_t)(const struct qa_sql_environment *environment, const qa_sql_type_t *type,
                                        const qa_sql_type_t *argument_types, const qa_sql_value_t *arguments,
                                        uint16_t argument_count, qa_sql_value_t *value_out);

const qa_sql_function_t *qa_sql_function_find(const char *name, size_t bytes); /* without case; NULL: none */

#endif
