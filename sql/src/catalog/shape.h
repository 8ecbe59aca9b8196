/* Building shapes: what the files that lay out tables share. */
#ifndef QA_SQL_SHAPE_H
#define QA_SQL_SHAPE_H

#include "catalog/catalog_private.h"

/* What the columns of a dimension must hold. Lengths are UTF-16 units; measured are the bytes of UTF-8, which
 * are never fewer: a program that takes narrow text into a buffer of the column's size then loses nothing. */
typedef struct hierarchy_measure {
    uint32_t path_units;
    uint32_t depth;
    uint32_t place_count;
    uint32_t weight_decimals; /* of any product of weights along a way, at most */
} hierarchy_measure_t;
typedef struct attribute_measure {
    const char *name; /* as first met */
    uint32_t units;
} attribute_measure_t;
typedef struct dimension_measure {
    uint32_t code_units;
    uint32_t caption_units;
    hierarchy_measure_t *hierarchies; /* one per hierarchy */
    attribute_names_t attributes;
    attribute_measure_t *attribute_list; /* in the order met; `attribute_count` of them */
    uint32_t attribute_count;
    uint32_t attribute_capacity;
    const char *table_name;  /* of the primary hierarchy's table */
    const char *column_name; /* in atoms, cells, facts, lines */
} dimension_measure_t;

typedef struct shaper {
    qa_sql_shape_t *shape;
    const qa_model_t *model;
    const qa_allocator_t *allocator;
    dimension_measure_t *dimensions;
    qa_sql_shape_table_t *tables;
    uint16_t table_capacity;
    qa_error_t *error;
} shaper_t;

/* Measures the dimension in one pass over its members and one over each hierarchy. */
qa_status_t qa_sql_measure_dimension(shaper_t *shaper, qa_dimension_t dimension);
void qa_sql_measure_release(shaper_t *shaper);

/* A table with room for so many columns; NULL: no memory. `name` is kept as it is (in the arena). */
qa_sql_shape_table_t *qa_sql_shape_add_table(shaper_t *shaper, const char *name, qa_sql_relation_kind_t kind,
                                             uint32_t column_capacity, const char *remarks);
/* Appends a column; its name is kept. Further facts about it are set on what is returned. */
qa_sql_shape_column_t *qa_sql_shape_add_column(qa_sql_shape_table_t *table, const char *name,
                                               qa_sql_type_t type, const char *remarks);
/* `name`, with the suffix as often as needed to be no name of a table so far. NULL: no memory. */
const char *qa_sql_shape_table_name(shaper_t *shaper, const char *name, const char *suffix);

qa_status_t qa_sql_shape_dimension(shaper_t *shaper, qa_dimension_t dimension, qa_hierarchy_t hierarchy);
qa_status_t qa_sql_shape_rollup(shaper_t *shaper, qa_dimension_t dimension);

static inline qa_sql_type_t type_of(qa_sql_kind_t kind, bool is_nullable)
{
    return (qa_sql_type_t){ .kind = (uint8_t)kind, .is_nullable = is_nullable };
}
static inline qa_sql_type_t type_of_decimal(uint8_t precision, uint8_t scale, bool is_nullable)
{
    return (qa_sql_type_t){
        .kind = QA_SQL_DECIMAL, .precision = precision, .scale = scale, .is_nullable = is_nullable
    };
}
static inline qa_sql_type_t type_of_text(uint32_t units, bool is_name, bool is_nullable)
{
    return (qa_sql_type_t){
        .kind = QA_SQL_TEXT, .is_nullable = is_nullable, .is_name = is_name, .length = units > 0 ? units : 1
    };
}

#endif
