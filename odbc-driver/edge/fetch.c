/* SQLFetch and its kin: a rowset into the bound columns, column by column, each by one call of the
 * conversion. It must never compute an address from the row's place in a batch: only its place in the rowset
 * counts. */
#include "edge/fetch.h"

#include <assert.h>
#include <string.h>

#include "edge/columns.h"
#include "edge/parameters.h"
#include "edge/rowset.h"
#include "edge/statement.h"

SQLRETURN qa_edge_bind_col(qa_edge_statement_t *statement, SQLUSMALLINT number,
                           const qa_edge_column_binding_t *binding)
{
    qa_edge_diagnostics_t *const diagnostics = &statement->handle.diagnostics;
    if (number == 0 || number > QA_EDGE_DESCRIPTOR_RECORDS_MAX)
        return qa_edge_refuse(diagnostics, "07009", "column %u: bookmarks are off, columns count from 1",
                              number);
    if (binding->data == NULL && binding->indicator == NULL) {
        qa_edge_field_record_t *const bound = qa_edge_descriptor_find(statement->ard, number);
        if (bound != NULL) *bound = (qa_edge_field_record_t){ .parameter_type = SQL_PARAM_INPUT };
        qa_edge_descriptor_trim(statement->ard);
        return SQL_SUCCESS;
    }
    if (!qa_odbc_c_type_is_known(binding->c_type))
        return qa_edge_refuse(diagnostics, "HY003", "column %u: the C type %d is none of ODBC", number,
                              binding->c_type);
    if (binding->buffer_bytes < 0)
        return qa_edge_refuse(diagnostics, "HY090", "column %u: the length of the buffer is negative",
                              number);
    qa_edge_field_record_t *const record = qa_edge_descriptor_record(statement->ard, (SQLSMALLINT)number);
    if (record == NULL) return qa_edge_refuse(diagnostics, "HY001", "no memory for column %u", number);
    *record = (qa_edge_field_record_t){ .parameter_type = SQL_PARAM_INPUT };
    qa_edge_record_set_type(record, qa_odbc_type_code_from(binding->c_type));
    record->octet_length = binding->buffer_bytes;
    record->length = (SQLULEN)binding->buffer_bytes;
    record->data_ptr = binding->data;
    record->indicator_ptr = binding->indicator;
    record->octet_length_ptr = binding->indicator;
    return SQL_SUCCESS;
}

/* Room for what became of each row, and behind it for what became of the rows of one column. */
static bool reserve_outcomes(qa_edge_statement_t *statement, uint32_t rows)
{
    qa_edge_cursor_t *const cursor = &statement->cursor;
    void *outcomes = cursor->outcomes;
    if (qa_array_reserve(qa_edge_allocator(statement), &outcomes, &cursor->outcome_capacity, 2 * rows, 1) !=
        QA_OK)
        return false;
    cursor->outcomes = outcomes;
    memset(outcomes, 0, 2 * (size_t)rows);
    return true;
}

typedef struct column_place {
    qa_odbc_target_t target;
    size_t data_stride;
    size_t length_stride;
} column_place_t;

static void *moved(void *base, SQLLEN bytes)
{
    return base == NULL ? NULL : (void *)((uintptr_t)base + (uintptr_t)bytes);
}

/* Where row `row` of the rowset goes in a bound column. */
static void find_place(const qa_edge_statement_t *statement, uint16_t column, uint32_t row,
                       column_place_t *place_out)
{
    const qa_edge_descriptor_t *const ard = statement->ard;
    const qa_edge_field_record_t *const record = &ard->records[column];
    const SQLSMALLINT c_type = record->concise_type == SQL_C_DEFAULT
                                   ? qa_odbc_default_c_type(statement->ird->records[column].concise_type)
                                   : record->concise_type;
    const SQLLEN fixed_bytes = qa_odbc_c_type_bytes(c_type);
    const bool is_by_row = ard->bind_type != SQL_BIND_BY_COLUMN;
    const SQLLEN data_stride = is_by_row         ? ard->bind_type
                               : fixed_bytes > 0 ? fixed_bytes
                                                 : record->octet_length;
    const SQLLEN length_stride = is_by_row ? ard->bind_type : (SQLLEN)sizeof(SQLLEN);
    const SQLLEN offset = ard->bind_offset_ptr == NULL ? 0 : *ard->bind_offset_ptr;
    *place_out = (column_place_t){
        .target = { .c_type = c_type,
                    .precision = record->precision,
                    .scale = record->type == SQL_NUMERIC ? record->scale : QA_ODBC_SCALE_UNSET,
                    .today =
                        c_type == SQL_C_TYPE_TIMESTAMP || c_type == SQL_C_TIMESTAMP ? qa_edge_today() : 0,
                    .data = moved(record->data_ptr, offset + (SQLLEN)row * data_stride),
                    .data_bytes = fixed_bytes > 0 ? fixed_bytes : record->octet_length,
                    .length = moved(record->octet_length_ptr, offset + (SQLLEN)row * length_stride),
                    .indicator = moved(record->indicator_ptr, offset + (SQLLEN)row * length_stride),
                    .length_max = statement->attributes.max_length },
        .data_stride = (size_t)data_stride,
        .length_stride = (size_t)length_stride,
    };
}

/* Makes records of what became of the rows of one column, and keeps the worst of each row. */
static void tell_outcomes(qa_edge_statement_t *statement, uint16_t column, uint32_t row, uint32_t count,
                          SQLSMALLINT c_type, uint8_t *column_outcomes)
{
    const qa_sql_type_t *const type = &statement->cursor.batch->columns[column].type;
    for (uint32_t index = 0; index < count; index++) {
        const uint8_t outcome = column_outcomes[index];
        uint8_t *const of_row = &statement->cursor.outcomes[row + index];
        if (outcome == QA_ODBC_OK) continue;
        if (statement->handle.diagnostics.count < QA_EDGE_DIAGNOSTICS_MAX) {
            qa_odbc_diagnostic_t diagnostic;
            qa_odbc_describe_outcome((qa_odbc_outcome_t)outcome, type, c_type, &diagnostic);
            qa_edge_post(&statement->handle.diagnostics, diagnostic.sqlstate, diagnostic.native,
                         (SQLLEN)(row + index + 1), column + 1, "column %d: %s", column + 1,
                         diagnostic.message);
        }
        *of_row = outcome > *of_row ? outcome : *of_row;
    }
    memset(column_outcomes, 0, count);
}

/* Rows `first`… of the batch are rows `row`… of the rowset. */
static void put_rows(qa_edge_statement_t *statement, uint32_t first, uint32_t row, uint32_t count,
                     uint32_t wanted)
{
    const qa_sql_batch_t *const batch = statement->cursor.batch;
    const uint16_t columns =
        (uint16_t)(statement->ard->count < batch->column_count ? statement->ard->count : batch->column_count);
    uint8_t *const column_outcomes = statement->cursor.outcomes + wanted;
    for (uint16_t column = 0; column < columns; column++) {
        column_place_t place;
        if (!qa_edge_record_is_bound(&statement->ard->records[column])) continue;
        find_place(statement, column, row, &place);
        if (qa_odbc_put_column(&batch->columns[column], first, count, &place.target, place.data_stride,
                               place.length_stride, column_outcomes) > 0)
            tell_outcomes(statement, column, row, count, place.target.c_type, column_outcomes);
    }
}

/* Where a fetch reports; ExtendedFetch has its own places. */
typedef struct report {
    SQLUSMALLINT *row_status;
    SQLULEN *row_count;
} report_t;

/* The row statuses, and the answer by how many rows failed. */
static SQLRETURN tell_rows(const qa_edge_cursor_t *cursor, uint32_t wanted, const report_t *report)
{
    const uint32_t rows = cursor->rowset_rows;
    uint32_t failed = 0;
    uint32_t warned = 0;
    for (uint32_t row = 0; row < rows; row++) {
        const bool is_error = qa_odbc_is_error((qa_odbc_outcome_t)cursor->outcomes[row]);
        failed += is_error;
        warned += cursor->outcomes[row] != QA_ODBC_OK;
        if (report->row_status != NULL)
            report->row_status[row] = is_error                              ? SQL_ROW_ERROR
                                      : cursor->outcomes[row] != QA_ODBC_OK ? SQL_ROW_SUCCESS_WITH_INFO
                                                                            : SQL_ROW_SUCCESS;
    }
    for (uint32_t row = rows; row < wanted && report->row_status != NULL; row++)
        report->row_status[row] = SQL_ROW_NOROW;
    const SQLULEN row_count = rows;
    /* An application may give a place that is not aligned. */
    if (report->row_count != NULL) memcpy(report->row_count, &row_count, sizeof(row_count));
    if (rows == 0) return SQL_NO_DATA;
    if (failed == rows) return SQL_ERROR;
    return warned > 0 ? SQL_SUCCESS_WITH_INFO : SQL_SUCCESS;
}

static SQLRETURN fetch_rowset(qa_edge_statement_t *statement, uint32_t wanted, const report_t *report)
{
    qa_edge_cursor_t *const cursor = &statement->cursor;
    uint32_t first = 0;
    uint32_t count = 0;
    if (!reserve_outcomes(statement, wanted))
        return qa_edge_refuse(&statement->handle.diagnostics, "HY001", "no memory for a rowset of %u rows",
                              wanted);
    qa_edge_rowset_begin(cursor);
    do {
        const uint32_t row = cursor->rowset_rows;
        if (qa_edge_rowset_more(statement, wanted, &first, &count) == SQL_ERROR) {
            if (report->row_count != NULL) *report->row_count = 0;
            return SQL_ERROR;
        }
        if (count > 0 && statement->attributes.retrieve_data == SQL_RD_ON)
            put_rows(statement, first, row, count, wanted);
    } while (count > 0 && cursor->rowset_rows < wanted);
    return tell_rows(cursor, wanted, report);
}

SQLRETURN qa_edge_fetch(qa_edge_statement_t *statement, SQLSMALLINT orientation)
{
    const report_t report = { statement->ird->array_status_ptr, statement->ird->rows_processed_ptr };
    if (orientation != SQL_FETCH_NEXT)
        return qa_edge_refuse(&statement->handle.diagnostics, "HY106",
                              "the cursor goes forward only: SQL_FETCH_NEXT");
    /* A descriptor, unlike the attribute, takes any size: it may be one of parameters as well. */
    const SQLULEN size = statement->ard->array_size;
    const uint32_t rows = size < QA_EDGE_ROWSET_ROWS_MAX ? (uint32_t)size : QA_EDGE_ROWSET_ROWS_MAX;
    const SQLRETURN result = fetch_rowset(statement, rows, &report);
    statement->state = QA_ODBC_S6;
    return result;
}

SQLRETURN qa_edge_extended_fetch(qa_edge_statement_t *statement, SQLUSMALLINT orientation,
                                 SQLULEN *row_count_out, SQLUSMALLINT *row_status_out)
{
    const report_t report = { row_status_out, row_count_out };
    if (orientation != SQL_FETCH_NEXT)
        return qa_edge_refuse(&statement->handle.diagnostics, "HY106",
                              "the cursor goes forward only: SQL_FETCH_NEXT");
    const SQLRETURN result = fetch_rowset(statement, (uint32_t)statement->attributes.rowset_size, &report);
    statement->state = QA_ODBC_S7;
    return result;
}
