/* Cells one by one: their words, what their account takes, values of SQL as atoms, cells written as text. It
 * must never guess: a text that is not wholly understood is refused. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "qa/text.h"
#include "session/write.h"
#include "value/decimal.h"

const char *qa_sql_cell_words(const qa_model_t *model, const qa_member_t *coordinate,
                              char words_out[QA_SQL_CELL_WORDS_BYTES])
{
    const uint16_t count = qa_model_dimension_count(model);
    size_t at = 0;
    words_out[0] = '\0';
    for (qa_dimension_t d = 0; d < count && at + 1 < QA_SQL_CELL_WORDS_BYTES; d++) {
        const int bytes =
            snprintf(words_out + at, QA_SQL_CELL_WORDS_BYTES - at, "%s%s%s", d == 0 ? "(" : ", ",
                     qa_model_member(model, d, coordinate[d])->code, d + 1u == count ? ")" : "");
        at += bytes > 0 ? (size_t)bytes : 0;
    }
    return words_out;
}

qa_account_t qa_sql_cell_account(const qa_model_t *model, const qa_member_t *coordinate)
{
    const qa_dimension_t measure = qa_model_dimension_of_kind(model, QA_DIMENSION_MEASURE);
    if (measure == QA_DIMENSIONS_MAX)
        return (qa_account_t){ .kind = QA_KIND_DECIMAL, .decimals = qa_model_app(model)->decimals };
    return qa_model_member(model, measure, coordinate[measure])->account;
}

uint8_t qa_sql_cell_role(uint8_t kind)
{
    switch (kind) {
    case QA_KIND_TEXT:
        return QA_SQL_ROLE_TEXT;
    case QA_KIND_DATE:
        return QA_SQL_ROLE_DATE;
    case QA_KIND_BOOLEAN:
        return QA_SQL_ROLE_BOOLEAN;
    default:
        return QA_SQL_ROLE_VALUE;
    }
}

/* --- numbers --- */

/* Units of 10^-scale to units of 10^-decimals; false: more than 18 digits. */
static bool rescale(qa_int128_t units, uint8_t scale, uint8_t decimals, qa_int128_t *units_out,
                    bool *is_rounded_out)
{
    if (qa_sql_decimal_rescale(units, scale, decimals, units_out) != QA_OK) return false;
    *is_rounded_out = qa_sql_decimal_compare(units, scale, *units_out, decimals) != 0;
    return qa_sql_decimal_fits(*units_out, QA_DECIMAL_DIGITS_MAX);
}

static qa_status_t decimal_value(const qa_model_t *model, const qa_member_t *coordinate, uint8_t decimals,
                                 const qa_sql_value_t *value, qa_value_t *value_out, bool *is_rounded_out,
                                 qa_error_t *error)
{
    char words[QA_SQL_CELL_WORDS_BYTES];
    char text[QA_DOUBLE_TEXT_BYTES];
    int64_t exact = 0;
    qa_int128_t units = 0;
    bool fits = true;
    if (value->kind == QA_SQL_DOUBLE) {
        /* As CAST does it: 1.005 is 1.01, though the double nearest to it is a little less. */
        const size_t bytes = qa_double_print(value->number, text);
        fits = qa_decimal_parse(text, bytes, decimals, &exact, is_rounded_out) == QA_OK;
        units = exact;
    } else if (value->kind == QA_SQL_DECIMAL) {
        fits = rescale(value->units, value->scale, decimals, &units, is_rounded_out);
    } else {
        fits = rescale(value->integer, 0, decimals, &units, is_rounded_out);
    }
    if (!fits)
        return qa_fail(error, QA_OVERFLOW, "the number for %s has more than %d digits, %u of them decimals",
                       qa_sql_cell_words(model, coordinate, words), QA_DECIMAL_DIGITS_MAX, decimals);
    *value_out = qa_value_decimal(units, decimals);
    return QA_OK;
}

static double double_value(const qa_sql_value_t *value)
{
    if (value->kind == QA_SQL_DOUBLE) return value->number;
    if (value->kind == QA_SQL_DECIMAL) return qa_decimal_to_double(value->units, value->scale);
    return qa_decimal_to_double(value->integer, 0);
}

static qa_status_t text_value(const qa_model_t *model, const qa_member_t *coordinate,
                              const qa_sql_value_t *value, qa_value_t *value_out, qa_error_t *error)
{
    char words[QA_SQL_CELL_WORDS_BYTES];
    const size_t units = qa_utf16_units(value->text, value->bytes);
    if (units > QA_TEXT_UNITS_MAX)
        return qa_fail(error, QA_TEXT_TOO_LONG, "the text for %s has %zu characters, a cell takes %d",
                       qa_sql_cell_words(model, coordinate, words), units, QA_TEXT_UNITS_MAX);
    *value_out = qa_value_text(value->text, value->bytes);
    return QA_OK;
}

qa_status_t qa_sql_cell_value(const qa_model_t *model, const qa_member_t *coordinate,
                              const qa_account_t *account, const qa_sql_value_t *value, qa_value_t *value_out,
                              bool *is_rounded_out, qa_error_t *error)
{
    *is_rounded_out = false;
    switch (account->kind) {
    case QA_KIND_DOUBLE:
        *value_out = qa_value_double(double_value(value));
        return QA_OK;
    case QA_KIND_TEXT:
        return text_value(model, coordinate, value, value_out, error);
    case QA_KIND_DATE:
        *value_out = qa_value_date((int32_t)value->integer);
        return QA_OK;
    case QA_KIND_BOOLEAN:
        *value_out = qa_value_boolean(value->integer != 0);
        return QA_OK;
    default:
        return decimal_value(model, coordinate, account->decimals, value, value_out, is_rounded_out, error);
    }
}

bool qa_sql_cell_is_nothing(const qa_model_t *model, const qa_value_t *value)
{
    if (value->kind == QA_KIND_MISSING) return true;
    if (!qa_model_app(model)->is_zero_missing) return false;
    return (value->kind == QA_KIND_DECIMAL && value->units == 0) ||
           (value->kind == QA_KIND_DOUBLE && value->number == 0.0);
}

/* --- cells as text --- */

typedef struct cell_reader {
    const char *text;
    size_t bytes;
    size_t at;
    char name[QA_NAME_KEY_BYTES];
    size_t name_bytes;
} cell_reader_t;

static void skip_blanks(cell_reader_t *reader)
{
    while (reader->at < reader->bytes && reader->text[reader->at] == ' ')
        reader->at++;
}

/* A name up to `end`, with quotes ("" inside is one ") and backslashes undone. False: it does not end. */
static bool take_name(cell_reader_t *reader, char end)
{
    bool is_quoted = false;
    reader->name_bytes = 0;
    skip_blanks(reader);
    while (reader->at < reader->bytes && (is_quoted || reader->text[reader->at] != end)) {
        const char c = reader->text[reader->at];
        const bool has_next = reader->at + 1 < reader->bytes;
        const bool is_doubled = c == '"' && is_quoted && has_next && reader->text[reader->at + 1] == '"';
        if (c == '"' && !is_doubled) {
            is_quoted = !is_quoted;
            reader->at++;
            continue;
        }
        if (is_doubled || (c == '\\' && has_next)) reader->at++;
        if (reader->name_bytes >= sizeof(reader->name)) return false;
        reader->name[reader->name_bytes++] = reader->text[reader->at++];
    }
    while (reader->name_bytes > 0 && reader->name[reader->name_bytes - 1] == ' ')
        reader->name_bytes--;
    return !is_quoted;
}

static qa_status_t read_pair(const qa_model_t *model, cell_reader_t *reader, qa_member_t *coordinate,
                             qa_error_t *error)
{
    qa_dimension_t dimension = 0;
    if (!take_name(reader, '=') || reader->at >= reader->bytes)
        return qa_fail(error, QA_INVALID,
                       "\"%.*s\" is not Dimension=Member; a cell is written Period=Jan,Account=Fire",
                       (int)(reader->name_bytes > 80 ? 80 : reader->name_bytes), reader->name);
    reader->at++;
    const qa_status_t status =
        qa_model_find_dimension(model, reader->name, reader->name_bytes, &dimension, error);
    if (status != QA_OK) return status;
    if (coordinate[dimension] != QA_MEMBER_NONE)
        return qa_fail(error, QA_INVALID, "the dimension \"%s\" is named twice",
                       qa_model_dimension(model, dimension)->name);
    if (!take_name(reader, ','))
        return qa_fail(error, QA_INVALID, "a quote behind \"%s=\" is not closed",
                       qa_model_dimension(model, dimension)->name);
    return qa_model_find_member(model, dimension, reader->name, reader->name_bytes, &coordinate[dimension],
                                error);
}

qa_status_t qa_sql_cell_read(const qa_model_t *model, const char *text, size_t bytes,
                             qa_member_t coordinate_out[QA_DIMENSIONS_MAX], qa_error_t *error)
{
    const uint16_t count = qa_model_dimension_count(model);
    cell_reader_t reader = { .text = text, .bytes = bytes };
    for (qa_dimension_t d = 0; d < QA_DIMENSIONS_MAX; d++)
        coordinate_out[d] = QA_MEMBER_NONE;
    for (skip_blanks(&reader); reader.at < bytes; skip_blanks(&reader)) {
        const qa_status_t status = read_pair(model, &reader, coordinate_out, error);
        if (status != QA_OK) return status;
        if (reader.at < bytes) reader.at++; /* the comma */
    }
    for (qa_dimension_t d = 0; d < count; d++) {
        if (coordinate_out[d] == QA_MEMBER_NONE) coordinate_out[d] = qa_model_default_member(model, d);
        if (coordinate_out[d] != QA_MEMBER_NONE) continue;
        const char *name = qa_model_dimension(model, d)->name;
        return qa_fail(error, QA_MEMBER_UNNAMED,
                       "the dimension \"%s\" has no default member; add %s=… to the cell", name, name);
    }
    return QA_OK;
}
