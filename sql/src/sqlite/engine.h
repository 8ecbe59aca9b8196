/* The row engine: SQLite in memory, one database per session, for all that is not an island.
 *
 * A query becomes one SQL text over the virtual table qa_rows(k), whose rows are the k-th table of the run:
 * an island's result, or a scan. Every scalar expression is one call qa_expr(k, inputs…) of our evaluator. It
 * must never see a user's text or name: only numbers that we wrote. */
#ifndef QA_SQL_ENGINE_H
#define QA_SQL_ENGINE_H

#include "plan/plan.h"

typedef struct qa_sql_engine qa_sql_engine_t;
typedef struct qa_sql_rows_cursor qa_sql_rows_cursor_t;

qa_status_t qa_sql_engine_open(qa_sql_engine_t **engine_out, const qa_allocator_t *allocator,
                               qa_error_t *error);
void qa_sql_engine_close(qa_sql_engine_t *engine);

/* Runs the query; islands and scans are computed here, within the read sections of the moments, so that the
 * cursor needs none of them afterwards. */
qa_status_t qa_sql_engine_query(qa_sql_engine_t *engine, const qa_sql_run_t *run, const qa_sql_query_t *query,
                                qa_sql_rows_cursor_t **cursor_out);
/* At most row_max further rows into `rows` (cleared first; types of the query's columns). No rows: the end.
 */
qa_status_t qa_sql_cursor_next(qa_sql_rows_cursor_t *cursor, uint32_t row_max, qa_sql_table_t *rows,
                               qa_error_t *error);
void qa_sql_cursor_close(qa_sql_rows_cursor_t *cursor);

/* Scratch tables: CREATE makes scratch_<id>; rows are written and changed in the engine's own transaction. */
qa_status_t qa_sql_engine_create(qa_sql_engine_t *engine, uint32_t id, const qa_sql_shape_table_t *table,
                                 const bool *is_not_null, qa_error_t *error);
qa_status_t qa_sql_engine_drop(qa_sql_engine_t *engine, uint32_t id, qa_error_t *error);
/* INSERT of rows (all columns of the table, NULL where not given); UPDATE and DELETE of a bound write.
 * QA_DUPLICATE_KEY, QA_NULL_NOT_ALLOWED. All or nothing. */
qa_status_t qa_sql_engine_insert(qa_sql_engine_t *engine, uint32_t id, const qa_sql_shape_table_t *table,
                                 const qa_sql_table_t *rows, qa_error_t *error);
qa_status_t qa_sql_engine_change(qa_sql_engine_t *engine, const qa_sql_run_t *run,
                                 const qa_sql_write_t *write, bool is_delete, int64_t *row_count_out);
/* The engine's transaction of scratch tables follows the session's. DDL is part of it. */
qa_status_t qa_sql_engine_begin(qa_sql_engine_t *engine, qa_error_t *error);
qa_status_t qa_sql_engine_end(qa_sql_engine_t *engine, bool is_commit, qa_error_t *error);
/* For EXPLAIN: the text that the query becomes, terminated, in the arena. */
qa_status_t qa_sql_engine_text(qa_sql_engine_t *engine, const qa_sql_run_t *run, const qa_sql_query_t *query,
                               const char **text_out);

#endif
