/* Names of a file → members: the cache, map aliases, the app's look-up, suspense, creation. Every distinct
 * text is looked up once. What it must never do: guess a member; what is not found follows the rule of the
 * map. */
#include <stdio.h>

#include "load/load_private.h"
#include "qa/text.h"

static qa_status_t add_aliases(load_t *load, dimension_state_t *state)
{
    for (uint32_t i = 0; i < state->rule->alias_count; i++) {
        char key[QA_NAME_KEY_BYTES];
        size_t bytes = 0;
        const char *name = state->rule->aliases[i].name;
        if (qa_name_key(name, strlen(name), key, &bytes) != QA_OK) {
            return qa_load_fail(load->error, QA_BAD_MAP, "the map: \"%s\" in the aliases of %s is not a name",
                                name, state->name);
        }
        const char *copy = qa_load_arena_copy(&load->arena, key, bytes);
        if (copy == NULL) return qa_load_fail_memory(load->error);
        const qa_status_t status = qa_load_names_add(&state->aliases, copy, (uint32_t)bytes,
                                                     qa_load_hash(copy, bytes, 0), i, load->error);
        if (status != QA_OK) return status;
    }
    return QA_OK;
}

static qa_status_t open_dimension(load_t *load, qa_dimension_t d)
{
    dimension_state_t *state = &load->dimensions[d];
    const qa_dimension_info_t *info = qa_model_dimension(load->model, d);
    state->name = qa_load_arena_copy(&load->arena, info->name, info->name_bytes);
    if (state->name == NULL) return qa_load_fail_memory(load->error);
    state->kind = info->kind;
    state->texts.allocator = load->allocator;
    state->created.allocator = load->allocator;
    state->aliases.allocator = load->allocator;
    state->buffer.allocator = load->allocator;
    for (uint32_t i = 0; i < load->map->rule_count; i++) {
        const char *name = load->map->rules[i].dimension;
        qa_dimension_t found = 0;
        if (qa_model_find_dimension(load->model, name, strlen(name), &found, NULL) == QA_OK && found == d) {
            if (state->rule != NULL) {
                return qa_load_fail(load->error, QA_BAD_MAP, "the map has two rules for the dimension %s",
                                    state->name);
            }
            state->rule = &load->map->rules[i];
        }
    }
    const bool has_accounts = load->map->amount_count > 0 && load->map->amounts[0].account != NULL;
    if (info->kind == QA_DIMENSION_MEASURE && has_accounts) {
        if (state->rule == NULL) return QA_OK;
        return qa_load_fail(
            load->error, QA_BAD_MAP,
            "the map names accounts in \"amounts\" and has a rule for %s too; take one of them away",
            state->name);
    }
    if (state->rule != NULL) {
        state->unknown = state->rule->unknown;
        state->parent = state->rule->parent;
        return add_aliases(load, state);
    }
    state->fixed = qa_model_default_member(load->model, d);
    if (state->fixed == QA_MEMBER_NONE || !qa_model_member(load->model, d, state->fixed)->is_leaf) {
        return qa_load_fail(load->error, QA_BAD_MAP,
                            "the map has no rule for the dimension %s, whose default member is not a leaf",
                            state->name);
    }
    return QA_OK;
}

/* --unknown for the whole load. */
static qa_status_t override_unknown(load_t *load)
{
    static const char under[] = "create-under=";
    const char *unknown = load->options->unknown;
    uint32_t hits = 0;
    if (unknown == NULL) return QA_OK;
    const bool is_create = strncmp(unknown, under, sizeof(under) - 1) == 0;
    if (!is_create && strcmp(unknown, "reject") != 0 && strcmp(unknown, "suspense") != 0) {
        return qa_load_fail(load->error, QA_USAGE,
                            "--unknown is reject, suspense, or create-under=MEMBER; not \"%s\"", unknown);
    }
    for (qa_dimension_t d = 0; d < load->dimension_count; d++) {
        dimension_state_t *state = &load->dimensions[d];
        qa_member_t member = 0;
        if (state->rule == NULL) continue;
        if (is_create) {
            const char *name = unknown + sizeof(under) - 1;
            if (qa_model_find_member(load->model, d, name, strlen(name), &member, NULL) != QA_OK) continue;
            state->unknown = QA_LOAD_UNKNOWN_CREATE;
            state->parent = name;
        } else if (unknown[0] == 'r') {
            state->unknown = QA_LOAD_UNKNOWN_REJECT;
        } else if (state->rule->suspense != NULL) {
            state->unknown = QA_LOAD_UNKNOWN_SUSPENSE;
        } else {
            continue;
        }
        hits++;
    }
    if (hits > 0) return QA_OK;
    if (is_create) {
        return qa_load_fail(load->error, QA_MEMBER_NOT_FOUND,
                            "--unknown: no dimension of the map has a member \"%s\"",
                            unknown + sizeof(under) - 1);
    }
    return qa_load_fail(load->error, QA_BAD_MAP,
                        "--unknown suspense: no rule of the map names a \"suspense\" member");
}

qa_status_t qa_load_dimensions_open(load_t *load)
{
    load->dimension_count = qa_model_dimension_count(load->model);
    load->measure = qa_model_dimension_of_kind(load->model, QA_DIMENSION_MEASURE);
    load->time = qa_model_dimension_of_kind(load->model, QA_DIMENSION_TIME);
    load->decimals = qa_model_app(load->model)->decimals;
    load->is_zero_missing = qa_model_app(load->model)->is_zero_missing;
    for (uint32_t i = 0; i < load->map->rule_count; i++) {
        qa_dimension_t found = 0;
        const char *name = load->map->rules[i].dimension;
        const qa_status_t status =
            qa_model_find_dimension(load->model, name, strlen(name), &found, load->error);
        if (status != QA_OK) return status;
    }
    for (qa_dimension_t d = 0; d < load->dimension_count; d++) {
        const qa_status_t status = open_dimension(load, d);
        if (status != QA_OK) return status;
    }
    return override_unknown(load);
}

void qa_load_dimensions_close(load_t *load)
{
    for (uint32_t d = 0; d < QA_DIMENSIONS_MAX; d++) {
        dimension_state_t *state = &load->dimensions[d];
        if (state->texts.allocator == NULL) continue;
        qa_load_names_release(&state->texts);
        qa_load_names_release(&state->created);
        qa_load_names_release(&state->aliases);
        qa_load_buffer_release(&state->buffer);
        qa_load_release(load->allocator, state->slice_roots, state->slice_root_capacity, sizeof(qa_member_t));
        qa_load_release(load->allocator, state->slice_flags, state->slice_flag_count, 1);
    }
    qa_load_release(load->allocator, load->resolved, load->resolved_capacity, sizeof(*load->resolved));
    qa_load_release(load->allocator, load->created, load->created_capacity, sizeof(*load->created));
}

qa_status_t qa_load_dimensions_bind(load_t *load, qa_load_reader_t *reader, const char *file)
{
    for (qa_dimension_t d = 0; d < load->dimension_count; d++) {
        dimension_state_t *state = &load->dimensions[d];
        const qa_load_rule_t *rule = state->rule;
        if (rule == NULL) continue;
        state->has_last = false;
        qa_status_t status = qa_load_bind(&state->source, &rule->source, reader, file, rule->dimension,
                                          &load->arena, load->error);
        if (status == QA_OK) {
            status = qa_load_bind(&state->parent_column, &rule->parent_column, reader, file, NULL,
                                  &load->arena, load->error);
        }
        if (status == QA_OK) {
            status = qa_load_bind(&state->operator_column, &rule->operator_column, reader, file, NULL,
                                  &load->arena, load->error);
        }
        if (status == QA_OK) {
            status =
                qa_load_bind(&state->caption, &rule->caption, reader, file, NULL, &load->arena, load->error);
        }
        if (status == QA_OK && rule->attribute_count > 0) {
            state->attributes =
                qa_load_arena_take(&load->arena, rule->attribute_count * sizeof(*state->attributes));
            if (state->attributes == NULL) status = qa_load_fail_memory(load->error);
        }
        for (uint32_t i = 0; i < rule->attribute_count && status == QA_OK; i++) {
            status = qa_load_bind(&state->attributes[i], &rule->attributes[i].source, reader, file, NULL,
                                  &load->arena, load->error);
        }
        if (status != QA_OK) return status;
    }
    return QA_OK;
}

static qa_status_t create_member(load_t *load, qa_dimension_t d, const char *name, size_t bytes,
                                 const char *key, size_t key_bytes, qa_member_t parent,
                                 qa_member_t *member_out)
{
    dimension_state_t *state = &load->dimensions[d];
    void *array = load->created;
    qa_status_t status = qa_load_reserve(load->allocator, &array, &load->created_capacity,
                                         load->created_count + 1u, sizeof(*load->created), load->error);
    load->created = array;
    if (status != QA_OK) return status;
    if (load->created_count >= QA_MEMBERS_MAX) {
        return qa_load_fail(load->error, QA_LIMIT, "a load creates at most %d members; is the column right?",
                            QA_MEMBERS_MAX);
    }
    const char *code = qa_load_arena_copy(&load->arena, name, bytes);
    const char *key_copy = qa_load_arena_copy(&load->arena, key, key_bytes);
    if (code == NULL || key_copy == NULL) return qa_load_fail_memory(load->error);
    const uint32_t index = load->created_count;
    status = qa_load_names_add(&state->created, key_copy, (uint32_t)key_bytes,
                               qa_load_hash(key, key_bytes, 0), index, load->error);
    if (status != QA_OK) return status;
    load->created[index] = (created_member_t){ .dimension = d,
                                               .code = code,
                                               .code_bytes = (uint32_t)bytes,
                                               .parent = parent,
                                               .operator_code = QA_OPERATOR_ADD };
    if (parent != QA_MEMBER_NONE && (parent & QA_NEW) != 0) load->created[parent & ~QA_NEW].is_parent = true;
    load->created_count++;
    *member_out = QA_NEW | index;
    return QA_OK;
}

qa_status_t qa_load_find_or_create(load_t *load, qa_dimension_t dimension, const char *name, size_t bytes,
                                   bool is_creating, qa_member_t parent, qa_member_t *member_out)
{
    char normal[QA_NAME_KEY_BYTES];
    char key[QA_NAME_KEY_BYTES];
    size_t normal_bytes = 0;
    size_t key_bytes = 0;
    qa_status_t status = qa_name_normalize(name, bytes, normal, &normal_bytes);
    if (status == QA_OK) status = qa_name_key(normal, normal_bytes, key, &key_bytes);
    if (status != QA_OK) {
        return qa_load_fail(load->error, status, "\"%.*s\" cannot name a member of %s",
                            (int)(bytes < 200 ? bytes : 200), name, load->dimensions[dimension].name);
    }
    const uint32_t index = qa_load_names_find(&load->dimensions[dimension].created, key, key_bytes,
                                              qa_load_hash(key, key_bytes, 0));
    if (index != QA_LOAD_NAME_NONE) {
        *member_out = QA_NEW | index;
        return QA_OK;
    }
    status = qa_model_find_member(load->model, dimension, normal, normal_bytes, member_out, load->error);
    if (status != QA_MEMBER_NOT_FOUND || !is_creating) return status;
    return create_member(load, dimension, normal, normal_bytes, key, key_bytes, parent, member_out);
}

static void change_case(char *text, size_t bytes, qa_load_case_t letter_case)
{
    bool is_start = true;
    for (size_t i = 0; i < bytes; i++) {
        const char byte = text[i];
        const bool is_upper =
            letter_case == QA_LOAD_CASE_UPPER || (letter_case == QA_LOAD_CASE_TITLE && is_start);
        if (is_upper && byte >= 'a' && byte <= 'z') text[i] = (char)(byte - 'a' + 'A');
        if (!is_upper && byte >= 'A' && byte <= 'Z') text[i] = (char)(byte - 'A' + 'a');
        is_start = byte == ' ' || byte == '-' || byte == '/';
    }
}

static const char *words(load_t *load, const char *format, const char *dimension, const char *name)
{
    char text[QA_ERROR_MESSAGE_BYTES];
    const int bytes = snprintf(text, sizeof(text), format, dimension, name);
    const size_t length = bytes < 0 ? 0 : (size_t)bytes < sizeof(text) ? (size_t)bytes : sizeof(text) - 1;
    return qa_load_arena_copy(&load->arena, text, length);
}

/* A created member's text from a row's source; NULL and 0 when it is empty. */
static qa_status_t read_extra(load_t *load, dimension_state_t *state, const qa_load_bound_t *bound,
                              const qa_load_record_t *record, qa_load_text_t *text_out)
{
    qa_load_text_t text = { "", 0 };
    *text_out = (qa_load_text_t){ NULL, 0 };
    if (record == NULL || bound->source == NULL) return QA_OK;
    const qa_status_t status = qa_load_read_source(bound, record, &state->buffer, &text, load->error);
    if (status != QA_OK && status != QA_NOT_A_DATE) return status;
    text = qa_load_trim(text.data, text.bytes);
    if (text.bytes == 0) return QA_OK;
    const char *copy = qa_load_arena_copy(&load->arena, text.data, text.bytes);
    if (copy == NULL) return qa_load_fail_memory(load->error);
    *text_out = (qa_load_text_t){ copy, text.bytes };
    return QA_OK;
}

static const char *parent_by_prefix(const qa_load_rule_t *rule, const char *name, size_t bytes)
{
    const char *best = NULL;
    size_t best_bytes = 0;
    for (uint32_t i = 0; i < rule->prefix_count; i++) {
        const char *prefix = rule->prefixes[i].name;
        const size_t prefix_bytes = strlen(prefix);
        if (strcmp(prefix, "default") == 0) {
            if (best == NULL) best = rule->prefixes[i].value;
            continue;
        }
        if (prefix_bytes <= bytes && prefix_bytes > best_bytes &&
            qa_load_text_is(name, prefix_bytes, prefix, prefix_bytes)) {
            best = rule->prefixes[i].value;
            best_bytes = prefix_bytes;
        }
    }
    return best;
}

/* The parent that the rule gives to a new member `name`. */
static qa_status_t find_parent(load_t *load, qa_dimension_t d, const char *name, size_t bytes,
                               const qa_load_record_t *record, resolved_t *entry, qa_member_t *parent_out)
{
    dimension_state_t *state = &load->dimensions[d];
    const char *parent = state->parent;
    qa_load_text_t text = { NULL, 0 };
    *parent_out = QA_MEMBER_NONE;
    if (parent == NULL && state->rule->prefix_count > 0) parent = parent_by_prefix(state->rule, name, bytes);
    if (parent != NULL) text = (qa_load_text_t){ parent, (uint32_t)strlen(parent) };
    if (parent == NULL) {
        const qa_status_t status = read_extra(load, state, &state->parent_column, record, &text);
        if (status != QA_OK) return status;
    }
    if (text.bytes == 0) return QA_OK;
    const qa_status_t status =
        qa_load_find_or_create(load, d, text.data, text.bytes, true, QA_MEMBER_NONE, parent_out);
    if (status == QA_NO_MEMORY || status == QA_LIMIT) return status;
    if (status != QA_OK) {
        entry->fault = words(load, "%s: the parent \"%s\" is not clear", state->name, text.data);
    } else if ((*parent_out & QA_NEW) != 0 && load->created[*parent_out & ~QA_NEW].is_used) {
        entry->fault = words(load, "%s: \"%s\" cannot be a parent, rows before gave amounts to it",
                             state->name, text.data);
    }
    return QA_OK;
}

static qa_status_t create_from_row(load_t *load, qa_dimension_t d, const char *name, size_t bytes,
                                   const char *key, size_t key_bytes, const qa_load_record_t *record,
                                   resolved_t *entry)
{
    dimension_state_t *state = &load->dimensions[d];
    const qa_load_rule_t *rule = state->rule;
    qa_member_t parent = QA_MEMBER_NONE;
    qa_load_text_t operator_text, caption;
    qa_status_t status = find_parent(load, d, name, bytes, record, entry, &parent);
    if (status != QA_OK || entry->fault != NULL) return status;
    status = read_extra(load, state, &state->operator_column, record, &operator_text);
    if (status == QA_OK) status = read_extra(load, state, &state->caption, record, &caption);
    if (status != QA_OK) return status;
    if (operator_text.bytes > 1 ||
        (operator_text.bytes == 1 && strchr("+-~^", operator_text.data[0]) == NULL)) {
        entry->fault =
            words(load, "%s: the operator \"%s\" is none of + - ~ ^", state->name, operator_text.data);
        return QA_OK;
    }
    /* The parent may have been this very name, and is there now. */
    const uint32_t there =
        qa_load_names_find(&state->created, key, key_bytes, qa_load_hash(key, key_bytes, 0));
    if (there != QA_LOAD_NAME_NONE) {
        entry->fault = words(load, "%s: \"%s\" is its own parent", state->name, name);
        return QA_OK;
    }
    status = create_member(load, d, name, bytes, key, key_bytes, parent, &entry->member);
    if (status != QA_OK) return status;
    created_member_t *member = &load->created[entry->member & ~QA_NEW];
    if (operator_text.bytes == 1) member->operator_code = operator_text.data[0];
    member->caption = caption.data;
    member->caption_bytes = caption.bytes;
    qa_load_pair_t *pairs = qa_load_arena_take(&load->arena, (rule->attribute_count + 1) * sizeof(*pairs));
    if (pairs == NULL) return qa_load_fail_memory(load->error);
    for (uint32_t i = 0; i < rule->attribute_count && record != NULL; i++) {
        qa_load_text_t value;
        status = read_extra(load, state, &state->attributes[i], record, &value);
        if (status != QA_OK) return status;
        pairs[i] = (qa_load_pair_t){ rule->attributes[i].name, value.data != NULL ? value.data : "" };
        member->attribute_count = i + 1;
    }
    member->attributes = pairs;
    return QA_OK;
}

/* What to do with a name that is no member. */
static qa_status_t resolve_unknown(load_t *load, qa_dimension_t d, const char *name, size_t bytes,
                                   const char *key, size_t key_bytes, const qa_load_record_t *record,
                                   const char *reason, resolved_t *entry)
{
    dimension_state_t *state = &load->dimensions[d];
    if (state->unknown == QA_LOAD_UNKNOWN_CREATE) {
        return create_from_row(load, d, name, bytes, key, key_bytes, record, entry);
    }
    if (state->unknown == QA_LOAD_UNKNOWN_REJECT) {
        /* The model's own words: they name what is near. */
        entry->fault = qa_load_arena_copy(&load->arena, reason, strlen(reason));
        return entry->fault != NULL ? QA_OK : qa_load_fail_memory(load->error);
    }
    qa_member_t parent = QA_MEMBER_NONE;
    qa_status_t status = QA_OK;
    if (state->rule->parent != NULL) {
        const char *text = state->rule->parent;
        status = qa_load_find_or_create(load, d, text, strlen(text), true, QA_MEMBER_NONE, &parent);
        if (status != QA_OK) return status;
    }
    const char *suspense = state->rule->suspense;
    status = qa_load_find_or_create(load, d, suspense, strlen(suspense), true, parent, &entry->member);
    entry->is_suspense = true;
    return status;
}

/* A normalized, not empty name → entry. */
static qa_status_t resolve_name(load_t *load, qa_dimension_t d, const char *name, size_t bytes,
                                const qa_load_record_t *record, resolved_t *entry)
{
    dimension_state_t *state = &load->dimensions[d];
    char key[QA_NAME_KEY_BYTES];
    char other[QA_NAME_KEY_BYTES];
    size_t key_bytes = 0;
    qa_error_t error = { .status = QA_OK };
    if (qa_name_key(name, bytes, key, &key_bytes) != QA_OK) {
        entry->fault = words(load, "%s: \"%s\" cannot be a name", state->name, name);
        return QA_OK;
    }
    const uint32_t alias =
        qa_load_names_find(&state->aliases, key, key_bytes, qa_load_hash(key, key_bytes, 0));
    if (alias != QA_LOAD_NAME_NONE) {
        const char *target = state->rule->aliases[alias].value;
        if (qa_name_normalize(target, strlen(target), other, &bytes) != QA_OK ||
            qa_name_key(other, bytes, key, &key_bytes) != QA_OK) {
            return qa_load_fail(load->error, QA_BAD_MAP, "the map: the alias \"%s\" of %s is not a name",
                                target, state->name);
        }
        other[bytes < sizeof(other) ? bytes : sizeof(other) - 1] = '\0';
        name = other;
    }
    const uint32_t index =
        qa_load_names_find(&state->created, key, key_bytes, qa_load_hash(key, key_bytes, 0));
    if (index != QA_LOAD_NAME_NONE) {
        entry->member = QA_NEW | index;
        return QA_OK;
    }
    const qa_status_t status = qa_model_find_member(load->model, d, name, bytes, &entry->member, &error);
    if (status == QA_MEMBER_NOT_FOUND)
        return resolve_unknown(load, d, name, bytes, key, key_bytes, record, error.message, entry);
    if (status == QA_NO_MEMORY) return qa_load_fail_memory(load->error);
    if (status != QA_OK) {
        entry->fault = qa_load_arena_copy(&load->arena, error.message, strlen(error.message));
        return entry->fault != NULL ? QA_OK : qa_load_fail_memory(load->error);
    }
    if (!qa_model_member(load->model, d, entry->member)->is_leaf) {
        entry->fault = words(load, "%s: \"%s\" is not a leaf; amounts go to leaves", state->name, name);
    }
    return QA_OK;
}

static qa_status_t resolve_text(load_t *load, qa_dimension_t d, qa_load_text_t text,
                                const qa_load_record_t *record, resolved_t *entry)
{
    dimension_state_t *state = &load->dimensions[d];
    char name[QA_NAME_KEY_BYTES + 1];
    size_t bytes = 0;
    if (qa_load_trim(text.data, text.bytes).bytes == 0) {
        if (state->rule->empty == NULL) {
            entry->fault = words(load, "%s is empty%s", state->name, "");
            return QA_OK;
        }
        text = (qa_load_text_t){ state->rule->empty, (uint32_t)strlen(state->rule->empty) };
    }
    const qa_status_t status = text.bytes > 4 * QA_NAME_KEY_BYTES
                                   ? QA_LIMIT
                                   : qa_name_normalize(text.data, text.bytes, name, &bytes);
    if (status != QA_OK) {
        entry->fault = words(load, "%s: %s", state->name,
                             status == QA_LIMIT ? "the name is longer than 255 characters"
                                                : "the name is not clean text");
        return QA_OK;
    }
    name[bytes] = '\0';
    if (state->rule->letter_case != QA_LOAD_CASE_KEEP) change_case(name, bytes, state->rule->letter_case);
    return resolve_name(load, d, name, bytes, record, entry);
}

qa_status_t qa_load_resolve(load_t *load, qa_dimension_t dimension, qa_load_text_t text,
                            const qa_load_record_t *record, uint32_t *entry_out)
{
    dimension_state_t *state = &load->dimensions[dimension];
    const uint64_t hash = qa_load_hash(text.data, text.bytes, 1);
    const uint32_t found = qa_load_names_find(&state->texts, text.data, text.bytes, hash);
    if (found != QA_LOAD_NAME_NONE) {
        *entry_out = found;
        return QA_OK;
    }
    void *array = load->resolved;
    qa_status_t status = qa_load_reserve(load->allocator, &array, &load->resolved_capacity,
                                         load->resolved_count + 1u, sizeof(*load->resolved), load->error);
    load->resolved = array;
    if (status != QA_OK) return status;
    resolved_t entry = { .member = QA_MEMBER_NONE };
    entry.name = qa_load_arena_copy(&load->arena, text.data, text.bytes);
    if (entry.name == NULL) return qa_load_fail_memory(load->error);
    /* `text` may lie in the dimension's own buffer, which captions and parents use again. */
    const qa_load_text_t kept = { entry.name, text.bytes };
    status = resolve_text(load, dimension, kept, record, &entry);
    if (status != QA_OK) return status;
    /* Neither a member nor a reason: there was no memory for the reason. */
    if (entry.fault == NULL && entry.member == QA_MEMBER_NONE) return qa_load_fail_memory(load->error);
    load->resolved[load->resolved_count] = entry;
    status =
        qa_load_names_add(&state->texts, entry.name, text.bytes, hash, load->resolved_count, load->error);
    if (status != QA_OK) return status;
    *entry_out = load->resolved_count++;
    return QA_OK;
}
