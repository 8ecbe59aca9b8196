/* Times aggregates over a million atoms: by one dimension, by three, into many groups, of a selection and of
 * what changed since, as CPU time of this thread. It checks what it reads, so that no loop can be left out.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/model_edit.h"
#include "query/aggregate.h"

enum { ATOM_COUNT = 1000000, DIMENSION_COUNT = 6, CALL_COUNT = 4096, CODES_MAX = 256 };

static const uint32_t sizes[DIMENSION_COUNT] = { 10, 10, 5, 5, 20, 20 };

static double cpu_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void require(bool is_true, const char *what)
{
    if (is_true) return;
    fprintf(stderr, "bench_aggregate: %s\n", what);
    exit(1);
}

static void write_fact(qa_model_t *model, const qa_fact_key_t *key, const void *value, size_t bytes)
{
    require(qa_model_write_fact(model, key, value, bytes, NULL) == QA_OK, "a fact was refused");
}

/* Six flat dimensions of roots. */
static qa_model_t *make_model(const qa_hash_key_t *key)
{
    qa_model_t *model = NULL;
    require(qa_model_open(&model, &qa_allocator_default, key) == QA_OK, "no model");
    for (qa_dimension_t d = 0; d < DIMENSION_COUNT; d++) {
        char text[8];
        int bytes = snprintf(text, sizeof(text), "%cD%u", QA_DIMENSION_ORDINARY, (unsigned)d);
        write_fact(model, &(qa_fact_key_t){ .table = QA_FACT_DIMENSION, .dimension = d }, text,
                   (size_t)bytes);
        for (uint32_t m = 0; m <= sizes[d]; m++) {
            bytes = snprintf(text, sizeof(text), "%cm%u", 0, (unsigned)m);
            write_fact(model, &(qa_fact_key_t){ .table = QA_FACT_MEMBER, .dimension = d, .member = m }, text,
                       (size_t)bytes);
        }
    }
    require(qa_model_settle(model, NULL) == QA_OK, "the model does not settle");
    return model;
}

/* 10 × 10 × 5 × 5 × 20 × 20 members, the last dimension fastest; the offset grows every thousand atoms. */
static qa_store_t *make_store(const qa_hash_key_t *key)
{
    static qa_member_t coordinates[CALL_COUNT * DIMENSION_COUNT];
    static qa_atom_t atoms[CALL_COUNT];
    qa_store_t *store = NULL;
    require(qa_store_open(&store, &qa_allocator_default, DIMENSION_COUNT, key) == QA_OK, "no store");
    for (uint32_t first = 0; first < ATOM_COUNT; first += CALL_COUNT) {
        const uint32_t count = ATOM_COUNT - first < CALL_COUNT ? ATOM_COUNT - first : CALL_COUNT;
        for (uint32_t i = 0; i < count; i++) {
            uint32_t index = first + i;
            for (uint32_t d = DIMENSION_COUNT; d-- > 0; index /= sizes[d])
                coordinates[i * DIMENSION_COUNT + d] = index % sizes[d] + 1;
            atoms[i] = (qa_atom_t){ .kind = QA_KIND_DECIMAL,
                                    .units = first + i,
                                    .changed_offset = 1 + (first + i) / 1000 };
        }
        require(qa_store_set(store, coordinates, atoms, count, NULL, NULL) == QA_OK, "a set failed");
    }
    return store;
}

/* The codes are the members themselves. */
static void time_aggregate(const qa_model_t *model, const qa_store_t *store, const char *what,
                           const char *keys, qa_aggregate_spec_t *spec, uint32_t rows_expected)
{
    static uint32_t codes[CODES_MAX];
    qa_aggregate_t *result = NULL;
    uint64_t rows = 0;
    for (uint32_t i = 0; i < CODES_MAX; i++)
        codes[i] = i;
    spec->size = sizeof(*spec);
    spec->selection.size = sizeof(spec->selection);
    spec->key_count = 0;
    for (; *keys != '\0'; keys++)
        spec->keys[spec->key_count++] =
            (qa_code_list_t){ (qa_dimension_t)(*keys - '0'), codes, sizes[*keys - '0'] + 1, CODES_MAX };
    const double start = cpu_ms();
    require(qa_aggregate_run(model, model, store, spec, UINT64_MAX, &qa_allocator_default, &result, NULL) ==
                QA_OK,
            "an aggregate failed");
    const double ms = cpu_ms() - start;
    for (uint32_t group = 0; group < qa_aggregate_group_count(result); group++)
        rows += qa_aggregate_row_count(result, group);
    require(rows == rows_expected, "an aggregate has another number of rows");
    printf("%-44s %8.2f ms CPU, %7u groups\n", what, ms, (unsigned)qa_aggregate_group_count(result));
    qa_aggregate_close(result);
}

int main(void)
{
    const qa_hash_key_t key = { 1, 2 };
    qa_model_t *model = make_model(&key);
    qa_store_t *store = make_store(&key);
    const uint64_t one = 1 << 3;
    qa_aggregate_spec_t spec = { .measures = QA_AGGREGATE_SUM, .decimals = 2 };
    time_aggregate(model, store, "sum of all", "", &spec, ATOM_COUNT);
    time_aggregate(model, store, "sum by one dimension", "0", &spec, ATOM_COUNT);
    time_aggregate(model, store, "sum by one dimension, the fastest", "5", &spec, ATOM_COUNT);
    time_aggregate(model, store, "sum by three dimensions", "245", &spec, ATOM_COUNT);
    time_aggregate(model, store, "sum by all dimensions", "012345", &spec, ATOM_COUNT);
    spec.form = QA_FORM_DOUBLE;
    time_aggregate(model, store, "exact sum of doubles by one dimension", "0", &spec, ATOM_COUNT);
    spec.form = QA_FORM_DECIMAL;
    spec.measures = 0;
    time_aggregate(model, store, "rows by one dimension", "0", &spec, ATOM_COUNT);
    spec.measures = QA_AGGREGATE_SUM | QA_AGGREGATE_COUNT | QA_AGGREGATE_MIN | QA_AGGREGATE_MAX;
    spec.selection.members[1] = &one;
    spec.selection.member_count[1] = 4;
    time_aggregate(model, store, "all measures of a tenth by one dimension", "0", &spec, ATOM_COUNT / 10);
    spec.selection.members[1] = NULL;
    spec.selection.changed_after = 990;
    time_aggregate(model, store, "sum of what a hundredth changed since", "0", &spec, ATOM_COUNT / 100);
    qa_store_close(store);
    qa_model_close(model);
    return 0;
}
