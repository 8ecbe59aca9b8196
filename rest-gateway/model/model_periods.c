/* Generated periods: {"periods": {"from", "to", "levels", …}} → a tree of periods with days, from the
 * calendar.
 *
 * A fiscal year is a run of units: months (calendar 12), weeks (13, 4-4-5, 52/53). A level is a way to cut
 * that run: each period is an interval of units of one year, and a child is an interval within its parent's.
 * So one recursion over intervals makes every tree: model-file.md, "Generated periods", has the rules. */
#include <stdio.h>
#include <string.h>

#include "model/model_parse.h"
#include "qa/limits.h"
#include "qa/number.h"

enum { LEVEL_YEAR, LEVEL_HALF, LEVEL_QUARTER, LEVEL_MONTH, LEVEL_PERIOD, LEVEL_WEEK, LEVEL_DAY, LEVEL_COUNT };
static const char *const level_words[] = {
    "year", "half", "quarter", "month", "period", "week", "day", NULL
};
static const char *const weekday_words[] = { "monday", "tuesday",  "wednesday", "thursday",
                                             "friday", "saturday", "sunday",    NULL };
static const char *const month_names[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

typedef struct generator {
    const qa_file_reader_t *reader;
    const qa_step_t *step;
    qa_calendar_t calendar;
    uint8_t levels[LEVEL_COUNT];
    uint32_t level_count;
    const char *codes[LEVEL_COUNT];
    const char *captions[LEVEL_COUNT]; /* NULL: none */
    bool is_named_by_start;
    bool is_nearest;
    int week_start;    /* 0: Monday */
    int32_t year_from; /* calendar years in which the first and last fiscal year begin */
    int32_t year_to;
    int32_t day_from; /* only days from here … */
    int32_t day_to;   /* … to here get periods */
    uint32_t position;
} generator_t;

/* A period: units [first, first + count) of the fiscal year that begins in calendar year `year`. */
typedef struct period {
    int32_t year;
    uint32_t year_units;
    uint32_t level;
    uint32_t number; /* from 1 within the year */
    uint32_t first_unit;
    uint32_t unit_count;
    int32_t first_day;
    int32_t last_day;
} period_t;

static bool is_of_months(const generator_t *generator)
{
    return generator->calendar.periods == QA_CALENDAR_12;
}

/* First day of the fiscal year that belongs to calendar year `year`'s start month. */
static int32_t year_first_day(const generator_t *generator, int32_t year)
{
    int32_t day = qa_date_from_civil(year, generator->calendar.start_month, 1);
    if (is_of_months(generator)) return day;
    int32_t weekday = ((day + 3) % 7 + 7) % 7; /* 1970-01-01 was a Thursday: 0 is Monday */
    int32_t behind = (weekday - generator->week_start + 7) % 7;
    if (generator->is_nearest && behind > 3) return day + 7 - behind;
    return day - behind;
}

/* First day of unit `unit` (0 … the year's units: then the day behind the year). */
static int32_t unit_first_day(const generator_t *generator, int32_t year, uint32_t unit)
{
    if (!is_of_months(generator)) return year_first_day(generator, year) + (int32_t)unit * 7;
    int32_t month = (int32_t)generator->calendar.start_month - 1 + (int32_t)unit;
    return qa_date_from_civil(year + month / 12, month % 12 + 1, 1);
}

static uint32_t year_units(const generator_t *generator, int32_t year)
{
    if (is_of_months(generator)) return 12;
    return (uint32_t)(year_first_day(generator, year + 1) - year_first_day(generator, year)) / 7;
}

/* Where part `number` (from 0) of a level begins, in units; the count of parts through *count_out. */
static uint32_t part_start(const generator_t *generator, uint32_t level, uint32_t number, uint32_t units,
                           uint32_t *count_out)
{
    static const uint8_t weeks_445[] = { 0, 4, 8 };
    uint32_t quarter = is_of_months(generator) ? 3 : 13;
    uint32_t start = 0;
    switch (level) {
    case LEVEL_YEAR:
        *count_out = 1;
        break;
    case LEVEL_HALF:
        *count_out = 2;
        start = number * 2 * quarter;
        break;
    case LEVEL_QUARTER:
        *count_out = 4;
        start = number * quarter;
        break;
    case LEVEL_PERIOD:
        *count_out = generator->calendar.periods == QA_CALENDAR_13 ? 13 : 12;
        start = generator->calendar.periods == QA_CALENDAR_13 ? number * 4
                                                              : number / 3 * 13 + weeks_445[number % 3];
        break;
    default:
        *count_out = units;
        start = number;
        break;
    }
    return number >= *count_out ? units : start;
}

typedef struct text {
    char data[QA_NAME_BYTES_MAX + 64];
    size_t bytes;
} text_t;

static bool put_placeholder(const generator_t *generator, const period_t *period, const char *name,
                            size_t bytes, text_t *text)
{
    int32_t year = 0;
    int32_t month = 0;
    int32_t day = 0;
    int32_t end_year = 0;
    qa_date_to_civil(unit_first_day(generator, period->year, period->year_units) - 1, &end_year, &month,
                     &day);
    qa_date_to_civil(period->first_day, &year, &month, &day);
    uint32_t quarter_units = is_of_months(generator) ? 3 : 13;
    uint32_t quarter = period->first_unit / quarter_units;
    quarter = quarter > 3 ? 3 : quarter; /* the 53rd week */
    /* A year of weeks can end some days before or after the month does: what counts is the start month. */
    end_year = generator->calendar.start_month == 1 ? period->year : period->year + 1;
    int32_t named = generator->is_named_by_start ? period->year : end_year;
    const struct {
        const char *name;
        int32_t number;
        int digits;
    } rows[] = {
        { "year", named, 4 },
        { "yy", named % 100, 2 },
        { "start_year", period->year, 4 },
        { "start_yy", period->year % 100, 2 },
        { "end_year", end_year, 4 },
        { "end_yy", end_year % 100, 2 },
        { "half", (int32_t)quarter / 2 + 1, 1 },
        { "quarter", (int32_t)quarter + 1, 1 },
        { "period", is_of_months(generator) ? (int32_t)period->first_unit + 1 : (int32_t)period->number, 2 },
        { "week", (int32_t)period->first_unit + 1, 2 },
        { "calendar_year", year, 4 },
        { "month", month, 2 },
        { "day", day, 2 },
    };
    size_t room = sizeof(text->data) - text->bytes;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strlen(rows[i].name) == bytes && memcmp(rows[i].name, name, bytes) == 0) {
            text->bytes +=
                (size_t)snprintf(text->data + text->bytes, room, "%0*d", rows[i].digits, rows[i].number);
            return true;
        }
    }
    if (bytes == 10 && memcmp(name, "month_name", 10) == 0) {
        text->bytes += (size_t)snprintf(text->data + text->bytes, room, "%s", month_names[month - 1]);
        return true;
    }
    return false;
}

static qa_status_t fill_pattern(const generator_t *generator, const period_t *period, const char *pattern,
                                text_t *text)
{
    text->bytes = 0;
    for (const char *c = pattern; *c != 0;) {
        if (text->bytes > QA_NAME_BYTES_MAX) {
            return qa_file_fail(generator->reader, generator->step, "the pattern \"%.60s…\" is too long",
                                pattern);
        }
        if (*c != '{') {
            text->data[text->bytes++] = *c++;
            continue;
        }
        const char *end = strchr(c, '}');
        if (end == NULL || !put_placeholder(generator, period, c + 1, (size_t)(end - c - 1), text)) {
            return qa_file_fail(
                generator->reader, generator->step,
                "the pattern \"%.80s\" has an unknown {…}; known are year yy start_year start_yy "
                "end_year end_yy half quarter period week calendar_year month month_name day",
                pattern);
        }
        c = end + 1;
    }
    text->data[text->bytes] = 0;
    return QA_OK;
}

static qa_status_t add_period(generator_t *generator, const period_t *period, uint32_t parent,
                              bool has_children, uint32_t *place_out)
{
    const qa_file_reader_t *reader = generator->reader;
    text_t text;
    const char *code = NULL;
    qa_status_t status = fill_pattern(generator, period, generator->codes[period->level], &text);
    if (status == QA_OK) status = qa_file_normalize(reader, generator->step, "the code", text.data, &code);
    if (status == QA_OK) {
        status = qa_file_place(reader, generator->step, 0, parent, code, generator->position, place_out);
    }
    if (status != QA_OK) return status;
    qa_file_place_t *place = &reader->dimension->hierarchies[0].places[*place_out];
    qa_file_member_t *member = &reader->dimension->members[place->member];
    place->has_children = has_children;
    member->has_children = has_children;
    member->days_said = QA_SAID_VALUE;
    member->first_day = period->first_day;
    member->last_day = period->last_day;
    if (generator->captions[period->level] == NULL) return QA_OK;
    status = fill_pattern(generator, period, generator->captions[period->level], &text);
    member->caption_said = QA_SAID_VALUE;
    if (status == QA_OK) {
        status = qa_file_normalize(reader, generator->step, "the caption", text.data, &member->caption);
    }
    return status;
}

static qa_status_t add_days(generator_t *generator, const period_t *above, uint32_t parent)
{
    for (int32_t day = above->first_day; day <= above->last_day; day++) {
        period_t period = *above;
        uint32_t place = 0;
        if (day < generator->day_from || day > generator->day_to) continue;
        period.level = LEVEL_DAY;
        period.first_day = day;
        period.last_day = day;
        qa_status_t status = add_period(generator, &period, parent, false, &place);
        if (status != QA_OK) return status;
    }
    return QA_OK;
}

/* Adds the periods of level `depth` within `above`, and all below them. At most LEVEL_COUNT deep. */
static qa_status_t add_level(generator_t *generator, const period_t *above, uint32_t depth, uint32_t parent)
{
    uint32_t level = generator->levels[depth];
    uint32_t count = 0;
    if (level == LEVEL_DAY) return add_days(generator, above, parent);
    part_start(generator, level, 0, above->year_units, &count);
    for (uint32_t number = 0; number < count; number++) {
        uint32_t ignored = 0;
        uint32_t place = 0;
        uint32_t first = part_start(generator, level, number, above->year_units, &ignored);
        uint32_t behind = part_start(generator, level, number + 1, above->year_units, &ignored);
        if (first < above->first_unit || behind > above->first_unit + above->unit_count || first >= behind)
            continue;
        period_t period = { .year = above->year,
                            .year_units = above->year_units,
                            .level = level,
                            .number = number + 1,
                            .first_unit = first,
                            .unit_count = behind - first,
                            .first_day = unit_first_day(generator, above->year, first),
                            .last_day = unit_first_day(generator, above->year, behind) - 1 };
        if (period.last_day < generator->day_from || period.first_day > generator->day_to) continue;
        bool has_children = depth + 1 < generator->level_count;
        qa_status_t status = add_period(generator, &period, parent, has_children, &place);
        if (status == QA_OK && has_children) status = add_level(generator, &period, depth + 1, place);
        if (status != QA_OK) return status;
    }
    return QA_OK;
}

static qa_status_t read_levels(generator_t *generator, const cJSON *object)
{
    static const char *const allowed[] = { "01236", "045", "01245",
                                           "0125" }; /* per calendar, as level numbers */
    const char *calendar = allowed[generator->calendar.periods];
    const cJSON *list = qa_file_get(object, "levels");
    qa_step_t step = { .above = generator->step, .key = "levels" };
    char words[80] = "";
    size_t used = 0;
    for (const char *c = calendar; *c != 0; c++) {
        used += (size_t)snprintf(words + used, sizeof(words) - used, "%s%s", c == calendar ? "" : ", ",
                                 level_words[*c - '0']);
    }
    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) == 0) {
        return qa_file_fail(generator->reader, &step, "a list of levels is expected here, from: %s", words);
    }
    const char *next = calendar;
    for (const cJSON *item = list->child; item != NULL; item = item->next) {
        const char *found = NULL;
        for (const char *c = next; *c != 0 && cJSON_IsString(item) && found == NULL; c++) {
            if (strcmp(level_words[*c - '0'], item->valuestring) == 0) found = c;
        }
        if (found == NULL) {
            return qa_file_fail(generator->reader, &step, "levels of calendar %s are, in this order: %s",
                                qa_model_word_of_calendar(generator->calendar.periods), words);
        }
        generator->levels[generator->level_count++] = (uint8_t)(*found - '0');
        next = found + 1;
    }
    return QA_OK;
}

static qa_status_t read_patterns(generator_t *generator, const cJSON *object, const char *key,
                                 const char *patterns[LEVEL_COUNT])
{
    const cJSON *map = qa_file_get(object, key);
    qa_step_t step = { .above = generator->step, .key = key };
    if (map == NULL) return QA_OK;
    qa_status_t status = qa_file_check_keys(generator->reader, &step, map, level_words);
    for (uint32_t level = 0; level < LEVEL_COUNT && status == QA_OK; level++) {
        const char *pattern = NULL;
        uint8_t said = QA_SAID_ABSENT;
        status = qa_file_name(generator->reader, &step, map, level_words[level], &pattern, &said);
        if (pattern != NULL) patterns[level] = pattern;
    }
    return status;
}

/* "2026" or, with months, "2026-07". A month is 0 for a whole year. */
static qa_status_t read_bound(const generator_t *generator, const cJSON *object, const char *key,
                              int32_t *year_out, int32_t *month_out)
{
    const cJSON *item = qa_file_get(object, key);
    qa_step_t step = { .above = generator->step, .key = key };
    const char *text = cJSON_IsString(item) ? item->valuestring : "";
    size_t digits = strspn(text, "0123456789");
    size_t bytes = strlen(text);
    bool is_month = bytes == 7 && digits == 4 && text[4] == '-' && strspn(text + 5, "0123456789") == 2;
    *month_out = is_month ? (text[5] - '0') * 10 + (text[6] - '0') : 0;
    if (digits != 4 || !(bytes == 4 || is_month) || (is_month && (*month_out < 1 || *month_out > 12))) {
        return qa_file_fail(generator->reader, &step,
                            "a fiscal year \"YYYY\" or a month \"YYYY-MM\" is expected here");
    }
    *year_out = (text[0] - '0') * 1000 + (text[1] - '0') * 100 + (text[2] - '0') * 10 + (text[3] - '0');
    if (is_month && !is_of_months(generator)) {
        return qa_file_fail(generator->reader, &step,
                            "a calendar of weeks takes whole fiscal years, \"YYYY\"");
    }
    if (*year_out < 2 || *year_out > 9990) {
        return qa_file_fail(generator->reader, &step, "the year is not within 0002 and 9990");
    }
    return QA_OK;
}

/* The calendar year in which the fiscal year begins that a bound names. */
static int32_t start_year(const generator_t *generator, int32_t year, int32_t month)
{
    if (month > 0) return month < generator->calendar.start_month ? year - 1 : year;
    return generator->is_named_by_start || generator->calendar.start_month == 1 ? year : year - 1;
}

static qa_status_t read_bounds(generator_t *generator, const cJSON *object)
{
    int32_t year = 0;
    int32_t month = 0;
    qa_status_t status = read_bound(generator, object, "from", &year, &month);
    if (status != QA_OK) return status;
    generator->year_from = start_year(generator, year, month);
    generator->day_from =
        month > 0 ? qa_date_from_civil(year, month, 1) : year_first_day(generator, generator->year_from);
    status = read_bound(generator, object, "to", &year, &month);
    if (status != QA_OK) return status;
    generator->year_to = start_year(generator, year, month);
    generator->day_to = month > 0 ? qa_date_from_civil(month == 12 ? year + 1 : year, month % 12 + 1, 1) - 1
                                  : year_first_day(generator, generator->year_to + 1) - 1;
    if (generator->day_to < generator->day_from) {
        return qa_file_fail(generator->reader, generator->step, "\"to\" is before \"from\"");
    }
    if (generator->year_to - generator->year_from > 400) {
        return qa_file_fail(generator->reader, generator->step, "more than 400 years");
    }
    return QA_OK;
}

static void set_default_patterns(generator_t *generator)
{
    bool is_calendar_year = generator->calendar.start_month == 1;
    generator->codes[LEVEL_YEAR] = is_calendar_year ? "{year}" : "FY{year}";
    generator->codes[LEVEL_HALF] = is_calendar_year ? "{year}-H{half}" : "FY{year}-H{half}";
    generator->codes[LEVEL_QUARTER] = is_calendar_year ? "{year}-Q{quarter}" : "FY{year}-Q{quarter}";
    generator->codes[LEVEL_MONTH] = "{calendar_year}-{month}";
    generator->codes[LEVEL_PERIOD] = is_calendar_year ? "{year}-P{period}" : "FY{year}-P{period}";
    generator->codes[LEVEL_WEEK] = is_calendar_year ? "{year}-W{week}" : "FY{year}-W{week}";
    generator->codes[LEVEL_DAY] = "{calendar_year}-{month}-{day}";
}

static qa_status_t read_generator(generator_t *generator, const cJSON *object)
{
    static const char *const known[] = { "from",          "to",         "levels",     "code",    "caption",
                                         "year_named_by", "week_start", "year_start", "comment", NULL };
    static const char *const ends[] = { "end", "start", NULL };
    static const char *const starts[] = { "last", "nearest", NULL };
    int8_t named_by = 0;
    int8_t week_start = 6;
    int8_t nearest = 1;
    const qa_file_reader_t *reader = generator->reader;
    qa_status_t status = qa_file_check_keys(reader, generator->step, object, known);
    if (status == QA_OK)
        status = qa_file_word(reader, generator->step, object, "year_named_by", ends, &named_by);
    if (status == QA_OK) {
        status = qa_file_word(reader, generator->step, object, "week_start", weekday_words, &week_start);
    }
    if (status == QA_OK)
        status = qa_file_word(reader, generator->step, object, "year_start", starts, &nearest);
    generator->is_named_by_start = named_by == 1;
    generator->week_start = week_start;
    generator->is_nearest = nearest == 1;
    if (status == QA_OK) status = read_levels(generator, object);
    set_default_patterns(generator);
    if (status == QA_OK) status = read_patterns(generator, object, "code", generator->codes);
    if (status == QA_OK) status = read_patterns(generator, object, "caption", generator->captions);
    if (status == QA_OK) status = read_bounds(generator, object);
    return status;
}

qa_status_t qa_file_periods(const qa_file_reader_t *reader, const qa_step_t *step, const cJSON *object,
                            uint32_t position)
{
    static const char *const known[] = { "periods", "comment", NULL };
    qa_step_t inner = { .above = step, .key = "periods" };
    const qa_file_dimension_t *dimension = reader->dimension;
    generator_t generator = {
        .reader = reader, .step = &inner, .calendar = dimension->calendar, .position = position
    };
    qa_status_t status = qa_file_check_keys(reader, step, object, known);
    if (status != QA_OK) return status;
    if (dimension->kind != QA_DIMENSION_TIME) {
        return qa_file_fail(reader, step, "periods are generated in a dimension of kind time");
    }
    if (dimension->calendar_said != QA_SAID_VALUE) {
        return qa_file_fail(reader, step, "generated periods need the \"calendar\" of the dimension");
    }
    status = read_generator(&generator, qa_file_get(object, "periods"));
    for (int32_t year = generator.year_from; year <= generator.year_to && status == QA_OK; year++) {
        uint32_t units = year_units(&generator, year);
        period_t whole = { .year = year,
                           .year_units = units,
                           .unit_count = units,
                           .first_day = year_first_day(&generator, year),
                           .last_day = unit_first_day(&generator, year, units) - 1 };
        status = add_level(&generator, &whole, 0, QA_PLACE_NONE);
    }
    return status;
}
