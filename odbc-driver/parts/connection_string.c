/* Connection strings into settings and back. The keywords are a table; a password goes nowhere: its value is
 * passed over where it stands, so that no copy of it is ever made. */
#include "parts/connection_string.h"

#include <stdio.h>
#include <string.h>

#include "qa/text.h"

enum { VALUE_BYTES_MAX = 4096 }; /* of a key in odbc.ini */

static const qa_odbc_keyword_info_t keywords[] = {
#define QA_ODBC_KEYWORD(ID, NAME, ALIASES, KIND, VALUES, DEFAULT, TEXT)                                      \
    { NAME, ALIASES, QA_ODBC_KEY_##KIND, VALUES, DEFAULT, TEXT },
#include "parts/keywords.def"
#undef QA_ODBC_KEYWORD
};

const qa_odbc_keyword_info_t *qa_odbc_keyword(uint32_t key)
{
    return key < QA_ODBC_KEY_COUNT ? &keywords[key] : NULL;
}

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte + 32) : byte;
}

static bool is_same(const char *a, size_t a_bytes, const char *b, size_t b_bytes)
{
    if (a_bytes != b_bytes) return false;
    for (size_t i = 0; i < a_bytes; i++) {
        if (lower(a[i]) != lower(b[i])) return false;
    }
    return true;
}

/* The next part of a list like "a|b|c"; false behind the last. */
static bool next_of(const char **list, const char **part_out, size_t *bytes_out)
{
    if (**list == '\0') return false;
    const char *const bar = strchr(*list, '|');
    *part_out = *list;
    *bytes_out = bar == NULL ? strlen(*list) : (size_t)(bar - *list);
    *list += *bytes_out + (bar == NULL ? 0 : 1);
    return true;
}

static bool is_in_list(const char *list, const char *word, size_t bytes)
{
    const char *part;
    size_t part_bytes;
    while (next_of(&list, &part, &part_bytes)) {
        if (is_same(part, part_bytes, word, bytes)) return true;
    }
    return false;
}

static int32_t find_keyword(const char *name, size_t bytes)
{
    for (int32_t key = 0; key < QA_ODBC_KEY_COUNT; key++) {
        if (is_same(keywords[key].name, strlen(keywords[key].name), name, bytes) ||
            is_in_list(keywords[key].aliases, name, bytes))
            return key;
    }
    return -1;
}

void qa_odbc_settings_make(qa_odbc_settings_t *settings, const qa_allocator_t *allocator)
{
    memset(settings, 0, sizeof(*settings));
    qa_arena_make(&settings->arena, allocator, 1 << 20);
}

void qa_odbc_settings_release(qa_odbc_settings_t *settings)
{
    if (settings->arena.allocator != NULL) qa_arena_release(&settings->arena);
    memset(settings, 0, sizeof(*settings));
}

static qa_status_t fail_memory(qa_odbc_diagnostic_t *diagnostic)
{
    qa_odbc_fail(diagnostic, "HY001", "out of memory for the connection string");
    return QA_NO_MEMORY;
}

/* --- reading --- */

typedef struct reader {
    const char *text;
    size_t bytes;
    size_t at;
} reader_t;

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static void skip_blanks(reader_t *reader)
{
    while (reader->at < reader->bytes && is_blank(reader->text[reader->at]))
        reader->at++;
}

/* A keyword up to its '='. An empty one (";;", or the end) has no bytes. */
static qa_status_t read_name(reader_t *reader, const char **name_out, size_t *bytes_out,
                             qa_odbc_diagnostic_t *diagnostic)
{
    *bytes_out = 0;
    while (reader->at < reader->bytes &&
           (is_blank(reader->text[reader->at]) || reader->text[reader->at] == ';'))
        reader->at++;
    const size_t start = reader->at;
    *name_out = reader->text + start;
    if (start == reader->bytes) return QA_OK;
    while (reader->at < reader->bytes && reader->text[reader->at] != '=' && reader->text[reader->at] != ';')
        reader->at++;
    if (reader->at == reader->bytes || reader->text[reader->at] == ';')
        return qa_odbc_fail(diagnostic, "HY000",
                            "connection string, character %zu: a keyword without \"=\"; write Keyword=value;",
                            start + 1);
    size_t end = reader->at++;
    while (end > start && is_blank(reader->text[end - 1]))
        end--;
    if (end == start)
        return qa_odbc_fail(diagnostic, "HY000", "connection string, character %zu: no keyword before \"=\"",
                            start + 1);
    *bytes_out = end - start;
    return QA_OK;
}

/* A value as it stands: where it begins and ends, whether it is in braces. */
static qa_status_t read_value(reader_t *reader, const char **value_out, size_t *bytes_out,
                              bool *is_quoted_out, qa_odbc_diagnostic_t *diagnostic)
{
    skip_blanks(reader);
    const size_t start = reader->at;
    *is_quoted_out = start < reader->bytes && reader->text[start] == '{';
    if (!*is_quoted_out) {
        while (reader->at < reader->bytes && reader->text[reader->at] != ';')
            reader->at++;
        size_t end = reader->at;
        while (end > start && is_blank(reader->text[end - 1]))
            end--;
        *value_out = reader->text + start;
        *bytes_out = end - start;
        return QA_OK;
    }
    for (reader->at = start + 1; reader->at < reader->bytes; reader->at++) {
        if (reader->text[reader->at] != '}') continue;
        if (reader->at + 1 == reader->bytes || reader->text[reader->at + 1] != '}') break;
        reader->at++;
    }
    if (reader->at >= reader->bytes)
        return qa_odbc_fail(
            diagnostic, "HY000",
            "connection string, character %zu: \"{\" without its \"}\"; a } inside is doubled", start + 1);
    *value_out = reader->text + start + 1;
    *bytes_out = reader->at - start - 1;
    reader->at++;
    skip_blanks(reader);
    if (reader->at < reader->bytes && reader->text[reader->at] != ';')
        return qa_odbc_fail(diagnostic, "HY000",
                            "connection string, character %zu: expected \";\" behind \"}\"", reader->at + 1);
    return QA_OK;
}

/* A terminated copy; of a quoted value with }} made }. NULL: no memory. */
static const char *copy_value(qa_odbc_settings_t *settings, const char *value, size_t bytes, bool is_quoted)
{
    char *const copy = qa_arena_text(&settings->arena, value, bytes);
    if (copy == NULL || !is_quoted) return copy;
    size_t length = 0;
    for (size_t i = 0; i < bytes; i++) {
        copy[length++] = value[i];
        if (value[i] == '}') i++;
    }
    copy[length] = '\0';
    return copy;
}

static qa_status_t set_unknown(qa_odbc_settings_t *settings, const char *name, size_t bytes,
                               qa_odbc_diagnostic_t *diagnostic)
{
    if (settings->unknown_count < QA_ODBC_WARNINGS_MAX) {
        const char *const copy = qa_arena_text(&settings->arena, name, bytes);
        if (copy == NULL) return fail_memory(diagnostic);
        settings->unknown[settings->unknown_count] = copy;
    }
    settings->unknown_count++;
    return QA_OK;
}

static qa_status_t read_pair(qa_odbc_settings_t *settings, reader_t *reader, bool *is_end_out,
                             qa_odbc_diagnostic_t *diagnostic)
{
    const char *name, *value = "";
    size_t name_bytes, value_bytes = 0;
    bool is_quoted = false;
    qa_status_t status = read_name(reader, &name, &name_bytes, diagnostic);
    *is_end_out = status == QA_OK && name_bytes == 0;
    if (status != QA_OK || *is_end_out) return status;
    status = read_value(reader, &value, &value_bytes, &is_quoted, diagnostic);
    if (status != QA_OK) return status;
    const int32_t key = find_keyword(name, name_bytes);
    if (key < 0) return set_unknown(settings, name, name_bytes, diagnostic);
    if (keywords[key].kind == QA_ODBC_KEY_SECRET || settings->is_given[key] || value_bytes == 0) return QA_OK;
    /* Of DSN and Driver the first counts. */
    if ((key == QA_ODBC_KEY_DSN && settings->is_given[QA_ODBC_KEY_DRIVER]) ||
        (key == QA_ODBC_KEY_DRIVER && settings->is_given[QA_ODBC_KEY_DSN]))
        return QA_OK;
    settings->values[key] = copy_value(settings, value, value_bytes, is_quoted);
    settings->is_given[key] = true;
    return settings->values[key] == NULL ? fail_memory(diagnostic) : QA_OK;
}

/* --- the data source --- */

static qa_status_t look_up(qa_odbc_settings_t *settings, const qa_odbc_lookup_t *lookup,
                           qa_odbc_diagnostic_t *diagnostic)
{
    const char *const data_source = settings->values[QA_ODBC_KEY_DSN];
    if (lookup == NULL || data_source == NULL) return QA_OK;
    for (int32_t key = 0; key < QA_ODBC_KEY_COUNT; key++) {
        const qa_odbc_key_kind_t kind = keywords[key].kind;
        if (settings->values[key] != NULL || kind == QA_ODBC_KEY_IGNORED || kind == QA_ODBC_KEY_SECRET)
            continue;
        char value[VALUE_BYTES_MAX], alias[64];
        const char *list = keywords[key].aliases, *part;
        size_t part_bytes;
        size_t bytes = lookup->find(lookup->context, data_source, keywords[key].name, value, sizeof(value));
        while (bytes == 0 && next_of(&list, &part, &part_bytes)) {
            snprintf(alias, sizeof(alias), "%.*s", (int)part_bytes, part);
            bytes = lookup->find(lookup->context, data_source, alias, value, sizeof(value));
        }
        if (bytes == 0) continue;
        if (bytes >= sizeof(value))
            return qa_odbc_fail(diagnostic, "HY024",
                                "data source %s: the value of %s is longer than %d bytes", data_source,
                                keywords[key].name, VALUE_BYTES_MAX - 1);
        settings->values[key] = qa_arena_text(&settings->arena, value, bytes);
        if (settings->values[key] == NULL) return fail_memory(diagnostic);
    }
    return QA_OK;
}

/* --- what the values mean --- */

static bool is_true(const char *value)
{
    return is_in_list("1|yes|true|on", value, strlen(value));
}

static bool read_seconds(const char *value, uint32_t *seconds_out)
{
    uint32_t seconds = 0;
    *seconds_out = 0;
    if (*value == '\0') return false;
    for (; *value != '\0'; value++) {
        if (*value < '0' || *value > '9') return false;
        seconds = seconds * 10 + (uint32_t)(*value - '0');
        if (seconds > 1000000) return false;
    }
    *seconds_out = seconds;
    return true;
}

static qa_status_t check_value(const qa_odbc_settings_t *settings, int32_t key,
                               qa_odbc_diagnostic_t *diagnostic)
{
    const qa_odbc_keyword_info_t *info = &keywords[key];
    const char *const value = settings->values[key];
    uint32_t seconds;
    bool is_good = true;
    if (!qa_utf8_is_valid(value, strlen(value)))
        return qa_odbc_fail(diagnostic, "HY024", "the value of %s is not valid text", info->name);
    switch (info->kind) {
    case QA_ODBC_KEY_FLAG:
    case QA_ODBC_KEY_CHOICE:
        is_good = is_in_list(info->values, value, strlen(value));
        break;
    case QA_ODBC_KEY_SECONDS:
        is_good = read_seconds(value, &seconds);
        break;
    case QA_ODBC_KEY_LATER:
        if (!is_in_list(info->values, value, strlen(value)))
            return qa_odbc_fail(
                diagnostic, "HYC00",
                "%s=%s is not built yet: this version opens a replica in a folder, by Replica=", info->name,
                value);
        break;
    default:
        break;
    }
    if (is_good) return QA_OK;
    return qa_odbc_fail(diagnostic, "HY024", "%s=%s: the value is one of %s", info->name, value,
                        info->values);
}

static qa_status_t check_values(qa_odbc_settings_t *settings, qa_odbc_diagnostic_t *diagnostic)
{
    for (int32_t key = 0; key < QA_ODBC_KEY_COUNT; key++) {
        if (settings->values[key] == NULL || keywords[key].kind == QA_ODBC_KEY_IGNORED) continue;
        const qa_status_t status = check_value(settings, key, diagnostic);
        if (status != QA_OK) return status;
    }
    const char *const *const values = settings->values;
    settings->is_read_only = values[QA_ODBC_KEY_READ_ONLY] != NULL && is_true(values[QA_ODBC_KEY_READ_ONLY]);
    settings->is_row_path =
        values[QA_ODBC_KEY_PLANNER] != NULL &&
        is_same(values[QA_ODBC_KEY_PLANNER], strlen(values[QA_ODBC_KEY_PLANNER]), "rows", 4);
    settings->timeout_s = 0;
    if (values[QA_ODBC_KEY_TIMEOUT] != NULL) read_seconds(values[QA_ODBC_KEY_TIMEOUT], &settings->timeout_s);
    return QA_OK;
}

qa_status_t qa_odbc_settings_parse(qa_odbc_settings_t *settings, const char *text, size_t bytes,
                                   const qa_odbc_lookup_t *lookup, qa_odbc_diagnostic_t *diagnostic)
{
    reader_t reader = { text, bytes, 0 };
    bool is_end = false;
    settings->unknown_count = 0;
    if (bytes > QA_ODBC_STRING_BYTES_MAX)
        return qa_odbc_fail(diagnostic, "HY090", "the connection string has %zu bytes, at most %d are read",
                            bytes, QA_ODBC_STRING_BYTES_MAX);
    if (memchr(text == NULL ? "" : text, '\0', bytes) != NULL)
        return qa_odbc_fail(diagnostic, "HY000", "the connection string holds a zero character");
    while (!is_end) {
        const qa_status_t status = read_pair(settings, &reader, &is_end, diagnostic);
        if (status != QA_OK) return status;
    }
    const qa_status_t status = look_up(settings, lookup, diagnostic);
    return status == QA_OK ? check_values(settings, diagnostic) : status;
}

/* Sets a key as if it stood in a string. */
static qa_status_t set_given(qa_odbc_settings_t *settings, qa_odbc_key_t key, const char *value,
                             qa_odbc_diagnostic_t *diagnostic)
{
    if (value == NULL || value[0] == '\0') return QA_OK;
    settings->values[key] = qa_arena_text(&settings->arena, value, strlen(value));
    settings->is_given[key] = true;
    return settings->values[key] == NULL ? fail_memory(diagnostic) : QA_OK;
}

qa_status_t qa_odbc_settings_connect(qa_odbc_settings_t *settings, const char *data_source, const char *actor,
                                     const qa_odbc_lookup_t *lookup, qa_odbc_diagnostic_t *diagnostic)
{
    qa_status_t status = set_given(settings, QA_ODBC_KEY_DSN, data_source, diagnostic);
    if (status == QA_OK) status = set_given(settings, QA_ODBC_KEY_ACTOR, actor, diagnostic);
    if (status == QA_OK) status = look_up(settings, lookup, diagnostic);
    return status == QA_OK ? check_values(settings, diagnostic) : status;
}

qa_status_t qa_odbc_settings_check(const qa_odbc_settings_t *settings, qa_odbc_diagnostic_t *diagnostic)
{
    if (settings->values[QA_ODBC_KEY_REPLICA] != NULL) return QA_OK;
    const char *const data_source = settings->values[QA_ODBC_KEY_DSN];
    if (data_source != NULL)
        return qa_odbc_fail(
            diagnostic, "08001",
            "data source %s names no replica: add a line Replica=/home/ada/plans to it in odbc.ini",
            data_source);
    return qa_odbc_fail(
        diagnostic, "08001",
        "no replica is named: add Replica=/home/ada/plans to the connection string, or DSN=name");
}

/* --- writing --- */

typedef struct writer {
    char *text;
    size_t capacity;
    size_t bytes; /* the full length */
} writer_t;

static void put(writer_t *writer, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++, writer->bytes++) {
        if (writer->bytes + 1 < writer->capacity) writer->text[writer->bytes] = text[i];
    }
}

/* Ends the text at a whole character. */
static size_t end_of(writer_t *writer)
{
    if (writer->capacity == 0) return writer->bytes;
    size_t end = writer->bytes < writer->capacity ? writer->bytes : writer->capacity - 1;
    if (end < writer->bytes) {
        /* The last character may be cut: back to its first byte, then forward if it is whole. */
        size_t start = end;
        while (start > 0 && ((uint8_t)writer->text[start - 1] & 0xC0) == 0x80)
            start--;
        const uint8_t lead = start > 0 ? (uint8_t)writer->text[start - 1] : 0;
        const size_t wanted = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
        if (start > 0 && end - (start - 1) < wanted) end = start - 1;
    }
    writer->text[end] = '\0';
    return writer->bytes;
}

static void put_value(writer_t *writer, const char *value)
{
    const size_t bytes = strlen(value);
    const bool is_quoted = strpbrk(value, "[]{}(),;?*=!@") != NULL || is_blank(value[0]) ||
                           (bytes > 0 && is_blank(value[bytes - 1]));
    if (!is_quoted) {
        put(writer, value, bytes);
        return;
    }
    put(writer, "{", 1);
    for (size_t i = 0; i < bytes; i++) {
        put(writer, &value[i], 1);
        if (value[i] == '}') put(writer, "}", 1);
    }
    put(writer, "}", 1);
}

size_t qa_odbc_settings_print(const qa_odbc_settings_t *settings, char *text_out, size_t capacity)
{
    writer_t writer = { text_out, capacity, 0 };
    for (int32_t key = 0; key < QA_ODBC_KEY_COUNT; key++) {
        if (!settings->is_given[key] || settings->values[key] == NULL) continue;
        put(&writer, keywords[key].name, strlen(keywords[key].name));
        put(&writer, "=", 1);
        put_value(&writer, settings->values[key]);
        put(&writer, ";", 1);
    }
    return end_of(&writer);
}

size_t qa_odbc_settings_browse(const qa_odbc_settings_t *settings, char *text_out, size_t capacity)
{
    writer_t writer = { text_out, capacity, 0 };
    for (int32_t key = 0; key < QA_ODBC_KEY_COUNT && settings->values[QA_ODBC_KEY_REPLICA] == NULL; key++) {
        const qa_odbc_keyword_info_t *info = &keywords[key];
        if (settings->values[key] != NULL || info->kind > QA_ODBC_KEY_CHOICE) continue;
        if (writer.bytes > 0) put(&writer, ";", 1);
        if (key != QA_ODBC_KEY_REPLICA) put(&writer, "*", 1);
        put(&writer, info->name, strlen(info->name));
        put(&writer, ":", 1);
        put(&writer, info->name, strlen(info->name));
        if (info->kind != QA_ODBC_KEY_CHOICE) {
            put(&writer, "=?", 2);
            continue;
        }
        put(&writer, "={", 2);
        for (const char *value = info->values; *value != '\0'; value++)
            put(&writer, *value == '|' ? "," : value, 1);
        put(&writer, "}", 1);
    }
    return end_of(&writer);
}
