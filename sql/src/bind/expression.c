/* Expressions: from names and words to typed nodes. What a function takes and gives is not known here but in
 * value/: this file only knows the forms. */
#include <string.h>

#include "bind/binder.h"

qa_status_t qa_bind_call(qa_binder_t *binder, const char *name, const qa_sql_expression_t **arguments,
                         uint16_t argument_count, uint32_t position,
                         const qa_sql_expression_t **expression_out)
{
    const qa_status_t status =
        qa_sql_make_call(binder->arena, name, strlen(name), arguments, argument_count,
                         binder->parameter_types, position, expression_out, binder->error);
    return qa_bind_placed(binder, status, position);
}

static qa_status_t bind_literal(qa_binder_t *binder, const qa_ast_expression_t *literal,
                                const qa_sql_expression_t **expression_out)
{
    qa_sql_expression_t *node = qa_sql_make_constant(binder->arena, &literal->value, &literal->type);
    /* A length of 0 would say that there is no limit, and '' make every column beside it as long as can be.
     */
    if (node != NULL && node->type.kind == QA_SQL_TEXT && node->type.length == 0) node->type.length = 1;
    if (node == NULL) return qa_bind_no_memory(binder);
    node->position = literal->position;
    *expression_out = node;
    return QA_OK;
}

static qa_status_t bind_parameter(qa_binder_t *binder, const qa_ast_expression_t *parameter,
                                  const qa_sql_expression_t **expression_out)
{
    qa_sql_expression_t *node = qa_sql_make_node(binder->arena, QA_SQL_PARAMETER, 0);
    if (node == NULL) return qa_bind_no_memory(binder);
    if (parameter->index >= binder->parameter_count)
        return qa_bind_fail(binder, QA_SYNTAX, parameter->position, "a parameter has no place here");
    node->index = parameter->index;
    node->position = parameter->position;
    node->type = binder->parameter_types[parameter->index];
    node->type.is_nullable = true;
    *expression_out = node;
    return QA_OK;
}

/* Binds a list of arguments into the arena. */
static qa_status_t bind_list(qa_binder_t *binder, qa_ast_expression_t *const *list, uint16_t count,
                             const qa_sql_expression_t ***arguments_out)
{
    qa_status_t status = QA_OK;
    *arguments_out = qa_arena_take(binder->arena, (count + 1u) * sizeof(**arguments_out));
    if (*arguments_out == NULL) return qa_bind_no_memory(binder);
    for (uint16_t i = 0; i < count && status == QA_OK; i++) {
        if (list[i]->kind == QA_AST_STAR)
            return qa_bind_fail(binder, QA_SYNTAX, list[i]->position,
                                "* stands for columns in a select list, or in COUNT(*)");
        status = qa_bind_expression(binder, list[i], &(*arguments_out)[i]);
    }
    return status;
}

static qa_status_t bind_function(qa_binder_t *binder, const qa_ast_expression_t *call,
                                 const qa_sql_expression_t **expression_out)
{
    const qa_sql_expression_t **arguments = NULL;
    if (qa_bind_is_aggregate(call->text, call->text_bytes))
        return qa_bind_aggregate(binder, call, expression_out);
    if (call->is_distinct)
        return qa_bind_fail(binder, QA_SYNTAX, call->position,
                            "DISTINCT is for COUNT, SUM, AVG, MIN and MAX, not for %s", call->text);
    qa_status_t status = bind_list(binder, call->arguments, call->argument_count, &arguments);
    if (status == QA_OK)
        status =
            qa_bind_call(binder, call->text, arguments, call->argument_count, call->position, expression_out);
    return status;
}

/* --- CASE --- */

/* Conditions become arguments 0, 2, 4 …; with an operand each is its comparison. */
static qa_status_t bind_conditions(qa_binder_t *binder, const qa_ast_expression_t *ast, uint16_t pair_count,
                                   const qa_sql_expression_t **arguments)
{
    const uint16_t first = ast->has_operand ? 1 : 0;
    for (uint16_t i = 0; i < pair_count; i++) {
        const qa_ast_expression_t *when = ast->arguments[first + 2 * i];
        const qa_sql_expression_t *sides[2] = { NULL, NULL };
        qa_status_t status = QA_OK;
        if (ast->has_operand) {
            /* Bound anew for each comparison: an operand that is a parameter has its type after the first. */
            binder->repeat_depth += i > 0 ? 1 : 0;
            status = qa_bind_expression(binder, ast->arguments[0], &sides[0]);
            binder->repeat_depth -= i > 0 ? 1 : 0;
            if (status == QA_OK) status = qa_bind_expression(binder, when, &sides[1]);
            if (status == QA_OK)
                status = qa_bind_call(binder, "=", sides, 2, when->position, &arguments[2 * i]);
        } else {
            status = qa_bind_condition(binder, when, "WHEN", &arguments[2 * i]);
        }
        if (status != QA_OK) return status;
    }
    return QA_OK;
}

static qa_status_t bind_case(qa_binder_t *binder, const qa_ast_expression_t *ast,
                             const qa_sql_expression_t **expression_out)
{
    static const qa_sql_value_t null_value = { .kind = QA_SQL_NULL };
    static const qa_sql_type_t null_type = { .kind = QA_SQL_NULL, .is_nullable = true };
    const uint16_t first = ast->has_operand ? 1 : 0;
    const uint16_t pair_count = (uint16_t)((ast->argument_count - first - (ast->has_else ? 1 : 0)) / 2);
    const uint16_t count = (uint16_t)(2 * pair_count + 1);
    const qa_sql_expression_t **arguments = qa_arena_take(binder->arena, count * sizeof(*arguments));
    if (arguments == NULL) return qa_bind_no_memory(binder);
    qa_status_t status = bind_conditions(binder, ast, pair_count, arguments);
    for (uint16_t i = 0; i < pair_count && status == QA_OK; i++)
        status = qa_bind_expression(binder, ast->arguments[first + 2 * i + 1], &arguments[2 * i + 1]);
    if (status == QA_OK && ast->has_else) {
        status = qa_bind_expression(binder, ast->arguments[ast->argument_count - 1], &arguments[count - 1]);
    } else if (status == QA_OK) {
        arguments[count - 1] = qa_sql_make_constant(binder->arena, &null_value, &null_type);
        if (arguments[count - 1] == NULL) return qa_bind_no_memory(binder);
    }
    if (status == QA_OK)
        status = qa_bind_placed(binder,
                                qa_sql_make_case(binder->arena, arguments, count, binder->parameter_types,
                                                 ast->position, expression_out, binder->error),
                                ast->position);
    return status;
}

static qa_status_t bind_cast(qa_binder_t *binder, const qa_ast_expression_t *ast,
                             const qa_sql_expression_t **expression_out)
{
    const qa_sql_expression_t *argument = NULL;
    const qa_status_t status = qa_bind_expression(binder, ast->arguments[0], &argument);
    if (status != QA_OK) return status;
    qa_sql_type_t type = ast->type;
    type.is_nullable = argument->type.is_nullable || argument->type.kind == QA_SQL_NULL;
    return qa_bind_coerce(binder, argument, &type, ast->position, expression_out);
}

/* --- sub-queries --- */

static qa_status_t bind_one_column(qa_binder_t *binder, const qa_ast_expression_t *ast,
                                   qa_sql_query_t **query_out)
{
    const qa_status_t status = qa_bind_query(binder, ast->query, NULL, 0, query_out);
    if (status != QA_OK || (*query_out)->column_count == 1) return status;
    return qa_bind_fail(binder, QA_COLUMN_COUNT, ast->position,
                        "a sub-query has one column here, not %u; select one", (*query_out)->column_count);
}

/* Texts are compared as they are, only as names or not: a cast would hide a plain column. */
static qa_status_t retype_text(const qa_binder_t *binder, const qa_sql_type_t *type,
                               const qa_sql_expression_t **argument)
{
    if ((*argument)->type.is_name == type->is_name) return QA_OK;
    qa_sql_expression_t *copy = qa_arena_take(binder->arena, sizeof(*copy));
    if (copy == NULL) return qa_bind_no_memory(binder);
    *copy = **argument;
    copy->type.is_name = type->is_name;
    *argument = copy;
    return QA_OK;
}

/* A parameter that is only compared keeps more decimals, so that none is rounded to a value that is there. */
static qa_sql_type_t compared_with_parameter(const qa_sql_type_t *type)
{
    enum { DECIMALS = 10 };
    qa_sql_type_t wide = qa_bind_beside_parameter(type);
    if (wide.kind == QA_SQL_DECIMAL && wide.scale < DECIMALS) wide.scale = DECIMALS;
    return wide;
}

/* Both sides of IN become one type. */
static qa_status_t match_in(qa_binder_t *binder, const qa_ast_expression_t *ast,
                            const qa_sql_expression_t **argument, qa_sql_query_t **query)
{
    char first[40], second[40];
    qa_sql_type_t common;
    const qa_sql_type_t *column = &(*query)->column_types[0];
    if (qa_sql_type_common(&(*argument)->type, column, &common) != QA_OK)
        return qa_bind_fail(binder, QA_TYPE_CLASH, ast->position,
                            "%s is never IN a query of %s; make them one type with CAST",
                            qa_sql_type_name(&(*argument)->type, first), qa_sql_type_name(column, second));
    if (common.kind == QA_SQL_NULL) common = (qa_sql_type_t){ .kind = QA_SQL_TEXT, .length = 1 };
    const bool is_open = (*argument)->type.kind == QA_SQL_NULL && (*argument)->node == QA_SQL_PARAMETER;
    if (is_open || qa_bind_is_open(*query, 0)) common = compared_with_parameter(&common);
    common.is_nullable = true;
    const bool is_text = (*argument)->type.kind == QA_SQL_TEXT && common.kind == QA_SQL_TEXT;
    const qa_status_t status = is_text ? retype_text(binder, &common, argument)
                                       : qa_bind_coerce(binder, *argument, &common, ast->position, argument);
    return status == QA_OK ? qa_bind_recast(binder, query, 0, &common, ast->position) : status;
}

static qa_status_t bind_query_node(qa_binder_t *binder, const qa_ast_expression_t *ast,
                                   const qa_sql_expression_t **expression_out)
{
    const qa_sql_node_t kind = ast->kind == QA_AST_SCALAR_QUERY ? QA_SQL_SCALAR_QUERY
                               : ast->kind == QA_AST_EXISTS     ? QA_SQL_EXISTS
                                                                : QA_SQL_IN_QUERY;
    qa_sql_query_t *query = NULL;
    qa_status_t status = QA_OK;
    qa_sql_expression_t *node = qa_sql_make_node(binder->arena, kind, kind == QA_SQL_IN_QUERY ? 1 : 0);
    if (node == NULL) return qa_bind_no_memory(binder);
    node->position = ast->position;
    node->type.kind = QA_SQL_BOOLEAN;
    if (kind == QA_SQL_EXISTS) {
        status = qa_bind_sub_query(binder, ast->query, &query);
    } else if (kind == QA_SQL_SCALAR_QUERY) {
        status = bind_one_column(binder, ast, &query);
        if (status == QA_OK) status = qa_bind_settle(binder, &query, ast->position);
        if (status == QA_OK) {
            node->type = query->column_types[0];
            node->type.is_nullable = true;
        }
    } else {
        status = qa_bind_expression(binder, ast->arguments[0], &node->arguments[0]);
        if (status == QA_OK) status = bind_one_column(binder, ast, &query);
        if (status == QA_OK) status = match_in(binder, ast, &node->arguments[0], &query);
        if (status == QA_OK)
            node->type.is_nullable =
                node->arguments[0]->type.is_nullable || query->column_types[0].is_nullable;
    }
    node->query = query;
    *expression_out = node;
    return status;
}

static qa_status_t bind_node(qa_binder_t *binder, const qa_ast_expression_t *expression,
                             const qa_sql_expression_t **expression_out)
{
    switch ((qa_ast_expression_kind_t)expression->kind) {
    case QA_AST_LITERAL:
        return bind_literal(binder, expression, expression_out);
    case QA_AST_PARAMETER:
        return bind_parameter(binder, expression, expression_out);
    case QA_AST_NAME:
        return qa_bind_name(binder, expression, expression_out);
    case QA_AST_STAR:
        return qa_bind_fail(binder, QA_SYNTAX, expression->position,
                            "* stands for columns in a select list, or in COUNT(*)");
    case QA_AST_CALL:
        return bind_function(binder, expression, expression_out);
    case QA_AST_CASE:
        return bind_case(binder, expression, expression_out);
    case QA_AST_CAST:
        return bind_cast(binder, expression, expression_out);
    case QA_AST_SCALAR_QUERY:
    case QA_AST_EXISTS:
    case QA_AST_IN_QUERY:
        return bind_query_node(binder, expression, expression_out);
    }
    return qa_bind_fail(binder, QA_NOT_YET, expression->position, "this form is not built yet");
}

qa_status_t qa_bind_expression(qa_binder_t *binder, const qa_ast_expression_t *expression,
                               const qa_sql_expression_t **expression_out)
{
    qa_status_t status = qa_bind_enter(binder, expression->position);
    if (status == QA_OK && binder->repeat_depth > 0 && ++binder->repeated_count > QA_BIND_REPEATED_MAX)
        status = qa_bind_fail(binder, QA_LIMIT, expression->position,
                              "the operands of CASE are too large: compute them in a derived table");
    if (status == QA_OK) status = bind_node(binder, expression, expression_out);
    qa_bind_leave(binder);
    return status;
}

qa_status_t qa_bind_condition(qa_binder_t *binder, const qa_ast_expression_t *expression, const char *clause,
                              const qa_sql_expression_t **expression_out)
{
    static const qa_sql_type_t boolean = { .kind = QA_SQL_BOOLEAN, .is_nullable = true };
    const qa_sql_expression_t *bound = NULL;
    char name[40];
    const qa_status_t status = qa_bind_expression(binder, expression, &bound);
    if (status != QA_OK) return status;
    if (bound->type.kind != QA_SQL_BOOLEAN && bound->type.kind != QA_SQL_NULL)
        return qa_bind_fail(binder, QA_TYPE_CLASH, expression->position,
                            "%s takes a condition, not a value of type %s; compare it, for example with <> 0",
                            clause, qa_sql_type_name(&bound->type, name));
    return qa_bind_coerce(binder, bound, &boolean, expression->position, expression_out);
}

qa_status_t qa_bind_constant(qa_binder_t *binder, const qa_ast_expression_t *expression, const char *clause,
                             const qa_sql_expression_t **expression_out)
{
    qa_bind_scope_t *scope = binder->scope;
    binder->scope = NULL;
    qa_status_t status = qa_bind_expression(binder, expression, expression_out);
    binder->scope = scope;
    if (status != QA_OK) return status;
    if ((*expression_out)->node == QA_SQL_CONSTANT || (*expression_out)->node == QA_SQL_PARAMETER)
        return QA_OK;
    return qa_bind_fail(binder, QA_NOT_SUPPORTED, expression->position,
                        "%s takes a constant or a parameter, not an expression", clause);
}
