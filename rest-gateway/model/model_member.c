/* Reads the members of a dimension: the primary hierarchy, alternates, and what a member says about itself.
 *
 * A code that the dimension does not know yet becomes a member; in the primary a second naming is an error,
 * in an alternate it is another place of the same member (model-file.md, "An alternate hierarchy"). Circles
 * among the places of an alternate are found in model_check.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/model_parse.h"
#include "qa/limits.h"
#include "qa/number.h"

static qa_status_t refuse_second_place(const qa_file_reader_t *reader, const qa_step_t *step,
                                       const qa_file_member_t *member)
{
    char path[QA_PATH_BYTES];
    qa_model_file_path(reader->dimension, member->hierarchy, member->place, path);
    return qa_file_fail(reader, step, "\"%s\" stands in the primary hierarchy already, at %s", member->code,
                        path);
}

static bool is_above(const qa_file_hierarchy_t *hierarchy, uint32_t member, uint32_t place)
{
    while (place != QA_PLACE_NONE && hierarchy->places[place].member != member) {
        place = hierarchy->places[place].parent;
    }
    return place != QA_PLACE_NONE;
}

qa_status_t qa_file_place(const qa_file_reader_t *reader, const qa_step_t *step, uint32_t hierarchy,
                          uint32_t parent, const char *code, uint32_t position, uint32_t *place_out)
{
    qa_file_dimension_t *dimension = reader->dimension;
    qa_file_hierarchy_t *target = &dimension->hierarchies[hierarchy];
    uint32_t member = dimension->member_count;
    qa_status_t status = qa_file_grow(reader, (void **)&target->places, &target->place_capacity,
                                      target->place_count, sizeof(*target->places));
    if (status == QA_OK) {
        status = qa_file_grow(reader, (void **)&dimension->members, &dimension->member_capacity,
                              dimension->member_count, sizeof(*dimension->members));
    }
    if (status != QA_OK) return status;
    status = qa_names_add(&dimension->codes, &reader->file->arena, code, &member);
    if (status == QA_EXISTS && is_above(target, member, parent)) {
        return qa_file_fail_circle(reader, hierarchy, member, parent);
    }
    if (status == QA_EXISTS && hierarchy == 0) {
        return refuse_second_place(reader, step, &dimension->members[member]);
    }
    if (status == QA_NO_MEMORY) return qa_file_no_memory(reader);
    if (status == QA_OK) {
        if (member >= QA_MEMBERS_MAX) {
            return qa_model_fail(reader->error, QA_LIMIT, "the dimension \"%s\" has more than %d members",
                                 dimension->name, QA_MEMBERS_MAX);
        }
        dimension->members[member] = (qa_file_member_t){ .code = code,
                                                         .kind = -1,
                                                         .decimals = -1,
                                                         .time_balance = -1,
                                                         .skip = -1,
                                                         .sense = -1,
                                                         .caption = "",
                                                         .is_in_primary = hierarchy == 0,
                                                         .hierarchy = hierarchy,
                                                         .place = target->place_count };
        dimension->member_count++;
    } else if (status != QA_EXISTS) {
        return qa_file_fail(reader, step, "the code \"%.80s\" is not a name", code);
    }
    *place_out = target->place_count++;
    target->places[*place_out] = (qa_file_place_t){ .member = member,
                                                    .parent = parent,
                                                    .position = position,
                                                    .weight = 1,
                                                    .operator_code = QA_OPERATOR_ADD };
    return QA_OK;
}

static qa_status_t read_operator(const qa_file_reader_t *reader, const qa_step_t *step, const cJSON *object,
                                 qa_file_place_t *place)
{
    const cJSON *item = qa_file_get(object, "operator");
    qa_step_t inner = { .above = step, .key = "operator" };
    if (item == NULL) return QA_OK;
    if (!cJSON_IsString(item) || strlen(item->valuestring) != 1) {
        return qa_file_fail(reader, &inner, "one of these operators is expected here: + - ~ ^");
    }
    char operator_code = item->valuestring[0];
    if (strchr("*/%", operator_code) != NULL) {
        return qa_file_fail(
            reader, &inner,
            "the operator %c is a formula in sibling order, which this version does not have; "
            "use + - ~ ^ and a weight",
            operator_code);
    }
    if (strchr("+-~^", operator_code) == NULL) {
        return qa_file_fail(reader, &inner, "one of these operators is expected here: + - ~ ^");
    }
    place->operator_code = (uint8_t)operator_code;
    if (operator_code == '-') place->weight = -1;
    if (operator_code == '~' || operator_code == '^') place->weight = 0;
    return QA_OK;
}

static qa_status_t read_weight(const qa_file_reader_t *reader, const qa_step_t *step, const cJSON *object,
                               qa_file_place_t *place)
{
    const cJSON *item = qa_file_get(object, "weight");
    qa_step_t inner = { .above = step, .key = "weight" };
    char printed[QA_DOUBLE_TEXT_BYTES];
    const char *text = printed;
    size_t bytes = 0;
    int64_t units = 0;
    if (item == NULL) return QA_OK;
    if (cJSON_IsNumber(item) && item->valuedouble > -1e12 && item->valuedouble < 1e12) {
        bytes = qa_double_print(item->valuedouble == 0.0 ? 0.0 : item->valuedouble, printed);
    } else if (cJSON_IsString(item)) {
        text = item->valuestring;
        bytes = strlen(text);
    } else {
        return qa_file_fail(reader, &inner, "a decimal number or its text is expected here");
    }
    switch (qa_decimal_parse(text, bytes, QA_WEIGHT_DECIMALS_MAX, &units, NULL)) {
    case QA_OK:
        break;
    case QA_TOO_MANY_DECIMALS:
        return qa_file_fail(reader, &inner, "a weight has at most %d decimals; %.*s has more",
                            QA_WEIGHT_DECIMALS_MAX, (int)(bytes < 60 ? bytes : 60), text);
    case QA_OVERFLOW:
        return qa_file_fail(reader, &inner, "the weight has too many digits");
    default:
        return qa_file_fail(reader, &inner, "\"%.60s\" is not a decimal number", text);
    }
    if (place->operator_code == QA_OPERATOR_NONE || place->operator_code == QA_OPERATOR_NEVER) {
        return qa_file_fail(reader, &inner, "the operator %c is the weight 0; take one of the two away",
                            place->operator_code);
    }
    if (units == 0) return qa_file_fail(reader, &inner, "a weight of 0 is written as the operator ~ (or ^)");
    if (units < 0 && place->operator_code == QA_OPERATOR_SUBTRACT) {
        return qa_file_fail(reader, &inner,
                            "the operator - makes the weight negative already; take one sign away");
    }
    place->weight_decimals = QA_WEIGHT_DECIMALS_MAX;
    while (place->weight_decimals > 0 && units % 10 == 0) {
        units /= 10;
        place->weight_decimals--;
    }
    place->weight = place->operator_code == QA_OPERATOR_SUBTRACT ? -units : units;
    return QA_OK;
}

static qa_status_t read_aliases(const qa_file_reader_t *reader, const qa_step_t *step, const cJSON *object,
                                qa_file_member_t *member)
{
    const cJSON *list = qa_file_get(object, "aliases");
    qa_step_t inner = { .above = step, .key = "aliases" };
    if (list == NULL) return QA_OK;
    member->aliases_said = cJSON_IsNull(list) ? QA_SAID_NULL : QA_SAID_VALUE;
    if (cJSON_IsNull(list)) return QA_OK;
    if (!cJSON_IsArray(list)) return qa_file_fail(reader, &inner, "a list of texts is expected here");
    int count = cJSON_GetArraySize(list);
    if (count > QA_ALIASES_MAX) {
        return qa_file_fail(reader, &inner, "%d aliases; a member has at most %d", count, QA_ALIASES_MAX);
    }
    const char **aliases = qa_model_take(&reader->file->arena, ((size_t)count + 1) * sizeof(*aliases));
    if (aliases == NULL) return qa_file_no_memory(reader);
    member->aliases = aliases;
    for (const cJSON *item = list->child; item != NULL; item = item->next) {
        qa_step_t step_item = { .above = &inner, .index = member->alias_count };
        if (!cJSON_IsString(item)) return qa_file_fail(reader, &step_item, "a text \"…\" is expected here");
        qa_status_t status = qa_file_normalize(reader, &step_item, "the alias", item->valuestring,
                                               &aliases[member->alias_count]);
        if (status != QA_OK) return status;
        for (uint32_t i = 0; i < member->alias_count; i++) {
            if (qa_names_equal(aliases[i], aliases[member->alias_count])) {
                return qa_file_fail(reader, &step_item, "the alias \"%s\" is there twice", aliases[i]);
            }
        }
        member->alias_count++;
    }
    return QA_OK;
}

static qa_status_t read_attribute(const qa_file_reader_t *reader, const qa_step_t *step, const cJSON *item,
                                  qa_file_attribute_t *attribute)
{
    qa_step_t inner = { .above = step, .key = item->string };
    qa_status_t status =
        qa_file_normalize(reader, step, "the name of an attribute", item->string, &attribute->name);
    if (status != QA_OK || cJSON_IsNull(item)) return status;
    if (!cJSON_IsString(item)) return qa_file_fail(reader, &inner, "a text \"…\" or null is expected here");
    attribute->value = qa_model_text(&reader->file->arena, item->valuestring, strlen(item->valuestring));
    return attribute->value == NULL ? qa_file_no_memory(reader) : QA_OK;
}

static qa_status_t read_attributes(const qa_file_reader_t *reader, const qa_step_t *step, const cJSON *object,
                                   qa_file_member_t *member)
{
    const cJSON *map = qa_file_get(object, "attributes");
    qa_step_t inner = { .above = step, .key = "attributes" };
    if (map == NULL) return QA_OK;
    member->attributes_said = cJSON_IsNull(map) ? QA_SAID_NULL : QA_SAID_VALUE;
    if (cJSON_IsNull(map)) return QA_OK;
    if (!cJSON_IsObject(map)) return qa_file_fail(reader, &inner, "an object of texts is expected here");
    int count = cJSON_GetArraySize(map);
    if (count > QA_ATTRIBUTES_MAX) {
        return qa_file_fail(reader, &inner, "%d attributes; a member has at most %d", count,
                            QA_ATTRIBUTES_MAX);
    }
    qa_file_attribute_t *attributes =
        qa_model_take(&reader->file->arena, ((size_t)count + 1) * sizeof(*attributes));
    if (attributes == NULL) return qa_file_no_memory(reader);
    member->attributes = attributes;
    for (const cJSON *item = map->child; item != NULL; item = item->next) {
        qa_status_t status = read_attribute(reader, &inner, item, &attributes[member->attribute_count]);
        if (status != QA_OK) return status;
        for (uint32_t i = 0; i < member->attribute_count; i++) {
            if (qa_names_equal(attributes[i].name, attributes[member->attribute_count].name)) {
                return qa_file_fail(reader, &inner, "the attribute \"%s\" is there twice",
                                    attributes[i].name);
            }
        }
        member->attribute_count++;
    }
    return QA_OK;
}

static qa_status_t read_day(const qa_file_reader_t *reader, const qa_step_t *step, const cJSON *object,
                            const char *key, int32_t *day_out)
{
    const cJSON *item = qa_file_get(object, key);
    qa_step_t inner = { .above = step, .key = key };
    if (!cJSON_IsString(item) ||
        qa_date_parse(item->valuestring, strlen(item->valuestring), day_out) != QA_OK) {
        return qa_file_fail(reader, &inner, "a day \"YYYY-MM-DD\" is expected here");
    }
    return QA_OK;
}

static qa_status_t read_days(const qa_file_reader_t *reader, const qa_step_t *step, const cJSON *object,
                             qa_file_member_t *member)
{
    const cJSON *first = qa_file_get(object, "first_day");
    const cJSON *last = qa_file_get(object, "last_day");
    if (first == NULL && last == NULL) return QA_OK;
    if (first == NULL || last == NULL) {
        return qa_file_fail(reader, step, "first_day and last_day go together; one is missing");
    }
    member->days_said = QA_SAID_VALUE;
    qa_status_t status = read_day(reader, step, object, "first_day", &member->first_day);
    if (status == QA_OK) status = read_day(reader, step, object, "last_day", &member->last_day);
    if (status == QA_OK && member->last_day < member->first_day) {
        status = qa_file_fail(reader, step, "last_day is before first_day");
    }
    return status;
}

static qa_status_t read_account(const qa_file_reader_t *reader, const qa_step_t *step, const cJSON *object,
                                qa_file_member_t *member)
{
    qa_step_t kind_step = { .above = step, .key = "kind" };
    qa_status_t status = qa_file_word(reader, step, object, "kind", qa_kind_words, &member->kind);
    if (status == QA_OK && member->kind == QA_KIND_MISSING) {
        status = qa_file_fail(reader, &kind_step, "no account is of the kind missing");
    }
    if (status == QA_OK) {
        status = qa_file_number(reader, step, object, "decimals", 0, QA_DECIMALS_MAX, &member->decimals);
    }
    if (status == QA_OK) {
        status = qa_file_word(reader, step, object, "time_balance", qa_balance_words, &member->time_balance);
    }
    if (status == QA_OK) status = qa_file_word(reader, step, object, "skip", qa_skip_words, &member->skip);
    if (status == QA_OK) status = qa_file_word(reader, step, object, "sense", qa_sense_words, &member->sense);
    return status;
}

/* Keys that make sense only in one kind of dimension are refused elsewhere, so that nothing is said in vain.
 */
static qa_status_t check_kind_of_keys(const qa_file_reader_t *reader, const qa_step_t *step,
                                      const cJSON *object)
{
    static const char *const of_accounts[] = { "kind", "decimals", "time_balance", "skip", "sense", NULL };
    static const char *const of_periods[] = { "first_day", "last_day", NULL };
    int8_t kind = reader->dimension->kind;
    if (kind < 0) return QA_OK;
    for (uint32_t i = 0; of_accounts[i] != NULL && kind != QA_DIMENSION_MEASURE; i++) {
        if (qa_file_get(object, of_accounts[i]) != NULL) {
            return qa_file_fail(reader, step, "\"%s\" is for accounts: the dimension is not of kind measure",
                                of_accounts[i]);
        }
    }
    for (uint32_t i = 0; of_periods[i] != NULL && kind != QA_DIMENSION_TIME; i++) {
        if (qa_file_get(object, of_periods[i]) != NULL) {
            return qa_file_fail(reader, step, "\"%s\" is for periods: the dimension is not of kind time",
                                of_periods[i]);
        }
    }
    return QA_OK;
}

static qa_status_t read_properties(const qa_file_reader_t *reader, const qa_step_t *step, const cJSON *object,
                                   qa_file_member_t *member)
{
    uint8_t ignored = 0;
    const cJSON *caption = qa_file_get(object, "caption");
    qa_status_t status = check_kind_of_keys(reader, step, object);
    if (status == QA_OK) status = qa_file_name(reader, step, object, "was", &member->was, &ignored);
    if (status == QA_OK)
        status = qa_file_name(reader, step, object, "data_member", &member->data_member, &ignored);
    if (status == QA_OK && cJSON_IsString(caption) && caption->valuestring[0] == 0) {
        member->caption_said = QA_SAID_NULL;
    } else if (status == QA_OK) {
        status = qa_file_name(reader, step, object, "caption", &member->caption, &member->caption_said);
    }
    if (member->caption == NULL) member->caption = "";
    if (status == QA_OK) status = read_aliases(reader, step, object, member);
    if (status == QA_OK) status = read_attributes(reader, step, object, member);
    if (status == QA_OK) status = read_days(reader, step, object, member);
    if (status == QA_OK) status = read_account(reader, step, object, member);
    return status;
}

static const char *const keys_of_member[] = { "code",        "was",      "caption",   "aliases",
                                              "attributes",  "children", "operator",  "weight",
                                              "data_member", "kind",     "decimals",  "time_balance",
                                              "skip",        "sense",    "first_day", "last_day",
                                              "comment",     NULL };
static const char *const keys_of_group[] = { "code",     "caption", "aliases", "attributes", "children",
                                             "operator", "weight",  "comment", NULL };
static const char *const keys_of_shared[] = { "code", "children", "operator", "weight", "comment", NULL };

static qa_status_t read_member_object(const qa_file_reader_t *reader, const qa_step_t *step,
                                      const cJSON *object, uint32_t hierarchy, uint32_t parent,
                                      uint32_t depth, uint32_t position)
{
    qa_file_dimension_t *dimension = reader->dimension;
    const char *code = NULL;
    uint32_t place = 0;
    qa_step_t inner = { .above = step, .key = "children" };
    qa_status_t status = qa_file_check_keys(reader, step, object, keys_of_member);
    if (status == QA_OK) status = qa_file_name(reader, step, object, "code", &code, NULL);
    uint32_t count_before = dimension->member_count;
    if (status == QA_OK) status = qa_file_place(reader, step, hierarchy, parent, code, position, &place);
    if (status != QA_OK) return status;
    qa_file_place_t *target = &dimension->hierarchies[hierarchy].places[place];
    qa_file_member_t *member = &dimension->members[target->member];
    bool is_first = dimension->member_count > count_before;
    if (hierarchy > 0)
        status = qa_file_check_keys(reader, step, object, is_first ? keys_of_group : keys_of_shared);
    if (status == QA_OK && is_first) status = read_properties(reader, step, object, member);
    if (status == QA_OK) status = read_operator(reader, step, object, target);
    if (status == QA_OK) status = read_weight(reader, step, object, target);
    if (status == QA_OK && parent == QA_PLACE_NONE &&
        (qa_file_get(object, "operator") != NULL || qa_file_get(object, "weight") != NULL)) {
        status = qa_file_fail(reader, step,
                              "\"%s\" is a root: operator and weight speak of a place below a parent", code);
    }
    const cJSON *children = qa_file_get(object, "children");
    if (status == QA_OK && children != NULL) {
        target->has_children = cJSON_GetArraySize(children) > 0;
        member->has_children = member->has_children || target->has_children;
        status = qa_file_members(reader, &inner, children, hierarchy, place, depth + 1);
    }
    return status;
}

/* The member under which there is one level too many, and its root. */
static qa_status_t refuse_depth(const qa_file_reader_t *reader, uint32_t hierarchy, uint32_t parent)
{
    const qa_file_dimension_t *dimension = reader->dimension;
    const qa_file_place_t *places = dimension->hierarchies[hierarchy].places;
    uint32_t root = parent;
    while (places[root].parent != QA_PLACE_NONE) {
        root = places[root].parent;
    }
    return qa_model_fail(
        reader->error, QA_LIMIT,
        "\"%s\" of \"%s\" stands %d levels deep, below \"%s\", and has children; a hierarchy "
        "has at most %d levels: move its children up",
        dimension->members[places[parent].member].code, dimension->name, QA_LEVELS_MAX,
        dimension->members[places[root].member].code, QA_LEVELS_MAX);
}

qa_status_t qa_file_members(const qa_file_reader_t *reader, const qa_step_t *step, const cJSON *list,
                            uint32_t hierarchy, uint32_t parent, uint32_t depth)
{
    uint32_t position = 0;
    if (!cJSON_IsArray(list)) return qa_file_fail(reader, step, "a list of members [ … ] is expected here");
    if (depth >= QA_LEVELS_MAX && list->child != NULL) return refuse_depth(reader, hierarchy, parent);
    for (const cJSON *item = list->child; item != NULL; item = item->next, position++) {
        qa_step_t inner = { .above = step, .index = position };
        const char *code = NULL;
        uint32_t place = 0;
        qa_status_t status = QA_OK;
        if (cJSON_IsString(item)) {
            status = qa_file_normalize(reader, &inner, "the code", item->valuestring, &code);
            if (status == QA_OK)
                status = qa_file_place(reader, &inner, hierarchy, parent, code, position, &place);
        } else if (hierarchy == 0 && parent == QA_PLACE_NONE && qa_file_get(item, "periods") != NULL) {
            status = qa_file_periods(reader, &inner, item, position);
        } else {
            status = read_member_object(reader, &inner, item, hierarchy, parent, depth, position);
        }
        if (status != QA_OK) return status;
    }
    return QA_OK;
}
