/* FROM: tables, derived tables, CTEs and their joins. NATURAL and USING become an ordinary condition and one
 * column for each pair; an outer join makes the columns of its outer side nullable. */
#include <string.h>

#include "bind/binder.h"

static bool is_conflict(const qa_bind_relation_t *a, const qa_bind_relation_t *b)
{
    if (a->relation->alias[0] == '\0') return false; /* a derived table may stay without a name */
    if (!qa_bind_is_same_name(a->relation->alias, b->relation->alias)) return false;
    /* Tables of two apps differ by their schema. */
    return a->is_aliased || b->is_aliased || strcmp(a->relation->app, b->relation->app) == 0;
}

qa_status_t qa_bind_add_relation(qa_binder_t *binder, qa_sql_relation_t *relation, qa_sql_type_t *types,
                                 bool is_aliased, uint32_t position, qa_bind_columns_t *columns_out)
{
    qa_bind_scope_t *scope = binder->scope;
    if (scope->relation_count == QA_BIND_RELATIONS_MAX)
        return qa_bind_fail(binder, QA_LIMIT, position,
                            "one FROM has at most %d tables; put some of them into a derived table",
                            QA_BIND_RELATIONS_MAX);
    const qa_bind_relation_t added = { .relation = relation, .types = types, .is_aliased = is_aliased };
    for (uint32_t i = 0; i < scope->relation_count; i++)
        if (is_conflict(&scope->relations[i], &added))
            return qa_bind_fail(binder, QA_COLUMN_AMBIGUOUS, position,
                                "two tables of this FROM are called \"%s\"; give one another name with AS",
                                relation->alias);
    scope->relations[scope->relation_count++] = added;
    columns_out->count = relation->column_count;
    columns_out->items =
        qa_arena_take(binder->arena, (relation->column_count + 1u) * sizeof(qa_bind_column_t));
    if (columns_out->items == NULL) return qa_bind_no_memory(binder);
    for (uint16_t i = 0; i < relation->column_count; i++)
        columns_out->items[i] =
            (qa_bind_column_t){ .name = relation->column_names[i], .relation = relation, .index = i };
    return QA_OK;
}

/* A CTE by name, in the WITH of this query or of one around it; *cte_out NULL: none. */
static qa_status_t find_cte(const qa_binder_t *binder, const qa_ast_name_t *name, qa_sql_cte_t **cte_out)
{
    *cte_out = NULL;
    for (qa_bind_ctes_t *ctes = binder->ctes; ctes != NULL; ctes = ctes->outer) {
        if (ctes->in_progress != NULL && qa_bind_is_name(ctes->in_progress->text, name))
            return qa_bind_fail(binder, QA_NOT_YET, name->position,
                                "\"%s\" reads itself: recursive queries are not built yet", name->text);
        for (uint16_t i = ctes->count; i-- > 0;) {
            if (!qa_bind_is_name(ctes->items[i].name, name)) continue;
            *cte_out = &ctes->items[i];
            /* What depends on the row of an outer block through the CTE is correlated too. */
            qa_bind_frame_t *frame = binder->frame;
            for (; (*cte_out)->query->is_correlated && frame != NULL && frame->query != ctes->owner;
                 frame = frame->outer)
                frame->query->is_correlated = true;
            return QA_OK;
        }
    }
    return QA_OK;
}

/* AS OF: a moment is an offset of the log or a time. */
static qa_status_t bind_as_of(qa_binder_t *binder, const qa_ast_expression_t *as_of,
                              const qa_sql_expression_t **expression_out)
{
    static const qa_sql_type_t offset = { .kind = QA_SQL_BIGINT, .is_nullable = true };
    static const qa_sql_type_t time = { .kind = QA_SQL_TIMESTAMP, .is_nullable = true };
    const qa_sql_expression_t *bound = NULL;
    const qa_status_t status = qa_bind_constant(binder, as_of, "AS OF", &bound);
    if (status != QA_OK) return status;
    switch (bound->type.kind) {
    case QA_SQL_INTEGER:
    case QA_SQL_BIGINT:
        return qa_bind_coerce(binder, bound, &offset, as_of->position, expression_out);
    case QA_SQL_TIMESTAMP:
    case QA_SQL_DATE:
        *expression_out = bound;
        return QA_OK;
    case QA_SQL_NULL:
    case QA_SQL_TEXT:
        if (bound->node == QA_SQL_PARAMETER || bound->type.kind == QA_SQL_TEXT)
            return qa_bind_coerce(binder, bound, &time, as_of->position, expression_out);
        break;
    default:
        break;
    }
    return qa_bind_fail(binder, QA_TYPE_CLASH, as_of->position,
                        "AS OF takes an offset (BIGINT), a TIMESTAMP or a DATE");
}

static qa_status_t bind_cte_use(qa_binder_t *binder, const qa_ast_from_t *from, qa_sql_cte_t *cte,
                                qa_sql_relation_t **relation_out, qa_sql_type_t **types_out)
{
    const char *alias = from->alias.text == NULL ? cte->name : from->alias.text;
    const qa_status_t status =
        qa_bind_query_relation(binder, cte->query, alias, from->columns, from->column_count, from->position,
                               relation_out, types_out);
    if (status != QA_OK) return status;
    (*relation_out)->source = QA_SQL_FROM_CTE;
    (*relation_out)->cte = cte->id;
    cte->use_count++;
    return QA_OK;
}

static qa_status_t rename_columns(const qa_binder_t *binder, const qa_ast_from_t *from,
                                  qa_sql_relation_t *relation)
{
    if (from->column_count == 0) return QA_OK;
    if (from->column_count != relation->column_count)
        return qa_bind_fail(binder, QA_COLUMN_COUNT, from->position,
                            "the list behind %s and the table differ: %u and %u columns", relation->alias,
                            from->column_count, relation->column_count);
    const char **names = qa_arena_take(binder->arena, from->column_count * sizeof(*names));
    if (names == NULL) return qa_bind_no_memory(binder);
    for (uint16_t i = 0; i < from->column_count; i++)
        names[i] = from->columns[i].text;
    relation->column_names = names;
    return QA_OK;
}

static qa_status_t bind_table_leaf(qa_binder_t *binder, const qa_ast_from_t *from,
                                   qa_sql_relation_t **relation_out, qa_sql_type_t **types_out)
{
    qa_sql_cte_t *cte = NULL;
    const qa_sql_shape_table_t *table = NULL;
    const char *app = "";
    const bool is_plain = from->schema.text == NULL;
    qa_status_t status = is_plain ? find_cte(binder, &from->table, &cte) : QA_OK;
    if (status == QA_OK && cte == NULL)
        status = qa_bind_table(binder, &from->schema, &from->table, &table, &app);
    if (status != QA_OK) return status;
    if (from->as_of != NULL && (cte != NULL || table->kind == QA_SQL_SCRATCH))
        return qa_bind_fail(binder, QA_NOT_SUPPORTED, from->position,
                            "\"%s\" has no history: AS OF is for the tables of an app", from->table.text);
    if (cte != NULL) return bind_cte_use(binder, from, cte, relation_out, types_out);
    status = qa_bind_table_relation(binder, table, app, from->alias.text, relation_out, types_out);
    if (status == QA_OK) status = rename_columns(binder, from, *relation_out);
    if (status == QA_OK && from->as_of != NULL)
        status = bind_as_of(binder, from->as_of, &(*relation_out)->as_of);
    return status;
}

static qa_status_t bind_derived(qa_binder_t *binder, const qa_ast_from_t *from,
                                qa_sql_relation_t **relation_out, qa_sql_type_t **types_out)
{
    qa_bind_scope_t *scope = binder->scope;
    qa_sql_query_t *query = NULL;
    if (from->as_of != NULL)
        return qa_bind_fail(binder, QA_NOT_SUPPORTED, from->position,
                            "AS OF belongs to a table; write it within the derived table");
    binder->scope = scope->outer; /* a derived table does not see the tables beside it */
    qa_status_t status = qa_bind_sub_query(binder, from->query, &query);
    binder->scope = scope;
    if (status != QA_OK) return status;
    return qa_bind_query_relation(binder, query, from->alias.text == NULL ? "" : from->alias.text,
                                  from->columns, from->column_count, from->position, relation_out, types_out);
}

/* --- joins --- */

static void make_nullable(const qa_bind_scope_t *scope, uint32_t first, uint32_t behind)
{
    for (uint32_t i = first; i < behind; i++)
        for (uint16_t k = 0; k < scope->relations[i].relation->column_count; k++)
            scope->relations[i].types[k].is_nullable = true;
}

static qa_status_t find_shared(const qa_binder_t *binder, const qa_bind_columns_t *columns,
                               const qa_ast_name_t *name, const char *side, uint32_t *index_out)
{
    bool is_found = false;
    char words[160];
    qa_bind_near_t near = { .wanted = name };
    for (uint32_t i = 0; i < columns->count; i++) {
        qa_bind_near_offer(&near, columns->items[i].name);
        if (!qa_bind_is_name(columns->items[i].name, name)) continue;
        if (is_found)
            return qa_bind_fail(binder, QA_COLUMN_AMBIGUOUS, name->position,
                                "the %s side of the join has \"%s\" twice; join with ON", side, name->text);
        is_found = true;
        *index_out = i;
    }
    if (is_found) return QA_OK;
    return qa_bind_fail(binder, QA_COLUMN_NOT_FOUND, name->position,
                        "the %s side of the join has no column \"%s\"%s", side, name->text,
                        qa_bind_near_words(&near, words));
}

/* The columns that both sides have, for NATURAL. */
static qa_status_t natural_columns(const qa_binder_t *binder, const qa_bind_columns_t *left,
                                   const qa_bind_columns_t *right, uint32_t position,
                                   qa_ast_name_t **names_out, uint16_t *count_out)
{
    *names_out = qa_arena_take(binder->arena, (left->count + 1u) * sizeof(**names_out));
    if (*names_out == NULL) return qa_bind_no_memory(binder);
    for (uint32_t i = 0; i < left->count; i++)
        for (uint32_t k = 0; k < right->count; k++)
            if (qa_bind_is_same_name(left->items[i].name, right->items[k].name)) {
                const char *name = left->items[i].name;
                (*names_out)[(*count_out)++] =
                    (qa_ast_name_t){ .text = name, .bytes = (uint32_t)strlen(name), .position = position };
                break;
            }
    return QA_OK;
}

/* One merged column of each pair first, then what is left of both sides. */
static qa_status_t merge_columns(const qa_binder_t *binder, uint8_t join, const qa_bind_columns_t *left,
                                 const qa_bind_columns_t *right, const uint32_t (*pairs)[2],
                                 uint16_t pair_count, qa_bind_columns_t *columns_out)
{
    qa_bind_column_t *items =
        qa_arena_take(binder->arena, (left->count + right->count + 1u) * sizeof(*items));
    if (items == NULL) return qa_bind_no_memory(binder);
    uint32_t count = 0;
    for (uint16_t i = 0; i < pair_count; i++) {
        const qa_bind_column_t *first = &left->items[pairs[i][0]];
        const qa_bind_column_t *second = &right->items[pairs[i][1]];
        items[count] = join == QA_SQL_JOIN_RIGHT ? *second : *first;
        if (join == QA_SQL_JOIN_FULL)
            items[count] = (qa_bind_column_t){ .name = first->name, .left = first, .right = second };
        items[count++].name = first->name;
    }
    for (int side = 0; side < 2; side++) {
        const qa_bind_columns_t *columns = side == 0 ? left : right;
        for (uint32_t i = 0; i < columns->count; i++) {
            bool is_merged = false;
            for (uint16_t k = 0; k < pair_count; k++)
                is_merged = is_merged || pairs[k][side] == i;
            if (!is_merged) items[count++] = columns->items[i];
        }
    }
    *columns_out = (qa_bind_columns_t){ .items = items, .count = count };
    return QA_OK;
}

static qa_status_t bind_using(qa_binder_t *binder, const qa_ast_from_t *from, const qa_bind_columns_t *left,
                              const qa_bind_columns_t *right, qa_sql_from_t *join,
                              qa_bind_columns_t *columns_out)
{
    qa_ast_name_t *names = from->columns;
    uint16_t count = from->column_count;
    qa_status_t status = QA_OK;
    if (from->is_natural) {
        count = 0;
        status = natural_columns(binder, left, right, from->position, &names, &count);
    }
    uint32_t(*pairs)[2] = qa_arena_take(binder->arena, (count + 1u) * sizeof(*pairs));
    if (status == QA_OK && pairs == NULL) status = qa_bind_no_memory(binder);
    for (uint16_t i = 0; i < count && status == QA_OK; i++) {
        const qa_sql_expression_t *sides[2] = { NULL, NULL };
        const qa_sql_expression_t *both[2] = { join->condition, NULL };
        const uint32_t position = names[i].position;
        for (uint16_t k = 0; k < i; k++)
            if (qa_bind_is_same_name(names[k].text, names[i].text))
                return qa_bind_fail(binder, QA_NAMED_TWICE, position, "\"%s\" stands twice", names[i].text);
        status = find_shared(binder, left, &names[i], "left", &pairs[i][0]);
        if (status == QA_OK) status = find_shared(binder, right, &names[i], "right", &pairs[i][1]);
        if (status == QA_OK)
            status = qa_bind_column_expression(binder, &left->items[pairs[i][0]], position, &sides[0]);
        if (status == QA_OK)
            status = qa_bind_column_expression(binder, &right->items[pairs[i][1]], position, &sides[1]);
        if (status == QA_OK) status = qa_bind_call(binder, "=", sides, 2, position, &both[1]);
        if (status == QA_OK && join->condition == NULL) join->condition = both[1];
        if (status == QA_OK && i > 0)
            status = qa_bind_call(binder, "AND", both, 2, position, &join->condition);
    }
    if (status != QA_OK) return status;
    return merge_columns(binder, from->join, left, right, (const uint32_t(*)[2])pairs, count, columns_out);
}

static qa_status_t bind_on(qa_binder_t *binder, const qa_ast_from_t *from, uint32_t first,
                           const qa_bind_columns_t *columns, qa_sql_from_t *join)
{
    qa_bind_scope_t *scope = binder->scope;
    const qa_bind_columns_t all = scope->columns;
    const uint32_t all_first = scope->relation_first;
    scope->columns = *columns;
    scope->relation_first = first;
    scope->clause = "ON";
    const qa_status_t status = qa_bind_condition(binder, from->condition, "ON", &join->condition);
    scope->clause = NULL;
    scope->relation_first = all_first;
    scope->columns = all;
    return status;
}

static qa_status_t bind_join(qa_binder_t *binder, const qa_ast_from_t *from, qa_sql_from_t *join,
                             qa_bind_columns_t *columns_out)
{
    const qa_bind_scope_t *scope = binder->scope;
    qa_bind_columns_t left = { 0 }, right = { 0 };
    const uint32_t first = scope->relation_count;
    qa_status_t status = qa_bind_from(binder, from->left, &join->left, &left);
    const uint32_t middle = scope->relation_count;
    if (status == QA_OK) status = qa_bind_from(binder, from->right, &join->right, &right);
    if (status != QA_OK) return status;
    join->join = from->join;
    if (from->is_natural || from->column_count > 0)
        status = bind_using(binder, from, &left, &right, join, columns_out);
    else
        status = merge_columns(binder, from->join, &left, &right, NULL, 0, columns_out);
    if (status == QA_OK && from->condition != NULL) status = bind_on(binder, from, first, columns_out, join);
    if (status != QA_OK) return status;
    if (from->join == QA_SQL_JOIN_LEFT || from->join == QA_SQL_JOIN_FULL)
        make_nullable(scope, middle, scope->relation_count);
    if (from->join == QA_SQL_JOIN_RIGHT || from->join == QA_SQL_JOIN_FULL)
        make_nullable(scope, first, middle);
    return QA_OK;
}

qa_status_t qa_bind_from(qa_binder_t *binder, const qa_ast_from_t *from, qa_sql_from_t **from_out,
                         qa_bind_columns_t *columns_out)
{
    qa_sql_type_t *types = NULL;
    qa_sql_from_t *bound = qa_arena_take(binder->arena, sizeof(*bound));
    if (bound == NULL) return qa_bind_no_memory(binder);
    *from_out = bound;
    qa_status_t status = qa_bind_enter(binder, from->position);
    if (status == QA_OK && from->kind == QA_AST_JOIN) {
        status = bind_join(binder, from, bound, columns_out);
    } else if (status == QA_OK) {
        status = from->kind == QA_AST_TABLE ? bind_table_leaf(binder, from, &bound->relation, &types)
                                            : bind_derived(binder, from, &bound->relation, &types);
        if (status == QA_OK)
            status = qa_bind_add_relation(binder, bound->relation, types, from->alias.text != NULL,
                                          from->position, columns_out);
    }
    qa_bind_leave(binder);
    return status;
}
