/* The small text files of a replica: REPLICA and ROLE. docs/formats/replica.md.
 *
 * First line "quantatom <kind> <major>.<minor> <smallest reader>", then lines "key value", last line "crc32c
 * <8 digits>" over everything before it. Keys that a version does not know are passed over, so that later
 * ones can add some. */
#ifndef QA_TEXT_FILE_H
#define QA_TEXT_FILE_H

#include "platform/platform.h"

enum { QA_TEXT_FILE_BYTES_MAX = 4096 };

/* Reads the file and gives the value of `key` (terminated). QA_MISSING_INPUT: no such file; QA_NOT_A_REPLICA:
 * not such a file, or damaged; QA_NEWER_FORMAT. */
qa_status_t qa_text_file_read(const qa_system_t *system, const char *path, const char *kind, const char *key,
                              char *value_out, size_t capacity, qa_error_t *error);
/* Writes a new file with one key and makes it durable (the folder is the caller's to sync). QA_EXISTS. */
qa_status_t qa_text_file_write(const qa_system_t *system, const char *path, const char *kind, const char *key,
                               const char *value, qa_error_t *error);

#endif
