/* The four kinds of handles and what they hold. Everything of a connection, its statements and descriptors is
 * guarded by the connection's mutex; only `running` of a statement has a mutex of its own, so that SQLCancel
 * need not wait for what it cancels. */
#ifndef QA_EDGE_HANDLE_H
#define QA_EDGE_HANDLE_H

#include "base/memory.h"
#include "edge/diagnostics.h"
#include "edge/registry.h"
#include "parts/connection_string.h"
#include "parts/convert.h"
#include "parts/result.h"
#include "parts/states.h"
#include "platform/platform.h"
#include "qa/sql.h"

typedef struct qa_edge_environment qa_edge_environment_t;
typedef struct qa_edge_connection qa_edge_connection_t;
typedef struct qa_edge_statement qa_edge_statement_t;
typedef struct qa_edge_descriptor qa_edge_descriptor_t;

enum {
    QA_EDGE_CURSOR_NAME_BYTES = 3 * 128 + 1, /* 128 units, SQL_MAX_CURSOR_NAME_LEN */
    QA_EDGE_DESCRIPTOR_RECORDS_MAX = 32767,  /* SQL_DESC_COUNT is a SQLSMALLINT */
    QA_EDGE_DESCRIPTOR_TEXT_BYTES_MAX = 1 << 20,
    QA_EDGE_ARGUMENT_BYTES_MAX = 256 << 20, /* texts of one call: a statement of 64 M characters */
    QA_EDGE_PARAMETER_BYTES_MAX = 1 << 30,  /* texts and data of one set of parameters */
    QA_EDGE_ROWSET_BYTES_MAX = 1 << 30,     /* rows of a rowset that are kept */
    QA_EDGE_ROWSET_ROWS_MAX = 1 << 24
};

/* The begin of every handle. */
typedef struct qa_edge_handle {
    SQLSMALLINT kind;
    qa_edge_slot_t *slot; /* what the application holds */
    qa_edge_diagnostics_t diagnostics;
} qa_edge_handle_t;

struct qa_edge_environment {
    qa_edge_handle_t handle;
    const qa_allocator_t *allocator;
    qa_mutex_t *mutex;       /* of the list of connections; taken before that of a connection */
    SQLINTEGER odbc_version; /* 0: not said yet */
    SQLUINTEGER connection_pooling;
    SQLUINTEGER pooling_match;
    qa_edge_connection_t *connections;
};

/* Attributes that the application sets; what they mean is in connection_attributes.def. */
typedef struct qa_edge_connection_attributes {
    SQLULEN access_mode;
    SQLULEN async_enable;
    SQLULEN connection_timeout;
    SQLULEN login_timeout;
    SQLULEN metadata_id;
    SQLULEN packet_size;
    SQLULEN quiet_mode;
    SQLULEN txn_isolation;
    SQLULEN ansi_app;
    SQLULEN async_functions_enable;
} qa_edge_connection_attributes_t;

struct qa_edge_connection {
    qa_edge_handle_t handle;
    const qa_allocator_t *allocator;
    qa_mutex_t *mutex;
    qa_edge_environment_t *environment;
    qa_edge_connection_t *next;
    bool needs_data;           /* SQLBrowseConnect has begun */
    bool is_dead;              /* a failure said that this session will not work again */
    bool is_autocommit;        /* also before the session is open */
    qa_sql_session_t *session; /* NULL: not connected */
    qa_odbc_settings_t settings;
    qa_edge_connection_attributes_t attributes;
    qa_arena_t arguments; /* texts of the running call */
    qa_edge_statement_t *statements;
    qa_edge_descriptor_t *descriptors; /* those that the application allocated */
    uint64_t cursor_number;            /* of the last cursor name that was made up */
};

/* One column or parameter, in each of the four descriptors. Fields that a role does not use stay 0. */
typedef struct qa_edge_field_record {
    SQLSMALLINT type;
    SQLSMALLINT concise_type;
    SQLSMALLINT datetime_interval_code;
    SQLSMALLINT parameter_type;
    SQLSMALLINT precision;
    SQLSMALLINT scale;
    SQLSMALLINT nullable;
    SQLSMALLINT searchable;
    SQLSMALLINT unnamed;
    SQLSMALLINT updatable;
    SQLSMALLINT rowver;
    SQLSMALLINT fixed_prec_scale;
    SQLSMALLINT is_unsigned;
    SQLINTEGER auto_unique_value;
    SQLINTEGER case_sensitive;
    SQLINTEGER datetime_interval_precision;
    SQLINTEGER num_prec_radix;
    SQLULEN length;
    SQLLEN octet_length;
    SQLLEN display_size;
    SQLPOINTER data_ptr;
    SQLLEN *indicator_ptr;
    SQLLEN *octet_length_ptr;
    SQLULEN column_size; /* as given to SQLBindParameter, or of a column; no field of its own */
    /* UTF-8, terminated; constant, or in the descriptor's arena. NULL is "". */
    const char *name;
    const char *label;
    const char *base_column_name;
    const char *base_table_name;
    const char *catalog_name;
    const char *schema_name;
    const char *table_name;
    const char *literal_prefix;
    const char *literal_suffix;
    const char *local_type_name;
    const char *type_name;
} qa_edge_field_record_t;

typedef enum qa_edge_role {
    QA_EDGE_ARD = 0,
    QA_EDGE_APD = 1,
    QA_EDGE_IRD = 2,
    QA_EDGE_IPD = 3,
    QA_EDGE_ROLE_COUNT
} qa_edge_role_t;

struct qa_edge_descriptor {
    qa_edge_handle_t handle;
    qa_edge_connection_t *connection;
    qa_edge_statement_t *statement; /* of an implicit one; NULL: the application allocated it */
    qa_edge_descriptor_t *next;     /* of those that the application allocated */
    qa_edge_role_t role;            /* an allocated one is an ARD: its fields are those of an APD, too */
    SQLSMALLINT alloc_type;
    SQLSMALLINT count;
    SQLINTEGER bind_type;
    SQLULEN array_size;
    SQLUSMALLINT *array_status_ptr;
    SQLLEN *bind_offset_ptr;
    SQLULEN *rows_processed_ptr;
    qa_edge_field_record_t *records; /* record n is at n − 1; all of the capacity are made */
    uint32_t record_capacity;
    qa_arena_t texts;
};

/* Attributes with a place of their own; the others are header fields of descriptors
 * (statement_attributes.def). */
typedef struct qa_edge_statement_attributes {
    SQLULEN async_enable;
    SQLULEN concurrency;
    SQLULEN cursor_scrollable;
    SQLULEN cursor_sensitivity;
    SQLULEN cursor_type;
    SQLULEN enable_auto_ipd;
    SQLULEN fetch_bookmark;
    SQLULEN keyset_size;
    SQLULEN max_length;
    SQLULEN max_rows;
    SQLULEN metadata_id;
    SQLULEN noscan;
    SQLULEN query_timeout_s;
    SQLULEN retrieve_data;
    SQLULEN rowset_size; /* of SQLExtendedFetch */
    SQLULEN simulate_cursor;
    SQLULEN use_bookmarks;
} qa_edge_statement_attributes_t;

/* Where rows come from: a statement of SQL or rows of a catalog function; both NULL: there is no result. */
typedef struct qa_edge_source {
    qa_sql_statement_t *sql;
    qa_odbc_result_t *result;
    uint32_t result_row; /* the next one of `result` */
} qa_edge_source_t;

/* An open cursor and its rowset. The rowset's first rows may stand in `kept`, when it began in a batch that
 * has gone; the others follow in the batch from `batch_first` on. */
typedef struct qa_edge_cursor {
    const qa_sql_batch_t *batch; /* borrowed from the source; NULL: none */
    uint32_t batch_row;          /* the next row of it */
    bool is_finished;            /* the source has no more */
    uint64_t delivered;          /* rows of all rowsets so far, the present one included */
    uint32_t rowset_rows;
    uint32_t kept_rows;
    uint32_t batch_first;
    uint32_t current; /* row of the rowset that SQLGetData reads, from 0 */
    qa_arena_t kept;
    qa_sql_value_t *kept_values; /* kept_rows × kept_columns, in `kept` */
    uint16_t kept_columns;
    uint8_t *outcomes; /* of the rows of the rowset */
    uint32_t outcome_capacity;
    /* SQLGetData in pieces. */
    uint16_t data_column; /* 1-based, 0: none */
    SQLSMALLINT data_c_type;
    uint64_t data_offset;
} qa_edge_cursor_t;

/* How far an execution has come: over the sets of parameters, and within one over data at execution. */
typedef struct qa_edge_execution {
    bool is_in_array; /* autocommit is off for the time of an array of parameters */
    SQLULEN set;      /* from 0 */
    SQLULEN set_count;
    SQLULEN tried_count;
    SQLULEN failed_count;
    bool set_has_warning;
    bool has_warning;
    SQLLEN row_count;
    uint64_t rounded_count;
    uint16_t parameter; /* data at execution: 1-based number of the one that is asked for; 0: none */
    bool is_null;       /* SQLPutData said so */
    bool has_piece;
    qa_buffer_t piece; /* what SQLPutData brought */
    qa_arena_t values; /* texts of the values of this set */
    qa_sql_value_t *parameters;
    uint32_t parameter_capacity;
} qa_edge_execution_t;

struct qa_edge_statement {
    qa_edge_handle_t handle;
    qa_edge_connection_t *connection;
    qa_edge_statement_t *next;
    qa_odbc_statement_state_t state;
    bool is_prepared;          /* by SQLPrepare: stays after a cursor is closed */
    qa_edge_descriptor_t *ard; /* an implicit or an allocated one */
    qa_edge_descriptor_t *apd;
    qa_edge_descriptor_t *ird;
    qa_edge_descriptor_t *ipd;
    qa_edge_descriptor_t descriptors[QA_EDGE_ROLE_COUNT]; /* the implicit ones */
    qa_edge_statement_attributes_t attributes;
    qa_edge_source_t source;
    qa_edge_cursor_t cursor;
    qa_edge_execution_t execution;
    SQLLEN row_count;
    char cursor_name[QA_EDGE_CURSOR_NAME_BYTES];
    /* For data at execution, since the last call: read without the connection's mutex. */
    _Atomic bool is_waiting;
    /* A call works on the statement; a cancel that came meanwhile, perhaps before anything ran that could be
     * stopped, as while a text is prepared or between two sets of parameters. */
    _Atomic bool is_busy;
    _Atomic bool is_cancel_wanted;
    qa_mutex_t *cancel_mutex;
    qa_sql_statement_t *running; /* guarded by cancel_mutex */
};

static inline const qa_allocator_t *qa_edge_allocator(const qa_edge_statement_t *statement)
{
    return statement->connection->allocator;
}

#endif
