/* Memory and names of the model room: an arena that is released whole, and a table from names to numbers in
 * which names are compared without case, as everywhere in the product. Threading: one thread at a time. */
#ifndef QA_MODEL_MODEL_NAMES_H
#define QA_MODEL_MODEL_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "qa/status.h"

typedef struct qa_model_arena {
    struct qa_model_chunk *newest;
} qa_model_arena_t;

/* Zeroed memory, aligned for anything; NULL: no memory. */
void *qa_model_take(qa_model_arena_t *arena, size_t bytes);
/* A terminated copy; NULL: no memory. */
const char *qa_model_text(qa_model_arena_t *arena, const char *text, size_t bytes);
void qa_model_release(qa_model_arena_t *arena);

#define QA_NAMES_NONE UINT32_MAX
typedef struct qa_names {
    struct qa_names_entry *entries;
    uint32_t capacity; /* a power of two, or 0 */
    uint32_t count;
} qa_names_t;

/* Adds the name; *value_inout becomes the value of the name if it is there already (QA_EXISTS). Keys are kept
 * in the arena. Errors: QA_EXISTS, QA_NO_MEMORY, and those of qa_name_key. */
qa_status_t qa_names_add(qa_names_t *names, qa_model_arena_t *arena, const char *name, uint32_t *value_inout);
/* The value, or QA_NAMES_NONE. */
uint32_t qa_names_find(const qa_names_t *names, const char *name);
/* True if the two names are one name. */
int qa_names_equal(const char *a, const char *b);
void qa_names_close(qa_names_t *names);

/* Fills *error and returns the status. */
qa_status_t qa_model_fail(qa_error_t *error, qa_status_t status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
