/* Connects for tests. It must never read the user's own configuration of the driver manager. */
#include "odbc/odbc_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void odbc_world_open(odbc_world_t *world, const char *driver, const char *rest)
{
    char text[1024];
    SQLCHAR completed[1024];
    SQLSMALLINT length = 0;
    *world = (odbc_world_t){ NULL, NULL, NULL };
    setenv("ODBCSYSINI", "/nonexistent", 1);
    setenv("ODBCINI", "/nonexistent/odbc.ini", 1);
    assert_int_equal(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &world->environment), SQL_SUCCESS);
    assert_int_equal(SQLSetEnvAttr(world->environment, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3_80, 0),
                     SQL_SUCCESS);
    assert_int_equal(SQLAllocHandle(SQL_HANDLE_DBC, world->environment, &world->connection), SQL_SUCCESS);
    snprintf(text, sizeof(text), "Driver=%s;%s", driver, rest);
    const SQLRETURN result = SQLDriverConnect(world->connection, NULL, (SQLCHAR *)text, SQL_NTS, completed,
                                              sizeof(completed), &length, SQL_DRIVER_NOPROMPT);
    if (!SQL_SUCCEEDED(result)) fail_msg("%s", odbc_message(SQL_HANDLE_DBC, world->connection, 1));
    assert_int_equal(SQLAllocHandle(SQL_HANDLE_STMT, world->connection, &world->statement), SQL_SUCCESS);
}

void odbc_world_close(odbc_world_t *world)
{
    if (world->statement != NULL)
        assert_int_equal(SQLFreeHandle(SQL_HANDLE_STMT, world->statement), SQL_SUCCESS);
    SQLEndTran(SQL_HANDLE_DBC, world->connection, SQL_ROLLBACK);
    assert_int_equal(SQLDisconnect(world->connection), SQL_SUCCESS);
    assert_int_equal(SQLFreeHandle(SQL_HANDLE_DBC, world->connection), SQL_SUCCESS);
    assert_int_equal(SQLFreeHandle(SQL_HANDLE_ENV, world->environment), SQL_SUCCESS);
}

int odbc_fake_setup(void **state)
{
    static odbc_world_t world;
    odbc_world_open(&world, QA_DRIVER_ON_FAKE, "Replica=/home/ada/plans");
    *state = &world;
    return 0;
}

int odbc_fake_teardown(void **state)
{
    odbc_world_close(*state);
    return 0;
}

void odbc_run(odbc_world_t *world, const char *text)
{
    const SQLRETURN result = SQLExecDirect(world->statement, (SQLCHAR *)(uintptr_t)text, SQL_NTS);
    if (result != SQL_SUCCESS)
        fail_msg("%s: %d %s", text, result, odbc_message(SQL_HANDLE_STMT, world->statement, 1));
}

void odbc_expect(odbc_world_t *world, SQLRETURN got, SQLRETURN wanted, const char *sqlstate)
{
    if (got != wanted)
        fail_msg("%d instead of %d: %s", got, wanted, odbc_message(SQL_HANDLE_STMT, world->statement, 1));
    if (got != SQL_SUCCESS && got != SQL_NO_DATA && got != SQL_NEED_DATA)
        assert_string_equal(odbc_state(SQL_HANDLE_STMT, world->statement, 1), sqlstate);
}

void *odbc_cancel_until_joined(odbc_world_t *world, pthread_t thread)
{
    void *result = NULL;
    struct timespec until;
    do {
        assert_int_equal(SQLCancel(world->statement), SQL_SUCCESS);
        assert_int_equal(clock_gettime(CLOCK_REALTIME, &until), 0);
        until.tv_sec += 2;
    } while (pthread_timedjoin_np(thread, &result, &until) != 0);
    return result;
}

const char *odbc_state_into(SQLSMALLINT kind, SQLHANDLE handle, SQLSMALLINT number, char sqlstate[6])
{
    SQLCHAR message[1024];
    SQLINTEGER native = 0;
    SQLSMALLINT length = 0;
    memset(sqlstate, 0, 6);
    if (!SQL_SUCCEEDED(SQLGetDiagRec(kind, handle, number, (SQLCHAR *)sqlstate, &native, message,
                                     sizeof(message), &length)))
        return "";
    return sqlstate;
}

const char *odbc_state(SQLSMALLINT kind, SQLHANDLE handle, SQLSMALLINT number)
{
    static char sqlstate[6];
    return odbc_state_into(kind, handle, number, sqlstate);
}

const char *odbc_message(SQLSMALLINT kind, SQLHANDLE handle, SQLSMALLINT number)
{
    static char text[1100];
    SQLCHAR sqlstate[6] = "";
    SQLCHAR message[1024] = "";
    SQLINTEGER native = 0;
    SQLSMALLINT length = 0;
    SQLGetDiagRec(kind, handle, number, sqlstate, &native, message, sizeof(message), &length);
    snprintf(text, sizeof(text), "%s %s", (char *)sqlstate, (char *)message);
    return text;
}
