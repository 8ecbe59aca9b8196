/* Hostile bytes through the parser: a tree, or a failure with
 * words; and the native text of what is accepted has the same tree. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qa/sql.h"
#include "support/sql_printer.h"
#include "syntax/parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TREE_BYTES = 1 << 18, SIZE_MAX_FUZZ = 1 << 13, ARENA_BYTES = 64 << 20 };

static void must(bool is_true, const char *what)
{
    if (is_true) return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

static qa_status_t tree_of(const char *text, size_t bytes, char *tree)
{
    qa_arena_t arena;
    qa_error_t error;
    qa_ast_statement_t *statement = NULL;
    qa_arena_make(&arena, &qa_allocator_default, ARENA_BYTES);
    const qa_status_t status = qa_sql_parse(text, bytes, &arena, &statement, &error);
    tree[0] = '\0';
    if (status == QA_OK) {
        /* Cut at the buffer: shared operands can print to any length. */
        FILE *file = fmemopen(tree, TREE_BYTES, "w");
        must(file != NULL, "a file in memory");
        sql_print_statement(file, statement);
        fclose(file);
    } else {
        must(statement == NULL && error.message[0] != '\0', "a failure has words and no tree");
        must(strncmp(error.message, "line ", 5) == 0 || status == QA_LIMIT || status == QA_NO_MEMORY,
             "a failure has a place");
    }
    qa_arena_release(&arena);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char tree[TREE_BYTES];
    static char native_tree[TREE_BYTES];
    static char native[16 * SIZE_MAX_FUZZ];
    qa_error_t error;
    size_t bytes = 0;
    if (size > SIZE_MAX_FUZZ) return 0;
    if (tree_of((const char *)data, size, tree) != QA_OK) return 0;
    must(qa_sql_native((const char *)data, size, native, sizeof(native), &bytes, &error) == QA_OK,
         "what is parsed has a native text");
    must(tree_of(native, bytes, native_tree) == QA_OK, "which is parsed");
    must(strcmp(tree, native_tree) == 0, "to the same tree");
    return 0;
}
