/* INSERT, UPDATE, DELETE of atoms and cells by SQL: what is stored, what is refused and in which words, what
 * a transaction sees of itself, and what another writer does to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/sql_world.h"
#include "support/test_allocator.h"

#define KEY "Period, Scenario, Department, Account"
#define READ "SELECT " KEY ", value FROM atoms ORDER BY " KEY

/* --- INSERT --- */

static void an_insert_stores_an_atom(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    sql_world_expect(
        &world, "INSERT INTO atoms (" KEY ", value) VALUES ('Jan', 'Budget', 'Fire', 'Expense', 12.5)", "");
    assert_int_equal(world.row_count, 1);
    assert_int_equal(world.rounded_count, 0);
    sql_world_expect(&world, READ, "Jan|Budget|Fire|Expense|12.5");
    assert_true(app_world_get(&world.app, "Jan", "Budget", "Fire", "Expense").units == 1250);
    sql_world_close(&world);
}

static void each_kind_of_account_has_its_column(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    sql_world_expect(&world,
                     "INSERT INTO atoms (" KEY ", value, text_value, date_value, boolean_value) VALUES "
                     "('Jan', 'Budget', 'Fire', 'Rate', 0.125, NULL, NULL, NULL), "
                     "('Jan', 'Budget', 'Fire', 'Note', NULL, 'a ''note''', NULL, NULL), "
                     "('Jan', 'Budget', 'Fire', 'Opened', NULL, NULL, DATE '2026-01-31', NULL), "
                     "('Jan', 'Budget', 'Fire', 'Active', NULL, NULL, NULL, TRUE)",
                     "");
    assert_int_equal(world.row_count, 4);
    sql_world_expect(
        &world, "SELECT Account, value, text_value, date_value, boolean_value FROM atoms ORDER BY Account",
        "Active|-|-|-|true;Note|-|a 'note'|-|-;Opened|-|-|2026-01-31|-;Rate|0.125|-|-|-");
    sql_world_close(&world);
}

static void members_are_found_by_any_of_their_names(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    sql_world_expect(&world,
                     "INSERT INTO atoms (" KEY ", value) VALUES "
                     "('2026-02-14', 'BUDGET', ' fire  department', 'Net/Revenue', 1)",
                     "");
    sql_world_expect(&world, READ, "Feb|Budget|Fire|Revenue|1");
    sql_world_close(&world);
}

static void unknown_members_are_answered_with_near_names(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    sql_world_refuse(&world,
                     "INSERT INTO atoms (" KEY ", value) VALUES ('Jan', 'Budget', 'Fier', 'Expense', 1)",
                     QA_MEMBER_NOT_FOUND, "Fire");
    sql_world_refuse(&world,
                     "INSERT INTO atoms (" KEY ", value) VALUES ('Jan', 'Budget', 'Fire', 'Expense', 1), "
                     "('Jan', 'Budget', 'Polize', 'Expense', 1)",
                     QA_MEMBER_NOT_FOUND, "row 2: ");
    sql_world_expect(&world, READ, "");
    sql_world_close(&world);
}

static void dimensions_left_out_stand_at_their_default_member(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    sql_world_refuse(&world,
                     "INSERT INTO atoms (Scenario, Department, Account, value) VALUES ('Budget', 'Fire', "
                     "'Expense', 1)",
                     QA_MEMBER_UNNAMED, "\"Period\" has no default member: name it among the columns");
    sql_world_refuse(
        &world, "INSERT INTO atoms (Period, Scenario, Account, value) VALUES ('Jan', 'Budget', 'Expense', 1)",
        QA_NOT_LEAF,
        "\"All\" of \"Department\" is no leaf (the default member, because the column was "
        "left out); atoms are leaves, totals are in the table cells");
    sql_world_refuse(&world, "INSERT INTO atoms (" KEY ", value) VALUES ('Jan', NULL, 'Fire', 'Expense', 1)",
                     QA_NULL_NOT_ALLOWED, "\"Scenario\" is part of the key and takes no NULL");
    sql_world_close(&world);
}

static void an_atom_that_is_there_is_a_duplicate_key(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    sql_world_expect(&world,
                     "INSERT INTO atoms (" KEY ", value) VALUES ('Jan', 'Budget', 'Fire', 'Expense', 1)", "");
    sql_world_refuse(&world,
                     "INSERT INTO atoms (" KEY ", value) VALUES ('Jan', 'Budget', 'Fire', 'Expense', 2)",
                     QA_DUPLICATE_KEY, "the cell (Jan, Budget, Fire, Expense) has a value already");
    sql_world_refuse(&world,
                     "INSERT INTO cells (" KEY ", value) VALUES ('Jan', 'Budget', 'Fire', 'Expense', 2)",
                     QA_DUPLICATE_KEY, "(Jan, Budget, Fire, Expense)");
    sql_world_refuse(&world,
                     "INSERT INTO atoms (" KEY ", value) VALUES ('Feb', 'Budget', 'Fire', 'Expense', 1), "
                     "('Feb', 'budget', 'Fire Department', 'Expense', 2)",
                     QA_NAMED_TWICE,
                     "row 2: the statement names the cell (Feb, Budget, Fire, Expense) twice");
    sql_world_expect(&world, READ, "Jan|Budget|Fire|Expense|1");
    sql_world_close(&world);
}

static void an_insert_without_a_value_is_refused(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    sql_world_refuse(&world, "INSERT INTO atoms (" KEY ") VALUES ('Jan', 'Budget', 'Fire', 'Note')",
                     QA_NULL_NOT_ALLOWED,
                     "the cell (Jan, Budget, Fire, Note) gets no value: an atom has one, in text_value");
    sql_world_close(&world);
}

static void a_value_in_the_wrong_column_names_the_right_one(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    sql_world_refuse(&world, "INSERT INTO atoms (" KEY ", value) VALUES ('Jan', 'Budget', 'Fire', 'Note', 1)",
                     QA_WRONG_KIND, "the account \"Note\" holds texts: write text_value, not value");
    sql_world_refuse(
        &world, "INSERT INTO atoms (" KEY ", text_value) VALUES ('Jan', 'Budget', 'Fire', 'Expense', '1')",
        QA_WRONG_KIND, "the account \"Expense\" holds decimals: write value, not text_value");
    sql_world_close(&world);
}

static void decimals_beyond_the_account_are_rounded_and_counted(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    sql_world_expect(
        &world,
        "INSERT INTO atoms (" KEY ", value) VALUES ('Jan', 'Budget', 'Fire', 'Expense', 1.005), "
        "('Feb', 'Budget', 'Fire', 'Expense', -1.005), ('Mar', 'Budget', 'Fire', 'Expense', 1.10), "
        "('Mar', 'Budget', 'Fire', 'Rate', 1.005)",
        "");
    assert_int_equal(world.rounded_count, 2);
    sql_world_expect(&world, "SELECT Period, Account, value FROM atoms ORDER BY 1, 2",
                     "Feb|Expense|-1.01;Jan|Expense|1.01;Mar|Expense|1.1;Mar|Rate|1.005");
    sql_world_close(&world);
}

static void decimals_are_counted_where_the_column_is_a_decimal(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    const qa_sql_value_t parameter = { .kind = QA_SQL_DECIMAL, .scale = 3, .units = 2345 };
    sql_world_expect(
        &world,
        "INSERT INTO plan.atoms (Period, Department, Account, value) VALUES ('P1', 'Fire', 'Cost', 1.005), "
        "('P2', 'Fire', 'Cost', 7), ('P1', 'Police', 'Cost', 1e-1)",
        "");
    assert_int_equal(world.rounded_count, 1);
    sql_world_expect(&world, "UPDATE plan.atoms SET value = value * 1.5 WHERE Department = 'Fire'", "");
    assert_int_equal(world.row_count, 2);
    assert_int_equal(world.rounded_count, 1); /* 1.515; 10.5 is exact */
    sql_world_expect(&world, "SELECT Period, Department, value FROM plan.atoms ORDER BY 1, 2",
                     "P1|Fire|1.52;P1|Police|0.10;P2|Fire|10.50");
    assert_int_equal(sql_world_run(&world, world.session,
                                   "UPDATE plan.atoms SET value = ? WHERE Department = 'Police'", &parameter,
                                   1),
                     QA_OK);
    sql_world_expect(&world, "SELECT value FROM plan.atoms WHERE Department = 'Police'", "2.35");
    sql_world_refuse(&world, "UPDATE plan.atoms SET value = 12345678901234567.5 WHERE Department = 'Police'",
                     QA_OVERFLOW, "");
    sql_world_close(&world);
}

static void an_insert_may_take_its_rows_from_a_query(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    sql_world_expect(&world,
                     "INSERT INTO atoms (" KEY ", value) VALUES ('Jan', 'Actual', 'Fire', 'Expense', 1), "
                     "('Feb', 'Actual', 'Police', 'Revenue', 2)",
                     "");
    sql_world_expect(&world,
                     "INSERT INTO atoms (" KEY
                     ", value) SELECT Period, 'Budget', Department, Account, value * 2 FROM atoms",
                     "");
    assert_int_equal(world.row_count, 2);
    sql_world_expect(&world, READ,
                     "Feb|Actual|Police|Revenue|2;Feb|Budget|Police|Revenue|4;Jan|Actual|Fire|Expense|1;"
                     "Jan|Budget|Fire|Expense|2");
    sql_world_close(&world);
}

/* --- UPDATE, DELETE --- */

static void put_three(sql_world_t *world)
{
    sql_world_expect(world,
                     "INSERT INTO atoms (" KEY ", value) VALUES ('Jan', 'Budget', 'Fire', 'Expense', 1), "
                     "('Feb', 'Budget', 'Fire', 'Expense', 2), ('Feb', 'Budget', 'Police', 'Revenue', 3)",
                     "");
}

static void an_update_changes_the_atoms_that_it_finds(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    put_three(&world);
    sql_world_expect(&world, "UPDATE atoms SET value = value * 10 WHERE Department = 'Fire'", "");
    assert_int_equal(world.row_count, 2);
    sql_world_expect(&world, READ,
                     "Feb|Budget|Fire|Expense|20;Feb|Budget|Police|Revenue|3;Jan|Budget|Fire|Expense|10");
    sql_world_expect(&world, "UPDATE atoms SET value = 5 WHERE Department = 'All'", "");
    assert_int_equal(world.row_count, 0);
    sql_world_close(&world);
}

static void an_update_to_null_makes_missing(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    put_three(&world);
    sql_world_expect(&world, "UPDATE atoms SET value = NULL WHERE Period = 'Jan'", "");
    assert_int_equal(world.row_count, 1);
    sql_world_expect(&world, "DELETE FROM atoms WHERE Department = 'Police'", "");
    assert_int_equal(world.row_count, 1);
    sql_world_expect(&world, READ, "Feb|Budget|Fire|Expense|2");
    sql_world_expect(&world, "DELETE FROM atoms", "");
    sql_world_expect(&world, "SELECT COUNT(*) FROM atoms", "0");
    sql_world_close(&world);
}

static void a_column_of_another_kind_set_to_null_changes_nothing(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    put_three(&world);
    sql_world_expect(&world, "UPDATE atoms SET text_value = NULL", "");
    assert_int_equal(world.row_count, 3);
    sql_world_expect(&world, "SELECT COUNT(*), SUM(value) FROM atoms", "3|6");
    sql_world_refuse(&world, "UPDATE atoms SET text_value = 'x'", QA_WRONG_KIND,
                     "write value, not text_value");
    sql_world_close(&world);
}

static void leaf_cells_are_written_like_atoms(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    sql_world_expect(
        &world,
        "UPDATE cells SET value = 7 WHERE Period = 'Jan' AND Scenario = 'Budget' AND Department = "
        "'Fire' AND Account = 'Expense'",
        "");
    assert_int_equal(world.row_count, 1);
    sql_world_expect(&world, READ, "Jan|Budget|Fire|Expense|7");
    sql_world_expect(&world,
                     "INSERT INTO cells (" KEY ", value) VALUES ('Feb', 'Budget', 'Fire', 'Expense', 8)", "");
    sql_world_expect(
        &world,
        "DELETE FROM cells WHERE Period IN ('Jan', 'Mar') AND Scenario = 'Budget' AND Department = "
        "'Fire' AND Account = 'Expense'",
        "");
    assert_int_equal(world.row_count, 1);
    sql_world_expect(&world, READ, "Feb|Budget|Fire|Expense|8");
    sql_world_close(&world);
}

static void a_total_is_named_and_not_written(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    put_three(&world);
    sql_world_refuse(&world,
                     "UPDATE cells SET value = 7 WHERE Period = 'Jan' AND Scenario = 'Budget' AND Account = "
                     "'Expense'",
                     QA_NOT_YET,
                     "the cell (Jan, Budget, All, Expense) is a total: \"All\" of \"Department\" is no leaf");
    assert_string_equal(qa_status_info(QA_NOT_YET)->sqlstate, "HYC00");
    sql_world_refuse(
        &world,
        "DELETE FROM cells WHERE Period = 'Q1' AND Scenario = 'Budget' AND Department = 'Fire' AND "
        "Account = 'Expense'",
        QA_NOT_YET, "the cell (Q1, Budget, Fire, Expense) is a total");
    sql_world_refuse(&world,
                     "INSERT INTO cells (" KEY ", value) VALUES ('Y26', 'Budget', 'Fire', 'Expense', 8)",
                     QA_NOT_YET, "the cell (Y26, Budget, Fire, Expense) is a total");
    sql_world_refuse(&world,
                     "INSERT INTO atoms (" KEY ", value) VALUES ('Y26', 'Budget', 'Fire', 'Expense', 8)",
                     QA_NOT_LEAF, "the cell (Y26, Budget, Fire, Expense) is a total");
    sql_world_expect(&world, "SELECT COUNT(*), SUM(value) FROM atoms", "3|6");
    sql_world_close(&world);
}

/* --- transactions --- */

static void a_transaction_sees_its_own_writes(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    qa_sql_session_t *other = sql_world_session(&world, NULL);
    sql_world_expect(&world, "BEGIN", "");
    put_three(&world);
    sql_world_expect(&world, "UPDATE atoms SET value = value + 1 WHERE Department = 'Fire'", "");
    sql_world_refuse(&world,
                     "INSERT INTO atoms (" KEY ", value) VALUES ('Jan', 'Budget', 'Fire', 'Expense', 9)",
                     QA_DUPLICATE_KEY, "(Jan, Budget, Fire, Expense)");
    sql_world_expect(&world, "DELETE FROM atoms WHERE Period = 'Jan'", "");
    sql_world_expect(&world,
                     "INSERT INTO atoms (" KEY ", value) VALUES ('Jan', 'Budget', 'Fire', 'Expense', 9)", "");
    sql_world_expect(&world, READ,
                     "Feb|Budget|Fire|Expense|3;Feb|Budget|Police|Revenue|3;Jan|Budget|Fire|Expense|9");
    assert_int_equal(sql_world_run(&world, other, READ, NULL, 0), QA_OK);
    assert_string_equal(world.answer, "");
    sql_world_expect(&world, "COMMIT", "");
    assert_int_equal(sql_world_run(&world, other, READ, NULL, 0), QA_OK);
    assert_string_equal(world.answer,
                        "Feb|Budget|Fire|Expense|3;Feb|Budget|Police|Revenue|3;Jan|Budget|Fire|Expense|9");
    assert_int_equal(app_world_position(&world.app).offset, 2); /* one intent */
    qa_sql_session_close(other);
    sql_world_close(&world);
}

static void a_rollback_leaves_nothing(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    sql_world_expect(&world, "BEGIN", "");
    put_three(&world);
    sql_world_expect(&world, "ROLLBACK", "");
    sql_world_expect(&world, READ, "");
    put_three(&world);
    sql_world_expect(&world, "SELECT COUNT(*) FROM atoms", "3");
    sql_world_close(&world);
}

static void a_failed_statement_leaves_the_transaction_as_it_was(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    sql_world_expect(&world, "BEGIN", "");
    put_three(&world);
    sql_world_refuse(&world,
                     "INSERT INTO atoms (" KEY ", value) VALUES ('Mar', 'Budget', 'Fire', 'Expense', 1), "
                     "('Mar', 'Budget', 'Nobody', 'Expense', 1)",
                     QA_MEMBER_NOT_FOUND, "Nobody");
    sql_world_expect(&world,
                     "INSERT INTO atoms (" KEY ", value) VALUES ('Mar', 'Budget', 'Fire', 'Expense', 4)", "");
    sql_world_expect(&world, "COMMIT", "");
    sql_world_expect(&world, "SELECT COUNT(*), SUM(value) FROM atoms", "4|10");
    sql_world_close(&world);
}

static void a_cell_that_another_changed_meanwhile_is_a_conflict(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    put_three(&world);
    sql_world_expect(&world, "BEGIN", "");
    sql_world_expect(&world, "UPDATE atoms SET value = value + 1 WHERE Period = 'Jan'", "");
    assert_int_equal(app_world_set(&world.app, "Jan", "Budget", "Fire", "Expense", 5000, NULL), QA_OK);
    sql_world_refuse(&world, "COMMIT", QA_CONFLICT, "");
    assert_string_equal(qa_status_info(QA_CONFLICT)->sqlstate, "40001");
    sql_world_expect(&world, "SELECT value FROM atoms WHERE Period = 'Jan'", "50");
    sql_world_expect(&world, "BEGIN", "");
    sql_world_expect(&world,
                     "INSERT INTO atoms (" KEY ", value) VALUES ('Mar', 'Budget', 'Fire', 'Expense', 4)", "");
    assert_int_equal(app_world_set(&world.app, "Mar", "Budget", "Fire", "Expense", 100, NULL), QA_OK);
    sql_world_refuse(&world, "COMMIT", QA_CONFLICT, "");
    sql_world_expect(&world, "SELECT value FROM atoms WHERE Period = 'Mar'", "1");
    sql_world_close(&world);
}

static void autocommit_stays_off_when_turning_it_on_meets_a_conflict(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    put_three(&world);
    assert_int_equal(qa_sql_set_autocommit(world.session, false, &world.error), QA_OK);
    sql_world_expect(&world, "UPDATE atoms SET value = value + 1", "");
    qa_sql_session_t *other = sql_world_session(&world, NULL);
    assert_int_equal(sql_world_run(&world, other, "UPDATE atoms SET value = value + 100", NULL, 0), QA_OK);
    assert_int_equal(qa_sql_set_autocommit(world.session, true, &world.error), QA_CONFLICT);
    assert_false(qa_sql_is_autocommit(world.session));
    sql_world_expect(&world, "DELETE FROM atoms", "");
    assert_int_equal(qa_sql_rollback(world.session, &world.error), QA_OK);
    sql_world_expect(&world, "SELECT COUNT(*) FROM atoms", "3");
    qa_sql_session_close(other);
    sql_world_close(&world);
}

static void a_write_by_itself_meets_no_conflict(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    put_three(&world);
    assert_int_equal(app_world_set(&world.app, "Jan", "Budget", "Fire", "Expense", 5000, NULL), QA_OK);
    sql_world_expect(&world, "UPDATE atoms SET value = value + 1 WHERE Period = 'Jan'", "");
    sql_world_expect(&world, "SELECT value FROM atoms WHERE Period = 'Jan'", "51");
    sql_world_close(&world);
}

static void a_second_app_in_one_transaction_is_refused(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    sql_world_expect(&world, "BEGIN", "");
    put_three(&world);
    sql_world_refuse(
        &world,
        "INSERT INTO plan.atoms (Period, Department, Account, value) VALUES ('P1', 'Fire', 'Cost', 1)",
        QA_TRANSACTION_STATE, "budget");
    sql_world_expect(&world, "COMMIT", "");
    sql_world_expect(&world, "SELECT COUNT(*) FROM atoms", "3");
    sql_world_close(&world);
}

static void many_rows_go_in_several_operations(void **state)
{
    (void)state;
    enum { ROUNDS = 12 };
    sql_world_t world;
    sql_world_open(&world);
    /* 3 × 2 × 2 leaf cells are all there are: the same statement again and again, in one transaction. */
    sql_world_expect(&world, "BEGIN", "");
    for (int i = 0; i < ROUNDS; i++) {
        sql_world_expect(
            &world,
            "INSERT INTO atoms (" KEY ", value) SELECT p.member, s.member, d.member, 'Expense', 1 "
            "FROM Period p, Scenario s, Department d WHERE p.is_leaf AND s.is_leaf AND d.is_leaf",
            "");
        assert_int_equal(world.row_count, 12);
        if (i + 1 < ROUNDS) sql_world_expect(&world, "DELETE FROM atoms", "");
    }
    sql_world_expect(&world, "COMMIT", "");
    sql_world_expect(&world, "SELECT COUNT(*), SUM(value) FROM atoms", "12|12");
    sql_world_close(&world);
}

static void a_view_that_only_reads_is_not_written(void **state)
{
    (void)state;
    sql_world_t world;
    sql_world_open(&world);
    put_three(&world);
    const char *const moments[] = { NULL, "2" };
    for (int i = 0; i < 2; i++) {
        const qa_sql_session_options_t options = { .size = sizeof(options),
                                                   .replica = world.app.folder,
                                                   .app = "budget",
                                                   .door = "odbc",
                                                   .as_of = moments[i],
                                                   .is_read_only = i == 0 };
        qa_sql_session_t *session = NULL;
        assert_int_equal(qa_sql_session_open(&session, &options, &world.error), QA_OK);
        assert_int_equal(sql_world_run(&world, session, "DELETE FROM atoms", NULL, 0), QA_READ_ONLY);
        assert_int_equal(sql_world_run(&world, session, "CALL undo(2)", NULL, 0), QA_READ_ONLY);
        assert_int_equal(sql_world_run(&world, session, "CALL set_reason('why')", NULL, 0), QA_READ_ONLY);
        assert_int_equal(sql_world_run(&world, session, "CALL snapshot()", NULL, 0), QA_READ_ONLY);
        assert_int_equal(sql_world_run(&world, session, "SELECT COUNT(*) FROM atoms", NULL, 0), QA_OK);
        assert_string_equal(world.answer, "3");
        qa_sql_session_close(session);
    }
    assert_string_equal(qa_status_info(QA_READ_ONLY)->sqlstate, "25006");
    sql_world_close(&world);
}

static void refused_memory_leaves_nothing_half_written(void **state)
{
    (void)state;
    static const char text[] =
        "INSERT INTO atoms (" KEY ", value) VALUES ('Jan', 'Budget', 'Fire', 'Expense', 1), "
        "('Feb', 'Budget', 'Fire', 'Expense', 2)";
    sql_world_t world;
    sql_world_open(&world);
    bool is_done = false;
    for (uint64_t step = 0; !is_done; step++) {
        test_allocator_t allocator;
        test_allocator_make(&allocator);
        qa_sql_session_t *session = sql_world_session(&world, &allocator.allocator);
        assert_int_equal(sql_world_run(&world, session, "SELECT COUNT(*) FROM atoms", NULL, 0), QA_OK);
        allocator.fail_at = allocator.request_count + 1 + step;
        const qa_status_t status = sql_world_run(&world, session, text, NULL, 0);
        is_done = status == QA_OK;
        if (!is_done) assert_int_equal(status, QA_NO_MEMORY);
        allocator.fail_at = 0;
        if (!is_done) sql_world_expect(&world, "SELECT COUNT(*) FROM atoms", "0");
        qa_sql_session_close(session);
        assert_int_equal(allocator.bytes, 0);
    }
    sql_world_expect(&world, "SELECT COUNT(*) FROM atoms", "2");
    sql_world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_insert_stores_an_atom),
        cmocka_unit_test(each_kind_of_account_has_its_column),
        cmocka_unit_test(members_are_found_by_any_of_their_names),
        cmocka_unit_test(unknown_members_are_answered_with_near_names),
        cmocka_unit_test(dimensions_left_out_stand_at_their_default_member),
        cmocka_unit_test(an_atom_that_is_there_is_a_duplicate_key),
        cmocka_unit_test(an_insert_without_a_value_is_refused),
        cmocka_unit_test(a_value_in_the_wrong_column_names_the_right_one),
        cmocka_unit_test(decimals_beyond_the_account_are_rounded_and_counted),
        cmocka_unit_test(decimals_are_counted_where_the_column_is_a_decimal),
        cmocka_unit_test(an_insert_may_take_its_rows_from_a_query),
        cmocka_unit_test(an_update_changes_the_atoms_that_it_finds),
        cmocka_unit_test(an_update_to_null_makes_missing),
        cmocka_unit_test(a_column_of_another_kind_set_to_null_changes_nothing),
        cmocka_unit_test(leaf_cells_are_written_like_atoms),
        cmocka_unit_test(a_total_is_named_and_not_written),
        cmocka_unit_test(a_transaction_sees_its_own_writes),
        cmocka_unit_test(a_rollback_leaves_nothing),
        cmocka_unit_test(a_failed_statement_leaves_the_transaction_as_it_was),
        cmocka_unit_test(a_cell_that_another_changed_meanwhile_is_a_conflict),
        cmocka_unit_test(autocommit_stays_off_when_turning_it_on_meets_a_conflict),
        cmocka_unit_test(a_write_by_itself_meets_no_conflict),
        cmocka_unit_test(a_second_app_in_one_transaction_is_refused),
        cmocka_unit_test(many_rows_go_in_several_operations),
        cmocka_unit_test(a_view_that_only_reads_is_not_written),
        cmocka_unit_test(refused_memory_leaves_nothing_half_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
