/* Texts of values: exact for machines, grouped for people, escaped for CSV, JSON and terminals. */
#include <string.h>

#include "qa/number.h"
#include "tool/support.h"

typedef struct range {
    uint32_t first;
    uint32_t last;
} range_t;

/* East Asian Wide and Fullwidth, and emoji; coarse blocks, as terminals draw them. */
static const range_t wide[] = {
    { 0x1100, 0x115F },   { 0x231A, 0x231B },   { 0x2329, 0x232A },   { 0x23E9, 0x23EC },
    { 0x25FD, 0x25FE },   { 0x2614, 0x2615 },   { 0x2648, 0x2653 },   { 0x26A1, 0x26A1 },
    { 0x26BD, 0x26BE },   { 0x2705, 0x2705 },   { 0x274C, 0x274C },   { 0x2753, 0x2755 },
    { 0x2795, 0x2797 },   { 0x2B50, 0x2B50 },   { 0x2E80, 0x303E },   { 0x3041, 0x33FF },
    { 0x3400, 0x4DBF },   { 0x4E00, 0x9FFF },   { 0xA000, 0xA4CF },   { 0xA960, 0xA97F },
    { 0xAC00, 0xD7A3 },   { 0xF900, 0xFAFF },   { 0xFE30, 0xFE6F },   { 0xFF00, 0xFF60 },
    { 0xFFE0, 0xFFE6 },   { 0x1F300, 0x1F64F }, { 0x1F680, 0x1F6FF }, { 0x1F900, 0x1F9FF },
    { 0x20000, 0x3FFFD },
};
/* Combining marks and format characters that take no column. */
static const range_t narrow[] = {
    { 0x0300, 0x036F }, { 0x0483, 0x0489 }, { 0x0591, 0x05BD }, { 0x0610, 0x061A }, { 0x064B, 0x065F },
    { 0x0E31, 0x0E31 }, { 0x0E34, 0x0E3A }, { 0x0E47, 0x0E4E }, { 0x1AB0, 0x1AFF }, { 0x1DC0, 0x1DFF },
    { 0x200B, 0x200F }, { 0x2060, 0x2064 }, { 0x20D0, 0x20FF }, { 0xFE00, 0xFE0F }, { 0xFE20, 0xFE2F },
};

static bool is_in(const range_t *ranges, size_t count, uint32_t point)
{
    for (size_t i = 0; i < count; i++) {
        if (point >= ranges[i].first && point <= ranges[i].last) return true;
    }
    return false;
}

/* The next code point of valid UTF-8. */
static uint32_t next_point(const char **text, const char *end)
{
    const unsigned char *c = (const unsigned char *)*text;
    size_t length = c[0] < 0x80 ? 1 : c[0] < 0xE0 ? 2 : c[0] < 0xF0 ? 3 : 4;
    uint32_t point = length == 1 ? c[0] : c[0] & (0xFFu >> (length + 1));
    if (length > (size_t)(end - *text)) length = (size_t)(end - *text);
    for (size_t i = 1; i < length; i++) {
        point = point << 6 | (c[i] & 0x3Fu);
    }
    *text += length;
    return point;
}

uint32_t qa_text_width(const char *text, size_t bytes)
{
    const char *end = text + bytes;
    uint32_t width = 0;
    while (text < end) {
        uint32_t point = next_point(&text, end);
        if (point < 0x20 || point == 0x7F) {
            width += point == '\n' || point == '\t' || point == '\r' ? 2 : 4;
        } else if (is_in(narrow, sizeof(narrow) / sizeof(narrow[0]), point)) {
            continue;
        } else {
            width += is_in(wide, sizeof(wide) / sizeof(wide[0]), point) ? 2 : 1;
        }
    }
    return width;
}

bool qa_value_is_number(const qa_value_t *value)
{
    return value->kind == QA_KIND_DECIMAL || value->kind == QA_KIND_DOUBLE;
}

const char *qa_value_exact(const qa_value_t *value, char room[QA_VALUE_TEXT_BYTES], size_t *bytes_out)
{
    *bytes_out = 0;
    switch (value->kind) {
    case QA_KIND_DECIMAL:
        *bytes_out = qa_decimal_print(value->units, value->decimals, room);
        break;
    case QA_KIND_DOUBLE:
        *bytes_out = qa_double_print(value->number, room);
        break;
    case QA_KIND_TEXT:
        *bytes_out = value->text_bytes;
        return value->text;
    case QA_KIND_DATE:
        *bytes_out = qa_date_print(value->day, room);
        break;
    case QA_KIND_BOOLEAN:
        *bytes_out = value->truth ? 4 : 5;
        memcpy(room, value->truth ? "true" : "false", *bytes_out);
        break;
    default:
        break;
    }
    return room;
}

/* Puts commas between thousands of a plain decimal number. */
static size_t group(const char *plain, size_t bytes, char room[QA_VALUE_TEXT_BYTES])
{
    size_t used = 0;
    size_t start = bytes > 0 && plain[0] == '-' ? 1 : 0;
    const char *point = memchr(plain, '.', bytes);
    size_t whole = point == NULL ? bytes : (size_t)(point - plain);
    for (size_t i = 0; i < bytes && used + 2 < QA_VALUE_TEXT_BYTES; i++) {
        if (i > start && i < whole && (whole - i) % 3 == 0) room[used++] = ',';
        room[used++] = plain[i];
    }
    return used;
}

const char *qa_value_shown(const qa_value_t *value, char room[QA_VALUE_TEXT_BYTES], size_t *bytes_out)
{
    char plain[QA_VALUE_TEXT_BYTES];
    bool is_rounded = false;
    int64_t units = 0;
    size_t bytes = 0;
    if ((value->flags & QA_VALUE_MASKED) != 0) {
        *bytes_out = 8;
        return "(masked)";
    }
    if (!qa_value_is_number(value)) return qa_value_exact(value, room, bytes_out);
    if (value->kind == QA_KIND_DECIMAL) {
        bytes = qa_decimal_print(value->units, value->decimals, plain);
    } else if (value->number > -1e11 && value->number < 1e11 &&
               !(value->number > -1e-4 && value->number < 1e-4) &&
               qa_decimal_from_double(value->number, 6, &units, &is_rounded) == QA_OK) {
        bytes = qa_decimal_print(units, 6, plain);
        while (plain[bytes - 1] == '0') {
            bytes--;
        }
        if (plain[bytes - 1] == '.') bytes--;
    } else {
        bytes = qa_double_print(value->number, plain);
        if (memchr(plain, 'e', bytes) != NULL) {
            memcpy(room, plain, bytes);
            *bytes_out = bytes;
            return room;
        }
    }
    *bytes_out = group(plain, bytes, room);
    return room;
}

void qa_print_csv(FILE *stream, const char *text, size_t bytes)
{
    bool is_quoted = bytes > 0 && (text[0] == ' ' || text[bytes - 1] == ' ');
    for (size_t i = 0; i < bytes; i++) {
        is_quoted = is_quoted || strchr(",\"\r\n", text[i]) != NULL;
    }
    if (!is_quoted) {
        fwrite(text, 1, bytes, stream);
        return;
    }
    putc('"', stream);
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] == '"') putc('"', stream);
        putc(text[i], stream);
    }
    putc('"', stream);
}

void qa_print_json(FILE *stream, const char *text, size_t bytes)
{
    putc('"', stream);
    for (size_t i = 0; i < bytes; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\') {
            fprintf(stream, "\\%c", c);
        } else if (c == '\n') {
            fputs("\\n", stream);
        } else if (c < 0x20) {
            fprintf(stream, "\\u%04x", c);
        } else {
            putc(c, stream);
        }
    }
    putc('"', stream);
}

void qa_print_json_value(FILE *stream, const qa_value_t *value)
{
    char room[QA_VALUE_TEXT_BYTES];
    size_t bytes = 0;
    const char *text = qa_value_exact(value, room, &bytes);
    if (value->kind == QA_KIND_MISSING) {
        fputs("null", stream);
    } else if (value->kind == QA_KIND_TEXT || value->kind == QA_KIND_DATE) {
        qa_print_json(stream, text, bytes);
    } else {
        fwrite(text, 1, bytes, stream);
    }
}

void qa_print_plain(FILE *stream, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '\n' || c == '\t' || c == '\r') {
            fprintf(stream, "\\%c", c == '\n' ? 'n' : c == '\t' ? 't' : 'r');
        } else if (c < 0x20 || c == 0x7F) {
            fprintf(stream, "\\x%02x", c);
        } else {
            putc(c, stream);
        }
    }
}

void qa_time_text(int64_t time_ns, char text_out[QA_TIME_TEXT_BYTES + 1])
{
    size_t bytes = time_ns == 0 ? 0 : qa_time_print(time_ns, text_out);
    text_out[bytes] = 0;
}

void qa_hex_text(const uint8_t *bytes, size_t count, char *text_out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        text_out[2 * i] = digits[bytes[i] >> 4];
        text_out[2 * i + 1] = digits[bytes[i] & 15];
    }
    text_out[2 * count] = 0;
}
