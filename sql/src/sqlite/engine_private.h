/* What the files of sqlite/ share: the engine, cursors, the tables and expressions that a text names by
 * number.
 *
 * A number in a text is slot * QA_SQL_SLOT_STEP + index: the slot says which open cursor, the index which of
 * its expressions or tables. So many cursors may be open at once on one database. */
#ifndef QA_SQL_ENGINE_PRIVATE_H
#define QA_SQL_ENGINE_PRIVATE_H

#include <sqlite3.h>

#include "sqlite/engine.h"
#include "value/table.h"

enum {
    QA_SQL_SLOT_STEP = 1 << 20, /* expressions, or tables, of one statement */
    QA_SQL_ROWS_COLUMNS = 1000, /* of qa_rows, and of a scratch table; SQLite's own limit is 2000 */
    QA_SQL_INPUTS_MAX = 126,    /* SQLite calls functions with at most 127 arguments */
    QA_SQL_COMPOUND_MAX = 500,  /* SELECTs joined by UNION: SQLite's own limit */
    QA_SQL_ROWS_KEY_MAX = 8,    /* columns of one hash index */
    QA_SQL_ENGINE_TEXT_MAX = 64 << 20
};

#define QA_SQL_NAMES "qa_names" /* the collation of names */

/* An expression that qa_expr computes: over inputs only. */
typedef struct qa_sql_computed {
    const qa_sql_expression_t *plain; /* in the run's arena, as the types */
    const qa_sql_type_t *input_types;
    uint16_t input_count;
} qa_sql_computed_t;

/* A hash index over some columns of a table. */
typedef struct qa_sql_rows_key {
    uint16_t columns[QA_SQL_ROWS_KEY_MAX];
    bool is_name[QA_SQL_ROWS_KEY_MAX];
    uint16_t count;
} qa_sql_rows_key_t;
typedef struct qa_sql_rows_index qa_sql_rows_index_t;
struct qa_sql_rows_index {
    qa_sql_rows_index_t *next;
    qa_sql_rows_key_t key;
    bool is_probed;  /* the first look-up reads all rows, the second one builds */
    uint32_t *heads; /* row + 1 by hash; NULL: not built */
    uint32_t *links; /* row + 1 of the next row in the same bucket */
    uint32_t *hashes;
    size_t head_count;
};

/* A table of rows that a text names: qa_rows(k). */
typedef struct qa_sql_rows {
    qa_sql_table_t table;
    qa_sql_rows_index_t *indexes;
    uint32_t *distinct_counts; /* about, per column; 0: not looked at */
} qa_sql_rows_t;

struct qa_sql_rows_cursor {
    qa_sql_engine_t *engine;
    uint32_t slot;
    qa_sql_run_t run; /* its error is the engine's stash */
    sqlite3_stmt *statement;
    qa_sql_computed_t *computed;
    uint32_t computed_count, computed_capacity;
    qa_sql_rows_t **rows; /* each its own block: SQLite keeps pointers to them */
    uint32_t rows_count, rows_capacity;
    const qa_sql_type_t *column_types; /* of the query */
    uint16_t column_count;
    qa_sql_value_t *values; /* a row */
    qa_sql_table_t ready;   /* all rows, if they were computed at once */
    uint32_t ready_row;
    bool is_ready;
    bool is_at_end;
};

struct qa_sql_engine {
    const qa_allocator_t *allocator;
    sqlite3 *database;
    qa_sql_rows_cursor_t **cursors; /* by slot; NULL: free */
    uint32_t cursor_capacity;
    qa_sql_rows_cursor_t *active; /* whose statement SQLite works on: the progress handler asks its run */
    qa_error_t failure;           /* why one of our functions failed: SQLite passes on only words */
    qa_arena_t evaluation;        /* texts of results; emptied now and then */
    bool is_in_transaction;
};

/* --- encode.c --- */
void qa_sql_encode_decimal(qa_int128_t units, uint8_t bytes_out[16]);
qa_int128_t qa_sql_decode_decimal(const uint8_t bytes[16]);
/* The value as the result of a function or column. `is_kept`: its text stays until the statement ends. */
void qa_sql_encode(sqlite3_context *context, const qa_sql_value_t *value, bool is_kept);
int qa_sql_encode_parameter(sqlite3_stmt *statement, int index, const qa_sql_value_t *value);
/* Texts are borrowed from SQLite. False: the stored value is not of this type, which would be our mistake. */
bool qa_sql_decode(sqlite3_value *stored, const qa_sql_type_t *type, qa_sql_value_t *value_out);

/* --- functions.c, aggregates.c --- */
int qa_sql_register_functions(qa_sql_engine_t *engine);
int qa_sql_register_aggregates(qa_sql_engine_t *engine);
/* Keeps the failure for whoever steps, and tells SQLite to stop. */
void qa_sql_stash(qa_sql_engine_t *engine, sqlite3_context *context, qa_status_t status, const char *words);

/* --- rows_table.c, rows_index.c --- */
int qa_sql_register_rows(qa_sql_engine_t *engine);
/* Rows that a value of the column has, about. */
uint32_t qa_sql_rows_distinct(const qa_sql_rows_t *rows, uint16_t column, bool is_name);
/* The rows whose columns of the key have these values (none is NULL), appended to *matches in order. */
qa_status_t qa_sql_rows_find(qa_sql_rows_cursor_t *cursor, qa_sql_rows_t *rows, const qa_sql_rows_key_t *key,
                             const qa_sql_value_t *values, uint32_t **matches, uint32_t *match_count,
                             uint32_t *match_capacity);
void qa_sql_rows_release(qa_sql_rows_t *rows, const qa_allocator_t *allocator);

/* --- engine.c --- */
qa_status_t qa_sql_cursor_make(qa_sql_rows_cursor_t **cursor_out, qa_sql_engine_t *engine,
                               const qa_sql_run_t *run);
/* An empty table that the text can name; *number_out is its number. */
qa_status_t qa_sql_cursor_add_rows(qa_sql_rows_cursor_t *cursor, qa_sql_rows_t **rows_out,
                                   uint32_t *number_out);
qa_status_t qa_sql_cursor_add_computed(qa_sql_rows_cursor_t *cursor, const qa_sql_computed_t *computed,
                                       uint32_t *number_out);
qa_sql_rows_t *qa_sql_engine_rows(const qa_sql_engine_t *engine, int64_t number,
                                  qa_sql_rows_cursor_t **cursor_out);
/* Prepares the text; the types are those of its columns, borrowed until the cursor closes. */
qa_status_t qa_sql_cursor_prepare(qa_sql_rows_cursor_t *cursor, const qa_buffer_t *text,
                                  const qa_sql_type_t *types, uint16_t column_count, qa_error_t *error);
/* Appends rows until there are row_max or no more. */
qa_status_t qa_sql_cursor_read(qa_sql_rows_cursor_t *cursor, uint32_t row_max, qa_sql_table_t *rows,
                               qa_error_t *error);
/* The status of a failed call: the stash if one of our functions failed, else what SQLite's code means. */
qa_status_t qa_sql_engine_fail(qa_sql_engine_t *engine, int code, qa_error_t *error);

/* --- text.c --- */
/* Writes the query's text; fills the cursor's expressions and tables, runs islands and scans. With `cursor`
 * NULL (EXPLAIN) nothing is run and numbers are those of slot 0. */
qa_status_t qa_sql_write_query_text(qa_sql_engine_t *engine, const qa_sql_run_t *run,
                                    qa_sql_rows_cursor_t *cursor, const qa_sql_query_t *query,
                                    qa_buffer_t *text_out, bool *has_scratch_out);
/* SELECT of the row id and `values` over the target of a scratch UPDATE or DELETE, where its predicate holds.
 */
qa_status_t qa_sql_write_change_text(qa_sql_engine_t *engine, const qa_sql_run_t *run,
                                     qa_sql_rows_cursor_t *cursor, const qa_sql_write_t *write,
                                     const qa_sql_expression_t *const *values, uint16_t value_count,
                                     qa_buffer_t *text_out);
/* VALUES whose rows look at nothing outside: computed at once. */
bool qa_sql_is_plain_values(const qa_sql_query_t *query);
qa_status_t qa_sql_compute_values(const qa_sql_run_t *run, const qa_sql_query_t *query,
                                  qa_sql_table_t *rows_out);

#endif
