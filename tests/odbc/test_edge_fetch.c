/* Fetching: every size of rowset, both ways of binding, rowsets over several batches, offsets, SQLGetData in
 * pieces, row limits, failures in rows. The source is the fake, whose rows and batches are known. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "odbc/odbc_world.h"

static void set(odbc_world_t *world, SQLINTEGER attribute, const void *value)
{
    assert_int_equal(SQLSetStmtAttr(world->statement, attribute, (SQLPOINTER)(uintptr_t)value, 0),
                     SQL_SUCCESS);
}

static void *number(size_t value)
{
    return (void *)(uintptr_t)value;
}

/* The text of row n in UTF-16, its units. */
static size_t text_of_row(size_t n, SQLWCHAR *units)
{
    char text[32];
    const int bytes = snprintf(text, sizeof(text), "row %zu", n);
    size_t count = 0;
    for (int index = 0; index < bytes; index++)
        units[count++] = (SQLWCHAR)text[index];
    if (n % 3 == 2) {
        units[count++] = ' ';
        units[count++] = 0xD83D;
        units[count++] = 0xDE00;
    }
    units[count] = 0;
    return count;
}

enum { TEXT_UNITS = 24, ROWS = 10300 };
static const size_t sizes[] = { 1, 7, 100, 512, 1000, 1024, 2048, 4096, 10000 };

typedef struct row {
    SQLINTEGER n;
    SQLLEN n_length;
    SQLDOUBLE v;
    SQLLEN v_length;
    SQLWCHAR t[TEXT_UNITS];
    SQLLEN t_length;
} row_t;

static void check_row(const row_t *row, size_t n)
{
    SQLWCHAR wanted[TEXT_UNITS];
    const size_t units = text_of_row(n, wanted);
    assert_int_equal(row->n, n);
    assert_int_equal(row->n_length, sizeof(SQLINTEGER));
    if (n % 7 == 6) {
        assert_int_equal(row->v_length, SQL_NULL_DATA);
        assert_int_equal(row->t_length, SQL_NULL_DATA);
        return;
    }
    assert_int_equal(row->v_length, sizeof(SQLDOUBLE));
    assert_true(row->v == (double)n);
    assert_int_equal(row->t_length, units * sizeof(SQLWCHAR));
    assert_memory_equal(row->t, wanted, (units + 1) * sizeof(SQLWCHAR));
}

static void fetch_all_by_row(odbc_world_t *world, size_t size, const char *text)
{
    row_t *const rows = calloc(size, sizeof(*rows));
    SQLUSMALLINT *const status = calloc(size, sizeof(*status));
    SQLULEN fetched = 0;
    size_t n = 0;
    SQLRETURN result;
    set(world, SQL_ATTR_ROW_BIND_TYPE, number(sizeof(row_t)));
    set(world, SQL_ATTR_ROW_ARRAY_SIZE, number(size));
    set(world, SQL_ATTR_ROWS_FETCHED_PTR, &fetched);
    set(world, SQL_ATTR_ROW_STATUS_PTR, status);
    SQLBindCol(world->statement, 1, SQL_C_SLONG, &rows->n, 0, &rows->n_length);
    SQLBindCol(world->statement, 2, SQL_C_DOUBLE, &rows->v, 0, &rows->v_length);
    SQLBindCol(world->statement, 4, SQL_C_WCHAR, rows->t, sizeof(rows->t), &rows->t_length);
    odbc_run(world, text);
    while ((result = SQLFetch(world->statement)) == SQL_SUCCESS) {
        for (size_t index = 0; index < fetched; index++, n++) {
            assert_int_equal(status[index], SQL_ROW_SUCCESS);
            check_row(&rows[index], n);
        }
        for (size_t index = fetched; index < size; index++)
            assert_int_equal(status[index], SQL_ROW_NOROW);
        memset(rows, 0x55, size * sizeof(*rows));
    }
    odbc_expect(world, result, SQL_NO_DATA, "");
    assert_int_equal(fetched, 0);
    assert_int_equal(n, ROWS);
    SQLFreeStmt(world->statement, SQL_CLOSE);
    SQLFreeStmt(world->statement, SQL_UNBIND);
    free(rows);
    free(status);
}

static void rows_bound_by_row_are_right_at_every_size_of_rowset(void **state)
{
    for (size_t index = 0; index < sizeof(sizes) / sizeof(sizes[0]); index++) {
        fetch_all_by_row(*state, sizes[index], "rows 10300");
        fetch_all_by_row(*state, sizes[index], "rows 10300 batch 13");
        fetch_all_by_row(*state, sizes[index], "rows 10300 batch 1000");
    }
}

static void fetch_all_by_column(odbc_world_t *world, size_t size, const char *text)
{
    SQLINTEGER *const n = calloc(size, sizeof(*n));
    SQLDOUBLE *const v = calloc(size, sizeof(*v));
    SQLWCHAR(*const t)[TEXT_UNITS] = calloc(size, sizeof(*t));
    SQLLEN *const lengths[3] = { calloc(size, sizeof(SQLLEN)), calloc(size, sizeof(SQLLEN)),
                                 calloc(size, sizeof(SQLLEN)) };
    SQLULEN fetched = 0;
    size_t row = 0;
    set(world, SQL_ATTR_ROW_BIND_TYPE, number(SQL_BIND_BY_COLUMN));
    set(world, SQL_ATTR_ROW_ARRAY_SIZE, number(size));
    set(world, SQL_ATTR_ROWS_FETCHED_PTR, &fetched);
    SQLBindCol(world->statement, 1, SQL_C_SLONG, n, 0, lengths[0]);
    SQLBindCol(world->statement, 2, SQL_C_DOUBLE, v, 0, lengths[1]);
    SQLBindCol(world->statement, 4, SQL_C_WCHAR, t, sizeof(*t), lengths[2]);
    odbc_run(world, text);
    while (SQLFetchScroll(world->statement, SQL_FETCH_NEXT, 0) == SQL_SUCCESS)
        for (size_t index = 0; index < fetched; index++, row++) {
            row_t got = {
                n[index], lengths[0][index], v[index], lengths[1][index], { 0 }, lengths[2][index]
            };
            memcpy(got.t, t[index], sizeof(got.t));
            check_row(&got, row);
        }
    assert_int_equal(row, ROWS);
    SQLFreeStmt(world->statement, SQL_CLOSE);
    SQLFreeStmt(world->statement, SQL_UNBIND);
    free(n);
    free(v);
    free(t);
    for (int index = 0; index < 3; index++)
        free(lengths[index]);
}

static void rows_bound_by_column_are_right_at_every_size_of_rowset(void **state)
{
    for (size_t index = 0; index < sizeof(sizes) / sizeof(sizes[0]); index++) {
        fetch_all_by_column(*state, sizes[index], "rows 10300");
        fetch_all_by_column(*state, sizes[index], "rows 10300 batch 13");
        fetch_all_by_column(*state, sizes[index], "rows 10300 batch 2048");
    }
}

static void extended_fetch_has_its_own_size_and_statuses(void **state)
{
    odbc_world_t *const world = *state;
    SQLINTEGER n[10];
    SQLUSMALLINT status[10];
    SQLULEN fetched = 0;
    SQLLEN length = 0;
    set(world, SQL_ROWSET_SIZE, number(10));
    SQLBindCol(world->statement, 1, SQL_C_SLONG, n, 0, NULL);
    odbc_run(world, "rows 25 batch 4");
    assert_int_equal(SQLExtendedFetch(world->statement, SQL_FETCH_NEXT, 0, &fetched, status), SQL_SUCCESS);
    assert_int_equal(fetched, 10);
    assert_int_equal(n[9], 9);
    odbc_expect(world, SQLFetch(world->statement), SQL_ERROR, "HY010");
    assert_int_equal(SQLExtendedFetch(world->statement, SQL_FETCH_NEXT, 0, &fetched, status), SQL_SUCCESS);
    assert_int_equal(SQLExtendedFetch(world->statement, SQL_FETCH_NEXT, 0, &fetched, status), SQL_SUCCESS);
    assert_int_equal(fetched, 5);
    assert_int_equal(n[4], 24);
    assert_int_equal(status[4], SQL_ROW_SUCCESS);
    assert_int_equal(status[5], SQL_ROW_NOROW);
    assert_int_equal(SQLGetData(world->statement, 1, SQL_C_SLONG, n, 0, &length), SQL_SUCCESS);
    assert_int_equal(n[0], 20);
}

static void a_bind_offset_moves_all_buffers(void **state)
{
    odbc_world_t *const world = *state;
    row_t rows[2] = { 0 };
    SQLLEN offset = sizeof(row_t);
    set(world, SQL_ATTR_ROW_BIND_OFFSET_PTR, &offset);
    SQLBindCol(world->statement, 1, SQL_C_SLONG, &rows[0].n, 0, &rows[0].n_length);
    odbc_run(world, "rows 2");
    odbc_expect(world, SQLFetch(world->statement), SQL_SUCCESS, "");
    offset = 0;
    odbc_expect(world, SQLFetch(world->statement), SQL_SUCCESS, "");
    assert_int_equal(rows[1].n, 0);
    assert_int_equal(rows[0].n, 1);
    assert_int_equal(rows[1].n_length, sizeof(SQLINTEGER));
}

static void get_data_reads_pieces_with_the_length_of_the_rest(void **state)
{
    odbc_world_t *const world = *state;
    SQLWCHAR piece[4];
    SQLLEN length = 0;
    odbc_run(world, "rows 3");
    for (int row = 0; row < 3; row++)
        odbc_expect(world, SQLFetch(world->statement), SQL_SUCCESS, "");
    /* "row 2 😀" has 8 units; three a piece. */
    odbc_expect(world, SQLGetData(world->statement, 4, SQL_C_WCHAR, piece, sizeof(piece), &length),
                SQL_SUCCESS_WITH_INFO, "01004");
    assert_int_equal(length, 16);
    assert_int_equal(piece[2], 'w');
    odbc_expect(world, SQLGetData(world->statement, 4, SQL_C_WCHAR, piece, sizeof(piece), &length),
                SQL_SUCCESS_WITH_INFO, "01004");
    assert_int_equal(length, 10);
    odbc_expect(world, SQLGetData(world->statement, 4, SQL_C_WCHAR, piece, sizeof(piece), &length),
                SQL_SUCCESS, "");
    assert_int_equal(length, 4);
    assert_int_equal(piece[0], 0xD83D);
    assert_int_equal(piece[1], 0xDE00);
    odbc_expect(world, SQLGetData(world->statement, 4, SQL_C_WCHAR, piece, sizeof(piece), &length),
                SQL_NO_DATA, "");
}

static void get_data_reads_any_column_in_any_order_also_bound_ones(void **state)
{
    odbc_world_t *const world = *state;
    SQLINTEGER bound = -1;
    SQLINTEGER n = -1;
    SQLDOUBLE v = -1;
    char d[32];
    SQL_DATE_STRUCT day;
    SQLLEN length = 0;
    SQLBindCol(world->statement, 1, SQL_C_SLONG, &bound, 0, NULL);
    odbc_run(world, "rows 2");
    odbc_expect(world, SQLFetch(world->statement), SQL_SUCCESS, "");
    odbc_expect(world, SQLFetch(world->statement), SQL_SUCCESS, "");
    odbc_expect(world, SQLGetData(world->statement, 5, SQL_C_TYPE_DATE, &day, 0, &length), SQL_SUCCESS, "");
    assert_int_equal(day.day, 2);
    odbc_expect(world, SQLGetData(world->statement, 3, SQL_C_CHAR, d, sizeof(d), &length), SQL_SUCCESS, "");
    assert_string_equal(d, "1.25");
    odbc_expect(world, SQLGetData(world->statement, 1, SQL_C_SLONG, &n, 0, &length), SQL_SUCCESS, "");
    assert_int_equal(n, 1);
    assert_int_equal(bound, 1);
    odbc_expect(world, SQLGetData(world->statement, 2, SQL_C_DOUBLE, &v, 0, &length), SQL_SUCCESS, "");
    odbc_expect(world, SQLGetData(world->statement, 2, SQL_C_DOUBLE, &v, 0, &length), SQL_NO_DATA, "");
    odbc_expect(world, SQLGetData(world->statement, 0, SQL_C_SLONG, &n, 0, &length), SQL_ERROR, "07009");
    odbc_expect(world, SQLGetData(world->statement, 999, SQL_C_SLONG, &n, 0, &length), SQL_ERROR, "07009");
    odbc_expect(world, SQLGetData(world->statement, 1, 4711, &n, 0, &length), SQL_ERROR, "HY003");
}

static void set_pos_chooses_the_row_of_a_rowset_that_spans_batches(void **state)
{
    odbc_world_t *const world = *state;
    SQLLEN length = 0;
    set(world, SQL_ATTR_ROW_ARRAY_SIZE, number(10));
    odbc_run(world, "rows 25 batch 4");
    for (size_t first = 0; first < 25; first += 10) {
        odbc_expect(world, SQLFetch(world->statement), SQL_SUCCESS, "");
        const size_t rows = first == 20 ? 5 : 10;
        for (size_t row = rows; row > 0; row--) {
            SQLWCHAR got[TEXT_UNITS];
            SQLWCHAR wanted[TEXT_UNITS];
            SQLULEN row_number = 0;
            const size_t n = first + row - 1;
            odbc_expect(world, SQLSetPos(world->statement, row, SQL_POSITION, SQL_LOCK_NO_CHANGE),
                        SQL_SUCCESS, "");
            odbc_expect(world, SQLGetData(world->statement, 4, SQL_C_WCHAR, got, sizeof(got), &length),
                        SQL_SUCCESS, "");
            assert_int_equal(SQLGetStmtAttr(world->statement, SQL_ATTR_ROW_NUMBER, &row_number, 0, NULL),
                             SQL_SUCCESS);
            assert_int_equal(row_number, n + 1);
            if (n % 7 == 6)
                assert_int_equal(length, SQL_NULL_DATA);
            else
                assert_memory_equal(got, wanted, (text_of_row(n, wanted) + 1) * sizeof(SQLWCHAR));
        }
    }
    odbc_expect(world, SQLSetPos(world->statement, 6, SQL_POSITION, SQL_LOCK_NO_CHANGE), SQL_ERROR, "HY109");
    odbc_expect(world, SQLSetPos(world->statement, 11, SQL_POSITION, SQL_LOCK_NO_CHANGE), SQL_ERROR, "HY107");
    odbc_expect(world, SQLSetPos(world->statement, 1, SQL_DELETE, SQL_LOCK_NO_CHANGE), SQL_ERROR, "HYC00");
}

static void a_bound_text_is_cut_with_its_full_length_and_row_by_row_warnings(void **state)
{
    odbc_world_t *const world = *state;
    SQLWCHAR t[4][8];
    SQLLEN lengths[4];
    SQLUSMALLINT status[4];
    SQLLEN row = 0;
    SQLINTEGER column = 0;
    set(world, SQL_ATTR_ROW_ARRAY_SIZE, number(4));
    set(world, SQL_ATTR_ROW_STATUS_PTR, status);
    SQLBindCol(world->statement, 4, SQL_C_WCHAR, t, sizeof(t[0]), lengths);
    odbc_run(world, "rows 4");
    odbc_expect(world, SQLFetch(world->statement), SQL_SUCCESS_WITH_INFO, "01004");
    /* "row 2 😀": seven units fit, the seventh is the first half of the emoji, which is not cut. */
    assert_int_equal(lengths[2], 16);
    assert_int_equal(t[2][5], ' ');
    assert_int_equal(t[2][6], 0);
    assert_int_equal(status[1], SQL_ROW_SUCCESS);
    assert_int_equal(status[2], SQL_ROW_SUCCESS_WITH_INFO);
    assert_int_equal(
        SQLGetDiagField(SQL_HANDLE_STMT, world->statement, 1, SQL_DIAG_ROW_NUMBER, &row, 0, NULL),
        SQL_SUCCESS);
    assert_int_equal(
        SQLGetDiagField(SQL_HANDLE_STMT, world->statement, 1, SQL_DIAG_COLUMN_NUMBER, &column, 0, NULL),
        SQL_SUCCESS);
    assert_int_equal(row, 3);
    assert_int_equal(column, 4);
}

static void rows_that_do_not_fit_are_errors_of_their_row_only(void **state)
{
    odbc_world_t *const world = *state;
    SQLSCHAR n[300];
    SQLUSMALLINT status[300];
    set(world, SQL_ATTR_ROW_ARRAY_SIZE, number(300));
    set(world, SQL_ATTR_ROW_STATUS_PTR, status);
    SQLBindCol(world->statement, 1, SQL_C_STINYINT, n, 0, NULL);
    odbc_run(world, "rows 300 batch 64");
    odbc_expect(world, SQLFetch(world->statement), SQL_SUCCESS_WITH_INFO, "22003");
    assert_int_equal(status[127], SQL_ROW_SUCCESS);
    assert_int_equal(n[127], 127);
    assert_int_equal(status[128], SQL_ROW_ERROR);
    assert_string_equal(odbc_state(SQL_HANDLE_STMT, world->statement, 172), "22003");
    assert_string_equal(odbc_state(SQL_HANDLE_STMT, world->statement, 173), "");
}

static void a_null_without_an_indicator_is_22002(void **state)
{
    odbc_world_t *const world = *state;
    SQLDOUBLE v = 0;
    SQLBindCol(world->statement, 2, SQL_C_DOUBLE, &v, 0, NULL);
    odbc_run(world, "rows 7");
    for (int row = 0; row < 6; row++)
        odbc_expect(world, SQLFetch(world->statement), SQL_SUCCESS, "");
    odbc_expect(world, SQLFetch(world->statement), SQL_ERROR, "22002");
}

static void a_failure_in_the_midst_of_a_fetch_keeps_the_statement_usable(void **state)
{
    odbc_world_t *const world = *state;
    odbc_run(world, "rows 100 batch 10 fail 25");
    set(world, SQL_ATTR_ROW_ARRAY_SIZE, number(10));
    odbc_expect(world, SQLFetch(world->statement), SQL_SUCCESS, "");
    odbc_expect(world, SQLFetch(world->statement), SQL_SUCCESS, "");
    odbc_expect(world, SQLFetch(world->statement), SQL_ERROR, "22012");
    assert_non_null(strstr(odbc_message(SQL_HANDLE_STMT, world->statement, 1), "[Quantatom][ODBC Driver]"));
    odbc_expect(world, SQLCloseCursor(world->statement), SQL_SUCCESS, "");
    odbc_run(world, "rows 1");
}

static void max_rows_ends_the_result_early(void **state)
{
    odbc_world_t *const world = *state;
    SQLULEN fetched = 0;
    set(world, SQL_ATTR_MAX_ROWS, number(15));
    set(world, SQL_ATTR_ROW_ARRAY_SIZE, number(10));
    set(world, SQL_ATTR_ROWS_FETCHED_PTR, &fetched);
    odbc_run(world, "rows 100 batch 7");
    odbc_expect(world, SQLFetch(world->statement), SQL_SUCCESS, "");
    assert_int_equal(fetched, 10);
    odbc_expect(world, SQLFetch(world->statement), SQL_SUCCESS, "");
    assert_int_equal(fetched, 5);
    odbc_expect(world, SQLFetch(world->statement), SQL_NO_DATA, "");
}

static void max_length_cuts_texts_and_retrieve_data_off_leaves_buffers(void **state)
{
    odbc_world_t *const world = *state;
    char t[20] = "untouched";
    SQLLEN length = 0;
    set(world, SQL_ATTR_MAX_LENGTH, number(3));
    SQLBindCol(world->statement, 4, SQL_C_CHAR, t, sizeof(t), &length);
    odbc_run(world, "rows 2");
    odbc_expect(world, SQLFetch(world->statement), SQL_SUCCESS, "");
    assert_string_equal(t, "row");
    set(world, SQL_ATTR_RETRIEVE_DATA, number(SQL_RD_OFF));
    memcpy(t, "untouched", 10);
    odbc_expect(world, SQLFetch(world->statement), SQL_SUCCESS, "");
    assert_string_equal(t, "untouched");
}

int main(void)
{
#define CASE(NAME) cmocka_unit_test_setup_teardown(NAME, odbc_fake_setup, odbc_fake_teardown)
    const struct CMUnitTest tests[] = {
        CASE(rows_bound_by_row_are_right_at_every_size_of_rowset),
        CASE(rows_bound_by_column_are_right_at_every_size_of_rowset),
        CASE(extended_fetch_has_its_own_size_and_statuses),
        CASE(a_bind_offset_moves_all_buffers),
        CASE(get_data_reads_pieces_with_the_length_of_the_rest),
        CASE(get_data_reads_any_column_in_any_order_also_bound_ones),
        CASE(set_pos_chooses_the_row_of_a_rowset_that_spans_batches),
        CASE(a_bound_text_is_cut_with_its_full_length_and_row_by_row_warnings),
        CASE(rows_that_do_not_fit_are_errors_of_their_row_only),
        CASE(a_null_without_an_indicator_is_22002),
        CASE(a_failure_in_the_midst_of_a_fetch_keeps_the_statement_usable),
        CASE(max_rows_ends_the_result_early),
        CASE(max_length_cuts_texts_and_retrieve_data_off_leaves_buffers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
