/* When each intent was appended: the offset's time, and the last offset at a time, without applying anything.
 *
 *     qa_lattice_t *lattice = NULL;
 *     qa_times_t *times = NULL;
 *     int64_t time_ns;
 *     if (qa_lattice_open(&lattice, &options, &error) == QA_OK &&
 *         qa_times_open(&times, lattice, &error) == QA_OK &&
 *         qa_times_find(times, 12, &time_ns, &error) == QA_OK) printf("%lld\n", (long long)time_ns);
 *     qa_times_close(times);
 *     qa_lattice_close(lattice);
 *
 * It has a reader of the log of its own and takes no lock of the lattice, so it may be asked within a read
 * section. Cost: the log once, then what is new in it; 8 bytes of memory an intent. Threading: one thread at
 * a time. */
#ifndef QA_TIMES_H
#define QA_TIMES_H

#include "qa/lattice.h"

typedef struct qa_times qa_times_t;

/* The log is opened at the first question. Errors: QA_NO_MEMORY. The lattice outlives it. */
qa_status_t qa_times_open(qa_times_t **times_out, qa_lattice_t *lattice, qa_error_t *error);
void qa_times_close(qa_times_t *times); /* accepts NULL */
/* When the intent at `offset` was appended, in ns since 1970-01-01 UTC. QA_MISSING_INPUT, without words:
 * there is no such intent (yet). Errors: those of reading the log. */
qa_status_t qa_times_find(qa_times_t *times, uint64_t offset, int64_t *time_ns_out, qa_error_t *error);
/* The last offset that was appended at or before the time; 0 if the log began later. Looks what is new in the
 * log first. */
qa_status_t qa_times_offset_at(qa_times_t *times, int64_t time_ns, uint64_t *offset_out, qa_error_t *error);

#endif
