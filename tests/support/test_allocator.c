/* Each block carries its size in front; a size that does not fit aborts the test. */
#include "test_allocator.h"

#include <stdlib.h>
#include <string.h>

enum { HEADER_BYTES = 16 };

static size_t size_of(const void *block)
{
    size_t bytes;
    memcpy(&bytes, (const char *)block - HEADER_BYTES, sizeof(bytes));
    return bytes;
}

static void *test_resize(void *context, void *block, size_t old_bytes, size_t new_bytes)
{
    test_allocator_t *allocator = context;
    if (block != NULL && size_of(block) != old_bytes) abort();
    if (++allocator->request_count == allocator->fail_at) return NULL;
    /* Always moved, so that a pointer kept too long is found. */
    char *fresh = malloc(HEADER_BYTES + new_bytes);
    if (fresh == NULL) return NULL;
    memcpy(fresh, &new_bytes, sizeof(new_bytes));
    memset(fresh + HEADER_BYTES, 0xA5, new_bytes);
    if (block != NULL) {
        memcpy(fresh + HEADER_BYTES, block, old_bytes < new_bytes ? old_bytes : new_bytes);
        free((char *)block - HEADER_BYTES);
    }
    allocator->bytes += new_bytes;
    allocator->bytes -= old_bytes;
    return fresh + HEADER_BYTES;
}

static void test_release(void *context, void *block, size_t bytes)
{
    test_allocator_t *allocator = context;
    if (block == NULL) return;
    if (size_of(block) != bytes) abort();
    allocator->bytes -= bytes;
    free((char *)block - HEADER_BYTES);
}

void test_allocator_make(test_allocator_t *allocator)
{
    *allocator = (test_allocator_t){ .allocator = { test_resize, test_release, allocator } };
}
