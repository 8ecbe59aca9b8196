/* Connection strings of SQLDriverConnect and SQLBrowseConnect, and the settings of a data source.
 *
 *     qa_odbc_settings_t settings;
 *     qa_odbc_settings_make(&settings, allocator);
 *     if (qa_odbc_settings_parse(&settings, text, bytes, &lookup, &diagnostic) == QA_OK)
 *         open(settings.values[QA_ODBC_KEY_REPLICA], settings.is_read_only);
 *     qa_odbc_settings_release(&settings);
 *
 * Keywords and what their values mean are in keywords.def; without case. A value is {}-quoted if it holds ; {
 * } or outer blanks, with } doubled. Of a keyword that is given twice the first counts. What the string does
 * not say comes from the data source (DSN=), by the lookup that the caller passes: nothing here reads a file.
 * Of DSN and Driver the first counts, too: behind Driver= a DSN= is not looked up. An unknown keyword is a
 * warning (01S00), never an error. A password is accepted and forgotten: it is neither kept nor printed. */
#ifndef QA_ODBC_CONNECTION_STRING_H
#define QA_ODBC_CONNECTION_STRING_H

#include "base/memory.h"
#include "parts/diagnostic.h"

typedef enum qa_odbc_key {
#define QA_ODBC_KEYWORD(ID, NAME, ALIASES, KIND, VALUES, DEFAULT, TEXT) QA_ODBC_KEY_##ID,
#include "parts/keywords.def"
#undef QA_ODBC_KEYWORD
    QA_ODBC_KEY_COUNT
} qa_odbc_key_t;

typedef enum qa_odbc_key_kind {
    QA_ODBC_KEY_TEXT,
    QA_ODBC_KEY_FLAG,    /* 1, 0, yes, no, true, false, on, off */
    QA_ODBC_KEY_SECONDS, /* 0 to 1000000 */
    QA_ODBC_KEY_CHOICE,  /* one of VALUES */
    QA_ODBC_KEY_LATER,   /* not built yet: HYC00, unless the value is one of VALUES */
    QA_ODBC_KEY_IGNORED, /* for the driver manager: accepted, kept for the completed string */
    QA_ODBC_KEY_SECRET   /* accepted, not kept */
} qa_odbc_key_kind_t;

/* A row of keywords.def, for the reference page and for SQLBrowseConnect. NULL behind the last. */
typedef struct qa_odbc_keyword_info {
    const char *name;
    const char *aliases; /* "Database|SchemaName", "" if none */
    qa_odbc_key_kind_t kind;
    const char *values;   /* "auto|rows"; "" if free */
    const char *fallback; /* what holds if it is not given, "" if nothing */
    const char *text;
} qa_odbc_keyword_info_t;
const qa_odbc_keyword_info_t *qa_odbc_keyword(uint32_t key);

/* The value of a key of a data source, as SQLGetPrivateProfileString answers it: writes at most `capacity`
 * bytes with a terminator and returns the length, 0 if there is none. */
typedef struct qa_odbc_lookup {
    size_t (*find)(void *context, const char *data_source, const char *key, char *value_out, size_t capacity);
    void *context;
} qa_odbc_lookup_t;

enum {
    QA_ODBC_STRING_BYTES_MAX = 65536, /* of a connection string; beyond: HY090 */
    QA_ODBC_WARNINGS_MAX = 8          /* unknown keywords that are named; the rest are counted */
};

typedef struct qa_odbc_settings {
    qa_arena_t arena;
    const char *values[QA_ODBC_KEY_COUNT]; /* terminated; NULL: neither given nor in the data source */
    bool is_given[QA_ODBC_KEY_COUNT];      /* stood in the string */
    bool is_read_only;
    bool is_row_path;   /* Planner=rows */
    uint32_t timeout_s; /* of a statement; 0: none */
    uint32_t unknown_count;
    const char *unknown[QA_ODBC_WARNINGS_MAX];
} qa_odbc_settings_t;

/* Empty settings; release accepts zeroed ones. The allocator outlives them. */
void qa_odbc_settings_make(qa_odbc_settings_t *settings, const qa_allocator_t *allocator);
void qa_odbc_settings_release(qa_odbc_settings_t *settings);

/* Reads a connection string and what it leaves to the data source; then checks all values. May be called
 * again on settings that were parsed: what is there counts as given first (SQLBrowseConnect goes on like
 * this). `lookup` may be NULL: no data source is asked. Missing keywords are no error here
 * (qa_odbc_settings_check). Diagnostics: HY000 for a string that cannot be cut into keywords and values (says
 * where), HY024 for a value that its keyword does not take, HYC00 for what is not built yet, HY090, HY001.
 * unknown_count > 0: the caller makes records of 01S00. */
qa_status_t qa_odbc_settings_parse(qa_odbc_settings_t *settings, const char *text, size_t bytes,
                                   const qa_odbc_lookup_t *lookup, qa_odbc_diagnostic_t *diagnostic);
/* SQLConnect: a data source and an actor (may be NULL or ""). */
qa_status_t qa_odbc_settings_connect(qa_odbc_settings_t *settings, const char *data_source, const char *actor,
                                     const qa_odbc_lookup_t *lookup, qa_odbc_diagnostic_t *diagnostic);
/* Whether it is enough to open a replica: 08001 naming what is missing and an example otherwise. */
qa_status_t qa_odbc_settings_check(const qa_odbc_settings_t *settings, qa_odbc_diagnostic_t *diagnostic);

/* The completed string: all that is needed to connect so again, in the order of keywords.def, without a
 * password. What came from the data source is left to it. Writes a terminated text of at most `capacity`
 * bytes and returns its full length. */
size_t qa_odbc_settings_print(const qa_odbc_settings_t *settings, char *text_out, size_t capacity);
/* SQLBrowseConnect: what can still be given, "REPLICA:Replica=?;*APP:App=?;…" ("*": may be left out). Empty
 * when all is there. */
size_t qa_odbc_settings_browse(const qa_odbc_settings_t *settings, char *text_out, size_t capacity);

#endif
