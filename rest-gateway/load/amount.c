/* Amounts and dates as ledgers write them, made plain. What it must never do: guess which of comma and point
 * divides the decimals, or drop a character that it does not know. */
#include "load/amount.h"

#include "qa/number.h"

static const qa_load_text_t signs_known[] = {
    { "$", 1 }, { "\xE2\x82\xAC", 3 }, { "\xC2\xA3", 2 }, { "\xC2\xA5", 2 }
};

typedef struct cursor {
    const char *at;
    const char *end;
    bool is_signed; /* a sign, or parentheses, was seen */
    bool is_negative;
    bool is_currency;
} cursor_t;

static size_t left(const cursor_t *cursor)
{
    return (size_t)(cursor->end - cursor->at);
}

static void skip_blanks(cursor_t *cursor)
{
    for (size_t blank; (blank = qa_load_blank_bytes(cursor->at, left(cursor))) > 0;)
        cursor->at += blank;
}

/* A minus (also U+2212) or plus; 0 bytes if there is none. */
static size_t sign_bytes(const char *at, size_t bytes, bool *is_negative_out)
{
    if (bytes >= 1 && (at[0] == '-' || at[0] == '+')) {
        *is_negative_out = at[0] == '-';
        return 1;
    }
    if (bytes >= 3 && memcmp(at, "\xE2\x88\x92", 3) == 0) {
        *is_negative_out = true;
        return 3;
    }
    return 0;
}

static bool take_sign(cursor_t *cursor)
{
    bool is_negative = false;
    const size_t bytes = sign_bytes(cursor->at, left(cursor), &is_negative);
    if (bytes == 0) return true;
    if (cursor->is_signed) return false;
    cursor->is_signed = true;
    cursor->is_negative = is_negative;
    cursor->at += bytes;
    skip_blanks(cursor);
    return true;
}

static bool take_currency(cursor_t *cursor, const qa_load_amount_style_t *style)
{
    const uint32_t known = sizeof(signs_known) / sizeof(signs_known[0]);
    for (uint32_t i = 0; i < known + style->currency_count; i++) {
        const qa_load_text_t name = i < known ? signs_known[i] : style->currencies[i - known];
        if (left(cursor) < name.bytes || !qa_load_text_is(cursor->at, name.bytes, name.data, name.bytes))
            continue;
        if (cursor->is_currency) return false;
        cursor->is_currency = true;
        cursor->at += name.bytes;
        skip_blanks(cursor);
        return true;
    }
    return true;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Bytes of a thousands mark that has a digit behind it, 0 if none: the style's own, an apostrophe, a blank.
 */
static size_t mark_bytes(const cursor_t *cursor, const qa_load_amount_style_t *style)
{
    const size_t bytes = left(cursor);
    size_t mark = 0;
    if (bytes == 0) return 0;
    if (cursor->at[0] == (style->is_european ? '.' : ',') || cursor->at[0] == '\'') mark = 1;
    if (bytes >= 3 && memcmp(cursor->at, "\xE2\x80\x99", 3) == 0) mark = 3;
    if (mark == 0) mark = qa_load_blank_bytes(cursor->at, bytes);
    return mark > 0 && mark < bytes && is_digit(cursor->at[mark]) ? mark : 0;
}

typedef struct plain {
    char *text;
    size_t bytes;
} plain_t;

static bool put(plain_t *plain, char byte)
{
    if (plain->bytes == QA_LOAD_AMOUNT_BYTES) return false;
    plain->text[plain->bytes++] = byte;
    return true;
}

/* Digits in groups of three if there are marks. */
static bool take_whole(cursor_t *cursor, const qa_load_amount_style_t *style, plain_t *plain,
                       bool *is_grouped_out)
{
    const char *mark_first = NULL;
    size_t mark_first_bytes = 0;
    uint32_t digits = 0;
    *is_grouped_out = false;
    for (;;) {
        while (left(cursor) > 0 && is_digit(*cursor->at)) {
            if (!put(plain, *cursor->at)) return false;
            cursor->at++;
            digits++;
        }
        const size_t mark = digits > 0 ? mark_bytes(cursor, style) : 0;
        if (*is_grouped_out && digits != 3) return false;
        if (mark == 0) return true;
        if (!*is_grouped_out) {
            if (digits > 3) return false;
            mark_first = cursor->at;
            mark_first_bytes = mark;
        } else if (mark != mark_first_bytes || memcmp(mark_first, cursor->at, mark) != 0) {
            return false;
        }
        *is_grouped_out = true;
        digits = 0;
        cursor->at += mark;
    }
}

static bool take_exponent(cursor_t *cursor, plain_t *plain)
{
    if (left(cursor) < 2 || (cursor->at[0] != 'e' && cursor->at[0] != 'E')) return true;
    const char *digits = cursor->at + 1;
    if (*digits == '-' || *digits == '+') digits++;
    if (digits == cursor->end || !is_digit(*digits)) return true;
    bool is_good = put(plain, 'e');
    for (cursor->at++; is_good && (cursor->at < digits || (left(cursor) > 0 && is_digit(*cursor->at)));
         cursor->at++)
        is_good = put(plain, *cursor->at);
    return is_good;
}

/* 1,234.56 of the style: at least one digit somewhere. */
static bool take_number(cursor_t *cursor, const qa_load_amount_style_t *style, plain_t *plain)
{
    const size_t start = plain->bytes;
    bool is_grouped = false;
    if (!take_whole(cursor, style, plain, &is_grouped)) return false;
    const bool is_whole = plain->bytes > start;
    if (!is_whole && !put(plain, '0')) return false;
    bool is_fraction = false;
    if (left(cursor) > 0 && *cursor->at == (style->is_european ? ',' : '.')) {
        cursor->at++;
        is_fraction = left(cursor) > 0 && is_digit(*cursor->at);
        if (is_fraction && !put(plain, '.')) return false;
        for (; left(cursor) > 0 && is_digit(*cursor->at); cursor->at++) {
            if (!put(plain, *cursor->at)) return false;
        }
    }
    if (!is_whole && !is_fraction) return false;
    return is_grouped || take_exponent(cursor, plain);
}

qa_status_t qa_load_amount_plain(const char *text, size_t bytes, const qa_load_amount_style_t *style,
                                 char plain_out[QA_LOAD_AMOUNT_BYTES], size_t *bytes_out)
{
    *bytes_out = 0;
    const qa_load_text_t trimmed = qa_load_trim(text, bytes);
    if (trimmed.bytes == 0) return QA_OK;
    cursor_t cursor = { .at = trimmed.data, .end = trimmed.data + trimmed.bytes };
    if (trimmed.data[0] == '(') {
        if (trimmed.data[trimmed.bytes - 1] != ')') return QA_NOT_A_NUMBER;
        cursor.at++;
        cursor.end--;
        cursor.is_signed = true;
        cursor.is_negative = true;
        skip_blanks(&cursor);
    }
    bool is_good = take_sign(&cursor) && take_currency(&cursor, style) && take_sign(&cursor);
    /* One byte of the buffer is for the sign. */
    plain_t plain = { plain_out, 1 };
    is_good = is_good && take_number(&cursor, style, &plain);
    if (!is_good) return QA_NOT_A_NUMBER;
    skip_blanks(&cursor);
    is_good = take_sign(&cursor) && take_currency(&cursor, style) && take_sign(&cursor);
    skip_blanks(&cursor);
    if (!is_good || left(&cursor) > 0) return QA_NOT_A_NUMBER;
    if (cursor.is_negative) {
        plain_out[0] = '-';
        *bytes_out = plain.bytes;
    } else {
        *bytes_out = plain.bytes - 1;
        memmove(plain_out, plain_out + 1, *bytes_out);
    }
    return QA_OK;
}

/* Up to `digits_max` digits. */
static bool take_part(cursor_t *cursor, uint32_t digits_min, uint32_t digits_max, int32_t *value_out)
{
    uint32_t digits = 0;
    *value_out = 0;
    while (digits < digits_max && left(cursor) > 0 && is_digit(*cursor->at)) {
        *value_out = *value_out * 10 + (*cursor->at - '0');
        cursor->at++;
        digits++;
    }
    return digits >= digits_min;
}

static bool take_separator(cursor_t *cursor, char separator)
{
    if (left(cursor) == 0 || *cursor->at != separator) return false;
    cursor->at++;
    return true;
}

qa_status_t qa_load_date(const char *text, size_t bytes, qa_load_date_format_t format, int32_t *day_out)
{
    int32_t first = 0, second = 0, third = 0;
    int32_t year = 0, month = 0, day = 0;
    bool is_good = false;
    const qa_load_text_t trimmed = qa_load_trim(text, bytes);
    cursor_t cursor = { .at = trimmed.data, .end = trimmed.data + trimmed.bytes };
    *day_out = 0;
    if (format == QA_LOAD_DATE_ISO || format == QA_LOAD_DATE_COMPACT) {
        const bool is_iso = format == QA_LOAD_DATE_ISO;
        const uint32_t digits_min = is_iso ? 1 : 2;
        is_good = take_part(&cursor, 4, 4, &year) && (!is_iso || take_separator(&cursor, '-')) &&
                  take_part(&cursor, digits_min, 2, &month) && (!is_iso || take_separator(&cursor, '-')) &&
                  take_part(&cursor, digits_min, 2, &day);
    } else {
        const char separator = format == QA_LOAD_DATE_GERMAN ? '.' : '/';
        is_good = take_part(&cursor, 1, 2, &first) && take_separator(&cursor, separator) &&
                  take_part(&cursor, 1, 2, &second) && take_separator(&cursor, separator) &&
                  take_part(&cursor, 4, 4, &third);
        year = third;
        month = format == QA_LOAD_DATE_US ? first : second;
        day = format == QA_LOAD_DATE_US ? second : first;
    }
    if (is_good && left(&cursor) > 0 && *cursor.at != 'T' && *cursor.at != 't' && *cursor.at != ' ')
        is_good = false;
    if (!is_good || year < 1 || month < 1 || month > 12 || day < 1 || day > 31) return QA_NOT_A_DATE;
    int32_t year_back = 0, month_back = 0, day_back = 0;
    const int32_t result = qa_date_from_civil(year, month, day);
    qa_date_to_civil(result, &year_back, &month_back, &day_back);
    if (year_back != year || month_back != month || day_back != day) return QA_NOT_A_DATE;
    *day_out = result;
    return QA_OK;
}
