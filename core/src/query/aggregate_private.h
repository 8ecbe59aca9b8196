/* The inside of an aggregate that is under way; only the files aggregate*.c include it. */
#ifndef QA_QUERY_AGGREGATE_PRIVATE_H
#define QA_QUERY_AGGREGATE_PRIVATE_H

#include "query/accumulate.h"
#include "query/aggregate.h"
#include "query/code_map.h"
#include "query/select.h"

typedef enum account_state { ACCOUNT_UNKNOWN = 0, ACCOUNT_KNOWN, ACCOUNT_LEFT_OUT } account_state_t;

/* How the atoms of an account become numbers of the result; worked out when its first atom is met. */
typedef struct account_way {
    uint8_t state;    /* account_state_t */
    uint8_t decimals; /* of its decimals in the store */
    uint8_t weight_decimals;
    uint8_t time_balance; /* flow where it does not matter */
    uint8_t skip;
    int64_t weight;  /* net, in units of 10^-weight_decimals */
    int64_t factor;  /* weight, times what brings a decimal to the decimals of the result */
    bool is_fitting; /* the factor is right: else a decimal has too many decimals for the result */
} account_way_t;

typedef union number {
    qa_int128_t units;
    double number;
} number_t;

/* A sum of numbers, of decimals and of doubles. The first double stands alone: most groups have few. */
typedef struct mixed_sum {
    wide_sum_t units;
    double first;
    uint32_t exact; /* place in exacts + 1; 0: at most `first` */
    uint8_t flags;  /* CELL_DECIMAL, CELL_DOUBLE */
} mixed_sum_t;

typedef struct group {
    uint64_t row_count;
    uint64_t number_count;
    mixed_sum_t sum;
    number_t min;
    number_t max;
    qa_member_t account; /* of its numbers, as long as there is one */
    qa_member_t balance; /* the first of them with a time balance, or QA_MEMBER_NONE */
    bool has_accounts;   /* more than one */
} group_t;

struct qa_aggregate {
    const qa_allocator_t *allocator; /* borrowed */
    qa_number_form_t form;
    uint32_t measures;
    uint8_t decimals;
    uint16_t key_count;
    uint16_t distinct_count;
    uint32_t group_count;
    uint32_t group_capacity;
    group_t *groups;
    uint32_t code_capacity;
    uint32_t *codes; /* key_count per group */
    qa_value_t *sums;
    uint64_t *distinct_counts; /* distinct_count per group */
};

typedef struct aggregation {
    const qa_aggregate_spec_t *spec;
    const qa_model_t *model;       /* the structure */
    const qa_model_t *value_model; /* of the store's moment */
    uint16_t store_dimensions;
    qa_dimension_t measure; /* QA_DIMENSIONS_MAX: none */
    qa_dimension_t time;    /* QA_DIMENSIONS_MAX: none */
    bool has_balances;      /* sums have to heed time balances */
    const qa_allocator_t *allocator;
    qa_aggregate_t *result;
    qa_error_t *error;
    /* Groups. The keys are packed into words below 2^32; with several words, each map numbers the pairs of
     * the number so far and the next word. */
    uint16_t word_count;
    uint16_t word_of_key[QA_AGGREGATE_KEYS_MAX];
    uint64_t stride_of_key[QA_AGGREGATE_KEYS_MAX];
    uint32_t *dense; /* by the only word: group + 1; NULL: the maps are used */
    uint32_t dense_count;
    code_map_t maps[QA_AGGREGATE_KEYS_MAX];
    code_map_t distinct[QA_AGGREGATE_DISTINCT_MAX]; /* group × 2^32 + code */
    /* Numbers. */
    account_way_t *accounts; /* by member of the measure; one where there is none */
    uint32_t account_count;
    code_map_t parts_by_period; /* group × 2^32 + period: atoms of accounts with a time balance */
    mixed_sum_t *parts;
    uint32_t part_capacity;
    qa_exact_sum_t *exacts;
    uint32_t exact_count;
    uint32_t exact_capacity;
} aggregation_t;

static inline qa_member_t aggregation_member(const aggregation_t *run, const qa_member_t *coordinate,
                                             qa_dimension_t dimension)
{
    return dimension < run->store_dimensions ? coordinate[dimension] : 0; /* came later: the first member */
}

static inline uint32_t code_of(const qa_code_list_t *list, qa_member_t member)
{
    return member < list->member_count ? list->code_of_member[member] : QA_CODE_NONE;
}

/* --- aggregate_number.c --- */

/* The account of the atom; *way_out NULL if its atoms are left out. */
qa_status_t qa_aggregate_account(aggregation_t *run, const qa_member_t *coordinate, qa_member_t *account_out,
                                 const account_way_t **way_out);
qa_status_t qa_aggregate_number(aggregation_t *run, uint32_t group, const qa_member_t *coordinate,
                                const qa_atom_t *atom, qa_member_t account, const account_way_t *way);
/* Fills the result's sums. */
qa_status_t qa_aggregate_finish(aggregation_t *run);
qa_status_t qa_mixed_sum_read(const aggregation_t *run, const mixed_sum_t *sum, uint8_t decimals,
                              qa_value_t *value_out);

/* --- aggregate_balance.c --- */

/* The sum of a group with time balances in it: a plain sum (*is_plain_out) if it has at most one period. */
qa_status_t qa_aggregate_balance(aggregation_t *run, uint32_t group, bool *is_plain_out,
                                 qa_value_t *value_out);

#endif
