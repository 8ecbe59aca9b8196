/* A file that a load writes beside the app: rejects, the report.
 *
 *     qa_load_output_t output;
 *     if (qa_load_output_open(&output, "rejects.csv", &error) == QA_OK) {
 *         fputs("…", output.stream);
 *         status = qa_load_output_finish(&output, &error); // or qa_load_output_cancel(&output)
 *     }
 *
 * The file is written aside, in the same folder, and takes its name at the end, so an earlier one stays whole
 * until then. Devices and pipes are written straight. */
#ifndef QA_LOAD_OUTPUT_H
#define QA_LOAD_OUTPUT_H

#include <stdio.h>

#include "load/common.h"

enum { QA_LOAD_PATH_BYTES = 4096 };

typedef struct qa_load_output {
    FILE *stream; /* NULL: not open */
    bool is_aside;
    char path[QA_LOAD_PATH_BYTES];  /* behind symbolic links */
    char aside[QA_LOAD_PATH_BYTES]; /* what is written until the end */
} qa_load_output_t;

/* Errors: QA_IO with the path and the reason, also when the file that is there may not be written. */
qa_status_t qa_load_output_open(qa_load_output_t *output, const char *path, qa_error_t *error);
/* Writes out, closes, and gives the file its name. QA_IO: a file that was there before is as it was. */
qa_status_t qa_load_output_finish(qa_load_output_t *output, qa_error_t *error);
void qa_load_output_cancel(qa_load_output_t *output); /* accepts one that is not open */

/* Whether both paths mean one file, by device and inode, or, if it is not there yet, by folder and name. "-"
 * is the standard input. Devices and pipes are no files. */
bool qa_load_is_same_file(const char *a, const char *b);

#endif
