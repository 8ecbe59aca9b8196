/* The inside of a model; only the files of this room include it. */
#ifndef QA_MODEL_STRUCT_H
#define QA_MODEL_STRUCT_H

#include "base/bytes.h"
#include "base/text_map.h"
#include "model/model_edit.h"

/* A name with a value: alias (no value) or attribute. Sorted by name. */
typedef struct named {
    char *name; /* owned, terminated */
    uint32_t name_bytes;
    char *value;
    uint32_t value_bytes;
} named_t;

typedef struct named_list {
    named_t *items;
    uint32_t count;
    uint32_t capacity;
} named_list_t;

typedef struct member {
    qa_member_info_t info; /* code and caption owned here */
    named_list_t aliases;
    named_list_t attributes;
    bool has_account;
    bool is_group;
} member_t;

/* Where a member stands in a hierarchy, known before any settle. */
typedef struct place {
    uint32_t child_count;
    uint32_t parent_count; /* edges as a child; the edge that makes it a root counts */
    qa_member_t
        primary_parent; /* of the primary hierarchy, if parent_count is 1: the parent, NONE for a root */
} place_t;

typedef struct hierarchy {
    qa_hierarchy_info_t info;
    qa_edge_t *edges; /* in no order; removed by moving the last one */
    uint32_t edge_count;
    uint32_t edge_capacity;
    qa_text_map_t edge_index; /* parent, child → position in edges */
    uint32_t next_order;
    bool is_dirty;
    place_t *places; /* by member, in step with every fact */
    uint32_t place_capacity;
    /* Made by settle. `sorted` by parent, order, child; children of parent p: starts[p] … starts[p + 1]; the
     * roots stand at starts[member_count] … edge_count. */
    qa_edge_t *sorted;
    uint32_t sorted_count;
    uint32_t sorted_capacity;
    uint32_t *starts;
    uint32_t *generations;
    uint32_t *levels;
    qa_member_t *first_parents;
    uint32_t settled_count; /* members that the arrays above cover */
    uint32_t settled_capacity;
    qa_member_t *preorder;
    uint32_t preorder_count;
    uint32_t preorder_capacity;
} hierarchy_t;

typedef struct dimension {
    qa_dimension_info_t info; /* name owned */
    bool has_default;
    member_t *members;
    uint32_t member_capacity;
    hierarchy_t *hierarchies;
    uint32_t hierarchy_capacity;
    qa_text_map_t names; /* key of code or alias → member */
} dimension_t;

typedef struct blob {
    uint64_t id;
    uint8_t *data;
    uint32_t bytes;
} blob_t;

struct qa_model {
    const qa_allocator_t *allocator;
    qa_hash_key_t key;
    qa_hash128_t hash;
    qa_app_info_t app;
    char *title; /* owned */
    uint32_t title_bytes;
    bool has_title, has_decimals, has_zero;
    dimension_t *dimensions[QA_DIMENSIONS_MAX]; /* each allocated, so that pointers stay */
    uint16_t dimension_count;
    qa_text_map_t holds; /* name → hold */
    blob_t *loads;       /* by offset */
    uint32_t load_count;
    uint32_t load_capacity;
    uint64_t text_bytes;
};

char *qa_model_copy_text(qa_model_t *model, const char *text,
                         uint32_t bytes); /* terminated, owned by the model */
void qa_model_drop_text(qa_model_t *model, char *text, uint32_t bytes);
qa_status_t qa_model_write_member_fact(qa_model_t *model, const qa_fact_key_t *key, qa_reader_t *value,
                                       bool is_present, qa_error_t *error);
qa_status_t qa_model_write_edge(qa_model_t *model, const qa_fact_key_t *key, qa_reader_t *value,
                                bool is_present, qa_error_t *error);
qa_status_t qa_hierarchy_cover(qa_model_t *model, dimension_t *dimension, hierarchy_t *hierarchy);
void qa_hierarchy_release(qa_model_t *model, hierarchy_t *hierarchy);
qa_status_t qa_model_settle_hierarchy(qa_model_t *model, dimension_t *dimension, hierarchy_t *hierarchy,
                                      qa_error_t *error);

#endif
