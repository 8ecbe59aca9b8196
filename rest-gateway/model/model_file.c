/* Reads a model file: JSON text → qa_model_file_t, checked as far as that needs no app.
 *
 * The text is parsed by cJSON as a whole (people write these files; QA_MODEL_FILE_BYTES_MAX bounds them),
 * then walked once. Dimensions and app here; members in model_member.c; generated periods in model_periods.c.
 * What it must never do: accept a key it does not know, or cut a text that holds a zero character. */
#include "model/model_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/model_parse.h"
#include "qa/limits.h"
#include "qa/text.h"

void qa_model_file_close(qa_model_file_t *file)
{
    if (file == NULL) return;
    for (uint32_t d = 0; d < file->dimension_count; d++) {
        qa_file_dimension_t *dimension = &file->dimensions[d];
        for (uint32_t h = 0; h < dimension->hierarchy_count; h++) {
            free(dimension->hierarchies[h].places);
        }
        free(dimension->hierarchies);
        free(dimension->members);
        qa_names_close(&dimension->codes);
    }
    free(file->dimensions);
    qa_model_release(&file->arena);
    free(file);
}

void qa_model_file_path(const qa_file_dimension_t *dimension, uint32_t hierarchy, uint32_t place,
                        char path_out[QA_PATH_BYTES])
{
    qa_step_t steps[4 + 2 * (QA_LEVELS_MAX + 2)];
    const qa_step_t *above = NULL;
    uint32_t chain[QA_LEVELS_MAX + 2];
    uint32_t depth = 0;
    uint32_t used = 0;
    const qa_file_place_t *places = dimension->hierarchies[hierarchy].places;
    steps[used++] = (qa_step_t){ .key = "dimensions" };
    steps[used++] = (qa_step_t){ .index = dimension->index };
    if (hierarchy > 0) {
        steps[used++] = (qa_step_t){ .key = "hierarchies" };
        steps[used++] = (qa_step_t){ .index = hierarchy - 1 };
    }
    for (; place != QA_PLACE_NONE && depth < QA_LEVELS_MAX + 2; place = places[place].parent) {
        chain[depth++] = place;
    }
    for (uint32_t i = depth; i > 0; i--) {
        steps[used++] = (qa_step_t){ .key = i == depth ? "members" : "children" };
        steps[used++] = (qa_step_t){ .index = places[chain[i - 1]].position };
    }
    for (uint32_t i = 0; i < used; i++) {
        steps[i].above = above;
        above = &steps[i];
    }
    qa_step_print(above, path_out);
}

static qa_status_t read_calendar(const qa_file_reader_t *reader, const qa_step_t *step, const cJSON *object)
{
    static const char *const known[] = { "start_month", "periods", NULL };
    qa_file_dimension_t *dimension = reader->dimension;
    const cJSON *item = qa_file_get(object, "calendar");
    qa_step_t inner = { .above = step, .key = "calendar" };
    int8_t start_month = 1;
    int8_t periods = QA_CALENDAR_12;
    if (item == NULL) return QA_OK;
    dimension->calendar_said = cJSON_IsNull(item) ? QA_SAID_NULL : QA_SAID_VALUE;
    if (cJSON_IsNull(item)) return QA_OK;
    qa_status_t status = qa_file_check_keys(reader, &inner, item, known);
    if (status == QA_OK && dimension->kind >= 0 && dimension->kind != QA_DIMENSION_TIME) {
        status = qa_file_fail(reader, &inner, "only a dimension of kind time has a calendar");
    }
    if (status == QA_OK) status = qa_file_number(reader, &inner, item, "start_month", 1, 12, &start_month);
    if (status == QA_OK) status = qa_file_word(reader, &inner, item, "periods", qa_calendar_words, &periods);
    dimension->calendar = (qa_calendar_t){ .start_month = (uint8_t)start_month, .periods = (uint8_t)periods };
    return status;
}

static qa_status_t read_hierarchy(const qa_file_reader_t *reader, const qa_step_t *step, const cJSON *object,
                                  uint32_t hierarchy)
{
    static const char *const known[] = { "name", "members", "comment", NULL };
    qa_file_dimension_t *dimension = reader->dimension;
    qa_step_t inner = { .above = step, .key = "members" };
    qa_status_t status = qa_file_check_keys(reader, step, object, known);
    if (status != QA_OK) return status;
    status = qa_file_name(reader, step, object, "name", &dimension->hierarchies[hierarchy].name, NULL);
    if (status != QA_OK) return status;
    for (uint32_t i = 1; i < hierarchy; i++) {
        if (qa_names_equal(dimension->hierarchies[i].name, dimension->hierarchies[hierarchy].name)) {
            return qa_file_fail(reader, step, "the hierarchy \"%s\" is there twice",
                                dimension->hierarchies[hierarchy].name);
        }
    }
    if (qa_names_equal(dimension->name, dimension->hierarchies[hierarchy].name)) {
        return qa_file_fail(reader, step,
                            "\"%s\" is the name of the dimension, which its primary hierarchy has",
                            dimension->name);
    }
    const cJSON *members = qa_file_get(object, "members");
    if (members == NULL) return qa_file_fail(reader, step, "the key \"members\" is missing");
    return qa_file_members(reader, &inner, members, hierarchy, QA_PLACE_NONE, 0);
}

static qa_status_t read_hierarchies(const qa_file_reader_t *reader, const qa_step_t *step, const cJSON *list)
{
    qa_file_dimension_t *dimension = reader->dimension;
    qa_step_t inner = { .above = step, .key = "hierarchies" };
    uint32_t count = list == NULL ? 0 : (uint32_t)cJSON_GetArraySize(list);
    if (list != NULL && !cJSON_IsArray(list))
        return qa_file_fail(reader, &inner, "a list [ … ] is expected here");
    if (count >= QA_HIERARCHIES_MAX) {
        return qa_file_fail(reader, &inner, "%u hierarchies; a dimension has at most %d", count,
                            QA_HIERARCHIES_MAX - 1);
    }
    dimension->hierarchies_said = list == NULL ? QA_SAID_ABSENT : QA_SAID_VALUE;
    uint32_t index = 0;
    for (const cJSON *item = list == NULL ? NULL : list->child; item != NULL; item = item->next, index++) {
        qa_step_t step_item = { .above = &inner, .index = index };
        dimension->hierarchy_count = index + 2;
        qa_status_t status = read_hierarchy(reader, &step_item, item, index + 1);
        if (status != QA_OK) return status;
    }
    return QA_OK;
}

static qa_status_t read_dimension_keys(const qa_file_reader_t *reader, const qa_step_t *step,
                                       const cJSON *object)
{
    static const char *const known[] = { "name",    "was",         "kind",           "default", "calendar",
                                         "members", "hierarchies", "takes_existing", "comment", NULL };
    qa_file_dimension_t *dimension = reader->dimension;
    uint8_t ignored = 0;
    qa_status_t status = qa_file_check_keys(reader, step, object, known);
    if (status == QA_OK) status = qa_file_name(reader, step, object, "name", &dimension->name, NULL);
    if (status == QA_OK) status = qa_file_name(reader, step, object, "was", &dimension->was, &ignored);
    if (status == QA_OK) {
        status = qa_file_word(reader, step, object, "kind", qa_dimension_kind_words, &dimension->kind);
    }
    if (status == QA_OK) {
        status =
            qa_file_name(reader, step, object, "default", &dimension->default_code, &dimension->default_said);
    }
    if (status == QA_OK) {
        status = qa_file_name(reader, step, object, "takes_existing", &dimension->takes_existing, &ignored);
    }
    return status == QA_OK ? read_calendar(reader, step, object) : status;
}

static qa_status_t read_dimension(const qa_file_reader_t *reader, const qa_step_t *step, const cJSON *object)
{
    qa_file_dimension_t *dimension = reader->dimension;
    qa_step_t inner = { .above = step, .key = "members" };
    qa_status_t status = read_dimension_keys(reader, step, object);
    if (status != QA_OK) return status;
    dimension->hierarchies = calloc(QA_HIERARCHIES_MAX, sizeof(*dimension->hierarchies));
    if (dimension->hierarchies == NULL) return qa_file_no_memory(reader);
    dimension->hierarchy_count = 1;
    const cJSON *members = qa_file_get(object, "members");
    if (members != NULL) {
        dimension->members_said = QA_SAID_VALUE;
        status = qa_file_members(reader, &inner, members, 0, QA_PLACE_NONE, 0);
    }
    if (status == QA_OK) status = read_hierarchies(reader, step, qa_file_get(object, "hierarchies"));
    return status == QA_OK ? qa_file_check_dimension(reader) : status;
}

static qa_status_t check_dimension_names(const qa_file_reader_t *reader, const qa_step_t *step,
                                         uint32_t index)
{
    const qa_file_dimension_t *dimensions = reader->file->dimensions;
    for (uint32_t i = 0; i < index; i++) {
        if (qa_names_equal(dimensions[i].name, dimensions[index].name)) {
            return qa_file_fail(reader, step, "the dimension \"%s\" is also at $.dimensions[%u]",
                                dimensions[index].name, i);
        }
        if (dimensions[index].kind > QA_DIMENSION_ORDINARY && dimensions[index].kind == dimensions[i].kind) {
            return qa_file_fail(
                reader, step, "\"%s\" is a second dimension of kind %s beside \"%s\"", dimensions[index].name,
                qa_model_word_of_dimension_kind((uint32_t)dimensions[index].kind), dimensions[i].name);
        }
    }
    return QA_OK;
}

static qa_status_t read_dimensions(qa_file_reader_t *reader, const qa_step_t *step, const cJSON *list)
{
    qa_model_file_t *file = reader->file;
    if (!cJSON_IsArray(list)) return qa_file_fail(reader, step, "a list [ … ] is expected here");
    int count = cJSON_GetArraySize(list);
    if (count < 1 || count > QA_DIMENSIONS_MAX) {
        return qa_file_fail(reader, step, "%d dimensions; an app has 1 to %d", count, QA_DIMENSIONS_MAX);
    }
    file->dimensions = calloc((size_t)count, sizeof(*file->dimensions));
    if (file->dimensions == NULL) return qa_file_no_memory(reader);
    uint32_t index = 0;
    for (const cJSON *item = list->child; item != NULL; item = item->next, index++) {
        qa_step_t inner = { .above = step, .index = index };
        reader->dimension = &file->dimensions[index];
        reader->dimension->index = index;
        reader->dimension->kind = -1;
        file->dimension_count = index + 1;
        qa_status_t status = read_dimension(reader, &inner, item);
        if (status == QA_OK) status = check_dimension_names(reader, &inner, index);
        if (status != QA_OK) return status;
    }
    return QA_OK;
}

static bool is_app_name(const char *name)
{
    size_t bytes = strlen(name);
    return bytes >= 1 && bytes <= 64 && name[0] != '-' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == bytes;
}

static qa_status_t read_app(qa_file_reader_t *reader, const cJSON *root)
{
    static const char *const known[] = { "app",     "title",      "decimals", "zero_is_missing",
                                         "comment", "dimensions", NULL };
    qa_model_file_t *file = reader->file;
    uint8_t said = QA_SAID_ABSENT;
    qa_step_t app_step = { .key = "app" };
    qa_step_t zero_step = { .key = "zero_is_missing" };
    qa_step_t dimensions_step = { .key = "dimensions" };
    qa_status_t status = qa_file_check_keys(reader, NULL, root, known);
    if (status == QA_OK) status = qa_file_name(reader, NULL, root, "app", &file->app, NULL);
    if (status == QA_OK && !is_app_name(file->app)) {
        status = qa_file_fail(reader, &app_step, "an app's name is 1 to 64 characters of a-z A-Z 0-9 _ -");
    }
    const cJSON *title = qa_file_get(root, "title");
    if (status == QA_OK && cJSON_IsString(title) && title->valuestring[0] == 0) {
        file->title = "";
    } else if (status == QA_OK) {
        status = qa_file_name(reader, NULL, root, "title", &file->title, &said);
        if (said == QA_SAID_NULL) file->title = "";
    }
    if (status == QA_OK) {
        status = qa_file_number(reader, NULL, root, "decimals", 0, QA_DECIMALS_MAX, &file->decimals);
    }
    const cJSON *zero = qa_file_get(root, "zero_is_missing");
    if (status == QA_OK && zero != NULL) {
        if (!cJSON_IsBool(zero)) return qa_file_fail(reader, &zero_step, "true or false is expected here");
        file->zero_is_missing = cJSON_IsTrue(zero) ? 1 : 0;
    }
    if (status != QA_OK) return status;
    const cJSON *dimensions = qa_file_get(root, "dimensions");
    if (dimensions == NULL) return qa_file_fail(reader, NULL, "the key \"dimensions\" is missing");
    return read_dimensions(reader, &dimensions_step, dimensions);
}

/* Line and column, both from 1, columns in characters. */
static void find_line(const char *text, const char *place, unsigned long *line_out, unsigned long *column_out)
{
    *line_out = 1;
    *column_out = 1;
    for (const char *c = text; c < place; c++) {
        if (*c == '\n') {
            ++*line_out;
            *column_out = 1;
        } else if (((unsigned char)*c & 0xC0) != 0x80) {
            ++*column_out;
        }
    }
}

static qa_status_t fail_at(qa_error_t *error, const char *text, const char *place, const char *words)
{
    unsigned long line = 0;
    unsigned long column = 0;
    find_line(text, place, &line, &column);
    return qa_model_fail(error, QA_BAD_MODEL, "line %lu, column %lu: %s", line, column, words);
}

/* The JSON parser ends a text at a zero character, so one that is written as an escape must not reach it. */
static const char *find_zero_escape(const char *text, size_t bytes)
{
    for (size_t i = 0; i + 5 < bytes; i++) {
        if (text[i] != '\\') continue;
        if (memcmp(text + i + 1, "u0000", 5) == 0) return text + i;
        i++;
    }
    return NULL;
}

static qa_status_t parse_text(const char *text, size_t bytes, cJSON **root_out, qa_error_t *error)
{
    const char *end = text;
    if (bytes > QA_MODEL_FILE_BYTES_MAX) {
        return qa_model_fail(error, QA_LIMIT, "the model file has %zu bytes; at most %d are read", bytes,
                             QA_MODEL_FILE_BYTES_MAX);
    }
    if (!qa_utf8_is_valid(text, bytes) || memchr(text, 0, bytes) != NULL) {
        return qa_model_fail(error, QA_BAD_MODEL, "the model file is not UTF-8 text; save it as UTF-8");
    }
    const char *zero = find_zero_escape(text, bytes);
    if (zero != NULL) return fail_at(error, text, zero, "a text must not hold a zero character");
    *root_out = cJSON_ParseWithLengthOpts(text, bytes, &end, 0);
    if (end < text || end > text + bytes) end = text;
    if (*root_out == NULL) {
        return fail_at(error, text, end, bytes == 0 ? "the file is empty" : "this is not JSON from here on");
    }
    while (end < text + bytes && (*end == ' ' || *end == '\t' || *end == '\n' || *end == '\r')) {
        end++;
    }
    if (end < text + bytes)
        return fail_at(error, text, end, "there is more behind the end of the JSON object");
    return QA_OK;
}

qa_status_t qa_model_file_read(qa_model_file_t **file_out, const char *text, size_t bytes, qa_error_t *error)
{
    cJSON *root = NULL;
    *file_out = NULL;
    *error = (qa_error_t){ .status = QA_OK };
    qa_model_file_t *file = calloc(1, sizeof(*file));
    if (file == NULL) return qa_model_fail(error, QA_NO_MEMORY, "out of memory while a model file is read");
    file->decimals = -1;
    file->zero_is_missing = -1;
    qa_file_reader_t reader = { .file = file, .error = error };
    qa_status_t status = parse_text(text, bytes, &root, error);
    if (status == QA_OK) status = read_app(&reader, root);
    cJSON_Delete(root);
    if (status == QA_OK) {
        *file_out = file;
    } else {
        qa_model_file_close(file);
    }
    return status;
}
