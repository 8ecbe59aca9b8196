/* Tokens of SQL, ODBC escapes included: the parser reads them as grammar, qa_sql_native rewrites them. One
 * lexer serves both, so that they can never disagree about what a literal or a comment is. */
#ifndef QA_SQL_LEXER_H
#define QA_SQL_LEXER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef enum qa_sql_token_kind {
    QA_TOKEN_END = 0,
    QA_TOKEN_WORD = 1,      /* a name or keyword without quotes */
    QA_TOKEN_QUOTED = 2,    /* "name": the body is between the quotes */
    QA_TOKEN_NUMBER = 3,    /* without sign */
    QA_TOKEN_STRING = 4,    /* '…' or N'…' */
    QA_TOKEN_BINARY = 5,    /* X'…': the body is an even number of hexadecimal digits */
    QA_TOKEN_PARAMETER = 6, /* ? */
    QA_TOKEN_SYMBOL = 7,
    QA_TOKEN_ESCAPE = 8,    /* {fn and so on, up to the word; the body is empty */
    QA_TOKEN_ESCAPE_END = 9 /* } */
} qa_sql_token_kind_t;

/* Symbols of one character are that character. */
enum {
    QA_SYMBOL_LESS_EQUAL = 128,
    QA_SYMBOL_GREATER_EQUAL = 129,
    QA_SYMBOL_NOT_EQUAL = 130, /* <> and != */
    QA_SYMBOL_CONCATENATE = 131
};

typedef enum qa_sql_escape {
    QA_ESCAPE_NONE = 0,
    QA_ESCAPE_FUNCTION = 1,   /* {fn */
    QA_ESCAPE_DATE = 2,       /* {d */
    QA_ESCAPE_TIME = 3,       /* {t */
    QA_ESCAPE_TIMESTAMP = 4,  /* {ts */
    QA_ESCAPE_GUID = 5,       /* {guid */
    QA_ESCAPE_JOIN = 6,       /* {oj */
    QA_ESCAPE_LIKE = 7,       /* {escape */
    QA_ESCAPE_CALL = 8,       /* {call */
    QA_ESCAPE_CALL_RESULT = 9 /* {?=call */
} qa_sql_escape_t;

typedef enum qa_sql_keyword_id {
    QA_KEYWORD_NONE = 0,
#define KEYWORD(NAME, USE) QA_KEYWORD_##NAME,
#include "syntax/keywords.def"
#undef KEYWORD
    QA_KEYWORD_COUNT
} qa_sql_keyword_id_t;

/* How a keyword may be used besides its own place. */
typedef enum qa_sql_keyword_use {
    QA_KEYWORD_WORD = 0,     /* as any name */
    QA_KEYWORD_NO_ALIAS = 1, /* as a name, but not as an alias without AS */
    QA_KEYWORD_RESERVED = 2  /* only in double quotes */
} qa_sql_keyword_use_t;

typedef struct qa_sql_token {
    uint8_t kind; /* qa_sql_token_kind_t */
    uint8_t symbol;
    uint8_t escape;    /* qa_sql_escape_t */
    bool has_doubled;  /* the body has doubled quotes */
    uint16_t keyword;  /* of a WORD: qa_sql_keyword_id_t */
    uint32_t position; /* bytes in the text */
    uint32_t bytes;
    uint32_t body_position; /* what the token says, without quotes */
    uint32_t body_bytes;
} qa_sql_token_t;

/* Plain data: a copy looks ahead. The text is borrowed. */
typedef struct qa_sql_lexer {
    const char *text;
    size_t bytes;
    size_t at;
} qa_sql_lexer_t;

/* Checks length and encoding: QA_LIMIT beyond QA_SQL_TEXT_BYTES_MAX, QA_NOT_TEXT with the place. */
qa_status_t qa_sql_lexer_open(qa_sql_lexer_t *lexer, const char *text, size_t bytes, qa_error_t *error);
/* The next token behind blanks and comments; at the end always QA_TOKEN_END. QA_SYNTAX with the place: an
 * open quote or comment, a character that begins nothing; QA_NOT_YET for {interval …}. */
qa_status_t qa_sql_lexer_next(qa_sql_lexer_t *lexer, qa_sql_token_t *token_out, qa_error_t *error);

/* The keyword that a word is, without case; QA_KEYWORD_NONE. */
qa_sql_keyword_id_t qa_sql_keyword_find(const char *text, size_t bytes);
qa_sql_keyword_use_t qa_sql_keyword_use(qa_sql_keyword_id_t keyword);
const char *qa_sql_keyword_text(qa_sql_keyword_id_t keyword); /* upper case */

/* "line 2, column 7: …" as the words of an error. */
qa_status_t qa_sql_fail_at(qa_error_t *error, qa_status_t status, const qa_sql_lexer_t *lexer,
                           size_t position, const char *format, ...) QA_PRINTF(5, 6);

#endif
