/* How fast numbers become text and text numbers, ours beside the C library's. Columns as in a ledger: money
 * with two decimals, integers, doubles of full precision, and the mix of them. Prints ns per number and MB/s
 * of text. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "qa/number.h"
#include "qa/text.h"

enum { COUNT = 1000000, ROUNDS = 3, TEXT_BYTES = 32 };

typedef struct column {
    const char *name;
    double *numbers;
    char *texts; /* TEXT_BYTES each, terminated for strtod */
    uint8_t *lengths;
    double bytes;
} column_t;

static double checksum; /* printed, so that no loop can be left out */

static double now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static double make_number(int kind, uint64_t *seed)
{
    const uint64_t random = next_random(seed);
    if (kind == 3) kind = random % 4 < 2 ? 0 : (int)(random % 4) - 1;
    if (kind == 0) return (double)(int64_t)((random >> 8) % 200000000 - 100000000) / 100;
    if (kind == 1) return (double)(int64_t)((random >> 8) % 1000000);
    return (double)(random >> 11) * 0x1p-53 * 1000;
}

static void run_print_ours(const column_t *column)
{
    char text[QA_DOUBLE_TEXT_BYTES];
    for (int i = 0; i < COUNT; i++)
        checksum += (double)qa_double_print(column->numbers[i], text);
}

static void run_print_libc(const column_t *column)
{
    char text[QA_DOUBLE_TEXT_BYTES];
    for (int i = 0; i < COUNT; i++)
        checksum += (double)snprintf(text, sizeof(text), "%.17g", column->numbers[i]);
}

static void run_parse_ours(const column_t *column)
{
    double number = 0.0;
    for (int i = 0; i < COUNT; i++) {
        qa_double_parse(column->texts + (size_t)i * TEXT_BYTES, column->lengths[i], &number);
        checksum += number;
    }
}

static void run_parse_libc(const column_t *column)
{
    for (int i = 0; i < COUNT; i++)
        checksum += strtod(column->texts + (size_t)i * TEXT_BYTES, NULL);
}

static void run_decimal_parse(const column_t *column)
{
    int64_t units = 0;
    bool is_rounded = false;
    for (int i = 0; i < COUNT; i++) {
        qa_decimal_parse(column->texts + (size_t)i * TEXT_BYTES, column->lengths[i], 2, &units, &is_rounded);
        checksum += (double)units;
    }
}

static void run_decimal_print(const column_t *column)
{
    char text[QA_DECIMAL_TEXT_BYTES];
    for (int i = 0; i < COUNT; i++)
        checksum += (double)qa_decimal_print((int64_t)(column->numbers[i] * 100), 2, text);
}

static void run_exact_sum(const column_t *column)
{
    qa_exact_sum_t sum;
    double number = 0.0;
    qa_exact_sum_clear(&sum);
    qa_exact_sum_add_all(&sum, column->numbers, COUNT);
    qa_exact_sum_read(&sum, &number);
    checksum += number;
}

static void run_exact_products(const column_t *column)
{
    qa_exact_sum_t sum;
    double number = 0.0;
    qa_exact_sum_clear(&sum);
    for (int i = 1; i < COUNT; i++)
        qa_exact_sum_add_product(&sum, column->numbers[i - 1], column->numbers[i]);
    qa_exact_sum_read(&sum, &number);
    checksum += number;
}

static void run_name_key(const column_t *column)
{
    char key[QA_NAME_KEY_BYTES];
    for (int i = 0; i < COUNT; i++) {
        size_t bytes = 0;
        qa_name_key(column->texts + (size_t)i * TEXT_BYTES, column->lengths[i], key, &bytes);
        checksum += (double)bytes;
    }
}

static void measure(const char *what, void (*run)(const column_t *), const column_t *column)
{
    double best = 1e300;
    for (int round = 0; round < ROUNDS; round++) {
        const double start = now_ns();
        run(column);
        const double spent = now_ns() - start;
        if (spent < best) best = spent;
    }
    printf("%-24s %-10s %8.1f ns/number %8.0f MB/s\n", what, column->name, best / COUNT,
           column->bytes / best * 1e3);
}

int main(void)
{
    static const char *const names[] = { "money", "integers", "full", "mixed" };
    static double numbers[COUNT];
    static char texts[(size_t)COUNT * TEXT_BYTES];
    static uint8_t lengths[COUNT];
    uint64_t seed = 20260101;
    for (int kind = 0; kind < 4; kind++) {
        column_t column = { names[kind], numbers, texts, lengths, 0.0 };
        for (int i = 0; i < COUNT; i++) {
            char *const text = texts + (size_t)i * TEXT_BYTES;
            numbers[i] = make_number(kind, &seed);
            lengths[i] = (uint8_t)qa_double_print(numbers[i], text);
            text[lengths[i]] = '\0';
            column.bytes += lengths[i];
        }
        measure("print double, ours", run_print_ours, &column);
        measure("print double, snprintf", run_print_libc, &column);
        measure("parse double, ours", run_parse_ours, &column);
        measure("parse double, strtod", run_parse_libc, &column);
        measure("parse decimal", run_decimal_parse, &column);
        measure("print decimal", run_decimal_print, &column);
        measure("exact sum", run_exact_sum, &column);
        measure("exact sum of products", run_exact_products, &column);
        measure("name key, ASCII", run_name_key, &column);
    }
    printf("checksum %g\n", checksum);
    return 0;
}
