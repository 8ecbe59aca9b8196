/* The tables of dimensions: <dimension>, <dimension>@<hierarchy>, <dimension>_rollup. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "catalog/shape.h"

static void add_fixed_columns(qa_sql_shape_table_t *table, const dimension_measure_t *measure,
                              const hierarchy_measure_t *hierarchy)
{
    const bool is_primary = table->hierarchy == QA_HIERARCHY_PRIMARY;
    const qa_sql_type_t code = type_of_text(measure->code_units, true, false);
    const qa_sql_type_t code_or_null = type_of_text(measure->code_units, true, true);
    qa_sql_shape_column_t *column = qa_sql_shape_add_column(table, "member", code, "code of the member");
    column->role = QA_SQL_ROLE_MEMBER;
    column->dimension = table->dimension;
    column->key_position = is_primary ? 1 : 0;
    qa_sql_shape_add_column(table, "caption", type_of_text(measure->caption_units, true, false),
                            "caption; where there is none, the code");
    column = qa_sql_shape_add_column(table, "parent", code_or_null, "code of the parent; NULL for a root");
    if (is_primary) {
        column->reference_table = table->name;
        column->reference_column = "member";
    }
    qa_sql_shape_add_column(table, "level", type_of(QA_SQL_INTEGER, false), "0 for a leaf");
    qa_sql_shape_add_column(table, "generation", type_of(QA_SQL_INTEGER, false), "1 for a root");
    qa_sql_shape_add_column(table, "path", type_of_text(hierarchy->path_units, true, false),
                            "codes from the root down, with / between them");
    qa_sql_shape_add_column(table, "ordinal", type_of(QA_SQL_INTEGER, false),
                            "place in the hierarchy, parents before children, from 1")
        ->key_position = is_primary ? 0 : 1;
    qa_sql_shape_add_column(table, "is_leaf", type_of(QA_SQL_BOOLEAN, false), "whether it may hold atoms");
}

static qa_status_t add_level_columns(shaper_t *shaper, qa_sql_shape_table_t *table, uint32_t code_units,
                                     uint32_t depth)
{
    for (uint32_t g = 1; g <= depth; g++) {
        char name[16];
        const int bytes = snprintf(name, sizeof(name), "L%u", (unsigned)g);
        const char *kept = qa_arena_text(&shaper->shape->arena, name, (size_t)bytes);
        if (kept == NULL) return QA_NO_MEMORY;
        qa_sql_shape_add_column(table, kept, type_of_text(code_units, true, true),
                                "code of the ancestor of this generation");
    }
    return QA_OK;
}

static void add_kind_columns(shaper_t *shaper, qa_sql_shape_table_t *table)
{
    if (table->dimension == shaper->shape->measure) {
        qa_sql_shape_add_column(table, "kind", type_of_text(7, false, true), "of what a leaf holds");
        qa_sql_shape_add_column(table, "decimals", type_of(QA_SQL_INTEGER, true), "of a decimal leaf");
        qa_sql_shape_add_column(table, "time_balance", type_of_text(7, false, false),
                                "how it adds up along time");
        qa_sql_shape_add_column(table, "sense", type_of_text(7, false, false),
                                "income: more is good; expense: bad");
    }
    if (table->dimension == shaper->shape->time) {
        qa_sql_shape_add_column(table, "first_day", type_of(QA_SQL_DATE, true), "of a period");
        qa_sql_shape_add_column(table, "last_day", type_of(QA_SQL_DATE, true), "of a period, included");
    }
}

static qa_status_t add_attribute_columns(shaper_t *shaper, qa_sql_shape_table_t *table,
                                         const dimension_measure_t *measure)
{
    for (uint32_t i = 0; i < measure->attribute_count; i++) {
        const char *name = measure->attribute_list[i].name;
        while (qa_sql_shape_column(table, name, strlen(name), false) >= 0) {
            char longer[QA_NAME_BYTES_MAX + 300];
            const int bytes = snprintf(longer, sizeof(longer), "%s_attribute", name);
            if (bytes < 0 || (size_t)bytes >= sizeof(longer)) return QA_LIMIT;
            name = qa_arena_text(&shaper->shape->arena, longer, (size_t)bytes);
            if (name == NULL) return QA_NO_MEMORY;
        }
        qa_sql_shape_add_column(table, name, type_of_text(measure->attribute_list[i].units, false, true),
                                "attribute");
    }
    return QA_OK;
}

static const char *alternate_name(shaper_t *shaper, qa_dimension_t dimension, qa_hierarchy_t hierarchy)
{
    char name[2 * QA_NAME_BYTES_MAX + 2];
    snprintf(name, sizeof(name), "%s@%s", qa_model_dimension(shaper->model, dimension)->name,
             qa_model_hierarchy(shaper->model, dimension, hierarchy)->name);
    return qa_sql_shape_table_name(shaper, name, "_hierarchy");
}

qa_status_t qa_sql_shape_dimension(shaper_t *shaper, qa_dimension_t dimension, qa_hierarchy_t hierarchy)
{
    const dimension_measure_t *measure = &shaper->dimensions[dimension];
    const hierarchy_measure_t *depth = &measure->hierarchies[hierarchy];
    const bool is_primary = hierarchy == QA_HIERARCHY_PRIMARY;
    const char *name = is_primary ? measure->table_name : alternate_name(shaper, dimension, hierarchy);
    if (name == NULL) return QA_NO_MEMORY;
    qa_sql_shape_table_t *table = qa_sql_shape_add_table(
        shaper, name, QA_SQL_DIMENSION,
        MEMBER_FIXED_COLUMNS + depth->depth + ACCOUNT_COLUMNS + TIME_COLUMNS + measure->attribute_count,
        is_primary ? "the members of a dimension"
                   : "an alternate hierarchy: a shared member has a row for each of its places");
    if (table == NULL) return shaper->error->status;
    table->dimension = dimension;
    table->hierarchy = hierarchy;
    table->row_count = depth->place_count;
    add_fixed_columns(table, measure, depth);
    qa_status_t status = add_level_columns(shaper, table, measure->code_units, depth->depth);
    if (status == QA_OK) {
        add_kind_columns(shaper, table);
        status = add_attribute_columns(shaper, table, measure);
    }
    return status;
}

qa_status_t qa_sql_shape_rollup(shaper_t *shaper, qa_dimension_t dimension)
{
    const dimension_measure_t *measure = &shaper->dimensions[dimension];
    const uint16_t hierarchy_count = qa_model_dimension(shaper->model, dimension)->hierarchy_count;
    uint32_t decimals = 0;
    char name[QA_NAME_BYTES_MAX + 16];
    snprintf(name, sizeof(name), "%s_rollup", qa_model_dimension(shaper->model, dimension)->name);
    const char *kept = qa_sql_shape_table_name(shaper, name, "_rollup");
    if (kept == NULL) return QA_NO_MEMORY;
    qa_sql_shape_table_t *table =
        qa_sql_shape_add_table(shaper, kept, QA_SQL_ROLLUP, 4,
                               "the net weight of each leaf in each of its ancestors, itself included");
    if (table == NULL) return shaper->error->status;
    table->dimension = dimension;
    for (qa_hierarchy_t h = 0; h < hierarchy_count; h++) {
        /* Below its own members an alternate goes on along the primary. */
        const uint32_t own = measure->hierarchies[h].weight_decimals +
                             (h == QA_HIERARCHY_PRIMARY ? 0 : measure->hierarchies[0].weight_decimals);
        if (own > decimals) decimals = own;
    }
    if (decimals > QA_NET_WEIGHT_DECIMALS_MAX) decimals = QA_NET_WEIGHT_DECIMALS_MAX;
    const qa_sql_type_t code = type_of_text(measure->code_units, true, false);
    qa_sql_shape_add_column(table, "hierarchy", type_of_text(QA_NAME_UNITS_MAX, true, false),
                            "of the primary: the dimension's name")
        ->key_position = 1;
    qa_sql_shape_add_column(table, "ancestor", code, "code of the member that is added up")->key_position = 2;
    qa_sql_shape_column_t *leaf = qa_sql_shape_add_column(table, "leaf", code, "code of the leaf");
    leaf->key_position = 3;
    leaf->role = QA_SQL_ROLE_MEMBER;
    leaf->dimension = dimension;
    leaf->reference_table = measure->table_name;
    leaf->reference_column = "member";
    qa_sql_shape_add_column(
        table, "weight",
        type_of_decimal((uint8_t)(QA_DECIMAL_DIGITS_MAX + decimals), (uint8_t)decimals, false),
        "by which the leaf goes into the ancestor");
    return QA_OK;
}
