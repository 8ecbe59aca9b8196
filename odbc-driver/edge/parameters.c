/* Parameters bound and taken. The two descriptors say where each value stands: base address, offset, number
 * of the set times the width of a value or of a row. It must never read a buffer before the statement is
 * executed. */
#include "edge/parameters.h"

#include <string.h>
#include <time.h>

static const char *binding_fault(SQLUSMALLINT number, const qa_edge_parameter_binding_t *binding,
                                 const char **sqlstate_out)
{
    const bool is_input = binding->direction == SQL_PARAM_INPUT;
    if (number == 0 || number > QA_EDGE_DESCRIPTOR_RECORDS_MAX) {
        *sqlstate_out = "07009";
        return "parameters are counted from 1";
    }
    if (!is_input) {
        const bool is_known = binding->direction == SQL_PARAM_OUTPUT ||
                              binding->direction == SQL_PARAM_INPUT_OUTPUT ||
                              binding->direction == SQL_PARAM_INPUT_OUTPUT_STREAM ||
                              binding->direction == SQL_PARAM_OUTPUT_STREAM;
        *sqlstate_out = is_known ? "HYC00" : "HY105";
        return is_known ? "parameters are input: output comes later" : "this is no kind of parameter";
    }
    if (!qa_odbc_c_type_is_known(binding->c_type)) {
        *sqlstate_out = "HY003";
        return "the C type is none of ODBC";
    }
    if (!qa_odbc_sql_type_is_known(binding->sql_type)) {
        *sqlstate_out = "HY004";
        return "the SQL type is none of ODBC";
    }
    if (binding->buffer_bytes < 0) {
        *sqlstate_out = "HY090";
        return "the length of the buffer is negative";
    }
    if (binding->data == NULL && binding->indicator == NULL) {
        *sqlstate_out = "HY009";
        return "both the buffer and its indicator are null pointers";
    }
    return NULL;
}

SQLRETURN qa_edge_bind_parameter(qa_edge_statement_t *statement, SQLUSMALLINT number,
                                 const qa_edge_parameter_binding_t *binding)
{
    qa_edge_diagnostics_t *const diagnostics = &statement->handle.diagnostics;
    const char *sqlstate = NULL;
    const char *const fault = binding_fault(number, binding, &sqlstate);
    if (fault != NULL) return qa_edge_refuse(diagnostics, sqlstate, "parameter %u: %s", number, fault);
    qa_edge_field_record_t *const place = qa_edge_descriptor_record(statement->apd, (SQLSMALLINT)number);
    qa_edge_field_record_t *const type = qa_edge_descriptor_record(statement->ipd, (SQLSMALLINT)number);
    if (place == NULL || type == NULL)
        return qa_edge_refuse(diagnostics, "HY001", "no memory for parameter %u", number);
    *place = (qa_edge_field_record_t){ .data_ptr = binding->data,
                                       .octet_length = binding->buffer_bytes,
                                       .indicator_ptr = binding->indicator,
                                       .octet_length_ptr = binding->indicator };
    qa_edge_record_set_type(place, qa_odbc_type_code_from(binding->c_type));
    const char *const name = type->name;
    *type = (qa_edge_field_record_t){ .name = name,
                                      .parameter_type = binding->direction,
                                      .nullable = SQL_NULLABLE,
                                      .unnamed = name == NULL ? SQL_UNNAMED : SQL_NAMED };
    qa_edge_record_set_type(type, qa_odbc_type_code_from(binding->sql_type));
    type->column_size = binding->column_size;
    type->length = binding->column_size;
    switch (type->type) {
    case SQL_NUMERIC:
    case SQL_DECIMAL:
        type->precision = (SQLSMALLINT)(binding->column_size > QA_SQL_PRECISION_MAX ? QA_SQL_PRECISION_MAX
                                                                                    : binding->column_size);
        type->scale = binding->digits;
        break;
    case SQL_DATETIME:
    case SQL_INTERVAL:
        type->precision = binding->digits;
        break;
    default:
        break;
    }
    return SQL_SUCCESS;
}

int32_t qa_edge_today(void)
{
    struct timespec now;
    enum { SECONDS_PER_DAY = 86400 };
    return clock_gettime(CLOCK_REALTIME, &now) == 0 ? (int32_t)(now.tv_sec / SECONDS_PER_DAY) : 0;
}

void qa_edge_parameter_source(qa_edge_statement_t *statement, uint16_t number, qa_odbc_source_t *source_out)
{
    const qa_edge_descriptor_t *const apd = statement->apd;
    const qa_edge_field_record_t *const place = &apd->records[number - 1];
    const qa_edge_field_record_t *const type = qa_edge_descriptor_find(statement->ipd, number);
    SQLSMALLINT sql_type = type == NULL ? 0 : type->concise_type;
    if (sql_type == 0) { /* only the APD was set: the statement knows what it wants */
        const qa_sql_type_t wanted = qa_sql_parameter_type(statement->source.sql, (uint16_t)(number - 1));
        qa_odbc_type_t described;
        qa_odbc_type_describe(&wanted, &described);
        sql_type = described.concise_type;
    }
    const SQLSMALLINT c_type =
        place->concise_type == SQL_C_DEFAULT ? qa_odbc_default_c_type(sql_type) : place->concise_type;
    const SQLLEN fixed_bytes = qa_odbc_c_type_bytes(c_type);
    const SQLLEN value_bytes = fixed_bytes > 0 ? fixed_bytes : place->octet_length;
    const bool is_by_row = apd->bind_type != SQL_BIND_BY_COLUMN;
    const SQLLEN set = (SQLLEN)statement->execution.set;
    const SQLLEN offset = apd->bind_offset_ptr == NULL ? 0 : *apd->bind_offset_ptr;
    const SQLLEN data_step = offset + set * (is_by_row ? apd->bind_type : value_bytes);
    const SQLLEN length_step = offset + set * (is_by_row ? apd->bind_type : (SQLLEN)sizeof(SQLLEN));
    *source_out = (qa_odbc_source_t){ .c_type = c_type,
                                      .sql_type = sql_type,
                                      .precision = place->precision,
                                      .scale = place->scale,
                                      .today = 0,
                                      .data_bytes = place->octet_length };
    /* Not computed by pointers: the base may be any number that the application chose, or NULL. */
    if (place->data_ptr != NULL)
        source_out->data = (const void *)((uintptr_t)place->data_ptr + (uintptr_t)data_step);
    if (place->octet_length_ptr != NULL)
        source_out->length = (const SQLLEN *)((uintptr_t)place->octet_length_ptr + (uintptr_t)length_step);
    if (place->indicator_ptr != NULL)
        source_out->indicator = (const SQLLEN *)((uintptr_t)place->indicator_ptr + (uintptr_t)length_step);
}

SQLRETURN qa_edge_take_parameter(qa_edge_statement_t *statement, uint16_t number,
                                 const qa_odbc_source_t *source)
{
    qa_edge_execution_t *const execution = &statement->execution;
    const SQLLEN row = (SQLLEN)execution->set + 1;
    qa_odbc_source_t dated = *source;
    dated.today = source->c_type == SQL_C_TYPE_TIME || source->c_type == SQL_C_TIME ? qa_edge_today() : 0;
    const qa_odbc_outcome_t outcome =
        qa_odbc_take_value(&dated, &execution->values, &execution->parameters[number - 1]);
    if (outcome == QA_ODBC_OK) return SQL_SUCCESS;
    qa_odbc_diagnostic_t diagnostic;
    const qa_sql_type_t wanted = qa_sql_parameter_type(statement->source.sql, (uint16_t)(number - 1));
    qa_odbc_describe_outcome(outcome, &wanted, source->c_type, &diagnostic);
    qa_edge_post(&statement->handle.diagnostics, diagnostic.sqlstate, diagnostic.native, row, number,
                 "parameter %u: %s", number, diagnostic.message);
    if (qa_odbc_is_error(outcome)) return SQL_ERROR;
    execution->has_warning = true;
    return SQL_SUCCESS_WITH_INFO;
}
