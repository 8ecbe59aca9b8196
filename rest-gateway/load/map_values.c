/* Typed access to the JSON of a map, with complaints that name the key. What it must never do: pass over
 * something that it does not know. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "load/map_private.h"
#include "qa/text.h"

bool qa_load_map_fail(map_parse_t *parse, const char *format, ...)
{
    char words[400];
    if (parse->status != QA_OK) return false;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof(words), format, arguments);
    va_end(arguments);
    parse->status = qa_load_fail(parse->error, QA_BAD_MAP, "the map: %s", words);
    return false;
}

void *qa_load_map_take(map_parse_t *parse, size_t count, size_t item_bytes)
{
    void *taken = parse->status == QA_OK ? qa_load_arena_take(parse->arena, (count + 1) * item_bytes) : NULL;
    if (taken == NULL && parse->status == QA_OK) parse->status = qa_load_fail_memory(parse->error);
    return taken;
}

/* Position of `name` among blank-separated words, -1 if it is none of them. */
static int find_word(const char *words, const char *name)
{
    const size_t bytes = strlen(name);
    int position = 0;
    for (const char *at = words; *at != '\0'; position++) {
        const size_t word = strcspn(at, " ");
        if (word == bytes && memcmp(at, name, bytes) == 0) return position;
        at += word;
        if (*at == ' ') at++;
    }
    return -1;
}

bool qa_load_map_keys(map_parse_t *parse, const cJSON *object, const char *where, const char *known)
{
    if (parse->status != QA_OK) return false;
    if (!cJSON_IsObject(object)) return qa_load_map_fail(parse, "%s must be an object", where);
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, object)
    {
        if (find_word(known, item->string) < 0) {
            return qa_load_map_fail(parse, "unknown key \"%s\" in %s; known are: %s", item->string, where,
                                    known);
        }
        for (const cJSON *other = item->next; other != NULL; other = other->next) {
            if (strcmp(other->string, item->string) == 0) {
                return qa_load_map_fail(parse, "key \"%s\" stands twice in %s", item->string, where);
            }
        }
    }
    return true;
}

bool qa_load_map_text(map_parse_t *parse, const cJSON *value, const char *where, const char **text_out)
{
    if (parse->status != QA_OK) return false;
    if (value == NULL) return true;
    if (!cJSON_IsString(value)) return qa_load_map_fail(parse, "%s must be a text", where);
    const size_t bytes = strlen(value->valuestring);
    if (bytes > QA_NAME_BYTES_MAX) return qa_load_map_fail(parse, "%s is longer than 765 bytes", where);
    *text_out = qa_load_arena_copy(parse->arena, value->valuestring, bytes);
    if (*text_out == NULL) parse->status = qa_load_fail_memory(parse->error);
    return *text_out != NULL;
}

bool qa_load_map_boolean(map_parse_t *parse, const cJSON *value, const char *where, bool *truth_out)
{
    if (parse->status != QA_OK) return false;
    if (value == NULL) return true;
    if (!cJSON_IsBool(value)) return qa_load_map_fail(parse, "%s must be true or false", where);
    *truth_out = cJSON_IsTrue(value);
    return true;
}

bool qa_load_map_number(map_parse_t *parse, const cJSON *value, const char *where, uint64_t value_max,
                        uint64_t *number_out)
{
    if (parse->status != QA_OK) return false;
    if (value == NULL) return true;
    const double number = cJSON_IsNumber(value) ? value->valuedouble : -1;
    if (!(number >= 0 && number <= (double)value_max && number == floor(number))) {
        return qa_load_map_fail(parse, "%s must be a whole number from 0 to %llu", where,
                                (unsigned long long)value_max);
    }
    *number_out = (uint64_t)number;
    return true;
}

bool qa_load_map_choice(map_parse_t *parse, const cJSON *value, const char *where, const char *words,
                        uint32_t *position_out)
{
    if (parse->status != QA_OK) return false;
    if (value == NULL) return true;
    const int position = cJSON_IsString(value) ? find_word(words, value->valuestring) : -1;
    if (position < 0) return qa_load_map_fail(parse, "%s must be one of: %s", where, words);
    *position_out = (uint32_t)position;
    return true;
}

bool qa_load_map_column(map_parse_t *parse, const cJSON *value, const char *where, const char **column_out)
{
    if (parse->status != QA_OK) return false;
    if (value == NULL) return true;
    if (cJSON_IsNumber(value)) {
        char text[16];
        const double number = value->valuedouble;
        if (!(number >= 1 && number <= QA_COLUMNS_MAX && number == floor(number))) {
            return qa_load_map_fail(parse, "%s: a column's position is from 1 to %d", where, QA_COLUMNS_MAX);
        }
        const int bytes = snprintf(text, sizeof(text), "#%d", (int)number);
        *column_out = qa_load_arena_copy(parse->arena, text, (size_t)bytes);
        if (*column_out == NULL) parse->status = qa_load_fail_memory(parse->error);
        return *column_out != NULL;
    }
    if (!cJSON_IsString(value) || qa_load_trim(value->valuestring, strlen(value->valuestring)).bytes == 0) {
        return qa_load_map_fail(parse, "%s must be a column: its name, or its position from 1", where);
    }
    return qa_load_map_text(parse, value, where, column_out);
}

bool qa_load_map_pairs(map_parse_t *parse, const cJSON *value, const char *where,
                       const qa_load_pair_t **pairs_out, uint32_t *count_out)
{
    if (parse->status != QA_OK) return false;
    if (value == NULL) return true;
    if (!cJSON_IsObject(value)) return qa_load_map_fail(parse, "%s must be an object", where);
    const int count = cJSON_GetArraySize(value);
    qa_load_pair_t *pairs = qa_load_map_take(parse, (size_t)count, sizeof(*pairs));
    if (pairs == NULL) return false;
    uint32_t i = 0;
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, value)
    {
        pairs[i].name = qa_load_arena_copy(parse->arena, item->string, strlen(item->string));
        if (pairs[i].name == NULL) {
            parse->status = qa_load_fail_memory(parse->error);
            return false;
        }
        if (cJSON_IsNumber(item) && (item->valuedouble == 1 || item->valuedouble == -1)) {
            pairs[i].value = item->valuedouble > 0 ? "1" : "-1";
        } else if (!qa_load_map_text(parse, item, where, &pairs[i].value)) {
            return false;
        }
        i++;
    }
    *pairs_out = pairs;
    *count_out = i;
    return true;
}

/* "{year}-{month:02}" into pieces. */
static bool parse_template(map_parse_t *parse, const char *text, const char *where,
                           qa_load_text_source_t *source)
{
    const size_t bytes = strlen(text);
    qa_load_piece_t *pieces = qa_load_map_take(parse, bytes + 1, sizeof(*pieces));
    char *literal = qa_load_map_take(parse, bytes + 2, 1);
    if (pieces == NULL || literal == NULL) return false;
    uint32_t count = 0;
    size_t used = 0; /* of `literal`: every literal piece lies in it, terminated by the brace that follows */
    pieces[count].text = literal;
    for (size_t i = 0; i < bytes; i++) {
        const char byte = text[i];
        if ((byte == '{' || byte == '}') && text[i + 1] == byte) {
            literal[used++] = byte;
            i++;
            continue;
        }
        if (byte == '}')
            return qa_load_map_fail(parse, "%s: a lone } in the template; write }} for a brace", where);
        if (byte != '{') {
            literal[used++] = byte;
            continue;
        }
        const char *close = strchr(text + i, '}');
        if (close == NULL) return qa_load_map_fail(parse, "%s: a { in the template is not closed", where);
        literal[used++] = '\0';
        const char *name = text + i + 1;
        size_t name_bytes = (size_t)(close - name);
        uint32_t width = 0;
        const char *colon = memchr(name, ':', name_bytes);
        if (colon != NULL) {
            const size_t digits = (size_t)(close - colon) - 1;
            if (digits < 1 || digits > 3 || colon[1] != '0') {
                return qa_load_map_fail(
                    parse, "%s: behind the colon of a template stands 0 and a width, as :02", where);
            }
            for (size_t d = 1; d <= digits; d++) {
                if (colon[d] < '0' || colon[d] > '9')
                    return qa_load_map_fail(parse, "%s: bad width in a template", where);
                width = width * 10 + (uint32_t)(colon[d] - '0');
            }
            if (width > 20) return qa_load_map_fail(parse, "%s: a width in a template is at most 20", where);
            name_bytes = (size_t)(colon - name);
        }
        if (qa_load_trim(name, name_bytes).bytes == 0) {
            return qa_load_map_fail(parse, "%s: empty braces in the template", where);
        }
        if (pieces[count].text[0] != '\0') count++;
        pieces[count].is_column = true;
        pieces[count].width = width;
        pieces[count].text = qa_load_arena_copy(parse->arena, name, name_bytes);
        if (pieces[count].text == NULL) {
            parse->status = qa_load_fail_memory(parse->error);
            return false;
        }
        count++;
        pieces[count].text = literal + used;
        i = (size_t)(close - text);
    }
    literal[used] = '\0';
    if (pieces[count].text[0] != '\0') count++;
    source->pieces = pieces;
    source->piece_count = count;
    return true;
}

static bool parse_columns(map_parse_t *parse, const cJSON *value, const char *where,
                          qa_load_text_source_t *source)
{
    const int count = cJSON_IsArray(value) ? cJSON_GetArraySize(value) : 0;
    if (count < 1) return qa_load_map_fail(parse, "\"columns\" of %s must be a list of columns", where);
    source->columns = qa_load_map_take(parse, (size_t)count, sizeof(*source->columns));
    if (source->columns == NULL) return false;
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, value)
    {
        if (!qa_load_map_column(parse, item, where, &source->columns[source->column_count])) return false;
        source->column_count++;
    }
    return true;
}

static bool parse_one_column(map_parse_t *parse, const cJSON *value, const char *where,
                             qa_load_text_source_t *source)
{
    source->columns = qa_load_map_take(parse, 1, sizeof(*source->columns));
    if (source->columns == NULL) return false;
    source->column_count = 1;
    return qa_load_map_column(parse, value, where, &source->columns[0]);
}

bool qa_load_map_source_keys(map_parse_t *parse, const cJSON *object, const char *where,
                             qa_load_text_source_t *source)
{
    static const struct {
        const char *key;
        qa_load_from_t from;
    } kinds[] = { { "column", QA_LOAD_FROM_COLUMN },     { "columns", QA_LOAD_FROM_COLUMNS },
                  { "template", QA_LOAD_FROM_TEMPLATE }, { "constant", QA_LOAD_FROM_CONSTANT },
                  { "file", QA_LOAD_FROM_FILE },         { "date", QA_LOAD_FROM_DATE } };
    const cJSON *value = NULL;
    for (uint32_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const cJSON *found = cJSON_GetObjectItemCaseSensitive(object, kinds[i].key);
        if (found == NULL) continue;
        if (value != NULL) {
            return qa_load_map_fail(
                parse, "%s has two sources; give one of column, columns, template, constant, file, date",
                where);
        }
        value = found;
        source->from = kinds[i].from;
    }
    const cJSON *join = cJSON_GetObjectItemCaseSensitive(object, "join");
    const cJSON *field = cJSON_GetObjectItemCaseSensitive(object, "field");
    const cJSON *format = cJSON_GetObjectItemCaseSensitive(object, "date_format");
    if (join != NULL && source->from != QA_LOAD_FROM_COLUMNS) {
        return qa_load_map_fail(parse, "\"join\" of %s goes with \"columns\" only", where);
    }
    if (field != NULL && source->from != QA_LOAD_FROM_FILE) {
        return qa_load_map_fail(parse, "\"field\" of %s goes with \"file\" only", where);
    }
    if (format != NULL && source->from != QA_LOAD_FROM_DATE) {
        return qa_load_map_fail(parse, "\"date_format\" of %s goes with \"date\" only", where);
    }
    uint32_t date_format = 0;
    source->join = " ";
    switch (source->from) {
    case QA_LOAD_FROM_NOTHING:
        return true;
    case QA_LOAD_FROM_COLUMN:
        return parse_one_column(parse, value, where, source);
    case QA_LOAD_FROM_COLUMNS:
        return parse_columns(parse, value, where, source) &&
               qa_load_map_text(parse, join, "\"join\"", &source->join);
    case QA_LOAD_FROM_TEMPLATE:
        return qa_load_map_text(parse, value, where, &source->text) &&
               parse_template(parse, source->text, where, source);
    case QA_LOAD_FROM_CONSTANT:
        return qa_load_map_text(parse, value, where, &source->text);
    case QA_LOAD_FROM_FILE:
        return qa_load_map_text(parse, value, where, &source->text) &&
               qa_load_map_text(parse, field, "\"field\"", &source->field);
    case QA_LOAD_FROM_DATE:
        if (!qa_load_map_choice(parse, format, "\"date_format\"",
                                "YYYY-MM-DD M/D/YYYY D.M.YYYY D/M/YYYY YYYYMMDD", &date_format)) {
            return false;
        }
        source->date_format = (qa_load_date_format_t)date_format;
        return parse_one_column(parse, value, where, source);
    }
    return false;
}

bool qa_load_map_source(map_parse_t *parse, const cJSON *value, const char *where,
                        qa_load_text_source_t *source)
{
    if (parse->status != QA_OK) return false;
    if (value == NULL) return true;
    if (!cJSON_IsObject(value)) {
        source->from = QA_LOAD_FROM_COLUMN;
        return parse_one_column(parse, value, where, source);
    }
    if (!qa_load_map_keys(parse, value, where, "column columns join template constant")) return false;
    if (!qa_load_map_source_keys(parse, value, where, source)) return false;
    return source->from != QA_LOAD_FROM_NOTHING ||
           qa_load_map_fail(parse, "%s needs one of column, columns, template, constant", where);
}

bool qa_load_map_attributes(map_parse_t *parse, const cJSON *value, const char *where,
                            const qa_load_attribute_t **attributes_out, uint32_t *count_out)
{
    if (parse->status != QA_OK) return false;
    if (value == NULL) return true;
    if (!cJSON_IsObject(value))
        return qa_load_map_fail(parse, "\"attributes\" of %s must be an object", where);
    const int count = cJSON_GetArraySize(value);
    qa_load_attribute_t *attributes = qa_load_map_take(parse, (size_t)count, sizeof(*attributes));
    if (attributes == NULL) return false;
    uint32_t i = 0;
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, value)
    {
        attributes[i].name = qa_load_arena_copy(parse->arena, item->string, strlen(item->string));
        if (attributes[i].name == NULL) parse->status = qa_load_fail_memory(parse->error);
        if (!qa_load_map_source(parse, item, where, &attributes[i].source)) return false;
        i++;
    }
    *attributes_out = attributes;
    *count_out = i;
    return true;
}
