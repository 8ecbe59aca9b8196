/* History, deltas, loads: answered by replaying the log. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "lattice/lattice_private.h"
#include "query/consolidate.h"
#include "reducer/load_facts.h"

enum { WORDS_BYTES = 256 };

/* What kinds of operations an intent has, each named once. */
static void operation_words(const qa_replay_step_t *step, char words[WORDS_BYTES])
{
    qa_reader_t reader = qa_reader_make(step->data, step->bytes);
    qa_intent_header_t header;
    uint64_t seen = 0;
    size_t used = 0;
    words[0] = '\0';
    if (qa_record_read_header(&reader, &header, NULL) != QA_OK) return;
    for (uint32_t i = 0; i < header.operation_count; i++) {
        uint8_t code;
        qa_reader_t payload;
        if (!qa_record_next_operation(&reader, &code, &payload)) return;
        if (code >= 64 || (seen >> code & 1u) != 0) continue;
        seen |= (uint64_t)1 << code;
        char word[64];
        if (code == QA_OPERATION_UNDO)
            snprintf(word, sizeof(word), "undo %llu", (unsigned long long)qa_read_varint(&payload));
        else
            snprintf(word, sizeof(word), "%s", qa_operation_words(code));
        const int wanted = snprintf(words + used, WORDS_BYTES - used, "%s%s", used == 0 ? "" : ", ", word);
        if (wanted < 0 || (size_t)wanted >= WORDS_BYTES - used) {
            words[used] = '\0';
            return;
        }
        used += (size_t)wanted;
    }
}

typedef struct entry_texts {
    char actor[256], on_behalf_of[256], door[256], reason[QA_REASON_BYTES_MAX + 1], operations[WORDS_BYTES];
} entry_texts_t;

static void copy_text(char *target, size_t capacity, const char *text, uint32_t bytes)
{
    const size_t kept = bytes < capacity ? bytes : capacity - 1;
    if (kept > 0) memcpy(target, text, kept);
    target[kept] = '\0';
}

static void fill_entry(const qa_replay_step_t *step, entry_texts_t *texts, qa_history_entry_t *entry)
{
    const qa_intent_header_t *header = step->header;
    copy_text(texts->actor, sizeof(texts->actor), header->actor, header->actor_bytes);
    copy_text(texts->on_behalf_of, sizeof(texts->on_behalf_of), header->on_behalf_of,
              header->on_behalf_bytes);
    copy_text(texts->door, sizeof(texts->door), header->door, header->door_bytes);
    copy_text(texts->reason, sizeof(texts->reason), header->reason, header->reason_bytes);
    operation_words(step, texts->operations);
    *entry = (qa_history_entry_t){ .offset = step->delta->offset,
                                   .appended_at_ns = step->appended_at_ns,
                                   .authored_at_ns = header->authored_at_ns,
                                   .actor = texts->actor,
                                   .on_behalf_of = texts->on_behalf_of,
                                   .door = texts->door,
                                   .reason = texts->reason,
                                   .operations = texts->operations,
                                   .changed_count = step->delta->changed_count,
                                   .metadata_count = step->delta->metadata_count };
}

qa_status_t qa_connection_each_step(qa_connection_t *connection, uint64_t start,
                                    qa_status_t (*visit)(void *context, const qa_replay_step_t *step),
                                    void *context)
{
    const qa_snapshot_place_t place = qa_lattice_place(connection->lattice);
    const uint64_t end = connection->as_of_state != NULL ? connection->as_of : UINT64_MAX;
    qa_replay_t *replay = NULL;
    qa_replay_step_t step;
    assert(!connection->is_reading);
    qa_error_clear(&connection->error);
    qa_status_t status = qa_replay_open(&replay, &place, start, &connection->error);
    if (status == QA_OK && start > 0) status = qa_replay_to(replay, start, &connection->error);
    while (status == QA_OK && qa_replay_state(replay)->offset < end) {
        status = qa_replay_next(replay, &step, &connection->error);
        if (status == QA_OK) status = visit(context, &step);
    }
    qa_replay_close(replay);
    if (status == QA_NO_MEMORY && connection->error.status == QA_OK)
        qa_fail_memory(&connection->error, "a history"); /* some depths know no words */
    if (status == QA_MISSING_INPUT) {
        qa_error_clear(&connection->error);
        status = QA_OK;
    }
    return status;
}

/* --- the log --- */

typedef struct log_walk {
    qa_history_visit_t visit;
    void *context;
} log_walk_t;

static qa_status_t visit_log(void *context, const qa_replay_step_t *step)
{
    const log_walk_t *walk = context;
    entry_texts_t texts;
    qa_history_entry_t entry;
    fill_entry(step, &texts, &entry);
    return walk->visit(walk->context, &entry);
}

qa_status_t qa_connection_log(qa_connection_t *connection, uint64_t from_offset, qa_history_visit_t visit,
                              void *context)
{
    log_walk_t walk = { visit, context };
    return qa_connection_each_step(connection, from_offset > 0 ? from_offset - 1 : 0, visit_log, &walk);
}

/* --- one cell --- */

typedef struct cell_walk {
    qa_connection_t *connection;
    const qa_member_t *coordinate;
    qa_history_visit_t visit;
    void *context;
    qa_value_t before;
    qa_arena_t texts; /* text of `before` */
} cell_walk_t;

static qa_status_t read_cell(const cell_walk_t *walk, const qa_state_t *state, qa_grid_t **grid_out)
{
    qa_grid_spec_t spec = { .size = sizeof(spec),
                            .clearance = walk->connection->clearance,
                            .hidden_mode = walk->connection->hidden_mode };
    const uint16_t dimension_count = qa_model_dimension_count(state->model);
    *grid_out = NULL;
    for (qa_dimension_t d = 0; d < dimension_count; d++) {
        if (walk->coordinate[d] >= qa_model_dimension(state->model, d)->member_count ||
            qa_model_member(state->model, d, walk->coordinate[d])->is_deleted)
            return QA_OK; /* the cell does not exist at this time */
        spec.members[d] = &walk->coordinate[d];
        spec.member_count[d] = 1;
    }
    if (dimension_count == 0) return QA_OK;
    return qa_consolidate(state->model, state->store, &spec, walk->connection->lattice->allocator, grid_out,
                          &walk->connection->error);
}

static qa_status_t visit_cell(void *context, const qa_replay_step_t *step)
{
    cell_walk_t *walk = context;
    qa_grid_t *grid = NULL;
    entry_texts_t texts;
    qa_history_entry_t entry;
    if (step->delta->changed_count == 0 && step->delta->metadata_count == 0) return QA_OK;
    qa_status_t status = read_cell(walk, step->state, &grid);
    if (status != QA_OK) return status;
    const qa_value_t behind = grid == NULL ? qa_value_missing() : *qa_grid_cell(grid, 0);
    if (!qa_value_equal(&walk->before, &behind)) {
        fill_entry(step, &texts, &entry);
        entry.before = walk->before;
        entry.behind = behind;
        status = walk->visit(walk->context, &entry);
        qa_arena_release(&walk->texts);
        walk->before = behind;
        if (behind.kind == QA_KIND_TEXT) {
            walk->before.text = qa_arena_text(&walk->texts, behind.text, behind.text_bytes);
            if (walk->before.text == NULL && status == QA_OK)
                status = qa_fail_memory(&walk->connection->error, "a history");
        }
    }
    qa_grid_close(grid);
    return status;
}

qa_status_t qa_connection_history(qa_connection_t *connection, const qa_member_t *coordinate,
                                  qa_history_visit_t visit, void *context)
{
    cell_walk_t walk = {
        .connection = connection, .coordinate = coordinate, .visit = visit, .context = context
    };
    qa_arena_make(&walk.texts, connection->lattice->allocator, 1 << 20);
    const qa_status_t status = qa_connection_each_step(connection, 0, visit_cell, &walk);
    qa_arena_release(&walk.texts);
    return status;
}

/* --- one intent --- */

qa_status_t qa_connection_delta(qa_connection_t *connection, uint64_t offset,
                                qa_status_t (*visit)(void *context, const qa_delta_atom_t *atom),
                                void *context)
{
    const qa_snapshot_place_t place = qa_lattice_place(connection->lattice);
    qa_replay_t *replay = NULL;
    qa_replay_step_t step;
    qa_error_clear(&connection->error);
    assert(!connection->is_reading);
    if (offset == 0) return qa_fail(&connection->error, QA_NO_SUCH_OFFSET, "the first intent has offset 1");
    qa_status_t status = qa_replay_open(&replay, &place, offset - 1, &connection->error);
    if (status == QA_OK) status = qa_replay_to(replay, offset - 1, &connection->error);
    if (status == QA_OK) status = qa_replay_next(replay, &step, &connection->error);
    if (status == QA_MISSING_INPUT)
        status = qa_fail(&connection->error, QA_NO_SUCH_OFFSET, "there is no offset %llu",
                         (unsigned long long)offset);
    for (uint32_t i = 0; status == QA_OK && i < step.delta->entry_count; i++) {
        const qa_delta_entry_t *entry = &step.delta->entries[i];
        if (entry->kind != QA_DELTA_ATOMS) continue;
        for (uint32_t a = 0; a < entry->atom_count && status == QA_OK; a++) {
            /* A dimension that came later in the intent: its first member. */
            qa_member_t coordinate[QA_DIMENSIONS_MAX] = { 0 };
            memcpy(coordinate, entry->coordinates + (size_t)a * entry->dimension_count,
                   entry->dimension_count * sizeof(*coordinate));
            if (((entry->before_atoms[a].mask | entry->behind_atoms[a].mask) & ~connection->clearance) != 0)
                continue;
            const qa_delta_atom_t atom = {
                .coordinate = coordinate,
                .before = qa_atom_value(&entry->before_atoms[a], entry->before_atoms[a].decimals),
                .behind = qa_atom_value(&entry->behind_atoms[a], entry->behind_atoms[a].decimals)
            };
            status = visit(context, &atom);
        }
    }
    qa_replay_close(replay);
    return status;
}

/* --- loads --- */

qa_status_t qa_connection_loads(qa_connection_t *connection,
                                qa_status_t (*visit)(void *context, uint64_t offset, const qa_load_t *load),
                                void *context)
{
    qa_lattice_t *lattice = connection->lattice;
    qa_arena_t arena;
    qa_arena_make(&arena, lattice->allocator, (size_t)1 << 30);
    qa_error_clear(&connection->error);
    assert(!connection->is_reading);
    qa_status_t status = qa_lattice_refresh(lattice, &connection->error);
    if (status != QA_OK) return status;
    qa_shared_lock_read(lattice->state_lock);
    const qa_model_t *model = qa_connection_state(connection)->model;
    for (uint32_t i = 0; i < qa_model_load_count(model) && status == QA_OK; i++) {
        const uint8_t *value;
        size_t bytes;
        qa_load_t load;
        const uint64_t offset = qa_model_load(model, i, &value, &bytes);
        qa_reader_t reader = qa_reader_make(value, bytes);
        status = qa_load_read(&reader, &arena, &load);
        if (status == QA_OK)
            status = visit(context, offset, &load);
        else
            qa_fail(&connection->error, status, "the description of the load at offset %llu cannot be read",
                    (unsigned long long)offset);
        qa_arena_release(&arena);
    }
    qa_shared_lock_release(lattice->state_lock);
    return status;
}

static qa_status_t visit_lines(const qa_log_record_t *record,
                               qa_status_t (*visit)(void *context, const void *block, size_t bytes),
                               void *context, qa_error_t *error)
{
    qa_reader_t reader = qa_reader_make(record->data, record->bytes);
    qa_intent_header_t header;
    qa_status_t status = qa_record_read_header(&reader, &header, error);
    for (uint32_t i = 0; i < header.operation_count && status == QA_OK; i++) {
        uint8_t code;
        qa_reader_t payload;
        if (!qa_record_next_operation(&reader, &code, &payload))
            return qa_fail(error, QA_CORRUPT, "an intent is cut off");
        if (code == QA_OPERATION_LINES) status = visit(context, payload.at, qa_reader_left(&payload));
    }
    return status;
}

qa_status_t qa_connection_load_lines(qa_connection_t *connection, uint64_t offset,
                                     qa_status_t (*visit)(void *context, const void *block, size_t bytes),
                                     void *context)
{
    const qa_lattice_t *lattice = connection->lattice;
    const qa_log_options_t options = { .allocator = lattice->allocator,
                                       .system = lattice->system,
                                       .folder = lattice->folder,
                                       .is_read_only = true };
    qa_log_t *log = NULL;
    qa_log_record_t record;
    qa_error_clear(&connection->error);
    qa_status_t status = qa_log_open(&log, &options, &connection->error);
    while (status == QA_OK) {
        status = qa_log_next(log, &record, &connection->error);
        if (status != QA_OK || record.kind != QA_LOG_INTENT || record.offset != offset) continue;
        status = visit_lines(&record, visit, context, &connection->error);
        break;
    }
    qa_log_close(log);
    if (status == QA_MISSING_INPUT)
        status = qa_fail(&connection->error, QA_NO_SUCH_OFFSET, "there is no offset %llu",
                         (unsigned long long)offset);
    return status;
}
