/* Cells of groups that only alternate hierarchies have, and the name under which a session writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/sql_world.h"

#define CELLS                                                                                                \
    "SELECT Department, value FROM cells WHERE Period = 'Jan' AND Scenario = 'Budget' AND Account = 'Net'"

static qa_member_t group(sql_world_t *world, qa_intent_t *intent, qa_hierarchy_t hierarchy, const char *code,
                         qa_member_t child, int64_t weight)
{
    const qa_dimension_t department = world->app.department;
    qa_member_t member = 0;
    assert_int_equal(qa_intent_add_member(intent, department, code, strlen(code), true, &member), QA_OK);
    const qa_edge_t root = { .parent = QA_MEMBER_NONE, .child = member, .operator_code = '+', .weight = 1 };
    const qa_edge_t edge = { .parent = member, .child = child, .operator_code = '+', .weight = weight };
    assert_int_equal(qa_intent_set_edge(intent, department, hierarchy, &root, QA_ATOMS_REFUSE, 0), QA_OK);
    assert_int_equal(qa_intent_set_edge(intent, department, hierarchy, &edge, QA_ATOMS_REFUSE, 0), QA_OK);
    return member;
}

/* Department@Posts: Twice (2 × Fire), Police posts (Police); and a value of each department. */
static void open_with_alternate(sql_world_t *world)
{
    qa_intent_t *intent = NULL;
    qa_hierarchy_t posts = 0;
    sql_world_open(world);
    const qa_dimension_t department = world->app.department;
    assert_int_equal(qa_connection_read_begin(world->app.connection), QA_OK);
    const qa_member_t fire = app_world_member(&world->app, department, "Fire");
    const qa_member_t police = app_world_member(&world->app, department, "Police");
    qa_connection_read_end(world->app.connection);
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(qa_intent_add_hierarchy(intent, department, "Posts", 5, &posts), QA_OK);
    group(world, intent, posts, "Twice", fire, 2);
    group(world, intent, posts, "Police posts", police, 1);
    assert_int_equal(qa_connection_commit(world->app.connection, intent, NULL), QA_OK);
    qa_intent_close(intent);
    sql_world_expect(world,
                     "INSERT INTO atoms (Period, Scenario, Department, Account, value) VALUES "
                     "('Jan', 'Budget', 'Fire', 'Revenue', 10), ('Jan', 'Budget', 'Police', 'Revenue', 3)",
                     "");
}

static void groups_of_an_alternate_have_cells(void **state)
{
    (void)state;
    sql_world_t world;
    open_with_alternate(&world);
    sql_world_expect(&world, CELLS " AND Department = 'twice'", "Twice|20");
    sql_world_expect(&world, CELLS " AND Department IN ('Fire', 'Twice', 'Police posts') ORDER BY 1",
                     "Fire|10;Police posts|3;Twice|20");
    sql_world_expect(&world, CELLS " AND Department LIKE '%' ORDER BY 1",
                     "All|13;Fire|10;Police|3;Police posts|3;Twice|20");
    sql_world_expect(&world,
                     "SELECT p.member, c.value FROM cells c JOIN \"Department@Posts\" p "
                     "ON c.Department = p.member WHERE c.Period = 'Jan' AND c.Scenario = 'Budget' AND "
                     "c.Account = 'Net' AND p.generation = 1 ORDER BY p.ordinal",
                     "Twice|20;Police posts|3");
    sql_world_close(&world);
}

static void a_join_with_the_dimension_leaves_groups_of_alternates_out(void **state)
{
    (void)state;
    sql_world_t world;
    open_with_alternate(&world);
    sql_world_expect(&world,
                     "SELECT c.Department, c.value FROM cells c JOIN Department d ON c.Department = d.member "
                     "WHERE c.Period = 'Jan' AND c.Scenario = 'Budget' AND c.Account = 'Net' ORDER BY 1",
                     "All|13;Fire|10;Police|3");
    sql_world_expect(&world,
                     "SELECT c.Department, d.path FROM cells c LEFT JOIN Department d "
                     "ON c.Department = d.member WHERE c.Period = 'Jan' AND c.Scenario = 'Budget' AND "
                     "c.Account = 'Net' AND c.Department IN ('Fire', 'Twice') ORDER BY 1",
                     "Fire|All/Fire;Twice|-");
    sql_world_expect(&world, "SELECT COUNT(*) FROM Department", "3");
    sql_world_expect(&world, "SELECT COUNT(*) FROM atoms WHERE Department = 'Twice'", "0");
    sql_world_refuse(&world,
                     "UPDATE cells SET value = 1 WHERE Period = 'Jan' AND Scenario = 'Budget' AND "
                     "Account = 'Revenue' AND Department = 'Twice'",
                     QA_NOT_YET, "Twice");
    sql_world_close(&world);
}

static void a_session_without_a_name_is_that_of_the_system_in_statement_and_history(void **state)
{
    (void)state;
    sql_world_t world;
    qa_error_t error;
    sql_world_open(&world);
    const qa_sql_session_options_t options = {
        .size = sizeof(options), .replica = world.app.folder, .app = "budget", .door = "odbc"
    };
    qa_sql_session_t *session = NULL;
    assert_int_equal(qa_sql_session_open(&session, &options, &error), QA_OK);
    assert_int_equal(sql_world_run(&world, session,
                                   "INSERT INTO atoms (Period, Scenario, Department, Account, value) VALUES "
                                   "('Jan', 'Budget', 'Fire', 'Revenue', 10)",
                                   NULL, 0),
                     QA_OK);
    assert_int_equal(sql_world_run(&world, session,
                                   "SELECT COUNT(*) FROM history WHERE offset > 1 AND actor = CURRENT_USER",
                                   NULL, 0),
                     QA_OK);
    assert_string_equal(world.answer, "1");
    qa_sql_session_close(session);
    sql_world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_of_an_alternate_have_cells),
        cmocka_unit_test(a_join_with_the_dimension_leaves_groups_of_alternates_out),
        cmocka_unit_test(a_session_without_a_name_is_that_of_the_system_in_statement_and_history),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
