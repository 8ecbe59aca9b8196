/* Who is who in a bound query: ids, the blocks they belong to, the columns that are used, what looks outside.
 * Reads the tree only. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sqlite/text_private.h"

bool text_fail(text_t *text, qa_status_t status)
{
    if (text->status == QA_OK) text->status = status;
    return false;
}

void text_put(text_t *text, qa_buffer_t *out, const char *format, ...)
{
    char piece[256];
    va_list arguments;
    if (text->status != QA_OK) return;
    va_start(arguments, format);
    const int bytes = vsnprintf(piece, sizeof(piece), format, arguments);
    va_end(arguments);
    qa_status_t status = QA_LIMIT;
    if (bytes >= 0 && (size_t)bytes < sizeof(piece)) status = qa_buffer_put(out, piece, (size_t)bytes);
    if (status == QA_NO_MEMORY) text_fail(text, qa_fail_memory(text->run->error, "the text of a query"));
    if (status == QA_LIMIT)
        text_fail(text, qa_fail(text->run->error, QA_LIMIT,
                                "the query is too large for the row engine; split it in several"));
}

/* --- walking --- */

typedef struct deep {
    bool (*visit)(void *, const qa_sql_expression_t *);
    void *context;
} deep_t;

static bool visit_deep(void *context, const qa_sql_expression_t *node)
{
    const deep_t *deep = context;
    if (!deep->visit(deep->context, node)) return false;
    return node->query == NULL || text_walk_query(node->query, deep->visit, deep->context);
}

bool text_walk(const qa_sql_expression_t *expression, bool (*visit)(void *, const qa_sql_expression_t *),
               void *context)
{
    deep_t deep = { visit, context };
    return expression == NULL || qa_sql_walk(expression, visit_deep, &deep);
}

static bool walk_from(const qa_sql_from_t *from, bool (*visit)(void *, const qa_sql_expression_t *),
                      void *context)
{
    if (from == NULL) return true;
    if (from->relation != NULL)
        return from->relation->source != QA_SQL_FROM_QUERY ||
               text_walk_query(from->relation->query, visit, context);
    return walk_from(from->left, visit, context) && walk_from(from->right, visit, context) &&
           text_walk(from->condition, visit, context);
}

/* From, where, keys and aggregates: what runs before the groups. */
static bool walk_inner(const qa_sql_block_t *block, bool (*visit)(void *, const qa_sql_expression_t *),
                       void *context)
{
    if (!walk_from(block->from, visit, context) || !text_walk(block->where, visit, context)) return false;
    for (uint16_t k = 0; k < block->key_count; k++) {
        if (!text_walk(block->keys[k], visit, context)) return false;
    }
    for (uint16_t a = 0; a < block->aggregate_count; a++) {
        if (!text_walk(block->aggregates[a].argument, visit, context)) return false;
    }
    return true;
}

static bool walk_outer(const qa_sql_block_t *block, const qa_sql_query_t *query,
                       bool (*visit)(void *, const qa_sql_expression_t *), void *context)
{
    if (!text_walk(block->having, visit, context)) return false;
    for (uint16_t o = 0; o < block->output_count; o++) {
        if (!text_walk(block->outputs[o].expression, visit, context)) return false;
    }
    for (uint16_t o = 0; query != NULL && o < query->order_count; o++) {
        if (!text_walk(query->orders[o].expression, visit, context)) return false;
    }
    return true;
}

bool text_walk_query(const qa_sql_query_t *query, bool (*visit)(void *, const qa_sql_expression_t *),
                     void *context)
{
    /* UNIONs lean to the left: no recursion there. */
    for (; query != NULL; query = query->left) {
        for (uint16_t c = 0; c < query->cte_count; c++) {
            if (!text_walk_query(query->ctes[c].query, visit, context)) return false;
        }
        for (uint32_t r = 0; r < query->row_count; r++) {
            for (uint16_t c = 0; c < query->column_count; c++) {
                if (!text_walk(query->rows[r][c], visit, context)) return false;
            }
        }
        if (query->block != NULL &&
            !(walk_inner(query->block, visit, context) && walk_outer(query->block, query, visit, context)))
            return false;
        if (query->right != NULL && !text_walk_query(query->right, visit, context)) return false;
    }
    return true;
}

/* --- learning --- */

static text_item_t *item_of(text_t *text, uint32_t id)
{
    if (id >= text->item_capacity) {
        const uint32_t capacity = id + id / 2 + 16;
        text_item_t *items = qa_arena_take(text->run->arena, capacity * sizeof(*items));
        if (items == NULL) {
            text_fail(text, qa_fail_memory(text->run->error, "the text of a query"));
            return NULL;
        }
        if (text->items != NULL) memcpy(items, text->items, text->item_capacity * sizeof(*items));
        for (uint32_t i = text->item_capacity; i < capacity; i++)
            items[i].owner = TEXT_NOBODY;
        text->items = items;
        text->item_capacity = capacity;
    }
    return &text->items[id];
}

typedef struct learner {
    text_t *text;
    uint32_t block;
} learner_t;

static bool learn_node(void *context, const qa_sql_expression_t *node)
{
    const learner_t *learner = context;
    text_t *text = learner->text;
    if (node->query != NULL) text_learn_query(text, node->query, learner->block);
    if (node->node != QA_SQL_COLUMN || text->status != QA_OK) return text->status == QA_OK;
    const text_item_t *item = item_of(text, node->relation);
    if (item == NULL) return false;
    if (item->relation == NULL || node->index >= item->relation->column_count)
        return text_fail(text, qa_fail(text->run->error, QA_INVALID, "a column is of no table of the query"));
    item->is_used[node->index] = 1;
    return true;
}

void text_learn(text_t *text, const qa_sql_expression_t *expression, uint32_t block)
{
    learner_t learner = { text, block };
    if (expression != NULL && text->status == QA_OK) qa_sql_walk(expression, learn_node, &learner);
}

void text_learn_relation(text_t *text, const qa_sql_relation_t *relation, uint32_t block)
{
    text_item_t *item = text->status == QA_OK ? item_of(text, relation->id) : NULL;
    if (item == NULL || item->relation != NULL) return;
    item->relation = relation;
    item->owner = block;
    item->is_used = qa_arena_take(text->run->arena, relation->column_count + 1u);
    if (item->is_used == NULL) text_fail(text, qa_fail_memory(text->run->error, "the text of a query"));
    if (relation->source == QA_SQL_FROM_QUERY) text_learn_query(text, relation->query, block);
    if (relation->source == QA_SQL_FROM_TABLE && relation->table->kind == QA_SQL_SCRATCH)
        text->has_scratch = true;
}

static void learn_from(text_t *text, const qa_sql_from_t *from, uint32_t block)
{
    if (from == NULL || text->status != QA_OK) return;
    if (from->relation != NULL) {
        text_learn_relation(text, from->relation, block);
        return;
    }
    learn_from(text, from->left, block);
    learn_from(text, from->right, block);
    text_learn(text, from->condition, block);
}

static void learn_block(text_t *text, const qa_sql_block_t *block, const qa_sql_query_t *query,
                        uint32_t owner)
{
    text_item_t *item = text->status == QA_OK ? item_of(text, block->id) : NULL;
    if (item == NULL) return;
    item->block = block;
    item->owner = owner;
    learn_from(text, block->from, block->id);
    text_learn(text, block->where, block->id);
    for (uint16_t k = 0; k < block->key_count; k++)
        text_learn(text, block->keys[k], block->id);
    for (uint16_t a = 0; a < block->aggregate_count; a++)
        text_learn(text, block->aggregates[a].argument, block->id);
    text_learn(text, block->having, block->id);
    for (uint16_t o = 0; o < block->output_count; o++)
        text_learn(text, block->outputs[o].expression, block->id);
    for (uint16_t o = 0; o < query->order_count; o++)
        text_learn(text, query->orders[o].expression, block->id);
}

void text_learn_query(text_t *text, const qa_sql_query_t *query, uint32_t block)
{
    for (; query != NULL && text->status == QA_OK; query = query->left) {
        for (uint16_t c = 0; c < query->cte_count; c++) {
            text_item_t *item = item_of(text, query->ctes[c].id);
            if (item == NULL) return;
            item->cte = &query->ctes[c];
            text_learn_query(text, query->ctes[c].query, block);
        }
        for (uint32_t r = 0; r < query->row_count; r++) {
            for (uint16_t c = 0; c < query->column_count; c++)
                text_learn(text, query->rows[r][c], block);
        }
        if (query->block != NULL) learn_block(text, query->block, query, block);
        if (query->right != NULL) text_learn_query(text, query->right, block);
    }
}

/* --- looking outside --- */

static bool is_within(const text_t *text, uint32_t block, uint32_t outer)
{
    while (block != TEXT_NOBODY && block != outer)
        block = text->items[block].owner;
    return block == outer;
}

typedef struct looker {
    text_t *text;
    uint32_t block;
    bool is_inside, is_outside;
    const qa_sql_expression_t **columns; /* for text_needed_columns */
    uint16_t column_count, column_capacity;
} looker_t;

static bool look(void *context, const qa_sql_expression_t *node)
{
    looker_t *looker = context;
    uint32_t block = TEXT_NOBODY;
    if (node->node == QA_SQL_COLUMN)
        block = looker->text->items[node->relation].owner;
    else if (node->node == QA_SQL_KEY || node->node == QA_SQL_AGGREGATE)
        block = node->relation;
    else
        return true;
    if (is_within(looker->text, block, looker->block))
        looker->is_inside = true;
    else
        looker->is_outside = true;
    return true;
}

/* A CTE that looks outside is written where it is read. */
static bool has_correlated_cte(const text_t *text, const qa_sql_from_t *from)
{
    if (from == NULL) return false;
    if (from->relation == NULL)
        return has_correlated_cte(text, from->left) || has_correlated_cte(text, from->right);
    return from->relation->source == QA_SQL_FROM_CTE &&
           text->items[from->relation->cte].cte->query->is_correlated;
}

bool text_is_closed(text_t *text, const qa_sql_block_t *block)
{
    looker_t looker = { .text = text, .block = block->id };
    if (has_correlated_cte(text, block->from)) return false;
    walk_inner(block, look, &looker);
    return !looker.is_outside;
}

bool text_looks_only_outside(text_t *text, const qa_sql_expression_t *expression, uint32_t block)
{
    looker_t looker = { .text = text, .block = block };
    text_walk(expression, look, &looker);
    return looker.is_outside && !looker.is_inside;
}

static bool need(void *context, const qa_sql_expression_t *node)
{
    looker_t *looker = context;
    text_t *text = looker->text;
    if (node->node != QA_SQL_COLUMN || text->items[node->relation].owner != looker->block) return true;
    for (uint16_t c = 0; c < looker->column_count; c++) {
        if (looker->columns[c]->relation == node->relation && looker->columns[c]->index == node->index)
            return true;
    }
    if (looker->column_count == looker->column_capacity) {
        const uint16_t capacity = (uint16_t)(looker->column_capacity * 2 + 16);
        const qa_sql_expression_t **columns = qa_arena_take(text->run->arena, capacity * sizeof(*columns));
        if (columns == NULL || looker->column_count >= QA_SQL_ROWS_COLUMNS)
            return text_fail(text, qa_fail_memory(text->run->error, "the text of a query"));
        if (looker->column_count > 0)
            memcpy(columns, looker->columns, looker->column_count * sizeof(*columns));
        looker->columns = columns;
        looker->column_capacity = capacity;
    }
    looker->columns[looker->column_count++] = node;
    return true;
}

void text_needed_columns(text_t *text, const qa_sql_block_t *block, const qa_sql_query_t *query,
                         const qa_sql_expression_t ***columns_out, uint16_t *count_out)
{
    looker_t looker = { .text = text, .block = block->id };
    walk_outer(block, query, need, &looker);
    *columns_out = looker.columns;
    *count_out = looker.column_count;
}
