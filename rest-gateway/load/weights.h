/* Net weights from leaves to a member, and exact sums of weighted values. */
#ifndef QA_LOAD_WEIGHTS_H
#define QA_LOAD_WEIGHTS_H

#include "load/common.h"
#include "qa/model.h"

/* Weight of a member towards the member asked for; `is_below` is false where there is no way. */
typedef struct qa_load_weight {
    qa_int128_t units;
    uint8_t decimals;
    bool is_below;
} qa_load_weight_t;

qa_load_weight_t qa_load_weight_product(qa_load_weight_t a, qa_load_weight_t b);
/* Weights of all members of the dimension towards `member` along the primary hierarchy: `weights` has a place
 * per member id, zeroed by the caller. */
void qa_load_weigh(const qa_model_t *model, qa_dimension_t dimension, qa_member_t member,
                   qa_load_weight_t *weights);

enum { QA_LOAD_SCALES = 32 };
/* Decimals are summed by scale, doubles exactly; both together are read as a double. Other kinds do not
 * count. */
typedef struct qa_load_tally {
    qa_int128_t sums[QA_LOAD_SCALES];
    qa_exact_sum_t doubles;
    bool has_double;
    bool is_overflow;
} qa_load_tally_t;

void qa_load_tally_clear(qa_load_tally_t *tally);
void qa_load_tally_add(qa_load_tally_t *tally, const qa_value_t *value, qa_load_weight_t weight);
/* QA_OVERFLOW. Decimals without the zeros at their end. */
qa_status_t qa_load_tally_read(const qa_load_tally_t *tally, qa_value_t *value_out);
/* Equal as numbers: 1.50 and 1.5. Missing counts as 0 if the other is a number. */
bool qa_load_is_same_number(const qa_value_t *a, const qa_value_t *b);
/* Text of a number, date or boolean; texts are not printed here. Returns its length. */
size_t qa_load_print_number(const qa_value_t *value, char text_out[QA_DECIMAL_TEXT_BYTES]);

#endif
