/* What the files of catalog/ share. */
#ifndef QA_SQL_CATALOG_PRIVATE_H
#define QA_SQL_CATALOG_PRIVATE_H

#include "base/text_map.h"
#include "catalog/catalog.h"
#include "qa/times.h"

enum {
    EARLIER_MOMENTS_MAX = 16, /* each is a state of its own in memory */
    MOMENTS_MAX = 4096,       /* known ones, open or not: as many as a statement may name */
    PLACE_DEPTH_MAX = 64,     /* generations of a hierarchy; the core allows QA_LEVELS_MAX levels */
    CANCEL_EVERY = 1024,      /* rows between two looks at the cancel flag */
    FIXED_VALUE_COLUMNS = 4,  /* value, text_value, date_value, boolean_value */
    LINE_FIXED_COLUMNS = 4,   /* offset, file, line, text */
    MEMBER_FIXED_COLUMNS = 8, /* member … is_leaf */
    ACCOUNT_COLUMNS = 4,      /* kind, decimals, time_balance, sense */
    TIME_COLUMNS = 2          /* first_day, last_day */
};

typedef struct catalog_app {
    struct catalog_app *next;
    char name[68];
    qa_lattice_t *lattice;
    qa_times_t *times;
    uint64_t as_of; /* of the session, 0: the present */
    uint64_t hierarchy_as_of;
    uint32_t order;
} catalog_app_t;

typedef struct catalog_moment {
    qa_sql_moment_t seen; /* first: what the others have a pointer to */
    struct catalog_moment *next;
    qa_sql_catalog_t *catalog;
    catalog_app_t *app;
    uint64_t last_use;
    uint32_t slot;                  /* 1, 2 … in the order of their making */
    uint16_t value_dimension_count; /* of the values, when the structure is that of another moment; else 0 */
    bool has_intent;                /* the section shows an intent that is not committed */
} catalog_moment_t;

struct qa_sql_catalog {
    const qa_sql_session_options_t *options; /* borrowed */
    const qa_allocator_t *allocator;
    catalog_app_t *apps;
    uint32_t app_count;
    catalog_moment_t *moments;
    uint32_t moment_count;
    uint64_t use_count;
};

/* Names of apps, tables, columns: without case. */
bool qa_sql_is_same_name(const char *a, size_t a_bytes, const char *b, size_t b_bytes);
/* Makes sure that a moment that was let go has its connection again. */
qa_status_t qa_sql_moment_open(catalog_moment_t *moment, qa_error_t *error);
/* The words of the connection, for a status that came from it. */
qa_status_t qa_sql_moment_fail(const qa_sql_moment_t *moment, qa_status_t status, qa_error_t *error);
/* Makes the tables of the model. */
qa_status_t qa_sql_shape_make(qa_sql_shape_t **shape_out, const qa_model_t *model, const char *app,
                              const qa_allocator_t *allocator, qa_error_t *error);

/* --- places.c: hierarchies place by place, in pre-order --- */

typedef struct place_step {
    const qa_edge_t *edges;
    uint32_t count;
    uint32_t at;
} place_step_t;
typedef struct place_walk {
    const qa_model_t *model;
    qa_dimension_t dimension;
    qa_hierarchy_t hierarchy;
    bool is_primary_below; /* a member without children in an alternate goes on along the primary */
    uint32_t depth;        /* of the place; 1 for a root */
    place_step_t steps[PLACE_DEPTH_MAX];         /* steps[0]: the roots */
    qa_member_t members[PLACE_DEPTH_MAX];        /* on the way, members[depth - 1] is the place's own */
    qa_hierarchy_t hierarchies[PLACE_DEPTH_MAX]; /* in which the children of members[i] are looked for */
    bool is_done;
} place_walk_t;
void qa_sql_place_walk_start(place_walk_t *walk, const qa_model_t *model, qa_dimension_t dimension,
                             qa_hierarchy_t hierarchy);
/* Starts at one member: it is the first place, at depth 1. */
void qa_sql_place_walk_start_at(place_walk_t *walk, const qa_model_t *model, qa_dimension_t dimension,
                                qa_hierarchy_t hierarchy, qa_member_t member);
/* False at the end. The edge that leads to the place (NULL of a place that was started at) is `edge_out`. */
bool qa_sql_place_walk_next(place_walk_t *walk, const qa_edge_t **edge_out);

/* A net weight: units of 10^-decimals, without zeros at its end. */
typedef struct net_weight {
    int64_t units;
    uint8_t decimals;
    bool is_known; /* false: more digits than a net weight may have */
} net_weight_t;
net_weight_t qa_sql_net_weight_step(net_weight_t above, const qa_edge_t *edge);
net_weight_t qa_sql_net_weight_sum(net_weight_t a, net_weight_t b);

/* --- names.c: the attribute names of a dimension --- */

typedef struct attribute_names {
    qa_text_map_t exact; /* as written → column */
    qa_text_map_t keys;  /* without case → column */
    uint32_t count;
} attribute_names_t;
void qa_sql_attribute_names_make(attribute_names_t *names, const qa_allocator_t *allocator);
void qa_sql_attribute_names_release(attribute_names_t *names);
/* The number of the name, a new one if it was not there; *is_new_out says so. */
qa_status_t qa_sql_attribute_names_add(attribute_names_t *names, const char *name, uint32_t bytes,
                                       uint32_t *index_out, bool *is_new_out);

/* --- a source at work --- */

typedef struct source {
    catalog_moment_t *moment;
    const qa_sql_source_request_t *request;
    qa_sql_shape_t *shape;             /* kept */
    const qa_sql_shape_table_t *table; /* of this moment's shape */
    const qa_model_t *model;
    const qa_allocator_t *allocator;
    qa_sql_table_t *rows;
    bool is_copied;
    uint16_t dimension_count;
    uint64_t row_count;
    uint64_t pending_offset;               /* of the intent that is not committed; 0: not met */
    const char **codes[QA_DIMENSIONS_MAX]; /* copies made so far, by member */
    uint32_t code_counts[QA_DIMENSIONS_MAX];
    qa_error_t *error;
} source_t;

/* From the columns of the moment's table to those of the table that was asked for. */
typedef struct source_map {
    const qa_sql_source_request_t *asked;
    qa_sql_source_request_t own; /* the same, in the moment's table */
    bool is_identity;
    int32_t *own_of;    /* per column asked for; -1: the moment has none */
    uint8_t *is_wanted; /* of the moment's columns */
} source_map_t;
/* Finds source->table, and makes source->request speak of it. Errors: QA_TABLE_NOT_FOUND. Close also after a
 * failure. */
qa_status_t qa_sql_source_map_open(source_map_t *map, source_t *source,
                                   const qa_sql_source_request_t *request);
void qa_sql_source_map_close(source_map_t *map, const source_t *source);
/* Appends `rows` to `mapped`, and hands their texts over. */
qa_status_t qa_sql_source_map_rows(const source_map_t *map, const source_t *source, qa_sql_table_t *rows,
                                   qa_sql_table_t *mapped);

static inline bool is_bit_set(const uint64_t *bits, uint32_t index)
{
    return (bits[index / 64] >> (index % 64) & 1u) != 0;
}
static inline bool is_selected(const source_t *source, qa_dimension_t dimension, qa_member_t member)
{
    const uint64_t *bits = source->request->selections[dimension];
    return bits == NULL || is_bit_set(bits, member);
}
static inline bool is_wanted(const source_t *source, uint32_t column)
{
    return source->request->is_wanted == NULL || source->request->is_wanted[column] != 0;
}
/* QA_CANCELLED when it was; looked at now and then. */
qa_status_t qa_sql_source_tick(source_t *source);
/* A text of the model, of the store, or made just now (`is_borrowed` false). */
qa_status_t qa_sql_source_text(source_t *source, const char *text, uint32_t bytes, bool is_borrowed,
                               qa_sql_value_t *value_out);
/* The code of a member. */
qa_status_t qa_sql_source_code(source_t *source, qa_dimension_t dimension, qa_member_t member,
                               qa_sql_value_t *value_out);
/* Puts a value of the core into value, text_value, date_value, boolean_value from column `first` on. */
qa_status_t qa_sql_source_value(source_t *source, uint32_t first, const qa_value_t *value, bool is_borrowed,
                                qa_sql_value_t *values);
/* A decimal or double in the type of its column. */
qa_status_t qa_sql_source_number(source_t *source, const qa_sql_type_t *type, const qa_value_t *value,
                                 qa_sql_value_t *value_out);
/* When the intent was appended, as a timestamp: NULL for one that is not committed. */
qa_status_t qa_sql_source_changed_at(source_t *source, uint64_t offset, qa_sql_value_t *value_out);
qa_status_t qa_sql_source_append(source_t *source, const qa_sql_value_t *values);
/* A failure of a call on the moment's connection: the words of what a visit said, or the connection's. */
qa_status_t qa_sql_source_fail(source_t *source, qa_status_t status);
/* Ticks of 100 ns, rounded up to whole microseconds, which is what programs keep (Python, PostgreSQL): AS OF
 * that time includes the intent. */
int64_t qa_sql_ticks_of(int64_t time_ns);

qa_status_t qa_sql_source_atoms(source_t *source);
qa_status_t qa_sql_source_facts(source_t *source);
qa_status_t qa_sql_source_cells(source_t *source);
qa_status_t qa_sql_source_dimension(source_t *source);
qa_status_t qa_sql_source_rollup(source_t *source);
qa_status_t qa_sql_source_lines(source_t *source);
qa_status_t qa_sql_source_history(source_t *source);
qa_status_t qa_sql_source_members_changed(source_t *source);
/* Row = member id, of the primary hierarchy. */
qa_status_t qa_sql_source_member_rows(source_t *source, uint8_t *is_there);

#endif
