/* What the files of posix/ share. Nothing outside this folder includes it. */
#ifndef QA_PLATFORM_POSIX_H
#define QA_PLATFORM_POSIX_H

#include "platform/platform.h"

/* Turns errno of a failed call into a status and words: "<path>: cannot <verb>: <words of the system>". */
qa_status_t qa_posix_fail(qa_error_t *error, const char *path, const char *verb, int number);

/* file.c */
qa_status_t qa_posix_open(void *context, const char *path, qa_file_mode_t mode, qa_file_t **file_out,
                          qa_error_t *error);
void qa_posix_close(qa_file_t *file);
qa_status_t qa_posix_read(qa_file_t *file, uint64_t position, void *data, size_t bytes, size_t *bytes_out,
                          qa_error_t *error);
qa_status_t qa_posix_write(qa_file_t *file, uint64_t position, const void *data, size_t bytes,
                           qa_error_t *error);
qa_status_t qa_posix_sync(qa_file_t *file, qa_error_t *error);
qa_status_t qa_posix_size(qa_file_t *file, uint64_t *bytes_out, qa_error_t *error);
qa_status_t qa_posix_truncate(qa_file_t *file, uint64_t bytes, qa_error_t *error);
qa_status_t qa_posix_lock(qa_file_t *file, uint32_t timeout_ms, qa_error_t *error);
void qa_posix_unlock(qa_file_t *file);

/* folder.c */
qa_status_t qa_posix_rename(void *context, const char *source, const char *target, qa_error_t *error);
qa_status_t qa_posix_remove(void *context, const char *path, qa_error_t *error);
qa_status_t qa_posix_make_folder(void *context, const char *path, qa_error_t *error);
qa_status_t qa_posix_sync_folder(void *context, const char *path, qa_error_t *error);
qa_status_t qa_posix_list(void *context, const char *path,
                          qa_status_t (*visit)(void *visitor, const char *name, bool is_folder),
                          void *visitor, qa_error_t *error);

/* check_folder.c */
qa_status_t qa_posix_check_folder(void *context, const char *path, qa_error_t *error);

#endif
