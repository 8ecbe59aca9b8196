/* A keyed 128-bit hash (SipHash-1-3 with 128-bit output) and sums of it modulo 2^128: the data hash of a
 * replica is the sum over its atoms and metadata facts, so it follows a change without a scan and does not
 * know any order. */
#ifndef QA_BASE_HASH_H
#define QA_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct qa_hash_key {
    uint64_t low;
    uint64_t high;
} qa_hash_key_t;

typedef struct qa_hash128 {
    uint64_t low;
    uint64_t high;
} qa_hash128_t;

qa_hash128_t qa_hash128(const qa_hash_key_t *key, const void *data, size_t bytes);
void qa_hash128_add(qa_hash128_t *sum, qa_hash128_t term);
void qa_hash128_subtract(qa_hash128_t *sum, qa_hash128_t term);
bool qa_hash128_equal(qa_hash128_t a, qa_hash128_t b);

/* A fast 64-bit hash for tables in memory; never stored. */
uint64_t qa_hash64(const void *data, size_t bytes);

#endif
