/* FROM: relations, joins, islands. */
#include <stdio.h>
#include <string.h>

#include "sqlite/text_private.h"

static qa_status_t fail_wide(text_t *text)
{
    return qa_fail(text->run->error, QA_LIMIT, "a table has more than %d columns, which the row engine takes",
                   QA_SQL_ROWS_COLUMNS);
}

/* A table of rows that the text can name; NULL without a cursor or after a failure. */
static qa_sql_rows_t *add_rows(text_t *text, uint32_t *number_out)
{
    qa_sql_rows_t *rows = NULL;
    *number_out = text->number_count++;
    if (text->cursor == NULL || text->status != QA_OK) return NULL;
    if (qa_sql_cursor_add_rows(text->cursor, &rows, number_out) != QA_OK)
        text_fail(text, qa_fail_memory(text->run->error, "the rows of a table"));
    return rows;
}

/* --- islands --- */

static bool is_island_in_words(const qa_sql_block_t *block)
{
    char why[160];
    const char *words = qa_sql_island_refusal(block, why);
    return words == NULL || strncmp(words, "island", 6) == 0;
}

static bool run_island(text_t *text, const qa_sql_block_t *block, const qa_sql_expression_t **columns,
                       uint16_t column_count)
{
    bool is_island = false;
    uint32_t number = 0;
    qa_sql_table_t rows = { 0 };
    if (text->cursor == NULL) {
        is_island = is_island_in_words(block);
        if (is_island) add_rows(text, &number);
    } else {
        const qa_status_t status =
            qa_sql_island_run(text->run, block, columns, column_count, &is_island, &rows);
        if (status != QA_OK) {
            if (rows.allocator != NULL) qa_sql_table_release(&rows);
            return text_fail(text, status);
        }
        qa_sql_rows_t *kept = is_island ? add_rows(text, &number) : NULL;
        if (kept != NULL)
            kept->table = rows;
        else if (rows.allocator != NULL)
            qa_sql_table_release(&rows);
        if (rows.column_count > QA_SQL_ROWS_COLUMNS) text_fail(text, fail_wide(text));
    }
    if (is_island) text->items[block->id].rows_number = number + 1;
    return is_island && text->status == QA_OK;
}

static bool place_columns(text_t *text, const qa_sql_expression_t **columns, uint16_t column_count)
{
    for (uint16_t c = 0; c < column_count; c++) {
        text_item_t *item = &text->items[columns[c]->relation];
        if (item->island_columns == NULL)
            item->island_columns =
                qa_arena_take(text->run->arena, item->relation->column_count * sizeof(*item->island_columns));
        if (item->island_columns == NULL)
            return text_fail(text, qa_fail_memory(text->run->error, "the text of a query"));
        item->island_columns[columns[c]->index] = c;
        item->place = TEXT_ISLAND;
    }
    return true;
}

bool text_try_island(text_t *text, const qa_sql_block_t *block, const qa_sql_query_t *query)
{
    const qa_sql_expression_t **columns = NULL;
    uint16_t column_count = 0;
    text_item_t *item = &text->items[block->id];
    if (item->is_tried || text->status != QA_OK) return item->rows_number != 0;
    item->is_tried = true;
    if (block->from == NULL || !text_is_closed(text, block)) return false;
    if (text->run->is_row_path && !qa_sql_sums_balance(block)) return false;
    if (!block->is_grouped) text_needed_columns(text, block, query, &columns, &column_count);
    if (text->status != QA_OK || (!block->is_grouped && column_count == 0)) return false;
    return run_island(text, block, columns, column_count) && place_columns(text, columns, column_count);
}

/* --- relations --- */

static void scan(text_t *text, const qa_sql_block_t *block, const qa_sql_relation_t *relation)
{
    text_item_t *item = &text->items[relation->id];
    uint32_t number = 0;
    if (item->rows_number != 0 || text->status != QA_OK) return;
    if (relation->column_count > QA_SQL_ROWS_COLUMNS) {
        text_fail(text, fail_wide(text));
        return;
    }
    qa_sql_rows_t *rows = add_rows(text, &number);
    if (rows != NULL) {
        const qa_status_t status = qa_sql_scan(text->run, relation, block, item->is_used, &rows->table);
        if (status != QA_OK) text_fail(text, status);
    }
    item->rows_number = number + 1;
}

/* A CTE that is read more than once becomes rows; the others are texts in WITH. True: it is rows. */
static bool make_cte(text_t *text, const qa_sql_relation_t *relation)
{
    text_item_t *item = &text->items[relation->cte];
    const qa_sql_query_t *query = relation->query;
    uint32_t number = 0;
    if (text->cursor == NULL || query->is_correlated || item->cte == NULL || item->cte->use_count < 2 ||
        query->column_count > QA_SQL_ROWS_COLUMNS)
        return false;
    if (item->rows_number != 0) return true;
    qa_buffer_t body;
    qa_buffer_make(&body, text->run->allocator, QA_SQL_ENGINE_TEXT_MAX);
    text_write_query(text, &body, query);
    text_run_cte(text, query, &body, &number);
    text->items[relation->cte].rows_number = number + 1;
    qa_buffer_release(&body);
    return true;
}

static void write_cte(text_t *text, qa_buffer_t *out, const qa_sql_relation_t *relation)
{
    text_item_t *item = &text->items[relation->cte];
    const qa_sql_query_t *query = relation->query;
    if (query->is_correlated || item->cte == NULL) {
        text_write_source(text, out, query);
    } else if (item->source_number == 0) {
        qa_buffer_t body;
        uint32_t number = 0;
        qa_buffer_make(&body, text->run->allocator, QA_SQL_ENGINE_TEXT_MAX);
        text_write_query(text, &body, query);
        text_write_hoisted(text, out, &body, item->cte->use_count > 1, &number);
        qa_buffer_release(&body);
        text->items[relation->cte].source_number = number + 1;
    } else {
        text_put(text, out, "q%u", item->source_number - 1);
    }
}

static void write_relation(text_t *text, qa_buffer_t *out, const qa_sql_block_t *block,
                           const qa_sql_relation_t *relation)
{
    if (text->status != QA_OK) return;
    if (relation->source == QA_SQL_FROM_QUERY) {
        text_write_source(text, out, relation->query);
    } else if (relation->source == QA_SQL_FROM_CTE && make_cte(text, relation)) {
        text_put(text, out, "qa_rows(%u)", text->items[relation->cte].rows_number - 1);
    } else if (relation->source == QA_SQL_FROM_CTE) {
        write_cte(text, out, relation);
    } else if (relation->table->kind == QA_SQL_SCRATCH) {
        text_put(text, out, "scratch_%u", relation->table->scratch_id);
    } else {
        scan(text, block, relation);
        text_put(text, out, "qa_rows(%u)", text->items[relation->id].rows_number - 1);
    }
    text->items[relation->id].place = TEXT_DIRECT;
    text_put(text, out, " AS r%u", relation->id);
}

/* --- joins --- */

typedef enum leaf_form {
    LEAF_NAMED = 0, /* r2.c0 AS x2_0 */
    LEAF_PLAIN = 1, /* r2.c0 */
    LEAF_NULL = 2   /* NULL */
} leaf_form_t;

/* The used columns of the relations below, each behind a comma. */
static void write_leaf_columns(text_t *text, qa_buffer_t *out, const qa_sql_from_t *from, leaf_form_t form)
{
    if (from->relation == NULL) {
        write_leaf_columns(text, out, from->left, form);
        write_leaf_columns(text, out, from->right, form);
        return;
    }
    const text_item_t *item = &text->items[from->relation->id];
    for (uint16_t c = 0; c < from->relation->column_count && text->status == QA_OK; c++) {
        const qa_sql_expression_t node = { .node = QA_SQL_COLUMN,
                                           .relation = from->relation->id,
                                           .index = c };
        if (!item->is_used[c]) continue;
        text_put(text, out, form == LEAF_NULL ? ",NULL" : ",");
        if (form != LEAF_NULL) text_write_reference(text, out, &node);
        if (form == LEAF_NAMED) text_put(text, out, " AS x%u_%u", from->relation->id, (unsigned)c);
    }
}

static void place_joined(text_t *text, const qa_sql_from_t *from, uint32_t alias)
{
    if (from->relation == NULL) {
        place_joined(text, from->left, alias);
        place_joined(text, from->right, alias);
        return;
    }
    text->items[from->relation->id].place = TEXT_JOINED;
    text->items[from->relation->id].alias = alias;
}

/* A join as a select of the columns that are used, to be called j<alias>. */
static void write_select(text_t *text, qa_buffer_t *out, const qa_sql_block_t *block,
                         const qa_sql_from_t *from, uint32_t alias)
{
    qa_buffer_t inner;
    qa_buffer_make(&inner, text->run->allocator, QA_SQL_ENGINE_TEXT_MAX);
    text_write_from(text, &inner, block, from);
    text_put(text, out, "SELECT 1 AS x");
    write_leaf_columns(text, out, from, LEAF_NAMED);
    text_put(text, out, " FROM ");
    text_put_buffer(text, out, &inner);
    place_joined(text, from, alias);
    qa_buffer_release(&inner);
}

/* A join in parentheses: SQLite would show all columns of all its tables, which can be more than it takes. */
static void write_nested_join(text_t *text, qa_buffer_t *out, const qa_sql_block_t *block,
                              const qa_sql_from_t *from)
{
    const uint32_t alias = text->join_count++;
    text_put(text, out, "(");
    write_select(text, out, block, from, alias);
    text_put(text, out, ") AS j%u", alias);
}

/* A side of a FULL JOIN, whose text is written twice: a join goes into WITH if it can. */
static void write_full_side(text_t *text, qa_buffer_t *out, const qa_sql_block_t *block,
                            const qa_sql_from_t *from)
{
    if (from->relation != NULL) {
        write_relation(text, out, block, from->relation);
    } else if (!text_is_closed(text, block)) {
        write_nested_join(text, out, block, from);
    } else {
        qa_buffer_t body;
        uint32_t number = 0;
        const uint32_t alias = text->join_count++;
        qa_buffer_make(&body, text->run->allocator, QA_SQL_ENGINE_TEXT_MAX);
        write_select(text, &body, block, from, alias);
        text_write_hoisted(text, out, &body, true, &number);
        text_put(text, out, " AS j%u", alias);
        qa_buffer_release(&body);
    }
}

/* FULL JOIN is the LEFT JOIN and the rows of the right side that no row of the left one meets: SQLite's own
 * uses no index, and does not find the k of qa_rows(k) there. */
static void write_full_join(text_t *text, qa_buffer_t *out, const qa_sql_block_t *block,
                            const qa_sql_from_t *from)
{
    qa_buffer_t left, right, condition;
    const uint32_t alias = text->join_count++;
    qa_buffer_make(&left, text->run->allocator, QA_SQL_ENGINE_TEXT_MAX);
    qa_buffer_make(&right, text->run->allocator, QA_SQL_ENGINE_TEXT_MAX);
    qa_buffer_make(&condition, text->run->allocator, QA_SQL_ENGINE_TEXT_MAX);
    write_full_side(text, &left, block, from->left);
    write_full_side(text, &right, block, from->right);
    if (from->condition != NULL)
        text_write_condition(text, &condition, from->condition);
    else
        text_put(text, &condition, "1");
    text_put(text, out, "(SELECT 1 AS x");
    write_leaf_columns(text, out, from, LEAF_NAMED);
    text_put(text, out, " FROM ");
    text_put_buffer(text, out, &left);
    text_put(text, out, " LEFT JOIN ");
    text_put_buffer(text, out, &right);
    text_put(text, out, " ON ");
    text_put_buffer(text, out, &condition);
    text_put(text, out, " UNION ALL SELECT 1");
    write_leaf_columns(text, out, from->left, LEAF_NULL);
    write_leaf_columns(text, out, from->right, LEAF_PLAIN);
    text_put(text, out, " FROM ");
    text_put_buffer(text, out, &right);
    text_put(text, out, " WHERE NOT EXISTS (SELECT 1 FROM ");
    text_put_buffer(text, out, &left);
    text_put(text, out, " WHERE ");
    text_put_buffer(text, out, &condition);
    text_put(text, out, ")) AS j%u", alias);
    place_joined(text, from, alias);
    qa_buffer_release(&left);
    qa_buffer_release(&right);
    qa_buffer_release(&condition);
}

/* RIGHT JOIN is LEFT JOIN from the other side; the sides as they are written. */
static const qa_sql_from_t *first_side(const qa_sql_from_t *from)
{
    return from->join == QA_SQL_JOIN_RIGHT ? from->right : from->left;
}

static const qa_sql_from_t *second_side(const qa_sql_from_t *from)
{
    return from->join == QA_SQL_JOIN_RIGHT ? from->left : from->right;
}

void text_write_from(text_t *text, qa_buffer_t *out, const qa_sql_block_t *block, const qa_sql_from_t *from)
{
    /* JOIN, not CROSS JOIN: SQLite takes the latter as an order to keep the order. */
    static const char *const joins[] = { " JOIN ", " JOIN ", " LEFT JOIN ", " LEFT JOIN " };
    if (text->status != QA_OK) return;
    if (from->relation != NULL) {
        write_relation(text, out, block, from->relation);
        return;
    }
    if (from->join == QA_SQL_JOIN_FULL) {
        write_full_join(text, out, block, from);
        return;
    }
    const qa_sql_from_t *second = second_side(from);
    text_write_from(text, out, block, first_side(from));
    text_put(text, out, "%s", joins[from->join]);
    if (second->relation != NULL)
        write_relation(text, out, block, second->relation);
    else
        write_nested_join(text, out, block, second);
    if (from->condition != NULL) {
        text_put(text, out, " ON ");
        text_write_condition(text, out, from->condition);
    } else if (from->join >= QA_SQL_JOIN_LEFT) {
        text_put(text, out, " ON 1");
    }
}

void text_first_column(const text_t *text, const qa_sql_block_t *block, char name_out[32])
{
    const qa_sql_from_t *from = block->from;
    if (from == NULL) {
        snprintf(name_out, 32, "z%u.c0", block->id);
        return;
    }
    while (from->relation == NULL)
        from = first_side(from);
    const text_item_t *item = &text->items[from->relation->id];
    if (item->place == TEXT_JOINED)
        snprintf(name_out, 32, "j%u.x", item->alias);
    else
        snprintf(name_out, 32, "r%u.c0", from->relation->id);
}
