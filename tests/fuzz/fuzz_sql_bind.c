/* Hostile text as a statement on a small app, made once in a temporary folder: what is bound is typed all
 * over (no column, key or aggregate beyond its list, no parameter without a type), and what is refused says
 * why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/sql_tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_BYTES_MAX = 64 << 20, TEXT_BYTES_MAX = 1 << 16 };

static void must(bool is_true, const char *what)
{
    if (is_true) return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

static sql_tables_t tables;

static void close_tables(void)
{
    sql_tables_close(&tables);
}

static void open_tables(void)
{
    static bool is_open;
    if (is_open) return;
    is_open = true;
    sql_tables_open(&tables);
    atexit(close_tables);
}

typedef struct checker {
    const qa_sql_bound_t *bound;
} checker_t;

static void check_query(const checker_t *checker, const qa_sql_query_t *query);

static bool check_node(void *context, const qa_sql_expression_t *node)
{
    const checker_t *checker = context;
    must(node->type.kind <= QA_SQL_TIMESTAMP, "a type is a type");
    if (node->node == QA_SQL_PARAMETER) {
        must(node->index < checker->bound->parameter_count, "a parameter is one of the statement's");
        must(node->type.kind == checker->bound->parameter_types[node->index].kind,
             "a parameter has its type");
    }
    if (node->node == QA_SQL_COLUMN || node->node == QA_SQL_KEY || node->node == QA_SQL_AGGREGATE)
        must(node->relation < checker->bound->id_count, "an id is below the count");
    must(node->node != QA_SQL_INPUT, "the binder makes no inputs");
    must((node->query != NULL) == (node->node >= QA_SQL_SCALAR_QUERY), "a sub-query has a query");
    if (node->query != NULL) check_query(checker, node->query);
    return true;
}

static void check_expression(const checker_t *checker, const qa_sql_expression_t *expression)
{
    checker_t copy = *checker;
    if (expression != NULL) qa_sql_walk(expression, check_node, &copy);
}

static void check_from(const checker_t *checker, const qa_sql_from_t *from)
{
    if (from == NULL) return;
    if (from->relation != NULL) {
        must(from->relation->id < checker->bound->id_count, "an id is below the count");
        must((from->relation->source == QA_SQL_FROM_TABLE) == (from->relation->table != NULL),
             "a table is there");
        if (from->relation->source == QA_SQL_FROM_QUERY) check_query(checker, from->relation->query);
        return;
    }
    check_from(checker, from->left);
    check_from(checker, from->right);
    check_expression(checker, from->condition);
    must(from->condition == NULL || from->condition->type.kind == QA_SQL_BOOLEAN, "a condition is BOOLEAN");
}

static void check_block(const checker_t *checker, const qa_sql_query_t *query, const qa_sql_block_t *block)
{
    must(block->output_count == query->column_count, "each output is a column");
    must(block->where == NULL || block->where->type.kind == QA_SQL_BOOLEAN, "WHERE is BOOLEAN");
    must(block->having == NULL || block->having->type.kind == QA_SQL_BOOLEAN, "HAVING is BOOLEAN");
    must(block->is_grouped || (block->key_count == 0 && block->aggregate_count == 0), "groups are marked");
    check_from(checker, block->from);
    check_expression(checker, block->where);
    check_expression(checker, block->having);
    for (uint16_t i = 0; i < block->key_count; i++)
        check_expression(checker, block->keys[i]);
    for (uint16_t i = 0; i < block->aggregate_count; i++)
        check_expression(checker, block->aggregates[i].argument);
    for (uint16_t i = 0; i < block->output_count; i++) {
        check_expression(checker, block->outputs[i].expression);
        must(block->outputs[i].expression->type.kind == query->column_types[i].kind, "a column has its type");
    }
}

static void check_query(const checker_t *checker, const qa_sql_query_t *query)
{
    for (uint16_t i = 0; i < query->cte_count; i++)
        check_query(checker, query->ctes[i].query);
    for (uint16_t i = 0; i < query->column_count; i++) {
        must(query->column_types[i].kind != QA_SQL_NULL, "a column has a type");
        must(query->column_names[i] != NULL, "a column has a name");
    }
    if (query->block != NULL) check_block(checker, query, query->block);
    if (query->left != NULL) {
        must(query->left->column_count == query->column_count, "the left side fits");
        must(query->right->column_count == query->column_count, "the right side fits");
        check_query(checker, query->left);
        check_query(checker, query->right);
        for (uint16_t i = 0; i < query->column_count; i++)
            must(query->left->column_types[i].kind == query->column_types[i].kind &&
                     query->right->column_types[i].kind == query->column_types[i].kind,
                 "both sides have the common type");
    }
    for (uint32_t row = 0; row < query->row_count; row++)
        for (uint16_t i = 0; i < query->column_count; i++) {
            check_expression(checker, query->rows[row][i]);
            must(query->rows[row][i]->type.kind == query->column_types[i].kind,
                 "a value has its column's type");
        }
    for (uint16_t i = 0; i < query->order_count; i++) {
        check_expression(checker, query->orders[i].expression);
        must(query->orders[i].output < query->column_count, "an order is an output");
    }
    check_expression(checker, query->limit);
    check_expression(checker, query->offset);
}

static void check_write(const checker_t *checker, const qa_sql_write_t *write)
{
    must(write->target->table != NULL, "a target is a table");
    for (uint16_t i = 0; i < write->column_count; i++)
        must(write->columns[i] < write->target->column_count, "a column is one of the target's");
    for (uint16_t i = 0; write->values != NULL && i < write->column_count; i++)
        check_expression(checker, write->values[i]);
    check_expression(checker, write->where);
    if (write->query != NULL) check_query(checker, write->query);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    qa_arena_t arena;
    qa_error_t error;
    qa_sql_bound_t *bound = NULL;
    if (size > TEXT_BYTES_MAX) return 0;
    open_tables();
    qa_arena_make(&arena, &qa_allocator_default, ARENA_BYTES_MAX);
    error.message[0] = '\0';
    const qa_status_t status =
        sql_tables_bind(&tables, "budget", (const char *)data, size, &arena, &bound, &error);
    must((status == QA_OK) == (bound != NULL), "bound or refused");
    if (status != QA_OK) {
        must(error.message[0] != '\0', "a refusal has words");
    } else {
        const checker_t checker = { .bound = bound };
        for (uint16_t i = 0; i < bound->parameter_count; i++)
            must(bound->parameter_types[i].kind != QA_SQL_NULL, "a parameter has a type");
        if (bound->query != NULL) check_query(&checker, bound->query);
        if (bound->write != NULL) check_write(&checker, bound->write);
        for (uint16_t i = 0; i < bound->argument_count; i++)
            check_expression(&checker, bound->arguments[i]);
    }
    qa_sql_unbind(bound);
    qa_arena_release(&arena);
    return 0;
}
