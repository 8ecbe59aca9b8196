/* Attributes of statements, by statement_attributes.def. What an attribute means stands where it is read. It
 * must never keep a value that it did not accept. */
#include <stddef.h>
#include <string.h>

#include "edge/attribute.h"
#include "edge/descriptor.h"
#include "edge/statement.h"

#define ANY QA_EDGE_ANY

static const qa_edge_attribute_t own_attributes[] = {
#define OWN(ID, MEMBER, CALL, INITIAL, LEAST, MOST, LEGAL, OTHERWISE)                                        \
    { ID,                                                                                                    \
      #ID,                                                                                                   \
      offsetof(qa_edge_statement_attributes_t, MEMBER),                                                      \
      QA_CALL_##CALL,                                                                                        \
      INITIAL,                                                                                               \
      LEAST,                                                                                                 \
      MOST,                                                                                                  \
      LEGAL,                                                                                                 \
      QA_EDGE_##OTHERWISE },
#define FIELD(ID, ROLE, DESCRIPTOR_FIELD)
#define HANDLE(ID, ROLE, IS_WRITABLE)
#define UNBUILT(ID)
#include "edge/statement_attributes.def"
#undef OWN
#undef FIELD
#undef HANDLE
#undef UNBUILT
};

enum { OWN_COUNT = sizeof(own_attributes) / sizeof(own_attributes[0]) };

typedef enum other_kind { IS_FIELD, IS_HANDLE, IS_UNBUILT } other_kind_t;

typedef struct other {
    SQLINTEGER id;
    other_kind_t kind;
    qa_edge_role_t role;
    SQLSMALLINT field;
    bool is_writable;
} other_t;

static const other_t other_attributes[] = {
#define OWN(ID, MEMBER, CALL, INITIAL, LEAST, MOST, LEGAL, OTHERWISE)
#define FIELD(ID, ROLE, DESCRIPTOR_FIELD) { ID, IS_FIELD, QA_EDGE_##ROLE, DESCRIPTOR_FIELD, true },
#define HANDLE(ID, ROLE, IS_WRITABLE) { ID, IS_HANDLE, QA_EDGE_##ROLE, 0, IS_WRITABLE },
#define UNBUILT(ID) { ID, IS_UNBUILT, QA_EDGE_ARD, 0, false },
#include "edge/statement_attributes.def"
#undef OWN
#undef FIELD
#undef HANDLE
#undef UNBUILT
};

static const qa_edge_attribute_t *find_own(SQLINTEGER id)
{
    return qa_edge_attribute_find(own_attributes, OWN_COUNT, id);
}

static const other_t *find_other(SQLINTEGER id)
{
    for (size_t index = 0; index < sizeof(other_attributes) / sizeof(other_attributes[0]); index++)
        if (other_attributes[index].id == id) return &other_attributes[index];
    return NULL;
}

void qa_edge_statement_attributes_reset(qa_edge_statement_attributes_t *attributes)
{
    qa_edge_attributes_reset(own_attributes, OWN_COUNT, attributes);
}

qa_odbc_statement_call_t qa_edge_set_stmt_attr_call(SQLINTEGER attribute)
{
    const qa_edge_attribute_t *const own = find_own(attribute);
    return own == NULL ? QA_CALL_SET_STMT_ATTR : (qa_odbc_statement_call_t)own->call;
}

qa_odbc_statement_call_t qa_edge_get_stmt_attr_call(SQLINTEGER attribute)
{
    return attribute == SQL_ATTR_ROW_NUMBER ? QA_CALL_GET_ROW_NUMBER : QA_CALL_GET_STMT_ATTR;
}

static qa_edge_descriptor_t *descriptor_of(qa_edge_statement_t *statement, qa_edge_role_t role)
{
    switch (role) {
    case QA_EDGE_ARD:
        return statement->ard;
    case QA_EDGE_APD:
        return statement->apd;
    case QA_EDGE_IRD:
        return statement->ird;
    default:
        return statement->ipd;
    }
}

static SQLRETURN set_descriptor(qa_edge_statement_t *statement, const other_t *other, SQLHANDLE handle)
{
    qa_edge_diagnostics_t *const diagnostics = &statement->handle.diagnostics;
    qa_edge_descriptor_t **const place = other->role == QA_EDGE_ARD ? &statement->ard : &statement->apd;
    qa_edge_descriptor_t *const own = &statement->descriptors[other->role];
    qa_edge_descriptor_t *const wanted =
        handle == SQL_NULL_HANDLE ? own : qa_edge_find(handle, SQL_HANDLE_DESC);
    if (!other->is_writable)
        return qa_edge_refuse(diagnostics, "HY017", "this descriptor of a statement cannot be replaced");
    if (wanted == NULL || wanted->connection != statement->connection)
        return qa_edge_refuse(diagnostics, "HY024", "this is no descriptor of the same connection");
    if (wanted->statement != NULL && wanted != own)
        return qa_edge_refuse(diagnostics, "HY017", "an implicit descriptor serves its own statement only");
    *place = wanted;
    return SQL_SUCCESS;
}

static SQLRETURN set_field(qa_edge_call_t *call, const other_t *other, SQLPOINTER value)
{
    qa_edge_descriptor_t *const descriptor = descriptor_of(call->statement, other->role);
    if (other->id != SQL_ATTR_ROW_ARRAY_SIZE || (SQLULEN)(uintptr_t)value <= QA_EDGE_ROWSET_ROWS_MAX)
        return qa_edge_set_field(call, descriptor, 0, other->field, value, SQL_IS_POINTER);
    descriptor->array_size = QA_EDGE_ROWSET_ROWS_MAX;
    return qa_edge_warn(&call->handle->diagnostics, "01S02", "SQL_ATTR_ROW_ARRAY_SIZE: %d was set instead",
                        QA_EDGE_ROWSET_ROWS_MAX);
}

SQLRETURN qa_edge_set_stmt_attr(qa_edge_call_t *call, SQLINTEGER attribute, SQLPOINTER value)
{
    qa_edge_statement_t *const statement = call->statement;
    const qa_edge_attribute_t *const own = find_own(attribute);
    const other_t *const other = find_other(attribute);
    if (own != NULL)
        return qa_edge_attribute_set(own, &statement->attributes, (SQLULEN)(uintptr_t)value,
                                     &statement->handle.diagnostics);
    if (other != NULL && other->kind == IS_HANDLE) return set_descriptor(statement, other, value);
    if (other != NULL && other->kind == IS_FIELD) return set_field(call, other, value);
    if (other != NULL)
        return qa_edge_refuse(&statement->handle.diagnostics, "HYC00", "attribute %d comes later", attribute);
    return qa_edge_refuse(&statement->handle.diagnostics, "HY092",
                          "there is no attribute %d of statements that can be set", attribute);
}

static SQLRETURN put_word(SQLULEN number, SQLPOINTER value, SQLINTEGER *length_out)
{
    if (value != NULL) memcpy(value, &number, sizeof(number));
    if (length_out != NULL) *length_out = (SQLINTEGER)sizeof(number);
    return SQL_SUCCESS;
}

SQLRETURN qa_edge_get_stmt_attr(qa_edge_statement_t *statement, SQLINTEGER attribute, SQLPOINTER value,
                                SQLINTEGER value_bytes, SQLINTEGER *length_out)
{
    qa_edge_diagnostics_t *const diagnostics = &statement->handle.diagnostics;
    const qa_edge_attribute_t *const own = find_own(attribute);
    const other_t *const other = find_other(attribute);
    if (own != NULL) return put_word(qa_edge_attribute_get(own, &statement->attributes), value, length_out);
    if (attribute == SQL_ATTR_ROW_NUMBER) {
        const qa_edge_cursor_t *const cursor = &statement->cursor;
        if (cursor->rowset_rows == 0)
            return qa_edge_refuse(diagnostics, "24000", "the cursor is not on a row");
        return put_word((SQLULEN)(cursor->delivered - cursor->rowset_rows + cursor->current + 1), value,
                        length_out);
    }
    if (other == NULL)
        return qa_edge_refuse(diagnostics, "HY092", "there is no attribute %d of statements", attribute);
    if (other->kind == IS_UNBUILT)
        return qa_edge_refuse(diagnostics, "HYC00", "attribute %d comes later", attribute);
    qa_edge_descriptor_t *const descriptor = descriptor_of(statement, other->role);
    if (other->kind == IS_HANDLE)
        return put_word((SQLULEN)(uintptr_t)descriptor->handle.slot, value, length_out);
    /* An IRD's fields can be read through the attributes before there are columns. */
    if (other->role == QA_EDGE_IRD)
        return put_word(other->field == SQL_DESC_ARRAY_STATUS_PTR
                            ? (SQLULEN)(uintptr_t)descriptor->array_status_ptr
                            : (SQLULEN)(uintptr_t)descriptor->rows_processed_ptr,
                        value, length_out);
    if (other->field == SQL_DESC_BIND_TYPE)
        return put_word((SQLULEN)descriptor->bind_type, value, length_out);
    return qa_edge_get_field(descriptor, 0, other->field, value, value_bytes, length_out, diagnostics);
}
