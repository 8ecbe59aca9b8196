/* The plan: app options, dimensions, and which member of the file is which of the app; then the parts in
 * model_plan_member.c and model_plan_hierarchy.c. Order of the operations: app, dimension, aliases given up,
 * renames, new members, properties, hierarchies, deletions, new aliases, default member, so that each finds
 * what it needs and a name is free before another member takes it. */
#include "model/model_plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/model_plan_parts.h"
#include "qa/limits.h"

/* Members that exchange their codes in one circle. */
enum { EXCHANGE_STEPS_MAX = 100 };

void qa_plan_say(qa_model_planner_t *plan, const qa_model_change_t *change)
{
    qa_model_change_t said = *change;
    if (said.dimension == NULL) said.dimension = "";
    if (said.hierarchy == NULL) said.hierarchy = "";
    if (said.subject == NULL) said.subject = "";
    if (said.what == NULL) said.what = "";
    if (said.before == NULL) said.before = "";
    if (said.behind == NULL) said.behind = "";
    if (said.verb != QA_CHANGE_KEEP) plan->change_count++;
    if (plan->options->report != NULL) plan->options->report(plan->options->context, &said);
}

qa_status_t qa_plan_fail_intent(qa_model_planner_t *plan, qa_status_t status, const char *what)
{
    return qa_model_fail(plan->error, status, "%s cannot be written into the intent: %s", what,
                         qa_status_info(status)->text);
}

qa_status_t qa_plan_no_memory(qa_model_planner_t *plan)
{
    return qa_model_fail(plan->error, QA_NO_MEMORY, "out of memory while the model is compared");
}

qa_status_t qa_plan_fail_member(qa_model_planner_t *plan, const qa_plan_dimension_t *dimension,
                                uint32_t member, qa_status_t status, const char *words)
{
    const qa_file_member_t *source = &dimension->file->members[member];
    char path[QA_PATH_BYTES];
    qa_model_file_path(dimension->file, source->hierarchy, source->place, path);
    return qa_model_fail(plan->error, status, "%s: \"%s\" %s", path, source->code, words);
}

const char *qa_plan_code(const qa_model_planner_t *plan, const qa_plan_dimension_t *dimension,
                         qa_member_t member)
{
    if (member == QA_MEMBER_NONE) return "(root)";
    if ((member & QA_NEW) == 0) {
        uint32_t file_member = dimension->file_of[member];
        if (file_member != UINT32_MAX) return dimension->file->members[file_member].code;
        return qa_model_member(plan->model, dimension->id, member)->code;
    }
    for (uint32_t i = 0; i < dimension->file->member_count; i++) {
        if (dimension->ids[i] == member) return dimension->file->members[i].code;
    }
    return "";
}

static qa_status_t plan_app(qa_model_planner_t *plan)
{
    static const qa_app_info_t empty = { .title = "", .decimals = 2 };
    const qa_model_file_t *file = plan->file;
    const qa_app_info_t *app = plan->model == NULL ? &empty : qa_model_app(plan->model);
    const bool is_pruned = plan->options->is_pruned;
    const char *title = file->title != NULL ? file->title : is_pruned ? "" : app->title;
    uint8_t decimals = file->decimals >= 0 ? (uint8_t)file->decimals : is_pruned ? 2 : app->decimals;
    bool is_zero_missing =
        file->zero_is_missing >= 0 ? file->zero_is_missing == 1 : !is_pruned && app->is_zero_missing;
    char before[8];
    char behind[8];
    qa_status_t status = QA_OK;
    if (strcmp(title, app->title) != 0) {
        status = qa_intent_set_title(plan->intent, title, strlen(title));
        qa_plan_say(plan,
                    &(qa_model_change_t){
                        .verb = QA_CHANGE_CHANGE, .what = "title", .before = app->title, .behind = title });
    }
    if (status == QA_OK && decimals != app->decimals) {
        status = qa_intent_set_decimals(plan->intent, decimals);
        snprintf(before, sizeof(before), "%u", app->decimals);
        snprintf(behind, sizeof(behind), "%u", decimals);
        qa_plan_say(plan,
                    &(qa_model_change_t){
                        .verb = QA_CHANGE_CHANGE, .what = "decimals", .before = before, .behind = behind });
    }
    if (status == QA_OK && is_zero_missing != app->is_zero_missing) {
        status = qa_intent_set_zero_is_missing(plan->intent, is_zero_missing);
        qa_plan_say(plan, &(qa_model_change_t){ .verb = QA_CHANGE_CHANGE,
                                                .what = "zero_is_missing",
                                                .before = is_zero_missing ? "false" : "true",
                                                .behind = is_zero_missing ? "true" : "false" });
    }
    plan->decimals = decimals;
    return status == QA_OK ? QA_OK : qa_plan_fail_intent(plan, status, "an option of the app");
}

/* --- dimensions --- */

static bool find_dimension(const qa_model_t *model, const char *name, qa_dimension_t *id_out)
{
    for (uint16_t d = 0; model != NULL && name != NULL && d < qa_model_dimension_count(model); d++) {
        if (qa_names_equal(qa_model_dimension(model, d)->name, name)) {
            *id_out = d;
            return true;
        }
    }
    return false;
}

/* The leaf that a new dimension begins with: the one named, else the first one. */
static qa_status_t find_first_leaf(qa_model_planner_t *plan, const qa_file_dimension_t *file,
                                   uint32_t *member_out)
{
    const qa_file_hierarchy_t *primary = &file->hierarchies[0];
    if (primary->place_count == 0) {
        return qa_model_fail(plan->error, QA_BAD_MODEL,
                             "$.dimensions[%u]: the new dimension \"%s\" needs members", file->index,
                             file->name);
    }
    if (file->takes_existing != NULL) {
        *member_out = qa_names_find(&file->codes, file->takes_existing);
        if (*member_out == QA_NAMES_NONE || file->members[*member_out].has_children ||
            !file->members[*member_out].is_in_primary) {
            return qa_model_fail(plan->error, QA_BAD_MODEL,
                                 "$.dimensions[%u].takes_existing: \"%s\" is not a leaf of \"%s\"",
                                 file->index, file->takes_existing, file->name);
        }
        return QA_OK;
    }
    if (plan->options->has_atoms && !plan->options->is_diff) {
        return qa_model_fail(
            plan->error, QA_BAD_MODEL,
            "$.dimensions[%u]: the app has values; name the leaf of \"%s\" that gets them with "
            "\"takes_existing\"",
            file->index, file->name);
    }
    for (uint32_t i = 0; i < primary->place_count; i++) {
        *member_out = primary->places[i].member;
        if (!primary->places[i].has_children) break;
    }
    return QA_OK;
}

static qa_status_t add_dimension(qa_model_planner_t *plan, qa_plan_dimension_t *dimension,
                                 uint32_t *first_out)
{
    const qa_file_dimension_t *file = dimension->file;
    qa_member_t first_id = 0;
    dimension->is_new = true;
    dimension->kind = file->kind < 0 ? QA_DIMENSION_ORDINARY : (qa_dimension_kind_t)file->kind;
    qa_status_t status = find_first_leaf(plan, file, first_out);
    if (status != QA_OK) return status;
    const char *code = file->members[*first_out].code;
    status = qa_intent_add_dimension(plan->intent, file->name, strlen(file->name), dimension->kind, code,
                                     strlen(code), &dimension->id, &first_id);
    if (status != QA_OK) return qa_plan_fail_intent(plan, status, "a dimension");
    dimension->ids[*first_out] = first_id;
    dimension->created[*first_out] = 1;
    qa_plan_say(plan, &(qa_model_change_t){ .verb = QA_CHANGE_ADD,
                                            .dimension = file->name,
                                            .behind = qa_model_word_of_dimension_kind(dimension->kind) });
    return QA_OK;
}

static qa_status_t keep_dimension(qa_model_planner_t *plan, qa_plan_dimension_t *dimension)
{
    const qa_file_dimension_t *file = dimension->file;
    const qa_dimension_info_t *info = qa_model_dimension(plan->model, dimension->id);
    dimension->kind = info->kind;
    dimension->model_count = info->member_count;
    if (strcmp(info->name, file->name) != 0) {
        qa_status_t status =
            qa_intent_rename_dimension(plan->intent, dimension->id, file->name, strlen(file->name));
        if (status != QA_OK) return qa_plan_fail_intent(plan, status, "a name");
        qa_plan_say(plan, &(qa_model_change_t){ .verb = QA_CHANGE_CHANGE,
                                                .dimension = info->name,
                                                .what = "name",
                                                .before = info->name,
                                                .behind = file->name });
    }
    if (file->kind < 0 ? !plan->options->is_pruned : (qa_dimension_kind_t)file->kind == info->kind)
        return QA_OK;
    const char *wanted = qa_model_word_of_dimension_kind(file->kind < 0 ? 0 : (uint32_t)file->kind);
    if (file->kind < 0 && info->kind == QA_DIMENSION_ORDINARY) return QA_OK;
    if (!plan->options->is_diff) {
        return qa_model_fail(
            plan->error, QA_KIND_FIXED,
            "$.dimensions[%u].kind: \"%s\" is of kind %s; the kind of a dimension cannot change", file->index,
            info->name, qa_model_word_of_dimension_kind(info->kind));
    }
    qa_plan_say(plan, &(qa_model_change_t){ .verb = QA_CHANGE_CHANGE,
                                            .dimension = info->name,
                                            .what = "kind",
                                            .before = qa_model_word_of_dimension_kind(info->kind),
                                            .behind = wanted });
    return QA_OK;
}

/* --- members --- */

static qa_status_t index_model_members(qa_model_planner_t *plan, qa_plan_dimension_t *dimension)
{
    for (qa_member_t m = 0; m < dimension->model_count; m++) {
        const qa_member_info_t *info = qa_model_member(plan->model, dimension->id, m);
        uint32_t value = m;
        dimension->file_of[m] = UINT32_MAX;
        if (info->is_deleted) continue;
        qa_status_t status = qa_names_add(&dimension->codes, &plan->arena, info->code, &value);
        if (status == QA_NO_MEMORY) return qa_plan_no_memory(plan);
    }
    return QA_OK;
}

static qa_status_t add_member(qa_model_planner_t *plan, qa_plan_dimension_t *dimension, uint32_t index,
                              uint32_t *created)
{
    const qa_file_member_t *member = &dimension->file->members[index];
    bool is_group = !member->is_in_primary;
    if (is_group && !member->has_children) {
        return qa_plan_fail_member(
            plan, dimension, index, QA_BAD_MODEL,
            "is not a member of the primary hierarchy; to be a group it needs children");
    }
    qa_status_t status = qa_intent_add_member(plan->intent, dimension->id, member->code, strlen(member->code),
                                              is_group, &dimension->ids[index]);
    if (status != QA_OK) return qa_plan_fail_intent(plan, status, "a member");
    dimension->created[index] = ++*created;
    return QA_OK;
}

/* Gives a member of the model to one of the file. */
static qa_status_t claim(qa_model_planner_t *plan, qa_plan_dimension_t *dimension, uint32_t index,
                         qa_member_t id)
{
    if (dimension->file_of[id] != UINT32_MAX) {
        return qa_plan_fail_member(plan, dimension, index, QA_BAD_MODEL,
                                   "and another member both claim one member");
    }
    dimension->ids[index] = id;
    dimension->file_of[id] = index;
    dimension->is_kept[index] = true;
    if (strcmp(qa_model_member(plan->model, dimension->id, id)->code, dimension->file->members[index].code) !=
        0) {
        dimension->renames[dimension->rename_count++] = index;
    }
    return QA_OK;
}

/* Follows `was` from a member whose code the app does not have. The member it renames may leave its code to
 * another of the file, which may be a renamed one too: A was B, B was C. Noted in the order in which codes
 * become free. */
static qa_status_t claim_earlier_codes(qa_model_planner_t *plan, qa_plan_dimension_t *dimension,
                                       uint32_t index)
{
    const qa_file_dimension_t *file = dimension->file;
    qa_status_t status = QA_OK;
    while (status == QA_OK && index != QA_NAMES_NONE && !dimension->is_kept[index] &&
           file->members[index].was != NULL) {
        uint32_t id = qa_names_find(&dimension->codes, file->members[index].was);
        if (id == QA_NAMES_NONE) break;
        status = claim(plan, dimension, index, id);
        index = qa_names_find(&file->codes, qa_model_member(plan->model, dimension->id, id)->code);
    }
    return status;
}

/* A was B and B was A, and the app has both: whether they were exchanged already cannot be told. */
static qa_status_t check_exchange(qa_model_planner_t *plan, const qa_plan_dimension_t *dimension,
                                  uint32_t index)
{
    const qa_file_dimension_t *file = dimension->file;
    uint32_t at = index;
    for (uint32_t steps = 0; steps < EXCHANGE_STEPS_MAX; steps++) {
        const char *was = file->members[at].was;
        if (was == NULL || qa_names_equal(was, file->members[at].code)) return QA_OK;
        if (qa_names_find(&dimension->codes, was) == QA_NAMES_NONE) return QA_OK;
        at = qa_names_find(&file->codes, was);
        if (at == QA_NAMES_NONE) return QA_OK;
        if (at != index) continue;
        return qa_plan_fail_member(
            plan, dimension, index, QA_BAD_MODEL,
            "exchanges its code with another member by \"was\", and the app has both codes: it cannot be "
            "told "
            "whether that was done already; rename one to a third code first, in a file of its own");
    }
    return QA_OK;
}

/* Which member of the file is which of the app; writes no operations. */
static qa_status_t match_members(qa_model_planner_t *plan, qa_plan_dimension_t *dimension)
{
    const qa_file_dimension_t *file = dimension->file;
    qa_status_t status = QA_OK;
    for (uint32_t i = 0; i < file->member_count && status == QA_OK; i++) {
        if (qa_names_find(&dimension->codes, file->members[i].code) == QA_NAMES_NONE) {
            status = claim_earlier_codes(plan, dimension, i);
        }
    }
    for (uint32_t i = 0; i < file->member_count && status == QA_OK; i++) {
        uint32_t id = qa_names_find(&dimension->codes, file->members[i].code);
        if (dimension->is_kept[i] || id == QA_NAMES_NONE || dimension->file_of[id] != UINT32_MAX) continue;
        status = claim(plan, dimension, i, id);
        if (status == QA_OK && !plan->options->is_diff) status = check_exchange(plan, dimension, i);
    }
    return status;
}

static qa_status_t rename_members(qa_model_planner_t *plan, const qa_plan_dimension_t *dimension)
{
    for (uint32_t i = 0; i < dimension->rename_count; i++) {
        const qa_member_t id = dimension->ids[dimension->renames[i]];
        const char *code = dimension->file->members[dimension->renames[i]].code;
        const char *before = qa_model_member(plan->model, dimension->id, id)->code;
        qa_status_t status = qa_intent_rename_member(plan->intent, dimension->id, id, code, strlen(code));
        if (status != QA_OK) return qa_plan_fail_intent(plan, status, "a code");
        qa_plan_say(plan, &(qa_model_change_t){ .verb = QA_CHANGE_CHANGE,
                                                .dimension = dimension->file->name,
                                                .subject = before,
                                                .what = "code",
                                                .before = before,
                                                .behind = code });
    }
    return QA_OK;
}

/* Names are given up before others take them: aliases, then codes, then what is new. */
static qa_status_t plan_members(qa_model_planner_t *plan, qa_plan_dimension_t *dimension)
{
    uint32_t created = dimension->is_new ? 1 : 0;
    qa_status_t status = dimension->is_new ? QA_OK : match_members(plan, dimension);
    if (status == QA_OK) status = qa_plan_free_aliases(plan, dimension);
    if (status == QA_OK) status = rename_members(plan, dimension);
    for (uint32_t i = 0; i < dimension->file->member_count && status == QA_OK; i++) {
        if (dimension->is_kept[i] || dimension->created[i] != 0) continue;
        status = add_member(plan, dimension, i, &created);
    }
    return status;
}

/* --- default member and calendar --- */

static qa_status_t plan_default(qa_model_planner_t *plan, const qa_plan_dimension_t *dimension)
{
    const qa_file_dimension_t *file = dimension->file;
    qa_member_t before =
        dimension->is_new ? QA_MEMBER_NONE : qa_model_dimension(plan->model, dimension->id)->default_member;
    qa_member_t wanted = before;
    if (file->default_said == QA_SAID_VALUE) {
        uint32_t index = qa_names_find(&file->codes, file->default_code);
        wanted = index != QA_NAMES_NONE ? dimension->ids[index]
                                        : qa_names_find(&dimension->codes, file->default_code);
        if (wanted == QA_NAMES_NONE) {
            return qa_model_fail(plan->error, QA_BAD_MODEL,
                                 "$.dimensions[%u].default: \"%s\" has no member \"%s\"", file->index,
                                 file->name, file->default_code);
        }
    } else if (file->default_said == QA_SAID_NULL || plan->options->is_pruned) {
        wanted = QA_MEMBER_NONE;
    }
    if (wanted == before) return QA_OK;
    qa_status_t status = qa_intent_set_default_member(plan->intent, dimension->id, wanted);
    if (status != QA_OK) return qa_plan_fail_intent(plan, status, "a default member");
    if (dimension->is_new) return QA_OK;
    qa_plan_say(plan, &(qa_model_change_t){
                          .verb = QA_CHANGE_CHANGE,
                          .dimension = file->name,
                          .what = "default member",
                          .before = before == QA_MEMBER_NONE ? "" : qa_plan_code(plan, dimension, before),
                          .behind = wanted == QA_MEMBER_NONE ? "" : qa_plan_code(plan, dimension, wanted) });
    return QA_OK;
}

static void print_calendar(qa_calendar_t calendar, char text_out[48])
{
    text_out[0] = 0;
    if (calendar.start_month == 0) return;
    snprintf(text_out, 48, "%s from month %u", qa_model_word_of_calendar(calendar.periods),
             calendar.start_month);
}

static qa_status_t plan_calendar(qa_model_planner_t *plan, const qa_plan_dimension_t *dimension)
{
    const qa_file_dimension_t *file = dimension->file;
    qa_calendar_t before = { 0 };
    qa_calendar_t wanted = { 0 };
    char before_text[48];
    char wanted_text[48];
    if (!dimension->is_new) before = qa_model_dimension(plan->model, dimension->id)->calendar;
    if (file->calendar_said == QA_SAID_VALUE) wanted = file->calendar;
    if (file->calendar_said == QA_SAID_ABSENT && !plan->options->is_pruned) wanted = before;
    if (wanted.start_month == before.start_month &&
        (wanted.start_month == 0 || wanted.periods == before.periods)) {
        return QA_OK;
    }
    if (dimension->kind != QA_DIMENSION_TIME && wanted.start_month != 0) {
        return qa_model_fail(plan->error, QA_BAD_MODEL,
                             "$.dimensions[%u].calendar: only a dimension of kind time has a calendar",
                             file->index);
    }
    qa_status_t status = qa_intent_set_calendar(plan->intent, dimension->id, wanted);
    if (status != QA_OK) return qa_plan_fail_intent(plan, status, "a calendar");
    if (dimension->is_new) return QA_OK;
    print_calendar(before, before_text);
    print_calendar(wanted, wanted_text);
    qa_plan_say(plan, &(qa_model_change_t){ .verb = QA_CHANGE_CHANGE,
                                            .dimension = file->name,
                                            .what = "calendar",
                                            .before = before_text,
                                            .behind = wanted_text });
    return QA_OK;
}

/* --- together --- */

static qa_status_t plan_parts(qa_model_planner_t *plan, qa_plan_dimension_t *dimension)
{
    uint32_t first = 0;
    qa_status_t status =
        dimension->is_new ? add_dimension(plan, dimension, &first) : keep_dimension(plan, dimension);
    if (status == QA_OK) status = plan_members(plan, dimension);
    if (status == QA_OK) status = plan_calendar(plan, dimension);
    if (status == QA_OK) status = qa_plan_properties(plan, dimension);
    if (status == QA_OK) status = qa_plan_hierarchies(plan, dimension);
    if (status == QA_OK) status = qa_plan_add_aliases(plan, dimension);
    if (status == QA_OK) status = plan_default(plan, dimension);
    return status;
}

static qa_status_t plan_dimension(qa_model_planner_t *plan, const qa_file_dimension_t *file, bool *is_named)
{
    qa_plan_dimension_t dimension = { .file = file };
    qa_status_t status = QA_OK;
    dimension.is_new = !find_dimension(plan->model, file->name, &dimension.id) &&
                       !find_dimension(plan->model, file->was, &dimension.id);
    if (!dimension.is_new) {
        if (is_named[dimension.id]) {
            return qa_model_fail(plan->error, QA_BAD_MODEL,
                                 "$.dimensions[%u]: two dimensions claim to be \"%s\"", file->index,
                                 qa_model_dimension(plan->model, dimension.id)->name);
        }
        is_named[dimension.id] = true;
        dimension.model_count = qa_model_dimension(plan->model, dimension.id)->member_count;
    }
    dimension.ids = calloc((size_t)file->member_count + 1, sizeof(*dimension.ids));
    dimension.created = calloc((size_t)file->member_count + 1, sizeof(*dimension.created));
    dimension.file_of = calloc((size_t)dimension.model_count + 1, sizeof(*dimension.file_of));
    dimension.is_kept = calloc((size_t)file->member_count + 1, sizeof(*dimension.is_kept));
    dimension.renames = calloc((size_t)file->member_count + 1, sizeof(*dimension.renames));
    if (dimension.ids == NULL || dimension.created == NULL || dimension.file_of == NULL ||
        dimension.is_kept == NULL || dimension.renames == NULL) {
        status = qa_plan_no_memory(plan);
    }
    if (status == QA_OK && !dimension.is_new) status = index_model_members(plan, &dimension);
    if (status == QA_OK) status = plan_parts(plan, &dimension);
    free(dimension.ids);
    free(dimension.created);
    free(dimension.file_of);
    free(dimension.is_kept);
    free(dimension.renames);
    qa_names_close(&dimension.codes);
    return status;
}

qa_status_t qa_model_plan(const qa_model_t *model, const qa_model_file_t *file,
                          const qa_model_plan_options_t *options, qa_intent_t *intent,
                          uint32_t *change_count_out, qa_error_t *error)
{
    qa_model_planner_t plan = {
        .model = model, .file = file, .options = options, .intent = intent, .error = error
    };
    bool is_named[QA_DIMENSIONS_MAX] = { false };
    *change_count_out = 0;
    *error = (qa_error_t){ .status = QA_OK };
    qa_status_t status = plan_app(&plan);
    for (uint32_t d = 0; d < file->dimension_count && status == QA_OK; d++) {
        status = plan_dimension(&plan, &file->dimensions[d], is_named);
    }
    for (uint16_t d = 0; status == QA_OK && model != NULL && d < qa_model_dimension_count(model); d++) {
        if (is_named[d]) continue;
        qa_plan_say(&plan, &(qa_model_change_t){ .verb = options->is_diff ? QA_CHANGE_DELETE : QA_CHANGE_KEEP,
                                                 .dimension = qa_model_dimension(model, d)->name });
    }
    *change_count_out = plan.change_count;
    qa_model_release(&plan.arena);
    return status;
}
