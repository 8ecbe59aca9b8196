/* Statements: preparing, what they say of their columns and parameters, binding values. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "session/session_private.h"
#include "syntax/parser.h"

enum {
    STATEMENT_ARENA_BYTES_MAX = 1 << 30,
    PARAMETER_ARENA_BYTES_MAX = 1 << 30,
    PARAMETER_BYTES_KEPT = 1 << 16 /* texts of old values are thrown away beyond this */
};

/* --- columns --- */

static const qa_sql_relation_t *find_in_from(const qa_sql_from_t *from, uint32_t id)
{
    if (from == NULL) return NULL;
    if (from->relation != NULL) return from->relation->id == id ? from->relation : NULL;
    const qa_sql_relation_t *found = find_in_from(from->left, id);
    return found != NULL ? found : find_in_from(from->right, id);
}

/* The table and column that an output shows unchanged. */
static void trace_column(const qa_sql_block_t *block, const qa_sql_expression_t *expression,
                         qa_sql_column_info_t *info)
{
    if (block == NULL) return;
    if (expression->node == QA_SQL_KEY && expression->relation == block->id)
        expression = block->keys[expression->index];
    if (expression->node != QA_SQL_COLUMN) return;
    const qa_sql_relation_t *relation = find_in_from(block->from, expression->relation);
    if (relation == NULL || relation->source != QA_SQL_FROM_TABLE) return;
    info->schema = relation->app;
    info->table = relation->table->name;
    info->base_name = relation->table->columns[expression->index].name;
    info->is_key = relation->table->columns[expression->index].key_position > 0;
}

static qa_status_t describe_query(qa_sql_statement_t *statement, const qa_sql_query_t *query)
{
    statement->columns =
        qa_arena_take(&statement->arena, (query->column_count + 1u) * sizeof(*statement->columns));
    if (statement->columns == NULL) return QA_NO_MEMORY;
    statement->column_count = query->column_count;
    for (uint16_t c = 0; c < query->column_count; c++) {
        statement->columns[c] = (qa_sql_column_info_t){ .name = query->column_names[c],
                                                        .type = query->column_types[c],
                                                        .schema = "",
                                                        .table = "",
                                                        .base_name = "" };
        if (query->kind == QA_SQL_SET_BLOCK && query->block != NULL)
            trace_column(query->block, query->block->outputs[c].expression, &statement->columns[c]);
    }
    return QA_OK;
}

static qa_status_t describe_list(qa_sql_statement_t *statement, const char *const *names,
                                 const qa_sql_type_t *types, uint16_t count)
{
    statement->columns = qa_arena_take(&statement->arena, (count + 1u) * sizeof(*statement->columns));
    if (statement->columns == NULL) return QA_NO_MEMORY;
    statement->column_count = count;
    for (uint16_t c = 0; c < count; c++)
        statement->columns[c] = (qa_sql_column_info_t){
            .name = names[c], .type = types[c], .schema = "", .table = "", .base_name = ""
        };
    return QA_OK;
}

static qa_status_t describe(qa_sql_statement_t *statement, qa_error_t *error)
{
    static const char *const explain_names[4] = { "step", "path", "what", "why" };
    static const qa_sql_type_t explain_types[4] = { { .kind = QA_SQL_INTEGER },
                                                    { .kind = QA_SQL_TEXT, .length = 16 },
                                                    { .kind = QA_SQL_TEXT, .length = 400 },
                                                    { .kind = QA_SQL_TEXT, .length = 4000 } };
    const qa_sql_bound_t *bound = statement->bound;
    qa_status_t status = QA_OK;
    statement->column_count = 0;
    if (bound->is_explain) {
        status = describe_list(statement, explain_names, explain_types, 4);
    } else if (bound->kind == QA_AST_CALL_PROCEDURE) {
        const char *const *names = NULL;
        const qa_sql_type_t *types = NULL;
        uint16_t count = 0;
        bool writes = false;
        status = qa_sql_call_shape(bound, &names, &types, &count, &writes, error);
        if (status != QA_OK) return status;
        status = describe_list(statement, names, types, count);
    } else if (bound->kind == QA_AST_SELECT) {
        status = describe_query(statement, bound->query);
    }
    return status == QA_OK ? QA_OK : qa_fail_memory(error, "a statement");
}

/* --- parsing and binding --- */

static qa_status_t bind_into(qa_sql_statement_t *statement, qa_error_t *error)
{
    const qa_sql_session_t *session = statement->session;
    const qa_sql_scope_options_t scope = { .catalog = session->catalog,
                                           .app = session->app,
                                           .scratch = session->scratch.tables,
                                           .scratch_count = session->scratch.count,
                                           .text = statement->text,
                                           .text_bytes = statement->text_bytes };
    qa_status_t status =
        qa_sql_parse(statement->text, statement->text_bytes, &statement->arena, &statement->parsed, error);
    if (status == QA_OK)
        status =
            qa_sql_bind_statement(statement->parsed, &scope, &statement->arena, &statement->bound, error);
    if (status != QA_OK) return status;
    qa_sql_bound_t *bound = statement->bound;
    status = describe(statement, error);
    if (status == QA_OK && bound->query != NULL)
        status = qa_sql_flatten(bound->query, &statement->arena, error);
    if (status == QA_OK && bound->write != NULL && bound->write->query != NULL)
        status = qa_sql_flatten(bound->write->query, &statement->arena, error);
    return status;
}

/* Binds the text to the tables as they are now. Used again when the metadata changed; when that fails, the
 * statement stays as it was, with its columns, and the next execute tries again. */
static qa_status_t bind_text(qa_sql_statement_t *statement, qa_error_t *error)
{
    const qa_sql_session_t *session = statement->session;
    qa_arena_t unused = statement->arena;
    qa_ast_statement_t *const parsed = statement->parsed;
    qa_sql_bound_t *old = statement->bound;
    qa_sql_column_info_t *const columns = statement->columns;
    const uint16_t column_count = statement->column_count;
    qa_arena_make(&statement->arena, session->allocator, STATEMENT_ARENA_BYTES_MAX);
    statement->bound = NULL;
    const qa_status_t status = bind_into(statement, error);
    if (status == QA_OK) {
        statement->scratch_version = session->scratch_version;
        snprintf(statement->app, sizeof(statement->app), "%s", session->app);
    } else {
        const qa_arena_t half = statement->arena;
        qa_sql_bound_t *const half_bound = statement->bound;
        statement->arena = unused;
        statement->parsed = parsed;
        statement->bound = old;
        statement->columns = columns;
        statement->column_count = column_count;
        unused = half;
        old = half_bound;
    }
    qa_sql_unbind(old);
    qa_arena_release(&unused);
    return status;
}

/* A parameter that its place cannot hold as it is: a cut text or a rounded integer would be another value.
 * Decimals and doubles may be rounded, as the place's own arithmetic rounds. */
static qa_status_t check_loss(uint16_t index, const qa_sql_type_t *type, qa_error_t *error)
{
    char name[40];
    if (type->kind == QA_SQL_TEXT || type->kind == QA_SQL_BINARY)
        return qa_fail(error, QA_TEXT_TOO_LONG, "parameter %u is longer than its place, which is %s",
                       index + 1u, qa_sql_type_name(type, name));
    if (type->kind == QA_SQL_INTEGER || type->kind == QA_SQL_BIGINT)
        return qa_fail(error, QA_TOO_MANY_DECIMALS,
                       "parameter %u has decimals, its place is %s; CAST it in the text", index + 1u,
                       qa_sql_type_name(type, name));
    return QA_OK;
}

/* The value as the parameter's place holds it; its text may stand in `scratch` or be the value's own. */
static qa_status_t fit_parameter(const qa_sql_statement_t *statement, uint16_t index,
                                 const qa_sql_value_t *value, char scratch[QA_SQL_CAST_BYTES],
                                 qa_sql_value_t *fit_out, qa_error_t *error)
{
    const qa_sql_type_t type = qa_sql_parameter_type(statement, index);
    qa_error_t why = { 0 };
    const qa_status_t status = qa_sql_cast(value, &type, scratch, fit_out, &why);
    if (status == QA_TYPE_CLASH)
        return qa_fail(error, status, "parameter %u: %s; where another type is meant, write CAST(? AS type)",
                       index + 1u, why.message);
    if (status != QA_OK) return qa_fail(error, status, "parameter %u: %s", index + 1u, why.message);
    if (qa_sql_cast_is_exact(value, fit_out)) return status;
    return check_loss(index, &type, error);
}

static bool has_text(const qa_sql_value_t *value)
{
    return value->kind == QA_SQL_TEXT || value->kind == QA_SQL_BINARY;
}

/* The statement was bound anew: values that were bound before may stand in places of another type now. One
 * that its place cannot hold is bound no more. */
static qa_status_t refit_parameters(qa_sql_statement_t *statement, qa_error_t *error)
{
    qa_status_t result = QA_OK;
    for (uint16_t p = 0; p < statement->bound_count; p++) {
        char scratch[QA_SQL_CAST_BYTES];
        qa_error_t told;
        qa_sql_value_t *value = &statement->parameters[p];
        qa_sql_value_t fit = { .kind = QA_SQL_NULL };
        if (value->kind == QA_SQL_NULL) continue;
        qa_error_clear(&told);
        qa_status_t status = fit_parameter(statement, p, value, scratch, &fit, &told);
        if (status == QA_OK && has_text(&fit) && (!has_text(value) || fit.text != value->text)) {
            fit.text = qa_arena_text(&statement->parameter_arena, fit.text, fit.bytes);
            statement->parameter_bytes += fit.bytes + 1u;
            if (fit.text == NULL) status = qa_fail_memory(&told, "a parameter");
        }
        if (status != QA_OK) {
            fit = (qa_sql_value_t){ .kind = QA_SQL_NULL };
            statement->is_bound[p] = 0;
            if (result == QA_OK && error != NULL) *error = told;
            if (result == QA_OK) result = status;
        }
        *value = fit;
    }
    return result;
}

qa_status_t qa_sql_statement_renew(qa_sql_statement_t *statement, qa_error_t *error)
{
    const qa_sql_session_t *session = statement->session;
    bool is_old =
        statement->scratch_version != session->scratch_version || strcmp(statement->app, session->app) != 0;
    for (uint16_t s = 0; !is_old && s < statement->bound->shape_count; s++) {
        const qa_sql_shape_t *shape = statement->bound->shapes[s];
        qa_sql_moment_t *moment = NULL;
        qa_sql_shape_t *now = NULL;
        qa_status_t status =
            qa_sql_catalog_moment(session->catalog, shape->app, strlen(shape->app), NULL, &moment, error);
        if (status == QA_OK) status = qa_sql_moment_shape(moment, &now, error);
        if (status != QA_OK) return status;
        is_old = now->metadata_version != shape->metadata_version;
    }
    if (!is_old) return QA_OK;
    const qa_status_t status = bind_text(statement, error);
    return status == QA_OK ? refit_parameters(statement, error) : status;
}

qa_status_t qa_sql_prepare(qa_sql_statement_t **statement_out, qa_sql_session_t *session, const char *text,
                           size_t bytes, qa_error_t *error)
{
    *statement_out = NULL;
    qa_error_clear(error);
    if (bytes > QA_SQL_TEXT_BYTES_MAX)
        return qa_fail(error, QA_LIMIT, "a statement has at most %d bytes; use parameters",
                       QA_SQL_TEXT_BYTES_MAX);
    qa_sql_statement_t *statement = qa_memory_take(session->allocator, sizeof(*statement));
    if (statement == NULL) return qa_fail_memory(error, "a statement");
    statement->session = session;
    statement->row_count = -1;
    qa_arena_make(&statement->arena, session->allocator, STATEMENT_ARENA_BYTES_MAX);
    qa_arena_make(&statement->run_arena, session->allocator, STATEMENT_ARENA_BYTES_MAX);
    qa_arena_make(&statement->parameter_arena, session->allocator, PARAMETER_ARENA_BYTES_MAX);
    statement->next = session->first_statement;
    if (statement->next != NULL) statement->next->previous = statement;
    session->first_statement = statement;
    statement->text = qa_memory_take(session->allocator, bytes + 1);
    qa_status_t status = QA_OK;
    if (statement->text == NULL) {
        status = qa_fail_memory(error, "a statement");
    } else {
        if (bytes > 0) memcpy(statement->text, text, bytes);
        statement->text_bytes = bytes;
        status = bind_text(statement, error);
    }
    if (status == QA_OK) {
        const size_t count = statement->bound->parameter_count;
        statement->parameters =
            qa_memory_take(session->allocator, (count + 1) * sizeof(*statement->parameters));
        statement->is_bound = qa_memory_take(session->allocator, count + 1);
        statement->bound_count = (uint16_t)count;
        if (statement->parameters == NULL || statement->is_bound == NULL)
            status = qa_fail_memory(error, "a statement");
    }
    if (status != QA_OK) {
        qa_sql_close(statement);
        return status;
    }
    *statement_out = statement;
    return QA_OK;
}

void qa_sql_close(qa_sql_statement_t *statement)
{
    if (statement == NULL) return;
    qa_sql_session_t *session = statement->session;
    qa_sql_close_cursor(statement);
    qa_sql_unbind(statement->bound);
    if (statement->previous != NULL)
        statement->previous->next = statement->next;
    else
        session->first_statement = statement->next;
    if (statement->next != NULL) statement->next->previous = statement->previous;
    const size_t count = (size_t)statement->bound_count + 1;
    qa_memory_give(session->allocator, statement->parameters, count * sizeof(*statement->parameters));
    qa_memory_give(session->allocator, statement->is_bound, count);
    qa_memory_give(session->allocator, statement->text, statement->text_bytes + 1);
    qa_arena_release(&statement->parameter_arena);
    qa_arena_release(&statement->run_arena);
    qa_arena_release(&statement->arena);
    qa_memory_give(session->allocator, statement, sizeof(*statement));
}

uint16_t qa_sql_column_count(const qa_sql_statement_t *statement)
{
    return statement->column_count;
}

const qa_sql_column_info_t *qa_sql_column(const qa_sql_statement_t *statement, uint16_t index)
{
    return index < statement->column_count ? &statement->columns[index] : NULL;
}

uint16_t qa_sql_parameter_count(const qa_sql_statement_t *statement)
{
    return statement->bound_count;
}

qa_sql_type_t qa_sql_parameter_type(const qa_sql_statement_t *statement, uint16_t index)
{
    if (statement->bound == NULL || index >= statement->bound->parameter_count)
        return (qa_sql_type_t){ .kind = QA_SQL_NULL, .is_nullable = true };
    qa_sql_type_t type = statement->bound->parameter_types[index];
    type.is_nullable = true;
    return type;
}

const char *qa_sql_command(const qa_sql_statement_t *statement)
{
    static const char *const names[] = { "SELECT", "INSERT",       "UPDATE",     "DELETE",
                                         "CALL",   "CREATE TABLE", "DROP TABLE", "EXPLAIN",
                                         "BEGIN",  "COMMIT",       "ROLLBACK" };
    return statement->bound->is_explain ? "EXPLAIN" : names[statement->bound->kind];
}

qa_status_t qa_sql_bind(qa_sql_statement_t *statement, uint16_t index, const qa_sql_value_t *value,
                        qa_error_t *error)
{
    char scratch[QA_SQL_CAST_BYTES];
    qa_sql_value_t cast = { .kind = QA_SQL_NULL };
    qa_error_clear(error);
    if (index >= statement->bound_count)
        return qa_fail(error, QA_INVALID, "the statement has %u parameters; there is no parameter %u",
                       (unsigned)statement->bound_count, index + 1u);
    if (value != NULL && value->kind != QA_SQL_NULL) {
        qa_error_t ignored;
        qa_status_t status = fit_parameter(statement, index, value, scratch, &cast, error);
        /* The place may be another one since the tables changed. */
        if (status != QA_OK && !statement->has_rows && qa_sql_statement_renew(statement, &ignored) == QA_OK)
            status = fit_parameter(statement, index, value, scratch, &cast, error);
        if (status != QA_OK) return status;
        qa_error_clear(error);
    }
    if (has_text(&cast)) {
        /* Old texts stay until there is enough of them; then those still in use move to a new arena. */
        if (statement->parameter_bytes > PARAMETER_BYTES_KEPT + 4 * (size_t)cast.bytes) {
            const qa_status_t status = qa_sql_keep_parameters(statement);
            if (status != QA_OK) return qa_fail_memory(error, "a parameter");
        }
        cast.text = qa_arena_text(&statement->parameter_arena, cast.text, cast.bytes);
        if (cast.text == NULL) return qa_fail_memory(error, "a parameter");
        statement->parameter_bytes += cast.bytes + 1u;
    }
    statement->parameters[index] = cast;
    statement->is_bound[index] = 1;
    return QA_OK;
}

qa_status_t qa_sql_keep_parameters(qa_sql_statement_t *statement)
{
    qa_arena_t arena;
    qa_arena_make(&arena, statement->session->allocator, PARAMETER_ARENA_BYTES_MAX);
    size_t bytes = 0;
    for (uint16_t p = 0; p < statement->bound_count; p++) {
        qa_sql_value_t *value = &statement->parameters[p];
        if (value->kind != QA_SQL_TEXT && value->kind != QA_SQL_BINARY) continue;
        value->text = qa_arena_text(&arena, value->text, value->bytes);
        bytes += value->bytes + 1u;
        if (value->text != NULL) continue;
        *value = (qa_sql_value_t){ .kind = QA_SQL_NULL };
        statement->is_bound[p] = 0;
    }
    qa_arena_release(&statement->parameter_arena);
    statement->parameter_arena = arena;
    statement->parameter_bytes = bytes;
    return QA_OK;
}
