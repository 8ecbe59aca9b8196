/* Environments: made, ended, their attributes. */
#ifndef QA_EDGE_ENVIRONMENT_H
#define QA_EDGE_ENVIRONMENT_H

#include "edge/call.h"

SQLRETURN qa_edge_environment_allocate(SQLHANDLE *handle_out);
/* Ends it and its mutex, which the caller holds no longer. */
void qa_edge_environment_free(qa_edge_environment_t *environment);
SQLRETURN qa_edge_set_env_attr(qa_edge_environment_t *environment, SQLINTEGER attribute, SQLPOINTER value);
SQLRETURN qa_edge_get_env_attr(qa_edge_environment_t *environment, SQLINTEGER attribute, SQLPOINTER value,
                               SQLINTEGER *length_out);

#endif
