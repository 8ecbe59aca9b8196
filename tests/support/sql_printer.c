/* Prints the parser's tree: every field that a case can set shows, so that two different trees never print
 * alike. */
#include "support/sql_printer.h"

#include <inttypes.h>
#include <string.h>

#include "qa/number.h"

static void print_expression(FILE *file, const qa_ast_expression_t *expression);
static void print_query(FILE *file, const qa_ast_query_t *query);

static void print_name(FILE *file, const qa_ast_name_t *name)
{
    if (name->text == NULL)
        fputs("-", file);
    else
        fprintf(file, name->is_quoted ? "\"%s\"" : "%s", name->text);
}

static void print_qualified(FILE *file, const qa_ast_name_t *schema, const qa_ast_name_t *table)
{
    if (schema->text != NULL) {
        print_name(file, schema);
        fputc('.', file);
    }
    print_name(file, table);
}

static void print_names(FILE *file, const char *word, const qa_ast_name_t *names, uint16_t count)
{
    if (count == 0) return;
    fprintf(file, " (%s", word);
    for (uint16_t i = 0; i < count; i++) {
        fputc(' ', file);
        print_name(file, &names[i]);
    }
    fputc(')', file);
}

static void print_literal(FILE *file, const qa_ast_expression_t *expression)
{
    const qa_sql_value_t *value = &expression->value;
    char text[QA_DECIMAL_TEXT_BYTES];
    char type[40];
    switch (value->kind) {
    case QA_SQL_NULL:
        fputs("null", file);
        return;
    case QA_SQL_BOOLEAN:
        fputs(value->integer != 0 ? "true" : "false", file);
        return;
    case QA_SQL_INTEGER:
        fprintf(file, "%" PRId64, value->integer);
        return;
    case QA_SQL_BIGINT:
        fprintf(file, "%" PRId64 "L", value->integer);
        return;
    case QA_SQL_DECIMAL:
        fprintf(file, "%.*s:%s", (int)qa_decimal_print(value->units, value->scale, text), text,
                qa_sql_type_name(&expression->type, type));
        return;
    case QA_SQL_DOUBLE:
        fprintf(file, "%.*s:DOUBLE", (int)qa_double_print(value->number, text), text);
        return;
    case QA_SQL_TEXT:
        fprintf(file, "'%.*s':%u", (int)value->bytes, value->text, expression->type.length);
        return;
    case QA_SQL_BINARY:
        fputs("x'", file);
        for (uint32_t i = 0; i < value->bytes; i++)
            fprintf(file, "%02x", (unsigned)(uint8_t)value->text[i]);
        fputc('\'', file);
        return;
    default:
        fprintf(file, "(%s %" PRId64 ")", qa_sql_type_name(&expression->type, type), value->integer);
        return;
    }
}

static void print_arguments(FILE *file, const qa_ast_expression_t *expression)
{
    for (uint16_t i = 0; i < expression->argument_count; i++) {
        fputc(' ', file);
        print_expression(file, expression->arguments[i]);
    }
}

static void print_case(FILE *file, const qa_ast_expression_t *expression)
{
    uint16_t i = 0;
    fputs("(case", file);
    if (expression->has_operand) {
        fputc(' ', file);
        print_expression(file, expression->arguments[i++]);
    }
    while (i + 1 < expression->argument_count) {
        fputs(" (when ", file);
        print_expression(file, expression->arguments[i++]);
        fputc(' ', file);
        print_expression(file, expression->arguments[i++]);
        fputc(')', file);
    }
    if (expression->has_else) {
        fputs(" (else ", file);
        print_expression(file, expression->arguments[i]);
        fputc(')', file);
    }
    fputc(')', file);
}

static void print_dotted(FILE *file, const qa_ast_expression_t *expression)
{
    for (uint8_t i = 0; i < expression->name_count; i++) {
        if (i > 0) fputc('.', file);
        print_name(file, &expression->names[i]);
    }
    if (expression->kind == QA_AST_STAR) fputs(expression->name_count > 0 ? ".*" : "*", file);
}

static void print_query_expression(FILE *file, const char *word, const qa_ast_expression_t *expression)
{
    fprintf(file, "(%s", word);
    print_arguments(file, expression);
    fputc(' ', file);
    print_query(file, expression->query);
    fputc(')', file);
}

static void print_expression(FILE *file, const qa_ast_expression_t *expression)
{
    char type[40];
    switch (expression->kind) {
    case QA_AST_LITERAL:
        print_literal(file, expression);
        return;
    case QA_AST_PARAMETER:
        fprintf(file, "?%u", expression->index);
        return;
    case QA_AST_NAME:
    case QA_AST_STAR:
        print_dotted(file, expression);
        return;
    case QA_AST_CALL:
        fprintf(file, "(%s%s", expression->text, expression->is_distinct ? " distinct" : "");
        print_arguments(file, expression);
        fputc(')', file);
        return;
    case QA_AST_CASE:
        print_case(file, expression);
        return;
    case QA_AST_CAST:
        fputs("(cast ", file);
        print_expression(file, expression->arguments[0]);
        fprintf(file, " %s)", qa_sql_type_name(&expression->type, type));
        return;
    case QA_AST_SCALAR_QUERY:
        print_query_expression(file, "scalar", expression);
        return;
    case QA_AST_EXISTS:
        print_query_expression(file, "exists", expression);
        return;
    default:
        print_query_expression(file, "in", expression);
        return;
    }
}

static void print_clause(FILE *file, const char *word, const qa_ast_expression_t *expression)
{
    if (expression == NULL) return;
    fprintf(file, " (%s ", word);
    print_expression(file, expression);
    fputc(')', file);
}

static void print_from(FILE *file, const qa_ast_from_t *from)
{
    static const char *const joins[] = { "cross", "inner", "left", "right", "full" };
    if (from->kind == QA_AST_JOIN) {
        fprintf(file, "(%s%s ", from->is_natural ? "natural-" : "", joins[from->join]);
        print_from(file, from->left);
        fputc(' ', file);
        print_from(file, from->right);
        print_names(file, "using", from->columns, from->column_count);
        print_clause(file, "on", from->condition);
        fputc(')', file);
        return;
    }
    if (from->kind == QA_AST_DERIVED) {
        fputs("(derived ", file);
        print_query(file, from->query);
    } else {
        fputs("(table ", file);
        print_qualified(file, &from->schema, &from->table);
        print_clause(file, "as-of", from->as_of);
    }
    if (from->alias.text != NULL) {
        fputs(" as ", file);
        print_name(file, &from->alias);
    }
    print_names(file, "columns", from->columns, from->column_count);
    fputc(')', file);
}

static void print_block(FILE *file, const qa_ast_block_t *block)
{
    fprintf(file, "(select%s", block->is_distinct ? " distinct" : "");
    for (uint16_t i = 0; i < block->output_count; i++) {
        fputc(' ', file);
        if (block->outputs[i].alias.text != NULL) {
            print_name(file, &block->outputs[i].alias);
            fputc('=', file);
        }
        print_expression(file, block->outputs[i].expression);
    }
    if (block->from != NULL) {
        fputs(" (from ", file);
        print_from(file, block->from);
        fputc(')', file);
    }
    print_clause(file, "where", block->where);
    if (block->is_grouped) fputs(" (group", file);
    for (uint16_t i = 0; i < block->group_count; i++) {
        fputc(' ', file);
        print_expression(file, block->groups[i]);
    }
    if (block->is_grouped) fputc(')', file);
    print_clause(file, "having", block->having);
    fputc(')', file);
}

static void print_rows(FILE *file, const qa_ast_query_t *query)
{
    fputs("(values", file);
    for (uint32_t row = 0; row < query->row_count; row++) {
        for (uint16_t i = 0; i < query->row_width; i++) {
            fputs(i == 0 ? " (" : " ", file);
            print_expression(file, query->rows[row][i]);
        }
        fputc(')', file);
    }
    fputc(')', file);
}

static void print_body(FILE *file, const qa_ast_query_t *query)
{
    static const char *const kinds[] = { "", "union", "union-all", "intersect", "except" };
    if (query->kind == QA_SQL_SET_BLOCK && query->block != NULL) {
        print_block(file, query->block);
    } else if (query->kind == QA_SQL_SET_BLOCK) {
        print_rows(file, query);
    } else {
        fprintf(file, "(%s ", kinds[query->kind]);
        print_query(file, query->left);
        fputc(' ', file);
        print_query(file, query->right);
        fputc(')', file);
    }
}

static void print_ctes(FILE *file, const qa_ast_query_t *query)
{
    if (query->cte_count == 0) return;
    fprintf(file, " (with%s", query->is_recursive ? "-recursive" : "");
    for (uint16_t i = 0; i < query->cte_count; i++) {
        fputs(" (", file);
        print_name(file, &query->ctes[i].name);
        print_names(file, "columns", query->ctes[i].columns, query->ctes[i].column_count);
        fputc(' ', file);
        print_query(file, query->ctes[i].query);
        fputc(')', file);
    }
    fputc(')', file);
}

static void print_query(FILE *file, const qa_ast_query_t *query)
{
    const bool is_plain =
        query->cte_count == 0 && query->order_count == 0 && query->limit == NULL && query->offset == NULL;
    if (is_plain) {
        print_body(file, query);
        return;
    }
    fputs("(query", file);
    print_ctes(file, query);
    fputc(' ', file);
    print_body(file, query);
    for (uint16_t i = 0; i < query->order_count; i++) {
        fputs(i == 0 ? " (order " : " ", file);
        print_expression(file, query->orders[i].expression);
        if (query->orders[i].is_descending) fputs(" desc", file);
        if (query->orders[i].nulls != 0)
            fputs(query->orders[i].nulls < 0 ? " nulls-first" : " nulls-last", file);
    }
    if (query->order_count > 0) fputc(')', file);
    print_clause(file, "limit", query->limit);
    print_clause(file, "offset", query->offset);
    fputc(')', file);
}

static void print_write(FILE *file, const char *word, const qa_ast_statement_t *statement)
{
    fprintf(file, "(%s ", word);
    print_qualified(file, &statement->schema, &statement->table);
    if (statement->alias.text != NULL) {
        fputs(" as ", file);
        print_name(file, &statement->alias);
    }
    print_names(file, "columns", statement->columns, statement->column_count);
    for (uint16_t i = 0; i < statement->assignment_count; i++) {
        fputs(" (set ", file);
        print_name(file, &statement->assignments[i].column);
        fputc(' ', file);
        if (statement->assignments[i].value == NULL)
            fputs("default", file);
        else
            print_expression(file, statement->assignments[i].value);
        fputc(')', file);
    }
    print_clause(file, "where", statement->where);
    if (statement->query != NULL) {
        fputc(' ', file);
        print_query(file, statement->query);
    }
    fputc(')', file);
}

static void print_call(FILE *file, const qa_ast_statement_t *statement)
{
    fprintf(file, "(call%s ", statement->has_result_marker ? " result" : "");
    print_qualified(file, &statement->schema, &statement->table);
    for (uint16_t i = 0; i < statement->argument_count; i++) {
        fputc(' ', file);
        print_expression(file, statement->arguments[i]);
    }
    fputc(')', file);
}

static void print_create(FILE *file, const qa_ast_statement_t *statement)
{
    char type[40];
    fprintf(file, "(create%s ", statement->is_if_exists ? " if-not-exists" : "");
    print_qualified(file, &statement->schema, &statement->table);
    for (uint16_t i = 0; i < statement->definition_count; i++) {
        const qa_ast_column_definition_t *column = &statement->definitions[i];
        fputs(" (", file);
        print_name(file, &column->name);
        fprintf(file, " %s%s%s)", qa_sql_type_name(&column->type, type),
                column->is_not_null ? " not-null" : "", column->is_primary_key ? " key" : "");
    }
    print_names(file, "key", statement->keys, statement->key_count);
    if (statement->query != NULL) {
        fputc(' ', file);
        print_query(file, statement->query);
    }
    fputc(')', file);
}

void sql_print_statement(FILE *file, const qa_ast_statement_t *statement)
{
    switch (statement->kind) {
    case QA_AST_SELECT:
        print_query(file, statement->query);
        break;
    case QA_AST_INSERT:
        print_write(file, "insert", statement);
        break;
    case QA_AST_UPDATE:
        print_write(file, "update", statement);
        break;
    case QA_AST_DELETE:
        print_write(file, "delete", statement);
        break;
    case QA_AST_CALL_PROCEDURE:
        print_call(file, statement);
        break;
    case QA_AST_CREATE_TABLE:
        print_create(file, statement);
        break;
    case QA_AST_DROP_TABLE:
        fprintf(file, "(drop%s ", statement->is_if_exists ? " if-exists" : "");
        print_qualified(file, &statement->schema, &statement->table);
        fputc(')', file);
        break;
    case QA_AST_EXPLAIN:
        fputs("(explain ", file);
        sql_print_statement(file, statement->explained);
        fputc(')', file);
        break;
    default:
        fputs(statement->kind == QA_AST_BEGIN    ? "(begin)"
              : statement->kind == QA_AST_COMMIT ? "(commit)"
                                                 : "(rollback)",
              file);
        break;
    }
    if (statement->parameter_count > 0 && statement->kind != QA_AST_EXPLAIN)
        fprintf(file, " [%u parameters]", statement->parameter_count);
}
