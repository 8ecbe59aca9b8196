/* Writing to the plain store: setting and forgetting atoms.
 *
 * Setting has two passes. The first finds or makes the row of every coordinate and takes all memory: what it
 * did is taken back when an allocation fails. The second writes values, hash and counts, and cannot fail. */
#include <assert.h>
#include <string.h>

#include "store/rows.h"

/* Texts of a call that is under way, first in first out. */
typedef struct text_queue {
    store_text_t *first;
    store_text_t *last;
} text_queue_t;

static void change_counts(qa_store_t *store, const qa_member_t *coordinate, uint32_t change)
{
    for (uint16_t d = 0; d < store->dimension_count; d++) {
        uint32_t *counts = store->counts[d].column.data;
        assert(coordinate[d] < store->counts[d].count);
        counts[coordinate[d]] += change; /* modulo 2^32: a change of -1 is UINT32_MAX */
    }
}

static qa_status_t reserve_counts(qa_store_t *store, const qa_member_t *coordinate)
{
    for (uint16_t d = 0; d < store->dimension_count; d++) {
        store_counts_t *counts = &store->counts[d];
        if (coordinate[d] < counts->count) continue;
        assert(coordinate[d] < QA_MEMBERS_MAX);
        const uint32_t wanted = coordinate[d] + 1;
        const uint32_t grown = wanted + wanted / 2 + 8;
        const qa_status_t status =
            qa_store_column_reserve(store->allocator, &counts->column, (size_t)grown * sizeof(uint32_t));
        if (status != QA_OK) return status;
        memset((uint32_t *)counts->column.data + counts->count, 0,
               (size_t)(grown - counts->count) * sizeof(uint32_t));
        counts->count = grown;
    }
    return QA_OK;
}

/* Room for one row more in every column. Columns that grew before one was refused just stay larger. */
static qa_status_t reserve_row(qa_store_t *store)
{
    if (store->free_row != STORE_ROW_NONE || store->row_count < store->row_capacity) return QA_OK;
    if (store->row_count >= STORE_ROWS_MAX) return QA_LIMIT;
    uint64_t grown = (uint64_t)store->row_capacity + store->row_capacity / 2 + 32;
    if (grown > STORE_ROWS_MAX) grown = STORE_ROWS_MAX;
    const uint16_t stride = store->dimension_count == 0 ? 1 : store->dimension_count;
    const struct {
        store_column_t *column;
        size_t item_bytes;
    } wanted[] = { { &store->coordinates, stride * sizeof(qa_member_t) },
                   { &store->kinds, sizeof(uint8_t) },
                   { &store->bits, sizeof(uint64_t) },
                   { &store->changed, sizeof(uint64_t) },
                   { &store->links, sizeof(store_link_t) },
                   { &store->masks, store->masks.data == NULL ? 0 : sizeof(uint64_t) } };
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        const qa_status_t status =
            qa_store_column_reserve(store->allocator, wanted[i].column, (size_t)grown * wanted[i].item_bytes);
        if (status != QA_OK) return status;
    }
    if (store->masks.data != NULL)
        memset((uint64_t *)store->masks.data + store->row_capacity, 0,
               (size_t)(grown - store->row_capacity) * sizeof(uint64_t));
    store->row_capacity = (uint32_t)grown;
    return QA_OK;
}

static qa_status_t reserve_masks(qa_store_t *store)
{
    if (store->masks.data != NULL) return QA_OK;
    const size_t bytes = (size_t)store->row_capacity * sizeof(uint64_t);
    const qa_status_t status = qa_store_column_reserve(store->allocator, &store->masks, bytes);
    if (status == QA_OK) memset(store->masks.data, 0, bytes);
    return status;
}

/* Makes a fresh row; everything it needs is in place or nothing has changed. */
static qa_status_t make_row(qa_store_t *store, uint64_t hash, const qa_member_t *coordinate,
                            uint32_t *row_out)
{
    qa_status_t status = reserve_row(store);
    if (status == QA_OK)
        status = qa_store_index_reserve(store, (uint64_t)store->row_count - store->free_count + 1);
    if (status == QA_OK) status = reserve_counts(store, coordinate);
    if (status != QA_OK) return status;
    uint32_t row = store->free_row;
    if (row != STORE_ROW_NONE) {
        store->free_row = (uint32_t)store_bits(store)[row];
        store->free_count--;
    } else {
        row = store->row_count++;
    }
    qa_member_t *ids = (qa_member_t *)store->coordinates.data + (size_t)row * store->dimension_count;
    for (uint16_t d = 0; d < store->dimension_count; d++)
        ids[d] = coordinate[d];
    store_kinds(store)[row] = STORE_ROW_FRESH;
    store_bits(store)[row] = 0;
    store_changed(store)[row] = 0;
    if (store->masks.data != NULL) ((uint64_t *)store->masks.data)[row] = 0;
    qa_store_index_insert(store, hash, row);
    *row_out = row;
    return QA_OK;
}

static void free_row(qa_store_t *store, uint32_t row)
{
    qa_store_index_remove(store, row);
    if (row + 1 == store->row_count) {
        store->row_count--;
        return;
    }
    store_kinds(store)[row] = STORE_ROW_FREE;
    store_bits(store)[row] = store->free_row;
    store->free_row = row;
    store->free_count++;
}

/* The text of an atom with the message of its hash around it, at the end of the queue. */
static qa_status_t queue_text(const qa_store_t *store, const qa_member_t *coordinate, const qa_atom_t *atom,
                              text_queue_t *queue)
{
    assert(atom->text_bytes <= QA_TEXT_BYTES_MAX);
    uint8_t head[STORE_MESSAGE_BYTES];
    const uint32_t head_bytes = qa_store_message_head(head, coordinate, store->dimension_count, QA_KIND_TEXT);
    const uint32_t message_bytes = head_bytes + atom->text_bytes + 8;
    store_text_t *text = qa_memory_take(store->allocator, sizeof(*text) + message_bytes);
    if (text == NULL) return QA_NO_MEMORY;
    text->message_bytes = message_bytes;
    text->text_at = head_bytes;
    text->text_bytes = atom->text_bytes;
    memcpy(text->message, head, head_bytes);
    if (atom->text_bytes > 0) memcpy(text->message + head_bytes, atom->text, atom->text_bytes);
    for (uint32_t i = 0; i < 8; i++)
        text->message[message_bytes - 8 + i] = (uint8_t)(atom->mask >> (8 * i));
    if (queue->last == NULL)
        queue->first = text;
    else
        queue->last->next = text;
    queue->last = text;
    return QA_OK;
}

static store_text_t *next_text(text_queue_t *queue)
{
    store_text_t *text = queue->first;
    assert(text != NULL);
    queue->first = text->next;
    text->next = NULL;
    return text;
}

/* What the first pass learns and what must be undone when it fails. */
typedef struct preparation {
    uint32_t *rows;
    uint32_t done; /* rows that are filled in */
    text_queue_t texts;
    uint64_t old_text_bytes;  /* of texts that rows hold, once per mention */
    uint64_t new_text_bytes;  /* of texts that the call brings */
    bool is_text_named_twice; /* a text of this call is replaced by this call */
} preparation_t;

static qa_status_t prepare_one(qa_store_t *store, uint64_t hash, const qa_member_t *coordinate,
                               const qa_atom_t *atom, preparation_t *preparation)
{
    assert(atom->kind <= QA_KIND_BOOLEAN);
    uint32_t row = qa_store_index_find(store, hash, coordinate);
    if (row == STORE_ROW_NONE) {
        const qa_status_t status = make_row(store, hash, coordinate, &row);
        if (status != QA_OK) return status;
    }
    preparation->rows[preparation->done++] = row;
    uint8_t *kind = &store_kinds(store)[row];
    if (*kind < STORE_ROW_FRESH && (*kind & STORE_ROW_MARKED) != 0) preparation->is_text_named_twice = true;
    if ((*kind & ~STORE_ROW_MARKED) == QA_KIND_TEXT)
        preparation->old_text_bytes += store_text(store, row)->text_bytes;
    if (atom->mask != 0 && atom->kind != QA_KIND_MISSING && store->masks.data == NULL) {
        const qa_status_t status = reserve_masks(store);
        if (status != QA_OK) return status;
    }
    if (atom->kind != QA_KIND_TEXT) return QA_OK;
    /* A fresh row cannot carry the mark; naming it again is taken for a text replaced twice. */
    if (*kind < STORE_ROW_FRESH)
        *kind |= STORE_ROW_MARKED;
    else
        preparation->is_text_named_twice = true;
    preparation->new_text_bytes += atom->text_bytes;
    return queue_text(store, coordinate, atom, &preparation->texts);
}

static void give_up(qa_store_t *store, preparation_t *preparation)
{
    while (preparation->texts.first != NULL) {
        store_text_t *text = next_text(&preparation->texts);
        qa_memory_give(store->allocator, text, store_text_size(text));
    }
    /* Backwards, so that rows at the end go before the ones below them become the end. */
    while (preparation->done > 0) {
        const uint32_t row = preparation->rows[--preparation->done];
        if (row >= store->row_count) continue; /* named twice, taken away already */
        uint8_t *kind = &store_kinds(store)[row];
        if (*kind == STORE_ROW_FRESH)
            free_row(store, row);
        else if (*kind != STORE_ROW_FREE)
            *kind &= (uint8_t)~STORE_ROW_MARKED;
    }
}

static uint64_t bits_of(const qa_atom_t *atom, text_queue_t *texts)
{
    uint64_t bits = 0;
    switch ((qa_kind_t)atom->kind) {
    case QA_KIND_MISSING:
        break;
    case QA_KIND_DECIMAL:
        bits = (uint64_t)atom->units;
        break;
    case QA_KIND_DOUBLE:
        if (atom->number != 0.0) memcpy(&bits, &atom->number, sizeof(bits)); /* -0 becomes 0 */
        break;
    case QA_KIND_TEXT:
        bits = (uint64_t)(uintptr_t)next_text(texts);
        break;
    case QA_KIND_DATE:
        bits = (uint64_t)(int64_t)atom->day;
        break;
    case QA_KIND_BOOLEAN:
        bits = atom->truth ? 1 : 0;
        break;
    }
    return bits;
}

/* Takes the value out of hash, counts and memory. */
static void drop_value(qa_store_t *store, uint32_t row)
{
    qa_hash128_subtract(&store->hash, qa_store_row_hash(store, row));
    change_counts(store, store_coordinate(store, row), UINT32_MAX);
    store->atom_count--;
    if (store_kinds(store)[row] == QA_KIND_TEXT) {
        store_text_t *text = store_text(store, row);
        store->text_bytes -= store_text_size(text);
        qa_memory_give(store->allocator, text, store_text_size(text));
    }
}

static void write_row(qa_store_t *store, uint32_t row, const qa_atom_t *atom, text_queue_t *texts)
{
    uint8_t *kind = &store_kinds(store)[row];
    const bool is_fresh = *kind == STORE_ROW_FRESH;
    if (*kind == QA_KIND_MISSING)
        store->cleared_count--;
    else if (!is_fresh)
        drop_value(store, row);
    *kind = atom->kind;
    store_bits(store)[row] = bits_of(atom, texts);
    if (is_fresh || store_changed(store)[row] != atom->changed_offset) {
        if (!is_fresh) qa_store_changes_unlink(store, row);
        store_changed(store)[row] = atom->changed_offset;
        qa_store_changes_link(store, row);
    }
    if (store->masks.data != NULL)
        ((uint64_t *)store->masks.data)[row] = atom->kind == QA_KIND_MISSING ? 0 : atom->mask;
    if (atom->kind == QA_KIND_MISSING) {
        store->cleared_count++;
        return;
    }
    store->atom_count++;
    if (atom->kind == QA_KIND_TEXT) store->text_bytes += store_text_size(store_text(store, row));
    change_counts(store, store_coordinate(store, row), 1);
    qa_hash128_add(&store->hash, qa_store_row_hash(store, row));
}

/* What the row holds now, its text copied to `room`, which is advanced. */
static void read_before(const qa_store_t *store, uint32_t row, qa_atom_t *atom_out, char **room)
{
    const qa_member_t *coordinate = NULL;
    *atom_out = (qa_atom_t){ .kind = QA_KIND_MISSING };
    if (store_kinds(store)[row] == STORE_ROW_FRESH) return;
    (void)qa_store_row(store, row, &coordinate, atom_out);
    if (atom_out->kind != QA_KIND_TEXT) return;
    if (atom_out->text_bytes > 0) memcpy(*room, atom_out->text, atom_out->text_bytes);
    atom_out->text = *room;
    *room += atom_out->text_bytes;
}

static qa_status_t prepare_all(qa_store_t *store, const qa_member_t *coordinates, const qa_atom_t *atoms,
                               uint32_t count, preparation_t *preparation)
{
    uint64_t hashes[STORE_BATCH_KEYS];
    for (uint32_t first = 0; first < count;) {
        const uint32_t left = count - first;
        const uint32_t batch = left < STORE_BATCH_KEYS ? left : STORE_BATCH_KEYS;
        const qa_member_t *coordinate = coordinates + (size_t)first * store->dimension_count;
        qa_store_index_prepare(store, coordinate, batch, hashes);
        for (uint32_t i = 0; i < batch; i++, coordinate += store->dimension_count) {
            const qa_atom_t *atom = &atoms[first + i];
            qa_status_t status = QA_OK;
            if (first + i == 0 || atom->changed_offset != atom[-1].changed_offset)
                status = qa_store_changes_reserve(store, atom->changed_offset);
            if (status == QA_OK) status = prepare_one(store, hashes[i], coordinate, atom, preparation);
            if (status != QA_OK) return status;
        }
        first += batch;
    }
    return QA_OK;
}

qa_status_t qa_store_set(qa_store_t *store, const qa_member_t *coordinates, const qa_atom_t *atoms,
                         uint32_t count, qa_atom_t *before_out, qa_arena_t *before_texts)
{
    if (count == 0) return QA_OK;
    assert(before_out == NULL || before_texts != NULL);
    qa_store_changes_tidy(store);
    const size_t row_bytes = (size_t)count * sizeof(uint32_t);
    preparation_t preparation = { .rows = store->allocator->resize(store->allocator->context, NULL, 0,
                                                                   row_bytes) };
    if (preparation.rows == NULL) return QA_NO_MEMORY;
    char *room = NULL;
    qa_status_t status = prepare_all(store, coordinates, atoms, count, &preparation);
    if (status != QA_OK) goto done;
    if (before_out != NULL) {
        uint64_t bytes = preparation.old_text_bytes;
        if (preparation.is_text_named_twice) bytes += preparation.new_text_bytes;
        room = qa_arena_take(before_texts, (size_t)bytes + 1);
        if (room == NULL) {
            status = QA_NO_MEMORY;
            goto done;
        }
    }
    for (uint32_t i = 0; i < count; i++)
        if (store_kinds(store)[preparation.rows[i]] < STORE_ROW_FRESH)
            store_kinds(store)[preparation.rows[i]] &= (uint8_t)~STORE_ROW_MARKED;
    for (uint32_t i = 0; i < count; i++) {
        if (before_out != NULL) read_before(store, preparation.rows[i], &before_out[i], &room);
        write_row(store, preparation.rows[i], &atoms[i], &preparation.texts);
    }
    assert(preparation.texts.first == NULL);

done:
    if (status != QA_OK) give_up(store, &preparation);
    qa_memory_give(store->allocator, preparation.rows, row_bytes);
    return status;
}

void qa_store_forget(qa_store_t *store, const qa_member_t *coordinate)
{
    const uint64_t hash = qa_store_key_hash(coordinate, store->dimension_count);
    const uint32_t row = qa_store_index_find(store, hash, coordinate);
    if (row == STORE_ROW_NONE) return;
    if (store_kinds(store)[row] == QA_KIND_MISSING)
        store->cleared_count--;
    else
        drop_value(store, row);
    qa_store_changes_unlink(store, row);
    free_row(store, row);
}
