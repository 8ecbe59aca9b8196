/* Descriptors: their records, their fields by identifier, and copies. SQLBindCol, SQLBindParameter and the
 * statement attributes write the same fields; there is no second place for any of them. */
#ifndef QA_EDGE_DESCRIPTOR_H
#define QA_EDGE_DESCRIPTOR_H

#include "edge/call.h"

/* An empty one with its handle; false: no memory. `statement` NULL: allocated by the application. */
bool qa_edge_descriptor_make(qa_edge_descriptor_t *descriptor, qa_edge_connection_t *connection,
                             qa_edge_statement_t *statement, qa_edge_role_t role);
void qa_edge_descriptor_release(qa_edge_descriptor_t *descriptor);
SQLRETURN qa_edge_descriptor_allocate(qa_edge_connection_t *connection, SQLHANDLE *handle_out);
/* Ends one that was allocated; statements that used it get their implicit ones back. HY017 for implicit ones.
 */
SQLRETURN qa_edge_descriptor_free(qa_edge_descriptor_t *descriptor);
/* Ends all that were allocated on a connection. */
void qa_edge_descriptors_end(qa_edge_connection_t *connection);

/* Record `number` (1-based), also beyond SQL_DESC_COUNT, which is raised to it; NULL: no memory. */
qa_edge_field_record_t *qa_edge_descriptor_record(qa_edge_descriptor_t *descriptor, SQLSMALLINT number);
/* The same without making it: NULL beyond SQL_DESC_COUNT. */
qa_edge_field_record_t *qa_edge_descriptor_find(qa_edge_descriptor_t *descriptor, SQLLEN number);
/* Sets SQL_DESC_COUNT; records beyond it are emptied. False: no memory. */
bool qa_edge_descriptor_set_count(qa_edge_descriptor_t *descriptor, SQLSMALLINT count);
/* A record with any of its three pointers. */
bool qa_edge_record_is_bound(const qa_edge_field_record_t *record);
/* Sets SQL_DESC_COUNT to the last record that is bound. */
void qa_edge_descriptor_trim(qa_edge_descriptor_t *descriptor);
/* The three type fields by a concise type. */
void qa_edge_record_set_type(qa_edge_field_record_t *record, SQLSMALLINT concise_type);
/* Type fields that belong together, precision and scale within bounds: NULL, or what is wrong. */
const char *qa_edge_record_fault(const qa_edge_field_record_t *record, qa_edge_role_t role);

/* Fields by identifier. `role` as which an allocated descriptor is addressed is its own. */
SQLRETURN qa_edge_get_field(qa_edge_descriptor_t *descriptor, SQLSMALLINT number, SQLSMALLINT field,
                            SQLPOINTER value, SQLINTEGER value_bytes, SQLINTEGER *length_out,
                            qa_edge_diagnostics_t *diagnostics);
SQLRETURN qa_edge_set_field(qa_edge_call_t *call, qa_edge_descriptor_t *descriptor, SQLSMALLINT number,
                            SQLSMALLINT field, SQLPOINTER value, SQLINTEGER value_bytes);
/* From a descriptor of the same connection, by its handle; the driver manager copies between connections. */
SQLRETURN qa_edge_copy_descriptor(SQLHANDLE source, qa_edge_descriptor_t *target,
                                  qa_edge_diagnostics_t *diagnostics);

/* Several fields at once. */
typedef struct qa_edge_record_fields {
    SQLSMALLINT type, sub_type, precision, scale;
    SQLLEN length;
    SQLPOINTER data;
    SQLLEN *octet_length, *indicator;
} qa_edge_record_fields_t;
SQLRETURN qa_edge_set_record(qa_edge_descriptor_t *descriptor, SQLSMALLINT number,
                             const qa_edge_record_fields_t *fields, qa_edge_diagnostics_t *diagnostics);

typedef struct qa_edge_record_targets {
    SQLSMALLINT *type, *sub_type;
    SQLLEN *octet_length;
    SQLSMALLINT *precision, *scale, *nullable;
} qa_edge_record_targets_t;
SQLRETURN qa_edge_get_record(qa_edge_descriptor_t *descriptor, SQLSMALLINT number, SQLWCHAR *name,
                             SQLSMALLINT capacity, SQLSMALLINT *length_out,
                             const qa_edge_record_targets_t *targets);

/* A field of an IRD record as SQLColAttribute answers it: a text, or a number. False: there is no such field.
 */
bool qa_edge_column_field(const qa_edge_field_record_t *record, SQLUSMALLINT field, const char **text_out,
                          SQLLEN *number_out);

#endif
