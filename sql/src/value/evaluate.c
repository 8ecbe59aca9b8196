/* The evaluator: one recursive walk with three-valued logic. It reads parameters and inputs, writes texts
 * into the arena of the environment, and evaluates no argument that the result does not need. Must never meet
 * a node from outside: the planner made inputs of them. */
#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "value/compute.h"
#include "value/value.h"

static qa_status_t evaluate_case(const qa_sql_expression_t *expression,
                                 const qa_sql_environment_t *environment, qa_sql_value_t *value_out)
{
    uint16_t i = 0;
    for (; i + 1 < expression->argument_count; i = (uint16_t)(i + 2)) {
        qa_sql_value_t condition;
        const qa_status_t status = qa_sql_evaluate(expression->arguments[i], environment, &condition);
        if (status != QA_OK) return status;
        if (condition.kind != QA_SQL_NULL && condition.integer != 0)
            return qa_sql_evaluate(expression->arguments[i + 1], environment, value_out);
    }
    return qa_sql_evaluate(expression->arguments[i], environment, value_out);
}

static qa_status_t evaluate_cast(const qa_sql_expression_t *expression,
                                 const qa_sql_environment_t *environment, qa_sql_value_t *value_out)
{
    qa_sql_value_t value;
    char scratch[QA_SQL_CAST_BYTES];
    qa_status_t status = qa_sql_evaluate(expression->arguments[0], environment, &value);
    if (status != QA_OK) return status;
    status = qa_sql_cast(&value, &expression->type, scratch, value_out, environment->error);
    if (status != QA_OK || value_out->kind != QA_SQL_TEXT || value_out->text != scratch) return status;
    value_out->text = qa_arena_text(environment->arena, scratch, value_out->bytes);
    return value_out->text != NULL ? QA_OK : qa_fail_memory(environment->error, "a text");
}

/* One step of AND (decided by false) and OR (decided by true) over arguments [first, count). */
static qa_status_t fold_logic(const qa_sql_expression_t *expression, const qa_sql_environment_t *environment,
                              uint16_t first, bool *is_decided, bool *is_unknown)
{
    const bool decides = expression->function->id == QA_SQL_F_OR;
    for (uint16_t i = first; i < expression->argument_count && !*is_decided; i++) {
        qa_sql_value_t value;
        const qa_status_t status = qa_sql_evaluate(expression->arguments[i], environment, &value);
        if (status != QA_OK) return status;
        if (value.kind == QA_SQL_NULL)
            *is_unknown = true;
        else
            *is_decided = (value.integer != 0) == decides;
    }
    return QA_OK;
}

/* `a AND b AND c …` nests to the left, hundreds deep in the texts of tools: the spine is walked by a loop. */
static qa_status_t evaluate_logic(const qa_sql_expression_t *expression,
                                  const qa_sql_environment_t *environment, qa_sql_value_t *value_out)
{
    enum { SPINE_MAX = 48 };
    const qa_sql_expression_t *spine[SPINE_MAX];
    uint32_t depth = 0;
    const qa_sql_expression_t *at = expression;
    do {
        spine[depth++] = at;
        at = at->arguments[0];
    } while (depth < SPINE_MAX && at->node == QA_SQL_CALL && at->function == expression->function);

    bool is_decided = false, is_unknown = false;
    for (uint32_t i = depth; i > 0 && !is_decided; i--) {
        const qa_status_t status =
            fold_logic(spine[i - 1], environment, i == depth ? 0 : 1, &is_decided, &is_unknown);
        if (status != QA_OK) return status;
    }
    const bool decides = expression->function->id == QA_SQL_F_OR;
    if (is_decided)
        *value_out = qa_sql_value_boolean(decides);
    else
        *value_out = is_unknown ? qa_sql_value_null() : qa_sql_value_boolean(!decides);
    return QA_OK;
}

static qa_status_t evaluate_coalesce(const qa_sql_expression_t *expression,
                                     const qa_sql_environment_t *environment, qa_sql_value_t *value_out)
{
    *value_out = qa_sql_value_null();
    for (uint16_t i = 0; i < expression->argument_count && value_out->kind == QA_SQL_NULL; i++) {
        const qa_status_t status = qa_sql_evaluate(expression->arguments[i], environment, value_out);
        if (status != QA_OK) return status;
    }
    return QA_OK;
}

static qa_status_t evaluate_in(const qa_sql_expression_t *expression, const qa_sql_environment_t *environment,
                               qa_sql_value_t *value_out)
{
    qa_sql_value_t wanted, item;
    const qa_sql_expression_t *const first = expression->arguments[0];
    qa_status_t status = qa_sql_evaluate(first, environment, &wanted);
    *value_out = qa_sql_value_null();
    if (status != QA_OK || wanted.kind == QA_SQL_NULL) return status;
    bool is_unknown = false;
    for (uint16_t i = 1; i < expression->argument_count; i++) {
        const qa_sql_expression_t *const argument = expression->arguments[i];
        status = qa_sql_evaluate(argument, environment, &item);
        if (status != QA_OK) return status;
        if (item.kind == QA_SQL_NULL) {
            is_unknown = true;
        } else if (qa_sql_compare(&wanted, &item, first->type.is_name || argument->type.is_name) == 0) {
            *value_out = qa_sql_value_boolean(true);
            return QA_OK;
        }
    }
    if (!is_unknown) *value_out = qa_sql_value_boolean(false);
    return QA_OK;
}

static qa_status_t evaluate_arguments(const qa_sql_expression_t *expression,
                                      const qa_sql_environment_t *environment, qa_sql_value_t *values,
                                      qa_sql_type_t *types, qa_sql_value_t *value_out)
{
    const qa_sql_function_t *const function = expression->function;
    *value_out = qa_sql_value_null();
    for (uint16_t i = 0; i < expression->argument_count; i++) {
        const qa_status_t status = qa_sql_evaluate(expression->arguments[i], environment, &values[i]);
        if (status != QA_OK) return status;
        if (values[i].kind == QA_SQL_NULL && function->form != QA_SQL_LOOSE) return QA_OK;
        types[i] = expression->arguments[i]->type;
    }
    const qa_sql_call_t call = { environment, &expression->type, types, values, expression->argument_count };
    return function->compute(&call, value_out);
}

static qa_status_t evaluate_call(const qa_sql_expression_t *expression,
                                 const qa_sql_environment_t *environment, qa_sql_value_t *value_out)
{
    enum { ARGUMENTS_MAX = 4 }; /* more only in GREATEST, CONCAT and their like */
    switch (expression->function->id) {
    case QA_SQL_F_AND:
    case QA_SQL_F_OR:
        return evaluate_logic(expression, environment, value_out);
    case QA_SQL_F_COALESCE:
        return evaluate_coalesce(expression, environment, value_out);
    case QA_SQL_F_IN:
        return evaluate_in(expression, environment, value_out);
    default:
        break;
    }
    const uint16_t count = expression->argument_count;
    if (count <= ARGUMENTS_MAX) {
        qa_sql_value_t values[ARGUMENTS_MAX];
        qa_sql_type_t types[ARGUMENTS_MAX];
        return evaluate_arguments(expression, environment, values, types, value_out);
    }
    qa_sql_value_t *const values = qa_arena_take(environment->arena, count * sizeof(values[0]));
    qa_sql_type_t *const types = qa_arena_take(environment->arena, count * sizeof(types[0]));
    if (values == NULL || types == NULL) return qa_fail_memory(environment->error, "arguments");
    return evaluate_arguments(expression, environment, values, types, value_out);
}

qa_status_t qa_sql_evaluate(const qa_sql_expression_t *expression, const qa_sql_environment_t *environment,
                            qa_sql_value_t *value_out)
{
    switch (expression->node) {
    case QA_SQL_CONSTANT:
        *value_out = expression->value;
        return QA_OK;
    case QA_SQL_PARAMETER:
        *value_out = environment->parameters[expression->index];
        return QA_OK;
    case QA_SQL_INPUT:
        *value_out = environment->inputs[expression->index];
        return QA_OK;
    case QA_SQL_CALL:
        return evaluate_call(expression, environment, value_out);
    case QA_SQL_CASE:
        return evaluate_case(expression, environment, value_out);
    case QA_SQL_CAST:
        return evaluate_cast(expression, environment, value_out);
    default:
        assert(expression->node < QA_SQL_COLUMN); /* a node from outside: the planner made inputs of them */
        *value_out = qa_sql_value_null();
        return QA_INVALID;
    }
}
