/* UTF-16 and UTF-8. Runs of ASCII go eight at a time: nearly all codes of members are ASCII. Units are read
 * and written by memcpy, because nothing makes an application align what it binds row-wise. */
#include "parts/utf16.h"

#include <string.h>

#include "base/utf8.h"
#include "qa/text.h"

static uint32_t unit_at(const void *text, size_t index)
{
    uint16_t unit;
    memcpy(&unit, (const uint8_t *)text + index * 2, 2);
    return unit;
}

static void unit_put(void *target, size_t index, uint32_t unit)
{
    const uint16_t value = (uint16_t)unit;
    memcpy((uint8_t *)target + index * 2, &value, 2);
}

bool qa_odbc_utf16_length(const void *text, SQLLEN length, size_t *units_out)
{
    *units_out = 0;
    if (text == NULL) return length == SQL_NTS || length == 0;
    if (length == SQL_NTS) {
        size_t units = 0;
        while (unit_at(text, units) != 0)
            units++;
        *units_out = units;
        return true;
    }
    if (length < 0) return false;
    *units_out = (size_t)length;
    return true;
}

bool qa_odbc_utf16_to_utf8(const void *text, size_t units, char *utf8_out, size_t *bytes_out)
{
    size_t bytes = 0;
    for (size_t i = 0; i < units; i++) {
        const uint32_t unit = unit_at(text, i);
        if (unit < 0x80) {
            utf8_out[bytes++] = (char)unit;
            continue;
        }
        if (unit < 0xD800 || unit > 0xDFFF) {
            bytes += qa_utf8_write(utf8_out + bytes, unit);
            continue;
        }
        const uint32_t low = i + 1 < units ? unit_at(text, i + 1) : 0;
        if (unit > 0xDBFF || low < 0xDC00 || low > 0xDFFF) {
            utf8_out[0] = '\0';
            *bytes_out = 0;
            return false;
        }
        bytes += qa_utf8_write(utf8_out + bytes, 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
        i++;
    }
    utf8_out[bytes] = '\0';
    *bytes_out = bytes;
    return true;
}

size_t qa_odbc_utf8_length(const void *text, size_t units)
{
    size_t bytes = 0;
    for (size_t i = 0; i < units; i++) {
        const uint32_t unit = unit_at(text, i);
        if (unit >= 0xD800 && unit <= 0xDBFF && i + 1 < units && unit_at(text, i + 1) >= 0xDC00 &&
            unit_at(text, i + 1) <= 0xDFFF) {
            bytes += 4;
            i++;
        } else {
            bytes += unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
        }
    }
    return bytes;
}

size_t qa_odbc_utf16_write(const char *text, size_t bytes, size_t *at, void *target, size_t capacity)
{
    size_t source = *at, units = 0;
    while (source < bytes) {
        uint64_t eight;
        if (bytes - source >= 8 && capacity - units >= 8 &&
            (memcpy(&eight, text + source, 8), (eight & 0x8080808080808080u) == 0)) {
            uint16_t wide[8];
            for (int i = 0; i < 8; i++)
                wide[i] = (uint8_t)text[source + (size_t)i];
            memcpy((uint8_t *)target + units * 2, wide, sizeof(wide));
            source += 8;
            units += 8;
            continue;
        }
        if (units == capacity) break;
        if ((uint8_t)text[source] < 0x80) {
            unit_put(target, units++, (uint8_t)text[source++]);
            continue;
        }
        size_t behind = source;
        const uint32_t code_point = qa_utf8_next(text, &behind);
        if (code_point < 0x10000) {
            unit_put(target, units++, code_point);
        } else {
            if (capacity - units < 2) break;
            unit_put(target, units++, 0xD800 + ((code_point - 0x10000) >> 10));
            unit_put(target, units++, 0xDC00 + ((code_point - 0x10000) & 0x3FF));
        }
        source = behind;
    }
    *at = source;
    return units;
}

size_t qa_odbc_utf8_to_utf16(const char *text, size_t bytes, void *target, size_t capacity)
{
    if (target == NULL || capacity == 0) return qa_utf16_units(text, bytes);
    size_t at = 0;
    const size_t units = qa_odbc_utf16_write(text, bytes, &at, target, capacity - 1);
    unit_put(target, units, 0);
    return units + qa_utf16_units(text + at, bytes - at);
}

size_t qa_odbc_utf8_to_utf16_bytes(const char *text, size_t bytes, void *target, size_t capacity_bytes)
{
    return 2 * qa_odbc_utf8_to_utf16(text, bytes, target, capacity_bytes / 2);
}
