/* Year-to-date figures → those of the periods: each less what stands in the periods before it in the same
 * fiscal year, from the files where they name them, else from the app. What it must never do: take a figure
 * of a year for that of a period because nothing is known about the periods before. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "load/load_private.h"

enum { YEAR_DAYS_MIN = 350, YEAR_DAYS_MAX = 380, HELD_TEXT_BYTES = 400 };
static const int64_t year_none = INT64_MIN;
static const int64_t position_without_days = INT64_C(1) << 40;

typedef struct period {
    int64_t year;     /* a number of its own per fiscal year; year_none: in none */
    int64_t position; /* in time */
    qa_member_t member;
} period_t;

typedef struct span {
    int32_t first_day;
    int32_t last_day;
    bool has_days;
} span_t;

typedef struct periods {
    load_t *load;
    period_t *existing; /* per member of the model */
    period_t *created;  /* per created member of the load */
    period_t *leaves;   /* existing leaves that are in a year, in the order of time */
    uint32_t leaf_count;
    span_t *spans;    /* per member of the model: the days of the leaves below it */
    uint8_t *is_year; /* per member: the map says so */
    uint32_t *order;  /* cells with an amount: by the other dimensions, year, time */
    uint32_t count;
    qa_member_t *asked; /* coordinates of one group whose stored values are wanted */
    qa_value_t *stored;
} periods_t;

static period_t period_of(const periods_t *periods, qa_member_t member)
{
    return (member & QA_NEW) != 0 ? periods->created[member & ~QA_NEW] : periods->existing[member];
}

static qa_member_t *coordinate_of(const load_t *load, uint32_t index)
{
    return load->cells.coordinates + (size_t)index * load->dimension_count;
}

/* --- which year --- */

static void find_spans(periods_t *periods)
{
    const load_t *load = periods->load;
    uint32_t count = 0;
    const qa_member_t *order = qa_model_preorder(load->model, load->time, QA_HIERARCHY_PRIMARY, &count);
    /* Parents stand before children, so from behind every member is complete when its parent is met. */
    for (uint32_t i = count; i > 0; i--) {
        const qa_member_info_t *info = qa_model_member(load->model, load->time, order[i - 1]);
        span_t *span = &periods->spans[order[i - 1]];
        if (info->is_leaf && info->has_days) *span = (span_t){ info->first_day, info->last_day, true };
        const qa_member_t parent =
            qa_model_parent(load->model, load->time, QA_HIERARCHY_PRIMARY, order[i - 1]);
        if (parent == QA_MEMBER_NONE || !span->has_days) continue;
        span_t *above = &periods->spans[parent];
        if (!above->has_days || span->first_day < above->first_day) above->first_day = span->first_day;
        if (!above->has_days || span->last_day > above->last_day) above->last_day = span->last_day;
        above->has_days = true;
    }
}

/* Twelve months from the start month, whatever stands above the period. */
static int64_t calendar_year(const qa_calendar_t *calendar, int32_t day)
{
    int32_t year, month, day_of_month;
    qa_date_to_civil(day, &year, &month, &day_of_month);
    return month >= calendar->start_month ? year : year - 1;
}

/* What the map says goes first, then a calendar of months, then the lowest member above that is as long as a
 * year: years of weeks begin on another day each. */
static int64_t year_of(const periods_t *periods, qa_member_t period)
{
    const load_t *load = periods->load;
    const qa_calendar_t *calendar = &qa_model_dimension(load->model, load->time)->calendar;
    const bool is_named = load->map->years != NULL || load->map->year_generation > 0;
    const bool has_months = calendar->start_month > 0 && calendar->periods == QA_CALENDAR_12;
    for (qa_member_t member = period; member != QA_MEMBER_NONE;) {
        if ((member & QA_NEW) != 0) {
            member = load->created[member & ~QA_NEW].parent;
            continue;
        }
        const span_t *span = &periods->spans[member];
        if (is_named) {
            if (periods->is_year[member] != 0) return member;
        } else if (span->has_days) {
            const int32_t days = span->last_day - span->first_day + 1;
            if (days < YEAR_DAYS_MAX && has_months) return calendar_year(calendar, span->first_day);
            if (days >= YEAR_DAYS_MAX) break;
            if (days >= YEAR_DAYS_MIN) return member;
        }
        member = qa_model_parent(load->model, load->time, QA_HIERARCHY_PRIMARY, member);
    }
    return year_none;
}

static qa_status_t mark_years(periods_t *periods)
{
    load_t *load = periods->load;
    const qa_load_map_t *map = load->map;
    for (uint32_t i = 0; i < map->year_count; i++) {
        qa_member_t member = 0;
        const qa_status_t status = qa_model_find_member(load->model, load->time, map->years[i],
                                                        strlen(map->years[i]), &member, load->error);
        if (status != QA_OK) return status;
        periods->is_year[member] = 1;
    }
    if (map->year_generation == 0) return QA_OK;
    uint32_t count = 0;
    const qa_member_t *order = qa_model_preorder(load->model, load->time, QA_HIERARCHY_PRIMARY, &count);
    for (uint32_t i = 0; i < count; i++) {
        periods->is_year[order[i]] = qa_model_generation(load->model, load->time, QA_HIERARCHY_PRIMARY,
                                                         order[i]) == map->year_generation;
    }
    return QA_OK;
}

static int compare_periods(const void *a, const void *b)
{
    const period_t *left = a;
    const period_t *right = b;
    if (left->year != right->year) return left->year < right->year ? -1 : 1;
    return left->position < right->position ? -1 : left->position > right->position;
}

static qa_status_t make_periods(periods_t *periods)
{
    load_t *load = periods->load;
    uint32_t count = 0;
    const qa_member_t *order = qa_model_preorder(load->model, load->time, QA_HIERARCHY_PRIMARY, &count);
    const size_t members = (size_t)qa_model_dimension(load->model, load->time)->member_count + 1;
    periods->existing = qa_load_arena_take(&load->arena, members * sizeof(period_t));
    periods->created = qa_load_arena_take(&load->arena, ((size_t)load->created_count + 1) * sizeof(period_t));
    periods->leaves = qa_load_arena_take(&load->arena, members * sizeof(period_t));
    periods->spans = qa_load_arena_take(&load->arena, members * sizeof(span_t));
    periods->is_year = qa_load_arena_take(&load->arena, members);
    periods->asked = qa_load_arena_take(&load->arena, members * load->dimension_count * sizeof(qa_member_t));
    periods->stored = qa_load_arena_take(&load->arena, 2 * members * sizeof(qa_value_t));
    if (periods->existing == NULL || periods->created == NULL || periods->leaves == NULL ||
        periods->spans == NULL || periods->is_year == NULL || periods->asked == NULL ||
        periods->stored == NULL) {
        return qa_load_fail_memory(load->error);
    }
    find_spans(periods);
    const qa_status_t status = mark_years(periods);
    if (status != QA_OK) return status;
    for (uint32_t i = 0; i < count; i++) {
        const qa_member_info_t *info = qa_model_member(load->model, load->time, order[i]);
        const int64_t position = info->has_days ? info->first_day : position_without_days + i;
        period_t *period = &periods->existing[order[i]];
        *period = (period_t){ info->is_leaf ? year_of(periods, order[i]) : year_none, position, order[i] };
        if (period->year != year_none) periods->leaves[periods->leaf_count++] = *period;
    }
    qsort(periods->leaves, periods->leaf_count, sizeof(period_t), compare_periods);
    for (uint32_t i = 0; i < load->created_count; i++) {
        if (load->created[i].dimension != load->time) continue;
        periods->created[i] =
            (period_t){ year_of(periods, QA_NEW | i), 2 * position_without_days + i, QA_NEW | i };
    }
    return QA_OK;
}

/* --- the cells in the order of time --- */

static int compare_others(const load_t *load, uint32_t a, uint32_t b)
{
    const qa_member_t *left = coordinate_of(load, a);
    const qa_member_t *right = coordinate_of(load, b);
    for (qa_dimension_t d = 0; d < load->dimension_count; d++) {
        if (d == load->time || left[d] == right[d]) continue;
        return left[d] < right[d] ? -1 : 1;
    }
    return 0;
}

static int compare_cells(const void *a, const void *b, void *context)
{
    const periods_t *periods = context;
    const load_t *load = periods->load;
    const uint32_t left = *(const uint32_t *)a;
    const uint32_t right = *(const uint32_t *)b;
    const int others = compare_others(load, left, right);
    if (others != 0) return others;
    const period_t first = period_of(periods, coordinate_of(load, left)[load->time]);
    const period_t second = period_of(periods, coordinate_of(load, right)[load->time]);
    return compare_periods(&first, &second);
}

static qa_status_t sort_cells(periods_t *periods)
{
    load_t *load = periods->load;
    const cells_t *cells = &load->cells;
    periods->count = 0;
    for (uint32_t i = 0; i < cells->count; i++) {
        const cell_t *cell = &cells->items[i];
        if (cell->kind == QA_KIND_MISSING) continue;
        if (cell->kind > QA_KIND_DOUBLE) {
            return qa_load_fail(load->error, QA_WRONG_KIND, "\"cumulative\": \"ytd\" is for numbers only");
        }
        const qa_member_t period = coordinate_of(load, i)[load->time];
        if (period_of(periods, period).year == year_none) {
            return qa_load_fail(
                load->error, QA_BAD_MAP,
                "\"cumulative\": \"ytd\": no year is known for the period \"%s\"; give the periods their "
                "days and the dimension a calendar, or say in the map which members are years, as "
                "\"year\": 1 (the roots) or \"year\": [\"FY2026\"]",
                (period & QA_NEW) != 0 ? load->created[period & ~QA_NEW].code
                                       : qa_model_member(load->model, load->time, period)->code);
        }
        periods->order[periods->count++] = i;
    }
    qsort_r(periods->order, periods->count, sizeof(*periods->order), compare_cells, periods);
    return QA_OK;
}

static bool is_same_year(const periods_t *periods, uint32_t a, uint32_t b)
{
    const load_t *load = periods->load;
    return compare_others(load, a, b) == 0 && period_of(periods, coordinate_of(load, a)[load->time]).year ==
                                                  period_of(periods, coordinate_of(load, b)[load->time]).year;
}

/* --- what the periods before keep --- */

typedef struct group {
    uint32_t begin; /* in periods->order */
    uint32_t end;
    const period_t *leaves; /* of the year */
    uint32_t leaf_count;
    bool is_start_known; /* of the first period that the files name */
} group_t;

static void find_leaves(const periods_t *periods, group_t *group)
{
    const load_t *load = periods->load;
    const int64_t year =
        period_of(periods, coordinate_of(load, periods->order[group->begin])[load->time]).year;
    uint32_t low = 0;
    uint32_t high = periods->leaf_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (periods->leaves[middle].year < year) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    group->leaves = periods->leaves + low;
    group->leaf_count = 0;
    while (low + group->leaf_count < periods->leaf_count && group->leaves[group->leaf_count].year == year)
        group->leaf_count++;
}

/* The values of the group's periods as the app will keep them where no file names them. One question for
 * all, and none if the files name every period up to the last. */
static qa_status_t ask(periods_t *periods, group_t *group)
{
    load_t *load = periods->load;
    const size_t width = load->dimension_count;
    const qa_member_t *base = coordinate_of(load, periods->order[group->begin]);
    const qa_member_t *last = coordinate_of(load, periods->order[group->end - 1]);
    const int64_t last_position = period_of(periods, last[load->time]).position;
    const int64_t first_position = period_of(periods, base[load->time]).position;
    uint32_t asked = 0;
    bool is_new = false;
    group->is_start_known = true;
    for (size_t d = 0; d < width; d++)
        is_new = is_new || (d != load->time && (base[d] & QA_NEW) != 0);
    uint32_t targets = 0;
    for (uint32_t i = 0; i < group->leaf_count; i++) {
        qa_member_t *coordinate = periods->asked + (size_t)asked * width;
        periods->stored[i] = qa_value_missing();
        if (group->leaves[i].position >= last_position) continue;
        memcpy(coordinate, base, width * sizeof(*coordinate));
        coordinate[load->time] = group->leaves[i].member;
        const uint32_t cell = qa_load_cells_find(&load->cells, coordinate);
        const bool is_named = cell != UINT32_MAX && !load->cells.items[cell].is_dropped;
        const bool is_cleared = load->has_slice && qa_load_slice_holds(load, coordinate);
        const bool is_before = group->leaves[i].position < first_position;
        if (is_named || is_cleared) continue;
        if (is_before) group->is_start_known = false;
        if (!is_new) asked++;
        targets++;
    }
    if (targets == 0 || asked == 0) return QA_OK;
    qa_value_t *values = periods->stored + group->leaf_count; /* behind the group's own */
    const qa_status_t status = qa_connection_cells(load->connection, periods->asked, asked, values);
    if (status != QA_OK)
        return qa_load_fail(load->error, status, "%s", qa_connection_error(load->connection)->message);
    uint32_t at = 0;
    bool is_any = false;
    for (uint32_t i = 0; i < group->leaf_count && at < asked; i++) {
        if (periods->asked[(size_t)at * width + load->time] != group->leaves[i].member) continue;
        periods->stored[i] = values[at++];
        is_any = is_any ||
                 (periods->stored[i].kind != QA_KIND_MISSING && group->leaves[i].position < first_position);
    }
    if (is_any) group->is_start_known = true;
    return QA_OK;
}

static void put_text(const load_t *load, char text[HELD_TEXT_BYTES], qa_member_t period,
                     const qa_value_t *value)
{
    char number[QA_DECIMAL_TEXT_BYTES];
    const size_t used = strlen(text);
    const size_t bytes = value->kind == QA_KIND_DECIMAL
                             ? qa_decimal_print(value->units, value->decimals, number)
                             : qa_double_print(value->number, number);
    const char *code = qa_model_member(load->model, load->time, period)->code;
    if (used + strlen(code) + bytes + 8 > HELD_TEXT_BYTES) {
        if (text[used - 1] != '.') snprintf(text + used, HELD_TEXT_BYTES - used, " ...");
        return;
    }
    snprintf(text + used, HELD_TEXT_BYTES - used, "%s %s %.*s", text[used - 1] == ':' ? "" : ",", code,
             (int)bytes, number);
}

/* Sums up what lies between the group's cells, and before the first. */
static qa_status_t hold(periods_t *periods, const group_t *group, held_t *held)
{
    load_t *load = periods->load;
    uint32_t leaf = 0;
    for (uint32_t i = group->begin; i < group->end; i++) {
        const uint32_t index = periods->order[i];
        const int64_t position = period_of(periods, coordinate_of(load, index)[load->time]).position;
        char text[HELD_TEXT_BYTES] = "less what earlier periods hold:";
        qa_value_t sum = qa_value_missing();
        for (; leaf < group->leaf_count && group->leaves[leaf].position < position; leaf++) {
            const qa_value_t *value = &periods->stored[leaf];
            if (value->kind == QA_KIND_MISSING) continue;
            if (value->kind != load->cells.items[index].kind ||
                (sum.kind != QA_KIND_MISSING && sum.decimals != value->decimals)) {
                return qa_load_fail(load->error, QA_WRONG_KIND,
                                    "\"cumulative\": \"ytd\" is for numbers only; an earlier period of the "
                                    "cell holds something else");
            }
            if (sum.kind == QA_KIND_MISSING) {
                sum = *value;
            } else if (sum.kind == QA_KIND_DECIMAL) {
                sum.units += value->units;
            } else {
                sum.number += value->number;
            }
            put_text(load, text, group->leaves[leaf].member, value);
        }
        held[index].sum = sum;
        if (sum.kind == QA_KIND_MISSING) continue;
        held[index].text = qa_load_arena_copy(&load->arena, text, strlen(text));
        if (held[index].text == NULL) return qa_load_fail_memory(load->error);
    }
    return QA_OK;
}

/* Fills `held`; marks the cells of groups whose beginning is not known. */
static qa_status_t look_back(periods_t *periods, held_t *held, bool *is_refusing_out)
{
    load_t *load = periods->load;
    *is_refusing_out = false;
    for (group_t group = { .begin = 0 }; group.begin < periods->count; group.begin = group.end) {
        group.end = group.begin + 1;
        while (group.end < periods->count &&
               is_same_year(periods, periods->order[group.begin], periods->order[group.end]))
            group.end++;
        find_leaves(periods, &group);
        qa_status_t status = ask(periods, &group);
        if (status == QA_OK) status = hold(periods, &group, held);
        if (status != QA_OK) return status;
        if (group.is_start_known || load->map->is_start_zero) continue;
        *is_refusing_out = true;
        for (uint32_t i = group.begin; i < group.end; i++)
            load->cells.items[periods->order[i]].is_refused = true;
    }
    return QA_OK;
}

/* --- rows whose periods before are not known --- */

static int compare_lines(const void *a, const void *b)
{
    const uint64_t left = *(const uint64_t *)a;
    const uint64_t right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

static bool is_among(const uint64_t *lines, uint32_t count, uint64_t line)
{
    return count > 0 && bsearch(&line, lines, count, sizeof(line), compare_lines) != NULL;
}

static uint64_t line_of(const qa_line_t *line)
{
    return (uint64_t)line->file << 48 | line->line_number;
}

typedef struct refusal {
    load_t *load;
    uint32_t known_count; /* lines refused before this round, sorted */
} refusal_t;

/* Rejects the row of a refused cell, once. A line's gifts follow each other. */
static qa_status_t refuse_line(void *context, const qa_member_t *coordinate, const qa_line_t *line)
{
    const refusal_t *refusal = context;
    load_t *load = refusal->load;
    const uint32_t index = qa_load_cells_find(&load->cells, coordinate);
    const uint64_t number = line_of(line);
    if (!load->cells.items[index].is_refused || is_among(load->refused, refusal->known_count, number))
        return QA_OK;
    if (load->refused_count > 0 && load->refused[load->refused_count - 1] == number) return QA_OK;
    void *array = load->refused;
    qa_status_t status = qa_load_reserve(load->allocator, &array, &load->refused_capacity,
                                         load->refused_count + 1u, sizeof(uint64_t), load->error);
    load->refused = array;
    if (status != QA_OK) return status;
    load->refused[load->refused_count++] = number;
    load->result->rows_loaded--;
    load->result->rows_suspense -= is_among(load->suspense, load->suspense_count, number);
    return qa_load_reject(load, load->files[line->file].name, line->line_number,
                          "year to date, but neither the files nor the app have a figure of an earlier "
                          "period of this year: load the first periods before, or say "
                          "\"cumulative_start\": \"zero\" in the map",
                          (qa_load_text_t){ line->text, line->text_bytes });
}

typedef struct removal {
    load_t *load;
    const uint64_t *lines;
    uint32_t count;
} removal_t;

/* Takes back what a rejected line gave: a row counts as a whole. */
static qa_status_t remove_line(void *context, const qa_member_t *coordinate, const qa_line_t *line)
{
    const removal_t *removal = context;
    load_t *load = removal->load;
    const uint64_t number = line_of(line);
    if (!is_among(removal->lines, removal->count, number)) return QA_OK;
    cell_t *cell = &load->cells.items[qa_load_cells_find(&load->cells, coordinate)];
    if (load->map->duplicates == QA_LOAD_LAST) {
        if (cell->line == number) cell->gift_count = 0;
    } else {
        cell->gift_count--;
        if (cell->kind == QA_KIND_DECIMAL && line->given.kind == QA_KIND_DECIMAL)
            cell->units -= line->given.units;
        if (cell->kind == QA_KIND_DOUBLE && line->given.kind == QA_KIND_DOUBLE && cell->has_sum)
            qa_exact_sum_add(&load->cells.sums[cell->sum], -line->given.number);
    }
    if (cell->gift_count == 0) {
        cell->kind = QA_KIND_MISSING;
        cell->is_dropped = true;
    }
    return QA_OK;
}

static qa_status_t refuse_rows(load_t *load)
{
    const uint32_t before = load->refused_count;
    refusal_t refusal = { load, before };
    qa_status_t status = qa_load_ledger_visit(load, refuse_line, &refusal);
    removal_t removal = { load, load->refused + before, load->refused_count - before };
    if (status == QA_OK) status = qa_load_ledger_visit(load, remove_line, &removal);
    if (status == QA_OK) qsort(load->refused, load->refused_count, sizeof(*load->refused), compare_lines);
    return status;
}

/* --- the turn --- */

/* Subtracts a sum of doubles exactly: it is read, and what was read taken off it, until nothing is left. */
static void subtract_sum(qa_exact_sum_t *target, qa_exact_sum_t sum)
{
    double number = 0;
    while (qa_exact_sum_read(&sum, &number) == QA_OK && number != 0) {
        qa_exact_sum_add(target, -number);
        qa_exact_sum_add(&sum, -number);
    }
}

static qa_exact_sum_t sum_of(const load_t *load, const cell_t *cell)
{
    qa_exact_sum_t sum;
    if (cell->has_sum) return load->cells.sums[cell->sum];
    qa_exact_sum_clear(&sum);
    qa_exact_sum_add(&sum, cell->number);
    return sum;
}

static qa_status_t turn(const periods_t *periods)
{
    load_t *load = periods->load;
    /* From behind, so that the figure before is still year to date. */
    for (uint32_t i = periods->count; i > 0; i--) {
        const uint32_t now = periods->order[i - 1];
        cell_t *cell = &load->cells.items[now];
        const held_t *held = &load->held[now];
        cell_t *before = NULL;
        if (i > 1 && is_same_year(periods, now, periods->order[i - 2])) {
            before = &load->cells.items[periods->order[i - 2]];
            before->next = now;
            if (before->kind != cell->kind)
                return qa_load_fail(load->error, QA_WRONG_KIND,
                                    "\"cumulative\": \"ytd\" is for numbers only");
        }
        if (cell->kind == QA_KIND_DECIMAL) {
            if (before != NULL) cell->units -= before->units;
            if (held->sum.kind == QA_KIND_DECIMAL) cell->units -= held->sum.units;
            continue;
        }
        qa_exact_sum_t sum = sum_of(load, cell);
        if (before != NULL) subtract_sum(&sum, sum_of(load, before));
        if (held->sum.kind == QA_KIND_DOUBLE) qa_exact_sum_add(&sum, -held->sum.number);
        if (qa_exact_sum_read(&sum, &cell->number) != QA_OK)
            return qa_load_fail(load->error, QA_OVERFLOW, "a figure of a period is too large for a number");
        cell->has_sum = false;
    }
    return QA_OK;
}

static qa_status_t prepare(load_t *load, periods_t *periods, held_t **held_out)
{
    *periods = (periods_t){ .load = load };
    if (load->time == QA_DIMENSIONS_MAX) {
        return qa_load_fail(load->error, QA_BAD_MAP,
                            "\"cumulative\": \"ytd\" needs a time dimension; the app has none");
    }
    periods->order = qa_load_arena_take(&load->arena, ((size_t)load->cells.count + 1) * sizeof(uint32_t));
    *held_out = qa_load_arena_take(&load->arena, ((size_t)load->cells.count + 1) * sizeof(held_t));
    if (periods->order == NULL || *held_out == NULL) return qa_load_fail_memory(load->error);
    return make_periods(periods);
}

qa_status_t qa_load_year_to_date(load_t *load)
{
    periods_t periods;
    qa_status_t status = prepare(load, &periods, &load->held);
    load->held_offset = qa_connection_position(load->connection)->offset;
    /* A row that is rejected takes amounts from other cells, which may lose their beginning by that. */
    for (bool is_refusing = status == QA_OK; is_refusing && status == QA_OK;) {
        status = sort_cells(&periods);
        for (uint32_t i = 0; i < load->cells.count; i++)
            load->held[i] = (held_t){ .sum = qa_value_missing() };
        if (status == QA_OK) status = look_back(&periods, load->held, &is_refusing);
        if (status == QA_OK && is_refusing) status = refuse_rows(load);
    }
    for (uint32_t i = 0; i < load->cells.count && status == QA_OK; i++)
        load->result->cell_count -= load->cells.items[i].is_dropped;
    return status == QA_OK ? turn(&periods) : status;
}

qa_status_t qa_load_year_to_date_check(load_t *load)
{
    periods_t periods;
    held_t *held = NULL;
    bool is_refusing = false;
    qa_status_t status = prepare(load, &periods, &held);
    if (status == QA_OK) status = sort_cells(&periods);
    for (uint32_t i = 0; i < load->cells.count && status == QA_OK; i++)
        held[i] = (held_t){ .sum = qa_value_missing() };
    if (status == QA_OK) status = look_back(&periods, held, &is_refusing);
    for (uint32_t i = 0; i < load->cells.count && status == QA_OK; i++) {
        if (!is_refusing && qa_value_equal(&held[i].sum, &load->held[i].sum)) continue;
        status = qa_load_fail(load->error, QA_CONFLICT,
                              "somebody changed earlier periods of the year while the files were read; "
                              "nothing was written, load again");
    }
    load->held_offset = qa_connection_position(load->connection)->offset;
    return status;
}
