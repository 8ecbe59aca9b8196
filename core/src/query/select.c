/* Selected atoms, by the cheapest of three ways: each row, each row that changed since, or each coordinate.
 *
 * All ways give the same atoms, in another order. An atom that the reader may not see must never be given. */
#include "query/select.h"

#include <assert.h>

#include "base/error.h"
#include "base/flag.h"

enum {
    CANCEL_ROWS = 4096,   /* between two looks at is_cancelled */
    ROWS_PER_LOOK_UP = 16 /* rows that can be passed over in the time of one look-up */
};

static bool is_in(const qa_selection_t *selection, qa_dimension_t dimension, qa_member_t member)
{
    return member < selection->member_count[dimension] &&
           (selection->members[dimension][member / 64] >> (member % 64) & 1u) != 0;
}

/* The smallest member of the set that is at least `from`; QA_MEMBER_NONE. */
static qa_member_t next_member(const qa_selection_t *selection, qa_dimension_t dimension, qa_member_t from)
{
    const uint64_t *words = selection->members[dimension];
    const uint32_t count = selection->member_count[dimension];
    for (uint64_t word = from / 64; word * 64 < count; word++) {
        uint64_t bits = words[word];
        if (word == from / 64) bits &= UINT64_MAX << (from % 64);
        if (bits == 0) continue;
        const uint64_t member = word * 64 + (uint32_t)__builtin_ctzll(bits);
        return member < count ? (qa_member_t)member : QA_MEMBER_NONE;
    }
    return QA_MEMBER_NONE;
}

static uint32_t set_size(const qa_selection_t *selection, qa_dimension_t dimension)
{
    const uint32_t count = selection->member_count[dimension];
    uint32_t size = 0;
    for (uint32_t word = 0; word < count / 64; word++)
        size += (uint32_t)__builtin_popcountll(selection->members[dimension][word]);
    if (count % 64 != 0)
        size += (uint32_t)__builtin_popcountll(selection->members[dimension][count / 64] &
                                               (((uint64_t)1 << (count % 64)) - 1));
    return size;
}

/* How many atoms have a member of the set: how well the dimension rejects. */
static uint64_t atoms_in(const qa_select_t *select, qa_dimension_t dimension)
{
    uint64_t count = 0;
    qa_member_t member = next_member(select->selection, dimension, 0);
    for (; member != QA_MEMBER_NONE; member = next_member(select->selection, dimension, member + 1))
        count += qa_store_member_atom_count(select->store, dimension, member);
    return count;
}

/* Lists the dimensions with sets, and whether their product is worth being looked up coordinate by
 * coordinate. */
static bool list_filters(qa_select_t *select)
{
    const qa_selection_t *selection = select->selection;
    const uint64_t look_up_max = qa_store_row_count(select->store) / ROWS_PER_LOOK_UP + 1;
    uint64_t atoms[QA_DIMENSIONS_MAX];
    uint64_t product = 1;
    for (qa_dimension_t d = 0; d < select->dimension_count; d++) {
        if (selection->members[d] == NULL) continue;
        const uint64_t size = set_size(selection, d);
        product = product > look_up_max ? product : product * size;
        const uint64_t count = size > look_up_max ? UINT64_MAX : atoms_in(select, d);
        uint16_t at = select->filter_count++;
        for (; at > 0 && atoms[at - 1] > count; at--) {
            atoms[at] = atoms[at - 1];
            select->filters[at] = select->filters[at - 1];
        }
        atoms[at] = count;
        select->filters[at] = d;
    }
    if (select->filter_count > 0 && atoms[0] == 0) select->way = QA_SELECT_NONE;
    return select->filter_count == select->dimension_count && product <= look_up_max;
}

void qa_select_begin(qa_select_t *select, const qa_store_t *store, const qa_selection_t *selection,
                     uint64_t clearance, bool is_zero_missing)
{
    *select = (qa_select_t){ .store = store,
                             .selection = selection,
                             .clearance = clearance,
                             .is_zero_missing = is_zero_missing,
                             .dimension_count = qa_store_dimension_count(store),
                             .way = QA_SELECT_ROWS,
                             .row = QA_STORE_ROW_NONE };
    const bool is_look_up = list_filters(select);
    /* Dimensions that came later than the store's moment: every atom stands on the member they began with. */
    for (qa_dimension_t d = select->dimension_count; d < QA_DIMENSIONS_MAX; d++)
        if (selection->members[d] != NULL && !is_in(selection, d, 0)) select->way = QA_SELECT_NONE;
    if (select->way == QA_SELECT_NONE) return;
    if (is_look_up) {
        select->way = QA_SELECT_LOOK_UP;
        for (qa_dimension_t d = 0; d < select->dimension_count; d++)
            select->place[d] = next_member(selection, d, 0);
    } else if (selection->changed_after > 0) {
        select->way = QA_SELECT_CHANGED;
    } else {
        select->row = 0;
    }
}

static void next_place(qa_select_t *select)
{
    for (qa_dimension_t d = select->dimension_count; d-- > 0;) {
        select->place[d] = next_member(select->selection, d, select->place[d] + 1);
        if (select->place[d] != QA_MEMBER_NONE) return;
        select->place[d] = next_member(select->selection, d, 0);
    }
    select->is_at_end = true;
}

/* Goes one row or coordinate on; false at the end. *row_out is QA_STORE_ROW_NONE for a coordinate. */
static bool step(qa_select_t *select, uint32_t *row_out)
{
    *row_out = QA_STORE_ROW_NONE;
    switch (select->way) {
    case QA_SELECT_NONE:
        return false;
    case QA_SELECT_ROWS:
        *row_out = select->row++;
        return *row_out < qa_store_row_count(select->store);
    case QA_SELECT_CHANGED:
        select->row = qa_store_next_changed(select->store, select->row, select->selection->changed_after);
        *row_out = select->row;
        if (select->row == QA_STORE_ROW_NONE) select->way = QA_SELECT_NONE;
        return select->row != QA_STORE_ROW_NONE;
    case QA_SELECT_LOOK_UP:
        if (select->is_at_end) return false;
        for (qa_dimension_t d = 0; d < select->dimension_count; d++)
            select->found[d] = select->place[d];
        qa_store_get(select->store, select->found, 1, &select->atom);
        select->coordinate = select->found;
        next_place(select);
        return true;
    }
    return false;
}

static bool is_shown(const qa_select_t *select)
{
    const qa_atom_t *atom = &select->atom;
    if (atom->kind == QA_KIND_MISSING || (atom->mask & ~select->clearance) != 0) return false;
    if (atom->changed_offset <= select->selection->changed_after) return false;
    if (!select->is_zero_missing) return true;
    if (atom->kind == QA_KIND_DECIMAL) return atom->units != 0;
    return atom->kind != QA_KIND_DOUBLE || atom->number != 0.0;
}

qa_status_t qa_select_next(qa_select_t *select, qa_error_t *error)
{
    const qa_selection_t *selection = select->selection;
    uint32_t row;
    while (step(select, &row)) {
        if (select->visited_count++ % CANCEL_ROWS == 0 && qa_flag_is_raised(selection->is_cancelled))
            return qa_fail(error, QA_CANCELLED, "the query was cancelled");
        if (row != QA_STORE_ROW_NONE) {
            const qa_member_t *coordinate = qa_store_coordinate(select->store, row);
            if (coordinate == NULL) continue;
            uint16_t i = 0;
            while (i < select->filter_count &&
                   is_in(selection, select->filters[i], coordinate[select->filters[i]]))
                i++;
            if (i < select->filter_count) continue;
            (void)qa_store_row(select->store, row, &select->coordinate, &select->atom);
        }
        if (is_shown(select)) return QA_OK;
    }
    return QA_MISSING_INPUT;
}
