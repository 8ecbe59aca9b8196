/* Coordinates and values as people type them: `Dim=Member,Dim2="Mem,ber"`, 1,234.56, (12), 12-.
 * What it must never do: guess. A text that is not wholly understood is refused. */
#include <stdio.h>
#include <string.h>

#include "qa/limits.h"
#include "qa/number.h"
#include "qa/text.h"
#include "tool/command.h"
#include "tool/support.h"

enum { NAME_ROOM = 2 * QA_NAME_BYTES_MAX };

/* Takes a name up to one of the `ends`, undoing quotes ("" inside is one ") and backslashes. False: it does
 * not end. */
static bool take_name(const char **cursor, const char *ends, char name_out[NAME_ROOM])
{
    const char *c = *cursor;
    size_t bytes = 0;
    bool is_quoted = false;
    while (*c != 0 && (is_quoted || strchr(ends, *c) == NULL)) {
        if (*c == '"' && !(is_quoted && c[1] == '"')) {
            is_quoted = !is_quoted;
            c++;
            continue;
        }
        if ((*c == '"' && is_quoted) || (*c == '\\' && c[1] != 0)) c++;
        if (bytes + 1 >= NAME_ROOM) return false;
        name_out[bytes++] = *c++;
    }
    while (bytes > 0 && name_out[bytes - 1] == ' ') {
        bytes--;
    }
    name_out[bytes] = 0;
    *cursor = c;
    return !is_quoted;
}

/* `Dim`, or `Dim@Hierarchy` where `hierarchies_out` is not NULL; a name that has an @ itself is found first.
 */
static qa_status_t read_dimension(qa_tool_t *tool, const qa_model_t *model, const char *begin,
                                  const char *name, qa_dimension_t *dimension_out,
                                  qa_hierarchy_t *hierarchies_out)
{
    char part[NAME_ROOM];
    const char *cursor = begin;
    qa_error_t ignored;
    qa_status_t status = qa_model_find_dimension(model, name, strlen(name), dimension_out, &tool->error);
    if (status == QA_OK || !take_name(&cursor, "@=", part) || *cursor != '@') return status;
    if (qa_model_find_dimension(model, part, strlen(part), dimension_out, &ignored) != QA_OK) return status;
    if (hierarchies_out == NULL) {
        return qa_tool_set_error(
            tool, QA_USAGE, "\"%.120s\" names a hierarchy; a cell is named by its members: write %.80s=…",
            name, part);
    }
    cursor++;
    while (*cursor == ' ') {
        cursor++;
    }
    take_name(&cursor, "=", part);
    return qa_model_find_hierarchy(model, *dimension_out, part, strlen(part),
                                   &hierarchies_out[*dimension_out], &tool->error);
}

/* The member stands in the hierarchy that is asked for. */
static qa_status_t check_hierarchy(qa_tool_t *tool, const qa_model_t *model, qa_dimension_t dimension,
                                   qa_hierarchy_t hierarchy, qa_member_t member)
{
    const qa_dimension_info_t *info = qa_model_dimension(model, dimension);
    const char *code = qa_model_member(model, dimension, member)->code;
    if (qa_model_generation(model, dimension, hierarchy, member) != 0) return QA_OK;
    for (qa_hierarchy_t h = 1; h < info->hierarchy_count && hierarchy == QA_HIERARCHY_PRIMARY; h++) {
        const qa_hierarchy_info_t *other = qa_model_hierarchy(model, dimension, h);
        if (other->is_deleted || qa_model_generation(model, dimension, h, member) == 0) continue;
        return qa_tool_set_error(
            tool, QA_MEMBER_NOT_FOUND,
            "\"%.80s\" is a group of the hierarchy \"%.80s\" of %.80s: write %.80s@%.80s=…", code,
            other->name, info->name, info->name, other->name);
    }
    return qa_tool_set_error(tool, QA_MEMBER_NOT_FOUND,
                             "\"%.80s\" is not in the hierarchy \"%.80s\" of %.80s", code,
                             qa_model_hierarchy(model, dimension, hierarchy)->name, info->name);
}

static qa_status_t read_pair(qa_tool_t *tool, const qa_model_t *model, const char **cursor,
                             qa_member_t members_out[QA_DIMENSIONS_MAX], bool is_named[QA_DIMENSIONS_MAX],
                             qa_hierarchy_t *hierarchies_out)
{
    char name[NAME_ROOM];
    qa_dimension_t dimension = 0;
    while (**cursor == ' ') {
        ++*cursor;
    }
    const char *begin = *cursor;
    if (!take_name(cursor, "=", name) || **cursor != '=') {
        return qa_tool_set_error(tool, QA_USAGE, "\"%.80s\" is not Dimension=Member", name);
    }
    ++*cursor;
    while (**cursor == ' ') {
        ++*cursor;
    }
    qa_status_t status = read_dimension(tool, model, begin, name, &dimension, hierarchies_out);
    if (status != QA_OK) return status;
    if (is_named[dimension]) {
        return qa_tool_set_error(tool, QA_USAGE, "the dimension %s is named twice", name);
    }
    if (!take_name(cursor, ",", name)) {
        return qa_tool_set_error(tool, QA_USAGE, "a quote of \"%.80s\" is not closed", name);
    }
    is_named[dimension] = true;
    status =
        qa_model_find_member(model, dimension, name, strlen(name), &members_out[dimension], &tool->error);
    if (status != QA_OK || hierarchies_out == NULL) return status;
    return check_hierarchy(tool, model, dimension, hierarchies_out[dimension], members_out[dimension]);
}

qa_status_t qa_tool_coordinate(qa_tool_t *tool, const qa_model_t *model, const char *text, bool is_partial,
                               qa_member_t members_out[QA_DIMENSIONS_MAX],
                               bool is_named_out[QA_DIMENSIONS_MAX])
{
    return qa_tool_where(tool, model, text, is_partial, members_out, is_named_out, NULL);
}

qa_status_t qa_tool_where(qa_tool_t *tool, const qa_model_t *model, const char *text, bool is_partial,
                          qa_member_t members_out[QA_DIMENSIONS_MAX], bool is_named_out[QA_DIMENSIONS_MAX],
                          qa_hierarchy_t *hierarchies_out)
{
    bool is_named[QA_DIMENSIONS_MAX] = { false };
    const char *cursor = text;
    uint16_t count = qa_model_dimension_count(model);
    if (qa_tool_utf8(tool, "coordinate", text) != QA_OK) return tool->error.status;
    for (uint16_t d = 0; d < QA_DIMENSIONS_MAX; d++) {
        members_out[d] = QA_MEMBER_NONE;
    }
    while (*cursor != 0) {
        qa_status_t status = read_pair(tool, model, &cursor, members_out, is_named, hierarchies_out);
        if (status != QA_OK) return status;
        if (*cursor == ',') cursor++;
    }
    for (uint16_t d = 0; d < count; d++) {
        if (!is_named[d]) members_out[d] = qa_model_default_member(model, d);
        if (members_out[d] != QA_MEMBER_NONE || is_partial) continue;
        const char *name = qa_model_dimension(model, d)->name;
        return qa_tool_set_error(tool, QA_MEMBER_UNNAMED,
                                 "the dimension %s has no default member; add %s=… to the coordinate", name,
                                 name);
    }
    if (is_named_out != NULL) memcpy(is_named_out, is_named, sizeof(is_named));
    return QA_OK;
}

/* Brings (1,234.56) and 1,234.56- to the plain form. False: not a number in these forms. */
static bool plain_number(const char *text, char plain_out[128])
{
    size_t bytes = strlen(text);
    size_t used = 0;
    bool is_negative = false;
    if (bytes == 0 || bytes > 120) return false;
    if (text[0] == '(' && text[bytes - 1] == ')') {
        is_negative = true;
        text++;
        bytes -= 2;
    } else if (text[bytes - 1] == '-') {
        is_negative = true;
        bytes--;
    }
    if (is_negative) plain_out[used++] = '-';
    if (is_negative && bytes > 0 && (text[0] == '-' || text[0] == '+')) return false;
    const char *point = memchr(text, '.', bytes);
    size_t whole = point == NULL ? bytes : (size_t)(point - text);
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] != ',') {
            plain_out[used++] = text[i];
            continue;
        }
        /* A comma separates thousands: three digits up to the next comma or the point, at least one before.
         */
        if (i == 0 || i >= whole || (whole - i) % 4 != 0) return false;
    }
    plain_out[used] = 0;
    return true;
}

static qa_status_t read_decimal(qa_tool_t *tool, const qa_account_t *account, const char *text,
                                qa_value_t *value_out)
{
    char plain[128];
    int64_t units = 0;
    qa_status_t status = QA_NOT_A_NUMBER;
    if (plain_number(text, plain))
        status = qa_decimal_parse(plain, strlen(plain), account->decimals, &units, NULL);
    *value_out = qa_value_decimal(units, account->decimals);
    switch (status) {
    case QA_OK:
        return QA_OK;
    case QA_TOO_MANY_DECIMALS:
        return qa_tool_set_error(tool, status,
                                 "%.120s has more decimals than the %u of the account; round it first", text,
                                 account->decimals);
    case QA_OVERFLOW:
        return qa_tool_set_error(tool, status, "%.120s has more than %d digits with %u decimals", text,
                                 QA_DECIMAL_DIGITS_MAX, account->decimals);
    default:
        return qa_tool_set_error(tool, status,
                                 "\"%.120s\" is not a number; write 1234.56, 1,234.56, -12 or (12)", text);
    }
}

static qa_status_t read_double(qa_tool_t *tool, const char *text, qa_value_t *value_out)
{
    char plain[128];
    double number = 0;
    qa_status_t status = QA_NOT_A_NUMBER;
    if (plain_number(text, plain)) status = qa_double_parse(plain, strlen(plain), &number);
    *value_out = qa_value_double(number);
    if (status == QA_OK) return QA_OK;
    return qa_tool_set_error(tool, status, "\"%.120s\" is not a finite number; write 1234.56 or 1.5e-7",
                             text);
}

qa_status_t qa_tool_value(qa_tool_t *tool, const qa_model_t *model, const qa_member_t *coordinate,
                          const char *text, qa_value_t *value_out)
{
    qa_account_t account = { .kind = QA_KIND_DECIMAL, .decimals = qa_model_app(model)->decimals };
    qa_dimension_t measure = qa_model_dimension_of_kind(model, QA_DIMENSION_MEASURE);
    size_t bytes = strlen(text);
    *value_out = qa_value_missing();
    if (measure != QA_DIMENSIONS_MAX) account = qa_model_member(model, measure, coordinate[measure])->account;
    if (bytes == 0 || strcmp(text, "missing") == 0) return QA_OK;
    if (qa_tool_utf8(tool, "value", text) != QA_OK) return tool->error.status;
    switch (account.kind) {
    case QA_KIND_DECIMAL:
        return read_decimal(tool, &account, text, value_out);
    case QA_KIND_DOUBLE:
        return read_double(tool, text, value_out);
    case QA_KIND_TEXT:
        if (qa_utf16_units(text, bytes) > QA_TEXT_UNITS_MAX) {
            return qa_tool_set_error(
                tool, QA_LIMIT,
                "the text has %zu UTF-16 units; a text value has at most %d, as a cell of "
                "Excel: shorten it, or split it over several accounts",
                qa_utf16_units(text, bytes), QA_TEXT_UNITS_MAX);
        }
        *value_out = qa_value_text(text, (uint32_t)bytes);
        return QA_OK;
    case QA_KIND_DATE: {
        int32_t day = 0;
        if (qa_date_parse(text, bytes, &day) != QA_OK) {
            return qa_tool_set_error(tool, QA_NOT_A_DATE, "\"%.120s\" is not a date; write YYYY-MM-DD", text);
        }
        *value_out = qa_value_date(day);
        return QA_OK;
    }
    default:
        if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
            return qa_tool_set_error(tool, QA_WRONG_KIND, "\"%.120s\" is neither true nor false", text);
        }
        *value_out = qa_value_boolean(text[0] == 't');
        return QA_OK;
    }
}
