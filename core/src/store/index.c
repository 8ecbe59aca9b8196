/* The index of the plain store: coordinate to row, by linear probing.
 *
 * Removing shifts the following entries back, so there are no marks of removed ones and a search ends at the
 * first empty slot. It must never be more than half full (beyond 2^31 rows: full). */
#include <assert.h>
#include <string.h>

#include "store/rows.h"

enum { SLOT_BITS_MIN = 6, SLOT_BITS_MAX = 32 };

/* Word-wise multiply and fold; the store's own, because the count of ids is small and known to the loop. */
uint64_t qa_store_key_hash(const qa_member_t *coordinate, uint16_t dimension_count)
{
    uint64_t hash = 0x9E3779B97F4A7C15u;
    uint16_t d = 0;
    for (; d + 1 < dimension_count; d += 2) {
        const uint64_t word = coordinate[d] | (uint64_t)coordinate[d + 1] << 32;
        hash = ((hash << 23 | hash >> 41) ^ word) * 0xD6E8FEB86659FD93u;
        hash ^= hash >> 32;
    }
    if (d < dimension_count) {
        hash = ((hash << 23 | hash >> 41) ^ coordinate[d]) * 0xD6E8FEB86659FD93u;
        hash ^= hash >> 32;
    }
    hash *= 0xD6E8FEB86659FD93u;
    return hash ^ hash >> 29;
}

static uint64_t slot_count(const qa_store_t *store)
{
    return store->slot_bits == 0 ? 0 : (uint64_t)1 << store->slot_bits;
}

static bool is_same(const qa_member_t *a, const qa_member_t *b, uint16_t count)
{
    for (uint16_t d = 0; d < count; d++)
        if (a[d] != b[d]) return false;
    return true;
}

/* The bits of the hash that a slot keeps above the row. */
static uint32_t tag_of(uint64_t hash, uint32_t slot_bits)
{
    return (uint32_t)((hash >> 32 << slot_bits) & UINT32_MAX);
}

static uint32_t row_of(uint32_t slot, uint32_t slot_bits)
{
    return (slot & (uint32_t)(((uint64_t)1 << slot_bits) - 1)) - 1;
}

void qa_store_index_insert(qa_store_t *store, uint64_t hash, uint32_t row)
{
    const uint32_t slot_bits = store->slot_bits;
    const uint64_t last = slot_count(store) - 1;
    uint64_t at = hash & last;
    while (store->slots[at] != 0)
        at = (at + 1) & last;
    store->slots[at] = tag_of(hash, slot_bits) | (row + 1);
    assert(row_of(store->slots[at], slot_bits) == row);
}

uint32_t qa_store_index_find(const qa_store_t *store, uint64_t hash, const qa_member_t *coordinate)
{
    const uint32_t slot_bits = store->slot_bits;
    if (slot_bits == 0) return STORE_ROW_NONE;
    const uint64_t last = slot_count(store) - 1;
    const uint32_t tag = tag_of(hash, slot_bits);
    const uint32_t tag_mask = (uint32_t)(UINT64_C(0xFFFFFFFF) << slot_bits & UINT32_MAX);
    for (uint64_t at = hash & last; store->slots[at] != 0; at = (at + 1) & last) {
        const uint32_t slot = store->slots[at];
        if ((slot & tag_mask) != tag) continue;
        const uint32_t row = row_of(slot, slot_bits);
        if (is_same(store_coordinate(store, row), coordinate, store->dimension_count)) return row;
    }
    return STORE_ROW_NONE;
}

void qa_store_index_rebuild(qa_store_t *store)
{
    if (store->slot_bits == 0) return;
    memset(store->slots, 0, (size_t)slot_count(store) * sizeof(uint32_t));
    const uint8_t *kinds = store_kinds(store);
    uint64_t hashes[STORE_BATCH_KEYS];
    for (uint32_t first = 0; first < store->row_count; first += STORE_BATCH_KEYS) {
        const uint32_t left = store->row_count - first;
        const uint32_t count = left < STORE_BATCH_KEYS ? left : STORE_BATCH_KEYS;
        for (uint32_t i = 0; i < count; i++) {
            hashes[i] = qa_store_key_hash(store_coordinate(store, first + i), store->dimension_count);
            __builtin_prefetch(&store->slots[hashes[i] & (slot_count(store) - 1)], 1);
        }
        for (uint32_t i = 0; i < count; i++)
            if (kinds[first + i] != STORE_ROW_FREE) qa_store_index_insert(store, hashes[i], first + i);
        if (left <= STORE_BATCH_KEYS) break;
    }
}

qa_status_t qa_store_index_reserve(qa_store_t *store, uint64_t rows)
{
    if (rows > STORE_ROWS_MAX) return QA_LIMIT;
    uint32_t slot_bits = store->slot_bits < SLOT_BITS_MIN ? SLOT_BITS_MIN : store->slot_bits;
    while (slot_bits < SLOT_BITS_MAX && rows > (uint64_t)1 << (slot_bits - 1))
        slot_bits++;
    if (slot_bits == store->slot_bits) return QA_OK;
    const size_t bytes = ((size_t)1 << slot_bits) * sizeof(uint32_t);
    uint32_t *slots = store->allocator->resize(store->allocator->context, NULL, 0, bytes);
    if (slots == NULL) return QA_NO_MEMORY;
    qa_memory_give(store->allocator, store->slots, (size_t)slot_count(store) * sizeof(uint32_t));
    store->slots = slots;
    store->slot_bits = slot_bits;
    qa_store_index_rebuild(store);
    return QA_OK;
}

void qa_store_index_remove(qa_store_t *store, uint32_t row)
{
    const uint32_t slot_bits = store->slot_bits;
    const uint64_t last = slot_count(store) - 1;
    uint64_t at = qa_store_key_hash(store_coordinate(store, row), store->dimension_count) & last;
    while (row_of(store->slots[at], slot_bits) != row) {
        assert(store->slots[at] != 0);
        at = (at + 1) & last;
    }
    /* An entry behind the gap moves into it unless its own first slot lies behind the gap too. */
    for (uint64_t next = (at + 1) & last; store->slots[next] != 0; next = (next + 1) & last) {
        const uint32_t moved = row_of(store->slots[next], slot_bits);
        const uint64_t home =
            qa_store_key_hash(store_coordinate(store, moved), store->dimension_count) & last;
        if (((next - home) & last) < ((next - at) & last)) continue;
        store->slots[at] = store->slots[next];
        at = next;
    }
    store->slots[at] = 0;
}

void qa_store_index_prepare(const qa_store_t *store, const qa_member_t *coordinates, uint32_t count,
                            uint64_t hashes_out[STORE_BATCH_KEYS])
{
    assert(count <= STORE_BATCH_KEYS);
    const uint16_t dimension_count = store->dimension_count;
    for (uint32_t i = 0; i < count; i++)
        hashes_out[i] = qa_store_key_hash(coordinates + (size_t)i * dimension_count, dimension_count);
    if (store->slot_bits == 0) return;
    const uint64_t last = slot_count(store) - 1;
    for (uint32_t i = 0; i < count; i++)
        __builtin_prefetch(&store->slots[hashes_out[i] & last], 1);
    /* Second step: the row that the first slot names, if its tag speaks for it. */
    const uint32_t tag_mask = (uint32_t)(UINT64_C(0xFFFFFFFF) << store->slot_bits & UINT32_MAX);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t at = hashes_out[i] & last;
        const uint32_t tag = tag_of(hashes_out[i], store->slot_bits);
        while (store->slots[at] != 0 && (store->slots[at] & tag_mask) != tag)
            at = (at + 1) & last;
        if (store->slots[at] == 0) continue;
        const uint32_t row = row_of(store->slots[at], store->slot_bits);
        __builtin_prefetch(store_coordinate(store, row));
        __builtin_prefetch(&store_kinds(store)[row], 1);
        __builtin_prefetch(&store_bits(store)[row], 1);
        __builtin_prefetch(&store_changed(store)[row], 1);
        __builtin_prefetch(&store_links(store)[row], 1);
    }
}
