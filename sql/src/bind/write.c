/* INSERT, UPDATE, DELETE: which tables and columns are written, and the query that gives the rows. Atoms,
 * cells and scratch tables are written; facts is a view of atoms, the rest is written by nobody. */
#include <string.h>

#include "bind/binder.h"

static bool is_writable(const qa_sql_shape_table_t *table, uint16_t column)
{
    if (table->kind == QA_SQL_SCRATCH) return true;
    switch (table->columns[column].role) {
    case QA_SQL_ROLE_MEMBER:
    case QA_SQL_ROLE_VALUE:
    case QA_SQL_ROLE_TEXT:
    case QA_SQL_ROLE_DATE:
    case QA_SQL_ROLE_BOOLEAN:
        return true;
    default:
        return false;
    }
}

static qa_status_t check_table(const qa_binder_t *binder, const qa_sql_shape_table_t *table, const char *app,
                               uint32_t position)
{
    switch ((qa_sql_relation_kind_t)table->kind) {
    case QA_SQL_ATOMS:
    case QA_SQL_CELLS:
    case QA_SQL_SCRATCH:
        return QA_OK;
    case QA_SQL_FACTS:
        return qa_bind_fail(binder, QA_READ_ONLY, position, "%s.facts is a view of atoms; write to %s.atoms",
                            app, app);
    case QA_SQL_DIMENSION:
    case QA_SQL_ROLLUP:
        return qa_bind_fail(binder, QA_READ_ONLY, position,
                            "%s.%s is made from the model; change members with a model file", app,
                            table->name);
    case QA_SQL_LINES:
    case QA_SQL_HISTORY:
    case QA_SQL_MEMBERS_CHANGED:
        break;
    }
    return qa_bind_fail(binder, QA_READ_ONLY, position, "%s.%s tells what happened; it is never written", app,
                        table->name);
}

static qa_status_t open_target(qa_binder_t *binder, const qa_ast_statement_t *statement,
                               qa_sql_write_t *write, qa_sql_type_t **types_out)
{
    const qa_sql_shape_table_t *table = NULL;
    const char *app = "";
    qa_status_t status = qa_bind_table(binder, &statement->schema, &statement->table, &table, &app);
    if (status == QA_OK) status = check_table(binder, table, app, statement->table.position);
    if (status != QA_OK) return status;
    return qa_bind_table_relation(binder, table, app, statement->alias.text, &write->target, types_out);
}

static qa_status_t find_column(const qa_binder_t *binder, const qa_sql_relation_t *target,
                               const qa_ast_name_t *name, uint16_t *column_out)
{
    char words[160];
    qa_bind_near_t near = { .wanted = name };
    for (uint16_t i = 0; i < target->column_count; i++) {
        qa_bind_near_offer(&near, target->column_names[i]);
        if (!qa_bind_is_name(target->column_names[i], name)) continue;
        *column_out = i;
        if (is_writable(target->table, i)) return QA_OK;
        return qa_bind_fail(binder, QA_READ_ONLY, name->position, "\"%s\" is never written: the log says it",
                            name->text);
    }
    return qa_bind_fail(binder, QA_COLUMN_NOT_FOUND, name->position, "%s has no column \"%s\"%s",
                        target->table->name, name->text, qa_bind_near_words(&near, words));
}

/* Puts a column into the write's list, which has room for all. */
static qa_status_t add_column(const qa_binder_t *binder, qa_sql_write_t *write, uint16_t column,
                              const qa_ast_name_t *name)
{
    for (uint16_t i = 0; i < write->column_count; i++)
        if (write->columns[i] == column)
            return qa_bind_fail(binder, QA_NAMED_TWICE, name->position, "\"%s\" is given twice", name->text);
    write->columns[write->column_count++] = column;
    return QA_OK;
}

/* --- INSERT --- */

static qa_status_t bind_columns(qa_binder_t *binder, const qa_ast_statement_t *statement,
                                qa_sql_write_t *write)
{
    const qa_sql_relation_t *target = write->target;
    qa_status_t status = QA_OK;
    write->columns = qa_arena_take(binder->arena, (target->column_count + 1u) * sizeof(*write->columns));
    if (write->columns == NULL) return qa_bind_no_memory(binder);
    for (uint16_t i = 0; i < statement->column_count && status == QA_OK; i++) {
        uint16_t column = 0;
        status = find_column(binder, target, &statement->columns[i], &column);
        if (status == QA_OK) status = add_column(binder, write, column, &statement->columns[i]);
    }
    for (uint16_t i = 0; i < target->column_count && statement->column_count == 0; i++)
        if (is_writable(target->table, i)) write->columns[write->column_count++] = i;
    return status;
}

/* The columns of a query that is not VALUES become those of the target. */
static qa_status_t assign_query(qa_binder_t *binder, const qa_ast_query_t *ast,
                                const qa_sql_shape_column_t *const *wanted, qa_sql_query_t **query)
{
    const uint16_t count = (*query)->column_count;
    for (uint16_t i = 0; i < count; i++) {
        const qa_sql_block_t *block = (*query)->block;
        const qa_sql_type_t type = (*query)->column_types[i];
        const qa_sql_type_t stored = qa_bind_stored_type(wanted[i]);
        const bool is_constant = block != NULL && block->outputs[i].expression->node == QA_SQL_CONSTANT;
        qa_status_t status = qa_bind_assign_check(binder, &type, is_constant, wanted[i], ast->position);
        /* A text is not cast, which would cut it: whoever stores it refuses it when it is too long. */
        if (status == QA_OK && (type.kind != QA_SQL_TEXT || wanted[i]->type.kind != QA_SQL_TEXT))
            status = qa_bind_recast(binder, query, i, &stored, ast->position);
        if (status != QA_OK) return status;
    }
    return QA_OK;
}

static qa_status_t fail_count(const qa_binder_t *binder, const qa_ast_statement_t *statement,
                              uint16_t value_count, uint16_t column_count)
{
    return qa_bind_fail(
        binder, QA_COLUMN_COUNT, statement->query->position, "%u value%s in a row for %u column%s%s",
        value_count, value_count == 1 ? "" : "s", column_count, column_count == 1 ? "" : "s",
        statement->column_count > 0 ? "" : "; name the columns that you fill behind the table");
}

static qa_status_t bind_insert(qa_binder_t *binder, const qa_ast_statement_t *statement,
                               qa_sql_write_t *write)
{
    const qa_ast_query_t *ast = statement->query;
    const bool is_values = ast->kind == QA_SQL_SET_BLOCK && ast->block == NULL;
    qa_status_t status = bind_columns(binder, statement, write);
    if (status != QA_OK) return status;
    const uint16_t count = write->column_count;
    const qa_sql_shape_column_t **wanted = qa_arena_take(binder->arena, (count + 1u) * sizeof(*wanted));
    if (wanted == NULL) return qa_bind_no_memory(binder);
    for (uint16_t i = 0; i < count; i++)
        wanted[i] = &write->target->table->columns[write->columns[i]];
    if (is_values && ast->row_width != count) return fail_count(binder, statement, ast->row_width, count);
    status = qa_bind_query(binder, ast, is_values ? wanted : NULL, count, &write->query);
    if (status != QA_OK || is_values) return status;
    if (write->query->column_count != count)
        return fail_count(binder, statement, write->query->column_count, count);
    return assign_query(binder, ast, wanted, &write->query);
}

/* --- UPDATE, DELETE --- */

static qa_status_t bind_assignment(qa_binder_t *binder, const qa_ast_assignment_t *assignment,
                                   qa_sql_write_t *write, const qa_sql_expression_t **value_out)
{
    static const qa_sql_value_t null_value = { .kind = QA_SQL_NULL };
    static const qa_sql_type_t null_type = { .kind = QA_SQL_NULL, .is_nullable = true };
    uint16_t column = 0;
    qa_status_t status = find_column(binder, write->target, &assignment->column, &column);
    if (status == QA_OK) status = add_column(binder, write, column, &assignment->column);
    if (status != QA_OK) return status;
    const qa_sql_shape_column_t *target = &write->target->table->columns[column];
    if (write->target->table->kind != QA_SQL_SCRATCH && target->role == QA_SQL_ROLE_MEMBER)
        return qa_bind_fail(
            binder, QA_NOT_YET, assignment->column.position,
            "moving a value to another member of %s is not built yet; INSERT it there and DELETE "
            "it here",
            target->name);
    const uint32_t position =
        assignment->value == NULL ? assignment->column.position : assignment->value->position;
    if (assignment->value == NULL) { /* DEFAULT */
        *value_out = qa_sql_make_constant(binder->arena, &null_value, &null_type);
        if (*value_out == NULL) return qa_bind_no_memory(binder);
    } else {
        status = qa_bind_expression(binder, assignment->value, value_out);
    }
    return status == QA_OK ? qa_bind_assign(binder, *value_out, target, position, value_out) : status;
}

static qa_status_t bind_assignments(qa_binder_t *binder, const qa_ast_statement_t *statement,
                                    qa_sql_write_t *write)
{
    const uint16_t count = statement->assignment_count;
    qa_status_t status = QA_OK;
    write->columns = qa_arena_take(binder->arena, (count + 1u) * sizeof(*write->columns));
    write->values = qa_arena_take(binder->arena, (count + 1u) * sizeof(*write->values));
    if (write->columns == NULL || write->values == NULL) return qa_bind_no_memory(binder);
    for (uint16_t i = 0; i < count && status == QA_OK; i++)
        status = bind_assignment(binder, &statement->assignments[i], write, &write->values[i]);
    return status;
}

/* The block that reads the rows to change: all columns of the target, then the new values. */
static qa_status_t make_query(qa_binder_t *binder, const qa_bind_scope_t *scope, qa_sql_write_t *write,
                              uint32_t position)
{
    const qa_sql_relation_t *target = write->target;
    const uint32_t count = (uint32_t)target->column_count + (write->values == NULL ? 0 : write->column_count);
    if (count > QA_BIND_COLUMNS_MAX)
        return qa_bind_fail(binder, QA_LIMIT, position, "an UPDATE reads at most %d columns",
                            QA_BIND_COLUMNS_MAX);
    qa_sql_query_t *query = write->query;
    qa_sql_block_t *block = qa_arena_take(binder->arena, sizeof(*block));
    qa_sql_from_t *from = qa_arena_take(binder->arena, sizeof(*from));
    qa_sql_output_t *outputs = qa_arena_take(binder->arena, (count + 1u) * sizeof(*outputs));
    if (block == NULL || from == NULL || outputs == NULL) return qa_bind_no_memory(binder);
    qa_status_t status = QA_OK;
    for (uint16_t i = 0; i < target->column_count && status == QA_OK; i++) {
        outputs[i].name = target->column_names[i];
        status = qa_bind_relation_column(binder, target, i, position, &outputs[i].expression);
    }
    for (uint32_t i = target->column_count; i < count; i++) {
        const uint32_t value = i - target->column_count;
        outputs[i].name = target->column_names[write->columns[value]];
        outputs[i].expression = write->values[value];
    }
    from->relation = write->target;
    block->id = scope->block_id;
    block->from = from;
    block->where = write->where;
    block->outputs = outputs;
    block->output_count = (uint16_t)count;
    block->is_with_empty = write->values != NULL && target->table->kind == QA_SQL_CELLS;
    query->block = block;
    return status == QA_OK ? qa_bind_describe(binder, query) : status;
}

static qa_status_t bind_change(qa_binder_t *binder, const qa_ast_statement_t *statement,
                               qa_sql_write_t *write, qa_sql_type_t *types)
{
    const bool is_update = statement->kind == QA_AST_UPDATE;
    const uint32_t position = statement->table.position;
    qa_bind_scope_t *scope = NULL;
    if (write->target->table->kind == QA_SQL_CELLS && statement->where == NULL)
        return qa_bind_fail(binder, QA_INVALID, position,
                            "%s of cells without a WHERE would change every total; name the cells in WHERE",
                            is_update ? "an UPDATE" : "a DELETE");
    qa_sql_query_t *query = qa_arena_take(binder->arena, sizeof(*query));
    if (query == NULL) return qa_bind_no_memory(binder);
    qa_bind_frame_t frame = { .query = query };
    qa_status_t status = qa_bind_open_scope(binder, &scope);
    if (status != QA_OK) return status;
    binder->frame = &frame;
    scope->clause = is_update ? "SET" : "WHERE";
    status = qa_bind_add_relation(binder, write->target, types, statement->alias.text != NULL, position,
                                  &scope->columns);
    if (status == QA_OK && is_update) status = bind_assignments(binder, statement, write);
    scope->clause = "WHERE";
    if (status == QA_OK && statement->where != NULL)
        status = qa_bind_condition(binder, statement->where, "WHERE", &write->where);
    if (status == QA_OK && write->target->table->kind != QA_SQL_SCRATCH) {
        write->query = query;
        status = make_query(binder, scope, write, position);
    }
    binder->frame = NULL;
    binder->scope = NULL;
    return status;
}

qa_status_t qa_bind_write(qa_binder_t *binder, const qa_ast_statement_t *statement)
{
    qa_sql_type_t *types = NULL;
    qa_sql_write_t *write = qa_arena_take(binder->arena, sizeof(*write));
    if (write == NULL) return qa_bind_no_memory(binder);
    binder->bound->write = write;
    const qa_status_t status = open_target(binder, statement, write, &types);
    if (status != QA_OK) return status;
    return statement->kind == QA_AST_INSERT ? bind_insert(binder, statement, write)
                                            : bind_change(binder, statement, write, types);
}
