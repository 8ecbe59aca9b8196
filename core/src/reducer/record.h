/* The bytes of an intent: header and operations. Format: docs/formats/intent.md. */
#ifndef QA_RECORD_H
#define QA_RECORD_H

#include "base/bytes.h"
#include "platform/platform.h"
#include "qa/intent.h"

typedef enum qa_operation {
#define QA_OPERATION(NAME, CODE, WORDS) QA_OPERATION_##NAME = (CODE),
#include "reducer/operations.def"
#undef QA_OPERATION
} qa_operation_t;

enum { QA_INTENT_FORMAT = 1, QA_CLIENT_ID_BYTES = 16, QA_ACTOR_BYTES_MAX = 255, QA_REASON_BYTES_MAX = 4096 };

/* What stands before the operations. Texts are borrowed from the record, not terminated. */
typedef struct qa_intent_header {
    const char *app, *branch, *actor, *on_behalf_of, *door, *reason;
    uint32_t app_bytes, branch_bytes, actor_bytes, on_behalf_bytes, door_bytes, reason_bytes;
    uint8_t client_id[QA_CLIENT_ID_BYTES];
    uint64_t sequence; /* 1 for a client's first intent */
    uint8_t
        previous_hash[QA_SHA256_BYTES]; /* SHA-256 of this client's previous intent; zeros for the first */
    uint64_t base_offset;               /* what the author had seen */
    int64_t authored_at_ns;
    uint64_t metadata_version;
    uint32_t operation_count;
} qa_intent_header_t;

qa_status_t qa_record_write_header(qa_buffer_t *buffer, const qa_intent_header_t *header);
/* Reads the header; the reader then stands on the first operation. QA_NEWER_FORMAT, QA_CORRUPT. */
qa_status_t qa_record_read_header(qa_reader_t *reader, qa_intent_header_t *header_out, qa_error_t *error);
/* The next operation's code and payload. */
bool qa_record_next_operation(qa_reader_t *reader, uint8_t *code_out, qa_reader_t *payload_out);
const char *qa_operation_words(uint8_t code);

/* A reference to a thing by id, or to the n-th that this intent creates: (value << 2 | tag), tag 0 and 1. Tag
 * 2 (then sequence and n) is kept for things created by an earlier intent of the same client that is still
 * pending. */
enum { QA_REFERENCE_ID = 0, QA_REFERENCE_NEW = 1, QA_REFERENCE_PENDING = 2 };

/* Cells: coordinates as differences to the cell before, and values. `previous` has dimension_count
 * references, all 0 at the beginning of an operation. */
qa_status_t qa_record_write_coordinate(qa_buffer_t *buffer, const qa_member_t *coordinate,
                                       qa_member_t *previous, uint16_t dimension_count);
void qa_record_read_coordinate(qa_reader_t *reader, qa_member_t *previous,
                               uint16_t dimension_count); /* ids may carry QA_NEW */
qa_status_t qa_record_write_value(qa_buffer_t *buffer, const qa_value_t *value);
qa_value_t qa_record_read_value(qa_reader_t *reader); /* text borrowed from the record */

/* The inside of an intent under construction, for the lattice. */
const qa_buffer_t *qa_intent_operations(const qa_intent_t *intent);
const char *qa_intent_reason(const qa_intent_t *intent, uint32_t *bytes_out);

/* A load's description, in an operation (references) and in a fact (ids). */
qa_status_t qa_record_write_load(qa_buffer_t *buffer, const qa_load_t *load, const qa_member_t *created,
                                 uint32_t created_count);

#endif
