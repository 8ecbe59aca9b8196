/* Texts and bytes into buffers, whole or in pieces. The offset of a value in pieces counts the bytes of the
 * target's encoding that were handed out; for UTF-16 the place in the source is found again by walking, which
 * a text of at most 32767 units allows. */
#include "base/utf8.h"
#include "parts/put_private.h"
#include "parts/utf16.h"
#include "qa/text.h"

/* The byte of the character that holds unit `units` of the text; *is_half_out: the unit is its second one. */
static size_t seek_units(const char *text, size_t bytes, uint64_t units, bool *is_half_out)
{
    size_t at = 0;
    *is_half_out = false;
    while (units > 0 && at < bytes) {
        size_t behind = at;
        const bool is_pair = qa_utf8_next(text, &behind) > 0xFFFF;
        if (is_pair && units == 1) {
            *is_half_out = true;
            return at;
        }
        units -= is_pair ? 2 : 1;
        at = behind;
    }
    return at;
}

/* The largest part of the text of at most `bytes_max` bytes that ends with a whole character. */
static size_t whole_characters(const char *text, size_t bytes, size_t bytes_max)
{
    if (bytes <= bytes_max) return bytes;
    while (bytes_max > 0 && ((uint8_t)text[bytes_max] & 0xC0) == 0x80)
        bytes_max--;
    return bytes_max;
}

static uint16_t half_of(const char *text, size_t at, bool is_second)
{
    const uint32_t code_point = qa_utf8_next(text, &at) - 0x10000;
    return (uint16_t)(is_second ? 0xDC00 + (code_point & 0x3FF) : 0xD800 + (code_point >> 10));
}

/* Writes units from unit `from` on, at most `capacity`, no terminator. `is_filled`: a pair may be split. */
static size_t write_units(const char *text, size_t bytes, uint64_t from, uint8_t *target, size_t capacity,
                          bool is_filled)
{
    bool is_half;
    size_t units = 0;
    size_t at = seek_units(text, bytes, from, &is_half);
    if (is_half && capacity > 0) {
        const uint16_t low = half_of(text, at, true);
        memcpy(target, &low, 2);
        qa_utf8_next(text, &at);
        units = 1;
    }
    units += qa_odbc_utf16_write(text, bytes, &at, target + units * 2, capacity - units);
    if (is_filled && at < bytes && units + 1 == capacity) {
        const uint16_t high = half_of(text, at, false);
        memcpy(target + units * 2, &high, 2);
        units++;
    }
    return units;
}

/* Where the next piece begins. SQL_ATTR_MAX_LENGTH may have become less than what was handed out. */
static uint64_t piece_begin(const uint64_t *offset, uint64_t total)
{
    if (offset == NULL) return 0;
    return *offset < total ? *offset : total;
}

/* Advances the offset by what was handed out, or ends it. */
static qa_odbc_outcome_t piece_done(uint64_t *offset, uint64_t handed_bytes, uint64_t left_bytes)
{
    const bool is_all = handed_bytes >= left_bytes;
    if (offset != NULL) *offset = is_all ? QA_ODBC_OFFSET_END : *offset + handed_bytes;
    return is_all ? QA_ODBC_OK : QA_ODBC_TRUNCATED;
}

static qa_odbc_outcome_t put_wide(const char *text, size_t bytes, const qa_odbc_target_t *target,
                                  uint64_t *offset)
{
    uint64_t total = 2 * (uint64_t)qa_utf16_units(text, bytes);
    if (target->length_max != 0 && total > target->length_max) {
        /* The part that counts, at a whole character. */
        bool is_half;
        bytes = seek_units(text, bytes, target->length_max / 2, &is_half);
        total = 2 * (uint64_t)qa_utf16_units(text, bytes);
    }
    const uint64_t from = piece_begin(offset, total);
    const uint64_t left = total - from;
    qa_odbc_set_length(target, left);
    if (target->data == NULL) return QA_ODBC_OK;
    const size_t capacity = (size_t)target->data_bytes / 2;
    if (capacity == 0) return left == 0 ? piece_done(offset, 0, 0) : QA_ODBC_TRUNCATED;
    uint8_t *const data = target->data;
    const size_t units = write_units(text, bytes, from / 2, data, capacity - 1, target->is_filled);
    memset(data + units * 2, 0, 2);
    return piece_done(offset, 2 * (uint64_t)units, left);
}

static qa_odbc_outcome_t put_narrow(const char *text, size_t bytes, const qa_odbc_target_t *target,
                                    uint64_t *offset)
{
    if (target->length_max != 0 && bytes > target->length_max)
        bytes = whole_characters(text, bytes, (size_t)target->length_max);
    const size_t from = (size_t)piece_begin(offset, bytes);
    const size_t left = bytes - from;
    qa_odbc_set_length(target, left);
    if (target->data == NULL) return QA_ODBC_OK;
    const size_t capacity = (size_t)target->data_bytes;
    if (capacity == 0) return left == 0 ? piece_done(offset, 0, 0) : QA_ODBC_TRUNCATED;
    size_t count = left < capacity ? left : capacity - 1;
    if (!target->is_filled && count < left) count = whole_characters(text + from, left, count);
    if (count > 0) memcpy(target->data, text + from, count);
    ((char *)target->data)[count] = '\0';
    return piece_done(offset, count, left);
}

static qa_odbc_outcome_t check_buffer(const qa_odbc_target_t *target, const uint64_t *offset)
{
    if (target->data_bytes < 0) return QA_ODBC_BAD_LENGTH;
    if (offset != NULL && *offset == QA_ODBC_OFFSET_END) return QA_ODBC_NO_MORE;
    return QA_ODBC_OK;
}

qa_odbc_outcome_t qa_odbc_put_text(const char *text, size_t bytes, const qa_odbc_target_t *target,
                                   uint64_t *offset)
{
    const qa_odbc_outcome_t outcome = check_buffer(target, offset);
    if (outcome != QA_ODBC_OK) return outcome;
    if (target->c_type == SQL_C_CHAR) return put_narrow(text, bytes, target, offset);
    return put_wide(text, bytes, target, offset);
}

qa_odbc_outcome_t qa_odbc_put_literal(const char *text, size_t bytes, size_t least,
                                      const qa_odbc_target_t *target, uint64_t *offset)
{
    const qa_odbc_outcome_t outcome = check_buffer(target, offset);
    if (outcome != QA_ODBC_OK) return outcome;
    const size_t capacity =
        target->c_type == SQL_C_CHAR ? (size_t)target->data_bytes : (size_t)target->data_bytes / 2;
    /* A buffer of 0 bytes asks for the length; else digits in front of the point must not be cut. */
    if (target->data != NULL && capacity > 0 && capacity <= least && (offset == NULL || *offset == 0))
        return QA_ODBC_OUT_OF_RANGE;
    qa_odbc_target_t unlimited = *target;
    unlimited.length_max = 0;
    return qa_odbc_put_text(text, bytes, &unlimited, offset);
}

qa_odbc_outcome_t qa_odbc_put_text_bytes(const char *text, size_t bytes, const qa_odbc_target_t *target,
                                         uint64_t *offset)
{
    const qa_odbc_outcome_t outcome = check_buffer(target, offset);
    if (outcome != QA_ODBC_OK) return outcome;
    uint64_t total = 2 * (uint64_t)qa_utf16_units(text, bytes);
    if (target->length_max != 0 && total > target->length_max) total = target->length_max;
    const uint64_t from = piece_begin(offset, total);
    const uint64_t left = total - from;
    qa_odbc_set_length(target, left);
    if (target->data == NULL) return QA_ODBC_OK;
    uint8_t *const data = target->data;
    size_t count = left < (uint64_t)target->data_bytes ? (size_t)left : (size_t)target->data_bytes;
    size_t done = 0;
    uint8_t unit[2];
    if (count > 0 && from % 2 == 1) {
        write_units(text, bytes, from / 2, unit, 1, true);
        data[done++] = unit[1];
    }
    done += 2 * write_units(text, bytes, (from + done) / 2, data + done, (count - done) / 2, true);
    if (done < count) {
        write_units(text, bytes, (from + done) / 2, unit, 1, true);
        data[done++] = unit[0];
    }
    return piece_done(offset, done, left);
}

qa_odbc_outcome_t qa_odbc_put_bytes(const void *data, size_t bytes, const qa_odbc_target_t *target,
                                    uint64_t *offset)
{
    const qa_odbc_outcome_t outcome = check_buffer(target, offset);
    if (outcome != QA_ODBC_OK) return outcome;
    if (target->length_max != 0 && bytes > target->length_max) bytes = (size_t)target->length_max;
    const size_t from = (size_t)piece_begin(offset, bytes);
    const size_t left = bytes - from;
    qa_odbc_set_length(target, left);
    if (target->data == NULL) return QA_ODBC_OK;
    const size_t count = left < (size_t)target->data_bytes ? left : (size_t)target->data_bytes;
    if (count > 0) memcpy(target->data, (const uint8_t *)data + from, count);
    return piece_done(offset, count, left);
}

qa_odbc_outcome_t qa_odbc_put_hex(const void *data, size_t bytes, const qa_odbc_target_t *target,
                                  uint64_t *offset)
{
    static const char digits[] = "0123456789ABCDEF";
    const qa_odbc_outcome_t outcome = check_buffer(target, offset);
    if (outcome != QA_ODBC_OK) return outcome;
    const size_t width = target->c_type == SQL_C_CHAR ? 1 : 2;
    if (target->length_max != 0 && bytes > target->length_max / (2 * width))
        bytes = (size_t)(target->length_max / (2 * width));
    const size_t from = (size_t)piece_begin(offset, bytes * 2 * width); /* bytes of digits */
    const size_t left = bytes * 2 * width - from;
    qa_odbc_set_length(target, left);
    if (target->data == NULL) return QA_ODBC_OK;
    const size_t capacity = (size_t)target->data_bytes / width;
    if (capacity == 0) return left == 0 ? piece_done(offset, 0, 0) : QA_ODBC_TRUNCATED;
    /* Both digits of a byte or none, as the specification wants it. */
    size_t count = left / width < capacity ? left / width : capacity - 1;
    count -= count % 2;
    uint8_t *const target_data = target->data;
    const uint8_t *const source = (const uint8_t *)data + from / (2 * width);
    for (size_t i = 0; i < count; i++) {
        const uint16_t digit = (uint8_t)digits[i % 2 == 0 ? source[i / 2] >> 4 : source[i / 2] & 15];
        memcpy(target_data + i * width, &digit, width);
    }
    memset(target_data + count * width, 0, width);
    return piece_done(offset, (uint64_t)count * width, left);
}
