/* Hostile bytes as a CSV file: the first byte chooses delimiter, header and encoding. Every record must lie
 * within the file, numbers of lines must grow, and reading must end. */
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

static void read_all(qa_load_reader_t *reader, size_t size)
{
    qa_error_t error;
    qa_load_record_t record = { .is_end = false };
    uint32_t first = 0;
    uint64_t line = 0;
    size_t records = 0;
    const bool has_first = qa_load_reader_column(reader, "#1", 2, &first, &error) == QA_OK;
    while (qa_load_reader_next(reader, &record, &error) == QA_OK && !record.is_end) {
        must(record.line_number > line, "line numbers grow");
        must(record.text.bytes > 0, "a record is not empty");
        must(++records <= size + 1, "reading ends");
        if (has_first && record.fault == NULL)
            must(record.fields[first].bytes <= record.text.bytes, "a field fits");
        line = record.line_number;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    qa_error_t error;
    qa_load_source_t *source = NULL;
    qa_load_reader_t *reader = NULL;
    if (size == 0) return 0;
    const qa_load_reader_options_t options = { .format = QA_LOAD_FORMAT_CSV,
                                               .delimiter = ",;\t\0"[data[0] & 3],
                                               .is_header = (data[0] & 4) != 0,
                                               .skip_lines = data[0] >> 3 & 1 };
    const qa_load_encoding_t encoding = (qa_load_encoding_t)((data[0] >> 4) % 6);
    /* Three bytes for one, at most, when other encodings are turned. */
    if (qa_load_source_open_bytes(&source, data + 1, size - 1, encoding, &qa_allocator_default, &error) !=
        QA_OK)
        return 0;
    if (qa_load_reader_open(&reader, source, &options, &qa_allocator_default, &error) == QA_OK)
        read_all(reader, size * 3);
    qa_load_reader_close(reader);
    qa_load_source_close(source);
    return 0;
}
