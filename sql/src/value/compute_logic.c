/* Comparisons, conditions, LIKE, and what comes from the context of an execution. */
#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "base/utf8.h"
#include "value/characters.h"
#include "value/compute.h"
#include "value/moment.h"

static int compare(const qa_sql_call_t *call)
{
    const bool is_name = call->argument_types[0].is_name || call->argument_types[1].is_name;
    return qa_sql_compare(&call->arguments[0], &call->arguments[1], is_name);
}

static qa_status_t give(bool is_true, qa_sql_value_t *value_out)
{
    *value_out = qa_sql_value_boolean(is_true);
    return QA_OK;
}

qa_status_t qa_sql_compute_equal(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give(compare(call) == 0, value_out);
}

qa_status_t qa_sql_compute_differ(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give(compare(call) != 0, value_out);
}

qa_status_t qa_sql_compute_less(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give(compare(call) < 0, value_out);
}

qa_status_t qa_sql_compute_at_most(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give(compare(call) <= 0, value_out);
}

qa_status_t qa_sql_compute_more(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give(compare(call) > 0, value_out);
}

qa_status_t qa_sql_compute_at_least(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give(compare(call) >= 0, value_out);
}

qa_status_t qa_sql_compute_not(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give(call->arguments[0].integer == 0, value_out);
}

qa_status_t qa_sql_compute_is_null(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give(call->arguments[0].kind == QA_SQL_NULL, value_out);
}

qa_status_t qa_sql_compute_is_not_null(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give(call->arguments[0].kind != QA_SQL_NULL, value_out);
}

qa_status_t qa_sql_compute_is_true(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    const qa_sql_value_t *const value = &call->arguments[0];
    return give(value->kind != QA_SQL_NULL && value->integer != 0, value_out);
}

qa_status_t qa_sql_compute_is_false(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    const qa_sql_value_t *const value = &call->arguments[0];
    return give(value->kind != QA_SQL_NULL && value->integer == 0, value_out);
}

qa_status_t qa_sql_compute_none(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    (void)call;
    assert(!"lazy functions are the evaluator's own");
    *value_out = qa_sql_value_null();
    return QA_INVALID;
}

qa_status_t qa_sql_compute_nullif(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    const qa_sql_value_t *const a = &call->arguments[0];
    const bool is_known = a->kind != QA_SQL_NULL && call->arguments[1].kind != QA_SQL_NULL;
    *value_out = is_known && compare(call) == 0 ? qa_sql_value_null() : *a;
    return QA_OK;
}

/* The first argument that no other surpasses, by the sign. */
static qa_status_t extreme(const qa_sql_call_t *call, int sign, qa_sql_value_t *value_out)
{
    *value_out = call->arguments[0];
    for (uint16_t i = 1; i < call->argument_count; i++) {
        const int order = qa_sql_compare(&call->arguments[i], value_out, call->type->is_name);
        if (sign > 0 ? order > 0 : order < 0) *value_out = call->arguments[i];
    }
    return QA_OK;
}

qa_status_t qa_sql_compute_greatest(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return extreme(call, 1, value_out);
}

qa_status_t qa_sql_compute_least(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return extreme(call, -1, value_out);
}

/* --- LIKE --- */

/* Only the last run % needs to be tried again: what stands before it has found its earliest place. */
bool qa_sql_like_fits(const char *text, size_t bytes, const char *pattern, size_t pattern_bytes)
{
    size_t at = 0, pattern_at = 0, retry = 0, pattern_retry = 0;
    bool has_run = false;
    while (at < bytes) {
        const uint8_t wanted = pattern_at < pattern_bytes ? (uint8_t)pattern[pattern_at] : 0;
        if (pattern_at < pattern_bytes && wanted == QA_SQL_LIKE_ANY) {
            has_run = true;
            retry = at;
            pattern_retry = ++pattern_at;
        } else if (pattern_at < pattern_bytes && wanted == QA_SQL_LIKE_ONE) {
            at += qa_sql_character_bytes(text + at, bytes - at);
            pattern_at++;
        } else if (pattern_at < pattern_bytes && wanted == (uint8_t)text[at]) {
            at++;
            pattern_at++;
        } else if (has_run) {
            retry += qa_sql_character_bytes(text + retry, bytes - retry);
            at = retry;
            pattern_at = pattern_retry;
        } else {
            return false;
        }
    }
    while (pattern_at < pattern_bytes && (uint8_t)pattern[pattern_at] == QA_SQL_LIKE_ANY)
        pattern_at++;
    return pattern_at == pattern_bytes;
}

/* Writes text as it is, or the key of a name; folding makes at most three characters of four bytes of one
 * byte. */
enum { KEY_BYTES_PER_BYTE = 12 };
static size_t write_piece(const char *text, size_t bytes, bool is_name, bool keeps_blanks, char *target)
{
    if (!is_name) {
        if (bytes > 0) memcpy(target, text, bytes);
        return bytes;
    }
    qa_sql_name_reader_t reader;
    size_t count = 0;
    qa_sql_name_open(&reader, text, bytes, keeps_blanks);
    for (int32_t point = 0; (point = qa_sql_name_next(&reader)) >= 0;)
        count += qa_utf8_write(target + count, point < 0x110000 ? (uint32_t)point : '?');
    return count;
}

static qa_status_t read_escape(const qa_sql_call_t *call, const char **escape_out, size_t *bytes_out)
{
    *bytes_out = 0;
    if (call->argument_count < 3) return QA_OK;
    const qa_sql_value_t *const escape = &call->arguments[2];
    *escape_out = escape->text;
    *bytes_out = escape->bytes;
    if (escape->bytes > 0 && qa_sql_character_bytes(escape->text, escape->bytes) == escape->bytes)
        return QA_OK;
    return qa_fail(call->environment->error, QA_SYNTAX, "ESCAPE takes one character");
}

/* The pattern with % and _ as marks, escapes resolved and the rest as it is compared. */
static qa_status_t prepare_pattern(const qa_sql_call_t *call, bool is_name, char *target, size_t *bytes_out)
{
    const qa_sql_value_t *const pattern = &call->arguments[1];
    const char *escape = NULL;
    size_t escape_bytes = 0, piece = 0, count = 0, at = 0;
    const qa_status_t status = read_escape(call, &escape, &escape_bytes);
    if (status != QA_OK) return status;
    while (at < pattern->bytes) {
        const size_t left = pattern->bytes - at;
        const bool is_escape =
            escape_bytes > 0 && left >= escape_bytes && memcmp(pattern->text + at, escape, escape_bytes) == 0;
        const bool is_mark = pattern->text[at] == '%' || pattern->text[at] == '_';
        if (!is_escape && !is_mark) {
            at += qa_sql_character_bytes(pattern->text + at, left);
            continue;
        }
        count += write_piece(pattern->text + piece, at - piece, is_name, true, target + count);
        if (is_escape) {
            at += escape_bytes;
            if (at == pattern->bytes)
                return qa_fail(call->environment->error, QA_SYNTAX,
                               "a pattern of LIKE ends in its escape character");
            piece = at;
            at += qa_sql_character_bytes(pattern->text + at, pattern->bytes - at);
        } else {
            target[count++] = (char)(pattern->text[at] == '%' ? QA_SQL_LIKE_ANY : QA_SQL_LIKE_ONE);
            piece = ++at;
        }
    }
    *bytes_out = count + write_piece(pattern->text + piece, at - piece, is_name, true, target + count);
    return QA_OK;
}

qa_status_t qa_sql_compute_like(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    enum { ON_STACK_BYTES = 512 };
    char on_stack[2][ON_STACK_BYTES];
    const qa_sql_value_t *const text = &call->arguments[0], *const pattern = &call->arguments[1];
    const bool is_name = call->argument_types[0].is_name;
    const size_t factor = is_name ? KEY_BYTES_PER_BYTE : 1;
    char *key = on_stack[0], *prepared = on_stack[1];
    size_t key_bytes = text->bytes, prepared_bytes = 0;
    if (is_name && text->bytes * factor > ON_STACK_BYTES)
        key = qa_arena_take(call->environment->arena, text->bytes * factor);
    if (pattern->bytes * factor > ON_STACK_BYTES)
        prepared = qa_arena_take(call->environment->arena, pattern->bytes * factor);
    if (key == NULL || prepared == NULL) return qa_fail_memory(call->environment->error, "a pattern");
    const qa_status_t status = prepare_pattern(call, is_name, prepared, &prepared_bytes);
    if (status != QA_OK) return status;
    if (is_name) key_bytes = write_piece(text->text, text->bytes, true, false, key);
    return give(qa_sql_like_fits(is_name ? key : text->text, key_bytes, prepared, prepared_bytes), value_out);
}

/* --- from the context --- */

static qa_status_t give_text(const char *text, qa_sql_value_t *value_out)
{
    const size_t bytes = text == NULL ? 0 : strlen(text);
    *value_out = qa_sql_value_text(bytes == 0 ? "" : text, bytes);
    return QA_OK;
}

qa_status_t qa_sql_compute_user(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give_text(call->environment->context->actor, value_out);
}

qa_status_t qa_sql_compute_database(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give_text(call->environment->context->app, value_out);
}

/* The moment of the execution, cut to as many decimals of a second as asked for. */
static int64_t now(const qa_sql_call_t *call)
{
    int64_t ticks = call->environment->context->now_ticks, unit = 1;
    const int64_t decimals = call->argument_count > 0 ? call->arguments[0].integer : QA_SQL_FRACTION_DIGITS;
    for (int64_t i = decimals < 0 ? 0 : decimals; i < QA_SQL_FRACTION_DIGITS; i++)
        unit *= 10;
    return ticks - qa_sql_moment_time(ticks) % unit;
}

qa_status_t qa_sql_compute_current_date(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    *value_out = qa_sql_value_integer(QA_SQL_DATE, qa_sql_moment_day(now(call)));
    return QA_OK;
}

qa_status_t qa_sql_compute_current_time(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    *value_out = qa_sql_value_integer(QA_SQL_TIME, qa_sql_moment_time(now(call)));
    return QA_OK;
}

qa_status_t qa_sql_compute_current_timestamp(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    *value_out = qa_sql_value_integer(QA_SQL_TIMESTAMP, now(call));
    return QA_OK;
}
