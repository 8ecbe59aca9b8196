/* Normal form C and case folding of short texts, as code points in a buffer of fixed size. Private to the
 * name files and their tests. Tables: tables/unicode.inc, for one pinned version of Unicode; Hangul by
 * arithmetic. */
#ifndef QA_BASE_NORMAL_FORM_H
#define QA_BASE_NORMAL_FORM_H

#include <stdbool.h>
#include <stdint.h>

#include "qa/limits.h"

enum {
    /* No UTF-16 unit decomposes, folded or not, into more than 4 code points. So a text that outgrows this is
     * longer than a name may be, whatever its normal form. */
    QA_CODE_POINTS_MAX = 4 * QA_NAME_UNITS_MAX + 4
};

typedef struct qa_code_points {
    uint32_t points[QA_CODE_POINTS_MAX];
    uint32_t count;
} qa_code_points_t;

/* Appends the full canonical decomposition, marks in canonical order. False: no room, nothing sensible is
 * left. */
bool qa_normal_form_add(qa_code_points_t *decomposed, uint32_t code_point);
/* The same for the case folding of the code point. */
bool qa_normal_form_add_folded(qa_code_points_t *decomposed, uint32_t code_point);
/* From decomposed to composed (normal form C), in place. */
void qa_normal_form_compose(qa_code_points_t *code_points);

#endif
