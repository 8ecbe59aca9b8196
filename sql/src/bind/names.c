/* Columns by name: [[schema.]table.]column in the block, then in the blocks around it; and what * stands for.
 * A name without a table finds a column that NATURAL or USING merged once. */
#include <stdio.h>
#include <string.h>

#include "bind/binder.h"

void qa_bind_mark_correlated(const qa_binder_t *binder, uint32_t depth)
{
    for (qa_bind_frame_t *frame = binder->frame; frame != NULL && frame->depth >= depth; frame = frame->outer)
        frame->query->is_correlated = true;
}

qa_status_t qa_bind_relation_column(qa_binder_t *binder, const qa_sql_relation_t *relation, uint16_t index,
                                    uint32_t position, const qa_sql_expression_t **expression_out)
{
    qa_sql_expression_t *node = qa_sql_make_node(binder->arena, QA_SQL_COLUMN, 0);
    if (node == NULL) return qa_bind_no_memory(binder);
    node->relation = relation->id;
    node->index = index;
    node->position = position;
    node->type = relation->column_types[index];
    *expression_out = node;
    return QA_OK;
}

qa_status_t qa_bind_column_expression(qa_binder_t *binder, const qa_bind_column_t *column, uint32_t position,
                                      const qa_sql_expression_t **expression_out)
{
    const qa_sql_expression_t *sides[2] = { NULL, NULL };
    if (column->relation != NULL)
        return qa_bind_relation_column(binder, column->relation, column->index, position, expression_out);
    qa_status_t status = qa_bind_enter(binder, position);
    if (status == QA_OK) status = qa_bind_column_expression(binder, column->left, position, &sides[0]);
    if (status == QA_OK) status = qa_bind_column_expression(binder, column->right, position, &sides[1]);
    if (status == QA_OK) status = qa_bind_call(binder, "COALESCE", sides, 2, position, expression_out);
    qa_bind_leave(binder);
    return status;
}

static bool is_relation(const qa_bind_relation_t *candidate, const qa_ast_name_t *schema,
                        const qa_ast_name_t *table)
{
    const qa_sql_relation_t *relation = candidate->relation;
    if (!qa_bind_is_name(relation->alias, table)) return false;
    if (schema == NULL) return true;
    return !candidate->is_aliased && relation->source == QA_SQL_FROM_TABLE && relation->app[0] != '\0' &&
           qa_bind_is_name(relation->app, schema);
}

static void relation_words(const qa_sql_relation_t *relation, char words_out[160])
{
    const bool is_app = relation->source == QA_SQL_FROM_TABLE && relation->app[0] != '\0';
    snprintf(words_out, 160, "%.70s%s%.80s", is_app ? relation->app : "", is_app ? "." : "", relation->alias);
}

/* The relation of a qualified name, in the scope or around it; NULL: none. */
static qa_status_t find_relation(const qa_binder_t *binder, const qa_ast_name_t *schema,
                                 const qa_ast_name_t *table, qa_bind_scope_t **scope_out,
                                 const qa_bind_relation_t **relation_out)
{
    *relation_out = NULL;
    for (qa_bind_scope_t *scope = binder->scope; scope != NULL; scope = scope->outer) {
        for (uint32_t i = scope->relation_first; i < scope->relation_count; i++) {
            const qa_bind_relation_t *candidate = &scope->relations[i];
            if (!is_relation(candidate, schema, table)) continue;
            if (*relation_out != NULL) {
                char first[160], second[160];
                relation_words((*relation_out)->relation, first);
                relation_words(candidate->relation, second);
                return qa_bind_fail(binder, QA_COLUMN_AMBIGUOUS, table->position,
                                    "\"%s\" fits %s and %s; give each table a name with AS", table->text,
                                    first, second);
            }
            *relation_out = candidate;
            *scope_out = scope;
        }
        if (*relation_out != NULL) return QA_OK;
    }
    return QA_OK;
}

static qa_status_t fail_relation(const qa_binder_t *binder, const qa_ast_name_t *schema,
                                 const qa_ast_name_t *table)
{
    char words[160];
    qa_bind_near_t near = { .wanted = table };
    for (const qa_bind_scope_t *scope = binder->scope; scope != NULL; scope = scope->outer)
        for (uint32_t i = scope->relation_first; i < scope->relation_count; i++) {
            const qa_sql_relation_t *relation = scope->relations[i].relation;
            qa_bind_near_offer(&near, relation->alias);
            if (relation->table != NULL && scope->relations[i].is_aliased &&
                qa_bind_is_name(relation->table->name, table))
                return qa_bind_fail(binder, QA_TABLE_NOT_FOUND, table->position,
                                    "\"%s\" has another name in this statement: %s", table->text,
                                    relation->alias);
        }
    return qa_bind_fail(binder, QA_TABLE_NOT_FOUND, table->position,
                        "no table of this FROM is called \"%s%s%s\"%s", schema == NULL ? "" : schema->text,
                        schema == NULL ? "" : ".", table->text, qa_bind_near_words(&near, words));
}

static qa_status_t bind_qualified(qa_binder_t *binder, const qa_ast_expression_t *name,
                                  const qa_sql_expression_t **expression_out)
{
    char words[160], relation_name[160];
    const qa_ast_name_t *column = &name->names[name->name_count - 1];
    const qa_ast_name_t *table = &name->names[name->name_count - 2];
    const qa_ast_name_t *schema = name->name_count == 3 ? &name->names[0] : NULL;
    qa_bind_scope_t *scope = NULL;
    const qa_bind_relation_t *found = NULL;
    const qa_status_t status = find_relation(binder, schema, table, &scope, &found);
    if (status != QA_OK) return status;
    if (found == NULL) return fail_relation(binder, schema, table);
    const qa_sql_relation_t *relation = found->relation;
    int32_t index = -1;
    qa_bind_near_t near = { .wanted = column };
    relation_words(relation, relation_name);
    for (uint16_t i = 0; i < relation->column_count; i++) {
        if (!qa_bind_is_name(relation->column_names[i], column)) continue;
        if (index >= 0)
            return qa_bind_fail(binder, QA_COLUMN_AMBIGUOUS, column->position,
                                "%s has two columns called \"%s\"; give them different names", relation_name,
                                column->text);
        index = i;
    }
    if (index >= 0) {
        qa_bind_mark_correlated(binder, scope->depth);
        return qa_bind_relation_column(binder, relation, (uint16_t)index, name->position, expression_out);
    }
    for (uint16_t i = 0; i < relation->column_count; i++)
        qa_bind_near_offer(&near, relation->column_names[i]);
    return qa_bind_fail(binder, QA_COLUMN_NOT_FOUND, column->position, "%s has no column \"%s\"%s",
                        relation_name, column->text, qa_bind_near_words(&near, words));
}

static void column_words(const qa_bind_column_t *column, char words_out[160])
{
    while (column->relation == NULL)
        column = column->left;
    const char *alias = column->relation->alias;
    snprintf(words_out, 160, "%.70s.%.80s", alias[0] == '\0' ? "(query)" : alias, column->name);
}

static qa_status_t fail_column(const qa_binder_t *binder, const qa_ast_expression_t *name)
{
    char words[160];
    const qa_ast_name_t *column = &name->names[0];
    qa_bind_near_t near = { .wanted = column };
    for (const qa_bind_scope_t *scope = binder->scope; scope != NULL; scope = scope->outer)
        for (uint32_t i = 0; i < scope->columns.count; i++)
            qa_bind_near_offer(&near, scope->columns.items[i].name);
    if (binder->scope == NULL || (binder->scope->columns.count == 0 && binder->scope->outer == NULL))
        return qa_bind_fail(binder, QA_COLUMN_NOT_FOUND, name->position,
                            "there is no column \"%s\": no table is read here; a text stands in '…'",
                            column->text);
    return qa_bind_fail(binder, QA_COLUMN_NOT_FOUND, name->position, "there is no column \"%s\"%s",
                        column->text, qa_bind_near_words(&near, words));
}

/* A name of the select list, for HAVING and ORDER BY: only within the block itself. */
static const qa_sql_expression_t *find_output(const qa_bind_scope_t *scope, const qa_ast_name_t *name)
{
    for (uint16_t i = 0; scope != NULL && i < scope->output_count; i++)
        if (qa_bind_is_name(scope->outputs[i].name, name)) return scope->outputs[i].expression;
    return NULL;
}

static qa_status_t bind_plain(qa_binder_t *binder, const qa_ast_expression_t *name,
                              const qa_sql_expression_t **expression_out)
{
    const qa_ast_name_t *column = &name->names[0];
    for (qa_bind_scope_t *scope = binder->scope; scope != NULL; scope = scope->outer) {
        const qa_bind_column_t *found = NULL;
        for (uint32_t i = 0; i < scope->columns.count; i++) {
            const qa_bind_column_t *candidate = &scope->columns.items[i];
            if (!qa_bind_is_name(candidate->name, column)) continue;
            if (found != NULL) {
                char first[160], second[160];
                column_words(found, first);
                column_words(candidate, second);
                return qa_bind_fail(binder, QA_COLUMN_AMBIGUOUS, name->position,
                                    "\"%s\" fits %s and %s; write the table before it", column->text, first,
                                    second);
            }
            found = candidate;
        }
        if (found != NULL) {
            qa_bind_mark_correlated(binder, scope->depth);
            return qa_bind_column_expression(binder, found, name->position, expression_out);
        }
        const qa_sql_expression_t *output = scope == binder->scope ? find_output(scope, column) : NULL;
        if (output != NULL) {
            *expression_out = output;
            return QA_OK;
        }
    }
    return fail_column(binder, name);
}

qa_status_t qa_bind_name(qa_binder_t *binder, const qa_ast_expression_t *name,
                         const qa_sql_expression_t **expression_out)
{
    return name->name_count == 1 ? bind_plain(binder, name, expression_out)
                                 : bind_qualified(binder, name, expression_out);
}

qa_status_t qa_bind_star(qa_binder_t *binder, const qa_ast_expression_t *star, qa_bind_columns_t *columns_out)
{
    qa_bind_scope_t *scope = NULL;
    const qa_bind_relation_t *found = NULL;
    if (star->name_count == 0) {
        *columns_out = binder->scope->columns;
        if (columns_out->count > 0) return QA_OK;
        return qa_bind_fail(binder, QA_SYNTAX, star->position, "* needs a FROM to take columns from");
    }
    const qa_ast_name_t *table = &star->names[star->name_count - 1];
    const qa_ast_name_t *schema = star->name_count == 2 ? &star->names[0] : NULL;
    const qa_status_t status = find_relation(binder, schema, table, &scope, &found);
    if (status != QA_OK) return status;
    if (found == NULL || scope != binder->scope) return fail_relation(binder, schema, table);
    qa_sql_relation_t *relation = found->relation;
    columns_out->items = qa_arena_take(binder->arena, relation->column_count * sizeof(*columns_out->items));
    if (columns_out->items == NULL) return qa_bind_no_memory(binder);
    columns_out->count = relation->column_count;
    for (uint16_t i = 0; i < relation->column_count; i++)
        columns_out->items[i] =
            (qa_bind_column_t){ .name = relation->column_names[i], .relation = relation, .index = i };
    return QA_OK;
}
