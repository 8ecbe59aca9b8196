/* Times the plain store: sets of new atoms, gets, and sets over existing ones, in coordinate and in random
 * order, as CPU time of this thread. It checks what it reads, so that no loop can be left out. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "store/store.h"

enum { ATOM_COUNT = 1000000, DIMENSION_COUNT = 6, CALL_COUNT = 4096 };

static double cpu_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* 10 × 10 × 5 × 5 × 20 × 20 members, the last dimension fastest. */
static void coordinate_of(uint32_t index, qa_member_t *coordinate_out)
{
    static const uint32_t sizes[DIMENSION_COUNT] = { 10, 10, 5, 5, 20, 20 };
    for (int d = DIMENSION_COUNT - 1; d >= 0; d--) {
        coordinate_out[d] = index % sizes[d] + 1;
        index /= sizes[d];
    }
}

static void report(const char *what, const char *order, double ms)
{
    printf("%-24s %-10s %8.1f ms CPU per million, %6.1f ns each\n", what, order, ms * 1e6 / ATOM_COUNT,
           ms * 1e6 / ATOM_COUNT);
}

static void require(bool is_true, const char *what)
{
    if (is_true) return;
    fprintf(stderr, "bench_store: %s\n", what);
    exit(1);
}

static void time_set(qa_store_t *store, const char *what, const char *order, const qa_member_t *coordinates,
                     const qa_atom_t *atoms, uint32_t call_count)
{
    const double start = cpu_ms();
    for (uint32_t first = 0; first < ATOM_COUNT; first += call_count) {
        const uint32_t left = ATOM_COUNT - first;
        const uint32_t count = left < call_count ? left : call_count;
        require(qa_store_set(store, coordinates + (size_t)first * DIMENSION_COUNT, atoms + first, count, NULL,
                             NULL) == QA_OK,
                "a set failed");
    }
    report(what, order, cpu_ms() - start);
}

static void time_get(const qa_store_t *store, const char *order, const qa_member_t *coordinates,
                     const qa_atom_t *atoms)
{
    static qa_atom_t got[CALL_COUNT];
    uint64_t wrong = 0;
    const double start = cpu_ms();
    for (uint32_t first = 0; first < ATOM_COUNT; first += CALL_COUNT) {
        const uint32_t left = ATOM_COUNT - first;
        const uint32_t count = left < CALL_COUNT ? left : CALL_COUNT;
        qa_store_get(store, coordinates + (size_t)first * DIMENSION_COUNT, count, got);
        for (uint32_t i = 0; i < count; i++)
            wrong += got[i].units != atoms[first + i].units;
    }
    report("get", order, cpu_ms() - start);
    require(wrong == 0, "a get found another value");
}

int main(void)
{
    qa_member_t *coordinates = malloc(sizeof(qa_member_t) * ATOM_COUNT * DIMENSION_COUNT);
    qa_atom_t *atoms = malloc(sizeof(qa_atom_t) * ATOM_COUNT);
    uint32_t *order = malloc(sizeof(uint32_t) * ATOM_COUNT);
    require(coordinates != NULL && atoms != NULL && order != NULL, "no memory");
    const qa_hash_key_t key = { 1, 2 };
    qa_hash128_t hashes[2];
    for (uint32_t i = 0; i < ATOM_COUNT; i++)
        order[i] = i;
    uint64_t random = 88172645463325252u;
    for (int pass = 0; pass < 2; pass++) {
        const char *name = pass == 0 ? "in order" : "random";
        for (uint32_t i = ATOM_COUNT - 1; pass == 1 && i > 0; i--) {
            const uint32_t other = (uint32_t)(random_next(&random) % (i + 1));
            const uint32_t kept = order[i];
            order[i] = order[other];
            order[other] = kept;
        }
        for (uint32_t i = 0; i < ATOM_COUNT; i++) {
            coordinate_of(order[i], coordinates + (size_t)i * DIMENSION_COUNT);
            atoms[i] = (qa_atom_t){ .kind = QA_KIND_DECIMAL, .units = order[i], .changed_offset = 7 };
        }
        qa_store_t *store = NULL;
        require(qa_store_open(&store, &qa_allocator_default, DIMENSION_COUNT, &key) == QA_OK, "no store");
        time_set(store, "set new", name, coordinates, atoms, CALL_COUNT);
        time_get(store, name, coordinates, atoms);
        time_set(store, "set existing", name, coordinates, atoms, CALL_COUNT);
        hashes[pass] = qa_store_hash(store);
        require(qa_store_verify(store, NULL) == QA_OK, "the store does not verify");
        printf("%-24s %-10s %8.1f bytes per atom\n", "memory", name,
               (double)qa_store_bytes(store) / ATOM_COUNT);
        qa_store_close(store);
        require(qa_store_open(&store, &qa_allocator_default, DIMENSION_COUNT, &key) == QA_OK, "no store");
        time_set(store, "set new, one call", name, coordinates, atoms, ATOM_COUNT);
        qa_store_close(store);
    }
    require(qa_hash128_equal(hashes[0], hashes[1]), "two orders of writing gave two hashes");
    free(order);
    free(atoms);
    free(coordinates);
    return 0;
}
