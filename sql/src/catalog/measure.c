/* Measuring a dimension for its tables: the longest code, caption, path and attribute, the depth of each
 * hierarchy. One pass over the members and one over each hierarchy, once per version of the metadata. */
#include <string.h>

#include "base/error.h"
#include "catalog/shape.h"

static void raise_to(uint32_t *most, size_t units)
{
    if (units > *most) *most = (uint32_t)units;
}

static qa_status_t measure_attributes(shaper_t *shaper, qa_dimension_t d, qa_member_t member)
{
    dimension_measure_t *measure = &shaper->dimensions[d];
    const uint16_t count = qa_model_member(shaper->model, d, member)->attribute_count;
    for (uint16_t i = 0; i < count; i++) {
        uint32_t name_bytes = 0;
        uint32_t value_bytes = 0;
        uint32_t index = 0;
        bool is_new = false;
        const char *value = NULL;
        const char *name = qa_model_attribute(shaper->model, d, member, i, &name_bytes, &value, &value_bytes);
        qa_status_t status =
            qa_sql_attribute_names_add(&measure->attributes, name, name_bytes, &index, &is_new);
        if (status != QA_OK) return status;
        if (is_new) {
            status = qa_array_reserve(shaper->allocator, (void **)&measure->attribute_list,
                                      &measure->attribute_capacity, index + 1, sizeof(attribute_measure_t));
            if (status != QA_OK) return status;
            measure->attribute_list[index] =
                (attribute_measure_t){ .name = qa_arena_text(&shaper->shape->arena, name, name_bytes) };
            measure->attribute_count = index + 1;
            if (measure->attribute_list[index].name == NULL) return QA_NO_MEMORY;
        }
        raise_to(&measure->attribute_list[index].units, value_bytes);
    }
    return QA_OK;
}

static uint32_t weight_decimals(const qa_edge_t *edge)
{
    const net_weight_t one = { .units = 1, .is_known = true };
    return qa_sql_net_weight_step(one, edge).decimals;
}

static void measure_hierarchy(shaper_t *shaper, qa_dimension_t d, qa_hierarchy_t h)
{
    hierarchy_measure_t *measure = &shaper->dimensions[d].hierarchies[h];
    uint32_t path_units[PLACE_DEPTH_MAX + 1] = { 0 };
    uint32_t decimals[PLACE_DEPTH_MAX + 1] = { 0 };
    place_walk_t walk;
    const qa_edge_t *edge = NULL;
    qa_sql_place_walk_start(&walk, shaper->model, d, h);
    while (qa_sql_place_walk_next(&walk, &edge)) {
        const uint32_t depth = walk.depth;
        const qa_member_info_t *info = qa_model_member(shaper->model, d, walk.members[depth - 1]);
        path_units[depth] = path_units[depth - 1] + (depth > 1 ? 1 : 0) + info->code_bytes;
        decimals[depth] = depth == 1 ? 0 : decimals[depth - 1] + weight_decimals(edge);
        raise_to(&measure->path_units, path_units[depth]);
        raise_to(&measure->weight_decimals, decimals[depth]);
        raise_to(&measure->depth, depth);
        measure->place_count++;
    }
}

qa_status_t qa_sql_measure_dimension(shaper_t *shaper, qa_dimension_t dimension)
{
    dimension_measure_t *measure = &shaper->dimensions[dimension];
    const qa_dimension_info_t *info = qa_model_dimension(shaper->model, dimension);
    measure->hierarchies =
        qa_arena_take(&shaper->shape->arena, info->hierarchy_count * sizeof(hierarchy_measure_t));
    if (measure->hierarchies == NULL) return QA_NO_MEMORY;
    for (qa_member_t m = 0; m < info->member_count; m++) {
        const qa_member_info_t *member = qa_model_member(shaper->model, dimension, m);
        raise_to(&measure->code_units, member->code_bytes);
        if (member->is_deleted) continue;
        raise_to(&measure->caption_units, member->caption_bytes);
        const qa_status_t status = measure_attributes(shaper, dimension, m);
        if (status != QA_OK) return status;
    }
    /* Where a member has no caption its code is shown. */
    raise_to(&measure->caption_units, measure->code_units);
    for (qa_hierarchy_t h = 0; h < info->hierarchy_count; h++) {
        if (!qa_model_hierarchy(shaper->model, dimension, h)->is_deleted)
            measure_hierarchy(shaper, dimension, h);
    }
    return QA_OK;
}

void qa_sql_measure_release(shaper_t *shaper)
{
    const uint16_t count = shaper->shape->dimension_count;
    for (uint16_t d = 0; d < count && shaper->dimensions != NULL; d++) {
        dimension_measure_t *measure = &shaper->dimensions[d];
        qa_sql_attribute_names_release(&measure->attributes);
        qa_memory_give(shaper->allocator, measure->attribute_list,
                       measure->attribute_capacity * sizeof(attribute_measure_t));
    }
}
