/* Rows of dimensions, their alternate hierarchies and their roll-ups. */
#include <string.h>

#include "base/error.h"
#include "catalog/catalog_private.h"

enum {
    COLUMN_MEMBER = 0,
    COLUMN_CAPTION = 1,
    COLUMN_PARENT = 2,
    COLUMN_LEVEL = 3,
    COLUMN_GENERATION = 4,
    COLUMN_PATH = 5,
    COLUMN_ORDINAL = 6,
    COLUMN_IS_LEAF = 7
};

static const char *const KIND_NAMES[] = { "", "decimal", "double", "text", "date", "boolean" };
static const char *const BALANCE_NAMES[] = { "flow", "first", "last", "average" };
static const char *const SENSE_NAMES[] = { "income", "expense" };

/* What rows of one dimension table are made with. */
typedef struct member_rows {
    source_t *source;
    qa_dimension_t dimension;
    qa_hierarchy_t hierarchy;
    uint32_t depth_max;  /* level columns */
    uint32_t first_kind; /* column of kind or first_day; the first attribute if there are none */
    uint32_t first_attribute;
    attribute_names_t attributes; /* of the dimension, numbered as the table's columns are */
    qa_sql_value_t *values;
    qa_buffer_t path;
} member_rows_t;

static qa_sql_value_t integer(qa_sql_kind_t kind, int64_t number)
{
    return (qa_sql_value_t){ .kind = (uint8_t)kind, .integer = number };
}

static qa_sql_value_t constant(const char *text)
{
    return (qa_sql_value_t){ .kind = QA_SQL_TEXT, .bytes = (uint32_t)strlen(text), .text = text };
}

/* --- beginning and end --- */

static void close_rows(member_rows_t *rows)
{
    const source_t *source = rows->source;
    qa_sql_attribute_names_release(&rows->attributes);
    qa_buffer_release(&rows->path);
    qa_memory_give(source->allocator, rows->values, source->table->column_count * sizeof(qa_sql_value_t));
}

/* Numbers the attributes as the shape did: in the order in which the members name them. */
static qa_status_t number_attributes(member_rows_t *rows)
{
    source_t *source = rows->source;
    const uint32_t count = qa_model_dimension(source->model, rows->dimension)->member_count;
    const uint32_t wanted = (uint32_t)source->table->column_count - rows->first_attribute;
    for (qa_member_t m = 0; m < count && rows->attributes.count < wanted; m++) {
        const qa_member_info_t *info = qa_model_member(source->model, rows->dimension, m);
        for (uint16_t i = 0; i < info->attribute_count && !info->is_deleted; i++) {
            uint32_t name_bytes = 0;
            uint32_t value_bytes = 0;
            uint32_t index = 0;
            bool is_new = false;
            const char *value = NULL;
            const char *name =
                qa_model_attribute(source->model, rows->dimension, m, i, &name_bytes, &value, &value_bytes);
            if (qa_sql_attribute_names_add(&rows->attributes, name, name_bytes, &index, &is_new) != QA_OK)
                return qa_fail_memory(source->error, "the members of a dimension");
        }
    }
    return QA_OK;
}

static qa_status_t open_rows(member_rows_t *rows, source_t *source)
{
    const qa_sql_shape_table_t *table = source->table;
    memset(rows, 0, sizeof(*rows));
    rows->source = source;
    rows->dimension = table->dimension;
    rows->hierarchy = table->hierarchy;
    qa_sql_attribute_names_make(&rows->attributes, source->allocator);
    qa_buffer_make(&rows->path, source->allocator, (size_t)PLACE_DEPTH_MAX * (QA_NAME_BYTES_MAX + 1));
    uint32_t column = MEMBER_FIXED_COLUMNS;
    while (column < table->column_count && table->columns[column].name[0] == 'L' &&
           table->columns[column].type.is_name)
        column++;
    rows->depth_max = column - MEMBER_FIXED_COLUMNS;
    rows->first_kind = column;
    if (rows->dimension == source->shape->measure) column += ACCOUNT_COLUMNS;
    if (rows->dimension == source->shape->time) column += TIME_COLUMNS;
    rows->first_attribute = column;
    rows->values = qa_memory_take(source->allocator, table->column_count * sizeof(qa_sql_value_t));
    if (rows->values == NULL) return qa_fail_memory(source->error, "the members of a dimension");
    return number_attributes(rows);
}

/* --- one row --- */

static qa_status_t put_path(member_rows_t *rows, const qa_member_t *way, uint32_t depth)
{
    source_t *source = rows->source;
    qa_status_t status = QA_OK;
    qa_buffer_clear(&rows->path);
    for (uint32_t i = 0; i < depth && status == QA_OK; i++) {
        const qa_member_info_t *info = qa_model_member(source->model, rows->dimension, way[i]);
        if (i > 0) status = qa_buffer_put(&rows->path, "/", 1);
        if (status == QA_OK) status = qa_buffer_put(&rows->path, info->code, info->code_bytes);
    }
    if (status != QA_OK) return qa_fail_memory(source->error, "the members of a dimension");
    return qa_sql_source_text(source, (const char *)rows->path.data, (uint32_t)rows->path.bytes, false,
                              &rows->values[COLUMN_PATH]);
}

static void put_kind(member_rows_t *rows, const qa_member_info_t *info)
{
    const source_t *source = rows->source;
    qa_sql_value_t *values = rows->values + rows->first_kind;
    if (rows->dimension == source->shape->measure) {
        const qa_account_t *account = &info->account;
        /* What a total is comes from the leaves below it. */
        if (info->is_leaf) values[0] = constant(KIND_NAMES[account->kind]);
        if (info->is_leaf && account->kind == QA_KIND_DECIMAL)
            values[1] = integer(QA_SQL_INTEGER, account->decimals);
        values[2] = constant(BALANCE_NAMES[account->time_balance]);
        values[3] = constant(SENSE_NAMES[account->sense]);
        values += ACCOUNT_COLUMNS;
    }
    if (rows->dimension == source->shape->time && info->has_days) {
        values[0] = integer(QA_SQL_DATE, info->first_day);
        values[1] = integer(QA_SQL_DATE, info->last_day);
    }
}

static qa_status_t put_attributes(member_rows_t *rows, qa_member_t member, const qa_member_info_t *info)
{
    source_t *source = rows->source;
    qa_status_t status = QA_OK;
    for (uint16_t i = 0; i < info->attribute_count && status == QA_OK; i++) {
        uint32_t name_bytes = 0;
        uint32_t value_bytes = 0;
        uint32_t index = 0;
        bool is_new = false;
        const char *value = NULL;
        const char *name =
            qa_model_attribute(source->model, rows->dimension, member, i, &name_bytes, &value, &value_bytes);
        if (qa_sql_attribute_names_add(&rows->attributes, name, name_bytes, &index, &is_new) != QA_OK)
            return qa_fail_memory(source->error, "the members of a dimension");
        const uint32_t column = rows->first_attribute + index;
        if (column < source->table->column_count && is_wanted(source, column))
            status = qa_sql_source_text(source, value, value_bytes, true, &rows->values[column]);
    }
    return status;
}

/* The row of a place: way[0 … depth - 1] leads from the root to the member. */
static qa_status_t put_place(member_rows_t *rows, const qa_member_t *way, uint32_t depth, uint32_t ordinal)
{
    source_t *source = rows->source;
    const qa_dimension_t d = rows->dimension;
    const qa_member_t member = way[depth - 1];
    const qa_member_info_t *info = qa_model_member(source->model, d, member);
    qa_sql_value_t *values = rows->values;
    memset(values, 0, source->table->column_count * sizeof(*values));
    values[COLUMN_LEVEL] = integer(QA_SQL_INTEGER, qa_model_level(source->model, d, rows->hierarchy, member));
    values[COLUMN_GENERATION] = integer(QA_SQL_INTEGER, depth);
    values[COLUMN_ORDINAL] = integer(QA_SQL_INTEGER, ordinal);
    values[COLUMN_IS_LEAF] = integer(QA_SQL_BOOLEAN, info->is_leaf);
    put_kind(rows, info);
    qa_status_t status = QA_OK;
    if (is_wanted(source, COLUMN_MEMBER))
        status = qa_sql_source_code(source, d, member, &values[COLUMN_MEMBER]);
    if (status == QA_OK && is_wanted(source, COLUMN_CAPTION))
        status = info->caption_bytes > 0 ? qa_sql_source_text(source, info->caption, info->caption_bytes,
                                                              true, &values[COLUMN_CAPTION])
                                         : qa_sql_source_code(source, d, member, &values[COLUMN_CAPTION]);
    if (status == QA_OK && depth > 1 && is_wanted(source, COLUMN_PARENT))
        status = qa_sql_source_code(source, d, way[depth - 2], &values[COLUMN_PARENT]);
    if (status == QA_OK && is_wanted(source, COLUMN_PATH)) status = put_path(rows, way, depth);
    for (uint32_t g = 0; g < depth && g < rows->depth_max && status == QA_OK; g++) {
        if (is_wanted(source, MEMBER_FIXED_COLUMNS + g))
            status = qa_sql_source_code(source, d, way[g], &values[MEMBER_FIXED_COLUMNS + g]);
    }
    if (status == QA_OK) status = put_attributes(rows, member, info);
    for (uint16_t c = 0; c < source->table->column_count; c++) {
        if (!is_wanted(source, c)) values[c] = (qa_sql_value_t){ .kind = QA_SQL_NULL };
    }
    return status == QA_OK ? qa_sql_source_append(source, values) : status;
}

/* --- the tables --- */

qa_status_t qa_sql_source_dimension(source_t *source)
{
    member_rows_t rows;
    place_walk_t walk;
    uint32_t ordinal = 0;
    qa_status_t status = open_rows(&rows, source);
    qa_sql_place_walk_start(&walk, source->model, rows.dimension, rows.hierarchy);
    while (status == QA_OK && qa_sql_place_walk_next(&walk, NULL)) {
        ordinal++;
        if (is_selected(source, rows.dimension, walk.members[walk.depth - 1]))
            status = put_place(&rows, walk.members, walk.depth, ordinal);
    }
    close_rows(&rows);
    return status;
}

/* The row of a member outside the primary hierarchy: its code, if it is a group of an alternate. */
static qa_status_t put_outside(member_rows_t *rows, qa_member_t member, uint8_t *is_there)
{
    source_t *source = rows->source;
    const qa_member_info_t *info = qa_model_member(source->model, rows->dimension, member);
    qa_status_t status = QA_OK;
    memset(rows->values, 0, source->table->column_count * sizeof(*rows->values));
    *is_there = info->is_deleted || info->is_in_primary ? QA_SQL_MEMBER_ABSENT : QA_SQL_MEMBER_OF_ALTERNATES;
    if (*is_there == QA_SQL_MEMBER_OF_ALTERNATES && is_wanted(source, COLUMN_MEMBER))
        status = qa_sql_source_code(source, rows->dimension, member, &rows->values[COLUMN_MEMBER]);
    return status == QA_OK ? qa_sql_source_append(source, rows->values) : status;
}

qa_status_t qa_sql_source_member_rows(source_t *source, uint8_t *is_there)
{
    member_rows_t rows;
    uint32_t place_count = 0;
    qa_status_t status = open_rows(&rows, source);
    const uint32_t count = qa_model_dimension(source->model, rows.dimension)->member_count;
    const qa_member_t *order =
        qa_model_preorder(source->model, rows.dimension, QA_HIERARCHY_PRIMARY, &place_count);
    const size_t ordinal_bytes = ((size_t)count + 1) * sizeof(uint32_t);
    uint32_t *ordinals = qa_memory_take(source->allocator, ordinal_bytes);
    if (status == QA_OK && ordinals == NULL)
        status = qa_fail_memory(source->error, "the members of a dimension");
    for (uint32_t i = 0; i < place_count && status == QA_OK; i++)
        ordinals[order[i]] = i + 1;
    for (qa_member_t m = 0; m < count && status == QA_OK; m++) {
        qa_member_t way[PLACE_DEPTH_MAX];
        uint32_t at = PLACE_DEPTH_MAX;
        if (ordinals[m] == 0) {
            status = put_outside(&rows, m, &is_there[m]);
            continue;
        }
        is_there[m] = QA_SQL_MEMBER_OF_PRIMARY;
        for (qa_member_t up = m; up != QA_MEMBER_NONE && at > 0;
             up = qa_model_parent(source->model, rows.dimension, QA_HIERARCHY_PRIMARY, up))
            way[--at] = up;
        status = put_place(&rows, way + at, PLACE_DEPTH_MAX - at, ordinals[m]);
    }
    qa_memory_give(source->allocator, ordinals, ordinal_bytes);
    close_rows(&rows);
    return status;
}

/* --- roll-ups --- */

typedef struct rollup_walk {
    source_t *source;
    qa_dimension_t dimension;
    net_weight_t *weights; /* of the leaves below the ancestor */
    uint32_t *seen;        /* number of the ancestor that met the member last */
    qa_member_t *leaves;   /* met by this ancestor, in order */
    uint32_t leaf_count;
    uint32_t number;
    uint32_t member_count;
} rollup_walk_t;

/* Adds up the weights of all ways from the ancestor to its leaves. */
static void weigh_leaves(rollup_walk_t *walk, qa_hierarchy_t hierarchy, qa_member_t ancestor)
{
    const qa_model_t *model = walk->source->model;
    net_weight_t on_the_way[PLACE_DEPTH_MAX + 1];
    place_walk_t places;
    const qa_edge_t *edge = NULL;
    walk->number++;
    walk->leaf_count = 0;
    qa_sql_place_walk_start_at(&places, model, walk->dimension, hierarchy, ancestor);
    while (qa_sql_place_walk_next(&places, &edge)) {
        const uint32_t depth = places.depth;
        const qa_member_t member = places.members[depth - 1];
        on_the_way[depth] = edge == NULL ? (net_weight_t){ .units = 1, .is_known = true }
                                         : qa_sql_net_weight_step(on_the_way[depth - 1], edge);
        if (!qa_model_member(model, walk->dimension, member)->is_leaf) continue;
        if (walk->seen[member] != walk->number) {
            walk->seen[member] = walk->number;
            walk->weights[member] = on_the_way[depth];
            walk->leaves[walk->leaf_count++] = member;
        } else {
            walk->weights[member] = qa_sql_net_weight_sum(walk->weights[member], on_the_way[depth]);
        }
    }
}

static qa_status_t put_rollup(rollup_walk_t *walk, const qa_sql_value_t *hierarchy, qa_member_t ancestor,
                              qa_member_t leaf)
{
    source_t *source = walk->source;
    const uint8_t scale = source->table->columns[3].type.scale;
    const net_weight_t weight = walk->weights[leaf];
    qa_sql_value_t values[4] = { { .kind = QA_SQL_NULL } };
    qa_status_t status = QA_OK;
    if (!weight.is_known || weight.decimals > scale)
        return qa_fail(source->error, QA_LIMIT,
                       "the net weight of \"%s\" in \"%s\" needs more than %d decimals or 18 digits; use "
                       "shorter weights on the way to it",
                       qa_model_member(source->model, walk->dimension, leaf)->code,
                       qa_model_member(source->model, walk->dimension, ancestor)->code,
                       QA_NET_WEIGHT_DECIMALS_MAX);
    if (is_wanted(source, 0)) values[0] = *hierarchy;
    if (is_wanted(source, 1)) status = qa_sql_source_code(source, walk->dimension, ancestor, &values[1]);
    if (status == QA_OK && is_wanted(source, 2))
        status = qa_sql_source_code(source, walk->dimension, leaf, &values[2]);
    if (status == QA_OK && is_wanted(source, 3)) {
        values[3] = (qa_sql_value_t){ .kind = QA_SQL_DECIMAL, .scale = scale, .units = weight.units };
        for (uint8_t i = weight.decimals; i < scale; i++)
            values[3].units *= 10;
    }
    return status == QA_OK ? qa_sql_source_append(source, values) : status;
}

static qa_status_t put_hierarchy(rollup_walk_t *walk, qa_hierarchy_t hierarchy)
{
    source_t *source = walk->source;
    const qa_hierarchy_info_t *info = qa_model_hierarchy(source->model, walk->dimension, hierarchy);
    qa_sql_value_t name;
    if (info->is_deleted) return QA_OK;
    qa_status_t status = qa_sql_source_text(source, info->name, info->name_bytes, true, &name);
    /* Each member once, however many places it has. */
    for (qa_member_t m = 0; m < walk->member_count && status == QA_OK; m++) {
        if (!qa_model_is_in_hierarchy(source->model, walk->dimension, hierarchy, m)) continue;
        weigh_leaves(walk, hierarchy, m);
        for (uint32_t i = 0; i < walk->leaf_count && status == QA_OK; i++) {
            if (is_selected(source, walk->dimension, walk->leaves[i]))
                status = put_rollup(walk, &name, m, walk->leaves[i]);
        }
        if (status == QA_OK) status = qa_sql_source_tick(source);
    }
    return status;
}

qa_status_t qa_sql_source_rollup(source_t *source)
{
    rollup_walk_t walk = { .source = source, .dimension = source->table->dimension };
    const qa_dimension_info_t *info = qa_model_dimension(source->model, walk.dimension);
    const size_t count = (size_t)info->member_count + 1;
    qa_status_t status = QA_OK;
    walk.member_count = info->member_count;
    walk.weights = qa_memory_take(source->allocator, count * sizeof(net_weight_t));
    walk.seen = qa_memory_take(source->allocator, count * sizeof(uint32_t));
    walk.leaves = qa_memory_take(source->allocator, count * sizeof(qa_member_t));
    if (walk.weights == NULL || walk.seen == NULL || walk.leaves == NULL)
        status = qa_fail_memory(source->error, "the roll-up of a dimension");
    for (qa_hierarchy_t h = 0; h < info->hierarchy_count && status == QA_OK; h++)
        status = put_hierarchy(&walk, h);
    qa_memory_give(source->allocator, walk.weights, count * sizeof(net_weight_t));
    qa_memory_give(source->allocator, walk.seen, count * sizeof(uint32_t));
    qa_memory_give(source->allocator, walk.leaves, count * sizeof(qa_member_t));
    return status;
}
