/* SQLNativeSql: the statement with its ODBC escapes replaced by what this dialect calls them. The tokens are
 * the parser's; nothing but braces and comments changes, and no token grows together with its neighbour. */
#include <string.h>

#include "qa/sql.h"
#include "syntax/lexer.h"

typedef struct native_writer {
    char *target;
    size_t capacity;
    size_t bytes; /* of the whole text, also where it no longer fits */
    char last;    /* the byte written last; 0 at the begin */
} native_writer_t;

static void write_text(native_writer_t *writer, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++, writer->bytes++)
        if (writer->bytes < writer->capacity) writer->target[writer->bytes] = text[i];
    if (bytes > 0) writer->last = text[bytes - 1];
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void write_blank(native_writer_t *writer)
{
    if (writer->last != '\0' && !is_blank(writer->last)) write_text(writer, " ", 1);
}

/* What stands between two tokens: blanks as they are, with comments one blank, at the end none. */
static void write_gap(native_writer_t *writer, const char *text, size_t start, size_t end, bool is_last)
{
    bool has_comment = false;
    for (size_t i = start; i < end; i++) {
        const char next = i + 1 < end ? text[i + 1] : '\0';
        if ((text[i] == '-' && next == '-') || (text[i] == '/' && next == '*')) {
            has_comment = true;
            break;
        }
    }
    if (has_comment && !is_last) write_blank(writer);
    if (!has_comment) write_text(writer, text + start, end - start);
}

static const char *escape_text(uint8_t escape)
{
    switch (escape) {
    case QA_ESCAPE_DATE:
        return "DATE ";
    case QA_ESCAPE_TIME:
        return "TIME ";
    case QA_ESCAPE_TIMESTAMP:
        return "TIMESTAMP ";
    case QA_ESCAPE_LIKE:
        return "ESCAPE ";
    case QA_ESCAPE_CALL:
        return "CALL ";
    case QA_ESCAPE_CALL_RESULT:
        return "? = CALL ";
    default: /* {fn, {oj, {guid: what they hold is the dialect's own */
        return "";
    }
}

/* A brace goes: its neighbours must not become one token. */
static bool needs_blank(char before, char behind)
{
    static const char loose[] = " \t\n\v\f\r(),;";
    return before != '\0' && behind != '\0' && strchr(loose, before) == NULL && strchr(loose, behind) == NULL;
}

static void write_token(native_writer_t *writer, const qa_sql_lexer_t *lexer, const qa_sql_token_t *token,
                        bool is_behind_brace)
{
    const char *text = lexer->text + token->position;
    if (is_behind_brace && needs_blank(writer->last, text[0])) write_blank(writer);
    write_text(writer, text, token->bytes);
}

static void terminate(native_writer_t *writer)
{
    if (writer->capacity == 0) return;
    size_t end = writer->bytes < writer->capacity ? writer->bytes : writer->capacity - 1;
    if (end < writer->bytes) /* cut at a whole character */
        while (end > 0 && ((uint8_t)writer->target[end] & 0xC0) == 0x80)
            end--;
    writer->target[end] = '\0';
}

qa_status_t qa_sql_native(const char *text, size_t bytes, char *native_out, size_t capacity,
                          size_t *bytes_out, qa_error_t *error)
{
    qa_sql_lexer_t lexer;
    qa_sql_token_t token = { .kind = QA_TOKEN_WORD };
    native_writer_t writer = { .target = native_out, .capacity = capacity };
    uint32_t open_count = 0;
    uint32_t open_position = 0;
    size_t end = 0;             /* of the token before */
    bool is_swallowing = false; /* blanks behind a brace that went */
    bool is_behind_brace = false;
    *bytes_out = 0;
    if (capacity > 0) native_out[0] = '\0';
    qa_error_clear(error);
    qa_status_t status = qa_sql_lexer_open(&lexer, text, bytes, error);
    while (status == QA_OK && token.kind != QA_TOKEN_END) {
        status = qa_sql_lexer_next(&lexer, &token, error);
        if (status != QA_OK) break;
        if (!is_swallowing && token.kind != QA_TOKEN_ESCAPE_END)
            write_gap(&writer, text, end, token.position, token.kind == QA_TOKEN_END);
        is_swallowing = false;
        end = token.position + token.bytes;
        if (token.kind == QA_TOKEN_ESCAPE) {
            const char *words = escape_text(token.escape);
            if (words[0] != '\0' && needs_blank(writer.last, words[0])) write_blank(&writer);
            write_text(&writer, words, strlen(words));
            open_position = token.position;
            open_count++;
            is_swallowing = true;
            is_behind_brace = true;
        } else if (token.kind == QA_TOKEN_ESCAPE_END) {
            if (open_count == 0)
                status =
                    qa_sql_fail_at(error, QA_SYNTAX, &lexer, token.position, "found \"}\" without its \"{\"");
            open_count--;
            is_behind_brace = true;
        } else if (token.kind != QA_TOKEN_END) {
            write_token(&writer, &lexer, &token, is_behind_brace);
            is_behind_brace = false;
        }
    }
    if (status == QA_OK && open_count > 0)
        status =
            qa_sql_fail_at(error, QA_SYNTAX, &lexer, open_position, "this escape is not closed: expected }");
    if (status != QA_OK) return status;
    terminate(&writer);
    *bytes_out = writer.bytes;
    return QA_OK;
}
