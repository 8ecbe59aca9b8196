/* Comparing values. Equality is that of kind and content, never of meaning: 1.0 and 1.00 are two values, and
 * text is compared by bytes. */
#include "qa/value.h"

#include <string.h>

bool qa_value_equal(const qa_value_t *a, const qa_value_t *b)
{
    if (a->kind != b->kind || a->flags != b->flags) return false;
    switch ((qa_kind_t)a->kind) {
    case QA_KIND_MISSING:
        return true;
    case QA_KIND_DECIMAL:
        return a->decimals == b->decimals && a->units == b->units;
    case QA_KIND_DOUBLE:
        return a->number == b->number;
    case QA_KIND_TEXT:
        return a->text_bytes == b->text_bytes &&
               (a->text_bytes == 0 || memcmp(a->text, b->text, a->text_bytes) == 0);
    case QA_KIND_DATE:
        return a->day == b->day;
    case QA_KIND_BOOLEAN:
        return a->truth == b->truth;
    }
    return false;
}
