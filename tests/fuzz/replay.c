/* Runs a fuzz target without a fuzzer: every file of the folder named on the command line, each cut at a few
 * lengths, plus a fixed number of seeded mutations of it. So the corpus is an ordinary test on any compiler.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILE_BYTES_MAX = 1 << 20, MUTATIONS = 200 };

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* The target gets an exact heap copy, so that a sanitizer sees a read one byte past the end. */
static void run_copy(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size == 0 ? 1 : size);
    if (copy == NULL) return;
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void run_file(uint8_t *data, size_t size)
{
    uint64_t seed = 20260101u + size;
    run_copy(data, size);
    for (size_t cut = 0; cut < size && cut < 64; cut++)
        run_copy(data, cut);
    for (int i = 0; i < MUTATIONS && size > 0; i++) {
        const size_t at = (size_t)(next_random(&seed) % size);
        const uint8_t kept = data[at];
        data[at] = (uint8_t)next_random(&seed);
        run_copy(data, (i & 3) == 0 ? (size_t)(next_random(&seed) % (size + 1)) : size);
        data[at] = kept;
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) return 2;
    DIR *folder = opendir(argv[1]);
    if (folder == NULL) {
        fprintf(stderr, "no corpus folder %s\n", argv[1]);
        return 1;
    }
    uint8_t *data = malloc(FILE_BYTES_MAX);
    int file_count = 0;
    for (struct dirent *entry = readdir(folder); data != NULL && entry != NULL; entry = readdir(folder)) {
        char path[4096];
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
        FILE *file = fopen(path, "rb");
        if (file == NULL) continue;
        const size_t size = fread(data, 1, FILE_BYTES_MAX, file);
        fclose(file);
        run_file(data, size);
        file_count++;
    }
    free(data);
    closedir(folder);
    printf("%d files replayed\n", file_count);
    return file_count > 0 ? 0 : 1;
}
