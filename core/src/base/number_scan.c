/* The scanner of the number grammar; see number_scan.h. It reads each byte once and never beyond the end. */
#include "base/number_scan.h"

#include "base/digits.h"

/* Beyond this an exponent is only known to be huge: no text has so many digits that it could be balanced. */
static const int64_t exponent_max = 1000000000000000000;

static bool scan_exponent(const char *at, const char *end, int64_t *exponent_out)
{
    bool is_negative = false;
    if (at < end && (*at == '+' || *at == '-')) is_negative = *at++ == '-';
    if (at == end) return false;
    int64_t exponent = 0;
    for (; at < end; at++) {
        if (!qa_is_digit(*at)) return false;
        if (exponent < exponent_max / 10) exponent = exponent * 10 + (*at - '0');
    }
    *exponent_out = is_negative ? -exponent : exponent;
    return true;
}

static const char *skip_digits(const char *at, const char *end)
{
    while (end - at >= 8 && qa_eight_are_digits(qa_eight_bytes(at)))
        at += 8;
    while (at < end && qa_is_digit(*at))
        at++;
    return at;
}

static const char *skip_zeros(const char *at, const char *end)
{
    while (at < end && *at == '0')
        at++;
    return at;
}

bool qa_number_scan(const char *text, size_t bytes, qa_number_scan_t *scan_out)
{
    if (bytes == 0) return false;
    const char *const end = text + bytes;
    const char *at = text;
    qa_number_scan_t scan = { NULL, NULL, 0, false };
    if (*at == '+' || *at == '-') scan.is_negative = *at++ == '-';

    const char *const whole = at;
    at = skip_digits(at, end);
    const char *const whole_end = at;
    if (whole_end == whole) return false;
    const char *fraction = at, *fraction_end = at;
    if (at < end && *at == '.') {
        fraction = at + 1;
        at = fraction_end = skip_digits(fraction, end);
        if (fraction_end == fraction) return false;
    }
    int64_t exponent = 0;
    if (at < end) {
        if (*at != 'e' && *at != 'E') return false;
        if (!scan_exponent(at + 1, end, &exponent)) return false;
    }

    const char *first = skip_zeros(whole, whole_end);
    if (first < whole_end) {
        scan.point = whole_end - first + exponent;
    } else {
        first = skip_zeros(fraction, fraction_end);
        scan.point = exponent - (first - fraction);
        if (first == fraction_end) {
            first = NULL;
            scan.point = 0;
        }
    }
    scan.first = first;
    scan.end = fraction_end;
    *scan_out = scan;
    return true;
}
