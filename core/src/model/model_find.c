/* Finding dimensions, hierarchies and members by what people write; see the order of look-up in qa/model.h.
 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "model/model_struct.h"
#include "qa/text.h"

enum {
    NEAREST_COUNT = 3,
    DISTANCE_MAX = 3,
    NEAREST_SCAN_MAX = 50000, /* larger dimensions get no suggestions: an error must not take seconds */
    WORDS_BYTES = 300
};

/* Appends to a list in words, "a, b, c"; what does not fit is left out. */
static void add_word(char words[WORDS_BYTES], const char *format_quoted, const char *word)
{
    const size_t used = strlen(words);
    char piece[WORDS_BYTES];
    const int wanted = snprintf(piece, sizeof(piece), format_quoted, used == 0 ? "" : ", ", word);
    if (wanted < 0 || (size_t)wanted >= sizeof(piece) || used + (size_t)wanted >= WORDS_BYTES) return;
    memcpy(words + used, piece, (size_t)wanted + 1);
}

static bool is_same_name(const char *name, uint32_t bytes, const char *wanted_key, size_t wanted_bytes)
{
    char key[QA_NAME_KEY_BYTES];
    size_t key_bytes = 0;
    return qa_name_key(name, bytes, key, &key_bytes) == QA_OK && key_bytes == wanted_bytes &&
           memcmp(key, wanted_key, key_bytes) == 0;
}

qa_status_t qa_model_find_dimension(const qa_model_t *model, const char *name, size_t bytes,
                                    qa_dimension_t *dimension_out, qa_error_t *error)
{
    char key[QA_NAME_KEY_BYTES];
    char words[WORDS_BYTES] = "";
    size_t key_bytes = 0;
    if (qa_name_key(name, bytes, key, &key_bytes) != QA_OK) key_bytes = 0;
    for (uint16_t i = 0; i < model->dimension_count; i++) {
        const qa_dimension_info_t *info = &model->dimensions[i]->info;
        if (key_bytes > 0 && is_same_name(info->name, info->name_bytes, key, key_bytes)) {
            *dimension_out = i;
            return QA_OK;
        }
        add_word(words, "%s%s", info->name);
    }
    return qa_fail(error, QA_DIMENSION_NOT_FOUND, "no dimension \"%.*s\"; there are: %s",
                   (int)(bytes > QA_NAME_BYTES_MAX ? QA_NAME_BYTES_MAX : bytes), name, words);
}

qa_status_t qa_model_find_hierarchy(const qa_model_t *model, qa_dimension_t dimension, const char *name,
                                    size_t bytes, qa_hierarchy_t *hierarchy_out, qa_error_t *error)
{
    char key[QA_NAME_KEY_BYTES];
    char words[WORDS_BYTES] = "";
    size_t key_bytes = 0;
    if (qa_name_key(name, bytes, key, &key_bytes) != QA_OK) key_bytes = 0;
    const dimension_t *owner = model->dimensions[dimension];
    for (uint16_t i = 0; i < owner->info.hierarchy_count; i++) {
        const qa_hierarchy_info_t *info = &owner->hierarchies[i].info;
        if (info->is_deleted) continue;
        if (key_bytes > 0 && is_same_name(info->name, info->name_bytes, key, key_bytes)) {
            *hierarchy_out = i;
            return QA_OK;
        }
        add_word(words, "%s%s", info->name);
    }
    return qa_fail(error, QA_HIERARCHY_NOT_FOUND, "dimension \"%s\" has no hierarchy \"%.*s\"; there are: %s",
                   owner->info.name, (int)(bytes > QA_NAME_BYTES_MAX ? QA_NAME_BYTES_MAX : bytes), name,
                   words);
}

/* --- members --- */

static void add_candidate(const dimension_t *dimension, qa_member_t member, char words[WORDS_BYTES])
{
    char form[2 * QA_NAME_BYTES_MAX];
    snprintf(form, sizeof(form), "%s:%s", dimension->info.name, dimension->members[member].info.code);
    add_word(words, "%s%s", form);
}

/* Leaf periods that contain the day. */
static uint32_t find_periods(const dimension_t *dimension, const char *name, size_t bytes,
                             qa_member_t *member_out, char words[WORDS_BYTES])
{
    int32_t day;
    uint32_t count = 0;
    if (dimension->info.kind != QA_DIMENSION_TIME || qa_date_parse(name, bytes, &day) != QA_OK) return 0;
    for (qa_member_t m = 0; m < dimension->info.member_count; m++) {
        const qa_member_info_t *info = &dimension->members[m].info;
        if (!info->is_leaf || !info->has_days || day < info->first_day || day > info->last_day) continue;
        if (count++ == 0) *member_out = m;
        add_candidate(dimension, m, words);
    }
    return count;
}

/* Members that have it as an alias (`aliased`, or QA_MEMBER_NONE) or as their caption; the candidates in
 * words. */
static uint32_t find_labels(const dimension_t *dimension, const char *key, size_t key_bytes,
                            qa_member_t aliased, qa_member_t *member_out, char words[WORDS_BYTES])
{
    uint32_t count = 0;
    for (qa_member_t m = 0; m < dimension->info.member_count; m++) {
        const qa_member_info_t *info = &dimension->members[m].info;
        const bool is_captioned = !info->is_deleted && info->caption_bytes > 0 &&
                                  is_same_name(info->caption, info->caption_bytes, key, key_bytes);
        if (m != aliased && !is_captioned) continue;
        if (count++ == 0) *member_out = m;
        add_candidate(dimension, m, words);
    }
    return count;
}

static qa_status_t fail_ambiguous(const char *name, size_t bytes, uint32_t count, const char *words,
                                  qa_error_t *error)
{
    return qa_fail(error, QA_MEMBER_AMBIGUOUS, "\"%.*s\" fits %u members; write one of: %s",
                   (int)(bytes > 200 ? 200 : bytes), name, count, words);
}

/* A path from a root: each step is a code, alias or caption among the children of the step before. */
static bool find_path(const qa_model_t *model, qa_dimension_t dimension, const char *name, size_t bytes,
                      qa_member_t *member_out)
{
    const dimension_t *owner = model->dimensions[dimension];
    if (memchr(name, '/', bytes) == NULL || owner->hierarchies[0].is_dirty) return false;
    qa_member_t at = QA_MEMBER_NONE;
    const char *end = name + bytes;
    for (const char *step = name; step <= end;) {
        const char *slash = memchr(step, '/', (size_t)(end - step));
        const char *stop = slash == NULL ? end : slash;
        char key[QA_NAME_KEY_BYTES];
        size_t key_bytes = 0;
        if (qa_name_key(step, (size_t)(stop - step), key, &key_bytes) != QA_OK) return false;
        uint32_t count;
        uint32_t named = QA_MEMBER_NONE;
        (void)qa_text_map_get(&owner->names, key, key_bytes, &named);
        const qa_edge_t *edges = qa_model_children(model, dimension, QA_HIERARCHY_PRIMARY, at, &count);
        qa_member_t next = QA_MEMBER_NONE;
        for (uint32_t i = 0; i < count && next == QA_MEMBER_NONE; i++) {
            const qa_member_info_t *info = &owner->members[edges[i].child].info;
            if (edges[i].child == named || is_same_name(info->caption, info->caption_bytes, key, key_bytes))
                next = edges[i].child;
        }
        if (next == QA_MEMBER_NONE) return false;
        at = next;
        step = stop + 1;
    }
    *member_out = at;
    return at != QA_MEMBER_NONE;
}

/* Distance of the keys: case and blanks do not count. */
static uint32_t key_distance(const char *wanted, size_t wanted_bytes, const char *name, uint32_t bytes)
{
    char key[QA_NAME_KEY_BYTES];
    size_t key_bytes = 0;
    if (qa_name_key(name, bytes, key, &key_bytes) != QA_OK) return DISTANCE_MAX + 1;
    return qa_name_distance(wanted, wanted_bytes, key, key_bytes, DISTANCE_MAX);
}

static qa_status_t fail_nearest(const dimension_t *dimension, const char *name, size_t bytes,
                                qa_error_t *error)
{
    const char *best[NEAREST_COUNT] = { NULL };
    uint32_t best_distance[NEAREST_COUNT];
    char wanted[QA_NAME_KEY_BYTES];
    size_t wanted_bytes = 0;
    (void)qa_name_key(name, bytes, wanted, &wanted_bytes);
    const uint32_t scanned =
        dimension->info.member_count > NEAREST_SCAN_MAX ? 0 : dimension->info.member_count;
    for (qa_member_t m = 0; m < scanned; m++) {
        const qa_member_info_t *info = &dimension->members[m].info;
        if (info->is_deleted) continue;
        uint32_t distance = key_distance(wanted, wanted_bytes, info->code, info->code_bytes);
        const char *shown = info->code;
        if (info->caption_bytes > 0) {
            const uint32_t by_caption =
                key_distance(wanted, wanted_bytes, info->caption, info->caption_bytes);
            if (by_caption < distance) {
                distance = by_caption;
                shown = info->caption;
            }
        }
        if (distance > DISTANCE_MAX) continue;
        for (int slot = 0; slot < NEAREST_COUNT; slot++) {
            if (best[slot] != NULL && best_distance[slot] <= distance) continue;
            for (int moved = NEAREST_COUNT - 1; moved > slot; moved--) {
                best[moved] = best[moved - 1];
                best_distance[moved] = best_distance[moved - 1];
            }
            best[slot] = shown;
            best_distance[slot] = distance;
            break;
        }
    }
    char words[WORDS_BYTES] = "";
    for (int i = 0; i < NEAREST_COUNT && best[i] != NULL; i++)
        add_word(words, "%s\"%s\"", best[i]);
    const int shown_bytes = (int)(bytes > 200 ? 200 : bytes);
    if (words[0] != '\0')
        return qa_fail(error, QA_MEMBER_NOT_FOUND, "no member \"%.*s\" in \"%s\"; did you mean %s?",
                       shown_bytes, name, dimension->info.name, words);
    return qa_fail(error, QA_MEMBER_NOT_FOUND, "no member \"%.*s\" in \"%s\"", shown_bytes, name,
                   dimension->info.name);
}

qa_status_t qa_model_find_member(const qa_model_t *model, qa_dimension_t dimension, const char *name,
                                 size_t bytes, qa_member_t *member_out, qa_error_t *error)
{
    const dimension_t *owner = model->dimensions[dimension];
    char key[QA_NAME_KEY_BYTES];
    char words[WORDS_BYTES] = "";
    size_t key_bytes = 0;
    uint32_t found;
    const qa_status_t status = qa_name_key(name, bytes, key, &key_bytes);
    if (status != QA_OK)
        return qa_fail(error, status == QA_NOT_TEXT ? QA_NOT_TEXT : QA_MEMBER_NOT_FOUND,
                       "what names the member of \"%s\" is %s", owner->info.name,
                       bytes == 0 ? "empty" : "not a name (1 to 255 characters of valid UTF-8)");
    if (!qa_text_map_get(&owner->names, key, key_bytes, &found)) found = QA_MEMBER_NONE;
    if (found != QA_MEMBER_NONE && is_same_name(owner->members[found].info.code,
                                                owner->members[found].info.code_bytes, key, key_bytes)) {
        *member_out = found;
        return QA_OK;
    }
    uint32_t count = find_periods(owner, name, bytes, member_out, words);
    if (count == 0) count = find_labels(owner, key, key_bytes, found, member_out, words);
    if (count == 1) return QA_OK;
    if (count > 1) return fail_ambiguous(name, bytes, count, words, error);
    const char *colon = memchr(name, ':', bytes);
    if (colon != NULL && qa_name_key(name, (size_t)(colon - name), key, &key_bytes) == QA_OK &&
        is_same_name(owner->info.name, owner->info.name_bytes, key, key_bytes))
        return qa_model_find_member(model, dimension, colon + 1, bytes - (size_t)(colon + 1 - name),
                                    member_out, error);
    if (find_path(model, dimension, name, bytes, member_out)) return QA_OK;
    return fail_nearest(owner, name, bytes, error);
}
