/* Operations on the model: options, dimensions, members and what hangs on them. */
#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "qa/text.h"
#include "reducer/reduction.h"

/* A name in its stored form; a record that holds another form was not written by the builder. */
static qa_status_t read_name(qa_reduction_t *reduction, uint8_t code, qa_reader_t *payload,
                             const char **name_out, uint32_t *bytes_out)
{
    char name[QA_NAME_KEY_BYTES];
    size_t name_bytes = 0;
    *name_out = qa_read_text(payload, bytes_out);
    if (payload->is_bad || *bytes_out > QA_NAME_BYTES_MAX ||
        qa_name_normalize(*name_out, *bytes_out, name, &name_bytes) != QA_OK || name_bytes != *bytes_out ||
        memcmp(name, *name_out, name_bytes) != 0)
        return qa_reduction_malformed(reduction, code);
    return QA_OK;
}

static qa_status_t set_app(qa_reduction_t *reduction, qa_reader_t *payload)
{
    uint32_t bytes;
    const uint8_t option = qa_read_u8(payload);
    const char *value = qa_read_text(payload, &bytes);
    if (payload->is_bad) return qa_reduction_malformed(reduction, QA_OPERATION_SET_APP);
    const uint64_t atom_count = qa_store_atom_count(reduction->state->store);
    if (option == QA_APP_DECIMALS && bytes == 1 && atom_count > 0 &&
        (uint8_t)value[0] != qa_model_app(reduction->state->model)->decimals)
        return qa_fail(
            reduction->error, QA_KIND_FIXED,
            "the decimals of the app cannot change while it has values (%llu); set them per account",
            (unsigned long long)atom_count);
    return qa_reduction_fact(reduction, (qa_fact_key_t){ .table = QA_FACT_APP, .other = option }, value,
                             bytes);
}

static qa_status_t add_edge_to_root(qa_reduction_t *reduction, qa_dimension_t dimension, qa_member_t member)
{
    const qa_edge_t edge = {
        .parent = QA_MEMBER_NONE, .child = member, .weight = 1, .operator_code = QA_OPERATOR_ADD
    };
    return qa_reduction_write_edge(reduction, dimension, QA_HIERARCHY_PRIMARY, edge);
}

static qa_status_t create_member(qa_reduction_t *reduction, qa_dimension_t dimension, const char *code,
                                 uint32_t bytes, bool is_group)
{
    const qa_member_t id = qa_model_dimension(reduction->state->model, dimension)->member_count;
    uint8_t value[1 + QA_NAME_BYTES_MAX];
    value[0] = is_group;
    memcpy(value + 1, code, bytes);
    const qa_allocator_t *allocator = reduction->state->allocator;
    if (qa_array_reserve(allocator, (void **)&reduction->members, &reduction->member_capacity,
                         reduction->member_count + 1, sizeof(*reduction->members)) != QA_OK)
        return qa_fail_memory(reduction->error, "a member");
    qa_status_t status = qa_reduction_fact(
        reduction, (qa_fact_key_t){ .table = QA_FACT_MEMBER, .dimension = dimension, .member = id }, value,
        bytes + 1u);
    if (status != QA_OK) return status;
    reduction->members[reduction->member_count].dimension = dimension;
    reduction->members[reduction->member_count++].member = id;
    return is_group ? QA_OK : add_edge_to_root(reduction, dimension, id);
}

static qa_status_t add_dimension(qa_reduction_t *reduction, qa_reader_t *payload)
{
    const uint8_t kind = qa_read_u8(payload);
    const char *name, *first;
    uint32_t name_bytes, first_bytes;
    qa_status_t status = read_name(reduction, QA_OPERATION_ADD_DIMENSION, payload, &name, &name_bytes);
    if (status == QA_OK)
        status = read_name(reduction, QA_OPERATION_ADD_DIMENSION, payload, &first, &first_bytes);
    if (status != QA_OK) return status;
    const qa_dimension_t id = qa_model_dimension_count(reduction->state->model);
    if (kind == QA_DIMENSION_MEASURE && qa_store_atom_count(reduction->state->store) > 0)
        return qa_fail(reduction->error, QA_HAS_ATOMS,
                       "a measure dimension cannot be added to an app that has values");
    uint8_t value[1 + QA_NAME_BYTES_MAX];
    value[0] = kind;
    memcpy(value + 1, name, name_bytes);
    status = qa_reduction_fact(reduction, (qa_fact_key_t){ .table = QA_FACT_DIMENSION, .dimension = id },
                               value, name_bytes + 1u);
    if (status != QA_OK) return status;
    assert(reduction->new_dimension_count < QA_DIMENSIONS_MAX);
    reduction->new_dimensions[reduction->new_dimension_count++] = id;
    if (qa_delta_add(reduction->delta, QA_DELTA_DIMENSION) == NULL)
        return qa_fail_memory(reduction->error, "a dimension");
    if (qa_store_add_dimension(reduction->state->store) != QA_OK) {
        reduction->delta->entry_count--;
        return qa_fail_memory(reduction->error, "a dimension");
    }
    return create_member(reduction, id, first, first_bytes, false);
}

static qa_status_t add_member(qa_reduction_t *reduction, qa_reader_t *payload, qa_dimension_t dimension)
{
    const uint8_t is_group = qa_read_u8(payload);
    const char *code;
    uint32_t bytes;
    if (is_group > 1) return qa_reduction_malformed(reduction, QA_OPERATION_ADD_MEMBER);
    const qa_status_t status = read_name(reduction, QA_OPERATION_ADD_MEMBER, payload, &code, &bytes);
    return status != QA_OK ? status : create_member(reduction, dimension, code, bytes, is_group == 1);
}

static qa_status_t set_default(qa_reduction_t *reduction, qa_reader_t *payload, qa_dimension_t dimension)
{
    qa_member_t member;
    const qa_fact_key_t key = { .table = QA_FACT_DEFAULT, .dimension = dimension };
    if (qa_read_u8(payload) == 0) return qa_reduction_fact(reduction, key, NULL, 0);
    qa_status_t status = qa_reduction_read_member(reduction, payload, dimension, &member);
    if (status != QA_OK) return status;
    qa_buffer_t value;
    qa_buffer_make(&value, reduction->state->allocator, 16);
    status = qa_write_varint(&value, member);
    if (status == QA_OK) status = qa_reduction_fact(reduction, key, value.data, value.bytes);
    qa_buffer_release(&value);
    return status;
}

/* Collects the edges first: dropping one changes the list that is walked. */
static qa_status_t drop_all_edges(qa_reduction_t *reduction, qa_dimension_t dimension,
                                  qa_hierarchy_t hierarchy)
{
    qa_status_t status = qa_model_settle(reduction->state->model, reduction->error);
    const uint32_t member_count = qa_model_dimension(reduction->state->model, dimension)->member_count;
    for (uint32_t i = 0; i <= member_count && status == QA_OK; i++) {
        const qa_member_t parent = i == member_count ? QA_MEMBER_NONE : i;
        uint32_t count;
        const qa_edge_t *edges =
            qa_model_children(reduction->state->model, dimension, hierarchy, parent, &count);
        if (count == 0) continue;
        qa_edge_t *copy = qa_arena_take(&reduction->delta->arena, count * sizeof(*copy));
        if (copy == NULL) return qa_fail_memory(reduction->error, "a hierarchy");
        memcpy(copy, edges, count * sizeof(*copy));
        for (uint32_t e = 0; e < count && status == QA_OK; e++)
            status = qa_reduction_drop_edge(reduction, dimension, hierarchy, parent, copy[e].child);
        if (status == QA_OK) status = qa_model_settle(reduction->state->model, reduction->error);
    }
    return status;
}

static qa_status_t set_hierarchy(qa_reduction_t *reduction, uint8_t code, qa_reader_t *payload,
                                 qa_dimension_t dimension)
{
    if (code == QA_OPERATION_DELETE_HIERARCHY) {
        qa_hierarchy_t hierarchy;
        qa_status_t status = qa_reduction_read_hierarchy(reduction, payload, dimension, &hierarchy);
        if (status != QA_OK) return status;
        if (hierarchy == QA_HIERARCHY_PRIMARY)
            return qa_fail(reduction->error, QA_HIERARCHY_INVALID,
                           "the primary hierarchy of \"%s\" cannot be deleted",
                           qa_model_dimension(reduction->state->model, dimension)->name);
        status = drop_all_edges(reduction, dimension, hierarchy);
        if (status != QA_OK) return status;
        return qa_reduction_fact(
            reduction,
            (qa_fact_key_t){ .table = QA_FACT_HIERARCHY, .dimension = dimension, .hierarchy = hierarchy },
            NULL, 0);
    }
    const char *name;
    uint32_t bytes;
    qa_status_t status = read_name(reduction, code, payload, &name, &bytes);
    if (status != QA_OK) return status;
    const qa_hierarchy_t id = qa_model_dimension(reduction->state->model, dimension)->hierarchy_count;
    status = qa_reduction_fact(
        reduction, (qa_fact_key_t){ .table = QA_FACT_HIERARCHY, .dimension = dimension, .hierarchy = id },
        name, bytes);
    if (status != QA_OK) return status;
    if (qa_array_reserve(reduction->state->allocator, (void **)&reduction->hierarchies,
                         &reduction->hierarchy_capacity, reduction->hierarchy_count + 1,
                         sizeof(qa_hierarchy_t)) != QA_OK)
        return qa_fail_memory(reduction->error, "a hierarchy");
    reduction->hierarchies[reduction->hierarchy_count++] = id;
    return QA_OK;
}

static qa_status_t rename_dimension(qa_reduction_t *reduction, qa_reader_t *payload, qa_dimension_t dimension)
{
    const char *name;
    uint32_t bytes;
    const qa_status_t status = read_name(reduction, QA_OPERATION_RENAME_DIMENSION, payload, &name, &bytes);
    if (status != QA_OK) return status;
    uint8_t value[1 + QA_NAME_BYTES_MAX];
    value[0] = (uint8_t)qa_model_dimension(reduction->state->model, dimension)->kind;
    memcpy(value + 1, name, bytes);
    return qa_reduction_fact(reduction, (qa_fact_key_t){ .table = QA_FACT_DIMENSION, .dimension = dimension },
                             value, bytes + 1u);
}

/* --- members --- */

static qa_status_t rename_member(qa_reduction_t *reduction, qa_reader_t *payload, qa_fact_key_t key)
{
    const char *code;
    uint32_t bytes;
    qa_buffer_t before;
    qa_status_t status = read_name(reduction, QA_OPERATION_RENAME_MEMBER, payload, &code, &bytes);
    if (status != QA_OK) return status;
    key.table = QA_FACT_MEMBER;
    key.name = "";
    qa_buffer_make(&before, reduction->state->allocator, 1 + QA_NAME_KEY_BYTES);
    uint8_t value[1 + QA_NAME_BYTES_MAX] = { 0 };
    if (qa_model_read_fact(reduction->state->model, &key, &before, &status) && status == QA_OK)
        value[0] = before.data[0];
    qa_buffer_release(&before);
    memcpy(value + 1, code, bytes);
    return status != QA_OK ? status : qa_reduction_fact(reduction, key, value, bytes + 1u);
}

/* The stored form of an alias or attribute that compares equal: "BRAND" means the "Brand" that is there. */
static void use_stored_name(const qa_model_t *model, qa_fact_key_t *key)
{
    char wanted[QA_NAME_KEY_BYTES], other[QA_NAME_KEY_BYTES];
    size_t wanted_bytes = 0, other_bytes = 0;
    const qa_member_info_t *info = qa_model_member(model, key->dimension, key->member);
    const bool is_alias = key->table == QA_FACT_ALIAS;
    const uint16_t count = is_alias ? info->alias_count : info->attribute_count;
    if (qa_name_key(key->name, key->name_bytes, wanted, &wanted_bytes) != QA_OK) return;
    for (uint16_t i = 0; i < count; i++) {
        const char *value;
        uint32_t bytes, value_bytes;
        const char *name = is_alias ? qa_model_alias(model, key->dimension, key->member, i, &bytes)
                                    : qa_model_attribute(model, key->dimension, key->member, i, &bytes,
                                                         &value, &value_bytes);
        if (qa_name_key(name, bytes, other, &other_bytes) != QA_OK || other_bytes != wanted_bytes ||
            memcmp(other, wanted, other_bytes) != 0)
            continue;
        key->name = name;
        key->name_bytes = bytes;
        return;
    }
}

static qa_status_t set_alias(qa_reduction_t *reduction, qa_reader_t *payload, qa_fact_key_t key)
{
    const uint8_t is_present = qa_read_u8(payload);
    const qa_status_t status =
        read_name(reduction, QA_OPERATION_SET_ALIAS, payload, &key.name, &key.name_bytes);
    if (status != QA_OK) return status;
    key.table = QA_FACT_ALIAS;
    use_stored_name(reduction->state->model, &key);
    return qa_reduction_fact(reduction, key, is_present ? "" : NULL, 0);
}

static qa_status_t set_attribute(qa_reduction_t *reduction, qa_reader_t *payload, qa_fact_key_t key)
{
    const uint8_t is_present = qa_read_u8(payload);
    const qa_status_t status =
        read_name(reduction, QA_OPERATION_SET_ATTRIBUTE, payload, &key.name, &key.name_bytes);
    if (status != QA_OK) return status;
    uint32_t bytes;
    const char *value = qa_read_text(payload, &bytes);
    if (payload->is_bad) return qa_reduction_malformed(reduction, QA_OPERATION_SET_ATTRIBUTE);
    key.table = QA_FACT_ATTRIBUTE;
    use_stored_name(reduction->state->model, &key);
    return qa_reduction_fact(reduction, key, is_present ? value : NULL, bytes);
}

static qa_status_t set_account(qa_reduction_t *reduction, qa_reader_t *payload, qa_fact_key_t key)
{
    const qa_model_t *model = reduction->state->model;
    const uint8_t *bytes = qa_read_bytes(payload, 5);
    if (bytes == NULL) return qa_reduction_malformed(reduction, QA_OPERATION_SET_ACCOUNT);
    const qa_member_info_t *info = qa_model_member(model, key.dimension, key.member);
    const uint32_t atom_count =
        qa_store_member_atom_count(reduction->state->store, key.dimension, key.member);
    const bool is_same_kind =
        info->account.kind == bytes[0] && (bytes[0] != QA_KIND_DECIMAL || info->account.decimals == bytes[1]);
    if (!is_same_kind && atom_count > 0)
        return qa_fail(reduction->error, QA_KIND_FIXED,
                       "kind and decimals of \"%s\" cannot change while it has values (%u)", info->code,
                       atom_count);
    key.table = QA_FACT_ACCOUNT;
    return qa_reduction_fact(reduction, key, bytes, 5);
}

static qa_status_t set_member(qa_reduction_t *reduction, uint8_t code, qa_reader_t *payload,
                              qa_dimension_t dimension)
{
    qa_fact_key_t key = { .dimension = dimension };
    const qa_status_t status = qa_reduction_read_member(reduction, payload, dimension, &key.member);
    if (status != QA_OK) return status;
    switch (code) {
    case QA_OPERATION_RENAME_MEMBER:
        return rename_member(reduction, payload, key);
    case QA_OPERATION_SET_CAPTION: {
        uint32_t bytes;
        const char *caption = qa_read_text(payload, &bytes);
        if (payload->is_bad) return qa_reduction_malformed(reduction, code);
        key.table = QA_FACT_CAPTION;
        return qa_reduction_fact(reduction, key, bytes == 0 ? NULL : caption, bytes);
    }
    case QA_OPERATION_SET_ALIAS:
        return set_alias(reduction, payload, key);
    case QA_OPERATION_SET_ATTRIBUTE:
        return set_attribute(reduction, payload, key);
    case QA_OPERATION_SET_ACCOUNT:
        return set_account(reduction, payload, key);
    default: {
        assert(code == QA_OPERATION_SET_DAYS);
        const uint8_t *value = payload->at;
        (void)qa_read_signed(payload);
        (void)qa_read_signed(payload);
        if (payload->is_bad) return qa_reduction_malformed(reduction, code);
        key.table = QA_FACT_DAYS;
        return qa_reduction_fact(reduction, key, value, (size_t)(payload->at - value));
    }
    }
}

qa_status_t qa_reduce_model(qa_reduction_t *reduction, uint8_t code, qa_reader_t *payload)
{
    qa_dimension_t dimension;
    if (code == QA_OPERATION_SET_APP) return set_app(reduction, payload);
    if (code == QA_OPERATION_ADD_DIMENSION) return add_dimension(reduction, payload);
    if (code == 0 || code > QA_OPERATION_LINES)
        return qa_fail(reduction->error, QA_NEWER_FORMAT,
                       "operation %u is unknown to this version; install a newer one", code);
    const qa_status_t status = qa_reduction_read_dimension(reduction, payload, &dimension);
    if (status != QA_OK) return status;
    switch (code) {
    case QA_OPERATION_RENAME_DIMENSION:
        return rename_dimension(reduction, payload, dimension);
    case QA_OPERATION_SET_DEFAULT:
        return set_default(reduction, payload, dimension);
    case QA_OPERATION_SET_CALENDAR: {
        const uint8_t *value = qa_read_bytes(payload, 2);
        if (value == NULL) return qa_reduction_malformed(reduction, code);
        return qa_reduction_fact(reduction,
                                 (qa_fact_key_t){ .table = QA_FACT_CALENDAR, .dimension = dimension },
                                 value[0] == 0 ? NULL : value, 2);
    }
    case QA_OPERATION_ADD_MEMBER:
        return add_member(reduction, payload, dimension);
    case QA_OPERATION_ADD_HIERARCHY:
    case QA_OPERATION_DELETE_HIERARCHY:
        return set_hierarchy(reduction, code, payload, dimension);
    default:
        return set_member(reduction, code, payload, dimension);
    }
}
