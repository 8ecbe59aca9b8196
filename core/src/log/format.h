/* The bytes of the delta log: segment headers and frame headers. docs/formats/delta-log.md is the
 * specification. Only encodes and decodes; reads no file. */
#ifndef QA_LOG_FORMAT_H
#define QA_LOG_FORMAT_H

#include "base/crc32c.h"
#include "log/log.h"
#include "qa/limits.h"

enum {
    QA_LOG_VERSION_MAJOR = 1,
    QA_LOG_REDUCER_VERSION = 1, /* the newest rules that this code applies */
    QA_LOG_VERSION_MINOR = 0,
    QA_SECTOR_BYTES = 512,
    QA_SEGMENT_HEADER_BYTES = 512,  /* in the file */
    QA_SEGMENT_CHECKED_BYTES = 128, /* of them with content */
    QA_SEGMENT_BYTES_MIN = 4096,
    QA_SEGMENT_BYTES_MAX = 64 << 20,
    QA_FRAME_HEADER_BYTES = 40,
    QA_FRAME_ALIGNMENT = 8,
    QA_BEGIN_BYTES = 16,
    QA_EPOCH_BYTES = 64,
    QA_CHECK_BYTES = 72
};

typedef enum qa_frame_kind {
    QA_FRAME_INTENT = 1,
    QA_FRAME_BEGIN = 2,
    QA_FRAME_PART = 3,
    QA_FRAME_COMMIT = 4,
    QA_FRAME_EPOCH = 5,
    QA_FRAME_CHECK = 6
} qa_frame_kind_t;

typedef struct qa_segment_header {
    uint16_t major;
    uint16_t minor;
    uint16_t smallest_reader;
    uint8_t id[QA_LOG_ID_BYTES];
    uint32_t generation;
    uint32_t segment_bytes;
    uint64_t first_offset;
    uint64_t first_sequence;
    uint32_t epoch;
    uint32_t reducer_version; /* of the rules by which the intents of this segment apply */
    int64_t appended_at_ns;
    uint8_t chain_hash[QA_SHA256_BYTES];
    uint32_t checksum; /* made by encode, found by decode; the frames' checksums begin with it */
} qa_segment_header_t;

typedef enum qa_header_state {
    QA_HEADER_GOOD,
    QA_HEADER_BAD,  /* not a segment, or damaged */
    QA_HEADER_NEWER /* whole, but for a later version */
} qa_header_state_t;

void qa_segment_header_encode(qa_segment_header_t *header, qa_crc32c_t *crc32c,
                              uint8_t data_out[QA_SEGMENT_HEADER_BYTES]);
/* Looks at QA_SEGMENT_CHECKED_BYTES of `data`. */
qa_header_state_t qa_segment_header_decode(qa_segment_header_t *header_out, qa_crc32c_t *crc32c,
                                           const uint8_t *data);

typedef struct qa_frame {
    uint32_t length;
    uint32_t checksum;
    uint64_t sequence;
    uint32_t epoch;
    uint8_t kind;
    uint8_t flags;
    uint16_t reserved;
    uint64_t durable_sequence;
    int64_t appended_at_ns;
} qa_frame_t;

void qa_frame_decode(qa_frame_t *frame_out, const uint8_t data[QA_FRAME_HEADER_BYTES]);
/* Writes the header; `frame->checksum` must have been set. */
void qa_frame_encode(const qa_frame_t *frame, uint8_t data_out[QA_FRAME_HEADER_BYTES]);
/* Of a header as it stands in the file, before its payload is added with `crc32c`. */
uint32_t qa_frame_checksum_begin(qa_crc32c_t *crc32c, uint32_t segment_checksum,
                                 const uint8_t data[QA_FRAME_HEADER_BYTES]);
/* True if the header is one that a writer of this version could have made. */
bool qa_frame_is_plausible(const qa_frame_t *frame);

/* Where a frame that comes after `at` starts: aligned, its header within one sector. */
uint64_t qa_frame_start(uint64_t at);
/* What a frame with this payload takes, padding behind it included. */
uint64_t qa_frame_bytes(uint64_t length);

#endif
