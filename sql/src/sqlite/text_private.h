/* What the files that write SQLite's text share. */
#ifndef QA_SQL_TEXT_PRIVATE_H
#define QA_SQL_TEXT_PRIVATE_H

#include "base/error.h"
#include "sqlite/engine_private.h"

#define TEXT_NOBODY UINT32_MAX

/* How a column of a relation is called where the text stands. */
typedef enum text_place {
    TEXT_DIRECT = 0, /* r<relation>.c<index> */
    TEXT_ISLAND = 1, /* b<block>.c<n>: the block ran in the core, n by island_columns */
    TEXT_JOINED = 2  /* j<alias>.x<relation>_<index>: within a join on the right of another */
} text_place_t;

/* What is known of an id of the bound tree: relation, block or CTE. */
typedef struct text_item {
    const qa_sql_relation_t *relation;
    const qa_sql_block_t *block;
    const qa_sql_cte_t *cte;
    uint32_t owner;           /* a relation's block, a block's enclosing block; TEXT_NOBODY: none */
    uint8_t *is_used;         /* per column of a relation */
    uint8_t place;            /* text_place_t */
    uint32_t alias;           /* of a JOINED one */
    uint16_t *island_columns; /* per column of a relation */
    uint32_t rows_number;     /* + 1: qa_rows of a relation, a block's groups, a CTE; 0: none yet */
    uint32_t source_number;   /* + 1: of a CTE's text in WITH */
    bool is_tried;            /* as an island */
} text_item_t;

typedef struct text {
    qa_sql_engine_t *engine;
    const qa_sql_run_t *run;
    qa_sql_rows_cursor_t *cursor; /* NULL: nothing is run */
    text_item_t *items;           /* by id */
    uint32_t item_capacity;
    qa_buffer_t withs;
    uint32_t source_count;
    uint32_t join_count;
    uint32_t number_count; /* without a cursor */
    uint32_t correlated_depth;
    bool has_scratch;
    qa_status_t status; /* sticky: writers do nothing once it is not QA_OK */
} text_t;

void text_put_buffer(text_t *text, qa_buffer_t *out, const qa_buffer_t *piece);
void text_put(text_t *text, qa_buffer_t *out, const char *format, ...) QA_PRINTF(3, 4);
bool text_fail(text_t *text, qa_status_t status); /* with words already in run->error; false */

/* --- text_scope.c --- */
/* Visits every expression of a query, its sub-queries and derived tables; false: stopped. */
bool text_walk_query(const qa_sql_query_t *query, bool (*visit)(void *, const qa_sql_expression_t *),
                     void *context);
bool text_walk(const qa_sql_expression_t *expression, bool (*visit)(void *, const qa_sql_expression_t *),
               void *context);
/* Learns all ids of a query that stands in `block` (TEXT_NOBODY: at the top), and which columns are used. */
void text_learn_query(text_t *text, const qa_sql_query_t *query, uint32_t block);
void text_learn_relation(text_t *text, const qa_sql_relation_t *relation, uint32_t block);
void text_learn(text_t *text, const qa_sql_expression_t *expression, uint32_t block);
/* Whether from, where, keys and aggregates look at nothing outside of the block. */
bool text_is_closed(text_t *text, const qa_sql_block_t *block);
/* An aggregate's argument that looks only outside of its block needs a tie, or SQLite would take the
 * aggregate for one of the outer block. */
bool text_looks_only_outside(text_t *text, const qa_sql_expression_t *expression, uint32_t block);
/* The columns of the block's relations that outputs, orders and their sub-queries use. */
void text_needed_columns(text_t *text, const qa_sql_block_t *block, const qa_sql_query_t *query,
                         const qa_sql_expression_t ***columns_out, uint16_t *count_out);

/* --- text_expression.c --- */
void text_write_reference(text_t *text, qa_buffer_t *out, const qa_sql_expression_t *node);
/* `tie` is a column that ties the call to its block's rows, or NULL. */
void text_write_value(text_t *text, qa_buffer_t *out, const qa_sql_expression_t *expression, const char *tie);
void text_write_condition(text_t *text, qa_buffer_t *out, const qa_sql_expression_t *expression);

/* --- text.c --- */
void text_write_query(text_t *text, qa_buffer_t *out, const qa_sql_query_t *query);
/* The query as something that FROM names: "q<n>" in WITH, or in parentheses where it is correlated. */
void text_write_source(text_t *text, qa_buffer_t *out, const qa_sql_query_t *query);
/* Puts " WITH name AS (…)" before the statement and names it. */
void text_write_hoisted(text_t *text, qa_buffer_t *out, const qa_buffer_t *body, bool is_materialized,
                        uint32_t *number_out);

/* --- text_run.c --- */
/* Computes a grouped block by hash if it can be; its rows are those of qa_rows(rows_number - 1). */
bool text_try_groups(text_t *text, const qa_sql_block_t *block);
/* Computes the rows of a CTE whose text is `select`. */
bool text_run_cte(text_t *text, const qa_sql_query_t *query, const qa_buffer_t *select, uint32_t *number_out);

/* --- text_from.c --- */
void text_write_from(text_t *text, qa_buffer_t *out, const qa_sql_block_t *block, const qa_sql_from_t *from);
/* Runs the block in the core if it is an island; `query` is the one whose orders it serves, NULL: none. */
bool text_try_island(text_t *text, const qa_sql_block_t *block, const qa_sql_query_t *query);
/* The name of some column of the block's first relation. */
void text_first_column(const text_t *text, const qa_sql_block_t *block, char name_out[32]);

#endif
