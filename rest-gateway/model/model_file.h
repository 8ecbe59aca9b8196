/* A model file as structures: what docs/reference/model-file.md describes, read and checked, not yet compared
 * with an app.
 *
 *     qa_model_file_t *file = NULL;
 *     if (qa_model_file_read(&file, text, bytes, &error) != QA_OK) return puts(error.message);
 *     qa_model_plan(model, file, &plan_options, intent, &error);      // model/model_plan.h
 *     qa_model_file_close(file);
 *
 * Everything in the structures is owned by the file and lives until it closes; texts are terminated and in
 * their stored form (qa_name_normalize). A member stands once in `members`; where it stands in hierarchies
 * are `places`. */
#ifndef QA_MODEL_MODEL_FILE_H
#define QA_MODEL_MODEL_FILE_H

#include <stddef.h>

#include "model/model_names.h"
#include "qa/model.h"

/* Whether a key is there: absent keeps what the app has, null removes it. */
typedef enum qa_said { QA_SAID_ABSENT = 0, QA_SAID_NULL = 1, QA_SAID_VALUE = 2 } qa_said_t;

typedef struct qa_file_attribute {
    const char *name;
    const char *value; /* NULL: remove */
} qa_file_attribute_t;

/* -1 in the small fields: the file does not say. */
typedef struct qa_file_member {
    const char *code;
    const char *was;         /* NULL: none; as data_member */
    const char *data_member; /* code of the child that takes the atoms */
    const char *caption;     /* "" when caption_said is QA_SAID_NULL */
    const char *const *aliases;
    const qa_file_attribute_t *attributes;
    uint16_t alias_count;
    uint16_t attribute_count;
    uint8_t caption_said; /* qa_said_t */
    uint8_t aliases_said;
    uint8_t attributes_said;
    uint8_t days_said;
    int8_t kind; /* qa_kind_t */
    int8_t decimals;
    int8_t time_balance;
    int8_t skip;
    int8_t sense;
    bool is_in_primary; /* false: known from alternates only: a group, or a member that the app has already */
    bool has_children;  /* in the primary, or for a group anywhere */
    int32_t first_day;
    int32_t last_day;
    uint32_t hierarchy; /* where it was named first, for messages */
    uint32_t place;
} qa_file_member_t;

#define QA_PLACE_NONE UINT32_MAX

/* One appearance of a member in a hierarchy. */
typedef struct qa_file_place {
    uint32_t member;
    uint32_t parent;   /* index of the place above; QA_PLACE_NONE: a root */
    uint32_t position; /* index in the JSON list */
    int64_t weight;
    uint8_t weight_decimals;
    uint8_t operator_code;
    bool has_children;
} qa_file_place_t;

typedef struct qa_file_hierarchy {
    const char *name; /* NULL for the primary */
    qa_file_place_t *places;
    uint32_t place_count; /* parents before children, siblings in order */
    uint32_t place_capacity;
} qa_file_hierarchy_t;

typedef struct qa_file_dimension {
    const char *name;
    const char *was;
    const char *default_code;
    const char *takes_existing;
    int8_t kind; /* qa_dimension_kind_t */
    uint8_t default_said;
    uint8_t calendar_said;
    uint8_t members_said;
    uint8_t hierarchies_said;
    qa_calendar_t calendar;
    qa_file_member_t *members;
    uint32_t member_count;
    uint32_t member_capacity;
    qa_names_t codes;                 /* key of the code → index in members */
    qa_file_hierarchy_t *hierarchies; /* [0] the primary */
    uint32_t hierarchy_count;
    uint32_t index; /* in the file */
} qa_file_dimension_t;

typedef struct qa_model_file {
    const char *app;
    const char *title; /* NULL: absent */
    int8_t decimals;
    int8_t zero_is_missing;
    qa_file_dimension_t *dimensions;
    uint32_t dimension_count;
    qa_model_arena_t arena;
} qa_model_file_t;

/* Reads the text of a model file. Errors: QA_BAD_MODEL with line and column or with the path, QA_LIMIT,
 * QA_NO_MEMORY.
 */
qa_status_t qa_model_file_read(qa_model_file_t **file_out, const char *text, size_t bytes, qa_error_t *error);
void qa_model_file_close(qa_model_file_t *file); /* accepts NULL */

/* Words of the enumerations, as the file writes them; NULL beyond the last. */
const char *qa_model_word_of_dimension_kind(uint32_t kind);
const char *qa_model_word_of_kind(uint32_t kind);
const char *qa_model_word_of_balance(uint32_t balance);
const char *qa_model_word_of_skip(uint32_t skip);
const char *qa_model_word_of_sense(uint32_t sense);
const char *qa_model_word_of_calendar(uint32_t periods);

/* The JSON path of a place, for messages: "$.dimensions[1].members[0].children[3]". */
enum { QA_PATH_BYTES = 400 };
void qa_model_file_path(const qa_file_dimension_t *dimension, uint32_t hierarchy, uint32_t place,
                        char path_out[QA_PATH_BYTES]);

#endif
