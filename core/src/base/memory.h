/* Memory by the caller's allocator: growing byte buffers, arenas, arrays. Core never calls malloc.
 * Every growing thing states its maximum; beyond it the answer is QA_LIMIT, at a refused request
 * QA_NO_MEMORY. */
#ifndef QA_BASE_MEMORY_H
#define QA_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "qa/allocator.h"
#include "qa/status.h"

/* Zeroed memory, or NULL. Release with the same size. */
void *qa_memory_take(const qa_allocator_t *allocator, size_t bytes);
void qa_memory_give(const qa_allocator_t *allocator, void *block, size_t bytes); /* block may be NULL */

/* Makes room for `wanted` items of `item_bytes` in *array (capacity in items, grown by half at least); new
 * items are not cleared. */
qa_status_t qa_array_reserve(const qa_allocator_t *allocator, void **array, uint32_t *capacity,
                             uint32_t wanted, size_t item_bytes);

/* A growing run of bytes. */
typedef struct qa_buffer {
    const qa_allocator_t *allocator; /* borrowed */
    uint8_t *data;
    size_t bytes;
    size_t capacity;
    size_t bytes_max;
} qa_buffer_t;

void qa_buffer_make(qa_buffer_t *buffer, const qa_allocator_t *allocator, size_t bytes_max);
void qa_buffer_release(qa_buffer_t *buffer);
void qa_buffer_clear(qa_buffer_t *buffer); /* keeps the memory */
qa_status_t qa_buffer_reserve(qa_buffer_t *buffer, size_t more);
qa_status_t qa_buffer_put(qa_buffer_t *buffer, const void *data, size_t bytes);

/* Memory released all at once. Blocks of at least 16 KiB; a request larger than that has a block of its own.
 */
typedef struct qa_arena_block qa_arena_block_t;
typedef struct qa_arena {
    const qa_allocator_t *allocator; /* borrowed */
    qa_arena_block_t *block;
    size_t bytes_max;
    size_t bytes; /* handed out so far */
} qa_arena_t;

void qa_arena_make(qa_arena_t *arena, const qa_allocator_t *allocator, size_t bytes_max);
void qa_arena_release(qa_arena_t *arena); /* everything taken from it ends; it can be used again */
/* Zeroed, aligned to 16; NULL: no memory or beyond the maximum. */
void *qa_arena_take(qa_arena_t *arena, size_t bytes);
/* A terminated copy. */
char *qa_arena_text(qa_arena_t *arena, const char *text, size_t bytes);

#endif
