/* Statements: made, ended, their cursors closed; attributes; names of cursors. */
#ifndef QA_EDGE_STATEMENT_H
#define QA_EDGE_STATEMENT_H

#include "edge/call.h"

SQLRETURN qa_edge_statement_allocate(qa_edge_connection_t *connection, SQLHANDLE *handle_out);
/* Ends the statement and its handle. */
void qa_edge_statement_free(qa_edge_statement_t *statement);
/* SQL_CLOSE, SQL_UNBIND, SQL_RESET_PARAMS. */
SQLRETURN qa_edge_free_stmt(qa_edge_statement_t *statement, SQLUSMALLINT option);
/* Ends the cursor and what it holds; the statement is as it was after SQLPrepare, or free. Harmless without
 * one. */
void qa_edge_close_cursor(qa_edge_statement_t *statement);
/* Forgets what was prepared or made, too: state S1, an empty IRD. */
void qa_edge_forget_source(qa_edge_statement_t *statement);
SQLRETURN qa_edge_set_cursor_name(qa_edge_statement_t *statement, qa_odbc_argument_t name);

/* A failure of SQL for people; notes a session that will not work again. SQL_ERROR. */
SQLRETURN qa_edge_statement_fail(qa_edge_statement_t *statement, const qa_error_t *error, SQLLEN row,
                                 SQLINTEGER column);
/* SQL_ERROR and a record of a part's diagnostic. */
SQLRETURN qa_edge_refuse_with(qa_edge_diagnostics_t *diagnostics, const qa_odbc_diagnostic_t *diagnostic);

/* Which row of the state table an attribute asks. */
qa_odbc_statement_call_t qa_edge_set_stmt_attr_call(SQLINTEGER attribute);
qa_odbc_statement_call_t qa_edge_get_stmt_attr_call(SQLINTEGER attribute);
SQLRETURN qa_edge_set_stmt_attr(qa_edge_call_t *call, SQLINTEGER attribute, SQLPOINTER value);
SQLRETURN qa_edge_get_stmt_attr(qa_edge_statement_t *statement, SQLINTEGER attribute, SQLPOINTER value,
                                SQLINTEGER value_bytes, SQLINTEGER *length_out);
void qa_edge_statement_attributes_reset(qa_edge_statement_attributes_t *attributes);

#endif
