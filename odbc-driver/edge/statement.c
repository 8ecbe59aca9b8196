/* The life of statements and of their cursors. It must never end a source while the IRD still shows its
 * names. */
#include "edge/statement.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "edge/descriptor.h"
#include "edge/execute.h"
#include "edge/source.h"
#include "qa/text.h"

static bool make_descriptors(qa_edge_statement_t *statement)
{
    bool is_made = true;
    for (int role = 0; role < QA_EDGE_ROLE_COUNT; role++)
        is_made = qa_edge_descriptor_make(&statement->descriptors[role], statement->connection, statement,
                                          (qa_edge_role_t)role) &&
                  is_made;
    statement->ard = &statement->descriptors[QA_EDGE_ARD];
    statement->apd = &statement->descriptors[QA_EDGE_APD];
    statement->ird = &statement->descriptors[QA_EDGE_IRD];
    statement->ipd = &statement->descriptors[QA_EDGE_IPD];
    return is_made;
}

static void release(qa_edge_statement_t *statement)
{
    const qa_allocator_t *const allocator = qa_edge_allocator(statement);
    qa_edge_unregister(statement->handle.slot);
    qa_edge_forget_source(statement);
    qa_arena_release(&statement->cursor.kept);
    qa_memory_give(allocator, statement->cursor.outcomes, statement->cursor.outcome_capacity);
    qa_edge_execution_release(&statement->execution);
    for (int role = 0; role < QA_EDGE_ROLE_COUNT; role++)
        qa_edge_descriptor_release(&statement->descriptors[role]);
    if (statement->cancel_mutex != NULL) qa_mutex_close(statement->cancel_mutex);
    qa_edge_diagnostics_release(&statement->handle.diagnostics);
    qa_memory_give(allocator, statement, sizeof(*statement));
}

SQLRETURN qa_edge_statement_allocate(qa_edge_connection_t *connection, SQLHANDLE *handle_out)
{
    const qa_allocator_t *const allocator = connection->allocator;
    qa_edge_statement_t *const statement = qa_memory_take(allocator, sizeof(qa_edge_statement_t));
    if (statement == NULL)
        return qa_edge_refuse(&connection->handle.diagnostics, "HY001", "no memory for a statement");
    statement->handle.kind = SQL_HANDLE_STMT;
    statement->connection = connection;
    statement->state = QA_ODBC_S1;
    statement->row_count = -1;
    qa_edge_diagnostics_make(&statement->handle.diagnostics, allocator);
    qa_edge_statement_attributes_reset(&statement->attributes);
    statement->attributes.query_timeout_s = connection->settings.timeout_s;
    statement->attributes.metadata_id = connection->attributes.metadata_id;
    statement->attributes.async_enable = connection->attributes.async_enable;
    qa_arena_make(&statement->cursor.kept, allocator, QA_EDGE_ROWSET_BYTES_MAX);
    qa_edge_execution_make(&statement->execution, allocator);
    snprintf(statement->cursor_name, sizeof(statement->cursor_name), "SQL_CUR%llu",
             (unsigned long long)++connection->cursor_number);
    const bool has_descriptors = make_descriptors(statement);
    const bool has_mutex = qa_mutex_open(&statement->cancel_mutex, allocator) == QA_OK;
    statement->handle.slot = qa_edge_register(SQL_HANDLE_STMT, statement);
    if (!has_descriptors || !has_mutex || statement->handle.slot == NULL) {
        release(statement);
        return qa_edge_refuse(&connection->handle.diagnostics, "HY001", "no memory for a statement");
    }
    statement->next = connection->statements;
    connection->statements = statement;
    *handle_out = statement->handle.slot;
    return SQL_SUCCESS;
}

void qa_edge_statement_free(qa_edge_statement_t *statement)
{
    qa_edge_statement_t **place = &statement->connection->statements;
    while (*place != statement) {
        assert(*place != NULL);
        place = &(*place)->next;
    }
    *place = statement->next;
    release(statement);
}

static void reset_cursor(qa_edge_cursor_t *cursor)
{
    cursor->batch = NULL;
    cursor->batch_row = 0;
    cursor->batch_first = 0;
    cursor->is_finished = false;
    cursor->delivered = 0;
    cursor->rowset_rows = 0;
    cursor->kept_rows = 0;
    cursor->kept_values = NULL;
    cursor->kept_columns = 0;
    cursor->current = 0;
    cursor->data_column = 0;
    qa_arena_release(&cursor->kept);
}

void qa_edge_forget_source(qa_edge_statement_t *statement)
{
    reset_cursor(&statement->cursor);
    qa_edge_descriptor_set_count(statement->ird, 0);
    qa_edge_source_close(&statement->source);
    statement->is_prepared = false;
    statement->state = QA_ODBC_S1;
}

void qa_edge_close_cursor(qa_edge_statement_t *statement)
{
    if (statement->state < QA_ODBC_S4) return;
    reset_cursor(&statement->cursor);
    if (!statement->is_prepared) {
        qa_edge_forget_source(statement);
        return;
    }
    qa_edge_source_close_cursor(&statement->source);
    statement->state = qa_edge_source_column_count(&statement->source) > 0 ? QA_ODBC_S3 : QA_ODBC_S2;
}

SQLRETURN qa_edge_free_stmt(qa_edge_statement_t *statement, SQLUSMALLINT option)
{
    switch (option) {
    case SQL_CLOSE:
        qa_edge_close_cursor(statement);
        return SQL_SUCCESS;
    case SQL_UNBIND:
        qa_edge_descriptor_set_count(statement->ard, 0);
        return SQL_SUCCESS;
    case SQL_RESET_PARAMS:
        qa_edge_descriptor_set_count(statement->apd, 0);
        qa_edge_descriptor_set_count(statement->ipd, 0);
        return SQL_SUCCESS;
    default:
        return qa_edge_refuse(&statement->handle.diagnostics, "HY092", "SQLFreeStmt has no option %u",
                              option);
    }
}

SQLRETURN qa_edge_set_cursor_name(qa_edge_statement_t *statement, qa_odbc_argument_t name)
{
    qa_edge_diagnostics_t *const diagnostics = &statement->handle.diagnostics;
    if (name.data == NULL)
        return qa_edge_refuse(diagnostics, "HY009", "the name of the cursor is a null pointer");
    const bool is_reserved =
        name.bytes >= 6 && (memcmp(name.data, "SQL_CU", 6) == 0 || memcmp(name.data, "SQLCUR", 6) == 0);
    if (name.bytes == 0 || is_reserved || qa_utf16_units(name.data, name.bytes) > 128)
        return qa_edge_refuse(
            diagnostics, "34000",
            "a cursor's name has 1 to 128 characters and does not begin with SQL_CUR or SQLCUR");
    for (const qa_edge_statement_t *other = statement->connection->statements; other != NULL;
         other = other->next)
        if (other != statement && strcmp(other->cursor_name, name.data) == 0)
            return qa_edge_refuse(diagnostics, "3C000", "another cursor of this connection is called %s",
                                  name.data);
    memcpy(statement->cursor_name, name.data, name.bytes + 1);
    return SQL_SUCCESS;
}

SQLRETURN qa_edge_statement_fail(qa_edge_statement_t *statement, const qa_error_t *error, SQLLEN row,
                                 SQLINTEGER column)
{
    if (error->status == QA_POISONED || error->status == QA_DIVERGED) statement->connection->is_dead = true;
    return qa_edge_fail_at(&statement->handle.diagnostics, error, row, column);
}

SQLRETURN qa_edge_refuse_with(qa_edge_diagnostics_t *diagnostics, const qa_odbc_diagnostic_t *diagnostic)
{
    qa_edge_post(diagnostics, diagnostic->sqlstate, diagnostic->native, SQL_NO_ROW_NUMBER,
                 SQL_NO_COLUMN_NUMBER, "%s", diagnostic->message);
    return SQL_ERROR;
}
