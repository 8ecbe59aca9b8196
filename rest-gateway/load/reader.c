/* Records of a file: the window on its text, the header, the columns asked for. The two grammars are in csv.c
 * and json_lines.c. What it must never do: guess a column, or grow beyond one record of QA_LINE_BYTES_MAX. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "load/reader_private.h"
#include "qa/limits.h"
#include "qa/text.h"

enum { WINDOW_BYTES = 1 << 18 };

static qa_status_t fail_long(const qa_load_reader_t *reader, qa_error_t *error)
{
    return qa_load_fail(
        error, QA_LIMIT,
        "line %llu is longer than %d bytes; this is not a file of rows, or a quote is not closed",
        (unsigned long long)reader->line_number, QA_LINE_BYTES_MAX);
}

qa_status_t qa_load_window_fill(qa_load_reader_t *reader, qa_error_t *error)
{
    const uint32_t held = reader->end - reader->begin;
    if (held > QA_LINE_BYTES_MAX) return fail_long(reader, error);
    if (reader->begin > 0) {
        memmove(reader->data, reader->data + reader->begin, held);
        reader->begin = 0;
        reader->end = held;
    }
    if (reader->capacity - held < WINDOW_BYTES / 2) {
        /* Doubled, so that a long record is scanned again only a few times. */
        void *data = reader->data;
        const qa_status_t status = qa_load_reserve(reader->allocator, &data, &reader->capacity,
                                                   (uint64_t)held * 2 + WINDOW_BYTES, 1, error);
        if (status != QA_OK) return status;
        reader->data = data;
    }
    size_t got = 0;
    const qa_status_t status = qa_load_source_read(reader->source, reader->data + reader->end,
                                                   reader->capacity - reader->end, &got, error);
    if (status != QA_OK) return status;
    reader->end += (uint32_t)got;
    if (got == 0) reader->is_end = true;
    return QA_OK;
}

/* The next line, without its end, as a borrowed text; false at the end of the file. */
static qa_status_t next_line(qa_load_reader_t *reader, qa_load_text_t *line_out, bool *is_end_out,
                             uint32_t *after_out, qa_error_t *error)
{
    uint32_t at = 0;
    for (;;) {
        const char *data = reader->data + reader->begin;
        const uint32_t held = reader->end - reader->begin;
        while (at < held && data[at] != '\n' && data[at] != '\r')
            at++;
        if (at > QA_LINE_BYTES_MAX) return fail_long(reader, error);
        /* Behind a CR the next byte decides whether it is CRLF. */
        if (reader->is_end || at + 1 < held) break;
        const qa_status_t status = qa_load_window_fill(reader, error);
        if (status != QA_OK) return status;
    }
    const char *data = reader->data + reader->begin;
    const uint32_t held = reader->end - reader->begin;
    *is_end_out = held == 0;
    *line_out = (qa_load_text_t){ data, at };
    if (at < held) at += (data[at] == '\r' && at + 1 < held && data[at + 1] == '\n') ? 2 : 1;
    *after_out = at;
    return QA_OK;
}

static char delimiter_of(qa_load_text_t line)
{
    static const char candidates[] = { ',', ';', '\t', '|' };
    uint32_t counts[4] = { 0 };
    bool is_quoted = false;
    for (uint32_t i = 0; i < line.bytes; i++) {
        if (line.data[i] == '"') is_quoted = !is_quoted;
        for (uint32_t c = 0; c < 4 && !is_quoted; c++)
            counts[c] += line.data[i] == candidates[c];
    }
    uint32_t best = 0;
    for (uint32_t c = 1; c < 4; c++) {
        if (counts[c] > counts[best]) best = c;
    }
    return candidates[best];
}

/* Keeps the names of the header, trimmed, in the arena. */
static qa_status_t keep_header(qa_load_reader_t *reader, const qa_load_text_t *names, uint32_t count,
                               qa_error_t *error)
{
    reader->header = qa_load_arena_take(&reader->arena, (count + 1) * sizeof(*reader->header));
    if (reader->header == NULL) return qa_load_fail_memory(error);
    for (uint32_t i = 0; i < count; i++) {
        const qa_load_text_t name = qa_load_trim(names[i].data, names[i].bytes);
        const char *copy = qa_load_arena_copy(&reader->arena, name.data, name.bytes);
        if (copy == NULL) return qa_load_fail_memory(error);
        reader->header[i] = (qa_load_text_t){ copy, name.bytes };
    }
    reader->header_count = count;
    reader->is_header = true;
    return QA_OK;
}

static qa_status_t begin_csv(qa_load_reader_t *reader, const qa_load_reader_options_t *options,
                             qa_error_t *error)
{
    qa_load_text_t line;
    bool is_end = false;
    uint32_t after = 0;
    qa_status_t status = QA_OK;
    for (uint32_t i = 0; i < options->skip_lines; i++) {
        status = next_line(reader, &line, &is_end, &after, error);
        if (status != QA_OK) return status;
        reader->begin += after;
        reader->line_number++;
    }
    reader->delimiter = options->delimiter != 0 ? options->delimiter : ',';
    if (options->is_header) {
        status = next_line(reader, &line, &is_end, &after, error);
        if (status != QA_OK) return status;
        if (is_end) {
            return qa_load_fail(error, QA_BAD_FILE,
                                "the file is empty; its first line should name the columns");
        }
        if (options->delimiter == 0) reader->delimiter = delimiter_of(line);
        qa_load_record_t record;
        status = qa_load_csv_record(reader, &record, error);
        if (status != QA_OK) return status;
        if (record.is_end) return qa_load_fail(error, QA_BAD_FILE, "the file has no header line");
        if (record.fault != NULL) {
            return qa_load_fail(error, QA_BAD_FILE, "the header in line %llu cannot be read: %s",
                                (unsigned long long)record.line_number, record.fault);
        }
        return keep_header(reader, reader->fields, reader->field_count, error);
    }
    if (options->column_count == 0) return QA_OK;
    qa_load_text_t *names = qa_load_arena_take(&reader->arena, options->column_count * sizeof(*names));
    if (names == NULL) return qa_load_fail_memory(error);
    for (uint32_t i = 0; i < options->column_count; i++)
        names[i] = (qa_load_text_t){ options->columns[i], (uint32_t)strlen(options->columns[i]) };
    return keep_header(reader, names, options->column_count, error);
}

/* JSON lines, if the first byte that is not a blank is an opening brace. */
static qa_status_t detect_format(qa_load_reader_t *reader, qa_error_t *error)
{
    for (;;) {
        uint32_t at = reader->begin;
        while (at < reader->end && memchr(" \t\r\n", reader->data[at], 4) != NULL)
            at++;
        if (at < reader->end || reader->is_end || at > WINDOW_BYTES) {
            const bool is_brace = at < reader->end && reader->data[at] == '{';
            reader->format = is_brace ? QA_LOAD_FORMAT_JSON_LINES : QA_LOAD_FORMAT_CSV;
            return QA_OK;
        }
        const qa_status_t status = qa_load_window_fill(reader, error);
        if (status != QA_OK) return status;
    }
}

qa_status_t qa_load_reader_open(qa_load_reader_t **reader_out, qa_load_source_t *source,
                                const qa_load_reader_options_t *options, const qa_allocator_t *allocator,
                                qa_error_t *error)
{
    *reader_out = NULL;
    qa_load_reader_t *reader = allocator->resize(allocator->context, NULL, 0, sizeof(*reader));
    if (reader == NULL) return qa_load_fail_memory(error);
    memset(reader, 0, sizeof(*reader));
    reader->allocator = allocator;
    reader->source = source;
    reader->format = options->format;
    reader->line_number = 1;
    qa_load_arena_make(&reader->arena, allocator);
    qa_status_t status = qa_load_window_fill(reader, error);
    if (status == QA_OK && reader->format == QA_LOAD_FORMAT_AUTO) status = detect_format(reader, error);
    if (status == QA_OK && reader->format == QA_LOAD_FORMAT_CSV) status = begin_csv(reader, options, error);
    if (status != QA_OK) {
        qa_load_reader_close(reader);
        return status;
    }
    *reader_out = reader;
    return QA_OK;
}

void qa_load_reader_close(qa_load_reader_t *reader)
{
    if (reader == NULL) return;
    const qa_allocator_t *allocator = reader->allocator;
    qa_load_release(allocator, reader->data, reader->capacity, 1);
    qa_load_release(allocator, reader->fields, reader->field_capacity, sizeof(*reader->fields));
    qa_load_release(allocator, reader->scratch, reader->scratch_capacity, 1);
    qa_load_release(allocator, reader->positions, reader->position_capacity, sizeof(*reader->positions));
    qa_load_release(allocator, reader->wanted, reader->wanted_capacity, sizeof(*reader->wanted));
    qa_load_release(allocator, reader->values, reader->value_capacity, sizeof(*reader->values));
    qa_load_release(allocator, reader->path, reader->path_capacity, 1);
    qa_load_arena_release(&reader->arena);
    allocator->release(allocator->context, reader, sizeof(*reader));
}

/* The names of the header for a message, cut where the message is full. */
static void list_header(const qa_load_reader_t *reader, char *text, size_t capacity)
{
    size_t length = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < reader->header_count && length + 1 < capacity; i++) {
        const int wrote = snprintf(text + length, capacity - length, "%s%.*s", i > 0 ? ", " : "",
                                   (int)reader->header[i].bytes, reader->header[i].data);
        if (wrote < 0) return;
        length += (size_t)wrote;
    }
}

/* Position of a CSV column. */
static qa_status_t find_position(qa_load_reader_t *reader, const char *name, size_t bytes,
                                 uint32_t *position_out, qa_error_t *error)
{
    char list[300];
    if (bytes > 1 && name[0] == '#' && name[1] >= '0' && name[1] <= '9') {
        uint32_t position = 0;
        for (size_t i = 1; i < bytes && position < 1000000; i++)
            position = position * 10 + (uint32_t)(name[i] - '0');
        if (reader->is_header && position > reader->header_count) {
            return qa_load_fail(error, QA_BAD_FILE, "the map names column %u, the file has %u columns",
                                position, reader->header_count);
        }
        *position_out = position - 1;
        return QA_OK;
    }
    if (!reader->is_header) {
        return qa_load_fail(
            error, QA_BAD_MAP,
            "the map names column \"%.*s\", but without a header; give the names in \"columns\" or "
            "use positions",
            (int)bytes, name);
    }
    uint32_t hits = 0;
    for (uint32_t i = 0; i < reader->header_count; i++) {
        if (!qa_load_text_is(reader->header[i].data, reader->header[i].bytes, name, bytes)) continue;
        if (hits++ == 0) *position_out = i;
    }
    if (hits == 1) return QA_OK;
    list_header(reader, list, sizeof(list));
    if (hits > 1) {
        return qa_load_fail(error, QA_BAD_FILE,
                            "the file has %u columns named \"%.*s\"; name one by position in the map", hits,
                            (int)bytes, name);
    }
    return qa_load_fail(error, QA_BAD_FILE, "the file has no column \"%.*s\"; it has %s", (int)bytes, name,
                        list);
}

qa_status_t qa_load_reader_column(qa_load_reader_t *reader, const char *name, size_t bytes,
                                  uint32_t *number_out, qa_error_t *error)
{
    const qa_load_text_t trimmed = qa_load_trim(name, bytes);
    uint32_t position = 0;
    qa_status_t status = QA_OK;
    if (reader->format == QA_LOAD_FORMAT_CSV) {
        status = find_position(reader, trimmed.data, trimmed.bytes, &position, error);
        if (status != QA_OK) return status;
    } else if (trimmed.bytes > 1 && trimmed.data[0] == '#') {
        return qa_load_fail(error, QA_BAD_MAP,
                            "the map names a column by position, but JSON lines have only names");
    }
    for (uint32_t i = 0; i < reader->wanted_count; i++) {
        const wanted_column_t *wanted = &reader->wanted[i];
        if (qa_load_text_is(wanted->name, wanted->name_bytes, trimmed.data, trimmed.bytes)) {
            *number_out = i;
            return QA_OK;
        }
    }
    void *array = reader->wanted;
    const uint32_t count = reader->wanted_count;
    status = qa_load_reserve(reader->allocator, &array, &reader->wanted_capacity, count + 1u,
                             sizeof(wanted_column_t), error);
    reader->wanted = array;
    if (status != QA_OK) return status;
    array = reader->positions;
    status = qa_load_reserve(reader->allocator, &array, &reader->position_capacity, count + 1u,
                             sizeof(uint32_t), error);
    reader->positions = array;
    if (status != QA_OK) return status;
    array = reader->values;
    status = qa_load_reserve(reader->allocator, &array, &reader->value_capacity, count + 1u,
                             sizeof(qa_load_text_t), error);
    reader->values = array;
    if (status != QA_OK) return status;
    const char *copy = qa_load_arena_copy(&reader->arena, trimmed.data, trimmed.bytes);
    if (copy == NULL) return qa_load_fail_memory(error);
    reader->wanted[count] = (wanted_column_t){ .name = copy, .name_bytes = trimmed.bytes };
    reader->positions[count] = position;
    reader->values[count] = (qa_load_text_t){ "", 0 };
    reader->wanted_count++;
    *number_out = count;
    return QA_OK;
}

/* The number of fields must be that of the header; empty ones too many are a habit of spreadsheets. */
static void pick_fields(qa_load_reader_t *reader, qa_load_record_t *record)
{
    const uint32_t expected = reader->header_count;
    for (uint32_t i = 0; i < reader->wanted_count && record->fault == NULL; i++) {
        const uint32_t position = reader->positions[i];
        if (position < reader->field_count) {
            reader->values[i] = reader->fields[position];
        } else {
            snprintf(reader->fault, sizeof(reader->fault), "the row has %u fields, the map names field %u",
                     reader->field_count, position + 1);
            record->fault = reader->fault;
        }
    }
    if (!reader->is_header || record->fault != NULL || reader->field_count == expected) return;
    bool is_bad = reader->field_count < expected;
    for (uint32_t i = expected; i < reader->field_count; i++)
        is_bad = is_bad || reader->fields[i].bytes > 0;
    if (!is_bad) return;
    snprintf(reader->fault, sizeof(reader->fault), "the row has %u fields, the header %u",
             reader->field_count, expected);
    record->fault = reader->fault;
}

qa_status_t qa_load_reader_next(qa_load_reader_t *reader, qa_load_record_t *record_out, qa_error_t *error)
{
    qa_status_t status = QA_OK;
    if (reader->format == QA_LOAD_FORMAT_CSV) {
        status = qa_load_csv_record(reader, record_out, error);
        if (status == QA_OK && !record_out->is_end) pick_fields(reader, record_out);
    } else {
        status = qa_load_json_record(reader, record_out, error);
    }
    if (status != QA_OK) return status;
    record_out->fields = reader->values;
    if (!record_out->is_end) reader->is_record = true;
    return QA_OK;
}

uint64_t qa_load_reader_line_count(const qa_load_reader_t *reader)
{
    return reader->line_number - 1;
}

const char *qa_load_reader_missing_column(const qa_load_reader_t *reader)
{
    if (reader->format == QA_LOAD_FORMAT_CSV || !reader->is_record) return NULL;
    for (uint32_t i = 0; i < reader->wanted_count; i++) {
        if (!reader->wanted[i].is_seen) return reader->wanted[i].name;
    }
    return NULL;
}
