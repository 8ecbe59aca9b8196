/* What all catalog functions share: shapes, arguments, the walk over the tables. Nothing is kept between
 * calls. */
#include <stdio.h>
#include <string.h>

#include "parts/catalog_private.h"
#include "qa/text.h"

#define SHAPE(FUNCTION) static const qa_odbc_shape_column_t columns_of_##FUNCTION[] = {
#define C3(NAME, KIND, NULLABLE, LENGTH) { NAME, NULL, #KIND[0], NULLABLE, LENGTH },
#define C2(NAME, NAME2, KIND, NULLABLE, LENGTH) { NAME, NAME2, #KIND[0], NULLABLE, LENGTH },
#define END                                                                                                  \
    }                                                                                                        \
    ;
#include "parts/catalog_shapes.def"
#undef SHAPE
#undef C3
#undef C2
#undef END

#define SHAPE(FUNCTION)                                                                                      \
    const qa_odbc_shape_t qa_odbc_shape_##FUNCTION = {                                                       \
        columns_of_##FUNCTION, sizeof(columns_of_##FUNCTION) / sizeof(columns_of_##FUNCTION[0])              \
    };
#define C3(...)
#define C2(...)
#define END
#include "parts/catalog_shapes.def"
#undef SHAPE
#undef C3
#undef C2
#undef END

/* --- arguments --- */

static char folded(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte + 32) : byte;
}

/* The bytes of the character at `at`. */
static size_t character_bytes(const char *text, size_t bytes, size_t at)
{
    size_t count = 1;
    while (at + count < bytes && ((uint8_t)text[at + count] & 0xC0) == 0x80)
        count++;
    return count;
}

/* A pattern against a name. The last % is where matching goes on when it fails behind it: no recursion. */
static bool fits_pattern(qa_odbc_argument_t pattern, const char *name, size_t name_bytes)
{
    size_t at = 0, place = 0;
    size_t star = SIZE_MAX, star_place = 0; /* behind the last %, and where the name was tried from */
    while (place < name_bytes) {
        bool is_same = false;
        if (at < pattern.bytes && pattern.data[at] == '%') {
            star = ++at;
            star_place = place;
            continue;
        }
        if (at < pattern.bytes && pattern.data[at] == '_') {
            at++;
            place += character_bytes(name, name_bytes, place);
            continue;
        }
        if (at < pattern.bytes) {
            const bool is_escape = pattern.data[at] == '\\' && at + 1 < pattern.bytes;
            const size_t literal = at + (is_escape ? 1 : 0);
            is_same = folded(pattern.data[literal]) == folded(name[place]);
            if (is_same) {
                at = literal + 1;
                place++;
            }
        }
        if (is_same) continue;
        if (star == SIZE_MAX) return false;
        star_place += character_bytes(name, name_bytes, star_place);
        at = star;
        place = star_place;
    }
    while (at < pattern.bytes && pattern.data[at] == '%')
        at++;
    return at == pattern.bytes;
}

static bool fits_name(qa_odbc_argument_t argument, const char *name, size_t name_bytes)
{
    if (argument.bytes != name_bytes) return false;
    for (size_t i = 0; i < name_bytes; i++) {
        if (folded(argument.data[i]) != folded(name[i])) return false;
    }
    return true;
}

/* Blanks at the end do not count; "…" with "" inside is exact, else case does not matter in any alphabet. */
static bool fits_identifier(qa_odbc_argument_t argument, const char *name, size_t name_bytes)
{
    char key_a[QA_NAME_KEY_BYTES], key_b[QA_NAME_KEY_BYTES];
    size_t a_bytes, b_bytes, place = 0;
    while (argument.bytes > 0 && argument.data[argument.bytes - 1] == ' ')
        argument.bytes--;
    if (argument.bytes < 2 || argument.data[0] != '"' || argument.data[argument.bytes - 1] != '"') {
        if (qa_name_key(argument.data, argument.bytes, key_a, &a_bytes) == QA_OK &&
            qa_name_key(name, name_bytes, key_b, &b_bytes) == QA_OK)
            return a_bytes == b_bytes && memcmp(key_a, key_b, a_bytes) == 0;
        return fits_name(argument, name, name_bytes);
    }
    for (size_t i = 1; i + 1 < argument.bytes; i++) {
        if (place >= name_bytes || argument.data[i] != name[place++]) return false;
        if (argument.data[i] == '"' && argument.data[i + 1] == '"' && i + 2 < argument.bytes) i++;
    }
    return place == name_bytes;
}

bool qa_odbc_argument_fits(qa_odbc_argument_t argument, qa_odbc_argument_kind_t kind, const char *name)
{
    const size_t bytes = strlen(name);
    if (argument.data == NULL) return true;
    switch (kind) {
    case QA_ODBC_ARGUMENT_PATTERN:
        return fits_pattern(argument, name, bytes);
    case QA_ODBC_ARGUMENT_IDENTIFIER:
        return fits_identifier(argument, name, bytes);
    case QA_ODBC_ARGUMENT_NAME:
        break;
    }
    return fits_name(argument, name, bytes);
}

bool qa_odbc_catalog_name_fits(qa_odbc_argument_t argument, qa_odbc_argument_kind_t kind)
{
    if (argument.data == NULL || argument.bytes == 0) return true;
    return kind == QA_ODBC_ARGUMENT_PATTERN && fits_pattern(argument, "", 0);
}

qa_odbc_argument_kind_t qa_odbc_argument_kind_of(const qa_odbc_catalog_t *catalog,
                                                 qa_odbc_argument_kind_t kind)
{
    return catalog->is_metadata_id ? QA_ODBC_ARGUMENT_IDENTIFIER : kind;
}

qa_status_t qa_odbc_argument_check(const qa_odbc_catalog_t *catalog, qa_odbc_argument_t argument,
                                   bool is_needed, const char *what, qa_odbc_diagnostic_t *diagnostic)
{
    if (argument.data != NULL || (!is_needed && !catalog->is_metadata_id)) return QA_OK;
    return qa_odbc_fail(diagnostic, "HY009", "the %s is a null pointer; %s", what,
                        is_needed ? "this function takes a name"
                                  : "SQL_ATTR_METADATA_ID wants an identifier");
}

/* --- the walk --- */

static bool is_wanted(const qa_odbc_walk_t *walk, const qa_sql_table_info_t *table)
{
    return qa_odbc_argument_fits(walk->schema, walk->table_kind, table->schema) &&
           qa_odbc_argument_fits(walk->table, walk->table_kind, table->name);
}

static qa_status_t visit_table(void *context, const qa_sql_table_info_t *table)
{
    qa_odbc_walk_t *const walk = context;
    if (walk->add_table == NULL || !is_wanted(walk, table)) return QA_OK;
    return walk->add_table(walk, table);
}

static qa_status_t visit_column(void *context, const qa_sql_table_info_t *table, uint16_t position,
                                const qa_sql_table_column_t *column)
{
    qa_odbc_walk_t *const walk = context;
    if (!is_wanted(walk, table) || !qa_odbc_argument_fits(walk->column, walk->column_kind, column->name))
        return QA_OK;
    return walk->add_column(walk, table, position, column);
}

qa_status_t qa_odbc_walk_fail(qa_odbc_result_t *result, qa_status_t status, qa_odbc_diagnostic_t *diagnostic)
{
    qa_error_t error;
    qa_odbc_result_close(result);
    if (status == QA_NO_MEMORY)
        qa_fail_memory(&error, "the rows of a catalog function");
    else
        qa_fail(&error, status, "%s", qa_status_info(status)->text);
    return qa_odbc_fail_status(diagnostic, &error);
}

qa_status_t qa_odbc_walk_run(qa_odbc_walk_t *walk, const qa_odbc_shape_t *shape, const uint8_t *keys,
                             uint8_t key_count, qa_odbc_result_t **result_out,
                             qa_odbc_diagnostic_t *diagnostic)
{
    const qa_odbc_catalog_source_t *source = walk->catalog->source;
    qa_error_t error = { .status = QA_OK };
    qa_status_t status = QA_OK;
    *result_out = NULL;
    walk->result = qa_odbc_result_make(walk->catalog->allocator, shape->columns, shape->column_count,
                                       walk->catalog->is_odbc2);
    if (walk->result == NULL) return qa_odbc_walk_fail(NULL, QA_NO_MEMORY, diagnostic);
    if (qa_odbc_catalog_name_fits(walk->catalog_name, walk->table_kind))
        status = source->tables(source->session, visit_table, walk->add_column == NULL ? NULL : visit_column,
                                walk, &error);
    if (status == QA_OK) status = qa_odbc_result_finish(walk->result, keys, key_count);
    if (status == QA_OK) {
        *result_out = walk->result;
        return QA_OK;
    }
    if (error.status == QA_OK) return qa_odbc_walk_fail(walk->result, status, diagnostic);
    qa_odbc_result_close(walk->result);
    return qa_odbc_fail_status(diagnostic, &error);
}

const char *qa_odbc_key_name(const char *table, const char *column, char name_out[QA_ODBC_KEY_NAME_BYTES])
{
    if (column == NULL)
        snprintf(name_out, QA_ODBC_KEY_NAME_BYTES, "PK_%s", table);
    else
        snprintf(name_out, QA_ODBC_KEY_NAME_BYTES, "FK_%s_%s", table, column);
    return name_out;
}

void qa_odbc_type_cells(const qa_sql_type_t *type, bool is_odbc2, const char *remarks, uint16_t position,
                        qa_odbc_cell_t cells_out[14])
{
    qa_odbc_type_t described;
    qa_odbc_type_describe(type, &described);
    const bool has_octets = type->kind == QA_SQL_TEXT || type->kind == QA_SQL_BINARY;
    const SQLSMALLINT code = described.datetime_code;
    cells_out[0] = qa_odbc_cell_integer(qa_odbc_type_code_for(described.concise_type, is_odbc2));
    cells_out[1] = qa_odbc_cell_text(described.type_name);
    cells_out[2] = qa_odbc_cell_integer((int64_t)described.column_size);
    cells_out[3] = qa_odbc_cell_integer(described.octet_length);
    cells_out[4] = qa_odbc_cell_applicable(described.decimal_digits);
    cells_out[5] = qa_odbc_cell_applicable(described.num_prec_radix);
    cells_out[6] = qa_odbc_cell_integer(described.nullable);
    cells_out[7] = qa_odbc_cell_text(remarks);
    cells_out[8] = qa_odbc_cell_null();
    cells_out[9] = qa_odbc_cell_integer(described.verbose_type);
    cells_out[10] = code == 0 ? qa_odbc_cell_null() : qa_odbc_cell_integer(code);
    cells_out[11] = has_octets ? qa_odbc_cell_integer(described.octet_length) : qa_odbc_cell_null();
    cells_out[12] = qa_odbc_cell_integer(position);
    cells_out[13] = qa_odbc_cell_text(described.nullable == SQL_NULLABLE ? "YES" : "NO");
}
