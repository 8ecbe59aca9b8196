/* Statements. One with parameters is bound twice: the first time finds out what each parameter is beside, the
 * second time all of them have their types from the start, so that no expression depends on which one was met
 * first. */
#include "bind/bind.h"

#include <string.h>

#include "bind/binder.h"

static qa_status_t bind_select(qa_binder_t *binder, const qa_ast_query_t *query)
{
    return qa_bind_sub_query(binder, query, &binder->bound->query);
}

/* --- CALL --- */

static qa_status_t bind_procedure(qa_binder_t *binder, const qa_ast_statement_t *statement)
{
    static const qa_sql_type_t text = { .kind = QA_SQL_TEXT,
                                        .length = QA_BIND_TEXT_PARAMETER,
                                        .is_nullable = true };
    qa_sql_bound_t *bound = binder->bound;
    qa_status_t status = QA_OK;
    char *name = qa_arena_text(binder->arena, statement->table.text, statement->table.bytes);
    bound->arguments =
        qa_arena_take(binder->arena, (statement->argument_count + 1u) * sizeof(*bound->arguments));
    if (name == NULL || bound->arguments == NULL) return qa_bind_no_memory(binder);
    for (char *at = name; *at != '\0'; at++)
        if (*at >= 'a' && *at <= 'z') *at = (char)(*at - 'a' + 'A');
    bound->procedure = name;
    bound->procedure_app = statement->schema.text != NULL ? statement->schema.text : "";
    for (uint16_t i = 0; i < statement->argument_count && status == QA_OK; i++) {
        const qa_sql_expression_t **argument = &bound->arguments[i];
        status = qa_bind_constant(binder, statement->arguments[i], "CALL", argument);
        if (status == QA_OK && (*argument)->type.kind == QA_SQL_NULL)
            status = qa_bind_coerce(binder, *argument, &text, (*argument)->position, argument);
    }
    bound->argument_count = statement->argument_count;
    return status;
}

/* --- CREATE TABLE, DROP TABLE --- */

static qa_status_t bind_definition(qa_binder_t *binder, const qa_ast_statement_t *statement)
{
    binder->bound->definition = statement;
    for (uint16_t i = 0; i < statement->definition_count; i++)
        for (uint16_t k = 0; k < i; k++) {
            const qa_ast_name_t *name = &statement->definitions[i].name;
            if (qa_bind_is_same_name(statement->definitions[k].name.text, name->text))
                return qa_bind_fail(binder, QA_NAMED_TWICE, name->position, "the table has \"%s\" twice",
                                    name->text);
        }
    return statement->query == NULL ? QA_OK : bind_select(binder, statement->query);
}

static qa_status_t bind_kind(qa_binder_t *binder, const qa_ast_statement_t *statement)
{
    qa_sql_bound_t *bound = binder->bound;
    if (statement->kind == QA_AST_EXPLAIN) {
        bound->is_explain = true;
        statement = statement->explained;
    }
    bound->kind = statement->kind;
    switch ((qa_ast_statement_kind_t)statement->kind) {
    case QA_AST_SELECT:
        return bind_select(binder, statement->query);
    case QA_AST_INSERT:
    case QA_AST_UPDATE:
    case QA_AST_DELETE:
        return qa_bind_write(binder, statement);
    case QA_AST_CALL_PROCEDURE:
        return bind_procedure(binder, statement);
    case QA_AST_CREATE_TABLE:
    case QA_AST_DROP_TABLE:
        return bind_definition(binder, statement);
    case QA_AST_EXPLAIN:
        return qa_fail(binder->error, QA_SYNTAX, "EXPLAIN explains a statement, not another EXPLAIN");
    case QA_AST_BEGIN:
    case QA_AST_COMMIT:
    case QA_AST_ROLLBACK:
        return QA_OK;
    }
    return qa_fail(binder->error, QA_NOT_YET, "this statement is not built yet");
}

static qa_status_t bind_once(const qa_ast_statement_t *statement, const qa_sql_scope_options_t *options,
                             qa_sql_bound_t *bound, qa_error_t *error)
{
    qa_binder_t binder = { .options = options,
                           .arena = bound->arena,
                           .error = error,
                           .bound = bound,
                           .parameter_types = bound->parameter_types,
                           .parameter_count = bound->parameter_count };
    bound->query = NULL;
    bound->write = NULL;
    const qa_status_t status = bind_kind(&binder, statement);
    bound->id_count = binder.next_id;
    return status;
}

qa_status_t qa_sql_bind_statement(const qa_ast_statement_t *statement, const qa_sql_scope_options_t *options,
                                  qa_arena_t *arena, qa_sql_bound_t **bound_out, qa_error_t *error)
{
    qa_error_t own_error;
    *bound_out = NULL;
    if (error == NULL) error = &own_error;
    qa_error_clear(error);
    qa_sql_bound_t *bound = qa_arena_take(arena, sizeof(*bound));
    if (bound == NULL) return qa_fail_memory(error, "the statement");
    const bool is_explain = statement->kind == QA_AST_EXPLAIN;
    const uint16_t inner_count = is_explain ? statement->explained->parameter_count : 0;
    const uint16_t count =
        statement->parameter_count > inner_count ? statement->parameter_count : inner_count;
    bound->arena = arena;
    bound->parameter_count = count;
    bound->parameter_types = qa_arena_take(arena, (count + 1u) * sizeof(*bound->parameter_types));
    if (bound->parameter_types == NULL) return qa_fail_memory(error, "the statement");
    if (statement->has_result_marker && count > 0) bound->parameter_types[0].kind = QA_SQL_INTEGER;
    qa_status_t status = bind_once(statement, options, bound, error);
    for (uint16_t i = 0; i < count; i++) {
        qa_sql_type_t *type = &bound->parameter_types[i];
        if (type->kind == QA_SQL_NULL)
            *type = (qa_sql_type_t){ .kind = QA_SQL_TEXT, .length = QA_BIND_TEXT_PARAMETER };
        type->is_nullable = true;
    }
    if (status == QA_OK && count > 0) status = bind_once(statement, options, bound, error);
    if (status != QA_OK) {
        qa_sql_unbind(bound);
        return status;
    }
    *bound_out = bound;
    return QA_OK;
}

void qa_sql_unbind(qa_sql_bound_t *bound)
{
    if (bound == NULL) return;
    for (uint16_t i = 0; i < bound->shape_count; i++)
        qa_sql_shape_drop(bound->shapes[i]);
    bound->shape_count = 0;
}
