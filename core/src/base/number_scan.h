/* The one grammar of numbers: [+-]digits[.digits][e[+-]digits]. Decimals and doubles are read by the same
 * scanner, so that a text is a number for both or for neither. Nothing is rounded here and no digit is
 * dropped. */
#ifndef QA_BASE_NUMBER_SCAN_H
#define QA_BASE_NUMBER_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The number is 0.d1d2d3… × 10^point, d1 not zero; `first` points at d1. The digits run to `end`, with at
 * most one decimal point between them. For zero `first` is NULL and `point` 0. */
typedef struct qa_number_scan {
    const char *first; /* borrowed from the text */
    const char *end;
    int64_t point;
    bool is_negative;
} qa_number_scan_t;

/* False: the text is not a number. */
bool qa_number_scan(const char *text, size_t bytes, qa_number_scan_t *scan_out);

#endif
