/* The edge without the driver manager, which would answer much of this itself: every function in every state
 * as the table says, handles that are freed or foreign, wrong pieces, browsing. */
#include <stdint.h>
#include <string.h>

#include "odbc/direct_world.h"
#include "parts/states.h"

/* Brings the statement, which is in S1, to a state; prepared or not where both ways lead there. False: no
 * way. */
static bool reach(SQLHSTMT statement, qa_odbc_statement_state_t state, bool is_prepared)
{
    static SQLLEN at_execution = SQL_DATA_AT_EXEC;
    SQLPOINTER token = NULL;
    const bool has_result = state == QA_ODBC_S3 || (state >= QA_ODBC_S5 && state <= QA_ODBC_S7);
    const bool has_data = state >= QA_ODBC_S8;
    const char *const text = has_data ? "insert ?" : has_result ? "rows 20" : "insert";
    if (state == QA_ODBC_S1) return !is_prepared;
    if (state <= QA_ODBC_S3 && !is_prepared) return false;
    SQLBindParameter(statement, 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 9, 0, &at_execution, 0,
                     &at_execution);
    if (is_prepared) assert_int_equal(SQLPrepareW(statement, direct_wide(text), SQL_NTS), SQL_SUCCESS);
    if (state <= QA_ODBC_S3) return true;
    assert_int_equal(is_prepared ? SQLExecute(statement)
                                 : SQLExecDirectW(statement, direct_wide(text), SQL_NTS),
                     has_data ? SQL_NEED_DATA : SQL_SUCCESS);
    if (state == QA_ODBC_S6) assert_int_equal(SQLFetch(statement), SQL_SUCCESS);
    if (state == QA_ODBC_S7)
        assert_int_equal(SQLExtendedFetch(statement, SQL_FETCH_NEXT, 0, NULL, NULL), SQL_SUCCESS);
    if (state >= QA_ODBC_S9) assert_int_equal(SQLParamData(statement, &token), SQL_NEED_DATA);
    if (state == QA_ODBC_S10) assert_int_equal(SQLPutData(statement, (SQLPOINTER) "x", 1), SQL_SUCCESS);
    return true;
}

static SQLRETURN call_bind_col(SQLHSTMT statement)
{
    return SQLBindCol(statement, 1, SQL_C_SLONG, NULL, 0, NULL);
}

static SQLRETURN call_bind_parameter(SQLHSTMT statement)
{
    static SQLLEN length = SQL_NULL_DATA;
    return SQLBindParameter(statement, 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0, NULL, 0, &length);
}

static SQLRETURN call_bulk(SQLHSTMT statement)
{
    return SQLBulkOperations(statement, SQL_ADD);
}

static SQLRETURN call_tables(SQLHSTMT statement)
{
    return SQLTablesW(statement, NULL, 0, NULL, 0, NULL, 0, NULL, 0);
}

static SQLRETURN call_col_count(SQLHSTMT statement)
{
    SQLLEN number = 0;
    return SQLColAttributeW(statement, 1, SQL_DESC_COUNT, NULL, 0, NULL, &number);
}

static SQLRETURN call_col_attribute(SQLHSTMT statement)
{
    SQLLEN number = 0;
    return SQLColAttributeW(statement, 1, SQL_DESC_TYPE, NULL, 0, NULL, &number);
}

static SQLRETURN call_describe_col(SQLHSTMT statement)
{
    return SQLDescribeColW(statement, 1, NULL, 0, NULL, NULL, NULL, NULL, NULL);
}

static SQLRETURN call_describe_param(SQLHSTMT statement)
{
    return SQLDescribeParam(statement, 1, NULL, NULL, NULL, NULL);
}

static SQLRETURN call_exec_direct(SQLHSTMT statement)
{
    return SQLExecDirectW(statement, direct_wide("rows 1"), SQL_NTS);
}

static SQLRETURN call_extended_fetch(SQLHSTMT statement)
{
    return SQLExtendedFetch(statement, SQL_FETCH_NEXT, 0, NULL, NULL);
}

static SQLRETURN call_fetch_scroll(SQLHSTMT statement)
{
    return SQLFetchScroll(statement, SQL_FETCH_NEXT, 0);
}

static SQLRETURN call_free_stmt(SQLHSTMT statement)
{
    return SQLFreeStmt(statement, SQL_CLOSE);
}

static SQLRETURN call_get_cursor_name(SQLHSTMT statement)
{
    return SQLGetCursorNameW(statement, NULL, 0, NULL);
}

static SQLRETURN call_get_data(SQLHSTMT statement)
{
    SQLINTEGER number = 0;
    return SQLGetData(statement, 1, SQL_C_SLONG, &number, 0, NULL);
}

static SQLRETURN call_get_attribute(SQLHSTMT statement)
{
    return SQLGetStmtAttrW(statement, SQL_ATTR_MAX_ROWS, NULL, 0, NULL);
}

static SQLRETURN call_get_row_number(SQLHSTMT statement)
{
    return SQLGetStmtAttrW(statement, SQL_ATTR_ROW_NUMBER, NULL, 0, NULL);
}

static SQLRETURN call_num_params(SQLHSTMT statement)
{
    return SQLNumParams(statement, NULL);
}

static SQLRETURN call_num_result_cols(SQLHSTMT statement)
{
    return SQLNumResultCols(statement, NULL);
}

static SQLRETURN call_param_data(SQLHSTMT statement)
{
    return SQLParamData(statement, NULL);
}

static SQLRETURN call_prepare(SQLHSTMT statement)
{
    return SQLPrepareW(statement, direct_wide("rows 1"), SQL_NTS);
}

static SQLRETURN call_put_data(SQLHSTMT statement)
{
    return SQLPutData(statement, (SQLPOINTER) "x", 1);
}

static SQLRETURN call_row_count(SQLHSTMT statement)
{
    return SQLRowCount(statement, NULL);
}

static SQLRETURN call_set_cursor_name(SQLHSTMT statement)
{
    return SQLSetCursorNameW(statement, direct_wide("plan"), SQL_NTS);
}

static SQLRETURN call_set_pos(SQLHSTMT statement)
{
    return SQLSetPos(statement, 1, SQL_POSITION, SQL_LOCK_NO_CHANGE);
}

static SQLRETURN call_set_attribute(SQLHSTMT statement)
{
    return SQLSetStmtAttrW(statement, SQL_ATTR_MAX_LENGTH, (SQLPOINTER)9, 0);
}

static SQLRETURN call_set_cursor_attribute(SQLHSTMT statement)
{
    return SQLSetStmtAttrW(statement, SQL_ATTR_CONCURRENCY, (SQLPOINTER)SQL_CONCUR_READ_ONLY, 0);
}

static const struct {
    qa_odbc_statement_call_t row;
    SQLRETURN (*call)(SQLHSTMT statement);
} functions[] = {
    { QA_CALL_BIND_COL, call_bind_col },
    { QA_CALL_BIND_PARAMETER, call_bind_parameter },
    { QA_CALL_BULK_OPERATIONS, call_bulk },
    { QA_CALL_CATALOG, call_tables },
    { QA_CALL_CLOSE_CURSOR, SQLCloseCursor },
    { QA_CALL_COL_COUNT, call_col_count },
    { QA_CALL_COL_ATTRIBUTE, call_col_attribute },
    { QA_CALL_DESCRIBE_COL, call_describe_col },
    { QA_CALL_DESCRIBE_PARAM, call_describe_param },
    { QA_CALL_EXEC_DIRECT, call_exec_direct },
    { QA_CALL_EXECUTE, SQLExecute },
    { QA_CALL_EXTENDED_FETCH, call_extended_fetch },
    { QA_CALL_FETCH, SQLFetch },
    { QA_CALL_FETCH, call_fetch_scroll },
    { QA_CALL_FREE_STMT, call_free_stmt },
    { QA_CALL_GET_CURSOR_NAME, call_get_cursor_name },
    { QA_CALL_GET_DATA, call_get_data },
    { QA_CALL_GET_STMT_ATTR, call_get_attribute },
    { QA_CALL_GET_ROW_NUMBER, call_get_row_number },
    { QA_CALL_MORE_RESULTS, SQLMoreResults },
    { QA_CALL_NUM_PARAMS, call_num_params },
    { QA_CALL_NUM_RESULT_COLS, call_num_result_cols },
    { QA_CALL_PARAM_DATA, call_param_data },
    { QA_CALL_PREPARE, call_prepare },
    { QA_CALL_PUT_DATA, call_put_data },
    { QA_CALL_ROW_COUNT, call_row_count },
    { QA_CALL_SET_CURSOR_NAME, call_set_cursor_name },
    { QA_CALL_SET_POS, call_set_pos },
    { QA_CALL_SET_STMT_ATTR, call_set_attribute },
    { QA_CALL_SET_CURSOR_ATTR, call_set_cursor_attribute },
};

static bool is_refusal(const char *sqlstate)
{
    return strcmp(sqlstate, "HY010") == 0 || strcmp(sqlstate, "24000") == 0 ||
           strcmp(sqlstate, "07005") == 0 || strcmp(sqlstate, "HY011") == 0;
}

static void check(direct_world_t *world, size_t index, qa_odbc_statement_state_t state, bool is_prepared)
{
    SQLHSTMT statement = NULL;
    assert_int_equal(SQLAllocHandle(SQL_HANDLE_STMT, world->connection, &statement), SQL_SUCCESS);
    if (reach(statement, state, is_prepared)) {
        const char *const wanted = qa_odbc_statement_refusal(functions[index].row, state, is_prepared);
        const SQLRETURN got = functions[index].call(statement);
        const char *const sqlstate = direct_state(SQL_HANDLE_STMT, statement, 1);
        if (wanted == NULL ? is_refusal(sqlstate) : got != SQL_ERROR || strcmp(sqlstate, wanted) != 0)
            fail_msg("function %zu in S%d, prepared %d: %d %s instead of %s", index, (int)state + 1,
                     is_prepared, got, sqlstate, wanted == NULL ? "success" : wanted);
    }
    assert_int_equal(SQLCancel(statement), SQL_SUCCESS);
    assert_int_equal(SQLFreeHandle(SQL_HANDLE_STMT, statement), SQL_SUCCESS);
}

static void every_function_answers_in_every_state_as_the_table_says(void **state)
{
    for (size_t index = 0; index < sizeof(functions) / sizeof(functions[0]); index++)
        for (int at = 0; at < QA_ODBC_STATEMENT_STATE_COUNT; at++) {
            check(*state, index, (qa_odbc_statement_state_t)at, false);
            check(*state, index, (qa_odbc_statement_state_t)at, true);
        }
}

static void a_statement_that_waits_for_data_holds_back_what_would_end_it(void **state)
{
    direct_world_t *const world = *state;
    SQLHDESC apd = NULL;
    SQLGetStmtAttrW(world->statement, SQL_ATTR_APP_PARAM_DESC, &apd, 0, NULL);
    assert_true(reach(world->statement, QA_ODBC_S9, false));
    assert_int_equal(SQLFreeHandle(SQL_HANDLE_STMT, world->statement), SQL_ERROR);
    assert_string_equal(direct_state(SQL_HANDLE_STMT, world->statement, 1), "HY010");
    assert_int_equal(SQLDisconnect(world->connection), SQL_ERROR);
    assert_string_equal(direct_state(SQL_HANDLE_DBC, world->connection, 1), "HY010");
    assert_int_equal(SQLEndTran(SQL_HANDLE_DBC, world->connection, SQL_COMMIT), SQL_ERROR);
    assert_int_equal(SQLSetDescFieldW(apd, 0, SQL_DESC_COUNT, (SQLPOINTER)0, 0), SQL_ERROR);
    assert_string_equal(direct_state(SQL_HANDLE_DESC, apd, 1), "HY010");
}

static void freed_and_foreign_handles_are_recognised(void **state)
{
    direct_world_t *const world = *state;
    SQLHSTMT statement = NULL;
    SQLHSTMT left = NULL;
    char foreign[64] = "";
    assert_int_equal(SQLAllocHandle(SQL_HANDLE_STMT, world->connection, &statement), SQL_SUCCESS);
    assert_int_equal(SQLFreeHandle(SQL_HANDLE_STMT, statement), SQL_SUCCESS);
    assert_int_equal(SQLFetch(statement), SQL_INVALID_HANDLE);
    assert_int_equal(SQLFreeHandle(SQL_HANDLE_STMT, statement), SQL_INVALID_HANDLE);
    assert_int_equal(SQLCancel(statement), SQL_INVALID_HANDLE);
    assert_int_equal(SQLFetch(NULL), SQL_INVALID_HANDLE);
    assert_int_equal(SQLFetch(foreign), SQL_INVALID_HANDLE);
    assert_int_equal(SQLFetch((SQLHSTMT)(uintptr_t)0xDEADBEEF), SQL_INVALID_HANDLE);
    assert_int_equal(SQLFetch((SQLHSTMT)((uintptr_t)world->statement + 1)), SQL_INVALID_HANDLE);
    assert_int_equal(SQLFetch(world->connection), SQL_INVALID_HANDLE);
    assert_int_equal(SQLDisconnect(world->statement), SQL_INVALID_HANDLE);
    assert_int_equal(SQLGetDiagRecW(SQL_HANDLE_DBC, world->statement, 1, NULL, NULL, NULL, 0, NULL),
                     SQL_INVALID_HANDLE);
    /* A statement and its descriptors end with the connection. */
    SQLHDESC ard = NULL;
    SQLHDBC connection = NULL;
    SQLSMALLINT length = 0;
    assert_int_equal(SQLAllocHandle(SQL_HANDLE_DBC, world->environment, &connection), SQL_SUCCESS);
    assert_int_equal(SQLAllocHandle(SQL_HANDLE_STMT, connection, &left), SQL_ERROR);
    assert_string_equal(direct_state(SQL_HANDLE_DBC, connection, 1), "08003");
    assert_int_equal(SQLDriverConnectW(connection, NULL, direct_wide("Replica=/home/ada/plans"), SQL_NTS,
                                       NULL, 0, &length, SQL_DRIVER_NOPROMPT),
                     SQL_SUCCESS);
    assert_int_equal(SQLAllocHandle(SQL_HANDLE_STMT, connection, &left), SQL_SUCCESS);
    SQLGetStmtAttrW(left, SQL_ATTR_APP_ROW_DESC, &ard, 0, NULL);
    assert_int_equal(SQLFreeHandle(SQL_HANDLE_ENV, world->environment), SQL_ERROR);
    assert_int_equal(SQLFreeHandle(SQL_HANDLE_DBC, connection), SQL_ERROR);
    assert_string_equal(direct_state(SQL_HANDLE_DBC, connection, 1), "HY010");
    assert_int_equal(SQLDisconnect(connection), SQL_SUCCESS);
    assert_int_equal(SQLFetch(left), SQL_INVALID_HANDLE);
    assert_int_equal(SQLGetDescFieldW(ard, 0, SQL_DESC_COUNT, NULL, 0, NULL), SQL_INVALID_HANDLE);
    assert_int_equal(SQLFreeHandle(SQL_HANDLE_DBC, connection), SQL_SUCCESS);
    assert_int_equal(SQLDisconnect(connection), SQL_INVALID_HANDLE);
}

static void null_behind_a_piece_is_refused_and_texts_are_checked(void **state)
{
    direct_world_t *const world = *state;
    SQLWCHAR broken[] = { 'r', 0xD83D, 'x', 0 };
    assert_true(reach(world->statement, QA_ODBC_S10, true));
    assert_int_equal(SQLPutData(world->statement, NULL, SQL_NULL_DATA), SQL_ERROR);
    assert_string_equal(direct_state(SQL_HANDLE_STMT, world->statement, 1), "HY020");
    assert_int_equal(SQLPrepareW(world->statement, broken, SQL_NTS), SQL_ERROR);
    assert_string_equal(direct_state(SQL_HANDLE_STMT, world->statement, 1), "22021");
    assert_int_equal(SQLPrepareW(world->statement, broken, -7), SQL_ERROR);
    assert_string_equal(direct_state(SQL_HANDLE_STMT, world->statement, 1), "HY090");
    assert_int_equal(SQLPrepareW(world->statement, NULL, 0), SQL_ERROR);
    assert_string_equal(direct_state(SQL_HANDLE_STMT, world->statement, 1), "HY009");
    assert_int_equal(SQLFreeStmt(world->statement, 4711), SQL_ERROR);
    assert_string_equal(direct_state(SQL_HANDLE_STMT, world->statement, 1), "HY092");
}

static void browsing_asks_until_there_is_enough(void **state)
{
    direct_world_t *const world = *state;
    SQLHDBC connection = NULL;
    SQLWCHAR answer[256];
    SQLSMALLINT length = 0;
    assert_int_equal(SQLAllocHandle(SQL_HANDLE_DBC, world->environment, &connection), SQL_SUCCESS);
    assert_int_equal(SQLBrowseConnectW(connection, direct_wide("App=plan"), SQL_NTS, answer, 256, &length),
                     SQL_NEED_DATA);
    assert_true(length > 0);
    assert_int_equal(
        SQLDriverConnectW(connection, NULL, direct_wide("Replica=/x"), SQL_NTS, NULL, 0, NULL, 0), SQL_ERROR);
    assert_string_equal(direct_state(SQL_HANDLE_DBC, connection, 1), "08002");
    assert_int_equal(
        SQLBrowseConnectW(connection, direct_wide("Replica=/home/ada/plans"), SQL_NTS, answer, 256, &length),
        SQL_SUCCESS);
    assert_int_equal(SQLBrowseConnectW(connection, direct_wide("Replica=/x"), SQL_NTS, answer, 256, &length),
                     SQL_ERROR);
    assert_string_equal(direct_state(SQL_HANDLE_DBC, connection, 1), "08002");
    assert_int_equal(SQLDisconnect(connection), SQL_SUCCESS);
    assert_int_equal(SQLFreeHandle(SQL_HANDLE_DBC, connection), SQL_SUCCESS);
}

static void dates_have_their_old_codes_for_an_application_of_odbc_2(void **state)
{
    SQLHENV environment = NULL;
    SQLHDBC connection = NULL;
    SQLHSTMT statement = NULL;
    SQLSMALLINT type = 0;
    (void)state;
    assert_int_equal(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &environment), SQL_SUCCESS);
    assert_int_equal(SQLAllocHandle(SQL_HANDLE_DBC, environment, &connection), SQL_ERROR);
    assert_string_equal(direct_state(SQL_HANDLE_ENV, environment, 1), "HY010");
    assert_int_equal(SQLSetEnvAttr(environment, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)7, 0), SQL_ERROR);
    assert_int_equal(SQLSetEnvAttr(environment, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC2, 0),
                     SQL_SUCCESS);
    assert_int_equal(SQLAllocHandle(SQL_HANDLE_DBC, environment, &connection), SQL_SUCCESS);
    assert_int_equal(SQLDriverConnectW(connection, NULL, direct_wide("Replica=/home/ada/plans"), SQL_NTS,
                                       NULL, 0, NULL, SQL_DRIVER_NOPROMPT),
                     SQL_SUCCESS);
    assert_int_equal(SQLAllocHandle(SQL_HANDLE_STMT, connection, &statement), SQL_SUCCESS);
    assert_int_equal(SQLPrepareW(statement, direct_wide("rows 1"), SQL_NTS), SQL_SUCCESS);
    assert_int_equal(SQLDescribeColW(statement, 5, NULL, 0, NULL, &type, NULL, NULL, NULL), SQL_SUCCESS);
    assert_int_equal(type, SQL_DATE);
    assert_int_equal(SQLExecDirectW(statement, direct_wide("update"), SQL_NTS), SQL_SUCCESS);
    assert_int_equal(SQLDisconnect(connection), SQL_SUCCESS);
    assert_int_equal(SQLFreeHandle(SQL_HANDLE_DBC, connection), SQL_SUCCESS);
    assert_int_equal(SQLFreeHandle(SQL_HANDLE_ENV, environment), SQL_SUCCESS);
}

int main(void)
{
#define CASE(NAME) cmocka_unit_test_setup_teardown(NAME, direct_setup, direct_teardown)
    const struct CMUnitTest tests[] = {
        CASE(every_function_answers_in_every_state_as_the_table_says),
        CASE(a_statement_that_waits_for_data_holds_back_what_would_end_it),
        CASE(freed_and_foreign_handles_are_recognised),
        CASE(null_behind_a_piece_is_refused_and_texts_are_checked),
        CASE(browsing_asks_until_there_is_enough),
        CASE(dates_have_their_old_codes_for_an_application_of_odbc_2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
