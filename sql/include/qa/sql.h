/* SQL on the lattice: sessions, statements, results. What the ODBC driver and the gateway speak to.
 *
 *     qa_sql_session_options_t options = { .size = sizeof(options), .door = "odbc" };
 *     options.replica = "/home/ada/plans";
 *     qa_sql_session_t *session = NULL;
 *     qa_sql_statement_t *statement = NULL;
 *     const qa_sql_batch_t *batch = NULL;
 *     const char *text = "SELECT SUM(value) FROM budget.facts WHERE FiscalYear = 'FY21-22'";
 *     if (qa_sql_session_open(&session, &options, &error) == QA_OK &&
 *         qa_sql_prepare(&statement, session, text, strlen(text), &error) == QA_OK &&
 *         qa_sql_execute(statement, &error) == QA_OK && qa_sql_fetch(statement, 100, &batch, &error) ==
 * QA_OK) printf("%u rows\n", batch->row_count); qa_sql_close(statement); qa_sql_session_close(session);
 *
 * Names and types of the columns, and the types of the parameters, are known once a statement is prepared.
 * A statement sees one moment of each app: what it reads of the lattice is read when it is executed, and the
 * rows that are computed while they are fetched come from that, whoever writes meanwhile. The SQLSTATE of a
 * failure is that of its status (qa/status.h); the words of a syntax error say line, column and what was
 * expected. Threading: a session and its statements belong to one thread at a time; qa_sql_cancel may be
 * called from any. */
#ifndef QA_SQL_H
#define QA_SQL_H

#include "qa/allocator.h"
#include "qa/lattice.h"
#include "qa/sql_value.h"

typedef struct qa_sql_session qa_sql_session_t;
typedef struct qa_sql_statement qa_sql_statement_t;

typedef struct qa_sql_session_options {
    size_t size;
    const char *replica; /* folder */
    const char *app;     /* the schema of names without one; NULL: the replica's app if it is the only one */
    const char *actor;   /* NULL: the user of the operating system */
    const char *on_behalf_of; /* NULL: nobody */
    const char *door;         /* "odbc", "rest", "tool"; not NULL */
    const char *as_of; /* offset or time of every table that names none; NULL: now. Then nothing is written */
    const char *reason;          /* of every change that names no other; NULL: none */
    const char *hierarchy_as_of; /* the structure of another moment; NULL: that of the values */
    bool is_read_only;
    bool is_row_path; /* islands are not run in the core: for comparing the paths, never faster */
    const volatile bool *is_cancelled; /* looked at in place of what qa_sql_cancel sets; NULL: not */
    const qa_allocator_t *allocator;   /* NULL: the default; outlives the session */
} qa_sql_session_options_t;

/* Errors: those of qa_lattice_open for the replica; QA_APP_NOT_FOUND; QA_NO_SUCH_OFFSET. Apps are opened when
 * a statement first names them. */
qa_status_t qa_sql_session_open(qa_sql_session_t **session_out, const qa_sql_session_options_t *options,
                                qa_error_t *error);
/* Rolls back what is open and closes the statements that are left. Accepts NULL. */
void qa_sql_session_close(qa_sql_session_t *session);

/* Autocommit is on at first. Off: the first write opens a transaction; all its writes become one intent of
 * one app (a second app is QA_TRANSACTION_STATE, 25000) at commit; reads of this session see them before.
 * Turning it on commits; when that fails it stays off. Commit can answer QA_CONFLICT: a cell was changed by
 * somebody else since this transaction read it; the transaction is then rolled back. */
qa_status_t qa_sql_set_autocommit(qa_sql_session_t *session, bool is_autocommit, qa_error_t *error);
bool qa_sql_is_autocommit(const qa_sql_session_t *session);
bool qa_sql_in_transaction(const qa_sql_session_t *session);
qa_status_t qa_sql_commit(qa_sql_session_t *session, qa_error_t *error);
qa_status_t qa_sql_rollback(qa_sql_session_t *session, qa_error_t *error);
/* Reads and writes of other schemas' names: the app of unqualified names. */
qa_status_t qa_sql_set_app(qa_sql_session_t *session, const char *app, qa_error_t *error);
const char *qa_sql_app(const qa_sql_session_t *session); /* "" if there is none */
const char *qa_sql_replica(const qa_sql_session_t *session);
const char *qa_sql_actor(const qa_sql_session_t *session);
bool qa_sql_is_read_only(const qa_sql_session_t *session);

/* --- statements --- */

/* Parses and binds. *statement_out is NULL on failure. Errors: QA_SYNTAX with line, column and what was
 * expected; QA_TABLE_NOT_FOUND, QA_COLUMN_NOT_FOUND with the nearest names; QA_COLUMN_AMBIGUOUS;
 * QA_TYPE_CLASH; QA_NOT_YET for what is understood but not built; QA_LIMIT; QA_NO_MEMORY. */
qa_status_t qa_sql_prepare(qa_sql_statement_t **statement_out, qa_sql_session_t *session, const char *text,
                           size_t bytes, qa_error_t *error);
void qa_sql_close(qa_sql_statement_t *statement); /* accepts NULL */

typedef struct qa_sql_column_info {
    const char *name; /* terminated, as all texts here; borrowed from the statement */
    qa_sql_type_t type;
    const char *schema; /* of the column that it shows unchanged; "" for an expression */
    const char *table;
    const char *base_name;
    bool is_key;
} qa_sql_column_info_t;
/* 0 columns: a statement without a result. */
uint16_t qa_sql_column_count(const qa_sql_statement_t *statement);
const qa_sql_column_info_t *qa_sql_column(const qa_sql_statement_t *statement, uint16_t index);
uint16_t qa_sql_parameter_count(const qa_sql_statement_t *statement);
/* The type that the text asks for at that place; is_nullable always. */
qa_sql_type_t qa_sql_parameter_type(const qa_sql_statement_t *statement, uint16_t index);
/* "SELECT", "INSERT", "UPDATE", "DELETE", "CALL", "CREATE TABLE", "DROP TABLE", "EXPLAIN". */
const char *qa_sql_command(const qa_sql_statement_t *statement);

/* Sets a parameter; the value is copied and cast to the parameter's type (errors of qa_sql_cast). A NULL
 * pointer is NULL. Parameters keep their values from one execute to the next. Not while
 * a cursor of the statement is open, whose rows may still need the old values. */
qa_status_t qa_sql_bind(qa_sql_statement_t *statement, uint16_t index, const qa_sql_value_t *value,
                        qa_error_t *error);
/* Runs the statement. Every parameter is bound before (QA_PARAMETER_MISSING). A cursor that was open is
 * closed. A failed statement leaves no trace, also in the middle of a transaction. */
qa_status_t qa_sql_execute(qa_sql_statement_t *statement, qa_error_t *error);
/* Rows that an INSERT, UPDATE or DELETE changed; -1 for others, or when it was not executed. */
int64_t qa_sql_row_count(const qa_sql_statement_t *statement);
/* Values that execute rounded to the decimals of their account. */
uint64_t qa_sql_rounded_count(const qa_sql_statement_t *statement);

typedef struct qa_sql_batch {
    uint32_t row_count; /* 0: there are no more */
    uint16_t column_count;
    const qa_sql_vector_t *columns; /* row_count values each */
} qa_sql_batch_t;
/* The next rows, at most row_max and at least one while there are any. Borrowed until the next fetch, execute
 * or close of the statement. Errors while rows are computed: QA_CANCELLED, QA_TIMED_OUT, QA_DIVIDE_BY_ZERO …
 */
qa_status_t qa_sql_fetch(qa_sql_statement_t *statement, uint32_t row_max, const qa_sql_batch_t **batch_out,
                         qa_error_t *error);
void qa_sql_close_cursor(qa_sql_statement_t *statement);

/* Makes a running execute or fetch answer QA_CANCELLED soon; without one running, the next of them that has
 * something to compute. From any thread. */
void qa_sql_cancel(qa_sql_statement_t *statement);
/* 0: none. The time within execute and fetch together; what happens between the calls does not count.
 * QA_TIMED_OUT. */
void qa_sql_set_timeout(qa_sql_statement_t *statement, uint32_t timeout_ms);

/* How the last execute ran: counters that the tests of the planner read. */
typedef struct qa_sql_path {
    uint32_t island_count;   /* blocks run in the core */
    uint32_t row_path_count; /* 1 if the rest ran in the row engine */
    uint64_t scanned_count;  /* rows that were handed from the core to it */
} qa_sql_path_t;
const qa_sql_path_t *qa_sql_path(const qa_sql_statement_t *statement);

/* The text with every ODBC escape replaced by what this dialect calls it: no `{` is left outside of literals
 * and quoted names. Writes a terminated text of at most `capacity` bytes and returns its full length in
 * `bytes_out`. The text is not parsed beyond its tokens. */
qa_status_t qa_sql_native(const char *text, size_t bytes, char *native_out, size_t capacity,
                          size_t *bytes_out, qa_error_t *error);

/* --- what there is: for catalog functions --- */

typedef enum qa_sql_table_kind {
    QA_SQL_TABLE_LATTICE = 0, /* "TABLE": atoms, dimensions */
    QA_SQL_TABLE_VIEW = 1,    /* "VIEW": cells, facts, rollups, lines, history, members_changed */
    QA_SQL_TABLE_SCRATCH = 2  /* "LOCAL TEMPORARY" */
} qa_sql_table_kind_t;

typedef struct qa_sql_table_info {
    const char *schema; /* app; "" for a scratch table */
    const char *name;
    qa_sql_table_kind_t kind;
    const char *remarks;
    uint16_t column_count;
    uint64_t row_count; /* about */
} qa_sql_table_info_t;
typedef struct qa_sql_table_column {
    const char *name;
    qa_sql_type_t type;
    const char *remarks;
    uint16_t key_position;       /* 1-based in the primary key; 0: not in it */
    const char *reference_table; /* of the foreign key that this column is, in the same schema; "" if none */
    const char *reference_column;
} qa_sql_table_column_t;
/* Visits every table of every app and the scratch tables, schemas and names in byte order of their names,
 * and within `visit_column` its columns in order, positions from 0 (visit_column may be NULL). Apps that
 * cannot be opened are passed over. What is passed is borrowed during the visit. */
qa_status_t qa_sql_tables(qa_sql_session_t *session,
                          qa_status_t (*visit_table)(void *context, const qa_sql_table_info_t *table),
                          qa_status_t (*visit_column)(void *context, const qa_sql_table_info_t *table,
                                                      uint16_t position, const qa_sql_table_column_t *column),
                          void *context, qa_error_t *error);

/* A procedure that CALL knows: row `index` of the table, NULL behind the last. */
typedef struct qa_sql_procedure_info {
    const char *name;
    const char *parameters; /* "offset BIGINT, reason VARCHAR" */
    const char *remarks;
} qa_sql_procedure_info_t;
const qa_sql_procedure_info_t *qa_sql_procedure(uint32_t index);
/* A scalar function of the dialect. */
typedef struct qa_sql_function_info {
    const char *name;    /* as SQL says it: "UPPER" */
    const char *group;   /* "string", "numeric", "date", "system", "operator" */
    const char *summary; /* one sentence */
} qa_sql_function_info_t;
const qa_sql_function_info_t *qa_sql_function(uint32_t index);
/* Reserved word `index`, upper case, in byte order; NULL behind the last. */
const char *qa_sql_keyword(uint32_t index);

#endif
