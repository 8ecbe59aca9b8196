/* Grids of random models and atoms against the definition, worked out cell by cell and atom by atom.
 *
 * The reference knows no plan, no topological order and no shared pass: a net weight is the recursive sum
 * over all ways, a cell the sum over all atoms. QA_LONG=1 runs 100,000 cases instead of 500. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "query/consolidate.h"
#include "support/model_maker.h"

enum { DIMENSIONS = 4, MEMBERS_MAX = 14, ATOMS_MAX = 60, LIST_MAX = 6 };

static uint64_t random_state;

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)((random_state >> 11) % limit);
}

typedef struct world {
    qa_model_t *model;
    qa_store_t *store;
    qa_hierarchy_t alternate[DIMENSIONS]; /* 0: none */
    qa_grid_spec_t spec;
    qa_member_t lists[DIMENSIONS][LIST_MAX];
    bool is_strange; /* atoms stand on groups and on members that do not exist */
} world_t;

/* --- making a case --- */

static void random_edge(world_t *world, qa_dimension_t d, qa_hierarchy_t hierarchy, qa_member_t parent,
                        qa_member_t child)
{
    static const struct {
        char code;
        int64_t weight;
        uint8_t decimals;
    } ways[] = { { '+', 1, 0 },  { '+', 1, 0 }, { '+', 1, 0 }, { '+', 10, 1 }, { '-', -1, 0 }, { '+', 5, 1 },
                 { '+', 25, 2 }, { '~', 0, 0 }, { '^', 0, 0 }, { '+', 2, 0 },  { '+', 0, 0 } };
    uint32_t way = random_below(3) > 0 ? 0 : random_below(sizeof(ways) / sizeof(ways[0]));
    /* Few enough decimals that a way has at most 6 of them. */
    const bool is_member = qa_model_member(world->model, d, child)->is_in_primary;
    if (hierarchy != QA_HIERARCHY_PRIMARY && ways[way].decimals > (is_member ? 1 : 0)) way = 0;
    maker_edge(world->model, d, hierarchy, parent, child, ways[way].code, ways[way].weight,
               ways[way].decimals);
}

static void random_dimension(world_t *world, qa_dimension_kind_t kind)
{
    char code[16];
    (void)snprintf(code, sizeof(code), "D%u", (unsigned)qa_model_dimension_count(world->model));
    const qa_dimension_t d = maker_dimension(world->model, code, kind);
    const uint32_t count = 2 + random_below(8);
    uint32_t depth[MEMBERS_MAX] = { 0 };
    for (uint32_t m = 0; m < count; m++) {
        (void)snprintf(code, sizeof(code), "m%u", (unsigned)m);
        uint32_t parent = random_below(4) == 0 || m == 0 ? QA_MEMBER_NONE : random_below(m);
        if (parent != QA_MEMBER_NONE && depth[parent] >= 2) parent = QA_MEMBER_NONE;
        (void)maker_member(world->model, d, code, parent);
        if (parent == QA_MEMBER_NONE) continue;
        depth[m] = depth[parent] + 1;
        random_edge(world, d, QA_HIERARCHY_PRIMARY, parent, m);
    }
    world->alternate[d] = 0;
    if (random_below(2) == 0) return;
    /* Groups over each other and over members of the primary: diamonds, shared members, groups of groups. */
    world->alternate[d] = maker_hierarchy(world->model, d, "Alternate");
    const uint32_t group_count = 1 + random_below(3);
    for (uint32_t g = 0; g < group_count; g++) {
        (void)snprintf(code, sizeof(code), "g%u", (unsigned)g);
        const qa_member_t group = maker_group(world->model, d, code);
        if (g == 0 || random_below(2) == 0)
            maker_edge(world->model, d, world->alternate[d], QA_MEMBER_NONE, group, '+', 1, 0);
        if (g > 0) random_edge(world, d, world->alternate[d], count + random_below(g), group);
        for (uint32_t m = 0; m < count; m++)
            if (random_below(2) == 0 && depth[m] > 0) random_edge(world, d, world->alternate[d], group, m);
    }
}

static void random_accounts(world_t *world)
{
    const uint32_t count = qa_model_dimension(world->model, 0)->member_count;
    for (qa_member_t m = 0; m < count; m++) {
        if (!qa_model_member(world->model, 0, m)->is_in_primary) continue;
        qa_account_t account = { .kind = QA_KIND_DECIMAL, .decimals = (uint8_t)random_below(4) };
        if (random_below(3) == 0) account.kind = QA_KIND_DOUBLE;
        if (random_below(6) == 0) account.kind = (uint8_t)(QA_KIND_TEXT + random_below(3));
        if (random_below(2) == 0) account.time_balance = (uint8_t)random_below(4);
        account.skip = (uint8_t)random_below(4);
        maker_account(world->model, 0, m, account);
    }
}

static bool random_atom(world_t *world)
{
    qa_member_t at[DIMENSIONS];
    for (uint16_t d = 0; d < DIMENSIONS; d++) {
        const uint32_t count = qa_model_dimension(world->model, d)->member_count;
        at[d] = random_below(count);
        if (world->is_strange && d > 0 && random_below(20) == 0)
            at[d] = count + random_below(2);
        else if (!world->is_strange && !qa_model_member(world->model, d, at[d])->is_leaf)
            return false;
    }
    qa_atom_t atom = { .kind = qa_model_member(world->model, 0, at[0])->account.kind, .changed_offset = 1 };
    if (atom.kind == QA_KIND_MISSING) return false; /* a group of alternates has no account */
    if (random_below(5) == 0) atom.mask = 1 + random_below(3);
    switch ((qa_kind_t)atom.kind) {
    case QA_KIND_DECIMAL:
        atom.units = random_below(5) == 0 ? 0 : (int64_t)random_below(2000) - 700;
        break;
    case QA_KIND_DOUBLE:
        atom.number = random_below(5) == 0 ? 0.0 : ((double)random_below(2000) - 700.0) / 4.0;
        break;
    case QA_KIND_TEXT:
        atom.text = "some words";
        atom.text_bytes = 4 + random_below(6);
        break;
    default:
        atom.day = 1;
        break;
    }
    if (random_below(12) == 0) atom = (qa_atom_t){ .kind = QA_KIND_MISSING, .changed_offset = 2 };
    assert_int_equal(qa_store_set(world->store, at, &atom, 1, NULL, NULL), QA_OK);
    return true;
}

static void random_spec(world_t *world)
{
    world->spec = (qa_grid_spec_t){ .size = sizeof(world->spec) };
    for (uint16_t d = 0; d < DIMENSIONS; d++) {
        const uint32_t member_count = qa_model_dimension(world->model, d)->member_count;
        const uint32_t count = 1 + random_below(LIST_MAX);
        for (uint32_t i = 0; i < count; i++)
            world->lists[d][i] = random_below(member_count);
        world->spec.members[d] = world->lists[d];
        world->spec.member_count[d] = count;
        if (world->alternate[d] != 0 && random_below(2) == 0) world->spec.hierarchy[d] = world->alternate[d];
    }
    world->spec.clearance = random_below(4);
    world->spec.hidden_mode = (qa_hidden_mode_t)random_below(3);
}

static void world_open(world_t *world)
{
    memset(world, 0, sizeof(*world));
    world->model = maker_open();
    random_dimension(world, QA_DIMENSION_MEASURE);
    random_dimension(world, QA_DIMENSION_TIME);
    random_dimension(world, QA_DIMENSION_ORDINARY);
    random_dimension(world, QA_DIMENSION_ORDINARY);
    random_accounts(world);
    if (random_below(4) == 0) maker_zero_is_missing(world->model);
    maker_settle(world->model);
    const qa_hash_key_t key = { 1, 2 };
    assert_int_equal(qa_store_open(&world->store, &qa_allocator_default, DIMENSIONS, &key), QA_OK);
    world->is_strange = random_below(3) == 0;
    const uint32_t tries = random_below(ATOMS_MAX);
    for (uint32_t i = 0; i < tries; i++)
        (void)random_atom(world);
    random_spec(world);
}

static void world_close(world_t *world)
{
    qa_store_close(world->store);
    qa_model_close(world->model);
}

/* --- the definition --- */

static const qa_edge_t *children(const world_t *world, qa_dimension_t d, qa_hierarchy_t *hierarchy,
                                 qa_member_t member, uint32_t *count_out)
{
    const qa_edge_t *edges = qa_model_children(world->model, d, *hierarchy, member, count_out);
    if (*count_out > 0 || *hierarchy == 0) return edges;
    *hierarchy = 0;
    return qa_model_children(world->model, d, 0, member, count_out);
}

static bool has_children(const world_t *world, qa_dimension_t d, qa_member_t member)
{
    qa_hierarchy_t hierarchy = world->spec.hierarchy[d];
    uint32_t count = 0;
    (void)children(world, d, &hierarchy, member, &count);
    return count > 0;
}

/* In units of 10^-6. */
static qa_int128_t net_weight(const world_t *world, qa_dimension_t d, qa_hierarchy_t hierarchy,
                              qa_member_t target, qa_member_t holder)
{
    qa_int128_t net = target == holder ? 1000000 : 0;
    uint32_t count = 0;
    const qa_edge_t *edges = children(world, d, &hierarchy, target, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (edges[i].operator_code == '~' || edges[i].operator_code == '^') continue;
        qa_int128_t part = net_weight(world, d, hierarchy, edges[i].child, holder) * edges[i].weight;
        for (uint8_t k = 0; k < edges[i].weight_decimals; k++) {
            assert_true(part % 10 == 0);
            part /= 10;
        }
        net += part;
    }
    return net;
}

static bool is_never(const world_t *world, qa_dimension_t d, qa_member_t member)
{
    const qa_hierarchy_t used = world->spec.hierarchy[d];
    for (int pass = 0; pass < 2; pass++) {
        const qa_hierarchy_t hierarchy = pass == 0 ? used : 0;
        if (pass == 1 && qa_model_is_in_hierarchy(world->model, d, used, member)) continue;
        for (qa_member_t p = 0; p < qa_model_dimension(world->model, d)->member_count; p++) {
            uint32_t count = 0;
            const qa_edge_t *edges = qa_model_children(world->model, d, hierarchy, p, &count);
            for (uint32_t i = 0; i < count; i++)
                if (edges[i].child == member && edges[i].operator_code == '^') return true;
        }
    }
    return false;
}

typedef struct total {
    qa_int128_t decimal; /* units of 10^-(decimals + 18) … */
    qa_int128_t quarter; /* … and quarters of 10^-18: the doubles of the test are quarters */
    bool has_decimal, has_double, is_masked;
    bool is_leaf_value;
    qa_value_t leaf_value;
} total_t;

static const qa_int128_t E18 = 1000000000000000000;

/* The cell `at`, but with weights along time for the period `period` alone when it is not NONE. */
static total_t add_up(const world_t *world, const qa_member_t *at, qa_member_t period, uint8_t decimals)
{
    total_t total = { .is_leaf_value = false };
    const bool zero_missing = qa_model_app(world->model)->is_zero_missing;
    for (uint32_t row = 0; row < qa_store_row_count(world->store); row++) {
        const qa_member_t *holder = NULL;
        qa_atom_t atom;
        if (!qa_store_row(world->store, row, &holder, &atom) || atom.kind == QA_KIND_MISSING) continue;
        if (zero_missing && atom.kind == QA_KIND_DECIMAL && atom.units == 0) continue;
        if (zero_missing && atom.kind == QA_KIND_DOUBLE && atom.number == 0.0) continue;
        bool is_leaf = true;
        bool is_counted = true;
        qa_int128_t weight = 1; /* 10^-24 after four dimensions */
        for (uint16_t d = 0; d < DIMENSIONS; d++) {
            const bool is_period = d == 1 && period != QA_MEMBER_NONE;
            qa_int128_t net = is_period ? (holder[d] == period ? 1000000 : 0)
                                        : net_weight(world, d, world->spec.hierarchy[d], at[d], holder[d]);
            if (net == 0) is_counted = false;
            const bool is_exact = holder[d] == at[d] && !has_children(world, d, at[d]);
            if (!is_exact) is_leaf = false;
            if (holder[d] < qa_model_dimension(world->model, d)->member_count &&
                (is_never(world, d, holder[d]) || is_never(world, d, at[d])))
                for (uint16_t e = 0; e < DIMENSIONS; e++)
                    if (e != d && (holder[e] != at[e] || has_children(world, e, at[e]))) is_counted = false;
            weight *= net;
        }
        if (!is_counted) continue;
        const bool is_number = atom.kind == QA_KIND_DECIMAL || atom.kind == QA_KIND_DOUBLE;
        if (!is_number && !is_leaf) continue;
        if ((atom.mask & ~world->spec.clearance) != 0) {
            if (is_leaf || world->spec.hidden_mode == QA_HIDDEN_REFUSE) total.is_masked = true;
            if (is_leaf || world->spec.hidden_mode != QA_HIDDEN_TRUE_TOTAL) continue;
        }
        assert_true(weight % 1000000 == 0);
        weight /= 1000000; /* 10^-18 */
        if (atom.kind == QA_KIND_DECIMAL) {
            qa_int128_t units = atom.units;
            for (uint8_t k = qa_model_member(world->model, 0, holder[0])->account.decimals; k < decimals; k++)
                units *= 10;
            total.decimal += units * weight;
            total.has_decimal = true;
        } else if (atom.kind == QA_KIND_DOUBLE) {
            total.quarter += (qa_int128_t)(atom.number * 4.0) * weight;
            total.has_double = true;
        } else {
            total.is_leaf_value = true;
            total.leaf_value = atom.kind == QA_KIND_TEXT   ? qa_value_text(atom.text, atom.text_bytes)
                               : atom.kind == QA_KIND_DATE ? qa_value_date(atom.day)
                                                           : qa_value_boolean(atom.truth);
        }
    }
    return total;
}

/* numerator / (divisor × 10^decimals), rounded once: both are made small enough to be exact. */
static double ratio(qa_int128_t numerator, int64_t divisor, int decimals)
{
    while (decimals > 0 && numerator % 10 == 0) {
        numerator /= 10;
        decimals--;
    }
    double scale = (double)divisor;
    for (int i = 0; i < decimals; i++)
        scale *= 10.0;
    return (double)numerator / scale;
}

static qa_value_t number_of(const total_t *total, int64_t count, bool is_double, uint8_t decimals)
{
    if (!total->has_decimal && !total->has_double) return qa_value_missing();
    if (!total->has_double && !is_double) {
        const qa_int128_t divisor = E18 * count;
        const bool is_negative = total->decimal < 0;
        const qa_int128_t size = is_negative ? -total->decimal : total->decimal;
        const qa_int128_t rounded = (2 * size + divisor) / (2 * divisor);
        return qa_value_decimal(is_negative ? -rounded : rounded, decimals);
    }
    if (!total->has_decimal) return qa_value_double(ratio(total->quarter, 4 * count, 18));
    double number = total->has_double ? ratio(total->quarter, 4, 18) : 0.0;
    number += ratio(total->decimal, 1, 18 + decimals);
    return qa_value_double(count > 1 ? number / (double)count : number);
}

static qa_value_t masked(void)
{
    qa_value_t value = qa_value_missing();
    value.flags = QA_VALUE_MASKED;
    return value;
}

static bool stands_on(const world_t *world, qa_dimension_t d, qa_member_t member)
{
    return qa_store_member_atom_count(world->store, d, member) > 0;
}

/* The periods below a total, in order. */
static void list_periods(const world_t *world, qa_hierarchy_t hierarchy, qa_member_t top, qa_member_t member,
                         qa_member_t *periods, uint32_t *count)
{
    uint32_t child_count = 0;
    const qa_edge_t *edges = children(world, 1, &hierarchy, member, &child_count);
    bool is_new = child_count == 0 || stands_on(world, 1, member);
    for (uint32_t i = 0; i < *count; i++)
        if (periods[i] == member) is_new = false;
    if (is_new && net_weight(world, 1, world->spec.hierarchy[1], top, member) != 0)
        periods[(*count)++] = member;
    for (uint32_t i = 0; i < child_count; i++)
        list_periods(world, hierarchy, top, edges[i].child, periods, count);
}

static qa_value_t balance(const world_t *world, const qa_member_t *at, bool is_double, uint8_t decimals)
{
    const qa_account_t account = qa_model_member(world->model, 0, at[0])->account;
    qa_member_t periods[MEMBERS_MAX];
    uint32_t count = 0;
    list_periods(world, world->spec.hierarchy[1], at[1], at[1], periods, &count);
    total_t sum = { .has_decimal = false };
    int64_t counted = 0;
    bool is_masked = false;
    qa_value_t first = qa_value_missing();
    qa_value_t last = qa_value_missing();
    for (uint32_t i = 0; i < count; i++) {
        const total_t total = add_up(world, at, periods[i], decimals);
        qa_value_t value = number_of(&total, 1, is_double, decimals);
        if (total.is_masked) is_masked = true;
        const bool is_missing = value.kind == QA_KIND_MISSING;
        const bool is_zero = (value.kind == QA_KIND_DECIMAL && value.units == 0) ||
                             (value.kind == QA_KIND_DOUBLE && value.number == 0.0);
        if (is_missing && (account.skip == QA_SKIP_MISSING || account.skip == QA_SKIP_BOTH)) continue;
        if (is_zero && (account.skip == QA_SKIP_ZERO || account.skip == QA_SKIP_BOTH)) continue;
        if (counted++ == 0) first = value;
        last = value;
        sum.decimal += total.decimal;
        sum.quarter += total.quarter;
        sum.has_decimal |= total.has_decimal;
        sum.has_double |= total.has_double;
    }
    if (is_masked) return masked();
    if (account.time_balance == QA_BALANCE_FIRST) return first;
    if (account.time_balance == QA_BALANCE_LAST) return last;
    return counted == 0 ? qa_value_missing() : number_of(&sum, counted, is_double, decimals);
}

static qa_value_t define_cell(const world_t *world, const qa_member_t *at)
{
    bool is_double = false;
    uint8_t decimals = 0;
    for (qa_member_t m = 0; m < qa_model_dimension(world->model, 0)->member_count; m++) {
        if (net_weight(world, 0, world->spec.hierarchy[0], at[0], m) == 0) continue;
        const qa_member_info_t *info = qa_model_member(world->model, 0, m);
        if (!info->is_leaf && !stands_on(world, 0, m)) continue;
        if (info->account.kind == QA_KIND_DOUBLE) is_double = true;
        if (info->account.kind == QA_KIND_DECIMAL && info->account.decimals > decimals)
            decimals = info->account.decimals;
    }
    if (qa_model_member(world->model, 0, at[0])->account.time_balance != QA_BALANCE_FLOW &&
        has_children(world, 1, at[1]))
        return balance(world, at, is_double, decimals);
    const total_t total = add_up(world, at, QA_MEMBER_NONE, decimals);
    if (total.is_masked) return masked();
    if (total.is_leaf_value) return total.leaf_value;
    return number_of(&total, 1, is_double, decimals);
}

static uint64_t count_unplaced(const world_t *world)
{
    uint64_t count = 0;
    const bool zero_missing = qa_model_app(world->model)->is_zero_missing;
    for (uint32_t row = 0; row < qa_store_row_count(world->store); row++) {
        const qa_member_t *holder = NULL;
        qa_atom_t atom;
        if (!qa_store_row(world->store, row, &holder, &atom) || atom.kind == QA_KIND_MISSING) continue;
        if (zero_missing && atom.kind == QA_KIND_DECIMAL && atom.units == 0) continue;
        if (zero_missing && atom.kind == QA_KIND_DOUBLE && atom.number == 0.0) continue;
        if ((atom.mask & ~world->spec.clearance) != 0) continue;
        bool is_matched = true;
        bool is_unknown = false;
        for (uint16_t d = 0; d < DIMENSIONS; d++) {
            bool is_placed = false;
            bool is_consolidating = false;
            for (uint32_t i = 0; i < world->spec.member_count[d]; i++) {
                if (net_weight(world, d, world->spec.hierarchy[d], world->lists[d][i], holder[d]) != 0)
                    is_placed = true;
                if (has_children(world, d, world->lists[d][i])) is_consolidating = true;
            }
            if (is_placed) continue;
            if (is_consolidating && holder[d] >= qa_model_dimension(world->model, d)->member_count)
                is_unknown = true;
            else
                is_matched = false;
        }
        if (is_matched && is_unknown) count++;
    }
    return count;
}

static void print_value(const char *name, const qa_value_t *value)
{
    print_error("%s: kind %u flags %u decimals %u units %lld number %.17g\n", name, value->kind, value->flags,
                value->decimals, (long long)value->units,
                value->kind == QA_KIND_DOUBLE ? value->number : 0.0);
}

static void run_case(uint64_t seed)
{
    random_state = (seed + 1) * 0x9E3779B97F4A7C15u;
    world_t world;
    world_open(&world);
    qa_grid_t *grid = NULL;
    qa_error_t error = { QA_OK, "" };
    const qa_status_t status =
        qa_consolidate(world.model, world.store, &world.spec, &qa_allocator_default, &grid, &error);
    if (status == QA_LIMIT) { /* the weights of the four dimensions have more than 12 decimals together */
        world_close(&world);
        return;
    }
    if (status != QA_OK) print_error("seed %llu: %s\n", (unsigned long long)seed, error.message);
    assert_int_equal(status, QA_OK);
    uint32_t index[DIMENSIONS] = { 0 };
    for (uint64_t cell = 0; cell < qa_grid_cell_count(grid); cell++) {
        qa_member_t at[DIMENSIONS];
        for (uint16_t d = 0; d < DIMENSIONS; d++)
            at[d] = world.lists[d][index[d]];
        const qa_value_t expected = define_cell(&world, at);
        const qa_value_t *got = qa_grid_cell(grid, cell);
        if (!qa_value_equal(got, &expected)) {
            print_error("seed %llu, cell %u %u %u %u\n", (unsigned long long)seed, at[0], at[1], at[2],
                        at[3]);
            print_value("got", got);
            print_value("expected", &expected);
        }
        assert_true(qa_value_equal(got, &expected));
        for (int d = DIMENSIONS - 1; d >= 0 && ++index[d] == world.spec.member_count[d]; d--)
            index[d] = 0;
    }
    const uint64_t unplaced = count_unplaced(&world);
    if (qa_grid_unplaced_atom_count(grid) != unplaced) print_error("seed %llu\n", (unsigned long long)seed);
    assert_int_equal(qa_grid_unplaced_atom_count(grid), unplaced);
    qa_grid_close(grid);
    world_close(&world);
}

static void random_grids_agree_with_the_definition(void **state)
{
    (void)state;
    const char *is_long = getenv("QA_LONG");
    const uint64_t count = is_long != NULL && is_long[0] == '1' ? 100000 : 500;
    const char *only = getenv("QA_SEED");
    if (only != NULL) {
        run_case(strtoull(only, NULL, 10));
        return;
    }
    for (uint64_t seed = 0; seed < count; seed++)
        run_case(seed);
    print_message("%llu random grids agree\n", (unsigned long long)count);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(random_grids_agree_with_the_definition) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
