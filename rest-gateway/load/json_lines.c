/* One JSON line: an object, read by a pull parser that keeps only the values asked for. Numbers stay the text
 * that they are in the file, so money is exact. Values lie in the window; only strings with escapes are
 * copied to the scratch. What it must never do: allocate per value, recurse without a limit, accept what is
 * not JSON. */
#include <stdio.h>

#include "load/reader_private.h"
#include "qa/limits.h"
#include "qa/text.h"

enum { DEPTH_MAX = 64 };

typedef struct parse {
    qa_load_reader_t *reader;
    const char *at;
    const char *end;
    uint32_t scratch_used;
    uint32_t path_bytes;
    const char *fault;
} parse_t;

static bool fail_parse(parse_t *parse, const char *fault)
{
    if (parse->fault == NULL) parse->fault = fault;
    return false;
}

static void skip_blanks(parse_t *parse)
{
    while (parse->at < parse->end &&
           (*parse->at == ' ' || *parse->at == '\t' || *parse->at == '\r' || *parse->at == '\n'))
        parse->at++;
}

static bool take(parse_t *parse, char byte)
{
    skip_blanks(parse);
    if (parse->at == parse->end || *parse->at != byte) return false;
    parse->at++;
    return true;
}

static int hex_digit(char byte)
{
    if (byte >= '0' && byte <= '9') return byte - '0';
    if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
    if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
    return -1;
}

static bool read_four(parse_t *parse, uint32_t *unit_out)
{
    *unit_out = 0;
    if (parse->end - parse->at < 4) return fail_parse(parse, "bad JSON: \\u needs four digits");
    for (int i = 0; i < 4; i++) {
        const int digit = hex_digit(*parse->at++);
        if (digit < 0) return fail_parse(parse, "bad JSON: \\u needs four digits");
        *unit_out = *unit_out << 4 | (uint32_t)digit;
    }
    return true;
}

static uint32_t put_point(char *target, uint32_t point)
{
    unsigned char *at = (unsigned char *)target;
    if (point < 0x80) {
        at[0] = (unsigned char)point;
        return 1;
    }
    if (point < 0x800) {
        at[0] = (unsigned char)(0xC0 | point >> 6);
        at[1] = (unsigned char)(0x80 | (point & 0x3F));
        return 2;
    }
    if (point < 0x10000) {
        at[0] = (unsigned char)(0xE0 | point >> 12);
        at[1] = (unsigned char)(0x80 | (point >> 6 & 0x3F));
        at[2] = (unsigned char)(0x80 | (point & 0x3F));
        return 3;
    }
    at[0] = (unsigned char)(0xF0 | point >> 18);
    at[1] = (unsigned char)(0x80 | (point >> 12 & 0x3F));
    at[2] = (unsigned char)(0x80 | (point >> 6 & 0x3F));
    at[3] = (unsigned char)(0x80 | (point & 0x3F));
    return 4;
}

/* What stands behind a backslash, written to the scratch. An escape is never shorter than what it stands for,
 * so a scratch as long as the window is enough. */
static bool read_escape(parse_t *parse)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    char *target = parse->reader->scratch + parse->scratch_used;
    if (parse->at == parse->end) return fail_parse(parse, "bad JSON: a text is not closed");
    const char letter = *parse->at++;
    if (letter != 'u') {
        for (uint32_t i = 0; letters[i] != '\0'; i++) {
            if (letter != letters[i]) continue;
            *target = meanings[i];
            parse->scratch_used++;
            return true;
        }
        return fail_parse(parse, "bad JSON: an unknown escape");
    }
    uint32_t point = 0;
    if (!read_four(parse, &point)) return false;
    if (point >= 0xDC00 && point < 0xE000) return fail_parse(parse, "bad JSON: half of a surrogate pair");
    if (point >= 0xD800 && point < 0xDC00) {
        uint32_t second = 0;
        if (parse->end - parse->at < 6 || parse->at[0] != '\\' || parse->at[1] != 'u') {
            return fail_parse(parse, "bad JSON: half of a surrogate pair");
        }
        parse->at += 2;
        if (!read_four(parse, &second)) return false;
        if (second < 0xDC00 || second >= 0xE000)
            return fail_parse(parse, "bad JSON: half of a surrogate pair");
        point = 0x10000 + ((point - 0xD800) << 10) + (second - 0xDC00);
    }
    parse->scratch_used += put_point(target, point);
    return true;
}

/* A string behind its opening quote. */
static bool read_string(parse_t *parse, qa_load_text_t *text_out)
{
    const char *start = parse->at;
    while (parse->at < parse->end && *parse->at != '"' && *parse->at != '\\' &&
           (unsigned char)*parse->at >= 0x20)
        parse->at++;
    if (parse->at < parse->end && *parse->at == '"') {
        *text_out = (qa_load_text_t){ start, (uint32_t)(parse->at - start) };
        parse->at++;
        return true;
    }
    const uint32_t first = parse->scratch_used;
    memcpy(parse->reader->scratch + first, start, (size_t)(parse->at - start));
    parse->scratch_used += (uint32_t)(parse->at - start);
    while (parse->at < parse->end && *parse->at != '"') {
        if ((unsigned char)*parse->at < 0x20)
            return fail_parse(parse, "bad JSON: a control character in a text");
        if (*parse->at == '\\') {
            parse->at++;
            if (!read_escape(parse)) return false;
        } else {
            parse->reader->scratch[parse->scratch_used++] = *parse->at++;
        }
    }
    if (parse->at == parse->end) return fail_parse(parse, "bad JSON: a text is not closed");
    parse->at++;
    *text_out = (qa_load_text_t){ parse->reader->scratch + first, parse->scratch_used - first };
    return true;
}

static bool skip_digits(parse_t *parse)
{
    const char *start = parse->at;
    while (parse->at < parse->end && *parse->at >= '0' && *parse->at <= '9')
        parse->at++;
    return parse->at > start;
}

static bool read_number(parse_t *parse, qa_load_text_t *text_out)
{
    const char *start = parse->at;
    if (*parse->at == '-') parse->at++;
    if (parse->at < parse->end && *parse->at == '0') {
        parse->at++;
    } else if (!skip_digits(parse)) {
        return fail_parse(parse, "bad JSON: a value is expected");
    }
    if (parse->at < parse->end && *parse->at == '.') {
        parse->at++;
        if (!skip_digits(parse)) return fail_parse(parse, "bad JSON: digits are expected behind the point");
    }
    if (parse->at < parse->end && (*parse->at == 'e' || *parse->at == 'E')) {
        parse->at++;
        if (parse->at < parse->end && (*parse->at == '+' || *parse->at == '-')) parse->at++;
        if (!skip_digits(parse)) return fail_parse(parse, "bad JSON: digits are expected in the exponent");
    }
    *text_out = (qa_load_text_t){ start, (uint32_t)(parse->at - start) };
    return true;
}

static bool read_word(parse_t *parse, const char *word, qa_load_text_t *text_out)
{
    const size_t bytes = strlen(word);
    if ((size_t)(parse->end - parse->at) < bytes || memcmp(parse->at, word, bytes) != 0) {
        return fail_parse(parse, "bad JSON: a value is expected");
    }
    *text_out = (qa_load_text_t){ parse->at, word[0] == 'n' ? 0 : (uint32_t)bytes };
    parse->at += bytes;
    return true;
}

/* Keeps the value if its path is asked for; `is_scalar` false: it is an object or a list, which says nothing
 * where a text or a number is wanted. */
static bool keep_value(parse_t *parse, qa_load_text_t value, bool is_scalar)
{
    qa_load_reader_t *reader = parse->reader;
    for (uint32_t i = 0; i < reader->wanted_count; i++) {
        wanted_column_t *wanted = &reader->wanted[i];
        if (wanted->name_bytes != parse->path_bytes ||
            !qa_load_text_is(wanted->name, wanted->name_bytes, reader->path, parse->path_bytes)) {
            continue;
        }
        const bool is_repeated = wanted->is_seen && wanted->seen_line == reader->line_number;
        wanted->is_seen = true;
        wanted->seen_line = reader->line_number;
        if (is_scalar && !is_repeated) {
            reader->values[i] = value;
            return true;
        }
        snprintf(reader->fault, sizeof(reader->fault),
                 is_repeated ? "the field \"%.100s\" stands twice in the row"
                             : "the field \"%.100s\" is an object or a list, not a value",
                 wanted->name);
        return fail_parse(parse, reader->fault);
    }
    return true;
}

static bool read_value(parse_t *parse, uint32_t depth, bool is_kept);

/* Behind the opening brace. The path grows by ".key" for each member; a path longer than its buffer cannot be
 * one that was asked for, so nothing is kept below it. */
static bool read_object(parse_t *parse, uint32_t depth, bool is_kept)
{
    const uint32_t path_before = parse->path_bytes;
    if (take(parse, '}')) return true;
    do {
        qa_load_text_t key;
        skip_blanks(parse);
        if (!take(parse, '"')) return fail_parse(parse, "bad JSON: a name in quotes is expected");
        if (!read_string(parse, &key)) return false;
        if (!take(parse, ':')) return fail_parse(parse, "bad JSON: a colon is expected");
        const uint32_t dot = path_before > 0 ? 1 : 0;
        const bool is_fitting = path_before + dot + (uint64_t)key.bytes <= parse->reader->path_capacity;
        if (is_fitting) {
            if (dot == 1) parse->reader->path[path_before] = '.';
            memcpy(parse->reader->path + path_before + dot, key.data, key.bytes);
            parse->path_bytes = path_before + dot + key.bytes;
        }
        if (!read_value(parse, depth + 1, is_kept && is_fitting)) return false;
        parse->path_bytes = path_before;
    } while (take(parse, ','));
    return take(parse, '}') || fail_parse(parse, "bad JSON: a comma or a closing brace is expected");
}

static bool read_array(parse_t *parse, uint32_t depth)
{
    if (take(parse, ']')) return true;
    do {
        if (!read_value(parse, depth + 1, false)) return false;
    } while (take(parse, ','));
    return take(parse, ']') || fail_parse(parse, "bad JSON: a comma or a closing bracket is expected");
}

static bool read_value(parse_t *parse, uint32_t depth, bool is_kept)
{
    qa_load_text_t value = { "", 0 };
    bool is_good = true;
    if (depth > DEPTH_MAX) return fail_parse(parse, "bad JSON: more than 64 levels");
    skip_blanks(parse);
    if (parse->at == parse->end) return fail_parse(parse, "bad JSON: the line ends too early");
    switch (*parse->at) {
    case '{':
        parse->at++;
        if (is_kept && !keep_value(parse, value, false)) return false;
        return read_object(parse, depth, is_kept);
    case '[':
        parse->at++;
        if (is_kept && !keep_value(parse, value, false)) return false;
        return read_array(parse, depth);
    case '"':
        parse->at++;
        is_good = read_string(parse, &value);
        break;
    case 't':
        is_good = read_word(parse, "true", &value);
        break;
    case 'f':
        is_good = read_word(parse, "false", &value);
        break;
    case 'n':
        is_good = read_word(parse, "null", &value);
        break;
    default:
        is_good = read_number(parse, &value);
        break;
    }
    if (is_good && is_kept) is_good = keep_value(parse, value, true);
    return is_good;
}

/* The next line that is not blank; `bytes` without line end, `after` with it. */
static qa_status_t find_line(qa_load_reader_t *reader, uint32_t *bytes_out, uint32_t *after_out,
                             bool *is_end_out, qa_error_t *error)
{
    for (;;) {
        const char *data = reader->data + reader->begin;
        const uint32_t held = reader->end - reader->begin;
        const char *line_end = held > 0 ? memchr(data, '\n', held) : NULL;
        if (line_end == NULL && !reader->is_end) {
            const qa_status_t status = qa_load_window_fill(reader, error);
            if (status != QA_OK) return status;
            continue;
        }
        uint32_t bytes = line_end != NULL ? (uint32_t)(line_end - data) : held;
        *is_end_out = held == 0;
        *after_out = line_end != NULL ? bytes + 1 : bytes;
        if (bytes > 0 && data[bytes - 1] == '\r') bytes--;
        *bytes_out = bytes;
        if (held == 0 || qa_load_trim(data, bytes).bytes > 0) return QA_OK;
        reader->begin += *after_out;
        reader->line_number++;
    }
}

static qa_status_t reserve_path(qa_load_reader_t *reader, qa_error_t *error)
{
    uint32_t longest = 1;
    for (uint32_t i = 0; i < reader->wanted_count; i++) {
        if (reader->wanted[i].name_bytes > longest) longest = reader->wanted[i].name_bytes;
    }
    void *array = reader->path;
    qa_status_t status =
        qa_load_reserve(reader->allocator, &array, &reader->path_capacity, longest, 1, error);
    reader->path = array;
    if (status != QA_OK) return status;
    array = reader->scratch;
    status = qa_load_reserve(reader->allocator, &array, &reader->scratch_capacity,
                             (uint64_t)reader->capacity + 8, 1, error);
    reader->scratch = array;
    return status;
}

qa_status_t qa_load_json_record(qa_load_reader_t *reader, qa_load_record_t *record, qa_error_t *error)
{
    uint32_t bytes = 0;
    uint32_t after = 0;
    *record = (qa_load_record_t){ 0 };
    qa_status_t status = find_line(reader, &bytes, &after, &record->is_end, error);
    record->line_number = reader->line_number;
    if (status != QA_OK || record->is_end) return status;
    if (bytes > QA_LINE_BYTES_MAX) {
        return qa_load_fail(error, QA_LIMIT, "line %llu is longer than %d bytes; this is not a row",
                            (unsigned long long)reader->line_number, QA_LINE_BYTES_MAX);
    }
    status = reserve_path(reader, error);
    if (status != QA_OK) return status;
    const char *data = reader->data + reader->begin;
    record->text = (qa_load_text_t){ data, bytes };
    reader->begin += after;
    reader->line_number++;
    for (uint32_t i = 0; i < reader->wanted_count; i++)
        reader->values[i] = (qa_load_text_t){ "", 0 };
    if (!qa_utf8_is_valid(data, bytes)) {
        record->fault = "the row is not valid UTF-8; name the encoding in the map if it is another";
        return QA_OK;
    }
    parse_t parse = { .reader = reader, .at = data, .end = data + bytes };
    if (!take(&parse, '{')) {
        record->fault = "bad JSON: the line is not an object";
        return QA_OK;
    }
    if (read_object(&parse, 1, true)) {
        skip_blanks(&parse);
        if (parse.at < parse.end) fail_parse(&parse, "bad JSON: there is text behind the object");
    }
    record->fault = parse.fault;
    return QA_OK;
}
