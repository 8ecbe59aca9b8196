/* CSV and the sources of bytes: quoting, line ends, the window's borders, encodings, limits, refused memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "load/reader.h"
#include "qa/limits.h"
#include "support/test_allocator.h"

/* All records as "line:field|field;": a fault as "line!". */
static qa_status_t read_all(const char *data, size_t bytes, const qa_load_reader_options_t *options,
                            qa_load_encoding_t encoding, const qa_allocator_t *allocator, char *out,
                            size_t capacity, qa_error_t *error)
{
    qa_load_source_t *source = NULL;
    qa_load_reader_t *reader = NULL;
    qa_load_record_t record = { .is_end = false };
    uint32_t numbers[2] = { 0 };
    size_t length = 0;
    out[0] = '\0';
    qa_status_t status = qa_load_source_open_bytes(&source, data, bytes, encoding, allocator, error);
    if (status == QA_OK) status = qa_load_reader_open(&reader, source, options, allocator, error);
    if (status == QA_OK) status = qa_load_reader_column(reader, "#1", 2, &numbers[0], error);
    if (status == QA_OK) status = qa_load_reader_column(reader, "#2", 2, &numbers[1], error);
    while (status == QA_OK) {
        status = qa_load_reader_next(reader, &record, error);
        if (status != QA_OK || record.is_end) break;
        int wrote = 0;
        if (record.fault != NULL) {
            wrote =
                snprintf(out + length, capacity - length, "%llu!", (unsigned long long)record.line_number);
        } else {
            const qa_load_text_t *a = &record.fields[numbers[0]];
            const qa_load_text_t *b = &record.fields[numbers[1]];
            wrote = snprintf(out + length, capacity - length, "%llu:%.*s|%.*s;",
                             (unsigned long long)record.line_number, (int)a->bytes, a->data, (int)b->bytes,
                             b->data);
        }
        length += (size_t)wrote < capacity - length ? (size_t)wrote : capacity - length - 1;
    }
    qa_load_reader_close(reader);
    qa_load_source_close(source);
    return status;
}

static const qa_load_reader_options_t with_header = { .format = QA_LOAD_FORMAT_CSV, .is_header = true };

static void assert_records(const char *data, const char *expected)
{
    char out[1024];
    qa_error_t error;
    assert_int_equal(read_all(data, strlen(data), &with_header, QA_LOAD_ENCODING_AUTO, &qa_allocator_default,
                              out, sizeof(out), &error),
                     QA_OK);
    assert_string_equal(out, expected);
}

static void fields_end_at_delimiters_and_records_at_any_line_end(void **state)
{
    (void)state;
    assert_records("a,b\n1,2\r\n3,4\r5,6", "2:1|2;3:3|4;4:5|6;");
    assert_records("a,b\n\n\r\n1,2\n\n", "4:1|2;");
    assert_records("a;b\n1;2,5\n", "2:1|2,5;");
    assert_records("a,b\n,\n", "2:|;");
}

static void quotes_hold_delimiters_line_ends_and_doubled_quotes(void **state)
{
    (void)state;
    assert_records("a,b\n\"1,\n2\",\"say \"\"hi\"\"\"\n3,4\n", "2:1,\n2|say \"hi\";4:3|4;");
    assert_records("a,b\n\"\",\"\"\n", "2:|;");
    assert_records("a,b\nx\"y,5\"\n", "2:x\"y|5\";");
    assert_records("a,b\n\"x\" ,1\n", "2:x|1;");
}

static void a_bad_row_is_told_and_the_next_one_read(void **state)
{
    (void)state;
    assert_records("a,b\n\"x\"y,2\n3,4\n", "2!3:3|4;");
    assert_records("a,b\n1\n3,4\n", "2!3:3|4;");
    assert_records("a,b\n1,2,3\n3,4,,\n", "2!3:3|4;");
    assert_records("a,b\n\xFF,2\n3,4\n", "2!3:3|4;");
    assert_records("a,b\n3,4\n\"open,5\n", "2:3|4;3!");
}

static void records_at_the_border_of_the_window_are_whole(void **state)
{
    (void)state;
    /* Rows of a length that meets every offset of the window's border. */
    const uint32_t rows = 60000;
    char *data = malloc(rows * 40u);
    char row[64];
    assert_non_null(data);
    size_t bytes = (size_t)snprintf(data, 10, "a,b\r\n");
    for (uint32_t i = 0; i < rows; i++)
        bytes += (size_t)snprintf(data + bytes, 40, "\"r\"\"%u\",%u\r\n", i, i * 7);
    qa_error_t error;
    qa_load_source_t *source = NULL;
    qa_load_reader_t *reader = NULL;
    qa_load_record_t record;
    uint32_t a = 0;
    assert_int_equal(
        qa_load_source_open_bytes(&source, data, bytes, QA_LOAD_ENCODING_UTF8, &qa_allocator_default, &error),
        QA_OK);
    assert_int_equal(qa_load_reader_open(&reader, source, &with_header, &qa_allocator_default, &error),
                     QA_OK);
    assert_int_equal(qa_load_reader_column(reader, "A", 1, &a, &error), QA_OK);
    for (uint32_t i = 0; i < rows; i++) {
        assert_int_equal(qa_load_reader_next(reader, &record, &error), QA_OK);
        assert_false(record.is_end);
        const int length = snprintf(row, sizeof(row), "r\"%u", i);
        assert_null(record.fault);
        assert_int_equal(record.line_number, i + 2);
        assert_int_equal(record.fields[a].bytes, length);
        assert_memory_equal(record.fields[a].data, row, (size_t)length);
    }
    assert_int_equal(qa_load_reader_next(reader, &record, &error), QA_OK);
    assert_true(record.is_end);
    qa_load_reader_close(reader);
    qa_load_source_close(source);
    free(data);
}

static void a_line_beyond_the_limit_is_refused_with_its_number(void **state)
{
    (void)state;
    const size_t bytes = QA_LINE_BYTES_MAX * 3u;
    char *data = malloc(bytes);
    char out[64];
    qa_error_t error;
    assert_non_null(data);
    memset(data, 'x', bytes);
    memcpy(data, "a,b\n1,2\n", 8);
    assert_int_equal(read_all(data, bytes, &with_header, QA_LOAD_ENCODING_UTF8, &qa_allocator_default, out,
                              sizeof(out), &error),
                     QA_LIMIT);
    assert_non_null(strstr(error.message, "line 3 is longer than 1048576 bytes"));
    free(data);
}

static void other_encodings_become_utf8(void **state)
{
    (void)state;
    char out[64];
    qa_error_t error;
    static const struct {
        const char *data;
        size_t bytes;
        qa_load_encoding_t encoding;
    } cases[] = { { "a,b\n\x80,\xE9\n", 8, QA_LOAD_ENCODING_CP1252 },
                  { "\xFF\xFE"
                    "a\0,\0b\0\n\0\xAC\x20,\0\xE9\0\n\0",
                    18, QA_LOAD_ENCODING_AUTO },
                  { "\0a\0,\0b\0\n\x20\xAC\0,\0\xE9\0\n", 16, QA_LOAD_ENCODING_UTF16BE },
                  { "\xEF\xBB\xBF"
                    "a,b\n\xE2\x82\xAC,\xC3\xA9\n",
                    14, QA_LOAD_ENCODING_AUTO } };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(read_all(cases[i].data, cases[i].bytes, &with_header, cases[i].encoding,
                                  &qa_allocator_default, out, sizeof(out), &error),
                         QA_OK);
        assert_string_equal(out, "2:\xE2\x82\xAC|\xC3\xA9;");
    }
}

static void a_column_is_found_by_name_or_refused_with_the_names_there_are(void **state)
{
    (void)state;
    static const char data[] = "Year, Dept ,Dept2,year2,dup,dup\n";
    qa_error_t error;
    qa_load_source_t *source = NULL;
    qa_load_reader_t *reader = NULL;
    uint32_t first = 9, second = 9;
    assert_int_equal(qa_load_source_open_bytes(&source, data, strlen(data), QA_LOAD_ENCODING_UTF8,
                                               &qa_allocator_default, &error),
                     QA_OK);
    assert_int_equal(qa_load_reader_open(&reader, source, &with_header, &qa_allocator_default, &error),
                     QA_OK);
    assert_int_equal(qa_load_reader_column(reader, "dept", 4, &first, &error), QA_OK);
    assert_int_equal(qa_load_reader_column(reader, "DEPT ", 5, &second, &error), QA_OK);
    assert_int_equal(first, second);
    assert_int_equal(qa_load_reader_column(reader, "fund", 4, &first, &error), QA_BAD_FILE);
    assert_non_null(strstr(error.message, "Year, Dept, Dept2"));
    assert_int_equal(qa_load_reader_column(reader, "dup", 3, &first, &error), QA_BAD_FILE);
    assert_int_equal(qa_load_reader_column(reader, "#7", 2, &first, &error), QA_BAD_FILE);
    qa_load_reader_close(reader);
    qa_load_source_close(source);
}

static void the_digest_is_of_the_content_however_it_is_packed(void **state)
{
    (void)state;
    static const uint8_t expected[32] = { 0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
                                          0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
                                          0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad };
    uint8_t sha256[32];
    qa_error_t error;
    qa_load_source_t *source = NULL;
    assert_int_equal(
        qa_load_source_open_bytes(&source, "abc", 3, QA_LOAD_ENCODING_AUTO, &qa_allocator_default, &error),
        QA_OK);
    assert_int_equal(qa_load_source_sha256(source, sha256, &error), QA_OK);
    assert_memory_equal(sha256, expected, 32);
    qa_load_source_close(source);
    static const uint8_t packed[] = { 0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x4b, 0x4c,
                                      0x4a, 0x06, 0x00, 0xc2, 0x41, 0x24, 0x35, 0x03, 0x00, 0x00, 0x00 };
    memset(sha256, 0, sizeof(sha256));
    assert_int_equal(qa_load_source_open_bytes(&source, packed, sizeof(packed), QA_LOAD_ENCODING_AUTO,
                                               &qa_allocator_default, &error),
                     QA_OK);
    assert_int_equal(qa_load_source_sha256(source, sha256, &error), QA_OK);
    assert_memory_equal(sha256, expected, 32);
    qa_load_source_close(source);
}

static void every_refused_allocation_is_an_outcome(void **state)
{
    (void)state;
    static const char data[] = "a,b\n\"1\"\"\",2\n3,4\n";
    for (uint64_t fail_at = 1;; fail_at++) {
        test_allocator_t allocator;
        char out[64];
        qa_error_t error;
        test_allocator_make(&allocator);
        allocator.fail_at = fail_at;
        const qa_status_t status = read_all(data, strlen(data), &with_header, QA_LOAD_ENCODING_AUTO,
                                            &allocator.allocator, out, sizeof(out), &error);
        assert_int_equal(allocator.bytes, 0);
        if (status == QA_OK) {
            assert_string_equal(out, "2:1\"|2;3:3|4;");
            assert_true(fail_at > 3);
            return;
        }
        assert_int_equal(status, QA_NO_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_end_at_delimiters_and_records_at_any_line_end),
        cmocka_unit_test(quotes_hold_delimiters_line_ends_and_doubled_quotes),
        cmocka_unit_test(a_bad_row_is_told_and_the_next_one_read),
        cmocka_unit_test(records_at_the_border_of_the_window_are_whole),
        cmocka_unit_test(a_line_beyond_the_limit_is_refused_with_its_number),
        cmocka_unit_test(other_encodings_become_utf8),
        cmocka_unit_test(a_column_is_found_by_name_or_refused_with_the_names_there_are),
        cmocka_unit_test(the_digest_is_of_the_content_however_it_is_packed),
        cmocka_unit_test(every_refused_allocation_is_an_outcome),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
