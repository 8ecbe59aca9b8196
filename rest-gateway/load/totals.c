/* Control totals: what the load gives below a member, with the net weights, against what the ledger says.
 * What it must never do: round before comparing, unless an account is a double. */
#include <stdio.h>

#include "load/load_private.h"
#include "load/weights.h"

typedef struct target {
    qa_dimension_t dimension;
    qa_member_t member;
    qa_load_weight_t *weights; /* per existing member */
} target_t;

typedef struct total {
    load_t *load;
    target_t targets[QA_DIMENSIONS_MAX];
    uint32_t target_count;
    qa_load_tally_t tally;
} total_t;

static qa_status_t weigh(load_t *load, target_t *target)
{
    const uint32_t count = qa_model_dimension(load->model, target->dimension)->member_count;
    target->weights = qa_load_arena_take(&load->arena, ((size_t)count + 1) * sizeof(*target->weights));
    if (target->weights == NULL) return qa_load_fail_memory(load->error);
    if ((target->member & QA_NEW) == 0)
        qa_load_weigh(load->model, target->dimension, target->member, target->weights);
    return QA_OK;
}

static qa_load_weight_t weight_of(const load_t *load, const target_t *target, qa_member_t member)
{
    qa_load_weight_t weight = { .units = 1, .is_below = true };
    while (member != QA_MEMBER_NONE && (member & QA_NEW) != 0) {
        if (member == target->member) return weight;
        const created_member_t *created = &load->created[member & ~QA_NEW];
        if (created->operator_code == '-') weight.units = -weight.units;
        if (created->operator_code == '~' || created->operator_code == '^') weight.units = 0;
        member = created->parent;
    }
    if (member == QA_MEMBER_NONE) return (qa_load_weight_t){ 0 };
    return qa_load_weight_product(target->weights[member], weight);
}

/* "Dim:Member,Dim2:Member2", or a member of the measure dimension. A comma counts only before "Dim:". */
static qa_dimension_t dimension_before_colon(const load_t *load, const char *text, const char *end,
                                             const char **member_out)
{
    const char *colon = memchr(text, ':', (size_t)(end - text));
    qa_dimension_t dimension = 0;
    if (colon == NULL) return QA_DIMENSIONS_MAX;
    const qa_load_text_t name = qa_load_trim(text, (size_t)(colon - text));
    if (name.bytes == 0 ||
        qa_model_find_dimension(load->model, name.data, name.bytes, &dimension, NULL) != QA_OK) {
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
                return qa_load_fail(load->error, QA_USAGE,
                                    "--expect \"%s\": name the dimension, as Dimension:Member=amount", text);
            }
            d = load->measure;
        }
        for (const char *comma = member; (comma = memchr(comma, ',', (size_t)(end - comma))) != NULL;
             comma++) {
            if (dimension_before_colon(load, comma + 1, end, &ignored) == QA_DIMENSIONS_MAX) continue;
            stop = comma;
            break;
        }
        if (total->target_count == QA_DIMENSIONS_MAX)
            return qa_load_fail(load->error, QA_USAGE, "--expect has too many names");
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
    const qa_value_t value = qa_load_cell_value(&load->cells, index);
    qa_load_weight_t weight = { .units = 1, .is_below = true };
    for (uint32_t i = 0; i < total->target_count && weight.is_below; i++) {
        const target_t *target = &total->targets[i];
        weight = qa_load_weight_product(weight, weight_of(load, target, coordinate[target->dimension]));
    }
    qa_load_tally_add(&total->tally, &value, weight);
}

static qa_status_t compare(total_t *total, const char *amount, control_total_t *result)
{
    load_t *load = total->load;
    const qa_load_amount_style_t style = { .is_european = false };
    char plain[QA_LOAD_AMOUNT_BYTES];
    size_t bytes = 0;
    qa_value_t actual, expected;
    int64_t units = 0;
    double number = 0;
    if (qa_load_amount_plain(amount, strlen(amount), &style, plain, &bytes) != QA_OK || bytes == 0) {
        return qa_load_fail(load->error, QA_USAGE, "--expect: \"%s\" is not an amount; write 1234.56",
                            amount);
    }
    if (qa_load_tally_read(&total->tally, &actual) != QA_OK) {
        return qa_load_fail(load->error, QA_OVERFLOW, "--expect: the sum of %s is too large", result->text);
    }
    if (actual.kind == QA_KIND_DOUBLE) {
        if (qa_double_parse(plain, bytes, &number) != QA_OK) number = 0;
        expected = qa_value_double(number);
    } else {
        /* As many decimals as the text has, so that large amounts keep their 18 digits. */
        uint8_t decimals = 0;
        qa_status_t status = QA_TOO_MANY_DECIMALS;
        for (; decimals <= QA_DECIMALS_MAX && status == QA_TOO_MANY_DECIMALS; decimals++)
            status = qa_decimal_parse(plain, bytes, decimals, &units, NULL);
        expected = qa_value_decimal(units, (uint8_t)(decimals - 1));
        if (status != QA_OK)
            return qa_load_fail(load->error, QA_USAGE, "--expect: \"%s\" has too many digits", amount);
    }
    result->actual_bytes = (uint32_t)qa_load_print_number(&actual, result->actual);
    result->is_tied = qa_load_is_same_number(&actual, &expected);
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
            return qa_load_fail(load->error, QA_USAGE,
                                "--expect is Member=amount; \"%s\" has no =", totals[i].text);
        }
        total->load = load;
        total->target_count = 0;
        qa_load_tally_clear(&total->tally);
        qa_status_t status = parse_targets(total, totals[i].text, equals);
        for (uint32_t c = 0; c < load->cells.count && status == QA_OK; c++)
            add_cell(total, c);
        if (status == QA_OK) status = compare(total, equals + 1, &totals[i]);
        if (status != QA_OK) return status;
        if (!totals[i].is_tied && failed == NULL) failed = &totals[i];
    }
    if (failed == NULL) return QA_OK;
    load->result->is_tied = false;
    return qa_load_fail(load->error, QA_CONTROL_TOTAL,
                        "control total %s: the files give %.*s; nothing was written", failed->text,
                        (int)failed->actual_bytes, failed->actual);
}
