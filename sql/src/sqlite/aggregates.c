/* SUM and AVG in SQLite: decimals add up in 192 bits, doubles exactly, so that the order of rows never shows
 * in a result. COUNT, MIN and MAX are SQLite's own on the encoding. They must never round before the end. */
#include <string.h>

#include "base/error.h"
#include "sqlite/engine_private.h"
#include "value/decimal.h"

/* A sum of 128-bit integers in two's complement of 192 bits: 2^64 of them fit. In words of 64 bits, as SQLite
 * aligns memory to 8 bytes only. */
typedef struct decimal_sum {
    uint64_t low, middle;
    int64_t high;
    bool has_value;
} decimal_sum_t;

static void decimal_step(sqlite3_context *context, int argument_count, sqlite3_value **arguments)
{
    (void)argument_count;
    const int storage = sqlite3_value_type(arguments[0]);
    if (storage == SQLITE_NULL) return;
    decimal_sum_t *sum = sqlite3_aggregate_context(context, sizeof(*sum));
    if (sum == NULL) {
        sqlite3_result_error_nomem(context);
        return;
    }
    qa_int128_t units;
    if (storage == SQLITE_INTEGER) {
        units = sqlite3_value_int64(arguments[0]);
    } else if (storage == SQLITE_BLOB && sqlite3_value_bytes(arguments[0]) == 16) {
        units = qa_sql_decode_decimal(sqlite3_value_blob(arguments[0]));
    } else {
        qa_sql_stash(sqlite3_user_data(context), context, QA_CORRUPT, "SUM was given what is no number");
        return;
    }
    const qa_uint128_t before = (qa_uint128_t)sum->middle << 64 | sum->low;
    const qa_uint128_t after = before + (qa_uint128_t)units;
    sum->high += (after < before ? 1 : 0) + (units < 0 ? -1 : 0);
    sum->low = (uint64_t)after;
    sum->middle = (uint64_t)(after >> 64);
    sum->has_value = true;
}

static void decimal_end(sqlite3_context *context)
{
    const decimal_sum_t *sum = sqlite3_aggregate_context(context, 0);
    if (sum == NULL || !sum->has_value) {
        sqlite3_result_null(context);
        return;
    }
    const qa_int128_t units = (qa_int128_t)((qa_uint128_t)sum->middle << 64 | sum->low);
    if (sum->high != (units < 0 ? -1 : 0) || !qa_sql_decimal_fits(units, QA_SQL_PRECISION_MAX)) {
        qa_sql_stash(sqlite3_user_data(context), context, QA_OVERFLOW, "a sum has more than 38 digits");
        return;
    }
    const qa_sql_value_t result = { .kind = QA_SQL_DECIMAL, .units = units };
    qa_sql_encode(context, &result, false);
}

typedef struct double_sum {
    qa_exact_sum_t exact;
    int64_t count;
} double_sum_t;

static void double_step(sqlite3_context *context, int argument_count, sqlite3_value **arguments)
{
    (void)argument_count;
    if (sqlite3_value_type(arguments[0]) == SQLITE_NULL) return;
    double_sum_t *sum = sqlite3_aggregate_context(context, sizeof(*sum));
    if (sum == NULL) {
        sqlite3_result_error_nomem(context);
        return;
    }
    if (sum->count == 0) qa_exact_sum_clear(&sum->exact);
    qa_exact_sum_add(&sum->exact, sqlite3_value_double(arguments[0]));
    sum->count++;
}

static void double_end(sqlite3_context *context, bool is_average)
{
    const double_sum_t *sum = sqlite3_aggregate_context(context, 0);
    double number = 0.0;
    if (sum == NULL || sum->count == 0) {
        sqlite3_result_null(context);
        return;
    }
    if (qa_exact_sum_read(&sum->exact, &number) != QA_OK) {
        qa_sql_stash(sqlite3_user_data(context), context, QA_OVERFLOW, "a sum is too large for a DOUBLE");
        return;
    }
    if (is_average) number /= (double)sum->count;
    sqlite3_result_double(context, number == 0.0 ? 0.0 : number);
}

static void double_sum_end(sqlite3_context *context)
{
    double_end(context, false);
}

static void double_average_end(sqlite3_context *context)
{
    double_end(context, true);
}

int qa_sql_register_aggregates(qa_sql_engine_t *engine)
{
    static const struct {
        const char *name;
        void (*step)(sqlite3_context *, int, sqlite3_value **);
        void (*end)(sqlite3_context *);
    } aggregates[] = {
        { "qa_sum_decimal", decimal_step, decimal_end },
        { "qa_sum_double", double_step, double_sum_end },
        { "qa_avg_double", double_step, double_average_end },
    };
    int code = SQLITE_OK;
    for (size_t i = 0; i < sizeof(aggregates) / sizeof(aggregates[0]) && code == SQLITE_OK; i++)
        code = sqlite3_create_function_v2(engine->database, aggregates[i].name, 1,
                                          SQLITE_UTF8 | SQLITE_DETERMINISTIC, engine, NULL,
                                          aggregates[i].step, aggregates[i].end, NULL);
    return code;
}
