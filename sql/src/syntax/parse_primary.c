/* What stands between operators: literals, parameters, names, calls, CASE, sub-queries, escapes. */
#include "syntax/parser_private.h"

#include <string.h>

#include "qa/text.h"
#include "value/value.h"

/* --- literals --- */

qa_ast_expression_t *qa_parse_text_node(qa_sql_parser_t *parser, uint32_t position, const char *text,
                                        uint32_t bytes)
{
    qa_ast_expression_t *node = qa_parse_node(parser, QA_AST_LITERAL, position);
    if (node == NULL || text == NULL) return NULL;
    const size_t units = qa_utf16_units(text, bytes);
    if (units > QA_SQL_TEXT_LENGTH_MAX)
        qa_parse_fail(parser, QA_TEXT_TOO_LONG, position,
                      "the text has %zu characters, at most %d are stored", units, QA_SQL_TEXT_LENGTH_MAX);
    node->value = (qa_sql_value_t){ .kind = QA_SQL_TEXT, .bytes = bytes, .text = text };
    /* As many as its bytes, for programs that take narrow text into a buffer of the column's size. */
    const uint32_t length = bytes < QA_SQL_TEXT_LENGTH_MAX ? bytes : QA_SQL_TEXT_LENGTH_MAX;
    node->type = (qa_sql_type_t){ .kind = QA_SQL_TEXT, .length = length };
    return node;
}

static qa_ast_expression_t *parse_string(qa_sql_parser_t *parser)
{
    const qa_sql_token_t token = parser->token;
    uint32_t bytes = 0;
    const char *text = qa_parse_body(parser, &token, &bytes);
    qa_parse_advance(parser);
    if (parser->token.kind == QA_TOKEN_STRING)
        qa_parse_fail(parser, QA_SYNTAX, parser->token.position,
                      "found a text directly behind a text; a quote within a text is written twice");
    return qa_parse_text_node(parser, token.position, text, bytes);
}

static qa_ast_expression_t *parse_binary(qa_sql_parser_t *parser)
{
    const qa_sql_token_t token = parser->token;
    const char *digits = parser->lexer.text + token.body_position;
    qa_ast_expression_t *node = qa_parse_node(parser, QA_AST_LITERAL, token.position);
    const uint32_t bytes = token.body_bytes / 2;
    char *data = qa_parse_take(parser, (size_t)bytes + 1);
    if (node == NULL || data == NULL) return NULL;
    for (uint32_t i = 0; i < token.body_bytes; i++) {
        const char c = digits[i];
        const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
        data[i / 2] = (char)(((uint8_t)data[i / 2] << 4 | digit) & 0xFF);
    }
    if (bytes > QA_SQL_TEXT_LENGTH_MAX)
        qa_parse_fail(parser, QA_TEXT_TOO_LONG, token.position,
                      "the literal has %u bytes, at most %d are read", bytes, QA_SQL_TEXT_LENGTH_MAX);
    node->value = (qa_sql_value_t){ .kind = QA_SQL_BINARY, .bytes = bytes, .text = data };
    node->type = (qa_sql_type_t){ .kind = QA_SQL_BINARY, .length = bytes };
    qa_parse_advance(parser);
    return node;
}

static qa_ast_expression_t *parse_number(qa_sql_parser_t *parser)
{
    const qa_sql_token_t token = parser->token;
    const char *text = parser->lexer.text + token.position;
    qa_ast_expression_t *node = qa_parse_node(parser, QA_AST_LITERAL, token.position);
    if (node == NULL) return NULL;
    const qa_status_t status = qa_sql_parse_number(text, token.bytes, &node->value, &node->type);
    if (status != QA_OK)
        qa_parse_fail(parser, status, token.position,
                      "%.*s has too many digits: at most %d, %d of them decimals",
                      token.bytes > 60 ? 60 : (int)token.bytes, text, QA_SQL_PRECISION_MAX, QA_SQL_SCALE_MAX);
    node->type.is_nullable = false;
    qa_parse_advance(parser);
    return node;
}

static qa_ast_expression_t *parse_constant(qa_sql_parser_t *parser, qa_sql_kind_t kind, int64_t integer)
{
    qa_ast_expression_t *node = qa_parse_node(parser, QA_AST_LITERAL, parser->token.position);
    if (node == NULL) return NULL;
    node->value = (qa_sql_value_t){ .kind = (uint8_t)kind, .integer = integer };
    node->type = (qa_sql_type_t){ .kind = (uint8_t)kind, .is_nullable = kind == QA_SQL_NULL };
    qa_parse_advance(parser);
    return node;
}

qa_ast_expression_t *qa_parse_moment(qa_sql_parser_t *parser, qa_sql_kind_t kind, uint32_t position)
{
    const qa_sql_token_t token = parser->token;
    uint32_t bytes = 0;
    qa_status_t status = QA_OK;
    if (token.kind != QA_TOKEN_STRING) {
        qa_parse_fail_expected(parser, kind == QA_SQL_DATE   ? "'YYYY-MM-DD'"
                                       : kind == QA_SQL_TIME ? "'hh:mm:ss'"
                                                             : "'YYYY-MM-DD hh:mm:ss'");
        return NULL;
    }
    const char *text = qa_parse_body(parser, &token, &bytes);
    qa_ast_expression_t *node = qa_parse_node(parser, QA_AST_LITERAL, position);
    if (text == NULL || node == NULL) return NULL;
    node->value.kind = node->type.kind = (uint8_t)kind;
    if (kind == QA_SQL_DATE) {
        status = qa_sql_parse_date(text, bytes, &node->value.integer);
        if (status != QA_OK)
            qa_parse_fail(parser, status, token.position, "%.60s is no date: expected 'YYYY-MM-DD'", text);
    } else if (kind == QA_SQL_TIME) {
        status = qa_sql_parse_time(text, bytes, &node->value.integer);
        if (status != QA_OK)
            qa_parse_fail(parser, status, token.position, "%.60s is no time: expected 'hh:mm:ss'", text);
    } else {
        status = qa_sql_parse_timestamp(text, bytes, &node->value.integer);
        if (status != QA_OK)
            qa_parse_fail(parser, status, token.position,
                          "%.60s is no timestamp: expected 'YYYY-MM-DD hh:mm:ss'", text);
    }
    qa_parse_advance(parser);
    return node;
}

static qa_ast_expression_t *parse_parameter(qa_sql_parser_t *parser)
{
    const uint32_t position = parser->token.position;
    if (parser->parameter_count >= QA_SQL_PARAMETERS_MAX)
        qa_parse_fail(parser, QA_LIMIT, position, "more than %d parameters", QA_SQL_PARAMETERS_MAX);
    qa_ast_expression_t *node = qa_parse_node(parser, QA_AST_PARAMETER, position);
    if (node == NULL) return NULL;
    node->index = parser->parameter_count++;
    qa_parse_advance(parser);
    return node;
}

/* {guid '…'} is a text. */
static qa_ast_expression_t *parse_guid(qa_sql_parser_t *parser)
{
    const qa_sql_token_t token = parser->token;
    const char *text = parser->lexer.text + token.body_position;
    bool is_guid = token.kind == QA_TOKEN_STRING && token.body_bytes == 36;
    for (uint32_t i = 0; is_guid && i < 36; i++) {
        const char c = (char)(text[i] | 0x20);
        const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        is_guid = is_dash ? text[i] == '-' : (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    }
    if (!is_guid) {
        qa_parse_fail_expected(parser, "a GUID such as '6f9619ff-8b86-d011-b42d-00cf4fc964ff'");
        return NULL;
    }
    return parse_string(parser);
}

static qa_ast_expression_t *parse_escape(qa_sql_parser_t *parser)
{
    const qa_sql_token_t token = parser->token;
    qa_ast_expression_t *node = NULL;
    qa_parse_advance(parser);
    switch (token.escape) {
    case QA_ESCAPE_DATE:
        node = qa_parse_moment(parser, QA_SQL_DATE, token.position);
        break;
    case QA_ESCAPE_TIME:
        node = qa_parse_moment(parser, QA_SQL_TIME, token.position);
        break;
    case QA_ESCAPE_TIMESTAMP:
        node = qa_parse_moment(parser, QA_SQL_TIMESTAMP, token.position);
        break;
    case QA_ESCAPE_GUID:
        node = parse_guid(parser);
        break;
    case QA_ESCAPE_FUNCTION:
        if (parser->token.kind != QA_TOKEN_WORD) qa_parse_fail_expected(parser, "a function behind {fn");
        node = qa_parse_primary(parser);
        if (node != NULL && node->kind == QA_AST_NAME)
            qa_parse_fail(parser, QA_SYNTAX, node->position, "expected a function behind {fn, found a name");
        break;
    default:
        qa_parse_fail(parser, QA_SYNTAX, token.position, "this escape cannot stand in an expression");
        break;
    }
    qa_parse_expect_escape_end(parser);
    return qa_parse_failed(parser) ? NULL : node;
}

/* --- calls --- */

static const char *function_name(qa_sql_parser_t *parser)
{
    uint32_t bytes = 0;
    char *name = (char *)qa_parse_body(parser, &parser->token, &bytes);
    for (uint32_t i = 0; name != NULL && i < bytes; i++)
        if (name[i] >= 'a' && name[i] <= 'z') name[i] = (char)(name[i] - 'a' + 'A');
    return name;
}

static void refuse_window(qa_sql_parser_t *parser)
{
    const uint32_t position = parser->token.position;
    const qa_sql_token_t next = qa_parse_peek(parser);
    const bool has_parenthesis = next.kind == QA_TOKEN_SYMBOL && next.symbol == '(';
    if (qa_parse_is_keyword(parser, QA_KEYWORD_OVER))
        qa_parse_fail(parser, QA_NOT_YET, position,
                      "window functions are not built yet: use GROUP BY, or a sub-query per row");
    if (qa_parse_is_keyword(parser, QA_KEYWORD_FILTER) && has_parenthesis)
        qa_parse_fail(parser, QA_NOT_YET, position,
                      "FILTER is not built yet: aggregate CASE WHEN … THEN x END");
    if (qa_parse_is_word(parser, "within") && next.keyword == QA_KEYWORD_GROUP)
        qa_parse_fail(parser, QA_NOT_YET, position, "WITHIN GROUP is not built yet");
}

/* name(…): the name is next, then the parenthesis. */
static qa_ast_expression_t *parse_call(qa_sql_parser_t *parser)
{
    const uint32_t position = parser->token.position;
    const char *name = function_name(parser);
    qa_sql_list_t list = { 0 };
    bool is_distinct = false;
    qa_parse_advance(parser);
    qa_parse_expect_symbol(parser, '(');
    if (name != NULL && strcmp(name, "COUNT") == 0 && qa_parse_is_symbol(parser, '*')) {
        qa_ast_expression_t **slot = qa_parse_append(parser, &list, sizeof(*slot), 1, "arguments");
        if (slot != NULL) *slot = qa_parse_node(parser, QA_AST_STAR, parser->token.position);
        qa_parse_advance(parser);
    } else if (!qa_parse_is_symbol(parser, ')')) {
        is_distinct = qa_parse_accept(parser, QA_KEYWORD_DISTINCT);
        if (!is_distinct) qa_parse_accept(parser, QA_KEYWORD_ALL);
        do {
            qa_ast_expression_t *argument = qa_parse_expression(parser);
            qa_ast_expression_t **slot =
                qa_parse_append(parser, &list, sizeof(argument), QA_SQL_LIST_MAX, "arguments");
            if (slot != NULL) *slot = argument;
        } while (qa_parse_accept_symbol(parser, ','));
    }
    qa_parse_expect_symbol(parser, ')');
    refuse_window(parser);
    qa_ast_expression_t *node =
        qa_parse_failed(parser) ? NULL : qa_parse_call(parser, name, position, list.items, list.count);
    if (node != NULL) node->is_distinct = is_distinct;
    return node;
}

/* CURRENT_DATE and the like: parentheses may follow. Times are UTC, so the local ones are the same. */
static qa_ast_expression_t *parse_niladic(qa_sql_parser_t *parser)
{
    const uint32_t position = parser->token.position;
    const uint16_t keyword = parser->token.keyword;
    qa_ast_expression_t *digits = NULL;
    qa_parse_advance(parser);
    if (qa_parse_accept_symbol(parser, '(')) {
        if (!qa_parse_is_symbol(parser, ')')) digits = qa_parse_expression(parser);
        qa_parse_expect_symbol(parser, ')');
        if (qa_parse_failed(parser)) return NULL;
    }
    const char *name = keyword == QA_KEYWORD_LOCALTIME ? "CURRENT_TIME"
                       : keyword == QA_KEYWORD_LOCALTIMESTAMP
                           ? "CURRENT_TIMESTAMP"
                           : qa_sql_keyword_text((qa_sql_keyword_id_t)keyword);
    return qa_parse_call(parser, name, position, &digits, digits == NULL ? 0 : 1);
}

/* --- CASE --- */

static void append(qa_sql_parser_t *parser, qa_sql_list_t *list, qa_ast_expression_t *node)
{
    qa_ast_expression_t **slot = qa_parse_append(parser, list, sizeof(node), QA_SQL_LIST_MAX, "branches");
    if (slot != NULL) *slot = node;
}

static qa_ast_expression_t *parse_case(qa_sql_parser_t *parser)
{
    qa_sql_list_t list = { 0 };
    qa_ast_expression_t *node = qa_parse_node(parser, QA_AST_CASE, parser->token.position);
    qa_parse_advance(parser);
    if (node == NULL) return NULL;
    if (!qa_parse_is_keyword(parser, QA_KEYWORD_WHEN)) {
        node->has_operand = true;
        append(parser, &list, qa_parse_expression(parser));
    }
    qa_parse_expect(parser, QA_KEYWORD_WHEN);
    do {
        append(parser, &list, qa_parse_expression(parser));
        qa_parse_expect(parser, QA_KEYWORD_THEN);
        append(parser, &list, qa_parse_expression(parser));
    } while (qa_parse_accept(parser, QA_KEYWORD_WHEN));
    if (qa_parse_accept(parser, QA_KEYWORD_ELSE)) {
        node->has_else = true;
        append(parser, &list, qa_parse_expression(parser));
    }
    qa_parse_expect(parser, QA_KEYWORD_END);
    if (qa_parse_failed(parser)) return NULL;
    node->arguments = list.items;
    node->argument_count = (uint16_t)list.count;
    qa_parse_settle(parser, node);
    return node;
}

/* --- names, parentheses --- */

/* [[schema.]table.]column, or in a select list [schema.]table.* */
static qa_ast_expression_t *parse_name(qa_sql_parser_t *parser)
{
    const uint32_t position = parser->token.position;
    qa_ast_expression_t *node = qa_parse_node(parser, QA_AST_NAME, position);
    if (node == NULL) return NULL;
    node->names[node->name_count++] = qa_parse_name(parser, "an expression");
    while (qa_parse_accept_symbol(parser, '.')) {
        if (qa_parse_is_symbol(parser, '*') && parser->star_position == position && node->name_count < 3) {
            node->kind = QA_AST_STAR;
            qa_parse_advance(parser);
            return node;
        }
        if (node->name_count == 3) {
            qa_parse_fail(parser, QA_SYNTAX, position,
                          "a column is named by schema, table and column at most");
            return NULL;
        }
        node->names[node->name_count++] = qa_parse_name(parser, "a name behind the point");
    }
    if (qa_parse_is_symbol(parser, '('))
        qa_parse_fail(parser, QA_SYNTAX, position, "functions have no schema");
    return qa_parse_failed(parser) ? NULL : node;
}

static qa_ast_expression_t *parse_parenthesis(qa_sql_parser_t *parser)
{
    qa_ast_query_t *query = NULL;
    qa_ast_expression_t *expression = NULL;
    const uint32_t position = parser->token.position;
    qa_parse_advance(parser);
    qa_parse_query_or_expression(parser, &query, &expression);
    if (qa_parse_is_symbol(parser, ',') && expression != NULL)
        qa_parse_fail(parser, QA_NOT_YET, position, "rows of values (a, b) in expressions are not built yet");
    qa_parse_expect_symbol(parser, ')');
    if (query != NULL) return qa_parse_query_node(parser, QA_AST_SCALAR_QUERY, position, query);
    return qa_parse_failed(parser) ? NULL : expression;
}

static qa_ast_expression_t *parse_exists(qa_sql_parser_t *parser)
{
    qa_ast_query_t *query = NULL;
    qa_ast_expression_t *expression = NULL;
    const uint32_t position = parser->token.position;
    qa_parse_advance(parser);
    qa_parse_expect_symbol(parser, '(');
    const uint32_t query_position = parser->token.position;
    qa_parse_query_or_expression(parser, &query, &expression);
    if (query == NULL) qa_parse_fail(parser, QA_SYNTAX, query_position, "expected a sub-query behind EXISTS");
    qa_parse_expect_symbol(parser, ')');
    return qa_parse_query_node(parser, QA_AST_EXISTS, position, query);
}

/* Words that begin more than a name. NULL without failure: it is a plain name. */
static qa_ast_expression_t *parse_word(qa_sql_parser_t *parser)
{
    const qa_sql_token_t token = parser->token;
    const qa_sql_token_t next = qa_parse_peek(parser);
    const bool has_parenthesis = next.kind == QA_TOKEN_SYMBOL && next.symbol == '(';
    const bool has_string = next.kind == QA_TOKEN_STRING;
    switch (token.keyword) {
    case QA_KEYWORD_NULL:
        return parse_constant(parser, QA_SQL_NULL, 0);
    case QA_KEYWORD_TRUE:
    case QA_KEYWORD_FALSE:
        return parse_constant(parser, QA_SQL_BOOLEAN, token.keyword == QA_KEYWORD_TRUE ? 1 : 0);
    case QA_KEYWORD_CASE:
        return parse_case(parser);
    case QA_KEYWORD_EXISTS:
        return parse_exists(parser);
    case QA_KEYWORD_CURRENT_DATE:
    case QA_KEYWORD_CURRENT_TIME:
    case QA_KEYWORD_CURRENT_TIMESTAMP:
    case QA_KEYWORD_CURRENT_USER:
    case QA_KEYWORD_SESSION_USER:
    case QA_KEYWORD_LOCALTIME:
    case QA_KEYWORD_LOCALTIMESTAMP:
        return parse_niladic(parser);
    case QA_KEYWORD_DATE:
    case QA_KEYWORD_TIME:
    case QA_KEYWORD_TIMESTAMP:
        if (!has_string) break;
        qa_parse_advance(parser);
        return qa_parse_moment(parser,
                               token.keyword == QA_KEYWORD_DATE   ? QA_SQL_DATE
                               : token.keyword == QA_KEYWORD_TIME ? QA_SQL_TIME
                                                                  : QA_SQL_TIMESTAMP,
                               token.position);
    case QA_KEYWORD_INTERVAL:
        if (has_string)
            qa_parse_fail(parser, QA_NOT_YET, token.position,
                          "intervals are not built yet: add days by {fn TIMESTAMPADD(SQL_TSI_DAY, n, x)}");
        break;
    default:
        break;
    }
    if (!has_parenthesis || qa_parse_failed(parser)) return NULL;
    qa_ast_expression_t *special = qa_parse_special(parser);
    if (special != NULL || qa_parse_failed(parser)) return special;
    const bool is_reserved = qa_sql_keyword_use((qa_sql_keyword_id_t)token.keyword) == QA_KEYWORD_RESERVED;
    /* Functions of ODBC whose names the grammar needs elsewhere. */
    const bool is_function = token.keyword == QA_KEYWORD_LEFT || token.keyword == QA_KEYWORD_RIGHT ||
                             token.keyword == QA_KEYWORD_INSERT;
    return is_reserved && !is_function ? NULL : parse_call(parser);
}

static qa_ast_expression_t *parse_primary(qa_sql_parser_t *parser)
{
    qa_ast_expression_t *node = NULL;
    switch (parser->token.kind) {
    case QA_TOKEN_NUMBER:
        return parse_number(parser);
    case QA_TOKEN_STRING:
        return parse_string(parser);
    case QA_TOKEN_BINARY:
        return parse_binary(parser);
    case QA_TOKEN_PARAMETER:
        return parse_parameter(parser);
    case QA_TOKEN_ESCAPE:
        return parse_escape(parser);
    case QA_TOKEN_WORD:
        node = parse_word(parser);
        if (node != NULL || qa_parse_failed(parser)) return node;
        break;
    case QA_TOKEN_SYMBOL:
        if (qa_parse_is_symbol(parser, '(')) return parse_parenthesis(parser);
        break;
    default:
        break;
    }
    if (!qa_parse_is_name(parser)) {
        qa_parse_fail_expected(parser, "an expression");
        return NULL;
    }
    return parse_name(parser);
}

qa_ast_expression_t *qa_parse_primary(qa_sql_parser_t *parser)
{
    qa_ast_expression_t *node = NULL;
    if (qa_parse_enter(parser)) node = parse_primary(parser);
    qa_parse_leave(parser);
    return node;
}
