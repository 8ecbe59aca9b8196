/* Hostile bytes as an amount and as a date: what is accepted is a number in plain form, reads the same when
 * it is written plainly again, and both styles agree when comma and point change places. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "load/amount.h"
#include "qa/number.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true, const char *what)
{
    if (is_true) return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char plain[QA_LOAD_AMOUNT_BYTES];
    char again[QA_LOAD_AMOUNT_BYTES];
    char mirror[256];
    size_t bytes = 0;
    size_t again_bytes = 0;
    double number = 0;
    int32_t day = 0;
    const char *text = (const char *)data;
    const qa_load_text_t currency = { "CHF", 3 };
    const qa_load_amount_style_t point = { .is_european = false,
                                           .currencies = &currency,
                                           .currency_count = 1 };
    const qa_load_amount_style_t european = { .is_european = true,
                                              .currencies = &currency,
                                              .currency_count = 1 };
    for (int format = QA_LOAD_DATE_ISO; format <= QA_LOAD_DATE_COMPACT; format++)
        qa_load_date(text, size, (qa_load_date_format_t)format, &day);
    const qa_status_t status = qa_load_amount_plain(text, size, &point, plain, &bytes);
    if (size <= sizeof(mirror)) {
        for (size_t i = 0; i < size; i++)
            mirror[i] = text[i] == ',' ? '.' : text[i] == '.' ? ',' : text[i];
        const qa_status_t other = qa_load_amount_plain(mirror, size, &european, again, &again_bytes);
        must(other == status &&
                 (status != QA_OK || (again_bytes == bytes && memcmp(again, plain, bytes) == 0)),
             "the styles mirror each other");
    }
    if (status != QA_OK || bytes == 0) return 0;
    must(bytes <= QA_LOAD_AMOUNT_BYTES, "it fits");
    must(qa_double_parse(plain, bytes, &number) != QA_NOT_A_NUMBER, "it is a number");
    must(qa_load_amount_plain(plain, bytes, &point, again, &again_bytes) == QA_OK,
         "plain is an amount again");
    must(again_bytes == bytes && memcmp(again, plain, bytes) == 0, "and the same one");
    return 0;
}
