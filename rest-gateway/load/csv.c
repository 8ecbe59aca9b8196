/* One CSV record after RFC 4180: fields apart by the delimiter, quoted fields with line ends and doubled
 * quotes inside; lines may end in LF, CRLF or CR. A quote within a field that does not begin with one is a
 * character like others. Blank lines are passed over. Fields point into the window; only those with doubled
 * quotes are copied. What it must never do: take the end of the window for the end of a record. */
#include <stdio.h>

#include "load/reader_private.h"
#include "qa/limits.h"
#include "qa/text.h"

typedef struct scan {
    qa_load_reader_t *reader;
    const char *data; /* the record begins here */
    uint32_t held;    /* bytes there */
    uint32_t at;
    uint32_t scratch_used;
    uint64_t lines; /* line ends inside quotes */
    const char *fault;
    bool is_short; /* more text is needed */
} scan_t;

static qa_status_t add_field(scan_t *scan, const char *data, uint32_t bytes, qa_error_t *error)
{
    qa_load_reader_t *reader = scan->reader;
    if (reader->field_count == QA_COLUMNS_MAX) {
        scan->fault = "the row has more than 16384 fields";
        return QA_OK;
    }
    if (reader->field_count == reader->field_capacity) {
        void *array = reader->fields;
        const qa_status_t status = qa_load_reserve(reader->allocator, &array, &reader->field_capacity,
                                                   reader->field_count + 1u, sizeof(qa_load_text_t), error);
        if (status != QA_OK) return status;
        reader->fields = array;
    }
    reader->fields[reader->field_count++] = (qa_load_text_t){ data, bytes };
    return QA_OK;
}

static bool is_line_end(char byte)
{
    return byte == '\n' || byte == '\r';
}

/* A field that begins with a quote; `at` stands on it, and behind on the delimiter or line end. */
static qa_status_t scan_quoted(scan_t *scan, qa_error_t *error)
{
    const char *data = scan->data;
    const uint32_t start = scan->at + 1;
    uint32_t at = start;
    uint32_t doubled = 0;
    for (;;) {
        const char *quote = at < scan->held ? memchr(data + at, '"', scan->held - at) : NULL;
        if (quote == NULL) {
            if (!scan->reader->is_end) {
                scan->is_short = true;
                return QA_OK;
            }
            scan->fault = "a quote is opened here and never closed";
            at = scan->held;
            break;
        }
        at = (uint32_t)(quote - data);
        if (at + 1 == scan->held && !scan->reader->is_end) {
            scan->is_short = true;
            return QA_OK;
        }
        if (at + 1 < scan->held && data[at + 1] == '"') {
            doubled++;
            at += 2;
            continue;
        }
        break;
    }
    const uint32_t bytes = at - start;
    for (uint32_t i = start; i < at; i++) {
        scan->lines += data[i] == '\n' || (data[i] == '\r' && (i + 1 == at || data[i + 1] != '\n'));
    }
    if (at < scan->held) at++;
    const uint32_t behind = at;
    while (at < scan->held && data[at] != scan->reader->delimiter && !is_line_end(data[at]))
        at++;
    if (at == scan->held && !scan->reader->is_end) {
        scan->is_short = true;
        return QA_OK;
    }
    if (qa_load_trim(data + behind, at - behind).bytes > 0)
        scan->fault = "there is text behind a closing quote";
    scan->at = at;
    if (doubled == 0) return add_field(scan, data + start, bytes, error);
    /* The scratch never moves here: it was made as long as the window before the record. */
    char *target = scan->reader->scratch + scan->scratch_used;
    uint32_t length = 0;
    for (uint32_t i = start; i < start + bytes; i++) {
        target[length++] = data[i];
        if (data[i] == '"' && i + 1 < start + bytes && data[i + 1] == '"') i++;
    }
    scan->scratch_used += length;
    return add_field(scan, target, length, error);
}

/* All fields of the record; at the end `at` stands on its line end or at the end of the file. */
static qa_status_t scan_fields(scan_t *scan, qa_error_t *error)
{
    const char *data = scan->data;
    const char delimiter = scan->reader->delimiter;
    for (;;) {
        qa_status_t status = QA_OK;
        if (scan->at < scan->held && data[scan->at] == '"') {
            status = scan_quoted(scan, error);
            if (status != QA_OK || scan->is_short) return status;
        } else {
            uint32_t at = scan->at;
            while (at < scan->held && data[at] != delimiter && data[at] != '\n' && data[at] != '\r')
                at++;
            if (at == scan->held && !scan->reader->is_end) {
                scan->is_short = true;
                return QA_OK;
            }
            status = add_field(scan, data + scan->at, at - scan->at, error);
            if (status != QA_OK) return status;
            scan->at = at;
        }
        if (scan->at == scan->held || data[scan->at] != delimiter) return QA_OK;
        scan->at++;
    }
}

static qa_status_t reserve_scratch(qa_load_reader_t *reader, qa_error_t *error)
{
    void *array = reader->scratch;
    const qa_status_t status = qa_load_reserve(reader->allocator, &array, &reader->scratch_capacity,
                                               (uint64_t)reader->capacity + 1, 1, error);
    reader->scratch = array;
    return status;
}

/* Passes over blank lines; false at the end of the file. */
static qa_status_t skip_blank_lines(qa_load_reader_t *reader, bool *is_end_out, qa_error_t *error)
{
    for (;;) {
        if (reader->begin == reader->end) {
            *is_end_out = reader->is_end;
            if (reader->is_end) return QA_OK;
            const qa_status_t status = qa_load_window_fill(reader, error);
            if (status != QA_OK) return status;
            continue;
        }
        const char byte = reader->data[reader->begin];
        if (!is_line_end(byte)) return QA_OK;
        if (byte == '\r' && reader->begin + 1 == reader->end && !reader->is_end) {
            const qa_status_t status = qa_load_window_fill(reader, error);
            if (status != QA_OK) return status;
            continue;
        }
        const bool is_pair =
            byte == '\r' && reader->begin + 1 < reader->end && reader->data[reader->begin + 1] == '\n';
        reader->begin += is_pair ? 2 : 1;
        reader->line_number++;
    }
}

/* Takes the record and its line end off the window. */
static void finish(scan_t *scan, qa_load_record_t *record)
{
    qa_load_reader_t *reader = scan->reader;
    uint32_t after = scan->at;
    if (after < scan->held) {
        const bool is_pair =
            scan->data[after] == '\r' && after + 1 < scan->held && scan->data[after + 1] == '\n';
        after += is_pair ? 2 : 1;
    }
    record->line_number = reader->line_number;
    record->text = (qa_load_text_t){ scan->data, scan->at };
    record->fault = scan->fault;
    if (record->fault == NULL && !qa_utf8_is_valid(scan->data, scan->at)) {
        record->fault = "the row is not valid UTF-8; name the encoding in the map if it is another";
    }
    reader->begin += after;
    reader->line_number += scan->lines + 1;
}

qa_status_t qa_load_csv_record(qa_load_reader_t *reader, qa_load_record_t *record, qa_error_t *error)
{
    *record = (qa_load_record_t){ .line_number = reader->line_number };
    qa_status_t status = skip_blank_lines(reader, &record->is_end, error);
    if (status != QA_OK || record->is_end) return status;
    for (;;) {
        status = reserve_scratch(reader, error);
        if (status != QA_OK) return status;
        reader->field_count = 0;
        scan_t scan = { .reader = reader,
                        .data = reader->data + reader->begin,
                        .held = reader->end - reader->begin };
        status = scan_fields(&scan, error);
        if (status != QA_OK) return status;
        /* A CR at the end of the window may be half of a CRLF. */
        const bool is_half = !scan.is_short && !reader->is_end && scan.at + 1 >= scan.held;
        if (!scan.is_short && !is_half) {
            if (scan.at > QA_LINE_BYTES_MAX) {
                return qa_load_fail(error, QA_LIMIT, "line %llu is longer than %d bytes; this is not a row",
                                    (unsigned long long)reader->line_number, QA_LINE_BYTES_MAX);
            }
            finish(&scan, record);
            return QA_OK;
        }
        status = qa_load_window_fill(reader, error);
        if (status != QA_OK) return status;
    }
}
