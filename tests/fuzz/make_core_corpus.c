/* Writes the corpus of fuzz_intent and fuzz_snapshot: operations made by the builder, and the snapshot of a
 * small app. Run by hand when a format changes: make_core_corpus <tests/fuzz/corpus>. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "reducer/record.h"
#include "support/app_world.h"

static const char *corpus;

static void write_file(const char *kind, const char *name, const void *head, size_t head_bytes,
                       const void *data, size_t bytes)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/%s/%s", corpus, kind, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    if (head_bytes > 0) fwrite(head, 1, head_bytes, file);
    fwrite(data, 1, bytes, file);
    fclose(file);
}

static void write_intent(const char *name, const qa_intent_t *intent)
{
    const uint8_t count = (uint8_t)qa_intent_operation_count(intent);
    write_file("intent", name, &count, 1, qa_intent_operations(intent)->data,
               qa_intent_operations(intent)->bytes);
}

static qa_intent_t *begin(void)
{
    qa_intent_t *intent = NULL;
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    return intent;
}

static void the_corpus_is_written(void **state)
{
    (void)state;
    qa_dimension_t dimension;
    qa_member_t member;
    qa_hierarchy_t hierarchy;
    const qa_member_t coordinates[4] = { 1, 0, 1, 1 };
    const qa_value_t values[2] = { qa_value_decimal(99, 2), qa_value_double(0.5) };
    const uint64_t mask = 3;
    qa_intent_t *intent = begin();
    qa_intent_set_cells(intent, 2, coordinates, values, values, 2);
    qa_intent_set_masks(intent, 2, coordinates, &mask, 1);
    qa_intent_set_hold(intent, 2, coordinates, QA_HOLD_CONSOLIDATION, "ada", 3);
    write_intent("cells", intent);
    qa_intent_close(intent);
    intent = begin();
    qa_intent_add_dimension(intent, "Fund", 4, QA_DIMENSION_ORDINARY, "None", 4, &dimension, &member);
    qa_intent_add_member(intent, 0, "Library", 7, false, &member);
    qa_intent_set_alias(intent, 0, member, "Books", 5, true);
    qa_intent_set_attribute(intent, 0, member, "Head", 4, "Ada", 3);
    qa_intent_add_hierarchy(intent, 0, "Other", 5, &hierarchy);
    const qa_edge_t edge = {
        .parent = 0, .child = member, .weight = 25, .weight_decimals = 2, .operator_code = '+'
    };
    qa_intent_set_edge(intent, 0, 0, &edge, QA_ATOMS_MOVE, 1);
    qa_intent_set_edge(intent, 0, hierarchy, &edge, QA_ATOMS_REFUSE, 0);
    qa_intent_remove_edge(intent, 0, 0, 0, 1);
    qa_intent_delete_member(intent, 0, 1, QA_ATOMS_CLEAR, 0);
    qa_intent_set_decimals(intent, 3);
    qa_intent_delete_hierarchy(intent, 0, hierarchy);
    write_intent("model", intent);
    qa_intent_close(intent);
    intent = begin();
    const uint32_t slice_counts[2] = { 1, 0 };
    const qa_load_file_t file = { .name = "ledger.csv", .name_bytes = 10, .line_count = 2 };
    const qa_load_t load = { .files = &file,
                             .file_count = 1,
                             .has_slice = true,
                             .dimension_count = 2,
                             .slice_counts = slice_counts,
                             .slice_members = coordinates };
    qa_intent_set_load(intent, &load);
    qa_intent_add_lines(intent, "block", 5);
    qa_intent_undo(intent, 1);
    write_intent("load", intent);
    qa_intent_close(intent);
}

static void the_snapshot_is_written(void **state)
{
    (void)state;
    app_world_t world;
    qa_error_t error;
    char path[512];
    static char data[1 << 16];
    app_world_open(&world);
    assert_int_equal(app_world_set(&world, "Jan", "Budget", "Fire", "Revenue", 100, NULL), QA_OK);
    assert_int_equal(app_world_set(&world, "Feb", "Budget", "Fire", "Expense", 50, NULL), QA_OK);
    assert_int_equal(app_world_set(&world, "Feb", "Budget", "Fire", "Rate", 50, NULL), QA_OK);
    assert_int_equal(qa_lattice_snapshot(world.lattice, &error), QA_OK);
    snprintf(path, sizeof(path), "%s/budget/snapshots/%020d.snap", world.folder, 4);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t bytes = fread(data, 1, sizeof(data), file);
    fclose(file);
    write_file("snapshot", "small", NULL, 0, data, bytes);
    app_world_close(&world);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_corpus_is_written),
                                        cmocka_unit_test(the_snapshot_is_written) };
    if (argc != 2) return 2;
    corpus = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
