/* The two paths of SQL agree: random statements over random apps, executed by a session that runs islands in
 * the core and by one that sends everything to the row engine, and once more with parameters in the place of
 * literals. Sums are also compared with a naive reference. QA_LONG=1 tries many more. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "support/app_world.h"
#include "support/sql_random_statement.h"

enum { ROWS_MAX = 20000, ANSWER_BYTES = 8 << 20 };

/* --- answers as text --- */

typedef struct answer {
    qa_status_t status;
    char words[QA_ERROR_MESSAGE_BYTES];
    char types[2048];
    char *text; /* the rows, terminated each */
    size_t bytes;
    size_t rows[ROWS_MAX]; /* where they begin */
    uint32_t row_count;
    uint32_t island_count;
} answer_t;

static void write_value(const qa_sql_value_t *value, FILE *file)
{
    switch (value->kind) {
    case QA_SQL_NULL:
        fputs("-", file);
        break;
    case QA_SQL_DECIMAL:
        fprintf(file, "D%u:%016" PRIx64 "%016" PRIx64, value->scale,
                (uint64_t)((qa_uint128_t)value->units >> 64), (uint64_t)value->units);
        break;
    case QA_SQL_DOUBLE:
        fprintf(file, "F%a", value->number);
        break;
    case QA_SQL_TEXT:
    case QA_SQL_BINARY:
        fprintf(file, "T%.*s", (int)value->bytes, value->text);
        break;
    default:
        fprintf(file, "%u:%" PRId64, value->kind, value->integer);
        break;
    }
}

static void note_types(const qa_sql_statement_t *statement, answer_t *answer)
{
    size_t bytes = 0;
    for (uint16_t c = 0; c < qa_sql_column_count(statement); c++) {
        char name[40];
        const qa_sql_column_info_t *column = qa_sql_column(statement, c);
        bytes += (size_t)snprintf(answer->types + bytes, sizeof(answer->types) - bytes, "%s %s%s%s, ",
                                  column->name, qa_sql_type_name(&column->type, name),
                                  column->type.is_name ? " name" : "",
                                  column->type.is_nullable ? "" : " NOT NULL");
        assert_true(bytes < sizeof(answer->types));
    }
}

static qa_status_t note_rows(qa_sql_statement_t *statement, answer_t *answer, qa_error_t *error)
{
    const qa_sql_batch_t *batch = NULL;
    FILE *file = fmemopen(answer->text, ANSWER_BYTES, "w");
    qa_status_t status = QA_OK;
    assert_non_null(file);
    for (;;) {
        status = qa_sql_fetch(statement, 37, &batch, error);
        if (status != QA_OK || batch->row_count == 0) break;
        for (uint32_t r = 0; r < batch->row_count; r++) {
            assert_true(answer->row_count < ROWS_MAX);
            answer->rows[answer->row_count++] = (size_t)ftell(file);
            for (uint16_t c = 0; c < batch->column_count; c++) {
                const qa_sql_value_t value = qa_sql_vector_value(&batch->columns[c], r);
                if (value.kind == QA_SQL_NULL && !qa_sql_column(statement, c)->type.is_nullable)
                    fputs("(a NULL where the type has none)", file);
                write_value(&value, file);
                fputc('|', file);
            }
            fputc('\0', file);
        }
    }
    answer->bytes = (size_t)ftell(file);
    fclose(file);
    assert_true(answer->bytes < ANSWER_BYTES - 1);
    return status;
}

static void ask(qa_sql_session_t *session, const char *text, const qa_sql_value_t *values,
                uint32_t value_count, answer_t *answer)
{
    qa_error_t error = { .status = QA_OK };
    qa_sql_statement_t *statement = NULL;
    answer->row_count = 0;
    answer->bytes = 0;
    answer->types[0] = '\0';
    answer->island_count = 0;
    qa_status_t status = qa_sql_prepare(&statement, session, text, strlen(text), &error);
    for (uint32_t v = 0; v < value_count && status == QA_OK; v++)
        status = qa_sql_bind(statement, (uint16_t)v, &values[v], &error);
    if (status == QA_OK) {
        note_types(statement, answer);
        status = qa_sql_execute(statement, &error);
    }
    if (status == QA_OK) answer->island_count = qa_sql_path(statement)->island_count;
    if (status == QA_OK) status = note_rows(statement, answer, &error);
    answer->status = status;
    snprintf(answer->words, sizeof(answer->words), "%s", status == QA_OK ? "" : error.message);
    qa_sql_close(statement);
}

static int compare_rows(const void *a, const void *b, void *text)
{
    return strcmp((const char *)text + *(const size_t *)a, (const char *)text + *(const size_t *)b);
}

static void sort_answer(answer_t *answer)
{
    qsort_r(answer->rows, answer->row_count, sizeof(answer->rows[0]), compare_rows, answer->text);
}

/* The first row that differs; UINT32_MAX: none. */
static uint32_t first_difference(const answer_t *a, const answer_t *b)
{
    for (uint32_t r = 0; r < a->row_count && r < b->row_count; r++) {
        if (strcmp(a->text + a->rows[r], b->text + b->rows[r]) != 0) return r;
    }
    return a->row_count == b->row_count  ? UINT32_MAX
           : a->row_count < b->row_count ? a->row_count
                                         : b->row_count;
}

static const char *row_text(const answer_t *answer, uint32_t row)
{
    return row < answer->row_count ? answer->text + answer->rows[row] : "(no row)";
}

/* Which of two conditions is looked at first is not said: one may keep a row away for which another cannot be
 * computed. */
static bool is_guarded(const random_statement_t *statement, const answer_t *a, const answer_t *b)
{
    const qa_status_t failed = a->status != QA_OK ? a->status : b->status;
    return (a->status == QA_OK || b->status == QA_OK) &&
           ((failed == QA_DIVIDE_BY_ZERO && strstr(statement->text, "12 / ") != NULL) ||
            (failed == QA_NOT_A_NUMBER && strstr(statement->text, "CAST(") != NULL));
}

/* Says what differs; true: nothing does. */
static bool is_same(const char *what, const random_statement_t *statement, const char *app, answer_t *a,
                    answer_t *b, bool are_types_compared)
{
    if (a->status != b->status) {
        print_message("%s, %s: status %d (%s) and %d (%s)\n  %s\n", what, app, (int)a->status, a->words,
                      (int)b->status, b->words, statement->text);
        return false;
    }
    if (a->status != QA_OK) return true;
    if (are_types_compared && strcmp(a->types, b->types) != 0) {
        print_message("%s, %s: types %s and %s\n  %s\n", what, app, a->types, b->types, statement->text);
        return false;
    }
    if (!statement->is_ordered) {
        sort_answer(a);
        sort_answer(b);
    }
    const uint32_t row = first_difference(a, b);
    if (row == UINT32_MAX) return true;
    print_message("%s, %s: %u and %u rows; row %u: %s and %s\n  %s\n", what, app, a->row_count, b->row_count,
                  row, row_text(a, row), row_text(b, row), statement->text);
    return false;
}

static answer_t *make_answer(void)
{
    answer_t *answer = calloc(1, sizeof(*answer));
    assert_non_null(answer);
    answer->text = malloc(ANSWER_BYTES);
    assert_non_null(answer->text);
    return answer;
}

static void free_answer(answer_t *answer)
{
    free(answer->text);
    free(answer);
}

/* --- random statements --- */

typedef struct tally {
    uint32_t statement_count, failed_count, island_count, row_count, guarded_count, fault_count;
} tally_t;

static void try_app(random_world_t *world, uint32_t app, uint32_t count, tally_t *tally)
{
    qa_sql_session_t *core = random_world_session(world, app, false, NULL);
    qa_sql_session_t *rows = random_world_session(world, app, true, NULL);
    random_statement_t *statement = malloc(sizeof(*statement));
    answer_t *answers[3] = { make_answer(), make_answer(), make_answer() };
    const char *name = world->apps[app].name;
    assert_non_null(statement);
    for (uint32_t i = 0; i < count; i++) {
        random_statement_make(statement, world, app);
        ask(core, statement->text, NULL, 0, answers[0]);
        ask(rows, statement->text, NULL, 0, answers[1]);
        ask(core, statement->marked, statement->values, statement->value_count, answers[2]);
        tally->statement_count++;
        tally->failed_count += answers[0]->status != QA_OK;
        if (answers[0]->status != QA_OK && getenv("QA_SHOW") != NULL)
            print_message("failed: %s\n  %s\n", answers[0]->words, statement->text);
        tally->island_count += answers[0]->island_count > 0;
        tally->row_count += answers[0]->row_count > 0;
        /* Sums of balances are made in the core only. */
        if (app < 2) assert_int_equal(answers[1]->island_count, 0);
        for (int other = 1; other < 3; other++) {
            const bool is_unsaid = answers[0]->status != answers[other]->status &&
                                   is_guarded(statement, answers[0], answers[other]);
            tally->guarded_count += is_unsaid;
            tally->fault_count += !is_unsaid && !is_same(other == 1 ? "paths" : "parameters", statement, name,
                                                         answers[0], answers[other], other == 1);
        }
    }
    for (int a = 0; a < 3; a++)
        free_answer(answers[a]);
    free(statement);
    qa_sql_session_close(core);
    qa_sql_session_close(rows);
}

static void a_statement_has_one_answer_whatever_path_it_takes(void **state)
{
    const bool is_long = getenv("QA_LONG") != NULL;
    const char *given = getenv("QA_SEED");
    const uint64_t first = given != NULL ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    const uint32_t world_count = is_long ? 60 : 3;
    tally_t tally = { 0 };
    (void)state;
    for (uint32_t w = 0; w < world_count && tally.fault_count == 0; w++) {
        random_world_t *world = malloc(sizeof(*world));
        assert_non_null(world);
        print_message("seed %" PRIu64 "\n", first + w);
        random_world_open(world, first + w);
        for (uint32_t app = 0; app < RANDOM_APPS; app++)
            try_app(world, app, is_long ? 1500 : 150, &tally);
        random_world_close(world);
        free(world);
    }
    print_message("%u statements, %u refused, %u with islands, %u with rows, %u guarded\n",
                  tally.statement_count, tally.failed_count, tally.island_count, tally.row_count,
                  tally.guarded_count);
    assert_int_equal(tally.fault_count, 0);
    /* What is compared is worth comparing. */
    assert_true(tally.failed_count * 4 < tally.statement_count);
    assert_true(tally.island_count * 4 > tally.statement_count);
    assert_true(tally.row_count * 3 > tally.statement_count);
    assert_true(tally.guarded_count * 100 < tally.statement_count);
}

/* --- faults that were found --- */

/* Asks both paths; "row;row", or "!" and the number of the status. */
static void check_both(const random_world_t *world, const char *app, const char *text, const char *wanted)
{
    answer_t *answer = make_answer();
    for (int path = 0; path < 2; path++) {
        qa_error_t error;
        char found[2000] = "";
        qa_sql_session_t *session = NULL;
        const qa_sql_session_options_t options = { .size = sizeof(options),
                                                   .replica = world->folder,
                                                   .app = app,
                                                   .actor = "bob",
                                                   .door = "test",
                                                   .is_row_path = path == 1 };
        assert_int_equal(qa_sql_session_open(&session, &options, &error), QA_OK);
        ask(session, text, NULL, 0, answer);
        if (answer->status != QA_OK) snprintf(found, sizeof(found), "!%d", (int)answer->status);
        for (uint32_t r = 0; r < answer->row_count && answer->status == QA_OK; r++) {
            const size_t bytes = strlen(found);
            snprintf(found + bytes, sizeof(found) - bytes, "%s%s", r > 0 ? ";" : "", row_text(answer, r));
        }
        if (strcmp(found, wanted) != 0)
            fail_msg("%s: %s is wanted, %s found%s", text, wanted, found, path == 1 ? " row by row" : "");
        qa_sql_session_close(session);
    }
    free_answer(answer);
}

/* budget, with two captions that differ by case and an attribute that is no number on a parent. */
static void open_small(app_world_t *small, random_world_t *world)
{
    qa_intent_t *intent = NULL;
    app_world_open(small);
    memset(world, 0, sizeof(*world));
    snprintf(world->folder, sizeof(world->folder), "%s", small->folder);
    assert_int_equal(qa_connection_read_begin(small->connection), QA_OK);
    const qa_member_t fire = app_world_member(small, small->department, "Fire");
    const qa_member_t police = app_world_member(small, small->department, "Police");
    const qa_member_t all = app_world_member(small, small->department, "All");
    qa_connection_read_end(small->connection);
    assert_int_equal(qa_intent_open(&intent, NULL), QA_OK);
    assert_int_equal(qa_intent_set_caption(intent, small->department, fire, "été", 5), QA_OK);
    assert_int_equal(qa_intent_set_caption(intent, small->department, police, "ÉTÉ", 5), QA_OK);
    assert_int_equal(qa_intent_set_attribute(intent, small->department, fire, "Size", 4, "7", 1), QA_OK);
    assert_int_equal(qa_intent_set_attribute(intent, small->department, all, "Size", 4, "large", 5), QA_OK);
    assert_int_equal(qa_connection_commit(small->connection, intent, NULL), QA_OK);
    qa_intent_close(intent);
    assert_int_equal(app_world_set(small, "Jan", "Actual", "Fire", "Revenue", 100, NULL), QA_OK);
    assert_int_equal(app_world_set(small, "Jan", "Actual", "Police", "Revenue", 200, NULL), QA_OK);
}

static void a_group_of_equal_names_is_shown_by_its_first_spelling(void **state)
{
    app_world_t small;
    random_world_t *world = malloc(sizeof(*world));
    (void)state;
    assert_non_null(world);
    open_small(&small, world);
    check_both(
        world, "budget",
        "SELECT d.caption, COUNT(*) FROM facts f JOIN Department d ON f.Department = d.member GROUP BY "
        "d.caption",
        "TÉTÉ|3:2|");
    check_both(world, "budget",
               "SELECT d.caption, COUNT(*) FROM facts f JOIN Department d ON f.Department = d.member WHERE "
               "f.Department = 'Fire' GROUP BY d.caption",
               "Tété|3:1|");
    check_both(world, "budget",
               "SELECT MIN(d.caption), MAX(d.caption) FROM Department d WHERE d.is_leaf GROUP BY d.level",
               "TÉTÉ|Tété|");
    app_world_close(&small);
    free(world);
}

static void what_cannot_be_computed_for_a_member_without_rows_does_no_harm(void **state)
{
    app_world_t small;
    random_world_t *world = malloc(sizeof(*world));
    (void)state;
    assert_non_null(world);
    open_small(&small, world);
    check_both(world, "budget",
               "SELECT CAST(d.Size AS INTEGER), COUNT(*) FROM facts f JOIN Department d ON f.Department = "
               "d.member GROUP BY CAST(d.Size AS INTEGER) ORDER BY 1",
               "-|3:1|;2:7|3:1|");
    check_both(world, "budget",
               "SELECT COUNT(*) FROM facts f JOIN Department d ON f.Department = d.member WHERE "
               "d.Size <> 'large' AND CAST(d.Size AS INTEGER) > 5",
               "3:1|");
    check_both(world, "budget",
               "SELECT COUNT(DISTINCT 4 / (1 - d.level)) FROM facts f JOIN Department d ON f.Department = "
               "d.member",
               "3:1|");
    char wanted[16];
    snprintf(wanted, sizeof(wanted), "!%d", (int)QA_DIVIDE_BY_ZERO);
    check_both(world, "budget",
               "SELECT COUNT(*) FROM facts f JOIN Department d ON f.Department = d.member WHERE "
               "4 / d.level > 1",
               wanted);
    app_world_close(&small);
    free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_statement_has_one_answer_whatever_path_it_takes),
        cmocka_unit_test(a_group_of_equal_names_is_shown_by_its_first_spelling),
        cmocka_unit_test(what_cannot_be_computed_for_a_member_without_rows_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
