/* FROM: tables, derived tables, joins. A list a, b is a chain of cross joins. */
#include "syntax/parser_private.h"

static qa_ast_from_t *parse_joins(qa_sql_parser_t *parser, qa_ast_from_t *left);

static qa_ast_from_t *from_node(qa_sql_parser_t *parser, qa_ast_from_kind_t kind, uint32_t position)
{
    qa_ast_from_t *from = qa_parse_take(parser, sizeof(*from));
    if (from == NULL) return NULL;
    from->kind = (uint8_t)kind;
    from->position = position;
    from->height = 1;
    return from;
}

static uint16_t taller(uint16_t a, uint16_t b)
{
    return a > b ? a : b;
}

static qa_ast_from_t *join_node(qa_sql_parser_t *parser, qa_sql_join_kind_t join, uint32_t position,
                                qa_ast_from_t *left, qa_ast_from_t *right)
{
    qa_ast_from_t *from = from_node(parser, QA_AST_JOIN, position);
    if (from == NULL || left == NULL || right == NULL) return NULL;
    from->join = (uint8_t)join;
    from->left = left;
    from->right = right;
    from->height = qa_parse_height(parser, position, taller(left->height, right->height));
    return from;
}

/* (SELECT …) [AS] alias [(columns)]: behind the parenthesis. */
static qa_ast_from_t *derived(qa_sql_parser_t *parser, uint32_t position, qa_ast_query_t *query)
{
    qa_ast_from_t *from = from_node(parser, QA_AST_DERIVED, position);
    if (from == NULL || query == NULL) return NULL;
    from->query = query;
    from->height = query->height;
    from->alias = qa_parse_alias(parser);
    if (from->alias.text != NULL && qa_parse_is_symbol(parser, '('))
        from->columns = qa_parse_name_list(parser, &from->column_count);
    return from;
}

/* [schema.]table [FOR SYSTEM_TIME AS OF x] [[AS] alias [(columns)]] */
static qa_ast_from_t *parse_table(qa_sql_parser_t *parser)
{
    qa_ast_from_t *from = from_node(parser, QA_AST_TABLE, parser->token.position);
    if (from == NULL) return NULL;
    if (!qa_parse_is_name(parser)) {
        qa_parse_fail_expected(parser, "the name of a table or a sub-query in parentheses");
        return NULL;
    }
    qa_parse_table_name(parser, &from->schema, &from->table);
    if (qa_parse_is_symbol(parser, '('))
        qa_parse_fail(parser, QA_NOT_YET, from->position, "functions in FROM are not built yet");
    if (qa_parse_accept(parser, QA_KEYWORD_FOR)) {
        qa_parse_expect(parser, QA_KEYWORD_SYSTEM_TIME);
        qa_parse_expect(parser, QA_KEYWORD_AS);
        qa_parse_expect(parser, QA_KEYWORD_OF);
        from->as_of = qa_parse_operand(parser, QA_PRECEDENCE_CONCATENATE);
        if (from->as_of == NULL) return NULL;
        from->height = qa_parse_height(parser, from->position, from->as_of->height);
    }
    from->alias = qa_parse_alias(parser);
    if (from->alias.text != NULL && qa_parse_is_symbol(parser, '('))
        from->columns = qa_parse_name_list(parser, &from->column_count);
    return from;
}

/* Behind an opening parenthesis, up to the closing one: a query or joined tables, one of them set. */
static void parse_parenthesis(qa_sql_parser_t *parser, qa_ast_query_t **query_out, qa_ast_from_t **from_out);

/* Enters the parenthesis that is next and leaves it. */
static void enter_parenthesis(qa_sql_parser_t *parser, qa_ast_query_t **query_out, qa_ast_from_t **from_out)
{
    if (qa_parse_enter(parser)) {
        qa_parse_advance(parser);
        parse_parenthesis(parser, query_out, from_out);
        qa_parse_expect_symbol(parser, ')');
    }
    qa_parse_leave(parser);
}

static qa_ast_from_t *parse_table_primary(qa_sql_parser_t *parser)
{
    const uint32_t position = parser->token.position;
    qa_ast_query_t *query = NULL;
    qa_ast_from_t *from = NULL;
    if (qa_parse_accept_escape(parser, QA_ESCAPE_JOIN)) {
        if (qa_parse_enter(parser)) from = parse_joins(parser, parse_table_primary(parser));
        qa_parse_leave(parser);
        qa_parse_expect_escape_end(parser);
        return from;
    }
    if (qa_parse_is_keyword(parser, QA_KEYWORD_LATERAL) && qa_parse_peek(parser).symbol == '(')
        qa_parse_fail(parser, QA_NOT_YET, position,
                      "LATERAL is not built yet: use a sub-query in the select list");
    if (!qa_parse_is_symbol(parser, '(')) return parse_table(parser);
    enter_parenthesis(parser, &query, &from);
    if (qa_parse_failed(parser)) return NULL;
    return query != NULL ? derived(parser, position, query) : from;
}

static void parse_parenthesis(qa_sql_parser_t *parser, qa_ast_query_t **query_out, qa_ast_from_t **from_out)
{
    const uint32_t position = parser->token.position;
    qa_ast_query_t *query = NULL;
    qa_ast_from_t *from = NULL;
    *query_out = NULL;
    *from_out = NULL;
    if (qa_parse_begins_query(parser)) {
        *query_out = qa_parse_query(parser);
        return;
    }
    if (!qa_parse_is_symbol(parser, '(')) {
        *from_out = parse_joins(parser, parse_table_primary(parser));
        return;
    }
    enter_parenthesis(parser, &query, &from);
    if (qa_parse_failed(parser)) return;
    if (query != NULL && (qa_parse_is_symbol(parser, ')') || qa_parse_continues_query(parser))) {
        *query_out = qa_parse_query_rest(parser, query);
        return;
    }
    if (query != NULL) from = derived(parser, position, query);
    *from_out = parse_joins(parser, from);
}

static bool begins_join(const qa_sql_parser_t *parser)
{
    static const qa_sql_keyword_id_t keywords[] = { QA_KEYWORD_JOIN,   QA_KEYWORD_INNER, QA_KEYWORD_LEFT,
                                                    QA_KEYWORD_RIGHT,  QA_KEYWORD_FULL,  QA_KEYWORD_CROSS,
                                                    QA_KEYWORD_NATURAL };
    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
        if (qa_parse_is_keyword(parser, keywords[i])) return true;
    return false;
}

static qa_sql_join_kind_t parse_join_words(qa_sql_parser_t *parser)
{
    qa_sql_join_kind_t join = QA_SQL_JOIN_INNER;
    bool may_be_outer = true;
    if (qa_parse_accept(parser, QA_KEYWORD_LEFT))
        join = QA_SQL_JOIN_LEFT;
    else if (qa_parse_accept(parser, QA_KEYWORD_RIGHT))
        join = QA_SQL_JOIN_RIGHT;
    else if (qa_parse_accept(parser, QA_KEYWORD_FULL))
        join = QA_SQL_JOIN_FULL;
    else
        may_be_outer = false;
    if (may_be_outer)
        qa_parse_accept(parser, QA_KEYWORD_OUTER);
    else if (qa_parse_accept(parser, QA_KEYWORD_CROSS))
        join = QA_SQL_JOIN_CROSS;
    else
        qa_parse_accept(parser, QA_KEYWORD_INNER);
    qa_parse_expect(parser, QA_KEYWORD_JOIN);
    return join;
}

/* One join behind `left`. In a JOIN b JOIN c ON … ON … the second join stands within the first. */
static qa_ast_from_t *parse_join(qa_sql_parser_t *parser, qa_ast_from_t *left)
{
    const uint32_t position = parser->token.position;
    const bool is_natural = qa_parse_accept(parser, QA_KEYWORD_NATURAL);
    const qa_sql_join_kind_t join = parse_join_words(parser);
    qa_ast_from_t *right = NULL;
    if (qa_parse_enter(parser)) {
        right = parse_table_primary(parser);
        const bool has_condition = join != QA_SQL_JOIN_CROSS && !is_natural;
        while (right != NULL && has_condition && begins_join(parser))
            right = parse_join(parser, right);
    }
    qa_parse_leave(parser);
    qa_ast_from_t *from = join_node(parser, join, position, left, right);
    if (from == NULL) return NULL;
    from->is_natural = is_natural;
    if (is_natural && join == QA_SQL_JOIN_CROSS)
        qa_parse_fail_expected(parser, "a join that is not both NATURAL and CROSS");
    if (is_natural || join == QA_SQL_JOIN_CROSS) return from;
    if (qa_parse_accept(parser, QA_KEYWORD_USING)) {
        from->columns = qa_parse_name_list(parser, &from->column_count);
    } else if (qa_parse_accept(parser, QA_KEYWORD_ON)) {
        from->condition = qa_parse_expression(parser);
        if (from->condition == NULL) return NULL;
        if (from->condition->height >= from->height)
            from->height = qa_parse_height(parser, position, from->condition->height);
    } else {
        qa_parse_fail_expected(parser, "ON or USING");
    }
    return qa_parse_failed(parser) ? NULL : from;
}

static qa_ast_from_t *parse_joins(qa_sql_parser_t *parser, qa_ast_from_t *left)
{
    while (left != NULL && begins_join(parser))
        left = parse_join(parser, left);
    return left;
}

qa_ast_from_t *qa_parse_from(qa_sql_parser_t *parser)
{
    qa_ast_from_t *left = parse_joins(parser, parse_table_primary(parser));
    while (qa_parse_is_symbol(parser, ',')) {
        const uint32_t position = parser->token.position;
        qa_parse_advance(parser);
        left = join_node(parser, QA_SQL_JOIN_CROSS, position, left,
                         parse_joins(parser, parse_table_primary(parser)));
    }
    return left;
}
