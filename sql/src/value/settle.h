/* Settling the types of arguments: what untyped parameters and NULLs take, which casts are put in, what
 * clashes. */
#ifndef QA_SQL_VALUE_SETTLE_H
#define QA_SQL_VALUE_SETTLE_H

#include "value/expression.h"

typedef struct qa_sql_settle {
    qa_arena_t *arena;
    const char *name; /* of the function or operator, for messages */
    qa_sql_type_t *parameter_types;
    qa_error_t *error;
} qa_sql_settle_t;

/* Replaces the arguments by ones of the types that the rules ask for (functions.def). */
qa_status_t qa_sql_settle_arguments(const qa_sql_settle_t *settle, const char *rules,
                                    const qa_sql_expression_t **arguments, uint16_t count);
/* All of one type (`is_alike`) or only comparable. */
qa_status_t qa_sql_settle_group(const qa_sql_settle_t *settle, bool is_alike,
                                const qa_sql_expression_t **arguments, uint16_t count,
                                qa_sql_type_t *type_out);
/* A parameter whose type is known by now takes it. */
qa_status_t qa_sql_settle_parameter(const qa_sql_settle_t *settle, const qa_sql_expression_t **argument);
/* A parameter or NULL without type takes this one; others stay. */
qa_status_t qa_sql_settle_untyped(const qa_sql_settle_t *settle, const qa_sql_expression_t **argument,
                                  const qa_sql_type_t *type);

#endif
