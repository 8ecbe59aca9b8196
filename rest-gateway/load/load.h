/* Loading files into an app through a map: one intent, all or nothing.
 *
 *     qa_load_options_t options = { .size = sizeof(options), .map = map, .map_name = "ledger.map.json",
 *                                   .files = files, .file_count = 2 };
 *     qa_load_result_t result;
 *     qa_status_t status = qa_load_run(connection, &options, &result, &error);
 *     puts(result.report);                       // JSON, also when the load failed
 *     qa_load_result_close(&result);
 *
 * Rows read = loaded + missing + rejected. Nothing is written unless the status is QA_OK and `is_written`
 * says so: QA_ROWS_REJECTED (more than allowed), QA_CONTROL_TOTAL, QA_CANCELLED and every other error leave
 * the app as it was. An unchanged file that was loaded for the same slice before writes nothing at all. Not
 * within a read section of the connection; takes its own. Threading: that of the connection. */
#ifndef QA_LOAD_LOAD_H
#define QA_LOAD_LOAD_H

#include <stdio.h>

#include "load/map.h"
#include "qa/lattice.h"

typedef struct qa_load_progress {
    const char *file;
    uint64_t bytes;       /* read of this file, as it stands on disk */
    uint64_t bytes_total; /* 0: not known */
    uint64_t rows;        /* of the whole load */
} qa_load_progress_t;

typedef struct qa_load_options {
    size_t size;
    const qa_load_map_t *map;
    const char *map_name;     /* for the history and messages */
    const char *const *files; /* paths; "-" is the standard input */
    uint32_t file_count;
    const char *const *replaces; /* "Scenario=Actual,Period=2026-01" */
    uint32_t replace_count;
    const char *unknown; /* "reject", "suspense", "create-under=X"; NULL: as the map says */
    bool has_rejects_max;
    uint64_t rejects_max;
    const char *const *expects; /* "Path/To/Member=12.50", "Dim:Member,Dim2:Member2=12.50" */
    uint32_t expect_count;
    bool is_dry_run;
    const char *rejects_path;          /* CSV of rejected rows; NULL: none */
    const char *reason;                /* NULL: none */
    const volatile bool *is_cancelled; /* NULL: never */
    void (*progress)(void *context, const qa_load_progress_t *progress); /* NULL: none */
    void *progress_context;
    const qa_allocator_t *allocator; /* NULL: the default */
} qa_load_options_t;

enum { QA_LOAD_REASONS = 3, QA_LOAD_REASON_BYTES = 640 };

typedef struct qa_load_result {
    uint64_t rows_read;
    uint64_t rows_loaded; /* of which rows_suspense */
    uint64_t rows_suspense;
    uint64_t rows_missing; /* empty amounts */
    uint64_t rows_rejected;
    uint64_t rounded_count; /* amounts with more decimals than the account */
    uint64_t cell_count;    /* distinct cells that the rows give to */
    uint64_t created_count; /* atoms */
    uint64_t changed_count;
    uint64_t cleared_count;
    uint64_t unchanged_count;
    uint64_t members_created;
    uint64_t members_changed; /* "kind": "members" */
    bool is_written;          /* something went to the log */
    bool is_tied;             /* every control total was met */
    uint32_t reason_count;
    char reasons[QA_LOAD_REASONS][QA_LOAD_REASON_BYTES]; /* of the first rejected rows: file:line: why */
    qa_receipt_t receipt;
    char *report; /* JSON, owned; NULL only without memory */
    size_t report_bytes;
    const qa_allocator_t *allocator;
} qa_load_result_t;

qa_status_t qa_load_run(qa_connection_t *connection, const qa_load_options_t *options,
                        qa_load_result_t *result, qa_error_t *error);
void qa_load_result_close(qa_load_result_t *result);

#endif
