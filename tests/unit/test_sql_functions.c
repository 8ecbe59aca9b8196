/* Operators and scalar functions of SQL, one row each: arguments, type of the result, result as text. Each
 * row is computed twice, from constants (where the call is computed when it is made) and from inputs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "qa/sql.h"
#include "qa/text.h"
#include "support/test_allocator.h"
#include "value/expression.h"
#include "value/value.h"

enum { ARGUMENTS_MAX = 8 };

typedef struct row {
    const char *function;
    /* Separated by '|': 12.5, 1e3, 'text', DATE:2024-01-31, TIME:09:30:00, STAMP:2024-01-31 09:30:00, TRUE,
     * FALSE, NULL; a '!' in front: a constant in both runs. */
    const char *arguments;
    const char *type;   /* of the result of constants; "" is not looked at */
    const char *result; /* "NULL", a text, or the name of a status */
} row_t;

static const row_t rows[] = {
#include "support/sql_function_rows.inc"
};

typedef struct world {
    qa_arena_t arena;
    qa_error_t error;
    qa_sql_type_t parameter_types[ARGUMENTS_MAX];
} world_t;

static void open_world(world_t *world)
{
    memset(world, 0, sizeof(*world));
    qa_arena_make(&world->arena, &qa_allocator_default, (size_t)1 << 26);
}

static bool starts_with(const char *text, size_t bytes, const char *start)
{
    return bytes >= strlen(start) && memcmp(text, start, strlen(start)) == 0;
}

static const qa_sql_expression_t *typed_constant(world_t *world, const char *text, size_t bytes,
                                                 qa_sql_kind_t kind)
{
    const qa_sql_value_t value = qa_sql_value_text(text, bytes);
    const qa_sql_type_t type = qa_sql_type_of(kind);
    qa_sql_value_t cast;
    char scratch[QA_SQL_CAST_BYTES];
    assert_int_equal(qa_sql_cast(&value, &type, scratch, &cast, &world->error), QA_OK);
    return qa_sql_make_constant(&world->arena, &cast, &type);
}

static const qa_sql_expression_t *read_constant(world_t *world, const char *text, size_t bytes)
{
    qa_sql_value_t value = qa_sql_value_null();
    qa_sql_type_t type = qa_sql_type_of(QA_SQL_NULL);
    if (starts_with(text, bytes, "NULL")) return qa_sql_make_constant(&world->arena, &value, &type);
    if (starts_with(text, bytes, "TRUE") || starts_with(text, bytes, "FALSE"))
        return typed_constant(world, text, bytes, QA_SQL_BOOLEAN);
    if (starts_with(text, bytes, "DATE:")) return typed_constant(world, text + 5, bytes - 5, QA_SQL_DATE);
    if (starts_with(text, bytes, "TIME:")) return typed_constant(world, text + 5, bytes - 5, QA_SQL_TIME);
    if (starts_with(text, bytes, "STAMP:"))
        return typed_constant(world, text + 6, bytes - 6, QA_SQL_TIMESTAMP);
    if (text[0] == '\'' || text[0] == '~') { /* ~ begins a name */
        value = qa_sql_value_text(text + 1, bytes - (text[0] == '\'' ? 2 : 1));
        type = qa_sql_type_text(qa_utf16_units(value.text, value.bytes));
        type.is_name = text[0] == '~';
    } else {
        assert_int_equal(qa_sql_parse_number(text, bytes, &value, &type), QA_OK);
    }
    return qa_sql_make_constant(&world->arena, &value, &type);
}

/* Splits the arguments; with `inputs_out` they become inputs of their types. */
static uint16_t read_arguments(world_t *world, const char *text, const qa_sql_expression_t **arguments,
                               qa_sql_value_t *inputs_out)
{
    uint16_t count = 0;
    while (*text != '\0') {
        const char *end = strchr(text, '|');
        if (end == NULL) end = text + strlen(text);
        const bool is_kept = *text == '!';
        if (is_kept) text++;
        const qa_sql_expression_t *constant = read_constant(world, text, (size_t)(end - text));
        assert_non_null(constant);
        arguments[count] = constant;
        if (inputs_out != NULL && !is_kept && constant->type.kind != QA_SQL_NULL) {
            qa_sql_expression_t *input = qa_sql_make_node(&world->arena, QA_SQL_INPUT, 0);
            inputs_out[count] = constant->value;
            input->index = count;
            input->type = constant->type;
            arguments[count] = input;
        }
        count++;
        text = *end == '|' ? end + 1 : end;
    }
    return count;
}

static void print_result(const qa_sql_value_t *value, char *text_out, size_t capacity)
{
    const qa_sql_type_t wanted = { .kind = QA_SQL_TEXT };
    char scratch[QA_SQL_CAST_BYTES];
    qa_sql_value_t text;
    assert_int_equal(qa_sql_cast(value, &wanted, scratch, &text, NULL), QA_OK);
    if (value->kind == QA_SQL_NULL)
        snprintf(text_out, capacity, "NULL");
    else
        snprintf(text_out, capacity, "%.*s", (int)text.bytes, text.text);
}

static void check_kind(const row_t *row, const qa_sql_expression_t *call, const qa_sql_value_t *value)
{
    if (value->kind == QA_SQL_NULL) {
        assert_true(call->type.is_nullable);
        return;
    }
    assert_int_equal(value->kind, call->type.kind);
    if (value->kind == QA_SQL_DECIMAL) assert_int_equal(value->scale, call->type.scale);
    if (value->kind == QA_SQL_TEXT && qa_utf16_units(value->text, value->bytes) > call->type.length)
        fail_msg("%s(%s): the text is longer than its type", row->function, row->arguments);
}

/* Whether the row holds; says why not. */
static bool run(const row_t *row, bool is_constant)
{
    world_t world;
    open_world(&world);
    const qa_sql_expression_t *arguments[ARGUMENTS_MAX], *call = NULL;
    qa_sql_value_t inputs[ARGUMENTS_MAX], value = qa_sql_value_null();
    const uint16_t count = read_arguments(&world, row->arguments, arguments, is_constant ? NULL : inputs);
    char got[256] = "", type[40] = "";
    qa_status_t status = qa_sql_make_call(&world.arena, row->function, strlen(row->function), arguments,
                                          count, world.parameter_types, 0, &call, &world.error);
    if (status == QA_OK) {
        const qa_sql_context_t context = { .now_ticks = INT64_C(17000000000000000) + 1234567,
                                           .actor = "ada",
                                           .app = "budget" };
        const qa_sql_environment_t environment = {
            .inputs = inputs, .arena = &world.arena, .context = &context, .error = &world.error
        };
        qa_sql_type_name(&call->type, type);
        status = qa_sql_evaluate(call, &environment, &value);
    }
    if (status != QA_OK) {
        assert_int_equal(world.error.status, status);
        assert_true(world.error.message[0] != '\0');
        snprintf(got, sizeof(got), "%s", qa_status_info(status)->name);
    } else {
        check_kind(row, call, &value);
        print_result(&value, got, sizeof(got));
    }
    const bool is_right = strcmp(got, row->result) == 0 &&
                          (!is_constant || row->type[0] == '\0' || strcmp(type, row->type) == 0);
    if (!is_right)
        print_error("%s(%s) as %s: %s '%s', expected %s '%s' %s\n", row->function, row->arguments,
                    is_constant ? "constants" : "inputs", type, got, row->type, row->result,
                    world.error.message);
    qa_arena_release(&world.arena);
    return is_right;
}

static void every_row_gives_its_result_from_constants(void **state)
{
    (void)state;
    uint32_t wrong_count = 0;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        wrong_count += !run(&rows[i], true);
    assert_int_equal(wrong_count, 0);
}

static void every_row_gives_its_result_from_inputs(void **state)
{
    (void)state;
    uint32_t wrong_count = 0;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        wrong_count += !run(&rows[i], false);
    assert_int_equal(wrong_count, 0);
}

static void every_function_has_a_row(void **state)
{
    (void)state;
    const qa_sql_function_info_t *info = NULL;
    for (uint32_t index = 0; (info = qa_sql_function(index)) != NULL; index++) {
        size_t i = 0;
        while (i < sizeof(rows) / sizeof(rows[0]) && strcmp(rows[i].function, info->name) != 0)
            i++;
        if (i == sizeof(rows) / sizeof(rows[0]) && strcmp(info->name, "NEGATE") != 0)
            fail_msg("no row for %s", info->name);
        assert_true(strlen(info->summary) > 3 && info->summary[strlen(info->summary) - 1] == '.');
    }
}

static void a_refused_allocation_in_a_call_is_no_memory_and_leaks_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i += 3) {
        test_allocator_t allocator;
        for (uint64_t fail_at = 1; fail_at < 6; fail_at++) {
            world_t world = { 0 };
            test_allocator_make(&allocator);
            qa_arena_make(&world.arena, &allocator.allocator, (size_t)1 << 26);
            const qa_sql_expression_t *arguments[ARGUMENTS_MAX], *call = NULL;
            const uint16_t count = read_arguments(&world, rows[i].arguments, arguments, NULL);
            allocator.fail_at = allocator.request_count + fail_at;
            /* The blocks of the arena are large: fill the one that is there. */
            while (world.arena.block != NULL && qa_arena_take(&world.arena, 64) != NULL)
                continue;
            const qa_status_t status =
                qa_sql_make_call(&world.arena, rows[i].function, strlen(rows[i].function), arguments, count,
                                 world.parameter_types, 0, &call, &world.error);
            if (status != QA_OK) assert_null(call);
            qa_arena_release(&world.arena);
            assert_int_equal(allocator.bytes, 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_gives_its_result_from_constants),
        cmocka_unit_test(every_row_gives_its_result_from_inputs),
        cmocka_unit_test(every_function_has_a_row),
        cmocka_unit_test(a_refused_allocation_in_a_call_is_no_memory_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
