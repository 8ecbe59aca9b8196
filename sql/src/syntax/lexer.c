/* The lexer: bytes to tokens. Words are letters, digits, _ $ # @ and everything beyond ASCII, begun by none
 * of the digits and signs; so Account@Alt is one word, as the names of alternate hierarchies are. It must
 * never look into literals and comments, and never read behind the text. */
#include "syntax/lexer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "qa/text.h"
#include "syntax/parser.h"

const char *qa_sql_place(const char *text, size_t bytes, uint32_t position, char place_out[48])
{
    uint32_t line = 1;
    uint32_t column = 1;
    const size_t end = position < bytes ? position : bytes;
    for (size_t i = 0; i < end; i++) {
        const uint8_t byte = (uint8_t)text[i];
        if (byte == '\n') {
            line++;
            column = 1;
        } else if ((byte & 0xC0) != 0x80) {
            column++;
        }
    }
    snprintf(place_out, 48, "line %u, column %u", line, column);
    return place_out;
}

qa_status_t qa_sql_fail_at(qa_error_t *error, qa_status_t status, const qa_sql_lexer_t *lexer,
                           size_t position, const char *format, ...)
{
    char words[QA_ERROR_MESSAGE_BYTES];
    char place[48];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof(words), format, arguments);
    va_end(arguments);
    return qa_fail(error, status, "%s: %s",
                   qa_sql_place(lexer->text, lexer->bytes, (uint32_t)position, place), words);
}

/* The first byte that is not part of well-formed UTF-8, by halves: the check has no place of its own. */
static size_t bad_byte(const char *text, size_t bytes)
{
    size_t good = 0;
    while (good < bytes) {
        size_t length = 1;
        const uint8_t lead = (uint8_t)text[good];
        if (lead >= 0xF0)
            length = 4;
        else if (lead >= 0xE0)
            length = 3;
        else if (lead >= 0xC0)
            length = 2;
        if (length > bytes - good || !qa_utf8_is_valid(text + good, length)) return good;
        good += length;
    }
    return good;
}

qa_status_t qa_sql_lexer_open(qa_sql_lexer_t *lexer, const char *text, size_t bytes, qa_error_t *error)
{
    lexer->text = text;
    lexer->bytes = bytes;
    lexer->at = 0;
    if (bytes > QA_SQL_TEXT_BYTES_MAX)
        return qa_fail(error, QA_LIMIT,
                       "the statement has %zu bytes, at most %d are read: send fewer rows at once", bytes,
                       QA_SQL_TEXT_BYTES_MAX);
    if (!qa_utf8_is_valid(text, bytes)) {
        const size_t place = bad_byte(text, bytes);
        return qa_sql_fail_at(error, QA_NOT_TEXT, lexer, place, "byte 0x%02X does not belong to UTF-8 text",
                              (unsigned)(uint8_t)text[place]);
    }
    return QA_OK;
}

/* 0 behind the end: no token begins with it. */
static char char_at(const qa_sql_lexer_t *lexer, size_t at)
{
    return at < lexer->bytes ? lexer->text[at] : '\0';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (uint8_t)c >= 0x80;
}

static bool is_word_part(char c)
{
    return is_word_start(c) || is_digit(c) || c == '$' || c == '#' || c == '@';
}

/* Bytes of the blank at `at`: ASCII blanks, and those of Unicode that come along when text is pasted. */
static size_t blank_bytes(const qa_sql_lexer_t *lexer, size_t at)
{
    const char c = char_at(lexer, at);
    if (at >= lexer->bytes) return 0;
    if (c == ' ' || (c >= '\t' && c <= '\r')) return 1;
    if ((uint8_t)c < 0xC2) return 0;
    size_t end = at;
    const uint32_t point = qa_utf8_next(lexer->text, &end);
    const bool is_blank = point == 0x85 || point == 0xA0 || (point >= 0x2000 && point <= 0x200B) ||
                          point == 0x2028 || point == 0x2029 || point == 0x202F || point == 0x3000 ||
                          point == 0xFEFF;
    return is_blank ? end - at : 0;
}

static qa_status_t skip_comment(qa_sql_lexer_t *lexer, qa_error_t *error)
{
    const size_t start = lexer->at;
    uint32_t depth = 1;
    lexer->at += 2;
    while (depth > 0) {
        if (lexer->at >= lexer->bytes)
            return qa_sql_fail_at(error, QA_SYNTAX, lexer, start, "this comment is not closed: expected */");
        const char c = lexer->text[lexer->at];
        const char next = char_at(lexer, lexer->at + 1);
        lexer->at++;
        if (c == '/' && next == '*') depth++;
        if (c == '*' && next == '/') depth--;
        if ((c == '/' && next == '*') || (c == '*' && next == '/')) lexer->at++;
    }
    return QA_OK;
}

/* Blanks and comments. */
static qa_status_t skip_blanks(qa_sql_lexer_t *lexer, qa_error_t *error)
{
    for (;;) {
        const char c = char_at(lexer, lexer->at);
        const char next = char_at(lexer, lexer->at + 1);
        const size_t blank = blank_bytes(lexer, lexer->at);
        if (blank > 0) {
            lexer->at += blank;
        } else if (c == '-' && next == '-') {
            while (lexer->at < lexer->bytes && lexer->text[lexer->at] != '\n')
                lexer->at++;
        } else if (c == '/' && next == '*') {
            const qa_status_t status = skip_comment(lexer, error);
            if (status != QA_OK) return status;
        } else {
            return QA_OK;
        }
    }
}

/* From the opening quote at lexer->at to behind the closing one; a doubled quote stands for one. */
static qa_status_t read_quoted(qa_sql_lexer_t *lexer, qa_sql_token_t *token, const char *what,
                               qa_error_t *error)
{
    const char quote = lexer->text[lexer->at];
    const size_t start = lexer->at++;
    token->body_position = (uint32_t)lexer->at;
    for (;; lexer->at++) {
        if (lexer->at >= lexer->bytes)
            return qa_sql_fail_at(error, QA_SYNTAX, lexer, start, "this %s is not closed: expected %c", what,
                                  quote);
        const char c = lexer->text[lexer->at];
        if (quote == '"' && ((uint8_t)c < ' ' || c == 0x7F))
            return qa_sql_fail_at(error, QA_SYNTAX, lexer, lexer->at, "a name has no control characters");
        if (c != quote) continue;
        if (char_at(lexer, lexer->at + 1) != quote) break;
        token->has_doubled = true;
        lexer->at++;
    }
    token->body_bytes = (uint32_t)lexer->at - token->body_position;
    lexer->at++;
    return QA_OK;
}

static qa_status_t read_binary(qa_sql_lexer_t *lexer, qa_sql_token_t *token, qa_error_t *error)
{
    const qa_status_t status = read_quoted(lexer, token, "binary literal", error);
    if (status != QA_OK) return status;
    for (uint32_t i = 0; i < token->body_bytes; i++) {
        const char c = lexer->text[token->body_position + i];
        if (!is_digit(c) && !(c >= 'a' && c <= 'f') && !(c >= 'A' && c <= 'F'))
            return qa_sql_fail_at(error, QA_SYNTAX, lexer, token->body_position + i,
                                  "a binary literal has only the digits 0 to 9 and A to F");
    }
    if (token->body_bytes % 2 != 0)
        return qa_sql_fail_at(error, QA_SYNTAX, lexer, token->position,
                              "a binary literal has two digits per byte, this one %u", token->body_bytes);
    return QA_OK;
}

static qa_status_t read_number(qa_sql_lexer_t *lexer, qa_sql_token_t *token, qa_error_t *error)
{
    while (is_digit(char_at(lexer, lexer->at)))
        lexer->at++;
    if (char_at(lexer, lexer->at) == '.') {
        lexer->at++;
        while (is_digit(char_at(lexer, lexer->at)))
            lexer->at++;
    }
    const char mark = char_at(lexer, lexer->at);
    if (mark == 'e' || mark == 'E') {
        const char sign = char_at(lexer, lexer->at + 1);
        const size_t digits = lexer->at + (sign == '+' || sign == '-' ? 2 : 1);
        if (!is_digit(char_at(lexer, digits)))
            return qa_sql_fail_at(error, QA_SYNTAX, lexer, lexer->at,
                                  "an exponent needs digits, as in 1.5e6");
        lexer->at = digits;
        while (is_digit(char_at(lexer, lexer->at)))
            lexer->at++;
    }
    if (is_word_part(char_at(lexer, lexer->at)) && blank_bytes(lexer, lexer->at) == 0)
        return qa_sql_fail_at(error, QA_SYNTAX, lexer, token->position,
                              "a name that begins with a digit needs double quotes");
    token->kind = QA_TOKEN_NUMBER;
    return QA_OK;
}

static void read_word(qa_sql_lexer_t *lexer, qa_sql_token_t *token)
{
    while (is_word_part(char_at(lexer, lexer->at)) && blank_bytes(lexer, lexer->at) == 0)
        lexer->at++;
    /* The bytes of a character beyond ASCII are all word parts, so a word ends at a whole character. */
    token->kind = QA_TOKEN_WORD;
    token->keyword =
        (uint16_t)qa_sql_keyword_find(lexer->text + token->position, lexer->at - token->position);
}

static bool is_word(const qa_sql_lexer_t *lexer, size_t position, size_t bytes, const char *wanted)
{
    if (strlen(wanted) != bytes) return false;
    for (size_t i = 0; i < bytes; i++)
        if ((lexer->text[position + i] | 0x20) != wanted[i]) return false;
    return true;
}

/* ?= of {?=call, with blanks between; -1: a ? and no = behind it. */
static int read_result_marker(qa_sql_lexer_t *lexer, qa_error_t *error)
{
    if (char_at(lexer, lexer->at) != '?') return 0;
    lexer->at++;
    if (skip_blanks(lexer, error) != QA_OK || char_at(lexer, lexer->at) != '=') return -1;
    lexer->at++;
    return skip_blanks(lexer, error) == QA_OK ? 1 : -1;
}

static qa_status_t read_escape(qa_sql_lexer_t *lexer, qa_sql_token_t *token, qa_error_t *error)
{
    static const struct {
        const char *word;
        qa_sql_escape_t escape;
    } escapes[] = {
        { "fn", QA_ESCAPE_FUNCTION },  { "d", QA_ESCAPE_DATE },    { "t", QA_ESCAPE_TIME },
        { "ts", QA_ESCAPE_TIMESTAMP }, { "guid", QA_ESCAPE_GUID }, { "oj", QA_ESCAPE_JOIN },
        { "escape", QA_ESCAPE_LIKE },  { "call", QA_ESCAPE_CALL },
    };
    lexer->at++;
    qa_status_t status = skip_blanks(lexer, error);
    if (status != QA_OK) return status;
    const int has_result = read_result_marker(lexer, error);
    const size_t start = lexer->at;
    while (is_word_part(char_at(lexer, lexer->at)) && blank_bytes(lexer, lexer->at) == 0)
        lexer->at++;
    const size_t bytes = lexer->at - start;
    if (is_word(lexer, start, bytes, "interval"))
        return qa_sql_fail_at(
            error, QA_NOT_YET, lexer, token->position,
            "intervals are not built yet: add days by {fn TIMESTAMPADD(SQL_TSI_DAY, n, x)}");
    token->kind = QA_TOKEN_ESCAPE;
    for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++)
        if (is_word(lexer, start, bytes, escapes[i].word)) token->escape = (uint8_t)escapes[i].escape;
    if (has_result != 0)
        token->escape =
            has_result > 0 && token->escape == QA_ESCAPE_CALL ? QA_ESCAPE_CALL_RESULT : QA_ESCAPE_NONE;
    if (token->escape == QA_ESCAPE_NONE)
        return qa_sql_fail_at(error, QA_SYNTAX, lexer, token->position,
                              "expected fn, d, t, ts, guid, oj, escape, call or ?=call behind {");
    return QA_OK;
}

/* Characters that begin nothing, with a word about what was perhaps meant. */
static qa_status_t fail_character(const qa_sql_lexer_t *lexer, qa_error_t *error)
{
    const char c = lexer->text[lexer->at];
    const char next = char_at(lexer, lexer->at + 1);
    const char *hint = "";
    if (c == '[' || c == '`' || c == ']') hint = "; names with blanks are written in double quotes";
    if (c == '@' || c == '#' || c == '$') hint = "; a name that begins so is written in double quotes";
    if (c == '!') hint = "; not equal is written <>";
    if (c == '|' || c == '&') hint = "; texts are joined by ||, conditions by AND and OR";
    if (c == ':' && next != ':') hint = "; parameters are written ?";
    if (c == ':' && next == ':') hint = "; a cast is written CAST(x AS type)";
    if (c == '\\') hint = "; a quote within a text is written twice";
    if ((uint8_t)c < ' ' || c == 0x7F)
        return qa_sql_fail_at(error, QA_SYNTAX, lexer, lexer->at, "found a control character (0x%02X)",
                              (unsigned)(uint8_t)c);
    return qa_sql_fail_at(error, QA_SYNTAX, lexer, lexer->at, "found \"%c\", which begins nothing here%s", c,
                          hint);
}

static qa_status_t read_symbol(qa_sql_lexer_t *lexer, qa_sql_token_t *token, qa_error_t *error)
{
    const char c = lexer->text[lexer->at];
    const char next = char_at(lexer, lexer->at + 1);
    token->kind = QA_TOKEN_SYMBOL;
    token->symbol = (uint8_t)c;
    if (c == '<' && next == '=') token->symbol = QA_SYMBOL_LESS_EQUAL;
    if (c == '>' && next == '=') token->symbol = QA_SYMBOL_GREATER_EQUAL;
    if ((c == '<' && next == '>') || (c == '!' && next == '=')) token->symbol = QA_SYMBOL_NOT_EQUAL;
    if (c == '|' && next == '|') token->symbol = QA_SYMBOL_CONCATENATE;
    if (token->symbol >= 128) {
        lexer->at += 2;
        return QA_OK;
    }
    if (c == '=' && next == '=')
        return qa_sql_fail_at(error, QA_SYNTAX, lexer, lexer->at, "found \"==\"; equal is written =");
    if (c == '\0' || strchr("(),.;*/+-%=<>", c) == NULL) return fail_character(lexer, error);
    lexer->at++;
    return QA_OK;
}

/* “ ” „ ‘ ’: they come from word processors and would otherwise be read as part of a name. */
static bool is_typographic_quote(const qa_sql_lexer_t *lexer)
{
    return lexer->bytes - lexer->at >= 3 && memcmp(lexer->text + lexer->at, "\xE2\x80", 2) == 0 &&
           (uint8_t)lexer->text[lexer->at + 2] >= 0x98 && (uint8_t)lexer->text[lexer->at + 2] <= 0x9F;
}

static qa_status_t read_token(qa_sql_lexer_t *lexer, qa_sql_token_t *token, qa_error_t *error)
{
    const char c = lexer->text[lexer->at];
    const char next = char_at(lexer, lexer->at + 1);
    if (c == '\'' || ((c == 'n' || c == 'N') && next == '\'')) {
        token->kind = QA_TOKEN_STRING;
        lexer->at += c == '\'' ? 0 : 1;
        return read_quoted(lexer, token, "text", error);
    }
    if (c == '"') {
        token->kind = QA_TOKEN_QUOTED;
        const qa_status_t status = read_quoted(lexer, token, "name", error);
        if (status == QA_OK && token->body_bytes == 0)
            return qa_sql_fail_at(error, QA_SYNTAX, lexer, token->position, "a name is empty");
        return status;
    }
    if ((c == 'x' || c == 'X') && next == '\'') {
        token->kind = QA_TOKEN_BINARY;
        lexer->at++;
        return read_binary(lexer, token, error);
    }
    if (is_digit(c) || (c == '.' && is_digit(next))) return read_number(lexer, token, error);
    if (is_typographic_quote(lexer))
        return qa_sql_fail_at(error, QA_SYNTAX, lexer, lexer->at,
                              "found a typographic quote; texts stand in ' and names in \"");
    if (is_word_start(c)) {
        read_word(lexer, token);
        return QA_OK;
    }
    if (c == '{') return read_escape(lexer, token, error);
    if (c == '}' || c == '?') {
        token->kind = c == '}' ? QA_TOKEN_ESCAPE_END : QA_TOKEN_PARAMETER;
        lexer->at++;
        return QA_OK;
    }
    return read_symbol(lexer, token, error);
}

qa_status_t qa_sql_lexer_next(qa_sql_lexer_t *lexer, qa_sql_token_t *token_out, qa_error_t *error)
{
    qa_status_t status = skip_blanks(lexer, error);
    *token_out = (qa_sql_token_t){ .kind = QA_TOKEN_END, .position = (uint32_t)lexer->at };
    if (status != QA_OK || lexer->at >= lexer->bytes) return status;
    token_out->body_position = token_out->position;
    status = read_token(lexer, token_out, error);
    token_out->bytes = (uint32_t)lexer->at - token_out->position;
    if (token_out->kind == QA_TOKEN_WORD || token_out->kind == QA_TOKEN_NUMBER)
        token_out->body_bytes = token_out->bytes;
    return status;
}
