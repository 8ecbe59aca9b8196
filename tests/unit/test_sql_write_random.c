/* Random writes against a model of twenty-four cells: whatever INSERT, UPDATE, DELETE, COMMIT and ROLLBACK
 * come in which order, the session shows what the model has, and another session what was committed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/sql_world.h"

enum { CELLS = 24, STEPS = 400, TEXT_BYTES = 4096, MISSING = INT32_MIN };

static const char *const periods[] = { "Jan", "Feb", "Mar" };
static const char *const scenarios[] = { "Actual", "Budget" };
static const char *const departments[] = { "Fire", "Police" };
static const char *const accounts[] = { "Expense", "Revenue" };

typedef struct model {
    int32_t now[CELLS]; /* MISSING, or a whole amount */
    int32_t committed[CELLS];
    bool is_open;
    uint64_t seed;
} model_t;

static uint32_t next_random(model_t *model, uint32_t below)
{
    model->seed ^= model->seed << 13;
    model->seed ^= model->seed >> 7;
    model->seed ^= model->seed << 17;
    return (uint32_t)(model->seed >> 33) % below;
}

static void key_of(int cell, const char *names_out[4])
{
    names_out[0] = periods[cell / 8];
    names_out[1] = scenarios[cell / 4 % 2];
    names_out[2] = departments[cell / 2 % 2];
    names_out[3] = accounts[cell % 2];
}

/* A predicate over some of the dimensions; which cells it names. */
static void make_where(model_t *model, bool is_cells, char *text, size_t bytes, bool is_chosen_out[CELLS])
{
    static const char *const period_words[] = { "= 'Jan'", "= 'Feb'", "= 'Mar'", "IN ('Jan', 'Feb', 'Mar')" };
    static const char *const department_words[] = { "= 'fire'", "= 'Police'", "IN ('Police', 'Fire')" };
    static const char *const account_words[] = { "LIKE 'Exp%'", "<> 'Expense'", "IN ('Expense', 'Revenue')" };
    const uint32_t period = next_random(model, 4);
    const uint32_t department = next_random(model, 3);
    const uint32_t account = next_random(model, 3);
    snprintf(text, bytes, "Scenario IN ('Actual', 'Budget') AND Period %s AND Department %s AND Account %s",
             period_words[period], department_words[department],
             account == 1 && is_cells ? "= 'Revenue'" : account_words[account]);
    for (int cell = 0; cell < CELLS; cell++)
        is_chosen_out[cell] = (period == 3 || (uint32_t)cell / 8 == period) &&
                              (department == 2 || (uint32_t)(cell / 2 % 2) == department) &&
                              (account == 2 || (uint32_t)(cell % 2) == account);
}

static void expect_cells(sql_world_t *world, qa_sql_session_t *session, const int32_t cells[CELLS])
{
    static const char read[] = "SELECT Period, Scenario, Department, Account, value FROM atoms "
                               "ORDER BY CASE Period WHEN 'Jan' THEN 1 WHEN 'Feb' THEN 2 ELSE 3 END, 2, 3, 4";
    char expected[SQL_WORLD_ANSWER];
    size_t at = 0;
    expected[0] = '\0';
    for (int cell = 0; cell < CELLS; cell++) {
        const char *names[4];
        if (cells[cell] == MISSING) continue;
        key_of(cell, names);
        at += (size_t)snprintf(expected + at, sizeof(expected) - at, "%s%s|%s|%s|%s|%d", at == 0 ? "" : ";",
                               names[0], names[1], names[2], names[3], cells[cell]);
    }
    if (sql_world_run(world, session, read, NULL, 0) != QA_OK) fail_msg("%s", world->error.message);
    assert_string_equal(world->answer, expected);
}

static void random_insert(model_t *model, sql_world_t *world)
{
    char text[TEXT_BYTES];
    const uint32_t count = 1 + next_random(model, 3);
    int32_t cells[CELLS];
    bool is_named[CELLS] = { false };
    qa_status_t expected = QA_OK;
    size_t at = (size_t)snprintf(text, sizeof(text),
                                 "INSERT INTO %s (Period, Scenario, Department, Account, value) VALUES",
                                 next_random(model, 3) == 0 ? "cells" : "atoms");
    memcpy(cells, model->now, sizeof(cells));
    for (uint32_t i = 0; i < count; i++) {
        const int cell = (int)next_random(model, CELLS);
        const int32_t amount = (int32_t)next_random(model, 1000);
        const char *names[4];
        key_of(cell, names);
        if (is_named[cell]) expected = QA_NAMED_TWICE;
        if (model->now[cell] != MISSING && expected == QA_OK) expected = QA_DUPLICATE_KEY;
        is_named[cell] = true;
        cells[cell] = amount;
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%s ('%s', '%s', '%s', '%s', %d)",
                               i == 0 ? "" : ",", names[0], names[1], names[2], names[3], amount);
    }
    const qa_status_t status = sql_world_do(world, text);
    if (status == QA_NAMED_TWICE) expected = QA_NAMED_TWICE; /* found before any look at the store */
    if (status != expected) fail_msg("%s: %s", text, world->error.message);
    if (status == QA_OK) memcpy(model->now, cells, sizeof(cells));
}

static void random_change(model_t *model, sql_world_t *world)
{
    char where[512], text[TEXT_BYTES];
    bool is_chosen[CELLS];
    const uint32_t kind = next_random(model, 4);
    const int32_t amount = (int32_t)next_random(model, 100);
    int64_t row_count = 0;
    make_where(model, kind == 2, where, sizeof(where), is_chosen);
    switch (kind) {
    case 0:
        snprintf(text, sizeof(text), "UPDATE atoms SET value = value + %d WHERE %s", amount, where);
        break;
    case 1:
        snprintf(text, sizeof(text), "DELETE FROM atoms WHERE %s", where);
        break;
    case 2: /* every leaf cell that is named, with a value or not */
        snprintf(text, sizeof(text), "UPDATE cells SET value = %d WHERE %s", amount, where);
        break;
    default:
        snprintf(text, sizeof(text), "UPDATE atoms SET value = NULL WHERE %s", where);
        break;
    }
    for (int cell = 0; cell < CELLS; cell++) {
        if (!is_chosen[cell] || (kind != 2 && model->now[cell] == MISSING)) continue;
        row_count++;
        model->now[cell] = kind == 0 ? model->now[cell] + amount : kind == 2 ? amount : MISSING;
    }
    if (sql_world_do(world, text) != QA_OK) fail_msg("%s: %s", text, world->error.message);
    if (world->row_count != row_count)
        fail_msg("%s: %d rows, not %d", text, (int)world->row_count, (int)row_count);
}

static void random_end(model_t *model, sql_world_t *world, qa_sql_session_t *other)
{
    if (!model->is_open) {
        sql_world_expect(world, "BEGIN", "");
        model->is_open = true;
        return;
    }
    const bool is_commit = next_random(model, 3) > 0;
    sql_world_expect(world, is_commit ? "COMMIT" : "ROLLBACK", "");
    if (is_commit)
        memcpy(model->committed, model->now, sizeof(model->now));
    else
        memcpy(model->now, model->committed, sizeof(model->now));
    model->is_open = false;
    expect_cells(world, other, model->committed);
}

static void random_writes_agree_with_a_model(void **state)
{
    (void)state;
    sql_world_t world;
    model_t model = { .seed = 20261120 };
    sql_world_open(&world);
    qa_sql_session_t *other = sql_world_session(&world, NULL);
    for (int cell = 0; cell < CELLS; cell++)
        model.now[cell] = model.committed[cell] = MISSING;
    for (int step = 0; step < STEPS; step++) {
        const uint32_t kind = next_random(&model, 8);
        if (kind < 4)
            random_insert(&model, &world);
        else if (kind < 7)
            random_change(&model, &world);
        else
            random_end(&model, &world, other);
        if (!model.is_open) memcpy(model.committed, model.now, sizeof(model.now));
        expect_cells(&world, world.session, model.now);
    }
    expect_cells(&world, other, model.committed);
    qa_sql_session_close(other);
    sql_world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_writes_agree_with_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
