/* Names: plain and quoted ones, names of tables, lists of columns, aliases. */
#include "syntax/parser_private.h"

static bool is_reserved(const qa_sql_token_t *token)
{
    return qa_sql_keyword_use((qa_sql_keyword_id_t)token->keyword) == QA_KEYWORD_RESERVED;
}

bool qa_parse_is_name(const qa_sql_parser_t *parser)
{
    const qa_sql_token_t *token = &parser->token;
    return token->kind == QA_TOKEN_QUOTED || (token->kind == QA_TOKEN_WORD && !is_reserved(token));
}

qa_ast_name_t qa_parse_name(qa_sql_parser_t *parser, const char *what)
{
    qa_ast_name_t name = { .position = parser->token.position };
    if (!qa_parse_is_name(parser)) {
        qa_parse_fail_expected(parser, what);
        return name;
    }
    name.is_quoted = parser->token.kind == QA_TOKEN_QUOTED;
    name.text = qa_parse_body(parser, &parser->token, &name.bytes);
    qa_parse_advance(parser);
    return name;
}

void qa_parse_table_name(qa_sql_parser_t *parser, qa_ast_name_t *schema_out, qa_ast_name_t *table_out)
{
    *schema_out = (qa_ast_name_t){ 0 };
    *table_out = qa_parse_name(parser, "a name");
    if (!qa_parse_accept_symbol(parser, '.')) return;
    *schema_out = *table_out;
    *table_out = qa_parse_name(parser, "a name behind the schema");
    if (qa_parse_is_symbol(parser, '.'))
        qa_parse_fail(parser, QA_SYNTAX, parser->token.position,
                      "a table is named by schema and table: there are no catalogs");
}

qa_ast_name_t *qa_parse_name_list(qa_sql_parser_t *parser, uint16_t *count_out)
{
    qa_sql_list_t list = { 0 };
    *count_out = 0;
    qa_parse_expect_symbol(parser, '(');
    do {
        const qa_ast_name_t name = qa_parse_name(parser, "a column name");
        qa_ast_name_t *slot = qa_parse_append(parser, &list, sizeof(name), QA_SQL_LIST_MAX, "names");
        if (slot != NULL) *slot = name;
    } while (qa_parse_accept_symbol(parser, ','));
    qa_parse_expect_symbol(parser, ')');
    *count_out = (uint16_t)list.count;
    return list.items;
}

qa_ast_name_t qa_parse_alias(qa_sql_parser_t *parser)
{
    const qa_sql_token_t token = parser->token;
    if (qa_parse_accept(parser, QA_KEYWORD_AS)) {
        if (parser->token.kind == QA_TOKEN_STRING)
            qa_parse_fail(parser, QA_SYNTAX, parser->token.position, "an alias stands in double quotes");
        return qa_parse_name(parser, "a name behind AS");
    }
    if (!qa_parse_is_name(parser)) return (qa_ast_name_t){ 0 };
    if (token.kind == QA_TOKEN_WORD &&
        qa_sql_keyword_use((qa_sql_keyword_id_t)token.keyword) == QA_KEYWORD_NO_ALIAS)
        return (qa_ast_name_t){ 0 };
    const qa_ast_name_t name = qa_parse_name(parser, "a name");
    parser->bare_alias = token;
    parser->bare_alias_end = parser->taken_end;
    return name;
}
