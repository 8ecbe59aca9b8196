/* The diagnostics of a handle: one header and records, in the order in which the specification ranks them.
 * Every call but SQLGetDiagRec and SQLGetDiagField begins with a clean one. */
#ifndef QA_EDGE_DIAGNOSTICS_H
#define QA_EDGE_DIAGNOSTICS_H

#include <sql.h>
#include <sqlext.h>

#include "base/error.h"
#include "qa/allocator.h"

enum {
    QA_EDGE_DIAGNOSTICS_MAX = 1000, /* a larger number of failed rows is told by their status, too */
    QA_EDGE_MESSAGE_BYTES = QA_ERROR_MESSAGE_BYTES + 32
};

typedef struct qa_edge_diagnostic {
    char sqlstate[6];
    SQLINTEGER native; /* qa_status_t, 0 if the edge itself refused */
    SQLLEN row;        /* 1-based, SQL_NO_ROW_NUMBER, SQL_ROW_NUMBER_UNKNOWN */
    SQLINTEGER column; /* 1-based, SQL_NO_COLUMN_NUMBER, SQL_COLUMN_NUMBER_UNKNOWN */
    char message[QA_EDGE_MESSAGE_BYTES];
} qa_edge_diagnostic_t;

typedef struct qa_edge_diagnostics {
    const qa_allocator_t *allocator; /* borrowed */
    qa_edge_diagnostic_t first;      /* has its place without memory being taken: no memory is told, too */
    qa_edge_diagnostic_t *more;
    uint32_t more_capacity;
    uint32_t count;
    SQLRETURN return_code;
    SQLLEN row_count;
    SQLLEN cursor_row_count;
    const char *dynamic_function; /* constant text */
    SQLINTEGER dynamic_function_code;
} qa_edge_diagnostics_t;

void qa_edge_diagnostics_make(qa_edge_diagnostics_t *diagnostics, const qa_allocator_t *allocator);
void qa_edge_diagnostics_release(qa_edge_diagnostics_t *diagnostics);
void qa_edge_diagnostics_clear(qa_edge_diagnostics_t *diagnostics);
/* Record `index` counted from 0 < count. */
const qa_edge_diagnostic_t *qa_edge_diagnostics_record(const qa_edge_diagnostics_t *diagnostics,
                                                       uint32_t index);

/* Adds a record with the usual prefix. Records without a row come first, then rows in order; in one row
 * errors before warnings; equals in the order of their coming. Beyond the maximum, or without memory, a
 * record is dropped: there is always at least one. */
void qa_edge_post(qa_edge_diagnostics_t *diagnostics, const char *sqlstate, SQLINTEGER native, SQLLEN row,
                  SQLINTEGER column, const char *format, ...) QA_PRINTF(6, 7);
/* A record of no row; the answer that goes with it. */
SQLRETURN qa_edge_refuse(qa_edge_diagnostics_t *diagnostics, const char *sqlstate, const char *format, ...)
    QA_PRINTF(3, 4);
SQLRETURN qa_edge_warn(qa_edge_diagnostics_t *diagnostics, const char *sqlstate, const char *format, ...)
    QA_PRINTF(3, 4);
/* What the SQL library or the core said, with the SQLSTATE of its status: SQL_ERROR. */
SQLRETURN qa_edge_fail(qa_edge_diagnostics_t *diagnostics, const qa_error_t *error);
SQLRETURN qa_edge_fail_at(qa_edge_diagnostics_t *diagnostics, const qa_error_t *error, SQLLEN row,
                          SQLINTEGER column);

/* "ISO 9075" or "ODBC 3.0". */
const char *qa_edge_class_origin(const char *sqlstate);
const char *qa_edge_subclass_origin(const char *sqlstate);

#endif
