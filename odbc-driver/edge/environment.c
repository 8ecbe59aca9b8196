/* Environments: the version of ODBC that the application speaks, and the list of its connections. It must
 * never look into a connection but through the connection's own mutex. */
#include "edge/environment.h"

#include <string.h>

SQLRETURN qa_edge_environment_allocate(SQLHANDLE *handle_out)
{
    const qa_allocator_t *const allocator = &qa_allocator_default;
    qa_edge_environment_t *const environment = qa_memory_take(allocator, sizeof(qa_edge_environment_t));
    if (environment == NULL) return SQL_ERROR;
    environment->handle.kind = SQL_HANDLE_ENV;
    environment->allocator = allocator;
    environment->connection_pooling = SQL_CP_OFF;
    environment->pooling_match = SQL_CP_STRICT_MATCH;
    qa_edge_diagnostics_make(&environment->handle.diagnostics, allocator);
    if (qa_mutex_open(&environment->mutex, allocator) != QA_OK) {
        qa_memory_give(allocator, environment, sizeof(*environment));
        return SQL_ERROR;
    }
    environment->handle.slot = qa_edge_register(SQL_HANDLE_ENV, environment);
    if (environment->handle.slot == NULL) {
        qa_edge_environment_free(environment);
        return SQL_ERROR;
    }
    *handle_out = environment->handle.slot;
    return SQL_SUCCESS;
}

void qa_edge_environment_free(qa_edge_environment_t *environment)
{
    qa_edge_unregister(environment->handle.slot);
    qa_mutex_close(environment->mutex);
    qa_edge_diagnostics_release(&environment->handle.diagnostics);
    qa_memory_give(&qa_allocator_default, environment, sizeof(*environment));
}

SQLRETURN qa_edge_set_env_attr(qa_edge_environment_t *environment, SQLINTEGER attribute, SQLPOINTER value)
{
    qa_edge_diagnostics_t *const diagnostics = &environment->handle.diagnostics;
    const SQLUINTEGER number = (SQLUINTEGER)(uintptr_t)value;
    switch (attribute) {
    case SQL_ATTR_ODBC_VERSION:
        if (environment->connections != NULL)
            return qa_edge_refuse(diagnostics, "HY010", "the version is set before the first connection");
        if (number != SQL_OV_ODBC2 && number != SQL_OV_ODBC3 && number != SQL_OV_ODBC3_80)
            return qa_edge_refuse(diagnostics, "HY024", "there is no version %u of ODBC: 2, 3 or 380",
                                  number);
        environment->odbc_version = (SQLINTEGER)number;
        return SQL_SUCCESS;
    case SQL_ATTR_OUTPUT_NTS:
        return number == SQL_TRUE
                   ? SQL_SUCCESS
                   : qa_edge_refuse(diagnostics, "HYC00", "texts are always terminated by this driver");
    case SQL_ATTR_CONNECTION_POOLING:
        environment->connection_pooling = number;
        return SQL_SUCCESS;
    case SQL_ATTR_CP_MATCH:
        environment->pooling_match = number;
        return SQL_SUCCESS;
    default:
        return qa_edge_refuse(diagnostics, "HY092", "there is no attribute %d of environments", attribute);
    }
}

SQLRETURN qa_edge_get_env_attr(qa_edge_environment_t *environment, SQLINTEGER attribute, SQLPOINTER value,
                               SQLINTEGER *length_out)
{
    SQLUINTEGER number;
    switch (attribute) {
    case SQL_ATTR_ODBC_VERSION:
        number = (SQLUINTEGER)environment->odbc_version;
        break;
    case SQL_ATTR_OUTPUT_NTS:
        number = SQL_TRUE;
        break;
    case SQL_ATTR_CONNECTION_POOLING:
        number = environment->connection_pooling;
        break;
    case SQL_ATTR_CP_MATCH:
        number = environment->pooling_match;
        break;
    default:
        return qa_edge_refuse(&environment->handle.diagnostics, "HY092",
                              "there is no attribute %d of environments", attribute);
    }
    if (value != NULL) memcpy(value, &number, sizeof(number));
    if (length_out != NULL) *length_out = (SQLINTEGER)sizeof(number);
    return SQL_SUCCESS;
}
