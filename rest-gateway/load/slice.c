/* The slice that a load speaks for (--replace): the members named, each with all leaves below it. What it
 * must never do: let a row outside the slice in, or speak for a cell that was not named. */
#include <stdio.h>

#include "load/load_private.h"

/* The dimension whose name stands before the first '=' of the text, or QA_DIMENSIONS_MAX. */
static qa_dimension_t dimension_before_equals(const load_t *load, const char *text, const char **member_out)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL) return QA_DIMENSIONS_MAX;
    const qa_load_text_t name = qa_load_trim(text, (size_t)(equals - text));
    qa_dimension_t dimension = 0;
    if (name.bytes == 0 ||
        qa_model_find_dimension(load->model, name.data, name.bytes, &dimension, NULL) != QA_OK) {
        return QA_DIMENSIONS_MAX;
    }
    *member_out = equals + 1;
    return dimension;
}

/* End of a member's name: a comma counts only if a dimension and '=' stand behind it, so that names may hold
 * commas. */
static const char *member_end(const load_t *load, const char *text)
{
    const char *ignored = NULL;
    for (const char *comma = strchr(text, ','); comma != NULL; comma = strchr(comma + 1, ',')) {
        if (dimension_before_equals(load, comma + 1, &ignored) != QA_DIMENSIONS_MAX) return comma;
    }
    return text + strlen(text);
}

static void mark_leaves(load_t *load, qa_dimension_t d, qa_member_t root)
{
    dimension_state_t *state = &load->dimensions[d];
    const qa_member_info_t *info = qa_model_member(load->model, d, root);
    if (info->is_leaf) {
        state->slice_flags[root] = 1;
        return;
    }
    /* Preorder: the members below stand right behind it, deeper than it. */
    uint32_t count = 0;
    const qa_member_t *order = qa_model_preorder(load->model, d, QA_HIERARCHY_PRIMARY, &count);
    uint32_t at = 0;
    while (at < count && order[at] != root)
        at++;
    const uint32_t generation = qa_model_generation(load->model, d, QA_HIERARCHY_PRIMARY, root);
    for (at++;
         at < count && qa_model_generation(load->model, d, QA_HIERARCHY_PRIMARY, order[at]) > generation;
         at++) {
        if (qa_model_member(load->model, d, order[at])->is_leaf) state->slice_flags[order[at]] = 1;
    }
}

static qa_status_t add_member(load_t *load, qa_dimension_t d, qa_load_text_t name)
{
    dimension_state_t *state = &load->dimensions[d];
    qa_member_t member = QA_MEMBER_NONE;
    qa_status_t status =
        qa_load_find_or_create(load, d, name.data, name.bytes, false, QA_MEMBER_NONE, &member);
    if (status == QA_MEMBER_NOT_FOUND && state->rule != NULL && state->unknown == QA_LOAD_UNKNOWN_CREATE) {
        /* The slice may be new with this file: the first load of a year. */
        uint32_t entry = 0;
        status = qa_load_resolve(load, d, name, NULL, &entry);
        if (status == QA_OK && load->resolved[entry].fault != NULL) {
            return qa_load_fail(load->error, QA_MEMBER_NOT_FOUND, "--replace: %s",
                                load->resolved[entry].fault);
        }
        if (status == QA_OK) member = load->resolved[entry].member;
    }
    if (status != QA_OK) return status;
    if ((member & QA_NEW) == 0 && !qa_model_member(load->model, d, member)->is_in_primary) {
        return qa_load_fail(load->error, QA_NOT_LEAF,
                            "--replace: \"%.*s\" is a group of an alternate hierarchy; name "
                            "members of the primary one",
                            (int)name.bytes, name.data);
    }
    void *array = state->slice_roots;
    status = qa_load_reserve(load->allocator, &array, &state->slice_root_capacity,
                             state->slice_root_count + 1u, sizeof(qa_member_t), load->error);
    state->slice_roots = array;
    if (status != QA_OK) return status;
    state->slice_roots[state->slice_root_count++] = member;
    state->is_sliced = true;
    if ((member & QA_NEW) == 0) mark_leaves(load, d, member);
    return QA_OK;
}

qa_status_t qa_load_slice_open(load_t *load)
{
    for (uint32_t i = 0; i < load->options->replace_count; i++) {
        const char *text = load->options->replaces[i];
        if (qa_load_trim(text, strlen(text)).bytes == 0) {
            return qa_load_fail(
                load->error, QA_USAGE,
                "--replace is empty; write Dimension=Member,Dimension=Member, or leave it out");
        }
        while (*text != '\0') {
            const char *member = NULL;
            const qa_dimension_t d = dimension_before_equals(load, text, &member);
            if (d == QA_DIMENSIONS_MAX) {
                return qa_load_fail(
                    load->error, QA_USAGE,
                    "--replace is Dimension=Member,Dimension=Member; \"%s\" does not begin with a "
                    "dimension of the app and =",
                    text);
            }
            dimension_state_t *state = &load->dimensions[d];
            if (state->slice_flags == NULL) {
                const uint32_t count = qa_model_dimension(load->model, d)->member_count;
                state->slice_flags = load->allocator->resize(load->allocator->context, NULL, 0, count + 1u);
                if (state->slice_flags == NULL) return qa_load_fail_memory(load->error);
                memset(state->slice_flags, 0, count + 1u);
                state->slice_flag_count = count + 1;
            }
            const char *end = member_end(load, member);
            const qa_status_t status = add_member(load, d, qa_load_trim(member, (size_t)(end - member)));
            if (status != QA_OK) return status;
            text = *end == ',' ? end + 1 : end;
        }
        load->has_slice = true;
    }
    return QA_OK;
}

qa_status_t qa_load_slice_refresh(load_t *load)
{
    for (qa_dimension_t d = 0; d < load->dimension_count; d++) {
        dimension_state_t *state = &load->dimensions[d];
        if (!state->is_sliced) continue;
        const uint32_t count = qa_model_dimension(load->model, d)->member_count + 1;
        uint8_t *flags = load->allocator->resize(load->allocator->context, NULL, 0, count);
        if (flags == NULL) return qa_load_fail_memory(load->error);
        memset(flags, 0, count);
        qa_load_release(load->allocator, state->slice_flags, state->slice_flag_count, 1);
        state->slice_flags = flags;
        state->slice_flag_count = count;
        for (uint32_t i = 0; i < state->slice_root_count; i++) {
            qa_member_t *root = &state->slice_roots[i];
            const bool is_created = (*root & QA_NEW) != 0;
            if (is_created && (load->created[*root & ~QA_NEW].id & QA_NEW) == 0)
                *root = load->created[*root & ~QA_NEW].id;
            if ((*root & QA_NEW) == 0) mark_leaves(load, d, *root);
        }
    }
    return QA_OK;
}

/* A member that the load creates is in the slice if it is named, or an ancestor is. */
static bool holds_created(const load_t *load, const dimension_state_t *state, qa_member_t member)
{
    while (member != QA_MEMBER_NONE) {
        const bool is_created = (member & QA_NEW) != 0;
        if (is_created && load->created[member & ~QA_NEW].is_adopted)
            member = load->created[member & ~QA_NEW].id;
        for (uint32_t i = 0; i < state->slice_root_count; i++) {
            const qa_member_t root = state->slice_roots[i];
            if (member == root) return true;
        }
        if ((member & QA_NEW) != 0) {
            member = load->created[member & ~QA_NEW].parent;
        } else {
            member = qa_model_parent(load->model, (qa_dimension_t)(state - load->dimensions),
                                     QA_HIERARCHY_PRIMARY, member);
        }
    }
    return false;
}

bool qa_load_slice_holds(const load_t *load, const qa_member_t *coordinate)
{
    for (qa_dimension_t d = 0; d < load->dimension_count; d++) {
        const dimension_state_t *state = &load->dimensions[d];
        if (!state->is_sliced) continue;
        const qa_member_t member = coordinate[d];
        if ((member & QA_NEW) != 0 ? !holds_created(load, state, member)
                                   : member >= state->slice_flag_count || state->slice_flags[member] == 0) {
            return false;
        }
    }
    return true;
}

qa_status_t qa_load_slice_members(load_t *load, qa_dimension_t dimension, qa_member_t **members_out,
                                  uint32_t *count_out, uint32_t *capacity_out)
{
    dimension_state_t *state = &load->dimensions[dimension];
    qa_member_t *members = NULL;
    uint32_t count = 0;
    *members_out = NULL;
    *count_out = 0;
    *capacity_out = 0;
    if (!state->is_sliced) return QA_OK;
    const uint32_t capacity = state->slice_flag_count + load->created_count + 1;
    members = load->allocator->resize(load->allocator->context, NULL, 0, (size_t)capacity * sizeof(*members));
    if (members == NULL) return qa_load_fail_memory(load->error);
    for (uint32_t i = 0; i < state->slice_flag_count; i++) {
        if (state->slice_flags[i] != 0) members[count++] = i;
    }
    for (uint32_t i = 0; i < load->created_count; i++) {
        const created_member_t *created = &load->created[i];
        /* One that somebody else made meanwhile stands among the existing leaves. */
        if (created->dimension != dimension || created->is_parent || (created->id & QA_NEW) == 0) continue;
        if (holds_created(load, state, QA_NEW | i)) members[count++] = created->id;
    }
    *members_out = members;
    *count_out = count;
    *capacity_out = capacity;
    return QA_OK;
}
