/* Expressions of SQL: what untyped parameters become, what is evaluated and what is not, inputs, equality. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "value/expression.h"
#include "value/value.h"

enum { PARAMETERS_MAX = 8 };

typedef struct world {
    qa_arena_t arena;
    qa_error_t error;
    qa_sql_type_t parameter_types[PARAMETERS_MAX];
} world_t;

static int open_world(void **state)
{
    world_t *world = calloc(1, sizeof(*world));
    if (world == NULL) return -1;
    qa_arena_make(&world->arena, &qa_allocator_default, (size_t)1 << 28);
    *state = world;
    return 0;
}

static int close_world(void **state)
{
    world_t *world = *state;
    qa_arena_release(&world->arena);
    free(world);
    return 0;
}

static const qa_sql_expression_t *constant(world_t *world, qa_sql_value_t value, qa_sql_type_t type)
{
    const qa_sql_expression_t *made = qa_sql_make_constant(&world->arena, &value, &type);
    assert_non_null(made);
    return made;
}

static const qa_sql_expression_t *integer(world_t *world, int64_t number)
{
    return constant(world, qa_sql_value_integer(QA_SQL_INTEGER, number), qa_sql_type_of(QA_SQL_INTEGER));
}

static const qa_sql_expression_t *text(world_t *world, const char *words)
{
    return constant(world, qa_sql_value_text(words, strlen(words)), qa_sql_type_text(strlen(words)));
}

static const qa_sql_expression_t *null(world_t *world)
{
    return constant(world, qa_sql_value_null(), qa_sql_type_of(QA_SQL_NULL));
}

static const qa_sql_expression_t *leaf(world_t *world, qa_sql_node_t node, uint32_t index, qa_sql_type_t type)
{
    qa_sql_expression_t *made = qa_sql_make_node(&world->arena, node, 0);
    assert_non_null(made);
    made->index = index;
    made->type = type;
    return made;
}

static const qa_sql_expression_t *parameter(world_t *world, uint32_t index)
{
    return leaf(world, QA_SQL_PARAMETER, index, qa_sql_type_of(QA_SQL_NULL));
}

static const qa_sql_expression_t *column(world_t *world, uint32_t index, qa_sql_type_t type)
{
    return leaf(world, QA_SQL_COLUMN, index, type);
}

static const qa_sql_expression_t *call(world_t *world, const char *name, const qa_sql_expression_t *a,
                                       const qa_sql_expression_t *b)
{
    const qa_sql_expression_t *arguments[2] = { a, b }, *made = NULL;
    const qa_status_t status =
        qa_sql_make_call(&world->arena, name, strlen(name), arguments, b == NULL ? 1 : 2,
                         world->parameter_types, 0, &made, &world->error);
    if (status != QA_OK) fail_msg("%s: %s", name, world->error.message);
    return made;
}

static qa_sql_value_t evaluate(world_t *world, const qa_sql_expression_t *expression,
                               const qa_sql_value_t *inputs)
{
    const qa_sql_environment_t environment = {
        .parameters = inputs, .inputs = inputs, .arena = &world->arena, .error = &world->error
    };
    qa_sql_value_t value;
    if (qa_sql_evaluate(expression, &environment, &value) != QA_OK) fail_msg("%s", world->error.message);
    return value;
}

static void assert_type(const qa_sql_type_t *type, const char *expected)
{
    char name[40];
    assert_string_equal(qa_sql_type_name(type, name), expected);
}

static void a_parameter_takes_a_type_that_keeps_all_its_digits(void **state)
{
    world_t *world = *state;
    const struct {
        const char *function;
        qa_sql_type_t beside;
        const char *expected;
    } cases[] = {
        { "=", qa_sql_type_decimal(18, 2), "DECIMAL(38,10)" },
        { "<", qa_sql_type_decimal(38, 12), "DECIMAL(38,12)" },
        { "=", qa_sql_type_of(QA_SQL_INTEGER), "BIGINT" },
        { "=", qa_sql_type_of(QA_SQL_BOOLEAN), "BOOLEAN" },
        { "=", qa_sql_type_of(QA_SQL_DATE), "DATE" },
        { "=", qa_sql_type_of(QA_SQL_DOUBLE), "DOUBLE" },
        { "=", qa_sql_type_text(30), "VARCHAR(4000)" },
        { "=", qa_sql_type_text(9000), "VARCHAR(9000)" },
        { "*", qa_sql_type_decimal(18, 2), "DECIMAL(30,10)" },
        { "+", qa_sql_type_of(QA_SQL_INTEGER), "DECIMAL(30,10)" },
        { "/", qa_sql_type_of(QA_SQL_DOUBLE), "DOUBLE" },
        { "LIKE", qa_sql_type_text(30), "VARCHAR(4000)" },
        { "COALESCE", qa_sql_type_decimal(18, 2), "DECIMAL(38,2)" },
        { "||", qa_sql_type_text(30), "VARCHAR(4000)" },
        { "LEFT", qa_sql_type_text(30), "BIGINT" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        world->parameter_types[0] = qa_sql_type_of(QA_SQL_NULL);
        const qa_sql_expression_t *made =
            call(world, cases[i].function, column(world, 0, cases[i].beside), parameter(world, 0));
        assert_type(&world->parameter_types[0], cases[i].expected);
        assert_true(world->parameter_types[0].is_nullable);
        assert_type(&made->arguments[1]->type, cases[i].expected);
    }
}

static void two_untyped_parameters_beside_each_other_are_texts_or_numbers(void **state)
{
    world_t *world = *state;
    call(world, "=", parameter(world, 0), parameter(world, 1));
    assert_type(&world->parameter_types[1], "VARCHAR(4000)");
    call(world, "+", parameter(world, 2), parameter(world, 3));
    assert_type(&world->parameter_types[3], "DECIMAL(30,10)");
    call(world, "SQRT", parameter(world, 4), NULL);
    assert_type(&world->parameter_types[4], "DOUBLE");
    call(world, "IS NULL", parameter(world, 5), NULL);
    assert_type(&world->parameter_types[5], "VARCHAR(4000)");
}

static void a_parameter_that_stands_twice_keeps_its_first_type(void **state)
{
    world_t *world = *state;
    const qa_sql_expression_t *mark = parameter(world, 0);
    call(world, ">=", mark, column(world, 0, qa_sql_type_of(QA_SQL_DATE)));
    const qa_sql_expression_t *second =
        call(world, "<=", mark, column(world, 0, qa_sql_type_of(QA_SQL_TIMESTAMP)));
    assert_type(&world->parameter_types[0], "DATE");
    assert_int_equal(second->arguments[0]->node, QA_SQL_CAST);
}

static void a_plain_column_is_compared_without_a_cast(void **state)
{
    world_t *world = *state;
    const struct {
        qa_sql_type_t type;
        const qa_sql_expression_t *beside;
    } cases[] = {
        { qa_sql_type_of(QA_SQL_BIGINT), integer(world, 5) },
        { qa_sql_type_of(QA_SQL_INTEGER), parameter(world, 0) },
        { qa_sql_type_decimal(18, 2), integer(world, 5) },
        { qa_sql_type_decimal(18, 2), parameter(world, 1) },
        { qa_sql_type_text(30), text(world, "a longer text than the thirty characters") },
        { qa_sql_type_of(QA_SQL_DATE), text(world, "2024-02-29") },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const qa_sql_expression_t *made = call(world, "=", column(world, 0, cases[i].type), cases[i].beside);
        assert_int_equal(made->arguments[0]->node, QA_SQL_COLUMN);
        assert_true(made->arguments[1]->node == QA_SQL_CONSTANT ||
                    made->arguments[1]->node == QA_SQL_PARAMETER);
    }
}

static void a_text_column_beside_a_number_is_told_to_be_cast(void **state)
{
    world_t *world = *state;
    const qa_sql_expression_t *arguments[2] = { column(world, 0, qa_sql_type_text(30)), integer(world, 5) };
    const qa_sql_expression_t *made = NULL;
    assert_int_equal(qa_sql_make_call(&world->arena, "=", 1, arguments, 2, world->parameter_types, 0, &made,
                                      &world->error),
                     QA_TYPE_CLASH);
    assert_non_null(strstr(world->error.message, "CAST"));
    assert_null(made);
}

static void an_unknown_function_is_answered_with_the_nearest(void **state)
{
    world_t *world = *state;
    const qa_sql_expression_t *arguments[1] = { text(world, "x") }, *made = NULL;
    assert_int_equal(qa_sql_make_call(&world->arena, "Uppr", 4, arguments, 1, world->parameter_types, 0,
                                      &made, &world->error),
                     QA_SYNTAX);
    assert_non_null(strstr(world->error.message, "did you mean UPPER"));
}

static void an_alias_is_found_as_its_function(void **state)
{
    world_t *world = *state;
    const qa_sql_expression_t *name = column(world, 0, qa_sql_type_text(30));
    assert_true(qa_sql_is_equal(call(world, "ucase", name, NULL), call(world, "UPPER", name, NULL)));
    assert_false(qa_sql_is_equal(call(world, "LCASE", name, NULL), call(world, "UPPER", name, NULL)));
}

static void constants_are_computed_once_unless_that_fails(void **state)
{
    world_t *world = *state;
    assert_int_equal(call(world, "+", integer(world, 1), integer(world, 2))->node, QA_SQL_CONSTANT);
    assert_int_equal(call(world, "/", integer(world, 1), integer(world, 0))->node, QA_SQL_CALL);
    const qa_sql_expression_t *made = NULL;
    assert_int_equal(
        qa_sql_make_call(&world->arena, "NOW", 3, NULL, 0, world->parameter_types, 0, &made, &world->error),
        QA_OK);
    assert_int_equal(made->node, QA_SQL_CALL);
}

static void what_is_decided_already_is_not_evaluated(void **state)
{
    world_t *world = *state;
    const qa_sql_type_t truth = qa_sql_type_of(QA_SQL_BOOLEAN);
    const qa_sql_expression_t *fails =
        call(world, "=", call(world, "/", integer(world, 1), integer(world, 0)), integer(world, 1));
    const qa_sql_expression_t *is_true = constant(world, qa_sql_value_boolean(true), truth);
    const qa_sql_expression_t *is_false = constant(world, qa_sql_value_boolean(false), truth);
    assert_int_equal(evaluate(world, call(world, "AND", is_false, fails), NULL).integer, 0);
    assert_int_equal(evaluate(world, call(world, "OR", is_true, fails), NULL).integer, 1);
    assert_int_equal(evaluate(world, call(world, "COALESCE", is_true, fails), NULL).integer, 1);
    const qa_sql_expression_t *arguments[3] = { is_false, fails, is_true }, *made = NULL;
    assert_int_equal(
        qa_sql_make_case(&world->arena, arguments, 3, world->parameter_types, 0, &made, &world->error),
        QA_OK);
    assert_int_equal(evaluate(world, made, NULL).integer, 1);
}

static void a_chain_of_conditions_is_evaluated_from_the_left_however_long(void **state)
{
    world_t *world = *state;
    enum { LINKS = 3000 };
    const qa_sql_type_t truth = qa_sql_type_of(QA_SQL_BOOLEAN);
    const qa_sql_expression_t *fails =
        call(world, "=", call(world, "/", integer(world, 1), integer(world, 0)), integer(world, 1));
    const qa_sql_expression_t *chain = leaf(world, QA_SQL_INPUT, 0, truth);
    for (int i = 0; i < LINKS; i++)
        chain = call(world, "AND", chain, i == LINKS / 2 ? fails : leaf(world, QA_SQL_INPUT, 1, truth));
    qa_sql_value_t inputs[2] = { qa_sql_value_boolean(false), qa_sql_value_boolean(true) };
    assert_int_equal(evaluate(world, chain, inputs).integer, 0);
    inputs[0] = qa_sql_value_boolean(true);
    inputs[1] = qa_sql_value_boolean(false);
    assert_int_equal(evaluate(world, chain, inputs).integer, 0);
}

static void a_case_brings_its_results_to_one_type(void **state)
{
    world_t *world = *state;
    const qa_sql_type_t truth = qa_sql_type_of(QA_SQL_BOOLEAN);
    const qa_sql_expression_t *arguments[5] = { leaf(world, QA_SQL_INPUT, 0, truth), integer(world, 7),
                                                leaf(world, QA_SQL_INPUT, 1, truth),
                                                column(world, 0, qa_sql_type_decimal(18, 2)), null(world) };
    const qa_sql_expression_t *made = NULL;
    assert_int_equal(
        qa_sql_make_case(&world->arena, arguments, 5, world->parameter_types, 0, &made, &world->error),
        QA_OK);
    assert_type(&made->type, "DECIMAL(18,2)");
    assert_true(made->type.is_nullable);
    qa_sql_value_t inputs[2] = { qa_sql_value_boolean(true), qa_sql_value_null() };
    const qa_sql_value_t value = evaluate(world, made, inputs);
    assert_true(value.kind == QA_SQL_DECIMAL && value.scale == 2 && value.units == 700);
    inputs[0] = qa_sql_value_null();
    assert_int_equal(evaluate(world, made, inputs).kind, QA_SQL_NULL);
    arguments[1] = leaf(world, QA_SQL_INPUT, 2, qa_sql_type_text(4));
    assert_int_equal(
        qa_sql_make_case(&world->arena, arguments, 5, world->parameter_types, 0, &made, &world->error),
        QA_TYPE_CLASH);
}

static void a_typed_cast_gives_its_type_to_a_parameter(void **state)
{
    world_t *world = *state;
    const qa_sql_type_t type = qa_sql_type_decimal(10, 3);
    const qa_sql_expression_t *made = NULL;
    assert_int_equal(qa_sql_make_typed(&world->arena, parameter(world, 0), &type, world->parameter_types,
                                       &made, &world->error),
                     QA_OK);
    assert_int_equal(made->node, QA_SQL_PARAMETER);
    assert_type(&world->parameter_types[0], "DECIMAL(10,3)");
    assert_int_equal(
        qa_sql_make_typed(&world->arena, null(world), &type, world->parameter_types, &made, &world->error),
        QA_OK);
    assert_type(&made->type, "DECIMAL(10,3)");
}

static void what_comes_from_outside_becomes_inputs_equal_ones_once(void **state)
{
    world_t *world = *state;
    const qa_sql_type_t type = qa_sql_type_of(QA_SQL_BIGINT);
    const qa_sql_expression_t *sum = call(
        world, "+", call(world, "*", column(world, 3, type), column(world, 4, type)), column(world, 3, type));
    const qa_sql_expression_t *made = NULL, **outside = NULL;
    uint16_t count = 0;
    assert_int_equal(qa_sql_make_inputs(&world->arena, sum, &made, &outside, &count), QA_OK);
    assert_int_equal(count, 2);
    assert_int_equal(outside[0]->index, 3);
    assert_int_equal(outside[1]->index, 4);
    const qa_sql_value_t inputs[2] = { qa_sql_value_integer(QA_SQL_BIGINT, 5),
                                       qa_sql_value_integer(QA_SQL_BIGINT, 6) };
    assert_int_equal(evaluate(world, made, inputs).integer, 35);
    const qa_sql_expression_t *alone = call(world, "+", parameter(world, 0), integer(world, 1));
    assert_int_equal(qa_sql_make_inputs(&world->arena, alone, &made, &outside, &count), QA_OK);
    assert_true(made == alone && count == 0);
}

static bool count_node(void *context, const qa_sql_expression_t *node)
{
    uint32_t *left = context;
    (void)node;
    return --*left > 0;
}

static void a_walk_visits_every_node_until_it_is_stopped(void **state)
{
    world_t *world = *state;
    const qa_sql_type_t type = qa_sql_type_of(QA_SQL_BIGINT);
    const qa_sql_expression_t *sum = call(
        world, "+", call(world, "*", column(world, 3, type), column(world, 4, type)), column(world, 3, type));
    uint32_t left = 100;
    assert_true(qa_sql_walk(sum, count_node, &left));
    assert_int_equal(left, 95);
    left = 2;
    assert_false(qa_sql_walk(sum, count_node, &left));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_parameter_takes_a_type_that_keeps_all_its_digits, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(two_untyped_parameters_beside_each_other_are_texts_or_numbers,
                                        open_world, close_world),
        cmocka_unit_test_setup_teardown(a_parameter_that_stands_twice_keeps_its_first_type, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(a_plain_column_is_compared_without_a_cast, open_world, close_world),
        cmocka_unit_test_setup_teardown(a_text_column_beside_a_number_is_told_to_be_cast, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(an_unknown_function_is_answered_with_the_nearest, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(an_alias_is_found_as_its_function, open_world, close_world),
        cmocka_unit_test_setup_teardown(constants_are_computed_once_unless_that_fails, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(what_is_decided_already_is_not_evaluated, open_world, close_world),
        cmocka_unit_test_setup_teardown(a_chain_of_conditions_is_evaluated_from_the_left_however_long,
                                        open_world, close_world),
        cmocka_unit_test_setup_teardown(a_case_brings_its_results_to_one_type, open_world, close_world),
        cmocka_unit_test_setup_teardown(a_typed_cast_gives_its_type_to_a_parameter, open_world, close_world),
        cmocka_unit_test_setup_teardown(what_comes_from_outside_becomes_inputs_equal_ones_once, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(a_walk_visits_every_node_until_it_is_stopped, open_world,
                                        close_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
