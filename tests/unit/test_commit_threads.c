/* Threads of one process commit and read at once: nothing is lost, readers see whole intents, and syncs are
 * shared. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/app_world.h"

enum { WRITERS = 4, READERS = 2, COMMITS = 60 };

static atomic_uint sync_count;
static qa_system_t counting;

static qa_status_t count_sync(qa_file_t *file, qa_error_t *error)
{
    atomic_fetch_add(&sync_count, 1);
    return qa_system_default.sync(file, error);
}

typedef struct worker {
    app_world_t *world;
    qa_connection_t *connection;
    qa_member_t coordinates[2 * WORLD_DIMENSIONS]; /* two cells that one intent sets to the same value */
    unsigned failure_count;
    atomic_bool *is_over;
} worker_t;

static void open_connection(worker_t *worker)
{
    const qa_connection_options_t who = {
        .size = sizeof(who), .actor = "ada", .door = "test", .clearance = UINT64_MAX
    };
    qa_error_t error;
    assert_int_equal(qa_connection_open(&worker->connection, worker->world->lattice, &who, &error), QA_OK);
}

static void *write_many(void *context)
{
    worker_t *worker = context;
    for (int i = 1; i <= COMMITS; i++) {
        const qa_value_t values[2] = { qa_value_decimal(i, 2), qa_value_decimal(i, 2) };
        qa_intent_t *intent = NULL;
        if (qa_intent_open(&intent, NULL) != QA_OK ||
            qa_intent_set_cells(intent, WORLD_DIMENSIONS, worker->coordinates, values, NULL, 2) != QA_OK ||
            qa_connection_commit(worker->connection, intent, NULL) != QA_OK)
            worker->failure_count++;
        qa_intent_close(intent);
    }
    return NULL;
}

static void *read_many(void *context)
{
    worker_t *worker = context;
    while (!atomic_load(worker->is_over)) {
        qa_value_t values[2];
        if (qa_connection_read_begin(worker->connection) != QA_OK) {
            worker->failure_count++;
            break;
        }
        if (qa_connection_cells(worker->connection, worker->coordinates, 2, values) != QA_OK ||
            !qa_value_equal(&values[0], &values[1]))
            worker->failure_count++;
        qa_connection_read_end(worker->connection);
    }
    return NULL;
}

static void writers_and_readers_of_one_process_share_syncs_and_see_whole_intents(void **state)
{
    (void)state;
    app_world_t world;
    worker_t workers[WRITERS + READERS];
    pthread_t threads[WRITERS + READERS];
    atomic_bool is_over = false;
    static const char *const months[] = { "Jan", "Feb", "Mar", "Jan" };
    char folder[] = "/tmp/qa-threads-XXXXXX";
    counting = qa_system_default;
    counting.sync = count_sync;
    assert_non_null(mkdtemp(folder));
    app_world_open_on(&world, &counting, folder);
    assert_int_equal(qa_connection_read_begin(world.connection), QA_OK);
    for (int i = 0; i < WRITERS + READERS; i++) {
        workers[i] = (worker_t){ .world = &world, .is_over = &is_over };
        const char *month = months[i % WRITERS];
        const char *scenario = i % WRITERS == 3 ? "Actual" : "Budget";
        app_world_at(&world, month, scenario, "Fire", "Revenue", workers[i].coordinates);
        app_world_at(&world, month, scenario, "Police", "Expense", workers[i].coordinates + WORLD_DIMENSIONS);
    }
    qa_connection_read_end(world.connection);
    const unsigned before = atomic_load(&sync_count);
    for (int i = 0; i < WRITERS + READERS; i++) {
        open_connection(&workers[i]);
        assert_int_equal(pthread_create(&threads[i], NULL, i < WRITERS ? write_many : read_many, &workers[i]),
                         0);
    }
    for (int i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    atomic_store(&is_over, true);
    for (int i = WRITERS; i < WRITERS + READERS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < WRITERS + READERS; i++) {
        assert_int_equal(workers[i].failure_count, 0);
        qa_connection_close(workers[i].connection);
    }
    assert_int_equal(app_world_position(&world).offset, 1 + WRITERS * COMMITS);
    print_message("%d intents of %d threads in %u syncs\n", WRITERS * COMMITS, WRITERS,
                  atomic_load(&sync_count) - before);
    assert_true(atomic_load(&sync_count) - before < WRITERS * COMMITS);
    qa_error_t error;
    if (qa_lattice_verify(world.lattice, NULL, NULL, &error) != QA_OK) fail_msg("%s", error.message);
    world.options.system = NULL; /* so that closing removes the folder */
    app_world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writers_and_readers_of_one_process_share_syncs_and_see_whole_intents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
