/* The facade's speed: 1 M cells written by one durable intent, read back, and the app opened from log and
 * from snapshot. CPU time of this process, in ms; the plain store's share is in bench_store. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "qa/lattice.h"

enum { LEAVES = 100, ATOMS = LEAVES * LEAVES * LEAVES, DIMENSIONS = 6 };

static double cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void must(qa_status_t status, const char *words)
{
    if (status == QA_OK) return;
    fprintf(stderr, "%s: %s\n", qa_status_info(status)->name, words);
    exit(1);
}

static void add_leaves(qa_intent_t *intent, qa_dimension_t dimension, qa_member_t all, int count)
{
    for (int i = 0; i < count; i++) {
        char code[16];
        qa_member_t member;
        snprintf(code, sizeof(code), "M%04d", i);
        must(qa_intent_add_member(intent, dimension, code, strlen(code), false, &member), "member");
        const qa_edge_t edge = { .parent = all, .child = member, .operator_code = '+' };
        must(qa_intent_set_edge(intent, dimension, 0, &edge, QA_ATOMS_REFUSE, 0), "edge");
    }
}

static void make_model(qa_connection_t *connection)
{
    qa_intent_t *intent = NULL;
    must(qa_intent_open(&intent, NULL), "intent");
    for (int d = 0; d < DIMENSIONS; d++) {
        char name[16];
        qa_dimension_t dimension;
        qa_member_t all;
        snprintf(name, sizeof(name), "D%d", d);
        must(qa_intent_add_dimension(intent, name, strlen(name), QA_DIMENSION_ORDINARY, "All", 3, &dimension,
                                     &all),
             "dimension");
        add_leaves(intent, dimension, all, LEAVES);
    }
    must(qa_connection_commit(connection, intent, NULL), qa_connection_error(connection)->message);
    qa_intent_close(intent);
}

static qa_member_t *make_coordinates(void)
{
    qa_member_t *coordinates = malloc((size_t)ATOMS * DIMENSIONS * sizeof(*coordinates));
    if (coordinates == NULL) exit(1);
    for (uint32_t i = 0; i < ATOMS; i++) {
        qa_member_t *at = coordinates + (size_t)i * DIMENSIONS;
        const uint32_t digits[3] = { i / (LEAVES * LEAVES), i / LEAVES % LEAVES, i % LEAVES };
        for (int d = 0; d < DIMENSIONS; d++)
            at[d] = 1 + digits[d / 2];
    }
    return coordinates;
}

static void open_again(const qa_lattice_options_t *options, const char *what)
{
    qa_lattice_t *lattice = NULL;
    qa_error_t error;
    const double start = cpu_ms();
    must(qa_lattice_open(&lattice, options, &error), error.message);
    printf("open from %-9s %8.1f ms\n", what, cpu_ms() - start);
    qa_lattice_close(lattice);
}

int main(void)
{
    char folder[] = "/tmp/qa-bench-XXXXXX";
    char command[128];
    qa_lattice_t *lattice = NULL;
    qa_connection_t *connection = NULL;
    qa_intent_t *intent = NULL;
    qa_error_t error;
    if (mkdtemp(folder) == NULL) return 1;
    const qa_lattice_options_t options = { .size = sizeof(options),
                                           .replica = folder,
                                           .app = "bench",
                                           .is_create = true,
                                           .snapshot_bytes = UINT32_MAX };
    const qa_connection_options_t who = { .size = sizeof(who), .door = "bench", .clearance = UINT64_MAX };
    must(qa_lattice_open(&lattice, &options, &error), error.message);
    must(qa_connection_open(&connection, lattice, &who, &error), error.message);
    make_model(connection);
    qa_member_t *coordinates = make_coordinates();
    qa_value_t *values = calloc(ATOMS, sizeof(*values));
    if (values == NULL) return 1;
    for (uint32_t i = 0; i < ATOMS; i++)
        values[i] = qa_value_decimal(i * 7919 % 1000003, 2);

    double start = cpu_ms();
    must(qa_intent_open(&intent, NULL), "intent");
    must(qa_intent_set_cells(intent, DIMENSIONS, coordinates, values, NULL, ATOMS), "cells");
    printf("build the intent    %8.1f ms (1 M cells, %.1f bytes a cell)\n", cpu_ms() - start,
           (double)qa_intent_bytes(intent) / ATOMS);
    start = cpu_ms();
    must(qa_connection_commit(connection, intent, NULL), qa_connection_error(connection)->message);
    printf("commit, durable     %8.1f ms\n", cpu_ms() - start);
    qa_intent_close(intent);

    must(qa_connection_read_begin(connection), "read");
    start = cpu_ms();
    must(qa_connection_cells(connection, coordinates, ATOMS, values), "cells");
    printf("read 1 M cells      %8.1f ms\n", cpu_ms() - start);
    qa_connection_read_end(connection);
    open_again(&options, "log");
    start = cpu_ms();
    must(qa_lattice_snapshot(lattice, &error), error.message);
    printf("write a snapshot    %8.1f ms\n", cpu_ms() - start);
    open_again(&options, "snapshot");
    qa_connection_close(connection);
    qa_lattice_close(lattice);
    free(values);
    free(coordinates);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command) == 0 ? 0 : 1;
}
