/* Hierarchies: edges as they come, and the order made from them by settle.
 *
 * Edges live in a plain array with an index by (parent, child). Settling sorts them by parent, finds a cycle
 * if there is one (Kahn's algorithm: what cannot be taken from the top is in or under a loop), then
 * generations, levels and preorder. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/model_struct.h"

enum { PREORDER_MAX = 4 * QA_MEMBERS_MAX }; /* shared members stand once per place */

static void edge_key(qa_member_t parent, qa_member_t child, uint8_t key_out[8])
{
    qa_put_u32(key_out, parent);
    qa_put_u32(key_out + 4, child);
}

void qa_hierarchy_release(qa_model_t *model, hierarchy_t *hierarchy)
{
    const qa_allocator_t *allocator = model->allocator;
    qa_model_drop_text(model, (char *)(uintptr_t)hierarchy->info.name, hierarchy->info.name_bytes);
    qa_memory_give(allocator, hierarchy->edges, hierarchy->edge_capacity * sizeof(qa_edge_t));
    qa_text_map_release(&hierarchy->edge_index);
    qa_memory_give(allocator, hierarchy->places, hierarchy->place_capacity * sizeof(place_t));
    qa_memory_give(allocator, hierarchy->sorted, hierarchy->sorted_capacity * sizeof(qa_edge_t));
    const size_t settled = hierarchy->settled_capacity;
    qa_memory_give(allocator, hierarchy->starts, (settled + 2) * sizeof(uint32_t));
    qa_memory_give(allocator, hierarchy->generations, settled * sizeof(uint32_t));
    qa_memory_give(allocator, hierarchy->levels, settled * sizeof(uint32_t));
    qa_memory_give(allocator, hierarchy->first_parents, settled * sizeof(qa_member_t));
    qa_memory_give(allocator, hierarchy->preorder, hierarchy->preorder_capacity * sizeof(qa_member_t));
    *hierarchy = (hierarchy_t){ 0 };
}

/* Makes the places long enough for every member of the dimension. */
qa_status_t qa_hierarchy_cover(qa_model_t *model, dimension_t *dimension, hierarchy_t *hierarchy)
{
    const uint32_t before = hierarchy->place_capacity;
    const qa_status_t status =
        qa_array_reserve(model->allocator, (void **)&hierarchy->places, &hierarchy->place_capacity,
                         dimension->info.member_count, sizeof(place_t));
    if (status == QA_OK && hierarchy->place_capacity > before)
        memset(hierarchy->places + before, 0, (hierarchy->place_capacity - before) * sizeof(place_t));
    return status;
}

static void refresh_leaf(dimension_t *dimension, qa_member_t id)
{
    if (id == QA_MEMBER_NONE) return;
    const hierarchy_t *primary = &dimension->hierarchies[QA_HIERARCHY_PRIMARY];
    member_t *member = &dimension->members[id];
    member->info.is_in_primary = id < primary->place_capacity && primary->places[id].parent_count > 0;
    member->info.is_leaf =
        member->info.is_in_primary && primary->places[id].child_count == 0 && !member->info.is_deleted;
}

static void remove_edge(dimension_t *dimension, hierarchy_t *hierarchy, qa_member_t parent, qa_member_t child)
{
    uint8_t key[8];
    uint32_t at;
    edge_key(parent, child, key);
    if (!qa_text_map_get(&hierarchy->edge_index, key, sizeof(key), &at)) return;
    const uint32_t last = --hierarchy->edge_count;
    qa_text_map_remove(&hierarchy->edge_index, key, sizeof(key));
    if (at != last) {
        hierarchy->edges[at] = hierarchy->edges[last];
        edge_key(hierarchy->edges[at].parent, hierarchy->edges[at].child, key);
        (void)qa_text_map_put(&hierarchy->edge_index, key, sizeof(key),
                              at); /* the key is there: nothing is allocated */
    }
    if (parent != QA_MEMBER_NONE) hierarchy->places[parent].child_count--;
    hierarchy->places[child].parent_count--;
    hierarchy->is_dirty = true;
    refresh_leaf(dimension, parent);
    refresh_leaf(dimension, child);
}

static qa_status_t check_edge(const dimension_t *dimension, const qa_fact_key_t *key,
                              const hierarchy_t *hierarchy, bool is_new, qa_error_t *error)
{
    const qa_member_t parent = key->member;
    const qa_member_t child = key->other;
    if (child >= dimension->info.member_count || dimension->members[child].info.is_deleted ||
        (parent != QA_MEMBER_NONE &&
         (parent >= dimension->info.member_count || dimension->members[parent].info.is_deleted)))
        return qa_fail(error, QA_MEMBER_NOT_FOUND, "an edge of \"%s\" names a member that does not exist",
                       dimension->info.name);
    if (key->hierarchy == QA_HIERARCHY_PRIMARY && is_new && hierarchy->places[child].parent_count > 0)
        return qa_fail(error, QA_HIERARCHY_INVALID,
                       "\"%s\" has a parent already; the primary hierarchy of \"%s\" is a tree",
                       dimension->members[child].info.code, dimension->info.name);
    return QA_OK;
}

qa_status_t qa_model_write_edge(qa_model_t *model, const qa_fact_key_t *key, qa_reader_t *value,
                                bool is_present, qa_error_t *error)
{
    dimension_t *dimension = model->dimensions[key->dimension];
    if (key->hierarchy >= dimension->info.hierarchy_count ||
        dimension->hierarchies[key->hierarchy].info.is_deleted)
        return qa_fail(error, QA_HIERARCHY_NOT_FOUND, "dimension \"%s\" has no hierarchy number %u",
                       dimension->info.name, key->hierarchy);
    hierarchy_t *hierarchy = &dimension->hierarchies[key->hierarchy];
    if (!is_present) {
        remove_edge(dimension, hierarchy, key->member, key->other);
        return QA_OK;
    }
    qa_edge_t edge = { .parent = key->member, .child = key->other };
    edge.weight = qa_read_signed(value);
    edge.weight_decimals = qa_read_u8(value);
    edge.operator_code = qa_read_u8(value);
    edge.order = qa_read_bounded(value, UINT32_MAX);
    const char operator_code = (char)edge.operator_code;
    if (value->is_bad || qa_reader_left(value) != 0 || edge.weight_decimals > QA_WEIGHT_DECIMALS_MAX ||
        operator_code == '\0' || strchr("+-~^", operator_code) == NULL)
        return qa_fail(error, QA_INVALID, "an edge of \"%s\" has a bad weight or operator",
                       dimension->info.name);
    if (edge.order == UINT32_MAX)
        return qa_fail(error, QA_LIMIT, "the order of an edge of \"%s\" is %u; the largest is one less",
                       dimension->info.name, edge.order);
    qa_status_t status = qa_hierarchy_cover(model, dimension, hierarchy);
    if (status != QA_OK) return qa_fail_memory(error, "a hierarchy");

    uint8_t index_key[8];
    uint32_t at = hierarchy->edge_count;
    edge_key(edge.parent, edge.child, index_key);
    const bool is_new = !qa_text_map_get(&hierarchy->edge_index, index_key, sizeof(index_key), &at);
    status = check_edge(dimension, key, hierarchy, is_new, error);
    if (status != QA_OK) return status;
    if (is_new) {
        at = hierarchy->edge_count;
        status = qa_array_reserve(model->allocator, (void **)&hierarchy->edges, &hierarchy->edge_capacity,
                                  at + 1, sizeof(qa_edge_t));
        if (status == QA_OK)
            status = qa_text_map_put(&hierarchy->edge_index, index_key, sizeof(index_key), at);
        if (status != QA_OK) return qa_fail_memory(error, "a hierarchy");
        hierarchy->edge_count++;
        if (edge.parent != QA_MEMBER_NONE) hierarchy->places[edge.parent].child_count++;
        hierarchy->places[edge.child].parent_count++;
    }
    hierarchy->edges[at] = edge;
    if (key->hierarchy == QA_HIERARCHY_PRIMARY) hierarchy->places[edge.child].primary_parent = edge.parent;
    if (edge.order > hierarchy->next_order) hierarchy->next_order = edge.order;
    hierarchy->is_dirty = true;
    refresh_leaf(dimension, edge.parent);
    refresh_leaf(dimension, edge.child);
    return QA_OK;
}

/* --- settle --- */

static int compare_edges(const void *a, const void *b)
{
    const qa_edge_t *left = a;
    const qa_edge_t *right = b;
    if (left->parent != right->parent) return left->parent < right->parent ? -1 : 1;
    if (left->order != right->order) return left->order < right->order ? -1 : 1;
    return left->child < right->child ? -1 : left->child > right->child;
}

static qa_status_t reserve_settled(qa_model_t *model, hierarchy_t *hierarchy, uint32_t member_count)
{
    const qa_allocator_t *allocator = model->allocator;
    if (member_count > hierarchy->settled_capacity || hierarchy->starts == NULL) {
        const uint32_t capacity = member_count + member_count / 2 + 8;
        uint32_t *starts = qa_memory_take(allocator, ((size_t)capacity + 2) * sizeof(uint32_t));
        uint32_t *generations = qa_memory_take(allocator, (size_t)capacity * sizeof(uint32_t));
        uint32_t *levels = qa_memory_take(allocator, (size_t)capacity * sizeof(uint32_t));
        qa_member_t *parents = qa_memory_take(allocator, (size_t)capacity * sizeof(qa_member_t));
        const bool is_complete = starts != NULL && generations != NULL && levels != NULL && parents != NULL;
        const size_t old = is_complete ? hierarchy->settled_capacity : capacity;
        qa_memory_give(allocator, is_complete ? hierarchy->starts : starts, (old + 2) * sizeof(uint32_t));
        qa_memory_give(allocator, is_complete ? hierarchy->generations : generations, old * sizeof(uint32_t));
        qa_memory_give(allocator, is_complete ? hierarchy->levels : levels, old * sizeof(uint32_t));
        qa_memory_give(allocator, is_complete ? hierarchy->first_parents : parents,
                       old * sizeof(qa_member_t));
        if (!is_complete) return QA_NO_MEMORY;
        hierarchy->starts = starts;
        hierarchy->generations = generations;
        hierarchy->levels = levels;
        hierarchy->first_parents = parents;
        hierarchy->settled_capacity = capacity;
    }
    return qa_array_reserve(allocator, (void **)&hierarchy->sorted, &hierarchy->sorted_capacity,
                            hierarchy->edge_count + 1, sizeof(qa_edge_t));
}

static void sort_edges(hierarchy_t *hierarchy, uint32_t member_count)
{
    if (hierarchy->edge_count > 0) {
        memcpy(hierarchy->sorted, hierarchy->edges, hierarchy->edge_count * sizeof(qa_edge_t));
        qsort(hierarchy->sorted, hierarchy->edge_count, sizeof(qa_edge_t), compare_edges);
    }
    hierarchy->sorted_count = hierarchy->edge_count;
    uint32_t at = 0;
    for (uint32_t parent = 0; parent < member_count; parent++) {
        hierarchy->starts[parent] = at;
        while (at < hierarchy->sorted_count && hierarchy->sorted[at].parent == parent)
            at++;
    }
    hierarchy->starts[member_count] = at;
    hierarchy->starts[member_count + 1] = hierarchy->sorted_count;
    hierarchy->settled_count = member_count;
    for (uint32_t i = 0; i < member_count; i++) {
        hierarchy->generations[i] = 0;
        hierarchy->levels[i] = 0;
        hierarchy->first_parents[i] = QA_MEMBER_NONE;
    }
}

/* What still has a parent when no member without open parents is left is in a loop or below one; going up
 * from it by the edges ends in the loop, whose members are named. */
static qa_status_t fail_cycle(const dimension_t *dimension, const hierarchy_t *hierarchy,
                              const uint32_t *open_counts, qa_error_t *error)
{
    qa_member_t at = 0;
    while (open_counts[at] == 0)
        at++;
    for (uint32_t steps = 0; steps < hierarchy->settled_count;
         steps++) { /* now `at` is surely inside a loop */
        for (uint32_t i = 0; i < hierarchy->sorted_count; i++) {
            const qa_edge_t *edge = &hierarchy->sorted[i];
            if (edge->child != at || edge->parent == QA_MEMBER_NONE || open_counts[edge->parent] == 0)
                continue;
            at = edge->parent;
            break;
        }
        if (steps > QA_LEVELS_MAX + 1u)
            break; /* long loops need not be entered exactly: any member below names it */
    }
    return qa_fail(
        error, QA_CYCLE,
        "hierarchy \"%s\" of \"%s\" would contain a loop through \"%s\"; a member cannot stand below itself",
        hierarchy->info.name, dimension->info.name, dimension->members[at].info.code);
}

/* Takes members from the top down; `order` receives them. */
static qa_status_t order_members(const dimension_t *dimension, hierarchy_t *hierarchy, uint32_t *open_counts,
                                 qa_member_t *order, uint32_t *order_count_out, qa_error_t *error)
{
    uint32_t order_count = 0;
    uint32_t in_count = 0;
    const uint32_t member_count = hierarchy->settled_count;
    for (uint32_t i = 0; i < hierarchy->sorted_count; i++) {
        const qa_edge_t *edge = &hierarchy->sorted[i];
        if (edge->parent != QA_MEMBER_NONE) open_counts[edge->child]++;
    }
    for (qa_member_t i = 0; i < member_count; i++) {
        const bool is_in = hierarchy->places[i].parent_count > 0 || hierarchy->places[i].child_count > 0;
        in_count += is_in;
        if (!is_in || open_counts[i] > 0) continue;
        hierarchy->generations[i] = 1;
        order[order_count++] = i;
    }
    for (uint32_t done = 0; done < order_count; done++) {
        const qa_member_t parent = order[done];
        for (uint32_t i = hierarchy->starts[parent]; i < hierarchy->starts[parent + 1]; i++) {
            const qa_member_t child = hierarchy->sorted[i].child;
            if (hierarchy->first_parents[child] == QA_MEMBER_NONE) hierarchy->first_parents[child] = parent;
            if (hierarchy->generations[child] == 0 ||
                hierarchy->generations[child] > hierarchy->generations[parent] + 1)
                hierarchy->generations[child] = hierarchy->generations[parent] + 1;
            if (--open_counts[child] == 0) order[order_count++] = child;
        }
    }
    *order_count_out = order_count;
    return order_count == in_count ? QA_OK : fail_cycle(dimension, hierarchy, open_counts, error);
}

/* Depth first from the roots; a shared member is visited at each of its places. */
static qa_status_t fill_preorder(qa_model_t *model, hierarchy_t *hierarchy, const qa_member_t *order,
                                 uint32_t order_count)
{
    uint32_t stack_at[QA_LEVELS_MAX + 1];
    uint32_t stack_end[QA_LEVELS_MAX + 1];
    hierarchy->preorder_count = 0;
    for (uint32_t pass = 0; pass < 2;
         pass++) { /* first the declared roots in order, then tops without a root edge */
        const uint32_t root_first = hierarchy->starts[hierarchy->settled_count];
        const uint32_t tops = pass == 0 ? hierarchy->sorted_count - root_first : order_count;
        for (uint32_t t = 0; t < tops; t++) {
            const qa_member_t top = pass == 0 ? hierarchy->sorted[root_first + t].child : order[t];
            if (hierarchy->generations[top] != 1) continue;
            if (pass == 1 && hierarchy->places[top].parent_count > 0) continue;
            uint32_t depth = 0;
            qa_member_t at = top;
            for (;;) {
                if (hierarchy->preorder_count >= PREORDER_MAX) return QA_LIMIT;
                const qa_status_t status = qa_array_reserve(
                    model->allocator, (void **)&hierarchy->preorder, &hierarchy->preorder_capacity,
                    hierarchy->preorder_count + 1, sizeof(qa_member_t));
                if (status != QA_OK) return status;
                hierarchy->preorder[hierarchy->preorder_count++] = at;
                stack_at[depth] = hierarchy->starts[at];
                stack_end[depth] = hierarchy->starts[at + 1];
                while (depth > 0 && stack_at[depth] == stack_end[depth])
                    depth--;
                if (stack_at[depth] == stack_end[depth]) break;
                at = hierarchy->sorted[stack_at[depth]++].child;
                depth++;
            }
        }
    }
    return QA_OK;
}

qa_status_t qa_model_settle_hierarchy(qa_model_t *model, dimension_t *dimension, hierarchy_t *hierarchy,
                                      qa_error_t *error)
{
    const uint32_t member_count = dimension->info.member_count;
    const size_t scratch_bytes = ((size_t)member_count + 1) * sizeof(uint32_t);
    uint32_t *open_counts = NULL;
    qa_member_t *order = NULL;
    uint32_t order_count = 0;
    qa_status_t status = qa_hierarchy_cover(model, dimension, hierarchy);
    if (status == QA_OK) status = reserve_settled(model, hierarchy, member_count);
    if (status == QA_OK) {
        open_counts = qa_memory_take(model->allocator, scratch_bytes);
        order = qa_memory_take(model->allocator, scratch_bytes);
        if (open_counts == NULL || order == NULL) status = QA_NO_MEMORY;
    }
    if (status != QA_OK) {
        qa_fail_memory(error, "the order of a hierarchy");
        goto done;
    }
    sort_edges(hierarchy, member_count);
    status = order_members(dimension, hierarchy, open_counts, order, &order_count, error);
    if (status != QA_OK) goto done;
    hierarchy->info.generation_count = 0;
    for (uint32_t i = order_count; i-- > 0;) {
        const qa_member_t member = order[i];
        const qa_member_t depth = hierarchy->generations[member];
        if (depth > hierarchy->info.generation_count) hierarchy->info.generation_count = depth;
        for (uint32_t e = hierarchy->starts[member]; e < hierarchy->starts[member + 1]; e++) {
            const uint32_t level = hierarchy->levels[hierarchy->sorted[e].child] + 1;
            if (level > hierarchy->levels[member]) hierarchy->levels[member] = level;
        }
        if (hierarchy->levels[member] >= QA_LEVELS_MAX) {
            status = qa_fail(error, QA_LIMIT, "hierarchy \"%s\" of \"%s\" is deeper than %d levels at \"%s\"",
                             hierarchy->info.name, dimension->info.name, QA_LEVELS_MAX,
                             dimension->members[member].info.code);
            goto done;
        }
    }
    hierarchy->info.root_count = hierarchy->sorted_count - hierarchy->starts[member_count];
    status = fill_preorder(model, hierarchy, order, order_count);
    if (status == QA_LIMIT)
        qa_fail(error, QA_LIMIT, "hierarchy \"%s\" shares members in more than %d places",
                hierarchy->info.name, PREORDER_MAX);
    else if (status != QA_OK)
        qa_fail_memory(error, "the order of a hierarchy");
    if (status == QA_OK) hierarchy->is_dirty = false;

done:
    if (order != NULL) qa_memory_give(model->allocator, order, scratch_bytes);
    if (open_counts != NULL) qa_memory_give(model->allocator, open_counts, scratch_bytes);
    return status;
}

qa_status_t qa_model_settle(qa_model_t *model, qa_error_t *error)
{
    for (uint16_t d = 0; d < model->dimension_count; d++) {
        dimension_t *dimension = model->dimensions[d];
        for (uint16_t h = 0; h < dimension->info.hierarchy_count; h++) {
            hierarchy_t *hierarchy = &dimension->hierarchies[h];
            if (!hierarchy->is_dirty) continue;
            const qa_status_t status = qa_model_settle_hierarchy(model, dimension, hierarchy, error);
            if (status != QA_OK) return status;
        }
    }
    return QA_OK;
}

/* --- reading before a settle --- */

uint32_t qa_model_child_count(const qa_model_t *model, qa_dimension_t dimension, qa_hierarchy_t hierarchy,
                              qa_member_t member)
{
    const hierarchy_t *owner = &model->dimensions[dimension]->hierarchies[hierarchy];
    return member < owner->place_capacity ? owner->places[member].child_count : 0;
}

bool qa_model_edge(const qa_model_t *model, qa_dimension_t dimension, qa_hierarchy_t hierarchy,
                   qa_member_t parent, qa_member_t child, qa_edge_t *edge_out)
{
    const hierarchy_t *owner = &model->dimensions[dimension]->hierarchies[hierarchy];
    uint8_t key[8];
    uint32_t at;
    edge_key(parent, child, key);
    if (!qa_text_map_get(&owner->edge_index, key, sizeof(key), &at)) return false;
    *edge_out = owner->edges[at];
    return true;
}

qa_status_t qa_model_edges_of_child(const qa_model_t *model, qa_dimension_t dimension,
                                    qa_hierarchy_t hierarchy, qa_member_t child,
                                    qa_status_t (*visit)(void *context, const qa_edge_t *edge), void *context)
{
    const hierarchy_t *owner = &model->dimensions[dimension]->hierarchies[hierarchy];
    for (uint32_t i = 0; i < owner->edge_count; i++) {
        if (owner->edges[i].child != child) continue;
        const qa_status_t status = visit(context, &owner->edges[i]);
        if (status != QA_OK) return status;
    }
    return QA_OK;
}

bool qa_model_primary_edge(const qa_model_t *model, qa_dimension_t dimension, qa_member_t child,
                           qa_edge_t *edge_out)
{
    const hierarchy_t *primary = &model->dimensions[dimension]->hierarchies[QA_HIERARCHY_PRIMARY];
    if (child >= primary->place_capacity || primary->places[child].parent_count == 0) return false;
    return qa_model_edge(model, dimension, QA_HIERARCHY_PRIMARY, primary->places[child].primary_parent, child,
                         edge_out);
}

uint32_t qa_model_next_order(const qa_model_t *model, qa_dimension_t dimension, qa_hierarchy_t hierarchy)
{
    return model->dimensions[dimension]->hierarchies[hierarchy].next_order + 1;
}
