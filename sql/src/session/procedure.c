/* CALL: the procedures there are, their arguments, what they do. One that writes adds its operation to the
 * transaction's intent and commits nothing itself. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "catalog/catalog_private.h"
#include "qa/history.h"
#include "session/write.h"

typedef enum procedure {
#define PROCEDURE(NAME, PARAMETERS, MINIMUM, MAXIMUM, WRITES, RESULT, REMARKS) PROCEDURE_##NAME,
#include "session/procedures.def"
#undef PROCEDURE
    PROCEDURE_COUNT
} procedure_t;

typedef struct procedure_row {
    qa_sql_procedure_info_t info;
    uint8_t argument_min;
    uint8_t argument_max;
    bool writes;
    bool has_result;
} procedure_row_t;

static const procedure_row_t procedures[] = {
#define PROCEDURE(NAME, PARAMETERS, MINIMUM, MAXIMUM, WRITES, RESULT, REMARKS)                               \
    { { #NAME, PARAMETERS, REMARKS }, MINIMUM, MAXIMUM, WRITES, RESULT },
#include "session/procedures.def"
#undef PROCEDURE
};

enum { RESULT_COLUMNS = 2, ARGUMENTS_MAX = 3 };

/* A call that runs. */
typedef struct call {
    qa_sql_session_t *session;
    const qa_sql_run_t *run;
    qa_sql_moment_t *moment;
    qa_sql_transaction_t *transaction;
    uint16_t argument_count;
    qa_sql_value_t arguments[ARGUMENTS_MAX]; /* texts, but for an offset */
} call_t;

const qa_sql_procedure_info_t *qa_sql_procedure(uint32_t index)
{
    return index < PROCEDURE_COUNT ? &procedures[index].info : NULL;
}

static int find_procedure(const char *name)
{
    for (int i = 0; i < PROCEDURE_COUNT; i++)
        if (strcmp(name, procedures[i].info.name) == 0) return i;
    return -1;
}

static qa_status_t fail_unknown(const char *name, qa_error_t *error)
{
    char names[256];
    size_t at = 0;
    names[0] = '\0';
    for (int i = 0; i < PROCEDURE_COUNT && at + 1 < sizeof(names); i++) {
        const int bytes =
            snprintf(names + at, sizeof(names) - at, "%s%s", i == 0 ? "" : ", ", procedures[i].info.name);
        at += bytes > 0 ? (size_t)bytes : 0;
    }
    return qa_fail(error, QA_SYNTAX, "there is no procedure %.80s; there are %s", name, names);
}

qa_status_t qa_sql_call_shape(const qa_sql_bound_t *bound, const char *const **names_out,
                              const qa_sql_type_t **types_out, uint16_t *count_out, bool *writes_out,
                              qa_error_t *error)
{
    static const char *const names[RESULT_COLUMNS] = { "offset", "appended_at" };
    static const qa_sql_type_t types[RESULT_COLUMNS] = { { .kind = QA_SQL_BIGINT },
                                                         { .kind = QA_SQL_TIMESTAMP, .is_nullable = true } };
    const int index = find_procedure(bound->procedure);
    *names_out = names;
    *types_out = types;
    *count_out = 0;
    *writes_out = false;
    if (index < 0) return fail_unknown(bound->procedure, error);
    const procedure_row_t *row = &procedures[index];
    if (bound->argument_count < row->argument_min || bound->argument_count > row->argument_max)
        return qa_fail(error, QA_SYNTAX, "%s(%s) was called with %u argument%s", row->info.name,
                       row->info.parameters, bound->argument_count, bound->argument_count == 1 ? "" : "s");
    *count_out = row->has_result ? RESULT_COLUMNS : 0;
    *writes_out = row->writes;
    return QA_OK;
}

/* --- arguments --- */

static qa_status_t read_arguments(call_t *call, const qa_sql_bound_t *bound, bool is_first_offset)
{
    static const qa_sql_type_t text = { .kind = QA_SQL_TEXT, .length = QA_SQL_TEXT_LENGTH_MAX };
    static const qa_sql_type_t offset = { .kind = QA_SQL_BIGINT };
    const qa_sql_environment_t environment = { .parameters = call->run->parameters,
                                               .arena = call->run->arena,
                                               .context = call->run->context,
                                               .error = call->run->error };
    for (uint16_t i = 0; i < bound->argument_count; i++) {
        qa_sql_value_t value;
        char *scratch = qa_arena_take(call->run->arena, QA_SQL_CAST_BYTES);
        if (scratch == NULL) return qa_fail_memory(call->run->error, "a call");
        qa_status_t status = qa_sql_evaluate(bound->arguments[i], &environment, &value);
        if (status == QA_OK)
            status = qa_sql_cast(&value, i == 0 && is_first_offset ? &offset : &text, scratch,
                                 &call->arguments[i], call->run->error);
        if (status != QA_OK) return status;
    }
    call->argument_count = bound->argument_count;
    return QA_OK;
}

static bool is_null(const call_t *call, uint16_t index)
{
    return index >= call->argument_count || call->arguments[index].kind == QA_SQL_NULL;
}

static qa_status_t fail_intent(const call_t *call, qa_status_t status)
{
    if (status == QA_OK) return QA_OK;
    return qa_fail(call->run->error, status, "the call cannot be written down: %s",
                   qa_status_info(status)->text);
}

static qa_status_t set_reason(const call_t *call, uint16_t index)
{
    if (is_null(call, index)) return QA_OK;
    return fail_intent(call, qa_intent_set_reason(call->transaction->intent, call->arguments[index].text,
                                                  call->arguments[index].bytes));
}

/* --- undo, redo --- */

static qa_status_t read_offset(const call_t *call, uint64_t *offset_out)
{
    if (is_null(call, 0) || call->arguments[0].integer < 1)
        return qa_fail(call->run->error, QA_INVALID,
                       "the offset of an intent is 1 or more; SELECT them from history");
    *offset_out = (uint64_t)call->arguments[0].integer;
    return QA_OK;
}

typedef struct undo_search {
    uint64_t offset;
    bool is_found;
    bool is_undo;
} undo_search_t;

static qa_status_t look_at_entry(void *context, const qa_history_entry_t *entry)
{
    undo_search_t *search = context;
    if (entry->offset == search->offset) {
        search->is_found = true;
        search->is_undo = strstr(entry->operations, "undo") != NULL;
    }
    return entry->offset >= search->offset ? QA_CANCELLED : QA_OK; /* seen enough */
}

static qa_status_t check_undo(const call_t *call, uint64_t offset)
{
    undo_search_t search = { .offset = offset };
    const qa_status_t status = qa_connection_log(call->moment->connection, offset, look_at_entry, &search);
    if (status != QA_OK && status != QA_CANCELLED)
        return qa_fail(call->run->error, status, "%s",
                       qa_connection_error(call->moment->connection)->message);
    if (!search.is_found)
        return qa_fail(call->run->error, QA_NO_SUCH_OFFSET, "the log has no intent at offset %llu",
                       (unsigned long long)offset);
    if (!search.is_undo)
        return qa_fail(call->run->error, QA_INVALID,
                       "the intent at offset %llu is no undo; REDO takes the offset of the undo",
                       (unsigned long long)offset);
    return QA_OK;
}

static qa_status_t call_undo(const call_t *call, bool is_redo)
{
    uint64_t offset = 0;
    qa_status_t status = read_offset(call, &offset);
    if (status == QA_OK && is_redo) status = check_undo(call, offset);
    if (status == QA_OK) status = fail_intent(call, qa_intent_undo(call->transaction->intent, offset));
    return status == QA_OK ? set_reason(call, 1) : status;
}

/* --- holds --- */

static bool is_text(const qa_sql_value_t *value, const char *lower)
{
    if (value->bytes != strlen(lower)) return false;
    for (uint32_t i = 0; i < value->bytes; i++)
        if ((value->text[i] | 0x20) != lower[i]) return false;
    return true;
}

static qa_status_t read_hold(const call_t *call, const qa_model_t *model, const qa_member_t *coordinate,
                             qa_hold_t *hold_out)
{
    char words[QA_SQL_CELL_WORDS_BYTES];
    bool is_leaf = true;
    for (qa_dimension_t d = 0; d < qa_model_dimension_count(model); d++)
        is_leaf = is_leaf && qa_model_member(model, d, coordinate[d])->is_leaf;
    *hold_out = is_leaf ? QA_HOLD_LEAF : QA_HOLD_CONSOLIDATION;
    if (is_null(call, 1)) return QA_OK;
    if (is_text(&call->arguments[1], "consolidation")) {
        *hold_out = QA_HOLD_CONSOLIDATION;
        return QA_OK;
    }
    if (!is_text(&call->arguments[1], "leaf"))
        return qa_fail(call->run->error, QA_INVALID, "the kind of a hold is 'leaf' or 'consolidation'");
    if (!is_leaf)
        return qa_fail(call->run->error, QA_NOT_LEAF, "the cell %s is a total: hold it as 'consolidation'",
                       qa_sql_cell_words(model, coordinate, words));
    return QA_OK;
}

static qa_status_t call_hold(const call_t *call, bool is_release)
{
    qa_member_t coordinate[QA_DIMENSIONS_MAX];
    qa_hold_t hold = QA_HOLD_NONE;
    const uint16_t owner = is_release ? 1 : 2;
    if (is_null(call, 0))
        return qa_fail(call->run->error, QA_INVALID, "a cell is written as 'Period=Jan,Account=Fire'");
    qa_status_t status = qa_sql_moment_read_begin(call->moment, call->transaction->intent, call->run->error);
    if (status != QA_OK) return status;
    const qa_model_t *model = qa_connection_model(call->moment->connection);
    status = qa_sql_cell_read(model, call->arguments[0].text, call->arguments[0].bytes, coordinate,
                              call->run->error);
    if (status == QA_OK && !is_release) status = read_hold(call, model, coordinate, &hold);
    if (status == QA_OK)
        status = fail_intent(
            call, qa_intent_set_hold(call->transaction->intent, qa_model_dimension_count(model), coordinate,
                                     hold, is_null(call, owner) ? "" : call->arguments[owner].text,
                                     is_null(call, owner) ? 0 : call->arguments[owner].bytes));
    qa_sql_moment_read_end(call->moment);
    return status;
}

/* --- the others --- */

/* A section follows the log, so this is a refresh, too. */
static qa_status_t call_position(const call_t *call, qa_sql_table_t *rows_out)
{
    qa_sql_value_t values[RESULT_COLUMNS] = { { .kind = QA_SQL_BIGINT }, { .kind = QA_SQL_NULL } };
    const qa_sql_type_t types[RESULT_COLUMNS] = { { .kind = QA_SQL_BIGINT },
                                                  { .kind = QA_SQL_TIMESTAMP, .is_nullable = true } };
    qa_status_t status = qa_sql_moment_read_begin(call->moment, NULL, call->run->error);
    if (status != QA_OK) return status;
    const qa_position_t *position = qa_connection_position(call->moment->connection);
    values[0].integer = (int64_t)position->offset;
    if (position->offset > 0)
        values[1] = (qa_sql_value_t){ .kind = QA_SQL_TIMESTAMP,
                                      .integer = qa_sql_ticks_of(position->appended_at_ns) };
    qa_sql_moment_read_end(call->moment);
    status = qa_sql_table_make(rows_out, call->run->allocator, types, RESULT_COLUMNS);
    if (status == QA_OK) status = qa_sql_table_append(rows_out, values, false);
    return status == QA_OK ? QA_OK : qa_fail_memory(call->run->error, "a result");
}

static qa_status_t call_snapshot(const call_t *call)
{
    if (qa_sql_is_read_only(call->session))
        return qa_fail(call->run->error, QA_READ_ONLY, "this connection only reads; SNAPSHOT writes a file");
    qa_lattice_t *lattice = ((const catalog_moment_t *)call->moment)->app->lattice;
    return qa_lattice_snapshot(lattice, call->run->error);
}

static qa_status_t call_set_reason(const call_t *call)
{
    qa_sql_session_t *session = call->session;
    if (qa_sql_is_read_only(session))
        return qa_fail(call->run->error, QA_READ_ONLY, "this connection only reads: it commits nothing");
    if (qa_sql_is_autocommit(session) && !qa_sql_in_transaction(session))
        return qa_fail(call->run->error, QA_TRANSACTION_STATE,
                       "a reason belongs to a transaction: BEGIN one, or turn autocommit off");
    const qa_status_t status = qa_sql_transaction_begin(session, call->moment, call->run->error);
    return status == QA_OK ? set_reason(call, 0) : status;
}

qa_status_t qa_sql_call(qa_sql_session_t *session, const qa_sql_run_t *run, const qa_sql_bound_t *bound,
                        qa_sql_moment_t *moment, qa_sql_transaction_t *transaction, qa_sql_table_t *rows_out)
{
    const int procedure = find_procedure(bound->procedure);
    call_t call = { .session = session, .run = run, .moment = moment, .transaction = transaction };
    if (procedure < 0) return fail_unknown(bound->procedure, run->error);
    const qa_status_t status =
        read_arguments(&call, bound, procedure == PROCEDURE_UNDO || procedure == PROCEDURE_REDO);
    if (status != QA_OK) return status;
    switch ((procedure_t)procedure) {
    case PROCEDURE_UNDO:
    case PROCEDURE_REDO:
        return call_undo(&call, procedure == PROCEDURE_REDO);
    case PROCEDURE_HOLD:
    case PROCEDURE_RELEASE:
        return call_hold(&call, procedure == PROCEDURE_RELEASE);
    case PROCEDURE_SNAPSHOT:
        return call_snapshot(&call);
    case PROCEDURE_SET_REASON:
        return call_set_reason(&call);
    default:
        return call_position(&call, rows_out);
    }
}
