/* Calls the edge's entry points directly. It must never be linked with the driver manager. */
#include "odbc/direct_world.h"

#include <string.h>

SQLWCHAR *direct_wide(const char *text)
{
    static SQLWCHAR units[256];
    size_t index = 0;
    for (; text[index] != 0 && index < 255; index++)
        units[index] = (SQLWCHAR)text[index];
    units[index] = 0;
    return units;
}

const char *direct_state(SQLSMALLINT kind, SQLHANDLE handle, SQLSMALLINT number)
{
    static char text[6];
    SQLWCHAR sqlstate[6] = { 0 };
    memset(text, 0, sizeof(text));
    SQLGetDiagRecW(kind, handle, number, sqlstate, NULL, NULL, 0, NULL);
    for (int index = 0; index < 5; index++)
        text[index] = (char)sqlstate[index];
    return text;
}

int direct_setup(void **state)
{
    static direct_world_t world;
    SQLSMALLINT length = 0;
    assert_int_equal(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &world.environment), SQL_SUCCESS);
    assert_int_equal(SQLSetEnvAttr(world.environment, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3_80, 0),
                     SQL_SUCCESS);
    assert_int_equal(SQLAllocHandle(SQL_HANDLE_DBC, world.environment, &world.connection), SQL_SUCCESS);
    assert_int_equal(SQLDriverConnectW(world.connection, NULL, direct_wide("Replica=/home/ada/plans"),
                                       SQL_NTS, NULL, 0, &length, SQL_DRIVER_NOPROMPT),
                     SQL_SUCCESS);
    assert_int_equal(SQLAllocHandle(SQL_HANDLE_STMT, world.connection, &world.statement), SQL_SUCCESS);
    *state = &world;
    return 0;
}

int direct_teardown(void **state)
{
    direct_world_t *const world = *state;
    SQLCancel(world->statement);
    assert_int_equal(SQLDisconnect(world->connection), SQL_SUCCESS);
    assert_int_equal(SQLFreeHandle(SQL_HANDLE_DBC, world->connection), SQL_SUCCESS);
    assert_int_equal(SQLFreeHandle(SQL_HANDLE_ENV, world->environment), SQL_SUCCESS);
    return 0;
}
