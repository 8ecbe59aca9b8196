/* INSERT, UPDATE, DELETE. */
#include "syntax/parser_private.h"

static void refuse_returning(qa_sql_parser_t *parser)
{
    if (qa_parse_is_word(parser, "returning"))
        qa_parse_fail(parser, QA_NOT_YET, parser->token.position,
                      "RETURNING is not built yet: SELECT the rows");
    if (qa_parse_is_keyword(parser, QA_KEYWORD_ON))
        qa_parse_fail(
            parser, QA_NOT_YET, parser->token.position,
            "ON CONFLICT and ON DUPLICATE KEY are not built yet: UPDATE first, INSERT what is missing");
}

void qa_parse_insert(qa_sql_parser_t *parser, qa_ast_statement_t *statement)
{
    statement->kind = QA_AST_INSERT;
    qa_parse_expect(parser, QA_KEYWORD_INTO);
    qa_parse_table_name(parser, &statement->schema, &statement->table);
    if (qa_parse_is_symbol(parser, '(')) {
        const qa_sql_token_t next = qa_parse_peek(parser);
        const bool is_query = next.keyword == QA_KEYWORD_SELECT || next.keyword == QA_KEYWORD_WITH ||
                              next.keyword == QA_KEYWORD_VALUES ||
                              (next.kind == QA_TOKEN_SYMBOL && next.symbol == '(');
        if (!is_query) statement->columns = qa_parse_name_list(parser, &statement->column_count);
    }
    if (qa_parse_is_keyword(parser, QA_KEYWORD_DEFAULT))
        qa_parse_fail(parser, QA_NOT_YET, parser->token.position, "DEFAULT VALUES is not built yet");
    if (!qa_parse_begins_query(parser) && !qa_parse_is_symbol(parser, '('))
        qa_parse_fail_expected(parser, "VALUES or a query");
    statement->query = qa_parse_query(parser);
    refuse_returning(parser);
}

static void parse_assignment(qa_sql_parser_t *parser, qa_sql_list_t *list)
{
    qa_ast_assignment_t assignment = { 0 };
    if (qa_parse_is_symbol(parser, '('))
        qa_parse_fail(parser, QA_NOT_YET, parser->token.position,
                      "SET (a, b) = … is not built yet: set each column by itself");
    assignment.column = qa_parse_name(parser, "a column name");
    if (qa_parse_is_symbol(parser, '.'))
        qa_parse_fail(parser, QA_SYNTAX, parser->token.position, "SET names columns without their table");
    qa_parse_expect_symbol(parser, '=');
    if (!qa_parse_accept(parser, QA_KEYWORD_DEFAULT)) assignment.value = qa_parse_expression(parser);
    qa_ast_assignment_t *slot =
        qa_parse_append(parser, list, sizeof(assignment), QA_SQL_LIST_MAX, "assignments");
    if (slot != NULL) *slot = assignment;
}

static void parse_where(qa_sql_parser_t *parser, qa_ast_statement_t *statement)
{
    if (!qa_parse_accept(parser, QA_KEYWORD_WHERE)) return;
    if (qa_parse_is_keyword(parser, QA_KEYWORD_CURRENT) && qa_parse_peek(parser).keyword == QA_KEYWORD_OF)
        qa_parse_fail(parser, QA_NOT_YET, parser->token.position,
                      "WHERE CURRENT OF is not built yet: name the row by its key");
    statement->where = qa_parse_expression(parser);
}

void qa_parse_update(qa_sql_parser_t *parser, qa_ast_statement_t *statement)
{
    qa_sql_list_t list = { 0 };
    statement->kind = QA_AST_UPDATE;
    qa_parse_table_name(parser, &statement->schema, &statement->table);
    statement->alias = qa_parse_alias(parser);
    qa_parse_expect(parser, QA_KEYWORD_SET);
    do
        parse_assignment(parser, &list);
    while (qa_parse_accept_symbol(parser, ','));
    statement->assignments = list.items;
    statement->assignment_count = (uint16_t)list.count;
    if (qa_parse_is_keyword(parser, QA_KEYWORD_FROM))
        qa_parse_fail(parser, QA_NOT_YET, parser->token.position,
                      "UPDATE … FROM is not built yet: take the value from a sub-query");
    parse_where(parser, statement);
    refuse_returning(parser);
}

void qa_parse_delete(qa_sql_parser_t *parser, qa_ast_statement_t *statement)
{
    statement->kind = QA_AST_DELETE;
    qa_parse_expect(parser, QA_KEYWORD_FROM);
    qa_parse_table_name(parser, &statement->schema, &statement->table);
    statement->alias = qa_parse_alias(parser);
    if (qa_parse_is_keyword(parser, QA_KEYWORD_USING))
        qa_parse_fail(parser, QA_NOT_YET, parser->token.position,
                      "DELETE … USING is not built yet: use WHERE … IN (SELECT …)");
    parse_where(parser, statement);
    refuse_returning(parser);
}
