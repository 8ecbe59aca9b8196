/* Text of other encodings as UTF-8, piece by piece. */
#ifndef QA_LOAD_ENCODING_H
#define QA_LOAD_ENCODING_H

#include "load/source.h"

/* Looks at the byte order mark: returns its length and decides *encoding if that is "auto". */
size_t qa_load_encoding_mark(const uint8_t *bytes, size_t count, qa_load_encoding_t *encoding);

/* Turns as much of `count` bytes as fits into `capacity` (at least 16) and returns the length of the text;
 * *used_out: bytes taken. Half a character at the end stays, unless `is_last`. */
size_t qa_load_encoding_turn(qa_load_encoding_t encoding, const uint8_t *bytes, size_t count, bool is_last,
                             char *text, size_t capacity, size_t *used_out);

#endif
