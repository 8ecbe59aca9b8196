/* SipHash-1-3 with 128-bit output, after the published algorithm, and a multiply-mix hash for tables. */
#include "base/hash.h"

#include <string.h>

#include "base/bytes.h"

static inline uint64_t rotate(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

typedef struct sip {
    uint64_t v0, v1, v2, v3;
} sip_t;

static inline void sip_round(sip_t *s)
{
    s->v0 += s->v1;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v0 = rotate(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v2 = rotate(s->v2, 32);
}

static inline void sip_word(sip_t *s, uint64_t word)
{
    s->v3 ^= word;
    sip_round(s);
    s->v0 ^= word;
}

qa_hash128_t qa_hash128(const qa_hash_key_t *key, const void *data, size_t bytes)
{
    const uint8_t *at = data;
    sip_t s = { key->low ^ 0x736f6d6570736575u, key->high ^ 0x646f72616e646f6du ^ 0xeeu,
                key->low ^ 0x6c7967656e657261u, key->high ^ 0x7465646279746573u };
    size_t left = bytes;
    for (; left >= 8; left -= 8, at += 8)
        sip_word(&s, qa_get_u64(at));
    uint64_t last = (uint64_t)bytes << 56;
    for (size_t i = 0; i < left; i++)
        last |= (uint64_t)at[i] << (8 * i);
    sip_word(&s, last);
    qa_hash128_t hash;
    s.v2 ^= 0xeeu;
    for (int i = 0; i < 3; i++)
        sip_round(&s);
    hash.low = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
    s.v1 ^= 0xddu;
    for (int i = 0; i < 3; i++)
        sip_round(&s);
    hash.high = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
    return hash;
}

void qa_hash128_add(qa_hash128_t *sum, qa_hash128_t term)
{
    sum->low += term.low;
    sum->high += term.high + (sum->low < term.low ? 1u : 0u);
}

void qa_hash128_subtract(qa_hash128_t *sum, qa_hash128_t term)
{
    const uint64_t borrow = sum->low < term.low ? 1u : 0u;
    sum->low -= term.low;
    sum->high -= term.high + borrow;
}

bool qa_hash128_equal(qa_hash128_t a, qa_hash128_t b)
{
    return a.low == b.low && a.high == b.high;
}

uint64_t qa_hash64(const void *data, size_t bytes)
{
    const uint8_t *at = data;
    uint64_t hash = 0x9E3779B97F4A7C15u ^ bytes;
    for (; bytes >= 8; bytes -= 8, at += 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        hash = (rotate(hash, 23) ^ word) * 0xD6E8FEB86659FD93u;
    }
    uint64_t last = 0;
    memcpy(&last, at, bytes);
    hash = (rotate(hash, 23) ^ last) * 0xD6E8FEB86659FD93u;
    hash ^= hash >> 32;
    hash *= 0xD6E8FEB86659FD93u;
    return hash ^ hash >> 29;
}
