/* INSERT, UPDATE, DELETE of atoms and cells: the rows of a bound write as operations of an intent, each with
 * the value seen, so that a commit can tell when somebody else changed a cell meanwhile. Values are taken
 * from the store, not from the rows: a row shows decimals at one scale, or as doubles. It must never write a
 * total, and never the same cell twice. */
#include "session/write.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum {
    CHUNK_CELLS_MAX = 8192, /* of one operation: bounds the memory */
    UNCHANGED = 2,          /* of `named`: the cell stays as it is */
    NO_COLUMN = UINT16_MAX,
    ROLE_COUNT = QA_SQL_ROLE_BOOLEAN + 1
};

typedef struct writer {
    const qa_sql_run_t *run;
    const qa_sql_bound_t *bound;
    const qa_sql_table_t *rows;
    qa_sql_transaction_t *transaction;
    const qa_model_t *model;
    qa_connection_t *connection;
    uint16_t dimension_count;
    uint16_t member_columns[QA_DIMENSIONS_MAX]; /* of the rows; NO_COLUMN: the default member */
    uint16_t role_columns[ROLE_COUNT];          /* of the rows: new values; NO_COLUMN: not given */
    qa_member_t defaults[QA_DIMENSIONS_MAX];
    qa_text_map_t members[QA_DIMENSIONS_MAX]; /* names met so far → ids */
    qa_text_map_t named;  /* coordinates of this statement → 1 has a value behind it, 0 none, UNCHANGED */
    uint32_t chunk_cells; /* how many cells one operation has at most */
    qa_member_t *coordinates; /* chunk_cells of them, and their values */
    qa_value_t *values;
    qa_value_t *seen;
    uint32_t count;
    uint64_t cell_count;
    uint64_t rounded_count;
    uint32_t row;
} writer_t;

/* --- failures --- */

/* The words of `told`, with the row where there are several. */
static qa_status_t fail_row(const writer_t *writer, const qa_error_t *told)
{
    if (writer->rows->row_count <= 1 || writer->bound->kind != QA_AST_INSERT)
        return qa_fail(writer->run->error, told->status, "%s", told->message);
    return qa_fail(writer->run->error, told->status, "row %u: %s", writer->row + 1, told->message);
}

static qa_status_t fail_memory(const writer_t *writer)
{
    return qa_fail_memory(writer->run->error, "the cells of a write");
}

/* --- members --- */

static qa_status_t default_member(writer_t *writer, qa_dimension_t d, qa_member_t *member_out)
{
    qa_error_t told;
    *member_out = writer->defaults[d];
    if (*member_out != QA_MEMBER_NONE) return QA_OK;
    const char *name = qa_model_dimension(writer->model, d)->name;
    qa_fail(&told, QA_MEMBER_UNNAMED, "the dimension \"%s\" has no default member: name it among the columns",
            name);
    return fail_row(writer, &told);
}

static qa_status_t find_member(writer_t *writer, qa_dimension_t d, const qa_sql_value_t *name,
                               qa_member_t *member_out)
{
    qa_error_t told;
    if (name->kind == QA_SQL_NULL) {
        qa_fail(&told, QA_NULL_NOT_ALLOWED, "\"%s\" is part of the key and takes no NULL",
                qa_model_dimension(writer->model, d)->name);
        return fail_row(writer, &told);
    }
    if (qa_text_map_get(&writer->members[d], name->text, name->bytes, member_out)) return QA_OK;
    if (qa_model_find_member(writer->model, d, name->text, name->bytes, member_out, &told) != QA_OK)
        return fail_row(writer, &told);
    if (qa_text_map_put(&writer->members[d], name->text, name->bytes, *member_out) != QA_OK)
        return fail_memory(writer);
    return QA_OK;
}

/* A cell above leaves: what it is, and what to write instead. */
static qa_status_t fail_total(const writer_t *writer, const qa_member_t *coordinate, qa_dimension_t d)
{
    char words[QA_SQL_CELL_WORDS_BYTES];
    qa_error_t told;
    const bool is_cells = writer->bound->write->target->table->kind == QA_SQL_CELLS;
    const char *dimension = qa_model_dimension(writer->model, d)->name;
    const char *code = qa_model_member(writer->model, d, coordinate[d])->code;
    qa_sql_cell_words(writer->model, coordinate, words);
    if (is_cells)
        qa_fail(&told, QA_NOT_YET,
                "the cell %s is a total: \"%s\" of \"%s\" is no leaf, and spreading to the leaves below is "
                "not built "
                "yet; write the leaves",
                words, code, dimension);
    else
        qa_fail(&told, QA_NOT_LEAF,
                "the cell %s is a total: \"%s\" of \"%s\" is no leaf%s; atoms are leaves, totals are in the "
                "table cells",
                words, code, dimension,
                writer->member_columns[d] == NO_COLUMN
                    ? " (the default member, because the column was left out)"
                    : "");
    return fail_row(writer, &told);
}

static qa_status_t read_coordinate(writer_t *writer, qa_member_t *coordinate)
{
    qa_status_t status = QA_OK;
    for (qa_dimension_t d = 0; d < writer->dimension_count && status == QA_OK; d++) {
        const uint16_t column = writer->member_columns[d];
        if (column == NO_COLUMN) {
            status = default_member(writer, d, &coordinate[d]);
            continue;
        }
        const qa_sql_value_t name = qa_sql_table_value(writer->rows, writer->row, column);
        status = find_member(writer, d, &name, &coordinate[d]);
    }
    for (qa_dimension_t d = 0; d < writer->dimension_count && status == QA_OK; d++) {
        if (!qa_model_member(writer->model, d, coordinate[d])->is_leaf)
            status = fail_total(writer, coordinate, d);
    }
    return status;
}

/* --- values --- */

static const char *const role_names[ROLE_COUNT] = { [QA_SQL_ROLE_VALUE] = "value",
                                                    [QA_SQL_ROLE_TEXT] = "text_value",
                                                    [QA_SQL_ROLE_DATE] = "date_value",
                                                    [QA_SQL_ROLE_BOOLEAN] = "boolean_value" };

static qa_status_t fail_role(const writer_t *writer, const qa_member_t *coordinate,
                             const qa_account_t *account, uint8_t given)
{
    static const char *const kinds[] = { "nothing", "decimals", "numbers", "texts", "dates", "truth values" };
    char words[QA_SQL_CELL_WORDS_BYTES];
    qa_error_t told;
    const qa_dimension_t measure = qa_model_dimension_of_kind(writer->model, QA_DIMENSION_MEASURE);
    const char *who = measure == QA_DIMENSIONS_MAX
                          ? "the app"
                          : qa_model_member(writer->model, measure, coordinate[measure])->code;
    qa_fail(&told, QA_WRONG_KIND, "the account \"%s\" holds %s: write %s, not %s, for the cell %s", who,
            kinds[account->kind], role_names[qa_sql_cell_role(account->kind)], role_names[given],
            qa_sql_cell_words(writer->model, coordinate, words));
    return fail_row(writer, &told);
}

/* The new value of the row. *is_given_out: false if no column of the account's kind was assigned. */
static qa_status_t read_value(writer_t *writer, const qa_member_t *coordinate, qa_value_t *value_out,
                              bool *is_given_out)
{
    const qa_account_t account = qa_sql_cell_account(writer->model, coordinate);
    const uint8_t right = qa_sql_cell_role(account.kind);
    qa_error_t told;
    bool is_rounded = false;
    *value_out = qa_value_missing();
    *is_given_out = writer->role_columns[right] != NO_COLUMN;
    for (uint8_t role = QA_SQL_ROLE_VALUE; role < ROLE_COUNT; role++) {
        const uint16_t column = writer->role_columns[role];
        if (column == NO_COLUMN || role == right) continue;
        if (qa_sql_table_value(writer->rows, writer->row, column).kind != QA_SQL_NULL)
            return fail_role(writer, coordinate, &account, role);
    }
    if (!*is_given_out) return QA_OK;
    const qa_sql_value_t value = qa_sql_table_value(writer->rows, writer->row, writer->role_columns[right]);
    if (value.kind == QA_SQL_NULL) return QA_OK;
    if (qa_sql_cell_value(writer->model, coordinate, &account, &value, value_out, &is_rounded, &told) !=
        QA_OK)
        return fail_row(writer, &told);
    writer->rounded_count += is_rounded ? 1 : 0;
    return QA_OK;
}

/* --- chunks --- */

/* What the cells held as the statement saw them: the store's section, and where that does not show the
 * transaction's own writes, what is pending. */
static qa_status_t read_seen(writer_t *writer)
{
    const size_t row_bytes = writer->dimension_count * sizeof(qa_member_t);
    qa_status_t status =
        qa_connection_cells(writer->connection, writer->coordinates, writer->count, writer->seen);
    if (status != QA_OK)
        return qa_fail(writer->run->error, status, "%s", qa_connection_error(writer->connection)->message);
    for (uint32_t i = 0; i < writer->count; i++) {
        char words[QA_SQL_CELL_WORDS_BYTES];
        const qa_member_t *coordinate = writer->coordinates + (size_t)i * writer->dimension_count;
        uint32_t has_value = 0;
        if ((writer->seen[i].flags & QA_VALUE_MASKED) != 0)
            return qa_fail(writer->run->error, QA_MASKED,
                           "the cell %s is masked for you and cannot be written",
                           qa_sql_cell_words(writer->model, coordinate, words));
        const bool is_pending =
            writer->transaction->is_pending_whole &&
            qa_text_map_get(&writer->transaction->pending, coordinate, row_bytes, &has_value);
        const bool has_row = is_pending ? has_value != 0 : writer->seen[i].kind != QA_KIND_MISSING;
        if (writer->bound->kind != QA_AST_INSERT) continue;
        if (has_row)
            return qa_fail(writer->run->error, QA_DUPLICATE_KEY,
                           "the cell %s has a value already: UPDATE it, or DELETE it first",
                           qa_sql_cell_words(writer->model, coordinate, words));
        writer->seen[i] = qa_value_missing();
    }
    return QA_OK;
}

static qa_status_t flush(writer_t *writer)
{
    if (writer->count == 0) return QA_OK;
    qa_status_t status = qa_sql_run_check(writer->run);
    if (status == QA_OK) status = read_seen(writer);
    if (status != QA_OK) return status;
    status = qa_intent_set_cells(writer->transaction->intent, writer->dimension_count, writer->coordinates,
                                 writer->values, writer->seen, writer->count);
    writer->cell_count += writer->count;
    writer->count = 0;
    if (status == QA_NO_MEMORY) return fail_memory(writer);
    if (status == QA_LIMIT)
        return qa_fail(writer->run->error, status,
                       "the transaction grows beyond %d cells or %d bytes: commit more often",
                       QA_INTENT_CELLS_MAX, QA_INTENT_BYTES_MAX);
    if (status != QA_OK)
        return qa_fail(writer->run->error, status, "a value cannot be written: %s",
                       qa_status_info(status)->text);
    return QA_OK;
}

static qa_status_t name_cell(writer_t *writer, const qa_member_t *coordinate, uint32_t behind)
{
    char words[QA_SQL_CELL_WORDS_BYTES];
    qa_error_t told;
    const size_t row_bytes = writer->dimension_count * sizeof(qa_member_t);
    uint32_t before = 0;
    if (qa_text_map_get(&writer->named, coordinate, row_bytes, &before)) {
        qa_fail(&told, QA_NAMED_TWICE, "the statement names the cell %s twice",
                qa_sql_cell_words(writer->model, coordinate, words));
        return fail_row(writer, &told);
    }
    if (qa_text_map_put(&writer->named, coordinate, row_bytes, behind) != QA_OK) return fail_memory(writer);
    return QA_OK;
}

static qa_status_t write_row(writer_t *writer)
{
    qa_member_t *coordinate = writer->coordinates + (size_t)writer->count * writer->dimension_count;
    qa_value_t value = qa_value_missing();
    qa_error_t told;
    bool is_given = true;
    qa_status_t status = read_coordinate(writer, coordinate);
    if (status == QA_OK && writer->bound->kind != QA_AST_DELETE)
        status = read_value(writer, coordinate, &value, &is_given);
    if (status != QA_OK) return status;
    if (writer->bound->kind == QA_AST_INSERT && value.kind == QA_KIND_MISSING) {
        const qa_account_t account = qa_sql_cell_account(writer->model, coordinate);
        char words[QA_SQL_CELL_WORDS_BYTES];
        qa_fail(&told, QA_NULL_NOT_ALLOWED, "the cell %s gets no value: an atom has one, in %s",
                qa_sql_cell_words(writer->model, coordinate, words),
                role_names[qa_sql_cell_role(account.kind)]);
        return fail_row(writer, &told);
    }
    const uint32_t behind = qa_sql_cell_is_nothing(writer->model, &value) ? 0 : 1;
    status = name_cell(writer, coordinate, is_given ? behind : UNCHANGED);
    if (status != QA_OK || !is_given) return status;
    writer->values[writer->count++] = value;
    return writer->count == writer->chunk_cells ? flush(writer) : QA_OK;
}

/* --- the statement --- */

static void find_columns(writer_t *writer)
{
    const qa_sql_write_t *write = writer->bound->write;
    const qa_sql_shape_table_t *table = write->target->table;
    const bool is_insert = writer->bound->kind == QA_AST_INSERT;
    for (uint16_t d = 0; d < QA_DIMENSIONS_MAX; d++)
        writer->member_columns[d] = NO_COLUMN;
    for (uint16_t r = 0; r < ROLE_COUNT; r++)
        writer->role_columns[r] = NO_COLUMN;
    for (uint16_t c = 0; c < table->column_count && !is_insert; c++)
        if (table->columns[c].role == QA_SQL_ROLE_MEMBER)
            writer->member_columns[table->columns[c].dimension] = c;
    /* New values: of an INSERT the columns themselves, of an UPDATE behind those of the target. */
    for (uint16_t i = 0; i < write->column_count; i++) {
        const qa_sql_shape_column_t *column = &table->columns[write->columns[i]];
        const uint16_t at = is_insert ? i : (uint16_t)(table->column_count + i);
        if (column->role == QA_SQL_ROLE_MEMBER && is_insert) writer->member_columns[column->dimension] = at;
        if (column->role >= QA_SQL_ROLE_VALUE && column->role < ROLE_COUNT)
            writer->role_columns[column->role] = at;
    }
}

static qa_status_t open_writer(writer_t *writer)
{
    const qa_allocator_t *allocator = writer->run->allocator;
    qa_text_map_make(&writer->named, allocator);
    for (qa_dimension_t d = 0; d < writer->dimension_count; d++) {
        qa_text_map_make(&writer->members[d], allocator);
        writer->defaults[d] = qa_model_default_member(writer->model, d);
    }
    find_columns(writer);
    writer->chunk_cells =
        writer->rows->row_count < CHUNK_CELLS_MAX ? writer->rows->row_count + 1 : CHUNK_CELLS_MAX;
    writer->coordinates = qa_memory_take(allocator, (size_t)writer->chunk_cells *
                                                        (writer->dimension_count + 1u) * sizeof(qa_member_t));
    writer->values = qa_memory_take(allocator, writer->chunk_cells * sizeof(qa_value_t));
    writer->seen = qa_memory_take(allocator, writer->chunk_cells * sizeof(qa_value_t));
    if (writer->coordinates == NULL || writer->values == NULL || writer->seen == NULL)
        return fail_memory(writer);
    return QA_OK;
}

static void close_writer(writer_t *writer)
{
    const qa_allocator_t *allocator = writer->run->allocator;
    qa_memory_give(allocator, writer->seen, writer->chunk_cells * sizeof(qa_value_t));
    qa_memory_give(allocator, writer->values, writer->chunk_cells * sizeof(qa_value_t));
    qa_memory_give(allocator, writer->coordinates,
                   (size_t)writer->chunk_cells * (writer->dimension_count + 1u) * sizeof(qa_member_t));
    for (qa_dimension_t d = 0; d < writer->dimension_count; d++)
        qa_text_map_release(&writer->members[d]);
    qa_text_map_release(&writer->named);
}

/* What the transaction knows of its own writes. Without memory it asks the section with its intent from now
 * on. */
static void keep_pending(writer_t *writer)
{
    qa_sql_transaction_t *transaction = writer->transaction;
    transaction->cell_count += writer->cell_count;
    for (uint32_t i = 0; i < writer->named.capacity && transaction->is_pending_whole; i++) {
        const qa_text_slot_t *slot = &writer->named.slots[i];
        if (slot->key == NULL || slot->value == UNCHANGED) continue;
        if (qa_text_map_put(&transaction->pending, slot->key, slot->key_bytes, slot->value) != QA_OK)
            transaction->is_pending_whole = false;
    }
}

qa_status_t qa_sql_write_rows(qa_sql_session_t *session, const qa_sql_run_t *run, const qa_sql_bound_t *bound,
                              const qa_sql_table_t *rows, qa_sql_transaction_t *transaction,
                              int64_t *row_count_out, uint64_t *rounded_out)
{
    (void)session;
    writer_t *writer = qa_memory_take(run->allocator, sizeof(*writer));
    *row_count_out = 0;
    *rounded_out = 0;
    if (writer == NULL) return qa_fail_memory(run->error, "the cells of a write");
    writer->run = run;
    writer->bound = bound;
    writer->rows = rows;
    writer->transaction = transaction;
    writer->connection = transaction->moment->connection;
    writer->model = qa_connection_model(writer->connection);
    writer->dimension_count = qa_model_dimension_count(writer->model);
    qa_status_t status = open_writer(writer);
    for (; writer->row < rows->row_count && status == QA_OK; writer->row++)
        status = write_row(writer);
    if (status == QA_OK) status = flush(writer);
    if (status == QA_OK) {
        keep_pending(writer);
        *row_count_out = rows->row_count;
        *rounded_out = writer->rounded_count;
    }
    close_writer(writer);
    qa_memory_give(run->allocator, writer, sizeof(*writer));
    return status;
}
