/* What the parser makes of a text: names not looked up, types not known. Everything lies in the arena given
 * to the parser; texts are terminated copies in normal spelling (quoted names without their quotes).
 *
 * Sub-trees may be shared (the operand of BETWEEN stands in both comparisons): whoever annotates nodes keeps
 * that in mind. */
#ifndef QA_SQL_AST_H
#define QA_SQL_AST_H

#include "base/memory.h"
#include "qa/sql_value.h"

typedef struct qa_ast_expression qa_ast_expression_t;
typedef struct qa_ast_query qa_ast_query_t;
typedef struct qa_ast_from qa_ast_from_t;

/* A name as written. Comparing ignores case unless it was quoted. */
typedef struct qa_ast_name {
    const char *text; /* NULL: not given */
    uint32_t bytes;
    bool is_quoted;
    uint32_t position; /* byte in the statement */
} qa_ast_name_t;

typedef enum qa_ast_expression_kind {
    QA_AST_LITERAL = 0,   /* value and type */
    QA_AST_PARAMETER = 1, /* index */
    QA_AST_NAME = 2,      /* names[0..name_count): [[schema.]table.]column */
    QA_AST_STAR = 3,      /* * or table.* (names); in a select list, or the argument of COUNT */
    QA_AST_CALL = 4,      /* text: upper case name of a function or operator of value/functions.def, or of an
                             aggregate; arguments; is_distinct; AND, OR and || of two or more; BETWEEN is
                             already two comparisons; NOT IN, NOT LIKE, NOT BETWEEN are NOT over them;
                             x IN (list) is IN with the list behind x */
    QA_AST_CASE = 5, /* has_operand: arguments[0] is it; then condition, result pairs; has_else: the last */
    QA_AST_CAST = 6, /* arguments[0] to type; also {fn CONVERT(x, SQL_…)} and CONVERT(x, type) */
    QA_AST_SCALAR_QUERY = 7,
    QA_AST_EXISTS = 8,
    QA_AST_IN_QUERY = 9 /* arguments[0] IN (query); x = ANY (query) is the same, x <> ALL (query) its NOT */
} qa_ast_expression_kind_t;

struct qa_ast_expression {
    uint8_t kind; /* qa_ast_expression_kind_t */
    bool is_distinct;
    bool has_operand;
    bool has_else;
    uint8_t name_count;
    uint16_t argument_count;
    uint16_t height; /* levels of the tree from here down, sub-queries included: at most QA_SQL_NESTING_MAX */
    uint32_t index;
    uint32_t position;
    qa_ast_name_t names[3];
    const char *text;
    uint32_t text_bytes;
    qa_ast_expression_t **arguments;
    qa_sql_value_t value;
    qa_sql_type_t type;
    qa_ast_query_t *query;
};

typedef enum qa_ast_from_kind {
    QA_AST_TABLE = 0,
    QA_AST_DERIVED = 1, /* (query) AS alias (columns) */
    QA_AST_JOIN = 2
} qa_ast_from_kind_t;
typedef enum qa_sql_join_kind {
    QA_SQL_JOIN_CROSS = 0,
    QA_SQL_JOIN_INNER = 1,
    QA_SQL_JOIN_LEFT = 2,
    QA_SQL_JOIN_RIGHT = 3,
    QA_SQL_JOIN_FULL = 4
} qa_sql_join_kind_t;

struct qa_ast_from {
    uint8_t kind; /* qa_ast_from_kind_t */
    uint8_t join; /* qa_sql_join_kind_t */
    bool is_natural;
    uint16_t height;
    qa_ast_name_t schema, table, alias;
    qa_ast_name_t *columns; /* of an alias (a, b), or of USING (a, b) */
    uint16_t column_count;
    qa_ast_expression_t *as_of; /* FOR SYSTEM_TIME AS OF; NULL: none */
    qa_ast_query_t *query;
    qa_ast_from_t *left, *right;
    qa_ast_expression_t *condition; /* ON; NULL: none */
    uint32_t position;
};

typedef struct qa_ast_output {
    qa_ast_expression_t *expression;
    qa_ast_name_t alias;
} qa_ast_output_t;

typedef struct qa_ast_order {
    qa_ast_expression_t *expression; /* an integer literal is a position */
    bool is_descending;
    int8_t nulls; /* -1 first, 1 last, 0 not said (low) */
} qa_ast_order_t;

/* One SELECT. A FROM list a, b is a chain of cross joins. */
typedef struct qa_ast_block {
    bool is_distinct;
    qa_ast_output_t *outputs;
    uint16_t output_count;
    qa_ast_from_t *from; /* NULL: none */
    qa_ast_expression_t *where;
    qa_ast_expression_t **groups;
    uint16_t group_count;
    bool is_grouped; /* GROUP BY was written */
    qa_ast_expression_t *having;
} qa_ast_block_t;

typedef enum qa_sql_set_kind {
    QA_SQL_SET_BLOCK = 0, /* a single SELECT, VALUES list, or parenthesised query */
    QA_SQL_SET_UNION = 1,
    QA_SQL_SET_UNION_ALL = 2,
    QA_SQL_SET_INTERSECT = 3,
    QA_SQL_SET_EXCEPT = 4
} qa_sql_set_kind_t;

typedef struct qa_ast_cte {
    qa_ast_name_t name;
    qa_ast_name_t *columns;
    uint16_t column_count;
    qa_ast_query_t *query;
} qa_ast_cte_t;

/* A query expression. kind BLOCK: `block` (or `rows` of VALUES), else left and right. WITH, ORDER BY, LIMIT
 * belong to the whole. */
struct qa_ast_query {
    uint8_t kind; /* qa_sql_set_kind_t */
    bool is_recursive;
    uint16_t height;
    qa_ast_cte_t *ctes;
    uint16_t cte_count;
    qa_ast_block_t *block;
    qa_ast_expression_t ***rows; /* VALUES (a, b), (c, d): row_count lists of row_width */
    uint32_t row_count;
    uint16_t row_width;
    qa_ast_query_t *left, *right;
    qa_ast_order_t *orders;
    uint16_t order_count;
    qa_ast_expression_t *limit; /* LIMIT n, FETCH FIRST n ROWS ONLY, TOP n */
    qa_ast_expression_t *offset;
    uint32_t position;
};

typedef enum qa_ast_statement_kind {
    QA_AST_SELECT = 0,
    QA_AST_INSERT = 1,
    QA_AST_UPDATE = 2,
    QA_AST_DELETE = 3,
    QA_AST_CALL_PROCEDURE = 4,
    QA_AST_CREATE_TABLE = 5,
    QA_AST_DROP_TABLE = 6,
    QA_AST_EXPLAIN = 7,
    QA_AST_BEGIN = 8, /* BEGIN, START TRANSACTION */
    QA_AST_COMMIT = 9,
    QA_AST_ROLLBACK = 10
} qa_ast_statement_kind_t;

typedef struct qa_ast_assignment {
    qa_ast_name_t column;
    qa_ast_expression_t *value; /* NULL: DEFAULT */
} qa_ast_assignment_t;

typedef struct qa_ast_column_definition {
    qa_ast_name_t name;
    qa_sql_type_t type;
    bool is_not_null;
    bool is_primary_key;
} qa_ast_column_definition_t;

typedef struct qa_ast_statement qa_ast_statement_t;
struct qa_ast_statement {
    uint8_t kind; /* qa_ast_statement_kind_t */
    uint16_t parameter_count;
    qa_ast_query_t *query;              /* SELECT; INSERT's source (VALUES too); CREATE TABLE … AS */
    qa_ast_name_t schema, table, alias; /* of a write, a CREATE, a DROP; schema and name of a procedure */
    qa_ast_name_t *columns;             /* INSERT (a, b) */
    uint16_t column_count;
    qa_ast_assignment_t *assignments; /* UPDATE */
    uint16_t assignment_count;
    qa_ast_expression_t *where;
    qa_ast_expression_t **arguments; /* CALL */
    uint16_t argument_count;
    bool has_result_marker; /* {? = CALL …}: parameter 0 is the result */
    bool is_if_exists;      /* DROP TABLE IF EXISTS; CREATE TABLE IF NOT EXISTS */
    qa_ast_column_definition_t *definitions;
    uint16_t definition_count;
    qa_ast_name_t *keys; /* PRIMARY KEY (a, b) behind the columns */
    uint16_t key_count;
    qa_ast_statement_t *explained;
};

#endif
