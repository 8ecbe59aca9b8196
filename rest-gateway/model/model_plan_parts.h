/* What the files of the plan share. Private to model_plan*.c. */
#ifndef QA_MODEL_MODEL_PLAN_PARTS_H
#define QA_MODEL_MODEL_PLAN_PARTS_H

#include "model/model_plan.h"

typedef struct qa_model_planner {
    const qa_model_t *model; /* NULL: empty */
    const qa_model_file_t *file;
    const qa_model_plan_options_t *options;
    qa_intent_t *intent;
    qa_error_t *error;
    uint32_t change_count;
    uint8_t decimals; /* of the app, as they will be */
    qa_model_arena_t arena;
} qa_model_planner_t;

typedef struct qa_plan_dimension {
    const qa_file_dimension_t *file;
    bool is_new;
    qa_dimension_t id;
    qa_dimension_kind_t kind;
    uint32_t model_count; /* members that the model has, deleted ones included */
    qa_member_t *ids;     /* per member of the file; with QA_NEW for new ones */
    uint32_t *file_of;    /* per member of the model: index in the file, or UINT32_MAX */
    uint32_t *created;    /* per member of the file: when it was added, from 1; 0: the model has it */
    bool *is_kept;        /* per member of the file: the model has it */
    uint32_t *renames;    /* members of the file to rename, in this order */
    uint32_t rename_count;
    qa_names_t codes; /* key of the code → member of the model */
} qa_plan_dimension_t;

void qa_plan_say(qa_model_planner_t *plan, const qa_model_change_t *change);
/* The intent's failure in words. */
qa_status_t qa_plan_fail_intent(qa_model_planner_t *plan, qa_status_t status, const char *what);
qa_status_t qa_plan_no_memory(qa_model_planner_t *plan);
qa_status_t qa_plan_fail_member(qa_model_planner_t *plan, const qa_plan_dimension_t *dimension,
                                uint32_t member, qa_status_t status, const char *words);

/* Code of a member of the model or of the file; "(root)" for QA_MEMBER_NONE. */
const char *qa_plan_code(const qa_model_planner_t *plan, const qa_plan_dimension_t *dimension,
                         qa_member_t member);

qa_status_t qa_plan_properties(qa_model_planner_t *plan, const qa_plan_dimension_t *dimension);
/* Aliases that go, or go to another member: before anything takes a name. */
qa_status_t qa_plan_free_aliases(qa_model_planner_t *plan, const qa_plan_dimension_t *dimension);
/* Aliases that come: when every name that the file wants free is free. */
qa_status_t qa_plan_add_aliases(qa_model_planner_t *plan, const qa_plan_dimension_t *dimension);
qa_status_t qa_plan_hierarchies(qa_model_planner_t *plan, const qa_plan_dimension_t *dimension);

#endif
