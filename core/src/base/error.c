/* Errors in words. Never prints, never aborts, never writes beyond the message. */
#include "base/error.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "qa/text.h"

/* Drops a character that vsnprintf cut in half: text is UTF-8 and length bytes long. */
static void trim_partial_character(char *text, size_t length)
{
    size_t start = length;
    while (start > 0 && ((unsigned char)text[start - 1] & 0xC0u) == 0x80u)
        start--;
    if (start == 0) return;
    const unsigned char lead = (unsigned char)text[start - 1];
    const size_t wanted = lead >= 0xF0u ? 4 : lead >= 0xE0u ? 3 : lead >= 0xC0u ? 2 : 1;
    if (length - (start - 1) < wanted) text[start - 1] = '\0';
}

static void replace_unprintable(char *text)
{
    const bool is_valid = qa_utf8_is_valid(text, strlen(text));
    for (char *at = text; *at != '\0'; at++) {
        const unsigned char byte = (unsigned char)*at;
        if (byte < 0x20u || byte == 0x7Fu || (!is_valid && byte >= 0x80u)) *at = '?';
    }
}

qa_status_t qa_fail(qa_error_t *error, qa_status_t status, const char *format, ...)
{
    assert(status != QA_OK);
    if (error == NULL) return status;
    error->status = status;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof(error->message), format, arguments);
    va_end(arguments);
    trim_partial_character(error->message, strlen(error->message));
    replace_unprintable(error->message);
    return status;
}

void qa_error_clear(qa_error_t *error)
{
    if (error == NULL) return;
    error->status = QA_OK;
    error->message[0] = '\0';
}

qa_status_t qa_fail_memory(qa_error_t *error, const char *what)
{
    return qa_fail(error, QA_NO_MEMORY, "out of memory for %s; close other programs or ask for less", what);
}
