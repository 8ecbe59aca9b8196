/* JSON lines: paths, raw numbers, escapes, faults, depth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "load/reader.h"
#include "support/test_allocator.h"

/* Field `path` of each line: "text;", a fault as "!". */
static qa_status_t read_path(const char *data, const char *path, const qa_allocator_t *allocator, char *out,
                             size_t capacity, const char **missing_out)
{
    static const qa_load_reader_options_t options = { .format = QA_LOAD_FORMAT_AUTO, .is_header = true };
    qa_error_t error;
    qa_load_source_t *source = NULL;
    qa_load_reader_t *reader = NULL;
    qa_load_record_t record;
    uint32_t number = 0;
    size_t length = 0;
    out[0] = '\0';
    qa_status_t status =
        qa_load_source_open_bytes(&source, data, strlen(data), QA_LOAD_ENCODING_AUTO, allocator, &error);
    if (status == QA_OK) status = qa_load_reader_open(&reader, source, &options, allocator, &error);
    if (status == QA_OK) status = qa_load_reader_column(reader, path, strlen(path), &number, &error);
    while (status == QA_OK) {
        status = qa_load_reader_next(reader, &record, &error);
        if (status != QA_OK || record.is_end) break;
        const qa_load_text_t *field = &record.fields[number];
        const int wrote = record.fault != NULL ? snprintf(out + length, capacity - length, "!")
                                               : snprintf(out + length, capacity - length, "%.*s;",
                                                          (int)field->bytes, field->data);
        length += (size_t)wrote;
        assert_true(length < capacity);
    }
    if (status == QA_OK && missing_out != NULL)
        *missing_out = qa_load_reader_missing_column(reader) != NULL ? path : NULL;
    qa_load_reader_close(reader);
    qa_load_source_close(source);
    return status;
}

static void assert_path(const char *data, const char *path, const char *expected)
{
    char out[512];
    assert_int_equal(read_path(data, path, &qa_allocator_default, out, sizeof(out), NULL), QA_OK);
    assert_string_equal(out, expected);
}

static void numbers_keep_the_text_of_the_file(void **state)
{
    (void)state;
    assert_path("{\"v\":0.10}\n{\"v\":-12345678901234567890.123456}\n{ \"v\" : 1E+2 }\n", "v",
                "0.10;-12345678901234567890.123456;1E+2;");
}

static void a_path_leads_into_objects_and_not_into_arrays(void **state)
{
    (void)state;
    assert_path("{\"a\":{\"b\":{\"c\":\"x\"},\"d\":1}}\n{\"a.b.c\":\"y\"}\n{\"a\":[{\"b\":{\"c\":\"z\"}}]}\n",
                "a.b.c", "x;y;;");
    assert_path("{\"a\":{\"x\":1},\"x\":2}\n", "x", "2;");
    assert_path("{\"A\":1}\n", "a", "1;");
}

static void null_and_absent_are_empty_and_words_are_words(void **state)
{
    (void)state;
    assert_path("{\"v\":null}\n{}\n{\"v\":true}\n{\"v\":\"\"}\n", "v", ";;true;;");
}

static void escapes_and_surrogate_pairs_are_written_out(void **state)
{
    (void)state;
    assert_path("{\"v\":\"\\u00e9\\ud83d\\ude00\\\"\\\\\\/\\n\"}\n", "v", "\xC3\xA9\xF0\x9F\x98\x80\"\\/\n;");
    assert_path("{\"\\u0076\":1}\n", "v", "1;");
}

static void what_is_not_json_is_a_fault_of_its_line(void **state)
{
    (void)state;
    static const char *const faults[] = { "{\"v\":01}",
                                          "{\"v\":+1}",
                                          "{\"v\":.5}",
                                          "{\"v\":1.}",
                                          "{\"v\":1e}",
                                          "{\"v\":tru}",
                                          "{\"v\":\"\\ud800\"}",
                                          "{\"v\":\"\\udc00\"}",
                                          "{\"v\":\"\\x\"}",
                                          "{\"v\":\"\\u12\"}",
                                          "{\"v\":1,}",
                                          "{\"v\" 1}",
                                          "{v:1}",
                                          "{\"v\":1}}",
                                          "{\"v\":1",
                                          "{\"v\":\"a\tb\"}",
                                          "{\"v\":\"\xFF\"}",
                                          "[1]",
                                          "1",
                                          "{\"v\":[1,]}",
                                          "{\"v\":NaN}",
                                          "{\"v\":'1'}",
                                          "{\"v\":}" };
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        char data[128];
        snprintf(data, sizeof(data), "{\"v\":1}\n%s\n{\"v\":2}\n", faults[i]);
        assert_path(data, "v", "1;!2;");
    }
}

static void depth_has_a_limit(void **state)
{
    (void)state;
    char data[600] = "{\"v\":";
    size_t length = strlen(data);
    for (int i = 0; i < 200; i++)
        data[length++] = '[';
    data[length++] = '1';
    for (int i = 0; i < 200; i++)
        data[length++] = ']';
    data[length++] = '}';
    assert_path(data, "v", "!");
}

static void a_field_that_no_line_has_is_told(void **state)
{
    (void)state;
    char out[64];
    const char *missing = NULL;
    assert_int_equal(
        read_path("{\"a\":1}\n{\"b\":1}\n", "b", &qa_allocator_default, out, sizeof(out), &missing), QA_OK);
    assert_null(missing);
    assert_int_equal(read_path("{\"a\":1}\n", "b", &qa_allocator_default, out, sizeof(out), &missing), QA_OK);
    assert_non_null(missing);
}

static void every_refused_allocation_is_an_outcome(void **state)
{
    (void)state;
    for (uint64_t fail_at = 1;; fail_at++) {
        test_allocator_t allocator;
        char out[64];
        test_allocator_make(&allocator);
        allocator.fail_at = fail_at;
        const qa_status_t status =
            read_path("{\"a\":\"\\n\"}\n", "a", &allocator.allocator, out, sizeof(out), NULL);
        assert_int_equal(allocator.bytes, 0);
        if (status == QA_OK) return;
        assert_int_equal(status, QA_NO_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_keep_the_text_of_the_file),
        cmocka_unit_test(a_path_leads_into_objects_and_not_into_arrays),
        cmocka_unit_test(null_and_absent_are_empty_and_words_are_words),
        cmocka_unit_test(escapes_and_surrogate_pairs_are_written_out),
        cmocka_unit_test(what_is_not_json_is_a_fault_of_its_line),
        cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(a_field_that_no_line_has_is_told),
        cmocka_unit_test(every_refused_allocation_is_an_outcome),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
