/* Hostile bytes as a snapshot: refused without a trace, or a state that keeps every invariant and encodes to
 * a snapshot that decodes to the same hash. The checksum is mended first, so that the inside is reached. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "history/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true, const char *what)
{
    if (is_true) return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    qa_snapshot_header_t header = { 0 }, again = { 0 };
    qa_state_t *state = NULL, *copy = NULL;
    qa_error_t error;
    if (size < 4 || size > 1 << 20) return 0;
    uint8_t *mended = malloc(size);
    if (mended == NULL) return 0;
    memcpy(mended, data, size);
    qa_put_u32(mended + size - 4, qa_crc32c_choose()(0, mended, size - 4));
    if (qa_snapshot_decode(mended, size, &qa_allocator_default, &header, &state, &error) == QA_OK) {
        qa_buffer_t buffer;
        qa_buffer_make(&buffer, &qa_allocator_default, 1 << 26);
        must(qa_snapshot_encode(state, &header, &buffer, &error) == QA_OK, "encode");
        must(qa_snapshot_decode(buffer.data, buffer.bytes, &qa_allocator_default, &again, &copy, &error) ==
                 QA_OK,
             error.message);
        must(memcmp(header.state_hash, again.state_hash, sizeof(header.state_hash)) == 0, "another hash");
        qa_buffer_release(&buffer);
    }
    qa_state_close(copy);
    qa_state_close(state);
    free(mended);
    return 0;
}
