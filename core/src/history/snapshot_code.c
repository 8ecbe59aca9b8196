/* The bytes of a snapshot: header, counters, clients, facts, atoms, CRC. docs/formats/snapshot.md. */
#include <assert.h>
#include <string.h>

#include "base/crc32c.h"
#include "base/error.h"
#include "history/snapshot.h"

static const uint8_t snapshot_magic[8] = { 'Q', 'A', 'S', 'N', 'A', 'P', '\r', '\n' };
enum { SNAPSHOT_MAJOR = 1, SNAPSHOT_MINOR = 0, FIXED_BYTES = 8 + 4 + 16 + 4 + 68 + 32 + 32 + 8 };

/* --- writing --- */

typedef struct encoder {
    qa_buffer_t *buffer;
    uint64_t count;
    const qa_model_t *model;
} encoder_t;

static qa_status_t encode_fact(void *context, const qa_fact_key_t *key, const uint8_t *value, size_t bytes)
{
    encoder_t *encoder = context;
    qa_status_t status = qa_write_u8(encoder->buffer, 1); /* another fact follows */
    qa_fact_key_write(key, encoder->buffer, &status);
    if (status == QA_OK) status = qa_write_text(encoder->buffer, (const char *)value, bytes);
    encoder->count++;
    return status;
}

static qa_status_t encode_deleted(const qa_model_t *model, qa_buffer_t *buffer)
{
    qa_status_t status = QA_OK;
    for (uint16_t d = 0; d < qa_model_dimension_count(model); d++) {
        const uint32_t member_count = qa_model_dimension(model, d)->member_count;
        for (qa_member_t m = 0; m < member_count && status == QA_OK; m++) {
            const qa_member_info_t *info = qa_model_member(model, d, m);
            if (!info->is_deleted) continue;
            status = qa_write_u8(buffer, 1);
            if (status == QA_OK) status = qa_write_varint(buffer, d);
            if (status == QA_OK) status = qa_write_varint(buffer, m);
            if (status == QA_OK) status = qa_write_text(buffer, info->code, info->code_bytes);
        }
    }
    return status == QA_OK ? qa_write_u8(buffer, 0) : status;
}

static qa_status_t encode_atoms(const qa_state_t *state, qa_buffer_t *buffer)
{
    const uint16_t dimension_count = qa_store_dimension_count(state->store);
    const uint32_t row_count = qa_store_row_count(state->store);
    qa_member_t previous[QA_DIMENSIONS_MAX] = { 0 };
    qa_status_t status =
        qa_write_varint(buffer, qa_store_atom_count(state->store) + qa_store_cleared_count(state->store));
    for (uint32_t row = 0; row < row_count && status == QA_OK; row++) {
        const qa_member_t *coordinate;
        qa_atom_t atom;
        if (!qa_store_row(state->store, row, &coordinate, &atom)) continue;
        const qa_value_t value = qa_atom_value(&atom, 0);
        status = qa_record_write_coordinate(buffer, coordinate, previous, dimension_count);
        if (status == QA_OK) status = qa_record_write_value(buffer, &value);
        if (status == QA_OK) status = qa_write_varint(buffer, atom.mask);
        if (status == QA_OK) status = qa_write_varint(buffer, atom.changed_offset);
    }
    return status;
}

static qa_status_t encode_fixed(const qa_state_t *state, const qa_snapshot_header_t *header,
                                qa_buffer_t *buffer)
{
    const qa_log_position_t *position = &header->position;
    qa_status_t status = qa_buffer_put(buffer, snapshot_magic, sizeof(snapshot_magic));
    const uint8_t versions[4] = { SNAPSHOT_MAJOR, SNAPSHOT_MINOR, SNAPSHOT_MAJOR, 0 };
    if (status == QA_OK) status = qa_buffer_put(buffer, versions, sizeof(versions));
    if (status == QA_OK) status = qa_buffer_put(buffer, header->log_id, sizeof(header->log_id));
    if (status == QA_OK) status = qa_write_u32(buffer, header->generation);
    if (status == QA_OK) status = qa_write_u64(buffer, position->segment);
    if (status == QA_OK) status = qa_write_u64(buffer, position->at);
    if (status == QA_OK) status = qa_write_u64(buffer, position->sequence);
    if (status == QA_OK) status = qa_write_u32(buffer, position->epoch);
    if (status == QA_OK) status = qa_write_u64(buffer, position->offset);
    if (status == QA_OK) status = qa_write_u64(buffer, (uint64_t)position->appended_at_ns);
    if (status == QA_OK) status = qa_write_u64(buffer, (uint64_t)state->appended_at_ns);
    if (status == QA_OK) status = qa_write_u64(buffer, qa_model_app(state->model)->metadata_version);
    if (status == QA_OK) status = qa_write_u64(buffer, 0); /* reserved: held set */
    if (status == QA_OK) status = qa_buffer_put(buffer, position->chain_hash, sizeof(position->chain_hash));
    if (status == QA_OK) status = qa_buffer_put(buffer, header->state_hash, sizeof(header->state_hash));
    return status;
}

qa_status_t qa_snapshot_encode(const qa_state_t *state, const qa_snapshot_header_t *header,
                               qa_buffer_t *buffer, qa_error_t *error)
{
    encoder_t encoder = { .buffer = buffer, .model = state->model };
    assert(header->position.offset == state->offset);
    qa_status_t status = encode_fixed(state, header, buffer);
    qa_model_write_counts(state->model, buffer, &status);
    if (status == QA_OK) status = qa_write_varint(buffer, state->client_count);
    for (uint32_t i = 0; i < state->client_count && status == QA_OK; i++) {
        status = qa_buffer_put(buffer, state->clients[i].id, QA_CLIENT_ID_BYTES);
        if (status == QA_OK) status = qa_write_varint(buffer, state->clients[i].sequence);
        if (status == QA_OK) status = qa_buffer_put(buffer, state->clients[i].intent_hash, QA_SHA256_BYTES);
    }
    if (status == QA_OK) status = qa_model_each_fact(state->model, encode_fact, &encoder);
    if (status == QA_OK) status = qa_write_u8(buffer, 0);
    if (status == QA_OK) status = encode_deleted(state->model, buffer);
    if (status == QA_OK) status = encode_atoms(state, buffer);
    if (status == QA_OK) status = qa_write_u32(buffer, qa_crc32c_choose()(0, buffer->data, buffer->bytes));
    return status == QA_OK
               ? QA_OK
               : qa_fail(error, status, "a snapshot of %zu bytes could not be made", buffer->bytes);
}

/* --- reading --- */

static qa_status_t decode_fixed(qa_reader_t *reader, qa_snapshot_header_t *header, qa_state_t *state,
                                uint64_t *metadata_version_out)
{
    qa_log_position_t *position = &header->position;
    position->segment = qa_read_u64(reader);
    position->at = qa_read_u64(reader);
    position->sequence = qa_read_u64(reader);
    position->epoch = qa_read_u32(reader);
    position->offset = qa_read_u64(reader);
    position->appended_at_ns = (int64_t)qa_read_u64(reader);
    state->appended_at_ns = (int64_t)qa_read_u64(reader);
    *metadata_version_out = qa_read_u64(reader);
    if (qa_read_u64(reader) != 0) return QA_NEWER_FORMAT;
    const uint8_t *chain = qa_read_bytes(reader, QA_SHA256_BYTES);
    const uint8_t *hash = qa_read_bytes(reader, QA_SHA256_BYTES);
    if (chain == NULL || hash == NULL) return QA_CORRUPT;
    memcpy(position->chain_hash, chain, QA_SHA256_BYTES);
    memcpy(state->chain_hash, chain, QA_SHA256_BYTES);
    memcpy(header->state_hash, hash, QA_SHA256_BYTES);
    state->offset = position->offset;
    return QA_OK;
}

static qa_status_t decode_clients(qa_reader_t *reader, qa_state_t *state)
{
    const uint64_t count = qa_read_varint(reader);
    for (uint64_t i = 0; i < count && !reader->is_bad; i++) {
        qa_client_t client = { 0 };
        const uint8_t *id = qa_read_bytes(reader, QA_CLIENT_ID_BYTES);
        client.sequence = qa_read_varint(reader);
        const uint8_t *hash = qa_read_bytes(reader, QA_SHA256_BYTES);
        if (id == NULL || hash == NULL) break;
        memcpy(client.id, id, QA_CLIENT_ID_BYTES);
        memcpy(client.intent_hash, hash, QA_SHA256_BYTES);
        const qa_status_t status = qa_state_set_client(state, &client);
        if (status != QA_OK) return status;
    }
    return reader->is_bad ? QA_CORRUPT : QA_OK;
}

/* Facts come options and dimensions first; the counters are raised before the first fact that needs them. */
static qa_status_t decode_facts(qa_reader_t *reader, qa_reader_t counts, qa_state_t *state, qa_error_t *error)
{
    bool is_raised = false;
    qa_status_t status = QA_OK;
    for (;;) {
        const uint8_t more = qa_read_u8(reader);
        qa_fact_key_t key = { 0 };
        if (more == 1) (void)qa_fact_key_read(reader, &key);
        if (more > 1 || reader->is_bad)
            return qa_fail(error, QA_CORRUPT, "the facts of a snapshot are malformed");
        if (!is_raised && (more == 0 || (key.table != QA_FACT_APP && key.table != QA_FACT_DIMENSION))) {
            is_raised = true;
            status = qa_model_raise_counts(state->model, &counts, error);
            for (uint16_t d = 0; d < qa_model_dimension_count(state->model) && status == QA_OK; d++)
                status = qa_store_add_dimension(state->store);
            if (status != QA_OK) return status;
        }
        if (more == 0) break;
        if (is_raised && key.table == QA_FACT_DIMENSION)
            return qa_fail(error, QA_CORRUPT, "the facts of a snapshot are out of order");
        uint32_t bytes;
        const uint8_t *value = (const uint8_t *)qa_read_text(reader, &bytes);
        if (reader->is_bad) return qa_fail(error, QA_CORRUPT, "the facts of a snapshot are malformed");
        status = qa_model_write_fact(state->model, &key, value, bytes, error);
        if (status != QA_OK) return status;
    }
    return qa_model_settle(state->model, error);
}

static qa_status_t decode_deleted(qa_reader_t *reader, qa_state_t *state)
{
    while (qa_read_u8(reader) == 1) {
        uint32_t bytes;
        const uint32_t dimension = qa_read_bounded(reader, QA_DIMENSIONS_MAX);
        const uint32_t member = qa_read_bounded(reader, QA_MEMBERS_MAX);
        const char *code = qa_read_text(reader, &bytes);
        if (reader->is_bad) return QA_CORRUPT;
        const qa_status_t status =
            qa_model_set_deleted_code(state->model, (qa_dimension_t)dimension, member, code, bytes);
        if (status != QA_OK) return status;
    }
    return reader->is_bad ? QA_CORRUPT : QA_OK;
}

static bool atom_from_value(const qa_value_t *value, qa_atom_t *atom)
{
    *atom = (qa_atom_t){ .kind = value->kind, .text_bytes = value->text_bytes };
    switch (value->kind) {
    case QA_KIND_DECIMAL:
        atom->units = (int64_t)value->units;
        break;
    case QA_KIND_DOUBLE:
        atom->number = value->number;
        break;
    case QA_KIND_TEXT:
        atom->text = value->text;
        break;
    case QA_KIND_DATE:
        atom->day = value->day;
        break;
    case QA_KIND_BOOLEAN:
        atom->truth = value->truth;
        break;
    default:
        break;
    }
    return value->decimals == 0;
}

static qa_status_t decode_atoms(qa_reader_t *reader, qa_state_t *state)
{
    const uint16_t dimension_count = qa_model_dimension_count(state->model);
    const size_t row_bytes = dimension_count * sizeof(qa_member_t);
    const uint64_t count = qa_read_varint(reader);
    qa_member_t previous[QA_DIMENSIONS_MAX] = { 0 };
    qa_atom_t atoms[64];
    qa_member_t coordinates[64 * QA_DIMENSIONS_MAX];
    uint32_t pending = 0;
    qa_status_t status = QA_OK;
    if (dimension_count == 0 && count > 1) return QA_CORRUPT;
    for (uint64_t i = 0; i < count && status == QA_OK; i++) {
        qa_record_read_coordinate(reader, previous, dimension_count);
        const qa_value_t value = qa_record_read_value(reader);
        if (!atom_from_value(&value, &atoms[pending])) reader->is_bad = true;
        atoms[pending].mask = qa_read_varint(reader);
        atoms[pending].changed_offset = qa_read_varint(reader);
        if (atoms[pending].changed_offset == 0 || atoms[pending].changed_offset > state->offset)
            reader->is_bad = true;
        for (uint16_t d = 0; d < dimension_count; d++) {
            if (previous[d] >= qa_model_dimension(state->model, d)->member_count) reader->is_bad = true;
        }
        if (reader->is_bad) return QA_CORRUPT;
        memcpy(coordinates + (size_t)pending * dimension_count, previous, row_bytes);
        if (++pending < 64 && i + 1 < count) continue;
        status = qa_store_set(state->store, coordinates, atoms, pending, NULL, NULL);
        pending = 0;
    }
    if (status == QA_OK && qa_store_atom_count(state->store) + qa_store_cleared_count(state->store) != count)
        status = QA_CORRUPT;
    return status;
}

qa_status_t qa_snapshot_decode(const uint8_t *data, size_t bytes, const qa_allocator_t *allocator,
                               qa_snapshot_header_t *header_out, qa_state_t **state_out, qa_error_t *error)
{
    *state_out = NULL;
    qa_state_t *state = NULL;
    if (bytes < FIXED_BYTES || memcmp(data, snapshot_magic, sizeof(snapshot_magic)) != 0)
        return qa_fail(error, QA_CORRUPT, "the file is not a snapshot");
    if (data[8 + 2] > SNAPSHOT_MAJOR)
        return qa_fail(error, QA_NEWER_FORMAT, "the snapshot has format %u.%u; install a newer version",
                       data[8], data[9]);
    if (qa_crc32c_choose()(0, data, bytes - 4) != qa_get_u32(data + bytes - 4))
        return qa_fail(error, QA_CORRUPT, "the checksum of a snapshot is wrong");
    qa_reader_t reader = qa_reader_make(data + 12, bytes - 16);
    memcpy(header_out->log_id, qa_read_bytes(&reader, QA_LOG_ID_BYTES), QA_LOG_ID_BYTES);
    header_out->generation = qa_read_u32(&reader);
    qa_status_t status = qa_state_open(&state, allocator, header_out->log_id);
    if (status != QA_OK) return qa_fail_memory(error, "a snapshot");
    uint64_t metadata_version = 0;
    uint8_t hash[QA_SHA256_BYTES];
    status = decode_fixed(&reader, header_out, state, &metadata_version);
    const qa_reader_t counts = reader;
    const uint32_t dimension_count =
        qa_read_bounded(&reader, QA_DIMENSIONS_MAX); /* skip the counters for now */
    for (uint32_t d = 0; d < dimension_count && !reader.is_bad; d++) {
        (void)qa_read_varint(&reader);
        const uint32_t hierarchy_count = qa_read_bounded(&reader, QA_HIERARCHIES_MAX);
        for (uint32_t h = 0; h < hierarchy_count; h++)
            (void)qa_read_varint(&reader);
    }
    if (status == QA_OK) status = decode_clients(&reader, state);
    if (status == QA_OK) status = decode_facts(&reader, counts, state, error);
    if (status == QA_OK) status = decode_deleted(&reader, state);
    if (status == QA_OK) status = decode_atoms(&reader, state);
    if (status == QA_OK && (reader.is_bad || qa_reader_left(&reader) != 0)) status = QA_CORRUPT;
    if (status == QA_OK) {
        qa_model_set_metadata_version(state->model, metadata_version);
        status = qa_state_hash(state, hash);
    }
    if (status == QA_OK && memcmp(hash, header_out->state_hash, sizeof(hash)) != 0) status = QA_DIVERGED;
    if (status != QA_OK) {
        qa_state_close(state);
        return qa_fail(error, status,
                       status == QA_DIVERGED
                           ? "the content of a snapshot does not have the hash that it states"
                           : "the content of a snapshot is malformed");
    }
    *state_out = state;
    return QA_OK;
}
