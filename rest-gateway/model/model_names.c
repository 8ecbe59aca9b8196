/* Arena and name table of the model room. Open addressing with linear probing; entries are never removed. */
#include "model/model_names.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qa/text.h"

struct qa_model_chunk {
    struct qa_model_chunk *older;
    size_t used;
    size_t bytes;
    max_align_t data[];
};

struct qa_names_entry {
    const char *key; /* NULL: free */
    uint32_t key_bytes;
    uint32_t value;
    uint64_t hash;
};

enum { CHUNK_BYTES = 64 * 1024 };

void *qa_model_take(qa_model_arena_t *arena, size_t bytes)
{
    const size_t align = sizeof(max_align_t);
    if (bytes > SIZE_MAX / 2) return NULL;
    bytes = (bytes + align - 1) / align * align;
    struct qa_model_chunk *chunk = arena->newest;
    if (chunk == NULL || chunk->bytes - chunk->used < bytes) {
        size_t room = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
        chunk = calloc(1, sizeof(*chunk) + room);
        if (chunk == NULL) return NULL;
        chunk->bytes = room;
        chunk->older = arena->newest;
        arena->newest = chunk;
    }
    void *taken = (unsigned char *)chunk->data + chunk->used;
    chunk->used += bytes;
    return taken;
}

const char *qa_model_text(qa_model_arena_t *arena, const char *text, size_t bytes)
{
    char *copy = qa_model_take(arena, bytes + 1);
    if (copy != NULL) memcpy(copy, text, bytes);
    return copy;
}

void qa_model_release(qa_model_arena_t *arena)
{
    while (arena->newest != NULL) {
        struct qa_model_chunk *older = arena->newest->older;
        free(arena->newest);
        arena->newest = older;
    }
}

static uint64_t hash_of(const char *key, size_t bytes)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < bytes; i++) {
        hash = (hash ^ (uint8_t)key[i]) * 0x100000001b3u;
    }
    return hash ^ (hash >> 29);
}

/* The entry of the key, or the free one where it belongs. */
static struct qa_names_entry *find_entry(const qa_names_t *names, const char *key, size_t bytes,
                                         uint64_t hash)
{
    for (uint64_t i = hash;; i++) {
        struct qa_names_entry *entry = &names->entries[i & (names->capacity - 1)];
        if (entry->key == NULL) return entry;
        if (entry->hash == hash && entry->key_bytes == bytes && memcmp(entry->key, key, bytes) == 0)
            return entry;
    }
}

static qa_status_t grow(qa_names_t *names)
{
    uint32_t capacity = names->capacity == 0 ? 16 : names->capacity * 2;
    struct qa_names_entry *entries = calloc(capacity, sizeof(*entries));
    if (entries == NULL) return QA_NO_MEMORY;
    qa_names_t larger = { .entries = entries, .capacity = capacity, .count = names->count };
    for (uint32_t i = 0; i < names->capacity; i++) {
        const struct qa_names_entry *old = &names->entries[i];
        if (old->key != NULL) *find_entry(&larger, old->key, old->key_bytes, old->hash) = *old;
    }
    free(names->entries);
    *names = larger;
    return QA_OK;
}

qa_status_t qa_names_add(qa_names_t *names, qa_model_arena_t *arena, const char *name, uint32_t *value_inout)
{
    char key[QA_NAME_KEY_BYTES];
    size_t key_bytes = 0;
    qa_status_t status = qa_name_key(name, strlen(name), key, &key_bytes);
    if (status == QA_OK && names->count * 4 >= names->capacity * 3) status = grow(names);
    if (status != QA_OK) return status;
    uint64_t hash = hash_of(key, key_bytes);
    struct qa_names_entry *entry = find_entry(names, key, key_bytes, hash);
    if (entry->key != NULL) {
        *value_inout = entry->value;
        return QA_EXISTS;
    }
    const char *kept = qa_model_text(arena, key, key_bytes);
    if (kept == NULL) return QA_NO_MEMORY;
    *entry = (struct qa_names_entry){
        .key = kept, .key_bytes = (uint32_t)key_bytes, .value = *value_inout, .hash = hash
    };
    names->count++;
    return QA_OK;
}

uint32_t qa_names_find(const qa_names_t *names, const char *name)
{
    char key[QA_NAME_KEY_BYTES];
    size_t key_bytes = 0;
    if (names->capacity == 0 || qa_name_key(name, strlen(name), key, &key_bytes) != QA_OK)
        return QA_NAMES_NONE;
    const struct qa_names_entry *entry = find_entry(names, key, key_bytes, hash_of(key, key_bytes));
    return entry->key == NULL ? QA_NAMES_NONE : entry->value;
}

int qa_names_equal(const char *a, const char *b)
{
    char a_key[QA_NAME_KEY_BYTES];
    char b_key[QA_NAME_KEY_BYTES];
    size_t a_bytes = 0;
    size_t b_bytes = 0;
    return qa_name_key(a, strlen(a), a_key, &a_bytes) == QA_OK &&
           qa_name_key(b, strlen(b), b_key, &b_bytes) == QA_OK && a_bytes == b_bytes &&
           memcmp(a_key, b_key, a_bytes) == 0;
}

void qa_names_close(qa_names_t *names)
{
    free(names->entries);
    *names = (qa_names_t){ 0 };
}

qa_status_t qa_model_fail(qa_error_t *error, qa_status_t status, const char *format, ...)
{
    va_list arguments;
    error->status = status;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof(error->message), format, arguments);
    va_end(arguments);
    return status;
}
