/* Exact sums: no order, no grouping and no magnitude changes the result; python's fractions say what it must
 * be. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/double_core.h"
#include "qa/number.h"
#include "support/exact_sum_vectors.inc"

enum { VECTOR_COUNT = sizeof(vectors) / sizeof(vectors[0]) };

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static double random_finite(uint64_t *seed)
{
    double number = 0.0;
    do {
        number = qa_double_of_bits(next_random(seed));
    } while (!isfinite(number));
    return number;
}

static void assert_reads(const qa_exact_sum_t *sum, double expected)
{
    double number = -1.0;
    assert_int_equal(qa_exact_sum_read(sum, &number), QA_OK);
    assert_true(qa_double_bits(number) == qa_double_bits(expected));
}

static double sum_of(const double *numbers, size_t count)
{
    qa_exact_sum_t sum;
    double number = 0.0;
    qa_exact_sum_clear(&sum);
    qa_exact_sum_add_all(&sum, numbers, count);
    assert_int_equal(sum.count, count);
    assert_int_equal(qa_exact_sum_read(&sum, &number), QA_OK);
    return number;
}

static void an_empty_sum_is_missing_and_reads_as_zero(void **state)
{
    (void)state;
    qa_exact_sum_t sum;
    qa_exact_sum_clear(&sum);
    assert_int_equal(sum.count, 0);
    assert_reads(&sum, 0.0);
    qa_exact_sum_add(&sum, -0.0);
    assert_int_equal(sum.count, 1);
    assert_reads(&sum, 0.0);
}

static void one_number_is_read_back_with_the_same_bits(void **state)
{
    (void)state;
    static const double special[] = { 1.0,
                                      -1.0,
                                      0.1,
                                      4.9406564584124654e-324,
                                      2.2250738585072014e-308,
                                      -5e-324,
                                      1e308,
                                      -1e-308,
                                      1.7976931348623157e308,
                                      2.2250738585072009e-308,
                                      3.0,
                                      0x1p-52,
                                      0x1p53,
                                      0x1p1023 };
    for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
        assert_true(qa_double_bits(sum_of(&special[i], 1)) == qa_double_bits(special[i]));
    uint64_t seed = 20260101;
    for (int i = 0; i < 300000; i++) {
        const double number = random_finite(&seed);
        if (number != 0.0) assert_true(sum_of(&number, 1) == number);
    }
}

static void a_small_number_survives_beside_large_ones(void **state)
{
    (void)state;
    assert_true(sum_of((const double[]){ 1e308, 1.0, -1e308 }, 3) == 1.0);
    assert_true(sum_of((const double[]){ 1e16, 1.0, 1.0, -1e16 }, 4) == 2.0);
    assert_true(sum_of((const double[]){ 1e308, 1e308, -1e308 }, 3) == 1e308);
    assert_true(sum_of((const double[]){ 5e-324, -1e300, 1e300 }, 3) == 5e-324);
    assert_true(sum_of((const double[]){ 0.1, 0.2, -0.3 }, 3) == 0x1p-55);
}

static void halves_round_to_even_and_any_rest_decides(void **state)
{
    (void)state;
    assert_true(sum_of((const double[]){ 1.0, 0x1p-53 }, 2) == 1.0);
    assert_true(sum_of((const double[]){ 1.0, 0x1p-52, 0x1p-53 }, 3) == 1.0 + 0x1p-51);
    assert_true(sum_of((const double[]){ 1.0, 0x1p-53, 5e-324 }, 3) == 1.0 + 0x1p-52);
    assert_true(sum_of((const double[]){ -1.0, -0x1p-53, -5e-324 }, 3) == -1.0 - 0x1p-52);
    assert_true(sum_of((const double[]){ 1.0, 0x1p-53, -5e-324 }, 3) == 1.0);
    qa_exact_sum_t sum;
    qa_exact_sum_clear(&sum);
    qa_exact_sum_add(&sum, 1.0);
    qa_exact_sum_add(&sum, 0x1p-53);
    qa_exact_sum_add_product(&sum, 5e-324, 5e-324); /* 2^-2148 tips the balance */
    assert_reads(&sum, 1.0 + 0x1p-52);
    qa_exact_sum_add_product(&sum, -5e-324, 5e-324);
    assert_reads(&sum, 1.0);
}

static void a_sum_beyond_the_largest_double_is_an_overflow_and_can_come_back(void **state)
{
    (void)state;
    const double largest = 1.7976931348623157e308;
    qa_exact_sum_t sum;
    double number = 1.0;
    qa_exact_sum_clear(&sum);
    qa_exact_sum_add(&sum, largest);
    qa_exact_sum_add(&sum, 0x1p969); /* less than half a unit in the last place */
    assert_reads(&sum, largest);
    qa_exact_sum_add(&sum, 0x1p969); /* exactly half: to even, which is infinite */
    assert_int_equal(qa_exact_sum_read(&sum, &number), QA_OVERFLOW);
    assert_true(number == 0.0);
    qa_exact_sum_add(&sum, -largest);
    assert_reads(&sum, 0x1p970);
    qa_exact_sum_add_product(&sum, largest, -largest);
    assert_int_equal(qa_exact_sum_read(&sum, &number), QA_OVERFLOW);
    qa_exact_sum_add_product(&sum, largest, largest);
    assert_reads(&sum, 0x1p970);
}

static void add_vector(qa_exact_sum_t *sum, int index)
{
    for (int i = 0; i < TERMS; i++) {
        qa_exact_sum_add(sum, qa_double_of_bits(vectors[index].numbers[i]));
        qa_exact_sum_add_product(sum, qa_double_of_bits(vectors[index].a[i]),
                                 qa_double_of_bits(vectors[index].b[i]));
    }
}

static void sums_of_numbers_and_products_equal_those_of_fractions(void **state)
{
    (void)state;
    for (int i = 0; i < VECTOR_COUNT; i++) {
        qa_exact_sum_t sum;
        double number = 0.0;
        qa_exact_sum_clear(&sum);
        add_vector(&sum, i);
        const qa_status_t status = qa_exact_sum_read(&sum, &number);
        assert_int_equal(status, vectors[i].is_overflow ? QA_OVERFLOW : QA_OK);
        assert_true(qa_double_bits(number) == vectors[i].sum);
    }
}

static void neither_order_nor_grouping_changes_the_bits(void **state)
{
    (void)state;
    enum { COUNT = 64 };
    uint64_t seed = 20260103;
    for (int round = 0; round < 2000; round++) {
        double numbers[COUNT];
        for (int i = 0; i < COUNT; i++) {
            numbers[i] = (double)(int64_t)next_random(&seed) * 1e-7;
            if (round % 2 == 0) numbers[i] = ldexp(numbers[i], (int)(next_random(&seed) % 1400) - 700);
            if (i % 3 == 2) numbers[i] = -numbers[i - 1];
        }
        const double forward = sum_of(numbers, COUNT);
        qa_exact_sum_t left, right;
        qa_exact_sum_clear(&left);
        qa_exact_sum_clear(&right);
        for (int i = COUNT - 1; i > 0; i--) {
            const int j = (int)(next_random(&seed) % (uint64_t)(i + 1));
            const double kept = numbers[i];
            numbers[i] = numbers[j];
            numbers[j] = kept;
        }
        for (int i = 0; i < COUNT; i++)
            qa_exact_sum_add((next_random(&seed) & 1) != 0 ? &left : &right, numbers[i]);
        qa_exact_sum_merge(&left, &right);
        assert_int_equal(left.count, COUNT);
        assert_reads(&left, forward);
    }
}

static void a_sum_of_integers_equals_the_sum_in_128_bits(void **state)
{
    (void)state;
    uint64_t seed = 20260104;
    for (int round = 0; round < 3000; round++) {
        qa_exact_sum_t sum;
        qa_int128_t exact = 0;
        qa_exact_sum_clear(&sum);
        for (int i = 0; i < 100; i++) {
            const int64_t a = (int64_t)(next_random(&seed) >> 11) - (1 << 30);
            const int64_t b = (int64_t)(next_random(&seed) >> (11 + i % 50)) * ((i & 1) != 0 ? -1 : 1);
            qa_exact_sum_add(&sum, (double)a);
            qa_exact_sum_add_product(&sum, (double)a, (double)b);
            exact += (qa_int128_t)a * b + a;
        }
        assert_reads(&sum, (double)exact);
    }
}

static void the_count_stops_at_its_maximum(void **state)
{
    (void)state;
    qa_exact_sum_t sum, other;
    qa_exact_sum_clear(&sum);
    qa_exact_sum_add(&sum, 1.0);
    sum.count = UINT32_MAX;
    other = sum;
    qa_exact_sum_add(&sum, 1.0);
    qa_exact_sum_merge(&sum, &other);
    assert_true(sum.count == UINT32_MAX);
    assert_reads(&sum, 3.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_sum_is_missing_and_reads_as_zero),
        cmocka_unit_test(one_number_is_read_back_with_the_same_bits),
        cmocka_unit_test(a_small_number_survives_beside_large_ones),
        cmocka_unit_test(halves_round_to_even_and_any_rest_decides),
        cmocka_unit_test(a_sum_beyond_the_largest_double_is_an_overflow_and_can_come_back),
        cmocka_unit_test(sums_of_numbers_and_products_equal_those_of_fractions),
        cmocka_unit_test(neither_order_nor_grouping_changes_the_bits),
        cmocka_unit_test(a_sum_of_integers_equals_the_sum_in_128_bits),
        cmocka_unit_test(the_count_stops_at_its_maximum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
