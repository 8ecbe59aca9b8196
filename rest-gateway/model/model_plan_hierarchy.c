/* The plan's part for hierarchies: which edges to set and to take away, and which members to delete.
 *
 * First the edges of alternates go, then the primary is put in order, then the edges of alternates come: a
 * parent that is a leaf in the end has no children in an alternate by then. A parent that changes all its
 * children may be a leaf for a moment, so its edges in alternates are lifted before and set again behind.
 *
 * Edges are set from the roots down, in the order of the file. When an edge below P is set, all that stands
 * above P is as the file wants it, so no circle can come up on the way, whatever the hierarchy looked like
 * before. The order of siblings is touched only where the file's members do not already stand in the file's
 * order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/model_plan_parts.h"
#include "qa/limits.h"
#include "qa/number.h"

typedef struct walk {
    qa_model_planner_t *plan;
    const qa_plan_dimension_t *dimension;
    const qa_file_hierarchy_t *file;
    qa_hierarchy_t id;      /* with QA_NEW_SHORT for a new one */
    bool is_new;            /* the model does not have it: no edges yet */
    const qa_edge_t **edge; /* per member of the model: its edge below the parent at hand */
    uint32_t
        *position; /* per member of the model: 1 + where it stands below the parent at hand; 0: not there */
    uint32_t *first_child; /* per place: its first child place; place_count: of the roots; UINT32_MAX: none */
    uint32_t *next_sibling; /* per place */
    const bool *is_lifted;  /* per member of the model: its edges in alternates are taken away on the way */
} walk_t;

static const char *hierarchy_name(const walk_t *walk)
{
    return walk->file->name == NULL ? "" : walk->file->name;
}

static void print_weight(uint8_t operator_code, int64_t weight, uint8_t decimals, char text_out[64])
{
    char number[QA_DECIMAL_TEXT_BYTES];
    size_t bytes = qa_decimal_print(weight, decimals, number);
    if (operator_code == QA_OPERATOR_NONE || operator_code == QA_OPERATOR_NEVER) {
        snprintf(text_out, 64, "%c", operator_code);
    } else if (operator_code == QA_OPERATOR_SUBTRACT && weight == -1 && decimals == 0) {
        snprintf(text_out, 64, "-");
    } else if (operator_code == QA_OPERATOR_ADD && weight == 1 && decimals == 0) {
        snprintf(text_out, 64, "+");
    } else {
        snprintf(text_out, 64, "%c weight %.*s", operator_code, (int)bytes, number);
    }
}

/* Weights are compared as numbers: 0.50 is 0.5. */
static bool is_same_weight(const qa_edge_t *edge, const qa_file_place_t *place)
{
    int64_t a = edge->weight;
    uint8_t a_decimals = edge->weight_decimals;
    while (a_decimals > 0 && a % 10 == 0) {
        a /= 10;
        a_decimals--;
    }
    return a == place->weight && a_decimals == place->weight_decimals &&
           edge->operator_code == place->operator_code;
}

static void load_children(walk_t *walk, qa_member_t parent, bool is_loaded)
{
    uint32_t count = 0;
    if (walk->is_new || (parent != QA_MEMBER_NONE && (parent & QA_NEW) != 0)) return;
    const qa_edge_t *children =
        qa_model_children(walk->plan->model, walk->dimension->id, walk->id, parent, &count);
    for (uint32_t i = 0; i < count; i++) {
        walk->edge[children[i].child] = is_loaded ? &children[i] : NULL;
        walk->position[children[i].child] = is_loaded ? i + 1 : 0;
    }
}

static qa_status_t set_edge(const walk_t *walk, qa_member_t parent, const qa_file_place_t *place,
                            uint32_t order)
{
    const qa_plan_dimension_t *dimension = walk->dimension;
    qa_edge_t edge = { .parent = parent,
                       .child = dimension->ids[place->member],
                       .weight = place->weight,
                       .weight_decimals = place->weight_decimals,
                       .operator_code = place->operator_code,
                       .order = order };
    qa_atoms_policy_t policy = QA_ATOMS_REFUSE;
    qa_member_t target = QA_MEMBER_NONE;
    if (place->parent != QA_PLACE_NONE && walk->file->name == NULL) {
        const qa_file_member_t *above = &dimension->file->members[walk->file->places[place->parent].member];
        if (above->data_member != NULL) {
            policy = QA_ATOMS_MOVE;
            target = dimension->ids[qa_names_find(&dimension->file->codes, above->data_member)];
        }
    }
    qa_status_t status =
        qa_intent_set_edge(walk->plan->intent, dimension->id, walk->id, &edge, policy, target);
    return status == QA_OK ? QA_OK : qa_plan_fail_intent(walk->plan, status, "an edge");
}

/* A new member stands as a root of the primary already, in the order of creation. */
static bool is_in_place(const walk_t *walk, const qa_file_place_t *place, uint32_t *position_out)
{
    qa_member_t child = walk->dimension->ids[place->member];
    if (walk->dimension->created[place->member] != 0) {
        *position_out = UINT32_MAX / 2 + walk->dimension->created[place->member];
        return walk->file->name == NULL && place->parent == QA_PLACE_NONE;
    }
    *position_out = walk->position[child];
    return walk->position[child] != 0;
}

static void say_place(const walk_t *walk, const qa_file_place_t *place)
{
    const qa_plan_dimension_t *dimension = walk->dimension;
    qa_model_planner_t *plan = walk->plan;
    const qa_file_member_t *member = &dimension->file->members[place->member];
    char wanted[64];
    char before[64];
    print_weight(place->operator_code, place->weight, place->weight_decimals, wanted);
    qa_model_change_t change = {
        .dimension = dimension->file->name,
        .hierarchy = hierarchy_name(walk),
        .subject = member->code,
        .behind = place->parent == QA_PLACE_NONE
                      ? "(root)"
                      : dimension->file->members[walk->file->places[place->parent].member].code
    };
    qa_member_t child = dimension->ids[place->member];
    if (dimension->created[place->member] != 0 || walk->file->name != NULL) {
        change.verb = QA_CHANGE_ADD;
        if (dimension->created[place->member] == 0 && walk->position[child] != 0) {
            print_weight(walk->edge[child]->operator_code, walk->edge[child]->weight,
                         walk->edge[child]->weight_decimals, before);
            change.verb = QA_CHANGE_CHANGE;
            change.what = "weight";
            change.before = before;
            change.behind = wanted;
        }
    } else if (walk->position[child] != 0) {
        print_weight(walk->edge[child]->operator_code, walk->edge[child]->weight,
                     walk->edge[child]->weight_decimals, before);
        change.verb = QA_CHANGE_CHANGE;
        change.what = "weight";
        change.before = before;
        change.behind = wanted;
    } else {
        qa_member_t old = qa_model_parent(plan->model, dimension->id, walk->id, child);
        change.verb = QA_CHANGE_MOVE;
        change.before = qa_model_is_in_hierarchy(plan->model, dimension->id, walk->id, child)
                            ? qa_plan_code(plan, dimension, old)
                            : "(nowhere)";
    }
    qa_plan_say(plan, &change);
}

/* Whether the members that stay below the parent stand in the file's order, with all that come behind them.
 */
static bool is_in_order(const walk_t *walk, uint32_t first_place)
{
    uint32_t last = 0;
    bool is_one_appended = false;
    for (uint32_t p = first_place; p != UINT32_MAX; p = walk->next_sibling[p]) {
        uint32_t position = 0;
        bool is_there = is_in_place(walk, &walk->file->places[p], &position);
        if (is_there && (is_one_appended || position <= last)) return false;
        if (is_there) last = position;
        is_one_appended = is_one_appended || !is_there;
    }
    return true;
}

/* The edges below one parent. Siblings that the file does not name keep their place. */
static qa_status_t plan_children(walk_t *walk, qa_member_t parent, uint32_t first_place)
{
    const qa_plan_dimension_t *dimension = walk->dimension;
    qa_status_t status = QA_OK;
    uint32_t order = 1;
    load_children(walk, parent, true);
    bool is_ordered = is_in_order(walk, first_place);
    bool is_one_kept = false;
    bool is_lifted =
        walk->file->name != NULL && !walk->is_new && (parent & QA_NEW) == 0 && walk->is_lifted[parent];
    for (uint32_t p = first_place; p != UINT32_MAX && status == QA_OK; p = walk->next_sibling[p], order++) {
        const qa_file_place_t *place = &walk->file->places[p];
        uint32_t position = 0;
        qa_member_t child = dimension->ids[place->member];
        bool is_there = is_in_place(walk, place, &position);
        bool is_fresh = dimension->created[place->member] != 0;
        bool is_same = is_there && (is_fresh || is_same_weight(walk->edge[child], place));
        if (walk->file->name == NULL ? is_fresh || !is_same : !is_same) say_place(walk, place);
        is_one_kept = is_one_kept || (is_there && !is_fresh);
        if (is_same && is_ordered && !is_lifted) continue;
        uint32_t kept_order = is_there && !is_fresh ? walk->edge[child]->order : 0;
        status = set_edge(walk, parent, place, is_ordered ? kept_order : order);
    }
    if (!is_ordered && is_one_kept && status == QA_OK) {
        qa_plan_say(walk->plan, &(qa_model_change_t){ .verb = QA_CHANGE_CHANGE,
                                                      .dimension = dimension->file->name,
                                                      .hierarchy = hierarchy_name(walk),
                                                      .subject = qa_plan_code(walk->plan, dimension, parent),
                                                      .what = "order of children",
                                                      .before = "",
                                                      .behind = "" });
    }
    load_children(walk, parent, false);
    return status;
}

static qa_status_t open_walk(walk_t *walk)
{
    uint32_t places = walk->file->place_count;
    size_t members = (size_t)walk->dimension->model_count + 1;
    walk->edge = calloc(members, sizeof(const qa_edge_t *));
    walk->position = calloc(members, sizeof(*walk->position));
    walk->first_child = malloc(((size_t)places + 1) * sizeof(*walk->first_child));
    walk->next_sibling = malloc(((size_t)places + 1) * sizeof(*walk->next_sibling));
    if (walk->edge == NULL || walk->position == NULL || walk->first_child == NULL ||
        walk->next_sibling == NULL) {
        return qa_plan_no_memory(walk->plan);
    }
    memset(walk->first_child, 0xFF, ((size_t)places + 1) * sizeof(*walk->first_child));
    for (uint32_t p = places; p > 0; p--) {
        uint32_t parent = walk->file->places[p - 1].parent;
        uint32_t above = parent == QA_PLACE_NONE ? places : parent;
        walk->next_sibling[p - 1] = walk->first_child[above];
        walk->first_child[above] = p - 1;
    }
    return QA_OK;
}

static void close_walk(walk_t *walk)
{
    free(walk->edge);
    free(walk->position);
    free(walk->first_child);
    free(walk->next_sibling);
}

/* All edges that the file wants, roots first. */
static qa_status_t plan_edges(walk_t *walk)
{
    uint32_t places = walk->file->place_count;
    qa_status_t status = plan_children(walk, QA_MEMBER_NONE, walk->first_child[places]);
    for (uint32_t p = 0; p < places && status == QA_OK; p++) {
        if (walk->first_child[p] == UINT32_MAX) continue;
        status =
            plan_children(walk, walk->dimension->ids[walk->file->places[p].member], walk->first_child[p]);
    }
    return status;
}

/* --- alternates: the edges there are and the file does not want --- */

static qa_status_t remove_child_edges(walk_t *walk, qa_member_t parent, uint32_t first_place, uint32_t *stamp,
                                      uint32_t mark)
{
    const qa_plan_dimension_t *dimension = walk->dimension;
    qa_model_planner_t *plan = walk->plan;
    uint32_t count = 0;
    const qa_edge_t *children = qa_model_children(plan->model, dimension->id, walk->id, parent, &count);
    for (uint32_t p = first_place; p != UINT32_MAX; p = walk->next_sibling[p]) {
        uint32_t member = walk->file->places[p].member;
        if (dimension->created[member] == 0) stamp[dimension->ids[member]] = mark;
    }
    for (uint32_t i = 0; i < count; i++) {
        qa_member_t child = children[i].child;
        bool is_wanted = stamp[child] == mark;
        if (is_wanted && (parent == QA_MEMBER_NONE || !walk->is_lifted[parent])) continue;
        qa_status_t status = qa_intent_remove_edge(plan->intent, dimension->id, walk->id, parent, child);
        if (status != QA_OK) return qa_plan_fail_intent(plan, status, "an edge");
        if (is_wanted) continue; /* it comes back when the primary is in order */
        qa_plan_say(plan, &(qa_model_change_t){ .verb = QA_CHANGE_DELETE,
                                                .dimension = dimension->file->name,
                                                .hierarchy = hierarchy_name(walk),
                                                .subject = qa_plan_code(plan, dimension, child),
                                                .before = qa_plan_code(plan, dimension, parent) });
    }
    return QA_OK;
}

static qa_status_t remove_edges(walk_t *walk)
{
    const qa_plan_dimension_t *dimension = walk->dimension;
    size_t members = (size_t)dimension->model_count + 1;
    uint32_t *stamp = calloc(members, sizeof(*stamp));
    uint32_t *definer = malloc(members * sizeof(*definer));
    qa_status_t status = stamp == NULL || definer == NULL ? qa_plan_no_memory(walk->plan) : QA_OK;
    if (status == QA_OK) {
        memset(definer, 0xFF, members * sizeof(*definer));
        for (uint32_t p = 0; p < walk->file->place_count; p++) {
            uint32_t member = walk->file->places[p].member;
            if (walk->file->places[p].has_children && dimension->created[member] == 0) {
                definer[dimension->ids[member]] = walk->first_child[p];
            }
        }
        status =
            remove_child_edges(walk, QA_MEMBER_NONE, walk->first_child[walk->file->place_count], stamp, 1);
    }
    for (qa_member_t m = 0; m < dimension->model_count && status == QA_OK; m++) {
        status = remove_child_edges(walk, m, definer[m], stamp, m + 2);
    }
    free(stamp);
    free(definer);
    return status;
}

static bool find_hierarchy(const qa_model_planner_t *plan, const qa_plan_dimension_t *dimension,
                           const char *name, qa_hierarchy_t *id_out)
{
    if (dimension->is_new) return false;
    uint16_t count = qa_model_dimension(plan->model, dimension->id)->hierarchy_count;
    for (qa_hierarchy_t h = 1; h < count; h++) {
        const qa_hierarchy_info_t *info = qa_model_hierarchy(plan->model, dimension->id, h);
        if (!info->is_deleted && qa_names_equal(info->name, name)) {
            *id_out = h;
            return true;
        }
    }
    return false;
}

/* Takes away what the app has in this alternate and the file does not want; a new one is added here. */
static qa_status_t begin_alternate(walk_t *walk, bool *is_named)
{
    qa_model_planner_t *plan = walk->plan;
    const qa_plan_dimension_t *dimension = walk->dimension;
    const char *name = walk->file->name;
    walk->is_new = !find_hierarchy(plan, dimension, name, &walk->id);
    if (walk->is_new) {
        qa_status_t status =
            qa_intent_add_hierarchy(plan->intent, dimension->id, name, strlen(name), &walk->id);
        if (status != QA_OK) return qa_plan_fail_intent(plan, status, "a hierarchy");
        qa_plan_say(plan, &(qa_model_change_t){
                              .verb = QA_CHANGE_ADD, .dimension = dimension->file->name, .hierarchy = name });
    } else {
        is_named[walk->id] = true;
    }
    qa_status_t status = open_walk(walk);
    return status == QA_OK && !walk->is_new ? remove_edges(walk) : status;
}

static qa_status_t plan_primary(qa_model_planner_t *plan, const qa_plan_dimension_t *dimension)
{
    walk_t walk = { .plan = plan,
                    .dimension = dimension,
                    .file = &dimension->file->hierarchies[0],
                    .id = QA_HIERARCHY_PRIMARY,
                    .is_new = dimension->is_new };
    if (dimension->file->members_said != QA_SAID_VALUE) return QA_OK;
    qa_status_t status = open_walk(&walk);
    if (status == QA_OK) status = plan_edges(&walk);
    close_walk(&walk);
    return status;
}

/* --- parents that may be leaves on the way --- */

static bool stays_below(const qa_plan_dimension_t *dimension, qa_member_t parent, qa_member_t child)
{
    uint32_t index = dimension->file_of[child];
    const qa_file_place_t *places = dimension->file->hierarchies[0].places;
    if (index == UINT32_MAX || !dimension->file->members[index].is_in_primary) return true;
    uint32_t above = places[dimension->file->members[index].place].parent;
    return above != QA_PLACE_NONE && dimension->ids[places[above].member] == parent;
}

/* Marks the members that lose every child that they have, and get others. */
static void find_lifted(const qa_model_planner_t *plan, const qa_plan_dimension_t *dimension, bool *is_lifted)
{
    const qa_file_dimension_t *file = dimension->file;
    if (file->members_said != QA_SAID_VALUE) return;
    for (qa_member_t m = 0; m < dimension->model_count; m++) {
        uint32_t count = 0;
        uint32_t index = dimension->file_of[m];
        if (index == UINT32_MAX || !file->members[index].is_in_primary) continue;
        if (!file->hierarchies[0].places[file->members[index].place].has_children) continue;
        const qa_edge_t *children =
            qa_model_children(plan->model, dimension->id, QA_HIERARCHY_PRIMARY, m, &count);
        is_lifted[m] = count > 0;
        for (uint32_t i = 0; i < count && is_lifted[m]; i++) {
            is_lifted[m] = !stays_below(dimension, m, children[i].child);
        }
    }
}

/* The edges of alternates that the file does not speak of, below the marked members: taken away, or set again
 * as they were. */
static qa_status_t lift_others(qa_model_planner_t *plan, const qa_plan_dimension_t *dimension,
                               const bool *is_named, const bool *is_lifted, bool is_back)
{
    uint16_t count = dimension->is_new ? 0 : qa_model_dimension(plan->model, dimension->id)->hierarchy_count;
    for (qa_hierarchy_t h = 1; h < count && !plan->options->is_pruned; h++) {
        if (is_named[h] || qa_model_hierarchy(plan->model, dimension->id, h)->is_deleted) continue;
        for (qa_member_t m = 0; m < dimension->model_count; m++) {
            uint32_t child_count = 0;
            if (!is_lifted[m]) continue;
            const qa_edge_t *children = qa_model_children(plan->model, dimension->id, h, m, &child_count);
            for (uint32_t i = 0; i < child_count; i++) {
                qa_status_t status =
                    is_back ? qa_intent_set_edge(plan->intent, dimension->id, h, &children[i],
                                                 QA_ATOMS_REFUSE, QA_MEMBER_NONE)
                            : qa_intent_remove_edge(plan->intent, dimension->id, h, m, children[i].child);
                if (status != QA_OK) return qa_plan_fail_intent(plan, status, "an edge");
            }
        }
    }
    return QA_OK;
}

/* --- what the file does not name --- */

static qa_status_t drop_hierarchies(qa_model_planner_t *plan, const qa_plan_dimension_t *dimension,
                                    const bool *is_named)
{
    uint16_t count = dimension->is_new ? 0 : qa_model_dimension(plan->model, dimension->id)->hierarchy_count;
    for (qa_hierarchy_t h = 1; h < count; h++) {
        const qa_hierarchy_info_t *info = qa_model_hierarchy(plan->model, dimension->id, h);
        if (info->is_deleted || is_named[h]) continue;
        qa_plan_say(
            plan, &(qa_model_change_t){ .verb = plan->options->is_pruned ? QA_CHANGE_DELETE : QA_CHANGE_KEEP,
                                        .dimension = dimension->file->name,
                                        .hierarchy = info->name });
        if (!plan->options->is_pruned) continue;
        qa_status_t status = qa_intent_delete_hierarchy(plan->intent, dimension->id, h);
        if (status != QA_OK) return qa_plan_fail_intent(plan, status, "a hierarchy");
    }
    return QA_OK;
}

static qa_status_t drop_member(qa_model_planner_t *plan, const qa_plan_dimension_t *dimension,
                               qa_member_t member)
{
    const qa_member_info_t *info = qa_model_member(plan->model, dimension->id, member);
    uint32_t file_member = dimension->file_of[member];
    if (info->is_deleted) return QA_OK;
    if (file_member != UINT32_MAX) {
        if (dimension->file->members[file_member].is_in_primary || !info->is_in_primary) return QA_OK;
        if (plan->options->is_pruned && !plan->options->is_diff) {
            return qa_plan_fail_member(
                plan, dimension, file_member, QA_BAD_MODEL,
                "stands in an alternate hierarchy, but not in the primary one of the file");
        }
    }
    qa_plan_say(plan,
                &(qa_model_change_t){ .verb = plan->options->is_pruned ? QA_CHANGE_DELETE : QA_CHANGE_KEEP,
                                      .dimension = dimension->file->name,
                                      .subject = info->code });
    if (!plan->options->is_pruned) return QA_OK;
    qa_status_t status =
        qa_intent_delete_member(plan->intent, dimension->id, member, QA_ATOMS_REFUSE, QA_MEMBER_NONE);
    return status == QA_OK ? QA_OK : qa_plan_fail_intent(plan, status, "a deletion");
}

/* Children before parents; then the groups, which stand in no primary. */
static qa_status_t drop_members(qa_model_planner_t *plan, const qa_plan_dimension_t *dimension)
{
    uint32_t count = 0;
    qa_status_t status = QA_OK;
    if (dimension->is_new || dimension->file->members_said != QA_SAID_VALUE) return QA_OK;
    const qa_member_t *preorder = qa_model_preorder(plan->model, dimension->id, QA_HIERARCHY_PRIMARY, &count);
    for (uint32_t i = count; i > 0 && status == QA_OK; i--) {
        status = drop_member(plan, dimension, preorder[i - 1]);
    }
    for (qa_member_t m = 0; m < dimension->model_count && status == QA_OK; m++) {
        const qa_member_info_t *info = qa_model_member(plan->model, dimension->id, m);
        if (!info->is_deleted && !info->is_in_primary) status = drop_member(plan, dimension, m);
    }
    return status;
}

qa_status_t qa_plan_hierarchies(qa_model_planner_t *plan, const qa_plan_dimension_t *dimension)
{
    const qa_file_dimension_t *file = dimension->file;
    bool is_named[QA_HIERARCHIES_MAX] = { false };
    bool *is_lifted = calloc((size_t)dimension->model_count + 1, sizeof(*is_lifted));
    walk_t *walks = calloc(file->hierarchy_count, sizeof(*walks));
    qa_status_t status = is_lifted == NULL || walks == NULL ? qa_plan_no_memory(plan) : QA_OK;
    if (status == QA_OK) find_lifted(plan, dimension, is_lifted);
    for (uint32_t h = 1; h < file->hierarchy_count && status == QA_OK; h++) {
        walks[h] = (walk_t){
            .plan = plan, .dimension = dimension, .file = &file->hierarchies[h], .is_lifted = is_lifted
        };
        status = begin_alternate(&walks[h], is_named);
    }
    if (status == QA_OK) status = drop_hierarchies(plan, dimension, is_named);
    if (status == QA_OK) status = lift_others(plan, dimension, is_named, is_lifted, false);
    if (status == QA_OK) status = plan_primary(plan, dimension);
    for (uint32_t h = 1; h < file->hierarchy_count && status == QA_OK; h++) {
        status = plan_edges(&walks[h]);
    }
    if (status == QA_OK) status = lift_others(plan, dimension, is_named, is_lifted, true);
    if (status == QA_OK) status = drop_members(plan, dimension);
    for (uint32_t h = 1; walks != NULL && h < file->hierarchy_count; h++) {
        close_walk(&walks[h]);
    }
    free(walks);
    free(is_lifted);
    return status;
}
