/* The rows of the files: each is loaded, missing (empty amounts) or rejected with a reason, and counted once.
 * A row counts as a whole: if one of its amounts is bad none of them is taken. What it must never do: write
 * to the app. */
#include <stdio.h>

#include "load/load_private.h"
#include "qa/text.h"

enum { ROWS_PER_LOOK = 4096 };

typedef struct row_amount {
    qa_member_t account; /* QA_MEMBER_NONE: the coordinate has it already */
    qa_value_t value;    /* missing: empty */
    uint32_t cell;       /* UINT32_MAX: none yet */
    bool is_rounded;
} row_amount_t;

typedef struct row {
    load_t *load;
    const qa_load_record_t *record;
    qa_member_t coordinate[QA_DIMENSIONS_MAX];
    uint32_t entries[QA_DIMENSIONS_MAX];
    bool is_suspense;
    const char *fault;
    char words[256];
} row_t;

bool qa_load_is_cancelled(const load_t *load)
{
    return load->options->is_cancelled != NULL && *load->options->is_cancelled;
}

void qa_load_show_progress(load_t *load, const char *file, qa_load_source_t *source)
{
    if (load->options->progress == NULL) return;
    const qa_load_progress_t progress = { .file = file,
                                          .bytes = qa_load_source_position(source),
                                          .bytes_total = qa_load_source_size(source),
                                          .rows = load->result->rows_read };
    load->options->progress(load->options->progress_context, &progress);
}

static void put_quoted(FILE *stream, const char *text, size_t bytes)
{
    fputc('"', stream);
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] == '"') fputc('"', stream);
        fputc(text[i], stream);
    }
    fputc('"', stream);
}

qa_status_t qa_load_reject(load_t *load, const char *file, uint64_t line, const char *reason,
                           qa_load_text_t text)
{
    load->result->rows_rejected++;
    if (load->rejects != NULL) {
        put_quoted(load->rejects, file, strlen(file));
        fprintf(load->rejects, ",%llu,", (unsigned long long)line);
        put_quoted(load->rejects, reason, strlen(reason));
        fputc(',', load->rejects);
        put_quoted(load->rejects, text.data, text.bytes);
        fputs("\r\n", load->rejects);
        if (ferror(load->rejects)) {
            return qa_load_fail(load->error, QA_IO,
                                "the file of rejects cannot be written; is the disk full?");
        }
    }
    qa_load_result_t *result = load->result;
    if (result->reason_count < QA_LOAD_REASONS) {
        snprintf(result->reasons[result->reason_count++], QA_LOAD_REASON_BYTES, "%.200s:%llu: %.400s", file,
                 (unsigned long long)line, reason);
    }
    if (load->shown_count == REASONS_SHOWN) return QA_OK;
    const char *copy = qa_load_arena_copy(&load->arena, reason, strlen(reason));
    if (copy == NULL) return qa_load_fail_memory(load->error);
    load->shown[load->shown_count++] = (shown_reject_t){ file, line, copy };
    return QA_OK;
}

static void fail_row(row_t *row, const char *format, const char *text, size_t bytes)
{
    if (row->fault != NULL) return;
    /* A broken or endless text would spoil the message. */
    if (bytes > 80) bytes = 80;
    while (bytes > 0 && !qa_utf8_is_valid(text, bytes))
        bytes--;
    snprintf(row->words, sizeof(row->words), format, (int)bytes, text);
    row->fault = row->words;
}

static qa_status_t resolve_row(row_t *row)
{
    load_t *load = row->load;
    for (qa_dimension_t d = 0; d < load->dimension_count; d++) {
        dimension_state_t *state = &load->dimensions[d];
        if (state->rule == NULL) {
            row->coordinate[d] = state->fixed;
            continue;
        }
        qa_load_text_t text;
        uint32_t entry = state->last;
        const qa_status_t read =
            qa_load_read_source(&state->source, row->record, &state->buffer, &text, load->error);
        if (read == QA_NOT_A_DATE) {
            fail_row(row, "\"%.*s\" is not a date of the map's format", text.data, text.bytes);
            return QA_OK;
        }
        if (read != QA_OK) return read;
        /* Most rows repeat the name of the row before. The kept text lies in the arena. */
        const bool is_same = state->has_last && text.bytes == state->last_text.bytes &&
                             memcmp(text.data, state->last_text.data, text.bytes) == 0;
        if (!is_same) {
            const qa_status_t status = qa_load_resolve(load, d, text, row->record, &entry);
            if (status != QA_OK) return status;
            state->last = entry;
            state->last_text = (qa_load_text_t){ load->resolved[entry].name, text.bytes };
            state->has_last = true;
        }
        const resolved_t *resolved = &load->resolved[entry];
        if (resolved->fault != NULL) {
            row->fault = resolved->fault;
            return QA_OK;
        }
        if ((resolved->member & QA_NEW) != 0 && load->created[resolved->member & ~QA_NEW].is_parent) {
            fail_row(row, "\"%.*s\" is the parent of other new members; amounts go to leaves", text.data,
                     text.bytes);
            return QA_OK;
        }
        row->coordinate[d] = resolved->member;
        row->entries[d] = entry;
        row->is_suspense = row->is_suspense || resolved->is_suspense;
    }
    return QA_OK;
}

/* +1, -1, or 0 with a fault. */
static int sign_of(row_t *row, const qa_load_sign_t *sign, uint32_t column)
{
    if (sign->constant != 0) return sign->constant;
    const qa_load_text_t field = row->record->fields[column];
    const qa_load_text_t text = qa_load_trim(field.data, field.bytes);
    for (uint32_t i = 0; i < sign->case_count; i++) {
        if (qa_load_text_is(sign->cases[i].name, strlen(sign->cases[i].name), text.data, text.bytes)) {
            return sign->cases[i].value[0] == '-' ? -1 : 1;
        }
    }
    if (sign->otherwise == 0) fail_row(row, "the map has no sign for \"%.*s\"", text.data, text.bytes);
    return sign->otherwise;
}

static qa_account_t account_of(const load_t *load, const row_t *row, qa_member_t account)
{
    qa_account_t result = { .kind = QA_KIND_DECIMAL, .decimals = load->decimals };
    if (load->measure == QA_DIMENSIONS_MAX) return result;
    const qa_member_t member = account != QA_MEMBER_NONE ? account : row->coordinate[load->measure];
    if ((member & QA_NEW) != 0) return result;
    return qa_model_member(load->model, load->measure, member)->account;
}

static void read_number(row_t *row, qa_load_text_t text, qa_account_t account, int sign, row_amount_t *amount)
{
    char plain[QA_LOAD_AMOUNT_BYTES];
    size_t bytes = 0;
    int64_t units = 0;
    double number = 0;
    const qa_load_map_t *map = row->load->map;
    if (qa_load_amount_plain(text.data, text.bytes, &map->style, plain, &bytes) != QA_OK) {
        qa_load_amount_style_t other = map->style;
        other.is_european = !other.is_european;
        const bool is_other =
            qa_load_amount_plain(text.data, text.bytes, &other, plain, &bytes) == QA_OK && bytes > 0;
        fail_row(row,
                 !is_other ? "\"%.*s\" is not an amount"
                 : other.is_european
                     ? "\"%.*s\" is not an amount; \"decimal\": \"european\" in the map reads it"
                     : "\"%.*s\" is not an amount; \"decimal\": \"point\" in the map reads it",
                 text.data, text.bytes);
        return;
    }
    if (bytes == 0) return;
    if (account.kind == QA_KIND_DOUBLE) {
        if (qa_double_parse(plain, bytes, &number) != QA_OK) {
            fail_row(row, "\"%.*s\" is too large for a number", text.data, text.bytes);
            return;
        }
        amount->value = qa_value_double(sign < 0 ? -number : number);
        return;
    }
    const qa_status_t status = qa_decimal_parse(plain, bytes, account.decimals, &units,
                                                map->is_rounding ? &amount->is_rounded : NULL);
    if (status == QA_TOO_MANY_DECIMALS) {
        fail_row(row, "\"%.*s\" has more decimals than the account; \"round\": true in the map rounds",
                 text.data, text.bytes);
    } else if (status != QA_OK) {
        fail_row(row, "\"%.*s\" has more than 18 digits", text.data, text.bytes);
    }
    amount->value = qa_value_decimal(sign < 0 ? -units : units, account.decimals);
}

static void read_other(row_t *row, qa_load_text_t text, qa_account_t account, row_amount_t *amount)
{
    int32_t day = 0;
    text = qa_load_trim(text.data, text.bytes);
    if (text.bytes == 0) return;
    if (account.kind == QA_KIND_DATE) {
        if (qa_load_date(text.data, text.bytes, QA_LOAD_DATE_ISO, &day) != QA_OK) {
            fail_row(row, "\"%.*s\" is not a date, YYYY-MM-DD", text.data, text.bytes);
        }
        amount->value = qa_value_date(day);
    } else if (account.kind == QA_KIND_BOOLEAN) {
        const bool is_true =
            qa_load_text_is(text.data, text.bytes, "true", 4) || (text.bytes == 1 && text.data[0] == '1');
        const bool is_false =
            qa_load_text_is(text.data, text.bytes, "false", 5) || (text.bytes == 1 && text.data[0] == '0');
        if (!is_true && !is_false) fail_row(row, "\"%.*s\" is not true or false", text.data, text.bytes);
        amount->value = qa_value_boolean(is_true);
    } else {
        if (text.bytes > QA_TEXT_BYTES_MAX || qa_utf16_units(text.data, text.bytes) > QA_TEXT_UNITS_MAX) {
            fail_row(row, "\"%.*s\"... is longer than 32767 characters", text.data, text.bytes);
        }
        amount->value = qa_value_text(text.data, text.bytes);
    }
}

static void read_amount(row_t *row, uint32_t index, row_amount_t *amount)
{
    load_t *load = row->load;
    const qa_load_amount_rule_t *rule = &load->map->amounts[index];
    *amount = (row_amount_t){ .account = load->account_members[index], .value = qa_value_missing() };
    const qa_account_t account = account_of(load, row, amount->account);
    const bool is_rows = strcmp(rule->column, "#rows") == 0;
    const qa_load_text_t text =
        is_rows ? (qa_load_text_t){ "1", 1 } : row->record->fields[load->amount_columns[index]];
    if (account.kind != QA_KIND_DECIMAL && account.kind != QA_KIND_DOUBLE) {
        read_other(row, text, account, amount);
        return;
    }
    const qa_load_sign_t *sign = rule->has_sign ? &rule->sign : &load->map->sign;
    const uint32_t column = load->sign_columns[rule->has_sign ? index : load->map->amount_count];
    const int factor = sign_of(row, sign, column);
    if (factor != 0) read_number(row, text, account, factor, amount);
}

static const int64_t units_max = 999999999999999999; /* QA_DECIMAL_DIGITS_MAX nines */

/* Why the value cannot be added to the cell; NULL: it can. */
static const char *fault_of_sum(const load_t *load, const cell_t *cell, const qa_value_t *value)
{
    if (load->map->duplicates == QA_LOAD_LAST || cell->kind == QA_KIND_MISSING ||
        value->kind == QA_KIND_MISSING) {
        return NULL;
    }
    if (load->map->duplicates == QA_LOAD_REJECT) return "an earlier row gives to the same cell";
    if (cell->kind == QA_KIND_DOUBLE) return NULL;
    if (cell->kind != QA_KIND_DECIMAL) {
        return "an earlier row gives to the same cell; texts, dates and booleans do not add up";
    }
    const qa_int128_t sum = cell->units + value->units;
    return sum > units_max || sum < -units_max ? "the sum of the cell has more than 18 digits" : NULL;
}

/* Adds to the cell what is of its kind. */
static qa_status_t add_value(load_t *load, cell_t *cell, const qa_value_t *value)
{
    if (cell->kind == QA_KIND_MISSING || load->map->duplicates == QA_LOAD_LAST) {
        cell->kind = value->kind;
        cell->decimals = value->decimals;
        cell->has_sum = false;
        if (value->kind == QA_KIND_DECIMAL) cell->units = value->units;
        if (value->kind == QA_KIND_DOUBLE) cell->number = value->number;
        if (value->kind == QA_KIND_DATE) cell->day = value->day;
        if (value->kind == QA_KIND_BOOLEAN) cell->truth = value->truth;
        if (value->kind == QA_KIND_TEXT) {
            cell->text = qa_load_arena_copy(&load->arena, value->text, value->text_bytes);
            cell->text_bytes = value->text_bytes;
            if (cell->text == NULL) return qa_load_fail_memory(load->error);
        }
        return QA_OK;
    }
    if (cell->kind == QA_KIND_DECIMAL) {
        cell->units += value->units;
        return QA_OK;
    }
    if (cell->kind != QA_KIND_DOUBLE) return QA_OK;
    if (!cell->has_sum) {
        void *array = load->cells.sums;
        const qa_status_t status =
            qa_load_reserve(load->allocator, &array, &load->cells.sum_capacity, load->cells.sum_count + 1u,
                            sizeof(qa_exact_sum_t), load->error);
        load->cells.sums = array;
        if (status != QA_OK) return status;
        cell->sum = load->cells.sum_count++;
        cell->has_sum = true;
        qa_exact_sum_clear(&load->cells.sums[cell->sum]);
        qa_exact_sum_add(&load->cells.sums[cell->sum], cell->number);
    }
    qa_exact_sum_add(&load->cells.sums[cell->sum], value->number);
    return QA_OK;
}

/* Takes a row whose amounts are all good: first the checks that may still reject it, then the cells, then the
 * ledger lines. */
static qa_status_t take_row(row_t *row, uint32_t file)
{
    load_t *load = row->load;
    const uint64_t line = (uint64_t)file << 48 | row->record->line_number;
    const bool is_clearing = load->map->is_clearing;
    for (uint32_t i = 0; i < load->map->amount_count; i++) {
        row_amount_t *amount = &load->amounts[i];
        if (amount->account != QA_MEMBER_NONE) row->coordinate[load->measure] = amount->account;
        if (load->has_slice && !qa_load_slice_holds(load, row->coordinate)) {
            row->fault = "the row is outside the slice of --replace";
            return QA_OK;
        }
        amount->cell = qa_load_cells_find(&load->cells, row->coordinate);
        if (amount->cell != UINT32_MAX) {
            row->fault = fault_of_sum(load, &load->cells.items[amount->cell], &amount->value);
        }
        if (row->fault != NULL) return QA_OK;
    }
    bool is_any = is_clearing;
    for (uint32_t i = 0; i < load->map->amount_count; i++)
        is_any = is_any || load->amounts[i].value.kind != QA_KIND_MISSING;
    if (!is_any) return QA_OK;
    qa_status_t status = qa_load_ledger_line(load, file, row->record->line_number, row->record->text);
    for (uint32_t i = 0; i < load->map->amount_count && status == QA_OK; i++) {
        const row_amount_t *amount = &load->amounts[i];
        uint32_t index = amount->cell;
        bool is_new = false;
        if (amount->value.kind == QA_KIND_MISSING && !is_clearing) continue;
        if (amount->account != QA_MEMBER_NONE) row->coordinate[load->measure] = amount->account;
        if (index == UINT32_MAX) {
            status = qa_load_cells_add(&load->cells, row->coordinate, &index, &is_new, load->error);
        }
        if (status != QA_OK) return status;
        cell_t *cell = &load->cells.items[index];
        if (amount->value.kind == QA_KIND_MISSING) {
            if (load->map->duplicates == QA_LOAD_LAST) cell->kind = QA_KIND_MISSING;
        } else {
            status = add_value(load, cell, &amount->value);
        }
        cell->line = line;
        cell->gift_count++;
        if (status == QA_OK) status = qa_load_ledger_give(load, row->coordinate, &amount->value);
        load->result->rounded_count += amount->is_rounded;
    }
    if (status == QA_OK && row->is_suspense && load->map->is_year_to_date) {
        void *array = load->suspense;
        status = qa_load_reserve(load->allocator, &array, &load->suspense_capacity, load->suspense_count + 1u,
                                 sizeof(line), load->error);
        load->suspense = array;
        if (status == QA_OK) load->suspense[load->suspense_count++] = line;
    }
    if (status != QA_OK) return status;
    for (qa_dimension_t d = 0; d < load->dimension_count; d++) {
        if ((row->coordinate[d] & QA_NEW) != 0) load->created[row->coordinate[d] & ~QA_NEW].is_used = true;
        if (row->is_suspense && load->dimensions[d].rule != NULL) load->resolved[row->entries[d]].row_count++;
    }
    return QA_OK;
}

static qa_status_t read_row(row_t *row, uint32_t file)
{
    load_t *load = row->load;
    load->result->rows_read++;
    load->files[file].row_count++;
    row->fault = row->record->fault;
    row->is_suspense = false;
    qa_status_t status = QA_OK;
    bool is_empty = true;
    if (row->fault == NULL) status = resolve_row(row);
    for (uint32_t i = 0; i < load->map->amount_count && status == QA_OK && row->fault == NULL; i++) {
        read_amount(row, i, &load->amounts[i]);
        is_empty = is_empty && load->amounts[i].value.kind == QA_KIND_MISSING;
    }
    if (status == QA_OK && row->fault == NULL) status = take_row(row, file);
    if (status != QA_OK) return status;
    if (row->fault != NULL) {
        return qa_load_reject(load, load->files[file].name, row->record->line_number, row->fault,
                              row->record->text);
    }
    if (is_empty) {
        load->result->rows_missing++;
    } else {
        load->result->rows_loaded++;
        load->result->rows_suspense += row->is_suspense;
    }
    return QA_OK;
}

static qa_status_t bind_amounts(load_t *load, qa_load_reader_t *reader)
{
    const qa_load_map_t *map = load->map;
    for (uint32_t i = 0; i <= map->amount_count; i++) {
        const qa_load_sign_t *sign = i < map->amount_count ? &map->amounts[i].sign : &map->sign;
        qa_status_t status = QA_OK;
        if (i < map->amount_count && strcmp(map->amounts[i].column, "#rows") != 0) {
            const char *column = map->amounts[i].column;
            status =
                qa_load_reader_column(reader, column, strlen(column), &load->amount_columns[i], load->error);
        }
        if (status == QA_OK && sign->constant == 0 && sign->column != NULL) {
            status = qa_load_reader_column(reader, sign->column, strlen(sign->column), &load->sign_columns[i],
                                           load->error);
        }
        if (status != QA_OK) return status;
    }
    return QA_OK;
}

static qa_status_t read_records(load_t *load, qa_load_reader_t *reader, qa_load_source_t *source,
                                uint32_t file)
{
    qa_load_record_t record;
    row_t row = { .load = load, .record = &record };
    for (uint32_t count = 0;; count++) {
        qa_status_t status = qa_load_reader_next(reader, &record, load->error);
        if (status == QA_OK && !record.is_end) status = read_row(&row, file);
        if (status != QA_OK || record.is_end) return status;
        if (count % ROWS_PER_LOOK != 0) continue;
        if (qa_load_is_cancelled(load))
            return qa_load_fail(load->error, QA_CANCELLED, "cancelled; nothing was written");
        qa_load_show_progress(load, load->files[file].name, source);
    }
}

static qa_status_t read_file(load_t *load, uint32_t file)
{
    const char *path = load->options->files[file];
    qa_load_source_t *source = NULL;
    qa_load_reader_t *reader = NULL;
    qa_status_t status =
        qa_load_source_open(&source, path, load->map->encoding, load->allocator, load->error);
    if (status != QA_OK) goto done;
    status = qa_load_reader_open(&reader, source, &load->map->reader, load->allocator, load->error);
    if (status == QA_OK) status = qa_load_dimensions_bind(load, reader, path);
    if (status == QA_OK) status = bind_amounts(load, reader);
    if (status == QA_OK) status = read_records(load, reader, source, file);
    if (status != QA_OK) goto done;
    load->files[file].line_count = qa_load_reader_line_count(reader);
    const char *missing = qa_load_reader_missing_column(reader);
    if (missing != NULL) {
        status =
            qa_load_fail(load->error, QA_BAD_FILE, "no row has the field \"%s\" that the map names", missing);
        goto done;
    }
    qa_load_show_progress(load, load->files[file].name, source);
    status = qa_load_source_sha256(source, load->files[file].sha256, load->error);
done:
    qa_load_reader_close(reader);
    qa_load_source_close(source);
    if (status != QA_OK && status != QA_CANCELLED && load->error != NULL) {
        char words[QA_ERROR_MESSAGE_BYTES];
        snprintf(words, sizeof(words), "%s", load->error->message);
        /* One that cannot be opened is named already. */
        if (strncmp(words, path, strlen(path)) != 0)
            qa_load_fail(load->error, status, "%.200s: %s", load->files[file].name, words);
    }
    return status;
}

/* Tables with one place per amount of the map, and the accounts that the map names. */
static qa_status_t open_amounts(load_t *load)
{
    const uint32_t count = load->map->amount_count;
    load->amounts = qa_load_arena_take(&load->arena, (count + 1) * sizeof(*load->amounts));
    load->account_members = qa_load_arena_take(&load->arena, (count + 1) * sizeof(*load->account_members));
    load->amount_columns = qa_load_arena_take(&load->arena, (count + 1) * sizeof(uint32_t));
    load->sign_columns = qa_load_arena_take(&load->arena, (count + 1) * sizeof(uint32_t));
    if (load->amounts == NULL || load->account_members == NULL || load->amount_columns == NULL ||
        load->sign_columns == NULL) {
        return qa_load_fail_memory(load->error);
    }
    for (uint32_t i = 0; i < count; i++) {
        const char *name = load->map->amounts[i].account;
        load->account_members[i] = QA_MEMBER_NONE;
        if (name == NULL) continue;
        if (load->measure == QA_DIMENSIONS_MAX) {
            return qa_load_fail(load->error, QA_BAD_MAP,
                                "\"amounts\" name accounts, but the app has no measure dimension");
        }
        const qa_status_t status = qa_model_find_member(load->model, load->measure, name, strlen(name),
                                                        &load->account_members[i], load->error);
        if (status != QA_OK) return status;
        if (!qa_model_member(load->model, load->measure, load->account_members[i])->is_leaf) {
            return qa_load_fail(load->error, QA_NOT_LEAF, "the account \"%s\" of the map is not a leaf",
                                name);
        }
    }
    return QA_OK;
}

/* Names of files that mean something make the same content another one. */
static bool has_file_rule(const load_t *load)
{
    for (uint32_t i = 0; i < load->map->rule_count; i++) {
        if (load->map->rules[i].source.from == QA_LOAD_FROM_FILE) return true;
    }
    return false;
}

qa_status_t qa_load_check_twice(load_t *load, uint32_t file)
{
    const load_file_t *second = &load->files[file];
    for (uint32_t i = 0; i < file && second->row_count > 0; i++) {
        const load_file_t *first = &load->files[i];
        if (memcmp(first->sha256, second->sha256, sizeof(first->sha256)) != 0) continue;
        if (has_file_rule(load) && strcmp(first->name, second->name) != 0) continue;
        return qa_load_fail(load->error, QA_BAD_FILE,
                            "%.200s and %.200s have the same content, which would count twice; name it once",
                            load->options->files[i], load->options->files[file]);
    }
    return QA_OK;
}

qa_status_t qa_load_read_files(load_t *load)
{
    qa_status_t status = open_amounts(load);
    for (uint32_t i = 0; i < load->options->file_count && status == QA_OK; i++) {
        status = read_file(load, i);
        if (status == QA_OK) status = qa_load_check_twice(load, i);
    }
    return status;
}
