/* Names and UTF-8: rules on small examples, and normal form and case folding against python's tables
 * (text_vectors.inc) over every code point and over random texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/normal_form.h"
#include "base/utf8.h"
#include "qa/text.h"
#include "support/text_vectors.inc"

static const uint64_t hash_start = 0xCBF29CE484222325u;

static uint64_t hash_bytes(uint64_t state, const void *data, size_t bytes)
{
    const uint8_t *const at = data;
    for (size_t i = 0; i < bytes; i++)
        state = (state ^ at[i]) * 0x100000001B3u;
    return state;
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void assert_name(const char *source, const char *expected)
{
    char name[QA_NAME_KEY_BYTES];
    size_t bytes = 0;
    assert_int_equal(qa_name_normalize(source, strlen(source), name, &bytes), QA_OK);
    assert_int_equal(bytes, strlen(expected));
    assert_memory_equal(name, expected, bytes);
}

static void assert_key(const char *source, const char *expected)
{
    char key[QA_NAME_KEY_BYTES];
    size_t bytes = 0;
    assert_int_equal(qa_name_key(source, strlen(source), key, &bytes), QA_OK);
    assert_int_equal(bytes, strlen(expected));
    assert_memory_equal(key, expected, bytes);
}

static void assert_refused(const char *source, size_t bytes, qa_status_t status)
{
    char name[QA_NAME_KEY_BYTES];
    size_t name_bytes = 1;
    assert_int_equal(qa_name_normalize(source, bytes, name, &name_bytes), status);
    assert_int_equal(name_bytes, 0);
    assert_int_equal(qa_name_key(source, bytes, name, &name_bytes), status);
}

/* An exact copy on the heap, so that a sanitizer sees a read beyond the end. */
static bool is_valid_copy(const char *text, size_t bytes)
{
    char *const copy = malloc(bytes == 0 ? 1 : bytes);
    assert_non_null(copy);
    memcpy(copy, text, bytes);
    const bool is_valid = qa_utf8_is_valid(copy, bytes);
    free(copy);
    return is_valid;
}

static void well_formed_text_is_valid(void **state)
{
    (void)state;
    assert_true(qa_utf8_is_valid("", 0));
    assert_true(is_valid_copy("plain text, longer than eight", 29));
    assert_true(is_valid_copy("caf\303\251 \342\202\254 \360\237\230\200", 14));
    assert_true(is_valid_copy("\355\237\277\356\200\200", 6));
    assert_true(is_valid_copy("\364\217\277\277", 4));
    assert_true(is_valid_copy("\0", 1));
}

static void malformed_text_is_not_valid(void **state)
{
    (void)state;
    static const char *const bad[] = { "\200",
                                       "\277",
                                       "\300\200",
                                       "\301\277",
                                       "\303",
                                       "\303(",
                                       "\340\200\200",
                                       "\340\237\277",
                                       "\342\202",
                                       "\355\240\200",
                                       "\355\277\277",
                                       "\360\200\200\200",
                                       "\360\217\277\277",
                                       "\360\237\230",
                                       "\364\220\200\200",
                                       "\365\200\200\200",
                                       "\377",
                                       "\376",
                                       "a\303\251\200",
                                       "12345678\302" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(is_valid_copy(bad[i], strlen(bad[i])));
        assert_refused(bad[i], strlen(bad[i]), QA_NOT_TEXT);
    }
}

static void every_code_point_survives_writing_and_reading(void **state)
{
    (void)state;
    for (uint32_t point = 0; point < 0x110000; point++) {
        char text[4];
        const size_t bytes = qa_utf8_write(text, point);
        const bool is_surrogate = point >= 0xD800 && point < 0xE000;
        assert_true(qa_utf8_is_valid(text, bytes) != is_surrogate);
        if (is_surrogate) continue;
        size_t at = 0;
        assert_int_equal(qa_utf8_next(text, &at), point);
        assert_int_equal(at, bytes);
        assert_int_equal(qa_utf16_units(text, bytes), point >= 0x10000 ? 2 : 1);
    }
}

static void outer_blanks_are_cut_and_inner_runs_become_one(void **state)
{
    (void)state;
    assert_name(" Fire \t department\r\n", "Fire department");
    assert_name("\302\240a\302\240\343\200\200b\342\200\211", "a b");
    assert_name("plain", "plain");
    assert_name("e\314\201", "\303\251");
    assert_key(" Fire  department", "fire department");
    assert_key("STRASSE", "strasse");
    assert_key("Stra\303\237e", "strasse");
    assert_key("\316\243\316\237\316\246\316\237\316\243", "\317\203\316\277\317\206\316\277\317\203");
}

static void what_is_no_name_is_refused(void **state)
{
    (void)state;
    assert_refused("", 0, QA_INVALID);
    assert_refused(" \t\302\240 ", 5, QA_INVALID);
    assert_refused("a\0b", 3, QA_NOT_TEXT);
    assert_refused("a\033[31m", 6, QA_NOT_TEXT);
    assert_refused("\177", 1, QA_NOT_TEXT);
    assert_refused("a\302\205", 3, QA_NOT_TEXT);
    assert_refused("\v", 1, QA_NOT_TEXT);
}

static void names_are_limited_to_255_units_of_their_normal_form(void **state)
{
    (void)state;
    enum { UNITS = QA_NAME_UNITS_MAX };
    char text[UNITS * 16], name[QA_NAME_KEY_BYTES];
    size_t bytes = 0, text_bytes = 0;
    memset(text, 'x', sizeof(text));
    assert_int_equal(qa_name_normalize(text, UNITS, name, &bytes), QA_OK);
    assert_int_equal(bytes, UNITS);
    assert_refused(text, UNITS + 1, QA_LIMIT);
    /* Four code points that compose to one unit, 255 times: the longest source of a name that fits. */
    for (int i = 0; i < UNITS; i++) {
        memcpy(text + text_bytes, "\316\221\314\223\314\200\315\205", 8);
        text_bytes += 8;
    }
    assert_int_equal(qa_name_normalize(text, text_bytes, name, &bytes), QA_OK);
    assert_int_equal(bytes, 3 * UNITS);
    assert_int_equal(qa_name_key(text, text_bytes, name, &bytes), QA_OK);
    assert_int_equal(bytes, 5 * UNITS);
    memcpy(text + text_bytes, "x", 1);
    assert_refused(text, text_bytes + 1, QA_LIMIT);
    /* 127 pairs of surrogates and one more unit fit, 128 do not. */
    for (int i = 0; i < 128; i++)
        memcpy(text + 4 * i, "\360\237\230\200", 4);
    text[508] = 'x';
    assert_int_equal(qa_name_normalize(text, 509, name, &bytes), QA_OK);
    memcpy(text + 508, "\360\237\230\200", 4);
    assert_refused(text, 512, QA_LIMIT);
    /* A hostile pile of marks is refused, not sorted for ever. */
    for (size_t i = 0; i + 2 <= sizeof(text); i += 2)
        memcpy(text + i, i % 4 == 0 ? "\314\201" : "\314\243", 2);
    assert_refused(text, sizeof(text), QA_LIMIT);
}

static uint64_t hash_point(uint64_t hash, uint32_t point, bool is_folded)
{
    qa_code_points_t name, key;
    name.count = key.count = 0;
    assert_true(qa_normal_form_add(&name, point));
    qa_normal_form_compose(&name);
    const qa_code_points_t *result = &name;
    if (is_folded) {
        for (uint32_t i = 0; i < name.count; i++)
            assert_true(qa_normal_form_add_folded(&key, name.points[i]));
        qa_normal_form_compose(&key);
        result = &key;
    }
    for (uint32_t i = 0; i < result->count; i++) {
        char text[4];
        hash = hash_bytes(hash, text, qa_utf8_write(text, result->points[i]));
    }
    return hash_bytes(hash, "", 1);
}

static void every_code_point_has_the_normal_form_and_key_that_python_gives(void **state)
{
    (void)state;
    uint64_t name_hash = hash_start, key_hash = hash_start;
    for (uint32_t point = 0; point < 0x110000; point++) {
        if (point >= 0xD800 && point < 0xE000) continue;
        name_hash = hash_point(name_hash, point, false);
        key_hash = hash_point(key_hash, point, true);
    }
    assert_true(name_hash == every_normal_form_hash);
    assert_true(key_hash == every_key_hash);
}

static void random_texts_have_the_names_and_keys_that_python_gives(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        assert_name(samples[i].source, samples[i].name);
        assert_key(samples[i].source, samples[i].key);
    }
    uint64_t seed = 20260101, name_hash = hash_start, key_hash = hash_start;
    for (int i = 0; i < RANDOM_TEXT_COUNT; i++) {
        char text[64], result[QA_NAME_KEY_BYTES];
        size_t bytes = 0, result_bytes = 0;
        const uint64_t count = 1 + next_random(&seed) % 16;
        for (uint64_t k = 0; k < 16; k++) {
            const uint32_t point = pool[next_random(&seed) % POOL_COUNT];
            if (k < count) bytes += qa_utf8_write(text + bytes, point);
        }
        assert_int_equal(qa_name_normalize(text, bytes, result, &result_bytes), QA_OK);
        name_hash = hash_bytes(hash_bytes(name_hash, result, result_bytes), "", 1);
        char again[QA_NAME_KEY_BYTES];
        size_t again_bytes = 0;
        assert_int_equal(qa_name_normalize(result, result_bytes, again, &again_bytes), QA_OK);
        assert_int_equal(again_bytes, result_bytes);
        assert_memory_equal(again, result, again_bytes);
        assert_int_equal(qa_name_key(text, bytes, result, &result_bytes), QA_OK);
        key_hash = hash_bytes(hash_bytes(key_hash, result, result_bytes), "", 1);
    }
    assert_true(name_hash == random_name_hash);
    assert_true(key_hash == random_key_hash);
}

static uint32_t distance(const char *a, const char *b, uint32_t distance_max)
{
    return qa_name_distance(a, strlen(a), b, strlen(b), distance_max);
}

static void distance_counts_changed_code_points_up_to_its_maximum(void **state)
{
    (void)state;
    assert_int_equal(distance("", "", 3), 0);
    assert_int_equal(distance("", "abc", 3), 3);
    assert_int_equal(distance("abc", "", 2), 3);
    assert_int_equal(distance("kitten", "sitting", 5), 3);
    assert_int_equal(distance("kitten", "sitting", 2), 3);
    assert_int_equal(distance("kitten", "sitting", 1), 2);
    assert_int_equal(distance("same", "same", 0), 0);
    assert_int_equal(distance("same", "some", 0), 1);
    assert_int_equal(distance("caf\303\251", "cafe", 2), 1);
    assert_int_equal(distance("a\377", "a", 2), 3);
}

/* The plain table, as an independent definition. */
static uint32_t full_distance(const char *a, uint32_t a_count, const char *b, uint32_t b_count)
{
    uint32_t table[16][16];
    for (uint32_t i = 0; i <= a_count; i++) {
        for (uint32_t j = 0; j <= b_count; j++) {
            uint32_t best = i == 0 ? j : i;
            if (i > 0 && j > 0) {
                best = table[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
                if (table[i - 1][j] + 1 < best) best = table[i - 1][j] + 1;
                if (table[i][j - 1] + 1 < best) best = table[i][j - 1] + 1;
            }
            table[i][j] = best;
        }
    }
    return table[a_count][b_count];
}

static void distance_in_a_band_equals_the_full_table(void **state)
{
    (void)state;
    uint64_t seed = 20260102;
    for (int round = 0; round < 50000; round++) {
        char a[15], b[15];
        const uint32_t a_count = (uint32_t)(next_random(&seed) % 15),
                       b_count = (uint32_t)(next_random(&seed) % 15);
        for (int i = 0; i < 15; i++) {
            a[i] = (char)('a' + next_random(&seed) % 3);
            b[i] = (char)('a' + next_random(&seed) % 3);
        }
        const uint32_t distance_max = (uint32_t)(next_random(&seed) % 16);
        const uint32_t exact = full_distance(a, a_count, b, b_count);
        assert_int_equal(qa_name_distance(a, a_count, b, b_count, distance_max),
                         exact <= distance_max ? exact : distance_max + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_formed_text_is_valid),
        cmocka_unit_test(malformed_text_is_not_valid),
        cmocka_unit_test(every_code_point_survives_writing_and_reading),
        cmocka_unit_test(outer_blanks_are_cut_and_inner_runs_become_one),
        cmocka_unit_test(what_is_no_name_is_refused),
        cmocka_unit_test(names_are_limited_to_255_units_of_their_normal_form),
        cmocka_unit_test(every_code_point_has_the_normal_form_and_key_that_python_gives),
        cmocka_unit_test(random_texts_have_the_names_and_keys_that_python_gives),
        cmocka_unit_test(distance_counts_changed_code_points_up_to_its_maximum),
        cmocka_unit_test(distance_in_a_band_equals_the_full_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
