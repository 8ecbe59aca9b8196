/* The world of the row engine's tests. Served tables are bound as scratch tables and then passed on as tables
 * of an app whose rows were read before (run->prefetched). */
#include "support/sql_rows_world.h"

#include <stdio.h>
#include <string.h>

#include "session/session_private.h"
#include "syntax/parser.h"

static bool is_served(const qa_sql_shape_table_t *table)
{
    return strncmp(table->name, "s_", 2) == 0;
}

static int32_t find_table(const rows_world_t *world, const char *name)
{
    for (uint32_t t = 0; t < world->table_count; t++) {
        if (strcmp(world->tables[t]->name, name) == 0) return (int32_t)t;
    }
    return -1;
}

qa_sql_table_t *rows_world_served(rows_world_t *world, const char *name)
{
    return &world->served[find_table(world, name)];
}

static void set_kinds(rows_world_t *world, bool is_binding)
{
    for (uint32_t t = 0; t < world->table_count; t++) {
        qa_sql_shape_table_t *table = (qa_sql_shape_table_t *)world->tables[t];
        table->kind = !is_binding && is_served(table) ? QA_SQL_HISTORY : QA_SQL_SCRATCH;
    }
}

qa_status_t rows_world_open(rows_world_t *world, const qa_allocator_t *allocator)
{
    *world = (rows_world_t){ .allocator = allocator, .next_id = 1 };
    qa_arena_make(&world->arena, allocator, (size_t)64 << 20);
    return qa_sql_engine_open(&world->engine, allocator, &world->error);
}

void rows_world_close(rows_world_t *world)
{
    qa_sql_engine_close(world->engine);
    for (uint32_t t = 0; t < world->table_count; t++) {
        if (world->served[t].allocator != NULL) qa_sql_table_release(&world->served[t]);
    }
    qa_arena_release(&world->arena);
}

/* --- statements --- */

static qa_status_t copy_served(const qa_sql_table_t *source, const qa_allocator_t *allocator,
                               qa_sql_table_t *copy)
{
    qa_sql_type_t types[1000];
    qa_sql_value_t values[1000];
    for (uint16_t c = 0; c < source->column_count; c++)
        types[c] = *qa_sql_table_type(source, c);
    qa_status_t status = qa_sql_table_make(copy, allocator, types, source->column_count);
    for (uint32_t r = 0; r < source->row_count && status == QA_OK; r++) {
        for (uint16_t c = 0; c < source->column_count; c++)
            values[c] = qa_sql_table_value(source, r, c);
        status = qa_sql_table_append(copy, values, true);
    }
    return status;
}

typedef struct prefetch {
    rows_world_t *world;
    rows_statement_t *statement;
} prefetch_t;

static qa_status_t prefetch_relation(void *context, qa_sql_relation_t *relation, const qa_sql_block_t *block)
{
    prefetch_t *prefetch = context;
    qa_sql_run_t *run = &prefetch->statement->run;
    (void)block;
    if (relation->table->kind == QA_SQL_SCRATCH) return QA_OK;
    qa_sql_prefetched_t *prefetched = &run->prefetched[run->prefetched_count++];
    *prefetched = (qa_sql_prefetched_t){ .relation = relation->id };
    return copy_served(rows_world_served(prefetch->world, relation->table->name), run->allocator,
                       &prefetched->rows);
}

static qa_status_t bind_text(rows_statement_t *statement, rows_world_t *world, const char *text)
{
    qa_ast_statement_t *parsed = NULL;
    const qa_sql_scope_options_t options = { .app = "",
                                             .scratch = world->tables,
                                             .scratch_count = world->table_count,
                                             .text = text,
                                             .text_bytes = strlen(text) };
    *statement = (rows_statement_t){ 0 };
    qa_arena_make(&statement->arena, world->allocator, (size_t)512 << 20);
    set_kinds(world, true);
    qa_status_t status = qa_sql_parse(text, strlen(text), &statement->arena, &parsed, &world->error);
    if (status == QA_OK)
        status = qa_sql_bind_statement(parsed, &options, &statement->arena, &statement->bound, &world->error);
    if (status != QA_OK) return status;
    set_kinds(world, false);
    statement->context = (qa_sql_context_t){ .now_ticks = 0, .actor = "tester", .app = "" };
    statement->run = (qa_sql_run_t){ .allocator = world->allocator,
                                     .arena = &statement->arena,
                                     .parameters = world->parameters,
                                     .context = &statement->context,
                                     .is_cancelled = &world->is_cancelled,
                                     .deadline_ns = &world->deadline_ns,
                                     .is_row_path = true,
                                     .path = &statement->path,
                                     .error = &statement->error };
    statement->run.prefetched = qa_arena_take(&statement->arena, 200 * sizeof(qa_sql_prefetched_t));
    if (statement->run.prefetched == NULL) return QA_NO_MEMORY;
    prefetch_t prefetch = { world, statement };
    return qa_sql_each_relation(statement->bound, prefetch_relation, &prefetch);
}

void rows_statement_close(rows_statement_t *statement)
{
    qa_sql_cursor_close(statement->cursor);
    for (uint16_t p = 0; p < statement->run.prefetched_count; p++) {
        if (!statement->run.prefetched[p].is_taken && statement->run.prefetched[p].rows.allocator != NULL)
            qa_sql_table_release(&statement->run.prefetched[p].rows);
    }
    if (statement->batch.allocator != NULL) qa_sql_table_release(&statement->batch);
    qa_sql_unbind(statement->bound);
    qa_arena_release(&statement->arena);
}

static qa_status_t open_query(rows_statement_t *statement, rows_world_t *world, const qa_sql_query_t *query)
{
    qa_status_t status = qa_sql_engine_query(world->engine, &statement->run, query, &statement->cursor);
    if (status != QA_OK) world->error = statement->error;
    if (status == QA_OK)
        status =
            qa_sql_table_make(&statement->batch, world->allocator, query->column_types, query->column_count);
    return status;
}

qa_status_t rows_statement_bind(rows_statement_t *statement, rows_world_t *world, const char *text)
{
    world->answer[0] = '\0';
    const qa_status_t status = bind_text(statement, world, text);
    if (status != QA_OK) rows_statement_close(statement);
    return status;
}

qa_status_t rows_statement_run(rows_statement_t *statement, rows_world_t *world)
{
    const qa_status_t status = open_query(statement, world, statement->bound->query);
    if (status != QA_OK) rows_statement_close(statement);
    return status;
}

qa_status_t rows_statement_open(rows_statement_t *statement, rows_world_t *world, const char *text)
{
    const qa_status_t status = rows_statement_bind(statement, world, text);
    return status == QA_OK ? rows_statement_run(statement, world) : status;
}

static void print_row(rows_world_t *world, const qa_sql_table_t *rows, uint32_t row)
{
    static const qa_sql_type_t text_type = { .kind = QA_SQL_TEXT };
    size_t used = strlen(world->answer);
    for (uint16_t c = 0; c < rows->column_count; c++) {
        char scratch[QA_SQL_CAST_BYTES];
        qa_sql_value_t text = { .kind = QA_SQL_NULL };
        const qa_sql_value_t value = qa_sql_table_value(rows, row, c);
        const char *before = c > 0 ? "|" : used > 0 ? ";" : "";
        if (value.kind == QA_SQL_NULL || qa_sql_cast(&value, &text_type, scratch, &text, NULL) != QA_OK)
            text = (qa_sql_value_t){ .kind = QA_SQL_TEXT, .text = "NULL", .bytes = 4 };
        const int bytes = snprintf(world->answer + used, ROWS_WORLD_ANSWER - used, "%s%.*s", before,
                                   (int)text.bytes, text.text);
        used += (size_t)bytes < ROWS_WORLD_ANSWER - used ? (size_t)bytes : ROWS_WORLD_ANSWER - used - 1;
    }
}

qa_status_t rows_statement_next(rows_statement_t *statement, rows_world_t *world, uint32_t row_max,
                                uint32_t *row_count_out)
{
    const qa_status_t status =
        qa_sql_cursor_next(statement->cursor, row_max, &statement->batch, &world->error);
    *row_count_out = 0;
    if (status != QA_OK) return status;
    *row_count_out = statement->batch.row_count;
    for (uint32_t r = 0; r < statement->batch.row_count; r++)
        print_row(world, &statement->batch, r);
    return QA_OK;
}

static qa_status_t read_all(rows_statement_t *statement, rows_world_t *world)
{
    uint32_t row_count = 1;
    qa_status_t status = QA_OK;
    while (status == QA_OK && row_count > 0)
        status =
            rows_statement_next(statement, world, world->batch_rows == 0 ? 3 : world->batch_rows, &row_count);
    return status;
}

static qa_status_t create(rows_statement_t *statement, rows_world_t *world)
{
    const qa_ast_statement_t *definition = statement->bound->definition;
    const uint16_t count = definition->definition_count;
    qa_sql_shape_table_t *table = qa_arena_take(&world->arena, sizeof(*table));
    qa_sql_shape_column_t *columns = qa_arena_take(&world->arena, count * sizeof(*columns));
    qa_sql_type_t types[1000];
    bool is_not_null[1000] = { false };
    if (table == NULL || columns == NULL) return QA_NO_MEMORY;
    table->schema = "";
    table->name = qa_arena_text(&world->arena, definition->table.text, definition->table.bytes);
    if (table->name == NULL) return QA_NO_MEMORY;
    table->name_bytes = definition->table.bytes;
    table->kind = QA_SQL_SCRATCH;
    table->columns = columns;
    table->column_count = count;
    table->scratch_id = world->next_id++;
    for (uint16_t c = 0; c < count; c++) {
        const qa_ast_column_definition_t *own = &definition->definitions[c];
        columns[c] = (qa_sql_shape_column_t){ .name_bytes = own->name.bytes, .type = own->type };
        columns[c].name = qa_arena_text(&world->arena, own->name.text, own->name.bytes);
        if (columns[c].name == NULL) return QA_NO_MEMORY;
        columns[c].key_position = own->is_primary_key ? 1 : 0;
        for (uint16_t k = 0; k < definition->key_count; k++) {
            if (strcmp(definition->keys[k].text, own->name.text) == 0)
                columns[c].key_position = (uint16_t)(k + 1);
        }
        is_not_null[c] = own->is_not_null;
        columns[c].type.is_nullable = true;
        columns[c].type.is_name = is_served(table) && strncmp(own->name.text, "n_", 2) == 0;
        types[c] = columns[c].type;
    }
    const qa_status_t status =
        is_served(table)
            ? qa_sql_table_make(&world->served[world->table_count], world->allocator, types, count)
            : qa_sql_engine_create(world->engine, table->scratch_id, table, is_not_null, &world->error);
    if (status == QA_OK) world->tables[world->table_count++] = table;
    return status;
}

static qa_status_t insert(rows_statement_t *statement, rows_world_t *world)
{
    const qa_sql_write_t *write = statement->bound->write;
    const qa_sql_shape_table_t *table = write->target->table;
    const uint16_t count = table->column_count;
    qa_sql_type_t types[1000];
    qa_sql_value_t values[1000] = { 0 };
    qa_sql_table_t rows = { 0 };
    qa_status_t status = open_query(statement, world, write->query);
    for (uint16_t c = 0; c < count; c++)
        types[c] = table->columns[c].type;
    if (status == QA_OK) status = qa_sql_table_make(&rows, world->allocator, types, count);
    if (status == QA_OK)
        status = qa_sql_cursor_next(statement->cursor, UINT32_MAX, &statement->batch, &world->error);
    qa_sql_table_t *target = is_served(table) ? rows_world_served(world, table->name) : &rows;
    for (uint32_t r = 0; r < statement->batch.row_count && status == QA_OK; r++) {
        for (uint16_t c = 0; c < write->column_count; c++)
            values[write->columns[c]] = qa_sql_table_value(&statement->batch, r, c);
        status = qa_sql_table_append(target, values, false);
    }
    if (status == QA_OK && target == &rows)
        status = qa_sql_engine_insert(world->engine, table->scratch_id, table, &rows, &world->error);
    if (rows.allocator != NULL) qa_sql_table_release(&rows);
    return status;
}

static qa_status_t drop(rows_statement_t *statement, rows_world_t *world)
{
    const int32_t at = find_table(world, statement->bound->definition->table.text);
    const qa_status_t status =
        qa_sql_engine_drop(world->engine, world->tables[at]->scratch_id, &world->error);
    if (status != QA_OK) return status;
    world->table_count--;
    for (uint32_t t = (uint32_t)at; t < world->table_count; t++) {
        world->tables[t] = world->tables[t + 1];
        world->served[t] = world->served[t + 1];
    }
    return QA_OK;
}

qa_status_t rows_world_do(rows_world_t *world, const char *text)
{
    rows_statement_t statement;
    world->answer[0] = '\0';
    world->row_count = -1;
    world->error = (qa_error_t){ 0 };
    qa_status_t status = bind_text(&statement, world, text);
    const int kind = status == QA_OK ? statement.bound->kind : -1;
    if (kind == QA_AST_SELECT) {
        status = open_query(&statement, world, statement.bound->query);
        if (status == QA_OK) status = read_all(&statement, world);
    } else if (kind == QA_AST_INSERT) {
        status = insert(&statement, world);
    } else if (kind == QA_AST_UPDATE || kind == QA_AST_DELETE) {
        status = qa_sql_engine_change(world->engine, &statement.run, statement.bound->write,
                                      kind == QA_AST_DELETE, &world->row_count);
        if (status != QA_OK) world->error = statement.error;
    } else if (kind == QA_AST_CREATE_TABLE) {
        status = create(&statement, world);
    } else if (kind == QA_AST_DROP_TABLE) {
        status = drop(&statement, world);
    }
    rows_statement_close(&statement);
    return status;
}
