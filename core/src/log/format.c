/* Encoding of segment and frame headers; see format.h. */
#include "log/format.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"

static const uint8_t magic[8] = { 'Q', 'A', 'L', 'O', 'G', '\r', '\n', 0x1A };

enum { HEADER_CHECKSUM_AT = 124 };

void qa_segment_header_encode(qa_segment_header_t *header, qa_crc32c_t *crc32c,
                              uint8_t data_out[QA_SEGMENT_HEADER_BYTES])
{
    memset(data_out, 0, QA_SEGMENT_HEADER_BYTES);
    memcpy(data_out, magic, sizeof(magic));
    qa_put_u16(data_out + 8, header->major);
    qa_put_u16(data_out + 10, header->minor);
    qa_put_u16(data_out + 12, header->smallest_reader);
    memcpy(data_out + 16, header->id, QA_LOG_ID_BYTES);
    qa_put_u32(data_out + 32, header->generation);
    qa_put_u32(data_out + 36, header->segment_bytes);
    qa_put_u64(data_out + 40, header->first_offset);
    qa_put_u64(data_out + 48, header->first_sequence);
    qa_put_u32(data_out + 56, header->epoch);
    qa_put_u32(data_out + 60, header->reducer_version);
    qa_put_u64(data_out + 64, (uint64_t)header->appended_at_ns);
    memcpy(data_out + 72, header->chain_hash, QA_SHA256_BYTES);
    header->checksum = crc32c(0, data_out, HEADER_CHECKSUM_AT);
    qa_put_u32(data_out + HEADER_CHECKSUM_AT, header->checksum);
}

qa_header_state_t qa_segment_header_decode(qa_segment_header_t *header_out, qa_crc32c_t *crc32c,
                                           const uint8_t *data)
{
    memset(header_out, 0, sizeof(*header_out));
    if (memcmp(data, magic, sizeof(magic)) != 0) return QA_HEADER_BAD;
    header_out->checksum = qa_get_u32(data + HEADER_CHECKSUM_AT);
    if (crc32c(0, data, HEADER_CHECKSUM_AT) != header_out->checksum) return QA_HEADER_BAD;
    header_out->major = qa_get_u16(data + 8);
    header_out->minor = qa_get_u16(data + 10);
    header_out->smallest_reader = qa_get_u16(data + 12);
    if (header_out->smallest_reader > QA_LOG_VERSION_MAJOR) return QA_HEADER_NEWER;
    memcpy(header_out->id, data + 16, QA_LOG_ID_BYTES);
    header_out->generation = qa_get_u32(data + 32);
    header_out->segment_bytes = qa_get_u32(data + 36);
    header_out->first_offset = qa_get_u64(data + 40);
    header_out->first_sequence = qa_get_u64(data + 48);
    header_out->epoch = qa_get_u32(data + 56);
    header_out->reducer_version = qa_get_u32(data + 60);
    if (header_out->reducer_version > QA_LOG_REDUCER_VERSION) return QA_HEADER_NEWER;
    header_out->appended_at_ns = (int64_t)qa_get_u64(data + 64);
    memcpy(header_out->chain_hash, data + 72, QA_SHA256_BYTES);
    if (header_out->segment_bytes < QA_SEGMENT_BYTES_MIN || header_out->segment_bytes > QA_SEGMENT_BYTES_MAX)
        return QA_HEADER_BAD;
    if (header_out->first_offset == 0 || header_out->first_sequence == 0 || header_out->reducer_version == 0)
        return QA_HEADER_BAD;
    return QA_HEADER_GOOD;
}

void qa_frame_decode(qa_frame_t *frame_out, const uint8_t data[QA_FRAME_HEADER_BYTES])
{
    frame_out->length = qa_get_u32(data);
    frame_out->checksum = qa_get_u32(data + 4);
    frame_out->sequence = qa_get_u64(data + 8);
    frame_out->epoch = qa_get_u32(data + 16);
    frame_out->kind = data[20];
    frame_out->flags = data[21];
    frame_out->reserved = qa_get_u16(data + 22);
    frame_out->durable_sequence = qa_get_u64(data + 24);
    frame_out->appended_at_ns = (int64_t)qa_get_u64(data + 32);
}

void qa_frame_encode(const qa_frame_t *frame, uint8_t data_out[QA_FRAME_HEADER_BYTES])
{
    assert(frame->length <= QA_FRAME_PAYLOAD_BYTES_MAX);
    assert(frame->durable_sequence < frame->sequence);
    qa_put_u32(data_out, frame->length);
    qa_put_u32(data_out + 4, frame->checksum);
    qa_put_u64(data_out + 8, frame->sequence);
    qa_put_u32(data_out + 16, frame->epoch);
    data_out[20] = frame->kind;
    data_out[21] = frame->flags;
    qa_put_u16(data_out + 22, frame->reserved);
    qa_put_u64(data_out + 24, frame->durable_sequence);
    qa_put_u64(data_out + 32, (uint64_t)frame->appended_at_ns);
}

uint32_t qa_frame_checksum_begin(qa_crc32c_t *crc32c, uint32_t segment_checksum,
                                 const uint8_t data[QA_FRAME_HEADER_BYTES])
{
    uint8_t start[8];
    qa_put_u32(start, segment_checksum);
    memcpy(start + 4, data, 4);
    return crc32c(crc32c(0, start, sizeof(start)), data + 8, QA_FRAME_HEADER_BYTES - 8);
}

bool qa_frame_is_plausible(const qa_frame_t *frame)
{
    return frame->length <= QA_FRAME_PAYLOAD_BYTES_MAX && frame->kind >= QA_FRAME_INTENT &&
           frame->kind <= QA_FRAME_CHECK && frame->flags == 0 && frame->reserved == 0 &&
           frame->durable_sequence < frame->sequence;
}

uint64_t qa_frame_start(uint64_t at)
{
    const uint64_t aligned = (at + QA_FRAME_ALIGNMENT - 1) / QA_FRAME_ALIGNMENT * QA_FRAME_ALIGNMENT;
    const uint64_t left = QA_SECTOR_BYTES - aligned % QA_SECTOR_BYTES;
    return left >= QA_FRAME_HEADER_BYTES ? aligned : aligned + left;
}

uint64_t qa_frame_bytes(uint64_t length)
{
    return (QA_FRAME_HEADER_BYTES + length + QA_FRAME_ALIGNMENT - 1) / QA_FRAME_ALIGNMENT *
           QA_FRAME_ALIGNMENT;
}
