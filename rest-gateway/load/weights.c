/* Net weights and exact sums. What it must never do: round a decimal. */
#include "load/weights.h"

qa_load_weight_t qa_load_weight_product(qa_load_weight_t a, qa_load_weight_t b)
{
    qa_load_weight_t result = { .decimals = (uint8_t)(a.decimals + b.decimals),
                                .is_below = a.is_below && b.is_below };
    /* A weight that no longer fits makes every sum with it an overflow. */
    if (__builtin_mul_overflow(a.units, b.units, &result.units)) result.decimals = QA_LOAD_SCALES;
    while (result.decimals > 0 && result.decimals < QA_LOAD_SCALES && result.units % 10 == 0) {
        result.units /= 10;
        result.decimals--;
    }
    return result;
}

void qa_load_weigh(const qa_model_t *model, qa_dimension_t dimension, qa_member_t member,
                   qa_load_weight_t *weights)
{
    uint32_t order_count = 0;
    const qa_member_t *order = qa_model_preorder(model, dimension, QA_HIERARCHY_PRIMARY, &order_count);
    weights[member] = (qa_load_weight_t){ .units = 1, .is_below = true };
    /* Parents stand before children, so a parent's weight is known when its children are reached. */
    for (uint32_t i = 0; i < order_count; i++) {
        if (!weights[order[i]].is_below) continue;
        uint32_t count = 0;
        const qa_edge_t *edges = qa_model_children(model, dimension, QA_HIERARCHY_PRIMARY, order[i], &count);
        for (uint32_t e = 0; e < count; e++) {
            const qa_load_weight_t step = { edges[e].weight, edges[e].weight_decimals, true };
            weights[edges[e].child] = qa_load_weight_product(weights[order[i]], step);
        }
    }
}

void qa_load_tally_clear(qa_load_tally_t *tally)
{
    memset(tally, 0, sizeof(*tally));
    qa_exact_sum_clear(&tally->doubles);
}

void qa_load_tally_add(qa_load_tally_t *tally, const qa_value_t *value, qa_load_weight_t weight)
{
    if (!weight.is_below || weight.units == 0) return;
    if (value->kind == QA_KIND_DOUBLE) {
        tally->has_double = true;
        if (weight.decimals > 18) tally->is_overflow = true;
        if (!tally->is_overflow) {
            qa_exact_sum_add_product(&tally->doubles, value->number,
                                     qa_decimal_to_double(weight.units, weight.decimals));
        }
        return;
    }
    if (value->kind != QA_KIND_DECIMAL) return;
    const uint32_t scale = (uint32_t)value->decimals + weight.decimals;
    qa_int128_t term = 0;
    if (scale >= QA_LOAD_SCALES || __builtin_mul_overflow(value->units, weight.units, &term) ||
        __builtin_add_overflow(tally->sums[scale], term, &tally->sums[scale])) {
        tally->is_overflow = true;
    }
}

qa_status_t qa_load_tally_read(const qa_load_tally_t *tally, qa_value_t *value_out)
{
    uint8_t scale = 0;
    qa_int128_t units = 0;
    *value_out = qa_value_missing();
    if (tally->is_overflow) return QA_OVERFLOW;
    for (uint8_t i = 0; i < QA_LOAD_SCALES; i++) {
        if (tally->sums[i] != 0) scale = i;
    }
    for (uint8_t i = 0; i <= scale; i++) {
        if (__builtin_mul_overflow(units, (qa_int128_t)10, &units)) return QA_OVERFLOW;
        if (__builtin_add_overflow(units, tally->sums[i], &units)) return QA_OVERFLOW;
    }
    while (scale > 0 && units % 10 == 0) {
        units /= 10;
        scale--;
    }
    if (scale > 18) return QA_OVERFLOW;
    if (tally->has_double) {
        qa_exact_sum_t sum = tally->doubles;
        double number = 0;
        qa_exact_sum_add(&sum, qa_decimal_to_double(units, scale));
        if (qa_exact_sum_read(&sum, &number) != QA_OK) return QA_OVERFLOW;
        *value_out = qa_value_double(number);
        return QA_OK;
    }
    *value_out = qa_value_decimal(units, scale);
    return QA_OK;
}

bool qa_load_is_same_number(const qa_value_t *a, const qa_value_t *b)
{
    qa_value_t left = a->kind == QA_KIND_MISSING ? qa_value_decimal(0, 0) : *a;
    qa_value_t right = b->kind == QA_KIND_MISSING ? qa_value_decimal(0, 0) : *b;
    if (left.kind == QA_KIND_DECIMAL && right.kind == QA_KIND_DECIMAL) {
        for (; left.decimals < right.decimals; left.decimals++) {
            if (__builtin_mul_overflow(left.units, (qa_int128_t)10, &left.units)) return false;
        }
        for (; right.decimals < left.decimals; right.decimals++) {
            if (__builtin_mul_overflow(right.units, (qa_int128_t)10, &right.units)) return false;
        }
        return left.units == right.units;
    }
    if (left.kind == QA_KIND_DECIMAL && right.kind == QA_KIND_DOUBLE) {
        left = qa_value_double(qa_decimal_to_double(left.units, left.decimals));
    }
    if (right.kind == QA_KIND_DECIMAL && left.kind == QA_KIND_DOUBLE) {
        right = qa_value_double(qa_decimal_to_double(right.units, right.decimals));
    }
    return qa_value_equal(&left, &right);
}

size_t qa_load_print_number(const qa_value_t *value, char text_out[QA_DECIMAL_TEXT_BYTES])
{
    switch (value->kind) {
    case QA_KIND_DECIMAL:
        return qa_decimal_print(value->units, value->decimals, text_out);
    case QA_KIND_DOUBLE:
        return qa_double_print(value->number, text_out);
    case QA_KIND_DATE:
        return qa_date_print(value->day, text_out);
    case QA_KIND_BOOLEAN:
        memcpy(text_out, value->truth ? "true" : "false", 5);
        return value->truth ? 4 : 5;
    default:
        return 0;
    }
}
