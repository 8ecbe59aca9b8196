/* What is inside a block of ledger lines (docs/formats/lines.md): the lines of files behind a load, and what
 * each gives to which cell. The log keeps blocks compressed by the host's codec; this reads and writes the
 * plain form.
 *
 *     qa_lines_writer_t *writer = NULL;
 *     qa_lines_open(&writer, NULL, dimension_count);
 *     qa_lines_begin(writer, file, line_number, text, bytes);
 *     qa_lines_give(writer, coordinate, &value);
 *     const uint8_t *block = qa_lines_block(writer, &bytes); // to compress and to add to an intent
 *     qa_lines_close(writer);
 *
 * A line may give to several cells (several amount columns), and a cell may get from many lines. */
#ifndef QA_LINES_H
#define QA_LINES_H

#include "qa/allocator.h"
#include "qa/model.h"

typedef struct qa_lines_writer qa_lines_writer_t;

/* A writer of blocks for an app of so many dimensions; `allocator` NULL: the default. Close accepts NULL. */
qa_status_t qa_lines_open(qa_lines_writer_t **writer_out, const qa_allocator_t *allocator,
                          uint16_t dimension_count);
void qa_lines_close(qa_lines_writer_t *writer);
/* A line of the load's file number `file`: its 1-based number and its text as it stood there (UTF-8, without
 * line end). */
qa_status_t qa_lines_begin(qa_lines_writer_t *writer, uint32_t file, uint64_t line_number, const char *text,
                           size_t bytes);
/* What the line begun last adds to a cell: a decimal or double (with the sign that the load gave it), or the
 * text, date or boolean it sets. */
qa_status_t qa_lines_give(qa_lines_writer_t *writer, const qa_member_t *coordinate, const qa_value_t *value);
size_t qa_lines_bytes(
    const qa_lines_writer_t *writer); /* of the block so far: start a new one at a few hundred KiB */
/* The plain block; borrowed until the next call on the writer. `reset` starts the next block. */
const uint8_t *qa_lines_block(const qa_lines_writer_t *writer, size_t *bytes_out);
void qa_lines_reset(qa_lines_writer_t *writer);

typedef struct qa_line {
    uint32_t file;
    uint64_t line_number;
    const char *text; /* borrowed from the block, not terminated */
    uint32_t text_bytes;
    qa_value_t given; /* to the cell asked for */
} qa_line_t;
/* Calls `visit` for each gift to a cell that `is_wanted` accepts (NULL: all). QA_CORRUPT for a block that is
 * not one. */
qa_status_t qa_lines_read(const uint8_t *block, size_t bytes, uint16_t dimension_count,
                          bool (*is_wanted)(void *context, const qa_member_t *coordinate),
                          qa_status_t (*visit)(void *context, const qa_member_t *coordinate,
                                               const qa_line_t *line),
                          void *context, qa_error_t *error);

#endif
