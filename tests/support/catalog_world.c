/* Building the two small apps and printing the rows of tables; see catalog_world.h. */
#include "support/catalog_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LINES_MAX = 400 };

/* --- the model of plan --- */

typedef struct plan_maker {
    qa_intent_t *intent;
} plan_maker_t;

static qa_member_t add(const plan_maker_t *maker, qa_dimension_t dimension, qa_member_t parent,
                       const char *code, char operator_code, int64_t weight, uint8_t weight_decimals)
{
    qa_member_t member = 0;
    assert_int_equal(qa_intent_add_member(maker->intent, dimension, code, strlen(code), false, &member),
                     QA_OK);
    const qa_edge_t edge = { .parent = parent,
                             .child = member,
                             .weight = weight,
                             .weight_decimals = weight_decimals,
                             .operator_code = (uint8_t)operator_code };
    assert_int_equal(qa_intent_set_edge(maker->intent, dimension, 0, &edge, QA_ATOMS_REFUSE, 0), QA_OK);
    return member;
}

static void attribute(const plan_maker_t *maker, qa_dimension_t dimension, qa_member_t member,
                      const char *name, const char *value)
{
    assert_int_equal(
        qa_intent_set_attribute(maker->intent, dimension, member, name, strlen(name), value, strlen(value)),
        QA_OK);
}

static void join(const plan_maker_t *maker, qa_dimension_t dimension, qa_hierarchy_t hierarchy,
                 qa_member_t parent, qa_member_t child, int64_t weight, uint8_t decimals)
{
    const qa_edge_t edge = { .parent = parent,
                             .child = child,
                             .weight = weight,
                             .weight_decimals = decimals,
                             .operator_code = QA_OPERATOR_ADD };
    assert_int_equal(qa_intent_set_edge(maker->intent, dimension, hierarchy, &edge, QA_ATOMS_REFUSE, 0),
                     QA_OK);
}

static void make_regions(const plan_maker_t *maker)
{
    qa_dimension_t region;
    qa_hierarchy_t sales;
    qa_member_t world, top, left, right;
    qa_intent_t *intent = maker->intent;
    assert_int_equal(
        qa_intent_add_dimension(intent, "Region", 6, QA_DIMENSION_ORDINARY, "World", 5, &region, &world),
        QA_OK);
    const qa_member_t north = add(maker, region, world, "North", '+', 1, 0);
    const qa_member_t south = add(maker, region, world, "South", '+', 1, 0);
    assert_int_equal(qa_intent_set_caption(intent, region, north, "The north", 9), QA_OK);
    attribute(maker, region, north, "Manager", "Ann");
    attribute(maker, region, south, "manager", "Bob");
    attribute(maker, region, south, "caption", "x");
    assert_int_equal(qa_intent_add_hierarchy(intent, region, "Sales", 5, &sales), QA_OK);
    assert_int_equal(qa_intent_add_member(intent, region, "Top", 3, true, &top), QA_OK);
    assert_int_equal(qa_intent_add_member(intent, region, "Left", 4, true, &left), QA_OK);
    assert_int_equal(qa_intent_add_member(intent, region, "Right", 5, true, &right), QA_OK);
    join(maker, region, sales, QA_MEMBER_NONE, top, 1, 0);
    join(maker, region, sales, top, left, 1, 0);
    join(maker, region, sales, top, right, 25, 2);
    join(maker, region, sales, left, north, 1, 0);
    join(maker, region, sales, right, north, 2, 0);
    join(maker, region, sales, right, south, -1, 0);
}

static void make_model(qa_intent_t *intent)
{
    const plan_maker_t maker = { intent };
    qa_dimension_t period, account;
    qa_member_t year, net;
    assert_int_equal(
        qa_intent_add_dimension(intent, "Period", 6, QA_DIMENSION_TIME, "Y26", 3, &period, &year), QA_OK);
    const qa_member_t january = add(&maker, period, year, "Jan", '+', 1, 0);
    add(&maker, period, year, "Feb", '+', 1, 0);
    assert_int_equal(qa_intent_set_days(intent, period, january, qa_date_from_civil(2026, 1, 1),
                                        qa_date_from_civil(2026, 1, 31)),
                     QA_OK);
    assert_int_equal(qa_intent_set_default_member(intent, period, year), QA_OK);
    make_regions(&maker);
    assert_int_equal(
        qa_intent_add_dimension(intent, "Account", 7, QA_DIMENSION_MEASURE, "Net", 3, &account, &net), QA_OK);
    add(&maker, account, net, "Revenue", '+', 1, 0);
    const qa_member_t cost = add(&maker, account, net, "Cost", '-', -1, 0);
    add(&maker, account, net, "Tax", '+', 125, 3);
    const qa_member_t stock = add(&maker, account, net, "Stock", '~', 0, 0);
    assert_int_equal(qa_intent_set_account(
                         intent, account, cost,
                         (qa_account_t){ .kind = QA_KIND_DECIMAL, .decimals = 2, .sense = QA_SENSE_EXPENSE }),
                     QA_OK);
    assert_int_equal(
        qa_intent_set_account(
            intent, account, stock,
            (qa_account_t){ .kind = QA_KIND_DECIMAL, .decimals = 2, .time_balance = QA_BALANCE_LAST }),
        QA_OK);
}

/* --- opening and closing --- */

static void open_catalog(catalog_world_t *world)
{
    qa_error_t error;
    if (qa_sql_catalog_open(&world->catalog, &world->options, &qa_allocator_default, &error) != QA_OK)
        fail_msg("%s", error.message);
    world->moment = NULL;
}

void catalog_world_open(catalog_world_t *world)
{
    qa_error_t error;
    qa_intent_t *intent = NULL;
    memset(world, 0, sizeof(*world));
    app_world_open(&world->budget);
    qa_lattice_options_t options = world->budget.options;
    options.app = "plan";
    const qa_connection_options_t who = {
        .size = sizeof(who), .actor = "eve", .door = "test", .clearance = UINT64_MAX
    };
    if (qa_lattice_open(&world->plan, &options, &error) != QA_OK ||
        qa_connection_open(&world->plan_connection, world->plan, &who, &error) != QA_OK)
        fail_msg("%s", error.message);
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    make_model(intent);
    assert_int_equal(catalog_world_commit(world, intent), 1);
    assert_int_equal(catalog_world_set(world, "Jan", "North", "Revenue", 1000), 2);
    assert_int_equal(catalog_world_set(world, "Jan", "North", "Cost", 400), 3);
    assert_int_equal(catalog_world_set(world, "Feb", "South", "Tax", 800), 4);
    assert_int_equal(catalog_world_set(world, "Feb", "South", "Stock", 300), 5);
    world->options = (qa_sql_session_options_t){
        .size = sizeof(world->options), .replica = world->budget.folder, .actor = "bob", .door = "test"
    };
    open_catalog(world);
}

void catalog_world_close(catalog_world_t *world)
{
    qa_sql_catalog_close(world->catalog);
    qa_connection_close(world->plan_connection);
    qa_lattice_close(world->plan);
    app_world_close(&world->budget);
}

void catalog_world_reopen(catalog_world_t *world)
{
    qa_sql_catalog_close(world->catalog);
    open_catalog(world);
}

uint64_t catalog_world_commit(catalog_world_t *world, qa_intent_t *intent)
{
    qa_receipt_t receipt;
    if (qa_connection_commit(world->plan_connection, intent, &receipt) != QA_OK)
        fail_msg("%s", qa_connection_error(world->plan_connection)->message);
    qa_intent_close(intent);
    return receipt.offset;
}

static qa_member_t find(qa_connection_t *connection, qa_dimension_t dimension, const char *code, size_t bytes)
{
    qa_error_t error;
    qa_member_t member = 0;
    if (qa_model_find_member(qa_connection_model(connection), dimension, code, bytes, &member, &error) !=
        QA_OK)
        fail_msg("%s", error.message);
    return member;
}

uint64_t catalog_world_set(catalog_world_t *world, const char *period, const char *region,
                           const char *account, int64_t cents)
{
    const char *const names[PLAN_DIMENSIONS] = { period, region, account };
    qa_member_t coordinate[PLAN_DIMENSIONS];
    qa_intent_t *intent = NULL;
    const qa_value_t value = qa_value_decimal(cents, 2);
    assert_int_equal(qa_connection_read_begin(world->plan_connection), QA_OK);
    for (qa_dimension_t d = 0; d < PLAN_DIMENSIONS; d++)
        coordinate[d] = find(world->plan_connection, d, names[d], strlen(names[d]));
    qa_connection_read_end(world->plan_connection);
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(qa_intent_set_cells(intent, PLAN_DIMENSIONS, coordinate, &value, NULL, 1), QA_OK);
    return catalog_world_commit(world, intent);
}

/* --- reading --- */

qa_sql_moment_t *catalog_world_see(catalog_world_t *world, const char *app, const qa_sql_value_t *as_of)
{
    qa_error_t error;
    if (qa_sql_catalog_moment(world->catalog, app, strlen(app), as_of, &world->moment, &error) != QA_OK)
        fail_msg("%s", error.message);
    return world->moment;
}

const qa_sql_shape_table_t *catalog_world_table(catalog_world_t *world, const char *name)
{
    qa_error_t error;
    qa_sql_shape_t *shape = NULL;
    if (qa_sql_moment_shape(world->moment, &shape, &error) != QA_OK) fail_msg("%s", error.message);
    const qa_sql_shape_table_t *table = qa_sql_shape_find(shape, name, strlen(name));
    if (table == NULL) fail_msg("there is no table %s", name);
    return table;
}

const uint64_t *catalog_world_select(catalog_world_t *world, qa_dimension_t dimension, const char *codes,
                                     uint64_t set_out[4])
{
    qa_error_t error;
    memset(set_out, 0, 4 * sizeof(*set_out));
    assert_int_equal(qa_sql_moment_read_begin(world->moment, NULL, &error), QA_OK);
    for (const char *at = codes; *at != '\0';) {
        const size_t bytes = strcspn(at, " ");
        const qa_member_t member = find(world->moment->connection, dimension, at, bytes);
        set_out[member / 64] |= (uint64_t)1 << (member % 64);
        at += bytes + strspn(at + bytes, " ");
    }
    qa_sql_moment_read_end(world->moment);
    return set_out;
}

qa_status_t catalog_world_try(catalog_world_t *world, const char *name, qa_sql_source_request_t *request,
                              qa_error_t *error)
{
    qa_sql_source_request_t plain = { .table = NULL };
    qa_sql_table_t rows;
    if (request == NULL) request = &plain;
    request->table = catalog_world_table(world, name);
    const bool is_of_log = request->table->kind >= QA_SQL_LINES;
    if (!is_of_log) assert_int_equal(qa_sql_moment_read_begin(world->moment, NULL, error), QA_OK);
    const qa_status_t status =
        qa_sql_source_rows(world->moment, request, true, &qa_allocator_default, &rows, error);
    if (!is_of_log) qa_sql_moment_read_end(world->moment);
    if (status == QA_OK) catalog_world_print(world, &rows);
    qa_sql_table_release(&rows);
    return status;
}

const char *catalog_world_rows(catalog_world_t *world, const char *table, qa_sql_source_request_t *request)
{
    qa_error_t error;
    if (catalog_world_try(world, table, request, &error) != QA_OK) fail_msg("%s", error.message);
    return world->text;
}

static size_t put_value(char *text, size_t room, const qa_sql_value_t *value)
{
    const qa_sql_type_t wanted = { .kind = QA_SQL_TEXT, .length = QA_SQL_TEXT_LENGTH_MAX };
    char scratch[QA_SQL_CAST_BYTES];
    qa_sql_value_t shown;
    qa_error_t error;
    if (value->kind == QA_SQL_NULL) return (size_t)snprintf(text, room, "-");
    if (qa_sql_cast(value, &wanted, scratch, &shown, &error) != QA_OK) fail_msg("%s", error.message);
    return (size_t)snprintf(text, room, "%.*s", (int)shown.bytes, shown.text);
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void catalog_world_print(catalog_world_t *world, const qa_sql_table_t *rows)
{
    static char buffer[sizeof(world->text)]; /* of one test at a time */
    char *lines[LINES_MAX];
    size_t used = 0;
    assert_true(rows->row_count <= LINES_MAX);
    for (uint32_t r = 0; r < rows->row_count; r++) {
        lines[r] = buffer + used;
        for (uint16_t c = 0; c < rows->column_count; c++) {
            const qa_sql_value_t value = qa_sql_table_value(rows, r, c);
            if (c > 0) used += (size_t)snprintf(buffer + used, sizeof(buffer) - used, "|");
            used += put_value(buffer + used, sizeof(buffer) - used, &value);
            assert_true(used + 64 < sizeof(buffer));
        }
        buffer[used++] = '\0';
    }
    qsort(lines, rows->row_count, sizeof(*lines), compare_lines);
    used = 0;
    world->text[0] = '\0';
    for (uint32_t r = 0; r < rows->row_count; r++)
        used += (size_t)snprintf(world->text + used, sizeof(world->text) - used, "%s\n", lines[r]);
}
