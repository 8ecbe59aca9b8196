/* The description of a load as a fact: read back into a qa_load_t. */
#ifndef QA_LOAD_FACTS_H
#define QA_LOAD_FACTS_H

#include "base/bytes.h"
#include "qa/intent.h"

/* Decodes a load (operation form: references; fact form: ids). Arrays are taken from the arena, names
 * borrowed from the reader's bytes. QA_CORRUPT, QA_NO_MEMORY. */
qa_status_t qa_load_read(qa_reader_t *reader, qa_arena_t *arena, qa_load_t *load_out);

#endif
