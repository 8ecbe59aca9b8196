/* Queries: WITH, SELECT, VALUES, set operations (INTERSECT binds tighter), ORDER BY and the limits. */
#include "syntax/parser_private.h"

#include <string.h>

#include "value/value.h"

bool qa_parse_begins_query(const qa_sql_parser_t *parser)
{
    return qa_parse_is_keyword(parser, QA_KEYWORD_SELECT) || qa_parse_is_keyword(parser, QA_KEYWORD_WITH) ||
           qa_parse_is_keyword(parser, QA_KEYWORD_VALUES);
}

bool qa_parse_continues_query(const qa_sql_parser_t *parser)
{
    static const qa_sql_keyword_id_t keywords[] = { QA_KEYWORD_UNION, QA_KEYWORD_INTERSECT, QA_KEYWORD_EXCEPT,
                                                    QA_KEYWORD_ORDER, QA_KEYWORD_LIMIT,     QA_KEYWORD_OFFSET,
                                                    QA_KEYWORD_FETCH };
    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
        if (qa_parse_is_keyword(parser, keywords[i])) return true;
    return false;
}

static qa_ast_query_t *query_node(qa_sql_parser_t *parser, uint32_t position)
{
    qa_ast_query_t *query = qa_parse_take(parser, sizeof(*query));
    if (query == NULL) return NULL;
    query->position = position;
    query->height = 1;
    return query;
}

/* The query stands above what is `below` levels tall. */
static void raise_above(qa_sql_parser_t *parser, qa_ast_query_t *query, uint16_t below)
{
    if (below >= query->height) query->height = qa_parse_height(parser, query->position, below);
}

static void raise_above_expression(qa_sql_parser_t *parser, qa_ast_query_t *query,
                                   const qa_ast_expression_t *expression)
{
    if (expression != NULL) raise_above(parser, query, expression->height);
}

/* --- limits --- */

static qa_ast_expression_t *literal_integer(qa_sql_parser_t *parser, uint32_t position, int64_t integer)
{
    qa_ast_expression_t *node = qa_parse_node(parser, QA_AST_LITERAL, position);
    if (node == NULL) return NULL;
    node->value = (qa_sql_value_t){ .kind = QA_SQL_INTEGER, .integer = integer };
    node->type = (qa_sql_type_t){ .kind = QA_SQL_INTEGER };
    return node;
}

/* A whole number or a parameter. */
static qa_ast_expression_t *parse_row_count(qa_sql_parser_t *parser)
{
    const qa_sql_token_t token = parser->token;
    if (token.kind != QA_TOKEN_NUMBER && token.kind != QA_TOKEN_PARAMETER) {
        qa_parse_fail_expected(parser, "a number of rows or ?");
        return NULL;
    }
    qa_ast_expression_t *node = qa_parse_primary(parser);
    if (node != NULL && node->kind == QA_AST_LITERAL && !qa_sql_kind_is_integer(node->value.kind)) {
        qa_parse_fail(parser, QA_SYNTAX, token.position, "a number of rows is a whole number");
        return NULL;
    }
    return node;
}

/* TOP n, TOP (n): only before an expression, so that a column may be called top. */
static qa_ast_expression_t *parse_top(qa_sql_parser_t *parser)
{
    qa_ast_expression_t *count = NULL;
    if (!qa_parse_is_keyword(parser, QA_KEYWORD_TOP)) return NULL;
    const qa_sql_token_t next = qa_parse_peek(parser);
    const bool has_parenthesis = next.kind == QA_TOKEN_SYMBOL && next.symbol == '(';
    if (next.kind != QA_TOKEN_NUMBER && next.kind != QA_TOKEN_PARAMETER && !has_parenthesis) return NULL;
    qa_parse_advance(parser);
    if (qa_parse_accept_symbol(parser, '(')) {
        count = parse_row_count(parser);
        qa_parse_expect_symbol(parser, ')');
    } else {
        count = parse_row_count(parser);
    }
    if (qa_parse_is_keyword(parser, QA_KEYWORD_PERCENT) || qa_parse_is_keyword(parser, QA_KEYWORD_WITH))
        qa_parse_fail(parser, QA_NOT_YET, parser->token.position,
                      "TOP with PERCENT or TIES is not built yet");
    return count;
}

static void set_limit(qa_sql_parser_t *parser, qa_ast_query_t *query, uint32_t position,
                      qa_ast_expression_t *limit)
{
    if (query->limit != NULL && limit != NULL)
        qa_parse_fail(parser, QA_SYNTAX, position, "the number of rows is limited twice");
    if (limit != NULL) query->limit = limit;
}

static void parse_fetch(qa_sql_parser_t *parser, qa_ast_query_t *query)
{
    const uint32_t position = parser->token.position;
    qa_parse_advance(parser);
    if (!qa_parse_accept(parser, QA_KEYWORD_FIRST)) qa_parse_expect(parser, QA_KEYWORD_NEXT);
    const bool has_count =
        !qa_parse_is_keyword(parser, QA_KEYWORD_ROW) && !qa_parse_is_keyword(parser, QA_KEYWORD_ROWS);
    set_limit(parser, query, position,
              has_count ? parse_row_count(parser) : literal_integer(parser, position, 1));
    if (!qa_parse_accept(parser, QA_KEYWORD_ROWS)) qa_parse_expect(parser, QA_KEYWORD_ROW);
    if (qa_parse_is_keyword(parser, QA_KEYWORD_WITH))
        qa_parse_fail(parser, QA_NOT_YET, parser->token.position, "WITH TIES is not built yet");
    qa_parse_expect(parser, QA_KEYWORD_ONLY);
}

/* LIMIT n, OFFSET n [ROWS], FETCH FIRST n ROWS ONLY, in any order. */
static void parse_limits(qa_sql_parser_t *parser, qa_ast_query_t *query)
{
    while (!qa_parse_failed(parser)) {
        const uint32_t position = parser->token.position;
        if (qa_parse_accept(parser, QA_KEYWORD_LIMIT)) {
            if (!qa_parse_accept(parser, QA_KEYWORD_ALL))
                set_limit(parser, query, position, parse_row_count(parser));
            if (qa_parse_is_symbol(parser, ','))
                qa_parse_fail(parser, QA_SYNTAX, parser->token.position,
                              "found \",\"; rows are skipped by LIMIT count OFFSET start");
        } else if (qa_parse_accept(parser, QA_KEYWORD_OFFSET)) {
            if (query->offset != NULL) qa_parse_fail(parser, QA_SYNTAX, position, "there is a second OFFSET");
            query->offset = parse_row_count(parser);
            if (!qa_parse_accept(parser, QA_KEYWORD_ROWS)) qa_parse_accept(parser, QA_KEYWORD_ROW);
        } else if (qa_parse_is_keyword(parser, QA_KEYWORD_FETCH)) {
            parse_fetch(parser, query);
        } else {
            return;
        }
    }
}

static void parse_order(qa_sql_parser_t *parser, qa_ast_query_t *query)
{
    qa_sql_list_t list = { 0 };
    qa_parse_expect(parser, QA_KEYWORD_BY);
    do {
        qa_ast_order_t order = { .expression = qa_parse_expression(parser) };
        order.is_descending = qa_parse_accept(parser, QA_KEYWORD_DESC);
        if (!order.is_descending) qa_parse_accept(parser, QA_KEYWORD_ASC);
        if (qa_parse_accept(parser, QA_KEYWORD_NULLS)) {
            order.nulls = qa_parse_is_keyword(parser, QA_KEYWORD_FIRST) ? -1 : 1;
            if (!qa_parse_accept(parser, QA_KEYWORD_FIRST) && !qa_parse_accept(parser, QA_KEYWORD_LAST))
                qa_parse_fail_expected(parser, "FIRST or LAST");
        }
        raise_above_expression(parser, query, order.expression);
        qa_ast_order_t *slot = qa_parse_append(parser, &list, sizeof(order), QA_SQL_LIST_MAX, "sort keys");
        if (slot != NULL) *slot = order;
    } while (qa_parse_accept_symbol(parser, ','));
    query->orders = list.items;
    query->order_count = (uint16_t)list.count;
}

/* --- SELECT --- */

static void parse_output(qa_sql_parser_t *parser, qa_ast_query_t *query, qa_sql_list_t *list)
{
    qa_ast_output_t output = { 0 };
    if (qa_parse_is_symbol(parser, '*')) {
        output.expression = qa_parse_node(parser, QA_AST_STAR, parser->token.position);
        qa_parse_advance(parser);
    } else {
        if (list->count > 0 && qa_parse_is_keyword(parser, QA_KEYWORD_FROM))
            qa_parse_fail_expected(parser, "an expression behind the last \",\"");
        parser->star_position = parser->token.position;
        output.expression = qa_parse_expression(parser);
        parser->star_position = UINT32_MAX;
        if (output.expression != NULL && output.expression->kind != QA_AST_STAR) {
            if (parser->token.kind == QA_TOKEN_STRING)
                qa_parse_fail(parser, QA_SYNTAX, parser->token.position, "an alias stands in double quotes");
            output.alias = qa_parse_alias(parser);
        }
    }
    raise_above_expression(parser, query, output.expression);
    qa_ast_output_t *slot = qa_parse_append(parser, list, sizeof(output), QA_SQL_LIST_MAX, "columns");
    if (slot != NULL) *slot = output;
}

static void parse_groups(qa_sql_parser_t *parser, qa_ast_query_t *query)
{
    qa_sql_list_t list = { 0 };
    qa_parse_expect(parser, QA_KEYWORD_BY);
    do {
        const qa_sql_token_t next = qa_parse_peek(parser);
        const bool has_parenthesis = next.kind == QA_TOKEN_SYMBOL && next.symbol == '(';
        if ((has_parenthesis && (qa_parse_is_keyword(parser, QA_KEYWORD_ROLLUP) ||
                                 qa_parse_is_keyword(parser, QA_KEYWORD_CUBE))) ||
            (qa_parse_is_keyword(parser, QA_KEYWORD_GROUPING) && !has_parenthesis &&
             next.kind == QA_TOKEN_WORD))
            qa_parse_fail(parser, QA_NOT_YET, parser->token.position,
                          "ROLLUP, CUBE and GROUPING SETS are not built yet: the table cells has the totals");
        qa_ast_expression_t *group = qa_parse_expression(parser);
        raise_above_expression(parser, query, group);
        qa_ast_expression_t **slot = qa_parse_append(parser, &list, sizeof(group), QA_SQL_LIST_MAX, "groups");
        if (slot != NULL) *slot = group;
    } while (qa_parse_accept_symbol(parser, ','));
    query->block->is_grouped = true;
    query->block->groups = list.items;
    query->block->group_count = (uint16_t)list.count;
}

static qa_ast_query_t *parse_select(qa_sql_parser_t *parser)
{
    qa_sql_list_t list = { 0 };
    qa_ast_query_t *query = query_node(parser, parser->token.position);
    qa_ast_block_t *block = qa_parse_take(parser, sizeof(*block));
    if (query == NULL || block == NULL) return NULL;
    query->block = block;
    qa_parse_advance(parser);
    block->is_distinct = qa_parse_accept(parser, QA_KEYWORD_DISTINCT);
    if (!block->is_distinct) qa_parse_accept(parser, QA_KEYWORD_ALL);
    query->limit = parse_top(parser);
    do
        parse_output(parser, query, &list);
    while (qa_parse_accept_symbol(parser, ','));
    block->outputs = list.items;
    block->output_count = (uint16_t)list.count;
    if (qa_parse_accept(parser, QA_KEYWORD_INTO))
        qa_parse_fail(parser, QA_SYNTAX, parser->token.position,
                      "SELECT INTO is written CREATE TABLE name AS SELECT …");
    if (qa_parse_accept(parser, QA_KEYWORD_FROM)) {
        block->from = qa_parse_from(parser);
        if (block->from != NULL) raise_above(parser, query, block->from->height);
    }
    if (qa_parse_accept(parser, QA_KEYWORD_WHERE)) block->where = qa_parse_expression(parser);
    raise_above_expression(parser, query, block->where);
    if (qa_parse_accept(parser, QA_KEYWORD_GROUP)) parse_groups(parser, query);
    if (qa_parse_accept(parser, QA_KEYWORD_HAVING)) block->having = qa_parse_expression(parser);
    raise_above_expression(parser, query, block->having);
    if (qa_parse_is_keyword(parser, QA_KEYWORD_WINDOW))
        qa_parse_fail(parser, QA_NOT_YET, parser->token.position, "window functions are not built yet");
    return qa_parse_failed(parser) ? NULL : query;
}

/* --- VALUES --- */

static void parse_row(qa_sql_parser_t *parser, qa_ast_query_t *query, qa_sql_list_t *rows)
{
    qa_sql_list_t list = { 0 };
    const uint32_t position = parser->token.position;
    qa_parse_expect_symbol(parser, '(');
    do {
        if (qa_parse_is_keyword(parser, QA_KEYWORD_DEFAULT))
            qa_parse_fail(parser, QA_NOT_YET, parser->token.position,
                          "DEFAULT among values is not built yet: leave the column out");
        qa_ast_expression_t *value = qa_parse_expression(parser);
        raise_above_expression(parser, query, value);
        qa_ast_expression_t **slot = qa_parse_append(parser, &list, sizeof(value), QA_SQL_LIST_MAX, "values");
        if (slot != NULL) *slot = value;
    } while (qa_parse_accept_symbol(parser, ','));
    qa_parse_expect_symbol(parser, ')');
    if (rows->count > 0 && list.count != query->row_width)
        qa_parse_fail(parser, QA_COLUMN_COUNT, position, "this row has %u values, the first one %u",
                      list.count, query->row_width);
    query->row_width = (uint16_t)list.count;
    qa_ast_expression_t ***slot = qa_parse_append(parser, rows, sizeof(*slot), QA_SQL_ROWS_MAX, "rows");
    if (slot != NULL) *slot = list.items;
}

static qa_ast_query_t *parse_values(qa_sql_parser_t *parser)
{
    qa_sql_list_t rows = { 0 };
    qa_ast_query_t *query = query_node(parser, parser->token.position);
    if (query == NULL) return NULL;
    qa_parse_advance(parser);
    do
        parse_row(parser, query, &rows);
    while (qa_parse_accept_symbol(parser, ','));
    query->rows = rows.items;
    query->row_count = rows.count;
    return qa_parse_failed(parser) ? NULL : query;
}

/* --- set operations --- */

/* SELECT …, VALUES … or a query in parentheses, which is closed: its ORDER BY stays its own. */
static qa_ast_query_t *parse_term(qa_sql_parser_t *parser, bool *is_closed_out)
{
    qa_ast_query_t *query = NULL;
    *is_closed_out = false;
    if (qa_parse_is_keyword(parser, QA_KEYWORD_SELECT)) return parse_select(parser);
    if (qa_parse_is_keyword(parser, QA_KEYWORD_VALUES)) return parse_values(parser);
    if (!qa_parse_is_symbol(parser, '(')) {
        qa_parse_fail_expected(parser, "SELECT");
        return NULL;
    }
    *is_closed_out = true;
    if (qa_parse_enter(parser)) {
        qa_parse_advance(parser);
        query = qa_parse_query(parser);
        qa_parse_expect_symbol(parser, ')');
    }
    qa_parse_leave(parser);
    return qa_parse_failed(parser) ? NULL : query;
}

static qa_ast_query_t *set_node(qa_sql_parser_t *parser, qa_sql_set_kind_t kind, uint32_t position,
                                qa_ast_query_t *left, qa_ast_query_t *right)
{
    qa_ast_query_t *query = query_node(parser, position);
    if (query == NULL || left == NULL || right == NULL) return NULL;
    query->kind = (uint8_t)kind;
    query->left = left;
    query->right = right;
    raise_above(parser, query, left->height > right->height ? left->height : right->height);
    return query;
}

/* [ALL | DISTINCT] behind the operation; true: ALL. */
static bool parse_set_quantifier(qa_sql_parser_t *parser, bool may_be_all, const char *name)
{
    const uint32_t position = parser->token.position;
    if (qa_parse_accept(parser, QA_KEYWORD_ALL)) {
        if (!may_be_all) qa_parse_fail(parser, QA_NOT_YET, position, "%s ALL is not built yet", name);
        return true;
    }
    qa_parse_accept(parser, QA_KEYWORD_DISTINCT);
    return false;
}

static qa_ast_query_t *parse_intersections(qa_sql_parser_t *parser, qa_ast_query_t *left, bool *is_closed)
{
    while (left != NULL && qa_parse_is_keyword(parser, QA_KEYWORD_INTERSECT)) {
        const uint32_t position = parser->token.position;
        bool is_right_closed = false;
        qa_parse_advance(parser);
        parse_set_quantifier(parser, false, "INTERSECT");
        left = set_node(parser, QA_SQL_SET_INTERSECT, position, left, parse_term(parser, &is_right_closed));
        *is_closed = false;
    }
    return left;
}

static qa_ast_query_t *parse_sets(qa_sql_parser_t *parser, qa_ast_query_t *left, bool *is_closed)
{
    left = parse_intersections(parser, left, is_closed);
    while (left != NULL && (qa_parse_is_keyword(parser, QA_KEYWORD_UNION) ||
                            qa_parse_is_keyword(parser, QA_KEYWORD_EXCEPT))) {
        const uint32_t position = parser->token.position;
        const bool is_union = qa_parse_is_keyword(parser, QA_KEYWORD_UNION);
        bool is_right_closed = false;
        qa_parse_advance(parser);
        const bool is_all = parse_set_quantifier(parser, is_union, "EXCEPT");
        const qa_sql_set_kind_t kind = !is_union ? QA_SQL_SET_EXCEPT
                                       : is_all  ? QA_SQL_SET_UNION_ALL
                                                 : QA_SQL_SET_UNION;
        qa_ast_query_t *right = parse_term(parser, &is_right_closed);
        right = parse_intersections(parser, right, &is_right_closed);
        left = set_node(parser, kind, position, left, right);
        *is_closed = false;
    }
    return left;
}

/* --- the whole --- */

/* SELECT * FROM (query): gives a closed query with limits of its own a place for another ORDER BY. */
static qa_ast_query_t *wrap(qa_sql_parser_t *parser, qa_ast_query_t *inner)
{
    qa_ast_query_t *query = query_node(parser, inner->position);
    qa_ast_block_t *block = qa_parse_take(parser, sizeof(*block));
    qa_ast_from_t *from = qa_parse_take(parser, sizeof(*from));
    qa_ast_output_t *output = qa_parse_take(parser, sizeof(*output));
    if (query == NULL || block == NULL || from == NULL || output == NULL) return NULL;
    output->expression = qa_parse_node(parser, QA_AST_STAR, inner->position);
    from->kind = QA_AST_DERIVED;
    from->query = inner;
    from->position = inner->position;
    from->height = inner->height;
    block->from = from;
    block->outputs = output;
    block->output_count = 1;
    query->block = block;
    raise_above(parser, query, inner->height);
    return qa_parse_failed(parser) ? NULL : query;
}

static qa_ast_query_t *parse_tail(qa_sql_parser_t *parser, qa_ast_query_t *query, bool is_closed)
{
    if (query == NULL) return NULL;
    const bool has_own = query->order_count > 0 || query->limit != NULL || query->offset != NULL;
    if (is_closed && has_own && qa_parse_continues_query(parser)) query = wrap(parser, query);
    if (query == NULL) return NULL;
    if (qa_parse_accept(parser, QA_KEYWORD_ORDER)) parse_order(parser, query);
    parse_limits(parser, query);
    return qa_parse_failed(parser) ? NULL : query;
}

qa_ast_query_t *qa_parse_query_rest(qa_sql_parser_t *parser, qa_ast_query_t *left)
{
    bool is_closed = true;
    left = parse_sets(parser, left, &is_closed);
    return parse_tail(parser, left, is_closed);
}

/* name [(columns)] AS (query), … */
static void parse_ctes(qa_sql_parser_t *parser, qa_sql_list_t *list, uint16_t *height)
{
    do {
        qa_ast_cte_t cte = { .name = qa_parse_name(parser, "a name behind WITH") };
        if (qa_parse_is_symbol(parser, '(')) cte.columns = qa_parse_name_list(parser, &cte.column_count);
        qa_parse_expect(parser, QA_KEYWORD_AS);
        qa_parse_expect_symbol(parser, '(');
        if (qa_parse_enter(parser)) cte.query = qa_parse_query(parser);
        qa_parse_leave(parser);
        qa_parse_expect_symbol(parser, ')');
        if (cte.query != NULL && cte.query->height > *height) *height = cte.query->height;
        qa_ast_cte_t *slot = qa_parse_append(parser, list, sizeof(cte), QA_SQL_LIST_MAX, "queries of WITH");
        if (slot != NULL) *slot = cte;
    } while (qa_parse_accept_symbol(parser, ','));
}

qa_ast_query_t *qa_parse_query(qa_sql_parser_t *parser)
{
    qa_sql_list_t ctes = { 0 };
    uint16_t height = 0;
    bool is_recursive = false;
    bool is_closed = false;
    if (qa_parse_accept(parser, QA_KEYWORD_WITH)) {
        const qa_sql_token_t next = qa_parse_peek(parser);
        is_recursive = qa_parse_is_keyword(parser, QA_KEYWORD_RECURSIVE) &&
                       (next.kind == QA_TOKEN_WORD || next.kind == QA_TOKEN_QUOTED) &&
                       next.keyword != QA_KEYWORD_AS;
        if (is_recursive) qa_parse_advance(parser);
        parse_ctes(parser, &ctes, &height);
    }
    qa_ast_query_t *query = parse_term(parser, &is_closed);
    query = parse_tail(parser, parse_sets(parser, query, &is_closed), is_closed);
    if (query == NULL || ctes.count == 0) return query;
    if (query->cte_count > 0) query = wrap(parser, query);
    if (query == NULL) return NULL;
    query->is_recursive = is_recursive;
    query->ctes = ctes.items;
    query->cte_count = (uint16_t)ctes.count;
    raise_above(parser, query, height);
    return qa_parse_failed(parser) ? NULL : query;
}
