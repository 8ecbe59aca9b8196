/* Fields of descriptors by identifier: SQLGetDescField, SQLSetDescField, SQLSetDescRec, SQLCopyDesc, and what
 * SQLColAttribute reads. All of it goes by descriptor_fields.def. It must never hand out a pointer to memory
 * that ends before the descriptor does. */
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "edge/descriptor.h"

typedef enum field_kind { SMALLINT, INTEGER, LEN, ULEN, POINTER, TEXT } field_kind_t;
typedef enum field_access { N, R, W } field_access_t;

typedef struct field {
    SQLSMALLINT id;
    field_kind_t kind;
    bool is_header;
    size_t offset;
    field_access_t access[QA_EDGE_ROLE_COUNT];
} field_t;

static const field_t fields[] = {
#define HEADER(ID, KIND, MEMBER, ARD, APD, IRD, IPD)                                                         \
    { ID, KIND, true, offsetof(qa_edge_descriptor_t, MEMBER), { ARD, APD, IRD, IPD } },
#define RECORD(ID, KIND, MEMBER, ARD, APD, IRD, IPD)                                                         \
    { ID, KIND, false, offsetof(qa_edge_field_record_t, MEMBER), { ARD, APD, IRD, IPD } },
#include "edge/descriptor_fields.def"
#undef HEADER
#undef RECORD
};

static const field_t *find_field(SQLINTEGER id)
{
    for (size_t index = 0; index < sizeof(fields) / sizeof(fields[0]); index++)
        if (fields[index].id == id) return &fields[index];
    return NULL;
}

/* The integer kinds, in the width that the specification gives each. */
static void write_number(field_kind_t kind, const void *member, SQLPOINTER value)
{
    static const size_t widths[] = { sizeof(SQLSMALLINT), sizeof(SQLINTEGER), sizeof(SQLLEN), sizeof(SQLULEN),
                                     sizeof(SQLPOINTER) };
    assert(kind < TEXT);
    memcpy(value, member, widths[kind]);
}

static SQLINTEGER number_bytes(field_kind_t kind)
{
    return kind == SMALLINT ? SQL_IS_SMALLINT : kind == INTEGER ? SQL_IS_INTEGER : (SQLINTEGER)sizeof(SQLLEN);
}

SQLRETURN qa_edge_get_field(qa_edge_descriptor_t *descriptor, SQLSMALLINT number, SQLSMALLINT id,
                            SQLPOINTER value, SQLINTEGER value_bytes, SQLINTEGER *length_out,
                            qa_edge_diagnostics_t *diagnostics)
{
    const field_t *const field = find_field(id);
    if (field == NULL || field->access[descriptor->role] == N)
        return qa_edge_refuse(diagnostics, "HY091", "this descriptor has no field %d", id);
    if (descriptor->role == QA_EDGE_IRD && descriptor->statement->state == QA_ODBC_S1)
        return qa_edge_refuse(diagnostics, "HY007", "the statement is not prepared: it has no columns yet");
    if (!field->is_header && number < 1)
        return qa_edge_refuse(diagnostics, "07009",
                              "record %d: records are counted from 1, bookmarks are off", number);
    const qa_edge_field_record_t *const record =
        field->is_header ? NULL : qa_edge_descriptor_find(descriptor, number);
    if (!field->is_header && record == NULL) return SQL_NO_DATA;
    const char *const member =
        (const char *)(field->is_header ? (const void *)descriptor : record) + field->offset;
    if (field->kind == TEXT) {
        const char *text;
        SQLLEN length = 0;
        memcpy(&text, member, sizeof(text));
        const SQLRETURN result =
            qa_edge_put_bytes(diagnostics, text == NULL ? "" : text, value, value_bytes, &length);
        if (length_out != NULL) *length_out = (SQLINTEGER)length;
        return result;
    }
    if (length_out != NULL) *length_out = number_bytes(field->kind);
    if (value == NULL) return SQL_SUCCESS;
    static const SQLSMALLINT zero = 0;
    const bool is_unset = id == SQL_DESC_SCALE && record->scale == QA_ODBC_SCALE_UNSET;
    write_number(field->kind, is_unset ? (const void *)&zero : member, value);
    return SQL_SUCCESS;
}

static SQLRETURN set_text(qa_edge_call_t *call, qa_edge_descriptor_t *descriptor, char *member,
                          SQLPOINTER value, SQLINTEGER value_bytes)
{
    qa_odbc_argument_t text;
    if (!qa_edge_text_of_bytes(call, value, value_bytes, &text)) return SQL_ERROR;
    const char *const copy =
        qa_arena_text(&descriptor->texts, text.data == NULL ? "" : text.data, text.bytes);
    if (copy == NULL)
        return qa_edge_refuse(&call->handle->diagnostics, "HY001", "no memory for the name of a parameter");
    memcpy(member, &copy, sizeof(copy));
    return SQL_SUCCESS;
}

/* TYPE, CONCISE_TYPE and DATETIME_INTERVAL_CODE set one another. */
static SQLRETURN set_type(qa_edge_field_record_t *record, SQLSMALLINT id, SQLSMALLINT number)
{
    const bool is_verbose = number == SQL_DATETIME || number == SQL_INTERVAL;
    if (id == SQL_DESC_TYPE && is_verbose) {
        /* The code says the rest, before or behind. */
        record->type = number;
        const SQLSMALLINT concise = qa_odbc_type_join(number, record->datetime_interval_code);
        record->concise_type = concise == 0 ? number : concise;
    } else if (id == SQL_DESC_DATETIME_INTERVAL_CODE) {
        const SQLSMALLINT concise = qa_odbc_type_join(record->type, number);
        record->datetime_interval_code = number;
        if (concise != 0) qa_edge_record_set_type(record, concise);
    } else {
        qa_edge_record_set_type(record, number);
    }
    return SQL_SUCCESS;
}

static SQLRETURN set_count(qa_edge_descriptor_t *descriptor, SQLLEN count, qa_edge_diagnostics_t *diagnostics)
{
    if (count < 0 || count > QA_EDGE_DESCRIPTOR_RECORDS_MAX)
        return qa_edge_refuse(diagnostics, "07009", "SQL_DESC_COUNT is from 0 to %d",
                              QA_EDGE_DESCRIPTOR_RECORDS_MAX);
    if (!qa_edge_descriptor_set_count(descriptor, (SQLSMALLINT)count))
        return qa_edge_refuse(diagnostics, "HY001", "no memory for %lld records", (long long)count);
    return SQL_SUCCESS;
}

static void write_member(const field_t *field, char *member, SQLPOINTER value)
{
    const SQLLEN number = (SQLLEN)(intptr_t)value;
    const SQLSMALLINT small = (SQLSMALLINT)number;
    const SQLINTEGER integer = (SQLINTEGER)number;
    switch (field->kind) {
    case SMALLINT:
        memcpy(member, &small, sizeof(small));
        break;
    case INTEGER:
        memcpy(member, &integer, sizeof(integer));
        break;
    default:
        memcpy(member, &value, sizeof(value));
        break;
    }
}

static SQLRETURN set_record_field(qa_edge_call_t *call, qa_edge_descriptor_t *descriptor, SQLSMALLINT number,
                                  const field_t *field, SQLPOINTER value, SQLINTEGER value_bytes)
{
    qa_edge_diagnostics_t *const diagnostics = &call->handle->diagnostics;
    if (number < 1)
        return qa_edge_refuse(diagnostics, "07009",
                              "record %d: records are counted from 1, bookmarks are off", number);
    qa_edge_field_record_t *const record = qa_edge_descriptor_record(descriptor, number);
    if (record == NULL) return qa_edge_refuse(diagnostics, "HY001", "no memory for record %d", number);
    char *const member = (char *)record + field->offset;
    const SQLSMALLINT id = field->id;
    if (field->kind == TEXT) return set_text(call, descriptor, member, value, value_bytes);
    if (id == SQL_DESC_DATA_PTR) {
        const char *const fault = value == NULL ? NULL : qa_edge_record_fault(record, descriptor->role);
        if (fault != NULL) return qa_edge_refuse(diagnostics, "HY021", "record %d: %s", number, fault);
        if (descriptor->role != QA_EDGE_IPD) /* there it only asks for the check */
            record->data_ptr = value;
        return SQL_SUCCESS;
    }
    const bool is_deferred = id == SQL_DESC_INDICATOR_PTR || id == SQL_DESC_OCTET_LENGTH_PTR;
    if (!is_deferred) record->data_ptr = NULL; /* a binding ends when what it means changes */
    if (id == SQL_DESC_TYPE || id == SQL_DESC_CONCISE_TYPE || id == SQL_DESC_DATETIME_INTERVAL_CODE)
        return set_type(record, id, (SQLSMALLINT)(intptr_t)value);
    if (id == SQL_DESC_UNNAMED && (SQLSMALLINT)(intptr_t)value != SQL_UNNAMED)
        return qa_edge_refuse(diagnostics, "HY091", "SQL_DESC_UNNAMED can only be set to SQL_UNNAMED");
    if (id == SQL_DESC_PARAMETER_TYPE && (SQLSMALLINT)(intptr_t)value != SQL_PARAM_INPUT)
        return qa_edge_refuse(diagnostics, "HYC00", "parameters are input: output comes later");
    write_member(field, member, value);
    return SQL_SUCCESS;
}

SQLRETURN qa_edge_set_field(qa_edge_call_t *call, qa_edge_descriptor_t *descriptor, SQLSMALLINT number,
                            SQLSMALLINT id, SQLPOINTER value, SQLINTEGER value_bytes)
{
    qa_edge_diagnostics_t *const diagnostics = &call->handle->diagnostics;
    const field_t *const field = find_field(id);
    if (field != NULL && descriptor->role == QA_EDGE_IRD && field->access[QA_EDGE_IRD] != W)
        return qa_edge_refuse(diagnostics, "HY016", "the description of a result cannot be changed");
    if (field == NULL || field->access[descriptor->role] != W)
        return qa_edge_refuse(diagnostics, "HY091", "this descriptor has no field %d that can be set", id);
    if (!field->is_header) return set_record_field(call, descriptor, number, field, value, value_bytes);
    if (id == SQL_DESC_COUNT) return set_count(descriptor, (SQLSMALLINT)(intptr_t)value, diagnostics);
    if (id == SQL_DESC_ARRAY_SIZE && (SQLULEN)(uintptr_t)value == 0)
        return qa_edge_refuse(diagnostics, "HY024", "an array has at least one row");
    write_member(field, (char *)descriptor + field->offset, value);
    return SQL_SUCCESS;
}

SQLRETURN qa_edge_set_record(qa_edge_descriptor_t *descriptor, SQLSMALLINT number,
                             const qa_edge_record_fields_t *values, qa_edge_diagnostics_t *diagnostics)
{
    if (descriptor->role == QA_EDGE_IRD)
        return qa_edge_refuse(diagnostics, "HY016", "the description of a result cannot be changed");
    if (number < 1)
        return qa_edge_refuse(diagnostics, "07009",
                              "record %d: records are counted from 1, bookmarks are off", number);
    const bool is_verbose = values->type == SQL_DATETIME || values->type == SQL_INTERVAL;
    const SQLSMALLINT concise = is_verbose ? qa_odbc_type_join(values->type, values->sub_type) : values->type;
    qa_edge_field_record_t fields_set = { .parameter_type = SQL_PARAM_INPUT };
    qa_edge_record_set_type(&fields_set, concise);
    fields_set.octet_length = values->length;
    fields_set.precision = values->precision;
    fields_set.scale = values->scale;
    const char *const fault = qa_edge_record_fault(&fields_set, descriptor->role);
    if (fault != NULL) return qa_edge_refuse(diagnostics, "HY021", "record %d: %s", number, fault);
    qa_edge_field_record_t *const record = qa_edge_descriptor_record(descriptor, number);
    if (record == NULL) return qa_edge_refuse(diagnostics, "HY001", "no memory for record %d", number);
    fields_set.name = record->name;
    if (descriptor->role != QA_EDGE_IPD) {
        fields_set.data_ptr = values->data;
        fields_set.octet_length_ptr = values->octet_length;
        fields_set.indicator_ptr = values->indicator;
    }
    *record = fields_set;
    return SQL_SUCCESS;
}

SQLRETURN qa_edge_get_record(qa_edge_descriptor_t *descriptor, SQLSMALLINT number, SQLWCHAR *name,
                             SQLSMALLINT capacity, SQLSMALLINT *length_out,
                             const qa_edge_record_targets_t *targets)
{
    qa_edge_diagnostics_t *const diagnostics = &descriptor->handle.diagnostics;
    if (descriptor->role == QA_EDGE_IRD && descriptor->statement->state == QA_ODBC_S1)
        return qa_edge_refuse(diagnostics, "HY007", "the statement is not prepared: it has no columns yet");
    if (number < 1)
        return qa_edge_refuse(diagnostics, "07009",
                              "record %d: records are counted from 1, bookmarks are off", number);
    const qa_edge_field_record_t *const record = qa_edge_descriptor_find(descriptor, number);
    if (record == NULL) return SQL_NO_DATA;
    if (targets->type != NULL) *targets->type = record->type;
    if (targets->sub_type != NULL) *targets->sub_type = record->datetime_interval_code;
    if (targets->octet_length != NULL) *targets->octet_length = record->octet_length;
    if (targets->precision != NULL) *targets->precision = record->precision;
    if (targets->scale != NULL)
        *targets->scale = (SQLSMALLINT)(record->scale == QA_ODBC_SCALE_UNSET ? 0 : record->scale);
    if (targets->nullable != NULL) *targets->nullable = record->nullable;
    return qa_edge_put_text(diagnostics, record->name == NULL ? "" : record->name, name, capacity,
                            length_out);
}

/* Texts do not travel, but for the names of parameters: only an IRD and an IPD have them. */
static bool copy_record(qa_edge_field_record_t *target, const qa_edge_field_record_t *source,
                        qa_edge_descriptor_t *target_of)
{
    const char *const name = source->name;
    *target = *source;
    target->label = target->base_column_name = target->base_table_name = target->catalog_name = NULL;
    target->schema_name = target->table_name = target->literal_prefix = target->literal_suffix = NULL;
    target->local_type_name = target->type_name = target->name = NULL;
    if (name == NULL || target_of->role != QA_EDGE_IPD) return true;
    target->name = qa_arena_text(&target_of->texts, name, strlen(name));
    return target->name != NULL;
}

SQLRETURN qa_edge_copy_descriptor(SQLHANDLE handle, qa_edge_descriptor_t *target,
                                  qa_edge_diagnostics_t *diagnostics)
{
    const qa_edge_descriptor_t *const source = qa_edge_find(handle, SQL_HANDLE_DESC);
    if (source == NULL || source->connection != target->connection)
        return qa_edge_refuse(diagnostics, "HYC00", "descriptors are copied within one connection");
    if (target->role == QA_EDGE_IRD)
        return qa_edge_refuse(diagnostics, "HY016", "the description of a result cannot be changed");
    if (source->role == QA_EDGE_IRD && source->statement->state == QA_ODBC_S1)
        return qa_edge_refuse(diagnostics, "HY007", "the statement is not prepared: it has no columns yet");
    if (source == target) return SQL_SUCCESS;
    if (!qa_edge_descriptor_set_count(target, 0) || !qa_edge_descriptor_set_count(target, source->count))
        return qa_edge_refuse(diagnostics, "HY001", "no memory for %d records", source->count);
    for (SQLSMALLINT index = 0; index < source->count; index++) {
        qa_edge_field_record_t *const record = &target->records[index];
        if (!copy_record(record, &source->records[index], target))
            return qa_edge_refuse(diagnostics, "HY001", "no memory for the name of parameter %d", index + 1);
        const char *const fault =
            record->data_ptr == NULL ? NULL : qa_edge_record_fault(record, target->role);
        if (fault != NULL) return qa_edge_refuse(diagnostics, "HY021", "record %d: %s", index + 1, fault);
    }
    target->array_size = source->array_size;
    target->array_status_ptr = source->array_status_ptr;
    target->bind_offset_ptr = source->bind_offset_ptr;
    target->bind_type = source->bind_type;
    target->rows_processed_ptr = source->rows_processed_ptr;
    return SQL_SUCCESS;
}

static SQLLEN read_number(field_kind_t kind, const char *member)
{
    SQLSMALLINT small = 0;
    SQLINTEGER integer = 0;
    SQLLEN number = 0;
    switch (kind) {
    case SMALLINT:
        memcpy(&small, member, sizeof(small));
        return small;
    case INTEGER:
        memcpy(&integer, member, sizeof(integer));
        return integer;
    default:
        memcpy(&number, member, sizeof(number));
        return number;
    }
}

bool qa_edge_column_field(const qa_edge_field_record_t *record, SQLUSMALLINT id, const char **text_out,
                          SQLLEN *number_out)
{
    const field_t *const field = find_field(id);
    *text_out = NULL;
    if (field == NULL || field->is_header || field->access[QA_EDGE_IRD] == N) return false;
    const char *const member = (const char *)record + field->offset;
    if (field->kind == TEXT) {
        memcpy(text_out, member, sizeof(*text_out));
        *text_out = *text_out == NULL ? "" : *text_out;
        return true;
    }
    *number_out = read_number(field->kind, member);
    return true;
}
