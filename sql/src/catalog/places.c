/* Walking a hierarchy place by place: parents before children, siblings in order, a shared member once for
 * each way that leads to it. And the net weights on the way. */
#include "catalog/catalog_private.h"

/* The children of the place at walk->depth; for an alternate that goes on below, those of the primary. */
static place_step_t children_of(const place_walk_t *walk, qa_member_t member, qa_hierarchy_t *hierarchy)
{
    place_step_t step = { 0 };
    step.edges = qa_model_children(walk->model, walk->dimension, *hierarchy, member, &step.count);
    if (step.count > 0 || !walk->is_primary_below || *hierarchy == QA_HIERARCHY_PRIMARY) return step;
    *hierarchy = QA_HIERARCHY_PRIMARY;
    step.edges = qa_model_children(walk->model, walk->dimension, *hierarchy, member, &step.count);
    return step;
}

void qa_sql_place_walk_start(place_walk_t *walk, const qa_model_t *model, qa_dimension_t dimension,
                             qa_hierarchy_t hierarchy)
{
    walk->model = model;
    walk->dimension = dimension;
    walk->hierarchy = hierarchy;
    walk->is_primary_below = false;
    walk->depth = 0;
    walk->is_done = false;
    walk->steps[0] = (place_step_t){ 0 };
    walk->steps[0].edges =
        qa_model_children(model, dimension, hierarchy, QA_MEMBER_NONE, &walk->steps[0].count);
}

void qa_sql_place_walk_start_at(place_walk_t *walk, const qa_model_t *model, qa_dimension_t dimension,
                                qa_hierarchy_t hierarchy, qa_member_t member)
{
    walk->model = model;
    walk->dimension = dimension;
    walk->hierarchy = hierarchy;
    walk->is_primary_below = true;
    walk->depth = 0;
    walk->is_done = false;
    walk->steps[0] = (place_step_t){ 0 };
    walk->members[0] = member;
}

static bool arrive(place_walk_t *walk, qa_member_t member, qa_hierarchy_t hierarchy)
{
    walk->members[walk->depth] = member;
    walk->hierarchies[walk->depth] = hierarchy;
    walk->depth++;
    if (walk->depth < PLACE_DEPTH_MAX)
        walk->steps[walk->depth] = children_of(walk, member, &walk->hierarchies[walk->depth - 1]);
    return true;
}

bool qa_sql_place_walk_next(place_walk_t *walk, const qa_edge_t **edge_out)
{
    if (edge_out != NULL) *edge_out = NULL;
    if (walk->is_done) return false;
    if (walk->depth == 0 && walk->is_primary_below) return arrive(walk, walk->members[0], walk->hierarchy);
    for (;;) {
        place_step_t *step = &walk->steps[walk->depth];
        if (walk->depth < PLACE_DEPTH_MAX && step->at < step->count) {
            const qa_edge_t *edge = &step->edges[step->at++];
            if (edge_out != NULL) *edge_out = edge;
            return arrive(walk, edge->child,
                          walk->depth == 0 ? walk->hierarchy : walk->hierarchies[walk->depth - 1]);
        }
        if (walk->depth == 0 || (walk->depth == 1 && walk->is_primary_below)) {
            walk->is_done = true;
            return false;
        }
        walk->depth--;
    }
}

static net_weight_t fit(qa_int128_t units, uint32_t decimals)
{
    while (decimals > 0 && units % 10 == 0) {
        units /= 10;
        decimals--;
    }
    if (units > INT64_MAX || units < -INT64_MAX || decimals > QA_NET_WEIGHT_DECIMALS_MAX)
        return (net_weight_t){ .is_known = false };
    return (net_weight_t){ .units = (int64_t)units, .decimals = (uint8_t)decimals, .is_known = true };
}

net_weight_t qa_sql_net_weight_step(net_weight_t above, const qa_edge_t *edge)
{
    const bool is_added = edge->operator_code != QA_OPERATOR_NONE && edge->operator_code != QA_OPERATOR_NEVER;
    if (!is_added || edge->weight == 0) return (net_weight_t){ .is_known = true };
    if (!above.is_known) return above;
    return fit((qa_int128_t)above.units * edge->weight, (uint32_t)above.decimals + edge->weight_decimals);
}

net_weight_t qa_sql_net_weight_sum(net_weight_t a, net_weight_t b)
{
    if (!a.is_known || !b.is_known) return (net_weight_t){ .is_known = false };
    const uint8_t decimals = a.decimals > b.decimals ? a.decimals : b.decimals;
    qa_int128_t left = a.units;
    qa_int128_t right = b.units;
    for (uint8_t i = a.decimals; i < decimals; i++)
        left *= 10;
    for (uint8_t i = b.decimals; i < decimals; i++)
        right *= 10;
    return fit(left + right, decimals);
}
