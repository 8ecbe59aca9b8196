/* Files written aside and renamed at the end. What it must never do: touch a file of the same name before the
 * new one is complete. */
#include "load/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static qa_status_t fail_output(const char *path, qa_error_t *error)
{
    return qa_load_fail(error, QA_IO, "%.300s cannot be written: %s", path, strerror(errno));
}

qa_status_t qa_load_output_open(qa_load_output_t *output, const char *path, qa_error_t *error)
{
    struct stat facts;
    output->stream = NULL;
    output->is_aside = false;
    const bool is_there = stat(path, &facts) == 0;
    if (is_there && !S_ISREG(facts.st_mode)) {
        if (S_ISDIR(facts.st_mode)) errno = EISDIR;
        output->stream = S_ISDIR(facts.st_mode) ? NULL : fopen(path, "wb");
        return output->stream != NULL ? QA_OK : fail_output(path, error);
    }
    if (strlen(path) + 32 > sizeof(output->path)) {
        errno = ENAMETOOLONG;
        return fail_output(path, error);
    }
    memcpy(output->path, path, strlen(path) + 1);
    if (is_there) {
        if (access(path, W_OK) != 0) return fail_output(path, error);
        /* A symbolic link stays one. */
        char *real = realpath(path, NULL);
        if (real == NULL) return fail_output(path, error);
        const bool is_fitting = strlen(real) + 32 <= sizeof(output->path);
        if (is_fitting) memcpy(output->path, real, strlen(real) + 1);
        free(real);
        if (!is_fitting) {
            errno = ENAMETOOLONG;
            return fail_output(path, error);
        }
    }
    const size_t length = strlen(output->path);
    memcpy(output->aside, output->path, length);
    snprintf(output->aside + length, sizeof(output->aside) - length, ".new-%ld", (long)getpid());
    /* A process of this number that was killed may have left one. */
    unlink(output->aside);
    const int file = open(output->aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0) return fail_output(path, error);
    if (is_there && fchmod(file, facts.st_mode & 07777) != 0) errno = 0; /* the mode is a courtesy */
    output->stream = fdopen(file, "wb");
    output->is_aside = true;
    if (output->stream != NULL) return QA_OK;
    close(file);
    unlink(output->aside);
    return qa_load_fail_memory(error);
}

qa_status_t qa_load_output_finish(qa_load_output_t *output, qa_error_t *error)
{
    qa_status_t status = QA_OK;
    const char *path = output->is_aside ? output->path : "the output";
    if (output->stream == NULL) return QA_OK;
    if (fflush(output->stream) != 0 || ferror(output->stream)) status = fail_output(path, error);
    if (fclose(output->stream) != 0 && status == QA_OK) status = fail_output(path, error);
    output->stream = NULL;
    if (status == QA_OK && output->is_aside && rename(output->aside, output->path) != 0)
        status = fail_output(path, error);
    if (status != QA_OK && output->is_aside) unlink(output->aside);
    return status;
}

void qa_load_output_cancel(qa_load_output_t *output)
{
    if (output->stream == NULL) return;
    fclose(output->stream);
    output->stream = NULL;
    if (output->is_aside) unlink(output->aside);
}

/* The folder of a path that is not there, and the name in it. */
static bool find_folder(const char *path, struct stat *facts, const char **name_out)
{
    char folder[QA_LOAD_PATH_BYTES];
    const char *slash = strrchr(path, '/');
    const size_t bytes = slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path);
    *name_out = slash != NULL ? slash + 1 : path;
    if (bytes >= sizeof(folder)) return false;
    memcpy(folder, slash == NULL ? "." : path, bytes);
    folder[bytes] = '\0';
    return stat(folder, facts) == 0;
}

static bool find_facts(const char *path, struct stat *facts)
{
    return strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, facts) == 0 : stat(path, facts) == 0;
}

bool qa_load_is_same_file(const char *a, const char *b)
{
    struct stat first, second;
    const char *first_name = "";
    const char *second_name = "";
    const bool has_first = find_facts(a, &first);
    const bool has_second = find_facts(b, &second);
    if (has_first != has_second) return false;
    if (!has_first) {
        if (!find_folder(a, &first, &first_name) || !find_folder(b, &second, &second_name)) return false;
        return first.st_dev == second.st_dev && first.st_ino == second.st_ino &&
               strcmp(first_name, second_name) == 0;
    }
    return S_ISREG(first.st_mode) && first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}
