/* Types and values of SQL, and vectors of them.
 *
 *     qa_sql_value_t amount = { .kind = QA_SQL_DECIMAL, .scale = 2, .units = 123456 }; // 1234.56
 *     qa_sql_type_t wanted = { .kind = QA_SQL_TEXT, .length = 20 };
 *     char scratch[QA_SQL_CAST_BYTES];
 *     qa_sql_value_t text;
 *     if (qa_sql_cast(&amount, &wanted, scratch, &text, &error) == QA_OK) puts(text.text);
 *
 * Plain data without memory of its own. Threading: all calls are thread-safe. */
#ifndef QA_SQL_VALUE_H
#define QA_SQL_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "qa/number.h"
#include "qa/status.h"

typedef enum qa_sql_kind {
    QA_SQL_NULL = 0, /* as a type: nothing tells (the literal NULL); as a value's kind: NULL */
    QA_SQL_BOOLEAN = 1,
    QA_SQL_INTEGER = 2, /* 32 bits */
    QA_SQL_BIGINT = 3,  /* 64 bits */
    QA_SQL_DECIMAL = 4, /* at most 38 digits, scale at most QA_SQL_SCALE_MAX */
    QA_SQL_DOUBLE = 5,  /* finite, never -0 */
    QA_SQL_TEXT = 6,    /* VARCHAR, CHAR: UTF-8 here, lengths in UTF-16 units */
    QA_SQL_BINARY = 7,
    QA_SQL_DATE = 8,      /* days since 1970-01-01, years 0001 to 9999 */
    QA_SQL_TIME = 9,      /* ticks of 100 ns since midnight */
    QA_SQL_TIMESTAMP = 10 /* ticks of 100 ns since 1970-01-01 00:00 UTC, years 0001 to 9999 */
} qa_sql_kind_t;

enum {
    QA_SQL_PRECISION_MAX = 38,
    QA_SQL_SCALE_MAX = 18,
    QA_SQL_FRACTION_DIGITS = 7, /* of a time */
    QA_SQL_TICKS_PER_SECOND = 10000000,
    QA_SQL_TEXT_LENGTH_MAX = 32767, /* UTF-16 units, as a text atom */
    QA_SQL_CAST_BYTES = 64          /* any number, date or time as text */
};

typedef struct qa_sql_type {
    uint8_t kind;      /* qa_sql_kind_t */
    uint8_t precision; /* DECIMAL: digits, 1 to 38 */
    uint8_t scale;     /* DECIMAL */
    bool is_nullable;
    bool is_name;    /* TEXT: a code, caption or path of members: compared as names are, without case */
    uint32_t length; /* TEXT: UTF-16 units at most; BINARY: bytes at most */
} qa_sql_type_t;

typedef struct qa_sql_value {
    uint8_t kind;   /* qa_sql_kind_t; QA_SQL_NULL is NULL */
    uint8_t scale;  /* DECIMAL */
    uint32_t bytes; /* TEXT, BINARY */
    union {
        int64_t integer; /* BOOLEAN 0 or 1, INTEGER, BIGINT, DATE, TIME, TIMESTAMP */
        qa_int128_t units;
        double number;
        const char *text; /* TEXT, BINARY; not terminated; borrowed */
    };
} qa_sql_value_t;

typedef struct qa_sql_text {
    const char *data;
    uint32_t bytes;
} qa_sql_text_t;

/* One column of a batch. */
typedef struct qa_sql_vector {
    qa_sql_type_t type;
    const uint8_t *nulls; /* a byte per row, 1 is NULL; NULL pointer: there is no NULL */
    union {
        const int64_t *integers;  /* as in qa_sql_value_t; also of a type that is QA_SQL_NULL */
        const qa_int128_t *units; /* at type.scale */
        const double *numbers;
        const qa_sql_text_t *texts; /* TEXT, BINARY */
    };
} qa_sql_vector_t;

/* Row `row` of a vector. */
qa_sql_value_t qa_sql_vector_value(const qa_sql_vector_t *vector, uint32_t row);

/* "DECIMAL(18,2)", "VARCHAR(255)": writes a terminated text and returns it. */
const char *qa_sql_type_name(const qa_sql_type_t *type, char name_out[40]);
/* The UTF-16 units that any value of the type takes as text (COLUMN_SIZE's display size). */
uint32_t qa_sql_type_display_units(const qa_sql_type_t *type);

/* CAST. NULL stays NULL. Numbers to fewer decimals round half away from zero; DOUBLE to DECIMAL takes the
 * double's shortest text; text is read as the literal of the wanted type, outer blanks cut. Text longer than
 * the wanted length is cut at a whole character, as SQL's CAST does. The result's text is in `scratch`, or
 * borrowed from the value. Errors: QA_OVERFLOW, QA_NOT_A_NUMBER, QA_NOT_A_DATE, QA_TYPE_CLASH (there is no
 * such cast). */
qa_status_t qa_sql_cast(const qa_sql_value_t *value, const qa_sql_type_t *wanted,
                        char scratch[QA_SQL_CAST_BYTES], qa_sql_value_t *value_out, qa_error_t *error);
/* Whether the cast lost digits or characters: for warnings 01S07 and 01004. */
bool qa_sql_cast_is_exact(const qa_sql_value_t *value, const qa_sql_value_t *cast);

#endif
