/* Exported functions: results described and fetched. As entry_handles.c says. */
#include "edge/columns.h"
#include "edge/execute.h"
#include "edge/fetch.h"
#include "edge/statement.h"

QA_EXPORT SQLRETURN SQL_API SQLNumResultCols(SQLHSTMT handle, SQLSMALLINT *count_out)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_NUM_RESULT_COLS))
        return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_num_result_cols(call.statement, count_out));
}

QA_EXPORT SQLRETURN SQL_API SQLDescribeColW(SQLHSTMT handle, SQLUSMALLINT number, SQLWCHAR *name,
                                            SQLSMALLINT capacity, SQLSMALLINT *length_out,
                                            SQLSMALLINT *type_out, SQLULEN *size_out, SQLSMALLINT *digits_out,
                                            SQLSMALLINT *nullable_out)
{
    qa_edge_call_t call;
    const qa_edge_description_t description = { type_out, size_out, digits_out, nullable_out };
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_DESCRIBE_COL)) return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(
        &call, qa_edge_describe_col(call.statement, number, name, capacity, length_out, &description));
}

QA_EXPORT SQLRETURN SQL_API SQLColAttributeW(SQLHSTMT handle, SQLUSMALLINT number, SQLUSMALLINT field,
                                             SQLPOINTER text, SQLSMALLINT capacity_bytes,
                                             SQLSMALLINT *length_out, SQLLEN *number_out)
{
    qa_edge_call_t call;
    const bool is_count = field == SQL_DESC_COUNT || field == SQL_COLUMN_COUNT;
    if (!qa_edge_enter_statement(&call, handle, is_count ? QA_CALL_COL_COUNT : QA_CALL_COL_ATTRIBUTE))
        return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_col_attribute(call.statement, number, field, text, capacity_bytes,
                                                      length_out, number_out));
}

QA_EXPORT SQLRETURN SQL_API SQLRowCount(SQLHSTMT handle, SQLLEN *count_out)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_ROW_COUNT)) return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_row_count(call.statement, count_out));
}

QA_EXPORT SQLRETURN SQL_API SQLBindCol(SQLHSTMT handle, SQLUSMALLINT number, SQLSMALLINT c_type,
                                       SQLPOINTER data, SQLLEN buffer_bytes, SQLLEN *indicator)
{
    qa_edge_call_t call;
    const qa_edge_column_binding_t binding = { c_type, data, buffer_bytes, indicator };
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_BIND_COL)) return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_bind_col(call.statement, number, &binding));
}

QA_EXPORT SQLRETURN SQL_API SQLFetch(SQLHSTMT handle)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_FETCH)) return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_fetch(call.statement, SQL_FETCH_NEXT));
}

QA_EXPORT SQLRETURN SQL_API SQLFetchScroll(SQLHSTMT handle, SQLSMALLINT orientation, SQLLEN offset)
{
    qa_edge_call_t call;
    (void)offset;
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_FETCH)) return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_fetch(call.statement, orientation));
}

QA_EXPORT SQLRETURN SQL_API SQLExtendedFetch(SQLHSTMT handle, SQLUSMALLINT orientation, SQLLEN offset,
                                             SQLULEN *row_count_out, SQLUSMALLINT *row_status_out)
{
    qa_edge_call_t call;
    (void)offset;
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_EXTENDED_FETCH))
        return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call,
                         qa_edge_extended_fetch(call.statement, orientation, row_count_out, row_status_out));
}

QA_EXPORT SQLRETURN SQL_API SQLGetData(SQLHSTMT handle, SQLUSMALLINT number, SQLSMALLINT c_type,
                                       SQLPOINTER data, SQLLEN buffer_bytes, SQLLEN *indicator)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_GET_DATA)) return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call,
                         qa_edge_get_data(call.statement, number, c_type, data, buffer_bytes, indicator));
}

QA_EXPORT SQLRETURN SQL_API SQLSetPos(SQLHSTMT handle, SQLSETPOSIROW row, SQLUSMALLINT operation,
                                      SQLUSMALLINT lock)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_SET_POS)) return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_set_pos(call.statement, row, operation, lock));
}

QA_EXPORT SQLRETURN SQL_API SQLBulkOperations(SQLHSTMT handle, SQLSMALLINT operation)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_BULK_OPERATIONS))
        return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(
        &call,
        qa_edge_refuse(&call.handle->diagnostics, "HYC00",
                       "bulk operation %d comes later; use INSERT with an array of parameters", operation));
}

QA_EXPORT SQLRETURN SQL_API SQLMoreResults(SQLHSTMT handle)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_MORE_RESULTS)) return qa_edge_leave(&call, SQL_ERROR);
    return qa_edge_leave(&call, qa_edge_more_results(call.statement));
}

QA_EXPORT SQLRETURN SQL_API SQLCloseCursor(SQLHSTMT handle)
{
    qa_edge_call_t call;
    if (!qa_edge_enter_statement(&call, handle, QA_CALL_CLOSE_CURSOR)) return qa_edge_leave(&call, SQL_ERROR);
    qa_edge_close_cursor(call.statement);
    return qa_edge_leave(&call, SQL_SUCCESS);
}
