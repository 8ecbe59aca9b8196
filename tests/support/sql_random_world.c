/* Making three random apps; see sql_random_world.h. */
#include "support/sql_random_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { INTENTS = 6, CELLS_PER_INTENT = 90 };

uint32_t random_below(random_world_t *world, uint32_t below)
{
    world->random ^= world->random << 13;
    world->random ^= world->random >> 7;
    world->random ^= world->random << 17;
    return below == 0 ? 0 : (uint32_t)((world->random >> 24) % below);
}

bool random_chance(random_world_t *world, uint32_t percent)
{
    return random_below(world, 100) < percent;
}

/* --- the model --- */

typedef struct maker {
    random_world_t *world;
    random_app_t *app;
    qa_intent_t *intent;
    uint32_t index;                      /* of the dimension in the app */
    qa_dimension_t dimension;            /* its id for this intent */
    qa_member_t ids[RANDOM_MEMBERS_MAX]; /* for this intent */
} maker_t;

static void text_of(maker_t *maker, qa_member_t id, const char *attribute, const char *value)
{
    assert_int_equal(qa_intent_set_attribute(maker->intent, maker->dimension, id, attribute,
                                             strlen(attribute), value, strlen(value)),
                     QA_OK);
}

/* Captions that differ by case only, that are longer than ASCII, or that are not there. */
static void dress(maker_t *maker, qa_member_t id)
{
    static const char *const captions[] = { "Straße", "STRASSE", "The north", "a_b%c",
                                            "ÉTÉ",    "été",     "x",         "Łódź 100%" };
    static const char *const managers[] = { "Ann", "ann", "Bob", "Zoë", "" };
    static const char *const sizes[] = { "1", "2", "10", "large" };
    random_world_t *world = maker->world;
    if (random_chance(world, 60)) {
        const char *caption = captions[random_below(world, 8)];
        assert_int_equal(qa_intent_set_caption(maker->intent, maker->dimension, id, caption, strlen(caption)),
                         QA_OK);
    }
    if (random_chance(world, 60)) text_of(maker, id, "Manager", managers[random_below(world, 5)]);
    if (random_chance(world, 50)) text_of(maker, id, "Size", sizes[random_below(world, 4)]);
}

static uint32_t add(maker_t *maker, uint32_t parent, const char *code, char operator_code, int64_t weight,
                    uint8_t weight_decimals)
{
    random_dimension_t *dimension = &maker->app->dimensions[maker->index];
    const uint32_t index = dimension->count++;
    random_member_t *member = &dimension->members[index];
    assert_true(index < RANDOM_MEMBERS_MAX);
    *member = (random_member_t){ .parent = parent,
                                 .generation = 1,
                                 .is_leaf = true,
                                 .operator_code = operator_code,
                                 .weight = weight,
                                 .weight_decimals = weight_decimals,
                                 .kind = QA_KIND_DECIMAL,
                                 .decimals = 2 };
    snprintf(member->code, sizeof(member->code), "%s", code);
    if (index > 0)
        assert_int_equal(qa_intent_add_member(maker->intent, maker->dimension, code, strlen(code), false,
                                              &maker->ids[index]),
                         QA_OK);
    if (parent == RANDOM_MEMBERS_MAX) return index;
    dimension->members[parent].is_leaf = false;
    member->generation = dimension->members[parent].generation + 1;
    if (member->generation > dimension->depth) dimension->depth = member->generation;
    const qa_edge_t edge = { .parent = maker->ids[parent],
                             .child = maker->ids[index],
                             .weight = weight,
                             .weight_decimals = weight_decimals,
                             .operator_code = (uint8_t)operator_code };
    assert_int_equal(
        qa_intent_set_edge(maker->intent, maker->dimension, QA_HIERARCHY_PRIMARY, &edge, QA_ATOMS_REFUSE, 0),
        QA_OK);
    return index;
}

static void begin(maker_t *maker, qa_dimension_t dimension, const char *name, qa_dimension_kind_t kind,
                  const char *first)
{
    random_dimension_t *made = &maker->app->dimensions[dimension];
    qa_dimension_t id = 0;
    *made = (random_dimension_t){ .name = name, .depth = 1 };
    assert_int_equal(qa_intent_add_dimension(maker->intent, name, strlen(name), kind, first, strlen(first),
                                             &id, &maker->ids[0]),
                     QA_OK);
    maker->dimension = id;
    assert_int_equal(id & 0xff, dimension);
    maker->index = dimension;
    add(maker, RANDOM_MEMBERS_MAX, first, '+', 1, 0);
}

static void make_periods(maker_t *maker)
{
    char code[24];
    begin(maker, 0, "Period", QA_DIMENSION_TIME, "Y25");
    for (uint32_t year = 0; year < 2; year++) {
        const uint32_t root = year == 0 ? 0 : add(maker, RANDOM_MEMBERS_MAX, "Y26", '+', 1, 0);
        for (uint32_t quarter = 0; quarter < 2; quarter++) {
            snprintf(code, sizeof(code), "%u Q%u", year + 25, quarter + 1);
            const uint32_t above = add(maker, root, code, '+', 1, 0);
            for (uint32_t month = 0; month < 3; month++) {
                snprintf(code, sizeof(code), "%u-%02u", year + 25, quarter * 3 + month + 1);
                const uint32_t leaf = add(maker, above, code, '+', 1, 0);
                const int32_t first =
                    qa_date_from_civil((int32_t)(year + 2025), (int32_t)(quarter * 3 + month + 1), 1);
                assert_int_equal(
                    qa_intent_set_days(maker->intent, maker->dimension, maker->ids[leaf], first, first + 27),
                    QA_OK);
            }
        }
    }
    assert_int_equal(qa_intent_set_default_member(maker->intent, maker->dimension, maker->ids[0]), QA_OK);
}

static void make_scenarios(maker_t *maker)
{
    begin(maker, 1, "Scenario", QA_DIMENSION_SCENARIO, "Actual");
    add(maker, RANDOM_MEMBERS_MAX, "Budget", '+', 1, 0);
    add(maker, RANDOM_MEMBERS_MAX, "Forecast Ä", '+', 1, 0);
    assert_int_equal(qa_intent_set_default_member(maker->intent, maker->dimension, maker->ids[0]), QA_OK);
}

/* A ragged tree with weights. */
static void make_tree(maker_t *maker, qa_dimension_t dimension, const char *name, const char *root,
                      const char *letter)
{
    static const char operators[] = { '+', '+', '+', '+', '-', '~' };
    char code[24];
    random_world_t *world = maker->world;
    begin(maker, dimension, name, QA_DIMENSION_ORDINARY, root);
    dress(maker, maker->ids[0]);
    const uint32_t count = 8 + random_below(world, 12);
    for (uint32_t m = 1; m <= count; m++) {
        random_dimension_t *made = &maker->app->dimensions[dimension];
        uint32_t parent = random_below(world, m);
        if (made->members[parent].generation >= 4) parent = 0;
        const char operator_code = operators[random_below(world, 6)];
        const bool is_fraction = operator_code == '+' && random_chance(world, 15);
        const int64_t weight = operator_code == '-' ? -1 : operator_code == '~' ? 0 : is_fraction ? 25 : 1;
        snprintf(code, sizeof(code), "%s%u", m % 5 == 0 ? "ö" : letter, m);
        add(maker, parent, code, operator_code, weight, is_fraction ? 2 : 0);
        dress(maker, maker->ids[m]);
    }
}

static void make_alternate(maker_t *maker, qa_dimension_t dimension)
{
    static const int64_t weights[] = { 1, -1, 2, 50 };
    const random_dimension_t *made = &maker->app->dimensions[dimension];
    qa_hierarchy_t hierarchy = 0;
    qa_member_t top = 0, groups[2];
    random_world_t *world = maker->world;
    assert_int_equal(qa_intent_add_hierarchy(maker->intent, maker->dimension, "Sales", 5, &hierarchy), QA_OK);
    assert_int_equal(qa_intent_add_member(maker->intent, maker->dimension, "Top", 3, true, &top), QA_OK);
    assert_int_equal(qa_intent_add_member(maker->intent, maker->dimension, "Left", 4, true, &groups[0]),
                     QA_OK);
    assert_int_equal(qa_intent_add_member(maker->intent, maker->dimension, "Right", 5, true, &groups[1]),
                     QA_OK);
    qa_edge_t edge = { .parent = QA_MEMBER_NONE, .child = top, .weight = 1, .operator_code = '+' };
    assert_int_equal(
        qa_intent_set_edge(maker->intent, maker->dimension, hierarchy, &edge, QA_ATOMS_REFUSE, 0), QA_OK);
    for (uint32_t g = 0; g < 2; g++) {
        edge = (qa_edge_t){ .parent = top, .child = groups[g], .weight = 1, .operator_code = '+' };
        assert_int_equal(
            qa_intent_set_edge(maker->intent, maker->dimension, hierarchy, &edge, QA_ATOMS_REFUSE, 0), QA_OK);
        for (uint32_t m = 0; m < made->count; m++) {
            if (!made->members[m].is_leaf || !random_chance(world, 55)) continue;
            const uint32_t pick = random_below(world, 4);
            edge = (qa_edge_t){ .parent = groups[g],
                                .child = maker->ids[m],
                                .weight = weights[pick],
                                .weight_decimals = pick == 3 ? 2 : 0,
                                .operator_code = '+' };
            assert_int_equal(
                qa_intent_set_edge(maker->intent, maker->dimension, hierarchy, &edge, QA_ATOMS_REFUSE, 0),
                QA_OK);
        }
    }
}

static void account(maker_t *maker, uint32_t parent, const char *code, char operator_code,
                    qa_account_t account)
{
    const int64_t weight = operator_code == '-' ? -1 : operator_code == '~' ? 0 : 1;
    const uint32_t index = add(maker, parent, code, operator_code, weight, 0);
    random_member_t *member = &maker->app->dimensions[RANDOM_ACCOUNT].members[index];
    member->kind = account.kind;
    member->decimals = account.decimals;
    assert_int_equal(qa_intent_set_account(maker->intent, maker->dimension, maker->ids[index], account),
                     QA_OK);
}

static qa_account_t decimal(uint8_t decimals)
{
    return (qa_account_t){ .kind = QA_KIND_DECIMAL, .decimals = decimals };
}

static void make_accounts(maker_t *maker, uint32_t app)
{
    begin(maker, RANDOM_ACCOUNT, "Account", QA_DIMENSION_MEASURE, "Net");
    const uint32_t gross = add(maker, 0, "Gross", '+', 1, 0);
    account(maker, gross, "Sales", '+', decimal(2));
    account(maker, gross, "Returns", '-', decimal(2));
    account(maker, 0, "Cost", '-', decimal(2));
    account(maker, 0, "Memo", '~', decimal(2));
    add(maker, 0, "Tax", '+', 125, 3);
    if (app == 1) {
        account(maker, 0, "Units", '+', decimal(0));
        account(maker, 0, "Rate", '-', (qa_account_t){ .kind = QA_KIND_DOUBLE });
        account(maker, RANDOM_MEMBERS_MAX, "Price", '+', decimal(4));
        account(maker, RANDOM_MEMBERS_MAX, "Note", '+', (qa_account_t){ .kind = QA_KIND_TEXT });
        account(maker, RANDOM_MEMBERS_MAX, "Opened", '+', (qa_account_t){ .kind = QA_KIND_DATE });
        account(maker, RANDOM_MEMBERS_MAX, "Active", '+', (qa_account_t){ .kind = QA_KIND_BOOLEAN });
    } else if (app == 2) {
        for (uint8_t balance = QA_BALANCE_FLOW + 1; balance <= QA_BALANCE_AVERAGE; balance++) {
            static const char *const codes[] = { "", "Opening", "Closing", "Heads" };
            account(maker, balance == 1 ? 0 : RANDOM_MEMBERS_MAX, codes[balance], '+',
                    (qa_account_t){ .kind = QA_KIND_DECIMAL, .decimals = 2, .time_balance = balance });
        }
    }
    assert_int_equal(qa_intent_set_default_member(maker->intent, maker->dimension, maker->ids[0]), QA_OK);
}

static void commit(random_app_t *app, qa_intent_t *intent)
{
    qa_receipt_t receipt;
    if (qa_connection_commit(app->connection, intent, &receipt) != QA_OK)
        fail_msg("%s", qa_connection_error(app->connection)->message);
    qa_intent_close(intent);
    if (receipt.offset > 0) app->offset = receipt.offset;
}

static void make_model(random_world_t *world, uint32_t app)
{
    maker_t maker = { .world = world, .app = &world->apps[app] };
    assert_int_equal(qa_intent_open(&maker.intent, NULL), QA_OK);
    make_periods(&maker);
    make_scenarios(&maker);
    make_tree(&maker, RANDOM_REGION, "Region", "World", "R");
    make_alternate(&maker, RANDOM_REGION);
    make_tree(&maker, 3, "Product", "All", "p ");
    make_accounts(&maker, app);
    commit(maker.app, maker.intent);
}

/* --- atoms --- */

static uint32_t random_leaf(random_world_t *world, const random_dimension_t *dimension)
{
    uint32_t member = random_below(world, dimension->count);
    while (!dimension->members[member].is_leaf)
        member = (member + 1) % dimension->count;
    return member;
}

static qa_value_t random_value(random_world_t *world, const random_member_t *account)
{
    static const char *const texts[] = { "", "note", "NOTE", "ünï 'quoted'", "100%" };
    const uint32_t pick = random_below(world, 5);
    switch (account->kind) {
    case QA_KIND_DOUBLE:
        return qa_value_double(((double)random_below(world, 2000001) - 1000000) / 7.0);
    case QA_KIND_TEXT:
        return qa_value_text(texts[pick], (uint32_t)strlen(texts[pick]));
    case QA_KIND_DATE:
        return qa_value_date((int32_t)random_below(world, 40000) - 1000);
    case QA_KIND_BOOLEAN:
        return qa_value_boolean(random_chance(world, 50));
    default:
        return qa_value_decimal(random_chance(world, 3) ? (qa_int128_t)999999999999999999
                                : random_chance(world, 10)
                                    ? 0
                                    : (qa_int128_t)random_below(world, 200001) - 100000,
                                account->decimals);
    }
}

static void write_atoms(random_world_t *world, random_app_t *app, bool is_clearing)
{
    qa_member_t coordinates[CELLS_PER_INTENT][RANDOM_DIMENSIONS];
    qa_value_t values[CELLS_PER_INTENT];
    qa_intent_t *intent = NULL;
    uint32_t count = 0;
    for (uint32_t c = 0; c < CELLS_PER_INTENT; c++) {
        bool is_there = false;
        for (uint32_t d = 0; d < RANDOM_DIMENSIONS; d++)
            coordinates[count][d] = random_leaf(world, &app->dimensions[d]);
        for (uint32_t before = 0; before < count; before++)
            is_there =
                is_there || memcmp(coordinates[before], coordinates[count], sizeof(coordinates[0])) == 0;
        if (is_there) continue;
        const random_member_t *member =
            &app->dimensions[RANDOM_ACCOUNT].members[coordinates[count][RANDOM_ACCOUNT]];
        values[count++] = is_clearing ? qa_value_missing() : random_value(world, member);
    }
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(qa_intent_set_cells(intent, RANDOM_DIMENSIONS, coordinates[0], values, NULL, count),
                     QA_OK);
    commit(app, intent);
}

/* Clears a part of what is there. */
typedef struct clearing {
    random_world_t *world;
    qa_member_t coordinates[64][RANDOM_DIMENSIONS];
    uint32_t count;
} clearing_t;

static qa_status_t note_atom(void *context, const qa_atom_view_t *atom)
{
    clearing_t *clearing = context;
    if (clearing->count == 64 || !random_chance(clearing->world, 15)) return QA_OK;
    memcpy(clearing->coordinates[clearing->count++], atom->coordinate, sizeof(clearing->coordinates[0]));
    return QA_OK;
}

static void clear_atoms(random_world_t *world, random_app_t *app)
{
    qa_value_t values[64];
    qa_intent_t *intent = NULL;
    clearing_t clearing = { .world = world };
    const qa_selection_t all = { .size = sizeof(all) };
    assert_int_equal(qa_connection_read_begin(app->connection), QA_OK);
    assert_int_equal(qa_connection_scan(app->connection, &all, note_atom, &clearing), QA_OK);
    qa_connection_read_end(app->connection);
    for (uint32_t c = 0; c < clearing.count; c++)
        values[c] = qa_value_missing();
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(
        qa_intent_set_cells(intent, RANDOM_DIMENSIONS, clearing.coordinates[0], values, NULL, clearing.count),
        QA_OK);
    commit(app, intent);
}

/* --- opening and closing --- */

void random_world_open(random_world_t *world, uint64_t seed)
{
    static const char *const names[RANDOM_APPS] = { "even", "mixed", "stock" };
    const char *base = getenv("TMPDIR");
    qa_error_t error;
    const qa_connection_options_t who = {
        .size = sizeof(who), .actor = "ada", .door = "test", .clearance = UINT64_MAX
    };
    memset(world, 0, sizeof(*world));
    world->seed = seed;
    world->random = seed * 0x9e3779b97f4a7c15U + 1;
    snprintf(world->folder, sizeof(world->folder), "%s/qa-random-XXXXXX",
             base == NULL || base[0] == '\0' ? "/tmp" : base);
    assert_non_null(mkdtemp(world->folder));
    for (uint32_t a = 0; a < RANDOM_APPS; a++) {
        random_app_t *app = &world->apps[a];
        app->name = names[a];
        const qa_lattice_options_t options = { .size = sizeof(options),
                                               .replica = world->folder,
                                               .app = names[a],
                                               .is_create = true,
                                               .segment_bytes = 1 << 20 };
        if (qa_lattice_open(&app->lattice, &options, &error) != QA_OK ||
            qa_connection_open(&app->connection, app->lattice, &who, &error) != QA_OK)
            fail_msg("%s", error.message);
        make_model(world, a);
        for (uint32_t i = 0; i < INTENTS; i++) {
            write_atoms(world, app, false);
            if (i % 2 == 1) clear_atoms(world, app);
        }
    }
}

void random_world_close(random_world_t *world)
{
    char command[300];
    for (uint32_t a = 0; a < RANDOM_APPS; a++) {
        qa_connection_close(world->apps[a].connection);
        qa_lattice_close(world->apps[a].lattice);
    }
    snprintf(command, sizeof(command), "rm -rf '%s'", world->folder);
    assert_int_equal(system(command), 0);
}

qa_sql_session_t *random_world_session(const random_world_t *world, uint32_t app, bool is_row_path,
                                       const qa_allocator_t *allocator)
{
    qa_error_t error;
    qa_sql_session_t *session = NULL;
    const qa_sql_session_options_t options = { .size = sizeof(options),
                                               .replica = world->folder,
                                               .app = world->apps[app].name,
                                               .actor = "bob",
                                               .door = "test",
                                               .is_row_path = is_row_path,
                                               .allocator = allocator };
    if (qa_sql_session_open(&session, &options, &error) != QA_OK) fail_msg("%s", error.message);
    return session;
}
