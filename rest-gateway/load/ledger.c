/* The ledger lines of a load: every line that gives to a cell, with what it gives, in blocks compressed by
 * zstd. Members that the load creates stand in a block by their number in the intent. What it must never do:
 * let the sum of a cell's lines differ from what the load gives to the cell. */
#include <stdlib.h>
#include <zstd.h>

#include "load/load_private.h"

enum { BLOCK_BYTES = 256 << 10, COMPRESSION_LEVEL = 3 };

qa_status_t qa_load_ledger_open(load_t *load)
{
    load->digest = EVP_MD_CTX_new();
    if (load->digest == NULL || EVP_DigestInit_ex(load->digest, EVP_sha256(), NULL) != 1) {
        return qa_load_fail_memory(load->error);
    }
    const qa_status_t status = qa_lines_open(&load->lines, load->allocator, load->dimension_count);
    return status == QA_OK ? QA_OK : qa_load_fail_memory(load->error);
}

static void release_blocks(const load_t *load, block_t *blocks, uint32_t count, uint32_t capacity)
{
    for (uint32_t i = 0; i < count; i++)
        load->allocator->release(load->allocator->context, blocks[i].data, blocks[i].bytes);
    qa_load_release(load->allocator, blocks, capacity, sizeof(*blocks));
}

void qa_load_ledger_close(load_t *load)
{
    release_blocks(load, load->blocks, load->block_count, load->block_capacity);
    qa_load_release(load->allocator, load->refused, load->refused_capacity, sizeof(*load->refused));
    qa_load_release(load->allocator, load->suspense, load->suspense_capacity, sizeof(*load->suspense));
    qa_lines_close(load->lines);
    EVP_MD_CTX_free(load->digest);
}

/* Compresses the writer's block and begins the next. */
static qa_status_t flush(load_t *load)
{
    size_t bytes = 0;
    if (qa_lines_bytes(load->lines) == 0) return QA_OK;
    const uint8_t *plain = qa_lines_block(load->lines, &bytes);
    if (plain == NULL) return qa_load_fail_memory(load->error);
    const size_t bound = ZSTD_compressBound(bytes);
    void *array = load->blocks;
    qa_status_t status = qa_load_reserve(load->allocator, &array, &load->block_capacity,
                                         load->block_count + 1u, sizeof(block_t), load->error);
    load->blocks = array;
    if (status != QA_OK) return status;
    char *packed = load->allocator->resize(load->allocator->context, NULL, 0, bound);
    if (packed == NULL) return qa_load_fail_memory(load->error);
    const size_t length = ZSTD_compress(packed, bound, plain, bytes, COMPRESSION_LEVEL);
    char *fitted = ZSTD_isError(length)
                       ? NULL
                       : load->allocator->resize(load->allocator->context, packed, bound, length);
    if (fitted == NULL) {
        load->allocator->release(load->allocator->context, packed, bound);
        return qa_load_fail_memory(load->error);
    }
    load->blocks[load->block_count++] = (block_t){ fitted, length };
    qa_lines_reset(load->lines);
    return QA_OK;
}

qa_status_t qa_load_ledger_line(load_t *load, uint32_t file, uint64_t line_number, qa_load_text_t text)
{
    qa_status_t status = QA_OK;
    if (qa_lines_bytes(load->lines) + text.bytes > BLOCK_BYTES) status = flush(load);
    if (status == QA_OK) status = qa_lines_begin(load->lines, file, line_number, text.data, text.bytes);
    if (status == QA_OK) return QA_OK;
    return qa_load_fail(load->error, status, "the ledger lines of the load: %s",
                        qa_status_info(status)->text);
}

static void digest_bytes(load_t *load, const void *data, size_t bytes)
{
    EVP_DigestUpdate(load->digest, data, bytes);
}

/* What a line gives is known only at the end: then the gifts count that are written there. */
static bool is_rewritten(const load_t *load)
{
    return load->map->is_year_to_date || load->map->duplicates == QA_LOAD_LAST;
}

/* Codes, not ids: a member that the first load creates has another id the second time. */
static void digest_gift(load_t *load, const qa_member_t *coordinate, const qa_value_t *value)
{
    uint64_t words[QA_DIMENSIONS_MAX + 3];
    uint32_t count = 0;
    for (qa_dimension_t d = 0; d < load->dimension_count; d++) {
        const char *code = NULL;
        uint32_t bytes = 0;
        if ((coordinate[d] & QA_NEW) != 0) {
            code = load->created[coordinate[d] & ~QA_NEW].code;
            bytes = load->created[coordinate[d] & ~QA_NEW].code_bytes;
        } else {
            const qa_member_info_t *info = qa_model_member(load->model, d, coordinate[d]);
            code = info->code;
            bytes = info->code_bytes;
        }
        words[count++] = qa_load_hash(code, bytes, 3);
    }
    words[count++] = (uint64_t)value->kind << 8 | value->decimals;
    if (value->kind == QA_KIND_TEXT) {
        words[count++] = qa_load_hash(value->text, value->text_bytes, 4);
    } else if (value->kind == QA_KIND_DOUBLE) {
        memcpy(&words[count++], &value->number, sizeof(double));
    } else if (value->kind == QA_KIND_DECIMAL) {
        words[count++] = (uint64_t)(int64_t)value->units;
    } else {
        words[count++] = value->kind == QA_KIND_DATE ? (uint64_t)value->day
                                                     : value->kind == QA_KIND_BOOLEAN && value->truth;
    }
    digest_bytes(load, words, count * sizeof(words[0]));
}

qa_status_t qa_load_ledger_give(load_t *load, const qa_member_t *coordinate, const qa_value_t *value)
{
    if (!is_rewritten(load)) digest_gift(load, coordinate, value);
    const qa_status_t status = qa_lines_give(load->lines, coordinate, value);
    if (status == QA_OK) return QA_OK;
    return qa_load_fail(load->error, status, "the ledger lines of the load: %s",
                        qa_status_info(status)->text);
}

/* --- writing the blocks again, when what a line gives is known only at the end --- */

typedef struct rewrite {
    load_t *load;
    bool has_ids; /* the numbers of created members are those of the intent */
    uint32_t file;
    uint64_t line_number; /* of the line begun last */
    const char *text;
} rewrite_t;

static void translate(const rewrite_t *rewrite, const qa_member_t *coordinate, qa_member_t *result)
{
    const load_t *load = rewrite->load;
    for (qa_dimension_t d = 0; d < load->dimension_count; d++) {
        const bool is_new = (coordinate[d] & QA_NEW) != 0;
        result[d] = is_new && rewrite->has_ids ? load->created[coordinate[d] & ~QA_NEW].id : coordinate[d];
    }
}

static qa_status_t give_again(rewrite_t *rewrite, const qa_member_t *coordinate, const qa_line_t *line,
                              const qa_value_t *value)
{
    qa_member_t target[QA_DIMENSIONS_MAX];
    qa_status_t status = QA_OK;
    if (rewrite->text != line->text) {
        const qa_load_text_t text = { line->text, line->text_bytes };
        status = qa_load_ledger_line(rewrite->load, line->file, line->line_number, text);
        rewrite->text = line->text;
    }
    translate(rewrite, coordinate, target);
    if (!rewrite->has_ids) digest_gift(rewrite->load, coordinate, value);
    return status == QA_OK ? qa_lines_give(rewrite->load->lines, target, value) : status;
}

/* Year to date: +x here and -x in the next period. Duplicates "last": only the line that counts. */
static qa_status_t rewrite_line(void *context, const qa_member_t *coordinate, const qa_line_t *line)
{
    rewrite_t *rewrite = context;
    load_t *load = rewrite->load;
    const qa_load_map_t *map = load->map;
    if (rewrite->has_ids) return give_again(rewrite, coordinate, line, &line->given);
    const uint32_t index = qa_load_cells_find(&load->cells, coordinate);
    const cell_t *cell = &load->cells.items[index];
    const uint64_t number = (uint64_t)line->file << 48 | line->line_number;
    if (map->duplicates == QA_LOAD_LAST && cell->line != number) return QA_OK;
    if (qa_load_ledger_is_refused(load, number)) return QA_OK;
    qa_status_t status = give_again(rewrite, coordinate, line, &line->given);
    if (status != QA_OK || !map->is_year_to_date || cell->next == UINT32_MAX) return status;
    qa_value_t minus = line->given;
    if (minus.kind == QA_KIND_DECIMAL) minus.units = -minus.units;
    if (minus.kind == QA_KIND_DOUBLE) minus = qa_value_double(-minus.number);
    if (minus.kind != QA_KIND_DECIMAL && minus.kind != QA_KIND_DOUBLE) return QA_OK;
    return give_again(rewrite, load->cells.coordinates + (size_t)cell->next * load->dimension_count, line,
                      &minus);
}

/* Calls `visit` for every gift of the blocks. */
static qa_status_t read_blocks(load_t *load, const block_t *blocks, uint32_t count, rewrite_t *rewrite,
                               qa_status_t (*visit)(void *context, const qa_member_t *coordinate,
                                                    const qa_line_t *line),
                               void *context)
{
    qa_status_t status = QA_OK;
    for (uint32_t i = 0; i < count && status == QA_OK; i++) {
        const unsigned long long bytes = ZSTD_getFrameContentSize(blocks[i].data, blocks[i].bytes);
        uint8_t *plain = load->allocator->resize(load->allocator->context, NULL, 0, (size_t)bytes);
        if (plain == NULL) return qa_load_fail_memory(load->error);
        const size_t got = ZSTD_decompress(plain, (size_t)bytes, blocks[i].data, blocks[i].bytes);
        /* Another block may come to lie where the one before lay. */
        if (rewrite != NULL) rewrite->text = NULL;
        status = got == bytes
                     ? qa_lines_read(plain, got, load->dimension_count, NULL, visit, context, load->error)
                     : qa_load_fail(load->error, QA_CORRUPT, "a block of ledger lines changed in memory");
        load->allocator->release(load->allocator->context, plain, (size_t)bytes);
    }
    return status;
}

qa_status_t qa_load_ledger_visit(load_t *load,
                                 qa_status_t (*visit)(void *context, const qa_member_t *coordinate,
                                                      const qa_line_t *line),
                                 void *context)
{
    const qa_status_t status = flush(load);
    return status == QA_OK ? read_blocks(load, load->blocks, load->block_count, NULL, visit, context)
                           : status;
}

static int compare_lines(const void *a, const void *b)
{
    const uint64_t left = *(const uint64_t *)a;
    const uint64_t right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

bool qa_load_ledger_is_refused(const load_t *load, uint64_t line)
{
    return load->refused_count > 0 &&
           bsearch(&line, load->refused, load->refused_count, sizeof(line), compare_lines) != NULL;
}

/* Year to date: what the periods before keep goes off here, as a line of the map without a number. */
static qa_status_t give_held(load_t *load)
{
    for (uint32_t i = 0; i < load->cells.count && load->held != NULL; i++) {
        const held_t *held = &load->held[i];
        const qa_member_t *coordinate = load->cells.coordinates + (size_t)i * load->dimension_count;
        if (held->sum.kind == QA_KIND_MISSING) continue;
        const qa_load_text_t text = { held->text, (uint32_t)strlen(held->text) };
        const qa_value_t minus = held->sum.kind == QA_KIND_DECIMAL
                                     ? qa_value_decimal(-held->sum.units, held->sum.decimals)
                                     : qa_value_double(-held->sum.number);
        qa_status_t status = qa_load_ledger_line(load, load->options->file_count, 0, text);
        digest_bytes(load, text.data, text.bytes);
        digest_gift(load, coordinate, &minus);
        if (status == QA_OK && qa_lines_give(load->lines, coordinate, &minus) != QA_OK)
            status = qa_load_fail_memory(load->error);
        if (status != QA_OK) return status;
    }
    return QA_OK;
}

static qa_status_t rewrite_blocks(load_t *load, bool has_ids)
{
    block_t *old = load->blocks;
    const uint32_t old_count = load->block_count;
    const uint32_t old_capacity = load->block_capacity;
    load->blocks = NULL;
    load->block_count = 0;
    load->block_capacity = 0;
    rewrite_t rewrite = { .load = load, .has_ids = has_ids };
    qa_status_t status = read_blocks(load, old, old_count, &rewrite, rewrite_line, &rewrite);
    if (status == QA_OK && !has_ids) status = give_held(load);
    if (status == QA_OK) status = flush(load);
    if (!has_ids) {
        release_blocks(load, old, old_count, old_capacity);
        return status;
    }
    /* The blocks before stay, for another attempt that may get other ids. */
    load->blocks_kept = old;
    load->block_kept_count = old_count;
    load->block_kept_capacity = old_capacity;
    return status;
}

qa_status_t qa_load_ledger_finish(load_t *load)
{
    const qa_load_map_t *map = load->map;
    qa_status_t status = flush(load);
    if (status == QA_OK && is_rewritten(load)) status = rewrite_blocks(load, false);
    if (status != QA_OK) return status;
    const uint8_t facts[4] = { (uint8_t)map->duplicates, map->is_year_to_date, map->is_clearing, 1 };
    digest_bytes(load, facts, sizeof(facts));
    unsigned bytes = sizeof(load->gifts_sha256);
    if (EVP_DigestFinal_ex(load->digest, load->gifts_sha256, &bytes) != 1)
        return qa_load_fail_memory(load->error);
    return QA_OK;
}

qa_status_t qa_load_ledger_renumber(load_t *load)
{
    return rewrite_blocks(load, true);
}

void qa_load_ledger_restore(load_t *load)
{
    if (load->blocks_kept == NULL) return;
    release_blocks(load, load->blocks, load->block_count, load->block_capacity);
    load->blocks = load->blocks_kept;
    load->block_count = load->block_kept_count;
    load->block_capacity = load->block_kept_capacity;
    load->blocks_kept = NULL;
    qa_lines_reset(load->lines);
}

/* --- the same files again --- */

typedef struct search {
    const qa_load_t *facts;
    uint64_t offset;
} search_t;

static bool is_same_slice(const qa_load_t *a, const qa_load_t *b)
{
    if (a->has_slice != b->has_slice) return false;
    if (!a->has_slice) return true;
    if (a->dimension_count != b->dimension_count) return false;
    size_t total = 0;
    for (uint16_t d = 0; d < a->dimension_count; d++) {
        if (a->slice_counts[d] != b->slice_counts[d]) return false;
        total += a->slice_counts[d];
    }
    /* Both lists were made in ascending order. */
    return total == 0 || memcmp(a->slice_members, b->slice_members, total * sizeof(qa_member_t)) == 0;
}

static qa_status_t visit_load(void *context, uint64_t offset, const qa_load_t *load)
{
    search_t *search = context;
    if (load->file_count != search->facts->file_count || !is_same_slice(load, search->facts)) return QA_OK;
    for (uint32_t i = 0; i < load->file_count; i++) {
        if (memcmp(load->files[i].sha256, search->facts->files[i].sha256, 32) != 0) return QA_OK;
    }
    search->offset = load->same_lines_as != 0 ? load->same_lines_as : offset;
    return QA_OK;
}

qa_status_t qa_load_ledger_find_same(load_t *load, const qa_load_t *facts, uint64_t *offset_out)
{
    search_t search = { .facts = facts };
    const qa_status_t status = qa_connection_loads(load->connection, visit_load, &search);
    *offset_out = search.offset;
    if (status == QA_OK) return QA_OK;
    return qa_load_fail(load->error, status, "%s", qa_connection_error(load->connection)->message);
}
