/* A hash table from 64-bit keys to numbers that are given out in order: 0 for the first key, then 1 … */
#ifndef QA_QUERY_CODE_MAP_H
#define QA_QUERY_CODE_MAP_H

#include "base/memory.h"

typedef struct code_map {
    const qa_allocator_t *allocator; /* borrowed */
    uint64_t *keys;                  /* by slot */
    uint32_t *numbers;               /* by slot: number + 1; 0: empty */
    uint32_t slot_bits;              /* 0: no slots yet */
    uint32_t count;
} code_map_t;

void qa_code_map_make(code_map_t *map, const qa_allocator_t *allocator);
void qa_code_map_release(code_map_t *map);
/* The number of the key, which may be new: then it is the old count. QA_NO_MEMORY, QA_LIMIT (2^30 keys). */
qa_status_t qa_code_map_number(code_map_t *map, uint64_t key, uint32_t *number_out);
/* The same without adding; false if the key is not there. */
bool qa_code_map_find(const code_map_t *map, uint64_t key, uint32_t *number_out);

#endif
