/* Amounts and dates as ledgers write them.
 *
 *     char plain[QA_LOAD_AMOUNT_BYTES]; size_t bytes;
 *     qa_load_amount_style_t style = { .is_european = false };
 *     if (qa_load_amount_plain("(1,234.56)", 10, &style, plain, &bytes) == QA_OK)   // "-1234.56"
 *         qa_decimal_parse(plain, bytes, 2, &cents, NULL);
 *
 * The style is given, never guessed: 1.234 is a thousand in one style and a bit more than one in the other.
 */
#ifndef QA_LOAD_AMOUNT_H
#define QA_LOAD_AMOUNT_H

#include "load/common.h"

enum { QA_LOAD_AMOUNT_BYTES = 96 };

typedef struct qa_load_amount_style {
    bool is_european;                 /* 1.234,56 */
    const qa_load_text_t *currencies; /* beside $ € £ ¥; borrowed */
    uint32_t currency_count;
} qa_load_amount_style_t;

/* The amount in the grammar of qa_decimal_parse; 0 bytes for an empty one. Signs before or behind, or
 * parentheses; currency before or behind; groups of three. QA_NOT_A_NUMBER for everything else. */
qa_status_t qa_load_amount_plain(const char *text, size_t bytes, const qa_load_amount_style_t *style,
                                 char plain_out[QA_LOAD_AMOUNT_BYTES], size_t *bytes_out);

typedef enum qa_load_date_format {
    QA_LOAD_DATE_ISO = 0, /* YYYY-MM-DD */
    QA_LOAD_DATE_US,      /* M/D/YYYY */
    QA_LOAD_DATE_GERMAN,  /* D.M.YYYY */
    QA_LOAD_DATE_BRITISH, /* D/M/YYYY */
    QA_LOAD_DATE_COMPACT  /* YYYYMMDD */
} qa_load_date_format_t;

/* A time behind the date, after a blank or T, is not looked at. QA_NOT_A_DATE. */
qa_status_t qa_load_date(const char *text, size_t bytes, qa_load_date_format_t format, int32_t *day_out);

#endif
