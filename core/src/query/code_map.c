/* Open addressing over a power of two, never more than half full. */
#include "query/code_map.h"

enum { SLOT_BITS_MIN = 8, SLOT_BITS_MAX = 31 };

void qa_code_map_make(code_map_t *map, const qa_allocator_t *allocator)
{
    *map = (code_map_t){ .allocator = allocator };
}

static void give_slots(const qa_allocator_t *allocator, uint64_t *keys, uint32_t *numbers, uint32_t slot_bits)
{
    qa_memory_give(allocator, keys, sizeof(uint64_t) << slot_bits);
    qa_memory_give(allocator, numbers, sizeof(uint32_t) << slot_bits);
}

void qa_code_map_release(code_map_t *map)
{
    if (map->slot_bits > 0) give_slots(map->allocator, map->keys, map->numbers, map->slot_bits);
    qa_code_map_make(map, map->allocator);
}

/* The slot of the key, or the empty one where it would stand. */
static uint64_t slot_of(const code_map_t *map, uint64_t key)
{
    const uint64_t last = ((uint64_t)1 << map->slot_bits) - 1;
    uint64_t at = (key ^ key >> 29) * 0x9E3779B97F4A7C15u;
    at = (at ^ at >> 32) & last;
    while (map->numbers[at] != 0 && map->keys[at] != key)
        at = (at + 1) & last;
    return at;
}

static qa_status_t grow(code_map_t *map)
{
    code_map_t larger = { .allocator = map->allocator, .count = map->count };
    larger.slot_bits = map->slot_bits == 0 ? SLOT_BITS_MIN : map->slot_bits + 1;
    if (larger.slot_bits > SLOT_BITS_MAX) return QA_LIMIT;
    larger.keys = qa_memory_take(map->allocator, sizeof(uint64_t) << larger.slot_bits);
    larger.numbers = qa_memory_take(map->allocator, sizeof(uint32_t) << larger.slot_bits);
    if (larger.keys == NULL || larger.numbers == NULL) {
        give_slots(map->allocator, larger.keys, larger.numbers, larger.slot_bits);
        return QA_NO_MEMORY;
    }
    for (uint64_t i = 0; map->slot_bits > 0 && i < (uint64_t)1 << map->slot_bits; i++) {
        if (map->numbers[i] == 0) continue;
        const uint64_t at = slot_of(&larger, map->keys[i]);
        larger.keys[at] = map->keys[i];
        larger.numbers[at] = map->numbers[i];
    }
    qa_code_map_release(map);
    *map = larger;
    return QA_OK;
}

qa_status_t qa_code_map_number(code_map_t *map, uint64_t key, uint32_t *number_out)
{
    if (qa_code_map_find(map, key, number_out)) return QA_OK;
    if (map->slot_bits == 0 || map->count >= (uint32_t)1 << (map->slot_bits - 1)) {
        const qa_status_t status = grow(map);
        if (status != QA_OK) return status;
    }
    const uint64_t at = slot_of(map, key);
    map->keys[at] = key;
    *number_out = map->count++;
    map->numbers[at] = map->count;
    return QA_OK;
}

bool qa_code_map_find(const code_map_t *map, uint64_t key, uint32_t *number_out)
{
    if (map->slot_bits == 0) return false;
    const uint64_t at = slot_of(map, key);
    if (map->numbers[at] == 0) return false;
    *number_out = map->numbers[at] - 1;
    return true;
}
