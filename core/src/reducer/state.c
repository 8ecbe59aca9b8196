/* A state: model, store, clients, and the hashes over them. */
#include "reducer/state.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

qa_status_t qa_state_open(qa_state_t **state_out, const qa_allocator_t *allocator, const uint8_t log_id[16])
{
    *state_out = NULL;
    qa_state_t *state = qa_memory_take(allocator, sizeof(*state));
    if (state == NULL) return QA_NO_MEMORY;
    state->allocator = allocator;
    state->key = (qa_hash_key_t){ qa_get_u64(log_id), qa_get_u64(log_id + 8) };
    qa_status_t status = qa_model_open(&state->model, allocator, &state->key);
    if (status == QA_OK) status = qa_store_open(&state->store, allocator, 0, &state->key);
    if (status != QA_OK) {
        qa_state_close(state);
        return status;
    }
    *state_out = state;
    return QA_OK;
}

void qa_state_close(qa_state_t *state)
{
    if (state == NULL) return;
    qa_state_forget_deltas(state);
    qa_memory_give(state->allocator, state->recent, state->recent_capacity * sizeof(qa_delta_t));
    qa_store_close(state->store);
    qa_model_close(state->model);
    qa_memory_give(state->allocator, state->clients, state->client_capacity * sizeof(qa_client_t));
    qa_memory_give(state->allocator, state, sizeof(*state));
}

/* --- recent deltas --- */

#define RECENT_BYTES_MAX ((uint64_t)64 << 20)

static void drop_oldest(qa_state_t *state, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        state->recent_bytes -= qa_delta_bytes(&state->recent[i]);
        qa_delta_release(&state->recent[i]);
    }
    state->recent_count -= count;
    memmove(state->recent, state->recent + count, state->recent_count * sizeof(qa_delta_t));
}

void qa_state_forget_deltas(qa_state_t *state)
{
    if (state->recent_count > 0) drop_oldest(state, state->recent_count);
}

void qa_state_remember(qa_state_t *state, qa_delta_t *delta)
{
    if (delta->allocator == NULL) return;
    uint32_t dropped = 0;
    uint64_t bytes = state->recent_bytes + qa_delta_bytes(delta);
    while (dropped < state->recent_count && bytes > RECENT_BYTES_MAX)
        bytes -= qa_delta_bytes(&state->recent[dropped++]);
    /* Many at once, so that the list is not moved for each small intent. */
    if (dropped > 0 && dropped < state->recent_count / 4) dropped = state->recent_count / 4;
    if (dropped > 0) drop_oldest(state, dropped);
    if (qa_array_reserve(state->allocator, (void **)&state->recent, &state->recent_capacity,
                         state->recent_count + 1, sizeof(qa_delta_t)) != QA_OK) {
        qa_delta_release(delta);
        return;
    }
    state->recent_bytes += qa_delta_bytes(delta);
    state->recent[state->recent_count++] = *delta;
    *delta = (qa_delta_t){ 0 };
}

const qa_delta_t *qa_state_recent_delta(const qa_state_t *state, uint64_t offset)
{
    uint32_t low = 0;
    uint32_t high = state->recent_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (state->recent[middle].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < state->recent_count && state->recent[low].offset == offset ? &state->recent[low] : NULL;
}

/* --- clients --- */

const qa_client_t *qa_state_client(const qa_state_t *state, const uint8_t id[QA_CLIENT_ID_BYTES])
{
    for (uint32_t i = 0; i < state->client_count; i++) {
        if (memcmp(state->clients[i].id, id, QA_CLIENT_ID_BYTES) == 0) return &state->clients[i];
    }
    return NULL;
}

qa_status_t qa_state_set_client(qa_state_t *state, const qa_client_t *client)
{
    uint32_t at = 0;
    while (at < state->client_count && memcmp(state->clients[at].id, client->id, QA_CLIENT_ID_BYTES) < 0)
        at++;
    const bool is_there =
        at < state->client_count && memcmp(state->clients[at].id, client->id, QA_CLIENT_ID_BYTES) == 0;
    if (!is_there) {
        const qa_status_t status =
            qa_array_reserve(state->allocator, (void **)&state->clients, &state->client_capacity,
                             state->client_count + 1, sizeof(qa_client_t));
        if (status != QA_OK) return status;
        memmove(state->clients + at + 1, state->clients + at,
                (state->client_count - at) * sizeof(qa_client_t));
        state->client_count++;
    }
    state->clients[at] = *client;
    return QA_OK;
}

qa_status_t qa_state_advance(qa_state_t *state, const qa_intent_header_t *header, const uint8_t *data,
                             size_t bytes, int64_t appended_at_ns, const uint8_t chain_hash[QA_SHA256_BYTES],
                             qa_error_t *error)
{
    qa_client_t client = { .sequence = header->sequence };
    const qa_span_t span = { data, bytes };
    memcpy(client.id, header->client_id, sizeof(client.id));
    qa_status_t status = qa_sha256(&span, 1, client.intent_hash);
    if (status == QA_OK) status = qa_state_set_client(state, &client);
    if (status != QA_OK) return qa_fail_memory(error, "an intent");
    state->offset++;
    state->appended_at_ns = appended_at_ns;
    memcpy(state->chain_hash, chain_hash, QA_SHA256_BYTES);
    return QA_OK;
}

qa_hash128_t qa_state_data_hash(const qa_state_t *state)
{
    qa_hash128_t sum = qa_model_hash(state->model);
    qa_hash128_add(&sum, qa_store_hash(state->store));
    return sum;
}

qa_status_t qa_state_hash(const qa_state_t *state, uint8_t hash_out[QA_SHA256_BYTES])
{
    qa_buffer_t buffer;
    const qa_hash128_t data = qa_state_data_hash(state);
    qa_buffer_make(&buffer, state->allocator, 1 << 24);
    qa_status_t status = qa_write_u64(&buffer, data.low);
    if (status == QA_OK) status = qa_write_u64(&buffer, data.high);
    if (status == QA_OK) status = qa_write_u64(&buffer, state->offset);
    qa_model_write_counts(state->model, &buffer, &status);
    if (status == QA_OK) status = qa_write_varint(&buffer, state->client_count);
    for (uint32_t i = 0; i < state->client_count && status == QA_OK; i++) {
        status = qa_buffer_put(&buffer, state->clients[i].id, QA_CLIENT_ID_BYTES);
        if (status == QA_OK) status = qa_write_varint(&buffer, state->clients[i].sequence);
        if (status == QA_OK) status = qa_buffer_put(&buffer, state->clients[i].intent_hash, QA_SHA256_BYTES);
    }
    if (status == QA_OK) status = qa_write_varint(&buffer, 0); /* the held set: no intent is held yet */
    const qa_span_t span = { buffer.data, buffer.bytes };
    if (status == QA_OK) status = qa_sha256(&span, 1, hash_out);
    qa_buffer_release(&buffer);
    return status;
}

qa_status_t qa_state_verify(const qa_state_t *state, qa_error_t *error)
{
    qa_status_t status = qa_model_verify(state->model, error);
    if (status == QA_OK) status = qa_store_verify(state->store, error);
    if (status != QA_OK) return status;
    const uint16_t dimension_count = qa_model_dimension_count(state->model);
    if (qa_store_dimension_count(state->store) != dimension_count)
        return qa_fail(error, QA_DIVERGED, "the store has %u dimensions, the model %u",
                       qa_store_dimension_count(state->store), dimension_count);
    const uint32_t row_count = qa_store_row_count(state->store);
    for (uint32_t row = 0; row < row_count; row++) {
        const qa_member_t *coordinate;
        qa_atom_t atom;
        if (!qa_store_row(state->store, row, &coordinate, &atom) || atom.kind == QA_KIND_MISSING) continue;
        for (uint16_t d = 0; d < dimension_count; d++) {
            if (coordinate[d] < qa_model_dimension(state->model, d)->member_count &&
                qa_model_member(state->model, d, coordinate[d])->is_leaf)
                continue;
            return qa_fail(error, QA_DIVERGED,
                           "an atom stands on member number %u of \"%s\", which is not a leaf", coordinate[d],
                           qa_model_dimension(state->model, d)->name);
        }
        const qa_account_t account = qa_model_account_of(state->model, coordinate);
        if (atom.changed_offset > state->offset)
            return qa_fail(error, QA_DIVERGED, "an atom was changed at offset %llu, the state is at %llu",
                           (unsigned long long)atom.changed_offset, (unsigned long long)state->offset);
        if (account.kind != atom.kind)
            return qa_fail(error, QA_DIVERGED, "an atom has kind %u where the account has %u", atom.kind,
                           account.kind);
    }
    return QA_OK;
}

qa_value_t qa_atom_value(const qa_atom_t *atom, uint8_t decimals)
{
    switch (atom->kind) {
    case QA_KIND_DECIMAL:
        return qa_value_decimal(atom->units, decimals);
    case QA_KIND_DOUBLE:
        return qa_value_double(atom->number);
    case QA_KIND_TEXT:
        return qa_value_text(atom->text, atom->text_bytes);
    case QA_KIND_DATE:
        return qa_value_date(atom->day);
    case QA_KIND_BOOLEAN:
        return qa_value_boolean(atom->truth);
    default:
        return qa_value_missing();
    }
}

void qa_state_coordinate_words(const qa_model_t *model, const qa_member_t *coordinate,
                               uint16_t dimension_count, char *words, size_t bytes)
{
    size_t used = 0;
    words[0] = '\0';
    for (uint16_t d = 0; d < dimension_count; d++) {
        const qa_dimension_info_t *info = qa_model_dimension(model, d);
        const char *code =
            coordinate[d] < info->member_count ? qa_model_member(model, d, coordinate[d])->code : "?";
        const int wanted =
            snprintf(words + used, bytes - used, "%s%s:%s", used == 0 ? "" : ", ", info->name, code);
        if (wanted < 0 || (size_t)wanted >= bytes - used) break;
        used += (size_t)wanted;
    }
}
