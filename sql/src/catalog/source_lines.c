/* Rows of lines: what each line of a loaded file gave to which leaf cell. Loads are read from the newest to
 * the oldest, so that the first one met that speaks for a cell is the one that counts; see
 * docs/formats/lines.md for what a block holds. It never mixes the lines of a load with those of one that
 * replaced it: is_current tells them apart. */
#include <string.h>
#include <zstd.h>

#include "base/error.h"
#include "catalog/catalog_private.h"
#include "qa/history.h"
#include "qa/lines.h"

enum { BLOCK_BYTES_MAX = 256 << 20, BLOCK_HEAD_BYTES = 4 };

/* A load in force, copied out of the visit. */
typedef struct known_load {
    uint64_t offset;
    uint64_t lines_offset; /* of the load that has the lines */
    qa_sql_text_t *files;  /* in the rows' texts */
    uint32_t file_count;
    bool has_slice;
    uint16_t dimension_count;
    uint64_t **slices; /* per dimension of the slice a set; NULL: every member */
    uint32_t *slice_bits;
    const qa_member_t *created_ids;
    uint32_t created_count;
} known_load_t;

typedef struct line_walk {
    source_t *source;
    qa_arena_t arena;
    qa_sql_text_t *codes[QA_DIMENSIONS_MAX]; /* of every member; in the rows' texts */
    uint32_t member_counts[QA_DIMENSIONS_MAX];
    uint16_t value_dimension_count; /* of coordinates */
    known_load_t *loads;
    uint32_t load_count;
    uint32_t load_capacity;
    uint32_t load; /* that is being read */
    const known_load_t *lines_load;
    uint16_t block_dimension_count;
    qa_text_map_t owners;  /* coordinate → the load that counts, + 1 */
    const char *line_text; /* met last, and its copy */
    qa_sql_value_t line_copy;
    qa_sql_value_t values[LINE_FIXED_COLUMNS + QA_DIMENSIONS_MAX + FIXED_VALUE_COLUMNS + 1];
} line_walk_t;

static qa_status_t fail_memory(const line_walk_t *walk)
{
    return qa_fail_memory(walk->source->error, "ledger lines");
}

/* --- the loads --- */

static bool copy_slices(line_walk_t *walk, known_load_t *known, const qa_load_t *load)
{
    const qa_member_t *members = load->slice_members;
    known->slices = qa_arena_take(&walk->arena, (load->dimension_count + 1u) * sizeof(uint64_t *));
    known->slice_bits = qa_arena_take(&walk->arena, (load->dimension_count + 1u) * sizeof(uint32_t));
    if (known->slices == NULL || known->slice_bits == NULL) return false;
    for (uint16_t d = 0; d < load->dimension_count; d++) {
        const uint32_t count = load->slice_counts[d];
        uint32_t bits = 0;
        for (uint32_t i = 0; i < count; i++)
            if (members[i] < QA_MEMBERS_MAX && members[i] >= bits) bits = members[i] + 1;
        if (count > 0) {
            known->slices[d] = qa_arena_take(&walk->arena, (bits / 64 + 1) * sizeof(uint64_t));
            if (known->slices[d] == NULL) return false;
        }
        for (uint32_t i = 0; i < count; i++)
            if (members[i] < bits) known->slices[d][members[i] / 64] |= (uint64_t)1 << (members[i] % 64);
        known->slice_bits[d] = bits;
        members += count;
    }
    return true;
}

static bool copy_files(line_walk_t *walk, known_load_t *known, const qa_load_t *load)
{
    known->files = qa_arena_take(&walk->arena, (load->file_count + 1) * sizeof(qa_sql_text_t));
    for (uint32_t i = 0; i < load->file_count && known->files != NULL; i++) {
        known->files[i].bytes = load->files[i].name_bytes;
        known->files[i].data =
            qa_arena_text(&walk->source->rows->texts, load->files[i].name, load->files[i].name_bytes);
        if (known->files[i].data == NULL) return false;
    }
    return known->files != NULL;
}

static qa_status_t visit_load(void *context, uint64_t offset, const qa_load_t *load)
{
    line_walk_t *walk = context;
    known_load_t known = { .offset = offset,
                           .lines_offset = load->same_lines_as != 0 ? load->same_lines_as : offset,
                           .file_count = load->file_count,
                           .has_slice = load->has_slice,
                           .dimension_count = load->dimension_count,
                           .created_count = load->created_count };
    if (qa_array_reserve(walk->source->allocator, (void **)&walk->loads, &walk->load_capacity,
                         walk->load_count + 1, sizeof(known_load_t)) != QA_OK)
        return fail_memory(walk);
    const size_t created_bytes = load->created_count * sizeof(qa_member_t);
    qa_member_t *created = qa_arena_take(&walk->arena, created_bytes + 1);
    if (created == NULL) return fail_memory(walk);
    if (created_bytes > 0) memcpy(created, load->created_ids, created_bytes);
    known.created_ids = created;
    if (!copy_files(walk, &known, load) || (load->has_slice && !copy_slices(walk, &known, load)))
        return fail_memory(walk);
    walk->loads[walk->load_count++] = known;
    return QA_OK;
}

static bool is_in_slice(const line_walk_t *walk, const known_load_t *load, const qa_member_t *coordinate)
{
    if (!load->has_slice) return false;
    for (uint16_t d = 0; d < walk->value_dimension_count; d++) {
        /* A dimension that came behind the load: all there was went to its first leaf. */
        if (d >= load->dimension_count) {
            if (coordinate[d] != 0) return false;
            continue;
        }
        if (load->slices[d] != NULL &&
            (coordinate[d] >= load->slice_bits[d] || !is_bit_set(load->slices[d], coordinate[d])))
            return false;
    }
    return true;
}

/* Whether the load that is being read is the one that counts for the cell. */
static qa_status_t find_owner(line_walk_t *walk, const qa_member_t *coordinate, bool *is_current_out)
{
    const size_t bytes = walk->value_dimension_count * sizeof(qa_member_t);
    uint32_t owner = 0;
    if (!qa_text_map_get(&walk->owners, coordinate, bytes, &owner)) {
        owner = walk->load + 1;
        for (uint32_t newer = walk->load_count; newer > walk->load + 1; newer--) {
            if (!is_in_slice(walk, &walk->loads[newer - 1], coordinate)) continue;
            owner = newer;
            break;
        }
        if (qa_text_map_put(&walk->owners, coordinate, bytes, owner) != QA_OK) return fail_memory(walk);
    }
    *is_current_out = owner == walk->load + 1;
    return QA_OK;
}

/* --- the lines --- */

/* What fits the column: cut at a whole character. */
static uint32_t cut_text(const char *text, uint32_t bytes)
{
    uint32_t units = 0;
    uint32_t at = 0;
    if (bytes <= QA_SQL_TEXT_LENGTH_MAX) return bytes;
    while (at < bytes) {
        const unsigned char lead = (unsigned char)text[at];
        const uint32_t step = lead < 0x80u ? 1 : lead < 0xE0u ? 2 : lead < 0xF0u ? 3 : 4;
        units += step == 4 ? 2 : 1;
        if (units > QA_SQL_TEXT_LENGTH_MAX || at + step > bytes) break;
        at += step;
    }
    return at;
}

static qa_status_t put_line(line_walk_t *walk, const qa_line_t *line)
{
    const known_load_t *load = &walk->loads[walk->load];
    source_t *source = walk->source;
    qa_sql_value_t *values = walk->values;
    for (uint32_t c = 0; c < LINE_FIXED_COLUMNS; c++)
        values[c] = (qa_sql_value_t){ .kind = QA_SQL_NULL };
    if (is_wanted(source, 0))
        values[0] = (qa_sql_value_t){ .kind = QA_SQL_BIGINT, .integer = (int64_t)load->offset };
    if (is_wanted(source, 1)) {
        const qa_sql_text_t unknown = { "?", 1 };
        const qa_sql_text_t file =
            line->file < walk->lines_load->file_count ? walk->lines_load->files[line->file] : unknown;
        values[1] = (qa_sql_value_t){ .kind = QA_SQL_TEXT, .bytes = file.bytes, .text = file.data };
    }
    if (is_wanted(source, 2))
        values[2] = (qa_sql_value_t){ .kind = QA_SQL_BIGINT, .integer = (int64_t)line->line_number };
    if (!is_wanted(source, 3)) return QA_OK;
    /* A line that gives to several cells is copied once. */
    if (walk->line_text != line->text || walk->line_text == NULL) {
        const qa_status_t status = qa_sql_source_text(
            source, line->text, cut_text(line->text, line->text_bytes), false, &walk->line_copy);
        if (status != QA_OK) return status;
        walk->line_text = line->text;
    }
    values[3] = walk->line_copy;
    return QA_OK;
}

/* The coordinate as it is now; *is_shown_out: selected, and known to the structure. */
static qa_status_t place_gift(const line_walk_t *walk, const qa_member_t *given, qa_member_t *coordinate,
                              bool *is_shown_out)
{
    const source_t *source = walk->source;
    *is_shown_out = false;
    for (uint16_t d = 0; d < walk->value_dimension_count; d++) {
        coordinate[d] = d < walk->block_dimension_count ? given[d] : 0;
        if ((coordinate[d] & QA_NEW) == 0) continue;
        const uint32_t n = coordinate[d] & ~QA_NEW;
        if (n >= walk->lines_load->created_count)
            return qa_fail(source->error, QA_CORRUPT,
                           "a ledger line names a member that its load did not create; verify the app");
        coordinate[d] = walk->lines_load->created_ids[n];
    }
    for (uint16_t d = 0; d < source->dimension_count; d++) {
        const qa_member_t member = d < walk->value_dimension_count ? coordinate[d] : 0;
        if (member >= walk->member_counts[d] || !is_selected(source, d, member)) return QA_OK;
    }
    *is_shown_out = true;
    return QA_OK;
}

static qa_status_t visit_gift(void *context, const qa_member_t *given, const qa_line_t *line)
{
    line_walk_t *walk = context;
    source_t *source = walk->source;
    qa_member_t coordinate[QA_DIMENSIONS_MAX] = { 0 };
    bool is_shown = false;
    bool is_current = false;
    qa_status_t status = place_gift(walk, given, coordinate, &is_shown);
    if (status == QA_OK && !is_shown) return qa_sql_source_tick(source);
    if (status == QA_OK) status = find_owner(walk, coordinate, &is_current);
    if (status == QA_OK) status = put_line(walk, line);
    if (status != QA_OK) return status;
    uint32_t column = LINE_FIXED_COLUMNS;
    for (qa_dimension_t d = 0; d < source->dimension_count; d++, column++) {
        walk->values[column] = (qa_sql_value_t){ .kind = QA_SQL_NULL };
        if (!is_wanted(source, column)) continue;
        const qa_sql_text_t code = walk->codes[d][coordinate[d]];
        walk->values[column] =
            (qa_sql_value_t){ .kind = QA_SQL_TEXT, .bytes = code.bytes, .text = code.data };
    }
    status = qa_sql_source_value(source, column, &line->given, false, walk->values);
    if (status != QA_OK) return status;
    column += FIXED_VALUE_COLUMNS;
    walk->values[column] = (qa_sql_value_t){ .kind = QA_SQL_NULL };
    if (is_wanted(source, column))
        walk->values[column] = (qa_sql_value_t){ .kind = QA_SQL_BOOLEAN, .integer = is_current };
    return qa_sql_source_append(source, walk->values);
}

static qa_status_t read_block(line_walk_t *walk, const uint8_t *block, size_t bytes)
{
    source_t *source = walk->source;
    /* The app may have got dimensions since; the block's own count stands in its head. */
    const uint32_t count = bytes < BLOCK_HEAD_BYTES ? 0u : (uint32_t)block[2] | (uint32_t)block[3] << 8;
    if (count == 0 || count > walk->value_dimension_count)
        return qa_fail(source->error, QA_CORRUPT, "a block of ledger lines is not one; verify the app");
    walk->block_dimension_count = (uint16_t)count;
    walk->line_text = NULL;
    return qa_lines_read(block, bytes, (uint16_t)count, NULL, visit_gift, walk, source->error);
}

static qa_status_t visit_block(void *context, const void *block, size_t bytes)
{
    line_walk_t *walk = context;
    source_t *source = walk->source;
    const unsigned long long plain_bytes = ZSTD_getFrameContentSize(block, bytes);
    if (plain_bytes > BLOCK_BYTES_MAX || plain_bytes == 0)
        return qa_fail(source->error, QA_CORRUPT, "a block of ledger lines is no zstd frame; verify the app");
    uint8_t *plain = qa_memory_take(source->allocator, (size_t)plain_bytes);
    if (plain == NULL) return fail_memory(walk);
    const size_t got = ZSTD_decompress(plain, (size_t)plain_bytes, block, bytes);
    const qa_status_t status = got == plain_bytes
                                   ? read_block(walk, plain, got)
                                   : qa_fail(source->error, QA_CORRUPT,
                                             "a block of ledger lines does not decompress; verify the app");
    qa_memory_give(source->allocator, plain, (size_t)plain_bytes);
    return status;
}

static qa_status_t read_loads(line_walk_t *walk)
{
    qa_connection_t *connection = walk->source->moment->seen.connection;
    for (uint32_t i = walk->load_count; i > 0; i--) {
        walk->load = i - 1;
        walk->lines_load = &walk->loads[walk->load];
        for (uint32_t l = 0; l < walk->load_count; l++) {
            if (walk->loads[l].offset == walk->loads[walk->load].lines_offset)
                walk->lines_load = &walk->loads[l];
        }
        const qa_status_t status =
            qa_connection_load_lines(connection, walk->loads[walk->load].lines_offset, visit_block, walk);
        if (status != QA_OK) return qa_sql_source_fail(walk->source, status);
    }
    return QA_OK;
}

/* --- the codes --- */

/* All codes of a dimension, in one piece: the lines are read outside of the read section. */
static qa_status_t copy_codes(line_walk_t *walk, const qa_model_t *model, qa_dimension_t d)
{
    const uint32_t count = qa_model_dimension(model, d)->member_count;
    size_t total = 1;
    for (qa_member_t m = 0; m < count; m++)
        total += qa_model_member(model, d, m)->code_bytes;
    char *at = qa_arena_take(&walk->source->rows->texts, total);
    walk->codes[d] = qa_arena_take(&walk->arena, ((size_t)count + 1) * sizeof(qa_sql_text_t));
    if (at == NULL || walk->codes[d] == NULL) return fail_memory(walk);
    for (qa_member_t m = 0; m < count; m++) {
        const qa_member_info_t *info = qa_model_member(model, d, m);
        memcpy(at, info->code, info->code_bytes);
        walk->codes[d][m] = (qa_sql_text_t){ at, info->code_bytes };
        at += info->code_bytes;
    }
    return QA_OK;
}

static qa_status_t read_model(line_walk_t *walk)
{
    source_t *source = walk->source;
    qa_status_t status = qa_sql_moment_read_begin(&source->moment->seen, NULL, source->error);
    if (status != QA_OK) return status;
    const qa_model_t *model = qa_connection_model(source->moment->seen.connection);
    walk->value_dimension_count = source->moment->value_dimension_count != 0
                                      ? source->moment->value_dimension_count
                                      : qa_model_dimension_count(model);
    for (qa_dimension_t d = 0; d < source->dimension_count && status == QA_OK; d++) {
        walk->member_counts[d] = qa_model_dimension(model, d)->member_count;
        if (is_wanted(source, LINE_FIXED_COLUMNS + d)) status = copy_codes(walk, model, d);
    }
    qa_sql_moment_read_end(&source->moment->seen);
    return status;
}

qa_status_t qa_sql_source_lines(source_t *source)
{
    line_walk_t *walk = qa_memory_take(source->allocator, sizeof(*walk));
    if (walk == NULL) return qa_fail_memory(source->error, "ledger lines");
    walk->source = source;
    qa_arena_make(&walk->arena, source->allocator, (size_t)4 << 30);
    qa_text_map_make(&walk->owners, source->allocator);
    qa_status_t status = qa_connection_loads(source->moment->seen.connection, visit_load, walk);
    if (status != QA_OK) status = qa_sql_source_fail(source, status);
    /* Behind the loads, so that every member that they name is known. */
    if (status == QA_OK) status = read_model(walk);
    if (status == QA_OK) status = read_loads(walk);
    qa_text_map_release(&walk->owners);
    qa_memory_give(source->allocator, walk->loads, walk->load_capacity * sizeof(known_load_t));
    qa_arena_release(&walk->arena);
    qa_memory_give(source->allocator, walk, sizeof(*walk));
    return status;
}
