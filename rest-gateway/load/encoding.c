/* Text of other encodings as UTF-8. What it must never do: read beyond `count`, or write half a character. */
#include "load/encoding.h"

/* cp1252 from 0x80 to 0x9F; 0xFFFD where it defines nothing. */
static const uint16_t cp1252[32] = { 0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                     0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD,
                                     0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                     0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178 };

size_t qa_load_encoding_mark(const uint8_t *bytes, size_t count, qa_load_encoding_t *encoding)
{
    const bool is_utf8 = count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF;
    const bool is_little = count >= 2 && bytes[0] == 0xFF && bytes[1] == 0xFE;
    const bool is_big = count >= 2 && bytes[0] == 0xFE && bytes[1] == 0xFF;
    if (*encoding == QA_LOAD_ENCODING_AUTO) {
        *encoding = is_little ? QA_LOAD_ENCODING_UTF16LE
                    : is_big  ? QA_LOAD_ENCODING_UTF16BE
                              : QA_LOAD_ENCODING_UTF8;
    }
    if (*encoding == QA_LOAD_ENCODING_UTF8 && is_utf8) return 3;
    if (*encoding == QA_LOAD_ENCODING_UTF16LE && is_little) return 2;
    if (*encoding == QA_LOAD_ENCODING_UTF16BE && is_big) return 2;
    return 0;
}

static size_t put(char *text, uint32_t point)
{
    unsigned char *at = (unsigned char *)text;
    if (point < 0x80) {
        at[0] = (unsigned char)point;
        return 1;
    }
    if (point < 0x800) {
        at[0] = (unsigned char)(0xC0 | point >> 6);
        at[1] = (unsigned char)(0x80 | (point & 0x3F));
        return 2;
    }
    if (point < 0x10000) {
        at[0] = (unsigned char)(0xE0 | point >> 12);
        at[1] = (unsigned char)(0x80 | (point >> 6 & 0x3F));
        at[2] = (unsigned char)(0x80 | (point & 0x3F));
        return 3;
    }
    at[0] = (unsigned char)(0xF0 | point >> 18);
    at[1] = (unsigned char)(0x80 | (point >> 12 & 0x3F));
    at[2] = (unsigned char)(0x80 | (point >> 6 & 0x3F));
    at[3] = (unsigned char)(0x80 | (point & 0x3F));
    return 4;
}

static size_t turn_utf16(bool is_big, const uint8_t *bytes, size_t count, bool is_last, char *text,
                         size_t capacity, size_t *used_out)
{
    const size_t high = is_big ? 0 : 1;
    size_t at = 0;
    size_t length = 0;
    while (capacity - length >= 4 && count - at >= 2) {
        uint32_t point = (uint32_t)bytes[at + high] << 8 | bytes[at + 1 - high];
        size_t step = 2;
        if (point >= 0xD800 && point < 0xDC00) {
            if (count - at < 4 && !is_last) break;
            uint32_t second = 0;
            if (count - at >= 4) second = (uint32_t)bytes[at + 2 + high] << 8 | bytes[at + 3 - high];
            if (second >= 0xDC00 && second < 0xE000) {
                point = 0x10000 + ((point - 0xD800) << 10) + (second - 0xDC00);
                step = 4;
            } else {
                point = 0xFFFD;
            }
        } else if (point >= 0xDC00 && point < 0xE000) {
            point = 0xFFFD;
        }
        length += put(text + length, point);
        at += step;
    }
    if (is_last && count - at == 1 && capacity - length >= 4) {
        length += put(text + length, 0xFFFD);
        at++;
    }
    *used_out = at;
    return length;
}

size_t qa_load_encoding_turn(qa_load_encoding_t encoding, const uint8_t *bytes, size_t count, bool is_last,
                             char *text, size_t capacity, size_t *used_out)
{
    if (encoding == QA_LOAD_ENCODING_UTF16LE || encoding == QA_LOAD_ENCODING_UTF16BE) {
        return turn_utf16(encoding == QA_LOAD_ENCODING_UTF16BE, bytes, count, is_last, text, capacity,
                          used_out);
    }
    if (encoding == QA_LOAD_ENCODING_UTF8) {
        const size_t length = count < capacity ? count : capacity;
        if (length > 0) memcpy(text, bytes, length);
        *used_out = length;
        return length;
    }
    size_t at = 0;
    size_t length = 0;
    for (; at < count && capacity - length >= 4; at++) {
        uint32_t point = bytes[at];
        if (encoding == QA_LOAD_ENCODING_CP1252 && point >= 0x80 && point < 0xA0)
            point = cp1252[point - 0x80];
        length += put(text + length, point);
    }
    *used_out = at;
    return length;
}
