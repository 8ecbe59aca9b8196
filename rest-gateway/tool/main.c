/* The operator's tool: finds the command, reads the options that all commands share, runs it, closes what it
 * opened. What it must never do: know what a command does; that is in the command_*.c files, listed in
 * commands.def. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qa/text.h"
#include "tool/command.h"

#define QA_TOOL_VERSION "0.1.0"

typedef struct command {
    const char *name;
    int (*run)(qa_tool_t *tool, int argc, char **argv);
    const char *usage;
    const char *help;
    const char *options;
} command_t;

static const command_t commands[] = {
#define QA_COMMAND(NAME, FUNCTION, USAGE, HELP, OPTIONS) { NAME, FUNCTION, USAGE, HELP, OPTIONS },
#include "tool/commands.def"
#undef QA_COMMAND
};
enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

static const char global_options[] =
    "Options of every command:\n"
    "  --replica DIR   folder of the apps; default ${XDG_DATA_HOME:-$HOME/.local/share}/quantatom/samples\n"
    "  --reason TEXT   why; kept in the log beside the change\n"
    "  --help          this, or the help of a command\n"
    "  --version       the version of the tool\n";

/* The only thing that a signal handler can reach: set by Ctrl-C, looked at by long calls. */
static volatile bool is_interrupted;

static void on_interrupt(int signal_number)
{
    /* A second Ctrl-C ends the process: the log is safe at every moment. */
    is_interrupted = true;
    signal(signal_number, SIG_DFL);
}

static void print_overview(FILE *stream)
{
    fputs("usage: quantatom [options] COMMAND ...\n\nCommands:\n", stream);
    for (uint32_t i = 0; i < COMMAND_COUNT; i++) {
        fprintf(stream, "  %-12s  %s\n", commands[i].name, commands[i].help);
    }
    fprintf(stream, "\n%s\n`quantatom COMMAND --help` explains one command.\n", global_options);
}

static void print_help(const command_t *command)
{
    printf("usage: quantatom %s%s%s\n\n%s\n", command->name, command->usage[0] == 0 ? "" : " ",
           command->usage, command->help);
    if (command->options[0] != 0) printf("\n%s", command->options);
    printf("\n%s", global_options);
}

/* The command that argv begins with; *words_out: how many words its name has. NULL: none. */
static const command_t *find_command(int argc, char **argv, int *words_out)
{
    for (uint32_t i = 0; i < COMMAND_COUNT; i++) {
        const char *blank = strchr(commands[i].name, ' ');
        if (blank == NULL) {
            *words_out = 1;
            if (strcmp(argv[0], commands[i].name) == 0) return &commands[i];
            continue;
        }
        size_t first_bytes = (size_t)(blank - commands[i].name);
        *words_out = 2;
        if (argc >= 2 && strlen(argv[0]) == first_bytes &&
            memcmp(argv[0], commands[i].name, first_bytes) == 0 && strcmp(argv[1], blank + 1) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

static int complain_about_command(int argc, char **argv)
{
    char typed[128];
    bool is_group = false;
    for (uint32_t i = 0; i < COMMAND_COUNT; i++) {
        size_t bytes = strlen(argv[0]);
        is_group =
            is_group || (strncmp(commands[i].name, argv[0], bytes) == 0 && commands[i].name[bytes] == ' ');
    }
    snprintf(typed, sizeof(typed), "%s%s%s", argv[0], is_group && argc > 1 ? " " : "",
             is_group && argc > 1 ? argv[1] : "");
    const char *nearest = NULL;
    uint32_t distance_nearest = 4;
    for (uint32_t i = 0; i < COMMAND_COUNT; i++) {
        const char *name = commands[i].name;
        uint32_t distance = qa_name_distance(typed, strlen(typed), name, strlen(name), 3);
        if (distance < distance_nearest && distance < strlen(name)) {
            distance_nearest = distance;
            nearest = name;
        }
    }
    fprintf(stderr, "quantatom: there is no command \"%s\"", typed);
    if (nearest != NULL) {
        fprintf(stderr, "; did you mean \"%s\"?", nearest);
    } else {
        fprintf(stderr, "; these exist:");
        for (uint32_t i = 0; i < COMMAND_COUNT; i++) {
            fprintf(stderr, "%s %s", i == 0 ? "" : ",", commands[i].name);
        }
    }
    fprintf(stderr, " [QA_USAGE]\n");
    return QA_EXIT_USAGE;
}

/* ${XDG_DATA_HOME:-$HOME/.local/share}/quantatom/samples, allocated. NULL: no home or no memory. */
static char *default_replica(void)
{
    const char *data = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    const char *between = "";
    if (data == NULL || data[0] != '/') {
        data = home;
        between = "/.local/share";
    }
    if (data == NULL) return NULL;
    size_t bytes = strlen(data) + strlen(between) + sizeof("/quantatom/samples");
    char *path = malloc(bytes);
    if (path != NULL) snprintf(path, bytes, "%s%s/quantatom/samples", data, between);
    return path;
}

typedef struct globals {
    const char *replica;
    const char *reason;
    bool is_help;
    bool is_version;
} globals_t;

/* Takes --replica, --reason, --help and --version out of argv wherever they stand before "--". */
static bool take_globals(globals_t *globals, int *argc, char **argv)
{
    int kept = 0;
    bool is_over = false;
    for (int i = 0; i < *argc; i++) {
        const char **target = NULL;
        size_t name_bytes = 0;
        if (is_over || strncmp(argv[i], "--", 2) != 0) {
            argv[kept++] = argv[i];
            continue;
        }
        is_over = strcmp(argv[i], "--") == 0;
        if (strcmp(argv[i], "--help") == 0) {
            globals->is_help = true;
            continue;
        }
        if (strcmp(argv[i], "--version") == 0) {
            globals->is_version = true;
            continue;
        }
        if (strncmp(argv[i], "--replica", 9) == 0) {
            target = &globals->replica;
            name_bytes = 9;
        } else if (strncmp(argv[i], "--reason", 8) == 0) {
            target = &globals->reason;
            name_bytes = 8;
        }
        if (target == NULL || (argv[i][name_bytes] != 0 && argv[i][name_bytes] != '=')) {
            argv[kept++] = argv[i];
        } else if (argv[i][name_bytes] == '=') {
            *target = argv[i] + name_bytes + 1;
        } else if (i + 1 < *argc) {
            *target = argv[++i];
        } else {
            fprintf(stderr, "quantatom: %s needs a value behind it [QA_USAGE]\n", argv[i]);
            return false;
        }
    }
    *argc = kept;
    return true;
}

/* The first commit of a process cuts what is not whole at the end of the log: not without a word. */
static void warn_of_cut(const qa_tool_t *tool)
{
    const uint64_t bytes = tool->lattice == NULL ? 0 : qa_lattice_cut_bytes(tool->lattice);
    if (bytes == 0) return;
    fprintf(
        stderr,
        "quantatom: warning: %llu bytes behind the last whole record of the log were cut (a writer died in "
        "them, or the last record was damaged); they are kept in %s, in the app's log folder, as *.cut-*\n",
        (unsigned long long)bytes, tool->replica);
}

/* A pipe that closed, or a full disk, must not look like success. */
static int finish_output(int exit_code)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        if (errno == EPIPE) return exit_code;
        fprintf(stderr, "quantatom: the output could not be written: %s [QA_IO]\n", strerror(errno));
        return exit_code == QA_EXIT_OK ? QA_EXIT_ERROR : exit_code;
    }
    return exit_code;
}

int main(int argc, char **argv)
{
    globals_t globals = { .reason = "" };
    int exit_code = QA_EXIT_USAGE;
    int words = 0;
    char *replica_default = NULL;
    argc--;
    argv++;
    if (!take_globals(&globals, &argc, argv)) return QA_EXIT_USAGE;
    if (globals.is_version) {
        printf("quantatom %s\n", QA_TOOL_VERSION);
        return finish_output(QA_EXIT_OK);
    }
    if (argc > 0 && strcmp(argv[0], "help") == 0) {
        globals.is_help = true;
        argc--;
        argv++;
    }
    if (argc == 0) {
        print_overview(globals.is_help ? stdout : stderr);
        return finish_output(globals.is_help ? QA_EXIT_OK : QA_EXIT_USAGE);
    }
    const command_t *command = find_command(argc, argv, &words);
    if (command == NULL) return complain_about_command(argc, argv);
    if (globals.is_help) {
        print_help(command);
        return finish_output(QA_EXIT_OK);
    }
    if (globals.replica == NULL) {
        replica_default = default_replica();
        if (replica_default == NULL) {
            fprintf(stderr, "quantatom: there is no HOME; name the folder with --replica DIR [QA_USAGE]\n");
            return QA_EXIT_USAGE;
        }
    }
    signal(SIGINT, on_interrupt);
    signal(SIGPIPE, SIG_IGN);
#ifdef SIGXFSZ
    signal(SIGXFSZ, SIG_IGN); /* a file beyond the limit of its size is an error of the write, with words */
#endif
    qa_tool_t tool = { .replica = replica_default != NULL ? replica_default : globals.replica,
                       .reason = globals.reason,
                       .command = command->name,
                       .usage = command->usage,
                       .is_cancelled = &is_interrupted };
    exit_code = command->run(&tool, argc - words, argv + words);
    warn_of_cut(&tool);
    qa_connection_close(tool.connection);
    qa_lattice_close(tool.lattice);
    free(replica_default);
    return finish_output(exit_code);
}
