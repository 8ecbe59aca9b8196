/* Typed look-ups in a model file's JSON, each complaint with its path. Knows JSON, not models. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/model_parse.h"
#include "qa/text.h"

const char *const qa_dimension_kind_words[] = { "ordinary", "measure", "time", "scenario", NULL };
const char *const qa_kind_words[] = { "missing", "decimal", "double", "text", "date", "boolean", NULL };
const char *const qa_balance_words[] = { "flow", "first", "last", "average", NULL };
const char *const qa_skip_words[] = { "missing", "none", "zero", "both", NULL };
const char *const qa_sense_words[] = { "income", "expense", NULL };
const char *const qa_calendar_words[] = { "12", "13", "4-4-5", "52/53", NULL };

/* Steps of the deepest path, and of one that is printed whole: a sentence with two paths fits a message. */
enum { PATH_STEPS_MAX = 80, PATH_STEPS_SHOWN = 12 };

static const char *word_at(const char *const *words, uint32_t index)
{
    for (uint32_t i = 0; words[i] != NULL; i++) {
        if (i == index) return words[i];
    }
    return NULL;
}

const char *qa_model_word_of_dimension_kind(uint32_t kind)
{
    return word_at(qa_dimension_kind_words, kind);
}
const char *qa_model_word_of_kind(uint32_t kind)
{
    return word_at(qa_kind_words, kind);
}
const char *qa_model_word_of_balance(uint32_t balance)
{
    return word_at(qa_balance_words, balance);
}
const char *qa_model_word_of_skip(uint32_t skip)
{
    return word_at(qa_skip_words, skip);
}
const char *qa_model_word_of_sense(uint32_t sense)
{
    return word_at(qa_sense_words, sense);
}
const char *qa_model_word_of_calendar(uint32_t periods)
{
    return word_at(qa_calendar_words, periods);
}

void qa_step_print(const qa_step_t *step, char path_out[QA_PATH_BYTES])
{
    const qa_step_t *steps[PATH_STEPS_MAX];
    uint32_t count = 0;
    size_t used = 1;
    for (; step != NULL && count < PATH_STEPS_MAX; step = step->above) {
        steps[count++] = step;
    }
    const uint32_t total = count;
    path_out[0] = '$';
    path_out[1] = 0;
    while (count > 0 && used < QA_PATH_BYTES) {
        /* A long path keeps its two ends: where it begins, and the place that is meant. */
        if (total > PATH_STEPS_SHOWN && total - count == PATH_STEPS_SHOWN / 2) {
            count = PATH_STEPS_SHOWN / 2;
            used += (size_t)snprintf(path_out + used, QA_PATH_BYTES - used, "…");
        }
        const qa_step_t *next = steps[--count];
        int written = next->key != NULL
                          ? snprintf(path_out + used, QA_PATH_BYTES - used, ".%s", next->key)
                          : snprintf(path_out + used, QA_PATH_BYTES - used, "[%u]", next->index);
        used += (size_t)written;
    }
}

qa_status_t qa_file_fail(const qa_file_reader_t *reader, const qa_step_t *step, const char *format, ...)
{
    char path[QA_PATH_BYTES];
    char words[QA_ERROR_MESSAGE_BYTES];
    va_list arguments;
    qa_step_print(step, path);
    va_start(arguments, format);
    vsnprintf(words, sizeof(words), format, arguments);
    va_end(arguments);
    return qa_model_fail(reader->error, QA_BAD_MODEL, "%s: %s", path, words);
}

qa_status_t qa_file_no_memory(const qa_file_reader_t *reader)
{
    return qa_model_fail(reader->error, QA_NO_MEMORY, "out of memory while a model file is read");
}

qa_status_t qa_file_check_keys(const qa_file_reader_t *reader, const qa_step_t *step, const cJSON *object,
                               const char *const *known)
{
    char list[320] = "";
    if (!cJSON_IsObject(object)) return qa_file_fail(reader, step, "an object { … } is expected here");
    for (const cJSON *item = object->child; item != NULL; item = item->next) {
        bool is_known = false;
        for (uint32_t i = 0; known[i] != NULL; i++) {
            is_known = is_known || strcmp(known[i], item->string) == 0;
        }
        if (!is_known) {
            size_t used = 0;
            for (uint32_t i = 0; known[i] != NULL && used < sizeof(list); i++) {
                used +=
                    (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", i == 0 ? "" : ", ", known[i]);
            }
            return qa_file_fail(reader, step, "there is no key \"%.60s\"; these are known: %s", item->string,
                                list);
        }
        for (const cJSON *other = item->next; other != NULL; other = other->next) {
            if (strcmp(item->string, other->string) == 0) {
                return qa_file_fail(reader, step, "the key \"%s\" is there twice", item->string);
            }
        }
    }
    return QA_OK;
}

const cJSON *qa_file_get(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

qa_status_t qa_file_normalize(const qa_file_reader_t *reader, const qa_step_t *step, const char *what,
                              const char *text, const char **text_out)
{
    char name[QA_NAME_KEY_BYTES];
    size_t bytes = 0;
    switch (qa_name_normalize(text, strlen(text), name, &bytes)) {
    case QA_OK:
        break;
    case QA_INVALID:
        return qa_file_fail(reader, step, "%s is empty", what);
    case QA_LIMIT:
        return qa_file_fail(reader, step, "%s \"%.60s…\" is longer than %d UTF-16 units", what, text,
                            QA_NAME_UNITS_MAX);
    default:
        return qa_file_fail(reader, step, "%s has a control character", what);
    }
    *text_out = qa_model_text(&reader->file->arena, name, bytes);
    return *text_out == NULL ? qa_file_no_memory(reader) : QA_OK;
}

qa_status_t qa_file_name(const qa_file_reader_t *reader, const qa_step_t *step, const cJSON *object,
                         const char *key, const char **text_out, uint8_t *said_out)
{
    const cJSON *item = qa_file_get(object, key);
    qa_step_t inner = { .above = step, .key = key };
    *text_out = NULL;
    if (said_out != NULL) {
        *said_out = item == NULL ? QA_SAID_ABSENT : cJSON_IsNull(item) ? QA_SAID_NULL : QA_SAID_VALUE;
        if (*said_out != QA_SAID_VALUE) return QA_OK;
    }
    if (item == NULL) return qa_file_fail(reader, step, "the key \"%s\" is missing", key);
    if (!cJSON_IsString(item)) return qa_file_fail(reader, &inner, "a text \"…\" is expected here");
    return qa_file_normalize(reader, &inner, "the text", item->valuestring, text_out);
}

qa_status_t qa_file_word(const qa_file_reader_t *reader, const qa_step_t *step, const cJSON *object,
                         const char *key, const char *const *words, int8_t *index_out)
{
    const cJSON *item = qa_file_get(object, key);
    qa_step_t inner = { .above = step, .key = key };
    char list[160] = "";
    size_t used = 0;
    if (item == NULL) return QA_OK;
    for (int8_t i = 0; words[i] != NULL && used < sizeof(list); i++) {
        if (cJSON_IsString(item) && strcmp(words[i], item->valuestring) == 0) {
            *index_out = i;
            return QA_OK;
        }
        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", i == 0 ? "" : ", ", words[i]);
    }
    return qa_file_fail(reader, &inner, "one of these words is expected here: %s", list);
}

qa_status_t qa_file_number(const qa_file_reader_t *reader, const qa_step_t *step, const cJSON *object,
                           const char *key, int minimum, int maximum, int8_t *number_out)
{
    const cJSON *item = qa_file_get(object, key);
    qa_step_t inner = { .above = step, .key = key };
    if (item == NULL) return QA_OK;
    if (!cJSON_IsNumber(item) || item->valuedouble < minimum || item->valuedouble > maximum ||
        item->valuedouble != (double)(int)item->valuedouble) {
        return qa_file_fail(reader, &inner, "a whole number from %d to %d is expected here", minimum,
                            maximum);
    }
    *number_out = (int8_t)item->valuedouble;
    return QA_OK;
}

qa_status_t qa_file_grow(const qa_file_reader_t *reader, void **array, uint32_t *capacity, uint32_t count,
                         size_t element_bytes)
{
    if (count < *capacity) return QA_OK;
    uint32_t larger = *capacity == 0 ? 16 : *capacity * 2;
    void *block = realloc(*array, larger * element_bytes);
    if (block == NULL) return qa_file_no_memory(reader);
    *array = block;
    *capacity = larger;
    return QA_OK;
}
