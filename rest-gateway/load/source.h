/* The bytes of a file to load: opened, decompressed, hashed, turned into UTF-8.
 *
 *     qa_load_source_t *source = NULL;
 *     qa_load_source_open(&source, "ledger.csv.gz", QA_LOAD_ENCODING_AUTO, allocator, &error);
 *     while (qa_load_source_read(source, buffer, sizeof(buffer), &bytes, &error) == QA_OK && bytes > 0) …
 *     qa_load_source_sha256(source, sha256);    // of the content, once everything was read
 *     qa_load_source_close(source);
 *
 * Compression (gzip, zstd, bzip2) is seen by the first bytes; several members one behind the other are read
 * as one. Memory is constant: one buffer in, one out, and the window of the codec (zstd: at most 128 MiB). */
#ifndef QA_LOAD_SOURCE_H
#define QA_LOAD_SOURCE_H

#include "load/common.h"

typedef struct qa_load_source qa_load_source_t;

typedef enum qa_load_encoding {
    QA_LOAD_ENCODING_AUTO = 0, /* by the byte order mark, else UTF-8 */
    QA_LOAD_ENCODING_UTF8,
    QA_LOAD_ENCODING_UTF16LE,
    QA_LOAD_ENCODING_UTF16BE,
    QA_LOAD_ENCODING_CP1252,
    QA_LOAD_ENCODING_LATIN1
} qa_load_encoding_t;

/* `path` "-" is the standard input. Errors: QA_IO, QA_NO_MEMORY, QA_BAD_FILE. */
qa_status_t qa_load_source_open(qa_load_source_t **source_out, const char *path, qa_load_encoding_t encoding,
                                const qa_allocator_t *allocator, qa_error_t *error);
/* The same over bytes in memory, borrowed until the source closes: for tests. */
qa_status_t qa_load_source_open_bytes(qa_load_source_t **source_out, const void *data, size_t bytes,
                                      qa_load_encoding_t encoding, const qa_allocator_t *allocator,
                                      qa_error_t *error);
void qa_load_source_close(qa_load_source_t *source); /* accepts NULL */

/* Reads 1 to `capacity` bytes of text (capacity at least 16); 0 bytes at the end. UTF-8 sources hand their
 * bytes on unchecked, so that a broken row can be told from a broken file; the others give valid UTF-8, with
 * U+FFFD for a lone surrogate and for bytes that cp1252 does not define. Errors: QA_IO, QA_BAD_FILE for
 * damaged compressed data. */
qa_status_t qa_load_source_read(qa_load_source_t *source, char *buffer, size_t capacity, size_t *bytes_out,
                                qa_error_t *error);
/* Raw bytes read so far, and of the whole file (0: not known). */
uint64_t qa_load_source_position(const qa_load_source_t *source);
uint64_t qa_load_source_size(const qa_load_source_t *source);
/* Of the decompressed bytes, so that a file that was packed again is the same. Call it behind the end; reads
 * what is left. */
qa_status_t qa_load_source_sha256(qa_load_source_t *source, uint8_t sha256_out[32], qa_error_t *error);

#endif
