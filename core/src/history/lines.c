/* Blocks of ledger lines (docs/formats/lines.md): lines of files, and what each gives to which cell. Cells
 * stand in a table of fixed width, so that a reader needs no memory. What it must never do: trust a length it
 * reads. */
#include "qa/lines.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/hash.h"
#include "qa/limits.h"

enum { MAGIC = 0x4C, VERSION = 1, HEAD_BYTES = 12, BLOCK_BYTES_MAX = 256 << 20 };

struct qa_lines_writer {
    const qa_allocator_t *allocator;
    uint16_t dimension_count;
    qa_buffer_t cells;
    uint32_t cell_count;
    uint32_t *slots; /* cell + 1; 0 is free; at most half full */
    uint32_t slot_count;
    qa_buffer_t lines; /* finished ones */
    uint32_t line_count;
    uint64_t line_number; /* of the line begun last */
    bool is_begun;
    qa_buffer_t gifts; /* of the line begun last */
    uint32_t gift_count;
    qa_buffer_t block;
};

qa_status_t qa_lines_open(qa_lines_writer_t **writer_out, const qa_allocator_t *allocator,
                          uint16_t dimension_count)
{
    *writer_out = NULL;
    if (dimension_count == 0 || dimension_count > QA_DIMENSIONS_MAX) return QA_INVALID;
    if (allocator == NULL) allocator = &qa_allocator_default;
    qa_lines_writer_t *writer = qa_memory_take(allocator, sizeof(*writer));
    if (writer == NULL) return QA_NO_MEMORY;
    writer->allocator = allocator;
    writer->dimension_count = dimension_count;
    qa_buffer_make(&writer->cells, allocator, BLOCK_BYTES_MAX);
    qa_buffer_make(&writer->lines, allocator, BLOCK_BYTES_MAX);
    qa_buffer_make(&writer->gifts, allocator, BLOCK_BYTES_MAX);
    qa_buffer_make(&writer->block, allocator, BLOCK_BYTES_MAX);
    *writer_out = writer;
    return QA_OK;
}

void qa_lines_close(qa_lines_writer_t *writer)
{
    if (writer == NULL) return;
    qa_buffer_release(&writer->cells);
    qa_buffer_release(&writer->lines);
    qa_buffer_release(&writer->gifts);
    qa_buffer_release(&writer->block);
    qa_memory_give(writer->allocator, writer->slots, writer->slot_count * sizeof(*writer->slots));
    qa_memory_give(writer->allocator, writer, sizeof(*writer));
}

void qa_lines_reset(qa_lines_writer_t *writer)
{
    qa_buffer_clear(&writer->cells);
    qa_buffer_clear(&writer->lines);
    qa_buffer_clear(&writer->gifts);
    if (writer->slots != NULL) memset(writer->slots, 0, writer->slot_count * sizeof(*writer->slots));
    writer->cell_count = 0;
    writer->line_count = 0;
    writer->line_number = 0;
    writer->is_begun = false;
    writer->gift_count = 0;
}

size_t qa_lines_bytes(const qa_lines_writer_t *writer)
{
    return writer->cells.bytes + writer->lines.bytes + writer->gifts.bytes;
}

/* Puts the gifts of the line begun last behind its text. */
static qa_status_t finish_line(qa_lines_writer_t *writer)
{
    if (!writer->is_begun) return QA_OK;
    qa_status_t status = qa_buffer_reserve(&writer->lines, writer->gifts.bytes + 10);
    if (status != QA_OK) return status;
    status = qa_write_varint(&writer->lines, writer->gift_count);
    if (status == QA_OK && writer->gifts.bytes > 0) {
        status = qa_buffer_put(&writer->lines, writer->gifts.data, writer->gifts.bytes);
    }
    qa_buffer_clear(&writer->gifts);
    writer->gift_count = 0;
    writer->is_begun = false;
    return status;
}

qa_status_t qa_lines_begin(qa_lines_writer_t *writer, uint32_t file, uint64_t line_number, const char *text,
                           size_t bytes)
{
    if (bytes > QA_LINE_BYTES_MAX) return QA_LIMIT;
    qa_status_t status = finish_line(writer);
    if (status == QA_OK) status = qa_buffer_reserve(&writer->lines, bytes + 30);
    if (status != QA_OK) return status;
    status = qa_write_varint(&writer->lines, file);
    if (status == QA_OK) {
        status = qa_write_signed(&writer->lines, (int64_t)(line_number - writer->line_number));
    }
    if (status == QA_OK) status = qa_write_text(&writer->lines, text, bytes);
    if (status != QA_OK) return status;
    writer->line_number = line_number;
    writer->line_count++;
    writer->is_begun = true;
    return QA_OK;
}

/* Coordinates as they stand in the block. */
static void encode_cell(const qa_lines_writer_t *writer, const qa_member_t *coordinate, uint8_t *target)
{
    for (uint16_t d = 0; d < writer->dimension_count; d++)
        qa_put_u32(target + 4 * (size_t)d, coordinate[d]);
}

static uint32_t find_slot(const qa_lines_writer_t *writer, const uint8_t *cell)
{
    const size_t bytes = 4 * (size_t)writer->dimension_count;
    const uint32_t mask = writer->slot_count - 1;
    uint32_t slot = (uint32_t)qa_hash64(cell, bytes) & mask;
    while (writer->slots[slot] != 0 &&
           memcmp(writer->cells.data + (writer->slots[slot] - 1) * bytes, cell, bytes) != 0)
        slot = (slot + 1) & mask;
    return slot;
}

static qa_status_t grow_slots(qa_lines_writer_t *writer)
{
    const uint32_t wanted = writer->slot_count == 0 ? 256 : writer->slot_count * 2;
    uint32_t *slots = qa_memory_take(writer->allocator, wanted * sizeof(*slots));
    if (slots == NULL) return QA_NO_MEMORY;
    qa_memory_give(writer->allocator, writer->slots, writer->slot_count * sizeof(*slots));
    writer->slots = slots;
    writer->slot_count = wanted;
    for (uint32_t i = 0; i < writer->cell_count; i++)
        slots[find_slot(writer, writer->cells.data + i * 4 * (size_t)writer->dimension_count)] = i + 1;
    return QA_OK;
}

/* Index of the cell in the block's table. */
static qa_status_t find_cell(qa_lines_writer_t *writer, const qa_member_t *coordinate, uint32_t *index_out)
{
    uint8_t cell[4 * QA_DIMENSIONS_MAX];
    qa_status_t status = QA_OK;
    encode_cell(writer, coordinate, cell);
    if ((writer->cell_count + 1) * 2 > writer->slot_count) status = grow_slots(writer);
    if (status != QA_OK) return status;
    const uint32_t slot = find_slot(writer, cell);
    if (writer->slots[slot] == 0) {
        status = qa_buffer_put(&writer->cells, cell, 4 * (size_t)writer->dimension_count);
        if (status != QA_OK) return status;
        writer->slots[slot] = ++writer->cell_count;
    }
    *index_out = writer->slots[slot] - 1;
    return QA_OK;
}

static qa_status_t write_value(qa_buffer_t *buffer, const qa_value_t *value)
{
    uint64_t bits = 0;
    qa_status_t status = qa_write_u8(
        buffer, (uint8_t)(value->kind | (value->kind == QA_KIND_DECIMAL ? value->decimals : 0) << 4));
    if (status != QA_OK) return status;
    switch (value->kind) {
    case QA_KIND_DECIMAL:
        return qa_write_signed(buffer, (int64_t)value->units);
    case QA_KIND_DOUBLE:
        memcpy(&bits, &value->number, sizeof(bits));
        return qa_write_u64(buffer, bits);
    case QA_KIND_TEXT:
        return qa_write_text(buffer, value->text, value->text_bytes);
    case QA_KIND_DATE:
        return qa_write_signed(buffer, value->day);
    case QA_KIND_BOOLEAN:
        return qa_write_u8(buffer, value->truth ? 1 : 0);
    default:
        return QA_OK;
    }
}

qa_status_t qa_lines_give(qa_lines_writer_t *writer, const qa_member_t *coordinate, const qa_value_t *value)
{
    uint32_t cell = 0;
    assert(writer->is_begun);
    if (value->kind > QA_KIND_BOOLEAN) return QA_INVALID;
    if (value->kind == QA_KIND_DECIMAL &&
        (value->decimals > QA_DECIMALS_MAX || value->units > INT64_MAX || value->units < INT64_MIN)) {
        return QA_OVERFLOW;
    }
    qa_status_t status = find_cell(writer, coordinate, &cell);
    const size_t before = writer->gifts.bytes;
    if (status == QA_OK) status = qa_write_varint(&writer->gifts, cell);
    if (status == QA_OK) status = write_value(&writer->gifts, value);
    if (status != QA_OK) {
        writer->gifts.bytes = before;
        return status;
    }
    writer->gift_count++;
    return QA_OK;
}

const uint8_t *qa_lines_block(const qa_lines_writer_t *writer, size_t *bytes_out)
{
    /* Putting the block together changes nothing that a caller can see. */
    qa_lines_writer_t *own = (qa_lines_writer_t *)(uintptr_t)writer;
    uint8_t head[HEAD_BYTES] = { MAGIC, VERSION };
    *bytes_out = 0;
    if (finish_line(own) != QA_OK) return NULL;
    qa_put_u16(head + 2, writer->dimension_count);
    qa_put_u32(head + 4, writer->cell_count);
    qa_put_u32(head + 8, writer->line_count);
    qa_buffer_clear(&own->block);
    qa_status_t status = qa_buffer_put(&own->block, head, sizeof(head));
    if (status == QA_OK && writer->cells.bytes > 0) {
        status = qa_buffer_put(&own->block, writer->cells.data, writer->cells.bytes);
    }
    if (status == QA_OK && writer->lines.bytes > 0) {
        status = qa_buffer_put(&own->block, writer->lines.data, writer->lines.bytes);
    }
    if (status != QA_OK) return NULL;
    *bytes_out = writer->block.bytes;
    return writer->block.data;
}

/* --- reading --- */

static qa_value_t read_value(qa_reader_t *reader)
{
    qa_value_t value = qa_value_missing();
    const uint8_t code = qa_read_u8(reader);
    const uint8_t decimals = code >> 4;
    uint64_t bits = 0;
    int64_t number = 0;
    if ((code & 15) != QA_KIND_DECIMAL && decimals != 0) reader->is_bad = true;
    switch (code & 15) {
    case QA_KIND_MISSING:
        break;
    case QA_KIND_DECIMAL:
        if (decimals > QA_DECIMALS_MAX) reader->is_bad = true;
        value = qa_value_decimal(qa_read_signed(reader), decimals);
        break;
    case QA_KIND_DOUBLE:
        bits = qa_read_u64(reader);
        value = (qa_value_t){ .kind = QA_KIND_DOUBLE };
        memcpy(&value.number, &bits, sizeof(bits));
        if ((bits >> 52 & 0x7FF) == 0x7FF) reader->is_bad = true; /* not finite */
        break;
    case QA_KIND_TEXT:
        value.kind = QA_KIND_TEXT;
        value.text = qa_read_text(reader, &value.text_bytes);
        break;
    case QA_KIND_DATE:
        number = qa_read_signed(reader);
        if (number > INT32_MAX || number < INT32_MIN) reader->is_bad = true;
        value = qa_value_date((int32_t)number);
        break;
    case QA_KIND_BOOLEAN:
        number = qa_read_u8(reader);
        if (number > 1) reader->is_bad = true;
        value = qa_value_boolean(number == 1);
        break;
    default:
        reader->is_bad = true;
        break;
    }
    return value;
}

static qa_status_t fail_block(qa_error_t *error, const char *what)
{
    return qa_fail(error, QA_CORRUPT, "a block of ledger lines is damaged: %s; verify the app", what);
}

qa_status_t qa_lines_read(const uint8_t *block, size_t bytes, uint16_t dimension_count,
                          bool (*is_wanted)(void *context, const qa_member_t *coordinate),
                          qa_status_t (*visit)(void *context, const qa_member_t *coordinate,
                                               const qa_line_t *line),
                          void *context, qa_error_t *error)
{
    qa_member_t coordinate[QA_DIMENSIONS_MAX];
    if (bytes < HEAD_BYTES || block[0] != MAGIC) return fail_block(error, "it does not begin as one");
    if (block[1] != VERSION)
        return qa_fail(error, QA_NEWER_FORMAT, "ledger lines of version %u; use a newer version", block[1]);
    if (qa_get_u16(block + 2) != dimension_count) return fail_block(error, "it has other dimensions");
    const uint32_t cell_count = qa_get_u32(block + 4);
    const uint32_t line_count = qa_get_u32(block + 8);
    const size_t cell_bytes = 4 * (size_t)dimension_count;
    if (cell_bytes == 0 || cell_count > (bytes - HEAD_BYTES) / cell_bytes)
        return fail_block(error, "its cells do not fit");
    const uint8_t *cells = block + HEAD_BYTES;
    qa_reader_t reader =
        qa_reader_make(cells + cell_count * cell_bytes, bytes - HEAD_BYTES - cell_count * cell_bytes);
    qa_line_t line = { .file = 0 };
    for (uint32_t i = 0; i < line_count; i++) {
        line.file = qa_read_bounded(&reader, UINT32_MAX);
        line.line_number += (uint64_t)qa_read_signed(&reader);
        line.text = qa_read_text(&reader, &line.text_bytes);
        const uint64_t gift_count = qa_read_varint(&reader);
        if (reader.is_bad || gift_count > qa_reader_left(&reader)) return fail_block(error, "a line is cut");
        for (uint64_t g = 0; g < gift_count; g++) {
            const uint64_t cell = qa_read_varint(&reader);
            line.given = read_value(&reader);
            if (reader.is_bad || cell >= cell_count)
                return fail_block(error, "a value is cut or not canonical");
            for (uint16_t d = 0; d < dimension_count; d++)
                coordinate[d] = qa_get_u32(cells + cell * cell_bytes + 4 * (size_t)d);
            if (is_wanted != NULL && !is_wanted(context, coordinate)) continue;
            const qa_status_t status = visit(context, coordinate, &line);
            if (status != QA_OK) return status;
        }
    }
    return qa_reader_left(&reader) == 0 ? QA_OK
                                        : fail_block(error, "there is something behind its last line");
}
