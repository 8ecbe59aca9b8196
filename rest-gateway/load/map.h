/* The map of a load: how columns become cells or members (docs/reference/map-file.md).
 *
 *     qa_load_map_t *map = NULL;
 *     if (qa_load_map_parse(&map, text, bytes, allocator, &error) == QA_OK) …
 *     qa_load_map_close(map);
 *
 * Plain data after parsing; every text lives as long as the map. Strict: an unknown key, a wrong type, a
 * value outside its range is QA_BAD_MAP with the key and what is allowed. */
#ifndef QA_LOAD_MAP_H
#define QA_LOAD_MAP_H

#include "load/amount.h"
#include "load/reader.h"
#include "qa/limits.h"

/* Where a text comes from. */
typedef enum qa_load_from {
    QA_LOAD_FROM_NOTHING = 0,
    QA_LOAD_FROM_COLUMN,   /* columns[0] */
    QA_LOAD_FROM_COLUMNS,  /* joined by `join`, empty ones left out */
    QA_LOAD_FROM_TEMPLATE, /* pieces */
    QA_LOAD_FROM_CONSTANT, /* text */
    QA_LOAD_FROM_FILE,     /* placeholder `field` of the pattern `text` in the file's name */
    QA_LOAD_FROM_DATE      /* columns[0], read by date_format */
} qa_load_from_t;

/* A piece of a template: literal text, or a column (then text is its name). */
typedef struct qa_load_piece {
    const char *text; /* terminated */
    bool is_column;
    uint32_t width; /* zeros are filled in front of a number up to it; 0: none */
} qa_load_piece_t;

typedef struct qa_load_text_source {
    qa_load_from_t from;
    const char **columns; /* terminated names; "#3" by position */
    uint32_t column_count;
    const char *join;
    const qa_load_piece_t *pieces;
    uint32_t piece_count;
    const char *text;
    const char *field;
    qa_load_date_format_t date_format;
} qa_load_text_source_t;

typedef enum qa_load_unknown {
    QA_LOAD_UNKNOWN_REJECT = 0,
    QA_LOAD_UNKNOWN_SUSPENSE,
    QA_LOAD_UNKNOWN_CREATE
} qa_load_unknown_t;
typedef enum qa_load_case {
    QA_LOAD_CASE_KEEP = 0,
    QA_LOAD_CASE_UPPER,
    QA_LOAD_CASE_LOWER,
    QA_LOAD_CASE_TITLE
} qa_load_case_t;

typedef struct qa_load_pair {
    const char *name; /* terminated */
    const char *value;
} qa_load_pair_t;

typedef struct qa_load_attribute {
    const char *name;
    qa_load_text_source_t source;
} qa_load_attribute_t;

typedef struct qa_load_rule {
    const char *dimension; /* as the map names it */
    qa_load_text_source_t source;
    qa_load_case_t letter_case;
    const char *empty; /* NULL: an empty text is rejected */
    const qa_load_pair_t *aliases;
    uint32_t alias_count;
    qa_load_unknown_t unknown;
    const char *suspense;           /* NULL: none */
    const char *parent;             /* NULL: created members are roots, unless the next say otherwise */
    const qa_load_pair_t *prefixes; /* name: prefix, "default" for the rest */
    uint32_t prefix_count;
    qa_load_text_source_t parent_column;
    qa_load_text_source_t operator_column;
    qa_load_text_source_t caption;
    const qa_load_attribute_t *attributes;
    uint32_t attribute_count;
} qa_load_rule_t;

/* +1 or -1, for all rows or by the text of a column. */
typedef struct qa_load_sign {
    int constant; /* 0: by the column */
    const char *column;
    const qa_load_pair_t *cases; /* value "1" or "-1" */
    uint32_t case_count;
    int otherwise; /* 0: a text that is not named is rejected */
} qa_load_sign_t;

typedef struct qa_load_amount_rule {
    const char *column;  /* "#rows": counts 1 */
    const char *account; /* NULL: by the rule of the measure dimension */
    qa_load_sign_t sign;
    bool has_sign;
} qa_load_amount_rule_t;

typedef enum qa_load_duplicates { QA_LOAD_ADD = 0, QA_LOAD_LAST, QA_LOAD_REJECT } qa_load_duplicates_t;

/* Rules of "kind": "members". */
typedef struct qa_load_member_rules {
    const char *dimension;
    const char *root; /* NULL: none */
    qa_load_text_source_t member;
    qa_load_text_source_t parent;
    const qa_load_text_source_t *levels;
    uint32_t level_count;
    qa_load_text_source_t operator_source;
    qa_load_text_source_t caption;
    const qa_load_text_source_t *aliases;
    uint32_t alias_count;
    const qa_load_attribute_t *attributes;
    uint32_t attribute_count;
    qa_load_text_source_t account_kind;
    qa_load_text_source_t decimals;
    qa_load_text_source_t time_balance;
    const char *sense_column; /* NULL: none */
    const qa_load_pair_t *senses;
    uint32_t sense_count;
    qa_load_text_source_t first_day;
    qa_load_text_source_t last_day;
} qa_load_member_rules_t;

typedef struct qa_load_map {
    const char *app; /* NULL: the command line names it */
    bool is_members;
    qa_load_encoding_t encoding;
    qa_load_reader_options_t reader;
    qa_load_amount_style_t style;
    const qa_load_rule_t *rules;
    uint32_t rule_count;
    const qa_load_amount_rule_t *amounts;
    uint32_t amount_count;
    qa_load_sign_t sign;
    bool is_clearing; /* an empty amount clears */
    qa_load_duplicates_t duplicates;
    bool is_year_to_date;
    bool is_start_zero;       /* year to date: periods before without any figure count as zero */
    uint32_t year_generation; /* year to date: the generation of years, 1 for roots; 0: not named */
    const char *const *years; /* or the members that are years */
    uint32_t year_count;
    bool is_rounding;
    uint64_t rejects_max;
    qa_load_member_rules_t members;
} qa_load_map_t;

/* Errors: QA_BAD_MAP, QA_NO_MEMORY, QA_LIMIT (QA_MODEL_FILE_BYTES_MAX). */
qa_status_t qa_load_map_parse(qa_load_map_t **map_out, const char *text, size_t bytes,
                              const qa_allocator_t *allocator, qa_error_t *error);
void qa_load_map_close(qa_load_map_t *map); /* accepts NULL */

#endif
