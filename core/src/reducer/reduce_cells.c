/* Operations on values: cells, masks, holds. Every cell is checked before the first one is written. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "qa/text.h"
#include "reducer/reduction.h"

enum { WORDS_BYTES = 300 };
#define DECIMAL_MAX INT64_C(999999999999999999)

static qa_status_t fail_cell(qa_reduction_t *reduction, qa_status_t status, const qa_member_t *coordinate,
                             const char *why)
{
    char words[WORDS_BYTES];
    qa_state_coordinate_words(reduction->state->model, coordinate,
                              qa_store_dimension_count(reduction->state->store), words, sizeof(words));
    return qa_fail(reduction->error, status, "%s: %s", words, why);
}

/* --- from values to atoms --- */

static qa_status_t decimal_atom(const qa_value_t *value, uint8_t decimals, qa_atom_t *atom)
{
    qa_int128_t units = value->units;
    if (value->kind == QA_KIND_DOUBLE) {
        int64_t exact;
        const qa_status_t status = qa_decimal_from_double(value->number, decimals, &exact, NULL);
        atom->units = exact;
        return status;
    }
    for (uint8_t i = value->decimals; i < decimals; i++)
        units *= 10;
    for (uint8_t i = decimals; i < value->decimals; i++) {
        if (units % 10 != 0) return QA_TOO_MANY_DECIMALS;
        units /= 10;
    }
    if (units > DECIMAL_MAX || units < -DECIMAL_MAX) return QA_OVERFLOW;
    atom->units = (int64_t)units;
    return QA_OK;
}

/* An app may hold that 0 is no value: then writing it clears. */
static void clear_zero(const qa_model_t *model, qa_atom_t *atom)
{
    const bool is_zero = (atom->kind == QA_KIND_DECIMAL && atom->units == 0) ||
                         (atom->kind == QA_KIND_DOUBLE && atom->number == 0.0);
    if (is_zero && qa_model_app(model)->is_zero_missing) atom->kind = QA_KIND_MISSING;
}

static qa_status_t make_atom(qa_reduction_t *reduction, const qa_member_t *coordinate,
                             const qa_value_t *value, qa_atom_t *atom)
{
    const qa_account_t account = qa_model_account_of(reduction->state->model, coordinate);
    *atom = (qa_atom_t){ .kind = account.kind };
    const bool is_number = value->kind == QA_KIND_DECIMAL || value->kind == QA_KIND_DOUBLE;
    if (value->kind == QA_KIND_MISSING) {
        atom->kind = QA_KIND_MISSING;
        return QA_OK;
    }
    if (account.kind == QA_KIND_DECIMAL && is_number) {
        const qa_status_t status = decimal_atom(value, account.decimals, atom);
        if (status == QA_TOO_MANY_DECIMALS)
            return fail_cell(reduction, status, coordinate,
                             "the number has more decimals than the account; round it first");
        if (status != QA_OK)
            return fail_cell(reduction, status, coordinate, "a decimal has at most 18 digits");
        clear_zero(reduction->state->model, atom);
        return QA_OK;
    }
    if (account.kind == QA_KIND_DOUBLE && is_number) {
        atom->number = value->kind == QA_KIND_DOUBLE ? value->number
                                                     : qa_decimal_to_double(value->units, value->decimals);
        clear_zero(reduction->state->model, atom);
        return QA_OK;
    }
    if (account.kind != value->kind) {
        static const char *const kinds[] = { "missing", "decimal", "double", "text", "date", "boolean" };
        char why[128];
        snprintf(why, sizeof(why), "the account holds values of kind %s, not %s", kinds[account.kind],
                 kinds[value->kind]);
        return fail_cell(reduction, QA_WRONG_KIND, coordinate, why);
    }
    atom->text_bytes = value->text_bytes;
    if (account.kind == QA_KIND_TEXT) atom->text = value->text;
    if (account.kind == QA_KIND_DATE) atom->day = value->day;
    if (account.kind == QA_KIND_BOOLEAN) atom->truth = value->truth;
    return QA_OK;
}

/* --- coordinates --- */

static qa_status_t resolve_coordinate(qa_reduction_t *reduction, qa_member_t *coordinate, bool must_be_leaf)
{
    const qa_model_t *model = reduction->state->model;
    const uint16_t dimension_count = qa_store_dimension_count(reduction->state->store);
    for (qa_dimension_t d = 0; d < dimension_count; d++) {
        const qa_status_t status = qa_reduction_resolve(reduction, d, coordinate[d], &coordinate[d]);
        if (status != QA_OK) return status;
        const qa_member_info_t *info = qa_model_member(model, d, coordinate[d]);
        if (!must_be_leaf || info->is_leaf) continue;
        return qa_fail(reduction->error, QA_NOT_LEAF,
                       "\"%s\" of \"%s\" is not a leaf; values are stored on leaves only, name one below it",
                       info->code, qa_model_dimension(model, d)->name);
    }
    return QA_OK;
}

static int compare_coordinates(const qa_member_t *a, const qa_member_t *b, uint16_t dimension_count)
{
    for (uint16_t d = 0; d < dimension_count; d++) {
        if (a[d] != b[d]) return a[d] < b[d] ? -1 : 1;
    }
    return 0;
}

/* Coordinates in ascending order are distinct at a glance; others go through a table of positions. */
static qa_status_t check_distinct(qa_reduction_t *reduction, const qa_member_t *coordinates, uint32_t count)
{
    const qa_allocator_t *allocator = reduction->state->allocator;
    const uint16_t dimension_count = qa_store_dimension_count(reduction->state->store);
    uint32_t at = 1;
    while (at < count && compare_coordinates(coordinates + (size_t)(at - 1) * dimension_count,
                                             coordinates + (size_t)at * dimension_count, dimension_count) < 0)
        at++;
    if (at >= count) return QA_OK;
    size_t capacity = 16;
    while (capacity < (size_t)count * 2)
        capacity *= 2;
    uint32_t *slots = qa_memory_take(allocator, capacity * sizeof(*slots));
    if (slots == NULL) return qa_fail_memory(reduction->error, "the cells of an intent");
    qa_status_t status = QA_OK;
    for (uint32_t i = 0; i < count && status == QA_OK; i++) {
        const qa_member_t *coordinate = coordinates + (size_t)i * dimension_count;
        size_t slot = qa_hash64(coordinate, dimension_count * sizeof(*coordinate)) & (capacity - 1);
        while (slots[slot] != 0) {
            const uint32_t other = slots[slot] - 1;
            if (compare_coordinates(coordinates + (size_t)other * dimension_count, coordinate,
                                    dimension_count) == 0) {
                char why[96];
                snprintf(why, sizeof(why), "one write names this cell twice, as number %u and as number %u",
                         other + 1, i + 1);
                status = fail_cell(reduction, QA_NAMED_TWICE, coordinate, why);
                break;
            }
            slot = (slot + 1) & (capacity - 1);
        }
        if (status == QA_OK) slots[slot] = i + 1;
    }
    qa_memory_give(allocator, slots, capacity * sizeof(*slots));
    return status;
}

/* --- operations --- */

static qa_status_t read_counts(qa_reduction_t *reduction, uint8_t code, qa_reader_t *payload,
                               uint32_t *count_out)
{
    const uint32_t dimension_count = qa_read_bounded(payload, QA_DIMENSIONS_MAX);
    *count_out = qa_read_bounded(payload, UINT32_MAX);
    reduction->cell_count += *count_out;
    if (!payload->is_bad && reduction->cell_count > QA_INTENT_CELLS_MAX)
        return qa_fail(reduction->error, QA_LIMIT,
                       "an intent names more than %d cells; write them in several", QA_INTENT_CELLS_MAX);
    if (payload->is_bad || *count_out > qa_reader_left(payload))
        return qa_reduction_malformed(reduction, code);
    const uint16_t expected = qa_store_dimension_count(reduction->state->store);
    if (dimension_count != expected)
        return qa_fail(reduction->error, QA_INVALID, "a coordinate has %u members, the app has %u dimensions",
                       dimension_count, expected);
    return QA_OK;
}

static qa_status_t check_seen(qa_reduction_t *reduction, const qa_member_t *coordinates,
                              const qa_atom_t *seen, uint32_t count)
{
    const uint16_t dimension_count = qa_store_dimension_count(reduction->state->store);
    for (uint32_t i = 0; i < count; i++) {
        qa_atom_t present;
        const qa_member_t *coordinate = coordinates + (size_t)i * dimension_count;
        qa_store_get(reduction->state->store, coordinate, 1, &present);
        const bool is_same =
            present.kind == seen[i].kind &&
            (present.kind == QA_KIND_MISSING ||
             (present.kind == QA_KIND_TEXT ? present.text_bytes == seen[i].text_bytes &&
                                                 memcmp(present.text, seen[i].text, present.text_bytes) == 0
              : present.kind == QA_KIND_DATE    ? present.day == seen[i].day
              : present.kind == QA_KIND_BOOLEAN ? present.truth == seen[i].truth
                                                : present.units == seen[i].units));
        if (!is_same)
            return fail_cell(reduction, QA_CONFLICT, coordinate,
                             "the cell changed since it was read; read it again");
    }
    return QA_OK;
}

static qa_status_t set_cells(qa_reduction_t *reduction, qa_reader_t *payload)
{
    uint32_t count;
    qa_status_t status = read_counts(reduction, QA_OPERATION_SET_CELLS, payload, &count);
    if (status != QA_OK) return status;
    const uint8_t has_seen = qa_read_u8(payload);
    const uint16_t dimension_count = qa_store_dimension_count(reduction->state->store);
    const size_t row_bytes = dimension_count * sizeof(qa_member_t);
    qa_arena_t *arena = &reduction->delta->arena;
    qa_member_t *coordinates = qa_arena_take(arena, count * row_bytes);
    qa_atom_t *atoms = qa_arena_take(arena, count * sizeof(*atoms));
    qa_atom_t *present = qa_arena_take(arena, count * sizeof(*present));
    qa_atom_t *seen = has_seen ? qa_arena_take(arena, count * sizeof(*seen)) : NULL;
    if (coordinates == NULL || atoms == NULL || present == NULL || (has_seen && seen == NULL))
        return qa_fail_memory(reduction->error, "the cells of an intent");

    qa_member_t previous[QA_DIMENSIONS_MAX] = { 0 };
    for (uint32_t i = 0; i < count; i++) {
        qa_member_t *coordinate = coordinates + (size_t)i * dimension_count;
        qa_record_read_coordinate(payload, previous, dimension_count);
        qa_value_t value = qa_record_read_value(payload);
        if (payload->is_bad) return qa_reduction_malformed(reduction, QA_OPERATION_SET_CELLS);
        memcpy(coordinate, previous, row_bytes);
        status = resolve_coordinate(reduction, coordinate, true);
        if (status == QA_OK) status = make_atom(reduction, coordinate, &value, &atoms[i]);
        if (status != QA_OK) return status;
        if (!has_seen) continue;
        value = qa_record_read_value(payload);
        if (payload->is_bad) return qa_reduction_malformed(reduction, QA_OPERATION_SET_CELLS);
        status = make_atom(reduction, coordinate, &value, &seen[i]);
        if (status != QA_OK) return status;
    }
    status = check_distinct(reduction, coordinates, count);
    if (status == QA_OK) status = qa_reduction_check_holds(reduction, coordinates, count);
    if (status == QA_OK && has_seen) status = check_seen(reduction, coordinates, seen, count);
    if (status != QA_OK) return status;
    qa_store_get(reduction->state->store, coordinates, count, present);
    for (uint32_t i = 0; i < count; i++)
        atoms[i].mask =
            atoms[i].kind == QA_KIND_MISSING ? 0 : present[i].mask; /* a new value keeps its mask */
    return qa_reduction_atoms(reduction, coordinates, atoms, count);
}

static qa_status_t set_masks(qa_reduction_t *reduction, qa_reader_t *payload)
{
    uint32_t count;
    qa_status_t status = read_counts(reduction, QA_OPERATION_SET_MASKS, payload, &count);
    const uint16_t dimension_count = qa_store_dimension_count(reduction->state->store);
    qa_member_t coordinate[QA_DIMENSIONS_MAX];
    qa_member_t previous[QA_DIMENSIONS_MAX] = { 0 };
    for (uint32_t i = 0; i < count && status == QA_OK; i++) {
        qa_atom_t atom;
        qa_record_read_coordinate(payload, previous, dimension_count);
        const uint64_t mask = qa_read_varint(payload);
        if (payload->is_bad) return qa_reduction_malformed(reduction, QA_OPERATION_SET_MASKS);
        memcpy(coordinate, previous, sizeof(coordinate));
        status = resolve_coordinate(reduction, coordinate, true);
        if (status != QA_OK) return status;
        qa_store_get(reduction->state->store, coordinate, 1, &atom);
        if (atom.kind == QA_KIND_MISSING)
            return fail_cell(reduction, QA_MISSING_INPUT, coordinate,
                             "there is no value to mask; write one first");
        atom.mask = mask;
        status = qa_reduction_atoms(reduction, coordinate, &atom, 1);
    }
    return status;
}

static qa_status_t set_hold(qa_reduction_t *reduction, qa_reader_t *payload)
{
    uint32_t count;
    qa_status_t status = read_counts(reduction, QA_OPERATION_SET_HOLD, payload, &count);
    if (status != QA_OK) return status;
    const uint16_t dimension_count = qa_store_dimension_count(reduction->state->store);
    qa_member_t coordinate[QA_DIMENSIONS_MAX] = { 0 };
    qa_record_read_coordinate(payload, coordinate, dimension_count);
    const uint8_t hold = qa_read_u8(payload);
    uint32_t owner_bytes;
    const char *owner = qa_read_text(payload, &owner_bytes);
    if (payload->is_bad || count != 1 || hold > QA_HOLD_CONSOLIDATION || owner_bytes > QA_ACTOR_BYTES_MAX ||
        !qa_utf8_is_valid(owner, owner_bytes))
        return qa_reduction_malformed(reduction, QA_OPERATION_SET_HOLD);
    status = resolve_coordinate(reduction, coordinate, false);
    for (qa_dimension_t d = 0; d < dimension_count && status == QA_OK; d++) {
        const qa_member_info_t *info = qa_model_member(reduction->state->model, d, coordinate[d]);
        if (!info->is_in_primary)
            status =
                qa_fail(reduction->error, QA_NOT_SUPPORTED,
                        "\"%s\" is a group of alternate hierarchies; a hold needs members of the primary one",
                        info->code);
    }
    if (status != QA_OK) return status;
    qa_buffer_t name;
    qa_member_t previous[QA_DIMENSIONS_MAX] = { 0 };
    qa_buffer_make(&name, reduction->state->allocator, 4096);
    status = qa_write_varint(&name, dimension_count);
    if (status == QA_OK) status = qa_record_write_coordinate(&name, coordinate, previous, dimension_count);
    if (status == QA_OK) status = qa_write_text(&name, owner, owner_bytes);
    if (status == QA_OK)
        status = qa_reduction_fact(reduction,
                                   (qa_fact_key_t){ .table = QA_FACT_HOLD,
                                                    .name = (const char *)name.data,
                                                    .name_bytes = (uint32_t)name.bytes },
                                   hold == QA_HOLD_NONE ? NULL : &hold, 1);
    qa_buffer_release(&name);
    return status;
}

qa_status_t qa_reduce_cells(qa_reduction_t *reduction, uint8_t code, qa_reader_t *payload)
{
    if (code == QA_OPERATION_SET_CELLS) return set_cells(reduction, payload);
    if (code == QA_OPERATION_SET_MASKS) return set_masks(reduction, payload);
    assert(code == QA_OPERATION_SET_HOLD);
    return set_hold(reduction, payload);
}
