/* The state of one load, shared by the files that run it: rows.c reads, resolve.c finds members, cells.c
 * keeps amounts, year_to_date.c turns them into those of periods, ledger.c keeps lines, totals.c checks,
 * apply.c writes, report.c tells. */
#ifndef QA_LOAD_LOAD_PRIVATE_H
#define QA_LOAD_LOAD_PRIVATE_H

#include <openssl/evp.h>

#include "load/load.h"
#include "load/names.h"
#include "load/output.h"
#include "load/text_source.h"
#include "qa/history.h"
#include "qa/lines.h"

/* A member that this load creates. Until the intent is built its id is QA_NEW | index in load->created. */
typedef struct created_member {
    qa_dimension_t dimension;
    const char *code; /* arena */
    uint32_t code_bytes;
    qa_member_t parent; /* QA_MEMBER_NONE: a root */
    char operator_code;
    bool is_parent;      /* another created member stands below it */
    bool is_used;        /* a cell names it */
    const char *caption; /* arena or NULL */
    uint32_t caption_bytes;
    const qa_load_pair_t *attributes; /* arena; values may be "" */
    uint32_t attribute_count;
    bool is_adopted; /* it has become a member of the app meanwhile */
    qa_member_t id;  /* within the intent that is being built */
} created_member_t;

/* What a name in a file means: one per distinct text and dimension. */
typedef struct resolved {
    qa_member_t member;
    bool is_suspense;
    const char *fault;  /* NULL: fine */
    const char *name;   /* as it stands in the file, arena */
    uint64_t row_count; /* rows in suspense */
} resolved_t;

typedef struct dimension_state {
    const char *name; /* arena */
    qa_dimension_kind_t kind;
    const qa_load_rule_t *rule; /* NULL: `fixed` for every row */
    qa_member_t fixed;
    qa_load_unknown_t unknown;
    const char *parent;      /* of created members; NULL: as the rule says */
    qa_load_names_t texts;   /* text in the file → load->resolved */
    qa_load_names_t created; /* name key → load->created */
    qa_load_names_t aliases; /* name key → rule->aliases */
    uint32_t last;           /* the resolved of the row before: most files are sorted by something */
    bool has_last;
    qa_load_text_t last_text;
    qa_load_bound_t source;
    qa_load_bound_t parent_column;
    qa_load_bound_t operator_column;
    qa_load_bound_t caption;
    qa_load_bound_t *attributes;
    qa_load_buffer_t buffer;
    /* --replace */
    bool is_sliced;
    qa_member_t *slice_roots; /* as named */
    uint32_t slice_root_count;
    uint32_t slice_root_capacity;
    uint8_t *slice_flags; /* per existing member: is in the slice */
    uint32_t slice_flag_count;
} dimension_state_t;

typedef struct cell {
    uint8_t kind; /* qa_kind_t; missing: cleared by the file */
    uint8_t decimals;
    bool has_sum; /* sums[sum] holds the exact sum of doubles */
    uint32_t sum;
    uint32_t text_bytes;
    uint32_t next;       /* year to date: the cell of the next period that the file names; UINT32_MAX: none */
    uint64_t line;       /* duplicates "last": file << 48 | number of the line that counts */
    uint32_t gift_count; /* lines that give to it */
    bool is_refused;     /* year to date: no figure of the periods before is known */
    bool is_dropped;     /* every row that gave to it was rejected: as if no file named it */
    union {
        qa_int128_t units;
        double number;
        const char *text; /* arena */
        int32_t day;
        bool truth;
    };
} cell_t;

typedef struct cells {
    const qa_allocator_t *allocator;
    uint32_t dimension_count;
    cell_t *items;
    uint32_t capacity;
    qa_member_t *coordinates; /* count × dimension_count */
    uint32_t coordinate_capacity;
    uint32_t count;
    uint64_t *slots; /* 0 is free; low half: index + 1, high half: of the hash */
    uint32_t slot_count;
    qa_exact_sum_t *sums;
    uint32_t sum_count;
    uint32_t sum_capacity;
} cells_t;

/* Year to date: what the periods before keep that the files do not name. */
typedef struct held {
    qa_value_t sum;   /* missing: nothing */
    const char *text; /* for the ledger, arena; names the periods */
} held_t;

typedef struct block {
    void *data; /* compressed */
    size_t bytes;
} block_t;

typedef struct load_file {
    const char *name; /* arena */
    uint8_t sha256[32];
    uint64_t line_count;
    uint64_t row_count;
} load_file_t;

typedef struct control_total {
    const char *text; /* as given */
    char actual[QA_DECIMAL_TEXT_BYTES];
    uint32_t actual_bytes;
    bool is_tied;
} control_total_t;

enum { REASONS_SHOWN = 20 };
typedef struct shown_reject {
    const char *file;
    uint64_t line;
    const char *reason;
} shown_reject_t;

typedef struct load {
    const qa_load_options_t *options;
    const qa_load_map_t *map;
    const qa_allocator_t *allocator;
    qa_connection_t *connection;
    qa_error_t *error;
    qa_load_result_t *result;
    qa_load_arena_t arena;
    const qa_model_t *model; /* within a read section only */
    uint16_t dimension_count;
    qa_dimension_t measure; /* QA_DIMENSIONS_MAX: none */
    qa_dimension_t time;
    uint8_t decimals; /* of the app */
    bool is_zero_missing;
    dimension_state_t dimensions[QA_DIMENSIONS_MAX];
    resolved_t *resolved;
    uint32_t resolved_count;
    uint32_t resolved_capacity;
    created_member_t *created;
    uint32_t created_count;
    uint32_t created_capacity;
    cells_t cells;
    bool has_slice;
    load_file_t *files;
    FILE *rejects; /* the stream of rejects_output */
    qa_load_output_t rejects_output;
    shown_reject_t shown[REASONS_SHOWN];
    uint32_t shown_count;
    /* the amounts of a row before they count */
    struct row_amount *amounts;
    qa_member_t *account_members; /* per amount of the map; QA_MEMBER_NONE: by the row */
    uint32_t *amount_columns;
    uint32_t *sign_columns;
    control_total_t *totals;
    /* ledger lines */
    qa_lines_writer_t *lines;
    block_t *blocks;
    uint32_t block_count;
    uint32_t block_capacity;
    block_t *blocks_kept; /* the ones before they were numbered anew; NULL: they were not */
    uint32_t block_kept_count;
    uint32_t block_kept_capacity;
    EVP_MD_CTX *digest; /* of the map and all gifts, as they are written */
    uint8_t gifts_sha256[32];
    uint64_t same_lines_as;
    /* year to date */
    held_t *held;      /* per cell; NULL: amounts are those of the periods */
    uint64_t *refused; /* lines rejected behind the reading, as cell_t.line, ascending */
    uint32_t refused_count;
    uint32_t refused_capacity;
    uint64_t *suspense; /* lines in suspense, ascending: one that is rejected later is none of them */
    uint32_t suspense_count;
    uint32_t suspense_capacity;
    uint64_t held_offset; /* of the state that `held` was read from */
} load_t;

/* resolve.c */
qa_status_t qa_load_dimensions_open(load_t *load);
void qa_load_dimensions_close(load_t *load);
qa_status_t qa_load_dimensions_bind(load_t *load, qa_load_reader_t *reader, const char *file);
/* The member that the text means. *entry_out is an index of load->resolved. `record` NULL: a name that does
 * not come from a row. */
qa_status_t qa_load_resolve(load_t *load, qa_dimension_t dimension, qa_load_text_t text,
                            const qa_load_record_t *record, uint32_t *entry_out);
/* A member by name, created ones included, as a parent or a leaf; created as a root below `parent` if it is
 * not there and `is_creating`. QA_MEMBER_NOT_FOUND without words in load->error if it is not there. */
qa_status_t qa_load_find_or_create(load_t *load, qa_dimension_t dimension, const char *name, size_t bytes,
                                   bool is_creating, qa_member_t parent, qa_member_t *member_out);

/* cells.c */
void qa_load_cells_make(cells_t *cells, const qa_allocator_t *allocator, uint32_t dimension_count);
void qa_load_cells_release(cells_t *cells);
uint32_t qa_load_cells_find(const cells_t *cells, const qa_member_t *coordinate); /* UINT32_MAX: not there */
qa_status_t qa_load_cells_add(cells_t *cells, const qa_member_t *coordinate, uint32_t *index_out,
                              bool *is_new_out, qa_error_t *error);
/* Created members that have become members of the app: their ids take the place of the load's own numbers. */
void qa_load_cells_adopt(load_t *load);
qa_value_t qa_load_cell_value(const cells_t *cells, uint32_t index);

/* year_to_date.c, both within a read section */
/* Turns year-to-date figures into those of the periods; rejects rows whose periods before are not known. */
qa_status_t qa_load_year_to_date(load_t *load);
/* QA_CONFLICT if somebody changed what the periods before keep since then. */
qa_status_t qa_load_year_to_date_check(load_t *load);

/* rows.c */
qa_status_t qa_load_read_files(load_t *load);
/* QA_BAD_FILE if an earlier file of the load has the same content as this one. */
qa_status_t qa_load_check_twice(load_t *load, uint32_t file);
qa_status_t qa_load_reject(load_t *load, const char *file, uint64_t line, const char *reason,
                           qa_load_text_t text);
bool qa_load_is_cancelled(const load_t *load);
void qa_load_show_progress(load_t *load, const char *file, qa_load_source_t *source);

/* slice.c */
qa_status_t qa_load_slice_open(load_t *load);
/* Finds the leaves below the slice's members again: somebody may have added some. */
qa_status_t qa_load_slice_refresh(load_t *load);
bool qa_load_slice_holds(const load_t *load, const qa_member_t *coordinate);
/* Leaf ids of the slice's dimension within the intent; created ones by their id there. */
qa_status_t qa_load_slice_members(load_t *load, qa_dimension_t dimension, qa_member_t **members_out,
                                  uint32_t *count_out, uint32_t *capacity_out);

/* totals.c */
qa_status_t qa_load_check_totals(load_t *load);

/* ledger.c */
qa_status_t qa_load_ledger_open(load_t *load);
void qa_load_ledger_close(load_t *load);
qa_status_t qa_load_ledger_line(load_t *load, uint32_t file, uint64_t line_number, qa_load_text_t text);
qa_status_t qa_load_ledger_give(load_t *load, const qa_member_t *coordinate, const qa_value_t *value);
/* Every gift so far, in the order of the rows. */
qa_status_t qa_load_ledger_visit(load_t *load,
                                 qa_status_t (*visit)(void *context, const qa_member_t *coordinate,
                                                      const qa_line_t *line),
                                 void *context);
bool qa_load_ledger_is_refused(const load_t *load, uint64_t line);
qa_status_t qa_load_ledger_finish(load_t *load);
/* Writes the blocks again with the ids that the intent gave to created members. */
qa_status_t qa_load_ledger_renumber(load_t *load);
void qa_load_ledger_restore(load_t *load); /* takes that back */
/* The offset of a load in force with the same files, gifts and slice; 0: none. Outside a read section. */
qa_status_t qa_load_ledger_find_same(load_t *load, const qa_load_t *facts, uint64_t *offset_out);

/* apply.c */
qa_status_t qa_load_apply(load_t *load);
/* Adds the created members and their edges to the intent. */
qa_status_t qa_load_add_members(load_t *load, qa_intent_t *intent);

/* members.c */
qa_status_t qa_load_run_members(load_t *load);

/* report.c */
void qa_load_make_report(load_t *load, qa_status_t status);

#endif
