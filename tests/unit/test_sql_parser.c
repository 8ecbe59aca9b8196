/* The parser of SQL: the trees and the failures of the text cases, limits of nesting and size, no memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/sql_printer.h"
#include "support/test_allocator.h"
#include "support/text_cases.h"
#include "syntax/parser.h"

enum { ARENA_BYTES = 1 << 30 };

static void run_case(const char *text, size_t bytes, char *answer, size_t capacity)
{
    qa_arena_t arena;
    qa_error_t error;
    qa_ast_statement_t *statement = NULL;
    qa_arena_make(&arena, &qa_allocator_default, ARENA_BYTES);
    const qa_status_t status = qa_sql_parse(text, bytes, &arena, &statement, &error);
    if (status == QA_OK) {
        FILE *file = fmemopen(answer, capacity, "w");
        assert_non_null(file);
        sql_print_statement(file, statement);
        fclose(file);
    } else {
        assert_null(statement);
        assert_int_equal(error.status, status);
        snprintf(answer, capacity, "%s: %s", qa_status_info(status)->name, error.message);
    }
    qa_arena_release(&arena);
}

static void statements_become_the_trees_of_the_cases(void **state)
{
    (void)state;
    int count = 0;
    assert_int_equal(text_cases_run(QA_SOURCE_DIR "/tests/golden/sql_parser.txt", run_case, &count), 0);
    assert_true(count >= 90);
}

static void wrong_statements_say_where_and_what_was_expected(void **state)
{
    (void)state;
    int count = 0;
    assert_int_equal(text_cases_run(QA_SOURCE_DIR "/tests/golden/sql_parser_errors.txt", run_case, &count),
                     0);
    assert_true(count >= 100);
}

static void run_beginnings(const char *text, size_t bytes, char *answer, size_t capacity)
{
    for (size_t cut = 0; cut <= bytes; cut++) {
        char *copy = malloc(cut == 0 ? 1 : cut);
        assert_non_null(copy);
        memcpy(copy, text, cut);
        run_case(copy, cut, answer, capacity);
        free(copy);
    }
}

static void every_beginning_of_a_statement_is_read_or_refused(void **state)
{
    (void)state;
    int count = 0;
    text_cases_run(QA_SOURCE_DIR "/tests/golden/sql_parser.txt", run_beginnings, &count);
    text_cases_run(QA_SOURCE_DIR "/tests/golden/sql_parser_errors.txt", run_beginnings, &count);
}

/* --- built texts --- */

/* head, then `count` times the piece, middle, then `count` times the end piece, tail. */
typedef struct repeated {
    const char *head, *piece, *middle, *end_piece, *tail;
    uint32_t count;
} repeated_t;

static char *repeated_text(const repeated_t *parts)
{
    const size_t bytes = strlen(parts->head) + strlen(parts->middle) + strlen(parts->tail) +
                         parts->count * (strlen(parts->piece) + strlen(parts->end_piece)) + 1;
    char *text = malloc(bytes);
    assert_non_null(text);
    FILE *file = fmemopen(text, bytes, "w");
    assert_non_null(file);
    fputs(parts->head, file);
    for (uint32_t i = 0; i < parts->count; i++)
        fputs(parts->piece, file);
    fputs(parts->middle, file);
    for (uint32_t i = 0; i < parts->count; i++)
        fputs(parts->end_piece, file);
    fputs(parts->tail, file);
    fclose(file);
    return text;
}

static qa_status_t parse_repeated(const repeated_t *parts, qa_error_t *error)
{
    qa_arena_t arena;
    qa_ast_statement_t *statement = NULL;
    char *text = repeated_text(parts);
    qa_arena_make(&arena, &qa_allocator_default, ARENA_BYTES);
    const qa_status_t status = qa_sql_parse(text, strlen(text), &arena, &statement, error);
    qa_arena_release(&arena);
    free(text);
    return status;
}

static void nesting_has_a_limit(void **state)
{
    (void)state;
    static const repeated_t cases[] = {
        { .head = "SELECT ", .piece = "(", .middle = "1", .end_piece = ")", .tail = "" },
        { .head = "SELECT ", .piece = "(1 + ", .middle = "1", .end_piece = ")", .tail = "" },
        { .head = "SELECT ", .piece = "-(", .middle = "x", .end_piece = ")", .tail = "" },
        { .head = "SELECT ", .piece = "NOT (", .middle = "x", .end_piece = ")", .tail = "" },
        { .head = "SELECT ", .piece = "f(", .middle = "x", .end_piece = ")", .tail = "" },
        { .head = "SELECT ", .piece = "{fn f(", .middle = "x", .end_piece = ")}", .tail = "" },
        { .head = "SELECT ", .piece = "CASE WHEN ", .middle = "x", .end_piece = " THEN 1 END", .tail = "" },
        { .head = "SELECT ", .piece = "CAST(", .middle = "x", .end_piece = " AS INT)", .tail = "" },
        { .head = "SELECT ", .piece = "POSITION(", .middle = "x", .end_piece = " IN y)", .tail = "" },
        { .head = "", .piece = "(", .middle = "SELECT 1", .end_piece = ")", .tail = "" },
        { .head = "SELECT ", .piece = "(SELECT ", .middle = "x", .end_piece = ")", .tail = "" },
        { .head = "SELECT ", .piece = "x IN (", .middle = "SELECT 1", .end_piece = ")", .tail = "" },
        { .head = "SELECT ", .piece = "x IN (1, ", .middle = "2", .end_piece = ")", .tail = "" },
        { .head = "SELECT ", .piece = "x = ANY (SELECT ", .middle = "1", .end_piece = ")", .tail = "" },
        { .head = "SELECT ", .piece = "EXISTS (SELECT ", .middle = "1", .end_piece = ")", .tail = "" },
        { .head = "", .piece = "SELECT * FROM (", .middle = "SELECT 1", .end_piece = ") x", .tail = "" },
        { .head = "SELECT * FROM ", .piece = "(", .middle = "t", .end_piece = ")", .tail = "" },
        { .head = "SELECT * FROM ", .piece = "{oj ", .middle = "t", .end_piece = "}", .tail = "" },
        { .head = "SELECT * FROM ", .piece = "t JOIN ", .middle = "t", .end_piece = " ON x", .tail = "" },
        { .head = "", .piece = "WITH x AS (", .middle = "SELECT 1", .end_piece = ") SELECT 1", .tail = "" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        qa_error_t error = { 0 };
        repeated_t parts = cases[i];
        parts.count = 90;
        qa_status_t status = parse_repeated(&parts, &error);
        if (status != QA_OK) print_message("%s: %s\n", parts.piece, error.message);
        assert_int_equal(status, QA_OK);
        parts.count = QA_SQL_NESTING_MAX + 1;
        assert_int_equal(parse_repeated(&parts, &error), QA_LIMIT);
        parts.count = 100000;
        assert_int_equal(parse_repeated(&parts, &error), QA_LIMIT);
        assert_non_null(strstr(error.message, "200 levels"));
    }
}

static void two_hundred_parentheses_are_allowed(void **state)
{
    (void)state;
    qa_error_t error = { 0 };
    repeated_t parts = { .head = "SELECT ", .piece = "(", .middle = "1", .end_piece = ")", .tail = "" };
    parts.count = QA_SQL_NESTING_MAX - 1; /* and the number in them */
    assert_int_equal(parse_repeated(&parts, &error), QA_OK);
}

static void long_chains_of_conditions_are_flat(void **state)
{
    (void)state;
    qa_error_t error = { 0 };
    repeated_t parts = {
        .head = "SELECT a FROM t WHERE x", .piece = " OR a = 1", .middle = "", .end_piece = "", .tail = ""
    };
    parts.count = 50000;
    assert_int_equal(parse_repeated(&parts, &error), QA_OK);
    parts.piece = " AND a = 1";
    assert_int_equal(parse_repeated(&parts, &error), QA_OK);
    parts.piece = " || a";
    assert_int_equal(parse_repeated(&parts, &error), QA_OK);
    parts.count = 70000;
    assert_int_equal(parse_repeated(&parts, &error), QA_LIMIT);
    assert_non_null(strstr(error.message, "more than 65535 operands in one list"));
}

static void other_chains_count_as_levels(void **state)
{
    (void)state;
    static const repeated_t cases[] = {
        { .head = "SELECT x", .piece = " + 1", .middle = "", .end_piece = "", .tail = "" },
        { .head = "SELECT x", .piece = " = 1", .middle = "", .end_piece = "", .tail = "" },
        { .head = "SELECT x", .piece = " IS NULL", .middle = "", .end_piece = "", .tail = "" },
        { .head = "SELECT * FROM t", .piece = ", u", .middle = "", .end_piece = "", .tail = "" },
        { .head = "SELECT * FROM t", .piece = " NATURAL JOIN u", .middle = "", .end_piece = "", .tail = "" },
        { .head = "SELECT 1", .piece = " UNION ALL SELECT 1", .middle = "", .end_piece = "", .tail = "" },
        { .head = "SELECT 1", .piece = " INTERSECT SELECT 1", .middle = "", .end_piece = "", .tail = "" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        qa_error_t error = { 0 };
        repeated_t parts = cases[i];
        parts.count = 150;
        assert_int_equal(parse_repeated(&parts, &error), QA_OK);
        parts.count = 100000;
        assert_int_equal(parse_repeated(&parts, &error), QA_LIMIT);
    }
}

static void signs_and_negations_are_no_levels(void **state)
{
    (void)state;
    qa_error_t error = { 0 };
    repeated_t parts = { .head = "SELECT ", .piece = "NOT ", .middle = "x", .end_piece = "", .tail = "" };
    parts.count = 100000;
    assert_int_equal(parse_repeated(&parts, &error), QA_OK);
    parts.piece = "- ";
    assert_int_equal(parse_repeated(&parts, &error), QA_OK);
}

/* Each BETWEEN has its operand twice: forty in one another would be 10^12 nodes for whoever walks the tree.
 */
static void operands_that_stand_twice_count_twice(void **state)
{
    (void)state;
    qa_error_t error = { 0 };
    repeated_t parts = {
        .head = "SELECT ", .piece = "(", .middle = "x", .end_piece = " BETWEEN y AND z)", .tail = ""
    };
    parts.count = 10;
    assert_int_equal(parse_repeated(&parts, &error), QA_OK);
    parts.count = 40;
    assert_int_equal(parse_repeated(&parts, &error), QA_LIMIT);
    parts.end_piece = " IS DISTINCT FROM y)";
    assert_int_equal(parse_repeated(&parts, &error), QA_LIMIT);
    parts = (repeated_t){ .head = "SELECT ",
                          .piece = "x IS DISTINCT FROM (",
                          .middle = "y",
                          .end_piece = ")",
                          .tail = "",
                          .count = 40 };
    assert_int_equal(parse_repeated(&parts, &error), QA_LIMIT);
    parts = (repeated_t){ .head = "SELECT ",
                          .piece = "(SELECT ",
                          .middle = "y",
                          .end_piece = ") BETWEEN 1 AND 2",
                          .tail = "",
                          .count = 40 };
    assert_int_equal(parse_repeated(&parts, &error), QA_LIMIT);
}

static void lists_have_limits(void **state)
{
    (void)state;
    qa_error_t error = { 0 };
    repeated_t parts = {
        .head = "SELECT x IN (1", .piece = ",1", .middle = ")", .end_piece = "", .tail = ""
    };
    parts.count = 65000;
    assert_int_equal(parse_repeated(&parts, &error), QA_OK);
    parts.count = 66000;
    assert_int_equal(parse_repeated(&parts, &error), QA_LIMIT);
    parts = (repeated_t){ .head = "SELECT ?", .piece = ",?", .middle = "", .end_piece = "", .tail = "" };
    parts.count = QA_SQL_PARAMETERS_MAX - 1;
    assert_int_equal(parse_repeated(&parts, &error), QA_OK);
    parts.count = QA_SQL_PARAMETERS_MAX;
    assert_int_equal(parse_repeated(&parts, &error), QA_LIMIT);
    assert_non_null(strstr(error.message, "more than 32000 parameters"));
}

static void an_insert_may_have_many_rows(void **state)
{
    (void)state;
    qa_error_t error = { 0 };
    const repeated_t parts = { .head = "INSERT INTO t VALUES (1, 'a', 2.5)",
                               .piece = ", (1, 'a', 2.5)",
                               .middle = "",
                               .end_piece = "",
                               .tail = "",
                               .count = 100000 };
    assert_int_equal(parse_repeated(&parts, &error), QA_OK);
}

static void a_text_beyond_what_is_stored_is_refused(void **state)
{
    (void)state;
    qa_error_t error = { 0 };
    repeated_t parts = { .head = "SELECT '", .piece = "a", .middle = "'", .end_piece = "", .tail = "" };
    parts.count = QA_SQL_TEXT_LENGTH_MAX;
    assert_int_equal(parse_repeated(&parts, &error), QA_OK);
    parts.count++;
    assert_int_equal(parse_repeated(&parts, &error), QA_TEXT_TOO_LONG);
}

static void refused_memory_is_an_answer(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "SELECT SUM(b + 1) FROM (SELECT * FROM t WHERE x IN (1)) u JOIN v USING (a) GROUP BY a LIMIT 5",
        "WITH x AS (VALUES (1, 'a'), (2, X'00')) SELECT CASE WHEN a THEN DATE '2020-01-01' END FROM x",
        "INSERT INTO s.t (a, b) VALUES (?, -5), (TRIM(a), CAST(b AS INT))",
        "CREATE TABLE t (a INT, b TEXT, PRIMARY KEY (a, b))",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        for (size_t bytes_max = 0;; bytes_max += 16) {
            test_allocator_t allocator;
            qa_arena_t arena;
            qa_error_t error = { 0 };
            qa_ast_statement_t *statement = NULL;
            test_allocator_make(&allocator);
            qa_arena_make(&arena, &allocator.allocator, bytes_max);
            const qa_status_t status = qa_sql_parse(texts[i], strlen(texts[i]), &arena, &statement, &error);
            qa_arena_release(&arena);
            assert_int_equal(allocator.bytes, 0);
            if (status == QA_OK) break;
            assert_int_equal(status, QA_NO_MEMORY);
            assert_null(statement);
        }
    }
}

static void a_refused_block_is_an_answer(void **state)
{
    (void)state;
    const repeated_t parts = {
        .head = "SELECT 1", .piece = ", a + 1", .middle = "", .end_piece = "", .tail = "", .count = 1000
    };
    char *text = repeated_text(&parts);
    for (uint64_t fail_at = 1;; fail_at++) {
        test_allocator_t allocator;
        qa_arena_t arena;
        qa_error_t error = { 0 };
        qa_ast_statement_t *statement = NULL;
        test_allocator_make(&allocator);
        allocator.fail_at = fail_at;
        qa_arena_make(&arena, &allocator.allocator, ARENA_BYTES);
        const qa_status_t status = qa_sql_parse(text, strlen(text), &arena, &statement, &error);
        qa_arena_release(&arena);
        assert_int_equal(allocator.bytes, 0);
        if (status == QA_OK) break;
        assert_int_equal(status, QA_NO_MEMORY);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statements_become_the_trees_of_the_cases),
        cmocka_unit_test(wrong_statements_say_where_and_what_was_expected),
        cmocka_unit_test(every_beginning_of_a_statement_is_read_or_refused),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(two_hundred_parentheses_are_allowed),
        cmocka_unit_test(long_chains_of_conditions_are_flat),
        cmocka_unit_test(other_chains_count_as_levels),
        cmocka_unit_test(signs_and_negations_are_no_levels),
        cmocka_unit_test(operands_that_stand_twice_count_twice),
        cmocka_unit_test(lists_have_limits),
        cmocka_unit_test(an_insert_may_have_many_rows),
        cmocka_unit_test(a_text_beyond_what_is_stored_is_refused),
        cmocka_unit_test(refused_memory_is_an_answer),
        cmocka_unit_test(a_refused_block_is_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
