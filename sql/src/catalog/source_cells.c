/* Rows of cells: a grid over the selections. A dimension without a selection stands at its default member.
 * Members of alternate hierarchies only are read along the first hierarchy that has them, so one request can
 * be several grids. It never asks for more cells than a grid may have: the words say what to name. */
#include <string.h>

#include "base/error.h"
#include "catalog/catalog_private.h"
#include "qa/query.h"

enum { WORDS_BYTES = 200 };

/* The members of one dimension that are read along one hierarchy. */
typedef struct cell_group {
    qa_hierarchy_t hierarchy;
    qa_member_t *members;
    uint32_t count;
} cell_group_t;
typedef struct cell_axis {
    cell_group_t *groups;
    uint32_t group_count;
    uint32_t at; /* of the grid that is being read */
    uint32_t total;
} cell_axis_t;

typedef struct cell_walk {
    source_t *source;
    qa_arena_t arena;
    cell_axis_t axes[QA_DIMENSIONS_MAX];
    qa_sql_value_t values[QA_DIMENSIONS_MAX + FIXED_VALUE_COLUMNS];
} cell_walk_t;

static qa_hierarchy_t hierarchy_of(const qa_model_t *model, qa_dimension_t dimension, qa_member_t member)
{
    const uint16_t count = qa_model_dimension(model, dimension)->hierarchy_count;
    if (qa_model_member(model, dimension, member)->is_in_primary) return QA_HIERARCHY_PRIMARY;
    for (qa_hierarchy_t h = 1; h < count; h++) {
        if (!qa_model_hierarchy(model, dimension, h)->is_deleted &&
            qa_model_is_in_hierarchy(model, dimension, h, member))
            return h;
    }
    return QA_HIERARCHY_PRIMARY;
}

static bool is_asked(const cell_walk_t *walk, qa_dimension_t d, qa_member_t member)
{
    return is_bit_set(walk->source->request->selections[d], member) &&
           !qa_model_member(walk->source->model, d, member)->is_deleted;
}

/* Groups the selection by hierarchy: counts, then lists. */
static qa_status_t fill_axis(cell_walk_t *walk, qa_dimension_t d)
{
    const qa_model_t *model = walk->source->model;
    const qa_dimension_info_t *info = qa_model_dimension(model, d);
    cell_axis_t *axis = &walk->axes[d];
    uint32_t counts[QA_HIERARCHIES_MAX] = { 0 };
    cell_group_t *group_of[QA_HIERARCHIES_MAX] = { NULL };
    for (qa_member_t m = 0; m < info->member_count; m++) {
        if (!is_asked(walk, d, m)) continue;
        counts[hierarchy_of(model, d, m)]++;
        axis->total++;
    }
    axis->groups = qa_arena_take(&walk->arena, QA_HIERARCHIES_MAX * sizeof(cell_group_t));
    if (axis->groups == NULL) return qa_fail_memory(walk->source->error, "cells");
    for (qa_hierarchy_t h = 0; h < QA_HIERARCHIES_MAX; h++) {
        if (counts[h] == 0) continue;
        cell_group_t *group = &axis->groups[axis->group_count++];
        group_of[h] = group;
        group->hierarchy = h;
        group->members = qa_arena_take(&walk->arena, counts[h] * sizeof(qa_member_t));
        if (group->members == NULL) return qa_fail_memory(walk->source->error, "cells");
    }
    for (qa_member_t m = 0; m < info->member_count && axis->total > 0; m++) {
        if (!is_asked(walk, d, m)) continue;
        cell_group_t *group = group_of[hierarchy_of(model, d, m)];
        group->members[group->count++] = m;
    }
    return QA_OK;
}

static qa_status_t default_axis(cell_walk_t *walk, qa_dimension_t d)
{
    source_t *source = walk->source;
    cell_axis_t *axis = &walk->axes[d];
    const qa_member_t member = qa_model_default_member(source->model, d);
    if (member == QA_MEMBER_NONE)
        return qa_fail(
            source->error, QA_MEMBER_UNNAMED,
            "the dimension \"%s\" has no default member: say which cells are meant, as by %s = '...'",
            qa_model_dimension(source->model, d)->name, source->table->columns[d].name);
    axis->groups = qa_arena_take(&walk->arena, sizeof(cell_group_t));
    qa_member_t *members = qa_arena_take(&walk->arena, sizeof(qa_member_t));
    if (axis->groups == NULL || members == NULL) return qa_fail_memory(source->error, "cells");
    members[0] = member;
    axis->groups[0] =
        (cell_group_t){ .hierarchy = hierarchy_of(source->model, d, member), .members = members, .count = 1 };
    axis->group_count = 1;
    axis->total = 1;
    return QA_OK;
}

/* The product of the selections; *is_empty_out: nothing is selected. */
static qa_status_t check_size(cell_walk_t *walk, bool *is_empty_out)
{
    source_t *source = walk->source;
    uint64_t count = 1;
    qa_dimension_t widest = 0;
    bool is_too_large = false;
    *is_empty_out = false;
    for (qa_dimension_t d = 0; d < source->dimension_count; d++) {
        const uint32_t total = walk->axes[d].total;
        if (total == 0) *is_empty_out = true;
        if (total > walk->axes[widest].total) widest = d;
        if (total > 0 && count > QA_GRID_CELLS_MAX / total) is_too_large = true;
        count = is_too_large ? QA_GRID_CELLS_MAX : count * total;
    }
    if (*is_empty_out || !is_too_large) return QA_OK;
    return qa_fail(
        source->error, QA_LIMIT,
        "the statement asks for more than %d cells; %u members of \"%s\" alone: add a predicate on it, "
        "as %s IN ('...', '...'), or ask atoms, which holds only what is stored",
        QA_GRID_CELLS_MAX, walk->axes[widest].total, qa_model_dimension(source->model, widest)->name,
        source->table->columns[widest].name);
}

static const cell_group_t *group_at(const cell_walk_t *walk, qa_dimension_t d)
{
    return &walk->axes[d].groups[walk->axes[d].at];
}

static qa_status_t put_cell(cell_walk_t *walk, const qa_value_t *cell, const uint32_t *places)
{
    source_t *source = walk->source;
    qa_status_t status = QA_OK;
    if (cell->kind == QA_KIND_MISSING && !source->request->is_with_empty) return qa_sql_source_tick(source);
    for (qa_dimension_t d = 0; d < source->dimension_count && status == QA_OK; d++) {
        walk->values[d] = (qa_sql_value_t){ .kind = QA_SQL_NULL };
        if (is_wanted(source, d))
            status = qa_sql_source_code(source, d, group_at(walk, d)->members[places[d]], &walk->values[d]);
    }
    /* The grid is closed before the rows are read. */
    if (status == QA_OK)
        status = qa_sql_source_value(source, source->dimension_count, cell, false, walk->values);
    return status == QA_OK ? qa_sql_source_append(source, walk->values) : status;
}

static qa_status_t read_grid(cell_walk_t *walk)
{
    source_t *source = walk->source;
    qa_grid_spec_t spec = { .size = sizeof(spec), .is_cancelled = source->request->is_cancelled };
    qa_grid_t *grid = NULL;
    uint32_t places[QA_DIMENSIONS_MAX] = { 0 };
    for (qa_dimension_t d = 0; d < source->dimension_count; d++) {
        const cell_group_t *group = group_at(walk, d);
        spec.members[d] = group->members;
        spec.member_count[d] = group->count;
        spec.hierarchy[d] = group->hierarchy;
    }
    qa_status_t status = qa_connection_grid(source->moment->seen.connection, &spec, &grid);
    if (status != QA_OK) return qa_sql_source_fail(source, status);
    const uint64_t count = qa_grid_cell_count(grid);
    for (uint64_t i = 0; i < count && status == QA_OK; i++) {
        status = put_cell(walk, qa_grid_cell(grid, i), places);
        /* The last dimension runs fastest. */
        for (uint16_t d = source->dimension_count; d > 0; d--) {
            if (++places[d - 1] < group_at(walk, (qa_dimension_t)(d - 1))->count) break;
            places[d - 1] = 0;
        }
    }
    qa_grid_close(grid);
    return status;
}

static qa_status_t read_grids(cell_walk_t *walk)
{
    const uint16_t count = walk->source->dimension_count;
    for (;;) {
        const qa_status_t status = read_grid(walk);
        if (status != QA_OK) return status;
        uint16_t d = count;
        while (d > 0 && ++walk->axes[d - 1].at == walk->axes[d - 1].group_count) {
            walk->axes[d - 1].at = 0;
            d--;
        }
        if (d == 0) return QA_OK;
    }
}

qa_status_t qa_sql_source_cells(source_t *source)
{
    cell_walk_t *walk = qa_memory_take(source->allocator, sizeof(*walk));
    bool is_empty = false;
    qa_status_t status = QA_OK;
    if (walk == NULL) return qa_fail_memory(source->error, "cells");
    walk->source = source;
    qa_arena_make(&walk->arena, source->allocator, (size_t)1 << 30);
    for (qa_dimension_t d = 0; d < source->dimension_count && status == QA_OK; d++)
        status = source->request->selections[d] != NULL ? fill_axis(walk, d) : default_axis(walk, d);
    if (status == QA_OK) status = check_size(walk, &is_empty);
    if (status == QA_OK && !is_empty && source->dimension_count > 0) status = read_grids(walk);
    qa_arena_release(&walk->arena);
    qa_memory_give(source->allocator, walk, sizeof(*walk));
    return status;
}
