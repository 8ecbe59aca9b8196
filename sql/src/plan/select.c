/* Conjuncts of a block, what they look at, and the members that they let through. It must never call a
 * conjunct decided that it did not evaluate: who asks looks at `kind` OTHER again. */
#include "plan/select.h"

#include <string.h>

#include "base/error.h"

/* --- collecting --- */

bool conjuncts_add(conjunct_list_t *list, qa_arena_t *arena, const qa_sql_expression_t *expression)
{
    if (expression == NULL) return true;
    if (qa_sql_is_call_of(expression, "AND")) {
        for (uint16_t a = 0; a < expression->argument_count; a++) {
            if (!conjuncts_add(list, arena, expression->arguments[a])) return false;
        }
        return true;
    }
    if (list->count == list->capacity) {
        const uint32_t capacity = list->capacity == 0 ? 16 : list->capacity * 2;
        conjunct_t *items = qa_arena_take(arena, capacity * sizeof(*items));
        if (items == NULL) return false;
        if (list->count > 0) memcpy(items, list->items, list->count * sizeof(*items));
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = (conjunct_t){ .expression = expression };
    return true;
}

static bool has_relation(const qa_sql_from_t *from, const qa_sql_relation_t *relation)
{
    if (from == NULL) return false;
    if (from->relation != NULL) return from->relation == relation;
    return has_relation(from->left, relation) || has_relation(from->right, relation);
}

/* Walks down to the relation. What was collected above holds for its rows unless the way goes to the side of
 * an outer join that is filled up with NULLs. */
static bool collect(const qa_sql_from_t *from, const qa_sql_relation_t *relation, qa_arena_t *arena,
                    conjunct_list_t *list)
{
    if (from->relation != NULL) return true;
    const bool is_left = has_relation(from->left, relation);
    const bool is_filled_up = (from->join == QA_SQL_JOIN_LEFT && !is_left) ||
                              (from->join == QA_SQL_JOIN_RIGHT && is_left) || from->join == QA_SQL_JOIN_FULL;
    const bool is_kept = (from->join == QA_SQL_JOIN_LEFT && is_left) ||
                         (from->join == QA_SQL_JOIN_RIGHT && !is_left) || from->join == QA_SQL_JOIN_FULL;
    if (is_filled_up) list->count = 0;
    if (!is_kept && !conjuncts_add(list, arena, from->condition)) return false;
    return collect(is_left ? from->left : from->right, relation, arena, list);
}

bool conjuncts_of(const qa_sql_block_t *block, const qa_sql_relation_t *relation, qa_arena_t *arena,
                  conjunct_list_t *list_out)
{
    *list_out = (conjunct_list_t){ 0 };
    if (block->from == NULL) return true;
    return conjuncts_add(list_out, arena, block->where) && collect(block->from, relation, arena, list_out);
}

bool block_relations(const qa_sql_from_t *from, const qa_sql_relation_t **relations, uint32_t *count)
{
    if (from == NULL) return true;
    if (from->relation == NULL)
        return block_relations(from->left, relations, count) &&
               block_relations(from->right, relations, count);
    if (*count == PLAN_RELATIONS_MAX) return false;
    relations[(*count)++] = from->relation;
    return true;
}

/* --- what a conjunct looks at --- */

typedef struct look {
    const fact_view_t *view;
    qa_dimension_t dimension;
    bool has_dimension;
    bool is_other;
} look_t;

/* The dimension of a column as the fact sees it; false: it is not one of a dimension. */
static bool column_dimension(const fact_view_t *view, const qa_sql_expression_t *column,
                             qa_dimension_t *dimension_out)
{
    if (column->relation == view->fact->id) {
        const qa_sql_shape_column_t *shape = &view->fact->table->columns[column->index];
        if (view->fact->table->kind == QA_SQL_DIMENSION) {
            *dimension_out = view->fact->table->dimension;
            return view->fact->table->hierarchy == QA_HIERARCHY_PRIMARY;
        }
        *dimension_out = shape->dimension;
        return shape->role == QA_SQL_ROLE_MEMBER && view->fact->table->kind != QA_SQL_MEMBERS_CHANGED;
    }
    for (uint32_t e = 0; e < view->edge_count; e++) {
        if (view->edge_relations[e] == column->relation) {
            *dimension_out = view->edge_dimensions[e];
            return true;
        }
    }
    return false;
}

static bool look_at(void *context, const qa_sql_expression_t *node)
{
    look_t *look = context;
    qa_dimension_t dimension;
    if (node->node < QA_SQL_COLUMN) return true;
    if (node->node != QA_SQL_COLUMN || !column_dimension(look->view, node, &dimension) ||
        (look->has_dimension && dimension != look->dimension)) {
        look->is_other = true;
        return false;
    }
    look->has_dimension = true;
    look->dimension = dimension;
    return true;
}

bool expression_dimension(const fact_view_t *view, const qa_sql_expression_t *expression,
                          qa_dimension_t *dimension_out, bool *is_constant_out)
{
    look_t look = { .view = view };
    qa_sql_walk(expression, look_at, &look);
    *dimension_out = look.dimension;
    *is_constant_out = !look.has_dimension;
    return !look.is_other;
}

static const qa_sql_relation_t *find_relation(const qa_sql_relation_t *const *relations, uint32_t count,
                                              uint32_t id)
{
    for (uint32_t r = 0; r < count; r++) {
        if (relations[r]->id == id) return relations[r];
    }
    return NULL;
}

static bool is_same_moment(const qa_sql_relation_t *a, const qa_sql_relation_t *b)
{
    if (strcmp(a->app, b->app) != 0) return false;
    if (a->as_of == NULL || b->as_of == NULL) return a->as_of == b->as_of;
    return qa_sql_is_equal(a->as_of, b->as_of);
}

/* fact.dimension = table.member, in either order. */
static bool is_edge(const fact_view_t *view, const qa_sql_relation_t *const *relations,
                    uint32_t relation_count, const qa_sql_expression_t *expression,
                    const qa_sql_relation_t **table_out, qa_dimension_t *dimension_out)
{
    if (!qa_sql_is_call_of(expression, "=") || view->fact->table->kind == QA_SQL_DIMENSION) return false;
    for (int side = 0; side < 2; side++) {
        const qa_sql_expression_t *a = expression->arguments[side];
        const qa_sql_expression_t *b = expression->arguments[1 - side];
        if (a->node != QA_SQL_COLUMN || b->node != QA_SQL_COLUMN || a->relation != view->fact->id) continue;
        const qa_sql_relation_t *table = find_relation(relations, relation_count, b->relation);
        const qa_sql_shape_column_t *column = &view->fact->table->columns[a->index];
        if (table == NULL || table->source != QA_SQL_FROM_TABLE || table->table->kind != QA_SQL_DIMENSION ||
            table->table->hierarchy != QA_HIERARCHY_PRIMARY || column->role != QA_SQL_ROLE_MEMBER ||
            table->table->dimension != column->dimension || !is_same_moment(view->fact, table))
            continue;
        if (table->table->columns[b->index].role != QA_SQL_ROLE_MEMBER) continue;
        *table_out = table;
        *dimension_out = column->dimension;
        return true;
    }
    return false;
}

/* changed_offset > something without columns. */
static bool is_changed(const fact_view_t *view, const qa_sql_expression_t *expression)
{
    qa_dimension_t dimension;
    bool is_constant = false;
    if (!qa_sql_is_call_of(expression, ">") || expression->arguments[0]->node != QA_SQL_COLUMN) return false;
    const qa_sql_expression_t *column = expression->arguments[0];
    return column->relation == view->fact->id &&
           view->fact->table->columns[column->index].role == QA_SQL_ROLE_CHANGED_OFFSET &&
           expression_dimension(view, expression->arguments[1], &dimension, &is_constant) && is_constant;
}

void conjuncts_classify(conjunct_list_t *list, const qa_sql_relation_t *const *relations,
                        uint32_t relation_count, fact_view_t *view)
{
    for (uint32_t c = 0; c < list->count; c++) {
        const qa_sql_relation_t *table = NULL;
        conjunct_t *item = &list->items[c];
        item->kind = CONJUNCT_OTHER;
        if (!is_edge(view, relations, relation_count, item->expression, &table, &item->dimension)) continue;
        item->kind = CONJUNCT_EDGE;
        item->relation = table->id;
        if (view->edge_count == PLAN_RELATIONS_MAX) continue;
        view->edge_relations[view->edge_count] = table->id;
        view->edge_tables[view->edge_count] = table->table;
        view->edge_dimensions[view->edge_count++] = item->dimension;
    }
    for (uint32_t c = 0; c < list->count; c++) {
        conjunct_t *item = &list->items[c];
        bool is_constant = false;
        if (item->kind == CONJUNCT_EDGE) continue;
        if (is_changed(view, item->expression))
            item->kind = CONJUNCT_CHANGED;
        else if (expression_dimension(view, item->expression, &item->dimension, &is_constant))
            item->kind = is_constant ? CONJUNCT_CONSTANT : CONJUNCT_MEMBER;
    }
}

/* --- members --- */

/* The table whose columns the conditions mean: the one joined, whose shape is that of binding; where none is
 * joined only the member itself is looked at, and the dimension's table of the moment does. */
static qa_status_t find_members(member_cache_t *cache, const fact_view_t *view, qa_dimension_t dimension,
                                member_rows_t *rows)
{
    const qa_sql_shape_table_t *wanted =
        view->fact->table->kind == QA_SQL_DIMENSION ? view->fact->table : rows->table;
    qa_sql_shape_t *shape = NULL;
    for (uint32_t e = 0; e < view->edge_count; e++) {
        if (view->edge_dimensions[e] == dimension) wanted = view->edge_tables[e];
    }
    if (wanted == NULL) {
        const qa_status_t status = qa_sql_moment_shape(cache->moment, &shape, cache->run->error);
        if (status != QA_OK) return status;
        for (uint16_t t = 0; t < shape->table_count && wanted == NULL; t++) {
            const qa_sql_shape_table_t *table = &shape->tables[t];
            if (table->kind == QA_SQL_DIMENSION && table->dimension == dimension &&
                table->hierarchy == QA_HIERARCHY_PRIMARY)
                wanted = table;
        }
        if (wanted == NULL)
            return qa_fail(cache->run->error, QA_DIMENSION_NOT_FOUND,
                           "a dimension of %s is not there at that moment", cache->moment->app);
    }
    if (rows->table == wanted) return QA_OK;
    if (rows->is_read) qa_sql_table_release(&rows->rows);
    *rows =
        (member_rows_t){ .table = wanted, .member_column = qa_sql_shape_column(wanted, "member", 6, false) };
    rows->is_wanted = qa_arena_take(cache->run->arena, wanted->column_count + 1u);
    return rows->is_wanted == NULL ? qa_fail_memory(cache->run->error, "a plan") : QA_OK;
}

qa_status_t member_cache_read(member_cache_t *cache, const fact_view_t *view, qa_dimension_t dimension,
                              const uint16_t *columns, uint16_t column_count, member_rows_t **rows_out)
{
    member_rows_t *rows = &cache->dimensions[dimension];
    *rows_out = rows;
    qa_status_t status = find_members(cache, view, dimension, rows);
    if (status != QA_OK) return status;
    bool is_enough = rows->is_read;
    for (uint16_t c = 0; c < column_count; c++) {
        is_enough = is_enough && rows->is_wanted[columns[c]] != 0;
        rows->is_wanted[columns[c]] = 1;
    }
    if (is_enough) return QA_OK;
    if (rows->is_read) qa_sql_table_release(&rows->rows);
    status = qa_sql_source_members_wanted(cache->moment, rows->table, rows->is_wanted, cache->run->allocator,
                                          &rows->rows, &rows->is_there, cache->run->arena, cache->run->error);
    rows->is_read = status == QA_OK;
    return status;
}

void member_cache_release(member_cache_t *cache)
{
    for (uint32_t d = 0; d < QA_DIMENSIONS_MAX; d++) {
        if (cache->dimensions[d].is_read) qa_sql_table_release(&cache->dimensions[d].rows);
        cache->dimensions[d] = (member_rows_t){ 0 };
    }
}

enum { EVALUATIONS_PER_ARENA = 1024 };

/* Whether the fact can have rows of the member: only cells have those of groups of alternate hierarchies. */
static bool is_member_of(const fact_view_t *view, const member_rows_t *rows, qa_member_t member)
{
    return rows->is_there[member] == QA_SQL_MEMBER_OF_PRIMARY ||
           (rows->is_there[member] == QA_SQL_MEMBER_OF_ALTERNATES && view->fact->table->kind == QA_SQL_CELLS);
}

static qa_status_t evaluate_members(member_cache_t *cache, const fact_view_t *view, const member_rows_t *rows,
                                    const qa_sql_expression_t *expression, const uint16_t *columns,
                                    uint16_t column_count, qa_sql_value_t *inputs,
                                    qa_status_t (*visit)(void *context, qa_member_t member,
                                                         const qa_sql_value_t *value),
                                    void *context)
{
    const qa_sql_run_t *run = cache->run;
    qa_arena_t arena;
    qa_status_t status = QA_OK;
    qa_arena_make(&arena, run->allocator, (size_t)64 << 20);
    const qa_sql_environment_t environment = { .parameters = run->parameters,
                                               .inputs = inputs,
                                               .arena = &arena,
                                               .context = run->context,
                                               .error = run->error };
    for (uint32_t m = 0; m < rows->rows.row_count && status == QA_OK; m++) {
        qa_sql_value_t value;
        if (!is_member_of(view, rows, m)) continue;
        if (m % EVALUATIONS_PER_ARENA == 0) {
            qa_arena_release(&arena);
            status = qa_sql_run_check(run);
            if (status != QA_OK) break;
        }
        for (uint16_t c = 0; c < column_count; c++)
            inputs[c] = qa_sql_table_value(&rows->rows, m, columns[c]);
        status = qa_sql_evaluate(expression, &environment, &value);
        if (status == QA_OK) {
            status = visit(context, m, &value);
        } else if (cache->is_lenient && status != QA_NO_MEMORY) {
            cache->has_failed = true;
            qa_error_clear(run->error);
            status = QA_OK;
        }
    }
    qa_arena_release(&arena);
    return status;
}

qa_status_t member_cache_evaluate(member_cache_t *cache, const fact_view_t *view, qa_dimension_t dimension,
                                  const qa_sql_expression_t *expression,
                                  qa_status_t (*visit)(void *context, qa_member_t member,
                                                       const qa_sql_value_t *value),
                                  void *context)
{
    const qa_sql_run_t *run = cache->run;
    const qa_sql_expression_t *plain = NULL;
    const qa_sql_expression_t **outside = NULL;
    uint16_t count = 0;
    member_rows_t *rows = &cache->dimensions[dimension];
    qa_status_t status = find_members(cache, view, dimension, rows);
    if (status != QA_OK) return status;
    status = qa_sql_make_inputs(run->arena, expression, &plain, &outside, &count);
    uint16_t *columns = qa_arena_take(run->arena, (count + 1u) * sizeof(*columns));
    qa_sql_value_t *inputs = qa_arena_take(run->arena, (count + 1u) * sizeof(*inputs));
    if (status != QA_OK || columns == NULL || inputs == NULL)
        return qa_fail_memory(run->error, "a predicate");
    for (uint16_t c = 0; c < count; c++) {
        const bool is_of_fact = outside[c]->relation == view->fact->id;
        columns[c] = is_of_fact && view->fact->table->kind != QA_SQL_DIMENSION ? (uint16_t)rows->member_column
                                                                               : (uint16_t)outside[c]->index;
    }
    status = member_cache_read(cache, view, dimension, columns, count, &rows);
    if (status != QA_OK) return status;
    return evaluate_members(cache, view, rows, plain, columns, count, inputs, visit, context);
}

/* --- selections --- */

typedef struct mark {
    uint64_t *bits;
} mark_t;

/* Takes members away for which the predicate is not true. */
static qa_status_t keep_true(void *context, qa_member_t member, const qa_sql_value_t *value)
{
    const mark_t *mark = context;
    if (value->kind == QA_SQL_NULL || value->integer == 0)
        mark->bits[member / 64] &= ~((uint64_t)1 << (member % 64));
    return QA_OK;
}

/* All members that the fact can have, as a first selection. */
static qa_status_t start_bits(member_cache_t *cache, const fact_view_t *view, qa_dimension_t dimension,
                              selection_t *selection)
{
    member_rows_t *rows = NULL;
    if (selection->bits[dimension] != NULL) return QA_OK;
    const qa_status_t status = member_cache_read(cache, view, dimension, NULL, 0, &rows);
    if (status != QA_OK) return status;
    const uint32_t count = rows->rows.row_count;
    uint64_t *bits = qa_arena_take(cache->run->arena, (count / 64 + 1) * sizeof(*bits));
    if (bits == NULL) return qa_fail_memory(cache->run->error, "a selection of members");
    for (uint32_t m = 0; m < count; m++) {
        if (is_member_of(view, rows, m)) bits[m / 64] |= (uint64_t)1 << (m % 64);
    }
    selection->bits[dimension] = bits;
    selection->bit_counts[dimension] = count;
    return QA_OK;
}

/* A join with the dimension's table leaves the members that are in it. */
static void keep_primary(const member_rows_t *rows, uint64_t *bits)
{
    for (uint32_t m = 0; m < rows->rows.row_count; m++) {
        if (rows->is_there[m] != QA_SQL_MEMBER_OF_PRIMARY) bits[m / 64] &= ~((uint64_t)1 << (m % 64));
    }
}

static qa_status_t evaluate_constant(const qa_sql_run_t *run, const qa_sql_expression_t *expression,
                                     qa_sql_value_t *value_out)
{
    const qa_sql_environment_t environment = {
        .parameters = run->parameters, .arena = run->arena, .context = run->context, .error = run->error
    };
    return qa_sql_evaluate(expression, &environment, value_out);
}

static qa_status_t apply(member_cache_t *cache, const fact_view_t *view, const conjunct_t *item,
                         selection_t *selection)
{
    qa_sql_value_t value;
    qa_status_t status = QA_OK;
    if (item->kind == CONJUNCT_CONSTANT) {
        status = evaluate_constant(cache->run, item->expression, &value);
        if (status == QA_OK && (value.kind == QA_SQL_NULL || value.integer == 0)) selection->is_empty = true;
    } else if (item->kind == CONJUNCT_CHANGED) {
        status = evaluate_constant(cache->run, item->expression->arguments[1], &value);
        if (status != QA_OK) return status;
        if (value.kind != QA_SQL_BIGINT && value.kind != QA_SQL_INTEGER)
            selection->is_empty = selection->is_empty || value.kind == QA_SQL_NULL;
        else if (value.integer > 0 && (uint64_t)value.integer > selection->changed_after)
            selection->changed_after = (uint64_t)value.integer;
    } else if (item->kind == CONJUNCT_MEMBER || item->kind == CONJUNCT_EDGE) {
        status = start_bits(cache, view, item->dimension, selection);
        if (status == QA_OK && item->kind == CONJUNCT_EDGE)
            keep_primary(&cache->dimensions[item->dimension], selection->bits[item->dimension]);
        if (status != QA_OK || item->kind == CONJUNCT_EDGE) return status;
        mark_t mark = { selection->bits[item->dimension] };
        status = member_cache_evaluate(cache, view, item->dimension, item->expression, keep_true, &mark);
    }
    return status;
}

qa_status_t selection_make(member_cache_t *cache, const fact_view_t *view, const conjunct_list_t *list,
                           selection_t *selection_out)
{
    *selection_out = (selection_t){ 0 };
    /* What stands on a member that the structure does not have is no row of the table. */
    const uint16_t own_count = cache->moment->has_other_structure && view->fact->table->kind != QA_SQL_CELLS
                                   ? qa_model_dimension_count(qa_connection_model(cache->moment->connection))
                                   : 0;
    for (qa_dimension_t d = 0; d < own_count; d++) {
        const qa_status_t status = start_bits(cache, view, d, selection_out);
        if (status != QA_OK) return status;
    }
    for (uint32_t c = 0; c < list->count; c++) {
        const qa_status_t status = apply(cache, view, &list->items[c], selection_out);
        if (status != QA_OK) return status;
    }
    return QA_OK;
}

/* --- conditions that look at more than one table --- */

/* fact.dimension = other.dimension, where the other is atoms, facts or cells of the same app and moment. */
static const qa_sql_relation_t *find_twin(const fact_view_t *view, const qa_sql_expression_t *expression,
                                          const qa_sql_relation_t *const *relations, uint32_t relation_count,
                                          qa_dimension_t *dimension_out)
{
    if (!qa_sql_is_call_of(expression, "=")) return NULL;
    for (int side = 0; side < 2; side++) {
        const qa_sql_expression_t *own = expression->arguments[side];
        const qa_sql_expression_t *twin = expression->arguments[1 - side];
        if (own->node != QA_SQL_COLUMN || twin->node != QA_SQL_COLUMN || own->relation != view->fact->id)
            continue;
        const qa_sql_relation_t *other = find_relation(relations, relation_count, twin->relation);
        if (other == NULL || other == view->fact || other->source != QA_SQL_FROM_TABLE ||
            other->table->kind > QA_SQL_FACTS || !is_same_moment(view->fact, other))
            continue;
        const qa_sql_shape_column_t *own_column = &view->fact->table->columns[own->index];
        const qa_sql_shape_column_t *twin_column = &other->table->columns[twin->index];
        if (own_column->role != QA_SQL_ROLE_MEMBER || twin_column->role != QA_SQL_ROLE_MEMBER ||
            own_column->dimension != twin_column->dimension)
            continue;
        *dimension_out = own_column->dimension;
        return other;
    }
    return NULL;
}

static qa_status_t follow_twin(member_cache_t *cache, const qa_sql_relation_t *twin, qa_dimension_t dimension,
                               const conjunct_list_t *list, const qa_sql_relation_t *const *relations,
                               uint32_t relation_count, selection_t *selection)
{
    fact_view_t view = { .fact = twin };
    conjunct_list_t copy = { .count = list->count, .capacity = list->count };
    copy.items = qa_arena_take(cache->run->arena, (list->count + 1u) * sizeof(*copy.items));
    if (copy.items == NULL) return qa_fail_memory(cache->run->error, "a plan");
    memcpy(copy.items, list->items, list->count * sizeof(*copy.items));
    conjuncts_classify(&copy, relations, relation_count, &view);
    qa_status_t status = QA_OK;
    for (uint32_t c = 0; c < copy.count && status == QA_OK; c++) {
        if (copy.items[c].kind == CONJUNCT_MEMBER && copy.items[c].dimension == dimension)
            status = apply(cache, &view, &copy.items[c], selection);
    }
    return status;
}

typedef struct named {
    const fact_view_t *view;
    bool is_named[QA_DIMENSIONS_MAX];
} named_t;

static bool note_named(void *context, const qa_sql_expression_t *node)
{
    named_t *named = context;
    if (node->node != QA_SQL_COLUMN || node->relation != named->view->fact->id) return true;
    const qa_sql_shape_column_t *column = &named->view->fact->table->columns[node->index];
    if (column->role == QA_SQL_ROLE_MEMBER) named->is_named[column->dimension] = true;
    return true;
}

qa_status_t selection_follow(member_cache_t *cache, const fact_view_t *view, const conjunct_list_t *list,
                             const qa_sql_relation_t *const *relations, uint32_t relation_count,
                             selection_t *selection)
{
    named_t named = { .view = view };
    qa_status_t status = QA_OK;
    for (uint32_t c = 0; c < list->count && status == QA_OK; c++) {
        const qa_sql_expression_t *expression = list->items[c].expression;
        qa_dimension_t dimension = 0;
        if (list->items[c].kind != CONJUNCT_OTHER) continue;
        qa_sql_walk(expression, note_named, &named);
        const qa_sql_relation_t *twin = find_twin(view, expression, relations, relation_count, &dimension);
        if (twin == NULL) continue;
        status = start_bits(cache, view, dimension, selection);
        if (status == QA_OK)
            status = follow_twin(cache, twin, dimension, list, relations, relation_count, selection);
    }
    for (qa_dimension_t d = 0; d < QA_DIMENSIONS_MAX && status == QA_OK; d++) {
        if (named.is_named[d] && view->fact->table->kind == QA_SQL_CELLS)
            status = start_bits(cache, view, d, selection);
    }
    return status;
}
