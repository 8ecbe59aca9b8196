/* model apply, model show, model diff. A new app is planned and rehearsed in a folder of its own before
 * anything of it is made, so that a file that cannot be applied leaves nothing behind. */
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/model_file.h"
#include "model/model_plan.h"
#include "model/model_show.h"
#include "qa/limits.h"
#include "tool/command.h"
#include "tool/support.h"

enum { QA_EXIT_DIFFERS = 2, KEPT_SHOWN_MAX = 3 };

static qa_status_t read_model_file(qa_tool_t *tool, const char *path, qa_model_file_t **file_out)
{
    char *text = NULL;
    size_t bytes = 0;
    qa_error_t error;
    *file_out = NULL;
    qa_status_t status = qa_tool_read_file(tool, path, QA_MODEL_FILE_BYTES_MAX, &text, &bytes);
    if (status != QA_OK) return status;
    status = qa_model_file_read(file_out, text, bytes, &error);
    free(text);
    if (status != QA_OK) qa_tool_set_error(tool, status, "%s: %.400s", path, error.message);
    return status;
}

/* --- words --- */

typedef struct words {
    bool is_diff;
    uint32_t kept_count;
    char kept[200]; /* the first few names */
} words_t;

static void print_subject(const qa_model_change_t *change)
{
    if (change->dimension[0] == 0) {
        fputs("the app", stdout);
        return;
    }
    qa_print_plain(stdout, change->dimension, strlen(change->dimension));
    if (change->hierarchy[0] != 0) {
        putchar('@');
        qa_print_plain(stdout, change->hierarchy, strlen(change->hierarchy));
    }
    if (change->subject[0] != 0) {
        putchar(':');
        qa_print_plain(stdout, change->subject, strlen(change->subject));
    }
}

static void print_quoted(const char *text)
{
    if (text[0] == 0) {
        fputs("nothing", stdout);
        return;
    }
    putchar('"');
    qa_print_plain(stdout, text, strlen(text));
    putchar('"');
}

static void print_difference(const qa_model_change_t *change)
{
    bool is_member = change->subject[0] != 0;
    print_subject(change);
    switch (change->verb) {
    case QA_CHANGE_ADD:
        fputs(": only in the file", stdout);
        if (is_member && strcmp(change->behind, "(root)") != 0) {
            fputs(", below ", stdout);
            print_quoted(change->behind);
        }
        break;
    case QA_CHANGE_DELETE:
        fputs(": only in the app", stdout);
        if (change->hierarchy[0] != 0 && is_member && strcmp(change->before, "(root)") != 0) {
            fputs(", below ", stdout);
            print_quoted(change->before);
        }
        break;
    case QA_CHANGE_MOVE:
        fputs(": in the app below ", stdout);
        print_quoted(change->before);
        fputs(", in the file below ", stdout);
        print_quoted(change->behind);
        break;
    default:
        printf(": %s", change->what);
        if (change->before[0] == 0 && change->behind[0] == 0) {
            fputs(" differs", stdout);
            break;
        }
        fputs(" is ", stdout);
        print_quoted(change->before);
        fputs(", in the file ", stdout);
        print_quoted(change->behind);
        break;
    }
    putchar('\n');
}

static void print_step(const qa_model_change_t *change)
{
    static const char *const verbs[] = { "add", "change", "move", "delete", "keep" };
    bool is_member = change->subject[0] != 0;
    printf("%-6s  ", verbs[change->verb]);
    print_subject(change);
    if (change->verb == QA_CHANGE_ADD && is_member && strcmp(change->behind, "(root)") != 0) {
        fputs(" below ", stdout);
        print_quoted(change->behind);
    } else if (change->verb == QA_CHANGE_ADD && !is_member && change->hierarchy[0] == 0) {
        printf(" (dimension, %s)", change->behind);
    } else if (change->verb == QA_CHANGE_ADD && !is_member) {
        fputs(" (hierarchy)", stdout);
    } else if (change->verb == QA_CHANGE_MOVE) {
        fputs(" from ", stdout);
        print_quoted(change->before);
        fputs(" to ", stdout);
        print_quoted(change->behind);
    } else if (change->verb == QA_CHANGE_CHANGE) {
        printf(": %s", change->what);
        if (change->before[0] != 0 || change->behind[0] != 0) {
            putchar(' ');
            print_quoted(change->before);
            fputs(" → ", stdout);
            print_quoted(change->behind);
        }
    }
    putchar('\n');
}

static void print_change(void *context, const qa_model_change_t *change)
{
    words_t *words = context;
    if (words->is_diff) {
        print_difference(change);
        return;
    }
    if (change->verb != QA_CHANGE_KEEP) {
        print_step(change);
        return;
    }
    if (words->kept_count++ < KEPT_SHOWN_MAX) {
        size_t used = strlen(words->kept);
        bool is_alternate = change->hierarchy[0] != 0;
        snprintf(words->kept + used, sizeof(words->kept) - used, "%s%.40s%s%.40s%s%.40s",
                 used == 0 ? "" : ", ", change->dimension, is_alternate ? "@" : "", change->hierarchy,
                 change->subject[0] == 0 ? "" : ":", change->subject);
    }
}

/* --- apply --- */

static qa_status_t plan(qa_tool_t *tool, const qa_model_file_t *file, const qa_model_plan_options_t *options,
                        qa_intent_t *intent, uint32_t *change_count_out)
{
    qa_model_plan_options_t mine = *options;
    qa_statistics_t statistics;
    qa_status_t status = QA_OK;
    if (tool->connection == NULL)
        return qa_model_plan(NULL, file, &mine, intent, change_count_out, &tool->error);
    status = qa_lattice_statistics(tool->lattice, &statistics, &tool->error);
    if (status != QA_OK) return status;
    mine.has_atoms = statistics.atom_count > 0;
    status = qa_connection_read_begin(tool->connection);
    if (status != QA_OK) return qa_tool_take_error(tool, status);
    status = qa_model_plan(qa_connection_model(tool->connection), file, &mine, intent, change_count_out,
                           &tool->error);
    qa_connection_read_end(tool->connection);
    return status;
}

/* --- the rehearsal of a new app --- */

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

/* Plans the file for an app that is not there, and commits it in a replica in the folder for temporary files.
 * Where there is no such folder to try it in, the plan alone is checked. */
static qa_status_t rehearse(qa_tool_t *tool, const qa_model_file_t *file, bool is_pruned)
{
    const qa_model_plan_options_t options = { .is_pruned = is_pruned };
    const char *temporary = getenv("TMPDIR");
    char folder[1024];
    qa_intent_t *intent = NULL;
    uint32_t change_count = 0;
    qa_error_t ignored;
    qa_tool_t scratch = { .replica = folder, .reason = "", .command = tool->command };
    qa_status_t status = qa_tool_intent(tool, &intent);
    if (status == QA_OK) status = qa_model_plan(NULL, file, &options, intent, &change_count, &tool->error);
    if (status != QA_OK) goto done;
    if (temporary == NULL || temporary[0] == 0) temporary = "/tmp";
    int wanted = snprintf(folder, sizeof(folder), "%s/quantatom-XXXXXX", temporary);
    if (wanted < 0 || (size_t)wanted >= sizeof(folder) || mkdtemp(folder) == NULL) goto done;
    const qa_lattice_options_t where = { .size = sizeof(where),
                                         .replica = folder,
                                         .app = file->app,
                                         .is_create = true,
                                         .snapshot_bytes = UINT32_MAX };
    const qa_connection_options_t who = { .size = sizeof(who), .door = "tool", .clearance = UINT64_MAX };
    bool is_tried = qa_lattice_open(&scratch.lattice, &where, &ignored) == QA_OK &&
                    qa_connection_open(&scratch.connection, scratch.lattice, &who, &ignored) == QA_OK;
    if (is_tried) status = qa_connection_preview(scratch.connection, intent, NULL);
    if (status != QA_OK) {
        tool->error = *qa_connection_error(scratch.connection);
        tool->error.status = status;
    }
    qa_connection_close(scratch.connection);
    qa_lattice_close(scratch.lattice);
    nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
done:
    qa_intent_close(intent);
    return status;
}

static void say_what_is_left(const qa_tool_t *tool, const char *app)
{
    fprintf(
        stderr,
        "quantatom: the app %s was made in %s and is empty; apply a file to it, or delete the folder %s/%s\n",
        app, tool->replica, tool->replica, app);
}

/* `new_app`: name of the app that was made for this, or NULL. */
static int apply(qa_tool_t *tool, const qa_model_file_t *file, bool is_dry, bool is_pruned,
                 const char *new_app)
{
    words_t words = { 0 };
    qa_model_plan_options_t options = { .is_pruned = is_pruned, .report = print_change, .context = &words };
    qa_intent_t *intent = NULL;
    qa_receipt_t receipt;
    uint32_t change_count = 0;
    if (qa_tool_intent(tool, &intent) != QA_OK) return qa_tool_report(tool);
    qa_status_t status = plan(tool, file, &options, intent, &change_count);
    if (status == QA_OK && words.kept_count > 0) {
        printf("keep    %u that the file does not name: ", words.kept_count);
        qa_print_plain(stdout, words.kept, strlen(words.kept));
        puts(words.kept_count > KEPT_SHOWN_MAX ? ", …" : "");
    }
    if (status == QA_OK && change_count == 0) {
        puts("nothing to do");
    } else if (status == QA_OK && is_dry) {
        if (tool->connection != NULL) {
            status = qa_connection_preview(tool->connection, intent, &receipt);
            if (status != QA_OK) qa_tool_take_error(tool, status);
        }
        if (status == QA_OK)
            printf("%u change%s, not made (--dry-run)\n", change_count, change_count == 1 ? "" : "s");
    } else if (status == QA_OK) {
        status = qa_connection_commit(tool->connection, intent, &receipt);
        if (status != QA_OK) qa_tool_take_error(tool, status);
        if (status == QA_OK) qa_tool_print_receipt(&receipt);
    }
    qa_intent_close(intent);
    if (status == QA_OK) return QA_EXIT_OK;
    int exit_code = qa_tool_report(tool);
    if (new_app != NULL) say_what_is_left(tool, new_app);
    return exit_code;
}

int qa_tool_model_apply(qa_tool_t *tool, int argc, char **argv)
{
    const char *app = NULL;
    const char *new_app = NULL;
    bool is_dry = false;
    bool is_pruned = false;
    const qa_option_t options[] = { { "--app", &app, NULL },
                                    { "--dry-run", NULL, &is_dry },
                                    { "--prune", NULL, &is_pruned } };
    qa_model_file_t *file = NULL;
    int exit_code = qa_tool_arguments(tool, options, 3, &argc, argv, 1, 1);
    if (exit_code != QA_EXIT_OK) return exit_code;
    if (read_model_file(tool, argv[0], &file) != QA_OK) return qa_tool_report(tool);
    if (app == NULL) app = file->app;
    qa_status_t status = qa_tool_open(tool, app, QA_TOOL_WRITE);
    if (status == QA_APP_NOT_FOUND || status == QA_NOT_A_REPLICA) {
        status = rehearse(tool, file, is_pruned);
        if (status == QA_OK && !is_dry) {
            new_app = app;
            status = qa_tool_open(tool, app, QA_TOOL_CREATE);
        }
    }
    exit_code = status == QA_OK ? apply(tool, file, is_dry, is_pruned, new_app) : qa_tool_report(tool);
    qa_model_file_close(file);
    return exit_code;
}

int qa_tool_model_show(qa_tool_t *tool, int argc, char **argv)
{
    bool is_json = false;
    const char *as_of = NULL;
    uint64_t offset = 0;
    const qa_option_t options[] = { { "--json", NULL, &is_json }, { "--as-of", &as_of, NULL } };
    int exit_code = qa_tool_arguments(tool, options, 2, &argc, argv, 1, 1);
    if (exit_code != QA_EXIT_OK) return exit_code;
    if (qa_tool_open(tool, argv[0], QA_TOOL_READ) != QA_OK) return qa_tool_report(tool);
    if (as_of != NULL) {
        if (qa_tool_moment(tool, as_of, &offset) != QA_OK) return qa_tool_report(tool);
        if (qa_connection_set_as_of(tool->connection, offset) != QA_OK)
            return qa_tool_report_connection(tool);
    }
    if (qa_connection_read_begin(tool->connection) != QA_OK) return qa_tool_report_connection(tool);
    const qa_model_t *model = qa_connection_model(tool->connection);
    qa_status_t status = QA_OK;
    if (is_json) {
        status = qa_model_show_json(model, argv[0], stdout);
    } else {
        qa_model_show_text(model, argv[0], stdout);
    }
    qa_connection_read_end(tool->connection);
    return status == QA_OK ? QA_EXIT_OK
                           : qa_tool_complain(status, "out of memory while the model is written");
}

int qa_tool_model_diff(qa_tool_t *tool, int argc, char **argv)
{
    words_t words = { .is_diff = true };
    qa_model_plan_options_t options = {
        .is_pruned = true, .is_diff = true, .report = print_change, .context = &words
    };
    qa_model_file_t *file = NULL;
    qa_intent_t *intent = NULL;
    uint32_t change_count = 0;
    int exit_code = qa_tool_arguments(tool, NULL, 0, &argc, argv, 2, 2);
    if (exit_code != QA_EXIT_OK) return exit_code;
    qa_status_t status = read_model_file(tool, argv[1], &file);
    if (status == QA_OK) status = qa_tool_open(tool, argv[0], QA_TOOL_READ);
    if (status == QA_OK) status = qa_tool_intent(tool, &intent);
    if (status == QA_OK) status = plan(tool, file, &options, intent, &change_count);
    qa_intent_close(intent);
    qa_model_file_close(file);
    if (status != QA_OK) return qa_tool_report(tool);
    if (change_count == 0) puts("no difference");
    return change_count == 0 ? QA_EXIT_OK : QA_EXIT_DIFFERS;
}
