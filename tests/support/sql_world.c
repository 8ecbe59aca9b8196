/* Sessions for tests; see the header. */
#include "support/sql_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static qa_member_t below(qa_intent_t *intent, qa_dimension_t dimension, qa_member_t parent, const char *code)
{
    qa_member_t member = 0;
    assert_int_equal(qa_intent_add_member(intent, dimension, code, strlen(code), false, &member), QA_OK);
    const qa_edge_t edge = { .parent = parent, .child = member, .operator_code = '+' };
    if (parent != QA_MEMBER_NONE)
        assert_int_equal(
            qa_intent_set_edge(intent, dimension, QA_HIERARCHY_PRIMARY, &edge, QA_ATOMS_REFUSE, 0), QA_OK);
    return member;
}

static void make_plan(const sql_world_t *world)
{
    qa_lattice_options_t options = world->app.options;
    const qa_connection_options_t who = { .size = sizeof(who), .actor = "ada", .door = "test" };
    qa_lattice_t *lattice = NULL;
    qa_connection_t *connection = NULL;
    qa_intent_t *intent = NULL;
    qa_error_t error;
    qa_dimension_t period, department, account;
    qa_member_t top;
    options.app = "plan";
    assert_int_equal(qa_lattice_open(&lattice, &options, &error), QA_OK);
    assert_int_equal(qa_connection_open(&connection, lattice, &who, &error), QA_OK);
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(
        qa_intent_add_dimension(intent, "Period", 6, QA_DIMENSION_TIME, "Year", 4, &period, &top), QA_OK);
    below(intent, period, top, "P1");
    below(intent, period, top, "P2");
    assert_int_equal(
        qa_intent_add_dimension(intent, "Department", 10, QA_DIMENSION_ORDINARY, "All", 3, &department, &top),
        QA_OK);
    below(intent, department, top, "Fire");
    below(intent, department, top, "Police");
    assert_int_equal(
        qa_intent_add_dimension(intent, "Account", 7, QA_DIMENSION_MEASURE, "Cost", 4, &account, &top),
        QA_OK);
    below(intent, account, QA_MEMBER_NONE, "Gain");
    assert_int_equal(qa_intent_set_decimals(intent, 2), QA_OK);
    if (qa_connection_commit(connection, intent, NULL) != QA_OK)
        fail_msg("%s", qa_connection_error(connection)->message);
    qa_intent_close(intent);
    qa_connection_close(connection);
    qa_lattice_close(lattice);
}

qa_sql_session_t *sql_world_session(const sql_world_t *world, const qa_allocator_t *allocator)
{
    const qa_sql_session_options_t options = { .size = sizeof(options),
                                               .replica = world->app.folder,
                                               .app = "budget",
                                               .actor = "eve",
                                               .door = "odbc",
                                               .allocator = allocator };
    qa_sql_session_t *session = NULL;
    qa_error_t error = { 0 };
    if (qa_sql_session_open(&session, &options, &error) != QA_OK) fail_msg("%s", error.message);
    return session;
}

void sql_world_open(sql_world_t *world)
{
    memset(world, 0, sizeof(*world));
    app_world_open(&world->app);
    make_plan(world);
    world->session = sql_world_session(world, NULL);
}

void sql_world_close(sql_world_t *world)
{
    qa_sql_session_close(world->session);
    app_world_close(&world->app);
}

/* --- answers --- */

static void add_value(sql_world_t *world, size_t *at, const qa_sql_value_t *value)
{
    static const qa_sql_type_t text_type = { .kind = QA_SQL_TEXT, .length = QA_SQL_TEXT_LENGTH_MAX };
    char scratch[QA_SQL_CAST_BYTES];
    qa_sql_value_t text = { .kind = QA_SQL_NULL };
    qa_error_t error;
    if (value->kind != QA_SQL_NULL)
        assert_int_equal(qa_sql_cast(value, &text_type, scratch, &text, &error), QA_OK);
    const int bytes =
        text.kind == QA_SQL_NULL
            ? snprintf(world->answer + *at, sizeof(world->answer) - *at, "-")
            : snprintf(world->answer + *at, sizeof(world->answer) - *at, "%.*s", (int)text.bytes, text.text);
    *at += (size_t)bytes;
    assert_true(*at + 2 < sizeof(world->answer));
}

static qa_status_t read_rows(sql_world_t *world, qa_sql_statement_t *statement)
{
    const qa_sql_batch_t *batch = NULL;
    size_t at = 0;
    for (;;) {
        const qa_status_t status = qa_sql_fetch(statement, 100, &batch, &world->error);
        if (status != QA_OK || batch->row_count == 0) return status;
        for (uint32_t row = 0; row < batch->row_count; row++) {
            if (at > 0) world->answer[at++] = ';';
            for (uint16_t c = 0; c < batch->column_count; c++) {
                const qa_sql_value_t value = qa_sql_vector_value(&batch->columns[c], row);
                if (c > 0) world->answer[at++] = '|';
                add_value(world, &at, &value);
            }
        }
    }
}

qa_status_t sql_world_run(sql_world_t *world, qa_sql_session_t *session, const char *text,
                          const qa_sql_value_t *parameters, uint16_t parameter_count)
{
    qa_sql_statement_t *statement = NULL;
    world->answer[0] = '\0';
    world->row_count = -1;
    world->rounded_count = 0;
    qa_status_t status = qa_sql_prepare(&statement, session, text, strlen(text), &world->error);
    for (uint16_t p = 0; p < parameter_count && status == QA_OK; p++)
        status = qa_sql_bind(statement, p, &parameters[p], &world->error);
    if (status == QA_OK) status = qa_sql_execute(statement, &world->error);
    if (status == QA_OK) {
        world->row_count = qa_sql_row_count(statement);
        world->rounded_count = qa_sql_rounded_count(statement);
        if (qa_sql_column_count(statement) > 0) status = read_rows(world, statement);
    }
    qa_sql_close(statement);
    return status;
}

qa_status_t sql_world_do(sql_world_t *world, const char *text)
{
    return sql_world_run(world, world->session, text, NULL, 0);
}

void sql_world_expect(sql_world_t *world, const char *text, const char *answer)
{
    const qa_status_t status = sql_world_do(world, text);
    if (status != QA_OK) fail_msg("%s: %s", text, world->error.message);
    if (strcmp(world->answer, answer) != 0) fail_msg("%s\ngives %s\nnot %s", text, world->answer, answer);
}

void sql_world_refuse(sql_world_t *world, const char *text, qa_status_t status, const char *words)
{
    const qa_status_t told = sql_world_do(world, text);
    if (told == QA_OK) fail_msg("accepted: %s", text);
    if (told != status || strstr(world->error.message, words) == NULL)
        fail_msg("%s\n%s: %s\nnot %s: %s", text, qa_status_info(told)->name, world->error.message,
                 qa_status_info(status)->name, words);
}
