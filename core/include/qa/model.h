/* The model of an app: dimensions, members, hierarchies, accounts, calendars. Reading only; it is changed by
 * intents (qa/intent.h).
 *
 *     const qa_model_t *model = qa_connection_model(connection);
 *     qa_dimension_t account;
 *     qa_member_t net;
 *     qa_model_find_dimension(model, "Account", 7, &account, &error);
 *     qa_model_find_member(model, account, "Net Income", 10, &net, &error);
 *     const qa_member_info_t *info = qa_model_member(model, account, net);
 *
 * Ids are ordinals given by the log in order and never reused: dimensions, members of a dimension,
 * hierarchies of a dimension. Every pointer is borrowed from the model until the read section ends
 * (qa_connection_read_end). Threading: a model that is being read does not change. */
#ifndef QA_MODEL_H
#define QA_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "qa/status.h"
#include "qa/value.h"

typedef uint16_t qa_dimension_t;
typedef uint16_t qa_hierarchy_t; /* 0 is the primary */
typedef uint32_t qa_member_t;

#define QA_MEMBER_NONE ((qa_member_t)UINT32_MAX)
enum { QA_HIERARCHY_PRIMARY = 0 };

typedef struct qa_model qa_model_t;

typedef enum qa_dimension_kind {
    QA_DIMENSION_ORDINARY = 0,
    QA_DIMENSION_MEASURE = 1, /* its members are accounts; an app has at most one */
    QA_DIMENSION_TIME = 2,    /* at most one */
    QA_DIMENSION_SCENARIO = 3 /* at most one */
} qa_dimension_kind_t;

typedef enum qa_time_balance {
    QA_BALANCE_FLOW = 0,
    QA_BALANCE_FIRST = 1,
    QA_BALANCE_LAST = 2,
    QA_BALANCE_AVERAGE = 3
} qa_time_balance_t;
typedef enum qa_time_skip {
    QA_SKIP_MISSING = 0,
    QA_SKIP_NONE = 1,
    QA_SKIP_ZERO = 2,
    QA_SKIP_BOTH = 3
} qa_time_skip_t;
typedef enum qa_sense {
    QA_SENSE_INCOME = 0,
    QA_SENSE_EXPENSE = 1
} qa_sense_t; /* sign for variance: more is good, or bad */

/* What a member of the measure dimension is. */
typedef struct qa_account {
    uint8_t kind;         /* qa_kind_t, not missing; default decimal */
    uint8_t decimals;     /* of a decimal account */
    uint8_t time_balance; /* qa_time_balance_t */
    uint8_t skip;         /* qa_time_skip_t: what first, last and average pass over */
    uint8_t sense;        /* qa_sense_t */
} qa_account_t;

/* How a child goes into its parent. */
typedef enum qa_operator {
    QA_OPERATOR_ADD = '+',
    QA_OPERATOR_SUBTRACT = '-', /* weight × -1 */
    QA_OPERATOR_NONE = '~',     /* shown, weight 0 */
    QA_OPERATOR_NEVER = '^'     /* weight 0 here, and not added up along any other dimension either */
} qa_operator_t;

typedef enum qa_calendar_periods {
    QA_CALENDAR_12 = 0,
    QA_CALENDAR_13 = 1,
    QA_CALENDAR_445 = 2,
    QA_CALENDAR_52_53 = 3
} qa_calendar_periods_t;

typedef struct qa_calendar {
    uint8_t start_month; /* 1..12; 0: the dimension has no calendar */
    uint8_t periods;     /* qa_calendar_periods_t */
} qa_calendar_t;

typedef struct qa_dimension_info {
    const char *name; /* terminated */
    uint32_t name_bytes;
    qa_dimension_kind_t kind;
    qa_member_t default_member; /* what an unnamed dimension means; QA_MEMBER_NONE: it must be named. See
                                   qa_model_default_member for the rule when none is set */
    uint32_t member_count;      /* ids are 0 … member_count - 1, deleted ones included */
    uint16_t hierarchy_count;   /* at least 1 */
    qa_calendar_t calendar;
} qa_dimension_info_t;

typedef struct qa_member_info {
    const char *code; /* terminated; of a deleted member the last one */
    uint32_t code_bytes;
    const char *caption; /* terminated; "" when it has none: show the code */
    uint32_t caption_bytes;
    bool is_deleted;
    bool is_leaf;       /* may hold atoms: in the primary hierarchy and without children there */
    bool is_in_primary; /* false: a group of alternate hierarchies only */
    bool has_days;      /* a period with first and last day */
    uint16_t alias_count;
    uint16_t attribute_count;
    qa_account_t account; /* members of the measure dimension */
    int32_t first_day;    /* days since 1970-01-01, both included */
    int32_t last_day;
} qa_member_info_t;

/* One edge. `weight` is a decimal with `weight_decimals` digits; for + 1, - -1, ~ and ^ 0 unless given. */
typedef struct qa_edge {
    qa_member_t parent; /* QA_MEMBER_NONE: the child is a root */
    qa_member_t child;
    int64_t weight;
    uint8_t weight_decimals;
    uint8_t operator_code; /* qa_operator_t */
    uint32_t order;        /* among the siblings, ascending; ties by child id */
} qa_edge_t;

typedef struct qa_hierarchy_info {
    const char *name; /* terminated; of the primary the dimension's name */
    uint32_t name_bytes;
    bool is_deleted;
    uint32_t root_count;
    uint32_t generation_count; /* depth: 1 for a flat list */
} qa_hierarchy_info_t;

/* The app itself. */
typedef struct qa_app_info {
    const char *title; /* terminated, may be "" */
    uint8_t decimals;  /* of accounts that do not say */
    bool is_zero_missing;
    uint64_t metadata_version; /* offset of the last intent that changed the model */
} qa_app_info_t;

/* The app, its dimensions, a member, a hierarchy. Ids that do not exist are asserted. */
const qa_app_info_t *qa_model_app(const qa_model_t *model);
uint16_t qa_model_dimension_count(const qa_model_t *model);
const qa_dimension_info_t *qa_model_dimension(const qa_model_t *model,
                                              qa_dimension_t dimension); /* asserts the id */
const qa_member_info_t *qa_model_member(const qa_model_t *model, qa_dimension_t dimension,
                                        qa_member_t member);
const qa_hierarchy_info_t *qa_model_hierarchy(const qa_model_t *model, qa_dimension_t dimension,
                                              qa_hierarchy_t hierarchy);
/* Alias and attribute by position, in byte order of the names. */
const char *qa_model_alias(const qa_model_t *model, qa_dimension_t dimension, qa_member_t member,
                           uint16_t index, uint32_t *bytes_out);
const char *qa_model_attribute(const qa_model_t *model, qa_dimension_t dimension, qa_member_t member,
                               uint16_t index, uint32_t *bytes_out, const char **value_out,
                               uint32_t *value_bytes_out);
/* The value of the attribute named so (ignoring case), or NULL. */
const char *qa_model_attribute_value(const qa_model_t *model, qa_dimension_t dimension, qa_member_t member,
                                     const char *name, size_t name_bytes, uint32_t *value_bytes_out);

/* Edges to the children of `parent` in order; QA_MEMBER_NONE gives the roots. NULL and 0 when there are none.
 */
const qa_edge_t *qa_model_children(const qa_model_t *model, qa_dimension_t dimension,
                                   qa_hierarchy_t hierarchy, qa_member_t parent, uint32_t *count_out);
/* The first parent in the hierarchy, QA_MEMBER_NONE for a root or a member outside it. In the primary: the
 * parent. */
qa_member_t qa_model_parent(const qa_model_t *model, qa_dimension_t dimension, qa_hierarchy_t hierarchy,
                            qa_member_t member);
bool qa_model_is_in_hierarchy(const qa_model_t *model, qa_dimension_t dimension, qa_hierarchy_t hierarchy,
                              qa_member_t member);
/* 1 for a root; the shortest way counts. 0: not in the hierarchy. */
uint32_t qa_model_generation(const qa_model_t *model, qa_dimension_t dimension, qa_hierarchy_t hierarchy,
                             qa_member_t member);
/* 0 for a member without children there; else 1 + the highest level of its children. */
uint32_t qa_model_level(const qa_model_t *model, qa_dimension_t dimension, qa_hierarchy_t hierarchy,
                        qa_member_t member);
/* Every member of the hierarchy, parents before children, siblings in order; a shared member once per place.
 * `members_out` is borrowed. */
const qa_member_t *qa_model_preorder(const qa_model_t *model, qa_dimension_t dimension,
                                     qa_hierarchy_t hierarchy, uint32_t *count_out);

/* The member that an unnamed dimension means: the one set; else, for other than time and scenario, the root
 * if there is exactly one; else QA_MEMBER_NONE. */
qa_member_t qa_model_default_member(const qa_model_t *model, qa_dimension_t dimension);

/* Dimensions, hierarchies and members by name, compared without case. */
qa_status_t qa_model_find_dimension(const qa_model_t *model, const char *name, size_t bytes,
                                    qa_dimension_t *dimension_out,
                                    qa_error_t *error); /* QA_DIMENSION_NOT_FOUND with the names there are */
qa_status_t qa_model_find_hierarchy(const qa_model_t *model, qa_dimension_t dimension, const char *name,
                                    size_t bytes, qa_hierarchy_t *hierarchy_out, qa_error_t *error);
/* The look-up of every door, in this order: code; a date within a leaf period's days; alias; caption;
 * "Dimension:Member"; a path "Root/Child/…" of the primary hierarchy. Errors: QA_MEMBER_NOT_FOUND with the
 * nearest names, QA_MEMBER_AMBIGUOUS with the candidates and their unique form. */
qa_status_t qa_model_find_member(const qa_model_t *model, qa_dimension_t dimension, const char *name,
                                 size_t bytes, qa_member_t *member_out, qa_error_t *error);

/* The dimension of that kind, or QA_DIMENSIONS_MAX if the app has none. */
qa_dimension_t qa_model_dimension_of_kind(const qa_model_t *model, qa_dimension_kind_t kind);
/* Caption if there is one, else code; terminated. */
const char *qa_model_label(const qa_model_t *model, qa_dimension_t dimension, qa_member_t member);

#endif
