/* Applying an intent: the frame around its operations. Deterministic: the outcome depends on state and bytes
 * alone. */
#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "reducer/reduction.h"

#define DECIMAL_MAX INT64_C(999999999999999999)

qa_status_t qa_reduction_malformed(qa_reduction_t *reduction, uint8_t code)
{
    return qa_fail(reduction->error, QA_CORRUPT, "operation \"%s\" of an intent is malformed",
                   qa_operation_words(code));
}

/* --- changes --- */

static uint8_t *keep(qa_reduction_t *reduction, const void *data, size_t bytes)
{
    return (uint8_t *)qa_arena_text(&reduction->delta->arena, data, bytes);
}

qa_status_t qa_reduction_fact(qa_reduction_t *reduction, qa_fact_key_t key, const void *value, size_t bytes)
{
    qa_buffer_t before;
    qa_status_t status = QA_OK;
    if (key.name == NULL) key.name = "";
    qa_buffer_make(&before, reduction->state->allocator, SIZE_MAX / 2);
    const bool was_present = qa_model_read_fact(reduction->state->model, &key, &before, &status);
    if (status != QA_OK) goto done;
    if (was_present == (value != NULL) &&
        (value == NULL || (before.bytes == bytes && (bytes == 0 || memcmp(before.data, value, bytes) == 0))))
        goto done;
    qa_delta_entry_t *entry = qa_delta_add(reduction->delta, QA_DELTA_FACT);
    if (entry == NULL) {
        status = qa_fail_memory(reduction->error, "a change");
        goto done;
    }
    entry->key = key;
    entry->key.name = (const char *)keep(reduction, key.name, key.name_bytes);
    entry->before_value = was_present ? keep(reduction, before.data, before.bytes) : NULL;
    entry->before_bytes = before.bytes;
    entry->behind_value = value != NULL ? keep(reduction, value, bytes) : NULL;
    entry->behind_bytes = bytes;
    if (entry->key.name == NULL || (was_present && entry->before_value == NULL) ||
        (value != NULL && entry->behind_value == NULL))
        status = qa_fail_memory(reduction->error, "a change");
    else
        status = qa_model_write_fact(reduction->state->model, &entry->key, value, bytes, reduction->error);
    if (status != QA_OK)
        reduction->delta->entry_count--;
    else
        reduction->delta->metadata_count++;

done:
    qa_buffer_release(&before);
    return status;
}

/* Money keeps its worth: units of other decimals are other units. False if it cannot be said exactly, or has
 * too many digits. */
bool qa_atom_rescale(qa_atom_t *atom, uint8_t decimals)
{
    if (atom->kind != QA_KIND_DECIMAL) return true;
    for (; atom->decimals < decimals; atom->decimals++) {
        if (atom->units > DECIMAL_MAX / 10 || atom->units < -DECIMAL_MAX / 10) return false;
        atom->units *= 10;
    }
    for (; atom->decimals > decimals; atom->decimals--) {
        if (atom->units % 10 != 0) return false;
        atom->units /= 10;
    }
    return true;
}

bool qa_atom_is_same(const qa_atom_t *a, const qa_atom_t *b)
{
    if (a->kind != b->kind || a->mask != b->mask) return false;
    switch (a->kind) {
    case QA_KIND_MISSING:
        return true;
    case QA_KIND_DECIMAL:
        return a->units == b->units;
    case QA_KIND_DOUBLE:
        return memcmp(&a->number, &b->number, sizeof(a->number)) == 0;
    case QA_KIND_TEXT:
        return a->text_bytes == b->text_bytes &&
               (a->text_bytes == 0 || memcmp(a->text, b->text, a->text_bytes) == 0);
    case QA_KIND_DATE:
        return a->day == b->day;
    default:
        return a->truth == b->truth;
    }
}

qa_status_t qa_reduction_atoms(qa_reduction_t *reduction, const qa_member_t *coordinates, qa_atom_t *atoms,
                               uint32_t count)
{
    qa_store_t *store = reduction->state->store;
    qa_delta_t *delta = reduction->delta;
    const uint16_t dimension_count = qa_store_dimension_count(store);
    const size_t row_bytes = dimension_count * sizeof(qa_member_t);
    if (count == 0) return QA_OK;
    qa_atom_t *before = qa_arena_take(&delta->arena, count * sizeof(*before));
    qa_atom_t *behind = qa_arena_take(&delta->arena, count * sizeof(*behind));
    qa_member_t *kept = qa_arena_take(&delta->arena, count * row_bytes);
    if (before == NULL || behind == NULL || kept == NULL)
        return qa_fail_memory(reduction->error, "the cells of an intent");
    qa_store_get(store, coordinates, count, before);
    uint32_t changed = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (qa_atom_is_same(&before[i], &atoms[i])) continue;
        behind[changed] = atoms[i];
        behind[changed].changed_offset = reduction->offset;
        if (atoms[i].kind == QA_KIND_TEXT) {
            behind[changed].text = qa_arena_text(&delta->arena, atoms[i].text, atoms[i].text_bytes);
            if (behind[changed].text == NULL)
                return qa_fail_memory(reduction->error, "the cells of an intent");
        }
        memcpy(kept + (size_t)changed * dimension_count, coordinates + (size_t)i * dimension_count,
               row_bytes);
        changed++;
    }
    if (changed == 0) return QA_OK;
    qa_delta_entry_t *entry = qa_delta_add(delta, QA_DELTA_ATOMS);
    if (entry == NULL) return qa_fail_memory(reduction->error, "a change");
    const qa_status_t status = qa_store_set(store, kept, behind, changed, before, &delta->arena);
    if (status != QA_OK) {
        delta->entry_count--;
        return qa_fail(reduction->error, status, "the store cannot take %u more cells", changed);
    }
    for (uint32_t i = 0; i < changed; i++) {
        const uint8_t decimals =
            qa_model_account_of(reduction->state->model, kept + (size_t)i * dimension_count).decimals;
        before[i].decimals = before[i].kind == QA_KIND_DECIMAL ? decimals : 0;
        behind[i].decimals = behind[i].kind == QA_KIND_DECIMAL ? decimals : 0;
    }
    entry->dimension_count = dimension_count;
    entry->atom_count = changed;
    entry->coordinates = kept;
    entry->before_atoms = before;
    entry->behind_atoms = behind;
    delta->changed_count += changed;
    return QA_OK;
}

/* --- references --- */

qa_status_t qa_reduction_resolve(qa_reduction_t *reduction, qa_dimension_t dimension, qa_member_t reference,
                                 qa_member_t *id_out)
{
    const qa_model_t *model = reduction->state->model;
    qa_member_t id = reference;
    if ((reference & QA_NEW) != 0) {
        const uint32_t n = reference & ~QA_NEW;
        if (n >= reduction->member_count || reduction->members[n].dimension != dimension)
            return qa_fail(reduction->error, QA_MEMBER_NOT_FOUND,
                           "an intent names a new member of \"%s\" before it creates it",
                           qa_model_dimension(model, dimension)->name);
        id = reduction->members[n].member;
    }
    if (id >= qa_model_dimension(model, dimension)->member_count ||
        qa_model_member(model, dimension, id)->is_deleted)
        return qa_fail(reduction->error, QA_MEMBER_NOT_FOUND, "\"%s\" has no member number %u (any more)",
                       qa_model_dimension(model, dimension)->name, id);
    *id_out = id;
    return QA_OK;
}

qa_status_t qa_reduction_read_dimension(qa_reduction_t *reduction, qa_reader_t *payload,
                                        qa_dimension_t *dimension_out)
{
    const uint64_t reference = qa_read_varint(payload);
    uint64_t id = reference >> 2;
    if (payload->is_bad || (reference & 3u) > QA_REFERENCE_NEW)
        return qa_reduction_malformed(reduction, QA_OPERATION_ADD_DIMENSION);
    if ((reference & 3u) == QA_REFERENCE_NEW) {
        if (id >= reduction->new_dimension_count)
            return qa_reduction_malformed(reduction, QA_OPERATION_ADD_DIMENSION);
        id = reduction->new_dimensions[id];
    }
    if (id >= qa_model_dimension_count(reduction->state->model))
        return qa_fail(reduction->error, QA_DIMENSION_NOT_FOUND, "the app has no dimension number %u",
                       (unsigned)id);
    *dimension_out = (qa_dimension_t)id;
    return QA_OK;
}

qa_status_t qa_reduction_read_hierarchy(qa_reduction_t *reduction, qa_reader_t *payload,
                                        qa_dimension_t dimension, qa_hierarchy_t *hierarchy_out)
{
    const uint64_t reference = qa_read_varint(payload);
    uint64_t id = reference >> 2;
    if (payload->is_bad || (reference & 3u) > QA_REFERENCE_NEW)
        return qa_reduction_malformed(reduction, QA_OPERATION_ADD_HIERARCHY);
    if ((reference & 3u) == QA_REFERENCE_NEW) {
        if (id >= reduction->hierarchy_count)
            return qa_reduction_malformed(reduction, QA_OPERATION_ADD_HIERARCHY);
        id = reduction->hierarchies[id];
    }
    const qa_dimension_info_t *info = qa_model_dimension(reduction->state->model, dimension);
    if (id >= info->hierarchy_count ||
        qa_model_hierarchy(reduction->state->model, dimension, (qa_hierarchy_t)id)->is_deleted)
        return qa_fail(reduction->error, QA_HIERARCHY_NOT_FOUND,
                       "dimension \"%s\" has no hierarchy number %u", info->name, (unsigned)id);
    *hierarchy_out = (qa_hierarchy_t)id;
    return QA_OK;
}

qa_status_t qa_reduction_read_member(qa_reduction_t *reduction, qa_reader_t *payload,
                                     qa_dimension_t dimension, qa_member_t *member_out)
{
    const uint64_t reference = qa_read_varint(payload);
    if (payload->is_bad || (reference & 3u) > QA_REFERENCE_NEW || reference >> 2 > QA_MEMBERS_MAX)
        return qa_reduction_malformed(reduction, QA_OPERATION_ADD_MEMBER);
    const qa_member_t coded =
        (qa_member_t)(reference >> 2) | ((reference & 3u) == QA_REFERENCE_NEW ? QA_NEW : 0);
    return qa_reduction_resolve(reduction, dimension, coded, member_out);
}

/* --- the frame --- */

static qa_status_t check_sequence(const qa_state_t *state, const qa_intent_header_t *header,
                                  qa_error_t *error)
{
    static const uint8_t no_hash[QA_SHA256_BYTES] = { 0 };
    const qa_client_t *client = qa_state_client(state, header->client_id);
    const uint64_t expected = client == NULL ? 1 : client->sequence + 1;
    const uint8_t *previous = client == NULL ? no_hash : client->intent_hash;
    if (header->sequence > expected)
        return qa_fail(error, QA_SEQUENCE_GAP, "an intent has number %llu of its client, %llu is next",
                       (unsigned long long)header->sequence, (unsigned long long)expected);
    if (header->sequence < expected || memcmp(header->previous_hash, previous, QA_SHA256_BYTES) != 0)
        return qa_fail(error, QA_REPLICA_FORKED,
                       "another copy of this replica wrote intent %llu already; open it again",
                       (unsigned long long)header->sequence);
    if (header->base_offset > state->offset || header->branch_bytes != 0)
        return qa_fail(error, QA_CORRUPT, "an intent has seen offset %llu, but the log ends at %llu",
                       (unsigned long long)header->base_offset, (unsigned long long)state->offset);
    return QA_OK;
}

static qa_status_t apply_operation(qa_reduction_t *reduction, uint8_t code, qa_reader_t *payload)
{
    switch (code) {
    case QA_OPERATION_SET_EDGE:
    case QA_OPERATION_REMOVE_EDGE:
    case QA_OPERATION_DELETE_MEMBER:
        return qa_reduce_edges(reduction, code, payload);
    case QA_OPERATION_SET_CELLS:
    case QA_OPERATION_SET_MASKS:
    case QA_OPERATION_SET_HOLD:
        return qa_reduce_cells(reduction, code, payload);
    case QA_OPERATION_UNDO:
        return qa_reduce_undo(reduction, payload);
    case QA_OPERATION_LOAD:
        return qa_reduce_load(reduction, payload);
    case QA_OPERATION_LINES:
        payload->at = payload->end; /* the lines stay in the log; the state does not know them */
        return QA_OK;
    default:
        return qa_reduce_model(reduction, code, payload);
    }
}

static qa_status_t apply_operations(qa_reduction_t *reduction, qa_reader_t *reader)
{
    for (uint32_t i = 0; i < reduction->header->operation_count; i++) {
        uint8_t code;
        qa_reader_t payload;
        if (!qa_record_next_operation(reader, &code, &payload))
            return qa_fail(reduction->error, QA_CORRUPT, "operation %u of an intent is cut off", i + 1);
        qa_status_t status = apply_operation(reduction, code, &payload);
        if (status == QA_OK && (payload.is_bad || qa_reader_left(&payload) != 0))
            status = qa_reduction_malformed(reduction, code);
        if (status != QA_OK) return status;
    }
    if (qa_reader_left(reader) != 0)
        return qa_fail(reduction->error, QA_CORRUPT, "an intent has bytes behind its operations");
    const qa_status_t status = reduction->load == NULL ? QA_OK : qa_reduce_check_load(reduction);
    if (status != QA_OK || reduction->delta->metadata_count == 0) return status;
    return qa_model_settle(reduction->state->model, reduction->error);
}

static qa_status_t keep_counts(qa_state_t *state, qa_delta_t *delta)
{
    qa_buffer_t counts;
    qa_status_t status = QA_OK;
    qa_buffer_make(&counts, state->allocator, 1 << 20);
    qa_model_write_counts(state->model, &counts, &status);
    if (status == QA_OK) {
        delta->counts = (uint8_t *)qa_arena_text(&delta->arena, (const char *)counts.data, counts.bytes);
        delta->counts_bytes = counts.bytes;
        if (delta->counts == NULL) status = QA_NO_MEMORY;
    }
    qa_buffer_release(&counts);
    return status;
}

qa_status_t qa_state_try(qa_state_t *state, const uint8_t *data, size_t bytes,
                         const qa_environment_t *environment, qa_delta_t *delta,
                         qa_intent_header_t *header_out, qa_error_t *error)
{
    assert(delta->offset == state->offset + 1);
    qa_reader_t reader = qa_reader_make(data, bytes);
    qa_status_t status = qa_record_read_header(&reader, header_out, error);
    if (status == QA_OK) status = check_sequence(state, header_out, error);
    if (status != QA_OK) return status;
    if (keep_counts(state, delta) != QA_OK) return qa_fail_memory(error, "an intent");
    delta->metadata_version = qa_model_app(state->model)->metadata_version;
    qa_reduction_t reduction = { .state = state,
                                 .environment = environment,
                                 .delta = delta,
                                 .header = header_out,
                                 .error = error,
                                 .offset = delta->offset };
    status = apply_operations(&reduction, &reader);
    qa_memory_give(state->allocator, reduction.members,
                   reduction.member_capacity * sizeof(*reduction.members));
    qa_memory_give(state->allocator, reduction.hierarchies,
                   reduction.hierarchy_capacity * sizeof(*reduction.hierarchies));
    if (status == QA_OK) {
        if (delta->metadata_count > 0) qa_model_set_metadata_version(state->model, delta->offset);
        return QA_OK;
    }
    if (qa_state_take_back(state, delta) != QA_OK)
        return qa_fail(error, QA_POISONED,
                       "out of memory while an intent was taken back; open the app again");
    return status;
}

qa_status_t qa_state_take_back(qa_state_t *state, const qa_delta_t *delta)
{
    qa_status_t status = QA_OK;
    for (uint32_t i = delta->entry_count; i-- > 0 && status == QA_OK;) {
        const qa_delta_entry_t *entry = &delta->entries[i];
        if (entry->kind == QA_DELTA_FACT) {
            status = qa_model_write_fact(state->model, &entry->key, entry->before_value, entry->before_bytes,
                                         NULL);
        } else if (entry->kind == QA_DELTA_DIMENSION) {
            qa_store_remove_dimension(state->store);
        } else {
            for (uint32_t a = entry->atom_count; a-- > 0 && status == QA_OK;) {
                const qa_member_t *coordinate = entry->coordinates + (size_t)a * entry->dimension_count;
                if (entry->before_atoms[a].changed_offset == 0)
                    qa_store_forget(state->store, coordinate);
                else
                    status = qa_store_set(state->store, coordinate, &entry->before_atoms[a], 1, NULL, NULL);
            }
        }
    }
    if (status != QA_OK || delta->counts == NULL) return status;
    qa_model_set_metadata_version(state->model, delta->metadata_version);
    qa_reader_t counts = qa_reader_make(delta->counts, delta->counts_bytes);
    status = qa_model_restore_counts(state->model, &counts, NULL);
    return status == QA_OK ? qa_model_settle(state->model, NULL) : status;
}
