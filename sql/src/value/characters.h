/* Walking texts by characters, and reading names in the form in which they are compared. Text that is not
 * valid UTF-8 is walked safely: each odd byte counts as one character. */
#ifndef QA_SQL_VALUE_CHARACTERS_H
#define QA_SQL_VALUE_CHARACTERS_H

#include "base/memory.h"
#include "base/normal_form.h"
#include "qa/sql_value.h"

/* Bytes of the character at `text`, `left` bytes (at least 1) before the end. */
size_t qa_sql_character_bytes(const char *text, size_t left);
/* The code point of that character. */
uint32_t qa_sql_character(const char *text, size_t left, size_t *bytes_out);
uint64_t qa_sql_character_count(const char *text, size_t bytes);
/* Bytes of the first `count` characters; all of them if there are fewer. */
size_t qa_sql_character_offset(const char *text, size_t bytes, uint64_t count);
/* UTF-16 units, and bytes of as many whole characters as take at most so many units. */
uint64_t qa_sql_text_units(const char *text, size_t bytes);
size_t qa_sql_text_cut(const char *text, size_t bytes, uint64_t units_max);
/* Simple mappings of Latin, Greek, Cyrillic and Armenian letters; others stay. */
uint32_t qa_sql_upper(uint32_t point);
uint32_t qa_sql_lower(uint32_t point);

/* Reads the key of a name (qa_name_key), of any length and content, one code point after the other. */
typedef struct qa_sql_name_reader {
    const char *text;
    size_t bytes;
    size_t at;
    bool is_inner;     /* something was read: a run of blanks before the next is one blank */
    bool keeps_blanks; /* outer blanks count, too: for pieces of a pattern */
    bool is_valid;     /* UTF-8; known once a byte above 127 was met */
    bool is_checked;
    uint32_t next;        /* into `key` */
    qa_code_points_t key; /* of the segment with letters above 127 that is being read */
} qa_sql_name_reader_t;
void qa_sql_name_open(qa_sql_name_reader_t *reader, const char *text, size_t bytes, bool keeps_blanks);
/* -1 at the end. */
int32_t qa_sql_name_next(qa_sql_name_reader_t *reader);

#endif
