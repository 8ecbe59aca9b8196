/* SQLGetInfo and SQLGetFunctions: every type of the headers is answered, the answers that clients build SQL
 * from stand as they must, and functions that are claimed exist in the dialect. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parts/info.h"

static qa_odbc_info_t info_of(SQLUSMALLINT type)
{
    static char scratch[QA_ODBC_KEYWORDS_BYTES];
    static const qa_odbc_info_source_t source = { .data_source = "plans",
                                                  .replica = "/home/ada/plans",
                                                  .app = "budget",
                                                  .is_read_only = true,
                                                  .scratch = scratch };
    qa_odbc_info_t info;
    if (!qa_odbc_info(type, &source, &info)) fail_msg("no answer to %u", type);
    return info;
}

static void every_row_answers_once(void **state)
{
    (void)state;
    SQLUSMALLINT type, other;
    const char *name, *other_name;
    uint32_t count = 0;
    for (; qa_odbc_info_row(count, &type, &name); count++) {
        const qa_odbc_info_t info = info_of(type);
        assert_non_null(info.text);
        assert_true(info.kind <= QA_ODBC_INFO_HANDLE);
        for (uint32_t i = 0; i < count && qa_odbc_info_row(i, &other, &other_name); i++) {
            if (other == type) fail_msg("%s and %s are the same type", name, other_name);
        }
    }
    assert_true(count > 180);
}

static void types_that_odbc_does_not_have_are_not_answered(void **state)
{
    (void)state;
    static const SQLUSMALLINT unknown[] = { 174, 1000, 10026, 33333, 65535 };
    const qa_odbc_info_source_t source = { .data_source = NULL };
    qa_odbc_info_t info;
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        assert_false(qa_odbc_info(unknown[i], &source, &info));
    }
}

/* ODBC 3 has all information types from 0 to 173, and some far above. */
static void no_type_of_the_headers_is_left_out(void **state)
{
    (void)state;
    static const SQLUSMALLINT high[] = { 180,   1750,  10000, 10001, 10002, 10003, 10004,
                                         10005, 10021, 10022, 10023, 10024, 10025 };
    const qa_odbc_info_source_t source = { .data_source = NULL };
    qa_odbc_info_t info;
    for (SQLUSMALLINT type = 0; type <= 173; type++) {
        if (!qa_odbc_info(type, &source, &info)) fail_msg("type %u is not answered", type);
    }
    for (size_t i = 0; i < sizeof(high) / sizeof(high[0]); i++)
        assert_true(qa_odbc_info(high[i], &source, &info));
}

static void texts_of_the_connection_are_told(void **state)
{
    (void)state;
    assert_string_equal(info_of(SQL_DATA_SOURCE_NAME).text, "plans");
    assert_string_equal(info_of(SQL_SERVER_NAME).text, "/home/ada/plans");
    assert_string_equal(info_of(SQL_DATABASE_NAME).text, "budget");
    assert_string_equal(info_of(SQL_USER_NAME).text, "");
    assert_string_equal(info_of(SQL_DATA_SOURCE_READ_ONLY).text, "Y");
}

static void the_version_is_that_of_the_project(void **state)
{
    (void)state;
    char line[200], expected[32] = "";
    FILE *file = fopen(QA_SOURCE_DIR "/CMakeLists.txt", "r");
    unsigned major, minor, patch;
    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL) {
        if (sscanf(line, "project(quantatom VERSION %u.%u.%u", &major, &minor, &patch) == 3)
            snprintf(expected, sizeof(expected), "%02u.%02u.%04u", major, minor, patch);
    }
    fclose(file);
    assert_string_equal(info_of(SQL_DRIVER_VER).text, expected);
    assert_string_equal(info_of(SQL_DBMS_VER).text, expected);
    assert_string_equal(info_of(SQL_DRIVER_ODBC_VER).text, "03.80");
}

static void kinds_have_the_width_of_the_specification(void **state)
{
    (void)state;
    static const SQLUSMALLINT words[] = { SQL_GROUP_BY,
                                          SQL_TXN_CAPABLE,
                                          SQL_NULL_COLLATION,
                                          SQL_CURSOR_COMMIT_BEHAVIOR,
                                          SQL_IDENTIFIER_CASE,
                                          SQL_MAX_COLUMN_NAME_LEN,
                                          SQL_CORRELATION_NAME,
                                          SQL_CONCAT_NULL_BEHAVIOR,
                                          SQL_MAX_TABLES_IN_SELECT,
                                          SQL_ACTIVE_ENVIRONMENTS };
    static const SQLUSMALLINT longs[] = { SQL_AGGREGATE_FUNCTIONS,
                                          SQL_GETDATA_EXTENSIONS,
                                          SQL_CONVERT_WVARCHAR,
                                          SQL_UNION,
                                          SQL_DEFAULT_TXN_ISOLATION,
                                          SQL_MAX_STATEMENT_LEN,
                                          SQL_SCHEMA_USAGE,
                                          SQL_ODBC_INTERFACE_CONFORMANCE,
                                          SQL_SQL_CONFORMANCE,
                                          SQL_ASYNC_MODE,
                                          180 };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        assert_int_equal(info_of(words[i]).kind, QA_ODBC_INFO_U16);
    for (size_t i = 0; i < sizeof(longs) / sizeof(longs[0]); i++)
        assert_int_equal(info_of(longs[i]).kind, QA_ODBC_INFO_U32);
}

static void what_the_dialect_has_not_is_not_claimed(void **state)
{
    (void)state;
    assert_int_equal(info_of(SQL_SUBQUERIES).number & SQL_SQ_QUANTIFIED, 0);
    assert_int_equal(info_of(SQL_SQL92_PREDICATES).number & SQL_SP_QUANTIFIED_COMPARISON, 0);
    assert_int_equal(info_of(SQL_NUMERIC_FUNCTIONS).number & SQL_FN_NUM_RAND, 0);
    assert_int_equal(info_of(SQL_STRING_FUNCTIONS).number & (SQL_FN_STR_SOUNDEX | SQL_FN_STR_DIFFERENCE), 0);
    assert_int_equal(info_of(SQL_SCROLL_OPTIONS).number, SQL_SO_FORWARD_ONLY);
    assert_int_equal(info_of(SQL_CONVERT_FUNCTIONS).number, SQL_FN_CVT_CAST);
    assert_string_equal(info_of(SQL_CATALOG_NAME).text, "N");
}

static void the_keywords_are_ours_and_not_odbcs(void **state)
{
    (void)state;
    const char *const words = info_of(SQL_KEYWORDS).text;
    assert_null(strstr(words, "SELECT"));
    assert_null(strstr(words, ",,"));
    assert_true(words[0] != ',' && (words[0] == '\0' || words[strlen(words) - 1] != ','));
    if (qa_sql_keyword(0) != NULL) assert_non_null(strstr(words, "LIMIT"));
}

/* A claimed function and what the dialect calls it. */
typedef struct claim {
    SQLUSMALLINT info_type;
    uint32_t bit;
    const char *name;
} claim_t;

static const claim_t claims[] = {
#define STRING(BIT)                                                                                          \
    {                                                                                                        \
        SQL_STRING_FUNCTIONS, SQL_FN_STR_##BIT, #BIT                                                         \
    }
    STRING(CONCAT),
    STRING(INSERT),
    STRING(LEFT),
    STRING(LTRIM),
    STRING(LENGTH),
    STRING(LOCATE),
    STRING(LCASE),
    STRING(REPEAT),
    STRING(REPLACE),
    STRING(RIGHT),
    STRING(RTRIM),
    STRING(SUBSTRING),
    STRING(UCASE),
    STRING(ASCII),
    STRING(CHAR),
    STRING(DIFFERENCE),
    STRING(SOUNDEX),
    STRING(SPACE),
    STRING(BIT_LENGTH),
    STRING(CHAR_LENGTH),
    STRING(CHARACTER_LENGTH),
    STRING(OCTET_LENGTH),
    STRING(POSITION),
#define NUMBER(BIT)                                                                                          \
    {                                                                                                        \
        SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_##BIT, #BIT                                                        \
    }
    NUMBER(ABS),
    NUMBER(ACOS),
    NUMBER(ASIN),
    NUMBER(ATAN),
    NUMBER(ATAN2),
    NUMBER(CEILING),
    NUMBER(COS),
    NUMBER(COT),
    NUMBER(EXP),
    NUMBER(FLOOR),
    NUMBER(LOG),
    NUMBER(MOD),
    NUMBER(SIGN),
    NUMBER(SIN),
    NUMBER(SQRT),
    NUMBER(TAN),
    NUMBER(PI),
    NUMBER(RAND),
    NUMBER(DEGREES),
    NUMBER(LOG10),
    NUMBER(POWER),
    NUMBER(RADIANS),
    NUMBER(ROUND),
    NUMBER(TRUNCATE),
#define MOMENT(BIT)                                                                                          \
    {                                                                                                        \
        SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_##BIT, #BIT                                                        \
    }
    MOMENT(NOW),
    MOMENT(CURDATE),
    MOMENT(DAYOFMONTH),
    MOMENT(DAYOFWEEK),
    MOMENT(DAYOFYEAR),
    MOMENT(MONTH),
    MOMENT(QUARTER),
    MOMENT(WEEK),
    MOMENT(YEAR),
    MOMENT(CURTIME),
    MOMENT(HOUR),
    MOMENT(MINUTE),
    MOMENT(SECOND),
    MOMENT(TIMESTAMPADD),
    MOMENT(TIMESTAMPDIFF),
    MOMENT(DAYNAME),
    MOMENT(MONTHNAME),
    MOMENT(CURRENT_DATE),
    MOMENT(CURRENT_TIME),
    MOMENT(CURRENT_TIMESTAMP),
    MOMENT(EXTRACT),
    { SQL_SYSTEM_FUNCTIONS, SQL_FN_SYS_USERNAME, "USER" },
    { SQL_SYSTEM_FUNCTIONS, SQL_FN_SYS_DBNAME, "DATABASE" },
    { SQL_SYSTEM_FUNCTIONS, SQL_FN_SYS_IFNULL, "IFNULL" },
};

static bool is_function(const char *name)
{
    const qa_sql_function_info_t *info;
    for (uint32_t i = 0; (info = qa_sql_function(i)) != NULL; i++) {
        if (strcmp(info->name, name) == 0) return true;
    }
    return false;
}

static void a_function_is_claimed_exactly_if_the_dialect_has_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        const bool is_claimed = (info_of(claims[i].info_type).number & claims[i].bit) != 0;
        if (is_claimed != is_function(claims[i].name)) fail_msg("%s: claimed %d", claims[i].name, is_claimed);
    }
}

static void the_three_forms_of_getfunctions_agree(void **state)
{
    (void)state;
    SQLUSMALLINT bitmap[SQL_API_ODBC3_ALL_FUNCTIONS_SIZE], list[100], single;
    uint32_t count = 0;
    assert_true(qa_odbc_functions(SQL_API_ODBC3_ALL_FUNCTIONS, bitmap));
    assert_true(qa_odbc_functions(SQL_API_ALL_FUNCTIONS, list));
    for (SQLUSMALLINT id = 1; id < 3999; id++) {
        if (id == SQL_API_ODBC3_ALL_FUNCTIONS) continue;
        assert_true(qa_odbc_functions(id, &single));
        assert_int_equal(single, SQL_FUNC_EXISTS(bitmap, id));
        if (id < 100) assert_int_equal(list[id], single);
        count += single;
    }
    assert_int_equal(count, 60);
    assert_false(qa_odbc_functions(4000, &single));
    assert_true(qa_odbc_functions(SQL_API_SQLALLOCHANDLESTD, &single));
    assert_int_equal(single, SQL_FALSE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_answers_once),
        cmocka_unit_test(types_that_odbc_does_not_have_are_not_answered),
        cmocka_unit_test(no_type_of_the_headers_is_left_out),
        cmocka_unit_test(texts_of_the_connection_are_told),
        cmocka_unit_test(the_version_is_that_of_the_project),
        cmocka_unit_test(kinds_have_the_width_of_the_specification),
        cmocka_unit_test(what_the_dialect_has_not_is_not_claimed),
        cmocka_unit_test(the_keywords_are_ours_and_not_odbcs),
        cmocka_unit_test(a_function_is_claimed_exactly_if_the_dialect_has_it),
        cmocka_unit_test(the_three_forms_of_getfunctions_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
