/* The table of functions and its look-ups. All of it is functions.def. */
#include "value/function.h"

#include <string.h>

#include "qa/sql.h"
#include "qa/text.h"
#include "value/compute.h"
#include "value/result.h"

static const qa_sql_function_t functions[] = {
#define QA_SQL_FUNCTION(ID, NAME, GROUP, RULES, MINIMUM, MAXIMUM, FORM, RESULT, COMPUTE, SUMMARY)            \
    { QA_SQL_F_##ID,                                                                                         \
      NAME,                                                                                                  \
      GROUP,                                                                                                 \
      RULES,                                                                                                 \
      (MINIMUM),                                                                                             \
      (MAXIMUM),                                                                                             \
      QA_SQL_##FORM,                                                                                         \
      qa_sql_result_##RESULT,                                                                                \
      qa_sql_compute_##COMPUTE,                                                                              \
      SUMMARY },
#define QA_SQL_ALIAS(NAME, ID, GROUP, SUMMARY)
#include "value/functions.def"
#undef QA_SQL_FUNCTION
#undef QA_SQL_ALIAS
};

typedef struct listed_name {
    qa_sql_function_info_t info;
    qa_sql_function_id_t id;
} listed_name_t;

static const listed_name_t names[] = {
#define QA_SQL_FUNCTION(ID, NAME, GROUP, RULES, MINIMUM, MAXIMUM, FORM, RESULT, COMPUTE, SUMMARY)            \
    { { NAME, GROUP, SUMMARY }, QA_SQL_F_##ID },
#define QA_SQL_ALIAS(NAME, ID, GROUP, SUMMARY) { { NAME, GROUP, SUMMARY }, QA_SQL_F_##ID },
#include "value/functions.def"
#undef QA_SQL_FUNCTION
#undef QA_SQL_ALIAS
};
enum { NAME_COUNT = sizeof(names) / sizeof(names[0]) };

static bool is_same_name(const char *name, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        const char letter = text[i] >= 'a' && text[i] <= 'z' ? (char)(text[i] - 32) : text[i];
        if (name[i] == '\0' || name[i] != letter) return false;
    }
    return name[bytes] == '\0';
}

const qa_sql_function_t *qa_sql_function_of(qa_sql_function_id_t id)
{
    return &functions[id];
}

const qa_sql_function_t *qa_sql_function_find(const char *name, size_t bytes)
{
    for (uint32_t i = 0; i < NAME_COUNT; i++) {
        if (is_same_name(names[i].info.name, name, bytes)) return &functions[names[i].id];
    }
    return NULL;
}

const char *qa_sql_function_nearest(const char *name, size_t bytes)
{
    enum { NAME_BYTES_MAX = 40, DISTANCE_MAX = 2 };
    char upper[NAME_BYTES_MAX];
    const char *nearest = NULL;
    uint32_t least = DISTANCE_MAX + 1;
    if (bytes > NAME_BYTES_MAX) return NULL;
    for (size_t i = 0; i < bytes; i++)
        upper[i] = name[i] >= 'a' && name[i] <= 'z' ? (char)(name[i] - 32) : name[i];
    for (uint32_t i = 0; i < NAME_COUNT; i++) {
        const char *const other = names[i].info.name;
        const size_t other_bytes = strlen(other);
        if (other_bytes < 2 || strcmp(names[i].info.group, "operator") == 0) continue;
        const uint32_t distance = qa_name_distance(upper, bytes, other, other_bytes, DISTANCE_MAX);
        if (distance >= least) continue;
        least = distance;
        nearest = other;
    }
    return nearest;
}

const qa_sql_function_info_t *qa_sql_function(uint32_t index)
{
    return index < NAME_COUNT ? &names[index].info : NULL;
}
