/* The driver itself through the driver manager, on a small app and on scratch tables: every size of rowset,
 * arrays of parameters, transactions of two connections, cancelling and time-out of a long statement, a
 * folder that is none. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "odbc/odbc_world.h"
#include "support/app_world.h"

typedef struct driver_world {
    odbc_world_t odbc; /* the first: odbc_world_t's functions take it */
    app_world_t app;
} driver_world_t;

static void connect_to(odbc_world_t *odbc, const char *folder, const char *rest)
{
    char text[512];
    snprintf(text, sizeof(text), "Replica=%s;App=budget;%s", folder, rest);
    odbc_world_open(odbc, QA_DRIVER, text);
}

static int setup(void **state)
{
    static driver_world_t world;
    app_world_open(&world.app);
    assert_int_equal(app_world_set(&world.app, "Jan", "Budget", "Fire", "Expense", 12345, NULL), QA_OK);
    connect_to(&world.odbc, world.app.folder, "");
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    driver_world_t *const world = *state;
    odbc_world_close(&world->odbc);
    app_world_close(&world->app);
    return 0;
}

/* The first column of the first row as text. */
static const char *value_of(odbc_world_t *world, const char *text)
{
    static char value[200];
    SQLLEN length = 0;
    odbc_run(world, text);
    assert_int_equal(SQLFetch(world->statement), SQL_SUCCESS);
    assert_int_equal(SQLGetData(world->statement, 1, SQL_C_CHAR, value, sizeof(value), &length), SQL_SUCCESS);
    SQLFreeStmt(world->statement, SQL_CLOSE);
    return length == SQL_NULL_DATA ? "NULL" : value;
}

static void a_written_value_is_read(void **state)
{
    odbc_world_t *const world = *state;
    assert_string_equal(value_of(world, "SELECT SUM(value) FROM atoms WHERE Department = 'Fire'"), "123.45");
    odbc_run(world, "UPDATE atoms SET value = 99 WHERE Department = 'Fire'");
    assert_string_equal(value_of(world, "SELECT value FROM atoms WHERE Department = 'Fire'"), "99");
    odbc_expect(world, SQLExecDirect(world->statement, (SQLCHAR *)"SELECT nope FROM atoms", SQL_NTS),
                SQL_ERROR, "42S22");
    odbc_expect(world,
                SQLExecDirect(world->statement,
                              (SQLCHAR *)"UPDATE atoms SET value = 1 WHERE Department = 'Police'", SQL_NTS),
                SQL_NO_DATA, "");
}

enum { ROWS = 10300, SET = 103, NAME_UNITS = 24 };

/* A scratch table of ROWS rows, made by arrays of parameters. */
static void fill_scratch(odbc_world_t *world)
{
    static SQLINTEGER numbers[SET];
    static char names[SET][NAME_UNITS];
    static SQLLEN lengths[SET];
    odbc_run(world, "CREATE TABLE numbers (n INTEGER, v DOUBLE, t VARCHAR(20))");
    SQLSetStmtAttr(world->statement, SQL_ATTR_PARAMSET_SIZE, (SQLPOINTER)SET, 0);
    SQLBindParameter(world->statement, 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0, numbers, 0, NULL);
    SQLBindParameter(world->statement, 2, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_DOUBLE, 0, 0, numbers, 0, NULL);
    SQLBindParameter(world->statement, 3, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 20, 0, names, NAME_UNITS,
                     lengths);
    assert_int_equal(SQLPrepare(world->statement, (SQLCHAR *)"INSERT INTO numbers VALUES (?, ?, ?)", SQL_NTS),
                     SQL_SUCCESS);
    for (int first = 0; first < ROWS; first += SET) {
        for (int index = 0; index < SET; index++) {
            numbers[index] = first + index;
            lengths[index] = (first + index) % 5 == 4
                                 ? SQL_NULL_DATA
                                 : snprintf(names[index], NAME_UNITS, "%d \xF0\x9F\x98\x80", first + index);
        }
        odbc_expect(world, SQLExecute(world->statement), SQL_SUCCESS, "");
    }
    SQLFreeStmt(world->statement, SQL_RESET_PARAMS);
    SQLSetStmtAttr(world->statement, SQL_ATTR_PARAMSET_SIZE, (SQLPOINTER)1, 0);
}

typedef struct row {
    SQLINTEGER n;
    SQLDOUBLE v;
    SQLWCHAR t[NAME_UNITS];
    SQLLEN t_length;
} row_t;

static void check_row(const row_t *row, int n)
{
    char text[NAME_UNITS];
    const int digits = snprintf(text, sizeof(text), "%d ", n);
    assert_int_equal(row->n, n);
    assert_true(row->v == n);
    if (n % 5 == 4) {
        assert_int_equal(row->t_length, SQL_NULL_DATA);
        return;
    }
    assert_int_equal(row->t_length, 2 * (digits + 2));
    for (int index = 0; index < digits; index++)
        assert_int_equal(row->t[index], text[index]);
    assert_int_equal(row->t[digits], 0xD83D);
    assert_int_equal(row->t[digits + 1], 0xDE00);
    assert_int_equal(row->t[digits + 2], 0);
}

static void rows_are_right_at_every_size_of_rowset(void **state)
{
    static const size_t sizes[] = { 1, 7, 100, 512, 1000, 1024, 2048, 4096, 10000 };
    odbc_world_t *const world = *state;
    fill_scratch(world);
    for (size_t at = 0; at < sizeof(sizes) / sizeof(sizes[0]); at++) {
        row_t *const rows = calloc(sizes[at], sizeof(*rows));
        SQLULEN fetched = 0;
        int n = 0;
        SQLSetStmtAttr(world->statement, SQL_ATTR_ROW_BIND_TYPE, (SQLPOINTER)sizeof(row_t), 0);
        SQLSetStmtAttr(world->statement, SQL_ATTR_ROW_ARRAY_SIZE, (SQLPOINTER)sizes[at], 0);
        SQLSetStmtAttr(world->statement, SQL_ATTR_ROWS_FETCHED_PTR, &fetched, 0);
        SQLBindCol(world->statement, 1, SQL_C_SLONG, &rows->n, 0, NULL);
        SQLBindCol(world->statement, 2, SQL_C_DOUBLE, &rows->v, 0, NULL);
        SQLBindCol(world->statement, 3, SQL_C_WCHAR, rows->t, sizeof(rows->t), &rows->t_length);
        odbc_run(world, "SELECT n, v, t FROM numbers ORDER BY n");
        while (SQLFetch(world->statement) == SQL_SUCCESS)
            for (SQLULEN index = 0; index < fetched; index++, n++)
                check_row(&rows[index], n);
        assert_int_equal(n, ROWS);
        SQLFreeStmt(world->statement, SQL_CLOSE);
        SQLFreeStmt(world->statement, SQL_UNBIND);
        free(rows);
    }
}

static void a_transaction_is_seen_by_others_when_it_is_committed(void **state)
{
    driver_world_t *const world = *state;
    odbc_world_t other;
    const char *const question = "SELECT SUM(value) FROM atoms WHERE Department = 'Fire'";
    connect_to(&other, world->app.folder, "");
    SQLSetConnectAttr(world->odbc.connection, SQL_ATTR_AUTOCOMMIT, (SQLPOINTER)SQL_AUTOCOMMIT_OFF, 0);
    odbc_run(&world->odbc, "UPDATE atoms SET value = 7 WHERE Department = 'Fire'");
    assert_string_equal(value_of(&world->odbc, question), "7");
    assert_string_equal(value_of(&other, question), "123.45");
    assert_int_equal(SQLEndTran(SQL_HANDLE_DBC, world->odbc.connection, SQL_ROLLBACK), SQL_SUCCESS);
    assert_string_equal(value_of(&world->odbc, question), "123.45");
    odbc_run(&world->odbc, "UPDATE atoms SET value = 8 WHERE Department = 'Fire'");
    assert_int_equal(SQLEndTran(SQL_HANDLE_DBC, world->odbc.connection, SQL_COMMIT), SQL_SUCCESS);
    assert_string_equal(value_of(&other, question), "8");
    odbc_world_close(&other);
}

static void an_array_of_inserts_is_one_intent(void **state)
{
    odbc_world_t *const world = *state;
    const char *const last = "SELECT MAX(offset) FROM history";
    char before[40];
    const char periods[3][8] = { "Jan", "Feb", "Mar" };
    SQLUSMALLINT status[3] = { 9, 9, 9 };
    snprintf(before, sizeof(before), "%s", value_of(world, last));
    SQLSetStmtAttr(world->statement, SQL_ATTR_PARAMSET_SIZE, (SQLPOINTER)3, 0);
    SQLSetStmtAttr(world->statement, SQL_ATTR_PARAM_STATUS_PTR, status, 0);
    SQLBindParameter(world->statement, 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 8, 0,
                     (SQLPOINTER)(uintptr_t)periods, 8, NULL);
    odbc_expect(world,
                SQLExecDirect(world->statement,
                              (SQLCHAR *)"INSERT INTO atoms (Period, Scenario, Department, Account, value) "
                                         "VALUES (?, 'Budget', 'Police', 'Expense', 1)",
                              SQL_NTS),
                SQL_SUCCESS, "");
    for (int index = 0; index < 3; index++)
        assert_int_equal(status[index], SQL_PARAM_SUCCESS);
    SQLFreeStmt(world->statement, SQL_RESET_PARAMS);
    SQLSetStmtAttr(world->statement, SQL_ATTR_PARAMSET_SIZE, (SQLPOINTER)1, 0);
    assert_string_equal(value_of(world, "SELECT SUM(value) FROM atoms WHERE Department = 'Police'"), "3");
    assert_int_equal(strtol(value_of(world, last), NULL, 10), strtol(before, NULL, 10) + 1);
}

static void writing_what_is_read_as_of_another_time_is_refused(void **state)
{
    driver_world_t *const world = *state;
    odbc_world_t past;
    connect_to(&past, world->app.folder, "AsOf=1");
    assert_string_equal(value_of(&past, "SELECT COUNT(*) FROM atoms"), "0");
    odbc_expect(
        &past,
        SQLExecDirect(past.statement, (SQLCHAR *)"UPDATE atoms SET value = 1 WHERE Period = 'Jan'", SQL_NTS),
        SQL_ERROR, "25006");
    odbc_world_close(&past);
}

#define LONG_STATEMENT "SELECT COUNT(*) FROM numbers a, numbers b, numbers c WHERE a.n + b.n + c.n < -1"

static void *run_long(void *context)
{
    odbc_world_t *const world = context;
    static SQLRETURN result;
    result = SQLExecDirect(world->statement, (SQLCHAR *)LONG_STATEMENT, SQL_NTS);
    return &result;
}

static void a_long_statement_is_cancelled(void **state)
{
    odbc_world_t *const world = *state;
    pthread_t thread;
    void *result;
    fill_scratch(world);
    assert_int_equal(pthread_create(&thread, NULL, run_long, world), 0);
    result = odbc_cancel_until_joined(world, thread);
    assert_int_equal(*(SQLRETURN *)result, SQL_ERROR);
    assert_string_equal(odbc_state(SQL_HANDLE_STMT, world->statement, 1), "HY008");
    assert_string_equal(value_of(world, "SELECT 42"), "42");
}

static void a_long_statement_ends_when_its_time_is_over(void **state)
{
    odbc_world_t *const world = *state;
    fill_scratch(world);
    SQLSetStmtAttr(world->statement, SQL_ATTR_QUERY_TIMEOUT, (SQLPOINTER)1, 0);
    odbc_expect(world, SQLExecDirect(world->statement, (SQLCHAR *)LONG_STATEMENT, SQL_NTS), SQL_ERROR,
                "HYT00");
    assert_string_equal(value_of(world, "SELECT 42"), "42");
}

static void every_entry_point_is_there(void **state)
{
    odbc_world_t *const world = *state;
    static const SQLUSMALLINT ids[] = {
        SQL_API_SQLBINDCOL,          SQL_API_SQLCANCEL,         SQL_API_SQLCOLATTRIBUTE,
        SQL_API_SQLCONNECT,          SQL_API_SQLDESCRIBECOL,    SQL_API_SQLDISCONNECT,
        SQL_API_SQLEXECDIRECT,       SQL_API_SQLEXECUTE,        SQL_API_SQLFETCH,
        SQL_API_SQLGETCURSORNAME,    SQL_API_SQLNUMRESULTCOLS,  SQL_API_SQLPREPARE,
        SQL_API_SQLROWCOUNT,         SQL_API_SQLSETCURSORNAME,  SQL_API_SQLCOLUMNS,
        SQL_API_SQLDRIVERCONNECT,    SQL_API_SQLGETDATA,        SQL_API_SQLGETFUNCTIONS,
        SQL_API_SQLGETINFO,          SQL_API_SQLGETTYPEINFO,    SQL_API_SQLPARAMDATA,
        SQL_API_SQLPUTDATA,          SQL_API_SQLSPECIALCOLUMNS, SQL_API_SQLSTATISTICS,
        SQL_API_SQLTABLES,           SQL_API_SQLBROWSECONNECT,  SQL_API_SQLDESCRIBEPARAM,
        SQL_API_SQLEXTENDEDFETCH,    SQL_API_SQLFOREIGNKEYS,    SQL_API_SQLMORERESULTS,
        SQL_API_SQLNATIVESQL,        SQL_API_SQLNUMPARAMS,      SQL_API_SQLPRIMARYKEYS,
        SQL_API_SQLPROCEDURES,       SQL_API_SQLSETPOS,         SQL_API_SQLTABLEPRIVILEGES,
        SQL_API_SQLBINDPARAMETER,    SQL_API_SQLALLOCHANDLE,    SQL_API_SQLCLOSECURSOR,
        SQL_API_SQLCOPYDESC,         SQL_API_SQLENDTRAN,        SQL_API_SQLFETCHSCROLL,
        SQL_API_SQLFREEHANDLE,       SQL_API_SQLGETCONNECTATTR, SQL_API_SQLGETDESCFIELD,
        SQL_API_SQLGETDESCREC,       SQL_API_SQLGETDIAGFIELD,   SQL_API_SQLGETDIAGREC,
        SQL_API_SQLGETENVATTR,       SQL_API_SQLGETSTMTATTR,    SQL_API_SQLSETCONNECTATTR,
        SQL_API_SQLSETDESCFIELD,     SQL_API_SQLSETDESCREC,     SQL_API_SQLSETENVATTR,
        SQL_API_SQLSETSTMTATTR,      SQL_API_SQLBULKOPERATIONS, SQL_API_SQLCOLUMNPRIVILEGES,
        SQL_API_SQLPROCEDURECOLUMNS,
    };
    for (size_t index = 0; index < sizeof(ids) / sizeof(ids[0]); index++) {
        SQLUSMALLINT is_there = SQL_FALSE;
        assert_int_equal(SQLGetFunctions(world->connection, ids[index], &is_there), SQL_SUCCESS);
        assert_int_equal(is_there, SQL_TRUE);
    }
}

int main(void)
{
#define CASE(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_written_value_is_read),
        CASE(rows_are_right_at_every_size_of_rowset),
        CASE(a_transaction_is_seen_by_others_when_it_is_committed),
        CASE(an_array_of_inserts_is_one_intent),
        CASE(writing_what_is_read_as_of_another_time_is_refused),
        CASE(a_long_statement_is_cancelled),
        CASE(a_long_statement_ends_when_its_time_is_over),
        CASE(every_entry_point_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
