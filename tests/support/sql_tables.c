/* See sql_tables.h. The scratch tables: plan (id, name, amount, day, is_open) and "Odd" ("a", "A", "two
 * words"). */
#include "support/sql_tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "syntax/parser.h"

#define COLUMN(NAME, KEY, ...)                                                                               \
    {                                                                                                        \
        .name = (NAME), .name_bytes = sizeof(NAME) - 1, .key_position = (KEY), .reference_table = "",        \
        .reference_column = "", .remarks = "", .type = {                                                     \
            __VA_ARGS__                                                                                      \
        }                                                                                                    \
    }

static const qa_sql_shape_column_t plan_columns[] = {
    COLUMN("id", 1, .kind = QA_SQL_INTEGER),
    COLUMN("name", 0, .kind = QA_SQL_TEXT, .length = 10, .is_nullable = true),
    COLUMN("amount", 0, .kind = QA_SQL_DECIMAL, .precision = 10, .scale = 2, .is_nullable = true),
    COLUMN("day", 0, .kind = QA_SQL_DATE, .is_nullable = true),
    COLUMN("is_open", 0, .kind = QA_SQL_BOOLEAN, .is_nullable = true),
};
static const qa_sql_shape_column_t odd_columns[] = {
    COLUMN("a", 0, .kind = QA_SQL_INTEGER, .is_nullable = true),
    COLUMN("A", 0, .kind = QA_SQL_DOUBLE, .is_nullable = true),
    COLUMN("two words", 0, .kind = QA_SQL_TIMESTAMP, .is_nullable = true),
};
static const qa_sql_shape_table_t plan = { .schema = "",
                                           .name = "plan",
                                           .name_bytes = 4,
                                           .kind = QA_SQL_SCRATCH,
                                           .column_count = 5,
                                           .columns = plan_columns,
                                           .remarks = "",
                                           .scratch_id = 1 };
static const qa_sql_shape_table_t odd = { .schema = "",
                                          .name = "Odd",
                                          .name_bytes = 3,
                                          .kind = QA_SQL_SCRATCH,
                                          .column_count = 3,
                                          .columns = odd_columns,
                                          .remarks = "",
                                          .scratch_id = 2 };
static const qa_sql_shape_table_t *const scratch[SQL_SCRATCH_COUNT] = { &plan, &odd };

void sql_tables_open(sql_tables_t *tables)
{
    qa_error_t error;
    app_world_open(&tables->world);
    tables->options = (qa_sql_session_options_t){ .size = sizeof(tables->options),
                                                  .replica = tables->world.folder,
                                                  .app = "budget",
                                                  .actor = "ada",
                                                  .door = "test" };
    if (qa_sql_catalog_open(&tables->catalog, &tables->options, &qa_allocator_default, &error) != QA_OK)
        fail_msg("%s", error.message);
}

void sql_tables_close(sql_tables_t *tables)
{
    qa_sql_catalog_close(tables->catalog);
    app_world_close(&tables->world);
}

qa_status_t sql_tables_bind(const sql_tables_t *tables, const char *app, const char *text, size_t bytes,
                            qa_arena_t *arena, qa_sql_bound_t **bound_out, qa_error_t *error)
{
    const qa_sql_scope_options_t options = { .catalog = tables->catalog,
                                             .app = app,
                                             .scratch = scratch,
                                             .scratch_count = SQL_SCRATCH_COUNT,
                                             .text = text,
                                             .text_bytes = bytes };
    qa_ast_statement_t *statement = NULL;
    *bound_out = NULL;
    const qa_status_t status = qa_sql_parse(text, bytes, arena, &statement, error);
    if (status != QA_OK) return status;
    return qa_sql_bind_statement(statement, &options, arena, bound_out, error);
}
