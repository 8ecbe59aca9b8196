/* What the load writes: the differences between the cells of the files and the state, as one intent. A
 * conflict with somebody else's commit makes it compare again. What it must never do: write a cell that has
 * its value already, or anything at all when nothing differs and the same lines are known. */
#include <stdio.h>
#include <stdlib.h>

#include "load/load_private.h"

enum { ATTEMPTS_MAX = 5 };

/* Cells to write, in one run. */
typedef struct difference {
    load_t *load;
    qa_member_t *coordinates;
    uint32_t coordinate_capacity;
    qa_value_t *values;
    uint32_t value_capacity;
    uint32_t count;
    uint8_t *is_met; /* per cell of the load: the state has an atom there */
    qa_member_t *filters[QA_DIMENSIONS_MAX];
    uint32_t filter_counts[QA_DIMENSIONS_MAX];
    uint32_t filter_capacities[QA_DIMENSIONS_MAX];
    uint64_t offset; /* of the state compared with */
} difference_t;

static qa_status_t fail_connection(const load_t *load, qa_status_t status)
{
    return qa_load_fail(load->error, status, "%s", qa_connection_error(load->connection)->message);
}

static void release_difference(difference_t *difference)
{
    const qa_allocator_t *allocator = difference->load->allocator;
    qa_load_release(allocator, difference->coordinates, difference->coordinate_capacity, sizeof(qa_member_t));
    qa_load_release(allocator, difference->values, difference->value_capacity, sizeof(qa_value_t));
    qa_load_release(allocator, difference->is_met, difference->load->cells.count + 1u, 1);
    for (uint32_t d = 0; d < QA_DIMENSIONS_MAX; d++)
        qa_load_release(allocator, difference->filters[d], difference->filter_capacities[d],
                        sizeof(qa_member_t));
}

static qa_status_t put_cell(difference_t *difference, const qa_member_t *coordinate, qa_value_t value)
{
    load_t *load = difference->load;
    void *array = difference->coordinates;
    qa_status_t status = qa_load_reserve(load->allocator, &array, &difference->coordinate_capacity,
                                         ((uint64_t)difference->count + 1) * load->dimension_count,
                                         sizeof(qa_member_t), load->error);
    difference->coordinates = array;
    if (status != QA_OK) return status;
    array = difference->values;
    status = qa_load_reserve(load->allocator, &array, &difference->value_capacity, difference->count + 1u,
                             sizeof(qa_value_t), load->error);
    difference->values = array;
    if (status != QA_OK) return status;
    qa_member_t *target = difference->coordinates + (size_t)difference->count * load->dimension_count;
    for (qa_dimension_t d = 0; d < load->dimension_count; d++) {
        target[d] = (coordinate[d] & QA_NEW) != 0 ? load->created[coordinate[d] & ~QA_NEW].id : coordinate[d];
    }
    difference->values[difference->count++] = value;
    return QA_OK;
}

/* The cell's value as the app keeps it. */
static qa_value_t value_to_store(const load_t *load, uint32_t index)
{
    const qa_value_t value = qa_load_cell_value(&load->cells, index);
    const bool is_zero = (value.kind == QA_KIND_DECIMAL && value.units == 0) ||
                         (value.kind == QA_KIND_DOUBLE && value.number == 0);
    return is_zero && load->is_zero_missing ? qa_value_missing() : value;
}

static qa_status_t visit_atom(void *context, const qa_atom_view_t *atom)
{
    difference_t *difference = context;
    load_t *load = difference->load;
    const uint32_t index = qa_load_cells_find(&load->cells, atom->coordinate);
    if (index == UINT32_MAX || load->cells.items[index].is_dropped) {
        /* Only the slice's own atoms are cleared; the filter alone may be wider. */
        if (!load->has_slice || !qa_load_slice_holds(load, atom->coordinate)) return QA_OK;
        load->result->cleared_count++;
        return put_cell(difference, atom->coordinate, qa_value_missing());
    }
    const qa_value_t value = value_to_store(load, index);
    difference->is_met[index] = 1;
    if (qa_value_equal(&value, &atom->value)) {
        load->result->unchanged_count++;
        return QA_OK;
    }
    if (value.kind == QA_KIND_MISSING) {
        load->result->cleared_count++;
    } else {
        load->result->changed_count++;
    }
    return put_cell(difference, atom->coordinate, value);
}

static qa_status_t take_filter(difference_t *difference, qa_dimension_t d, uint32_t capacity)
{
    const qa_allocator_t *allocator = difference->load->allocator;
    difference->filters[d] =
        allocator->resize(allocator->context, NULL, 0, ((size_t)capacity + 1) * sizeof(qa_member_t));
    if (difference->filters[d] == NULL) return qa_load_fail_memory(difference->load->error);
    difference->filter_capacities[d] = capacity + 1;
    return QA_OK;
}

/* The members that the cells name, or those of the slice: atoms elsewhere need not be looked at. */
static qa_status_t make_filters(difference_t *difference)
{
    load_t *load = difference->load;
    for (qa_dimension_t d = 0; d < load->dimension_count; d++) {
        const dimension_state_t *state = &load->dimensions[d];
        if (load->has_slice && !state->is_sliced) continue;
        const uint32_t count = qa_model_dimension(load->model, d)->member_count;
        qa_status_t status = take_filter(difference, d, count);
        if (status != QA_OK) return status;
        qa_member_t *filter = difference->filters[d];
        uint32_t used = 0;
        if (load->has_slice) {
            for (uint32_t i = 0; i < state->slice_flag_count; i++) {
                if (state->slice_flags[i] != 0) filter[used++] = i;
            }
        } else {
            /* First marks, then the list in their place: a mark is read before the list reaches it. */
            memset(filter, 0, ((size_t)count + 1) * sizeof(*filter));
            for (uint32_t i = 0; i < load->cells.count; i++) {
                const qa_member_t member = load->cells.coordinates[(size_t)i * load->dimension_count + d];
                if ((member & QA_NEW) == 0) filter[member] = 1;
            }
            for (uint32_t i = 0; i < count; i++) {
                if (filter[i] != 0) filter[used++] = i;
            }
        }
        difference->filter_counts[d] = used;
    }
    return QA_OK;
}

/* Within a read section. */
static qa_status_t compare(difference_t *difference)
{
    load_t *load = difference->load;
    qa_load_result_t *result = load->result;
    result->created_count = result->changed_count = result->cleared_count = result->unchanged_count = 0;
    difference->is_met = load->allocator->resize(load->allocator->context, NULL, 0, load->cells.count + 1u);
    if (difference->is_met == NULL) return qa_load_fail_memory(load->error);
    memset(difference->is_met, 0, load->cells.count + 1u);
    qa_status_t status = make_filters(difference);
    if (status != QA_OK) return status;
    bool is_empty = false;
    const qa_member_t *filters[QA_DIMENSIONS_MAX];
    for (qa_dimension_t d = 0; d < load->dimension_count; d++) {
        filters[d] = difference->filters[d];
        /* An empty list means that every member there is new: no atom can be met. */
        is_empty = is_empty || (filters[d] != NULL && difference->filter_counts[d] == 0);
    }
    if (!is_empty) {
        status = qa_connection_atoms(load->connection, filters, difference->filter_counts, 0, visit_atom,
                                     difference);
        if (status != QA_OK && load->error->status == QA_OK) return fail_connection(load, status);
        if (status != QA_OK) return status;
    }
    for (uint32_t i = 0; i < load->cells.count; i++) {
        if (difference->is_met[i] != 0 || load->cells.items[i].is_dropped) continue;
        const qa_value_t value = value_to_store(load, i);
        if (value.kind == QA_KIND_MISSING) {
            result->unchanged_count++;
            continue;
        }
        result->created_count++;
        status = put_cell(difference, load->cells.coordinates + (size_t)i * load->dimension_count, value);
        if (status != QA_OK) return status;
    }
    return QA_OK;
}

qa_status_t qa_load_add_members(load_t *load, qa_intent_t *intent)
{
    for (uint32_t i = 0; i < load->created_count; i++) {
        created_member_t *created = &load->created[i];
        qa_status_t status = qa_model_find_member(load->model, created->dimension, created->code,
                                                  created->code_bytes, &created->id, NULL);
        created->is_adopted = status == QA_OK; /* somebody made it in the meantime */
        if (created->is_adopted) continue;
        status = qa_intent_add_member(intent, created->dimension, created->code, created->code_bytes, false,
                                      &created->id);
        if (status == QA_OK && created->caption != NULL) {
            status = qa_intent_set_caption(intent, created->dimension, created->id, created->caption,
                                           created->caption_bytes);
        }
        for (uint32_t a = 0; a < created->attribute_count && status == QA_OK; a++) {
            const qa_load_pair_t *pair = &created->attributes[a];
            if (pair->value[0] == '\0') continue;
            status = qa_intent_set_attribute(intent, created->dimension, created->id, pair->name,
                                             strlen(pair->name), pair->value, strlen(pair->value));
        }
        if (status != QA_OK) {
            return qa_load_fail(load->error, status, "the new member \"%s\" of %s: %s", created->code,
                                load->dimensions[created->dimension].name, qa_status_info(status)->text);
        }
        load->result->members_created++;
    }
    /* Edges behind all members: a parent may come later in the file than its child. */
    for (uint32_t i = 0; i < load->created_count; i++) {
        const created_member_t *created = &load->created[i];
        if (created->parent == QA_MEMBER_NONE || (created->id & QA_NEW) == 0) continue;
        const qa_member_t parent =
            (created->parent & QA_NEW) != 0 ? load->created[created->parent & ~QA_NEW].id : created->parent;
        const char sign = created->operator_code;
        const qa_edge_t edge = { .parent = parent,
                                 .child = created->id,
                                 .weight = sign == '+'   ? 1
                                           : sign == '-' ? -1
                                                         : 0,
                                 .operator_code = (uint8_t)sign };
        const qa_status_t status = qa_intent_set_edge(intent, created->dimension, QA_HIERARCHY_PRIMARY, &edge,
                                                      QA_ATOMS_REFUSE, QA_MEMBER_NONE);
        if (status != QA_OK) return qa_load_fail(load->error, status, "%s", qa_status_info(status)->text);
    }
    return QA_OK;
}

/* What the history keeps of the load; the arrays are released by the caller. */
typedef struct description {
    qa_load_t facts;
    qa_load_file_t *files;
    uint32_t slice_counts[QA_DIMENSIONS_MAX];
    qa_member_t *members;
    uint32_t member_count;
    uint32_t member_capacity;
} description_t;

static qa_status_t describe(load_t *load, description_t *description)
{
    const uint32_t count = load->options->file_count;
    description->files = qa_load_arena_take(&load->arena, (count + 1) * sizeof(*description->files));
    if (description->files == NULL) return qa_load_fail_memory(load->error);
    for (uint32_t i = 0; i < count; i++) {
        const load_file_t *file = &load->files[i];
        description->files[i] = (qa_load_file_t){ .name = file->name,
                                                  .name_bytes = (uint32_t)strlen(file->name),
                                                  .line_count = file->line_count };
        memcpy(description->files[i].sha256, file->sha256, 32);
    }
    /* The map stands behind the files, with the digest of what it made of them: the same files through
     * another map are another load. */
    description->files[count] = (qa_load_file_t){ .name = load->options->map_name,
                                                  .name_bytes = (uint32_t)strlen(load->options->map_name) };
    memcpy(description->files[count].sha256, load->gifts_sha256, 32);
    for (qa_dimension_t d = 0; d < load->dimension_count && load->has_slice; d++) {
        qa_member_t *members = NULL;
        uint32_t capacity = 0;
        qa_status_t status =
            qa_load_slice_members(load, d, &members, &description->slice_counts[d], &capacity);
        if (status == QA_OK) {
            void *array = description->members;
            status = qa_load_reserve(load->allocator, &array, &description->member_capacity,
                                     (uint64_t)description->member_count + description->slice_counts[d] + 1,
                                     sizeof(qa_member_t), load->error);
            description->members = array;
        }
        if (status == QA_OK && description->slice_counts[d] > 0) {
            memcpy(description->members + description->member_count, members,
                   description->slice_counts[d] * sizeof(*members));
            description->member_count += description->slice_counts[d];
        }
        qa_load_release(load->allocator, members, capacity, sizeof(*members));
        if (status != QA_OK) return status;
    }
    description->facts = (qa_load_t){ .files = description->files,
                                      .file_count = count + 1,
                                      .has_slice = load->has_slice,
                                      .dimension_count = load->has_slice ? load->dimension_count : 0,
                                      .slice_counts = description->slice_counts,
                                      .slice_members = description->members };
    return QA_OK;
}

static bool is_renumbered(const load_t *load)
{
    for (uint32_t i = 0; i < load->created_count; i++) {
        if (load->created[i].id != (QA_NEW | i)) return true;
    }
    return false;
}

static qa_status_t add_lines(load_t *load, qa_intent_t *intent)
{
    qa_status_t status = is_renumbered(load) ? qa_load_ledger_renumber(load) : QA_OK;
    if (status != QA_OK) return status;
    for (uint32_t i = 0; i < load->block_count; i++) {
        status = qa_intent_add_lines(intent, load->blocks[i].data, load->blocks[i].bytes);
        if (status != QA_OK) {
            return qa_load_fail(load->error, status,
                                "the ledger lines do not fit one intent; split the files");
        }
    }
    return QA_OK;
}

/* Members, cells, description, lines. */
static qa_status_t fill_intent(load_t *load, difference_t *difference, description_t *description,
                               qa_intent_t *intent)
{
    qa_status_t status = QA_OK;
    if (load->options->reason != NULL && load->options->reason[0] != '\0') {
        status = qa_intent_set_reason(intent, load->options->reason, strlen(load->options->reason));
        if (status != QA_OK)
            return qa_load_fail(load->error, status, "the reason: %s", qa_status_info(status)->text);
    }
    if (difference->count > 0) {
        status = qa_intent_set_cells(intent, load->dimension_count, difference->coordinates,
                                     difference->values, NULL, difference->count);
        if (status != QA_OK)
            return qa_load_fail(load->error, status, "the cells of the load: %s",
                                qa_status_info(status)->text);
    }
    description->facts.expect_offset = difference->offset;
    description->facts.same_lines_as = load->same_lines_as;
    status = qa_intent_set_load(intent, &description->facts);
    if (status != QA_OK)
        return qa_load_fail(load->error, status, "the description of the load: %s",
                            qa_status_info(status)->text);
    return load->same_lines_as != 0 ? QA_OK : add_lines(load, intent);
}

/* Compares, builds, commits. *is_conflict_out: somebody was faster. */
static qa_status_t attempt(load_t *load, bool *is_conflict_out)
{
    difference_t difference = { .load = load };
    description_t description = { .files = NULL };
    qa_intent_t *intent = NULL;
    bool is_reading = false;
    *is_conflict_out = false;
    load->result->members_created = 0;
    qa_status_t status = qa_intent_open(&intent, load->allocator);
    if (status != QA_OK) return qa_load_fail_memory(load->error);
    status = qa_connection_read_begin(load->connection);
    if (status != QA_OK) {
        status = fail_connection(load, status);
        goto done;
    }
    is_reading = true;
    load->model = qa_connection_model(load->connection);
    difference.offset = qa_connection_position(load->connection)->offset;
    status = qa_load_add_members(load, intent);
    if (status == QA_OK && load->result->members_created < load->created_count) qa_load_cells_adopt(load);
    if (status == QA_OK) status = qa_load_slice_refresh(load);
    if (status == QA_OK && load->held != NULL && difference.offset != load->held_offset)
        status = qa_load_year_to_date_check(load);
    if (status == QA_OK) status = compare(&difference);
    if (status == QA_OK) status = describe(load, &description);
    qa_connection_read_end(load->connection);
    is_reading = false;
    if (status != QA_OK) goto done;
    if (qa_load_is_cancelled(load)) {
        status = qa_load_fail(load->error, QA_CANCELLED, "cancelled; nothing was written");
        goto done;
    }
    status = qa_load_ledger_find_same(load, &description.facts, &load->same_lines_as);
    if (status != QA_OK) goto done;
    /* Nothing to change, and no lines to keep either. */
    if (difference.count == 0 && load->result->members_created == 0 &&
        (load->same_lines_as != 0 || load->block_count == 0)) {
        goto done;
    }
    status = fill_intent(load, &difference, &description, intent);
    if (status != QA_OK) goto done;
    status = load->options->is_dry_run
                 ? qa_connection_preview(load->connection, intent, &load->result->receipt)
                 : qa_connection_commit(load->connection, intent, &load->result->receipt);
    /* A code that was free a moment ago: somebody made the same member. */
    *is_conflict_out =
        status == QA_CONFLICT || (status == QA_CODE_TAKEN && load->result->members_created > 0);
    if (status != QA_OK) status = fail_connection(load, status);
    if (status == QA_OK && !load->options->is_dry_run)
        load->result->is_written = load->result->receipt.offset != 0;
done:
    if (is_reading) qa_connection_read_end(load->connection);
    qa_intent_close(intent);
    qa_load_release(load->allocator, description.members, description.member_capacity, sizeof(qa_member_t));
    release_difference(&difference);
    return status;
}

qa_status_t qa_load_apply(load_t *load)
{
    qa_status_t status = QA_OK;
    for (uint32_t i = 0; i < ATTEMPTS_MAX; i++) {
        bool is_conflict = false;
        status = attempt(load, &is_conflict);
        qa_load_ledger_restore(load);
        if (!is_conflict) return status;
        load->error->status = QA_OK;
    }
    return status;
}
