/* Helpers that every command uses: complaints, options, opening, moments.
 * What it must never do: print anything on stdout but a receipt. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "qa/number.h"
#include "qa/text.h"
#include "tool/command.h"
#include "tool/support.h"

int qa_tool_report_error(const qa_error_t *error)
{
    const qa_status_info_t *info = qa_status_info(error->status);
    fflush(stdout);
    fprintf(stderr, "quantatom: %s [%s]\n", error->message[0] != 0 ? error->message : info->text, info->name);
    return error->status == QA_USAGE ? QA_EXIT_USAGE : QA_EXIT_ERROR;
}

int qa_tool_report(const qa_tool_t *tool)
{
    return qa_tool_report_error(&tool->error);
}

int qa_tool_report_connection(const qa_tool_t *tool)
{
    return qa_tool_report_error(qa_connection_error(tool->connection));
}

int qa_tool_complain(qa_status_t status, const char *format, ...)
{
    va_list arguments;
    fflush(stdout);
    fputs("quantatom: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, " [%s]\n", qa_status_info(status)->name);
    return status == QA_USAGE ? QA_EXIT_USAGE : QA_EXIT_ERROR;
}

int qa_tool_usage(const qa_tool_t *tool, const char *format, ...)
{
    va_list arguments;
    fflush(stdout);
    fputs("quantatom: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, " [QA_USAGE]\n`quantatom %s --help` explains the command.\n", tool->command);
    return QA_EXIT_USAGE;
}

static const qa_option_t *find_option(const qa_option_t *options, uint32_t option_count, const char *text)
{
    for (uint32_t i = 0; i < option_count; i++) {
        size_t bytes = strlen(options[i].name);
        if (strncmp(text, options[i].name, bytes) == 0 && (text[bytes] == 0 || text[bytes] == '=')) {
            return &options[i];
        }
    }
    return NULL;
}

int qa_tool_arguments(const qa_tool_t *tool, const qa_option_t *options, uint32_t option_count, int *argc,
                      char **argv, int count_min, int count_max)
{
    int kept = 0;
    bool is_over = false;
    for (int i = 0; i < *argc; i++) {
        if (is_over || argv[i][0] != '-' || argv[i][1] != '-') {
            argv[kept++] = argv[i];
            continue;
        }
        if (argv[i][2] == 0) {
            is_over = true;
            continue;
        }
        const qa_option_t *option = find_option(options, option_count, argv[i]);
        if (option == NULL) return qa_tool_usage(tool, "%s has no option %s", tool->command, argv[i]);
        const char *equals = argv[i] + strlen(option->name);
        if (option->value == NULL) {
            if (*equals != 0) return qa_tool_usage(tool, "%s takes no value", option->name);
            *option->is_set = true;
        } else if (*equals == '=') {
            *option->value = equals + 1;
        } else if (i + 1 < *argc) {
            *option->value = argv[++i];
        } else {
            return qa_tool_usage(tool, "%s needs a value behind it", option->name);
        }
    }
    *argc = kept;
    if (kept < count_min) {
        return qa_tool_usage(tool, "%s needs %d argument%s behind it, not %d: quantatom %s %s", tool->command,
                             count_min, count_min == 1 ? "" : "s", kept, tool->command, tool->usage);
    }
    if (count_max >= 0 && kept > count_max) {
        return qa_tool_usage(tool, "\"%.120s\" is more than %s takes: quantatom %s %s", argv[count_max],
                             tool->command, tool->command, tool->usage);
    }
    return QA_EXIT_OK;
}

qa_status_t qa_tool_make_parents(qa_tool_t *tool, const char *path)
{
    char folder[4096];
    size_t bytes = strlen(path);
    if (bytes >= sizeof(folder))
        return qa_tool_set_error(tool, QA_LIMIT, "the path %.80s… is too long", path);
    /* Before a folder is made that has no use. */
    qa_status_t status = qa_replica_check_folder(path, NULL, &tool->error);
    if (status != QA_OK) return status;
    memcpy(folder, path, bytes + 1);
    for (char *c = folder + 1; bytes > 0 && *c != 0; c++) {
        if (*c != '/' || c[1] == 0 || c[1] == '/') continue;
        *c = 0;
        if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
            return qa_tool_set_error(tool, QA_IO, "the folder %s cannot be made: %s", folder,
                                     strerror(errno));
        }
        *c = '/';
    }
    return QA_OK;
}

qa_status_t qa_tool_open(qa_tool_t *tool, const char *app, qa_tool_access_t access)
{
    qa_lattice_options_t options = { .size = sizeof(options),
                                     .replica = tool->replica,
                                     .app = app,
                                     .is_create = access == QA_TOOL_CREATE,
                                     .is_read_only = access == QA_TOOL_READ };
    if (qa_tool_utf8(tool, "name of an app", app) != QA_OK) return tool->error.status;
    if (access == QA_TOOL_CREATE && qa_tool_make_parents(tool, tool->replica) != QA_OK)
        return tool->error.status;
    qa_status_t status = qa_lattice_open(&tool->lattice, &options, &tool->error);
    if (status != QA_OK) return status;
    qa_connection_options_t who = { .size = sizeof(who), .door = "tool", .clearance = UINT64_MAX };
    return qa_connection_open(&tool->connection, tool->lattice, &who, &tool->error);
}

qa_status_t qa_tool_set_error(qa_tool_t *tool, qa_status_t status, const char *format, ...)
{
    va_list arguments;
    tool->error.status = status;
    va_start(arguments, format);
    vsnprintf(tool->error.message, sizeof(tool->error.message), format, arguments);
    va_end(arguments);
    return status;
}

qa_status_t qa_tool_utf8(qa_tool_t *tool, const char *what, const char *text)
{
    size_t bytes = strlen(text);
    size_t good = 0;
    size_t shown = 0;
    char start[61];
    if (qa_utf8_is_valid(text, bytes)) return QA_OK;
    for (size_t i = 1; i <= bytes; i++) {
        if (qa_utf8_is_valid(text, i)) good = i;
        if (i > good + 4) break;
    }
    for (; shown < good && shown + 1 < sizeof(start); shown++) {
        start[shown] = text[shown];
    }
    while (!qa_utf8_is_valid(start, shown)) {
        shown--;
    }
    start[shown] = 0;
    return qa_tool_set_error(tool, QA_NOT_TEXT,
                             "the %s \"%s%s\\x%02X…\" is not UTF-8 text: byte %zu; write it as UTF-8, as "
                             "terminals do with a UTF-8 locale",
                             what, start, shown < good ? "…" : "", (unsigned)(unsigned char)text[good],
                             good + 1);
}

qa_status_t qa_tool_take_error(qa_tool_t *tool, qa_status_t status)
{
    tool->error = *qa_connection_error(tool->connection);
    tool->error.status = status;
    return status;
}

bool qa_tool_format(qa_tool_t *tool, const char *text, qa_format_t *format_out)
{
    static const char *const words[] = { "table", "csv", "json" };
    for (int i = 0; i < 3; i++) {
        if (text == NULL || strcmp(text, words[i]) == 0) {
            *format_out = (qa_format_t)i;
            return true;
        }
    }
    qa_tool_set_error(tool, QA_USAGE, "there is no format \"%s\"; these exist: table, csv, json", text);
    return false;
}

qa_status_t qa_tool_read_file(qa_tool_t *tool, const char *path, size_t bytes_max, char **text_out,
                              size_t *bytes_out)
{
    bool is_input = strcmp(path, "-") == 0;
    FILE *stream = is_input ? stdin : fopen(path, "rb");
    size_t capacity = 64 * 1024;
    qa_status_t status = QA_OK;
    *text_out = NULL;
    *bytes_out = 0;
    if (stream == NULL) {
        return qa_tool_set_error(tool, errno == ENOENT ? QA_MISSING_INPUT : QA_IO, "%s cannot be read: %s",
                                 path, strerror(errno));
    }
    char *text = malloc(capacity);
    while (text != NULL) {
        *bytes_out += fread(text + *bytes_out, 1, capacity - *bytes_out, stream);
        if (*bytes_out < capacity || *bytes_out > bytes_max) break;
        capacity *= 2;
        char *larger = realloc(text, capacity);
        if (larger == NULL) free(text);
        text = larger;
    }
    if (text == NULL) {
        status = qa_tool_set_error(tool, QA_NO_MEMORY, "out of memory while %s is read", path);
    } else if (ferror(stream)) {
        status = qa_tool_set_error(tool, QA_IO, "%s cannot be read: %s", path, strerror(errno));
    } else if (*bytes_out > bytes_max) {
        status = qa_tool_set_error(tool, QA_LIMIT, "%s has more than %zu bytes", path, bytes_max);
    }
    if (!is_input) fclose(stream);
    if (status != QA_OK) free(text);
    if (status == QA_OK) *text_out = text;
    return status;
}

qa_status_t qa_tool_intent(qa_tool_t *tool, qa_intent_t **intent_out)
{
    *intent_out = NULL;
    if (qa_tool_utf8(tool, "--reason", tool->reason) != QA_OK) return tool->error.status;
    qa_status_t status = qa_intent_open(intent_out, NULL);
    if (status == QA_OK && tool->reason[0] != 0) {
        status = qa_intent_set_reason(*intent_out, tool->reason, strlen(tool->reason));
        if (status != QA_OK) {
            qa_intent_close(*intent_out);
            *intent_out = NULL;
        }
    }
    return status == QA_OK ? QA_OK
                           : qa_tool_set_error(tool, status, "the intent could not be begun: %s",
                                               qa_status_info(status)->text);
}

qa_status_t qa_tool_moment(qa_tool_t *tool, const char *text, uint64_t *offset_out)
{
    size_t bytes = strlen(text);
    int64_t time_ns = 0;
    *offset_out = 0;
    if (bytes > 0 && bytes <= 18 && strspn(text, "0123456789") == bytes) {
        for (size_t i = 0; i < bytes; i++) {
            *offset_out = *offset_out * 10 + (uint64_t)(text[i] - '0');
        }
        if (*offset_out > 0) return QA_OK;
        return qa_tool_set_error(tool, QA_NO_SUCH_OFFSET,
                                 "offsets begin with 1; before it the app was empty");
    }
    if (qa_time_parse(text, bytes, &time_ns) != QA_OK) {
        return qa_tool_set_error(
            tool, QA_NOT_A_DATE,
            "\"%s\" is neither an offset nor a time; write 12, 2026-04-02 or 2026-04-02T09:30:00Z", text);
    }
    qa_status_t status = qa_connection_offset_at(tool->connection, time_ns, offset_out);
    if (status != QA_OK) {
        tool->error = *qa_connection_error(tool->connection);
        return status;
    }
    if (*offset_out == 0) {
        return qa_tool_set_error(tool, QA_NO_SUCH_OFFSET,
                                 "the log begins after %s; `quantatom log` lists its times", text);
    }
    return QA_OK;
}

void qa_tool_print_receipt(const qa_receipt_t *receipt)
{
    if (receipt->offset == 0) {
        puts("nothing to do");
        return;
    }
    printf("offset %llu: %llu value%s changed", (unsigned long long)receipt->offset,
           (unsigned long long)receipt->changed_count, receipt->changed_count == 1 ? "" : "s");
    if (receipt->metadata_count > 0) {
        printf(", %llu fact%s of the model", (unsigned long long)receipt->metadata_count,
               receipt->metadata_count == 1 ? "" : "s");
    }
    if (receipt->kept_count > 0) {
        printf("; %llu could not go back (changed since, or in use)",
               (unsigned long long)receipt->kept_count);
    }
    putchar('\n');
}
