/* The parser: tokens, failures, memory, and which statement it is. The grammar of queries, expressions and
 * writes has files of its own. It must never look a name up, and never recurse deeper than
 * QA_SQL_NESTING_MAX. */
#include "syntax/parser_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "qa/text.h"

/* --- failures --- */

bool qa_parse_failed(const qa_sql_parser_t *parser)
{
    return parser->status != QA_OK;
}

void qa_parse_fail(qa_sql_parser_t *parser, qa_status_t status, uint32_t position, const char *format, ...)
{
    char words[QA_ERROR_MESSAGE_BYTES];
    va_list arguments;
    if (parser->status != QA_OK) return;
    va_start(arguments, format);
    vsnprintf(words, sizeof(words), format, arguments);
    va_end(arguments);
    parser->status = qa_sql_fail_at(parser->error, status, &parser->lexer, position, "%s", words);
    parser->token = (qa_sql_token_t){ .kind = QA_TOKEN_END, .position = position };
}

enum { FOUND_BYTES = 64 };

/* The token as it was written, cut to a few words. */
static const char *found_text(const qa_sql_parser_t *parser, const qa_sql_token_t *token,
                              char found[FOUND_BYTES])
{
    enum { SHOWN_BYTES = 40 };
    if (token->kind == QA_TOKEN_END) return "found the end of the text";
    const char *written = parser->lexer.text + token->position;
    uint32_t bytes = token->bytes;
    const bool is_cut = bytes > SHOWN_BYTES;
    if (is_cut)
        for (bytes = SHOWN_BYTES; bytes > 0 && ((uint8_t)written[bytes] & 0xC0) == 0x80;)
            bytes--;
    const char *mark = token->kind == QA_TOKEN_QUOTED || token->kind == QA_TOKEN_STRING ? "" : "\"";
    snprintf(found, FOUND_BYTES, "found %s%.*s%s%s", mark, (int)bytes, written, is_cut ? "\xE2\x80\xA6" : "",
             mark);
    return found;
}

/* A clause's keyword written wrong was taken for an alias: the failure is there, not behind it. */
static const char *meant_keyword(const qa_sql_parser_t *parser)
{
    static const char *const clauses[] = { "FROM",  "WHERE", "GROUP", "ORDER", "HAVING", "LIMIT",
                                           "UNION", "INNER", "CROSS", "LEFT",  "RIGHT",  "JOIN" };
    const qa_sql_token_t *alias = &parser->bare_alias;
    const char *best = NULL;
    uint32_t best_distance = 3;
    if (parser->bare_alias_end == 0 || parser->bare_alias_end != parser->taken_end) return NULL;
    if (alias->kind != QA_TOKEN_WORD || alias->bytes < 4) return NULL;
    for (size_t i = 0; i < sizeof(clauses) / sizeof(clauses[0]); i++) {
        const uint32_t distance = qa_name_distance(parser->lexer.text + alias->position, alias->bytes,
                                                   clauses[i], strlen(clauses[i]), 2);
        if (distance >= best_distance) continue;
        best = clauses[i];
        best_distance = distance;
    }
    return best;
}

void qa_parse_fail_expected(qa_sql_parser_t *parser, const char *what)
{
    char found[FOUND_BYTES];
    const qa_sql_token_t *token = &parser->token;
    const char *meant = meant_keyword(parser);
    if (meant != NULL) {
        qa_parse_fail(parser, QA_SYNTAX, parser->bare_alias.position, "expected %s, %s", meant,
                      found_text(parser, &parser->bare_alias, found));
        return;
    }
    const bool is_name_wanted = strstr(what, "name") != NULL;
    const bool is_reserved = token->kind == QA_TOKEN_WORD &&
                             qa_sql_keyword_use((qa_sql_keyword_id_t)token->keyword) == QA_KEYWORD_RESERVED;
    qa_parse_fail(parser, QA_SYNTAX, token->position, "expected %s, %s%s", what,
                  found_text(parser, token, found),
                  is_name_wanted && is_reserved ? "; a reserved word is a name only in double quotes" : "");
}

/* --- tokens --- */

void qa_parse_advance(qa_sql_parser_t *parser)
{
    if (parser->status != QA_OK) return;
    parser->taken_end = parser->token.position + parser->token.bytes;
    parser->status = qa_sql_lexer_next(&parser->lexer, &parser->token, parser->error);
    if (parser->status != QA_OK) parser->token = (qa_sql_token_t){ .kind = QA_TOKEN_END };
}

qa_sql_token_t qa_parse_peek(qa_sql_parser_t *parser)
{
    qa_sql_lexer_t ahead = parser->lexer;
    qa_sql_token_t token = { .kind = QA_TOKEN_END };
    /* What cannot be read fails when it is taken. */
    if (parser->status == QA_OK && qa_sql_lexer_next(&ahead, &token, NULL) != QA_OK)
        token = (qa_sql_token_t){ .kind = QA_TOKEN_END };
    return token;
}

bool qa_parse_is_keyword(const qa_sql_parser_t *parser, qa_sql_keyword_id_t keyword)
{
    return parser->token.kind == QA_TOKEN_WORD && parser->token.keyword == keyword;
}

bool qa_parse_is_symbol(const qa_sql_parser_t *parser, uint8_t symbol)
{
    return parser->token.kind == QA_TOKEN_SYMBOL && parser->token.symbol == symbol;
}

bool qa_parse_accept(qa_sql_parser_t *parser, qa_sql_keyword_id_t keyword)
{
    if (!qa_parse_is_keyword(parser, keyword)) return false;
    qa_parse_advance(parser);
    return true;
}

bool qa_parse_accept_symbol(qa_sql_parser_t *parser, uint8_t symbol)
{
    if (!qa_parse_is_symbol(parser, symbol)) return false;
    qa_parse_advance(parser);
    return true;
}

bool qa_parse_accept_escape(qa_sql_parser_t *parser, qa_sql_escape_t escape)
{
    if (parser->token.kind != QA_TOKEN_ESCAPE || parser->token.escape != escape) return false;
    qa_parse_advance(parser);
    return true;
}

bool qa_parse_expect(qa_sql_parser_t *parser, qa_sql_keyword_id_t keyword)
{
    if (qa_parse_accept(parser, keyword)) return true;
    qa_parse_fail_expected(parser, qa_sql_keyword_text(keyword));
    return false;
}

bool qa_parse_expect_symbol(qa_sql_parser_t *parser, uint8_t symbol)
{
    const char text[] = { '"', (char)symbol, '"', '\0' };
    if (qa_parse_accept_symbol(parser, symbol)) return true;
    qa_parse_fail_expected(parser, text);
    return false;
}

bool qa_parse_expect_escape_end(qa_sql_parser_t *parser)
{
    if (parser->token.kind != QA_TOKEN_ESCAPE_END) {
        qa_parse_fail_expected(parser, "\"}\"");
        return false;
    }
    qa_parse_advance(parser);
    return true;
}

bool qa_parse_is_word(const qa_sql_parser_t *parser, const char *lower)
{
    const qa_sql_token_t *token = &parser->token;
    if (token->kind != QA_TOKEN_WORD || strlen(lower) != token->bytes) return false;
    for (uint32_t i = 0; i < token->bytes; i++)
        if ((parser->lexer.text[token->position + i] | 0x20) != (lower[i] | 0x20)) return false;
    return true;
}

bool qa_parse_enter(qa_sql_parser_t *parser)
{
    if (parser->depth >= QA_SQL_NESTING_MAX)
        qa_parse_fail(parser, QA_LIMIT, parser->token.position, "more than %d levels of nesting",
                      QA_SQL_NESTING_MAX);
    parser->depth++;
    return !qa_parse_failed(parser);
}

void qa_parse_leave(qa_sql_parser_t *parser)
{
    parser->depth--;
}

uint32_t qa_parse_count(qa_sql_parser_t *parser, uint32_t min, uint32_t max, const char *what)
{
    const qa_sql_token_t token = parser->token;
    uint64_t count = 0;
    if (token.kind != QA_TOKEN_NUMBER) {
        qa_parse_fail_expected(parser, what);
        return min;
    }
    for (uint32_t i = 0; i < token.bytes; i++) {
        const char c = parser->lexer.text[token.position + i];
        if (c < '0' || c > '9' || count > max) {
            count = (uint64_t)max + 1;
            break;
        }
        count = count * 10 + (uint64_t)(c - '0');
    }
    if (count < min || count > max)
        qa_parse_fail(parser, count > max ? QA_LIMIT : QA_SYNTAX, token.position,
                      "%s must lie between %u and %u", what, min, max);
    qa_parse_advance(parser);
    return (uint32_t)count;
}

/* --- memory --- */

void *qa_parse_take(qa_sql_parser_t *parser, size_t bytes)
{
    if (parser->status != QA_OK) return NULL;
    void *block = qa_arena_take(parser->arena, bytes);
    if (block == NULL) {
        parser->status = qa_fail_memory(parser->error, "the statement");
        parser->token = (qa_sql_token_t){ .kind = QA_TOKEN_END };
    }
    return block;
}

void *qa_parse_append(qa_sql_parser_t *parser, qa_sql_list_t *list, size_t item_bytes, uint32_t count_max,
                      const char *what)
{
    if (list->count >= count_max)
        qa_parse_fail(parser, QA_LIMIT, parser->token.position, "more than %u %s in one list", count_max,
                      what);
    if (parser->status != QA_OK) return NULL;
    if (list->count == list->capacity) {
        const uint32_t capacity = list->capacity == 0 ? 4 : list->capacity * 2;
        void *items = qa_parse_take(parser, capacity * item_bytes);
        if (items == NULL) return NULL;
        if (list->count > 0) memcpy(items, list->items, list->count * item_bytes);
        list->items = items;
        list->capacity = capacity;
    }
    return (char *)list->items + (size_t)list->count++ * item_bytes;
}

const char *qa_parse_body(qa_sql_parser_t *parser, const qa_sql_token_t *token, uint32_t *bytes_out)
{
    const char *body = parser->lexer.text + token->body_position;
    const char quote = token->kind == QA_TOKEN_QUOTED ? '"' : '\'';
    char *text = qa_parse_take(parser, (size_t)token->body_bytes + 1);
    uint32_t bytes = 0;
    *bytes_out = 0;
    if (text == NULL) return NULL;
    for (uint32_t i = 0; i < token->body_bytes; i++) {
        text[bytes++] = body[i];
        if (token->has_doubled && body[i] == quote) i++;
    }
    *bytes_out = bytes;
    return text;
}

/* --- statements --- */

static void parse_call(qa_sql_parser_t *parser, qa_ast_statement_t *statement)
{
    qa_sql_list_t list = { 0 };
    statement->kind = QA_AST_CALL_PROCEDURE;
    qa_parse_table_name(parser, &statement->schema, &statement->table);
    if (qa_parse_accept_symbol(parser, '(') && !qa_parse_accept_symbol(parser, ')')) {
        do {
            qa_ast_expression_t *argument = qa_parse_expression(parser);
            qa_ast_expression_t **slot =
                qa_parse_append(parser, &list, sizeof(qa_ast_expression_t *), QA_SQL_LIST_MAX, "arguments");
            if (slot != NULL) *slot = argument;
        } while (qa_parse_accept_symbol(parser, ','));
        qa_parse_expect_symbol(parser, ')');
    }
    statement->arguments = list.items;
    statement->argument_count = (uint16_t)list.count;
}

/* CALL p(…), {call p(…)}, {? = call f(…)}, and the last one as qa_sql_native writes it. */
static bool parse_call_forms(qa_sql_parser_t *parser, qa_ast_statement_t *statement)
{
    bool is_escape = qa_parse_accept_escape(parser, QA_ESCAPE_CALL);
    if (!is_escape && qa_parse_accept_escape(parser, QA_ESCAPE_CALL_RESULT)) {
        is_escape = true;
        statement->has_result_marker = true;
    }
    if (!is_escape && parser->token.kind == QA_TOKEN_PARAMETER) {
        qa_parse_advance(parser);
        qa_parse_expect_symbol(parser, '=');
        qa_parse_expect(parser, QA_KEYWORD_CALL);
        statement->has_result_marker = true;
    } else if (!is_escape && !qa_parse_accept(parser, QA_KEYWORD_CALL)) {
        return false;
    }
    if (statement->has_result_marker) parser->parameter_count++;
    parse_call(parser, statement);
    if (is_escape) qa_parse_expect_escape_end(parser);
    return true;
}

static bool parse_transaction(qa_sql_parser_t *parser, qa_ast_statement_t *statement)
{
    const uint32_t position = parser->token.position;
    if (qa_parse_accept(parser, QA_KEYWORD_START)) {
        statement->kind = QA_AST_BEGIN;
        qa_parse_expect(parser, QA_KEYWORD_TRANSACTION);
    } else {
        if (qa_parse_accept(parser, QA_KEYWORD_BEGIN))
            statement->kind = QA_AST_BEGIN;
        else if (qa_parse_accept(parser, QA_KEYWORD_COMMIT))
            statement->kind = QA_AST_COMMIT;
        else if (qa_parse_accept(parser, QA_KEYWORD_ROLLBACK))
            statement->kind = QA_AST_ROLLBACK;
        else
            return false;
        if (!qa_parse_accept(parser, QA_KEYWORD_WORK)) qa_parse_accept(parser, QA_KEYWORD_TRANSACTION);
    }
    if (qa_parse_is_keyword(parser, QA_KEYWORD_TO) || qa_parse_is_keyword(parser, QA_KEYWORD_ISOLATION))
        qa_parse_fail(
            parser, QA_NOT_YET, position,
            "savepoints and isolation levels are not built yet: a transaction sees what is committed and "
            "commits or rolls back as a whole");
    return true;
}

/* Statements that other databases know. */
static bool is_foreign_statement(const qa_sql_parser_t *parser)
{
    static const char *const words[] = { "alter",   "grant",   "revoke",  "truncate", "merge",    "savepoint",
                                         "release", "replace", "use",     "show",     "describe", "pragma",
                                         "vacuum",  "analyze", "declare", "execute",  "exec",     "copy",
                                         "attach",  "rename",  "comment", "set",      "lock",     "load" };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (qa_parse_is_word(parser, words[i])) return true;
    return false;
}

static qa_ast_statement_t *parse_statement(qa_sql_parser_t *parser);

static void parse_explain(qa_sql_parser_t *parser, qa_ast_statement_t *statement)
{
    statement->kind = QA_AST_EXPLAIN;
    if (qa_parse_is_keyword(parser, QA_KEYWORD_EXPLAIN))
        qa_parse_fail_expected(parser, "a statement to explain");
    else
        statement->explained = parse_statement(parser);
}

static qa_ast_statement_t *parse_statement(qa_sql_parser_t *parser)
{
    qa_ast_statement_t *statement = qa_parse_take(parser, sizeof(*statement));
    if (statement == NULL) return NULL;
    if (qa_parse_begins_query(parser) || qa_parse_is_symbol(parser, '(')) {
        statement->kind = QA_AST_SELECT;
        statement->query = qa_parse_query(parser);
    } else if (qa_parse_accept(parser, QA_KEYWORD_INSERT)) {
        qa_parse_insert(parser, statement);
    } else if (qa_parse_accept(parser, QA_KEYWORD_UPDATE)) {
        qa_parse_update(parser, statement);
    } else if (qa_parse_accept(parser, QA_KEYWORD_DELETE)) {
        qa_parse_delete(parser, statement);
    } else if (qa_parse_accept(parser, QA_KEYWORD_CREATE)) {
        qa_parse_create(parser, statement);
    } else if (qa_parse_accept(parser, QA_KEYWORD_DROP)) {
        qa_parse_drop(parser, statement);
    } else if (qa_parse_accept(parser, QA_KEYWORD_EXPLAIN)) {
        parse_explain(parser, statement);
    } else if (!parse_call_forms(parser, statement) && !parse_transaction(parser, statement)) {
        if (is_foreign_statement(parser))
            qa_parse_fail(parser, QA_SYNTAX, parser->token.position,
                          "%.*s is no statement of this dialect: expected SELECT, WITH, VALUES, INSERT, "
                          "UPDATE, DELETE, "
                          "CALL, CREATE TABLE, DROP TABLE, EXPLAIN, BEGIN, COMMIT or ROLLBACK",
                          (int)parser->token.bytes, parser->lexer.text + parser->token.position);
        qa_parse_fail_expected(parser, "a statement (SELECT, INSERT, UPDATE, DELETE, CALL …)");
    }
    statement->parameter_count = parser->parameter_count;
    return statement;
}

static void expect_end(qa_sql_parser_t *parser)
{
    const bool has_semicolon = qa_parse_accept_symbol(parser, ';');
    while (qa_parse_accept_symbol(parser, ';'))
        continue;
    if (qa_parse_failed(parser) || parser->token.kind == QA_TOKEN_END) return;
    if (has_semicolon)
        qa_parse_fail_expected(parser, "the end: one text has one statement");
    else
        qa_parse_fail_expected(parser, "the end of the statement");
}

qa_status_t qa_sql_parse(const char *text, size_t bytes, qa_arena_t *arena,
                         qa_ast_statement_t **statement_out, qa_error_t *error)
{
    qa_sql_parser_t parser = { .arena = arena, .error = error, .star_position = UINT32_MAX };
    *statement_out = NULL;
    qa_error_clear(error);
    parser.status = qa_sql_lexer_open(&parser.lexer, text, bytes, error);
    qa_parse_advance(&parser);
    parser.taken_end = 0;
    qa_ast_statement_t *statement = parse_statement(&parser);
    expect_end(&parser);
    if (parser.status != QA_OK) return parser.status;
    *statement_out = statement;
    return QA_OK;
}
