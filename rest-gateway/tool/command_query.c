/* query: options, the grid, which rows and columns are shown; parsing is in query_axis.c, printing in
 * query_print.c and query_export.c. */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "qa/limits.h"
#include "qa/query.h"
#include "tool/query.h"

typedef struct request {
    const char *rows;
    const char *columns;
    const char *where;
    const char *as_of;
    const char *hierarchy_as_of;
    const char *format;
    const char *suppress;
    const char *width;
    bool is_captioned;
} request_t;

const qa_value_t *qa_query_cell(const qa_query_t *query, uint64_t row_place, uint64_t column_place)
{
    uint64_t index = 0;
    for (uint32_t p = 0; p < query->rows->part_count; p++) {
        index += qa_axis_index(query->rows, row_place, p) * query->strides[query->rows->parts[p].dimension];
    }
    for (uint32_t p = 0; p < query->columns->part_count; p++) {
        index += qa_axis_index(query->columns, column_place, p) *
                 query->strides[query->columns->parts[p].dimension];
    }
    return qa_grid_cell(query->grid, index);
}

const char *qa_query_label(const qa_query_t *query, const qa_axis_part_t *part, uint32_t item)
{
    qa_member_t member = part->items[item].member;
    return query->is_captioned ? qa_model_label(query->model, part->dimension, member)
                               : qa_model_member(query->model, part->dimension, member)->code;
}

/* The width of the terminal, 0 if stdout is none. */
static uint32_t terminal_width(void)
{
    struct winsize size;
    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
    return size.ws_col;
}

static bool read_width(const char *text, uint32_t *width_out)
{
    size_t bytes = strlen(text);
    *width_out = 0;
    if (bytes == 0 || bytes > 5 || strspn(text, "0123456789") != bytes) return false;
    for (size_t i = 0; i < bytes; i++) {
        *width_out = *width_out * 10 + (uint32_t)(text[i] - '0');
    }
    return true;
}

static bool is_hidden(const qa_value_t *value, qa_suppress_t suppress)
{
    if (suppress == QA_SUPPRESS_NONE) return false;
    if (value->kind == QA_KIND_MISSING) return (value->flags & QA_VALUE_MASKED) == 0;
    if (suppress == QA_SUPPRESS_MISSING) return false;
    return (value->kind == QA_KIND_DECIMAL && value->units == 0) ||
           (value->kind == QA_KIND_DOUBLE && value->number == 0.0);
}

/* Fills the two lists of places that have something to show. Both hold as many as their axis. */
static void choose_places(qa_query_t *query, qa_suppress_t suppress, uint64_t *rows, uint64_t *columns,
                          bool *is_used)
{
    uint64_t row_count = qa_axis_size(query->rows);
    uint64_t column_count = qa_axis_size(query->columns);
    for (uint64_t r = 0; r < row_count; r++) {
        bool is_row_used = suppress == QA_SUPPRESS_NONE;
        for (uint64_t c = 0; c < column_count; c++) {
            if (is_hidden(qa_query_cell(query, r, c), suppress)) continue;
            is_row_used = true;
            is_used[c] = true;
        }
        if (is_row_used) rows[query->row_count++] = r;
    }
    for (uint64_t c = 0; c < column_count; c++) {
        if (is_used[c] || suppress == QA_SUPPRESS_NONE) columns[query->column_count++] = c;
    }
    query->row_places = rows;
    query->column_places = columns;
}

static qa_status_t print(qa_tool_t *tool, qa_query_t *query, qa_suppress_t suppress, qa_format_t format)
{
    uint64_t *rows = calloc(qa_axis_size(query->rows) + 1, sizeof(*rows));
    uint64_t *columns = calloc(qa_axis_size(query->columns) + 1, sizeof(*columns));
    bool *is_used = calloc(qa_axis_size(query->columns) + 1, sizeof(*is_used));
    qa_status_t status = rows == NULL || columns == NULL || is_used == NULL ? QA_NO_MEMORY : QA_OK;
    if (status == QA_OK) {
        choose_places(query, suppress, rows, columns, is_used);
        if (format == QA_FORMAT_TABLE) status = qa_query_print_table(query);
        if (format == QA_FORMAT_CSV) qa_query_print_csv(query);
        if (format == QA_FORMAT_JSON) qa_query_print_json(query);
    }
    free(rows);
    free(columns);
    free(is_used);
    return status == QA_OK ? QA_OK : qa_tool_set_error(tool, status, "out of memory for the table");
}

/* Puts an axis into the spec; its dimensions are on no other axis and in no --where. */
static qa_status_t place_axis(qa_tool_t *tool, const qa_model_t *model, const qa_axis_t *axis,
                              const bool *is_named, qa_grid_spec_t *spec, qa_member_t **lists,
                              bool *is_on_axis)
{
    for (uint32_t p = 0; p < axis->part_count; p++) {
        const qa_axis_part_t *part = &axis->parts[p];
        qa_dimension_t d = part->dimension;
        const char *name = qa_model_dimension(model, d)->name;
        if (is_on_axis[d])
            return qa_tool_set_error(tool, QA_USAGE, "the dimension %s stands on the axes twice", name);
        if (is_named[d])
            return qa_tool_set_error(tool, QA_USAGE, "the dimension %s is on an axis and in --where", name);
        if (part->count == 0) {
            return qa_tool_set_error(tool, QA_MEMBER_NOT_FOUND, "the selection of %s has no members", name);
        }
        lists[d] = malloc(part->count * sizeof(qa_member_t));
        if (lists[d] == NULL) return qa_tool_set_error(tool, QA_NO_MEMORY, "out of memory for the query");
        for (uint32_t i = 0; i < part->count; i++) {
            lists[d][i] = part->items[i].member;
        }
        is_on_axis[d] = true;
        spec->members[d] = lists[d];
        spec->member_count[d] = part->count;
        spec->hierarchy[d] = part->hierarchy;
    }
    return QA_OK;
}

typedef struct plan {
    qa_axis_t rows;
    qa_axis_t columns;
    qa_member_t fixed[QA_DIMENSIONS_MAX];
    qa_hierarchy_t fixed_hierarchies[QA_DIMENSIONS_MAX];
    bool is_named[QA_DIMENSIONS_MAX];
    bool is_on_axis[QA_DIMENSIONS_MAX];
    qa_member_t *lists[QA_DIMENSIONS_MAX];
    qa_grid_spec_t spec;
} plan_t;

static qa_status_t make_plan(qa_tool_t *tool, const qa_model_t *model, const request_t *request, plan_t *plan)
{
    uint16_t count = qa_model_dimension_count(model);
    qa_status_t status = qa_axis_parse(tool, model, request->rows, &plan->rows);
    if (status == QA_OK) status = qa_axis_parse(tool, model, request->columns, &plan->columns);
    if (status == QA_OK) {
        status = qa_tool_where(tool, model, request->where == NULL ? "" : request->where, true, plan->fixed,
                               plan->is_named, plan->fixed_hierarchies);
    }
    plan->spec = (qa_grid_spec_t){ .size = sizeof(plan->spec), .is_cancelled = tool->is_cancelled };
    if (status == QA_OK) {
        status =
            place_axis(tool, model, &plan->rows, plan->is_named, &plan->spec, plan->lists, plan->is_on_axis);
    }
    if (status == QA_OK) {
        status = place_axis(tool, model, &plan->columns, plan->is_named, &plan->spec, plan->lists,
                            plan->is_on_axis);
    }
    for (uint16_t d = 0; d < count && status == QA_OK; d++) {
        if (plan->is_on_axis[d]) {
            plan->fixed[d] = QA_MEMBER_NONE;
            continue;
        }
        if (plan->fixed[d] == QA_MEMBER_NONE) {
            const char *name = qa_model_dimension(model, d)->name;
            return qa_tool_set_error(
                tool, QA_MEMBER_UNNAMED,
                "the dimension %s has no default member; put it on an axis or add --where %s=…", name, name);
        }
        plan->spec.members[d] = &plan->fixed[d];
        plan->spec.member_count[d] = 1;
        plan->spec.hierarchy[d] = plan->fixed_hierarchies[d];
    }
    return status;
}

static qa_status_t run(qa_tool_t *tool, const char *app, const request_t *request, qa_suppress_t suppress,
                       qa_format_t format, uint32_t width)
{
    const qa_model_t *model = qa_connection_model(tool->connection);
    plan_t *plan = calloc(1, sizeof(*plan));
    qa_grid_t *grid = NULL;
    if (plan == NULL) return qa_tool_set_error(tool, QA_NO_MEMORY, "out of memory for the query");
    qa_status_t status = make_plan(tool, model, request, plan);
    if (status == QA_OK) {
        status = qa_connection_grid(tool->connection, &plan->spec, &grid);
        if (status != QA_OK) qa_tool_take_error(tool, status);
    }
    if (status == QA_OK) {
        qa_query_t query = { .app = app,
                             .as_of = request->as_of,
                             .hierarchy_as_of = request->hierarchy_as_of,
                             .model = model,
                             .position = qa_connection_position(tool->connection),
                             .grid = grid,
                             .rows = &plan->rows,
                             .columns = &plan->columns,
                             .fixed = plan->fixed,
                             .fixed_hierarchies = plan->fixed_hierarchies,
                             .is_named = plan->is_named,
                             .is_captioned = request->is_captioned,
                             .is_zero_hidden = suppress == QA_SUPPRESS_ZERO,
                             .is_terminal = isatty(STDOUT_FILENO) != 0 && getenv("NO_COLOR") == NULL,
                             .width = width };
        uint64_t stride = 1;
        for (uint16_t d = qa_model_dimension_count(model); d-- > 0;) {
            query.strides[d] = stride;
            stride *= plan->spec.member_count[d];
        }
        status = print(tool, &query, suppress, format);
    }
    qa_grid_close(grid);
    for (uint32_t d = 0; d < QA_DIMENSIONS_MAX; d++) {
        free(plan->lists[d]);
    }
    qa_axis_close(&plan->rows);
    qa_axis_close(&plan->columns);
    free(plan);
    return status;
}

static qa_status_t move_in_time(qa_tool_t *tool, const request_t *request)
{
    uint64_t offset = 0;
    qa_status_t status = QA_OK;
    uint64_t hierarchy_offset = 0;
    /* Both moments are found before the connection leaves the present. */
    if (request->as_of != NULL) status = qa_tool_moment(tool, request->as_of, &offset);
    if (status == QA_OK && request->hierarchy_as_of != NULL) {
        status = qa_tool_moment(tool, request->hierarchy_as_of, &hierarchy_offset);
    }
    if (status != QA_OK) return status;
    if (request->as_of != NULL) status = qa_connection_set_as_of(tool->connection, offset);
    if (status == QA_OK && request->hierarchy_as_of != NULL) {
        status = qa_connection_set_hierarchy_as_of(tool->connection, hierarchy_offset);
    }
    return status == QA_OK ? QA_OK : qa_tool_take_error(tool, status);
}

static bool read_suppress(const char *text, qa_suppress_t *suppress_out)
{
    static const char *const words[] = { "missing", "zero", "none" };
    for (int i = 0; i < 3; i++) {
        if (text == NULL || strcmp(text, words[i]) == 0) {
            *suppress_out = (qa_suppress_t)i;
            return true;
        }
    }
    return false;
}

int qa_tool_query(qa_tool_t *tool, int argc, char **argv)
{
    request_t request = { 0 };
    const qa_option_t options[] = { { "--rows", &request.rows, NULL },
                                    { "--columns", &request.columns, NULL },
                                    { "--where", &request.where, NULL },
                                    { "--as-of", &request.as_of, NULL },
                                    { "--hierarchy-as-of", &request.hierarchy_as_of, NULL },
                                    { "--format", &request.format, NULL },
                                    { "--suppress", &request.suppress, NULL },
                                    { "--width", &request.width, NULL },
                                    { "--captions", NULL, &request.is_captioned } };
    qa_suppress_t suppress = QA_SUPPRESS_MISSING;
    qa_format_t format = QA_FORMAT_TABLE;
    uint32_t width = terminal_width();
    int exit_code = qa_tool_arguments(tool, options, sizeof(options) / sizeof(options[0]), &argc, argv, 1, 1);
    if (exit_code != QA_EXIT_OK) return exit_code;
    if (request.rows == NULL || request.columns == NULL) {
        return qa_tool_usage(tool, "query needs --rows SPEC and --columns SPEC");
    }
    if (!qa_tool_format(tool, request.format, &format)) return qa_tool_report(tool);
    if (!read_suppress(request.suppress, &suppress)) {
        return qa_tool_usage(tool, "--suppress is missing, zero or none, not \"%s\"", request.suppress);
    }
    if (request.width != NULL && !read_width(request.width, &width)) {
        return qa_tool_usage(tool, "--width is a number of columns, not \"%s\"", request.width);
    }
    if (qa_tool_open(tool, argv[0], QA_TOOL_READ) != QA_OK) return qa_tool_report(tool);
    if (move_in_time(tool, &request) != QA_OK) return qa_tool_report(tool);
    if (qa_connection_read_begin(tool->connection) != QA_OK) return qa_tool_report_connection(tool);
    qa_status_t status = run(tool, argv[0], &request, suppress, format, width);
    qa_connection_read_end(tool->connection);
    return status == QA_OK ? QA_EXIT_OK : qa_tool_report(tool);
}
