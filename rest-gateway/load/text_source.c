/* Where a name comes from in a file. What it must never do: allocate per record beyond the buffer it reuses.
 */
#include "load/text_source.h"

#include <stdio.h>

#include "qa/number.h"

qa_load_text_t qa_load_base_name(const char *path)
{
    static const char *const endings[] = { ".gz", ".zst", ".bz2" };
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    size_t bytes = strlen(name);
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        const size_t cut = strlen(endings[i]);
        if (bytes > cut && qa_load_text_is(name + bytes - cut, cut, endings[i], cut)) {
            bytes -= cut;
            break;
        }
    }
    return (qa_load_text_t){ name, (uint32_t)bytes };
}

static const char *find_text(const char *text, size_t bytes, const char *wanted, size_t wanted_bytes)
{
    for (size_t i = 0; i + wanted_bytes <= bytes; i++) {
        if (memcmp(text + i, wanted, wanted_bytes) == 0) return text + i;
    }
    return NULL;
}

static uint32_t count_placeholders(const char *pattern)
{
    uint32_t count = 0;
    for (const char *at = pattern; (at = strchr(at, '{')) != NULL; at++)
        count++;
    return count;
}

qa_status_t qa_load_match_name(const char *pattern, const char *name, size_t name_bytes, const char *field,
                               const char *otherwise, qa_load_text_t *part_out, qa_error_t *error)
{
    const char *wanted = field != NULL ? field : otherwise;
    const bool is_only = field == NULL && count_placeholders(pattern) == 1;
    const char *at = pattern;
    size_t used = 0;
    bool is_found = false;
    const size_t lead = strcspn(at, "{");
    if (lead > name_bytes || memcmp(name, at, lead) != 0) goto mismatch;
    used = lead;
    at += lead;
    while (*at == '{') {
        const char *close = strchr(at, '}');
        if (close == NULL)
            return qa_load_fail(error, QA_BAD_MAP, "the pattern \"%s\" has a { that is not closed", pattern);
        const size_t field_bytes = (size_t)(close - at) - 1;
        const char *literal = close + 1;
        const size_t literal_bytes = strcspn(literal, "{");
        const bool is_last = literal[literal_bytes] == '\0';
        if (literal_bytes == 0 && !is_last) {
            return qa_load_fail(error, QA_BAD_MAP, "the pattern \"%s\" has nothing between two placeholders",
                                pattern);
        }
        if (used >= name_bytes) goto mismatch;
        const char *next = NULL;
        if (is_last) {
            const bool is_fitting = name_bytes - used > literal_bytes &&
                                    memcmp(name + name_bytes - literal_bytes, literal, literal_bytes) == 0;
            next = is_fitting ? name + name_bytes - literal_bytes : NULL;
        } else {
            next = find_text(name + used + 1, name_bytes - used - 1, literal, literal_bytes);
        }
        if (next == NULL) goto mismatch;
        const bool is_wanted =
            is_only || (wanted != NULL && qa_load_text_is(at + 1, field_bytes, wanted, strlen(wanted)));
        if (is_wanted && !is_found) {
            *part_out = (qa_load_text_t){ name + used, (uint32_t)((size_t)(next - name) - used) };
            is_found = true;
        }
        used = (size_t)(next - name) + literal_bytes;
        at = literal + literal_bytes;
    }
    if (used != name_bytes) goto mismatch;
    if (is_found) return QA_OK;
    return qa_load_fail(error, QA_BAD_MAP, "the pattern \"%s\" has no placeholder {%s}", pattern,
                        wanted != NULL ? wanted : "?");
mismatch:
    return qa_load_fail(error, QA_BAD_FILE,
                        "the file's name \"%.*s\" does not fit the pattern \"%s\" of the map",
                        (int)name_bytes, name, pattern);
}

qa_status_t qa_load_bind(qa_load_bound_t *bound, const qa_load_text_source_t *source,
                         qa_load_reader_t *reader, const char *file, const char *dimension,
                         qa_load_arena_t *arena, qa_error_t *error)
{
    *bound = (qa_load_bound_t){ .source = source, .fixed = { "", 0 } };
    if (source->from == QA_LOAD_FROM_CONSTANT) {
        bound->fixed = (qa_load_text_t){ source->text, (uint32_t)strlen(source->text) };
        return QA_OK;
    }
    if (source->from == QA_LOAD_FROM_FILE) {
        const qa_load_text_t name = qa_load_base_name(file);
        return qa_load_match_name(source->text, name.data, name.bytes, source->field, dimension,
                                  &bound->fixed, error);
    }
    const bool is_template = source->from == QA_LOAD_FROM_TEMPLATE;
    const uint32_t count = is_template ? source->piece_count : source->column_count;
    if (count == 0) return QA_OK;
    bound->numbers = qa_load_arena_take(arena, count * sizeof(uint32_t));
    if (bound->numbers == NULL) return qa_load_fail_memory(error);
    for (uint32_t i = 0; i < count; i++) {
        if (is_template && !source->pieces[i].is_column) continue;
        const char *name = is_template ? source->pieces[i].text : source->columns[i];
        const qa_status_t status =
            qa_load_reader_column(reader, name, strlen(name), &bound->numbers[i], error);
        if (status != QA_OK) return status;
    }
    return QA_OK;
}

static bool is_number(qa_load_text_t text)
{
    for (uint32_t i = 0; i < text.bytes; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') return false;
    }
    return text.bytes > 0;
}

static qa_status_t read_template(const qa_load_bound_t *bound, const qa_load_record_t *record,
                                 qa_load_buffer_t *buffer, bool *is_empty_out, qa_error_t *error)
{
    static const char zeros[] = "00000000000000000000";
    qa_status_t status = QA_OK;
    for (uint32_t i = 0; i < bound->source->piece_count && status == QA_OK; i++) {
        const qa_load_piece_t *piece = &bound->source->pieces[i];
        if (!piece->is_column) {
            status = qa_load_buffer_put(buffer, piece->text, strlen(piece->text), error);
            continue;
        }
        const qa_load_text_t field = record->fields[bound->numbers[i]];
        const qa_load_text_t text = qa_load_trim(field.data, field.bytes);
        if (text.bytes > 0) *is_empty_out = false;
        if (is_number(text) && text.bytes < piece->width) {
            status = qa_load_buffer_put(buffer, zeros, piece->width - text.bytes, error);
        }
        if (status == QA_OK) status = qa_load_buffer_put(buffer, text.data, text.bytes, error);
    }
    return status;
}

static qa_status_t read_columns(const qa_load_bound_t *bound, const qa_load_record_t *record,
                                qa_load_buffer_t *buffer, qa_error_t *error)
{
    const qa_load_text_source_t *source = bound->source;
    for (uint32_t i = 0; i < source->column_count; i++) {
        const qa_load_text_t field = record->fields[bound->numbers[i]];
        const qa_load_text_t text = qa_load_trim(field.data, field.bytes);
        if (text.bytes == 0) continue;
        qa_status_t status = QA_OK;
        if (buffer->bytes > 0) status = qa_load_buffer_put(buffer, source->join, strlen(source->join), error);
        if (status == QA_OK) status = qa_load_buffer_put(buffer, text.data, text.bytes, error);
        if (status != QA_OK) return status;
    }
    return QA_OK;
}

qa_status_t qa_load_read_source(const qa_load_bound_t *bound, const qa_load_record_t *record,
                                qa_load_buffer_t *buffer, qa_load_text_t *text_out, qa_error_t *error)
{
    qa_status_t status = QA_OK;
    bool is_empty = true;
    *text_out = (qa_load_text_t){ "", 0 };
    switch (bound->source->from) {
    case QA_LOAD_FROM_NOTHING:
        return QA_OK;
    case QA_LOAD_FROM_CONSTANT:
    case QA_LOAD_FROM_FILE:
        *text_out = bound->fixed;
        return QA_OK;
    case QA_LOAD_FROM_COLUMN:
        *text_out = record->fields[bound->numbers[0]];
        return QA_OK;
    case QA_LOAD_FROM_DATE: {
        char text[QA_DATE_TEXT_BYTES];
        int32_t day = 0;
        *text_out = record->fields[bound->numbers[0]];
        if (qa_load_trim(text_out->data, text_out->bytes).bytes == 0) return QA_OK;
        status = qa_load_date(text_out->data, text_out->bytes, bound->source->date_format, &day);
        if (status != QA_OK) return status;
        buffer->bytes = 0;
        status = qa_load_buffer_put(buffer, text, qa_date_print(day, text), error);
        break;
    }
    case QA_LOAD_FROM_COLUMNS:
        buffer->bytes = 0;
        status = read_columns(bound, record, buffer, error);
        break;
    case QA_LOAD_FROM_TEMPLATE:
        buffer->bytes = 0;
        status = read_template(bound, record, buffer, &is_empty, error);
        if (is_empty) buffer->bytes = 0;
        break;
    }
    if (status == QA_OK && buffer->bytes > 0) *text_out = (qa_load_text_t){ buffer->data, buffer->bytes };
    return status;
}
