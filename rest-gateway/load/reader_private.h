/* What reader.c, csv.c and json_lines.c share. */
#ifndef QA_LOAD_READER_PRIVATE_H
#define QA_LOAD_READER_PRIVATE_H

#include "load/reader.h"

typedef struct wanted_column {
    const char *name; /* arena */
    uint32_t name_bytes;
    bool is_seen;       /* in any record */
    uint64_t seen_line; /* JSON: number of the last record that had it */
} wanted_column_t;

struct qa_load_reader {
    const qa_allocator_t *allocator;
    qa_load_source_t *source;
    qa_load_arena_t arena;
    qa_load_format_t format;
    char delimiter;
    /* The window on the text: data[begin..end) is not yet read by records. */
    char *data;
    uint32_t capacity;
    uint32_t begin;
    uint32_t end;
    bool is_end;
    uint64_t line_number; /* of the next record */
    bool is_record;       /* there was one */
    /* CSV: all fields of a row, then the ones asked for. */
    qa_load_text_t *fields;
    uint32_t field_capacity;
    uint32_t field_count;
    char *scratch; /* fields with doubled quotes, and JSON strings with escapes, written out */
    uint32_t scratch_capacity;
    qa_load_text_t *header;
    uint32_t header_count;
    bool is_header;      /* names were given: by a header line or by the map */
    uint32_t *positions; /* CSV: of each wanted column */
    wanted_column_t *wanted;
    uint32_t wanted_count;
    uint32_t wanted_capacity;
    uint32_t position_capacity;
    qa_load_text_t *values; /* what a record shows */
    uint32_t value_capacity;
    /* JSON: the path of the value that is being read. */
    char *path;
    uint32_t path_capacity;
    char fault[160];
};

/* Reads more text behind `end`. Sets is_end. QA_LIMIT when the record that begins at `begin` is too long. */
qa_status_t qa_load_window_fill(qa_load_reader_t *reader, qa_error_t *error);

/* One record into reader->fields (CSV) or reader->values (JSON); text without line end. */
qa_status_t qa_load_csv_record(qa_load_reader_t *reader, qa_load_record_t *record, qa_error_t *error);
qa_status_t qa_load_json_record(qa_load_reader_t *reader, qa_load_record_t *record, qa_error_t *error);

#endif
