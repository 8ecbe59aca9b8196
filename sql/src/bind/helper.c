/* Helpers of the binder: words with their place, names and their nearest, growing arrays. It must never put a
 * name into a message otherwise than through qa_fail, which makes it harmless. */
#include "bind/binder.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "qa/text.h"
#include "syntax/parser.h"

enum { PLACE_BYTES = 48, DISTANCE_MAX = 3 };

qa_status_t qa_bind_fail(const qa_binder_t *binder, qa_status_t status, uint32_t position, const char *format,
                         ...)
{
    char place[PLACE_BYTES];
    char words[QA_ERROR_MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof(words), format, arguments);
    va_end(arguments);
    qa_sql_place(binder->options->text, binder->options->text_bytes, position, place);
    return qa_fail(binder->error, status, "%s: %s", place, words);
}

qa_status_t qa_bind_placed(const qa_binder_t *binder, qa_status_t status, uint32_t position)
{
    char words[QA_ERROR_MESSAGE_BYTES];
    if (status == QA_OK || status == QA_NO_MEMORY) return status;
    memcpy(words, binder->error->message, sizeof(words));
    words[sizeof(words) - 1] = '\0';
    return qa_bind_fail(binder, status, position, "%s", words);
}

qa_status_t qa_bind_no_memory(const qa_binder_t *binder)
{
    return qa_fail_memory(binder->error, "the statement");
}

qa_status_t qa_bind_grow(const qa_binder_t *binder, void **array, uint32_t *capacity, uint32_t count,
                         size_t item_bytes)
{
    if (count < *capacity) return QA_OK;
    const uint32_t more = *capacity == 0 ? 8 : 2 * *capacity;
    void *grown = qa_arena_take(binder->arena, more * item_bytes);
    if (grown == NULL) return qa_bind_no_memory(binder);
    if (count > 0) memcpy(grown, *array, count * item_bytes);
    *array = grown;
    *capacity = more;
    return QA_OK;
}

qa_status_t qa_bind_enter(qa_binder_t *binder, uint32_t position)
{
    if (++binder->depth <= QA_BIND_DEPTH_MAX) return QA_OK;
    return qa_bind_fail(binder, QA_LIMIT, position,
                        "the expression is nested deeper than %d; write it in parts, for example with WITH",
                        QA_BIND_DEPTH_MAX);
}

void qa_bind_leave(qa_binder_t *binder)
{
    binder->depth--;
}

static bool is_ascii(const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if ((unsigned char)text[i] >= 0x80u) return false;
    return true;
}

static char lower(char character)
{
    return character >= 'A' && character <= 'Z' ? (char)(character - 'A' + 'a') : character;
}

static bool is_same(const char *a, size_t a_bytes, const char *b, size_t b_bytes)
{
    char a_key[QA_NAME_KEY_BYTES];
    char b_key[QA_NAME_KEY_BYTES];
    if (is_ascii(a, a_bytes) && is_ascii(b, b_bytes)) {
        if (a_bytes != b_bytes) return false;
        for (size_t i = 0; i < a_bytes; i++)
            if (lower(a[i]) != lower(b[i])) return false;
        return true;
    }
    size_t a_key_bytes = 0;
    size_t b_key_bytes = 0;
    if (qa_name_key(a, a_bytes, a_key, &a_key_bytes) != QA_OK ||
        qa_name_key(b, b_bytes, b_key, &b_key_bytes) != QA_OK)
        return a_bytes == b_bytes && memcmp(a, b, a_bytes) == 0;
    return a_key_bytes == b_key_bytes && memcmp(a_key, b_key, a_key_bytes) == 0;
}

bool qa_bind_is_name(const char *have, const qa_ast_name_t *name)
{
    const size_t bytes = strlen(have);
    if (name->is_quoted) return bytes == name->bytes && memcmp(have, name->text, bytes) == 0;
    return is_same(have, bytes, name->text, name->bytes);
}

bool qa_bind_is_same_name(const char *a, const char *b)
{
    return is_same(a, strlen(a), b, strlen(b));
}

void qa_bind_near_offer(qa_bind_near_t *near, const char *name)
{
    char wanted[QA_NAME_KEY_BYTES];
    char key[QA_NAME_KEY_BYTES];
    size_t wanted_bytes = 0;
    size_t key_bytes = 0;
    if (qa_name_key(near->wanted->text, near->wanted->bytes, wanted, &wanted_bytes) != QA_OK ||
        qa_name_key(name, strlen(name), key, &key_bytes) != QA_OK)
        return;
    /* A short name has few wrong letters, else everything is near. */
    const uint32_t allowed = wanted_bytes < 4 ? 1 : wanted_bytes < 7 ? 2 : DISTANCE_MAX;
    const uint32_t distance = qa_name_distance(wanted, wanted_bytes, key, key_bytes, allowed);
    if (distance > allowed) return;
    for (uint32_t i = 0; i < near->count; i++)
        if (strcmp(near->names[i], name) == 0) return;
    uint32_t at = near->count;
    while (at > 0 && near->distances[at - 1] > distance)
        at--;
    if (at == QA_BIND_NEAR_MAX) return;
    if (near->count < QA_BIND_NEAR_MAX) near->count++;
    for (uint32_t i = near->count - 1; i > at; i--) {
        near->names[i] = near->names[i - 1];
        near->distances[i] = near->distances[i - 1];
    }
    near->names[at] = name;
    near->distances[at] = distance;
}

const char *qa_bind_near_words(const qa_bind_near_t *near, char words_out[160])
{
    size_t bytes = 0;
    words_out[0] = '\0';
    for (uint32_t i = 0; i < near->count && bytes < 159; i++) {
        const char *before = i == 0 ? "; did you mean" : i + 1 == near->count ? " or" : ",";
        const int more = snprintf(words_out + bytes, 160 - bytes, "%s %.60s", before, near->names[i]);
        if (more > 0) bytes += (size_t)more;
    }
    if (near->count > 0 && bytes < 159) snprintf(words_out + bytes, 160 - bytes, "?");
    return words_out;
}
