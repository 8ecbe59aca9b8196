/* The builder of intents: operations are written down as they come. Nothing is checked against a state here.
 */
#include "qa/intent.h"

#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "qa/text.h"
#include "reducer/record.h"

struct qa_intent {
    qa_allocator_t allocator;
    qa_buffer_t operations;
    qa_buffer_t payload; /* of the operation being written */
    qa_status_t status;  /* of the payload so far */
    char *reason;
    uint32_t reason_bytes;
    uint32_t operation_count;
    uint32_t member_count; /* created by this intent */
    uint16_t dimension_count;
    uint16_t hierarchy_count;
};

qa_status_t qa_intent_open(qa_intent_t **intent_out, const qa_allocator_t *allocator)
{
    *intent_out = NULL;
    if (allocator == NULL) allocator = &qa_allocator_default;
    qa_intent_t *intent = qa_memory_take(allocator, sizeof(*intent));
    if (intent == NULL) return QA_NO_MEMORY;
    intent->allocator = *allocator;
    qa_buffer_make(&intent->operations, &intent->allocator, QA_INTENT_BYTES_MAX);
    qa_buffer_make(&intent->payload, &intent->allocator, QA_INTENT_BYTES_MAX);
    *intent_out = intent;
    return QA_OK;
}

void qa_intent_close(qa_intent_t *intent)
{
    if (intent == NULL) return;
    const qa_allocator_t allocator = intent->allocator;
    qa_buffer_release(&intent->operations);
    qa_buffer_release(&intent->payload);
    if (intent->reason != NULL) qa_memory_give(&allocator, intent->reason, intent->reason_bytes + 1u);
    qa_memory_give(&allocator, intent, sizeof(*intent));
}

uint32_t qa_intent_operation_count(const qa_intent_t *intent)
{
    return intent->operation_count;
}

size_t qa_intent_bytes(const qa_intent_t *intent)
{
    return intent->operations.bytes;
}

qa_intent_mark_t qa_intent_mark(const qa_intent_t *intent)
{
    return (qa_intent_mark_t){ .bytes = intent->operations.bytes,
                               .operation_count = intent->operation_count,
                               .member_count = intent->member_count,
                               .dimension_count = intent->dimension_count,
                               .hierarchy_count = intent->hierarchy_count };
}

void qa_intent_rewind(qa_intent_t *intent, qa_intent_mark_t mark)
{
    assert(mark.bytes <= intent->operations.bytes);
    assert(mark.operation_count <= intent->operation_count);
    assert(mark.member_count <= intent->member_count);
    intent->operations.bytes = mark.bytes;
    intent->operation_count = mark.operation_count;
    intent->member_count = mark.member_count;
    intent->dimension_count = mark.dimension_count;
    intent->hierarchy_count = mark.hierarchy_count;
    intent->status = QA_OK;
}

const qa_buffer_t *qa_intent_operations(const qa_intent_t *intent)
{
    return &intent->operations;
}

const char *qa_intent_reason(const qa_intent_t *intent, uint32_t *bytes_out)
{
    *bytes_out = intent->reason_bytes;
    return intent->reason == NULL ? "" : intent->reason;
}

qa_status_t qa_intent_set_reason(qa_intent_t *intent, const char *text, size_t bytes)
{
    if (bytes > QA_REASON_BYTES_MAX) return QA_LIMIT;
    if (!qa_utf8_is_valid(text, bytes)) return QA_NOT_TEXT;
    char *copy = qa_memory_take(&intent->allocator, bytes + 1);
    if (copy == NULL) return QA_NO_MEMORY;
    if (bytes > 0) memcpy(copy, text, bytes);
    if (intent->reason != NULL) qa_memory_give(&intent->allocator, intent->reason, intent->reason_bytes + 1u);
    intent->reason = copy;
    intent->reason_bytes = (uint32_t)bytes;
    return QA_OK;
}

/* --- writing payloads: a failure sticks until the operation ends --- */

static void begin(qa_intent_t *intent)
{
    qa_buffer_clear(&intent->payload);
    intent->status = QA_OK;
}

static void put_u8(qa_intent_t *intent, uint8_t value)
{
    if (intent->status == QA_OK) intent->status = qa_write_u8(&intent->payload, value);
}

static void put_varint(qa_intent_t *intent, uint64_t value)
{
    if (intent->status == QA_OK) intent->status = qa_write_varint(&intent->payload, value);
}

static void put_signed(qa_intent_t *intent, int64_t value)
{
    if (intent->status == QA_OK) intent->status = qa_write_signed(&intent->payload, value);
}

static void put_text(qa_intent_t *intent, const char *text, size_t bytes)
{
    if (intent->status == QA_OK) intent->status = qa_write_text(&intent->payload, text, bytes);
}

/* A name in its stored form. */
static void put_name(qa_intent_t *intent, const char *text, size_t bytes)
{
    char name[QA_NAME_KEY_BYTES];
    size_t name_bytes = 0;
    if (intent->status != QA_OK) return;
    intent->status = qa_name_normalize(text, bytes, name, &name_bytes);
    put_text(intent, name, name_bytes);
}

static void put_dimension(qa_intent_t *intent, qa_dimension_t dimension)
{
    const uint32_t value = dimension & ~QA_NEW_SHORT;
    put_varint(intent, value << 2 | ((dimension & QA_NEW_SHORT) != 0 ? QA_REFERENCE_NEW : QA_REFERENCE_ID));
}

static void put_member(qa_intent_t *intent, qa_member_t member)
{
    const uint64_t value = member & ~QA_NEW;
    put_varint(intent, value << 2 | ((member & QA_NEW) != 0 ? QA_REFERENCE_NEW : QA_REFERENCE_ID));
}

static void put_optional_member(qa_intent_t *intent, qa_member_t member)
{
    put_u8(intent, member != QA_MEMBER_NONE);
    if (member != QA_MEMBER_NONE) put_member(intent, member);
}

/* Appends the operation whole, or not at all. */
static qa_status_t end(qa_intent_t *intent, qa_operation_t code)
{
    const size_t before = intent->operations.bytes;
    qa_status_t status = intent->status;
    if (status == QA_OK) status = qa_write_u8(&intent->operations, (uint8_t)code);
    if (status == QA_OK)
        status =
            qa_write_text(&intent->operations, (const char *)intent->payload.data, intent->payload.bytes);
    if (status == QA_OK)
        intent->operation_count++;
    else
        intent->operations.bytes = before;
    return status;
}

/* --- the model --- */

static qa_status_t set_option(qa_intent_t *intent, uint8_t option, const void *value, size_t bytes)
{
    begin(intent);
    put_u8(intent, option);
    put_text(intent, value, bytes);
    return end(intent, QA_OPERATION_SET_APP);
}

qa_status_t qa_intent_set_title(qa_intent_t *intent, const char *title, size_t bytes)
{
    if (!qa_utf8_is_valid(title, bytes)) return QA_NOT_TEXT;
    return bytes > QA_NAME_BYTES_MAX ? QA_LIMIT : set_option(intent, 1, title, bytes);
}

qa_status_t qa_intent_set_decimals(qa_intent_t *intent, uint8_t decimals)
{
    return decimals > QA_DECIMALS_MAX ? QA_INVALID : set_option(intent, 2, &decimals, 1);
}

qa_status_t qa_intent_set_zero_is_missing(qa_intent_t *intent, bool is_zero_missing)
{
    const uint8_t value = is_zero_missing;
    return set_option(intent, 3, &value, 1);
}

qa_status_t qa_intent_add_dimension(qa_intent_t *intent, const char *name, size_t name_bytes,
                                    qa_dimension_kind_t kind, const char *first_code, size_t first_bytes,
                                    qa_dimension_t *dimension_out, qa_member_t *first_out)
{
    begin(intent);
    put_u8(intent, (uint8_t)kind);
    put_name(intent, name, name_bytes);
    put_name(intent, first_code, first_bytes);
    const qa_status_t status = end(intent, QA_OPERATION_ADD_DIMENSION);
    if (status != QA_OK) return status;
    *dimension_out = (qa_dimension_t)(QA_NEW_SHORT | intent->dimension_count++);
    *first_out = QA_NEW | intent->member_count++;
    return QA_OK;
}

qa_status_t qa_intent_rename_dimension(qa_intent_t *intent, qa_dimension_t dimension, const char *name,
                                       size_t bytes)
{
    begin(intent);
    put_dimension(intent, dimension);
    put_name(intent, name, bytes);
    return end(intent, QA_OPERATION_RENAME_DIMENSION);
}

qa_status_t qa_intent_set_default_member(qa_intent_t *intent, qa_dimension_t dimension, qa_member_t member)
{
    begin(intent);
    put_dimension(intent, dimension);
    put_optional_member(intent, member);
    return end(intent, QA_OPERATION_SET_DEFAULT);
}

qa_status_t qa_intent_set_calendar(qa_intent_t *intent, qa_dimension_t dimension, qa_calendar_t calendar)
{
    begin(intent);
    put_dimension(intent, dimension);
    put_u8(intent, calendar.start_month);
    put_u8(intent, calendar.periods);
    return end(intent, QA_OPERATION_SET_CALENDAR);
}

qa_status_t qa_intent_add_member(qa_intent_t *intent, qa_dimension_t dimension, const char *code,
                                 size_t bytes, bool is_group, qa_member_t *member_out)
{
    begin(intent);
    put_dimension(intent, dimension);
    put_u8(intent, is_group);
    put_name(intent, code, bytes);
    const qa_status_t status = end(intent, QA_OPERATION_ADD_MEMBER);
    if (status == QA_OK) *member_out = QA_NEW | intent->member_count++;
    return status;
}

static void begin_member(qa_intent_t *intent, qa_dimension_t dimension, qa_member_t member)
{
    begin(intent);
    put_dimension(intent, dimension);
    put_member(intent, member);
}

qa_status_t qa_intent_rename_member(qa_intent_t *intent, qa_dimension_t dimension, qa_member_t member,
                                    const char *code, size_t bytes)
{
    begin_member(intent, dimension, member);
    put_name(intent, code, bytes);
    return end(intent, QA_OPERATION_RENAME_MEMBER);
}

qa_status_t qa_intent_set_caption(qa_intent_t *intent, qa_dimension_t dimension, qa_member_t member,
                                  const char *caption, size_t bytes)
{
    begin_member(intent, dimension, member);
    if (bytes == 0)
        put_text(intent, "", 0);
    else
        put_name(intent, caption, bytes);
    return end(intent, QA_OPERATION_SET_CAPTION);
}

qa_status_t qa_intent_set_alias(qa_intent_t *intent, qa_dimension_t dimension, qa_member_t member,
                                const char *alias, size_t bytes, bool is_present)
{
    begin_member(intent, dimension, member);
    put_u8(intent, is_present);
    put_name(intent, alias, bytes);
    return end(intent, QA_OPERATION_SET_ALIAS);
}

qa_status_t qa_intent_set_attribute(qa_intent_t *intent, qa_dimension_t dimension, qa_member_t member,
                                    const char *name, size_t name_bytes, const char *value,
                                    size_t value_bytes)
{
    if (value != NULL && !qa_utf8_is_valid(value, value_bytes)) return QA_NOT_TEXT;
    begin_member(intent, dimension, member);
    put_u8(intent, value != NULL);
    put_name(intent, name, name_bytes);
    put_text(intent, value == NULL ? "" : value, value == NULL ? 0 : value_bytes);
    return end(intent, QA_OPERATION_SET_ATTRIBUTE);
}

qa_status_t qa_intent_set_account(qa_intent_t *intent, qa_dimension_t dimension, qa_member_t member,
                                  qa_account_t account)
{
    begin_member(intent, dimension, member);
    put_u8(intent, account.kind);
    put_u8(intent, account.decimals);
    put_u8(intent, account.time_balance);
    put_u8(intent, account.skip);
    put_u8(intent, account.sense);
    return end(intent, QA_OPERATION_SET_ACCOUNT);
}

qa_status_t qa_intent_set_days(qa_intent_t *intent, qa_dimension_t dimension, qa_member_t member,
                               int32_t first_day, int32_t last_day)
{
    begin_member(intent, dimension, member);
    put_signed(intent, first_day);
    put_signed(intent, last_day);
    return end(intent, QA_OPERATION_SET_DAYS);
}

static void put_policy(qa_intent_t *intent, qa_atoms_policy_t policy, qa_member_t target)
{
    put_u8(intent, (uint8_t)policy);
    if (policy == QA_ATOMS_MOVE) put_member(intent, target);
}

qa_status_t qa_intent_delete_member(qa_intent_t *intent, qa_dimension_t dimension, qa_member_t member,
                                    qa_atoms_policy_t policy, qa_member_t target)
{
    begin_member(intent, dimension, member);
    put_policy(intent, policy, target);
    return end(intent, QA_OPERATION_DELETE_MEMBER);
}

qa_status_t qa_intent_add_hierarchy(qa_intent_t *intent, qa_dimension_t dimension, const char *name,
                                    size_t bytes, qa_hierarchy_t *hierarchy_out)
{
    begin(intent);
    put_dimension(intent, dimension);
    put_name(intent, name, bytes);
    const qa_status_t status = end(intent, QA_OPERATION_ADD_HIERARCHY);
    if (status == QA_OK) *hierarchy_out = (qa_hierarchy_t)(QA_NEW_SHORT | intent->hierarchy_count++);
    return status;
}

qa_status_t qa_intent_delete_hierarchy(qa_intent_t *intent, qa_dimension_t dimension,
                                       qa_hierarchy_t hierarchy)
{
    begin(intent);
    put_dimension(intent, dimension);
    put_dimension(intent, hierarchy);
    return end(intent, QA_OPERATION_DELETE_HIERARCHY);
}

qa_status_t qa_intent_set_edge(qa_intent_t *intent, qa_dimension_t dimension, qa_hierarchy_t hierarchy,
                               const qa_edge_t *edge, qa_atoms_policy_t policy, qa_member_t target)
{
    begin(intent);
    put_dimension(intent, dimension);
    put_dimension(intent, hierarchy);
    put_optional_member(intent, edge->parent);
    put_member(intent, edge->child);
    put_signed(intent, edge->weight);
    put_u8(intent, edge->weight_decimals);
    put_u8(intent, edge->operator_code);
    put_varint(intent, edge->order);
    put_policy(intent, policy, target);
    return end(intent, QA_OPERATION_SET_EDGE);
}

qa_status_t qa_intent_remove_edge(qa_intent_t *intent, qa_dimension_t dimension, qa_hierarchy_t hierarchy,
                                  qa_member_t parent, qa_member_t child)
{
    begin(intent);
    put_dimension(intent, dimension);
    put_dimension(intent, hierarchy);
    put_optional_member(intent, parent);
    put_member(intent, child);
    return end(intent, QA_OPERATION_REMOVE_EDGE);
}

/* --- values --- */

static qa_status_t check_value(const qa_value_t *value)
{
    if (value->kind > QA_KIND_BOOLEAN) return QA_INVALID;
    if (value->kind == QA_KIND_DECIMAL &&
        (value->decimals > 18 || value->units > INT64_MAX || value->units < -INT64_MAX))
        return QA_OVERFLOW;
    if (value->kind == QA_KIND_DOUBLE && !(value->number - value->number == 0.0)) return QA_NOT_A_NUMBER;
    if (value->kind == QA_KIND_TEXT && (value->text_bytes > QA_TEXT_BYTES_MAX ||
                                        qa_utf16_units(value->text, value->text_bytes) > QA_TEXT_UNITS_MAX))
        return QA_LIMIT;
    if (value->kind == QA_KIND_TEXT && !qa_utf8_is_valid(value->text, value->text_bytes)) return QA_NOT_TEXT;
    return QA_OK;
}

static void put_value(qa_intent_t *intent, const qa_value_t *value)
{
    if (intent->status == QA_OK) intent->status = check_value(value);
    if (intent->status != QA_OK) return;
    qa_value_t stored = *value;
    if (stored.kind == QA_KIND_DOUBLE && stored.number == 0.0) stored.number = 0.0;
    if (stored.kind != QA_KIND_DECIMAL) stored.decimals = 0;
    intent->status = qa_record_write_value(&intent->payload, &stored);
}

static bool begin_cells(qa_intent_t *intent, uint16_t dimension_count, uint32_t count)
{
    begin(intent);
    if (dimension_count == 0 || dimension_count > QA_DIMENSIONS_MAX) intent->status = QA_INVALID;
    if (count > QA_INTENT_CELLS_MAX) intent->status = QA_LIMIT;
    put_varint(intent, dimension_count);
    put_varint(intent, count);
    return intent->status == QA_OK;
}

qa_status_t qa_intent_set_cells(qa_intent_t *intent, uint16_t dimension_count, const qa_member_t *coordinates,
                                const qa_value_t *values, const qa_value_t *seen, uint32_t count)
{
    if (count == 0) return QA_OK;
    qa_member_t previous[QA_DIMENSIONS_MAX] = { 0 };
    if (!begin_cells(intent, dimension_count, count)) return intent->status;
    put_u8(intent, seen != NULL);
    for (uint32_t i = 0; i < count && intent->status == QA_OK; i++) {
        intent->status = qa_record_write_coordinate(
            &intent->payload, coordinates + (size_t)i * dimension_count, previous, dimension_count);
        put_value(intent, &values[i]);
        if (seen != NULL) put_value(intent, &seen[i]);
    }
    return end(intent, QA_OPERATION_SET_CELLS);
}

qa_status_t qa_intent_set_masks(qa_intent_t *intent, uint16_t dimension_count, const qa_member_t *coordinates,
                                const uint64_t *masks, uint32_t count)
{
    if (count == 0) return QA_OK;
    qa_member_t previous[QA_DIMENSIONS_MAX] = { 0 };
    if (!begin_cells(intent, dimension_count, count)) return intent->status;
    for (uint32_t i = 0; i < count && intent->status == QA_OK; i++) {
        intent->status = qa_record_write_coordinate(
            &intent->payload, coordinates + (size_t)i * dimension_count, previous, dimension_count);
        put_varint(intent, masks[i]);
    }
    return end(intent, QA_OPERATION_SET_MASKS);
}

qa_status_t qa_intent_set_hold(qa_intent_t *intent, uint16_t dimension_count, const qa_member_t *coordinate,
                               qa_hold_t hold, const char *owner, size_t owner_bytes)
{
    qa_member_t previous[QA_DIMENSIONS_MAX] = { 0 };
    if (owner_bytes > QA_ACTOR_BYTES_MAX) return QA_LIMIT;
    if (!qa_utf8_is_valid(owner, owner_bytes)) return QA_NOT_TEXT;
    if (!begin_cells(intent, dimension_count, 1)) return intent->status;
    intent->status = qa_record_write_coordinate(&intent->payload, coordinate, previous, dimension_count);
    put_u8(intent, (uint8_t)hold);
    put_text(intent, owner, owner_bytes);
    return end(intent, QA_OPERATION_SET_HOLD);
}

qa_status_t qa_intent_undo(qa_intent_t *intent, uint64_t offset)
{
    begin(intent);
    put_varint(intent, offset);
    return end(intent, QA_OPERATION_UNDO);
}

qa_status_t qa_intent_set_load(qa_intent_t *intent, const qa_load_t *load)
{
    begin(intent);
    put_varint(intent, load->expect_offset);
    if (intent->status == QA_OK) intent->status = qa_record_write_load(&intent->payload, load, NULL, 0);
    return end(intent, QA_OPERATION_LOAD);
}

qa_status_t qa_intent_add_lines(qa_intent_t *intent, const void *block, size_t bytes)
{
    const size_t before = intent->operations.bytes;
    qa_status_t status = qa_write_u8(&intent->operations, QA_OPERATION_LINES);
    if (status == QA_OK) status = qa_write_text(&intent->operations, block, bytes);
    if (status == QA_OK)
        intent->operation_count++;
    else
        intent->operations.bytes = before;
    return status;
}
