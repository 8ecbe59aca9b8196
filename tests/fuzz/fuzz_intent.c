/* Hostile bytes as an intent, against a small state: the first byte says how many bytes of the input become
 * the operations of an intent with a good header; without that the input is the whole record. Whatever
 * happens, a refused intent leaves the state hash as it was, and an accepted one keeps every invariant and
 * can be taken back. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reducer/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static qa_status_t no_delta(void *context, uint64_t offset, qa_delta_t *delta_out, qa_error_t *error)
{
    (void)context;
    (void)offset;
    (void)error;
    *delta_out = (qa_delta_t){ 0 };
    return QA_NO_SUCH_OFFSET;
}

static void must(bool is_true, const char *what)
{
    if (is_true) return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

static qa_status_t write_record(qa_buffer_t *buffer, const qa_state_t *state, const void *operations,
                                size_t bytes, uint32_t count)
{
    static const uint8_t client_id[QA_CLIENT_ID_BYTES] = { 7 };
    qa_intent_header_t header = { .app = "budget",
                                  .app_bytes = 6,
                                  .branch = "",
                                  .actor = "ada",
                                  .actor_bytes = 3,
                                  .on_behalf_of = "",
                                  .door = "fuzz",
                                  .door_bytes = 4,
                                  .reason = "",
                                  .operation_count = count };
    const qa_client_t *client = qa_state_client(state, client_id);
    memcpy(header.client_id, client_id, sizeof(client_id));
    header.sequence = client == NULL ? 1 : client->sequence + 1;
    if (client != NULL) memcpy(header.previous_hash, client->intent_hash, sizeof(header.previous_hash));
    header.base_offset = state->offset;
    qa_buffer_clear(buffer);
    const qa_status_t status = qa_record_write_header(buffer, &header);
    return status == QA_OK ? qa_buffer_put(buffer, operations, bytes) : status;
}

static qa_status_t try_record(qa_state_t *state, const uint8_t *record, size_t bytes)
{
    const qa_environment_t environment = { no_delta, NULL };
    static const uint8_t chain[QA_SHA256_BYTES] = { 0 };
    qa_intent_header_t header;
    qa_error_t error;
    qa_delta_t delta;
    uint8_t before[QA_SHA256_BYTES], behind[QA_SHA256_BYTES];
    must(qa_state_hash(state, before) == QA_OK, "hash");
    qa_delta_make(&delta, &qa_allocator_default, state->offset + 1);
    qa_status_t status = qa_state_try(state, record, bytes, &environment, &delta, &header, &error);
    if (status == QA_OK) must(qa_state_take_back(state, &delta) == QA_OK, "take back");
    must(qa_state_hash(state, behind) == QA_OK, "hash");
    must(memcmp(before, behind, sizeof(before)) == 0,
         "an intent that was refused or taken back changed the state");
    must(qa_state_verify(state, &error) == QA_OK, error.message);
    if (status == QA_OK) {
        qa_delta_release(&delta);
        qa_delta_make(&delta, &qa_allocator_default, state->offset + 1);
        must(qa_state_try(state, record, bytes, &environment, &delta, &header, &error) == QA_OK,
             "the second try");
        must(qa_state_advance(state, &header, record, bytes, 1, chain, &error) == QA_OK, "advance");
        must(qa_state_verify(state, &error) == QA_OK, error.message);
    }
    qa_delta_release(&delta);
    return status;
}

static void make_model(qa_intent_t *intent)
{
    qa_dimension_t department, account;
    qa_member_t all, fire, net, rate;
    qa_intent_add_dimension(intent, "Department", 10, QA_DIMENSION_ORDINARY, "All", 3, &department, &all);
    qa_intent_add_member(intent, department, "Fire", 4, false, &fire);
    const qa_edge_t edge = { .parent = all, .child = fire, .operator_code = '+' };
    qa_intent_set_edge(intent, department, 0, &edge, QA_ATOMS_REFUSE, 0);
    qa_intent_add_dimension(intent, "Account", 7, QA_DIMENSION_MEASURE, "Net", 3, &account, &net);
    qa_intent_add_member(intent, account, "Rate", 4, false, &rate);
    qa_intent_set_account(intent, account, rate, (qa_account_t){ .kind = QA_KIND_DOUBLE });
    const qa_member_t coordinate[2] = { fire, net };
    const qa_value_t value = qa_value_decimal(1234, 2);
    qa_intent_set_cells(intent, 2, coordinate, &value, NULL, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t log_id[16] = { 1 };
    qa_state_t *state = NULL;
    qa_intent_t *intent = NULL;
    qa_buffer_t record;
    qa_buffer_make(&record, &qa_allocator_default, 1 << 24);
    must(qa_state_open(&state, &qa_allocator_default, log_id) == QA_OK, "open");
    must(qa_intent_open(&intent, NULL) == QA_OK, "intent");
    make_model(intent);
    const qa_buffer_t *operations = qa_intent_operations(intent);
    must(write_record(&record, state, operations->data, operations->bytes,
                      qa_intent_operation_count(intent)) == QA_OK,
         "record");
    must(try_record(state, record.data, record.bytes) == QA_OK, "the model");
    if (size > 0 && data[0] < 16) {
        must(write_record(&record, state, data + 1, size - 1, data[0]) == QA_OK, "record");
        (void)try_record(state, record.data, record.bytes);
    } else {
        (void)try_record(state, data, size);
    }
    qa_buffer_release(&record);
    qa_intent_close(intent);
    qa_state_close(state);
    return 0;
}
