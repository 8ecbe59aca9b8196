/* Fields of diagnostics by identifier. It must never post a record: asking does not change the answer. */
#include "edge/diagnostic_fields.h"

#include <string.h>

SQLRETURN qa_edge_get_diag_rec(const qa_edge_call_t *call, SQLSMALLINT number, SQLWCHAR *sqlstate,
                               SQLINTEGER *native_out, SQLWCHAR *message, SQLSMALLINT capacity,
                               SQLSMALLINT *length_out)
{
    const qa_edge_diagnostics_t *const diagnostics = &call->handle->diagnostics;
    if (number < 1 || (message != NULL && capacity < 0)) return SQL_ERROR;
    if ((uint32_t)number > diagnostics->count) return SQL_NO_DATA;
    const qa_edge_diagnostic_t *const record = qa_edge_diagnostics_record(diagnostics, (uint32_t)number - 1);
    if (sqlstate != NULL) qa_edge_put_text(NULL, record->sqlstate, sqlstate, sizeof(record->sqlstate), NULL);
    if (native_out != NULL) *native_out = record->native;
    return qa_edge_put_text(NULL, record->message, message, capacity, length_out);
}

typedef enum value_kind { TEXT, RETURN_CODE, INTEGER, LEN } value_kind_t;

typedef struct diag_value {
    value_kind_t kind;
    const char *text;
    SQLLEN number;
} diag_value_t;

static SQLRETURN put_value(const diag_value_t *found, SQLPOINTER value, SQLSMALLINT capacity_bytes,
                           SQLSMALLINT *length_out)
{
    const SQLRETURN code = (SQLRETURN)found->number;
    const SQLINTEGER integer = (SQLINTEGER)found->number;
    if (found->kind == TEXT) {
        SQLLEN length = 0;
        const SQLRETURN result = qa_edge_put_bytes(NULL, found->text, value, capacity_bytes, &length);
        if (length_out != NULL) *length_out = qa_edge_small_length(length);
        return result;
    }
    if (value == NULL) return SQL_SUCCESS;
    if (found->kind == RETURN_CODE)
        memcpy(value, &code, sizeof(code));
    else if (found->kind == INTEGER)
        memcpy(value, &integer, sizeof(integer));
    else
        memcpy(value, &found->number, sizeof(found->number));
    return SQL_SUCCESS;
}

/* A field of the header. False: it is none. */
static bool header_field(const qa_edge_call_t *call, SQLSMALLINT field, diag_value_t *found_out)
{
    const qa_edge_diagnostics_t *const diagnostics = &call->handle->diagnostics;
    const bool is_statement = call->handle->kind == SQL_HANDLE_STMT;
    switch (field) {
    case SQL_DIAG_NUMBER:
        *found_out = (diag_value_t){ INTEGER, NULL, diagnostics->count };
        return true;
    case SQL_DIAG_RETURNCODE:
        *found_out = (diag_value_t){ RETURN_CODE, NULL, diagnostics->return_code };
        return true;
    case SQL_DIAG_ROW_COUNT:
        *found_out = (diag_value_t){ LEN, NULL, diagnostics->row_count };
        return is_statement;
    case SQL_DIAG_CURSOR_ROW_COUNT:
        *found_out = (diag_value_t){ LEN, NULL, diagnostics->cursor_row_count };
        return is_statement;
    case SQL_DIAG_DYNAMIC_FUNCTION:
        *found_out = (diag_value_t){ TEXT, diagnostics->dynamic_function, 0 };
        return is_statement;
    case SQL_DIAG_DYNAMIC_FUNCTION_CODE:
        *found_out = (diag_value_t){ INTEGER, NULL, diagnostics->dynamic_function_code };
        return is_statement;
    default:
        return false;
    }
}

/* The name of the data source, or the folder if the connection string named one. */
static const char *server_name(const qa_edge_call_t *call)
{
    const qa_edge_connection_t *const connection = call->connection;
    if (connection == NULL || connection->session == NULL) return "";
    const char *const data_source = connection->settings.values[QA_ODBC_KEY_DSN];
    return data_source != NULL && data_source[0] != 0 ? data_source : qa_sql_replica(connection->session);
}

static bool record_field(const qa_edge_call_t *call, const qa_edge_diagnostic_t *record, SQLSMALLINT field,
                         diag_value_t *found_out)
{
    const bool is_statement = call->handle->kind == SQL_HANDLE_STMT;
    switch (field) {
    case SQL_DIAG_SQLSTATE:
        *found_out = (diag_value_t){ TEXT, record->sqlstate, 0 };
        return true;
    case SQL_DIAG_MESSAGE_TEXT:
        *found_out = (diag_value_t){ TEXT, record->message, 0 };
        return true;
    case SQL_DIAG_NATIVE:
        *found_out = (diag_value_t){ INTEGER, NULL, record->native };
        return true;
    case SQL_DIAG_CLASS_ORIGIN:
        *found_out = (diag_value_t){ TEXT, qa_edge_class_origin(record->sqlstate), 0 };
        return true;
    case SQL_DIAG_SUBCLASS_ORIGIN:
        *found_out = (diag_value_t){ TEXT, qa_edge_subclass_origin(record->sqlstate), 0 };
        return true;
    case SQL_DIAG_CONNECTION_NAME:
        *found_out = (diag_value_t){ TEXT, "", 0 };
        return true;
    case SQL_DIAG_SERVER_NAME:
        *found_out = (diag_value_t){ TEXT, server_name(call), 0 };
        return true;
    case SQL_DIAG_ROW_NUMBER:
        *found_out = (diag_value_t){ LEN, NULL, record->row };
        return is_statement;
    case SQL_DIAG_COLUMN_NUMBER:
        *found_out = (diag_value_t){ INTEGER, NULL, record->column };
        return is_statement;
    default:
        return false;
    }
}

SQLRETURN qa_edge_get_diag_field(const qa_edge_call_t *call, SQLSMALLINT number, SQLSMALLINT field,
                                 SQLPOINTER value, SQLSMALLINT capacity_bytes, SQLSMALLINT *length_out)
{
    const qa_edge_diagnostics_t *const diagnostics = &call->handle->diagnostics;
    diag_value_t found = { INTEGER, NULL, 0 };
    if (header_field(call, field, &found)) return put_value(&found, value, capacity_bytes, length_out);
    if (number < 1) return SQL_ERROR;
    if ((uint32_t)number > diagnostics->count) return SQL_NO_DATA;
    if (!record_field(call, qa_edge_diagnostics_record(diagnostics, (uint32_t)number - 1), field, &found))
        return SQL_ERROR;
    return put_value(&found, value, capacity_bytes, length_out);
}
