/* A session on the small budget of app_world, and a second app `plan` whose accounts all have 2 decimals: for
 * tests that write and read by SQL.
 *
 *     sql_world_do(&world, "SELECT Period, value FROM atoms ORDER BY 1"); // world.answer: "Feb|2;Jan|1"
 *
 * plan: Period (time: Year → P1 P2), Department (All → Fire, Police), Account (measure: Cost, Gain). */
#ifndef QA_TEST_SQL_WORLD_H
#define QA_TEST_SQL_WORLD_H

#include "qa/sql.h"
#include "support/app_world.h"

enum { SQL_WORLD_ANSWER = 1 << 14 };

typedef struct sql_world {
    app_world_t app; /* its connection is another user: for changes from outside */
    qa_sql_session_t *session;
    qa_error_t error;
    int64_t row_count;
    uint64_t rounded_count;
    char answer[SQL_WORLD_ANSWER];
} sql_world_t;

void sql_world_open(sql_world_t *world);
/* Another session on the same replica. */
qa_sql_session_t *sql_world_session(const sql_world_t *world, const qa_allocator_t *allocator);
void sql_world_close(sql_world_t *world);

/* Runs a statement in world->session; values of a row are parted by |, rows by ;, NULL is -. */
qa_status_t sql_world_do(sql_world_t *world, const char *text);
/* The same in a session of one's choice, with parameters. */
qa_status_t sql_world_run(sql_world_t *world, qa_sql_session_t *session, const char *text,
                          const qa_sql_value_t *parameters, uint16_t parameter_count);
/* Asserts that it goes well and gives that answer. */
void sql_world_expect(sql_world_t *world, const char *text, const char *answer);
/* Asserts that it fails with that status and those words. */
void sql_world_refuse(sql_world_t *world, const char *text, qa_status_t status, const char *words);

#endif
