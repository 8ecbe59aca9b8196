/* Aggregates against a naive reference over random models, against grids, and their refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "query/aggregate.h"
#include "query/consolidate.h"
#include "support/model_maker.h"
#include "support/test_allocator.h"

enum {
    ACCOUNT = 0,
    PERIOD = 1,
    REGION = 2,
    DIMENSIONS = 3,
    MEMBERS_MAX = 40,
    ATOMS_MAX = 300,
    GROUPS_MAX = 400
};

static uint64_t random_state;

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)((random_state >> 11) % limit);
}

typedef struct row {
    qa_member_t at[DIMENSIONS];
    qa_atom_t atom;
} row_t;

typedef struct world {
    qa_model_t *model;
    qa_store_t *store;
    row_t rows[ATOMS_MAX];
    uint32_t row_count;
    qa_aggregate_spec_t spec;
    uint64_t clearance;
    uint32_t codes[QA_AGGREGATE_KEYS_MAX + QA_AGGREGATE_DISTINCT_MAX][MEMBERS_MAX];
    uint64_t sets[DIMENSIONS];
} world_t;

/* --- making a case --- */

static void add_period_and_region(world_t *world, bool is_random)
{
    char code[16];
    assert_int_equal(maker_dimension(world->model, "Period", QA_DIMENSION_TIME), PERIOD);
    const qa_member_t year = maker_member(world->model, PERIOD, "Y", QA_MEMBER_NONE);
    for (uint32_t q = 0; q < 2; q++) {
        (void)snprintf(code, sizeof(code), "Q%u", (unsigned)q);
        const qa_member_t quarter = maker_member(world->model, PERIOD, code, year);
        for (uint32_t m = 0; m < 3; m++) {
            (void)snprintf(code, sizeof(code), "M%u%u", (unsigned)q, (unsigned)m);
            (void)maker_member(world->model, PERIOD, code, quarter);
        }
    }
    assert_int_equal(maker_dimension(world->model, "Region", QA_DIMENSION_ORDINARY), REGION);
    const qa_member_t all = maker_member(world->model, REGION, "All", QA_MEMBER_NONE);
    const uint32_t count = is_random ? 1 + random_below(20) : 3;
    for (uint32_t m = 0; m < count; m++) {
        (void)snprintf(code, sizeof(code), "R%u", (unsigned)m);
        (void)maker_member(world->model, REGION, code, all);
    }
}

static void add_accounts(world_t *world, bool has_doubles)
{
    static const struct {
        const char *code;
        char operator_code;
        int64_t weight;
        uint8_t weight_decimals;
        qa_account_t account;
    } accounts[] = {
        { "Revenue", '+', 1, 0, { .kind = QA_KIND_DECIMAL, .decimals = 2 } },
        { "Expense", '-', -1, 0, { .kind = QA_KIND_DECIMAL, .decimals = 2 } },
        { "Part", '+', 125, 3, { .kind = QA_KIND_DECIMAL, .decimals = 1 } },
        { "Shown", '~', 0, 0, { .kind = QA_KIND_DECIMAL, .decimals = 4 } },
        { "Never", '^', 0, 0, { .kind = QA_KIND_DECIMAL, .decimals = 0 } },
        { "Cash", '-', -5, 1, { .kind = QA_KIND_DECIMAL, .decimals = 2, .time_balance = QA_BALANCE_LAST } },
        { "Opening",
          '+',
          1,
          0,
          { .kind = QA_KIND_DECIMAL,
            .decimals = 2,
            .time_balance = QA_BALANCE_FIRST,
            .skip = QA_SKIP_ZERO } },
        { "Heads",
          '+',
          2,
          0,
          { .kind = QA_KIND_DECIMAL,
            .decimals = 0,
            .time_balance = QA_BALANCE_AVERAGE,
            .skip = QA_SKIP_NONE } },
        { "Note", '~', 0, 0, { .kind = QA_KIND_TEXT } },
        { "Rate", '+', 1, 0, { .kind = QA_KIND_DOUBLE } },
        { "Level",
          '+',
          3,
          1,
          { .kind = QA_KIND_DOUBLE, .time_balance = QA_BALANCE_AVERAGE, .skip = QA_SKIP_BOTH } }
    };
    assert_int_equal(maker_dimension(world->model, "Account", QA_DIMENSION_MEASURE), ACCOUNT);
    const qa_member_t net = maker_member(world->model, ACCOUNT, "Net", QA_MEMBER_NONE);
    const qa_member_t middle = maker_member(world->model, ACCOUNT, "Middle", net);
    maker_edge(world->model, ACCOUNT, QA_HIERARCHY_PRIMARY, net, middle, '+', 20, 1);
    const size_t count = sizeof(accounts) / sizeof(accounts[0]) - (has_doubles ? 0 : 2);
    for (size_t i = 0; i < count; i++) {
        const qa_member_t parent = i % 2 == 0 ? net : middle;
        const qa_member_t member = maker_member(world->model, ACCOUNT, accounts[i].code, parent);
        maker_edge(world->model, ACCOUNT, QA_HIERARCHY_PRIMARY, parent, member, accounts[i].operator_code,
                   accounts[i].weight, accounts[i].weight_decimals);
        maker_account(world->model, ACCOUNT, member, accounts[i].account);
    }
}

static qa_member_t random_leaf(const world_t *world, qa_dimension_t dimension)
{
    for (;;) {
        const qa_member_t member = random_below(qa_model_dimension(world->model, dimension)->member_count);
        if (qa_model_member(world->model, dimension, member)->is_leaf) return member;
    }
}

static void add_atom(world_t *world)
{
    row_t *row = &world->rows[world->row_count];
    for (qa_dimension_t d = 0; d < DIMENSIONS; d++)
        row->at[d] = random_leaf(world, d);
    for (uint32_t i = 0; i < world->row_count; i++)
        if (memcmp(world->rows[i].at, row->at, sizeof(row->at)) == 0) return;
    row->atom = (qa_atom_t){ .kind = qa_model_member(world->model, ACCOUNT, row->at[ACCOUNT])->account.kind,
                             .changed_offset = 1 + random_below(20) };
    if (row->atom.kind == QA_KIND_DECIMAL) row->atom.units = (int64_t)random_below(2000) - 700;
    if (row->atom.kind == QA_KIND_DECIMAL && random_below(30) == 0) row->atom.units = 999999999999999999;
    if (row->atom.kind == QA_KIND_DECIMAL && random_below(6) == 0) row->atom.units = 0;
    if (row->atom.kind == QA_KIND_DOUBLE) row->atom.number = ((double)random_below(2000) - 700) / 7;
    if (row->atom.kind == QA_KIND_DOUBLE && random_below(10) == 0) row->atom.number *= 1e16;
    if (row->atom.kind == QA_KIND_TEXT) row->atom.text = "words", row->atom.text_bytes = 5;
    if (random_below(8) == 0) row->atom.mask = 2;
    assert_int_equal(qa_store_set(world->store, row->at, &row->atom, 1, NULL, NULL), QA_OK);
    world->row_count++;
}

static void open_world(world_t *world, bool has_doubles, bool is_random)
{
    const qa_hash_key_t key = { 1, 2 };
    memset(world, 0, sizeof(*world));
    world->model = maker_open();
    add_accounts(world, has_doubles);
    add_period_and_region(world, is_random);
    maker_settle(world->model);
    assert_int_equal(qa_store_open(&world->store, &qa_allocator_default, DIMENSIONS, &key), QA_OK);
    world->spec = (qa_aggregate_spec_t){ .size = sizeof(world->spec), .decimals = 8 };
    world->spec.selection.size = sizeof(world->spec.selection);
    world->clearance = UINT64_MAX;
}

static void close_world(world_t *world)
{
    qa_store_close(world->store);
    qa_model_close(world->model);
}

static void random_list(world_t *world, uint32_t slot, qa_code_list_t *list)
{
    *list = (qa_code_list_t){ .dimension = (qa_dimension_t)random_below(DIMENSIONS),
                              .code_of_member = world->codes[slot] };
    list->code_count = 1 + random_below(random_below(2) == 0 ? 3 : 2000);
    list->member_count = qa_model_dimension(world->model, list->dimension)->member_count;
    if (random_below(6) == 0) list->member_count--;
    for (uint32_t member = 0; member < list->member_count; member++)
        world->codes[slot][member] = random_below(8) == 0 ? QA_CODE_NONE : random_below(list->code_count);
    /* Every period, account or region by itself: what a query does most. */
    if (random_below(2) == 0 && list->code_count >= list->member_count)
        for (uint32_t member = 0; member < list->member_count; member++)
            world->codes[slot][member] = member;
}

static void random_spec(world_t *world, bool has_doubles)
{
    qa_aggregate_spec_t *spec = &world->spec;
    spec->key_count = (uint16_t)random_below(5);
    for (uint16_t k = 0; k < spec->key_count; k++)
        random_list(world, k, &spec->keys[k]);
    spec->distinct_count = (uint16_t)random_below(3);
    for (uint16_t k = 0; k < spec->distinct_count; k++)
        random_list(world, QA_AGGREGATE_KEYS_MAX + k, &spec->distinct[k]);
    for (qa_dimension_t d = 0; d < DIMENSIONS; d++) {
        if (random_below(3) > 0) continue;
        world->sets[d] = (uint64_t)random_below(UINT32_MAX) | (uint64_t)random_below(UINT32_MAX) << 20;
        spec->selection.members[d] = &world->sets[d];
        spec->selection.member_count[d] = 3 + random_below(61);
    }
    if (random_below(3) == 0) spec->selection.changed_after = random_below(20);
    spec->measures = random_below(16);
    spec->is_net_weighted = random_below(2) == 0;
    spec->form = has_doubles || random_below(4) == 0 ? QA_FORM_DOUBLE : QA_FORM_DECIMAL;
    if (random_below(2) == 0) world->clearance = 1;
}

/* --- the reference --- */

typedef struct expected {
    uint32_t codes[QA_AGGREGATE_KEYS_MAX];
    uint64_t row_count, number_count;
    qa_value_t sum, min, max;
    uint64_t distinct[QA_AGGREGATE_DISTINCT_MAX];
} expected_t;

static bool is_selected(const world_t *world, const row_t *row)
{
    const qa_selection_t *selection = &world->spec.selection;
    for (qa_dimension_t d = 0; d < DIMENSIONS; d++)
        if (selection->members[d] != NULL &&
            (row->at[d] >= selection->member_count[d] || (*selection->members[d] >> row->at[d] & 1) == 0))
            return false;
    return row->atom.changed_offset > selection->changed_after && (row->atom.mask & ~world->clearance) == 0;
}

static uint32_t code_of(const qa_code_list_t *list, const qa_member_t *at)
{
    const qa_member_t member = at[list->dimension];
    return member < list->member_count ? list->code_of_member[member] : QA_CODE_NONE;
}

static bool is_in_group(const world_t *world, const row_t *row, const uint32_t *codes)
{
    for (uint16_t k = 0; k < world->spec.key_count; k++)
        if (code_of(&world->spec.keys[k], row->at) != codes[k]) return false;
    return true;
}

static qa_value_t in_form(const world_t *world, qa_value_t value)
{
    if (world->spec.form == QA_FORM_DOUBLE && value.kind == QA_KIND_DECIMAL)
        return qa_value_double(qa_decimal_to_double(value.units, value.decimals));
    while (value.kind == QA_KIND_DECIMAL && value.decimals < world->spec.decimals) {
        value.units *= 10;
        value.decimals++;
    }
    return value;
}

static qa_value_t weigh(const world_t *world, qa_member_t account, qa_value_t value)
{
    int64_t weight = 0;
    uint8_t decimals = 0;
    qa_value_t weighted;
    if (!world->spec.is_net_weighted) return value;
    assert_int_equal(qa_model_net_weight(world->model, ACCOUNT, account, &weight, &decimals, NULL), QA_OK);
    assert_int_equal(qa_value_net_weighted(&value, weight, decimals, &weighted), QA_OK);
    return weighted;
}

static qa_value_t raw_value(const world_t *world, const row_t *row)
{
    if (row->atom.kind == QA_KIND_DOUBLE) return qa_value_double(row->atom.number);
    return qa_value_decimal(row->atom.units,
                            qa_model_member(world->model, ACCOUNT, row->at[ACCOUNT])->account.decimals);
}

static bool is_less(qa_value_t a, qa_value_t b)
{
    return a.kind == QA_KIND_DOUBLE ? a.number < b.number : a.units < b.units;
}

static bool is_number(const row_t *row)
{
    return row->atom.kind == QA_KIND_DECIMAL || row->atom.kind == QA_KIND_DOUBLE;
}

/* Half away from zero. */
static qa_int128_t divide(qa_int128_t units, int64_t divisor)
{
    const qa_int128_t magnitude = units < 0 ? -units : units;
    const qa_int128_t quotient = (magnitude + divisor / 2) / divisor;
    return units < 0 ? -quotient : quotient;
}

/* First, last or average of the periods; `account` is the only one. */
static qa_value_t balance(const world_t *world, const uint32_t *codes, qa_member_t account)
{
    const qa_account_t *info = &qa_model_member(world->model, ACCOUNT, account)->account;
    const bool skips_missing = info->skip == QA_SKIP_MISSING || info->skip == QA_SKIP_BOTH;
    const bool skips_zero = info->skip == QA_SKIP_ZERO || info->skip == QA_SKIP_BOTH;
    qa_value_t result = qa_value_missing();
    qa_exact_sum_t all;
    qa_int128_t units = 0;
    int64_t used = 0, with_value = 0;
    qa_exact_sum_clear(&all);
    for (qa_member_t p = 0; p < qa_model_dimension(world->model, PERIOD)->member_count; p++) {
        row_t place = { .at = { account, p, 0 }, .atom = { .changed_offset = UINT64_MAX } };
        bool is_ours = qa_model_member(world->model, PERIOD, p)->is_leaf;
        const qa_selection_t *selection = &world->spec.selection;
        if (selection->members[PERIOD] != NULL &&
            (p >= selection->member_count[PERIOD] || (*selection->members[PERIOD] >> p & 1) == 0))
            is_ours = false;
        for (uint16_t k = 0; k < world->spec.key_count; k++)
            if (world->spec.keys[k].dimension == PERIOD &&
                code_of(&world->spec.keys[k], place.at) != codes[k])
                is_ours = false;
        if (!is_ours) continue;
        qa_value_t value = qa_value_missing();
        qa_exact_sum_t exact;
        qa_exact_sum_clear(&exact);
        for (uint32_t i = 0; i < world->row_count; i++) {
            const row_t *row = &world->rows[i];
            if (row->at[ACCOUNT] != account || row->at[PERIOD] != p || !is_selected(world, row) ||
                !is_in_group(world, row, codes))
                continue;
            if (row->atom.kind == QA_KIND_DOUBLE) {
                qa_exact_sum_add(&exact, row->atom.number);
                value = qa_value_double(0);
            } else {
                value = qa_value_decimal((value.kind == QA_KIND_MISSING ? 0 : value.units) + row->atom.units,
                                         info->decimals);
            }
        }
        if (value.kind == QA_KIND_DOUBLE) assert_int_equal(qa_exact_sum_read(&exact, &value.number), QA_OK);
        const bool is_zero = (value.kind == QA_KIND_DECIMAL && value.units == 0) ||
                             (value.kind == QA_KIND_DOUBLE && value.number == 0.0);
        if ((value.kind == QA_KIND_MISSING && skips_missing) || (is_zero && skips_zero)) continue;
        used++;
        if (value.kind != QA_KIND_MISSING) with_value++;
        if (value.kind == QA_KIND_DECIMAL) units += value.units;
        qa_exact_sum_merge(&all, &exact);
        if (info->time_balance == QA_BALANCE_LAST || (info->time_balance == QA_BALANCE_FIRST && used == 1))
            result = value;
    }
    if (info->time_balance != QA_BALANCE_AVERAGE || with_value == 0) return result;
    if (info->kind == QA_KIND_DECIMAL) return qa_value_decimal(divide(units, used), info->decimals);
    assert_int_equal(qa_exact_sum_read(&all, &result.number), QA_OK);
    return qa_value_double(used > 1 ? result.number / (double)used : result.number);
}

static uint32_t periods_of(const world_t *world, const uint32_t *codes)
{
    uint32_t count = 0;
    for (qa_member_t p = 0; p < qa_model_dimension(world->model, PERIOD)->member_count; p++) {
        const qa_member_t at[] = { 0, p, 0 };
        bool is_ours = qa_model_member(world->model, PERIOD, p)->is_leaf;
        const qa_selection_t *selection = &world->spec.selection;
        if (selection->members[PERIOD] != NULL &&
            (p >= selection->member_count[PERIOD] || (*selection->members[PERIOD] >> p & 1) == 0))
            is_ours = false;
        for (uint16_t k = 0; k < world->spec.key_count; k++)
            if (world->spec.keys[k].dimension == PERIOD && code_of(&world->spec.keys[k], at) != codes[k])
                is_ours = false;
        if (is_ours) count++;
    }
    return count;
}

/* QA_NOT_SUPPORTED if a balance meets another account. */
static qa_status_t expect_group(const world_t *world, expected_t *expected)
{
    static bool is_seen[QA_AGGREGATE_DISTINCT_MAX][2000];
    qa_member_t account = QA_MEMBER_NONE;
    bool has_accounts = false, has_balance = false;
    qa_exact_sum_t exact;
    qa_exact_sum_clear(&exact);
    memset(is_seen, 0, sizeof(is_seen));
    qa_int128_t units = 0;
    for (uint32_t i = 0; i < world->row_count; i++) {
        const row_t *row = &world->rows[i];
        if (!is_selected(world, row) || !is_in_group(world, row, expected->codes)) continue;
        expected->row_count++;
        for (uint16_t k = 0; k < world->spec.distinct_count; k++) {
            const uint32_t code = code_of(&world->spec.distinct[k], row->at);
            if (code == QA_CODE_NONE || is_seen[k][code]) continue;
            is_seen[k][code] = true;
            expected->distinct[k]++;
        }
        if (!is_number(row) || world->spec.measures == 0) continue;
        const qa_value_t value = in_form(world, weigh(world, row->at[ACCOUNT], raw_value(world, row)));
        if (value.kind == QA_KIND_DOUBLE)
            qa_exact_sum_add(&exact, value.number);
        else
            units += value.units;
        if (expected->number_count == 0 || is_less(value, expected->min)) expected->min = value;
        if (expected->number_count == 0 || is_less(expected->max, value)) expected->max = value;
        expected->number_count++;
        if (account == QA_MEMBER_NONE) account = row->at[ACCOUNT];
        if (account != row->at[ACCOUNT]) has_accounts = true;
        if (qa_model_member(world->model, ACCOUNT, row->at[ACCOUNT])->account.time_balance != QA_BALANCE_FLOW)
            has_balance = true;
    }
    if (expected->number_count == 0 || (world->spec.measures & QA_AGGREGATE_SUM) == 0) return QA_OK;
    expected->sum = qa_value_decimal(units, world->spec.decimals);
    if (world->spec.form == QA_FORM_DOUBLE) {
        expected->sum = qa_value_double(0);
        assert_int_equal(qa_exact_sum_read(&exact, &expected->sum.number), QA_OK);
    }
    if (!has_balance || !world->spec.is_net_weighted || periods_of(world, expected->codes) <= 1) return QA_OK;
    if (has_accounts) return QA_NOT_SUPPORTED;
    const qa_value_t value = balance(world, expected->codes, account);
    expected->sum = value.kind == QA_KIND_MISSING ? value : in_form(world, weigh(world, account, value));
    return QA_OK;
}

static void assert_value(qa_value_t got, qa_value_t expected, uint32_t measure, uint32_t measures)
{
    if ((measures & measure) == 0) expected = qa_value_missing();
    if (!qa_value_equal(&got, &expected))
        fail_msg("kind %u/%u, units %lld/%lld, decimals %u/%u, number %.17g/%.17g", got.kind, expected.kind,
                 (long long)got.units, (long long)expected.units, got.decimals, expected.decimals, got.number,
                 expected.number);
}

static void compare_case(world_t *world)
{
    static expected_t groups[GROUPS_MAX];
    uint32_t count = 0;
    qa_error_t error;
    qa_aggregate_t *result = NULL;
    qa_status_t expected_status = QA_OK;
    for (uint32_t i = 0; i < world->row_count || (i == 0 && world->spec.key_count == 0); i++) {
        expected_t group = { .sum = { .kind = QA_KIND_MISSING } };
        bool is_in = world->spec.key_count == 0 || is_selected(world, &world->rows[i]);
        for (uint16_t k = 0; k < world->spec.key_count; k++) {
            group.codes[k] = code_of(&world->spec.keys[k], world->rows[i].at);
            if (group.codes[k] == QA_CODE_NONE) is_in = false;
        }
        for (uint32_t g = 0; g < count; g++)
            if (memcmp(groups[g].codes, group.codes, sizeof(group.codes)) == 0) is_in = false;
        if (!is_in) continue;
        groups[count] = group;
        if (expect_group(world, &groups[count++]) != QA_OK) expected_status = QA_NOT_SUPPORTED;
    }
    const qa_status_t status = qa_aggregate_run(world->model, world->model, world->store, &world->spec,
                                                world->clearance, &qa_allocator_default, &result, &error);
    if (status != expected_status) fail_msg("%u instead of %u: %s", status, expected_status, error.message);
    if (status != QA_OK) return;
    assert_int_equal(qa_aggregate_group_count(result), count);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t *codes = qa_aggregate_codes(result, i);
        uint32_t g = 0;
        while (g < count && world->spec.key_count > 0 &&
               memcmp(groups[g].codes, codes, world->spec.key_count * sizeof(*codes)) != 0)
            g++;
        assert_true(g < count);
        assert_int_equal(qa_aggregate_row_count(result, i), groups[g].row_count);
        assert_int_equal(qa_aggregate_number_count(result, i), groups[g].number_count);
        const uint32_t measures = groups[g].number_count == 0 ? 0 : world->spec.measures;
        assert_value(qa_aggregate_sum(result, i), groups[g].sum, QA_AGGREGATE_SUM, measures);
        assert_value(qa_aggregate_min(result, i), groups[g].min, QA_AGGREGATE_MIN, measures);
        assert_value(qa_aggregate_max(result, i), groups[g].max, QA_AGGREGATE_MAX, measures);
        for (uint16_t k = 0; k < world->spec.distinct_count; k++)
            assert_int_equal(qa_aggregate_distinct_count(result, i, k), groups[g].distinct[k]);
    }
    qa_aggregate_close(result);
}

static void random_aggregates_agree_with_the_reference(void **state)
{
    (void)state;
    const uint32_t case_count = getenv("QA_LONG") != NULL ? 100000 : 3000;
    for (uint32_t i = 1; i <= case_count; i++) {
        static world_t world;
        random_state = i * 0x9E3779B97F4A7C15u;
        const bool has_doubles = random_below(2) == 0;
        open_world(&world, has_doubles, true);
        const uint32_t wanted = random_below(random_below(3) == 0 ? 8 : ATOMS_MAX);
        for (uint32_t a = 0; a < wanted; a++)
            add_atom(&world);
        random_spec(&world, has_doubles);
        compare_case(&world);
        close_world(&world);
    }
}

/* --- by hand --- */

static void set_units(world_t *world, const char *account, const char *period, int64_t units)
{
    qa_error_t error;
    qa_member_t at[DIMENSIONS] = { 0, 0, 1 };
    assert_int_equal(
        qa_model_find_member(world->model, ACCOUNT, account, strlen(account), &at[ACCOUNT], &error), QA_OK);
    assert_int_equal(qa_model_find_member(world->model, PERIOD, period, strlen(period), &at[PERIOD], &error),
                     QA_OK);
    const qa_atom_t atom = { .kind = QA_KIND_DECIMAL, .units = units, .changed_offset = 1 };
    assert_int_equal(qa_store_set(world->store, at, &atom, 1, NULL, NULL), QA_OK);
}

static qa_status_t run(world_t *world, qa_aggregate_t **result_out, qa_error_t *error)
{
    return qa_aggregate_run(world->model, world->model, world->store, &world->spec, UINT64_MAX,
                            &qa_allocator_default, result_out, error);
}

static void key_by_member(world_t *world, uint16_t key, qa_dimension_t dimension)
{
    for (uint32_t member = 0; member < MEMBERS_MAX; member++)
        world->codes[key][member] = member;
    world->spec.keys[key] =
        (qa_code_list_t){ dimension, world->codes[key],
                          qa_model_dimension(world->model, dimension)->member_count, MEMBERS_MAX };
    world->spec.key_count = (uint16_t)(key + 1);
}

static void a_balance_among_other_accounts_is_refused_unless_grouped_by_account_or_period(void **state)
{
    (void)state;
    static world_t world;
    qa_aggregate_t *result = NULL;
    qa_error_t error;
    open_world(&world, false, false);
    set_units(&world, "Cash", "M00", 100);
    set_units(&world, "Cash", "M01", 300);
    set_units(&world, "Revenue", "M01", 700);
    world.spec.measures = QA_AGGREGATE_SUM;
    world.spec.is_net_weighted = true;
    assert_int_equal(run(&world, &result, &error), QA_NOT_SUPPORTED);
    assert_null(result);
    assert_non_null(strstr(error.message, "\"Cash\""));
    assert_non_null(strstr(error.message, "put \"Account\" into GROUP BY"));
    key_by_member(&world, 0, ACCOUNT);
    assert_int_equal(run(&world, &result, &error), QA_OK);
    assert_int_equal(qa_aggregate_group_count(result), 2);
    qa_aggregate_close(result);
    key_by_member(&world, 0, PERIOD);
    assert_int_equal(run(&world, &result, &error), QA_OK);
    assert_int_equal(qa_aggregate_group_count(result), 2);
    qa_aggregate_close(result);
    world.spec.key_count = 0;
    world.spec.is_net_weighted = false; /* stored values add up as they are */
    assert_int_equal(run(&world, &result, &error), QA_OK);
    assert_int_equal((int64_t)qa_aggregate_sum(result, 0).units, INT64_C(1100000000));
    qa_aggregate_close(result);
    close_world(&world);
}

/* Each account at the year and at all regions: what the grid shows, times the weight. */
static void sums_by_account_are_what_the_grid_shows(void **state)
{
    (void)state;
    for (uint32_t i = 1; i <= 300; i++) {
        static world_t world;
        qa_error_t error;
        qa_aggregate_t *result = NULL;
        random_state = i * 0x9E3779B97F4A7C15u;
        open_world(&world, false, true);
        for (uint32_t a = 0; a < 60; a++)
            add_atom(&world);
        world.spec.measures = QA_AGGREGATE_SUM;
        world.spec.is_net_weighted = true;
        key_by_member(&world, 0, ACCOUNT);
        assert_int_equal(run(&world, &result, &error), QA_OK);
        for (uint32_t g = 0; g < qa_aggregate_group_count(result); g++) {
            const qa_member_t at[] = { qa_aggregate_codes(result, g)[0], 0, 0 };
            if (qa_model_member(world.model, ACCOUNT, at[0])->account.kind != QA_KIND_DECIMAL) continue;
            qa_edge_t edge;
            assert_true(qa_model_primary_edge(world.model, ACCOUNT, at[0], &edge));
            if (edge.operator_code == QA_OPERATOR_NEVER) continue; /* never added up along anything */
            qa_grid_spec_t spec = { .size = sizeof(spec), .clearance = UINT64_MAX };
            qa_grid_t *grid = NULL;
            for (qa_dimension_t d = 0; d < DIMENSIONS; d++) {
                spec.members[d] = &at[d];
                spec.member_count[d] = 1;
            }
            assert_int_equal(
                qa_consolidate(world.model, world.store, &spec, &qa_allocator_default, &grid, &error), QA_OK);
            qa_value_t expected = *qa_grid_cell(grid, 0);
            if (expected.kind != QA_KIND_MISSING) expected = in_form(&world, weigh(&world, at[0], expected));
            assert_value(qa_aggregate_sum(result, g), expected, 1, 1);
            qa_grid_close(grid);
        }
        qa_aggregate_close(result);
        close_world(&world);
    }
}

static void a_net_weight_is_the_product_up_to_the_root(void **state)
{
    (void)state;
    static world_t world;
    int64_t weight = 0;
    uint8_t decimals = 0;
    qa_error_t error;
    open_world(&world, true, false);
    static const struct {
        const char *code;
        int64_t weight;
        uint8_t decimals;
    } cases[] = { { "Net", 1, 0 },      { "Middle", 2, 0 }, { "Revenue", 1, 0 },
                  { "Expense", -2, 0 }, { "Part", 125, 3 }, { "Shown", 0, 0 },
                  { "Never", 0, 0 },    { "Cash", -1, 0 },  { "Level", 3, 1 } };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        qa_member_t member = 0;
        assert_int_equal(
            qa_model_find_member(world.model, ACCOUNT, cases[i].code, strlen(cases[i].code), &member, &error),
            QA_OK);
        assert_int_equal(qa_model_net_weight(world.model, ACCOUNT, member, &weight, &decimals, &error),
                         QA_OK);
        assert_int_equal(weight, cases[i].weight);
        assert_int_equal(decimals, cases[i].decimals);
    }
    close_world(&world);
    qa_model_t *model = maker_open();
    char code[8];
    const qa_dimension_t d = maker_dimension(model, "Deep", QA_DIMENSION_MEASURE);
    qa_member_t member = maker_member(model, d, "top", QA_MEMBER_NONE);
    for (int i = 0; i < 3; i++) {
        const qa_member_t parent = member;
        (void)snprintf(code, sizeof(code), "m%d", i);
        member = maker_member(model, d, code, parent);
        maker_edge(model, d, QA_HIERARCHY_PRIMARY, parent, member, '+', 12345, 5);
    }
    maker_settle(model);
    assert_int_equal(qa_model_net_weight(model, d, member, &weight, &decimals, &error), QA_LIMIT);
    assert_non_null(strstr(error.message, "\"m2\""));
    qa_model_close(model);
}

static void many_keys_of_many_codes_need_no_table(void **state)
{
    (void)state;
    static world_t world;
    random_state = 9;
    open_world(&world, false, true);
    for (uint32_t a = 0; a < 200; a++)
        add_atom(&world);
    for (uint16_t k = 0; k < QA_AGGREGATE_KEYS_MAX; k++) {
        key_by_member(&world, k, (qa_dimension_t)(k % DIMENSIONS));
        world.spec.keys[k].code_count = k % 2 == 0 ? UINT32_MAX : 1000000; /* more than 64 bits together */
    }
    world.spec.measures = QA_AGGREGATE_SUM | QA_AGGREGATE_MIN;
    compare_case(&world);
    close_world(&world);
}

static void numbers_that_do_not_fit_the_form_are_refused(void **state)
{
    (void)state;
    static world_t world;
    qa_aggregate_t *result = NULL;
    qa_error_t error;
    open_world(&world, true, false);
    set_units(&world, "Part", "M00", 999999999999999999);
    world.spec.measures = QA_AGGREGATE_SUM;
    world.spec.decimals = 0;
    assert_int_equal(run(&world, &result, &error), QA_INVALID);
    assert_non_null(strstr(error.message, "\"Part\""));
    world.spec.decimals = 18;
    assert_int_equal(run(&world, &result, &error), QA_OK);
    qa_aggregate_close(result);
    const uint32_t bad = 7;
    world.spec.keys[0] = (qa_code_list_t){ ACCOUNT, &bad, 1, 7 };
    world.spec.key_count = 1;
    assert_int_equal(run(&world, &result, &error), QA_INVALID);
    world.spec.keys[0] = (qa_code_list_t){ 9, &bad, 1, 8 };
    assert_int_equal(run(&world, &result, &error), QA_INVALID);
    world.spec.size--;
    assert_int_equal(run(&world, &result, &error), QA_INVALID);
    close_world(&world);
}

static void every_refused_allocation_is_told_and_nothing_leaks(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 6; seed++) {
        static world_t world;
        test_allocator_t allocator;
        qa_status_t status = QA_NO_MEMORY;
        random_state = seed * 77777;
        open_world(&world, true, true);
        for (uint32_t a = 0; a < 250; a++)
            add_atom(&world);
        world.spec.measures = 15;
        world.spec.form = QA_FORM_DOUBLE;
        world.spec.is_net_weighted = true;
        key_by_member(&world, 0, ACCOUNT);
        if (seed % 2 == 0) key_by_member(&world, 1, REGION);
        if (seed % 3 == 0) world.spec.keys[0].code_count = UINT32_MAX;
        world.spec.distinct[0] = world.spec.keys[0];
        world.spec.distinct_count = 1;
        for (uint64_t n = 1; status == QA_NO_MEMORY; n++) {
            qa_aggregate_t *result = NULL;
            qa_error_t error;
            test_allocator_make(&allocator);
            allocator.fail_at = n;
            status = qa_aggregate_run(world.model, world.model, world.store, &world.spec, UINT64_MAX,
                                      &allocator.allocator, &result, &error);
            qa_aggregate_close(result);
            assert_int_equal(allocator.bytes, 0);
        }
        assert_int_equal(status, QA_OK);
        close_world(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_aggregates_agree_with_the_reference),
        cmocka_unit_test(a_balance_among_other_accounts_is_refused_unless_grouped_by_account_or_period),
        cmocka_unit_test(sums_by_account_are_what_the_grid_shows),
        cmocka_unit_test(a_net_weight_is_the_product_up_to_the_root),
        cmocka_unit_test(many_keys_of_many_codes_need_no_table),
        cmocka_unit_test(numbers_that_do_not_fit_the_form_are_refused),
        cmocka_unit_test(every_refused_allocation_is_told_and_nothing_leaks),
    };
    return cmocka_run_group_tests_name("aggregate", tests, NULL, NULL);
}
