/* Making models in tests, fact by fact. Each call fails the running test when the model refuses it. */
#ifndef QA_TEST_MODEL_MAKER_H
#define QA_TEST_MODEL_MAKER_H

#include "model/model_edit.h"

qa_model_t *maker_open(void);
qa_dimension_t maker_dimension(qa_model_t *model, const char *name, qa_dimension_kind_t kind);
/* A member below `parent` (QA_MEMBER_NONE: a root) of the primary hierarchy, by + 1. */
qa_member_t maker_member(qa_model_t *model, qa_dimension_t dimension, const char *code, qa_member_t parent);
/* A member of alternates only. */
qa_member_t maker_group(qa_model_t *model, qa_dimension_t dimension, const char *code);
void maker_account(qa_model_t *model, qa_dimension_t dimension, qa_member_t member, qa_account_t account);
qa_hierarchy_t maker_hierarchy(qa_model_t *model, qa_dimension_t dimension, const char *name);
/* Sets an edge; in the primary it must be the edge that is there. `order` is that of setting. */
void maker_edge(qa_model_t *model, qa_dimension_t dimension, qa_hierarchy_t hierarchy, qa_member_t parent,
                qa_member_t child, char operator_code, int64_t weight, uint8_t weight_decimals);
void maker_delete_member(qa_model_t *model, qa_dimension_t dimension, qa_member_t member, qa_member_t parent);
void maker_default(qa_model_t *model, qa_dimension_t dimension, qa_member_t member);
void maker_zero_is_missing(qa_model_t *model);
/* To be called before reading. */
void maker_settle(qa_model_t *model);

#endif
