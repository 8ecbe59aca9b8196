/* Records of a file, one by one: CSV rows or JSON lines, with the fields that the map asks for.
 *
 *     qa_load_reader_options_t options = { .format = QA_LOAD_FORMAT_AUTO, .is_header = true };
 *     qa_load_reader_t *reader = NULL;
 *     qa_load_reader_open(&reader, source, &options, allocator, &error);
 *     qa_load_reader_column(reader, "amount", 6, &amount, &error);       // before the first record
 *     while (qa_load_reader_next(reader, &record, &error) == QA_OK && !record.is_end)
 *         if (record.fault == NULL) use(record.fields[amount]);
 *     qa_load_reader_close(reader);
 *
 * A record that cannot be read (broken UTF-8, a quote that is not closed, bad JSON) comes with a fault and
 * its number; the next one can be read. A record longer than QA_LINE_BYTES_MAX ends the file with QA_LIMIT,
 * having taken no more memory than that. Nothing is allocated per record. */
#ifndef QA_LOAD_READER_H
#define QA_LOAD_READER_H

#include "load/source.h"

typedef enum qa_load_format {
    QA_LOAD_FORMAT_AUTO = 0,
    QA_LOAD_FORMAT_CSV,
    QA_LOAD_FORMAT_JSON_LINES
} qa_load_format_t;

typedef struct qa_load_reader_options {
    qa_load_format_t format;
    char delimiter; /* 0: from the header, or a comma */
    bool is_header;
    uint32_t skip_lines;
    const char *const
        *columns; /* names by position when there is no header; borrowed until the reader closes */
    uint32_t column_count;
} qa_load_reader_options_t;

typedef struct qa_load_record {
    bool is_end;
    uint64_t line_number; /* of its first line, from 1 */
    qa_load_text_t text;  /* as it stands in the file, without line end; borrowed until the next record */
    const char *fault;    /* NULL: fine; else why it cannot be used */
    const qa_load_text_t *fields; /* by the numbers that qa_load_reader_column gave */
} qa_load_record_t;

typedef struct qa_load_reader qa_load_reader_t;

/* The source is borrowed until the reader closes. Reads the header. Errors: QA_BAD_FILE, QA_NOT_TEXT (the
 * header), QA_LIMIT, QA_NO_MEMORY, QA_IO. */
qa_status_t qa_load_reader_open(qa_load_reader_t **reader_out, qa_load_source_t *source,
                                const qa_load_reader_options_t *options, const qa_allocator_t *allocator,
                                qa_error_t *error);
void qa_load_reader_close(qa_load_reader_t *reader); /* accepts NULL */

/* Asks for a column: by name, without case, or by position from 1 written as "#3". The same column asked for
 * twice has one number. QA_BAD_FILE with the columns that the header has, if there is none, or two. */
qa_status_t qa_load_reader_column(qa_load_reader_t *reader, const char *name, size_t bytes,
                                  uint32_t *number_out, qa_error_t *error);
qa_status_t qa_load_reader_next(qa_load_reader_t *reader, qa_load_record_t *record_out, qa_error_t *error);
/* Lines read so far. */
uint64_t qa_load_reader_line_count(const qa_load_reader_t *reader);
/* The first column asked for that no record had (JSON lines); NULL: each was there, or there was no record.
 */
const char *qa_load_reader_missing_column(const qa_load_reader_t *reader);

#endif
