/* Making an app's tables from its model: names, columns, types, keys. Types say the real lengths, so that who
 * reads can reserve the right room. It never copies members. */
#include "catalog/shape.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define SHAPE_BYTES_MAX ((size_t)1 << 30)

static const char *const VALUE_COLUMN_NAMES[] = { "value",         "text_value", "date_value",
                                                  "boolean_value", "changed_at", "changed_offset",
                                                  "offset",        "file",       "line",
                                                  "text",          "is_current" };
static const char *const FIXED_TABLE_NAMES[] = { "atoms", "cells",   "facts",
                                                 "lines", "history", "members_changed" };

enum {
    FIXED_TABLES = 6,
    ACTOR_UNITS = 255,
    DOOR_UNITS = 63,
    REASON_UNITS = 4096,
    OPERATIONS_UNITS = 255,
    WHAT_UNITS = 9
};

/* --- tables and columns --- */

qa_sql_shape_table_t *qa_sql_shape_add_table(shaper_t *shaper, const char *name, qa_sql_relation_kind_t kind,
                                             uint32_t column_capacity, const char *remarks)
{
    assert(shaper->shape->table_count < shaper->table_capacity);
    if (column_capacity > UINT16_MAX) {
        qa_fail(shaper->error, QA_LIMIT, "the table \"%s\" would have more than %d columns", name,
                UINT16_MAX);
        return NULL;
    }
    qa_sql_shape_column_t *columns =
        qa_arena_take(&shaper->shape->arena, column_capacity * sizeof(qa_sql_shape_column_t));
    if (columns == NULL) {
        qa_fail_memory(shaper->error, "the tables of an app");
        return NULL;
    }
    qa_sql_shape_table_t *table = &shaper->tables[shaper->shape->table_count++];
    *table = (qa_sql_shape_table_t){ .schema = shaper->shape->app,
                                     .name = name,
                                     .name_bytes = (uint32_t)strlen(name),
                                     .kind = (uint8_t)kind,
                                     .dimension = QA_DIMENSIONS_MAX,
                                     .columns = columns,
                                     .remarks = remarks };
    return table;
}

qa_sql_shape_column_t *qa_sql_shape_add_column(qa_sql_shape_table_t *table, const char *name,
                                               qa_sql_type_t type, const char *remarks)
{
    /* Written once, here. */
    qa_sql_shape_column_t *column =
        (qa_sql_shape_column_t *)(uintptr_t)&table->columns[table->column_count++];
    *column = (qa_sql_shape_column_t){ .name = name,
                                       .name_bytes = (uint32_t)strlen(name),
                                       .type = type,
                                       .dimension = QA_DIMENSIONS_MAX,
                                       .reference_table = "",
                                       .reference_column = "",
                                       .remarks = remarks };
    return column;
}

static bool is_table_name(const shaper_t *shaper, const char *name)
{
    const size_t bytes = strlen(name);
    for (int i = 0; i < FIXED_TABLES; i++) {
        if (qa_sql_is_same_name(name, bytes, FIXED_TABLE_NAMES[i], strlen(FIXED_TABLE_NAMES[i]))) return true;
    }
    for (qa_dimension_t d = 0; d < shaper->shape->dimension_count; d++) {
        const char *other = shaper->dimensions[d].table_name;
        if (other != NULL && qa_sql_is_same_name(name, bytes, other, strlen(other))) return true;
    }
    for (uint16_t t = 0; t < shaper->shape->table_count; t++) {
        if (qa_sql_is_same_name(name, bytes, shaper->tables[t].name, shaper->tables[t].name_bytes))
            return true;
    }
    return false;
}

static const char *append(shaper_t *shaper, const char *name, const char *suffix)
{
    const size_t name_bytes = strlen(name);
    const size_t suffix_bytes = strlen(suffix);
    char *joined = qa_arena_take(&shaper->shape->arena, name_bytes + suffix_bytes + 1);
    if (joined == NULL) {
        qa_fail_memory(shaper->error, "the tables of an app");
        return NULL;
    }
    memcpy(joined, name, name_bytes);
    memcpy(joined + name_bytes, suffix, suffix_bytes + 1);
    return joined;
}

const char *qa_sql_shape_table_name(shaper_t *shaper, const char *name, const char *suffix)
{
    const char *unique = append(shaper, name, "");
    while (unique != NULL && is_table_name(shaper, unique))
        unique = append(shaper, unique, suffix);
    return unique;
}

static bool is_column_name(const shaper_t *shaper, const char *name)
{
    for (size_t i = 0; i < sizeof(VALUE_COLUMN_NAMES) / sizeof(*VALUE_COLUMN_NAMES); i++) {
        if (qa_sql_is_same_name(name, strlen(name), VALUE_COLUMN_NAMES[i], strlen(VALUE_COLUMN_NAMES[i])))
            return true;
    }
    for (qa_dimension_t d = 0; d < shaper->shape->dimension_count; d++) {
        const char *other = shaper->dimensions[d].column_name;
        if (other != NULL && qa_sql_is_same_name(name, strlen(name), other, strlen(other))) return true;
    }
    return false;
}

/* Names of dimensions as tables and as columns; one that collides with a fixed name gets a suffix. */
static qa_status_t name_dimensions(shaper_t *shaper)
{
    for (qa_dimension_t d = 0; d < shaper->shape->dimension_count; d++) {
        dimension_measure_t *measure = &shaper->dimensions[d];
        const char *name = qa_model_dimension(shaper->model, d)->name;
        measure->table_name = qa_sql_shape_table_name(shaper, name, "_dimension");
        const char *column = append(shaper, name, "");
        while (column != NULL && is_column_name(shaper, column))
            column = append(shaper, column, "_dimension");
        measure->column_name = column;
        if (measure->table_name == NULL || column == NULL) return QA_NO_MEMORY;
    }
    return QA_OK;
}

/* --- values --- */

/* The type of `value`: decimal unless a leaf account is a double. Accounts of fewer decimals are shown with
 * those of the account that has most, so that sums over accounts stay exact. */
static void type_values(shaper_t *shaper)
{
    qa_sql_shape_t *shape = shaper->shape;
    uint8_t least = QA_DECIMALS_MAX;
    bool has_number = false;
    shape->measure = qa_model_dimension_of_kind(shaper->model, QA_DIMENSION_MEASURE);
    shape->time = qa_model_dimension_of_kind(shaper->model, QA_DIMENSION_TIME);
    shape->is_decimal = true;
    shape->decimals = 0;
    const uint32_t count = shape->measure == QA_DIMENSIONS_MAX
                               ? 0
                               : qa_model_dimension(shaper->model, shape->measure)->member_count;
    for (qa_member_t m = 0; m < count; m++) {
        const qa_member_info_t *info = qa_model_member(shaper->model, shape->measure, m);
        if (info->is_deleted) continue;
        if (info->account.time_balance != QA_BALANCE_FLOW) shape->has_balance = true;
        if (!info->is_leaf) continue;
        if (info->account.kind == QA_KIND_DOUBLE) shape->is_decimal = false;
        if (info->account.kind != QA_KIND_DECIMAL) continue;
        if (info->account.decimals > shape->decimals) shape->decimals = info->account.decimals;
        if (info->account.decimals < least) least = info->account.decimals;
        has_number = true;
    }
    if (!has_number) shape->decimals = least = qa_model_app(shaper->model)->decimals;
    if (!shape->is_decimal) shape->decimals = least = 0;
    shape->fact_decimals = shape->decimals;
    shape->digits = (uint8_t)(QA_DECIMAL_DIGITS_MAX + shape->decimals - least);
}

/* The most decimals of a net weight of a leaf account: those of `facts`. */
static void type_facts(shaper_t *shaper)
{
    qa_sql_shape_t *shape = shaper->shape;
    net_weight_t weights[PLACE_DEPTH_MAX + 1];
    place_walk_t walk;
    const qa_edge_t *edge = NULL;
    uint8_t most = 0;
    if (shape->measure == QA_DIMENSIONS_MAX || !shape->is_decimal) return;
    qa_sql_place_walk_start(&walk, shaper->model, shape->measure, QA_HIERARCHY_PRIMARY);
    while (qa_sql_place_walk_next(&walk, &edge)) {
        const uint32_t depth = walk.depth;
        weights[depth] = depth == 1 ? (net_weight_t){ .units = 1, .is_known = true }
                                    : qa_sql_net_weight_step(weights[depth - 1], edge);
        const qa_member_info_t *info =
            qa_model_member(shaper->model, shape->measure, walk.members[depth - 1]);
        if (info->is_leaf && info->account.kind == QA_KIND_DECIMAL && weights[depth].is_known &&
            weights[depth].decimals > most)
            most = weights[depth].decimals;
    }
    shape->fact_decimals = (uint8_t)(shape->decimals + most);
    assert(shape->fact_decimals <= QA_SQL_SCALE_MAX);
}

static qa_sql_type_t value_type(const shaper_t *shaper, uint8_t precision, uint8_t decimals, bool is_nullable)
{
    return shaper->shape->is_decimal ? type_of_decimal(precision, decimals, is_nullable)
                                     : type_of(QA_SQL_DOUBLE, is_nullable);
}

/* --- the tables of values --- */

static void add_members(shaper_t *shaper, qa_sql_shape_table_t *table, bool is_key)
{
    for (qa_dimension_t d = 0; d < shaper->shape->dimension_count; d++) {
        const dimension_measure_t *measure = &shaper->dimensions[d];
        qa_sql_shape_column_t *column =
            qa_sql_shape_add_column(table, measure->column_name,
                                    type_of_text(measure->code_units, true, false), "code of the member");
        column->role = QA_SQL_ROLE_MEMBER;
        column->dimension = d;
        column->key_position = is_key ? (uint16_t)(d + 1) : 0;
        column->reference_table = measure->table_name;
        column->reference_column = "member";
    }
}

static void add_values(qa_sql_shape_table_t *table, qa_sql_type_t type)
{
    qa_sql_shape_add_column(table, "value", type, "the number")->role = QA_SQL_ROLE_VALUE;
    qa_sql_shape_add_column(table, "text_value", type_of_text(QA_SQL_TEXT_LENGTH_MAX, false, true),
                            "the text of a text account")
        ->role = QA_SQL_ROLE_TEXT;
    qa_sql_shape_add_column(table, "date_value", type_of(QA_SQL_DATE, true), "the day of a date account")
        ->role = QA_SQL_ROLE_DATE;
    qa_sql_shape_add_column(table, "boolean_value", type_of(QA_SQL_BOOLEAN, true),
                            "the truth of a boolean account")
        ->role = QA_SQL_ROLE_BOOLEAN;
}

static void add_changed(qa_sql_shape_table_t *table)
{
    qa_sql_shape_add_column(table, "changed_at", type_of(QA_SQL_TIMESTAMP, true),
                            "when the value was given (UTC); NULL before it is committed")
        ->role = QA_SQL_ROLE_CHANGED_AT;
    qa_sql_shape_add_column(table, "changed_offset", type_of(QA_SQL_BIGINT, false),
                            "the intent that gave the value")
        ->role = QA_SQL_ROLE_CHANGED_OFFSET;
}

static qa_status_t add_value_tables(shaper_t *shaper)
{
    const qa_sql_shape_t *shape = shaper->shape;
    const uint32_t room = (uint32_t)shape->dimension_count + 12;
    qa_sql_shape_table_t *table = qa_sql_shape_add_table(shaper, "atoms", QA_SQL_ATOMS, room,
                                                         "the stored values: one row per leaf cell");
    if (table == NULL) return QA_NO_MEMORY;
    add_members(shaper, table, true);
    add_values(table, value_type(shaper, shape->digits, shape->decimals, true));
    add_changed(table);

    table = qa_sql_shape_add_table(shaper, "cells", QA_SQL_CELLS, room,
                                   "values of any level; a dimension without a predicate stands at its "
                                   "default member");
    if (table == NULL) return QA_NO_MEMORY;
    add_members(shaper, table, true);
    add_values(table, value_type(shaper, QA_SQL_PRECISION_MAX, shape->decimals, true));

    table = qa_sql_shape_add_table(shaper, "facts", QA_SQL_FACTS, room,
                                   "the stored numbers, each times its account's net weight: their sum is "
                                   "the net");
    if (table == NULL) return QA_NO_MEMORY;
    table->has_balance = shape->has_balance;
    add_members(shaper, table, true);
    qa_sql_shape_add_column(table, "value",
                            value_type(shaper, QA_SQL_PRECISION_MAX, shape->fact_decimals, false),
                            "the number times the net weight of its account")
        ->role = QA_SQL_ROLE_VALUE;
    add_changed(table);

    table = qa_sql_shape_add_table(shaper, "lines", QA_SQL_LINES, room,
                                   "the lines of loaded files, and what each gives to which leaf cell");
    if (table == NULL) return QA_NO_MEMORY;
    qa_sql_shape_add_column(table, "offset", type_of(QA_SQL_BIGINT, false), "the load");
    qa_sql_shape_add_column(table, "file", type_of_text(QA_SQL_TEXT_LENGTH_MAX, false, false),
                            "name of the file");
    qa_sql_shape_add_column(table, "line", type_of(QA_SQL_BIGINT, false), "number of the line, from 1");
    qa_sql_shape_add_column(table, "text", type_of_text(QA_SQL_TEXT_LENGTH_MAX, false, false),
                            "the line as it stood in the file");
    add_members(shaper, table, false);
    add_values(table, value_type(shaper, shape->digits, shape->decimals, true));
    qa_sql_shape_add_column(table, "is_current", type_of(QA_SQL_BOOLEAN, false),
                            "whether this load is the one that counts for the cell");
    return QA_OK;
}

/* --- the tables of the log --- */

static qa_status_t add_log_tables(shaper_t *shaper)
{
    qa_sql_shape_table_t *table =
        qa_sql_shape_add_table(shaper, "history", QA_SQL_HISTORY, 10, "every intent: who, when, why");
    if (table == NULL) return QA_NO_MEMORY;
    qa_sql_shape_add_column(table, "offset", type_of(QA_SQL_BIGINT, false), "place in the log, from 1")
        ->key_position = 1;
    qa_sql_shape_add_column(table, "appended_at", type_of(QA_SQL_TIMESTAMP, false),
                            "when it was recorded (UTC)");
    qa_sql_shape_add_column(table, "authored_at", type_of(QA_SQL_TIMESTAMP, false),
                            "when it was written (UTC)");
    qa_sql_shape_add_column(table, "actor", type_of_text(ACTOR_UNITS, false, false), "who");
    qa_sql_shape_add_column(table, "on_behalf_of", type_of_text(ACTOR_UNITS, false, true), "for whom");
    qa_sql_shape_add_column(table, "door", type_of_text(DOOR_UNITS, false, false), "from which door");
    qa_sql_shape_add_column(table, "reason", type_of_text(REASON_UNITS, false, true),
                            "why, in the author's words");
    qa_sql_shape_add_column(table, "operations", type_of_text(OPERATIONS_UNITS, false, false),
                            "what kinds of operations it has");
    qa_sql_shape_add_column(table, "changed_count", type_of(QA_SQL_BIGINT, false), "atoms that changed");
    qa_sql_shape_add_column(table, "metadata_count", type_of(QA_SQL_BIGINT, false),
                            "facts of the model that changed");

    table = qa_sql_shape_add_table(shaper, "members_changed", QA_SQL_MEMBERS_CHANGED, 10,
                                   "what each intent did to members: before and after it");
    if (table == NULL) return QA_NO_MEMORY;
    qa_sql_shape_add_column(table, "offset", type_of(QA_SQL_BIGINT, false), "the intent");
    qa_sql_shape_add_column(table, "changed_at", type_of(QA_SQL_TIMESTAMP, false),
                            "when it was recorded (UTC)");
    qa_sql_shape_add_column(table, "actor", type_of_text(ACTOR_UNITS, false, false), "who");
    qa_sql_shape_add_column(table, "on_behalf_of", type_of_text(ACTOR_UNITS, false, true), "for whom");
    qa_sql_shape_add_column(table, "dimension", type_of_text(QA_NAME_UNITS_MAX, true, true), "of the member");
    qa_sql_shape_add_column(table, "member", type_of_text(QA_NAME_UNITS_MAX, true, false),
                            "its code after the intent; of a deleted one the last");
    qa_sql_shape_add_column(table, "what", type_of_text(WHAT_UNITS, false, false),
                            "created, renamed, deleted, moved, weight, order, caption, alias, attribute, "
                            "account, days");
    qa_sql_shape_add_column(table, "name", type_of_text(QA_NAME_UNITS_MAX, true, true),
                            "of the attribute, alias or hierarchy");
    qa_sql_shape_add_column(table, "before", type_of_text(QA_SQL_TEXT_LENGTH_MAX, false, true),
                            "NULL: it was not there");
    qa_sql_shape_add_column(table, "after", type_of_text(QA_SQL_TEXT_LENGTH_MAX, false, true),
                            "NULL: it is not there any more");
    return QA_OK;
}

/* --- all --- */

static uint32_t count_tables(const qa_model_t *model)
{
    uint32_t count = FIXED_TABLES;
    for (qa_dimension_t d = 0; d < qa_model_dimension_count(model); d++)
        count += qa_model_dimension(model, d)->hierarchy_count + 1u;
    return count;
}

static int compare_tables(const void *a, const void *b)
{
    return strcmp(((const qa_sql_shape_table_t *)a)->name, ((const qa_sql_shape_table_t *)b)->name);
}

static qa_status_t build(shaper_t *shaper)
{
    qa_sql_shape_t *shape = shaper->shape;
    const uint32_t table_capacity = count_tables(shaper->model);
    shape->dimension_count = qa_model_dimension_count(shaper->model);
    shaper->table_capacity = (uint16_t)table_capacity;
    shaper->tables = qa_arena_take(&shape->arena, table_capacity * sizeof(qa_sql_shape_table_t));
    shaper->dimensions =
        qa_arena_take(&shape->arena, (shape->dimension_count + 1u) * sizeof(dimension_measure_t));
    if (shaper->tables == NULL || shaper->dimensions == NULL) return QA_NO_MEMORY;
    shape->tables = shaper->tables;
    for (qa_dimension_t d = 0; d < shape->dimension_count; d++)
        qa_sql_attribute_names_make(&shaper->dimensions[d].attributes, shaper->allocator);
    qa_status_t status = QA_OK;
    for (qa_dimension_t d = 0; d < shape->dimension_count && status == QA_OK; d++)
        status = qa_sql_measure_dimension(shaper, d);
    if (status == QA_OK) status = name_dimensions(shaper);
    type_values(shaper);
    type_facts(shaper);
    if (status == QA_OK) status = add_value_tables(shaper);
    if (status == QA_OK) status = add_log_tables(shaper);
    for (qa_dimension_t d = 0; d < shape->dimension_count && status == QA_OK; d++)
        status = qa_sql_shape_dimension(shaper, d, QA_HIERARCHY_PRIMARY);
    for (qa_dimension_t d = 0; d < shape->dimension_count && status == QA_OK; d++) {
        const uint16_t count = qa_model_dimension(shaper->model, d)->hierarchy_count;
        for (qa_hierarchy_t h = 1; h < count && status == QA_OK; h++) {
            if (!qa_model_hierarchy(shaper->model, d, h)->is_deleted)
                status = qa_sql_shape_dimension(shaper, d, h);
        }
        if (status == QA_OK) status = qa_sql_shape_rollup(shaper, d);
    }
    if (status == QA_OK) qsort(shaper->tables, shape->table_count, sizeof(*shaper->tables), compare_tables);
    return status;
}

qa_status_t qa_sql_shape_make(qa_sql_shape_t **shape_out, const qa_model_t *model, const char *app,
                              const qa_allocator_t *allocator, qa_error_t *error)
{
    *shape_out = NULL;
    qa_sql_shape_t *shape = qa_memory_take(allocator, sizeof(*shape));
    if (shape == NULL) return qa_fail_memory(error, "the tables of an app");
    shape->reference_count = 1;
    shape->metadata_version = qa_model_app(model)->metadata_version;
    const size_t app_bytes = strlen(app);
    assert(app_bytes < sizeof(shape->app));
    memcpy(shape->app, app, app_bytes + 1);
    qa_arena_make(&shape->arena, allocator, SHAPE_BYTES_MAX);
    qa_error_t told = { .status = QA_OK };
    shaper_t shaper = { .shape = shape, .model = model, .allocator = allocator, .error = &told };
    qa_status_t status = build(&shaper);
    qa_sql_measure_release(&shaper);
    if (status == QA_OK) {
        *shape_out = shape;
        return QA_OK;
    }
    qa_sql_shape_drop(shape);
    if (told.status != QA_OK) return qa_fail(error, told.status, "%s", told.message);
    if (status == QA_NO_MEMORY) return qa_fail_memory(error, "the tables of an app");
    return qa_fail(error, status, "%s", qa_status_info(status)->text);
}

void qa_sql_shape_keep(qa_sql_shape_t *shape)
{
    shape->reference_count++;
}

void qa_sql_shape_drop(qa_sql_shape_t *shape)
{
    if (shape == NULL || --shape->reference_count > 0) return;
    const qa_allocator_t *allocator = shape->arena.allocator;
    qa_arena_release(&shape->arena);
    qa_memory_give(allocator, shape, sizeof(*shape));
}
