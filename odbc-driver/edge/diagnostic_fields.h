/* What SQLGetDiagRec and SQLGetDiagField read. Nothing here posts a record or clears one. */
#ifndef QA_EDGE_DIAGNOSTIC_FIELDS_H
#define QA_EDGE_DIAGNOSTIC_FIELDS_H

#include "edge/call.h"

SQLRETURN qa_edge_get_diag_rec(const qa_edge_call_t *call, SQLSMALLINT number, SQLWCHAR *sqlstate,
                               SQLINTEGER *native_out, SQLWCHAR *message, SQLSMALLINT capacity,
                               SQLSMALLINT *length_out);
SQLRETURN qa_edge_get_diag_field(const qa_edge_call_t *call, SQLSMALLINT number, SQLSMALLINT field,
                                 SQLPOINTER value, SQLSMALLINT capacity_bytes, SQLSMALLINT *length_out);

#endif
