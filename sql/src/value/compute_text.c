/* Functions of texts. Positions and counts are of characters (code points), 1 is the first. A part of a text
 * is borrowed from it; what is new lies in the arena of the environment. A result of more than
 * QA_SQL_TEXT_LENGTH_MAX units is refused before it is made, never cut. */
#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "base/utf8.h"
#include "value/characters.h"
#include "value/compute.h"

static qa_status_t give_integer(uint64_t integer, qa_sql_value_t *value_out)
{
    *value_out = qa_sql_value_integer(QA_SQL_INTEGER, (int64_t)integer);
    return QA_OK;
}

static qa_status_t give_part(const char *text, size_t bytes, qa_sql_value_t *value_out)
{
    *value_out = qa_sql_value_text(text, bytes);
    return QA_OK;
}

/* Room for a new text of at most so many bytes; `length` is that of the result in UTF-16 units, known before.
 */
static qa_status_t take(const qa_sql_call_t *call, const char *name, uint64_t length, uint64_t bytes,
                        char **room_out)
{
    *room_out = NULL;
    if (length > QA_SQL_TEXT_LENGTH_MAX)
        return qa_fail(call->environment->error, QA_TEXT_TOO_LONG,
                       "the result of %s has more than %d characters, which is the most a text can have",
                       name, QA_SQL_TEXT_LENGTH_MAX);
    *room_out = qa_arena_take(call->environment->arena, (size_t)bytes + 1);
    return *room_out != NULL ? QA_OK : qa_fail_memory(call->environment->error, "a text");
}

static size_t append(char *room, size_t at, const char *text, size_t bytes)
{
    if (bytes > 0) memcpy(room + at, text, bytes);
    return at + bytes;
}

static uint64_t units_of(const qa_sql_value_t *text)
{
    return qa_sql_text_units(text->text, text->bytes);
}

/* --- letters --- */

static qa_status_t map_letters(const qa_sql_call_t *call, const char *name, uint32_t (*map)(uint32_t),
                               qa_sql_value_t *value_out)
{
    const qa_sql_value_t *const text = &call->arguments[0];
    char *room = NULL;
    size_t count = 0;
    /* A small letter and its capital take one unit both, but not always as many bytes: at most one more. */
    const qa_status_t status = take(call, name, units_of(text), 2 * (uint64_t)text->bytes, &room);
    if (status != QA_OK) return status;
    for (size_t at = 0; at < text->bytes;) {
        size_t step = 0;
        const uint32_t point = qa_sql_character(text->text + at, text->bytes - at, &step);
        const uint32_t mapped = step == 1 && point >= 0x80 ? point : map(point);
        if (mapped == point)
            count = append(room, count, text->text + at, step);
        else
            count += qa_utf8_write(room + count, mapped);
        at += step;
    }
    return give_part(room, count, value_out);
}

qa_status_t qa_sql_compute_upper(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return map_letters(call, "UPPER", qa_sql_upper, value_out);
}

qa_status_t qa_sql_compute_lower(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return map_letters(call, "LOWER", qa_sql_lower, value_out);
}

qa_status_t qa_sql_compute_ascii(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    const qa_sql_value_t *const text = &call->arguments[0];
    size_t step = 0;
    return give_integer(text->bytes == 0 ? 0 : qa_sql_character(text->text, text->bytes, &step), value_out);
}

qa_status_t qa_sql_compute_char(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    enum { CHARACTER_BYTES_MAX = 4 };
    const int64_t point = call->arguments[0].integer;
    char *room = NULL;
    if (point < 1 || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
        return qa_fail(call->environment->error, QA_OVERFLOW,
                       "CHAR: %lld is not the code point of a character", (long long)point);
    const qa_status_t status = take(call, "CHAR", 2, CHARACTER_BYTES_MAX, &room);
    return status != QA_OK ? status : give_part(room, qa_utf8_write(room, (uint32_t)point), value_out);
}

/* --- lengths and places --- */

qa_status_t qa_sql_compute_length(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give_integer(qa_sql_character_count(call->arguments[0].text, call->arguments[0].bytes), value_out);
}

qa_status_t qa_sql_compute_octet_length(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give_integer(call->arguments[0].bytes, value_out);
}

qa_status_t qa_sql_compute_bit_length(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give_integer((uint64_t)call->arguments[0].bytes * 8, value_out);
}

/* Where `needle` begins in the text at byte `from` or behind; its bytes if nowhere. An empty one is
 * everywhere. */
static size_t find(const qa_sql_value_t *text, const qa_sql_value_t *needle, size_t from)
{
    if (needle->bytes == 0) return from;
    const char *const found =
        needle->bytes > text->bytes - from
            ? NULL
            : memmem(text->text + from, text->bytes - from, needle->text, needle->bytes);
    return found == NULL ? text->bytes : (size_t)(found - text->text);
}

qa_status_t qa_sql_compute_locate(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    const qa_sql_value_t *const needle = &call->arguments[0], *const text = &call->arguments[1];
    const int64_t start = call->argument_count > 2 ? call->arguments[2].integer : 1;
    const uint64_t skipped = start > 1 ? (uint64_t)start - 1 : 0;
    const size_t from = qa_sql_character_offset(text->text, text->bytes, skipped);
    const bool is_behind =
        from == text->bytes && skipped > 0 && skipped > qa_sql_character_count(text->text, text->bytes);
    const size_t found = find(text, needle, from);
    if (is_behind || (found == text->bytes && needle->bytes > 0)) return give_integer(0, value_out);
    return give_integer(qa_sql_character_count(text->text, found) + 1, value_out);
}

/* --- parts --- */

/* The length of the first character of `text` that stands in the set; 0: it does not. */
static size_t matches(const char *text, size_t left, const qa_sql_value_t *set)
{
    const size_t step = qa_sql_character_bytes(text, left);
    for (size_t at = 0; at < set->bytes;) {
        const size_t other = qa_sql_character_bytes(set->text + at, set->bytes - at);
        if (other == step && memcmp(text, set->text + at, step) == 0) return step;
        at += other;
    }
    return 0;
}

/* How many bytes in front of the end the last character begins. */
static size_t last_bytes(const char *text, size_t bytes)
{
    size_t step = 1;
    while (step < bytes && step < 4 && ((uint8_t)text[bytes - step] & 0xC0u) == 0x80u)
        step++;
    return qa_sql_character_bytes(text + bytes - step, step) == step ? step : 1;
}

static qa_status_t trim(const qa_sql_call_t *call, bool is_left, bool is_right, qa_sql_value_t *value_out)
{
    const qa_sql_value_t blank = qa_sql_value_text(" ", 1);
    const qa_sql_value_t *const set = call->argument_count > 1 ? &call->arguments[1] : &blank;
    const char *text = call->arguments[0].text;
    size_t bytes = call->arguments[0].bytes;
    for (size_t step = 1; is_left && bytes > 0 && (step = matches(text, bytes, set)) > 0; bytes -= step)
        text += step;
    while (is_right && bytes > 0) {
        const size_t step = last_bytes(text, bytes);
        if (matches(text + bytes - step, step, set) == 0) break;
        bytes -= step;
    }
    return give_part(text, bytes, value_out);
}

qa_status_t qa_sql_compute_ltrim(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return trim(call, true, false, value_out);
}

qa_status_t qa_sql_compute_rtrim(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return trim(call, false, true, value_out);
}

qa_status_t qa_sql_compute_trim(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return trim(call, true, true, value_out);
}

qa_status_t qa_sql_compute_left(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    const qa_sql_value_t *const text = &call->arguments[0];
    const int64_t count = call->arguments[1].integer;
    const uint64_t wanted = count > 0 ? (uint64_t)count : 0;
    return give_part(text->text, qa_sql_character_offset(text->text, text->bytes, wanted), value_out);
}

qa_status_t qa_sql_compute_right(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    const qa_sql_value_t *const text = &call->arguments[0];
    size_t start = text->bytes;
    for (int64_t count = call->arguments[1].integer; count > 0 && start > 0; count--)
        start -= last_bytes(text->text, start);
    return give_part(text->text + start, text->bytes - start, value_out);
}

/* As SQL says: positions before the first count, too, but hold nothing. */
qa_status_t qa_sql_compute_substring(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    const qa_sql_value_t *const text = &call->arguments[0];
    const qa_int128_t start = call->arguments[1].integer;
    qa_int128_t end = INT64_MAX;
    if (call->argument_count > 2) {
        const int64_t count = call->arguments[2].integer;
        if (count < 0)
            return qa_fail(call->environment->error, QA_INVALID,
                           "SUBSTRING: %lld characters are fewer than none", (long long)count);
        end = start + count;
    }
    const qa_int128_t first = start > 1 ? start : 1;
    if (end <= first) return give_part(text->text, 0, value_out);
    const qa_int128_t skipped = first - 1 < text->bytes ? first - 1 : text->bytes;
    const qa_int128_t wanted = end - first < text->bytes ? end - first : text->bytes;
    const size_t from = qa_sql_character_offset(text->text, text->bytes, (uint64_t)skipped);
    return give_part(text->text + from,
                     qa_sql_character_offset(text->text + from, text->bytes - from, (uint64_t)wanted),
                     value_out);
}

/* --- new texts --- */

qa_status_t qa_sql_compute_concat(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    uint64_t length = 0, bytes = 0;
    for (uint16_t i = 0; i < call->argument_count; i++) {
        length += units_of(&call->arguments[i]);
        bytes += call->arguments[i].bytes;
    }
    char *room = NULL;
    const qa_status_t status = take(call, "||", length, bytes, &room);
    if (status != QA_OK) return status;
    size_t count = 0;
    for (uint16_t i = 0; i < call->argument_count; i++)
        count = append(room, count, call->arguments[i].text, call->arguments[i].bytes);
    return give_part(room, count, value_out);
}

qa_status_t qa_sql_compute_replace(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    const qa_sql_value_t *const text = &call->arguments[0], *const wanted = &call->arguments[1];
    const qa_sql_value_t *const target = &call->arguments[2];
    *value_out = *text;
    if (wanted->bytes == 0) return QA_OK;
    uint64_t found_count = 0;
    for (size_t at = 0; (at = find(text, wanted, at)) < text->bytes; at += wanted->bytes)
        found_count++;
    if (found_count == 0) return QA_OK;
    char *room = NULL;
    const uint64_t length = units_of(text) - found_count * units_of(wanted) + found_count * units_of(target);
    const uint64_t bytes = text->bytes - found_count * wanted->bytes + found_count * (uint64_t)target->bytes;
    const qa_status_t status = take(call, "REPLACE", length, bytes, &room);
    if (status != QA_OK) return status;
    size_t count = 0, at = 0;
    for (size_t next = 0; (next = find(text, wanted, at)) < text->bytes; at = next + wanted->bytes) {
        count = append(room, count, text->text + at, next - at);
        count = append(room, count, target->text, target->bytes);
    }
    count = append(room, count, text->text + at, text->bytes - at);
    return give_part(room, count, value_out);
}

/* `count` times the text. */
static qa_status_t repeat(const qa_sql_call_t *call, const char *name, const qa_sql_value_t *text,
                          int64_t count, qa_sql_value_t *value_out)
{
    if (count <= 0 || text->bytes == 0) return give_part("", 0, value_out);
    const uint64_t times = count > QA_SQL_TEXT_LENGTH_MAX ? QA_SQL_TEXT_LENGTH_MAX + 1u : (uint64_t)count;
    char *room = NULL;
    const qa_status_t status = take(call, name, units_of(text) * times, text->bytes * times, &room);
    if (status != QA_OK) return status;
    size_t bytes = 0;
    for (uint64_t i = 0; i < times; i++)
        bytes = append(room, bytes, text->text, text->bytes);
    return give_part(room, bytes, value_out);
}

qa_status_t qa_sql_compute_repeat(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return repeat(call, "REPEAT", &call->arguments[0], call->arguments[1].integer, value_out);
}

qa_status_t qa_sql_compute_space(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    const qa_sql_value_t blank = qa_sql_value_text(" ", 1);
    return repeat(call, "SPACE", &blank, call->arguments[0].integer, value_out);
}

qa_status_t qa_sql_compute_insert(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    const qa_sql_value_t *const text = &call->arguments[0], *const added = &call->arguments[3];
    const int64_t start = call->arguments[1].integer, count = call->arguments[2].integer;
    const size_t from = qa_sql_character_offset(text->text, text->bytes, start > 1 ? (uint64_t)start - 1 : 0);
    const size_t dropped =
        qa_sql_character_offset(text->text + from, text->bytes - from, count > 0 ? (uint64_t)count : 0);
    char *room = NULL;
    const uint64_t length = units_of(text) - qa_sql_text_units(text->text + from, dropped) + units_of(added);
    const qa_status_t status =
        take(call, "INSERT", length, (uint64_t)text->bytes - dropped + added->bytes, &room);
    if (status != QA_OK) return status;
    size_t bytes = append(room, 0, text->text, from);
    bytes = append(room, bytes, added->text, added->bytes);
    bytes = append(room, bytes, text->text + from + dropped, text->bytes - from - dropped);
    return give_part(room, bytes, value_out);
}

qa_status_t qa_sql_compute_reverse(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    const qa_sql_value_t *const text = &call->arguments[0];
    char *room = NULL;
    const qa_status_t status = take(call, "REVERSE", units_of(text), text->bytes, &room);
    if (status != QA_OK) return status;
    for (size_t at = 0; at < text->bytes;) {
        const size_t step = qa_sql_character_bytes(text->text + at, text->bytes - at);
        memcpy(room + text->bytes - at - step, text->text + at, step);
        at += step;
    }
    return give_part(room, text->bytes, value_out);
}

static qa_status_t pad(const qa_sql_call_t *call, bool is_left, qa_sql_value_t *value_out)
{
    const qa_sql_value_t blank = qa_sql_value_text(" ", 1);
    const qa_sql_value_t *const text = &call->arguments[0];
    const qa_sql_value_t *const filler = call->argument_count > 2 ? &call->arguments[2] : &blank;
    const int64_t wanted = call->arguments[1].integer;
    const uint64_t have = qa_sql_character_count(text->text, text->bytes);
    if (wanted <= 0) return give_part("", 0, value_out);
    if ((uint64_t)wanted <= have || filler->bytes == 0)
        return give_part(text->text, qa_sql_character_offset(text->text, text->bytes, (uint64_t)wanted),
                         value_out);
    /* Beyond this it is too long, however many units a character takes. */
    const uint64_t missing =
        wanted > QA_SQL_TEXT_LENGTH_MAX ? QA_SQL_TEXT_LENGTH_MAX + 1u : (uint64_t)wanted - have;
    const uint64_t filler_count = qa_sql_character_count(filler->text, filler->bytes);
    const size_t rest_bytes = qa_sql_character_offset(filler->text, filler->bytes, missing % filler_count);
    const uint64_t whole = missing / filler_count;
    const uint64_t length =
        units_of(text) + whole * units_of(filler) + qa_sql_text_units(filler->text, rest_bytes);
    const uint64_t bytes = text->bytes + whole * filler->bytes + rest_bytes;
    char *room = NULL;
    const qa_status_t status = take(call, is_left ? "LPAD" : "RPAD", length, bytes, &room);
    if (status != QA_OK) return status;
    size_t at = is_left ? 0 : append(room, 0, text->text, text->bytes);
    for (uint64_t i = 0; i < whole; i++)
        at = append(room, at, filler->text, filler->bytes);
    at = append(room, at, filler->text, rest_bytes);
    if (is_left) at = append(room, at, text->text, text->bytes);
    assert(at == bytes);
    return give_part(room, at, value_out);
}

qa_status_t qa_sql_compute_lpad(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return pad(call, true, value_out);
}

qa_status_t qa_sql_compute_rpad(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return pad(call, false, value_out);
}
