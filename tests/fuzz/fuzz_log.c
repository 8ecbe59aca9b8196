/* A log whose segment has hostile bytes: reading, seeking and continuing it never crash, hang, or take memory
 * by a hostile length. The input is the body of a segment; the header's checksum, and with the first byte odd
 * that of the first frames, are mended so that the fuzzer gets behind them. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "log/format.h"
#include "platform/fake/fake_system.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SEGMENT_BYTES = 65536, MEMORY_FACTOR_MAX = 8, MENDED_FRAMES_MAX = 64 };

typedef struct counter {
    size_t bytes;
    size_t bytes_max;
} counter_t;

static void *counting_resize(void *context, void *block, size_t old_bytes, size_t new_bytes)
{
    counter_t *counter = context;
    void *result = realloc(block, new_bytes);
    if (result != NULL) counter->bytes += new_bytes - old_bytes;
    if (counter->bytes > counter->bytes_max) counter->bytes_max = counter->bytes;
    return result;
}

static void counting_release(void *context, void *block, size_t bytes)
{
    counter_t *counter = context;
    counter->bytes -= bytes;
    free(block);
}

/* Gives the frames in a row valid checksums; the rest of them stays as hostile as it is. */
static void mend_frames(uint8_t *segment, size_t bytes, uint32_t segment_checksum)
{
    uint64_t at = QA_SEGMENT_HEADER_BYTES;
    for (int i = 0; i < MENDED_FRAMES_MAX; i++) {
        at = qa_frame_start(at);
        if (at + QA_FRAME_HEADER_BYTES > bytes) return;
        const uint64_t length = qa_get_u32(segment + at);
        if (length > bytes - at - QA_FRAME_HEADER_BYTES) return;
        const uint32_t begun = qa_frame_checksum_begin(qa_crc32c_portable, segment_checksum, segment + at);
        const uint32_t checksum =
            qa_crc32c_portable(begun, segment + at + QA_FRAME_HEADER_BYTES, (size_t)length);
        qa_put_u32(segment + at + 4, checksum);
        at += qa_frame_bytes(length);
    }
}

static size_t make_segment(uint8_t *segment, const uint8_t *data, size_t size)
{
    memset(segment, 0, QA_SEGMENT_HEADER_BYTES);
    if (size > SEGMENT_BYTES) size = SEGMENT_BYTES;
    memcpy(segment, data, size);
    if (size < QA_SEGMENT_CHECKED_BYTES) return size;
    qa_put_u32(segment + 124, qa_crc32c_portable(0, segment, 124));
    if (data[size - 1] % 2 == 1) mend_frames(segment, size, qa_get_u32(segment + 124));
    return size;
}

/* Every byte of a record must be there: a sanitizer sees the read beyond. */
static void touch(const qa_log_record_t *record)
{
    volatile uint8_t sum = 0;
    for (size_t i = 0; i < record->bytes; i++)
        sum = (uint8_t)(sum + record->data[i]);
}

static void use(const qa_system_t *system, const qa_allocator_t *allocator, bool is_writer)
{
    const qa_log_options_t options = { .allocator = allocator,
                                       .system = system,
                                       .folder = "/app",
                                       .is_read_only = !is_writer,
                                       .segment_bytes = SEGMENT_BYTES };
    qa_log_t *log = NULL;
    qa_log_record_t record;
    qa_error_t error;
    qa_log_position_t position;
    if (qa_log_open(&log, &options, &error) != QA_OK) return;
    if (is_writer) qa_log_lock(log, 0, &error);
    qa_status_t status;
    while ((status = qa_log_next(log, &record, &error)) == QA_OK)
        touch(&record);
    qa_log_tell(log, &position);
    if (status == QA_MISSING_INPUT && is_writer) {
        const qa_span_t span = { "next", 4 };
        if (qa_log_append(log, &span, 1, 0, NULL, &error) == QA_OK) {
            qa_log_position_t before = position;
            status = qa_log_sync(log, &error);
            assert(status == QA_OK);
            status = qa_log_seek(log, &before, &error);
            assert(status == QA_OK || status == QA_NO_SUCH_OFFSET);
        }
    } else {
        qa_log_seek(log, &position, &error);
    }
    qa_log_close(log);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t segment[SEGMENT_BYTES];
    counter_t counter = { 0, 0 };
    const qa_allocator_t allocator = { counting_resize, counting_release, &counter };
    qa_fake_system_t *fake = qa_fake_open(1);
    if (fake == NULL) return 0;
    const qa_system_t system = qa_fake_table(fake);
    const size_t bytes = make_segment(segment, data, size);
    if (qa_fake_put_file(fake, "/app/log/0000000000000001.log", segment, bytes) == QA_OK) {
        use(&system, &allocator, false);
        use(&system, &allocator, true);
        use(&system, &allocator, false);
    }
    if (counter.bytes != 0 || counter.bytes_max > MEMORY_FACTOR_MAX * (size_t)(256 << 10)) abort();
    qa_fake_close(fake);
    return 0;
}
