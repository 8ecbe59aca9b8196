/* The message that the hash of an atom covers: docs/formats/state-hash.md is the definition.
 *
 * It must never depend on the order of atoms, on rows, or on how many dimensions there are beyond those
 * where the atom stands on another member than 0. */
#include <assert.h>

#include "store/rows.h"

/* Local and inline: these run once per id of every atom that is written. */
static inline uint8_t *put(uint8_t *at, uint64_t value, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> (8 * i));
    return at + bytes;
}

uint32_t qa_store_message_head(uint8_t *message_out, const qa_member_t *coordinate, uint16_t dimension_count,
                               uint8_t kind)
{
    uint8_t *at = message_out + 1;
    uint8_t pair_count = 0;
    for (uint16_t d = 0; d < dimension_count; d++) {
        if (coordinate[d] == 0) continue;
        at = put(at, d, 2);
        at = put(at, coordinate[d], 4);
        pair_count++;
    }
    message_out[0] = pair_count;
    *at++ = kind;
    return (uint32_t)(at - message_out);
}

qa_hash128_t qa_store_row_hash(const qa_store_t *store, uint32_t row)
{
    const uint8_t kind = store_kinds(store)[row];
    assert(kind != QA_KIND_MISSING && kind <= QA_KIND_BOOLEAN);
    if (kind == QA_KIND_TEXT) {
        const store_text_t *text = store_text(store, row);
        return qa_hash128(&store->key, text->message, text->message_bytes);
    }
    uint8_t message[STORE_MESSAGE_BYTES];
    uint8_t *at =
        message + qa_store_message_head(message, store_coordinate(store, row), store->dimension_count, kind);
    at = put(at, store_bits(store)[row], 8);
    at = put(at, store_mask(store, row), 8);
    return qa_hash128(&store->key, message, (size_t)(at - message));
}
