/* Outcomes: status codes and the words that go with a failure.
 *
 *     qa_error_t error;
 *     qa_lattice_t *lattice = NULL;
 *     if (qa_lattice_open(&lattice, &options, &error) != QA_OK)
 *         fprintf(stderr, "%s: %s\n", qa_status_info(error.status)->name, error.message);
 *
 * Every fallible call returns qa_status_t; zero is success. The words name the thing, the limit and the next
 * step. Threading: an error belongs to whoever passed it in; the table is constant. */
#ifndef QA_STATUS_H
#define QA_STATUS_H

#include <stdint.h>

typedef enum qa_status {
#define QA_STATUS(NAME, VALUE, SQLSTATE, HTTP, EXCEL, TEXT) QA_##NAME = (VALUE),
#include "qa/status_codes.def"
#undef QA_STATUS
} qa_status_t;

/* One row of the table, for the doors: ODBC reads sqlstate, REST http, the add-in excel. */
typedef struct qa_status_info {
    qa_status_t status;
    const char *name;  /* "QA_HELD" */
    char sqlstate[6];  /* five characters and a terminator */
    uint16_t http;     /* status code of the response */
    const char *excel; /* what the cell shows; "" when there is no error */
    const char *text;  /* one sentence for people, no final stop */
} qa_status_info_t;

/* Never NULL: an unknown value yields the row of QA_INVALID. */
const qa_status_info_t *qa_status_info(qa_status_t status);

/* Row `index` of the table in the order of the file, NULL behind the last: for pages made from the table. */
const qa_status_info_t *qa_status_row(uint32_t index);

enum { QA_ERROR_MESSAGE_BYTES = 512 };

/* The last failure in words. UTF-8, cut at a whole character, always terminated; "" when status is QA_OK. */
typedef struct qa_error {
    qa_status_t status;
    char message[QA_ERROR_MESSAGE_BYTES];
} qa_error_t;

#endif
