/* What every part of loading uses: words, memory, blanks. Never prints and never aborts on input. */
#include "load/common.h"

#include <stdarg.h>
#include <stdio.h>

#include "qa/text.h"

typedef struct arena_block {
    struct arena_block *next;
    size_t bytes; /* of the whole block, this head included */
    size_t used;
    size_t padding;
} arena_block_t;

enum { ARENA_BLOCK_BYTES = 32768 };

static void clean_words(char *text)
{
    size_t bytes = strlen(text);
    /* vsnprintf may have cut the last character in half. */
    size_t start = bytes;
    while (start > 0 && bytes - start < 3 && ((unsigned char)text[start - 1] & 0xC0u) == 0x80u)
        start--;
    if (start > 0 && !qa_utf8_is_valid(text + start - 1, bytes - (start - 1))) text[start - 1] = '\0';
    bytes = strlen(text);
    const bool is_valid = qa_utf8_is_valid(text, bytes);
    for (size_t i = 0; i < bytes; i++) {
        const unsigned char byte = (unsigned char)text[i];
        if (byte < 0x20u || byte == 0x7Fu || (!is_valid && byte >= 0x80u)) text[i] = '?';
    }
}

qa_status_t qa_load_fail(qa_error_t *error, qa_status_t status, const char *format, ...)
{
    if (error == NULL) return status;
    error->status = status;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof(error->message), format, arguments);
    va_end(arguments);
    clean_words(error->message);
    return status;
}

qa_status_t qa_load_fail_memory(qa_error_t *error)
{
    return qa_load_fail(error, QA_NO_MEMORY,
                        "out of memory while loading; nothing was written; load fewer files at once");
}

qa_status_t qa_load_reserve(const qa_allocator_t *allocator, void **array, uint32_t *capacity,
                            uint64_t wanted, size_t item_bytes, qa_error_t *error)
{
    if (wanted <= *capacity) return QA_OK;
    uint64_t grown = (uint64_t)*capacity + *capacity / 2 + 16;
    if (grown < wanted) grown = wanted;
    if (grown > UINT32_MAX) {
        return qa_load_fail(error, QA_LIMIT, "a load holds at most 4294967295 items; split the files");
    }
    void *moved = allocator->resize(allocator->context, *array, (size_t)*capacity * item_bytes,
                                    (size_t)grown * item_bytes);
    if (moved == NULL) return qa_load_fail_memory(error);
    *array = moved;
    *capacity = (uint32_t)grown;
    return QA_OK;
}

void qa_load_release(const qa_allocator_t *allocator, void *array, uint64_t capacity, size_t item_bytes)
{
    if (array != NULL) allocator->release(allocator->context, array, (size_t)capacity * item_bytes);
}

qa_status_t qa_load_buffer_put(qa_load_buffer_t *buffer, const char *data, size_t bytes, qa_error_t *error)
{
    const uint64_t wanted = (uint64_t)buffer->bytes + bytes;
    void *array = buffer->data;
    const qa_status_t status =
        qa_load_reserve(buffer->allocator, &array, &buffer->capacity, wanted, 1, error);
    if (status != QA_OK) return status;
    buffer->data = array;
    if (bytes > 0) memcpy(buffer->data + buffer->bytes, data, bytes);
    buffer->bytes = (uint32_t)wanted;
    return QA_OK;
}

void qa_load_buffer_release(qa_load_buffer_t *buffer)
{
    qa_load_release(buffer->allocator, buffer->data, buffer->capacity, 1);
    *buffer = (qa_load_buffer_t){ .allocator = buffer->allocator };
}

void qa_load_arena_make(qa_load_arena_t *arena, const qa_allocator_t *allocator)
{
    *arena = (qa_load_arena_t){ .allocator = allocator };
}

void qa_load_arena_release(qa_load_arena_t *arena)
{
    while (arena->block != NULL) {
        arena_block_t *block = arena->block;
        arena->block = block->next;
        arena->allocator->release(arena->allocator->context, block, block->bytes);
    }
}

void *qa_load_arena_take(qa_load_arena_t *arena, size_t bytes)
{
    bytes = (bytes + 15u) & ~(size_t)15u;
    if (bytes == 0) bytes = 16;
    arena_block_t *block = arena->block;
    if (block == NULL || block->bytes - block->used < bytes) {
        size_t block_bytes = sizeof(arena_block_t) + bytes;
        if (block_bytes < ARENA_BLOCK_BYTES) block_bytes = ARENA_BLOCK_BYTES;
        block = arena->allocator->resize(arena->allocator->context, NULL, 0, block_bytes);
        if (block == NULL) return NULL;
        *block = (arena_block_t){ .next = arena->block, .bytes = block_bytes, .used = sizeof(arena_block_t) };
        arena->block = block;
    }
    void *taken = (char *)block + block->used;
    block->used += bytes;
    memset(taken, 0, bytes);
    return taken;
}

char *qa_load_arena_copy(qa_load_arena_t *arena, const char *text, size_t bytes)
{
    char *copy = qa_load_arena_take(arena, bytes + 1);
    if (copy != NULL && bytes > 0) memcpy(copy, text, bytes);
    return copy;
}

static char lower(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter + ('a' - 'A')) : letter;
}

bool qa_load_text_is(const char *a, size_t a_bytes, const char *b, size_t b_bytes)
{
    if (a_bytes != b_bytes) return false;
    for (size_t i = 0; i < a_bytes; i++) {
        if (lower(a[i]) != lower(b[i])) return false;
    }
    return true;
}

size_t qa_load_blank_bytes(const char *text, size_t bytes)
{
    const unsigned char *at = (const unsigned char *)text;
    if (bytes == 0) return 0;
    if (at[0] == ' ' || (at[0] >= '\t' && at[0] <= '\r')) return 1;
    if (bytes >= 2 && at[0] == 0xC2 && at[1] == 0xA0) return 2;
    if (bytes >= 3 && at[0] == 0xE2 && at[1] == 0x80 && ((at[2] >= 0x80 && at[2] <= 0x8A) || at[2] == 0xAF)) {
        return 3;
    }
    return 0;
}

qa_load_text_t qa_load_trim(const char *text, size_t bytes)
{
    for (size_t blank; (blank = qa_load_blank_bytes(text, bytes)) > 0;) {
        text += blank;
        bytes -= blank;
    }
    for (;;) {
        size_t cut = 0;
        for (size_t width = 1; width <= 3 && width <= bytes; width++) {
            if (qa_load_blank_bytes(text + bytes - width, width) == width) cut = width;
        }
        if (cut == 0) break;
        bytes -= cut;
    }
    return (qa_load_text_t){ text, (uint32_t)bytes };
}
