/* The binder: from the parser's tree to the bound one.
 *
 * Names. A plain table name is a CTE, else a scratch table, else a table of the default app. A column's name
 * is looked up in the block, then in the blocks around it. In GROUP BY, HAVING and ORDER BY a name that no
 * column has may be one of the select list; ORDER BY takes a plain name from the select list first.
 * Outputs without an alias are called as their column, or as their function or aggregate in capital letters,
 * a sub-query as its column, a CAST as what is cast, anything else column<position>.
 *
 * Parameters have the types of what they stand beside (value/expression.h), in INSERT and UPDATE that of the
 * column (a member VARCHAR(255)), in LIMIT and OFFSET BIGINT, in AS OF TIMESTAMP; where nothing tells,
 * VARCHAR(4000). A literal NULL that nothing gives a type is VARCHAR(1) as a column. */
#ifndef QA_SQL_BIND_H
#define QA_SQL_BIND_H

#include "bind/bound.h"

/* Where names without a schema are looked up. */
typedef struct qa_sql_scope_options {
    qa_sql_catalog_t *catalog;
    const char *app;                            /* default schema; "" none */
    const qa_sql_shape_table_t *const *scratch; /* scratch tables: they come first */
    uint32_t scratch_count;
    const char *text; /* of the statement, for places in messages */
    size_t text_bytes;
} qa_sql_scope_options_t;

/* Texts that are stored are not cast to the length of their column, which would cut them: literals that are
 * too long are refused here, other texts by whoever stores them. *bound_out lies in the arena. Errors:
 * QA_TABLE_NOT_FOUND, QA_COLUMN_NOT_FOUND, QA_APP_NOT_FOUND (each with the nearest names),
 * QA_COLUMN_AMBIGUOUS, QA_NAMED_TWICE, QA_TYPE_CLASH, QA_GROUPING, QA_COLUMN_COUNT, QA_TEXT_TOO_LONG,
 * QA_SYNTAX (a place where something does not belong), QA_NOT_YET, QA_READ_ONLY (a table that is never
 * written), QA_INVALID (all cells changed at once), QA_LIMIT, those of literals that are cast, QA_NO_MEMORY;
 * with the place in the text. */
qa_status_t qa_sql_bind_statement(const qa_ast_statement_t *statement, const qa_sql_scope_options_t *options,
                                  qa_arena_t *arena, qa_sql_bound_t **bound_out, qa_error_t *error);
void qa_sql_unbind(qa_sql_bound_t *bound); /* drops the shapes; accepts NULL */

#endif
