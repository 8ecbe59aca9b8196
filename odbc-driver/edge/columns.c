/* Columns and parameters described: the IRD filled behind SQLPrepare, and read by the functions that have a
 * name for each of its fields. It must never describe a column by what a row happens to hold. */
#include "edge/columns.h"

#include <string.h>

#include "edge/source.h"

static bool is_odbc2(const qa_edge_statement_t *statement)
{
    return statement->connection->environment->odbc_version == SQL_OV_ODBC2;
}

static void fill_type(qa_edge_field_record_t *record, const qa_odbc_type_t *type, bool is_for_odbc2)
{
    record->concise_type = qa_odbc_type_code_for(type->concise_type, is_for_odbc2);
    record->type = type->verbose_type;
    record->datetime_interval_code = type->datetime_code;
    record->precision = type->desc_precision;
    record->scale = type->desc_scale;
    record->nullable = type->nullable;
    record->searchable = type->searchable;
    record->fixed_prec_scale = type->is_fixed_precision ? SQL_TRUE : SQL_FALSE;
    record->is_unsigned = type->is_unsigned ? SQL_TRUE : SQL_FALSE;
    record->case_sensitive = type->is_case_sensitive ? SQL_TRUE : SQL_FALSE;
    record->num_prec_radix = type->num_prec_radix == QA_ODBC_NOT_APPLICABLE ? 0 : type->num_prec_radix;
    record->length = type->desc_length;
    record->octet_length = type->octet_length;
    record->display_size = type->display_size;
    record->column_size = type->column_size;
    record->literal_prefix = type->literal_prefix;
    record->literal_suffix = type->literal_suffix;
    record->local_type_name = type->type_name;
    record->type_name = type->type_name;
}

static void fill_column(qa_edge_field_record_t *record, const qa_sql_column_info_t *column)
{
    const bool is_base = column->table != NULL && column->table[0] != 0;
    record->auto_unique_value = SQL_FALSE;
    record->rowver = SQL_FALSE;
    record->unnamed = column->name[0] == 0 ? SQL_UNNAMED : SQL_NAMED;
    record->updatable = is_base ? SQL_ATTR_READWRITE_UNKNOWN : SQL_ATTR_READONLY;
    record->name = column->name;
    record->label = column->name;
    record->base_column_name = column->base_name;
    record->base_table_name = column->table;
    record->table_name = column->table;
    record->schema_name = column->schema;
    record->catalog_name = "";
}

static bool describe_parameters(qa_edge_statement_t *statement)
{
    const uint16_t count = qa_sql_parameter_count(statement->source.sql);
    for (uint16_t index = 0; index < count; index++) {
        const qa_sql_type_t type = qa_sql_parameter_type(statement->source.sql, index);
        qa_odbc_type_t described;
        qa_edge_field_record_t *const record =
            qa_edge_descriptor_record(statement->ipd, (SQLSMALLINT)(index + 1));
        if (record == NULL) return false;
        qa_odbc_type_describe(&type, &described);
        fill_type(record, &described, is_odbc2(statement));
        record->nullable = SQL_NULLABLE;
        record->parameter_type = SQL_PARAM_INPUT;
        record->unnamed = SQL_UNNAMED;
    }
    return true;
}

static SQLRETURN refuse_memory(qa_edge_statement_t *statement)
{
    return qa_edge_refuse(&statement->handle.diagnostics, "HY001", "no memory to describe %u columns",
                          qa_edge_source_column_count(&statement->source));
}

SQLRETURN qa_edge_describe_columns(qa_edge_statement_t *statement)
{
    const qa_edge_source_t *const source = &statement->source;
    const uint16_t count = qa_edge_source_column_count(source);
    if (!qa_edge_descriptor_set_count(statement->ird, 0) ||
        !qa_edge_descriptor_set_count(statement->ird, (SQLSMALLINT)count))
        return refuse_memory(statement);
    for (uint16_t index = 0; index < count; index++) {
        qa_odbc_type_t type;
        qa_edge_source_type(source, index, &type);
        fill_type(&statement->ird->records[index], &type, is_odbc2(statement));
        fill_column(&statement->ird->records[index], qa_edge_source_column(source, index));
    }
    return SQL_SUCCESS;
}

SQLRETURN qa_edge_describe_source(qa_edge_statement_t *statement)
{
    const bool is_auto_ipd = statement->attributes.enable_auto_ipd == SQL_TRUE;
    if (qa_edge_describe_columns(statement) == SQL_ERROR) return SQL_ERROR;
    if (statement->source.sql == NULL || !is_auto_ipd || describe_parameters(statement)) return SQL_SUCCESS;
    return refuse_memory(statement);
}

SQLRETURN qa_edge_num_result_cols(qa_edge_statement_t *statement, SQLSMALLINT *count_out)
{
    if (count_out != NULL) *count_out = (SQLSMALLINT)qa_edge_source_column_count(&statement->source);
    return SQL_SUCCESS;
}

SQLRETURN qa_edge_num_params(qa_edge_statement_t *statement, SQLSMALLINT *count_out)
{
    const qa_sql_statement_t *const sql = statement->source.sql;
    if (count_out != NULL) *count_out = (SQLSMALLINT)(sql == NULL ? 0 : qa_sql_parameter_count(sql));
    return SQL_SUCCESS;
}

/* NULL: 07009 or HYC00 was posted. */
static const qa_edge_field_record_t *column_record(qa_edge_statement_t *statement, SQLUSMALLINT number)
{
    const qa_edge_field_record_t *const record = qa_edge_descriptor_find(statement->ird, number);
    if (record == NULL)
        qa_edge_refuse(&statement->handle.diagnostics, "07009",
                       number == 0 ? "there is no column %u: bookmarks are off, columns count from 1 to %d"
                                   : "there is no column %u: the result has %d",
                       number, statement->ird->count);
    return record;
}

/* The decimal digits of SQLDescribeCol: the scale of numbers, the digits of a fraction of a second. */
static SQLSMALLINT digits_of(const qa_edge_field_record_t *record)
{
    return record->type == SQL_DATETIME ? record->precision : record->scale;
}

SQLRETURN qa_edge_describe_col(qa_edge_statement_t *statement, SQLUSMALLINT number, SQLWCHAR *name,
                               SQLSMALLINT capacity, SQLSMALLINT *length_out,
                               const qa_edge_description_t *description)
{
    const qa_edge_field_record_t *const record = column_record(statement, number);
    if (record == NULL) return SQL_ERROR;
    if (description->type_out != NULL) *description->type_out = record->concise_type;
    if (description->size_out != NULL) *description->size_out = record->column_size;
    if (description->digits_out != NULL) *description->digits_out = digits_of(record);
    if (description->nullable_out != NULL) *description->nullable_out = record->nullable;
    return qa_edge_put_text(&statement->handle.diagnostics, record->name, name, capacity, length_out);
}

SQLRETURN qa_edge_describe_param(qa_edge_statement_t *statement, SQLUSMALLINT number,
                                 const qa_edge_description_t *description)
{
    const qa_sql_statement_t *const sql = statement->source.sql;
    const uint16_t count = sql == NULL ? 0 : qa_sql_parameter_count(sql);
    if (number == 0 || number > count)
        return qa_edge_refuse(&statement->handle.diagnostics, "07009",
                              "there is no parameter %u: the statement has %u", number, count);
    const qa_sql_type_t type = qa_sql_parameter_type(sql, (uint16_t)(number - 1));
    qa_odbc_type_t described;
    qa_odbc_type_describe(&type, &described);
    if (description->type_out != NULL)
        *description->type_out = qa_odbc_type_code_for(described.concise_type, is_odbc2(statement));
    if (description->size_out != NULL) *description->size_out = described.column_size;
    if (description->digits_out != NULL)
        *description->digits_out =
            described.decimal_digits == QA_ODBC_NOT_APPLICABLE ? 0 : described.decimal_digits;
    if (description->nullable_out != NULL) *description->nullable_out = SQL_NULLABLE;
    return SQL_SUCCESS;
}

/* Identifiers of ODBC 2 that mean something else than their successors. */
static bool old_field(const qa_edge_field_record_t *record, SQLUSMALLINT field, SQLLEN *number_out)
{
    switch (field) {
    case SQL_COLUMN_LENGTH:
        *number_out = record->octet_length;
        return true;
    case SQL_COLUMN_PRECISION:
        *number_out = (SQLLEN)record->column_size;
        return true;
    case SQL_COLUMN_SCALE:
        *number_out = digits_of(record);
        return true;
    case SQL_COLUMN_NULLABLE:
        *number_out = record->nullable;
        return true;
    default:
        return false;
    }
}

SQLRETURN qa_edge_col_attribute(qa_edge_statement_t *statement, SQLUSMALLINT number, SQLUSMALLINT field,
                                SQLPOINTER text, SQLSMALLINT capacity_bytes, SQLSMALLINT *length_out,
                                SQLLEN *number_out)
{
    qa_edge_diagnostics_t *const diagnostics = &statement->handle.diagnostics;
    const char *found = NULL;
    SQLLEN value = 0;
    if (field == SQL_DESC_COUNT || field == SQL_COLUMN_COUNT) {
        value = statement->ird->count;
    } else {
        const qa_edge_field_record_t *const record = column_record(statement, number);
        if (record == NULL) return SQL_ERROR;
        const SQLUSMALLINT id = field == SQL_COLUMN_NAME ? SQL_DESC_NAME : field;
        if (!old_field(record, id, &value) && !qa_edge_column_field(record, id, &found, &value))
            return qa_edge_refuse(diagnostics, "HY091", "columns have no field %u", field);
    }
    if (found != NULL) {
        SQLLEN length = 0;
        const SQLRETURN result = qa_edge_put_bytes(diagnostics, found, text, capacity_bytes, &length);
        if (length_out != NULL) *length_out = qa_edge_small_length(length);
        return result;
    }
    if (number_out != NULL) *number_out = value;
    if (length_out != NULL) *length_out = (SQLSMALLINT)sizeof(value);
    return SQL_SUCCESS;
}
