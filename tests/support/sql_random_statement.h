/* Random SELECTs over the apps of sql_random_world.h, each in two spellings: with literals, and with their
 * places taken by parameters. */
#ifndef QA_SQL_RANDOM_STATEMENT_H
#define QA_SQL_RANDOM_STATEMENT_H

#include "support/sql_random_world.h"

enum { STATEMENT_BYTES = 16384, STATEMENT_PARAMETERS = 300, STATEMENT_VALUE_BYTES = 64 };

typedef struct random_statement {
    char text[STATEMENT_BYTES];
    char marked[STATEMENT_BYTES]; /* with ? in place of literals */
    size_t text_bytes, marked_bytes;
    qa_sql_value_t values[STATEMENT_PARAMETERS]; /* of the parameters */
    char texts[STATEMENT_PARAMETERS][STATEMENT_VALUE_BYTES];
    uint32_t value_count;
    bool is_ordered; /* totally */
} random_statement_t;

void random_statement_make(random_statement_t *statement, random_world_t *world, uint32_t app);

#endif
