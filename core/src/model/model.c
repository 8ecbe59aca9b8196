/* The typed view of a model: making, ending, and the reading calls of qa/model.h. */
#include "qa/model.h"

#include <assert.h>
#include <string.h>

#include "model/model_struct.h"

char *qa_model_copy_text(qa_model_t *model, const char *text, uint32_t bytes)
{
    char *copy = qa_memory_take(model->allocator, (size_t)bytes + 1);
    if (copy == NULL) return NULL;
    if (bytes > 0) memcpy(copy, text, bytes);
    model->text_bytes += bytes + 1u;
    return copy;
}

void qa_model_drop_text(qa_model_t *model, char *text, uint32_t bytes)
{
    if (text == NULL) return;
    model->text_bytes -= bytes + 1u;
    qa_memory_give(model->allocator, text, (size_t)bytes + 1);
}

qa_status_t qa_model_open(qa_model_t **model_out, const qa_allocator_t *allocator, const qa_hash_key_t *key)
{
    *model_out = NULL;
    qa_model_t *model = qa_memory_take(allocator, sizeof(*model));
    if (model == NULL) return QA_NO_MEMORY;
    model->allocator = allocator;
    model->key = *key;
    model->app.title = "";
    model->app.decimals = 2;
    qa_text_map_make(&model->holds, allocator);
    *model_out = model;
    return QA_OK;
}

static void release_named(qa_model_t *model, named_list_t *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        qa_model_drop_text(model, list->items[i].name, list->items[i].name_bytes);
        qa_model_drop_text(model, list->items[i].value, list->items[i].value_bytes);
    }
    qa_memory_give(model->allocator, list->items, list->capacity * sizeof(named_t));
}

static void release_dimension(qa_model_t *model, dimension_t *dimension)
{
    for (uint32_t i = 0; i < dimension->info.member_count; i++) {
        member_t *member = &dimension->members[i];
        qa_model_drop_text(model, (char *)(uintptr_t)member->info.code, member->info.code_bytes);
        if (member->info.caption_bytes > 0)
            qa_model_drop_text(model, (char *)(uintptr_t)member->info.caption, member->info.caption_bytes);
        release_named(model, &member->aliases);
        release_named(model, &member->attributes);
    }
    for (uint32_t i = 0; i < dimension->info.hierarchy_count; i++)
        qa_hierarchy_release(model, &dimension->hierarchies[i]);
    qa_memory_give(model->allocator, dimension->members, dimension->member_capacity * sizeof(member_t));
    qa_memory_give(model->allocator, dimension->hierarchies,
                   dimension->hierarchy_capacity * sizeof(hierarchy_t));
    qa_text_map_release(&dimension->names);
    qa_model_drop_text(model, (char *)(uintptr_t)dimension->info.name, dimension->info.name_bytes);
    qa_memory_give(model->allocator, dimension, sizeof(*dimension));
}

void qa_model_close(qa_model_t *model)
{
    if (model == NULL) return;
    for (uint16_t i = 0; i < model->dimension_count; i++)
        release_dimension(model, model->dimensions[i]);
    for (uint32_t i = 0; i < model->load_count; i++)
        qa_memory_give(model->allocator, model->loads[i].data, model->loads[i].bytes + 1u);
    qa_memory_give(model->allocator, model->loads, model->load_capacity * sizeof(blob_t));
    qa_text_map_release(&model->holds);
    qa_model_drop_text(model, model->title, model->title_bytes);
    qa_memory_give(model->allocator, model, sizeof(*model));
}

/* --- reading --- */

const qa_app_info_t *qa_model_app(const qa_model_t *model)
{
    return &model->app;
}

void qa_model_set_metadata_version(qa_model_t *model, uint64_t offset)
{
    model->app.metadata_version = offset;
}

uint16_t qa_model_dimension_count(const qa_model_t *model)
{
    return model->dimension_count;
}

static dimension_t *dimension_at(const qa_model_t *model, qa_dimension_t dimension)
{
    assert(dimension < model->dimension_count);
    return model->dimensions[dimension];
}

static member_t *member_at(const qa_model_t *model, qa_dimension_t dimension, qa_member_t member)
{
    dimension_t *owner = dimension_at(model, dimension);
    assert(member < owner->info.member_count);
    return &owner->members[member];
}

static hierarchy_t *hierarchy_at(const qa_model_t *model, qa_dimension_t dimension, qa_hierarchy_t hierarchy)
{
    dimension_t *owner = dimension_at(model, dimension);
    assert(hierarchy < owner->info.hierarchy_count);
    return &owner->hierarchies[hierarchy];
}

const qa_dimension_info_t *qa_model_dimension(const qa_model_t *model, qa_dimension_t dimension)
{
    return &dimension_at(model, dimension)->info;
}

const qa_member_info_t *qa_model_member(const qa_model_t *model, qa_dimension_t dimension, qa_member_t member)
{
    return &member_at(model, dimension, member)->info;
}

const qa_hierarchy_info_t *qa_model_hierarchy(const qa_model_t *model, qa_dimension_t dimension,
                                              qa_hierarchy_t hierarchy)
{
    return &hierarchy_at(model, dimension, hierarchy)->info;
}

const char *qa_model_alias(const qa_model_t *model, qa_dimension_t dimension, qa_member_t member,
                           uint16_t index, uint32_t *bytes_out)
{
    const member_t *owner = member_at(model, dimension, member);
    assert(index < owner->aliases.count);
    *bytes_out = owner->aliases.items[index].name_bytes;
    return owner->aliases.items[index].name;
}

const char *qa_model_attribute(const qa_model_t *model, qa_dimension_t dimension, qa_member_t member,
                               uint16_t index, uint32_t *bytes_out, const char **value_out,
                               uint32_t *value_bytes_out)
{
    const member_t *owner = member_at(model, dimension, member);
    assert(index < owner->attributes.count);
    const named_t *item = &owner->attributes.items[index];
    *bytes_out = item->name_bytes;
    *value_out = item->value;
    *value_bytes_out = item->value_bytes;
    return item->name;
}

const qa_edge_t *qa_model_children(const qa_model_t *model, qa_dimension_t dimension,
                                   qa_hierarchy_t hierarchy, qa_member_t parent, uint32_t *count_out)
{
    const hierarchy_t *owner = hierarchy_at(model, dimension, hierarchy);
    assert(!owner->is_dirty);
    *count_out = 0;
    if (owner->sorted_count == 0 || (parent != QA_MEMBER_NONE && parent >= owner->settled_count)) return NULL;
    const uint32_t group = parent == QA_MEMBER_NONE ? owner->settled_count : parent;
    const uint32_t first = owner->starts[group];
    *count_out = owner->starts[group + 1] - first;
    return *count_out == 0 ? NULL : &owner->sorted[first];
}

qa_member_t qa_model_parent(const qa_model_t *model, qa_dimension_t dimension, qa_hierarchy_t hierarchy,
                            qa_member_t member)
{
    const hierarchy_t *owner = hierarchy_at(model, dimension, hierarchy);
    return member < owner->settled_count ? owner->first_parents[member] : QA_MEMBER_NONE;
}

bool qa_model_is_in_hierarchy(const qa_model_t *model, qa_dimension_t dimension, qa_hierarchy_t hierarchy,
                              qa_member_t member)
{
    return qa_model_generation(model, dimension, hierarchy, member) > 0;
}

uint32_t qa_model_generation(const qa_model_t *model, qa_dimension_t dimension, qa_hierarchy_t hierarchy,
                             qa_member_t member)
{
    const hierarchy_t *owner = hierarchy_at(model, dimension, hierarchy);
    return member < owner->settled_count ? owner->generations[member] : 0;
}

uint32_t qa_model_level(const qa_model_t *model, qa_dimension_t dimension, qa_hierarchy_t hierarchy,
                        qa_member_t member)
{
    const hierarchy_t *owner = hierarchy_at(model, dimension, hierarchy);
    return member < owner->settled_count ? owner->levels[member] : 0;
}

const qa_member_t *qa_model_preorder(const qa_model_t *model, qa_dimension_t dimension,
                                     qa_hierarchy_t hierarchy, uint32_t *count_out)
{
    const hierarchy_t *owner = hierarchy_at(model, dimension, hierarchy);
    *count_out = owner->preorder_count;
    return owner->preorder;
}

qa_member_t qa_model_default_member(const qa_model_t *model, qa_dimension_t dimension)
{
    const dimension_t *owner = dimension_at(model, dimension);
    if (owner->has_default) return owner->info.default_member;
    if (owner->info.kind == QA_DIMENSION_TIME || owner->info.kind == QA_DIMENSION_SCENARIO)
        return QA_MEMBER_NONE;
    uint32_t count;
    const qa_edge_t *roots =
        qa_model_children(model, dimension, QA_HIERARCHY_PRIMARY, QA_MEMBER_NONE, &count);
    return count == 1 ? roots[0].child : QA_MEMBER_NONE;
}

qa_dimension_t qa_model_dimension_of_kind(const qa_model_t *model, qa_dimension_kind_t kind)
{
    for (uint16_t i = 0; i < model->dimension_count; i++) {
        if (model->dimensions[i]->info.kind == kind) return i;
    }
    return QA_DIMENSIONS_MAX;
}

const char *qa_model_label(const qa_model_t *model, qa_dimension_t dimension, qa_member_t member)
{
    const qa_member_info_t *info = qa_model_member(model, dimension, member);
    return info->caption_bytes > 0 ? info->caption : info->code;
}

qa_account_t qa_model_account_of(const qa_model_t *model, const qa_member_t *coordinate)
{
    const qa_dimension_t measure = qa_model_dimension_of_kind(model, QA_DIMENSION_MEASURE);
    if (measure == QA_DIMENSIONS_MAX)
        return (qa_account_t){ .kind = QA_KIND_DECIMAL, .decimals = model->app.decimals };
    return member_at(model, measure, coordinate[measure])->info.account;
}

uint32_t qa_model_hold_count(const qa_model_t *model)
{
    return model->holds.count;
}

uint32_t qa_model_load_count(const qa_model_t *model)
{
    return model->load_count;
}

uint64_t qa_model_load(const qa_model_t *model, uint32_t index, const uint8_t **value_out, size_t *bytes_out)
{
    assert(index < model->load_count);
    *value_out = model->loads[index].data;
    *bytes_out = model->loads[index].bytes;
    return model->loads[index].id;
}

qa_status_t qa_model_each_hold(const qa_model_t *model,
                               qa_status_t (*visit)(void *context, const char *name, uint32_t bytes,
                                                    uint8_t hold),
                               void *context)
{
    for (uint32_t i = 0; i < model->holds.capacity; i++) {
        const qa_text_slot_t *slot = &model->holds.slots[i];
        if (slot->key == NULL) continue;
        const qa_status_t status = visit(context, slot->key, slot->key_bytes, (uint8_t)slot->value);
        if (status != QA_OK) return status;
    }
    return QA_OK;
}

uint64_t qa_model_bytes(const qa_model_t *model)
{
    uint64_t bytes = sizeof(*model) + model->text_bytes;
    for (uint16_t i = 0; i < model->dimension_count; i++) {
        const dimension_t *dimension = model->dimensions[i];
        bytes += sizeof(*dimension) + dimension->member_capacity * sizeof(member_t) +
                 dimension->names.capacity * sizeof(qa_text_slot_t);
        for (uint16_t h = 0; h < dimension->info.hierarchy_count; h++) {
            const hierarchy_t *hierarchy = &dimension->hierarchies[h];
            bytes += sizeof(*hierarchy) + 2ull * hierarchy->edge_capacity * sizeof(qa_edge_t) +
                     hierarchy->edge_index.capacity * sizeof(qa_text_slot_t) + sizeof(place_t) +
                     16ull * hierarchy->place_capacity;
        }
    }
    for (uint32_t i = 0; i < model->load_count; i++)
        bytes += model->loads[i].bytes;
    return bytes;
}
