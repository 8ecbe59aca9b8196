/* Connections: from the connection string to an open session, and back. It must never keep a password, and
 * never leave a session behind a failure. */
#include "edge/connection.h"

#include <assert.h>
#include <odbcinst.h>
#include <string.h>

#include "edge/descriptor.h"
#include "edge/statement.h"

SQLRETURN qa_edge_connection_allocate(qa_edge_environment_t *environment, SQLHANDLE *handle_out)
{
    const qa_allocator_t *const allocator = environment->allocator;
    qa_edge_connection_t *const connection = qa_memory_take(allocator, sizeof(qa_edge_connection_t));
    if (connection == NULL)
        return qa_edge_refuse(&environment->handle.diagnostics, "HY001", "no memory for a connection");
    connection->handle.kind = SQL_HANDLE_DBC;
    connection->allocator = allocator;
    connection->environment = environment;
    connection->is_autocommit = true;
    qa_edge_diagnostics_make(&connection->handle.diagnostics, allocator);
    qa_edge_connection_attributes_reset(&connection->attributes);
    qa_arena_make(&connection->arguments, allocator, QA_EDGE_ARGUMENT_BYTES_MAX);
    qa_odbc_settings_make(&connection->settings, allocator);
    if (qa_mutex_open(&connection->mutex, allocator) == QA_OK)
        connection->handle.slot = qa_edge_register(SQL_HANDLE_DBC, connection);
    if (connection->handle.slot == NULL) {
        if (connection->mutex != NULL) qa_mutex_close(connection->mutex);
        qa_memory_give(allocator, connection, sizeof(*connection));
        return qa_edge_refuse(&environment->handle.diagnostics, "HY001", "no memory for a connection");
    }
    connection->next = environment->connections;
    environment->connections = connection;
    *handle_out = connection->handle.slot;
    return SQL_SUCCESS;
}

void qa_edge_connection_free(qa_edge_connection_t *connection)
{
    qa_edge_environment_t *const environment = connection->environment;
    qa_mutex_lock(environment->mutex);
    qa_edge_connection_t **place = &environment->connections;
    while (*place != connection) {
        assert(*place != NULL);
        place = &(*place)->next;
    }
    *place = connection->next;
    qa_mutex_unlock(environment->mutex);
    assert(connection->session == NULL && connection->statements == NULL);
    qa_mutex_close(connection->mutex);
    qa_arena_release(&connection->arguments);
    qa_odbc_settings_release(&connection->settings);
    qa_edge_diagnostics_release(&connection->handle.diagnostics);
    qa_memory_give(connection->allocator, connection, sizeof(*connection));
}

/* Reads odbc.ini by the installer library, which knows where the user's and the system's are. */
static size_t find_in_data_source(void *context, const char *data_source, const char *key, char *value_out,
                                  size_t capacity)
{
    (void)context;
    value_out[0] = 0;
    const int length = SQLGetPrivateProfileString(data_source, key, "", value_out, (int)capacity, "odbc.ini");
    return length > 0 ? strlen(value_out) : 0;
}

static const qa_odbc_lookup_t data_sources = { find_in_data_source, NULL };

/* Opens the session that the settings describe. On failure the settings are empty again. */
static SQLRETURN open_session(qa_edge_connection_t *connection)
{
    qa_odbc_settings_t *const settings = &connection->settings;
    qa_edge_diagnostics_t *const diagnostics = &connection->handle.diagnostics;
    const bool is_read_only =
        settings->is_read_only || connection->attributes.access_mode == SQL_MODE_READ_ONLY;
    const qa_sql_session_options_t options = {
        .size = sizeof(options),
        .replica = settings->values[QA_ODBC_KEY_REPLICA],
        .app = settings->values[QA_ODBC_KEY_APP],
        .actor = settings->values[QA_ODBC_KEY_ACTOR],
        .on_behalf_of = settings->values[QA_ODBC_KEY_RUN_AS],
        .door = "odbc",
        .as_of = settings->values[QA_ODBC_KEY_AS_OF],
        .hierarchy_as_of = settings->values[QA_ODBC_KEY_HIERARCHY_AS_OF],
        .is_read_only = is_read_only,
        .is_row_path = settings->is_row_path,
        .allocator = connection->allocator,
    };
    qa_error_t error;
    qa_status_t status = qa_sql_session_open(&connection->session, &options, &error);
    if (status == QA_OK && !connection->is_autocommit)
        status = qa_sql_set_autocommit(connection->session, false, &error);
    if (status != QA_OK) {
        qa_sql_session_close(connection->session);
        connection->session = NULL;
        return qa_edge_fail(diagnostics, &error);
    }
    connection->attributes.access_mode = is_read_only ? SQL_MODE_READ_ONLY : SQL_MODE_READ_WRITE;
    connection->is_dead = false;
    return SQL_SUCCESS;
}

static SQLRETURN warn_of_unknown(qa_edge_connection_t *connection)
{
    const qa_odbc_settings_t *const settings = &connection->settings;
    qa_edge_diagnostics_t *const diagnostics = &connection->handle.diagnostics;
    for (uint32_t index = 0; index < settings->unknown_count && index < QA_ODBC_WARNINGS_MAX; index++)
        qa_edge_warn(diagnostics, "01S00", "there is no keyword %s; it was not looked at",
                     settings->unknown[index]);
    if (settings->unknown_count > QA_ODBC_WARNINGS_MAX)
        qa_edge_warn(diagnostics, "01S00", "%u more keywords were not looked at",
                     settings->unknown_count - QA_ODBC_WARNINGS_MAX);
    return settings->unknown_count > 0 ? SQL_SUCCESS_WITH_INFO : SQL_SUCCESS;
}

/* From parsed settings to a session; what was parsed goes away again if that fails. */
static SQLRETURN finish_connect(qa_edge_connection_t *connection, qa_status_t status,
                                qa_odbc_diagnostic_t *diagnostic)
{
    if (status == QA_OK) status = qa_odbc_settings_check(&connection->settings, diagnostic);
    SQLRETURN result = status == QA_OK ? open_session(connection)
                                       : qa_edge_refuse_with(&connection->handle.diagnostics, diagnostic);
    if (result == SQL_SUCCESS) {
        result = warn_of_unknown(connection);
    } else {
        qa_odbc_settings_release(&connection->settings);
        qa_odbc_settings_make(&connection->settings, connection->allocator);
    }
    return result;
}

SQLRETURN qa_edge_connect(qa_edge_connection_t *connection, qa_odbc_argument_t data_source,
                          qa_odbc_argument_t actor)
{
    qa_odbc_diagnostic_t diagnostic;
    const qa_status_t status =
        qa_odbc_settings_connect(&connection->settings, data_source.data == NULL ? "" : data_source.data,
                                 actor.data, &data_sources, &diagnostic);
    return finish_connect(connection, status, &diagnostic);
}

/* Text that a part prints into a buffer of its full length; 01004 is told by the edge. */
static SQLRETURN put_printed(qa_edge_connection_t *connection,
                             size_t (*print)(const qa_odbc_settings_t *settings, char *text_out,
                                             size_t capacity),
                             SQLWCHAR *target, SQLSMALLINT capacity, SQLSMALLINT *length_out)
{
    const size_t bytes = print(&connection->settings, NULL, 0);
    char *const text = qa_arena_take(&connection->arguments, bytes + 1);
    if (text == NULL)
        return qa_edge_refuse(&connection->handle.diagnostics, "HY001", "no memory for the completed string");
    print(&connection->settings, text, bytes + 1);
    return qa_edge_put_text(&connection->handle.diagnostics, text, target, capacity, length_out);
}

static void close_session(qa_edge_connection_t *connection)
{
    qa_sql_session_close(connection->session);
    connection->session = NULL;
    connection->needs_data = false;
    qa_odbc_settings_release(&connection->settings);
    qa_odbc_settings_make(&connection->settings, connection->allocator);
}

SQLRETURN qa_edge_driver_connect(qa_edge_connection_t *connection, qa_odbc_argument_t text,
                                 SQLWCHAR *completed, SQLSMALLINT capacity, SQLSMALLINT *length_out,
                                 SQLUSMALLINT completion)
{
    qa_odbc_diagnostic_t diagnostic;
    if (completion > SQL_DRIVER_COMPLETE_REQUIRED)
        return qa_edge_refuse(&connection->handle.diagnostics, "HY110", "%u is no kind of completion",
                              completion);
    if (completed != NULL && capacity < 0)
        return qa_edge_refuse(&connection->handle.diagnostics, "HY090", "the length of the buffer is %d",
                              capacity);
    const qa_status_t status = qa_odbc_settings_parse(
        &connection->settings, text.data == NULL ? "" : text.data, text.bytes, &data_sources, &diagnostic);
    const SQLRETURN result = finish_connect(connection, status, &diagnostic);
    if (result == SQL_ERROR) return result;
    const SQLRETURN put = put_printed(connection, qa_odbc_settings_print, completed, capacity, length_out);
    if (put == SQL_ERROR) close_session(connection);
    return put == SQL_SUCCESS ? result : put;
}

SQLRETURN qa_edge_browse_connect(qa_edge_connection_t *connection, qa_odbc_argument_t text, SQLWCHAR *answer,
                                 SQLSMALLINT capacity, SQLSMALLINT *length_out)
{
    qa_odbc_settings_t *const settings = &connection->settings;
    qa_odbc_diagnostic_t diagnostic;
    qa_status_t status = qa_odbc_settings_parse(settings, text.data == NULL ? "" : text.data, text.bytes,
                                                &data_sources, &diagnostic);
    if (status == QA_OK && qa_odbc_settings_check(settings, &diagnostic) != QA_OK) {
        /* Not enough yet: tell what can be given. */
        connection->needs_data = true;
        const SQLRETURN put = put_printed(connection, qa_odbc_settings_browse, answer, capacity, length_out);
        return put == SQL_ERROR ? SQL_ERROR : SQL_NEED_DATA;
    }
    const SQLRETURN result = finish_connect(connection, status, &diagnostic);
    connection->needs_data = false;
    if (result == SQL_ERROR) return result;
    const SQLRETURN put = put_printed(connection, qa_odbc_settings_print, answer, capacity, length_out);
    return put == SQL_SUCCESS ? result : put;
}

SQLRETURN qa_edge_disconnect(qa_edge_connection_t *connection)
{
    for (const qa_edge_statement_t *statement = connection->statements; statement != NULL;
         statement = statement->next) {
        const char *const refusal =
            qa_odbc_statement_refusal(QA_CALL_DISCONNECT, statement->state, statement->is_prepared);
        if (refusal != NULL)
            return qa_edge_refuse(&connection->handle.diagnostics, refusal, "a statement waits for data");
    }
    while (connection->statements != NULL)
        qa_edge_statement_free(connection->statements);
    qa_edge_descriptors_end(connection);
    close_session(connection);
    return SQL_SUCCESS;
}

SQLRETURN qa_edge_end_transaction(qa_edge_connection_t *connection, SQLSMALLINT completion,
                                  qa_edge_diagnostics_t *diagnostics)
{
    qa_error_t error;
    if (completion != SQL_COMMIT && completion != SQL_ROLLBACK)
        return qa_edge_refuse(diagnostics, "HY012",
                              "a transaction ends by SQL_COMMIT or SQL_ROLLBACK, not %d", completion);
    for (const qa_edge_statement_t *statement = connection->statements; statement != NULL;
         statement = statement->next) {
        const char *const refusal =
            qa_odbc_statement_refusal(QA_CALL_END_TRAN, statement->state, statement->is_prepared);
        if (refusal != NULL) return qa_edge_refuse(diagnostics, refusal, "a statement waits for data");
    }
    if (connection->session == NULL) return SQL_SUCCESS;
    const qa_status_t status = completion == SQL_COMMIT ? qa_sql_commit(connection->session, &error)
                                                        : qa_sql_rollback(connection->session, &error);
    if (status == QA_POISONED || status == QA_DIVERGED) connection->is_dead = true;
    return status == QA_OK ? SQL_SUCCESS : qa_edge_fail(diagnostics, &error);
}

SQLRETURN qa_edge_native_sql(qa_edge_connection_t *connection, qa_odbc_argument_t text, SQLWCHAR *native,
                             SQLINTEGER capacity, SQLINTEGER *length_out)
{
    qa_edge_diagnostics_t *const diagnostics = &connection->handle.diagnostics;
    qa_error_t error;
    size_t bytes = 0;
    if (text.data == NULL)
        return qa_edge_refuse(diagnostics, "HY009", "the text of the statement is a null pointer");
    if (qa_sql_native(text.data, text.bytes, NULL, 0, &bytes, &error) != QA_OK)
        return qa_edge_fail(diagnostics, &error);
    char *const utf8 = qa_arena_take(&connection->arguments, bytes + 1);
    if (utf8 == NULL) return qa_edge_refuse(diagnostics, "HY001", "no memory for a text of %zu bytes", bytes);
    if (qa_sql_native(text.data, text.bytes, utf8, bytes + 1, &bytes, &error) != QA_OK)
        return qa_edge_fail(diagnostics, &error);
    SQLLEN length = 0;
    const SQLLEN capacity_bytes = native == NULL ? 0 : (SQLLEN)capacity * (SQLLEN)sizeof(SQLWCHAR);
    const SQLRETURN result = qa_edge_put_bytes(diagnostics, utf8, native, capacity_bytes, &length);
    if (length_out != NULL) *length_out = (SQLINTEGER)(length / (SQLLEN)sizeof(SQLWCHAR));
    return result;
}
