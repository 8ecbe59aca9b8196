/* Functions that SQL writes with words between their arguments, and those whose first argument is the name of
 * a field: CAST, CONVERT, EXTRACT, SUBSTRING, POSITION, TRIM, TIMESTAMPADD, TIMESTAMPDIFF. */
#include "syntax/parser_private.h"

static qa_ast_expression_t *cast_node(qa_sql_parser_t *parser, uint32_t position,
                                      qa_ast_expression_t *argument, const qa_sql_type_t *type)
{
    qa_ast_expression_t *node = qa_parse_node(parser, QA_AST_CAST, position);
    qa_ast_expression_t **arguments = qa_parse_take(parser, sizeof(*arguments));
    if (node == NULL || arguments == NULL) return NULL;
    arguments[0] = argument;
    node->arguments = arguments;
    node->argument_count = 1;
    node->type = *type;
    qa_parse_settle(parser, node);
    return node;
}

/* CAST(x AS type), CONVERT(x, type) */
static qa_ast_expression_t *parse_cast(qa_sql_parser_t *parser, uint32_t position, bool is_convert)
{
    qa_sql_type_t type;
    qa_ast_expression_t *argument = qa_parse_expression(parser);
    if (is_convert)
        qa_parse_expect_symbol(parser, ',');
    else
        qa_parse_expect(parser, QA_KEYWORD_AS);
    if (!qa_parse_type(parser, &type)) return NULL;
    return cast_node(parser, position, argument, &type);
}

/* A word as text constant, upper case. */
static qa_ast_expression_t *parse_field(qa_sql_parser_t *parser, const char *what)
{
    uint32_t bytes = 0;
    const uint32_t position = parser->token.position;
    const uint8_t kind = parser->token.kind;
    if (kind != QA_TOKEN_WORD && kind != QA_TOKEN_STRING) {
        qa_parse_fail_expected(parser, what);
        return NULL;
    }
    char *text = (char *)qa_parse_body(parser, &parser->token, &bytes);
    for (uint32_t i = 0; text != NULL && i < bytes; i++)
        if (text[i] >= 'a' && text[i] <= 'z') text[i] = (char)(text[i] - 'a' + 'A');
    qa_parse_advance(parser);
    return qa_parse_text_node(parser, position, text, bytes);
}

static qa_ast_expression_t *parse_extract(qa_sql_parser_t *parser, uint32_t position)
{
    qa_ast_expression_t *field =
        parse_field(parser, "YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE or SECOND");
    if (!qa_parse_accept_symbol(parser, ',')) qa_parse_expect(parser, QA_KEYWORD_FROM);
    return qa_parse_call_two(parser, "EXTRACT", position, field, qa_parse_expression(parser));
}

static qa_ast_expression_t *parse_timestamp_function(qa_sql_parser_t *parser, uint32_t position,
                                                     const char *name)
{
    qa_ast_expression_t *arguments[3] = { parse_field(parser, "an interval such as SQL_TSI_DAY"), NULL,
                                          NULL };
    qa_parse_expect_symbol(parser, ',');
    arguments[1] = qa_parse_expression(parser);
    qa_parse_expect_symbol(parser, ',');
    arguments[2] = qa_parse_expression(parser);
    return qa_parse_call(parser, name, position, arguments, 3);
}

/* SUBSTRING(x FROM a [FOR b]), SUBSTRING(x, a[, b]) */
static qa_ast_expression_t *parse_substring(qa_sql_parser_t *parser, uint32_t position)
{
    qa_ast_expression_t *arguments[3] = { qa_parse_expression(parser), NULL, NULL };
    uint32_t count = 2;
    const bool is_plain = qa_parse_accept_symbol(parser, ',');
    if (!is_plain && !qa_parse_accept(parser, QA_KEYWORD_FROM))
        qa_parse_fail_expected(parser, "FROM or \",\"");
    arguments[1] = qa_parse_expression(parser);
    if (is_plain ? qa_parse_accept_symbol(parser, ',') : qa_parse_accept(parser, QA_KEYWORD_FOR))
        arguments[count++] = qa_parse_expression(parser);
    return qa_parse_call(parser, "SUBSTRING", position, arguments, count);
}

static qa_ast_expression_t *parse_position(qa_sql_parser_t *parser, uint32_t position)
{
    qa_ast_expression_t *wanted = qa_parse_operand(parser, QA_PRECEDENCE_CONCATENATE);
    if (!qa_parse_accept_symbol(parser, ',')) qa_parse_expect(parser, QA_KEYWORD_IN);
    return qa_parse_call_two(parser, "POSITION", position, wanted, qa_parse_expression(parser));
}

/* Whether LEADING, TRAILING or BOTH is that word here, and no column of the name. */
static bool is_side(qa_sql_parser_t *parser)
{
    const uint16_t keyword = parser->token.keyword;
    const qa_sql_token_t next = qa_parse_peek(parser);
    if (parser->token.kind != QA_TOKEN_WORD ||
        (keyword != QA_KEYWORD_LEADING && keyword != QA_KEYWORD_TRAILING && keyword != QA_KEYWORD_BOTH))
        return false;
    return next.kind != QA_TOKEN_SYMBOL || next.symbol == '(';
}

/* TRIM(x), TRIM([LEADING | TRAILING | BOTH] [characters] FROM x), TRIM(x, characters) */
static qa_ast_expression_t *parse_trim(qa_sql_parser_t *parser, uint32_t position)
{
    const char *name = "TRIM";
    qa_ast_expression_t *characters = NULL;
    const bool has_side = is_side(parser);
    if (has_side) {
        if (parser->token.keyword == QA_KEYWORD_LEADING) name = "LTRIM";
        if (parser->token.keyword == QA_KEYWORD_TRAILING) name = "RTRIM";
        qa_parse_advance(parser);
    }
    if (!qa_parse_is_keyword(parser, QA_KEYWORD_FROM)) characters = qa_parse_expression(parser);
    if (qa_parse_accept(parser, QA_KEYWORD_FROM)) {
        qa_ast_expression_t *text = qa_parse_expression(parser);
        return characters == NULL ? qa_parse_call_one(parser, name, position, text)
                                  : qa_parse_call_two(parser, name, position, text, characters);
    }
    if (has_side) qa_parse_fail_expected(parser, "FROM");
    if (qa_parse_accept_symbol(parser, ','))
        return qa_parse_call_two(parser, name, position, characters, qa_parse_expression(parser));
    return qa_parse_call_one(parser, name, position, characters);
}

qa_ast_expression_t *qa_parse_special(qa_sql_parser_t *parser)
{
    const uint16_t keyword = parser->token.keyword;
    const uint32_t position = parser->token.position;
    qa_ast_expression_t *node = NULL;
    if (keyword != QA_KEYWORD_CAST && keyword != QA_KEYWORD_CONVERT && keyword != QA_KEYWORD_EXTRACT &&
        keyword != QA_KEYWORD_SUBSTRING && keyword != QA_KEYWORD_POSITION && keyword != QA_KEYWORD_TRIM &&
        keyword != QA_KEYWORD_TIMESTAMPADD && keyword != QA_KEYWORD_TIMESTAMPDIFF)
        return NULL;
    qa_parse_advance(parser);
    qa_parse_expect_symbol(parser, '(');
    if (keyword == QA_KEYWORD_CAST || keyword == QA_KEYWORD_CONVERT)
        node = parse_cast(parser, position, keyword == QA_KEYWORD_CONVERT);
    else if (keyword == QA_KEYWORD_EXTRACT)
        node = parse_extract(parser, position);
    else if (keyword == QA_KEYWORD_SUBSTRING)
        node = parse_substring(parser, position);
    else if (keyword == QA_KEYWORD_POSITION)
        node = parse_position(parser, position);
    else if (keyword == QA_KEYWORD_TRIM)
        node = parse_trim(parser, position);
    else
        node = parse_timestamp_function(parser, position, qa_sql_keyword_text((qa_sql_keyword_id_t)keyword));
    qa_parse_expect_symbol(parser, ')');
    return qa_parse_failed(parser) ? NULL : node;
}
