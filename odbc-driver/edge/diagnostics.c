/* Diagnostic records: made, ranked and cleared. It must never change what a call answers. */
#include "edge/diagnostics.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

#define PREFIX "[Quantatom][ODBC Driver]"

/* Subclasses that ODBC defines; all others are those of ISO 9075. */
static const char odbc_subclasses[][6] = {
    "01S00", "01S01", "01S02", "01S06", "01S07", "07S01", "08S01", "21S01", "21S02", "25S01", "25S02",
    "25S03", "42S01", "42S02", "42S11", "42S12", "42S21", "42S22", "HY095", "HY097", "HY098", "HY099",
    "HY100", "HY101", "HY105", "HY107", "HY109", "HY110", "HY111", "HYT00", "HYT01", "IM001", "IM002",
    "IM003", "IM004", "IM005", "IM006", "IM007", "IM008", "IM010", "IM011", "IM012",
};

void qa_edge_diagnostics_make(qa_edge_diagnostics_t *diagnostics, const qa_allocator_t *allocator)
{
    *diagnostics = (qa_edge_diagnostics_t){ .allocator = allocator };
    qa_edge_diagnostics_clear(diagnostics);
}

void qa_edge_diagnostics_release(qa_edge_diagnostics_t *diagnostics)
{
    qa_memory_give(diagnostics->allocator, diagnostics->more,
                   (size_t)diagnostics->more_capacity * sizeof(*diagnostics->more));
    qa_edge_diagnostics_make(diagnostics, diagnostics->allocator);
}

void qa_edge_diagnostics_clear(qa_edge_diagnostics_t *diagnostics)
{
    diagnostics->count = 0;
    diagnostics->return_code = SQL_SUCCESS;
    diagnostics->row_count = -1;
    diagnostics->cursor_row_count = 0;
    diagnostics->dynamic_function = "";
    diagnostics->dynamic_function_code = SQL_DIAG_UNKNOWN_STATEMENT;
}

static qa_edge_diagnostic_t *record_at(qa_edge_diagnostics_t *diagnostics, uint32_t index)
{
    return index == 0 ? &diagnostics->first : &diagnostics->more[index - 1];
}

const qa_edge_diagnostic_t *qa_edge_diagnostics_record(const qa_edge_diagnostics_t *diagnostics,
                                                       uint32_t index)
{
    return index == 0 ? &diagnostics->first : &diagnostics->more[index - 1];
}

static bool is_warning(const char *sqlstate)
{
    return sqlstate[0] == '0' && sqlstate[1] == '1';
}

/* Whether the one comes before the other; equal ranks keep the order of their coming. */
static bool ranks_before(const qa_edge_diagnostic_t *a, const qa_edge_diagnostic_t *b)
{
    const SQLLEN a_row = a->row > 0 ? a->row : 0;
    const SQLLEN b_row = b->row > 0 ? b->row : 0;
    if (a_row != b_row) return a_row < b_row;
    return !is_warning(a->sqlstate) && is_warning(b->sqlstate);
}

static void post(qa_edge_diagnostics_t *diagnostics, const qa_edge_diagnostic_t *record)
{
    uint32_t place = diagnostics->count;
    void *more = diagnostics->more;
    if (place >= QA_EDGE_DIAGNOSTICS_MAX) return;
    if (place > 0 && qa_array_reserve(diagnostics->allocator, &more, &diagnostics->more_capacity, place,
                                      sizeof(*diagnostics->more)) != QA_OK)
        return;
    diagnostics->more = more;
    diagnostics->count++;
    for (; place > 0 && ranks_before(record, record_at(diagnostics, place - 1)); place--)
        *record_at(diagnostics, place) = *record_at(diagnostics, place - 1);
    *record_at(diagnostics, place) = *record;
}

static void fill(qa_edge_diagnostic_t *record, const char *sqlstate, const char *format, va_list arguments)
{
    /* The core's error cuts at a whole character and takes control characters out. */
    char words[QA_ERROR_MESSAGE_BYTES];
    qa_error_t error;
    vsnprintf(words, sizeof(words), format, arguments);
    qa_fail(&error, QA_INVALID, "%s", words);
    memcpy(record->sqlstate, sqlstate, 5);
    record->sqlstate[5] = 0;
    snprintf(record->message, sizeof(record->message), PREFIX " %s", error.message);
}

void qa_edge_post(qa_edge_diagnostics_t *diagnostics, const char *sqlstate, SQLINTEGER native, SQLLEN row,
                  SQLINTEGER column, const char *format, ...)
{
    qa_edge_diagnostic_t record = { .native = native, .row = row, .column = column };
    va_list arguments;
    va_start(arguments, format);
    fill(&record, sqlstate, format, arguments);
    va_end(arguments);
    post(diagnostics, &record);
}

SQLRETURN qa_edge_refuse(qa_edge_diagnostics_t *diagnostics, const char *sqlstate, const char *format, ...)
{
    qa_edge_diagnostic_t record = { .row = SQL_NO_ROW_NUMBER, .column = SQL_NO_COLUMN_NUMBER };
    va_list arguments;
    va_start(arguments, format);
    fill(&record, sqlstate, format, arguments);
    va_end(arguments);
    post(diagnostics, &record);
    return SQL_ERROR;
}

SQLRETURN qa_edge_warn(qa_edge_diagnostics_t *diagnostics, const char *sqlstate, const char *format, ...)
{
    qa_edge_diagnostic_t record = { .row = SQL_NO_ROW_NUMBER, .column = SQL_NO_COLUMN_NUMBER };
    va_list arguments;
    va_start(arguments, format);
    fill(&record, sqlstate, format, arguments);
    va_end(arguments);
    post(diagnostics, &record);
    return SQL_SUCCESS_WITH_INFO;
}

SQLRETURN qa_edge_fail_at(qa_edge_diagnostics_t *diagnostics, const qa_error_t *error, SQLLEN row,
                          SQLINTEGER column)
{
    const qa_status_info_t *const info = qa_status_info(error->status);
    qa_edge_post(diagnostics, info->sqlstate, (SQLINTEGER)error->status, row, column, "%s",
                 error->message[0] ? error->message : info->text);
    return SQL_ERROR;
}

SQLRETURN qa_edge_fail(qa_edge_diagnostics_t *diagnostics, const qa_error_t *error)
{
    return qa_edge_fail_at(diagnostics, error, SQL_NO_ROW_NUMBER, SQL_NO_COLUMN_NUMBER);
}

const char *qa_edge_class_origin(const char *sqlstate)
{
    return sqlstate[0] == 'I' && sqlstate[1] == 'M' ? "ODBC 3.0" : "ISO 9075";
}

const char *qa_edge_subclass_origin(const char *sqlstate)
{
    for (size_t index = 0; index < sizeof(odbc_subclasses) / sizeof(odbc_subclasses[0]); index++)
        if (memcmp(odbc_subclasses[index], sqlstate, 5) == 0) return "ODBC 3.0";
    return "ISO 9075";
}
