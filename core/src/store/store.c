/* The plain store: opening, reading, dimensions, and the check of what it keeps up to date.
 *
 * Writing is in store_set.c. Reading must never change anything: many readers may share a store. */
#include "store/store.h"

#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "store/rows.h"

qa_status_t qa_store_column_reserve(const qa_allocator_t *allocator, store_column_t *column, size_t bytes)
{
    if (bytes <= column->bytes) return QA_OK;
    void *moved = allocator->resize(allocator->context, column->data, column->bytes, bytes);
    if (moved == NULL) return QA_NO_MEMORY;
    column->data = moved;
    column->bytes = bytes;
    return QA_OK;
}

static void column_release(const qa_allocator_t *allocator, store_column_t *column)
{
    qa_memory_give(allocator, column->data, column->bytes);
    *column = (store_column_t){ .data = NULL };
}

qa_status_t qa_store_open(qa_store_t **store_out, const qa_allocator_t *allocator, uint16_t dimension_count,
                          const qa_hash_key_t *key)
{
    assert(dimension_count <= QA_DIMENSIONS_MAX);
    *store_out = NULL;
    qa_store_t *store = qa_memory_take(allocator, sizeof(*store));
    if (store == NULL) return QA_NO_MEMORY;
    store->allocator = allocator;
    store->key = *key;
    store->dimension_count = dimension_count;
    store->free_row = STORE_ROW_NONE;
    *store_out = store;
    return QA_OK;
}

void qa_store_close(qa_store_t *store)
{
    if (store == NULL) return;
    const qa_allocator_t *allocator = store->allocator;
    for (uint32_t row = 0; row < store->row_count; row++) {
        if (store_kinds(store)[row] != QA_KIND_TEXT) continue;
        store_text_t *text = store_text(store, row);
        qa_memory_give(allocator, text, store_text_size(text));
    }
    for (uint16_t d = 0; d < QA_DIMENSIONS_MAX; d++)
        column_release(allocator, &store->counts[d].column);
    column_release(allocator, &store->coordinates);
    column_release(allocator, &store->kinds);
    column_release(allocator, &store->bits);
    column_release(allocator, &store->changed);
    column_release(allocator, &store->masks);
    column_release(allocator, &store->links);
    qa_store_changes_release(store);
    if (store->slot_bits != 0)
        qa_memory_give(allocator, store->slots, ((size_t)1 << store->slot_bits) * sizeof(uint32_t));
    qa_memory_give(allocator, store, sizeof(*store));
}

uint16_t qa_store_dimension_count(const qa_store_t *store)
{
    return store->dimension_count;
}

qa_status_t qa_store_add_dimension(qa_store_t *store)
{
    const uint16_t before = store->dimension_count;
    assert(before < QA_DIMENSIONS_MAX);
    const uint16_t behind = (uint16_t)(before + 1);
    store_counts_t counts = { .count = 1 };
    store_column_t coordinates = { .data = NULL };
    qa_status_t status = qa_store_column_reserve(store->allocator, &counts.column, sizeof(uint32_t));
    if (status == QA_OK && store->row_capacity > 0)
        status = qa_store_column_reserve(store->allocator, &coordinates,
                                         (size_t)store->row_capacity * behind * sizeof(qa_member_t));
    if (status != QA_OK) {
        column_release(store->allocator, &counts.column);
        return status;
    }
    qa_member_t *to = coordinates.data;
    for (uint32_t row = 0; row < store->row_count; row++) {
        const qa_member_t *from = store_coordinate(store, row);
        for (uint16_t d = 0; d < before; d++)
            *to++ = from[d];
        *to++ = 0;
    }
    assert(store->atom_count <= UINT32_MAX);
    *(uint32_t *)counts.column.data = (uint32_t)store->atom_count;
    store->counts[before] = counts;
    column_release(store->allocator, &store->coordinates);
    store->coordinates = coordinates;
    store->dimension_count = behind;
    qa_store_index_rebuild(store);
    return QA_OK;
}

void qa_store_remove_dimension(qa_store_t *store)
{
    assert(store->dimension_count > 0);
    const uint16_t behind = (uint16_t)(store->dimension_count - 1);
    qa_member_t *to = store->coordinates.data;
    for (uint32_t row = 0; row < store->row_count; row++) {
        const qa_member_t *from = store_coordinate(store, row);
        assert(from[behind] == 0 || store_kinds(store)[row] == STORE_ROW_FREE);
        for (uint16_t d = 0; d < behind; d++)
            *to++ = from[d];
    }
    column_release(store->allocator, &store->counts[behind].column);
    store->counts[behind].count = 0;
    store->dimension_count = behind;
    qa_store_index_rebuild(store);
}

static void read_row(const qa_store_t *store, uint32_t row, qa_atom_t *atom_out)
{
    const uint64_t bits = store_bits(store)[row];
    qa_atom_t atom = { .kind = store_kinds(store)[row],
                       .mask = store_mask(store, row),
                       .changed_offset = store_changed(store)[row] };
    switch ((qa_kind_t)atom.kind) {
    case QA_KIND_MISSING:
        break;
    case QA_KIND_DECIMAL:
        atom.units = (int64_t)bits;
        break;
    case QA_KIND_DOUBLE:
        memcpy(&atom.number, &bits, sizeof(bits));
        break;
    case QA_KIND_TEXT: {
        const store_text_t *text = store_text(store, row);
        atom.text = (const char *)text->message + text->text_at;
        atom.text_bytes = text->text_bytes;
        break;
    }
    case QA_KIND_DATE:
        atom.day = (int32_t)(int64_t)bits;
        break;
    case QA_KIND_BOOLEAN:
        atom.truth = bits != 0;
        break;
    }
    *atom_out = atom;
}

void qa_store_get(const qa_store_t *store, const qa_member_t *coordinates, uint32_t count,
                  qa_atom_t *atoms_out)
{
    uint64_t hashes[STORE_BATCH_KEYS];
    while (count > 0) {
        const uint32_t batch = count < STORE_BATCH_KEYS ? count : STORE_BATCH_KEYS;
        qa_store_index_prepare(store, coordinates, batch, hashes);
        for (uint32_t i = 0; i < batch; i++) {
            const uint32_t row = qa_store_index_find(store, hashes[i], coordinates);
            coordinates += store->dimension_count;
            if (row == STORE_ROW_NONE)
                *atoms_out++ = (qa_atom_t){ .kind = QA_KIND_MISSING };
            else
                read_row(store, row, atoms_out++);
        }
        count -= batch;
    }
}

uint32_t qa_store_row_count(const qa_store_t *store)
{
    return store->row_count;
}

bool qa_store_row(const qa_store_t *store, uint32_t row, const qa_member_t **coordinate_out,
                  qa_atom_t *atom_out)
{
    assert(row < store->row_count);
    if (store_kinds(store)[row] == STORE_ROW_FREE) return false;
    *coordinate_out = store_coordinate(store, row);
    read_row(store, row, atom_out);
    return true;
}

const qa_member_t *qa_store_coordinate(const qa_store_t *store, uint32_t row)
{
    assert(row < store->row_count);
    return store_kinds(store)[row] == STORE_ROW_FREE ? NULL : store_coordinate(store, row);
}

uint64_t qa_store_atom_count(const qa_store_t *store)
{
    return store->atom_count;
}

uint64_t qa_store_cleared_count(const qa_store_t *store)
{
    return store->cleared_count;
}

uint32_t qa_store_member_atom_count(const qa_store_t *store, qa_dimension_t dimension, qa_member_t member)
{
    assert(dimension < store->dimension_count);
    const store_counts_t *counts = &store->counts[dimension];
    return member < counts->count ? ((const uint32_t *)counts->column.data)[member] : 0;
}

qa_hash128_t qa_store_hash(const qa_store_t *store)
{
    return store->hash;
}

uint64_t qa_store_bytes(const qa_store_t *store)
{
    uint64_t bytes = sizeof(*store) + store->text_bytes + store->coordinates.bytes + store->kinds.bytes +
                     store->bits.bytes + store->changed.bytes + store->masks.bytes + store->links.bytes +
                     store->changes.bytes;
    if (store->slot_bits != 0) bytes += ((uint64_t)1 << store->slot_bits) * sizeof(uint32_t);
    for (uint16_t d = 0; d < store->dimension_count; d++)
        bytes += store->counts[d].column.bytes;
    return bytes;
}

/* Compares the member counts of one dimension with the rows, one member at a time in a scratch column. */
static qa_status_t verify_counts(const qa_store_t *store, uint16_t dimension, qa_error_t *error)
{
    const store_counts_t *counts = &store->counts[dimension];
    const size_t bytes = ((size_t)counts->count + 1) * sizeof(uint32_t);
    uint32_t *seen = qa_memory_take(store->allocator, bytes);
    if (seen == NULL) return qa_fail_memory(error, "checking the store");
    qa_status_t status = QA_OK;
    for (uint32_t row = 0; row < store->row_count; row++) {
        const uint8_t kind = store_kinds(store)[row];
        if (kind == STORE_ROW_FREE || kind == QA_KIND_MISSING) continue;
        const qa_member_t member = store_coordinate(store, row)[dimension];
        seen[member < counts->count ? member : counts->count]++;
    }
    for (uint32_t member = 0; member <= counts->count && status == QA_OK; member++) {
        const uint32_t kept = qa_store_member_atom_count(store, dimension, member);
        if (seen[member] != kept)
            status = qa_fail(
                error, QA_DIVERGED,
                "dimension %u, member %u: the store counts %u atoms but holds %u; open the replica again",
                (unsigned)dimension, (unsigned)member, (unsigned)kept, (unsigned)seen[member]);
    }
    qa_memory_give(store->allocator, seen, bytes);
    return status;
}

qa_status_t qa_store_verify(const qa_store_t *store, qa_error_t *error)
{
    qa_hash128_t hash = { 0, 0 };
    uint64_t atom_count = 0;
    uint64_t cleared_count = 0;
    for (uint32_t row = 0; row < store->row_count; row++) {
        const uint8_t kind = store_kinds(store)[row];
        if (kind == STORE_ROW_FREE) continue;
        const qa_member_t *coordinate = store_coordinate(store, row);
        if (kind > QA_KIND_BOOLEAN)
            return qa_fail(error, QA_DIVERGED, "row %u of the store has kind %u, which does not exist",
                           (unsigned)row, (unsigned)kind);
        const uint64_t key = qa_store_key_hash(coordinate, store->dimension_count);
        if (qa_store_index_find(store, key, coordinate) != row)
            return qa_fail(error, QA_DIVERGED, "row %u of the store is not found by its coordinate",
                           (unsigned)row);
        if (kind == QA_KIND_MISSING) {
            cleared_count++;
        } else {
            atom_count++;
            qa_hash128_add(&hash, qa_store_row_hash(store, row));
        }
    }
    if (atom_count != store->atom_count || cleared_count != store->cleared_count)
        return qa_fail(error, QA_DIVERGED,
                       "the store counts %llu atoms and %llu cleared ones but holds %llu and %llu",
                       (unsigned long long)store->atom_count, (unsigned long long)store->cleared_count,
                       (unsigned long long)atom_count, (unsigned long long)cleared_count);
    if (!qa_hash128_equal(hash, store->hash))
        return qa_fail(error, QA_DIVERGED,
                       "the hash of the atoms is not the one that the store kept; open the replica again");
    for (uint16_t d = 0; d < store->dimension_count; d++) {
        const qa_status_t status = verify_counts(store, d, error);
        if (status != QA_OK) return status;
    }
    return qa_store_changes_verify(store, error);
}
