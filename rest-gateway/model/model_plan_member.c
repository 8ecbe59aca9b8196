/* The plan's part for what members say about themselves: captions, aliases, attributes, accounts, days. A new
 * member is reported as a whole, in model_plan_hierarchy.c, where its parent is known; here only its
 * operations are written. */
#include <stdio.h>
#include <string.h>

#include "model/model_plan_parts.h"
#include "qa/limits.h"
#include "qa/number.h"

typedef struct subject {
    qa_model_planner_t *plan;
    const qa_plan_dimension_t *dimension;
    const qa_file_member_t *file;
    const qa_member_info_t *info; /* NULL: a new member */
    uint32_t index;
    qa_member_t id;
} subject_t;

static void say(const subject_t *subject, const char *what, const char *before, const char *behind)
{
    if (subject->info == NULL) return;
    qa_plan_say(subject->plan, &(qa_model_change_t){ .verb = QA_CHANGE_CHANGE,
                                                     .dimension = subject->dimension->file->name,
                                                     .subject = subject->file->code,
                                                     .what = what,
                                                     .before = before,
                                                     .behind = behind });
}

static qa_status_t plan_caption(const subject_t *subject)
{
    qa_model_planner_t *plan = subject->plan;
    const char *before = subject->info == NULL ? "" : subject->info->caption;
    const char *wanted = subject->file->caption;
    if (subject->file->caption_said == QA_SAID_ABSENT && !plan->options->is_pruned) return QA_OK;
    if (strcmp(before, wanted) == 0) return QA_OK;
    say(subject, "caption", before, wanted);
    return qa_intent_set_caption(plan->intent, subject->dimension->id, subject->id, wanted, strlen(wanted));
}

static qa_status_t set_attribute(const subject_t *subject, const char *name, const char *before,
                                 const char *wanted)
{
    char what[QA_NAME_BYTES_MAX + 16];
    snprintf(what, sizeof(what), "attribute %s", name);
    say(subject, what, before == NULL ? "" : before, wanted == NULL ? "" : wanted);
    return qa_intent_set_attribute(subject->plan->intent, subject->dimension->id, subject->id, name,
                                   strlen(name), wanted, wanted == NULL ? 0 : strlen(wanted));
}

static qa_status_t plan_attributes(const subject_t *subject)
{
    qa_model_planner_t *plan = subject->plan;
    const qa_dimension_t id = subject->dimension->id;
    const qa_file_member_t *file = subject->file;
    qa_status_t status = QA_OK;
    bool is_whole = plan->options->is_pruned || file->attributes_said == QA_SAID_NULL;
    for (uint32_t k = 0; k < file->attribute_count && status == QA_OK; k++) {
        const qa_file_attribute_t *wanted = &file->attributes[k];
        uint32_t bytes = 0;
        const char *before = NULL;
        const char *copy = NULL;
        if (subject->info != NULL) {
            before = qa_model_attribute_value(plan->model, id, subject->id, wanted->name,
                                              strlen(wanted->name), &bytes);
        }
        if (before == NULL && wanted->value == NULL) continue;
        if (before != NULL && wanted->value != NULL && strlen(wanted->value) == bytes &&
            memcmp(before, wanted->value, bytes) == 0) {
            continue;
        }
        if (before != NULL) {
            copy = qa_model_text(&plan->arena, before, bytes);
            if (copy == NULL) return QA_NO_MEMORY;
        }
        status = set_attribute(subject, wanted->name, copy, wanted->value);
    }
    uint16_t count = subject->info == NULL || !is_whole ? 0 : subject->info->attribute_count;
    for (uint16_t i = 0; i < count && status == QA_OK; i++) {
        uint32_t bytes = 0;
        uint32_t value_bytes = 0;
        const char *value = NULL;
        const char *name = qa_model_attribute(plan->model, id, subject->id, i, &bytes, &value, &value_bytes);
        const char *copy = qa_model_text(&plan->arena, name, bytes);
        const char *value_copy = qa_model_text(&plan->arena, value, value_bytes);
        bool is_named = false;
        if (copy == NULL || value_copy == NULL) return QA_NO_MEMORY;
        for (uint32_t k = 0; k < file->attribute_count; k++) {
            is_named = is_named || qa_names_equal(file->attributes[k].name, copy);
        }
        if (!is_named) status = set_attribute(subject, copy, value_copy, NULL);
    }
    return status;
}

static void print_account(const qa_account_t *account, char text_out[96])
{
    const char *kind = qa_model_word_of_kind(account->kind);
    char decimals[16] = "";
    if (account->kind == QA_KIND_DECIMAL)
        snprintf(decimals, sizeof(decimals), " %u decimals", account->decimals);
    snprintf(text_out, 96, "%s%s, %s, skip %s, %s", kind == NULL ? "?" : kind, decimals,
             qa_model_word_of_balance(account->time_balance), qa_model_word_of_skip(account->skip),
             qa_model_word_of_sense(account->sense));
}

static qa_status_t plan_account(const subject_t *subject)
{
    qa_model_planner_t *plan = subject->plan;
    const qa_file_member_t *file = subject->file;
    const qa_account_t fresh = { .kind = QA_KIND_DECIMAL, .decimals = plan->decimals };
    qa_account_t before = subject->info == NULL ? fresh : subject->info->account;
    qa_account_t wanted = plan->options->is_pruned ? fresh : before;
    char before_text[96];
    char wanted_text[96];
    if (subject->dimension->kind != QA_DIMENSION_MEASURE) return QA_OK;
    if (file->kind >= 0) wanted.kind = (uint8_t)file->kind;
    if (file->decimals >= 0) wanted.decimals = (uint8_t)file->decimals;
    if (file->time_balance >= 0) wanted.time_balance = (uint8_t)file->time_balance;
    if (file->skip >= 0) wanted.skip = (uint8_t)file->skip;
    if (file->sense >= 0) wanted.sense = (uint8_t)file->sense;
    if (wanted.kind != QA_KIND_DECIMAL) wanted.decimals = 0;
    if (before.kind != QA_KIND_DECIMAL) before.decimals = 0;
    if (wanted.kind == before.kind && wanted.decimals == before.decimals &&
        wanted.time_balance == before.time_balance && wanted.skip == before.skip &&
        wanted.sense == before.sense) {
        return QA_OK;
    }
    print_account(&before, before_text);
    print_account(&wanted, wanted_text);
    say(subject, "account", before_text, wanted_text);
    return qa_intent_set_account(plan->intent, subject->dimension->id, subject->id, wanted);
}

static void print_days(bool has_days, int32_t first, int32_t last, char text_out[40])
{
    char first_text[QA_DATE_TEXT_BYTES];
    char last_text[QA_DATE_TEXT_BYTES];
    text_out[0] = 0;
    if (!has_days) return;
    size_t first_bytes = qa_date_print(first, first_text);
    size_t last_bytes = qa_date_print(last, last_text);
    snprintf(text_out, 40, "%.*s to %.*s", (int)first_bytes, first_text, (int)last_bytes, last_text);
}

static qa_status_t plan_days(const subject_t *subject)
{
    const qa_file_member_t *file = subject->file;
    const qa_member_info_t *info = subject->info;
    bool had_days = info != NULL && info->has_days;
    bool has_days = file->days_said == QA_SAID_VALUE;
    char before[40];
    char wanted[40];
    if (file->days_said == QA_SAID_ABSENT && !subject->plan->options->is_pruned) return QA_OK;
    if (had_days == has_days &&
        (!has_days || (info->first_day == file->first_day && info->last_day == file->last_day))) {
        return QA_OK;
    }
    print_days(had_days, had_days ? info->first_day : 0, had_days ? info->last_day : 0, before);
    print_days(has_days, file->first_day, file->last_day, wanted);
    say(subject, "days", before, wanted);
    if (has_days) {
        return qa_intent_set_days(subject->plan->intent, subject->dimension->id, subject->id, file->first_day,
                                  file->last_day);
    }
    if (subject->plan->options->is_diff) return QA_OK;
    return qa_plan_fail_member(
        subject->plan, subject->dimension, subject->index, QA_NOT_SUPPORTED,
        "has days in the app; days can be changed but not taken away: name them in the file");
}

/* A key that the kind of the dimension has no use for; where the file says the kind, the reader has refused
 * it. */
static qa_status_t check_kind(const subject_t *subject)
{
    const qa_file_member_t *file = subject->file;
    const qa_dimension_kind_t kind = subject->dimension->kind;
    if (kind != QA_DIMENSION_MEASURE && (file->kind >= 0 || file->decimals >= 0 || file->time_balance >= 0 ||
                                         file->skip >= 0 || file->sense >= 0)) {
        return qa_plan_fail_member(subject->plan, subject->dimension, subject->index, QA_BAD_MODEL,
                                   "has keys of an account, but the dimension is not of kind measure");
    }
    if (kind != QA_DIMENSION_TIME && file->days_said == QA_SAID_VALUE) {
        return qa_plan_fail_member(subject->plan, subject->dimension, subject->index, QA_BAD_MODEL,
                                   "has days, but the dimension is not of kind time");
    }
    return QA_OK;
}

static subject_t subject_of(qa_model_planner_t *plan, const qa_plan_dimension_t *dimension, uint32_t index)
{
    return (subject_t){ .plan = plan,
                        .dimension = dimension,
                        .file = &dimension->file->members[index],
                        .info = dimension->is_kept[index]
                                    ? qa_model_member(plan->model, dimension->id, dimension->ids[index])
                                    : NULL,
                        .index = index,
                        .id = dimension->ids[index] };
}

/* A member that only alternates name says nothing about itself when the primary of the app has it. */
static bool is_only_place(const subject_t *subject)
{
    return !subject->file->is_in_primary && subject->info != NULL && subject->info->is_in_primary;
}

qa_status_t qa_plan_properties(qa_model_planner_t *plan, const qa_plan_dimension_t *dimension)
{
    for (uint32_t i = 0; i < dimension->file->member_count; i++) {
        subject_t subject = subject_of(plan, dimension, i);
        qa_status_t status = check_kind(&subject);
        if (status != QA_OK) return status;
        if (is_only_place(&subject)) continue;
        status = plan_caption(&subject);
        if (status == QA_OK) status = plan_attributes(&subject);
        if (status == QA_OK) status = plan_account(&subject);
        if (status == QA_OK) status = plan_days(&subject);
        if (status != QA_OK && plan->error->status == QA_OK) {
            status = qa_plan_fail_intent(plan, status, "what a member says about itself");
        }
        if (status != QA_OK) return status;
    }
    return QA_OK;
}

/* --- aliases --- */

/* Which member of the file an alias of the file belongs to. */
static qa_status_t index_aliases(qa_model_planner_t *plan, const qa_plan_dimension_t *dimension,
                                 qa_names_t *owners)
{
    for (uint32_t i = 0; i < dimension->file->member_count; i++) {
        const qa_file_member_t *file = &dimension->file->members[i];
        for (uint32_t k = 0; k < file->alias_count; k++) {
            uint32_t owner = i;
            if (qa_names_add(owners, &plan->arena, file->aliases[k], &owner) == QA_NO_MEMORY)
                return qa_plan_no_memory(plan);
        }
    }
    return QA_OK;
}

static bool has_alias(const qa_file_member_t *member, const char *alias)
{
    for (uint32_t k = 0; k < member->alias_count; k++) {
        if (strcmp(member->aliases[k], alias) == 0) return true;
    }
    return false;
}

/* Whether a member of the app gives the alias up: the file says so, or says that the name is another's, or
 * writes it in another way, or makes it a code. */
static bool is_given_up(const qa_plan_dimension_t *dimension, const subject_t *subject,
                        const qa_names_t *owners, const char *alias)
{
    uint32_t code_owner = qa_names_find(&dimension->file->codes, alias);
    if (subject->file == NULL) return code_owner != QA_NAMES_NONE;
    if (code_owner == subject->index) return true;
    if (is_only_place(subject) || has_alias(subject->file, alias)) return false;
    if (subject->plan->options->is_pruned || subject->file->aliases_said == QA_SAID_NULL) return true;
    return subject->file->aliases_said == QA_SAID_VALUE &&
           (code_owner != QA_NAMES_NONE || qa_names_find(owners, alias) != QA_NAMES_NONE);
}

static qa_status_t free_aliases_of(qa_model_planner_t *plan, const qa_plan_dimension_t *dimension,
                                   const qa_names_t *owners, qa_member_t id)
{
    const qa_member_info_t *info = qa_model_member(plan->model, dimension->id, id);
    uint32_t index = dimension->file_of[id];
    subject_t subject = { .plan = plan, .dimension = dimension, .info = info, .id = id };
    if (info->is_deleted) return QA_OK;
    if (index != UINT32_MAX) subject = subject_of(plan, dimension, index);
    /* A member that the file does not name goes with --prune, and its aliases with it. */
    if (index == UINT32_MAX && (!plan->options->is_pruned || dimension->file->members_said != QA_SAID_VALUE))
        return QA_OK;
    for (uint16_t i = 0; i < info->alias_count; i++) {
        uint32_t bytes = 0;
        const char *alias = qa_model_alias(plan->model, dimension->id, id, i, &bytes);
        char text[QA_NAME_BYTES_MAX + 1];
        snprintf(text, sizeof(text), "%.*s", (int)bytes, alias);
        if (!is_given_up(dimension, &subject, owners, text)) continue;
        qa_status_t status = qa_intent_set_alias(plan->intent, dimension->id, id, text, bytes, false);
        if (status != QA_OK) return qa_plan_fail_intent(plan, status, "an alias");
        if (subject.file != NULL) say(&subject, "alias", text, "");
    }
    return QA_OK;
}

qa_status_t qa_plan_free_aliases(qa_model_planner_t *plan, const qa_plan_dimension_t *dimension)
{
    qa_names_t owners = { 0 };
    qa_status_t status = index_aliases(plan, dimension, &owners);
    for (qa_member_t m = 0; m < dimension->model_count && status == QA_OK; m++) {
        status = free_aliases_of(plan, dimension, &owners, m);
    }
    qa_names_close(&owners);
    return status;
}

static bool has_stored_alias(const subject_t *subject, const char *wanted)
{
    uint16_t count = subject->info == NULL ? 0 : subject->info->alias_count;
    for (uint16_t i = 0; i < count; i++) {
        uint32_t bytes = 0;
        const char *alias =
            qa_model_alias(subject->plan->model, subject->dimension->id, subject->id, i, &bytes);
        if (strlen(wanted) == bytes && memcmp(alias, wanted, bytes) == 0) return true;
    }
    return false;
}

qa_status_t qa_plan_add_aliases(qa_model_planner_t *plan, const qa_plan_dimension_t *dimension)
{
    for (uint32_t i = 0; i < dimension->file->member_count; i++) {
        subject_t subject = subject_of(plan, dimension, i);
        if (is_only_place(&subject)) continue;
        for (uint32_t k = 0; k < subject.file->alias_count; k++) {
            const char *alias = subject.file->aliases[k];
            if (has_stored_alias(&subject, alias)) continue;
            qa_status_t status =
                qa_intent_set_alias(plan->intent, dimension->id, subject.id, alias, strlen(alias), true);
            if (status != QA_OK) return qa_plan_fail_intent(plan, status, "an alias");
            say(&subject, "alias", "", alias);
        }
    }
    return QA_OK;
}
