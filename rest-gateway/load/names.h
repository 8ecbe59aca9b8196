/* A table from text to a number: open addressing, texts kept by the caller.
 *
 *     uint32_t value = qa_load_names_find(&names, text, bytes, hash);   // QA_LOAD_NAME_NONE: not there
 *     qa_load_names_add(&names, text, bytes, hash, 7, &error);          // text is borrowed */
#ifndef QA_LOAD_NAMES_H
#define QA_LOAD_NAMES_H

#include "load/common.h"

#define QA_LOAD_NAME_NONE UINT32_MAX

typedef struct qa_load_name {
    uint64_t hash;
    const char *text; /* borrowed */
    uint32_t bytes;
    uint32_t value;
} qa_load_name_t;

typedef struct qa_load_names {
    const qa_allocator_t *allocator; /* borrowed */
    qa_load_name_t *items;
    uint32_t count;
    uint32_t capacity;
    uint32_t *slots;     /* index + 1; 0 is free */
    uint32_t slot_count; /* a power of two */
} qa_load_names_t;

uint32_t qa_load_names_find(const qa_load_names_t *names, const char *text, size_t bytes, uint64_t hash);
qa_status_t qa_load_names_add(qa_load_names_t *names, const char *text, uint32_t bytes, uint64_t hash,
                              uint32_t value, qa_error_t *error);
void qa_load_names_release(qa_load_names_t *names);

#endif
