/* What the tool's own commands share beyond command.h: errors into the tool, value texts, tables of records.
 */
#ifndef QA_TOOL_SUPPORT_H
#define QA_TOOL_SUPPORT_H

#include <stdio.h>

#include "tool/command.h"

qa_status_t qa_tool_set_error(qa_tool_t *tool, qa_status_t status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Copies the connection's error to tool->error. */
qa_status_t qa_tool_take_error(qa_tool_t *tool, qa_status_t status);

/* QA_NOT_TEXT unless the text is UTF-8; `what` names the argument: "value". */
qa_status_t qa_tool_utf8(qa_tool_t *tool, const char *what, const char *text);

/* Makes the folders above `path`, readable by the owner only; those that are there stay as they are. */
qa_status_t qa_tool_make_parents(qa_tool_t *tool, const char *path);

/* Reads a whole file, or stdin for "-", into memory that the caller frees. At most `bytes_max`. */
qa_status_t qa_tool_read_file(qa_tool_t *tool, const char *path, size_t bytes_max, char **text_out,
                              size_t *bytes_out);

typedef enum qa_format { QA_FORMAT_TABLE, QA_FORMAT_CSV, QA_FORMAT_JSON } qa_format_t;
/* "table", "csv", "json"; NULL is table. False after tool->error is set. */
bool qa_tool_format(qa_tool_t *tool, const char *text, qa_format_t *format_out);

/* --- texts of values --- */
enum { QA_VALUE_TEXT_BYTES = 96 };
/* Columns that the text takes on a terminal: wide characters two, combining marks none. */
uint32_t qa_text_width(const char *text, size_t bytes);
/* The exact text of a value, without separators: as CSV and JSON have it. Text values are returned as they
 * are, others are written into `room`. Missing is "". */
const char *qa_value_exact(const qa_value_t *value, char room[QA_VALUE_TEXT_BYTES], size_t *bytes_out);
/* The same for people: thousands separated, doubles to at most six decimals. Missing is "". */
const char *qa_value_shown(const qa_value_t *value, char room[QA_VALUE_TEXT_BYTES], size_t *bytes_out);
bool qa_value_is_number(const qa_value_t *value);
void qa_print_csv(FILE *stream, const char *text, size_t bytes);  /* one field, quoted if it must be */
void qa_print_json(FILE *stream, const char *text, size_t bytes); /* a string with its quotes */
void qa_print_json_value(FILE *stream, const qa_value_t *value);
/* Text for a terminal: control characters as \n, \t or \xNN, so that a value cannot steer the terminal. */
void qa_print_plain(FILE *stream, const char *text, size_t bytes);

/* --- records: apps, history, log, statistics --- */
typedef struct qa_records qa_records_t;
typedef enum qa_field_kind { QA_FIELD_TEXT, QA_FIELD_NUMBER, QA_FIELD_TRUTH } qa_field_kind_t;
typedef struct qa_field {
    const char *name; /* of the column: lower case with underscores */
    qa_field_kind_t kind;
} qa_field_t;
/* Collects rows and prints them aligned, as CSV, or as a JSON list of objects. NULL: no memory. */
qa_records_t *qa_records_open(qa_format_t format, const qa_field_t *fields, uint32_t field_count);
/* The names of the fields are somebody's own: a table shows them as they are. */
void qa_records_keep_names(qa_records_t *records);
bool qa_records_is_table(const qa_records_t *records);
/* Adds the next field of the present row; an empty NUMBER or TRUTH is null in JSON. */
void qa_records_add(qa_records_t *records, const char *text, size_t bytes);
void qa_records_add_text(qa_records_t *records, const char *text);
/* No value: null in JSON, nothing elsewhere. */
void qa_records_add_missing(qa_records_t *records);
void qa_records_add_number(qa_records_t *records, uint64_t number);
/* Whole seconds in a table, exact elsewhere. */
void qa_records_add_time(qa_records_t *records, int64_t time_ns);
void qa_records_add_value(qa_records_t *records, const qa_value_t *value); /* text in JSON */
/* Prints everything and releases it; QA_NO_MEMORY if a row was lost. */
qa_status_t qa_records_close(qa_records_t *records);

/* RFC 3339 in UTC; "" for 0. */
void qa_time_text(int64_t time_ns, char text_out[QA_TIME_TEXT_BYTES + 1]);
void qa_hex_text(const uint8_t *bytes, size_t count, char *text_out); /* 2 × count + 1 */

#endif
