/* What the files of the catalog functions share: arguments, shapes, and one walk over the tables. */
#ifndef QA_ODBC_CATALOG_PRIVATE_H
#define QA_ODBC_CATALOG_PRIVATE_H

#include "parts/catalog.h"
#include "parts/result_private.h"

typedef struct qa_odbc_shape {
    const qa_odbc_shape_column_t *columns;
    uint16_t column_count;
} qa_odbc_shape_t;

#define SHAPE(FUNCTION) extern const qa_odbc_shape_t qa_odbc_shape_##FUNCTION;
#define C3(...)
#define C2(...)
#define END
#include "parts/catalog_shapes.def"
#undef SHAPE
#undef C3
#undef C2
#undef END

/* How an argument fits names. */
typedef enum qa_odbc_argument_kind {
    QA_ODBC_ARGUMENT_PATTERN,   /* with %, _ and the escape */
    QA_ODBC_ARGUMENT_NAME,      /* as it stands */
    QA_ODBC_ARGUMENT_IDENTIFIER /* SQL_ATTR_METADATA_ID: made of it when the statement says so */
} qa_odbc_argument_kind_t;

/* Whether a name fits. NULL fits all. Letters of ASCII are equal in both cases, as unquoted names are in SQL;
 * an identifier in double quotes fits exactly. */
bool qa_odbc_argument_fits(qa_odbc_argument_t argument, qa_odbc_argument_kind_t kind, const char *name);
/* Of catalogs: there are none, so NULL, "" and a pattern that fits "" do. */
bool qa_odbc_catalog_name_fits(qa_odbc_argument_t argument, qa_odbc_argument_kind_t kind);

/* One walk: the arguments of the tables, the result, and what is done with each table and column that fits.
 */
typedef struct qa_odbc_walk qa_odbc_walk_t;
struct qa_odbc_walk {
    const qa_odbc_catalog_t *catalog;
    qa_odbc_result_t *result;
    qa_odbc_argument_t catalog_name, schema, table, column;
    qa_odbc_argument_kind_t table_kind, column_kind; /* of schema and table; of column */
    qa_status_t (*add_table)(qa_odbc_walk_t *walk, const qa_sql_table_info_t *table);
    qa_status_t (*add_column)(qa_odbc_walk_t *walk, const qa_sql_table_info_t *table, uint16_t position,
                              const qa_sql_table_column_t *column);
    void *context; /* of the function */
};

/* Walks over the source's tables, then sorts and finishes. On failure the result is closed and *result_out
 * NULL. */
qa_status_t qa_odbc_walk_run(qa_odbc_walk_t *walk, const qa_odbc_shape_t *shape, const uint8_t *keys,
                             uint8_t key_count, qa_odbc_result_t **result_out,
                             qa_odbc_diagnostic_t *diagnostic);
/* Fills in the diagnostic for a status of a result, closes it, and returns the status. */
qa_status_t qa_odbc_walk_fail(qa_odbc_result_t *result, qa_status_t status, qa_odbc_diagnostic_t *diagnostic);
/* HY009 if an argument that must be given is NULL under SQL_ATTR_METADATA_ID, or always if `is_needed`. */
qa_status_t qa_odbc_argument_check(const qa_odbc_catalog_t *catalog, qa_odbc_argument_t argument,
                                   bool is_needed, const char *what, qa_odbc_diagnostic_t *diagnostic);
qa_odbc_argument_kind_t qa_odbc_argument_kind_of(const qa_odbc_catalog_t *catalog,
                                                 qa_odbc_argument_kind_t kind);

/* "PK_atoms". Returns the text. */
enum { QA_ODBC_KEY_NAME_BYTES = 4096 };
const char *qa_odbc_key_name(const char *table, const char *column, char name_out[QA_ODBC_KEY_NAME_BYTES]);

/* From DATA_TYPE to IS_NULLABLE of SQLColumns and SQLProcedureColumns: 14 cells. */
void qa_odbc_type_cells(const qa_sql_type_t *type, bool is_odbc2, const char *remarks, uint16_t position,
                        qa_odbc_cell_t cells_out[14]);

#endif
