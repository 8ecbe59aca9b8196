/* Any bytes as a text value: cast to every type and back. What a cast gives must be of the type, print to a
 * text that is read as the same value, and compare and hash as equal to itself; names and patterns must not
 * read beyond their ends. The first bytes choose precision, scale and length. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "value/characters.h"
#include "value/compute.h"
#include "value/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
    if (!is_true) abort();
}

/* The value as text and read again. */
static void check_round_trip(const qa_sql_value_t *value, const qa_sql_type_t *type)
{
    const qa_sql_type_t as_text = { .kind = QA_SQL_TEXT };
    char scratch[QA_SQL_CAST_BYTES], again_scratch[QA_SQL_CAST_BYTES];
    qa_sql_value_t text, again;
    require(qa_sql_cast(value, &as_text, scratch, &text, NULL) == QA_OK);
    require(qa_sql_text_units(text.text, text.bytes) <= qa_sql_type_display_units(type) ||
            type->kind == QA_SQL_TEXT);
    require(qa_sql_cast(&text, type, again_scratch, &again, NULL) == QA_OK);
    require(again.kind == value->kind && qa_sql_compare(value, &again, false) == 0);
    require(qa_sql_hash(value, false) == qa_sql_hash(&again, false));
    require(qa_sql_cast_is_exact(&text, &again));
}

/* From one type to each other: an error or a value of that type. */
static void check_casts(const qa_sql_value_t *value, const qa_sql_type_t *types, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char scratch[QA_SQL_CAST_BYTES];
        qa_sql_value_t cast;
        qa_error_t error = { 0 };
        const qa_sql_type_t from = { .kind = value->kind };
        const qa_status_t status = qa_sql_cast(value, &types[i], scratch, &cast, &error);
        if (status == QA_TYPE_CLASH) require(!qa_sql_type_can_cast(&from, &types[i]));
        if (status != QA_OK) {
            require(cast.kind == QA_SQL_NULL && error.status == status && error.message[0] != '\0');
            continue;
        }
        require(qa_sql_type_can_cast(&from, &types[i]) && cast.kind == types[i].kind);
        qa_sql_cast_is_exact(value, &cast);
        if (types[i].kind == QA_SQL_TEXT && types[i].length > 0)
            require(qa_sql_text_units(cast.text, cast.bytes) <= types[i].length);
    }
}

static void check_number(const qa_sql_value_t *text)
{
    qa_sql_value_t value, cast;
    qa_sql_type_t type;
    char scratch[QA_SQL_CAST_BYTES];
    if (qa_sql_parse_number(text->text, text->bytes, &value, &type) != QA_OK) return;
    require(value.kind == type.kind);
    require(qa_sql_cast(&value, &type, scratch, &cast, NULL) == QA_OK);
    require(qa_sql_compare(&value, &cast, false) == 0);
    check_round_trip(&value, &type);
}

static void check_names(const qa_sql_value_t *text)
{
    const qa_sql_value_t first = qa_sql_value_text(text->text, text->bytes / 2);
    const qa_sql_value_t second =
        qa_sql_value_text(text->text + text->bytes / 2, text->bytes - text->bytes / 2);
    const int order = qa_sql_compare(&first, &second, true), back = qa_sql_compare(&second, &first, true);
    require((order < 0) == (back > 0) && (order == 0) == (back == 0));
    require(qa_sql_compare(text, text, true) == 0);
    if (order == 0) require(qa_sql_hash(&first, true) == qa_sql_hash(&second, true));
    qa_sql_like_fits(first.text, first.bytes, second.text, second.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 4096) return 0;
    const uint8_t scale = data[0] % (QA_SQL_SCALE_MAX + 1);
    const uint8_t precision = (uint8_t)(scale + data[1] % (QA_SQL_PRECISION_MAX - scale) + 1);
    const qa_sql_type_t types[] = {
        { .kind = QA_SQL_BOOLEAN },
        { .kind = QA_SQL_INTEGER },
        { .kind = QA_SQL_BIGINT },
        { .kind = QA_SQL_DECIMAL, .precision = precision, .scale = scale },
        { .kind = QA_SQL_DOUBLE },
        { .kind = QA_SQL_TEXT, .length = data[1] },
        { .kind = QA_SQL_BINARY, .length = data[1] },
        { .kind = QA_SQL_DATE },
        { .kind = QA_SQL_TIME },
        { .kind = QA_SQL_TIMESTAMP },
    };
    const size_t count = sizeof(types) / sizeof(types[0]);
    const qa_sql_value_t text = qa_sql_value_text((const char *)data + 2, size - 2);
    for (size_t i = 0; i < count; i++) {
        char scratch[QA_SQL_CAST_BYTES];
        qa_sql_value_t cast;
        if (qa_sql_cast(&text, &types[i], scratch, &cast, NULL) != QA_OK) continue;
        if (types[i].kind != QA_SQL_BINARY) check_round_trip(&cast, &types[i]);
        check_casts(&cast, types, count);
    }
    check_number(&text);
    check_names(&text);
    return 0;
}
