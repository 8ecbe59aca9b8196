/* Hostile bytes as a block of ledger lines: it is refused, or everything in it can be read, and writing that
 * down again gives a block with the same content. The first byte is the number of dimensions. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qa/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct tally {
    qa_lines_writer_t *writer; /* NULL: only count */
    const char *text;
    uint64_t gifts;
    uint64_t sum;
    bool is_refused;
} tally_t;

static void must(bool is_true, const char *what)
{
    if (is_true) return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

static qa_status_t visit(void *context, const qa_member_t *coordinate, const qa_line_t *line)
{
    tally_t *tally = context;
    for (uint32_t i = 0; i < line->text_bytes; i++)
        tally->sum += (uint8_t)line->text[i];
    for (uint32_t i = 0; line->given.kind == QA_KIND_TEXT && i < line->given.text_bytes; i++)
        tally->sum += (uint8_t)line->given.text[i];
    tally->gifts++;
    tally->sum += coordinate[0] + line->line_number + line->file;
    if (tally->writer == NULL || tally->is_refused) return QA_OK;
    if (tally->text != line->text || tally->gifts == 1) {
        /* A line of a hostile block may be longer than the writer takes. */
        if (qa_lines_begin(tally->writer, line->file, line->line_number, line->text, line->text_bytes) !=
            QA_OK) {
            tally->is_refused = true;
            return QA_OK;
        }
        tally->text = line->text;
    }
    must(qa_lines_give(tally->writer, coordinate, &line->given) == QA_OK, "what was read can be written");
    return QA_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    qa_error_t error;
    if (size == 0) return 0;
    const uint16_t dimensions = (uint16_t)(data[0] % 4 + 1);
    tally_t first = { .gifts = 0 };
    tally_t second = { .gifts = 0 };
    if (qa_lines_open(&first.writer, NULL, dimensions) != QA_OK) return 0;
    if (qa_lines_read(data + 1, size - 1, dimensions, NULL, visit, &first, &error) == QA_OK &&
        !first.is_refused) {
        size_t bytes = 0;
        const uint8_t *block = qa_lines_block(first.writer, &bytes);
        must(block != NULL, "the block is put together");
        must(qa_lines_read(block, bytes, dimensions, NULL, visit, &second, &error) == QA_OK,
             "what was written can be read");
        must(first.gifts == second.gifts && first.sum == second.sum, "and says the same");
    }
    qa_lines_close(first.writer);
    return 0;
}
