/* CREATE TABLE and DROP TABLE: scratch tables, with what the dialect knows of constraints. */
#include "syntax/parser_private.h"

/* Constraints that are understood and not kept yet must not be passed over in silence. */
static bool refuse_constraint(qa_sql_parser_t *parser)
{
    static const qa_sql_keyword_id_t keywords[] = { QA_KEYWORD_DEFAULT, QA_KEYWORD_UNIQUE, QA_KEYWORD_CHECK,
                                                    QA_KEYWORD_FOREIGN, QA_KEYWORD_REFERENCES };
    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
        if (!qa_parse_is_keyword(parser, keywords[i])) continue;
        qa_parse_fail(parser, QA_NOT_YET, parser->token.position,
                      "%s is not built yet for scratch tables: they know NOT NULL and PRIMARY KEY",
                      qa_sql_keyword_text(keywords[i]));
        return true;
    }
    return false;
}

static void parse_column(qa_sql_parser_t *parser, qa_sql_list_t *list)
{
    qa_ast_column_definition_t column = { .name = qa_parse_name(parser, "a column name") };
    qa_parse_type(parser, &column.type);
    for (;;) {
        if (qa_parse_accept(parser, QA_KEYWORD_NOT)) {
            qa_parse_expect(parser, QA_KEYWORD_NULL);
            column.is_not_null = true;
        } else if (qa_parse_accept(parser, QA_KEYWORD_PRIMARY)) {
            qa_parse_expect(parser, QA_KEYWORD_KEY);
            column.is_primary_key = true;
            column.is_not_null = true;
        } else if (!qa_parse_accept(parser, QA_KEYWORD_NULL)) {
            break;
        }
    }
    refuse_constraint(parser);
    column.type.is_nullable = !column.is_not_null;
    qa_ast_column_definition_t *slot =
        qa_parse_append(parser, list, sizeof(column), QA_SQL_LIST_MAX, "columns");
    if (slot != NULL) *slot = column;
}

/* [CONSTRAINT name] PRIMARY KEY (a, b): a word PRIMARY before a type is a column of that name. */
static bool parse_table_constraint(qa_sql_parser_t *parser, qa_ast_statement_t *statement)
{
    const qa_sql_token_t next = qa_parse_peek(parser);
    if (qa_parse_is_keyword(parser, QA_KEYWORD_CONSTRAINT) && next.kind != QA_TOKEN_SYMBOL) {
        qa_parse_advance(parser);
        qa_parse_name(parser, "a name of the constraint");
        if (refuse_constraint(parser)) return true;
        if (!qa_parse_is_keyword(parser, QA_KEYWORD_PRIMARY)) qa_parse_fail_expected(parser, "PRIMARY KEY");
    } else if (!qa_parse_is_keyword(parser, QA_KEYWORD_PRIMARY) || next.keyword != QA_KEYWORD_KEY) {
        const bool has_parenthesis = next.kind == QA_TOKEN_SYMBOL && next.symbol == '(';
        return (has_parenthesis || next.keyword == QA_KEYWORD_KEY) && refuse_constraint(parser);
    }
    const uint32_t position = parser->token.position;
    qa_parse_expect(parser, QA_KEYWORD_PRIMARY);
    qa_parse_expect(parser, QA_KEYWORD_KEY);
    if (statement->key_count > 0) qa_parse_fail(parser, QA_SYNTAX, position, "there is a second PRIMARY KEY");
    statement->keys = qa_parse_name_list(parser, &statement->key_count);
    return true;
}

static void parse_columns(qa_sql_parser_t *parser, qa_ast_statement_t *statement)
{
    qa_sql_list_t list = { 0 };
    qa_parse_expect_symbol(parser, '(');
    do {
        if (list.count == 0 || !parse_table_constraint(parser, statement)) parse_column(parser, &list);
    } while (qa_parse_accept_symbol(parser, ','));
    qa_parse_expect_symbol(parser, ')');
    statement->definitions = list.items;
    statement->definition_count = (uint16_t)list.count;
    uint32_t key_count = 0;
    for (uint32_t i = 0; i < list.count; i++)
        key_count += statement->definitions[i].is_primary_key ? 1 : 0;
    if (key_count > 1 || (key_count == 1 && statement->key_count > 0))
        qa_parse_fail(parser, QA_SYNTAX, statement->table.position,
                      "there is a second PRIMARY KEY; one of several columns is written PRIMARY KEY (a, b)");
}

/* ON COMMIT PRESERVE ROWS is what scratch tables do. */
static void parse_on_commit(qa_sql_parser_t *parser)
{
    if (!qa_parse_accept(parser, QA_KEYWORD_ON)) return;
    qa_parse_expect(parser, QA_KEYWORD_COMMIT);
    if (qa_parse_is_keyword(parser, QA_KEYWORD_DELETE) || qa_parse_is_keyword(parser, QA_KEYWORD_DROP))
        qa_parse_fail(parser, QA_NOT_YET, parser->token.position, "ON COMMIT DELETE ROWS is not built yet");
    qa_parse_expect(parser, QA_KEYWORD_PRESERVE);
    qa_parse_expect(parser, QA_KEYWORD_ROWS);
}

static bool parse_if_exists(qa_sql_parser_t *parser, bool is_negated)
{
    const qa_sql_token_t next = qa_parse_peek(parser);
    if (!qa_parse_is_keyword(parser, QA_KEYWORD_IF)) return false;
    if (next.keyword != (is_negated ? QA_KEYWORD_NOT : QA_KEYWORD_EXISTS)) return false;
    qa_parse_advance(parser);
    if (is_negated) qa_parse_expect(parser, QA_KEYWORD_NOT);
    qa_parse_expect(parser, QA_KEYWORD_EXISTS);
    return true;
}

static void refuse_object(qa_sql_parser_t *parser, const char *verb)
{
    static const char *const objects[] = { "view",     "index",    "schema",  "database",    "procedure",
                                           "function", "sequence", "trigger", "type",        "user",
                                           "role",     "unique",   "or",      "materialized" };
    for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++)
        if (qa_parse_is_word(parser, objects[i]))
            qa_parse_fail(parser, QA_SYNTAX, parser->token.position,
                          "%s %.*s is no statement of this dialect: only scratch tables are made and dropped",
                          verb, (int)parser->token.bytes, parser->lexer.text + parser->token.position);
}

void qa_parse_create(qa_sql_parser_t *parser, qa_ast_statement_t *statement)
{
    statement->kind = QA_AST_CREATE_TABLE;
    refuse_object(parser, "CREATE");
    const bool has_scope =
        qa_parse_accept(parser, QA_KEYWORD_LOCAL) || qa_parse_accept(parser, QA_KEYWORD_GLOBAL);
    const bool is_temporary =
        qa_parse_accept(parser, QA_KEYWORD_TEMPORARY) || qa_parse_accept(parser, QA_KEYWORD_TEMP);
    if (has_scope && !is_temporary) qa_parse_fail_expected(parser, "TEMPORARY");
    qa_parse_expect(parser, QA_KEYWORD_TABLE);
    statement->is_if_exists = parse_if_exists(parser, true);
    qa_parse_table_name(parser, &statement->schema, &statement->table);
    const qa_sql_token_t next = qa_parse_peek(parser);
    const bool is_query_in_parentheses = next.keyword == QA_KEYWORD_SELECT || next.keyword == QA_KEYWORD_WITH;
    if (qa_parse_is_symbol(parser, '(') && !is_query_in_parentheses) {
        parse_columns(parser, statement);
        parse_on_commit(parser);
        if (qa_parse_is_keyword(parser, QA_KEYWORD_AS))
            qa_parse_fail(parser, QA_NOT_YET, parser->token.position,
                          "column names together with AS are not built yet: name the columns in the query");
        return;
    }
    parse_on_commit(parser);
    if (!qa_parse_accept(parser, QA_KEYWORD_AS)) qa_parse_fail_expected(parser, "\"(\" or AS");
    statement->query = qa_parse_query(parser);
    if (qa_parse_is_keyword(parser, QA_KEYWORD_WITH))
        qa_parse_fail(parser, QA_NOT_YET, parser->token.position,
                      "WITH DATA and WITH NO DATA are not built yet");
}

void qa_parse_drop(qa_sql_parser_t *parser, qa_ast_statement_t *statement)
{
    statement->kind = QA_AST_DROP_TABLE;
    refuse_object(parser, "DROP");
    if (!qa_parse_accept(parser, QA_KEYWORD_TEMPORARY)) qa_parse_accept(parser, QA_KEYWORD_TEMP);
    qa_parse_expect(parser, QA_KEYWORD_TABLE);
    statement->is_if_exists = parse_if_exists(parser, false);
    qa_parse_table_name(parser, &statement->schema, &statement->table);
    if (!qa_parse_is_word(parser, "cascade") && !qa_parse_is_word(parser, "restrict")) return;
    qa_parse_advance(parser);
}
