/* The cells while they are counted: sums that are exact whatever the order of the atoms. */
#ifndef QA_QUERY_ACCUMULATE_H
#define QA_QUERY_ACCUMULATE_H

#include "query/plan.h"

enum {
    CELL_DECIMAL = 1, /* a decimal contributed */
    CELL_DOUBLE = 2,  /* a double contributed: `extra` is its exact sum */
    CELL_LEAF = 4,    /* a text, date or boolean: `extra` is its row */
    CELL_MASKED = 8
};

/* A sum of up to 2^32 products of two 64-bit integers and a power of ten, in 160 bits: it cannot overflow on
 * the way, so that whether it fits at the end does not depend on the order. */
typedef struct wide_sum {
    qa_uint128_t low;
    int64_t high;
} wide_sum_t;

typedef struct accumulator {
    const qa_allocator_t *allocator;
    uint64_t cell_count;
    wide_sum_t *sums;
    uint32_t *extra;
    uint8_t *flags; /* CELL_… */
    void *exact;    /* qa_exact_sum_t, one per cell that a double contributed to */
    uint32_t exact_count;
    uint32_t exact_capacity;
    uint64_t unplaced_atom_count;
} accumulator_t;

qa_status_t qa_accumulator_open(accumulator_t *accumulator, const qa_allocator_t *allocator,
                                uint64_t cell_count);
void qa_accumulator_close(accumulator_t *accumulator);

static inline void wide_add(wide_sum_t *sum, qa_int128_t term)
{
    const qa_uint128_t low = sum->low + (qa_uint128_t)term;
    sum->high += (term < 0 ? -1 : 0) + (low < sum->low ? 1 : 0);
    sum->low = low;
}
static inline void wide_merge(wide_sum_t *sum, const wide_sum_t *other)
{
    const qa_uint128_t low = sum->low + other->low;
    sum->high += other->high + (low < sum->low ? 1 : 0);
    sum->low = low;
}

/* Counts every atom of the store into its cells. */
qa_status_t qa_scan(const plan_t *plan, accumulator_t *accumulator, qa_error_t *error);

/* --- finish.c --- */

/* The value of a counted cell. `weight_decimals` and `account` describe its targets; a leaf's text is
 * borrowed from the store. */
qa_status_t qa_finish_cell(const plan_t *plan, const accumulator_t *accumulator, uint64_t cell,
                           uint32_t weight_decimals, const plan_target_t *account, qa_value_t *value_out,
                           qa_error_t *error);
/* The value of a number of `account` made from a sum: the decimal sum (used if CELL_DECIMAL), the exact sum
 * of doubles (if CELL_DOUBLE), both divided by `divisor` × 10^weight_decimals. */
qa_status_t qa_finish_number(uint8_t flags, const wide_sum_t *sum, const qa_exact_sum_t *exact,
                             uint32_t divisor, uint32_t weight_decimals, const plan_target_t *account,
                             qa_value_t *value_out, qa_error_t *error);
/* What stands in a leaf cell that holds this atom. Text is borrowed from the atom. */
qa_value_t qa_finish_leaf(const plan_t *plan, const qa_atom_t *atom, const plan_target_t *account);

/* --- balance.c --- */

/* The value of an account with a time balance at a period that has periods below it. `cell` is the counted
 * cell without its offset along time. */
qa_status_t qa_balance_cell(const plan_t *plan, const accumulator_t *accumulator, uint64_t cell,
                            uint32_t weight_decimals, const plan_target_t *account,
                            const plan_target_t *period, qa_value_t *value_out, qa_error_t *error);

#endif
