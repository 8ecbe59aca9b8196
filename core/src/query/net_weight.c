/* The net weight of one member up to its root, and a value times it.
 *
 * The product is built from the root down and shortened at each step, as weights.c does for a whole tree, so
 * that both meet the same limits at the same places. */
#include <assert.h>

#include "base/error.h"
#include "model/model_edit.h"
#include "qa/aggregate.h"
#include "query/plan.h"

qa_status_t qa_model_net_weight(const qa_model_t *model, qa_dimension_t dimension, qa_member_t member,
                                int64_t *weight_out, uint8_t *decimals_out, qa_error_t *error)
{
    qa_edge_t edges[QA_LEVELS_MAX + 1];
    uint32_t count = 0;
    qa_member_t child = member;
    *weight_out = 1;
    *decimals_out = 0;
    while (count <= QA_LEVELS_MAX && qa_model_primary_edge(model, dimension, child, &edges[count]) &&
           edges[count].parent != QA_MEMBER_NONE)
        child = edges[count++].parent;
    while (count-- > 0) {
        const qa_edge_t *edge = &edges[count];
        if (edge->operator_code == QA_OPERATOR_NONE || edge->operator_code == QA_OPERATOR_NEVER ||
            edge->weight == 0) {
            *weight_out = 0;
            *decimals_out = 0;
            return QA_OK;
        }
        if (!qa_plan_fit_weight(plan_product(*weight_out, edge->weight),
                                (uint32_t)*decimals_out + edge->weight_decimals, weight_out, decimals_out))
            return qa_fail(
                error, QA_LIMIT,
                "the net weight of \"%s\" in dimension \"%s\" needs more than %d decimals or 18 digits; "
                "use shorter weights on the way to it",
                qa_model_label(model, dimension, member), qa_model_dimension(model, dimension)->name,
                QA_NET_WEIGHT_DECIMALS_MAX);
    }
    return QA_OK;
}

qa_status_t qa_value_net_weighted(const qa_value_t *value, int64_t weight, uint8_t weight_decimals,
                                  qa_value_t *value_out)
{
    assert(weight_decimals <= QA_NET_WEIGHT_DECIMALS_MAX);
    *value_out = *value;
    if (value->kind == QA_KIND_DOUBLE) {
        const double number = value->number * qa_decimal_to_double(weight, weight_decimals);
        if (number - number != 0.0) return QA_OVERFLOW;
        *value_out = qa_value_double(number);
    } else if (value->kind == QA_KIND_DECIMAL) {
        qa_int128_t units = 0;
        if (!qa_plan_scale(value->units, weight, &units)) return QA_OVERFLOW;
        *value_out = qa_value_decimal(units, (uint8_t)(value->decimals + weight_decimals));
    }
    return QA_OK;
}

bool qa_plan_fit_weight(qa_int128_t weight, uint32_t decimals, int64_t *weight_out, uint8_t *decimals_out)
{
    while (decimals > 0 && weight % 10 == 0) {
        weight /= 10;
        decimals--;
    }
    if (weight > INT64_MAX || weight < -INT64_MAX || decimals > QA_NET_WEIGHT_DECIMALS_MAX) return false;
    *weight_out = (int64_t)weight;
    *decimals_out = (uint8_t)decimals;
    return true;
}

bool qa_plan_scale(qa_int128_t units, int64_t factor, qa_int128_t *result_out)
{
    const qa_uint128_t limit = (qa_uint128_t)10000000000000000000u * 10000000000000000000u; /* 10^38 */
    const qa_uint128_t a = units < 0 ? -(qa_uint128_t)units : (qa_uint128_t)units;
    const uint64_t b = factor < 0 ? -(uint64_t)factor : (uint64_t)factor;
    if (b != 0 && a > (limit - 1) / b) return false;
    const qa_uint128_t product = a * b;
    *result_out = (units < 0) != (factor < 0) ? -(qa_int128_t)product : (qa_int128_t)product;
    return true;
}
