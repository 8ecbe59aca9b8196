/* Read sections: the time during which a connection's view stands still.
 *
 * A section of the present holds the state lock for reading, or, when it shows an intent that is not
 * committed, for writing: the intent is applied to the one state there is and taken back at the end. A
 * section of an earlier moment has a state of its own and a joined section stands within another one: neither
 * takes the lock. A section must never leave anything of an intent behind: if taking back fails, the state is
 * loaded again. */
#include <assert.h>

#include "base/error.h"
#include "lattice/lattice_private.h"

static void release(qa_connection_t *connection)
{
    qa_lattice_t *lattice = connection->lattice;
    if (connection->is_tried && qa_state_take_back(lattice->state, &connection->tried) != QA_OK)
        lattice->must_reload = true;
    connection->is_tried = false;
    qa_delta_release(&connection->tried);
    if (connection->has_lock) qa_shared_lock_release(lattice->state_lock);
    connection->has_lock = false;
}

static qa_status_t start(qa_connection_t *connection)
{
    connection->is_reading = true;
    if (qa_fill_position(qa_connection_state(connection), &connection->position) == QA_OK) return QA_OK;
    qa_connection_read_end(connection);
    return qa_fail_memory(&connection->error, "a reading section");
}

qa_status_t qa_connection_read_begin(qa_connection_t *connection)
{
    qa_lattice_t *lattice = connection->lattice;
    qa_error_clear(&connection->error);
    assert(!connection->is_reading);
    if (connection->as_of_state != NULL) return start(connection);
    for (;;) {
        const qa_status_t status = qa_lattice_refresh(lattice, &connection->error);
        if (status != QA_OK) return status;
        qa_shared_lock_read(lattice->state_lock);
        /* A commit that failed in between leaves a state that is not on the disk. */
        if (!lattice->must_reload) break;
        qa_shared_lock_release(lattice->state_lock);
    }
    connection->has_lock = true;
    return start(connection);
}

qa_status_t qa_connection_read_join(qa_connection_t *connection, const qa_connection_t *host)
{
    (void)host;
    qa_error_clear(&connection->error);
    assert(!connection->is_reading);
    assert(host->is_reading && host->lattice == connection->lattice);
    assert(host->as_of_state == NULL || connection->as_of_state != NULL);
    return start(connection);
}

/* With the lock held for writing. */
static qa_status_t try_intent(qa_connection_t *connection, const qa_intent_t *intent)
{
    qa_lattice_t *lattice = connection->lattice;
    const int64_t now_ns = lattice->system->time_ns(lattice->system->context);
    qa_intent_header_t header;
    qa_buffer_t buffer;
    qa_status_t status = qa_lattice_follow(lattice, &connection->error);
    if (status != QA_OK) return status;
    qa_buffer_make(&buffer, lattice->allocator, (size_t)QA_INTENT_BYTES_MAX + (1 << 16));
    qa_delta_make(&connection->tried, lattice->allocator, lattice->state->offset + 1);
    status = qa_lattice_try(lattice, connection, intent, now_ns, &buffer, &connection->tried, &header,
                            &connection->error);
    qa_buffer_release(&buffer);
    if (status == QA_POISONED) lattice->must_reload = true;
    connection->is_tried = status == QA_OK;
    return status;
}

qa_status_t qa_connection_read_begin_with(qa_connection_t *connection, qa_intent_t *intent,
                                          qa_receipt_t *receipt_out)
{
    qa_error_clear(&connection->error);
    assert(!connection->is_reading);
    if (receipt_out != NULL) *receipt_out = (qa_receipt_t){ 0 };
    if (intent == NULL || qa_intent_operation_count(intent) == 0) return qa_connection_read_begin(connection);
    if (connection->as_of_state != NULL || connection->hierarchy_state != NULL)
        return qa_fail(&connection->error, QA_READ_ONLY,
                       "this connection shows the app as of an earlier moment; the past cannot be written");
    qa_shared_lock_write(connection->lattice->state_lock);
    connection->has_lock = true;
    const qa_status_t status = try_intent(connection, intent);
    if (status != QA_OK) {
        release(connection);
        return status;
    }
    if (receipt_out != NULL)
        *receipt_out = (qa_receipt_t){ .changed_count = connection->tried.changed_count,
                                       .metadata_count = connection->tried.metadata_count,
                                       .kept_count = connection->tried.kept_count };
    return start(connection);
}

void qa_connection_read_end(qa_connection_t *connection)
{
    assert(connection->is_reading);
    connection->is_reading = false;
    qa_arena_release(&connection->read_arena);
    release(connection);
}

const qa_model_t *qa_connection_model(const qa_connection_t *connection)
{
    assert(connection->is_reading);
    return connection->hierarchy_state != NULL ? connection->hierarchy_state->model
                                               : qa_connection_state(connection)->model;
}

const qa_position_t *qa_connection_position(const qa_connection_t *connection)
{
    assert(connection->is_reading);
    return &connection->position;
}
