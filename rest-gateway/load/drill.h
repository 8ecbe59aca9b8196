/* The ledger lines behind a cell: of an atom, or of all leaves under a consolidated cell.
 *
 *     qa_load_drill_t result;
 *     qa_load_drill(connection, coordinate, print_line, NULL, NULL, &result, &error);
 *     if (result.is_tied && result.is_sum) puts("the lines add up to the value");
 *     qa_load_drill_close(&result);
 *
 * For each leaf the newest load in force counts that has lines for it, or whose slice contains it; lines of
 * older loads were replaced by it. Not within a read section. Cost: one replay of the log per load that is
 * read. */
#ifndef QA_LOAD_DRILL_H
#define QA_LOAD_DRILL_H

#include "load/common.h"
#include "load/weights.h"
#include "qa/history.h"

typedef struct qa_load_drill_line {
    uint64_t offset;  /* of the load */
    const char *file; /* terminated, as all texts borrowed during the visit */
    uint64_t line_number;
    const char *text;
    uint32_t text_bytes;
    const qa_member_t *coordinate;
    qa_value_t given;
    qa_load_weight_t weight; /* with which it counts in the sum: 1 for a leaf, -1 below a `-` */
} qa_load_drill_line_t;

/* An atom whose lines do not add up to it: it was changed behind the load. */
typedef struct qa_load_drill_difference {
    const qa_member_t *coordinate;
    qa_value_t atom;
    qa_value_t lines;
    uint64_t load_offset;    /* 0: no load gave to it */
    uint64_t changed_offset; /* of the last intent that changed it; 0: not known */
    int64_t changed_at_ns;
    const char *actor;
    const char *door;
} qa_load_drill_difference_t;

typedef struct qa_load_drill {
    uint64_t line_count; /* gifts to the leaves */
    uint64_t leaf_count; /* leaves with a value or lines */
    uint64_t different_count;
    qa_value_t sum;   /* of the lines, with the net weights */
    qa_value_t value; /* of the cell; a text lies in `text` */
    bool is_leaf;
    bool is_tied;    /* every leaf's lines add up to it */
    bool is_numeric; /* there is no leaf with a text, date or boolean */
    bool is_sum;     /* the value is the sum of its leaves: not so for the balance of a time, a text */
    uint8_t balance; /* qa_time_balance_t of the account, above the periods; flow elsewhere */
    char *text;      /* owned; NULL: the value is no text */
    uint32_t text_capacity;
} qa_load_drill_t;

qa_status_t qa_load_drill(qa_connection_t *connection, const qa_member_t *coordinate,
                          qa_status_t (*visit_line)(void *context, const qa_load_drill_line_t *line),
                          qa_status_t (*visit_difference)(void *context,
                                                          const qa_load_drill_difference_t *difference),
                          void *context, qa_load_drill_t *result, qa_error_t *error);
void qa_load_drill_close(qa_load_drill_t *result); /* accepts the result of a drill that failed */

#endif
