/* Buffers and arenas over the caller's allocator. */
#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void *default_resize(void *context, void *block, size_t old_bytes, size_t new_bytes)
{
    (void)context;
    (void)old_bytes;
    return realloc(block, new_bytes);
}

static void default_release(void *context, void *block, size_t bytes)
{
    (void)context;
    (void)bytes;
    free(block);
}

const qa_allocator_t qa_allocator_default = { default_resize, default_release, NULL };

void *qa_memory_take(const qa_allocator_t *allocator, size_t bytes)
{
    assert(bytes > 0);
    void *block = allocator->resize(allocator->context, NULL, 0, bytes);
    if (block != NULL) memset(block, 0, bytes);
    return block;
}

void qa_memory_give(const qa_allocator_t *allocator, void *block, size_t bytes)
{
    if (block != NULL) allocator->release(allocator->context, block, bytes);
}

qa_status_t qa_array_reserve(const qa_allocator_t *allocator, void **array, uint32_t *capacity,
                             uint32_t wanted, size_t item_bytes)
{
    if (wanted <= *capacity) return QA_OK;
    uint64_t grown = (uint64_t)*capacity + *capacity / 2 + 8;
    if (grown < wanted) grown = wanted;
    if (grown > UINT32_MAX) return QA_LIMIT;
    void *moved = allocator->resize(allocator->context, *array, (size_t)*capacity * item_bytes,
                                    (size_t)grown * item_bytes);
    if (moved == NULL) return QA_NO_MEMORY;
    *array = moved;
    *capacity = (uint32_t)grown;
    return QA_OK;
}

void qa_buffer_make(qa_buffer_t *buffer, const qa_allocator_t *allocator, size_t bytes_max)
{
    *buffer = (qa_buffer_t){ .allocator = allocator, .bytes_max = bytes_max };
}

void qa_buffer_release(qa_buffer_t *buffer)
{
    if (buffer->data != NULL) qa_memory_give(buffer->allocator, buffer->data, buffer->capacity);
    qa_buffer_make(buffer, buffer->allocator, buffer->bytes_max);
}

void qa_buffer_clear(qa_buffer_t *buffer)
{
    buffer->bytes = 0;
}

qa_status_t qa_buffer_reserve(qa_buffer_t *buffer, size_t more)
{
    assert(buffer->bytes <= buffer->capacity);
    if (more <= buffer->capacity - buffer->bytes) return QA_OK;
    if (more > buffer->bytes_max - buffer->bytes) return QA_LIMIT;
    size_t grown = buffer->capacity + buffer->capacity / 2 + 256;
    if (grown < buffer->bytes + more) grown = buffer->bytes + more;
    const qa_allocator_t *allocator = buffer->allocator;
    uint8_t *moved = allocator->resize(allocator->context, buffer->data, buffer->capacity, grown);
    if (moved == NULL) return QA_NO_MEMORY;
    buffer->data = moved;
    buffer->capacity = grown;
    return QA_OK;
}

qa_status_t qa_buffer_put(qa_buffer_t *buffer, const void *data, size_t bytes)
{
    const qa_status_t status = qa_buffer_reserve(buffer, bytes);
    if (status != QA_OK) return status;
    if (bytes > 0) memcpy(buffer->data + buffer->bytes, data, bytes);
    buffer->bytes += bytes;
    return QA_OK;
}

struct qa_arena_block {
    qa_arena_block_t *next;
    size_t capacity; /* of the whole block, this header included */
    size_t used;
    size_t reserved;
};

enum { ARENA_BLOCK_BYTES = 16 * 1024, ARENA_ALIGNMENT = 16 };
_Static_assert(sizeof(qa_arena_block_t) % ARENA_ALIGNMENT == 0, "blocks start aligned");

void qa_arena_make(qa_arena_t *arena, const qa_allocator_t *allocator, size_t bytes_max)
{
    *arena = (qa_arena_t){ .allocator = allocator, .bytes_max = bytes_max };
}

void qa_arena_release(qa_arena_t *arena)
{
    while (arena->block != NULL) {
        qa_arena_block_t *next = arena->block->next;
        qa_memory_give(arena->allocator, arena->block, arena->block->capacity);
        arena->block = next;
    }
    arena->bytes = 0;
}

void *qa_arena_take(qa_arena_t *arena, size_t bytes)
{
    if (bytes > arena->bytes_max || arena->bytes > arena->bytes_max - bytes) return NULL;
    const size_t rounded = (bytes + ARENA_ALIGNMENT - 1) / ARENA_ALIGNMENT * ARENA_ALIGNMENT;
    qa_arena_block_t *block = arena->block;
    if (block == NULL || block->capacity - block->used < rounded) {
        size_t capacity = sizeof(*block) + rounded;
        if (capacity < ARENA_BLOCK_BYTES) capacity = ARENA_BLOCK_BYTES;
        block = arena->allocator->resize(arena->allocator->context, NULL, 0, capacity);
        if (block == NULL) return NULL;
        *block = (qa_arena_block_t){ .next = arena->block, .capacity = capacity, .used = sizeof(*block) };
        arena->block = block;
    }
    void *taken = (uint8_t *)block + block->used;
    block->used += rounded;
    arena->bytes += bytes;
    memset(taken, 0, rounded);
    return taken;
}

char *qa_arena_text(qa_arena_t *arena, const char *text, size_t bytes)
{
    char *copy = qa_arena_take(arena, bytes + 1);
    if (copy != NULL && bytes > 0) memcpy(copy, text, bytes);
    return copy;
}
