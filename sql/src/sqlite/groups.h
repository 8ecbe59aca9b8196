/* Groups by hash: keys and aggregates of rows that come in any order. SQLite would sort them first. */
#ifndef QA_SQL_GROUPS_H
#define QA_SQL_GROUPS_H

#include "bind/bound.h"
#include "value/table.h"

typedef struct qa_sql_groups qa_sql_groups_t;

/* Whether the block's aggregates are of the kinds that are added up here: none is DISTINCT. */
bool qa_sql_groups_can(const qa_sql_block_t *block);
/* *groups_out is NULL on failure. QA_NO_MEMORY. */
qa_status_t qa_sql_groups_open(qa_sql_groups_t **groups_out, const qa_sql_block_t *block,
                               const qa_allocator_t *allocator);
void qa_sql_groups_close(qa_sql_groups_t *groups); /* accepts NULL */
/* One row: the keys, then the argument of each aggregate that has one. Texts are copied where needed.
 * QA_NO_MEMORY, QA_LIMIT. */
qa_status_t qa_sql_groups_add(qa_sql_groups_t *groups, const qa_sql_value_t *values);
/* Fills `rows_out` (made here) with the keys and aggregates of each group, in the order in which the groups
 * came. QA_OVERFLOW, QA_NO_MEMORY. */
qa_status_t qa_sql_groups_finish(qa_sql_groups_t *groups, qa_sql_table_t *rows_out, qa_error_t *error);

#endif
