/* Lists of records: collected, then printed aligned for people, as CSV, or as JSON. */
#include <stdlib.h>
#include <string.h>

#include "tool/support.h"

struct qa_records {
    qa_format_t format;
    const qa_field_t *fields;
    uint32_t field_count;
    char **cells; /* row by row, owned; NULL: no value */
    size_t count;
    size_t capacity;
    bool is_short_of_memory;
    bool keeps_names;
};

qa_records_t *qa_records_open(qa_format_t format, const qa_field_t *fields, uint32_t field_count)
{
    qa_records_t *records = calloc(1, sizeof(*records));
    if (records == NULL) return NULL;
    records->format = format;
    records->fields = fields;
    records->field_count = field_count;
    return records;
}

bool qa_records_is_table(const qa_records_t *records)
{
    return records->format == QA_FORMAT_TABLE;
}

static const char *cell_text(const qa_records_t *records, size_t index)
{
    return records->cells[index] == NULL ? "" : records->cells[index];
}

static bool make_room(qa_records_t *records)
{
    if (records->count == records->capacity) {
        size_t capacity = records->capacity == 0 ? 64 : records->capacity * 2;
        char **cells = realloc(records->cells, capacity * sizeof(*cells));
        if (cells == NULL) {
            records->is_short_of_memory = true;
            return false;
        }
        records->cells = cells;
        records->capacity = capacity;
    }
    return true;
}

void qa_records_add_missing(qa_records_t *records)
{
    if (make_room(records)) records->cells[records->count++] = NULL;
}

void qa_records_add(qa_records_t *records, const char *text, size_t bytes)
{
    if (!make_room(records)) return;
    char *copy = malloc(bytes + 1);
    if (copy == NULL) {
        records->is_short_of_memory = true;
        return;
    }
    memcpy(copy, text, bytes);
    copy[bytes] = 0;
    records->cells[records->count++] = copy;
}

void qa_records_add_text(qa_records_t *records, const char *text)
{
    qa_records_add(records, text, strlen(text));
}

void qa_records_add_number(qa_records_t *records, uint64_t number)
{
    char text[24];
    int bytes = snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
    qa_records_add(records, text, (size_t)bytes);
}

void qa_records_add_value(qa_records_t *records, const qa_value_t *value)
{
    char room[QA_VALUE_TEXT_BYTES];
    size_t bytes = 0;
    const char *text = records->format == QA_FORMAT_TABLE ? qa_value_shown(value, room, &bytes)
                                                          : qa_value_exact(value, room, &bytes);
    qa_records_add(records, text, bytes);
}

/* Blanks wait in *pending until a text stands behind them. */
static void print_cell(const char *text, uint32_t width, bool is_right, uint32_t *pending)
{
    size_t bytes = strlen(text);
    uint32_t blanks = width - qa_text_width(text, bytes);
    if (is_right) *pending += blanks;
    for (; *pending > 0 && bytes > 0; --*pending) {
        putchar(' ');
    }
    qa_print_plain(stdout, text, bytes);
    *pending += (is_right ? 0 : blanks) + 2;
}

static void print_table(const qa_records_t *records, uint32_t *widths)
{
    for (uint32_t f = 0; f < records->field_count; f++) {
        widths[f] = (uint32_t)strlen(records->fields[f].name);
    }
    for (size_t i = 0; i < records->count; i++) {
        const char *cell = cell_text(records, i);
        uint32_t width = qa_text_width(cell, strlen(cell));
        uint32_t f = (uint32_t)(i % records->field_count);
        if (width > widths[f]) widths[f] = width;
    }
    uint32_t pending = 0;
    for (uint32_t f = 0; f < records->field_count; f++) {
        char name[64];
        snprintf(name, sizeof(name), "%s", records->fields[f].name);
        for (char *c = name; *c != 0; c++) {
            if (*c == '_') *c = ' ';
        }
        print_cell(records->keeps_names ? records->fields[f].name : name, widths[f],
                   records->fields[f].kind == QA_FIELD_NUMBER, &pending);
    }
    putchar('\n');
    for (size_t i = 0; i < records->count; i++) {
        uint32_t f = (uint32_t)(i % records->field_count);
        if (f == 0) pending = 0;
        print_cell(cell_text(records, i), widths[f], records->fields[f].kind == QA_FIELD_NUMBER, &pending);
        if (f + 1 == records->field_count) putchar('\n');
    }
}

void qa_records_keep_names(qa_records_t *records)
{
    records->keeps_names = true;
}

void qa_records_add_time(qa_records_t *records, int64_t time_ns)
{
    char text[QA_TIME_TEXT_BYTES + 1];
    qa_time_text(time_ns, text);
    char *fraction = strchr(text, '.');
    if (records->format == QA_FORMAT_TABLE && fraction != NULL) memcpy(fraction, "Z", 2);
    qa_records_add_text(records, text);
}

static void print_csv(const qa_records_t *records)
{
    for (uint32_t f = 0; f < records->field_count; f++) {
        if (f > 0) putchar(',');
        qa_print_csv(stdout, records->fields[f].name, strlen(records->fields[f].name));
    }
    putchar('\n');
    for (size_t i = 0; i < records->count; i++) {
        bool is_first = i % records->field_count == 0;
        if (!is_first) putchar(',');
        qa_print_csv(stdout, cell_text(records, i), strlen(cell_text(records, i)));
        if ((i + 1) % records->field_count == 0) putchar('\n');
    }
}

static void print_json(const qa_records_t *records)
{
    putchar('[');
    for (size_t i = 0; i < records->count; i++) {
        uint32_t f = (uint32_t)(i % records->field_count);
        const char *cell = cell_text(records, i);
        const bool is_raw = records->fields[f].kind != QA_FIELD_TEXT;
        if (f == 0) fputs(i == 0 ? "\n  {" : ",\n  {", stdout);
        if (f > 0) printf(", ");
        qa_print_json(stdout, records->fields[f].name, strlen(records->fields[f].name));
        printf(": ");
        if (records->cells[i] == NULL || (is_raw && cell[0] == 0)) {
            fputs("null", stdout);
        } else if (is_raw) {
            fputs(cell, stdout);
        } else {
            qa_print_json(stdout, cell, strlen(cell));
        }
        if (f + 1 == records->field_count) putchar('}');
    }
    fputs(records->count == 0 ? "]\n" : "\n]\n", stdout);
}

qa_status_t qa_records_close(qa_records_t *records)
{
    qa_status_t status = records->is_short_of_memory ? QA_NO_MEMORY : QA_OK;
    uint32_t *widths = calloc((size_t)records->field_count + 1, sizeof(*widths));
    if (widths == NULL) status = QA_NO_MEMORY;
    if (status == QA_OK && records->format == QA_FORMAT_TABLE) print_table(records, widths);
    if (status == QA_OK && records->format == QA_FORMAT_CSV) print_csv(records);
    if (status == QA_OK && records->format == QA_FORMAT_JSON) print_json(records);
    for (size_t i = 0; i < records->count; i++) {
        free(records->cells[i]);
    }
    free(records->cells);
    free(widths);
    free(records);
    return status;
}
