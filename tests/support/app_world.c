/* Building the small app of the facade's tests; see app_world.h. */
#include "support/app_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static qa_status_t put_below(qa_intent_t *intent, qa_dimension_t dimension, qa_member_t parent,
                             const char *code, char operator_code, qa_member_t *member_out)
{
    qa_member_t member = 0;
    qa_status_t status = qa_intent_add_member(intent, dimension, code, strlen(code), false, &member);
    const qa_edge_t edge = { .parent = parent, .child = member, .operator_code = (uint8_t)operator_code };
    if (status == QA_OK && parent != QA_MEMBER_NONE)
        status = qa_intent_set_edge(intent, dimension, QA_HIERARCHY_PRIMARY, &edge, QA_ATOMS_REFUSE, 0);
    if (member_out != NULL) *member_out = member;
    return status;
}

static qa_status_t add_accounts(qa_intent_t *intent)
{
    qa_dimension_t account;
    qa_member_t net, member;
    qa_status_t status =
        qa_intent_add_dimension(intent, "Account", 7, QA_DIMENSION_MEASURE, "Net", 3, &account, &net);
    if (status == QA_OK) status = put_below(intent, account, net, "Revenue", '+', NULL);
    if (status == QA_OK) status = put_below(intent, account, net, "Expense", '-', NULL);
    static const struct {
        const char *code;
        qa_kind_t kind;
    } others[] = { { "Rate", QA_KIND_DOUBLE },
                   { "Note", QA_KIND_TEXT },
                   { "Opened", QA_KIND_DATE },
                   { "Active", QA_KIND_BOOLEAN } };
    for (size_t i = 0; i < 4 && status == QA_OK; i++) {
        status = put_below(intent, account, QA_MEMBER_NONE, others[i].code, '+', &member);
        if (status == QA_OK)
            status = qa_intent_set_account(intent, account, member,
                                           (qa_account_t){ .kind = (uint8_t)others[i].kind });
    }
    return status == QA_OK ? qa_intent_set_default_member(intent, account, net) : status;
}

qa_status_t app_world_model(qa_intent_t *intent)
{
    qa_dimension_t period, scenario, department;
    qa_member_t year, quarter, all, member;
    static const char *const months[] = { "Jan", "Feb", "Mar" };
    qa_status_t status = qa_intent_set_title(intent, "A small budget", 14);
    if (status == QA_OK)
        status = qa_intent_add_dimension(intent, "Period", 6, QA_DIMENSION_TIME, "Y26", 3, &period, &year);
    if (status == QA_OK) status = put_below(intent, period, year, "Q1", '+', &quarter);
    for (int i = 0; i < 3 && status == QA_OK; i++) {
        status = put_below(intent, period, quarter, months[i], '+', &member);
        const int32_t first = qa_date_from_civil(2026, i + 1, 1);
        if (status == QA_OK)
            status =
                qa_intent_set_days(intent, period, member, first, qa_date_from_civil(2026, i + 2, 1) - 1);
    }
    if (status == QA_OK)
        status = qa_intent_add_dimension(intent, "Scenario", 8, QA_DIMENSION_SCENARIO, "Actual", 6, &scenario,
                                         &member);
    if (status == QA_OK) status = put_below(intent, scenario, QA_MEMBER_NONE, "Budget", '+', NULL);
    if (status == QA_OK)
        status = qa_intent_add_dimension(intent, "Department", 10, QA_DIMENSION_ORDINARY, "All", 3,
                                         &department, &all);
    if (status == QA_OK) status = put_below(intent, department, all, "Fire", '+', &member);
    if (status == QA_OK)
        status = qa_intent_set_alias(intent, department, member, "Fire Department", 15, true);
    if (status == QA_OK) status = put_below(intent, department, all, "Police", '+', NULL);
    return status == QA_OK ? add_accounts(intent) : status;
}

static void open_parts(app_world_t *world)
{
    qa_error_t error;
    const qa_connection_options_t who = {
        .size = sizeof(who), .actor = "ada", .door = "test", .clearance = UINT64_MAX
    };
    if (qa_lattice_open(&world->lattice, &world->options, &error) != QA_OK) fail_msg("%s", error.message);
    if (qa_connection_open(&world->connection, world->lattice, &who, &error) != QA_OK)
        fail_msg("%s", error.message);
}

void app_world_open_on(app_world_t *world, const qa_system_t *system, const char *folder)
{
    static const uint8_t log_id[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
    qa_intent_t *intent = NULL;
    memset(world, 0, sizeof(*world));
    snprintf(world->folder, sizeof(world->folder), "%s", folder);
    world->options = (qa_lattice_options_t){ .size = sizeof(world->options),
                                             .replica = world->folder,
                                             .app = "budget",
                                             .is_create = true,
                                             .system = system,
                                             .segment_bytes = 1 << 20,
                                             .log_id = log_id };
    open_parts(world);
    world->period = 0;
    world->scenario = 1;
    world->department = 2;
    world->account = 3;
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(app_world_model(intent), QA_OK);
    if (qa_connection_commit(world->connection, intent, NULL) != QA_OK)
        fail_msg("%s", qa_connection_error(world->connection)->message);
    qa_intent_close(intent);
}

void app_world_open(app_world_t *world)
{
    char folder[200];
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof(folder), "%s/qa-app-XXXXXX", base == NULL || base[0] == '\0' ? "/tmp" : base);
    assert_non_null(mkdtemp(folder));
    app_world_open_on(world, NULL, folder);
}

void app_world_reopen(app_world_t *world)
{
    qa_connection_close(world->connection);
    qa_lattice_close(world->lattice);
    open_parts(world);
}

void app_world_close(app_world_t *world)
{
    char command[300];
    qa_connection_close(world->connection);
    qa_lattice_close(world->lattice);
    if (world->options.system != NULL) return;
    snprintf(command, sizeof(command), "rm -rf '%s'", world->folder);
    assert_int_equal(system(command), 0);
}

qa_member_t app_world_member(const app_world_t *world, qa_dimension_t dimension, const char *name)
{
    qa_error_t error;
    qa_member_t member = 0;
    if (qa_model_find_member(qa_connection_model(world->connection), dimension, name, strlen(name), &member,
                             &error) != QA_OK)
        fail_msg("%s", error.message);
    return member;
}

void app_world_at(const app_world_t *world, const char *period, const char *scenario, const char *department,
                  const char *account, qa_member_t coordinate_out[WORLD_DIMENSIONS])
{
    coordinate_out[0] = app_world_member(world, world->period, period);
    coordinate_out[1] = app_world_member(world, world->scenario, scenario);
    coordinate_out[2] = app_world_member(world, world->department, department);
    coordinate_out[3] = app_world_member(world, world->account, account);
}

qa_status_t app_world_set(app_world_t *world, const char *period, const char *scenario,
                          const char *department, const char *account, int64_t cents,
                          qa_receipt_t *receipt_out)
{
    qa_intent_t *intent = NULL;
    qa_member_t coordinate[WORLD_DIMENSIONS];
    assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
    app_world_at(world, period, scenario, department, account, coordinate);
    qa_connection_read_end(world->connection);
    const qa_value_t value = qa_value_decimal(cents, 2);
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(qa_intent_set_cells(intent, WORLD_DIMENSIONS, coordinate, &value, NULL, 1), QA_OK);
    const qa_status_t status = qa_connection_commit(world->connection, intent, receipt_out);
    qa_intent_close(intent);
    return status;
}

qa_value_t app_world_get(app_world_t *world, const char *period, const char *scenario, const char *department,
                         const char *account)
{
    qa_value_t value;
    qa_member_t coordinate[WORLD_DIMENSIONS];
    assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
    app_world_at(world, period, scenario, department, account, coordinate);
    assert_int_equal(qa_connection_cells(world->connection, coordinate, 1, &value), QA_OK);
    qa_connection_read_end(world->connection);
    return value;
}

qa_position_t app_world_position(app_world_t *world)
{
    assert_int_equal(qa_connection_read_begin(world->connection), QA_OK);
    const qa_position_t position = *qa_connection_position(world->connection);
    qa_connection_read_end(world->connection);
    return position;
}
