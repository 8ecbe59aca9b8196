/* SQLGetData and SQLSetPos: one value of the current row of the rowset, in pieces if it is longer than the
 * buffer; any column, in any order, bound or not. It must never fetch. */
#include "edge/fetch.h"
#include "edge/parameters.h"
#include "edge/source.h"

SQLRETURN qa_edge_set_pos(qa_edge_statement_t *statement, SQLSETPOSIROW row, SQLUSMALLINT operation,
                          SQLUSMALLINT lock)
{
    qa_edge_diagnostics_t *const diagnostics = &statement->handle.diagnostics;
    qa_edge_cursor_t *const cursor = &statement->cursor;
    const SQLULEN size =
        statement->state == QA_ODBC_S7 ? statement->attributes.rowset_size : statement->ard->array_size;
    if (operation > SQL_ADD || lock > SQL_LOCK_UNLOCK)
        return qa_edge_refuse(diagnostics, "HY092", "SQLSetPos has no operation %u with lock %u", operation,
                              lock);
    if (operation != SQL_POSITION || lock != SQL_LOCK_NO_CHANGE)
        return qa_edge_refuse(diagnostics, "HYC00",
                              "SQLSetPos positions only; change rows by UPDATE, INSERT and DELETE");
    if (row < 1 || row > size)
        return qa_edge_refuse(diagnostics, "HY107", "row %llu: the rowset has %llu rows",
                              (unsigned long long)row, (unsigned long long)size);
    if (row > cursor->rowset_rows)
        return qa_edge_refuse(diagnostics, "HY109", "row %llu: only %u rows were fetched",
                              (unsigned long long)row, cursor->rowset_rows);
    cursor->current = (uint32_t)row - 1;
    cursor->data_column = 0;
    return SQL_SUCCESS;
}

/* The C type that is meant, and what the descriptor says about numbers. */
static SQLSMALLINT find_type(qa_edge_statement_t *statement, SQLUSMALLINT number, SQLSMALLINT c_type,
                             qa_odbc_target_t *target)
{
    const qa_edge_field_record_t *const bound = qa_edge_descriptor_find(statement->ard, number);
    SQLSMALLINT wanted = qa_odbc_type_code_from(c_type);
    if (c_type == SQL_ARD_TYPE) wanted = bound == NULL ? SQL_C_DEFAULT : bound->concise_type;
    if (wanted == SQL_C_DEFAULT)
        wanted = qa_odbc_default_c_type(statement->ird->records[number - 1].concise_type);
    if (bound != NULL && bound->type == SQL_NUMERIC) {
        target->precision = bound->precision;
        target->scale = bound->scale;
    }
    return wanted;
}

static SQLRETURN tell(qa_edge_statement_t *statement, SQLUSMALLINT number, SQLSMALLINT c_type,
                      const qa_sql_type_t *type, qa_odbc_outcome_t outcome)
{
    qa_odbc_diagnostic_t diagnostic;
    qa_odbc_describe_outcome(outcome, type, c_type, &diagnostic);
    qa_edge_post(&statement->handle.diagnostics, diagnostic.sqlstate, diagnostic.native,
                 (SQLLEN)statement->cursor.current + 1, number, "column %u: %s", number, diagnostic.message);
    return qa_odbc_is_error(outcome) ? SQL_ERROR : SQL_SUCCESS_WITH_INFO;
}

SQLRETURN qa_edge_get_data(qa_edge_statement_t *statement, SQLUSMALLINT number, SQLSMALLINT c_type,
                           SQLPOINTER data, SQLLEN buffer_bytes, SQLLEN *indicator)
{
    qa_edge_diagnostics_t *const diagnostics = &statement->handle.diagnostics;
    qa_edge_cursor_t *const cursor = &statement->cursor;
    if (cursor->rowset_rows == 0) return qa_edge_refuse(diagnostics, "24000", "the cursor is not on a row");
    if (number == 0 || number > qa_edge_source_column_count(&statement->source))
        return qa_edge_refuse(diagnostics, "07009", "there is no column %u: the result has %u", number,
                              qa_edge_source_column_count(&statement->source));
    if (c_type != SQL_ARD_TYPE && !qa_odbc_c_type_is_known(c_type))
        return qa_edge_refuse(diagnostics, "HY003", "column %u: the C type %d is none of ODBC", number,
                              c_type);
    if (data == NULL)
        return qa_edge_refuse(diagnostics, "HY009", "column %u: the buffer is a null pointer", number);
    if (buffer_bytes < 0)
        return qa_edge_refuse(diagnostics, "HY090", "column %u: the length of the buffer is negative",
                              number);
    qa_odbc_target_t target = { .scale = QA_ODBC_SCALE_UNSET,
                                .is_filled = true,
                                .data = data,
                                .data_bytes = buffer_bytes,
                                .length = indicator,
                                .indicator = indicator,
                                .length_max = statement->attributes.max_length };
    target.c_type = find_type(statement, number, c_type, &target);
    target.today = target.c_type == SQL_C_TYPE_TIMESTAMP ? qa_edge_today() : 0;
    if (cursor->data_column != number || cursor->data_c_type != target.c_type) {
        cursor->data_column = number;
        cursor->data_c_type = target.c_type;
        cursor->data_offset = 0;
    }
    const qa_sql_value_t value = qa_edge_rowset_value(cursor, cursor->current, (uint16_t)(number - 1));
    const qa_sql_type_t *const type =
        &qa_edge_source_column(&statement->source, (uint16_t)(number - 1))->type;
    const qa_odbc_outcome_t outcome = qa_odbc_put_value(&value, type, &target, &cursor->data_offset);
    if (outcome == QA_ODBC_OK) return SQL_SUCCESS;
    return outcome == QA_ODBC_NO_MORE ? SQL_NO_DATA : tell(statement, number, target.c_type, type, outcome);
}
