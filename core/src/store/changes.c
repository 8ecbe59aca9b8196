/* The rows of the plain store by the offset that changed them last.
 *
 * Below each offset there is a doubly linked list of rows, in no order; the heads of the lists stand in a
 * tree over the offset's bits, 64 ways a node, as high as the largest offset needs. So a row moves to another
 * offset, newer or (rolling back) older, at the cost of the tree's height, and rows that changed after an
 * offset are found without a look at any other row. A bit in `used` says that there are rows below; nodes
 * without any stay until the next call of qa_store_changes_tidy, because a set that is under way may have
 * reserved them. Only reserving takes memory; linking and unlinking must never fail. */
#include <assert.h>

#include "base/error.h"
#include "store/rows.h"

enum {
    WAYS = 64,
    WAY_BITS = 6,
    HEIGHT_MAX = 11, /* 66 bits: any offset */
    NODES_MIN = 64   /* fewer are never tidied */
};

/* Both kinds begin with `used`. */
typedef struct change_leaf {
    uint64_t used;
    uint32_t first[WAYS]; /* row; only where `used` says so */
} change_leaf_t;

typedef struct change_branch {
    uint64_t used;
    void *below[WAYS]; /* NULL, or a node, which may be empty */
} change_branch_t;

static uint32_t way_at(uint64_t offset, uint32_t level)
{
    return (uint32_t)(offset >> (WAY_BITS * level)) & (WAYS - 1);
}

static uint64_t bit_of(uint32_t way)
{
    return (uint64_t)1 << way;
}

static bool is_used(const void *node)
{
    return *(const uint64_t *)node != 0;
}

static bool is_covered(const store_changes_t *changes, uint64_t offset)
{
    return changes->height >= HEIGHT_MAX || offset >> (WAY_BITS * changes->height) == 0;
}

static size_t node_bytes(uint32_t level)
{
    return level == 0 ? sizeof(change_leaf_t) : sizeof(change_branch_t);
}

static void *take_node(qa_store_t *store, uint32_t level)
{
    void *node = qa_memory_take(store->allocator, node_bytes(level));
    if (node == NULL) return NULL;
    store->changes.node_count++;
    store->changes.bytes += node_bytes(level);
    return node;
}

/* Gives the node and all below it back. */
static void give_node(qa_store_t *store, void *node, uint32_t level)
{
    for (uint32_t way = 0; level > 0 && way < WAYS; way++) {
        void *below = ((change_branch_t *)node)->below[way];
        if (below != NULL) give_node(store, below, level - 1);
    }
    store->changes.node_count--;
    store->changes.bytes -= node_bytes(level);
    qa_memory_give(store->allocator, node, node_bytes(level));
}

void qa_store_changes_release(qa_store_t *store)
{
    if (store->changes.height > 0) give_node(store, store->changes.root, store->changes.height - 1);
    store->changes = (store_changes_t){ .root = NULL };
}

static void tidy_branch(qa_store_t *store, change_branch_t *branch, uint32_t level)
{
    for (uint32_t way = 0; way < WAYS; way++) {
        if (branch->below[way] == NULL) continue;
        if ((branch->used & bit_of(way)) == 0) {
            give_node(store, branch->below[way], level - 1);
            branch->below[way] = NULL;
        } else if (level > 1) {
            tidy_branch(store, branch->below[way], level - 1);
        }
    }
}

void qa_store_changes_tidy(qa_store_t *store)
{
    store_changes_t *changes = &store->changes;
    if (changes->node_count < changes->node_limit || changes->height < 2) return;
    tidy_branch(store, changes->root, changes->height - 1);
    changes->node_limit = 2 * changes->node_count + NODES_MIN;
}

qa_status_t qa_store_changes_reserve(qa_store_t *store, uint64_t offset)
{
    store_changes_t *changes = &store->changes;
    if (changes->height == 0) {
        changes->root = take_node(store, 0);
        if (changes->root == NULL) return QA_NO_MEMORY;
        changes->height = 1;
    }
    while (!is_covered(changes, offset)) {
        change_branch_t *higher = take_node(store, changes->height);
        if (higher == NULL) return QA_NO_MEMORY;
        higher->below[0] = changes->root;
        higher->used = is_used(changes->root) ? bit_of(0) : 0;
        changes->root = higher;
        changes->height++;
    }
    void *node = changes->root;
    for (uint32_t level = changes->height - 1; level > 0; level--) {
        void **below = &((change_branch_t *)node)->below[way_at(offset, level)];
        if (*below == NULL) *below = take_node(store, level - 1);
        if (*below == NULL) return QA_NO_MEMORY;
        node = *below;
    }
    return QA_OK;
}

void qa_store_changes_link(qa_store_t *store, uint32_t row)
{
    const uint64_t offset = store_changed(store)[row];
    store_link_t *links = store_links(store);
    void *node = store->changes.root;
    assert(node != NULL && is_covered(&store->changes, offset));
    for (uint32_t level = store->changes.height - 1; level > 0; level--) {
        change_branch_t *branch = node;
        const uint32_t way = way_at(offset, level);
        branch->used |= bit_of(way);
        node = branch->below[way];
        assert(node != NULL);
    }
    change_leaf_t *leaf = node;
    const uint32_t way = way_at(offset, 0);
    const uint32_t first = (leaf->used & bit_of(way)) != 0 ? leaf->first[way] : STORE_ROW_NONE;
    links[row] = (store_link_t){ .previous = STORE_ROW_NONE, .next = first };
    if (first != STORE_ROW_NONE) links[first].previous = row;
    leaf->first[way] = row;
    leaf->used |= bit_of(way);
}

/* The list of the offset begins with `next` from now on; without rows it leaves the tree. */
static void set_first(qa_store_t *store, uint64_t offset, uint32_t next)
{
    void *path[HEIGHT_MAX];
    void *node = store->changes.root;
    for (uint32_t level = store->changes.height - 1; level > 0; level--) {
        path[level] = node;
        node = ((change_branch_t *)node)->below[way_at(offset, level)];
        assert(node != NULL);
    }
    change_leaf_t *leaf = node;
    leaf->first[way_at(offset, 0)] = next;
    if (next != STORE_ROW_NONE) return;
    leaf->used &= ~bit_of(way_at(offset, 0));
    for (uint32_t level = 1; level < store->changes.height && !is_used(node); level++) {
        node = path[level];
        ((change_branch_t *)node)->used &= ~bit_of(way_at(offset, level));
    }
}

void qa_store_changes_unlink(qa_store_t *store, uint32_t row)
{
    store_link_t *links = store_links(store);
    const store_link_t link = links[row];
    if (link.next != STORE_ROW_NONE) links[link.next].previous = link.previous;
    if (link.previous != STORE_ROW_NONE)
        links[link.previous].next = link.next;
    else
        set_first(store, store_changed(store)[row], link.next);
}

/* The first row of the smallest offset of at least `from`. The recursion is at most HEIGHT_MAX deep: a used
 * branch has rows, so only the first one looked at can have none that are late enough. */
static uint32_t first_row(const void *node, uint32_t level, uint64_t from)
{
    const uint32_t way = way_at(from, level);
    for (uint64_t left = *(const uint64_t *)node & ~(bit_of(way) - 1); left != 0; left &= left - 1) {
        const uint32_t at = (uint32_t)__builtin_ctzll(left);
        if (level == 0) return ((const change_leaf_t *)node)->first[at];
        const uint64_t rest = at == way ? from & (bit_of(WAY_BITS * level) - 1) : 0;
        const uint32_t row = first_row(((const change_branch_t *)node)->below[at], level - 1, rest);
        if (row != STORE_ROW_NONE) return row;
    }
    return STORE_ROW_NONE;
}

uint32_t qa_store_next_changed(const qa_store_t *store, uint32_t row, uint64_t changed_after)
{
    if (row != QA_STORE_ROW_NONE) {
        const uint32_t next = store_links(store)[row].next;
        if (next != STORE_ROW_NONE) return next;
        changed_after = store_changed(store)[row];
    }
    if (store->changes.height == 0 || changed_after == UINT64_MAX ||
        !is_covered(&store->changes, changed_after + 1))
        return QA_STORE_ROW_NONE;
    return first_row(store->changes.root, store->changes.height - 1, changed_after + 1);
}

qa_status_t qa_store_changes_verify(const qa_store_t *store, qa_error_t *error)
{
    const uint32_t row_count = store->row_count - store->free_count;
    uint32_t seen = 0;
    uint64_t offset = 0;
    uint32_t row = store->changes.height == 0 ? QA_STORE_ROW_NONE
                                              : first_row(store->changes.root, store->changes.height - 1, 0);
    for (; row != QA_STORE_ROW_NONE && seen <= row_count; row = qa_store_next_changed(store, row, 0)) {
        if (row >= store->row_count || store_kinds(store)[row] == STORE_ROW_FREE ||
            store_changed(store)[row] < offset)
            return qa_fail(error, QA_DIVERGED, "row %u of the store is not among the rows of its offset",
                           (unsigned)row);
        offset = store_changed(store)[row];
        seen++;
    }
    if (seen == row_count) return QA_OK;
    return qa_fail(error, QA_DIVERGED, "the store has %u rows, but %u of them by offset", (unsigned)row_count,
                   (unsigned)seen);
}
