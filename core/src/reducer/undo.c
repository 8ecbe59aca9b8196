/* Undo: a compensating intent. What the target changed and nobody changed since goes back; the rest stays and
 * is counted.
 *
 * Decided by values, as every conflict is: an atom or fact is unchanged if it still is what the target made
 * of it. So undoing the newest intent and then the one before it works as a stack. Facts go back in reverse
 * order, each on its own: one that can no longer go back (a code that is taken meanwhile, a member that is
 * used) stays as it is. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text_map.h"
#include "reducer/reduction.h"

/* --- atoms --- */

/* What an intent did to one atom in the end: it may change an atom twice, and then only the first change
 * knows what was there before, and only the last what stood there behind. */
typedef struct net_atom {
    const qa_member_t
        *coordinate; /* of the target's dimensions; those added since stand on their first member */
    const qa_atom_t *before;
    const qa_atom_t *behind;
    uint16_t dimension_count;
} net_atom_t;

typedef struct net_list {
    net_atom_t *items; /* in the arena of the undo's delta */
    uint32_t count;
} net_list_t;

/* Atoms go back in two rounds: first those that had no value before, so that members and edges can go back,
 * then, on the structure of then, those that had one. */
typedef enum undo_round { UNDO_CLEARED, UNDO_RESTORED } undo_round_t;

static void pad_coordinate(const net_atom_t *atom, uint16_t dimension_count, qa_member_t *coordinate_out)
{
    memset(coordinate_out, 0, dimension_count * sizeof(*coordinate_out));
    memcpy(coordinate_out, atom->coordinate, atom->dimension_count * sizeof(*coordinate_out));
}

/* Joins what is known of a coordinate already, or adds it. `places` (NULL when no coordinate can come twice)
 * finds the position, which it keeps as a number. */
static qa_status_t add_net(net_list_t *list, qa_store_t *places, const net_atom_t *atom)
{
    if (places != NULL) {
        qa_member_t coordinate[QA_DIMENSIONS_MAX];
        qa_atom_t place;
        pad_coordinate(atom, qa_store_dimension_count(places), coordinate);
        qa_store_get(places, coordinate, 1, &place);
        if (place.kind != QA_KIND_MISSING) {
            list->items[place.units].behind = atom->behind;
            return QA_OK;
        }
        place = (qa_atom_t){ .kind = QA_KIND_DECIMAL, .units = list->count, .changed_offset = 1 };
        const qa_status_t status = qa_store_set(places, coordinate, &place, 1, NULL, NULL);
        if (status != QA_OK) return status;
    }
    list->items[list->count++] = *atom;
    return QA_OK;
}

static qa_status_t list_atoms(qa_reduction_t *reduction, const qa_delta_t *target, net_list_t *list)
{
    qa_state_t *state = reduction->state;
    qa_store_t *places = NULL;
    uint64_t atom_count = 0;
    uint32_t entry_count = 0;
    qa_status_t status = QA_OK;
    for (uint32_t i = 0; i < target->entry_count; i++) {
        if (target->entries[i].kind != QA_DELTA_ATOMS) continue;
        atom_count += target->entries[i].atom_count;
        entry_count++;
    }
    *list = (net_list_t){ NULL, 0 };
    if (atom_count == 0) return QA_OK;
    list->items = qa_arena_take(&reduction->delta->arena, atom_count * sizeof(*list->items));
    if (list->items == NULL) status = QA_NO_MEMORY;
    if (status == QA_OK && entry_count > 1)
        status =
            qa_store_open(&places, state->allocator, qa_store_dimension_count(state->store), &state->key);
    for (uint32_t i = 0; i < target->entry_count && status == QA_OK; i++) {
        const qa_delta_entry_t *entry = &target->entries[i];
        for (uint32_t a = 0; entry->kind == QA_DELTA_ATOMS && a < entry->atom_count && status == QA_OK; a++) {
            const net_atom_t atom = { .coordinate = entry->coordinates + (size_t)a * entry->dimension_count,
                                      .before = &entry->before_atoms[a],
                                      .behind = &entry->behind_atoms[a],
                                      .dimension_count = entry->dimension_count };
            status = add_net(list, places, &atom);
        }
    }
    qa_store_close(places);
    return status == QA_OK ? QA_OK : qa_fail_memory(reduction->error, "an undo");
}

/* `before` and `behind` are brought to the decimals of now: values count, not units. */
static bool can_atom_return(const qa_reduction_t *reduction, const qa_member_t *coordinate, qa_atom_t *before)
{
    const qa_model_t *model = reduction->state->model;
    if (before->kind == QA_KIND_MISSING) return true;
    for (qa_dimension_t d = 0; d < qa_store_dimension_count(reduction->state->store); d++) {
        if (!qa_model_member(model, d, coordinate[d])->is_leaf) return false;
    }
    const qa_account_t account = qa_model_account_of(model, coordinate);
    return account.kind == before->kind && qa_atom_rescale(before, account.decimals);
}

static qa_status_t undo_atoms(qa_reduction_t *reduction, const net_list_t *list, undo_round_t round)
{
    qa_store_t *store = reduction->state->store;
    const uint16_t dimension_count = qa_store_dimension_count(store);
    qa_arena_t *arena = &reduction->delta->arena;
    uint32_t count = 0;
    if (list->count == 0) return QA_OK;
    qa_member_t *coordinates =
        qa_arena_take(arena, (size_t)list->count * dimension_count * sizeof(*coordinates));
    qa_atom_t *atoms = qa_arena_take(arena, list->count * sizeof(*atoms));
    if (coordinates == NULL || atoms == NULL) return qa_fail_memory(reduction->error, "an undo");
    for (uint32_t i = 0; i < list->count; i++) {
        const net_atom_t *atom = &list->items[i];
        qa_atom_t present;
        qa_member_t *coordinate = coordinates + (size_t)count * dimension_count;
        if ((atom->before->kind == QA_KIND_MISSING) != (round == UNDO_CLEARED)) continue;
        pad_coordinate(atom, dimension_count, coordinate);
        qa_store_get(store, coordinate, 1, &present);
        qa_atom_t before = *atom->before;
        qa_atom_t behind = *atom->behind;
        const uint8_t decimals = qa_model_account_of(reduction->state->model, coordinate).decimals;
        if (qa_atom_rescale(&behind, decimals) && qa_atom_is_same(&present, &behind) &&
            can_atom_return(reduction, coordinate, &before))
            atoms[count++] = before;
        else if (!qa_atom_is_same(atom->before, atom->behind))
            reduction->delta->kept_count++;
    }
    const qa_status_t status = qa_reduction_check_holds(reduction, coordinates, count);
    return status == QA_OK ? qa_reduction_atoms(reduction, coordinates, atoms, count) : status;
}

/* --- members that the target created --- */

/* Such a member stays, with all that hangs on it, if it is used by now by something that is not the target's:
 * values, children, being a default. */
typedef struct created {
    qa_dimension_t dimension;
    qa_member_t member;
    int32_t own_fact_count;  /* what the target hung on it, its places as a child included */
    int32_t own_child_count; /* edges to children that the target added, less those that it removed again */
    bool is_used;
} created_t;

typedef struct created_list {
    created_t *items; /* sorted, in the arena of the undo's delta */
    uint32_t count;
    bool avoids_loops; /* each edge on its own, because all of them together made one */
} created_list_t;

static int compare_created(const void *a, const void *b)
{
    const created_t *left = a;
    const created_t *right = b;
    if (left->dimension != right->dimension) return left->dimension < right->dimension ? -1 : 1;
    return left->member < right->member ? -1 : left->member > right->member;
}

static created_t *find_created(const created_list_t *list, qa_dimension_t dimension, qa_member_t member)
{
    const created_t wanted = { .dimension = dimension, .member = member };
    if (list->count == 0) return NULL;
    return bsearch(&wanted, list->items, list->count, sizeof(wanted), compare_created);
}

static bool is_used_created(const created_list_t *list, qa_dimension_t dimension, qa_member_t member)
{
    const created_t *created = find_created(list, dimension, member);
    return created != NULL && created->is_used;
}

static bool sets_default(const qa_delta_t *target, qa_dimension_t dimension)
{
    for (uint32_t i = 0; i < target->entry_count; i++) {
        const qa_delta_entry_t *entry = &target->entries[i];
        if (entry->kind == QA_DELTA_FACT && entry->key.table == QA_FACT_DEFAULT &&
            entry->key.dimension == dimension)
            return true;
    }
    return false;
}

/* A dimension stays once it is there, and with it the leaf that it began with: atoms stand on it. */
static bool is_first_leaf(const qa_delta_t *target, const created_t *created)
{
    if (created->member != 0) return false;
    for (uint32_t i = 0; i < target->entry_count; i++) {
        const qa_delta_entry_t *entry = &target->entries[i];
        if (entry->kind == QA_DELTA_FACT && entry->key.table == QA_FACT_DIMENSION &&
            entry->before_value == NULL && entry->key.dimension == created->dimension)
            return true;
    }
    return false;
}

static bool is_used_by_others(const qa_reduction_t *reduction, const qa_delta_t *target,
                              const created_t *created)
{
    const qa_model_t *model = reduction->state->model;
    const qa_dimension_info_t *info = qa_model_dimension(model, created->dimension);
    int64_t child_count = 0;
    for (qa_hierarchy_t h = 0; h < info->hierarchy_count; h++)
        child_count += qa_model_child_count(model, created->dimension, h, created->member);
    if (child_count > created->own_child_count || is_first_leaf(target, created)) return true;
    if (qa_store_member_atom_count(reduction->state->store, created->dimension, created->member) > 0)
        return true;
    if (qa_model_fact_count(model, created->dimension, created->member) > (uint32_t)created->own_fact_count)
        return true;
    if (qa_reduction_is_held_member(reduction, created->dimension, created->member)) return true;
    return info->default_member == created->member && !sets_default(target, created->dimension);
}

/* What stands above a member that stays, stays as well. */
static void keep_ancestors(const qa_model_t *model, const created_list_t *list, const created_t *kept)
{
    qa_edge_t edge;
    qa_member_t member = kept->member;
    for (int level = 0; level < QA_LEVELS_MAX; level++) {
        if (!qa_model_primary_edge(model, kept->dimension, member, &edge) || edge.parent == QA_MEMBER_NONE)
            return;
        created_t *parent = find_created(list, kept->dimension, edge.parent);
        if (parent != NULL) parent->is_used = true;
        member = edge.parent;
    }
}

/* Adds what the entry hung on a member that the target created, or takes it off. */
static void count_own(const created_list_t *list, const qa_delta_entry_t *entry)
{
    const int32_t change = (entry->behind_value != NULL) - (entry->before_value != NULL);
    if (entry->kind != QA_DELTA_FACT) return;
    const bool is_edge = entry->key.table == QA_FACT_EDGE;
    const bool is_detail = entry->key.table == QA_FACT_CAPTION || entry->key.table == QA_FACT_ACCOUNT ||
                           entry->key.table == QA_FACT_DAYS || entry->key.table == QA_FACT_ALIAS ||
                           entry->key.table == QA_FACT_ATTRIBUTE;
    if (!is_edge && !is_detail) return;
    created_t *owner =
        find_created(list, entry->key.dimension, is_edge ? entry->key.other : entry->key.member);
    if (owner != NULL) owner->own_fact_count += change;
    created_t *parent = is_edge ? find_created(list, entry->key.dimension, entry->key.member) : NULL;
    if (parent != NULL) parent->own_child_count += change;
}

static qa_status_t list_created(qa_reduction_t *reduction, const qa_delta_t *target, created_list_t *list)
{
    const qa_model_t *model = reduction->state->model;
    uint32_t entry_count = 0;
    for (uint32_t i = 0; i < target->entry_count; i++) {
        const qa_delta_entry_t *entry = &target->entries[i];
        entry_count +=
            entry->kind == QA_DELTA_FACT && entry->key.table == QA_FACT_MEMBER && entry->before_value == NULL;
    }
    *list = (created_list_t){ NULL, 0, false };
    if (entry_count == 0) return QA_OK;
    list->items = qa_arena_take(&reduction->delta->arena, entry_count * sizeof(created_t));
    if (list->items == NULL) return qa_fail_memory(reduction->error, "an undo");
    for (uint32_t i = 0; i < target->entry_count; i++) {
        const qa_fact_key_t *key = &target->entries[i].key;
        if (target->entries[i].kind != QA_DELTA_FACT || key->table != QA_FACT_MEMBER ||
            target->entries[i].before_value != NULL ||
            key->member >= qa_model_dimension(model, key->dimension)->member_count)
            continue;
        list->items[list->count++] = (created_t){ .dimension = key->dimension, .member = key->member };
    }
    qsort(list->items, list->count, sizeof(created_t), compare_created);
    for (uint32_t i = 0; i < target->entry_count; i++)
        count_own(list, &target->entries[i]);
    for (uint32_t i = 0; i < list->count; i++) {
        list->items[i].is_used =
            list->items[i].is_used || is_used_by_others(reduction, target, &list->items[i]);
        if (list->items[i].is_used) keep_ancestors(model, list, &list->items[i]);
    }
    return QA_OK;
}

/* --- facts --- */

static bool can_member_go(const qa_reduction_t *reduction, const qa_fact_key_t *key)
{
    const qa_model_t *model = reduction->state->model;
    const qa_dimension_info_t *info = qa_model_dimension(model, key->dimension);
    qa_edge_t edge;
    for (qa_hierarchy_t h = 0; h < info->hierarchy_count; h++) {
        if (qa_model_child_count(model, key->dimension, h, key->member) > 0) return false;
    }
    return qa_store_member_atom_count(reduction->state->store, key->dimension, key->member) == 0 &&
           info->default_member != key->member &&
           !qa_model_primary_edge(model, key->dimension, key->member, &edge);
}

/* A parent that loses its last child is a leaf: it must not have children in an alternate. */
static bool can_edge_go(const qa_reduction_t *reduction, const qa_fact_key_t *key)
{
    const qa_model_t *model = reduction->state->model;
    if (key->hierarchy != QA_HIERARCHY_PRIMARY || key->member == QA_MEMBER_NONE ||
        qa_model_child_count(model, key->dimension, QA_HIERARCHY_PRIMARY, key->member) != 1)
        return true;
    for (qa_hierarchy_t h = 1; h < qa_model_dimension(model, key->dimension)->hierarchy_count; h++) {
        if (qa_model_child_count(model, key->dimension, h, key->member) > 0) return false;
    }
    return true;
}

/* A parent must not become one while it has values, nor a leaf in an alternate; and nothing may come to stand
 * below itself. */
static bool can_edge_return(const qa_reduction_t *reduction, const qa_fact_key_t *key, bool avoids_loops)
{
    const qa_model_t *model = reduction->state->model;
    qa_member_t at = key->member;
    qa_edge_t edge;
    if (at == QA_MEMBER_NONE || at >= qa_model_dimension(model, key->dimension)->member_count) return true;
    if (key->hierarchy != QA_HIERARCHY_PRIMARY) return !qa_model_member(model, key->dimension, at)->is_leaf;
    if (qa_store_member_atom_count(reduction->state->store, key->dimension, at) > 0) return false;
    if (!avoids_loops) return true;
    for (int level = 0; level <= QA_LEVELS_MAX; level++) {
        if (at == key->other) return false;
        if (!qa_model_primary_edge(model, key->dimension, at, &edge) || edge.parent == QA_MEMBER_NONE)
            return true;
        at = edge.parent;
    }
    return false;
}

/* Whether the account before had the kind and the decimals that it has now. */
static bool is_same_form(const qa_reduction_t *reduction, const qa_delta_entry_t *entry)
{
    const qa_model_t *model = reduction->state->model;
    const qa_account_t *present = &qa_model_member(model, entry->key.dimension, entry->key.member)->account;
    const uint8_t kind = entry->before_bytes >= 2 ? entry->before_value[0] : QA_KIND_DECIMAL;
    const uint8_t decimals =
        entry->before_bytes >= 2 ? entry->before_value[1] : qa_model_app(model)->decimals;
    return present->kind == kind && (kind != QA_KIND_DECIMAL || present->decimals == decimals);
}

static bool can_fact_return(const qa_reduction_t *reduction, const created_list_t *created,
                            const qa_delta_entry_t *entry)
{
    const qa_store_t *store = reduction->state->store;
    const qa_fact_key_t *key = &entry->key;
    switch (key->table) {
    case QA_FACT_DIMENSION:
        return entry->before_value != NULL; /* a new dimension stays */
    case QA_FACT_APP:                       /* units are kept in decimals that follow from it */
        return key->other != QA_APP_DECIMALS || qa_store_atom_count(store) == 0;
    case QA_FACT_EDGE:
        if (entry->before_value == NULL)
            return !is_used_created(created, key->dimension, key->other) && can_edge_go(reduction, key);
        return can_edge_return(reduction, key, created->avoids_loops);
    case QA_FACT_MEMBER:
        return entry->before_value != NULL ||
               (!is_used_created(created, key->dimension, key->member) && can_member_go(reduction, key));
    case QA_FACT_ACCOUNT: /* kind and decimals are fixed while there are values */
        return is_same_form(reduction, entry) ||
               qa_store_member_atom_count(store, key->dimension, key->member) == 0;
    case QA_FACT_CAPTION:
    case QA_FACT_ALIAS:
    case QA_FACT_ATTRIBUTE:
    case QA_FACT_DAYS:
        return !is_used_created(created, key->dimension, key->member);
    default:
        return true;
    }
}

/* Marks the entries of facts that the target changed and changed back: what they passed through need not be
 * possible now. */
static qa_status_t mark_unchanged(qa_reduction_t *reduction, const qa_delta_t *target, bool **is_skipped_out)
{
    qa_text_map_t firsts; /* key → entry that changed it first */
    qa_buffer_t key;
    qa_status_t status = QA_OK;
    bool *is_skipped = qa_arena_take(&reduction->delta->arena, target->entry_count + 1);
    uint32_t *lasts = qa_arena_take(&reduction->delta->arena, (target->entry_count + 1) * sizeof(*lasts));
    if (is_skipped == NULL || lasts == NULL) return qa_fail_memory(reduction->error, "an undo");
    qa_text_map_make(&firsts, reduction->state->allocator);
    qa_buffer_make(&key, reduction->state->allocator, SIZE_MAX / 2);
    for (int pass = 0; pass < 2; pass++) { /* first find the last entry of each fact, then compare */
        for (uint32_t i = 0; i < target->entry_count && status == QA_OK; i++) {
            const qa_delta_entry_t *entry = &target->entries[i];
            uint32_t first = i;
            if (entry->kind != QA_DELTA_FACT) continue;
            qa_buffer_clear(&key);
            qa_fact_key_write(&entry->key, &key, &status);
            const bool is_known = status == QA_OK && qa_text_map_get(&firsts, key.data, key.bytes, &first);
            if (status == QA_OK && !is_known) status = qa_text_map_put(&firsts, key.data, key.bytes, i);
            if (pass == 0) {
                lasts[first] = i;
                continue;
            }
            const qa_delta_entry_t *begin = &target->entries[first];
            const qa_delta_entry_t *end = &target->entries[lasts[first]];
            is_skipped[i] = (begin->before_value == NULL) == (end->behind_value == NULL) &&
                            (begin->before_value == NULL ||
                             (begin->before_bytes == end->behind_bytes &&
                              memcmp(begin->before_value, end->behind_value, begin->before_bytes) == 0));
        }
    }
    qa_buffer_release(&key);
    qa_text_map_release(&firsts);
    *is_skipped_out = is_skipped;
    return status == QA_OK ? QA_OK : qa_fail_memory(reduction->error, "an undo");
}

static qa_status_t undo_fact(qa_reduction_t *reduction, const created_list_t *created,
                             const qa_delta_entry_t *entry)
{
    qa_buffer_t present;
    qa_status_t status = QA_OK;
    qa_buffer_make(&present, reduction->state->allocator, SIZE_MAX / 2);
    const bool is_present = qa_model_read_fact(reduction->state->model, &entry->key, &present, &status);
    const bool is_unchanged =
        is_present == (entry->behind_value != NULL) &&
        (!is_present ||
         (present.bytes == entry->behind_bytes &&
          (present.bytes == 0 || memcmp(present.data, entry->behind_value, present.bytes) == 0)));
    qa_buffer_release(&present);
    if (status != QA_OK) return qa_fail_memory(reduction->error, "an undo");
    if (!is_unchanged || !can_fact_return(reduction, created, entry)) {
        reduction->delta->kept_count++;
        return QA_OK;
    }
    status = qa_reduction_fact(reduction, entry->key, entry->before_value, entry->before_bytes);
    if (status == QA_OK || status == QA_NO_MEMORY) return status;
    qa_error_clear(reduction->error);
    reduction->delta->kept_count++;
    return QA_OK;
}

/* A member whose old place cannot be had again, and whose new one was taken away, becomes a root. */
static qa_status_t place_orphans(qa_reduction_t *reduction, const qa_delta_t *target)
{
    const qa_model_t *model = reduction->state->model;
    qa_status_t status = QA_OK;
    for (uint32_t i = 0; i < target->entry_count && status == QA_OK; i++) {
        const qa_fact_key_t *key = &target->entries[i].key;
        qa_edge_t edge = {
            .parent = QA_MEMBER_NONE, .child = key->other, .weight = 1, .operator_code = QA_OPERATOR_ADD
        };
        qa_edge_t present;
        if (target->entries[i].kind != QA_DELTA_FACT || key->table != QA_FACT_EDGE ||
            key->hierarchy != QA_HIERARCHY_PRIMARY ||
            key->other >= qa_model_dimension(model, key->dimension)->member_count ||
            qa_model_member(model, key->dimension, key->other)->is_deleted ||
            qa_model_primary_edge(model, key->dimension, key->other, &present))
            continue;
        status = qa_reduction_write_edge(reduction, key->dimension, QA_HIERARCHY_PRIMARY, edge);
    }
    return status;
}

static qa_status_t undo_each_fact(qa_reduction_t *reduction, const qa_delta_t *target,
                                  const created_list_t *created, const bool *is_skipped)
{
    qa_status_t status = QA_OK;
    for (uint32_t i = target->entry_count; i-- > 0 && status == QA_OK;) {
        if (target->entries[i].kind == QA_DELTA_FACT && !is_skipped[i])
            status = undo_fact(reduction, created, &target->entries[i]);
    }
    return status == QA_OK ? place_orphans(reduction, target) : status;
}

/* On the way back the edges may pass through a loop that a later step opens, as they did on the way there.
 * Only if a loop is left in the end, the facts are taken back and undone again with a look at each edge. */
static qa_status_t undo_facts(qa_reduction_t *reduction, const qa_delta_t *target, created_list_t *created,
                              const bool *is_skipped)
{
    qa_delta_t *delta = reduction->delta;
    const uint32_t entry_count = delta->entry_count;
    const uint64_t metadata_count = delta->metadata_count;
    const uint64_t kept_count = delta->kept_count;
    qa_status_t status = undo_each_fact(reduction, target, created, is_skipped);
    if (status == QA_OK) status = qa_model_settle(reduction->state->model, reduction->error);
    if (status != QA_CYCLE && status != QA_LIMIT) return status;
    for (status = QA_OK; delta->entry_count > entry_count && status == QA_OK; delta->entry_count--) {
        const qa_delta_entry_t *entry = &delta->entries[delta->entry_count - 1];
        status = qa_model_write_fact(reduction->state->model, &entry->key, entry->before_value,
                                     entry->before_bytes, reduction->error);
        if (status != QA_OK) return status;
    }
    delta->metadata_count = metadata_count;
    delta->kept_count = kept_count;
    created->avoids_loops = true;
    return undo_each_fact(reduction, target, created, is_skipped);
}

qa_status_t qa_reduce_undo(qa_reduction_t *reduction, qa_reader_t *payload)
{
    const uint64_t target_offset = qa_read_varint(payload);
    if (payload->is_bad) return qa_reduction_malformed(reduction, QA_OPERATION_UNDO);
    if (target_offset == 0 || target_offset > reduction->state->offset)
        return qa_fail(reduction->error, QA_NO_SUCH_OFFSET, "there is no intent %llu; the log ends at %llu",
                       (unsigned long long)target_offset, (unsigned long long)reduction->state->offset);
    const qa_delta_t *target = qa_state_recent_delta(reduction->state, target_offset);
    qa_delta_t fetched = { 0 };
    qa_status_t status = QA_OK;
    if (target == NULL) {
        status = reduction->environment->delta_of(reduction->environment->context, target_offset, &fetched,
                                                  reduction->error);
        target = &fetched;
    }
    if (status != QA_OK) return status;
    const uint64_t before = reduction->delta->changed_count + reduction->delta->metadata_count;
    created_list_t created;
    net_list_t atoms = { NULL, 0 };
    status = list_atoms(reduction, target, &atoms);
    if (status == QA_OK) status = undo_atoms(reduction, &atoms, UNDO_CLEARED);
    if (status == QA_OK) status = list_created(reduction, target, &created);
    bool *is_skipped = NULL;
    if (status == QA_OK) status = mark_unchanged(reduction, target, &is_skipped);
    if (status == QA_OK) status = undo_facts(reduction, target, &created, is_skipped);
    if (status == QA_OK) status = undo_atoms(reduction, &atoms, UNDO_RESTORED);
    if (status == QA_OK && reduction->delta->changed_count + reduction->delta->metadata_count == before)
        status = qa_fail(reduction->error, QA_NOTHING_TO_UNDO,
                         "intent %llu left nothing to undo (%llu values and facts changed again since)",
                         (unsigned long long)target_offset, (unsigned long long)reduction->delta->kept_count);
    qa_delta_release(&fetched);
    return status;
}
