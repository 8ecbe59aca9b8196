/* Counting: one pass over the atoms, each into all the cells that it belongs to.
 *
 * Sums are exact, so the order of the rows cannot show. It must never look at a value before it knows that
 * the reader may see it, or that a total may contain it. */
#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "base/flag.h"
#include "query/accumulate.h"

enum { CANCEL_ROWS = 4096 }; /* between two looks at is_cancelled */

/* What is known of an atom's way into a cell from the dimensions looked at so far. */
typedef struct way {
    int64_t weight;
    uint32_t offset;
    uint16_t inexact_count; /* dimensions in which the target is not the atom's own member */
    uint16_t never_count;   /* dimensions in which ^ is on the way */
    bool is_never_inexact;  /* … in one of which the target is another member */
    bool has_overflowed;    /* the product of the weights; only matters if the atom has a cell */
    uint8_t digits;
} way_t;

/* A dimension with several targets for the row under way. */
typedef struct choice {
    const plan_entry_t *entries;
    uint32_t count;
} choice_t;

typedef struct scan {
    const plan_t *plan;
    accumulator_t *accumulator;
    const qa_atom_t *atom;
    uint32_t row;
    bool is_masked;
    bool is_plain; /* a visible decimal, and no ^ in the plan */
    uint16_t choice_count;
    choice_t choices[QA_DIMENSIONS_MAX];
    qa_error_t *error;
} scan_t;

qa_status_t qa_accumulator_open(accumulator_t *accumulator, const qa_allocator_t *allocator,
                                uint64_t cell_count)
{
    *accumulator = (accumulator_t){ .allocator = allocator, .cell_count = cell_count };
    accumulator->sums = qa_memory_take(allocator, (size_t)cell_count * sizeof(wide_sum_t));
    accumulator->extra = qa_memory_take(allocator, (size_t)cell_count * sizeof(uint32_t));
    accumulator->flags = qa_memory_take(allocator, (size_t)cell_count);
    if (accumulator->sums != NULL && accumulator->extra != NULL && accumulator->flags != NULL) return QA_OK;
    qa_accumulator_close(accumulator);
    return QA_NO_MEMORY;
}

void qa_accumulator_close(accumulator_t *accumulator)
{
    const qa_allocator_t *allocator = accumulator->allocator;
    const size_t cells = (size_t)accumulator->cell_count;
    qa_memory_give(allocator, accumulator->sums, cells * sizeof(wide_sum_t));
    qa_memory_give(allocator, accumulator->extra, cells * sizeof(uint32_t));
    qa_memory_give(allocator, accumulator->flags, cells);
    qa_memory_give(allocator, accumulator->exact, accumulator->exact_capacity * sizeof(qa_exact_sum_t));
    accumulator->sums = NULL;
    accumulator->extra = NULL;
    accumulator->flags = NULL;
    accumulator->exact = NULL;
    accumulator->exact_capacity = 0;
}

static qa_status_t fail_overflow(const scan_t *scan)
{
    return qa_fail(scan->error, QA_OVERFLOW,
                   "an atom times its weights has more than 38 digits; use smaller weights");
}

static qa_status_t add_decimal(const scan_t *scan, const way_t *way)
{
    qa_int128_t term = plan_product(scan->atom->units, way->weight);
    if (way->digits > 0) {
        int64_t factor = 1;
        for (uint8_t i = 0; i < way->digits; i++)
            factor *= 10;
        const qa_uint128_t magnitude = term < 0 ? -(qa_uint128_t)term : (qa_uint128_t)term;
        if (magnitude > (~(qa_uint128_t)0 >> 1) / (uint64_t)factor) return fail_overflow(scan);
        term = (qa_int128_t)((qa_uint128_t)term * (uint64_t)factor);
    }
    wide_add(&scan->accumulator->sums[way->offset], term);
    scan->accumulator->flags[way->offset] |= CELL_DECIMAL;
    return QA_OK;
}

static qa_status_t add_double(const scan_t *scan, const way_t *way)
{
    accumulator_t *accumulator = scan->accumulator;
    const uint64_t cell = way->offset;
    if ((accumulator->flags[cell] & CELL_DOUBLE) == 0) {
        const qa_status_t status =
            qa_array_reserve(accumulator->allocator, &accumulator->exact, &accumulator->exact_capacity,
                             accumulator->exact_count + 1, sizeof(qa_exact_sum_t));
        if (status != QA_OK) return qa_fail_memory(scan->error, "adding up a grid");
        qa_exact_sum_clear((qa_exact_sum_t *)accumulator->exact + accumulator->exact_count);
        accumulator->extra[cell] = accumulator->exact_count++;
        accumulator->flags[cell] |= CELL_DOUBLE;
    }
    qa_exact_sum_t *sum = (qa_exact_sum_t *)accumulator->exact + accumulator->extra[cell];
    const double number = scan->atom->number;
    const int64_t weight = way->weight;
    if (weight == 1) {
        qa_exact_sum_add(sum, number);
    } else if (weight >= -(INT64_C(1) << 53) && weight <= INT64_C(1) << 53) {
        qa_exact_sum_add_product(sum, (double)weight, number);
    } else {
        /* In two parts, each exact as a double: the upper one is a multiple of 2^32. */
        const int64_t low = weight % (INT64_C(1) << 32);
        qa_exact_sum_add_product(sum, (double)(weight - low), number);
        qa_exact_sum_add_product(sum, (double)low, number);
    }
    return QA_OK;
}

/* Adds the atom to the cell, if the rules of masks and of ^ let it. */
static qa_status_t add_atom(const scan_t *scan, const way_t *way)
{
    accumulator_t *accumulator = scan->accumulator;
    assert(way->offset < accumulator->cell_count);
    const bool is_leaf_cell = way->inexact_count == 0;
    if (way->never_count > 0 && !is_leaf_cell &&
        !(way->never_count == 1 && way->inexact_count == 1 && way->is_never_inexact))
        return QA_OK;
    const uint8_t kind = scan->atom->kind;
    const bool is_number = kind == QA_KIND_DECIMAL || kind == QA_KIND_DOUBLE;
    if (!is_number && !is_leaf_cell) return QA_OK;
    if (scan->is_masked) {
        const qa_hidden_mode_t mode = scan->plan->spec->hidden_mode;
        if (is_leaf_cell || mode == QA_HIDDEN_REFUSE) accumulator->flags[way->offset] |= CELL_MASKED;
        if (is_leaf_cell || mode != QA_HIDDEN_TRUE_TOTAL) return QA_OK;
    }
    if (kind == QA_KIND_DECIMAL) return add_decimal(scan, way);
    if (kind == QA_KIND_DOUBLE) return add_double(scan, way);
    accumulator->flags[way->offset] |= CELL_LEAF;
    accumulator->extra[way->offset] = scan->row;
    return QA_OK;
}

static inline void take_entry(way_t *way, const plan_entry_t *entry)
{
    /* A later dimension may still reject the row, and which comes first follows from the atoms there are: so
     * the overflow is only noted here. No weight is 0: once beyond 64 bits, the product stays beyond. */
    if (entry->weight != 1 && __builtin_mul_overflow(way->weight, entry->weight, &way->weight))
        way->has_overflowed = true;
    way->offset += entry->offset;
    way->digits = (uint8_t)(way->digits + entry->digits);
    if (!entry->is_exact) way->inexact_count++;
    if (entry->is_never) {
        way->never_count++;
        if (!entry->is_exact) way->is_never_inexact = true;
    }
}

/* The innermost choice for what almost every atom is: a visible decimal that ^ does not touch. Adds as
 * add_atom does. */
static qa_status_t add_plain_decimals(const scan_t *scan, const choice_t *choice, const way_t *way)
{
    accumulator_t *accumulator = scan->accumulator;
    if (way->has_overflowed) return fail_overflow(scan);
    for (uint32_t i = 0; i < choice->count; i++) {
        const plan_entry_t *entry = &choice->entries[i];
        if (entry->weight == 1 && entry->digits == 0) {
            const uint64_t cell = (uint64_t)way->offset + entry->offset;
            assert(cell < accumulator->cell_count);
            wide_add(&accumulator->sums[cell], plan_product(scan->atom->units, way->weight));
            accumulator->flags[cell] |= CELL_DECIMAL;
            continue;
        }
        way_t longer = *way;
        take_entry(&longer, entry);
        if (longer.has_overflowed) return fail_overflow(scan);
        const qa_status_t status = add_decimal(scan, &longer);
        if (status != QA_OK) return status;
    }
    return QA_OK;
}

/* All combinations of the choices from `first` on. The recursion is at most as deep as there are dimensions.
 */
static qa_status_t add_choices(const scan_t *scan, uint16_t first, const way_t *way)
{
    if (first == scan->choice_count) return way->has_overflowed ? fail_overflow(scan) : add_atom(scan, way);
    const choice_t *choice = &scan->choices[first];
    if (scan->is_plain && first + 1 == scan->choice_count && way->digits == 0)
        return add_plain_decimals(scan, choice, way);
    for (uint32_t i = 0; i < choice->count; i++) {
        way_t longer = *way;
        take_entry(&longer, &choice->entries[i]);
        const qa_status_t status = add_choices(scan, (uint16_t)(first + 1), &longer);
        if (status != QA_OK) return status;
    }
    return QA_OK;
}

typedef enum match { MATCH_NONE, MATCH_UNKNOWN, MATCH_CELLS } match_t;

/* Whether the model does not know the member (any more) that an atom of another moment stands on. */
static bool is_unknown(const plan_t *plan, qa_dimension_t dimension, qa_member_t member)
{
    const plan_dimension_t *info = &plan->dimensions[dimension];
    if (!info->is_consolidating) return false;
    return member >= info->member_count || qa_model_member(plan->model, dimension, member)->is_deleted;
}

/* Finds the targets of a row's coordinate, dimension by dimension, the choosiest first. */
static match_t match_row(scan_t *scan, const qa_member_t *coordinate, uint16_t store_dimensions, way_t *way)
{
    const plan_t *plan = scan->plan;
    bool is_unplaced = false;
    scan->choice_count = 0;
    for (uint16_t i = 0; i < plan->dimension_count; i++) {
        const qa_dimension_t d = plan->order[i];
        const plan_dimension_t *dimension = &plan->dimensions[d];
        const qa_member_t member = d < store_dimensions ? coordinate[d] : 0;
        if (dimension->is_fixed) {
            if (member != dimension->targets[0].member) return MATCH_NONE;
            take_entry(way, &dimension->fixed);
            continue;
        }
        uint32_t first = 0;
        uint32_t end = 0;
        if (member < dimension->member_count) {
            first = dimension->begin[member];
            end = dimension->begin[member + 1];
        }
        if (first == end) {
            if (!is_unknown(plan, d, member)) return MATCH_NONE;
            is_unplaced = true;
        } else if (end - first == 1) {
            take_entry(way, &dimension->entries[first]);
        } else {
            scan->choices[scan->choice_count++] = (choice_t){ &dimension->entries[first], end - first };
        }
    }
    return is_unplaced ? MATCH_UNKNOWN : MATCH_CELLS;
}

static bool is_counted(const plan_t *plan, const qa_atom_t *atom)
{
    if (atom->kind == QA_KIND_MISSING) return false;
    if (!plan->is_zero_missing) return true;
    if (atom->kind == QA_KIND_DECIMAL) return atom->units != 0;
    return atom->kind != QA_KIND_DOUBLE || atom->number != 0.0;
}

qa_status_t qa_scan(const plan_t *plan, accumulator_t *accumulator, qa_error_t *error)
{
    scan_t scan = { .plan = plan, .accumulator = accumulator, .error = error };
    const uint32_t row_count = qa_store_row_count(plan->store);
    const uint16_t store_dimensions = qa_store_dimension_count(plan->store);
    const volatile bool *is_cancelled = plan->spec->is_cancelled;
    /* Dimensions that this model does not have are added up whole. */
    const way_t start = { .weight = 1, .inexact_count = store_dimensions > plan->dimension_count ? 1 : 0 };
    for (uint32_t row = 0; row < row_count; row++) {
        if (row % CANCEL_ROWS == 0 && qa_flag_is_raised(is_cancelled))
            return qa_fail(error, QA_CANCELLED, "the grid was cancelled");
        const qa_member_t *coordinate = NULL;
        qa_atom_t atom;
        if (!qa_store_row(plan->store, row, &coordinate, &atom) || !is_counted(plan, &atom)) continue;
        way_t way = start;
        const match_t match = match_row(&scan, coordinate, store_dimensions, &way);
        if (match == MATCH_NONE) continue;
        scan.is_masked = (atom.mask & ~plan->spec->clearance) != 0;
        if (match == MATCH_UNKNOWN) {
            if (!scan.is_masked) accumulator->unplaced_atom_count++;
            continue;
        }
        scan.atom = &atom;
        scan.is_plain = atom.kind == QA_KIND_DECIMAL && !scan.is_masked && !plan->has_never;
        scan.row = row;
        const qa_status_t status = add_choices(&scan, 0, &way);
        if (status != QA_OK) return status;
    }
    return QA_OK;
}
