/* The rows of sql_types.def, for SQLGetTypeInfo. Constant. */
#ifndef QA_ODBC_TYPE_ROWS_H
#define QA_ODBC_TYPE_ROWS_H

#include <stdint.h>

#include "parts/sql_types.h"

typedef struct qa_odbc_type_row {
    SQLSMALLINT code, verbose, subcode, c_type;
    const char *name;
    const char *prefix;
    const char *suffix;
    SQLULEN size;
    const char *parameters;
    SQLSMALLINT searchable, scale_min, scale_max, radix;
} qa_odbc_type_row_t;

/* NULL behind the last. */
const qa_odbc_type_row_t *qa_odbc_type_row(uint32_t index);

#endif
