/* The map of a load, parsed strictly. What it must never do: touch the app or a data file; a map is judged by
 * itself first. */
#include "load/map.h"

#include <stdio.h>

#include "load/map_private.h"
#include "qa/text.h"

static const char shared_keys[] = "app kind format encoding delimiter header skip_lines columns";

typedef struct owned_map {
    qa_load_map_t map; /* first: the public pointer is this one */
    const qa_allocator_t *allocator;
    qa_load_arena_t arena;
} owned_map_t;

static const cJSON *get(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static bool is_source_key_missing(map_parse_t *parse, const qa_load_rule_t *rule, const char *where)
{
    if (rule->source.from == QA_LOAD_FROM_NOTHING) {
        return qa_load_map_fail(parse, "%s needs one of column, columns, template, constant, file, date",
                                where);
    }
    if (rule->unknown == QA_LOAD_UNKNOWN_SUSPENSE && rule->suspense == NULL) {
        return qa_load_map_fail(
            parse, "%s: \"unknown\": \"suspense\" needs \"suspense\", the name of the member", where);
    }
    const int parents = (rule->parent != NULL) + (rule->prefixes != NULL) +
                        (rule->parent_column.from != QA_LOAD_FROM_NOTHING);
    if (parents > 1) {
        return qa_load_map_fail(parse, "%s: give only one of parent, parent_by_prefix, parent_column", where);
    }
    return true;
}

bool qa_load_map_rule(map_parse_t *parse, const cJSON *value, const char *dimension, qa_load_rule_t *rule)
{
    char where[200];
    snprintf(where, sizeof(where), "the rule of %.150s", dimension);
    rule->dimension = qa_load_arena_copy(parse->arena, dimension, strlen(dimension));
    if (rule->dimension == NULL) parse->status = qa_load_fail_memory(parse->error);
    if (!cJSON_IsObject(value)) return qa_load_map_source(parse, value, where, &rule->source);
    uint32_t letter_case = 0;
    uint32_t unknown = 0;
    const bool is_good =
        qa_load_map_keys(
            parse, value, where,
            "column columns join template constant file field date date_format case empty aliases "
            "unknown suspense parent parent_by_prefix parent_column operator_column caption attributes") &&
        qa_load_map_source_keys(parse, value, where, &rule->source) &&
        qa_load_map_choice(parse, get(value, "case"), "\"case\"", "keep upper lower title", &letter_case) &&
        qa_load_map_text(parse, get(value, "empty"), "\"empty\"", &rule->empty) &&
        qa_load_map_pairs(parse, get(value, "aliases"), "\"aliases\"", &rule->aliases, &rule->alias_count) &&
        qa_load_map_choice(parse, get(value, "unknown"), "\"unknown\"", "reject suspense create", &unknown) &&
        qa_load_map_text(parse, get(value, "suspense"), "\"suspense\"", &rule->suspense) &&
        qa_load_map_text(parse, get(value, "parent"), "\"parent\"", &rule->parent) &&
        qa_load_map_pairs(parse, get(value, "parent_by_prefix"), "\"parent_by_prefix\"", &rule->prefixes,
                          &rule->prefix_count) &&
        qa_load_map_source(parse, get(value, "parent_column"), "\"parent_column\"", &rule->parent_column) &&
        qa_load_map_source(parse, get(value, "operator_column"), "\"operator_column\"",
                           &rule->operator_column) &&
        qa_load_map_source(parse, get(value, "caption"), "\"caption\"", &rule->caption) &&
        qa_load_map_attributes(parse, get(value, "attributes"), where, &rule->attributes,
                               &rule->attribute_count);
    if (!is_good) return false;
    rule->letter_case = (qa_load_case_t)letter_case;
    rule->unknown = (qa_load_unknown_t)unknown;
    return is_source_key_missing(parse, rule, where);
}

static bool parse_rules(map_parse_t *parse, const cJSON *value, qa_load_map_t *map)
{
    if (!cJSON_IsObject(value))
        return qa_load_map_fail(parse, "\"dimensions\" must be an object with a rule per dimension");
    const int count = cJSON_GetArraySize(value);
    if (count > QA_DIMENSIONS_MAX) return qa_load_map_fail(parse, "\"dimensions\" has more than 64 rules");
    qa_load_rule_t *rules = qa_load_map_take(parse, (size_t)count, sizeof(*rules));
    if (rules == NULL) return false;
    uint32_t i = 0;
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, value)
    {
        if (!qa_load_map_rule(parse, item, item->string, &rules[i])) return false;
        i++;
    }
    map->rules = rules;
    map->rule_count = i;
    return true;
}

static bool parse_sign(map_parse_t *parse, const cJSON *value, qa_load_sign_t *sign)
{
    sign->constant = 1;
    if (parse->status != QA_OK) return false;
    if (value == NULL) return true;
    if (cJSON_IsNumber(value) && (value->valuedouble == 1 || value->valuedouble == -1)) {
        sign->constant = value->valuedouble > 0 ? 1 : -1;
        return true;
    }
    if (!cJSON_IsObject(value)) {
        return qa_load_map_fail(parse,
                                "\"sign\" must be 1, -1, or an object with a column and a sign per text");
    }
    sign->constant = 0;
    if (get(value, "column") == NULL) return qa_load_map_fail(parse, "\"sign\" needs \"column\"");
    if (!qa_load_map_column(parse, get(value, "column"), "\"sign\"", &sign->column)) return false;
    qa_load_pair_t *cases = qa_load_map_take(parse, (size_t)cJSON_GetArraySize(value), sizeof(*cases));
    if (cases == NULL) return false;
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, value)
    {
        if (strcmp(item->string, "column") == 0) continue;
        if (!cJSON_IsNumber(item) || (item->valuedouble != 1 && item->valuedouble != -1)) {
            return qa_load_map_fail(parse, "\"sign\" of \"%s\" must be 1 or -1", item->string);
        }
        const int number = item->valuedouble > 0 ? 1 : -1;
        if (strcmp(item->string, "default") == 0) {
            sign->otherwise = number;
            continue;
        }
        const qa_load_text_t name = qa_load_trim(item->string, strlen(item->string));
        cases[sign->case_count].name = qa_load_arena_copy(parse->arena, name.data, name.bytes);
        if (cases[sign->case_count].name == NULL) {
            parse->status = qa_load_fail_memory(parse->error);
            return false;
        }
        cases[sign->case_count++].value = number > 0 ? "1" : "-1";
    }
    sign->cases = cases;
    return true;
}

static bool parse_amount(map_parse_t *parse, const cJSON *value, bool has_account,
                         qa_load_amount_rule_t *amount)
{
    if (!cJSON_IsObject(value)) {
        if (has_account)
            return qa_load_map_fail(parse, "each of \"amounts\" must be an object with column and account");
        amount->sign.constant = 1;
        return qa_load_map_column(parse, value, "\"amount\"", &amount->column);
    }
    const char *where = has_account ? "\"amounts\"" : "\"amount\"";
    if (!qa_load_map_keys(parse, value, where, has_account ? "column account sign" : "column sign"))
        return false;
    if (get(value, "column") == NULL) return qa_load_map_fail(parse, "%s needs \"column\"", where);
    if (has_account && get(value, "account") == NULL)
        return qa_load_map_fail(parse, "\"amounts\" needs \"account\"");
    amount->has_sign = get(value, "sign") != NULL;
    return qa_load_map_column(parse, get(value, "column"), where, &amount->column) &&
           qa_load_map_text(parse, get(value, "account"), "\"account\"", &amount->account) &&
           parse_sign(parse, get(value, "sign"), &amount->sign);
}

static bool parse_amounts(map_parse_t *parse, const cJSON *object, qa_load_map_t *map)
{
    const cJSON *one = get(object, "amount");
    const cJSON *many = get(object, "amounts");
    if ((one == NULL) == (many == NULL))
        return qa_load_map_fail(parse, "give \"amount\" or \"amounts\", and one of them only");
    const int count = one != NULL ? 1 : cJSON_GetArraySize(many);
    if (many != NULL && (!cJSON_IsArray(many) || count < 1 || count > QA_COLUMNS_MAX)) {
        return qa_load_map_fail(parse, "\"amounts\" must be a list of objects with column and account");
    }
    qa_load_amount_rule_t *amounts = qa_load_map_take(parse, (size_t)count, sizeof(*amounts));
    if (amounts == NULL) return false;
    map->amounts = amounts;
    if (one != NULL) {
        map->amount_count = 1;
        return parse_amount(parse, one, false, &amounts[0]);
    }
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, many)
    {
        if (!parse_amount(parse, item, true, &amounts[map->amount_count])) return false;
        map->amount_count++;
    }
    return true;
}

static bool parse_currencies(map_parse_t *parse, const cJSON *value, qa_load_amount_style_t *style)
{
    if (parse->status != QA_OK) return false;
    if (value == NULL) return true;
    if (!cJSON_IsArray(value)) return qa_load_map_fail(parse, "\"currency\" must be a list of texts");
    qa_load_text_t *names = qa_load_map_take(parse, (size_t)cJSON_GetArraySize(value), sizeof(*names));
    if (names == NULL) return false;
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, value)
    {
        const char *text = "";
        if (!qa_load_map_text(parse, item, "\"currency\"", &text)) return false;
        const qa_load_text_t name = qa_load_trim(text, strlen(text));
        if (name.bytes == 0 || strpbrk(text, "0123456789+-().,") != NULL) {
            return qa_load_map_fail(parse, "\"currency\" \"%s\" cannot be told from a number", text);
        }
        names[style->currency_count++] = name;
    }
    style->currencies = names;
    return true;
}

static bool parse_delimiter(map_parse_t *parse, const cJSON *value, char *delimiter_out)
{
    if (parse->status != QA_OK) return false;
    if (value == NULL) return true;
    if (!cJSON_IsString(value) || strlen(value->valuestring) != 1 ||
        (unsigned char)value->valuestring[0] >= 0x7F || strchr("\"\r\n", value->valuestring[0]) != NULL) {
        return qa_load_map_fail(parse, "\"delimiter\" must be one ASCII character, such as \",\" or \";\"");
    }
    *delimiter_out = value->valuestring[0];
    return true;
}

static bool parse_columns(map_parse_t *parse, const cJSON *value, qa_load_reader_options_t *reader)
{
    if (parse->status != QA_OK) return false;
    if (value == NULL) return true;
    if (reader->is_header) return qa_load_map_fail(parse, "\"columns\" goes with \"header\": false only");
    const int count = cJSON_IsArray(value) ? cJSON_GetArraySize(value) : 0;
    if (count < 1 || count > QA_COLUMNS_MAX)
        return qa_load_map_fail(parse, "\"columns\" must be a list of names");
    const char **names = qa_load_map_take(parse, (size_t)count, sizeof(*names));
    if (names == NULL) return false;
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, value)
    {
        if (!qa_load_map_text(parse, item, "\"columns\"", &names[reader->column_count])) return false;
        reader->column_count++;
    }
    reader->columns = names;
    return true;
}

static bool parse_file_keys(map_parse_t *parse, const cJSON *object, qa_load_map_t *map)
{
    uint32_t format = 0;
    uint32_t encoding = 0;
    uint64_t skip_lines = 0;
    map->reader.is_header = true;
    const bool is_good =
        qa_load_map_text(parse, get(object, "app"), "\"app\"", &map->app) &&
        qa_load_map_choice(parse, get(object, "format"), "\"format\"", "auto csv jsonl", &format) &&
        qa_load_map_choice(parse, get(object, "encoding"), "\"encoding\"",
                           "auto utf-8 utf-16le utf-16be cp1252 latin1", &encoding) &&
        parse_delimiter(parse, get(object, "delimiter"), &map->reader.delimiter) &&
        qa_load_map_boolean(parse, get(object, "header"), "\"header\"", &map->reader.is_header) &&
        qa_load_map_number(parse, get(object, "skip_lines"), "\"skip_lines\"", 1000, &skip_lines) &&
        parse_columns(parse, get(object, "columns"), &map->reader);
    map->reader.format = (qa_load_format_t)format;
    map->encoding = (qa_load_encoding_t)encoding;
    map->reader.skip_lines = (uint32_t)skip_lines;
    return is_good;
}

/* What a year is, for amounts that are year to date: a generation, or a list of members. */
static bool parse_year(map_parse_t *parse, const cJSON *object, qa_load_map_t *map)
{
    const cJSON *value = get(object, "year");
    uint32_t start = 0;
    if (!qa_load_map_choice(parse, get(object, "cumulative_start"), "\"cumulative_start\"", "known zero",
                            &start))
        return false;
    map->is_start_zero = start == 1;
    if (!map->is_year_to_date && (value != NULL || get(object, "cumulative_start") != NULL))
        return qa_load_map_fail(parse, "\"year\" and \"cumulative_start\" go with \"cumulative\" only");
    if (value == NULL) return true;
    if (cJSON_IsNumber(value) && value->valuedouble >= 1 && value->valuedouble <= QA_LEVELS_MAX &&
        value->valuedouble == (double)(uint32_t)value->valuedouble) {
        map->year_generation = (uint32_t)value->valuedouble;
        return true;
    }
    const int count = cJSON_IsArray(value) ? cJSON_GetArraySize(value) : 0;
    if (count < 1) {
        return qa_load_map_fail(parse, "\"year\" must be a generation, from 1 for the roots of the time "
                                       "dimension, or a list of its members that are years");
    }
    const char **names = qa_load_map_take(parse, (size_t)count, sizeof(*names));
    if (names == NULL) return false;
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, value)
    {
        if (!qa_load_map_text(parse, item, "\"year\"", &names[map->year_count])) return false;
        map->year_count++;
    }
    map->years = names;
    return true;
}

static bool parse_facts(map_parse_t *parse, const cJSON *object, qa_load_map_t *map)
{
    char known[400];
    uint32_t decimal = 0, empty = 0, duplicates = 0, cumulative = 0;
    snprintf(known, sizeof(known),
             "%s decimal currency dimensions amount amounts sign empty_amount duplicates cumulative "
             "cumulative_start year round max_rejects",
             shared_keys);
    const cJSON *style = get(object, "decimal");
    if (!qa_load_map_keys(parse, object, "the map", known)) return false;
    if (cJSON_IsString(style) && strcmp(style->valuestring, "auto") == 0) {
        return qa_load_map_fail(
            parse, "\"decimal\": \"auto\" would be a guess (1.234 is a thousand, or a bit more than "
                   "one); say \"point\" or \"european\"");
    }
    const bool is_good =
        qa_load_map_choice(parse, style, "\"decimal\"", "point european", &decimal) &&
        parse_currencies(parse, get(object, "currency"), &map->style) &&
        parse_rules(parse, get(object, "dimensions"), map) && parse_amounts(parse, object, map) &&
        parse_sign(parse, get(object, "sign"), &map->sign) &&
        qa_load_map_choice(parse, get(object, "empty_amount"), "\"empty_amount\"", "keep clear", &empty) &&
        qa_load_map_choice(parse, get(object, "duplicates"), "\"duplicates\"", "add last reject",
                           &duplicates) &&
        qa_load_map_choice(parse, get(object, "cumulative"), "\"cumulative\"", "ytd", &cumulative) &&
        qa_load_map_boolean(parse, get(object, "round"), "\"round\"", &map->is_rounding) &&
        qa_load_map_number(parse, get(object, "max_rejects"), "\"max_rejects\"", UINT32_MAX,
                           &map->rejects_max);
    map->style.is_european = decimal == 1;
    map->is_clearing = empty == 1;
    map->duplicates = (qa_load_duplicates_t)duplicates;
    map->is_year_to_date = get(object, "cumulative") != NULL;
    return is_good && parse_year(parse, object, map);
}

bool qa_load_map_members(map_parse_t *parse, const cJSON *object, qa_load_member_rules_t *members)
{
    char known[400];
    snprintf(known, sizeof(known),
             "%s dimension member parent levels root operator caption aliases attributes "
             "account_kind decimals time_balance sense first_day last_day max_rejects",
             shared_keys);
    if (!qa_load_map_keys(parse, object, "the map", known)) return false;
    if (get(object, "dimension") == NULL || get(object, "member") == NULL) {
        return qa_load_map_fail(parse, "\"kind\": \"members\" needs \"dimension\" and \"member\"");
    }
    if (get(object, "parent") != NULL && get(object, "levels") != NULL) {
        return qa_load_map_fail(parse, "give \"parent\" or \"levels\", not both");
    }
    if ((get(object, "first_day") == NULL) != (get(object, "last_day") == NULL)) {
        return qa_load_map_fail(parse, "give both of \"first_day\" and \"last_day\"");
    }
    const struct {
        const char *key;
        qa_load_text_source_t *source;
    } sources[] = { { "member", &members->member },
                    { "parent", &members->parent },
                    { "operator", &members->operator_source },
                    { "caption", &members->caption },
                    { "account_kind", &members->account_kind },
                    { "decimals", &members->decimals },
                    { "time_balance", &members->time_balance },
                    { "first_day", &members->first_day },
                    { "last_day", &members->last_day } };
    bool is_good = qa_load_map_text(parse, get(object, "dimension"), "\"dimension\"", &members->dimension) &&
                   qa_load_map_text(parse, get(object, "root"), "\"root\"", &members->root);
    for (uint32_t i = 0; is_good && i < sizeof(sources) / sizeof(sources[0]); i++)
        is_good = qa_load_map_source(parse, get(object, sources[i].key), sources[i].key, sources[i].source);
    const struct {
        const char *key;
        const qa_load_text_source_t **list;
        uint32_t *count;
    } lists[] = { { "levels", &members->levels, &members->level_count },
                  { "aliases", &members->aliases, &members->alias_count } };
    for (uint32_t l = 0; is_good && l < 2; l++) {
        const cJSON *list = get(object, lists[l].key);
        if (list == NULL) continue;
        if (!cJSON_IsArray(list)) return qa_load_map_fail(parse, "\"%s\" must be a list", lists[l].key);
        qa_load_text_source_t *items =
            qa_load_map_take(parse, (size_t)cJSON_GetArraySize(list), sizeof(*items));
        if (items == NULL) return false;
        const cJSON *item = NULL;
        cJSON_ArrayForEach(item, list)
        {
            is_good = is_good && qa_load_map_source(parse, item, lists[l].key, &items[*lists[l].count]);
            (*lists[l].count)++;
        }
        *lists[l].list = items;
    }
    if (!is_good || !qa_load_map_attributes(parse, get(object, "attributes"), "the map", &members->attributes,
                                            &members->attribute_count)) {
        return false;
    }
    const cJSON *sense = get(object, "sense");
    if (sense == NULL) return true;
    if (!qa_load_map_pairs(parse, sense, "\"sense\"", &members->senses, &members->sense_count)) return false;
    for (uint32_t i = 0; i < members->sense_count; i++) {
        const qa_load_pair_t *pair = &members->senses[i];
        if (strcmp(pair->name, "column") == 0) {
            members->sense_column = pair->value;
        } else if (strcmp(pair->value, "income") != 0 && strcmp(pair->value, "expense") != 0) {
            return qa_load_map_fail(parse, "\"sense\" of \"%s\" must be \"income\" or \"expense\"",
                                    pair->name);
        }
    }
    return members->sense_column != NULL || qa_load_map_fail(parse, "\"sense\" needs \"column\"");
}

static bool parse_map(map_parse_t *parse, const cJSON *object, qa_load_map_t *map)
{
    uint32_t kind = 0;
    if (!cJSON_IsObject(object)) return qa_load_map_fail(parse, "it must be one JSON object");
    if (!qa_load_map_choice(parse, get(object, "kind"), "\"kind\"", "facts members", &kind)) return false;
    map->is_members = kind == 1;
    const bool is_good = map->is_members
                             ? qa_load_map_members(parse, object, &map->members) &&
                                   qa_load_map_number(parse, get(object, "max_rejects"), "\"max_rejects\"",
                                                      UINT32_MAX, &map->rejects_max)
                             : parse_facts(parse, object, map);
    return is_good && parse_file_keys(parse, object, map);
}

qa_status_t qa_load_map_parse(qa_load_map_t **map_out, const char *text, size_t bytes,
                              const qa_allocator_t *allocator, qa_error_t *error)
{
    *map_out = NULL;
    if (bytes > QA_MODEL_FILE_BYTES_MAX)
        return qa_load_fail(error, QA_LIMIT, "the map is larger than 256 MiB");
    if (bytes >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        bytes -= 3;
    }
    if (!qa_utf8_is_valid(text, bytes)) return qa_load_fail(error, QA_BAD_MAP, "the map is not valid UTF-8");
    const char *end = text;
    cJSON *object = cJSON_ParseWithLengthOpts(text, bytes, &end, false);
    if (object == NULL || qa_load_trim(end, bytes - (size_t)(end - text)).bytes > 0) {
        uint32_t line = 1;
        for (const char *at = text; at < end && at < text + bytes; at++)
            line += *at == '\n';
        cJSON_Delete(object);
        return qa_load_fail(error, QA_BAD_MAP, "the map is not valid JSON at line %u", line);
    }
    owned_map_t *owned = allocator->resize(allocator->context, NULL, 0, sizeof(*owned));
    if (owned == NULL) {
        cJSON_Delete(object);
        return qa_load_fail_memory(error);
    }
    *owned = (owned_map_t){ .allocator = allocator };
    qa_load_arena_make(&owned->arena, allocator);
    map_parse_t parse = { .arena = &owned->arena, .error = error, .status = QA_OK };
    if (!parse_map(&parse, object, &owned->map) && parse.status == QA_OK) {
        parse.status = qa_load_fail(error, QA_BAD_MAP, "the map is not valid");
    }
    cJSON_Delete(object);
    if (parse.status != QA_OK) {
        qa_load_map_close(&owned->map);
        return parse.status;
    }
    *map_out = &owned->map;
    return QA_OK;
}

void qa_load_map_close(qa_load_map_t *map)
{
    if (map == NULL) return;
    owned_map_t *owned = (owned_map_t *)map;
    qa_load_arena_release(&owned->arena);
    owned->allocator->release(owned->allocator->context, owned, sizeof(*owned));
}
