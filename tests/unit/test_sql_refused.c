/* Refused memory: every n-th allocation of ours fails, then SQLite is limited ever less. Each time the
 * statement answers that there is no memory, the session works on, and nothing is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "qa/sql.h"
#include "support/app_world.h"
#include "support/test_allocator.h"

enum { ANSWER_BYTES = 4096, STEPS_MAX = 4000 };

/* Statements of every kind; those that write do the same again when they are repeated. */
static const char *const statements[] = {
    "SELECT Account, SUM(value), COUNT(*), AVG(value) FROM facts GROUP BY Account ORDER BY 1",
    "SELECT c.path, SUM(f.value) FROM facts f JOIN Account c ON f.Account = c.member WHERE c.path LIKE "
    "'Net%' "
    "GROUP BY c.path HAVING SUM(f.value) > 0 ORDER BY 2 DESC LIMIT 3",
    "SELECT COUNT(DISTINCT Department), MIN(value) FROM atoms WHERE Scenario IN ('Actual', 'Budget')",
    "SELECT * FROM atoms ORDER BY value, Account LIMIT 5",
    "SELECT DISTINCT UPPER(Account) || '!' FROM atoms WHERE value > 1.5 OR text_value LIKE '%a%' ORDER BY 1",
    "SELECT Account, value FROM cells WHERE Period = 'Q1' AND Department IN ('All', 'Fire') AND "
    "Scenario = 'Actual' ORDER BY 2, 1",
    "SELECT a.Account, b.caption FROM atoms a LEFT JOIN Department b ON a.Department = b.member AND "
    "a.value > 3 WHERE a.value < (SELECT MAX(value) FROM atoms) ORDER BY 1, 2",
    "WITH w AS (SELECT Account, SUM(value) AS v FROM facts GROUP BY Account) SELECT x.Account, x.v + y.v "
    "FROM "
    "w x JOIN w y ON x.Account = y.Account ORDER BY 1",
    "SELECT Account FROM atoms UNION SELECT member FROM Department EXCEPT SELECT 'Fire' ORDER BY 1",
    "SELECT (SELECT COUNT(*) FROM atoms b WHERE b.Account = a.member) FROM Account a ORDER BY a.ordinal",
    "SELECT SUM(value) FROM facts FOR SYSTEM_TIME AS OF 2",
    "SELECT offset, actor, changed_count FROM history ORDER BY offset",
    "SELECT member, what FROM members_changed ORDER BY 1, 2 LIMIT 9",
    "SELECT CAST(1 AS DECIMAL(10,2)) / 3, 'a' || 'b', CASE WHEN 1 = 1 THEN DATE '2026-01-01' END",
    "VALUES (1, 'one'), (2, NULL)",
    "EXPLAIN SELECT Account, SUM(value) FROM facts WHERE value > 1 GROUP BY Account",
    "SELECT n, t FROM kept WHERE n IN (SELECT n FROM kept) ORDER BY n",
    "UPDATE kept SET t = t || '' WHERE n > 0",
    "INSERT INTO kept SELECT n + 100, t FROM kept WHERE n > 1000",
    "UPDATE atoms SET value = value + 0 WHERE Account = 'Revenue'",
    "DELETE FROM atoms WHERE Account = 'Revenue' AND value > 999999",
};
enum { STATEMENT_COUNT = sizeof(statements) / sizeof(statements[0]) };

static void fill(app_world_t *world)
{
    assert_int_equal(app_world_set(world, "Jan", "Actual", "Fire", "Revenue", 1000, NULL), QA_OK);
    assert_int_equal(app_world_set(world, "Feb", "Actual", "Police", "Expense", 250, NULL), QA_OK);
    assert_int_equal(app_world_set(world, "Mar", "Budget", "Police", "Expense", 75, NULL), QA_OK);
}

/* Everything from preparing to closing; the rows as text. */
static qa_status_t run(qa_sql_session_t *session, const char *text, char *answer_out, qa_error_t *error)
{
    qa_sql_statement_t *statement = NULL;
    const qa_sql_batch_t *batch = NULL;
    size_t bytes = 0;
    answer_out[0] = '\0';
    qa_status_t status = qa_sql_prepare(&statement, session, text, strlen(text), error);
    if (status == QA_OK) status = qa_sql_execute(statement, error);
    while (status == QA_OK && qa_sql_column_count(statement) > 0) {
        status = qa_sql_fetch(statement, 2, &batch, error);
        if (status != QA_OK || batch->row_count == 0) break;
        for (uint32_t r = 0; r < batch->row_count; r++) {
            for (uint16_t c = 0; c < batch->column_count; c++) {
                const qa_sql_value_t value = qa_sql_vector_value(&batch->columns[c], r);
                const int more =
                    value.kind == QA_SQL_TEXT
                        ? snprintf(answer_out + bytes, ANSWER_BYTES - bytes, "%.*s|", (int)value.bytes,
                                   value.text)
                        : snprintf(answer_out + bytes, ANSWER_BYTES - bytes, "%u:%lld|", value.kind,
                                   value.kind == QA_SQL_NULL ? 0LL : (long long)value.integer);
                bytes += more > 0 ? (size_t)more : 0;
                if (bytes >= ANSWER_BYTES) bytes = ANSWER_BYTES - 1;
            }
        }
    }
    qa_sql_close(statement);
    return status;
}

static qa_sql_session_t *open_session(const app_world_t *world, bool is_row_path,
                                      const qa_allocator_t *allocator, qa_status_t *status_out)
{
    qa_error_t error;
    qa_sql_session_t *session = NULL;
    const qa_sql_session_options_t options = { .size = sizeof(options),
                                               .replica = world->folder,
                                               .app = "budget",
                                               .actor = "ada",
                                               .door = "test",
                                               .is_row_path = is_row_path,
                                               .allocator = allocator };
    *status_out = qa_sql_session_open(&session, &options, &error);
    return session;
}

static void make_kept(qa_sql_session_t *session)
{
    static const char *const texts[] = { "CREATE TABLE kept (n INTEGER, t VARCHAR(10))",
                                         "INSERT INTO kept VALUES (1, 'one'), (2, 'two'), (3, NULL)" };
    qa_error_t error;
    char answer[ANSWER_BYTES];
    for (int i = 0; i < 2; i++) {
        if (run(session, texts[i], answer, &error) != QA_OK) fail_msg("%s: %s", texts[i], error.message);
    }
}

/* --- our own allocations --- */

static void refuse_ours(bool is_row_path)
{
    app_world_t world;
    test_allocator_t allocator;
    qa_status_t status = QA_OK;
    uint32_t fault_count = 0;
    test_allocator_make(&allocator);
    app_world_open(&world);
    fill(&world);
    qa_sql_session_t *session = open_session(&world, is_row_path, &allocator.allocator, &status);
    assert_int_equal(status, QA_OK);
    make_kept(session);
    for (uint32_t s = 0; s < STATEMENT_COUNT; s++) {
        char wanted[ANSWER_BYTES], answer[ANSWER_BYTES];
        qa_error_t error;
        if (run(session, statements[s], wanted, &error) != QA_OK)
            fail_msg("%s: %s", statements[s], error.message);
        for (uint64_t step = 1;; step++) {
            allocator.fail_at = allocator.request_count + step;
            status = run(session, statements[s], answer, &error);
            const bool was_reached = allocator.request_count >= allocator.fail_at;
            allocator.fail_at = 0;
            if (!was_reached) break;
            assert_true(step < STEPS_MAX);
            /* What is only remembered for later is done without. */
            if (status == QA_OK && strcmp(answer, wanted) == 0) continue;
            if (status == QA_NO_MEMORY && error.status == QA_NO_MEMORY && error.message[0] != '\0') {
                if (step % 8 != 0) continue;
                status = run(session, statements[s], answer, &error);
                if (status == QA_OK && strcmp(answer, wanted) == 0) continue;
                print_message("after %llu: %d %s: %s\n", (unsigned long long)step, (int)status,
                              status == QA_OK ? answer : error.message, statements[s]);
                fault_count++;
                break;
            }
            print_message("request %llu: status %d (%s): %s\n", (unsigned long long)step, (int)status,
                          status == QA_OK ? "" : error.message, statements[s]);
            fault_count++;
        }
        status = run(session, statements[s], answer, &error);
        if (status != QA_OK) fail_msg("%s: %s", statements[s], error.message);
    }
    qa_sql_session_close(session);
    assert_int_equal(allocator.bytes, 0);
    assert_int_equal(fault_count, 0);
    app_world_close(&world);
}

static void an_allocation_that_is_refused_says_so_and_leaves_the_session_usable(void **state)
{
    (void)state;
    refuse_ours(false);
}

static void an_allocation_that_is_refused_in_the_row_engine_says_so_too(void **state)
{
    (void)state;
    refuse_ours(true);
}

static void a_session_that_cannot_be_opened_leaves_nothing(void **state)
{
    app_world_t world;
    test_allocator_t allocator;
    qa_status_t status = QA_NO_MEMORY;
    (void)state;
    test_allocator_make(&allocator);
    app_world_open(&world);
    for (uint64_t step = 1;; step++) {
        allocator.fail_at = allocator.request_count + step;
        qa_sql_session_t *session = open_session(&world, false, &allocator.allocator, &status);
        const bool was_reached = allocator.request_count >= allocator.fail_at;
        allocator.fail_at = 0;
        assert_true(status == QA_OK || status == QA_NO_MEMORY);
        assert_true((status == QA_OK) == (session != NULL));
        qa_sql_session_close(session);
        assert_int_equal(allocator.bytes, 0);
        if (!was_reached) break;
    }
    assert_int_equal(status, QA_OK);
    app_world_close(&world);
}

/* --- SQLite's allocations --- */

enum { LIMIT_STEP_BYTES = 48 };

/* SQLite may take so much more than it has now; 0: as much as it likes. */
static void limit_sqlite(int64_t bytes)
{
    sqlite3_hard_heap_limit64(bytes == 0 ? 0 : sqlite3_memory_used() + bytes);
}

static void memory_that_sqlite_is_refused_is_no_memory(void **state)
{
    app_world_t world;
    qa_status_t status = QA_OK;
    uint32_t fault_count = 0, refused_count = 0;
    (void)state;
    app_world_open(&world);
    fill(&world);
    qa_sql_session_t *session = open_session(&world, true, NULL, &status);
    assert_int_equal(status, QA_OK);
    make_kept(session);
    for (uint32_t s = 0; s < STATEMENT_COUNT; s++) {
        char wanted[ANSWER_BYTES], answer[ANSWER_BYTES];
        qa_error_t error;
        uint32_t right_count = 0;
        if (run(session, statements[s], wanted, &error) != QA_OK)
            fail_msg("%s: %s", statements[s], error.message);
        for (int64_t step = 1; right_count < 40; step++) {
            limit_sqlite(step * LIMIT_STEP_BYTES);
            status = run(session, statements[s], answer, &error);
            limit_sqlite(0);
            assert_true(step < 10 * STEPS_MAX);
            /* SQLite goes on without some of its memory, then the answer is right. */
            if (status == QA_OK && strcmp(answer, wanted) == 0) {
                right_count++;
                continue;
            }
            right_count = 0;
            refused_count++;
            if (status == QA_NO_MEMORY && error.message[0] != '\0') continue;
            print_message("%lld bytes: status %d (%s): %s\n", (long long)step * LIMIT_STEP_BYTES, (int)status,
                          status == QA_OK ? answer : error.message, statements[s]);
            fault_count++;
        }
        status = run(session, statements[s], answer, &error);
        if (status != QA_OK || strcmp(answer, wanted) != 0)
            fail_msg("%s: %s", statements[s], status == QA_OK ? answer : error.message);
    }
    qa_sql_session_close(session);
    assert_int_equal(fault_count, 0);
    assert_true(refused_count > 100);
    app_world_close(&world);
}

static void a_session_that_sqlite_cannot_serve_is_no_memory(void **state)
{
    app_world_t world;
    qa_status_t status = QA_NO_MEMORY;
    uint32_t refused_count = 0;
    (void)state;
    app_world_open(&world);
    for (int64_t step = 1; status != QA_OK; step++) {
        limit_sqlite(step * LIMIT_STEP_BYTES);
        qa_sql_session_t *session = open_session(&world, false, NULL, &status);
        limit_sqlite(0);
        assert_true(status == QA_OK || status == QA_NO_MEMORY);
        refused_count += status == QA_NO_MEMORY;
        qa_sql_session_close(session);
    }
    assert_true(refused_count > 10);
    app_world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_allocation_that_is_refused_says_so_and_leaves_the_session_usable),
        cmocka_unit_test(an_allocation_that_is_refused_in_the_row_engine_says_so_too),
        cmocka_unit_test(a_session_that_cannot_be_opened_leaves_nothing),
        cmocka_unit_test(memory_that_sqlite_is_refused_is_no_memory),
        cmocka_unit_test(a_session_that_sqlite_cannot_serve_is_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
