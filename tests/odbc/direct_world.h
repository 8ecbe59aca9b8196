/* A connection to the edge itself, on the fake, without the driver manager between. */
#ifndef QA_DIRECT_WORLD_H
#define QA_DIRECT_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sql.h>
#include <sqlext.h>

typedef struct direct_world {
    SQLHENV environment;
    SQLHDBC connection;
    SQLHSTMT statement;
} direct_world_t;

/* cmocka fixtures over a static world. */
int direct_setup(void **state);
int direct_teardown(void **state);

/* ASCII as UTF-16, until the next call. */
SQLWCHAR *direct_wide(const char *text);
/* SQLSTATE of record `number`; "" if there is none. Until the next call. */
const char *direct_state(SQLSMALLINT kind, SQLHANDLE handle, SQLSMALLINT number);

#endif
