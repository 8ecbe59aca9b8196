/* What the parts say when something does not go as asked: outcomes of conversions, and SQLSTATEs with words.
 *
 * Conversions answer one small number per cell (outcomes.def: SQLSTATE, whether it is an error, words), so
 * that a block of rows needs no memory for its warnings; the words are made only when a record is made of it.
 * All other parts fill in a qa_odbc_diagnostic_t. Neither knows a handle: the edge turns both into records.
 */
#ifndef QA_ODBC_DIAGNOSTIC_H
#define QA_ODBC_DIAGNOSTIC_H

#include <sql.h>
#include <sqlext.h>

#include "base/error.h"
#include "qa/sql.h"

/* Ordered by weight: below QA_ODBC_FIRST_ERROR are success and warnings; of two outcomes of one row the
 * larger number is the one to report as the row's status. */
typedef enum qa_odbc_outcome {
#define QA_ODBC_OUTCOME(NAME, VALUE, SQLSTATE, TEXT) QA_ODBC_##NAME = (VALUE),
#include "parts/outcomes.def"
#undef QA_ODBC_OUTCOME
} qa_odbc_outcome_t;

enum { QA_ODBC_FIRST_ERROR = 10 };

static inline bool qa_odbc_is_error(qa_odbc_outcome_t outcome)
{
    return (int)outcome >= QA_ODBC_FIRST_ERROR;
}

typedef struct qa_odbc_outcome_info {
    char sqlstate[6];
    const char *text; /* one sentence without a final stop */
} qa_odbc_outcome_info_t;
/* Never NULL. QA_ODBC_OK has "00000", QA_ODBC_NO_MORE "02000" (SQL_NO_DATA makes no record). */
const qa_odbc_outcome_info_t *qa_odbc_outcome_info(qa_odbc_outcome_t outcome);

typedef struct qa_odbc_diagnostic {
    char sqlstate[6];
    int32_t native; /* the number of the core's status; 0 if the driver itself complains */
    char message[QA_ERROR_MESSAGE_BYTES]; /* UTF-8, terminated, without the "[Quantatom][…]" in front */
} qa_odbc_diagnostic_t;

/* Fills in the diagnostic (sqlstate: five characters) and returns QA_INVALID, for `return qa_odbc_fail()`. */
qa_status_t qa_odbc_fail(qa_odbc_diagnostic_t *diagnostic, const char *sqlstate, const char *format, ...)
    QA_PRINTF(3, 4);
/* The diagnostic of a failure of the core or of SQL: its SQLSTATE from the status table, its words. Returns
 * its status. An error without words gets the sentence of its status. */
qa_status_t qa_odbc_fail_status(qa_odbc_diagnostic_t *diagnostic, const qa_error_t *error);
/* The diagnostic of an outcome of a conversion between a value of `type` and C type `c_type`: "the number
 * does not fit: DECIMAL(18,2) as SQL_C_SSHORT". `type` may be NULL: then only the sentence. */
void qa_odbc_describe_outcome(qa_odbc_outcome_t outcome, const qa_sql_type_t *type, SQLSMALLINT c_type,
                              qa_odbc_diagnostic_t *diagnostic);
/* "SQL_C_WCHAR"; "C type 42" for what ODBC does not know. */
const char *qa_odbc_c_type_name(SQLSMALLINT c_type, char name_out[40]);

#endif
