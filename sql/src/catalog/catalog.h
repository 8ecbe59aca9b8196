/* The tables that SQL sees: those of each app, and how their rows are made.
 *
 * A view of an app at one moment (a "moment") is a connection of the core with, while a statement runs, its
 * read section. What the tables look like is a "shape": a copy of what is needed of the model (dimensions,
 * columns, types), made anew when the metadata version changes, so that a prepared statement can tell that it
 * is old. */
#ifndef QA_SQL_CATALOG_H
#define QA_SQL_CATALOG_H

#include "qa/lattice.h"
#include "qa/sql.h"
#include "value/expression.h"
#include "value/table.h"

typedef enum qa_sql_relation_kind {
    QA_SQL_ATOMS = 0,
    QA_SQL_CELLS = 1,
    QA_SQL_FACTS = 2,
    QA_SQL_DIMENSION = 3, /* <dimension>, <dimension>@<hierarchy> */
    QA_SQL_ROLLUP = 4,    /* <dimension>_rollup */
    QA_SQL_LINES = 5,
    QA_SQL_HISTORY = 6,
    QA_SQL_MEMBERS_CHANGED = 7,
    QA_SQL_SCRATCH = 8
} qa_sql_relation_kind_t;

/* What a column of a table is, beyond its type. */
typedef enum qa_sql_role {
    QA_SQL_ROLE_OTHER = 0,
    QA_SQL_ROLE_MEMBER = 1,  /* of atoms, cells, facts, lines: the code of the member of `dimension`; of a
                                dimension  table its `member` */
    QA_SQL_ROLE_VALUE = 2,   /* value */
    QA_SQL_ROLE_TEXT = 3,    /* text_value */
    QA_SQL_ROLE_DATE = 4,    /* date_value */
    QA_SQL_ROLE_BOOLEAN = 5, /* boolean_value */
    QA_SQL_ROLE_CHANGED_AT = 6,
    QA_SQL_ROLE_CHANGED_OFFSET = 7
} qa_sql_role_t;

typedef struct qa_sql_shape_column {
    const char *name;
    uint32_t name_bytes;
    qa_sql_type_t type;
    uint8_t role; /* qa_sql_role_t */
    qa_dimension_t dimension;
    uint16_t key_position;
    const char *reference_table; /* "" if none */
    const char *reference_column;
    const char *remarks;
} qa_sql_shape_column_t;

typedef struct qa_sql_shape_table {
    const char *schema;
    const char *name;
    uint32_t name_bytes;
    uint8_t kind; /* qa_sql_relation_kind_t */
    qa_dimension_t dimension;
    qa_hierarchy_t hierarchy;
    uint16_t column_count;
    const qa_sql_shape_column_t *columns;
    const char *remarks;
    uint32_t scratch_id; /* of a scratch table: its table in SQLite is scratch_<id> with columns c0, c1 … */
    uint64_t row_count;  /* about */
    bool has_balance;    /* facts: an account has a time balance, so that not every sum is one over time */
} qa_sql_shape_table_t;

/* The tables of one app at one metadata version. Counted: statements keep the one they were bound to. */
typedef struct qa_sql_shape {
    uint32_t reference_count;
    uint64_t metadata_version;
    char app[68];
    uint16_t dimension_count;
    qa_dimension_t measure; /* QA_DIMENSIONS_MAX: none */
    qa_dimension_t time;
    bool is_decimal;       /* `value` of atoms is DECIMAL(digits, decimals), else DOUBLE */
    uint8_t digits;        /* 18, and more where accounts have fewer decimals than others */
    uint8_t decimals;      /* the most of any account */
    uint8_t fact_decimals; /* of `facts.value`: decimals plus those of the net weights */
    bool has_balance;      /* an account has a time balance other than flow */
    uint16_t table_count;
    const qa_sql_shape_table_t *tables;
    qa_arena_t arena;
} qa_sql_shape_t;

/* An app of the session's replica, seen at one moment. */
typedef struct qa_sql_moment {
    const char *app;
    qa_connection_t *connection;
    qa_sql_shape_t *shape; /* as of the last time that its tables were looked up */
    uint64_t as_of;        /* offset; 0: the present */
    bool is_reading;
    bool has_other_structure; /* HierarchyAsOf: atoms may stand on members that it does not have */
    uint32_t order; /* sections are entered in this order, so that two sessions cannot wait for each other */
} qa_sql_moment_t;

typedef struct qa_sql_catalog qa_sql_catalog_t;
/* Options of the session are borrowed until the catalog closes. */
qa_status_t qa_sql_catalog_open(qa_sql_catalog_t **catalog_out, const qa_sql_session_options_t *options,
                                const qa_allocator_t *allocator, qa_error_t *error);
void qa_sql_catalog_close(qa_sql_catalog_t *catalog);

/* The app's lattice is opened at the first call. `as_of`: NULL: the session's own moment; else an offset
 * (BIGINT, INTEGER) or a time (TIMESTAMP, DATE: its midnight UTC). `name` is compared without case.
 * QA_APP_NOT_FOUND with the apps there are; QA_NO_SUCH_OFFSET. Moments live as long as the catalog (earlier
 * ones at most 16; the longest unused one goes, never one that is reading). */
qa_status_t qa_sql_catalog_moment(qa_sql_catalog_t *catalog, const char *name, size_t bytes,
                                  const qa_sql_value_t *as_of, qa_sql_moment_t **moment_out,
                                  qa_error_t *error);
/* Calls visit with each app's name, in byte order. */
qa_status_t qa_sql_catalog_apps(qa_sql_catalog_t *catalog,
                                qa_status_t (*visit)(void *context, const char *app), void *context,
                                qa_error_t *error);

/* What qa_sql_tables shows of the apps: schemas and tables in byte order of their names, and their columns
 * (visit_column may be NULL). Apps that cannot be opened are passed over. No moment is within a read section.
 */
qa_status_t qa_sql_catalog_visit_tables(
    qa_sql_catalog_t *catalog, qa_status_t (*visit_table)(void *context, const qa_sql_table_info_t *table),
    qa_status_t (*visit_column)(void *context, const qa_sql_table_info_t *table, uint16_t position,
                                const qa_sql_table_column_t *column),
    void *context, qa_error_t *error);

/* The shape of now (or of the moment): made anew if the metadata changed. Outside of a read section it takes
 * one. The caller keeps it by qa_sql_shape_keep. */
qa_status_t qa_sql_moment_shape(qa_sql_moment_t *moment, qa_sql_shape_t **shape_out, qa_error_t *error);
void qa_sql_shape_keep(qa_sql_shape_t *shape);
void qa_sql_shape_drop(qa_sql_shape_t *shape); /* accepts NULL */
/* By name without case (exactly, if quoted); NULL: none. */
const qa_sql_shape_table_t *qa_sql_shape_find(const qa_sql_shape_t *shape, const char *name, size_t bytes);
/* The column's index, or -1. */
int32_t qa_sql_shape_column(const qa_sql_shape_table_t *table, const char *name, size_t bytes, bool is_exact);

/* lines, history, members_changed: read from the log, outside of read sections. */
bool qa_sql_table_is_of_log(const qa_sql_shape_table_t *table);
/* Read sections of a statement. `intent` is the open transaction's, or NULL. QA_NOT_YET is never an answer;
 * the errors are those of qa_connection_read_begin_with. */
qa_status_t qa_sql_moment_read_begin(qa_sql_moment_t *moment, qa_intent_t *intent, qa_error_t *error);
void qa_sql_moment_read_end(qa_sql_moment_t *moment);

/* --- rows (within the moment's read section, except lines, history, members_changed: outside of it) --- */

/* What a reader of a table wants. Selections are bitmaps over member ids (NULL: all): for atoms, facts and
 * lines of leaves; for cells they are the cells asked for and a dimension without one stands at its default
 * member; of a dimension table only that of its own dimension. */
typedef struct qa_sql_source_request {
    const qa_sql_shape_table_t *table;
    const uint64_t *selections[QA_DIMENSIONS_MAX];
    uint64_t changed_after; /* facts, atoms: changed_offset > this; history, members_changed: offset > this */
    const uint8_t *is_wanted; /* per column; NULL: all. Columns not wanted are NULL in the rows */
    const volatile bool *is_cancelled;
    bool is_with_empty; /* cells: also coordinates without a value (for UPDATE) */
} qa_sql_source_request_t;

/* Fills `rows_out` (made here; the caller releases it) with the table's columns in order. The table may be of
 * another moment's shape: what this moment did not have is NULL; QA_TABLE_NOT_FOUND if it did not have the
 * dimension or hierarchy that the table shows. Selections are of this moment's ids. Codes of members
 * are borrowed from the model where the table is released before the section ends; otherwise copied:
 * `is_copied`. */
qa_status_t qa_sql_source_rows(qa_sql_moment_t *moment, const qa_sql_source_request_t *request,
                               bool is_copied, const qa_allocator_t *allocator, qa_sql_table_t *rows_out,
                               qa_error_t *error);
/* What the row of a member id holds: nothing, the member's row, or only its code, because it is a group of
 * alternate hierarchies: there are cells of it, but it is not in the table of the dimension. */
enum { QA_SQL_MEMBER_ABSENT = 0, QA_SQL_MEMBER_OF_PRIMARY = 1, QA_SQL_MEMBER_OF_ALTERNATES = 2 };
/* The rows of a dimension (all members of the primary hierarchy), for evaluating predicates per member: row =
 * member id; `is_there` (member_count bytes, in the arena) tells what each row holds. */
qa_status_t qa_sql_source_members(qa_sql_moment_t *moment, const qa_sql_shape_table_t *table,
                                  const qa_allocator_t *allocator, qa_sql_table_t *rows_out,
                                  uint8_t **is_there_out, qa_arena_t *arena, qa_error_t *error);
/* The same for the columns that are wanted (one byte per column; NULL: all); the others are NULL. */
qa_status_t qa_sql_source_members_wanted(qa_sql_moment_t *moment, const qa_sql_shape_table_t *table,
                                         const uint8_t *is_wanted, const qa_allocator_t *allocator,
                                         qa_sql_table_t *rows_out, uint8_t **is_there_out, qa_arena_t *arena,
                                         qa_error_t *error);

#endif
