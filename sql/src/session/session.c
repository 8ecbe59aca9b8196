/* Sessions: a replica, the apps in it that were named so far, the row engine, the scratch tables. */
#include "session/session_private.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "catalog/catalog.h"

enum { SESSION_ARENA_BYTES_MAX = 256 << 20 };

static bool copy_text(qa_arena_t *arena, const char **text)
{
    if (*text == NULL) return true;
    *text = qa_arena_text(arena, *text, strlen(*text));
    return *text != NULL;
}

typedef struct only_app {
    char *app; /* of the session */
    size_t capacity;
    uint32_t count;
} only_app_t;

static qa_status_t note_only_app(void *context, const char *app)
{
    only_app_t *only = context;
    snprintf(only->app, only->capacity, "%s", only->count++ == 0 ? app : "");
    return QA_OK;
}

/* The only app of a replica is the one that names without a schema mean. */
static qa_status_t choose_app(qa_sql_session_t *session, qa_error_t *error)
{
    if (session->options.app != NULL && session->options.app[0] != '\0')
        return qa_sql_set_app(session, session->options.app, error);
    only_app_t only = { .app = session->app, .capacity = sizeof(session->app) };
    return qa_sql_catalog_apps(session->catalog, note_only_app, &only, error);
}

/* The name that the core gives to what the session writes. */
static void note_actor(qa_sql_session_t *session)
{
    enum { RECORD_BYTES = 4096 };
    char record[RECORD_BYTES];
    struct passwd entry;
    struct passwd *found = NULL;
    const char *actor = session->options.actor;
    if (actor == NULL && getpwuid_r(geteuid(), &entry, record, sizeof(record), &found) == 0 && found != NULL)
        actor = found->pw_name;
    if (actor != NULL)
        snprintf(session->actor, sizeof(session->actor), "%s", actor);
    else
        snprintf(session->actor, sizeof(session->actor), "user %lu", (unsigned long)geteuid());
}

qa_status_t qa_sql_session_open(qa_sql_session_t **session_out, const qa_sql_session_options_t *options,
                                qa_error_t *error)
{
    const qa_allocator_t *allocator = options->allocator == NULL ? &qa_allocator_default : options->allocator;
    *session_out = NULL;
    qa_error_clear(error);
    if (options->size != sizeof(*options) || options->door == NULL)
        return qa_fail(error, QA_INVALID, "a session says by which door it comes");
    if (options->replica == NULL || options->replica[0] == '\0')
        return qa_fail(error, QA_NOT_A_REPLICA, "no replica is named: say Replica=<folder>");
    qa_sql_session_t *session = qa_memory_take(allocator, sizeof(*session));
    if (session == NULL) return qa_fail_memory(error, "a session");
    session->allocator = allocator;
    session->options = *options;
    session->is_autocommit = true;
    qa_arena_make(&session->arena, allocator, SESSION_ARENA_BYTES_MAX);
    qa_status_t status = QA_OK;
    if (!copy_text(&session->arena, &session->options.replica) ||
        !copy_text(&session->arena, &session->options.app) ||
        !copy_text(&session->arena, &session->options.actor) ||
        !copy_text(&session->arena, &session->options.on_behalf_of) ||
        !copy_text(&session->arena, &session->options.door) ||
        !copy_text(&session->arena, &session->options.as_of) ||
        !copy_text(&session->arena, &session->options.reason) ||
        !copy_text(&session->arena, &session->options.hierarchy_as_of))
        status = qa_fail_memory(error, "a session");
    note_actor(session);
    if (status == QA_OK) status = qa_sql_catalog_open(&session->catalog, &session->options, allocator, error);
    if (status == QA_OK) status = qa_sql_engine_open(&session->engine, allocator, error);
    if (status == QA_OK) status = choose_app(session, error);
    if (status != QA_OK) {
        qa_sql_session_close(session);
        return status;
    }
    *session_out = session;
    return QA_OK;
}

void qa_sql_session_close(qa_sql_session_t *session)
{
    qa_error_t error;
    if (session == NULL) return;
    while (session->first_statement != NULL)
        qa_sql_close(session->first_statement);
    if (session->engine != NULL) qa_sql_rollback(session, &error);
    qa_sql_engine_close(session->engine);
    qa_sql_catalog_close(session->catalog);
    qa_memory_give(session->allocator, session->scratch.tables,
                   session->scratch.capacity * sizeof(*session->scratch.tables));
    qa_memory_give(session->allocator, session->scratch_before.tables,
                   session->scratch_before.capacity * sizeof(*session->scratch_before.tables));
    qa_arena_release(&session->arena);
    qa_memory_give(session->allocator, session, sizeof(*session));
}

qa_status_t qa_sql_set_app(qa_sql_session_t *session, const char *app, qa_error_t *error)
{
    qa_sql_moment_t *moment = NULL;
    qa_error_clear(error);
    const qa_status_t status =
        qa_sql_catalog_moment(session->catalog, app, strlen(app), NULL, &moment, error);
    if (status == QA_OK) snprintf(session->app, sizeof(session->app), "%s", moment->app);
    return status;
}

const char *qa_sql_app(const qa_sql_session_t *session)
{
    return session->app;
}

const char *qa_sql_replica(const qa_sql_session_t *session)
{
    return session->options.replica;
}

const char *qa_sql_actor(const qa_sql_session_t *session)
{
    return session->actor;
}

bool qa_sql_is_read_only(const qa_sql_session_t *session)
{
    return session->options.is_read_only || session->options.as_of != NULL;
}

static qa_status_t visit_columns(const qa_sql_shape_table_t *table, const qa_sql_table_info_t *info,
                                 qa_status_t (*visit)(void *context, const qa_sql_table_info_t *table,
                                                      uint16_t position, const qa_sql_table_column_t *column),
                                 void *context)
{
    qa_status_t status = QA_OK;
    for (uint16_t c = 0; c < table->column_count && status == QA_OK; c++) {
        const qa_sql_shape_column_t *shape = &table->columns[c];
        const qa_sql_table_column_t column = {
            .name = shape->name,
            .type = shape->type,
            .remarks = shape->remarks == NULL ? "" : shape->remarks,
            .key_position = shape->key_position,
            .reference_table = shape->reference_table == NULL ? "" : shape->reference_table,
            .reference_column = shape->reference_column == NULL ? "" : shape->reference_column
        };
        status = visit(context, info, c, &column);
    }
    return status;
}

qa_status_t qa_sql_tables(qa_sql_session_t *session,
                          qa_status_t (*visit_table)(void *context, const qa_sql_table_info_t *table),
                          qa_status_t (*visit_column)(void *context, const qa_sql_table_info_t *table,
                                                      uint16_t position, const qa_sql_table_column_t *column),
                          void *context, qa_error_t *error)
{
    qa_status_t status = QA_OK;
    qa_error_clear(error);
    /* Scratch tables have the schema "", which comes before every app. */
    for (uint32_t t = 0; t < session->scratch.count && status == QA_OK; t++) {
        const qa_sql_shape_table_t *table = session->scratch.tables[t];
        const qa_sql_table_info_t info = { .schema = "",
                                           .name = table->name,
                                           .kind = QA_SQL_TABLE_SCRATCH,
                                           .remarks = "",
                                           .column_count = table->column_count };
        status = visit_table(context, &info);
        if (status == QA_OK && visit_column != NULL)
            status = visit_columns(table, &info, visit_column, context);
    }
    if (status != QA_OK) return status;
    return qa_sql_catalog_visit_tables(session->catalog, visit_table, visit_column, context, error);
}
