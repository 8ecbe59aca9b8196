/* Where a name comes from in a file: the sources of a map, tied to the columns of one file and read per
 * record.
 *
 *     qa_load_bound_t bound;
 *     qa_load_bind(&bound, &rule->source, reader, "FY21-22__adopted.csv", "Scenario", &arena, &error);
 *     qa_load_text_t text = qa_load_read_source(&bound, &record, &buffer);   // borrowed until the next read
 */
#ifndef QA_LOAD_TEXT_SOURCE_H
#define QA_LOAD_TEXT_SOURCE_H

#include "load/map.h"

typedef struct qa_load_bound {
    const qa_load_text_source_t *source; /* borrowed from the map */
    uint32_t *numbers;                   /* columns of the reader, per column or piece */
    qa_load_text_t fixed;                /* of a constant or a part of the file's name */
} qa_load_bound_t;

/* `file` is the path as given; `dimension` (may be NULL) is the placeholder that is meant when the map names
 * no field. Errors: QA_BAD_FILE, QA_BAD_MAP, QA_NO_MEMORY. */
qa_status_t qa_load_bind(qa_load_bound_t *bound, const qa_load_text_source_t *source,
                         qa_load_reader_t *reader, const char *file, const char *dimension,
                         qa_load_arena_t *arena, qa_error_t *error);
/* The text of the record; texts that must be put together go to `buffer`, which is emptied first. A date is
 * given as YYYY-MM-DD, or as QA_NOT_A_DATE with the text as it stands. */
qa_status_t qa_load_read_source(const qa_load_bound_t *bound, const qa_load_record_t *record,
                                qa_load_buffer_t *buffer, qa_load_text_t *text_out, qa_error_t *error);

/* The part of `name` at the placeholder `field` of the pattern: "{year}__{scenario}.csv". Every placeholder
 * takes the shortest run of one or more characters. QA_BAD_FILE if the name does not fit, QA_BAD_MAP if there
 * is no such placeholder. `field` NULL: the only one, or the one named `otherwise`. */
qa_status_t qa_load_match_name(const char *pattern, const char *name, size_t name_bytes, const char *field,
                               const char *otherwise, qa_load_text_t *part_out, qa_error_t *error);
/* The file's name without folders and without .gz, .zst, .bz2. */
qa_load_text_t qa_load_base_name(const char *path);

#endif
