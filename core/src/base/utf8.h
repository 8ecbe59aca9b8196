/* One code point from and to UTF-8. Reading is for text that qa_utf8_is_valid has passed. */
#ifndef QA_BASE_UTF8_H
#define QA_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The code point at *at, which moves behind it. */
static inline uint32_t qa_utf8_next(const char *text, size_t *at)
{
    const uint8_t *const source = (const uint8_t *)text + *at;
    if (source[0] < 0x80) {
        *at += 1;
        return source[0];
    }
    if (source[0] < 0xE0) {
        *at += 2;
        return (source[0] & 0x1Fu) << 6 | (source[1] & 0x3Fu);
    }
    if (source[0] < 0xF0) {
        *at += 3;
        return (source[0] & 0x0Fu) << 12 | (source[1] & 0x3Fu) << 6 | (source[2] & 0x3Fu);
    }
    *at += 4;
    return (source[0] & 0x07u) << 18 | (source[1] & 0x3Fu) << 12 | (source[2] & 0x3Fu) << 6 |
           (source[3] & 0x3Fu);
}

/* Writes the 1 to 4 bytes of a code point that is no surrogate; returns how many. */
static inline size_t qa_utf8_write(char *target, uint32_t code_point)
{
    if (code_point < 0x80) {
        target[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        target[0] = (char)(0xC0 | code_point >> 6);
        target[1] = (char)(0x80 | (code_point & 0x3F));
        return 2;
    }
    if (code_point < 0x10000) {
        target[0] = (char)(0xE0 | code_point >> 12);
        target[1] = (char)(0x80 | (code_point >> 6 & 0x3F));
        target[2] = (char)(0x80 | (code_point & 0x3F));
        return 3;
    }
    target[0] = (char)(0xF0 | code_point >> 18);
    target[1] = (char)(0x80 | (code_point >> 12 & 0x3F));
    target[2] = (char)(0x80 | (code_point >> 6 & 0x3F));
    target[3] = (char)(0x80 | (code_point & 0x3F));
    return 4;
}

#endif
