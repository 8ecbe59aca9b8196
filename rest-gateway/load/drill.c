/* The ledger lines behind a cell. Leaves first (from the state), then the loads from the newest to the
 * oldest, until every atom has found its lines. What it must never do: mix lines of a load with those of one
 * that replaced it. */
#include "load/drill.h"

#include <zstd.h>

#include "load/load_private.h"
#include "load/weights.h"

enum { DIFFERENCES_EXPLAINED = 10, BLOCK_BYTES_MAX = 256 << 20 };

typedef struct leaf {
    qa_value_t atom; /* texts are kept in the arena */
    uint64_t changed_offset;
    uint64_t owner; /* the load whose lines count; 0: none yet */
    qa_value_t lines;
    qa_exact_sum_t *doubles;
    bool has_line;
} leaf_t;

/* A load in force, copied out of the visit. */
typedef struct known_load {
    uint64_t offset;
    uint64_t lines_offset;
    const char **files;
    uint32_t file_count;
    bool has_slice;
    uint16_t dimension_count; /* of the slice */
    const uint32_t *slice_counts;
    const qa_member_t *slice_members;
    const qa_member_t *created_ids;
    uint32_t created_count;
} known_load_t;

typedef struct drill {
    const qa_allocator_t *allocator;
    qa_load_arena_t arena;
    qa_connection_t *connection;
    qa_error_t *error;
    qa_load_drill_t *result;
    uint16_t dimension_count;
    uint8_t *is_below[QA_DIMENSIONS_MAX]; /* per member: a leaf under the cell */
    qa_load_weight_t *weights[QA_DIMENSIONS_MAX];
    uint32_t member_counts[QA_DIMENSIONS_MAX];
    qa_member_t *filters[QA_DIMENSIONS_MAX];
    uint32_t filter_counts[QA_DIMENSIONS_MAX];
    cells_t cells;
    leaf_t *leaves;
    uint32_t leaf_capacity;
    uint64_t atoms_left; /* without lines so far */
    known_load_t *loads;
    uint32_t load_count;
    uint32_t load_capacity;
    const known_load_t *load; /* that is being read */
    const known_load_t *lines_load;
    uint16_t block_dimension_count;
    qa_status_t (*visit_line)(void *context, const qa_load_drill_line_t *line);
    void *context;
    qa_load_drill_difference_t *difference; /* being explained */
    char actor[256];
    char door[64];
} drill_t;

static qa_status_t fail_connection(drill_t *drill, qa_status_t status)
{
    if (drill->error->status != QA_OK) return drill->error->status;
    return qa_load_fail(drill->error, status, "%s", qa_connection_error(drill->connection)->message);
}

static qa_load_weight_t weight_of(const drill_t *drill, const qa_member_t *coordinate)
{
    qa_load_weight_t weight = { .units = 1, .is_below = true };
    for (uint16_t d = 0; d < drill->dimension_count; d++)
        weight = qa_load_weight_product(weight, drill->weights[d][coordinate[d]]);
    return weight;
}

/* Leaves under the member of each dimension, and their weights. */
static qa_status_t find_leaves(drill_t *drill, const qa_model_t *model, const qa_member_t *coordinate)
{
    drill->result->is_leaf = true;
    for (qa_dimension_t d = 0; d < drill->dimension_count; d++) {
        const uint32_t count = qa_model_dimension(model, d)->member_count;
        drill->member_counts[d] = count;
        drill->is_below[d] = qa_load_arena_take(&drill->arena, (size_t)count + 1);
        drill->weights[d] = qa_load_arena_take(&drill->arena, ((size_t)count + 1) * sizeof(qa_load_weight_t));
        drill->filters[d] = qa_load_arena_take(&drill->arena, ((size_t)count + 1) * sizeof(qa_member_t));
        if (drill->is_below[d] == NULL || drill->weights[d] == NULL || drill->filters[d] == NULL) {
            return qa_load_fail_memory(drill->error);
        }
        qa_load_weigh(model, d, coordinate[d], drill->weights[d]);
        for (qa_member_t m = 0; m < count; m++) {
            const qa_member_info_t *info = qa_model_member(model, d, m);
            if (!drill->weights[d][m].is_below || info->is_deleted || !info->is_leaf) continue;
            drill->is_below[d][m] = 1;
            drill->filters[d][drill->filter_counts[d]++] = m;
        }
        if (!qa_model_member(model, d, coordinate[d])->is_leaf) drill->result->is_leaf = false;
    }
    const qa_dimension_t measure = qa_model_dimension_of_kind(model, QA_DIMENSION_MEASURE);
    const qa_dimension_t time = qa_model_dimension_of_kind(model, QA_DIMENSION_TIME);
    if (measure != QA_DIMENSIONS_MAX && time != QA_DIMENSIONS_MAX &&
        !qa_model_member(model, time, coordinate[time])->is_leaf) {
        drill->result->balance = qa_model_member(model, measure, coordinate[measure])->account.time_balance;
    }
    return QA_OK;
}

static qa_status_t add_leaf(drill_t *drill, const qa_member_t *coordinate, uint32_t *index_out)
{
    bool is_new = false;
    qa_status_t status = qa_load_cells_add(&drill->cells, coordinate, index_out, &is_new, drill->error);
    if (status != QA_OK || !is_new) return status;
    void *array = drill->leaves;
    status = qa_load_reserve(drill->allocator, &array, &drill->leaf_capacity, drill->cells.count,
                             sizeof(leaf_t), drill->error);
    drill->leaves = array;
    if (status == QA_OK)
        drill->leaves[*index_out] = (leaf_t){ .atom = qa_value_missing(), .lines = qa_value_missing() };
    return status;
}

static qa_status_t keep_text(drill_t *drill, qa_value_t *value)
{
    if (value->kind != QA_KIND_TEXT) return QA_OK;
    value->text = qa_load_arena_copy(&drill->arena, value->text, value->text_bytes);
    return value->text != NULL ? QA_OK : qa_load_fail_memory(drill->error);
}

static qa_status_t visit_atom(void *context, const qa_atom_view_t *atom)
{
    drill_t *drill = context;
    uint32_t index = 0;
    const qa_status_t status = add_leaf(drill, atom->coordinate, &index);
    if (status != QA_OK) return status;
    drill->leaves[index].atom = atom->value;
    drill->leaves[index].changed_offset = atom->changed_offset;
    drill->atoms_left++;
    return keep_text(drill, &drill->leaves[index].atom);
}

static void *copy_array(drill_t *drill, const void *data, size_t bytes)
{
    void *copy = qa_load_arena_take(&drill->arena, bytes + 1);
    if (copy != NULL && bytes > 0) memcpy(copy, data, bytes);
    return copy;
}

static qa_status_t visit_load(void *context, uint64_t offset, const qa_load_t *load)
{
    drill_t *drill = context;
    void *array = drill->loads;
    qa_status_t status = qa_load_reserve(drill->allocator, &array, &drill->load_capacity,
                                         drill->load_count + 1u, sizeof(known_load_t), drill->error);
    drill->loads = array;
    if (status != QA_OK) return status;
    known_load_t known = { .offset = offset,
                           .lines_offset = load->same_lines_as != 0 ? load->same_lines_as : offset,
                           .file_count = load->file_count,
                           .has_slice = load->has_slice,
                           .dimension_count = load->dimension_count,
                           .created_count = load->created_count };
    size_t total = 0;
    for (uint16_t d = 0; d < load->dimension_count && load->has_slice; d++)
        total += load->slice_counts[d];
    known.files = qa_load_arena_take(&drill->arena, (load->file_count + 1) * sizeof(char *));
    known.created_ids = copy_array(drill, load->created_ids, load->created_count * sizeof(qa_member_t));
    known.slice_counts =
        copy_array(drill, load->slice_counts, load->has_slice ? load->dimension_count * sizeof(uint32_t) : 0);
    known.slice_members = copy_array(drill, load->slice_members, total * sizeof(qa_member_t));
    if (known.files == NULL || known.created_ids == NULL || known.slice_counts == NULL ||
        known.slice_members == NULL) {
        return qa_load_fail_memory(drill->error);
    }
    for (uint32_t i = 0; i < load->file_count; i++) {
        known.files[i] = qa_load_arena_copy(&drill->arena, load->files[i].name, load->files[i].name_bytes);
        if (known.files[i] == NULL) return qa_load_fail_memory(drill->error);
    }
    drill->loads[drill->load_count++] = known;
    return QA_OK;
}

static bool is_in_slice(const drill_t *drill, const known_load_t *load, const qa_member_t *coordinate)
{
    if (!load->has_slice) return false;
    const qa_member_t *members = load->slice_members;
    for (uint16_t d = 0; d < drill->dimension_count; d++) {
        if (d >= load->dimension_count) {
            /* A dimension that came behind the load: all there was went to its first leaf. */
            if (coordinate[d] != 0) return false;
            continue;
        }
        bool is_there = load->slice_counts[d] == 0;
        for (uint32_t i = 0; i < load->slice_counts[d] && !is_there; i++)
            is_there = members[i] == coordinate[d];
        if (!is_there) return false;
        members += load->slice_counts[d];
    }
    return true;
}

/* A cell without a value now may have been cleared by a newer load that spoke for it. */
static bool is_in_newer_slice(const drill_t *drill, const qa_member_t *coordinate)
{
    for (const known_load_t *load = drill->load + 1; load < drill->loads + drill->load_count; load++) {
        if (is_in_slice(drill, load, coordinate)) return true;
    }
    return false;
}

static qa_status_t add_given(drill_t *drill, leaf_t *leaf, const qa_value_t *given)
{
    leaf->has_line = true;
    if (given->kind == QA_KIND_MISSING) return QA_OK;
    if (leaf->lines.kind == QA_KIND_DECIMAL && given->kind == QA_KIND_DECIMAL &&
        leaf->lines.decimals == given->decimals) {
        leaf->lines.units += given->units;
        return QA_OK;
    }
    if (leaf->lines.kind == QA_KIND_DOUBLE && given->kind == QA_KIND_DOUBLE) {
        if (leaf->doubles == NULL) {
            leaf->doubles = qa_load_arena_take(&drill->arena, sizeof(*leaf->doubles));
            if (leaf->doubles == NULL) return qa_load_fail_memory(drill->error);
            qa_exact_sum_clear(leaf->doubles);
            qa_exact_sum_add(leaf->doubles, leaf->lines.number);
        }
        qa_exact_sum_add(leaf->doubles, given->number);
        return QA_OK;
    }
    leaf->lines = *given;
    return keep_text(drill, &leaf->lines);
}

static qa_status_t visit_gift(void *context, const qa_member_t *coordinate, const qa_line_t *line)
{
    drill_t *drill = context;
    qa_member_t real[QA_DIMENSIONS_MAX];
    uint32_t index = 0;
    for (uint16_t d = 0; d < drill->dimension_count; d++) {
        /* A dimension that came behind the load: all there was went to its first leaf. */
        real[d] = d < drill->block_dimension_count ? coordinate[d] : 0;
        if ((real[d] & QA_NEW) != 0) {
            const uint32_t n = real[d] & ~QA_NEW;
            if (n >= drill->lines_load->created_count) {
                return qa_load_fail(drill->error, QA_CORRUPT,
                                    "a ledger line names a member that its load did not create");
            }
            real[d] = drill->lines_load->created_ids[n];
        }
        if (real[d] >= drill->member_counts[d] || drill->is_below[d][real[d]] == 0) return QA_OK;
    }
    index = qa_load_cells_find(&drill->cells, real);
    if (index == UINT32_MAX) {
        if (is_in_newer_slice(drill, real)) return QA_OK;
        const qa_status_t status = add_leaf(drill, real, &index);
        if (status != QA_OK) return status;
    }
    leaf_t *leaf = &drill->leaves[index];
    if (leaf->owner != 0 && leaf->owner != drill->load->offset) return QA_OK;
    if (leaf->owner == 0 && leaf->atom.kind != QA_KIND_MISSING) drill->atoms_left--;
    leaf->owner = drill->load->offset;
    drill->result->line_count++;
    qa_status_t status = add_given(drill, leaf, &line->given);
    if (status != QA_OK || drill->visit_line == NULL) return status;
    const char *file =
        line->file < drill->lines_load->file_count ? drill->lines_load->files[line->file] : "?";
    const qa_load_drill_line_t shown = { .offset = drill->load->offset,
                                         .file = file,
                                         .line_number = line->line_number,
                                         .text = line->text,
                                         .text_bytes = line->text_bytes,
                                         .coordinate = real,
                                         .given = line->given,
                                         .weight = weight_of(drill, real) };
    return drill->visit_line(drill->context, &shown);
}

static qa_status_t visit_block(void *context, const void *block, size_t bytes)
{
    drill_t *drill = context;
    const unsigned long long plain_bytes = ZSTD_getFrameContentSize(block, bytes);
    if (plain_bytes > BLOCK_BYTES_MAX || plain_bytes == 0) {
        return qa_load_fail(drill->error, QA_CORRUPT,
                            "a block of ledger lines is no zstd frame; verify the app");
    }
    uint8_t *plain = drill->allocator->resize(drill->allocator->context, NULL, 0, (size_t)plain_bytes);
    if (plain == NULL) return qa_load_fail_memory(drill->error);
    const size_t got = ZSTD_decompress(plain, (size_t)plain_bytes, block, bytes);
    /* The app may have got dimensions since; the block's own count stands in its head. */
    drill->block_dimension_count = drill->dimension_count;
    if (got == plain_bytes && got >= 4) {
        const uint16_t count = (uint16_t)(plain[2] | plain[3] << 8);
        if (count > 0 && count < drill->dimension_count) drill->block_dimension_count = count;
    }
    qa_status_t status =
        got == plain_bytes
            ? qa_lines_read(plain, got, drill->block_dimension_count, NULL, visit_gift, drill, drill->error)
            : qa_load_fail(drill->error, QA_CORRUPT, "a block of ledger lines does not decompress");
    drill->allocator->release(drill->allocator->context, plain, (size_t)plain_bytes);
    return status;
}

static qa_status_t read_loads(drill_t *drill)
{
    qa_status_t status = qa_connection_loads(drill->connection, visit_load, drill);
    if (status != QA_OK) return fail_connection(drill, status);
    const bool has_atoms = drill->atoms_left > 0;
    for (uint32_t i = drill->load_count; i > 0; i--) {
        drill->load = &drill->loads[i - 1];
        drill->lines_load = drill->load;
        for (uint32_t l = 0; l < drill->load_count; l++) {
            if (drill->loads[l].offset == drill->load->lines_offset) drill->lines_load = &drill->loads[l];
        }
        status = qa_connection_load_lines(drill->connection, drill->load->lines_offset, visit_block, drill);
        if (status != QA_OK) return fail_connection(drill, status);
        for (uint32_t c = 0; c < drill->cells.count && drill->load->has_slice; c++) {
            leaf_t *leaf = &drill->leaves[c];
            if (leaf->owner != 0) continue;
            if (!is_in_slice(drill, drill->load,
                             drill->cells.coordinates + (size_t)c * drill->dimension_count))
                continue;
            leaf->owner = drill->load->offset;
            if (leaf->atom.kind != QA_KIND_MISSING) drill->atoms_left--;
        }
        if (has_atoms && drill->atoms_left == 0) break;
    }
    return QA_OK;
}

static qa_status_t visit_entry(void *context, const qa_history_entry_t *entry)
{
    drill_t *drill = context;
    qa_load_drill_difference_t *difference = drill->difference;
    if (entry->offset <= difference->load_offset) return QA_OK;
    difference->changed_offset = entry->offset;
    difference->changed_at_ns = entry->appended_at_ns;
    const size_t actor_bytes = strnlen(entry->actor, sizeof(drill->actor) - 1);
    const size_t door_bytes = strnlen(entry->door, sizeof(drill->door) - 1);
    memcpy(drill->actor, entry->actor, actor_bytes);
    memcpy(drill->door, entry->door, door_bytes);
    drill->actor[actor_bytes] = '\0';
    drill->door[door_bytes] = '\0';
    return QA_OK;
}

static bool is_leaf_tied(const leaf_t *leaf)
{
    if (leaf->atom.kind == QA_KIND_TEXT || leaf->lines.kind == QA_KIND_TEXT) {
        return qa_value_equal(&leaf->atom, &leaf->lines);
    }
    return qa_load_is_same_number(&leaf->atom, &leaf->lines) &&
           (leaf->has_line || leaf->atom.kind == QA_KIND_MISSING);
}

/* Sums up, and explains the first differences from the history. */
static qa_status_t judge(drill_t *drill,
                         qa_status_t (*visit_difference)(void *context,
                                                         const qa_load_drill_difference_t *difference))
{
    qa_load_tally_t *tally = qa_load_arena_take(&drill->arena, sizeof(*tally));
    if (tally == NULL) return qa_load_fail_memory(drill->error);
    qa_load_tally_clear(tally);
    drill->result->leaf_count = drill->cells.count;
    for (uint32_t c = 0; c < drill->cells.count; c++) {
        leaf_t *leaf = &drill->leaves[c];
        const qa_member_t *coordinate = drill->cells.coordinates + (size_t)c * drill->dimension_count;
        const qa_load_weight_t weight = weight_of(drill, coordinate);
        if (leaf->atom.kind > QA_KIND_DOUBLE || leaf->lines.kind > QA_KIND_DOUBLE)
            drill->result->is_numeric = false;
        if (leaf->doubles != NULL) {
            double number = 0;
            if (qa_exact_sum_read(leaf->doubles, &number) == QA_OK) leaf->lines = qa_value_double(number);
        }
        qa_load_tally_add(tally, &leaf->lines, weight);
        if (is_leaf_tied(leaf)) continue;
        if (drill->result->different_count++ >= DIFFERENCES_EXPLAINED || visit_difference == NULL) continue;
        qa_load_drill_difference_t difference = { .coordinate = coordinate,
                                                  .atom = leaf->atom,
                                                  .lines = leaf->lines,
                                                  .load_offset = leaf->owner,
                                                  .actor = drill->actor,
                                                  .door = drill->door };
        drill->actor[0] = '\0';
        drill->door[0] = '\0';
        drill->difference = &difference;
        qa_status_t status = qa_connection_history(drill->connection, coordinate, visit_entry, drill);
        if (status != QA_OK) return fail_connection(drill, status);
        status = visit_difference(drill->context, &difference);
        if (status != QA_OK) return status;
    }
    drill->result->is_tied = drill->result->different_count == 0;
    const qa_status_t status = qa_load_tally_read(tally, &drill->result->sum);
    if (status != QA_OK) return qa_load_fail(drill->error, status, "the sum of the lines is too large");
    drill->result->is_sum =
        drill->result->is_numeric && qa_load_is_same_number(&drill->result->sum, &drill->result->value);
    return QA_OK;
}

static qa_status_t read_state(drill_t *drill, const qa_member_t *coordinate)
{
    qa_status_t status = qa_connection_read_begin(drill->connection);
    if (status != QA_OK) return fail_connection(drill, status);
    const qa_model_t *model = qa_connection_model(drill->connection);
    drill->dimension_count = qa_model_dimension_count(model);
    qa_load_cells_make(&drill->cells, drill->allocator, drill->dimension_count);
    status = find_leaves(drill, model, coordinate);
    bool is_empty = false;
    for (uint16_t d = 0; d < drill->dimension_count && status == QA_OK; d++)
        is_empty = is_empty || drill->filter_counts[d] == 0;
    const qa_member_t *filters[QA_DIMENSIONS_MAX];
    for (uint16_t d = 0; d < drill->dimension_count; d++)
        filters[d] = drill->filters[d];
    if (status == QA_OK && !is_empty) {
        status = qa_connection_atoms(drill->connection, filters, drill->filter_counts, 0, visit_atom, drill);
        if (status != QA_OK) status = fail_connection(drill, status);
    }
    if (status == QA_OK) {
        status = qa_connection_cells(drill->connection, coordinate, 1, &drill->result->value);
        if (status != QA_OK) status = fail_connection(drill, status);
    }
    if (status == QA_OK) status = keep_text(drill, &drill->result->value);
    qa_connection_read_end(drill->connection);
    return status;
}

/* The text of the value outlives the drill. */
static qa_status_t own_text(drill_t *drill)
{
    qa_load_drill_t *result = drill->result;
    if (result->value.kind != QA_KIND_TEXT) return QA_OK;
    result->text_capacity = result->value.text_bytes + 1;
    result->text = drill->allocator->resize(drill->allocator->context, NULL, 0, result->text_capacity);
    if (result->text == NULL) return qa_load_fail_memory(drill->error);
    memcpy(result->text, result->value.text, result->value.text_bytes);
    result->text[result->value.text_bytes] = '\0';
    result->value.text = result->text;
    return QA_OK;
}

qa_status_t qa_load_drill(qa_connection_t *connection, const qa_member_t *coordinate,
                          qa_status_t (*visit_line)(void *context, const qa_load_drill_line_t *line),
                          qa_status_t (*visit_difference)(void *context,
                                                          const qa_load_drill_difference_t *difference),
                          void *context, qa_load_drill_t *result, qa_error_t *error)
{
    const qa_allocator_t *allocator = &qa_allocator_default;
    *result = (qa_load_drill_t){ .sum = qa_value_missing(), .value = qa_value_missing(), .is_numeric = true };
    error->status = QA_OK;
    error->message[0] = '\0';
    drill_t *drill = allocator->resize(allocator->context, NULL, 0, sizeof(*drill));
    if (drill == NULL) return qa_load_fail_memory(error);
    memset(drill, 0, sizeof(*drill));
    drill->allocator = allocator;
    drill->connection = connection;
    drill->error = error;
    drill->result = result;
    drill->visit_line = visit_line;
    drill->context = context;
    qa_load_arena_make(&drill->arena, allocator);
    qa_status_t status = read_state(drill, coordinate);
    if (status == QA_OK) status = read_loads(drill);
    if (status == QA_OK) status = judge(drill, visit_difference);
    if (status == QA_OK) status = own_text(drill);
    if (status != QA_OK && result->value.kind == QA_KIND_TEXT) result->value = qa_value_missing();
    qa_load_cells_release(&drill->cells);
    qa_load_release(allocator, drill->leaves, drill->leaf_capacity, sizeof(leaf_t));
    qa_load_release(allocator, drill->loads, drill->load_capacity, sizeof(known_load_t));
    qa_load_arena_release(&drill->arena);
    allocator->release(allocator->context, drill, sizeof(*drill));
    return status;
}

void qa_load_drill_close(qa_load_drill_t *result)
{
    if (result->text != NULL)
        qa_allocator_default.release(qa_allocator_default.context, result->text, result->text_capacity);
    result->text = NULL;
}
