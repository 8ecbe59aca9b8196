/* A cell's value: one of six kinds; missing is a kind of its own, never zero and never empty text.
 *
 *     qa_value_t value = qa_value_decimal(123456, 2); // 1234.56
 *     if (value.kind == QA_KIND_DECIMAL) qa_decimal_print(value.units, value.decimals, text);
 *
 * Plain data. `text` is borrowed from whoever filled the value in; that call says for how long. */
#ifndef QA_VALUE_H
#define QA_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "qa/number.h"

typedef enum qa_kind {
    QA_KIND_MISSING = 0,
    QA_KIND_DECIMAL = 1, /* units of 10^-decimals; an atom has at most 18 digits, a sum at most 38 */
    QA_KIND_DOUBLE = 2,  /* finite, never -0 */
    QA_KIND_TEXT = 3,
    QA_KIND_DATE = 4, /* days since 1970-01-01 */
    QA_KIND_BOOLEAN = 5
} qa_kind_t;

enum {
    QA_VALUE_MASKED = 1 /* there is a value, but this connection may not see it; kind is QA_KIND_MISSING */
};

typedef struct qa_value {
    uint8_t kind;     /* qa_kind_t */
    uint8_t decimals; /* of a decimal */
    uint8_t flags;    /* QA_VALUE_… */
    uint32_t text_bytes;
    union {
        qa_int128_t units;
        double number;
        const char *text; /* not terminated */
        int32_t day;
        bool truth;
    };
} qa_value_t;

static inline qa_value_t qa_value_missing(void)
{
    return (qa_value_t){ .kind = QA_KIND_MISSING };
}
static inline qa_value_t qa_value_decimal(qa_int128_t units, uint8_t decimals)
{
    return (qa_value_t){ .kind = QA_KIND_DECIMAL, .decimals = decimals, .units = units };
}
static inline qa_value_t qa_value_double(double number)
{
    return (qa_value_t){ .kind = QA_KIND_DOUBLE, .number = number == 0.0 ? 0.0 : number };
}
static inline qa_value_t qa_value_text(const char *text, uint32_t bytes)
{
    return (qa_value_t){ .kind = QA_KIND_TEXT, .text_bytes = bytes, .text = text };
}
static inline qa_value_t qa_value_date(int32_t day)
{
    return (qa_value_t){ .kind = QA_KIND_DATE, .day = day };
}
static inline qa_value_t qa_value_boolean(bool truth)
{
    return (qa_value_t){ .kind = QA_KIND_BOOLEAN, .truth = truth };
}

/* Same kind and same content; decimals of another scale are other values. */
bool qa_value_equal(const qa_value_t *a, const qa_value_t *b);

#endif
