/* The generator. A statement is a source (a fact table with or without dimension tables, wrapped as BI tools
 * wrap), then predicates, groups, aggregates and orders over the columns that the source shows. */
#include "support/sql_random_statement.h"

#include <assert.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 96, NAME_BYTES = 40, KEY_BYTES = 160, ASIDE_MAX = 6 };

typedef enum column_kind {
    COLUMN_NAME = 0, /* code, path, level column, caption of a dimension */
    COLUMN_TEXT = 1, /* attribute */
    COLUMN_INTEGER = 2,
    COLUMN_BOOLEAN = 3,
    COLUMN_DATE = 4,
    COLUMN_VALUE = 5,
    COLUMN_CHANGED = 6,
    COLUMN_TEXT_VALUE = 7
} column_kind_t;

typedef struct column {
    char name[NAME_BYTES]; /* as the block calls it */
    uint8_t kind;
    uint8_t dimension; /* RANDOM_DIMENSIONS: none */
    char what[16];     /* of a dimension table: "path" */
} column_t;

typedef struct maker {
    random_statement_t *statement;
    random_world_t *world;
    const random_app_t *app;
    column_t columns[COLUMNS_MAX];
    uint32_t count;
    bool is_literal; /* literals stay in both spellings */
    uint32_t level;
    random_statement_t asides[ASIDE_MAX];
} maker_t;

/* --- writing --- */

__attribute__((format(printf, 2, 3))) static void put(maker_t *maker, const char *format, ...)
{
    random_statement_t *statement = maker->statement;
    va_list arguments;
    va_start(arguments, format);
    const int bytes = vsnprintf(statement->text + statement->text_bytes,
                                STATEMENT_BYTES - statement->text_bytes, format, arguments);
    va_end(arguments);
    assert(bytes >= 0 && statement->text_bytes + (size_t)bytes < STATEMENT_BYTES);
    memcpy(statement->marked + statement->marked_bytes, statement->text + statement->text_bytes,
           (size_t)bytes + 1);
    statement->text_bytes += (size_t)bytes;
    statement->marked_bytes += (size_t)bytes;
}

/* The literal in one spelling, a marker in the other. */
static void put_literal(maker_t *maker, const char *literal, const qa_sql_value_t *value)
{
    random_statement_t *statement = maker->statement;
    const size_t marked_bytes = statement->marked_bytes;
    put(maker, "%s", literal);
    if (maker->is_literal || statement->value_count == STATEMENT_PARAMETERS / ASIDE_MAX) return;
    statement->values[statement->value_count] = *value;
    if (value->kind == QA_SQL_TEXT) {
        assert(value->bytes < STATEMENT_VALUE_BYTES);
        memcpy(statement->texts[statement->value_count], value->text, value->bytes);
        statement->values[statement->value_count].text = statement->texts[statement->value_count];
    }
    statement->value_count++;
    statement->marked[marked_bytes] = '?';
    statement->marked[marked_bytes + 1] = '\0';
    statement->marked_bytes = marked_bytes + 1;
}

static void put_text(maker_t *maker, const char *text)
{
    char literal[2 * STATEMENT_VALUE_BYTES + 3];
    size_t bytes = 0;
    literal[bytes++] = '\'';
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '\'') literal[bytes++] = '\'';
        literal[bytes++] = *at;
    }
    literal[bytes++] = '\'';
    literal[bytes] = '\0';
    const qa_sql_value_t value = { .kind = QA_SQL_TEXT, .bytes = (uint32_t)strlen(text), .text = text };
    put_literal(maker, literal, &value);
}

static void put_integer(maker_t *maker, int64_t integer)
{
    char literal[32];
    snprintf(literal, sizeof(literal), "%lld", (long long)integer);
    put_literal(maker, literal, &(qa_sql_value_t){ .kind = QA_SQL_BIGINT, .integer = integer });
}

static void put_decimal(maker_t *maker, int64_t cents)
{
    char literal[40];
    const int64_t magnitude = cents < 0 ? -cents : cents;
    snprintf(literal, sizeof(literal), "%s%lld.%02lld", cents < 0 ? "-" : "", (long long)(magnitude / 100),
             (long long)(magnitude % 100));
    put_literal(maker, literal, &(qa_sql_value_t){ .kind = QA_SQL_DECIMAL, .scale = 2, .units = cents });
}

static uint32_t below(maker_t *maker, uint32_t count)
{
    return random_below(maker->world, count);
}

static bool chance(maker_t *maker, uint32_t percent)
{
    return random_chance(maker->world, percent);
}

/* --- values that a column may have --- */

static const char *random_code(maker_t *maker, uint32_t dimension)
{
    const random_dimension_t *made = &maker->app->dimensions[dimension];
    return made->members[below(maker, made->count)].code;
}

static void path_of(const random_dimension_t *dimension, uint32_t member,
                    char path_out[STATEMENT_VALUE_BYTES])
{
    uint32_t way[8];
    uint32_t count = 0;
    size_t bytes = 0;
    for (; member != RANDOM_MEMBERS_MAX && count < 8; member = dimension->members[member].parent)
        way[count++] = member;
    path_out[0] = '\0';
    while (count > 0) {
        bytes += (size_t)snprintf(path_out + bytes, STATEMENT_VALUE_BYTES - bytes, "%s%s",
                                  bytes > 0 ? "/" : "", dimension->members[way[--count]].code);
        if (bytes >= STATEMENT_VALUE_BYTES - 24) return;
    }
}

/* Something that the column may hold, with letters in another case now and then. */
static void name_of(maker_t *maker, const column_t *column, char text_out[STATEMENT_VALUE_BYTES])
{
    static const char *const captions[] = { "Straße", "ZÜRICH",  "the NORTH", "a_b%c",
                                            "été",    "O'Clock", "x",         "Łódź 100%" };
    static const char *const attributes[] = { "Ann", "ann", "Bob", "Zoë", "", "1", "10", "large" };
    const random_dimension_t *dimension = &maker->app->dimensions[column->dimension];
    const uint32_t member = below(maker, dimension->count);
    if (column->kind == COLUMN_TEXT)
        snprintf(text_out, STATEMENT_VALUE_BYTES, "%s", attributes[below(maker, 8)]);
    else if (strcmp(column->what, "path") == 0)
        path_of(dimension, member, text_out);
    else if (strcmp(column->what, "caption") == 0 && chance(maker, 60))
        snprintf(text_out, STATEMENT_VALUE_BYTES, "%s", captions[below(maker, 8)]);
    else
        snprintf(text_out, STATEMENT_VALUE_BYTES, "%s", dimension->members[member].code);
    for (char *at = text_out; *at != '\0' && column->kind == COLUMN_NAME; at++) {
        if (*at >= 'a' && *at <= 'z' && chance(maker, 20)) *at = (char)(*at - 32);
    }
}

/* --- predicates --- */

static void put_pattern(maker_t *maker, const column_t *column)
{
    char text[STATEMENT_VALUE_BYTES], pattern[STATEMENT_VALUE_BYTES + 8];
    name_of(maker, column, text);
    const size_t bytes = strlen(text);
    size_t cut = bytes == 0 ? 0 : below(maker, (uint32_t)bytes) + 1u;
    while (cut < bytes && ((uint8_t)text[cut] & 0xC0) == 0x80)
        cut++;
    switch (below(maker, 4)) {
    case 0:
        snprintf(pattern, sizeof(pattern), "%.*s%%", (int)cut, text);
        break;
    case 1:
        snprintf(pattern, sizeof(pattern), "%%%s", text + cut);
        break;
    case 2:
        snprintf(pattern, sizeof(pattern), "%%%.*s%%", (int)(cut < 20 ? cut : 0), text);
        break;
    default:
        snprintf(pattern, sizeof(pattern), "_%s", bytes > 0 && (uint8_t)text[0] < 128 ? text + 1 : text);
        break;
    }
    pattern[STATEMENT_VALUE_BYTES - 1] = '\0';
    if (strlen(pattern) >= STATEMENT_VALUE_BYTES - 1) snprintf(pattern, sizeof(pattern), "%%a%%");
    put_text(maker, pattern);
}

static void put_value_of(maker_t *maker, const column_t *column)
{
    char text[STATEMENT_VALUE_BYTES];
    switch (column->kind) {
    case COLUMN_INTEGER:
        put_integer(maker, below(maker, 6));
        break;
    case COLUMN_CHANGED:
        put_integer(maker, below(maker, (uint32_t)maker->app->offset + 2));
        break;
    case COLUMN_VALUE:
        put_decimal(maker, (int64_t)below(maker, 200001) - 100000);
        break;
    case COLUMN_DATE:
        put(maker, "DATE '2025-%02u-01'", below(maker, 12) + 1);
        break;
    case COLUMN_BOOLEAN:
        put(maker, chance(maker, 50) ? "TRUE" : "FALSE");
        break;
    case COLUMN_TEXT_VALUE:
        put_text(maker, chance(maker, 50) ? "note" : "100%");
        break;
    default:
        name_of(maker, column, text);
        put_text(maker, text);
        break;
    }
}

static void put_list(maker_t *maker, const column_t *column)
{
    const uint32_t count = below(maker, 5) + 1;
    put(maker, " %s (", chance(maker, 20) ? "NOT IN" : "IN");
    for (uint32_t i = 0; i < count; i++) {
        put(maker, i > 0 ? ", " : "");
        if (chance(maker, 5))
            put(maker, "NULL");
        else
            put_value_of(maker, column);
    }
    put(maker, ")");
}

/* Conditions that only the row engine knows. */
static void put_sub_query(maker_t *maker, const column_t *column)
{
    const char *name = column->name;
    const uint32_t form = below(maker, 3);
    if (column->kind == COLUMN_VALUE) {
        put(maker, "%s %s (SELECT %s(value) FROM facts WHERE Scenario = ", name,
            form == 0 ? ">" : "<=", form == 0 ? "AVG" : "MAX");
        put_text(maker, "actual");
        put(maker, ")");
        return;
    }
    const char *table = maker->app->dimensions[column->dimension].name;
    if (form == 0)
        put(maker, "%s IN (SELECT z.member FROM %s z WHERE z.level < ", name, table);
    else if (form == 1)
        put(maker, "EXISTS (SELECT 1 FROM %s z WHERE z.member = %s AND z.generation > ", table, name);
    else
        put(maker,
            "1 = (SELECT COUNT(*) FROM %s z WHERE z.parent = %s OR z.member = %s AND z.level >= ", table,
            name, name);
    put_integer(maker, below(maker, 3));
    put(maker, ")");
}

static void put_comparison(maker_t *maker, const column_t *column)
{
    static const char *const operators[] = { "=", "<>", "<", "<=", ">", ">=" };
    const bool is_text = column->kind == COLUMN_NAME || column->kind == COLUMN_TEXT;
    const char *name = column->name;
    const uint32_t form = below(maker, 12);
    if (column->kind == COLUMN_BOOLEAN && form < 8) {
        put(maker, form < 3 ? "%s" : form < 5 ? "NOT %s" : form < 7 ? "%s = TRUE" : "%s IS NOT NULL", name);
    } else if (column->kind == COLUMN_INTEGER && form == 11 && chance(maker, 40)) {
        put(maker, "12 / %s > ", name);
        put_integer(maker, 2);
    } else if (column->kind == COLUMN_TEXT && form == 11 && chance(maker, 30)) {
        put(maker, "CAST(%s AS INTEGER) > ", name);
        put_integer(maker, 1);
    } else if (form == 0) {
        put(maker, "%s IS %sNULL", name, chance(maker, 50) ? "NOT " : "");
    } else if (form < 4) {
        put(maker, "%s", name);
        put_list(maker, column);
    } else if (form < 6) {
        put(maker, "%s %sBETWEEN ", name, chance(maker, 20) ? "NOT " : "");
        put_value_of(maker, column);
        put(maker, " AND ");
        put_value_of(maker, column);
    } else if (form < 8 && is_text) {
        put(maker, "%s %sLIKE ", name, chance(maker, 20) ? "NOT " : "");
        put_pattern(maker, column);
    } else if (form == 8 && is_text) {
        put(maker, chance(maker, 50) ? "UPPER(%s) = " : "COALESCE(%s, '-') = ", name);
        put_value_of(maker, column);
    } else if (form == 9 && is_text) {
        put(maker, "LENGTH(%s) > ", name);
        put_integer(maker, below(maker, 8));
    } else if (form == 10 && is_text) {
        put(maker, "CASE WHEN %s = ", name);
        put_value_of(maker, column);
        put(maker, " THEN FALSE ELSE %s IS NOT NULL END", name);
    } else {
        put(maker, "%s %s ", name, operators[chance(maker, 50) ? 0 : below(maker, 6)]);
        put_value_of(maker, column);
    }
}

/* A column of the dimension, or any. */
static const column_t *pick(maker_t *maker, uint32_t dimension)
{
    for (uint32_t tries = 0; tries < 200; tries++) {
        const column_t *column = &maker->columns[below(maker, maker->count)];
        if (dimension < RANDOM_DIMENSIONS && column->dimension != dimension) continue;
        if (column->dimension == RANDOM_DIMENSIONS && !chance(maker, 5)) continue;
        return column;
    }
    return &maker->columns[0];
}

static void put_predicate(maker_t *maker, uint32_t depth)
{
    const uint32_t form = below(maker, 10);
    const column_t *any = pick(maker, RANDOM_DIMENSIONS);
    if (depth > 0 && chance(maker, 4) && (any->kind == COLUMN_NAME || any->kind == COLUMN_VALUE)) {
        put_sub_query(maker, any);
    } else if (depth > 0 && form < 3) {
        /* Mostly within one dimension: such a condition is decided once per member. */
        const column_t *first = pick(maker, RANDOM_DIMENSIONS);
        const uint32_t dimension = chance(maker, 75) ? first->dimension : RANDOM_DIMENSIONS;
        put(maker, chance(maker, 15) ? "NOT (" : "(");
        put_comparison(maker, first);
        for (uint32_t more = below(maker, 2) + 1; more > 0; more--) {
            put(maker, chance(maker, 80) ? " OR " : " AND ");
            put_comparison(maker, pick(maker, dimension));
        }
        put(maker, ")");
    } else {
        put_comparison(maker, pick(maker, RANDOM_DIMENSIONS));
    }
}

static void put_where(maker_t *maker, uint32_t count, const char *word)
{
    for (uint32_t p = 0; p < count; p++) {
        put(maker, "%s", p == 0 ? word : " AND ");
        put_predicate(maker, 1);
    }
}

/* --- sources --- */

static void show(maker_t *maker, uint8_t kind, uint32_t dimension, const char *alias, const char *what)
{
    column_t *column = &maker->columns[maker->count];
    if (maker->count == COLUMNS_MAX) return;
    maker->count++;
    *column = (column_t){ .kind = kind, .dimension = (uint8_t)dimension };
    snprintf(column->name, sizeof(column->name), "%s.%s", alias, what);
    snprintf(column->what, sizeof(column->what), "%s", what);
}

static void show_dimension(maker_t *maker, uint32_t dimension, const char *alias)
{
    const random_dimension_t *made = &maker->app->dimensions[dimension];
    char level[16];
    show(maker, COLUMN_NAME, dimension, alias, "member");
    show(maker, COLUMN_NAME, dimension, alias, "caption");
    show(maker, COLUMN_NAME, dimension, alias, "parent");
    show(maker, COLUMN_NAME, dimension, alias, "path");
    show(maker, COLUMN_INTEGER, dimension, alias, "level");
    show(maker, COLUMN_INTEGER, dimension, alias, "generation");
    show(maker, COLUMN_BOOLEAN, dimension, alias, "is_leaf");
    for (uint32_t g = 1; g <= made->depth; g++) {
        snprintf(level, sizeof(level), "L%u", g);
        show(maker, COLUMN_NAME, dimension, alias, level);
    }
    if (dimension == 0) show(maker, COLUMN_DATE, dimension, alias, "first_day");
    if (dimension == RANDOM_ACCOUNT) show(maker, COLUMN_TEXT, dimension, alias, "kind");
    if (dimension == RANDOM_REGION || dimension == 3) {
        show(maker, COLUMN_TEXT, dimension, alias, "Manager");
        show(maker, COLUMN_TEXT, dimension, alias, "Size");
    }
}

static void show_fact(maker_t *maker, const char *alias, bool is_facts)
{
    for (uint32_t d = 0; d < RANDOM_DIMENSIONS; d++)
        show(maker, COLUMN_NAME, d, alias, maker->app->dimensions[d].name);
    show(maker, COLUMN_VALUE, RANDOM_DIMENSIONS, alias, "value");
    show(maker, COLUMN_CHANGED, RANDOM_DIMENSIONS, alias, "changed_offset");
    if (!is_facts) show(maker, COLUMN_TEXT_VALUE, RANDOM_DIMENSIONS, alias, "text_value");
}

/* FROM fact f [JOIN dimension …], with predicates now and then in the joins. */
static void put_joins(maker_t *maker)
{
    const bool is_facts = chance(maker, 60);
    const bool is_as_of = chance(maker, 15);
    const uint32_t as_of = below(maker, (uint32_t)maker->app->offset) + 1;
    put(maker, "%s", is_facts ? "facts" : "atoms");
    if (is_as_of) {
        put(maker, " FOR SYSTEM_TIME AS OF %u", as_of); /* a parameter there is a TIMESTAMP */
    }
    put(maker, " AS f");
    show_fact(maker, "f", is_facts);
    for (uint32_t d = 0; d < RANDOM_DIMENSIONS; d++) {
        char alias[16];
        if (!chance(maker, 40)) continue;
        snprintf(alias, sizeof(alias), "d%u", d);
        const char *name = maker->app->dimensions[d].name;
        put(maker, " %s %s",
            chance(maker, 30)   ? "LEFT JOIN"
            : chance(maker, 90) ? "JOIN"
                                : "RIGHT JOIN",
            name);
        if (is_as_of && chance(maker, 85)) {
            put(maker, " FOR SYSTEM_TIME AS OF %u", as_of);
        }
        if (chance(maker, 50))
            put(maker, " %s ON f.%s = %s.member", alias, name, alias);
        else
            put(maker, " AS %s ON %s.member = f.%s", alias, alias, name);
        if (chance(maker, 10)) {
            put(maker, " AND ");
            const uint32_t before = maker->count;
            show_dimension(maker, d, alias);
            put_comparison(maker, &maker->columns[before + below(maker, maker->count - before)]);
        } else {
            show_dimension(maker, d, alias);
        }
    }
}

/* Two fact tables under one another, each with its own predicates. */
static void put_union(maker_t *maker, const char *alias)
{
    static const char *const operators[] = { " UNION ALL ", " UNION ", " EXCEPT ", " INTERSECT " };
    const uint32_t first = below(maker, RANDOM_DIMENSIONS);
    const uint32_t second = (first + 1 + below(maker, RANDOM_DIMENSIONS - 1)) % RANDOM_DIMENSIONS;
    const uint32_t count = below(maker, 2) + 2;
    for (uint32_t i = 0; i < count; i++) {
        const bool is_facts = chance(maker, 50);
        if (i > 0) put(maker, "%s", operators[chance(maker, 60) ? 0 : below(maker, 4)]);
        put(maker, "SELECT f.%s AS c0, f.%s AS c1, f.value AS c2 FROM %s AS f",
            maker->app->dimensions[first].name, maker->app->dimensions[second].name,
            is_facts ? "facts" : "atoms");
        show_fact(maker, "f", is_facts);
        put_where(maker, below(maker, 3), " WHERE ");
        maker->count = 0;
    }
    show(maker, COLUMN_NAME, first, alias, "c0");
    show(maker, COLUMN_NAME, second, alias, "c1");
    show(maker, COLUMN_VALUE, RANDOM_DIMENSIONS, alias, "c2");
}

/* The columns that a wrapped block shows: some of those it has, under new names. */
static void put_projection(maker_t *maker, const char *alias)
{
    column_t kept[COLUMNS_MAX];
    uint32_t count = 0;
    for (uint32_t c = 0; c < maker->count; c++) {
        const column_t *column = &maker->columns[c];
        const bool is_needed = column->kind == COLUMN_VALUE || c < RANDOM_DIMENSIONS;
        if (!is_needed && !chance(maker, 35)) continue;
        put(maker, "%s%s AS c%u", count > 0 ? ", " : "", column->name, count);
        kept[count] = *column;
        snprintf(kept[count].name, NAME_BYTES, "%s.c%u", alias, count);
        count++;
    }
    memcpy(maker->columns, kept, sizeof(kept));
    maker->count = count;
}

/* What a block reads, FROM and WHERE, is written aside first: it says which columns there are. */
static random_statement_t *aside(maker_t *maker)
{
    random_statement_t *outer = maker->statement;
    assert(maker->level < ASIDE_MAX);
    maker->statement = &maker->asides[maker->level++];
    memset(maker->statement, 0, offsetof(random_statement_t, values));
    maker->statement->value_count = 0;
    return outer;
}

/* Back to `outer`; what was written aside is returned. */
static const random_statement_t *back(maker_t *maker, random_statement_t *outer)
{
    const random_statement_t *inner = maker->statement;
    maker->statement = outer;
    return inner;
}

static void append(maker_t *maker, const random_statement_t *inner)
{
    random_statement_t *outer = maker->statement;
    memcpy(outer->text + outer->text_bytes, inner->text, inner->text_bytes + 1);
    memcpy(outer->marked + outer->marked_bytes, inner->marked, inner->marked_bytes + 1);
    outer->text_bytes += inner->text_bytes;
    outer->marked_bytes += inner->marked_bytes;
    for (uint32_t v = 0; v < inner->value_count; v++) {
        const uint32_t at = outer->value_count++;
        assert(at < STATEMENT_PARAMETERS);
        outer->values[at] = inner->values[v];
        memcpy(outer->texts[at], inner->texts[v], STATEMENT_VALUE_BYTES);
        if (outer->values[at].kind == QA_SQL_TEXT) outer->values[at].text = outer->texts[at];
    }
}

/* SELECT columns FROM … WHERE …, `depth` times within one another. */
static void put_block(maker_t *maker, uint32_t depth, const char *alias)
{
    char below_alias[16];
    random_statement_t *outer = aside(maker);
    put(maker, " FROM ");
    if (depth > 1) {
        snprintf(below_alias, sizeof(below_alias), "t%u", depth - 1);
        put(maker, "(");
        put_block(maker, depth - 1, below_alias);
        put(maker, ") AS %s", below_alias);
    } else {
        put_joins(maker);
    }
    put_where(maker, below(maker, 3), " WHERE ");
    const random_statement_t *inner = back(maker, outer);
    put(maker, "SELECT ");
    put_projection(maker, alias);
    append(maker, inner);
}

static void put_cells(maker_t *maker)
{
    put(maker, "cells AS f");
    for (uint32_t d = 0; d < RANDOM_DIMENSIONS; d++)
        show(maker, COLUMN_NAME, d, "f", maker->app->dimensions[d].name);
    show(maker, COLUMN_VALUE, RANDOM_DIMENSIONS, "f", "value");
    for (uint32_t d = 0; d < RANDOM_DIMENSIONS; d++) {
        char alias[16];
        if (!chance(maker, 25)) continue;
        snprintf(alias, sizeof(alias), "d%u", d);
        put(maker, " JOIN %s %s ON f.%s = %s.member", maker->app->dimensions[d].name, alias,
            maker->app->dimensions[d].name, alias);
        show_dimension(maker, d, alias);
    }
    put(maker, " WHERE ");
    const uint32_t named = below(maker, 3) + 1;
    for (uint32_t n = 0; n < named; n++) {
        const column_t *column = &maker->columns[below(maker, RANDOM_DIMENSIONS)];
        if (n > 0) put(maker, " AND ");
        put(maker, "%s IN (", column->name);
        for (uint32_t i = below(maker, 5) + 1; i > 0; i--) {
            put_text(maker, random_code(maker, column->dimension));
            put(maker, i > 1 ? ", " : ")");
        }
    }
    put_where(maker, below(maker, 2), " AND ");
}

/* Dimension tables, alternates and rollups by themselves. */
static void put_members(maker_t *maker)
{
    const uint32_t form = below(maker, 4);
    if (form == 0) {
        put(maker, "\"Region@Sales\" AS s");
        show(maker, COLUMN_NAME, RANDOM_REGION, "s", "member");
        show(maker, COLUMN_NAME, RANDOM_REGION, "s", "parent");
        show(maker, COLUMN_NAME, RANDOM_REGION, "s", "path");
        show(maker, COLUMN_INTEGER, RANDOM_REGION, "s", "level");
    } else if (form == 1) {
        put(maker, "Region_rollup u JOIN Region r ON u.leaf = r.member");
        show(maker, COLUMN_NAME, RANDOM_REGION, "u", "ancestor");
        show(maker, COLUMN_NAME, RANDOM_REGION, "u", "leaf");
        show(maker, COLUMN_NAME, RANDOM_REGION, "u", "hierarchy");
        show_dimension(maker, RANDOM_REGION, "r");
    } else {
        const uint32_t dimension = form == 2 ? below(maker, RANDOM_DIMENSIONS) : RANDOM_REGION;
        put(maker, "%s AS m", maker->app->dimensions[dimension].name);
        show_dimension(maker, dimension, "m");
    }
    put_where(maker, below(maker, 3), " WHERE ");
}

/* --- the outer block --- */

static void put_key(maker_t *maker, const column_t *column, char key_out[KEY_BYTES])
{
    const char *name = column->name;
    const bool is_text = column->kind == COLUMN_NAME || column->kind == COLUMN_TEXT;
    const uint32_t form = chance(maker, 65) ? 0 : below(maker, 6);
    if (form == 1 && is_text)
        snprintf(key_out, KEY_BYTES, "UPPER(%s)", name);
    else if (form == 2 && is_text)
        snprintf(key_out, KEY_BYTES, "SUBSTRING(%s, 1, %u)", name, below(maker, 3) + 1);
    else if (form == 1 && column->kind == COLUMN_INTEGER)
        snprintf(key_out, KEY_BYTES, "12 / (%s - 1)", name);
    else if (form == 3 && is_text)
        snprintf(key_out, KEY_BYTES, "COALESCE(%s, 'none')", name);
    else if (form == 4 && is_text)
        snprintf(key_out, KEY_BYTES, "CASE WHEN %s >= 'R' THEN 'low' ELSE 'high' END", name);
    else if (form == 5 && is_text)
        snprintf(key_out, KEY_BYTES, "%s || '/' || LENGTH(%s)", name, name);
    else if (column->kind == COLUMN_DATE && form > 1)
        snprintf(key_out, KEY_BYTES, "EXTRACT(MONTH FROM %s)", name);
    else if (column->kind == COLUMN_INTEGER && form > 2)
        snprintf(key_out, KEY_BYTES, "%s * 2 - 1", name);
    else
        snprintf(key_out, KEY_BYTES, "%s", name);
}

static const column_t *value_column(const maker_t *maker)
{
    for (uint32_t c = 0; c < maker->count; c++) {
        if (maker->columns[c].kind == COLUMN_VALUE) return &maker->columns[c];
    }
    return NULL;
}

static void put_aggregate(maker_t *maker)
{
    const column_t *value = value_column(maker);
    const column_t *other = pick(maker, RANDOM_DIMENSIONS);
    const uint32_t form = below(maker, 26);
    if (value == NULL || form < 2)
        put(maker, "COUNT(*)");
    else if (form < 8 || form > 19)
        put(maker, "SUM(%s)", value->name);
    else if (form == 8)
        put(maker, "COUNT(%s)", value->name);
    else if (form < 11)
        put(maker, "AVG(%s)", value->name);
    else if (form == 11)
        put(maker, "MIN(%s)", value->name);
    else if (form == 12)
        put(maker, "MAX(%s)", value->name);
    else if (form < 16)
        put(maker, "COUNT(DISTINCT %s)", other->name);
    else if (form == 16)
        put(maker, "SUM(%s) / COUNT(*) + 1", value->name);
    else if (form == 17)
        put(maker, "SUM(DISTINCT %s)", value->name);
    else if (form == 18)
        put(maker, "SUM(CASE WHEN %s IS NOT NULL THEN %s ELSE 0 END)", other->name, value->name);
    else
        put(maker, "COALESCE(MAX(%s), 0) - COALESCE(MIN(%s), 0)", value->name, value->name);
}

static void put_orders(maker_t *maker, uint32_t output_count)
{
    const uint32_t form = below(maker, 4);
    if (form == 0 || output_count == 0) return;
    const uint32_t count = form == 1 ? below(maker, output_count) + 1 : output_count;
    for (uint32_t o = 0; o < count; o++)
        put(maker, "%s%u%s%s", o == 0 ? " ORDER BY " : ", ", o + 1, chance(maker, 40) ? " DESC" : "",
            chance(maker, 85)   ? ""
            : chance(maker, 50) ? " NULLS LAST"
                                : " NULLS FIRST");
    maker->statement->is_ordered = count == output_count;
    if (count < output_count || !chance(maker, 50)) return;
    put(maker, " LIMIT ");
    put_integer(maker, below(maker, 12));
    if (!chance(maker, 30)) return;
    put(maker, " OFFSET ");
    put_integer(maker, below(maker, 4));
}

static void put_grouped(maker_t *maker, const random_statement_t *from)
{
    char keys[3][KEY_BYTES];
    const uint32_t key_count = chance(maker, 15) ? 0 : below(maker, 3) + 1;
    const uint32_t aggregate_count = below(maker, 4) + (key_count == 0 ? 1 : 0);
    put(maker, chance(maker, 5) ? "SELECT DISTINCT " : "SELECT ");
    maker->is_literal = true;
    for (uint32_t k = 0; k < key_count; k++) {
        const column_t *column = pick(maker, RANDOM_DIMENSIONS);
        for (uint32_t tries = 0; tries < 20 && column->kind == COLUMN_VALUE; tries++)
            column = pick(maker, RANDOM_DIMENSIONS);
        put_key(maker, column, keys[k]);
        put(maker, "%s%s AS k%u", k > 0 ? ", " : "", keys[k], k);
    }
    for (uint32_t a = 0; a < aggregate_count; a++) {
        put(maker, key_count + a > 0 ? ", " : "");
        put_aggregate(maker);
        put(maker, " AS a%u", a);
    }
    maker->is_literal = false;
    append(maker, from);
    for (uint32_t k = 0; k < key_count; k++)
        put(maker, "%s%s", k == 0 ? " GROUP BY " : ", ", keys[k]);
    if (chance(maker, 25)) {
        put(maker, " HAVING ");
        maker->is_literal = true;
        put_aggregate(maker);
        maker->is_literal = false;
        put(maker, " > ");
        put_integer(maker, (int64_t)below(maker, 4000) - 1000);
    }
    put_orders(maker, key_count + aggregate_count);
}

static void put_plain(maker_t *maker, const random_statement_t *from)
{
    const uint32_t count = below(maker, 5) + 1;
    put(maker, chance(maker, 40) ? "SELECT DISTINCT " : "SELECT ");
    maker->is_literal = true;
    for (uint32_t o = 0; o < count; o++) {
        char expression[KEY_BYTES];
        const column_t *column = chance(maker, 80) || value_column(maker) == NULL
                                     ? pick(maker, RANDOM_DIMENSIONS)
                                     : value_column(maker);
        put_key(maker, column, expression);
        put(maker, "%s%s%s AS k%u", o > 0 ? ", " : "", expression,
            column->kind == COLUMN_VALUE && chance(maker, 40) ? " * 1.5 + 1" : "", o);
    }
    maker->is_literal = false;
    append(maker, from);
    put_orders(maker, count);
}

/* A table that holds the source's columns, for the outer block: in a WITH, or in FROM. */
static const random_statement_t *put_source(maker_t *maker)
{
    const uint32_t form = below(maker, 100);
    random_statement_t *outer = maker->statement;
    if (form < 15) {
        put(maker, "WITH w%s AS (", chance(maker, 20) ? "1" : "");
        const bool is_named_otherwise = maker->statement->text[6] == '1';
        put_block(maker, below(maker, 2) + 1, "t");
        put(maker, ") ");
        aside(maker);
        put(maker, " FROM w%s AS t", is_named_otherwise ? "1" : "");
        put_where(maker, below(maker, 3), " WHERE ");
        return back(maker, outer);
    }
    aside(maker);
    put(maker, " FROM ");
    if (form < 45) {
        put_joins(maker);
        put_where(maker, below(maker, 4), " WHERE ");
    } else if (form < 75) {
        put(maker, "(");
        if (chance(maker, 20))
            put_union(maker, "t");
        else
            put_block(maker, below(maker, 3) + 1, "t");
        put(maker, ") AS t");
        put_where(maker, below(maker, 3), " WHERE ");
    } else if (form < 90) {
        put_cells(maker);
    } else {
        put_members(maker);
    }
    return back(maker, outer);
}

void random_statement_make(random_statement_t *statement, random_world_t *world, uint32_t app)
{
    maker_t *maker = calloc(1, sizeof(*maker));
    assert(maker != NULL);
    maker->statement = statement;
    maker->world = world;
    maker->app = &world->apps[app];
    memset(statement, 0, sizeof(*statement));
    const random_statement_t *from = put_source(maker);
    if (chance(maker, 82))
        put_grouped(maker, from);
    else
        put_plain(maker, from);
    free(maker);
}
