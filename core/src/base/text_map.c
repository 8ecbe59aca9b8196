/* Open addressing with linear probing; removal shifts back, so there are no marks of removed keys. */
#include "base/text_map.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"

void qa_text_map_make(qa_text_map_t *map, const qa_allocator_t *allocator)
{
    *map = (qa_text_map_t){ .allocator = allocator };
}

void qa_text_map_release(qa_text_map_t *map)
{
    for (uint32_t i = 0; i < map->capacity; i++) {
        if (map->slots[i].key != NULL)
            qa_memory_give(map->allocator, map->slots[i].key, map->slots[i].key_bytes + 1u);
    }
    if (map->slots != NULL) qa_memory_give(map->allocator, map->slots, map->capacity * sizeof(*map->slots));
    qa_text_map_make(map, map->allocator);
}

/* The slot of the key, or the empty slot where it would go. */
static uint32_t find_slot(const qa_text_map_t *map, const void *key, size_t bytes, uint64_t hash)
{
    assert(map->capacity > map->count);
    uint32_t at = (uint32_t)hash & (map->capacity - 1);
    while (map->slots[at].key != NULL) {
        const qa_text_slot_t *slot = &map->slots[at];
        if (slot->hash == hash && slot->key_bytes == bytes && memcmp(slot->key, key, bytes) == 0) break;
        at = (at + 1) & (map->capacity - 1);
    }
    return at;
}

bool qa_text_map_get(const qa_text_map_t *map, const void *key, size_t bytes, uint32_t *value_out)
{
    if (map->capacity == 0) return false;
    const uint32_t at = find_slot(map, key, bytes, qa_hash64(key, bytes));
    if (map->slots[at].key == NULL) return false;
    *value_out = map->slots[at].value;
    return true;
}

static qa_status_t grow(qa_text_map_t *map)
{
    const uint32_t capacity = map->capacity == 0 ? 16 : map->capacity * 2;
    qa_text_slot_t *slots = qa_memory_take(map->allocator, capacity * sizeof(*slots));
    if (slots == NULL) return QA_NO_MEMORY;
    for (uint32_t i = 0; i < map->capacity; i++) {
        if (map->slots[i].key == NULL) continue;
        uint32_t at = (uint32_t)map->slots[i].hash & (capacity - 1);
        while (slots[at].key != NULL)
            at = (at + 1) & (capacity - 1);
        slots[at] = map->slots[i];
    }
    if (map->slots != NULL) qa_memory_give(map->allocator, map->slots, map->capacity * sizeof(*map->slots));
    map->slots = slots;
    map->capacity = capacity;
    return QA_OK;
}

qa_status_t qa_text_map_put(qa_text_map_t *map, const void *key, size_t bytes, uint32_t value)
{
    if (map->count + 1 > map->capacity / 4 * 3) {
        const qa_status_t status = grow(map);
        if (status != QA_OK) return status;
    }
    const uint64_t hash = qa_hash64(key, bytes);
    const uint32_t at = find_slot(map, key, bytes, hash);
    if (map->slots[at].key == NULL) {
        char *copy = qa_memory_take(map->allocator, bytes + 1);
        if (copy == NULL) return QA_NO_MEMORY;
        if (bytes > 0) memcpy(copy, key, bytes);
        map->slots[at] = (qa_text_slot_t){ .key = copy, .key_bytes = (uint32_t)bytes, .hash = hash };
        map->count++;
    }
    map->slots[at].value = value;
    return QA_OK;
}

void qa_text_map_remove(qa_text_map_t *map, const void *key, size_t bytes)
{
    if (map->capacity == 0) return;
    uint32_t hole = find_slot(map, key, bytes, qa_hash64(key, bytes));
    if (map->slots[hole].key == NULL) return;
    qa_memory_give(map->allocator, map->slots[hole].key, map->slots[hole].key_bytes + 1u);
    map->slots[hole].key = NULL;
    map->count--;
    const uint32_t mask = map->capacity - 1;
    for (uint32_t at = (hole + 1) & mask; map->slots[at].key != NULL; at = (at + 1) & mask) {
        const uint32_t home = (uint32_t)map->slots[at].hash & mask;
        if (((at - home) & mask) < ((at - hole) & mask)) continue; /* it must not move before its home */
        map->slots[hole] = map->slots[at];
        map->slots[at].key = NULL;
        hole = at;
    }
}
