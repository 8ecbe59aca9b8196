/* Reading cells: one call answers a whole grid, consolidated members included, in one pass over the atoms.
 *
 *     qa_grid_spec_t spec = { .size = sizeof(spec) };
 *     spec.members[account] = accounts; // all other dimensions: their default member
 *     spec.member_count[account] = 24;
 *     spec.members[period] = periods;
 *     spec.member_count[period] = 12;
 *     qa_grid_t *grid = NULL;
 *     if (qa_connection_grid(connection, &spec, &grid) == QA_OK) {
 *         const qa_value_t *second = qa_grid_cell(grid, 1); // the last dimension runs fastest
 *         qa_grid_close(grid);
 *     }
 *
 * Values follow the rules of docs/consolidation.md: sums over distinct leaves with net weights, decimals
 * exact in 128 bits, doubles as the exact sum rounded once, missing where no leaf has a value, time balance
 * per account. */
#ifndef QA_QUERY_H
#define QA_QUERY_H

#include "qa/limits.h"
#include "qa/model.h"

typedef struct qa_grid qa_grid_t;

typedef enum qa_hidden_mode {
    QA_HIDDEN_TRUE_TOTAL = 0, /* totals count masked atoms */
    QA_HIDDEN_VISIBLE_TOTAL = 1,
    QA_HIDDEN_REFUSE = 2 /* a total over a masked atom is masked itself */
} qa_hidden_mode_t;

/* Which cells: the product of one list of members per dimension. Lists are borrowed during the call. */
typedef struct qa_grid_spec {
    size_t size;                                   /* sizeof(qa_grid_spec_t) */
    const qa_member_t *members[QA_DIMENSIONS_MAX]; /* NULL: the dimension's default member */
    uint32_t member_count[QA_DIMENSIONS_MAX];
    qa_hierarchy_t hierarchy[QA_DIMENSIONS_MAX]; /* along which non-leaves are added up; 0 the primary */
    uint64_t clearance;                          /* an atom is visible if (mask & ~clearance) == 0 */
    qa_hidden_mode_t hidden_mode;
    const volatile bool *is_cancelled; /* may be NULL; looked at every few thousand atoms: QA_CANCELLED */
} qa_grid_spec_t;

/* Which atoms: those whose member is in the set of every dimension. A set is a bitmap: member m is in it if
 * bit m % 64 of word m / 64 is set. Borrowed during the call. */
typedef struct qa_selection {
    size_t size;                                /* sizeof(qa_selection_t) */
    const uint64_t *members[QA_DIMENSIONS_MAX]; /* NULL: every member */
    uint32_t member_count[QA_DIMENSIONS_MAX];   /* bits of the set; members beyond are not in it */
    uint64_t changed_after;                     /* only atoms that changed after this offset */
    const volatile bool *is_cancelled; /* may be NULL; looked at every few thousand atoms: QA_CANCELLED */
} qa_selection_t;

/* The product of the counts of the members asked for. */
uint64_t qa_grid_cell_count(const qa_grid_t *grid);
/* Borrowed until the grid closes; text too. */
const qa_value_t *qa_grid_cell(const qa_grid_t *grid, uint64_t index);
/* Atoms that matched the fixed dimensions but stand under no requested place because the member did not exist
 * in the hierarchy used (HierarchyAsOf). */
uint64_t qa_grid_unplaced_atom_count(const qa_grid_t *grid);
void qa_grid_close(qa_grid_t *grid);

#endif
