/* SQLProcedures, SQLProcedureColumns and SQLGetTypeInfo: what is the same in every replica. */
#include <string.h>

#include "parts/catalog_private.h"
#include "parts/type_rows.h"

/* A parameter as the table of procedures writes it: "offset BIGINT". Brackets around one that may be left
 * out. */
typedef struct parameter {
    char name[256];
    qa_sql_type_t type;
} parameter_t;

static const struct {
    const char *name;
    uint8_t kind;
} type_names[] = {
    { "BOOLEAN", QA_SQL_BOOLEAN }, { "INTEGER", QA_SQL_INTEGER },     { "BIGINT", QA_SQL_BIGINT },
    { "DECIMAL", QA_SQL_DECIMAL }, { "DOUBLE", QA_SQL_DOUBLE },       { "VARCHAR", QA_SQL_TEXT },
    { "DATE", QA_SQL_DATE },       { "TIMESTAMP", QA_SQL_TIMESTAMP }, { "TIME", QA_SQL_TIME },
};

static bool is_word_byte(char byte)
{
    return byte != '\0' && byte != ' ' && byte != ',' && byte != '(' && byte != '[' && byte != ']' &&
           byte != ')';
}

static uint32_t read_number(const char **at)
{
    uint32_t number = 0;
    while (**at >= '0' && **at <= '9' && number < 100000)
        number = number * 10 + (uint32_t)(*(*at)++ - '0');
    return number;
}

static qa_sql_type_t read_type(const char **at)
{
    qa_sql_type_t type = { .kind = QA_SQL_TEXT, .is_nullable = true, .length = QA_ODBC_WVARCHAR_UNITS_MAX };
    size_t bytes = 0;
    while (is_word_byte((*at)[bytes]))
        bytes++;
    for (size_t i = 0; i < sizeof(type_names) / sizeof(type_names[0]); i++) {
        if (strlen(type_names[i].name) == bytes && memcmp(type_names[i].name, *at, bytes) == 0)
            type.kind = type_names[i].kind;
    }
    *at += bytes;
    if (type.kind != QA_SQL_TEXT) type.length = 0;
    if (type.kind == QA_SQL_DECIMAL) {
        type.precision = 38;
        type.scale = 6;
    }
    if (**at != '(') return type;
    (*at)++;
    const uint32_t first = read_number(at);
    if (type.kind == QA_SQL_TEXT && first > 0) type.length = first;
    if (type.kind == QA_SQL_DECIMAL && first > 0 && first <= 38) {
        type.precision = (uint8_t)first;
        type.scale = 0;
    }
    while (**at == ',' || **at == ' ')
        (*at)++;
    const uint32_t second = read_number(at);
    if (type.kind == QA_SQL_DECIMAL && second <= QA_SQL_SCALE_MAX && second > 0) type.scale = (uint8_t)second;
    while (**at != '\0' && **at != ')')
        (*at)++;
    if (**at == ')') (*at)++;
    return type;
}

/* The next parameter of a list; false behind the last. */
static bool next_parameter(const char **at, parameter_t *parameter)
{
    while (**at != '\0' && !is_word_byte(**at))
        (*at)++;
    if (**at == '\0') return false;
    size_t bytes = 0;
    while (is_word_byte((*at)[bytes]))
        bytes++;
    const size_t kept = bytes < sizeof(parameter->name) ? bytes : sizeof(parameter->name) - 1;
    memcpy(parameter->name, *at, kept);
    parameter->name[kept] = '\0';
    *at += bytes;
    while (**at == ' ')
        (*at)++;
    parameter->type = read_type(at);
    return true;
}

/* Both functions go through the procedures in the same way. */
typedef qa_status_t (*add_procedure_t)(const qa_odbc_catalog_t *catalog, qa_odbc_result_t *result,
                                       const qa_sql_procedure_info_t *procedure, qa_odbc_argument_t column);

static qa_status_t list_procedures(qa_odbc_result_t **result_out, const qa_odbc_catalog_t *catalog,
                                   const qa_odbc_shape_t *shape, qa_odbc_argument_t catalog_name,
                                   qa_odbc_argument_t schema, qa_odbc_argument_t procedure,
                                   qa_odbc_argument_t column, add_procedure_t add,
                                   qa_odbc_diagnostic_t *diagnostic)
{
    static const uint8_t keys[] = { 0, 1, 2 };
    const qa_odbc_argument_kind_t kind = qa_odbc_argument_kind_of(catalog, QA_ODBC_ARGUMENT_PATTERN);
    const qa_sql_procedure_info_t *info;
    qa_status_t status = QA_OK;
    qa_odbc_result_t *result =
        qa_odbc_result_make(catalog->allocator, shape->columns, shape->column_count, catalog->is_odbc2);
    if (result == NULL) return qa_odbc_walk_fail(NULL, QA_NO_MEMORY, diagnostic);
    const bool is_fitting =
        qa_odbc_catalog_name_fits(catalog_name, kind) && qa_odbc_argument_fits(schema, kind, "");
    for (uint32_t i = 0; is_fitting && status == QA_OK && (info = catalog->source->procedure(i)) != NULL;
         i++) {
        if (qa_odbc_argument_fits(procedure, kind, info->name)) status = add(catalog, result, info, column);
    }
    if (status == QA_OK) status = qa_odbc_result_finish(result, keys, 3);
    if (status != QA_OK) return qa_odbc_walk_fail(result, status, diagnostic);
    *result_out = result;
    return QA_OK;
}

static qa_status_t add_procedure(const qa_odbc_catalog_t *catalog, qa_odbc_result_t *result,
                                 const qa_sql_procedure_info_t *procedure, qa_odbc_argument_t column)
{
    parameter_t parameter;
    int64_t count = 0;
    (void)catalog;
    (void)column;
    for (const char *at = procedure->parameters; next_parameter(&at, &parameter);)
        count++;
    const qa_odbc_cell_t cells[] = { qa_odbc_cell_null(),
                                     qa_odbc_cell_text(""),
                                     qa_odbc_cell_text(procedure->name),
                                     qa_odbc_cell_integer(count),
                                     qa_odbc_cell_integer(0),
                                     qa_odbc_cell_null(),
                                     qa_odbc_cell_text(procedure->remarks),
                                     qa_odbc_cell_integer(SQL_PT_PROCEDURE) };
    return qa_odbc_result_add(result, cells);
}

static qa_status_t add_parameters(const qa_odbc_catalog_t *catalog, qa_odbc_result_t *result,
                                  const qa_sql_procedure_info_t *procedure, qa_odbc_argument_t column)
{
    const qa_odbc_argument_kind_t kind = qa_odbc_argument_kind_of(catalog, QA_ODBC_ARGUMENT_PATTERN);
    parameter_t parameter;
    uint16_t position = 0;
    qa_status_t status = QA_OK;
    for (const char *at = procedure->parameters; status == QA_OK && next_parameter(&at, &parameter);) {
        position++;
        if (!qa_odbc_argument_fits(column, kind, parameter.name)) continue;
        qa_odbc_cell_t cells[19] = { qa_odbc_cell_null(), qa_odbc_cell_text(""),
                                     qa_odbc_cell_text(procedure->name), qa_odbc_cell_text(parameter.name),
                                     qa_odbc_cell_integer(SQL_PARAM_INPUT) };
        qa_odbc_type_cells(&parameter.type, catalog->is_odbc2, "", position, cells + 5);
        status = qa_odbc_result_add(result, cells);
    }
    return status;
}

qa_status_t qa_odbc_catalog_procedures(qa_odbc_result_t **result_out, const qa_odbc_catalog_t *catalog,
                                       qa_odbc_argument_t catalog_name, qa_odbc_argument_t schema,
                                       qa_odbc_argument_t procedure, qa_odbc_diagnostic_t *diagnostic)
{
    const qa_odbc_argument_t none = { NULL, 0 };
    *result_out = NULL;
    qa_status_t status = qa_odbc_argument_check(catalog, schema, false, "schema", diagnostic);
    if (status == QA_OK) status = qa_odbc_argument_check(catalog, procedure, false, "procedure", diagnostic);
    if (status != QA_OK) return status;
    return list_procedures(result_out, catalog, &qa_odbc_shape_procedures, catalog_name, schema, procedure,
                           none, add_procedure, diagnostic);
}

qa_status_t qa_odbc_catalog_procedure_columns(qa_odbc_result_t **result_out, const qa_odbc_catalog_t *catalog,
                                              qa_odbc_argument_t catalog_name, qa_odbc_argument_t schema,
                                              qa_odbc_argument_t procedure, qa_odbc_argument_t column,
                                              qa_odbc_diagnostic_t *diagnostic)
{
    *result_out = NULL;
    qa_status_t status = qa_odbc_argument_check(catalog, schema, false, "schema", diagnostic);
    if (status == QA_OK) status = qa_odbc_argument_check(catalog, procedure, false, "procedure", diagnostic);
    if (status == QA_OK) status = qa_odbc_argument_check(catalog, column, false, "column", diagnostic);
    if (status != QA_OK) return status;
    return list_procedures(result_out, catalog, &qa_odbc_shape_procedure_columns, catalog_name, schema,
                           procedure, column, add_parameters, diagnostic);
}

/* --- SQLGetTypeInfo --- */

static qa_status_t add_type(qa_odbc_result_t *result, const qa_odbc_type_row_t *row, bool is_odbc2)
{
    const bool is_number = row->code == SQL_INTEGER || row->code == SQL_BIGINT || row->code == SQL_DECIMAL ||
                           row->code == SQL_DOUBLE;
    const bool is_text = row->code == SQL_WCHAR || row->code == SQL_WVARCHAR || row->code == SQL_WLONGVARCHAR;
    const qa_odbc_cell_t cells[19] = {
        qa_odbc_cell_text(row->name),
        qa_odbc_cell_integer(qa_odbc_type_code_for(row->code, is_odbc2)),
        qa_odbc_cell_integer((int64_t)row->size),
        qa_odbc_cell_text(row->prefix[0] == '\0' ? NULL : row->prefix),
        qa_odbc_cell_text(row->suffix[0] == '\0' ? NULL : row->suffix),
        qa_odbc_cell_text(row->parameters[0] == '\0' ? NULL : row->parameters),
        qa_odbc_cell_integer(SQL_NULLABLE),
        qa_odbc_cell_integer(is_text ? SQL_TRUE : SQL_FALSE),
        qa_odbc_cell_integer(row->searchable),
        is_number ? qa_odbc_cell_integer(SQL_FALSE) : qa_odbc_cell_null(),
        qa_odbc_cell_integer(SQL_FALSE),
        is_number ? qa_odbc_cell_integer(SQL_FALSE) : qa_odbc_cell_null(),
        qa_odbc_cell_text(row->name),
        qa_odbc_cell_applicable(row->scale_min),
        qa_odbc_cell_applicable(row->scale_max),
        qa_odbc_cell_integer(row->verbose),
        row->subcode == 0 ? qa_odbc_cell_null() : qa_odbc_cell_integer(row->subcode),
        qa_odbc_cell_applicable(row->radix),
        qa_odbc_cell_null(),
    };
    return qa_odbc_result_add(result, cells);
}

qa_status_t qa_odbc_catalog_type_info(qa_odbc_result_t **result_out, const qa_odbc_catalog_t *catalog,
                                      SQLSMALLINT data_type, qa_odbc_diagnostic_t *diagnostic)
{
    static const uint8_t keys[] = { 1 };
    const qa_odbc_type_row_t *row;
    qa_status_t status = QA_OK;
    *result_out = NULL;
    if (data_type != SQL_ALL_TYPES && !qa_odbc_sql_type_is_known(data_type))
        return qa_odbc_fail(diagnostic, "HY004", "%d is not the code of a SQL type", (int)data_type);
    qa_odbc_result_t *result = qa_odbc_result_make(catalog->allocator, qa_odbc_shape_type_info.columns,
                                                   qa_odbc_shape_type_info.column_count, catalog->is_odbc2);
    if (result == NULL) return qa_odbc_walk_fail(NULL, QA_NO_MEMORY, diagnostic);
    for (uint32_t i = 0; status == QA_OK && (row = qa_odbc_type_row(i)) != NULL; i++) {
        if (data_type == SQL_ALL_TYPES || row->code == qa_odbc_type_code_from(data_type))
            status = add_type(result, row, catalog->is_odbc2);
    }
    if (status == QA_OK) status = qa_odbc_result_finish(result, keys, 1);
    if (status != QA_OK) return qa_odbc_walk_fail(result, status, diagnostic);
    *result_out = result;
    return QA_OK;
}
