/* Facts about members: code, caption, account, days, aliases, attributes. A fact that does not fit changes
 * nothing. */
#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "model/model_struct.h"
#include "qa/text.h"

enum { GROUP_FLAG = 1 };

static qa_status_t check_name(const dimension_t *dimension, const char *what, const char *text,
                              uint32_t bytes, char key_out[QA_NAME_KEY_BYTES], size_t *key_bytes_out,
                              qa_error_t *error)
{
    char name[QA_NAME_KEY_BYTES];
    size_t name_bytes = 0;
    qa_status_t status = qa_name_normalize(text, bytes, name, &name_bytes);
    if (status == QA_OK && (name_bytes != bytes || memcmp(name, text, bytes) != 0)) status = QA_INVALID;
    if (status == QA_OK) status = qa_name_key(text, bytes, key_out, key_bytes_out);
    if (status == QA_OK) return QA_OK;
    return qa_fail(error, status,
                   "%s of a member of \"%s\" is not a name (1 to %d characters, no control characters)", what,
                   dimension->info.name, QA_NAME_UNITS_MAX);
}

static qa_status_t take_name(dimension_t *dimension, const char *key, size_t key_bytes, qa_member_t member,
                             const char *shown, uint32_t shown_bytes, qa_error_t *error)
{
    uint32_t holder;
    if (qa_text_map_get(&dimension->names, key, key_bytes, &holder)) {
        if (holder == member)
            return qa_fail(error, QA_CODE_TAKEN, "\"%.*s\" is a code or alias of that member already",
                           (int)shown_bytes, shown);
        return qa_fail(error, QA_CODE_TAKEN,
                       "\"%.*s\" is taken in \"%s\" by the member \"%s\"; choose another name",
                       (int)shown_bytes, shown, dimension->info.name, dimension->members[holder].info.code);
    }
    if (qa_text_map_put(&dimension->names, key, key_bytes, member) != QA_OK)
        return qa_fail_memory(error, "a name");
    return QA_OK;
}

static void drop_name(dimension_t *dimension, const char *text, uint32_t bytes)
{
    char key[QA_NAME_KEY_BYTES];
    size_t key_bytes = 0;
    if (qa_name_key(text, bytes, key, &key_bytes) == QA_OK)
        qa_text_map_remove(&dimension->names, key, key_bytes);
}

static qa_status_t append_member(qa_model_t *model, dimension_t *dimension, qa_error_t *error)
{
    if (dimension->info.member_count >= QA_MEMBERS_MAX)
        return qa_fail(error, QA_LIMIT,
                       "dimension \"%s\" has %d members already, deleted ones included; that is the most",
                       dimension->info.name, QA_MEMBERS_MAX);
    if (qa_array_reserve(model->allocator, (void **)&dimension->members, &dimension->member_capacity,
                         dimension->info.member_count + 1, sizeof(member_t)) != QA_OK)
        return qa_fail_memory(error, "a member");
    char *empty = qa_model_copy_text(model, "", 0);
    if (empty == NULL) return qa_fail_memory(error, "a member");
    member_t *member = &dimension->members[dimension->info.member_count];
    memset(member, 0, sizeof(*member));
    member->info.code = empty;
    member->info.caption = "";
    member->info.is_deleted = true;
    dimension->info.member_count++;
    return QA_OK;
}

static void default_account(const qa_model_t *model, const dimension_t *dimension, member_t *member)
{
    member->has_account = false;
    member->info.account = (qa_account_t){ .kind = QA_KIND_DECIMAL, .decimals = model->app.decimals };
    if (dimension->info.kind != QA_DIMENSION_MEASURE) member->info.account = (qa_account_t){ 0 };
}

static uint32_t fact_count(const dimension_t *dimension, qa_member_t id)
{
    const member_t *member = &dimension->members[id];
    uint32_t count = member->aliases.count + member->attributes.count + (member->info.caption_bytes > 0) +
                     member->has_account + member->info.has_days;
    for (uint16_t h = 0; h < dimension->info.hierarchy_count; h++) {
        const hierarchy_t *hierarchy = &dimension->hierarchies[h];
        if (id < hierarchy->place_capacity) count += hierarchy->places[id].parent_count;
    }
    return count;
}

uint32_t qa_model_fact_count(const qa_model_t *model, qa_dimension_t dimension, qa_member_t member)
{
    return fact_count(model->dimensions[dimension], member);
}

/* Whether anything still hangs on the member: it goes last. */
static bool has_facts(const dimension_t *dimension, qa_member_t id)
{
    if (fact_count(dimension, id) > 0 || (dimension->has_default && dimension->info.default_member == id))
        return true;
    for (uint16_t h = 0; h < dimension->info.hierarchy_count; h++) {
        const hierarchy_t *hierarchy = &dimension->hierarchies[h];
        if (id < hierarchy->place_capacity && hierarchy->places[id].child_count > 0) return true;
    }
    return false;
}

static qa_status_t write_code(qa_model_t *model, dimension_t *dimension, qa_member_t id, qa_reader_t *value,
                              bool is_present, qa_error_t *error)
{
    qa_status_t status = QA_OK;
    if (!is_present) {
        if (id >= dimension->info.member_count || dimension->members[id].info.is_deleted) return QA_OK;
        if (has_facts(dimension, id))
            return qa_fail(error, QA_HIERARCHY_INVALID,
                           "\"%s\" of \"%s\" still has a place, names or properties",
                           dimension->members[id].info.code, dimension->info.name);
        drop_name(dimension, dimension->members[id].info.code, dimension->members[id].info.code_bytes);
        dimension->members[id].info.is_deleted = true;
        dimension->members[id].info.is_leaf = false;
        return QA_OK;
    }
    const uint8_t flags = qa_read_u8(value);
    const uint32_t bytes = (uint32_t)qa_reader_left(value);
    const char *code = (const char *)qa_read_bytes(value, bytes);
    if (value->is_bad || flags > GROUP_FLAG || id > dimension->info.member_count)
        return qa_fail(error, QA_INVALID, "a member fact of \"%s\" is malformed", dimension->info.name);
    char key[QA_NAME_KEY_BYTES];
    size_t key_bytes = 0;
    status = check_name(dimension, "the code", code, bytes, key, &key_bytes, error);
    if (status != QA_OK) return status;

    const bool is_new = id == dimension->info.member_count;
    bool has_taken = false;
    if (!is_new && !dimension->members[id].info.is_deleted) {
        member_t *renamed = &dimension->members[id];
        char old_key[QA_NAME_KEY_BYTES];
        size_t old_bytes = 0;
        (void)qa_name_key(renamed->info.code, renamed->info.code_bytes, old_key, &old_bytes);
        if (old_bytes == key_bytes && memcmp(key, old_key, key_bytes) == 0)
            goto store; /* only case or flags changed */
    }
    status = take_name(dimension, key, key_bytes, id, code, bytes, error);
    if (status != QA_OK) return status;
    has_taken = true;
    if (is_new) status = append_member(model, dimension, error);
    if (status != QA_OK) {
        qa_text_map_remove(&dimension->names, key, key_bytes);
        return status;
    }
store:;
    member_t *member = &dimension->members[id];
    char *copy = qa_model_copy_text(model, code, bytes);
    if (copy == NULL) {
        if (has_taken) qa_text_map_remove(&dimension->names, key, key_bytes);
        if (is_new) {
            qa_model_drop_text(model, (char *)(uintptr_t)member->info.code, 0);
            dimension->info.member_count--;
        }
        return qa_fail_memory(error, "a code");
    }
    if (!member->info.is_deleted) {
        char old_key[QA_NAME_KEY_BYTES];
        size_t old_bytes = 0;
        (void)qa_name_key(member->info.code, member->info.code_bytes, old_key, &old_bytes);
        if (old_bytes != key_bytes || memcmp(key, old_key, key_bytes) != 0)
            qa_text_map_remove(&dimension->names, old_key, old_bytes);
    }
    qa_model_drop_text(model, (char *)(uintptr_t)member->info.code, member->info.code_bytes);
    member->info.code = copy;
    member->info.code_bytes = bytes;
    member->is_group = (flags & GROUP_FLAG) != 0;
    if (member->info.is_deleted) default_account(model, dimension, member);
    member->info.is_deleted = false;
    return QA_OK;
}

/* Position of the name in the sorted list, or where it would go. */
static uint32_t find_named(const named_list_t *list, const char *name, uint32_t bytes, bool *is_there_out)
{
    uint32_t at = 0;
    *is_there_out = false;
    for (; at < list->count; at++) {
        const named_t *item = &list->items[at];
        const uint32_t shorter = item->name_bytes < bytes ? item->name_bytes : bytes;
        int order = memcmp(item->name, name, shorter);
        if (order == 0) order = (item->name_bytes > bytes) - (item->name_bytes < bytes);
        if (order < 0) continue;
        *is_there_out = order == 0;
        break;
    }
    return at;
}

static void remove_named(qa_model_t *model, named_list_t *list, uint32_t at)
{
    qa_model_drop_text(model, list->items[at].name, list->items[at].name_bytes);
    qa_model_drop_text(model, list->items[at].value, list->items[at].value_bytes);
    list->count--;
    memmove(list->items + at, list->items + at + 1, (list->count - at) * sizeof(named_t));
}

static qa_status_t insert_named(qa_model_t *model, named_list_t *list, uint32_t at, const char *name,
                                uint32_t name_bytes, const char *value, uint32_t value_bytes)
{
    if (qa_array_reserve(model->allocator, (void **)&list->items, &list->capacity, list->count + 1,
                         sizeof(named_t)) != QA_OK)
        return QA_NO_MEMORY;
    named_t item = { .name_bytes = name_bytes, .value_bytes = value_bytes };
    item.name = qa_model_copy_text(model, name, name_bytes);
    item.value = qa_model_copy_text(model, value, value_bytes);
    if (item.name == NULL || item.value == NULL) {
        qa_model_drop_text(model, item.name, name_bytes);
        qa_model_drop_text(model, item.value, value_bytes);
        return QA_NO_MEMORY;
    }
    memmove(list->items + at + 1, list->items + at, (list->count - at) * sizeof(named_t));
    list->items[at] = item;
    list->count++;
    return QA_OK;
}

static qa_status_t write_alias(qa_model_t *model, dimension_t *dimension, qa_member_t id,
                               const qa_fact_key_t *key, qa_reader_t *value, bool is_present,
                               qa_error_t *error)
{
    named_list_t *list = &dimension->members[id].aliases;
    bool is_there;
    const uint32_t at = find_named(list, key->name, key->name_bytes, &is_there);
    if (!is_present) {
        if (!is_there) return QA_OK;
        drop_name(dimension, key->name, key->name_bytes);
        remove_named(model, list, at);
        dimension->members[id].info.alias_count = (uint16_t)list->count;
        return QA_OK;
    }
    if (is_there) return QA_OK;
    if (qa_reader_left(value) != 0) return qa_fail(error, QA_INVALID, "an alias fact is malformed");
    if (list->count >= QA_ALIASES_MAX)
        return qa_fail(error, QA_LIMIT, "\"%s\" has %d aliases already; that is the most",
                       dimension->members[id].info.code, QA_ALIASES_MAX);
    char name_key[QA_NAME_KEY_BYTES];
    size_t key_bytes = 0;
    qa_status_t status =
        check_name(dimension, "an alias", key->name, key->name_bytes, name_key, &key_bytes, error);
    if (status == QA_OK)
        status = take_name(dimension, name_key, key_bytes, id, key->name, key->name_bytes, error);
    if (status != QA_OK) return status;
    if (insert_named(model, list, at, key->name, key->name_bytes, "", 0) != QA_OK) {
        qa_text_map_remove(&dimension->names, name_key, key_bytes);
        return qa_fail_memory(error, "an alias");
    }
    dimension->members[id].info.alias_count = (uint16_t)list->count;
    return QA_OK;
}

static qa_status_t write_attribute(qa_model_t *model, dimension_t *dimension, qa_member_t id,
                                   const qa_fact_key_t *key, qa_reader_t *value, bool is_present,
                                   qa_error_t *error)
{
    member_t *member = &dimension->members[id];
    bool is_there;
    const uint32_t at = find_named(&member->attributes, key->name, key->name_bytes, &is_there);
    if (!is_present) {
        if (is_there) remove_named(model, &member->attributes, at);
        member->info.attribute_count = (uint16_t)member->attributes.count;
        return QA_OK;
    }
    const uint32_t bytes = (uint32_t)qa_reader_left(value);
    const char *text = (const char *)qa_read_bytes(value, bytes);
    char name_key[QA_NAME_KEY_BYTES];
    size_t key_bytes = 0;
    qa_status_t status =
        check_name(dimension, "an attribute's name", key->name, key->name_bytes, name_key, &key_bytes, error);
    if (status != QA_OK) return status;
    if (bytes > QA_TEXT_BYTES_MAX || !qa_utf8_is_valid(text, bytes) ||
        qa_utf16_units(text, bytes) > QA_TEXT_UNITS_MAX)
        return qa_fail(error, QA_NOT_TEXT,
                       "attribute \"%.*s\" of \"%s\" is not text of at most %d characters",
                       (int)key->name_bytes, key->name, member->info.code, QA_TEXT_UNITS_MAX);
    if (is_there) {
        char *copy = qa_model_copy_text(model, text, bytes);
        if (copy == NULL) return qa_fail_memory(error, "an attribute");
        qa_model_drop_text(model, member->attributes.items[at].value,
                           member->attributes.items[at].value_bytes);
        member->attributes.items[at].value = copy;
        member->attributes.items[at].value_bytes = bytes;
        return QA_OK;
    }
    if (member->attributes.count >= QA_ATTRIBUTES_MAX)
        return qa_fail(error, QA_LIMIT, "\"%s\" has %d attributes already; that is the most",
                       member->info.code, QA_ATTRIBUTES_MAX);
    if (insert_named(model, &member->attributes, at, key->name, key->name_bytes, text, bytes) != QA_OK)
        return qa_fail_memory(error, "an attribute");
    member->info.attribute_count = (uint16_t)member->attributes.count;
    return QA_OK;
}

static qa_status_t write_caption(qa_model_t *model, dimension_t *dimension, qa_member_t id,
                                 qa_reader_t *value, bool is_present, qa_error_t *error)
{
    member_t *member = &dimension->members[id];
    const uint32_t bytes = is_present ? (uint32_t)qa_reader_left(value) : 0;
    const char *text = (const char *)qa_read_bytes(value, bytes);
    char key[QA_NAME_KEY_BYTES];
    size_t key_bytes = 0;
    char *copy = NULL;
    if (is_present) {
        const qa_status_t status = check_name(dimension, "the caption", text, bytes, key, &key_bytes, error);
        if (status != QA_OK) return status;
        copy = qa_model_copy_text(model, text, bytes);
        if (copy == NULL) return qa_fail_memory(error, "a caption");
    }
    if (member->info.caption_bytes > 0)
        qa_model_drop_text(model, (char *)(uintptr_t)member->info.caption, member->info.caption_bytes);
    member->info.caption = copy == NULL ? "" : copy;
    member->info.caption_bytes = bytes;
    return QA_OK;
}

static qa_status_t write_account(qa_model_t *model, dimension_t *dimension, qa_member_t id,
                                 qa_reader_t *value, bool is_present, qa_error_t *error)
{
    member_t *member = &dimension->members[id];
    if (!is_present) {
        default_account(model, dimension, member);
        return QA_OK;
    }
    qa_account_t account;
    account.kind = qa_read_u8(value);
    account.decimals = qa_read_u8(value);
    account.time_balance = qa_read_u8(value);
    account.skip = qa_read_u8(value);
    account.sense = qa_read_u8(value);
    if (value->is_bad || qa_reader_left(value) != 0 || dimension->info.kind != QA_DIMENSION_MEASURE ||
        account.kind == QA_KIND_MISSING || account.kind > QA_KIND_BOOLEAN ||
        account.decimals > QA_DECIMALS_MAX || account.time_balance > QA_BALANCE_AVERAGE ||
        account.skip > QA_SKIP_BOTH || account.sense > QA_SENSE_EXPENSE)
        return qa_fail(
            error, QA_INVALID,
            "the account of \"%s\" is not valid (0 to %d decimals; a member of the measure dimension)",
            member->info.code, QA_DECIMALS_MAX);
    member->has_account = true;
    member->info.account = account;
    return QA_OK;
}

static qa_status_t write_days(dimension_t *dimension, qa_member_t id, qa_reader_t *value, bool is_present,
                              qa_error_t *error)
{
    member_t *member = &dimension->members[id];
    const int64_t first = is_present ? qa_read_signed(value) : 0;
    const int64_t last = is_present ? qa_read_signed(value) : 0;
    if (value->is_bad || qa_reader_left(value) != 0 || first > last || first < INT32_MIN || last > INT32_MAX)
        return qa_fail(error, QA_INVALID, "the days of \"%s\" are not a period", member->info.code);
    member->info.has_days = is_present;
    member->info.first_day = (int32_t)first;
    member->info.last_day = (int32_t)last;
    return QA_OK;
}

qa_status_t qa_model_write_member_fact(qa_model_t *model, const qa_fact_key_t *key, qa_reader_t *value,
                                       bool is_present, qa_error_t *error)
{
    dimension_t *dimension = model->dimensions[key->dimension];
    const qa_member_t id = key->member;
    if (key->table == QA_FACT_MEMBER) return write_code(model, dimension, id, value, is_present, error);
    if (id >= dimension->info.member_count || dimension->members[id].info.is_deleted)
        return qa_fail(error, QA_MEMBER_NOT_FOUND, "dimension \"%s\" has no member number %u",
                       dimension->info.name, id);
    switch (key->table) {
    case QA_FACT_CAPTION:
        return write_caption(model, dimension, id, value, is_present, error);
    case QA_FACT_ACCOUNT:
        return write_account(model, dimension, id, value, is_present, error);
    case QA_FACT_DAYS:
        return write_days(dimension, id, value, is_present, error);
    case QA_FACT_ALIAS:
        return write_alias(model, dimension, id, key, value, is_present, error);
    default:
        assert(key->table == QA_FACT_ATTRIBUTE);
        return write_attribute(model, dimension, id, key, value, is_present, error);
    }
}

const char *qa_model_attribute_value(const qa_model_t *model, qa_dimension_t dimension, qa_member_t member,
                                     const char *name, size_t name_bytes, uint32_t *value_bytes_out)
{
    char wanted[QA_NAME_KEY_BYTES];
    size_t wanted_bytes = 0;
    *value_bytes_out = 0;
    if (qa_name_key(name, name_bytes, wanted, &wanted_bytes) != QA_OK) return NULL;
    const member_t *owner = &model->dimensions[dimension]->members[member];
    for (uint32_t i = 0; i < owner->attributes.count; i++) {
        char key[QA_NAME_KEY_BYTES];
        size_t key_bytes = 0;
        const named_t *item = &owner->attributes.items[i];
        if (qa_name_key(item->name, item->name_bytes, key, &key_bytes) != QA_OK) continue;
        if (key_bytes != wanted_bytes || memcmp(key, wanted, key_bytes) != 0) continue;
        *value_bytes_out = item->value_bytes;
        return item->value;
    }
    return NULL;
}
