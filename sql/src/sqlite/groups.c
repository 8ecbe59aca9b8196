/* Groups by hash. Decimals add up in 192 bits per group; doubles are kept row by row and added exactly, one
 * group after the other, as an exact sum is too large to keep one for each group. It must never answer
 * otherwise than SQLite's aggregates in aggregates.c do. */
#include "sqlite/groups.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "value/decimal.h"
#include "value/value.h"

enum { TEXT_BYTES_MAX = 1 << 30, GROUPS_MAX = 1 << 30 };

/* What one aggregate keeps for one group. */
typedef struct tally {
    qa_uint128_t low; /* of a sum, in two's complement of 192 bits with `high` */
    int64_t high;
    int64_t count;
    qa_sql_value_t extreme; /* MIN, MAX; NULL: none yet */
} tally_t;

typedef struct column {
    const qa_sql_aggregate_t *aggregate;
    bool is_double_sum;
    double *numbers; /* of a DOUBLE sum: per row; NaN: NULL */
    uint32_t number_capacity;
} column_t;

struct qa_sql_groups {
    const qa_allocator_t *allocator;
    const qa_sql_block_t *block;
    qa_sql_type_t *types; /* of keys, then aggregates */
    qa_sql_table_t keys;
    uint64_t *hashes; /* per group */
    uint32_t hash_capacity;
    uint32_t *slots; /* group + 1 */
    uint32_t slot_count;
    tally_t *tallies; /* per group, per aggregate */
    uint32_t tally_capacity;
    column_t *columns; /* per aggregate */
    bool keeps_rows;   /* there is a DOUBLE sum */
    uint32_t *row_groups;
    uint32_t row_count, row_capacity;
    qa_arena_t texts; /* of MIN and MAX */
};

static bool is_sum(const qa_sql_aggregate_t *aggregate)
{
    return aggregate->kind == QA_SQL_SUM || aggregate->kind == QA_SQL_AVERAGE;
}

bool qa_sql_groups_can(const qa_sql_block_t *block)
{
    if (block->key_count == 0) return false;
    for (uint16_t a = 0; a < block->aggregate_count; a++) {
        if (block->aggregates[a].is_distinct) return false;
    }
    return true;
}

static qa_status_t make(qa_sql_groups_t *groups)
{
    const qa_sql_block_t *block = groups->block;
    const qa_allocator_t *allocator = groups->allocator;
    groups->types = qa_memory_take(allocator, ((size_t)block->key_count + block->aggregate_count) *
                                                  sizeof(*groups->types));
    groups->columns = qa_memory_take(allocator, (block->aggregate_count + 1u) * sizeof(*groups->columns));
    groups->slot_count = 256;
    groups->slots = qa_memory_take(allocator, groups->slot_count * sizeof(*groups->slots));
    if (groups->types == NULL || groups->columns == NULL || groups->slots == NULL) return QA_NO_MEMORY;
    for (uint16_t k = 0; k < block->key_count; k++)
        groups->types[k] = block->keys[k]->type;
    for (uint16_t a = 0; a < block->aggregate_count; a++) {
        const qa_sql_aggregate_t *aggregate = &block->aggregates[a];
        groups->types[block->key_count + a] = aggregate->type;
        groups->columns[a].aggregate = aggregate;
        groups->columns[a].is_double_sum =
            is_sum(aggregate) && aggregate->argument->type.kind == QA_SQL_DOUBLE;
        groups->keeps_rows = groups->keeps_rows || groups->columns[a].is_double_sum;
    }
    return qa_sql_table_make(&groups->keys, allocator, groups->types, block->key_count);
}

qa_status_t qa_sql_groups_open(qa_sql_groups_t **groups_out, const qa_sql_block_t *block,
                               const qa_allocator_t *allocator)
{
    *groups_out = NULL;
    qa_sql_groups_t *groups = qa_memory_take(allocator, sizeof(*groups));
    if (groups == NULL) return QA_NO_MEMORY;
    groups->allocator = allocator;
    groups->block = block;
    qa_arena_make(&groups->texts, allocator, TEXT_BYTES_MAX);
    const qa_status_t status = make(groups);
    if (status != QA_OK)
        qa_sql_groups_close(groups);
    else
        *groups_out = groups;
    return status;
}

void qa_sql_groups_close(qa_sql_groups_t *groups)
{
    if (groups == NULL) return;
    const qa_allocator_t *allocator = groups->allocator;
    const qa_sql_block_t *block = groups->block;
    for (uint16_t a = 0; a < block->aggregate_count && groups->columns != NULL; a++) {
        column_t *column = &groups->columns[a];
        qa_memory_give(allocator, column->numbers, column->number_capacity * sizeof(*column->numbers));
    }
    qa_memory_give(allocator, groups->columns, (block->aggregate_count + 1u) * sizeof(*groups->columns));
    qa_memory_give(allocator, groups->types,
                   ((size_t)block->key_count + block->aggregate_count) * sizeof(*groups->types));
    qa_memory_give(allocator, groups->slots, groups->slot_count * sizeof(*groups->slots));
    qa_memory_give(allocator, groups->hashes, groups->hash_capacity * sizeof(*groups->hashes));
    qa_memory_give(allocator, groups->tallies, groups->tally_capacity * sizeof(*groups->tallies));
    qa_memory_give(allocator, groups->row_groups, groups->row_capacity * sizeof(*groups->row_groups));
    if (groups->keys.allocator != NULL) qa_sql_table_release(&groups->keys);
    qa_arena_release(&groups->texts);
    qa_memory_give(allocator, groups, sizeof(*groups));
}

/* --- finding the group --- */

static uint64_t hash_keys(const qa_sql_groups_t *groups, const qa_sql_value_t *keys)
{
    uint64_t hash = 0;
    for (uint16_t k = 0; k < groups->block->key_count; k++) {
        hash = (hash ^ qa_sql_hash(&keys[k], groups->types[k].is_name)) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 32;
    }
    return hash;
}

static bool is_group(const qa_sql_groups_t *groups, uint32_t group, const qa_sql_value_t *keys)
{
    for (uint16_t k = 0; k < groups->block->key_count; k++) {
        const qa_sql_value_t own = qa_sql_table_value(&groups->keys, group, k);
        if ((own.kind == QA_SQL_NULL) != (keys[k].kind == QA_SQL_NULL)) return false;
        if (own.kind != QA_SQL_NULL && qa_sql_compare(&own, &keys[k], groups->types[k].is_name) != 0)
            return false;
    }
    return true;
}

static qa_status_t grow_slots(qa_sql_groups_t *groups)
{
    const uint32_t slot_count = groups->slot_count * 2;
    uint32_t *slots = qa_memory_take(groups->allocator, slot_count * sizeof(*slots));
    if (slots == NULL) return QA_NO_MEMORY;
    for (uint32_t group = 0; group < groups->keys.row_count; group++) {
        uint32_t at = (uint32_t)groups->hashes[group] & (slot_count - 1);
        while (slots[at] != 0)
            at = (at + 1) & (slot_count - 1);
        slots[at] = group + 1;
    }
    qa_memory_give(groups->allocator, groups->slots, groups->slot_count * sizeof(*slots));
    groups->slots = slots;
    groups->slot_count = slot_count;
    return QA_OK;
}

static qa_status_t add_group(qa_sql_groups_t *groups, const qa_sql_value_t *keys, uint64_t hash)
{
    const uint32_t group = groups->keys.row_count;
    const uint64_t aggregate_count = groups->block->aggregate_count;
    void *hashes = groups->hashes, *tallies = groups->tallies;
    if (group >= GROUPS_MAX || (group + 1) * aggregate_count > UINT32_MAX) return QA_LIMIT;
    qa_status_t status = qa_array_reserve(groups->allocator, &hashes, &groups->hash_capacity, group + 1,
                                          sizeof(*groups->hashes));
    groups->hashes = hashes;
    if (status != QA_OK) return status;
    status = qa_array_reserve(groups->allocator, &tallies, &groups->tally_capacity,
                              (uint32_t)((group + 1) * aggregate_count), sizeof(*groups->tallies));
    groups->tallies = tallies;
    if (status != QA_OK) return status;
    groups->hashes[group] = hash;
    for (uint64_t a = 0; a < aggregate_count; a++)
        groups->tallies[group * aggregate_count + a] = (tally_t){ .extreme = { .kind = QA_SQL_NULL } };
    return qa_sql_table_append(&groups->keys, keys, false);
}

/* Equal names are one group, shown by the first spelling in byte order: not by the row that came first. */
static qa_status_t keep_spellings(qa_sql_groups_t *groups, uint32_t group, const qa_sql_value_t *keys)
{
    for (uint16_t k = 0; k < groups->block->key_count; k++) {
        if (!groups->types[k].is_name || keys[k].kind == QA_SQL_NULL) continue;
        const qa_sql_value_t own = qa_sql_table_value(&groups->keys, group, k);
        if (qa_sql_compare_spelling(&keys[k], &own) >= 0) continue;
        const qa_status_t status = qa_sql_table_set_text(&groups->keys, group, k, &keys[k]);
        if (status != QA_OK) return status;
    }
    return QA_OK;
}

static qa_status_t find_group(qa_sql_groups_t *groups, const qa_sql_value_t *keys, uint32_t *group_out)
{
    const uint64_t hash = hash_keys(groups, keys);
    uint32_t at = (uint32_t)hash & (groups->slot_count - 1);
    for (; groups->slots[at] != 0; at = (at + 1) & (groups->slot_count - 1)) {
        *group_out = groups->slots[at] - 1;
        if (groups->hashes[*group_out] == hash && is_group(groups, *group_out, keys))
            return keep_spellings(groups, *group_out, keys);
    }
    *group_out = groups->keys.row_count;
    const qa_status_t status = add_group(groups, keys, hash);
    if (status != QA_OK) return status;
    groups->slots[at] = *group_out + 1;
    return groups->keys.row_count * 2u > groups->slot_count ? grow_slots(groups) : QA_OK;
}

/* --- adding --- */

static void add_units(tally_t *tally, qa_int128_t units)
{
    const qa_uint128_t after = tally->low + (qa_uint128_t)units;
    tally->high += (after < tally->low ? 1 : 0) + (units < 0 ? -1 : 0);
    tally->low = after;
}

static qa_status_t keep_extreme(qa_sql_groups_t *groups, const qa_sql_aggregate_t *aggregate, tally_t *tally,
                                const qa_sql_value_t *value)
{
    if (tally->extreme.kind != QA_SQL_NULL) {
        const int by_name = qa_sql_compare(value, &tally->extreme, aggregate->argument->type.is_name);
        const int order = by_name != 0 ? by_name : qa_sql_compare_spelling(value, &tally->extreme);
        if (aggregate->kind == QA_SQL_MIN ? order >= 0 : order <= 0) return QA_OK;
    }
    qa_sql_value_t kept = *value;
    if ((value->kind == QA_SQL_TEXT || value->kind == QA_SQL_BINARY) && value->bytes > 0) {
        /* The room of the one before is taken again where it is large enough. */
        if (value->bytes <= tally->extreme.bytes) {
            memcpy((char *)tally->extreme.text, value->text, value->bytes);
            kept.text = tally->extreme.text;
        } else {
            kept.text = qa_arena_text(&groups->texts, value->text, value->bytes);
        }
        if (kept.text == NULL) return QA_NO_MEMORY;
    }
    tally->extreme = kept;
    return QA_OK;
}

static qa_status_t keep_number(qa_sql_groups_t *groups, column_t *column, const qa_sql_value_t *value)
{
    void *numbers = column->numbers;
    const qa_status_t status = qa_array_reserve(groups->allocator, &numbers, &column->number_capacity,
                                                groups->row_count + 1, sizeof(*column->numbers));
    column->numbers = numbers;
    if (status == QA_OK)
        column->numbers[groups->row_count] = value->kind == QA_SQL_NULL ? (double)NAN : value->number;
    return status;
}

static qa_status_t add_value(qa_sql_groups_t *groups, column_t *column, tally_t *tally,
                             const qa_sql_value_t *value)
{
    const qa_sql_aggregate_t *aggregate = column->aggregate;
    if (column->is_double_sum) {
        const qa_status_t status = keep_number(groups, column, value);
        if (status != QA_OK) return status;
    }
    if (value->kind == QA_SQL_NULL) return QA_OK;
    tally->count++;
    if (aggregate->kind == QA_SQL_MIN || aggregate->kind == QA_SQL_MAX)
        return keep_extreme(groups, aggregate, tally, value);
    if (is_sum(aggregate) && !column->is_double_sum)
        add_units(tally, value->kind == QA_SQL_DECIMAL ? value->units : value->integer);
    return QA_OK;
}

qa_status_t qa_sql_groups_add(qa_sql_groups_t *groups, const qa_sql_value_t *values)
{
    const qa_sql_block_t *block = groups->block;
    const qa_sql_value_t *argument = values + block->key_count;
    uint32_t group = 0;
    if (groups->keeps_rows && groups->row_count == UINT32_MAX) return QA_LIMIT;
    qa_status_t status = find_group(groups, values, &group);
    if (status != QA_OK) return status;
    tally_t *tallies =
        block->aggregate_count == 0 ? NULL : &groups->tallies[(uint64_t)group * block->aggregate_count];
    for (uint16_t a = 0; a < block->aggregate_count && status == QA_OK; a++) {
        if (block->aggregates[a].argument == NULL)
            tallies[a].count++;
        else
            status = add_value(groups, &groups->columns[a], &tallies[a], argument++);
    }
    if (status != QA_OK || !groups->keeps_rows) return status;
    void *row_groups = groups->row_groups;
    status = qa_array_reserve(groups->allocator, &row_groups, &groups->row_capacity, groups->row_count + 1,
                              sizeof(*groups->row_groups));
    groups->row_groups = row_groups;
    if (status == QA_OK) groups->row_groups[groups->row_count++] = group;
    return status;
}

/* --- the end --- */

/* Numbers of a DOUBLE sum in the order of their groups; `starts` has one more entry than there are groups. */
static void sort_by_group(const qa_sql_groups_t *groups, const column_t *column, uint32_t *starts,
                          double *sorted)
{
    const uint32_t group_count = groups->keys.row_count;
    /* Counted two places on, a running total makes entry group + 1 the place where the group goes on; when
     * all are placed it is where the group ends, and the entry before it where it begins. */
    for (uint32_t row = 0; row < groups->row_count; row++)
        starts[groups->row_groups[row] + 2]++;
    for (uint32_t group = 0; group < group_count; group++)
        starts[group + 2] += starts[group + 1];
    for (uint32_t row = 0; row < groups->row_count; row++)
        sorted[starts[groups->row_groups[row] + 1]++] = column->numbers[row];
}

static qa_status_t add_doubles(qa_sql_groups_t *groups, uint16_t a)
{
    const uint32_t group_count = groups->keys.row_count;
    const size_t starts_bytes = ((size_t)group_count + 2) * sizeof(uint32_t);
    const size_t sorted_bytes = ((size_t)groups->row_count + 1) * sizeof(double);
    uint32_t *starts = qa_memory_take(groups->allocator, starts_bytes);
    double *sorted = qa_memory_take(groups->allocator, sorted_bytes);
    qa_status_t status = starts == NULL || sorted == NULL ? QA_NO_MEMORY : QA_OK;
    if (status == QA_OK) sort_by_group(groups, &groups->columns[a], starts, sorted);
    for (uint32_t group = 0; group < group_count && status == QA_OK; group++) {
        tally_t *tally = &groups->tallies[(uint64_t)group * groups->block->aggregate_count + a];
        qa_exact_sum_t sum;
        double number = 0.0;
        qa_exact_sum_clear(&sum);
        for (uint32_t at = starts[group]; at < starts[group + 1]; at++) {
            if (!isnan(sorted[at])) qa_exact_sum_add(&sum, sorted[at]);
        }
        if (tally->count > 0) status = qa_exact_sum_read(&sum, &number);
        if (groups->columns[a].aggregate->kind == QA_SQL_AVERAGE && tally->count > 0)
            number /= (double)tally->count;
        tally->extreme = (qa_sql_value_t){ .kind = tally->count > 0 ? QA_SQL_DOUBLE : QA_SQL_NULL };
        tally->extreme.number = number == 0.0 ? 0.0 : number;
    }
    qa_memory_give(groups->allocator, starts, starts_bytes);
    qa_memory_give(groups->allocator, sorted, sorted_bytes);
    return status;
}

static qa_status_t read_units(const qa_sql_aggregate_t *aggregate, const tally_t *tally,
                              qa_sql_value_t *value_out)
{
    qa_int128_t units = (qa_int128_t)tally->low;
    if (tally->count == 0) return QA_OK;
    if (tally->high != (units < 0 ? -1 : 0) || !qa_sql_decimal_fits(units, QA_SQL_PRECISION_MAX))
        return QA_OVERFLOW;
    *value_out = (qa_sql_value_t){ .kind = QA_SQL_DECIMAL, .scale = aggregate->type.scale };
    const qa_sql_type_t *argument = &aggregate->argument->type;
    const uint8_t scale = argument->kind == QA_SQL_DECIMAL ? argument->scale : 0;
    qa_status_t status = QA_OK;
    if (aggregate->kind == QA_SQL_AVERAGE)
        status =
            qa_sql_decimal_divide(units, (uint32_t)(aggregate->type.scale - scale), tally->count, &units);
    value_out->units = units;
    return status;
}

static qa_status_t read_tally(const column_t *column, const tally_t *tally, qa_sql_value_t *value_out)
{
    *value_out = tally->extreme;
    if (column->aggregate->kind == QA_SQL_COUNT || column->aggregate->kind == QA_SQL_COUNT_ROWS)
        *value_out = (qa_sql_value_t){ .kind = QA_SQL_BIGINT, .integer = tally->count };
    else if (is_sum(column->aggregate) && !column->is_double_sum)
        return read_units(column->aggregate, tally, value_out);
    return QA_OK;
}

qa_status_t qa_sql_groups_finish(qa_sql_groups_t *groups, qa_sql_table_t *rows_out, qa_error_t *error)
{
    const qa_sql_block_t *block = groups->block;
    const uint32_t width = (uint32_t)block->key_count + block->aggregate_count;
    qa_sql_value_t *values = qa_memory_take(groups->allocator, width * sizeof(*values));
    qa_status_t status = values == NULL ? QA_NO_MEMORY : QA_OK;
    if (status == QA_OK)
        status = qa_sql_table_make(rows_out, groups->allocator, groups->types, (uint16_t)width);
    for (uint16_t a = 0; a < block->aggregate_count && status == QA_OK; a++) {
        if (groups->columns[a].is_double_sum) status = add_doubles(groups, a);
    }
    for (uint32_t group = 0; group < groups->keys.row_count && status == QA_OK; group++) {
        for (uint16_t k = 0; k < block->key_count; k++)
            values[k] = qa_sql_table_value(&groups->keys, group, k);
        for (uint16_t a = 0; a < block->aggregate_count && status == QA_OK; a++)
            status = read_tally(&groups->columns[a],
                                &groups->tallies[(uint64_t)group * block->aggregate_count + a],
                                &values[block->key_count + a]);
        if (status == QA_OK) status = qa_sql_table_append(rows_out, values, false);
    }
    if (values != NULL) qa_memory_give(groups->allocator, values, width * sizeof(*values));
    if (status == QA_NO_MEMORY) return qa_fail_memory(error, "groups");
    if (status == QA_OVERFLOW)
        return qa_fail(error, QA_OVERFLOW,
                       "a sum or an average is too large for its type; cast what is added up");
    return status;
}
