/* An allocator for tests: fails its n-th request, knows what is still out, and checks the sizes given back.
 */
#ifndef QA_TEST_ALLOCATOR_H
#define QA_TEST_ALLOCATOR_H

#include <stdint.h>

#include "qa/allocator.h"

typedef struct test_allocator {
    qa_allocator_t allocator;
    uint64_t request_count;
    uint64_t fail_at; /* the number of the request to refuse, counted from 1; 0: none */
    uint64_t bytes;   /* handed out and not yet given back */
} test_allocator_t;

/* The context points into `allocator`, which must stay where it is. */
void test_allocator_make(test_allocator_t *allocator);

#endif
