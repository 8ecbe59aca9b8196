/* The planner: which blocks are islands of the core, and what the row engine is given.
 *
 * An island is a block on one of atoms, facts or cells, inner-joined to dimension tables of its own
 * dimensions by their key, whose predicates and keys each look at one dimension, with SUM, COUNT, AVG, MIN,
 * MAX of `value` or COUNT (DISTINCT …) of what one dimension says. Nested derived tables are flattened
 * before. */
#ifndef QA_SQL_PLAN_H
#define QA_SQL_PLAN_H

#include "bind/bound.h"

/* Rows of a table that is read outside of read sections (lines, history, members_changed): before the others.
 */
typedef struct qa_sql_prefetched {
    uint32_t relation;
    bool is_taken;
    qa_sql_table_t rows;
} qa_sql_prefetched_t;

/* All that an execute carries through planning and running. */
typedef struct qa_sql_run {
    const qa_allocator_t *allocator;
    qa_arena_t *arena; /* of this execute */
    qa_sql_catalog_t *catalog;
    const qa_sql_value_t *parameters; /* of their types, or NULL values */
    const qa_sql_context_t *context;
    const volatile bool *is_cancelled;
    const int64_t *deadline_ns; /* of the monotonic clock; NULL or 0: none. It moves while nobody fetches */
    bool is_row_path;           /* no islands */
    qa_sql_path_t *path;
    qa_sql_prefetched_t *prefetched; /* whoever scans such a relation takes its rows */
    uint16_t prefetched_count;
    qa_error_t *error;
} qa_sql_run_t;

int64_t qa_sql_monotonic_ns(void);
/* QA_CANCELLED or QA_TIMED_OUT if the run shall stop; to be asked every thousand rows or so. */
qa_status_t qa_sql_run_check(const qa_sql_run_t *run);
/* The moment that a relation's table is read at; it is within its read section while a statement runs. */
qa_status_t qa_sql_run_moment(const qa_sql_run_t *run, const qa_sql_relation_t *relation,
                              qa_sql_moment_t **moment_out);

/* Flattens derived tables that only project and filter into the blocks that read them, in the bound tree (in
 * its arena); done once, at prepare. */
qa_status_t qa_sql_flatten(qa_sql_query_t *query, qa_arena_t *arena, qa_error_t *error);

/* Tries to run a block's from, where, keys and aggregates in the core: *is_island_out says whether it was
 * one. Then `rows_out` has, for a grouped block, its keys and aggregates as columns; else one column per
 * entry of `columns` (QA_SQL_COLUMN nodes that the rest of the block needs). */
qa_status_t qa_sql_island_run(const qa_sql_run_t *run, const qa_sql_block_t *block,
                              const qa_sql_expression_t *const *columns, uint16_t column_count,
                              bool *is_island_out, qa_sql_table_t *rows_out);
/* The rows of one relation, as much filtered as its conjuncts in `where` (of the block that it stands in;
 * inner side only) allow: the row engine looks at them again. For cells this says which cells are meant
 * (docs: dialect). */
qa_status_t qa_sql_scan(const qa_sql_run_t *run, const qa_sql_relation_t *relation,
                        const qa_sql_block_t *block, const uint8_t *is_wanted, qa_sql_table_t *rows_out);
/* Having, outputs, distinct, order, limit of a query of a single block, over the rows of an island. */
qa_status_t qa_sql_finish(const qa_sql_run_t *run, const qa_sql_query_t *query,
                          const qa_sql_table_t *island_rows, const qa_sql_expression_t *const *columns,
                          uint16_t column_count, qa_sql_table_t *rows_out);

/* For a grouped block that the row engine runs: QA_NOT_SUPPORTED if one of its sums would add up several
 * periods of an account with a time balance. Within the read sections. */
qa_status_t qa_sql_check_balance(const qa_sql_run_t *run, const qa_sql_block_t *block);
/* Whether a sum of the block reads facts that have such accounts: then it is an island wherever it can be. */
bool qa_sql_sums_balance(const qa_sql_block_t *block);

/* What EXPLAIN says of a block: "island: aggregation of budget.facts in the core" or why it is none. */
const char *qa_sql_island_refusal(const qa_sql_block_t *block, char why_out[160]);

#endif
