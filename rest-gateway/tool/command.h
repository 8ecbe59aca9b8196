/* What the commands of the operator's tool share: the tool's state, options, errors, coordinates, commits.
 *
 *     int qa_tool_release(qa_tool_t *tool, int argc, char **argv)      // argv: what stands behind the
 * command's name
 *     {
 *         const char *owner = "";
 *         const qa_option_t options[] = { { "--for", &owner, NULL } };
 *         int exit_code = qa_tool_arguments(tool, options, 1, &argc, argv, 2, 2); // leaves the positional
 * ones if (exit_code != 0) return exit_code; if (qa_tool_open(tool, argv[0], QA_TOOL_WRITE) != QA_OK) return
 * qa_tool_report(tool); … if (qa_connection_commit(tool->connection, intent, &receipt) != QA_OK) return
 * qa_tool_report_connection(tool); return 0;
 *     }
 *
 * A command returns the exit code: 0 done, 1 an error (said on stderr), 2 not understood. It never calls
 * exit, so that main can close the lattice. Everything a command prints for people goes to stdout, complaints
 * to stderr. */
#ifndef QA_TOOL_COMMAND_H
#define QA_TOOL_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "qa/lattice.h"

enum { QA_EXIT_OK = 0, QA_EXIT_ERROR = 1, QA_EXIT_USAGE = 2 };

typedef struct qa_tool {
    const char *replica; /* folder; not made yet unless a command makes it */
    const char *reason;  /* --reason, or "" */
    const char *command; /* name of the command that runs, for messages */
    const char *usage;   /* what it takes: "APP OFFSET" */
    qa_lattice_t *lattice;
    qa_connection_t *connection;
    const volatile bool *is_cancelled; /* set by Ctrl-C; hand it on to long calls */
    qa_error_t error;                  /* of the last qa_tool_… call that returned a status */
} qa_tool_t;

#define QA_COMMAND(NAME, FUNCTION, USAGE, HELP, OPTIONS) int FUNCTION(qa_tool_t *tool, int argc, char **argv);
#include "tool/commands.def"
#undef QA_COMMAND

/* --- errors --- */
/* Prints `quantatom: <message> [QA_STATUS]` and returns QA_EXIT_ERROR (QA_EXIT_USAGE for QA_USAGE). */
int qa_tool_report_error(const qa_error_t *error);
int qa_tool_report(const qa_tool_t *tool);            /* tool->error */
int qa_tool_report_connection(const qa_tool_t *tool); /* the connection's */
/* Prints the words with a status and returns QA_EXIT_ERROR. */
int qa_tool_complain(qa_status_t status, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Prints the words, then the usage of the command that runs; returns QA_EXIT_USAGE. */
int qa_tool_usage(const qa_tool_t *tool, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* --- options --- */
/* `--name VALUE` or `--name=VALUE` sets *value; `--name` sets *is_set. One of the two is NULL. */
typedef struct qa_option {
    const char *name; /* with the leading "--" */
    const char **value;
    bool *is_set;
} qa_option_t;
/* Takes the options out of argv, leaves the positional arguments at its front and their number in *argc. `--`
 * ends options; `-` is positional. Checks that there are `count_min` to `count_max` of them (max < 0: any
 * number). 0, or QA_EXIT_USAGE after a message. */
int qa_tool_arguments(const qa_tool_t *tool, const qa_option_t *options, uint32_t option_count, int *argc,
                      char **argv, int count_min, int count_max);

/* --- the lattice --- */
typedef enum qa_tool_access { QA_TOOL_READ, QA_TOOL_WRITE, QA_TOOL_CREATE } qa_tool_access_t;
/* Opens tool->lattice and tool->connection (closed by main). Errors go to tool->error. */
qa_status_t qa_tool_open(qa_tool_t *tool, const char *app, qa_tool_access_t access);
/* An intent with the tool's reason set. */
qa_status_t qa_tool_intent(qa_tool_t *tool, qa_intent_t **intent_out);
/* Parses MOMENT: an offset (digits only), or a time as qa_time_parse reads it. Not within a read section. */
qa_status_t qa_tool_moment(qa_tool_t *tool, const char *text, uint64_t *offset_out);

/* Parses `Dim=Member,Dim2="Mem,ber",Dim3=Mem\,ber` within a read section. Dimensions that are not named take
 * the default member. `is_named_out` (may be NULL) says which were named; `members_out[d]` of a dimension
 * without default stays QA_MEMBER_NONE if `is_partial`, else that is an error QA_MEMBER_UNNAMED. */
qa_status_t qa_tool_coordinate(qa_tool_t *tool, const qa_model_t *model, const char *text, bool is_partial,
                               qa_member_t members_out[QA_DIMENSIONS_MAX],
                               bool is_named_out[QA_DIMENSIONS_MAX]);

/* The same, and `Dim@Hierarchy=Member` for a member of an alternate hierarchy: hierarchies_out, one per
 * dimension and zeroed by the caller, gets its id. NULL: only members of the primary are meant. */
qa_status_t qa_tool_where(qa_tool_t *tool, const qa_model_t *model, const char *text, bool is_partial,
                          qa_member_t members_out[QA_DIMENSIONS_MAX], bool is_named_out[QA_DIMENSIONS_MAX],
                          qa_hierarchy_t *hierarchies_out);

/* Parses what a person typed for a leaf of that account: "" and "missing" are missing; a decimal number (with
 * `,` as thousands separators or not), shortest double, text, YYYY-MM-DD, true or false. Text is borrowed
 * from `text`. */
qa_status_t qa_tool_value(qa_tool_t *tool, const qa_model_t *model, const qa_member_t *coordinate,
                          const char *text, qa_value_t *value_out);

/* "offset 12: 3 values changed" on stdout, or "nothing to do". */
void qa_tool_print_receipt(const qa_receipt_t *receipt);

#endif
