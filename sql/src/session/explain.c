/* EXPLAIN: which path each part of a statement takes, and why. It runs nothing. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "session/session_private.h"

typedef struct explain {
    qa_sql_statement_t *statement;
    qa_sql_table_t *rows;
    int64_t step;
    qa_status_t status;
} explain_t;

static qa_sql_value_t text_value(const char *text)
{
    return (qa_sql_value_t){ .kind = QA_SQL_TEXT, .bytes = (uint32_t)strlen(text), .text = text };
}

static void add(explain_t *explain, const char *path, const char *what, const char *why)
{
    const qa_sql_value_t values[4] = { { .kind = QA_SQL_INTEGER, .integer = ++explain->step },
                                       text_value(path),
                                       text_value(what),
                                       text_value(why) };
    if (explain->status == QA_OK && qa_sql_table_append(explain->rows, values, false) != QA_OK)
        explain->status = qa_fail_memory(&explain->statement->run_error, "a plan");
}

static void name_of(const qa_sql_relation_t *relation, char *name_out, size_t capacity)
{
    if (relation->source == QA_SQL_FROM_TABLE && relation->app[0] != '\0')
        snprintf(name_out, capacity, "%s.%s", relation->app, relation->table->name);
    else
        snprintf(name_out, capacity, "%s",
                 relation->source == QA_SQL_FROM_TABLE ? relation->table->name : relation->alias);
}

static void names_of(const qa_sql_from_t *from, char *names, size_t capacity)
{
    if (from == NULL) return;
    if (from->relation != NULL) {
        const size_t used = strlen(names);
        if (used > 0 && used + 3 < capacity) snprintf(names + used, capacity - used, ", ");
        name_of(from->relation, names + strlen(names), capacity - strlen(names));
        return;
    }
    names_of(from->left, names, capacity);
    names_of(from->right, names, capacity);
}

static void explain_query(explain_t *explain, const qa_sql_query_t *query, bool is_whole);

static bool explain_sub_query(void *context, const qa_sql_expression_t *node)
{
    if (node->query != NULL) explain_query(context, node->query, false);
    return true;
}

static void explain_expression(explain_t *explain, const qa_sql_expression_t *expression)
{
    if (expression != NULL) qa_sql_walk(expression, explain_sub_query, explain);
}

static void explain_below(explain_t *explain, const qa_sql_from_t *from, bool is_scanned)
{
    char name[300];
    if (from == NULL) return;
    if (from->relation == NULL) {
        explain_below(explain, from->left, is_scanned);
        explain_below(explain, from->right, is_scanned);
        return;
    }
    if (from->relation->source == QA_SQL_FROM_QUERY) explain_query(explain, from->relation->query, false);
    if (from->relation->source != QA_SQL_FROM_TABLE || !is_scanned) return;
    name_of(from->relation, name, sizeof(name));
    if (from->relation->table->kind == QA_SQL_SCRATCH)
        add(explain, "rows", name, "a scratch table lives in the row engine");
    else
        add(explain, "scan", name, "rows of the core, filtered by the predicates that look at one dimension");
}

static void explain_block(explain_t *explain, const qa_sql_query_t *query, bool is_whole)
{
    const qa_sql_block_t *block = query->block;
    char names[380] = "";
    char what[400];
    char why[160];
    names_of(block->from, names, sizeof(names));
    const bool is_row_path = explain->statement->session->options.is_row_path;
    const char *refusal =
        is_row_path ? "the connection asks for the row path" : qa_sql_island_refusal(block, why);
    if (block->from == NULL)
        snprintf(what, sizeof(what), "one row of expressions");
    else
        snprintf(what, sizeof(what), "%s of %s", block->is_grouped ? "aggregation" : "selection", names);
    if (refusal == NULL || (block->from == NULL && is_whole && !block->is_grouped)) {
        add(explain, "island", what,
            is_whole ? "runs in the core as a whole" : "runs in the core; the rest reads its rows");
    } else {
        add(explain, "rows", what, refusal);
        explain_below(explain, block->from, true);
    }
    explain_expression(explain, block->where);
    explain_expression(explain, block->having);
    for (uint16_t o = 0; o < block->output_count; o++)
        explain_expression(explain, block->outputs[o].expression);
}

static void explain_query(explain_t *explain, const qa_sql_query_t *query, bool is_whole)
{
    static const char *const sets[] = { "", "UNION", "UNION ALL", "INTERSECT", "EXCEPT" };
    for (uint16_t c = 0; c < query->cte_count; c++) {
        if (query->ctes[c].use_count > 0) explain_query(explain, query->ctes[c].query, false);
    }
    if (query->kind != QA_SQL_SET_BLOCK) {
        add(explain, "rows", sets[query->kind], "set operations run in the row engine");
        explain_query(explain, query->left, false);
        explain_query(explain, query->right, false);
    } else if (query->block != NULL) {
        explain_block(explain, query, is_whole && query->cte_count == 0);
    } else {
        add(explain, "core", "VALUES", "rows of the text itself");
    }
}

qa_status_t qa_sql_explain(qa_sql_statement_t *statement, qa_sql_table_t *rows_out)
{
    const qa_sql_bound_t *bound = statement->bound;
    explain_t explain = { .statement = statement, .rows = rows_out };
    qa_sql_type_t types[4];
    char name[300];
    for (uint16_t c = 0; c < 4; c++)
        types[c] = statement->columns[c].type;
    if (qa_sql_table_make(rows_out, statement->session->allocator, types, 4) != QA_OK)
        return qa_fail_memory(&statement->run_error, "a plan");
    if (bound->write != NULL) {
        name_of(bound->write->target, name, sizeof(name));
        add(&explain, bound->write->target->table->kind == QA_SQL_SCRATCH ? "rows" : "intent", name,
            bound->write->target->table->kind == QA_SQL_SCRATCH
                ? "a scratch table lives in the row engine"
                : "the rows below become one operation of the transaction's intent");
        if (bound->write->query != NULL) explain_query(&explain, bound->write->query, true);
    } else if (bound->query != NULL) {
        explain_query(&explain, bound->query, true);
    } else {
        add(&explain, "core", "statement without a query", "nothing is planned");
    }
    if (explain.status != QA_OK) qa_sql_table_release(rows_out);
    return explain.status;
}
