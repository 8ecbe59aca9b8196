/* Text: UTF-8 checks, normal form, and the key under which names are compared.
 *
 *     char key[QA_NAME_KEY_BYTES];
 *     size_t key_bytes;
 *     if (qa_name_key(" Fire  department", 17, key, &key_bytes) == QA_OK)
 *         printf("%.*s", (int)key_bytes, key); // "fire department"
 *
 * The Unicode tables are ours, generated once for one pinned version of Unicode, because a name that compares
 * equal on one machine and different on another would make two replicas of one log disagree. Thread-safe. */
#ifndef QA_TEXT_H
#define QA_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "qa/limits.h"
#include "qa/status.h"

enum {
    /* A normal form or case fold can be longer than its source; names beyond this are refused with QA_LIMIT.
     */
    QA_NAME_KEY_BYTES = 4 * QA_NAME_BYTES_MAX
};

/* True if the bytes are well-formed UTF-8 (no surrogates, no overlong forms, nothing above U+10FFFF). */
bool qa_utf8_is_valid(const char *text, size_t bytes);
/* UTF-16 units that the (valid) text needs. */
size_t qa_utf16_units(const char *text, size_t bytes);

/* The stored form of a code, alias or caption: outer blanks cut, inner runs of blanks (any Unicode white
 * space, also the non-breaking space) made one U+0020, normal form C. Writes at most QA_NAME_KEY_BYTES, no
 * terminator. Errors: QA_NOT_TEXT (bad UTF-8, a control character other than tab, CR, LF, which count as
 * blanks), QA_INVALID (empty), QA_LIMIT (more than QA_NAME_UNITS_MAX units). */
qa_status_t qa_name_normalize(const char *text, size_t bytes, char name_out[QA_NAME_KEY_BYTES],
                              size_t *bytes_out);

/* The key that compares names without case: normalized, full case folding, normalized again. Errors as above.
 */
qa_status_t qa_name_key(const char *text, size_t bytes, char key_out[QA_NAME_KEY_BYTES], size_t *bytes_out);

/* Edit distance in code points between two names, cut off at `distance_max` + 1: for "did you mean". */
uint32_t qa_name_distance(const char *a, size_t a_bytes, const char *b, size_t b_bytes,
                          uint32_t distance_max);

#endif
