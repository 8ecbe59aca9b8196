/* The driver itself through the driver manager, used as no careful application would: sizes that mean
 * nothing, null pointers that claim to hold something, attributes that change in the middle. It must refuse
 * or bound them, and never read or write beyond a buffer. */
#include <stdio.h>
#include <string.h>

#include "odbc/odbc_world.h"
#include "support/app_world.h"

typedef struct careless_world {
    odbc_world_t odbc; /* the first: odbc_world_t's functions take it */
    app_world_t app;
} careless_world_t;

static int setup(void **state)
{
    static careless_world_t world;
    char text[512];
    app_world_open(&world.app);
    snprintf(text, sizeof(text), "Replica=%s;App=budget", world.app.folder);
    odbc_world_open(&world.odbc, QA_DRIVER, text);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    careless_world_t *const world = *state;
    odbc_world_close(&world->odbc);
    app_world_close(&world->app);
    return 0;
}

static void a_rowset_of_any_size_of_a_descriptor_is_bounded(void **state)
{
    odbc_world_t *const world = *state;
    static const SQLULEN sizes[] = { (SQLULEN)1 << 31, ((SQLULEN)1 << 31) + 1, (SQLULEN)1 << 32, SIZE_MAX };
    SQLHDESC descriptor = NULL;
    SQLULEN rows = 0;
    SQLGetStmtAttr(world->statement, SQL_ATTR_APP_ROW_DESC, &descriptor, 0, NULL);
    SQLSetStmtAttr(world->statement, SQL_ATTR_ROWS_FETCHED_PTR, &rows, 0);
    for (size_t index = 0; index < sizeof(sizes) / sizeof(sizes[0]); index++) {
        assert_int_equal(SQLSetDescField(descriptor, 0, SQL_DESC_ARRAY_SIZE, (SQLPOINTER)sizes[index], 0),
                         SQL_SUCCESS);
        odbc_run(world, "VALUES (1), (2), (3)");
        odbc_expect(world, SQLFetch(world->statement), SQL_SUCCESS, "");
        assert_int_equal(rows, 3);
        SQLFreeStmt(world->statement, SQL_CLOSE);
    }
    SQLSetStmtAttr(world->statement, SQL_ATTR_ROWS_FETCHED_PTR, NULL, 0);
}

static void a_limit_of_length_that_shrinks_between_pieces_ends_the_value(void **state)
{
    odbc_world_t *const world = *state;
    static const SQLSMALLINT types[] = { SQL_C_CHAR, SQL_C_WCHAR, SQL_C_BINARY };
    static const char *const texts[] = { "SELECT REPEAT('abcdefgh', 10)",
                                         "SELECT X'00112233445566778899AABBCC'" };
    char piece[24];
    for (size_t text = 0; text < 2; text++)
        for (size_t type = 0; type < sizeof(types) / sizeof(types[0]); type++) {
            SQLLEN left = 0;
            SQLSetStmtAttr(world->statement, SQL_ATTR_MAX_LENGTH, (SQLPOINTER)0, 0);
            odbc_run(world, texts[text]);
            assert_int_equal(SQLFetch(world->statement), SQL_SUCCESS);
            odbc_expect(world, SQLGetData(world->statement, 1, types[type], piece, 12, &left),
                        SQL_SUCCESS_WITH_INFO, "01004");
            assert_int_equal(SQLSetStmtAttr(world->statement, SQL_ATTR_MAX_LENGTH, (SQLPOINTER)2, 0),
                             SQL_SUCCESS);
            odbc_expect(world, SQLGetData(world->statement, 1, types[type], piece, sizeof(piece), &left),
                        SQL_SUCCESS, "");
            assert_int_equal(left, 0);
            assert_int_equal(SQLGetData(world->statement, 1, types[type], piece, sizeof(piece), &left),
                             SQL_NO_DATA);
            SQLFreeStmt(world->statement, SQL_CLOSE);
        }
    SQLSetStmtAttr(world->statement, SQL_ATTR_MAX_LENGTH, (SQLPOINTER)0, 0);
}

static void a_number_at_a_null_pointer_is_refused_whatever_its_length(void **state)
{
    odbc_world_t *const world = *state;
    static const SQLSMALLINT types[] = { SQL_C_DOUBLE,         SQL_C_SLONG, SQL_C_NUMERIC,
                                         SQL_C_TYPE_TIMESTAMP, SQL_C_GUID,  SQL_C_BIT };
    SQLLEN length = 0;
    for (size_t index = 0; index < sizeof(types) / sizeof(types[0]); index++) {
        SQLBindParameter(world->statement, 1, SQL_PARAM_INPUT, types[index], SQL_VARCHAR, 40, 0, NULL, 0,
                         &length);
        odbc_expect(world,
                    SQLExecDirect(world->statement, (SQLCHAR *)"SELECT CAST(? AS VARCHAR(40))", SQL_NTS),
                    SQL_ERROR, "HY009");
    }
    /* A text of no bytes needs no buffer. */
    SQLBindParameter(world->statement, 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 40, 0, NULL, 0, &length);
    odbc_run(world, "SELECT CAST(? AS VARCHAR(40))");
    SQLFreeStmt(world->statement, SQL_CLOSE);
}

static void an_array_that_waits_for_data_is_not_committed_by_an_attribute(void **state)
{
    odbc_world_t *const world = *state;
    SQLLEN at_execution[2] = { SQL_DATA_AT_EXEC, SQL_DATA_AT_EXEC };
    odbc_run(world, "CREATE TABLE t (a INTEGER)");
    SQLSetStmtAttr(world->statement, SQL_ATTR_PARAMSET_SIZE, (SQLPOINTER)2, 0);
    SQLBindParameter(world->statement, 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0, NULL, 0,
                     at_execution);
    assert_int_equal(SQLExecDirect(world->statement, (SQLCHAR *)"INSERT INTO t VALUES (?)", SQL_NTS),
                     SQL_NEED_DATA);
    for (SQLULEN value = 0; value < 2; value++) {
        assert_int_equal(
            SQLSetConnectAttr(world->connection, SQL_ATTR_AUTOCOMMIT, (SQLPOINTER)value, SQL_IS_UINTEGER),
            SQL_ERROR);
        assert_string_equal(odbc_state(SQL_HANDLE_DBC, world->connection, 1), "HY010");
    }
    assert_int_equal(SQLCancel(world->statement), SQL_SUCCESS);
    SQLSetStmtAttr(world->statement, SQL_ATTR_PARAMSET_SIZE, (SQLPOINTER)1, 0);
}

static void a_write_beside_an_array_that_waits_for_data_is_refused_not_lost(void **state)
{
    odbc_world_t *const world = *state;
    SQLLEN at_execution[2] = { SQL_DATA_AT_EXEC, SQL_DATA_AT_EXEC };
    SQLHSTMT other = NULL;
    odbc_run(world, "CREATE TABLE t (a INTEGER)");
    SQLSetStmtAttr(world->statement, SQL_ATTR_PARAMSET_SIZE, (SQLPOINTER)2, 0);
    SQLBindParameter(world->statement, 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0, NULL, 0,
                     at_execution);
    assert_int_equal(SQLExecDirect(world->statement, (SQLCHAR *)"INSERT INTO t VALUES (?)", SQL_NTS),
                     SQL_NEED_DATA);
    assert_int_equal(SQLAllocHandle(SQL_HANDLE_STMT, world->connection, &other), SQL_SUCCESS);
    assert_int_equal(SQLExecDirect(other, (SQLCHAR *)"INSERT INTO t VALUES (7)", SQL_NTS), SQL_ERROR);
    assert_string_equal(odbc_state(SQL_HANDLE_STMT, other, 1), "HY010");
    assert_int_equal(SQLExecDirect(other, (SQLCHAR *)"SELECT COUNT(*) FROM t", SQL_NTS), SQL_SUCCESS);
    SQLFreeStmt(other, SQL_CLOSE);
    assert_int_equal(SQLCancel(world->statement), SQL_SUCCESS);
    assert_int_equal(SQLExecDirect(other, (SQLCHAR *)"INSERT INTO t VALUES (7)", SQL_NTS), SQL_SUCCESS);
    SQLFreeHandle(SQL_HANDLE_STMT, other);
    SQLSetStmtAttr(world->statement, SQL_ATTR_PARAMSET_SIZE, (SQLPOINTER)1, 0);
}

int main(void)
{
#define CASE(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_rowset_of_any_size_of_a_descriptor_is_bounded),
        CASE(a_limit_of_length_that_shrinks_between_pieces_ends_the_value),
        CASE(an_array_that_waits_for_data_is_not_committed_by_an_attribute),
        CASE(a_write_beside_an_array_that_waits_for_data_is_refused_not_lost),
        CASE(a_number_at_a_null_pointer_is_refused_whatever_its_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
