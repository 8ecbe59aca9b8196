/* The aggregate of a store under a structure, the way qa/aggregate.h promises it. */
#ifndef QA_QUERY_AGGREGATE_H
#define QA_QUERY_AGGREGATE_H

#include "qa/aggregate.h"
#include "store/store.h"

/* `value_model` is of the store's moment, `model` gives weights and time balances. Reads only. */
qa_status_t qa_aggregate_run(const qa_model_t *model, const qa_model_t *value_model, const qa_store_t *store,
                             const qa_aggregate_spec_t *spec, uint64_t clearance,
                             const qa_allocator_t *allocator, qa_aggregate_t **result_out, qa_error_t *error);

#endif
