/* A finished grid: its values and the texts they borrow. Nothing in it changes any more. */
#include <assert.h>
#include <string.h>

#include "query/grid.h"

qa_status_t qa_grid_open(qa_grid_t **grid_out, const qa_allocator_t *allocator, uint64_t cell_count)
{
    assert(cell_count > 0 && cell_count <= QA_GRID_CELLS_MAX);
    *grid_out = NULL;
    qa_grid_t *grid = qa_memory_take(allocator, sizeof(*grid));
    if (grid == NULL) return QA_NO_MEMORY;
    grid->allocator = *allocator;
    grid->cell_count = cell_count;
    qa_arena_make(&grid->texts, &grid->allocator, SIZE_MAX);
    grid->cells = qa_memory_take(allocator, (size_t)cell_count * sizeof(qa_value_t));
    if (grid->cells == NULL) {
        qa_grid_close(grid);
        return QA_NO_MEMORY;
    }
    *grid_out = grid;
    return QA_OK;
}

qa_status_t qa_grid_set(qa_grid_t *grid, uint64_t index, const qa_value_t *value)
{
    assert(index < grid->cell_count);
    grid->cells[index] = *value;
    if (value->kind != QA_KIND_TEXT) return QA_OK;
    const char *copy = qa_arena_text(&grid->texts, value->text, value->text_bytes);
    if (copy == NULL) {
        grid->cells[index] = qa_value_missing();
        return QA_NO_MEMORY;
    }
    grid->cells[index].text = copy;
    return QA_OK;
}

uint64_t qa_grid_cell_count(const qa_grid_t *grid)
{
    return grid->cell_count;
}

const qa_value_t *qa_grid_cell(const qa_grid_t *grid, uint64_t index)
{
    assert(index < grid->cell_count);
    return &grid->cells[index];
}

uint64_t qa_grid_unplaced_atom_count(const qa_grid_t *grid)
{
    return grid->unplaced_atom_count;
}

void qa_grid_close(qa_grid_t *grid)
{
    if (grid == NULL) return;
    const qa_allocator_t allocator = grid->allocator;
    qa_arena_release(&grid->texts);
    qa_memory_give(&allocator, grid->cells, (size_t)grid->cell_count * sizeof(qa_value_t));
    qa_memory_give(&allocator, grid, sizeof(*grid));
}
