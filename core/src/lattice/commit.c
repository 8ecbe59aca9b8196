/* Commits: a queue, a leader, one sync for the group.
 *
 * Whoever finds no leader becomes it: takes the write lock of the folder, applies what other processes
 * appended, then applies and appends every queued intent, syncs once, and lets go. Readers of this process
 * never see what is not durable: the state lock is held until the sync is back. When a write fails, log and
 * state are opened again from the disk. */
#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "lattice/lattice_private.h"

static qa_status_t delta_of(void *context, uint64_t offset, qa_delta_t *delta_out, qa_error_t *error)
{
    const qa_lattice_t *lattice = context;
    const qa_snapshot_place_t place = qa_lattice_place(lattice);
    return qa_replay_delta(&place, offset, delta_out, error);
}

/* Header and operations of the intent as the next of this client. */
static qa_status_t encode(const qa_lattice_t *lattice, const qa_connection_t *connection,
                          const qa_intent_t *intent, int64_t now_ns, qa_buffer_t *buffer)
{
    const qa_client_t *client = qa_state_client(lattice->state, lattice->client_id);
    const qa_buffer_t *operations = qa_intent_operations(intent);
    qa_intent_header_t header = { .app = lattice->app,
                                  .branch = "",
                                  .actor = connection->actor,
                                  .on_behalf_of = connection->on_behalf_of,
                                  .door = connection->door };
    header.app_bytes = (uint32_t)strlen(lattice->app);
    header.actor_bytes = (uint32_t)strlen(connection->actor);
    header.on_behalf_bytes = (uint32_t)strlen(connection->on_behalf_of);
    header.door_bytes = (uint32_t)strlen(connection->door);
    header.reason = qa_intent_reason(intent, &header.reason_bytes);
    memcpy(header.client_id, lattice->client_id, sizeof(header.client_id));
    header.sequence = client == NULL ? 1 : client->sequence + 1;
    if (client != NULL) memcpy(header.previous_hash, client->intent_hash, sizeof(header.previous_hash));
    header.base_offset = lattice->state->offset;
    header.authored_at_ns = now_ns;
    header.metadata_version = qa_model_app(lattice->state->model)->metadata_version;
    header.operation_count = qa_intent_operation_count(intent);
    const qa_status_t status = qa_record_write_header(buffer, &header);
    return status == QA_OK ? qa_buffer_put(buffer, operations->data, operations->bytes) : status;
}

qa_status_t qa_lattice_try(qa_lattice_t *lattice, const qa_connection_t *connection,
                           const qa_intent_t *intent, int64_t now_ns, qa_buffer_t *buffer, qa_delta_t *delta,
                           qa_intent_header_t *header_out, qa_error_t *error)
{
    const qa_environment_t environment = { delta_of, lattice };
    qa_buffer_clear(buffer);
    qa_status_t status = encode(lattice, connection, intent, now_ns, buffer);
    if (status == QA_OK && buffer->bytes > QA_INTENT_BYTES_MAX) status = QA_LIMIT;
    if (status != QA_OK)
        return qa_fail(error, status, "an intent of %zu bytes is too large; at most %d",
                       qa_intent_bytes(intent), QA_INTENT_BYTES_MAX);
    return qa_state_try(lattice->state, buffer->data, buffer->bytes, &environment, delta, header_out, error);
}

/* Applies one intent and appends it. A broken rule concerns this request alone; a failing log ends the group.
 */
static qa_status_t append_one(qa_lattice_t *lattice, commit_request_t *request, qa_buffer_t *buffer,
                              bool *is_log_broken_out)
{
    const int64_t now_ns = lattice->system->time_ns(lattice->system->context);
    qa_log_record_t record;
    qa_intent_header_t header;
    qa_delta_t delta;
    qa_delta_make(&delta, lattice->allocator, lattice->state->offset + 1);
    qa_status_t status = qa_lattice_try(lattice, request->connection, request->intent, now_ns, buffer, &delta,
                                        &header, &request->error);
    if (status == QA_POISONED) *is_log_broken_out = true;
    if (status != QA_OK) goto done;
    request->receipt = (qa_receipt_t){ .changed_count = delta.changed_count,
                                       .metadata_count = delta.metadata_count,
                                       .kept_count = delta.kept_count };
    if (request->is_preview || delta.entry_count == 0) {
        /* Nothing of it may stay: counters, for instance, could have moved. */
        if (qa_state_take_back(lattice->state, &delta) != QA_OK) *is_log_broken_out = true;
        goto done;
    }
    const qa_span_t span = { buffer->data, buffer->bytes };
    status = qa_log_append(lattice->log, &span, 1, now_ns, &record, &request->error);
    if (status == QA_OK)
        status = qa_state_advance(lattice->state, &header, buffer->data, buffer->bytes, record.appended_at_ns,
                                  record.chain_hash, &request->error);
    if (status != QA_OK) {
        *is_log_broken_out = true;
        goto done;
    }
    request->receipt.offset = record.offset;
    request->receipt.appended_at_ns = record.appended_at_ns;
    lattice->bytes_since_snapshot += buffer->bytes;
    if (record.offset % QA_CHECK_EVERY == 0) {
        uint8_t hash[QA_SHA256_BYTES];
        status = qa_state_hash(lattice->state, hash);
        if (status == QA_OK) status = qa_log_append_check(lattice->log, hash, &request->error);
        if (status != QA_OK) *is_log_broken_out = true;
    }

done:
    if (request->receipt.offset > 0)
        qa_state_remember(lattice->state, &delta);
    else
        qa_delta_release(&delta);
    return status;
}

static void fail_group(commit_request_t *first, qa_status_t status, const qa_error_t *error)
{
    for (commit_request_t *request = first; request != NULL; request = request->next) {
        if (request->status != QA_OK) continue;
        request->status = status;
        request->error = *error;
        request->receipt = (qa_receipt_t){ 0 };
    }
}

/* With the folder's lock held and the state at the end of the log. */
static void append_group(qa_lattice_t *lattice, commit_request_t *first)
{
    qa_buffer_t buffer;
    qa_error_t error = { 0 };
    bool is_log_broken = false;
    bool has_appended = false;
    qa_buffer_make(&buffer, lattice->allocator, (size_t)QA_INTENT_BYTES_MAX + (1 << 16));
    for (commit_request_t *request = first; request != NULL && !is_log_broken; request = request->next) {
        request->status = append_one(lattice, request, &buffer, &is_log_broken);
        has_appended = has_appended || request->receipt.offset > 0;
        if (is_log_broken) error = request->error;
    }
    qa_buffer_release(&buffer);
    if (!is_log_broken && has_appended && qa_log_sync(lattice->log, &error) != QA_OK) is_log_broken = true;
    if (!is_log_broken) return;
    lattice->must_reload = true;
    if (error.status == QA_OK) qa_fail_memory(&error, "a commit");
    fail_group(first, error.status, &error);
}

static void run_group(qa_lattice_t *lattice, commit_request_t *first)
{
    qa_error_t error = { 0 };
    qa_shared_lock_write(lattice->state_lock);
    qa_status_t status = lattice->must_reload ? qa_lattice_follow(lattice, &error) : QA_OK;
    if (status == QA_OK && lattice->is_read_only) { /* only previews come this far */
        status = qa_lattice_follow(lattice, &error);
        if (status == QA_OK) append_group(lattice, first);
        if (status != QA_OK) fail_group(first, status, &error);
        qa_shared_lock_release(lattice->state_lock);
        return;
    }
    if (status == QA_OK) status = qa_log_lock(lattice->log, QA_LOCK_TIMEOUT_MS, &error);
    if (status == QA_OK) {
        status = qa_lattice_follow(lattice, &error);
        if (status == QA_OK) append_group(lattice, first);
        qa_log_unlock(lattice->log);
    }
    if (status != QA_OK) fail_group(first, status, &error);
    qa_shared_lock_release(lattice->state_lock);
}

/* Waits in the queue; the thread that finds no leader leads until its own request is done. */
static void submit(qa_lattice_t *lattice, commit_request_t *request)
{
    qa_mutex_lock(lattice->queue_mutex);
    if (lattice->queue_last != NULL)
        lattice->queue_last->next = request;
    else
        lattice->queue_first = request;
    lattice->queue_last = request;
    while (!request->is_done) {
        if (lattice->has_leader) {
            qa_mutex_wait(lattice->queue_mutex);
            continue;
        }
        lattice->has_leader = true;
        commit_request_t *first = lattice->queue_first;
        commit_request_t *last = first;
        for (uint32_t count = 1; count < QA_COMMIT_GROUP_MAX && last->next != NULL; count++)
            last = last->next;
        lattice->queue_first = last->next;
        if (lattice->queue_first == NULL) lattice->queue_last = NULL;
        last->next = NULL;
        qa_mutex_unlock(lattice->queue_mutex);
        run_group(lattice, first);
        qa_mutex_lock(lattice->queue_mutex);
        while (first != NULL) { /* a request is gone from its thread's stack as soon as it is done */
            commit_request_t *next = first->next;
            first->is_done = true;
            first = next;
        }
        lattice->has_leader = false;
        qa_mutex_signal(lattice->queue_mutex);
    }
    qa_mutex_unlock(lattice->queue_mutex);
}

static qa_status_t commit(qa_connection_t *connection, qa_intent_t *intent, bool is_preview,
                          qa_receipt_t *receipt_out)
{
    qa_lattice_t *lattice = connection->lattice;
    commit_request_t request = { .connection = connection, .intent = intent, .is_preview = is_preview };
    qa_error_clear(&connection->error);
    if (receipt_out != NULL) *receipt_out = (qa_receipt_t){ 0 };
    assert(!connection->is_reading);
    if (lattice->is_read_only && !is_preview)
        return qa_fail(&connection->error, QA_READ_ONLY, "app \"%s\" is open for reading only", lattice->app);
    if (connection->as_of_state != NULL || connection->hierarchy_state != NULL)
        return qa_fail(&connection->error, QA_READ_ONLY,
                       "this connection shows the app as of an earlier moment; the past cannot be written");
    if (qa_intent_operation_count(intent) == 0) return QA_OK;
    submit(lattice, &request);
    if (receipt_out != NULL) *receipt_out = request.receipt;
    if (request.status != QA_OK) connection->error = request.error;
    return request.status;
}

qa_status_t qa_connection_commit(qa_connection_t *connection, qa_intent_t *intent, qa_receipt_t *receipt_out)
{
    return commit(connection, intent, false, receipt_out);
}

qa_status_t qa_connection_preview(qa_connection_t *connection, qa_intent_t *intent, qa_receipt_t *receipt_out)
{
    return commit(connection, intent, true, receipt_out);
}
