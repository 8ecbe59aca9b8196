/* Characters of texts: counting, cutting, letters, and the keys of names of any length.
 *
 * A name's key is made in segments that begin at an ASCII character: nothing before it composes with it, so
 * the normal form of the whole is that of the parts. Lengths beyond those of stored names, and bytes that no
 * stored name may hold, are keyed too, because SQL compares names with any text. */
#include "value/characters.h"

#include "base/utf8.h"
#include "qa/text.h"

enum { SEGMENT_UNITS_MAX = QA_NAME_UNITS_MAX - 1, ODD_BYTE = 0x110000 };

size_t qa_sql_character_bytes(const char *text, size_t left)
{
    const uint8_t first = (uint8_t)text[0];
    const size_t wanted = first < 0xC2 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 1;
    if (wanted > left) return 1;
    for (size_t i = 1; i < wanted; i++) {
        if (((uint8_t)text[i] & 0xC0u) != 0x80u) return 1;
    }
    return wanted;
}

uint32_t qa_sql_character(const char *text, size_t left, size_t *bytes_out)
{
    size_t at = 0;
    *bytes_out = qa_sql_character_bytes(text, left);
    if (*bytes_out == 1) return (uint8_t)text[0];
    return qa_utf8_next(text, &at);
}

uint64_t qa_sql_character_count(const char *text, size_t bytes)
{
    uint64_t count = 0;
    for (size_t at = 0; at < bytes; count++)
        at += qa_sql_character_bytes(text + at, bytes - at);
    return count;
}

size_t qa_sql_character_offset(const char *text, size_t bytes, uint64_t count)
{
    size_t at = 0;
    for (; at < bytes && count > 0; count--)
        at += qa_sql_character_bytes(text + at, bytes - at);
    return at;
}

uint64_t qa_sql_text_units(const char *text, size_t bytes)
{
    uint64_t units = 0;
    for (size_t at = 0; at < bytes;) {
        const size_t step = qa_sql_character_bytes(text + at, bytes - at);
        units += step == 4 ? 2 : 1;
        at += step;
    }
    return units;
}

size_t qa_sql_text_cut(const char *text, size_t bytes, uint64_t units_max)
{
    if (bytes <= units_max) return bytes; /* no character takes more units than bytes */
    uint64_t units = 0;
    size_t at = 0;
    while (at < bytes) {
        const size_t step = qa_sql_character_bytes(text + at, bytes - at);
        units += step == 4 ? 2 : 1;
        if (units > units_max) break;
        at += step;
    }
    return at;
}

/* --- letters --- */

typedef struct letter_range {
    uint32_t first; /* capital letters from here */
    uint32_t last;
    uint32_t distance; /* to the small letter */
    uint32_t step;     /* 2: capital and small letters alternate */
} letter_range_t;

static const letter_range_t letter_ranges[] = {
    { 0x41, 0x5A, 32, 1 },   { 0xC0, 0xD6, 32, 1 },    { 0xD8, 0xDE, 32, 1 },    { 0x100, 0x12E, 1, 2 },
    { 0x132, 0x136, 1, 2 },  { 0x139, 0x147, 1, 2 },   { 0x14A, 0x176, 1, 2 },   { 0x179, 0x17D, 1, 2 },
    { 0x218, 0x21E, 1, 2 },  { 0x386, 0x386, 38, 1 },  { 0x388, 0x38A, 37, 1 },  { 0x38C, 0x38C, 64, 1 },
    { 0x38E, 0x38F, 63, 1 }, { 0x391, 0x3A1, 32, 1 },  { 0x3A3, 0x3AB, 32, 1 },  { 0x400, 0x40F, 80, 1 },
    { 0x410, 0x42F, 32, 1 }, { 0x460, 0x480, 1, 2 },   { 0x48A, 0x4BE, 1, 2 },   { 0x4D0, 0x52E, 1, 2 },
    { 0x531, 0x556, 48, 1 }, { 0x1E00, 0x1E94, 1, 2 }, { 0x1EA0, 0x1EFE, 1, 2 },
};
enum { LETTER_RANGE_COUNT = sizeof(letter_ranges) / sizeof(letter_ranges[0]) };

uint32_t qa_sql_upper(uint32_t point)
{
    if (point < 0x80) return point >= 'a' && point <= 'z' ? point - 32 : point;
    if (point == 0xFF) return 0x178;
    if (point == 0x3C2) return 0x3A3; /* the small sigma that ends a word */
    for (uint32_t i = 0; i < LETTER_RANGE_COUNT; i++) {
        const letter_range_t *range = &letter_ranges[i];
        const uint32_t capital = point - range->distance;
        if (point < range->distance + range->first || capital > range->last) continue;
        if ((capital - range->first) % range->step == 0) return capital;
    }
    return point;
}

uint32_t qa_sql_lower(uint32_t point)
{
    if (point < 0x80) return point >= 'A' && point <= 'Z' ? point + 32 : point;
    if (point == 0x178) return 0xFF;
    for (uint32_t i = 0; i < LETTER_RANGE_COUNT; i++) {
        const letter_range_t *range = &letter_ranges[i];
        if (point < range->first || point > range->last) continue;
        if ((point - range->first) % range->step == 0) return point + range->distance;
    }
    return point;
}

/* --- keys of names --- */

static bool is_blank(uint32_t point)
{
    if (point <= 0x20) return point == 0x20 || point == '\t' || point == '\n' || point == '\r';
    if (point < 0x1680) return point == 0xA0;
    return point == 0x1680 || (point >= 0x2000 && point <= 0x200A) || point == 0x2028 || point == 0x2029 ||
           point == 0x202F || point == 0x205F || point == 0x3000;
}

void qa_sql_name_open(qa_sql_name_reader_t *reader, const char *text, size_t bytes, bool keeps_blanks)
{
    reader->text = text;
    reader->bytes = bytes;
    reader->at = 0;
    reader->is_inner = keeps_blanks;
    reader->keeps_blanks = keeps_blanks;
    reader->is_valid = reader->is_checked = false;
    reader->next = 0;
    reader->key.count = 0;
}

/* The character at `at`; behind the first that is not ASCII the whole text is known to be valid or not. */
static uint32_t peek(qa_sql_name_reader_t *reader, size_t at, size_t *step_out)
{
    const uint8_t byte = (uint8_t)reader->text[at];
    *step_out = 1;
    if (byte < 0x80) return byte;
    if (!reader->is_checked) {
        reader->is_checked = true;
        reader->is_valid = qa_utf8_is_valid(reader->text, reader->bytes);
    }
    if (!reader->is_valid) return ODD_BYTE + byte;
    size_t behind = at;
    const uint32_t point = qa_utf8_next(reader->text, &behind);
    *step_out = behind - at;
    return point;
}

/* Makes the key of the segment that begins with `point`. */
static void fill_segment(qa_sql_name_reader_t *reader, uint32_t point)
{
    qa_code_points_t composed;
    composed.count = 0;
    uint32_t units = point >= 0x10000 ? 2 : 1;
    bool has_room = qa_normal_form_add(&composed, point);
    while (has_room && reader->at < reader->bytes && units < SEGMENT_UNITS_MAX) {
        size_t step = 0;
        const uint32_t next = peek(reader, reader->at, &step);
        if (next < 0x80 || next >= ODD_BYTE || is_blank(next)) break;
        has_room = qa_normal_form_add(&composed, next);
        units += next >= 0x10000 ? 2 : 1;
        reader->at += step;
    }
    qa_normal_form_compose(&composed);
    reader->key.count = 0;
    reader->next = 0;
    for (uint32_t i = 0; i < composed.count; i++) {
        if (!qa_normal_form_add_folded(&reader->key, composed.points[i])) break;
    }
    qa_normal_form_compose(&reader->key);
}

int32_t qa_sql_name_next(qa_sql_name_reader_t *reader)
{
    if (reader->next < reader->key.count) return (int32_t)reader->key.points[reader->next++];
    if (reader->at + 1 < reader->bytes) { /* nearly always: a visible ASCII character before another one */
        const uint8_t byte = (uint8_t)reader->text[reader->at];
        if (byte > ' ' && byte < 0x80 && (uint8_t)reader->text[reader->at + 1] < 0x80) {
            reader->is_inner = true;
            reader->at++;
            return byte >= 'A' && byte <= 'Z' ? byte + 32 : byte;
        }
    }
    bool is_blank_met = false;
    uint32_t point = 0;
    size_t step = 0;
    for (; reader->at < reader->bytes; reader->at += step) {
        point = peek(reader, reader->at, &step);
        if (!is_blank(point)) break;
        is_blank_met = true;
    }
    const bool is_end = reader->at == reader->bytes;
    if (is_blank_met && (is_end ? reader->keeps_blanks : reader->is_inner)) return ' ';
    if (is_end) return -1;
    reader->is_inner = true;
    reader->at += step;
    if (point >= ODD_BYTE) return (int32_t)point;
    const bool is_alone = reader->at == reader->bytes || (uint8_t)reader->text[reader->at] < 0x80;
    if (point < 0x80 && is_alone) return (int32_t)(point >= 'A' && point <= 'Z' ? point + 32 : point);
    fill_segment(reader, point);
    if (reader->key.count == 0) return qa_sql_name_next(reader);
    return (int32_t)reader->key.points[reader->next++];
}
