/* Doubles as text. The C library's strtod and printf are the second opinion. QA_LONG=1 runs 210 million
 * values instead of two. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/double_core.h"
#include "qa/number.h"

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static uint64_t long_or_short(uint64_t long_count, uint64_t short_count)
{
    const char *const wanted = getenv("QA_LONG");
    return wanted != NULL && strcmp(wanted, "1") == 0 ? long_count : short_count;
}

static void assert_parses(const char *text, size_t bytes)
{
    char terminated[2048];
    double number = 0.0;
    assert_true(bytes < sizeof(terminated));
    memcpy(terminated, text, bytes);
    terminated[bytes] = '\0';
    const double expected = strtod(terminated, NULL);
    const qa_status_t status = qa_double_parse(text, bytes, &number);
    if (isinf(expected)) {
        assert_int_equal(status, QA_OVERFLOW);
    } else if (status != QA_OK || qa_double_bits(number) != qa_double_bits(expected + 0.0)) {
        fail_msg("%s became %.17g, not %.17g", terminated, number, expected);
    }
}

static void known_hard_texts_are_read_as_strtod_reads_them(void **state)
{
    (void)state;
    static const char *const texts[] = { "0",
                                         "-0",
                                         "0.0e5",
                                         "1e23",
                                         "8.5e22",
                                         "9007199254740993",
                                         "9007199254740992",
                                         "9007199254740994.999999999999999999999999999999",
                                         "9007199254740993.00000000000000000000000000000000000001",
                                         "2.2250738585072011e-308",
                                         "2.2250738585072012e-308",
                                         "2.2250738585072014e-308",
                                         "4.9406564584124654e-324",
                                         "2.4703282292062327e-324",
                                         "2.4703282292062328e-324",
                                         "2.47032822920623272088e-324",
                                         "1e-323",
                                         "3e-324",
                                         "1.7976931348623157e308",
                                         "1.7976931348623158e308",
                                         "1.7976931348623159e308",
                                         "179769313486231580793e289",
                                         "1e308",
                                         "1e309",
                                         "1e-400",
                                         "1e400",
                                         "1e-99999999999999999999",
                                         "1e99999999999999999999",
                                         "0e99999999999999999999",
                                         "6.631236846766476e-316",
                                         "3.237883913302901e-319",
                                         "7.0060e-46",
                                         "1.00000017881393421514957253748434595763683319091796875001e0",
                                         "123456789012345678901234567890",
                                         "0.000000000000000000000000000000000000012345",
                                         "9999999999999999999",
                                         "18446744073709551615",
                                         "18446744073709551616",
                                         "1234567890123456789012e-30",
                                         "5e-324",
                                         "4.35",
                                         "1e22",
                                         "1e-22",
                                         "9007199254740991e22",
                                         "9007199254740993e-22",
                                         "0.3",
                                         "2.2204460492503131e-16",
                                         "100000000000000016777215",
                                         "100000000000000016777216",
                                         "1090544144181609348671888949248",
                                         "1090544144181609348835077142190" };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_parses(texts[i], strlen(texts[i]));
}

static void a_text_of_many_digits_is_read_exactly(void **state)
{
    (void)state;
    enum { BYTES = 200000 };
    char *const text = malloc(BYTES);
    double number = 0.0;
    assert_non_null(text);
    memset(text, '0', BYTES);
    memcpy(text, "0.", 2);
    memcpy(text + BYTES - 9, "1e+199990", 9);
    assert_int_equal(qa_double_parse(text, BYTES, &number), QA_OK);
    assert_true(number == 1e0);
    memset(text, '9', BYTES);
    assert_int_equal(qa_double_parse(text, BYTES, &number), QA_OVERFLOW);
    text[1] = '.';
    assert_int_equal(qa_double_parse(text, BYTES, &number), QA_OK);
    assert_true(number == 10.0);
    /* A halfway point with a one far behind it. */
    memset(text, '0', BYTES);
    memcpy(text, "9007199254740993.", 17);
    assert_int_equal(qa_double_parse(text, BYTES, &number), QA_OK);
    assert_true(number == 9007199254740992.0);
    text[BYTES - 1] = '1';
    assert_int_equal(qa_double_parse(text, BYTES, &number), QA_OK);
    assert_true(number == 9007199254740994.0);
    free(text);
}

/* The point halfway to the next double, in full, then a little less and a little more than it. */
static void halfway_points_are_rounded_to_even_and_their_neighbours_are_not(void **state)
{
    (void)state;
    if (sizeof(long double) == sizeof(double) || (1.0L + 0x1p-60L) == 1.0L) {
        print_message("skipped: this long double cannot hold a halfway point\n");
        skip();
    }
    uint64_t seed = 20260108;
    for (int i = 0; i < 6000; i++) {
        uint64_t bits = next_random(&seed) >> 1;
        if (i % 4 == 0) bits &= (UINT64_C(1) << (1 + i % 60)) - 1; /* subnormal numbers too */
        if (i % 4 == 1) bits &= ~(QA_HIDDEN_BIT - 1);              /* powers of two */
        if (i == 1) bits = QA_DOUBLE_INFINITE_BITS - 1;
        if (bits >= QA_DOUBLE_INFINITE_BITS) continue;
        const double low = qa_double_of_bits(bits);
        const double high = bits + 1 == QA_DOUBLE_INFINITE_BITS ? low : qa_double_of_bits(bits + 1);
        const long double half = high == low ? 0x1p970L : ((long double)high - (long double)low) / 2;
        char text[1600];
        int length = snprintf(text, sizeof(text), "%.*Le", 800, (long double)low + half);
        assert_parses(text, (size_t)length);
        char *const exponent = strchr(text, 'e');
        char tail[16];
        const size_t tail_bytes = strlen(exponent);
        memcpy(tail, exponent, tail_bytes);
        exponent[-1] = '1';
        assert_parses(text, (size_t)length);
        char *at = exponent - 1; /* one less in the last place */
        *at = '0';
        while (at > text && (*at == '0' || *at == '.')) {
            if (*at == '0') *at = '9';
            at--;
        }
        *at = (char)(*at - 1);
        assert_parses(text, (size_t)length);
    }
}

static void assert_prints(double number, const char *expected)
{
    char text[QA_DOUBLE_TEXT_BYTES];
    const size_t bytes = qa_double_print(number, text);
    assert_int_equal(bytes, strlen(expected));
    assert_memory_equal(text, expected, bytes);
}

static void doubles_are_printed_in_their_form(void **state)
{
    (void)state;
    assert_prints(0.0, "0");
    assert_prints(-0.0, "0");
    assert_prints(1200, "1200");
    assert_prints(-1234.56, "-1234.56");
    assert_prints(0.1, "0.1");
    assert_prints(0.05, "0.05");
    assert_prints(0.0001, "0.0001");
    assert_prints(1.5, "1.5");
    assert_prints(10.01, "10.01");
    assert_prints(0.1 + 0.2, "0.30000000000000004");
    assert_prints(0.00001, "0.00001");
    assert_prints(0.000012345, "0.000012345");
    assert_prints(0.0000099, "9.9e-6");
    assert_prints(1.5e-7, "1.5e-7");
    assert_prints(1e16, "10000000000000000");
    assert_prints(72057594037927936.0, "72057594037927940");
    assert_prints(99999999999999984.0, "99999999999999980");
    assert_prints(1e17, "1e+17");
    assert_prints(1e23, "1e+23");
    assert_prints(123456789012345680.0, "1.2345678901234568e+17");
    assert_prints(5e-324, "5e-324");
    assert_prints(1e-323, "1e-323");
    assert_prints(2.2250738585072014e-308, "2.2250738585072014e-308");
    assert_prints(-1.7976931348623157e308, "-1.7976931348623157e+308");
    assert_prints(9007199254740992.0, "9007199254740992");
    assert_prints(9007199254740993e3, "9.007199254740993e+18");
    assert_prints(99999999999.9999, "99999999999.9999");
    assert_prints(123456789012.3456, "123456789012.3456");
    assert_prints(2e-44, "2e-44");
    assert_prints(9.5367431640625e-7, "9.5367431640625e-7");
}

/* Digits of the shortest %.*e that leads back, and that text: of several shortest it is the nearest. */
static int shortest_by_printf(double number, char *text, size_t text_bytes)
{
    for (int digits = 1; digits < 17; digits++) {
        snprintf(text, text_bytes, "%.*e", digits - 1, number);
        if (strtod(text, NULL) == number) return digits;
    }
    snprintf(text, text_bytes, "%.16e", number);
    return 17;
}

static void assert_shortest(double number, const char *text)
{
    char expected[64];
    const int digit_count = shortest_by_printf(number, expected, sizeof(expected));
    char digits[64];
    int count = 0;
    for (const char *at = text; *at != '\0' && *at != 'e'; at++) {
        if (*at >= '0' && *at <= '9' && (count > 0 || *at != '0')) digits[count++] = *at;
    }
    while (count > 1 && digits[count - 1] == '0')
        count--;
    /* At a power of two the nearest text of one digit less may lie just outside, and the next one inside:
     * printf does not try that, we do. That ours leads back is tested beside. */
    if (count < digit_count && (qa_double_bits(number) & (QA_HIDDEN_BIT - 1)) == 0) return;
    int position = 0;
    for (const char *at = expected; *at != 'e' && position < digit_count; at++) {
        if (*at < '0' || *at > '9') continue;
        if ((position < count ? digits[position] : '0') != *at)
            fail_msg("%s, printf says %s", text, expected);
        position++;
    }
    if (count > digit_count) fail_msg("%s is longer than %s", text, expected);
}

/* A number of the given kind: any bits, money, a neighbour of money, few digits, next to a power of two. */
static double number_of_kind(uint64_t kind, uint64_t *seed)
{
    const uint64_t random = next_random(seed);
    switch (kind % 5) {
    case 0:
        return (double)(int64_t)(random % 200000000000 - 100000000000) / 100;
    case 1:
        return qa_double_of_bits(qa_double_bits((double)(random % 1000000000) / 10000) + random % 3);
    case 2: {
        const uint64_t power = next_random(seed) % 2046 + 1;
        return qa_double_of_bits((power << QA_FRACTION_BITS) + random % 9 - 4);
    }
    default:
        return qa_double_of_bits(random);
    }
}

static uint64_t run_doubles(uint64_t count, uint64_t seed)
{
    uint64_t done = 0;
    for (uint64_t i = 0; i < count; i++) {
        const double number = number_of_kind(i, &seed);
        if (!isfinite(number)) continue;
        char text[QA_DOUBLE_TEXT_BYTES + 1];
        double read = 0.0;
        const size_t bytes = qa_double_print(number, text);
        text[bytes] = '\0';
        if (qa_double_parse(text, bytes, &read) != QA_OK || read != number)
            fail_msg("%.17g printed as %s, read as %.17g", number, text, read);
        if (i % 4 == 0 && strtod(text, NULL) != number) fail_msg("%.17g printed as %s", number, text);
        if (i % 64 == 3) assert_shortest(number, text);
        done++;
    }
    return done;
}

static void every_double_survives_printing_in_the_shortest_text(void **state)
{
    (void)state;
    const uint64_t count = run_doubles(long_or_short(150000000, 1500000), 20260109);
    printf("%llu doubles printed and read\n", (unsigned long long)count);
}

static void texts_of_any_length_are_read_as_strtod_reads_them(void **state)
{
    (void)state;
    uint64_t seed = 20260110;
    const uint64_t count = long_or_short(60000000, 700000);
    uint64_t done = 0;
    for (uint64_t i = 0; i < count; i++) {
        const double number = number_of_kind(i, &seed);
        if (!isfinite(number)) continue;
        char text[96];
        const int digits = (int)(next_random(&seed) % 24);
        const int bytes =
            i % 3 != 0
                ? snprintf(text, sizeof(text), "%.*e", digits, number)
                : snprintf(text, sizeof(text), "%llu%llue%d", (unsigned long long)next_random(&seed),
                           (unsigned long long)(next_random(&seed) >> (seed % 64)), (int)(i % 700) - 380);
        assert_parses(text, (size_t)bytes);
        done++;
    }
    printf("%llu texts read\n", (unsigned long long)done);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_hard_texts_are_read_as_strtod_reads_them),
        cmocka_unit_test(a_text_of_many_digits_is_read_exactly),
        cmocka_unit_test(halfway_points_are_rounded_to_even_and_their_neighbours_are_not),
        cmocka_unit_test(doubles_are_printed_in_their_form),
        cmocka_unit_test(every_double_survives_printing_in_the_shortest_text),
        cmocka_unit_test(texts_of_any_length_are_read_as_strtod_reads_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
