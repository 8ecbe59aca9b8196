/* What the files of session/ share. */
#ifndef QA_SQL_SESSION_PRIVATE_H
#define QA_SQL_SESSION_PRIVATE_H

#include "base/text_map.h"
#include "bind/bind.h"
#include "plan/plan.h"
#include "sqlite/engine.h"

/* What a session wrote and did not commit. */
typedef struct qa_sql_transaction {
    qa_intent_t *intent;     /* NULL: nothing was written to an app */
    qa_sql_moment_t *moment; /* the app that it writes; NULL as well */
    qa_text_map_t
        pending; /* coordinate (dimension_count ids) → 1 has a value behind the intent, 0 is missing */
    bool is_pending_whole; /* false: `pending` may say too much; the section with the intent tells instead */
    uint64_t cell_count;   /* written so far */
    uint64_t unchecked_count; /* of them, since the intent was last tried against the state */
    bool is_begun;            /* by BEGIN, or by the first statement without autocommit */
    bool is_engine_begun;
} qa_sql_transaction_t;

typedef struct qa_sql_scratch_list {
    const qa_sql_shape_table_t **tables; /* in the session's arena, which keeps every table it ever made */
    uint32_t count;
    uint32_t capacity;
} qa_sql_scratch_list_t;

struct qa_sql_session {
    const qa_allocator_t *allocator;
    qa_sql_session_options_t options; /* its texts are copies in the arena */
    qa_arena_t arena;
    char app[68];
    char actor[256];
    qa_sql_catalog_t *catalog;
    qa_sql_engine_t *engine;
    bool is_autocommit;
    qa_sql_transaction_t transaction;
    qa_sql_scratch_list_t scratch;
    qa_sql_scratch_list_t scratch_before; /* when the transaction began */
    uint32_t scratch_next_id;
    uint64_t scratch_version; /* changes with each CREATE, DROP, rollback: statements are bound anew */
    qa_sql_statement_t *first_statement;
};

struct qa_sql_statement {
    qa_sql_session_t *session;
    qa_sql_statement_t *previous, *next;
    char *text;
    size_t text_bytes;
    qa_arena_t arena; /* of parse and bind */
    qa_ast_statement_t *parsed;
    qa_sql_bound_t *bound;
    uint64_t scratch_version;
    char app[68]; /* the session's app when it was bound */
    qa_sql_column_info_t *columns;
    uint16_t column_count;
    qa_sql_value_t *parameters; /* bound_count of them */
    uint8_t *is_bound;
    uint16_t bound_count;
    qa_arena_t parameter_arena;
    size_t parameter_bytes; /* in it since it was last emptied */
    /* A run. */
    qa_arena_t run_arena;
    qa_sql_run_t run;
    qa_sql_context_t context;
    qa_error_t run_error;
    qa_sql_moment_t **entered; /* moments within their read sections */
    uint32_t entered_count;
    qa_sql_path_t path;
    volatile bool is_cancelled;
    uint32_t timeout_ms;
    int64_t deadline_ns;  /* 0: none */
    int64_t time_left_ns; /* while the application does something else */
    int64_t row_count;
    uint64_t rounded_count;
    qa_sql_rows_cursor_t *cursor; /* NULL: all rows are in `rows` */
    qa_sql_table_t rows;
    bool has_rows;
    uint32_t next_row;
    qa_sql_vector_t *vectors;
    qa_sql_batch_t batch;
};

/* prepare.c */
/* Binds the statement anew if the tables that it names changed. */
qa_status_t qa_sql_statement_renew(qa_sql_statement_t *statement, qa_error_t *error);
/* Moves the parameters' texts to a new arena and gives the old one back. */
qa_status_t qa_sql_keep_parameters(qa_sql_statement_t *statement);

/* write.c: puts the rows of a bound write's query into the intent, as operations with the values seen. Within
 * the moment's read section, which shows the transaction's writes unless the query is VALUES: then `pending`
 * tells. Adds what it wrote to transaction->pending and cell_count, in the end, when all went well. `rows` as
 * bound.h says of each kind of write. Errors: QA_DUPLICATE_KEY, QA_NOT_YET (a total), QA_NOT_LEAF,
 * QA_MEMBER_NOT_FOUND, QA_MEMBER_UNNAMED, QA_WRONG_KIND, QA_OVERFLOW, QA_NAMED_TWICE, QA_NULL_NOT_ALLOWED.
 * The caller rewinds the intent and `pending` when it fails. */
qa_status_t qa_sql_write_rows(qa_sql_session_t *session, const qa_sql_run_t *run, const qa_sql_bound_t *bound,
                              const qa_sql_table_t *rows, qa_sql_transaction_t *transaction,
                              int64_t *row_count_out, uint64_t *rounded_out);

/* procedure.c: CALL. A procedure that writes puts its operation into the transaction's intent (the caller
 * commits it); others do their work at once. `rows_out` is made here when the procedure has a result. */
qa_status_t qa_sql_call(qa_sql_session_t *session, const qa_sql_run_t *run, const qa_sql_bound_t *bound,
                        qa_sql_moment_t *moment, qa_sql_transaction_t *transaction, qa_sql_table_t *rows_out);
/* The columns of a procedure's result; 0: none. QA_SYNTAX for an unknown procedure (with the names there
 * are) or a wrong number of arguments; *writes_out: it needs an intent. */
qa_status_t qa_sql_call_shape(const qa_sql_bound_t *bound, const char *const **names_out,
                              const qa_sql_type_t **types_out, uint16_t *count_out, bool *writes_out,
                              qa_error_t *error);

/* scratch.c */
qa_status_t qa_sql_create_table(qa_sql_statement_t *statement);
qa_status_t qa_sql_drop_table(qa_sql_statement_t *statement);

/* transaction.c */
/* Makes sure that a transaction on this moment is begun; QA_TRANSACTION_STATE for a second app. */
qa_status_t qa_sql_transaction_begin(qa_sql_session_t *session, qa_sql_moment_t *moment, qa_error_t *error);
qa_status_t qa_sql_transaction_begin_engine(qa_sql_session_t *session, qa_error_t *error);
void qa_sql_transaction_forget(qa_sql_session_t *session);

/* run.c */
/* Enters the read sections of every table in the bound statement. */
qa_status_t qa_sql_run_enter(qa_sql_statement_t *statement, bool is_with_intent);
void qa_sql_run_leave(qa_sql_statement_t *statement);
/* Runs a query to the end or to a cursor. */
qa_status_t qa_sql_run_query(qa_sql_statement_t *statement, const qa_sql_query_t *query,
                             qa_sql_table_t *rows_out, qa_sql_rows_cursor_t **cursor_out);
/* The same, with all rows in the table: for writes. */
qa_status_t qa_sql_run_all(qa_sql_statement_t *statement, const qa_sql_query_t *query,
                           qa_sql_table_t *rows_out);
/* VALUES without sub-queries, order and limit. */
bool qa_sql_values_are_plain(const qa_sql_query_t *query);
/* EXPLAIN: (step, path, what, why). */
qa_status_t qa_sql_explain(qa_sql_statement_t *statement, qa_sql_table_t *rows_out);
/* Calls visit for each relation of the statement, sub-queries and CTEs included. */
qa_status_t qa_sql_each_relation(const qa_sql_bound_t *bound,
                                 qa_status_t (*visit)(void *context, qa_sql_relation_t *relation,
                                                      const qa_sql_block_t *block),
                                 void *context);

#endif
