/* Values into the application's buffers, and its parameters into values, as Appendix D of the ODBC
 * specification says, for every C type. Texts are UTF-8 as SQL_C_CHAR and UTF-16 as SQL_C_WCHAR.
 *
 *     qa_odbc_target_t target = { .c_type = SQL_C_WCHAR, .scale = QA_ODBC_SCALE_UNSET };
 *     target.data = buffer; target.data_bytes = sizeof(buffer);
 *     target.length = &length; target.indicator = &length;
 *     qa_odbc_outcome_t outcome = qa_odbc_put_value(&value, &type, &target, NULL);
 *     if (qa_odbc_is_error(outcome)) … // qa_odbc_describe_outcome makes the record
 *
 * The length that is written is always that of the whole value in bytes, also when it was cut. What is put is
 * terminated (SQL_C_CHAR, SQL_C_WCHAR), also when it was cut; a buffer without room even for a terminator
 * stays as it is. Intervals answer NOT_YET where ODBC has such a conversion, RESTRICTED elsewhere. */
#ifndef QA_ODBC_CONVERT_H
#define QA_ODBC_CONVERT_H

#include "base/memory.h"
#include "parts/diagnostic.h"

enum { QA_ODBC_SCALE_UNSET = -32768 };

/* Where a value goes. */
typedef struct qa_odbc_target {
    /* Concise; SQL_C_DEFAULT is that of the value's type. SQL_ARD_TYPE and SQL_APD_TYPE were replaced by the
     * descriptor's type before. */
    SQLSMALLINT c_type;
    SQLSMALLINT precision; /* SQL_C_NUMERIC: digits of the descriptor record; 0: 38 */
    SQLSMALLINT scale;     /* SQL_C_NUMERIC: of the descriptor record; QA_ODBC_SCALE_UNSET: the value's own */
    /* A text that does not fit fills the buffer to its last unit, even if that cuts a character: for
     * SQLGetData, whose callers put the pieces together and take each for full (pyodbc does). Else the text
     * is cut at a whole character: for bound columns. */
    bool is_filled;
    int32_t today;       /* days since 1970: the date that a TIME gets as SQL_C_TYPE_TIMESTAMP */
    void *data;          /* NULL: nothing is put but the lengths */
    SQLLEN data_bytes;   /* of the buffer; not looked at for C types of fixed length */
    SQLLEN *length;      /* SQL_DESC_OCTET_LENGTH_PTR; may be NULL */
    SQLLEN *indicator;   /* SQL_DESC_INDICATOR_PTR; may be NULL or equal `length` */
    uint64_t length_max; /* SQL_ATTR_MAX_LENGTH: bytes that texts and binaries have at most; 0: all */
} qa_odbc_target_t;

/* Puts one value. `offset` is NULL for bound columns; for SQLGetData it starts at 0 for a column and C type,
 * belongs to the caller, and says how much was fetched already: texts and binaries come in pieces, the length
 * of each call is that of the rest. After the last piece, and after any value of fixed length or NULL, the
 * next call answers QA_ODBC_NO_MORE. The offset of another C type means nothing: start again at 0. */
qa_odbc_outcome_t qa_odbc_put_value(const qa_sql_value_t *value, const qa_sql_type_t *type,
                                    const qa_odbc_target_t *target, uint64_t *offset);

/* Puts `row_count` values from row `first` on: row k to `data` + k × `data_stride`, its lengths to the
 * addresses of the target + k × `length_stride` (bytes; both pointers advance by it, so column-wise binding
 * passes sizeof(SQLLEN), row-wise binding the size of the row for both strides; a `data_stride` of 0 means
 * the bytes of the buffer, which is column-wise binding). Rows that did not end OK write their outcome to
 * outcomes[k], if that is larger; OK rows write nothing, so the caller clears `outcomes` once for all columns
 * of the rowset. Returns how many rows did not end OK. Every row is put, errors or not. */
uint32_t qa_odbc_put_column(const qa_sql_vector_t *vector, uint32_t first, uint32_t row_count,
                            const qa_odbc_target_t *target, size_t data_stride, size_t length_stride,
                            uint8_t *outcomes);

/* Where a parameter comes from. */
typedef struct qa_odbc_source {
    SQLSMALLINT c_type;    /* concise; SQL_C_DEFAULT is that of sql_type */
    SQLSMALLINT sql_type;  /* as given to SQLBindParameter; the value that comes out is of its kind */
    SQLSMALLINT precision; /* SQL_C_NUMERIC: not needed, the struct says it */
    SQLSMALLINT
    scale; /* SQL_C_NUMERIC: SQL_DESC_SCALE of the record; QA_ODBC_SCALE_UNSET: the struct's own */
    int32_t today;
    const void *data;
    /* BufferLength: the length of a binary without a length of its own. A terminator is sought without regard
     * to it, as other drivers do: applications often give characters here, or nothing. */
    SQLLEN data_bytes;
    const SQLLEN *length;    /* NULL: SQL_NTS for texts; binaries then have data_bytes */
    const SQLLEN *indicator; /* NULL: not NULL. May equal `length` */
} qa_odbc_source_t;

/* Whether the indicator (or the length, if there is only that) says that the value is sent at execution. */
bool qa_odbc_is_at_execution(const qa_odbc_source_t *source);

/* Takes one parameter: the value is of the kind that sql_type names (decimals keep the digits that were
 * given: precision and decimal digits of the binding are a promise about the parameter, and cutting by them
 * would lose money silently; qa_sql_bind casts to what the statement asks for). Texts are taken into the
 * arena. SQL_NULL_DATA gives NULL; SQL_DEFAULT_PARAM answers NO_DEFAULT. For data sent at execution the edge
 * calls this with the pieces put together: `data` the bytes, `length` their number. */
qa_odbc_outcome_t qa_odbc_take_value(const qa_odbc_source_t *source, qa_arena_t *arena,
                                     qa_sql_value_t *value_out);

#endif
