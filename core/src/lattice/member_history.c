/* What intents did to members: the facts of their deltas in words.
 *
 * A fact may change several times within an intent; the first value before and the last behind are compared.
 * So the facts are sorted by member and key, and in the order of their changes below that. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lattice/lattice_private.h"

enum { ACCOUNT_WORDS_BYTES = 64 };

/* A fact that an intent changed. */
typedef struct net {
    const qa_fact_key_t *key;
    uint32_t index; /* of the entry */
    const uint8_t *before;
    size_t before_bytes;
    const uint8_t *behind;
    size_t behind_bytes;
} net_t;

typedef struct walk {
    qa_member_change_visit_t visit;
    void *context;
    /* Of the intent under way. */
    qa_arena_t arena;
    const qa_model_t *model; /* behind it */
    net_t *nets;
    uint32_t net_count;
    char actor[256];
    char on_behalf_of[256];
    qa_member_change_t change;
} walk_t;

/* --- the facts of an intent --- */

static bool is_of_member(uint8_t table)
{
    return table == QA_FACT_MEMBER || table == QA_FACT_CAPTION || table == QA_FACT_ACCOUNT ||
           table == QA_FACT_DAYS || table == QA_FACT_ALIAS || table == QA_FACT_ATTRIBUTE ||
           table == QA_FACT_EDGE;
}

static qa_member_t subject(const qa_fact_key_t *key)
{
    return key->table == QA_FACT_EDGE ? key->other : key->member;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_keys(const qa_fact_key_t *a, const qa_fact_key_t *b)
{
    int order = compare_numbers(a->dimension, b->dimension);
    if (order == 0) order = compare_numbers(subject(a), subject(b));
    if (order == 0) order = compare_numbers(a->table, b->table); /* the member itself is the first */
    if (order == 0) order = compare_numbers(a->hierarchy, b->hierarchy);
    if (order == 0) order = compare_numbers(a->member, b->member);
    const uint32_t shorter = a->name_bytes < b->name_bytes ? a->name_bytes : b->name_bytes;
    if (order == 0 && shorter > 0) order = memcmp(a->name, b->name, shorter);
    return order == 0 ? compare_numbers(a->name_bytes, b->name_bytes) : order;
}

static int compare_nets(const void *a, const void *b)
{
    const net_t *first = a;
    const net_t *second = b;
    const int order = compare_keys(first->key, second->key);
    return order == 0 ? compare_numbers(first->index, second->index) : order;
}

static bool is_unchanged(const net_t *net)
{
    if (net->before == NULL || net->behind == NULL) return net->before == net->behind;
    return net->before_bytes == net->behind_bytes && memcmp(net->before, net->behind, net->before_bytes) == 0;
}

/* The facts of members that are not behind the intent what they were before it. */
static qa_status_t list_nets(walk_t *walk, const qa_delta_t *delta)
{
    uint32_t count = 0;
    walk->net_count = 0;
    walk->nets = qa_arena_take(&walk->arena, ((size_t)delta->entry_count + 1) * sizeof(net_t));
    if (walk->nets == NULL) return QA_NO_MEMORY;
    for (uint32_t i = 0; i < delta->entry_count; i++) {
        const qa_delta_entry_t *entry = &delta->entries[i];
        if (entry->kind != QA_DELTA_FACT || !is_of_member(entry->key.table)) continue;
        walk->nets[count++] = (net_t){ .key = &entry->key,
                                       .index = i,
                                       .before = entry->before_value,
                                       .before_bytes = entry->before_bytes,
                                       .behind = entry->behind_value,
                                       .behind_bytes = entry->behind_bytes };
    }
    if (count > 0) qsort(walk->nets, count, sizeof(net_t), compare_nets);
    for (uint32_t first = 0; first < count;) {
        uint32_t end = first + 1;
        while (end < count && compare_keys(walk->nets[first].key, walk->nets[end].key) == 0)
            end++;
        net_t net = walk->nets[first];
        net.behind = walk->nets[end - 1].behind;
        net.behind_bytes = walk->nets[end - 1].behind_bytes;
        if (!is_unchanged(&net)) walk->nets[walk->net_count++] = net;
        first = end;
    }
    return QA_OK;
}

/* --- words --- */

static const char *text_of(walk_t *walk, const uint8_t *value, size_t bytes, qa_status_t *status)
{
    if (value == NULL) return NULL;
    const char *text = qa_arena_text(&walk->arena, (const char *)value, bytes);
    if (text == NULL) *status = QA_NO_MEMORY;
    return text;
}

/* A member fact is u8 is a group, code. */
static const char *code_of_fact(walk_t *walk, const uint8_t *value, size_t bytes, qa_status_t *status)
{
    return value == NULL || bytes == 0 ? NULL : text_of(walk, value + 1, bytes - 1, status);
}

/* The code of a parent before or behind the intent, which may have renamed it. */
static const char *parent_code(walk_t *walk, const qa_fact_key_t *edge, bool is_before, qa_status_t *status)
{
    if (edge->member == QA_MEMBER_NONE) return "";
    const qa_fact_key_t key = {
        .table = QA_FACT_MEMBER, .dimension = edge->dimension, .member = edge->member, .name = ""
    };
    uint32_t low = 0;
    uint32_t high = is_before ? walk->net_count : 0;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const int order = compare_keys(walk->nets[middle].key, &key);
        if (order == 0 && walk->nets[middle].before != NULL)
            return code_of_fact(walk, walk->nets[middle].before, walk->nets[middle].before_bytes, status);
        if (order == 0) break;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return qa_model_member(walk->model, edge->dimension, edge->member)->code;
}

static const char *account_words(walk_t *walk, const uint8_t *value, size_t bytes, qa_status_t *status)
{
    static const char *const kinds[] = { "missing", "decimal", "double", "text", "date", "boolean" };
    static const char *const balances[] = { "flow", "first", "last", "average" };
    static const char *const skips[] = { "skip missing", "skip none", "skip zero", "skip both" };
    static const char *const senses[] = { "income", "expense" };
    char words[ACCOUNT_WORDS_BYTES];
    char decimals[8] = "";
    if (value == NULL) return NULL;
    assert(bytes == 5);
    if (bytes != 5 || value[0] > QA_KIND_BOOLEAN || value[2] > 3 || value[3] > 3 || value[4] > 1) return "?";
    if (value[0] == QA_KIND_DECIMAL) (void)snprintf(decimals, sizeof(decimals), " %u", (unsigned)value[1]);
    const int length = snprintf(words, sizeof(words), "%s%s, %s, %s, %s", kinds[value[0]], decimals,
                                balances[value[2]], skips[value[3]], senses[value[4]]);
    assert(length > 0 && (size_t)length < sizeof(words));
    return text_of(walk, (const uint8_t *)words, (size_t)length, status);
}

static const char *days_words(walk_t *walk, const uint8_t *value, size_t bytes, qa_status_t *status)
{
    char words[2 * QA_DATE_TEXT_BYTES + 4];
    if (value == NULL) return NULL;
    qa_reader_t reader = qa_reader_make(value, bytes);
    const int64_t first = qa_read_signed(&reader);
    const int64_t last = qa_read_signed(&reader);
    size_t length = qa_date_print((int32_t)first, words);
    memcpy(words + length, " to ", 4);
    length += 4;
    length += qa_date_print((int32_t)last, words + length);
    return text_of(walk, (const uint8_t *)words, length, status);
}

typedef struct edge_value {
    int64_t weight;
    uint8_t decimals;
    uint8_t operator_code;
    uint32_t order;
} edge_value_t;

static edge_value_t read_edge(const uint8_t *value, size_t bytes)
{
    edge_value_t edge;
    qa_reader_t reader = qa_reader_make(value, bytes);
    edge.weight = qa_read_signed(&reader);
    edge.decimals = qa_read_u8(&reader);
    edge.operator_code = qa_read_u8(&reader);
    edge.order = (uint32_t)qa_read_varint(&reader);
    return edge;
}

static const char *weight_words(walk_t *walk, const edge_value_t *edge, qa_status_t *status)
{
    char words[QA_DECIMAL_TEXT_BYTES + 2];
    words[0] = (char)edge->operator_code;
    words[1] = ' ';
    const size_t length = 2 + qa_decimal_print(edge->weight, edge->decimals, words + 2);
    return text_of(walk, (const uint8_t *)words, length, status);
}

static const char *order_words(walk_t *walk, const edge_value_t *edge, qa_status_t *status)
{
    char words[16];
    const int length = snprintf(words, sizeof(words), "%u", (unsigned)edge->order);
    return text_of(walk, (const uint8_t *)words, (size_t)length, status);
}

/* --- telling --- */

static qa_status_t tell(walk_t *walk, const char *what, const char *name, const char *before,
                        const char *behind, qa_status_t status)
{
    if (status != QA_OK) return status;
    walk->change.what = what;
    walk->change.name = name;
    walk->change.before = before;
    walk->change.behind = behind;
    return walk->visit(walk->context, &walk->change);
}

/* Edges of one child in one hierarchy: nets[first … end). A place lost and a place won are one move. */
static qa_status_t tell_edges(walk_t *walk, uint32_t first, uint32_t end, bool is_created)
{
    const qa_fact_key_t *key = walk->nets[first].key;
    const char *name = qa_model_hierarchy(walk->model, key->dimension, key->hierarchy)->name;
    qa_status_t status = QA_OK;
    uint32_t won = first;
    walk->change.hierarchy = key->hierarchy;
    for (uint32_t i = first; i < end && status == QA_OK; i++) {
        const net_t *lost = &walk->nets[i];
        if (lost->before != NULL && lost->behind != NULL) { /* stays below its parent */
            const edge_value_t before = read_edge(lost->before, lost->before_bytes);
            const edge_value_t behind = read_edge(lost->behind, lost->behind_bytes);
            const bool is_order = before.weight == behind.weight && before.decimals == behind.decimals &&
                                  before.operator_code == behind.operator_code;
            const char *(*words)(walk_t *, const edge_value_t *, qa_status_t *) =
                is_order ? order_words : weight_words;
            const char *old_words = words(walk, &before, &status);
            const char *new_words = words(walk, &behind, &status);
            status = tell(walk, is_order ? "order" : "weight", name, old_words, new_words, status);
        }
        if (lost->before == NULL || lost->behind != NULL) continue;
        while (won < end && walk->nets[won].before != NULL)
            won++;
        const char *old_code = parent_code(walk, lost->key, true, &status);
        const char *new_code = won < end ? parent_code(walk, walk->nets[won++].key, false, &status) : NULL;
        status = tell(walk, "moved", name, old_code, new_code, status);
    }
    for (; won < end && status == QA_OK; won++) {
        const net_t *net = &walk->nets[won];
        if (net->before != NULL) continue;
        if (is_created && net->key->member == QA_MEMBER_NONE && net->key->hierarchy == QA_HIERARCHY_PRIMARY)
            continue;
        const char *new_code = parent_code(walk, net->key, false, &status);
        status = tell(walk, "moved", name, NULL, new_code, status);
    }
    walk->change.hierarchy = QA_HIERARCHY_PRIMARY;
    return status;
}

static qa_status_t tell_fact(walk_t *walk, const net_t *net)
{
    qa_status_t status = QA_OK;
    const qa_fact_key_t *key = net->key;
    const char *name = text_of(walk, (const uint8_t *)key->name, key->name_bytes, &status);
    const char *before = NULL;
    const char *behind = NULL;
    switch (key->table) {
    case QA_FACT_MEMBER:
        before = code_of_fact(walk, net->before, net->before_bytes, &status);
        behind = code_of_fact(walk, net->behind, net->behind_bytes, &status);
        return tell(walk,
                    before == NULL   ? "created"
                    : behind == NULL ? "deleted"
                                     : "renamed",
                    name, before, behind, status);
    case QA_FACT_ACCOUNT:
        before = account_words(walk, net->before, net->before_bytes, &status);
        behind = account_words(walk, net->behind, net->behind_bytes, &status);
        return tell(walk, "account", name, before, behind, status);
    case QA_FACT_DAYS:
        before = days_words(walk, net->before, net->before_bytes, &status);
        behind = days_words(walk, net->behind, net->behind_bytes, &status);
        return tell(walk, "days", name, before, behind, status);
    case QA_FACT_ALIAS:
        return tell(walk, "alias", name, net->before == NULL ? NULL : name, net->behind == NULL ? NULL : name,
                    status);
    default:
        before = text_of(walk, net->before, net->before_bytes, &status);
        behind = text_of(walk, net->behind, net->behind_bytes, &status);
        return tell(walk, key->table == QA_FACT_CAPTION ? "caption" : "attribute", name, before, behind,
                    status);
    }
}

/* One member's facts: nets[first … end). */
static qa_status_t tell_member(walk_t *walk, uint32_t first, uint32_t end)
{
    const qa_fact_key_t *key = walk->nets[first].key;
    const net_t *self = key->table == QA_FACT_MEMBER ? &walk->nets[first] : NULL;
    const bool is_created = self != NULL && self->before == NULL;
    const bool is_deleted = self != NULL && self->behind == NULL;
    walk->change.dimension = key->dimension;
    walk->change.member = subject(key);
    walk->change.code = qa_model_member(walk->model, key->dimension, walk->change.member)->code;
    if (is_deleted) return tell_fact(walk, self);
    qa_status_t status = QA_OK;
    for (uint32_t i = first; i < end && status == QA_OK;) {
        uint32_t behind = i + 1;
        if (walk->nets[i].key->table == QA_FACT_EDGE) {
            while (behind < end && walk->nets[behind].key->hierarchy == walk->nets[i].key->hierarchy)
                behind++;
            status = tell_edges(walk, i, behind, is_created);
        } else {
            status = tell_fact(walk, &walk->nets[i]);
        }
        i = behind;
    }
    return status;
}

static void copy_text(char target[256], const char *text, uint32_t bytes)
{
    const uint32_t kept = bytes < 256 ? bytes : 255;
    if (kept > 0) memcpy(target, text, kept);
    target[kept] = '\0';
}

static qa_status_t visit_step(void *context, const qa_replay_step_t *step)
{
    walk_t *walk = context;
    if (step->delta->metadata_count == 0) return QA_OK;
    walk->model = step->state->model;
    copy_text(walk->actor, step->header->actor, step->header->actor_bytes);
    copy_text(walk->on_behalf_of, step->header->on_behalf_of, step->header->on_behalf_bytes);
    walk->change = (qa_member_change_t){ .offset = step->delta->offset,
                                         .appended_at_ns = step->appended_at_ns,
                                         .actor = walk->actor,
                                         .on_behalf_of = walk->on_behalf_of };
    qa_status_t status = list_nets(walk, step->delta);
    for (uint32_t first = 0; first < walk->net_count && status == QA_OK;) {
        const qa_fact_key_t *key = walk->nets[first].key;
        uint32_t end = first + 1;
        while (end < walk->net_count && walk->nets[end].key->dimension == key->dimension &&
               subject(walk->nets[end].key) == subject(key))
            end++;
        status = tell_member(walk, first, end);
        first = end;
    }
    qa_arena_release(&walk->arena);
    return status;
}

qa_status_t qa_connection_metadata_changes(qa_connection_t *connection, uint64_t from_offset,
                                           qa_member_change_visit_t visit, void *context)
{
    walk_t walk = { .visit = visit, .context = context };
    qa_arena_make(&walk.arena, connection->lattice->allocator, SIZE_MAX / 2);
    const qa_status_t status =
        qa_connection_each_step(connection, from_offset > 0 ? from_offset - 1 : 0, visit_step, &walk);
    qa_arena_release(&walk.arena);
    return status;
}
