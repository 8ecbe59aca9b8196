/* `quantatom load`: files through a map into an app. Options, progress, the summary and the exit code; the
 * work is in load/. What it must never do: return 0 when rows were rejected or a control total does not tie.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "load/load.h"
#include "load/output.h"
#include "tool/command.h"

enum { EXIT_ROWS = 2, EXIT_TOTAL = 3, EXIT_LOCKED = 4, LIST_MAX = 256 };

typedef struct arguments {
    const char *app;
    const char *map;
    const char *report;
    const char *max_rejects;
    const char *replaces[LIST_MAX];
    const char *expects[LIST_MAX];
    const char **positional;
    int positional_count;
    qa_load_options_t options;
} arguments_t;

typedef struct progress_state {
    struct timespec begin;
    double shown; /* seconds */
    bool is_shown;
} progress_state_t;

static double seconds_since(const struct timespec *begin)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - begin->tv_sec) + (double)(now.tv_nsec - begin->tv_nsec) / 1e9;
}

static void show_progress(void *context, const qa_load_progress_t *progress)
{
    progress_state_t *state = context;
    const double seconds = seconds_since(&state->begin);
    if (seconds - state->shown < 0.1) return;
    state->shown = seconds;
    state->is_shown = true;
    char bar[21] = "                    ";
    if (progress->bytes_total > 0) {
        uint64_t done = progress->bytes * 20 / progress->bytes_total;
        if (done > 20) done = 20;
        memset(bar, '#', (size_t)done);
    }
    fprintf(stderr, "\r[%s] %.1f MB  %llu rows  %.0f rows/s  %.40s   ", bar, (double)progress->bytes / 1e6,
            (unsigned long long)progress->rows, (double)progress->rows / seconds, progress->file);
}

/* The value of an option, from `--name=VALUE` or the next argument; NULL after a complaint. */
static const char *option_value(const qa_tool_t *tool, int *i, int argc, char **argv)
{
    const char *equals = strchr(argv[*i], '=');
    if (equals != NULL) return equals + 1;
    if (*i + 1 < argc) return argv[++*i];
    qa_tool_usage(tool, "%s needs a value behind it", argv[*i]);
    return NULL;
}

static bool is_option(const char *text, const char *name)
{
    const size_t bytes = strlen(name);
    return strncmp(text, name, bytes) == 0 && (text[bytes] == '\0' || text[bytes] == '=');
}

static bool put_list(const qa_tool_t *tool, const char **list, uint32_t *count, const char *value)
{
    if (*count == LIST_MAX) {
        qa_tool_usage(tool, "an option stands more than %d times", LIST_MAX);
        return false;
    }
    list[(*count)++] = value;
    return true;
}

static bool read_arguments(const qa_tool_t *tool, arguments_t *arguments, int argc, char **argv)
{
    qa_load_options_t *options = &arguments->options;
    const struct {
        const char *name;
        const char **value;
    } values[] = { { "--map", &arguments->map },
                   { "--unknown", &options->unknown },
                   { "--max-rejects", &arguments->max_rejects },
                   { "--rejects", &options->rejects_path },
                   { "--report", &arguments->report } };
    bool is_over = false;
    for (int i = 0; i < argc; i++) {
        const char *text = argv[i];
        if (is_over || strncmp(text, "--", 2) != 0) {
            arguments->positional[arguments->positional_count++] = text;
        } else if (text[2] == '\0') {
            is_over = true;
        } else if (strcmp(text, "--dry-run") == 0) {
            options->is_dry_run = true;
        } else {
            const char **target = NULL;
            for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
                if (is_option(text, values[v].name)) target = values[v].value;
            }
            const bool is_replace = is_option(text, "--replace");
            const bool is_expect = is_option(text, "--expect");
            if (target == NULL && !is_replace && !is_expect) {
                qa_tool_usage(tool, "load has no option %s", text);
                return false;
            }
            const char *value = option_value(tool, &i, argc, argv);
            if (value == NULL) return false;
            if (target != NULL) *target = value;
            if (is_replace && !put_list(tool, arguments->replaces, &options->replace_count, value))
                return false;
            if (is_expect && !put_list(tool, arguments->expects, &options->expect_count, value)) return false;
        }
    }
    if (arguments->map == NULL) {
        qa_tool_usage(tool, "load needs --map FILE");
        return false;
    }
    if (arguments->max_rejects != NULL) {
        char *end = NULL;
        errno = 0;
        options->rejects_max = strtoull(arguments->max_rejects, &end, 10);
        options->has_rejects_max = true;
        if (errno != 0 || *end != '\0' || arguments->max_rejects[0] < '0' ||
            arguments->max_rejects[0] > '9') {
            qa_tool_usage(tool, "--max-rejects needs a number, not \"%s\"", arguments->max_rejects);
            return false;
        }
    }
    return true;
}

/* The whole map file, allocated. */
static char *read_map(const char *path, size_t *bytes_out)
{
    FILE *stream = fopen(path, "rb");
    struct stat facts;
    char *text = NULL;
    *bytes_out = 0;
    if (stream == NULL || fstat(fileno(stream), &facts) != 0) {
        qa_tool_complain(QA_IO, "the map %s cannot be opened: %s", path, strerror(errno));
    } else if (facts.st_size > QA_MODEL_FILE_BYTES_MAX || !S_ISREG(facts.st_mode)) {
        qa_tool_complain(QA_BAD_MAP, "%s is not a map file", path);
    } else {
        text = malloc((size_t)facts.st_size + 1);
        if (text == NULL) {
            qa_tool_complain(QA_NO_MEMORY, "out of memory for the map");
        } else {
            *bytes_out = fread(text, 1, (size_t)facts.st_size, stream);
        }
    }
    if (stream != NULL) fclose(stream);
    return text;
}

static bool is_app_name(const char *text)
{
    const size_t bytes = strlen(text);
    return bytes >= 1 && bytes <= 64 && strcmp(text, "-") != 0 &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == bytes;
}

/* The first argument is the app, unless the map names one and the argument is a file. */
static bool find_app(const qa_tool_t *tool, arguments_t *arguments, const qa_load_map_t *map)
{
    arguments->app = map->app;
    const char *first = arguments->positional_count > 0 ? arguments->positional[0] : NULL;
    const bool is_app = first != NULL && is_app_name(first) && (map->app == NULL || access(first, F_OK) != 0);
    if (is_app) {
        arguments->app = first;
        arguments->positional++;
        arguments->positional_count--;
    }
    if (arguments->app == NULL) {
        qa_tool_usage(tool, "name the app before the files: the map does not");
        return false;
    }
    if (arguments->positional_count == 0) {
        qa_tool_usage(tool, "name the files to load, or - for the standard input");
        return false;
    }
    return true;
}

/* Failures that say nothing about the rows. */
static bool is_without_counts(qa_status_t status, const qa_load_result_t *result)
{
    return result->rows_read == 0 || status == QA_IO || status == QA_USAGE || status == QA_BAD_MAP ||
           status == QA_BAD_FILE || status == QA_CANCELLED;
}

/* What was done, or what would be: a load that wrote nothing must not read like one that did. */
static void print_summary(const qa_load_result_t *result, qa_status_t status, bool is_members,
                          bool is_dry_run)
{
    if (status != QA_OK && !result->is_written && is_without_counts(status, result)) return;
    const bool is_only_tried = !result->is_written && (is_dry_run || status != QA_OK);
    const char *would = is_only_tried ? "would be " : "";
    if (result->is_written) {
        printf("written at offset %llu\n", (unsigned long long)result->receipt.offset);
    } else {
        printf(is_dry_run ? "dry run: nothing was written\n" : "nothing was written\n");
    }
    printf("rows     %llu read = %llu %s (of which %llu in suspense) + %llu missing + %llu rejected\n",
           (unsigned long long)result->rows_read, (unsigned long long)result->rows_loaded,
           is_only_tried ? "to load" : "loaded", (unsigned long long)result->rows_suspense,
           (unsigned long long)result->rows_missing, (unsigned long long)result->rows_rejected);
    /* Cells are compared with the app only when everything before was in order. */
    const bool is_compared =
        status == QA_OK ||
        result->created_count + result->changed_count + result->unchanged_count + result->cleared_count > 0;
    if (!is_members && is_compared) {
        printf("atoms    %llu named: %s%llu created, %llu changed, %llu unchanged; %llu cleared\n",
               (unsigned long long)result->cell_count, would, (unsigned long long)result->created_count,
               (unsigned long long)result->changed_count, (unsigned long long)result->unchanged_count,
               (unsigned long long)result->cleared_count);
    }
    if (result->rounded_count > 0) {
        printf("rounded  %llu amounts had more decimals than their account\n",
               (unsigned long long)result->rounded_count);
    }
    if ((is_members && is_compared) || result->members_created > 0) {
        printf("members  %s%llu created, %llu changed\n", would, (unsigned long long)result->members_created,
               (unsigned long long)result->members_changed);
    }
}

/* The first reasons, so that a mistake of the map is seen at once. */
static void print_reasons(const qa_load_result_t *result, const char *rejects_path)
{
    fflush(stdout);
    for (uint32_t i = 0; i < result->reason_count; i++)
        fprintf(stderr, "rejected %s\n", result->reasons[i]);
    if (result->rows_rejected > result->reason_count) {
        fprintf(stderr, "rejected %llu more rows\n",
                (unsigned long long)(result->rows_rejected - result->reason_count));
    }
    if (result->reason_count == 0) return;
    if (rejects_path != NULL) {
        fprintf(stderr, "%s lists all\n", rejects_path);
    } else {
        fputs("--rejects FILE lists all\n", stderr);
    }
}

/* What the load writes must be none of what it reads, nor twice the same. */
static bool check_outputs(const arguments_t *arguments)
{
    const char *report =
        arguments->report != NULL && strcmp(arguments->report, "-") != 0 ? arguments->report : NULL;
    const char *outputs[] = { arguments->options.rejects_path, report };
    static const char *const names[] = { "--rejects", "--report" };
    for (int o = 0; o < 2; o++) {
        if (outputs[o] == NULL) continue;
        const char *hit = qa_load_is_same_file(outputs[o], arguments->map) ? arguments->map : NULL;
        for (int i = 0; i < arguments->positional_count && hit == NULL; i++) {
            if (qa_load_is_same_file(outputs[o], arguments->positional[i])) hit = arguments->positional[i];
        }
        if (o == 1 && hit == NULL && outputs[0] != NULL && qa_load_is_same_file(outputs[0], outputs[1]))
            hit = outputs[0];
        if (hit == NULL) continue;
        qa_tool_complain(QA_USAGE, "%s %s would write over %s; name another file", names[o], outputs[o],
                         strcmp(hit, "-") == 0 ? "the standard input" : hit);
        return false;
    }
    return true;
}

static bool write_report(const char *path, qa_load_output_t *output, const qa_load_result_t *result)
{
    qa_error_t error = { .status = QA_OK };
    if (path == NULL) return true;
    if (strcmp(path, "-") == 0) return result->report == NULL || printf("%s\n", result->report) > 0;
    if (result->report == NULL) {
        qa_load_output_cancel(output);
        return true;
    }
    fprintf(output->stream, "%s\n", result->report);
    if (qa_load_output_finish(output, &error) == QA_OK) return true;
    qa_tool_complain(QA_IO, "the report: %s", error.message);
    return false;
}

static int exit_code_of(qa_status_t status, const qa_load_result_t *result)
{
    switch (status) {
    case QA_OK:
        return result->rows_rejected > 0 || result->rows_suspense > 0 ? EXIT_ROWS : QA_EXIT_OK;
    case QA_ROWS_REJECTED:
        return EXIT_ROWS;
    case QA_CONTROL_TOTAL:
        return EXIT_TOTAL;
    case QA_LOCKED:
        return EXIT_LOCKED;
    default:
        return QA_EXIT_ERROR;
    }
}

static int run_load(qa_tool_t *tool, arguments_t *arguments, const qa_load_map_t *map)
{
    qa_load_result_t result = { 0 };
    qa_error_t error = { .status = QA_OK };
    progress_state_t progress = { .shown = 0 };
    char reason[QA_NAME_BYTES_MAX];
    qa_load_options_t *options = &arguments->options;
    qa_load_output_t report = { .stream = NULL };
    if (!check_outputs(arguments)) return QA_EXIT_ERROR;
    qa_status_t status = qa_tool_open(tool, arguments->app, QA_TOOL_WRITE);
    if (status != QA_OK) {
        qa_tool_report(tool);
        return status == QA_LOCKED ? EXIT_LOCKED : QA_EXIT_ERROR;
    }
    /* A report that cannot be written must be known before the load is. */
    if (arguments->report != NULL && strcmp(arguments->report, "-") != 0 &&
        qa_load_output_open(&report, arguments->report, &error) != QA_OK) {
        qa_tool_complain(error.status, "the report: %s; nothing was written", error.message);
        return QA_EXIT_ERROR;
    }
    clock_gettime(CLOCK_MONOTONIC, &progress.begin);
    const char *slash = strrchr(arguments->map, '/');
    options->size = sizeof(*options);
    options->map = map;
    options->map_name = slash != NULL ? slash + 1 : arguments->map;
    options->files = arguments->positional;
    options->file_count = (uint32_t)arguments->positional_count;
    options->replaces = arguments->replaces;
    options->expects = arguments->expects;
    options->is_cancelled = tool->is_cancelled;
    const char *folder_end =
        strrchr(options->files[0], '/'); /* the folders of a machine are nobody's business */
    snprintf(reason, sizeof(reason), "load of %.300s%s",
             folder_end != NULL ? folder_end + 1 : options->files[0],
             options->file_count > 1 ? " and more" : "");
    options->reason = tool->reason != NULL && tool->reason[0] != '\0' ? tool->reason : reason;
    if (isatty(STDERR_FILENO)) options->progress = show_progress;
    options->progress_context = &progress;
    status = qa_load_run(tool->connection, options, &result, &error);
    if (progress.is_shown) fprintf(stderr, "\r%79s\r", "");
    print_summary(&result, status, map->is_members, options->is_dry_run);
    print_reasons(&result, options->rejects_path);
    if (status != QA_OK) qa_tool_report_error(&error);
    int exit_code = exit_code_of(status, &result);
    if (!write_report(arguments->report, &report, &result) && exit_code == QA_EXIT_OK)
        exit_code = QA_EXIT_ERROR;
    qa_load_result_close(&result);
    return exit_code;
}

int qa_tool_load(qa_tool_t *tool, int argc, char **argv)
{
    int exit_code = QA_EXIT_ERROR;
    char *text = NULL;
    size_t bytes = 0;
    qa_load_map_t *map = NULL;
    qa_error_t error = { .status = QA_OK };
    arguments_t *arguments = calloc(1, sizeof(*arguments));
    const char **positional = calloc((size_t)argc + 1, sizeof(*positional));
    if (arguments == NULL || positional == NULL) {
        qa_tool_complain(QA_NO_MEMORY, "out of memory");
        goto done;
    }
    arguments->positional = positional;
    /* Exit code 2 says that rows were rejected, so a wrong command line is a plain error here. */
    if (!read_arguments(tool, arguments, argc, argv)) goto done;
    text = read_map(arguments->map, &bytes);
    if (text == NULL) goto done;
    if (qa_load_map_parse(&map, text, bytes, &qa_allocator_default, &error) != QA_OK) {
        qa_tool_report_error(&error);
        goto done;
    }
    if (find_app(tool, arguments, map)) exit_code = run_load(tool, arguments, map);
done:
    qa_load_map_close(map);
    free(text);
    free(positional);
    free(arguments);
    return exit_code;
}
