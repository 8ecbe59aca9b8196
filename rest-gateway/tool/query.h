/* The parts of the query command: axes as lists of members, and the grid laid out as rows and columns.
 * Everything lives within one read section. */
#ifndef QA_TOOL_QUERY_H
#define QA_TOOL_QUERY_H

#include "tool/command.h"
#include "tool/support.h"

enum { QA_AXIS_PARTS_MAX = 8 }; /* more crossed dimensions than this nobody reads on one side */

typedef struct qa_axis_item {
    qa_member_t member;
    uint32_t depth;  /* 0: a root of the hierarchy */
    uint32_t indent; /* how many members above it the same list shows with it */
} qa_axis_item_t;

/* One dimension of an axis; items are owned. */
typedef struct qa_axis_part {
    qa_dimension_t dimension;
    qa_hierarchy_t hierarchy;
    qa_axis_item_t *items;
    uint32_t count;
    uint32_t capacity;
} qa_axis_part_t;

typedef struct qa_axis {
    qa_axis_part_t parts[QA_AXIS_PARTS_MAX];
    uint32_t part_count;
} qa_axis_t;

/* Parses a SPEC (docs/reference/query.md). The words of a failure are in tool->error. */
qa_status_t qa_axis_parse(qa_tool_t *tool, const qa_model_t *model, const char *text, qa_axis_t *axis_out);
void qa_axis_close(qa_axis_t *axis);
/* Places on the axis: the product of the counts. */
uint64_t qa_axis_size(const qa_axis_t *axis);
/* The item of a part at a place; the last part changes fastest. */
uint32_t qa_axis_index(const qa_axis_t *axis, uint64_t place, uint32_t part);

typedef enum qa_suppress { QA_SUPPRESS_MISSING, QA_SUPPRESS_ZERO, QA_SUPPRESS_NONE } qa_suppress_t;

typedef struct qa_query {
    const char *app;
    const char *as_of;           /* as typed, or NULL */
    const char *hierarchy_as_of; /* as typed, or NULL */
    const qa_model_t *model;
    const qa_position_t *position;
    const qa_grid_t *grid;
    const qa_axis_t *rows;
    const qa_axis_t *columns;
    const qa_member_t *fixed; /* per dimension; QA_MEMBER_NONE for those on an axis */
    const qa_hierarchy_t *fixed_hierarchies;
    const bool *is_named;       /* per dimension: by --where; else the default member was taken */
    const uint64_t *row_places; /* the rows that are shown */
    const uint64_t *column_places;
    uint64_t row_count;
    uint64_t column_count;
    uint64_t strides[QA_DIMENSIONS_MAX];
    bool is_captioned;
    bool is_zero_hidden;
    bool is_terminal;
    uint32_t width; /* 0: no limit */
} qa_query_t;

const qa_value_t *qa_query_cell(const qa_query_t *query, uint64_t row_place, uint64_t column_place);
const char *qa_query_label(const qa_query_t *query, const qa_axis_part_t *part, uint32_t item);

qa_status_t qa_query_print_table(const qa_query_t *query);
void qa_query_print_csv(const qa_query_t *query);
void qa_query_print_json(const qa_query_t *query);

#endif
