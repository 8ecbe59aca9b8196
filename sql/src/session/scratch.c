/* Scratch tables: what CREATE TABLE and DROP TABLE do. They live in the session alone and end with it. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "qa/text.h"
#include "session/session_private.h"

enum { SCRATCH_COLUMNS_MAX = 1000, SCRATCH_TABLES_MAX = 10000 };

static bool is_named(const qa_sql_shape_table_t *table, const qa_ast_name_t *name)
{
    if (name->is_quoted) return strcmp(table->name, name->text) == 0;
    char a[QA_NAME_KEY_BYTES], b[QA_NAME_KEY_BYTES];
    size_t a_bytes = 0, b_bytes = 0;
    return qa_name_key(table->name, table->name_bytes, a, &a_bytes) == QA_OK &&
           qa_name_key(name->text, name->bytes, b, &b_bytes) == QA_OK && a_bytes == b_bytes &&
           memcmp(a, b, a_bytes) == 0;
}

static int64_t find(const qa_sql_session_t *session, const qa_ast_name_t *name)
{
    for (uint32_t t = 0; t < session->scratch.count; t++) {
        if (is_named(session->scratch.tables[t], name)) return t;
    }
    return -1;
}

static bool is_key(const qa_ast_statement_t *definition, uint16_t column, uint16_t *position_out)
{
    const qa_ast_column_definition_t *own = &definition->definitions[column];
    *position_out = 1;
    if (own->is_primary_key) return true;
    for (uint16_t k = 0; k < definition->key_count; k++) {
        *position_out = (uint16_t)(k + 1);
        if (strcasecmp(definition->keys[k].text, own->name.text) == 0) return true;
    }
    *position_out = 0;
    return false;
}

static qa_status_t fill_defined(qa_sql_statement_t *statement, qa_sql_shape_column_t *columns,
                                bool *is_not_null)
{
    const qa_ast_statement_t *definition = statement->bound->definition;
    for (uint16_t c = 0; c < definition->definition_count; c++) {
        const qa_ast_column_definition_t *own = &definition->definitions[c];
        for (uint16_t other = 0; other < c; other++) {
            if (strcasecmp(definition->definitions[other].name.text, own->name.text) == 0)
                return qa_fail(&statement->run_error, QA_EXISTS, "the column %s is defined twice",
                               own->name.text);
        }
        columns[c].name = own->name.text;
        columns[c].type = own->type;
        is_not_null[c] = is_key(definition, c, &columns[c].key_position) || own->is_not_null;
        columns[c].type.is_nullable = !is_not_null[c];
    }
    return QA_OK;
}

static void fill_from_query(const qa_sql_query_t *query, qa_sql_shape_column_t *columns, bool *is_not_null)
{
    for (uint16_t c = 0; c < query->column_count; c++) {
        columns[c].name = query->column_names[c];
        columns[c].type = query->column_types[c];
        if (columns[c].type.kind == QA_SQL_NULL)
            columns[c].type = (qa_sql_type_t){ .kind = QA_SQL_TEXT, .length = 1 };
        columns[c].type.is_nullable = true;
        columns[c].type.is_name = false;
        is_not_null[c] = false;
    }
}

/* The table in the session's arena, where statements that were bound to it may find it for ever. */
static qa_status_t make_table(qa_sql_statement_t *statement, qa_sql_shape_table_t **table_out,
                              bool **is_not_null_out)
{
    qa_sql_session_t *session = statement->session;
    const qa_ast_statement_t *definition = statement->bound->definition;
    const qa_sql_query_t *query = statement->bound->query;
    const uint16_t count = query != NULL ? query->column_count : definition->definition_count;
    qa_sql_shape_table_t *table = qa_arena_take(&session->arena, sizeof(*table));
    qa_sql_shape_column_t *columns = qa_arena_take(&session->arena, (count + 1u) * sizeof(*columns));
    bool *is_not_null = qa_arena_take(&session->arena, (count + 1u) * sizeof(*is_not_null));
    if (count > SCRATCH_COLUMNS_MAX)
        return qa_fail(&statement->run_error, QA_LIMIT, "a scratch table has at most %d columns",
                       SCRATCH_COLUMNS_MAX);
    if (table == NULL || columns == NULL || is_not_null == NULL)
        return qa_fail_memory(&statement->run_error, "a scratch table");
    qa_status_t status = QA_OK;
    if (query != NULL)
        fill_from_query(query, columns, is_not_null);
    else
        status = fill_defined(statement, columns, is_not_null);
    if (status != QA_OK) return status;
    for (uint16_t c = 0; c < count; c++) {
        columns[c].name_bytes = (uint32_t)strlen(columns[c].name);
        columns[c].name = qa_arena_text(&session->arena, columns[c].name, columns[c].name_bytes);
        columns[c].reference_table = "";
        columns[c].reference_column = "";
        columns[c].remarks = "";
        if (columns[c].name == NULL) return qa_fail_memory(&statement->run_error, "a scratch table");
    }
    table->schema = "";
    table->name_bytes = definition->table.bytes;
    table->name = qa_arena_text(&session->arena, definition->table.text, definition->table.bytes);
    table->kind = QA_SQL_SCRATCH;
    table->column_count = count;
    table->columns = columns;
    table->remarks = "";
    table->scratch_id = session->scratch_next_id++;
    *table_out = table;
    *is_not_null_out = is_not_null;
    return table->name == NULL ? qa_fail_memory(&statement->run_error, "a scratch table") : QA_OK;
}

static qa_status_t add(qa_sql_session_t *session, const qa_sql_shape_table_t *table, qa_error_t *error)
{
    qa_sql_scratch_list_t *list = &session->scratch;
    if (list->count >= SCRATCH_TABLES_MAX)
        return qa_fail(error, QA_LIMIT, "a session has at most %d scratch tables", SCRATCH_TABLES_MAX);
    if (qa_array_reserve(session->allocator, (void **)&list->tables, &list->capacity, list->count + 1,
                         sizeof(*list->tables)) != QA_OK)
        return qa_fail_memory(error, "a scratch table");
    list->tables[list->count++] = table;
    session->scratch_version++;
    return QA_OK;
}

static qa_status_t fill(qa_sql_statement_t *statement, const qa_sql_shape_table_t *table)
{
    qa_sql_table_t rows = { 0 };
    qa_status_t status = qa_sql_run_enter(statement, true);
    if (status != QA_OK) return status;
    status = qa_sql_run_all(statement, statement->bound->query, &rows);
    qa_sql_run_leave(statement);
    if (status == QA_OK)
        status = qa_sql_engine_insert(statement->session->engine, table->scratch_id, table, &rows,
                                      &statement->run_error);
    if (status == QA_OK) statement->row_count = rows.row_count;
    qa_sql_table_release(&rows);
    return status;
}

qa_status_t qa_sql_create_table(qa_sql_statement_t *statement)
{
    qa_sql_session_t *session = statement->session;
    const qa_ast_statement_t *definition = statement->bound->definition;
    qa_sql_shape_table_t *table = NULL;
    bool *is_not_null = NULL;
    qa_error_t *error = &statement->run_error;
    if (definition->schema.text != NULL)
        return qa_fail(
            error, QA_NOT_SUPPORTED,
            "scratch tables have no schema: say CREATE TABLE %s; the tables of an app come from its model",
            definition->table.text);
    if (find(session, &definition->table) >= 0) {
        if (definition->is_if_exists) return QA_OK;
        return qa_fail(error, QA_TABLE_EXISTS, "the scratch table %s is there already",
                       definition->table.text);
    }
    qa_status_t status = make_table(statement, &table, &is_not_null);
    if (status == QA_OK && (!session->is_autocommit || session->transaction.is_begun))
        status = qa_sql_transaction_begin_engine(session, error);
    if (status == QA_OK)
        status = qa_sql_engine_create(session->engine, table->scratch_id, table, is_not_null, error);
    if (status != QA_OK) return status;
    if (statement->bound->query != NULL) status = fill(statement, table);
    if (status == QA_OK) status = add(session, table, error);
    if (status != QA_OK) {
        qa_error_t ignored;
        qa_sql_engine_drop(session->engine, table->scratch_id, &ignored);
    }
    return status;
}

qa_status_t qa_sql_drop_table(qa_sql_statement_t *statement)
{
    qa_sql_session_t *session = statement->session;
    const qa_ast_statement_t *definition = statement->bound->definition;
    qa_error_t *error = &statement->run_error;
    const int64_t at = definition->schema.text != NULL ? -1 : find(session, &definition->table);
    if (at < 0) {
        if (definition->is_if_exists) return QA_OK;
        return qa_fail(error, QA_TABLE_NOT_FOUND,
                       "there is no scratch table %s; the tables of an app cannot be dropped",
                       definition->table.text);
    }
    qa_status_t status = QA_OK;
    if (!session->is_autocommit || session->transaction.is_begun)
        status = qa_sql_transaction_begin_engine(session, error);
    if (status == QA_OK)
        status = qa_sql_engine_drop(session->engine, session->scratch.tables[at]->scratch_id, error);
    if (status != QA_OK) return status;
    session->scratch.count--;
    for (uint32_t t = (uint32_t)at; t < session->scratch.count; t++)
        session->scratch.tables[t] = session->scratch.tables[t + 1];
    session->scratch_version++;
    return QA_OK;
}
