/* UTF-16 and UTF-8 of the driver: strictness, lengths, and cuts at every length of a buffer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "parts/utf16.h"
#include "qa/text.h"

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* "aé€😀": one character of each length in UTF-8. */
static const char four[] = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80";
static const uint16_t four_units[] = { 'a', 0xE9, 0x20AC, 0xD83D, 0xDE00, 0 };

static void each_length_of_character_goes_both_ways(void **state)
{
    (void)state;
    uint16_t units[8];
    char text[QA_ODBC_UTF8_BYTES(8)];
    size_t bytes;
    assert_int_equal(qa_odbc_utf8_to_utf16(four, 10, units, 8), 5);
    assert_memory_equal(units, four_units, sizeof(four_units));
    assert_true(qa_odbc_utf16_to_utf8(four_units, 5, text, &bytes));
    assert_int_equal(bytes, 10);
    assert_string_equal(text, four);
    assert_int_equal(qa_odbc_utf8_length(four_units, 5), 10);
}

static void an_unpaired_surrogate_is_refused(void **state)
{
    (void)state;
    static const uint16_t texts[][2] = { { 0xD83D, 'a' },    { 'a', 0xD83D },    { 0xDE00, 'a' },
                                         { 0xDE00, 0xD83D }, { 0xD83D, 0xD83D }, { 0xDFFF, 0xDFFF } };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char text[QA_ODBC_UTF8_BYTES(2)];
        size_t bytes = 1;
        assert_false(qa_odbc_utf16_to_utf8(texts[i], 2, text, &bytes));
        assert_int_equal(bytes, 0);
        assert_int_equal(text[0], 0);
    }
}

static void a_length_is_units_or_ends_at_the_terminator(void **state)
{
    (void)state;
    size_t units;
    assert_true(qa_odbc_utf16_length(four_units, SQL_NTS, &units));
    assert_int_equal(units, 5);
    assert_true(qa_odbc_utf16_length(four_units, 2, &units));
    assert_int_equal(units, 2);
    assert_true(qa_odbc_utf16_length(NULL, SQL_NTS, &units));
    assert_int_equal(units, 0);
    assert_true(qa_odbc_utf16_length(NULL, 0, &units));
    assert_false(qa_odbc_utf16_length(NULL, 3, &units));
    assert_false(qa_odbc_utf16_length(four_units, -1, &units));
    assert_false(qa_odbc_utf16_length(four_units, -4, &units));
}

static void a_cut_never_splits_a_pair_and_tells_the_full_length(void **state)
{
    (void)state;
    static const size_t written[] = { 0, 0, 1, 2, 3, 3, 5, 5 };
    for (size_t capacity = 0; capacity < 8; capacity++) {
        uint16_t units[9];
        memset(units, 0x5A, sizeof(units));
        assert_int_equal(qa_odbc_utf8_to_utf16(four, 10, units, capacity), 5);
        if (capacity > 0) {
            assert_memory_equal(units, four_units, written[capacity] * 2);
            assert_int_equal(units[written[capacity]], 0);
        }
        for (size_t i = capacity; i < 9; i++)
            assert_int_equal(units[i], 0x5A5A);
    }
    assert_int_equal(qa_odbc_utf8_to_utf16(four, 10, NULL, 100), 5);
}

static void an_odd_byte_of_a_buffer_is_left_alone(void **state)
{
    (void)state;
    uint8_t buffer[8];
    memset(buffer, 0x5A, sizeof(buffer));
    assert_int_equal(qa_odbc_utf8_to_utf16_bytes("abcd", 4, buffer, 7), 8);
    assert_memory_equal(buffer, "a\0b\0\0\0\x5A\x5A", 8);
}

/* Random characters of all four lengths. */
static size_t random_text(uint64_t *seed, char *text, size_t characters)
{
    static const uint32_t limits[] = { 0x80, 0x800, 0x10000, 0x110000 };
    size_t bytes = 0;
    for (size_t i = 0; i < characters; i++) {
        uint32_t code_point = (uint32_t)(next_random(seed) % limits[next_random(seed) % 4]);
        if (code_point == 0 || (code_point >= 0xD800 && code_point < 0xE000)) code_point = 'x';
        bytes += qa_utf8_write(text + bytes, code_point);
    }
    return bytes;
}

static void random_texts_come_back_also_from_unaligned_buffers(void **state)
{
    (void)state;
    uint64_t seed = 20260411;
    for (int round = 0; round < 2000; round++) {
        char text[4 * 40], back[QA_ODBC_UTF8_BYTES(80)];
        uint8_t wide[2 * 81 + 1];
        const size_t bytes = random_text(&seed, text, next_random(&seed) % 40);
        uint8_t *const target = wide + round % 2;
        size_t back_bytes;
        const size_t units = qa_odbc_utf8_to_utf16(text, bytes, target, 81);
        assert_int_equal(units, qa_utf16_units(text, bytes));
        assert_true(qa_odbc_utf16_to_utf8(target, units, back, &back_bytes));
        assert_int_equal(back_bytes, bytes);
        assert_memory_equal(back, text, bytes);
        assert_int_equal(qa_odbc_utf8_length(target, units), bytes);
    }
}

static void pieces_of_any_size_make_the_whole_text(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (size_t capacity = 2; capacity < 12; capacity++) {
        char text[4 * 60];
        uint16_t whole[121], pieces[121];
        const size_t bytes = random_text(&seed, text, 60);
        const size_t units = qa_odbc_utf8_to_utf16(text, bytes, whole, 121);
        size_t at = 0, count = 0;
        while (at < bytes)
            count += qa_odbc_utf16_write(text, bytes, &at, pieces + count, capacity);
        assert_int_equal(count, units);
        assert_memory_equal(pieces, whole, units * 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_length_of_character_goes_both_ways),
        cmocka_unit_test(an_unpaired_surrogate_is_refused),
        cmocka_unit_test(a_length_is_units_or_ends_at_the_terminator),
        cmocka_unit_test(a_cut_never_splits_a_pair_and_tells_the_full_length),
        cmocka_unit_test(an_odd_byte_of_a_buffer_is_left_alone),
        cmocka_unit_test(random_texts_come_back_also_from_unaligned_buffers),
        cmocka_unit_test(pieces_of_any_size_make_the_whole_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
