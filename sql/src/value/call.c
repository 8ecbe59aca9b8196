/* Making calls: which function, which types its arguments take, which type the result has.
 *
 * Arguments go three ways, by the first letter of the function's rules: compared (c), brought to one type
 * (u), calculated with (#); else each is cast by its own letter. A constant text beside a number, date or
 * truth value is read as one at once, so that a typing error is told when the statement is prepared. A call
 * of constants is computed at once; if that fails the call stays, because a row may never need it. */
#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "value/settle.h"
#include "value/value.h"

static qa_status_t fail_unknown(const char *name, size_t bytes, qa_error_t *error)
{
    const char *const nearest = qa_sql_function_nearest(name, bytes);
    const int shown = (int)(bytes < 60 ? bytes : 60);
    if (nearest == NULL) return qa_fail(error, QA_SYNTAX, "there is no function %.*s", shown, name);
    return qa_fail(error, QA_SYNTAX, "there is no function %.*s; did you mean %s?", shown, name, nearest);
}

static qa_status_t check_count(const qa_sql_function_t *function, uint16_t count, qa_error_t *error)
{
    if (count >= function->argument_min && count <= function->argument_max) return QA_OK;
    const unsigned least = function->argument_min, most = function->argument_max, got = count;
    if (least == most)
        return qa_fail(error, QA_COLUMN_COUNT, "%s takes %u argument%s, not %u", function->name, least,
                       least == 1 ? "" : "s", got);
    if (most == UINT16_MAX)
        return qa_fail(error, QA_COLUMN_COUNT, "%s takes %u or more arguments, not %u", function->name, least,
                       got);
    return qa_fail(error, QA_COLUMN_COUNT, "%s takes %u to %u arguments, not %u", function->name, least, most,
                   got);
}

static bool is_nullable(const qa_sql_expression_t *call)
{
    bool is_any = false, is_all = true;
    for (uint16_t i = 0; i < call->argument_count; i++) {
        const bool is_one =
            call->arguments[i]->type.is_nullable || call->arguments[i]->type.kind == QA_SQL_NULL;
        is_any = is_any || is_one;
        is_all = is_all && is_one;
    }
    switch (call->function->id) {
    case QA_SQL_F_IS_NULL:
    case QA_SQL_F_IS_NOT_NULL:
    case QA_SQL_F_IS_TRUE:
    case QA_SQL_F_IS_FALSE:
        return false;
    case QA_SQL_F_COALESCE:
        return is_all;
    case QA_SQL_F_NULLIF:
        return true;
    default:
        return is_any;
    }
}

/* The call, or the constant that it is. */
static const qa_sql_expression_t *fold(qa_arena_t *arena, const qa_sql_expression_t *call)
{
    if (call->function->form == QA_SQL_MOMENT || call->argument_count == 0) return call;
    for (uint16_t i = 0; i < call->argument_count; i++) {
        if (call->arguments[i]->node != QA_SQL_CONSTANT) return call;
    }
    const qa_sql_environment_t environment = { .arena = arena };
    qa_sql_value_t value;
    if (qa_sql_evaluate(call, &environment, &value) != QA_OK) return call;
    qa_sql_expression_t *constant = qa_sql_make_constant(arena, &value, &call->type);
    if (constant == NULL) return call;
    constant->position = call->position;
    return constant;
}

/* Unary minus and plus share their signs with the operators of two. */
static const qa_sql_function_t *find(const char *name, size_t name_bytes, uint16_t argument_count)
{
    const qa_sql_function_t *const function = qa_sql_function_find(name, name_bytes);
    if (function != NULL && argument_count == 1 && function->id == QA_SQL_F_SUBTRACT)
        return qa_sql_function_of(QA_SQL_F_NEGATE);
    return function;
}

qa_status_t qa_sql_make_call(qa_arena_t *arena, const char *name, size_t name_bytes,
                             const qa_sql_expression_t **arguments, uint16_t argument_count,
                             qa_sql_type_t *parameter_types, uint32_t position,
                             const qa_sql_expression_t **call_out, qa_error_t *error)
{
    *call_out = NULL;
    const qa_sql_function_t *const function = find(name, name_bytes, argument_count);
    if (function == NULL) return fail_unknown(name, name_bytes, error);
    const bool is_plus = function->id == QA_SQL_F_ADD && argument_count == 1;
    qa_status_t status = is_plus ? QA_OK : check_count(function, argument_count, error);
    if (status != QA_OK) return status;

    qa_sql_expression_t *call = qa_sql_make_node(arena, QA_SQL_CALL, argument_count);
    if (call == NULL) return qa_fail_memory(error, "an expression");
    call->function = function;
    call->position = position;
    if (argument_count > 0) memcpy(call->arguments, arguments, argument_count * sizeof(arguments[0]));
    const qa_sql_settle_t settle = { arena, function->name, parameter_types, error };
    status = qa_sql_settle_arguments(&settle, function->rules, call->arguments, argument_count);
    if (status != QA_OK) return status;
    if (is_plus) {
        *call_out = call->arguments[0];
        return QA_OK;
    }
    const qa_sql_typing_t typing = { call->arguments, argument_count, error };
    status = function->result(&typing, &call->type);
    if (status != QA_OK) return status;
    call->type.is_nullable = is_nullable(call);
    *call_out = fold(arena, call);
    return QA_OK;
}

/* --- what is not a call but is typed as one --- */

qa_status_t qa_sql_make_typed(qa_arena_t *arena, const qa_sql_expression_t *expression,
                              const qa_sql_type_t *type, qa_sql_type_t *parameter_types,
                              const qa_sql_expression_t **typed_out, qa_error_t *error)
{
    const qa_sql_settle_t settle = { arena, "CAST", parameter_types, error };
    *typed_out = NULL;
    qa_status_t status = qa_sql_settle_parameter(&settle, &expression);
    if (status == QA_OK) status = qa_sql_settle_untyped(&settle, &expression, type);
    if (status == QA_OK) status = qa_sql_make_cast(arena, expression, type, typed_out, error);
    return status;
}

qa_status_t qa_sql_make_alike(qa_arena_t *arena, const qa_sql_expression_t **expressions, uint16_t count,
                              qa_sql_type_t *parameter_types, qa_sql_type_t *type_out, qa_error_t *error)
{
    const qa_sql_settle_t settle = { arena, "the values", parameter_types, error };
    return qa_sql_settle_group(&settle, true, expressions, count, type_out);
}

qa_status_t qa_sql_make_comparable(qa_arena_t *arena, const qa_sql_expression_t **expressions, uint16_t count,
                                   qa_sql_type_t *parameter_types, qa_sql_type_t *type_out, qa_error_t *error)
{
    const qa_sql_settle_t settle = { arena, "IN", parameter_types, error };
    return qa_sql_settle_group(&settle, false, expressions, count, type_out);
}

qa_status_t qa_sql_make_case(qa_arena_t *arena, const qa_sql_expression_t **arguments,
                             uint16_t argument_count, qa_sql_type_t *parameter_types, uint32_t position,
                             const qa_sql_expression_t **case_out, qa_error_t *error)
{
    assert(argument_count >= 3 && argument_count % 2 == 1);
    const qa_sql_settle_t settle = { arena, "CASE", parameter_types, error };
    const uint16_t result_count = (uint16_t)(argument_count / 2 + 1);
    *case_out = NULL;
    qa_sql_expression_t *made = qa_sql_make_node(arena, QA_SQL_CASE, argument_count);
    const qa_sql_expression_t **results = qa_arena_take(arena, result_count * sizeof(results[0]));
    if (made == NULL || results == NULL) return qa_fail_memory(error, "an expression");
    made->position = position;
    for (uint16_t i = 0; i + 1 < argument_count; i = (uint16_t)(i + 2)) {
        made->arguments[i] = arguments[i];
        const qa_status_t status = qa_sql_settle_arguments(&settle, "b", &made->arguments[i], 1);
        if (status != QA_OK) return status;
        results[i / 2] = arguments[i + 1];
    }
    results[result_count - 1] = arguments[argument_count - 1];
    const qa_status_t status = qa_sql_settle_group(&settle, true, results, result_count, &made->type);
    if (status != QA_OK) return status;
    made->type.is_nullable = false;
    for (uint16_t i = 0; i < result_count; i++) {
        made->arguments[i + 1 < result_count ? 2 * i + 1 : argument_count - 1] = results[i];
        if (results[i]->type.is_nullable || results[i]->type.kind == QA_SQL_NULL)
            made->type.is_nullable = true;
    }
    *case_out = made;
    return QA_OK;
}
