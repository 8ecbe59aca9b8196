/* A catalog over the small app of app_world, and two scratch tables: for tests of the binder. */
#ifndef QA_SQL_TABLES_H
#define QA_SQL_TABLES_H

#include "bind/bind.h"
#include "support/app_world.h"

enum { SQL_SCRATCH_COUNT = 2 };

typedef struct sql_tables {
    app_world_t world;
    qa_sql_session_options_t options; /* borrowed by the catalog */
    qa_sql_catalog_t *catalog;
} sql_tables_t;

/* Asserts that all goes well. */
void sql_tables_open(sql_tables_t *tables);
void sql_tables_close(sql_tables_t *tables);

/* Parses and binds with everything in the arena. `app` is the default schema. */
qa_status_t sql_tables_bind(const sql_tables_t *tables, const char *app, const char *text, size_t bytes,
                            qa_arena_t *arena, qa_sql_bound_t **bound_out, qa_error_t *error);

#endif
