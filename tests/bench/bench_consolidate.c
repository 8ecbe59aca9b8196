/* Times grids over a million atoms, 1000 × 24 cells the largest, as CPU time of this thread. The lists hold
 * leaves and totals, and the other dimensions are added up whole. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/model_edit.h"
#include "query/consolidate.h"

enum { ATOM_COUNT = 1000000, DIMENSIONS = 5, ROUNDS = 5 };

static double cpu_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void require(bool is_true, const char *what)
{
    if (is_true) return;
    fprintf(stderr, "bench_consolidate: %s\n", what);
    exit(1);
}

static void write_fact(qa_model_t *model, qa_fact_key_t key, const uint8_t *value, size_t bytes)
{
    qa_error_t error = { QA_OK, "" };
    if (qa_model_write_fact(model, &key, value, bytes, &error) != QA_OK) require(false, error.message);
}

static qa_member_t add_member(qa_model_t *model, qa_dimension_t dimension, qa_member_t parent)
{
    uint8_t value[32] = { 0 };
    const qa_member_t member = qa_model_dimension(model, dimension)->member_count;
    const int bytes = snprintf((char *)value + 1, sizeof(value) - 1, "m%u", (unsigned)member);
    write_fact(model, (qa_fact_key_t){ .table = QA_FACT_MEMBER, .dimension = dimension, .member = member },
               value, (size_t)bytes + 1);
    qa_buffer_t edge;
    qa_buffer_make(&edge, &qa_allocator_default, 64);
    require(qa_write_signed(&edge, 1) == QA_OK && qa_write_u8(&edge, 0) == QA_OK &&
                qa_write_u8(&edge, '+') == QA_OK && qa_write_varint(&edge, member + 1) == QA_OK,
            "no memory");
    write_fact(
        model,
        (qa_fact_key_t){ .table = QA_FACT_EDGE, .dimension = dimension, .member = parent, .other = member },
        edge.data, edge.bytes);
    qa_buffer_release(&edge);
    return member;
}

/* A root, `groups` groups below it, `leaves` leaves below each. Ids: 0, then each group before its leaves. */
static void add_dimension(qa_model_t *model, qa_dimension_kind_t kind, uint32_t groups, uint32_t leaves)
{
    const qa_dimension_t dimension = qa_model_dimension_count(model);
    const uint8_t value[] = { (uint8_t)kind, 'D', (uint8_t)('0' + dimension) };
    write_fact(model, (qa_fact_key_t){ .table = QA_FACT_DIMENSION, .dimension = dimension }, value,
               sizeof(value));
    const qa_member_t root = add_member(model, dimension, QA_MEMBER_NONE);
    for (uint32_t g = 0; g < groups; g++) {
        const qa_member_t group = add_member(model, dimension, root);
        for (uint32_t i = 0; i < leaves; i++)
            (void)add_member(model, dimension, group);
    }
}

static qa_member_t leaf(uint32_t index, uint32_t leaves)
{
    return 1 + index / leaves * (leaves + 1) + 1 + index % leaves;
}

static void fill(qa_store_t *store)
{
    enum { BATCH = 4000 };
    static qa_member_t coordinates[BATCH * DIMENSIONS];
    static qa_atom_t atoms[BATCH];
    for (uint32_t first = 0; first < ATOM_COUNT; first += BATCH) {
        for (uint32_t i = 0; i < BATCH; i++) {
            /* 1000 accounts × 12 months × 100 places × 10 × 10: one leaf cell in 120 is there. */
            uint64_t place = (uint64_t)(first + i) * 120 + (first + i) % 120;
            qa_member_t *at = coordinates + (size_t)i * DIMENSIONS;
            at[4] = leaf((uint32_t)(place % 10), 5);
            place /= 10;
            at[3] = leaf((uint32_t)(place % 10), 5);
            place /= 10;
            at[2] = leaf((uint32_t)(place % 100), 10);
            place /= 100;
            at[1] = leaf((uint32_t)(place % 12), 3);
            place /= 12;
            at[0] = leaf((uint32_t)(place % 1000), 20);
            atoms[i] =
                (qa_atom_t){ .kind = QA_KIND_DECIMAL, .units = (int64_t)(first + i), .changed_offset = 1 };
        }
        require(qa_store_set(store, coordinates, atoms, BATCH, NULL, NULL) == QA_OK, "a set failed");
    }
    require(qa_store_atom_count(store) == ATOM_COUNT, "atoms fell together");
}

static void time_grid(const char *what, const qa_model_t *model, const qa_store_t *store,
                      const qa_grid_spec_t *spec)
{
    qa_error_t error = { QA_OK, "" };
    double best = 1e9;
    uint64_t cells = 0;
    uint64_t present = 0;
    for (int round = 0; round < ROUNDS; round++) {
        qa_grid_t *grid = NULL;
        const double start = cpu_ms();
        if (qa_consolidate(model, store, spec, &qa_allocator_default, &grid, &error) != QA_OK)
            require(false, error.message);
        const double ms = cpu_ms() - start;
        if (ms < best) best = ms;
        cells = qa_grid_cell_count(grid);
        present = 0;
        for (uint64_t i = 0; i < cells; i++)
            if (qa_grid_cell(grid, i)->kind != QA_KIND_MISSING) present++;
        qa_grid_close(grid);
    }
    printf("%-44s %8llu cells, %8llu with a value: %8.1f ms CPU\n", what, (unsigned long long)cells,
           (unsigned long long)present, best);
}

int main(void)
{
    const qa_hash_key_t key = { 1, 2 };
    qa_model_t *model = NULL;
    qa_store_t *store = NULL;
    require(qa_model_open(&model, &qa_allocator_default, &key) == QA_OK, "no model");
    require(qa_store_open(&store, &qa_allocator_default, DIMENSIONS, &key) == QA_OK, "no store");
    add_dimension(model, QA_DIMENSION_MEASURE, 50, 20);
    add_dimension(model, QA_DIMENSION_TIME, 4, 3);
    add_dimension(model, QA_DIMENSION_ORDINARY, 10, 10);
    add_dimension(model, QA_DIMENSION_ORDINARY, 2, 5);
    add_dimension(model, QA_DIMENSION_ORDINARY, 2, 5);
    require(qa_model_settle(model, NULL) == QA_OK, "the model does not settle");
    fill(store);
    qa_member_t accounts[1000];
    qa_member_t periods[24];
    qa_member_t places[24];
    for (uint32_t i = 0; i < 1000; i++)
        accounts[i] = i;
    for (uint32_t i = 0; i < 24; i++) {
        periods[i] = i % 17;
        places[i] = i;
    }
    const qa_member_t zero = 0;
    const qa_member_t month = leaf(5, 3);
    qa_grid_spec_t spec = { .size = sizeof(spec),
                            .members = { accounts, periods, &zero, &zero, &zero },
                            .member_count = { 1000, 24, 1, 1, 1 } };
    time_grid("accounts x periods, the rest added up", model, store, &spec);
    spec.members[2] = places;
    spec.member_count[2] = 24;
    spec.members[1] = &month;
    spec.member_count[1] = 1;
    time_grid("accounts x places in one month", model, store, &spec);
    spec = (qa_grid_spec_t){ .size = sizeof(spec),
                             .members = { &zero, &zero, &zero, &zero, &zero },
                             .member_count = { 1, 1, 1, 1, 1 } };
    time_grid("one total of everything", model, store, &spec);
    qa_member_t account_leaves[1000];
    qa_member_t month_leaves[12];
    for (uint32_t i = 0; i < 1000; i++)
        account_leaves[i] = leaf(i, 20);
    for (uint32_t i = 0; i < 12; i++)
        month_leaves[i] = leaf(i, 3);
    const qa_member_t place = leaf(7, 10);
    const qa_member_t first = leaf(0, 5);
    spec = (qa_grid_spec_t){ .size = sizeof(spec),
                             .members = { account_leaves, month_leaves, &place, &first, &first },
                             .member_count = { 1000, 12, 1, 1, 1 } };
    time_grid("accounts x months, leaves only", model, store, &spec);
    qa_store_close(store);
    qa_model_close(model);
    return 0;
}
