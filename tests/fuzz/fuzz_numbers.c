/* Any bytes as a number, a date, a moment and a name: what is read must be printed so that it is read again
 * as the same, doubles must be what strtod makes of them, and the normal form must be a fixed point. */
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "qa/number.h"
#include "qa/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
    if (!is_true) abort();
}

/* The bits must agree, too: there is no minus zero. */
static void compare_with_strtod(const char *text, size_t bytes, qa_status_t status, double number)
{
    char terminated[512];
    if (status == QA_NOT_A_NUMBER || bytes >= sizeof(terminated)) return;
    memcpy(terminated, text, bytes);
    terminated[bytes] = '\0';
    const double expected = strtod(terminated, NULL) + 0.0;
    require(isinf(expected) ? status == QA_OVERFLOW : status == QA_OK);
    if (status == QA_OK) require(memcmp(&expected, &number, sizeof(number)) == 0);
}

static void check_double(const char *text, size_t bytes)
{
    double number = 0.0, again = 0.0;
    char printed[QA_DOUBLE_TEXT_BYTES];
    const qa_status_t status = qa_double_parse(text, bytes, &number);
    compare_with_strtod(text, bytes, status, number);
    if (status != QA_OK) return;
    const size_t printed_bytes = qa_double_print(number, printed);
    require(printed_bytes <= sizeof(printed));
    require(qa_double_parse(printed, printed_bytes, &again) == QA_OK);
    require(memcmp(&again, &number, sizeof(number)) == 0);
    int64_t units = 0;
    bool is_rounded = false;
    if (qa_decimal_from_double(number, 4, &units, &is_rounded) == QA_OK && !is_rounded && fabs(number) < 1e11)
        require(qa_decimal_to_double(units, 4) == number);
}

static void check_decimal(const char *text, size_t bytes, uint8_t decimals)
{
    int64_t units = 0, again = 0;
    bool is_rounded = false;
    double number = 0.0;
    char printed[QA_DECIMAL_TEXT_BYTES];
    const qa_status_t status = qa_decimal_parse(text, bytes, decimals, &units, &is_rounded);
    require((status == QA_NOT_A_NUMBER) == (qa_double_parse(text, bytes, &number) == QA_NOT_A_NUMBER));
    require(qa_decimal_parse(text, bytes, decimals, &again, NULL) ==
                (is_rounded ? QA_TOO_MANY_DECIMALS : status) ||
            (is_rounded && status == QA_OVERFLOW));
    if (status != QA_OK) return;
    const size_t printed_bytes = qa_decimal_print(units, decimals, printed);
    require(qa_decimal_parse(printed, printed_bytes, decimals, &again, NULL) == QA_OK && again == units);
    if (!is_rounded) require(qa_decimal_to_double(units, decimals) == number);
}

static void check_times(const char *text, size_t bytes)
{
    int32_t day = 0, day_again = 0;
    int64_t time_ns = 0, time_again = 0;
    char printed[QA_TIME_TEXT_BYTES];
    if (qa_date_parse(text, bytes, &day) == QA_OK) {
        require(qa_date_print(day, printed) == bytes && memcmp(printed, text, bytes) == 0);
        require(qa_date_parse(printed, bytes, &day_again) == QA_OK && day_again == day);
    }
    if (qa_time_parse(text, bytes, &time_ns) == QA_OK)
        require(qa_time_parse(printed, qa_time_print(time_ns, printed), &time_again) == QA_OK &&
                time_again == time_ns);
}

static void check_name(const char *text, size_t bytes)
{
    char name[QA_NAME_KEY_BYTES], again[QA_NAME_KEY_BYTES], key[QA_NAME_KEY_BYTES],
        key_again[QA_NAME_KEY_BYTES];
    size_t name_bytes = 0, again_bytes = 0, key_bytes = 0, key_again_bytes = 0;
    const qa_status_t status = qa_name_normalize(text, bytes, name, &name_bytes);
    require(qa_name_key(text, bytes, key, &key_bytes) == status);
    if (!qa_utf8_is_valid(text, bytes)) require(status == QA_NOT_TEXT);
    if (status != QA_OK) return;
    require(qa_utf8_is_valid(name, name_bytes) && qa_utf16_units(name, name_bytes) <= QA_NAME_UNITS_MAX);
    require(qa_utf8_is_valid(key, key_bytes));
    require(qa_name_normalize(name, name_bytes, again, &again_bytes) == QA_OK);
    require(again_bytes == name_bytes && memcmp(again, name, name_bytes) == 0);
    require(qa_name_key(name, name_bytes, key_again, &key_again_bytes) == QA_OK);
    require(key_again_bytes == key_bytes && memcmp(key_again, key, key_bytes) == 0);
    require(qa_name_distance(name, name_bytes, again, again_bytes, 2) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *const text = (const char *)data;
    check_double(text, size);
    check_decimal(text, size, (uint8_t)(size % 7));
    check_times(text, size);
    check_name(text, size);
    return 0;
}
