/* Hostile bytes as JSON lines: whatever our pull parser accepts, cJSON accepts too, with the same text at the
 * path asked for; reading ends. */
#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "load/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true, const char *what)
{
    if (is_true) return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

/* The last member of that name, as our parser takes it; without case, as columns are compared. */
static const cJSON *last_named(const cJSON *object, const char *name)
{
    const cJSON *found = NULL;
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, object)
    {
        const bool is_scalar = !cJSON_IsObject(item) && !cJSON_IsArray(item);
        if (is_scalar && qa_load_text_is(item->string, strlen(item->string), name, strlen(name)))
            found = item;
    }
    return found;
}

static void compare(const qa_load_record_t *record, qa_load_text_t field)
{
    cJSON *object = cJSON_ParseWithLength(record->text.data, record->text.bytes);
    /* cJSON cuts texts at a zero, so such a line is not compared. */
    const bool has_zero = memchr(record->text.data, 0, record->text.bytes) != NULL;
    for (uint32_t i = 0; i + 5 < record->text.bytes; i++) {
        if (memcmp(record->text.data + i, "\\u0000", 6) == 0) {
            cJSON_Delete(object);
            return;
        }
    }
    must(object != NULL || has_zero, "cJSON reads it too");
    const cJSON *item = object == NULL ? NULL : last_named(object, "a");
    if (cJSON_IsString(item)) {
        must(field.bytes == strlen(item->valuestring) &&
                 memcmp(field.data, item->valuestring, field.bytes) == 0,
             "the same text");
    }
    cJSON_Delete(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    qa_error_t error;
    qa_load_source_t *source = NULL;
    qa_load_reader_t *reader = NULL;
    uint32_t a = 0;
    uint32_t b = 0;
    const qa_load_reader_options_t options = { .format = QA_LOAD_FORMAT_JSON_LINES };
    if (qa_load_source_open_bytes(&source, data, size, QA_LOAD_ENCODING_UTF8, &qa_allocator_default,
                                  &error) != QA_OK) {
        return 0;
    }
    if (qa_load_reader_open(&reader, source, &options, &qa_allocator_default, &error) == QA_OK &&
        qa_load_reader_column(reader, "a", 1, &a, &error) == QA_OK &&
        qa_load_reader_column(reader, "b.c", 3, &b, &error) == QA_OK) {
        qa_load_record_t record = { .is_end = false };
        uint64_t records = 0;
        while (qa_load_reader_next(reader, &record, &error) == QA_OK && !record.is_end) {
            must(++records <= size, "reading ends");
            if (record.fault == NULL) compare(&record, record.fields[a]);
        }
    }
    qa_load_reader_close(reader);
    qa_load_source_close(source);
    return 0;
}
