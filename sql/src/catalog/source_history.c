/* Rows of history and members_changed: what the log says, entry by entry. */
#include <string.h>

#include "base/error.h"
#include "catalog/catalog_private.h"
#include "qa/history.h"

enum { HISTORY_COLUMNS = 10, CHANGE_COLUMNS = 10, COLUMN_BEFORE = 8, COLUMN_AFTER = 9 };

static qa_sql_value_t big(uint64_t number)
{
    return (qa_sql_value_t){ .kind = QA_SQL_BIGINT, .integer = (int64_t)number };
}

static qa_sql_value_t time_of(int64_t time_ns)
{
    return (qa_sql_value_t){ .kind = QA_SQL_TIMESTAMP, .integer = qa_sql_ticks_of(time_ns) };
}

/* "" of a text that may be missing is NULL. */
static qa_sql_value_t text_of(const char *text, bool is_nullable)
{
    if (is_nullable && text[0] == '\0') return (qa_sql_value_t){ .kind = QA_SQL_NULL };
    return (qa_sql_value_t){ .kind = QA_SQL_TEXT, .bytes = (uint32_t)strlen(text), .text = text };
}

/* Copies the texts, which are borrowed from the visit, and leaves out what is not wanted. */
static qa_status_t put_row(source_t *source, qa_sql_value_t *values)
{
    for (uint16_t c = 0; c < source->table->column_count; c++) {
        if (!is_wanted(source, c)) values[c] = (qa_sql_value_t){ .kind = QA_SQL_NULL };
        if (values[c].kind != QA_SQL_TEXT) continue;
        const qa_status_t status =
            qa_sql_source_text(source, values[c].text, values[c].bytes, false, &values[c]);
        if (status != QA_OK) return status;
    }
    return qa_sql_source_append(source, values);
}

static qa_status_t visit_entry(void *context, const qa_history_entry_t *entry)
{
    source_t *source = context;
    if (entry->offset <= source->request->changed_after) return QA_OK;
    qa_sql_value_t values[HISTORY_COLUMNS] = {
        big(entry->offset),           time_of(entry->appended_at_ns),     time_of(entry->authored_at_ns),
        text_of(entry->actor, false), text_of(entry->on_behalf_of, true), text_of(entry->door, false),
        text_of(entry->reason, true), text_of(entry->operations, false),  big(entry->changed_count),
        big(entry->metadata_count),
    };
    return put_row(source, values);
}

/* A log that ends before the offset asked for has no rows behind it. */
static qa_status_t end_of(source_t *source, qa_status_t status)
{
    if (status == QA_OK || (status == QA_NO_SUCH_OFFSET && source->error->status == QA_OK)) return QA_OK;
    return qa_sql_source_fail(source, status);
}

qa_status_t qa_sql_source_history(source_t *source)
{
    const uint64_t after = source->request->changed_after;
    if (after >= INT64_MAX) return QA_OK;
    return end_of(source, qa_connection_log(source->moment->seen.connection, after + 1, visit_entry, source));
}

/* --- members_changed --- */

typedef struct change_walk {
    source_t *source;
    qa_sql_value_t dimensions[QA_DIMENSIONS_MAX]; /* names, in the rows' texts */
} change_walk_t;

static qa_status_t visit_change(void *context, const qa_member_change_t *change)
{
    const change_walk_t *walk = context;
    if (change->offset <= walk->source->request->changed_after) return QA_OK;
    qa_sql_value_t values[CHANGE_COLUMNS] = {
        big(change->offset),
        time_of(change->appended_at_ns),
        text_of(change->actor, false),
        text_of(change->on_behalf_of, true),
        walk->dimensions[change->dimension],
        text_of(change->code, false),
        text_of(change->what, false),
        text_of(change->name, true),
        { .kind = QA_SQL_NULL },
        { .kind = QA_SQL_NULL },
    };
    if (change->before != NULL) values[COLUMN_BEFORE] = text_of(change->before, false);
    if (change->behind != NULL) values[COLUMN_AFTER] = text_of(change->behind, false);
    return put_row(walk->source, values);
}

/* The log is read outside of the section in which the names are. */
static qa_status_t copy_dimensions(change_walk_t *walk)
{
    source_t *source = walk->source;
    qa_status_t status = qa_sql_moment_read_begin(&source->moment->seen, NULL, source->error);
    if (status != QA_OK) return status;
    const qa_model_t *model = qa_connection_model(source->moment->seen.connection);
    for (qa_dimension_t d = 0; d < qa_model_dimension_count(model) && status == QA_OK; d++) {
        const qa_dimension_info_t *info = qa_model_dimension(model, d);
        status = qa_sql_source_text(source, info->name, info->name_bytes, false, &walk->dimensions[d]);
    }
    qa_sql_moment_read_end(&source->moment->seen);
    return status;
}

qa_status_t qa_sql_source_members_changed(source_t *source)
{
    const uint64_t after = source->request->changed_after;
    change_walk_t walk = { .source = source };
    if (after >= INT64_MAX) return QA_OK;
    const qa_status_t status = copy_dimensions(&walk);
    if (status != QA_OK) return status;
    return end_of(source, qa_connection_metadata_changes(source->moment->seen.connection, after + 1,
                                                         visit_change, &walk));
}
