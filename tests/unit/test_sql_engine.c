/* The row engine: what SQLite makes of bound queries over served rows and scratch tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "support/sql_rows_world.h"
#include "support/test_allocator.h"

static void expect(rows_world_t *world, const char *text, const char *answer)
{
    const qa_status_t status = rows_world_do(world, text);
    if (status != QA_OK || strcmp(world->answer, answer) != 0)
        fail_msg("%s\n  gave  %s (%s)\n  not   %s", text, world->answer,
                 status == QA_OK ? "ok" : world->error.message, answer);
}

static void done(rows_world_t *world, const char *text)
{
    if (rows_world_do(world, text) != QA_OK) fail_msg("%s\n  %s", text, world->error.message);
}

static void refused(rows_world_t *world, const char *text, qa_status_t status)
{
    const qa_status_t given = rows_world_do(world, text);
    if (given != status)
        fail_msg("%s\n  gave %s (%s), not %s", text, qa_status_info(given)->name, world->error.message,
                 qa_status_info(status)->name);
    assert_int_equal(world->error.status, status);
    assert_string_not_equal(world->error.message, "");
}

static void open_world(rows_world_t *world)
{
    assert_int_equal(rows_world_open(world, &qa_allocator_default), QA_OK);
    done(world, "CREATE TABLE s_a (x INTEGER, t VARCHAR(20), n_code VARCHAR(20), d DECIMAL(18,2), f DOUBLE)");
    done(world, "INSERT INTO s_a VALUES (1, 'one', 'Fire', 1.10, 0.1), (2, 'two', 'Police', 2.20, 0.2), "
                "(3, NULL, 'FIRE', NULL, 0.3), (NULL, 'none', NULL, -4.00, NULL)");
    done(world, "CREATE TABLE s_b (y INTEGER, n_code VARCHAR(20), w DECIMAL(18,2))");
    done(world, "INSERT INTO s_b VALUES (1, 'fire', 10.00), (1, 'police', 20.00), (4, 'Parks', 30.00), "
                "(NULL, NULL, 40.00)");
    done(world, "CREATE TABLE e (x INTEGER)");
}

static void inner_and_outer_joins_keep_the_rows_they_should(void **state)
{
    (void)state;
    rows_world_t world;
    open_world(&world);
    expect(&world, "SELECT x, y, w FROM s_a JOIN s_b ON x = y ORDER BY w", "1|1|10.00;1|1|20.00");
    expect(&world, "SELECT x, w FROM s_a LEFT JOIN s_b ON x = y ORDER BY x, w",
           "NULL|NULL;1|10.00;1|20.00;2|NULL;3|NULL");
    expect(&world, "SELECT x, w FROM s_a RIGHT JOIN s_b ON x = y ORDER BY w",
           "1|10.00;1|20.00;NULL|30.00;NULL|40.00");
    expect(&world, "SELECT x, w FROM s_a FULL JOIN s_b ON x = y ORDER BY x, w",
           "NULL|NULL;NULL|30.00;NULL|40.00;1|10.00;1|20.00;2|NULL;3|NULL");
    expect(&world, "SELECT COUNT(*) FROM s_a CROSS JOIN s_b", "16");
    expect(&world, "SELECT x, w FROM s_a LEFT JOIN s_b ON x = y AND w > 15 WHERE x < 3 ORDER BY x",
           "1|20.00;2|NULL");
    expect(&world, "SELECT x FROM s_a LEFT JOIN s_b ON x = y WHERE y IS NULL ORDER BY x", "NULL;2;3");
    expect(&world, "SELECT a.x, b.x FROM s_a a FULL JOIN s_a b ON a.x = b.x + 1 ORDER BY a.x, b.x",
           "NULL|NULL;NULL|NULL;NULL|3;1|NULL;2|1;3|2");
    expect(&world,
           "SELECT q.c, a.x FROM (SELECT y AS c FROM s_b UNION ALL SELECT o.x FROM s_a o FULL JOIN s_b p ON "
           "o.x = p.y "
           "WHERE p.w > 5) AS q (c) JOIN s_a a ON q.c = a.x ORDER BY 1",
           "1|1;1|1;1|1;1|1");
    expect(
        &world,
        "SELECT a.x, b.w, c.x FROM s_a a FULL JOIN s_b b ON a.x = b.y FULL JOIN s_a c ON c.x = b.y + 1 "
        "WHERE a.x IS NULL OR a.x > 1 ORDER BY a.x, b.w, c.x",
        "NULL|NULL|NULL;NULL|NULL|NULL;NULL|NULL|1;NULL|NULL|3;NULL|30.00|NULL;NULL|40.00|NULL;2|NULL|NULL;"
        "3|NULL|NULL");
    expect(&world,
           "SELECT COUNT(*), COUNT(x), COUNT(y) FROM s_a FULL JOIN (SELECT y FROM s_b WHERE y > 9) AS q ON x "
           "= y",
           "4|3|0");
    rows_world_close(&world);
}

static void a_join_in_parentheses_stays_together(void **state)
{
    (void)state;
    rows_world_t world;
    open_world(&world);
    expect(
        &world,
        "SELECT a.x, b.w, c.x FROM s_a a LEFT JOIN (s_b b JOIN s_a c ON b.y = c.x) ON a.x = b.y AND b.w < 15 "
        "ORDER BY a.x",
        "NULL|NULL|NULL;1|10.00|1;2|NULL|NULL;3|NULL|NULL");
    expect(
        &world,
        "SELECT a.x, d.w FROM s_a a LEFT JOIN (s_b b LEFT JOIN (s_a c JOIN s_b d ON c.x = d.y) ON b.y = c.x) "
        "ON a.x = c.x WHERE a.x = 1 ORDER BY d.w",
        "1|10.00;1|10.00;1|20.00;1|20.00");
    rows_world_close(&world);
}

static void names_join_and_group_without_case(void **state)
{
    (void)state;
    rows_world_t world;
    open_world(&world);
    expect(&world, "SELECT a.x, b.w FROM s_a a JOIN s_b b ON a.n_code = b.n_code ORDER BY a.x",
           "1|10.00;2|20.00;3|10.00");
    expect(&world, "SELECT COUNT(*), COUNT(DISTINCT n_code) FROM s_a", "4|2");
    expect(&world, "SELECT COUNT(*) FROM s_a GROUP BY n_code ORDER BY n_code", "1;2;1");
    expect(&world, "SELECT COUNT(*) FROM (SELECT DISTINCT n_code FROM s_a) AS q", "3");
    expect(&world, "SELECT x FROM s_a WHERE n_code = 'fIrE' ORDER BY x", "1;3");
    expect(&world, "SELECT x FROM s_a WHERE n_code IN ('POLICE', 'parks')", "2");
    expect(&world, "SELECT x FROM s_a WHERE n_code IN (SELECT n_code FROM s_b) ORDER BY x", "1;2;3");
    expect(&world, "SELECT COUNT(*) FROM (SELECT n_code FROM s_a UNION SELECT n_code FROM s_b) AS q", "4");
    expect(&world, "SELECT UPPER(MAX(n_code)) FROM s_a WHERE n_code < 'g'", "FIRE");
    expect(&world, "SELECT x FROM s_a WHERE t = 'ONE'", "");
    rows_world_close(&world);
}

static void nulls_sort_low_unless_asked_otherwise(void **state)
{
    (void)state;
    rows_world_t world;
    open_world(&world);
    expect(&world, "SELECT x FROM s_a ORDER BY x", "NULL;1;2;3");
    expect(&world, "SELECT x FROM s_a ORDER BY x DESC", "3;2;1;NULL");
    expect(&world, "SELECT x FROM s_a ORDER BY x NULLS LAST", "1;2;3;NULL");
    expect(&world, "SELECT x FROM s_a ORDER BY x DESC NULLS FIRST", "NULL;3;2;1");
    expect(&world, "SELECT x FROM s_a ORDER BY -x", "NULL;3;2;1");
    expect(&world, "SELECT x FROM s_a ORDER BY 1 DESC LIMIT 2 OFFSET 1", "2;1");
    expect(&world, "SELECT x FROM s_a UNION ALL SELECT y FROM s_b ORDER BY 1 DESC NULLS FIRST LIMIT 4",
           "NULL;NULL;4;3");
    rows_world_close(&world);
}

static void a_null_in_an_in_list_makes_the_answer_unknown(void **state)
{
    (void)state;
    rows_world_t world;
    open_world(&world);
    expect(&world, "SELECT x FROM s_a WHERE x IN (SELECT y FROM s_b)", "1");
    expect(&world, "SELECT x FROM s_a WHERE x NOT IN (SELECT y FROM s_b)", "");
    expect(&world, "SELECT x FROM s_a WHERE x NOT IN (SELECT y FROM s_b WHERE y IS NOT NULL) ORDER BY x",
           "2;3");
    expect(&world, "SELECT x FROM s_a WHERE x IN (1, NULL)", "1");
    expect(&world, "SELECT x FROM s_a WHERE x NOT IN (1, NULL)", "");
    expect(&world, "SELECT x, x IN (SELECT y FROM s_b) FROM s_a ORDER BY x",
           "NULL|NULL;1|true;2|NULL;3|NULL");
    expect(&world, "SELECT x FROM s_a WHERE x NOT IN (SELECT x FROM e) ORDER BY x", "NULL;1;2;3");
    rows_world_close(&world);
}

static void sub_queries_look_at_the_rows_around_them(void **state)
{
    (void)state;
    rows_world_t world;
    open_world(&world);
    expect(&world, "SELECT x, (SELECT SUM(w) FROM s_b WHERE y = x) FROM s_a ORDER BY x",
           "NULL|NULL;1|30.00;2|NULL;3|NULL");
    expect(&world, "SELECT x FROM s_a WHERE EXISTS (SELECT 1 FROM s_b WHERE y = x)", "1");
    expect(&world, "SELECT x FROM s_a WHERE NOT EXISTS (SELECT 1 FROM s_b WHERE y = x) ORDER BY x",
           "NULL;2;3");
    expect(&world, "SELECT x FROM s_a WHERE d > (SELECT AVG(d) FROM s_a) ORDER BY x", "1;2");
    expect(&world,
           "SELECT n_code, SUM(w), (SELECT COUNT(*) FROM s_a WHERE s_a.n_code = s_b.n_code) FROM s_b "
           "GROUP BY n_code HAVING SUM(w) < (SELECT MAX(w) FROM s_b) ORDER BY 2",
           "fire|10.00|2;police|20.00|1;Parks|30.00|0");
    expect(
        &world,
        "SELECT x FROM s_a o WHERE x = (SELECT MAX(q.m) FROM (SELECT y AS m FROM s_b WHERE y <= o.x) AS q)",
        "1");
    expect(&world, "SELECT (SELECT x FROM s_a WHERE x > 5) FROM s_b WHERE y = 4", "NULL");
    refused(&world, "SELECT (SELECT x FROM s_a) FROM s_b", QA_MORE_THAN_ONE_ROW);
    expect(&world,
           "SELECT CASE WHEN x = 1 THEN 0 ELSE (SELECT w FROM s_b WHERE y = x) END FROM s_a ORDER BY x",
           "NULL;0.00;NULL;NULL");
    expect(&world, "SELECT x FROM s_a WHERE x = 2 OR (SELECT COUNT(*) FROM s_b WHERE y = x) = 2 ORDER BY x",
           "1;2");
    rows_world_close(&world);
}

static void an_aggregate_of_outer_columns_belongs_to_its_own_block(void **state)
{
    (void)state;
    rows_world_t world;
    open_world(&world);
    expect(&world, "SELECT x FROM s_a WHERE x < (SELECT SUM(w) FROM s_b WHERE y = s_a.x)", "1");
    expect(&world, "SELECT x FROM s_a ORDER BY (SELECT COUNT(*) FROM s_b WHERE y = x) DESC, x LIMIT 1", "1");
    rows_world_close(&world);
}

static void sums_and_averages_are_exact(void **state)
{
    (void)state;
    rows_world_t world;
    open_world(&world);
    expect(&world, "SELECT SUM(x), AVG(x), SUM(d), AVG(d), SUM(f), COUNT(x), MIN(d), MAX(d) FROM s_a",
           "6|2.000000|-0.70|-0.23333333|0.6|3|-4.00|2.20");
    expect(&world,
           "SELECT SUM(DISTINCT w), AVG(DISTINCT w), COUNT(DISTINCT w) FROM "
           "(SELECT w FROM s_b UNION ALL SELECT w FROM s_b) AS q",
           "100.00|25.00000000|4");
    expect(&world, "SELECT SUM(x), COUNT(x), AVG(f), MIN(t) FROM s_a WHERE x > 9", "NULL|0|NULL|NULL");
    expect(&world, "SELECT x, SUM(d) FROM s_a WHERE x > 9 GROUP BY x", "");
    expect(&world, "SELECT SUM(q.v) FROM (VALUES (1e308), (1e308), (-1e308), (-1e308), (0.5e0)) AS q (v)",
           "0.5");
    refused(&world, "SELECT SUM(q.v) FROM (VALUES (1e308), (1e308)) AS q (v)", QA_OVERFLOW);
    expect(&world,
           "SELECT SUM(q.v) FROM (VALUES (99999999999999999999999999999999999999.), "
           "(99999999999999999999999999999999999999.), (-99999999999999999999999999999999999999.)) AS q (v)",
           "99999999999999999999999999999999999999");
    refused(&world, "SELECT SUM(q.v) FROM (VALUES (99999999999999999999999999999999999999.), (1.)) AS q (v)",
            QA_OVERFLOW);
    rows_world_close(&world);
}

static void groups_add_up_like_one_group(void **state)
{
    (void)state;
    rows_world_t world;
    open_world(&world);
    expect(&world,
           "SELECT x > 1, SUM(x), AVG(x), SUM(d), AVG(d), SUM(f), AVG(f), MIN(t), MAX(t), COUNT(*), COUNT(t) "
           "FROM s_a "
           "GROUP BY x > 1 ORDER BY 1",
           "NULL|NULL|NULL|-4.00|-4.00000000|NULL|NULL|none|none|1|1;"
           "false|1|1.000000|1.10|1.10000000|0.1|0.1|one|one|1|1;"
           "true|5|2.500000|2.20|2.20000000|0.5|0.25|two|two|2|1");
    expect(&world,
           "SELECT q.k, SUM(q.v), MIN(q.v) FROM (VALUES (1, 1e308), (2, 0.5e0), (1, 1e308), (1, -1e308), (2, "
           "NULL), "
           "(1, -1e308)) AS q (k, v) GROUP BY q.k ORDER BY 1",
           "1|0|-1e+308;2|0.5|0.5");
    refused(&world, "SELECT 1, SUM(q.v) FROM (VALUES (1e308), (1e308)) AS q (v) GROUP BY q.v", QA_OVERFLOW);
    refused(&world,
            "SELECT SUM(q.v) FROM (VALUES (1, 99999999999999999999999999999999999999.), (1, 1.)) AS q (k, v) "
            "GROUP BY "
            "q.k",
            QA_OVERFLOW);
    refused(&world, "SELECT SUM(1 / (x - 1)) FROM s_a GROUP BY t", QA_DIVIDE_BY_ZERO);
    /* Correlated groups are SQLite's own. */
    expect(&world, "SELECT x FROM s_a WHERE 2 IN (SELECT COUNT(*) FROM s_b WHERE y = x GROUP BY y)", "1");
    expect(&world, "SELECT y, COUNT(DISTINCT n_code) FROM s_b GROUP BY y ORDER BY 1", "NULL|0;1|2;4|1");
    done(&world, "CREATE TABLE s_big (x INTEGER, n_c VARCHAR(8))");
    for (int64_t i = 0; i < 20000; i++) {
        char name[8];
        const int bytes = snprintf(name, sizeof(name), "%c%d", i % 3 == 0 ? 'C' : 'c', (int)(i % 5000));
        const qa_sql_value_t values[2] = { { .kind = QA_SQL_INTEGER, .integer = i },
                                           { .kind = QA_SQL_TEXT, .text = name, .bytes = (uint32_t)bytes } };
        assert_int_equal(qa_sql_table_append(rows_world_served(&world, "s_big"), values, false), QA_OK);
    }
    expect(&world,
           "WITH g AS (SELECT n_c, COUNT(*) AS n, SUM(x) AS s FROM s_big GROUP BY n_c) "
           "SELECT COUNT(*), MIN(a.n), MAX(b.n), SUM(a.s) FROM g AS a JOIN g AS b ON a.n_c = b.n_c",
           "5000|4|4|199990000");
    rows_world_close(&world);
}

static void set_operations_treat_nulls_as_equal(void **state)
{
    (void)state;
    rows_world_t world;
    open_world(&world);
    expect(&world, "SELECT x FROM s_a UNION SELECT y FROM s_b ORDER BY 1", "NULL;1;2;3;4");
    expect(&world, "SELECT x FROM s_a INTERSECT SELECT y FROM s_b ORDER BY 1", "NULL;1");
    expect(&world, "SELECT x FROM s_a EXCEPT SELECT y FROM s_b ORDER BY 1", "2;3");
    expect(&world, "SELECT 1 UNION ALL (SELECT 2 EXCEPT SELECT 2) UNION ALL SELECT 3", "1;3");
    expect(&world,
           "(SELECT x FROM s_a ORDER BY x DESC LIMIT 1) UNION ALL (SELECT y FROM s_b ORDER BY y LIMIT 1)",
           "3;NULL");
    expect(&world, "SELECT d FROM s_a UNION SELECT 1.100 ORDER BY 1", "NULL;-4.000;1.100;2.200");
    expect(&world, "VALUES (1, 'a'), (2, 'b')", "1|a;2|b");
    expect(&world, "SELECT q.a FROM (VALUES (1), ((SELECT MAX(x) FROM s_a))) AS q (a)", "1;3");
    rows_world_close(&world);
}

static void a_cte_that_is_read_twice_is_computed_once(void **state)
{
    (void)state;
    rows_world_t world;
    open_world(&world);
    expect(&world,
           "WITH s AS (SELECT x, d * 2 AS dd FROM s_a WHERE x IS NOT NULL), "
           "m AS (SELECT MAX(dd) AS top FROM s) SELECT s.x, m.top FROM s JOIN m ON s.dd = m.top UNION ALL "
           "SELECT COUNT(*), NULL FROM s",
           "2|4.40;3|NULL");
    expect(&world, "WITH u (k) AS (SELECT x FROM s_a), unused AS (SELECT 1) SELECT SUM(k) FROM u", "6");
    expect(
        &world,
        "SELECT x FROM s_a WHERE x IN (WITH c AS (SELECT y FROM s_b WHERE y = s_a.x) SELECT y FROM c UNION "
        "SELECT y FROM c)",
        "1");
    rows_world_close(&world);
}

static void a_query_may_nest_deep(void **state)
{
    (void)state;
    rows_world_t world;
    static char text[8192];
    open_world(&world);
    int bytes = 0;
    for (int level = 0; level < 60; level++)
        bytes += snprintf(text + bytes, sizeof(text) - (size_t)bytes, "SELECT DISTINCT v%d.c + 1 AS c FROM (",
                          level);
    bytes += snprintf(text + bytes, sizeof(text) - (size_t)bytes, "SELECT x AS c FROM s_a WHERE x = 1");
    for (int level = 60; level > 0; level--)
        bytes += snprintf(text + bytes, sizeof(text) - (size_t)bytes, ") AS v%d", level - 1);
    expect(&world, text, "61");
    /* A condition wider than SQLite's trees are high. */
    bytes = snprintf(text, sizeof(text), "SELECT x FROM s_a WHERE x = 1");
    for (int i = 0; i < 600; i++)
        bytes += snprintf(text + bytes, sizeof(text) - (size_t)bytes, " AND x < 9");
    expect(&world, text, "1");
    /* Sub-queries that look only one level up go as deep; each looking at the outermost soon too deep. */
    static const char *const conditions[] = { " AND EXISTS (", " WHERE v0.x = 1 AND EXISTS (" };
    for (int form = 0; form < 2; form++) {
        bytes = snprintf(text, sizeof(text), "SELECT x FROM s_a v0 WHERE x = 1");
        for (int level = 1; level <= 30; level++)
            bytes += snprintf(text + bytes, sizeof(text) - (size_t)bytes, "%sSELECT 1 FROM s_a v%d%s",
                              level == 1 ? conditions[0] : conditions[form], level,
                              form == 0 ? " WHERE x = 2" : "");
        bytes += snprintf(text + bytes, sizeof(text) - (size_t)bytes, "%s", "))))))))))))))))))))))))))))))");
        if (form == 0)
            expect(&world, text, "1");
        else
            refused(&world, text, QA_LIMIT);
    }
    expect(&world, "SELECT x FROM s_a WHERE x = 2", "2");
    rows_world_close(&world);
}

static void failures_keep_their_status(void **state)
{
    (void)state;
    rows_world_t world;
    open_world(&world);
    refused(&world, "SELECT 1 / (x - 1) FROM s_a", QA_DIVIDE_BY_ZERO);
    refused(&world, "SELECT CAST(t AS INTEGER) FROM s_a", QA_NOT_A_NUMBER);
    refused(&world, "SELECT x FROM s_a LIMIT ?", QA_INVALID); /* NULL */
    world.parameters[0] = (qa_sql_value_t){ .kind = QA_SQL_BIGINT, .integer = -1 };
    refused(&world, "SELECT x FROM s_a LIMIT 1 OFFSET ?", QA_INVALID);
    world.parameters[0].integer = 2;
    expect(&world, "SELECT x FROM s_a ORDER BY x LIMIT ?", "NULL;1");
    refused(&world, "SELECT SUM(x) FROM s_a HAVING 1 / (COUNT(*) - 4) > 0", QA_DIVIDE_BY_ZERO);
    /* And the engine goes on. */
    expect(&world, "SELECT x FROM s_a WHERE x <> 1 AND 6 / (x - 1) > 3", "2");
    rows_world_close(&world);
}

static void a_query_can_be_cancelled_while_it_runs(void **state)
{
    (void)state;
    rows_world_t world;
    rows_statement_t statement;
    uint32_t row_count = 0;
    open_world(&world);
    done(&world, "CREATE TABLE s_big (x INTEGER)");
    for (int64_t i = 0; i < 5000; i++) {
        const qa_sql_value_t value = { .kind = QA_SQL_INTEGER, .integer = i };
        assert_int_equal(qa_sql_table_append(rows_world_served(&world, "s_big"), &value, false), QA_OK);
    }
    const char *text = "SELECT a.x FROM s_big a, s_big b, s_big c WHERE a.x + b.x + c.x = -1";
    assert_int_equal(rows_statement_open(&statement, &world, text), QA_OK);
    world.is_cancelled = true;
    assert_int_equal(rows_statement_next(&statement, &world, 1, &row_count), QA_CANCELLED);
    rows_statement_close(&statement);
    world.is_cancelled = false;
    world.deadline_ns = 1; /* long ago */
    assert_int_equal(rows_statement_open(&statement, &world, text), QA_OK);
    assert_int_equal(rows_statement_next(&statement, &world, 1, &row_count), QA_TIMED_OUT);
    assert_int_equal(world.error.status, QA_TIMED_OUT);
    rows_statement_close(&statement);
    world.deadline_ns = 0;
    expect(&world, "SELECT COUNT(*) FROM s_big a JOIN s_big b ON a.x = b.x", "5000");
    rows_world_close(&world);
}

static void several_queries_may_be_open_at_once(void **state)
{
    (void)state;
    rows_world_t world;
    rows_statement_t first, second;
    uint32_t row_count = 0;
    open_world(&world);
    assert_int_equal(rows_statement_open(&first, &world, "SELECT x + 1 FROM s_a WHERE x > 0"), QA_OK);
    assert_int_equal(rows_statement_open(&second, &world, "SELECT w * 2 FROM s_b"), QA_OK);
    assert_int_equal(rows_statement_next(&first, &world, 1, &row_count), QA_OK);
    assert_int_equal(rows_statement_next(&second, &world, 1, &row_count), QA_OK);
    done(&world, "INSERT INTO e VALUES (1)"); /* clears the answer */
    assert_int_equal(rows_statement_next(&first, &world, 5, &row_count), QA_OK);
    assert_int_equal(row_count, 2);
    assert_string_equal(world.answer, "3;4");
    rows_statement_close(&first);
    assert_int_equal(rows_statement_next(&second, &world, 5, &row_count), QA_OK);
    assert_int_equal(row_count, 3);
    rows_statement_close(&second);
    rows_world_close(&world);
}

/* --- scratch tables --- */

static void scratch_tables_take_rows_and_refuse_wrong_ones(void **state)
{
    (void)state;
    rows_world_t world;
    open_world(&world);
    done(&world, "CREATE TABLE t (a INTEGER, b VARCHAR(10) NOT NULL, c DECIMAL(10,2), PRIMARY KEY (b, a))");
    done(&world, "INSERT INTO t VALUES (1, 'x', 1.5), (2, 'x', NULL)");
    refused(&world, "INSERT INTO t VALUES (3, 'y', 0), (1, 'x', 0)", QA_DUPLICATE_KEY);
    refused(&world, "INSERT INTO t VALUES (3, NULL, 0)", QA_NULL_NOT_ALLOWED);
    assert_non_null(strstr(world.error.message, "b of t"));
    refused(&world, "INSERT INTO t VALUES (NULL, 'z', 0)", QA_NULL_NOT_ALLOWED);
    expect(&world, "SELECT a, b, c FROM t ORDER BY a", "1|x|1.50;2|x|NULL");
    done(&world, "INSERT INTO t (b, a) SELECT b, a + 10 FROM t");
    expect(&world, "SELECT a, c FROM t ORDER BY a", "1|1.50;2|NULL;11|NULL;12|NULL");
    expect(&world, "SELECT t.a, s_a.n_code FROM t JOIN s_a ON t.a = s_a.x ORDER BY 1", "1|Fire;2|Police");
    done(&world, "DROP TABLE t");
    refused(&world, "SELECT a FROM t", QA_TABLE_NOT_FOUND);
    rows_world_close(&world);
}

static void an_update_sees_the_rows_as_they_were(void **state)
{
    (void)state;
    rows_world_t world;
    open_world(&world);
    done(&world, "CREATE TABLE t (a INTEGER PRIMARY KEY, b INTEGER)");
    done(&world, "INSERT INTO t VALUES (1, 10), (2, 20), (3, 30)");
    done(&world, "UPDATE t SET a = a + 1, b = (SELECT COUNT(*) FROM t AS o WHERE o.a < t.a)");
    assert_int_equal(world.row_count, 3);
    expect(&world, "SELECT a, b FROM t ORDER BY a", "2|0;3|1;4|2");
    refused(&world, "UPDATE t SET a = 7", QA_DUPLICATE_KEY);
    expect(&world, "SELECT a, b FROM t ORDER BY a", "2|0;3|1;4|2");
    done(&world, "DELETE FROM t WHERE b < (SELECT MAX(o.b) FROM t AS o)");
    assert_int_equal(world.row_count, 2);
    expect(&world, "SELECT a, b FROM t", "4|2");
    done(&world, "UPDATE t SET b = NULL WHERE a IN (SELECT x + 1 FROM s_a)");
    assert_int_equal(world.row_count, 1);
    expect(&world, "SELECT a, b FROM t", "4|NULL");
    done(&world, "DELETE FROM t");
    expect(&world, "SELECT COUNT(*) FROM t", "0");
    rows_world_close(&world);
}

static void a_rollback_takes_back_rows_and_tables(void **state)
{
    (void)state;
    rows_world_t world;
    rows_statement_t open_query, open_scratch;
    uint32_t row_count = 0;
    open_world(&world);
    done(&world, "CREATE TABLE t (a INTEGER PRIMARY KEY)");
    done(&world, "INSERT INTO t VALUES (1), (2)");
    assert_int_equal(qa_sql_engine_begin(world.engine, &world.error), QA_OK);
    done(&world, "INSERT INTO t VALUES (3)");
    refused(&world, "INSERT INTO t VALUES (4), (1)", QA_DUPLICATE_KEY);
    expect(&world, "SELECT COUNT(*) FROM t", "3");
    done(&world, "CREATE TABLE later (a INTEGER)");
    /* Cursors that are open go on behind the rollback. */
    assert_int_equal(rows_statement_open(&open_query, &world, "SELECT x FROM s_a WHERE x > 0"), QA_OK);
    assert_int_equal(rows_statement_next(&open_query, &world, 1, &row_count), QA_OK);
    assert_int_equal(rows_statement_open(&open_scratch, &world, "SELECT a FROM t ORDER BY a"), QA_OK);
    assert_int_equal(rows_statement_next(&open_scratch, &world, 1, &row_count), QA_OK);
    assert_int_equal(qa_sql_engine_end(world.engine, false, &world.error), QA_OK);
    world.table_count--;
    world.answer[0] = '\0';
    assert_int_equal(rows_statement_next(&open_query, &world, 9, &row_count), QA_OK);
    assert_int_equal(rows_statement_next(&open_scratch, &world, 9, &row_count), QA_OK);
    assert_string_equal(world.answer, "2;3;2;3");
    rows_statement_close(&open_query);
    rows_statement_close(&open_scratch);
    expect(&world, "SELECT a FROM t ORDER BY a", "1;2");
    assert_int_equal(qa_sql_engine_begin(world.engine, &world.error), QA_OK);
    done(&world, "DELETE FROM t WHERE a = 1");
    assert_int_equal(qa_sql_engine_end(world.engine, true, &world.error), QA_OK);
    expect(&world, "SELECT a FROM t", "2");
    rows_world_close(&world);
}

/* --- size --- */

static void a_thousand_columns_are_served(void **state)
{
    (void)state;
    rows_world_t world;
    static char text[40000];
    static qa_sql_value_t values[1000];
    assert_int_equal(rows_world_open(&world, &qa_allocator_default), QA_OK);
    int bytes = snprintf(text, sizeof(text), "CREATE TABLE s_wide (");
    for (int c = 0; c < 1000; c++) {
        bytes += snprintf(text + bytes, sizeof(text) - (size_t)bytes, "%sv%d INTEGER", c > 0 ? "," : "", c);
        values[c] = (qa_sql_value_t){ .kind = QA_SQL_INTEGER, .integer = c };
    }
    snprintf(text + bytes, sizeof(text) - (size_t)bytes, ")");
    done(&world, text);
    assert_int_equal(qa_sql_table_append(rows_world_served(&world, "s_wide"), values, false), QA_OK);
    expect(&world, "SELECT a.v999 + b.v1 FROM s_wide a JOIN s_wide b ON a.v999 = b.v999", "1000");
    expect(&world,
           "SELECT a.v0, c.v2 FROM s_wide a LEFT JOIN (s_wide b JOIN s_wide c ON b.v1 = c.v1) ON a.v0 = b.v0",
           "0|2");
    done(&world, "SELECT * FROM s_wide");
    /* An expression over more columns than SQLite's functions take. */
    bytes = snprintf(text, sizeof(text), "SELECT v0");
    for (int c = 1; c < 200; c++)
        bytes += snprintf(text + bytes, sizeof(text) - (size_t)bytes, " + v%d", c);
    snprintf(text + bytes, sizeof(text) - (size_t)bytes, " FROM s_wide");
    refused(&world, text, QA_LIMIT);
    rows_world_close(&world);
}

static void joins_find_their_rows_by_several_columns(void **state)
{
    (void)state;
    rows_world_t world;
    assert_int_equal(rows_world_open(&world, &qa_allocator_default), QA_OK);
    done(&world, "CREATE TABLE s_p (a INTEGER, n_b VARCHAR(8), v INTEGER)");
    done(&world, "CREATE TABLE s_q (a INTEGER, n_b VARCHAR(8), v INTEGER)");
    for (int64_t i = 0; i < 3000; i++) {
        char name[8];
        const int bytes = snprintf(name, sizeof(name), "%c%d", i % 2 == 0 ? 'M' : 'm', (int)(i % 60));
        const qa_sql_value_t values[3] = { { .kind = QA_SQL_INTEGER, .integer = i / 60 },
                                           { .kind = QA_SQL_TEXT, .text = name, .bytes = (uint32_t)bytes },
                                           { .kind = QA_SQL_INTEGER, .integer = i } };
        assert_int_equal(qa_sql_table_append(rows_world_served(&world, "s_p"), values, false), QA_OK);
        name[0] ^= 32;
        assert_int_equal(qa_sql_table_append(rows_world_served(&world, "s_q"), values, false), QA_OK);
    }
    expect(&world, "SELECT COUNT(*), SUM(p.v - q.v) FROM s_p p JOIN s_q q ON p.a = q.a AND p.n_b = q.n_b",
           "3000|0");
    expect(&world,
           "SELECT COUNT(*) FROM s_p p LEFT JOIN s_q q ON p.a = q.a AND p.n_b = q.n_b AND q.v > 10 "
           "WHERE q.v IS NULL",
           "11");
    rows_world_close(&world);
}

/* --- memory --- */

static const char *const MEMORY_STATEMENTS[] = {
    "SELECT a.x, b.w FROM s_a a JOIN s_b b ON a.n_code = b.n_code WHERE a.t LIKE 'o%' ORDER BY a.x",
    "WITH s AS (SELECT x, SUM(d) AS v FROM s_a GROUP BY x) SELECT s.x, (SELECT MAX(w) FROM s_b WHERE y = "
    "s.x) "
    "FROM s WHERE s.v > (SELECT AVG(v) FROM s) ORDER BY 1",
    "SELECT x FROM s_a UNION SELECT y FROM s_b ORDER BY 1",
    "SELECT n_code, SUM(f), SUM(d), MIN(t) FROM s_a GROUP BY n_code",
    "WITH c AS (SELECT x FROM s_a) SELECT a.x, w, c.x FROM c AS a FULL JOIN (s_b JOIN c ON y = x) ON a.x = y",
    "UPDATE e SET x = x + 1 WHERE x IN (SELECT x FROM s_a)",
    "DELETE FROM e WHERE x > 100",
    "INSERT INTO e SELECT x FROM s_a",
};

static void a_refused_allocation_is_said_and_leaks_nothing(void **state)
{
    (void)state;
    for (size_t s = 0; s < sizeof(MEMORY_STATEMENTS) / sizeof(MEMORY_STATEMENTS[0]); s++) {
        rows_world_t world;
        test_allocator_t allocator;
        test_allocator_make(&allocator);
        open_world(&world);
        world.allocator = &allocator.allocator;
        uint32_t refusals = 0;
        for (uint64_t n = 1;; n++) {
            allocator.request_count = 0;
            allocator.fail_at = n;
            const qa_status_t status = rows_world_do(&world, MEMORY_STATEMENTS[s]);
            assert_int_equal(allocator.bytes, 0);
            if (status == QA_OK) break;
            assert_int_equal(status, QA_NO_MEMORY);
            refusals++;
        }
        assert_true(refusals > 3);
        world.allocator = &qa_allocator_default;
        expect(&world, "SELECT COUNT(*) FROM s_a", "4");
        rows_world_close(&world);
    }
}

static void sqlite_without_memory_is_said_and_survived(void **state)
{
    (void)state;
    rows_world_t world;
    open_world(&world);
    done(&world, "CREATE TABLE s_big (x INTEGER)");
    for (int64_t i = 0; i < 50000; i++) {
        const qa_sql_value_t value = { .kind = QA_SQL_INTEGER, .integer = i };
        assert_int_equal(qa_sql_table_append(rows_world_served(&world, "s_big"), &value, false), QA_OK);
    }
    const char *text = "SELECT COUNT(*) FROM (SELECT DISTINCT x * 2 FROM s_big) AS q";
    for (sqlite3_int64 room = 5000; room <= 400000; room *= 4) {
        sqlite3_hard_heap_limit64(sqlite3_memory_used() + room);
        const qa_status_t status = rows_world_do(&world, text);
        sqlite3_hard_heap_limit64(0);
        /* With some room the distinct rows go to a file, and the answer comes. */
        if (status == QA_OK && room > 50000) continue;
        assert_int_equal(status, QA_NO_MEMORY);
        assert_int_equal(world.error.status, QA_NO_MEMORY);
    }
    expect(&world, text, "50000");
    rows_world_close(&world);
}

static void an_engine_without_memory_does_not_open(void **state)
{
    (void)state;
    test_allocator_t allocator;
    qa_sql_engine_t *engine = NULL;
    qa_error_t error;
    test_allocator_make(&allocator);
    allocator.fail_at = 1;
    assert_int_equal(qa_sql_engine_open(&engine, &allocator.allocator, &error), QA_NO_MEMORY);
    assert_null(engine);
    assert_int_equal(allocator.bytes, 0);
}

static void no_text_of_a_user_reaches_sqlite(void **state)
{
    (void)state;
    rows_world_t world;
    rows_statement_t statement;
    const char *text = NULL;
    open_world(&world);
    assert_int_equal(rows_statement_open(&statement, &world,
                                         "SELECT t AS secret, 'hidden' FROM s_a WHERE t = 'hidden' OR x = 5"),
                     QA_OK);
    assert_int_equal(qa_sql_engine_text(world.engine, &statement.run, statement.bound->query, &text), QA_OK);
    assert_null(strstr(text, "secret"));
    assert_null(strstr(text, "hidden"));
    assert_non_null(strstr(text, "qa_rows"));
    rows_statement_close(&statement);
    rows_world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inner_and_outer_joins_keep_the_rows_they_should),
        cmocka_unit_test(a_join_in_parentheses_stays_together),
        cmocka_unit_test(names_join_and_group_without_case),
        cmocka_unit_test(nulls_sort_low_unless_asked_otherwise),
        cmocka_unit_test(a_null_in_an_in_list_makes_the_answer_unknown),
        cmocka_unit_test(sub_queries_look_at_the_rows_around_them),
        cmocka_unit_test(an_aggregate_of_outer_columns_belongs_to_its_own_block),
        cmocka_unit_test(sums_and_averages_are_exact),
        cmocka_unit_test(groups_add_up_like_one_group),
        cmocka_unit_test(set_operations_treat_nulls_as_equal),
        cmocka_unit_test(a_cte_that_is_read_twice_is_computed_once),
        cmocka_unit_test(a_query_may_nest_deep),
        cmocka_unit_test(failures_keep_their_status),
        cmocka_unit_test(a_query_can_be_cancelled_while_it_runs),
        cmocka_unit_test(several_queries_may_be_open_at_once),
        cmocka_unit_test(scratch_tables_take_rows_and_refuse_wrong_ones),
        cmocka_unit_test(an_update_sees_the_rows_as_they_were),
        cmocka_unit_test(a_rollback_takes_back_rows_and_tables),
        cmocka_unit_test(a_thousand_columns_are_served),
        cmocka_unit_test(joins_find_their_rows_by_several_columns),
        cmocka_unit_test(a_refused_allocation_is_said_and_leaks_nothing),
        cmocka_unit_test(sqlite_without_memory_is_said_and_survived),
        cmocka_unit_test(an_engine_without_memory_does_not_open),
        cmocka_unit_test(no_text_of_a_user_reaches_sqlite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
