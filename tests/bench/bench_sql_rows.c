/* CPU time of the row engine: a join by hash index, groups of numbers and of names, a filter. Prints one line
 * per figure: milliseconds of CPU. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/sql_rows_world.h"

enum { MEMBERS = 1000, FACTS = 100000, MANY = 1000000 };

static double cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void must(rows_world_t *world, qa_status_t status)
{
    if (status == QA_OK) return;
    fprintf(stderr, "%s\n", world->error.message);
    exit(1);
}

static void fill(rows_world_t *world, const char *name, uint32_t count)
{
    qa_sql_table_t *table = rows_world_served(world, name);
    for (uint32_t i = 0; i < count; i++) {
        char code[16];
        const int bytes = snprintf(code, sizeof(code), "Member%u", (i * 7919u) % MEMBERS);
        const qa_sql_value_t values[3] = {
            { .kind = QA_SQL_INTEGER, .integer = (i * 7919u) % MEMBERS },
            { .kind = QA_SQL_TEXT, .text = code, .bytes = (uint32_t)bytes },
            { .kind = QA_SQL_DECIMAL, .scale = 2, .units = i },
        };
        must(world, qa_sql_table_append(table, values, false));
    }
}

static void measure(rows_world_t *world, const char *what, const char *text)
{
    rows_statement_t statement;
    uint32_t row_count = 1;
    must(world, rows_statement_bind(&statement, world, text)); /* copies the rows: not the engine's time */
    const double before = cpu_ms();
    must(world, rows_statement_run(&statement, world));
    while (row_count > 0) {
        world->answer[0] = '\0';
        must(world, rows_statement_next(&statement, world, 1024, &row_count));
    }
    printf("%-44s %8.1f ms\n", what, cpu_ms() - before);
    rows_statement_close(&statement);
}

int main(void)
{
    static rows_world_t world;
    must(&world, rows_world_open(&world, &qa_allocator_default));
    must(&world,
         rows_world_do(&world, "CREATE TABLE s_fact (x INTEGER, n_code VARCHAR(20), v DECIMAL(18,2))"));
    must(&world,
         rows_world_do(&world, "CREATE TABLE s_many (x INTEGER, n_code VARCHAR(20), v DECIMAL(18,2))"));
    must(&world,
         rows_world_do(&world, "CREATE TABLE s_member (x INTEGER, n_code VARCHAR(20), v DECIMAL(18,2))"));
    fill(&world, "s_fact", FACTS);
    fill(&world, "s_many", MANY);
    fill(&world, "s_member", MEMBERS);
    measure(&world, "join 100,000 with 1,000 by number",
            "SELECT COUNT(*), SUM(f.v) FROM s_fact f JOIN s_member m ON f.x = m.x");
    measure(&world, "join 100,000 with 1,000 by name",
            "SELECT COUNT(*), SUM(f.v) FROM s_fact f JOIN s_member m ON f.n_code = m.n_code");
    measure(&world, "left join 100,000 with 1,000 by name",
            "SELECT COUNT(m.x) FROM s_fact f LEFT JOIN s_member m ON f.n_code = m.n_code");
    measure(&world, "full join 100,000 with 1,000 by number",
            "SELECT COUNT(*) FROM s_fact f FULL JOIN s_member m ON f.x = m.x");
    measure(&world, "full join 1,000 with 100,000 by name",
            "SELECT COUNT(*) FROM s_member m FULL JOIN s_fact f ON f.n_code = m.n_code");
    measure(&world, "join of 100,000 with themselves by 2 columns",
            "SELECT COUNT(*) FROM s_fact f JOIN s_fact g ON f.x = g.x AND f.v = g.v");
    measure(&world, "1,000 correlated sums over 100,000",
            "SELECT x, (SELECT SUM(v) FROM s_fact f WHERE f.x = m.x) FROM s_member m");
    measure(
        &world, "100,000 EXISTS in 1,000",
        "SELECT COUNT(*) FROM s_fact f WHERE EXISTS (SELECT 1 FROM s_member m WHERE m.x = f.x AND m.v > 5)");
    measure(&world, "100,000 IN 1,000 by name",
            "SELECT COUNT(*) FROM s_fact f WHERE n_code IN (SELECT n_code FROM s_member)");
    measure(&world, "join with a grouped derived table",
            "SELECT COUNT(*) FROM s_fact f JOIN (SELECT n_code, MAX(v) AS m FROM s_fact GROUP BY n_code) AS "
            "g ON f.n_code = g.n_code AND f.v = g.m");
    measure(&world, "union of 2 x 100,000", "SELECT x, v FROM s_fact UNION SELECT x, v FROM s_fact");
    measure(&world, "count of 1,000,000", "SELECT COUNT(*) FROM s_many");
    measure(&world, "sum of 1,000,000", "SELECT SUM(v) FROM s_many");
    measure(&world, "sum of an expression over 1,000,000", "SELECT SUM(v * 2) FROM s_many");
    measure(&world, "group 1,000,000 by number", "SELECT x, SUM(v) FROM s_many GROUP BY x");
    measure(&world, "group 1,000,000 by name", "SELECT n_code, SUM(v) FROM s_many GROUP BY n_code");
    measure(&world, "distinct names of 1,000,000", "SELECT DISTINCT n_code FROM s_many");
    measure(&world, "order 1,000,000 by number", "SELECT x FROM s_many ORDER BY x");
    measure(&world, "order 1,000,000 by name", "SELECT x FROM s_many ORDER BY n_code");
    measure(&world, "filter 1,000,000 by an expression", "SELECT COUNT(*) FROM s_many WHERE x + 1 > 500");
    measure(&world, "filter 1,000,000 by a name", "SELECT COUNT(*) FROM s_many WHERE n_code = 'MEMBER77'");
    rows_world_close(&world);
    return 0;
}
