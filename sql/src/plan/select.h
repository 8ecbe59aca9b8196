/* Which members a block's conjuncts let through: predicates that look at one dimension are evaluated once per
 * member. */
#ifndef QA_SQL_SELECT_H
#define QA_SQL_SELECT_H

#include "plan/plan.h"

typedef enum conjunct_kind {
    CONJUNCT_OTHER = 0,    /* the core cannot decide it */
    CONJUNCT_CONSTANT = 1, /* looks at no column */
    CONJUNCT_MEMBER = 2,   /* looks at one dimension of the fact relation */
    CONJUNCT_EDGE = 3,     /* fact.dimension = dimension table.member */
    CONJUNCT_CHANGED = 4   /* changed_offset > constant */
} conjunct_kind_t;

typedef struct conjunct {
    const qa_sql_expression_t *expression;
    uint8_t kind; /* conjunct_kind_t */
    qa_dimension_t dimension;
    uint32_t relation; /* EDGE: of the dimension table */
} conjunct_t;

typedef struct conjunct_list {
    conjunct_t *items; /* in the arena */
    uint32_t count;
    uint32_t capacity;
} conjunct_list_t;

enum { PLAN_RELATIONS_MAX = 64 };

/* The dimension tables that stand for a dimension of one fact relation. */
typedef struct fact_view {
    const qa_sql_relation_t *fact;
    uint32_t edge_count;
    uint32_t edge_relations[PLAN_RELATIONS_MAX];
    const qa_sql_shape_table_t *edge_tables[PLAN_RELATIONS_MAX];
    qa_dimension_t edge_dimensions[PLAN_RELATIONS_MAX];
} fact_view_t;

/* Splits at AND and appends. False: no memory. */
bool conjuncts_add(conjunct_list_t *list, qa_arena_t *arena, const qa_sql_expression_t *expression);
/* The conjuncts that hold for every row of `relation` which the block's from and where let through, as far as
 * outer joins allow. False: no memory. */
bool conjuncts_of(const qa_sql_block_t *block, const qa_sql_relation_t *relation, qa_arena_t *arena,
                  conjunct_list_t *list_out);
/* Finds the edges and what each conjunct looks at, seen from the fact relation. `relations` are those of the
 * block. */
void conjuncts_classify(conjunct_list_t *list, const qa_sql_relation_t *const *relations,
                        uint32_t relation_count, fact_view_t *view);
/* The one dimension that the expression looks at, *is_constant_out if it looks at none; false if it looks at
 * more, or at anything else. */
bool expression_dimension(const fact_view_t *view, const qa_sql_expression_t *expression,
                          qa_dimension_t *dimension_out, bool *is_constant_out);
/* The block's relations from left to right; false: more than PLAN_RELATIONS_MAX. */
bool block_relations(const qa_sql_from_t *from, const qa_sql_relation_t **relations, uint32_t *count);

/* The members of a dimension with what was asked of their table so far. */
typedef struct member_rows {
    const qa_sql_shape_table_t *table; /* the one that the statement joins, if it does: of its bound shape */
    uint8_t *is_wanted;                /* per column of the table */
    qa_sql_table_t rows;               /* row = member id */
    uint8_t *is_there;
    int32_t member_column;
    bool is_read;
} member_rows_t;

typedef struct member_cache {
    const qa_sql_run_t *run;
    qa_sql_moment_t *moment;
    /* An expression that cannot be computed for a member passes it over: another condition may keep the rows
     * of the member away, or it has none. Whoever asks looks at each row again. */
    bool is_lenient;
    bool has_failed; /* it happened */
    member_rows_t dimensions[QA_DIMENSIONS_MAX];
} member_cache_t;

/* The rows with at least these columns filled in, read anew if one is missing. Borrowed until the cache is
 * released; values until the next call for the same dimension. */
qa_status_t member_cache_read(member_cache_t *cache, const fact_view_t *view, qa_dimension_t dimension,
                              const uint16_t *columns, uint16_t column_count, member_rows_t **rows_out);
void member_cache_release(member_cache_t *cache);
/* Calls visit(context, member, value) with the value of an expression of that one dimension for each member
 * there is. Texts of values are borrowed during the visit. */
qa_status_t member_cache_evaluate(member_cache_t *cache, const fact_view_t *view, qa_dimension_t dimension,
                                  const qa_sql_expression_t *expression,
                                  qa_status_t (*visit)(void *context, qa_member_t member,
                                                       const qa_sql_value_t *value),
                                  void *context);

typedef struct selection {
    uint64_t *bits[QA_DIMENSIONS_MAX]; /* by member id, in the run's arena; NULL: all */
    uint32_t bit_counts[QA_DIMENSIONS_MAX];
    uint64_t changed_after;
    bool is_empty; /* a condition without columns is not true */
} selection_t;

/* Adds what the OTHER conjuncts say of single dimensions: where the fact's member is that of another table of
 * the same app and moment, what holds for it there holds here; and of cells, a dimension that any condition
 * looks at is named: all its members are asked for. */
qa_status_t selection_follow(member_cache_t *cache, const fact_view_t *view, const conjunct_list_t *list,
                             const qa_sql_relation_t *const *relations, uint32_t relation_count,
                             selection_t *selection);
/* Evaluates every conjunct but the OTHER ones. */
qa_status_t selection_make(member_cache_t *cache, const fact_view_t *view, const conjunct_list_t *list,
                           selection_t *selection_out);

#endif
