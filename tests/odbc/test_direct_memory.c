/* Every request for memory refused, one after the other: each call says HY001 or succeeds, the handles stay
 * usable, and all memory is given back. */
#include <stdio.h>
#include <string.h>

#include "edge/handle.h"
#include "odbc/direct_world.h"
#include "support/test_allocator.h"

/* A test's world whose connections, statements and descriptors take memory from an allocator of the test. */
static void open_environment(direct_world_t *world, test_allocator_t *allocator)
{
    test_allocator_make(allocator);
    assert_int_equal(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &world->environment), SQL_SUCCESS);
    SQLSetEnvAttr(world->environment, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3_80, 0);
    qa_edge_environment_t *const environment = qa_edge_find(world->environment, SQL_HANDLE_ENV);
    environment->allocator = &allocator->allocator;
}

static bool is_fine(SQLSMALLINT kind, SQLHANDLE handle, SQLRETURN result)
{
    if (SQL_SUCCEEDED(result) || result == SQL_NO_DATA || result == SQL_NEED_DATA) return true;
    const char *const sqlstate = direct_state(kind, handle, 1);
    if (strcmp(sqlstate, "HY001") != 0) fail_msg("%d with SQLSTATE %s instead of HY001", result, sqlstate);
    return false;
}

static bool is_statement_fine(direct_world_t *world, SQLRETURN result)
{
    return is_fine(SQL_HANDLE_STMT, world->statement, result);
}

/* Rows over several batches, bound and fetched singly, with warnings. */
static bool fetch_rows(direct_world_t *world)
{
    SQLWCHAR bound[10][4];
    SQLWCHAR text[40];
    SQLLEN lengths[10];
    if (!is_statement_fine(world,
                           SQLSetStmtAttrW(world->statement, SQL_ATTR_ROW_ARRAY_SIZE, (SQLPOINTER)10, 0)) ||
        !is_statement_fine(world,
                           SQLBindCol(world->statement, 4, SQL_C_WCHAR, bound, sizeof(bound[0]), lengths)) ||
        !is_statement_fine(world, SQLExecDirectW(world->statement, direct_wide("rows 25 batch 4"), SQL_NTS)))
        return false;
    for (int rowset = 0; rowset < 4; rowset++) {
        const SQLRETURN result = SQLFetch(world->statement);
        if (!is_statement_fine(world, result)) return false;
        if (result != SQL_NO_DATA && !is_statement_fine(world, SQLGetData(world->statement, 4, SQL_C_WCHAR,
                                                                          text, sizeof(text), lengths)))
            return false;
    }
    return true;
}

static bool insert_rows(direct_world_t *world)
{
    SQLINTEGER numbers[3] = { 1, 2, 3 };
    char names[3][8] = { "one", "two", "" };
    SQLLEN lengths[3] = { SQL_NTS, SQL_NTS, SQL_DATA_AT_EXEC };
    SQLPOINTER token = NULL;
    SQLFreeStmt(world->statement, SQL_CLOSE);
    if (!is_statement_fine(world,
                           SQLSetStmtAttrW(world->statement, SQL_ATTR_PARAMSET_SIZE, (SQLPOINTER)3, 0)) ||
        !is_statement_fine(world, SQLBindParameter(world->statement, 1, SQL_PARAM_INPUT, SQL_C_SLONG,
                                                   SQL_INTEGER, 0, 0, numbers, 0, NULL)) ||
        !is_statement_fine(world, SQLBindParameter(world->statement, 2, SQL_PARAM_INPUT, SQL_C_CHAR,
                                                   SQL_VARCHAR, 8, 0, names, 8, lengths)) ||
        !is_statement_fine(world, SQLPrepareW(world->statement, direct_wide("insert ? ?"), SQL_NTS)))
        return false;
    const SQLRETURN result = SQLExecute(world->statement);
    if (!is_statement_fine(world, result)) return false;
    if (result != SQL_NEED_DATA) return true;
    return is_statement_fine(world, SQLParamData(world->statement, &token)) &&
           is_statement_fine(world, SQLPutData(world->statement, (SQLPOINTER) "three", SQL_NTS)) &&
           is_statement_fine(world, SQLParamData(world->statement, &token));
}

static bool read_catalog(direct_world_t *world)
{
    SQLFreeStmt(world->statement, SQL_CLOSE);
    SQLFreeStmt(world->statement, SQL_UNBIND); /* the buffers were those of another function */
    return is_statement_fine(
               world, SQLTablesW(world->statement, NULL, 0, NULL, 0, direct_wide("%"), SQL_NTS, NULL, 0)) &&
           is_statement_fine(world, SQLFetch(world->statement));
}

static bool use_descriptors(direct_world_t *world)
{
    SQLHDESC copy = NULL;
    SQLHDESC ard = NULL;
    if (!is_fine(SQL_HANDLE_DBC, world->connection,
                 SQLAllocHandle(SQL_HANDLE_DESC, world->connection, &copy)))
        return false;
    SQLGetStmtAttrW(world->statement, SQL_ATTR_APP_ROW_DESC, &ard, 0, NULL);
    const bool is_copied = is_fine(SQL_HANDLE_DESC, copy, SQLCopyDesc(ard, copy));
    assert_int_equal(SQLFreeHandle(SQL_HANDLE_DESC, copy), SQL_SUCCESS);
    return is_copied;
}

/* All of it, as far as memory reaches. True: nothing was refused. */
static bool run(direct_world_t *world)
{
    SQLWCHAR text[64];
    SQLSMALLINT length = 0;
    bool is_whole = false;
    if (!is_fine(SQL_HANDLE_ENV, world->environment,
                 SQLAllocHandle(SQL_HANDLE_DBC, world->environment, &world->connection)))
        return false;
    const SQLRETURN connected =
        SQLDriverConnectW(world->connection, NULL, direct_wide("Replica=/home/ada/plans;Colour=red"), SQL_NTS,
                          text, 64, &length, SQL_DRIVER_NOPROMPT);
    if (is_fine(SQL_HANDLE_DBC, world->connection, connected)) {
        if (is_fine(SQL_HANDLE_DBC, world->connection,
                    SQLAllocHandle(SQL_HANDLE_STMT, world->connection, &world->statement))) {
            is_whole = fetch_rows(world);
            is_whole = insert_rows(world) && is_whole;
            SQLCancel(world->statement);
            is_whole = read_catalog(world) && is_whole;
            is_whole = use_descriptors(world) && is_whole;
            is_whole = is_fine(SQL_HANDLE_DBC, world->connection,
                               SQLGetInfoW(world->connection, SQL_KEYWORDS, text, 64, &length)) &&
                       is_whole;
        }
        assert_int_equal(SQLDisconnect(world->connection), SQL_SUCCESS);
    }
    assert_int_equal(SQLFreeHandle(SQL_HANDLE_DBC, world->connection), SQL_SUCCESS);
    return is_whole;
}

static void every_refused_request_is_an_outcome(void **state)
{
    (void)state;
    bool is_whole = false;
    uint64_t fail_at = 0;
    while (!is_whole) {
        direct_world_t world = { NULL, NULL, NULL };
        test_allocator_t allocator;
        open_environment(&world, &allocator);
        allocator.fail_at = ++fail_at;
        run(&world);
        is_whole = allocator.request_count < fail_at;
        assert_int_equal(allocator.bytes, 0);
        assert_int_equal(SQLFreeHandle(SQL_HANDLE_ENV, world.environment), SQL_SUCCESS);
    }
    assert_true(fail_at > 50);
    printf("%llu requests were refused\n", (unsigned long long)fail_at - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_refused_request_is_an_outcome) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
