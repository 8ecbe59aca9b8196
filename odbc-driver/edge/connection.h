/* Connections: made, opened, closed, ended; their attributes; ends of transactions. */
#ifndef QA_EDGE_CONNECTION_H
#define QA_EDGE_CONNECTION_H

#include "edge/call.h"

/* The environment's mutex is held. */
SQLRETURN qa_edge_connection_allocate(qa_edge_environment_t *environment, SQLHANDLE *handle_out);
/* Takes it out of its environment and ends it with its mutex, which the caller holds no longer; the handle
 * was unregistered before. */
void qa_edge_connection_free(qa_edge_connection_t *connection);

SQLRETURN qa_edge_connect(qa_edge_connection_t *connection, qa_odbc_argument_t data_source,
                          qa_odbc_argument_t actor);
/* The completed string goes to `completed` of `capacity` units. */
SQLRETURN qa_edge_driver_connect(qa_edge_connection_t *connection, qa_odbc_argument_t text,
                                 SQLWCHAR *completed, SQLSMALLINT capacity, SQLSMALLINT *length_out,
                                 SQLUSMALLINT completion);
SQLRETURN qa_edge_browse_connect(qa_edge_connection_t *connection, qa_odbc_argument_t text, SQLWCHAR *answer,
                                 SQLSMALLINT capacity, SQLSMALLINT *length_out);
/* Ends the statements and descriptors, too. HY010: a statement waits for data. */
SQLRETURN qa_edge_disconnect(qa_edge_connection_t *connection);
/* SQL_COMMIT or SQL_ROLLBACK; what fails is posted to `diagnostics`. */
SQLRETURN qa_edge_end_transaction(qa_edge_connection_t *connection, SQLSMALLINT completion,
                                  qa_edge_diagnostics_t *diagnostics);
SQLRETURN qa_edge_native_sql(qa_edge_connection_t *connection, qa_odbc_argument_t text, SQLWCHAR *native,
                             SQLINTEGER capacity, SQLINTEGER *length_out);
SQLRETURN qa_edge_get_info(qa_edge_connection_t *connection, SQLUSMALLINT type, SQLPOINTER value,
                           SQLSMALLINT capacity_bytes, SQLSMALLINT *length_out);

/* Which row of the state table an attribute asks. */
qa_odbc_connection_call_t qa_edge_set_connect_attr_call(SQLINTEGER attribute);
qa_odbc_connection_call_t qa_edge_get_connect_attr_call(SQLINTEGER attribute);
void qa_edge_connection_attributes_reset(qa_edge_connection_attributes_t *attributes);
SQLRETURN qa_edge_set_connect_attr(qa_edge_call_t *call, SQLINTEGER attribute, SQLPOINTER value,
                                   SQLINTEGER value_bytes);
SQLRETURN qa_edge_get_connect_attr(qa_edge_connection_t *connection, SQLINTEGER attribute, SQLPOINTER value,
                                   SQLINTEGER value_bytes, SQLINTEGER *length_out);

#endif
