/* Text cases in data files: three lines each (what it shows, input, expected), with a blank line before;
 * lines that begin with # are comments. */
#ifndef QA_TEST_TEXT_CASES_H
#define QA_TEST_TEXT_CASES_H

#include <stddef.h>

/* Makes of an input what the case's third line expects: terminated, at most `capacity` bytes. */
typedef void (*text_case_run_t)(const char *input, size_t bytes, char *answer, size_t capacity);

/* Runs every case of a file, prints those that answer otherwise; returns how many did. In the
 * input, \n and \t stand for a line's end and a tab. *count_out: how many cases there were. */
int text_cases_run(const char *path, text_case_run_t run, int *count_out);

#endif
