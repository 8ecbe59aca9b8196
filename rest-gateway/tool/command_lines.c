/* `quantatom lines`: the lines of files behind a number, their sum, and whether they tie to it. The work is
 * in load/drill.c. What it must never do: show a part without saying so. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load/drill.h"
#include "load/weights.h"
#include "tool/command.h"

typedef enum form { FORM_TABLE, FORM_CSV, FORM_JSON } form_t;

typedef struct lines_output {
    form_t form;
    uint64_t limit; /* 0: none */
    uint64_t shown;
    uint64_t differences;
    qa_connection_t *connection; /* for the names of members */
} lines_output_t;

static void put_csv(const char *text, size_t bytes)
{
    putchar('"');
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] == '"') putchar('"');
        putchar(text[i]);
    }
    putchar('"');
}

static void put_json(const char *text, size_t bytes)
{
    putchar('"');
    for (size_t i = 0; i < bytes; i++) {
        const unsigned char byte = (unsigned char)text[i];
        if (byte == '"' || byte == '\\') {
            printf("\\%c", byte);
        } else if (byte < 0x20 || byte == 0x7F) {
            printf("\\u%04x", byte);
        } else {
            putchar(byte);
        }
    }
    putchar('"');
}

/* For people: control characters, as in a quoted field with line ends, become blanks. */
static void put_plain(FILE *stream, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        putc((unsigned char)text[i] < 0x20 || text[i] == 0x7F ? ' ' : text[i], stream);
}

static void put_words(FILE *stream, const qa_value_t *value, const char *missing)
{
    char text[QA_DECIMAL_TEXT_BYTES];
    const size_t bytes = qa_load_print_number(value, text);
    if (value->kind == QA_KIND_TEXT) {
        putc('"', stream);
        put_plain(stream, value->text, value->text_bytes);
        putc('"', stream);
    } else if (bytes == 0) {
        fputs(missing, stream);
    } else {
        fprintf(stream, "%.*s", (int)bytes, text);
    }
}

static void put_value(const qa_value_t *value, form_t form)
{
    char text[QA_DECIMAL_TEXT_BYTES];
    if (value->kind == QA_KIND_TEXT) {
        if (form == FORM_CSV) put_csv(value->text, value->text_bytes);
        if (form == FORM_JSON) put_json(value->text, value->text_bytes);
        return;
    }
    const size_t bytes = qa_load_print_number(value, text);
    if (bytes == 0) {
        if (form == FORM_JSON) fputs("null", stdout);
    } else if (value->kind == QA_KIND_DATE && form == FORM_JSON) {
        printf("\"%.*s\"", (int)bytes, text);
    } else {
        printf("%.*s", (int)bytes, text);
    }
}

/* The factor of a line; one that no longer fits is shown as missing. */
static qa_value_t weight_value(qa_load_weight_t weight)
{
    return weight.decimals <= 18 ? qa_value_decimal(weight.units, weight.decimals) : qa_value_missing();
}

static bool is_one(qa_load_weight_t weight)
{
    return weight.units == 1 && weight.decimals == 0;
}

static qa_status_t print_line(void *context, const qa_load_drill_line_t *line)
{
    lines_output_t *output = context;
    if (output->limit != 0 && output->shown >= output->limit) return QA_OK;
    const bool is_first = output->shown++ == 0;
    const qa_value_t weight = weight_value(line->weight);
    if (output->form == FORM_CSV) {
        if (is_first) fputs("load,file,line,amount,weight,text\r\n", stdout);
        printf("%" PRIu64 ",", line->offset);
        put_csv(line->file, strlen(line->file));
        printf(",%" PRIu64 ",", line->line_number);
        put_value(&line->given, FORM_CSV);
        putchar(',');
        put_value(&weight, FORM_CSV);
        putchar(',');
        put_csv(line->text, line->text_bytes);
        fputs("\r\n", stdout);
    } else if (output->form == FORM_JSON) {
        fputs(is_first ? "\n  " : ",\n  ", stdout);
        printf("{\"load\":%" PRIu64 ",\"file\":", line->offset);
        put_json(line->file, strlen(line->file));
        printf(",\"line\":%" PRIu64 ",\"amount\":", line->line_number);
        put_value(&line->given, FORM_JSON);
        fputs(",\"weight\":", stdout);
        put_value(&weight, FORM_JSON);
        fputs(",\"text\":", stdout);
        put_json(line->text, line->text_bytes);
        putchar('}');
    } else {
        char text[QA_DECIMAL_TEXT_BYTES];
        const size_t bytes = qa_load_print_number(&line->given, text);
        put_plain(stdout, line->file, strlen(line->file));
        printf(line->line_number > 0 ? ":%-7" PRIu64 " %18.*s" : " %.0" PRIu64 "       %18.*s",
               line->line_number, (int)bytes, text);
        if (line->given.kind == QA_KIND_TEXT) put_words(stdout, &line->given, "");
        if (!is_one(line->weight) && line->given.kind <= QA_KIND_DOUBLE) {
            fputs(" x ", stdout);
            put_words(stdout, &weight, "a weight too long to print");
        }
        fputs("  ", stdout);
        put_plain(stdout, line->text, line->text_bytes);
        putchar('\n');
    }
    return QA_OK;
}

/* The coordinate by the codes of its members, as the commands take it. */
static void print_cell(const lines_output_t *output, FILE *stream, const qa_member_t *coordinate)
{
    if (qa_connection_read_begin(output->connection) != QA_OK) return;
    const qa_model_t *model = qa_connection_model(output->connection);
    const uint16_t count = qa_model_dimension_count(model);
    for (qa_dimension_t d = 0; d < count; d++) {
        const qa_dimension_info_t *dimension = qa_model_dimension(model, d);
        const qa_member_info_t *member = qa_model_member(model, d, coordinate[d]);
        if (output->form == FORM_JSON) {
            putchar(d == 0 ? '{' : ',');
            put_json(dimension->name, dimension->name_bytes);
            putchar(':');
            put_json(member->code, member->code_bytes);
        } else {
            fprintf(stream, "%s%s=%s", d == 0 ? "" : ",", dimension->name, member->code);
        }
    }
    if (output->form == FORM_JSON) putchar('}');
    qa_connection_read_end(output->connection);
}

/* In CSV the explanation would break the table, so it goes to stderr. */
static qa_status_t print_difference(void *context, const qa_load_drill_difference_t *difference)
{
    lines_output_t *output = context;
    char time[QA_TIME_TEXT_BYTES];
    const size_t time_bytes = qa_time_print(difference->changed_at_ns, time);
    if (output->form == FORM_JSON) {
        fputs(output->differences++ == 0 ? "\n ],\n \"differences\": [\n  " : ",\n  ", stdout);
        fputs("{\"cell\":", stdout);
        print_cell(output, stdout, difference->coordinate);
        fputs(",\"atom\":", stdout);
        put_value(&difference->atom, FORM_JSON);
        fputs(",\"lines\":", stdout);
        put_value(&difference->lines, FORM_JSON);
        printf(",\"load\":%" PRIu64 ",\"changed_offset\":%" PRIu64 ",\"actor\":", difference->load_offset,
               difference->changed_offset);
        put_json(difference->actor, strlen(difference->actor));
        printf(",\"changed_at\":\"%.*s\"}", (int)(difference->changed_offset != 0 ? time_bytes : 0), time);
        return QA_OK;
    }
    FILE *stream = output->form == FORM_CSV ? stderr : stdout;
    print_cell(output, stream, difference->coordinate);
    fputs(" is ", stream);
    put_words(stream, &difference->atom, "missing");
    fputs(", its lines give ", stream);
    put_words(stream, &difference->lines, "nothing");
    if (difference->changed_offset != 0) {
        fprintf(stream, ": changed by %s from %s at offset %" PRIu64 ", %.*s", difference->actor,
                difference->door, difference->changed_offset, (int)time_bytes, time);
    }
    fputc('\n', stream);
    return QA_OK;
}

static void print_json_end(const lines_output_t *output, const qa_load_drill_t *result)
{
    const qa_value_t none = qa_value_missing();
    fputs(output->differences > 0 ? "\n ],\n \"sum\": " : "\n ],\n \"differences\": [],\n \"sum\": ", stdout);
    put_value(result->is_numeric ? &result->sum : &none, FORM_JSON);
    fputs(",\n \"value\": ", stdout);
    put_value(&result->value, FORM_JSON);
    printf(",\n \"lines_found\": %" PRIu64 ",\n \"lines_shown\": %" PRIu64 ",\n \"leaves\": %" PRIu64
           ",\n \"leaves_different\": %" PRIu64 ",\n \"value_is_sum\": %s,\n \"ties\": %s\n}\n",
           result->line_count, output->shown, result->leaf_count, result->different_count,
           result->is_sum ? "true" : "false", result->is_tied ? "true" : "false");
}

/* Leaves that tie do not make a total that is the sum of lines: an account may take its last period. */
static void print_verdict(FILE *stream, const qa_load_drill_t *result)
{
    static const char *const balances[] = { "sum", "first", "last", "average" };
    if (!result->is_tied) {
        fprintf(stream, "the lines do not tie: %" PRIu64 " of %" PRIu64 " leaves differ\n",
                result->different_count, result->leaf_count);
    } else if (result->is_sum || (result->is_leaf && !result->is_numeric)) {
        fprintf(stream, "the lines tie to the value\n");
    } else if (result->is_numeric && result->balance != QA_BALANCE_FLOW &&
               result->balance <= QA_BALANCE_AVERAGE) {
        fprintf(stream,
                "the lines tie to each leaf; the value is no sum, the account takes the %s of its periods\n",
                balances[result->balance]);
    } else {
        fprintf(stream, "the lines tie to each leaf; the value is not their sum\n");
    }
}

static void print_end(const lines_output_t *output, const qa_load_drill_t *result)
{
    if (output->form == FORM_JSON) {
        print_json_end(output, result);
        return;
    }
    if (output->form == FORM_CSV && output->shown == 0)
        fputs("load,file,line,amount,weight,text\r\n", stdout);
    FILE *stream = output->form == FORM_CSV ? stderr : stdout;
    fprintf(stream, "%" PRIu64 " line%s", result->line_count, result->line_count == 1 ? "" : "s");
    if (output->shown < result->line_count) fprintf(stream, " (%" PRIu64 " shown)", output->shown);
    if (!result->is_leaf) fprintf(stream, " behind %" PRIu64 " leaves", result->leaf_count);
    if (result->is_numeric) {
        fputs("; sum of the lines ", stream);
        put_words(stream, &result->sum, "missing");
        fputs(", value of the cell ", stream);
    } else {
        fputs("; value of the cell ", stream);
    }
    put_words(stream, &result->value, "missing");
    fputc('\n', stream);
    print_verdict(stream, result);
}

static bool read_form(const qa_tool_t *tool, const char *text, form_t *form_out)
{
    static const char *const names[] = { "table", "csv", "json" };
    for (int i = 0; i < 3; i++) {
        if (strcmp(text, names[i]) != 0) continue;
        *form_out = (form_t)i;
        return true;
    }
    qa_tool_usage(tool, "--format is table, csv or json; not \"%s\"", text);
    return false;
}

int qa_tool_lines(qa_tool_t *tool, int argc, char **argv)
{
    const char *format = "table";
    const char *limit = "";
    lines_output_t output = { .form = FORM_TABLE };
    const qa_option_t options[] = { { "--format", &format, NULL }, { "--limit", &limit, NULL } };
    qa_member_t coordinate[QA_DIMENSIONS_MAX];
    qa_error_t error = { .status = QA_OK };
    qa_load_drill_t result;
    const int usage = qa_tool_arguments(tool, options, 2, &argc, argv, 2, 2);
    if (usage != 0) return usage;
    if (!read_form(tool, format, &output.form)) return QA_EXIT_USAGE;
    if (limit[0] != '\0') {
        char *end = NULL;
        output.limit = strtoull(limit, &end, 10);
        if (*end != '\0' || output.limit == 0 || limit[0] == '-') {
            return qa_tool_usage(tool, "--limit needs a number from 1, not \"%s\"", limit);
        }
    }
    if (qa_tool_open(tool, argv[0], QA_TOOL_READ) != QA_OK) return qa_tool_report(tool);
    if (qa_connection_read_begin(tool->connection) != QA_OK) return qa_tool_report_connection(tool);
    qa_status_t status =
        qa_tool_coordinate(tool, qa_connection_model(tool->connection), argv[1], false, coordinate, NULL);
    qa_connection_read_end(tool->connection);
    if (status != QA_OK) return qa_tool_report(tool);
    output.connection = tool->connection;
    if (output.form == FORM_JSON) fputs("{\"lines\": [", stdout);
    status =
        qa_load_drill(tool->connection, coordinate, print_line, print_difference, &output, &result, &error);
    if (status == QA_OK) print_end(&output, &result);
    qa_load_drill_close(&result);
    return status == QA_OK ? QA_EXIT_OK : qa_tool_report_error(&error);
}
