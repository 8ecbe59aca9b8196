/* The two kinds of results behind one door, and what runs while another thread may cancel it. It must never
 * convert a value. */
#include "edge/source.h"

#include <assert.h>
#include <stdatomic.h>

uint16_t qa_edge_source_column_count(const qa_edge_source_t *source)
{
    if (source->sql != NULL) return qa_sql_column_count(source->sql);
    return source->result == NULL ? 0 : qa_odbc_result_column_count(source->result);
}

const qa_sql_column_info_t *qa_edge_source_column(const qa_edge_source_t *source, uint16_t index)
{
    assert(index < qa_edge_source_column_count(source));
    return source->sql != NULL ? qa_sql_column(source->sql, index)
                               : qa_odbc_result_column(source->result, index);
}

void qa_edge_source_type(const qa_edge_source_t *source, uint16_t index, qa_odbc_type_t *type_out)
{
    if (source->result != NULL)
        qa_odbc_result_type(source->result, index, type_out);
    else
        qa_odbc_type_describe(&qa_sql_column(source->sql, index)->type, type_out);
}

void qa_edge_source_close(qa_edge_source_t *source)
{
    qa_sql_close(source->sql);
    qa_odbc_result_close(source->result);
    *source = (qa_edge_source_t){ .sql = NULL };
}

void qa_edge_source_close_cursor(qa_edge_source_t *source)
{
    if (source->sql != NULL) qa_sql_close_cursor(source->sql);
    qa_odbc_result_close(source->result);
    source->result = NULL;
    source->result_row = 0;
}

static void set_running(qa_edge_statement_t *statement, qa_sql_statement_t *running)
{
    qa_mutex_lock(statement->cancel_mutex);
    statement->running = running;
    if (running != NULL && atomic_load(&statement->is_cancel_wanted)) qa_sql_cancel(running);
    qa_mutex_unlock(statement->cancel_mutex);
}

qa_status_t qa_edge_run_execute(qa_edge_statement_t *statement, qa_error_t *error)
{
    assert(statement->source.sql != NULL);
    const SQLULEN timeout_s = statement->attributes.query_timeout_s;
    qa_sql_set_timeout(statement->source.sql, (uint32_t)(timeout_s * 1000));
    set_running(statement, statement->source.sql);
    const qa_status_t status = qa_sql_execute(statement->source.sql, error);
    set_running(statement, NULL);
    return status;
}

qa_status_t qa_edge_run_fetch(qa_edge_statement_t *statement, uint32_t row_max,
                              const qa_sql_batch_t **batch_out, qa_error_t *error)
{
    qa_edge_source_t *const source = &statement->source;
    if (source->sql == NULL) {
        *batch_out = qa_odbc_result_batch(source->result, source->result_row, row_max);
        source->result_row += (*batch_out)->row_count;
        return QA_OK;
    }
    set_running(statement, source->sql);
    const qa_status_t status = qa_sql_fetch(source->sql, row_max, batch_out, error);
    set_running(statement, NULL);
    return status;
}

bool qa_edge_cancel_running(qa_edge_statement_t *statement)
{
    qa_mutex_lock(statement->cancel_mutex);
    const bool is_running = statement->running != NULL;
    const bool is_busy = atomic_load(&statement->is_busy);
    if (is_running) qa_sql_cancel(statement->running);
    if (is_busy) atomic_store(&statement->is_cancel_wanted, true);
    qa_mutex_unlock(statement->cancel_mutex);
    return is_running || is_busy;
}
