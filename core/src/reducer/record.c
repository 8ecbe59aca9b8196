/* Writing and reading the bytes of intents. Reading is safe with any bytes. */
#include "reducer/record.h"

#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "qa/text.h"

qa_status_t qa_record_write_header(qa_buffer_t *buffer, const qa_intent_header_t *header)
{
    qa_status_t status = qa_write_u8(buffer, QA_INTENT_FORMAT);
    if (status == QA_OK) status = qa_write_u8(buffer, 0);
    if (status == QA_OK) status = qa_write_text(buffer, header->app, header->app_bytes);
    if (status == QA_OK) status = qa_write_text(buffer, header->branch, header->branch_bytes);
    if (status == QA_OK) status = qa_buffer_put(buffer, header->client_id, sizeof(header->client_id));
    if (status == QA_OK) status = qa_write_varint(buffer, header->sequence);
    if (status == QA_OK) status = qa_buffer_put(buffer, header->previous_hash, sizeof(header->previous_hash));
    if (status == QA_OK) status = qa_write_varint(buffer, header->base_offset);
    if (status == QA_OK) status = qa_write_varint(buffer, 0); /* dependencies on other apps: none */
    if (status == QA_OK) status = qa_write_signed(buffer, header->authored_at_ns);
    if (status == QA_OK) status = qa_write_text(buffer, header->actor, header->actor_bytes);
    if (status == QA_OK) status = qa_write_text(buffer, header->on_behalf_of, header->on_behalf_bytes);
    if (status == QA_OK) status = qa_write_text(buffer, header->door, header->door_bytes);
    if (status == QA_OK) status = qa_write_varint(buffer, header->metadata_version);
    if (status == QA_OK) status = qa_write_text(buffer, header->reason, header->reason_bytes);
    if (status == QA_OK) status = qa_write_varint(buffer, header->operation_count);
    return status;
}

static const char *read_bounded_text(qa_reader_t *reader, uint32_t *bytes_out, uint32_t bytes_max)
{
    const char *text = qa_read_text(reader, bytes_out);
    if (*bytes_out > bytes_max || !qa_utf8_is_valid(text, *bytes_out)) {
        reader->is_bad = true;
        *bytes_out = 0;
    }
    return text;
}

qa_status_t qa_record_read_header(qa_reader_t *reader, qa_intent_header_t *header_out, qa_error_t *error)
{
    memset(header_out, 0, sizeof(*header_out));
    const uint8_t format = qa_read_u8(reader);
    const uint8_t flags = qa_read_u8(reader);
    if (!reader->is_bad && (format != QA_INTENT_FORMAT || flags != 0))
        return qa_fail(error, QA_NEWER_FORMAT,
                       "an intent has format %u.%u, this version reads %d.0; install a newer version", format,
                       flags, QA_INTENT_FORMAT);
    header_out->app = read_bounded_text(reader, &header_out->app_bytes, QA_NAME_BYTES_MAX);
    header_out->branch = read_bounded_text(reader, &header_out->branch_bytes, QA_NAME_BYTES_MAX);
    const uint8_t *id = qa_read_bytes(reader, QA_CLIENT_ID_BYTES);
    if (id != NULL) memcpy(header_out->client_id, id, QA_CLIENT_ID_BYTES);
    header_out->sequence = qa_read_varint(reader);
    const uint8_t *hash = qa_read_bytes(reader, QA_SHA256_BYTES);
    if (hash != NULL) memcpy(header_out->previous_hash, hash, QA_SHA256_BYTES);
    header_out->base_offset = qa_read_varint(reader);
    const uint32_t dependency_count = qa_read_bounded(reader, 64);
    for (uint32_t i = 0; i < dependency_count; i++) {
        uint32_t bytes;
        (void)read_bounded_text(reader, &bytes, QA_NAME_BYTES_MAX);
        (void)qa_read_varint(reader);
    }
    header_out->authored_at_ns = qa_read_signed(reader);
    header_out->actor = read_bounded_text(reader, &header_out->actor_bytes, QA_ACTOR_BYTES_MAX);
    header_out->on_behalf_of = read_bounded_text(reader, &header_out->on_behalf_bytes, QA_ACTOR_BYTES_MAX);
    header_out->door = read_bounded_text(reader, &header_out->door_bytes, QA_ACTOR_BYTES_MAX);
    header_out->metadata_version = qa_read_varint(reader);
    header_out->reason = read_bounded_text(reader, &header_out->reason_bytes, QA_REASON_BYTES_MAX);
    header_out->operation_count = qa_read_bounded(reader, UINT32_MAX);
    if (reader->is_bad) return qa_fail(error, QA_CORRUPT, "the header of an intent is malformed");
    return QA_OK;
}

bool qa_record_next_operation(qa_reader_t *reader, uint8_t *code_out, qa_reader_t *payload_out)
{
    *code_out = qa_read_u8(reader);
    const uint64_t bytes = qa_read_varint(reader);
    if (reader->is_bad || bytes > qa_reader_left(reader)) {
        reader->is_bad = true;
        return false;
    }
    *payload_out = qa_reader_make(qa_read_bytes(reader, (size_t)bytes), (size_t)bytes);
    return true;
}

const char *qa_operation_words(uint8_t code)
{
    switch (code) {
#define QA_OPERATION(NAME, CODE, WORDS)                                                                      \
    case CODE:                                                                                               \
        return WORDS;
#include "reducer/operations.def"
#undef QA_OPERATION
    default:
        return "unknown operation";
    }
}

/* --- cells --- */

static uint64_t reference_of(qa_member_t id)
{
    return (id & QA_NEW) != 0 ? (uint64_t)(id & ~QA_NEW) << 2 | QA_REFERENCE_NEW : (uint64_t)id << 2;
}

qa_status_t qa_record_write_coordinate(qa_buffer_t *buffer, const qa_member_t *coordinate,
                                       qa_member_t *previous, uint16_t dimension_count)
{
    uint64_t changed = 0;
    for (uint16_t d = 0; d < dimension_count; d++)
        changed |= (uint64_t)(coordinate[d] != previous[d]) << d;
    qa_status_t status = qa_write_varint(buffer, changed);
    for (uint16_t d = 0; d < dimension_count && status == QA_OK; d++) {
        if ((changed >> d & 1u) == 0) continue;
        status = qa_write_varint(buffer, reference_of(coordinate[d]));
        previous[d] = coordinate[d];
    }
    return status;
}

void qa_record_read_coordinate(qa_reader_t *reader, qa_member_t *previous, uint16_t dimension_count)
{
    const uint64_t changed = qa_read_varint(reader);
    if (dimension_count < 64 && changed >> dimension_count != 0) reader->is_bad = true;
    for (uint16_t d = 0; d < dimension_count && !reader->is_bad; d++) {
        if ((changed >> d & 1u) == 0) continue;
        const uint64_t reference = qa_read_varint(reader);
        if (reference >> 2 > QA_MEMBERS_MAX || (reference & 3u) > QA_REFERENCE_NEW) reader->is_bad = true;
        previous[d] = (qa_member_t)(reference >> 2) | ((reference & 3u) == QA_REFERENCE_NEW ? QA_NEW : 0);
    }
}

qa_status_t qa_record_write_value(qa_buffer_t *buffer, const qa_value_t *value)
{
    qa_status_t status = qa_write_u8(buffer, (uint8_t)(value->kind | value->decimals << 3));
    uint64_t bits = 0;
    if (status != QA_OK) return status;
    switch (value->kind) {
    case QA_KIND_MISSING:
        return QA_OK;
    case QA_KIND_DECIMAL:
        return qa_write_signed(buffer, (int64_t)value->units);
    case QA_KIND_DOUBLE:
        memcpy(&bits, &value->number, sizeof(bits));
        return qa_write_u64(buffer, bits);
    case QA_KIND_TEXT:
        return qa_write_text(buffer, value->text, value->text_bytes);
    case QA_KIND_DATE:
        return qa_write_signed(buffer, value->day);
    default:
        return qa_write_u8(buffer, value->truth);
    }
}

qa_value_t qa_record_read_value(qa_reader_t *reader)
{
    qa_value_t value = { 0 };
    const uint8_t code = qa_read_u8(reader);
    uint64_t bits = 0;
    int64_t day = 0;
    value.kind = code & 7u;
    const uint8_t decimals = code >> 3;
    if (value.kind != QA_KIND_DECIMAL && decimals != 0) reader->is_bad = true;
    switch (value.kind) {
    case QA_KIND_MISSING:
        break;
    case QA_KIND_DECIMAL:
        value.decimals = decimals;
        value.units = qa_read_signed(reader);
        if (decimals > 18) reader->is_bad = true;
        break;
    case QA_KIND_DOUBLE:
        bits = qa_read_u64(reader);
        memcpy(&value.number, &bits, sizeof(bits));
        if ((bits >> 52 & 0x7FFu) == 0x7FFu || bits == (uint64_t)1 << 63)
            reader->is_bad = true; /* not finite, -0 */
        break;
    case QA_KIND_TEXT:
        value.text = qa_read_text(reader, &value.text_bytes);
        if (value.text_bytes > QA_TEXT_BYTES_MAX || !qa_utf8_is_valid(value.text, value.text_bytes) ||
            qa_utf16_units(value.text, value.text_bytes) > QA_TEXT_UNITS_MAX)
            reader->is_bad = true;
        break;
    case QA_KIND_DATE:
        day = qa_read_signed(reader);
        if (day < INT32_MIN || day > INT32_MAX) reader->is_bad = true;
        value.day = (int32_t)day;
        break;
    case QA_KIND_BOOLEAN: {
        const uint8_t truth = qa_read_u8(reader);
        if (truth > 1) reader->is_bad = true;
        value.truth = truth == 1;
        break;
    }
    default:
        reader->is_bad = true;
        break;
    }
    if (reader->is_bad) value = (qa_value_t){ 0 };
    return value;
}

/* --- loads --- */

qa_status_t qa_record_write_load(qa_buffer_t *buffer, const qa_load_t *load, const qa_member_t *created,
                                 uint32_t created_count)
{
    qa_status_t status = qa_write_varint(buffer, load->file_count);
    for (uint32_t i = 0; i < load->file_count && status == QA_OK; i++) {
        const qa_load_file_t *file = &load->files[i];
        status = qa_write_text(buffer, file->name, file->name_bytes);
        if (status == QA_OK) status = qa_buffer_put(buffer, file->sha256, sizeof(file->sha256));
        if (status == QA_OK) status = qa_write_varint(buffer, file->line_count);
    }
    if (status == QA_OK) status = qa_write_u8(buffer, load->has_slice);
    if (status == QA_OK) status = qa_write_varint(buffer, load->has_slice ? load->dimension_count : 0);
    const qa_member_t *member = load->slice_members;
    for (uint16_t d = 0; load->has_slice && d < load->dimension_count && status == QA_OK; d++) {
        status = qa_write_varint(buffer, load->slice_counts[d]);
        for (uint32_t i = 0; i < load->slice_counts[d] && status == QA_OK; i++)
            status = qa_write_varint(buffer, reference_of(*member++));
    }
    if (status == QA_OK) status = qa_write_varint(buffer, load->same_lines_as);
    if (status == QA_OK) status = qa_write_varint(buffer, created_count);
    for (uint32_t i = 0; i < created_count && status == QA_OK; i++)
        status = qa_write_varint(buffer, created[i]);
    return status;
}
