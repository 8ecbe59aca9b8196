/* The bound tree: names looked up, every expression typed, aggregates pulled out of the outputs.
 *
 * A block reads as: from → where → (keys, aggregates) → having → outputs → distinct. In a grouped block,
 * having, outputs and orders are expressions over QA_SQL_KEY and QA_SQL_AGGREGATE of the block; in others
 * over QA_SQL_COLUMN of its relations. A column or key of an outer block is a correlation. */
#ifndef QA_SQL_BOUND_H
#define QA_SQL_BOUND_H

#include "catalog/catalog.h"
#include "syntax/ast.h"

typedef struct qa_sql_query qa_sql_query_t;
typedef struct qa_sql_block qa_sql_block_t;

typedef struct qa_sql_output {
    const char *name;
    const qa_sql_expression_t *expression;
} qa_sql_output_t;

typedef enum qa_sql_relation_source {
    QA_SQL_FROM_TABLE = 0,
    QA_SQL_FROM_QUERY = 1, /* derived table */
    QA_SQL_FROM_CTE = 2
} qa_sql_relation_source_t;

typedef struct qa_sql_relation {
    uint32_t id;    /* unique in the statement */
    uint8_t source; /* qa_sql_relation_source_t */
    const char *alias;
    /* A table. */
    const qa_sql_shape_table_t *table;
    const char *app;                  /* "" for a scratch table */
    const qa_sql_expression_t *as_of; /* constant or parameter, typed; NULL: the session's moment */
    /* A derived table, or the query of a CTE. */
    qa_sql_query_t *query;
    uint32_t cte; /* id of the CTE */
    uint16_t column_count;
    const char *const *column_names;
    const qa_sql_type_t *column_types; /* nullable on the outer side of a join */
} qa_sql_relation_t;

/* FROM: a tree of joins. A leaf has `relation`. */
typedef struct qa_sql_from qa_sql_from_t;
struct qa_sql_from {
    qa_sql_relation_t *relation; /* NULL: a join */
    uint8_t join;                /* qa_sql_join_kind_t */
    qa_sql_from_t *left, *right;
    const qa_sql_expression_t *condition; /* of a join; NULL: true */
};

typedef enum qa_sql_aggregate_kind {
    QA_SQL_COUNT_ROWS = 0, /* COUNT(*) */
    QA_SQL_COUNT = 1,
    QA_SQL_SUM = 2,
    QA_SQL_AVERAGE = 3,
    QA_SQL_MIN = 4,
    QA_SQL_MAX = 5
} qa_sql_aggregate_kind_t;
typedef struct qa_sql_aggregate {
    uint8_t kind; /* qa_sql_aggregate_kind_t */
    bool is_distinct;
    const qa_sql_expression_t *argument; /* NULL for COUNT(*) */
    qa_sql_type_t type;
} qa_sql_aggregate_t;

typedef struct qa_sql_order {
    const qa_sql_expression_t *expression; /* NULL: the output at `output` */
    uint16_t output;
    bool is_descending;
    bool is_nulls_last;
} qa_sql_order_t;

struct qa_sql_block {
    uint32_t id; /* unique in the statement, among relations too */
    bool is_distinct;
    bool is_grouped;     /* GROUP BY, or an aggregate without one (then key_count is 0) */
    qa_sql_from_t *from; /* NULL: one row without columns */
    const qa_sql_expression_t *where;
    const qa_sql_expression_t **keys;
    uint16_t key_count;
    qa_sql_aggregate_t *aggregates;
    uint16_t aggregate_count;
    const qa_sql_expression_t *having;
    qa_sql_output_t *outputs;
    uint16_t output_count;
    bool is_with_empty; /* of an UPDATE of cells: every cell that the predicate names, with a value or not */
};

typedef struct qa_sql_cte {
    uint32_t id;
    const char *name;
    qa_sql_query_t *query;
    uint32_t use_count;
} qa_sql_cte_t;

struct qa_sql_query {
    uint8_t kind; /* qa_sql_set_kind_t */
    qa_sql_cte_t *ctes;
    uint16_t cte_count;
    qa_sql_block_t *block;             /* kind BLOCK */
    const qa_sql_expression_t ***rows; /* kind BLOCK and block NULL: VALUES, each cast to the column's type */
    uint32_t row_count;
    qa_sql_query_t *left, *right; /* both sides have casts to the common types */
    qa_sql_order_t *orders;
    uint16_t order_count;
    const qa_sql_expression_t *limit; /* BIGINT: constant or parameter; NULL: none */
    const qa_sql_expression_t *offset;
    bool is_correlated; /* uses columns or keys of an outer block */
    uint16_t column_count;
    const char *const *column_names;
    const qa_sql_type_t *column_types;
};

/* A write: the query gives its rows.
 *   INSERT: the target's columns of `columns`, cast to their types.
 *   UPDATE: atoms, cells: every column of the target in order, then one per assignment (cast to its column).
 *           scratch: `where` and `values` are over the relation `target`.
 *   DELETE: atoms, cells: every column of the target. */
typedef struct qa_sql_write {
    qa_sql_relation_t *target;
    qa_sql_query_t *query;
    uint16_t *columns; /* indexes into the target's columns: of INSERT, or assigned by UPDATE */
    uint16_t column_count;
    const qa_sql_expression_t **values; /* scratch UPDATE */
    const qa_sql_expression_t *where;   /* scratch UPDATE, DELETE; of cells: to see that there is one */
} qa_sql_write_t;

typedef struct qa_sql_bound {
    uint8_t kind; /* qa_ast_statement_kind_t */
    bool is_explain;
    qa_arena_t *arena;
    qa_sql_query_t *query; /* SELECT */
    qa_sql_write_t *write;
    const char *procedure; /* CALL: upper-case name, app, arguments (constants or parameters) */
    const char *procedure_app;
    const qa_sql_expression_t **arguments;
    uint16_t argument_count;
    const qa_ast_statement_t *definition; /* CREATE TABLE, DROP TABLE */
    qa_sql_type_t *parameter_types;
    uint16_t parameter_count;
    qa_sql_shape_t **shapes; /* kept: the binder drops them when it fails, qa_sql_unbind afterwards */
    uint16_t shape_count;
    uint32_t id_count; /* relations, blocks, CTEs have ids below */
} qa_sql_bound_t;

#endif
