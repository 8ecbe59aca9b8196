/* Two small apps in one replica, and a catalog of SQL's tables over them.
 *
 * budget: that of app_world.h. plan: decimals only, with weights, a balance, an alternate hierarchy and
 * attributes:
 *   Period (time)     Y26 → Jan, Feb
 *   Region            World → North ("The north"; Manager Ann), South (manager Bob, caption "x")
 *     @Sales          Top → Left → North; Top → Right (0.25) → North (2), South (-1)
 *   Account (measure) Net → Revenue, Cost −, Tax (0.125); Stock ~ below Net, last */
#ifndef QA_CATALOG_WORLD_H
#define QA_CATALOG_WORLD_H

#include "catalog/catalog.h"
#include "support/app_world.h"

enum { PLAN_DIMENSIONS = 3 };

typedef struct catalog_world {
    app_world_t budget;
    qa_lattice_t *plan;
    qa_connection_t *plan_connection;
    qa_sql_session_options_t options;
    qa_sql_catalog_t *catalog;
    qa_sql_moment_t *moment; /* of the last catalog_world_see */
    char text[16384];        /* of the last rows */
} catalog_world_t;

/* Cells of plan: North Jan Revenue 10.00, North Jan Cost 4.00, South Feb Tax 8.00, South Feb Stock 3.00. */
void catalog_world_open(catalog_world_t *world);
void catalog_world_close(catalog_world_t *world);
/* Closes the catalog and opens another one with world->options. */
void catalog_world_reopen(catalog_world_t *world);

/* Writes cents into plan; returns the offset. */
uint64_t catalog_world_set(catalog_world_t *world, const char *period, const char *region,
                           const char *account, int64_t cents);
/* Commits an intent to plan; returns the offset. */
uint64_t catalog_world_commit(catalog_world_t *world, qa_intent_t *intent);

/* The app at a moment (NULL: the session's); the test fails if it cannot be had. */
qa_sql_moment_t *catalog_world_see(catalog_world_t *world, const char *app, const qa_sql_value_t *as_of);
/* The table of the moment last seen. */
const qa_sql_shape_table_t *catalog_world_table(catalog_world_t *world, const char *name);
/* A set of members of the table's column, by their codes in one text with blanks between. */
const uint64_t *catalog_world_select(catalog_world_t *world, qa_dimension_t dimension, const char *codes,
                                     uint64_t set_out[4]);
/* The rows of a table of the moment last seen, a line each with | between values, NULL as "-", lines in byte
 * order. `request` may be NULL; its table is filled in here. Reads within a section where the table needs
 * one. */
const char *catalog_world_rows(catalog_world_t *world, const char *table, qa_sql_source_request_t *request);
/* The status of reading them, with its words. */
qa_status_t catalog_world_try(catalog_world_t *world, const char *table, qa_sql_source_request_t *request,
                              qa_error_t *error);
/* The lines of a table of rows. */
void catalog_world_print(catalog_world_t *world, const qa_sql_table_t *rows);

#endif
