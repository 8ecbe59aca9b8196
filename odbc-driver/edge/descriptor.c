/* Descriptors as such: made and ended, their records counted, their types set and checked. Fields by
 * identifier are in descriptor_fields.c. It must never keep a pointer into the records over a call that can
 * make more of them. */
#include "edge/descriptor.h"

#include <assert.h>
#include <string.h>

bool qa_edge_descriptor_make(qa_edge_descriptor_t *descriptor, qa_edge_connection_t *connection,
                             qa_edge_statement_t *statement, qa_edge_role_t role)
{
    *descriptor = (qa_edge_descriptor_t){ .connection = connection, .statement = statement, .role = role };
    descriptor->handle.kind = SQL_HANDLE_DESC;
    descriptor->alloc_type = statement == NULL ? SQL_DESC_ALLOC_USER : SQL_DESC_ALLOC_AUTO;
    descriptor->array_size = 1;
    descriptor->bind_type = SQL_BIND_BY_COLUMN;
    qa_edge_diagnostics_make(&descriptor->handle.diagnostics, connection->allocator);
    qa_arena_make(&descriptor->texts, connection->allocator, QA_EDGE_DESCRIPTOR_TEXT_BYTES_MAX);
    descriptor->handle.slot = qa_edge_register(SQL_HANDLE_DESC, descriptor);
    return descriptor->handle.slot != NULL;
}

void qa_edge_descriptor_release(qa_edge_descriptor_t *descriptor)
{
    if (descriptor->connection == NULL) return; /* was never made */
    qa_edge_unregister(descriptor->handle.slot);
    qa_memory_give(descriptor->connection->allocator, descriptor->records,
                   (size_t)descriptor->record_capacity * sizeof(*descriptor->records));
    qa_arena_release(&descriptor->texts);
    qa_edge_diagnostics_release(&descriptor->handle.diagnostics);
    *descriptor = (qa_edge_descriptor_t){ .connection = NULL };
}

SQLRETURN qa_edge_descriptor_allocate(qa_edge_connection_t *connection, SQLHANDLE *handle_out)
{
    qa_edge_descriptor_t *const descriptor =
        qa_memory_take(connection->allocator, sizeof(qa_edge_descriptor_t));
    if (descriptor == NULL || !qa_edge_descriptor_make(descriptor, connection, NULL, QA_EDGE_ARD)) {
        if (descriptor != NULL) qa_edge_descriptor_release(descriptor);
        qa_memory_give(connection->allocator, descriptor, sizeof(*descriptor));
        return qa_edge_refuse(&connection->handle.diagnostics, "HY001", "no memory for a descriptor");
    }
    descriptor->next = connection->descriptors;
    connection->descriptors = descriptor;
    *handle_out = descriptor->handle.slot;
    return SQL_SUCCESS;
}

SQLRETURN qa_edge_descriptor_free(qa_edge_descriptor_t *descriptor)
{
    qa_edge_connection_t *const connection = descriptor->connection;
    if (descriptor->statement != NULL)
        return qa_edge_refuse(&descriptor->handle.diagnostics, "HY017",
                              "an implicit descriptor ends with its statement");
    for (qa_edge_statement_t *statement = connection->statements; statement != NULL;
         statement = statement->next) {
        if (statement->ard == descriptor) statement->ard = &statement->descriptors[QA_EDGE_ARD];
        if (statement->apd == descriptor) statement->apd = &statement->descriptors[QA_EDGE_APD];
    }
    qa_edge_descriptor_t **place = &connection->descriptors;
    while (*place != descriptor)
        place = &(*place)->next;
    *place = descriptor->next;
    qa_edge_descriptor_release(descriptor);
    qa_memory_give(connection->allocator, descriptor, sizeof(*descriptor));
    return SQL_SUCCESS;
}

void qa_edge_descriptors_end(qa_edge_connection_t *connection)
{
    while (connection->descriptors != NULL)
        qa_edge_descriptor_free(connection->descriptors);
}

static bool reserve(qa_edge_descriptor_t *descriptor, SQLSMALLINT count)
{
    void *records = descriptor->records;
    const uint32_t before = descriptor->record_capacity;
    if (qa_array_reserve(descriptor->connection->allocator, &records, &descriptor->record_capacity,
                         (uint32_t)count, sizeof(*descriptor->records)) != QA_OK)
        return false;
    descriptor->records = records;
    for (uint32_t index = before; index < descriptor->record_capacity; index++)
        descriptor->records[index] = (qa_edge_field_record_t){ .parameter_type = SQL_PARAM_INPUT };
    return true;
}

bool qa_edge_descriptor_set_count(qa_edge_descriptor_t *descriptor, SQLSMALLINT count)
{
    if (!reserve(descriptor, count)) return false;
    for (SQLSMALLINT index = count; index < descriptor->count; index++)
        descriptor->records[index] = (qa_edge_field_record_t){ .parameter_type = SQL_PARAM_INPUT };
    descriptor->count = count;
    if (count == 0) qa_arena_release(&descriptor->texts);
    return true;
}

qa_edge_field_record_t *qa_edge_descriptor_record(qa_edge_descriptor_t *descriptor, SQLSMALLINT number)
{
    assert(number > 0);
    if (!reserve(descriptor, number)) return NULL;
    if (number > descriptor->count) descriptor->count = number;
    return &descriptor->records[number - 1];
}

qa_edge_field_record_t *qa_edge_descriptor_find(qa_edge_descriptor_t *descriptor, SQLLEN number)
{
    return number >= 1 && number <= descriptor->count ? &descriptor->records[number - 1] : NULL;
}

bool qa_edge_record_is_bound(const qa_edge_field_record_t *record)
{
    return record->data_ptr != NULL || record->octet_length_ptr != NULL || record->indicator_ptr != NULL;
}

void qa_edge_descriptor_trim(qa_edge_descriptor_t *descriptor)
{
    while (descriptor->count > 0 && !qa_edge_record_is_bound(&descriptor->records[descriptor->count - 1]))
        descriptor->count--;
}

/* Precision and length that the specification gives a type when it is set. */
void qa_edge_record_set_type(qa_edge_field_record_t *record, SQLSMALLINT concise_type)
{
    record->concise_type = concise_type;
    qa_odbc_type_split(concise_type, &record->type, &record->datetime_interval_code);
    switch (record->type) {
    case SQL_CHAR:
    case SQL_VARCHAR:
    case SQL_WCHAR:
    case SQL_WVARCHAR:
        record->length = 1;
        record->precision = 0;
        break;
    case SQL_DATETIME:
        record->precision =
            concise_type == SQL_TYPE_TIMESTAMP || concise_type == SQL_TIMESTAMP ? QA_SQL_FRACTION_DIGITS : 0;
        break;
    case SQL_NUMERIC:
    case SQL_DECIMAL:
        record->precision = QA_SQL_PRECISION_MAX;
        record->scale = QA_ODBC_SCALE_UNSET;
        break;
    default:
        break;
    }
}

const char *qa_edge_record_fault(const qa_edge_field_record_t *record, qa_edge_role_t role)
{
    const bool is_application = role == QA_EDGE_ARD || role == QA_EDGE_APD;
    SQLSMALLINT type = 0;
    SQLSMALLINT code = 0;
    if (is_application ? !qa_odbc_c_type_is_known(record->concise_type)
                       : !qa_odbc_sql_type_is_known(record->concise_type))
        return "the concise type is none of ODBC";
    qa_odbc_type_split(record->concise_type, &type, &code);
    if (type != record->type || code != record->datetime_interval_code)
        return "the type, the concise type and the datetime or interval code do not belong together";
    if (type != SQL_NUMERIC && type != SQL_DECIMAL) return NULL;
    if (record->precision < 1 || record->precision > QA_SQL_PRECISION_MAX)
        return "the precision of a number is from 1 to 38";
    if (record->scale != QA_ODBC_SCALE_UNSET && record->scale > record->precision)
        return "the scale of a number is at most its precision";
    return NULL;
}
