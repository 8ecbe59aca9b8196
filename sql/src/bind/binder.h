/* What the files of the binder share. All that is made lies in the binder's arena. */
#ifndef QA_SQL_BINDER_H
#define QA_SQL_BINDER_H

#include "bind/bind.h"

#include "base/error.h"

enum {
    QA_BIND_DEPTH_MAX = 1000,      /* nodes above each other: the binder recurses */
    QA_BIND_RELATIONS_MAX = 64,    /* tables of one FROM: the row engine joins no more */
    QA_BIND_COLUMNS_MAX = 2000,    /* of one query: the row engine's limit */
    QA_BIND_KEYS_MAX = 250,        /* of GROUP BY, ORDER BY */
    QA_BIND_TEXT_PARAMETER = 4000, /* characters of a parameter that nothing gives a type */
    QA_BIND_NEAR_MAX = 3,          /* names that a message proposes */
    /* Nodes that are bound once more because the operand of a CASE stands in each comparison: CASE in the
     * operand of a CASE would double them at each level. */
    QA_BIND_REPEATED_MAX = 100000
};

/* A column as a name without a table finds it, and as * shows it. */
typedef struct qa_bind_column qa_bind_column_t;
struct qa_bind_column {
    const char *name;
    qa_sql_relation_t *relation; /* NULL: merged by a FULL JOIN: `left`, or `right` where that is NULL */
    uint16_t index;
    const qa_bind_column_t *left;
    const qa_bind_column_t *right;
};
typedef struct qa_bind_columns {
    qa_bind_column_t *items;
    uint32_t count;
} qa_bind_columns_t;

typedef struct qa_bind_relation {
    qa_sql_relation_t *relation;
    qa_sql_type_t *types; /* relation->column_types, while joins may still make them nullable */
    bool is_aliased;
} qa_bind_relation_t;

/* The names that an expression of a block sees; `outer` is the block around it. */
typedef struct qa_bind_scope qa_bind_scope_t;
struct qa_bind_scope {
    qa_bind_scope_t *outer;
    uint32_t depth; /* 1: no block around it */
    uint32_t block_id;
    qa_bind_relation_t *relations;
    uint32_t relation_count;
    uint32_t relation_first; /* an ON sees the relations of its own join only */
    qa_bind_columns_t columns;
    qa_sql_aggregate_t *aggregates;
    uint32_t aggregate_count;
    uint32_t aggregate_capacity;
    const char *clause; /* "WHERE": aggregates have no place there; NULL: they have */
    bool is_in_aggregate;
    const qa_sql_output_t *outputs; /* names that HAVING and ORDER BY find when no column has them */
    uint16_t output_count;
};

/* The CTEs that a query sees: those of its own WITH before those of the queries around it. */
typedef struct qa_bind_ctes qa_bind_ctes_t;
struct qa_bind_ctes {
    qa_bind_ctes_t *outer;
    qa_sql_query_t *owner;
    qa_sql_cte_t *items;
    const qa_ast_name_t *names;
    uint16_t count;                   /* of those that are bound */
    const qa_ast_name_t *in_progress; /* WITH RECURSIVE: the one that is being bound */
};

/* A query that is being bound, so that a column of an outer block marks all that lies between. */
typedef struct qa_bind_frame qa_bind_frame_t;
struct qa_bind_frame {
    qa_bind_frame_t *outer;
    qa_sql_query_t *query;
    uint32_t depth; /* of the scope around the query; 0: none */
};

typedef struct qa_binder {
    const qa_sql_scope_options_t *options;
    qa_arena_t *arena;
    qa_error_t *error;
    qa_sql_bound_t *bound;
    qa_bind_scope_t *scope; /* NULL: no columns */
    qa_bind_ctes_t *ctes;
    qa_bind_frame_t *frame;
    qa_sql_type_t *parameter_types;
    uint32_t parameter_count;
    uint32_t next_id;
    uint32_t depth;
    uint32_t repeat_depth;         /* within an operand of CASE that is bound again */
    uint32_t repeated_count;       /* nodes bound there */
    qa_sql_relation_t **relations; /* all of the statement, for messages */
    uint32_t relation_count;
    uint32_t relation_capacity;
} qa_binder_t;

/* --- helper.c --- */
/* Fails with the place of `position` before the words. */
qa_status_t qa_bind_fail(const qa_binder_t *binder, qa_status_t status, uint32_t position, const char *format,
                         ...) QA_PRINTF(4, 5);
/* Puts the place before the words of an error of somebody else. */
qa_status_t qa_bind_placed(const qa_binder_t *binder, qa_status_t status, uint32_t position);
qa_status_t qa_bind_no_memory(const qa_binder_t *binder);
/* Room for one item more; grown arrays are copied within the arena. */
qa_status_t qa_bind_grow(const qa_binder_t *binder, void **array, uint32_t *capacity, uint32_t count,
                         size_t item_bytes);
qa_status_t qa_bind_enter(qa_binder_t *binder, uint32_t position); /* QA_LIMIT when too deep; with leave */
void qa_bind_leave(qa_binder_t *binder);
/* Whether a name means `have`: exactly if it was quoted, else without case. */
bool qa_bind_is_name(const char *have, const qa_ast_name_t *name);
bool qa_bind_is_same_name(const char *a, const char *b); /* without case */

/* The names nearest to a wrong one. */
typedef struct qa_bind_near {
    const qa_ast_name_t *wanted;
    const char *names[QA_BIND_NEAR_MAX];
    uint32_t distances[QA_BIND_NEAR_MAX];
    uint32_t count;
} qa_bind_near_t;
void qa_bind_near_offer(qa_bind_near_t *near, const char *name);
/* "; did you mean a or b?" or "". */
const char *qa_bind_near_words(const qa_bind_near_t *near, char words_out[160]);

/* --- names.c: columns --- */
qa_status_t qa_bind_name(qa_binder_t *binder, const qa_ast_expression_t *name,
                         const qa_sql_expression_t **expression_out);
/* The columns that * or t.* stands for, in `columns_out`. */
qa_status_t qa_bind_star(qa_binder_t *binder, const qa_ast_expression_t *star,
                         qa_bind_columns_t *columns_out);
/* The expression that a column of FROM is. */
qa_status_t qa_bind_column_expression(qa_binder_t *binder, const qa_bind_column_t *column, uint32_t position,
                                      const qa_sql_expression_t **expression_out);
qa_status_t qa_bind_relation_column(qa_binder_t *binder, const qa_sql_relation_t *relation, uint16_t index,
                                    uint32_t position, const qa_sql_expression_t **expression_out);
/* Marks the queries between here and a scope of that depth as correlated. */
void qa_bind_mark_correlated(const qa_binder_t *binder, uint32_t depth);

/* --- tables.c, from.c --- */
/* A table by name: scratch tables first, then those of the app. `app_out` is "" for a scratch table. */
qa_status_t qa_bind_table(qa_binder_t *binder, const qa_ast_name_t *schema, const qa_ast_name_t *table,
                          const qa_sql_shape_table_t **table_out, const char **app_out);
/* A relation that shows a table, or a query. The names and types are the relation's own copies. */
qa_status_t qa_bind_table_relation(qa_binder_t *binder, const qa_sql_shape_table_t *table, const char *app,
                                   const char *alias, qa_sql_relation_t **relation_out,
                                   qa_sql_type_t **types_out);
qa_status_t qa_bind_query_relation(qa_binder_t *binder, qa_sql_query_t *query, const char *alias,
                                   const qa_ast_name_t *columns, uint16_t column_count, uint32_t position,
                                   qa_sql_relation_t **relation_out, qa_sql_type_t **types_out);
/* Puts a relation into the current scope; its columns are in `columns_out`. */
qa_status_t qa_bind_add_relation(qa_binder_t *binder, qa_sql_relation_t *relation, qa_sql_type_t *types,
                                 bool is_aliased, uint32_t position, qa_bind_columns_t *columns_out);
qa_status_t qa_bind_from(qa_binder_t *binder, const qa_ast_from_t *from, qa_sql_from_t **from_out,
                         qa_bind_columns_t *columns_out);

/* --- expression.c --- */
qa_status_t qa_bind_expression(qa_binder_t *binder, const qa_ast_expression_t *expression,
                               const qa_sql_expression_t **expression_out);
/* The same, BOOLEAN: of WHERE, HAVING, ON, WHEN (`clause`). */
qa_status_t qa_bind_condition(qa_binder_t *binder, const qa_ast_expression_t *expression, const char *clause,
                              const qa_sql_expression_t **expression_out);
/* A constant or parameter without columns: of LIMIT, AS OF, CALL (`clause`). Its type is as written. */
qa_status_t qa_bind_constant(qa_binder_t *binder, const qa_ast_expression_t *expression, const char *clause,
                             const qa_sql_expression_t **expression_out);
/* `name` is terminated. */
qa_status_t qa_bind_call(qa_binder_t *binder, const char *name, const qa_sql_expression_t **arguments,
                         uint16_t argument_count, uint32_t position,
                         const qa_sql_expression_t **expression_out);

/* --- group.c --- */
bool qa_bind_is_aggregate(const char *name, uint32_t bytes);
qa_status_t qa_bind_aggregate(qa_binder_t *binder, const qa_ast_expression_t *call,
                              const qa_sql_expression_t **expression_out);
/* Rewrites an expression of a grouped block over its keys and aggregates. QA_GROUPING names the column that
 * stands in neither. */
qa_status_t qa_bind_over_keys(qa_binder_t *binder, const qa_bind_scope_t *scope, const qa_sql_block_t *block,
                              const qa_sql_expression_t **expression);
/* Whether an aggregate of the scope's block stands in the expression. */
bool qa_bind_has_aggregate(const qa_sql_expression_t *expression, uint32_t block_id);

/* --- recast.c --- */
/* The expression cast to the type; a parameter without a type takes it as it is. */
qa_status_t qa_bind_coerce(qa_binder_t *binder, const qa_sql_expression_t *expression,
                           const qa_sql_type_t *type, uint32_t position,
                           const qa_sql_expression_t **expression_out);
/* What a parameter beside the type takes: wide enough that no digit or character of it is lost. */
qa_sql_type_t qa_bind_beside_parameter(const qa_sql_type_t *type);
/* Whether a column of a query is a parameter that nothing has given a type yet. */
bool qa_bind_is_open(const qa_sql_query_t *query, uint16_t column);
/* The same for storing into a column, where less is allowed: QA_TYPE_CLASH, QA_TEXT_TOO_LONG. */
qa_status_t qa_bind_assign(qa_binder_t *binder, const qa_sql_expression_t *expression,
                           const qa_sql_shape_column_t *column, uint32_t position,
                           const qa_sql_expression_t **expression_out);
/* What a column takes: a member is named by any of its names, however short the codes are that there are. */
qa_sql_type_t qa_bind_stored_type(const qa_sql_shape_column_t *column);
qa_status_t qa_bind_assign_check(const qa_binder_t *binder, const qa_sql_type_t *type, bool is_constant,
                                 const qa_sql_shape_column_t *column, uint32_t position);
/* Makes a column of a query have the type; the query may be wrapped in another one. */
qa_status_t qa_bind_recast(qa_binder_t *binder, qa_sql_query_t **query, uint16_t column,
                           const qa_sql_type_t *type, uint32_t position);
/* Gives columns without a type the one that they have when nobody else says. */
qa_status_t qa_bind_settle(qa_binder_t *binder, qa_sql_query_t **query, uint32_t position);

/* --- query.c, block.c, order.c --- */
/* `wanted`: columns that the rows of a VALUES list are stored into; NULL: none. */
qa_status_t qa_bind_query(qa_binder_t *binder, const qa_ast_query_t *query,
                          const qa_sql_shape_column_t *const *wanted, uint16_t wanted_count,
                          qa_sql_query_t **query_out);
/* A query within another, settled. */
qa_status_t qa_bind_sub_query(qa_binder_t *binder, const qa_ast_query_t *query, qa_sql_query_t **query_out);
/* The scope of a new block around the current one, which it becomes; the caller sets it back. */
qa_status_t qa_bind_open_scope(qa_binder_t *binder, qa_bind_scope_t **scope_out);
/* The block of a SELECT with the orders of its query, which `query` gets. */
qa_status_t qa_bind_block(qa_binder_t *binder, const qa_ast_query_t *ast, qa_sql_query_t *query);
/* Names and types of a block's outputs become those of the query. */
qa_status_t qa_bind_describe(const qa_binder_t *binder, qa_sql_query_t *query);
/* ORDER BY over the outputs only: of set operations and VALUES. */
qa_status_t qa_bind_output_orders(qa_binder_t *binder, const qa_ast_query_t *ast, qa_sql_query_t *query);
/* ORDER BY of a block, before its expressions are rewritten over keys. */
qa_status_t qa_bind_block_orders(qa_binder_t *binder, const qa_ast_query_t *ast, const qa_sql_block_t *block,
                                 qa_sql_query_t *query);
/* The output that an integer literal means, 0-based; -1: it is none. `clause` for the words. */
qa_status_t qa_bind_position(const qa_binder_t *binder, const qa_ast_expression_t *expression,
                             const char *clause, uint16_t output_count, int32_t *output_out);

/* --- write.c --- */
qa_status_t qa_bind_write(qa_binder_t *binder, const qa_ast_statement_t *statement);

#endif
