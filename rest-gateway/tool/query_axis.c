/* Parses the axes of a query. Grammar, as docs/reference/query.md explains it:
 *
 *     axis     = part { "*" part }
 *     part     = name [ "@" name ] { filter } [ ":" ( place | "{" place { "," place } "}" ) ] { function } {
 * filter } place    = name { function } filter   = "[" name "=" name "]" function = ".children" |
 * ".descendants" | ".leaves" | ".level(" number ")" | ".generation(" number ")"
 *
 * A name ends at a character that means something where it stands, or is quoted: "…" with "" for a quote. A
 * dot is part of a name unless a function follows it. */
#include <stdlib.h>
#include <string.h>

#include "qa/limits.h"
#include "qa/text.h"
#include "tool/query.h"

enum { NAME_ROOM = 2 * QA_NAME_BYTES_MAX, FILTERS_MAX = 8 };

typedef enum function {
    FUNCTION_NONE,
    FUNCTION_CHILDREN,
    FUNCTION_DESCENDANTS,
    FUNCTION_LEAVES,
    FUNCTION_LEVEL,
    FUNCTION_GENERATION
} function_t;
static const char *const function_words[] = {
    "", "children", "descendants", "leaves", "level", "generation"
};

typedef struct filter {
    char name[NAME_ROOM];
    char value[NAME_ROOM];
} filter_t;

typedef struct parser {
    qa_tool_t *tool;
    const qa_model_t *model;
    const char *text;
    const char *cursor;
    qa_axis_part_t *part;
    filter_t *filters;
    uint32_t filter_count;
} parser_t;

void qa_axis_close(qa_axis_t *axis)
{
    for (uint32_t i = 0; i < axis->part_count; i++) {
        free(axis->parts[i].items);
    }
    *axis = (qa_axis_t){ 0 };
}

uint64_t qa_axis_size(const qa_axis_t *axis)
{
    uint64_t size = 1;
    for (uint32_t i = 0; i < axis->part_count; i++) {
        if (axis->parts[i].count == 0) return 0;
        if (size > UINT32_MAX) return size; /* beyond every limit already */
        size *= axis->parts[i].count;
    }
    return size;
}

uint32_t qa_axis_index(const qa_axis_t *axis, uint64_t place, uint32_t part)
{
    for (uint32_t i = axis->part_count; i-- > part + 1;) {
        place /= axis->parts[i].count;
    }
    return (uint32_t)(place % axis->parts[part].count);
}

static qa_status_t fail(const parser_t *parser, const char *words)
{
    return qa_tool_set_error(parser->tool, QA_USAGE, "\"%.120s\", character %zu: %s", parser->text,
                             (size_t)(parser->cursor - parser->text) + 1, words);
}

static void skip_blanks(parser_t *parser)
{
    while (*parser->cursor == ' ') {
        parser->cursor++;
    }
}

/* The function that begins at a dot, and what stands behind its word; FUNCTION_NONE: the dot belongs to a
 * name. */
static function_t function_at(const char *dot, const char **behind_out)
{
    for (function_t f = FUNCTION_CHILDREN; f <= FUNCTION_GENERATION; f++) {
        size_t bytes = strlen(function_words[f]);
        if (strncmp(dot + 1, function_words[f], bytes) != 0) continue;
        char next = dot[1 + bytes];
        bool is_end = next == 0 || strchr(" .*,}[", next) != NULL;
        if (f >= FUNCTION_LEVEL ? next == '(' : is_end) {
            *behind_out = dot + 1 + bytes;
            return f;
        }
    }
    return FUNCTION_NONE;
}

static qa_status_t take_quoted(parser_t *parser, char name_out[NAME_ROOM])
{
    size_t bytes = 0;
    parser->cursor++;
    for (;; parser->cursor++) {
        if (*parser->cursor == 0) return fail(parser, "a quote is not closed");
        if (*parser->cursor == '"' && *++parser->cursor != '"') break;
        if (bytes + 1 >= NAME_ROOM) return fail(parser, "a name is too long");
        name_out[bytes++] = *parser->cursor;
    }
    name_out[bytes] = 0;
    return QA_OK;
}

static qa_status_t take_name(parser_t *parser, const char *ends, const char *what, char name_out[NAME_ROOM])
{
    size_t bytes = 0;
    const char *behind = NULL;
    skip_blanks(parser);
    if (*parser->cursor == '"') {
        qa_status_t status = take_quoted(parser, name_out);
        skip_blanks(parser);
        return status;
    }
    while (*parser->cursor != 0 && strchr(ends, *parser->cursor) == NULL) {
        if (*parser->cursor == '.' && function_at(parser->cursor, &behind) != FUNCTION_NONE) break;
        if (bytes + 1 >= NAME_ROOM) return fail(parser, "a name is too long");
        name_out[bytes++] = *parser->cursor++;
    }
    while (bytes > 0 && name_out[bytes - 1] == ' ') {
        bytes--;
    }
    name_out[bytes] = 0;
    return bytes == 0 ? fail(parser, what) : QA_OK;
}

/* --- lists of members --- */

static qa_status_t add_item(parser_t *parser, qa_member_t member, uint32_t depth, uint32_t indent)
{
    qa_axis_part_t *part = parser->part;
    if (part->count == part->capacity) {
        uint32_t capacity = part->capacity == 0 ? 64 : part->capacity * 2;
        qa_axis_item_t *items = realloc(part->items, capacity * sizeof(*items));
        if (items == NULL)
            return qa_tool_set_error(parser->tool, QA_NO_MEMORY, "out of memory for a list of members");
        part->items = items;
        part->capacity = capacity;
    }
    if (part->count >= QA_GRID_CELLS_MAX) {
        return qa_tool_set_error(parser->tool, QA_LIMIT, "an axis has more than %d members",
                                 QA_GRID_CELLS_MAX);
    }
    part->items[part->count++] = (qa_axis_item_t){ .member = member, .depth = depth, .indent = indent };
    return QA_OK;
}

typedef struct walk {
    parser_t *parser;
    function_t function;
    uint32_t number;
} walk_t;

static qa_status_t walk_below(const walk_t *walk, qa_member_t member, uint32_t depth, uint32_t indent)
{
    const qa_axis_part_t *part = walk->parser->part;
    const qa_model_t *model = walk->parser->model;
    uint32_t count = 0;
    const qa_edge_t *children = qa_model_children(model, part->dimension, part->hierarchy, member, &count);
    bool is_wanted = true;
    qa_status_t status = QA_OK;
    if (walk->function == FUNCTION_LEAVES) is_wanted = count == 0;
    if (walk->function == FUNCTION_LEVEL) {
        is_wanted = qa_model_level(model, part->dimension, part->hierarchy, member) == walk->number;
    }
    if (walk->function == FUNCTION_GENERATION) is_wanted = depth + 1 == walk->number;
    if (is_wanted) status = add_item(walk->parser, member, depth, indent);
    for (uint32_t i = 0; i < count && status == QA_OK; i++) {
        status = walk_below(walk, children[i].child, depth + 1, indent + (is_wanted ? 1 : 0));
    }
    return status;
}

/* What the function makes of one member. */
static qa_status_t apply_to(const walk_t *walk, qa_axis_item_t item)
{
    const qa_axis_part_t *part = walk->parser->part;
    uint32_t count = 0;
    qa_status_t status = QA_OK;
    if (walk->function != FUNCTION_CHILDREN) return walk_below(walk, item.member, item.depth, 0);
    const qa_edge_t *children =
        qa_model_children(walk->parser->model, part->dimension, part->hierarchy, item.member, &count);
    for (uint32_t i = 0; i < count && status == QA_OK; i++) {
        status = add_item(walk->parser, children[i].child, item.depth + 1, 0);
    }
    return status;
}

/* Replaces the items from `first` on by what the function makes of them. */
static qa_status_t apply_function(const walk_t *walk, uint32_t first)
{
    qa_axis_part_t *part = walk->parser->part;
    uint32_t count = part->count - first;
    qa_status_t status = QA_OK;
    qa_axis_item_t *before = malloc(((size_t)count + 1) * sizeof(*before));
    if (before == NULL)
        return qa_tool_set_error(walk->parser->tool, QA_NO_MEMORY, "out of memory for a list");
    if (count > 0) memcpy(before, part->items + first, count * sizeof(*before));
    part->count = first;
    for (uint32_t i = 0; i < count && status == QA_OK; i++) {
        status = apply_to(walk, before[i]);
    }
    free(before);
    return status;
}

static qa_status_t add_roots(parser_t *parser)
{
    uint32_t count = 0;
    qa_status_t status = QA_OK;
    const qa_edge_t *roots = qa_model_children(parser->model, parser->part->dimension,
                                               parser->part->hierarchy, QA_MEMBER_NONE, &count);
    for (uint32_t i = 0; i < count && status == QA_OK; i++) {
        status = add_item(parser, roots[i].child, 0, 0);
    }
    return status;
}

/* --- the grammar --- */

static qa_status_t parse_functions(parser_t *parser, uint32_t first, bool *is_any_out)
{
    const char *behind = NULL;
    skip_blanks(parser);
    while (*parser->cursor == '.') {
        walk_t walk = { .parser = parser, .function = function_at(parser->cursor, &behind) };
        if (walk.function == FUNCTION_NONE) {
            return fail(parser,
                        "a function is expected: .children .descendants .leaves .level(N) .generation(N)");
        }
        parser->cursor = behind;
        if (walk.function >= FUNCTION_LEVEL) {
            size_t digits = strspn(behind + 1, "0123456789");
            if (digits == 0 || digits > 3 || behind[1 + digits] != ')') {
                return fail(parser, "a number in parentheses is expected");
            }
            for (size_t i = 0; i < digits; i++) {
                walk.number = walk.number * 10 + (uint32_t)(behind[1 + i] - '0');
            }
            parser->cursor = behind + digits + 2;
        }
        qa_status_t status = apply_function(&walk, first);
        if (status != QA_OK) return status;
        if (is_any_out != NULL) *is_any_out = true;
        skip_blanks(parser);
    }
    return QA_OK;
}

static qa_status_t parse_place(parser_t *parser, const char *ends)
{
    char name[NAME_ROOM];
    qa_member_t member = 0;
    const qa_axis_part_t *part = parser->part;
    uint32_t first = part->count;
    qa_status_t status = take_name(parser, ends, "a member is expected here", name);
    if (status != QA_OK) return status;
    status = qa_model_find_member(parser->model, part->dimension, name, strlen(name), &member,
                                  &parser->tool->error);
    if (status != QA_OK) return status;
    uint32_t generation = qa_model_generation(parser->model, part->dimension, part->hierarchy, member);
    if (generation == 0) {
        return qa_tool_set_error(parser->tool, QA_MEMBER_NOT_FOUND, "%s is not in the hierarchy %s of %s",
                                 name,
                                 qa_model_hierarchy(parser->model, part->dimension, part->hierarchy)->name,
                                 qa_model_dimension(parser->model, part->dimension)->name);
    }
    status = add_item(parser, member, generation - 1, 0);
    return status == QA_OK ? parse_functions(parser, first, NULL) : status;
}

static qa_status_t parse_members(parser_t *parser)
{
    qa_status_t status = QA_OK;
    parser->cursor++;
    skip_blanks(parser);
    if (*parser->cursor != '{') return parse_place(parser, "*[,{}");
    do {
        parser->cursor++;
        status = parse_place(parser, ",}");
        skip_blanks(parser);
    } while (status == QA_OK && *parser->cursor == ',');
    if (status != QA_OK) return status;
    if (*parser->cursor != '}') return fail(parser, "} is expected here");
    parser->cursor++;
    return QA_OK;
}

static qa_status_t parse_filters(parser_t *parser)
{
    skip_blanks(parser);
    while (*parser->cursor == '[') {
        if (parser->filter_count == FILTERS_MAX) return fail(parser, "too many filters");
        filter_t *filter = &parser->filters[parser->filter_count++];
        parser->cursor++;
        qa_status_t status =
            take_name(parser, "=]", "the name of an attribute is expected here", filter->name);
        if (status != QA_OK) return status;
        if (*parser->cursor != '=') return fail(parser, "= is expected here");
        parser->cursor++;
        status = take_name(parser, "]", "the value of an attribute is expected here", filter->value);
        if (status != QA_OK) return status;
        if (*parser->cursor != ']') return fail(parser, "] is expected here");
        parser->cursor++;
        skip_blanks(parser);
    }
    return QA_OK;
}

static bool is_equal_name(const char *a, size_t a_bytes, const char *b)
{
    char a_key[QA_NAME_KEY_BYTES];
    char b_key[QA_NAME_KEY_BYTES];
    size_t a_key_bytes = 0;
    size_t b_key_bytes = 0;
    if (a_bytes == strlen(b) && memcmp(a, b, a_bytes) == 0) return true;
    return qa_name_key(a, a_bytes, a_key, &a_key_bytes) == QA_OK &&
           qa_name_key(b, strlen(b), b_key, &b_key_bytes) == QA_OK && a_key_bytes == b_key_bytes &&
           memcmp(a_key, b_key, a_key_bytes) == 0;
}

static void apply_filters(parser_t *parser)
{
    qa_axis_part_t *part = parser->part;
    uint32_t kept = 0;
    bool is_shown[QA_LEVELS_MAX + 2] = { false }; /* per indent: the last member there stays */
    if (parser->filter_count == 0) return;
    for (uint32_t i = 0; i < part->count; i++) {
        bool is_wanted = true;
        uint32_t indent = part->items[i].indent;
        uint32_t shown_above = 0;
        for (uint32_t f = 0; f < parser->filter_count && is_wanted; f++) {
            uint32_t bytes = 0;
            const char *name = parser->filters[f].name;
            const char *value = qa_model_attribute_value(parser->model, part->dimension,
                                                         part->items[i].member, name, strlen(name), &bytes);
            is_wanted = value != NULL && is_equal_name(value, bytes, parser->filters[f].value);
        }
        for (uint32_t above = 0; above < indent; above++) {
            shown_above += is_shown[above] ? 1 : 0;
        }
        is_shown[indent] = is_wanted;
        part->items[i].indent = shown_above;
        if (is_wanted) part->items[kept++] = part->items[i];
    }
    part->count = kept;
}

static qa_status_t parse_part(parser_t *parser)
{
    char name[NAME_ROOM];
    qa_axis_part_t *part = parser->part;
    bool is_any = false;
    parser->filter_count = 0;
    qa_status_t status = take_name(parser, "*@[:{},", "a dimension is expected here", name);
    if (status != QA_OK) return status;
    status =
        qa_model_find_dimension(parser->model, name, strlen(name), &part->dimension, &parser->tool->error);
    if (status != QA_OK) return status;
    skip_blanks(parser);
    if (*parser->cursor == '@') {
        parser->cursor++;
        status = take_name(parser, "*[:{},", "a hierarchy is expected here", name);
        if (status != QA_OK) return status;
        status = qa_model_find_hierarchy(parser->model, part->dimension, name, strlen(name), &part->hierarchy,
                                         &parser->tool->error);
        if (status != QA_OK) return status;
    }
    status = parse_filters(parser);
    if (status != QA_OK) return status;
    if (*parser->cursor == ':') {
        status = parse_members(parser);
        if (status == QA_OK) status = parse_functions(parser, 0, NULL);
    } else {
        status = add_roots(parser);
        if (status == QA_OK) status = parse_functions(parser, 0, &is_any);
        const walk_t all = { .parser = parser, .function = FUNCTION_DESCENDANTS };
        if (status == QA_OK && !is_any) status = apply_function(&all, 0);
    }
    if (status == QA_OK) status = parse_filters(parser);
    if (status == QA_OK) apply_filters(parser);
    return status;
}

qa_status_t qa_axis_parse(qa_tool_t *tool, const qa_model_t *model, const char *text, qa_axis_t *axis_out)
{
    parser_t parser = { .tool = tool, .model = model, .text = text, .cursor = text };
    qa_status_t status = QA_OK;
    *axis_out = (qa_axis_t){ 0 };
    if (qa_tool_utf8(tool, "selection", text) != QA_OK) return tool->error.status;
    parser.filters = calloc(FILTERS_MAX, sizeof(*parser.filters));
    if (parser.filters == NULL) return qa_tool_set_error(tool, QA_NO_MEMORY, "out of memory for a query");
    do {
        if (*parser.cursor == '*') parser.cursor++;
        if (axis_out->part_count == QA_AXIS_PARTS_MAX) {
            status = fail(&parser, "at most 8 dimensions are crossed on one side");
            break;
        }
        parser.part = &axis_out->parts[axis_out->part_count++];
        status = parse_part(&parser);
        skip_blanks(&parser);
    } while (status == QA_OK && *parser.cursor == '*');
    if (status == QA_OK && *parser.cursor != 0) status = fail(&parser, "this is not understood from here on");
    free(parser.filters);
    return status;
}
