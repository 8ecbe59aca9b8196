/* A table from text to a number. Never more than half full. */
#include "load/names.h"

uint32_t qa_load_names_find(const qa_load_names_t *names, const char *text, size_t bytes, uint64_t hash)
{
    if (names->slot_count == 0) return QA_LOAD_NAME_NONE;
    const uint32_t mask = names->slot_count - 1;
    for (uint32_t slot = (uint32_t)hash & mask; names->slots[slot] != 0; slot = (slot + 1) & mask) {
        const qa_load_name_t *item = &names->items[names->slots[slot] - 1];
        if (item->hash == hash && item->bytes == bytes && memcmp(item->text, text, bytes) == 0)
            return item->value;
    }
    return QA_LOAD_NAME_NONE;
}

static void place(qa_load_names_t *names, uint32_t index)
{
    const uint32_t mask = names->slot_count - 1;
    uint32_t slot = (uint32_t)names->items[index].hash & mask;
    while (names->slots[slot] != 0)
        slot = (slot + 1) & mask;
    names->slots[slot] = index + 1;
}

static qa_status_t grow(qa_load_names_t *names, qa_error_t *error)
{
    const qa_allocator_t *allocator = names->allocator;
    const uint32_t wanted = names->slot_count == 0 ? 64 : names->slot_count * 2;
    if (wanted == 0) return qa_load_fail(error, QA_LIMIT, "too many names in one load; split the files");
    uint32_t *slots = allocator->resize(allocator->context, NULL, 0, (size_t)wanted * sizeof(*slots));
    if (slots == NULL) return qa_load_fail_memory(error);
    memset(slots, 0, (size_t)wanted * sizeof(*slots));
    qa_load_release(allocator, names->slots, names->slot_count, sizeof(*slots));
    names->slots = slots;
    names->slot_count = wanted;
    for (uint32_t i = 0; i < names->count; i++)
        place(names, i);
    return QA_OK;
}

qa_status_t qa_load_names_add(qa_load_names_t *names, const char *text, uint32_t bytes, uint64_t hash,
                              uint32_t value, qa_error_t *error)
{
    qa_status_t status = QA_OK;
    if (((uint64_t)names->count + 1) * 2 > names->slot_count) status = grow(names, error);
    if (status != QA_OK) return status;
    void *items = names->items;
    status = qa_load_reserve(names->allocator, &items, &names->capacity, names->count + 1u,
                             sizeof(*names->items), error);
    names->items = items;
    if (status != QA_OK) return status;
    names->items[names->count] = (qa_load_name_t){ hash, text, bytes, value };
    place(names, names->count++);
    return QA_OK;
}

void qa_load_names_release(qa_load_names_t *names)
{
    qa_load_release(names->allocator, names->items, names->capacity, sizeof(*names->items));
    qa_load_release(names->allocator, names->slots, names->slot_count, sizeof(*names->slots));
    *names = (qa_load_names_t){ .allocator = names->allocator };
}
