/* What a grid asks for, worked out from the model before any atom is looked at.
 *
 * Per dimension: the targets (the requested members, and for time balances the periods below them), and a map
 * from each member that may hold atoms to its targets with net weights. A cell is a sum of offsets, one per
 * dimension: target index × stride. Everything in a plan follows from the model and the spec, never from
 * the values of atoms. */
#ifndef QA_QUERY_PLAN_H
#define QA_QUERY_PLAN_H

#include "query/consolidate.h"

/* Ways of holders into targets, of one dimension: 1 GB of them, 16 times the largest dimension at 4 levels.
 */
enum { PLAN_ENTRIES_MAX = 64 << 20 };

/* One way of a holder's atoms into a target. */
typedef struct plan_entry {
    int64_t weight;  /* in units of 10^-(the target's weight_decimals); never 0 */
    uint32_t offset; /* target index × stride */
    bool is_exact;   /* the target is the holder itself, and has no children */
    bool is_never;   /* holder or target goes into its parent by ^ */
    uint8_t digits;  /* measure: a decimal atom is multiplied by 10^digits to have the cell's decimals */
} plan_entry_t;

typedef struct plan_target {
    qa_member_t member;
    bool has_children; /* along the hierarchy used */
    bool is_never;
    uint8_t weight_decimals;
    /* Of the measure dimension. */
    bool has_double; /* a double account contributes: the cell is a double */
    uint8_t decimals;
    uint8_t time_balance;
    uint8_t skip;
    /* Of the time dimension: places in plan_t.periods. */
    uint32_t first_period;
    uint32_t period_count;
} plan_target_t;

typedef struct plan_dimension {
    uint32_t target_count;  /* requested */
    uint32_t counted_count; /* with the added periods */
    plan_target_t *targets;
    uint64_t stride; /* of the grid that is counted: the last dimension is fastest */
    uint32_t member_count;
    bool is_fixed;         /* one target without children: `fixed` is all there is */
    bool is_consolidating; /* a target has children */
    plan_entry_t fixed;
    uint32_t *begin;       /* member_count + 1 places in entries; NULL when fixed */
    plan_entry_t *entries; /* by holder */
    uint32_t entry_count;
    uint64_t atom_count; /* that have a target here: how well this dimension rejects */
} plan_dimension_t;

typedef struct plan {
    const qa_model_t *model;       /* the structure */
    const qa_model_t *value_model; /* of the store's moment: it says in which decimals the atoms are kept */
    const qa_store_t *store;
    const qa_grid_spec_t *spec;
    const qa_allocator_t *allocator;
    uint16_t dimension_count;
    qa_dimension_t measure; /* QA_DIMENSIONS_MAX: none */
    qa_dimension_t time;    /* QA_DIMENSIONS_MAX: none */
    bool is_zero_missing;
    bool is_leaves_only; /* no target has children */
    bool has_never;      /* some member goes into a parent by ^ */
    uint8_t default_decimals;
    uint64_t cell_count;               /* asked for */
    uint64_t counted_cells;            /* with the added periods */
    uint16_t order[QA_DIMENSIONS_MAX]; /* the dimensions that reject most first */
    uint32_t *periods; /* target indices of the time dimension, per time target in the order of the periods */
    uint32_t period_count;
    uint32_t period_capacity;
    plan_dimension_t dimensions[QA_DIMENSIONS_MAX];
} plan_t;

/* On failure everything is released. */
qa_status_t qa_plan_open(plan_t *plan, const qa_model_t *model, const qa_model_t *value_model,
                         const qa_store_t *store, const qa_grid_spec_t *spec, const qa_allocator_t *allocator,
                         qa_error_t *error);
void qa_plan_close(plan_t *plan);

/* a × b; modular and unsigned, because compilers lack a checked signed product of 128 bits. */
static inline qa_int128_t plan_product(int64_t a, int64_t b)
{
    return (qa_int128_t)((qa_uint128_t)(qa_int128_t)a * (qa_uint128_t)(qa_int128_t)b);
}

/* --- net_weight.c --- */

/* Shortens trailing zeros away, then checks the limits of a net weight. */
bool qa_plan_fit_weight(qa_int128_t weight, uint32_t decimals, int64_t *weight_out, uint8_t *decimals_out);
/* units × factor; false if that has more than 38 digits. */
bool qa_plan_scale(qa_int128_t units, int64_t factor, qa_int128_t *result_out);

/* --- weights.c: walking down from the targets of one dimension --- */

/* Fills `targets`' children, decimals and never marks, `begin` and `entries` (offsets: target indices). Adds
 * periods when `needs_periods`. */
qa_status_t qa_plan_weights(plan_t *plan, qa_dimension_t dimension, bool needs_periods, qa_error_t *error);

#endif
