/* Every answer of SQLGetInfo (info.def) and SQLGetFunctions (functions.def).
 *
 * A bit is set only if a statement that uses it runs: clients write SQL by these answers, and one wrong bit
 * costs them more than ten missing ones. */
#ifndef QA_ODBC_INFO_H
#define QA_ODBC_INFO_H

#include "parts/diagnostic.h"

typedef enum qa_odbc_info_kind {
    QA_ODBC_INFO_TEXT,
    QA_ODBC_INFO_U16,   /* SQLUSMALLINT; the length to report is 2 */
    QA_ODBC_INFO_U32,   /* SQLUINTEGER; 4 */
    QA_ODBC_INFO_HANDLE /* SQLULEN; the driver manager answers these itself; 8 */
} qa_odbc_info_kind_t;

typedef struct qa_odbc_info {
    qa_odbc_info_kind_t kind;
    const char *text; /* UTF-8, terminated; "" for what has none */
    uint64_t number;
} qa_odbc_info_t;

enum { QA_ODBC_KEYWORDS_BYTES = 8192 };

/* What the answers depend on. Texts may be NULL: "". */
typedef struct qa_odbc_info_source {
    const char *data_source; /* name of the DSN */
    const char *replica;     /* folder: SQL_SERVER_NAME */
    const char *app;         /* SQL_DATABASE_NAME */
    const char *user;        /* SQL_USER_NAME */
    bool is_read_only;
    char *scratch; /* QA_ODBC_KEYWORDS_BYTES for SQL_KEYWORDS; the answer points into it */
} qa_odbc_info_source_t;

/* The answer to an information type, valid as long as `source`'s texts. False: there is no such type (HY096).
 */
bool qa_odbc_info(SQLUSMALLINT info_type, const qa_odbc_info_source_t *source, qa_odbc_info_t *info_out);
/* Row `index` of the table: its information type; false behind the last. For tests that go through all. */
bool qa_odbc_info_row(uint32_t index, SQLUSMALLINT *info_type_out, const char **name_out);

/* SQLGetFunctions in its three forms: SQL_API_ODBC3_ALL_FUNCTIONS fills SQL_API_ODBC3_ALL_FUNCTIONS_SIZE
 * words, SQL_API_ALL_FUNCTIONS 100, any other id one. False: the id is out of range (HY095). */
bool qa_odbc_functions(SQLUSMALLINT function_id, SQLUSMALLINT *supported_out);

#endif
