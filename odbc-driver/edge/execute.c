/* SQLPrepare and SQLExecute: sets of parameters one after the other. In autocommit an array of sets is one
 * transaction, so that it becomes one intent; a set that fails leaves no trace and the others count. It must
 * never leave autocommit off behind an array. */
#include <string.h>

#include "edge/columns.h"
#include "edge/execute_private.h"
#include "edge/parameters.h"
#include "edge/source.h"
#include "edge/statement.h"

/* SQL_DIAG_DYNAMIC_FUNCTION by what the statement is called. */
static const struct {
    const char *command;
    const char *function;
    SQLINTEGER code;
} functions[] = {
    { "SELECT", "SELECT CURSOR", SQL_DIAG_SELECT_CURSOR },
    { "INSERT", "INSERT", SQL_DIAG_INSERT },
    { "UPDATE", "UPDATE WHERE", SQL_DIAG_UPDATE_WHERE },
    { "DELETE", "DELETE WHERE", SQL_DIAG_DELETE_WHERE },
    { "CALL", "CALL", SQL_DIAG_CALL },
    { "CREATE TABLE", "CREATE TABLE", SQL_DIAG_CREATE_TABLE },
    { "DROP TABLE", "DROP TABLE", SQL_DIAG_DROP_TABLE },
};

void qa_edge_execution_make(qa_edge_execution_t *execution, const qa_allocator_t *allocator)
{
    *execution = (qa_edge_execution_t){ .set = 0 };
    qa_buffer_make(&execution->piece, allocator, QA_EDGE_PARAMETER_BYTES_MAX);
    qa_arena_make(&execution->values, allocator, QA_EDGE_PARAMETER_BYTES_MAX);
}

static void release_parameters(qa_edge_execution_t *execution)
{
    const qa_allocator_t *const allocator = execution->piece.allocator;
    qa_arena_release(&execution->values);
    qa_memory_give(allocator, execution->parameters,
                   (size_t)execution->parameter_capacity * sizeof(*execution->parameters));
    execution->parameters = NULL;
    execution->parameter_capacity = 0;
}

void qa_edge_execution_release(qa_edge_execution_t *execution)
{
    if (execution->piece.allocator == NULL) return; /* was never made */
    release_parameters(execution);
    qa_buffer_release(&execution->piece);
}

static SQLRETURN prepare(qa_edge_statement_t *statement, qa_odbc_argument_t text)
{
    qa_error_t error;
    qa_edge_forget_source(statement);
    statement->row_count = -1;
    if (text.data == NULL)
        return qa_edge_refuse(&statement->handle.diagnostics, "HY009",
                              "the text of the statement is a null pointer");
    if (qa_sql_prepare(&statement->source.sql, statement->connection->session, text.data, text.bytes,
                       &error) != QA_OK)
        return qa_edge_statement_fail(statement, &error, SQL_NO_ROW_NUMBER, SQL_NO_COLUMN_NUMBER);
    const SQLRETURN result = qa_edge_describe_source(statement);
    if (result == SQL_ERROR) qa_edge_forget_source(statement);
    return result;
}

static qa_odbc_statement_state_t prepared_state(const qa_edge_statement_t *statement)
{
    return qa_edge_source_column_count(&statement->source) > 0 ? QA_ODBC_S3 : QA_ODBC_S2;
}

SQLRETURN qa_edge_prepare(qa_edge_statement_t *statement, qa_odbc_argument_t text)
{
    const SQLRETURN result = prepare(statement, text);
    if (result == SQL_ERROR) return result;
    statement->is_prepared = true;
    statement->state = prepared_state(statement);
    return result;
}

void qa_edge_open_cursor(qa_edge_statement_t *statement)
{
    statement->state = QA_ODBC_S5;
    statement->handle.diagnostics.dynamic_function = "SELECT CURSOR";
    statement->handle.diagnostics.dynamic_function_code = SQL_DIAG_SELECT_CURSOR;
}

/* The header of the diagnostics. */
static void tell_function(qa_edge_statement_t *statement)
{
    qa_edge_diagnostics_t *const diagnostics = &statement->handle.diagnostics;
    const char *const command = qa_sql_command(statement->source.sql);
    diagnostics->row_count = statement->row_count;
    for (size_t index = 0; index < sizeof(functions) / sizeof(functions[0]); index++)
        if (strcmp(functions[index].command, command) == 0) {
            diagnostics->dynamic_function = functions[index].function;
            diagnostics->dynamic_function_code = functions[index].code;
        }
}

static bool is_change(const qa_edge_statement_t *statement)
{
    const char *const command = qa_sql_command(statement->source.sql);
    return strcmp(command, "INSERT") == 0 || strcmp(command, "UPDATE") == 0 || strcmp(command, "DELETE") == 0;
}

void qa_edge_set_status(qa_edge_statement_t *statement, SQLUSMALLINT status)
{
    if (statement->ipd->array_status_ptr != NULL)
        statement->ipd->array_status_ptr[statement->execution.set] = status;
}

static void fail_set(qa_edge_statement_t *statement)
{
    statement->execution.failed_count++;
    qa_edge_set_status(statement, SQL_PARAM_ERROR);
}

/* Binds the values of the present set and executes. False: the failure was posted. */
static bool bind_and_execute(qa_edge_statement_t *statement, SQLLEN row)
{
    const qa_edge_execution_t *const execution = &statement->execution;
    qa_sql_statement_t *const sql = statement->source.sql;
    const uint16_t count = qa_sql_parameter_count(sql);
    qa_error_t error;
    for (uint16_t index = 0; index < count; index++)
        if (qa_sql_bind(sql, index, &execution->parameters[index], &error) != QA_OK) {
            qa_edge_statement_fail(statement, &error, row, index + 1);
            return false;
        }
    if (qa_edge_run_execute(statement, &error) == QA_OK) return true;
    qa_edge_statement_fail(statement, &error, row, SQL_NO_COLUMN_NUMBER);
    return false;
}

void qa_edge_run_set(qa_edge_statement_t *statement)
{
    qa_edge_execution_t *const execution = &statement->execution;
    qa_sql_statement_t *const sql = statement->source.sql;
    const SQLLEN row = qa_sql_parameter_count(sql) > 0 ? (SQLLEN)execution->set + 1 : SQL_NO_ROW_NUMBER;
    const bool is_done = bind_and_execute(statement, row);
    /* Tables that changed since the statement was prepared give it other columns, done or not. */
    if (qa_edge_describe_columns(statement) == SQL_ERROR || !is_done) {
        fail_set(statement);
        return;
    }
    const int64_t row_count = qa_sql_row_count(sql);
    if (row_count >= 0)
        execution->row_count = (execution->row_count < 0 ? 0 : execution->row_count) + (SQLLEN)row_count;
    execution->rounded_count += qa_sql_rounded_count(sql);
    qa_edge_set_status(statement,
                       execution->set_has_warning ? SQL_PARAM_SUCCESS_WITH_INFO : SQL_PARAM_SUCCESS);
}

uint16_t qa_edge_next_at_execution(qa_edge_statement_t *statement, uint16_t number)
{
    const uint16_t count = qa_sql_parameter_count(statement->source.sql);
    for (uint32_t next = (uint32_t)number + 1; next <= count; next++) {
        qa_odbc_source_t source;
        qa_edge_parameter_source(statement, (uint16_t)next, &source);
        if (qa_odbc_is_at_execution(&source)) return (uint16_t)next;
    }
    return 0;
}

/* Takes all values of the set that are here already. False: the set failed. */
static bool take_set(qa_edge_statement_t *statement)
{
    const uint16_t count = qa_sql_parameter_count(statement->source.sql);
    bool is_taken = true;
    for (uint16_t number = 1; number <= count; number++) {
        qa_odbc_source_t source;
        qa_edge_parameter_source(statement, number, &source);
        if (qa_odbc_is_at_execution(&source)) continue;
        const SQLRETURN result = qa_edge_take_parameter(statement, number, &source);
        is_taken = result != SQL_ERROR && is_taken;
        if (result == SQL_SUCCESS_WITH_INFO) statement->execution.set_has_warning = true;
    }
    return is_taken;
}

/* Ends the transaction of an array. The sets that had succeeded have failed if the commit does. */
static bool commit_array(qa_edge_statement_t *statement, bool is_kept)
{
    qa_sql_session_t *const session = statement->connection->session;
    qa_edge_execution_t *const execution = &statement->execution;
    qa_error_t error;
    qa_error_t ignored;
    if (!execution->is_in_array) return true;
    execution->is_in_array = false;
    const qa_status_t status = is_kept ? qa_sql_commit(session, &error) : qa_sql_rollback(session, &ignored);
    qa_sql_set_autocommit(session, true, &ignored);
    if (status == QA_OK || !is_kept) return true;
    qa_edge_statement_fail(statement, &error, SQL_ROW_NUMBER_UNKNOWN, SQL_COLUMN_NUMBER_UNKNOWN);
    for (execution->set = 0; execution->set < execution->set_count; execution->set++)
        qa_edge_set_status(statement, SQL_PARAM_ERROR);
    return false;
}

/* The statement is as it was before the execution. */
static void step_back(qa_edge_statement_t *statement)
{
    release_parameters(&statement->execution);
    if (statement->is_prepared)
        statement->state = prepared_state(statement);
    else
        qa_edge_forget_source(statement);
}

void qa_edge_abandon(qa_edge_statement_t *statement)
{
    commit_array(statement, false);
    step_back(statement);
}

/* An application that looks at no status of each set (pyodbc's fast_executemany) would take a warning for
 * success and lose the set: then the first one that fails is the failure of the call, and by itself nothing
 * is kept. */
static bool ends_with_a_failure(const qa_edge_statement_t *statement)
{
    return statement->ipd->array_status_ptr == NULL;
}

static SQLRETURN finish(qa_edge_statement_t *statement)
{
    qa_edge_execution_t *const execution = &statement->execution;
    qa_edge_diagnostics_t *const diagnostics = &statement->handle.diagnostics;
    const bool is_failed =
        execution->failed_count > 0 &&
        (execution->failed_count == execution->tried_count || ends_with_a_failure(statement));
    const bool is_committed = commit_array(statement, !is_failed);
    if (!is_committed || is_failed) {
        step_back(statement);
        return SQL_ERROR;
    }
    release_parameters(execution);
    statement->row_count = execution->row_count;
    if (qa_edge_source_column_count(&statement->source) > 0)
        qa_edge_open_cursor(statement);
    else
        statement->state = QA_ODBC_S4;
    tell_function(statement);
    if (execution->rounded_count > 0) {
        qa_edge_warn(diagnostics, "01S07", "%llu value%s rounded to the decimals of their account",
                     (unsigned long long)execution->rounded_count,
                     execution->rounded_count == 1 ? " was" : "s were");
        execution->has_warning = true;
    }
    if (execution->has_warning || execution->failed_count > 0) return SQL_SUCCESS_WITH_INFO;
    const bool is_odbc2 = statement->connection->environment->odbc_version == SQL_OV_ODBC2;
    return is_change(statement) && statement->row_count == 0 && !is_odbc2 ? SQL_NO_DATA : SQL_SUCCESS;
}

SQLRETURN qa_edge_run_sets(qa_edge_statement_t *statement)
{
    qa_edge_execution_t *const execution = &statement->execution;
    const SQLUSMALLINT *const operations = statement->apd->array_status_ptr;
    for (; execution->set < execution->set_count; execution->set++) {
        if (execution->failed_count > 0 && ends_with_a_failure(statement)) break;
        if (statement->ipd->rows_processed_ptr != NULL)
            *statement->ipd->rows_processed_ptr = execution->set + 1;
        if (operations != NULL && operations[execution->set] == SQL_PARAM_IGNORE) {
            qa_edge_set_status(statement, SQL_PARAM_UNUSED);
            continue;
        }
        qa_arena_release(&execution->values);
        execution->set_has_warning = false;
        execution->tried_count++;
        if (!take_set(statement)) {
            fail_set(statement);
            continue;
        }
        if (qa_edge_next_at_execution(statement, 0) != 0) {
            execution->parameter = 0;
            statement->state = QA_ODBC_S8;
            return SQL_NEED_DATA;
        }
        qa_edge_run_set(statement);
    }
    return finish(statement);
}

/* Whether every parameter has a place; room for the values. */
static SQLRETURN check_parameters(qa_edge_statement_t *statement)
{
    qa_edge_diagnostics_t *const diagnostics = &statement->handle.diagnostics;
    qa_edge_execution_t *const execution = &statement->execution;
    const uint16_t count = qa_sql_parameter_count(statement->source.sql);
    for (uint16_t number = 1; number <= count; number++) {
        const qa_edge_field_record_t *const record = qa_edge_descriptor_find(statement->apd, number);
        if (record == NULL || !qa_edge_record_is_bound(record))
            return qa_edge_refuse(diagnostics, "07002", "parameter %u of %u is not bound", number, count);
    }
    void *parameters = NULL;
    uint32_t capacity = 0;
    if (count > 0 && qa_array_reserve(execution->piece.allocator, &parameters, &capacity, count,
                                      sizeof(*execution->parameters)) != QA_OK)
        return qa_edge_refuse(diagnostics, "HY001", "no memory for %u parameters", count);
    execution->parameters = parameters;
    execution->parameter_capacity = capacity;
    return SQL_SUCCESS;
}

/* An array with autocommit is one transaction of its own. While it waits for data, what another statement
 * wrote would go with it: reported as done, and lost when the array is abandoned. */
static bool meets_array(const qa_edge_statement_t *statement)
{
    for (const qa_edge_statement_t *other = statement->connection->statements; other != NULL;
         other = other->next) {
        if (other != statement && other->execution.is_in_array) return true;
    }
    return false;
}

static SQLRETURN begin(qa_edge_statement_t *statement)
{
    qa_edge_execution_t *const execution = &statement->execution;
    qa_edge_connection_t *const connection = statement->connection;
    const bool has_parameters = qa_sql_parameter_count(statement->source.sql) > 0;
    if (meets_array(statement) && qa_edge_source_column_count(&statement->source) == 0)
        return qa_edge_refuse(
            &statement->handle.diagnostics, "HY010",
            "another statement of this connection waits for the data of an array of parameters; "
            "give or cancel it first");
    qa_edge_execution_release(execution);
    qa_edge_execution_make(execution, connection->allocator);
    execution->set_count = has_parameters ? statement->apd->array_size : 1;
    execution->row_count = -1;
    if (execution->set_count > 1 && qa_edge_source_column_count(&statement->source) > 0)
        return qa_edge_refuse(
            &statement->handle.diagnostics, "HYC00",
            "arrays of parameters are for statements without a result; SQL_ATTR_PARAMSET_SIZE "
            "is %llu",
            (unsigned long long)execution->set_count);
    if (check_parameters(statement) == SQL_ERROR) return SQL_ERROR;
    if (execution->set_count > 1 && connection->is_autocommit && is_change(statement)) {
        qa_error_t error;
        if (qa_sql_set_autocommit(connection->session, false, &error) != QA_OK)
            return qa_edge_statement_fail(statement, &error, SQL_NO_ROW_NUMBER, SQL_NO_COLUMN_NUMBER);
        execution->is_in_array = true;
    }
    return SQL_SUCCESS;
}

SQLRETURN qa_edge_execute(qa_edge_statement_t *statement)
{
    qa_edge_close_cursor(statement);
    statement->row_count = -1;
    if (begin(statement) == SQL_ERROR) {
        step_back(statement);
        return SQL_ERROR;
    }
    return qa_edge_run_sets(statement);
}

SQLRETURN qa_edge_exec_direct(qa_edge_statement_t *statement, qa_odbc_argument_t text)
{
    if (prepare(statement, text) == SQL_ERROR) return SQL_ERROR;
    if (begin(statement) == SQL_ERROR) {
        step_back(statement);
        return SQL_ERROR;
    }
    return qa_edge_run_sets(statement);
}

SQLRETURN qa_edge_row_count(qa_edge_statement_t *statement, SQLLEN *count_out)
{
    if (count_out != NULL) *count_out = statement->row_count;
    return SQL_SUCCESS;
}

SQLRETURN qa_edge_more_results(qa_edge_statement_t *statement)
{
    qa_edge_close_cursor(statement);
    return SQL_NO_DATA;
}
