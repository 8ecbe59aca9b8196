/* Inside the plain store: its rows, its index and the message that an atom's hash covers.
 *
 * A row is one known coordinate: `dimension_count` member ids in one row-major array, and one entry in each
 * column. A row that was forgotten stays as a hole and is chained into a free list through its bits. The
 * index finds rows by coordinate: open addressing over 2^slot_bits words, each 0 (empty) or row + 1 in its
 * low slot_bits bits and, above them, as many bits of the coordinate's hash as there is room for: most
 * foreign rows are passed over without a look at their coordinate. Nothing here is stored or sent; only the
 * message is. */
#ifndef QA_STORE_ROWS_H
#define QA_STORE_ROWS_H

#include "store/store.h"

enum {
    STORE_ROW_FREE = 0xFF,   /* kind of a hole */
    STORE_ROW_FRESH = 0xFE,  /* kind of a row made by a qa_store_set that is under way */
    STORE_ROW_MARKED = 0x40, /* added to a kind while qa_store_set looks for texts that are replaced twice */
    STORE_BATCH_KEYS = 32,   /* keys hashed and prefetched together: as many misses as a core keeps open */
    STORE_MESSAGE_BYTES = 1 + 6 * QA_DIMENSIONS_MAX + 1 + 8 + 8 /* longest message without a text */
};
#define STORE_ROW_NONE QA_STORE_ROW_NONE
#define STORE_ROWS_MAX (UINT32_MAX - 1)

/* Memory of one column; only qa_store_column_reserve changes it. */
typedef struct store_column {
    void *data;
    size_t bytes;
} store_column_t;

/* A text and, around it, the whole message that its atom's hash covers. One allocation. */
typedef struct store_text {
    struct store_text *next; /* while it waits in qa_store_set */
    uint32_t message_bytes;
    uint32_t text_at; /* position in message */
    uint32_t text_bytes;
    uint8_t message[];
} store_text_t;

typedef struct store_counts {
    store_column_t column; /* uint32_t per member */
    uint32_t count;        /* members that have an entry */
} store_counts_t;

/* The rows changed at one offset: a doubly linked list; the first has no previous. */
typedef struct store_link {
    uint32_t previous;
    uint32_t next;
} store_link_t;

/* Rows by offset: changes.c. */
typedef struct store_changes {
    void *root;
    uint32_t height; /* 0: no tree yet */
    uint32_t node_count;
    uint32_t node_limit; /* nodes at which empty ones are looked for */
    uint64_t bytes;
} store_changes_t;

struct qa_store {
    const qa_allocator_t *allocator; /* borrowed */
    qa_hash_key_t key;
    qa_hash128_t hash;
    uint16_t dimension_count;
    uint32_t row_count; /* holes included */
    uint32_t row_capacity;
    uint32_t free_row; /* first hole, or STORE_ROW_NONE */
    uint32_t free_count;
    uint64_t atom_count;
    uint64_t cleared_count;
    uint64_t text_bytes; /* of all store_text_t */
    uint32_t slot_bits;  /* 0: no index yet */
    uint32_t *slots;
    store_column_t coordinates; /* qa_member_t, dimension_count per row */
    store_column_t kinds;       /* uint8_t */
    store_column_t bits;    /* uint64_t; of a text the address of its store_text_t; of a hole the next hole */
    store_column_t changed; /* uint64_t */
    store_column_t masks;   /* uint64_t; no memory until a mask is set */
    store_column_t links;   /* store_link_t */
    store_changes_t changes;
    store_counts_t counts[QA_DIMENSIONS_MAX];
};

/* At least `bytes`; keeps what was there; new bytes are not cleared. */
qa_status_t qa_store_column_reserve(const qa_allocator_t *allocator, store_column_t *column, size_t bytes);

static inline const qa_member_t *store_coordinate(const qa_store_t *store, uint32_t row)
{
    return (const qa_member_t *)store->coordinates.data + (size_t)row * store->dimension_count;
}
static inline uint8_t *store_kinds(const qa_store_t *store)
{
    return store->kinds.data;
}
static inline uint64_t *store_bits(const qa_store_t *store)
{
    return store->bits.data;
}
static inline uint64_t *store_changed(const qa_store_t *store)
{
    return store->changed.data;
}
static inline store_link_t *store_links(const qa_store_t *store)
{
    return store->links.data;
}
static inline uint64_t store_mask(const qa_store_t *store, uint32_t row)
{
    return store->masks.data == NULL ? 0 : ((const uint64_t *)store->masks.data)[row];
}
static inline store_text_t *store_text(const qa_store_t *store, uint32_t row)
{
    return (store_text_t *)(uintptr_t)store_bits(store)[row];
}
static inline size_t store_text_size(const store_text_t *text)
{
    return sizeof(store_text_t) + text->message_bytes;
}

/* --- index.c --- */

uint64_t qa_store_key_hash(const qa_member_t *coordinate, uint16_t dimension_count);
/* Room for `rows` rows (holes not counted) at a load of at most one half. */
qa_status_t qa_store_index_reserve(qa_store_t *store, uint64_t rows);
void qa_store_index_rebuild(qa_store_t *store);
void qa_store_index_insert(qa_store_t *store, uint64_t hash, uint32_t row);
void qa_store_index_remove(qa_store_t *store, uint32_t row);
/* The row of the coordinate or STORE_ROW_NONE. */
uint32_t qa_store_index_find(const qa_store_t *store, uint64_t hash, const qa_member_t *coordinate);
/* Hashes up to STORE_BATCH_KEYS coordinates and asks for the memory that finding them will touch. */
void qa_store_index_prepare(const qa_store_t *store, const qa_member_t *coordinates, uint32_t count,
                            uint64_t hashes_out[STORE_BATCH_KEYS]);

/* --- changes.c --- */

void qa_store_changes_release(qa_store_t *store);
/* Gives empty nodes back when there may be many. Not between reserving and linking. */
void qa_store_changes_tidy(qa_store_t *store);
/* Room for rows of this offset. */
qa_status_t qa_store_changes_reserve(qa_store_t *store, uint64_t offset);
/* Puts the row among those of its offset, which was reserved, or takes it out. */
void qa_store_changes_link(qa_store_t *store, uint32_t row);
void qa_store_changes_unlink(qa_store_t *store, uint32_t row);
qa_status_t qa_store_changes_verify(const qa_store_t *store, qa_error_t *error);

/* --- atom_hash.c --- */

/* Writes the message of an atom up to its value: pair count, pairs, kind. Returns its length. */
uint32_t qa_store_message_head(uint8_t *message_out, const qa_member_t *coordinate, uint16_t dimension_count,
                               uint8_t kind);
/* The keyed hash of the atom in the row, which must have a value. */
qa_hash128_t qa_store_row_hash(const qa_store_t *store, uint32_t row);

#endif
