/* Expressions: operators by climbing their precedences, OR < AND < NOT < comparisons, IS, IN, LIKE, BETWEEN <
 * || < + - < * / % < signs. Chains of AND, OR and || become one call with many arguments, so that a thousand
 * conditions are not a thousand levels; other chains count as levels. */
#include "syntax/parser_private.h"

#include <string.h>

/* --- nodes --- */

uint16_t qa_parse_height(qa_sql_parser_t *parser, uint32_t position, uint16_t below)
{
    if (below >= QA_SQL_NESTING_MAX)
        qa_parse_fail(parser, QA_LIMIT, position, "more than %d levels of operations in one another",
                      QA_SQL_NESTING_MAX);
    return (uint16_t)(below + 1);
}

static void count_nodes(qa_sql_parser_t *parser, uint32_t count)
{
    if (count > QA_SQL_NODES_MAX - parser->node_count)
        qa_parse_fail(parser, QA_LIMIT, parser->token.position, "the statement has more than %d parts",
                      QA_SQL_NODES_MAX);
    else
        parser->node_count += count;
}

qa_ast_expression_t *qa_parse_node(qa_sql_parser_t *parser, qa_ast_expression_kind_t kind, uint32_t position)
{
    count_nodes(parser, 1);
    qa_ast_expression_t *node = qa_parse_take(parser, sizeof(*node));
    if (node == NULL) return NULL;
    node->kind = (uint8_t)kind;
    node->position = position;
    node->height = 1;
    return node;
}

void qa_parse_settle(qa_sql_parser_t *parser, qa_ast_expression_t *node)
{
    uint16_t below = 0;
    for (uint16_t i = 0; i < node->argument_count; i++)
        if (node->arguments[i]->height > below) below = node->arguments[i]->height;
    node->height = qa_parse_height(parser, node->position, below);
}

qa_ast_expression_t *qa_parse_call(qa_sql_parser_t *parser, const char *name, uint32_t position,
                                   qa_ast_expression_t *const *arguments, uint32_t count)
{
    qa_ast_expression_t *node = qa_parse_node(parser, QA_AST_CALL, position);
    qa_ast_expression_t **copies = count == 0 ? NULL : qa_parse_take(parser, count * sizeof(*copies));
    if (node == NULL || qa_parse_failed(parser)) return NULL;
    if (count > 0) memcpy(copies, arguments, count * sizeof(*copies));
    node->text = name;
    node->text_bytes = (uint32_t)strlen(name);
    node->arguments = copies;
    node->argument_count = (uint16_t)count;
    qa_parse_settle(parser, node);
    return node;
}

qa_ast_expression_t *qa_parse_call_one(qa_sql_parser_t *parser, const char *name, uint32_t position,
                                       qa_ast_expression_t *argument)
{
    return qa_parse_call(parser, name, position, &argument, 1);
}

qa_ast_expression_t *qa_parse_call_two(qa_sql_parser_t *parser, const char *name, uint32_t position,
                                       qa_ast_expression_t *left, qa_ast_expression_t *right)
{
    qa_ast_expression_t *const arguments[] = { left, right };
    return qa_parse_call(parser, name, position, arguments, 2);
}

qa_ast_expression_t *qa_parse_query_node(qa_sql_parser_t *parser, qa_ast_expression_kind_t kind,
                                         uint32_t position, qa_ast_query_t *query)
{
    qa_ast_expression_t *node = qa_parse_node(parser, kind, position);
    if (node == NULL || query == NULL) return NULL;
    node->query = query;
    node->height = query->height;
    return node;
}

/* --- comparisons --- */

/* A tree that stands twice counts twice: what walks it pays for both. `before` is the count before it. */
static void share(qa_sql_parser_t *parser, uint32_t before)
{
    count_nodes(parser, parser->node_count - before);
}

static qa_ast_expression_t *negate_if(qa_sql_parser_t *parser, bool is_negated, uint32_t position,
                                      qa_ast_expression_t *node)
{
    return is_negated ? qa_parse_call_one(parser, "NOT", position, node) : node;
}

/* = ANY (query) is IN, <> ALL (query) is NOT IN; the others have no node yet. */
static qa_ast_expression_t *parse_quantified(qa_sql_parser_t *parser, const char *name, uint32_t position,
                                             qa_ast_expression_t *left)
{
    const bool is_all = qa_parse_is_keyword(parser, QA_KEYWORD_ALL);
    qa_parse_advance(parser);
    if (!(name[0] == '=' && !is_all) && !(strcmp(name, "<>") == 0 && is_all))
        qa_parse_fail(parser, QA_NOT_YET, position,
                      "%s %s is not built yet: compare with MIN or MAX of the sub-query", name,
                      is_all ? "ALL" : "ANY");
    qa_ast_query_t *query = NULL;
    qa_ast_expression_t *expression = NULL;
    qa_parse_expect_symbol(parser, '(');
    const uint32_t query_position = parser->token.position;
    qa_parse_query_or_expression(parser, &query, &expression);
    qa_parse_expect_symbol(parser, ')');
    if (query == NULL)
        qa_parse_fail(parser, QA_SYNTAX, query_position, "expected a sub-query behind ANY, SOME, ALL");
    qa_ast_expression_t *node = qa_parse_query_node(parser, QA_AST_IN_QUERY, position, query);
    if (node == NULL) return NULL;
    node->arguments = qa_parse_take(parser, sizeof(qa_ast_expression_t *));
    if (node->arguments == NULL) return NULL;
    node->arguments[0] = left;
    node->argument_count = 1;
    if (left->height >= node->height) qa_parse_settle(parser, node);
    return negate_if(parser, is_all, position, node);
}

static qa_ast_expression_t *parse_in(qa_sql_parser_t *parser, uint32_t position, qa_ast_expression_t *left)
{
    qa_sql_list_t list = { 0 };
    qa_ast_query_t *query = NULL;
    qa_ast_expression_t *expression = NULL;
    qa_parse_expect_symbol(parser, '(');
    qa_parse_query_or_expression(parser, &query, &expression);
    qa_ast_expression_t **slot = qa_parse_append(parser, &list, sizeof(left), QA_SQL_LIST_MAX, "values");
    if (slot != NULL) *slot = left;
    if (query != NULL) {
        qa_parse_expect_symbol(parser, ')');
        qa_ast_expression_t *node = qa_parse_query_node(parser, QA_AST_IN_QUERY, position, query);
        if (node == NULL || qa_parse_failed(parser)) return NULL;
        node->arguments = list.items;
        node->argument_count = 1;
        if (left->height >= node->height) qa_parse_settle(parser, node);
        return node;
    }
    slot = qa_parse_append(parser, &list, sizeof(left), QA_SQL_LIST_MAX, "values");
    if (slot != NULL) *slot = expression;
    while (qa_parse_accept_symbol(parser, ',')) {
        expression = qa_parse_expression(parser);
        slot = qa_parse_append(parser, &list, sizeof(left), QA_SQL_LIST_MAX, "values");
        if (slot != NULL) *slot = expression;
    }
    qa_parse_expect_symbol(parser, ')');
    return qa_parse_call(parser, "IN", position, list.items, list.count);
}

/* IN, or a quantified comparison: what stands in the parenthesis is one level deeper. */
static qa_ast_expression_t *parse_list(qa_sql_parser_t *parser, const char *name, uint32_t position,
                                       qa_ast_expression_t *left)
{
    qa_ast_expression_t *node = NULL;
    if (qa_parse_enter(parser))
        node =
            name == NULL ? parse_in(parser, position, left) : parse_quantified(parser, name, position, left);
    qa_parse_leave(parser);
    return node;
}

static qa_ast_expression_t *parse_like(qa_sql_parser_t *parser, uint32_t position, qa_ast_expression_t *left)
{
    qa_ast_expression_t *arguments[3] = { left, qa_parse_operand(parser, QA_PRECEDENCE_CONCATENATE), NULL };
    if (qa_parse_accept_escape(parser, QA_ESCAPE_LIKE)) {
        arguments[2] = qa_parse_operand(parser, QA_PRECEDENCE_CONCATENATE);
        qa_parse_expect_escape_end(parser);
    } else if (qa_parse_accept(parser, QA_KEYWORD_ESCAPE)) {
        arguments[2] = qa_parse_operand(parser, QA_PRECEDENCE_CONCATENATE);
    }
    return qa_parse_call(parser, "LIKE", position, arguments, arguments[2] == NULL ? 2 : 3);
}

static qa_ast_expression_t *parse_between(qa_sql_parser_t *parser, uint32_t position,
                                          qa_ast_expression_t *left, uint32_t before)
{
    if (qa_parse_is_keyword(parser, QA_KEYWORD_SYMMETRIC))
        qa_parse_fail(parser, QA_NOT_YET, position,
                      "BETWEEN SYMMETRIC is not built yet: use LEAST and GREATEST");
    share(parser, before);
    qa_ast_expression_t *low = qa_parse_operand(parser, QA_PRECEDENCE_CONCATENATE);
    qa_parse_expect(parser, QA_KEYWORD_AND);
    qa_ast_expression_t *high = qa_parse_operand(parser, QA_PRECEDENCE_CONCATENATE);
    return qa_parse_call_two(parser, "AND", position, qa_parse_call_two(parser, ">=", position, left, low),
                             qa_parse_call_two(parser, "<=", position, left, high));
}

/* a IS NOT DISTINCT FROM b is: a = b is true, or both are NULL. */
static qa_ast_expression_t *parse_distinct(qa_sql_parser_t *parser, bool is_negated, uint32_t position,
                                           qa_ast_expression_t *left, uint32_t before)
{
    qa_parse_expect(parser, QA_KEYWORD_FROM);
    qa_ast_expression_t *right = qa_parse_operand(parser, QA_PRECEDENCE_CONCATENATE);
    share(parser, before);
    qa_ast_expression_t *equal =
        qa_parse_call_one(parser, "IS TRUE", position, qa_parse_call_two(parser, "=", position, left, right));
    qa_ast_expression_t *nulls =
        qa_parse_call_two(parser, "AND", position, qa_parse_call_one(parser, "IS NULL", position, left),
                          qa_parse_call_one(parser, "IS NULL", position, right));
    return negate_if(parser, !is_negated, position, qa_parse_call_two(parser, "OR", position, equal, nulls));
}

static qa_ast_expression_t *parse_is(qa_sql_parser_t *parser, uint32_t position, qa_ast_expression_t *left,
                                     uint32_t before)
{
    const bool is_negated = qa_parse_accept(parser, QA_KEYWORD_NOT);
    if (qa_parse_accept(parser, QA_KEYWORD_NULL))
        return qa_parse_call_one(parser, is_negated ? "IS NOT NULL" : "IS NULL", position, left);
    if (qa_parse_accept(parser, QA_KEYWORD_UNKNOWN))
        return qa_parse_call_one(parser, is_negated ? "IS NOT NULL" : "IS NULL", position, left);
    if (qa_parse_accept(parser, QA_KEYWORD_DISTINCT))
        return parse_distinct(parser, is_negated, position, left, before);
    const char *name = "IS TRUE";
    if (qa_parse_accept(parser, QA_KEYWORD_FALSE))
        name = "IS FALSE";
    else if (!qa_parse_accept(parser, QA_KEYWORD_TRUE))
        qa_parse_fail_expected(parser, "NULL, NOT NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM");
    return negate_if(parser, is_negated, position, qa_parse_call_one(parser, name, position, left));
}

static const char *comparison_name(const qa_sql_parser_t *parser)
{
    if (parser->token.kind != QA_TOKEN_SYMBOL) return NULL;
    switch (parser->token.symbol) {
    case '=':
        return "=";
    case '<':
        return "<";
    case '>':
        return ">";
    case QA_SYMBOL_LESS_EQUAL:
        return "<=";
    case QA_SYMBOL_GREATER_EQUAL:
        return ">=";
    case QA_SYMBOL_NOT_EQUAL:
        return "<>";
    default:
        return NULL;
    }
}

static qa_ast_expression_t *parse_comparison(qa_sql_parser_t *parser, qa_ast_expression_t *left,
                                             uint32_t before)
{
    const uint32_t position = parser->token.position;
    const char *name = comparison_name(parser);
    if (name != NULL) {
        qa_parse_advance(parser);
        if (qa_parse_is_keyword(parser, QA_KEYWORD_ANY) || qa_parse_is_keyword(parser, QA_KEYWORD_SOME) ||
            qa_parse_is_keyword(parser, QA_KEYWORD_ALL))
            return parse_list(parser, name, position, left);
        return qa_parse_call_two(parser, name, position, left,
                                 qa_parse_operand(parser, QA_PRECEDENCE_CONCATENATE));
    }
    if (qa_parse_accept(parser, QA_KEYWORD_IS)) return parse_is(parser, position, left, before);
    const bool is_negated = qa_parse_accept(parser, QA_KEYWORD_NOT);
    qa_ast_expression_t *node = NULL;
    if (qa_parse_accept(parser, QA_KEYWORD_IN))
        node = parse_list(parser, NULL, position, left);
    else if (qa_parse_accept(parser, QA_KEYWORD_LIKE))
        node = parse_like(parser, position, left);
    else if (qa_parse_accept(parser, QA_KEYWORD_BETWEEN))
        node = parse_between(parser, position, left, before);
    else if (qa_parse_is_keyword(parser, QA_KEYWORD_SIMILAR))
        qa_parse_fail(parser, QA_NOT_YET, position, "SIMILAR TO is not built yet: use LIKE");
    else
        qa_parse_fail_expected(parser, "IN, LIKE or BETWEEN behind NOT");
    return negate_if(parser, is_negated, position, node);
}

/* --- climbing --- */

/* The precedence of the next token as an operator between operands; 0: it is none. */
static qa_sql_precedence_t next_precedence(qa_sql_parser_t *parser)
{
    const qa_sql_token_t *token = &parser->token;
    if (token->kind == QA_TOKEN_SYMBOL) {
        switch (token->symbol) {
        case '+':
        case '-':
            return QA_PRECEDENCE_ADD;
        case '*':
        case '/':
        case '%':
            return QA_PRECEDENCE_MULTIPLY;
        case QA_SYMBOL_CONCATENATE:
            return QA_PRECEDENCE_CONCATENATE;
        default:
            return comparison_name(parser) != NULL ? QA_PRECEDENCE_COMPARISON : 0;
        }
    }
    if (token->kind != QA_TOKEN_WORD) return 0;
    switch (token->keyword) {
    case QA_KEYWORD_OR:
        return QA_PRECEDENCE_OR;
    case QA_KEYWORD_AND:
        return QA_PRECEDENCE_AND;
    case QA_KEYWORD_IS:
    case QA_KEYWORD_IN:
    case QA_KEYWORD_LIKE:
    case QA_KEYWORD_BETWEEN:
        return QA_PRECEDENCE_COMPARISON;
    case QA_KEYWORD_SIMILAR:
        return qa_parse_peek(parser).keyword == QA_KEYWORD_TO ? QA_PRECEDENCE_COMPARISON : 0;
    case QA_KEYWORD_NOT: { /* x NOT IN …; NOT NULL of a column definition is none */
        const uint16_t next = qa_parse_peek(parser).keyword;
        return next == QA_KEYWORD_IN || next == QA_KEYWORD_LIKE || next == QA_KEYWORD_BETWEEN ||
                       next == QA_KEYWORD_SIMILAR
                   ? QA_PRECEDENCE_COMPARISON
                   : 0;
    }
    default:
        return 0;
    }
}

/* a AND b AND c: one call. */
static qa_ast_expression_t *parse_chain(qa_sql_parser_t *parser, qa_ast_expression_t *left,
                                        qa_sql_precedence_t precedence)
{
    const char *name = precedence == QA_PRECEDENCE_OR ? "OR" : precedence == QA_PRECEDENCE_AND ? "AND" : "||";
    const uint32_t position = parser->token.position;
    qa_sql_list_t list = { 0 };
    qa_ast_expression_t **slot = qa_parse_append(parser, &list, sizeof(left), QA_SQL_LIST_MAX, "operands");
    if (slot != NULL) *slot = left;
    while (!qa_parse_failed(parser) && next_precedence(parser) == precedence) {
        qa_parse_advance(parser);
        qa_ast_expression_t *right = qa_parse_operand(parser, (qa_sql_precedence_t)(precedence + 1));
        slot = qa_parse_append(parser, &list, sizeof(left), QA_SQL_LIST_MAX, "operands");
        if (slot != NULL) *slot = right;
    }
    return qa_parse_call(parser, name, position, list.items, list.count);
}

static qa_ast_expression_t *climb(qa_sql_parser_t *parser, qa_ast_expression_t *left,
                                  qa_sql_precedence_t lowest, uint32_t before)
{
    for (;;) {
        const qa_sql_precedence_t precedence = next_precedence(parser);
        if (qa_parse_failed(parser)) return NULL;
        /* t.* is no operand. */
        if (precedence == 0 || precedence < lowest || left->kind == QA_AST_STAR) return left;
        const uint32_t position = parser->token.position;
        if (precedence == QA_PRECEDENCE_COMPARISON) {
            left = parse_comparison(parser, left, before);
        } else if (precedence <= QA_PRECEDENCE_CONCATENATE) {
            left = parse_chain(parser, left, precedence);
        } else {
            const char symbol = (char)parser->token.symbol;
            const char *name = symbol == '+'   ? "+"
                               : symbol == '-' ? "-"
                               : symbol == '*' ? "*"
                               : symbol == '/' ? "/"
                                               : "%";
            qa_parse_advance(parser);
            left = qa_parse_call_two(parser, name, position, left,
                                     qa_parse_operand(parser, (qa_sql_precedence_t)(precedence + 1)));
        }
    }
}

/* -5 is a literal, -x a call. */
static qa_ast_expression_t *negate(qa_sql_parser_t *parser, qa_ast_expression_t *node, bool is_number,
                                   uint32_t position)
{
    static const qa_int128_t beyond = (qa_int128_t)1 << 63;
    if (node == NULL || !is_number) return qa_parse_call_one(parser, "NEGATE", position, node);
    qa_sql_value_t *value = &node->value;
    node->position = position;
    if (value->kind == QA_SQL_DOUBLE) {
        value->number = value->number == 0 ? 0 : -value->number;
    } else if (value->kind == QA_SQL_DECIMAL && value->scale == 0 && value->units == beyond) {
        *value = (qa_sql_value_t){ .kind = QA_SQL_BIGINT, .integer = INT64_MIN };
        node->type = (qa_sql_type_t){ .kind = QA_SQL_BIGINT };
    } else if (value->kind == QA_SQL_DECIMAL) {
        value->units = -value->units;
    } else {
        value->integer = -value->integer;
        if (value->integer == INT32_MIN) value->kind = node->type.kind = QA_SQL_INTEGER;
    }
    return node;
}

static qa_ast_expression_t *parse_signed(qa_sql_parser_t *parser)
{
    uint32_t minus_count = 0;
    const uint32_t position = parser->token.position;
    while (qa_parse_is_symbol(parser, '-') || qa_parse_is_symbol(parser, '+')) {
        minus_count += qa_parse_is_symbol(parser, '-') ? 1 : 0;
        qa_parse_advance(parser);
    }
    const bool is_number = parser->token.kind == QA_TOKEN_NUMBER;
    qa_ast_expression_t *node = qa_parse_primary(parser);
    return minus_count % 2 == 1 ? negate(parser, node, is_number, position) : node;
}

qa_ast_expression_t *qa_parse_operand(qa_sql_parser_t *parser, qa_sql_precedence_t lowest)
{
    const uint32_t before = parser->node_count;
    const uint32_t position = parser->token.position;
    uint32_t not_count = 0;
    while (lowest <= QA_PRECEDENCE_NOT && qa_parse_accept(parser, QA_KEYWORD_NOT))
        not_count++;
    qa_ast_expression_t *left = parse_signed(parser);
    if (not_count > 0) {
        left = climb(parser, left, QA_PRECEDENCE_COMPARISON, before);
        /* NOT NOT x is not x: it is a truth value where x may be anything. More of them say nothing more. */
        if (not_count > 2) not_count = not_count % 2 == 0 ? 2 : 1;
        for (uint32_t i = 0; i < not_count; i++)
            left = qa_parse_call_one(parser, "NOT", position, left);
    }
    return climb(parser, left, lowest, before);
}

qa_ast_expression_t *qa_parse_expression(qa_sql_parser_t *parser)
{
    return qa_parse_operand(parser, QA_PRECEDENCE_OR);
}

/* ((SELECT 1) UNION SELECT 2), ((SELECT 1) + 1), ((1)): only what stands behind the inner one tells. */
void qa_parse_query_or_expression(qa_sql_parser_t *parser, qa_ast_query_t **query_out,
                                  qa_ast_expression_t **expression_out)
{
    const uint32_t position = parser->token.position;
    const uint32_t before = parser->node_count;
    qa_ast_query_t *query = NULL;
    qa_ast_expression_t *expression = NULL;
    *query_out = NULL;
    *expression_out = NULL;
    if (qa_parse_begins_query(parser)) {
        *query_out = qa_parse_query(parser);
        return;
    }
    if (!qa_parse_is_symbol(parser, '(')) {
        *expression_out = qa_parse_expression(parser);
        return;
    }
    if (qa_parse_enter(parser)) {
        qa_parse_advance(parser);
        qa_parse_query_or_expression(parser, &query, &expression);
        if (expression != NULL && qa_parse_is_symbol(parser, ','))
            qa_parse_fail(parser, QA_NOT_YET, position,
                          "rows of values (a, b) in expressions are not built yet");
        qa_parse_expect_symbol(parser, ')');
    }
    qa_parse_leave(parser);
    if (qa_parse_failed(parser)) return;
    if (query != NULL && (qa_parse_is_symbol(parser, ')') || qa_parse_continues_query(parser))) {
        *query_out = qa_parse_query_rest(parser, query);
        return;
    }
    if (query != NULL) expression = qa_parse_query_node(parser, QA_AST_SCALAR_QUERY, position, query);
    *expression_out = climb(parser, expression, QA_PRECEDENCE_OR, before);
}
