/* Islands: what a block must look like to run in the core, and running it. It must never run a block of which
 * it did not evaluate every condition. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "plan/select.h"
#include "qa/aggregate.h"
#include "value/decimal.h"

/* A grouped block, understood. */
typedef struct island {
    const qa_sql_block_t *block;
    const qa_sql_relation_t *relations[PLAN_RELATIONS_MAX];
    uint32_t relation_count;
    conjunct_list_t list;
    fact_view_t view;
    qa_dimension_t key_dimensions[QA_AGGREGATE_KEYS_MAX];
    const qa_sql_expression_t *distinct[QA_AGGREGATE_DISTINCT_MAX];
    qa_dimension_t distinct_dimensions[QA_AGGREGATE_DISTINCT_MAX];
    uint16_t distinct_count;
    bool is_out_of_memory;
} island_t;

#define REFUSE(...) return snprintf(why, 160, __VA_ARGS__), false

/* --- understanding --- */

/* Conditions of the joins, as far as every join is inner; a left join to a dimension table by its key is as
 * good as one, because every atom has a member there. */
static bool gather(island_t *island, const qa_sql_from_t *from, qa_arena_t *arena, char *why)
{
    if (from->relation != NULL) return true;
    if (from->join == QA_SQL_JOIN_LEFT) {
        if (from->right->relation == NULL || from->right->relation->source != QA_SQL_FROM_TABLE ||
            from->right->relation->table->kind != QA_SQL_DIMENSION || from->condition == NULL)
            REFUSE("an outer join is more than a look-up in a dimension table");
        fact_view_t view = { .fact = island->view.fact };
        conjunct_list_t list = { 0 };
        if (!conjuncts_add(&list, arena, from->condition)) island->is_out_of_memory = true;
        conjuncts_classify(&list, island->relations, island->relation_count, &view);
        if (list.count != 1 || list.items[0].kind != CONJUNCT_EDGE)
            REFUSE("an outer join has another condition than the key of the dimension");
    } else if (from->join != QA_SQL_JOIN_CROSS && from->join != QA_SQL_JOIN_INNER) {
        REFUSE("a right or full outer join runs in the row engine");
    }
    if (!conjuncts_add(&island->list, arena, from->condition)) island->is_out_of_memory = true;
    return gather(island, from->left, arena, why) && gather(island, from->right, arena, why);
}

static bool has_edge(const fact_view_t *view, uint32_t relation)
{
    for (uint32_t e = 0; e < view->edge_count; e++) {
        if (view->edge_relations[e] == relation) return true;
    }
    return false;
}

static bool find_fact(island_t *island, char *why)
{
    for (uint32_t r = 0; r < island->relation_count; r++) {
        const qa_sql_relation_t *relation = island->relations[r];
        if (relation->source != QA_SQL_FROM_TABLE)
            REFUSE("it reads a derived table that is more than a selection");
        if (relation->table->kind == QA_SQL_DIMENSION) continue;
        if (relation->table->kind != QA_SQL_ATOMS && relation->table->kind != QA_SQL_FACTS)
            REFUSE("%s is neither atoms nor facts nor one of their dimensions", relation->table->name);
        if (island->view.fact != NULL) REFUSE("it reads atoms or facts more than once");
        island->view.fact = relation;
    }
    if (island->view.fact == NULL) REFUSE("it reads neither atoms nor facts");
    return true;
}

static bool understand_conditions(island_t *island, qa_arena_t *arena, char *why)
{
    if (!gather(island, island->block->from, arena, why)) return false;
    if (!conjuncts_add(&island->list, arena, island->block->where)) island->is_out_of_memory = true;
    conjuncts_classify(&island->list, island->relations, island->relation_count, &island->view);
    for (uint32_t r = 0; r < island->relation_count; r++) {
        const qa_sql_relation_t *relation = island->relations[r];
        if (relation != island->view.fact && !has_edge(&island->view, relation->id))
            REFUSE("%s is not joined by its key", relation->alias);
    }
    for (uint32_t c = 0; c < island->list.count; c++) {
        if (island->list.items[c].kind == CONJUNCT_OTHER)
            REFUSE("condition %u looks at more than one dimension, at values, or at a sub-query", c + 1);
    }
    return true;
}

static bool understand_aggregate(island_t *island, const qa_sql_aggregate_t *aggregate, char *why)
{
    const qa_sql_expression_t *argument = aggregate->argument;
    qa_dimension_t dimension;
    bool is_constant = false;
    if (aggregate->kind == QA_SQL_COUNT_ROWS) return true;
    const bool is_value = argument->node == QA_SQL_COLUMN && argument->relation == island->view.fact->id &&
                          island->view.fact->table->columns[argument->index].role == QA_SQL_ROLE_VALUE;
    /* The core divides a balance by its atoms, which is the average of nothing. */
    if (is_value && aggregate->kind == QA_SQL_AVERAGE && island->view.fact->table->has_balance)
        REFUSE("AVG is one of single facts, and the core would average balances");
    if (is_value && !aggregate->is_distinct) return true;
    if (is_value) REFUSE("DISTINCT over values runs in the row engine");
    if (aggregate->kind != QA_SQL_COUNT || !aggregate->is_distinct)
        REFUSE("an aggregate is over something else than value");
    if (!expression_dimension(&island->view, argument, &dimension, &is_constant) || is_constant)
        REFUSE("COUNT (DISTINCT …) looks at more than one dimension");
    if (island->distinct_count == QA_AGGREGATE_DISTINCT_MAX) REFUSE("there are too many COUNT (DISTINCT …)");
    island->distinct_dimensions[island->distinct_count] = dimension;
    island->distinct[island->distinct_count++] = argument;
    return true;
}

static bool understand(island_t *island, const qa_sql_block_t *block, qa_arena_t *arena, char *why)
{
    *island = (island_t){ .block = block };
    bool is_constant = false;
    if (!block->is_grouped) REFUSE("it has no aggregates");
    if (block->from == NULL) REFUSE("it reads no table");
    if (!block_relations(block->from, island->relations, &island->relation_count))
        REFUSE("it joins too many tables");
    if (!find_fact(island, why) || !understand_conditions(island, arena, why)) return false;
    if (block->key_count > QA_AGGREGATE_KEYS_MAX)
        REFUSE("it groups by more than %d keys", QA_AGGREGATE_KEYS_MAX);
    for (uint16_t k = 0; k < block->key_count; k++) {
        if (!expression_dimension(&island->view, block->keys[k], &island->key_dimensions[k], &is_constant) ||
            is_constant)
            REFUSE("key %u of GROUP BY does not look at exactly one dimension", k + 1u);
    }
    for (uint16_t a = 0; a < block->aggregate_count; a++) {
        if (!understand_aggregate(island, &block->aggregates[a], why)) return false;
    }
    return true;
}

/* One table, filtered row by row. */
static bool is_single(const qa_sql_block_t *block, char *why)
{
    if (block->from == NULL || block->from->relation == NULL) REFUSE("it joins tables without aggregates");
    if (block->from->relation->source != QA_SQL_FROM_TABLE) REFUSE("it reads a derived table");
    if (block->from->relation->table->kind == QA_SQL_SCRATCH)
        REFUSE("a scratch table lives in the row engine");
    return true;
}

const char *qa_sql_island_refusal(const qa_sql_block_t *block, char why_out[160])
{
    qa_arena_t arena;
    island_t island;
    why_out[0] = '\0';
    qa_arena_make(&arena, &qa_allocator_default, (size_t)16 << 20);
    const bool is_island =
        block->is_grouped ? understand(&island, block, &arena, why_out) : is_single(block, why_out);
    qa_arena_release(&arena);
    return is_island ? NULL : why_out;
}

/* --- codes: equal values of an expression over members are one code --- */

typedef struct codes {
    const qa_sql_run_t *run;
    bool is_name;
    bool is_null_none;
    bool has_spellings; /* equal names that are written differently */
    uint32_t *code_of_member;
    qa_sql_value_t *values; /* per code, in the run's arena */
    uint32_t count;
    uint32_t capacity;
    uint32_t *slots; /* code + 1 */
    uint32_t slot_count;
} codes_t;

static bool is_equal(const qa_sql_value_t *a, const qa_sql_value_t *b, bool is_name)
{
    if (a->kind == QA_SQL_NULL || b->kind == QA_SQL_NULL) return a->kind == b->kind;
    return qa_sql_compare(a, b, is_name) == 0;
}

static uint32_t *find_slot(const codes_t *codes, const qa_sql_value_t *value)
{
    uint32_t at = (uint32_t)qa_sql_hash(value, codes->is_name) & (codes->slot_count - 1);
    while (codes->slots[at] != 0 && !is_equal(&codes->values[codes->slots[at] - 1], value, codes->is_name))
        at = (at + 1) & (codes->slot_count - 1);
    return &codes->slots[at];
}

static bool grow_codes(codes_t *codes)
{
    const uint32_t capacity = codes->capacity == 0 ? 64 : codes->capacity * 2;
    qa_sql_value_t *values = qa_arena_take(codes->run->arena, capacity * sizeof(*values));
    uint32_t *slots = qa_arena_take(codes->run->arena, (size_t)capacity * 2 * sizeof(*slots));
    if (values == NULL || slots == NULL) return false;
    if (codes->count > 0) memcpy(values, codes->values, codes->count * sizeof(*values));
    codes->values = values;
    codes->slots = slots;
    codes->capacity = capacity;
    codes->slot_count = capacity * 2;
    for (uint32_t code = 0; code < codes->count; code++)
        *find_slot(codes, &values[code]) = code + 1;
    return true;
}

static qa_status_t note_code(void *context, qa_member_t member, const qa_sql_value_t *value)
{
    codes_t *codes = context;
    if (value->kind == QA_SQL_NULL && codes->is_null_none) return QA_OK;
    if (codes->count == codes->capacity && !grow_codes(codes))
        return qa_fail_memory(codes->run->error, "groups");
    uint32_t *slot = find_slot(codes, value);
    if (*slot == 0) {
        qa_sql_value_t copy = *value;
        if (copy.kind == QA_SQL_TEXT || copy.kind == QA_SQL_BINARY) {
            copy.text = qa_arena_text(codes->run->arena, value->text, value->bytes);
            if (copy.text == NULL) return qa_fail_memory(codes->run->error, "groups");
        }
        codes->values[codes->count] = copy;
        *slot = ++codes->count;
    } else if (codes->is_name && value->kind == QA_SQL_TEXT) {
        /* The first in byte order is shown. */
        qa_sql_value_t *shown = &codes->values[*slot - 1];
        const int order = qa_sql_compare_spelling(value, shown);
        codes->has_spellings = codes->has_spellings || order != 0;
        if (order < 0) {
            *shown = *value;
            shown->text = qa_arena_text(codes->run->arena, value->text, value->bytes);
            if (shown->text == NULL) return qa_fail_memory(codes->run->error, "groups");
        }
    }
    codes->code_of_member[member] = *slot - 1;
    return QA_OK;
}

static qa_status_t make_codes(member_cache_t *cache, const fact_view_t *view, qa_dimension_t dimension,
                              const qa_sql_expression_t *expression, bool is_null_none, codes_t *codes,
                              qa_code_list_t *list_out)
{
    member_rows_t *rows = NULL;
    qa_status_t status = member_cache_read(cache, view, dimension, NULL, 0, &rows);
    if (status != QA_OK) return status;
    *codes =
        (codes_t){ .run = cache->run, .is_name = expression->type.is_name, .is_null_none = is_null_none };
    codes->code_of_member = qa_arena_take(cache->run->arena, (rows->rows.row_count + 1u) * sizeof(uint32_t));
    if (codes->code_of_member == NULL) return qa_fail_memory(cache->run->error, "groups");
    memset(codes->code_of_member, 0xff, rows->rows.row_count * sizeof(uint32_t));
    status = member_cache_evaluate(cache, view, dimension, expression, note_code, codes);
    *list_out = (qa_code_list_t){ .dimension = dimension,
                                  .code_of_member = codes->code_of_member,
                                  .member_count = rows->rows.row_count,
                                  .code_count = codes->count };
    return status;
}

/* --- running a grouped block --- */

typedef struct execution {
    island_t island;
    member_cache_t cache;
    qa_aggregate_spec_t spec;
    codes_t keys[QA_AGGREGATE_KEYS_MAX];
    codes_t distinct[QA_AGGREGATE_DISTINCT_MAX];
    selection_t selection;
} execution_t;

/* facts has numbers only: other accounts are not selected. */
static qa_status_t select_numbers(execution_t *execution, const qa_sql_run_t *run)
{
    qa_sql_shape_t *shape = NULL;
    const qa_status_t status = qa_sql_moment_shape(execution->cache.moment, &shape, run->error);
    if (status != QA_OK) return status;
    const qa_dimension_t measure = shape->measure;
    if (measure == QA_DIMENSIONS_MAX) return QA_OK;
    const qa_model_t *model = qa_connection_model(execution->cache.moment->connection);
    const uint32_t count = qa_model_dimension(model, measure)->member_count;
    uint64_t *bits = qa_arena_take(run->arena, (count / 64 + 1) * sizeof(*bits));
    if (bits == NULL) return qa_fail_memory(run->error, "a selection of accounts");
    const uint64_t *given = execution->selection.bits[measure];
    const uint32_t given_count = given == NULL ? count : execution->selection.bit_counts[measure];
    for (uint32_t m = 0; m < count && m < given_count; m++) {
        const uint8_t kind = qa_model_member(model, measure, m)->account.kind;
        const bool is_number = kind == QA_KIND_DECIMAL || kind == QA_KIND_DOUBLE || kind == QA_KIND_MISSING;
        if (is_number && (given == NULL || (given[m / 64] >> (m % 64) & 1) != 0))
            bits[m / 64] |= (uint64_t)1 << (m % 64);
    }
    execution->selection.bits[measure] = bits;
    execution->selection.bit_counts[measure] = count;
    return QA_OK;
}

static void fill_spec(execution_t *execution, const qa_sql_run_t *run)
{
    const qa_sql_block_t *block = execution->island.block;
    qa_aggregate_spec_t *spec = &execution->spec;
    spec->size = sizeof(*spec);
    spec->selection.size = sizeof(spec->selection);
    spec->selection.changed_after = execution->selection.changed_after;
    spec->selection.is_cancelled = run->is_cancelled;
    for (uint32_t d = 0; d < QA_DIMENSIONS_MAX; d++) {
        spec->selection.members[d] = execution->selection.bits[d];
        spec->selection.member_count[d] = execution->selection.bit_counts[d];
    }
    spec->is_net_weighted = execution->island.view.fact->table->kind == QA_SQL_FACTS;
    spec->measures = 0;
    for (uint16_t a = 0; a < block->aggregate_count; a++) {
        const qa_sql_aggregate_t *aggregate = &block->aggregates[a];
        if (aggregate->kind == QA_SQL_COUNT_ROWS || aggregate->is_distinct) continue;
        spec->form = aggregate->argument->type.kind == QA_SQL_DECIMAL ? QA_FORM_DECIMAL : QA_FORM_DOUBLE;
        spec->decimals = aggregate->argument->type.scale;
        if (aggregate->kind == QA_SQL_SUM || aggregate->kind == QA_SQL_AVERAGE)
            spec->measures |= QA_AGGREGATE_SUM;
        if (aggregate->kind == QA_SQL_COUNT || aggregate->kind == QA_SQL_AVERAGE)
            spec->measures |= QA_AGGREGATE_COUNT;
        if (aggregate->kind == QA_SQL_MIN) spec->measures |= QA_AGGREGATE_MIN;
        if (aggregate->kind == QA_SQL_MAX) spec->measures |= QA_AGGREGATE_MAX;
    }
}

static qa_sql_value_t from_core(const qa_value_t *value)
{
    qa_sql_value_t result = { .kind = QA_SQL_NULL };
    if (value->kind == QA_KIND_DECIMAL) {
        result.kind = QA_SQL_DECIMAL;
        result.scale = value->decimals;
        result.units = value->units;
    } else if (value->kind == QA_KIND_DOUBLE) {
        result.kind = QA_SQL_DOUBLE;
        result.number = value->number;
    }
    return result;
}

/* AVG is the exact sum over the count, rounded once; the row engine computes it the same way. */
static qa_status_t average(const qa_sql_run_t *run, const qa_sql_aggregate_t *aggregate,
                           const qa_value_t *sum, uint64_t count, qa_sql_value_t *value_out)
{
    *value_out = from_core(sum);
    if (value_out->kind == QA_SQL_DOUBLE) value_out->number /= (double)count;
    if (value_out->kind != QA_SQL_DECIMAL) return QA_OK;
    const uint32_t shift = (uint32_t)(aggregate->type.scale - value_out->scale);
    value_out->scale = aggregate->type.scale;
    if (qa_sql_decimal_divide(value_out->units, shift, (qa_int128_t)count, &value_out->units) != QA_OK)
        return qa_fail(run->error, QA_OVERFLOW,
                       "an average has more than 38 digits; cast what is averaged to fewer decimals");
    return QA_OK;
}

static qa_status_t read_aggregate(const qa_sql_run_t *run, const qa_sql_aggregate_t *aggregate,
                                  const qa_aggregate_t *result, uint32_t group, uint16_t *distinct_index,
                                  qa_sql_value_t *value_out)
{
    qa_value_t value;
    *value_out = (qa_sql_value_t){ .kind = QA_SQL_BIGINT };
    switch (aggregate->kind) {
    case QA_SQL_COUNT_ROWS:
        value_out->integer = (int64_t)qa_aggregate_row_count(result, group);
        return QA_OK;
    case QA_SQL_COUNT:
        value_out->integer =
            (int64_t)(aggregate->is_distinct ? qa_aggregate_distinct_count(result, group, (*distinct_index)++)
                                             : qa_aggregate_number_count(result, group));
        return QA_OK;
    case QA_SQL_SUM:
        value = qa_aggregate_sum(result, group);
        break;
    case QA_SQL_MIN:
        value = qa_aggregate_min(result, group);
        break;
    case QA_SQL_MAX:
        value = qa_aggregate_max(result, group);
        break;
    default:
        value = qa_aggregate_sum(result, group);
        return average(run, aggregate, &value, qa_aggregate_number_count(result, group), value_out);
    }
    *value_out = from_core(&value);
    return QA_OK;
}

static qa_status_t collect_rows(execution_t *execution, const qa_sql_run_t *run, const qa_aggregate_t *result,
                                qa_sql_table_t *rows_out)
{
    const qa_sql_block_t *block = execution->island.block;
    qa_sql_value_t *values =
        qa_arena_take(run->arena, (block->key_count + block->aggregate_count + 1u) * sizeof(*values));
    qa_status_t status = values == NULL ? qa_fail_memory(run->error, "groups") : QA_OK;
    for (uint32_t group = 0; group < qa_aggregate_group_count(result) && status == QA_OK; group++) {
        const uint32_t *codes = qa_aggregate_codes(result, group);
        uint16_t distinct_index = 0;
        for (uint16_t k = 0; k < block->key_count; k++)
            values[k] = execution->keys[k].values[codes[k]];
        for (uint16_t a = 0; a < block->aggregate_count && status == QA_OK; a++)
            status = read_aggregate(run, &block->aggregates[a], result, group, &distinct_index,
                                    &values[block->key_count + a]);
        if (status == QA_OK && qa_sql_table_append(rows_out, values, false) != QA_OK)
            status = qa_fail_memory(run->error, "groups");
    }
    return status;
}

static qa_status_t make_rows(const qa_sql_run_t *run, const qa_sql_block_t *block, qa_sql_table_t *rows_out)
{
    const uint32_t count = (uint32_t)block->key_count + block->aggregate_count;
    qa_sql_type_t *types = qa_arena_take(run->arena, (count + 1) * sizeof(*types));
    if (types == NULL) return qa_fail_memory(run->error, "groups");
    for (uint16_t k = 0; k < block->key_count; k++)
        types[k] = block->keys[k]->type;
    for (uint16_t a = 0; a < block->aggregate_count; a++)
        types[block->key_count + a] = block->aggregates[a].type;
    return qa_sql_table_make(rows_out, run->allocator, types, (uint16_t)count) == QA_OK
               ? QA_OK
               : qa_fail_memory(run->error, "groups");
}

/* A condition without columns that is not true: no atom at all. */
static void select_nothing(execution_t *execution)
{
    static const uint64_t none = 0;
    if (!execution->selection.is_empty) return;
    execution->spec.selection.members[0] = &none;
    execution->spec.selection.member_count[0] = 1;
}

/* Which spelling of a name a group shows depends on the atoms that it has, which the core does not tell. */
static bool has_spellings(const execution_t *execution)
{
    bool is_any = false;
    for (uint16_t k = 0; k < execution->island.block->key_count; k++)
        is_any = is_any || execution->keys[k].has_spellings;
    return is_any && !qa_sql_sums_balance(execution->island.block);
}

static qa_status_t aggregate(execution_t *execution, const qa_sql_run_t *run, bool *is_island_out,
                             qa_sql_table_t *rows_out)
{
    const qa_sql_block_t *block = execution->island.block;
    const fact_view_t *view = &execution->island.view;
    qa_aggregate_t *result = NULL;
    qa_status_t status =
        selection_make(&execution->cache, view, &execution->island.list, &execution->selection);
    if (status == QA_OK && view->fact->table->kind == QA_SQL_FACTS) status = select_numbers(execution, run);
    if (status != QA_OK) return status;
    fill_spec(execution, run);
    select_nothing(execution);
    for (uint16_t k = 0; k < block->key_count && status == QA_OK; k++)
        status = make_codes(&execution->cache, view, execution->island.key_dimensions[k], block->keys[k],
                            false, &execution->keys[k], &execution->spec.keys[k]);
    execution->spec.key_count = block->key_count;
    for (uint16_t d = 0; d < execution->island.distinct_count && status == QA_OK; d++)
        status = make_codes(&execution->cache, view, execution->island.distinct_dimensions[d],
                            execution->island.distinct[d], true, &execution->distinct[d],
                            &execution->spec.distinct[d]);
    execution->spec.distinct_count = execution->island.distinct_count;
    *is_island_out = status != QA_OK || !(execution->cache.has_failed || has_spellings(execution));
    if (!*is_island_out) return QA_OK;
    if (status == QA_OK) status = make_rows(run, block, rows_out);
    if (status != QA_OK) return status;
    status = qa_connection_aggregate(execution->cache.moment->connection, &execution->spec, &result);
    if (status != QA_OK) {
        *run->error = *qa_connection_error(execution->cache.moment->connection);
    } else {
        status = collect_rows(execution, run, result, rows_out);
    }
    qa_aggregate_close(result);
    if (status != QA_OK) qa_sql_table_release(rows_out);
    return status;
}

/* --- running a selection of one table --- */

typedef struct filter {
    const qa_sql_expression_t *plain;
    uint16_t *columns;
    uint16_t input_count;
    qa_sql_value_t *inputs;
    qa_arena_t arena;
} filter_t;

/* What the where needs of the table; false if it needs something else: an outer block, a sub-query. */
static bool make_filter(const qa_sql_run_t *run, const qa_sql_block_t *block, filter_t *filter,
                        uint8_t *is_wanted, qa_status_t *status_out)
{
    const qa_sql_expression_t **outside = NULL;
    *filter = (filter_t){ 0 };
    *status_out = QA_OK;
    if (block->where == NULL) return true;
    if (qa_sql_make_inputs(run->arena, block->where, &filter->plain, &outside, &filter->input_count) != QA_OK)
        *status_out = qa_fail_memory(run->error, "a plan");
    filter->columns = qa_arena_take(run->arena, (filter->input_count + 1u) * sizeof(*filter->columns));
    filter->inputs = qa_arena_take(run->arena, (filter->input_count + 1u) * sizeof(*filter->inputs));
    if (*status_out == QA_OK && (filter->columns == NULL || filter->inputs == NULL))
        *status_out = qa_fail_memory(run->error, "a plan");
    for (uint16_t i = 0; i < filter->input_count && *status_out == QA_OK; i++) {
        if (outside[i]->node != QA_SQL_COLUMN || outside[i]->relation != block->from->relation->id)
            return false;
        filter->columns[i] = (uint16_t)outside[i]->index;
        is_wanted[outside[i]->index] = 1;
    }
    return true;
}

static qa_status_t passes(const qa_sql_run_t *run, filter_t *filter, const qa_sql_table_t *source,
                          uint32_t row, bool *passes_out)
{
    qa_sql_value_t value;
    *passes_out = true;
    if (filter->plain == NULL) return QA_OK;
    for (uint16_t i = 0; i < filter->input_count; i++)
        filter->inputs[i] = qa_sql_table_value(source, row, filter->columns[i]);
    const qa_sql_environment_t environment = { .parameters = run->parameters,
                                               .inputs = filter->inputs,
                                               .arena = &filter->arena,
                                               .context = run->context,
                                               .error = run->error };
    const qa_status_t status = qa_sql_evaluate(filter->plain, &environment, &value);
    *passes_out = status == QA_OK && value.kind != QA_SQL_NULL && value.integer != 0;
    return status;
}

static qa_status_t pick(const qa_sql_run_t *run, filter_t *filter, const qa_sql_table_t *source,
                        const qa_sql_expression_t *const *columns, uint16_t column_count,
                        qa_sql_table_t *rows_out)
{
    qa_sql_value_t *values = qa_arena_take(run->arena, (column_count + 1u) * sizeof(*values));
    qa_sql_type_t *types = qa_arena_take(run->arena, (column_count + 1u) * sizeof(*types));
    if (values == NULL || types == NULL) return qa_fail_memory(run->error, "rows");
    for (uint16_t c = 0; c < column_count; c++)
        types[c] = columns[c]->type;
    types[column_count] = (qa_sql_type_t){ .kind = QA_SQL_BOOLEAN, .is_nullable = true };
    qa_status_t status =
        qa_sql_table_make(rows_out, run->allocator, types, (uint16_t)(column_count == 0 ? 1 : column_count));
    if (status != QA_OK) return qa_fail_memory(run->error, "rows");
    qa_arena_make(&filter->arena, run->allocator, (size_t)256 << 20);
    for (uint32_t row = 0; row < source->row_count && status == QA_OK; row++) {
        bool is_passed = false;
        if (row % 1024 == 0) status = qa_sql_run_check(run);
        if (row % 64 == 0) qa_arena_release(&filter->arena);
        if (status == QA_OK) status = passes(run, filter, source, row, &is_passed);
        if (status != QA_OK || !is_passed) continue;
        for (uint16_t c = 0; c < column_count; c++)
            values[c] = qa_sql_table_value(source, row, (uint16_t)columns[c]->index);
        if (qa_sql_table_append(rows_out, values, false) != QA_OK)
            status = qa_fail_memory(run->error, "rows");
    }
    qa_arena_release(&filter->arena);
    if (status != QA_OK) qa_sql_table_release(rows_out);
    return status;
}

static qa_status_t run_single(const qa_sql_run_t *run, const qa_sql_block_t *block,
                              const qa_sql_expression_t *const *columns, uint16_t column_count,
                              bool *is_island_out, qa_sql_table_t *rows_out)
{
    char why[160];
    filter_t filter;
    qa_sql_table_t source = { 0 };
    qa_status_t status = QA_OK;
    *is_island_out = false;
    if (!is_single(block, why)) return QA_OK;
    const qa_sql_relation_t *relation = block->from->relation;
    uint8_t *is_wanted = qa_arena_take(run->arena, relation->column_count + 1u);
    if (is_wanted == NULL) return qa_fail_memory(run->error, "a plan");
    for (uint16_t c = 0; c < column_count; c++) {
        if (columns[c]->relation != relation->id) return QA_OK; /* of an outer block */
        is_wanted[columns[c]->index] = 1;
    }
    if (!make_filter(run, block, &filter, is_wanted, &status) || status != QA_OK) return status;
    *is_island_out = true;
    status = qa_sql_scan(run, relation, block, is_wanted, &source);
    if (status == QA_OK) status = pick(run, &filter, &source, columns, column_count, rows_out);
    qa_sql_table_release(&source);
    return status;
}

qa_status_t qa_sql_island_run(const qa_sql_run_t *run, const qa_sql_block_t *block,
                              const qa_sql_expression_t *const *columns, uint16_t column_count,
                              bool *is_island_out, qa_sql_table_t *rows_out)
{
    char why[160];
    *is_island_out = false;
    *rows_out = (qa_sql_table_t){ 0 };
    if (run->is_row_path && !qa_sql_sums_balance(block)) return QA_OK;
    qa_status_t status = QA_OK;
    if (!block->is_grouped) {
        status = run_single(run, block, columns, column_count, is_island_out, rows_out);
        if (status == QA_OK && *is_island_out) run->path->island_count++;
        return status;
    }
    execution_t *execution = qa_arena_take(run->arena, sizeof(*execution));
    if (execution == NULL) return qa_fail_memory(run->error, "a plan");
    *is_island_out = understand(&execution->island, block, run->arena, why);
    if (execution->island.is_out_of_memory) return qa_fail_memory(run->error, "a plan");
    if (!*is_island_out) return QA_OK;
    execution->cache = (member_cache_t){ .run = run, .is_lenient = true };
    status = qa_sql_run_moment(run, execution->island.view.fact, &execution->cache.moment);
    if (status == QA_OK) status = aggregate(execution, run, is_island_out, rows_out);
    member_cache_release(&execution->cache);
    if (status == QA_OK && *is_island_out) run->path->island_count++;
    return status;
}
