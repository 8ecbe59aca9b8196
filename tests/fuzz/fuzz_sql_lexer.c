/* Hostile bytes through qa_sql_native: what comes out is native already, has no brace outside of literals and
 * quoted names, and is the same at every size of the buffer as far as it fits. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qa/sql.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NATIVE_BYTES = 1 << 17, SIZE_MAX_FUZZ = 1 << 14 };

static void must(bool is_true, const char *what)
{
    if (is_true) return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

static bool has_open_brace(const char *text)
{
    char quote = '\0';
    for (; *text != '\0'; text++) {
        if (quote == '\0' && (*text == '\'' || *text == '"'))
            quote = *text;
        else if (quote != '\0' && *text == quote)
            quote = '\0';
        else if (quote == '\0' && (*text == '{' || *text == '}'))
            return true;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char native[NATIVE_BYTES];
    static char again[NATIVE_BYTES];
    qa_error_t error;
    size_t bytes = 0;
    size_t again_bytes = 0;
    if (size > SIZE_MAX_FUZZ) return 0;
    const qa_status_t status =
        qa_sql_native((const char *)data, size, native, sizeof(native), &bytes, &error);
    if (status != QA_OK) {
        must(status == QA_SYNTAX || status == QA_NOT_TEXT || status == QA_NOT_YET, "the status of a failure");
        must(error.message[0] != '\0', "a failure has words");
        return 0;
    }
    must(bytes < sizeof(native) && bytes <= 4 * size + 16, "the length");
    if (memchr(native, 0, bytes) != NULL) return 0; /* within a literal: what follows is not seen as text */
    must(!has_open_brace(native), "no brace is left");
    must(qa_sql_native(native, bytes, again, sizeof(again), &again_bytes, &error) == QA_OK,
         "it is read again");
    must(again_bytes == bytes && memcmp(native, again, bytes) == 0, "and stays as it is");
    must(qa_sql_native((const char *)data, size, again, bytes / 2, &again_bytes, &error) == QA_OK,
         "a small buffer");
    must(again_bytes == bytes, "the full length");
    if (bytes / 2 > 0) must(memcmp(native, again, strlen(again)) == 0, "the same beginning");
    return 0;
}
