/* Changing a model, fact by fact. The reducer and the snapshot reader are the only callers.
 *
 * Everything the model knows is a set of facts (facts.def), each a key with a value. Undo, rollback, the data
 * hash and snapshots all work on facts, so they need no knowledge of what a fact means. The typed view of
 * qa/model.h is kept in step: codes and edges at once, the order of hierarchies by qa_model_settle. */
#ifndef QA_MODEL_EDIT_H
#define QA_MODEL_EDIT_H

#include "base/bytes.h"
#include "base/hash.h"
#include "base/memory.h"
#include "qa/limits.h"
#include "qa/model.h"

typedef enum qa_fact_table {
#define QA_FACT(NAME, VALUE, TEXT) QA_FACT_##NAME = (VALUE),
#include "model/facts.def"
#undef QA_FACT
} qa_fact_table_t;

typedef enum qa_app_option {
    QA_APP_TITLE = 1,
    QA_APP_DECIMALS = 2,
    QA_APP_ZERO_IS_MISSING = 3
} qa_app_option_t;

/* Fields that a table does not use are 0; `name` is borrowed. */
typedef struct qa_fact_key {
    uint8_t table;
    qa_dimension_t dimension;
    qa_hierarchy_t hierarchy;
    uint32_t member;
    uint32_t other;
    const char *name;
    uint32_t name_bytes;
} qa_fact_key_t;

qa_status_t qa_model_open(qa_model_t **model_out, const qa_allocator_t *allocator, const qa_hash_key_t *key);
void qa_model_close(qa_model_t *model);

/* Sets the fact, or removes it (value NULL). Safe with any bytes: a key or value that does not fit the model
 * is refused and changes nothing (QA_INVALID for a bad form, QA_CODE_TAKEN, QA_LIMIT, QA_NO_MEMORY). A
 * MEMBER, DIMENSION or HIERARCHY fact whose id is the next one creates it. */
qa_status_t qa_model_write_fact(qa_model_t *model, const qa_fact_key_t *key, const uint8_t *value,
                                size_t bytes, qa_error_t *error);
/* Appends the value to `value_out`; false if the fact is absent. Out of memory sets *status_out. */
bool qa_model_read_fact(const qa_model_t *model, const qa_fact_key_t *key, qa_buffer_t *value_out,
                        qa_status_t *status_out);
/* Visits every fact, in an order in which they can be written into an empty model. Borrowed during the visit.
 */
qa_status_t qa_model_each_fact(const qa_model_t *model,
                               qa_status_t (*visit)(void *context, const qa_fact_key_t *key,
                                                    const uint8_t *value, size_t bytes),
                               void *context);
void qa_fact_key_write(const qa_fact_key_t *key, qa_buffer_t *buffer,
                       qa_status_t *status); /* sticky status */
bool qa_fact_key_read(qa_reader_t *reader, qa_fact_key_t *key_out);
const char *qa_fact_table_text(uint8_t table);

/* Sorts what changed since the last call and checks it: QA_CYCLE naming the loop, QA_LIMIT (levels). On
 * failure the typed order is stale: the caller rolls its facts back and settles again. */
qa_status_t qa_model_settle(qa_model_t *model, qa_error_t *error);
void qa_model_set_metadata_version(qa_model_t *model, uint64_t offset);

qa_hash128_t qa_model_hash(const qa_model_t *model);
uint64_t qa_model_bytes(const qa_model_t *model);
/* Recomputes the hash from the facts and checks the typed view against them: QA_DIVERGED. */
qa_status_t qa_model_verify(const qa_model_t *model, qa_error_t *error);

/* Counters that only grow: they are part of the state, because the next id follows from them. */
void qa_model_write_counts(const qa_model_t *model, qa_buffer_t *buffer, qa_status_t *status);
/* Rolls counters back to what write_counts wrote: members, hierarchies and dimensions beyond them must be
 * absent. */
qa_status_t qa_model_restore_counts(qa_model_t *model, qa_reader_t *reader, qa_error_t *error);
/* From a snapshot: raises member and hierarchy counts of existing dimensions (deleted ones at the end). */
qa_status_t qa_model_raise_counts(qa_model_t *model, qa_reader_t *reader, qa_error_t *error);
/* The last code of a deleted member, for the history. */
qa_status_t qa_model_set_deleted_code(qa_model_t *model, qa_dimension_t dimension, qa_member_t member,
                                      const char *code, uint32_t bytes);
uint32_t qa_model_next_order(const qa_model_t *model, qa_dimension_t dimension, qa_hierarchy_t hierarchy);

/* Kept in step with every fact, before any settle. */
/* What hangs on the member: aliases, attributes, caption, account, days, and its places as a child. */
uint32_t qa_model_fact_count(const qa_model_t *model, qa_dimension_t dimension, qa_member_t member);
uint32_t qa_model_child_count(const qa_model_t *model, qa_dimension_t dimension, qa_hierarchy_t hierarchy,
                              qa_member_t member);
bool qa_model_edge(const qa_model_t *model, qa_dimension_t dimension, qa_hierarchy_t hierarchy,
                   qa_member_t parent, qa_member_t child, qa_edge_t *edge_out);
/* The member's edges as a child, in the primary hierarchy at most one; calls visit(context, edge). Cost: the
 * edges. */
qa_status_t qa_model_edges_of_child(const qa_model_t *model, qa_dimension_t dimension,
                                    qa_hierarchy_t hierarchy, qa_member_t child,
                                    qa_status_t (*visit)(void *context, const qa_edge_t *edge),
                                    void *context);
bool qa_model_primary_edge(const qa_model_t *model, qa_dimension_t dimension, qa_member_t child,
                           qa_edge_t *edge_out);
/* The account of a coordinate's measure member, or the app's default decimal. */
qa_account_t qa_model_account_of(const qa_model_t *model, const qa_member_t *coordinate);

/* Holds and loads. */
uint32_t qa_model_hold_count(const qa_model_t *model);
uint32_t qa_model_load_count(const qa_model_t *model);
/* Loads in order of offset. `value` is borrowed. */
uint64_t qa_model_load(const qa_model_t *model, uint32_t index, const uint8_t **value_out, size_t *bytes_out);
/* Visits every hold; the name holds coordinate and owner (docs/formats/intent.md). */
qa_status_t qa_model_each_hold(const qa_model_t *model,
                               qa_status_t (*visit)(void *context, const char *name, uint32_t bytes,
                                                    uint8_t hold),
                               void *context);

#endif
