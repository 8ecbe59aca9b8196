/* The parser: recursive descent over the lexer's tokens, one statement per text (a final ; is allowed).
 *
 * Keywords are a table (keywords.def); a word that is not reserved there may be a name. ODBC escapes are read
 * by the lexer in the same pass: {fn f(x)}, {d '…'}, {t '…'}, {ts '…'}, {guid '…'}, {oj …}, {escape '\'},
 * {[?=]call p(…)}, {interval …} (QA_NOT_YET). Comments are -- and nested slash-star pairs. */
#ifndef QA_SQL_PARSER_H
#define QA_SQL_PARSER_H

#include "syntax/ast.h"

enum {
    QA_SQL_TEXT_BYTES_MAX = 16 << 20, /* one statement: an INSERT of many rows, but not a file */
    QA_SQL_NESTING_MAX = 200, /* parentheses and sub-queries: the parser, the binder and SQLite recurse */
    QA_SQL_PARAMETERS_MAX = 32000
};

/* *statement_out lies in the arena. Errors: QA_SYNTAX ("line 2, column 7: expected FROM, found \"FORM\""),
 * QA_LIMIT, QA_NOT_TEXT (the text is not UTF-8), QA_NOT_YET, QA_OVERFLOW and QA_NOT_A_DATE of literals,
 * QA_NO_MEMORY. */
qa_status_t qa_sql_parse(const char *text, size_t bytes, qa_arena_t *arena,
                         qa_ast_statement_t **statement_out, qa_error_t *error);
/* "line 2, column 7" of a byte in the text: for messages of the binder. Columns count characters. */
const char *qa_sql_place(const char *text, size_t bytes, uint32_t position, char place_out[48]);

#endif
