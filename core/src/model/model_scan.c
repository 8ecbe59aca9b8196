/* Walking over all facts of a model: for snapshots, for checking the hash, and for the counters that follow
 * from them. */
#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "model/model_struct.h"

enum { FACT_BYTES_MAX = 64 << 20 };

typedef struct walk {
    const qa_model_t *model;
    qa_status_t (*visit)(void *context, const qa_fact_key_t *key, const uint8_t *value, size_t bytes);
    void *context;
    qa_buffer_t value;
    qa_status_t status;
} walk_t;

static void walk_key(walk_t *walk, qa_fact_key_t key)
{
    if (walk->status != QA_OK) return;
    if (key.name == NULL) key.name = "";
    qa_buffer_clear(&walk->value);
    qa_status_t status =
        qa_buffer_reserve(&walk->value, 1); /* a value is never a NULL pointer, even when empty */
    if (status == QA_OK && qa_model_read_fact(walk->model, &key, &walk->value, &status) && status == QA_OK)
        status = walk->visit(walk->context, &key, walk->value.data, walk->value.bytes);
    walk->status = status;
}

static void walk_member(walk_t *walk, qa_dimension_t d, qa_member_t m)
{
    const member_t *member = &walk->model->dimensions[d]->members[m];
    walk_key(walk, (qa_fact_key_t){ .table = QA_FACT_CAPTION, .dimension = d, .member = m });
    walk_key(walk, (qa_fact_key_t){ .table = QA_FACT_ACCOUNT, .dimension = d, .member = m });
    walk_key(walk, (qa_fact_key_t){ .table = QA_FACT_DAYS, .dimension = d, .member = m });
    for (uint32_t i = 0; i < member->aliases.count; i++)
        walk_key(walk, (qa_fact_key_t){ .table = QA_FACT_ALIAS,
                                        .dimension = d,
                                        .member = m,
                                        .name = member->aliases.items[i].name,
                                        .name_bytes = member->aliases.items[i].name_bytes });
    for (uint32_t i = 0; i < member->attributes.count; i++)
        walk_key(walk, (qa_fact_key_t){ .table = QA_FACT_ATTRIBUTE,
                                        .dimension = d,
                                        .member = m,
                                        .name = member->attributes.items[i].name,
                                        .name_bytes = member->attributes.items[i].name_bytes });
}

static void walk_dimension(walk_t *walk, qa_dimension_t d)
{
    const dimension_t *dimension = walk->model->dimensions[d];
    for (qa_member_t m = 0; m < dimension->info.member_count; m++) {
        if (!dimension->members[m].info.is_deleted) walk_member(walk, d, m);
    }
    for (uint16_t h = 0; h < dimension->info.hierarchy_count; h++) {
        const hierarchy_t *hierarchy = &dimension->hierarchies[h];
        if (h > 0)
            walk_key(walk, (qa_fact_key_t){ .table = QA_FACT_HIERARCHY, .dimension = d, .hierarchy = h });
        if (hierarchy->info.is_deleted) continue;
        for (uint32_t e = 0; e < hierarchy->edge_count; e++)
            walk_key(walk, (qa_fact_key_t){ .table = QA_FACT_EDGE,
                                            .dimension = d,
                                            .hierarchy = h,
                                            .member = hierarchy->edges[e].parent,
                                            .other = hierarchy->edges[e].child });
    }
    walk_key(walk, (qa_fact_key_t){ .table = QA_FACT_DEFAULT, .dimension = d });
    walk_key(walk, (qa_fact_key_t){ .table = QA_FACT_CALENDAR, .dimension = d });
}

qa_status_t qa_model_each_fact(const qa_model_t *model,
                               qa_status_t (*visit)(void *context, const qa_fact_key_t *key,
                                                    const uint8_t *value, size_t bytes),
                               void *context)
{
    walk_t walk = { .model = model, .visit = visit, .context = context };
    qa_buffer_make(&walk.value, model->allocator, FACT_BYTES_MAX);
    for (uint32_t option = QA_APP_TITLE; option <= QA_APP_ZERO_IS_MISSING; option++)
        walk_key(&walk, (qa_fact_key_t){ .table = QA_FACT_APP, .other = option });
    for (uint16_t d = 0; d < model->dimension_count; d++)
        walk_key(&walk, (qa_fact_key_t){ .table = QA_FACT_DIMENSION, .dimension = d });
    for (uint16_t d = 0; d < model->dimension_count; d++) {
        /* Codes of all members first: nothing else can be written before its member exists. */
        for (qa_member_t m = 0; m < model->dimensions[d]->info.member_count; m++)
            walk_key(&walk, (qa_fact_key_t){ .table = QA_FACT_MEMBER, .dimension = d, .member = m });
        walk_dimension(&walk, d);
    }
    for (uint32_t i = 0; i < model->holds.capacity; i++) {
        const qa_text_slot_t *slot = &model->holds.slots[i];
        if (slot->key != NULL)
            walk_key(&walk, (qa_fact_key_t){
                                .table = QA_FACT_HOLD, .name = slot->key, .name_bytes = slot->key_bytes });
    }
    for (uint32_t i = 0; i < model->load_count; i++)
        walk_key(&walk, (qa_fact_key_t){ .table = QA_FACT_LOAD,
                                         .member = (uint32_t)model->loads[i].id,
                                         .other = (uint32_t)(model->loads[i].id >> 32) });
    qa_buffer_release(&walk.value);
    return walk.status;
}

/* --- counters --- */

void qa_model_write_counts(const qa_model_t *model, qa_buffer_t *buffer, qa_status_t *status)
{
    if (*status == QA_OK) *status = qa_write_varint(buffer, model->dimension_count);
    for (uint16_t d = 0; d < model->dimension_count; d++) {
        const dimension_t *dimension = model->dimensions[d];
        if (*status == QA_OK) *status = qa_write_varint(buffer, dimension->info.member_count);
        if (*status == QA_OK) *status = qa_write_varint(buffer, dimension->info.hierarchy_count);
        for (uint16_t h = 0; h < dimension->info.hierarchy_count; h++) {
            if (*status == QA_OK) *status = qa_write_varint(buffer, dimension->hierarchies[h].next_order);
        }
    }
}

static void forget_member(qa_model_t *model, dimension_t *dimension)
{
    member_t *member = &dimension->members[--dimension->info.member_count];
    assert(member->info.is_deleted && member->aliases.count == 0 && member->attributes.count == 0);
    qa_model_drop_text(model, (char *)(uintptr_t)member->info.code, member->info.code_bytes);
    if (member->info.caption_bytes > 0)
        qa_model_drop_text(model, (char *)(uintptr_t)member->info.caption, member->info.caption_bytes);
    qa_memory_give(model->allocator, member->aliases.items, member->aliases.capacity * sizeof(named_t));
    qa_memory_give(model->allocator, member->attributes.items, member->attributes.capacity * sizeof(named_t));
    for (uint16_t h = 0; h < dimension->info.hierarchy_count; h++)
        dimension->hierarchies[h].is_dirty = true;
}

static void forget_dimension(qa_model_t *model)
{
    dimension_t *dimension = model->dimensions[--model->dimension_count];
    while (dimension->info.member_count > 0)
        forget_member(model, dimension);
    for (uint32_t h = 0; h < dimension->info.hierarchy_count; h++)
        qa_hierarchy_release(model, &dimension->hierarchies[h]);
    qa_memory_give(model->allocator, dimension->members, dimension->member_capacity * sizeof(member_t));
    qa_memory_give(model->allocator, dimension->hierarchies,
                   dimension->hierarchy_capacity * sizeof(hierarchy_t));
    qa_text_map_release(&dimension->names);
    qa_model_drop_text(model, (char *)(uintptr_t)dimension->info.name, dimension->info.name_bytes);
    qa_memory_give(model->allocator, dimension, sizeof(*dimension));
}

qa_status_t qa_model_restore_counts(qa_model_t *model, qa_reader_t *reader, qa_error_t *error)
{
    const uint32_t dimension_count = qa_read_bounded(reader, QA_DIMENSIONS_MAX);
    while (model->dimension_count > dimension_count)
        forget_dimension(model);
    for (uint16_t d = 0; d < dimension_count; d++) {
        dimension_t *dimension = model->dimensions[d];
        const uint32_t member_count = qa_read_bounded(reader, QA_MEMBERS_MAX);
        const uint32_t hierarchy_count = qa_read_bounded(reader, QA_HIERARCHIES_MAX);
        while (dimension->info.member_count > member_count)
            forget_member(model, dimension);
        while (dimension->info.hierarchy_count > hierarchy_count)
            qa_hierarchy_release(model, &dimension->hierarchies[--dimension->info.hierarchy_count]);
        for (uint16_t h = 0; h < hierarchy_count; h++)
            dimension->hierarchies[h].next_order = qa_read_bounded(reader, UINT32_MAX);
    }
    return reader->is_bad ? qa_fail(error, QA_CORRUPT, "counters of the model are malformed") : QA_OK;
}

static qa_status_t raise_members(qa_model_t *model, dimension_t *dimension, uint32_t member_count)
{
    while (dimension->info.member_count < member_count) {
        if (qa_array_reserve(model->allocator, (void **)&dimension->members, &dimension->member_capacity,
                             dimension->info.member_count + 1, sizeof(member_t)) != QA_OK)
            return QA_NO_MEMORY;
        char *empty = qa_model_copy_text(model, "", 0);
        if (empty == NULL) return QA_NO_MEMORY;
        dimension->members[dimension->info.member_count++] =
            (member_t){ .info = { .code = empty, .caption = "", .is_deleted = true } };
    }
    return QA_OK;
}

static qa_status_t raise_hierarchies(qa_model_t *model, dimension_t *dimension, uint32_t hierarchy_count)
{
    while (dimension->info.hierarchy_count < hierarchy_count) {
        if (qa_array_reserve(model->allocator, (void **)&dimension->hierarchies,
                             &dimension->hierarchy_capacity, dimension->info.hierarchy_count + 1u,
                             sizeof(hierarchy_t)) != QA_OK)
            return QA_NO_MEMORY;
        char *empty = qa_model_copy_text(model, "", 0);
        if (empty == NULL) return QA_NO_MEMORY;
        hierarchy_t *hierarchy = &dimension->hierarchies[dimension->info.hierarchy_count++];
        *hierarchy = (hierarchy_t){ .info = { .name = empty, .is_deleted = true }, .is_dirty = true };
        qa_text_map_make(&hierarchy->edge_index, model->allocator);
    }
    return QA_OK;
}

qa_status_t qa_model_raise_counts(qa_model_t *model, qa_reader_t *reader, qa_error_t *error)
{
    const uint32_t dimension_count = qa_read_bounded(reader, QA_DIMENSIONS_MAX);
    if (dimension_count != model->dimension_count) reader->is_bad = true;
    for (uint16_t d = 0; d < dimension_count && !reader->is_bad; d++) {
        dimension_t *dimension = model->dimensions[d];
        const uint32_t member_count = qa_read_bounded(reader, QA_MEMBERS_MAX);
        const uint32_t hierarchy_count = qa_read_bounded(reader, QA_HIERARCHIES_MAX);
        if (raise_members(model, dimension, member_count) != QA_OK ||
            raise_hierarchies(model, dimension, hierarchy_count) != QA_OK)
            return qa_fail_memory(error, "the model");
        for (uint16_t h = 0; h < hierarchy_count && h < dimension->info.hierarchy_count; h++)
            dimension->hierarchies[h].next_order = qa_read_bounded(reader, UINT32_MAX);
    }
    return reader->is_bad ? qa_fail(error, QA_CORRUPT, "counters of the model are malformed") : QA_OK;
}

qa_status_t qa_model_set_deleted_code(qa_model_t *model, qa_dimension_t dimension, qa_member_t member,
                                      const char *code, uint32_t bytes)
{
    if (dimension >= model->dimension_count || member >= model->dimensions[dimension]->info.member_count ||
        bytes > QA_NAME_BYTES_MAX)
        return QA_CORRUPT;
    member_t *owner = &model->dimensions[dimension]->members[member];
    if (!owner->info.is_deleted) return QA_CORRUPT;
    char *copy = qa_model_copy_text(model, code, bytes);
    if (copy == NULL) return QA_NO_MEMORY;
    qa_model_drop_text(model, (char *)(uintptr_t)owner->info.code, owner->info.code_bytes);
    owner->info.code = copy;
    owner->info.code_bytes = bytes;
    return QA_OK;
}

/* --- checking --- */

typedef struct check {
    const qa_model_t *model;
    qa_hash128_t sum;
    qa_buffer_t bytes;
} check_t;

static qa_status_t add_fact(void *context, const qa_fact_key_t *key, const uint8_t *value, size_t bytes)
{
    check_t *check = context;
    qa_status_t status = QA_OK;
    qa_buffer_clear(&check->bytes);
    qa_fact_key_write(key, &check->bytes, &status);
    if (status == QA_OK) status = qa_buffer_put(&check->bytes, value, bytes);
    if (status == QA_OK)
        qa_hash128_add(&check->sum, qa_hash128(&check->model->key, check->bytes.data, check->bytes.bytes));
    return status;
}

qa_status_t qa_model_verify(const qa_model_t *model, qa_error_t *error)
{
    check_t check = { .model = model };
    qa_buffer_make(&check.bytes, model->allocator, FACT_BYTES_MAX);
    const qa_status_t status = qa_model_each_fact(model, add_fact, &check);
    qa_buffer_release(&check.bytes);
    if (status != QA_OK) return qa_fail_memory(error, "checking the model");
    if (!qa_hash128_equal(check.sum, model->hash))
        return qa_fail(error, QA_DIVERGED, "the hash of the model is not the sum over its facts");
    for (uint16_t d = 0; d < model->dimension_count; d++) {
        const dimension_t *dimension = model->dimensions[d];
        const hierarchy_t *primary = &dimension->hierarchies[QA_HIERARCHY_PRIMARY];
        for (uint32_t m = 0; m < dimension->info.member_count; m++) {
            const member_t *member = &dimension->members[m];
            const bool is_in = m < primary->place_capacity && primary->places[m].parent_count > 0;
            const bool is_leaf = is_in && primary->places[m].child_count == 0 && !member->info.is_deleted;
            if (member->info.is_leaf != is_leaf)
                return qa_fail(error, QA_DIVERGED, "\"%s\" of \"%s\" is marked %s", member->info.code,
                               dimension->info.name,
                               member->info.is_leaf ? "a leaf but has children"
                                                    : "no leaf but has no children");
            if (!member->info.is_deleted && !is_in && !member->is_group)
                return qa_fail(error, QA_DIVERGED,
                               "\"%s\" of \"%s\" stands in no place of the primary hierarchy",
                               member->info.code, dimension->info.name);
        }
    }
    return QA_OK;
}
