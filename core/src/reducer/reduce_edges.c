/* Operations on hierarchies: edges, moves, deletion of members, and what becomes of the atoms of a leaf that
 * ends. */
#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "reducer/reduction.h"

static qa_fact_key_t edge_fact(qa_dimension_t dimension, qa_hierarchy_t hierarchy, qa_member_t parent,
                               qa_member_t child)
{
    return (qa_fact_key_t){ .table = QA_FACT_EDGE,
                            .dimension = dimension,
                            .hierarchy = hierarchy,
                            .member = parent,
                            .other = child };
}

static void normalize_weight(qa_edge_t *edge)
{
    switch (edge->operator_code) {
    case QA_OPERATOR_NONE:
    case QA_OPERATOR_NEVER:
        edge->weight = 0;
        break;
    case QA_OPERATOR_SUBTRACT:
        if (edge->weight == 0) {
            edge->weight = -1;
            edge->weight_decimals = 0;
        }
        if (edge->weight > 0) edge->weight = -edge->weight;
        break;
    default:
        if (edge->weight == 0) {
            edge->weight = 1;
            edge->weight_decimals = 0;
        }
        break;
    }
    if (edge->weight == 0) edge->weight_decimals = 0;
    while (edge->weight_decimals > 0 &&
           edge->weight % 10 == 0) { /* one form per weight: equal edges have equal bytes */
        edge->weight /= 10;
        edge->weight_decimals--;
    }
}

qa_status_t qa_reduction_write_edge(qa_reduction_t *reduction, qa_dimension_t dimension,
                                    qa_hierarchy_t hierarchy, qa_edge_t edge)
{
    qa_edge_t present;
    normalize_weight(&edge);
    if (edge.order == 0) {
        const bool is_there =
            qa_model_edge(reduction->state->model, dimension, hierarchy, edge.parent, edge.child, &present);
        edge.order =
            is_there ? present.order : qa_model_next_order(reduction->state->model, dimension, hierarchy);
    }
    qa_buffer_t value;
    qa_buffer_make(&value, reduction->state->allocator, 64);
    qa_status_t status = qa_write_signed(&value, edge.weight);
    if (status == QA_OK) status = qa_write_u8(&value, edge.weight_decimals);
    if (status == QA_OK) status = qa_write_u8(&value, edge.operator_code);
    if (status == QA_OK) status = qa_write_varint(&value, edge.order);
    if (status == QA_OK)
        status = qa_reduction_fact(reduction, edge_fact(dimension, hierarchy, edge.parent, edge.child),
                                   value.data, value.bytes);
    qa_buffer_release(&value);
    return status;
}

qa_status_t qa_reduction_drop_edge(qa_reduction_t *reduction, qa_dimension_t dimension,
                                   qa_hierarchy_t hierarchy, qa_member_t parent, qa_member_t child)
{
    return qa_reduction_fact(reduction, edge_fact(dimension, hierarchy, parent, child), NULL, 0);
}

/* --- atoms of a leaf that ends --- */

/* Collects the atoms on a member; all arrays are in the delta's arena. */
static qa_status_t collect_atoms(qa_reduction_t *reduction, qa_dimension_t dimension, qa_member_t member,
                                 uint32_t atom_count, qa_member_t **coordinates_out, qa_atom_t **atoms_out)
{
    const qa_store_t *store = reduction->state->store;
    const uint16_t dimension_count = qa_store_dimension_count(store);
    const size_t row_bytes = dimension_count * sizeof(qa_member_t);
    *coordinates_out = qa_arena_take(&reduction->delta->arena, atom_count * row_bytes);
    *atoms_out = qa_arena_take(&reduction->delta->arena, atom_count * sizeof(qa_atom_t));
    if (*coordinates_out == NULL || *atoms_out == NULL)
        return qa_fail_memory(reduction->error, "moving atoms");
    uint32_t found = 0;
    const uint32_t row_count = qa_store_row_count(store);
    for (uint32_t row = 0; row < row_count; row++) {
        const qa_member_t *coordinate;
        qa_atom_t atom;
        if (!qa_store_row(store, row, &coordinate, &atom) || atom.kind == QA_KIND_MISSING ||
            coordinate[dimension] != member)
            continue;
        assert(found < atom_count);
        memcpy(*coordinates_out + (size_t)found * dimension_count, coordinate, row_bytes);
        (*atoms_out)[found] = atom;
        if (atom.kind == QA_KIND_DECIMAL)
            (*atoms_out)[found].decimals = qa_model_account_of(reduction->state->model, coordinate).decimals;
        if (atom.kind == QA_KIND_TEXT) {
            (*atoms_out)[found].text = qa_arena_text(&reduction->delta->arena, atom.text, atom.text_bytes);
            if ((*atoms_out)[found].text == NULL) return qa_fail_memory(reduction->error, "moving atoms");
        }
        found++;
    }
    assert(found == atom_count);
    return QA_OK;
}

static qa_status_t move_atoms(qa_reduction_t *reduction, qa_dimension_t dimension, qa_member_t target,
                              uint32_t count, qa_member_t *coordinates, qa_atom_t *atoms)
{
    const qa_model_t *model = reduction->state->model;
    const uint16_t dimension_count = qa_store_dimension_count(reduction->state->store);
    const qa_member_info_t *info = qa_model_member(model, dimension, target);
    if (!info->is_leaf)
        return qa_fail(reduction->error, QA_NOT_LEAF, "values cannot move to \"%s\": it is not a leaf",
                       info->code);
    for (uint32_t i = 0; i < count; i++) {
        qa_atom_t present;
        qa_member_t *coordinate = coordinates + (size_t)i * dimension_count;
        coordinate[dimension] = target;
        qa_store_get(reduction->state->store, coordinate, 1, &present);
        if (present.kind != QA_KIND_MISSING)
            return qa_fail(reduction->error, QA_HAS_ATOMS,
                           "values cannot move to \"%s\": it has a value at the same place", info->code);
        const qa_account_t account = qa_model_account_of(model, coordinate);
        if (account.kind != atoms[i].kind)
            return qa_fail(reduction->error, QA_WRONG_KIND,
                           "values cannot move to \"%s\": its kind is another", info->code);
        if (!qa_atom_rescale(&atoms[i], account.decimals))
            return qa_fail(reduction->error, QA_TOO_MANY_DECIMALS,
                           "values cannot move to \"%s\": one of them does not fit its %u decimals exactly",
                           info->code, account.decimals);
    }
    const qa_status_t status = qa_reduction_check_holds(reduction, coordinates, count);
    if (status != QA_OK) return status;
    return qa_reduction_atoms(reduction, coordinates, atoms, count);
}

qa_status_t qa_reduction_clear_leaf(qa_reduction_t *reduction, qa_dimension_t dimension, qa_member_t member,
                                    qa_atoms_policy_t policy, qa_member_t target)
{
    const uint32_t count = qa_store_member_atom_count(reduction->state->store, dimension, member);
    if (count == 0) return QA_OK;
    const qa_member_info_t *info = qa_model_member(reduction->state->model, dimension, member);
    if (policy == QA_ATOMS_REFUSE)
        return qa_fail(reduction->error, QA_HAS_ATOMS,
                       "\"%s\" has %u stored values; say whether they move to a data member or are cleared",
                       info->code, count);
    qa_member_t *coordinates;
    qa_atom_t *atoms;
    qa_status_t status = collect_atoms(reduction, dimension, member, count, &coordinates, &atoms);
    if (status == QA_OK) status = qa_reduction_check_holds(reduction, coordinates, count);
    if (status != QA_OK) return status;
    qa_atom_t *cleared = qa_arena_take(&reduction->delta->arena, count * sizeof(qa_atom_t));
    if (cleared == NULL) return qa_fail_memory(reduction->error, "moving atoms");
    status = qa_reduction_atoms(reduction, coordinates, cleared, count);
    if (status == QA_OK && policy == QA_ATOMS_MOVE)
        status = move_atoms(reduction, dimension, target, count, coordinates, atoms);
    return status;
}

/* --- operations --- */

static qa_status_t read_policy(qa_reduction_t *reduction, qa_reader_t *payload, uint8_t code,
                               qa_dimension_t dimension, qa_atoms_policy_t *policy_out,
                               qa_member_t *target_out)
{
    const uint8_t policy = qa_read_u8(payload);
    *target_out = QA_MEMBER_NONE;
    if (payload->is_bad || policy > QA_ATOMS_CLEAR) return qa_reduction_malformed(reduction, code);
    *policy_out = (qa_atoms_policy_t)policy;
    return policy == QA_ATOMS_MOVE ? qa_reduction_read_member(reduction, payload, dimension, target_out)
                                   : QA_OK;
}

static qa_status_t read_parent(qa_reduction_t *reduction, qa_reader_t *payload, qa_dimension_t dimension,
                               qa_member_t *parent_out)
{
    *parent_out = QA_MEMBER_NONE;
    if (qa_read_u8(payload) == 0) return QA_OK;
    return qa_reduction_read_member(reduction, payload, dimension, parent_out);
}

static bool is_group(const qa_reduction_t *reduction, qa_dimension_t dimension, qa_member_t member)
{
    return !qa_model_member(reduction->state->model, dimension, member)->is_in_primary;
}

static qa_status_t check_new_edge(qa_reduction_t *reduction, qa_dimension_t dimension,
                                  qa_hierarchy_t hierarchy, const qa_edge_t *edge)
{
    const qa_model_t *model = reduction->state->model;
    const char *child = qa_model_member(model, dimension, edge->child)->code;
    if (edge->parent == edge->child)
        return qa_fail(reduction->error, QA_CYCLE, "\"%s\" cannot be its own parent", child);
    if (hierarchy == QA_HIERARCHY_PRIMARY && is_group(reduction, dimension, edge->child))
        return qa_fail(reduction->error, QA_HIERARCHY_INVALID,
                       "\"%s\" is a group of alternate hierarchies; it cannot stand in the primary one",
                       child);
    if (edge->parent == QA_MEMBER_NONE) return QA_OK;
    const qa_member_info_t *parent = qa_model_member(model, dimension, edge->parent);
    if (hierarchy == QA_HIERARCHY_PRIMARY && is_group(reduction, dimension, edge->parent))
        return qa_fail(reduction->error, QA_HIERARCHY_INVALID,
                       "\"%s\" is a group of alternate hierarchies; it cannot be a parent in the primary one",
                       parent->code);
    if (hierarchy != QA_HIERARCHY_PRIMARY && parent->is_leaf)
        return qa_fail(reduction->error, QA_HIERARCHY_INVALID,
                       "\"%s\" is a leaf; an alternate hierarchy cannot put children below it", parent->code);
    return QA_OK;
}

/* A parent that lost its last child is a leaf again; it must not have children in an alternate. */
static qa_status_t check_new_leaf(qa_reduction_t *reduction, qa_dimension_t dimension, qa_member_t member)
{
    const qa_model_t *model = reduction->state->model;
    if (member == QA_MEMBER_NONE || !qa_model_member(model, dimension, member)->is_leaf) return QA_OK;
    const uint16_t count = qa_model_dimension(model, dimension)->hierarchy_count;
    for (qa_hierarchy_t h = 1; h < count; h++) {
        if (qa_model_child_count(model, dimension, h, member) == 0) continue;
        return qa_fail(reduction->error, QA_HIERARCHY_INVALID,
                       "\"%s\" would become a leaf, but has children in hierarchy \"%s\"",
                       qa_model_member(model, dimension, member)->code,
                       qa_model_hierarchy(model, dimension, h)->name);
    }
    return QA_OK;
}

static qa_status_t set_edge(qa_reduction_t *reduction, qa_reader_t *payload, qa_dimension_t dimension)
{
    qa_hierarchy_t hierarchy;
    qa_edge_t edge = { 0 };
    qa_edge_t present;
    qa_atoms_policy_t policy = QA_ATOMS_REFUSE;
    qa_member_t target;
    qa_status_t status = qa_reduction_read_hierarchy(reduction, payload, dimension, &hierarchy);
    if (status == QA_OK) status = read_parent(reduction, payload, dimension, &edge.parent);
    if (status == QA_OK) status = qa_reduction_read_member(reduction, payload, dimension, &edge.child);
    if (status != QA_OK) return status;
    edge.weight = qa_read_signed(payload);
    edge.weight_decimals = qa_read_u8(payload);
    edge.operator_code = qa_read_u8(payload);
    edge.order = qa_read_bounded(payload, UINT32_MAX);
    status = read_policy(reduction, payload, QA_OPERATION_SET_EDGE, dimension, &policy, &target);
    if (status == QA_OK && payload->is_bad) status = qa_reduction_malformed(reduction, QA_OPERATION_SET_EDGE);
    if (status == QA_OK) status = check_new_edge(reduction, dimension, hierarchy, &edge);
    if (status != QA_OK) return status;

    qa_member_t left = QA_MEMBER_NONE;
    const bool is_primary = hierarchy == QA_HIERARCHY_PRIMARY;
    const bool was_leaf = is_primary && edge.parent != QA_MEMBER_NONE &&
                          qa_model_member(reduction->state->model, dimension, edge.parent)->is_leaf;
    if (is_primary) status = qa_reduction_check_held_edge(reduction, dimension, edge.child, edge.parent);
    if (status != QA_OK) return status;
    if (is_primary && qa_model_primary_edge(reduction->state->model, dimension, edge.child, &present) &&
        present.parent != edge.parent) {
        left = present.parent;
        status = qa_reduction_drop_edge(reduction, dimension, hierarchy, present.parent, edge.child);
    }
    if (status == QA_OK) status = qa_reduction_write_edge(reduction, dimension, hierarchy, edge);
    if (status == QA_OK && was_leaf)
        status = qa_reduction_clear_leaf(reduction, dimension, edge.parent, policy, target);
    return status == QA_OK ? check_new_leaf(reduction, dimension, left) : status;
}

static qa_status_t remove_edge(qa_reduction_t *reduction, qa_reader_t *payload, qa_dimension_t dimension)
{
    qa_hierarchy_t hierarchy;
    qa_member_t parent, child;
    qa_edge_t present;
    qa_status_t status = qa_reduction_read_hierarchy(reduction, payload, dimension, &hierarchy);
    if (status == QA_OK) status = read_parent(reduction, payload, dimension, &parent);
    if (status == QA_OK) status = qa_reduction_read_member(reduction, payload, dimension, &child);
    if (status != QA_OK) return status;
    const qa_model_t *model = reduction->state->model;
    if (!qa_model_edge(model, dimension, hierarchy, parent, child, &present))
        return qa_fail(reduction->error, QA_HIERARCHY_INVALID,
                       "\"%s\" does not stand there in hierarchy \"%s\"",
                       qa_model_member(model, dimension, child)->code,
                       qa_model_hierarchy(model, dimension, hierarchy)->name);
    if (hierarchy == QA_HIERARCHY_PRIMARY && parent == QA_MEMBER_NONE)
        return QA_OK; /* a root it is already */
    if (hierarchy == QA_HIERARCHY_PRIMARY)
        status = qa_reduction_check_held_edge(reduction, dimension, child, QA_MEMBER_NONE);
    if (status == QA_OK) status = qa_reduction_drop_edge(reduction, dimension, hierarchy, parent, child);
    if (status != QA_OK || hierarchy != QA_HIERARCHY_PRIMARY) return status;
    const qa_edge_t root = {
        .parent = QA_MEMBER_NONE, .child = child, .weight = 1, .operator_code = QA_OPERATOR_ADD
    };
    status = qa_reduction_write_edge(reduction, dimension, hierarchy, root);
    return status == QA_OK ? check_new_leaf(reduction, dimension, parent) : status;
}

/* --- deletion --- */

typedef struct edge_list {
    qa_edge_t *edges;
    uint32_t count;
    uint32_t capacity;
    const qa_allocator_t *allocator;
} edge_list_t;

static qa_status_t list_edge(void *context, const qa_edge_t *edge)
{
    edge_list_t *list = context;
    const qa_status_t status = qa_array_reserve(list->allocator, (void **)&list->edges, &list->capacity,
                                                list->count + 1, sizeof(qa_edge_t));
    if (status == QA_OK) list->edges[list->count++] = *edge;
    return status;
}

static qa_status_t drop_member_facts(qa_reduction_t *reduction, qa_dimension_t dimension, qa_member_t member)
{
    const qa_model_t *model = reduction->state->model;
    qa_fact_key_t key = { .dimension = dimension, .member = member };
    qa_status_t status = QA_OK;
    while (qa_model_member(model, dimension, member)->alias_count > 0 && status == QA_OK) {
        key.table = QA_FACT_ALIAS;
        const char *name = qa_model_alias(model, dimension, member, 0, &key.name_bytes);
        key.name = qa_arena_text(&reduction->delta->arena, name, key.name_bytes);
        if (key.name == NULL) return qa_fail_memory(reduction->error, "a change");
        status = qa_reduction_fact(reduction, key, NULL, 0);
    }
    while (status == QA_OK && qa_model_member(model, dimension, member)->attribute_count > 0) {
        const char *value;
        uint32_t value_bytes;
        key.table = QA_FACT_ATTRIBUTE;
        const char *name =
            qa_model_attribute(model, dimension, member, 0, &key.name_bytes, &value, &value_bytes);
        key.name = qa_arena_text(&reduction->delta->arena, name, key.name_bytes);
        if (key.name == NULL) return qa_fail_memory(reduction->error, "a change");
        status = qa_reduction_fact(reduction, key, NULL, 0);
    }
    static const uint8_t tables[] = { QA_FACT_CAPTION, QA_FACT_ACCOUNT, QA_FACT_DAYS, QA_FACT_MEMBER };
    for (size_t i = 0; i < sizeof(tables) && status == QA_OK; i++)
        status = qa_reduction_fact(
            reduction, (qa_fact_key_t){ .table = tables[i], .dimension = dimension, .member = member }, NULL,
            0);
    return status;
}

static qa_status_t drop_child_edges(qa_reduction_t *reduction, qa_dimension_t dimension, qa_member_t member)
{
    const uint16_t hierarchy_count = qa_model_dimension(reduction->state->model, dimension)->hierarchy_count;
    edge_list_t list = { .allocator = reduction->state->allocator };
    qa_status_t status = QA_OK;
    for (qa_hierarchy_t h = 0; h < hierarchy_count && status == QA_OK; h++) {
        list.count = 0;
        status = qa_model_edges_of_child(reduction->state->model, dimension, h, member, list_edge, &list);
        if (status != QA_OK) qa_fail_memory(reduction->error, "a change");
        for (uint32_t i = 0; i < list.count && status == QA_OK; i++) {
            status = qa_reduction_drop_edge(reduction, dimension, h, list.edges[i].parent, member);
            if (status == QA_OK && h == QA_HIERARCHY_PRIMARY)
                status = check_new_leaf(reduction, dimension, list.edges[i].parent);
        }
    }
    qa_memory_give(list.allocator, list.edges, list.capacity * sizeof(qa_edge_t));
    return status;
}

static qa_status_t delete_member(qa_reduction_t *reduction, qa_reader_t *payload, qa_dimension_t dimension)
{
    qa_member_t member, target;
    qa_atoms_policy_t policy = QA_ATOMS_REFUSE;
    qa_status_t status = qa_reduction_read_member(reduction, payload, dimension, &member);
    if (status == QA_OK)
        status = read_policy(reduction, payload, QA_OPERATION_DELETE_MEMBER, dimension, &policy, &target);
    if (status != QA_OK) return status;
    const qa_model_t *model = reduction->state->model;
    const qa_dimension_info_t *info = qa_model_dimension(model, dimension);
    const char *code = qa_model_member(model, dimension, member)->code;
    for (qa_hierarchy_t h = 0; h < info->hierarchy_count; h++) {
        const uint32_t children = qa_model_child_count(model, dimension, h, member);
        if (children > 0)
            return qa_fail(reduction->error, QA_HIERARCHY_INVALID,
                           "\"%s\" has %u children in hierarchy \"%s\"; move or delete them first", code,
                           children, qa_model_hierarchy(model, dimension, h)->name);
    }
    if (qa_reduction_is_held_member(reduction, dimension, member))
        return qa_fail(reduction->error, QA_HELD, "a hold names \"%s\"; release it first", code);
    if (member == target)
        return qa_fail(reduction->error, QA_INVALID, "the values of \"%s\" cannot move to itself", code);
    status = qa_reduction_clear_leaf(reduction, dimension, member, policy, target);
    if (status == QA_OK && info->default_member == member)
        status = qa_reduction_fact(
            reduction, (qa_fact_key_t){ .table = QA_FACT_DEFAULT, .dimension = dimension }, NULL, 0);
    if (status == QA_OK) status = drop_child_edges(reduction, dimension, member);
    if (status == QA_OK) status = drop_member_facts(reduction, dimension, member);
    return status;
}

qa_status_t qa_reduce_edges(qa_reduction_t *reduction, uint8_t code, qa_reader_t *payload)
{
    qa_dimension_t dimension;
    const qa_status_t status = qa_reduction_read_dimension(reduction, payload, &dimension);
    if (status != QA_OK) return status;
    if (code == QA_OPERATION_SET_EDGE) return set_edge(reduction, payload, dimension);
    if (code == QA_OPERATION_REMOVE_EDGE) return remove_edge(reduction, payload, dimension);
    return delete_member(reduction, payload, dimension);
}
