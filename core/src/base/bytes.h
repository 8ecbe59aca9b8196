/* Bytes in files and records: little-endian integers, variable-length integers, length-prefixed text.
 *
 * A variable-length integer has 7 bits a byte, low bits first, the top bit says "more"; at most 10 bytes, the
 * shortest form only. Signed ones are zig-zag coded: 0, -1, 1, -2 … become 0, 1, 2, 3 …
 * Writers append to a qa_buffer_t. A reader never reads beyond its end: after the first fault every further
 * read yields 0 and `is_bad` stays set, so that a decoder checks once at the end of a group. */
#ifndef QA_BASE_BYTES_H
#define QA_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"

void qa_put_u16(uint8_t *at, uint16_t value);
void qa_put_u32(uint8_t *at, uint32_t value);
void qa_put_u64(uint8_t *at, uint64_t value);
uint16_t qa_get_u16(const uint8_t *at);
uint32_t qa_get_u32(const uint8_t *at);
uint64_t qa_get_u64(const uint8_t *at);

qa_status_t qa_write_u8(qa_buffer_t *buffer, uint8_t value);
qa_status_t qa_write_u32(qa_buffer_t *buffer, uint32_t value);
qa_status_t qa_write_u64(qa_buffer_t *buffer, uint64_t value);
qa_status_t qa_write_varint(qa_buffer_t *buffer, uint64_t value);
qa_status_t qa_write_signed(qa_buffer_t *buffer, int64_t value);
qa_status_t qa_write_text(qa_buffer_t *buffer, const char *text, size_t bytes); /* varint length, bytes */

typedef struct qa_reader {
    const uint8_t *at; /* borrowed from whoever holds the bytes */
    const uint8_t *end;
    bool is_bad;
} qa_reader_t;

qa_reader_t qa_reader_make(const void *data, size_t bytes);
size_t qa_reader_left(const qa_reader_t *reader);
uint8_t qa_read_u8(qa_reader_t *reader);
uint32_t qa_read_u32(qa_reader_t *reader);
uint64_t qa_read_u64(qa_reader_t *reader);
uint64_t qa_read_varint(qa_reader_t *reader);
int64_t qa_read_signed(qa_reader_t *reader);
/* A varint that must not exceed `value_max`, else the reader turns bad. */
uint32_t qa_read_bounded(qa_reader_t *reader, uint32_t value_max);
const uint8_t *qa_read_bytes(qa_reader_t *reader, size_t bytes); /* borrowed; NULL when bad */
const char *qa_read_text(qa_reader_t *reader,
                         uint32_t *bytes_out); /* borrowed, not terminated; "" when bad */

#endif
