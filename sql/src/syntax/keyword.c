/* The table of keywords: look-up by halves, and the list of reserved words for SQLGetInfo and quoting. */
#include "syntax/lexer.h"

#include <string.h>

#include "qa/sql.h"

typedef struct keyword_row {
    const char *text;
    uint8_t bytes;
    uint8_t use; /* qa_sql_keyword_use_t */
} keyword_row_t;

static const keyword_row_t keywords[] = {
    { "", 0, QA_KEYWORD_WORD },
#define KEYWORD(NAME, USE) { #NAME, sizeof(#NAME) - 1, QA_KEYWORD_##USE },
#include "syntax/keywords.def"
#undef KEYWORD
};
_Static_assert(sizeof(keywords) / sizeof(keywords[0]) == QA_KEYWORD_COUNT, "one row per keyword");

enum { KEYWORD_BYTES_MAX = 24 };

qa_sql_keyword_id_t qa_sql_keyword_find(const char *text, size_t bytes)
{
    char upper[KEYWORD_BYTES_MAX];
    uint32_t low = 1;
    uint32_t high = QA_KEYWORD_COUNT;
    if (bytes == 0 || bytes > sizeof(upper)) return QA_KEYWORD_NONE;
    for (size_t i = 0; i < bytes; i++)
        upper[i] = text[i] >= 'a' && text[i] <= 'z' ? (char)(text[i] - 'a' + 'A') : text[i];
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        const keyword_row_t *row = &keywords[middle];
        int order = memcmp(upper, row->text, bytes < row->bytes ? bytes : row->bytes);
        if (order == 0) order = bytes < row->bytes ? -1 : bytes > row->bytes ? 1 : 0;
        if (order == 0) return (qa_sql_keyword_id_t)middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return QA_KEYWORD_NONE;
}

qa_sql_keyword_use_t qa_sql_keyword_use(qa_sql_keyword_id_t keyword)
{
    return (qa_sql_keyword_use_t)keywords[keyword].use;
}

const char *qa_sql_keyword_text(qa_sql_keyword_id_t keyword)
{
    return keywords[keyword].text;
}

const char *qa_sql_keyword(uint32_t index)
{
    for (uint32_t i = 1; i < QA_KEYWORD_COUNT; i++) {
        if (keywords[i].use != QA_KEYWORD_RESERVED) continue;
        if (index == 0) return keywords[i].text;
        index--;
    }
    return NULL;
}
