/* The apps of a session's replica and the moments at which they are seen. Each app is opened once, at its
 * first use. It never holds more than a few earlier moments in memory: the longest unused one is let go, and
 * comes back when it is read again. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "catalog/catalog_private.h"

enum { WORDS_BYTES = 300, NANOSECONDS_PER_TICK = 100 };

static const int64_t TICKS_PER_DAY = (int64_t)86400 * QA_SQL_TICKS_PER_SECOND;

qa_status_t qa_sql_catalog_open(qa_sql_catalog_t **catalog_out, const qa_sql_session_options_t *options,
                                const qa_allocator_t *allocator, qa_error_t *error)
{
    *catalog_out = NULL;
    qa_error_clear(error);
    qa_sql_catalog_t *catalog = qa_memory_take(allocator, sizeof(*catalog));
    if (catalog == NULL) return qa_fail_memory(error, "a catalog");
    catalog->options = options;
    catalog->allocator = allocator;
    *catalog_out = catalog;
    return QA_OK;
}

static void close_moment(catalog_moment_t *moment)
{
    qa_sql_shape_drop(moment->seen.shape);
    moment->seen.shape = NULL;
    qa_connection_close(moment->seen.connection);
    moment->seen.connection = NULL;
    moment->seen.is_reading = false;
}

static void close_app(qa_sql_catalog_t *catalog, catalog_app_t *app)
{
    qa_times_close(app->times);
    qa_lattice_close(app->lattice);
    qa_memory_give(catalog->allocator, app, sizeof(*app));
}

void qa_sql_catalog_close(qa_sql_catalog_t *catalog)
{
    if (catalog == NULL) return;
    for (catalog_moment_t *moment = catalog->moments; moment != NULL;) {
        catalog_moment_t *next = moment->next;
        close_moment(moment);
        qa_memory_give(catalog->allocator, moment, sizeof(*moment));
        moment = next;
    }
    for (catalog_app_t *app = catalog->apps; app != NULL;) {
        catalog_app_t *next = app->next;
        close_app(catalog, app);
        app = next;
    }
    qa_memory_give(catalog->allocator, catalog, sizeof(*catalog));
}

qa_status_t qa_sql_catalog_apps(qa_sql_catalog_t *catalog,
                                qa_status_t (*visit)(void *context, const char *app), void *context,
                                qa_error_t *error)
{
    return qa_replica_apps(catalog->options->replica, NULL, visit, context, error);
}

/* --- apps --- */

typedef struct app_search {
    const char *name;
    size_t bytes;
    char found[68];
    bool is_exact;
    char words[WORDS_BYTES]; /* the apps there are */
    size_t used;
} app_search_t;

static qa_status_t visit_app(void *context, const char *app)
{
    app_search_t *search = context;
    const size_t bytes = strlen(app);
    const int wanted = snprintf(search->words + search->used, WORDS_BYTES - search->used, "%s%s",
                                search->used == 0 ? "" : ", ", app);
    if (wanted > 0 && (size_t)wanted < WORDS_BYTES - search->used)
        search->used += (size_t)wanted;
    else
        search->words[search->used] = '\0';
    if (search->is_exact || bytes >= sizeof(search->found)) return QA_OK;
    search->is_exact = bytes == search->bytes && memcmp(app, search->name, bytes) == 0;
    const bool is_first = search->found[0] == '\0';
    if (search->is_exact || (is_first && qa_sql_is_same_name(app, bytes, search->name, search->bytes)))
        memcpy(search->found, app, bytes + 1);
    return QA_OK;
}

static catalog_app_t *opened_app(const qa_sql_catalog_t *catalog, const char *name, size_t bytes)
{
    catalog_app_t *app = catalog->apps;
    while (app != NULL && (strlen(app->name) != bytes || memcmp(app->name, name, bytes) != 0))
        app = app->next;
    return app;
}

static qa_status_t time_offset(catalog_app_t *app, int64_t time_ns, uint64_t *offset_out, qa_error_t *error)
{
    const qa_status_t status = qa_times_offset_at(app->times, time_ns, offset_out, error);
    if (status != QA_OK || *offset_out != 0) return status;
    int64_t first_ns = 0;
    char first[QA_TIME_TEXT_BYTES];
    /* As the tables show it: a time that a statement can name. */
    if (qa_times_find(app->times, 1, &first_ns, error) != QA_OK)
        return qa_fail(error, QA_NO_SUCH_OFFSET, "the log of \"%s\" is empty: there is no earlier moment",
                       app->name);
    return qa_fail(error, QA_NO_SUCH_OFFSET,
                   "the log of \"%s\" begins at %.*s; name that time or a later one", app->name,
                   (int)qa_time_print(qa_sql_ticks_of(first_ns) * NANOSECONDS_PER_TICK, first), first);
}

/* "an offset or a time" of the session's options. */
static qa_status_t read_moment(catalog_app_t *app, const char *text, const char *what, uint64_t *offset_out,
                               qa_error_t *error)
{
    const size_t bytes = text == NULL ? 0 : strlen(text);
    int64_t time_ns = 0;
    *offset_out = 0;
    if (bytes == 0) return QA_OK;
    if (strspn(text, "0123456789") == bytes) {
        if (bytes < 19) {
            for (size_t i = 0; i < bytes; i++)
                *offset_out = *offset_out * 10 + (uint64_t)(text[i] - '0');
        }
        return *offset_out > 0
                   ? QA_OK
                   : qa_fail(error, QA_NO_SUCH_OFFSET, "there is no offset %s; the first is 1", text);
    }
    int64_t ticks = 0;
    /* As RFC 3339 says it, or as a TIMESTAMP of SQL. */
    const bool is_sql = qa_time_parse(text, bytes, &time_ns) != QA_OK;
    if (is_sql && qa_sql_parse_timestamp(text, bytes, &ticks) == QA_OK && ticks > 0 &&
        ticks < INT64_MAX / 100)
        time_ns = ticks * 100;
    else if (is_sql)
        return qa_fail(error, QA_NOT_A_DATE, "%s is an offset or a time as 2026-04-02T09:30:00Z, not \"%s\"",
                       what, text);
    return time_offset(app, time_ns, offset_out, error);
}

static qa_status_t open_app(qa_sql_catalog_t *catalog, const char *name, catalog_app_t **app_out,
                            qa_error_t *error)
{
    const qa_lattice_options_t options = { .size = sizeof(options),
                                           .replica = catalog->options->replica,
                                           .app = name,
                                           .is_read_only = catalog->options->is_read_only,
                                           .allocator = catalog->allocator };
    catalog_app_t *app = qa_memory_take(catalog->allocator, sizeof(*app));
    if (app == NULL) return qa_fail_memory(error, "an app");
    memcpy(app->name, name, strlen(name) + 1);
    qa_status_t status = qa_lattice_open(&app->lattice, &options, error);
    if (status == QA_OK) status = qa_times_open(&app->times, app->lattice, error);
    if (status == QA_OK) status = read_moment(app, catalog->options->as_of, "as of", &app->as_of, error);
    if (status == QA_OK)
        status = read_moment(app, catalog->options->hierarchy_as_of, "hierarchy as of", &app->hierarchy_as_of,
                             error);
    if (status != QA_OK) {
        close_app(catalog, app);
        /* A failure deep in the core may have no words. */
        return error == NULL || error->status == status
                   ? status
                   : qa_fail(error, status, "%s", qa_status_info(status)->text);
    }
    app->order = ++catalog->app_count;
    app->next = catalog->apps;
    catalog->apps = app;
    *app_out = app;
    return QA_OK;
}

static qa_status_t find_app(qa_sql_catalog_t *catalog, const char *name, size_t bytes,
                            catalog_app_t **app_out, qa_error_t *error)
{
    *app_out = opened_app(catalog, name, bytes);
    if (*app_out != NULL) return QA_OK;
    app_search_t search = { .name = name, .bytes = bytes };
    const qa_status_t status = qa_sql_catalog_apps(catalog, visit_app, &search, error);
    if (status != QA_OK) return status;
    if (search.found[0] == '\0')
        return qa_fail(error, QA_APP_NOT_FOUND, "the replica has no app \"%.*s\"; there %s%s",
                       (int)(bytes > 100 ? 100 : bytes), name,
                       search.used == 0 ? "is none" : "are: ", search.words);
    *app_out = opened_app(catalog, search.found, strlen(search.found));
    return *app_out != NULL ? QA_OK : open_app(catalog, search.found, app_out, error);
}

/* --- moments --- */

qa_status_t qa_sql_moment_fail(const qa_sql_moment_t *moment, qa_status_t status, qa_error_t *error)
{
    const qa_error_t *said = qa_connection_error(moment->connection);
    if (said->status != QA_OK) return qa_fail(error, status, "%s", said->message);
    if (status == QA_NO_MEMORY) return qa_fail_memory(error, "reading an app");
    return qa_fail(error, status, "%s", qa_status_info(status)->text);
}

/* Lets the longest unused earlier moments go until there is room for one more. */
static qa_status_t make_room(qa_sql_catalog_t *catalog, qa_error_t *error)
{
    for (;;) {
        uint32_t count = 0;
        catalog_moment_t *oldest = NULL;
        for (catalog_moment_t *moment = catalog->moments; moment != NULL; moment = moment->next) {
            if (moment->seen.connection == NULL || moment->seen.as_of == 0) continue;
            count++;
            if (!moment->seen.is_reading && (oldest == NULL || moment->last_use < oldest->last_use))
                oldest = moment;
        }
        if (count < EARLIER_MOMENTS_MAX) return QA_OK;
        if (oldest == NULL)
            return qa_fail(error, QA_LIMIT,
                           "a statement reads at most %d earlier moments at once; name fewer of them",
                           EARLIER_MOMENTS_MAX);
        close_moment(oldest);
    }
}

/* Values as of the moment, structure as of another: how many dimensions the values have. */
static qa_status_t set_structure(catalog_moment_t *moment, qa_error_t *error)
{
    qa_connection_t *connection = moment->seen.connection;
    qa_status_t status = qa_connection_read_begin(connection);
    moment->seen.has_other_structure = true;
    if (status == QA_OK) {
        moment->value_dimension_count = qa_model_dimension_count(qa_connection_model(connection));
        qa_connection_read_end(connection);
        status = qa_connection_set_hierarchy_as_of(connection, moment->app->hierarchy_as_of);
    }
    return status == QA_OK ? QA_OK : qa_sql_moment_fail(&moment->seen, status, error);
}

qa_status_t qa_sql_moment_open(catalog_moment_t *moment, qa_error_t *error)
{
    const qa_sql_session_options_t *session = moment->catalog->options;
    const qa_connection_options_t options = { .size = sizeof(options),
                                              .actor = session->actor,
                                              .on_behalf_of = session->on_behalf_of,
                                              .door = session->door,
                                              .clearance = UINT64_MAX };
    moment->last_use = ++moment->catalog->use_count;
    if (moment->seen.connection != NULL) return QA_OK;
    qa_status_t status = moment->seen.as_of != 0 ? make_room(moment->catalog, error) : QA_OK;
    if (status != QA_OK) return status;
    status = qa_connection_open(&moment->seen.connection, moment->app->lattice, &options, error);
    if (status != QA_OK) return status;
    if (moment->seen.as_of != 0) {
        status = qa_connection_set_as_of(moment->seen.connection, moment->seen.as_of);
        if (status != QA_OK) qa_sql_moment_fail(&moment->seen, status, error);
    }
    if (status == QA_OK && moment->app->hierarchy_as_of != 0) status = set_structure(moment, error);
    if (status != QA_OK) close_moment(moment);
    return status;
}

static qa_status_t wanted_offset(catalog_app_t *app, const qa_sql_value_t *as_of, uint64_t *offset_out,
                                 qa_error_t *error)
{
    int64_t ticks = 0;
    switch (as_of->kind) {
    case QA_SQL_INTEGER:
    case QA_SQL_BIGINT:
        if (as_of->integer <= 0)
            return qa_fail(error, QA_NO_SUCH_OFFSET, "there is no offset %lld; the first is 1",
                           (long long)as_of->integer);
        *offset_out = (uint64_t)as_of->integer;
        return QA_OK;
    case QA_SQL_DATE:
        ticks = as_of->integer * TICKS_PER_DAY;
        break;
    case QA_SQL_TIMESTAMP:
        ticks = as_of->integer;
        break;
    case QA_SQL_NULL:
        return qa_fail(error, QA_INVALID, "AS OF takes an offset or a time, not NULL");
    default:
        return qa_fail(error, QA_TYPE_CLASH, "AS OF takes an offset (BIGINT) or a time (TIMESTAMP, DATE)");
    }
    int64_t time_ns = 0;
    if (__builtin_mul_overflow(ticks, (int64_t)NANOSECONDS_PER_TICK, &time_ns))
        time_ns = ticks < 0 ? INT64_MIN : INT64_MAX;
    return time_offset(app, time_ns, offset_out, error);
}

/* A place for one more moment: a new one, or that of the longest unused moment that was let go. */
static qa_status_t add_moment(qa_sql_catalog_t *catalog, catalog_app_t *app, uint64_t offset,
                              catalog_moment_t **moment_out, qa_error_t *error)
{
    catalog_moment_t *moment = NULL;
    if (catalog->moment_count < MOMENTS_MAX) {
        moment = qa_memory_take(catalog->allocator, sizeof(*moment));
        if (moment == NULL) return qa_fail_memory(error, "a moment");
        moment->catalog = catalog;
        moment->slot = ++catalog->moment_count;
        moment->next = catalog->moments;
        catalog->moments = moment;
    }
    for (catalog_moment_t *old = catalog->moments; old != NULL && catalog->moment_count == MOMENTS_MAX;
         old = old->next) {
        if (old->seen.connection == NULL && (moment == NULL || old->last_use < moment->last_use))
            moment = old;
    }
    assert(moment != NULL);
    moment->app = app;
    moment->seen.app = app->name;
    moment->seen.as_of = offset;
    moment->seen.order = app->order * (MOMENTS_MAX + 1u) + (offset == 0 ? 0 : moment->slot);
    *moment_out = moment;
    return QA_OK;
}

qa_status_t qa_sql_catalog_moment(qa_sql_catalog_t *catalog, const char *name, size_t bytes,
                                  const qa_sql_value_t *as_of, qa_sql_moment_t **moment_out,
                                  qa_error_t *error)
{
    catalog_app_t *app = NULL;
    uint64_t offset = 0;
    *moment_out = NULL;
    qa_error_clear(error);
    qa_status_t status = find_app(catalog, name, bytes, &app, error);
    if (status == QA_OK && as_of == NULL) offset = app->as_of;
    if (status == QA_OK && as_of != NULL) status = wanted_offset(app, as_of, &offset, error);
    if (status != QA_OK) return status;
    catalog_moment_t *moment = catalog->moments;
    while (moment != NULL && (moment->app != app || moment->seen.as_of != offset))
        moment = moment->next;
    if (moment == NULL) status = add_moment(catalog, app, offset, &moment, error);
    if (status == QA_OK) status = qa_sql_moment_open(moment, error);
    if (status == QA_OK) *moment_out = &moment->seen;
    return status;
}

/* --- reading --- */

qa_status_t qa_sql_moment_read_begin(qa_sql_moment_t *seen, qa_intent_t *intent, qa_error_t *error)
{
    catalog_moment_t *moment = (catalog_moment_t *)seen;
    qa_error_clear(error);
    assert(!seen->is_reading);
    qa_status_t status = qa_sql_moment_open(moment, error);
    if (status != QA_OK) return status;
    status = qa_connection_read_begin_with(seen->connection, intent, NULL);
    if (status != QA_OK) return qa_sql_moment_fail(seen, status, error);
    seen->is_reading = true;
    moment->has_intent = intent != NULL && qa_intent_operation_count(intent) > 0;
    return QA_OK;
}

void qa_sql_moment_read_end(qa_sql_moment_t *seen)
{
    catalog_moment_t *moment = (catalog_moment_t *)seen;
    assert(seen->is_reading);
    /* The version of a model that is not committed can come again, for another model. */
    if (moment->has_intent && seen->shape != NULL &&
        seen->shape->metadata_version > qa_connection_position(seen->connection)->offset) {
        qa_sql_shape_drop(seen->shape);
        seen->shape = NULL;
    }
    qa_connection_read_end(seen->connection);
    seen->is_reading = false;
    moment->has_intent = false;
}

qa_status_t qa_sql_moment_shape(qa_sql_moment_t *seen, qa_sql_shape_t **shape_out, qa_error_t *error)
{
    const catalog_moment_t *moment = (const catalog_moment_t *)seen;
    *shape_out = NULL;
    if (!seen->is_reading) {
        qa_status_t status = qa_sql_moment_read_begin(seen, NULL, error);
        if (status != QA_OK) return status;
        status = qa_sql_moment_shape(seen, shape_out, error);
        qa_sql_moment_read_end(seen);
        return status;
    }
    const qa_model_t *model = qa_connection_model(seen->connection);
    if (seen->shape == NULL || seen->shape->metadata_version != qa_model_app(model)->metadata_version) {
        qa_sql_shape_t *shape = NULL;
        const qa_status_t status =
            qa_sql_shape_make(&shape, model, seen->app, moment->catalog->allocator, error);
        if (status != QA_OK) return status;
        qa_sql_shape_drop(seen->shape);
        seen->shape = shape;
    }
    *shape_out = seen->shape;
    return QA_OK;
}
