/* What the files that parse a map share: the reader's state and typed access to JSON values. */
#ifndef QA_LOAD_MAP_PRIVATE_H
#define QA_LOAD_MAP_PRIVATE_H

#include <cjson/cJSON.h>

#include "load/map.h"

/* The first fault stays; every function returns false from then on. */
typedef struct map_parse {
    qa_load_arena_t *arena;
    qa_error_t *error;
    qa_status_t status;
} map_parse_t;

/* Every function that reads `value` says `where` it stands in its complaint. A value of NULL (the key is not
 * there) leaves the result as it is, and is fine, unless the name says need. */
bool qa_load_map_fail(map_parse_t *parse, const char *format, ...) __attribute__((format(printf, 2, 3)));
void *qa_load_map_take(map_parse_t *parse, size_t count, size_t item_bytes);
/* An object whose keys are all among `known` (blank-separated), each once. */
bool qa_load_map_keys(map_parse_t *parse, const cJSON *object, const char *where, const char *known);
bool qa_load_map_text(map_parse_t *parse, const cJSON *value, const char *where, const char **text_out);
bool qa_load_map_boolean(map_parse_t *parse, const cJSON *value, const char *where, bool *truth_out);
bool qa_load_map_number(map_parse_t *parse, const cJSON *value, const char *where, uint64_t value_max,
                        uint64_t *number_out);
/* One of blank-separated words; the result is its position. */
bool qa_load_map_choice(map_parse_t *parse, const cJSON *value, const char *where, const char *words,
                        uint32_t *position_out);
/* A column's name, or "#3" for the number 3. */
bool qa_load_map_column(map_parse_t *parse, const cJSON *value, const char *where, const char **column_out);
/* An object of texts (and the numbers 1 and -1). */
bool qa_load_map_pairs(map_parse_t *parse, const cJSON *value, const char *where,
                       const qa_load_pair_t **pairs_out, uint32_t *count_out);
/* A column, or an object with one source; keys of rules beside it were checked before. */
bool qa_load_map_source(map_parse_t *parse, const cJSON *value, const char *where,
                        qa_load_text_source_t *source_out);
bool qa_load_map_attributes(map_parse_t *parse, const cJSON *value, const char *where,
                            const qa_load_attribute_t **attributes_out, uint32_t *count_out);
/* The source keys of an object: exactly one, or none if the result's `from` stays QA_LOAD_FROM_NOTHING. */
bool qa_load_map_source_keys(map_parse_t *parse, const cJSON *object, const char *where,
                             qa_load_text_source_t *source_out);

bool qa_load_map_rule(map_parse_t *parse, const cJSON *value, const char *dimension,
                      qa_load_rule_t *rule_out);
bool qa_load_map_members(map_parse_t *parse, const cJSON *object, qa_load_member_rules_t *members_out);

#endif
