/* CRC32C: published values, and both forms agreeing on every length and alignment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/crc32c.h"

static void published_values_come_out(void **state)
{
    uint8_t data[32];
    (void)state;
    /* RFC 3720, B.4. */
    assert_int_equal(qa_crc32c_portable(0, "123456789", 9), 0xE3069283u);
    memset(data, 0, sizeof(data));
    assert_int_equal(qa_crc32c_portable(0, data, sizeof(data)), 0x8A9136AAu);
    memset(data, 0xFF, sizeof(data));
    assert_int_equal(qa_crc32c_portable(0, data, sizeof(data)), 0x62A8AB43u);
    for (uint8_t i = 0; i < sizeof(data); i++)
        data[i] = i;
    assert_int_equal(qa_crc32c_portable(0, data, sizeof(data)), 0x46DD794Eu);
    assert_int_equal(qa_crc32c_portable(7, data, 0), 7);
}

static void the_instruction_and_the_table_agree(void **state)
{
    uint8_t data[600];
    uint32_t random = 12345;
    (void)state;
    qa_crc32c_t *hardware = qa_crc32c_hardware();
    if (hardware == NULL) {
        printf("this CPU has no CRC32C instruction: not compared\n");
        skip();
    }
    for (size_t i = 0; i < sizeof(data); i++) {
        random = random * 1664525u + 1013904223u;
        data[i] = (uint8_t)(random >> 24);
    }
    for (size_t start = 0; start < 9; start++) {
        for (size_t bytes = 0; bytes + start <= sizeof(data); bytes++)
            assert_int_equal(hardware(random, data + start, bytes),
                             qa_crc32c_portable(random, data + start, bytes));
    }
    assert_ptr_equal(qa_crc32c_choose(), hardware);
}

static void a_checksum_continues_over_pieces(void **state)
{
    static const char text[] = "a checksum continues over pieces of any length";
    (void)state;
    qa_crc32c_t *crc32c = qa_crc32c_choose();
    const uint32_t whole = crc32c(0, text, sizeof(text));
    for (size_t cut = 0; cut <= sizeof(text); cut++)
        assert_int_equal(crc32c(crc32c(0, text, cut), text + cut, sizeof(text) - cut), whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_values_come_out),
        cmocka_unit_test(the_instruction_and_the_table_agree),
        cmocka_unit_test(a_checksum_continues_over_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
