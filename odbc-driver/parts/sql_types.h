/* What ODBC calls the types of SQL, with everything that it asks about them; SQLGetTypeInfo's rows.
 *
 *     qa_odbc_type_t described;
 *     qa_odbc_type_describe(&column->type, &described);   // for a descriptor record or SQLColumns
 *
 * TEXT is SQL_WVARCHAR up to QA_ODBC_WVARCHAR_UNITS_MAX units and SQL_WLONGVARCHAR beyond: clients that bind
 * whole blocks take the column size times the rows for a WVARCHAR, and a thousand rows of 32767 units would
 * be 64 MB; they fetch a long type in pieces. All tables are constant, no memory is taken. */
#ifndef QA_ODBC_SQL_TYPES_H
#define QA_ODBC_SQL_TYPES_H

#include <sql.h>
#include <sqlext.h>

#include "qa/sql_value.h"

enum {
    QA_ODBC_WVARCHAR_UNITS_MAX = 4000,  /* the largest length that client programs commonly expect of it */
    QA_ODBC_VARBINARY_BYTES_MAX = 8000, /* beyond: SQL_LONGVARBINARY */
    QA_ODBC_NOT_APPLICABLE = -1         /* of decimal_digits and num_prec_radix: NULL in catalog results */
};

typedef struct qa_odbc_type {
    SQLSMALLINT concise_type;  /* SQL_TYPE_DATE */
    SQLSMALLINT verbose_type;  /* SQL_DATETIME; else as concise_type */
    SQLSMALLINT datetime_code; /* SQL_CODE_DATE …; 0 if it is no date or time */
    SQLSMALLINT default_c_type;
    SQLULEN column_size;        /* digits, units of UTF-16, bytes, or characters of a date or time */
    SQLSMALLINT decimal_digits; /* scale, or digits of a fraction of a second; QA_ODBC_NOT_APPLICABLE */
    SQLSMALLINT num_prec_radix; /* 10, 2 for DOUBLE; QA_ODBC_NOT_APPLICABLE */
    SQLLEN octet_length; /* SQL_DESC_OCTET_LENGTH, and the transfer octet length: of the default C type */
    SQLLEN display_size;
    SQLULEN desc_length;        /* SQL_DESC_LENGTH */
    SQLSMALLINT desc_precision; /* SQL_DESC_PRECISION: digits; of times the digits of the fraction; else 0 */
    SQLSMALLINT desc_scale;     /* SQL_DESC_SCALE */
    const char *type_name;      /* "DECIMAL", as SQLGetTypeInfo names it; without length */
    const char *literal_prefix; /* "" if there is none */
    const char *literal_suffix;
    SQLSMALLINT searchable; /* SQL_PRED_SEARCHABLE or SQL_PRED_BASIC (SQL_ALL_EXCEPT_LIKE) */
    SQLSMALLINT nullable;   /* SQL_NULLABLE or SQL_NO_NULLS */
    bool is_unsigned;       /* true for what is no number, as the specification wants it */
    bool is_case_sensitive;
    bool is_fixed_precision; /* SQL_DESC_FIXED_PREC_SCALE: false for all of ours */
} qa_odbc_type_t;

/* Never fails; a type of unknown kind is shown as NULL's: SQL_WVARCHAR of 1 unit. */
void qa_odbc_type_describe(const qa_sql_type_t *type, qa_odbc_type_t *type_out);

/* The type that a parameter or a conversion has by its SQL type code (ODBC 2 and 3 codes), column size and
 * decimal digits, as given to SQLBindParameter. Sizes of 0 or beyond ours become our largest. False: a code
 * that ODBC does not know (HY004); intervals are known and answer kind QA_SQL_NULL. */
bool qa_odbc_type_from_code(SQLSMALLINT sql_type, SQLULEN column_size, SQLSMALLINT decimal_digits,
                            qa_sql_type_t *type_out);
/* The C type that SQL_C_DEFAULT means for a SQL type code; SQL_C_WCHAR for what is unknown. */
SQLSMALLINT qa_odbc_default_c_type(SQLSMALLINT sql_type);

/* Codes of dates and times as the application's version of ODBC calls them: SQL_TYPE_DATE is SQL_DATE for
 * ODBC 2. Others stay. The second turns ODBC 2's codes into ODBC 3's; of C types, too. */
SQLSMALLINT qa_odbc_type_code_for(SQLSMALLINT concise_type, bool is_odbc2);
SQLSMALLINT qa_odbc_type_code_from(SQLSMALLINT concise_type);
/* Concise to verbose type and datetime or interval code (0 if none), and back; for descriptor fields. */
void qa_odbc_type_split(SQLSMALLINT concise_type, SQLSMALLINT *verbose_out, SQLSMALLINT *code_out);
SQLSMALLINT qa_odbc_type_join(SQLSMALLINT verbose_type, SQLSMALLINT code); /* 0: there is no such type */
/* Whether it is a C type of ODBC 3.8 (or one of ODBC 2's for dates and times), SQL_C_DEFAULT included. */
bool qa_odbc_c_type_is_known(SQLSMALLINT c_type);
/* The bytes of a C type of fixed length; 0 for SQL_C_CHAR, SQL_C_WCHAR, SQL_C_BINARY and unknown ones. */
SQLLEN qa_odbc_c_type_bytes(SQLSMALLINT c_type);
/* Whether it is a SQL type code of ODBC (2 or 3). */
bool qa_odbc_sql_type_is_known(SQLSMALLINT sql_type);

#endif
