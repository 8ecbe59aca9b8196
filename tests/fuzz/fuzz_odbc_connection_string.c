/* Hostile connection strings: each is refused with a SQLSTATE and words, or what it completes to parses to
 * the same settings again and holds no password. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parts/connection_string.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true, const char *what)
{
    if (is_true) return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

static size_t find_key(void *context, const char *data_source, const char *key, char *value_out,
                       size_t capacity)
{
    (void)context;
    must(data_source[0] != '\0' && strcmp(key, "PWD") != 0, "a data source is asked for what it may say");
    return strcmp(key, "Replica") == 0 ? (size_t)snprintf(value_out, capacity, "/data/%s", data_source) : 0;
}

static void check_again(const qa_odbc_settings_t *settings)
{
    static char text[4 * QA_ODBC_STRING_BYTES_MAX];
    char small[16];
    const qa_odbc_lookup_t lookup = { find_key, NULL };
    qa_odbc_settings_t again;
    qa_odbc_diagnostic_t diagnostic;
    const size_t bytes = qa_odbc_settings_print(settings, text, sizeof(text));
    must(bytes == strlen(text), "the printed length is that of the text");
    must(qa_odbc_settings_print(settings, small, sizeof(small)) == bytes && strlen(small) < sizeof(small),
         "a small buffer gets a part and the full length");
    if (bytes > QA_ODBC_STRING_BYTES_MAX) return;
    qa_odbc_settings_make(&again, &qa_allocator_default);
    must(qa_odbc_settings_parse(&again, text, bytes, &lookup, &diagnostic) == QA_OK,
         "a completed string is accepted");
    must(again.unknown_count == 0, "a completed string holds known keywords only");
    for (uint32_t key = 0; key < QA_ODBC_KEY_COUNT; key++) {
        must((settings->values[key] == NULL) == (again.values[key] == NULL), "the same keys have values");
        must(settings->values[key] == NULL || strcmp(settings->values[key], again.values[key]) == 0,
             "the values are the same");
    }
    must(again.values[QA_ODBC_KEY_PASSWORD] == NULL, "no password is kept");
    qa_odbc_settings_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const qa_odbc_lookup_t lookup = { find_key, NULL };
    qa_odbc_settings_t settings;
    qa_odbc_diagnostic_t diagnostic = { .sqlstate = "" };
    char text[512];
    qa_odbc_settings_make(&settings, &qa_allocator_default);
    const qa_status_t status =
        qa_odbc_settings_parse(&settings, (const char *)data, size, &lookup, &diagnostic);
    if (status == QA_OK) {
        check_again(&settings);
        qa_odbc_settings_browse(&settings, text, sizeof(text));
        for (uint32_t i = 0; i < settings.unknown_count && i < QA_ODBC_WARNINGS_MAX; i++)
            must(settings.unknown[i] != NULL, "an unknown keyword is named");
    } else {
        must(strlen(diagnostic.sqlstate) == 5 && diagnostic.message[0] != '\0',
             "a refusal has a SQLSTATE and words");
    }
    qa_odbc_settings_release(&settings);
    return 0;
}
