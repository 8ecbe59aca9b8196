/* The simulated disk forgets what a real one forgets, and the real system does the same calls alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "platform/fake/fake_system.h"

static void put(const qa_system_t *system, const char *path, const char *text, bool is_synced)
{
    qa_file_t *file = NULL;
    assert_int_equal(system->open(system->context, path, QA_FILE_ENSURE, &file, NULL), QA_OK);
    assert_int_equal(system->write(file, 0, text, strlen(text), NULL), QA_OK);
    if (is_synced) assert_int_equal(system->sync(file, NULL), QA_OK);
    system->close(file);
}

static void what_was_synced_survives_and_what_was_not_sometimes_does(void **state)
{
    (void)state;
    int survived = 0;
    for (uint64_t seed = 0; seed < 100; seed++) {
        qa_fake_system_t *fake = qa_fake_open(seed);
        const qa_system_t system = qa_fake_table(fake);
        uint64_t bytes;
        put(&system, "/a", "first", true);
        system.sync_folder(fake, "/", NULL);
        put(&system, "/a", "other", false);
        qa_fake_crash(fake, seed);
        const uint8_t *data = qa_fake_file(fake, "/a", &bytes);
        assert_int_equal(bytes, 5);
        const bool is_new = memcmp(data, "other", 5) == 0;
        if (!is_new) assert_memory_equal(data, "first", 5);
        survived += is_new;
        qa_fake_close(fake);
    }
    assert_in_range(survived, 20, 80);
}

static void a_name_without_a_synced_folder_may_be_gone(void **state)
{
    (void)state;
    int gone = 0;
    int renamed = 0;
    for (uint64_t seed = 0; seed < 100; seed++) {
        qa_fake_system_t *fake = qa_fake_open(seed);
        const qa_system_t system = qa_fake_table(fake);
        uint64_t bytes;
        put(&system, "/old", "old", true);
        system.sync_folder(fake, "/", NULL);
        put(&system, "/new", "new", true);
        put(&system, "/lone", "x", true);
        assert_int_equal(system.rename(fake, "/new", "/old", NULL), QA_OK);
        qa_fake_crash(fake, seed);
        gone += qa_fake_file(fake, "/lone", &bytes) == NULL;
        const uint8_t *data = qa_fake_file(fake, "/old", &bytes);
        assert_non_null(data);
        renamed += memcmp(data, "new", 3) == 0;
        qa_fake_close(fake);
    }
    assert_in_range(gone, 20, 80);
    assert_in_range(renamed, 20, 80);
}

static void a_failed_sync_drops_pages_and_calls_them_clean(void **state)
{
    (void)state;
    int lost = 0;
    for (uint64_t seed = 0; seed < 50; seed++) {
        qa_fake_system_t *fake = qa_fake_open(seed);
        const qa_system_t system = qa_fake_table(fake);
        qa_file_t *file = NULL;
        uint64_t bytes;
        put(&system, "/a", "first", true);
        system.sync_folder(fake, "/", NULL);
        assert_int_equal(system.open(fake, "/a", QA_FILE_WRITE, &file, NULL), QA_OK);
        assert_int_equal(system.write(file, 0, "other", 5, NULL), QA_OK);
        qa_fake_fail(fake, QA_FAKE_SYNC, 1, QA_IO);
        assert_int_equal(system.sync(file, NULL), QA_IO);
        assert_memory_equal(qa_fake_file(fake, "/a", &bytes), "other", 5);
        assert_int_equal(system.sync(file, NULL), QA_OK);
        system.close(file);
        qa_fake_crash(fake, seed);
        lost += memcmp(qa_fake_file(fake, "/a", &bytes), "first", 5) == 0;
        qa_fake_close(fake);
    }
    assert_in_range(lost, 10, 40);
}

static void the_same_seed_gives_the_same_disk(void **state)
{
    char after[2][600];
    (void)state;
    for (int run = 0; run < 2; run++) {
        qa_fake_system_t *fake = qa_fake_open(5);
        const qa_system_t system = qa_fake_table(fake);
        uint64_t bytes;
        char text[4096];
        memset(text, 'x', sizeof(text) - 1);
        text[sizeof(text) - 1] = '\0';
        put(&system, "/a", text, false);
        system.sync_folder(fake, "/", NULL);
        qa_fake_crash(fake, 77);
        const uint8_t *data = qa_fake_file(fake, "/a", &bytes);
        memset(after[run], 0, sizeof(after[run]));
        snprintf(after[run], sizeof(after[run]), "%d bytes", (int)bytes);
        for (uint64_t at = 0; at < bytes && at < 4096; at += 512)
            after[run][100 + at / 512] = (char)data[at];
        qa_fake_close(fake);
    }
    assert_memory_equal(after[0], after[1], sizeof(after[0]));
}

static void a_full_disk_takes_what_fits(void **state)
{
    (void)state;
    qa_fake_system_t *fake = qa_fake_open(1);
    const qa_system_t system = qa_fake_table(fake);
    qa_file_t *file = NULL;
    uint64_t bytes;
    qa_fake_set_capacity(fake, 100);
    assert_int_equal(system.open(fake, "/a", QA_FILE_CREATE, &file, NULL), QA_OK);
    char data[150] = { 0 };
    assert_int_equal(system.write(file, 0, data, sizeof(data), NULL), QA_DISK_FULL);
    assert_int_equal(system.size(file, &bytes, NULL), QA_OK);
    assert_int_equal(bytes, 100);
    system.close(file);
    qa_fake_close(fake);
}

static qa_status_t join_name(void *visitor, const char *name, bool is_folder)
{
    char *names = visitor;
    const size_t used = strlen(names);
    snprintf(names + used, 200 - used, "%s%s ", name, is_folder ? "/" : "");
    return QA_OK;
}

/* Every call of the table, the same for both systems. */
static void exercise(const qa_system_t *system, const char *root)
{
    char folder[300];
    char path[320];
    char other[320];
    qa_file_t *files[2] = { NULL, NULL };
    qa_error_t error;
    uint64_t bytes;
    size_t got;
    char data[16] = { 0 };
    snprintf(folder, sizeof(folder), "%s/folder", root);
    snprintf(path, sizeof(path), "%s/b", folder);
    snprintf(other, sizeof(other), "%s/a", folder);
    assert_int_equal(system->make_folder(system->context, folder, &error), QA_OK);
    assert_int_equal(system->make_folder(system->context, folder, &error), QA_OK);
    assert_int_equal(system->open(system->context, path, QA_FILE_READ, &files[0], &error), QA_MISSING_INPUT);
    assert_non_null(strstr(error.message, path));
    assert_int_equal(system->open(system->context, path, QA_FILE_WRITE, &files[0], &error), QA_MISSING_INPUT);
    assert_int_equal(system->open(system->context, path, QA_FILE_CREATE, &files[0], &error), QA_OK);
    assert_int_equal(system->open(system->context, path, QA_FILE_CREATE, &files[1], &error), QA_EXISTS);
    assert_int_equal(system->write(files[0], 3, "hello", 5, &error), QA_OK);
    assert_int_equal(system->sync(files[0], &error), QA_OK);
    assert_int_equal(system->size(files[0], &bytes, &error), QA_OK);
    assert_int_equal(bytes, 8);
    assert_int_equal(system->read(files[0], 0, data, sizeof(data), &got, &error), QA_OK);
    assert_int_equal(got, 8);
    assert_memory_equal(data, "\0\0\0hello", 8);
    assert_int_equal(system->truncate(files[0], 4, &error), QA_OK);
    assert_int_equal(system->read(files[0], 9, data, sizeof(data), &got, &error), QA_OK);
    assert_int_equal(got, 0);
    assert_int_equal(system->open(system->context, path, QA_FILE_ENSURE, &files[1], &error), QA_OK);
    assert_int_equal(system->lock(files[0], 0, &error), QA_OK);
    assert_int_equal(system->lock(files[1], 3, &error), QA_LOCKED);
    system->unlock(files[0]);
    assert_int_equal(system->lock(files[1], 0, &error), QA_OK);
    assert_int_equal(system->lock(files[0], 0, &error), QA_LOCKED);
    system->close(files[1]);
    assert_int_equal(system->lock(files[0], 0, &error), QA_OK);
    system->close(files[0]);
    system->close(NULL);
    assert_int_equal(system->rename(system->context, path, other, &error), QA_OK);
    snprintf(path, sizeof(path), "%s/c", folder);
    assert_int_equal(system->make_folder(system->context, path, &error), QA_OK);
    assert_int_equal(system->sync_folder(system->context, folder, &error), QA_OK);
    char names[200] = "";
    assert_int_equal(system->list(system->context, folder, join_name, names, &error), QA_OK);
    assert_string_equal(names, "a c/ ");
    assert_int_equal(system->remove(system->context, path, &error), QA_OK);
    assert_int_equal(system->remove(system->context, other, &error), QA_OK);
    assert_int_equal(system->remove(system->context, other, &error), QA_OK);
    assert_int_equal(system->list(system->context, other, join_name, names, &error), QA_MISSING_INPUT);
    assert_int_equal(system->check_folder(system->context, folder, &error), QA_OK);
    char name[256];
    uint8_t random[2][16];
    system->user(system->context, name);
    assert_true(strlen(name) > 0);
    assert_true(system->process(system->context, name) > 0);
    system->random(system->context, random[0], 16);
    system->random(system->context, random[1], 16);
    assert_memory_not_equal(random[0], random[1], 16);
    assert_true(system->time_ns(system->context) > 0);
    assert_true(system->monotonic_ns(system->context) <= system->monotonic_ns(system->context));
    assert_int_equal(system->remove(system->context, folder, &error), QA_OK);
}

static void the_real_and_the_simulated_system_answer_alike(void **state)
{
    char root[256];
    const char *temporary = getenv("TMPDIR");
    (void)state;
    qa_fake_system_t *fake = qa_fake_open(1);
    const qa_system_t system = qa_fake_table(fake);
    exercise(&system, "");
    qa_fake_close(fake);
    snprintf(root, sizeof(root), "%s/quantatom-disk-XXXXXX", temporary != NULL ? temporary : "/tmp");
    assert_non_null(mkdtemp(root));
    exercise(&qa_system_default, root);
    assert_int_equal(qa_system_default.remove(NULL, root, NULL), QA_OK);
}

static void a_digest_of_pieces_is_the_digest_of_the_whole(void **state)
{
    static const uint8_t abc[QA_SHA256_BYTES] = { 0xBA, 0x78, 0x16, 0xBF, 0x8F, 0x01, 0xCF, 0xEA,
                                                  0x41, 0x41, 0x40, 0xDE, 0x5D, 0xAE, 0x22, 0x23,
                                                  0xB0, 0x03, 0x61, 0xA3, 0x96, 0x17, 0x7A, 0x9C,
                                                  0xB4, 0x10, 0xFF, 0x61, 0xF2, 0x00, 0x15, 0xAD };
    uint8_t digest[QA_SHA256_BYTES];
    const qa_span_t spans[] = { { "a", 1 }, { NULL, 0 }, { "bc", 2 } };
    qa_sha256_stream_t *stream = NULL;
    (void)state;
    assert_int_equal(qa_sha256(spans, 3, digest), QA_OK);
    assert_memory_equal(digest, abc, sizeof(abc));
    assert_int_equal(qa_sha256_open(&stream), QA_OK);
    for (int i = 0; i < 3; i++) {
        qa_sha256_feed(stream, "ab", 2);
        qa_sha256_feed(stream, "c", 1);
        qa_sha256_next(stream, digest);
        assert_memory_equal(digest, abc, sizeof(abc));
    }
    qa_sha256_close(stream, NULL);
    qa_sha256_close(NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_synced_survives_and_what_was_not_sometimes_does),
        cmocka_unit_test(a_name_without_a_synced_folder_may_be_gone),
        cmocka_unit_test(a_failed_sync_drops_pages_and_calls_them_clean),
        cmocka_unit_test(the_same_seed_gives_the_same_disk),
        cmocka_unit_test(a_full_disk_takes_what_fits),
        cmocka_unit_test(the_real_and_the_simulated_system_answer_alike),
        cmocka_unit_test(a_digest_of_pieces_is_the_digest_of_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
