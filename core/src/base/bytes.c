/* Encoding of integers and texts; see bytes.h for the forms. */
#include "base/bytes.h"

#include <string.h>

void qa_put_u16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

void qa_put_u32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

void qa_put_u64(uint8_t *at, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

uint16_t qa_get_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] | (at[1] << 8));
}

uint32_t qa_get_u32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

uint64_t qa_get_u64(const uint8_t *at)
{
    return (uint64_t)qa_get_u32(at) | (uint64_t)qa_get_u32(at + 4) << 32;
}

qa_status_t qa_write_u8(qa_buffer_t *buffer, uint8_t value)
{
    return qa_buffer_put(buffer, &value, 1);
}

qa_status_t qa_write_u32(qa_buffer_t *buffer, uint32_t value)
{
    uint8_t bytes[4];
    qa_put_u32(bytes, value);
    return qa_buffer_put(buffer, bytes, sizeof(bytes));
}

qa_status_t qa_write_u64(qa_buffer_t *buffer, uint64_t value)
{
    uint8_t bytes[8];
    qa_put_u64(bytes, value);
    return qa_buffer_put(buffer, bytes, sizeof(bytes));
}

qa_status_t qa_write_varint(qa_buffer_t *buffer, uint64_t value)
{
    uint8_t bytes[10];
    size_t count = 0;
    while (value >= 0x80u) {
        bytes[count++] = (uint8_t)(value | 0x80u);
        value >>= 7;
    }
    bytes[count++] = (uint8_t)value;
    return qa_buffer_put(buffer, bytes, count);
}

qa_status_t qa_write_signed(qa_buffer_t *buffer, int64_t value)
{
    return qa_write_varint(buffer, (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0));
}

qa_status_t qa_write_text(qa_buffer_t *buffer, const char *text, size_t bytes)
{
    const qa_status_t status = qa_write_varint(buffer, bytes);
    return status != QA_OK ? status : qa_buffer_put(buffer, text, bytes);
}

qa_reader_t qa_reader_make(const void *data, size_t bytes)
{
    const uint8_t *at = data;
    return (qa_reader_t){ .at = at, .end = bytes == 0 ? at : at + bytes };
}

size_t qa_reader_left(const qa_reader_t *reader)
{
    return (size_t)(reader->end - reader->at);
}

const uint8_t *qa_read_bytes(qa_reader_t *reader, size_t bytes)
{
    if (reader->is_bad || qa_reader_left(reader) < bytes) {
        reader->is_bad = true;
        return NULL;
    }
    const uint8_t *at = reader->at;
    if (bytes > 0) reader->at += bytes;
    return at;
}

uint8_t qa_read_u8(qa_reader_t *reader)
{
    const uint8_t *at = qa_read_bytes(reader, 1);
    return at == NULL ? 0 : at[0];
}

uint32_t qa_read_u32(qa_reader_t *reader)
{
    const uint8_t *at = qa_read_bytes(reader, 4);
    return at == NULL ? 0 : qa_get_u32(at);
}

uint64_t qa_read_u64(qa_reader_t *reader)
{
    const uint8_t *at = qa_read_bytes(reader, 8);
    return at == NULL ? 0 : qa_get_u64(at);
}

uint64_t qa_read_varint(qa_reader_t *reader)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const uint8_t byte = qa_read_u8(reader);
        if (reader->is_bad) return 0;
        if (shift == 63 && byte > 1) break;
        value |= (uint64_t)(byte & 0x7Fu) << shift;
        if ((byte & 0x80u) == 0) {
            if (byte == 0 && shift > 0) break; /* not the shortest form */
            return value;
        }
    }
    reader->is_bad = true;
    return 0;
}

int64_t qa_read_signed(qa_reader_t *reader)
{
    const uint64_t coded = qa_read_varint(reader);
    return (int64_t)(coded >> 1 ^ (coded & 1 ? UINT64_MAX : 0));
}

uint32_t qa_read_bounded(qa_reader_t *reader, uint32_t value_max)
{
    const uint64_t value = qa_read_varint(reader);
    if (value > value_max) {
        reader->is_bad = true;
        return 0;
    }
    return (uint32_t)value;
}

const char *qa_read_text(qa_reader_t *reader, uint32_t *bytes_out)
{
    const uint64_t bytes = qa_read_varint(reader);
    *bytes_out = 0;
    if (reader->is_bad || bytes > qa_reader_left(reader) || bytes > UINT32_MAX) {
        reader->is_bad = true;
        return "";
    }
    *bytes_out = (uint32_t)bytes;
    return (const char *)qa_read_bytes(reader, (size_t)bytes);
}
