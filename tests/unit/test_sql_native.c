/* qa_sql_native: the cases, cut texts, and that the native text means what the text meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "qa/sql.h"
#include "qa/text.h"
#include "support/sql_printer.h"
#include "support/text_cases.h"
#include "syntax/parser.h"

static void run_native(const char *text, size_t bytes, char *answer, size_t capacity)
{
    qa_error_t error;
    size_t native_bytes = 0;
    if (qa_sql_native(text, bytes, answer, capacity, &native_bytes, &error) != QA_OK)
        snprintf(answer, capacity, "%s", error.message);
    else
        assert_int_equal(native_bytes, strlen(answer));
}

static void escapes_become_the_dialect(void **state)
{
    (void)state;
    int count = 0;
    assert_int_equal(text_cases_run(QA_SOURCE_DIR "/tests/golden/sql_native.txt", run_native, &count), 0);
    assert_true(count >= 15);
}

/* The case file's answer is that of the text; this one parses the native text. */
static void run_native_tree(const char *text, size_t bytes, char *answer, size_t capacity)
{
    qa_arena_t arena;
    qa_error_t error;
    qa_ast_statement_t *statement = NULL;
    char native[16384];
    char again[16384];
    size_t native_bytes = 0;
    size_t again_bytes = 0;
    assert_int_equal(qa_sql_native(text, bytes, native, sizeof(native), &native_bytes, &error), QA_OK);
    assert_int_equal(qa_sql_native(native, native_bytes, again, sizeof(again), &again_bytes, &error), QA_OK);
    assert_string_equal(native, again);
    qa_arena_make(&arena, &qa_allocator_default, 1 << 30);
    const qa_status_t status = qa_sql_parse(native, native_bytes, &arena, &statement, &error);
    if (status == QA_OK) {
        FILE *file = fmemopen(answer, capacity, "w");
        assert_non_null(file);
        sql_print_statement(file, statement);
        fclose(file);
    } else {
        snprintf(answer, capacity, "%s from %s", error.message, native);
    }
    qa_arena_release(&arena);
}

static void the_native_text_means_the_same(void **state)
{
    (void)state;
    int count = 0;
    assert_int_equal(text_cases_run(QA_SOURCE_DIR "/tests/golden/sql_parser.txt", run_native_tree, &count),
                     0);
}

static void a_small_buffer_gets_whole_characters_and_the_full_length(void **state)
{
    (void)state;
    static const char text[] = "SELECT {fn f('\xC3\xA4\xE2\x82\xAC\xF0\x9D\x84\x9E')}, {d '2020-01-01'}";
    char whole[128];
    size_t whole_bytes = 0;
    qa_error_t error;
    assert_int_equal(qa_sql_native(text, strlen(text), whole, sizeof(whole), &whole_bytes, &error), QA_OK);
    for (size_t capacity = 0; capacity <= whole_bytes + 2; capacity++) {
        char *cut = malloc(capacity == 0 ? 1 : capacity);
        size_t bytes = 0;
        assert_non_null(cut);
        assert_int_equal(qa_sql_native(text, strlen(text), cut, capacity, &bytes, &error), QA_OK);
        assert_int_equal(bytes, whole_bytes);
        if (capacity > 0) {
            assert_true(strlen(cut) < capacity);
            assert_true(strlen(cut) + 4 >= capacity || strlen(cut) == whole_bytes);
            assert_true(qa_utf8_is_valid(cut, strlen(cut)));
            assert_memory_equal(cut, whole, strlen(cut));
        }
        free(cut);
    }
}

static void a_failure_leaves_an_empty_text(void **state)
{
    (void)state;
    char native[64] = "before";
    size_t bytes = 7;
    qa_error_t error;
    assert_int_equal(qa_sql_native("SELECT {nothing}", 16, native, sizeof(native), &bytes, &error),
                     QA_SYNTAX);
    assert_int_equal(bytes, 0);
    assert_int_equal(qa_sql_native("\xFF", 1, native, sizeof(native), &bytes, &error), QA_NOT_TEXT);
    assert_string_equal(native, "");
    assert_int_equal(qa_sql_native("", 0, native, sizeof(native), &bytes, NULL), QA_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_become_the_dialect),
        cmocka_unit_test(the_native_text_means_the_same),
        cmocka_unit_test(a_small_buffer_gets_whole_characters_and_the_full_length),
        cmocka_unit_test(a_failure_leaves_an_empty_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
