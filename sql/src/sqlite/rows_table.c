/* qa_rows(k): the one virtual table, which shows the k-th table of a statement. Its columns c0, c1 … have no
 * type and no collation of their own; k is hidden. Equalities with its columns are answered by a hash index,
 * so that joins are hash joins; all else is left to SQLite. It must never be asked for without k. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "sqlite/engine_private.h"

enum { KEY_TEXT_BYTES = QA_SQL_ROWS_KEY_MAX * 8, DECLARATION_BYTES = QA_SQL_ROWS_COLUMNS * 6 + 64 };

typedef struct rows_table {
    sqlite3_vtab base; /* first: SQLite knows only this */
    qa_sql_engine_t *engine;
} rows_table_t;

typedef struct rows_scan {
    sqlite3_vtab_cursor base; /* first */
    qa_sql_engine_t *engine;
    const qa_allocator_t *allocator;
    const qa_sql_rows_t *rows;
    int64_t number;
    bool is_look_up;
    uint32_t *matches; /* rows, of a look-up */
    uint32_t match_count, match_capacity;
    uint32_t at;
} rows_scan_t;

static int connect_rows(sqlite3 *database, void *context, int argument_count, const char *const *arguments,
                        sqlite3_vtab **table_out, char **words_out)
{
    (void)argument_count, (void)arguments, (void)words_out;
    char *text = sqlite3_malloc(DECLARATION_BYTES);
    rows_table_t *table = sqlite3_malloc(sizeof(*table));
    int code = SQLITE_NOMEM;
    if (text != NULL && table != NULL) {
        int bytes = snprintf(text, DECLARATION_BYTES, "CREATE TABLE x(");
        for (int c = 0; c < QA_SQL_ROWS_COLUMNS; c++)
            bytes += snprintf(text + bytes, (size_t)(DECLARATION_BYTES - bytes), "c%d,", c);
        snprintf(text + bytes, (size_t)(DECLARATION_BYTES - bytes), "k HIDDEN)");
        *table = (rows_table_t){ .engine = context };
        code = sqlite3_declare_vtab(database, text);
    }
    sqlite3_free(text);
    if (code == SQLITE_OK)
        *table_out = &table->base;
    else
        sqlite3_free(table);
    return code;
}

static int disconnect_rows(sqlite3_vtab *base)
{
    sqlite3_free(base);
    return SQLITE_OK;
}

/* --- planning --- */

static int is_name_collation(sqlite3_index_info *info, int constraint, bool *is_name_out)
{
    const char *collation = sqlite3_vtab_collation(info, constraint);
    *is_name_out = collation != NULL && sqlite3_stricmp(collation, QA_SQL_NAMES) == 0;
    return *is_name_out || collation == NULL || sqlite3_stricmp(collation, "BINARY") == 0;
}

/* The equalities that a look-up answers, in the order of their columns: equal sets of columns share an index.
 */
static void choose_key(sqlite3_index_info *info, qa_sql_rows_key_t *key_out, int *constraints_out)
{
    *key_out = (qa_sql_rows_key_t){ 0 };
    for (int i = 0; i < info->nConstraint; i++) {
        const int column = info->aConstraint[i].iColumn;
        bool is_name = false;
        if (!info->aConstraint[i].usable || info->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ ||
            column < 0 || column >= QA_SQL_ROWS_COLUMNS || !is_name_collation(info, i, &is_name))
            continue;
        uint16_t at = key_out->count;
        while (at > 0 && key_out->columns[at - 1] > column)
            at--;
        if (key_out->count == QA_SQL_ROWS_KEY_MAX || (at > 0 && key_out->columns[at - 1] == column)) continue;
        for (uint16_t k = key_out->count; k > at; k--) {
            key_out->columns[k] = key_out->columns[k - 1];
            key_out->is_name[k] = key_out->is_name[k - 1];
            constraints_out[k] = constraints_out[k - 1];
        }
        key_out->columns[at] = (uint16_t)column;
        key_out->is_name[at] = is_name;
        constraints_out[at] = i;
        key_out->count++;
    }
}

static int32_t number_constraint(const sqlite3_index_info *info)
{
    for (int i = 0; i < info->nConstraint; i++) {
        if (info->aConstraint[i].iColumn == QA_SQL_ROWS_COLUMNS && info->aConstraint[i].usable &&
            info->aConstraint[i].op == SQLITE_INDEX_CONSTRAINT_EQ)
            return i;
    }
    return -1;
}

static void estimate(sqlite3_index_info *info, const qa_sql_rows_t *rows, const qa_sql_rows_key_t *key)
{
    double matches = rows == NULL ? 1000.0 : (double)rows->table.row_count;
    for (uint16_t k = 0; k < key->count && rows != NULL; k++) {
        if (key->columns[k] < rows->table.column_count)
            matches /= qa_sql_rows_distinct(rows, key->columns[k], key->is_name[k]);
    }
    if (matches < 1.0) matches = 1.0;
    info->estimatedRows = (sqlite3_int64)matches;
    /* A look-up costs a little more than a row. */
    info->estimatedCost = matches + (key->count > 0 ? 2.0 : 1.0);
}

static int plan_rows(sqlite3_vtab *base, sqlite3_index_info *info)
{
    const rows_table_t *table = (rows_table_t *)base;
    qa_sql_rows_key_t key;
    int constraints[QA_SQL_ROWS_KEY_MAX];
    sqlite3_value *number = NULL;
    const int32_t at = number_constraint(info);
    if (at < 0) return SQLITE_CONSTRAINT;
    const qa_sql_rows_t *rows = NULL;
    if (sqlite3_vtab_rhs_value(info, at, &number) == SQLITE_OK)
        rows = qa_sql_engine_rows(table->engine, sqlite3_value_int64(number), NULL);
    info->aConstraintUsage[at].argvIndex = 1;
    info->aConstraintUsage[at].omit = 1;
    choose_key(info, &key, constraints);
    estimate(info, rows, &key);
    info->idxNum = key.count;
    if (key.count == 0) return SQLITE_OK;
    char *text = sqlite3_malloc(KEY_TEXT_BYTES);
    if (text == NULL) return SQLITE_NOMEM;
    int bytes = 0;
    for (uint16_t k = 0; k < key.count; k++) {
        info->aConstraintUsage[constraints[k]].argvIndex = k + 2;
        info->aConstraintUsage[constraints[k]].omit = 1;
        bytes += snprintf(text + bytes, (size_t)(KEY_TEXT_BYTES - bytes), "%c%u", key.is_name[k] ? 'n' : 'b',
                          (unsigned)key.columns[k]);
    }
    info->idxStr = text;
    info->needToFreeIdxStr = 1;
    return SQLITE_OK;
}

/* --- reading --- */

static int open_scan(sqlite3_vtab *base, sqlite3_vtab_cursor **scan_out)
{
    rows_scan_t *scan = sqlite3_malloc(sizeof(*scan));
    if (scan == NULL) return SQLITE_NOMEM;
    *scan = (rows_scan_t){ .engine = ((rows_table_t *)base)->engine };
    *scan_out = &scan->base;
    return SQLITE_OK;
}

static int close_scan(sqlite3_vtab_cursor *base)
{
    rows_scan_t *scan = (rows_scan_t *)base;
    if (scan->matches != NULL)
        qa_memory_give(scan->allocator, scan->matches, scan->match_capacity * sizeof(*scan->matches));
    sqlite3_free(scan);
    return SQLITE_OK;
}

static void read_key(const char *text, int count, qa_sql_rows_key_t *key_out)
{
    *key_out = (qa_sql_rows_key_t){ .count = (uint16_t)count };
    for (int k = 0; k < count; k++) {
        key_out->is_name[k] = *text++ == 'n';
        while (*text >= '0' && *text <= '9')
            key_out->columns[k] = (uint16_t)(key_out->columns[k] * 10 + (*text++ - '0'));
    }
}

static int fail_scan(qa_sql_engine_t *engine, qa_status_t status, const char *words)
{
    if (engine->failure.status == QA_OK) qa_fail(&engine->failure, status, "%s", words);
    return status == QA_NO_MEMORY ? SQLITE_NOMEM : SQLITE_ERROR;
}

/* The k of the call, then the values of the key that plan_rows chose. */
static int filter_rows(sqlite3_vtab_cursor *base, int key_count, const char *key_text, int argument_count,
                       sqlite3_value **arguments)
{
    rows_scan_t *scan = (rows_scan_t *)base;
    qa_sql_rows_cursor_t *cursor = NULL;
    qa_sql_rows_key_t key;
    qa_sql_value_t values[QA_SQL_ROWS_KEY_MAX];
    assert(argument_count == key_count + 1);
    (void)argument_count;
    scan->number = sqlite3_value_int64(arguments[0]);
    qa_sql_rows_t *rows = qa_sql_engine_rows(scan->engine, scan->number, &cursor);
    if (rows == NULL)
        return fail_scan(scan->engine, QA_CORRUPT, "the row engine asked for a table of nobody");
    scan->rows = rows;
    scan->allocator = cursor->run.allocator;
    scan->is_look_up = key_count > 0;
    scan->match_count = 0;
    scan->at = 0;
    if (key_count == 0) return SQLITE_OK;
    read_key(key_text, key_count, &key);
    for (uint16_t k = 0; k < key.count; k++) {
        if (key.columns[k] >= rows->table.column_count ||
            !qa_sql_decode(arguments[k + 1], qa_sql_table_type(&rows->table, key.columns[k]), &values[k]))
            return fail_scan(scan->engine, QA_CORRUPT, "the row engine compared values of two types");
        if (values[k].kind == QA_SQL_NULL) return SQLITE_OK;
    }
    const qa_status_t status = qa_sql_rows_find(cursor, rows, &key, values, &scan->matches,
                                                &scan->match_count, &scan->match_capacity);
    return status == QA_OK ? SQLITE_OK : fail_scan(scan->engine, status, "a hash index cannot be built");
}

static int next_row(sqlite3_vtab_cursor *base)
{
    ((rows_scan_t *)base)->at++;
    return SQLITE_OK;
}

static int is_at_end(sqlite3_vtab_cursor *base)
{
    const rows_scan_t *scan = (rows_scan_t *)base;
    return scan->at >= (scan->is_look_up ? scan->match_count : scan->rows->table.row_count);
}

static uint32_t current_row(const rows_scan_t *scan)
{
    return scan->is_look_up ? scan->matches[scan->at] : scan->at;
}

static int show_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column)
{
    const rows_scan_t *scan = (rows_scan_t *)base;
    if (column == QA_SQL_ROWS_COLUMNS) {
        sqlite3_result_int64(context, scan->number);
    } else if (column < scan->rows->table.column_count) {
        const qa_sql_value_t value =
            qa_sql_table_value(&scan->rows->table, current_row(scan), (uint16_t)column);
        qa_sql_encode(context, &value, true);
    }
    return SQLITE_OK;
}

static int show_row_id(sqlite3_vtab_cursor *base, sqlite3_int64 *row_id_out)
{
    *row_id_out = current_row((rows_scan_t *)base);
    return SQLITE_OK;
}

int qa_sql_register_rows(qa_sql_engine_t *engine)
{
    /* Without xCreate it exists by its name alone and nobody can make another. */
    static const sqlite3_module module = { .iVersion = 1,
                                           .xConnect = connect_rows,
                                           .xBestIndex = plan_rows,
                                           .xDisconnect = disconnect_rows,
                                           .xOpen = open_scan,
                                           .xClose = close_scan,
                                           .xFilter = filter_rows,
                                           .xNext = next_row,
                                           .xEof = is_at_end,
                                           .xColumn = show_column,
                                           .xRowid = show_row_id };
    return sqlite3_create_module_v2(engine->database, "qa_rows", &module, engine, NULL);
}
