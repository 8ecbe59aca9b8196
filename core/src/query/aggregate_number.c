/* The numbers of an aggregate: what an atom is worth, and what a group adds up to.
 *
 * A decimal becomes units of the result's decimals by one exact product; a double never meets a decimal sum.
 * Nothing is rounded before the end of a sum. */
#include <assert.h>

#include "base/error.h"
#include "model/model_edit.h"
#include "query/aggregate_private.h"

enum { MEASURES_ORDER = QA_AGGREGATE_MIN | QA_AGGREGATE_MAX };

static qa_status_t fail_overflow(const aggregation_t *run)
{
    return qa_fail(run->error, QA_OVERFLOW,
                   "a number of the query has more than 38 digits or is not finite; select fewer rows");
}

static const char *account_label(const aggregation_t *run, qa_member_t account)
{
    if (run->measure >= qa_model_dimension_count(run->value_model)) return "the app";
    return qa_model_label(run->value_model, run->measure, account);
}

/* --- accounts --- */

/* The structure's part: weight and time balance. False: the structure does not know the account. */
static bool learn_structure(aggregation_t *run, qa_member_t account, account_way_t *way,
                            qa_status_t *status_out)
{
    *status_out = QA_OK;
    if (run->measure >= qa_model_dimension_count(run->model)) return true;
    if (account >= qa_model_dimension(run->model, run->measure)->member_count) return false;
    const qa_member_info_t *info = qa_model_member(run->model, run->measure, account);
    if (info->is_deleted) return false;
    *status_out = qa_model_net_weight(run->model, run->measure, account, &way->weight, &way->weight_decimals,
                                      run->error);
    if (run->has_balances) {
        way->time_balance = info->account.time_balance;
        way->skip = info->account.skip;
    }
    return true;
}

static qa_status_t learn(aggregation_t *run, const qa_member_t *coordinate, qa_member_t account,
                         account_way_t *way)
{
    qa_status_t status = QA_OK;
    *way = (account_way_t){ .state = ACCOUNT_KNOWN, .weight = 1 };
    way->decimals = qa_model_account_of(run->value_model, coordinate).decimals;
    if (run->spec->is_net_weighted && !learn_structure(run, account, way, &status)) {
        way->state = ACCOUNT_LEFT_OUT;
        return QA_OK;
    }
    if (status != QA_OK) {
        way->state = ACCOUNT_UNKNOWN;
        return status;
    }
    const int digits = run->spec->decimals - way->decimals - way->weight_decimals;
    way->factor = way->weight;
    way->is_fitting = digits >= 0;
    for (int i = 0; i < digits; i++) {
        if (__builtin_mul_overflow(way->factor, (int64_t)10, &way->factor)) way->factor = 0;
        if (way->factor == 0) break; /* beyond 64 bits, the longer way is taken; a weight of 0 stays 0 */
    }
    return QA_OK;
}

qa_status_t qa_aggregate_account(aggregation_t *run, const qa_member_t *coordinate, qa_member_t *account_out,
                                 const account_way_t **way_out)
{
    *account_out = run->measure == QA_DIMENSIONS_MAX ? 0 : aggregation_member(run, coordinate, run->measure);
    assert(*account_out < run->account_count);
    account_way_t *way = &run->accounts[*account_out];
    qa_status_t status = QA_OK;
    if (way->state == ACCOUNT_UNKNOWN) status = learn(run, coordinate, *account_out, way);
    *way_out = way->state == ACCOUNT_KNOWN ? way : NULL;
    return status;
}

/* --- single numbers --- */

/* A decimal with `decimals` in the decimals of the result. */
static bool rescale(const aggregation_t *run, qa_int128_t units, uint32_t decimals, qa_int128_t *units_out)
{
    assert(decimals <= run->spec->decimals);
    for (; decimals < run->spec->decimals; decimals++)
        if (!qa_plan_scale(units, 10, &units)) return false;
    *units_out = units;
    return true;
}

static qa_status_t decimal_of(const aggregation_t *run, const qa_atom_t *atom, qa_member_t account,
                              const account_way_t *way, qa_int128_t *units_out)
{
    if (atom->kind != QA_KIND_DECIMAL)
        return qa_fail(run->error, QA_INVALID, "\"%s\" has doubles, but the query adds up decimals",
                       account_label(run, account));
    if (!way->is_fitting)
        return qa_fail(
            run->error, QA_INVALID, "\"%s\" has %d decimals with its weight, but the query only %d",
            account_label(run, account), way->decimals + way->weight_decimals, run->spec->decimals);
    if (way->factor != 0) {
        *units_out = plan_product(atom->units, way->factor); /* 18 and 19 digits */
        return QA_OK;
    }
    const bool is_fit = qa_plan_scale(atom->units, way->weight, units_out) &&
                        rescale(run, *units_out, (uint32_t)way->decimals + way->weight_decimals, units_out);
    return is_fit ? QA_OK : fail_overflow(run);
}

static qa_status_t double_of(const aggregation_t *run, const qa_atom_t *atom, const account_way_t *way,
                             double *number_out)
{
    if (atom->kind == QA_KIND_DECIMAL) {
        *number_out = qa_decimal_to_double(plan_product(atom->units, way->weight),
                                           (uint8_t)(way->decimals + way->weight_decimals));
        return QA_OK;
    }
    *number_out = atom->number;
    if (way->weight == 1 && way->weight_decimals == 0) return QA_OK;
    const qa_value_t value = qa_value_double(atom->number);
    qa_value_t weighted;
    if (qa_value_net_weighted(&value, way->weight, way->weight_decimals, &weighted) != QA_OK)
        return fail_overflow(run);
    *number_out = weighted.number;
    return QA_OK;
}

/* --- sums --- */

static qa_status_t add_double(aggregation_t *run, mixed_sum_t *sum, double number)
{
    if ((sum->flags & CELL_DOUBLE) == 0) {
        sum->flags |= CELL_DOUBLE;
        sum->first = number;
        return QA_OK;
    }
    if (sum->exact == 0) {
        if (qa_array_reserve(run->allocator, (void **)&run->exacts, &run->exact_capacity,
                             run->exact_count + 1, sizeof(qa_exact_sum_t)) != QA_OK)
            return qa_fail_memory(run->error, "adding up doubles");
        sum->exact = ++run->exact_count;
        qa_exact_sum_clear(&run->exacts[sum->exact - 1]);
        qa_exact_sum_add(&run->exacts[sum->exact - 1], sum->first);
    }
    qa_exact_sum_add(&run->exacts[sum->exact - 1], number);
    return QA_OK;
}

qa_status_t qa_mixed_sum_read(const aggregation_t *run, const mixed_sum_t *sum, uint8_t decimals,
                              qa_value_t *value_out)
{
    const plan_target_t account = { .decimals = decimals };
    *value_out = qa_value_missing();
    if (sum->flags == 0) return QA_OK;
    if (sum->flags == CELL_DOUBLE && sum->exact == 0) {
        *value_out = qa_value_double(sum->first);
        return QA_OK;
    }
    const qa_exact_sum_t *exact = sum->exact == 0 ? NULL : &run->exacts[sum->exact - 1];
    return qa_finish_number(sum->flags, &sum->units, exact, 1, 0, &account, value_out, NULL) == QA_OK
               ? QA_OK
               : fail_overflow(run);
}

/* The atom as it is, into the part of its period: weights come behind the time balance. */
static qa_status_t add_part(aggregation_t *run, uint32_t group, const qa_member_t *coordinate,
                            const qa_atom_t *atom)
{
    const qa_member_t period = aggregation_member(run, coordinate, run->time);
    const uint32_t known = run->parts_by_period.count;
    uint32_t part;
    qa_status_t status = qa_array_reserve(run->allocator, (void **)&run->parts, &run->part_capacity,
                                          known + 1, sizeof(*run->parts));
    if (status == QA_OK)
        status = qa_code_map_number(&run->parts_by_period, (uint64_t)group << 32 | period, &part);
    if (status != QA_OK) return qa_fail_memory(run->error, "the periods of a query");
    if (part == known) run->parts[part] = (mixed_sum_t){ .flags = 0 };
    if (atom->kind == QA_KIND_DOUBLE) return add_double(run, &run->parts[part], atom->number);
    wide_add(&run->parts[part].units, atom->units);
    run->parts[part].flags |= CELL_DECIMAL;
    return QA_OK;
}

static void note_account(group_t *group, qa_member_t account, const account_way_t *way)
{
    if (group->account == QA_MEMBER_NONE) group->account = account;
    if (group->account != account) group->has_accounts = true;
    /* The first by id, so that words do not depend on the order of the atoms. */
    if (way->time_balance != QA_BALANCE_FLOW && account < group->balance) group->balance = account;
}

qa_status_t qa_aggregate_number(aggregation_t *run, uint32_t group_index, const qa_member_t *coordinate,
                                const qa_atom_t *atom, qa_member_t account, const account_way_t *way)
{
    group_t *group = &run->result->groups[group_index];
    const uint32_t measures = run->spec->measures;
    const bool is_first = group->number_count++ == 0;
    number_t number = { .units = 0 };
    qa_status_t status = QA_OK;
    if ((measures & (MEASURES_ORDER | QA_AGGREGATE_SUM)) == 0) return QA_OK;
    if (run->spec->form == QA_FORM_DECIMAL) {
        status = decimal_of(run, atom, account, way, &number.units);
        if (status != QA_OK) return status;
        if ((measures & QA_AGGREGATE_SUM) != 0) {
            wide_add(&group->sum.units, number.units);
            group->sum.flags |= CELL_DECIMAL;
        }
        if ((measures & MEASURES_ORDER) != 0) {
            if (is_first || number.units < group->min.units) group->min = number;
            if (is_first || number.units > group->max.units) group->max = number;
        }
    } else {
        status = double_of(run, atom, way, &number.number);
        if (status == QA_OK && (measures & QA_AGGREGATE_SUM) != 0)
            status = add_double(run, &group->sum, number.number);
        if (is_first || number.number < group->min.number) group->min = number;
        if (is_first || number.number > group->max.number) group->max = number;
    }
    if (status != QA_OK || !run->has_balances) return status;
    note_account(group, account, way);
    return way->time_balance == QA_BALANCE_FLOW ? QA_OK : add_part(run, group_index, coordinate, atom);
}

/* --- the end --- */

qa_status_t qa_aggregate_finish(aggregation_t *run)
{
    qa_aggregate_t *result = run->result;
    if (result->group_count == 0) return QA_OK;
    result->sums = qa_memory_take(run->allocator, (size_t)result->group_count * sizeof(qa_value_t));
    if (result->sums == NULL) return qa_fail_memory(run->error, "the groups of a query");
    for (uint32_t i = 0; i < result->group_count; i++) {
        const group_t *group = &result->groups[i];
        bool is_plain = true;
        qa_status_t status = QA_OK;
        if (group->balance != QA_MEMBER_NONE)
            status = qa_aggregate_balance(run, i, &is_plain, &result->sums[i]);
        if (status == QA_OK && is_plain)
            status = qa_mixed_sum_read(run, &group->sum, run->spec->decimals, &result->sums[i]);
        if (status != QA_OK) return status;
    }
    return QA_OK;
}
