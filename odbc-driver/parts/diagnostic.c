/* The words of outcomes and diagnostics. No state, no memory. */
#include "parts/diagnostic.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const qa_odbc_outcome_info_t outcome_infos[] = {
#define QA_ODBC_OUTCOME(NAME, VALUE, SQLSTATE, TEXT) [VALUE] = { SQLSTATE, TEXT },
#include "parts/outcomes.def"
#undef QA_ODBC_OUTCOME
};

static const struct {
    SQLSMALLINT c_type;
    const char *name;
} c_type_names[] = {
#define QA_ODBC_C_TYPE(NAME, BYTES) { NAME, #NAME },
#include "parts/c_types.def"
#undef QA_ODBC_C_TYPE
};

const qa_odbc_outcome_info_t *qa_odbc_outcome_info(qa_odbc_outcome_t outcome)
{
    const size_t count = sizeof(outcome_infos) / sizeof(outcome_infos[0]);
    if ((size_t)outcome >= count || outcome_infos[outcome].text == NULL)
        return &outcome_infos[QA_ODBC_BAD_C_TYPE];
    return &outcome_infos[outcome];
}

static void set_state(qa_odbc_diagnostic_t *diagnostic, const char *sqlstate, int32_t native)
{
    memcpy(diagnostic->sqlstate, sqlstate, 5);
    diagnostic->sqlstate[5] = '\0';
    diagnostic->native = native;
}

qa_status_t qa_odbc_fail(qa_odbc_diagnostic_t *diagnostic, const char *sqlstate, const char *format, ...)
{
    /* qa_fail cuts at a whole character and takes control characters out. */
    qa_error_t error;
    char words[2 * QA_ERROR_MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(words, sizeof(words), format, arguments);
    va_end(arguments);
    if (length < 0) words[0] = '\0';
    qa_fail(&error, QA_INVALID, "%s", words);
    set_state(diagnostic, sqlstate, 0);
    memcpy(diagnostic->message, error.message, sizeof(diagnostic->message));
    return QA_INVALID;
}

qa_status_t qa_odbc_fail_status(qa_odbc_diagnostic_t *diagnostic, const qa_error_t *error)
{
    const qa_status_info_t *info = qa_status_info(error->status);
    set_state(diagnostic, info->sqlstate, (int32_t)error->status);
    const char *const words = error->message[0] != '\0' ? error->message : info->text;
    const size_t bytes = strnlen(words, sizeof(diagnostic->message) - 1);
    memcpy(diagnostic->message, words, bytes);
    diagnostic->message[bytes] = '\0';
    return error->status == QA_OK ? QA_INVALID : error->status;
}

const char *qa_odbc_c_type_name(SQLSMALLINT c_type, char name_out[40])
{
    for (size_t i = 0; i < sizeof(c_type_names) / sizeof(c_type_names[0]); i++) {
        if (c_type_names[i].c_type != c_type) continue;
        snprintf(name_out, 40, "%s", c_type_names[i].name);
        return name_out;
    }
    snprintf(name_out, 40, "C type %d", (int)c_type);
    return name_out;
}

/* "DECIMAL(18,2)". */
static void write_type(const qa_sql_type_t *type, char *name_out, size_t capacity)
{
    static const char *const names[] = { "NULL",    "BOOLEAN",   "INTEGER", "BIGINT", "DECIMAL",  "DOUBLE",
                                         "VARCHAR", "VARBINARY", "DATE",    "TIME",   "TIMESTAMP" };
    const char *const name = type->kind < sizeof(names) / sizeof(names[0]) ? names[type->kind] : "NULL";
    if (type->kind == QA_SQL_DECIMAL)
        snprintf(name_out, capacity, "%s(%u,%u)", name, type->precision, type->scale);
    else if (type->kind == QA_SQL_TEXT || type->kind == QA_SQL_BINARY)
        snprintf(name_out, capacity, "%s(%u)", name, type->length);
    else
        snprintf(name_out, capacity, "%s", name);
}

void qa_odbc_describe_outcome(qa_odbc_outcome_t outcome, const qa_sql_type_t *type, SQLSMALLINT c_type,
                              qa_odbc_diagnostic_t *diagnostic)
{
    const qa_odbc_outcome_info_t *info = qa_odbc_outcome_info(outcome);
    char type_name[40], c_name[40];
    if (type == NULL) {
        qa_odbc_fail(diagnostic, info->sqlstate, "%s", info->text);
        return;
    }
    write_type(type, type_name, sizeof(type_name));
    qa_odbc_fail(diagnostic, info->sqlstate, "%s: %s as %s", info->text, type_name,
                 qa_odbc_c_type_name(c_type, c_name));
}
