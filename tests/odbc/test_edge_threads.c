/* Handles used by several threads: connections of their own side by side, and statements of one connection,
 * which take turns. Run under ThreadSanitizer it shows that nothing is shared without a lock. */
#include <string.h>

#include "odbc/odbc_world.h"

enum { THREADS = 4, ROUNDS = 30 };

typedef struct job {
    odbc_world_t *world;
    const char *fault; /* NULL: none */
} job_t;

/* Executes and fetches on a statement of its own; what goes wrong is told, not asserted: cmocka knows one
 * thread. */
static const char *use_connection(SQLHDBC connection)
{
    SQLHSTMT statement = NULL;
    if (SQLAllocHandle(SQL_HANDLE_STMT, connection, &statement) != SQL_SUCCESS) return "no statement";
    for (int round = 0; round < ROUNDS; round++) {
        SQLINTEGER n = -1;
        SQLINTEGER wanted = 0;
        SQLBindCol(statement, 1, SQL_C_SLONG, &n, 0, NULL);
        if (SQLExecDirect(statement, (SQLCHAR *)"rows 50 batch 7", SQL_NTS) != SQL_SUCCESS)
            return "not executed";
        for (; SQLFetch(statement) == SQL_SUCCESS; wanted++)
            if (n != wanted) return "a wrong row";
        if (wanted != 50) return "too few rows";
        SQLFreeStmt(statement, SQL_CLOSE);
        if (SQLExecDirect(statement, (SQLCHAR *)"nonsense", SQL_NTS) != SQL_ERROR) return "nonsense ran";
        if (strcmp(odbc_state_into(SQL_HANDLE_STMT, statement, 1, (char[6]){ 0 }), "42000") != 0)
            return "a wrong record";
    }
    return SQLFreeHandle(SQL_HANDLE_STMT, statement) == SQL_SUCCESS ? NULL : "not freed";
}

static void *on_the_same_connection(void *context)
{
    job_t *const job = context;
    job->fault = use_connection(job->world->connection);
    return NULL;
}

static void *on_its_own_connection(void *context)
{
    job_t *const job = context;
    SQLHDBC connection = NULL;
    SQLSMALLINT length = 0;
    char text[] = "Driver=" QA_DRIVER_ON_FAKE ";Replica=/home/ada/plans";
    if (SQLAllocHandle(SQL_HANDLE_DBC, job->world->environment, &connection) != SQL_SUCCESS ||
        SQLDriverConnect(connection, NULL, (SQLCHAR *)text, SQL_NTS, NULL, 0, &length, SQL_DRIVER_NOPROMPT) !=
            SQL_SUCCESS) {
        job->fault = "not connected";
        return NULL;
    }
    job->fault = use_connection(connection);
    if (SQLDisconnect(connection) != SQL_SUCCESS || SQLFreeHandle(SQL_HANDLE_DBC, connection) != SQL_SUCCESS)
        job->fault = "not disconnected";
    return NULL;
}

static void run(odbc_world_t *world, void *(*work)(void *context))
{
    pthread_t threads[THREADS];
    job_t jobs[THREADS];
    for (int index = 0; index < THREADS; index++) {
        jobs[index] = (job_t){ .world = world };
        assert_int_equal(pthread_create(&threads[index], NULL, work, &jobs[index]), 0);
    }
    for (int index = 0; index < THREADS; index++) {
        assert_int_equal(pthread_join(threads[index], NULL), 0);
        if (jobs[index].fault != NULL) fail_msg("thread %d: %s", index, jobs[index].fault);
    }
}

static void statements_of_one_connection_take_turns(void **state)
{
    run(*state, on_the_same_connection);
}

static void connections_run_side_by_side(void **state)
{
    run(*state, on_its_own_connection);
}

int main(void)
{
#define CASE(NAME) cmocka_unit_test_setup_teardown(NAME, odbc_fake_setup, odbc_fake_teardown)
    const struct CMUnitTest tests[] = {
        CASE(statements_of_one_connection_take_turns),
        CASE(connections_run_side_by_side),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
