/* Parameters: bound one by one, as arrays by column and by row, sent at execution in pieces; what the
 * statuses say when sets fail. The fake keeps what is inserted, "show" reads it back. */
#include <string.h>

#include "odbc/odbc_world.h"

enum { SETS = 5, NAME_BYTES = 16 };

static void set(odbc_world_t *world, SQLINTEGER attribute, const void *value)
{
    assert_int_equal(SQLSetStmtAttr(world->statement, attribute, (SQLPOINTER)(uintptr_t)value, 0),
                     SQL_SUCCESS);
}

/* What is kept, the texts one behind the other, with a blank behind each. */
static const char *kept(odbc_world_t *world)
{
    static char all[1024];
    char text[80];
    SQLLEN length = 0;
    SQLHSTMT statement = NULL;
    all[0] = 0;
    assert_int_equal(SQLAllocHandle(SQL_HANDLE_STMT, world->connection, &statement), SQL_SUCCESS);
    assert_int_equal(SQLExecDirect(statement, (SQLCHAR *)"show", SQL_NTS), SQL_SUCCESS);
    while (SQLFetch(statement) == SQL_SUCCESS) {
        assert_int_equal(SQLGetData(statement, 1, SQL_C_CHAR, text, sizeof(text), &length), SQL_SUCCESS);
        strncat(all, text, sizeof(all) - strlen(all) - 2);
        strncat(all, " ", 2);
    }
    SQLFreeHandle(SQL_HANDLE_STMT, statement);
    return all;
}

static void bind_number(odbc_world_t *world, SQLINTEGER *number, SQLLEN *indicator)
{
    assert_int_equal(SQLBindParameter(world->statement, 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0,
                                      number, 0, indicator),
                     SQL_SUCCESS);
}

static void bind_name(odbc_world_t *world, char *name, SQLLEN *indicator)
{
    assert_int_equal(SQLBindParameter(world->statement, 2, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR,
                                      NAME_BYTES, 0, name, NAME_BYTES, indicator),
                     SQL_SUCCESS);
}

static void a_prepared_statement_takes_its_parameters_at_each_execution(void **state)
{
    odbc_world_t *const world = *state;
    SQLINTEGER number = 1;
    char name[NAME_BYTES] = "one";
    SQLLEN indicator = SQL_NTS;
    SQLLEN rows = -1;
    SQLSMALLINT count = 0;
    bind_number(world, &number, NULL);
    bind_name(world, name, &indicator);
    assert_int_equal(SQLPrepare(world->statement, (SQLCHAR *)"insert ? ?", SQL_NTS), SQL_SUCCESS);
    assert_int_equal(SQLNumParams(world->statement, &count), SQL_SUCCESS);
    assert_int_equal(count, 2);
    odbc_expect(world, SQLExecute(world->statement), SQL_SUCCESS, "");
    number = 2;
    indicator = SQL_NULL_DATA;
    odbc_expect(world, SQLExecute(world->statement), SQL_SUCCESS, "");
    assert_int_equal(SQLRowCount(world->statement, &rows), SQL_SUCCESS);
    assert_int_equal(rows, 1);
    assert_string_equal(kept(world), "1|one 2|NULL ");
}

static void parameters_are_described_by_what_the_statement_wants(void **state)
{
    odbc_world_t *const world = *state;
    SQLSMALLINT type = 0, digits = -1, nullable = -1;
    SQLULEN size = 0;
    assert_int_equal(SQLPrepare(world->statement, (SQLCHAR *)"insert ? ?", SQL_NTS), SQL_SUCCESS);
    odbc_expect(world, SQLDescribeParam(world->statement, 1, &type, &size, &digits, &nullable), SQL_SUCCESS,
                "");
    assert_int_equal(type, SQL_INTEGER);
    assert_int_equal(size, 10);
    odbc_expect(world, SQLDescribeParam(world->statement, 2, &type, &size, &digits, &nullable), SQL_SUCCESS,
                "");
    assert_int_equal(type, SQL_WVARCHAR);
    assert_int_equal(size, 63);
    odbc_expect(world, SQLDescribeParam(world->statement, 3, &type, &size, &digits, &nullable), SQL_ERROR,
                "07009");
}

static void the_ipd_is_filled_on_demand(void **state)
{
    odbc_world_t *const world = *state;
    SQLHDESC ipd = NULL;
    SQLSMALLINT type = 0;
    set(world, SQL_ATTR_ENABLE_AUTO_IPD, (void *)SQL_TRUE);
    assert_int_equal(SQLPrepare(world->statement, (SQLCHAR *)"insert ? ?", SQL_NTS), SQL_SUCCESS);
    SQLGetStmtAttr(world->statement, SQL_ATTR_IMP_PARAM_DESC, &ipd, 0, NULL);
    assert_int_equal(SQLGetDescField(ipd, 2, SQL_DESC_CONCISE_TYPE, &type, 0, NULL), SQL_SUCCESS);
    assert_int_equal(type, SQL_WVARCHAR);
}

static void a_parameter_without_a_place_is_07002(void **state)
{
    odbc_world_t *const world = *state;
    SQLINTEGER number = 1;
    bind_number(world, &number, NULL);
    odbc_expect(world, SQLExecDirect(world->statement, (SQLCHAR *)"insert ? ?", SQL_NTS), SQL_ERROR, "07002");
    odbc_run(world, "rows 1");
}

static void output_parameters_and_unknown_types_are_refused(void **state)
{
    odbc_world_t *const world = *state;
    SQLINTEGER number = 1;
    odbc_expect(world,
                SQLBindParameter(world->statement, 1, SQL_PARAM_OUTPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0,
                                 &number, 0, NULL),
                SQL_ERROR, "HYC00");
    odbc_expect(
        world,
        SQLBindParameter(world->statement, 1, SQL_PARAM_INPUT, 4711, SQL_INTEGER, 0, 0, &number, 0, NULL),
        SQL_ERROR, "HY003");
    odbc_expect(
        world,
        SQLBindParameter(world->statement, 1, SQL_PARAM_INPUT, SQL_C_SLONG, 4711, 0, 0, &number, 0, NULL),
        SQL_ERROR, "HY004");
}

typedef struct arrays {
    SQLINTEGER numbers[SETS];
    char names[SETS][NAME_BYTES];
    SQLLEN indicators[SETS];
    SQLUSMALLINT status[SETS];
    SQLUSMALLINT operations[SETS];
    SQLULEN processed;
} arrays_t;

static void bind_arrays(odbc_world_t *world, arrays_t *arrays)
{
    *arrays = (arrays_t){ .numbers = { 1, 2, 3, 4, 5 },
                          .names = { "one", "two", "three", "four", "five" },
                          .indicators = { SQL_NTS, SQL_NTS, 3, SQL_NULL_DATA, SQL_NTS } };
    memset(arrays->status, 0xFF, sizeof(arrays->status));
    set(world, SQL_ATTR_PARAMSET_SIZE, (void *)SETS);
    set(world, SQL_ATTR_PARAM_STATUS_PTR, arrays->status);
    set(world, SQL_ATTR_PARAM_OPERATION_PTR, arrays->operations);
    set(world, SQL_ATTR_PARAMS_PROCESSED_PTR, &arrays->processed);
    bind_number(world, arrays->numbers, NULL);
    bind_name(world, arrays->names[0], arrays->indicators);
}

static SQLRETURN insert(odbc_world_t *world)
{
    return SQLExecDirect(world->statement, (SQLCHAR *)"insert ? ?", SQL_NTS);
}

static void an_array_by_column_tells_of_each_set(void **state)
{
    odbc_world_t *const world = *state;
    arrays_t arrays;
    SQLLEN rows = 0;
    SQLLEN row = 0;
    bind_arrays(world, &arrays);
    arrays.numbers[1] = -2;
    arrays.operations[4] = SQL_PARAM_IGNORE;
    odbc_expect(world, insert(world), SQL_SUCCESS_WITH_INFO, "23000");
    assert_int_equal(arrays.status[0], SQL_PARAM_SUCCESS);
    assert_int_equal(arrays.status[1], SQL_PARAM_ERROR);
    assert_int_equal(arrays.status[2], SQL_PARAM_SUCCESS);
    assert_int_equal(arrays.status[3], SQL_PARAM_SUCCESS);
    assert_int_equal(arrays.status[4], SQL_PARAM_UNUSED);
    assert_int_equal(arrays.processed, SETS);
    assert_int_equal(
        SQLGetDiagField(SQL_HANDLE_STMT, world->statement, 1, SQL_DIAG_ROW_NUMBER, &row, 0, NULL),
        SQL_SUCCESS);
    assert_int_equal(row, 2);
    assert_int_equal(SQLRowCount(world->statement, &rows), SQL_SUCCESS);
    assert_int_equal(rows, 3);
    assert_string_equal(kept(world), "1|one 3|thr 4|NULL ");
}

static void an_array_by_row_goes_by_the_size_of_a_row_and_the_offset(void **state)
{
    odbc_world_t *const world = *state;
    struct {
        SQLINTEGER number;
        char name[NAME_BYTES];
        SQLLEN indicator;
    } rows[3] = { { 0, "not this", SQL_NTS }, { 7, "seven", SQL_NTS }, { 8, "eight", 2 } };
    SQLLEN offset = sizeof(rows[0]);
    set(world, SQL_ATTR_PARAMSET_SIZE, (void *)2);
    set(world, SQL_ATTR_PARAM_BIND_TYPE, (void *)sizeof(rows[0]));
    set(world, SQL_ATTR_PARAM_BIND_OFFSET_PTR, &offset);
    bind_number(world, &rows[0].number, NULL);
    bind_name(world, rows[0].name, &rows[0].indicator);
    odbc_expect(world, insert(world), SQL_SUCCESS, "");
    assert_string_equal(kept(world), "7|seven 8|ei ");
}

static void an_array_all_of_whose_sets_fail_is_an_error(void **state)
{
    odbc_world_t *const world = *state;
    arrays_t arrays;
    bind_arrays(world, &arrays);
    for (int index = 0; index < SETS; index++)
        arrays.numbers[index] = -1;
    odbc_expect(world, insert(world), SQL_ERROR, "23000");
    assert_int_equal(arrays.status[4], SQL_PARAM_ERROR);
    assert_string_equal(kept(world), "");
    odbc_run(world, "rows 1");
}

static void an_array_in_autocommit_fails_whole_when_its_commit_does(void **state)
{
    odbc_world_t *const world = *state;
    arrays_t arrays;
    SQLUINTEGER autocommit = 0;
    SQLINTEGER one = 1;
    set(world, SQL_ATTR_PARAMSET_SIZE, (void *)2);
    const char *const names[2] = { "fine", "conflict" };
    bind_arrays(world, &arrays);
    set(world, SQL_ATTR_PARAMSET_SIZE, (void *)2);
    for (int index = 0; index < 2; index++)
        strncpy(arrays.names[index], names[index], NAME_BYTES);
    assert_int_equal(SQLBindParameter(world->statement, 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR,
                                      NAME_BYTES, 0, arrays.names, NAME_BYTES, NULL),
                     SQL_SUCCESS);
    odbc_expect(world, SQLExecDirect(world->statement, (SQLCHAR *)"insert ?", SQL_NTS), SQL_ERROR, "40001");
    assert_int_equal(arrays.status[0], SQL_PARAM_ERROR);
    assert_int_equal(arrays.status[1], SQL_PARAM_ERROR);
    assert_string_equal(kept(world), "");
    SQLGetConnectAttr(world->connection, SQL_ATTR_AUTOCOMMIT, &autocommit, 0, NULL);
    assert_int_equal(autocommit, SQL_AUTOCOMMIT_ON);
    set(world, SQL_ATTR_PARAMSET_SIZE, (void *)1);
    bind_number(world, &one, NULL);
    odbc_expect(world, SQLExecDirect(world->statement, (SQLCHAR *)"insert ?", SQL_NTS), SQL_SUCCESS, "");
    assert_string_equal(kept(world), "1 ");
}

static void an_array_whose_statuses_nobody_reads_fails_whole(void **state)
{
    odbc_world_t *const world = *state;
    arrays_t arrays;
    bind_arrays(world, &arrays);
    arrays.numbers[2] = -3;
    set(world, SQL_ATTR_PARAM_STATUS_PTR, NULL);
    odbc_expect(world, insert(world), SQL_ERROR, "23000");
    assert_int_equal(arrays.processed, 3);
    assert_string_equal(kept(world), "");
    arrays.numbers[2] = 3;
    odbc_expect(world, insert(world), SQL_SUCCESS, "");
}

static void values_sent_at_execution_come_in_pieces(void **state)
{
    odbc_world_t *const world = *state;
    SQLINTEGER number = 5;
    SQLLEN at_execution = SQL_LEN_DATA_AT_EXEC(0);
    SQLLEN old_style = SQL_DATA_AT_EXEC;
    SQLPOINTER token = NULL;
    assert_int_equal(SQLBindParameter(world->statement, 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0,
                                      (SQLPOINTER)1, 0, &old_style),
                     SQL_SUCCESS);
    assert_int_equal(SQLBindParameter(world->statement, 2, SQL_PARAM_INPUT, SQL_C_WCHAR, SQL_WVARCHAR, 40, 0,
                                      (SQLPOINTER)2, 0, &at_execution),
                     SQL_SUCCESS);
    odbc_expect(world, insert(world), SQL_NEED_DATA, "");
    odbc_expect(world, SQLFetch(world->statement), SQL_ERROR, "HY010");
    assert_int_equal(SQLParamData(world->statement, &token), SQL_NEED_DATA);
    assert_ptr_equal(token, (SQLPOINTER)1);
    assert_int_equal(SQLPutData(world->statement, &number, 0), SQL_SUCCESS);
    assert_int_equal(SQLParamData(world->statement, &token), SQL_NEED_DATA);
    assert_ptr_equal(token, (SQLPOINTER)2);
    SQLWCHAR first[] = { 'a', 0xD83D };
    SQLWCHAR second[] = { 0xDE00, 'z', 0 };
    assert_int_equal(SQLPutData(world->statement, first, sizeof(first)), SQL_SUCCESS);
    assert_int_equal(SQLPutData(world->statement, second, SQL_NTS), SQL_SUCCESS);
    odbc_expect(world, SQLParamData(world->statement, &token), SQL_SUCCESS, "");
    assert_string_equal(kept(world), "5|a\xF0\x9F\x98\x80z ");
}

static void an_array_with_values_at_execution_asks_for_each_set(void **state)
{
    odbc_world_t *const world = *state;
    arrays_t arrays;
    SQLPOINTER token = NULL;
    bind_arrays(world, &arrays);
    arrays.indicators[1] = SQL_DATA_AT_EXEC;
    arrays.indicators[3] = SQL_DATA_AT_EXEC;
    odbc_expect(world, insert(world), SQL_NEED_DATA, "");
    assert_int_equal(SQLParamData(world->statement, &token), SQL_NEED_DATA);
    assert_ptr_equal(token, arrays.names[1]);
    assert_int_equal(SQLPutData(world->statement, "B", SQL_NTS), SQL_SUCCESS);
    assert_int_equal(SQLParamData(world->statement, &token), SQL_NEED_DATA);
    assert_ptr_equal(token, arrays.names[3]);
    assert_int_equal(SQLPutData(world->statement, NULL, SQL_NULL_DATA), SQL_SUCCESS);
    odbc_expect(world, SQLParamData(world->statement, &token), SQL_SUCCESS, "");
    assert_int_equal(arrays.processed, SETS);
    assert_string_equal(kept(world), "1|one 2|B 3|thr 4|NULL 5|five ");
}

static void begin_at_execution(odbc_world_t *world, SQLSMALLINT c_type)
{
    static SQLLEN at_execution = SQL_DATA_AT_EXEC;
    SQLPOINTER token = NULL;
    assert_int_equal(SQLBindParameter(world->statement, 1, SQL_PARAM_INPUT, c_type, SQL_VARCHAR, 40, 0,
                                      (SQLPOINTER)1, 0, &at_execution),
                     SQL_SUCCESS);
    assert_int_equal(SQLPrepare(world->statement, (SQLCHAR *)"insert ?", SQL_NTS), SQL_SUCCESS);
    assert_int_equal(SQLExecute(world->statement), SQL_NEED_DATA);
    assert_int_equal(SQLParamData(world->statement, &token), SQL_NEED_DATA);
}

static void wrong_pieces_end_the_execution(void **state)
{
    odbc_world_t *const world = *state;
    SQLINTEGER number = 1;
    begin_at_execution(world, SQL_C_SLONG);
    assert_int_equal(SQLPutData(world->statement, &number, 0), SQL_SUCCESS);
    odbc_expect(world, SQLPutData(world->statement, &number, 0), SQL_ERROR, "HY019");
    assert_string_equal(kept(world), "");
    begin_at_execution(world, SQL_C_CHAR);
    assert_int_equal(SQLCancel(world->statement), SQL_SUCCESS);
    odbc_expect(world, SQLExecute(world->statement), SQL_NEED_DATA, "");
    assert_int_equal(SQLCancel(world->statement), SQL_SUCCESS);
    assert_string_equal(kept(world), "");
}

static void a_change_of_no_row_is_no_data_and_rounding_a_warning(void **state)
{
    odbc_world_t *const world = *state;
    SQLLEN rows = -1;
    odbc_expect(world, SQLExecDirect(world->statement, (SQLCHAR *)"update", SQL_NTS), SQL_NO_DATA, "");
    assert_int_equal(SQLRowCount(world->statement, &rows), SQL_SUCCESS);
    assert_int_equal(rows, 0);
    odbc_expect(world, SQLExecDirect(world->statement, (SQLCHAR *)"round", SQL_NTS), SQL_SUCCESS_WITH_INFO,
                "01S07");
}

static void arrays_are_refused_for_statements_with_a_result(void **state)
{
    odbc_world_t *const world = *state;
    arrays_t arrays;
    bind_arrays(world, &arrays);
    odbc_expect(world, SQLExecDirect(world->statement, (SQLCHAR *)"rows 3 ? ?", SQL_NTS), SQL_ERROR, "HYC00");
}

static void a_value_that_does_not_convert_names_its_set_and_parameter(void **state)
{
    odbc_world_t *const world = *state;
    char text[NAME_BYTES] = "many";
    SQLINTEGER column = 0;
    assert_int_equal(SQLBindParameter(world->statement, 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_INTEGER, 0, 0,
                                      text, sizeof(text), NULL),
                     SQL_SUCCESS);
    odbc_expect(world, SQLExecDirect(world->statement, (SQLCHAR *)"insert ?", SQL_NTS), SQL_ERROR, "22018");
    SQLGetDiagField(SQL_HANDLE_STMT, world->statement, 1, SQL_DIAG_COLUMN_NUMBER, &column, 0, NULL);
    assert_int_equal(column, 1);
}

int main(void)
{
#define CASE(NAME) cmocka_unit_test_setup_teardown(NAME, odbc_fake_setup, odbc_fake_teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_prepared_statement_takes_its_parameters_at_each_execution),
        CASE(parameters_are_described_by_what_the_statement_wants),
        CASE(the_ipd_is_filled_on_demand),
        CASE(a_parameter_without_a_place_is_07002),
        CASE(output_parameters_and_unknown_types_are_refused),
        CASE(an_array_by_column_tells_of_each_set),
        CASE(an_array_by_row_goes_by_the_size_of_a_row_and_the_offset),
        CASE(an_array_all_of_whose_sets_fail_is_an_error),
        CASE(an_array_in_autocommit_fails_whole_when_its_commit_does),
        CASE(an_array_whose_statuses_nobody_reads_fails_whole),
        CASE(values_sent_at_execution_come_in_pieces),
        CASE(an_array_with_values_at_execution_asks_for_each_set),
        CASE(wrong_pieces_end_the_execution),
        CASE(a_change_of_no_row_is_no_data_and_rounding_a_warning),
        CASE(arrays_are_refused_for_statements_with_a_result),
        CASE(a_value_that_does_not_convert_names_its_set_and_parameter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
