/* Slots of live handles, in chunks that double. Chunk k holds 64 << k slots; a handle is looked up by the
 * range of addresses of each chunk, so that no foreign address is ever read. Freed slots are used again, the
 * oldest first. Only taking and giving back lock; they happen once per handle. It must never give a chunk
 * back before the library is unloaded. */
#include "edge/registry.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"

enum { CHUNKS_MAX = 24, CHUNK_SLOTS_FIRST = 64 };

struct qa_edge_slot {
    _Atomic(void *) object; /* NULL: free */
    _Atomic int kind;
    qa_edge_slot_t *next_free;
};

static struct registry {
    pthread_mutex_t mutex;
    _Atomic(qa_edge_slot_t *) chunks[CHUNKS_MAX];
    _Atomic uint32_t chunk_count;
    qa_edge_slot_t *free_first;
    qa_edge_slot_t *free_last;
} registry = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static size_t chunk_slots(uint32_t chunk)
{
    return (size_t)CHUNK_SLOTS_FIRST << chunk;
}

static void put_free(qa_edge_slot_t *slot)
{
    slot->next_free = NULL;
    if (registry.free_last != NULL)
        registry.free_last->next_free = slot;
    else
        registry.free_first = slot;
    registry.free_last = slot;
}

static bool grow(void)
{
    const uint32_t chunk = atomic_load(&registry.chunk_count);
    if (chunk == CHUNKS_MAX) return false;
    qa_edge_slot_t *const slots =
        qa_memory_take(&qa_allocator_default, chunk_slots(chunk) * sizeof(qa_edge_slot_t));
    if (slots == NULL) return false;
    for (size_t index = 0; index < chunk_slots(chunk); index++)
        put_free(&slots[index]);
    atomic_store(&registry.chunks[chunk], slots);
    atomic_store(&registry.chunk_count, chunk + 1);
    return true;
}

qa_edge_slot_t *qa_edge_register(SQLSMALLINT kind, void *object)
{
    qa_edge_slot_t *slot = NULL;
    pthread_mutex_lock(&registry.mutex);
    if (registry.free_first != NULL || grow()) {
        slot = registry.free_first;
        registry.free_first = slot->next_free;
        if (registry.free_first == NULL) registry.free_last = NULL;
        atomic_store(&slot->kind, kind);
        atomic_store(&slot->object, object);
    }
    pthread_mutex_unlock(&registry.mutex);
    return slot;
}

void qa_edge_unregister(qa_edge_slot_t *slot)
{
    if (slot == NULL) return;
    pthread_mutex_lock(&registry.mutex);
    atomic_store(&slot->object, NULL);
    atomic_store(&slot->kind, 0);
    put_free(slot);
    pthread_mutex_unlock(&registry.mutex);
}

void *qa_edge_find(SQLHANDLE handle, SQLSMALLINT kind)
{
    const uintptr_t address = (uintptr_t)handle;
    const uint32_t chunk_count = atomic_load(&registry.chunk_count);
    for (uint32_t chunk = 0; chunk < chunk_count; chunk++) {
        qa_edge_slot_t *const slots = atomic_load(&registry.chunks[chunk]);
        const uintptr_t begin = (uintptr_t)slots;
        if (address < begin || address - begin >= chunk_slots(chunk) * sizeof(qa_edge_slot_t)) continue;
        if ((address - begin) % sizeof(qa_edge_slot_t) != 0) return NULL;
        qa_edge_slot_t *const slot = &slots[(address - begin) / sizeof(qa_edge_slot_t)];
        return atomic_load(&slot->kind) == kind ? atomic_load(&slot->object) : NULL;
    }
    return NULL;
}

/* When the library is unloaded nobody holds handles of it any more. */
__attribute__((destructor)) static void release_chunks(void)
{
    const uint32_t chunk_count = atomic_exchange(&registry.chunk_count, 0);
    for (uint32_t chunk = 0; chunk < chunk_count; chunk++)
        qa_memory_give(&qa_allocator_default, atomic_load(&registry.chunks[chunk]),
                       chunk_slots(chunk) * sizeof(qa_edge_slot_t));
    registry.free_first = NULL;
    registry.free_last = NULL;
}
