/* The tables that SQL sees: their shapes, and the rows of values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/catalog_world.h"
#include "support/test_allocator.h"

static int set_up(void **state)
{
    catalog_world_t *world = calloc(1, sizeof(*world));
    assert_non_null(world);
    catalog_world_open(world);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    catalog_world_close(*state);
    free(*state);
    return 0;
}

static const char *type_of_column(catalog_world_t *world, const char *table, const char *column)
{
    static char name[64];
    const qa_sql_shape_table_t *found = catalog_world_table(world, table);
    const int32_t index = qa_sql_shape_column(found, column, strlen(column), false);
    char type[40];
    if (index < 0) return "none";
    const qa_sql_shape_column_t *shown = &found->columns[index];
    snprintf(name, sizeof(name), "%s%s%s", qa_sql_type_name(&shown->type, type),
             shown->type.is_nullable ? " NULL" : "", shown->type.is_name ? " name" : "");
    return name;
}

static const char *columns_of(catalog_world_t *world, const char *table)
{
    static char names[1024];
    const qa_sql_shape_table_t *found = catalog_world_table(world, table);
    size_t used = 0;
    for (uint16_t c = 0; c < found->column_count; c++)
        used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s%s", c > 0 ? " " : "",
                                 found->columns[c].name, found->columns[c].key_position > 0 ? "*" : "");
    return names;
}

/* --- shapes --- */

static void the_tables_of_an_app_have_the_columns_of_its_model(void **state)
{
    catalog_world_t *world = *state;
    catalog_world_see(world, "plan", NULL);
    assert_string_equal(columns_of(world, "atoms"),
                        "Period* Region* Account* value text_value date_value boolean_value changed_at "
                        "changed_offset");
    assert_string_equal(columns_of(world, "cells"),
                        "Period* Region* Account* value text_value date_value boolean_value");
    assert_string_equal(columns_of(world, "facts"),
                        "Period* Region* Account* value changed_at changed_offset");
    assert_string_equal(columns_of(world, "Region"),
                        "member* caption parent level generation path ordinal is_leaf L1 L2 Manager "
                        "caption_attribute");
    assert_string_equal(columns_of(world, "Region@Sales"),
                        "member caption parent level generation path ordinal* is_leaf L1 L2 L3 Manager "
                        "caption_attribute");
    assert_string_equal(columns_of(world, "Account"),
                        "member* caption parent level generation path ordinal is_leaf L1 L2 kind decimals "
                        "time_balance sense");
    assert_string_equal(
        columns_of(world, "Period"),
        "member* caption parent level generation path ordinal is_leaf L1 L2 first_day last_day");
    assert_string_equal(columns_of(world, "Region_rollup"), "hierarchy* ancestor* leaf* weight");
    assert_string_equal(columns_of(world, "lines"),
                        "offset file line text Period Region Account value text_value date_value "
                        "boolean_value is_current");
    assert_string_equal(columns_of(world, "history"),
                        "offset* appended_at authored_at actor on_behalf_of door reason operations "
                        "changed_count metadata_count");
}

static void types_say_what_the_model_can_hold(void **state)
{
    catalog_world_t *world = *state;
    catalog_world_see(world, "plan", NULL);
    assert_string_equal(type_of_column(world, "atoms", "value"), "DECIMAL(18,2) NULL");
    assert_string_equal(type_of_column(world, "cells", "value"), "DECIMAL(38,2) NULL");
    assert_string_equal(type_of_column(world, "facts", "value"), "DECIMAL(38,5)");
    assert_string_equal(type_of_column(world, "atoms", "Account"), "VARCHAR(7) name");
    assert_string_equal(type_of_column(world, "Region", "caption"), "VARCHAR(9) name");
    assert_string_equal(type_of_column(world, "Region", "path"), "VARCHAR(11) name");
    assert_string_equal(type_of_column(world, "Region@Sales", "path"), "VARCHAR(15) name");
    assert_string_equal(type_of_column(world, "Region", "Manager"), "VARCHAR(3) NULL");
    assert_string_equal(type_of_column(world, "Region_rollup", "weight"), "DECIMAL(20,2)");
    assert_string_equal(type_of_column(world, "Period_rollup", "weight"), "DECIMAL(18,0)");
    catalog_world_see(world, "budget", NULL);
    assert_string_equal(type_of_column(world, "atoms", "value"), "DOUBLE NULL");
    assert_string_equal(type_of_column(world, "facts", "value"), "DOUBLE");
}

static void names_are_found_without_case_and_exactly_when_they_are_quoted(void **state)
{
    catalog_world_t *world = *state;
    catalog_world_see(world, "PLAN", NULL);
    assert_string_equal(world->moment->app, "plan");
    const qa_sql_shape_table_t *atoms = catalog_world_table(world, "ATOMS");
    assert_string_equal(atoms->name, "atoms");
    assert_int_equal(qa_sql_shape_column(atoms, "region", 6, false), 1);
    assert_int_equal(qa_sql_shape_column(atoms, "region", 6, true), -1);
    assert_int_equal(qa_sql_shape_column(atoms, "Region", 6, true), 1);
    assert_int_equal(qa_sql_shape_column(atoms, "Regions", 7, false), -1);
    assert_string_equal(atoms->columns[1].reference_table, "Region");
    assert_string_equal(atoms->columns[1].reference_column, "member");
}

static void names_that_collide_get_a_suffix(void **state)
{
    catalog_world_t *world = *state;
    qa_intent_t *intent = NULL;
    qa_dimension_t dimension;
    qa_member_t first;
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(
        qa_intent_add_dimension(intent, "Value", 5, QA_DIMENSION_ORDINARY, "V", 1, &dimension, &first),
        QA_OK);
    assert_int_equal(
        qa_intent_add_dimension(intent, "Atoms", 5, QA_DIMENSION_ORDINARY, "A", 1, &dimension, &first),
        QA_OK);
    catalog_world_commit(world, intent);
    catalog_world_see(world, "plan", NULL);
    assert_string_equal(columns_of(world, "facts"),
                        "Period* Region* Account* Value_dimension* Atoms* value changed_at changed_offset");
    assert_int_equal(catalog_world_table(world, "Atoms_dimension")->kind, QA_SQL_DIMENSION);
    assert_int_equal(catalog_world_table(world, "Value")->kind, QA_SQL_DIMENSION);
    assert_int_equal(catalog_world_table(world, "Atoms")->kind, QA_SQL_ATOMS);
    assert_string_equal(catalog_world_table(world, "facts")->columns[4].reference_table, "Atoms_dimension");
}

static void a_shape_is_renewed_when_the_metadata_changes(void **state)
{
    catalog_world_t *world = *state;
    qa_error_t error;
    qa_sql_shape_t *before = NULL;
    qa_sql_shape_t *behind = NULL;
    qa_intent_t *intent = NULL;
    catalog_world_see(world, "plan", NULL);
    assert_int_equal(qa_sql_moment_shape(world->moment, &before, &error), QA_OK);
    qa_sql_shape_keep(before);
    catalog_world_set(world, "Jan", "South", "Revenue", 1);
    assert_int_equal(qa_sql_moment_shape(world->moment, &behind, &error), QA_OK);
    assert_ptr_equal(before, behind);
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(qa_intent_set_attribute(intent, 1, 1, "Size", 4, "L", 1), QA_OK);
    catalog_world_commit(world, intent);
    assert_int_equal(qa_sql_moment_shape(world->moment, &behind, &error), QA_OK);
    assert_true(before != behind);
    assert_true(before->metadata_version < behind->metadata_version);
    assert_string_equal(type_of_column(world, "Region", "Size"), "VARCHAR(1) NULL");
    assert_int_equal(qa_sql_shape_find(before, "Region", 6)->column_count, 12);
    qa_sql_shape_drop(before);
}

typedef struct listing {
    char text[4096];
    size_t used;
    uint32_t column_count;
} listing_t;

static qa_status_t list_table(void *context, const qa_sql_table_info_t *table)
{
    listing_t *listing = context;
    listing->used += (size_t)snprintf(listing->text + listing->used, sizeof(listing->text) - listing->used,
                                      "%s.%s %d %llu\n", table->schema, table->name, (int)table->kind,
                                      (unsigned long long)table->row_count);
    return QA_OK;
}

static qa_status_t list_column(void *context, const qa_sql_table_info_t *table, uint16_t position,
                               const qa_sql_table_column_t *column)
{
    listing_t *listing = context;
    assert_true(position < table->column_count);
    assert_true(column->name[0] != '\0' && column->remarks[0] != '\0');
    listing->column_count++;
    return QA_OK;
}

static void every_table_of_every_app_is_shown_in_order(void **state)
{
    catalog_world_t *world = *state;
    listing_t listing = { .used = 0 };
    qa_error_t error;
    assert_int_equal(qa_sql_catalog_visit_tables(world->catalog, list_table, list_column, &listing, &error),
                     QA_OK);
    assert_string_equal(listing.text, "budget.Account 0 7\n"
                                      "budget.Account_rollup 1 0\n"
                                      "budget.Department 0 3\n"
                                      "budget.Department_rollup 1 0\n"
                                      "budget.Period 0 5\n"
                                      "budget.Period_rollup 1 0\n"
                                      "budget.Scenario 0 2\n"
                                      "budget.Scenario_rollup 1 0\n"
                                      "budget.atoms 0 0\n"
                                      "budget.cells 1 0\n"
                                      "budget.facts 1 0\n"
                                      "budget.history 1 0\n"
                                      "budget.lines 1 0\n"
                                      "budget.members_changed 1 0\n"
                                      "plan.Account 0 5\n"
                                      "plan.Account_rollup 1 0\n"
                                      "plan.Period 0 3\n"
                                      "plan.Period_rollup 1 0\n"
                                      "plan.Region 0 3\n"
                                      "plan.Region@Sales 0 6\n"
                                      "plan.Region_rollup 1 0\n"
                                      "plan.atoms 0 4\n"
                                      "plan.cells 1 0\n"
                                      "plan.facts 1 4\n"
                                      "plan.history 1 0\n"
                                      "plan.lines 1 0\n"
                                      "plan.members_changed 1 0\n");
    assert_true(listing.column_count > 200);
}

/* --- values --- */

/* changed_at is left out: it is another one each time. */
static const uint8_t *without_times(uint8_t is_wanted[32], uint16_t column)
{
    memset(is_wanted, 1, 32);
    is_wanted[column] = 0;
    return is_wanted;
}

static void atoms_have_a_row_per_stored_value(void **state)
{
    catalog_world_t *world = *state;
    uint8_t is_wanted[32];
    qa_sql_source_request_t request = { .is_wanted = without_times(is_wanted, 7) };
    catalog_world_see(world, "plan", NULL);
    assert_string_equal(catalog_world_rows(world, "atoms", &request), "Feb|South|Stock|3.00|-|-|-|-|5\n"
                                                                      "Feb|South|Tax|8.00|-|-|-|-|4\n"
                                                                      "Jan|North|Cost|4.00|-|-|-|-|3\n"
                                                                      "Jan|North|Revenue|10.00|-|-|-|-|2\n");
    request.changed_after = 3;
    assert_string_equal(catalog_world_rows(world, "atoms", &request), "Feb|South|Stock|3.00|-|-|-|-|5\n"
                                                                      "Feb|South|Tax|8.00|-|-|-|-|4\n");
    uint64_t set[4];
    request.changed_after = 0;
    request.selections[2] = catalog_world_select(world, 2, "Revenue Tax", set);
    assert_string_equal(catalog_world_rows(world, "atoms", &request), "Feb|South|Tax|8.00|-|-|-|-|4\n"
                                                                      "Jan|North|Revenue|10.00|-|-|-|-|2\n");
    request.selections[2] = catalog_world_select(world, 2, "", set);
    assert_string_equal(catalog_world_rows(world, "atoms", &request), "");
}

static void an_atom_shows_its_value_in_the_column_of_its_kind(void **state)
{
    catalog_world_t *world = *state;
    uint8_t is_wanted[32];
    qa_sql_source_request_t request = { .is_wanted = without_times(is_wanted, 8) };
    static const char *const accounts[] = { "Revenue", "Rate", "Note", "Opened", "Active" };
    const qa_value_t values[] = { qa_value_decimal(1250, 2), qa_value_double(0.25), qa_value_text("hello", 5),
                                  qa_value_date(qa_date_from_civil(2026, 4, 2)), qa_value_boolean(true) };
    qa_member_t coordinates[5][WORLD_DIMENSIONS];
    qa_intent_t *intent = NULL;
    assert_int_equal(qa_connection_read_begin(world->budget.connection), QA_OK);
    for (int i = 0; i < 5; i++)
        app_world_at(&world->budget, "Jan", "Actual", "Fire", accounts[i], coordinates[i]);
    qa_connection_read_end(world->budget.connection);
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(qa_intent_set_cells(intent, WORLD_DIMENSIONS, coordinates[0], values, NULL, 5), QA_OK);
    assert_int_equal(qa_connection_commit(world->budget.connection, intent, NULL), QA_OK);
    qa_intent_close(intent);
    catalog_world_see(world, "budget", NULL);
    assert_string_equal(catalog_world_rows(world, "atoms", &request),
                        "Jan|Actual|Fire|Active|-|-|-|true|-|2\n"
                        "Jan|Actual|Fire|Note|-|hello|-|-|-|2\n"
                        "Jan|Actual|Fire|Opened|-|-|2026-04-02|-|-|2\n"
                        "Jan|Actual|Fire|Rate|0.25|-|-|-|-|2\n"
                        "Jan|Actual|Fire|Revenue|12.5|-|-|-|-|2\n");
    request.is_wanted = without_times(is_wanted, 5);
    assert_string_equal(catalog_world_rows(world, "facts", &request), "Jan|Actual|Fire|Rate|0.25|-|2\n"
                                                                      "Jan|Actual|Fire|Revenue|12.5|-|2\n");
    uint64_t sets[4][4];
    request = (qa_sql_source_request_t){ .table = NULL };
    request.selections[0] = catalog_world_select(world, 0, "Jan Q1", sets[0]);
    request.selections[1] = catalog_world_select(world, 1, "Actual", sets[1]);
    request.selections[2] = catalog_world_select(world, 2, "Fire", sets[2]);
    request.selections[3] = catalog_world_select(world, 3, "Net Note Active", sets[3]);
    assert_string_equal(catalog_world_rows(world, "cells", &request), "Jan|Actual|Fire|Active|-|-|-|true\n"
                                                                      "Jan|Actual|Fire|Net|12.5|-|-|-\n"
                                                                      "Jan|Actual|Fire|Note|-|hello|-|-\n"
                                                                      "Q1|Actual|Fire|Net|12.5|-|-|-\n");
}

static void facts_are_atoms_times_the_net_weight_of_their_account(void **state)
{
    catalog_world_t *world = *state;
    uint8_t is_wanted[32];
    qa_sql_source_request_t request = { .is_wanted = without_times(is_wanted, 4) };
    catalog_world_see(world, "plan", NULL);
    assert_string_equal(catalog_world_rows(world, "facts", &request), "Feb|South|Stock|0.00000|-|5\n"
                                                                      "Feb|South|Tax|1.00000|-|4\n"
                                                                      "Jan|North|Cost|-4.00000|-|3\n"
                                                                      "Jan|North|Revenue|10.00000|-|2\n");
}

static void cells_stand_at_default_members_unless_selected(void **state)
{
    catalog_world_t *world = *state;
    uint64_t regions[4];
    uint64_t accounts[4];
    qa_sql_source_request_t request = { .table = NULL };
    catalog_world_see(world, "plan", NULL);
    assert_string_equal(catalog_world_rows(world, "cells", NULL), "Y26|World|Net|7.00|-|-|-\n");
    request.selections[1] = catalog_world_select(world, 1, "World South", regions);
    request.selections[2] = catalog_world_select(world, 2, "Net Stock Cost", accounts);
    assert_string_equal(catalog_world_rows(world, "cells", &request), "Y26|South|Net|1.00|-|-|-\n"
                                                                      "Y26|South|Stock|3.00|-|-|-\n"
                                                                      "Y26|World|Cost|4.00|-|-|-\n"
                                                                      "Y26|World|Net|7.00|-|-|-\n"
                                                                      "Y26|World|Stock|3.00|-|-|-\n");
    request.is_with_empty = true;
    request.selections[2] = catalog_world_select(world, 2, "Cost", accounts);
    assert_string_equal(catalog_world_rows(world, "cells", &request), "Y26|South|Cost|-|-|-|-\n"
                                                                      "Y26|World|Cost|4.00|-|-|-\n");
    /* Groups of an alternate hierarchy are read along it: 0.25 × (2 × 6.00 − 1.00) = 2.75 in Right alone. */
    request.is_with_empty = false;
    request.selections[2] = NULL;
    request.selections[1] = catalog_world_select(world, 1, "World Top Right", regions);
    assert_string_equal(catalog_world_rows(world, "cells", &request), "Y26|Right|Net|11.00|-|-|-\n"
                                                                      "Y26|Top|Net|8.75|-|-|-\n"
                                                                      "Y26|World|Net|7.00|-|-|-\n");
    request.selections[2] = catalog_world_select(world, 2, "", accounts);
    assert_string_equal(catalog_world_rows(world, "cells", &request), "");
}

static void cells_that_nothing_names_are_refused_by_name(void **state)
{
    catalog_world_t *world = *state;
    qa_error_t error;
    catalog_world_see(world, "budget", NULL);
    assert_int_equal(catalog_world_try(world, "cells", NULL, &error), QA_MEMBER_UNNAMED);
    assert_non_null(strstr(error.message, "the dimension \"Period\" has no default"));
}

static void a_grid_that_is_too_large_says_where_a_predicate_helps(void **state)
{
    catalog_world_t *world = *state;
    enum { MEMBERS = 300, WORDS = MEMBERS / 64 + 2 };
    uint64_t sets[3][WORDS];
    qa_intent_t *intent = NULL;
    qa_error_t error;
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    for (qa_dimension_t d = 0; d < PLAN_DIMENSIONS; d++) {
        for (int i = 0; i < MEMBERS + (d == 1 ? 20 : 0); i++) {
            char code[16];
            qa_member_t member;
            const int bytes = snprintf(code, sizeof(code), "M%d", i);
            assert_int_equal(qa_intent_add_member(intent, d, code, (size_t)bytes, false, &member), QA_OK);
        }
    }
    catalog_world_commit(world, intent);
    memset(sets, 0xFF, sizeof(sets));
    qa_sql_source_request_t request = { .selections = { sets[0], sets[1], sets[2] } };
    catalog_world_see(world, "plan", NULL);
    assert_int_equal(catalog_world_try(world, "cells", &request, &error), QA_LIMIT);
    assert_non_null(strstr(error.message, "add a predicate on it, as Region IN"));
}

static void rows_that_are_copied_outlive_the_section(void **state)
{
    catalog_world_t *world = *state;
    qa_sql_source_request_t request = { .table = NULL };
    qa_sql_table_t rows;
    qa_error_t error;
    catalog_world_see(world, "plan", NULL);
    for (int copied = 0; copied < 2; copied++) {
        request.table = catalog_world_table(world, "Region");
        assert_int_equal(qa_sql_moment_read_begin(world->moment, NULL, &error), QA_OK);
        assert_int_equal(
            qa_sql_source_rows(world->moment, &request, copied == 1, &qa_allocator_default, &rows, &error),
            QA_OK);
        if (copied == 0) catalog_world_print(world, &rows);
        qa_sql_moment_read_end(world->moment);
        if (copied == 1) {
            char borrowed[sizeof(world->text)];
            snprintf(borrowed, sizeof(borrowed), "%s", world->text);
            qa_sql_catalog_close(world->catalog);
            catalog_world_print(world, &rows);
            assert_string_equal(world->text, borrowed);
            assert_int_equal(
                qa_sql_catalog_open(&world->catalog, &world->options, &qa_allocator_default, &error), QA_OK);
        }
        qa_sql_table_release(&rows);
    }
}

static void a_cancelled_reading_ends(void **state)
{
    catalog_world_t *world = *state;
    qa_error_t error;
    const volatile bool is_cancelled = true;
    uint64_t set[64];
    qa_intent_t *intent = NULL;
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    for (int i = 0; i < 3000; i++) {
        char code[16];
        qa_member_t member;
        const int bytes = snprintf(code, sizeof(code), "M%d", i);
        assert_int_equal(qa_intent_add_member(intent, 1, code, (size_t)bytes, false, &member), QA_OK);
    }
    catalog_world_commit(world, intent);
    memset(set, 0xFF, sizeof(set));
    catalog_world_see(world, "plan", NULL);
    qa_sql_source_request_t request = { .is_cancelled = &is_cancelled };
    assert_int_equal(catalog_world_try(world, "Region", &request, &error), QA_CANCELLED);
    assert_int_equal(catalog_world_try(world, "Region_rollup", &request, &error), QA_CANCELLED);
    request.selections[1] = set;
    assert_int_equal(catalog_world_try(world, "cells", &request, &error), QA_CANCELLED);
}

/* --- no memory --- */

static qa_status_t read_all(const catalog_world_t *world, const qa_allocator_t *allocator)
{
    static const char *const tables[] = { "atoms",   "facts",         "cells", "Region", "Region@Sales",
                                          "Account", "Region_rollup", "lines", "history" };
    qa_sql_catalog_t *catalog = NULL;
    qa_sql_moment_t *moment = NULL;
    qa_sql_shape_t *shape = NULL;
    qa_error_t error;
    const qa_sql_value_t third = { .kind = QA_SQL_BIGINT, .integer = 3 };
    qa_status_t status = qa_sql_catalog_open(&catalog, &world->options, allocator, &error);
    if (status == QA_OK) status = qa_sql_catalog_moment(catalog, "plan", 4, &third, &moment, &error);
    if (status == QA_OK) status = qa_sql_catalog_moment(catalog, "plan", 4, NULL, &moment, &error);
    if (status == QA_OK) status = qa_sql_moment_shape(moment, &shape, &error);
    for (size_t i = 0; i < sizeof(tables) / sizeof(*tables) && status == QA_OK; i++) {
        const qa_sql_source_request_t request = { .table = qa_sql_shape_find(shape, tables[i],
                                                                             strlen(tables[i])) };
        qa_sql_table_t rows = { .row_count = 0 };
        const bool is_of_log = request.table->kind >= QA_SQL_LINES;
        if (!is_of_log) status = qa_sql_moment_read_begin(moment, NULL, &error);
        if (status != QA_OK) break;
        status = qa_sql_source_rows(moment, &request, true, allocator, &rows, &error);
        if (!is_of_log) qa_sql_moment_read_end(moment);
        qa_sql_table_release(&rows);
    }
    if (status != QA_OK && error.status != status)
        fail_msg("status %d, but %d: %s", (int)status, (int)error.status, error.message);
    qa_sql_catalog_close(catalog);
    return status;
}

static void a_refused_allocation_is_an_outcome(void **state)
{
    const catalog_world_t *world = *state;
    test_allocator_t allocator;
    test_allocator_make(&allocator);
    assert_int_equal(read_all(world, &allocator.allocator), QA_OK);
    assert_int_equal(allocator.bytes, 0);
    const uint64_t count = allocator.request_count;
    uint64_t refused_count = 0;
    for (uint64_t at = 1; at <= count; at += at < 200 ? 1 : 7) {
        test_allocator_make(&allocator);
        allocator.fail_at = at;
        /* Closing can do without: a snapshot is not written then. */
        const qa_status_t status = read_all(world, &allocator.allocator);
        assert_true(status == QA_NO_MEMORY || status == QA_OK);
        refused_count += status == QA_NO_MEMORY;
        assert_int_equal(allocator.bytes, 0);
    }
    assert_true(refused_count > 200);
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_tables_of_an_app_have_the_columns_of_its_model),
        TEST(types_say_what_the_model_can_hold),
        TEST(names_are_found_without_case_and_exactly_when_they_are_quoted),
        TEST(names_that_collide_get_a_suffix),
        TEST(a_shape_is_renewed_when_the_metadata_changes),
        TEST(every_table_of_every_app_is_shown_in_order),
        TEST(atoms_have_a_row_per_stored_value),
        TEST(an_atom_shows_its_value_in_the_column_of_its_kind),
        TEST(facts_are_atoms_times_the_net_weight_of_their_account),
        TEST(cells_stand_at_default_members_unless_selected),
        TEST(cells_that_nothing_names_are_refused_by_name),
        TEST(a_grid_that_is_too_large_says_where_a_predicate_helps),
        TEST(rows_that_are_copied_outlive_the_section),
        TEST(a_cancelled_reading_ends),
        TEST(a_refused_allocation_is_an_outcome),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
