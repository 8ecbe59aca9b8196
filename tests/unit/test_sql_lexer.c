/* The lexer of SQL: tokens and their places, keywords, and that no byte behind the text is ever read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "qa/sql.h"
#include "syntax/lexer.h"
#include "syntax/parser.h"

enum { TEXT_BYTES = 1024 };

/* The tokens as "kind:body kind:body …", or the failure's words. */
static const char *tokens_of(const char *text, size_t bytes, char answer[TEXT_BYTES])
{
    static const char *const kinds[] = { "end", "word",      "quoted", "number", "text",
                                         "bin", "parameter", "symbol", "escape", "close" };
    qa_sql_lexer_t lexer;
    qa_sql_token_t token = { .kind = QA_TOKEN_WORD };
    qa_error_t error = { 0 };
    size_t at = 0;
    answer[0] = '\0';
    qa_status_t status = qa_sql_lexer_open(&lexer, text, bytes, &error);
    while (status == QA_OK && token.kind != QA_TOKEN_END) {
        status = qa_sql_lexer_next(&lexer, &token, &error);
        if (status != QA_OK) break;
        assert_true(token.position + token.bytes <= bytes);
        assert_true(token.body_bytes <= token.bytes);
        if (token.kind == QA_TOKEN_END) break;
        const int written = snprintf(answer + at, TEXT_BYTES - at, "%s%s:%.*s", at == 0 ? "" : " ",
                                     kinds[token.kind], (int)token.body_bytes, text + token.body_position);
        at += (size_t)written < TEXT_BYTES - at ? (size_t)written : TEXT_BYTES - at - 1;
    }
    if (status != QA_OK) snprintf(answer, TEXT_BYTES, "%s: %s", qa_status_info(status)->name, error.message);
    return answer;
}

static void assert_tokens(const char *text, const char *expected)
{
    char answer[TEXT_BYTES];
    /* An exact copy, so that a sanitizer sees a read behind the end. */
    const size_t bytes = strlen(text);
    char *copy = malloc(bytes == 0 ? 1 : bytes);
    assert_non_null(copy);
    memcpy(copy, text, bytes);
    assert_string_equal(tokens_of(copy, bytes, answer), expected);
    free(copy);
}

static void a_text_becomes_tokens(void **state)
{
    (void)state;
    assert_tokens("", "");
    assert_tokens(" \t\r\n\f", "");
    assert_tokens("a.b", "word:a symbol: word:b");
    assert_tokens("a1 _x x$ x# Account@Alt", "word:a1 word:_x word:x$ word:x# word:Account@Alt");
    assert_tokens("1 1.5 .5 5. 1e3 1.5E-2 1e+3",
                  "number:1 number:1.5 number:.5 number:5. number:1e3 number:1.5E-2 "
                  "number:1e+3");
    assert_tokens("1.2.3", "number:1.2 number:.3");
    assert_tokens("'a''b' N'c' n'd' ''", "text:a''b text:c text:d text:");
    assert_tokens("n 'a' x 'b'", "word:n text:a word:x text:b");
    assert_tokens("\"a\"\"b\" \" \"", "quoted:a\"\"b quoted: ");
    assert_tokens("X'00' x''", "bin:00 bin:");
    assert_tokens("?,?", "parameter: symbol: parameter:");
    assert_tokens("a<=b>=c<>d!=e||f<g",
                  "word:a symbol: word:b symbol: word:c symbol: word:d symbol: word:e symbol: "
                  "word:f symbol: word:g");
    assert_tokens("{fn a}{ d 'x'}{?=call p}{ ? /* */ = CALL p}",
                  "escape: word:a close: escape: text:x close: escape: word:p close: escape: word:p close:");
    assert_tokens("a--b\nc/*d/*e*/f*/g--h", "word:a word:c word:g");
    assert_tokens("'--a' \"/*b\"", "text:--a quoted:/*b");
    assert_tokens("Gr\xC3\xB6\xC3\x9F"
                  "e \xE6\x95\xB0",
                  "word:Gr\xC3\xB6\xC3\x9F"
                  "e word:\xE6\x95\xB0");
}

static void blanks_of_unicode_part_words(void **state)
{
    (void)state;
    assert_tokens("a\xC2\xA0"
                  "b",
                  "word:a word:b"); /* no-break space */
    assert_tokens("a\xE3\x80\x80"
                  "b",
                  "word:a word:b"); /* ideographic space */
    assert_tokens("\xEF\xBB\xBFSELECT 1\xE2\x80\x89"
                  "2",
                  "word:SELECT number:1 number:2"); /* mark, thin space */
    assert_tokens("1\xC2\xA0+", "number:1 symbol:");
    assert_tokens("{fn\xC2\xA0"
                  "a}",
                  "escape: word:a close:");
}

static void what_is_no_token_is_refused_with_its_place(void **state)
{
    (void)state;
    assert_tokens("a\n  'b", "QA_SYNTAX: line 2, column 3: this text is not closed: expected '");
    assert_tokens("\"a''", "QA_SYNTAX: line 1, column 1: this name is not closed: expected \"");
    assert_tokens("\"a\tb\"", "QA_SYNTAX: line 1, column 3: a name has no control characters");
    assert_tokens("/* /* */", "QA_SYNTAX: line 1, column 1: this comment is not closed: expected */");
    assert_tokens("\xC3\xA4 \x01", "QA_SYNTAX: line 1, column 3: found a control character (0x01)");
    assert_tokens("1\xC3\xA4",
                  "QA_SYNTAX: line 1, column 1: a name that begins with a digit needs double quotes");
    assert_tokens(
        "{", "QA_SYNTAX: line 1, column 1: expected fn, d, t, ts, guid, oj, escape, call or ?=call behind {");
    assert_tokens(
        "{?=fn a}",
        "QA_SYNTAX: line 1, column 1: expected fn, d, t, ts, guid, oj, escape, call or ?=call behind {");
    assert_tokens(
        "{? call a}",
        "QA_SYNTAX: line 1, column 1: expected fn, d, t, ts, guid, oj, escape, call or ?=call behind {");
    assert_tokens("a & b",
                  "QA_SYNTAX: line 1, column 3: found \"&\", which begins nothing here; texts are joined by "
                  "||, conditions by AND and OR");
    assert_tokens(
        "!", "QA_SYNTAX: line 1, column 1: found \"!\", which begins nothing here; not equal is written <>");
    assert_tokens(
        "@x", "QA_SYNTAX: line 1, column 1: found \"@\", which begins nothing here; a name that begins so is "
              "written in double quotes");
}

static void a_zero_byte_is_a_control_character(void **state)
{
    (void)state;
    char answer[TEXT_BYTES];
    assert_string_equal(tokens_of("a\0b", 3, answer),
                        "QA_SYNTAX: line 1, column 2: found a control character (0x00)");
    assert_string_equal(tokens_of("1-\0", 3, answer),
                        "QA_SYNTAX: line 1, column 3: found a control character (0x00)");
}

static void text_that_is_not_utf8_is_refused_with_its_place(void **state)
{
    (void)state;
    assert_tokens("SELECT '\xC3\xA4\xFF'",
                  "QA_NOT_TEXT: line 1, column 10: byte 0xFF does not belong to UTF-8 text");
    assert_tokens("a\n\xC3", "QA_NOT_TEXT: line 2, column 1: byte 0xC3 does not belong to UTF-8 text");
    assert_tokens("\xED\xA0\x80", "QA_NOT_TEXT: line 1, column 1: byte 0xED does not belong to UTF-8 text");
    assert_tokens("\xE2\x82", "QA_NOT_TEXT: line 1, column 1: byte 0xE2 does not belong to UTF-8 text");
}

static void a_statement_has_a_largest_size(void **state)
{
    (void)state;
    char answer[TEXT_BYTES];
    const size_t bytes = QA_SQL_TEXT_BYTES_MAX + 1;
    char *text = malloc(bytes);
    assert_non_null(text);
    memset(text, ' ', bytes);
    assert_string_equal(tokens_of(text, bytes - 1, answer), "");
    assert_string_equal(
        tokens_of(text, bytes, answer),
        "QA_LIMIT: the statement has 16777217 bytes, at most 16777216 are read: send fewer rows at once");
    free(text);
}

static void places_count_lines_and_characters(void **state)
{
    (void)state;
    char place[48];
    const char text[] = "\xC3\xA4\xF0\x9D\x84\x9E x\r\ny";
    const size_t bytes = strlen(text);
    assert_string_equal(qa_sql_place(text, bytes, 0, place), "line 1, column 1");
    assert_string_equal(qa_sql_place(text, bytes, 2, place), "line 1, column 2");
    assert_string_equal(qa_sql_place(text, bytes, 7, place), "line 1, column 4");
    assert_string_equal(qa_sql_place(text, bytes, 10, place), "line 2, column 1");
    assert_string_equal(qa_sql_place(text, bytes, 99, place), "line 2, column 2");
}

static void every_keyword_is_found_without_case(void **state)
{
    (void)state;
    for (int i = 1; i < QA_KEYWORD_COUNT; i++) {
        const char *text = qa_sql_keyword_text((qa_sql_keyword_id_t)i);
        char mixed[32];
        size_t bytes = 0;
        for (; text[bytes] != '\0'; bytes++)
            mixed[bytes] = bytes % 2 == 1 && text[bytes] != '_' ? (char)(text[bytes] | 0x20) : text[bytes];
        assert_int_equal(qa_sql_keyword_find(mixed, bytes), i);
        assert_int_equal(qa_sql_keyword_find(mixed, bytes - 1) == (qa_sql_keyword_id_t)i, 0);
        if (i > 1) assert_true(strcmp(qa_sql_keyword_text((qa_sql_keyword_id_t)(i - 1)), text) < 0);
    }
    assert_int_equal(qa_sql_keyword_find("", 0), QA_KEYWORD_NONE);
    assert_int_equal(qa_sql_keyword_find("level", 5), QA_KEYWORD_NONE);
    assert_int_equal(qa_sql_keyword_find("a_name_that_is_longer_than_any_keyword", 38), QA_KEYWORD_NONE);
}

static void the_list_of_keywords_has_the_reserved_ones_in_order(void **state)
{
    (void)state;
    static const char *const free_words[] = { "OFFSET", "VALUE", "PATH", "LEVEL",
                                              "DATE",   "YEAR",  "TEXT", "KEY" };
    uint32_t count = 0;
    for (; qa_sql_keyword(count) != NULL; count++) {
        const char *text = qa_sql_keyword(count);
        if (count > 0) assert_true(strcmp(qa_sql_keyword(count - 1), text) < 0);
        assert_int_equal(qa_sql_keyword_use(qa_sql_keyword_find(text, strlen(text))), QA_KEYWORD_RESERVED);
        for (size_t i = 0; i < sizeof(free_words) / sizeof(free_words[0]); i++)
            assert_string_not_equal(text, free_words[i]);
    }
    assert_true(count > 50);
    assert_null(qa_sql_keyword(count + 5));
}

static void the_page_of_the_dialect_lists_the_reserved_words(void **state)
{
    (void)state;
    char line[1024];
    uint32_t index = 0;
    FILE *page = fopen(QA_SOURCE_DIR "/docs/reference/sql-dialect.md", "r");
    assert_non_null(page);
    while (fgets(line, sizeof(line), page) != NULL && strstr(line, "- The reserved words:") == NULL)
        continue;
    while (fgets(line, sizeof(line), page) != NULL && qa_sql_keyword(index) != NULL) {
        for (const char *at = strchr(line, '`'); at != NULL && qa_sql_keyword(index) != NULL; index++) {
            const size_t bytes = strcspn(at + 1, "`");
            assert_int_equal(bytes, strlen(qa_sql_keyword(index)));
            assert_memory_equal(at + 1, qa_sql_keyword(index), bytes);
            at = strchr(at + bytes + 2, '`');
        }
    }
    fclose(page);
    assert_null(qa_sql_keyword(index));
}

static void every_beginning_of_a_text_is_read_or_refused(void **state)
{
    (void)state;
    static const char text[] = "SELECT {fn x(N'a''b', X'00', \"c\"\"d\", 1.5e-3, ?)} /* /* */ */ -- e\n"
                               "|| {?=call \xC3\xA4} <= {ts'x'}";
    char answer[TEXT_BYTES];
    for (size_t bytes = 0; bytes < sizeof(text); bytes++) {
        char *copy = malloc(bytes == 0 ? 1 : bytes);
        assert_non_null(copy);
        memcpy(copy, text, bytes);
        tokens_of(copy, bytes, answer);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_becomes_tokens),
        cmocka_unit_test(blanks_of_unicode_part_words),
        cmocka_unit_test(what_is_no_token_is_refused_with_its_place),
        cmocka_unit_test(a_zero_byte_is_a_control_character),
        cmocka_unit_test(text_that_is_not_utf8_is_refused_with_its_place),
        cmocka_unit_test(a_statement_has_a_largest_size),
        cmocka_unit_test(places_count_lines_and_characters),
        cmocka_unit_test(every_keyword_is_found_without_case),
        cmocka_unit_test(the_list_of_keywords_has_the_reserved_ones_in_order),
        cmocka_unit_test(the_page_of_the_dialect_lists_the_reserved_words),
        cmocka_unit_test(every_beginning_of_a_text_is_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
