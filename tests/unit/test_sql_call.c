/* CALL: undo and redo, holds, reasons, snapshots, and calls that are not understood. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/sql_world.h"

#define KEY "Period, Scenario, Department, Account"
#define PUT "INSERT INTO atoms (" KEY ", value) VALUES "

static void the_table_of_procedures_is_in_order(void **state)
{
    (void)state;
    uint32_t count = 0;
    for (; qa_sql_procedure(count) != NULL; count++) {
        const qa_sql_procedure_info_t *info = qa_sql_procedure(count);
        assert_true(info->name[0] >= 'A' && info->name[0] <= 'Z' && info->remarks[0] != '\0');
        if (count > 0) assert_true(strcmp(qa_sql_procedure(count - 1)->name, info->name) < 0);
    }
    assert_int_equal(count, 8);
}

static void an_intent_is_undone_and_the_undo_taken_back(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    sql_world_expect(&world, PUT "('Jan', 'Budget', 'Fire', 'Expense', 1)", "");
    sql_world_expect(&world, "UPDATE atoms SET value = 9", "");
    sql_world_expect(&world, "CALL undo(3, 'a slip')", "");
    sql_world_expect(&world, "SELECT value FROM atoms", "1");
    sql_world_expect(&world, "SELECT reason FROM history WHERE offset = 4", "a slip");
    sql_world_expect(&world, "{call redo(4)}", "");
    sql_world_expect(&world, "SELECT value FROM atoms", "9");
    sql_world_refuse(&world, "CALL redo(3)", QA_INVALID, "the intent at offset 3 is no undo");
    sql_world_refuse(&world, "CALL redo(99)", QA_NO_SUCH_OFFSET, "");
    sql_world_refuse(&world, "CALL undo(99)", QA_NO_SUCH_OFFSET, "99");
    sql_world_refuse(&world, "CALL undo(0)", QA_INVALID, "1 or more");
    sql_world_refuse(&world, "CALL undo(NULL)", QA_INVALID, "1 or more");
    sql_world_close(&world);
}

/* Programs keep microseconds: a finer time, cut by them, would be one before the change. */
static void the_time_of_a_change_is_in_whole_microseconds_and_includes_it(void **state)
{
    (void)state;
    sql_world_t world;
    char statement[200];
    char time[40];
    sql_world_open(&world);
    sql_world_expect(&world, PUT "('Jan', 'Budget', 'Fire', 'Expense', 1)", "");
    assert_int_equal(sql_world_do(&world, "CALL position()"), QA_OK);
    snprintf(time, sizeof(time), "%s", strchr(world.answer, '|') + 1);
    assert_true(strlen(time) <= strlen("2026-04-02 09:30:00.123456"));
    snprintf(statement, sizeof(statement), "SELECT COUNT(*) FROM atoms FOR SYSTEM_TIME AS OF TIMESTAMP '%s'",
             time);
    sql_world_expect(&world, statement, "1");
    sql_world_expect(&world, "SELECT changed_at FROM atoms", time);
    sql_world_close(&world);
}

static void an_undo_is_part_of_its_transaction(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    sql_world_expect(&world, PUT "('Jan', 'Budget', 'Fire', 'Expense', 1)", "");
    sql_world_expect(&world, "BEGIN", "");
    sql_world_expect(&world, "CALL undo(2)", "");
    sql_world_expect(&world, "SELECT COUNT(*) FROM atoms", "0");
    sql_world_expect(&world, PUT "('Jan', 'Budget', 'Fire', 'Expense', 5)", "");
    sql_world_expect(&world, "COMMIT", "");
    sql_world_expect(&world, "SELECT value FROM atoms", "5");
    sql_world_expect(&world, "BEGIN", "");
    sql_world_expect(&world, "CALL undo(3)", "");
    sql_world_expect(&world, "ROLLBACK", "");
    sql_world_expect(&world, "SELECT value FROM atoms", "5");
    sql_world_close(&world);
}

static void parameters_are_arguments(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    sql_world_expect(&world, PUT "('Jan', 'Budget', 'Fire', 'Expense', 1)", "");
    const qa_sql_value_t parameters[] = { { .kind = QA_SQL_BIGINT, .integer = 2 },
                                          { .kind = QA_SQL_TEXT, .bytes = 3, .text = "why" } };
    assert_int_equal(sql_world_run(&world, world.session, "{call budget.undo(?, ?)}", parameters, 2), QA_OK);
    sql_world_expect(&world, "SELECT COUNT(*) FROM atoms", "0");
    sql_world_close(&world);
}

static void a_held_total_is_not_moved_until_it_is_released(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    sql_world_expect(&world, PUT "('Jan', 'Budget', 'Fire', 'Expense', 1)", "");
    sql_world_expect(&world, "CALL hold('Period=Q1,Scenario=Budget,Account=\"Expense\"', 'consolidation')",
                     "");
    sql_world_refuse(&world, "UPDATE atoms SET value = 2", QA_HELD, "release it");
    sql_world_expect(
        &world, "CALL release('Scenario = Budget, Period = Q1 , Account = Expense, Department = All')", "");
    sql_world_expect(&world, "UPDATE atoms SET value = 2", "");
    sql_world_refuse(&world, "CALL hold('Period=Q1,Scenario=Budget,Account=Expense', 'leaf')", QA_NOT_LEAF,
                     "the cell (Q1, Budget, All, Expense) is a total");
    sql_world_close(&world);
}

static void a_held_leaf_is_written_directly(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    sql_world_expect(&world, PUT "('Jan', 'Budget', 'Fire', 'Expense', 1)", "");
    sql_world_expect(
        &world, "CALL hold('Period=Jan,Scenario=Budget,Department=Fire,Account=Expense', 'LEAF', 'eve')", "");
    sql_world_expect(&world, "UPDATE atoms SET value = 2", "");
    sql_world_expect(&world, "SELECT operations FROM history WHERE offset = 3", "hold");
    sql_world_close(&world);
}

static void a_cell_that_is_not_understood_is_refused(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    sql_world_refuse(&world, "CALL hold('Jan')", QA_INVALID, "\"Jan\" is not Dimension=Member");
    sql_world_refuse(&world, "CALL hold('Period=Jan,Period=Feb')", QA_INVALID, "\"Period\" is named twice");
    sql_world_refuse(&world, "CALL hold('Period=\"Jan')", QA_INVALID,
                     "a quote behind \"Period=\" is not closed");
    sql_world_refuse(&world, "CALL hold('Time=Jan')", QA_DIMENSION_NOT_FOUND, "Period");
    sql_world_refuse(&world, "CALL hold('Period=Jam')", QA_MEMBER_NOT_FOUND, "Jan");
    sql_world_refuse(&world, "CALL hold('Department=Fire')", QA_MEMBER_UNNAMED, "add Period=");
    sql_world_refuse(&world, "CALL hold(NULL)", QA_INVALID, "'Period=Jan,Account=Fire'");
    sql_world_refuse(&world, "CALL hold('Period=Jan,Scenario=Budget', 'firmly')", QA_INVALID,
                     "'leaf' or 'consolidation'");
    sql_world_close(&world);
}

static void a_reason_is_shown_with_what_the_transaction_commits(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    sql_world_refuse(&world, "CALL set_reason('why')", QA_TRANSACTION_STATE, "BEGIN one");
    sql_world_expect(&world, "BEGIN", "");
    sql_world_expect(&world, "CALL set_reason('the board decided')", "");
    sql_world_expect(&world, PUT "('Jan', 'Budget', 'Fire', 'Expense', 1)", "");
    sql_world_expect(&world, "COMMIT", "");
    sql_world_expect(&world, "SELECT offset, actor, door, reason FROM history WHERE offset > 1",
                     "2|eve|odbc|the board decided");
    sql_world_close(&world);
}

static void the_position_follows_other_writers(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    assert_int_equal(sql_world_do(&world, "CALL position()"), QA_OK);
    assert_memory_equal(world.answer, "1|20", 4);
    assert_int_equal(app_world_set(&world.app, "Jan", "Budget", "Fire", "Expense", 100, NULL), QA_OK);
    assert_int_equal(sql_world_do(&world, "CALL refresh"), QA_OK);
    assert_memory_equal(world.answer, "2|20", 4);
    sql_world_expect(&world, "CALL snapshot()", "");
    sql_world_close(&world);
}

static void unknown_procedures_and_wrong_arguments_are_refused(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    sql_world_refuse(&world, "CALL undu(3)", QA_SYNTAX,
                     "there is no procedure UNDU; there are HOLD, POSITION, REDO");
    sql_world_refuse(&world, "CALL undo()", QA_SYNTAX,
                     "UNDO(offset BIGINT, reason VARCHAR) was called with 0 arguments");
    sql_world_refuse(&world, "CALL refresh(1)", QA_SYNTAX, "REFRESH() was called with 1 argument");
    sql_world_refuse(&world, "CALL undo('soon')", QA_NOT_A_NUMBER, "");
    sql_world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_of_procedures_is_in_order),
        cmocka_unit_test(an_intent_is_undone_and_the_undo_taken_back),
        cmocka_unit_test(the_time_of_a_change_is_in_whole_microseconds_and_includes_it),
        cmocka_unit_test(an_undo_is_part_of_its_transaction),
        cmocka_unit_test(parameters_are_arguments),
        cmocka_unit_test(a_held_total_is_not_moved_until_it_is_released),
        cmocka_unit_test(a_held_leaf_is_written_directly),
        cmocka_unit_test(a_cell_that_is_not_understood_is_refused),
        cmocka_unit_test(a_reason_is_shown_with_what_the_transaction_commits),
        cmocka_unit_test(the_position_follows_other_writers),
        cmocka_unit_test(unknown_procedures_and_wrong_arguments_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
