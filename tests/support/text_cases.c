/* Reads text cases and compares; see the header for their form. */
#include "support/text_cases.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 16384 };

static bool read_line(FILE *file, char *line)
{
    if (fgets(line, LINE_BYTES, file) == NULL) return false;
    line[strcspn(line, "\n")] = '\0';
    return true;
}

static size_t unescape(char *text)
{
    size_t bytes = 0;
    for (size_t i = 0; text[i] != '\0'; i++) {
        const bool is_escape = text[i] == '\\' && (text[i + 1] == 'n' || text[i + 1] == 't');
        if (is_escape) i++;
        text[bytes++] = !is_escape ? text[i] : text[i] == 'n' ? '\n' : '\t';
    }
    text[bytes] = '\0';
    return bytes;
}

int text_cases_run(const char *path, text_case_run_t run, int *count_out)
{
    static const size_t answer_bytes = 4 * LINE_BYTES;
    char *title = malloc(LINE_BYTES);
    char *input = malloc(LINE_BYTES);
    char *expected = malloc(LINE_BYTES);
    char *answer = malloc(answer_bytes);
    int failure_count = 0;
    *count_out = 0;
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        printf("cannot read %s\n", path);
        failure_count = 1;
    }
    while (file != NULL && read_line(file, title)) {
        if (title[0] == '\0' || title[0] == '#') continue;
        if (!read_line(file, input) || !read_line(file, expected)) break;
        const size_t bytes = unescape(input);
        /* An exact copy, so that a sanitizer sees a read behind the end. */
        char *copy = malloc(bytes == 0 ? 1 : bytes);
        memcpy(copy, input, bytes);
        run(copy, bytes, answer, answer_bytes);
        free(copy);
        (*count_out)++;
        if (strcmp(answer, expected) == 0) continue;
        printf("%s\n  %s\n  expected %s\n  but got  %s\n", title, input, expected, answer);
        failure_count++;
    }
    if (file != NULL) fclose(file);
    free(title);
    free(input);
    free(expected);
    free(answer);
    return failure_count;
}
