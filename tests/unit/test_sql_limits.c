/* Statements that are long in one direction: chains, lists, sets, joins, nests, literals. Each must give an
 * answer or a clean refusal, also in a thread with the small stack of a foreign host. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "qa/sql.h"
#include "support/app_world.h"

#if defined(__SANITIZE_THREAD__)
#define SMALL_STACK_KIB 4096 /* its frames are several times as large */
#else
#define SMALL_STACK_KIB 512
#endif
enum { SMALL_STACK_BYTES = SMALL_STACK_KIB << 10, TEXT_BYTES_MAX = 64 << 20 };

/* A text that is put together of a repeated part. */
typedef struct builder {
    char *text;
    size_t bytes;
} builder_t;

static void put(builder_t *builder, const char *text)
{
    const size_t bytes = strlen(text);
    assert_true(builder->bytes + bytes < TEXT_BYTES_MAX);
    memcpy(builder->text + builder->bytes, text, bytes);
    builder->bytes += bytes;
}

/* "%u" in the part becomes the number of the repetition. */
static void repeat(builder_t *builder, const char *part, uint32_t count, const char *between)
{
    const char *mark = strstr(part, "%u");
    for (uint32_t i = 0; i < count; i++) {
        char number[16];
        if (i > 0) put(builder, between);
        if (mark == NULL) {
            put(builder, part);
            continue;
        }
        assert_true(builder->bytes + (size_t)(mark - part) < TEXT_BYTES_MAX);
        memcpy(builder->text + builder->bytes, part, (size_t)(mark - part));
        builder->bytes += (size_t)(mark - part);
        snprintf(number, sizeof(number), "%u", i);
        put(builder, number);
        put(builder, mark + 2);
    }
}

typedef struct shape {
    const char *what;
    const char *before;
    const char *part;
    uint32_t count;
    const char *between;
    const char *after;
    const char *after_each; /* repeated as often, behind `after` */
} shape_t;

static const shape_t shapes[] = {
    { "a sum of 100000 terms", "SELECT ", "1", 100000, "+", "", NULL },
    { "a sum of 190 terms", "SELECT ", "1", 190, "+", "", NULL },
    { "a product", "SELECT ", "1", 100000, "*", "", NULL },
    { "differences of columns", "SELECT ", "value", 100000, "-", " FROM facts", NULL },
    { "a sum of columns", "SELECT SUM(", "value", 150, "+", ") FROM facts", NULL },
    { "signs", "SELECT ", "-", 100000, " ", " 1", NULL },
    { "NOTs", "SELECT * FROM atoms WHERE ", "NOT", 100000, " ", " Scenario = 'Actual'", NULL },
    { "concatenations", "SELECT ", "'a'", 100000, "||", "", NULL },
    { "concatenations of columns", "SELECT ", "Account", 100000, "||", " FROM atoms", NULL },
    { "ANDs", "SELECT COUNT(*) FROM atoms WHERE ", "value <> %u", 100000, " AND ", "", NULL },
    { "ANDs in the core", "SELECT COUNT(*) FROM atoms WHERE ", "Account <> '%u'", 100000, " AND ", "", NULL },
    { "ANDs, 60000", "SELECT COUNT(*) FROM atoms WHERE ", "value <> %u", 60000, " AND ", "", NULL },
    { "ORs", "SELECT COUNT(*) FROM atoms WHERE ", "value = %u", 100000, " OR ", "", NULL },
    { "ORs, 60000", "SELECT COUNT(*) FROM atoms WHERE ", "value = %u", 60000, " OR ", "", NULL },
    { "ORs in the core", "SELECT SUM(value) FROM facts WHERE ", "Account = '%u'", 60000, " OR ", "", NULL },
    { "alternating AND and OR", "SELECT COUNT(*) FROM atoms WHERE ", "value = 1 AND value = 2", 50000, " OR ",
      "", NULL },
    { "comparisons in a chain", "SELECT ", "1", 100000, "=", "", NULL },
    { "IS NULL in a chain", "SELECT 1 ", "IS NULL", 100000, " ", "", NULL },
    { "a list of 100000", "SELECT COUNT(*) FROM atoms WHERE value IN (", "%u", 100000, ",", ")", NULL },
    { "a list of 60000", "SELECT COUNT(*) FROM atoms WHERE value IN (", "%u", 60000, ",", ")", NULL },
    { "a list of 60000 names", "SELECT SUM(value) FROM atoms WHERE Account IN (", "'%u'", 60000, ",", ")",
      NULL },
    { "a list that the row engine sees", "SELECT value FROM atoms WHERE text_value IN (", "'%u'", 60000, ",",
      ") OR value = (SELECT 1)", NULL },
    { "a list of parameters", "SELECT COUNT(*) FROM atoms WHERE value IN (", "?", 70000, ",", ")", NULL },
    { "UNION ALLs", "", "SELECT %u", 5000, " UNION ALL ", "", NULL },
    { "500 UNION ALLs", "", "SELECT %u", 500, " UNION ALL ", "", NULL },
    { "190 UNION ALLs", "", "SELECT %u", 190, " UNION ALL ", "", NULL },
    { "190 UNIONs of tables", "", "SELECT value FROM atoms WHERE value <> %u", 190, " UNION ", "", NULL },
    { "INTERSECTs", "", "SELECT 1", 5000, " INTERSECT ", "", NULL },
    { "EXCEPTs with order", "", "SELECT %u AS a", 190, " EXCEPT ", " ORDER BY a", NULL },
    { "parentheses", "SELECT ", "(", 100000, "", "1", ")" },
    { "190 parentheses", "SELECT ", "(", 190, "", "1", ")" },
    { "derived tables", "", "SELECT * FROM (", 100000, "", "SELECT 1 AS a", ") AS t" },
    { "60 derived tables", "", "SELECT * FROM (", 60, "", "SELECT value FROM atoms", ") AS t" },
    { "180 derived tables", "", "SELECT * FROM (", 180, "", "SELECT value FROM atoms", ") AS t" },
    { "180 derived tables with a limit", "", "SELECT * FROM (", 180, "", "SELECT value FROM atoms",
      " LIMIT 5) AS t" },
    { "90 grouped derived tables", "", "SELECT x, COUNT(*) FROM (", 90, "", "SELECT value AS x FROM atoms",
      ") AS t GROUP BY x" },
    { "scalar sub-queries", "SELECT ", "(SELECT ", 100000, "", "1", ")" },
    { "90 scalar sub-queries", "SELECT ", "(SELECT MAX(value) + ", 90, "", "1", " FROM atoms)" },
    { "sub-queries in IN", "SELECT value FROM atoms WHERE ", "value IN (SELECT value FROM atoms WHERE ", 80,
      "", "value = 1", ")" },
    { "correlated EXISTS", "SELECT COUNT(*) FROM atoms WHERE ",
      "EXISTS (SELECT 1 FROM Scenario WHERE member = Scenario AND ", 40, "", "1 = 1", ")" },
    { "cases in cases", "SELECT ", "CASE WHEN 1 = 1 THEN ", 100000, "", "1", " END" },
    { "cases in cases, 150", "SELECT ", "CASE WHEN 1 = 1 THEN ", 150, "", "1", " END" },
    { "whens", "SELECT CASE value ", "WHEN %u THEN 'x'", 30000, " ", " END FROM atoms", NULL },
    { "functions in functions", "SELECT ", "UPPER(", 100000, "", "'a'", ")" },
    { "150 functions in functions", "SELECT ", "UPPER(", 150, "", "'a'", ")" },
    { "arguments", "SELECT COALESCE(", "value", 65000, ",", ") FROM atoms", NULL },
    { "too many arguments", "SELECT COALESCE(", "1", 70000, ",", ")", NULL },
    { "columns", "SELECT ", "%u", 10000, ",", "", NULL },
    { "2000 columns", "SELECT ", "value + %u", 2000, ",", " FROM atoms", NULL },
    { "1990 columns by the row engine", "SELECT ", "value + %u", 1990, ",",
      " FROM atoms WHERE value > (SELECT 0)", NULL },
    { "1990 columns with aggregates", "SELECT ", "SUM(value + %u)", 1990, ",", " FROM atoms", NULL },
    { "70000 columns", "SELECT ", "1", 70000, ",", "", NULL },
    { "stars", "SELECT ", "*", 1000, ",", " FROM atoms", NULL },
    { "joins", "SELECT COUNT(*) FROM Scenario s", " JOIN Scenario s%u ON 1 = 1", 200, "", "", NULL },
    { "60 joins by a key", "SELECT COUNT(*) FROM Scenario s",
      " NATURAL JOIN (SELECT member FROM Scenario) AS t%u", 60, "", "", NULL },
    { "joins in parentheses", "SELECT COUNT(*) FROM ", "(", 190, "", "Scenario s", " CROSS JOIN Scenario)" },
    { "tables with commas", "SELECT COUNT(*) FROM ", "Scenario s%u", 200, ",", "", NULL },
    { "groups", "SELECT COUNT(*) FROM atoms GROUP BY ", "value + %u", 300, ",", "", NULL },
    { "249 groups", "SELECT COUNT(*) FROM atoms GROUP BY ", "value + %u", 249, ",", "", NULL },
    { "sort keys", "SELECT value FROM atoms ORDER BY ", "value + %u", 249, ",", "", NULL },
    { "too many sort keys", "SELECT value FROM atoms ORDER BY ", "value + %u", 70000, ",", "", NULL },
    { "rows of VALUES", "VALUES ", "(%u)", 100000, ",", "", NULL },
    { "CTEs", "WITH ", "c%u AS (SELECT 1 AS a)", 2000, ",", " SELECT * FROM c7", NULL },
    { "a literal of a megabyte", "SELECT '", "abcdefgh", 131072, "", "'", NULL },
    { "a literal of a megabyte compared", "SELECT COUNT(*) FROM atoms WHERE Account LIKE '", "%abcdefg",
      131072, "", "'", NULL },
    { "a pattern of a megabyte", "SELECT COUNT(*) FROM atoms WHERE text_value LIKE '", "a%_b", 262144, "",
      "'", NULL },
    { "a number of a megabyte", "SELECT ", "12345678", 131072, "", "", NULL },
    { "a number with a long fraction", "SELECT 0.", "12345678", 131072, "", "", NULL },
    { "a name of a megabyte", "SELECT ", "abcdefgh", 131072, "", "", NULL },
    { "a quoted name of a megabyte", "SELECT \"", "abcdefgh", 131072, "", "\" FROM atoms", NULL },
    { "a comment of a megabyte", "SELECT /*", "abcdefgh", 131072, "", "*/ 1", NULL },
    { "comments in comments", "SELECT ", "/*", 100000, "", " 1 ", "*/" },
    { "escapes in escapes", "SELECT ", "{fn UCASE(", 100000, "", "'a'", ")}" },
    { "outer join escapes", "SELECT 1 FROM ", "{oj ", 100000, "", "Scenario", "}" },
    { "spaces", "SELECT", " ", 4000000, "", "1", NULL },
    { "EXPLAIN of a chain", "EXPLAIN SELECT COUNT(*) FROM atoms WHERE ", "value = %u", 50000, " OR ", "",
      NULL },
    { "BETWEENs", "SELECT COUNT(*) FROM atoms WHERE ", "value BETWEEN %u AND 5", 30000, " OR ", "", NULL },
    { "casts in casts", "SELECT ", "CAST(", 150, "", "1", " AS VARCHAR(10))" },
    { "double colons", "SELECT 1 ", "::INTEGER", 100000, "", "", NULL },
};

static void build(const shape_t *shape, builder_t *builder)
{
    builder->bytes = 0;
    put(builder, shape->before);
    repeat(builder, shape->part, shape->count, shape->between);
    put(builder, shape->after);
    if (shape->after_each != NULL) repeat(builder, shape->after_each, shape->count, "");
}

static bool is_clean(qa_status_t status)
{
    return status == QA_OK || status == QA_LIMIT || status == QA_SYNTAX || status == QA_OVERFLOW ||
           status == QA_COLUMN_NOT_FOUND || status == QA_NOT_A_NUMBER || status == QA_COLUMN_COUNT ||
           status == QA_TYPE_CLASH || status == QA_TEXT_TOO_LONG || status == QA_COLUMN_AMBIGUOUS ||
           status == QA_NOT_YET || status == QA_TOO_MANY_DECIMALS;
}

static qa_status_t run(qa_sql_session_t *session, const builder_t *builder, uint64_t *row_count_out,
                       qa_error_t *error)
{
    qa_sql_statement_t *statement = NULL;
    const qa_sql_batch_t *batch = NULL;
    *row_count_out = 0;
    qa_status_t status = qa_sql_prepare(&statement, session, builder->text, builder->bytes, error);
    for (uint16_t p = 0; status == QA_OK && p < qa_sql_parameter_count(statement); p++)
        status = qa_sql_bind(statement, p, NULL, error);
    if (status == QA_OK) status = qa_sql_execute(statement, error);
    while (status == QA_OK && qa_sql_column_count(statement) > 0) {
        status = qa_sql_fetch(statement, 1000, &batch, error);
        if (status != QA_OK || batch->row_count == 0) break;
        *row_count_out += batch->row_count;
    }
    qa_sql_close(statement);
    return status;
}

typedef struct task {
    const app_world_t *world;
    bool is_row_path;
    uint32_t fault_count;
} task_t;

static void *run_all(void *context)
{
    task_t *task = context;
    qa_error_t error;
    qa_sql_session_t *session = NULL;
    const qa_sql_session_options_t options = { .size = sizeof(options),
                                               .replica = task->world->folder,
                                               .actor = "ada",
                                               .door = "test",
                                               .is_row_path = task->is_row_path };
    builder_t builder = { .text = malloc(TEXT_BYTES_MAX) };
    if (builder.text == NULL || qa_sql_session_open(&session, &options, &error) != QA_OK) {
        task->fault_count++;
        free(builder.text);
        return NULL;
    }
    for (size_t s = 0; s < sizeof(shapes) / sizeof(shapes[0]); s++) {
        uint64_t row_count = 0;
        build(&shapes[s], &builder);
        const qa_status_t status = run(session, &builder, &row_count, &error);
        if (is_clean(status) && (status == QA_OK || error.message[0] != '\0')) continue;
        print_message("%s: status %d: %s\n", shapes[s].what, (int)status, error.message);
        task->fault_count++;
    }
    /* The session is as good as before. */
    builder.bytes = 0;
    put(&builder, "SELECT COUNT(*) FROM atoms");
    uint64_t row_count = 0;
    if (run(session, &builder, &row_count, &error) != QA_OK || row_count != 1) task->fault_count++;
    qa_sql_session_close(session);
    free(builder.text);
    return NULL;
}

static void fill(app_world_t *world)
{
    assert_int_equal(app_world_set(world, "Jan", "Actual", "Fire", "Revenue", 1000, NULL), QA_OK);
    assert_int_equal(app_world_set(world, "Feb", "Actual", "Police", "Expense", 250, NULL), QA_OK);
    assert_int_equal(app_world_set(world, "Mar", "Budget", "Police", "Expense", 75, NULL), QA_OK);
}

static void statements_without_measure_get_an_answer_or_a_clean_refusal(void **state)
{
    app_world_t world;
    (void)state;
    app_world_open(&world);
    fill(&world);
    task_t task = { .world = &world };
    run_all(&task);
    assert_int_equal(task.fault_count, 0);
    app_world_close(&world);
}

/* Excel and hosts of ODBC drivers call from threads with small stacks. */
static void a_small_stack_is_enough_for_every_statement(void **state)
{
    app_world_t world;
    pthread_attr_t attributes;
    pthread_t thread;
    (void)state;
    app_world_open(&world);
    fill(&world);
    for (int path = 0; path < 2; path++) {
        task_t task = { .world = &world, .is_row_path = path == 1 };
        assert_int_equal(pthread_attr_init(&attributes), 0);
        assert_int_equal(pthread_attr_setstacksize(&attributes, SMALL_STACK_BYTES), 0);
        assert_int_equal(pthread_create(&thread, &attributes, run_all, &task), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(pthread_attr_destroy(&attributes), 0);
        assert_int_equal(task.fault_count, 0);
    }
    app_world_close(&world);
}

/* 40 CTEs that each read the one before twice: whoever followed every way through them would never end. */
static void ctes_that_read_the_last_one_twice_are_looked_at_once(void **state)
{
    static const char *const outputs[] = { "x.a", "(x.a + y.a) / 2", "MAX(x.a + y.a - y.a)" };
    app_world_t world;
    qa_sql_session_t *session = NULL;
    qa_error_t error;
    builder_t builder = { .text = malloc(TEXT_BYTES_MAX) };
    (void)state;
    assert_non_null(builder.text);
    app_world_open(&world);
    const qa_sql_session_options_t options = {
        .size = sizeof(options), .replica = world.folder, .actor = "ada", .door = "test"
    };
    assert_int_equal(qa_sql_session_open(&session, &options, &error), QA_OK);
    for (size_t o = 0; o < sizeof(outputs) / sizeof(outputs[0]); o++) {
        uint64_t row_count = 0;
        builder.bytes = 0;
        put(&builder, "WITH c0 AS (SELECT 7 AS a)");
        for (unsigned i = 1; i < 40; i++) {
            char cte[160];
            snprintf(cte, sizeof(cte), ", c%u AS (SELECT %s AS a FROM c%u x, c%u y)", i, outputs[o], i - 1,
                     i - 1);
            put(&builder, cte);
        }
        put(&builder, " SELECT SUM(a) FROM c39");
        assert_int_equal(run(session, &builder, &row_count, &error), QA_OK);
        assert_int_equal(row_count, 1);
    }
    qa_sql_session_close(session);
    app_world_close(&world);
    free(builder.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statements_without_measure_get_an_answer_or_a_clean_refusal),
        cmocka_unit_test(ctes_that_read_the_last_one_twice_are_looked_at_once),
        cmocka_unit_test(a_small_stack_is_enough_for_every_statement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
