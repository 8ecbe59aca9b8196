/* A copy of a replica, as it is at one moment: for backups, and for restoring them.
 *
 *     qa_copy_options_t options = { .size = sizeof(options) };
 *     options.source = "/home/ada/plans";
 *     options.target = "/backup/plans";
 *     if (qa_replica_copy(&options, &error) != QA_OK) puts(error.message);
 *
 * The copy is a replica of its own: it holds the same logs, to the same offset, with the same state hash, but
 * has its own identity, so that what is written in it later cannot pass for a write of the original. Each app
 * is copied under its write lock, its newest whole intent included; readers and other apps go on. Threading:
 * any. */
#ifndef QA_BACKUP_H
#define QA_BACKUP_H

#include "qa/lattice.h"

typedef struct qa_copy_options {
    size_t size;                     /* sizeof(qa_copy_options_t) */
    const char *source;              /* a replica */
    const char *target;              /* a folder that is empty or not there; its parent exists */
    const char *app;                 /* only this app; NULL: all */
    const qa_allocator_t *allocator; /* NULL: the default */
    const struct qa_system *system;  /* NULL: the real one */
    /* Called once per app when its copy was read again from the first byte and found whole; may be NULL. */
    void (*report)(void *context, const char *app, const qa_statistics_t *statistics);
    void *context;
} qa_copy_options_t;

/* Copies, then opens the copy and verifies it (qa_lattice_verify). A copy that was interrupted is not a
 * replica: its identity is written last. One that failed is taken away again; where the source is what is
 * damaged, the words name its file. Errors: QA_NOT_A_REPLICA, QA_APP_NOT_FOUND, QA_EXISTS (the target is not
 * empty), QA_LOCKED, QA_IO, QA_DISK_FULL, QA_CORRUPT, QA_NO_MEMORY, QA_LIMIT. Cost: all bytes, twice. */
qa_status_t qa_replica_copy(const qa_copy_options_t *options, qa_error_t *error);

#endif
