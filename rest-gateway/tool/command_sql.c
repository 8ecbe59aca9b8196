/* sql: statements in one session, their results as tables, CSV or JSON. */
#include <stdlib.h>
#include <string.h>

#include "qa/sql.h"
#include "tool/command.h"
#include "tool/support.h"

enum { SQL_INPUT_BYTES_MAX = 64 << 20, FETCH_ROWS = 1024, TEXT_BYTES = 128 };

typedef struct sql {
    qa_tool_t *tool;
    qa_sql_session_t *session;
    qa_format_t format;
} sql_t;

static bool is_number(const qa_sql_type_t *type)
{
    return type->kind == QA_SQL_INTEGER || type->kind == QA_SQL_BIGINT || type->kind == QA_SQL_DECIMAL ||
           type->kind == QA_SQL_DOUBLE;
}

static qa_field_kind_t field_kind(const qa_sql_type_t *type)
{
    if (type->kind == QA_SQL_BOOLEAN) return QA_FIELD_TRUTH;
    return is_number(type) ? QA_FIELD_NUMBER : QA_FIELD_TEXT;
}

static void add_value(qa_records_t *records, const qa_sql_value_t *value)
{
    static const qa_sql_type_t text_type = { .kind = QA_SQL_TEXT, .length = QA_SQL_TEXT_LENGTH_MAX };
    char scratch[QA_SQL_CAST_BYTES];
    char hex[2 * TEXT_BYTES + 1];
    qa_sql_value_t text;
    qa_error_t error;
    if (value->kind == QA_SQL_NULL) {
        qa_records_add_missing(records);
    } else if (value->kind == QA_SQL_BINARY) {
        const uint32_t shown = value->bytes < TEXT_BYTES ? value->bytes : TEXT_BYTES;
        qa_hex_text((const uint8_t *)value->text, shown, hex);
        qa_records_add_text(records, hex);
    } else if (qa_sql_cast(value, &text_type, scratch, &text, &error) == QA_OK) {
        qa_records_add(records, text.text, text.bytes);
    } else {
        qa_records_add_text(records, error.message);
    }
}

static qa_status_t add_rows(const sql_t *sql, qa_sql_statement_t *statement, qa_records_t *records)
{
    const qa_sql_batch_t *batch = NULL;
    for (;;) {
        const qa_status_t status = qa_sql_fetch(statement, FETCH_ROWS, &batch, &sql->tool->error);
        if (status != QA_OK || batch->row_count == 0) return status;
        for (uint32_t row = 0; row < batch->row_count; row++) {
            for (uint16_t column = 0; column < batch->column_count; column++) {
                const qa_sql_value_t value = qa_sql_vector_value(&batch->columns[column], row);
                add_value(records, &value);
            }
        }
    }
}

static qa_status_t print_result(const sql_t *sql, qa_sql_statement_t *statement)
{
    const uint16_t count = qa_sql_column_count(statement);
    qa_field_t *fields = calloc(count, sizeof(*fields));
    if (fields == NULL) return qa_tool_set_error(sql->tool, QA_NO_MEMORY, "out of memory");
    for (uint16_t column = 0; column < count; column++) {
        const qa_sql_column_info_t *info = qa_sql_column(statement, column);
        fields[column].name = info->name;
        fields[column].kind = field_kind(&info->type);
    }
    qa_records_t *records = qa_records_open(sql->format, fields, count);
    if (records != NULL) qa_records_keep_names(records);
    qa_status_t status = records == NULL ? qa_tool_set_error(sql->tool, QA_NO_MEMORY, "out of memory")
                                         : add_rows(sql, statement, records);
    if (records != NULL) {
        const qa_status_t closed = qa_records_close(records);
        if (status == QA_OK && closed != QA_OK)
            status = qa_tool_set_error(sql->tool, closed, "out of memory while the result is written");
    }
    free(fields);
    return status;
}

static qa_status_t run(const sql_t *sql, const char *text, size_t bytes)
{
    qa_sql_statement_t *statement = NULL;
    qa_status_t status = qa_sql_prepare(&statement, sql->session, text, bytes, &sql->tool->error);
    if (status == QA_OK) status = qa_sql_execute(statement, &sql->tool->error);
    if (status == QA_OK && qa_sql_column_count(statement) > 0) {
        status = print_result(sql, statement);
    } else if (status == QA_OK && sql->format == QA_FORMAT_TABLE) {
        const int64_t rows = qa_sql_row_count(statement);
        if (rows >= 0)
            printf("%s: %lld row%s\n", qa_sql_command(statement), (long long)rows, rows == 1 ? "" : "s");
        else
            printf("%s: done\n", qa_sql_command(statement));
    }
    if (status == QA_OK && qa_sql_rounded_count(statement) > 0)
        fprintf(stderr, "quantatom: %llu value%s rounded to the decimals of their account\n",
                (unsigned long long)qa_sql_rounded_count(statement),
                qa_sql_rounded_count(statement) == 1 ? " was" : "s were");
    qa_sql_close(statement);
    return status;
}

/* One statement of a text; a mistake tells the line of the text on which the statement begins. */
static qa_status_t run_part(const sql_t *sql, const char *text, size_t begin, size_t end)
{
    unsigned long line = 1;
    while (begin < end && strchr(" \t\r\n;", text[begin]) != NULL)
        begin++;
    if (begin == end) return QA_OK;
    const qa_status_t status = run(sql, text + begin, end - begin);
    if (status == QA_OK) return QA_OK;
    for (size_t i = 0; i < begin; i++)
        line += text[i] == '\n';
    qa_error_t *error = &sql->tool->error;
    const qa_error_t inner = *error;
    if (line > 1)
        snprintf(error->message, sizeof(error->message), "in the statement that begins on line %lu: %.*s",
                 line, (int)sizeof(error->message) - 80, inner.message);
    return status;
}

/* Statements of a text, each ending with ; at the end of a line. */
static qa_status_t run_text(const sql_t *sql, const char *text, size_t bytes)
{
    qa_status_t status = QA_OK;
    for (size_t begin = 0; begin < bytes && status == QA_OK;) {
        size_t end = begin;
        while (end < bytes &&
               !(text[end] == ';' && (end + 1 == bytes || text[end + 1] == '\n' ||
                                      (text[end + 1] == '\r' && end + 2 < bytes && text[end + 2] == '\n'))))
            end++;
        status = run_part(sql, text, begin, end);
        begin = end + 1;
    }
    return status;
}

int qa_tool_sql(qa_tool_t *tool, int argc, char **argv)
{
    const char *app = NULL, *as_of = NULL, *format = NULL;
    bool is_row_path = false;
    const qa_option_t options[] = { { "--app", &app, NULL },
                                    { "--as-of", &as_of, NULL },
                                    { "--format", &format, NULL },
                                    { "--rows", NULL, &is_row_path } };
    sql_t sql = { .tool = tool };
    const int exit_code = qa_tool_arguments(tool, options, 4, &argc, argv, 1, -1);
    if (exit_code != QA_EXIT_OK) return exit_code;
    if (!qa_tool_format(tool, format, &sql.format)) return qa_tool_report(tool);
    const qa_sql_session_options_t session_options = { .size = sizeof(session_options),
                                                       .replica = tool->replica,
                                                       .app = app,
                                                       .door = "tool",
                                                       .reason = tool->reason,
                                                       .as_of = as_of,
                                                       .is_row_path = is_row_path,
                                                       .is_cancelled = tool->is_cancelled };
    qa_status_t status = qa_sql_session_open(&sql.session, &session_options, &tool->error);
    for (int a = 0; a < argc && status == QA_OK; a++) {
        char *text = NULL;
        size_t bytes = 0;
        if (strcmp(argv[a], "-") != 0) {
            status = qa_tool_utf8(tool, "statement", argv[a]);
            if (status == QA_OK) status = run(&sql, argv[a], strlen(argv[a]));
            continue;
        }
        status = qa_tool_read_file(tool, "-", SQL_INPUT_BYTES_MAX, &text, &bytes);
        if (status == QA_OK) status = run_text(&sql, text, bytes);
        free(text);
    }
    qa_sql_session_close(sql.session);
    return status == QA_OK ? QA_EXIT_OK : qa_tool_report(tool);
}
