/* The binder: from the parser's tree to the bound one. */
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

/* *bound_out lies in the arena. Errors: QA_TABLE_NOT_FOUND, QA_COLUMN_NOT_FOUND, QA_APP_NOT_FOUND (each with
 * the nearest names), QA_COLUMN_AMBIGUOUS, QA_TYPE_CLASH, QA_GROUPING, QA_COLUMN_COUNT, QA_NOT_YET,
 * QA_READ_ONLY (a table that is never written), QA_NO_MEMORY; with the place in the text. */
qa_status_t qa_sql_bind_statement(const qa_ast_statement_t *statement, const qa_sql_scope_options_t *options,
                                  qa_arena_t *arena, qa_sql_bound_t **bound_out, qa_error_t *error);
void qa_sql_unbind(qa_sql_bound_t *bound); /* drops the shapes; accepts NULL */

#endif
