/* Functions of ours in SQLite: qa_expr computes a scalar with the one evaluator, qa_single guards a sub-query
 * that stands for one value, qa_average divides, qa_names compares names. They must never answer with a text
 * of their own where a status is due: the failure is kept in the engine. */
#include <assert.h>

#include "base/error.h"
#include "sqlite/engine_private.h"
#include "value/decimal.h"

/* Results were copied by SQLite, so the arena may go any time; not at every call, as its blocks cost time. */
enum { EVALUATION_BYTES = 1 << 20 };

void qa_sql_stash(qa_sql_engine_t *engine, sqlite3_context *context, qa_status_t status, const char *words)
{
    assert(status != QA_OK);
    if (engine->failure.status == QA_OK) qa_fail(&engine->failure, status, "%s", words);
    if (status == QA_NO_MEMORY)
        sqlite3_result_error_nomem(context);
    else
        sqlite3_result_error(context, "the failure is in the engine", -1);
}

/* qa_expr(number, inputs …); further arguments only tie the call to a row. */
static void compute(sqlite3_context *context, int argument_count, sqlite3_value **arguments)
{
    qa_sql_engine_t *engine = sqlite3_user_data(context);
    const int64_t number = sqlite3_value_int64(arguments[0]);
    const qa_sql_rows_cursor_t *cursor = engine->cursors[number / QA_SQL_SLOT_STEP];
    const qa_sql_computed_t *computed = &cursor->computed[number % QA_SQL_SLOT_STEP];
    qa_sql_value_t inputs[QA_SQL_INPUTS_MAX];
    qa_sql_value_t result;
    assert(number % QA_SQL_SLOT_STEP < cursor->computed_count && argument_count > computed->input_count);
    (void)argument_count;
    for (uint16_t i = 0; i < computed->input_count; i++) {
        if (!qa_sql_decode(arguments[i + 1], &computed->input_types[i], &inputs[i])) {
            qa_sql_stash(engine, context, QA_CORRUPT, "the row engine handed on a value of another type");
            return;
        }
    }
    const qa_sql_environment_t environment = { .parameters = cursor->run.parameters,
                                               .inputs = inputs,
                                               .arena = &engine->evaluation,
                                               .context = cursor->run.context,
                                               .error = &engine->failure };
    const qa_status_t status = qa_sql_evaluate(computed->plain, &environment, &result);
    if (status != QA_OK)
        qa_sql_stash(engine, context, status, "an expression cannot be computed");
    else
        qa_sql_encode(context, &result, false);
    if (engine->evaluation.bytes > EVALUATION_BYTES) qa_arena_release(&engine->evaluation);
}

/* --- qa_single --- */

typedef struct single {
    sqlite3_value *value;
    bool has_value;
} single_t;

static void single_step(sqlite3_context *context, int argument_count, sqlite3_value **arguments)
{
    (void)argument_count;
    single_t *single = sqlite3_aggregate_context(context, sizeof(*single));
    if (single == NULL) {
        sqlite3_result_error_nomem(context);
    } else if (single->has_value) {
        qa_sql_stash(sqlite3_user_data(context), context, QA_MORE_THAN_ONE_ROW,
                     "a sub-query that stands for one value gave more than one row; narrow it, use an "
                     "aggregate such as MIN, or LIMIT 1");
    } else {
        single->has_value = true;
        single->value = sqlite3_value_dup(arguments[0]);
        if (single->value == NULL) sqlite3_result_error_nomem(context);
    }
}

static void single_end(sqlite3_context *context)
{
    single_t *single = sqlite3_aggregate_context(context, 0);
    if (single == NULL || single->value == NULL) {
        sqlite3_result_null(context);
        return;
    }
    sqlite3_result_value(context, single->value);
    sqlite3_value_free(single->value);
    single->value = NULL;
}

/* --- qa_average --- */

/* qa_average(sum, count, digits): sum × 10^digits ÷ count, rounded half away from zero. */
static void average(sqlite3_context *context, int argument_count, sqlite3_value **arguments)
{
    static const qa_sql_type_t type = { .kind = QA_SQL_DECIMAL };
    qa_sql_value_t sum;
    (void)argument_count;
    if (!qa_sql_decode(arguments[0], &type, &sum) || sum.kind == QA_SQL_NULL) {
        sqlite3_result_null(context);
        return;
    }
    const qa_int128_t count = sqlite3_value_int64(arguments[1]);
    const uint32_t digits = (uint32_t)sqlite3_value_int64(arguments[2]);
    qa_int128_t units = 0;
    const qa_status_t status = qa_sql_decimal_divide(sum.units, digits, count, &units);
    if (status != QA_OK) {
        qa_sql_stash(sqlite3_user_data(context), context, status,
                     "an average has more than 38 digits; cast what is averaged to fewer decimals");
        return;
    }
    const qa_sql_value_t result = { .kind = QA_SQL_DECIMAL, .units = units };
    qa_sql_encode(context, &result, false);
}

/* --- qa_names --- */

static int compare_names(void *context, int a_bytes, const void *a, int b_bytes, const void *b)
{
    (void)context;
    const qa_sql_value_t left = { .kind = QA_SQL_TEXT, .bytes = (uint32_t)a_bytes, .text = a };
    const qa_sql_value_t right = { .kind = QA_SQL_TEXT, .bytes = (uint32_t)b_bytes, .text = b };
    return qa_sql_compare(&left, &right, true);
}

int qa_sql_register_functions(qa_sql_engine_t *engine)
{
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC;
    sqlite3 *database = engine->database;
    int code = sqlite3_create_function_v2(database, "qa_expr", -1, flags, engine, compute, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code =
            sqlite3_create_function_v2(database, "qa_average", 3, flags, engine, average, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_create_function_v2(database, "qa_single", 1, flags, engine, NULL, single_step,
                                          single_end, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_create_collation_v2(database, QA_SQL_NAMES, SQLITE_UTF8, NULL, compare_names, NULL);
    return code;
}
