/* The binder, statement by statement: tests/golden/sql_bind.txt has a statement, then what it is bound to or
 * the words of its refusal. QA_GOLDEN_OUT=file writes what the binder says now, to be read before it is kept.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/sql_tables.h"
#include "support/test_allocator.h"

enum { LINE_BYTES = 8192, ARENA_BYTES_MAX = 64 << 20 };

/* --- printing what is bound --- */

typedef struct printer {
    char text[LINE_BYTES];
    size_t bytes;
} printer_t;

static void put(printer_t *printer, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(printer_t *printer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int more =
        vsnprintf(printer->text + printer->bytes, sizeof(printer->text) - printer->bytes, format, arguments);
    va_end(arguments);
    assert_true(more >= 0 && (size_t)more < sizeof(printer->text) - printer->bytes);
    printer->bytes += (size_t)more;
}

/* name~ of names, type? of what can be NULL. */
static void put_type(printer_t *printer, const qa_sql_type_t *type)
{
    char name[40];
    put(printer, "%s%s%s", qa_sql_type_name(type, name), type->is_name ? "~" : "",
        type->is_nullable ? "?" : "");
}

static void put_query(printer_t *printer, const qa_sql_query_t *query);

static void put_constant(printer_t *printer, const qa_sql_expression_t *constant)
{
    char scratch[QA_SQL_CAST_BYTES];
    qa_sql_value_t text;
    const qa_sql_type_t wanted = { .kind = QA_SQL_TEXT, .length = 4000 };
    if (constant->value.kind == QA_SQL_NULL) {
        put(printer, "NULL");
        return;
    }
    assert_int_equal(qa_sql_cast(&constant->value, &wanted, scratch, &text, NULL), QA_OK);
    const bool is_text = constant->type.kind == QA_SQL_TEXT;
    put(printer, is_text ? "'%.*s'" : "%.*s", (int)text.bytes, text.text);
    if (!is_text && constant->type.kind != QA_SQL_INTEGER) put(printer, ":");
    if (!is_text && constant->type.kind != QA_SQL_INTEGER) put_type(printer, &constant->type);
}

static void put_expression(printer_t *printer, const qa_sql_expression_t *expression);

static void put_arguments(printer_t *printer, const qa_sql_expression_t *expression)
{
    for (uint16_t i = 0; i < expression->argument_count; i++) {
        if (i > 0) put(printer, ", ");
        put_expression(printer, expression->arguments[i]);
    }
}

static void put_expression(printer_t *printer, const qa_sql_expression_t *expression)
{
    switch ((qa_sql_node_t)expression->node) {
    case QA_SQL_CONSTANT:
        put_constant(printer, expression);
        return;
    case QA_SQL_PARAMETER:
        put(printer, "?%u", expression->index);
        return;
    case QA_SQL_COLUMN:
        put(printer, "r%u.%u", expression->relation, expression->index);
        return;
    case QA_SQL_KEY:
        put(printer, "b%u.key%u", expression->relation, expression->index);
        return;
    case QA_SQL_AGGREGATE:
        put(printer, "b%u.aggregate%u", expression->relation, expression->index);
        return;
    case QA_SQL_INPUT:
        fail_msg("the binder makes no inputs");
        return;
    case QA_SQL_CALL:
        put(printer, "%s(", expression->function->name);
        put_arguments(printer, expression);
        break;
    case QA_SQL_CASE:
        put(printer, "CASE(");
        put_arguments(printer, expression);
        break;
    case QA_SQL_CAST:
        put(printer, "CAST(");
        put_arguments(printer, expression);
        put(printer, " AS ");
        put_type(printer, &expression->type);
        break;
    case QA_SQL_SCALAR_QUERY:
        put(printer, "SCALAR(");
        put_query(printer, expression->query);
        break;
    case QA_SQL_EXISTS:
        put(printer, "EXISTS(");
        put_query(printer, expression->query);
        break;
    case QA_SQL_IN_QUERY:
        put(printer, "IN(");
        put_arguments(printer, expression);
        put(printer, ", ");
        put_query(printer, expression->query);
        break;
    }
    put(printer, ")");
}

static void put_relation(printer_t *printer, const qa_sql_relation_t *relation)
{
    put(printer, "r%u", relation->id);
    if (relation->source == QA_SQL_FROM_TABLE)
        put(printer, "=%s%s%s", relation->app, relation->app[0] == '\0' ? "" : ".", relation->table->name);
    if (relation->source == QA_SQL_FROM_CTE) put(printer, "=cte%u", relation->cte);
    if (relation->source == QA_SQL_FROM_QUERY) {
        put(printer, "=(");
        put_query(printer, relation->query);
        put(printer, ")");
    }
    if (relation->as_of != NULL) {
        put(printer, " AS OF ");
        put_expression(printer, relation->as_of);
    }
}

static void put_from(printer_t *printer, const qa_sql_from_t *from)
{
    static const char *const joins[] = { "CROSS", "INNER", "LEFT", "RIGHT", "FULL" };
    if (from->relation != NULL) {
        put_relation(printer, from->relation);
        return;
    }
    put(printer, "%s(", joins[from->join]);
    put_from(printer, from->left);
    put(printer, ", ");
    put_from(printer, from->right);
    if (from->condition != NULL) {
        put(printer, " ON ");
        put_expression(printer, from->condition);
    }
    put(printer, ")");
}

static void put_aggregates(printer_t *printer, const qa_sql_block_t *block)
{
    static const char *const kinds[] = { "COUNT", "COUNT", "SUM", "AVG", "MIN", "MAX" };
    for (uint16_t i = 0; i < block->aggregate_count; i++) {
        const qa_sql_aggregate_t *aggregate = &block->aggregates[i];
        put(printer, "%s%s(%s", i == 0 ? " AGGREGATES " : ", ", kinds[aggregate->kind],
            aggregate->is_distinct ? "DISTINCT " : "");
        if (aggregate->argument == NULL)
            put(printer, "*");
        else
            put_expression(printer, aggregate->argument);
        put(printer, ") ");
        put_type(printer, &aggregate->type);
    }
}

static void put_block(printer_t *printer, const qa_sql_block_t *block)
{
    put(printer, "b%u%s", block->id, block->is_distinct ? " DISTINCT" : "");
    for (uint16_t i = 0; i < block->output_count; i++) {
        put(printer, "%s", i == 0 ? " " : ", ");
        put_expression(printer, block->outputs[i].expression);
    }
    if (block->from != NULL) {
        put(printer, " FROM ");
        put_from(printer, block->from);
    }
    if (block->where != NULL) {
        put(printer, " WHERE ");
        put_expression(printer, block->where);
    }
    if (block->is_grouped) put(printer, " GROUPED");
    for (uint16_t i = 0; i < block->key_count; i++) {
        put(printer, "%s", i == 0 ? " BY " : ", ");
        put_expression(printer, block->keys[i]);
    }
    put_aggregates(printer, block);
    if (block->having != NULL) {
        put(printer, " HAVING ");
        put_expression(printer, block->having);
    }
}

static void put_rows(printer_t *printer, const qa_sql_query_t *query)
{
    for (uint32_t row = 0; row < query->row_count; row++) {
        put(printer, "%s(", row == 0 ? "VALUES " : ", ");
        for (uint16_t i = 0; i < query->column_count; i++) {
            if (i > 0) put(printer, ", ");
            put_expression(printer, query->rows[row][i]);
        }
        put(printer, ")");
    }
}

static void put_orders(printer_t *printer, const qa_sql_query_t *query)
{
    for (uint16_t i = 0; i < query->order_count; i++) {
        const qa_sql_order_t *order = &query->orders[i];
        put(printer, "%s", i == 0 ? " ORDER BY " : ", ");
        if (order->expression == NULL)
            put(printer, "#%u", order->output);
        else
            put_expression(printer, order->expression);
        put(printer, "%s%s", order->is_descending ? " DESC" : "", order->is_nulls_last ? " LAST" : "");
    }
}

static void put_query(printer_t *printer, const qa_sql_query_t *query)
{
    static const char *const sets[] = { "", "UNION", "UNION ALL", "INTERSECT", "EXCEPT" };
    put(printer, "[");
    for (uint16_t i = 0; i < query->column_count; i++) {
        put(printer, "%s%s ", i == 0 ? "" : ", ", query->column_names[i]);
        put_type(printer, &query->column_types[i]);
    }
    put(printer, query->is_correlated ? "] CORRELATED " : "] ");
    for (uint16_t i = 0; i < query->cte_count; i++) {
        put(printer, "WITH cte%u x%u=(", query->ctes[i].id, query->ctes[i].use_count);
        put_query(printer, query->ctes[i].query);
        put(printer, ") ");
    }
    if (query->kind != QA_SQL_SET_BLOCK) {
        put(printer, "(");
        put_query(printer, query->left);
        put(printer, ") %s (", sets[query->kind]);
        put_query(printer, query->right);
        put(printer, ")");
    } else if (query->block != NULL) {
        put_block(printer, query->block);
    } else {
        put_rows(printer, query);
    }
    put_orders(printer, query);
    if (query->limit != NULL) {
        put(printer, " LIMIT ");
        put_expression(printer, query->limit);
    }
    if (query->offset != NULL) {
        put(printer, " OFFSET ");
        put_expression(printer, query->offset);
    }
}

static void put_write(printer_t *printer, const qa_sql_write_t *write)
{
    put(printer, " INTO ");
    put_relation(printer, write->target);
    for (uint16_t i = 0; i < write->column_count; i++)
        put(printer, "%s%s", i == 0 ? " (" : ", ", write->target->column_names[write->columns[i]]);
    if (write->column_count > 0) put(printer, ")");
    for (uint16_t i = 0; write->values != NULL && i < write->column_count; i++) {
        put(printer, "%s", i == 0 ? " SET " : ", ");
        put_expression(printer, write->values[i]);
    }
    if (write->where != NULL) {
        put(printer, " WHERE ");
        put_expression(printer, write->where);
    }
    if (write->query != NULL) {
        put(printer, " FROM ");
        put_query(printer, write->query);
    }
}

static void put_bound(printer_t *printer, const qa_sql_bound_t *bound)
{
    static const char *const kinds[] = { "SELECT", "INSERT",       "UPDATE",     "DELETE",
                                         "CALL",   "CREATE TABLE", "DROP TABLE", "EXPLAIN",
                                         "BEGIN",  "COMMIT",       "ROLLBACK" };
    put(printer, "%s%s", bound->is_explain ? "EXPLAIN " : "", kinds[bound->kind]);
    if (bound->query != NULL) {
        put(printer, " ");
        put_query(printer, bound->query);
    }
    if (bound->write != NULL) put_write(printer, bound->write);
    if (bound->procedure != NULL) put(printer, " %s.%s", bound->procedure_app, bound->procedure);
    for (uint16_t i = 0; i < bound->argument_count; i++) {
        put(printer, "%s", i == 0 ? " " : ", ");
        put_expression(printer, bound->arguments[i]);
    }
    for (uint16_t i = 0; i < bound->parameter_count; i++) {
        put(printer, "%s", i == 0 ? " | " : ", ");
        put_type(printer, &bound->parameter_types[i]);
    }
}

/* --- the cases --- */

static void bind_to_text(const sql_tables_t *tables, const char *statement, printer_t *printer)
{
    qa_arena_t arena;
    qa_error_t error;
    qa_sql_bound_t *bound = NULL;
    printer->bytes = 0;
    qa_arena_make(&arena, &qa_allocator_default, ARENA_BYTES_MAX);
    const qa_status_t status =
        sql_tables_bind(tables, "budget", statement, strlen(statement), &arena, &bound, &error);
    if (status == QA_OK) {
        put_bound(printer, bound);
        for (uint16_t i = 0; i < bound->parameter_count; i++) {
            assert_int_not_equal(bound->parameter_types[i].kind, QA_SQL_NULL);
            assert_true(bound->parameter_types[i].is_nullable);
        }
    } else {
        assert_null(bound);
        assert_int_equal(error.status, status);
        put(printer, "%s %s", qa_status_info(status)->name, error.message);
    }
    qa_sql_unbind(bound);
    qa_arena_release(&arena);
}

static bool read_line(FILE *file, char line[LINE_BYTES])
{
    if (fgets(line, LINE_BYTES, file) == NULL) return false;
    line[strcspn(line, "\n")] = '\0';
    return true;
}

static void every_statement_is_bound_to_what_stands_below_it(void **state)
{
    const sql_tables_t *tables = *state;
    static printer_t printer;
    static char statement[LINE_BYTES], expected[LINE_BYTES];
    const char *out_path = getenv("QA_GOLDEN_OUT");
    FILE *file = fopen(QA_SOURCE_DIR "/tests/golden/sql_bind.txt", "r");
    FILE *out = out_path == NULL ? NULL : fopen(out_path, "w");
    uint32_t line = 0, count = 0, wrong = 0;
    assert_non_null(file);
    while (read_line(file, statement)) {
        line++;
        if (statement[0] == '\0' || statement[0] == '#') {
            if (out != NULL) fprintf(out, "%s\n", statement);
            continue;
        }
        if (!read_line(file, expected)) expected[0] = '\0';
        line++;
        count++;
        bind_to_text(tables, statement, &printer);
        if (out != NULL) fprintf(out, "%s\n%s\n", statement, printer.text);
        if (strcmp(expected, printer.text) == 0) continue;
        wrong++;
        if (out == NULL)
            print_error("line %u: %s\n expected %s\n found    %s\n", line, statement, expected, printer.text);
    }
    fclose(file);
    if (out != NULL) fclose(out);
    if (out == NULL) assert_int_equal(wrong, 0);
    assert_true(count > 100);
}

static void a_refused_allocation_is_an_outcome_wherever_it_comes(void **state)
{
    const sql_tables_t *tables = *state;
    static const char *const statements[] = {
        "WITH t AS (SELECT Account, SUM(value) AS total FROM atoms WHERE Period = ? GROUP BY Account) "
        "SELECT a.member, t.total FROM Account a LEFT JOIN t ON a.member = t.Account "
        "UNION SELECT name, amount FROM plan ORDER BY 2 DESC LIMIT ?",
        "INSERT INTO atoms (Period, Scenario, Department, Account, value) VALUES ('Jan', ?, ?, ?, ?)",
        "UPDATE atoms SET value = value * 2 WHERE Account IN (SELECT member FROM Account WHERE level = 0)",
    };
    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
        test_allocator_t allocator;
        qa_status_t status = QA_NO_MEMORY;
        for (uint64_t fail_at = 1; status != QA_OK; fail_at++) {
            qa_arena_t arena;
            qa_error_t error;
            qa_sql_bound_t *bound = NULL;
            test_allocator_make(&allocator);
            allocator.fail_at = fail_at;
            qa_arena_make(&arena, &allocator.allocator, ARENA_BYTES_MAX);
            status = sql_tables_bind(tables, "budget", statements[i], strlen(statements[i]), &arena, &bound,
                                     &error);
            assert_true(status == QA_OK || status == QA_NO_MEMORY);
            assert_true((bound != NULL) == (status == QA_OK));
            qa_sql_unbind(bound);
            qa_arena_release(&arena);
            assert_int_equal(allocator.bytes, 0);
            assert_true(fail_at < 10000);
        }
    }
}

/* Blocks of 16 KiB hide most of an arena's requests: here the arena itself ends a little later each time. */
static void an_arena_that_ends_anywhere_is_an_outcome(void **state)
{
    const sql_tables_t *tables = *state;
    static const char text[] =
        "SELECT d.caption AS c, COUNT(*), AVG(DISTINCT f.value) FROM facts f NATURAL JOIN atoms x "
        "JOIN Department d ON d.member = f.Department WHERE EXISTS (SELECT 1 FROM plan p WHERE p.name = "
        "d.member) "
        "AND f.Period NOT IN (VALUES ('Jan'), (?)) GROUP BY d.caption HAVING COUNT(*) > ? ORDER BY c, 2 "
        "LIMIT 3";
    qa_status_t status = QA_NO_MEMORY;
    for (size_t bytes_max = 64; status != QA_OK; bytes_max += 64) {
        qa_arena_t arena;
        qa_error_t error;
        qa_sql_bound_t *bound = NULL;
        qa_arena_make(&arena, &qa_allocator_default, bytes_max);
        status = sql_tables_bind(tables, "budget", text, strlen(text), &arena, &bound, &error);
        if (status != QA_OK && status != QA_NO_MEMORY && status != QA_LIMIT) fail_msg("%s", error.message);
        qa_sql_unbind(bound);
        qa_arena_release(&arena);
        assert_true(bytes_max < (4 << 20));
    }
}

static void without_a_default_app_a_plain_name_is_a_scratch_table(void **state)
{
    const sql_tables_t *tables = *state;
    static const struct {
        const char *text;
        qa_status_t status;
    } cases[] = { { "SELECT * FROM plan", QA_OK },
                  { "SELECT * FROM budget.atoms", QA_OK },
                  { "SELECT * FROM atoms", QA_TABLE_NOT_FOUND },
                  { "SELECT 1", QA_OK } };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        qa_arena_t arena;
        qa_error_t error;
        qa_sql_bound_t *bound = NULL;
        qa_arena_make(&arena, &qa_allocator_default, ARENA_BYTES_MAX);
        assert_int_equal(
            sql_tables_bind(tables, "", cases[i].text, strlen(cases[i].text), &arena, &bound, &error),
            cases[i].status);
        qa_sql_unbind(bound);
        qa_arena_release(&arena);
    }
}

/* CASE in the operand of a CASE stands in each of its comparisons. */
static void operands_of_case_within_each_other_do_not_grow_without_end(void **state)
{
    const sql_tables_t *tables = *state;
    static char text[LINE_BYTES];
    size_t bytes = 0;
    enum { NESTED = 60 };
    bytes += (size_t)snprintf(text, sizeof(text), "SELECT ");
    for (int i = 0; i < NESTED; i++)
        bytes += (size_t)snprintf(text + bytes, sizeof(text) - bytes, "CASE ");
    bytes += (size_t)snprintf(text + bytes, sizeof(text) - bytes, "1");
    for (int i = 0; i < NESTED; i++)
        bytes += (size_t)snprintf(text + bytes, sizeof(text) - bytes, " WHEN 1 THEN 1 WHEN 2 THEN 2 END");
    qa_arena_t arena;
    qa_error_t error;
    qa_sql_bound_t *bound = NULL;
    qa_arena_make(&arena, &qa_allocator_default, 512u << 20);
    assert_int_equal(sql_tables_bind(tables, "budget", text, bytes, &arena, &bound, &error), QA_LIMIT);
    qa_arena_release(&arena);
}

static int open_tables(void **state)
{
    static sql_tables_t tables;
    sql_tables_open(&tables);
    *state = &tables;
    return 0;
}

static int close_tables(void **state)
{
    sql_tables_close(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_statement_is_bound_to_what_stands_below_it),
        cmocka_unit_test(a_refused_allocation_is_an_outcome_wherever_it_comes),
        cmocka_unit_test(an_arena_that_ends_anywhere_is_an_outcome),
        cmocka_unit_test(without_a_default_app_a_plain_name_is_a_scratch_table),
        cmocka_unit_test(operands_of_case_within_each_other_do_not_grow_without_end),
    };
    return cmocka_run_group_tests(tests, open_tables, close_tables);
}
