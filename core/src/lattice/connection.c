/* Connections: one caller's view of an app, reading sections, earlier moments. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "lattice/lattice_private.h"
#include "qa/text.h"
#include "query/consolidate.h"

#define READ_ARENA_BYTES_MAX ((size_t)4 << 30)

static qa_status_t set_name(char *name, size_t capacity, const char *text, const char *what,
                            qa_error_t *error)
{
    const size_t bytes = text == NULL ? 0 : strlen(text);
    if (bytes >= capacity || !qa_utf8_is_valid(text == NULL ? "" : text, bytes))
        return qa_fail(error, QA_INVALID, "%s must be text of at most %zu bytes", what, capacity - 1);
    memcpy(name, text == NULL ? "" : text, bytes);
    name[bytes] = '\0';
    return QA_OK;
}

qa_status_t qa_connection_open(qa_connection_t **connection_out, qa_lattice_t *lattice,
                               const qa_connection_options_t *options, qa_error_t *error)
{
    *connection_out = NULL;
    qa_error_clear(error);
    if (options->size != sizeof(*options) || options->door == NULL || options->door[0] == '\0')
        return qa_fail(error, QA_INVALID, "a connection says by which door it comes");
    qa_connection_t *connection = qa_memory_take(lattice->allocator, sizeof(*connection));
    if (connection == NULL) return qa_fail_memory(error, "a connection");
    connection->lattice = lattice;
    connection->clearance = options->clearance;
    connection->hidden_mode = options->hidden_mode;
    qa_arena_make(&connection->read_arena, lattice->allocator, READ_ARENA_BYTES_MAX);
    char user[256];
    lattice->system->user(lattice->system->context, user);
    qa_status_t status = set_name(connection->actor, sizeof(connection->actor),
                                  options->actor == NULL ? user : options->actor, "an actor", error);
    if (status == QA_OK)
        status = set_name(connection->on_behalf_of, sizeof(connection->on_behalf_of), options->on_behalf_of,
                          "on behalf of", error);
    if (status == QA_OK)
        status = set_name(connection->door, sizeof(connection->door), options->door, "a door", error);
    if (status != QA_OK) {
        qa_memory_give(lattice->allocator, connection, sizeof(*connection));
        return status;
    }
    *connection_out = connection;
    return QA_OK;
}

void qa_connection_close(qa_connection_t *connection)
{
    if (connection == NULL) return;
    if (connection->is_reading) qa_connection_read_end(connection);
    qa_state_close(connection->as_of_state);
    qa_state_close(connection->hierarchy_state);
    qa_arena_release(&connection->read_arena);
    qa_memory_give(connection->lattice->allocator, connection, sizeof(*connection));
}

const qa_error_t *qa_connection_error(const qa_connection_t *connection)
{
    return &connection->error;
}

/* --- earlier moments --- */

static qa_status_t load_moment(qa_connection_t *connection, uint64_t offset, qa_state_t **state_out)
{
    const qa_snapshot_place_t place = qa_lattice_place(connection->lattice);
    qa_replay_t *replay = NULL;
    *state_out = NULL;
    qa_status_t status = qa_replay_open(&replay, &place, offset, &connection->error);
    if (status == QA_OK) status = qa_replay_to(replay, offset, &connection->error);
    if (status == QA_OK) *state_out = qa_replay_take_state(replay);
    qa_replay_close(replay);
    return status;
}

static qa_status_t set_moment(qa_connection_t *connection, uint64_t offset, uint64_t *offset_out,
                              qa_state_t **slot)
{
    qa_state_t *state = NULL;
    qa_error_clear(&connection->error);
    assert(!connection->is_reading);
    if (offset != 0) {
        const qa_status_t status = load_moment(connection, offset, &state);
        if (status != QA_OK) return status;
    }
    qa_state_close(*slot);
    *slot = state;
    *offset_out = offset;
    return QA_OK;
}

qa_status_t qa_connection_set_as_of(qa_connection_t *connection, uint64_t offset)
{
    return set_moment(connection, offset, &connection->as_of, &connection->as_of_state);
}

qa_status_t qa_connection_set_hierarchy_as_of(qa_connection_t *connection, uint64_t offset)
{
    return set_moment(connection, offset, &connection->hierarchy_as_of, &connection->hierarchy_state);
}

qa_status_t qa_connection_offset_at(qa_connection_t *connection, int64_t time_ns, uint64_t *offset_out)
{
    const qa_lattice_t *lattice = connection->lattice;
    const qa_log_options_t options = { .allocator = lattice->allocator,
                                       .system = lattice->system,
                                       .folder = lattice->folder,
                                       .is_read_only = true };
    qa_log_t *log = NULL;
    qa_log_record_t record;
    *offset_out = 0;
    qa_error_clear(&connection->error);
    qa_status_t status = qa_log_open(&log, &options, &connection->error);
    while (status == QA_OK) {
        status = qa_log_next(log, &record, &connection->error);
        if (status == QA_OK && record.kind == QA_LOG_INTENT) {
            if (record.appended_at_ns > time_ns) break;
            *offset_out = record.offset;
        }
    }
    qa_log_close(log);
    if (status != QA_OK && status != QA_MISSING_INPUT) return status;
    qa_error_clear(&connection->error);
    return QA_OK;
}

/* --- reading --- */

const qa_state_t *qa_connection_state(const qa_connection_t *connection)
{
    return connection->as_of_state != NULL ? connection->as_of_state : connection->lattice->state;
}

qa_status_t qa_connection_grid(qa_connection_t *connection, const qa_grid_spec_t *spec, qa_grid_t **grid_out)
{
    assert(connection->is_reading);
    *grid_out = NULL;
    qa_error_clear(&connection->error);
    if (spec->size != sizeof(*spec))
        return qa_fail(&connection->error, QA_INVALID, "the description of a grid has another size");
    qa_grid_spec_t own = *spec;
    own.clearance = connection->clearance;
    own.hidden_mode = connection->hidden_mode;
    const qa_state_t *state = qa_connection_state(connection);
    return qa_consolidate_at(qa_connection_model(connection), state->model, state->store, &own,
                             connection->lattice->allocator, grid_out, &connection->error);
}

static bool is_leaf_coordinate(const qa_model_t *model, const qa_member_t *coordinate)
{
    for (qa_dimension_t d = 0; d < qa_model_dimension_count(model); d++) {
        if (coordinate[d] >= qa_model_dimension(model, d)->member_count ||
            !qa_model_member(model, d, coordinate[d])->is_leaf)
            return false;
    }
    return true;
}

/* One consolidated cell: a grid of one. Its text would end with the grid, so it is kept in the section's
 * arena. */
static qa_status_t read_consolidated(qa_connection_t *connection, const qa_member_t *coordinate,
                                     qa_value_t *value_out)
{
    qa_grid_spec_t spec = { .size = sizeof(spec) };
    qa_grid_t *grid = NULL;
    for (qa_dimension_t d = 0; d < qa_model_dimension_count(qa_connection_model(connection)); d++) {
        spec.members[d] = &coordinate[d];
        spec.member_count[d] = 1;
    }
    qa_status_t status = qa_connection_grid(connection, &spec, &grid);
    if (status != QA_OK) return status;
    *value_out = *qa_grid_cell(grid, 0);
    if (value_out->kind == QA_KIND_TEXT) {
        value_out->text = qa_arena_text(&connection->read_arena, value_out->text, value_out->text_bytes);
        if (value_out->text == NULL) status = qa_fail_memory(&connection->error, "a text");
    }
    qa_grid_close(grid);
    return status;
}

static void fill_leaf(const qa_connection_t *connection, const qa_model_t *model,
                      const qa_member_t *coordinate, const qa_atom_t *atom, qa_value_t *value_out)
{
    const bool is_zero = (atom->kind == QA_KIND_DECIMAL && atom->units == 0) ||
                         (atom->kind == QA_KIND_DOUBLE && atom->number == 0.0);
    *value_out = qa_value_missing();
    if (atom->kind == QA_KIND_MISSING || (is_zero && qa_model_app(model)->is_zero_missing)) return;
    if ((atom->mask & ~connection->clearance) != 0)
        value_out->flags = QA_VALUE_MASKED;
    else
        *value_out = qa_atom_value(atom, qa_model_account_of(model, coordinate).decimals);
}

enum { READ_BATCH = 256 };

/* Runs of leaf cells go to the store together; a consolidated cell between them is a grid of one. */
qa_status_t qa_connection_cells(qa_connection_t *connection, const qa_member_t *coordinates, uint32_t count,
                                qa_value_t *values_out)
{
    assert(connection->is_reading);
    const qa_model_t *model = qa_connection_model(connection);
    const qa_state_t *state = qa_connection_state(connection);
    const uint16_t dimension_count = qa_model_dimension_count(model);
    qa_atom_t atoms[READ_BATCH];
    qa_error_clear(&connection->error);
    for (uint32_t i = 0; i < count;) {
        const qa_member_t *first = coordinates + (size_t)i * dimension_count;
        uint32_t run = 0;
        while (connection->hierarchy_state == NULL && run < READ_BATCH && i + run < count &&
               is_leaf_coordinate(model, first + (size_t)run * dimension_count))
            run++;
        if (run == 0) {
            const qa_status_t status = read_consolidated(connection, first, &values_out[i++]);
            if (status != QA_OK) return status;
            continue;
        }
        qa_store_get(state->store, first, run, atoms);
        for (uint32_t r = 0; r < run; r++)
            fill_leaf(connection, model, first + (size_t)r * dimension_count, &atoms[r], &values_out[i + r]);
        i += run;
    }
    return QA_OK;
}
