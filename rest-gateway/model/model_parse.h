/* What the files that read a model file share: the place in the JSON, typed look-ups of keys, complaints with
 * a path. Private to model_file.c, model_member.c, model_periods.c and model_json.c. */
#ifndef QA_MODEL_MODEL_PARSE_H
#define QA_MODEL_MODEL_PARSE_H

#include <cjson/cJSON.h>

#include "model/model_file.h"

/* A step of the path: a key, or with key NULL an index. Lives on the stack of the reader. */
typedef struct qa_step {
    const struct qa_step *above;
    const char *key;
    uint32_t index;
} qa_step_t;

typedef struct qa_file_reader {
    qa_model_file_t *file;
    qa_file_dimension_t *dimension;
    qa_error_t *error;
} qa_file_reader_t;

void qa_step_print(const qa_step_t *step, char path_out[QA_PATH_BYTES]);
/* QA_BAD_MODEL with the path in front of the words. */
qa_status_t qa_file_fail(const qa_file_reader_t *reader, const qa_step_t *step, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
qa_status_t qa_file_no_memory(const qa_file_reader_t *reader);

/* Refuses keys that are not in the NULL-terminated list, and keys that are there twice. */
qa_status_t qa_file_check_keys(const qa_file_reader_t *reader, const qa_step_t *step, const cJSON *object,
                               const char *const *known);
/* The value of a key, NULL if absent. */
const cJSON *qa_file_get(const cJSON *object, const char *key);
/* A name: normalized, in the arena. *said_out (NULL: null and absent are refused) tells absent, null and
 * value apart; *text_out stays NULL for the first two. */
qa_status_t qa_file_name(const qa_file_reader_t *reader, const qa_step_t *step, const cJSON *object,
                         const char *key, const char **text_out, uint8_t *said_out);
qa_status_t qa_file_normalize(const qa_file_reader_t *reader, const qa_step_t *step, const char *what,
                              const char *text, const char **text_out);
/* One word of a NULL-terminated list; *index_out keeps its value if the key is absent. */
qa_status_t qa_file_word(const qa_file_reader_t *reader, const qa_step_t *step, const cJSON *object,
                         const char *key, const char *const *words, int8_t *index_out);
/* A whole number from minimum to maximum; *number_out keeps its value if the key is absent. */
qa_status_t qa_file_number(const qa_file_reader_t *reader, const qa_step_t *step, const cJSON *object,
                           const char *key, int minimum, int maximum, int8_t *number_out);

/* Makes room for one more element; the array is on the heap. */
qa_status_t qa_file_grow(const qa_file_reader_t *reader, void **array, uint32_t *capacity, uint32_t count,
                         size_t element_bytes);
/* Adds a place and, if the code is new, a member. */
qa_status_t qa_file_place(const qa_file_reader_t *reader, const qa_step_t *step, uint32_t hierarchy,
                          uint32_t parent, const char *code, uint32_t position, uint32_t *place_out);
/* Reads a list of members below `parent` (model_member.c). */
qa_status_t qa_file_members(const qa_file_reader_t *reader, const qa_step_t *step, const cJSON *list,
                            uint32_t hierarchy, uint32_t parent, uint32_t depth);
/* Reads {"periods": …} and adds the periods as roots (model_periods.c). */
qa_status_t qa_file_periods(const qa_file_reader_t *reader, const qa_step_t *step, const cJSON *object,
                            uint32_t position);

/* QA_CYCLE with the loop in words: `member` stands below `place` again, which is below it. */
qa_status_t qa_file_fail_circle(const qa_file_reader_t *reader, uint32_t hierarchy, uint32_t member,
                                uint32_t place);
/* Checks of the dimension as a whole, when all of it is read (model_check.c). */
qa_status_t qa_file_check_dimension(const qa_file_reader_t *reader);

extern const char *const qa_dimension_kind_words[];
extern const char *const qa_kind_words[];
extern const char *const qa_balance_words[];
extern const char *const qa_skip_words[];
extern const char *const qa_sense_words[];
extern const char *const qa_calendar_words[];

#endif
