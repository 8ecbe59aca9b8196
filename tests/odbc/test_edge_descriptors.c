/* Descriptors through the driver manager: the four implicit ones, the IRD behind SQLPrepare, bindings by
 * fields, those that the application allocates, copies, and what each refuses. */
#include <string.h>

#include "odbc/odbc_world.h"

static SQLHDESC descriptor(odbc_world_t *world, SQLINTEGER attribute)
{
    SQLHDESC handle = NULL;
    assert_int_equal(SQLGetStmtAttr(world->statement, attribute, &handle, SQL_IS_POINTER, NULL), SQL_SUCCESS);
    assert_non_null(handle);
    return handle;
}

static void expect(SQLHDESC handle, SQLRETURN got, const char *sqlstate)
{
    assert_int_equal(got, SQL_ERROR);
    assert_string_equal(odbc_state(SQL_HANDLE_DESC, handle, 1), sqlstate);
}

static SQLLEN small_field(SQLHDESC handle, SQLSMALLINT number, SQLSMALLINT field)
{
    SQLSMALLINT value = -1;
    assert_int_equal(SQLGetDescField(handle, number, field, &value, 0, NULL), SQL_SUCCESS);
    return value;
}

static void four_implicit_descriptors_belong_to_a_statement(void **state)
{
    odbc_world_t *const world = *state;
    static const SQLINTEGER attributes[] = { SQL_ATTR_APP_ROW_DESC, SQL_ATTR_APP_PARAM_DESC,
                                             SQL_ATTR_IMP_ROW_DESC, SQL_ATTR_IMP_PARAM_DESC };
    for (int index = 0; index < 4; index++) {
        const SQLHDESC handle = descriptor(world, attributes[index]);
        if (attributes[index] == SQL_ATTR_IMP_ROW_DESC) continue; /* shows nothing before SQLPrepare */
        assert_int_equal(small_field(handle, 0, SQL_DESC_ALLOC_TYPE), SQL_DESC_ALLOC_AUTO);
        assert_int_equal(small_field(handle, 0, SQL_DESC_COUNT), 0);
    }
}

static void the_ird_is_filled_behind_prepare(void **state)
{
    odbc_world_t *const world = *state;
    const SQLHDESC ird = descriptor(world, SQL_ATTR_IMP_ROW_DESC);
    char name[20];
    SQLINTEGER bytes = 0;
    SQLLEN display = 0;
    SQLULEN length = 0;
    SQLSMALLINT count = 0;
    expect(ird, SQLGetDescField(ird, 0, SQL_DESC_COUNT, &count, 0, NULL), "HY007");
    assert_int_equal(SQLPrepare(world->statement, (SQLCHAR *)"rows 3", SQL_NTS), SQL_SUCCESS);
    assert_int_equal(small_field(ird, 0, SQL_DESC_COUNT), 5);
    assert_int_equal(small_field(ird, 1, SQL_DESC_CONCISE_TYPE), SQL_INTEGER);
    assert_int_equal(small_field(ird, 3, SQL_DESC_TYPE), SQL_DECIMAL);
    assert_int_equal(small_field(ird, 3, SQL_DESC_PRECISION), 18);
    assert_int_equal(small_field(ird, 3, SQL_DESC_SCALE), 2);
    assert_int_equal(small_field(ird, 4, SQL_DESC_NULLABLE), SQL_NULLABLE);
    assert_int_equal(small_field(ird, 5, SQL_DESC_TYPE), SQL_DATETIME);
    assert_int_equal(small_field(ird, 5, SQL_DESC_DATETIME_INTERVAL_CODE), SQL_CODE_DATE);
    assert_int_equal(SQLGetDescField(ird, 4, SQL_DESC_LENGTH, &length, 0, NULL), SQL_SUCCESS);
    assert_int_equal(length, 40);
    assert_int_equal(SQLGetDescField(ird, 4, SQL_DESC_DISPLAY_SIZE, &display, 0, NULL), SQL_SUCCESS);
    assert_int_equal(display, 40);
    assert_int_equal(SQLGetDescField(ird, 1, SQL_DESC_BASE_TABLE_NAME, name, sizeof(name), &bytes),
                     SQL_SUCCESS);
    assert_string_equal(name, "numbers");
    assert_int_equal(SQLGetDescField(ird, 6, SQL_DESC_TYPE, &count, 0, NULL), SQL_NO_DATA);
    expect(ird, SQLSetDescField(ird, 1, SQL_DESC_TYPE, (SQLPOINTER)SQL_CHAR, 0), "HY016");
}

static void columns_are_described_alike_by_all_functions(void **state)
{
    odbc_world_t *const world = *state;
    char name[20];
    SQLSMALLINT length = 0, type = 0, digits = 0, nullable = 0;
    SQLULEN size = 0;
    SQLLEN number = 0;
    assert_int_equal(SQLPrepare(world->statement, (SQLCHAR *)"rows 3", SQL_NTS), SQL_SUCCESS);
    odbc_expect(world,
                SQLDescribeCol(world->statement, 3, (SQLCHAR *)name, sizeof(name), &length, &type, &size,
                               &digits, &nullable),
                SQL_SUCCESS, "");
    assert_string_equal(name, "d");
    assert_int_equal(type, SQL_DECIMAL);
    assert_int_equal(size, 18);
    assert_int_equal(digits, 2);
    assert_int_equal(nullable, SQL_NO_NULLS);
    odbc_expect(world,
                SQLColAttribute(world->statement, 5, SQL_DESC_LABEL, name, sizeof(name), &length, NULL),
                SQL_SUCCESS, "");
    assert_string_equal(name, "day");
    odbc_expect(world, SQLColAttribute(world->statement, 1, SQL_DESC_COUNT, NULL, 0, NULL, &number),
                SQL_SUCCESS, "");
    assert_int_equal(number, 5);
    odbc_expect(world, SQLColAttribute(world->statement, 5, SQL_DESC_CONCISE_TYPE, NULL, 0, NULL, &number),
                SQL_SUCCESS, "");
    assert_int_equal(number, SQL_TYPE_DATE);
    odbc_expect(world, SQLColAttribute(world->statement, 6, SQL_DESC_TYPE, NULL, 0, NULL, &number), SQL_ERROR,
                "07009");
    odbc_expect(world, SQLColAttribute(world->statement, 1, 4711, NULL, 0, NULL, &number), SQL_ERROR,
                "HY091");
    odbc_expect(
        world,
        SQLDescribeCol(world->statement, 5, (SQLCHAR *)name, 3, &length, &type, &size, &digits, &nullable),
        SQL_SUCCESS_WITH_INFO, "01004");
    assert_int_equal(length, 3);
    assert_string_equal(name, "da");
}

static void a_column_can_be_bound_by_fields(void **state)
{
    odbc_world_t *const world = *state;
    const SQLHDESC ard = descriptor(world, SQL_ATTR_APP_ROW_DESC);
    SQLINTEGER n = -1;
    SQLLEN length = 0;
    SQLPOINTER data = NULL;
    assert_int_equal(SQLSetDescField(ard, 1, SQL_DESC_TYPE, (SQLPOINTER)SQL_C_SLONG, 0), SQL_SUCCESS);
    assert_int_equal(SQLSetDescField(ard, 1, SQL_DESC_DATA_PTR, &n, 0), SQL_SUCCESS);
    assert_int_equal(SQLSetDescField(ard, 1, SQL_DESC_OCTET_LENGTH_PTR, &length, 0), SQL_SUCCESS);
    odbc_run(world, "rows 2");
    assert_int_equal(SQLFetch(world->statement), SQL_SUCCESS);
    assert_int_equal(n, 0);
    assert_int_equal(length, 4);
    /* Any field that says what the buffer means ends the binding. */
    assert_int_equal(SQLSetDescField(ard, 1, SQL_DESC_PRECISION, (SQLPOINTER)5, 0), SQL_SUCCESS);
    assert_int_equal(SQLGetDescField(ard, 1, SQL_DESC_DATA_PTR, &data, 0, NULL), SQL_SUCCESS);
    assert_null(data);
}

static void a_record_is_set_and_read_at_once(void **state)
{
    odbc_world_t *const world = *state;
    const SQLHDESC ard = descriptor(world, SQL_ATTR_APP_ROW_DESC);
    SQL_DATE_STRUCT day = { 0 };
    SQLLEN indicator = 0, octets = 0;
    SQLSMALLINT length, type = 0, code = 0, precision, scale, nullable;
    assert_int_equal(
        SQLSetDescRec(ard, 5, SQL_DATETIME, SQL_CODE_DATE, sizeof(day), 0, 0, &day, &indicator, &indicator),
        SQL_SUCCESS);
    assert_int_equal(small_field(ard, 0, SQL_DESC_COUNT), 5);
    assert_int_equal(small_field(ard, 5, SQL_DESC_CONCISE_TYPE), SQL_C_TYPE_DATE);
    assert_int_equal(
        SQLGetDescRec(ard, 5, NULL, 0, &length, &type, &code, &octets, &precision, &scale, &nullable),
        SQL_SUCCESS);
    assert_int_equal(type, SQL_DATETIME);
    assert_int_equal(code, SQL_CODE_DATE);
    odbc_run(world, "rows 2");
    assert_int_equal(SQLFetch(world->statement), SQL_SUCCESS);
    assert_int_equal(day.year, 1970);
    assert_int_equal(indicator, sizeof(day));
}

static void what_does_not_fit_together_is_refused(void **state)
{
    odbc_world_t *const world = *state;
    const SQLHDESC ard = descriptor(world, SQL_ATTR_APP_ROW_DESC);
    char number[20];
    expect(ard, SQLSetDescRec(ard, 1, SQL_C_NUMERIC, 0, 19, 60, 2, number, NULL, NULL), "HY021");
    expect(ard, SQLSetDescRec(ard, 1, 4711, 0, 4, 0, 0, number, NULL, NULL), "HY021");
    assert_int_equal(SQLSetDescField(ard, 1, SQL_DESC_TYPE, (SQLPOINTER)SQL_C_NUMERIC, 0), SQL_SUCCESS);
    assert_int_equal(SQLSetDescField(ard, 1, SQL_DESC_PRECISION, (SQLPOINTER)4, 0), SQL_SUCCESS);
    assert_int_equal(SQLSetDescField(ard, 1, SQL_DESC_SCALE, (SQLPOINTER)5, 0), SQL_SUCCESS);
    expect(ard, SQLSetDescField(ard, 1, SQL_DESC_DATA_PTR, number, 0), "HY021");
    expect(ard, SQLSetDescField(ard, 1, SQL_DESC_PARAMETER_TYPE, (SQLPOINTER)SQL_PARAM_INPUT, 0), "HY091");
    expect(ard, SQLSetDescField(ard, 0, SQL_DESC_ALLOC_TYPE, (SQLPOINTER)1, 0), "HY091");
    expect(ard, SQLSetDescField(ard, 0, SQL_DESC_TYPE, (SQLPOINTER)SQL_C_SLONG, 0), "07009");
}

static void an_allocated_descriptor_serves_several_statements(void **state)
{
    odbc_world_t *const world = *state;
    SQLHDESC shared = NULL;
    SQLHSTMT other = NULL;
    SQLINTEGER n = -1;
    const SQLHDESC own = descriptor(world, SQL_ATTR_APP_ROW_DESC);
    assert_int_equal(SQLAllocHandle(SQL_HANDLE_DESC, world->connection, &shared), SQL_SUCCESS);
    assert_int_equal(SQLAllocHandle(SQL_HANDLE_STMT, world->connection, &other), SQL_SUCCESS);
    assert_int_equal(small_field(shared, 0, SQL_DESC_ALLOC_TYPE), SQL_DESC_ALLOC_USER);
    assert_int_equal(SQLSetStmtAttr(world->statement, SQL_ATTR_APP_ROW_DESC, shared, 0), SQL_SUCCESS);
    assert_int_equal(SQLSetStmtAttr(other, SQL_ATTR_APP_ROW_DESC, shared, 0), SQL_SUCCESS);
    assert_int_equal(SQLBindCol(other, 1, SQL_C_SLONG, &n, 0, NULL), SQL_SUCCESS);
    odbc_run(world, "rows 2");
    assert_int_equal(SQLFetch(world->statement), SQL_SUCCESS);
    assert_int_equal(n, 0);
    assert_int_equal(SQLFetch(world->statement), SQL_SUCCESS);
    assert_int_equal(n, 1);
    assert_int_equal(SQLFreeHandle(SQL_HANDLE_DESC, shared), SQL_SUCCESS);
    assert_ptr_equal(descriptor(world, SQL_ATTR_APP_ROW_DESC), own);
    odbc_expect(world, SQLFetch(world->statement), SQL_NO_DATA, "");
    SQLFreeHandle(SQL_HANDLE_STMT, other);
}

static void an_implicit_descriptor_is_not_freed_and_not_lent(void **state)
{
    odbc_world_t *const world = *state;
    const SQLHDESC ard = descriptor(world, SQL_ATTR_APP_ROW_DESC);
    SQLHSTMT other = NULL;
    expect(ard, SQLFreeHandle(SQL_HANDLE_DESC, ard), "HY017");
    assert_int_equal(SQLAllocHandle(SQL_HANDLE_STMT, world->connection, &other), SQL_SUCCESS);
    assert_int_equal(SQLSetStmtAttr(other, SQL_ATTR_APP_ROW_DESC, ard, 0), SQL_ERROR);
    assert_string_equal(odbc_state(SQL_HANDLE_STMT, other, 1), "HY017");
    SQLFreeHandle(SQL_HANDLE_STMT, other);
}

static void a_copy_has_the_fields_and_the_bindings(void **state)
{
    odbc_world_t *const world = *state;
    const SQLHDESC ard = descriptor(world, SQL_ATTR_APP_ROW_DESC);
    const SQLHDESC ird = descriptor(world, SQL_ATTR_IMP_ROW_DESC);
    SQLHDESC copy = NULL;
    SQLINTEGER n = -1;
    SQLPOINTER data = NULL;
    assert_int_equal(SQLAllocHandle(SQL_HANDLE_DESC, world->connection, &copy), SQL_SUCCESS);
    assert_int_equal(SQLBindCol(world->statement, 2, SQL_C_SLONG, &n, 0, NULL), SQL_SUCCESS);
    assert_int_equal(SQLCopyDesc(ard, copy), SQL_SUCCESS);
    assert_int_equal(small_field(copy, 0, SQL_DESC_COUNT), 2);
    assert_int_equal(SQLGetDescField(copy, 2, SQL_DESC_DATA_PTR, &data, 0, NULL), SQL_SUCCESS);
    assert_ptr_equal(data, &n);
    expect(copy, SQLCopyDesc(ird, copy), "HY007");
    expect(ird, SQLCopyDesc(copy, ird), "HY016");
    assert_int_equal(SQLPrepare(world->statement, (SQLCHAR *)"rows 2", SQL_NTS), SQL_SUCCESS);
    assert_int_equal(SQLCopyDesc(ird, copy), SQL_SUCCESS);
    assert_int_equal(small_field(copy, 3, SQL_DESC_SCALE), 2);
    assert_int_equal(SQLFreeHandle(SQL_HANDLE_DESC, copy), SQL_SUCCESS);
}

static void unbinding_lowers_the_count(void **state)
{
    odbc_world_t *const world = *state;
    const SQLHDESC ard = descriptor(world, SQL_ATTR_APP_ROW_DESC);
    SQLINTEGER n = 0;
    SQLBindCol(world->statement, 1, SQL_C_SLONG, &n, 0, NULL);
    SQLBindCol(world->statement, 4, SQL_C_SLONG, &n, 0, NULL);
    assert_int_equal(small_field(ard, 0, SQL_DESC_COUNT), 4);
    SQLBindCol(world->statement, 4, SQL_C_SLONG, NULL, 0, NULL);
    assert_int_equal(small_field(ard, 0, SQL_DESC_COUNT), 1);
    SQLFreeStmt(world->statement, SQL_UNBIND);
    assert_int_equal(small_field(ard, 0, SQL_DESC_COUNT), 0);
    odbc_expect(world, SQLBindCol(world->statement, 0, SQL_C_SLONG, &n, 0, NULL), SQL_ERROR, "07009");
    odbc_expect(world, SQLBindCol(world->statement, 1, 4711, &n, 0, NULL), SQL_ERROR, "HY003");
}

static void the_scale_of_a_numeric_buffer_is_that_of_its_record(void **state)
{
    odbc_world_t *const world = *state;
    const SQLHDESC ard = descriptor(world, SQL_ATTR_APP_ROW_DESC);
    SQL_NUMERIC_STRUCT number;
    SQLLEN length = 0;
    odbc_run(world, "rows 2");
    assert_int_equal(SQLFetch(world->statement), SQL_SUCCESS);
    assert_int_equal(SQLFetch(world->statement), SQL_SUCCESS);
    odbc_expect(world, SQLGetData(world->statement, 3, SQL_C_NUMERIC, &number, sizeof(number), &length),
                SQL_SUCCESS, "");
    assert_int_equal(number.scale, 2);
    assert_int_equal(number.val[0], 125);
    SQLSetDescField(ard, 3, SQL_DESC_TYPE, (SQLPOINTER)SQL_C_NUMERIC, 0);
    SQLSetDescField(ard, 3, SQL_DESC_PRECISION, (SQLPOINTER)10, 0);
    SQLSetDescField(ard, 3, SQL_DESC_SCALE, (SQLPOINTER)3, 0);
    SQLGetData(world->statement, 1, SQL_C_SLONG, &length, 0, NULL);
    odbc_expect(world, SQLGetData(world->statement, 3, SQL_ARD_TYPE, &number, sizeof(number), &length),
                SQL_SUCCESS, "");
    assert_int_equal(number.scale, 3);
    assert_int_equal(number.val[0] + 256 * number.val[1], 1250);
}

int main(void)
{
#define CASE(NAME) cmocka_unit_test_setup_teardown(NAME, odbc_fake_setup, odbc_fake_teardown)
    const struct CMUnitTest tests[] = {
        CASE(four_implicit_descriptors_belong_to_a_statement),
        CASE(the_ird_is_filled_behind_prepare),
        CASE(columns_are_described_alike_by_all_functions),
        CASE(a_column_can_be_bound_by_fields),
        CASE(a_record_is_set_and_read_at_once),
        CASE(what_does_not_fit_together_is_refused),
        CASE(an_allocated_descriptor_serves_several_statements),
        CASE(an_implicit_descriptor_is_not_freed_and_not_lent),
        CASE(a_copy_has_the_fields_and_the_bindings),
        CASE(unbinding_lowers_the_count),
        CASE(the_scale_of_a_numeric_buffer_is_that_of_its_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
