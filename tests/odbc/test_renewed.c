/* The driver itself through the driver manager, when tables change behind a prepared statement or an open
 * cursor: what it says of its columns, what becomes of its parameters, which tables can go. */
#include <stdio.h>
#include <string.h>

#include "odbc/odbc_world.h"
#include "support/app_world.h"

typedef struct renewed_world {
    odbc_world_t odbc;  /* the first: odbc_world_t's functions take it */
    odbc_world_t other; /* the same connection, a second statement */
    app_world_t app;
} renewed_world_t;

static int setup(void **state)
{
    static renewed_world_t world;
    char text[512];
    app_world_open(&world.app);
    assert_int_equal(app_world_set(&world.app, "Jan", "Budget", "Fire", "Expense", 12345, NULL), QA_OK);
    snprintf(text, sizeof(text), "Replica=%s;App=budget;Planner=rows", world.app.folder);
    odbc_world_open(&world.odbc, QA_DRIVER, text);
    world.other = world.odbc;
    assert_int_equal(SQLAllocHandle(SQL_HANDLE_STMT, world.odbc.connection, &world.other.statement),
                     SQL_SUCCESS);
    odbc_run(&world.other, "CREATE TABLE t (a INTEGER)");
    odbc_run(&world.other, "INSERT INTO t VALUES (1)");
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    renewed_world_t *const world = *state;
    assert_int_equal(SQLFreeHandle(SQL_HANDLE_STMT, world->other.statement), SQL_SUCCESS);
    odbc_world_close(&world->odbc);
    app_world_close(&world->app);
    return 0;
}

static void prepare(odbc_world_t *world, const char *text)
{
    odbc_expect(world, SQLPrepare(world->statement, (SQLCHAR *)(uintptr_t)text, SQL_NTS), SQL_SUCCESS, "");
}

/* The scratch table again, with other columns. */
static void make_anew(odbc_world_t *other, const char *text)
{
    odbc_run(other, "DROP TABLE t");
    odbc_run(other, text);
}

static void expect_column(odbc_world_t *world, SQLUSMALLINT number, const char *wanted, SQLSMALLINT type)
{
    SQLCHAR name[40];
    SQLSMALLINT told = 0;
    odbc_expect(world,
                SQLDescribeCol(world->statement, number, name, sizeof(name), NULL, &told, NULL, NULL, NULL),
                SQL_SUCCESS, "");
    assert_string_equal(name, wanted);
    assert_int_equal(told, type);
}

static void show_value(odbc_world_t *world, const char *text, const char *wanted)
{
    char value[40];
    odbc_run(world, text);
    assert_int_equal(SQLFetch(world->statement), SQL_SUCCESS);
    assert_int_equal(SQLGetData(world->statement, 1, SQL_C_CHAR, value, sizeof(value), NULL), SQL_SUCCESS);
    assert_string_equal(value, wanted);
    SQLFreeStmt(world->statement, SQL_CLOSE);
}

static void columns_that_came_behind_prepare_are_described_and_fetched(void **state)
{
    renewed_world_t *const world = *state;
    enum { COLUMNS = 14 };
    char values[COLUMNS][40];
    SQLLEN lengths[COLUMNS];
    SQLSMALLINT count = 0;
    prepare(&world->odbc, "SELECT *, 'x' AS made_up FROM t");
    make_anew(&world->other, "CREATE TABLE t (a VARCHAR(20), b INTEGER, c INTEGER, d INTEGER, e INTEGER, "
                             "f INTEGER, g INTEGER, h INTEGER, i INTEGER, j INTEGER, k INTEGER, l INTEGER, "
                             "m INTEGER)");
    odbc_run(&world->other, "INSERT INTO t (a, m) VALUES ('much', 7)");
    for (SQLUSMALLINT c = 0; c < COLUMNS; c++)
        SQLBindCol(world->odbc.statement, (SQLUSMALLINT)(c + 1), SQL_C_DEFAULT, values[c], sizeof(values[c]),
                   &lengths[c]);
    odbc_expect(&world->odbc, SQLExecute(world->odbc.statement), SQL_SUCCESS, "");
    assert_int_equal(SQLNumResultCols(world->odbc.statement, &count), SQL_SUCCESS);
    assert_int_equal(count, COLUMNS);
    expect_column(&world->odbc, 1, "a", SQL_WVARCHAR);
    expect_column(&world->odbc, 13, "m", SQL_INTEGER);
    expect_column(&world->odbc, 14, "made_up", SQL_WVARCHAR);
    odbc_expect(&world->odbc, SQLFetch(world->odbc.statement), SQL_SUCCESS, "");
    SQLINTEGER last = 0;
    memcpy(&last, values[12], sizeof(last));
    assert_int_equal(last, 7);
    SQLFreeStmt(world->odbc.statement, SQL_UNBIND);
    SQLFreeStmt(world->odbc.statement, SQL_CLOSE);
}

static void a_statement_whose_table_went_keeps_its_columns_and_fails_each_time(void **state)
{
    renewed_world_t *const world = *state;
    prepare(&world->odbc, "SELECT a AS made_up_here FROM t");
    odbc_run(&world->other, "DROP TABLE t");
    for (int times = 0; times < 2; times++) {
        odbc_expect(&world->odbc, SQLExecute(world->odbc.statement), SQL_ERROR, "42S02");
        expect_column(&world->odbc, 1, "made_up_here", SQL_INTEGER);
    }
    odbc_run(&world->other, "CREATE TABLE t (a INTEGER)");
    odbc_expect(&world->odbc, SQLExecute(world->odbc.statement), SQL_SUCCESS, "");
    SQLFreeStmt(world->odbc.statement, SQL_CLOSE);
}

static void an_array_for_a_table_that_went_is_refused(void **state)
{
    renewed_world_t *const world = *state;
    SQLINTEGER values[2] = { 1, 2 };
    prepare(&world->odbc, "INSERT INTO t VALUES (?)");
    SQLBindParameter(world->odbc.statement, 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0, values, 0,
                     NULL);
    odbc_run(&world->other, "DROP TABLE t");
    odbc_expect(&world->odbc, SQLExecute(world->odbc.statement), SQL_ERROR, "42S02");
    SQLSetStmtAttr(world->odbc.statement, SQL_ATTR_PARAMSET_SIZE, (SQLPOINTER)2, 0);
    odbc_expect(&world->odbc, SQLExecute(world->odbc.statement), SQL_ERROR, "42S02");
    SQLSetStmtAttr(world->odbc.statement, SQL_ATTR_PARAMSET_SIZE, (SQLPOINTER)1, 0);
}

static void a_parameter_takes_the_type_that_its_column_has_now(void **state)
{
    renewed_world_t *const world = *state;
    static const struct {
        const char *table;
        const char *wanted;
    } cases[] = {
        { "CREATE TABLE t (a VARCHAR(9))", "123456" },
        { "CREATE TABLE t (a DECIMAL(10, 2))", "123456.00" },
        { "CREATE TABLE t (a DOUBLE)", "123456" },
        { "CREATE TABLE t (a BIGINT)", "123456" },
    };
    SQLINTEGER value = 123456;
    prepare(&world->odbc, "INSERT INTO t VALUES (?)");
    SQLBindParameter(world->odbc.statement, 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0, &value, 0,
                     NULL);
    for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
        make_anew(&world->other, cases[index].table);
        odbc_expect(&world->odbc, SQLExecute(world->odbc.statement), SQL_SUCCESS, "");
        show_value(&world->other, "SELECT a FROM t", cases[index].wanted);
    }
    make_anew(&world->other, "CREATE TABLE t (a VARCHAR(3))");
    odbc_expect(&world->odbc, SQLExecute(world->odbc.statement), SQL_ERROR, "22003");
    odbc_expect(&world->odbc, SQLExecute(world->odbc.statement), SQL_ERROR, "22003");
    make_anew(&world->other, "CREATE TABLE t (a VARCHAR(6))");
    odbc_expect(&world->odbc, SQLExecute(world->odbc.statement), SQL_SUCCESS, "");
    show_value(&world->other, "SELECT a FROM t", "123456");
}

static void a_scratch_table_is_dropped_while_a_cursor_of_the_row_engine_is_open(void **state)
{
    renewed_world_t *const world = *state;
    odbc_run(&world->odbc, "SELECT a.value FROM facts a LEFT JOIN facts b ON a.value <> b.value + 1");
    odbc_run(&world->other, "DROP TABLE t");
    odbc_expect(&world->other, SQLExecDirect(world->other.statement, (SQLCHAR *)"SELECT * FROM t", SQL_NTS),
                SQL_ERROR, "42S02");
    odbc_run(&world->other, "CREATE TABLE t (a INTEGER)");
    assert_int_equal(SQLFetch(world->odbc.statement), SQL_SUCCESS);
    SQLFreeStmt(world->odbc.statement, SQL_CLOSE);
    show_value(&world->other, "SELECT COUNT(*) FROM t", "0");
}

static void a_dropped_table_comes_back_by_rollback_with_its_rows(void **state)
{
    renewed_world_t *const world = *state;
    odbc_run(&world->odbc, "SELECT a.value FROM facts a LEFT JOIN facts b ON a.value <> b.value + 1");
    SQLSetConnectAttr(world->odbc.connection, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF, 0);
    odbc_run(&world->other, "DROP TABLE t");
    odbc_run(&world->other, "CREATE TABLE u (a INTEGER)");
    assert_int_equal(SQLEndTran(SQL_HANDLE_DBC, world->odbc.connection, SQL_ROLLBACK), SQL_SUCCESS);
    assert_int_equal(SQLFetch(world->odbc.statement), SQL_SUCCESS);
    show_value(&world->other, "SELECT a FROM t", "1");
    SQLFreeStmt(world->odbc.statement, SQL_CLOSE);
    assert_int_equal(SQLEndTran(SQL_HANDLE_DBC, world->odbc.connection, SQL_ROLLBACK), SQL_SUCCESS);
}

static void a_number_that_is_put_without_bytes_is_refused(void **state)
{
    renewed_world_t *const world = *state;
    SQLLEN at_execution = SQL_DATA_AT_EXEC;
    SQLPOINTER token = NULL;
    prepare(&world->odbc, "SELECT CAST(? AS DOUBLE)");
    SQLBindParameter(world->odbc.statement, 1, SQL_PARAM_INPUT, SQL_C_DOUBLE, SQL_DOUBLE, 0, 0, (SQLPOINTER)1,
                     0, &at_execution);
    odbc_expect(&world->odbc, SQLExecute(world->odbc.statement), SQL_NEED_DATA, "");
    odbc_expect(&world->odbc, SQLParamData(world->odbc.statement, &token), SQL_NEED_DATA, "");
    odbc_expect(&world->odbc, SQLPutData(world->odbc.statement, NULL, 0), SQL_ERROR, "HY009");
}

int main(void)
{
#define CASE(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(columns_that_came_behind_prepare_are_described_and_fetched),
        CASE(a_statement_whose_table_went_keeps_its_columns_and_fails_each_time),
        CASE(an_array_for_a_table_that_went_is_refused),
        CASE(a_parameter_takes_the_type_that_its_column_has_now),
        CASE(a_scratch_table_is_dropped_while_a_cursor_of_the_row_engine_is_open),
        CASE(a_dropped_table_comes_back_by_rollback_with_its_rows),
        CASE(a_number_that_is_put_without_bytes_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
