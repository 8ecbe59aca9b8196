/* Atoms of a connection: scans by sets of members, by lists of them, and aggregates. */
#include <assert.h>

#include "base/error.h"
#include "lattice/lattice_private.h"
#include "query/aggregate.h"
#include "query/select.h"

qa_status_t qa_connection_scan(qa_connection_t *connection, const qa_selection_t *selection,
                               qa_status_t (*visit)(void *context, const qa_atom_view_t *atom), void *context)
{
    assert(connection->is_reading);
    const qa_state_t *state = qa_connection_state(connection);
    qa_select_t select;
    qa_error_clear(&connection->error);
    if (selection->size != sizeof(*selection))
        return qa_fail(&connection->error, QA_INVALID, "the description of a selection has another size");
    qa_select_begin(&select, state->store, selection, connection->clearance,
                    qa_model_app(state->model)->is_zero_missing);
    qa_status_t status;
    while ((status = qa_select_next(&select, &connection->error)) == QA_OK) {
        const uint8_t decimals = qa_model_account_of(state->model, select.coordinate).decimals;
        const qa_atom_view_t view = { .coordinate = select.coordinate,
                                      .value = qa_atom_value(&select.atom, decimals),
                                      .mask = select.atom.mask,
                                      .changed_offset = select.atom.changed_offset };
        status = visit(context, &view);
        if (status != QA_OK) return status;
    }
    return status == QA_MISSING_INPUT ? QA_OK : status;
}

/* The set of the listed members, in the arena. */
static const uint64_t *make_set(qa_arena_t *arena, const qa_member_t *members, uint32_t count,
                                uint32_t *member_count_out)
{
    uint32_t end = 1;
    for (uint32_t i = 0; i < count; i++)
        if (members[i] < QA_MEMBERS_MAX && members[i] >= end) end = members[i] + 1;
    uint64_t *words = qa_arena_take(arena, (end / 64 + 1) * sizeof(uint64_t));
    for (uint32_t i = 0; words != NULL && i < count; i++)
        if (members[i] < end) words[members[i] / 64] |= (uint64_t)1 << (members[i] % 64);
    *member_count_out = end;
    return words;
}

qa_status_t qa_connection_atoms(qa_connection_t *connection, const qa_member_t *const *filters,
                                const uint32_t *filter_counts, uint64_t changed_after,
                                qa_status_t (*visit)(void *context, const qa_atom_view_t *atom),
                                void *context)
{
    assert(connection->is_reading);
    const uint16_t dimension_count = qa_store_dimension_count(qa_connection_state(connection)->store);
    qa_selection_t selection = { .size = sizeof(selection), .changed_after = changed_after };
    qa_arena_t arena;
    qa_status_t status = QA_OK;
    qa_arena_make(&arena, connection->lattice->allocator, SIZE_MAX / 2);
    qa_error_clear(&connection->error);
    for (uint16_t d = 0; filters != NULL && d < dimension_count && status == QA_OK; d++) {
        if (filters[d] == NULL) continue;
        selection.members[d] = make_set(&arena, filters[d], filter_counts[d], &selection.member_count[d]);
        if (selection.members[d] == NULL) status = qa_fail_memory(&connection->error, "a selection");
    }
    if (status == QA_OK) status = qa_connection_scan(connection, &selection, visit, context);
    qa_arena_release(&arena);
    return status;
}

qa_status_t qa_connection_aggregate(qa_connection_t *connection, const qa_aggregate_spec_t *spec,
                                    qa_aggregate_t **result_out)
{
    assert(connection->is_reading);
    const qa_state_t *state = qa_connection_state(connection);
    qa_error_clear(&connection->error);
    return qa_aggregate_run(qa_connection_model(connection), state->model, state->store, spec,
                            connection->clearance, connection->lattice->allocator, result_out,
                            &connection->error);
}
