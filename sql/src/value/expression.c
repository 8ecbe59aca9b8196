/* Making and looking at expressions: nodes, constants, casts, inputs, equality. Expressions are never changed
 * once they are made; parts are shared between copies. */
#include "value/expression.h"

#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "value/value.h"

qa_sql_expression_t *qa_sql_make_node(qa_arena_t *arena, qa_sql_node_t node, uint16_t argument_count)
{
    qa_sql_expression_t *made = qa_arena_take(arena, sizeof(*made));
    if (made == NULL) return NULL;
    made->node = (uint8_t)node;
    made->argument_count = argument_count;
    if (argument_count == 0) return made;
    made->arguments = qa_arena_take(arena, argument_count * sizeof(made->arguments[0]));
    return made->arguments == NULL ? NULL : made;
}

qa_sql_expression_t *qa_sql_make_constant(qa_arena_t *arena, const qa_sql_value_t *value,
                                          const qa_sql_type_t *type)
{
    qa_sql_expression_t *made = qa_sql_make_node(arena, QA_SQL_CONSTANT, 0);
    if (made == NULL) return NULL;
    made->value = *value;
    made->type = *type;
    made->type.is_nullable = value->kind == QA_SQL_NULL;
    return made;
}

static bool is_identical(const qa_sql_type_t *a, const qa_sql_type_t *b)
{
    if (a->kind != b->kind) return false;
    if (a->kind == QA_SQL_DECIMAL) return a->precision == b->precision && a->scale == b->scale;
    if (a->kind == QA_SQL_TEXT) return a->length == b->length && a->is_name == b->is_name;
    return a->kind != QA_SQL_BINARY || a->length == b->length;
}

static qa_status_t cast_constant(qa_arena_t *arena, const qa_sql_expression_t *expression,
                                 const qa_sql_type_t *type, const qa_sql_expression_t **cast_out,
                                 qa_error_t *error)
{
    qa_sql_value_t value;
    char *scratch = qa_arena_take(arena, QA_SQL_CAST_BYTES);
    if (scratch == NULL) return qa_fail_memory(error, "an expression");
    const qa_status_t status = qa_sql_cast(&expression->value, type, scratch, &value, error);
    if (status != QA_OK) return status;
    qa_sql_expression_t *made = qa_sql_make_constant(arena, &value, type);
    if (made == NULL) return qa_fail_memory(error, "an expression");
    made->position = expression->position;
    *cast_out = made;
    return QA_OK;
}

qa_status_t qa_sql_make_cast(qa_arena_t *arena, const qa_sql_expression_t *expression,
                             const qa_sql_type_t *type, const qa_sql_expression_t **cast_out,
                             qa_error_t *error)
{
    *cast_out = expression;
    if (is_identical(&expression->type, type)) return QA_OK;
    if (!qa_sql_type_can_cast(&expression->type, type)) {
        char from[40], wanted[40];
        return qa_fail(error, QA_TYPE_CLASH, "%s cannot be cast to %s",
                       qa_sql_type_name(&expression->type, from), qa_sql_type_name(type, wanted));
    }
    if (expression->node == QA_SQL_CONSTANT) return cast_constant(arena, expression, type, cast_out, error);
    qa_sql_expression_t *made = qa_sql_make_node(arena, QA_SQL_CAST, 1);
    if (made == NULL) return qa_fail_memory(error, "an expression");
    made->arguments[0] = expression;
    made->position = expression->position;
    made->type = *type;
    made->type.is_nullable = expression->type.is_nullable;
    *cast_out = made;
    return QA_OK;
}

/* --- looking --- */

bool qa_sql_walk(const qa_sql_expression_t *expression,
                 bool (*visit)(void *context, const qa_sql_expression_t *node), void *context)
{
    if (!visit(context, expression)) return false;
    for (uint16_t i = 0; i < expression->argument_count; i++) {
        if (!qa_sql_walk(expression->arguments[i], visit, context)) return false;
    }
    return true;
}

static bool is_equal_constant(const qa_sql_expression_t *a, const qa_sql_expression_t *b)
{
    if (a->value.kind != b->value.kind) return false;
    return a->value.kind == QA_SQL_NULL || qa_sql_compare(&a->value, &b->value, false) == 0;
}

bool qa_sql_is_equal(const qa_sql_expression_t *a, const qa_sql_expression_t *b)
{
    if (a == b) return true;
    if (a->node != b->node || a->argument_count != b->argument_count || a->relation != b->relation ||
        a->index != b->index || a->function != b->function || a->query != b->query)
        return false;
    if (!is_identical(&a->type, &b->type)) return false;
    if (a->node == QA_SQL_CONSTANT && !is_equal_constant(a, b)) return false;
    for (uint16_t i = 0; i < a->argument_count; i++) {
        if (!qa_sql_is_equal(a->arguments[i], b->arguments[i])) return false;
    }
    return true;
}

/* --- inputs --- */

typedef struct inputs {
    qa_arena_t *arena;
    const qa_sql_expression_t **outside;
    uint32_t capacity;
    uint32_t count;
} inputs_t;

static bool grow_outside(inputs_t *inputs)
{
    if (inputs->count < inputs->capacity) return true;
    const uint32_t capacity = inputs->capacity * 2 + 8;
    const qa_sql_expression_t **grown = qa_arena_take(inputs->arena, capacity * sizeof(grown[0]));
    if (grown == NULL) return false;
    if (inputs->count > 0) memcpy(grown, inputs->outside, inputs->count * sizeof(grown[0]));
    inputs->outside = grown;
    inputs->capacity = capacity;
    return true;
}

/* The input that stands for a node from outside; NULL: no memory. */
static const qa_sql_expression_t *input_for(inputs_t *inputs, const qa_sql_expression_t *outside)
{
    uint32_t index = 0;
    while (index < inputs->count && !qa_sql_is_equal(inputs->outside[index], outside))
        index++;
    if (index == inputs->count) {
        if (!grow_outside(inputs)) return NULL;
        inputs->outside[inputs->count++] = outside;
    }
    qa_sql_expression_t *input = qa_sql_make_node(inputs->arena, QA_SQL_INPUT, 0);
    if (input == NULL) return NULL;
    input->index = index;
    input->type = outside->type;
    input->position = outside->position;
    return input;
}

/* The expression itself if nothing below it comes from outside; NULL: no memory. */
static const qa_sql_expression_t *with_inputs(inputs_t *inputs, const qa_sql_expression_t *expression)
{
    if (expression->node >= QA_SQL_COLUMN) return input_for(inputs, expression);
    qa_sql_expression_t *copy = NULL;
    for (uint16_t i = 0; i < expression->argument_count; i++) {
        const qa_sql_expression_t *argument = with_inputs(inputs, expression->arguments[i]);
        if (argument == NULL) return NULL;
        if (argument == expression->arguments[i]) continue;
        if (copy == NULL) {
            copy =
                qa_sql_make_node(inputs->arena, (qa_sql_node_t)expression->node, expression->argument_count);
            if (copy == NULL) return NULL;
            const qa_sql_expression_t **const arguments = copy->arguments;
            *copy = *expression;
            copy->arguments = arguments;
            memcpy(arguments, expression->arguments, expression->argument_count * sizeof(arguments[0]));
        }
        copy->arguments[i] = argument;
    }
    return copy != NULL ? copy : expression;
}

qa_status_t qa_sql_make_inputs(qa_arena_t *arena, const qa_sql_expression_t *expression,
                               const qa_sql_expression_t **expression_out,
                               const qa_sql_expression_t ***outside_out, uint16_t *outside_count_out)
{
    inputs_t inputs = { .arena = arena };
    *expression_out = with_inputs(&inputs, expression);
    *outside_out = inputs.outside;
    *outside_count_out = 0;
    if (*expression_out == NULL) return QA_NO_MEMORY;
    if (inputs.count > UINT16_MAX) return QA_LIMIT;
    *outside_count_out = (uint16_t)inputs.count;
    return QA_OK;
}

bool qa_sql_is_call_of(const qa_sql_expression_t *expression, const char *name)
{
    return expression->node == QA_SQL_CALL &&
           expression->function == qa_sql_function_find(name, strlen(name));
}
