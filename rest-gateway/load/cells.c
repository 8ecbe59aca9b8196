/* The cells that a load gives to: a table from coordinate to amount. What it must never do: let an order of
 * rows show in a sum. */
#include "load/load_private.h"

void qa_load_cells_make(cells_t *cells, const qa_allocator_t *allocator, uint32_t dimension_count)
{
    *cells = (cells_t){ .allocator = allocator, .dimension_count = dimension_count };
}

void qa_load_cells_release(cells_t *cells)
{
    if (cells->allocator == NULL) return;
    qa_load_release(cells->allocator, cells->items, cells->capacity, sizeof(cell_t));
    qa_load_release(cells->allocator, cells->coordinates, cells->coordinate_capacity, sizeof(qa_member_t));
    qa_load_release(cells->allocator, cells->slots, cells->slot_count, sizeof(uint64_t));
    qa_load_release(cells->allocator, cells->sums, cells->sum_capacity, sizeof(qa_exact_sum_t));
    *cells = (cells_t){ 0 };
}

static uint64_t hash_of(const cells_t *cells, const qa_member_t *coordinate)
{
    return qa_load_hash(coordinate, cells->dimension_count * sizeof(qa_member_t), 2);
}

static const qa_member_t *coordinate_of(const cells_t *cells, uint32_t index)
{
    return cells->coordinates + (size_t)index * cells->dimension_count;
}

/* The slot of the coordinate, or the free one where it belongs. A slot has the upper half of the hash beside
 * the index, so that most other cells are told apart without looking at them. */
static uint32_t find_slot(const cells_t *cells, const qa_member_t *coordinate, uint64_t hash)
{
    const uint32_t mask = cells->slot_count - 1;
    const size_t bytes = cells->dimension_count * sizeof(qa_member_t);
    const uint64_t tag = hash >> 32;
    uint32_t slot = (uint32_t)hash & mask;
    for (; cells->slots[slot] != 0; slot = (slot + 1) & mask) {
        if (cells->slots[slot] >> 32 != tag) continue;
        if (memcmp(coordinate_of(cells, (uint32_t)cells->slots[slot] - 1), coordinate, bytes) == 0) break;
    }
    return slot;
}

static uint64_t slot_of(uint64_t hash, uint32_t index)
{
    return (hash >> 32 << 32) | (index + 1);
}

uint32_t qa_load_cells_find(const cells_t *cells, const qa_member_t *coordinate)
{
    if (cells->slot_count == 0) return UINT32_MAX;
    const uint32_t slot = find_slot(cells, coordinate, hash_of(cells, coordinate));
    return (uint32_t)cells->slots[slot] - 1; /* 0 - 1: not there */
}

static qa_status_t grow(cells_t *cells, qa_error_t *error)
{
    const uint32_t wanted = cells->slot_count == 0 ? 1024 : cells->slot_count * 2;
    if (wanted == 0) return qa_load_fail(error, QA_LIMIT, "a load has too many cells; split the files");
    uint64_t *slots =
        cells->allocator->resize(cells->allocator->context, NULL, 0, (size_t)wanted * sizeof(*slots));
    if (slots == NULL) return qa_load_fail_memory(error);
    memset(slots, 0, (size_t)wanted * sizeof(*slots));
    qa_load_release(cells->allocator, cells->slots, cells->slot_count, sizeof(*slots));
    cells->slots = slots;
    cells->slot_count = wanted;
    for (uint32_t i = 0; i < cells->count; i++) {
        const uint64_t hash = hash_of(cells, coordinate_of(cells, i));
        cells->slots[find_slot(cells, coordinate_of(cells, i), hash)] = slot_of(hash, i);
    }
    return QA_OK;
}

qa_status_t qa_load_cells_add(cells_t *cells, const qa_member_t *coordinate, uint32_t *index_out,
                              bool *is_new_out, qa_error_t *error)
{
    qa_status_t status = QA_OK;
    if (((uint64_t)cells->count + 1) * 2 > cells->slot_count) status = grow(cells, error);
    if (status != QA_OK) return status;
    const uint64_t hash = hash_of(cells, coordinate);
    const uint32_t slot = find_slot(cells, coordinate, hash);
    *is_new_out = cells->slots[slot] == 0;
    *index_out = (uint32_t)cells->slots[slot] - 1;
    if (!*is_new_out) return QA_OK;
    if (cells->count >= QA_INTENT_CELLS_MAX) {
        return qa_load_fail(error, QA_LIMIT, "a load writes at most %d cells; split the files",
                            QA_INTENT_CELLS_MAX);
    }
    void *array = cells->items;
    status =
        qa_load_reserve(cells->allocator, &array, &cells->capacity, cells->count + 1u, sizeof(cell_t), error);
    cells->items = array;
    if (status != QA_OK) return status;
    array = cells->coordinates;
    status =
        qa_load_reserve(cells->allocator, &array, &cells->coordinate_capacity,
                        ((uint64_t)cells->count + 1) * cells->dimension_count, sizeof(qa_member_t), error);
    cells->coordinates = array;
    if (status != QA_OK) return status;
    memcpy(cells->coordinates + (size_t)cells->count * cells->dimension_count, coordinate,
           cells->dimension_count * sizeof(qa_member_t));
    cells->items[cells->count] = (cell_t){ .kind = QA_KIND_MISSING, .next = UINT32_MAX };
    *index_out = cells->count++;
    cells->slots[slot] = slot_of(hash, *index_out);
    return QA_OK;
}

qa_value_t qa_load_cell_value(const cells_t *cells, uint32_t index)
{
    const cell_t *cell = &cells->items[index];
    double number = cell->kind == QA_KIND_DOUBLE ? cell->number : 0;
    switch (cell->kind) {
    case QA_KIND_DECIMAL:
        return qa_value_decimal(cell->units, cell->decimals);
    case QA_KIND_DOUBLE:
        if (cell->has_sum) qa_exact_sum_read(&cells->sums[cell->sum], &number);
        return qa_value_double(number);
    case QA_KIND_TEXT:
        return qa_value_text(cell->text, cell->text_bytes);
    case QA_KIND_DATE:
        return qa_value_date(cell->day);
    case QA_KIND_BOOLEAN:
        return qa_value_boolean(cell->truth);
    default:
        return qa_value_missing();
    }
}

void qa_load_cells_adopt(load_t *load)
{
    cells_t *cells = &load->cells;
    const size_t count = (size_t)cells->count * cells->dimension_count;
    for (size_t i = 0; i < count; i++) {
        qa_member_t *member = &cells->coordinates[i];
        if ((*member & QA_NEW) == 0) continue;
        const qa_member_t id = load->created[*member & ~QA_NEW].id;
        if ((id & QA_NEW) == 0) *member = id;
    }
    if (cells->slot_count > 0) memset(cells->slots, 0, (size_t)cells->slot_count * sizeof(*cells->slots));
    for (uint32_t i = 0; i < cells->count; i++) {
        const uint64_t hash = hash_of(cells, coordinate_of(cells, i));
        cells->slots[find_slot(cells, coordinate_of(cells, i), hash)] = slot_of(hash, i);
    }
}
