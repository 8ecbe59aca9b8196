/* backup and restore: a replica copied into a new folder, and back. The copy never stands inside what is
 * copied: it would be an app of it, and a part of the next copy. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

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

/* The real path of a folder that may not be there yet, or of the nearest folder above it that is. */
static bool find_real_path(const char *path, char real_out[PATH_MAX])
{
    char part[PATH_MAX];
    size_t bytes = strlen(path);
    if (bytes >= sizeof(part)) return false;
    memcpy(part, path, bytes + 1);
    while (realpath(part, real_out) == NULL) {
        while (bytes > 0 && part[bytes - 1] == '/') {
            bytes--;
        }
        while (bytes > 0 && part[bytes - 1] != '/') {
            bytes--;
        }
        part[bytes] = 0;
        if (bytes == 0) return realpath(".", real_out) != NULL;
    }
    return true;
}

/* QA_INVALID if the target is the source or stands inside it. */
static qa_status_t check_target(qa_tool_t *tool, const char *source, const char *target)
{
    char outer[PATH_MAX];
    char inner[PATH_MAX];
    if (realpath(source, outer) == NULL || !find_real_path(target, inner))
        return QA_OK; /* refused by the copy */
    size_t bytes = strlen(outer);
    if (strncmp(inner, outer, bytes) != 0 || (inner[bytes] != 0 && inner[bytes] != '/' && bytes > 1))
        return QA_OK;
    return qa_tool_set_error(
        tool, QA_INVALID,
        "the folder %.150s is inside the folder %.150s that is copied: the copy would be a part "
        "of it, and of every later copy; name a folder outside",
        target, source);
}

static int copy(qa_tool_t *tool, const char *source, const char *target, const char *app)
{
    qa_copy_options_t options = {
        .size = sizeof(options), .source = source, .target = target, .app = app, .report = print_app
    };
    if (check_target(tool, source, target) != QA_OK) return qa_tool_report(tool);
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
