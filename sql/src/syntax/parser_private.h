/* What the files of the parser share. A parser that failed stays failed: its token is the end, every accept
 * is false and every parse gives NULL, so that the grammar reads without a check behind each word. Whoever
 * looks into a node asks first whether it is there. */
#ifndef QA_SQL_PARSER_PRIVATE_H
#define QA_SQL_PARSER_PRIVATE_H

#include "syntax/lexer.h"
#include "syntax/parser.h"

typedef struct qa_sql_parser {
    qa_sql_lexer_t lexer;
    qa_sql_token_t token; /* the next one, not yet taken */
    qa_arena_t *arena;
    qa_error_t *error;
    qa_status_t status;
    uint16_t parameter_count;
    uint16_t depth;            /* of nested parentheses, sub-queries, joins */
    uint32_t node_count;       /* made so far; those that a tree shares count again */
    uint32_t star_position;    /* where a select item begins: only there may t.* stand */
    uint32_t taken_end;        /* byte behind the last token taken */
    qa_sql_token_t bare_alias; /* the last alias without AS: a keyword written wrong looks like one */
    uint32_t bare_alias_end;   /* taken_end behind it; 0: none */
} qa_sql_parser_t;

enum {
    /* Nodes of one statement. A node is about 200 bytes: more would be a file, not a statement. */
    QA_SQL_NODES_MAX = 4 << 20,
    QA_SQL_LIST_MAX = 65535, /* columns, arguments, names of one list: counted by 16 bits */
    QA_SQL_ROWS_MAX = QA_SQL_NODES_MAX
};

/* A growing list of items in the arena. */
typedef struct qa_sql_list {
    void *items;
    uint32_t count;
    uint32_t capacity;
} qa_sql_list_t;

/* --- parser.c: tokens, failures, memory --- */
bool qa_parse_failed(const qa_sql_parser_t *parser);
/* Fails at a place; the first failure stays. */
void qa_parse_fail(qa_sql_parser_t *parser, qa_status_t status, uint32_t position, const char *format, ...)
    QA_PRINTF(4, 5);
/* "expected <what>, found <the next token>". */
void qa_parse_fail_expected(qa_sql_parser_t *parser, const char *what);
void qa_parse_advance(qa_sql_parser_t *parser);
/* The token behind the next one. */
qa_sql_token_t qa_parse_peek(qa_sql_parser_t *parser);
bool qa_parse_is_keyword(const qa_sql_parser_t *parser, qa_sql_keyword_id_t keyword);
bool qa_parse_is_symbol(const qa_sql_parser_t *parser, uint8_t symbol);
bool qa_parse_accept(qa_sql_parser_t *parser, qa_sql_keyword_id_t keyword); /* takes it if it is next */
bool qa_parse_accept_symbol(qa_sql_parser_t *parser, uint8_t symbol);
bool qa_parse_accept_escape(qa_sql_parser_t *parser, qa_sql_escape_t escape);
bool qa_parse_expect(qa_sql_parser_t *parser, qa_sql_keyword_id_t keyword); /* or fails */
bool qa_parse_expect_symbol(qa_sql_parser_t *parser, uint8_t symbol);
bool qa_parse_expect_escape_end(qa_sql_parser_t *parser);
/* Whether the next token is a word that is not reserved and spelled so, without case. */
bool qa_parse_is_word(const qa_sql_parser_t *parser, const char *lower);
bool qa_parse_enter(qa_sql_parser_t *parser); /* one level deeper, or QA_LIMIT */
void qa_parse_leave(qa_sql_parser_t *parser);
/* Zeroed; NULL: failed. */
void *qa_parse_take(qa_sql_parser_t *parser, size_t bytes);
/* Room for one more item, zeroed; NULL: failed. `what` for the words of the limit. */
void *qa_parse_append(qa_sql_parser_t *parser, qa_sql_list_t *list, size_t item_bytes, uint32_t count_max,
                      const char *what);
/* The body of a token with doubled quotes undone, terminated, in the arena. */
const char *qa_parse_body(qa_sql_parser_t *parser, const qa_sql_token_t *token, uint32_t *bytes_out);
/* A number token within [min, max]; `what` for messages. */
uint32_t qa_parse_count(qa_sql_parser_t *parser, uint32_t min, uint32_t max, const char *what);

/* --- names (parse_name.c) --- */
bool qa_parse_is_name(const qa_sql_parser_t *parser);                   /* the next token can be a name */
qa_ast_name_t qa_parse_name(qa_sql_parser_t *parser, const char *what); /* fails: expected <what> */
/* [schema.]table */
void qa_parse_table_name(qa_sql_parser_t *parser, qa_ast_name_t *schema_out, qa_ast_name_t *table_out);
/* (a, b, c), the parenthesis included. */
qa_ast_name_t *qa_parse_name_list(qa_sql_parser_t *parser, uint16_t *count_out);
/* [AS] alias, or nothing. */
qa_ast_name_t qa_parse_alias(qa_sql_parser_t *parser);

/* --- types (parse_type.c) --- */
bool qa_parse_type(qa_sql_parser_t *parser, qa_sql_type_t *type_out);

/* --- expressions (parse_expression.c, parse_primary.c, parse_special.c) --- */
typedef enum qa_sql_precedence {
    QA_PRECEDENCE_OR = 1,
    QA_PRECEDENCE_AND = 2,
    QA_PRECEDENCE_NOT = 3,
    QA_PRECEDENCE_COMPARISON = 4,
    QA_PRECEDENCE_CONCATENATE = 5, /* the operands of comparisons, LIKE, BETWEEN, IN */
    QA_PRECEDENCE_ADD = 6,
    QA_PRECEDENCE_MULTIPLY = 7,
    QA_PRECEDENCE_UNARY = 8
} qa_sql_precedence_t;

qa_ast_expression_t *qa_parse_expression(qa_sql_parser_t *parser);
qa_ast_expression_t *qa_parse_operand(qa_sql_parser_t *parser, qa_sql_precedence_t lowest);
/* What stands behind an opening parenthesis that was taken: a query or an expression, one of them set. */
void qa_parse_query_or_expression(qa_sql_parser_t *parser, qa_ast_query_t **query_out,
                                  qa_ast_expression_t **expression_out);
qa_ast_expression_t *qa_parse_primary(qa_sql_parser_t *parser);
/* Functions whose arguments are not a plain list: CAST, EXTRACT, TRIM …; NULL without failure: the word is
 * none. The word is next, an opening parenthesis behind it. */
qa_ast_expression_t *qa_parse_special(qa_sql_parser_t *parser);
/* DATE '…', {ts '…'} and so on: the STRING token is next. */
qa_ast_expression_t *qa_parse_moment(qa_sql_parser_t *parser, qa_sql_kind_t kind, uint32_t position);

/* Nodes. NULL arguments mean that the parser failed, and then the answer is NULL. */
qa_ast_expression_t *qa_parse_node(qa_sql_parser_t *parser, qa_ast_expression_kind_t kind, uint32_t position);
qa_ast_expression_t *qa_parse_call(qa_sql_parser_t *parser, const char *name, uint32_t position,
                                   qa_ast_expression_t *const *arguments, uint32_t count);
qa_ast_expression_t *qa_parse_call_one(qa_sql_parser_t *parser, const char *name, uint32_t position,
                                       qa_ast_expression_t *argument);
qa_ast_expression_t *qa_parse_call_two(qa_sql_parser_t *parser, const char *name, uint32_t position,
                                       qa_ast_expression_t *left, qa_ast_expression_t *right);
qa_ast_expression_t *qa_parse_text_node(qa_sql_parser_t *parser, uint32_t position, const char *text,
                                        uint32_t bytes);
qa_ast_expression_t *qa_parse_query_node(qa_sql_parser_t *parser, qa_ast_expression_kind_t kind,
                                         uint32_t position, qa_ast_query_t *query);
/* Sets the height of the node above its arguments; QA_LIMIT beyond QA_SQL_NESTING_MAX. */
void qa_parse_settle(qa_sql_parser_t *parser, qa_ast_expression_t *node);
uint16_t qa_parse_height(qa_sql_parser_t *parser, uint32_t position, uint16_t below);

/* --- queries (parse_query.c, parse_from.c) --- */
bool qa_parse_begins_query(const qa_sql_parser_t *parser); /* SELECT, WITH, VALUES */
qa_ast_query_t *qa_parse_query(qa_sql_parser_t *parser);
bool qa_parse_continues_query(const qa_sql_parser_t *parser); /* UNION, ORDER BY, LIMIT … */
/* Goes on behind a query in parentheses. */
qa_ast_query_t *qa_parse_query_rest(qa_sql_parser_t *parser, qa_ast_query_t *left);
qa_ast_from_t *qa_parse_from(qa_sql_parser_t *parser);

/* --- statements (parse_write.c, parse_table.c) --- */
void qa_parse_insert(qa_sql_parser_t *parser, qa_ast_statement_t *statement);
void qa_parse_update(qa_sql_parser_t *parser, qa_ast_statement_t *statement);
void qa_parse_delete(qa_sql_parser_t *parser, qa_ast_statement_t *statement);
void qa_parse_create(qa_sql_parser_t *parser, qa_ast_statement_t *statement);
void qa_parse_drop(qa_sql_parser_t *parser, qa_ast_statement_t *statement);

#endif
