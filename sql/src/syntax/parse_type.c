/* Types as statements name them, to the ten kinds there are. DECIMAL alone is DECIMAL(18, 0), as the standard
 * has it; SQL_DECIMAL of CONVERT, which has no place for digits, is DECIMAL(38, 6), so that no cents are
 * lost. */
#include "syntax/parser_private.h"

typedef enum type_sizes { SIZES_NOTHING, SIZES_LENGTH, SIZES_DIGITS, SIZES_IGNORED } type_sizes_t;

typedef struct type_row {
    const char *name;  /* lower case */
    uint8_t kind;      /* qa_sql_kind_t */
    uint8_t precision; /* of a TEXT: its length, 0: the longest */
    uint8_t scale;
    uint8_t sizes; /* type_sizes_t */
} type_row_t;

static const type_row_t types[] = {
#define TYPE(NAME, KIND, PRECISION, SCALE, SIZES) { NAME, QA_SQL_##KIND, PRECISION, SCALE, SIZES_##SIZES },
#include "syntax/types.def"
#undef TYPE
};

static const type_row_t *type_find(const qa_sql_parser_t *parser)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (qa_parse_is_word(parser, types[i].name)) return &types[i];
    return NULL;
}

static bool accept_word(qa_sql_parser_t *parser, const char *lower)
{
    if (!qa_parse_is_word(parser, lower)) return false;
    qa_parse_advance(parser);
    return true;
}

/* The words behind the first one. Returns the row that counts. */
static const type_row_t *read_words(qa_sql_parser_t *parser, const type_row_t *row)
{
    static const type_row_t text = { "varchar", QA_SQL_TEXT, 0, 0, SIZES_LENGTH };
    static const type_row_t binary = { "varbinary", QA_SQL_BINARY, 0, 0, SIZES_LENGTH };
    const char *name = row->name;
    if (name[0] == 'l' && name[4] == '\0') { /* LONG VARCHAR, LONG VARBINARY, LONG */
        if (accept_word(parser, "varbinary")) return &binary;
        accept_word(parser, "varchar");
        return &text;
    }
    if (row->kind == QA_SQL_DOUBLE) accept_word(parser, "precision");
    if (row->kind == QA_SQL_TEXT && row->sizes == SIZES_NOTHING && row->precision == 0) { /* NATIONAL */
        if (!accept_word(parser, "character") && !accept_word(parser, "char"))
            qa_parse_fail_expected(parser, "CHARACTER");
        row = &text;
    }
    if (row->sizes == SIZES_LENGTH) {
        if (accept_word(parser, "large")) {
            if (!accept_word(parser, "object")) qa_parse_fail_expected(parser, "OBJECT");
        }
        accept_word(parser, "varying");
    }
    return row;
}

static void read_length(qa_sql_parser_t *parser, qa_sql_type_t *type)
{
    if (accept_word(parser, "max")) return;
    type->length = qa_parse_count(parser, 1, QA_SQL_TEXT_LENGTH_MAX, "the length of the type");
}

static void read_digits(qa_sql_parser_t *parser, qa_sql_type_t *type)
{
    const uint32_t precision = qa_parse_count(parser, 1, QA_SQL_PRECISION_MAX, "the digits of the type");
    const uint32_t scale_max = precision < QA_SQL_SCALE_MAX ? precision : QA_SQL_SCALE_MAX;
    type->precision = (uint8_t)precision;
    type->scale = 0;
    if (qa_parse_accept_symbol(parser, ','))
        type->scale = (uint8_t)qa_parse_count(parser, 0, scale_max, "the decimals of the type");
}

/* TIME and TIMESTAMP WITHOUT TIME ZONE; with one they are not there. */
static void read_zone(qa_sql_parser_t *parser)
{
    const uint32_t position = parser->token.position;
    const bool is_with = qa_parse_is_keyword(parser, QA_KEYWORD_WITH);
    if (!is_with && !qa_parse_is_word(parser, "without")) return;
    qa_parse_advance(parser);
    if (!accept_word(parser, "time") || !accept_word(parser, "zone")) {
        qa_parse_fail_expected(parser, "TIME ZONE");
        return;
    }
    if (is_with) qa_parse_fail(parser, QA_NOT_YET, position, "time zones are not built yet: times are UTC");
}

bool qa_parse_type(qa_sql_parser_t *parser, qa_sql_type_t *type_out)
{
    *type_out = (qa_sql_type_t){ .kind = QA_SQL_NULL, .is_nullable = true };
    const type_row_t *row = type_find(parser);
    if (row == NULL) {
        if (qa_parse_is_keyword(parser, QA_KEYWORD_INTERVAL))
            qa_parse_fail(parser, QA_NOT_YET, parser->token.position, "intervals are not built yet");
        qa_parse_fail_expected(parser, "a type, such as INTEGER, DECIMAL(18,2), VARCHAR(40), DATE");
        return false;
    }
    qa_parse_advance(parser);
    row = read_words(parser, row);
    type_out->kind = row->kind;
    if (row->kind == QA_SQL_DECIMAL) {
        type_out->precision = row->precision;
        type_out->scale = row->scale;
    }
    if (row->kind == QA_SQL_TEXT || row->kind == QA_SQL_BINARY)
        type_out->length = row->precision > 0 ? row->precision : QA_SQL_TEXT_LENGTH_MAX;
    if (row->sizes != SIZES_NOTHING && qa_parse_accept_symbol(parser, '(')) {
        if (row->sizes == SIZES_LENGTH) read_length(parser, type_out);
        if (row->sizes == SIZES_DIGITS) read_digits(parser, type_out);
        if (row->sizes == SIZES_IGNORED) qa_parse_count(parser, 0, 53, "the digits of the type");
        qa_parse_expect_symbol(parser, ')');
    }
    if (row->kind == QA_SQL_TIME || row->kind == QA_SQL_TIMESTAMP) read_zone(parser);
    return !qa_parse_failed(parser);
}
