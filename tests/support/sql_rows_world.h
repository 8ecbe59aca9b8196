/* Tables and statements for tests of the row engine, without an app: text → parser → binder → engine.
 *
 *     rows_world_t world;
 *     rows_world_open(&world, &qa_allocator_default);
 *     rows_world_do(&world, "CREATE TABLE s_a (x INTEGER, n_code VARCHAR(10))");
 *     rows_world_do(&world, "INSERT INTO s_a VALUES (1, 'one'), (2, NULL)");
 *     rows_world_do(&world, "SELECT x, n_code FROM s_a"); // world.answer: "1|one;2|NULL"
 *
 * Tables whose name begins with s_ are served as rows by qa_rows, as those of an app; others are scratch
 * tables. Columns of served tables whose name begins with n_ are names (compared without case). */
#ifndef QA_SQL_ROWS_WORLD_H
#define QA_SQL_ROWS_WORLD_H

#include "bind/bind.h"
#include "sqlite/engine.h"

enum { ROWS_WORLD_TABLES = 16, ROWS_WORLD_ANSWER = 1 << 16, ROWS_WORLD_PARAMETERS = 8 };

typedef struct rows_world {
    const qa_allocator_t *allocator;
    qa_sql_engine_t *engine;
    qa_arena_t arena; /* of the tables' shapes */
    const qa_sql_shape_table_t *tables[ROWS_WORLD_TABLES];
    qa_sql_table_t served[ROWS_WORLD_TABLES];
    uint32_t table_count;
    uint32_t next_id;
    qa_sql_value_t parameters[ROWS_WORLD_PARAMETERS];
    volatile bool is_cancelled;
    int64_t deadline_ns;
    uint32_t batch_rows; /* per qa_sql_cursor_next; 0: 3 */
    int64_t row_count;   /* of the last write */
    qa_error_t error;
    char answer[ROWS_WORLD_ANSWER];
} rows_world_t;

/* A query that stays open. */
typedef struct rows_statement {
    qa_arena_t arena;
    qa_sql_bound_t *bound;
    qa_sql_run_t run;
    qa_sql_path_t path;
    qa_sql_context_t context;
    qa_error_t error;
    qa_sql_rows_cursor_t *cursor;
    qa_sql_table_t batch;
} rows_statement_t;

qa_status_t rows_world_open(rows_world_t *world, const qa_allocator_t *allocator);
void rows_world_close(rows_world_t *world);
/* Runs one statement of any kind; a SELECT's rows are in `answer`. */
qa_status_t rows_world_do(rows_world_t *world, const char *text);
/* An empty served table made by CREATE TABLE, to be filled by hand. */
qa_sql_table_t *rows_world_served(rows_world_t *world, const char *name);

/* Binds and copies the served rows; runs; or both. A statement that failed is closed. */
qa_status_t rows_statement_bind(rows_statement_t *statement, rows_world_t *world, const char *text);
qa_status_t rows_statement_run(rows_statement_t *statement, rows_world_t *world);
qa_status_t rows_statement_open(rows_statement_t *statement, rows_world_t *world, const char *text);
void rows_statement_close(rows_statement_t *statement);
/* Appends at most row_max rows to world->answer; *row_count_out 0: the end. */
qa_status_t rows_statement_next(rows_statement_t *statement, rows_world_t *world, uint32_t row_max,
                                uint32_t *row_count_out);

#endif
