/* Connections, attributes, transactions, information, diagnostics, cancelling, time-out: through the driver
 * manager, on the fake. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "odbc/odbc_world.h"

static void expect(odbc_world_t *world, SQLRETURN got, SQLRETURN wanted, const char *sqlstate)
{
    if (got != wanted)
        fail_msg("%d instead of %d: %s", got, wanted, odbc_message(SQL_HANDLE_DBC, world->connection, 1));
    assert_string_equal(odbc_state(SQL_HANDLE_DBC, world->connection, 1), sqlstate);
}

/* A second connection that is made by hand. */
static SQLRETURN connect_with(odbc_world_t *world, SQLHDBC *connection, const char *rest, SQLCHAR *completed)
{
    char text[512];
    SQLSMALLINT length = 0;
    assert_int_equal(SQLAllocHandle(SQL_HANDLE_DBC, world->environment, connection), SQL_SUCCESS);
    snprintf(text, sizeof(text), "Driver=%s;%s", QA_DRIVER_ON_FAKE, rest);
    return SQLDriverConnect(*connection, NULL, (SQLCHAR *)text, SQL_NTS, completed, 512, &length,
                            SQL_DRIVER_NOPROMPT);
}

static void a_bad_connection_string_says_what_is_wrong(void **state)
{
    static const struct {
        const char *rest;
        const char *sqlstate;
    } cases[] = {
        { "Replica=nowhere", "08001" },
        { "App=budget", "08001" },
        { "Replica=/home/ada/plans;ReadOnly=perhaps", "HY024" },
        { "Replica=/home/ada/plans;Server=https://x", "HYC00" },
    };
    for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
        SQLHDBC connection = NULL;
        assert_int_equal(connect_with(*state, &connection, cases[index].rest, NULL), SQL_ERROR);
        assert_string_equal(odbc_state(SQL_HANDLE_DBC, connection, 1), cases[index].sqlstate);
        assert_int_equal(SQLFreeHandle(SQL_HANDLE_DBC, connection), SQL_SUCCESS);
    }
}

static void an_unknown_keyword_is_a_warning_and_the_string_is_completed(void **state)
{
    SQLHDBC connection = NULL;
    SQLCHAR completed[512] = "";
    assert_int_equal(
        connect_with(*state, &connection, "Replica=/home/ada/plans;Colour=red;PWD=secret", completed),
        SQL_SUCCESS_WITH_INFO);
    assert_string_equal(odbc_state(SQL_HANDLE_DBC, connection, 1), "01S00");
    assert_non_null(strstr((char *)completed, "Replica=/home/ada/plans"));
    assert_null(strstr((char *)completed, "secret"));
    assert_int_equal(SQLDisconnect(connection), SQL_SUCCESS);
    assert_int_equal(SQLFreeHandle(SQL_HANDLE_DBC, connection), SQL_SUCCESS);
}

static void statement_attributes_keep_what_they_accept(void **state)
{
    odbc_world_t *const world = *state;
    static const struct {
        SQLINTEGER attribute;
        SQLULEN value;
        SQLRETURN result;
        const char *sqlstate;
        SQLULEN kept;
    } cases[] = {
        { SQL_ATTR_ASYNC_ENABLE, SQL_ASYNC_ENABLE_ON, SQL_SUCCESS, "", SQL_ASYNC_ENABLE_ON },
        { SQL_ATTR_CONCURRENCY, SQL_CONCUR_LOCK, SQL_SUCCESS_WITH_INFO, "01S02", SQL_CONCUR_READ_ONLY },
        { SQL_ATTR_CURSOR_TYPE, SQL_CURSOR_STATIC, SQL_SUCCESS_WITH_INFO, "01S02", SQL_CURSOR_FORWARD_ONLY },
        { SQL_ATTR_CURSOR_SCROLLABLE, SQL_SCROLLABLE, SQL_ERROR, "HYC00", SQL_NONSCROLLABLE },
        { SQL_ATTR_CURSOR_SENSITIVITY, SQL_INSENSITIVE, SQL_SUCCESS, "", SQL_INSENSITIVE },
        { SQL_ATTR_KEYSET_SIZE, 100, SQL_SUCCESS_WITH_INFO, "01S02", 0 },
        { SQL_ATTR_MAX_ROWS, 7, SQL_SUCCESS, "", 7 },
        { SQL_ATTR_METADATA_ID, SQL_TRUE, SQL_SUCCESS, "", SQL_TRUE },
        { SQL_ATTR_NOSCAN, SQL_NOSCAN_ON, SQL_SUCCESS, "", SQL_NOSCAN_ON },
        { SQL_ATTR_QUERY_TIMEOUT, 30, SQL_SUCCESS, "", 30 },
        { SQL_ATTR_ROW_ARRAY_SIZE, 512, SQL_SUCCESS, "", 512 },
        { SQL_ATTR_PARAMSET_SIZE, 3, SQL_SUCCESS, "", 3 },
        { SQL_ATTR_USE_BOOKMARKS, SQL_UB_VARIABLE, SQL_ERROR, "HYC00", SQL_UB_OFF },
    };
    for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
        SQLULEN got = 4711;
        odbc_expect(
            world,
            SQLSetStmtAttr(world->statement, cases[index].attribute, (SQLPOINTER)cases[index].value, 0),
            cases[index].result, cases[index].sqlstate);
        odbc_expect(world, SQLGetStmtAttr(world->statement, cases[index].attribute, &got, 0, NULL),
                    SQL_SUCCESS, "");
        assert_int_equal(got, cases[index].kept);
    }
    odbc_expect(world, SQLSetStmtAttr(world->statement, 99999, (SQLPOINTER)1, 0), SQL_ERROR, "HY092");
    odbc_expect(world, SQLSetStmtAttr(world->statement, SQL_ATTR_IMP_ROW_DESC, NULL, 0), SQL_ERROR, "HY017");
}

static void connection_attributes_keep_what_they_accept(void **state)
{
    odbc_world_t *const world = *state;
    SQLUINTEGER number = 4711;
    char text[40];
    SQLINTEGER length = 0;
    SQLGetConnectAttr(world->connection, SQL_ATTR_TXN_ISOLATION, &number, 0, NULL);
    assert_int_equal(number, SQL_TXN_READ_COMMITTED);
    expect(world,
           SQLSetConnectAttr(world->connection, SQL_ATTR_TXN_ISOLATION, (SQLPOINTER)SQL_TXN_SERIALIZABLE, 0),
           SQL_ERROR, "HYC00");
    expect(world, SQLSetConnectAttr(world->connection, 99999, (SQLPOINTER)1, 0), SQL_ERROR, "HY092");
    SQLGetConnectAttr(world->connection, SQL_ATTR_CONNECTION_TIMEOUT, &number, 0, NULL);
    assert_int_equal(number, 0);
    SQLGetConnectAttr(world->connection, SQL_ATTR_CONNECTION_DEAD, &number, 0, NULL);
    assert_int_equal(number, SQL_CD_FALSE);
    assert_int_equal(
        SQLSetConnectAttr(world->connection, SQL_ATTR_CURRENT_CATALOG, (SQLPOINTER) "budget", SQL_NTS),
        SQL_SUCCESS);
    assert_int_equal(
        SQLGetConnectAttr(world->connection, SQL_ATTR_CURRENT_CATALOG, text, sizeof(text), &length),
        SQL_SUCCESS);
    assert_string_equal(text, "budget");
    expect(world,
           SQLSetConnectAttr(world->connection, SQL_ATTR_CURRENT_CATALOG, (SQLPOINTER) "missing", SQL_NTS),
           SQL_ERROR, "3D000");
    assert_int_equal(SQLSetConnectAttr(world->connection, SQL_ATTR_RESET_CONNECTION, (SQLPOINTER)1, 0),
                     SQL_SUCCESS);
}

static SQLLEN kept_count(odbc_world_t *world)
{
    SQLLEN count = 0;
    odbc_run(world, "show");
    while (SQLFetch(world->statement) == SQL_SUCCESS)
        count++;
    SQLFreeStmt(world->statement, SQL_CLOSE);
    return count;
}

static void transactions_end_by_commit_and_rollback(void **state)
{
    odbc_world_t *const world = *state;
    SQLSetConnectAttr(world->connection, SQL_ATTR_AUTOCOMMIT, (SQLPOINTER)SQL_AUTOCOMMIT_OFF, 0);
    odbc_run(world, "insert");
    expect(world, SQLDisconnect(world->connection), SQL_ERROR, "25000");
    assert_int_equal(SQLEndTran(SQL_HANDLE_DBC, world->connection, SQL_ROLLBACK), SQL_SUCCESS);
    assert_int_equal(kept_count(world), 0);
    odbc_run(world, "insert");
    assert_int_equal(SQLEndTran(SQL_HANDLE_DBC, world->connection, SQL_COMMIT), SQL_SUCCESS);
    odbc_run(world, "insert");
    assert_int_equal(SQLEndTran(SQL_HANDLE_ENV, world->environment, SQL_ROLLBACK), SQL_SUCCESS);
    assert_int_equal(kept_count(world), 1);
    odbc_run(world, "insert");
    SQLSetConnectAttr(world->connection, SQL_ATTR_AUTOCOMMIT, (SQLPOINTER)SQL_AUTOCOMMIT_ON, 0);
    assert_int_equal(SQLEndTran(SQL_HANDLE_DBC, world->connection, SQL_ROLLBACK), SQL_SUCCESS);
    assert_int_equal(kept_count(world), 2);
}

static void an_open_cursor_outlives_a_commit(void **state)
{
    odbc_world_t *const world = *state;
    odbc_run(world, "rows 2");
    odbc_expect(world, SQLFetch(world->statement), SQL_SUCCESS, "");
    assert_int_equal(SQLEndTran(SQL_HANDLE_DBC, world->connection, SQL_COMMIT), SQL_SUCCESS);
    odbc_expect(world, SQLFetch(world->statement), SQL_SUCCESS, "");
}

static void diagnostics_have_a_header_and_records(void **state)
{
    odbc_world_t *const world = *state;
    char text[200];
    SQLSMALLINT length = 0;
    SQLINTEGER number = 0;
    SQLLEN rows = 0;
    odbc_expect(world, SQLExecDirect(world->statement, (SQLCHAR *)"nonsense", SQL_NTS), SQL_ERROR, "42000");
    assert_non_null(strstr(odbc_message(SQL_HANDLE_STMT, world->statement, 1),
                           "[Quantatom][ODBC Driver] line 1, column 1"));
    SQLGetDiagField(SQL_HANDLE_STMT, world->statement, 0, SQL_DIAG_NUMBER, &number, 0, NULL);
    assert_int_equal(number, 1);
    SQLGetDiagField(SQL_HANDLE_STMT, world->statement, 1, SQL_DIAG_NATIVE, &number, 0, NULL);
    assert_int_equal(number, 50);
    SQLGetDiagField(SQL_HANDLE_STMT, world->statement, 1, SQL_DIAG_CLASS_ORIGIN, text, sizeof(text), &length);
    assert_string_equal(text, "ISO 9075");
    SQLGetDiagField(SQL_HANDLE_STMT, world->statement, 1, SQL_DIAG_SERVER_NAME, text, sizeof(text), &length);
    assert_string_equal(text, "/home/ada/plans");
    SQLGetDiagField(SQL_HANDLE_STMT, world->statement, 1, SQL_DIAG_CONNECTION_NAME, text, sizeof(text),
                    &length);
    assert_string_equal(text, "");
    odbc_run(world, "insert");
    SQLGetDiagField(SQL_HANDLE_STMT, world->statement, 0, SQL_DIAG_NUMBER, &number, 0, NULL);
    assert_int_equal(number, 0);
    SQLGetDiagField(SQL_HANDLE_STMT, world->statement, 0, SQL_DIAG_ROW_COUNT, &rows, 0, NULL);
    assert_int_equal(rows, 1);
    SQLGetDiagField(SQL_HANDLE_STMT, world->statement, 0, SQL_DIAG_DYNAMIC_FUNCTION, text, sizeof(text),
                    &length);
    assert_string_equal(text, "INSERT");
    SQLGetDiagField(SQL_HANDLE_STMT, world->statement, 0, SQL_DIAG_DYNAMIC_FUNCTION_CODE, &number, 0, NULL);
    assert_int_equal(number, SQL_DIAG_INSERT);
}

static void information_is_cut_like_any_text(void **state)
{
    odbc_world_t *const world = *state;
    SQLWCHAR name[20];
    SQLSMALLINT full = 0, length = 0;
    SQLUSMALLINT small = 0;
    assert_int_equal(SQLGetInfoW(world->connection, SQL_DBMS_NAME, NULL, 0, &full), SQL_SUCCESS);
    assert_true(full > 12);
    memset(name, 0x55, sizeof(name));
    expect(world, SQLGetInfoW(world->connection, SQL_DBMS_NAME, name, 12, &length), SQL_SUCCESS_WITH_INFO,
           "01004");
    assert_int_equal(length, full);
    assert_int_equal(name[4], 0); /* one unit earlier than it could, for unixODBC's sake */
    assert_int_equal(name[6], 0x5555);
    char narrow[20];
    memset(narrow, 'Z', sizeof(narrow));
    expect(world, SQLGetInfo(world->connection, SQL_DBMS_NAME, narrow, 5, &length), SQL_SUCCESS_WITH_INFO,
           "01004");
    assert_int_equal(narrow[4], 0);
    assert_int_equal(narrow[5], 'Z');
    assert_int_equal(SQLGetInfoW(world->connection, SQL_MAX_COLUMN_NAME_LEN, &small, 0, &length),
                     SQL_SUCCESS);
    assert_int_equal(length, 2);
    expect(world, SQLGetInfo(world->connection, 65000, name, 12, &length), SQL_ERROR, "HY096");
    assert_int_equal(SQLGetInfo(world->connection, 180, name, sizeof(name), &length), SQL_SUCCESS);
}

static void native_sql_counts_in_characters(void **state)
{
    odbc_world_t *const world = *state;
    SQLWCHAR native[20];
    SQLINTEGER length = 0;
    SQLWCHAR text[] = { 'r', 'o', 'w', 's', ' ', 0xD83D, 0xDE00, 0 };
    assert_int_equal(SQLNativeSqlW(world->connection, text, SQL_NTS, native, 20, &length), SQL_SUCCESS);
    assert_int_equal(length, 7);
    assert_memory_equal(native, text, sizeof(text));
    expect(world, SQLNativeSqlW(world->connection, text, SQL_NTS, native, 7, &length), SQL_SUCCESS_WITH_INFO,
           "01004");
    assert_int_equal(native[5], 0);
}

static void cursors_have_names_of_their_own(void **state)
{
    odbc_world_t *const world = *state;
    SQLHSTMT other = NULL;
    char name[40];
    SQLSMALLINT length = 0;
    assert_int_equal(SQLAllocHandle(SQL_HANDLE_STMT, world->connection, &other), SQL_SUCCESS);
    assert_int_equal(SQLGetCursorName(world->statement, (SQLCHAR *)name, sizeof(name), &length), SQL_SUCCESS);
    assert_memory_equal(name, "SQL_CUR", 7);
    assert_int_equal(SQLSetCursorName(other, (SQLCHAR *)"plan", SQL_NTS), SQL_SUCCESS);
    odbc_expect(world, SQLSetCursorName(world->statement, (SQLCHAR *)"plan", SQL_NTS), SQL_ERROR, "3C000");
    odbc_expect(world, SQLSetCursorName(world->statement, (SQLCHAR *)"SQL_CUR9", SQL_NTS), SQL_ERROR,
                "34000");
    SQLFreeHandle(SQL_HANDLE_STMT, other);
}

static void *run_slow(void *context)
{
    odbc_world_t *const world = context;
    static SQLRETURN result;
    result = SQLExecDirect(world->statement, (SQLCHAR *)"slow", SQL_NTS);
    return &result;
}

static void a_statement_is_cancelled_from_another_thread(void **state)
{
    odbc_world_t *const world = *state;
    pthread_t thread;
    void *result;
    assert_int_equal(pthread_create(&thread, NULL, run_slow, world), 0);
    result = odbc_cancel_until_joined(world, thread);
    assert_int_equal(*(SQLRETURN *)result, SQL_ERROR);
    assert_string_equal(odbc_state(SQL_HANDLE_STMT, world->statement, 1), "HY008");
    odbc_run(world, "rows 1");
}

static void a_statement_ends_when_its_time_is_over(void **state)
{
    odbc_world_t *const world = *state;
    SQLSetStmtAttr(world->statement, SQL_ATTR_QUERY_TIMEOUT, (SQLPOINTER)1, 0);
    odbc_expect(world, SQLExecDirect(world->statement, (SQLCHAR *)"slow", SQL_NTS), SQL_ERROR, "HYT00");
}

static void catalog_results_are_read_like_any_other(void **state)
{
    odbc_world_t *const world = *state;
    char name[40];
    SQLLEN length = 0;
    SQLSMALLINT columns = 0;
    odbc_expect(world, SQLTables(world->statement, NULL, 0, NULL, 0, NULL, 0, NULL, 0), SQL_SUCCESS, "");
    assert_int_equal(SQLNumResultCols(world->statement, &columns), SQL_SUCCESS);
    assert_int_equal(columns, 5);
    SQLBindCol(world->statement, 3, SQL_C_CHAR, name, sizeof(name), &length);
    odbc_expect(world, SQLFetch(world->statement), SQL_SUCCESS, "");
    assert_string_equal(name, "numbers");
    odbc_expect(world, SQLTables(world->statement, NULL, 0, NULL, 0, NULL, 0, NULL, 0), SQL_ERROR, "24000");
    odbc_expect(world, SQLFetch(world->statement), SQL_NO_DATA, "");
    odbc_expect(world, SQLMoreResults(world->statement), SQL_NO_DATA, "");
    odbc_expect(world, SQLColumns(world->statement, NULL, 0, NULL, 0, (SQLCHAR *)"numbers", SQL_NTS, NULL, 0),
                SQL_SUCCESS, "");
    odbc_expect(world, SQLFetch(world->statement), SQL_SUCCESS, "");
    SQLFreeStmt(world->statement, SQL_CLOSE);
    odbc_expect(world, SQLGetTypeInfo(world->statement, SQL_ALL_TYPES), SQL_SUCCESS, "");
    odbc_expect(world, SQLFetch(world->statement), SQL_SUCCESS, "");
    SQLFreeStmt(world->statement, SQL_CLOSE);
    odbc_expect(world, SQLFetch(world->statement), SQL_ERROR, "HY010");
}

static void a_hundred_statements_and_cursors_come_and_go(void **state)
{
    odbc_world_t *const world = *state;
    SQLHSTMT statements[100];
    for (int index = 0; index < 100; index++) {
        assert_int_equal(SQLAllocHandle(SQL_HANDLE_STMT, world->connection, &statements[index]), SQL_SUCCESS);
        assert_int_equal(SQLExecDirect(statements[index], (SQLCHAR *)"rows 3", SQL_NTS), SQL_SUCCESS);
        assert_int_equal(SQLFetch(statements[index]), SQL_SUCCESS);
    }
    for (int index = 0; index < 100; index += 2)
        assert_int_equal(SQLFreeHandle(SQL_HANDLE_STMT, statements[index]), SQL_SUCCESS);
    /* The others end with the connection. */
}

int main(void)
{
#define CASE(NAME) cmocka_unit_test_setup_teardown(NAME, odbc_fake_setup, odbc_fake_teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_bad_connection_string_says_what_is_wrong),
        CASE(an_unknown_keyword_is_a_warning_and_the_string_is_completed),
        CASE(statement_attributes_keep_what_they_accept),
        CASE(connection_attributes_keep_what_they_accept),
        CASE(transactions_end_by_commit_and_rollback),
        CASE(an_open_cursor_outlives_a_commit),
        CASE(diagnostics_have_a_header_and_records),
        CASE(information_is_cut_like_any_text),
        CASE(native_sql_counts_in_characters),
        CASE(cursors_have_names_of_their_own),
        CASE(a_statement_is_cancelled_from_another_thread),
        CASE(a_statement_ends_when_its_time_is_over),
        CASE(catalog_results_are_read_like_any_other),
        CASE(a_hundred_statements_and_cursors_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
