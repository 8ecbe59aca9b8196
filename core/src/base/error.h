/* Filling in a qa_error_t. */
#ifndef QA_BASE_ERROR_H
#define QA_BASE_ERROR_H

#include "qa/status.h"

#if defined(__GNUC__)
#define QA_PRINTF(FORMAT, FIRST) __attribute__((format(printf, FORMAT, FIRST)))
#else
#define QA_PRINTF(FORMAT, FIRST)
#endif

/* Sets status and words, and returns the status. `error` may be NULL. The message is cut at a whole
 * character; control characters and broken UTF-8 in it become '?', so that a hostile name cannot write to a
 * terminal. */
qa_status_t qa_fail(qa_error_t *error, qa_status_t status, const char *format, ...) QA_PRINTF(3, 4);
void qa_error_clear(qa_error_t *error);

/* The usual words for a refused allocation of `what`. */
qa_status_t qa_fail_memory(qa_error_t *error, const char *what);

#endif
