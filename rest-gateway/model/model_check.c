/* Checks of a dimension as a whole: the places of each alternate must be a graph without circles in which the
 * children of a member are given once; a data member must stand below its parent. Linear in the number of
 * places. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/model_parse.h"

enum { WORDS_BYTES = 400 }; /* of a circle in words */

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
                                 const char *format, uint32_t other_place)
{
    char path[QA_PATH_BYTES];
    char other[QA_PATH_BYTES];
    const qa_file_dimension_t *dimension = reader->dimension;
    const char *code = dimension->members[dimension->hierarchies[hierarchy].places[place].member].code;
    qa_model_file_path(dimension, hierarchy, place, path);
    qa_model_file_path(dimension, hierarchy, other_place, other);
    return qa_model_fail(reader->error, QA_BAD_MODEL, "%s: \"%.120s\" %s %s", path, code, format, other);
}

/* The children of a member are given at one place. */
static qa_status_t check_definers(const qa_file_reader_t *reader, uint32_t hierarchy, graph_t *graph)
{
    const qa_file_hierarchy_t *source = &reader->dimension->hierarchies[hierarchy];
    for (uint32_t i = 0; i < source->place_count; i++) {
        const qa_file_place_t *place = &source->places[i];
        if (!place->has_children) continue;
        if (graph->definer[place->member] != QA_PLACE_NONE) {
            return fail_at_place(reader, hierarchy, i, "has its children already at",
                                 graph->definer[place->member]);
        }
        graph->definer[place->member] = i;
    }
    return QA_OK;
}

/* No child twice below one parent, no root that stands elsewhere too. Siblings stand together per parent. */
static qa_status_t check_places(const qa_file_reader_t *reader, uint32_t hierarchy, graph_t *graph)
{
    const qa_file_hierarchy_t *source = &reader->dimension->hierarchies[hierarchy];
    uint32_t *root = graph->open;    /* 1 + place where the member is a root */
    uint32_t *latest = graph->queue; /* 1 + place where it was seen last */
    memset(root, 0, ((size_t)reader->dimension->member_count + 2) * sizeof(*root));
    memset(latest, 0, ((size_t)reader->dimension->member_count + 2) * sizeof(*latest));
    for (uint32_t i = 0; i < source->place_count; i++) {
        const qa_file_place_t *place = &source->places[i];
        uint32_t before = latest[place->member];
        latest[place->member] = i + 1;
        if (place->parent == QA_PLACE_NONE && before == 0) root[place->member] = i + 1;
        if (before == 0) continue;
        if (place->parent == QA_PLACE_NONE || root[place->member] != 0) {
            return fail_at_place(reader, hierarchy, i,
                                 "is named in two places and is a root at one of them; a root stands nowhere "
                                 "else. The other place is",
                                 before - 1);
        }
        if (source->places[before - 1].parent == place->parent) {
            return fail_at_place(reader, hierarchy, i, "stands twice below one parent; the other place is",
                                 before - 1);
        }
    }
    return QA_OK;
}

/* --- circles --- */

/* Grows by "a" stands below "b", "b" below "c"; a long loop is told by its beginning. */
static void add_words(char words[WORDS_BYTES], const char *below, const char *above)
{
    size_t used = strlen(words);
    if (used + 100 > WORDS_BYTES) {
        if (words[used - 1] != '.') snprintf(words + used, WORDS_BYTES - used, " and so on.");
        return;
    }
    snprintf(words + used, WORDS_BYTES - used, "%s\"%.40s\" %sbelow \"%.40s\"", used == 0 ? "" : ", ", below,
             used == 0 ? "stands " : "", above);
}

qa_status_t qa_file_fail_circle(const qa_file_reader_t *reader, uint32_t hierarchy, uint32_t member,
                                uint32_t place)
{
    const qa_file_dimension_t *dimension = reader->dimension;
    const qa_file_place_t *places = dimension->hierarchies[hierarchy].places;
    char path[QA_PATH_BYTES];
    char words[WORDS_BYTES] = "";
    uint32_t below = member;
    qa_model_file_path(dimension, hierarchy, place, path);
    for (; place != QA_PLACE_NONE; place = places[place].parent) {
        add_words(words, dimension->members[below].code, dimension->members[places[place].member].code);
        below = places[place].member;
        if (below == member) break;
    }
    return qa_model_fail(reader->error, QA_CYCLE, "%s: \"%s\" would stand below itself: %s", path,
                         dimension->members[member].code, words);
}

/* The parent of a member among those whose edges are still open. */
static uint32_t open_parent(const qa_file_reader_t *reader, uint32_t hierarchy, const graph_t *graph,
                            uint32_t member)
{
    const qa_file_hierarchy_t *source = &reader->dimension->hierarchies[hierarchy];
    for (uint32_t i = 0; i < source->place_count; i++) {
        const qa_file_place_t *place = &source->places[i];
        if (place->member != member || place->parent == QA_PLACE_NONE) continue;
        uint32_t above = source->places[place->parent].member;
        if (graph->open[above] > 0) return above;
    }
    return member;
}

/* Names a circle among the members whose edges are still open: each has a parent that is left, so going up
 * ends within a circle, and `queue`, free now, marks where it was passed. */
static qa_status_t fail_circle(const qa_file_reader_t *reader, uint32_t hierarchy, graph_t *graph)
{
    const qa_file_dimension_t *dimension = reader->dimension;
    char words[WORDS_BYTES] = "";
    uint32_t member = 0;
    while (graph->open[member] == 0) {
        member++;
    }
    memset(graph->queue, 0, ((size_t)dimension->member_count + 2) * sizeof(*graph->queue));
    for (; graph->queue[member] == 0; member = open_parent(reader, hierarchy, graph, member)) {
        graph->queue[member] = 1;
    }
    uint32_t below = member;
    do {
        uint32_t above = open_parent(reader, hierarchy, graph, below);
        add_words(words, dimension->members[below].code, dimension->members[above].code);
        below = above;
    } while (below != member);
    return qa_model_fail(reader->error, QA_CYCLE,
                         "$.dimensions[%u].hierarchies[%u], hierarchy \"%s\" of \"%s\": a member would stand "
                         "below itself: %s",
                         dimension->index, hierarchy - 1, dimension->hierarchies[hierarchy].name,
                         dimension->name, words);
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
        if (status == QA_OK) status = check_definers(reader, h, &graph);
        if (status == QA_OK) status = check_circles(reader, h, &graph);
        if (status == QA_OK) status = check_places(reader, h, &graph);
        close_graph(&graph);
    }
    return status;
}
