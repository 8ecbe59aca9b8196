/* Settling the types of arguments; see settle.h. A cast is put in only where the representation changes:
 * integers of two widths and decimals of two scales are compared as they are, so that a planner finds plain
 * columns. */
#include "value/settle.h"

#include <assert.h>

#include "base/error.h"
#include "value/value.h"

enum {
    PARAMETER_TEXT_LENGTH = 4000, /* what ODBC programs bind texts of without asking */
    PARAMETER_DECIMALS = 10,
    PARAMETER_PRECISION = 30
};

static bool is_constant(const qa_sql_expression_t *expression, uint8_t kind)
{
    return expression->node == QA_SQL_CONSTANT && expression->type.kind == kind &&
           expression->value.kind != QA_SQL_NULL;
}

static bool is_untyped(const qa_sql_expression_t *expression)
{
    return expression->type.kind == QA_SQL_NULL;
}

static qa_status_t retype(const qa_sql_settle_t *settle, const qa_sql_expression_t **argument,
                          const qa_sql_type_t *type)
{
    qa_sql_expression_t *typed = qa_sql_make_node(settle->arena, QA_SQL_PARAMETER, 0);
    if (typed == NULL) return qa_fail_memory(settle->error, "an expression");
    *typed = **argument;
    typed->type = *type;
    typed->type.is_nullable = true;
    *argument = typed;
    return QA_OK;
}

qa_status_t qa_sql_settle_parameter(const qa_sql_settle_t *settle, const qa_sql_expression_t **argument)
{
    const qa_sql_expression_t *const parameter = *argument;
    if (parameter->node != QA_SQL_PARAMETER || !is_untyped(parameter)) return QA_OK;
    const qa_sql_type_t *const known = &settle->parameter_types[parameter->index];
    return known->kind == QA_SQL_NULL ? QA_OK : retype(settle, argument, known);
}

qa_status_t qa_sql_settle_untyped(const qa_sql_settle_t *settle, const qa_sql_expression_t **argument,
                                  const qa_sql_type_t *type)
{
    if (!is_untyped(*argument) || type->kind == QA_SQL_NULL) return QA_OK;
    if ((*argument)->node != QA_SQL_PARAMETER)
        return qa_sql_make_cast(settle->arena, *argument, type, argument, settle->error);
    settle->parameter_types[(*argument)->index] = *type;
    settle->parameter_types[(*argument)->index].is_nullable = true;
    return retype(settle, argument, type);
}

static qa_status_t cast_to(const qa_sql_settle_t *settle, const qa_sql_expression_t **argument,
                           const qa_sql_type_t *type)
{
    return qa_sql_make_cast(settle->arena, *argument, type, argument, settle->error);
}

/* --- constants --- */

/* A constant text becomes the number that it says. */
static qa_status_t text_to_number(const qa_sql_settle_t *settle, const qa_sql_expression_t **argument)
{
    const qa_sql_value_t *const text = &(*argument)->value;
    qa_sql_value_t value;
    qa_sql_type_t type;
    const qa_status_t status = qa_sql_parse_number(text->text, text->bytes, &value, &type);
    if (status != QA_OK)
        return qa_fail(settle->error, status, "'%.*s' stands beside a number at %s and is not one that fits",
                       (int)(text->bytes < 60 ? text->bytes : 60), text->text, settle->name);
    qa_sql_expression_t *constant = qa_sql_make_constant(settle->arena, &value, &type);
    if (constant == NULL) return qa_fail_memory(settle->error, "an expression");
    constant->position = (*argument)->position;
    *argument = constant;
    return QA_OK;
}

static bool is_moment_text(const qa_sql_expression_t *argument, uint8_t kind)
{
    int64_t ticks = 0;
    const qa_sql_value_t *const text = &argument->value;
    if (kind == QA_SQL_DATE) return qa_sql_parse_date(text->text, text->bytes, &ticks) == QA_OK;
    if (kind == QA_SQL_TIME) return qa_sql_parse_time(text->text, text->bytes, &ticks) == QA_OK;
    return qa_sql_parse_timestamp(text->text, text->bytes, &ticks) == QA_OK;
}

/* A constant text beside values of the type becomes one of them; a moment beside dates stays a moment. */
static qa_status_t harden(const qa_sql_settle_t *settle, const qa_sql_expression_t **argument,
                          const qa_sql_type_t *beside)
{
    if (!is_constant(*argument, QA_SQL_TEXT) || beside->kind == QA_SQL_TEXT || beside->kind == QA_SQL_BINARY)
        return QA_OK;
    qa_sql_type_t type = *beside;
    if (qa_sql_kind_is_number(beside->kind) && beside->kind != QA_SQL_DOUBLE)
        return text_to_number(settle, argument);
    if (beside->kind == QA_SQL_DATE && !is_moment_text(*argument, QA_SQL_DATE) &&
        is_moment_text(*argument, QA_SQL_TIMESTAMP))
        type.kind = QA_SQL_TIMESTAMP;
    return cast_to(settle, argument, &type);
}

/* ODBC knows no literals of truth: 1 and 0 stand for them. */
static qa_status_t digit_to_boolean(const qa_sql_settle_t *settle, const qa_sql_expression_t **argument)
{
    const qa_sql_type_t type = qa_sql_type_of(QA_SQL_BOOLEAN);
    if (!is_constant(*argument, QA_SQL_INTEGER)) return QA_OK;
    const int64_t integer = (*argument)->value.integer;
    return integer == 0 || integer == 1 ? cast_to(settle, argument, &type) : QA_OK;
}

/* --- groups --- */

static qa_status_t fail_clash(const qa_sql_settle_t *settle, const qa_sql_type_t *a, const qa_sql_type_t *b)
{
    char left[40], right[40];
    const bool has_text = a->kind == QA_SQL_TEXT || b->kind == QA_SQL_TEXT;
    const qa_sql_type_t *const wanted = a->kind == QA_SQL_TEXT ? b : a;
    char advice[40];
    return qa_fail(settle->error, QA_TYPE_CLASH, "%s has %s beside %s, which do not go together%s%s%s",
                   settle->name, qa_sql_type_name(a, left), qa_sql_type_name(b, right),
                   has_text ? "; write CAST(… AS " : "", has_text ? qa_sql_type_name(wanted, advice) : "",
                   has_text ? ") around the text" : "");
}

/* What the arguments that are neither untyped nor constant texts are together. */
static qa_status_t common_of_typed(const qa_sql_settle_t *settle, const qa_sql_expression_t **arguments,
                                   uint16_t count, qa_sql_type_t *type_out)
{
    bool has_boolean = false;
    *type_out = qa_sql_type_of(QA_SQL_NULL);
    for (uint16_t i = 0; i < count; i++)
        has_boolean = has_boolean || arguments[i]->type.kind == QA_SQL_BOOLEAN;
    for (uint16_t i = 0; i < count; i++) {
        const qa_status_t status = has_boolean ? digit_to_boolean(settle, &arguments[i]) : QA_OK;
        if (status != QA_OK) return status;
        if (is_constant(arguments[i], QA_SQL_TEXT)) continue;
        const qa_sql_type_t before = *type_out;
        if (qa_sql_type_common(&before, &arguments[i]->type, type_out) != QA_OK)
            return fail_clash(settle, &before, &arguments[i]->type);
    }
    return QA_OK;
}

/* Constant texts are read as the type that the others have. */
static qa_status_t harden_all(const qa_sql_settle_t *settle, const qa_sql_expression_t **arguments,
                              uint16_t count, qa_sql_type_t *type)
{
    const qa_sql_type_t beside = *type;
    for (uint16_t i = 0; i < count; i++) {
        if (!is_constant(arguments[i], QA_SQL_TEXT)) continue;
        if (beside.kind != QA_SQL_NULL) {
            const qa_status_t status = harden(settle, &arguments[i], &beside);
            if (status != QA_OK) return status;
        }
        const qa_sql_type_t before = *type;
        if (qa_sql_type_common(&before, &arguments[i]->type, type) != QA_OK)
            return fail_clash(settle, &before, &arguments[i]->type);
    }
    return QA_OK;
}

/* What a parameter beside the type takes: wide enough that no digit or character of it is lost. */
static qa_sql_type_t parameter_beside(const qa_sql_type_t *type, bool is_alike)
{
    switch (type->kind) {
    case QA_SQL_NULL:
        return qa_sql_type_text(PARAMETER_TEXT_LENGTH);
    case QA_SQL_TEXT:
        return qa_sql_type_text(type->length > PARAMETER_TEXT_LENGTH ? type->length : PARAMETER_TEXT_LENGTH);
    case QA_SQL_INTEGER:
        return qa_sql_type_of(QA_SQL_BIGINT);
    case QA_SQL_DECIMAL:
        /* As a result it keeps the scale of the others: a parameter must not give them more decimals. */
        if (is_alike || type->scale > PARAMETER_DECIMALS)
            return qa_sql_type_decimal(QA_SQL_PRECISION_MAX, type->scale);
        return qa_sql_type_decimal(QA_SQL_PRECISION_MAX, PARAMETER_DECIMALS);
    default:
        return *type;
    }
}

static qa_status_t type_untyped(const qa_sql_settle_t *settle, bool is_alike,
                                const qa_sql_expression_t **arguments, uint16_t count, qa_sql_type_t *type)
{
    const qa_sql_type_t wide = parameter_beside(type, is_alike);
    qa_sql_type_t common = *type;
    for (uint16_t i = 0; i < count; i++) {
        if (!is_untyped(arguments[i]) || arguments[i]->node != QA_SQL_PARAMETER) continue;
        const qa_status_t status = qa_sql_settle_untyped(settle, &arguments[i], &wide);
        if (status != QA_OK) return status;
        const qa_sql_type_t before = common;
        const qa_status_t fits = qa_sql_type_common(&before, &wide, &common);
        assert(fits == QA_OK);
        (void)fits;
    }
    *type = common;
    for (uint16_t i = 0; i < count; i++) {
        const qa_status_t status = qa_sql_settle_untyped(settle, &arguments[i], type);
        if (status != QA_OK) return status;
    }
    return QA_OK;
}

/* Whether values of `from` can stand where those of `wanted` are expected, as they are. */
static bool stands_for(const qa_sql_type_t *from, const qa_sql_type_t *wanted, bool is_alike)
{
    if (is_alike) return qa_sql_type_is_same(from, wanted);
    return from->kind == wanted->kind ||
           (qa_sql_kind_is_integer(from->kind) && qa_sql_kind_is_integer(wanted->kind));
}

qa_status_t qa_sql_settle_group(const qa_sql_settle_t *settle, bool is_alike,
                                const qa_sql_expression_t **arguments, uint16_t count,
                                qa_sql_type_t *type_out)
{
    qa_sql_type_t type;
    qa_status_t status = QA_OK;
    for (uint16_t i = 0; i < count && status == QA_OK; i++)
        status = qa_sql_settle_parameter(settle, &arguments[i]);
    if (status == QA_OK) status = common_of_typed(settle, arguments, count, &type);
    if (status == QA_OK) status = harden_all(settle, arguments, count, &type);
    if (status == QA_OK) status = type_untyped(settle, is_alike, arguments, count, &type);
    for (uint16_t i = 0; i < count && status == QA_OK; i++) {
        qa_sql_type_t wanted = type;
        if (stands_for(&arguments[i]->type, &type, is_alike)) continue;
        if (!is_alike && type.kind == QA_SQL_DECIMAL)
            wanted = qa_sql_type_decimal(arguments[i]->type.kind == QA_SQL_INTEGER ? 10 : 19, 0);
        status = cast_to(settle, &arguments[i], &wanted);
    }
    if (status == QA_OK) *type_out = type;
    return status;
}

/* --- numbers to calculate with --- */

static qa_status_t fail_argument(const qa_sql_settle_t *settle, const qa_sql_expression_t *argument,
                                 uint16_t index, const char *wanted, const char *advice)
{
    char name[40];
    return qa_fail(settle->error, QA_TYPE_CLASH, "%s takes %s as argument %u, not %s%s%s", settle->name,
                   wanted, index + 1u, qa_sql_type_name(&argument->type, name), advice[0] != '\0' ? "; " : "",
                   advice);
}

static qa_status_t settle_numbers(const qa_sql_settle_t *settle, const qa_sql_expression_t **arguments,
                                  uint16_t count)
{
    const qa_sql_type_t floating = qa_sql_type_of(QA_SQL_DOUBLE);
    const qa_sql_type_t wide = qa_sql_type_decimal(PARAMETER_PRECISION, PARAMETER_DECIMALS);
    bool has_double = false;
    qa_status_t status = QA_OK;
    for (uint16_t i = 0; i < count && status == QA_OK; i++) {
        status = qa_sql_settle_parameter(settle, &arguments[i]);
        if (status == QA_OK && is_constant(arguments[i], QA_SQL_TEXT))
            status = text_to_number(settle, &arguments[i]);
        if (status != QA_OK) return status;
        const uint8_t kind = arguments[i]->type.kind;
        has_double = has_double || kind == QA_SQL_DOUBLE;
        if (kind == QA_SQL_NULL || qa_sql_kind_is_number(kind)) continue;
        return fail_argument(settle, arguments[i], i, "a number",
                             kind == QA_SQL_TEXT ? "write CAST(… AS DECIMAL(18,2)) around it"
                             : kind == QA_SQL_DATE || kind == QA_SQL_TIMESTAMP
                                 ? "dates are moved by TIMESTAMPADD"
                                 : "");
    }
    for (uint16_t i = 0; i < count && status == QA_OK; i++) {
        status = qa_sql_settle_untyped(settle, &arguments[i], has_double ? &floating : &wide);
        if (status == QA_OK && has_double) status = cast_to(settle, &arguments[i], &floating);
    }
    return status;
}

/* --- each by its own letter --- */

typedef struct letter_rule {
    char letter;
    const char *wanted; /* in words */
    uint8_t untyped;    /* kind that a parameter takes */
    uint32_t kinds;     /* a bit per kind that is taken as it is */
    uint8_t target;     /* others are cast to it, if they are among `cast_kinds` or constant texts */
    uint32_t cast_kinds;
} letter_rule_t;

#define KIND(NAME) (1u << QA_SQL_##NAME)
static const letter_rule_t letter_rules[] = {
    { 'n', "a number", QA_SQL_DECIMAL, KIND(INTEGER) | KIND(BIGINT) | KIND(DECIMAL) | KIND(DOUBLE),
      QA_SQL_DECIMAL, 0 },
    { 'd', "a number", QA_SQL_DOUBLE, KIND(DOUBLE), QA_SQL_DOUBLE,
      KIND(INTEGER) | KIND(BIGINT) | KIND(DECIMAL) },
    { 'i', "a whole number", QA_SQL_BIGINT, KIND(INTEGER) | KIND(BIGINT), QA_SQL_BIGINT,
      KIND(DECIMAL) | KIND(DOUBLE) },
    { 't', "a text", QA_SQL_TEXT, KIND(TEXT), QA_SQL_TEXT, 0 },
    { 'v', "a text", QA_SQL_TEXT, KIND(TEXT), QA_SQL_TEXT, ~KIND(BINARY) },
    { 'b', "a condition", QA_SQL_BOOLEAN, KIND(BOOLEAN), QA_SQL_BOOLEAN, 0 },
    { 'k', "the name of a field as constant text", QA_SQL_TEXT, KIND(TEXT), QA_SQL_TEXT, 0 },
    { 'e', "a date", QA_SQL_TIMESTAMP, KIND(DATE) | KIND(TIMESTAMP), QA_SQL_TIMESTAMP, 0 },
    { 'h', "a time", QA_SQL_TIMESTAMP, KIND(TIME) | KIND(TIMESTAMP), QA_SQL_TIMESTAMP, KIND(DATE) },
    { 'x', "a date or time", QA_SQL_TIMESTAMP, KIND(DATE) | KIND(TIME) | KIND(TIMESTAMP), QA_SQL_TIMESTAMP,
      0 },
    { 'M', "a timestamp", QA_SQL_TIMESTAMP, KIND(TIMESTAMP), QA_SQL_TIMESTAMP, KIND(DATE) },
    { 'a', "a value", QA_SQL_TEXT, ~0u, QA_SQL_TEXT, 0 },
};

static const letter_rule_t *rule_of(char letter)
{
    uint32_t index = 0;
    while (letter_rules[index].letter != letter) {
        index++;
        assert(index < sizeof(letter_rules) / sizeof(letter_rules[0]));
    }
    return &letter_rules[index];
}

static qa_sql_type_t parameter_type(const letter_rule_t *rule)
{
    if (rule->untyped == QA_SQL_TEXT) return qa_sql_type_text(PARAMETER_TEXT_LENGTH);
    if (rule->untyped == QA_SQL_DECIMAL) return qa_sql_type_decimal(PARAMETER_PRECISION, PARAMETER_DECIMALS);
    return qa_sql_type_of((qa_sql_kind_t)rule->untyped);
}

/* A constant text where another type is wanted is read as that type, the narrowest that fits. */
static qa_status_t read_constant(const qa_sql_settle_t *settle, const letter_rule_t *rule,
                                 const qa_sql_expression_t **argument)
{
    qa_sql_type_t type = qa_sql_type_of((qa_sql_kind_t)rule->target);
    if (rule->letter == 'n') return text_to_number(settle, argument);
    if ((rule->kinds & KIND(DATE)) != 0 && is_moment_text(*argument, QA_SQL_DATE)) type.kind = QA_SQL_DATE;
    if ((rule->kinds & KIND(TIME)) != 0 && is_moment_text(*argument, QA_SQL_TIME)) type.kind = QA_SQL_TIME;
    return cast_to(settle, argument, &type);
}

static qa_status_t settle_one(const qa_sql_settle_t *settle, const letter_rule_t *rule, uint16_t index,
                              const qa_sql_expression_t **argument)
{
    const qa_sql_type_t default_type = parameter_type(rule);
    qa_status_t status = qa_sql_settle_parameter(settle, argument);
    if (status == QA_OK && rule->letter == 'b') status = digit_to_boolean(settle, argument);
    if (status == QA_OK) status = qa_sql_settle_untyped(settle, argument, &default_type);
    if (status != QA_OK) return status;
    const uint8_t kind = (*argument)->type.kind;
    const bool is_field = rule->letter == 'k';
    if (is_field && !is_constant(*argument, QA_SQL_TEXT))
        return fail_argument(settle, *argument, index, rule->wanted, "");
    if ((rule->kinds >> kind & 1u) != 0) return QA_OK;
    if (is_constant(*argument, QA_SQL_TEXT)) return read_constant(settle, rule, argument);
    if ((rule->cast_kinds >> kind & 1u) == 0) {
        const bool is_castable = rule->target != QA_SQL_BOOLEAN && kind != QA_SQL_BINARY;
        return fail_argument(settle, *argument, index, rule->wanted,
                             is_castable ? "write a CAST around it" : "");
    }
    qa_sql_type_t type = qa_sql_type_of((qa_sql_kind_t)rule->target);
    if (type.kind == QA_SQL_TEXT) type = qa_sql_type_text(qa_sql_type_display_units(&(*argument)->type));
    return cast_to(settle, argument, &type);
}

qa_status_t qa_sql_settle_arguments(const qa_sql_settle_t *settle, const char *rules,
                                    const qa_sql_expression_t **arguments, uint16_t count)
{
    qa_sql_type_t type;
    qa_status_t status = QA_OK;
    if (rules[0] == 'c' || rules[0] == 'u')
        return qa_sql_settle_group(settle, rules[0] == 'u', arguments, count, &type);
    if (rules[0] == '#') return settle_numbers(settle, arguments, count);
    for (uint16_t i = 0; i < count && status == QA_OK; i++) {
        status = settle_one(settle, rule_of(rules[0]), i, &arguments[i]);
        if (rules[1] != '\0') rules++;
    }
    return status;
}
