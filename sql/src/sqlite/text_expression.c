/* Expressions as SQLite's text. Every scalar is one call of qa_expr; natively stand only what the planner of
 * SQLite must see or may skip: comparisons of columns, AND, OR and NOT, CASE around sub-queries. No text or
 * name of a user is ever written. */
#include <string.h>

#include "sqlite/text_private.h"

static bool is_outside(const qa_sql_expression_t *expression)
{
    return expression->node >= QA_SQL_COLUMN;
}

static bool is_bare(const qa_sql_expression_t *expression)
{
    return expression->node == QA_SQL_COLUMN || expression->node == QA_SQL_KEY ||
           expression->node == QA_SQL_AGGREGATE;
}

static bool has_no_query(void *context, const qa_sql_expression_t *node)
{
    (void)context;
    return node->query == NULL;
}

static bool has_query(const qa_sql_expression_t *expression)
{
    return !qa_sql_walk(expression, has_no_query, NULL);
}

void text_write_reference(text_t *text, qa_buffer_t *out, const qa_sql_expression_t *node)
{
    if (text->status != QA_OK) return;
    const text_item_t *item = &text->items[node->relation];
    if (node->node == QA_SQL_KEY)
        text_put(text, out, "b%u.c%u", node->relation, node->index);
    else if (node->node == QA_SQL_AGGREGATE)
        text_put(text, out, "b%u.c%u", node->relation, item->block->key_count + node->index);
    else if (item->place == TEXT_ISLAND)
        text_put(text, out, "b%u.c%u", item->owner, item->island_columns[node->index]);
    else if (item->place == TEXT_JOINED)
        text_put(text, out, "j%u.x%u_%u", item->alias, node->relation, node->index);
    else
        text_put(text, out, "r%u.c%u", node->relation, node->index);
}

/* --- sub-queries --- */

static bool has_one_row(const qa_sql_query_t *query)
{
    return query->kind == QA_SQL_SET_BLOCK && query->block != NULL && query->block->is_grouped &&
           query->block->key_count == 0;
}

/* What looks at nothing outside goes into WITH: SQLite's parser does not nest deep. */
static void write_sub_query(text_t *text, qa_buffer_t *out, const qa_sql_query_t *query)
{
    if (query->is_correlated) {
        text_write_query(text, out, query);
        return;
    }
    text_put(text, out, "SELECT c0 FROM ");
    text_write_source(text, out, query);
}

static void write_scalar_query(text_t *text, qa_buffer_t *out, const qa_sql_query_t *query)
{
    if (has_one_row(query)) {
        text_put(text, out, "(");
        write_sub_query(text, out, query);
        text_put(text, out, ")");
        return;
    }
    text_put(text, out, "(SELECT qa_single(c0) FROM ");
    text_write_source(text, out, query);
    text_put(text, out, ")");
}

static void write_in_query(text_t *text, qa_buffer_t *out, const qa_sql_expression_t *node)
{
    const qa_sql_expression_t *wanted = node->arguments[0];
    const bool is_name = wanted->type.is_name || node->query->column_types[0].is_name;
    text_put(text, out, "(");
    text_write_value(text, out, wanted, NULL);
    text_put(text, out, is_name ? " COLLATE " QA_SQL_NAMES " IN (" : " IN (");
    write_sub_query(text, out, node->query);
    text_put(text, out, "))");
}

static void write_outside(text_t *text, qa_buffer_t *out, const qa_sql_expression_t *node)
{
    const bool is_correlated = node->query != NULL && node->query->is_correlated;
    text->correlated_depth += is_correlated;
    if (is_bare(node)) {
        text_write_reference(text, out, node);
    } else if (node->node == QA_SQL_SCALAR_QUERY) {
        write_scalar_query(text, out, node->query);
    } else if (node->node == QA_SQL_EXISTS) {
        text_put(text, out, "EXISTS (");
        write_sub_query(text, out, node->query);
        text_put(text, out, ")");
    } else {
        write_in_query(text, out, node);
    }
    text->correlated_depth -= is_correlated;
}

/* --- scalars --- */

static void write_computed(text_t *text, qa_buffer_t *out, const qa_sql_expression_t *expression,
                           const char *tie)
{
    const qa_sql_run_t *run = text->run;
    qa_sql_computed_t computed = { 0 };
    const qa_sql_expression_t **outside = NULL;
    uint32_t number = text->number_count++;
    qa_status_t status =
        qa_sql_make_inputs(run->arena, expression, &computed.plain, &outside, &computed.input_count);
    qa_sql_type_t *types = qa_arena_take(run->arena, (computed.input_count + 1u) * sizeof(*types));
    if (status == QA_NO_MEMORY || types == NULL) {
        text_fail(text, qa_fail_memory(run->error, "the text of a query"));
        return;
    }
    if (status != QA_OK || computed.input_count > QA_SQL_INPUTS_MAX - (tie != NULL)) {
        text_fail(text, qa_fail(run->error, QA_LIMIT,
                                "an expression looks at more than %d columns; split it by a derived table",
                                QA_SQL_INPUTS_MAX - 1));
        return;
    }
    for (uint16_t i = 0; i < computed.input_count; i++)
        types[i] = outside[i]->type;
    computed.input_types = types;
    if (text->cursor != NULL) status = qa_sql_cursor_add_computed(text->cursor, &computed, &number);
    if (status == QA_NO_MEMORY) text_fail(text, qa_fail_memory(run->error, "the text of a query"));
    if (status == QA_LIMIT)
        text_fail(text,
                  qa_fail(run->error, QA_LIMIT, "the query has more than %d expressions", QA_SQL_SLOT_STEP));
    text_put(text, out, "qa_expr(%u", number);
    for (uint16_t i = 0; i < computed.input_count && text->status == QA_OK; i++) {
        text_put(text, out, ",");
        write_outside(text, out, outside[i]);
    }
    if (tie != NULL) text_put(text, out, ",%s", tie);
    text_put(text, out, ")");
}

/* A case of conditions and values, so that SQLite runs no sub-query that is not needed. */
static void write_case(text_t *text, qa_buffer_t *out, const qa_sql_expression_t *expression)
{
    text_put(text, out, "CASE");
    for (uint16_t a = 0; a + 1 < expression->argument_count; a += 2) {
        text_put(text, out, " WHEN ");
        text_write_condition(text, out, expression->arguments[a]);
        text_put(text, out, " THEN ");
        text_write_value(text, out, expression->arguments[a + 1], NULL);
    }
    text_put(text, out, " ELSE ");
    text_write_value(text, out, expression->arguments[expression->argument_count - 1], NULL);
    text_put(text, out, " END");
}

static bool is_integer_constant(const qa_sql_expression_t *expression)
{
    if (expression->node != QA_SQL_CONSTANT || expression->value.integer == INT64_MIN) return false;
    switch (expression->value.kind) {
    case QA_SQL_BOOLEAN:
    case QA_SQL_INTEGER:
    case QA_SQL_BIGINT:
    case QA_SQL_DATE:
    case QA_SQL_TIME:
    case QA_SQL_TIMESTAMP:
        return true;
    default:
        return false;
    }
}

static void write_nested_condition(text_t *text, qa_buffer_t *out, const qa_sql_expression_t *expression)
{
    text_put(text, out, "(");
    text_write_condition(text, out, expression);
    text_put(text, out, ")");
}

void text_write_value(text_t *text, qa_buffer_t *out, const qa_sql_expression_t *expression, const char *tie)
{
    if (text->status != QA_OK) return;
    if (is_outside(expression) && tie == NULL)
        write_outside(text, out, expression);
    else if (expression->node == QA_SQL_CONSTANT && expression->value.kind == QA_SQL_NULL)
        text_put(text, out, "NULL");
    else if (is_integer_constant(expression))
        text_put(text, out, "%lld", (long long)expression->value.integer);
    else if (expression->node == QA_SQL_CASE && tie == NULL && has_query(expression))
        write_case(text, out, expression);
    else if (expression->type.kind == QA_SQL_BOOLEAN && expression->node == QA_SQL_CALL && tie == NULL &&
             has_query(expression))
        write_nested_condition(text, out, expression);
    else
        write_computed(text, out, expression, tie);
}

/* --- conditions --- */

/* A comparison that SQLite may do itself on the encoding, and use an index for: one side is a bare column. */
static const char *native_comparison(const qa_sql_expression_t *expression)
{
    static const char *const operators[] = { "=", "<>", "<", "<=", ">", ">=" };
    if (expression->node != QA_SQL_CALL || expression->argument_count != 2) return NULL;
    const qa_sql_expression_t *a = expression->arguments[0], *b = expression->arguments[1];
    if (!(is_bare(a) || is_bare(b)) || !qa_sql_type_is_same(&a->type, &b->type)) return NULL;
    for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
        if (qa_sql_is_call_of(expression, operators[i])) return operators[i];
    }
    return NULL;
}

static bool is_native_list(const qa_sql_expression_t *expression)
{
    if (!qa_sql_is_call_of(expression, "IN") || !is_bare(expression->arguments[0])) return false;
    for (uint16_t a = 1; a < expression->argument_count; a++) {
        const qa_sql_type_t *type = &expression->arguments[a]->type;
        if (type->kind != QA_SQL_NULL && !qa_sql_type_is_same(type, &expression->arguments[0]->type))
            return false;
    }
    return true;
}

static bool is_any_name(const qa_sql_expression_t *expression)
{
    for (uint16_t a = 0; a < expression->argument_count; a++) {
        if (expression->arguments[a]->type.is_name) return true;
    }
    return false;
}

static void write_list(text_t *text, qa_buffer_t *out, const qa_sql_expression_t *expression)
{
    text_write_value(text, out, expression->arguments[0], NULL);
    text_put(text, out, is_any_name(expression) ? " COLLATE " QA_SQL_NAMES " IN (" : " IN (");
    for (uint16_t a = 1; a < expression->argument_count; a++) {
        if (a > 1) text_put(text, out, ",");
        text_write_value(text, out, expression->arguments[a], NULL);
    }
    text_put(text, out, ")");
}

static void write_conjunct(text_t *text, qa_buffer_t *out, const qa_sql_expression_t *expression)
{
    const char *comparison = native_comparison(expression);
    if (comparison != NULL) {
        text_write_value(text, out, expression->arguments[0], NULL);
        text_put(text, out, " %s ", comparison);
        text_write_value(text, out, expression->arguments[1], NULL);
        if (is_any_name(expression)) text_put(text, out, " COLLATE " QA_SQL_NAMES);
    } else if (is_native_list(expression)) {
        write_list(text, out, expression);
    } else if ((qa_sql_is_call_of(expression, "IS NULL") || qa_sql_is_call_of(expression, "IS NOT NULL")) &&
               is_bare(expression->arguments[0])) {
        text_write_reference(text, out, expression->arguments[0]);
        text_put(text, out, qa_sql_is_call_of(expression, "IS NULL") ? " IS NULL" : " IS NOT NULL");
    } else if (qa_sql_is_call_of(expression, "OR") && has_query(expression)) {
        write_nested_condition(text, out, expression);
    } else if (qa_sql_is_call_of(expression, "NOT") && has_query(expression)) {
        text_put(text, out, "NOT (");
        text_write_condition(text, out, expression->arguments[0]);
        text_put(text, out, ")");
    } else if (is_outside(expression) || expression->node == QA_SQL_CASE || !has_query(expression)) {
        text_write_value(text, out, expression, NULL);
    } else {
        write_computed(text, out, expression, NULL);
    }
}

typedef struct conjuncts {
    const qa_sql_expression_t **items; /* in the arena */
    uint32_t count, capacity;
} conjuncts_t;

/* Splits at AND (or OR), however deep. */
static void split(text_t *text, conjuncts_t *list, const qa_sql_expression_t *expression, const char *name)
{
    if (text->status != QA_OK) return;
    if (qa_sql_is_call_of(expression, name)) {
        for (uint16_t a = 0; a < expression->argument_count; a++)
            split(text, list, expression->arguments[a], name);
        return;
    }
    if (list->count == list->capacity) {
        const uint32_t capacity = list->capacity * 2 + 8;
        const qa_sql_expression_t **items = qa_arena_take(text->run->arena, capacity * sizeof(*items));
        if (items == NULL) {
            text_fail(text, qa_fail_memory(text->run->error, "the text of a query"));
            return;
        }
        if (list->count > 0) memcpy(items, list->items, list->count * sizeof(*items));
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = expression;
}

static void write_item(text_t *text, qa_buffer_t *out, const qa_sql_expression_t *item, const char *name)
{
    if (strcmp(name, "OR") == 0)
        text_write_condition(text, out, item); /* AND binds closer: no parentheses */
    else
        write_conjunct(text, out, item);
}

/* A chain while it is short. Beyond, a balanced tree of chains: SQLite limits the height of expressions, and
 * its parser the depth of parentheses. */
static void write_chain(text_t *text, qa_buffer_t *out, const conjuncts_t *list, uint32_t begin, uint32_t end,
                        const char *name)
{
    enum { CHAIN_MAX = 200 };
    if (end - begin <= CHAIN_MAX) {
        for (uint32_t i = begin; i < end && text->status == QA_OK; i++) {
            if (i > begin) text_put(text, out, " %s ", name);
            write_item(text, out, list->items[i], name);
        }
        return;
    }
    const uint32_t middle = begin + (end - begin) / 2;
    text_put(text, out, "(");
    write_chain(text, out, list, begin, middle, name);
    text_put(text, out, ") %s (", name);
    write_chain(text, out, list, middle, end, name);
    text_put(text, out, ")");
}

void text_write_condition(text_t *text, qa_buffer_t *out, const qa_sql_expression_t *expression)
{
    conjuncts_t list = { 0 };
    const char *name = qa_sql_is_call_of(expression, "OR") && has_query(expression) ? "OR" : "AND";
    split(text, &list, expression, name);
    if (text->status == QA_OK) write_chain(text, out, &list, 0, list.count, name);
}
