/* Tables by name, and the relations that show them. It must never keep a pointer into a shape that the bound
 * statement does not keep. */
#include <stdio.h>
#include <string.h>

#include "bind/binder.h"

static qa_status_t keep_shape(qa_binder_t *binder, qa_sql_shape_t *shape)
{
    qa_sql_bound_t *bound = binder->bound;
    for (uint16_t i = 0; i < bound->shape_count; i++)
        if (bound->shapes[i] == shape) return QA_OK;
    if (bound->shape_count == UINT16_MAX)
        return qa_fail(binder->error, QA_LIMIT, "a statement names at most %u apps", UINT16_MAX);
    /* One more each time: statements name one or two apps. */
    qa_sql_shape_t **shapes =
        qa_arena_take(binder->arena, (bound->shape_count + 1u) * sizeof(qa_sql_shape_t *));
    if (shapes == NULL) return qa_bind_no_memory(binder);
    if (bound->shape_count > 0) memcpy(shapes, bound->shapes, bound->shape_count * sizeof(qa_sql_shape_t *));
    qa_sql_shape_keep(shape);
    shapes[bound->shape_count++] = shape;
    bound->shapes = shapes;
    return QA_OK;
}

typedef struct offer {
    const qa_binder_t *binder;
    qa_bind_near_t near;
} offer_t;

static qa_status_t offer_app(void *context, const char *app)
{
    offer_t *offer = context;
    const char *copy = qa_arena_text(offer->binder->arena, app, strlen(app));
    if (copy == NULL) return qa_bind_no_memory(offer->binder);
    qa_bind_near_offer(&offer->near, copy);
    return QA_OK;
}

static qa_status_t fail_app(const qa_binder_t *binder, const qa_ast_name_t *schema)
{
    char words[160];
    char known[QA_ERROR_MESSAGE_BYTES];
    offer_t offer = { .binder = binder, .near = { .wanted = schema } };
    snprintf(known, sizeof(known), "%s", binder->error->message);
    const qa_status_t status =
        qa_sql_catalog_apps(binder->options->catalog, offer_app, &offer, binder->error);
    if (status == QA_NO_MEMORY) return status;
    return qa_bind_fail(binder, QA_APP_NOT_FOUND, schema->position, "%s%s", known,
                        qa_bind_near_words(&offer.near, words));
}

static qa_status_t open_shape(qa_binder_t *binder, const qa_ast_name_t *schema, uint32_t position,
                              const qa_sql_shape_t **shape_out)
{
    const char *app = schema->text == NULL ? binder->options->app : schema->text;
    qa_sql_moment_t *moment = NULL;
    qa_sql_shape_t *shape = NULL;
    qa_status_t status =
        qa_sql_catalog_moment(binder->options->catalog, app, strlen(app), NULL, &moment, binder->error);
    if (status == QA_APP_NOT_FOUND && schema->text != NULL) return fail_app(binder, schema);
    if (status == QA_OK) status = qa_sql_moment_shape(moment, &shape, binder->error);
    if (status != QA_OK) return qa_bind_placed(binder, status, position);
    if (schema->is_quoted && strcmp(schema->text, shape->app) != 0)
        return qa_bind_fail(binder, QA_APP_NOT_FOUND, schema->position,
                            "there is no app \"%s\"; did you mean %s? Names in quotes are compared exactly",
                            schema->text, shape->app);
    status = keep_shape(binder, shape);
    *shape_out = shape;
    return status;
}

static const qa_sql_shape_table_t *find_scratch(const qa_binder_t *binder, const qa_ast_name_t *name)
{
    for (uint32_t i = 0; i < binder->options->scratch_count; i++)
        if (qa_bind_is_name(binder->options->scratch[i]->name, name)) return binder->options->scratch[i];
    return NULL;
}

static qa_status_t fail_table(const qa_binder_t *binder, const qa_sql_shape_t *shape,
                              const qa_ast_name_t *schema, const qa_ast_name_t *table)
{
    char words[160];
    qa_bind_near_t near = { .wanted = table };
    for (uint16_t i = 0; shape != NULL && i < shape->table_count; i++)
        qa_bind_near_offer(&near, shape->tables[i].name);
    for (uint32_t i = 0; schema->text == NULL && i < binder->options->scratch_count; i++)
        qa_bind_near_offer(&near, binder->options->scratch[i]->name);
    if (shape == NULL)
        return qa_bind_fail(binder, QA_TABLE_NOT_FOUND, table->position,
                            "there is no scratch table \"%s\"%s, and no default app: write app.%s",
                            table->text, qa_bind_near_words(&near, words), table->text);
    return qa_bind_fail(binder, QA_TABLE_NOT_FOUND, table->position, "app %s has no table \"%s\"%s",
                        shape->app, table->text, qa_bind_near_words(&near, words));
}

qa_status_t qa_bind_table(qa_binder_t *binder, const qa_ast_name_t *schema, const qa_ast_name_t *table,
                          const qa_sql_shape_table_t **table_out, const char **app_out)
{
    const qa_sql_shape_t *shape = NULL;
    *table_out = schema->text == NULL ? find_scratch(binder, table) : NULL;
    *app_out = "";
    if (*table_out != NULL) return QA_OK;
    if (schema->text == NULL && (binder->options->app == NULL || binder->options->app[0] == '\0'))
        return fail_table(binder, NULL, schema, table);
    const qa_status_t status = open_shape(binder, schema, table->position, &shape);
    if (status != QA_OK) return status;
    *app_out = shape->app;
    for (uint16_t i = 0; i < shape->table_count; i++) {
        *table_out = &shape->tables[i];
        if (qa_bind_is_name((*table_out)->name, table)) return QA_OK;
    }
    return fail_table(binder, shape, schema, table);
}

/* A relation with room for the names and types of its columns. */
static qa_status_t make_relation(qa_binder_t *binder, qa_sql_relation_source_t source, const char *alias,
                                 uint16_t column_count, qa_sql_relation_t **relation_out,
                                 const char ***names_out, qa_sql_type_t **types_out)
{
    qa_sql_relation_t *relation = qa_arena_take(binder->arena, sizeof(*relation));
    *names_out = qa_arena_take(binder->arena, (column_count + 1u) * sizeof(**names_out));
    *types_out = qa_arena_take(binder->arena, (column_count + 1u) * sizeof(**types_out));
    if (relation == NULL || *names_out == NULL || *types_out == NULL) return qa_bind_no_memory(binder);
    void *all = binder->relations;
    const qa_status_t status = qa_bind_grow(binder, &all, &binder->relation_capacity, binder->relation_count,
                                            sizeof(*binder->relations));
    if (status != QA_OK) return status;
    binder->relations = all;
    binder->relations[binder->relation_count++] = relation;
    relation->id = binder->next_id++;
    relation->source = (uint8_t)source;
    relation->alias = alias;
    relation->app = "";
    relation->column_count = column_count;
    relation->column_names = *names_out;
    relation->column_types = *types_out;
    *relation_out = relation;
    return QA_OK;
}

qa_status_t qa_bind_table_relation(qa_binder_t *binder, const qa_sql_shape_table_t *table, const char *app,
                                   const char *alias, qa_sql_relation_t **relation_out,
                                   qa_sql_type_t **types_out)
{
    const char **names = NULL;
    const qa_status_t status = make_relation(binder, QA_SQL_FROM_TABLE, alias == NULL ? table->name : alias,
                                             table->column_count, relation_out, &names, types_out);
    if (status != QA_OK) return status;
    (*relation_out)->table = table;
    (*relation_out)->app = app;
    for (uint16_t i = 0; i < table->column_count; i++) {
        names[i] = table->columns[i].name;
        (*types_out)[i] = table->columns[i].type;
    }
    return QA_OK;
}

qa_status_t qa_bind_query_relation(qa_binder_t *binder, qa_sql_query_t *query, const char *alias,
                                   const qa_ast_name_t *columns, uint16_t column_count, uint32_t position,
                                   qa_sql_relation_t **relation_out, qa_sql_type_t **types_out)
{
    const char **names = NULL;
    if (column_count > 0 && column_count != query->column_count)
        return qa_bind_fail(binder, QA_COLUMN_COUNT, position,
                            "the list behind %s and its query differ: %u and %u columns", alias, column_count,
                            query->column_count);
    const qa_status_t status =
        make_relation(binder, QA_SQL_FROM_QUERY, alias, query->column_count, relation_out, &names, types_out);
    if (status != QA_OK) return status;
    (*relation_out)->query = query;
    for (uint16_t i = 0; i < query->column_count; i++) {
        names[i] = column_count > 0 ? columns[i].text : query->column_names[i];
        (*types_out)[i] = query->column_types[i];
    }
    return QA_OK;
}
