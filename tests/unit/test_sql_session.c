/* Sessions and statements: transactions, scratch tables in them, parameters, cursors, cancelling, earlier
 * moments. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "support/sql_world.h"

#define KEY "Period, Scenario, Department, Account"
#define PUT "INSERT INTO atoms (" KEY ", value) VALUES "

static void a_transaction_shows_its_own_writes_and_a_rollback_takes_them_away(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    sql_world_expect(&world, PUT "('Jan', 'Budget', 'Fire', 'Expense', 1)", "");
    sql_world_expect(&world, "BEGIN", "");
    sql_world_expect(&world, PUT "('Feb', 'Budget', 'Fire', 'Expense', 2)", "");
    sql_world_expect(&world, "UPDATE atoms SET value = value + 10", "");
    sql_world_expect(&world, "SELECT SUM(value), COUNT(*) FROM atoms", "23|2");
    sql_world_expect(
        &world, "SELECT value FROM cells WHERE Period = 'Q1' AND Scenario = 'Budget' AND Account = 'Expense'",
        "23");
    sql_world_expect(&world, "SELECT MAX(offset) FROM history", "2");
    sql_world_expect(&world, "ROLLBACK", "");
    sql_world_expect(&world, "SELECT SUM(value), COUNT(*) FROM atoms", "1|1");
    sql_world_close(&world);
}

static void a_failed_statement_leaves_the_rest_of_its_transaction(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    sql_world_expect(&world, "BEGIN", "");
    sql_world_expect(&world, PUT "('Jan', 'Budget', 'Fire', 'Expense', 1)", "");
    sql_world_refuse(&world,
                     PUT "('Feb', 'Budget', 'Fire', 'Expense', 2), ('Jan', 'Budget', 'Fire', 'Expense', 3)",
                     QA_DUPLICATE_KEY, "Jan");
    sql_world_refuse(&world, PUT "('Feb', 'Budget', 'Fire', 'Opened', 2)", QA_WRONG_KIND, "Opened");
    sql_world_expect(&world, "COMMIT", "");
    sql_world_expect(&world, "SELECT Period, value FROM atoms", "Jan|1");
    sql_world_close(&world);
}

static void a_transaction_writes_one_app(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    sql_world_expect(&world, "BEGIN", "");
    sql_world_refuse(&world, "BEGIN", QA_TRANSACTION_STATE, "open already");
    sql_world_expect(&world, PUT "('Jan', 'Budget', 'Fire', 'Expense', 1)", "");
    sql_world_refuse(
        &world,
        "INSERT INTO plan.atoms (Period, Department, Account, value) VALUES ('P1', 'Fire', 'Cost', 1)",
        QA_TRANSACTION_STATE, "one transaction writes one app");
    sql_world_expect(&world, "COMMIT", "");
    sql_world_expect(&world, "SELECT COUNT(*) FROM atoms", "1");
    sql_world_expect(&world, "SELECT COUNT(*) FROM plan.atoms", "0");
    sql_world_close(&world);
}

static void a_clash_at_commit_is_a_conflict_and_rolls_back(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    sql_world_expect(&world, PUT "('Jan', 'Budget', 'Fire', 'Expense', 1)", "");
    sql_world_expect(&world, "BEGIN", "");
    sql_world_expect(&world, "UPDATE atoms SET value = value + 1", "");
    assert_int_equal(app_world_set(&world.app, "Jan", "Budget", "Fire", "Expense", 700, NULL), QA_OK);
    sql_world_refuse(&world, "COMMIT", QA_CONFLICT, "");
    assert_false(qa_sql_in_transaction(world.session));
    sql_world_expect(&world, "SELECT value FROM atoms", "7");
    sql_world_close(&world);
}

static void scratch_tables_follow_the_transaction(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    sql_world_expect(&world, "CREATE TABLE kept (a INTEGER)", "");
    sql_world_expect(&world, "INSERT INTO kept VALUES (1)", "");
    sql_world_expect(&world, "BEGIN", "");
    sql_world_expect(&world, "CREATE TABLE gone (a INTEGER)", "");
    sql_world_expect(&world, "INSERT INTO gone VALUES (5)", "");
    sql_world_expect(&world, "INSERT INTO kept VALUES (2)", "");
    sql_world_expect(&world, "SELECT SUM(a) FROM (SELECT a FROM kept UNION ALL SELECT a FROM gone) t", "8");
    sql_world_expect(&world, "DROP TABLE kept", "");
    sql_world_refuse(&world, "SELECT * FROM kept", QA_TABLE_NOT_FOUND, "kept");
    sql_world_expect(&world, "ROLLBACK", "");
    sql_world_expect(&world, "SELECT a FROM kept", "1");
    sql_world_refuse(&world, "SELECT * FROM gone", QA_TABLE_NOT_FOUND, "gone");
    sql_world_refuse(&world, "CREATE TABLE KEPT (a INTEGER)", QA_TABLE_EXISTS, "KEPT");
    sql_world_expect(&world, "CREATE TABLE IF NOT EXISTS kept (b INTEGER)", "");
    sql_world_refuse(&world, "CREATE TABLE budget.t (a INTEGER)", QA_NOT_SUPPORTED, "model");
    sql_world_refuse(&world, "DROP TABLE atoms", QA_TABLE_NOT_FOUND, "cannot be dropped");
    sql_world_close(&world);
}

static void a_text_that_is_too_long_for_a_scratch_column_is_refused(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    sql_world_expect(&world, "CREATE TABLE t (a INTEGER PRIMARY KEY, n VARCHAR(4))", "");
    sql_world_expect(&world, "INSERT INTO t VALUES (1, 'abcd')", "");
    sql_world_refuse(&world, "INSERT INTO t SELECT 2, n || 'x' FROM t", QA_TEXT_TOO_LONG, "4 characters");
    sql_world_refuse(&world, "UPDATE t SET n = n || 'x'", QA_TEXT_TOO_LONG, "4 characters");
    sql_world_expect(&world, "SELECT a, n FROM t", "1|abcd");
    sql_world_close(&world);
}

static void a_parameter_that_its_place_cannot_hold_is_refused(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    const qa_sql_value_t half = { .kind = QA_SQL_DECIMAL, .scale = 1, .units = 25 };
    sql_world_expect(&world, "CREATE TABLE t (n VARCHAR(4), i INTEGER)", "");
    const qa_sql_value_t texts[2] = { { .kind = QA_SQL_TEXT, .bytes = 5, .text = "abcde" },
                                      { .kind = QA_SQL_NULL } };
    assert_int_equal(sql_world_run(&world, world.session, "INSERT INTO t VALUES (?, ?)", texts, 2),
                     QA_TEXT_TOO_LONG);
    assert_int_equal(
        sql_world_run(&world, world.session, "SELECT member FROM Account WHERE level = ?", &half, 1),
        QA_TOO_MANY_DECIMALS);
    sql_world_expect(&world, "SELECT COUNT(*) FROM t", "0");
    sql_world_close(&world);
}

static void a_parameter_without_a_value_is_named(void **state)
{
    (void)state;
    sql_world_t world;
    qa_sql_statement_t *statement = NULL;
    const char *text = "SELECT member FROM Account WHERE level = ? AND member = ?";
    const qa_sql_value_t zero = { .kind = QA_SQL_INTEGER };
    sql_world_open(&world);
    assert_int_equal(qa_sql_prepare(&statement, world.session, text, strlen(text), &world.error), QA_OK);
    assert_int_equal(qa_sql_parameter_count(statement), 2);
    assert_int_equal(qa_sql_bind(statement, 0, &zero, &world.error), QA_OK);
    assert_int_equal(qa_sql_bind(statement, 2, &zero, &world.error), QA_INVALID);
    assert_int_equal(qa_sql_execute(statement, &world.error), QA_PARAMETER_MISSING);
    assert_non_null(strstr(world.error.message, "parameter 2 of 2"));
    qa_sql_close(statement);
    sql_world_close(&world);
}

static void a_parameter_of_a_wrong_kind_is_named(void **state)
{
    (void)state;
    sql_world_t world;
    const qa_sql_value_t values[2] = { { .kind = QA_SQL_INTEGER, .integer = 1 },
                                       { .kind = QA_SQL_TEXT, .text = "abc", .bytes = 3 } };
    sql_world_open(&world);
    assert_int_equal(
        sql_world_run(&world, world.session, "SELECT value FROM atoms FOR SYSTEM_TIME AS OF ?", values, 1),
        QA_TYPE_CLASH);
    assert_non_null(strstr(world.error.message, "parameter 1: INTEGER cannot be cast to TIMESTAMP; where"));
    assert_int_equal(sql_world_run(&world, world.session,
                                   "SELECT member FROM Account WHERE level = ? AND ordinal = ?", values, 2),
                     QA_NOT_A_NUMBER);
    assert_non_null(strstr(world.error.message, "parameter 2: 'abc' cannot be read as BIGINT"));
    sql_world_close(&world);
}

/* A prepared statement outlives a change of the tables that it names. */
static void a_prepared_statement_follows_the_model(void **state)
{
    (void)state;
    sql_world_t world;
    qa_sql_statement_t *statement = NULL;
    const qa_sql_batch_t *batch = NULL;
    const char *text = "SELECT COUNT(*) FROM Department";
    sql_world_open(&world);
    assert_int_equal(qa_sql_prepare(&statement, world.session, text, strlen(text), &world.error), QA_OK);
    for (int64_t expected = 3; expected < 5; expected++) {
        assert_int_equal(qa_sql_execute(statement, &world.error), QA_OK);
        assert_int_equal(qa_sql_fetch(statement, 10, &batch, &world.error), QA_OK);
        assert_int_equal(batch->columns[0].integers[0], expected);
        qa_intent_t *intent = NULL;
        qa_member_t member;
        assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
        assert_int_equal(qa_intent_add_member(intent, world.app.department, "Parks", 5, false, &member),
                         QA_OK);
        if (expected == 3) assert_int_equal(qa_connection_commit(world.app.connection, intent, NULL), QA_OK);
        qa_intent_close(intent);
    }
    qa_sql_close(statement);
    sql_world_close(&world);
}

static void a_cursor_shows_the_state_of_its_execute(void **state)
{
    (void)state;
    sql_world_t world;
    qa_sql_statement_t *statement = NULL;
    const qa_sql_batch_t *batch = NULL;
    sql_world_open(&world);
    sql_world_expect(
        &world, PUT "('Jan', 'Budget', 'Fire', 'Expense', 1), ('Feb', 'Budget', 'Fire', 'Expense', 2)", "");
    const char *texts[2] = {
        "SELECT value FROM atoms ORDER BY value",
        "SELECT a.value FROM atoms a JOIN atoms b ON a.Period = b.Period ORDER BY a.value"
    };
    for (int t = 0; t < 2; t++) {
        assert_int_equal(qa_sql_prepare(&statement, world.session, texts[t], strlen(texts[t]), &world.error),
                         QA_OK);
        assert_int_equal(qa_sql_execute(statement, &world.error), QA_OK);
        assert_int_equal(app_world_set(&world.app, "Feb", "Budget", "Fire", "Expense", 900 + t, NULL), QA_OK);
        assert_int_equal(qa_sql_fetch(statement, 1, &batch, &world.error), QA_OK);
        assert_int_equal(batch->row_count, 1);
        assert_int_equal(qa_sql_fetch(statement, 1, &batch, &world.error), QA_OK);
        assert_int_equal(batch->row_count, 1);
        const qa_sql_value_t second = qa_sql_vector_value(&batch->columns[0], 0);
        assert_true(t == 1 ? second.number == 9.0 : second.number == 2.0);
        assert_int_equal(qa_sql_fetch(statement, 1, &batch, &world.error), QA_OK);
        assert_int_equal(batch->row_count, 0);
        qa_sql_close(statement);
    }
    sql_world_close(&world);
}

static void changed_offset_touches_only_what_is_newer(void **state)
{
    (void)state;
    sql_world_t world;
    qa_sql_statement_t *statement = NULL;
    const char *text =
        "SELECT Period FROM facts WHERE changed_offset > ? AND value < 0 ORDER BY Department || Period";
    sql_world_open(&world);
    sql_world_expect(
        &world, PUT "('Jan', 'Budget', 'Fire', 'Expense', 1), ('Feb', 'Budget', 'Fire', 'Expense', 2)", "");
    sql_world_expect(&world, PUT "('Mar', 'Budget', 'Fire', 'Expense', 3)", "");
    const qa_sql_value_t two = { .kind = QA_SQL_BIGINT, .integer = 2 };
    assert_int_equal(qa_sql_prepare(&statement, world.session, text, strlen(text), &world.error), QA_OK);
    assert_int_equal(qa_sql_bind(statement, 0, &two, &world.error), QA_OK);
    assert_int_equal(qa_sql_execute(statement, &world.error), QA_OK);
    assert_int_equal(qa_sql_path(statement)->scanned_count, 1);
    qa_sql_close(statement);
    assert_int_equal(sql_world_run(&world, world.session, text, &two, 1), QA_OK);
    assert_string_equal(world.answer, "Mar");
    sql_world_close(&world);
}

static void an_earlier_moment_is_not_written(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    sql_world_expect(&world, PUT "('Jan', 'Budget', 'Fire', 'Expense', 1)", "");
    sql_world_expect(&world, "UPDATE atoms SET value = 2", "");
    const qa_sql_session_options_t options = { .size = sizeof(options),
                                               .replica = world.app.options.replica,
                                               .app = "budget",
                                               .door = "test",
                                               .as_of = "2" };
    qa_sql_session_t *earlier = NULL;
    assert_int_equal(qa_sql_session_open(&earlier, &options, &world.error), QA_OK);
    assert_int_equal(sql_world_run(&world, earlier, "SELECT value FROM atoms", NULL, 0), QA_OK);
    assert_string_equal(world.answer, "1");
    assert_int_equal(sql_world_run(&world, earlier, "UPDATE atoms SET value = 3", NULL, 0), QA_READ_ONLY);
    assert_int_equal(sql_world_run(&world, earlier, "CALL undo(2)", NULL, 0), QA_READ_ONLY);
    qa_sql_session_close(earlier);
    sql_world_close(&world);
}

static void a_time_out_ends_a_long_statement(void **state)
{
    (void)state;
    sql_world_t world;
    qa_sql_statement_t *statement = NULL;
    const qa_sql_batch_t *batch = NULL;
    const char *text = "WITH d AS (SELECT 1 AS a UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4) "
                       "SELECT COUNT(*) FROM "
                       "d a, d b, d c, d e, d f, d g, d h, d i, d j, d k, d l, d m, d n, d o, d p, d q WHERE "
                       "a.a + q.a > 100";
    sql_world_open(&world);
    assert_int_equal(qa_sql_prepare(&statement, world.session, text, strlen(text), &world.error), QA_OK);
    qa_sql_set_timeout(statement, 50);
    qa_status_t status = qa_sql_execute(statement, &world.error);
    if (status == QA_OK) status = qa_sql_fetch(statement, 1, &batch, &world.error);
    assert_int_equal(status, QA_TIMED_OUT);
    qa_sql_set_timeout(statement, 0);
    qa_sql_close(statement);
    sql_world_expect(&world, "SELECT 1", "1");
    sql_world_close(&world);
}

static void what_stands_on_a_member_of_another_structure_is_no_row_in_either_path(void **state)
{
    (void)state;
    sql_world_t world;
    qa_intent_t *intent = NULL;
    qa_member_t member;
    sql_world_open(&world);
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(qa_intent_add_member(intent, world.app.department, "Parks", 5, false, &member), QA_OK);
    assert_int_equal(qa_connection_commit(world.app.connection, intent, NULL), QA_OK);
    qa_intent_close(intent);
    sql_world_expect(
        &world, PUT "('Jan', 'Budget', 'Fire', 'Expense', 2), ('Jan', 'Budget', 'Parks', 'Expense', 5)", "");
    for (int is_row_path = 0; is_row_path < 2; is_row_path++) {
        const qa_sql_session_options_t options = { .size = sizeof(options),
                                                   .replica = world.app.options.replica,
                                                   .app = "budget",
                                                   .door = "test",
                                                   .hierarchy_as_of = "1",
                                                   .is_row_path = is_row_path != 0 };
        qa_sql_session_t *earlier = NULL;
        assert_int_equal(qa_sql_session_open(&earlier, &options, &world.error), QA_OK);
        assert_int_equal(sql_world_run(&world, earlier, "SELECT SUM(value), COUNT(*) FROM atoms", NULL, 0),
                         QA_OK);
        assert_string_equal(world.answer, "2|1");
        assert_int_equal(sql_world_run(&world, earlier,
                                       "SELECT d.member, SUM(f.value) FROM facts f LEFT JOIN Department d "
                                       "ON f.Department = d.member GROUP BY d.member",
                                       NULL, 0),
                         QA_OK);
        assert_string_equal(world.answer, "Fire|-2");
        qa_sql_session_close(earlier);
    }
    sql_world_close(&world);
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void a_time_out_does_not_count_what_happens_between_fetches(void **state)
{
    (void)state;
    sql_world_t world;
    qa_sql_statement_t *statement = NULL;
    const qa_sql_batch_t *batch = NULL;
    enum { TIMEOUT_MS = 2000 };
    const char *text = "SELECT a.member, b.member FROM Account a, Account b";
    sql_world_open(&world);
    assert_int_equal(qa_sql_prepare(&statement, world.session, text, strlen(text), &world.error), QA_OK);
    qa_sql_set_timeout(statement, TIMEOUT_MS);
    assert_int_equal(qa_sql_execute(statement, &world.error), QA_OK);
    for (const int64_t end = now_ms() + TIMEOUT_MS + 100; now_ms() < end;) {
        /* the application does something else */
    }
    assert_int_equal(qa_sql_fetch(statement, 1000, &batch, &world.error), QA_OK);
    assert_true(batch->row_count > 4);
    qa_sql_close(statement);
    sql_world_close(&world);
}

static void a_cancel_that_comes_before_the_work_is_heard_once(void **state)
{
    (void)state;
    sql_world_t world;
    qa_sql_statement_t *statement = NULL;
    const char *text =
        "SELECT COUNT(*) FROM Account a, Account b, Account c, Account d WHERE a.level + d.level > 9";
    sql_world_open(&world);
    assert_int_equal(qa_sql_prepare(&statement, world.session, text, strlen(text), &world.error), QA_OK);
    qa_sql_cancel(statement);
    assert_int_equal(qa_sql_execute(statement, &world.error), QA_CANCELLED);
    assert_int_equal(qa_sql_execute(statement, &world.error), QA_OK);
    qa_sql_close(statement);
    sql_world_close(&world);
}

typedef struct adder {
    const sql_world_t *world;
    qa_status_t status;
} adder_t;

enum { ADDERS = 4, ADDITIONS = 25 };

static void *add_one_again_and_again(void *context)
{
    adder_t *adder = context;
    qa_error_t error;
    const char *text = "UPDATE atoms SET value = value + 1";
    qa_sql_session_t *session = sql_world_session(adder->world, NULL);
    for (int i = 0; i < ADDITIONS && adder->status == QA_OK; i++) {
        qa_sql_statement_t *statement = NULL;
        adder->status = qa_sql_prepare(&statement, session, text, strlen(text), &error);
        if (adder->status == QA_OK) adder->status = qa_sql_execute(statement, &error);
        qa_sql_close(statement);
    }
    qa_sql_session_close(session);
    return NULL;
}

static void writes_by_themselves_are_all_counted_whoever_writes_meanwhile(void **state)
{
    (void)state;
    sql_world_t world;
    pthread_t threads[ADDERS];
    adder_t adders[ADDERS];
    sql_world_open(&world);
    sql_world_expect(&world, PUT "('Jan', 'Budget', 'Fire', 'Expense', 0)", "");
    for (int t = 0; t < ADDERS; t++) {
        adders[t] = (adder_t){ .world = &world };
        assert_int_equal(pthread_create(&threads[t], NULL, add_one_again_and_again, &adders[t]), 0);
    }
    for (int t = 0; t < ADDERS; t++) {
        pthread_join(threads[t], NULL);
        assert_int_equal(adders[t].status, QA_OK);
    }
    sql_world_expect(&world, "SELECT value FROM atoms", "100");
    sql_world_close(&world);
}

static void years_of_cells_are_joined_by_department(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    sql_world_expect(&world,
                     PUT "('Jan', 'Budget', 'Fire', 'Expense', 1), ('Feb', 'Budget', 'Fire', 'Expense', 5), "
                         "('Feb', 'Budget', 'Police', 'Expense', 7)",
                     "");
    sql_world_expect(
        &world,
        "SELECT a.Department, b.value - a.value FROM cells a JOIN cells b ON a.Department = b.Department "
        "WHERE "
        "a.Period = 'Jan' AND b.Period = 'Feb' AND a.Scenario = 'Budget' AND b.Scenario = 'Budget' AND "
        "a.Account = 'Expense' AND b.Account = 'Expense' AND a.Department <> 'Police' ORDER BY 1",
        "All|11;Fire|4");
    sql_world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_transaction_shows_its_own_writes_and_a_rollback_takes_them_away),
        cmocka_unit_test(a_failed_statement_leaves_the_rest_of_its_transaction),
        cmocka_unit_test(a_transaction_writes_one_app),
        cmocka_unit_test(a_clash_at_commit_is_a_conflict_and_rolls_back),
        cmocka_unit_test(scratch_tables_follow_the_transaction),
        cmocka_unit_test(a_text_that_is_too_long_for_a_scratch_column_is_refused),
        cmocka_unit_test(a_parameter_that_its_place_cannot_hold_is_refused),
        cmocka_unit_test(a_parameter_without_a_value_is_named),
        cmocka_unit_test(a_parameter_of_a_wrong_kind_is_named),
        cmocka_unit_test(a_prepared_statement_follows_the_model),
        cmocka_unit_test(a_cursor_shows_the_state_of_its_execute),
        cmocka_unit_test(changed_offset_touches_only_what_is_newer),
        cmocka_unit_test(an_earlier_moment_is_not_written),
        cmocka_unit_test(a_time_out_ends_a_long_statement),
        cmocka_unit_test(what_stands_on_a_member_of_another_structure_is_no_row_in_either_path),
        cmocka_unit_test(a_time_out_does_not_count_what_happens_between_fetches),
        cmocka_unit_test(a_cancel_that_comes_before_the_work_is_heard_once),
        cmocka_unit_test(writes_by_themselves_are_all_counted_whoever_writes_meanwhile),
        cmocka_unit_test(years_of_cells_are_joined_by_department),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
