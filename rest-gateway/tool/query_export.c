/* Prints the cells of a query as CSV and JSON, exactly: numbers in full, missing as nothing or null. */
#include <string.h>

#include "qa/limits.h"
#include "tool/query.h"

static void print_column_label(const qa_query_t *query, uint64_t place)
{
    char label[1200];
    size_t used = 0;
    if (query->columns->part_count == 1) {
        const char *only =
            qa_query_label(query, &query->columns->parts[0], qa_axis_index(query->columns, place, 0));
        qa_print_csv(stdout, only, strlen(only));
        return;
    }
    for (uint32_t p = 0; p < query->columns->part_count && used < sizeof(label); p++) {
        const char *part =
            qa_query_label(query, &query->columns->parts[p], qa_axis_index(query->columns, place, p));
        used += (size_t)snprintf(label + used, sizeof(label) - used, "%s%s", p == 0 ? "" : " * ", part);
    }
    qa_print_csv(stdout, label, strlen(label));
}

void qa_query_print_csv(const qa_query_t *query)
{
    for (uint32_t p = 0; p < query->rows->part_count; p++) {
        const char *name = qa_model_dimension(query->model, query->rows->parts[p].dimension)->name;
        if (p > 0) putchar(',');
        qa_print_csv(stdout, name, strlen(name));
    }
    for (uint64_t c = 0; c < query->column_count; c++) {
        putchar(',');
        print_column_label(query, query->column_places[c]);
    }
    putchar('\n');
    for (uint64_t r = 0; r < query->row_count; r++) {
        for (uint32_t p = 0; p < query->rows->part_count; p++) {
            const char *label = qa_query_label(query, &query->rows->parts[p],
                                               qa_axis_index(query->rows, query->row_places[r], p));
            if (p > 0) putchar(',');
            qa_print_csv(stdout, label, strlen(label));
        }
        for (uint64_t c = 0; c < query->column_count; c++) {
            char room[QA_VALUE_TEXT_BYTES];
            size_t bytes = 0;
            const char *text = qa_value_exact(
                qa_query_cell(query, query->row_places[r], query->column_places[c]), room, &bytes);
            putchar(',');
            qa_print_csv(stdout, text, bytes);
        }
        putchar('\n');
    }
}

static void print_text(const char *text)
{
    qa_print_json(stdout, text, strlen(text));
}

static void print_axis_names(const qa_query_t *query, const char *key, const qa_axis_t *axis)
{
    printf("  \"%s\": [", key);
    for (uint32_t p = 0; p < axis->part_count; p++) {
        if (p > 0) fputs(", ", stdout);
        print_text(qa_model_dimension(query->model, axis->parts[p].dimension)->name);
    }
    fputs("],\n", stdout);
}

static void print_members(const qa_query_t *query, const qa_axis_t *axis, uint64_t place)
{
    putchar('[');
    for (uint32_t p = 0; p < axis->part_count; p++) {
        if (p > 0) fputs(", ", stdout);
        print_text(qa_query_label(query, &axis->parts[p], qa_axis_index(axis, place, p)));
    }
    putchar(']');
}

/* "Dim", or "Dim@Hierarchy" as --where was given it. */
static void print_fixed_name(const qa_query_t *query, qa_dimension_t d)
{
    char name[2 * QA_NAME_BYTES_MAX + 2];
    const char *dimension = qa_model_dimension(query->model, d)->name;
    if (query->fixed_hierarchies[d] == QA_HIERARCHY_PRIMARY) {
        print_text(dimension);
        return;
    }
    snprintf(name, sizeof(name), "%s@%s", dimension,
             qa_model_hierarchy(query->model, d, query->fixed_hierarchies[d])->name);
    print_text(name);
}

static void print_head(const qa_query_t *query)
{
    char time[QA_TIME_TEXT_BYTES + 1];
    bool is_first = true;
    qa_time_text(query->position->appended_at_ns, time);
    printf("{ \"app\": \"%s\", \"offset\": %llu, \"time\": \"%s\",\n  \"where\": {", query->app,
           (unsigned long long)query->position->offset, time);
    uint16_t count = qa_model_dimension_count(query->model);
    for (uint16_t d = 0; d < count; d++) {
        if (query->fixed[d] == QA_MEMBER_NONE) continue;
        fputs(is_first ? "" : ", ", stdout);
        print_fixed_name(query, d);
        fputs(": ", stdout);
        print_text(qa_model_member(query->model, d, query->fixed[d])->code);
        is_first = false;
    }
    printf("}, \"unplaced\": %llu,\n", (unsigned long long)qa_grid_unplaced_atom_count(query->grid));
}

void qa_query_print_json(const qa_query_t *query)
{
    print_head(query);
    print_axis_names(query, "row_dimensions", query->rows);
    print_axis_names(query, "column_dimensions", query->columns);
    fputs("  \"columns\": [", stdout);
    for (uint64_t c = 0; c < query->column_count; c++) {
        if (c > 0) fputs(", ", stdout);
        print_members(query, query->columns, query->column_places[c]);
    }
    fputs("],\n  \"rows\": [", stdout);
    for (uint64_t r = 0; r < query->row_count; r++) {
        fputs(r == 0 ? "\n    { \"members\": " : ",\n    { \"members\": ", stdout);
        print_members(query, query->rows, query->row_places[r]);
        fputs(", \"values\": [", stdout);
        for (uint64_t c = 0; c < query->column_count; c++) {
            if (c > 0) fputs(", ", stdout);
            qa_print_json_value(stdout, qa_query_cell(query, query->row_places[r], query->column_places[c]));
        }
        fputs("] }", stdout);
    }
    fputs(" ] }\n", stdout);
}
