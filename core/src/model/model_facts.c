/* Facts: one door for every change of metadata. The hash of a fact is taken out before the change and put in
 * behind it, so that the model's hash always is the sum over the facts there are. */
#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "model/model_struct.h"
#include "qa/text.h"

enum { FACT_BYTES_MAX = 64 << 20 }; /* a load that lists a million slice members */

const char *qa_fact_table_text(uint8_t table)
{
    switch (table) {
#define QA_FACT(NAME, VALUE, TEXT)                                                                           \
    case VALUE:                                                                                              \
        return TEXT;
#include "model/facts.def"
#undef QA_FACT
    default:
        return "unknown fact";
    }
}

void qa_fact_key_write(const qa_fact_key_t *key, qa_buffer_t *buffer, qa_status_t *status)
{
    if (*status == QA_OK) *status = qa_write_u8(buffer, key->table);
    if (*status == QA_OK) *status = qa_write_varint(buffer, key->dimension);
    if (*status == QA_OK) *status = qa_write_varint(buffer, key->hierarchy);
    if (*status == QA_OK) *status = qa_write_varint(buffer, key->member);
    if (*status == QA_OK) *status = qa_write_varint(buffer, key->other);
    if (*status == QA_OK) *status = qa_write_text(buffer, key->name, key->name_bytes);
}

bool qa_fact_key_read(qa_reader_t *reader, qa_fact_key_t *key_out)
{
    key_out->table = qa_read_u8(reader);
    key_out->dimension = (qa_dimension_t)qa_read_bounded(reader, UINT16_MAX);
    key_out->hierarchy = (qa_hierarchy_t)qa_read_bounded(reader, UINT16_MAX);
    key_out->member = qa_read_bounded(reader, UINT32_MAX);
    key_out->other = qa_read_bounded(reader, UINT32_MAX);
    key_out->name = qa_read_text(reader, &key_out->name_bytes);
    return !reader->is_bad;
}

/* --- writing --- */

static qa_status_t write_app(qa_model_t *model, const qa_fact_key_t *key, qa_reader_t *value, bool is_present,
                             qa_error_t *error)
{
    if (key->other == QA_APP_TITLE) {
        const uint32_t bytes = is_present ? (uint32_t)qa_reader_left(value) : 0;
        const char *text = (const char *)qa_read_bytes(value, bytes);
        if (bytes > QA_NAME_BYTES_MAX || !qa_utf8_is_valid(text, bytes) ||
            qa_utf16_units(text, bytes) > QA_NAME_UNITS_MAX)
            return qa_fail(error, QA_NOT_TEXT, "the title of the app is not text of at most %d characters",
                           QA_NAME_UNITS_MAX);
        char *copy = qa_model_copy_text(model, text, bytes);
        if (copy == NULL) return qa_fail_memory(error, "the title");
        qa_model_drop_text(model, model->title, model->title_bytes);
        model->title = copy;
        model->title_bytes = bytes;
        model->app.title = copy;
        model->has_title = is_present;
        return QA_OK;
    }
    const uint8_t number = is_present ? qa_read_u8(value) : 0;
    if (value->is_bad || qa_reader_left(value) != 0)
        return qa_fail(error, QA_INVALID, "an option of the app is malformed");
    if (key->other == QA_APP_DECIMALS && number <= QA_DECIMALS_MAX) {
        const uint8_t decimals = is_present ? number : 2;
        model->has_decimals = is_present;
        model->app.decimals = decimals;
        for (uint16_t d = 0; d < model->dimension_count; d++) {
            dimension_t *dimension = model->dimensions[d];
            if (dimension->info.kind != QA_DIMENSION_MEASURE) continue;
            for (uint32_t m = 0; m < dimension->info.member_count; m++) {
                if (!dimension->members[m].has_account)
                    dimension->members[m].info.account.decimals = decimals;
            }
        }
        return QA_OK;
    }
    if (key->other == QA_APP_ZERO_IS_MISSING && number <= 1) {
        model->has_zero = is_present;
        model->app.is_zero_missing = number == 1;
        return QA_OK;
    }
    return qa_fail(error, QA_INVALID, "an option of the app is out of range (0 to %d decimals)",
                   QA_DECIMALS_MAX);
}

static qa_status_t check_dimension_name(const qa_model_t *model, uint16_t self, const char *name,
                                        uint32_t bytes, qa_error_t *error)
{
    char key[QA_NAME_KEY_BYTES];
    char other[QA_NAME_KEY_BYTES];
    size_t key_bytes = 0;
    size_t other_bytes = 0;
    if (bytes > QA_NAME_BYTES_MAX || qa_name_key(name, bytes, key, &key_bytes) != QA_OK ||
        memchr(name, ':', bytes) != NULL)
        return qa_fail(error, QA_INVALID,
                       "\"%.*s\" is not a name of a dimension (1 to %d characters, no ':')",
                       (int)(bytes > 300 ? 300 : bytes), name, QA_NAME_UNITS_MAX);
    for (uint16_t i = 0; i < model->dimension_count; i++) {
        const qa_dimension_info_t *info = &model->dimensions[i]->info;
        if (i == self || qa_name_key(info->name, info->name_bytes, other, &other_bytes) != QA_OK) continue;
        if (other_bytes == key_bytes && memcmp(key, other, key_bytes) == 0)
            return qa_fail(error, QA_CODE_TAKEN, "there is a dimension \"%s\" already", info->name);
    }
    return QA_OK;
}

static qa_status_t append_dimension(qa_model_t *model, char *name, uint32_t bytes, qa_dimension_kind_t kind)
{
    dimension_t *dimension = qa_memory_take(model->allocator, sizeof(*dimension));
    if (dimension == NULL) return QA_NO_MEMORY;
    if (qa_array_reserve(model->allocator, (void **)&dimension->hierarchies, &dimension->hierarchy_capacity,
                         1, sizeof(hierarchy_t)) != QA_OK) {
        qa_memory_give(model->allocator, dimension, sizeof(*dimension));
        return QA_NO_MEMORY;
    }
    char *primary_name = qa_model_copy_text(model, name, bytes);
    if (primary_name == NULL) {
        qa_memory_give(model->allocator, dimension->hierarchies,
                       dimension->hierarchy_capacity * sizeof(hierarchy_t));
        qa_memory_give(model->allocator, dimension, sizeof(*dimension));
        return QA_NO_MEMORY;
    }
    dimension->hierarchies[0] = (hierarchy_t){ .info = { .name = primary_name, .name_bytes = bytes } };
    qa_text_map_make(&dimension->hierarchies[0].edge_index, model->allocator);
    qa_text_map_make(&dimension->names, model->allocator);
    dimension->info = (qa_dimension_info_t){ .name = name,
                                             .name_bytes = bytes,
                                             .kind = kind,
                                             .default_member = QA_MEMBER_NONE,
                                             .hierarchy_count = 1 };
    model->dimensions[model->dimension_count++] = dimension;
    return QA_OK;
}

static qa_status_t write_dimension(qa_model_t *model, const qa_fact_key_t *key, qa_reader_t *value,
                                   bool is_present, qa_error_t *error)
{
    if (!is_present) return QA_OK; /* only rolling back removes one, and restore_counts does that */
    const uint8_t kind = qa_read_u8(value);
    const uint32_t bytes = (uint32_t)qa_reader_left(value);
    const char *name = (const char *)qa_read_bytes(value, bytes);
    if (value->is_bad || kind > QA_DIMENSION_SCENARIO || key->dimension > model->dimension_count)
        return qa_fail(error, QA_INVALID, "a dimension fact is malformed");
    if (key->dimension >= QA_DIMENSIONS_MAX)
        return qa_fail(error, QA_LIMIT, "an app has at most %d dimensions", QA_DIMENSIONS_MAX);
    qa_status_t status = check_dimension_name(model, key->dimension, name, bytes, error);
    if (status != QA_OK) return status;
    const qa_dimension_t same_kind = qa_model_dimension_of_kind(model, kind);
    if (kind != QA_DIMENSION_ORDINARY && same_kind != QA_DIMENSIONS_MAX && same_kind != key->dimension)
        return qa_fail(error, QA_EXISTS, "the app has a dimension of that kind already: \"%s\"",
                       model->dimensions[same_kind]->info.name);
    char *copy = qa_model_copy_text(model, name, bytes);
    if (copy == NULL) return qa_fail_memory(error, "a dimension");
    if (key->dimension == model->dimension_count) {
        status = append_dimension(model, copy, bytes, (qa_dimension_kind_t)kind);
        if (status == QA_OK) return QA_OK;
        qa_model_drop_text(model, copy, bytes);
        return qa_fail_memory(error, "a dimension");
    }
    dimension_t *dimension = model->dimensions[key->dimension];
    if (kind != dimension->info.kind) {
        qa_model_drop_text(model, copy, bytes);
        return qa_fail(error, QA_KIND_FIXED, "the kind of dimension \"%s\" cannot change",
                       dimension->info.name);
    }
    qa_model_drop_text(model, (char *)(uintptr_t)dimension->info.name, dimension->info.name_bytes);
    dimension->info.name = copy;
    dimension->info.name_bytes = bytes;
    return QA_OK;
}

static qa_status_t write_hierarchy(qa_model_t *model, const qa_fact_key_t *key, qa_reader_t *value,
                                   bool is_present, qa_error_t *error)
{
    dimension_t *dimension = model->dimensions[key->dimension];
    const uint16_t id = key->hierarchy;
    if (id == QA_HIERARCHY_PRIMARY || id > dimension->info.hierarchy_count)
        return qa_fail(error, QA_INVALID, "a hierarchy fact of \"%s\" is malformed", dimension->info.name);
    if (!is_present) {
        if (id >= dimension->info.hierarchy_count) return QA_OK;
        if (dimension->hierarchies[id].edge_count > 0)
            return qa_fail(error, QA_HIERARCHY_INVALID, "hierarchy \"%s\" of \"%s\" still has edges",
                           dimension->hierarchies[id].info.name, dimension->info.name);
        dimension->hierarchies[id].info.is_deleted = true;
        return QA_OK;
    }
    const uint32_t bytes = (uint32_t)qa_reader_left(value);
    const char *name = (const char *)qa_read_bytes(value, bytes);
    char name_key[QA_NAME_KEY_BYTES];
    char other[QA_NAME_KEY_BYTES];
    size_t key_bytes = 0;
    size_t other_bytes = 0;
    if (bytes > QA_NAME_BYTES_MAX || qa_name_key(name, bytes, name_key, &key_bytes) != QA_OK)
        return qa_fail(error, QA_INVALID, "the name of a hierarchy has 1 to %d characters",
                       QA_NAME_UNITS_MAX);
    for (uint16_t i = 0; i < dimension->info.hierarchy_count; i++) {
        const qa_hierarchy_info_t *info = &dimension->hierarchies[i].info;
        if (i == id || info->is_deleted ||
            qa_name_key(info->name, info->name_bytes, other, &other_bytes) != QA_OK)
            continue;
        if (other_bytes == key_bytes && memcmp(other, name_key, key_bytes) == 0)
            return qa_fail(error, QA_CODE_TAKEN, "dimension \"%s\" has a hierarchy \"%s\" already",
                           dimension->info.name, info->name);
    }
    if (id == dimension->info.hierarchy_count) {
        if (id >= QA_HIERARCHIES_MAX)
            return qa_fail(error, QA_LIMIT, "dimension \"%s\" has %d hierarchies already; that is the most",
                           dimension->info.name, QA_HIERARCHIES_MAX);
        if (qa_array_reserve(model->allocator, (void **)&dimension->hierarchies,
                             &dimension->hierarchy_capacity, id + 1u, sizeof(hierarchy_t)) != QA_OK)
            return qa_fail_memory(error, "a hierarchy");
    }
    char *copy = qa_model_copy_text(model, name, bytes);
    if (copy == NULL) return qa_fail_memory(error, "a hierarchy");
    hierarchy_t *hierarchy = &dimension->hierarchies[id];
    if (id == dimension->info.hierarchy_count) {
        *hierarchy = (hierarchy_t){ .is_dirty = true };
        qa_text_map_make(&hierarchy->edge_index, model->allocator);
        dimension->info.hierarchy_count++;
    } else {
        qa_model_drop_text(model, (char *)(uintptr_t)hierarchy->info.name, hierarchy->info.name_bytes);
    }
    hierarchy->info.name = copy;
    hierarchy->info.name_bytes = bytes;
    hierarchy->info.is_deleted = false;
    return QA_OK;
}

static qa_status_t write_default(dimension_t *dimension, qa_reader_t *value, bool is_present,
                                 qa_error_t *error)
{
    const uint32_t member = is_present ? qa_read_bounded(value, QA_MEMBERS_MAX) : QA_MEMBER_NONE;
    if (value->is_bad || qa_reader_left(value) != 0 ||
        (is_present &&
         (member >= dimension->info.member_count || dimension->members[member].info.is_deleted)))
        return qa_fail(error, QA_MEMBER_NOT_FOUND, "the default member of \"%s\" does not exist",
                       dimension->info.name);
    dimension->has_default = is_present;
    dimension->info.default_member = member;
    return QA_OK;
}

static qa_status_t write_calendar(dimension_t *dimension, qa_reader_t *value, bool is_present,
                                  qa_error_t *error)
{
    qa_calendar_t calendar = { 0 };
    if (is_present) {
        calendar.start_month = qa_read_u8(value);
        calendar.periods = qa_read_u8(value);
        if (value->is_bad || qa_reader_left(value) != 0 || calendar.start_month < 1 ||
            calendar.start_month > 12 || calendar.periods > QA_CALENDAR_52_53 ||
            dimension->info.kind != QA_DIMENSION_TIME)
            return qa_fail(error, QA_INVALID,
                           "a calendar needs a time dimension and a start month from 1 to 12");
    }
    dimension->info.calendar = calendar;
    return QA_OK;
}

static qa_status_t write_load(qa_model_t *model, const qa_fact_key_t *key, qa_reader_t *value,
                              bool is_present, qa_error_t *error)
{
    const uint64_t id = (uint64_t)key->other << 32 | key->member;
    uint32_t at = model->load_count;
    while (at > 0 && model->loads[at - 1].id >= id)
        at--;
    const bool is_there = at < model->load_count && model->loads[at].id == id;
    if (!is_present) {
        if (!is_there) return QA_OK;
        qa_memory_give(model->allocator, model->loads[at].data, model->loads[at].bytes + 1u);
        model->load_count--;
        memmove(model->loads + at, model->loads + at + 1, (model->load_count - at) * sizeof(blob_t));
        return QA_OK;
    }
    const uint32_t bytes = (uint32_t)qa_reader_left(value);
    uint8_t *copy = qa_memory_take(model->allocator, bytes + 1u);
    if (copy == NULL) return qa_fail_memory(error, "a load");
    memcpy(copy, qa_read_bytes(value, bytes), bytes);
    if (is_there) {
        qa_memory_give(model->allocator, model->loads[at].data, model->loads[at].bytes + 1u);
    } else {
        if (qa_array_reserve(model->allocator, (void **)&model->loads, &model->load_capacity,
                             model->load_count + 1, sizeof(blob_t)) != QA_OK) {
            qa_memory_give(model->allocator, copy, bytes + 1u);
            return qa_fail_memory(error, "a load");
        }
        memmove(model->loads + at + 1, model->loads + at, (model->load_count - at) * sizeof(blob_t));
        model->load_count++;
    }
    model->loads[at] = (blob_t){ .id = id, .data = copy, .bytes = bytes };
    return QA_OK;
}

static qa_status_t write_hold(qa_model_t *model, const qa_fact_key_t *key, qa_reader_t *value,
                              bool is_present, qa_error_t *error)
{
    if (!is_present) {
        qa_text_map_remove(&model->holds, key->name, key->name_bytes);
        return QA_OK;
    }
    const uint8_t hold = qa_read_u8(value);
    if (value->is_bad || qa_reader_left(value) != 0 || hold == 0 || hold > 2 || key->name_bytes == 0)
        return qa_fail(error, QA_INVALID, "a hold fact is malformed");
    if (qa_text_map_put(&model->holds, key->name, key->name_bytes, hold) != QA_OK)
        return qa_fail_memory(error, "a hold");
    return QA_OK;
}

static qa_status_t write_typed(qa_model_t *model, const qa_fact_key_t *key, qa_reader_t *value,
                               bool is_present, qa_error_t *error)
{
    switch (key->table) {
    case QA_FACT_APP:
        return write_app(model, key, value, is_present, error);
    case QA_FACT_DIMENSION:
        return write_dimension(model, key, value, is_present, error);
    case QA_FACT_LOAD:
        return write_load(model, key, value, is_present, error);
    case QA_FACT_HOLD:
        return write_hold(model, key, value, is_present, error);
    default:
        break;
    }
    if (key->table == 0 || key->table > QA_FACT_LOAD)
        return qa_fail(error, QA_NEWER_FORMAT,
                       "metadata of table %u is unknown to this version; install a newer one", key->table);
    if (key->dimension >= model->dimension_count)
        return qa_fail(error, QA_DIMENSION_NOT_FOUND, "the app has no dimension number %u", key->dimension);
    dimension_t *dimension = model->dimensions[key->dimension];
    switch (key->table) {
    case QA_FACT_DEFAULT:
        return write_default(dimension, value, is_present, error);
    case QA_FACT_CALENDAR:
        return write_calendar(dimension, value, is_present, error);
    case QA_FACT_HIERARCHY:
        return write_hierarchy(model, key, value, is_present, error);
    case QA_FACT_EDGE:
        return qa_model_write_edge(model, key, value, is_present, error);
    default:
        return qa_model_write_member_fact(model, key, value, is_present, error);
    }
}

static qa_status_t fact_hash(const qa_model_t *model, const qa_fact_key_t *key, const uint8_t *value,
                             size_t bytes, qa_hash128_t *hash_out)
{
    qa_buffer_t buffer;
    qa_status_t status = QA_OK;
    qa_buffer_make(&buffer, model->allocator, FACT_BYTES_MAX);
    qa_fact_key_write(key, &buffer, &status);
    if (status == QA_OK) status = qa_buffer_put(&buffer, value, bytes);
    if (status == QA_OK) *hash_out = qa_hash128(&model->key, buffer.data, buffer.bytes);
    qa_buffer_release(&buffer);
    return status;
}

qa_status_t qa_model_write_fact(qa_model_t *model, const qa_fact_key_t *key, const uint8_t *value,
                                size_t bytes, qa_error_t *error)
{
    qa_hash128_t before_hash = { 0, 0 };
    qa_hash128_t behind_hash = { 0, 0 };
    qa_buffer_t before;
    qa_buffer_make(&before, model->allocator, FACT_BYTES_MAX);
    qa_status_t status = QA_OK;
    const bool was_present = qa_model_read_fact(model, key, &before, &status);
    if (status == QA_OK && was_present)
        status = fact_hash(model, key, before.data, before.bytes, &before_hash);
    if (status == QA_OK && value != NULL) status = fact_hash(model, key, value, bytes, &behind_hash);
    qa_buffer_release(&before);
    if (status != QA_OK) return qa_fail_memory(error, "a fact of the model");
    qa_reader_t reader =
        qa_reader_make(value == NULL ? (const uint8_t *)"" : value, value == NULL ? 0 : bytes);
    status = write_typed(model, key, &reader, value != NULL, error);
    if (status != QA_OK) return status;
    if (was_present) qa_hash128_subtract(&model->hash, before_hash);
    if (value != NULL) qa_hash128_add(&model->hash, behind_hash);
    return QA_OK;
}

qa_hash128_t qa_model_hash(const qa_model_t *model)
{
    return model->hash;
}

/* --- reading --- */

static bool read_edge(const hierarchy_t *hierarchy, const qa_fact_key_t *key, qa_buffer_t *out,
                      qa_status_t *status)
{
    uint8_t index_key[8];
    uint32_t at;
    qa_put_u32(index_key, key->member);
    qa_put_u32(index_key + 4, key->other);
    if (!qa_text_map_get(&hierarchy->edge_index, index_key, sizeof(index_key), &at)) return false;
    const qa_edge_t *edge = &hierarchy->edges[at];
    if (*status == QA_OK) *status = qa_write_signed(out, edge->weight);
    if (*status == QA_OK) *status = qa_write_u8(out, edge->weight_decimals);
    if (*status == QA_OK) *status = qa_write_u8(out, edge->operator_code);
    if (*status == QA_OK) *status = qa_write_varint(out, edge->order);
    return true;
}

static bool read_app(const qa_model_t *model, const qa_fact_key_t *key, qa_buffer_t *out, qa_status_t *status)
{
    if (key->other == QA_APP_TITLE && model->has_title) {
        *status = qa_buffer_put(out, model->title, model->title_bytes);
        return true;
    }
    if (key->other == QA_APP_DECIMALS && model->has_decimals) {
        *status = qa_write_u8(out, model->app.decimals);
        return true;
    }
    if (key->other == QA_APP_ZERO_IS_MISSING && model->has_zero) {
        *status = qa_write_u8(out, model->app.is_zero_missing);
        return true;
    }
    return false;
}

static bool read_member(const member_t *member, const qa_fact_key_t *key, qa_buffer_t *out,
                        qa_status_t *status)
{
    const named_list_t *list = key->table == QA_FACT_ALIAS ? &member->aliases : &member->attributes;
    switch (key->table) {
    case QA_FACT_MEMBER:
        *status = qa_write_u8(out, member->is_group);
        if (*status == QA_OK) *status = qa_buffer_put(out, member->info.code, member->info.code_bytes);
        return true;
    case QA_FACT_CAPTION:
        if (member->info.caption_bytes == 0) return false;
        *status = qa_buffer_put(out, member->info.caption, member->info.caption_bytes);
        return true;
    case QA_FACT_ACCOUNT: {
        if (!member->has_account) return false;
        const qa_account_t *account = &member->info.account;
        const uint8_t bytes[5] = { account->kind, account->decimals, account->time_balance, account->skip,
                                   account->sense };
        *status = qa_buffer_put(out, bytes, sizeof(bytes));
        return true;
    }
    case QA_FACT_DAYS:
        if (!member->info.has_days) return false;
        *status = qa_write_signed(out, member->info.first_day);
        if (*status == QA_OK) *status = qa_write_signed(out, member->info.last_day);
        return true;
    default:
        break;
    }
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->items[i].name_bytes != key->name_bytes ||
            memcmp(list->items[i].name, key->name, key->name_bytes) != 0)
            continue;
        *status = qa_buffer_put(out, list->items[i].value, list->items[i].value_bytes);
        return true;
    }
    return false;
}

bool qa_model_read_fact(const qa_model_t *model, const qa_fact_key_t *key, qa_buffer_t *value_out,
                        qa_status_t *status_out)
{
    *status_out = QA_OK;
    if (key->table == QA_FACT_APP) return read_app(model, key, value_out, status_out);
    if (key->table == QA_FACT_HOLD) {
        uint32_t hold;
        if (!qa_text_map_get(&model->holds, key->name, key->name_bytes, &hold)) return false;
        *status_out = qa_write_u8(value_out, (uint8_t)hold);
        return true;
    }
    if (key->table == QA_FACT_LOAD) {
        const uint64_t id = (uint64_t)key->other << 32 | key->member;
        for (uint32_t i = 0; i < model->load_count; i++) {
            if (model->loads[i].id != id) continue;
            *status_out = qa_buffer_put(value_out, model->loads[i].data, model->loads[i].bytes);
            return true;
        }
        return false;
    }
    if (key->dimension >= model->dimension_count) return false;
    const dimension_t *dimension = model->dimensions[key->dimension];
    switch (key->table) {
    case QA_FACT_DIMENSION:
        *status_out = qa_write_u8(value_out, (uint8_t)dimension->info.kind);
        if (*status_out == QA_OK)
            *status_out = qa_buffer_put(value_out, dimension->info.name, dimension->info.name_bytes);
        return true;
    case QA_FACT_DEFAULT:
        if (dimension->has_default) *status_out = qa_write_varint(value_out, dimension->info.default_member);
        return dimension->has_default;
    case QA_FACT_CALENDAR:
        if (dimension->info.calendar.start_month == 0) return false;
        *status_out = qa_write_u8(value_out, dimension->info.calendar.start_month);
        if (*status_out == QA_OK) *status_out = qa_write_u8(value_out, dimension->info.calendar.periods);
        return true;
    case QA_FACT_HIERARCHY:
        if (key->hierarchy == 0 || key->hierarchy >= dimension->info.hierarchy_count ||
            dimension->hierarchies[key->hierarchy].info.is_deleted)
            return false;
        *status_out = qa_buffer_put(value_out, dimension->hierarchies[key->hierarchy].info.name,
                                    dimension->hierarchies[key->hierarchy].info.name_bytes);
        return true;
    case QA_FACT_EDGE:
        return key->hierarchy < dimension->info.hierarchy_count &&
               read_edge(&dimension->hierarchies[key->hierarchy], key, value_out, status_out);
    default:
        if (key->member >= dimension->info.member_count || dimension->members[key->member].info.is_deleted)
            return false;
        return read_member(&dimension->members[key->member], key, value_out, status_out);
    }
}
