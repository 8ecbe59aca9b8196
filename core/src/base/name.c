/* Names: the form in which they are stored, the key under which they are compared, and how far two are apart.
 *
 * White space is settled first (outer cut, runs made one blank), then the normal form; the key folds case on
 * top. Nothing is cut: what is longer than a name may be is refused. No allocation; a name lives in a buffer
 * on the stack. */
#include <assert.h>

#include "base/normal_form.h"
#include "base/utf8.h"
#include "qa/text.h"

/* The property White_Space, without the control characters that a name may not hold. */
static bool is_blank(uint32_t point)
{
    if (point <= 0x20) return point == 0x20 || point == '\t' || point == '\n' || point == '\r';
    if (point < 0x1680) return point == 0xA0;
    return point == 0x1680 || (point >= 0x2000 && point <= 0x200A) || point == 0x2028 || point == 0x2029 ||
           point == 0x202F || point == 0x205F || point == 0x3000;
}

static bool is_control(uint32_t point)
{
    return (point < 0x20 && !is_blank(point)) || (point >= 0x7F && point < 0xA0);
}

/* The name without superfluous blanks, in normal form C. */
static qa_status_t read_name(const char *text, size_t bytes, qa_code_points_t *name)
{
    name->count = 0;
    if (!qa_utf8_is_valid(text, bytes)) return QA_NOT_TEXT;
    bool is_blank_due = false, is_too_long = false;
    for (size_t at = 0; at < bytes;) {
        const uint32_t point = qa_utf8_next(text, &at);
        if (is_control(point)) return QA_NOT_TEXT;
        if (is_too_long) continue; /* bad text is told before bad length, wherever it stands */
        if (is_blank(point)) {
            is_blank_due = name->count > 0;
            continue;
        }
        if (is_blank_due) is_too_long = !qa_normal_form_add(name, ' ');
        is_blank_due = false;
        if (!is_too_long) is_too_long = !qa_normal_form_add(name, point);
    }
    if (is_too_long) return QA_LIMIT;
    if (name->count == 0) return QA_INVALID;
    qa_normal_form_compose(name);
    uint32_t units = 0;
    for (uint32_t i = 0; i < name->count; i++)
        units += name->points[i] >= 0x10000 ? 2 : 1;
    return units > QA_NAME_UNITS_MAX ? QA_LIMIT : QA_OK;
}

static qa_status_t write_points(const qa_code_points_t *points, char *target, size_t *bytes_out)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < points->count; i++) {
        char sequence[4];
        const size_t step = qa_utf8_write(sequence, points->points[i]);
        if (step > QA_NAME_KEY_BYTES - bytes) return QA_LIMIT;
        memcpy(target + bytes, sequence, step);
        bytes += step;
    }
    *bytes_out = bytes;
    return QA_OK;
}

/* Names of ASCII without controls, nearly all codes: nothing to compose. False: take the long way. */
static bool write_ascii(const char *text, size_t bytes, bool is_key, char *target, size_t *bytes_out)
{
    size_t count = 0;
    bool is_blank_due = false;
    for (size_t i = 0; i < bytes; i++) {
        char byte = text[i];
        if ((uint8_t)byte < 0x20 || (uint8_t)byte >= 0x7F) return false;
        if (byte == ' ') {
            is_blank_due = count > 0;
            continue;
        }
        if (count + 2 > QA_NAME_UNITS_MAX) return false;
        if (is_blank_due) target[count++] = ' ';
        is_blank_due = false;
        if (is_key && byte >= 'A' && byte <= 'Z') byte = (char)(byte + ('a' - 'A'));
        target[count++] = byte;
    }
    *bytes_out = count;
    return count > 0;
}

qa_status_t qa_name_normalize(const char *text, size_t bytes, char name_out[QA_NAME_KEY_BYTES],
                              size_t *bytes_out)
{
    *bytes_out = 0;
    if (write_ascii(text, bytes, false, name_out, bytes_out)) return QA_OK;
    *bytes_out = 0;
    qa_code_points_t name;
    const qa_status_t status = read_name(text, bytes, &name);
    return status != QA_OK ? status : write_points(&name, name_out, bytes_out);
}

qa_status_t qa_name_key(const char *text, size_t bytes, char key_out[QA_NAME_KEY_BYTES], size_t *bytes_out)
{
    *bytes_out = 0;
    if (write_ascii(text, bytes, true, key_out, bytes_out)) return QA_OK;
    *bytes_out = 0;
    qa_code_points_t name, key;
    const qa_status_t status = read_name(text, bytes, &name);
    if (status != QA_OK) return status;
    key.count = 0;
    for (uint32_t i = 0; i < name.count; i++) {
        if (!qa_normal_form_add_folded(&key, name.points[i])) return QA_LIMIT;
    }
    qa_normal_form_compose(&key);
    return write_points(&key, key_out, bytes_out);
}

/* False: not text, or longer than any name or key. */
static bool read_points(const char *text, size_t bytes, qa_code_points_t *points)
{
    points->count = 0;
    if (!qa_utf8_is_valid(text, bytes)) return false;
    for (size_t at = 0; at < bytes;) {
        if (points->count == QA_CODE_POINTS_MAX) return false;
        points->points[points->count++] = qa_utf8_next(text, &at);
    }
    return true;
}

static uint32_t smallest(uint32_t a, uint32_t b, uint32_t c)
{
    const uint32_t least = a < b ? a : b;
    return least < c ? least : c;
}

/* One row of the table of distances at a time, and of it only what lies within `distance_max` of the
 * diagonal. */
uint32_t qa_name_distance(const char *a, size_t a_bytes, const char *b, size_t b_bytes, uint32_t distance_max)
{
    qa_code_points_t a_points, b_points;
    uint32_t row[QA_CODE_POINTS_MAX + 1];
    if (distance_max > QA_CODE_POINTS_MAX) distance_max = QA_CODE_POINTS_MAX;
    const uint32_t far = distance_max + 1;
    if (!read_points(a, a_bytes, &a_points) || !read_points(b, b_bytes, &b_points)) return far;
    const uint32_t a_count = a_points.count, b_count = b_points.count;
    if ((a_count > b_count ? a_count - b_count : b_count - a_count) > distance_max) return far;

    for (uint32_t j = 0; j <= b_count; j++)
        row[j] = j < far ? j : far;
    for (uint32_t i = 1; i <= a_count; i++) {
        const uint32_t first = i > distance_max ? i - distance_max : 1;
        const uint32_t last = i + distance_max < b_count ? i + distance_max : b_count;
        uint32_t diagonal = row[first - 1];
        row[first - 1] = first == 1 && i < far ? i : far;
        uint32_t least = row[first - 1];
        for (uint32_t j = first; j <= last; j++) {
            const uint32_t above = row[j];
            const uint32_t changed = diagonal + (a_points.points[i - 1] != b_points.points[j - 1]);
            row[j] = smallest(changed, above + 1, row[j - 1] + 1);
            if (row[j] > far) row[j] = far;
            if (row[j] < least) least = row[j];
            diagonal = above;
        }
        if (least == far) return far;
    }
    return row[b_count];
}
