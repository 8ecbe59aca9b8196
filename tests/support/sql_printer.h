/* The parser's tree as one line of S-expressions, for comparing with what a case expects. */
#ifndef QA_TEST_SQL_PRINTER_H
#define QA_TEST_SQL_PRINTER_H

#include <stdio.h>

#include "syntax/ast.h"

void sql_print_statement(FILE *file, const qa_ast_statement_t *statement);

#endif
