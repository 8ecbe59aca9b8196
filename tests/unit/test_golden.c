/* One history, byte for byte: the same intents give the same log on every compiler and machine, and a replica
 * that an earlier build wrote opens to the same hashes. tests/golden/replica-1.0 is never rewritten: a new
 * format gets a folder of its own. QA_WRITE_GOLDEN=1 writes the folder of the present format when it is
 * missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "platform/fake/fake_system.h"
#include "support/app_world.h"

#define GOLDEN QA_SOURCE_DIR "/tests/golden/replica-1.0"
static const char *const files[] = { "REPLICA", "budget/ROLE", "budget/log/0000000000000001.log",
                                     "budget/snapshots/00000000000000000006.snap" };
enum { FILE_COUNT = sizeof(files) / sizeof(files[0]), FILE_BYTES_MAX = 1 << 20 };

/* What the hashes were when the format was made. */
static const char golden_state_hash[] = "eb684f548fa0c8e1d4cfa18c393fc7c198e7c0576e4e64cc297652c251ea5d48";
static const char golden_data_hash[] = "73757bd216f6c6ea42af17a0cab021b8";

static void write_hexadecimal(char *text, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

static void assert_hashes(const qa_position_t *position)
{
    char text[2 * QA_HASH_BYTES + 1];
    write_hexadecimal(text, position->state_hash, QA_HASH_BYTES);
    assert_string_equal(text, golden_state_hash);
    write_hexadecimal(text, position->data_hash, 16);
    assert_string_equal(text, golden_data_hash);
}

static void commit(app_world_t *world, qa_intent_t *intent)
{
    if (qa_connection_commit(world->connection, intent, NULL) != QA_OK)
        fail_msg("%s", qa_connection_error(world->connection)->message);
    qa_intent_close(intent);
}

static qa_intent_t *begin(void)
{
    qa_intent_t *intent = NULL;
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    return intent;
}

/* Time and randomness that do not depend on how often they are asked for. */
static int64_t fixed_time(void *context)
{
    (void)context;
    return INT64_C(1767225600000000000);
}

static void fixed_random(void *context, void *data, size_t bytes)
{
    (void)context;
    memset(data, 0xA5, bytes);
}

/* Every kind of value, a move, an undo, a mask, a hold, a snapshot in between. */
static void run_history(app_world_t *world)
{
    qa_error_t error;
    qa_member_t at[2 * WORLD_DIMENSIONS];
    const qa_member_t coordinates[5][WORLD_DIMENSIONS] = {
        { 2, 1, 1, 1 }, { 2, 1, 1, 3 }, { 2, 1, 1, 4 }, { 2, 1, 1, 5 }, { 2, 1, 1, 6 }
    };
    const qa_value_t values[5] = { qa_value_decimal(123456, 2), qa_value_double(0.1),
                                   qa_value_text("caf\xC3\xA9", 5), qa_value_date(20000),
                                   qa_value_boolean(true) };
    const uint64_t mask = 5;
    qa_intent_t *intent = begin();
    assert_int_equal(qa_intent_set_cells(intent, WORLD_DIMENSIONS, coordinates[0], values, NULL, 5), QA_OK);
    assert_int_equal(qa_intent_set_reason(intent, "a beginning", 11), QA_OK);
    commit(world, intent);
    intent = begin();
    assert_int_equal(qa_intent_set_masks(intent, WORLD_DIMENSIONS, coordinates[0], &mask, 1), QA_OK);
    memcpy(at, coordinates[0], sizeof(coordinates[0]));
    at[0] = 1;
    assert_int_equal(qa_intent_set_hold(intent, WORLD_DIMENSIONS, at, QA_HOLD_LEAF, "grace", 5), QA_OK);
    commit(world, intent);
    assert_int_equal(app_world_set(world, "Feb", "Actual", "Police", "Expense", 777, NULL), QA_OK);
    intent = begin();
    qa_member_t member;
    assert_int_equal(qa_intent_add_member(intent, world->department, "Station \xC3\x9F", 10, false, &member),
                     QA_OK);
    const qa_edge_t edge = {
        .parent = 2, .child = member, .weight = 5, .weight_decimals = 1, .operator_code = '+'
    };
    assert_int_equal(qa_intent_set_edge(intent, world->department, 0, &edge, QA_ATOMS_MOVE, member), QA_OK);
    commit(world, intent);
    intent = begin();
    assert_int_equal(qa_intent_undo(intent, 4), QA_OK);
    (void)qa_connection_preview(world->connection, intent, NULL); /* refused or not, it leaves nothing */
    qa_intent_close(intent);
    assert_int_equal(app_world_set(world, "Mar", "Actual", "Fire", "Expense", -5, NULL), QA_OK);
    assert_int_equal(qa_lattice_snapshot(world->lattice, &error), QA_OK);
    intent = begin();
    assert_int_equal(qa_intent_undo(intent, 6), QA_OK);
    commit(world, intent);
}

static size_t read_golden(const char *name, uint8_t *data)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/%s", GOLDEN, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) return 0;
    const size_t bytes = fread(data, 1, FILE_BYTES_MAX, file);
    fclose(file);
    return bytes;
}

static void write_golden(const char *name, const uint8_t *data, uint64_t bytes)
{
    char path[1024];
    static const char *const folders[] = { "", "/budget", "/budget/log", "/budget/snapshots" };
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof(path), "%s%s", GOLDEN, folders[i]);
        (void)mkdir(path, 0755);
    }
    snprintf(path, sizeof(path), "%s/%s", GOLDEN, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, bytes, file), bytes);
    fclose(file);
}

static void the_same_intents_give_the_same_bytes(void **state)
{
    (void)state;
    static uint8_t expected[FILE_BYTES_MAX];
    app_world_t world;
    qa_fake_system_t *fake = qa_fake_open(20260101);
    qa_system_t system = qa_fake_table(fake);
    system.time_ns = fixed_time;
    system.random = fixed_random;
    app_world_open_on(&world, &system, "/plans");
    run_history(&world);
    const qa_position_t position = app_world_position(&world);
    app_world_close(&world);
    for (size_t i = 0; i < FILE_COUNT; i++) {
        char path[256];
        uint64_t bytes;
        snprintf(path, sizeof(path), "/plans/%s", files[i]);
        const uint8_t *data = qa_fake_file(fake, path, &bytes);
        if (data == NULL) fail_msg("the history made no %s", path);
        const size_t expected_bytes = read_golden(files[i], expected);
        if (expected_bytes == 0 && getenv("QA_WRITE_GOLDEN") != NULL) {
            write_golden(files[i], data, bytes);
            continue;
        }
        assert_int_equal(bytes, expected_bytes);
        assert_memory_equal(data, expected, bytes);
    }
    qa_fake_close(fake);
    assert_hashes(&position);
}

static void a_replica_of_format_1_0_opens_to_its_hashes(void **state)
{
    (void)state;
    static uint8_t data[FILE_BYTES_MAX];
    qa_lattice_t *lattice = NULL;
    qa_connection_t *connection = NULL;
    qa_error_t error;
    for (int round = 0; round < 2; round++) { /* with its snapshot, and from the log alone */
        qa_fake_system_t *fake = qa_fake_open(7);
        const qa_system_t system = qa_fake_table(fake);
        for (size_t i = 0; i + (size_t)round < FILE_COUNT; i++) {
            char path[256];
            const size_t bytes = read_golden(files[i], data);
            snprintf(path, sizeof(path), "/plans/%s", files[i]);
            assert_true(bytes > 0);
            assert_int_equal(qa_fake_put_file(fake, path, data, bytes), QA_OK);
        }
        const qa_lattice_options_t options = {
            .size = sizeof(options), .replica = "/plans", .app = "budget", .system = &system
        };
        const qa_connection_options_t who = { .size = sizeof(who), .door = "test", .clearance = UINT64_MAX };
        if (qa_lattice_open(&lattice, &options, &error) != QA_OK) fail_msg("%s", error.message);
        assert_int_equal(qa_connection_open(&connection, lattice, &who, &error), QA_OK);
        assert_int_equal(qa_connection_read_begin(connection), QA_OK);
        assert_hashes(qa_connection_position(connection));
        qa_connection_read_end(connection);
        if (qa_lattice_verify(lattice, NULL, NULL, &error) != QA_OK) fail_msg("%s", error.message);
        qa_connection_close(connection);
        qa_lattice_close(lattice);
        qa_fake_close(fake);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_intents_give_the_same_bytes),
        cmocka_unit_test(a_replica_of_format_1_0_opens_to_its_hashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
