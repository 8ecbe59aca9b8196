/* UTF-8: the check that every text from outside passes, and the length as Excel and ODBC count it.
 * Only the well-formed byte sequences of Unicode table 3-7 pass; it must never read beyond the given length.
 */
#include "base/utf8.h"

#include <assert.h>

#include "qa/text.h"

/* Eight bytes at once while all are ASCII. */
static size_t skip_ascii(const uint8_t *text, size_t at, size_t bytes)
{
    while (bytes - at >= 8) {
        uint64_t eight;
        memcpy(&eight, text + at, 8);
        if ((eight & 0x8080808080808080u) != 0) break;
        at += 8;
    }
    while (at < bytes && text[at] < 0x80)
        at++;
    return at;
}

/* Bytes of the sequence that starts here, 0 if it is malformed. The second byte's range excludes overlong
 * forms, surrogates and what lies above U+10FFFF. */
static size_t sequence_bytes(const uint8_t *at, size_t left)
{
    const uint8_t lead = at[0];
    uint8_t low = 0x80, high = 0xBF;
    size_t bytes = 0;
    if (lead >= 0xC2 && lead <= 0xDF) {
        bytes = 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        bytes = 3;
        if (lead == 0xE0) low = 0xA0;
        if (lead == 0xED) high = 0x9F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        bytes = 4;
        if (lead == 0xF0) low = 0x90;
        if (lead == 0xF4) high = 0x8F;
    }
    if (bytes == 0 || bytes > left || at[1] < low || at[1] > high) return 0;
    for (size_t i = 2; i < bytes; i++) {
        if ((at[i] & 0xC0) != 0x80) return 0;
    }
    return bytes;
}

bool qa_utf8_is_valid(const char *text, size_t bytes)
{
    const uint8_t *const source = (const uint8_t *)text;
    size_t at = 0;
    for (;;) {
        at = skip_ascii(source, at, bytes);
        if (at == bytes) return true;
        const size_t step = sequence_bytes(source + at, bytes - at);
        if (step == 0) return false;
        at += step;
    }
}

size_t qa_utf16_units(const char *text, size_t bytes)
{
    size_t units = 0;
    for (size_t i = 0; i < bytes; i++) {
        const uint8_t byte = (uint8_t)text[i];
        if ((byte & 0xC0) != 0x80) units++;
        if (byte >= 0xF0) units++;
    }
    return units;
}
