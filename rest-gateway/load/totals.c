/* Control totals: what the load gives below a member, with the net weights, against what the ledger says.
 * What it must never do: round before comparing, unless an account is a double. */
#include <stdio.h>

#include "load/load_private.h"

enum { SCALES = 32 };

/* Weight of a member towards the member asked for; not below it: is_below is false. */
typedef struct weight {
    qa_int128_t units;
    uint8_t decimals;
    bool is_below;
} weight_t;

typedef struct target {
    qa_dimension_t dimension;
    qa_member_t member;
    weight_t *existing;
    uint32_t existing_count;
} target_t;

typedef struct total {
    load_t *load;
    target_t targets[QA_DIMENSIONS_MAX];
    uint32_t target_count;
    qa_int128_t sums[SCALES]; /* by decimals */
    qa_exact_sum_t doubles;
    bool has_double;
    bool is_overflow;
} total_t;

static weight_t product(weight_t a, weight_t b)
{
    weight_t result = { .decimals = (uint8_t)(a.decimals + b.decimals), .is_below = a.is_below && b.is_below };
    if (__builtin_mul_overflow(a.units, b.units, &result.units)) result.decimals = UINT8_MAX;
    while (result.decimals > 0 && result.decimals != UINT8_MAX && result.units % 10 == 0) {
        result.units /= 10;
        result.decimals--;
    }
    return result;
}

/* Weights of everything below the member, top down. */
static qa_status_t weigh(load_t *load, target_t *target)
{
    const uint32_t count = qa_model_dimension(load->model, target->dimension)->member_count;
    target->existing = qa_load_arena_take(&load->arena, ((size_t)count + 1) * sizeof(weight_t));
    if (target->existing == NULL) return qa_load_fail_memory(load->error);
    target->existing_count = count;
    if ((target->member & QA_NEW) != 0) return QA_OK;
    target->existing[target->member] = (weight_t){ .units = 1, .is_below = true };
    uint32_t order_count = 0;
    const qa_member_t *order = qa_model_preorder(load->model, target->dimension, QA_HIERARCHY_PRIMARY, &order_count);
    for (uint32_t i = 0; i < order_count; i++) {
        if (!target->existing[order[i]].is_below) continue;
        uint32_t edge_count = 0;
        const qa_edge_t *edges =
            qa_model_children(load->model, target->dimension, QA_HIERARCHY_PRIMARY, order[i], &edge_count);
        for (uint32_t e = 0; e < edge_count; e++) {
            const weight_t step = { edges[e].weight, edges[e].weight_decimals, true };
            target->existing[edges[e].child] = product(target->existing[order[i]], step);
        }
    }
    return QA_OK;
}

static weight_t weight_of(const load_t *load, const target_t *target, qa_member_t member)
{
    weight_t weight = { .units = 1, .is_below = true };
    while (member != QA_MEMBER_NONE && (member & QA_NEW) != 0) {
        if (member == target->member) return weight;
        const created_member_t *created = &load->created[member & ~QA_NEW];
        if (created->operator_code == '-') weight.units = -weight.units;
        if (created->operator_code == '~' || created->operator_code == '^') weight.units = 0;
        member = created->parent;
    }
    if (member == QA_MEMBER_NONE) return (weight_t){ 0 };
    return product(target->existing[member], weight);
}

/* "Dim:Member,Dim2:Member2", or a member of the measure dimension. A comma counts only before "Dim:". */
static qa_dimension_t dimension_before_colon(const load_t *load, const char *text, const char *end,
                                             const char **member_out)
{
    const char *colon = memchr(text, ':', (size_t)(end - text));
    qa_dimension_t dimension = 0;
    if (colon == NULL) return QA_DIMENSIONS_MAX;
    const qa_load_text_t name = qa_load_trim(text, (size_t)(colon - text));
    if (name.bytes == 0 || qa_model_find_dimension(load->model, name.data, name.bytes, &dimension, NULL) != QA_OK) {
        return QA_DIMENSIONS_MAX;
    }
    *member_out = colon + 1;
    return dimension;
}

static qa_status_t parse_targets(total_t *total, const char *text, const char *end)
{
    load_t *load = total->load;
    while (text < end) {
        const char *member = text;
        const char *ignored = NULL;
        qa_dimension_t d = dimension_before_colon(load, text, end, &member);
        const char *stop = end;
        if (d == QA_DIMENSIONS_MAX) {
            if (load->measure == QA_DIMENSIONS_MAX || total->target_count > 0) {
                return qa_load_fail(load->error, QA_USAGE, "--expect \"%s\": name the dimension, as Dimension:Member=amount",
                                    text);
            }
            d = load->measure;
        }
        for (const char *comma = member; (comma = memchr(comma, ',', (size_t)(end - comma))) != NULL; comma++) {
            if (dimension_before_colon(load, comma + 1, end, &ignored) == QA_DIMENSIONS_MAX) continue;
            stop = comma;
            break;
        }
        if (total->target_count == QA_DIMENSIONS_MAX) return qa_load_fail(load->error, QA_USAGE, "--expect has too many names");
        target_t *target = &total->targets[total->target_count++];
        const qa_load_text_t name = qa_load_trim(member, (size_t)(stop - member));
        target->dimension = d;
        qa_status_t status =
            qa_load_find_or_create(load, d, name.data, name.bytes, false, QA_MEMBER_NONE, &target->member);
        if (status == QA_OK) status = weigh(load, target);
        if (status != QA_OK) return status;
        text = stop < end ? stop + 1 : end;
    }
    return QA_OK;
}

static void add_cell(total_t *total, uint32_t index)
{
    const load_t *load = total->load;
    const qa_member_t *coordinate = load->cells.coordinates + (size_t)index * load->dimension_count;
    weight_t weight = { .units = 1, .is_below = true };
    for (uint32_t i = 0; i < total->target_count && weight.is_below; i++) {
        weight = product(weight, weight_of(load, &total->targets[i], coordinate[total->targets[i].dimension]));
    }
    const qa_value_t value = qa_load_cell_value(&load->cells, index);
    if (!weight.is_below || weight.units == 0) return;
    if (value.kind == QA_KIND_DOUBLE) {
        total->has_double = true;
        qa_exact_sum_add_product(&total->doubles, value.number,
                                 qa_decimal_to_double(weight.units, weight.decimals > 18 ? 18 : weight.decimals));
        return;
    }
    if (value.kind != QA_KIND_DECIMAL) return;
    const uint32_t scale = (uint32_t)value.decimals + weight.decimals;
    qa_int128_t term = 0;
    if (scale >= SCALES || __builtin_mul_overflow(value.units, weight.units, &term) ||
        __builtin_add_overflow(total->sums[scale], term, &total->sums[scale])) {
        total->is_overflow = true;
    }
}

/* All sums at the largest scale in use. */
static bool join_scales(const total_t *total, qa_int128_t *units_out, uint8_t *decimals_out)
{
    uint8_t scale = 0;
    qa_int128_t units = 0;
    for (uint8_t i = 0; i < SCALES; i++) {
        if (total->sums[i] != 0) scale = i;
    }
    for (uint8_t i = 0; i <= scale; i++) {
        if (__builtin_mul_overflow(units, (qa_int128_t)10, &units)) return false;
        if (__builtin_add_overflow(units, total->sums[i], &units)) return false;
    }
    while (scale > 0 && units % 10 == 0) {
        units /= 10;
        scale--;
    }
    *units_out = units;
    *decimals_out = scale;
    return true;
}

static qa_status_t compare(total_t *total, const char *amount, control_total_t *result)
{
    load_t *load = total->load;
    const qa_load_amount_style_t style = { .is_european = false };
    char plain[QA_LOAD_AMOUNT_BYTES];
    size_t bytes = 0;
    qa_int128_t units = 0;
    uint8_t decimals = 0;
    if (qa_load_amount_plain(amount, strlen(amount), &style, plain, &bytes) != QA_OK || bytes == 0) {
        return qa_load_fail(load->error, QA_USAGE, "--expect: \"%s\" is not an amount; write 1234.56", amount);
    }
    if (total->is_overflow || !join_scales(total, &units, &decimals)) {
        return qa_load_fail(load->error, QA_OVERFLOW, "--expect: the sum of %s is too large", result->text);
    }
    if (total->has_double) {
        char text[QA_DOUBLE_TEXT_BYTES];
        double actual = 0;
        double expected = 0;
        qa_exact_sum_add(&total->doubles, qa_decimal_to_double(units, decimals > 18 ? 18 : decimals));
        if (qa_exact_sum_read(&total->doubles, &actual) != QA_OK || qa_double_parse(plain, bytes, &expected) != QA_OK) {
            return qa_load_fail(load->error, QA_OVERFLOW, "--expect: the sum of %s is too large", result->text);
        }
        result->actual_bytes = (uint32_t)qa_double_print(actual, text);
        memcpy(result->actual, text, result->actual_bytes);
        result->is_tied = actual == expected;
        return QA_OK;
    }
    if (decimals > 18) return qa_load_fail(load->error, QA_OVERFLOW, "--expect: %s has too many decimals", result->text);
    result->actual_bytes = (uint32_t)qa_decimal_print(units, decimals, result->actual);
    int64_t expected = 0;
    const qa_status_t status = qa_decimal_parse(plain, bytes, QA_DECIMALS_MAX, &expected, NULL);
    if (status != QA_OK) return qa_load_fail(load->error, QA_USAGE, "--expect: \"%s\" has too many digits", amount);
    qa_int128_t left = units;
    qa_int128_t right = expected;
    bool is_good = true;
    for (uint8_t i = decimals; i < QA_DECIMALS_MAX; i++)
        is_good = is_good && !__builtin_mul_overflow(left, (qa_int128_t)10, &left);
    for (uint8_t i = QA_DECIMALS_MAX; i < decimals; i++)
        is_good = is_good && !__builtin_mul_overflow(right, (qa_int128_t)10, &right);
    result->is_tied = is_good && left == right;
    return QA_OK;
}

qa_status_t qa_load_check_totals(load_t *load)
{
    const uint32_t count = load->options->expect_count;
    const control_total_t *failed = NULL;
    load->result->is_tied = true;
    if (count == 0) return QA_OK;
    control_total_t *totals = qa_load_arena_take(&load->arena, count * sizeof(*totals));
    total_t *total = qa_load_arena_take(&load->arena, sizeof(*total));
    if (totals == NULL || total == NULL) return qa_load_fail_memory(load->error);
    for (uint32_t i = 0; i < count; i++)
        totals[i].text = load->options->expects[i];
    load->totals = totals;
    for (uint32_t i = 0; i < count; i++) {
        const char *equals = strrchr(totals[i].text, '=');
        if (equals == NULL || equals == totals[i].text) {
            return qa_load_fail(load->error, QA_USAGE, "--expect is Member=amount; \"%s\" has no =", totals[i].text);
        }
        memset(total, 0, sizeof(*total));
        total->load = load;
        qa_exact_sum_clear(&total->doubles);
        qa_status_t status = parse_targets(total, totals[i].text, equals);
        for (uint32_t c = 0; c < load->cells.count && status == QA_OK; c++)
            add_cell(total, c);
        if (status == QA_OK) status = compare(total, equals + 1, &totals[i]);
        if (status != QA_OK) return status;
        if (!totals[i].is_tied && failed == NULL) failed = &totals[i];
    }
    if (failed == NULL) return QA_OK;
    load->result->is_tied = false;
    return qa_load_fail(load->error, QA_CONTROL_TOTAL, "control total %s: the files give %.*s; nothing was written",
                        failed->text, (int)failed->actual_bytes, failed->actual);
}
