/* Facts by hand: the values are those of docs/formats/intent.md. */
#include "model_maker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { VALUE_BYTES = 256, GROUP = 1 };

static void write_fact(qa_model_t *model, const qa_fact_key_t *key, const qa_buffer_t *value)
{
    qa_error_t error = { QA_OK, "" };
    const qa_status_t status = qa_model_write_fact(model, key, value == NULL ? NULL : value->data,
                                                   value == NULL ? 0 : value->bytes, &error);
    if (status != QA_OK) print_error("%s\n", error.message);
    assert_int_equal(status, QA_OK);
}

static void write_numbers(qa_model_t *model, const qa_fact_key_t *key, const uint8_t *numbers, size_t count,
                          const char *text)
{
    qa_buffer_t value;
    qa_buffer_make(&value, &qa_allocator_default, VALUE_BYTES);
    assert_int_equal(qa_buffer_put(&value, numbers, count), QA_OK);
    assert_int_equal(qa_buffer_put(&value, text, strlen(text)), QA_OK);
    write_fact(model, key, &value);
    qa_buffer_release(&value);
}

qa_model_t *maker_open(void)
{
    qa_model_t *model = NULL;
    const qa_hash_key_t key = { 1, 2 };
    assert_int_equal(qa_model_open(&model, &qa_allocator_default, &key), QA_OK);
    return model;
}

qa_dimension_t maker_dimension(qa_model_t *model, const char *name, qa_dimension_kind_t kind)
{
    const qa_dimension_t dimension = qa_model_dimension_count(model);
    const uint8_t kind_byte = (uint8_t)kind;
    write_numbers(model, &(qa_fact_key_t){ .table = QA_FACT_DIMENSION, .dimension = dimension }, &kind_byte,
                  1, name);
    return dimension;
}

static qa_member_t make_member(qa_model_t *model, qa_dimension_t dimension, const char *code, uint8_t flags)
{
    const qa_member_t member = qa_model_dimension(model, dimension)->member_count;
    write_numbers(model,
                  &(qa_fact_key_t){ .table = QA_FACT_MEMBER, .dimension = dimension, .member = member },
                  &flags, 1, code);
    return member;
}

qa_member_t maker_member(qa_model_t *model, qa_dimension_t dimension, const char *code, qa_member_t parent)
{
    const qa_member_t member = make_member(model, dimension, code, 0);
    maker_edge(model, dimension, QA_HIERARCHY_PRIMARY, parent, member, '+', 1, 0);
    return member;
}

qa_member_t maker_group(qa_model_t *model, qa_dimension_t dimension, const char *code)
{
    return make_member(model, dimension, code, GROUP);
}

void maker_account(qa_model_t *model, qa_dimension_t dimension, qa_member_t member, qa_account_t account)
{
    const uint8_t numbers[] = { account.kind, account.decimals, account.time_balance, account.skip,
                                account.sense };
    write_numbers(model,
                  &(qa_fact_key_t){ .table = QA_FACT_ACCOUNT, .dimension = dimension, .member = member },
                  numbers, sizeof(numbers), "");
}

qa_hierarchy_t maker_hierarchy(qa_model_t *model, qa_dimension_t dimension, const char *name)
{
    const qa_hierarchy_t hierarchy = qa_model_dimension(model, dimension)->hierarchy_count;
    write_numbers(
        model, &(qa_fact_key_t){ .table = QA_FACT_HIERARCHY, .dimension = dimension, .hierarchy = hierarchy },
        (const uint8_t *)"", 0, name);
    return hierarchy;
}

void maker_edge(qa_model_t *model, qa_dimension_t dimension, qa_hierarchy_t hierarchy, qa_member_t parent,
                qa_member_t child, char operator_code, int64_t weight, uint8_t weight_decimals)
{
    qa_edge_t edge;
    const bool is_there = qa_model_edge(model, dimension, hierarchy, parent, child, &edge);
    const uint32_t order = is_there ? edge.order : qa_model_next_order(model, dimension, hierarchy);
    qa_buffer_t value;
    qa_buffer_make(&value, &qa_allocator_default, VALUE_BYTES);
    assert_int_equal(qa_write_signed(&value, weight), QA_OK);
    assert_int_equal(qa_write_u8(&value, weight_decimals), QA_OK);
    assert_int_equal(qa_write_u8(&value, (uint8_t)operator_code), QA_OK);
    assert_int_equal(qa_write_varint(&value, order), QA_OK);
    write_fact(model,
               &(qa_fact_key_t){ .table = QA_FACT_EDGE,
                                 .dimension = dimension,
                                 .hierarchy = hierarchy,
                                 .member = parent,
                                 .other = child },
               &value);
    qa_buffer_release(&value);
}

void maker_delete_member(qa_model_t *model, qa_dimension_t dimension, qa_member_t member, qa_member_t parent)
{
    write_fact(
        model,
        &(qa_fact_key_t){ .table = QA_FACT_EDGE, .dimension = dimension, .member = parent, .other = member },
        NULL);
    write_fact(model, &(qa_fact_key_t){ .table = QA_FACT_MEMBER, .dimension = dimension, .member = member },
               NULL);
}

void maker_default(qa_model_t *model, qa_dimension_t dimension, qa_member_t member)
{
    qa_buffer_t value;
    qa_buffer_make(&value, &qa_allocator_default, VALUE_BYTES);
    assert_int_equal(qa_write_varint(&value, member), QA_OK);
    write_fact(model, &(qa_fact_key_t){ .table = QA_FACT_DEFAULT, .dimension = dimension }, &value);
    qa_buffer_release(&value);
}

void maker_zero_is_missing(qa_model_t *model)
{
    const uint8_t one = 1;
    write_numbers(model, &(qa_fact_key_t){ .table = QA_FACT_APP, .other = QA_APP_ZERO_IS_MISSING }, &one, 1,
                  "");
}

void maker_settle(qa_model_t *model)
{
    qa_error_t error = { QA_OK, "" };
    const qa_status_t status = qa_model_settle(model, &error);
    if (status != QA_OK) print_error("%s\n", error.message);
    assert_int_equal(status, QA_OK);
}
