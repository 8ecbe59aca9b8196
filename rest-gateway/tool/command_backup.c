/* backup and restore: a replica copied into a new folder, and back. */

#include "qa/backup.h"
#include "tool/command.h"
#include "tool/support.h"

static void print_app(void *context, const char *app, const qa_statistics_t *statistics)
{
    char hash[33];
    (void)context;
    qa_hex_text(statistics->position.data_hash, 16, hash);
    printf("%s: offset %llu, %llu values, data hash %s, verified\n", app,
           (unsigned long long)statistics->position.offset, (unsigned long long)statistics->atom_count, hash);
}

static int copy(qa_tool_t *tool, const char *source, const char *target, const char *app)
{
    qa_copy_options_t options = {
        .size = sizeof(options), .source = source, .target = target, .app = app, .report = print_app
    };
    if (qa_tool_make_parents(tool, target) != QA_OK) return qa_tool_report(tool);
    if (qa_replica_copy(&options, &tool->error) != QA_OK) return qa_tool_report(tool);
    return QA_EXIT_OK;
}

int qa_tool_backup(qa_tool_t *tool, int argc, char **argv)
{
    const char *app = NULL;
    const qa_option_t options[] = { { "--app", &app, NULL } };
    int exit_code = qa_tool_arguments(tool, options, 1, &argc, argv, 1, 1);
    return exit_code != QA_EXIT_OK ? exit_code : copy(tool, tool->replica, argv[0], app);
}

int qa_tool_restore(qa_tool_t *tool, int argc, char **argv)
{
    int exit_code = qa_tool_arguments(tool, NULL, 0, &argc, argv, 1, 1);
    return exit_code != QA_EXIT_OK ? exit_code : copy(tool, argv[0], tool->replica, NULL);
}
