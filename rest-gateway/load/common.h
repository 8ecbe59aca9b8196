/* What every part of loading uses: words for failures, texts, growing arrays, an arena, a hash.
 *
 *     qa_load_arena_t arena;
 *     qa_load_arena_make(&arena, allocator);
 *     const char *copy = qa_load_arena_copy(&arena, text, bytes);   // NULL: out of memory
 *     qa_load_arena_release(&arena);
 *
 * Memory comes from the allocator handed in, so that tests can refuse it. */
#ifndef QA_LOAD_COMMON_H
#define QA_LOAD_COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "qa/allocator.h"
#include "qa/status.h"

/* Borrowed text, not terminated. */
typedef struct qa_load_text {
    const char *data;
    uint32_t bytes;
} qa_load_text_t;

/* Sets status and words, returns the status; control characters and broken UTF-8 become '?'. */
qa_status_t qa_load_fail(qa_error_t *error, qa_status_t status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
qa_status_t qa_load_fail_memory(qa_error_t *error);

/* Room for `wanted` items in *array; grown by half at least. QA_NO_MEMORY or QA_LIMIT (4 G items). */
qa_status_t qa_load_reserve(const qa_allocator_t *allocator, void **array, uint32_t *capacity,
                            uint64_t wanted, size_t item_bytes, qa_error_t *error);
void qa_load_release(const qa_allocator_t *allocator, void *array, uint64_t capacity, size_t item_bytes);

/* Growing bytes. */
typedef struct qa_load_buffer {
    const qa_allocator_t *allocator; /* borrowed */
    char *data;
    uint32_t bytes;
    uint32_t capacity;
} qa_load_buffer_t;
qa_status_t qa_load_buffer_put(qa_load_buffer_t *buffer, const char *data, size_t bytes, qa_error_t *error);
void qa_load_buffer_release(qa_load_buffer_t *buffer);

/* Memory released all at once; blocks are zeroed and aligned to 16. */
typedef struct qa_load_arena {
    const qa_allocator_t *allocator; /* borrowed */
    struct arena_block *block;
} qa_load_arena_t;
void qa_load_arena_make(qa_load_arena_t *arena, const qa_allocator_t *allocator);
void qa_load_arena_release(qa_load_arena_t *arena);
void *qa_load_arena_take(qa_load_arena_t *arena, size_t bytes);
char *qa_load_arena_copy(qa_load_arena_t *arena, const char *text, size_t bytes); /* terminated */

/* For tables in memory; never stored. */
static inline uint64_t qa_load_hash(const void *data, size_t bytes, uint64_t seed)
{
    const unsigned char *at = data;
    uint64_t hash = seed ^ (0x9E3779B97F4A7C15u + bytes);
    for (; bytes >= 8; bytes -= 8, at += 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        hash = (hash ^ word) * 0xD6E8FEB86659FD93u;
        hash ^= hash >> 32;
    }
    uint64_t last = 0;
    for (size_t i = 0; i < bytes; i++)
        last |= (uint64_t)at[i] << (8 * i);
    hash = (hash ^ last) * 0xD6E8FEB86659FD93u;
    hash ^= hash >> 32;
    hash *= 0xD6E8FEB86659FD93u;
    return hash ^ hash >> 29;
}

/* ASCII without case; other bytes as they are. */
bool qa_load_text_is(const char *a, size_t a_bytes, const char *b, size_t b_bytes);
/* Without outer blanks: space, tab, CR, LF, no-break and other spaces of U+2000 to U+200A, U+202F. */
qa_load_text_t qa_load_trim(const char *text, size_t bytes);
/* Bytes of the blank that `text` begins with, 0 if none. */
size_t qa_load_blank_bytes(const char *text, size_t bytes);

#endif
