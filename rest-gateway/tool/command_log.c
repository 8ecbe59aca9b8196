/* apps, history, log, undo, stats, verify: what the log says. */
#include <stdlib.h>
#include <string.h>

#include "qa/history.h"
#include "tool/command.h"
#include "tool/support.h"

enum { KINDS_SHOWN_MAX = 4 };

static int finish(qa_records_t *records)
{
    qa_status_t status = qa_records_close(records);
    return status == QA_OK ? QA_EXIT_OK : qa_tool_complain(status, "out of memory while the list is written");
}

static int no_memory(void)
{
    return qa_tool_complain(QA_NO_MEMORY, "out of memory");
}

/* --- apps --- */

static qa_status_t print_app(void *context, const char *app)
{
    bool *is_any = context;
    *is_any = true;
    puts(app);
    return QA_OK;
}

int qa_tool_apps(qa_tool_t *tool, int argc, char **argv)
{
    bool is_any = false;
    int exit_code = qa_tool_arguments(tool, NULL, 0, &argc, argv, 0, 0);
    if (exit_code != QA_EXIT_OK) return exit_code;
    qa_status_t status = qa_replica_apps(tool->replica, NULL, print_app, &is_any, &tool->error);
    if (status != QA_OK) return qa_tool_report(tool);
    if (!is_any) fprintf(stderr, "no apps in %s; `quantatom model apply FILE` makes one\n", tool->replica);
    return QA_EXIT_OK;
}

/* --- history --- */

static const qa_field_t history_fields[] = {
    { "offset", QA_FIELD_NUMBER },   { "time", QA_FIELD_TEXT },   { "who", QA_FIELD_TEXT },
    { "door", QA_FIELD_TEXT },       { "before", QA_FIELD_TEXT }, { "behind", QA_FIELD_TEXT },
    { "operations", QA_FIELD_TEXT }, { "reason", QA_FIELD_TEXT },
};

static void add_who(qa_records_t *records, const qa_history_entry_t *entry)
{
    char who[600];
    if (entry->on_behalf_of[0] == 0) {
        qa_records_add_text(records, entry->actor);
        return;
    }
    snprintf(who, sizeof(who), "%s for %s", entry->actor, entry->on_behalf_of);
    qa_records_add_text(records, who);
}

/* A table names the first few kinds, so that its lines stay short; CSV and JSON name all. */
static void add_operations(qa_records_t *records, const char *operations)
{
    const char *end = operations;
    char shown[300];
    uint32_t count = 0;
    for (; *end != 0 && count < KINDS_SHOWN_MAX; end++) {
        if (*end == ',' && ++count == KINDS_SHOWN_MAX) break;
    }
    if (*end == 0 || !qa_records_is_table(records)) {
        qa_records_add_text(records, operations);
        return;
    }
    snprintf(shown, sizeof(shown), "%.*s, …", (int)(end - operations), operations);
    qa_records_add_text(records, shown);
}

static qa_status_t add_change(void *context, const qa_history_entry_t *entry)
{
    qa_records_t *records = context;
    qa_records_add_number(records, entry->offset);
    qa_records_add_time(records, entry->appended_at_ns);
    add_who(records, entry);
    qa_records_add_text(records, entry->door);
    qa_records_add_value(records, &entry->before);
    qa_records_add_value(records, &entry->behind);
    add_operations(records, entry->operations);
    qa_records_add_text(records, entry->reason);
    return QA_OK;
}

int qa_tool_history(qa_tool_t *tool, int argc, char **argv)
{
    const char *format_text = NULL;
    const qa_option_t options[] = { { "--format", &format_text, NULL } };
    qa_member_t members[QA_DIMENSIONS_MAX];
    qa_format_t format = QA_FORMAT_TABLE;
    int exit_code = qa_tool_arguments(tool, options, 1, &argc, argv, 2, 2);
    if (exit_code != QA_EXIT_OK) return exit_code;
    if (!qa_tool_format(tool, format_text, &format)) return qa_tool_report(tool);
    if (qa_tool_open(tool, argv[0], QA_TOOL_READ) != QA_OK) return qa_tool_report(tool);
    if (qa_connection_read_begin(tool->connection) != QA_OK) return qa_tool_report_connection(tool);
    qa_status_t status =
        qa_tool_coordinate(tool, qa_connection_model(tool->connection), argv[1], false, members, NULL);
    qa_connection_read_end(tool->connection);
    if (status != QA_OK) return qa_tool_report(tool);
    qa_records_t *records =
        qa_records_open(format, history_fields, sizeof(history_fields) / sizeof(history_fields[0]));
    if (records == NULL) return no_memory();
    status = qa_connection_history(tool->connection, members, add_change, records);
    exit_code = finish(records);
    return status == QA_OK ? exit_code : qa_tool_report_connection(tool);
}

/* --- log --- */

static const qa_field_t log_fields[] = {
    { "offset", QA_FIELD_NUMBER },   { "time", QA_FIELD_TEXT },     { "who", QA_FIELD_TEXT },
    { "door", QA_FIELD_TEXT },       { "values", QA_FIELD_NUMBER }, { "facts", QA_FIELD_NUMBER },
    { "operations", QA_FIELD_TEXT }, { "reason", QA_FIELD_TEXT },
};

static qa_status_t add_entry(void *context, const qa_history_entry_t *entry)
{
    qa_records_t *records = context;
    qa_records_add_number(records, entry->offset);
    qa_records_add_time(records, entry->appended_at_ns);
    add_who(records, entry);
    qa_records_add_text(records, entry->door);
    qa_records_add_number(records, entry->changed_count);
    qa_records_add_number(records, entry->metadata_count);
    add_operations(records, entry->operations);
    qa_records_add_text(records, entry->reason);
    return QA_OK;
}

static bool read_offset(const char *text, uint64_t *offset_out)
{
    size_t bytes = strlen(text);
    *offset_out = 0;
    if (bytes == 0 || bytes > 18 || strspn(text, "0123456789") != bytes) return false;
    for (size_t i = 0; i < bytes; i++) {
        *offset_out = *offset_out * 10 + (uint64_t)(text[i] - '0');
    }
    return true;
}

static qa_status_t check_from(qa_tool_t *tool, const char *app, uint64_t from)
{
    qa_statistics_t statistics;
    qa_status_t status = qa_lattice_statistics(tool->lattice, &statistics, &tool->error);
    if (status != QA_OK || from <= statistics.position.offset) return status;
    return qa_tool_set_error(
        tool, QA_NO_SUCH_OFFSET,
        "there is no offset %llu yet: the log of %s ends with offset %llu; begin with that or "
        "an earlier one",
        (unsigned long long)from, app, (unsigned long long)statistics.position.offset);
}

int qa_tool_log(qa_tool_t *tool, int argc, char **argv)
{
    const char *format_text = NULL;
    const char *from_text = NULL;
    const qa_option_t options[] = { { "--format", &format_text, NULL }, { "--from", &from_text, NULL } };
    qa_format_t format = QA_FORMAT_TABLE;
    uint64_t from = 1;
    int exit_code = qa_tool_arguments(tool, options, 2, &argc, argv, 1, 1);
    if (exit_code != QA_EXIT_OK) return exit_code;
    if (from_text != NULL && !read_offset(from_text, &from))
        return qa_tool_usage(tool, "\"%.80s\" is not an offset", from_text);
    if (!qa_tool_format(tool, format_text, &format)) return qa_tool_report(tool);
    if (qa_tool_open(tool, argv[0], QA_TOOL_READ) != QA_OK) return qa_tool_report(tool);
    if (from_text != NULL && check_from(tool, argv[0], from) != QA_OK) return qa_tool_report(tool);
    qa_records_t *records = qa_records_open(format, log_fields, sizeof(log_fields) / sizeof(log_fields[0]));
    if (records == NULL) return no_memory();
    qa_status_t status = qa_connection_log(tool->connection, from, add_entry, records);
    exit_code = finish(records);
    return status == QA_OK ? exit_code : qa_tool_report_connection(tool);
}

/* --- undo --- */

static void print_coordinate(const qa_model_t *model, const qa_member_t *coordinate)
{
    uint16_t count = qa_model_dimension_count(model);
    for (uint16_t d = 0; d < count; d++) {
        const char *code = qa_model_member(model, d, coordinate[d])->code;
        if (d > 0) fputs(", ", stdout);
        qa_print_plain(stdout, code, strlen(code));
    }
}

typedef struct delta_view {
    qa_tool_t *tool;
    uint64_t count;
} delta_view_t;

static void print_value(const qa_value_t *value)
{
    char room[QA_VALUE_TEXT_BYTES];
    size_t bytes = 0;
    const char *text = qa_value_shown(value, room, &bytes);
    if (value->kind == QA_KIND_MISSING && value->flags == 0) {
        fputs("missing", stdout);
        return;
    }
    qa_print_plain(stdout, text, bytes);
}

/* An undo takes an intent back: from what it left to what was before. */
static qa_status_t print_delta(void *context, const qa_delta_atom_t *atom)
{
    delta_view_t *view = context;
    if (view->count++ >= 50) return QA_OK;
    if (qa_connection_read_begin(view->tool->connection) != QA_OK) return QA_IO;
    fputs("  ", stdout);
    print_coordinate(qa_connection_model(view->tool->connection), atom->coordinate);
    qa_connection_read_end(view->tool->connection);
    fputs(": ", stdout);
    print_value(&atom->behind);
    fputs(" → ", stdout);
    print_value(&atom->before);
    putchar('\n');
    return QA_OK;
}

/* How many dimensions the app had behind that offset. */
static qa_status_t count_dimensions(qa_tool_t *tool, uint64_t offset, uint16_t *count_out)
{
    *count_out = 0;
    qa_status_t status = qa_connection_set_as_of(tool->connection, offset);
    if (status == QA_OK) status = qa_connection_read_begin(tool->connection);
    if (status != QA_OK) return status;
    *count_out = qa_model_dimension_count(qa_connection_model(tool->connection));
    qa_connection_read_end(tool->connection);
    return QA_OK;
}

/* The dimensions that the intent at `offset` added: from *first_out up to *behind_out, usually none. Offsets
 * that are not there are left to the undo to refuse. Leaves the connection in the present. */
static qa_status_t find_added_dimensions(qa_tool_t *tool, uint64_t offset, uint16_t *first_out,
                                         uint16_t *behind_out)
{
    uint16_t now = 0;
    qa_statistics_t statistics;
    *first_out = 0;
    *behind_out = 0;
    if (qa_lattice_statistics(tool->lattice, &statistics, &tool->error) != QA_OK) return tool->error.status;
    if (offset == 0 || offset > statistics.position.offset) return QA_OK;
    qa_status_t status = count_dimensions(tool, 0, &now);
    *behind_out = now;
    if (status == QA_OK && offset > 1) status = count_dimensions(tool, offset - 1, first_out);
    if (status == QA_OK && *first_out < now) status = count_dimensions(tool, offset, behind_out);
    if (status == QA_OK) status = qa_connection_set_as_of(tool->connection, 0);
    return status == QA_OK ? QA_OK : qa_tool_take_error(tool, status);
}

/* A dimension stays once it is there, and its first member with it. */
static int print_staying(qa_tool_t *tool, uint16_t first, uint16_t behind)
{
    if (first == behind) return QA_EXIT_OK;
    if (qa_connection_read_begin(tool->connection) != QA_OK) return qa_tool_report_connection(tool);
    const qa_model_t *model = qa_connection_model(tool->connection);
    for (uint16_t d = first; d < behind; d++) {
        const qa_dimension_info_t *info = qa_model_dimension(model, d);
        fputs("  the dimension ", stdout);
        qa_print_plain(stdout, info->name, info->name_bytes);
        fputs(" stays, with its first member ", stdout);
        qa_print_plain(stdout, qa_model_member(model, d, 0)->code, qa_model_member(model, d, 0)->code_bytes);
        puts(": a dimension is never taken away");
    }
    qa_connection_read_end(tool->connection);
    return QA_EXIT_OK;
}

static int preview_undo(qa_tool_t *tool, uint64_t offset, qa_intent_t *intent)
{
    qa_receipt_t receipt;
    delta_view_t view = { .tool = tool };
    if (qa_connection_preview(tool->connection, intent, &receipt) != QA_OK)
        return qa_tool_report_connection(tool);
    printf("undoing offset %llu would put back: values %llu, facts of the model %llu; could not go back "
           "(changed since, or in use): %llu\n",
           (unsigned long long)offset, (unsigned long long)receipt.changed_count,
           (unsigned long long)receipt.metadata_count, (unsigned long long)receipt.kept_count);
    if (qa_connection_delta(tool->connection, offset, print_delta, &view) != QA_OK) {
        return qa_tool_report_connection(tool);
    }
    if (view.count > 50) printf("  … and %llu more\n", (unsigned long long)(view.count - 50));
    return QA_EXIT_OK;
}

int qa_tool_undo(qa_tool_t *tool, int argc, char **argv)
{
    bool is_preview = false;
    uint16_t first = 0;
    uint16_t behind = 0;
    const qa_option_t options[] = { { "--preview", NULL, &is_preview } };
    qa_intent_t *intent = NULL;
    qa_receipt_t receipt;
    uint64_t offset = 0;
    int exit_code = qa_tool_arguments(tool, options, 1, &argc, argv, 2, 2);
    if (exit_code != QA_EXIT_OK) return exit_code;
    if (!read_offset(argv[1], &offset)) return qa_tool_usage(tool, "\"%s\" is not an offset", argv[1]);
    if (qa_tool_open(tool, argv[0], QA_TOOL_WRITE) != QA_OK) return qa_tool_report(tool);
    if (find_added_dimensions(tool, offset, &first, &behind) != QA_OK) return qa_tool_report(tool);
    if (qa_tool_intent(tool, &intent) != QA_OK) return qa_tool_report(tool);
    qa_status_t status = qa_intent_undo(intent, offset);
    if (status != QA_OK) {
        exit_code = qa_tool_complain(status, "the undo cannot be written: %s", qa_status_info(status)->text);
    } else if (is_preview) {
        exit_code = preview_undo(tool, offset, intent);
    } else if (qa_connection_commit(tool->connection, intent, &receipt) != QA_OK) {
        exit_code = qa_tool_report_connection(tool);
    } else {
        qa_tool_print_receipt(&receipt);
    }
    qa_intent_close(intent);
    if (exit_code == QA_EXIT_OK) exit_code = print_staying(tool, first, behind);
    return exit_code;
}

/* --- stats and verify --- */

static void print_stat(qa_format_t format, const char *name, const char *text, bool is_number, bool is_first)
{
    if (format == QA_FORMAT_JSON) {
        printf("%s\"%s\": %s%s%s", is_first ? "{ " : ",\n  ", name, is_number ? "" : "\"", text,
               is_number ? "" : "\"");
    } else if (format == QA_FORMAT_CSV) {
        printf("%s,%s\n", name, text);
    } else {
        printf("%-16s  %s\n", name, text);
    }
}

static void print_statistics(qa_format_t format, const qa_statistics_t *statistics)
{
    char time[QA_TIME_TEXT_BYTES + 1];
    char chain[2 * QA_HASH_BYTES + 1];
    char state[2 * QA_HASH_BYTES + 1];
    char data[33];
    qa_time_text(statistics->position.appended_at_ns, time);
    qa_hex_text(statistics->position.chain_hash, QA_HASH_BYTES, chain);
    qa_hex_text(statistics->position.state_hash, QA_HASH_BYTES, state);
    qa_hex_text(statistics->position.data_hash, 16, data);
    const struct {
        const char *name;
        uint64_t number;
    } rows[] = {
        { "atoms", statistics->atom_count },
        { "cleared", statistics->cleared_count },
        { "holds", statistics->hold_count },
        { "loads", statistics->load_count },
        { "clients", statistics->client_count },
        { "store_bytes", statistics->store_bytes },
        { "model_bytes", statistics->model_bytes },
        { "log_bytes", statistics->log_bytes },
        { "log_bytes_used", statistics->log_bytes_used },
        { "segments", statistics->segment_count },
        { "snapshot_offset", statistics->snapshot_offset },
        { "snapshot_bytes", statistics->snapshot_bytes },
        { "cut_bytes", statistics->cut_bytes },
    };
    char number[24];
    if (format == QA_FORMAT_CSV) puts("name,value");
    snprintf(number, sizeof(number), "%llu", (unsigned long long)statistics->position.offset);
    print_stat(format, "offset", number, true, true);
    print_stat(format, "time", time, false, false);
    print_stat(format, "data_hash", data, false, false);
    print_stat(format, "state_hash", state, false, false);
    print_stat(format, "chain_hash", chain, false, false);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        snprintf(number, sizeof(number), "%llu", (unsigned long long)rows[i].number);
        print_stat(format, rows[i].name, number, true, false);
    }
    if (format == QA_FORMAT_JSON) puts(" }");
}

int qa_tool_stats(qa_tool_t *tool, int argc, char **argv)
{
    const char *format_text = NULL;
    const qa_option_t options[] = { { "--format", &format_text, NULL } };
    qa_format_t format = QA_FORMAT_TABLE;
    qa_statistics_t statistics;
    int exit_code = qa_tool_arguments(tool, options, 1, &argc, argv, 1, 1);
    if (exit_code != QA_EXIT_OK) return exit_code;
    if (!qa_tool_format(tool, format_text, &format)) return qa_tool_report(tool);
    if (qa_tool_open(tool, argv[0], QA_TOOL_READ) != QA_OK) return qa_tool_report(tool);
    if (qa_lattice_statistics(tool->lattice, &statistics, &tool->error) != QA_OK) return qa_tool_report(tool);
    print_statistics(format, &statistics);
    return QA_EXIT_OK;
}

static void print_line(void *context, const char *line)
{
    bool *is_warned = context;
    *is_warned = *is_warned || strncmp(line, "warning: ", 9) == 0;
    puts(line);
}

int qa_tool_verify(qa_tool_t *tool, int argc, char **argv)
{
    bool is_warned = false;
    int exit_code = qa_tool_arguments(tool, NULL, 0, &argc, argv, 1, 1);
    if (exit_code != QA_EXIT_OK) return exit_code;
    if (qa_tool_open(tool, argv[0], QA_TOOL_READ) != QA_OK) return qa_tool_report(tool);
    if (qa_lattice_verify(tool->lattice, print_line, &is_warned, &tool->error) != QA_OK)
        return qa_tool_report(tool);
    puts(is_warned ? "all is well but for the warning" : "all is well");
    return QA_EXIT_OK;
}
