/* SQLGetInfo and SQLGetFunctions from their tables. Only the words list of SQL_KEYWORDS is put together here.
 */
#include "parts/info.h"

#include <string.h>

#include "qa/limits.h"

/* Of ODBC 4.0; unixODBC's headers end with 3.8. */
enum {
    SQL_LIMIT_ESCAPE_CLAUSE = 178,
    SQL_NATIVE_ESCAPE_CLAUSE = 179,
    SQL_RETURN_ESCAPE_CLAUSE = 180,
    SQL_FORMAT_ESCAPE_CLAUSE = 181
};

/* Groups of types that casts turn into each other. */
#define TEXTS                                                                                                \
    (SQL_CVT_CHAR | SQL_CVT_VARCHAR | SQL_CVT_LONGVARCHAR | SQL_CVT_WCHAR | SQL_CVT_WVARCHAR |               \
     SQL_CVT_WLONGVARCHAR)
#define NUMBERS                                                                                              \
    (SQL_CVT_NUMERIC | SQL_CVT_DECIMAL | SQL_CVT_INTEGER | SQL_CVT_SMALLINT | SQL_CVT_FLOAT | SQL_CVT_REAL | \
     SQL_CVT_DOUBLE | SQL_CVT_BIT | SQL_CVT_TINYINT | SQL_CVT_BIGINT)
#define MOMENTS (SQL_CVT_DATE | SQL_CVT_TIME | SQL_CVT_TIMESTAMP)
#define BYTES (SQL_CVT_BINARY | SQL_CVT_VARBINARY | SQL_CVT_LONGVARBINARY)

enum { NO_FIELD = 0xFFFF };

static const struct {
    SQLUSMALLINT type;
    uint8_t kind;   /* qa_odbc_info_kind_t */
    uint16_t field; /* offset of a text in qa_odbc_info_source_t, or NO_FIELD */
    uint32_t number;
    const char *text;
    const char *name;
} rows[] = {
#define INFO_TEXT(TYPE, TEXT) { TYPE, QA_ODBC_INFO_TEXT, NO_FIELD, 0, TEXT, #TYPE },
#define INFO_U16(TYPE, VALUE) { TYPE, QA_ODBC_INFO_U16, NO_FIELD, VALUE, "", #TYPE },
#define INFO_U32(TYPE, VALUE) { TYPE, QA_ODBC_INFO_U32, NO_FIELD, VALUE, "", #TYPE },
#define INFO_SOURCE(TYPE, FIELD)                                                                             \
    { TYPE, QA_ODBC_INFO_TEXT, offsetof(qa_odbc_info_source_t, FIELD), 0, "", #TYPE },
#include "parts/info.def"
#undef INFO_TEXT
#undef INFO_U16
#undef INFO_U32
#undef INFO_SOURCE
    /* Not in the table: they depend on more than a text. */
    { SQL_DATA_SOURCE_READ_ONLY, QA_ODBC_INFO_TEXT, NO_FIELD, 0, "", "SQL_DATA_SOURCE_READ_ONLY" },
    { SQL_KEYWORDS, QA_ODBC_INFO_TEXT, NO_FIELD, 0, "", "SQL_KEYWORDS" },
    { SQL_DM_VER, QA_ODBC_INFO_TEXT, NO_FIELD, 0, "", "SQL_DM_VER" },
    { SQL_DRIVER_HDBC, QA_ODBC_INFO_HANDLE, NO_FIELD, 0, "", "SQL_DRIVER_HDBC" },
    { SQL_DRIVER_HENV, QA_ODBC_INFO_HANDLE, NO_FIELD, 0, "", "SQL_DRIVER_HENV" },
    { SQL_DRIVER_HSTMT, QA_ODBC_INFO_HANDLE, NO_FIELD, 0, "", "SQL_DRIVER_HSTMT" },
    { SQL_DRIVER_HLIB, QA_ODBC_INFO_HANDLE, NO_FIELD, 0, "", "SQL_DRIVER_HLIB" },
    { SQL_DRIVER_HDESC, QA_ODBC_INFO_HANDLE, NO_FIELD, 0, "", "SQL_DRIVER_HDESC" },
};

static const SQLUSMALLINT functions[] = {
#define FUNCTION(NAME) SQL_API_##NAME,
#include "parts/functions.def"
#undef FUNCTION
};

static const char *text_of(const qa_odbc_info_source_t *source, uint16_t field)
{
    const char *text;
    memcpy(&text, (const char *)source + field, sizeof(text));
    return text == NULL ? "" : text;
}

static bool is_odbc_keyword(const char *word, size_t bytes)
{
    const char *list = SQL_ODBC_KEYWORDS;
    while (*list != '\0') {
        const size_t part = strcspn(list, ",");
        if (part == bytes && memcmp(list, word, bytes) == 0) return true;
        list += part;
        if (*list == ',') list++;
    }
    return false;
}

/* Our reserved words that are not ODBC's own, with commas between. */
static const char *keywords_of(char *scratch)
{
    size_t at = 0;
    if (scratch == NULL) return "";
    const char *word;
    for (uint32_t index = 0; (word = qa_sql_keyword(index)) != NULL; index++) {
        const size_t bytes = strlen(word);
        if (is_odbc_keyword(word, bytes) || at + bytes + 2 > QA_ODBC_KEYWORDS_BYTES) continue;
        if (at > 0) scratch[at++] = ',';
        memcpy(scratch + at, word, bytes);
        at += bytes;
    }
    scratch[at] = '\0';
    return scratch;
}

bool qa_odbc_info(SQLUSMALLINT info_type, const qa_odbc_info_source_t *source, qa_odbc_info_t *info_out)
{
    *info_out = (qa_odbc_info_t){ .kind = QA_ODBC_INFO_TEXT, .text = "" };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].type != info_type) continue;
        info_out->kind = (qa_odbc_info_kind_t)rows[i].kind;
        info_out->number = rows[i].number;
        info_out->text = rows[i].field == NO_FIELD ? rows[i].text : text_of(source, rows[i].field);
        if (info_type == SQL_KEYWORDS) info_out->text = keywords_of(source->scratch);
        if (info_type == SQL_DATA_SOURCE_READ_ONLY) info_out->text = source->is_read_only ? "Y" : "N";
        return true;
    }
    return false;
}

bool qa_odbc_info_row(uint32_t index, SQLUSMALLINT *info_type_out, const char **name_out)
{
    if (index >= sizeof(rows) / sizeof(rows[0])) return false;
    *info_type_out = rows[index].type;
    *name_out = rows[index].name;
    return true;
}

bool qa_odbc_functions(SQLUSMALLINT function_id, SQLUSMALLINT *supported_out)
{
    const bool is_bitmap = function_id == SQL_API_ODBC3_ALL_FUNCTIONS;
    const bool is_list = function_id == SQL_API_ALL_FUNCTIONS;
    if (!is_bitmap && function_id > 16 * SQL_API_ODBC3_ALL_FUNCTIONS_SIZE - 1) return false;
    const size_t words = is_bitmap ? SQL_API_ODBC3_ALL_FUNCTIONS_SIZE : is_list ? 100 : 1;
    memset(supported_out, 0, words * sizeof(*supported_out));
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        const SQLUSMALLINT id = functions[i];
        if (is_bitmap)
            supported_out[id >> 4] = (SQLUSMALLINT)(supported_out[id >> 4] | 1u << (id & 15));
        else if (is_list && id < 100)
            supported_out[id] = SQL_TRUE;
        else if (id == function_id)
            *supported_out = SQL_TRUE;
    }
    return true;
}
