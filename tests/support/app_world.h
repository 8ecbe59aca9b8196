/* A small app in a temporary folder, for tests of the facade.
 *
 * budget: Period (time: Y26 → Q1 → Jan Feb Mar), Scenario (scenario: Actual, Budget), Department (All → Fire,
 * Police), Account (measure, 2 decimals: Net → Revenue +, Expense −; Rate double; Note text; Opened date;
 * Active boolean). */
#ifndef QA_APP_WORLD_H
#define QA_APP_WORLD_H

#include "platform/platform.h"
#include "qa/lattice.h"

enum { WORLD_DIMENSIONS = 4 };

typedef struct app_world {
    char folder[256];
    qa_lattice_options_t options;
    qa_lattice_t *lattice;
    qa_connection_t *connection;
    qa_dimension_t period, scenario, department, account;
} app_world_t;

/* Makes the app with its model (one intent, offset 1). Asserts that all goes well. */
void app_world_open(app_world_t *world);
/* The same on another system (a fake disk); `folder` is then a path there. */
void app_world_open_on(app_world_t *world, const qa_system_t *system, const char *folder);
/* Closes and opens lattice and connection again. */
void app_world_reopen(app_world_t *world);
void app_world_close(app_world_t *world); /* removes the folder */

/* The intent that makes the model: for tests that let it fail. */
qa_status_t app_world_model(qa_intent_t *intent);

qa_member_t app_world_member(const app_world_t *world, qa_dimension_t dimension, const char *name);
/* A coordinate by four names in the order of the dimensions. */
void app_world_at(const app_world_t *world, const char *period, const char *scenario, const char *department,
                  const char *account, qa_member_t coordinate_out[WORLD_DIMENSIONS]);
/* Writes one decimal with 2 decimals; returns the status of the commit. */
qa_status_t app_world_set(app_world_t *world, const char *period, const char *scenario,
                          const char *department, const char *account, int64_t cents,
                          qa_receipt_t *receipt_out);
qa_value_t app_world_get(app_world_t *world, const char *period, const char *scenario, const char *department,
                         const char *account);
qa_position_t app_world_position(app_world_t *world);

#endif
