/* The rules of consolidation, a sentence each, on models small enough to add up by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "query/consolidate.h"
#include "support/model_maker.h"
#include "support/test_allocator.h"

/* Accounts × periods × places. Accounts and places are flat until a test says more. */
enum { DIMENSIONS = 3, ACCOUNT = 0, PERIOD = 1, PLACE = 2 };

typedef struct world {
    qa_model_t *model;
    qa_store_t *store;
    qa_member_t sales, year, months[4], all, north, south;
    qa_grid_spec_t spec;
    qa_error_t error;
} world_t;

static world_t open_world(void)
{
    world_t world = { .spec = { .size = sizeof(qa_grid_spec_t) }, .error = { QA_OK, "" } };
    qa_model_t *model = maker_open();
    world.model = model;
    (void)maker_dimension(model, "Account", QA_DIMENSION_MEASURE);
    world.sales = maker_member(model, ACCOUNT, "Sales", QA_MEMBER_NONE);
    (void)maker_dimension(model, "Period", QA_DIMENSION_TIME);
    world.year = maker_member(model, PERIOD, "2026", QA_MEMBER_NONE);
    static const char *const names[] = { "Jan", "Feb", "Mar", "Apr" };
    for (int i = 0; i < 4; i++)
        world.months[i] = maker_member(model, PERIOD, names[i], world.year);
    (void)maker_dimension(model, "Place", QA_DIMENSION_ORDINARY);
    world.all = maker_member(model, PLACE, "All", QA_MEMBER_NONE);
    world.north = maker_member(model, PLACE, "North", world.all);
    world.south = maker_member(model, PLACE, "South", world.all);
    maker_settle(model);
    const qa_hash_key_t key = { 1, 2 };
    assert_int_equal(qa_store_open(&world.store, &qa_allocator_default, DIMENSIONS, &key), QA_OK);
    return world;
}

static void close_world(world_t *world)
{
    qa_store_close(world->store);
    qa_model_close(world->model);
}

static void put(world_t *world, qa_member_t account, qa_member_t period, qa_member_t place, qa_atom_t atom)
{
    const qa_member_t at[] = { account, period, place };
    assert_int_equal(qa_store_set(world->store, at, &atom, 1, NULL, NULL), QA_OK);
}

static void put_units(world_t *world, qa_member_t account, qa_member_t period, qa_member_t place,
                      int64_t units)
{
    put(world, account, period, place, (qa_atom_t){ .kind = QA_KIND_DECIMAL, .units = units });
}

static void put_double(world_t *world, qa_member_t account, qa_member_t period, qa_member_t place,
                       double number)
{
    put(world, account, period, place, (qa_atom_t){ .kind = QA_KIND_DOUBLE, .number = number });
}

static qa_status_t read_status(world_t *world, qa_member_t account, qa_member_t period, qa_member_t place,
                               qa_value_t *value_out)
{
    const qa_member_t at[] = { account, period, place };
    for (int d = 0; d < DIMENSIONS; d++) {
        world->spec.members[d] = &at[d];
        world->spec.member_count[d] = 1;
    }
    qa_grid_t *grid = NULL;
    const qa_status_t status =
        qa_consolidate(world->model, world->store, &world->spec, &qa_allocator_default, &grid, &world->error);
    if (status == QA_OK) {
        assert_int_equal(qa_grid_cell_count(grid), 1);
        *value_out = *qa_grid_cell(grid, 0);
        if (value_out->kind == QA_KIND_TEXT) value_out->text = NULL; /* ends with the grid */
    }
    qa_grid_close(grid);
    return status;
}

static qa_value_t read(world_t *world, qa_member_t account, qa_member_t period, qa_member_t place)
{
    qa_value_t value = qa_value_missing();
    const qa_status_t status = read_status(world, account, period, place, &value);
    if (status != QA_OK) print_error("%s\n", world->error.message);
    assert_int_equal(status, QA_OK);
    return value;
}

static void expect_units(qa_value_t value, int64_t units, uint8_t decimals)
{
    const qa_value_t expected = qa_value_decimal(units, decimals);
    if (!qa_value_equal(&value, &expected))
        print_error("kind %u, %lld with %u decimals\n", value.kind, (long long)value.units, value.decimals);
    assert_true(qa_value_equal(&value, &expected));
}

static void expect_double(qa_value_t value, double number)
{
    assert_int_equal(value.kind, QA_KIND_DOUBLE);
    assert_true(value.number == number);
}

static void expect_missing(qa_value_t value, uint8_t flags)
{
    assert_int_equal(value.kind, QA_KIND_MISSING);
    assert_int_equal(value.flags, flags);
}

static qa_member_t add_account(world_t *world, const char *code, qa_member_t parent, qa_account_t account)
{
    const qa_member_t member = maker_member(world->model, ACCOUNT, code, parent);
    maker_account(world->model, ACCOUNT, member, account);
    maker_settle(world->model);
    return member;
}

static void a_total_adds_its_leaves_exactly(void **state)
{
    (void)state;
    world_t world = open_world();
    put_units(&world, world.sales, world.months[0], world.north, 999999999999999999);
    put_units(&world, world.sales, world.months[1], world.south, 999999999999999999);
    put_units(&world, world.sales, world.months[2], world.south, 3);
    expect_units(read(&world, world.sales, world.year, world.all), 2000000000000000001, 2);
    expect_units(read(&world, world.sales, world.months[2], world.all), 3, 2);
    expect_units(read(&world, world.sales, world.months[2], world.south), 3, 2);
    close_world(&world);
}

static void a_total_without_values_is_missing_and_a_total_of_zero_is_zero(void **state)
{
    (void)state;
    world_t world = open_world();
    expect_missing(read(&world, world.sales, world.year, world.all), 0);
    put_units(&world, world.sales, world.months[0], world.north, 5);
    put_units(&world, world.sales, world.months[0], world.south, -5);
    expect_units(read(&world, world.sales, world.year, world.all), 0, 2);
    expect_missing(read(&world, world.sales, world.months[1], world.all), 0);
    close_world(&world);
}

static void a_zero_is_missing_in_an_app_that_says_so(void **state)
{
    (void)state;
    world_t world = open_world();
    maker_zero_is_missing(world.model);
    put_units(&world, world.sales, world.months[0], world.north, 0);
    expect_missing(read(&world, world.sales, world.year, world.all), 0);
    expect_missing(read(&world, world.sales, world.months[0], world.north), 0);
    put_units(&world, world.sales, world.months[0], world.south, 7);
    expect_units(read(&world, world.sales, world.year, world.all), 7, 2);
    close_world(&world);
}

static void a_member_reached_twice_counts_as_its_weights_say(void **state)
{
    (void)state;
    world_t world = open_world();
    const qa_hierarchy_t alternate = maker_hierarchy(world.model, PLACE, "Alternate");
    const qa_member_t top = maker_group(world.model, PLACE, "Top");
    const qa_member_t left = maker_group(world.model, PLACE, "Left");
    const qa_member_t right = maker_group(world.model, PLACE, "Right");
    maker_edge(world.model, PLACE, alternate, QA_MEMBER_NONE, top, '+', 1, 0);
    maker_edge(world.model, PLACE, alternate, top, left, '+', 1, 0);
    maker_edge(world.model, PLACE, alternate, top, right, '+', 25, 2);
    maker_edge(world.model, PLACE, alternate, left, world.north, '+', 1, 0);
    maker_edge(world.model, PLACE, alternate, right, world.north, '+', 2, 0);
    maker_edge(world.model, PLACE, alternate, right, world.south, '-', -1, 0);
    maker_settle(world.model);
    world.spec.hierarchy[PLACE] = alternate;
    put_units(&world, world.sales, world.months[0], world.north, 1000);
    put_units(&world, world.sales, world.months[0], world.south, 2);
    /* 1000 × (1 + 2 × 0.25) + 2 × (-1 × 0.25) = 1499.5, away from zero */
    expect_units(read(&world, world.sales, world.year, top), 1500, 2);
    expect_units(read(&world, world.sales, world.year, right), 1998, 2);
    close_world(&world);
}

static void ways_that_cancel_out_contribute_nothing_not_even_presence(void **state)
{
    (void)state;
    world_t world = open_world();
    const qa_hierarchy_t alternate = maker_hierarchy(world.model, PLACE, "Alternate");
    const qa_member_t top = maker_group(world.model, PLACE, "Top");
    const qa_member_t minus = maker_group(world.model, PLACE, "Minus");
    maker_edge(world.model, PLACE, alternate, QA_MEMBER_NONE, top, '+', 1, 0);
    maker_edge(world.model, PLACE, alternate, top, world.north, '+', 1, 0);
    maker_edge(world.model, PLACE, alternate, top, minus, '-', -1, 0);
    maker_edge(world.model, PLACE, alternate, minus, world.north, '+', 1, 0);
    maker_settle(world.model);
    world.spec.hierarchy[PLACE] = alternate;
    put_units(&world, world.sales, world.months[0], world.north, 5);
    expect_missing(read(&world, world.sales, world.year, top), 0);
    expect_units(read(&world, world.sales, world.year, minus), 5, 2);
    close_world(&world);
}

static void an_alternate_goes_on_along_the_primary_below_a_shared_group(void **state)
{
    (void)state;
    world_t world = open_world();
    const qa_hierarchy_t alternate = maker_hierarchy(world.model, PLACE, "Alternate");
    const qa_member_t top = maker_group(world.model, PLACE, "Top");
    maker_edge(world.model, PLACE, alternate, QA_MEMBER_NONE, top, '+', 1, 0);
    maker_edge(world.model, PLACE, alternate, top, world.all, '+', 1, 0);
    maker_settle(world.model);
    world.spec.hierarchy[PLACE] = alternate;
    put_units(&world, world.sales, world.months[0], world.north, 5);
    put_units(&world, world.sales, world.months[0], world.south, 6);
    expect_units(read(&world, world.sales, world.year, top), 11, 2);
    close_world(&world);
}

static void a_member_shown_but_not_added_stays_out_of_its_total(void **state)
{
    (void)state;
    world_t world = open_world();
    maker_edge(world.model, PLACE, 0, world.all, world.south, '~', 0, 0);
    maker_settle(world.model);
    put_units(&world, world.sales, world.months[0], world.south, 6);
    expect_missing(read(&world, world.sales, world.months[0], world.all), 0);
    expect_units(read(&world, world.sales, world.year, world.south), 6, 2);
    close_world(&world);
}

static void a_member_never_added_stays_out_of_totals_along_every_dimension(void **state)
{
    (void)state;
    world_t world = open_world();
    maker_edge(world.model, PLACE, 0, world.all, world.south, '^', 0, 0);
    maker_settle(world.model);
    put_units(&world, world.sales, world.months[0], world.south, 6);
    put_units(&world, world.sales, world.months[0], world.north, 1);
    expect_units(read(&world, world.sales, world.year, world.all), 1, 2);
    expect_missing(read(&world, world.sales, world.year, world.south), 0);
    expect_units(read(&world, world.sales, world.months[0], world.south), 6, 2);
    close_world(&world);
}

static void a_fraction_is_rounded_once_at_the_end_half_away_from_zero(void **state)
{
    (void)state;
    world_t world = open_world();
    maker_edge(world.model, PLACE, 0, world.all, world.north, '+', 5, 1);
    maker_edge(world.model, PLACE, 0, world.all, world.south, '+', 5, 1);
    maker_settle(world.model);
    put_units(&world, world.sales, world.months[0], world.north, 1);
    expect_units(read(&world, world.sales, world.months[0], world.all), 1, 2); /* 0.5 */
    put_units(&world, world.sales, world.months[0], world.south, 1);
    expect_units(read(&world, world.sales, world.months[0], world.all), 1, 2); /* 0.5 + 0.5, not 1 + 1 */
    put_units(&world, world.sales, world.months[0], world.south, -4);
    expect_units(read(&world, world.sales, world.months[0], world.all), -2, 2); /* -1.5 */
    close_world(&world);
}

static void an_account_total_has_the_most_decimals_of_its_leaves_whatever_has_values(void **state)
{
    (void)state;
    world_t world = open_world();
    const qa_member_t total =
        add_account(&world, "Total", QA_MEMBER_NONE, (qa_account_t){ .kind = QA_KIND_DECIMAL });
    const qa_member_t coarse =
        add_account(&world, "Coarse", total, (qa_account_t){ .kind = QA_KIND_DECIMAL });
    const qa_member_t fine =
        add_account(&world, "Fine", total, (qa_account_t){ .kind = QA_KIND_DECIMAL, .decimals = 4 });
    put_units(&world, coarse, world.months[0], world.north, 12);
    expect_units(read(&world, total, world.year, world.all), 120000, 4);
    put_units(&world, fine, world.months[0], world.north, 1);
    expect_units(read(&world, total, world.year, world.all), 120001, 4);
    close_world(&world);
}

static void a_sum_of_doubles_is_rounded_once_and_a_decimal_beside_them_makes_a_double(void **state)
{
    (void)state;
    world_t world = open_world();
    const qa_member_t total =
        add_account(&world, "Total", QA_MEMBER_NONE, (qa_account_t){ .kind = QA_KIND_DECIMAL });
    const qa_member_t price = add_account(&world, "Price", total, (qa_account_t){ .kind = QA_KIND_DOUBLE });
    const qa_member_t money =
        add_account(&world, "Money", total, (qa_account_t){ .kind = QA_KIND_DECIMAL, .decimals = 2 });
    put_double(&world, price, world.months[0], world.north, 1e16);
    put_double(&world, price, world.months[1], world.north, 1.0);
    put_double(&world, price, world.months[2], world.south, -1e16);
    expect_double(read(&world, price, world.year, world.all), 1.0);
    put_units(&world, money, world.months[3], world.south, 150);
    expect_double(read(&world, total, world.year, world.all), 2.5);
    expect_double(read(&world, total, world.months[3], world.all), 1.5);
    expect_units(read(&world, money, world.year, world.all), 150, 2);
    close_world(&world);
}

static void text_dates_and_booleans_show_only_in_their_own_cell(void **state)
{
    (void)state;
    world_t world = open_world();
    const qa_member_t total =
        add_account(&world, "Total", QA_MEMBER_NONE, (qa_account_t){ .kind = QA_KIND_DECIMAL });
    const qa_member_t note = add_account(&world, "Note", total, (qa_account_t){ .kind = QA_KIND_TEXT });
    put(&world, note, world.months[0], world.north,
        (qa_atom_t){ .kind = QA_KIND_TEXT, .text = "words", .text_bytes = 5 });
    expect_missing(read(&world, note, world.year, world.north), 0);
    expect_missing(read(&world, total, world.months[0], world.north), 0);
    const qa_member_t accounts[] = { total, note };
    const qa_member_t places[] = { world.all, world.north };
    world.spec = (qa_grid_spec_t){ .size = sizeof(world.spec),
                                   .members = { accounts, &world.months[0], places },
                                   .member_count = { 2, 1, 2 } };
    qa_grid_t *grid = NULL;
    assert_int_equal(
        qa_consolidate(world.model, world.store, &world.spec, &qa_allocator_default, &grid, &world.error),
        QA_OK);
    qa_store_forget(world.store, (const qa_member_t[]){ note, world.months[0], world.north });
    const qa_value_t expected = qa_value_text("words", 5);
    assert_true(qa_value_equal(qa_grid_cell(grid, 3), &expected));
    for (uint64_t i = 0; i < 3; i++)
        expect_missing(*qa_grid_cell(grid, i), 0);
    qa_grid_close(grid);
    close_world(&world);
}

/* Values per month; INT64_MIN: missing. */
static qa_value_t balance_of(uint8_t time_balance, uint8_t skip, const int64_t months[4])
{
    world_t world = open_world();
    const qa_member_t stock =
        add_account(&world, "Stock", QA_MEMBER_NONE,
                    (qa_account_t){ .kind = QA_KIND_DECIMAL, .time_balance = time_balance, .skip = skip });
    for (int i = 0; i < 4; i++)
        if (months[i] != INT64_MIN) put_units(&world, stock, world.months[i], world.north, months[i]);
    const qa_value_t value = read(&world, stock, world.year, world.all);
    close_world(&world);
    return value;
}

static void a_time_balance_takes_the_first_the_last_or_the_average_period(void **state)
{
    (void)state;
    static const int64_t months[] = { 60, 70, INT64_MIN, 0 };
    expect_units(balance_of(QA_BALANCE_FLOW, QA_SKIP_MISSING, months), 130, 0);
    expect_units(balance_of(QA_BALANCE_FIRST, QA_SKIP_MISSING, months), 60, 0);
    expect_units(balance_of(QA_BALANCE_LAST, QA_SKIP_MISSING, months), 0, 0);
    expect_units(balance_of(QA_BALANCE_LAST, QA_SKIP_BOTH, months), 70, 0);
    expect_missing(balance_of(QA_BALANCE_LAST, QA_SKIP_ZERO, months), 0);
    expect_units(balance_of(QA_BALANCE_AVERAGE, QA_SKIP_MISSING, months), 43, 0); /* 130 / 3 */
    expect_units(balance_of(QA_BALANCE_AVERAGE, QA_SKIP_NONE, months), 33, 0);    /* 130 / 4 */
    expect_units(balance_of(QA_BALANCE_AVERAGE, QA_SKIP_ZERO, months), 43, 0);
    expect_units(balance_of(QA_BALANCE_AVERAGE, QA_SKIP_BOTH, months), 65, 0);
}

static void a_balance_that_passes_nothing_over_takes_a_missing_end(void **state)
{
    (void)state;
    static const int64_t months[] = { INT64_MIN, 70, 80, INT64_MIN };
    expect_missing(balance_of(QA_BALANCE_FIRST, QA_SKIP_NONE, months), 0);
    expect_missing(balance_of(QA_BALANCE_LAST, QA_SKIP_NONE, months), 0);
    expect_units(balance_of(QA_BALANCE_FIRST, QA_SKIP_MISSING, months), 70, 0);
    static const int64_t none[] = { INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN };
    expect_missing(balance_of(QA_BALANCE_AVERAGE, QA_SKIP_NONE, none), 0);
    static const int64_t zeros[] = { 0, 5, 6, INT64_MIN };
    expect_units(balance_of(QA_BALANCE_FIRST, QA_SKIP_ZERO, zeros), 5, 0);
}

static void the_closing_stock_of_a_group_is_that_of_the_groups_last_period(void **state)
{
    (void)state;
    world_t world = open_world();
    const qa_member_t stock =
        add_account(&world, "Stock", QA_MEMBER_NONE,
                    (qa_account_t){ .kind = QA_KIND_DECIMAL, .time_balance = QA_BALANCE_LAST });
    put_units(&world, stock, world.months[1], world.north, 100);
    put_units(&world, stock, world.months[2], world.south, 7);
    expect_units(read(&world, stock, world.year, world.north), 100, 0);
    expect_units(read(&world, stock, world.year, world.south), 7, 0);
    expect_units(read(&world, stock, world.year, world.all), 7, 0);
    close_world(&world);
}

static void a_masked_atom_hides_its_cell_and_totals_follow_the_mode(void **state)
{
    (void)state;
    world_t world = open_world();
    put(&world, world.sales, world.months[0], world.north,
        (qa_atom_t){ .kind = QA_KIND_DECIMAL, .units = 100, .mask = 4 });
    put_units(&world, world.sales, world.months[0], world.south, 1);
    expect_missing(read(&world, world.sales, world.months[0], world.north), QA_VALUE_MASKED);
    expect_units(read(&world, world.sales, world.months[0], world.all), 101, 2);
    world.spec.hidden_mode = QA_HIDDEN_VISIBLE_TOTAL;
    expect_units(read(&world, world.sales, world.months[0], world.all), 1, 2);
    expect_missing(read(&world, world.sales, world.year, world.north), 0);
    world.spec.hidden_mode = QA_HIDDEN_REFUSE;
    expect_missing(read(&world, world.sales, world.months[0], world.all), QA_VALUE_MASKED);
    expect_units(read(&world, world.sales, world.year, world.south), 1, 2);
    world.spec.clearance = 4;
    expect_units(read(&world, world.sales, world.months[0], world.all), 101, 2);
    close_world(&world);
}

static void an_atom_on_a_member_that_is_gone_is_counted_as_unplaced(void **state)
{
    (void)state;
    world_t world = open_world();
    put_units(&world, world.sales, world.months[0], world.north, 100);
    put_units(&world, world.sales, world.months[0], world.south, 1);
    put_units(&world, world.sales, world.months[0], 77, 1000);
    maker_delete_member(world.model, PLACE, world.south, world.all);
    maker_settle(world.model);
    world.spec.members[ACCOUNT] = &world.sales;
    world.spec.members[PERIOD] = &world.year;
    world.spec.members[PLACE] = &world.all;
    for (int d = 0; d < DIMENSIONS; d++)
        world.spec.member_count[d] = 1;
    qa_grid_t *grid = NULL;
    assert_int_equal(
        qa_consolidate(world.model, world.store, &world.spec, &qa_allocator_default, &grid, &world.error),
        QA_OK);
    expect_units(*qa_grid_cell(grid, 0), 100, 2);
    assert_int_equal(qa_grid_unplaced_atom_count(grid), 2);
    qa_grid_close(grid);
    close_world(&world);
}

static void a_model_and_a_store_of_other_moments_may_differ_in_their_dimensions(void **state)
{
    (void)state;
    world_t world = open_world();
    put_units(&world, world.sales, world.months[0], world.north, 100);
    assert_int_equal(qa_store_add_dimension(world.store), QA_OK);
    const qa_member_t at[] = { world.sales, world.months[0], world.north, 3 };
    const qa_atom_t atom = { .kind = QA_KIND_DECIMAL, .units = 11 };
    assert_int_equal(qa_store_set(world.store, at, &atom, 1, NULL, NULL), QA_OK);
    expect_units(read(&world, world.sales, world.months[0], world.north), 111, 2);
    close_world(&world);
    world = open_world();
    put_units(&world, world.sales, world.months[0], world.north, 100);
    const qa_dimension_t product = maker_dimension(world.model, "Product", QA_DIMENSION_ORDINARY);
    const qa_member_t first = maker_member(world.model, product, "First", QA_MEMBER_NONE);
    maker_settle(world.model);
    world.spec.members[product] = &first;
    world.spec.member_count[product] = 1;
    expect_units(read(&world, world.sales, world.year, world.all), 100, 2);
    close_world(&world);
}

static void what_cannot_be_answered_is_refused_with_its_reason(void **state)
{
    (void)state;
    world_t world = open_world();
    qa_value_t value;
    assert_int_equal(read_status(&world, world.sales, world.year, 99, &value), QA_MEMBER_NOT_FOUND);
    assert_non_null(strstr(world.error.message, "Place"));
    world.spec.hierarchy[PLACE] = 5;
    assert_int_equal(read_status(&world, world.sales, world.year, world.all, &value), QA_HIERARCHY_NOT_FOUND);
    world.spec.hierarchy[PLACE] = 0;
    const bool is_cancelled = true;
    world.spec.is_cancelled = &is_cancelled;
    put_units(&world, world.sales, world.months[0], world.north, 100);
    assert_int_equal(read_status(&world, world.sales, world.year, world.all, &value), QA_CANCELLED);
    world.spec = (qa_grid_spec_t){ .size = sizeof(world.spec) };
    qa_grid_t *grid = NULL;
    assert_int_equal(
        qa_consolidate(world.model, world.store, &world.spec, &qa_allocator_default, &grid, &world.error),
        QA_MEMBER_UNNAMED);
    assert_non_null(strstr(world.error.message, "Period"));
    static qa_member_t many[5000];
    world.spec = (qa_grid_spec_t){ .size = sizeof(world.spec),
                                   .members = { many, many },
                                   .member_count = { 5000, 5000 } };
    assert_int_equal(
        qa_consolidate(world.model, world.store, &world.spec, &qa_allocator_default, &grid, &world.error),
        QA_LIMIT);
    assert_null(grid);
    close_world(&world);
}

static void too_many_decimals_of_weights_are_refused_naming_a_member(void **state)
{
    (void)state;
    world_t world = open_world();
    qa_member_t member = world.north;
    for (int i = 0; i < 3; i++) {
        static const char *const codes[] = { "a", "b", "c" };
        const qa_member_t below = maker_member(world.model, PLACE, codes[i], member);
        maker_edge(world.model, PLACE, 0, member, below, '+', 12345, 5);
        member = below;
    }
    maker_settle(world.model);
    qa_value_t value;
    assert_int_equal(read_status(&world, world.sales, world.year, world.all, &value), QA_LIMIT);
    assert_non_null(strstr(world.error.message, "\"c\""));
    close_world(&world);
}

static void a_sum_beyond_38_digits_or_beyond_doubles_is_an_overflow(void **state)
{
    (void)state;
    world_t world = open_world();
    maker_edge(world.model, PLACE, 0, world.all, world.north, '+', 999999999999999999, 0);
    const qa_member_t deep = maker_member(world.model, PLACE, "Deep", world.north);
    maker_edge(world.model, PLACE, 0, world.north, deep, '+', 9, 0);
    maker_edge(world.model, PERIOD, 0, world.year, world.months[0], '+', 1000000, 0);
    maker_settle(world.model);
    put_units(&world, world.sales, world.months[1], deep, 999999999999999999);
    qa_value_t value = read(&world, world.sales, world.months[1], world.all);
    assert_true(value.units > 0);
    put_units(&world, world.sales, world.months[0], deep, 999999999999999999);
    assert_int_equal(read_status(&world, world.sales, world.year, world.all, &value), QA_OVERFLOW);
    const qa_member_t price =
        add_account(&world, "Price", QA_MEMBER_NONE, (qa_account_t){ .kind = QA_KIND_DOUBLE });
    put_double(&world, price, world.months[1], world.south, 1.7e308);
    put_double(&world, price, world.months[2], world.south, 1.7e308);
    assert_int_equal(read_status(&world, price, world.year, world.south, &value), QA_OVERFLOW);
    close_world(&world);
}

static void a_refused_allocation_is_an_answer_and_leaves_nothing_behind(void **state)
{
    (void)state;
    world_t world = open_world();
    const qa_member_t accounts[] = {
        add_account(&world, "Stock", QA_MEMBER_NONE,
                    (qa_account_t){ .kind = QA_KIND_DECIMAL, .time_balance = QA_BALANCE_LAST }),
        add_account(&world, "Price", QA_MEMBER_NONE, (qa_account_t){ .kind = QA_KIND_DOUBLE }),
        add_account(&world, "Note", QA_MEMBER_NONE, (qa_account_t){ .kind = QA_KIND_TEXT }),
    };
    maker_edge(world.model, PLACE, 0, world.all, world.south, '^', 0, 0);
    maker_settle(world.model);
    put_units(&world, accounts[0], world.months[0], world.north, 5);
    put_double(&world, accounts[1], world.months[0], world.north, 5);
    put(&world, accounts[2], world.months[0], world.north,
        (qa_atom_t){ .kind = QA_KIND_TEXT, .text = "words", .text_bytes = 5 });
    const qa_member_t periods[] = { world.year, world.months[0] };
    const qa_member_t places[] = { world.all, world.north };
    world.spec = (qa_grid_spec_t){ .size = sizeof(world.spec),
                                   .members = { accounts, periods, places },
                                   .member_count = { 3, 2, 2 } };
    qa_status_t status = QA_NO_MEMORY;
    for (uint64_t fail_at = 1; status != QA_OK; fail_at++) {
        test_allocator_t allocator;
        test_allocator_make(&allocator);
        allocator.fail_at = fail_at;
        qa_grid_t *grid = NULL;
        status =
            qa_consolidate(world.model, world.store, &world.spec, &allocator.allocator, &grid, &world.error);
        if (status != QA_OK) {
            assert_int_equal(status, QA_NO_MEMORY);
            assert_null(grid);
        } else {
            assert_true(fail_at > 15);
            assert_int_equal(qa_grid_cell(grid, 0)->units, 5);
        }
        qa_grid_close(grid);
        assert_int_equal(allocator.bytes, 0);
    }
    close_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_total_adds_its_leaves_exactly),
        cmocka_unit_test(a_total_without_values_is_missing_and_a_total_of_zero_is_zero),
        cmocka_unit_test(a_zero_is_missing_in_an_app_that_says_so),
        cmocka_unit_test(a_member_reached_twice_counts_as_its_weights_say),
        cmocka_unit_test(ways_that_cancel_out_contribute_nothing_not_even_presence),
        cmocka_unit_test(an_alternate_goes_on_along_the_primary_below_a_shared_group),
        cmocka_unit_test(a_member_shown_but_not_added_stays_out_of_its_total),
        cmocka_unit_test(a_member_never_added_stays_out_of_totals_along_every_dimension),
        cmocka_unit_test(a_fraction_is_rounded_once_at_the_end_half_away_from_zero),
        cmocka_unit_test(an_account_total_has_the_most_decimals_of_its_leaves_whatever_has_values),
        cmocka_unit_test(a_sum_of_doubles_is_rounded_once_and_a_decimal_beside_them_makes_a_double),
        cmocka_unit_test(text_dates_and_booleans_show_only_in_their_own_cell),
        cmocka_unit_test(a_time_balance_takes_the_first_the_last_or_the_average_period),
        cmocka_unit_test(a_balance_that_passes_nothing_over_takes_a_missing_end),
        cmocka_unit_test(the_closing_stock_of_a_group_is_that_of_the_groups_last_period),
        cmocka_unit_test(a_masked_atom_hides_its_cell_and_totals_follow_the_mode),
        cmocka_unit_test(an_atom_on_a_member_that_is_gone_is_counted_as_unplaced),
        cmocka_unit_test(a_model_and_a_store_of_other_moments_may_differ_in_their_dimensions),
        cmocka_unit_test(what_cannot_be_answered_is_refused_with_its_reason),
        cmocka_unit_test(too_many_decimals_of_weights_are_refused_naming_a_member),
        cmocka_unit_test(a_sum_beyond_38_digits_or_beyond_doubles_is_an_overflow),
        cmocka_unit_test(a_refused_allocation_is_an_answer_and_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
