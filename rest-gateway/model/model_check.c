/* Checks of a dimension as a whole: the places of each alternate must be a graph without circles in which the
 * children of a member are given once; a data member must stand below its parent. Linear in the number of
 * places. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/model_parse.h"

/* Edges of one hierarchy, as lists of children per member. */
typedef struct graph {
    uint32_t *starts;  /* member_count + 1 */
    uint32_t *targets; /* one per place that is not a root */
    uint32_t *open;    /* edges into each member that are not yet taken away */
    uint32_t *queue;
    uint32_t *definer; /* place that lists the children of the member, or QA_PLACE_NONE */
} graph_t;

static void close_graph(graph_t *graph)
{
    free(graph->starts);
    free(graph->targets);
    free(graph->open);
    free(graph->queue);
    free(graph->definer);
}

static qa_status_t open_graph(const qa_file_reader_t *reader, uint32_t hierarchy, graph_t *graph)
{
    const qa_file_dimension_t *dimension = reader->dimension;
    const qa_file_hierarchy_t *source = &dimension->hierarchies[hierarchy];
    size_t members = (size_t)dimension->member_count + 2;
    graph->starts = calloc(members, sizeof(uint32_t));
    graph->targets = calloc((size_t)source->place_count + 1, sizeof(uint32_t));
    graph->open = calloc(members, sizeof(uint32_t));
    graph->queue = calloc(members, sizeof(uint32_t));
    graph->definer = malloc(members * sizeof(uint32_t));
    if (graph->starts == NULL || graph->targets == NULL || graph->open == NULL || graph->queue == NULL ||
        graph->definer == NULL) {
        return qa_file_no_memory(reader);
    }
    memset(graph->definer, 0xFF, members * sizeof(uint32_t));
    for (uint32_t i = 0; i < source->place_count; i++) {
        const qa_file_place_t *place = &source->places[i];
        if (place->parent == QA_PLACE_NONE) continue;
        graph->starts[source->places[place->parent].member + 2]++;
        graph->open[place->member]++;
    }
    for (size_t m = 2; m < members; m++) {
        graph->starts[m] += graph->starts[m - 1];
    }
    for (uint32_t i = 0; i < source->place_count; i++) {
        const qa_file_place_t *place = &source->places[i];
        if (place->parent == QA_PLACE_NONE) continue;
        graph->targets[graph->starts[source->places[place->parent].member + 1]++] = place->member;
    }
    return QA_OK;
}

static qa_status_t fail_at_place(const qa_file_reader_t *reader, uint32_t hierarchy, uint32_t place,
                                 const char *format, const char *name, uint32_t other_place)
{
    char path[QA_PATH_BYTES];
    char other[QA_PATH_BYTES];
    char words[QA_ERROR_MESSAGE_BYTES];
    qa_model_file_path(reader->dimension, hierarchy, place, path);
    qa_model_file_path(reader->dimension, hierarchy, other_place, other);
    snprintf(words, sizeof(words), "\"%.120s\" %s", name, format);
    return qa_model_fail(reader->error, QA_BAD_MODEL, "%s: %s %s", path, words, other);
}

/* One definition of children per member, no child twice below one parent, no root that also stands below
 * another. */
static qa_status_t check_places(const qa_file_reader_t *reader, uint32_t hierarchy, graph_t *graph)
{
    const qa_file_dimension_t *dimension = reader->dimension;
    const qa_file_hierarchy_t *source = &dimension->hierarchies[hierarchy];
    for (uint32_t i = 0; i < source->place_count; i++) {
        const qa_file_place_t *place = &source->places[i];
        const char *code = dimension->members[place->member].code;
        if (place->has_children && graph->definer[place->member] != QA_PLACE_NONE) {
            return fail_at_place(reader, hierarchy, i, "has its children already at", code,
                                 graph->definer[place->member]);
        }
        if (place->has_children) graph->definer[place->member] = i;
    }
    /* `queue` serves as "seen below this parent" here: parent place + 1; siblings stand together per parent
     * member. */
    for (uint32_t i = 0; i < source->place_count; i++) {
        const qa_file_place_t *place = &source->places[i];
        const char *code = dimension->members[place->member].code;
        if (place->parent == QA_PLACE_NONE) {
            if (graph->open[place->member] > 0 || graph->queue[place->member] != 0) {
                return fail_at_place(reader, hierarchy, i, "is a root and stands elsewhere too; roots are at",
                                     code, i);
            }
            continue;
        }
        if (graph->queue[place->member] == place->parent + 1) {
            return fail_at_place(reader, hierarchy, i, "stands twice below the parent at", code,
                                 place->parent);
        }
        graph->queue[place->member] = place->parent + 1;
    }
    return QA_OK;
}

/* Names a circle among the members whose edges are still open. */
static qa_status_t fail_circle(const qa_file_reader_t *reader, uint32_t hierarchy, const graph_t *graph)
{
    const qa_file_dimension_t *dimension = reader->dimension;
    char names[300] = "";
    size_t used = 0;
    uint32_t member = 0;
    while (graph->open[member] == 0) {
        member++;
    }
    /* Every member that is left has a parent that is left; going up member_count times ends within a circle.
     */
    const qa_file_hierarchy_t *source = &dimension->hierarchies[hierarchy];
    uint32_t start = member;
    for (uint32_t turn = 0, steps = 0; turn < 2; steps++) {
        uint32_t parent = member;
        for (uint32_t i = 0; i < source->place_count; i++) {
            const qa_file_place_t *place = &source->places[i];
            if (place->member != member || place->parent == QA_PLACE_NONE) continue;
            uint32_t above = source->places[place->parent].member;
            if (graph->open[above] > 0) {
                parent = above;
                break;
            }
        }
        if (turn == 0 && steps > 64) {
            turn = 1;
            start = parent;
        } else if (turn == 1) {
            used += (size_t)snprintf(names + used, sizeof(names) - used, "%.60s ← ",
                                     dimension->members[member].code);
            if (parent == start || used + 80 > sizeof(names)) turn = 2;
        }
        member = parent;
    }
    return qa_model_fail(reader->error, QA_BAD_MODEL,
                         "$.dimensions[%u].hierarchies[%u]: a member stands below itself: %s%s",
                         dimension->index, hierarchy - 1, names, dimension->members[start].code);
}

static qa_status_t check_circles(const qa_file_reader_t *reader, uint32_t hierarchy, graph_t *graph)
{
    const qa_file_dimension_t *dimension = reader->dimension;
    uint32_t taken = 0;
    uint32_t queued = 0;
    for (uint32_t m = 0; m < dimension->member_count; m++) {
        if (graph->open[m] == 0) graph->queue[queued++] = m;
    }
    while (taken < queued) {
        uint32_t member = graph->queue[taken++];
        for (uint32_t i = graph->starts[member]; i < graph->starts[member + 1]; i++) {
            if (--graph->open[graph->targets[i]] == 0) graph->queue[queued++] = graph->targets[i];
        }
    }
    return queued == dimension->member_count ? QA_OK : fail_circle(reader, hierarchy, graph);
}

/* The data member is one of the children in the primary. */
static qa_status_t check_data_members(const qa_file_reader_t *reader)
{
    const qa_file_dimension_t *dimension = reader->dimension;
    const qa_file_hierarchy_t *primary = &dimension->hierarchies[0];
    uint32_t found = 0;
    uint32_t wanted = 0;
    for (uint32_t m = 0; m < dimension->member_count; m++) {
        wanted += dimension->members[m].data_member != NULL ? 1 : 0;
    }
    for (uint32_t i = 0; i < primary->place_count && wanted > 0; i++) {
        const qa_file_place_t *place = &primary->places[i];
        if (place->parent == QA_PLACE_NONE) continue;
        const qa_file_member_t *parent = &dimension->members[primary->places[place->parent].member];
        if (parent->data_member != NULL &&
            qa_names_find(&dimension->codes, parent->data_member) == place->member) {
            found++;
        }
    }
    if (found == wanted) return QA_OK;
    for (uint32_t m = 0; m < dimension->member_count; m++) {
        const qa_file_member_t *member = &dimension->members[m];
        bool is_child = false;
        for (uint32_t i = 0; i < primary->place_count && member->data_member != NULL; i++) {
            const qa_file_place_t *place = &primary->places[i];
            is_child =
                is_child || (place->parent != QA_PLACE_NONE && primary->places[place->parent].member == m &&
                             qa_names_find(&dimension->codes, member->data_member) == place->member);
        }
        if (member->data_member == NULL || is_child) continue;
        char path[QA_PATH_BYTES];
        qa_model_file_path(dimension, member->hierarchy, member->place, path);
        return qa_model_fail(reader->error, QA_BAD_MODEL, "%s.data_member: \"%s\" is not a child of \"%s\"",
                             path, member->data_member, member->code);
    }
    return QA_OK;
}

qa_status_t qa_file_check_dimension(const qa_file_reader_t *reader)
{
    const qa_file_dimension_t *dimension = reader->dimension;
    qa_status_t status = check_data_members(reader);
    for (uint32_t h = 1; h < dimension->hierarchy_count && status == QA_OK; h++) {
        graph_t graph = { 0 };
        status = open_graph(reader, h, &graph);
        if (status == QA_OK) status = check_places(reader, h, &graph);
        if (status == QA_OK) status = check_circles(reader, h, &graph);
        close_graph(&graph);
    }
    return status;
}
