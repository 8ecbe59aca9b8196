/* Attributes that are one number: rows of statement_attributes.def and connection_attributes.def. */
#ifndef QA_EDGE_ATTRIBUTE_H
#define QA_EDGE_ATTRIBUTE_H

#include <stddef.h>

#include "edge/diagnostics.h"

typedef enum qa_edge_otherwise {
    QA_EDGE_NEAREST, /* the nearest value that we have is set, 01S02 */
    QA_EDGE_LATER    /* HYC00 for what is more than we have; the nearest for what is less */
} qa_edge_otherwise_t;

typedef struct qa_edge_attribute {
    SQLINTEGER id;
    const char *name;
    size_t offset; /* of the SQLULEN in the struct of attributes */
    int call;      /* row of the state table for setting it */
    SQLULEN initial, least, most, legal;
    qa_edge_otherwise_t otherwise;
} qa_edge_attribute_t;

#define QA_EDGE_ANY SIZE_MAX

/* NULL: none of these. */
const qa_edge_attribute_t *qa_edge_attribute_find(const qa_edge_attribute_t *attributes, size_t count,
                                                  SQLINTEGER id);
SQLRETURN qa_edge_attribute_set(const qa_edge_attribute_t *attribute, void *values, SQLULEN wanted,
                                qa_edge_diagnostics_t *diagnostics);
SQLULEN qa_edge_attribute_get(const qa_edge_attribute_t *attribute, const void *values);
void qa_edge_attributes_reset(const qa_edge_attribute_t *attributes, size_t count, void *values);

#endif
