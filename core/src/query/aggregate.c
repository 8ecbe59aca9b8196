/* Aggregates: from atoms to groups.
 *
 * Every selected atom is turned into codes, the codes into a group, and the atom is counted there. Few
 * possible groups are found in a table, many through hash tables. It must never look at an atom that the
 * reader may not see, and the order of the rows must never show in a number. */
#include "query/aggregate.h"

#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "query/aggregate_private.h"

enum { DENSE_MAX = 1 << 20 }; /* groups that a table may have */
#define WORD_MAX ((uint64_t)1 << 32)

/* --- the spec --- */

static qa_status_t check_list(const aggregation_t *run, const qa_code_list_t *list, const char *what)
{
    if (list->dimension >= qa_model_dimension_count(run->model))
        return qa_fail(run->error, QA_INVALID,
                       "%s of an aggregate names dimension number %u, which there is not", what,
                       (unsigned)list->dimension);
    for (uint32_t member = 0; member < list->member_count; member++)
        if (list->code_of_member[member] >= list->code_count && list->code_of_member[member] != QA_CODE_NONE)
            return qa_fail(run->error, QA_INVALID, "%s of an aggregate has the code %u, but only %u codes",
                           what, (unsigned)list->code_of_member[member], (unsigned)list->code_count);
    return QA_OK;
}

static qa_status_t check_spec(const aggregation_t *run)
{
    const qa_aggregate_spec_t *spec = run->spec;
    if (spec->size != sizeof(*spec) || spec->selection.size != sizeof(spec->selection))
        return qa_fail(run->error, QA_INVALID, "the description of an aggregate has another size");
    if (spec->key_count > QA_AGGREGATE_KEYS_MAX || spec->distinct_count > QA_AGGREGATE_DISTINCT_MAX)
        return qa_fail(run->error, QA_LIMIT, "an aggregate has at most %d keys and %d distinct counts",
                       QA_AGGREGATE_KEYS_MAX, QA_AGGREGATE_DISTINCT_MAX);
    if (spec->decimals > QA_DECIMALS_MAX + QA_NET_WEIGHT_DECIMALS_MAX || spec->form > QA_FORM_DOUBLE)
        return qa_fail(run->error, QA_INVALID, "an aggregate has at most %d decimals",
                       QA_DECIMALS_MAX + QA_NET_WEIGHT_DECIMALS_MAX);
    qa_status_t status = QA_OK;
    for (uint16_t k = 0; k < spec->key_count && status == QA_OK; k++)
        status = check_list(run, &spec->keys[k], "a key");
    for (uint16_t k = 0; k < spec->distinct_count && status == QA_OK; k++)
        status = check_list(run, &spec->distinct[k], "a distinct count");
    return status;
}

/* Packs the keys into words, and takes a table if there is one word of few values. */
static qa_status_t pack_keys(aggregation_t *run)
{
    const qa_aggregate_spec_t *spec = run->spec;
    uint64_t product = 1;
    run->word_count = 1;
    for (uint16_t k = 0; k < spec->key_count; k++) {
        const uint64_t count = spec->keys[k].code_count == 0 ? 1 : spec->keys[k].code_count;
        if (product > WORD_MAX / count) {
            run->word_count++;
            product = 1;
        }
        run->word_of_key[k] = (uint16_t)(run->word_count - 1);
        run->stride_of_key[k] = product;
        product *= count;
    }
    if (run->word_count > 1 || product > DENSE_MAX) return QA_OK;
    run->dense_count = (uint32_t)product;
    run->dense = qa_memory_take(run->allocator, (size_t)product * sizeof(uint32_t));
    return run->dense == NULL ? qa_fail_memory(run->error, "an aggregate") : QA_OK;
}

/* --- groups --- */

static qa_status_t add_group(aggregation_t *run, const uint32_t *codes)
{
    qa_aggregate_t *result = run->result;
    if (result->group_count >= QA_AGGREGATE_GROUPS_MAX)
        return qa_fail(run->error, QA_LIMIT,
                       "the query has more than %d groups; group by fewer columns or select fewer rows",
                       QA_AGGREGATE_GROUPS_MAX);
    qa_status_t status = qa_array_reserve(run->allocator, (void **)&result->groups, &result->group_capacity,
                                          result->group_count + 1, sizeof(group_t));
    if (status == QA_OK && result->key_count > 0)
        status = qa_array_reserve(run->allocator, (void **)&result->codes, &result->code_capacity,
                                  result->group_count + 1, result->key_count * sizeof(uint32_t));
    if (status != QA_OK) return qa_fail_memory(run->error, "the groups of a query");
    result->groups[result->group_count] = (group_t){ .account = QA_MEMBER_NONE, .balance = QA_MEMBER_NONE };
    if (result->key_count > 0)
        memcpy(result->codes + (size_t)result->group_count * result->key_count, codes,
               result->key_count * sizeof(uint32_t));
    result->group_count++;
    return QA_OK;
}

static qa_status_t fail_map(const aggregation_t *run, qa_status_t status)
{
    if (status == QA_NO_MEMORY) return qa_fail_memory(run->error, "the groups of a query");
    return qa_fail(run->error, status, "the query has too many groups; group by fewer columns");
}

/* The group of the coordinate; false in *is_in_out if a key leaves it out. */
static qa_status_t find_group(aggregation_t *run, const qa_member_t *coordinate, uint32_t *group_out,
                              bool *is_in_out)
{
    const qa_aggregate_spec_t *spec = run->spec;
    uint32_t codes[QA_AGGREGATE_KEYS_MAX];
    uint64_t words[QA_AGGREGATE_KEYS_MAX];
    for (uint16_t w = 0; w < run->word_count; w++)
        words[w] = 0;
    *is_in_out = false;
    for (uint16_t k = 0; k < spec->key_count; k++) {
        const qa_code_list_t *list = &spec->keys[k];
        codes[k] = code_of(list, aggregation_member(run, coordinate, list->dimension));
        if (codes[k] == QA_CODE_NONE) return QA_OK;
        words[run->word_of_key[k]] += codes[k] * run->stride_of_key[k];
    }
    *is_in_out = true;
    if (run->dense != NULL) {
        assert(words[0] < run->dense_count);
        uint32_t *place = &run->dense[words[0]];
        if (*place == 0) {
            const qa_status_t status = add_group(run, codes);
            if (status != QA_OK) return status;
            *place = run->result->group_count;
        }
        *group_out = *place - 1;
        return QA_OK;
    }
    uint32_t number = 0;
    for (uint16_t w = 0; w < run->word_count; w++) {
        const uint64_t key = w == 0 ? words[0] : (uint64_t)number << 32 | words[w];
        const qa_status_t status = qa_code_map_number(&run->maps[w], key, &number);
        if (status != QA_OK) return fail_map(run, status);
    }
    *group_out = number;
    return number < run->result->group_count ? QA_OK : add_group(run, codes);
}

static qa_status_t count_distinct(aggregation_t *run, uint32_t group, const qa_member_t *coordinate)
{
    for (uint16_t i = 0; i < run->spec->distinct_count; i++) {
        const qa_code_list_t *list = &run->spec->distinct[i];
        const uint32_t code = code_of(list, aggregation_member(run, coordinate, list->dimension));
        uint32_t number;
        if (code == QA_CODE_NONE) continue;
        const qa_status_t status =
            qa_code_map_number(&run->distinct[i], (uint64_t)group << 32 | code, &number);
        if (status != QA_OK) return fail_map(run, status);
    }
    return QA_OK;
}

/* --- the pass --- */

static qa_status_t take_atom(aggregation_t *run, const qa_member_t *coordinate, const qa_atom_t *atom)
{
    const bool is_number =
        run->spec->measures != 0 && (atom->kind == QA_KIND_DECIMAL || atom->kind == QA_KIND_DOUBLE);
    const account_way_t *way = NULL;
    qa_member_t account = 0;
    uint32_t group = 0;
    bool is_in = false;
    qa_status_t status = QA_OK;
    if (is_number || run->spec->is_net_weighted) {
        status = qa_aggregate_account(run, coordinate, &account, &way);
        if (status != QA_OK || way == NULL) return status;
    }
    status = find_group(run, coordinate, &group, &is_in);
    if (status != QA_OK || !is_in) return status;
    run->result->groups[group].row_count++;
    if (run->spec->distinct_count > 0) status = count_distinct(run, group, coordinate);
    if (status == QA_OK && is_number)
        status = qa_aggregate_number(run, group, coordinate, atom, account, way);
    return status;
}

static qa_status_t finish_distinct(aggregation_t *run)
{
    qa_aggregate_t *result = run->result;
    if (result->distinct_count == 0 || result->group_count == 0) return QA_OK;
    result->distinct_counts = qa_memory_take(run->allocator, (size_t)result->group_count *
                                                                 result->distinct_count * sizeof(uint64_t));
    if (result->distinct_counts == NULL) return qa_fail_memory(run->error, "the groups of a query");
    for (uint16_t i = 0; i < result->distinct_count; i++) {
        const code_map_t *map = &run->distinct[i];
        for (uint64_t slot = 0; map->slot_bits > 0 && slot < (uint64_t)1 << map->slot_bits; slot++)
            if (map->numbers[slot] != 0)
                result->distinct_counts[(map->keys[slot] >> 32) * result->distinct_count + i]++;
    }
    return QA_OK;
}

static qa_status_t run_pass(aggregation_t *run, const qa_store_t *store, uint64_t clearance)
{
    qa_select_t select;
    qa_status_t status = check_spec(run);
    if (status == QA_OK) status = pack_keys(run);
    if (status == QA_OK) {
        run->accounts = qa_memory_take(run->allocator, (size_t)run->account_count * sizeof(account_way_t));
        if (run->accounts == NULL) status = qa_fail_memory(run->error, "an aggregate");
    }
    if (status == QA_OK && run->spec->key_count == 0) {
        status = add_group(run, NULL);
        if (status == QA_OK) run->dense[0] = 1;
    }
    if (status != QA_OK) return status;
    qa_select_begin(&select, store, &run->spec->selection, clearance,
                    qa_model_app(run->value_model)->is_zero_missing);
    while ((status = qa_select_next(&select, run->error)) == QA_OK) {
        status = take_atom(run, select.coordinate, &select.atom);
        if (status != QA_OK) return status;
    }
    if (status != QA_MISSING_INPUT) return status;
    status = finish_distinct(run);
    if (status == QA_OK && (run->spec->measures & QA_AGGREGATE_SUM) != 0) status = qa_aggregate_finish(run);
    return status;
}

static void release(aggregation_t *run)
{
    const qa_allocator_t *allocator = run->allocator;
    for (uint16_t k = 0; k < QA_AGGREGATE_KEYS_MAX; k++)
        qa_code_map_release(&run->maps[k]);
    for (uint16_t k = 0; k < QA_AGGREGATE_DISTINCT_MAX; k++)
        qa_code_map_release(&run->distinct[k]);
    qa_code_map_release(&run->parts_by_period);
    qa_memory_give(allocator, run->dense, (size_t)run->dense_count * sizeof(uint32_t));
    qa_memory_give(allocator, run->accounts, (size_t)run->account_count * sizeof(account_way_t));
    qa_memory_give(allocator, run->parts, (size_t)run->part_capacity * sizeof(mixed_sum_t));
    qa_memory_give(allocator, run->exacts, (size_t)run->exact_capacity * sizeof(qa_exact_sum_t));
    qa_memory_give(allocator, run, sizeof(*run));
}

static void prepare(aggregation_t *run)
{
    const qa_aggregate_spec_t *spec = run->spec;
    for (uint16_t k = 0; k < QA_AGGREGATE_KEYS_MAX; k++)
        qa_code_map_make(&run->maps[k], run->allocator);
    for (uint16_t k = 0; k < QA_AGGREGATE_DISTINCT_MAX; k++)
        qa_code_map_make(&run->distinct[k], run->allocator);
    qa_code_map_make(&run->parts_by_period, run->allocator);
    run->measure = qa_model_dimension_of_kind(run->model, QA_DIMENSION_MEASURE);
    run->time = qa_model_dimension_of_kind(run->model, QA_DIMENSION_TIME);
    run->account_count = 1;
    const qa_model_t *models[] = { run->model, run->value_model };
    for (int i = 0; i < 2; i++) {
        const qa_dimension_t measure = qa_model_dimension_of_kind(models[i], QA_DIMENSION_MEASURE);
        if (measure == QA_DIMENSIONS_MAX) continue;
        run->measure = measure; /* ids are the same at every moment */
        const uint32_t count = qa_model_dimension(models[i], measure)->member_count;
        if (count > run->account_count) run->account_count = count;
    }
    run->has_balances = spec->is_net_weighted && (spec->measures & QA_AGGREGATE_SUM) != 0 &&
                        run->measure != QA_DIMENSIONS_MAX && run->time != QA_DIMENSIONS_MAX;
}

qa_status_t qa_aggregate_run(const qa_model_t *model, const qa_model_t *value_model, const qa_store_t *store,
                             const qa_aggregate_spec_t *spec, uint64_t clearance,
                             const qa_allocator_t *allocator, qa_aggregate_t **result_out, qa_error_t *error)
{
    *result_out = NULL;
    aggregation_t *run = qa_memory_take(allocator, sizeof(*run));
    if (run == NULL) return qa_fail_memory(error, "an aggregate");
    run->allocator = allocator;
    run->spec = spec;
    run->model = model;
    run->value_model = value_model;
    run->store_dimensions = qa_store_dimension_count(store);
    run->error = error;
    prepare(run);
    run->result = qa_memory_take(allocator, sizeof(*run->result));
    qa_status_t status = run->result == NULL ? qa_fail_memory(error, "an aggregate") : QA_OK;
    if (status == QA_OK) {
        *run->result = (qa_aggregate_t){ .allocator = allocator,
                                         .form = spec->form,
                                         .measures = spec->measures,
                                         .decimals = spec->decimals,
                                         .key_count = spec->key_count,
                                         .distinct_count = spec->distinct_count };
        status = run_pass(run, store, clearance);
    }
    if (status == QA_OK)
        *result_out = run->result;
    else
        qa_aggregate_close(run->result);
    release(run);
    return status;
}

/* --- the result --- */

void qa_aggregate_close(qa_aggregate_t *result)
{
    if (result == NULL) return;
    const qa_allocator_t *allocator = result->allocator;
    const size_t groups = result->group_count;
    qa_memory_give(allocator, result->groups, (size_t)result->group_capacity * sizeof(group_t));
    qa_memory_give(allocator, result->codes,
                   (size_t)result->code_capacity * result->key_count * sizeof(uint32_t));
    qa_memory_give(allocator, result->sums, groups * sizeof(qa_value_t));
    qa_memory_give(allocator, result->distinct_counts, groups * result->distinct_count * sizeof(uint64_t));
    qa_memory_give(allocator, result, sizeof(*result));
}

uint32_t qa_aggregate_group_count(const qa_aggregate_t *result)
{
    return result->group_count;
}

const uint32_t *qa_aggregate_codes(const qa_aggregate_t *result, uint32_t group)
{
    assert(group < result->group_count);
    return result->codes + (size_t)group * result->key_count;
}

uint64_t qa_aggregate_row_count(const qa_aggregate_t *result, uint32_t group)
{
    assert(group < result->group_count);
    return result->groups[group].row_count;
}

uint64_t qa_aggregate_number_count(const qa_aggregate_t *result, uint32_t group)
{
    assert(group < result->group_count);
    return result->groups[group].number_count;
}

qa_value_t qa_aggregate_sum(const qa_aggregate_t *result, uint32_t group)
{
    assert(group < result->group_count);
    return result->sums == NULL ? qa_value_missing() : result->sums[group];
}

static qa_value_t read_number(const qa_aggregate_t *result, uint32_t group, const number_t *number,
                              uint32_t measure)
{
    if (result->groups[group].number_count == 0 || (result->measures & measure) == 0)
        return qa_value_missing();
    return result->form == QA_FORM_DOUBLE ? qa_value_double(number->number)
                                          : qa_value_decimal(number->units, result->decimals);
}

qa_value_t qa_aggregate_min(const qa_aggregate_t *result, uint32_t group)
{
    assert(group < result->group_count);
    return read_number(result, group, &result->groups[group].min, QA_AGGREGATE_MIN);
}

qa_value_t qa_aggregate_max(const qa_aggregate_t *result, uint32_t group)
{
    assert(group < result->group_count);
    return read_number(result, group, &result->groups[group].max, QA_AGGREGATE_MAX);
}

uint64_t qa_aggregate_distinct_count(const qa_aggregate_t *result, uint32_t group, uint16_t index)
{
    assert(group < result->group_count && index < result->distinct_count);
    return result->distinct_counts[(size_t)group * result->distinct_count + index];
}
