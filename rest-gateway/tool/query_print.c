/* Prints the cells of a query as a table for people. Nothing is ever cut: a table wider than the terminal
 * goes on below with the same rows, and what was left out is counted at the end. */
#include <stdlib.h>
#include <string.h>

#include "tool/query.h"

/* Blanks wait until something stands behind them, so that no line ends in blanks. */
typedef struct line {
    uint32_t pending;
} line_t;

static void put_blanks(line_t *line, uint32_t count)
{
    line->pending += count;
}

static void put_text(line_t *line, const char *text, size_t bytes)
{
    if (bytes == 0) return;
    for (; line->pending > 0; line->pending--) {
        putchar(' ');
    }
    qa_print_plain(stdout, text, bytes);
}

static void put_padded(line_t *line, const char *text, size_t bytes, uint32_t width, bool is_right)
{
    uint32_t used = qa_text_width(text, bytes);
    uint32_t blanks = used < width ? width - used : 0;
    if (is_right) put_blanks(line, blanks);
    put_text(line, text, bytes);
    if (!is_right) put_blanks(line, blanks);
}

static void end_line(line_t *line)
{
    line->pending = 0;
    putchar('\n');
}

static void print_rule(uint32_t width)
{
    while (width-- > 0) {
        fputs("─", stdout);
    }
}

typedef struct layout {
    const qa_query_t *query;
    uint32_t label_widths[QA_AXIS_PARTS_MAX]; /* per part of the rows */
    uint32_t labels_width;
    uint32_t *column_widths;   /* per column shown */
    uint32_t *fraction_widths; /* per column shown: the longest fraction of a number, its point included */
} layout_t;

static void measure_labels(layout_t *layout)
{
    const qa_query_t *query = layout->query;
    for (uint32_t p = 0; p < query->rows->part_count; p++) {
        const qa_axis_part_t *part = &query->rows->parts[p];
        const char *name = qa_model_dimension(query->model, part->dimension)->name;
        uint32_t width = qa_text_width(name, strlen(name));
        for (uint64_t r = 0; r < query->row_count; r++) {
            uint32_t item = qa_axis_index(query->rows, query->row_places[r], p);
            const char *label = qa_query_label(query, part, item);
            uint32_t used = qa_text_width(label, strlen(label)) + 2 * part->items[item].indent;
            if (used > width) width = used;
        }
        layout->label_widths[p] = width;
        layout->labels_width += width + (p > 0 ? 2 : 0);
    }
}

/* True if two columns stand under the same labels of the outer parts, up to part `last`. */
static bool is_same_group(const qa_query_t *query, uint64_t a, uint64_t b, uint32_t last)
{
    for (uint32_t p = 0; p <= last; p++) {
        if (qa_axis_index(query->columns, query->column_places[a], p) !=
            qa_axis_index(query->columns, query->column_places[b], p)) {
            return false;
        }
    }
    return true;
}

static const char *column_label(const qa_query_t *query, uint64_t column, uint32_t part)
{
    return qa_query_label(query, &query->columns->parts[part],
                          qa_axis_index(query->columns, query->column_places[column], part));
}

/* Columns of a number from its point on; 0: a whole number, or no number. */
static uint32_t fraction_width(const qa_value_t *value, const char *text, size_t bytes)
{
    const char *point = qa_value_is_number(value) ? memchr(text, '.', bytes) : NULL;
    return point == NULL ? 0 : (uint32_t)(text + bytes - point);
}

/* Numbers stand with their points below each other, so a column is as wide as the longest part before the
 * point and the longest behind it together. */
static uint32_t measure_values(layout_t *layout, uint64_t column)
{
    const qa_query_t *query = layout->query;
    uint32_t whole_width = 0;
    uint32_t other_width = 0;
    for (uint64_t r = 0; r < query->row_count; r++) {
        char room[QA_VALUE_TEXT_BYTES];
        size_t bytes = 0;
        const qa_value_t *value = qa_query_cell(query, query->row_places[r], query->column_places[column]);
        const char *text = qa_value_shown(value, room, &bytes);
        uint32_t fraction = fraction_width(value, text, bytes);
        uint32_t width = qa_text_width(text, bytes) - fraction;
        uint32_t *widest = qa_value_is_number(value) ? &whole_width : &other_width;
        if (width > *widest) *widest = width;
        if (fraction > layout->fraction_widths[column]) layout->fraction_widths[column] = fraction;
    }
    whole_width += layout->fraction_widths[column];
    return whole_width > other_width ? whole_width : other_width;
}

/* A column is as wide as its values and its label; the first of a group takes the group's label too. */
static void measure_columns(layout_t *layout)
{
    const qa_query_t *query = layout->query;
    for (uint64_t c = 0; c < query->column_count; c++) {
        uint32_t width = 1;
        for (uint32_t p = 0; p < query->columns->part_count; p++) {
            bool is_inner = p + 1 == query->columns->part_count;
            if (!is_inner && c > 0 && is_same_group(query, c - 1, c, p)) continue;
            const char *label = column_label(query, c, p);
            uint32_t used = qa_text_width(label, strlen(label));
            if (used > width) width = used;
        }
        uint32_t used = measure_values(layout, c);
        layout->column_widths[c] = used > width ? used : width;
    }
}

static void print_heading(const qa_query_t *query)
{
    const char *title = qa_model_app(query->model)->title;
    char time[QA_TIME_TEXT_BYTES + 1];
    bool is_first = true;
    qa_time_text(query->position->appended_at_ns, time);
    char *fraction = strchr(time, '.');
    if (fraction != NULL) memcpy(fraction, "Z", 2);
    printf("%s%s%s", query->app, title[0] == 0 ? "" : ": ", title);
    printf("   [%soffset %llu, %s", query->as_of == NULL ? "" : "as of ",
           (unsigned long long)query->position->offset, time);
    if (query->hierarchy_as_of != NULL) printf("; structure as of %s", query->hierarchy_as_of);
    fputs("]\n", stdout);
    uint16_t count = qa_model_dimension_count(query->model);
    for (uint16_t d = 0; d < count; d++) {
        if (query->fixed[d] == QA_MEMBER_NONE) continue;
        const char *label = query->is_captioned ? qa_model_label(query->model, d, query->fixed[d])
                                                : qa_model_member(query->model, d, query->fixed[d])->code;
        fputs(is_first ? "" : ", ", stdout);
        qa_print_plain(stdout, qa_model_dimension(query->model, d)->name,
                       strlen(qa_model_dimension(query->model, d)->name));
        if (query->fixed_hierarchies[d] != QA_HIERARCHY_PRIMARY) {
            const qa_hierarchy_info_t *hierarchy =
                qa_model_hierarchy(query->model, d, query->fixed_hierarchies[d]);
            putchar('@');
            qa_print_plain(stdout, hierarchy->name, hierarchy->name_bytes);
        }
        fputs(" = ", stdout);
        qa_print_plain(stdout, label, strlen(label));
        if (!query->is_named[d]) fputs(" (default)", stdout);
        is_first = false;
    }
    fputs(is_first ? "\n" : "\n\n", stdout);
}

/* A line of outer labels: each stands at the left over its columns, with a rule to their end. */
static void print_groups(const layout_t *layout, uint64_t first, uint64_t behind, uint32_t part)
{
    const qa_query_t *query = layout->query;
    line_t line = { .pending = layout->labels_width };
    for (uint64_t c = first; c < behind;) {
        uint64_t end = c;
        uint32_t width = 0;
        for (; end < behind && is_same_group(query, c, end, part); end++) {
            width += layout->column_widths[end] + (end > c ? 2 : 0);
        }
        const char *label = column_label(query, c, part);
        uint32_t used = qa_text_width(label, strlen(label));
        put_blanks(&line, 2);
        put_text(&line, label, strlen(label));
        if (used + 2 <= width) {
            putchar(' ');
            print_rule(width - used - 1);
        } else if (used < width) {
            put_blanks(&line, width - used);
        }
        c = end;
    }
    end_line(&line);
}

static void print_column_heads(const layout_t *layout, uint64_t first, uint64_t behind)
{
    const qa_query_t *query = layout->query;
    uint32_t last = query->columns->part_count - 1;
    line_t line = { 0 };
    for (uint32_t p = 0; p < last; p++) {
        print_groups(layout, first, behind, p);
    }
    for (uint32_t r = 0; r < query->rows->part_count; r++) {
        const char *name = qa_model_dimension(query->model, query->rows->parts[r].dimension)->name;
        put_blanks(&line, r > 0 ? 2 : 0);
        put_padded(&line, name, strlen(name), layout->label_widths[r], false);
    }
    for (uint64_t c = first; c < behind; c++) {
        const char *label = column_label(query, c, last);
        put_blanks(&line, 2);
        put_padded(&line, label, strlen(label), layout->column_widths[c], true);
    }
    end_line(&line);
    print_rule(layout->labels_width);
    for (uint64_t c = first; c < behind; c++) {
        fputs("──", stdout);
        print_rule(layout->column_widths[c]);
    }
    putchar('\n');
}

static bool is_total(const qa_query_t *query, uint64_t place)
{
    for (uint32_t p = 0; p < query->rows->part_count; p++) {
        const qa_axis_part_t *part = &query->rows->parts[p];
        uint32_t count = 0;
        qa_model_children(query->model, part->dimension, part->hierarchy,
                          part->items[qa_axis_index(query->rows, place, p)].member, &count);
        if (count > 0) return true;
    }
    return false;
}

static void print_row_labels(const layout_t *layout, line_t *line, uint64_t row)
{
    const qa_query_t *query = layout->query;
    bool is_same = row > 0;
    for (uint32_t p = 0; p < query->rows->part_count; p++) {
        const qa_axis_part_t *part = &query->rows->parts[p];
        uint32_t item = qa_axis_index(query->rows, query->row_places[row], p);
        is_same = is_same && item == qa_axis_index(query->rows, query->row_places[row - 1], p) &&
                  p + 1 < query->rows->part_count;
        const char *label = is_same ? "" : qa_query_label(query, part, item);
        uint32_t indent = is_same ? 0 : 2 * part->items[item].indent;
        put_blanks(line, indent + (p > 0 ? 2 : 0));
        put_padded(line, label, strlen(label), layout->label_widths[p] - indent, false);
    }
}

static void print_rows(const layout_t *layout, uint64_t first, uint64_t behind)
{
    const qa_query_t *query = layout->query;
    for (uint64_t r = 0; r < query->row_count; r++) {
        bool is_bold = query->is_terminal && is_total(query, query->row_places[r]);
        line_t line = { 0 };
        if (is_bold) fputs("\033[1m", stdout);
        print_row_labels(layout, &line, r);
        for (uint64_t c = first; c < behind; c++) {
            char room[QA_VALUE_TEXT_BYTES];
            size_t bytes = 0;
            const qa_value_t *value = qa_query_cell(query, query->row_places[r], query->column_places[c]);
            const char *text = qa_value_shown(value, room, &bytes);
            uint32_t blanks = qa_value_is_number(value)
                                  ? layout->fraction_widths[c] - fraction_width(value, text, bytes)
                                  : 0;
            put_blanks(&line, 2);
            put_padded(&line, text, bytes, layout->column_widths[c] - blanks, value->kind != QA_KIND_TEXT);
            put_blanks(&line, blanks);
        }
        if (is_bold) fputs("\033[0m", stdout);
        end_line(&line);
    }
}

static void print_footer(const qa_query_t *query)
{
    uint64_t rows = qa_axis_size(query->rows);
    uint64_t columns = qa_axis_size(query->columns);
    uint64_t unplaced = qa_grid_unplaced_atom_count(query->grid);
    printf("\n%llu of %llu rows, %llu of %llu columns", (unsigned long long)query->row_count,
           (unsigned long long)rows, (unsigned long long)query->column_count, (unsigned long long)columns);
    if (query->row_count < rows || query->column_count < columns) {
        fputs(query->is_zero_hidden ? "; the others have no values or zeros only (--suppress none shows them)"
                                    : "; the others have no values (--suppress none shows them)",
              stdout);
    }
    putchar('\n');
    if (unplaced > 0) {
        printf("%llu values are not in this table: their members are not in the structure of that moment\n",
               (unsigned long long)unplaced);
    }
}

qa_status_t qa_query_print_table(const qa_query_t *query)
{
    layout_t layout = { .query = query };
    layout.column_widths = calloc(query->column_count + 1, sizeof(*layout.column_widths));
    layout.fraction_widths = calloc(query->column_count + 1, sizeof(*layout.fraction_widths));
    if (layout.column_widths == NULL || layout.fraction_widths == NULL) {
        free(layout.column_widths);
        free(layout.fraction_widths);
        return QA_NO_MEMORY;
    }
    measure_labels(&layout);
    measure_columns(&layout);
    print_heading(query);
    for (uint64_t first = 0; first < query->column_count;) {
        uint64_t behind = first;
        uint64_t width = layout.labels_width;
        while (behind < query->column_count && (behind == first || query->width == 0 ||
                                                width + 2 + layout.column_widths[behind] <= query->width)) {
            width += 2 + layout.column_widths[behind++];
        }
        if (first > 0) putchar('\n');
        if (first > 0 || behind < query->column_count) {
            printf("columns %llu to %llu of %llu%s\n", (unsigned long long)first + 1,
                   (unsigned long long)behind, (unsigned long long)query->column_count,
                   behind < query->column_count ? ", more below" : "");
        }
        print_column_heads(&layout, first, behind);
        print_rows(&layout, first, behind);
        first = behind;
    }
    if (query->column_count == 0 || query->row_count == 0) puts("no values here");
    print_footer(query);
    free(layout.column_widths);
    free(layout.fraction_widths);
    return QA_OK;
}
