/* Catalog functions over a small source of tables: columns and order of each result, patterns, identifiers,
 * null pointers, and every refused allocation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parts/catalog.h"
#include "support/test_allocator.h"

#define TEXT_OF(LENGTH, IS_NAME)                                                                             \
    {                                                                                                        \
        .kind = QA_SQL_TEXT, .length = LENGTH, .is_name = IS_NAME                                            \
    }

static const qa_sql_table_info_t tables[] = {
    { "budget", "Account", QA_SQL_TABLE_LATTICE, "members of Account", 2, 12 },
    { "budget", "Account_rollup", QA_SQL_TABLE_VIEW, "", 1, 40 },
    { "budget", "atoms", QA_SQL_TABLE_LATTICE, "stored values", 3, 5000000000u },
    { "budget", "cells", QA_SQL_TABLE_VIEW, "values at all members", 3, 7 },
    { "plan", "atoms", QA_SQL_TABLE_LATTICE, "stored values", 1, 1 },
    { "", "scratch%1", QA_SQL_TABLE_SCRATCH, "", 2, 0 },
};
static const qa_sql_table_column_t columns[][3] = {
    { { "member", TEXT_OF(255, true), "code", 1, "", "" },
      { "level", { .kind = QA_SQL_INTEGER, .is_nullable = true }, "", 0, "", "" } },
    { { "leaf", TEXT_OF(255, true), "", 0, "", "" } },
    { { "Period", TEXT_OF(255, true), "", 1, "Period", "member" },
      { "Account", TEXT_OF(255, true), "", 2, "Account", "member" },
      { "value",
        { .kind = QA_SQL_DECIMAL, .precision = 18, .scale = 2, .is_nullable = true },
        "amount",
        0,
        "",
        "" } },
    { { "Period", TEXT_OF(255, true), "", 0, "Period", "member" },
      { "Account", TEXT_OF(255, true), "", 0, "Account", "member" },
      { "note", { .kind = QA_SQL_TEXT, .length = 32767, .is_nullable = true }, "", 0, "", "" } },
    { { "value", { .kind = QA_SQL_DOUBLE, .is_nullable = true }, "", 0, "", "" } },
    { { "ID", { .kind = QA_SQL_BIGINT, .is_nullable = true }, "", 0, "", "" },
      { "day", { .kind = QA_SQL_TIMESTAMP, .is_nullable = true }, "", 0, "", "" } },
};

static qa_status_t fake_tables(qa_sql_session_t *session,
                               qa_status_t (*visit_table)(void *context, const qa_sql_table_info_t *table),
                               qa_status_t (*visit_column)(void *context, const qa_sql_table_info_t *table,
                                                           uint16_t position,
                                                           const qa_sql_table_column_t *column),
                               void *context, qa_error_t *error)
{
    if (session != NULL) return qa_fail(error, QA_CORRUPT, "the file of budget is damaged");
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        qa_status_t status = visit_table(context, &tables[i]);
        for (uint16_t k = 0; status == QA_OK && visit_column != NULL && k < tables[i].column_count; k++)
            status = visit_column(context, &tables[i], k, &columns[i][k]);
        if (status != QA_OK) return status;
    }
    return QA_OK;
}

static const qa_sql_procedure_info_t *fake_procedure(uint32_t index)
{
    static const qa_sql_procedure_info_t procedures[] = {
        { "undo", "offset BIGINT, reason VARCHAR(100)", "takes an intent back" },
        { "compact", "", "makes the store smaller" },
        { "adjust", "amount DECIMAL(10,2), [day DATE]", "" },
    };
    return index < 3 ? &procedures[index] : NULL;
}

static const qa_odbc_catalog_source_t source = { .tables = fake_tables,
                                                 .procedure = fake_procedure,
                                                 .user = "ada" };
static const qa_odbc_catalog_t catalog = { .allocator = &qa_allocator_default, .source = &source };
static const qa_odbc_catalog_t catalog2 = { .allocator = &qa_allocator_default,
                                            .source = &source,
                                            .is_odbc2 = true };
static const qa_odbc_catalog_t identifiers = { .allocator = &qa_allocator_default,
                                               .source = &source,
                                               .is_metadata_id = true };
static const qa_odbc_argument_t any = { NULL, 0 };

static qa_odbc_argument_t argument(const char *text)
{
    return (qa_odbc_argument_t){ text, text == NULL ? 0 : strlen(text) };
}

/* The cells of some columns of all rows, "a|b;c|d;": compares at a glance. Closes the result. */
static const char *shown(qa_odbc_result_t *result, const char *names)
{
    static char text[8192];
    size_t at = 0;
    assert_non_null(result);
    text[0] = '\0';
    const qa_sql_batch_t *batch = qa_odbc_result_batch(result, 0, 10000);
    assert_int_equal(batch->row_count, qa_odbc_result_row_count(result));
    for (uint32_t row = 0; row < batch->row_count; row++) {
        for (const char *name = names; *name != '\0';) {
            const size_t bytes = strcspn(name, " ");
            uint16_t column = 0;
            while (column < batch->column_count &&
                   (strlen(qa_odbc_result_column(result, column)->name) != bytes ||
                    memcmp(qa_odbc_result_column(result, column)->name, name, bytes) != 0))
                column++;
            if (column == batch->column_count) fail_msg("no column %s", name);
            const qa_sql_value_t value = qa_sql_vector_value(&batch->columns[column], row);
            if (value.kind == QA_SQL_TEXT)
                at += (size_t)snprintf(text + at, sizeof(text) - at, "%.*s|", (int)value.bytes, value.text);
            else if (value.kind == QA_SQL_INTEGER)
                at += (size_t)snprintf(text + at, sizeof(text) - at, "%lld|", (long long)value.integer);
            else
                at += (size_t)snprintf(text + at, sizeof(text) - at, "-|");
            name += bytes;
            while (*name == ' ')
                name++;
        }
        text[at - 1] = ';';
    }
    qa_odbc_result_close(result);
    return text;
}

static const char *tables_of(const qa_odbc_catalog_t *from, const char *catalog_name, const char *schema,
                             const char *table, const char *types)
{
    qa_odbc_result_t *result = NULL;
    qa_odbc_diagnostic_t diagnostic;
    assert_int_equal(qa_odbc_catalog_tables(&result, from, argument(catalog_name), argument(schema),
                                            argument(table), argument(types), &diagnostic),
                     QA_OK);
    return shown(result, "TABLE_SCHEM TABLE_NAME TABLE_TYPE");
}

static void tables_come_by_type_schema_and_name(void **state)
{
    (void)state;
    assert_string_equal(tables_of(&catalog, NULL, NULL, NULL, NULL),
                        "|scratch%1|LOCAL TEMPORARY;budget|Account|TABLE;budget|atoms|TABLE;plan|atoms|TABLE;"
                        "budget|Account_rollup|VIEW;budget|cells|VIEW;");
    assert_string_equal(tables_of(&catalog, "", "budget", "%", "'VIEW', 'SYSTEM TABLE'"),
                        "budget|Account_rollup|VIEW;budget|cells|VIEW;");
    assert_string_equal(tables_of(&catalog, "%", "%", "%", "table"),
                        "budget|Account|TABLE;budget|atoms|TABLE;plan|atoms|TABLE;");
    assert_string_equal(tables_of(&catalog, NULL, NULL, NULL, "SYNONYM"), "");
    assert_string_equal(tables_of(&catalog, "other", NULL, NULL, NULL), "");
    assert_string_equal(tables_of(&catalog, NULL, "", NULL, NULL), "|scratch%1|LOCAL TEMPORARY;");
    assert_string_equal(tables_of(&catalog, NULL, NULL, "", NULL), "");
}

static void patterns_have_wildcards_and_an_escape(void **state)
{
    (void)state;
    assert_string_equal(tables_of(&catalog, NULL, "b%", "A%", NULL),
                        "budget|Account|TABLE;budget|atoms|TABLE;budget|Account_rollup|VIEW;");
    assert_string_equal(tables_of(&catalog, NULL, NULL, "account_rollup", NULL),
                        "budget|Account_rollup|VIEW;");
    assert_string_equal(tables_of(&catalog, NULL, NULL, "account\\_rollup", NULL),
                        "budget|Account_rollup|VIEW;");
    assert_string_equal(tables_of(&catalog, NULL, NULL, "Account\\_", NULL), "");
    assert_string_equal(tables_of(&catalog, NULL, NULL, "Account_", NULL), "");
    assert_string_equal(tables_of(&catalog, NULL, NULL, "scratch\\%1", NULL), "|scratch%1|LOCAL TEMPORARY;");
    assert_string_equal(tables_of(&catalog, NULL, NULL, "%c%u%t", NULL), "budget|Account|TABLE;");
    assert_string_equal(tables_of(&catalog, NULL, NULL, "%%_____", NULL),
                        "|scratch%1|LOCAL TEMPORARY;budget|Account|TABLE;budget|atoms|TABLE;plan|atoms|TABLE;"
                        "budget|Account_rollup|VIEW;budget|cells|VIEW;");
    assert_string_equal(tables_of(&catalog, NULL, NULL, "______", NULL), "");
}

static void catalogs_schemas_and_types_are_listed(void **state)
{
    (void)state;
    assert_string_equal(tables_of(&catalog, "%", "", "", NULL), "");
    assert_string_equal(tables_of(&catalog, "", "%", "", NULL), "budget|-|-;plan|-|-;");
    assert_string_equal(tables_of(&catalog, "", "", "", "%"), "-|-|LOCAL TEMPORARY;-|-|TABLE;-|-|VIEW;");
}

static void identifiers_fit_without_case_unless_quoted(void **state)
{
    (void)state;
    qa_odbc_result_t *result = NULL;
    qa_odbc_diagnostic_t diagnostic;
    assert_string_equal(tables_of(&identifiers, NULL, "BUDGET  ", "ATOMS", NULL), "budget|atoms|TABLE;");
    assert_string_equal(tables_of(&identifiers, NULL, "budget", "\"Account\"", NULL),
                        "budget|Account|TABLE;");
    assert_string_equal(tables_of(&identifiers, NULL, "budget", "\"account\"", NULL), "");
    assert_string_equal(tables_of(&identifiers, NULL, "budget", "A%", NULL), "");
    assert_int_equal(
        qa_odbc_catalog_tables(&result, &identifiers, any, argument("budget"), any, any, &diagnostic),
        QA_INVALID);
    assert_string_equal(diagnostic.sqlstate, "HY009");
    assert_null(result);
    assert_int_equal(
        qa_odbc_catalog_columns(&result, &identifiers, any, argument("a"), argument("b"), any, &diagnostic),
        QA_INVALID);
    assert_string_equal(diagnostic.sqlstate, "HY009");
}

static void columns_agree_with_the_descriptions_of_types(void **state)
{
    (void)state;
    qa_odbc_result_t *result = NULL;
    qa_odbc_diagnostic_t diagnostic;
    assert_int_equal(qa_odbc_catalog_columns(&result, &catalog, any, argument("budget"), argument("atoms"),
                                             any, &diagnostic),
                     QA_OK);
    assert_int_equal(qa_odbc_result_column_count(result), 18);
    assert_string_equal(
        shown(result,
              "COLUMN_NAME DATA_TYPE TYPE_NAME COLUMN_SIZE BUFFER_LENGTH DECIMAL_DIGITS NUM_PREC_RADIX "
              "NULLABLE REMARKS SQL_DATA_TYPE CHAR_OCTET_LENGTH ORDINAL_POSITION IS_NULLABLE"),
        "Period|-9|VARCHAR|255|510|-|-|0||-9|510|1|NO;"
        "Account|-9|VARCHAR|255|510|-|-|0||-9|510|2|NO;"
        "value|3|DECIMAL|18|21|2|10|1|amount|3|-|3|YES;");
    assert_int_equal(
        qa_odbc_catalog_columns(&result, &catalog, any, any, argument("c%"), argument("n_te"), &diagnostic),
        QA_OK);
    assert_string_equal(shown(result, "COLUMN_NAME DATA_TYPE TYPE_NAME COLUMN_SIZE"),
                        "note|-10|LONGVARCHAR|32767;");
    assert_int_equal(
        qa_odbc_catalog_columns(&result, &catalog, any, any, argument("nothing"), any, &diagnostic), QA_OK);
    assert_string_equal(shown(result, "COLUMN_NAME"), "");
}

static void odbc_2_has_its_own_names_and_codes(void **state)
{
    (void)state;
    qa_odbc_result_t *result = NULL;
    qa_odbc_diagnostic_t diagnostic;
    assert_int_equal(qa_odbc_catalog_columns(&result, &catalog2, any, argument(""), any, any, &diagnostic),
                     QA_OK);
    assert_string_equal(
        shown(result,
              "TABLE_OWNER COLUMN_NAME DATA_TYPE PRECISION SCALE RADIX SQL_DATA_TYPE SQL_DATETIME_SUB"),
        "|ID|-5|19|0|10|-5|-;|day|11|27|7|-|9|3;");
    assert_int_equal(
        qa_odbc_catalog_columns(&result, &catalog, any, argument(""), any, argument("day"), &diagnostic),
        QA_OK);
    assert_string_equal(shown(result, "DATA_TYPE COLUMN_SIZE DECIMAL_DIGITS"), "93|27|7;");
}

static void small_columns_are_described_as_smallint(void **state)
{
    (void)state;
    qa_odbc_result_t *result = NULL;
    qa_odbc_diagnostic_t diagnostic;
    qa_odbc_type_t type;
    assert_int_equal(qa_odbc_catalog_columns(&result, &catalog, any, any, any, any, &diagnostic), QA_OK);
    qa_odbc_result_type(result, 4, &type);
    assert_int_equal(type.concise_type, SQL_SMALLINT);
    assert_int_equal(type.default_c_type, SQL_C_SSHORT);
    assert_int_equal(type.nullable, SQL_NO_NULLS);
    qa_odbc_result_type(result, 6, &type);
    assert_int_equal(type.concise_type, SQL_INTEGER);
    qa_odbc_result_type(result, 2, &type);
    assert_int_equal(type.concise_type, SQL_WVARCHAR);
    assert_null(qa_odbc_result_column(result, 18));
    qa_odbc_result_close(result);
}

static void keys_are_told_in_their_order(void **state)
{
    (void)state;
    qa_odbc_result_t *result = NULL;
    qa_odbc_diagnostic_t diagnostic;
    assert_int_equal(
        qa_odbc_catalog_primary_keys(&result, &catalog, any, any, argument("atoms"), &diagnostic), QA_OK);
    assert_int_equal(qa_odbc_result_column_count(result), 6);
    assert_string_equal(shown(result, "TABLE_SCHEM TABLE_NAME COLUMN_NAME KEY_SEQ PK_NAME"),
                        "budget|atoms|Period|1|PK_atoms;budget|atoms|Account|2|PK_atoms;");
    assert_int_equal(qa_odbc_catalog_primary_keys(&result, &catalog, any, any, argument("a%"), &diagnostic),
                     QA_OK);
    assert_string_equal(shown(result, "TABLE_NAME"), "");
    assert_int_equal(qa_odbc_catalog_primary_keys(&result, &catalog, any, any, any, &diagnostic), QA_INVALID);
    assert_string_equal(diagnostic.sqlstate, "HY009");
}

static void foreign_keys_lead_from_facts_to_dimensions(void **state)
{
    (void)state;
    static const char *const names =
        "PKTABLE_NAME PKCOLUMN_NAME FKTABLE_NAME FKCOLUMN_NAME KEY_SEQ FK_NAME PK_NAME";
    qa_odbc_result_t *result = NULL;
    qa_odbc_diagnostic_t diagnostic;
    qa_odbc_foreign_key_arguments_t arguments = { .foreign_table = argument("atoms") };
    assert_int_equal(qa_odbc_catalog_foreign_keys(&result, &catalog, &arguments, &diagnostic), QA_OK);
    assert_int_equal(qa_odbc_result_column_count(result), 14);
    assert_string_equal(shown(result, names), "Account|member|atoms|Account|1|FK_atoms_Account|PK_Account;"
                                              "Period|member|atoms|Period|1|FK_atoms_Period|PK_Period;");
    arguments = (qa_odbc_foreign_key_arguments_t){ .primary_table = argument("Account") };
    assert_int_equal(qa_odbc_catalog_foreign_keys(&result, &catalog, &arguments, &diagnostic), QA_OK);
    assert_string_equal(shown(result, names), "Account|member|atoms|Account|1|FK_atoms_Account|PK_Account;"
                                              "Account|member|cells|Account|1|FK_cells_Account|PK_Account;");
    arguments.foreign_table = argument("cells");
    assert_int_equal(qa_odbc_catalog_foreign_keys(&result, &catalog, &arguments, &diagnostic), QA_OK);
    assert_string_equal(shown(result, "FKTABLE_NAME UPDATE_RULE DELETE_RULE DEFERRABILITY"), "cells|3|3|7;");
    arguments.primary_catalog = argument("other");
    assert_int_equal(qa_odbc_catalog_foreign_keys(&result, &catalog, &arguments, &diagnostic), QA_OK);
    assert_string_equal(shown(result, "FKTABLE_NAME"), "");
    arguments = (qa_odbc_foreign_key_arguments_t){ .primary_schema = argument("budget") };
    assert_int_equal(qa_odbc_catalog_foreign_keys(&result, &catalog, &arguments, &diagnostic), QA_INVALID);
    assert_string_equal(diagnostic.sqlstate, "HY009");
}

static void statistics_begin_with_the_table(void **state)
{
    (void)state;
    qa_odbc_result_t *result = NULL;
    qa_odbc_diagnostic_t diagnostic;
    assert_int_equal(qa_odbc_catalog_statistics(&result, &catalog, any, argument("budget"), argument("atoms"),
                                                SQL_INDEX_ALL, SQL_QUICK, &diagnostic),
                     QA_OK);
    assert_int_equal(qa_odbc_result_column_count(result), 13);
    assert_string_equal(
        shown(result, "NON_UNIQUE INDEX_NAME TYPE ORDINAL_POSITION COLUMN_NAME ASC_OR_DESC CARDINALITY"),
        "-|-|0|-|-|-|2147483647;0|PK_atoms|3|1|Period|A|2147483647;0|PK_atoms|3|2|Account|A|2147483647;");
    assert_int_equal(qa_odbc_catalog_statistics(&result, &catalog, any, any, argument("nothing"),
                                                SQL_INDEX_UNIQUE, SQL_ENSURE, &diagnostic),
                     QA_OK);
    assert_string_equal(shown(result, "TYPE"), "");
    assert_int_equal(
        qa_odbc_catalog_statistics(&result, &catalog, any, any, argument("a"), 7, 0, &diagnostic),
        QA_INVALID);
    assert_string_equal(diagnostic.sqlstate, "HY100");
    assert_int_equal(
        qa_odbc_catalog_statistics(&result, &catalog, any, any, argument("a"), 1, 7, &diagnostic),
        QA_INVALID);
    assert_string_equal(diagnostic.sqlstate, "HY101");
}

static void the_best_row_id_is_the_key(void **state)
{
    (void)state;
    qa_odbc_result_t *result = NULL;
    qa_odbc_diagnostic_t diagnostic;
    const qa_odbc_argument_t atoms = argument("atoms");
    assert_int_equal(qa_odbc_catalog_special_columns(&result, &catalog, SQL_BEST_ROWID, any, any, atoms,
                                                     SQL_SCOPE_CURROW, SQL_NO_NULLS, &diagnostic),
                     QA_OK);
    assert_int_equal(qa_odbc_result_column_count(result), 8);
    assert_string_equal(shown(result, "SCOPE COLUMN_NAME DATA_TYPE COLUMN_SIZE PSEUDO_COLUMN"),
                        "2|Period|-9|255|1;2|Account|-9|255|1;");
    assert_int_equal(
        qa_odbc_catalog_special_columns(&result, &catalog, SQL_ROWVER, any, any, atoms, 0, 1, &diagnostic),
        QA_OK);
    assert_string_equal(shown(result, "COLUMN_NAME"), "");
    qa_odbc_catalog_special_columns(&result, &catalog, 9, any, any, atoms, 0, 1, &diagnostic);
    assert_string_equal(diagnostic.sqlstate, "HY097");
    qa_odbc_catalog_special_columns(&result, &catalog, 1, any, any, atoms, 9, 1, &diagnostic);
    assert_string_equal(diagnostic.sqlstate, "HY098");
    qa_odbc_catalog_special_columns(&result, &catalog, 1, any, any, atoms, 0, 9, &diagnostic);
    assert_string_equal(diagnostic.sqlstate, "HY099");
}

static void procedures_tell_their_parameters(void **state)
{
    (void)state;
    qa_odbc_result_t *result = NULL;
    qa_odbc_diagnostic_t diagnostic;
    assert_int_equal(qa_odbc_catalog_procedures(&result, &catalog, any, any, any, &diagnostic), QA_OK);
    assert_int_equal(qa_odbc_result_column_count(result), 8);
    assert_string_equal(shown(result, "PROCEDURE_NAME NUM_INPUT_PARAMS REMARKS PROCEDURE_TYPE"),
                        "adjust|2||1;compact|0|makes the store smaller|1;undo|2|takes an intent back|1;");
    assert_int_equal(
        qa_odbc_catalog_procedure_columns(&result, &catalog, any, any, argument("%"), any, &diagnostic),
        QA_OK);
    assert_int_equal(qa_odbc_result_column_count(result), 19);
    assert_string_equal(
        shown(result,
              "PROCEDURE_NAME COLUMN_NAME COLUMN_TYPE DATA_TYPE COLUMN_SIZE DECIMAL_DIGITS ORDINAL_POSITION"),
        "adjust|amount|1|3|10|2|1;adjust|day|1|91|10|-|2;undo|offset|1|-5|19|0|1;undo|reason|1|-9|100|-|2;");
    assert_int_equal(qa_odbc_catalog_procedure_columns(&result, &catalog, any, any, argument("undo"),
                                                       argument("r%"), &diagnostic),
                     QA_OK);
    assert_string_equal(shown(result, "COLUMN_NAME"), "reason;");
    assert_int_equal(qa_odbc_catalog_procedures(&result, &catalog, any, argument("budget"), any, &diagnostic),
                     QA_OK);
    assert_string_equal(shown(result, "PROCEDURE_NAME"), "");
}

static void privileges_are_what_the_session_may_do(void **state)
{
    (void)state;
    qa_odbc_catalog_source_t reading = source;
    reading.is_read_only = true;
    const qa_odbc_catalog_t read_only = { .allocator = &qa_allocator_default, .source = &reading };
    qa_odbc_result_t *result = NULL;
    qa_odbc_diagnostic_t diagnostic;
    const qa_odbc_argument_t budget = argument("budget");
    assert_int_equal(
        qa_odbc_catalog_table_privileges(&result, &catalog, any, budget, argument("%s"), &diagnostic), QA_OK);
    assert_string_equal(shown(result, "TABLE_NAME GRANTEE PRIVILEGE IS_GRANTABLE"),
                        "atoms|ada|DELETE|NO;atoms|ada|INSERT|NO;atoms|ada|SELECT|NO;atoms|ada|UPDATE|NO;"
                        "cells|ada|SELECT|NO;cells|ada|UPDATE|NO;");
    assert_int_equal(
        qa_odbc_catalog_table_privileges(&result, &read_only, any, budget, argument("atoms"), &diagnostic),
        QA_OK);
    assert_string_equal(shown(result, "PRIVILEGE"), "SELECT;");
    assert_int_equal(qa_odbc_catalog_column_privileges(&result, &catalog, any, budget, argument("atoms"),
                                                       argument("v%"), &diagnostic),
                     QA_OK);
    assert_string_equal(shown(result, "COLUMN_NAME PRIVILEGE"), "value|INSERT;value|SELECT;value|UPDATE;");
    assert_int_equal(qa_odbc_catalog_column_privileges(&result, &catalog, any, budget, any, any, &diagnostic),
                     QA_INVALID);
    assert_string_equal(diagnostic.sqlstate, "HY009");
}

static void types_are_listed_in_the_order_of_their_codes(void **state)
{
    (void)state;
    qa_odbc_result_t *result = NULL;
    qa_odbc_diagnostic_t diagnostic;
    assert_int_equal(qa_odbc_catalog_type_info(&result, &catalog, SQL_ALL_TYPES, &diagnostic), QA_OK);
    assert_int_equal(qa_odbc_result_column_count(result), 19);
    assert_string_equal(
        shown(result, "TYPE_NAME DATA_TYPE COLUMN_SIZE SQL_DATA_TYPE"),
        "LONGVARCHAR|-10|32767|-10;VARCHAR|-9|4000|-9;CHAR|-8|4000|-8;BOOLEAN|-7|1|-7;BIGINT|-5|19|-5;"
        "LONGVARBINARY|-4|32767|-4;VARBINARY|-3|8000|-3;DECIMAL|3|38|3;INTEGER|4|10|4;DOUBLE|8|53|8;"
        "DATE|91|10|9;TIME|92|16|9;TIMESTAMP|93|27|9;");
    assert_int_equal(qa_odbc_catalog_type_info(&result, &catalog2, SQL_ALL_TYPES, &diagnostic), QA_OK);
    assert_string_equal(strstr(shown(result, "TYPE_NAME DATA_TYPE PRECISION"), "DOUBLE"),
                        "DOUBLE|8|53;DATE|9|10;TIME|10|16;TIMESTAMP|11|27;");
    assert_int_equal(qa_odbc_catalog_type_info(&result, &catalog, SQL_TIMESTAMP, &diagnostic), QA_OK);
    assert_string_equal(shown(result, "TYPE_NAME LITERAL_PREFIX LITERAL_SUFFIX MINIMUM_SCALE"),
                        "TIMESTAMP|TIMESTAMP '|'|7;");
    assert_int_equal(qa_odbc_catalog_type_info(&result, &catalog, SQL_GUID, &diagnostic), QA_OK);
    assert_string_equal(shown(result, "TYPE_NAME"), "");
    assert_int_equal(qa_odbc_catalog_type_info(&result, &catalog, 4711, &diagnostic), QA_INVALID);
    assert_string_equal(diagnostic.sqlstate, "HY004");
}

static void a_batch_shows_any_part_of_the_rows(void **state)
{
    (void)state;
    qa_odbc_result_t *result = NULL;
    qa_odbc_diagnostic_t diagnostic;
    assert_int_equal(qa_odbc_catalog_tables(&result, &catalog, any, any, any, any, &diagnostic), QA_OK);
    const qa_sql_batch_t *batch = qa_odbc_result_batch(result, 4, 10);
    assert_int_equal(batch->row_count, 2);
    assert_memory_equal(batch->columns[2].texts[1].data, "cells", 5);
    assert_int_equal(qa_odbc_result_batch(result, 1, 3)->row_count, 3);
    assert_int_equal(qa_odbc_result_batch(result, 6, 3)->row_count, 0);
    assert_int_equal(qa_odbc_result_batch(result, 99, 3)->row_count, 0);
    qa_odbc_result_close(result);
    qa_odbc_result_close(NULL);
}

static void a_failure_of_the_source_is_told_with_its_words(void **state)
{
    (void)state;
    int something = 0;
    qa_odbc_catalog_source_t broken = source;
    broken.session = (qa_sql_session_t *)(void *)&something;
    const qa_odbc_catalog_t from = { .allocator = &qa_allocator_default, .source = &broken };
    qa_odbc_result_t *result = NULL;
    qa_odbc_diagnostic_t diagnostic;
    assert_int_equal(qa_odbc_catalog_tables(&result, &from, any, any, any, any, &diagnostic), QA_CORRUPT);
    assert_string_equal(diagnostic.sqlstate, "HY000");
    assert_int_equal(diagnostic.native, QA_CORRUPT);
    assert_string_equal(diagnostic.message, "the file of budget is damaged");
    assert_null(result);
}

static void every_refused_allocation_is_told_and_gives_all_back(void **state)
{
    (void)state;
    for (int function = 0; function < 3; function++) {
        for (uint64_t fail_at = 1;; fail_at++) {
            test_allocator_t allocator;
            qa_odbc_result_t *result = NULL;
            qa_odbc_diagnostic_t diagnostic;
            test_allocator_make(&allocator);
            allocator.fail_at = fail_at;
            const qa_odbc_catalog_t from = { .allocator = &allocator.allocator, .source = &source };
            const qa_status_t status =
                function == 0 ? qa_odbc_catalog_columns(&result, &from, any, any, any, any, &diagnostic)
                : function == 1
                    ? qa_odbc_catalog_procedure_columns(&result, &from, any, any, any, any, &diagnostic)
                    : qa_odbc_catalog_type_info(&result, &from, SQL_ALL_TYPES, &diagnostic);
            if (status != QA_OK) {
                assert_int_equal(status, QA_NO_MEMORY);
                assert_string_equal(diagnostic.sqlstate, "HY001");
                assert_null(result);
            }
            qa_odbc_result_close(result);
            assert_int_equal(allocator.bytes, 0);
            if (status == QA_OK) break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_come_by_type_schema_and_name),
        cmocka_unit_test(patterns_have_wildcards_and_an_escape),
        cmocka_unit_test(catalogs_schemas_and_types_are_listed),
        cmocka_unit_test(identifiers_fit_without_case_unless_quoted),
        cmocka_unit_test(columns_agree_with_the_descriptions_of_types),
        cmocka_unit_test(odbc_2_has_its_own_names_and_codes),
        cmocka_unit_test(small_columns_are_described_as_smallint),
        cmocka_unit_test(keys_are_told_in_their_order),
        cmocka_unit_test(foreign_keys_lead_from_facts_to_dimensions),
        cmocka_unit_test(statistics_begin_with_the_table),
        cmocka_unit_test(the_best_row_id_is_the_key),
        cmocka_unit_test(procedures_tell_their_parameters),
        cmocka_unit_test(privileges_are_what_the_session_may_do),
        cmocka_unit_test(types_are_listed_in_the_order_of_their_codes),
        cmocka_unit_test(a_batch_shows_any_part_of_the_rows),
        cmocka_unit_test(a_failure_of_the_source_is_told_with_its_words),
        cmocka_unit_test(every_refused_allocation_is_told_and_gives_all_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
