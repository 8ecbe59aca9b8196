/* Sums of facts and values of cells as SQL gives them, against what a few plain loops over the atoms and the
 * model give, and against the grid. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "support/sql_random_world.h"

enum { ATOMS_MAX = 4096, GROUPS_MAX = 4096, KEY_BYTES = 96, LIST_MAX = 3 };

/* --- atoms, read once --- */

typedef struct atom {
    qa_member_t at[RANDOM_DIMENSIONS];
    qa_int128_t units; /* 2 decimals */
} atom_t;
typedef struct atoms {
    atom_t items[ATOMS_MAX];
    uint32_t count;
} atoms_t;

static qa_status_t note_atom(void *context, const qa_atom_view_t *view)
{
    atoms_t *atoms = context;
    assert_true(atoms->count < ATOMS_MAX && view->value.kind == QA_KIND_DECIMAL && view->value.decimals == 2);
    atom_t *atom = &atoms->items[atoms->count++];
    memcpy(atom->at, view->coordinate, sizeof(atom->at));
    atom->units = view->value.units;
    return QA_OK;
}

static atoms_t *read_atoms(const random_app_t *app)
{
    atoms_t *atoms = calloc(1, sizeof(*atoms));
    const qa_selection_t all = { .size = sizeof(all) };
    assert_non_null(atoms);
    assert_int_equal(qa_connection_read_begin(app->connection), QA_OK);
    assert_int_equal(qa_connection_scan(app->connection, &all, note_atom, atoms), QA_OK);
    qa_connection_read_end(app->connection);
    return atoms;
}

/* --- weights --- */

/* Product of the weights from the member up to `top` (a root: RANDOM_MEMBERS_MAX), as units of 10^-decimals.
 * False: it is not below. */
static bool weight_of(const random_dimension_t *dimension, uint32_t member, uint32_t top,
                      qa_int128_t *weight_out, uint32_t *decimals_out)
{
    *weight_out = 1;
    *decimals_out = 0;
    while (member != top) {
        const random_member_t *here = &dimension->members[member];
        if (here->parent == RANDOM_MEMBERS_MAX) return top == RANDOM_MEMBERS_MAX;
        *weight_out *= here->weight;
        *decimals_out += here->weight_decimals;
        member = here->parent;
    }
    return true;
}

static qa_int128_t scaled(qa_int128_t units, uint32_t decimals, uint32_t wanted)
{
    for (; decimals < wanted; decimals++)
        units *= 10;
    return units;
}

/* --- asking --- */

static qa_sql_statement_t *ask(qa_sql_session_t *session, const char *text)
{
    qa_error_t error;
    qa_sql_statement_t *statement = NULL;
    if (qa_sql_prepare(&statement, session, text, strlen(text), &error) != QA_OK ||
        qa_sql_execute(statement, &error) != QA_OK)
        fail_msg("%s: %s", text, error.message);
    return statement;
}

/* One row; false: there are no more. */
static bool next(qa_sql_statement_t *statement, const qa_sql_batch_t **batch_out)
{
    qa_error_t error;
    if (qa_sql_fetch(statement, 1, batch_out, &error) != QA_OK) fail_msg("%s", error.message);
    return (*batch_out)->row_count == 1;
}

static void append_text(char *key, const qa_sql_value_t *value)
{
    const size_t bytes = strlen(key);
    snprintf(key + bytes, KEY_BYTES - bytes, "%.*s|", value->kind == QA_SQL_NULL ? 1 : (int)value->bytes,
             value->kind == QA_SQL_NULL ? "-" : value->text);
}

/* --- sums of facts --- */

typedef struct group {
    char key[KEY_BYTES];
    qa_int128_t sum, smallest, largest;
    uint32_t count;
    bool is_seen;
} group_t;
typedef struct groups {
    group_t items[GROUPS_MAX];
    uint32_t count;
} groups_t;

static group_t *find_group(groups_t *groups, const char *key)
{
    for (uint32_t g = 0; g < groups->count; g++) {
        if (strcmp(groups->items[g].key, key) == 0) return &groups->items[g];
    }
    return NULL;
}

/* The member's ancestor of a generation. */
static void append_ancestor(char *key, const random_dimension_t *dimension, uint32_t member,
                            uint32_t generation)
{
    const size_t bytes = strlen(key);
    const char *code = "-";
    for (uint32_t at = member; at != RANDOM_MEMBERS_MAX; at = dimension->members[at].parent) {
        if (dimension->members[at].generation == generation) code = dimension->members[at].code;
    }
    snprintf(key + bytes, KEY_BYTES - bytes, "%s|", code);
}

typedef struct grouping {
    uint32_t dimensions[2];
    uint32_t generations[2];
} grouping_t;

static void add_up(const random_app_t *app, const atoms_t *atoms, const grouping_t *grouping,
                   uint32_t decimals, groups_t *groups)
{
    groups->count = 0;
    for (uint32_t a = 0; a < atoms->count; a++) {
        const atom_t *atom = &atoms->items[a];
        char key[KEY_BYTES] = "";
        qa_int128_t weight = 0;
        uint32_t weight_decimals = 0;
        for (int k = 0; k < 2; k++)
            append_ancestor(key, &app->dimensions[grouping->dimensions[k]], atom->at[grouping->dimensions[k]],
                            grouping->generations[k]);
        assert_true(weight_of(&app->dimensions[RANDOM_ACCOUNT], atom->at[RANDOM_ACCOUNT], RANDOM_MEMBERS_MAX,
                              &weight, &weight_decimals));
        const qa_int128_t units = scaled(atom->units * weight, 2 + weight_decimals, decimals);
        group_t *group = find_group(groups, key);
        if (group == NULL) {
            assert_true(groups->count < GROUPS_MAX);
            group = &groups->items[groups->count++];
            *group = (group_t){ .smallest = units, .largest = units };
            snprintf(group->key, KEY_BYTES, "%s", key);
        }
        group->sum += units;
        group->count++;
        if (units < group->smallest) group->smallest = units;
        if (units > group->largest) group->largest = units;
    }
}

static void compare_groups(qa_sql_session_t *session, const char *text, groups_t *groups)
{
    const qa_sql_batch_t *batch = NULL;
    qa_sql_statement_t *statement = ask(session, text);
    uint32_t row_count = 0;
    while (next(statement, &batch)) {
        char key[KEY_BYTES] = "";
        qa_sql_value_t values[6];
        for (uint16_t c = 0; c < 6; c++)
            values[c] = qa_sql_vector_value(&batch->columns[c], 0);
        append_text(key, &values[0]);
        append_text(key, &values[1]);
        group_t *group = find_group(groups, key);
        if (group == NULL || group->is_seen) fail_msg("%s: group %s", text, key);
        group->is_seen = true;
        row_count++;
        if (values[2].units != group->sum || values[3].integer != group->count ||
            values[4].units != group->smallest || values[5].units != group->largest)
            fail_msg("%s: numbers of group %s", text, key);
    }
    if (row_count != groups->count) fail_msg("%s: %u groups, not %u", text, row_count, groups->count);
    qa_sql_close(statement);
}

static void sums_of_facts_are_those_of_plain_loops(void **state)
{
    const uint64_t seed = (uint64_t)time(NULL);
    random_world_t *world = malloc(sizeof(*world));
    groups_t *groups = malloc(sizeof(*groups));
    (void)state;
    assert_true(world != NULL && groups != NULL);
    print_message("seed %" PRIu64 "\n", seed);
    random_world_open(world, seed);
    const random_app_t *app = &world->apps[0];
    atoms_t *atoms = read_atoms(app);
    for (int path = 0; path < 2; path++) {
        qa_sql_session_t *session = random_world_session(world, 0, path == 1, NULL);
        qa_sql_statement_t *shape = ask(session, "SELECT value FROM facts");
        const uint32_t decimals = qa_sql_column(shape, 0)->type.scale;
        qa_sql_close(shape);
        assert_int_equal(decimals, 5);
        for (uint32_t i = 0; i < 40; i++) {
            char text[600];
            grouping_t grouping;
            for (int k = 0; k < 2; k++) {
                grouping.dimensions[k] = random_below(world, RANDOM_DIMENSIONS);
                grouping.generations[k] =
                    1 + random_below(world, app->dimensions[grouping.dimensions[k]].depth);
            }
            add_up(app, atoms, &grouping, decimals, groups);
            const char *names[2] = { app->dimensions[grouping.dimensions[0]].name,
                                     app->dimensions[grouping.dimensions[1]].name };
            snprintf(
                text, sizeof(text),
                "SELECT a.L%u, b.L%u, SUM(value), COUNT(*), MIN(value), MAX(value) FROM facts f JOIN %s a "
                "ON f.%s = a.member JOIN %s b ON f.%s = b.member GROUP BY a.L%u, b.L%u",
                grouping.generations[0], grouping.generations[1], names[0], names[0], names[1], names[1],
                grouping.generations[0], grouping.generations[1]);
            compare_groups(session, text, groups);
        }
        qa_sql_session_close(session);
    }
    free(atoms);
    random_world_close(world);
    free(groups);
    free(world);
}

/* --- cells --- */

typedef struct cells {
    qa_member_t lists[RANDOM_DIMENSIONS][LIST_MAX];
    uint32_t counts[RANDOM_DIMENSIONS]; /* 0: not named */
} cells_t;

static void choose_cells(random_world_t *world, const random_app_t *app, cells_t *cells)
{
    for (uint32_t d = 0; d < RANDOM_DIMENSIONS; d++) {
        cells->counts[d] = random_below(world, LIST_MAX + 1);
        for (uint32_t i = 0; i < cells->counts[d]; i++) {
            cells->lists[d][i] = random_below(world, app->dimensions[d].count);
            for (uint32_t before = 0; before < i; before++) {
                if (cells->lists[d][before] == cells->lists[d][i]) cells->counts[d] = i;
            }
        }
    }
}

static void write_cells(const random_app_t *app, const cells_t *cells, char *text, size_t capacity)
{
    const char *word = "WHERE";
    size_t bytes = (size_t)snprintf(text, capacity,
                                    "SELECT Period, Scenario, Region, Product, Account, value FROM cells");
    for (uint32_t d = 0; d < RANDOM_DIMENSIONS; d++) {
        for (uint32_t i = 0; i < cells->counts[d]; i++)
            bytes += (size_t)snprintf(
                text + bytes, capacity - bytes, "%s%s%s'%s'%s", i > 0 ? "" : " ", i > 0 ? ", " : word,
                i > 0                 ? ""
                : d == 0              ? " Period IN ("
                : d == 1              ? " Scenario IN ("
                : d == RANDOM_REGION  ? " Region IN ("
                : d == RANDOM_ACCOUNT ? " Account IN ("
                                      : " Product IN (",
                app->dimensions[d].members[cells->lists[d][i]].code, i + 1 == cells->counts[d] ? ")" : "");
        if (cells->counts[d] > 0) word = "AND";
    }
    assert_true(bytes < capacity);
}

/* What the loops say of one cell of the app of decimals; false: missing. */
static bool naive_cell(const random_app_t *app, const atoms_t *atoms, const qa_member_t *at,
                       qa_int128_t *units_out)
{
    qa_int128_t sum = 0;
    bool is_there = false;
    uint32_t most = 2;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t a = 0; a < atoms->count; a++) {
            qa_int128_t net = 1;
            uint32_t decimals = 2;
            bool is_below = true;
            for (uint32_t d = 0; d < RANDOM_DIMENSIONS && is_below; d++) {
                qa_int128_t weight = 0;
                uint32_t more = 0;
                is_below = weight_of(&app->dimensions[d], atoms->items[a].at[d], at[d], &weight, &more);
                net *= weight;
                decimals += more;
            }
            if (!is_below || net == 0) continue; /* a weight of 0 is shown, not added */
            is_there = true;
            if (pass == 0 && decimals > most) most = decimals;
            if (pass == 1) sum += scaled(atoms->items[a].units * net, decimals, most);
        }
    }
    /* Rounded once, half away from zero. */
    qa_int128_t divisor = 1;
    for (; most > 2; most--)
        divisor *= 10;
    const qa_int128_t half = divisor / 2;
    *units_out = divisor == 1 ? sum : (sum + (sum < 0 ? -half : half)) / divisor;
    return is_there;
}

static bool is_cell(const qa_sql_value_t *value, const qa_value_t *cell)
{
    if (value->kind == QA_SQL_DOUBLE)
        return cell->kind == QA_KIND_DOUBLE
                   ? value->number == cell->number
                   : cell->kind == QA_KIND_DECIMAL &&
                         value->number == qa_decimal_to_double(cell->units, cell->decimals);
    return value->kind == QA_SQL_DECIMAL && cell->kind == QA_KIND_DECIMAL &&
           value->units == scaled(cell->units, cell->decimals, value->scale);
}

static uint32_t find_index(const random_app_t *app, uint32_t dimension, const qa_sql_value_t *code,
                           const qa_member_t *list, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const char *have = app->dimensions[dimension].members[list[i]].code;
        if (strlen(have) == code->bytes && memcmp(have, code->text, code->bytes) == 0) return i;
    }
    fail_msg("a member that was not asked for: %.*s", (int)code->bytes, code->text);
    return 0;
}

static void compare_cells(const random_app_t *app, qa_sql_session_t *session, cells_t *cells,
                          const atoms_t *atoms)
{
    static bool is_seen[243];
    char text[2000];
    qa_grid_t *grid = NULL;
    const qa_sql_batch_t *batch = NULL;
    qa_grid_spec_t spec = { .size = sizeof(spec), .clearance = UINT64_MAX };
    uint64_t cell_count = 1;
    write_cells(app, cells, text, sizeof(text));
    assert_int_equal(qa_connection_read_begin(app->connection), QA_OK);
    for (uint32_t d = 0; d < RANDOM_DIMENSIONS; d++) {
        if (cells->counts[d] == 0) {
            cells->lists[d][0] =
                qa_model_default_member(qa_connection_model(app->connection), (qa_dimension_t)d);
            cells->counts[d] = 1;
        }
        spec.members[d] = cells->lists[d];
        spec.member_count[d] = cells->counts[d];
        cell_count *= cells->counts[d];
    }
    assert_int_equal(qa_connection_grid(app->connection, &spec, &grid), QA_OK);
    memset(is_seen, 0, sizeof(is_seen));
    qa_sql_statement_t *statement = ask(session, text);
    while (next(statement, &batch)) {
        uint64_t index = 0;
        for (uint16_t d = 0; d < RANDOM_DIMENSIONS; d++) {
            const qa_sql_value_t code = qa_sql_vector_value(&batch->columns[d], 0);
            index = index * cells->counts[d] + find_index(app, d, &code, cells->lists[d], cells->counts[d]);
        }
        const qa_sql_value_t value = qa_sql_vector_value(&batch->columns[RANDOM_DIMENSIONS], 0);
        const qa_value_t *cell = qa_grid_cell(grid, index);
        const bool is_number = cell->kind == QA_KIND_DECIMAL || cell->kind == QA_KIND_DOUBLE;
        if (is_seen[index] || (is_number && !is_cell(&value, cell)) || cell->kind == QA_KIND_MISSING)
            fail_msg("%s: cell %u of the grid", text, (unsigned)index);
        is_seen[index] = true;
    }
    qa_sql_close(statement);
    for (uint64_t index = 0; index < cell_count; index++) {
        const qa_value_t *cell = qa_grid_cell(grid, index);
        qa_member_t at[RANDOM_DIMENSIONS];
        qa_int128_t units = 0;
        uint64_t rest = index;
        if (is_seen[index] != (cell->kind != QA_KIND_MISSING))
            fail_msg("%s: cell %u is missing", text, (unsigned)index);
        if (atoms == NULL) continue;
        for (uint32_t d = RANDOM_DIMENSIONS; d-- > 0; rest /= cells->counts[d])
            at[d] = cells->lists[d][rest % cells->counts[d]];
        const bool is_there = naive_cell(app, atoms, at, &units);
        if (is_there != is_seen[index] || (is_there && scaled(cell->units, cell->decimals, 2) != units))
            fail_msg("%s: cell %u of the loops", text, (unsigned)index);
    }
    qa_grid_close(grid);
    qa_connection_read_end(app->connection);
}

static void cells_are_those_of_the_grid_and_of_plain_loops(void **state)
{
    const uint64_t seed = (uint64_t)time(NULL) + 7;
    random_world_t *world = malloc(sizeof(*world));
    (void)state;
    assert_non_null(world);
    print_message("seed %" PRIu64 "\n", seed);
    random_world_open(world, seed);
    for (uint32_t a = 0; a < RANDOM_APPS; a++) {
        const random_app_t *app = &world->apps[a];
        atoms_t *atoms = a == 0 ? read_atoms(app) : NULL;
        for (int path = 0; path < 2; path++) {
            qa_sql_session_t *session = random_world_session(world, a, path == 1, NULL);
            for (uint32_t i = 0; i < 80; i++) {
                cells_t cells;
                choose_cells(world, app, &cells);
                compare_cells(app, session, &cells, atoms);
            }
            qa_sql_session_close(session);
        }
        free(atoms);
    }
    random_world_close(world);
    free(world);
}

/* --- balances --- */

static qa_status_t try_sum(qa_sql_session_t *session, const char *text)
{
    qa_error_t error = { .status = QA_OK };
    qa_sql_statement_t *statement = NULL;
    qa_status_t status = qa_sql_prepare(&statement, session, text, strlen(text), &error);
    if (status == QA_OK) status = qa_sql_execute(statement, &error);
    if (status != QA_OK && status != QA_NOT_SUPPORTED) fail_msg("%s: %s", text, error.message);
    qa_sql_close(statement);
    return status;
}

static void a_balance_is_never_added_up_over_its_periods(void **state)
{
    static const char *const refused[] = {
        "SELECT SUM(value * 2) FROM facts WHERE Account = 'Closing'",
        "SELECT SUM(value) FROM facts WHERE Account = 'Closing' AND value > 0",
        "SELECT SUM(v) FROM (SELECT value AS v FROM facts WHERE Account = 'Closing' LIMIT 1000) t",
        "SELECT SUM(v) FROM (SELECT DISTINCT Region, value + 1 AS v FROM facts) t",
        "SELECT SUM(v) FROM (SELECT 1 AS v UNION ALL SELECT value FROM facts WHERE Account = 'Heads') t",
        "WITH w AS (SELECT * FROM facts) SELECT SUM(a.value) FROM w a JOIN w b ON a.Region = b.Region",
        "SELECT SUM(value), AVG(value) FROM facts WHERE Account = 'Closing'",
        "SELECT Region, SUM(CASE WHEN value > 0 THEN value END) FROM facts GROUP BY Region",
        "SELECT COUNT(*) FROM Region r WHERE (SELECT SUM(value) FROM facts f WHERE f.Region = r.member) > 0",
    };
    static const char *const allowed[] = {
        "SELECT SUM(value) FROM facts WHERE Account = 'Closing'",
        "SELECT SUM(value * 2) FROM facts WHERE Account = 'Sales'",
        "SELECT SUM(value * 2) FROM facts WHERE Account = 'Closing' AND Period = '25-02'",
        "SELECT Period, SUM(value * 2) FROM facts GROUP BY Period",
        "SELECT p, SUM(v) FROM (SELECT Period AS p, value AS v FROM facts LIMIT 1000) t GROUP BY p",
        "SELECT AVG(value), MIN(value), COUNT(*) FROM facts WHERE Account = 'Closing' AND value > 0",
        "SELECT SUM(value * 2) FROM atoms WHERE Account = 'Closing'",
        "SELECT SUM(changed_offset) FROM facts",
    };
    random_world_t *world = malloc(sizeof(*world));
    (void)state;
    assert_non_null(world);
    random_world_open(world, 3);
    for (int path = 0; path < 2; path++) {
        qa_sql_session_t *session = random_world_session(world, 2, path == 1, NULL);
        for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
            if (try_sum(session, refused[i]) == QA_OK) fail_msg("not refused: %s", refused[i]);
        }
        for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
            if (try_sum(session, allowed[i]) != QA_OK) fail_msg("refused: %s", allowed[i]);
        }
        qa_sql_session_close(session);
    }
    random_world_close(world);
    free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_of_facts_are_those_of_plain_loops),
        cmocka_unit_test(cells_are_those_of_the_grid_and_of_plain_loops),
        cmocka_unit_test(a_balance_is_never_added_up_over_its_periods),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
