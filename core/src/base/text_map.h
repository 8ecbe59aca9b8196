/* A hash table from byte strings to 32-bit numbers. Keys are copied. Iteration order means nothing. */
#ifndef QA_BASE_TEXT_MAP_H
#define QA_BASE_TEXT_MAP_H

#include "base/memory.h"

typedef struct qa_text_slot {
    char *key; /* NULL: empty */
    uint32_t key_bytes;
    uint32_t value;
    uint64_t hash;
} qa_text_slot_t;

typedef struct qa_text_map {
    const qa_allocator_t *allocator;
    qa_text_slot_t *slots;
    uint32_t capacity; /* a power of two, or 0 */
    uint32_t count;
} qa_text_map_t;

void qa_text_map_make(qa_text_map_t *map, const qa_allocator_t *allocator);
void qa_text_map_release(qa_text_map_t *map);
bool qa_text_map_get(const qa_text_map_t *map, const void *key, size_t bytes, uint32_t *value_out);
/* Adds or replaces. QA_NO_MEMORY leaves the map as it was. */
qa_status_t qa_text_map_put(qa_text_map_t *map, const void *key, size_t bytes, uint32_t value);
void qa_text_map_remove(qa_text_map_t *map, const void *key, size_t bytes);

#endif
