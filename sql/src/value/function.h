/* The scalar functions and operators of the dialect: one row each in functions.def. */
#ifndef QA_SQL_FUNCTION_H
#define QA_SQL_FUNCTION_H

#include <stddef.h>

#include "value/value.h"

typedef struct qa_sql_function qa_sql_function_t;
struct qa_sql_environment;
struct qa_sql_expression;

/* What a function computes from: evaluated arguments of the kinds that its rules promise. */
typedef struct qa_sql_call {
    const struct qa_sql_environment *environment;
    const qa_sql_type_t *type; /* of the result */
    const qa_sql_type_t *argument_types;
    const qa_sql_value_t *arguments; /* none is NULL, unless the function is loose */
    uint16_t argument_count;
} qa_sql_call_t;
typedef qa_status_t (*qa_sql_compute_t)(const qa_sql_call_t *call, qa_sql_value_t *value_out);
/* The type of the result from the arguments, which are cast as the function's rules say. */
typedef struct qa_sql_typing {
    const struct qa_sql_expression *const *arguments;
    uint16_t argument_count;
    qa_error_t *error;
} qa_sql_typing_t;
typedef qa_status_t (*qa_sql_result_t)(const qa_sql_typing_t *call, qa_sql_type_t *type_out);

/* QA_SQL_F_ADD, QA_SQL_F_EQUAL …: for those who look into expressions. */
typedef enum qa_sql_function_id {
#define QA_SQL_FUNCTION(ID, NAME, GROUP, RULES, MINIMUM, MAXIMUM, FORM, RESULT, COMPUTE, SUMMARY)            \
    QA_SQL_F_##ID,
#define QA_SQL_ALIAS(NAME, ID, GROUP, SUMMARY)
#include "value/functions.def"
#undef QA_SQL_FUNCTION
#undef QA_SQL_ALIAS
} qa_sql_function_id_t;

typedef enum qa_sql_form {
    QA_SQL_STRICT = 0, /* NULL in, NULL out */
    QA_SQL_LOOSE = 1,  /* is called with NULLs, too */
    QA_SQL_LAZY = 2,   /* the evaluator's own: evaluates only the arguments that it needs */
    QA_SQL_MOMENT = 3  /* strict; takes from the context of the execution, so it is never computed before */
} qa_sql_form_t;

struct qa_sql_function {
    qa_sql_function_id_t id;
    const char *name; /* canonical: an alias is found as its function */
    const char *group;
    const char *rules; /* a letter per argument, see functions.def */
    uint16_t argument_min;
    uint16_t argument_max;
    uint8_t form; /* qa_sql_form_t */
    qa_sql_result_t result;
    qa_sql_compute_t compute; /* of a lazy function: never called */
    const char *summary;
};

const qa_sql_function_t *qa_sql_function_of(qa_sql_function_id_t id);
/* The name nearest to an unknown one, NULL if none is near: for messages. */
const char *qa_sql_function_nearest(const char *name, size_t bytes);
const qa_sql_function_t *qa_sql_function_find(const char *name, size_t bytes); /* without case; NULL: none */

#endif
