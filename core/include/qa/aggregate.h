/* Aggregates: one pass over selected atoms, counted and added up into groups of members.
 *
 *     const uint32_t regions[3] = { 0, 0, 1 }; // by department: the number of its region
 *     qa_aggregate_spec_t spec = { .size = sizeof(spec), .measures = QA_AGGREGATE_SUM, .decimals = 2 };
 *     spec.selection.size = sizeof(spec.selection);
 *     spec.keys[0] = (qa_code_list_t){ department, regions, 3, 2 };
 *     spec.key_count = 1;
 *     qa_aggregate_t *result = NULL;
 *     if (qa_connection_aggregate(connection, &spec, &result) == QA_OK) { // within a read section
 *         for (uint32_t group = 0; group < qa_aggregate_group_count(result); group++) {
 *             const qa_value_t sum = qa_aggregate_sum(result, group);
 *             printf("%u: %lld\n", qa_aggregate_codes(result, group)[0], (long long)sum.units);
 *         }
 *         qa_aggregate_close(result);
 *     }
 *
 * A key turns the member of a dimension into a code, so that a group may be a member, an ancestor, an
 * attribute or anything else that depends on the member alone. Sums are exact: those of decimals in 128 bits,
 * those of doubles rounded once; the order of the atoms cannot show. Masked atoms are left out, as are zeros
 * where zero is missing. Threading: a result is plain data of its own and outlives the read section. */
#ifndef QA_AGGREGATE_H
#define QA_AGGREGATE_H

#include "qa/lattice.h"

enum { QA_AGGREGATE_KEYS_MAX = 16, QA_AGGREGATE_DISTINCT_MAX = 8, QA_AGGREGATE_GROUPS_MAX = 16000000 };
#define QA_CODE_NONE UINT32_MAX

typedef struct qa_aggregate qa_aggregate_t;

/* What each member of a dimension stands for. Borrowed during the call. */
typedef struct qa_code_list {
    qa_dimension_t dimension;
    const uint32_t *code_of_member; /* below code_count, or QA_CODE_NONE: see the use */
    uint32_t member_count;          /* members beyond have QA_CODE_NONE */
    uint32_t code_count;
} qa_code_list_t;

/* The numbers that are wanted of each group besides the count of its atoms. */
enum {
    QA_AGGREGATE_SUM = 1,
    QA_AGGREGATE_COUNT = 2, /* of atoms that are numbers; texts, dates and booleans are rows only */
    QA_AGGREGATE_MIN = 4,
    QA_AGGREGATE_MAX = 8
};

typedef enum qa_number_form {
    QA_FORM_DECIMAL = 0, /* every number selected is a decimal of at most spec.decimals */
    QA_FORM_DOUBLE = 1   /* every number becomes the nearest double before anything else */
} qa_number_form_t;

typedef struct qa_aggregate_spec {
    size_t size;                                        /* sizeof(qa_aggregate_spec_t) */
    qa_selection_t selection;                           /* with its own size */
    qa_code_list_t keys[QA_AGGREGATE_KEYS_MAX];         /* QA_CODE_NONE: the atom belongs to no group */
    uint16_t key_count;                                 /* 0: one group, also when there is no atom */
    qa_code_list_t distinct[QA_AGGREGATE_DISTINCT_MAX]; /* codes to be counted; QA_CODE_NONE does not count */
    uint16_t distinct_count;
    uint32_t measures;     /* QA_AGGREGATE_… */
    qa_number_form_t form; /* of sum, smallest and largest */
    uint8_t decimals;      /* of QA_FORM_DECIMAL: 0 to 18 */
    /* The value of an atom is times the net weight of its account: qa_model_net_weight and
     * qa_value_net_weighted say the same for one atom. Atoms on an account that the structure (HierarchyAsOf)
     * does not know are left out. The sum of an account with a time balance is not a sum over time: the atoms
     * of each leaf period are added up, then comes the first, last or average of those leaf periods that the
     * selection and the group's keys of the time dimension contain, in the order of the primary hierarchy and
     * with the account's skip rule, and then the weight. Where these are several periods, no other number
     * account may be in the group: QA_NOT_SUPPORTED. Count, smallest and largest look at single atoms. */
    bool is_net_weighted;
} qa_aggregate_spec_t;

/* Within a read section. Errors: QA_INVALID (the spec, or a number that does not fit the form), QA_OVERFLOW
 * (more than 38 digits, or not finite), QA_NOT_SUPPORTED (see is_net_weighted), QA_LIMIT (groups, weights),
 * QA_CANCELLED, QA_NO_MEMORY. Cost: that of qa_connection_scan, and a look per key. The caller closes the
 * result. */
qa_status_t qa_connection_aggregate(qa_connection_t *connection, const qa_aggregate_spec_t *spec,
                                    qa_aggregate_t **result_out);
void qa_aggregate_close(qa_aggregate_t *result); /* accepts NULL */

/* Groups stand in an order that is not promised. */
uint32_t qa_aggregate_group_count(const qa_aggregate_t *result);
/* key_count codes; borrowed until the result closes. */
const uint32_t *qa_aggregate_codes(const qa_aggregate_t *result, uint32_t group);
/* Atoms, and those of them that are numbers (0 unless some number was wanted). */
uint64_t qa_aggregate_row_count(const qa_aggregate_t *result, uint32_t group);
uint64_t qa_aggregate_number_count(const qa_aggregate_t *result, uint32_t group);
/* A number in the form of the spec; missing if the group has no number, or it was not wanted. */
qa_value_t qa_aggregate_sum(const qa_aggregate_t *result, uint32_t group);
qa_value_t qa_aggregate_min(const qa_aggregate_t *result, uint32_t group);
qa_value_t qa_aggregate_max(const qa_aggregate_t *result, uint32_t group);
/* Distinct codes of spec.distinct[index] in the group. */
uint64_t qa_aggregate_distinct_count(const qa_aggregate_t *result, uint32_t group, uint16_t index);

/* The product of the weights from the member up to its root in the primary hierarchy, as units of
 * 10^-decimals without trailing zeros; 0 if ~ or ^ is on the way. QA_LIMIT: more than 12 decimals or 18
 * digits. */
qa_status_t qa_model_net_weight(const qa_model_t *model, qa_dimension_t dimension, qa_member_t member,
                                int64_t *weight_out, uint8_t *decimals_out, qa_error_t *error);
/* The value times the weight: a decimal exactly, with the decimals of both; a double times the double nearest
 * to the weight; any other kind as it is. QA_OVERFLOW: more than 38 digits, or not finite. */
qa_status_t qa_value_net_weighted(const qa_value_t *value, int64_t weight, uint8_t weight_decimals,
                                  qa_value_t *value_out);

#endif
