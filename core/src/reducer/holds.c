/* Holds: what they protect from direct writes and from changes of the structure.
 *
 * A consolidation hold keeps a total. As long as writes below it cannot move their siblings, they are
 * refused. A hold for one user concerns this user alone. */
#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "reducer/reduction.h"

enum { WORDS_BYTES = 300 };

/* A hold's coordinate and owner, out of its name. */
typedef struct held {
    qa_member_t coordinate[QA_DIMENSIONS_MAX];
    uint16_t dimension_count; /* when it was set; a dimension added since is held at its first member */
    const char *owner;
    uint32_t owner_bytes;
} held_t;

static bool read_held(const char *name, uint32_t bytes, held_t *held)
{
    qa_reader_t reader = qa_reader_make(name, bytes);
    memset(held, 0, sizeof(*held));
    held->dimension_count = (uint16_t)qa_read_bounded(&reader, QA_DIMENSIONS_MAX);
    qa_record_read_coordinate(&reader, held->coordinate, held->dimension_count);
    held->owner = qa_read_text(&reader, &held->owner_bytes);
    return !reader.is_bad;
}

static bool concerns(const held_t *held, const qa_intent_header_t *header)
{
    return held->owner_bytes == 0 || (held->owner_bytes == header->actor_bytes &&
                                      memcmp(held->owner, header->actor, held->owner_bytes) == 0);
}

static bool is_below(const qa_model_t *model, qa_dimension_t dimension, qa_member_t member,
                     qa_member_t ancestor)
{
    qa_edge_t edge;
    for (int level = 0; level <= QA_LEVELS_MAX; level++) {
        if (member == ancestor) return true;
        if (!qa_model_primary_edge(model, dimension, member, &edge) || edge.parent == QA_MEMBER_NONE)
            return false;
        member = edge.parent;
    }
    return false;
}

static qa_status_t fail_held(qa_reduction_t *reduction, const held_t *held, const char *advice)
{
    char words[WORDS_BYTES];
    qa_state_coordinate_words(reduction->state->model, held->coordinate,
                              qa_store_dimension_count(reduction->state->store), words, sizeof(words));
    return qa_fail(reduction->error, QA_HELD, "the total at %s is held; release it to %s", words, advice);
}

/* --- cells --- */

typedef struct cell_check {
    qa_reduction_t *reduction;
    const qa_member_t *coordinates;
    uint32_t count;
} cell_check_t;

static qa_status_t check_cells(void *context, const char *name, uint32_t bytes, uint8_t hold)
{
    const cell_check_t *check = context;
    const qa_model_t *model = check->reduction->state->model;
    const uint16_t dimension_count = qa_store_dimension_count(check->reduction->state->store);
    held_t held;
    if (hold != QA_HOLD_CONSOLIDATION || !read_held(name, bytes, &held) ||
        !concerns(&held, check->reduction->header))
        return QA_OK;
    for (uint32_t i = 0; i < check->count; i++) {
        const qa_member_t *coordinate = check->coordinates + (size_t)i * dimension_count;
        uint16_t d = 0;
        while (d < dimension_count && is_below(model, d, coordinate[d], held.coordinate[d]))
            d++;
        if (d == dimension_count) return fail_held(check->reduction, &held, "write below it");
    }
    return QA_OK;
}

qa_status_t qa_reduction_check_holds(qa_reduction_t *reduction, const qa_member_t *coordinates,
                                     uint32_t count)
{
    cell_check_t check = { reduction, coordinates, count };
    if (qa_model_hold_count(reduction->state->model) == 0) return QA_OK;
    return qa_model_each_hold(reduction->state->model, check_cells, &check);
}

/* --- edges --- */

typedef struct edge_check {
    qa_reduction_t *reduction;
    qa_dimension_t dimension;
    qa_member_t child;
    qa_member_t parent;
} edge_check_t;

static bool has_values_below(const qa_reduction_t *reduction, qa_dimension_t dimension, qa_member_t top)
{
    const qa_model_t *model = reduction->state->model;
    const uint32_t member_count = qa_model_dimension(model, dimension)->member_count;
    for (qa_member_t m = 0; m < member_count; m++) {
        if (qa_store_member_atom_count(reduction->state->store, dimension, m) > 0 &&
            is_below(model, dimension, m, top))
            return true;
    }
    return false;
}

static qa_status_t check_edge(void *context, const char *name, uint32_t bytes, uint8_t hold)
{
    const edge_check_t *check = context;
    const qa_model_t *model = check->reduction->state->model;
    held_t held;
    if (hold != QA_HOLD_CONSOLIDATION || !read_held(name, bytes, &held)) return QA_OK;
    const qa_member_t total = held.coordinate[check->dimension];
    qa_edge_t present;
    const bool has_place = qa_model_primary_edge(model, check->dimension, check->child, &present) &&
                           present.parent != QA_MEMBER_NONE;
    const bool leaves = has_place && is_below(model, check->dimension, present.parent, total);
    const bool enters =
        check->parent != QA_MEMBER_NONE && is_below(model, check->dimension, check->parent, total);
    if ((!leaves && !enters) || !has_values_below(check->reduction, check->dimension, check->child))
        return QA_OK;
    return fail_held(check->reduction, &held, "change what is added up below it");
}

qa_status_t qa_reduction_check_held_edge(qa_reduction_t *reduction, qa_dimension_t dimension,
                                         qa_member_t child, qa_member_t parent)
{
    edge_check_t check = { reduction, dimension, child, parent };
    if (qa_model_hold_count(reduction->state->model) == 0) return QA_OK;
    return qa_model_each_hold(reduction->state->model, check_edge, &check);
}

/* --- members --- */

typedef struct member_check {
    qa_dimension_t dimension;
    qa_member_t member;
} member_check_t;

/* QA_HELD stops the walk: the hold names the member. */
static qa_status_t check_member(void *context, const char *name, uint32_t bytes, uint8_t hold)
{
    const member_check_t *check = context;
    held_t held;
    (void)hold;
    const bool names = read_held(name, bytes, &held) && check->dimension < held.dimension_count &&
                       held.coordinate[check->dimension] == check->member;
    return names ? QA_HELD : QA_OK;
}

bool qa_reduction_is_held_member(const qa_reduction_t *reduction, qa_dimension_t dimension,
                                 qa_member_t member)
{
    member_check_t check = { dimension, member };
    return qa_model_each_hold(reduction->state->model, check_member, &check) == QA_HELD;
}
