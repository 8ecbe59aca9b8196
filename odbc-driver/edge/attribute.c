/* Setting and getting attributes that are one number. It must never keep a value that is not one of its row.
 */
#include "edge/attribute.h"

#include <string.h>

const qa_edge_attribute_t *qa_edge_attribute_find(const qa_edge_attribute_t *attributes, size_t count,
                                                  SQLINTEGER id)
{
    for (size_t index = 0; index < count; index++)
        if (attributes[index].id == id) return &attributes[index];
    return NULL;
}

SQLRETURN qa_edge_attribute_set(const qa_edge_attribute_t *attribute, void *values, SQLULEN wanted,
                                qa_edge_diagnostics_t *diagnostics)
{
    SQLULEN value = wanted;
    if (wanted > attribute->legal)
        return qa_edge_refuse(diagnostics, "HY024", "%s: %llu is not a value of it", attribute->name,
                              (unsigned long long)wanted);
    if (wanted > attribute->most && attribute->otherwise == QA_EDGE_LATER)
        return qa_edge_refuse(diagnostics, "HYC00", "%s: the value %llu comes later", attribute->name,
                              (unsigned long long)wanted);
    if (value < attribute->least) value = attribute->least;
    if (value > attribute->most) value = attribute->most;
    memcpy((char *)values + attribute->offset, &value, sizeof(value));
    return value == wanted
               ? SQL_SUCCESS
               : qa_edge_warn(diagnostics, "01S02", "%s: %llu was set instead of %llu", attribute->name,
                              (unsigned long long)value, (unsigned long long)wanted);
}

SQLULEN qa_edge_attribute_get(const qa_edge_attribute_t *attribute, const void *values)
{
    SQLULEN value;
    memcpy(&value, (const char *)values + attribute->offset, sizeof(value));
    return value;
}

void qa_edge_attributes_reset(const qa_edge_attribute_t *attributes, size_t count, void *values)
{
    for (size_t index = 0; index < count; index++)
        memcpy((char *)values + attributes[index].offset, &attributes[index].initial, sizeof(SQLULEN));
}
