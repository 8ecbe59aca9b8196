/* Consolidation: a grid of cells from the atoms, the way qa/query.h promises it. */
#ifndef QA_CONSOLIDATE_H
#define QA_CONSOLIDATE_H

#include "qa/query.h"
#include "store/store.h"

/* Answers the spec from this structure and the store, whose own model (value_model) may be of another moment
 * (HierarchyAsOf). A non-default NULL list in the spec means the dimension's default member; without one
 * QA_MEMBER_UNNAMED names the dimension and how to name a member. Errors: QA_MEMBER_UNNAMED,
 * QA_MEMBER_NOT_FOUND (id out of range or deleted), QA_HIERARCHY_NOT_FOUND, QA_LIMIT (cells), QA_OVERFLOW (a
 * sum beyond 38 digits or not finite), QA_CANCELLED, QA_NO_MEMORY. Threading: reads only. */
qa_status_t qa_consolidate_at(const qa_model_t *model, const qa_model_t *value_model, const qa_store_t *store,
                              const qa_grid_spec_t *spec, const qa_allocator_t *allocator,
                              qa_grid_t **grid_out, qa_error_t *error);
/* The same with structure and values of one moment. */
qa_status_t qa_consolidate(const qa_model_t *model, const qa_store_t *store, const qa_grid_spec_t *spec,
                           const qa_allocator_t *allocator, qa_grid_t **grid_out, qa_error_t *error);

#endif
