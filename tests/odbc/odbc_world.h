/* A connection through the driver manager to a driver that is named by its file, for tests. */
#ifndef QA_ODBC_WORLD_H
#define QA_ODBC_WORLD_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sql.h>
#include <sqlext.h>

typedef struct odbc_world {
    SQLHENV environment;
    SQLHDBC connection;
    SQLHSTMT statement;
} odbc_world_t;

/* Connects and makes a statement; asserts that all goes well. `rest` is the connection string behind Driver=.
 */
void odbc_world_open(odbc_world_t *world, const char *driver, const char *rest);
void odbc_world_close(odbc_world_t *world);
/* cmocka fixtures over a static world of the driver on the fake. */
int odbc_fake_setup(void **state);
int odbc_fake_teardown(void **state);

/* Runs a statement and asserts that it succeeds. */
void odbc_run(odbc_world_t *world, const char *text);
/* Asserts the answer, and for anything but success the SQLSTATE of the first record of the statement. */
void odbc_expect(odbc_world_t *world, SQLRETURN got, SQLRETURN wanted, const char *sqlstate);
/* Cancels what the thread runs on the world's statement, until it ends; returns what the thread does. A
 * cancel that comes too early does nothing, so another one follows, but not so soon that it clears the record
 * of the first. */
void *odbc_cancel_until_joined(odbc_world_t *world, pthread_t thread);
/* SQLSTATE of record `number`; "" if there is none. Valid until the next call. */
const char *odbc_state(SQLSMALLINT kind, SQLHANDLE handle, SQLSMALLINT number);
/* The same for several threads: in the caller's place. */
const char *odbc_state_into(SQLSMALLINT kind, SQLHANDLE handle, SQLSMALLINT number, char sqlstate[6]);
const char *odbc_message(SQLSMALLINT kind, SQLHANDLE handle, SQLSMALLINT number);

#endif
