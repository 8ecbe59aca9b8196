/* Three random apps in one replica, for tests that ask the same of SQL in several ways.
 *
 * All have the dimensions Period (time), Scenario, Region, Product, Account (measure) with hierarchies that
 * differ: `even` has accounts of one scale, `mixed` accounts of several scales, doubles, texts, dates and
 * booleans, `stock` accounts with a time balance. Region and Product have weights, captions, attributes and
 * an alternate hierarchy. Atoms come in several intents; some are cleared again. */
#ifndef QA_SQL_RANDOM_WORLD_H
#define QA_SQL_RANDOM_WORLD_H

#include "qa/sql.h"

enum {
    RANDOM_APPS = 3,
    RANDOM_DIMENSIONS = 5,
    RANDOM_MEMBERS_MAX = 64,
    RANDOM_REGION = 2,
    RANDOM_ACCOUNT = 4
};

typedef struct random_member {
    char code[24];
    uint32_t parent; /* index in the list; RANDOM_MEMBERS_MAX: a root */
    uint32_t generation;
    bool is_leaf;
    char operator_code;
    int64_t weight; /* of the edge to the parent */
    uint8_t weight_decimals;
    uint8_t kind; /* qa_kind_t of an account */
    uint8_t decimals;
} random_member_t;

typedef struct random_dimension {
    const char *name;
    random_member_t members[RANDOM_MEMBERS_MAX]; /* index = member id */
    uint32_t count;
    uint32_t depth;
} random_dimension_t;

typedef struct random_app {
    const char *name;
    random_dimension_t dimensions[RANDOM_DIMENSIONS];
    qa_lattice_t *lattice;
    qa_connection_t *connection;
    uint64_t offset; /* of the last intent */
} random_app_t;

typedef struct random_world {
    char folder[256];
    uint64_t seed;
    uint64_t random;
    random_app_t apps[RANDOM_APPS];
} random_world_t;

/* The whole world follows from the seed. Asserts that all goes well. */
void random_world_open(random_world_t *world, uint64_t seed);
void random_world_close(random_world_t *world);
/* Below `below`, from the world's stream. */
uint32_t random_below(random_world_t *world, uint32_t below);
bool random_chance(random_world_t *world, uint32_t percent);
/* A session on the app. */
qa_sql_session_t *random_world_session(const random_world_t *world, uint32_t app, bool is_row_path,
                                       const qa_allocator_t *allocator);

#endif
