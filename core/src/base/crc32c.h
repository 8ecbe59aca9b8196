/* CRC32C (Castagnoli): the checksum of every stored frame and header.
 *
 *     qa_crc32c_t *crc32c = qa_crc32c_choose();
 *     uint32_t checksum = crc32c(0, "123456789", 9); // 0xE3069283
 *
 * A checksum continues: crc(crc(0, a), b) is the checksum of a and b together. It finds accidents; against
 * intent it protects nothing. Thread-safe: no state. */
#ifndef QA_BASE_CRC32C_H
#define QA_BASE_CRC32C_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t qa_crc32c_t(uint32_t before, const void *data, size_t bytes);

/* The definition: a table, any CPU. */
qa_crc32c_t qa_crc32c_portable;
/* The instruction of the CPU; NULL when this CPU has none. */
qa_crc32c_t *qa_crc32c_hardware(void);
/* The fastest of the two; ask once and keep it. */
qa_crc32c_t *qa_crc32c_choose(void);

#endif
