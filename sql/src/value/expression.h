/* Typed expressions and their one evaluator. Both paths, the core's and the row engine's, compute every
 * scalar with it, so they agree bit for bit. The binder makes expressions; the planner replaces what comes
 * from outside (columns, group keys, aggregates, sub-queries) by inputs. */
#ifndef QA_SQL_EXPRESSION_H
#define QA_SQL_EXPRESSION_H

#include "value/function.h"
#include "value/value.h"

struct qa_sql_query; /* bind/bound.h */

typedef enum qa_sql_node {
    QA_SQL_CONSTANT = 0,
    QA_SQL_PARAMETER = 1, /* index: 0-based */
    QA_SQL_CALL = 2,      /* function over arguments: operators, too */
    QA_SQL_CASE = 3,      /* arguments: condition, result, condition, result …, else (always there) */
    QA_SQL_CAST = 4,      /* the argument to `type` */
    QA_SQL_INPUT = 5,     /* index into the inputs of an evaluation */
    /* From outside: never met by the evaluator. */
    QA_SQL_COLUMN = 6,    /* relation, index: column of a relation of this or an outer block */
    QA_SQL_KEY = 7,       /* relation: the block's id; index: its group key */
    QA_SQL_AGGREGATE = 8, /* relation: the block's id; index: its aggregate */
    QA_SQL_SCALAR_QUERY = 9,
    QA_SQL_EXISTS = 10,
    QA_SQL_IN_QUERY = 11 /* arguments[0] IN (query): both of one type */
} qa_sql_node_t;

typedef struct qa_sql_expression qa_sql_expression_t;
struct qa_sql_expression {
    uint8_t node; /* qa_sql_node_t */
    uint16_t argument_count;
    uint32_t relation;
    uint32_t index;
    uint32_t position; /* byte in the text, for messages */
    qa_sql_type_t type;
    const qa_sql_function_t *function;
    const qa_sql_expression_t **arguments; /* written once, when made */
    qa_sql_value_t value;                  /* of a constant */
    const struct qa_sql_query *query;      /* of a sub-query */
};

/* Where an evaluation takes things from. */
typedef struct qa_sql_environment {
    const qa_sql_value_t *parameters;
    const qa_sql_value_t *inputs;
    qa_arena_t *arena;                    /* texts of results; the caller clears it */
    const struct qa_sql_context *context; /* what CURRENT_TIMESTAMP, USER, DATABASE mean */
    qa_error_t *error;
} qa_sql_environment_t;

/* Fixed for one execute, so that every row of a statement sees the same moment. */
typedef struct qa_sql_context {
    int64_t now_ticks; /* UTC */
    const char *actor;
    const char *app;
} qa_sql_context_t;

/* The value, of the expression's type or NULL. Three-valued logic; AND, OR, CASE and COALESCE evaluate no
 * argument that they do not need. Errors: QA_OVERFLOW, QA_DIVIDE_BY_ZERO, those of casts, QA_NO_MEMORY. Does
 * not recurse deeper than the parser's limit of nesting. */
qa_status_t qa_sql_evaluate(const qa_sql_expression_t *expression, const qa_sql_environment_t *environment,
                            qa_sql_value_t *value_out);

/* --- making expressions (in an arena; NULL: no memory) --- */
qa_sql_expression_t *qa_sql_make_node(qa_arena_t *arena, qa_sql_node_t node, uint16_t argument_count);
qa_sql_expression_t *qa_sql_make_constant(qa_arena_t *arena, const qa_sql_value_t *value,
                                          const qa_sql_type_t *type);
/* The expression itself if it has the type already (is_nullable apart), else a cast; constants are cast at
 * once. */
qa_status_t qa_sql_make_cast(qa_arena_t *arena, const qa_sql_expression_t *expression,
                             const qa_sql_type_t *type, const qa_sql_expression_t **cast_out,
                             qa_error_t *error);
/* A call of the function named so: finds the overload, casts the arguments, sets the type of the result.
 * Names of operators as in functions.def ("+", "=", "AND", "LIKE", "IS NULL", "IN" …). Untyped NULLs and
 * parameters take the types of the others (the new type is written into `parameter_types[index]`; the array
 * has room for all parameters; its entries start as QA_SQL_NULL). Errors: QA_TYPE_CLASH, QA_SYNTAX
 * (no such function, with the nearest names), QA_COLUMN_COUNT (how many arguments it takes). */
qa_status_t qa_sql_make_call(qa_arena_t *arena, const char *name, size_t name_bytes,
                             const qa_sql_expression_t **arguments, uint16_t argument_count,
                             qa_sql_type_t *parameter_types, uint32_t position,
                             const qa_sql_expression_t **call_out, qa_error_t *error);
/* As qa_sql_make_cast, but an untyped parameter takes the type (for CAST(? AS …), INSERT, UPDATE). A
 * parameter that `parameter_types` knows already has that type. */
qa_status_t qa_sql_make_typed(qa_arena_t *arena, const qa_sql_expression_t *expression,
                              const qa_sql_type_t *type, qa_sql_type_t *parameter_types,
                              const qa_sql_expression_t **typed_out, qa_error_t *error);
/* Brings expressions to one type, as UNION, VALUES and COALESCE do: replaces them in their array. Untyped
 * parameters take the type of the others; if all are untyped and one is a parameter, VARCHAR(4000); if all
 * are NULL, the type stays QA_SQL_NULL. Texts keep their own, shorter lengths. QA_TYPE_CLASH. */
qa_status_t qa_sql_make_alike(qa_arena_t *arena, const qa_sql_expression_t **expressions, uint16_t count,
                              qa_sql_type_t *parameter_types, qa_sql_type_t *type_out, qa_error_t *error);
/* The same for values that are only compared: decimals keep their scales, integers their widths. */
qa_status_t qa_sql_make_comparable(qa_arena_t *arena, const qa_sql_expression_t **expressions, uint16_t count,
                                   qa_sql_type_t *parameter_types, qa_sql_type_t *type_out,
                                   qa_error_t *error);
/* CASE: condition, result, condition, result …, else; the count is odd and at least 3. Conditions are cast to
 * BOOLEAN, results brought to one type. */
qa_status_t qa_sql_make_case(qa_arena_t *arena, const qa_sql_expression_t **arguments,
                             uint16_t argument_count, qa_sql_type_t *parameter_types, uint32_t position,
                             const qa_sql_expression_t **case_out, qa_error_t *error);
/* A copy in which everything from outside became an input; the outside nodes are in *outside_out (equal ones
 * once), input k stands for the k-th. Sub-queries keep their arguments in them. */
qa_status_t qa_sql_make_inputs(qa_arena_t *arena, const qa_sql_expression_t *expression,
                               const qa_sql_expression_t **expression_out,
                               const qa_sql_expression_t ***outside_out, uint16_t *outside_count_out);
/* Visits the expression and all below it, not into sub-queries; stops when `visit` is false. */
bool qa_sql_walk(const qa_sql_expression_t *expression,
                 bool (*visit)(void *context, const qa_sql_expression_t *node), void *context);
/* A call of the function or operator named so. */
bool qa_sql_is_call_of(const qa_sql_expression_t *expression, const char *name);
bool qa_sql_is_equal(const qa_sql_expression_t *a, const qa_sql_expression_t *b);

#endif
