/* A growing list of changes over an arena. */
#include "reducer/delta.h"

#include <string.h>

void qa_delta_make(qa_delta_t *delta, const qa_allocator_t *allocator, uint64_t offset)
{
    *delta = (qa_delta_t){ .allocator = allocator, .offset = offset };
    qa_arena_make(&delta->arena, allocator, SIZE_MAX / 2);
}

void qa_delta_release(qa_delta_t *delta)
{
    if (delta->allocator == NULL) return;
    qa_arena_release(&delta->arena);
    qa_memory_give(delta->allocator, delta->entries, delta->entry_capacity * sizeof(*delta->entries));
    *delta = (qa_delta_t){ 0 };
}

qa_delta_entry_t *qa_delta_add(qa_delta_t *delta, qa_delta_kind_t kind)
{
    if (qa_array_reserve(delta->allocator, (void **)&delta->entries, &delta->entry_capacity,
                         delta->entry_count + 1, sizeof(*delta->entries)) != QA_OK)
        return NULL;
    qa_delta_entry_t *entry = &delta->entries[delta->entry_count++];
    memset(entry, 0, sizeof(*entry));
    entry->kind = kind;
    return entry;
}

uint64_t qa_delta_bytes(const qa_delta_t *delta)
{
    return delta->arena.bytes + (uint64_t)delta->entry_capacity * sizeof(*delta->entries);
}
