/* "kind": "members": rows that are members of one dimension. All rows are read into a plan first, because a
 * parent may stand behind its children; then only what differs from the model goes into the intent. What it
 * must never do: delete a member, or change one that the file does not name. */
#include <stdio.h>
#include <stdlib.h>

#include "load/load_private.h"
#include "qa/text.h"

enum { NO_PLAN = -1, TEXTS_MAX = 9 };

/* One member as the file wants it. NULL and negative values: the file says nothing. */
typedef struct member_plan {
    const char *code; /* arena */
    uint32_t code_bytes;
    bool is_new;
    qa_member_t id; /* of the model, or of the intent */
    bool has_parent;
    int64_t parent; /* index of a plan, NO_PLAN: a root */
    char operator_code;
    const char *caption;
    const char **aliases;
    const char **attributes;
    int kind;
    int decimals;
    int balance;
    int sense;
    bool has_days;
    int32_t first_day;
    int32_t last_day;
    bool is_changed;
} member_plan_t;

typedef struct members {
    load_t *load;
    const qa_load_member_rules_t *rules;
    qa_dimension_t dimension;
    member_plan_t *plans;
    uint32_t count;
    uint32_t capacity;
    qa_load_names_t names; /* key → plan */
    qa_load_bound_t texts[TEXTS_MAX];
    qa_load_bound_t *levels;
    qa_load_bound_t *aliases;
    qa_load_bound_t *attributes;
    uint32_t sense_column;
    int64_t root;
    qa_load_buffer_t buffer;
    char fault[256];
    qa_intent_t *intent;
} members_t;

enum {
    TEXT_MEMBER,
    TEXT_PARENT,
    TEXT_OPERATOR,
    TEXT_CAPTION,
    TEXT_KIND,
    TEXT_DECIMALS,
    TEXT_BALANCE,
    TEXT_FIRST,
    TEXT_LAST
};

static bool fail_row(members_t *members, const char *format, const char *text)
{
    if (members->fault[0] == '\0') snprintf(members->fault, sizeof(members->fault), format, text);
    return false;
}

/* The plan of the member named so, made if there is none. false: a fault of the row, or no memory. */
static bool plan_member(members_t *members, qa_load_text_t name, int64_t *plan_out, qa_status_t *status)
{
    load_t *load = members->load;
    char normal[QA_NAME_KEY_BYTES];
    char key[QA_NAME_KEY_BYTES];
    char other[QA_NAME_KEY_BYTES];
    size_t bytes = 0, key_bytes = 0, other_bytes = 0;
    if (name.bytes > 4 * QA_NAME_KEY_BYTES ||
        qa_name_normalize(name.data, name.bytes, normal, &bytes) != QA_OK ||
        qa_name_key(normal, bytes, key, &key_bytes) != QA_OK) {
        return fail_row(members, "a name is empty, too long, or not clean text%s", "");
    }
    const uint64_t hash = qa_load_hash(key, key_bytes, 0);
    const uint32_t found = qa_load_names_find(&members->names, key, key_bytes, hash);
    *plan_out = found;
    if (found != QA_LOAD_NAME_NONE) return true;
    void *array = members->plans;
    *status = qa_load_reserve(load->allocator, &array, &members->capacity, members->count + 1u,
                              sizeof(member_plan_t), load->error);
    members->plans = array;
    if (*status != QA_OK) return false;
    member_plan_t plan = { .is_new = true,
                           .parent = NO_PLAN,
                           .operator_code = '+',
                           .kind = -1,
                           .decimals = -1,
                           .balance = -1,
                           .sense = -1,
                           .code_bytes = (uint32_t)bytes,
                           .id = QA_MEMBER_NONE };
    plan.code = qa_load_arena_copy(&load->arena, normal, bytes);
    const char *key_copy = qa_load_arena_copy(&load->arena, key, key_bytes);
    const uint32_t alias_count = members->rules->alias_count;
    const uint32_t attribute_count = members->rules->attribute_count;
    plan.aliases = qa_load_arena_take(&load->arena, (alias_count + 1) * sizeof(char *));
    plan.attributes = qa_load_arena_take(&load->arena, (attribute_count + 1) * sizeof(char *));
    if (plan.code == NULL || key_copy == NULL || plan.aliases == NULL || plan.attributes == NULL) {
        *status = qa_load_fail_memory(load->error);
        return false;
    }
    /* By code only: a caption or alias of another member is not this member. */
    qa_member_t member = 0;
    if (qa_model_find_member(load->model, members->dimension, normal, bytes, &member, NULL) == QA_OK) {
        const qa_member_info_t *info = qa_model_member(load->model, members->dimension, member);
        if (qa_name_key(info->code, info->code_bytes, other, &other_bytes) == QA_OK &&
            other_bytes == key_bytes && memcmp(other, key, key_bytes) == 0) {
            plan.is_new = false;
            plan.id = member;
        }
    }
    *plan_out = members->count;
    members->plans[members->count] = plan;
    *status =
        qa_load_names_add(&members->names, key_copy, (uint32_t)key_bytes, hash, members->count, load->error);
    members->count++;
    return *status == QA_OK;
}

/* The row's text, trimmed and kept in the arena; NULL if it is empty or the map has no such source. */
static bool read_text(members_t *members, const qa_load_bound_t *bound, const qa_load_record_t *record,
                      const char **text_out, qa_status_t *status)
{
    load_t *load = members->load;
    qa_load_text_t text = { "", 0 };
    *text_out = NULL;
    if (bound->source == NULL) return true;
    *status = qa_load_read_source(bound, record, &members->buffer, &text, load->error);
    if (*status == QA_NOT_A_DATE) {
        *status = QA_OK;
        return fail_row(members, "not a date%s", "");
    }
    if (*status != QA_OK) return false;
    text = qa_load_trim(text.data, text.bytes);
    if (text.bytes == 0) return true;
    *text_out = qa_load_arena_copy(&load->arena, text.data, text.bytes);
    if (*text_out != NULL) return true;
    *status = qa_load_fail_memory(load->error);
    return false;
}

static bool read_word(members_t *members, const char *text, const char *words, int *position_out)
{
    int position = 0;
    if (text == NULL) return true;
    for (const char *at = words; *at != '\0'; position++) {
        const size_t bytes = strcspn(at, " ");
        if (qa_load_text_is(at, bytes, text, strlen(text))) {
            *position_out = position;
            return true;
        }
        at += bytes;
        if (*at == ' ') at++;
    }
    return fail_row(members, "\"%.100s\" is none of the words that the map allows there", text);
}

static bool set_parent(members_t *members, int64_t index, int64_t parent)
{
    member_plan_t *plan = &members->plans[index];
    if (plan->has_parent && plan->parent != parent) {
        return fail_row(members, "\"%.100s\" stands below two parents in the file", plan->code);
    }
    plan->has_parent = true;
    plan->parent = parent;
    return true;
}

/* The chain of ancestors; *parent_out: the nearest. */
static bool read_levels(members_t *members, const qa_load_record_t *record, int64_t *parent_out,
                        qa_status_t *status)
{
    *parent_out = members->root;
    for (uint32_t i = 0; i < members->rules->level_count; i++) {
        const char *text = NULL;
        int64_t level = 0;
        if (!read_text(members, &members->levels[i], record, &text, status)) return false;
        if (text == NULL) continue;
        if (!plan_member(members, (qa_load_text_t){ text, (uint32_t)strlen(text) }, &level, status))
            return false;
        if (level == *parent_out) continue;
        if (!set_parent(members, level, *parent_out)) return false;
        *parent_out = level;
    }
    return true;
}

static bool read_account(members_t *members, member_plan_t *plan, const char *const *texts,
                         const qa_load_record_t *record)
{
    int kind = -1;
    if (!read_word(members, texts[TEXT_KIND], "decimal double text date boolean", &kind) ||
        !read_word(members, texts[TEXT_DECIMALS], "0 1 2 3 4 5 6", &plan->decimals) ||
        !read_word(members, texts[TEXT_BALANCE], "flow first last average", &plan->balance)) {
        return false;
    }
    if (kind >= 0) plan->kind = kind + 1;
    if (members->rules->sense_column == NULL) return true;
    const qa_load_text_t field = record->fields[members->sense_column];
    const qa_load_text_t text = qa_load_trim(field.data, field.bytes);
    const char *sense = NULL;
    for (uint32_t i = 0; i < members->rules->sense_count; i++) {
        const qa_load_pair_t *pair = &members->rules->senses[i];
        if (strcmp(pair->name, "column") == 0) continue;
        if (strcmp(pair->name, "default") == 0 && sense == NULL) sense = pair->value;
        if (qa_load_text_is(pair->name, strlen(pair->name), text.data, text.bytes)) sense = pair->value;
    }
    if (sense != NULL) plan->sense = strcmp(sense, "expense") == 0 ? QA_SENSE_EXPENSE : QA_SENSE_INCOME;
    return true;
}

static bool read_days(members_t *members, member_plan_t *plan, const char *const *texts)
{
    const char *first = texts[TEXT_FIRST];
    const char *last = texts[TEXT_LAST];
    if (first == NULL && last == NULL) return true;
    if (first == NULL || last == NULL ||
        qa_load_date(first, strlen(first), QA_LOAD_DATE_ISO, &plan->first_day) != QA_OK ||
        qa_load_date(last, strlen(last), QA_LOAD_DATE_ISO, &plan->last_day) != QA_OK) {
        return fail_row(members, "the first and last day must both be dates, YYYY-MM-DD%s", "");
    }
    plan->has_days = true;
    return true;
}

/* false with an empty fault: *status says why. */
static bool read_row(members_t *members, const qa_load_record_t *record, qa_status_t *status)
{
    const char *texts[TEXTS_MAX] = { NULL };
    int64_t index = 0;
    int64_t parent = members->root;
    for (uint32_t i = 0; i < TEXTS_MAX; i++) {
        if (!read_text(members, &members->texts[i], record, &texts[i], status)) return false;
    }
    if (texts[TEXT_MEMBER] == NULL) return fail_row(members, "the member's name is empty%s", "");
    const char *name = texts[TEXT_MEMBER];
    if (!plan_member(members, (qa_load_text_t){ name, (uint32_t)strlen(name) }, &index, status)) return false;
    if (members->rules->level_count > 0 && !read_levels(members, record, &parent, status)) return false;
    if (texts[TEXT_PARENT] != NULL) {
        const char *text = texts[TEXT_PARENT];
        if (!plan_member(members, (qa_load_text_t){ text, (uint32_t)strlen(text) }, &parent, status))
            return false;
    }
    if (parent == index && index != members->root)
        return fail_row(members, "\"%.100s\" is its own parent", name);
    const bool says_parent = members->rules->parent.from != QA_LOAD_FROM_NOTHING ||
                             members->rules->level_count > 0 || members->root != NO_PLAN;
    if (says_parent && index != members->root && !set_parent(members, index, parent)) return false;
    member_plan_t *plan = &members->plans[index];
    const char *sign = texts[TEXT_OPERATOR];
    if (sign != NULL && (sign[1] != '\0' || strchr("+-~^", sign[0]) == NULL)) {
        return fail_row(members, "the operator \"%.20s\" is none of + - ~ ^", sign);
    }
    if (sign != NULL) plan->operator_code = sign[0];
    if (texts[TEXT_CAPTION] != NULL) plan->caption = texts[TEXT_CAPTION];
    for (uint32_t i = 0; i < members->rules->alias_count; i++) {
        if (!read_text(members, &members->aliases[i], record, &plan->aliases[i], status)) return false;
    }
    for (uint32_t i = 0; i < members->rules->attribute_count; i++) {
        if (!read_text(members, &members->attributes[i], record, &plan->attributes[i], status)) return false;
    }
    return read_account(members, plan, texts, record) && read_days(members, plan, texts);
}

static qa_status_t bind_list(members_t *members, const qa_load_text_source_t *sources, uint32_t count,
                             qa_load_bound_t **bounds_out, qa_load_reader_t *reader, const char *path)
{
    load_t *load = members->load;
    *bounds_out = qa_load_arena_take(&load->arena, (count + 1) * sizeof(**bounds_out));
    if (*bounds_out == NULL) return qa_load_fail_memory(load->error);
    qa_status_t status = QA_OK;
    for (uint32_t i = 0; i < count && status == QA_OK; i++)
        status = qa_load_bind(&(*bounds_out)[i], &sources[i], reader, path, NULL, &load->arena, load->error);
    return status;
}

static qa_status_t bind(members_t *members, qa_load_reader_t *reader, const char *path)
{
    load_t *load = members->load;
    const qa_load_member_rules_t *rules = members->rules;
    const qa_load_text_source_t *const sources[TEXTS_MAX] = { &rules->member,          &rules->parent,
                                                              &rules->operator_source, &rules->caption,
                                                              &rules->account_kind,    &rules->decimals,
                                                              &rules->time_balance,    &rules->first_day,
                                                              &rules->last_day };
    qa_status_t status = QA_OK;
    for (uint32_t i = 0; i < TEXTS_MAX && status == QA_OK; i++)
        status = qa_load_bind(&members->texts[i], sources[i], reader, path, NULL, &load->arena, load->error);
    if (status == QA_OK)
        status = bind_list(members, rules->levels, rules->level_count, &members->levels, reader, path);
    if (status == QA_OK)
        status = bind_list(members, rules->aliases, rules->alias_count, &members->aliases, reader, path);
    if (status == QA_OK) status = bind_list(members, NULL, 0, &members->attributes, reader, path);
    if (status == QA_OK && rules->attribute_count > 0) {
        members->attributes =
            qa_load_arena_take(&load->arena, rules->attribute_count * sizeof(*members->attributes));
        if (members->attributes == NULL) return qa_load_fail_memory(load->error);
    }
    for (uint32_t i = 0; i < rules->attribute_count && status == QA_OK; i++) {
        status = qa_load_bind(&members->attributes[i], &rules->attributes[i].source, reader, path, NULL,
                              &load->arena, load->error);
    }
    if (status == QA_OK && rules->sense_column != NULL) {
        status = qa_load_reader_column(reader, rules->sense_column, strlen(rules->sense_column),
                                       &members->sense_column, load->error);
    }
    return status;
}

static qa_status_t read_file(members_t *members, uint32_t file)
{
    load_t *load = members->load;
    const char *path = load->options->files[file];
    qa_load_source_t *source = NULL;
    qa_load_reader_t *reader = NULL;
    qa_load_record_t record = { .is_end = false };
    qa_status_t status =
        qa_load_source_open(&source, path, load->map->encoding, load->allocator, load->error);
    if (status == QA_OK)
        status = qa_load_reader_open(&reader, source, &load->map->reader, load->allocator, load->error);
    if (status == QA_OK) status = bind(members, reader, path);
    while (status == QA_OK) {
        status = qa_load_reader_next(reader, &record, load->error);
        if (status != QA_OK || record.is_end) break;
        load->result->rows_read++;
        load->files[file].row_count++;
        members->fault[0] = '\0';
        bool is_good = record.fault == NULL || fail_row(members, "%s", record.fault);
        is_good = is_good && read_row(members, &record, &status);
        if (status != QA_OK) break;
        if (is_good) {
            load->result->rows_loaded++;
        } else {
            status =
                qa_load_reject(load, load->files[file].name, record.line_number, members->fault, record.text);
        }
        if (qa_load_is_cancelled(load))
            status = qa_load_fail(load->error, QA_CANCELLED, "cancelled; nothing was written");
    }
    if (status == QA_OK) load->files[file].line_count = qa_load_reader_line_count(reader);
    if (status == QA_OK && qa_load_reader_missing_column(reader) != NULL) {
        status = qa_load_fail(load->error, QA_BAD_FILE, "%s: no row has the field \"%s\" that the map names",
                              load->files[file].name, qa_load_reader_missing_column(reader));
    }
    if (status == QA_OK) status = qa_load_source_sha256(source, load->files[file].sha256, load->error);
    qa_load_reader_close(reader);
    qa_load_source_close(source);
    return status;
}

static bool is_text_same(const char *a, uint32_t a_bytes, const char *b)
{
    return a_bytes == strlen(b) && memcmp(a, b, a_bytes) == 0;
}

static bool has_alias(const members_t *members, const member_plan_t *plan, const char *alias)
{
    if (plan->is_new) return false;
    const qa_member_info_t *info = qa_model_member(members->load->model, members->dimension, plan->id);
    for (uint16_t i = 0; i < info->alias_count; i++) {
        uint32_t bytes = 0;
        const char *known = qa_model_alias(members->load->model, members->dimension, plan->id, i, &bytes);
        if (qa_load_text_is(known, bytes, alias, strlen(alias))) return true;
    }
    return false;
}

/* Caption, aliases, attributes, days. */
static qa_status_t write_words(members_t *members, member_plan_t *plan)
{
    const qa_model_t *model = members->load->model;
    const qa_dimension_t d = members->dimension;
    const qa_member_info_t *info = plan->is_new ? NULL : qa_model_member(model, d, plan->id);
    qa_status_t status = QA_OK;
    if (plan->caption != NULL &&
        (info == NULL || !is_text_same(info->caption, info->caption_bytes, plan->caption))) {
        status = qa_intent_set_caption(members->intent, d, plan->id, plan->caption, strlen(plan->caption));
        plan->is_changed = true;
    }
    for (uint32_t i = 0; i < members->rules->alias_count && status == QA_OK; i++) {
        const char *alias = plan->aliases[i];
        if (alias == NULL || has_alias(members, plan, alias) ||
            is_text_same(plan->code, plan->code_bytes, alias))
            continue;
        status = qa_intent_set_alias(members->intent, d, plan->id, alias, strlen(alias), true);
        plan->is_changed = true;
    }
    for (uint32_t i = 0; i < members->rules->attribute_count && status == QA_OK; i++) {
        const char *name = members->rules->attributes[i].name;
        const char *value = plan->attributes[i];
        uint32_t bytes = 0;
        const char *known =
            info == NULL ? NULL : qa_model_attribute_value(model, d, plan->id, name, strlen(name), &bytes);
        if (value == NULL || (known != NULL && is_text_same(known, bytes, value))) continue;
        status =
            qa_intent_set_attribute(members->intent, d, plan->id, name, strlen(name), value, strlen(value));
        plan->is_changed = true;
    }
    const bool is_same_days = info != NULL && info->has_days && info->first_day == plan->first_day &&
                              info->last_day == plan->last_day;
    if (status == QA_OK && plan->has_days && !is_same_days) {
        status = qa_intent_set_days(members->intent, d, plan->id, plan->first_day, plan->last_day);
        plan->is_changed = true;
    }
    return status;
}

static qa_status_t write_account(members_t *members, member_plan_t *plan)
{
    const qa_model_t *model = members->load->model;
    const qa_dimension_t d = members->dimension;
    if (plan->kind < 0 && plan->decimals < 0 && plan->balance < 0 && plan->sense < 0) return QA_OK;
    qa_account_t account = { .kind = QA_KIND_DECIMAL, .decimals = qa_model_app(model)->decimals };
    if (!plan->is_new) account = qa_model_member(model, d, plan->id)->account;
    const qa_account_t before = account;
    if (plan->kind >= 0) account.kind = (uint8_t)plan->kind;
    if (plan->decimals >= 0) account.decimals = (uint8_t)plan->decimals;
    if (plan->balance >= 0) account.time_balance = (uint8_t)plan->balance;
    if (plan->sense >= 0) account.sense = (uint8_t)plan->sense;
    const bool is_same = before.kind == account.kind && before.decimals == account.decimals &&
                         before.time_balance == account.time_balance && before.sense == account.sense;
    if (is_same) return QA_OK;
    plan->is_changed = true;
    return qa_intent_set_account(members->intent, d, plan->id, account);
}

static qa_status_t write_edge(members_t *members, member_plan_t *plan)
{
    const qa_model_t *model = members->load->model;
    const qa_dimension_t d = members->dimension;
    if (!plan->has_parent) return QA_OK;
    const qa_member_t parent = plan->parent == NO_PLAN ? QA_MEMBER_NONE : members->plans[plan->parent].id;
    const char sign = plan->operator_code;
    if (plan->is_new && parent == QA_MEMBER_NONE && sign == '+') return QA_OK;
    uint32_t count = 0;
    const bool is_model_parent = parent == QA_MEMBER_NONE || (parent & QA_NEW) == 0;
    const qa_edge_t *edges = plan->is_new || !is_model_parent
                                 ? NULL
                                 : qa_model_children(model, d, QA_HIERARCHY_PRIMARY, parent, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (edges[i].child == plan->id && edges[i].operator_code == (uint8_t)sign) return QA_OK;
    }
    const qa_edge_t edge = { .parent = parent,
                             .child = plan->id,
                             .weight = sign == '+'   ? 1
                                       : sign == '-' ? -1
                                                     : 0,
                             .operator_code = (uint8_t)sign };
    plan->is_changed = true;
    return qa_intent_set_edge(members->intent, d, QA_HIERARCHY_PRIMARY, &edge, QA_ATOMS_REFUSE,
                              QA_MEMBER_NONE);
}

/* Within the read section: what differs goes into the intent. */
static qa_status_t fill_intent(members_t *members)
{
    load_t *load = members->load;
    qa_status_t status = QA_OK;
    for (uint32_t i = 0; i < members->count && status == QA_OK; i++) {
        member_plan_t *plan = &members->plans[i];
        if (!plan->is_new) continue;
        status = qa_intent_add_member(members->intent, members->dimension, plan->code, plan->code_bytes,
                                      false, &plan->id);
        load->result->members_created++;
    }
    for (uint32_t i = 0; i < members->count && status == QA_OK; i++) {
        member_plan_t *plan = &members->plans[i];
        status = write_edge(members, plan);
        if (status == QA_OK) status = write_words(members, plan);
        if (status == QA_OK) status = write_account(members, plan);
        if (status != QA_OK) {
            return qa_load_fail(load->error, status, "the member \"%s\": %s", plan->code,
                                qa_status_info(status)->text);
        }
        load->result->members_changed += !plan->is_new && plan->is_changed;
    }
    if (status == QA_OK) return QA_OK;
    return qa_load_fail(load->error, status, "the members: %s", qa_status_info(status)->text);
}

static qa_status_t read_plans(members_t *members)
{
    load_t *load = members->load;
    const char *name = members->rules->dimension;
    qa_status_t status =
        qa_model_find_dimension(load->model, name, strlen(name), &members->dimension, load->error);
    members->root = NO_PLAN;
    if (status == QA_OK && members->rules->root != NULL) {
        const char *root = members->rules->root;
        if (!plan_member(members, (qa_load_text_t){ root, (uint32_t)strlen(root) }, &members->root,
                         &status) &&
            status == QA_OK) {
            status = qa_load_fail(load->error, QA_BAD_MAP, "the map: \"root\" is not a name");
        }
    }
    for (uint32_t i = 0; i < load->options->file_count && status == QA_OK; i++) {
        status = read_file(members, i);
        if (status == QA_OK) status = qa_load_check_twice(load, i);
    }
    return status;
}

qa_status_t qa_load_run_members(load_t *load)
{
    members_t members = { .load = load, .rules = &load->map->members };
    const uint64_t rejects_max =
        load->options->has_rejects_max ? load->options->rejects_max : load->map->rejects_max;
    members.names.allocator = load->allocator;
    members.buffer.allocator = load->allocator;
    load->result->is_tied = true;
    qa_status_t status = qa_connection_read_begin(load->connection);
    if (status != QA_OK)
        return qa_load_fail(load->error, status, "%s", qa_connection_error(load->connection)->message);
    load->model = qa_connection_model(load->connection);
    status = qa_intent_open(&members.intent, load->allocator);
    if (status == QA_OK) status = read_plans(&members);
    if (status == QA_OK && load->result->rows_rejected > rejects_max) {
        status = qa_load_fail(load->error, QA_ROWS_REJECTED,
                              "%llu of %llu rows were rejected, %llu are allowed; nothing was written",
                              (unsigned long long)load->result->rows_rejected,
                              (unsigned long long)load->result->rows_read, (unsigned long long)rejects_max);
    }
    if (status == QA_OK) status = fill_intent(&members);
    qa_connection_read_end(load->connection);
    if (status == QA_OK && qa_intent_operation_count(members.intent) > 0) {
        const char *reason = load->options->reason;
        if (reason != NULL && reason[0] != '\0') qa_intent_set_reason(members.intent, reason, strlen(reason));
        status = load->options->is_dry_run
                     ? qa_connection_preview(load->connection, members.intent, &load->result->receipt)
                     : qa_connection_commit(load->connection, members.intent, &load->result->receipt);
        if (status != QA_OK)
            qa_load_fail(load->error, status, "%s", qa_connection_error(load->connection)->message);
        if (status == QA_OK && !load->options->is_dry_run)
            load->result->is_written = load->result->receipt.offset != 0;
    }
    qa_intent_close(members.intent);
    qa_load_names_release(&members.names);
    qa_load_buffer_release(&members.buffer);
    qa_load_release(load->allocator, members.plans, members.capacity, sizeof(member_plan_t));
    return status;
}
