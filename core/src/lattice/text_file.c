/* Reading and writing the small text files of a replica. */
#include "lattice/text_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "base/error.h"

enum { FORMAT_MAJOR = 1, FORMAT_MINOR = 0, CHECKSUM_LINE_BYTES = 7 + 8 + 1 };

static qa_status_t fail_form(const char *path, const char *kind, qa_error_t *error)
{
    return qa_fail(error, QA_NOT_A_REPLICA,
                   "%s is not the %s file of a replica, or it is damaged; restore it from a backup", path,
                   kind);
}

static bool has_checksum(const char *text, size_t bytes)
{
    char line[CHECKSUM_LINE_BYTES + 1];
    if (bytes < CHECKSUM_LINE_BYTES) return false;
    const size_t body = bytes - CHECKSUM_LINE_BYTES;
    snprintf(line, sizeof(line), "crc32c %08x\n", qa_crc32c_choose()(0, text, body));
    return memcmp(text + body, line, CHECKSUM_LINE_BYTES) == 0;
}

/* The first line; *reader_out is the smallest major version that can read the file. */
static bool parse_head(const char *text, const char *kind, unsigned *reader_out)
{
    char head[64];
    const int length = snprintf(head, sizeof(head), "quantatom %s ", kind);
    if (strncmp(text, head, (size_t)length) != 0) return false;
    const char *at = text + length;
    while (*at >= '0' && *at <= '9')
        at++;
    if (*at++ != '.') return false;
    while (*at >= '0' && *at <= '9')
        at++;
    if (*at++ != ' ' || *at < '0' || *at > '9') return false;
    *reader_out = (unsigned)strtoul(at, NULL, 10);
    return true;
}

static bool find_key(const char *text, const char *key, char *value_out, size_t capacity)
{
    const size_t key_bytes = strlen(key);
    for (const char *line = strchr(text, '\n'); line != NULL; line = strchr(line, '\n')) {
        line++;
        if (strncmp(line, key, key_bytes) != 0 || line[key_bytes] != ' ') continue;
        const char *value = line + key_bytes + 1;
        const size_t bytes = strcspn(value, "\n");
        if (bytes >= capacity) return false;
        memcpy(value_out, value, bytes);
        value_out[bytes] = '\0';
        return true;
    }
    return false;
}

qa_status_t qa_text_file_read(const qa_system_t *system, const char *path, const char *kind, const char *key,
                              char *value_out, size_t capacity, qa_error_t *error)
{
    qa_file_t *file = NULL;
    char text[QA_TEXT_FILE_BYTES_MAX + 1];
    size_t bytes = 0;
    unsigned reader = 0;
    qa_status_t status = system->open(system->context, path, QA_FILE_READ, &file, error);
    if (status != QA_OK) return status;
    status = system->read(file, 0, text, QA_TEXT_FILE_BYTES_MAX, &bytes, error);
    system->close(file);
    if (status != QA_OK) return status;
    text[bytes] = '\0';
    if (!has_checksum(text, bytes) || memchr(text, '\0', bytes) != NULL || !parse_head(text, kind, &reader))
        return fail_form(path, kind, error);
    if (reader > FORMAT_MAJOR)
        return qa_fail(error, QA_NEWER_FORMAT,
                       "%s was written by a newer version; install it to open this replica", path);
    return find_key(text, key, value_out, capacity) ? QA_OK : fail_form(path, kind, error);
}

qa_status_t qa_text_file_write(const qa_system_t *system, const char *path, const char *kind, const char *key,
                               const char *value, qa_error_t *error)
{
    qa_file_t *file = NULL;
    char text[QA_TEXT_FILE_BYTES_MAX];
    int length = snprintf(text, sizeof(text), "quantatom %s %d.%d %d\n%s %s\n", kind, FORMAT_MAJOR,
                          FORMAT_MINOR, FORMAT_MAJOR, key, value);
    if (length < 0 || (size_t)length + CHECKSUM_LINE_BYTES >= sizeof(text))
        return qa_fail(error, QA_LIMIT, "%s cannot hold more than %d bytes", path, QA_TEXT_FILE_BYTES_MAX);
    const uint32_t checksum = qa_crc32c_choose()(0, text, (size_t)length);
    length += snprintf(text + length, sizeof(text) - (size_t)length, "crc32c %08x\n", checksum);
    qa_status_t status = system->open(system->context, path, QA_FILE_CREATE, &file, error);
    if (status != QA_OK) return status;
    status = system->write(file, 0, text, (size_t)length, error);
    if (status == QA_OK) status = system->sync(file, error);
    system->close(file);
    return status;
}
