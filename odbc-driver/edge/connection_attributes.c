/* Attributes of connections, by connection_attributes.def and, where they do something, here by name. It must
 * never change a transaction but by SQL_ATTR_AUTOCOMMIT and SQL_ATTR_RESET_CONNECTION. */
#include <stddef.h>
#include <string.h>

#include "edge/attribute.h"
#include "edge/connection.h"

#define ANY QA_EDGE_ANY

static const qa_edge_attribute_t own_attributes[] = {
#define OWN(ID, MEMBER, CALL, INITIAL, LEAST, MOST, LEGAL, OTHERWISE)                                        \
    { ID,                                                                                                    \
      #ID,                                                                                                   \
      offsetof(qa_edge_connection_attributes_t, MEMBER),                                                     \
      QA_CALL_##CALL,                                                                                        \
      INITIAL,                                                                                               \
      LEAST,                                                                                                 \
      MOST,                                                                                                  \
      LEGAL,                                                                                                 \
      QA_EDGE_##OTHERWISE },
#define UNBUILT(ID)
#include "edge/connection_attributes.def"
#undef OWN
#undef UNBUILT
};

static const SQLINTEGER unbuilt_attributes[] = {
#define OWN(ID, MEMBER, CALL, INITIAL, LEAST, MOST, LEGAL, OTHERWISE)
#define UNBUILT(ID) ID,
#include "edge/connection_attributes.def"
#undef OWN
#undef UNBUILT
};

enum { OWN_COUNT = sizeof(own_attributes) / sizeof(own_attributes[0]) };

static bool is_unbuilt(SQLINTEGER attribute)
{
    for (size_t index = 0; index < sizeof(unbuilt_attributes) / sizeof(unbuilt_attributes[0]); index++)
        if (unbuilt_attributes[index] == attribute) return true;
    return false;
}

void qa_edge_connection_attributes_reset(qa_edge_connection_attributes_t *attributes)
{
    qa_edge_attributes_reset(own_attributes, OWN_COUNT, attributes);
}

qa_odbc_connection_call_t qa_edge_set_connect_attr_call(SQLINTEGER attribute)
{
    const qa_edge_attribute_t *const own = qa_edge_attribute_find(own_attributes, OWN_COUNT, attribute);
    if (attribute == SQL_ATTR_CURRENT_CATALOG || attribute == SQL_ATTR_RESET_CONNECTION)
        return QA_CALL_SET_LIVE_ATTRIBUTE;
    return own == NULL ? QA_CALL_SET_ATTRIBUTE : (qa_odbc_connection_call_t)own->call;
}

qa_odbc_connection_call_t qa_edge_get_connect_attr_call(SQLINTEGER attribute)
{
    return attribute == SQL_ATTR_CURRENT_CATALOG || attribute == SQL_ATTR_CONNECTION_DEAD
               ? QA_CALL_GET_LIVE_ATTRIBUTE
               : QA_CALL_GET_ATTRIBUTE;
}

static SQLRETURN set_autocommit(qa_edge_connection_t *connection, SQLULEN value)
{
    qa_error_t error;
    if (value > SQL_AUTOCOMMIT_ON)
        return qa_edge_refuse(&connection->handle.diagnostics, "HY024", "autocommit is off (0) or on (1)");
    const bool is_on = value == SQL_AUTOCOMMIT_ON;
    /* An array whose values are still being sent is in a transaction of its own. */
    for (const qa_edge_statement_t *statement = connection->statements; statement != NULL;
         statement = statement->next)
        if (statement->state >= QA_ODBC_S8)
            return qa_edge_refuse(&connection->handle.diagnostics, "HY010", "a statement waits for data");
    if (connection->session != NULL && qa_sql_set_autocommit(connection->session, is_on, &error) != QA_OK)
        return qa_edge_fail(&connection->handle.diagnostics, &error);
    connection->is_autocommit = is_on;
    return SQL_SUCCESS;
}

static SQLRETURN set_catalog(qa_edge_call_t *call, SQLPOINTER value, SQLINTEGER value_bytes)
{
    qa_error_t error;
    qa_odbc_argument_t app;
    if (!qa_edge_text_of_bytes(call, value, value_bytes, &app)) return SQL_ERROR;
    if (app.data == NULL)
        return qa_edge_refuse(&call->handle->diagnostics, "HY009", "the name of the app is a null pointer");
    if (qa_sql_set_app(call->connection->session, app.data, &error) != QA_OK)
        return qa_edge_fail(&call->handle->diagnostics, &error);
    return SQL_SUCCESS;
}

/* As a pool hands a connection on: nothing of its last user is left. */
static SQLRETURN reset(qa_edge_connection_t *connection)
{
    qa_edge_diagnostics_t *const diagnostics = &connection->handle.diagnostics;
    const SQLULEN access_mode = connection->attributes.access_mode;
    const char *const app = connection->settings.values[QA_ODBC_KEY_APP];
    qa_error_t error;
    if (qa_edge_end_transaction(connection, SQL_ROLLBACK, diagnostics) == SQL_ERROR ||
        set_autocommit(connection, SQL_AUTOCOMMIT_ON) == SQL_ERROR)
        return SQL_ERROR;
    if (app != NULL && qa_sql_set_app(connection->session, app, &error) != QA_OK)
        return qa_edge_fail(diagnostics, &error);
    qa_edge_connection_attributes_reset(&connection->attributes);
    connection->attributes.access_mode = access_mode;
    return SQL_SUCCESS;
}

SQLRETURN qa_edge_set_connect_attr(qa_edge_call_t *call, SQLINTEGER attribute, SQLPOINTER value,
                                   SQLINTEGER value_bytes)
{
    qa_edge_connection_t *const connection = call->connection;
    qa_edge_diagnostics_t *const diagnostics = &connection->handle.diagnostics;
    const qa_edge_attribute_t *const own = qa_edge_attribute_find(own_attributes, OWN_COUNT, attribute);
    if (own != NULL)
        return qa_edge_attribute_set(own, &connection->attributes, (SQLULEN)(uintptr_t)value, diagnostics);
    switch (attribute) {
    case SQL_ATTR_AUTOCOMMIT:
        return set_autocommit(connection, (SQLUINTEGER)(uintptr_t)value);
    case SQL_ATTR_CURRENT_CATALOG:
        return set_catalog(call, value, value_bytes);
    case SQL_ATTR_RESET_CONNECTION:
        return reset(connection);
    case SQL_ATTR_CONNECTION_DEAD:
    case SQL_ATTR_AUTO_IPD:
        return qa_edge_refuse(diagnostics, "HY092", "attribute %d can only be read", attribute);
    default:
        break;
    }
    if (is_unbuilt(attribute))
        return qa_edge_refuse(diagnostics, "HYC00", "attribute %d comes later", attribute);
    return qa_edge_refuse(diagnostics, "HY092", "there is no attribute %d of connections", attribute);
}

/* The specification gives these two the width of a pointer, all others 32 bits. */
static SQLRETURN put_number(SQLINTEGER attribute, SQLULEN number, SQLPOINTER value, SQLINTEGER *length_out)
{
    const bool is_wide = attribute == SQL_ATTR_ASYNC_ENABLE || attribute == SQL_ATTR_QUIET_MODE;
    const SQLUINTEGER narrow = (SQLUINTEGER)number;
    const size_t bytes = is_wide ? sizeof(number) : sizeof(narrow);
    if (value != NULL) memcpy(value, is_wide ? (const void *)&number : &narrow, bytes);
    if (length_out != NULL) *length_out = (SQLINTEGER)bytes;
    return SQL_SUCCESS;
}

SQLRETURN qa_edge_get_connect_attr(qa_edge_connection_t *connection, SQLINTEGER attribute, SQLPOINTER value,
                                   SQLINTEGER value_bytes, SQLINTEGER *length_out)
{
    qa_edge_diagnostics_t *const diagnostics = &connection->handle.diagnostics;
    const qa_edge_attribute_t *const own = qa_edge_attribute_find(own_attributes, OWN_COUNT, attribute);
    if (own != NULL)
        return put_number(attribute, qa_edge_attribute_get(own, &connection->attributes), value, length_out);
    switch (attribute) {
    case SQL_ATTR_AUTOCOMMIT:
        return put_number(attribute, connection->is_autocommit ? SQL_AUTOCOMMIT_ON : SQL_AUTOCOMMIT_OFF,
                          value, length_out);
    case SQL_ATTR_AUTO_IPD:
        return put_number(attribute, SQL_TRUE, value, length_out);
    case SQL_ATTR_CONNECTION_DEAD:
        return put_number(attribute, connection->is_dead ? SQL_CD_TRUE : SQL_CD_FALSE, value, length_out);
    case SQL_ATTR_CURRENT_CATALOG: {
        SQLLEN length = 0;
        const SQLRETURN result =
            qa_edge_put_bytes(diagnostics, qa_sql_app(connection->session), value, value_bytes, &length);
        if (length_out != NULL) *length_out = (SQLINTEGER)length;
        return result;
    }
    default:
        break;
    }
    if (is_unbuilt(attribute))
        return qa_edge_refuse(diagnostics, "HYC00", "attribute %d comes later", attribute);
    return qa_edge_refuse(diagnostics, "HY092", "there is no attribute %d of connections", attribute);
}
